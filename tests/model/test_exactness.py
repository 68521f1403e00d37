"""What `model/exact.py` says of an expression holds of every value that the reference finds for it, and of how it is spelled.

Sums and comparisons of two numbers take one denominator for granted where it says so, and SQL and the reference must leave
exact arithmetic for doubles at the same steps.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from segdsl.diagnostics import Source
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segment
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.quantity import Quantity, exact, rounded
from segdsl.reference.world import Row, World
from segdsl.sql import numbers as n
from segdsl.sql.conditions import Conditions, Plain, Value
from segdsl.sql.plan import assignment
from segdsl.testing.run.runner import Evaluators, run_tests
from segdsl.workspace.config import Config
from segdsl.workspace.load import build, sound
from tests.support.answers import model_of
from tests.support.worlds import SCHEMA, Case, cases

pytestmark = pytest.mark.slow

METRIC = """
segment of_m0 of account { when (m0 + seats / 3 > 0.29 and sum(children.m0) - m0 < 1) or median(all account.m0) = m0 }
segment half of account { when split("half") < 50% }
"""
"""Beside what is drawn: what a test gives is read, too, and a number of `split`, which is drawn seldom."""
WORLDS = int(os.environ.get("SEGDSL_WORLDS", "1000")) // 10


@dataclass
class _Checking(Evaluator):
    """Holds each value on the way, of whichever row and time, to what is said of its expression."""

    met: Counter[str] = field(default_factory=Counter)

    def value(self, e: k.Expr, row: Row) -> Result:
        value = super().value(e, row)
        if isinstance(value, Unknown) and value.at_least is not None:
            assert value.at_least.pair is not None and value.at_least.pair[1] == 1, e
        if isinstance(value, Quantity):
            over = self._exactness.denominator(e)
            if self._exactness.real(e):
                assert value.pair is None, e
            elif over is not None and value.pair is not None:
                assert value.pair[1] == over, e
                self.met[type(e).__name__] += 1
        return value

    def over(self, world: World) -> Evaluator:
        return _Checking(self.model, world, self.given, met=self.met)


def _model(case: Case) -> Model:
    try:
        return model_of(SCHEMA + case.rules + METRIC, case.rows)
    except AssertionError as refused:
        assume("SEG0316" not in str(refused))  # too involved to be a query
        raise


@pytest.mark.long
@pytest.mark.parametrize("gives", [False, True], ids=["computed", "given"])
def test_values_have_the_denominator_that_is_said(gives: bool) -> None:
    met: Counter[str] = Counter()

    @seed(20261201)
    @settings(max_examples=WORLDS, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink])  # fmt: skip
    @given(cases())
    def hold(case: Case) -> None:
        model = _model(case)
        world = World(model.schema, case.rows, Clock(case.now, ZoneInfo(case.zone)))
        accounts = world.rows("account")
        eighth = rounded(exact(1, 8)) if model.metrics["m0"].type == ty.REAL else exact(1, 8)
        given_to = {("account", str(r["account_id"]), "m0"): eighth for r in accounts} if gives else {}
        evaluator = _Checking(model, world, given_to, met=met)
        for entity in ("account", "user"):
            for rule in model.rules_of(entity):
                for row in world.rows(entity):
                    if isinstance(rule, Segment):
                        evaluator.in_segment(rule, row)
                    else:
                        evaluator.outcome(rule, row)

    hold()
    assert met.keys() >= {"Aggregate", "Arithmetic", "Column", "Elapsed", "If", "Literal_", "MetricOf", "Split", "Standing"}  # fmt: skip


@pytest.mark.long
def test_numbers_are_spelled_as_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column has a denominator of its own where, and only where, the reference would have one from row to row."""
    met: Counter[str] = Counter()
    spelled = Conditions.value

    def value(self: Conditions, e: k.Expr) -> Value:
        found = spelled(self, e)
        if not isinstance(found, Plain) and not isinstance(e, k.Missing):
            assert isinstance(found, n.Double) is self.exactness.real(e), e
            if isinstance(found, n.Exact):
                assert found.fixed == self.exactness.denominator(e), e
                met[type(e).__name__] += 1
        return found

    monkeypatch.setattr(Conditions, "value", value)

    @seed(20261129)
    @settings(max_examples=WORLDS, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink])  # fmt: skip
    @given(cases())
    def spell(case: Case) -> None:
        model = _model(case)
        for entity in ("account", "user"):
            assignment(model, entity, model.rules_of(entity), Clock(case.now, ZoneInfo(case.zone)))

    spell()
    assert met.keys() >= {"Aggregate", "Arithmetic", "Column", "Elapsed", "If", "Literal_", "MetricOf", "Standing"}  # fmt: skip


GIVEN = """
entity account { account_id: text key  seats: integer  arr: money(USD)  parent: link to account reverse children }
metric third of account = seats / 3
metric spend of account = arr
segment thirds of account { when sum(children.third) = 0.7 }
segment spends of account { when sum(children.spend) = 0.5 }
segment third_and of account { when third + seats / 3 = 1.2 }
segment spend_and of account { when spend + arr = 1.5 }
test "figures of thirds and of cents" as of 2026-11-01 {
  account a {}
  account b { parent: a, third: 0.5, spend: 0.5 }
  account c { parent: a, third: 0.2, spend: 0 }
  account d { third: 0.2, seats: 3, spend: 0.5, arr: 1 }
  expect a in thirds
  expect a in spends
  expect d in third_and
  expect d in spend_and
}
"""


def test_a_given_figure_is_what_it_says(evaluators: Evaluators) -> None:
    """Half a dollar isn't a cent where the metric is counted in cents, nor one of three."""
    made = sound(build(Path(), Config(), [Source("rules.seg", GIVEN)], []))
    (result,) = run_tests(made.model.tests, made.model, made.zone, evaluators)
    assert result.status == "passed", result.failures
