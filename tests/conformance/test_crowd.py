"""Odd customers, asked conditions of `conditions.py` and `grid.py` on each engine: 1,800 as of fixed instants, 1,050 around changes of clocks.

Each instant is asked a quarter of the written conditions, so each condition is asked at three and more of them; `make conformance` asks 100,000 customers
all of them.
"""

from __future__ import annotations

import datetime as dt
import itertools
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pytest

from segdsl.model.clock import Clock
from tests.conformance.clocks import AS_OFS, CHANGES, FIXED, around, crosses
from tests.conformance.conditions import rules
from tests.conformance.crowd import Crowd
from tests.conformance.grid import FUNCTIONS, TABLES, product
from tests.conformance.run import Engine, Tally, batch, clock, compare, complete_of, generated, packs, product_packs
from tests.support.answers import by_duckdb, by_postgres
from tests.support.worlds import COMPLETE

CUSTOMERS, OF_PRODUCT = 150, 50
ODD_HOURS = [list(around(CHANGES[n]))[i] for i, n in enumerate((0, 2, 4, 6, 8, 9, 11))]
"""Each zone with another of the moments around its change."""
NOBODY = {
    "seats / 3 = 0.333333333", "arr / 3 = 0.333333333",  # as nothing is rounded
    'tags has any ("x") and tags has none ("x", "y")', 'tags has all ("x") and not (tags has any ("x"))',
}  # fmt: skip
SELDOM = {"every week for 3 weeks (any(logins in last 7 days))", "max(all account.score per world) > 1", "hours since seen >= 24 and days since seen < 1", "count(offices where lat > account.score) >= 1", "tags has any risky"}  # fmt: skip
"""Those for which 2,000 customers are too few, or two drawings of the lists, whose rows may be out of date for all."""


@pytest.fixture
def engines(con: duckdb.DuckDBPyConnection, pg: psycopg.Connection[Any]) -> dict[str, Engine]:
    return {"duckdb": partial(by_duckdb, con), "postgres": partial(by_postgres, pg)}


@pytest.mark.sample(3)
@pytest.mark.slow
@pytest.mark.parametrize("i", range(len(FIXED)), ids=lambda i: FIXED[i][0])
def test_no_engine_differs(i: int, engines: dict[str, Engine]) -> None:
    tally = batch(engines, i, CUSTOMERS, list(packs())[i % 4 :: 4])
    assert tally.answers > CUSTOMERS * 50
    assert tally.differences == []


@pytest.mark.long
@pytest.mark.parametrize("n", range(len(ODD_HOURS)), ids=lambda n: " ".join(ODD_HOURS[n]))
def test_no_engine_differs_around_changes_of_clocks(n: int, engines: dict[str, Engine]) -> None:
    """A part of the product, and of the written conditions a quarter."""
    i = AS_OFS.index(ODD_HOURS[n])
    tally = batch(engines, i, CUSTOMERS, [*list(packs())[n % 4 :: 4], *product_packs(n, OF_PRODUCT)])
    assert tally.answers > CUSTOMERS * 50
    assert tally.differences == []


def test_clocks_change_when_they_are_said_to() -> None:
    for now, zone in CHANGES:
        first = dt.datetime.fromisoformat(now)
        assert crosses(first - dt.timedelta(microseconds=1), first, ZoneInfo(zone)), (now, zone)
    assert "2011-12-30" not in {str(Clock(dt.datetime(2011, 12, 29) + n * dt.timedelta(hours=1), ZoneInfo("Pacific/Apia")).today) for n in range(72)}  # fmt: skip


def test_the_product_is_whole() -> None:
    """Each function over each kind of table that it can be asked of, most of them counting what may be lacking."""
    met = {(a.function, a.kind) for a in product()}
    timed = {t.kind for t in TABLES if t.time}
    assert met >= {(f.name, kind) for f in FUNCTIONS for kind in timed if "by date" not in kind and kind != "date"}
    assert met >= {(f.name, t.kind) for f in FUNCTIONS for t in TABLES if f.rows == "any"}
    assert len(product()) == len(set(product())) > 10_000
    assert sum(a.counts and a.kind.startswith("complete from") for a in product()) > 1_000


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_no_engine_differs_on_rules_that_nobody_wrote(seed: int, engines: dict[str, Engine]) -> None:
    tally = generated(engines, seed, sets=5, customers=120)
    assert sum(tally.unknown.values()) > tally.answers // 50
    assert tally.differences == []


@pytest.mark.slow
def test_every_two_odd_values_meet() -> None:
    """The covering array: each value of a column beside each of every other, and with them the odd as-ofs."""
    met: set[tuple[str, object, str, object]] = set()
    wanted = 0
    for i in range(2):
        at = clock(i)
        crowd = Crowd(at, 15_000, i)
        pools = {c: set(p) for c, p in crowd.pools.items() if c not in ("renewal", "region")}
        wanted = sum(len(pools[a]) * len(pools[b]) for a, b in itertools.combinations(pools, 2))
        for row in crowd.rows()["account"]:
            met |= {(a, row[a], b, row[b]) for a, b in itertools.combinations(pools, 2)}
    assert len(met) == wanted


@pytest.mark.long
def test_each_condition_is_true_for_some_and_not_for_others() -> None:
    """Of rows that may be lacking, a condition may be unknown for the others."""
    tally = Tally()
    for i in (1, 4):
        at, complete = clock(i), complete_of(i, clock(i))
        rows = Crowd(at, 1000, "told apart", complete).rows()
        for pack in packs():
            tally.add(compare({}, pack, rows, at, complete))
    lacking = {r for r in rules() if r.startswith("rows_that_may_be_lacking")}
    same = {what for r, what in rules().items() if r not in lacking and not 0 < tally.true[r] < tally.asked[r]}
    assert same >= NOBODY and same <= NOBODY | SELDOM, "these conditions tell nobody apart"
    counts = {r: (tally.true[r], tally.unknown[r], tally.asked[r] - tally.true[r] - tally.unknown[r]) for r in lacking}
    assert [rules()[r] for r, answers in counts.items() if sum(map(bool, answers)) < 2] == ["count(calls) >= 0"]


def test_a_planted_difference_is_noticed(con: duckdb.DuckDBPyConnection) -> None:
    def wrong(model: Any, entity: str, rows: Any, at: Any) -> Any:
        answers = by_duckdb(con, model, entity, rows, at)
        key = next(k for k, a in answers.items() if a["comparisons_0"] is None)
        answers[key]["comparisons_0"] = False
        return answers

    at = clock(0)
    tally = compare({"wrong": wrong}, next(packs()), Crowd(at, 100, 0).rows(), at, COMPLETE)
    assert len(tally.differences) == 1 and "comparisons_0" in tally.differences[0]
