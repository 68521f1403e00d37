"""Explanations of every phrase's examples and of every kind of node: the numbers that decided stand in them, and add up."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from segdsl import ops
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import World
from segdsl.testing.run.runner import clock_of, evaluator_for
from segdsl.words.explain import Breakdown, Clause, as_text, breakdown, explain, explain_metric, metric_as_text
from tests.proofs.claims import adds_up, parts_of
from tests.support import worlds
from tests.support.answers import clock_at, model_of
from tests.support.paths import GOLDENS
from tests.support.phrases import workspace_of

GOLDEN = GOLDENS / "explained_phrases.txt"


def explained(phrase: str) -> list[str]:
    made = workspace_of(ops.phrases()[phrase])
    rules = (*made.model.segments.values(), *made.model.segmentations.values())
    own = [m for m in made.model.metrics.values() if m.span is not None and m.span.source.path != "model.seg"]
    shown = []
    for test in made.model.tests:
        evaluator = evaluator_for(test, made.model, clock_of(test, made.zone))
        for row in evaluator.world.rows("account"):
            shown += [as_text(explain(evaluator, rule, row)) for rule in rules]
            shown += [metric_as_text(explain_metric(evaluator, m, row)) for m in own]
    return list(dict.fromkeys(shown))


def test_each_phrase_is_explained_with_its_numbers() -> None:
    found = "\n".join(f"--- {name}\n" + "\n".join(explained(name)) + "\n" for name in ops.phrases())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


SCORED = """
entity account { id: text key  a: number  b: integer  c: integer  d: boolean }
score s of account {
  part first weight %s = a
  part second weight %s = b / 7
  part third weight %s = if d then c else missing end
  missing parts: %s
  %s
}
segment low of account { when s < 40 }
"""
NUMBER = st.none() | st.integers(-50, 250)
WEIGHT = st.sampled_from(["1", "3", "20", "12.5", "33.333"])
POLICY = st.sampled_from(["share out up to 30%", "share out up to 99", "unknown", "count as 10"])
CAPS = st.sampled_from(["", "cap 50 when d", "cap 60 when b > 10  cap 20 when c > 100", "cap 0 when not d"])


@settings(max_examples=80, deadline=None, database=None, derandomize=True)
@given(WEIGHT, WEIGHT, WEIGHT, POLICY, CAPS, st.tuples(NUMBER, NUMBER, NUMBER, st.none() | st.booleans()))
def test_the_parts_of_a_score_add_up(w1: str, w2: str, w3: str, policy: str, caps: str, cells: tuple[Any, ...]) -> None:
    """By the reference: the points make the score, unless a cap whose condition is true, or unknown, is below them."""
    a, b, c, d = cells
    row = {"id": "x", "a": None if a is None else a * 10**9 // 3, "b": b, "c": c, "d": d}
    model = model_of(SCORED % (w1, w2, w3, policy, caps), {"account": [row]})
    evaluator = Evaluator(model, World(model.schema, {"account": [row]}, clock_at("2026-11-01")))
    value, apart = evaluator.metric("s", row), breakdown(evaluator, of_metric(model, "s"), row)
    parts = [p for p in apart.parts if isinstance(p, Breakdown)]
    points = [p.points for p in parts if p.points is not None]
    if isinstance(value, Unknown) and "too large a number" in value.reasons:
        assert apart.facts == ("too large a number",)
        return
    if not points:
        assert isinstance(value, Unknown) and apart.note
        return
    weights = [Decimal(str(p.weight)) + Decimal(str(p.shared_out)) for p in points]
    assert abs(sum(weights) - Decimal(str(points[0].of))) < Decimal("0.001")
    together = sum(Decimal(str(p.points)) for p in points)
    assert f"its parts add up to {figure(together)}" in apart.note
    conditions = [p for p in apart.parts if isinstance(p, Clause)]
    caps_below = [(Decimal(p.role.split()[1]), p.truth) for p in conditions if p.truth is not False]
    caps_below = [(most, truth) for most, truth in caps_below if most < together]
    if not caps_below:
        assert isinstance(value, Quantity) and abs(Decimal(value.double) - together) <= Decimal("0.00006")
    elif min(caps_below)[1] is True:
        assert isinstance(value, Quantity) and value.double == float(min(caps_below)[0])
    else:
        assert isinstance(value, Unknown) or value.double == float(min(m for m, truth in caps_below if truth))
    for part, p in zip((q for q in parts if q.points is not None), points):
        if part.value != "missing":
            worth = Decimal(part.value.replace(",", "")) * (Decimal(str(p.weight)) + Decimal(str(p.shared_out)))
            assert abs(worth / Decimal(str(p.of)) - Decimal(str(p.points))) < Decimal("0.002")


def figure(amount: Decimal) -> str:
    return f"{amount:,.4f}".rstrip("0").rstrip(".")


def of_metric(model: Model, name: str) -> k.MetricOf:
    return k.MetricOf(k.This(), model.metrics[name].entity, name, model.metrics[name].type)


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(worlds.cases())
def test_explanations_of_any_rules_are_what_the_reference_finds(case: worlds.Case) -> None:
    """Every condition is joined of its parts as it says, a branch of an `if` is the one of its condition, a value is its branch's."""
    try:
        model = model_of(worlds.SCHEMA + case.rules, case.rows)
    except AssertionError as refused:
        assume("SEG0316" not in str(refused))  # too involved to be a query
        raise
    world = World(model.schema, case.rows, Clock(case.now, ZoneInfo(case.zone)))
    evaluator = Evaluator(model, world)
    for row in world.rows("account")[:2]:
        for rule in model.rules_of("account"):
            told = explain(evaluator, rule, row)
            assert all(adds_up(a.clause) for a in told.arms) and as_text(told)
        for metric in model.metrics.values():
            if metric.entity == "account":
                apart = breakdown(evaluator, of_metric(model, metric.name), row)
                assert all(adds_up(p) if isinstance(p, Clause) else is_its_branch(p) for p in [apart, *parts_of(apart)])


def is_its_branch(value: Breakdown) -> bool:
    """Whether a value is that of the branch that was taken, where it is a choice."""
    branch = next((p for p in value.parts if p.role in ("then", "else")), None)
    if not isinstance(branch, Breakdown):
        return True
    condition = value.parts[0]
    return isinstance(condition, Clause) and condition.truth is (branch.role == "then") and branch.value == value.value
