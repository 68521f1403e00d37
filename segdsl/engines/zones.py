"""Time zones of an engine compared with the package's, for the zones and the times in use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from segdsl.data.files import DataError
from segdsl.data.sql_text import name, text
from segdsl.diagnostics import Diagnostic
from segdsl.engines.engine import DataRequest
from segdsl.model import types as ty
from segdsl.model import zones

Ask = Callable[[str], list[tuple[Any, ...]]]
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Difference:
    """A zone whose clocks differ.

    `first`, `last`: first and last differing instant examined, naive UTC.
    `engine_time`: local time by the engine at `first`.
    """

    zone: str
    first: dt.datetime
    last: dt.datetime
    engine_time: dt.datetime


def in_use(request: DataRequest, columns: Mapping[str, Iterable[str]], ask: Ask) -> frozenset[str]:
    """Zones in which the engine itself computes: the source's, the clock's, and those named by rules or their columns.

    `columns`: existing columns of each relation.
    """
    names: set[object] = {request.source.timezone, *request.needed.zones}
    if request.clock is not None:
        names.add(request.clock.zone.key)
    for relation, column in request.needed.zone_columns:
        if column in columns.get(relation, ()):
            names |= {value for (value,) in ask(f"SELECT DISTINCT {name(column)} FROM {name(relation)}")}
        names |= {row.get(column) for row in request.schema.listed.get(relation, ())}
    return frozenset(zone for zone in names if isinstance(zone, str) and zones.zone(zone) is not None) - {"UTC"}


def differences(
    names: Iterable[str], instants: str, ask: Ask, local: str = "timezone(zone, timezone('UTC', instant))"
) -> tuple[Difference, ...]:
    """Differences from the package's zones, at most one a zone.

    Examined are every week from 1900 to 2100 and both sides of each change of the package's clocks. `instants` is SQL
    of the weeks from `begins` to `ends`, and `local` that of the local time of `instant` in `zone`.
    """
    used = [z for n in sorted(names) if (z := zones.zone(n)) is not None]
    return tuple(Difference(*row) for row in ask(_differing(used, instants, local))) if used else ()


def _differing(used: Iterable[ZoneInfo], instants: str, local: str) -> str:
    stretches = ", ".join(
        f"({text(zone.key)}, TIMESTAMP '{s.begins}', TIMESTAMP '{s.ends}', {int(s.offset.total_seconds())})"
        for zone in used
        for s in zones.stretches(zone)
    )
    return f"""WITH own(zone, begins, ends, seconds) AS (VALUES {stretches}),
        looked AS (SELECT zone, seconds, {instants} AS instant FROM own
                   UNION ALL SELECT zone, seconds, ends - INTERVAL '1 second' FROM own),
        shown AS (SELECT zone, instant, {local} AS there,
                         instant + seconds * INTERVAL '1 second' AS here FROM looked),
        ranked AS (SELECT zone, instant, max(instant) OVER (PARTITION BY zone) AS last, there,
                          row_number() OVER (PARTITION BY zone ORDER BY instant) AS place
                   FROM shown WHERE there <> here)
        SELECT zone, instant, last, there FROM ranked WHERE place = 1 ORDER BY zone"""


def check_differences(
    differing: Iterable[Difference], request: DataRequest, columns: Mapping[str, Iterable[str]], ask: Ask
) -> tuple[Diagnostic, ...]:
    """Warnings on differences after all data. Raises `DataError` for differences among the data; earlier ones don't
    matter.

    `columns`: existing columns of each relation.
    """
    differing = tuple(differing)
    if not differing:
        return ()
    timed = [
        (relation, c)
        for relation, fields in columns.items()
        for c in fields
        if request.schema.relations[relation].fields[c].type == ty.TIMESTAMP
    ]
    reached = " UNION ALL ".join(
        f"SELECT min({name(c)}) AS low, max({name(c)}) AS high FROM {name(r)}" for r, c in timed
    )
    low, high = ask(f"SELECT min(low), max(high) FROM ({reached}) x")[0] if timed else (None, None)
    if low is None:
        return ()
    within = [d for d in differing if d.first <= high + _DAY and d.last >= low - _DAY]
    if within:
        raise DataError([_diagnostic(d, "error") for d in within])
    return tuple(_diagnostic(d, "warning") for d in differing if d.first > high)


def _diagnostic(d: Difference, severity: Any) -> Diagnostic:
    own_time = zones.local(d.zone, d.first)
    message = (
        f"the engine's clocks of {d.zone} are others than segdsl's: {d.first:%Y-%m-%d %H:%M} UTC is "
        f"{d.engine_time:%Y-%m-%d %H:%M} there and {own_time:%Y-%m-%d %H:%M} here"
    )
    until = "" if severity == "error" else f"; your data ends before {d.first:%B %Y}, so nothing differs yet"
    help = "bring the zones of both up to date: the engine's own, and here the package tzdata"
    return Diagnostic("SEG0718", message + until, help=help, severity=severity)
