"""Every edge of `edges.py` on every engine; docs/meaning.md is made of them (UPDATE_GOLDEN=1 writes it)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segdsl.diagnostics import Source, render
from segdsl.testing.run.runner import Evaluators, run_tests
from segdsl.workspace.config import Config
from segdsl.workspace.load import build, sound
from tests.conformance.edges import OPERATORS, Operator, page, source
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "meaning.md"


@pytest.mark.slow
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: o.condition)
def test_edges(operator: Operator, evaluators: Evaluators) -> None:
    made = sound(build(Path(), Config(), [Source("edges.seg", source(operator))], []))
    results = list(run_tests(made.model.tests, made.model, made.zone, evaluators))
    assert len(results) == len(operator.edges)
    wrong = [(operator.edges[int(r.title)], [f.actual for f in r.failures], [render(d) for d in r.errors]) for r in results if r.status != "passed"]  # fmt: skip
    assert wrong == []


def test_the_page_is_these_edges() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()
