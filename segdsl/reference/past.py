"""The tables `from deliveries` and `from runs of` of a world -> what a customer got before, where it was since, and who was contacted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from segdsl.model.clock import Clock
from segdsl.model.play import Play
from segdsl.model.schema import Relation
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.world import Row, Value

COUNTED = ("sent", "in doubt", "would have been sent")
"""What became of a delivery that counts for cooldowns and stays: held-out customers walk the same way as others."""
ATTEMPTED = ("in doubt", "not sent")
"""What became of a delivery that is given again."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery before as-of that counts.

    `play`: None where it is no longer there. `goes_to`: the entity of whoever got it; None where the play no longer says so.
    `customer`: its key as a text.
    """

    day: dt.date
    play: str | None
    channel: str | None
    goes_to: str | None = None
    status: str = "sent"
    customer: str = ""


@dataclass(frozen=True)
class Past:
    """What was before: a customer's deliveries, and the days on which a recorded run had it in no place of a play, by play.

    `attempts`: days and plays of which a delivery is in doubt or wasn't sent. It is given again as soon as the play can be, so what the
    customer got of the play on such a day keeps it from nothing.
    `tables`: of deliveries to customers of whatever entity, in which it is looked up when somebody was last contacted.
    """

    deliveries: Sequence[Delivered] = ()
    elsewhere: Mapping[str, Sequence[dt.date]] = field(default_factory=dict)
    attempts: Set[tuple[str | None, dt.date]] = frozenset()
    tables: tuple[str, ...] = ()

    def last(self, play: str) -> dt.date | None:
        """Returns the day of the last delivery of a play, without attempts."""
        return max(
            (d.day for d in self.deliveries if d.play == play and (play, d.day) not in self.attempts), default=None
        )

    def was_elsewhere_since(self, play: str, since: dt.date) -> bool:
        return any(at > since for at in self.elsewhere.get(play, ()))


def past_of(evaluator: Evaluator, entity: str, row: Row, tables: Collection[str] | None = None) -> Past:
    """Reads what a customer got before, and where runs had it. `tables`: those of deliveries that may be read; None for all."""
    model, world = evaluator.model, evaluator.world
    schema = model.schema
    logs = [r for r in schema.relations.values() if r.deliveries and (tables is None or r.name in tables)]
    key = key_of(schema.relations[entity], row)
    own = ((table, r) for table in logs if table.of == entity for r in world.where(table.name, table.by or "", key))
    every = [d for table, r in own if (d := _delivered(model, table, r)) is not None]
    deliveries = [d for d in every if d.status in COUNTED]
    attempts = {(d.play, d.day) for d in every if d.status in ATTEMPTED}
    runs = [r for r in schema.relations.values() if r.of == entity and r.runs_of is not None]
    seen = {t.runs_of: world.where(t.name, t.by or "", key) for t in runs if t.runs_of is not None}
    elsewhere = {p: _elsewhere(model, p, entity, seen, world.clock) for p in model.plays}
    return Past(tuple(deliveries), elsewhere, attempts, tuple(r.name for r in logs))


def deliveries_of(evaluator: Evaluator, entity: str) -> list[Delivered]:
    """Reads all deliveries to customers of an entity, also to those who are gone."""
    model, world = evaluator.model, evaluator.world
    logs = [r for r in model.schema.relations.values() if r.deliveries and r.of == entity]
    every = (d for table in logs for r in world.rows(table.name) if (d := _delivered(model, table, r)) is not None)
    return [d for d in every if d.status in COUNTED]


def last_contact(evaluator: Evaluator, tables: Iterable[str], play: Play, entity: str, row: Row) -> dt.date | None:
    """Returns the day of the last delivery on a play's channel to a row of an entity, whichever customer it was for.

    One that doesn't say to whom it went counts for each of those of its customer to whom its play goes.
    """
    model, world = evaluator.model, evaluator.world
    schema = model.schema
    key = key_of(schema.relations[entity], row)
    days: list[dt.date] = []
    for name in tables:
        table = schema.relations[name]
        links = schema.to_many.get(table.of or "", {}).values()
        owners = [key] if table.of == entity else [row.get(h.column) for h in links if h.target == entity]
        unnamed = (r for o in owners for r in world.where(name, table.by or "", o) if not r.get("recipient"))
        for r in (*world.where(name, "recipient", str(key)), *unnamed):
            one = _delivered(model, table, r)
            if one is None or one.channel != play.channel or one.status not in COUNTED:
                continue
            is_attempt = one.play == play.name and one.status == "in doubt"
            if one.goes_to in (None, entity) and not is_attempt:
                days.append(one.day)
    return max(days, default=None)


def _delivered(model: Model, table: Relation, row: Row) -> Delivered | None:
    """Returns the delivery of a row of a table of deliveries; None for one without a day."""
    at, name = row.get(table.at or ""), text_of(row.get("play"))
    if not isinstance(at, dt.date):
        return None
    play = model.plays.get(name or "")
    channel = text_of(row.get("channel")) or (play.channel if play is not None else None)
    goes_to = _goes_to(play, table, row) if play is not None and play.channel == channel else None
    return Delivered(at, name, channel, goes_to, str(row.get("status") or "sent"), str(row.get(table.by or "")))


def _goes_to(play: Play, table: Relation, row: Row) -> str | None:
    """Returns the entity of whoever got a play; None where the play was another one when it was delivered."""
    use, recipient = play.used_for.get(table.of or ""), row.get("recipient")
    if use is None or (use.recipients is None and recipient and recipient != str(row.get(table.by or ""))):
        return None
    return use.recipient


def _elsewhere(
    model: Model, play: str, entity: str, runs: Mapping[str, Sequence[Row]], clock: Clock
) -> tuple[dt.date, ...]:
    """Returns the days of runs that had a customer in no place of a play: of each place a row of that instant says so."""
    places = [p for p in model.places_of(play) if p.entity == entity]
    arms = {p.name: {q.arm for q in places if q.name == p.name} for p in places}
    outside = [_outside(runs.get(rule, ()), names) for rule, names in arms.items()]
    return tuple(sorted(clock.date_of(at) for at in set[dt.datetime].intersection(*outside))) if outside else ()


def _outside(rows: Sequence[Row], arms: Collection[str | None]) -> set[dt.datetime]:
    """Returns the instants of runs that had a customer surely in none of some arms, or not in the segment, for which None stands."""
    instants: dict[dt.datetime, bool] = {}
    for row in rows:
        at, arm = row.get("as_of"), row.get("arm")
        if isinstance(at, dt.datetime):
            is_out = row.get("member") is False if None in arms else arm is not None and arm not in arms
            instants[at] = instants.get(at, True) and is_out
    return {at for at, is_out in instants.items() if is_out}


def key_of(relation: Relation, row: Row) -> Value:
    key = row.get(relation.key or "")
    assert key is not None, "a row of an entity has a key"
    return key


def text_of(value: object) -> str | None:
    return value if isinstance(value, str) else None
