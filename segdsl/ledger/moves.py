"""Moves between two runs, with the causes recorded at the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from segdsl.ledger.store import STAGED, Ledger, Run


@dataclass(frozen=True)
class Move:
    """One customer's move by one rule. A place is an arm, or a status without an arm; None for a customer who didn't
    exist.

    `clause`: the conditions that flipped.
    `from_by_data`, `to_by_data`: the arm that the data of each run alone gave, which is another one where an arm keeps.
    """

    entity: str
    entity_id: str
    rule: str
    from_arm: str | None
    from_status: str | None
    to_arm: str | None
    to_status: str | None
    causes: tuple[str, ...] = ()
    clause: str | None = None
    from_by_data: str | None = None
    to_by_data: str | None = None

    @property
    def origin(self) -> str | None:
        return self.from_arm or self.from_status

    @property
    def goal(self) -> str | None:
        return self.to_arm or self.to_status


def between(ledger: Ledger, old: Run, new: Run, rules: Sequence[str] = ()) -> list[Move]:
    """Moves of the rules in both runs, by rule and key, with every cause on the way."""
    both = [r for r in old.fingerprints if r in new.fingerprints and (not rules or r in rules)]
    path = [r.run_id for r in ledger.runs() if (old.as_of, old.run_id) < (r.as_of, r.run_id) <= (new.as_of, new.run_id)]
    causes_by_mover = _causes(ledger, path)
    moves = []
    for m in _differences(ledger, old, both, _assignments(ledger, new)):
        causes, clause = causes_by_mover.get((m.entity, m.entity_id, m.rule), ((), None))
        causes = causes or (("appeared",) if m.origin is None else ("vanished",) if m.goal is None else ())
        moves.append(replace(m, causes=causes, clause=clause))
    return moves


def against(ledger: Ledger, old: Run, rules: Sequence[str]) -> list[Move]:
    """Moves from an earlier run to the staged assignments, by rule and key, without causes."""
    return _differences(ledger, old, rules, f"SELECT * FROM {STAGED}")


def _differences(ledger: Ledger, old: Run, rules: Sequence[str], new: str) -> list[Move]:
    rows = ledger.rows(
        f"""SELECT coalesce(o.entity, n.entity), coalesce(o.entity_id, n.entity_id), coalesce(o.segmentation, n.segmentation),
                   o.arm, o.status, n.arm, n.status, o.by_data, n.by_data
            FROM (SELECT * FROM ({_assignments(ledger, old)}) WHERE list_contains(?, segmentation)) o
            FULL JOIN (SELECT * FROM ({new}) WHERE list_contains(?, segmentation)) n
            ON o.entity = n.entity AND o.entity_id = n.entity_id AND o.segmentation = n.segmentation
            WHERE o.arm IS DISTINCT FROM n.arm OR o.status IS DISTINCT FROM n.status ORDER BY 3, 2""",
        [list(rules), list(rules)],
    )
    return [replace(Move(*places), from_by_data=then, to_by_data=now) for *places, then, now in rows]


def _assignments(ledger: Ledger, run: Run) -> str:
    """Query of a run's assignments."""
    columns = f"entity, entity_id, segmentation, arm, status, {ledger.by_data} AS by_data"
    return f"SELECT {columns} FROM assignments WHERE run_id = {int(run.run_id)}"


def elsewhere_by_data(ledger: Ledger, run: Run) -> dict[str, dict[tuple[str, str], int]]:
    """Customers of a run whom the data alone would have elsewhere, by rule, (place, arm by the data or `unknown`); the most first."""
    rows = ledger.rows(
        f"""SELECT segmentation, coalesce(arm, status), coalesce(by_data, 'unknown'), count(*)
            FROM ({_assignments(ledger, run)}) WHERE arm IS DISTINCT FROM by_data GROUP BY ALL ORDER BY 1, 4 DESC, 2, 3"""
    )
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for rule, place, by_data, n in rows:
        counts.setdefault(rule, {})[place, by_data] = n
    return counts


def _causes(ledger: Ledger, path: Sequence[int]) -> dict[tuple[str, str, str], tuple[tuple[str, ...], str | None]]:
    rows = ledger.rows(
        """SELECT entity, entity_id, segmentation, list(DISTINCT cause ORDER BY cause) FILTER (cause IS NOT NULL), arg_max(clause, run_id)
           FROM moves WHERE list_contains(?, run_id) GROUP BY ALL""",
        [list(path)],
    )
    return {(e, i, s): (_split(causes or ()), clause) for e, i, s, causes, clause in rows}


def _split(causes: Iterable[str]) -> tuple[str, ...]:
    """Each cause once; those of one move are in one text."""
    return tuple(dict.fromkeys(cause for joined in causes for cause in joined.split(_AND)))


_AND = "; "


def record(ledger: Ledger, run_id: int, since: int, moves: Iterable[Move]) -> None:
    """Write a run's moves, within its transaction."""
    import pandas as pd

    columns = ("entity", "entity_id", "rule", "from_arm", "from_status", "to_arm", "to_status")
    rows = [[*(getattr(m, c) for c in columns), _AND.join(m.causes) or None, m.clause] for m in moves]
    if rows:
        frame = pd.DataFrame(rows, columns=[*columns, "cause", "clause"], dtype="string")
        ledger.con.register("moved", frame)
        ledger.con.execute("INSERT INTO moves SELECT ?, ?, * FROM moved", [run_id, since])
        ledger.con.unregister("moved")


@dataclass(frozen=True)
class Since:
    """When a customer came to the current place.

    `last`: the latest run.
    `first`: as-of of the first run in an unbroken series with this place, naive UTC.
    `before`: the place before; None where there was none since the first run.
    `is_former`: whether the place is an arm that the rule no longer has.
    """

    last: Run
    place: str | None
    first: dt.datetime
    zone: str
    before: str | None = None
    causes: tuple[str, ...] = ()
    clause: str | None = None
    is_former: bool = False


def runs_with(
    ledger: Ledger, entity: str, entity_id: str, as_of: dt.datetime, source: str
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """As-of of a source's last run up to then that had a customer, and of the first one after then; None without one."""
    ((last, following),) = ledger.rows(
        """SELECT max(as_of) FILTER (as_of <= ?), min(as_of) FILTER (as_of > ?) FROM runs WHERE source = ? AND run_id IN
           (SELECT run_id FROM assignments WHERE entity = ? AND entity_id = ?)""",
        [as_of, as_of, source, entity, entity_id],
    )
    return last, following


def since_when(ledger: Ledger, entity: str, entity_id: str, rule: str, as_of: dt.datetime) -> Since | None:
    """Start of the unbroken series of runs with the current place; None where the latest run doesn't know the customer."""
    rows = ledger.rows(
        "SELECT run_id, coalesce(arm, status) FROM assignments WHERE entity = ? AND entity_id = ? AND segmentation = ?",
        [entity, entity_id, rule],
    )
    places: dict[int, str] = dict(rows)
    runs = [r for r in ledger.runs() if rule in r.fingerprints and r.as_of <= as_of]
    if not runs or runs[-1].run_id not in places:
        return None
    place = places[runs[-1].run_id]
    i = len(runs) - 1
    while i > 0 and places.get(runs[i - 1].run_id) == place:
        i -= 1
    if i == 0:
        return Since(runs[-1], place, runs[0].as_of, runs[0].zone)
    causes_and_clause = _causes(ledger, [runs[i].run_id]).get((entity, entity_id, rule), ((), None))
    return Since(
        runs[-1], place, runs[i].as_of, runs[i].zone, places.get(runs[i - 1].run_id, "not there"), *causes_and_clause
    )
