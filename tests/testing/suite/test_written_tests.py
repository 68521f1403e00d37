"""What the harness writes is what it saw: a customer made up, written as a test or a sheet, read again, asked on both evaluators."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from segdsl.bounds import Work
from segdsl.diagnostics import Source
from segdsl.lang import tree
from segdsl.lang.parse import parse
from segdsl.model.clock import Clock
from segdsl.model.segment import Segmentation
from segdsl.reference.evaluate import Evaluator
from segdsl.testing.customers.aim import Aim
from segdsl.testing.customers.block_text import Unwritable
from segdsl.testing.customers.draft import Cells
from segdsl.testing.customers.expectation import rule_says
from segdsl.testing.customers.search import Example, MadeUpCustomer
from segdsl.testing.customers.strategies import customers
from segdsl.testing.fixtures import folder
from segdsl.testing.fixtures.fixtures import load
from segdsl.testing.run.engine import on_duckdb
from segdsl.testing.run.mistakes import mistakes
from segdsl.testing.run.runner import run_tests
from segdsl.testing.suite.suite import suite_of
from segdsl.workspace.load import load_workspace, sound
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

SUITE = suite_of(sound(load_workspace(ROOT)))
MODEL, ZONE, DAY = SUITE.workspace.model, SUITE.workspace.zone, dt.date(2026, 11, 1)
assert MODEL is not None
RULES = [*MODEL.segmentations.values(), *MODEL.segments.values()]
ENGINE = on_duckdb(SUITE.workspace)
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def examples(draw: st.DrawFn) -> tuple[int, Example]:
    """A customer aimed at somewhere in a rule, with or without metrics given."""
    assert MODEL is not None
    number = draw(st.integers(0, len(RULES) - 1))
    rule = RULES[number]

    def attempt(aim: Aim, row: Cells) -> None:
        wanted = aim.choose((True, False, None))
        if isinstance(rule, Segmentation):
            aim.at_arm(rule, aim.choose([a.name for a in rule.all_arms]), row, wanted)
        else:
            aim.at_segment(rule, row, wanted)

    found: MadeUpCustomer = draw(customers(MODEL, rule.entity, DAY, Clock.at(DAY, ZONE), attempt))
    assume(found.row(found.evaluator(MODEL)) is not None)
    return number, Example(rule.name, found, partial(rule_says, rule))


@EXAMPLES
@given(examples())
def test_a_test_block_says_what_was_seen_on_both_evaluators(made: tuple[int, Example]) -> None:
    assert MODEL is not None
    try:
        text = made[1].text(MODEL)
    except Unwritable:
        assume(False)
    file, wrong = parse(Source("written.seg", text))
    assert wrong == ()
    (block,) = file.declarations
    assert isinstance(block, tree.Test)
    test, problems = SUITE.resolver.test(block)
    assert test is not None and problems == (), text
    if not list(mistakes(test, MODEL)):
        for evaluators in (Evaluator, ENGINE):
            (result,) = run_tests([test], MODEL, ZONE, evaluators)
            assert result.status == "passed", (text, result)


@EXAMPLES
@given(st.lists(examples(), min_size=1, max_size=4))
def test_a_sheet_says_what_was_seen(tmp_path_factory, made: list[tuple[int, Example]]) -> None:  # type: ignore[no-untyped-def]
    """Of one rule: several customers stand in one world, under new keys."""
    assert MODEL is not None
    root: Path = tmp_path_factory.mktemp("sheets")
    number = made[0][0]
    try:
        at = replace(SUITE.workspace, root=root)
        folder.write(at, "made", RULES[number], [example for n, example in made if n == number])
    except Unwritable:
        assume(False)
    found = load(root, None, SUITE.resolver, Work())
    assert found.problems == (), found.problems
    for result in run_tests(found.tests, MODEL, ZONE):
        assert result.status == "passed", result
