"""Findings on rows that can be read but may not mean what a person thinks: rows ahead of as-of, copies, circles of parents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import duckdb

from segdsl.data.examples import EXAMPLES, many, one
from segdsl.data.findings import Finding
from segdsl.data.relations import Bound
from segdsl.data.sql_text import name, text
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation, Schema, in_a_circle
from segdsl.words import headers
from segdsl.words.values import day

MOST_COMPARED = 20_000_000  # rows that are compared with one another
_MANY = 1_000_000  # rows, of which their hashes are sorted here
_CELLS = 3  # shown of a row
_ROW = name("a whole row")  # for which no column is taken: one called `r` would be, for r


def odd_rows(
    con: duckdb.DuckDBPyConnection, schema: Schema, bound: Bound, looked_at: Sequence[str], rows: int, clock: Clock
) -> Iterator[Finding]:
    """Findings about whole rows of a relation, in the columns looked at."""
    relation = bound.relation
    if relation.kind == "table":
        if rows > MOST_COMPARED:
            message = f"more than {MOST_COMPARED:,} rows: whether some are copies of others wasn't looked at"
            yield Finding("twice", relation.name, None, 0, message, severity="info")
        elif not (bound.source is not None and bound.source.distinct):
            yield from _twice(con, schema, bound, looked_at, rows)
    if relation.kind == "entity":
        if bound.source is None or not bound.source.distinct:
            yield from _copies(con, relation, rows)
        yield from _early(con, relation, looked_at, clock)
        if rows <= MOST_COMPARED:
            yield from _circles(con, schema, relation, looked_at)


def ahead(
    relation: Relation, looked_at: Sequence[str], n: int, latest: dt.date | None, rows: int, clock: Clock
) -> Iterator[Finding]:
    """Rows of a table that happen after as-of: `n` of its rows do, up to the latest."""
    if relation.at is None or relation.at not in looked_at or relation.known_at is not None:
        return
    if n and latest is not None:
        latest = clock.date_of(latest) if isinstance(latest, dt.datetime) else latest
        message = (
            f"{many(n, 'row')} {_lies(n)} after as-of, the latest of {day(latest)}: none of them counts before its time"
        )
        yield Finding("ahead", relation.name, relation.at, n, message, help=_of_ahead(n, latest, rows), severity="info")


NEARLY_ALL = 0.9  # of a table's rows lie ahead where as-of is the mistake, rather than rows that are dated ahead


def _of_ahead(n: int, latest: dt.date, rows: int) -> str:
    """What to do about rows ahead of as-of: another day, which moves every window, where nearly all rows are."""
    if n >= NEARLY_ALL * rows:
        return f"meant otherwise? --as-of {latest + dt.timedelta(days=1)} is the day after the latest of them"
    return (
        "are they known beforehand, as bookings and due dates are? Then declare since when, as in `known at booked_at`, "
        "and `in next 30 days` counts them"
    )


def _early(
    con: duckdb.DuckDBPyConnection, relation: Relation, looked_at: Sequence[str], clock: Clock
) -> Iterator[Finding]:
    """Rows of an entity that begin after as-of, by its beginning or by a column that the model doesn't take for it."""
    if relation.history:
        return
    if relation.lives_from is not None:
        if relation.lives_from in looked_at:
            yield from _not_yet(con, relation, relation.lives_from, clock)
        return
    for f in looked_at:
        typed = relation.fields[f].type
        if not isinstance(typed, ty.Date | ty.Timestamp) or not headers.is_beginning(f):
            continue
        n, _ = _after(con, relation, f, clock)
        if n:
            message = f"{many(n, 'row')} {_lies(n)} after as-of by {f}, and {_counts(n)} all the same"
            help = f"if a {relation.name} is there only from then on, declare it: entity {relation.name} from {f}"
            yield Finding("early", relation.name, f, n, message, help=help)


def _not_yet(con: duckdb.DuckDBPyConnection, relation: Relation, column: str, clock: Clock) -> Iterator[Finding]:
    """Rows of an entity that aren't there as of then, since they begin later."""
    n, latest = _after(con, relation, column, clock)
    if n:
        begins = f"{many(n, 'row')} {'begins' if n == 1 else 'begin'} after as-of, the latest on {day(latest)}"
        yield Finding("ahead", relation.name, column, n, f"{begins}: not there yet, and in no count", severity="info")


def _after(con: duckdb.DuckDBPyConnection, relation: Relation, column: str, clock: Clock) -> tuple[int, dt.date]:
    """How many rows have a time at as-of or later, and the latest of them."""
    is_date = isinstance(relation.fields[column].type, ty.Date)
    border = f"DATE '{clock.today}'" if is_date else f"TIMESTAMP '{clock.now}'"
    c = name(column)
    found = con.execute(f"SELECT count(*), max({c}) FROM {name(relation.name)} WHERE {c} >= {border}").fetchall()[0]
    latest = found[1] if found[1] is not None else clock.today
    return found[0], clock.date_of(latest) if isinstance(latest, dt.datetime) else latest


def _lies(n: int) -> str:
    return "lies" if n == 1 else "lie"


def _counts(n: int) -> str:
    return "counts" if n == 1 else "count"


def _twice(
    con: duckdb.DuckDBPyConnection, schema: Schema, bound: Bound, looked_at: Sequence[str], count: int
) -> Iterator[Finding]:
    """Rows of a table that are alike in every column of the data.

    Rows that differ in what was read already are no copies; for others the whole rows are compared by their hashes.
    """
    relation, line = bound.relation, bound.source.line_number if bound.source is not None else None
    told_apart = [f for f in looked_at if bound.headers[f] != line]
    if not told_apart:
        return
    raw = f"(SELECT *{f' EXCLUDE ({name(line)})' if line else ''} FROM {name(f'raw {relation.name}')})"
    if _is_table(con, f"read {relation.name}"):
        some = f"(SELECT {', '.join(map(name, told_apart))} FROM {name(relation.name)})"
    else:  # what was read isn't stored: the columns as they come are had for less
        headers = dict.fromkeys(bound.headers[f] for f in told_apart)
        some = f"(SELECT {', '.join(map(name, headers))} FROM {name(f'raw {relation.name}')})"
        if len(headers) == len(con.execute(f"DESCRIBE {raw}").fetchall()):
            some = raw
    hashes = _repeated(con, some, count)
    if hashes and some != raw:
        hashes = _repeated(con, raw, count)
    if not hashes:
        return
    known = [h for f, h in bound.headers.items() if h != line and not schema.is_personal(relation, f)][:_CELLS]
    shown = f"any_value(concat_ws(', ', {', '.join(f'CAST({name(h)} AS VARCHAR)' for h in known)}))" if known else "''"
    alike = f"FROM {raw} {_ROW} WHERE hash({_ROW}) IN (SELECT unnest(?::UBIGINT[]))"
    groups = f"(SELECT {shown} AS cells, count(*) AS n {alike} GROUP BY {_ROW} HAVING count(*) > 1)"
    listed = f"SELECT cells, n, sum(n - 1) OVER () FROM {groups} ORDER BY n DESC, cells LIMIT {EXAMPLES}"
    rows = con.execute(listed, [hashes]).fetchall()
    if rows:
        again = int(rows[0][2])
        examples = tuple(f"{cells[:60]} ({n} times)" for cells, n, _ in rows) if known else ()
        counted = "counts, though it is a copy" if again == 1 else "count, though they are copies"
        message = f"{many(again, 'row')} of {relation.name} {counted} of another, alike in every column"
        help = "was a file exported twice? Then take the copies out"
        yield Finding("twice", relation.name, None, again, message, examples, help=help)


def _repeated(con: duckdb.DuckDBPyConnection, rows: str, count: int) -> list[int]:
    """Hashes that several rows of a query have, as those have that are alike.

    Of many rows they are sorted here, in half the time and memory of the engine's groups.
    """
    hashes = f"SELECT hash({_ROW}) AS h FROM {rows} {_ROW}"
    if count <= _MANY:
        return [row[0] for row in con.execute(f"{hashes} GROUP BY 1 HAVING count(*) > 1").fetchall()]
    import numpy as np

    found = np.asarray(con.execute(hashes).fetchnumpy()["h"])
    found.sort()
    return sorted(set(found[1:][found[1:] == found[:-1]].tolist()))


def _is_table(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return one(con, f"SELECT count(*) FROM duckdb_tables() WHERE temporary AND table_name = {text(table)}") > 0


def _copies(con: duckdb.DuckDBPyConnection, relation: Relation, rows: int) -> Iterator[Finding]:
    """Rows of an entity that were copies of another, and so are left out (`contract.check_keys`)."""
    if not _is_table(con, f"once {relation.name}"):
        return
    again = one(con, f"SELECT count(*) FROM {name(f'raw {relation.name}')}") - rows
    if again > 0 and not relation.history:
        message = (
            f"{many(again, 'row')} of {relation.name} {'is a copy' if again == 1 else 'are copies'} of another, "
            "alike in every column: each counts once"
        )
        yield Finding(
            "twice",
            relation.name,
            relation.key,
            again,
            message,
            help="was a file exported twice? Then take the copies out",
        )


def _circles(
    con: duckdb.DuckDBPyConnection, schema: Schema, relation: Relation, looked_at: Sequence[str]
) -> Iterator[Finding]:
    """Rows that are their own parent, by a link of the entity to itself."""
    for f in looked_at:
        typed = relation.fields[f].type
        if not isinstance(typed, ty.Link) or typed.entity != relation.name or relation.key not in looked_at:
            continue
        key, parent = name(relation.key or ""), name(f)
        pairs = con.execute(f"SELECT {key}, {parent} FROM {name(relation.name)} WHERE {parent} IS NOT NULL").fetchall()
        circles = list(circles_of(dict(pairs)))
        if circles:
            personal = schema.is_personal(relation, f)
            shown = () if personal else tuple(map(in_a_circle, circles[:EXAMPLES]))
            message = (
                f"{many(len(circles), 'circle')} of {f}: whoever is in one or below it has no topmost {relation.name}"
            )
            yield Finding("circles", relation.name, f, sum(map(len, circles)), message, shown)


def circles_of(parents: Mapping[object, object]) -> Iterator[tuple[object, ...]]:
    """The circles that a map of parents has, each once, from its first member in the map's order."""
    seen: set[object] = set()
    for start in parents:
        path: dict[object, None] = {}
        place: object = start
        while place in parents and place not in seen and place not in path:
            path[place] = None
            place = parents[place]
        if place in path:
            members = list(path)
            yield tuple(members[members.index(place) :])
        seen |= path.keys()
