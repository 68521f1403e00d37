"""Asks the crowd on an engine and in the reference, and counts where they differ."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import hypothesis
import psycopg
from hypothesis import HealthCheck, Phase, assume, given, settings

from segdsl.data.files import DataError
from segdsl.engines import DataRequest, zones
from segdsl.engines import duckdb as duckdb_engine
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Model, Outside
from segdsl.sql import dialect
from segdsl.workspace.config import SourceConfig
from tests.conformance.clocks import AS_OFS, ODD_ZONES
from tests.conformance.conditions import DECLARATIONS, rules
from tests.conformance.crowd import Crowd, Rows, beside
from tests.conformance.grid import part
from tests.support.answers import Answers, by_duckdb, by_postgres, by_reference, model_of
from tests.support.worlds import SCHEMA, Case, cases, complete_from

TOGETHER = 25
"""Rules asked in one query."""
OF_PRODUCT = 125
"""Conditions of the product of functions, tables and windows that a batch asks, beside those that are written."""
COMPLETE = (20, 7, 1, 0, 28, 60, -1, 400)
"""How many days before as-of the day lies from which tables are complete; each batch has its turn."""
FISCAL = 4
"""The month with which fiscal years begin: April."""
PIECE = 1050
"""Customers of a batch of `make conformance`."""
SETS, OF = 25, 300
"""Sets of rules that nobody wrote in a batch, and the customers that each is asked of."""
ODD_PARTS, ODD_OF_PRODUCT = 6, 24
"""Among worlds of odd zones, each batch asks a sixth of the written conditions, and so many of the product."""
Engine = Callable[[Model, str, Rows, Clock], Answers]
Job = tuple[str, int]
"""A kind of batch and its number."""


@dataclass
class Tally:
    """What was compared: answers by customer and rule, how many were true and unknown, those that an engine refused, and those that differ."""

    customers: int = 0
    answers: int = 0
    true: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.customers += other.customers
        self.answers += other.answers
        for mine, theirs in (
            (self.true, other.true),
            (self.unknown, other.unknown),
            (self.asked, other.asked),
            (self.refused, other.refused),
        ):
            for rule, n in theirs.items():
                mine[rule] = mine.get(rule, 0) + n
        self.differences += other.differences


def clock(i: int) -> Clock:
    now, zone = AS_OFS[i % len(AS_OFS)]
    return Clock(dt.datetime.fromisoformat(now), ZoneInfo(zone))


def complete_of(i: int, at: Clock) -> dt.date:
    """The day from which tables are complete in the i-th batch."""
    return beside(at.today, -COMPLETE[i % len(COMPLETE)])


def asked_model(text: str, rows: Rows, at: Clock, complete: dt.date) -> Model:
    """Rules over the common schema."""
    return model_of(complete_from(complete, SCHEMA + text), rows, Outside(FISCAL, at.zone))


def packs(size: int = TOGETHER) -> Iterator[str]:
    """Rules that are asked together, as text."""
    written = [f"segment {name} of account {{ when {what} }}" for name, what in rules().items()]
    for start in range(0, len(written), size):
        yield DECLARATIONS + "\n".join(written[start : start + size])


def product_packs(i: int, size: int) -> Iterator[str]:
    """The rules of a part of the product that are asked together, as text; those of one entity are."""
    by_entity = sorted(part(i, size), key=lambda named: named[1].entity)
    for _, alike in groupby(by_entity, key=lambda named: named[1].entity):
        asked = [f"segment {name} of {a.entity} {{ when {a.condition} }}" for name, a in alike]
        for start in range(0, len(asked), TOGETHER):
            yield "\n".join(asked[start : start + TOGETHER])


def compare(engines: dict[str, Engine], pack: str, rows: Rows, at: Clock, complete: dt.date) -> Tally:
    """One set of rules over one crowd, on each engine."""
    model = asked_model(pack, rows, at, complete)
    tally = Tally()
    for entity in model.schema.entities:
        if model.rules_of(entity.name):
            tally.add(_compare(engines, model, entity.name, rows, at))
    return tally


def _compare(engines: dict[str, Engine], model: Model, entity: str, rows: Rows, at: Clock) -> Tally:
    expected = by_reference(model, entity, rows, at)
    tally = Tally(answers=sum(map(len, expected.values())))
    for answer in expected.values():
        for rule, held in answer.items():
            tally.asked[rule] = tally.asked.get(rule, 0) + 1
            tally.true[rule] = tally.true.get(rule, 0) + (held is True)
            tally.unknown[rule] = tally.unknown.get(rule, 0) + (held is None)
    for name, engine in engines.items():
        try:
            found = engine(model, entity, rows, at)
        except DataError as refusal:
            (code,) = {d.code for d in refusal.diagnostics}
            tally.refused[f"{name} {at.zone} {code}"] = tally.answers
            continue
        except (duckdb.Error, psycopg.Error) as fault:
            rules = ", ".join(f"{r.name} ({_written(model, r.name)})" for r in model.rules_of(entity))
            tally.differences.append(f"{name} as of {at.now} in {at.zone} fails: {fault}: one of {rules}")
            continue
        tally.differences += [
            f"{name} as of {at.now} in {at.zone}: {rule} ({_written(model, rule)}) of {key} is {found.get(key, {}).get(rule, 'not there')}, not {held}"
            for key, answer in expected.items() for rule, held in answer.items()
            if found.get(key, {}).get(rule, "not there") != held
        ]  # fmt: skip
        tally.differences += [f"{name}: {key} is no customer" for key in found.keys() - expected.keys()]
    return tally


def _written(model: Model, rule: str) -> str:
    """The condition of a segment as it is written."""
    span = model.segments[rule].condition.span if rule in model.segments else None
    return " ".join(span.text.split()) if span is not None else ""


def batch(engines: dict[str, Engine], i: int, customers: int, asked: Iterable[str]) -> Tally:
    """Packs of rules over the crowd of the i-th as-of."""
    at = clock(i)
    complete = complete_of(i, at)
    rows = Crowd(at, customers, i, complete).rows()
    tally = Tally(customers=customers)
    for pack in asked:
        tally.add(compare(engines, pack, rows, at, complete))
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
        i = seed + tally.customers // customers
        at = clock(i)
        complete = complete_of(i, at)
        rows = Crowd(at, customers, f"{seed} {tally.customers}", complete).rows()
        try:
            tally.add(compare(engines, case.rules, rows, at, complete))
        except AssertionError as refused:
            assume("SEG0316" not in str(refused))  # too involved to be a query
            raise
        tally.customers += customers

    ask()
    return tally


def refusing(engine: Engine, differing: Callable[[str], tuple[zones.Difference, ...]], ask: zones.Ask) -> Engine:
    """An engine that refuses what one of a workspace does: data among which its clocks of a zone in use are others than the package's."""

    def asked(model: Model, entity: str, rows: Rows, at: Clock) -> Answers:
        answers = engine(model, entity, rows, at)
        needed = of_rules(model, model.segments.values())
        request = DataRequest(model.schema, SourceConfig(), Path(), needed, clock=at)
        columns = {name: list(relation.fields) for name, relation in model.schema.relations.items()}
        differences = [d for zone in sorted(zones.in_use(request, columns, ask)) for d in differing(zone)]
        zones.check_differences(differences, request, columns, ask)
        return answers

    return asked


def both(con: duckdb.DuckDBPyConnection, pg: psycopg.Connection[Any]) -> dict[str, Engine]:
    """Both engines as a workspace has them."""

    def by_pg(sql: str) -> list[tuple[Any, ...]]:
        return pg.execute(sql.encode()).fetchall()

    @cache
    def differing(zone: str) -> tuple[zones.Difference, ...]:
        weeks = "generate_series(begins, ends - INTERVAL '1 second', INTERVAL '7 days')"
        return zones.differences([zone], weeks, by_pg)

    return {
        "duckdb": refusing(partial(by_duckdb, con), lambda zone: duckdb_engine._zone_differences(frozenset({zone})), lambda sql: con.execute(sql).fetchall()),
        "postgres": refusing(partial(by_postgres, pg), differing, by_pg),
    }  # fmt: skip


def odd_batch(engines: dict[str, Engine], n: int, customers: int = PIECE) -> Tally:
    """The n-th crowd as of an instant in one of the `ODD_ZONES`, asked a part of all conditions."""
    among = [i for i, (_, zone) in enumerate(AS_OFS) if zone in ODD_ZONES]
    i = among[n % len(among)] + n // len(among) * len(AS_OFS)  # the same instant again, with another crowd
    written = [pack for j, pack in enumerate(packs(size=TOGETHER // 2)) if j % ODD_PARTS == n % ODD_PARTS]
    return batch(engines, i, customers, [*written, *product_packs(n, ODD_OF_PRODUCT)])


def on_all_engines(url: str, kind: str, i: int) -> Tally:
    """A batch, in a process of its own."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    with psycopg.connect(url, autocommit=True) as pg:
        pg.execute(dialect.FUNCTIONS)
        engines = both(con, pg)
        if kind == "generated":
            return generated(engines, 1000 + i, SETS, OF)
        if kind == "odd zones":
            return odd_batch(engines, i)
        return batch(engines, i, PIECE, [*packs(), *product_packs(i, OF_PRODUCT)])


def in_processes(url: str, jobs: Sequence[Job], workers: int | None = None) -> Iterator[tuple[Job, Tally]]:
    """Batches and what became of them, the first done first; the first fault stops all."""
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        asked = {pool.submit(on_all_engines, url, *job): job for job in jobs}
        for answered in as_completed(asked):
            if answered.exception():
                pool.shutdown(cancel_futures=True)
            yield asked[answered], answered.result()
