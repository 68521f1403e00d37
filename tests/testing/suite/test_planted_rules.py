"""The table of planted faults is what the harness finds: `golden/planted_rules.txt`, `python -m tests.testing.suite.planted_rules`."""

from __future__ import annotations

import pytest

from tests.support.paths import GOLDENS
from tests.testing.suite.planted_rules import PLANTED, Planted, found_by

pytestmark = pytest.mark.slow

LINES = (GOLDENS / "planted_rules.txt").read_text(encoding="utf-8").splitlines()
WORDS = {True: "found", False: "-", None: "none stated"}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: p.fault)
def test_a_planted_fault_is_found_as_the_table_says(planted: Planted) -> None:
    line = next(line for line in LINES if line.startswith(planted.fault + " "))
    found = [WORDS[f] for f in found_by(planted).values()]
    assert line.split("  ")[0] == planted.fault
    assert [cell.strip() for cell in line[len(planted.fault) :].split("  ") if cell.strip()] == found
    assert "found" in found, "some part of the harness finds it"


def test_the_table_has_every_fault_once() -> None:
    assert [line.split("  ")[0] for line in LINES[1:]] == [p.fault for p in PLANTED]
