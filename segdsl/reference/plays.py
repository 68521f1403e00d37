"""One customer and what it got before -> which plays it gets, and which of its people get them. It defines what a play means.

Every play has one line for a customer: the first of `CUSTOMER_LINES` that keeps it from the customer, else `gets`; and one for each of
its recipients, of `RECIPIENT_LINES`. Capacity isn't asked here: it is about all customers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from segdsl.model.clock import Clock, day
from segdsl.model.play import Channel, Days, Play, PlayFor, Suppression
from segdsl.model.schema import Relation
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row, Value

CustomerLine = Literal[
    "not in it",
    "unknown",
    "only when",
    "suppressed",
    "cooling down",
    "given already",
    "nobody to reach",
    "enough plays",
    "gets",
]
RecipientLine = Literal[
    "suppressed", "refused", "consent unknown", "no address", "same address", "cooling down", "gets"
]
CUSTOMER_LINES: tuple[CustomerLine, ...] = get_args(CustomerLine)
RECIPIENT_LINES: tuple[RecipientLine, ...] = get_args(RecipientLine)
COUNTED = ("sent", "in doubt", "would have been sent")
"""What became of a delivery that counts for cooldowns and stays: held-out customers walk the same way as others."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery before as-of that counts; `recipient` is the key of whoever got it, None for the customer itself or if nobody says."""

    day: dt.date
    play: str
    channel: str | None
    recipient: str | None = None


@dataclass(frozen=True)
class Past:
    """What was before: a customer's deliveries, and the days on which a recorded run had it in no place of a play, by play."""

    deliveries: Sequence[Delivered] = ()
    elsewhere: Mapping[str, Sequence[dt.date]] = field(default_factory=dict)

    def last(self, play: str) -> dt.date | None:
        """Returns the day of the last delivery of a play."""
        return max((d.day for d in self.deliveries if d.play == play), default=None)

    def was_elsewhere_since(self, play: str, since: dt.date) -> bool:
        return any(at > since for at in self.elsewhere.get(play, ()))


@dataclass(frozen=True)
class RecipientDecision:
    """What keeps a play from one recipient, and why in words."""

    key: Value
    row: Row
    line: RecipientLine
    words: str = ""
    address: str | None = None


@dataclass(frozen=True)
class Decision:
    """What keeps a play from a customer, and why in words. `is_held_out`: it would get what it gets, were it not held out."""

    play: str
    line: CustomerLine
    words: str = ""
    is_held_out: bool = False
    recipients: tuple[RecipientDecision, ...] = ()

    @property
    def gets(self) -> bool:
        return self.line == "gets" and not self.is_held_out


class Customer:
    """A customer as of the evaluator's day: decides about every play of its entity."""

    def __init__(self, evaluator: Evaluator, entity: str, row: Row, past: Past) -> None:
        self.evaluator, self.model, self.row, self.past = evaluator, evaluator.model, row, past
        self.relation = self.model.schema.relations[entity]
        self.clock = evaluator.world.clock

    def decisions(self) -> dict[str, Decision]:
        """Decides about each play that rules of the entity name; of plays on one channel those of higher priority come first."""
        plays = [p for p in self.model.plays.values() if self.relation.name in p.used_for]
        alone = {p.name: self.alone(p) for p in plays}
        taken: dict[str, list[str]] = {}
        for play in sorted(plays, key=lambda p: -p.priority):
            channel = self.model.channel_of(play)
            if alone[play.name].line != "gets" or channel is None:
                continue
            given = self._given(channel)
            before = taken.setdefault(channel.name, [])
            if len(given) + len(before) >= channel.most_plays:
                others = [*before, *(name for _, name in given)]
                alone[play.name] = replace(alone[play.name], line="enough plays", words=_enough(others, channel))
            else:
                before.append(play.name)
        return alone

    def alone(self, play: Play) -> Decision:
        """Decides about a play as if there were no other."""
        use = play.used_for[self.relation.name]
        line, words = self._line(play, use)
        held_out = use.held_out is not None and self.evaluator.truth(use.held_out, self.row) is not False
        if line != "gets":
            return Decision(play.name, line, words, held_out)
        recipients = tuple(self.recipients(play, use))
        if not any(r.line == "gets" for r in recipients):
            return Decision(play.name, "nobody to reach", _nobody(recipients), held_out, recipients)
        return Decision(play.name, "gets", "", held_out, recipients)

    def _line(self, play: Play, use: PlayFor) -> tuple[CustomerLine, str]:
        member = self._is_member(play)
        if isinstance(member, Unknown):
            return "unknown", ", ".join(member.reasons)
        if not member:
            return "not in it", ""
        guard = True if use.only_when is None else self.evaluator.truth(use.only_when, self.row)
        if guard is not True:
            return "only when", ", ".join(guard.reasons) if isinstance(guard, Unknown) else ""
        if (name := self._suppressed(use.suppressions, self.row)) is not None:
            return "suppressed", f"it is in `{name}`"
        last = self.past.last(play.name)
        if last is None:
            return "gets", ""
        if play.cooldown is not None and last > play.cooldown.before(self.clock.today):
            return "cooling down", f"it got this {self._ago(last)}, less than {_length(play.cooldown)}"
        if play.every is not None:
            is_due = last <= play.every.before(self.clock.today)
            return (
                ("gets", "")
                if is_due
                else ("given already", f"it got this {self._ago(last)}: every {_length(play.every)}")
            )
        if self.past.was_elsewhere_since(play.name, last):
            return "gets", ""
        return "given already", f"it got this {self._ago(last)}, and has been there since"

    def _is_member(self, play: Play) -> bool | Unknown:
        """Tells whether the customer is in a place that names the play; unknown where it is unknown of one and in no other."""
        places = [p for p in self.model.places_of(play.name) if p.entity == self.relation.name]
        answers = [self.evaluator.truth(p, self.row) for p in places]
        return True if True in answers else next((a for a in answers if isinstance(a, Unknown)), False)

    def _suppressed(self, suppressions: Iterable[Suppression], row: Row) -> str | None:
        return next((s.name for s in suppressions if self.evaluator.truth(s.condition, row) is not False), None)

    def _given(self, channel: Channel) -> list[tuple[dt.date, str]]:
        """Returns the plays that the customer got on a channel in its present period, by day."""
        start = self.clock.today if channel.most_plays_per == "day" else self.clock.start_of(channel.most_plays_per, 0)
        return sorted({(d.day, d.play) for d in self.past.deliveries if d.channel == channel.name and d.day >= start})

    # -- recipients ------------------------------------------------------------------

    def recipients(self, play: Play, use: PlayFor) -> list[RecipientDecision]:
        """Decides about each recipient of a play's audience, in the order of their keys."""
        channel = self.model.channel_of(play) or Channel("")
        decided: list[RecipientDecision] = []
        addresses: dict[str, Value] = {}
        for key, row in self.audience(use):
            one = self._recipient(channel, use, key, row)
            if one.line == "gets" and one.address is not None:
                first = addresses.setdefault(one.address.strip().casefold(), key)
                if first != key:
                    one = replace(one, line="same address", words=f"{first} has the same address")
            decided.append(one)
        return decided

    def audience(self, use: PlayFor) -> list[tuple[Value, Row]]:
        """Returns whom a play goes to, before anything is asked of them: the customer, its people, or the first of these."""
        if use.recipients is None:
            return [(self.key, self.row)]
        hop, where = use.recipients.hop, use.recipients.where
        people = self.model.schema.relations[hop.target]
        rows = self.evaluator.world.where(people.name, hop.column, self.key)
        chosen = [r for r in rows if where is None or self.evaluator.truth(where, r) is True]
        keyed = sorted(((_key(people, r), r) for r in chosen), key=lambda pair: pair[0])
        if use.recipients.first_by and keyed:
            return [max(keyed, key=lambda pair: self.evaluator.ties(use.recipients.first_by, pair[1]))]  # type: ignore[union-attr]
        return keyed

    def _recipient(self, channel: Channel, use: PlayFor, key: Value, row: Row) -> RecipientDecision:
        if (name := self._suppressed(use.recipient_suppressions, row)) is not None:
            return RecipientDecision(key, row, "suppressed", f"in `{name}`")
        consent = True if use.consent is None else self.evaluator.truth(use.consent, row)
        if isinstance(consent, Unknown):
            return RecipientDecision(key, row, "consent unknown", ", ".join(consent.reasons))
        if not consent:
            return RecipientDecision(key, row, "refused")
        address = _text(self.evaluator.value(use.address, row)) if use.address is not None else None
        if use.address is not None and not (address or "").strip():
            return RecipientDecision(key, row, "no address")
        last = self._last_contact(channel, key)
        if channel.cooldown is not None and last is not None and last > channel.cooldown.before(self.clock.today):
            words = f"contacted {self._ago(last)}, less than {_length(channel.cooldown)}"
            return RecipientDecision(key, row, "cooling down", words, address)
        return RecipientDecision(key, row, "gets", "", address)

    def _last_contact(self, channel: Channel, key: Value) -> dt.date | None:
        """Returns the day of the last delivery on a channel to a recipient, also of one that doesn't say to whom it went."""
        on_channel = (d for d in self.past.deliveries if d.channel == channel.name)
        return max((d.day for d in on_channel if d.recipient in (None, str(key))), default=None)

    # -- words -----------------------------------------------------------------------

    @property
    def key(self) -> Value:
        return _key(self.relation, self.row)

    def _ago(self, then: dt.date) -> str:
        days = (self.clock.today - then).days
        return f"{days} day{'s' * (days != 1)} ago" if 0 < days < 60 else f"on {day(then)}" if days else "today"


def who_gets(evaluator: Evaluator, entity: str, key: Value, play: str) -> tuple[bool, str]:
    """Tells whether a customer, or one of its people, gets a play by a world and its tables, and why not. Nobody is held out."""
    model, world = evaluator.model, evaluator.world
    row = world.by_key(entity, key)
    if row is None:
        return False, f"there is no {entity} {key} as of {day(world.clock.today)}"
    uses = model.plays[play].used_for
    for use in uses.values():
        if entity == use.entity:
            decision = Customer(evaluator, entity, row, past_of(evaluator, entity, row)).decisions()[play]
            return decision.line == "gets", said_of(decision)
        if entity == use.recipient and use.recipients is not None:
            owner = world.by_key(use.entity, row.get(use.recipients.hop.column))
            if owner is None:
                return False, f"it belongs to no {use.entity}"
            decision = Customer(evaluator, use.entity, owner, past_of(evaluator, use.entity, owner)).decisions()[play]
            one = next((r for r in decision.recipients if r.key == key), None)
            if one is None:
                is_open = decision.line in ("gets", "nobody to reach", "enough plays")
                return False, "it isn't in the audience" if is_open else said_of(decision)
            if one.line != "gets":
                return False, said_of_recipient(one)
            return decision.line == "gets", said_of(decision)
    return False, f"`{play}` is for {' and '.join(uses)}"


_WHY = {
    "not in it": "it is in no segment or arm with this play",
    "unknown": "it is unknown whether it is in a segment or arm with this play",
    "only when": "what follows `only when` isn't true",
    "suppressed": "suppressed",
    "cooling down": "cooling down",
    "given already": "given already",
    "nobody to reach": "nobody to reach",
    "enough plays": "enough plays",
    "gets": "it gets it",
}


def said_of(decision: Decision) -> str:
    """Says what keeps a play from a customer, as in `cooling down: it got this 4 days ago, less than 30 days`."""
    if decision.is_held_out:
        return "it is held out" if decision.line == "gets" else f"it is held out; else {_said(decision)}"
    return _said(decision)


def _said(decision: Decision) -> str:
    why = _WHY[decision.line]
    return f"{why}: {decision.words}" if decision.words else why


def said_of_recipient(one: RecipientDecision) -> str:
    """Says what keeps a play from a recipient, as in `of unknown consent: newsletter_ok is missing`."""
    if one.line == "consent unknown":
        return f"{_SAID[one.line]}: {one.words}"
    return one.words or _SAID[one.line]


def past_of(evaluator: Evaluator, entity: str, row: Row) -> Past:
    """Reads what a customer got before, and where runs had it, from the tables `from deliveries` and `from runs of` of a world."""
    model, world = evaluator.model, evaluator.world
    relation = model.schema.relations[entity]
    tables = [r for r in model.schema.relations.values() if r.of == entity]
    deliveries = [
        Delivered(at, play, _text(r.get("channel")) or _channel_of(model, play), _text(r.get("recipient")))
        for table in tables
        if table.deliveries
        for r in world.where(table.name, table.by or "", _key(relation, row))
        if isinstance(at := r.get(table.at or ""), dt.date)
        and (play := _text(r.get("play"))) is not None
        and (r.get("status") or "sent") in COUNTED
    ]
    runs = [table for table in tables if table.runs_of is not None]
    seen = {t.runs_of: world.where(t.name, t.by or "", _key(relation, row)) for t in runs if t.runs_of is not None}
    elsewhere = {p: tuple(_elsewhere(model, p, entity, seen, world.clock)) for p in model.plays}
    return Past(tuple(deliveries), elsewhere)


def _elsewhere(
    model: Model, play: str, entity: str, runs: Mapping[str, Sequence[Row]], clock: Clock
) -> Iterable[dt.date]:
    """Yields the days of runs that had a customer in no place of a play."""
    places = [p for p in model.places_of(play) if p.entity == entity]
    arms = {p.name: {q.arm for q in places if q.name == p.name} for p in places}
    was_in: dict[dt.date, bool] = {}
    for rule, names in arms.items():
        for row in runs.get(rule, ()):
            at = row.get("as_of")
            if isinstance(at, dt.datetime):
                inside = row.get("member") is True if names == {None} else row.get("arm") in names
                on = clock.date_of(at)
                was_in[on] = was_in.get(on, False) or inside
    return sorted(on for on, inside in was_in.items() if not inside)


def _channel_of(model: Model, play: str) -> str | None:
    return model.plays[play].channel if play in model.plays else None


def _key(relation: Relation, row: Row) -> Value:
    key = row.get(relation.key or "")
    assert key is not None, "a row of an entity has a key"
    return key


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _length(days: Days) -> str:
    return f"{days.count} {days.unit}{'s' * (days.count != 1)}"


def _enough(others: Sequence[str], channel: Channel) -> str:
    room = f"{channel.most_plays} play{'s' * (channel.most_plays != 1)} a {channel.most_plays_per}"
    return f"{', '.join(f'`{n}`' for n in others)} comes first, and `{channel.name}` takes {room}"


_SAID = {
    "suppressed": "suppressed",
    "refused": "without consent",
    "consent unknown": "of unknown consent",
    "no address": "without an address",
    "same address": "with the address of another",
    "cooling down": "contacted a short time ago",
    "gets": "",
}


def _nobody(recipients: Sequence[RecipientDecision]) -> str:
    """Says why nobody is reached, as in `2 without consent, 1 without an address`."""
    counts = {line: sum(r.line == line for r in recipients) for line in RECIPIENT_LINES}
    single = recipients[0].words if len(recipients) == 1 and recipients[0].words else ""
    if single and recipients[0].line == "cooling down":
        return single
    said = ", ".join(f"{n} {_SAID[line]}" for line, n in counts.items() if n)
    return said or "nobody is in its audience"
