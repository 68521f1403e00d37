"""Who is in a running pilot gets the plays of its arm, and who is held out none: in exports, and as `explain` says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import pilots
from tests.support.cli import as_json, call

pytestmark = pytest.mark.slow

HELD_OUT = pilots.EXPERIMENT.replace("  primary", '  holdout 20% seed "held"\n  primary')


def getting(folder: Path, day: str) -> dict[str, str]:
    """The play that each account gets on a day."""
    result = call("export", "--dry-run", "--names", "--as-of", day, "--format", "json", cwd=folder)
    assert result.exit_code == 0, result.output
    return {n["customer"]: p["play"] for p in as_json(result)["plays"] for n in p["names"] if n["line"] == "gets" and not n["held_out"]}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = pilots.made(tmp_path_factory.mktemp("pilot"), pilots.accounts(), pilots.MODEL + HELD_OUT)
    pilots.assigned(made)
    return made


def test_each_arm_gets_its_own_plays(folder: Path) -> None:
    entered = {r["unit"]: r for r in pilots.rows(folder) if r["differs"] == "true"}
    given = getting(folder, "2026-03-03")
    expected = {u: "" if r["arm"] == "holdout" else r[f"play of {r['arm']}"] for u, r in entered.items()}
    assert {u: given.get(u, "") for u in entered} == expected
    assert set(expected.values()) == {"", "mail", "call"} and {r["arm"] for r in entered.values()} == {"holdout", "motion", "motion_v2"}  # fmt: skip


def test_without_a_pilot_everybody_gets_those_of_the_incumbent(folder: Path) -> None:
    """Before anybody entered, and when all outcomes have happened."""
    levels = pilots.accounts().set_index("account_id")["level"]
    low = {account: "mail" for account, level in levels.items() if level <= 2}
    assert getting(folder, "2026-03-01") == low == getting(folder, "2026-06-01")


def test_explain_says_whose_plays_a_customer_gets(folder: Path) -> None:
    moved = next(r["unit"] for r in pilots.rows(folder) if r["arm"] == "motion_v2" and r["play of motion_v2"] == "call")
    assert "it is in a pilot, with the plays of motion_v2" in call("explain", moved, "motion", "--as-of", "2026-03-03", cwd=folder).output  # fmt: skip
