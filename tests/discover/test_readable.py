"""What a person reads: round borders, clauses as a rule writes them, and a feature that is the outcome under another name."""

from __future__ import annotations

import numpy as np
import pytest

from segdsl.discover import alias, wording
from segdsl.discover.rounding import rounded
from segdsl.discover.rows import Arm, AtLeast, Below, Categories, Clause, Missing, Numbers, OneOf, Rows, RuleList
from segdsl.features.recipe import Feature
from segdsl.model import expr as k
from segdsl.model.types import INTEGER


@pytest.mark.parametrize(
    ("low", "high", "planted", "start", "wanted"),
    [(0.0, 100.0, 20.0, 20.31, 20.0), (0.0, 1.0, 0.25, 0.2513, 0.25), (-3.0, 3.0, 0.0, 0.0071, 0.0), (0.0, 50_000.0, 12_000.0, 11_983.0, 12_000.0)],
)  # fmt: skip
def test_a_border_is_as_round_as_the_data_allow(
    low: float, high: float, planted: float, start: float, wanted: float
) -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(low, high, 3_000)
    rows = Rows({"x": Numbers(x)}, rng.random(3_000) < np.where(x < planted, 0.4, 0.05), np.arange(3_000))
    done = rounded(RuleList((Arm((Below("x", start),)),)), rows)
    (clause,) = done.rule.arms[0].clauses
    assert isinstance(clause, Below) and clause.border == wanted
    assert 0 <= done.cost < 0.02


def test_rounding_says_what_it_costs() -> None:
    """A border that the data know to a hundredth stays; of whole numbers it is whole."""
    x = np.arange(10_000) / 100
    rows = Rows({"x": Numbers(x)}, x >= 37.13, np.arange(10_000))
    done = rounded(RuleList((Arm((AtLeast("x", 37.13),)),)), rows)
    assert done.rule.arms[0].clauses == (AtLeast("x", 37.13),) and done.cost == 0
    whole = Rows({"x": Numbers(np.floor(x), whole=True)}, x >= 37, np.arange(10_000))
    assert rounded(RuleList((Arm((AtLeast("x", 37.0),)),)), whole).rule.arms[0].clauses == (AtLeast("x", 37.0),)


@pytest.mark.parametrize(
    ("clause", "text", "kind", "wanted", "name"),
    [
        (AtLeast("f", 12_000), "arr", "number", "arr >= 12_000", "high_arr"),
        (Below("f", 3), "count(logins in last 30 days)", "number", "count(logins in last 30 days) < 3", "few_logins_30_days"),
        (AtLeast("f", -0.25), "change", "number", "change >= -0.25", "high_change"),
        (AtLeast("f", 288), "days since last(contracts.signed_on)", "number", "days since last(contracts.signed_on) >= 288", "high_days_since_contracts"),
        (OneOf("f", ("true",)), "any(logins in last 90 days)", "yes or no", "any(logins in last 90 days)", "with_logins_90_days"),
        (OneOf("f", ("false",)), "any(logins in last 90 days)", "yes or no", "none(logins in last 90 days)", "no_logins_90_days"),
        (OneOf("f", ("false",)), "parent is not missing", "yes or no", "parent is missing", "no_parent"),
        (OneOf("f", ("false",)), "autopay", "yes or no", "not (autopay)", "no_autopay"),
        (OneOf("f", ('a "b"',)), "region", "category", 'region = "a \\"b\\""', "region_a_b"),
        (OneOf("f", ("DE", "FR")), "region", "category", 'region in ("DE", "FR")', "region_group"),
        (Missing("f"), "onboarded_on", "number", "onboarded_on is missing", "no_onboarded_on"),
    ],
)  # fmt: skip
def test_a_clause_is_written_as_a_rule_has_it(clause: Clause, text: str, kind: str, wanted: str, name: str) -> None:
    feature = Feature(text, k.Literal_(1, INTEGER), kind, "", "")  # type: ignore[arg-type]
    assert wording.clause_text(clause, feature) == wanted
    assert wording.arm_name(Arm((clause,)), {"f": feature}, set()) == name
    assert wording.arm_name(Arm((clause,)), {"f": feature}, {name}) == f"{name}_2"


def test_a_feature_that_is_the_outcome_is_suspicious() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(500) < 0.1
    rows = Rows(
        {
            "same": Categories(y.astype(np.int64), ("no", "yes")),
            "turned": Numbers(np.where(y, -1.0, 1.0) + rng.normal(0, 0.1, 500)),
            "only where it is": Numbers(np.where(y, 5.0, np.nan)),
            "strong": Numbers(y + rng.normal(0, 0.6, 500)),
            "one each": Categories(np.arange(500), tuple(map(str, range(500)))),
            "noise": Numbers(rng.normal(size=500)),
        },
        y,
        np.arange(500),
    )
    assert set(alias.aliases(rows)) == {"same", "turned", "only where it is"}
    assert alias.aliases(rows.at(np.flatnonzero(np.cumsum(y) <= 4))) == {}


def test_a_feature_that_bounds_the_outcome_is_suspicious() -> None:
    """Whoever leaves in ten years has the status `left` today: a third of those with it leave now, and nobody else."""
    rng = np.random.default_rng(0)
    n = 2_000
    left = rng.random(n) < 0.3
    y = left & (rng.random(n) < 0.3)
    everybody = y & (rng.random(n) < 0.3)
    strong = rng.random(n) < np.where(y, 0.9, 0.3)
    rare = rng.random(n) < 0.02  # nobody of a few has the outcome, as of most values of a few
    rows = Rows(
        {
            "status": Categories(left.astype(np.int64), ("active", "left")),
            "left or not, as a number": Numbers(left.astype(float)),
            "only of who left": Numbers(np.where(left, rng.normal(size=n), np.nan)),
            "refund": Categories(everybody.astype(np.int64), ("no", "yes")),
            "strong": Categories(strong.astype(np.int64), ("no", "yes")),
            "rare": Categories((rare & ~y).astype(np.int64), ("no", "yes")),
            "city": Categories(rng.integers(0, 45, n), tuple(map(str, range(45)))),
            "noise": Numbers(rng.normal(size=n)),
        },
        y,
        np.arange(n),
    )
    found = alias.aliases(rows)
    assert {name: a.bounds for name, a in found.items()} == {
        "status": "nobody",
        "left or not, as a number": "nobody",
        "only of who left": "nobody",
        "refund": "everybody",
    }
    assert max(a.apart for a in found.values()) < alias.NEARLY_ALL


@pytest.mark.parametrize("seed", range(5))
def test_chance_bounds_nothing(seed: int) -> None:
    """Of 200 features in which no value says anything of an outcome that few have."""
    rng = np.random.default_rng(seed)
    n = 3_000
    columns = {
        str(i): Categories(rng.integers(0, i % 20 + 2, n), tuple(map(str, range(i % 20 + 2)))) for i in range(200)
    }
    assert alias.aliases(Rows(columns, rng.random(n) < 0.01, np.arange(n))) == {}
