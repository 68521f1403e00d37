"""The search against every pair tried one by one, borders against every border tried, and what a list makes of missing values."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdsl.discover import search
from segdsl.discover.rows import (
    Arm,
    AtLeast,
    Below,
    Categories,
    Clause,
    Counts,
    Missing,
    Numbers,
    OneOf,
    Rows,
    RuleList,
)


def rows(seed: int, n: int = 200) -> Rows:
    rng = np.random.default_rng(seed)
    x, z = rng.integers(0, 9, n).astype(float), rng.normal(size=n)
    x[rng.random(n) < 0.1] = np.nan
    codes = rng.integers(-1, 4, n)
    y = rng.random(n) < np.where((x >= 5) & (z < 0.3), 0.6, 0.1)
    return Rows({"x": Numbers(x, whole=True), "z": Numbers(z), "c": Categories(codes, tuple("abcd"))}, y, np.arange(n))


def gain(inside: np.ndarray, outcome: np.ndarray) -> float:
    """G of a group by its definition."""

    def log_likelihood(y: np.ndarray) -> float:
        k, n = int(y.sum()), len(y)
        return float(sum(m * np.log(m / n) for m in (k, n - k) if m))

    return 2.0 * (log_likelihood(outcome[inside]) + log_likelihood(outcome[~inside]) - log_likelihood(outcome))


@pytest.mark.parametrize("seed", range(5))
def test_the_arm_is_the_best_of_all_pairs(seed: int) -> None:
    r = rows(seed)
    conditions = search.conditions_of(r)
    matrix = search._matrix(conditions, r)
    cost, fewest = 1.0, 15
    arm, worth = search.best_arm(conditions, matrix, r.outcome, fewest, cost, most=2)
    tried = [(c,) for c in conditions] + list(combinations(conditions, 2))
    worths = [
        gain(i, r.outcome) - cost * len(t) for t in tried if fewest <= (i := Arm(t).true(r)).sum() <= len(r) - fewest
    ]
    assert arm is not None
    assert worth == pytest.approx(max(worths), abs=1e-4)


def test_what_is_plausible_is_worth_what_it_explains_less_its_clauses() -> None:
    r = rows(1)
    lists = search.rule_lists(r, np.random.default_rng(0))
    found = search.plausible(lists, r, np.random.default_rng(0))
    assert [rule for rule, _ in found[: len(lists)]] == lists
    assert len(found) > search.PLAUSIBLE / 2 and any(rule.clauses == 1 for rule, _ in found)
    cost = 2 * np.log(len(search.conditions_of(r)))
    for rule, worth in found[len(lists) :]:
        explained = gain(rule.arms[0].true(r), r.outcome)
        # a pair of borders in one direction is charged as two, and is one clause
        charged = [explained - cost * n for n in ((1, 2) if rule.clauses == 1 else (2,))]
        assert min(abs(worth - c) for c in charged) < 1e-3


@given(st.integers(0, 200), st.sampled_from([AtLeast("x", 4.0), Below("x", 6.0), AtLeast("z", 0.1)]))
def test_likelihoods_of_all_borders_are_those_of_each(seed: int, clause: Clause) -> None:
    r = rows(seed, 120)
    assert isinstance(clause, AtLeast | Below)
    for others in ((), (OneOf("c", ("a", "b")),)):
        rule = RuleList((Arm((Below("z", -1.0),)), Arm((clause, *others)), Arm((OneOf("c", ("d",)),))))
        values, total = search.likelihoods_by_border(rule, 1, 0, r)
        for value, wanted in zip(values, total, strict=True):
            if np.isfinite(wanted):
                moved = search.with_clause(rule, 1, 0, type(clause)(clause.feature, float(value)))
                assert Counts.of(moved, r).likelihood == pytest.approx(wanted)


def test_a_planted_interaction_is_the_first_list_of_two_clauses() -> None:
    found = search.rule_lists(rows(1, 2_000), np.random.default_rng(0))
    (arm,) = next(rule for rule in found if rule.clauses == 2 and len(rule.arms) == 1).arms
    assert {(c.feature, type(c)) for c in arm.clauses} == {("x", AtLeast), ("z", Below)}
    borders = {c.feature: c.border for c in arm.clauses if isinstance(c, AtLeast | Below)}
    assert borders["x"] == 5 and borders["z"] == pytest.approx(0.3, abs=0.15)


@pytest.mark.parametrize(
    ("x", "c", "place"),
    [(5.0, 0, "first"), (1.0, 0, "second"), (np.nan, 0, "second"), (np.nan, 1, "undecided"), (5.0, -1, "first"), (1.0, -1, "undecided"), (1.0, 1, "otherwise")],
)  # fmt: skip
def test_places_are_those_of_a_segmentation(x: float, c: int, place: str) -> None:
    """As the language has it: the first arm that is true, else undecided if one is unknown, else otherwise."""
    rule = RuleList((Arm((AtLeast("x", 2.0),)), Arm((OneOf("c", ("a",)),))))
    one = Rows(
        {"x": Numbers(np.array([x])), "c": Categories(np.array([c]), ("a", "b"))}, np.array([True]), np.array([0])
    )
    assert (
        rule.places(one)[0]
        == {"first": 0, "second": 1, "otherwise": rule.otherwise, "undecided": rule.undecided}[place]
    )


def test_a_false_clause_decides_whatever_is_missing() -> None:
    arm = Arm((AtLeast("x", 2.0), OneOf("c", ("a",)), Missing("x", is_missing=False)))
    row = Rows(
        {"x": Numbers(np.array([1.0])), "c": Categories(np.array([-1]), ("a",))}, np.array([True]), np.array([0])
    )
    assert not arm.unknown(row)[0]


@pytest.mark.parametrize(
    "features",
    [
        {}, {"gone": Numbers(np.full(400, np.nan))}, {"one each": Categories(np.arange(400), tuple(map(str, range(400))))},
        {"constant": Numbers(np.ones(400))},
    ],
    ids=["none", "all missing", "one customer a category", "constant"],
)  # fmt: skip
def test_features_that_say_nothing_give_no_list(features: dict[str, Numbers | Categories]) -> None:
    r = Rows(features, np.arange(400) % 10 == 0, np.arange(400))
    assert search.rule_lists(r, np.random.default_rng(0)) == []


@pytest.mark.slow
def test_two_thousand_features_and_ten_thousand_values() -> None:
    rng = np.random.default_rng(0)
    features: dict[str, Numbers | Categories] = {f"n{i}": Numbers(rng.normal(size=800)) for i in range(2_000)}
    features["many"] = Categories(rng.integers(0, 10_000, 800), tuple(map(str, range(10_000))))
    features["told"] = Numbers(rng.normal(size=800))
    r = Rows(features, rng.random(800) < np.where(features["told"].values > 0.5, 0.5, 0.05), np.arange(800))  # type: ignore[union-attr]
    first = search.rule_lists(r, rng)[0]
    assert [c.feature for c in first.arms[0].clauses] == ["told"]


@pytest.mark.parametrize("rate", [0.0025, 0.3, 0.9975])
def test_a_sample_has_the_rarer_rows(rate: float) -> None:
    n, most = 100_000, 8_000
    y = np.random.default_rng(1).random(n) < rate
    drawn = search.drawn(Rows({}, y, np.arange(n)), most, np.random.default_rng(2))
    rare = min(drawn.events, len(drawn) - drawn.events)
    there = min(int(y.sum()), n - int(y.sum()))
    assert len(drawn) == most and rare == min(there, max(most // 4, round(most * there / n)))
    assert len(set(drawn.customers)) == most and list(drawn.customers) == sorted(drawn.customers)


def test_a_group_with_a_rare_outcome_is_found_among_many() -> None:
    """Of 200,000 rows 0.3 % have the outcome, in a group of 2 % five times as many: a draw without choice holds 60 of them."""
    rng = np.random.default_rng(0)
    n = 200_000
    features: dict[str, Numbers | Categories] = {f"n{i}": Numbers(rng.normal(size=n)) for i in range(10)}
    features |= {f"c{i}": Categories(rng.integers(0, 8, n), tuple("abcdefgh")) for i in range(5)}
    n0, c0 = features["n0"], features["c0"]
    assert isinstance(n0, Numbers) and isinstance(c0, Categories)
    y = rng.random(n) < np.where((n0.values > 1) & (c0.codes == 0), 0.015, 0.003)
    firsts = [rule.arms[0].clauses for rule in search.rule_lists(Rows(features, y, np.arange(n)), rng)]
    assert any(
        OneOf("c0", ("a",)) in clauses and any(isinstance(c, AtLeast) and c.feature == "n0" for c in clauses)
        for clauses in firsts
    ), firsts
