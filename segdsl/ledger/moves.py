"""Moves between two runs, with the causes recorded at the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.data.sql_text import text
from segdsl.ledger import assignments
from segdsl.ledger.store import Ledger, Run


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
    for entity, key, rule, was, now in assignments.between(ledger, old, new, both):
        causes, clause = causes_by_mover.get((entity, key, rule), ((), None))
        causes = causes or (("appeared",) if was is None else ("vanished",) if now is None else ())
        then_arm, then_status, then_by_data = was or (None, None, None)
        arm, status, by_data = now or (None, None, None)
        moves.append(Move(entity, key, rule, then_arm, then_status, arm, status, causes, clause, then_by_data, by_data))
    return moves


def elsewhere_by_data(ledger: Ledger, run: Run) -> dict[str, dict[tuple[str, str], int]]:
    """Customers of a run whom the data alone would have elsewhere, by rule, (place, arm by the data or `unknown`); the most first."""
    elsewhere = {
        c: (arm or status, by_data or "unknown")
        for c, (arm, status, by_data) in assignments.places(ledger).items()
        if arm != by_data
    }
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for _, rule, rows in assignments.of_run(ledger, run) if elsewhere else ():
        sizes = ledger.rows(
            f"SELECT code, count(*) FROM ({rows}) WHERE list_contains(?, code) GROUP BY 1", [list(elsewhere)]
        )
        if sizes:
            most_first = sorted(((elsewhere[code], n) for code, n in sizes), key=lambda item: (-item[1], item[0]))
            counts[rule] = dict(most_first)
    return dict(sorted(counts.items()))


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


@dataclass(frozen=True)
class Way:
    """Moves of customers by one rule, from one place to another by the same causes; a place is None for those who didn't exist."""

    rule: str
    origin: str | None
    goal: str | None
    causes: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Told:
    """Moves with their causes, to be recorded.

    `file`: a Parquet file of `rule`, `entity`, `entity_id`, the numbers `was` and `now` of the places, and the number `n` of a reason.
    `reasons`: causes and clause by number.
    `ways`: all moves, the commonest way first.
    """

    file: Path
    reasons: Mapping[int, tuple[tuple[str, ...], str | None]]
    ways: tuple[Way, ...]


def record(ledger: Ledger, run_id: int, since: int, told: Told) -> None:
    """Write a run's moves, within its transaction, after `assignments.make_moves`."""
    reasons = told.reasons.items()
    ledger.con.execute(
        f"""INSERT INTO moves SELECT $run, $since, t.entity, t.entity_id, t.rule, o.arm, o.status, n.arm, n.status, r.cause, r.clause
            FROM read_parquet({text(str(told.file))}) t LEFT JOIN explained o ON o.code = t.was LEFT JOIN explained n ON n.code = t.now
            JOIN (SELECT unnest($n::INTEGER[]) AS n, unnest($cause::VARCHAR[]) AS cause, unnest($clause::VARCHAR[]) AS clause) r
            ON r.n = t.n
            ORDER BY t.rule, t.entity_id""",
        {
            "run": run_id,
            "since": since,
            "n": [n for n, _ in reasons],
            "cause": [_AND.join(causes) or None for _, (causes, _) in reasons],
            "clause": [clause for _, (_, clause) in reasons],
        },
    )


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
    with_customer = {run_id for run_id, _ in assignments.of_customer(ledger, entity, entity_id)}
    own = [r.as_of for r in ledger.runs() if r.source == source and r.run_id in with_customer]
    return max((a for a in own if a <= as_of), default=None), min((a for a in own if a > as_of), default=None)


def since_when(ledger: Ledger, entity: str, entity_id: str, rule: str, as_of: dt.datetime) -> Since | None:
    """Start of the unbroken series of runs with the current place; None where the latest run doesn't know the customer."""
    of_customer = assignments.of_customer(ledger, entity, entity_id)
    places = {run: arm or status for (run, of), (arm, status, _) in of_customer.items() if of == rule}
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
