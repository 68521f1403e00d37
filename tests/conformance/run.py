"""Asks the crowd on an engine and in the reference, and counts where they differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

import duckdb
import hypothesis
import psycopg
from hypothesis import HealthCheck, Phase, assume, given, settings

from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.sql import dialect
from tests.conformance.conditions import DECLARATIONS, rules
from tests.conformance.crowd import AS_OFS, Crowd, Rows
from tests.conftest import Answers, by_duckdb, by_postgres, by_reference, model_of
from tests.properties.worlds import SCHEMA, Case, cases

TOGETHER = 25
"""Rules asked in one query."""
PIECE = 1050
"""Customers of a batch of `make conformance`."""
SETS, OF = 25, 300
"""Sets of rules that nobody wrote in a batch, and the customers that each is asked of."""
Engine = Callable[[Model, str, Rows, Clock], Answers]


@dataclass
class Tally:
    """What was compared: answers by customer and rule, how many were true and unknown, and those that differ."""

    customers: int = 0
    answers: int = 0
    true: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.customers += other.customers
        self.answers += other.answers
        for mine, theirs in ((self.true, other.true), (self.unknown, other.unknown), (self.asked, other.asked)):
            for rule, n in theirs.items():
                mine[rule] = mine.get(rule, 0) + n
        self.differences += other.differences


def clock(i: int) -> Clock:
    now, zone = AS_OFS[i % len(AS_OFS)]
    return Clock(dt.datetime.fromisoformat(now), ZoneInfo(zone))


def packs() -> Iterator[str]:
    """Rules that are asked together, as text."""
    written = [f"segment {name} of account {{ when {what} }}" for name, what in rules().items()]
    for start in range(0, len(written), TOGETHER):
        yield DECLARATIONS + "\n".join(written[start : start + TOGETHER])


def compare(engines: dict[str, Engine], pack: str, rows: Rows, at: Clock) -> Tally:
    """One set of rules over one crowd, on each engine."""
    model = model_of(SCHEMA + pack, rows)
    expected = by_reference(model, "account", rows, at)
    tally = Tally(answers=sum(map(len, expected.values())))
    for answer in expected.values():
        for rule, held in answer.items():
            tally.asked[rule] = tally.asked.get(rule, 0) + 1
            tally.true[rule] = tally.true.get(rule, 0) + (held is True)
            tally.unknown[rule] = tally.unknown.get(rule, 0) + (held is None)
    for name, engine in engines.items():
        found = engine(model, "account", rows, at)
        tally.differences += [
            f"{name} as of {at.now} in {at.zone}: {rule} of {key} is {found.get(key, {}).get(rule, 'not there')}, not {held}"
            for key, answer in expected.items() for rule, held in answer.items()
            if found.get(key, {}).get(rule, "not there") != held
        ]  # fmt: skip
        tally.differences += [f"{name}: {key} is no customer" for key in found.keys() - expected.keys()]
    return tally


def batch(engines: dict[str, Engine], i: int, customers: int) -> Tally:
    """All conditions over the crowd of the i-th as-of."""
    at = clock(i)
    rows = Crowd(at.now, customers, i).rows()
    tally = Tally(customers=customers)
    for pack in packs():
        tally.add(compare(engines, pack, rows, at))
    return tally


def generated(engines: dict[str, Engine], seed: int, sets: int, customers: int) -> Tally:
    """Sets of rules that Hypothesis draws, each over a crowd."""
    tally = Tally()

    @hypothesis.seed(seed)
    @settings(
        max_examples=sets,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(cases())
    def ask(case: Case) -> None:
        at = clock(tally.customers // customers)
        rows = Crowd(at.now, customers, f"{seed} {tally.customers}").rows()
        try:
            tally.add(compare(engines, case.rules, rows, at))
        except AssertionError as refused:
            assume("SEG0316" not in str(refused))  # too involved to be a query
            raise
        tally.customers += customers

    ask()
    return tally


def on_all_engines(url: str, kind: str, i: int) -> Tally:
    """A batch of `make conformance`, in a process of its own."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    with psycopg.connect(url, autocommit=True) as pg:
        pg.execute(dialect.FUNCTIONS)
        engines: dict[str, Engine] = {"duckdb": partial(by_duckdb, con), "postgres": partial(by_postgres, pg)}
        return batch(engines, i, PIECE) if kind == "written" else generated(engines, 1000 + i, SETS, OF)
