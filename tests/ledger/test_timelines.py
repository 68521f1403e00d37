"""What the ledger says of any run, against a plain table of all runs: whatever order they come in, are repeated, taken out or pruned."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segdsl.ledger import assignments, history
from segdsl.ledger.assignments import Numbers, Where
from segdsl.ledger.store import Ledger, Run
from segdsl.ledger.timelines import timelines
from tests.support.ledgers import assigned, stretches

RULES = ("big", "entity_id", "motion", "since")  # names that columns of the ledger have, too
PLACES: list[Where] = [(None, "in", None), (None, "out", None), ("gold", "assigned", "gold"), ("gold", "assigned", "base"), (None, "unknown", None)]  # fmt: skip
Rows = dict[str, dict[str, Where]]  # place by key and rule
DAY = dt.datetime(2026, 1, 1)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def parquet(path: Path, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> Path:
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t ({', '.join(f'{chr(34)}{c}{chr(34)} {t}' for c, t in columns.items())})")
        if rows:
            con.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(columns))})", rows)
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return path


class Plain:
    """Every run as it was published."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[Run, Rows]] = {}

    def told(self) -> list[tuple[Any, ...]]:
        return sorted(
            ((n, "a", key, rule, *where) for n, (_, rows) in self.rows.items() for key, places in rows.items() for rule, where in places.items()),
            key=str,
        )  # fmt: skip

    def moves(self, old: int, new: Rows, rules: list[str]) -> list[tuple[Any, ...]]:
        then = self.rows[old][1]
        found = []
        for rule in sorted(rules):
            for key in sorted(then.keys() | new.keys()):
                was, now = then.get(key, {}).get(rule), new.get(key, {}).get(rule)
                if (was and was[:2]) != (now and now[:2]):
                    found.append(("a", key, rule, was, now))
        return found


def publish(
    ledger: Ledger, plain: Plain, folder: Path, chance: random.Random, rows: Rows, rules: list[str], source: str
) -> None:
    """A new run, or a repeat of one; on the way its moves since some run of the source are looked at."""
    numbers = Numbers.of(ledger)
    cells = [(key, *(numbers.number(places[r]) for r in rules)) for key, places in rows.items()]
    file = parquet(
        folder / "assigned.parquet", {"entity_id": "VARCHAR", **{f"is {r}": "INTEGER" for r in rules}}, cells
    )
    staged = [assignments.stage(ledger, source, "a", rules, file)]
    own = [run for run, _ in plain.rows.values() if run.source == source]
    if own:
        old = chance.choice(own)
        both = [r for r in rules if r in old.fingerprints]
        table = assignments.make_moves(ledger, old, both, staged, numbers)
        meaning = {code: where for where, code in numbers.known.items()}
        found = ledger.rows(f"SELECT entity, entity_id, rule, was, now FROM {table} ORDER BY rule, entity_id")
        assert [(e, k, r, meaning.get(a), meaning.get(b)) for e, k, r, a, b in found] == plain.moves(
            old.run_id, rows, both
        )
    repeated = chance.choice(own) if own and chance.random() < 0.3 else None
    run = Run(
        repeated.run_id if repeated else ledger.next_id(), DAY + dt.timedelta(chance.randint(0, 9)), "UTC", source, DAY,
        dict.fromkeys(rules, "x"), {}, {}, {}, "e", "v", published=ledger.next_published(),
    )  # fmt: skip
    with ledger.transaction():
        if repeated is not None:
            ledger.forget([repeated.run_id])
        ledger.add(run)
        assignments.write(ledger, run, staged, numbers)
        if repeated is not None:
            assignments.sweep(ledger, source)
    plain.rows[run.run_id] = run, rows


def remove(ledger: Ledger, plain: Plain, gone: list[int]) -> None:
    with ledger.transaction():
        ledger.forget(gone)
        for source in ("default", "crm"):
            assignments.sweep(ledger, source)
    for n in gone:
        del plain.rows[n]


def wander(chance: random.Random, rows: Rows) -> Rows:
    """The same customers a day later: most are where they were."""
    keys = [k for k in "abcdefgh" if (k in rows) != (chance.random() < 0.15)]
    return {
        k: {r: chance.choice(PLACES) if k not in rows or chance.random() < 0.2 else rows[k][r] for r in RULES}
        for k in keys
    }


@pytest.mark.long
@settings(deadline=None, max_examples=20)
@given(st.integers())
def test_every_run_says_what_it_said(seed: int) -> None:
    chance, plain, rows = random.Random(seed), Plain(), dict[str, Rows]()
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        with Ledger.to_write(folder / ".segdsl" / "ledger.duckdb", folder, folder) as ledger:
            for _ in range(12):
                if plain.rows and chance.random() < 0.2:
                    remove(ledger, plain, chance.sample(sorted(plain.rows), chance.randint(1, len(plain.rows))))
                else:
                    source = chance.choice(["default", "default", "crm"])
                    rows[source] = wander(chance, rows.get(source, {}))
                    rules = sorted(chance.sample(RULES, chance.randint(1, 4)))
                    given_rows = {k: {r: p[r] for r in rules} for k, p in rows[source].items()}
                    publish(ledger, plain, folder, chance, given_rows, rules, source)
                assert assigned(ledger) == plain.told()
                assert not shown_by_none(ledger)
            runs = ledger.runs()
            for _ in range(3 if runs else 0):
                old, new = (chance.choice(runs) for _ in "ab")
                both = [r for r in new.fingerprints if r in old.fingerprints]
                assert assignments.between(ledger, old, new, both) == plain.moves(
                    old.run_id, plain.rows[new.run_id][1], both
                )
            for key in "abc":
                of_customer = assignments.of_customer(ledger, "a", key)
                assert of_customer == {
                    (n, r): w for n, _, k, r, *where in plain.told() if k == key for w in [tuple(where)]
                }
        with Ledger.to_read(folder / ".segdsl" / "ledger.duckdb") as again:
            assert again is not None and assigned(again) == plain.told()


def shown_by_none(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Rows that no run shows: a run that went leaves nothing of a customer."""
    found = []
    for (_, source, _), timeline in timelines(ledger.con).items():
        published = [r.published for r in ledger.runs() if r.source == source]
        for since, until in ledger.rows(
            f"SELECT since, until FROM {timeline.before} UNION ALL SELECT since, NULL FROM {timeline.now}"
        ):
            if not any(since <= p and (until is None or p < until) for p in published):
                found.append((since, until))
    return found


FIELDS = ("plan", "since", "until")


@pytest.mark.long
@settings(deadline=None, max_examples=20)
@given(st.integers())
def test_the_history_is_of_the_fields_of_each_as_of(seed: int) -> None:
    chance = random.Random(seed)
    snapshots: dict[dt.datetime, dict[tuple[str, str], str | None]] = {}
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        with Ledger.to_write(folder / ".segdsl" / "ledger.duckdb", folder, folder) as ledger:
            for _ in range(10):
                newest = max(snapshots, default=DAY)
                if snapshots and chance.random() < 0.15:
                    with ledger.transaction():
                        history.take_back(ledger, newest)
                    del snapshots[newest]
                else:
                    fields = sorted(chance.sample(FIELDS, chance.randint(1, 3)))
                    as_of = newest + dt.timedelta(chance.choice([0, 1, 2]))
                    keys = chance.sample("abcde", chance.randint(0, 5))
                    values = {(k, f): chance.choice(["x", "y", None]) for k in keys for f in fields}
                    columns = {"entity_id": "VARCHAR", **dict.fromkeys(fields, "VARCHAR")}
                    file = parquet(folder / "v.parquet", columns, [(k, *(values[k, f] for f in fields)) for k in keys])
                    with ledger.transaction():
                        history.keep(ledger, "a", fields, file, as_of)
                    before = snapshots.get(as_of, snapshots.get(newest, {}))
                    snapshots[as_of] = {who: v for who, v in before.items() if who[1] not in fields} | values
                assert stretches(ledger) == plainly(snapshots)


def plainly(snapshots: dict[dt.datetime, dict[tuple[str, str], str | None]]) -> list[tuple[Any, ...]]:
    """(entity, key, field, value, since, until) of each stretch without a change."""
    found: list[tuple[Any, ...]] = []
    running: dict[tuple[str, str], tuple[str | None, dt.datetime]] = {}
    for at in sorted(snapshots):
        now = snapshots[at]
        for who, (value, since) in list(running.items()):
            if who not in now or now[who] != value:
                found.append(("a", *who, value, since, at))
                del running[who]
        running |= {who: (value, at) for who, value in now.items() if who not in running}
    found += [("a", *who, value, since, None) for who, (value, since) in running.items()]
    return sorted(found, key=str)


def test_a_run_adds_what_changed(folder: Path) -> None:
    """Rows, counted: none for who stays, one more for who moves."""
    chance, plain = random.Random(0), Plain()
    rows: Rows = {f"k{i}": dict.fromkeys(RULES, PLACES[0]) for i in range(100)}
    with Ledger.to_write(folder / ".segdsl" / "ledger.duckdb", folder, folder) as ledger:
        for moved in range(3):
            rows = {k: {**p, "big": PLACES[1 if int(k[1:]) < moved else 0]} for k, p in rows.items()}
            with mock.patch.object(chance, "random", return_value=1.0):
                publish(ledger, plain, folder, chance, rows, list(RULES), "default")
        (timeline,) = timelines(ledger.con).values()
        assert ledger.rows(f"SELECT since, count(*) FROM {timeline.now} GROUP BY 1 ORDER BY 1") == [
            (1, 98),
            (2, 1),
            (3, 1),
        ]
        assert ledger.rows(f"SELECT since, until FROM {timeline.before} ORDER BY ALL") == [(1, 2), (1, 3)]
