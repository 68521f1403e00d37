"""Two databases of time zones, the package's and an engine's -> where they differ for the zones in use, and whether the data is there."""

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
    """A zone, the first and the last instant (naive UTC) that was looked at and differs, and what the engine's clocks show at the first."""

    zone: str
    first: dt.datetime
    last: dt.datetime
    there: dt.datetime


def in_use(request: DataRequest, columns: Mapping[str, Iterable[str]], ask: Ask) -> frozenset[str]:
    """The zones that an engine itself counts in: the source's, of local times, the clock's, of days, and those that rules or their columns name.

    `columns` are those of each relation that are there.
    """
    asked: set[object] = {request.source.timezone, *request.needed.zones}
    if request.clock is not None:
        asked.add(request.clock.zone.key)
    for relation, column in request.needed.zone_columns:
        if column in columns.get(relation, ()):
            asked |= {value for (value,) in ask(f"SELECT DISTINCT {name(column)} FROM {name(relation)}")}
        asked |= {row.get(column) for row in request.schema.listed.get(relation, ())}
    return frozenset(zone for zone in asked if isinstance(zone, str) and zones.zone(zone) is not None) - {"UTC"}


def differences(names: Iterable[str], instants: str, ask: Ask) -> tuple[Difference, ...]:
    """One of each zone at most. Looked at is every week from 1900 to 2100, and each change of the package's clocks from both sides.

    `instants` is how the engine's dialect spells the weeks from `begins` up to `ends`.
    """
    used = [z for n in sorted(names) if (z := zones.zone(n)) is not None]
    return tuple(Difference(*row) for row in ask(_differing(used, instants))) if used else ()


def _differing(used: Iterable[ZoneInfo], instants: str) -> str:
    stretches = ", ".join(
        f"({text(zone.key)}, TIMESTAMP '{s.begins}', TIMESTAMP '{s.ends}', {int(s.offset.total_seconds())})"
        for zone in used
        for s in zones.stretches(zone)
    )
    return f"""WITH own(zone, begins, ends, seconds) AS (VALUES {stretches}),
        looked AS (SELECT zone, seconds, {instants} AS instant FROM own UNION ALL SELECT zone, seconds, ends - INTERVAL '1 second' FROM own),
        shown AS (SELECT zone, instant, timezone(zone, timezone('UTC', instant)) AS there, instant + seconds * INTERVAL '1 second' AS here FROM looked),
        ranked AS (SELECT zone, instant, max(instant) OVER (PARTITION BY zone) AS last, there, row_number() OVER (PARTITION BY zone ORDER BY instant) AS place
                   FROM shown WHERE there <> here)
        SELECT zone, instant, last, there FROM ranked WHERE place = 1 ORDER BY zone"""


def judged(
    found: Iterable[Difference], request: DataRequest, columns: Mapping[str, Iterable[str]], ask: Ask
) -> tuple[Diagnostic, ...]:
    """Warnings on differences later than all the data. Raises `DataError` for one among the data; one before it changes nothing.

    `columns` are those of each relation that are there.
    """
    found = tuple(found)
    if not found:
        return ()
    timed = [
        (relation, c)
        for relation, there in columns.items()
        for c in there
        if request.schema.relations[relation].fields[c].type == ty.TIMESTAMP
    ]
    reached = " UNION ALL ".join(
        f"SELECT min({name(c)}) AS low, max({name(c)}) AS high FROM {name(r)}" for r, c in timed
    )
    low, high = ask(f"SELECT min(low), max(high) FROM ({reached}) x")[0] if timed else (None, None)
    if low is None:
        return ()
    within = [d for d in found if d.first <= high + _DAY and d.last >= low - _DAY]
    if within:
        raise DataError([_told(d, "error") for d in within])
    return tuple(_told(d, "warning") for d in found if d.first > high)


def _told(d: Difference, severity: Any) -> Diagnostic:
    here = zones.local(d.zone, d.first)
    message = f"the engine's clocks of {d.zone} are others than segdsl's: {d.first:%Y-%m-%d %H:%M} UTC is {d.there:%Y-%m-%d %H:%M} there and {here:%Y-%m-%d %H:%M} here"
    until = "" if severity == "error" else f"; your data ends before {d.first:%B %Y}, so nothing differs yet"
    help = "bring the zones of both up to date: the engine's own, and here the package tzdata"
    return Diagnostic("SEG0718", message + until, help=help, severity=severity)
