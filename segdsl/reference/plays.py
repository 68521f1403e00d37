"""One customer and what it got before -> which plays it gets, and which of its people get them. It defines what a play means.

Every play has one line for a customer: the first of `CUSTOMER_LINES` that keeps it from the customer, else `gets`; and one for each of
its recipients, of `RECIPIENT_LINES`. Whether there is room isn't asked here: that is about all customers (`reference/account.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from segdsl.diagnostics import series
from segdsl.model.clock import day
from segdsl.model.expr import Expr
from segdsl.model.play import Channel, Play, PlayFor
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.past import Past, key_of, past_of
from segdsl.reference.recipients import (
    RecipientDecision,
    ago,
    first_suppression,
    length,
    recipients_of,
    said_of_nobody,
)
from segdsl.reference.shown import values_read
from segdsl.reference.today import HELD_OUT, Given, Today, places_in
from segdsl.reference.world import Row, Value

CustomerLine = Literal[
    "not in it",
    "unknown",
    "only when",
    "suppressed",
    "cooling down",
    "given already",
    "enough plays",
    "nobody to reach",
    "no room",
    "gets",
]
CUSTOMER_LINES: tuple[CustomerLine, ...] = get_args(CustomerLine)


@dataclass(frozen=True)
class Decision:
    """What keeps a play from a customer, and why in words.

    `is_held_out`: it would get what it gets, were it not held out; or were not all those of its people held out who would.
    """

    play: str
    customer: Value
    line: CustomerLine
    words: str = ""
    is_held_out: bool = False
    recipients: tuple[RecipientDecision, ...] = ()

    @property
    def gets(self) -> bool:
        return self.line == "gets" and not self.is_held_out


class Customer:
    """A customer as of the evaluator's day: decides about every play of its entity.

    `today`: what is given today already, and who is in pilots.
    """

    def __init__(self, evaluator: Evaluator, entity: str, row: Row, past: Past, today: Today | None = None) -> None:
        self.evaluator, self.model, self.row, self.past = evaluator, evaluator.model, row, past
        self.today = today if today is not None else Today(evaluator.model)
        self.arms = self.today.arms.get((entity, str(key_of(self.model.schema.relations[entity], row))), {})
        self.relation = self.model.schema.relations[entity]
        self.clock = evaluator.world.clock

    def decisions(self) -> dict[str, Decision]:
        """Decides about each play that rules of the entity name; of plays on one channel those of higher priority come first."""
        plays = [p for p in self.model.plays.values() if self.relation.name in p.used_for]
        decided: dict[str, Decision] = {}
        for play in sorted(plays, key=lambda p: -p.priority):
            decided[play.name] = self.decided(play)
            self.today.add(given(play, play.used_for[self.relation.name], decided[play.name]))
        return {play.name: decided[play.name] for play in plays}

    def decided(self, play: Play) -> Decision:
        """Decides about a play after those that are given today already."""
        use = play.used_for[self.relation.name]
        line, words = self._line(play, use)
        is_held_out = use.held_out is not None and self.evaluator.truth(use.held_out, self.row) is not False
        is_held_out = is_held_out or HELD_OUT in self.arms.values()
        if line != "gets":
            return Decision(play.name, self.key, line, words, is_held_out)
        people = recipients_of(self.evaluator, play, use, self.row, self.past, self.today, is_held_out)
        recipients = tuple(people)
        reached = [r for r in recipients if r.line == "gets"]
        if not reached:
            words = said_of_nobody(recipients)
            return Decision(play.name, self.key, "nobody to reach", words, is_held_out, recipients)
        is_held_out = is_held_out or all(r.is_held_out for r in reached)
        return Decision(play.name, self.key, "gets", "", is_held_out, recipients)

    def _line(self, play: Play, use: PlayFor) -> tuple[CustomerLine, str]:
        member = self._is_member(play)
        if isinstance(member, Unknown):
            return "unknown", ", ".join(member.reasons)
        if not member:
            return "not in it", ""
        if use.only_when is not None and (guard := self.evaluator.truth(use.only_when, self.row)) is not True:
            return "only when", self._guarded(use.only_when, guard)
        if (name := first_suppression(self.evaluator, use.suppressions, self.row)) is not None:
            return "suppressed", f"it is in `{name}`"
        channel = self.model.channel_of(play)
        if (kept := self._already(play)) is not None or channel is None:
            return kept or ("gets", "")
        others = [
            *self.today.plays(play, self.relation.name, str(self.key)),
            *(n for _, n in self._given(play, channel)),
        ]
        return ("gets", "") if len(others) < channel.most_plays else ("enough plays", _enough(others, channel))

    def _already(self, play: Play) -> tuple[CustomerLine, str] | None:
        """Returns the line that an earlier delivery of a play gives a customer."""
        last = self.past.last(play.name)
        if last is None:
            return None
        if play.cooldown is not None and last > play.cooldown.before(self.clock.today):
            return "cooling down", f"it got this {ago(last, self.clock.today)}, less than {length(play.cooldown)}"
        if play.every is not None:
            is_due = last <= play.every.before(self.clock.today)
            return (
                None
                if is_due
                else ("given already", f"it got this {ago(last, self.clock.today)}: every {length(play.every)}")
            )
        if self.past.was_elsewhere_since(play.name, last):
            return None
        return "given already", f"it got this {ago(last, self.clock.today)}, and no recorded run had it elsewhere since"

    def _guarded(self, condition: Expr, guard: bool | Unknown) -> str:
        """Says what a guard is, as in `arr < 200` is false (`arr` is USD 300)."""
        text = " ".join(condition.span.text.split()) if condition.span is not None else "it"
        is_unknown = isinstance(guard, Unknown)
        facts = guard.reasons if isinstance(guard, Unknown) else values_read(self.evaluator, condition, self.row)
        return f"`{text}` is {'unknown' if is_unknown else 'false'}{f' ({series(facts)})' if facts else ''}"

    def _is_member(self, play: Play) -> bool | Unknown:
        """Tells whether the customer is in a place that names the play; unknown where it is unknown of one and in no other."""
        places = places_in(self.model, play.name, self.relation.name, self.arms)
        answers = [self.evaluator.truth(p, self.row) for p in places]
        return True if True in answers else next((a for a in answers if isinstance(a, Unknown)), False)

    def _given(self, play: Play, channel: Channel) -> list[tuple[dt.date, str]]:
        """Returns the plays that the customer got on a channel in its present period, before today; "" for one that is no longer there."""
        start = self.clock.today if channel.most_plays_per == "day" else self.clock.start_of(channel.most_plays_per, 0)
        on_channel = (d for d in self.past.deliveries if d.channel == channel.name and d.day >= start)
        attempts = {(p, day) for p, day in self.past.attempts if p == play.name}
        return sorted({(d.day, d.play or "") for d in on_channel if (d.play, d.day) not in attempts})

    @property
    def key(self) -> Value:
        return key_of(self.relation, self.row)


def given(play: Play, use: PlayFor, decision: Decision) -> list[Given]:
    """Returns the deliveries that follow from a decision."""
    if decision.line != "gets":
        return []
    return [
        Given(
            play.name,
            play.channel,
            use.entity,
            str(decision.customer),
            None if use.recipients is None else str(r.key),
            "would have been sent" if decision.is_held_out or r.is_held_out else "sent",
            is_of_before=False,
        )
        for r in decision.recipients
        if r.line == "gets"
    ]


def who_gets(evaluator: Evaluator, entity: str, key: Value, play: str) -> tuple[bool, str]:
    """Tells whether a customer, or one of its people, gets a play by a world and its tables, and why not. Nobody is held out."""
    model, world = evaluator.model, evaluator.world
    row = world.by_key(entity, key)
    if row is None:
        return False, f"there is no {entity} {key} as of {day(world.clock.today)}"
    uses = model.plays[play].used_for
    answers = [a for use in uses.values() if (a := _by_use(evaluator, entity, row, play, use)) is not None]
    if not answers:
        return False, f"`{play}` is for {' and '.join(uses)}"
    return next((a for a in answers if a[0]), answers[0])


def _by_use(evaluator: Evaluator, entity: str, row: Row, play: str, use: PlayFor) -> tuple[bool, str] | None:
    """Tells whether somebody gets a play for the customers of an entity, as one of them or of their people; None if it is neither."""
    if entity == use.entity:
        decision = _decision(evaluator, use.entity, row, play)
        return decision.line == "gets", _said(decision)
    if entity != use.recipient or use.recipients is None:
        return None
    world = evaluator.world
    owner = world.by_key(use.entity, row.get(use.recipients.hop.column))
    if owner is None:
        return False, f"it belongs to no {use.entity}"
    decision = _decision(evaluator, use.entity, owner, play)
    key = key_of(evaluator.model.schema.relations[entity], row)
    one = next((r for r in decision.recipients if r.key == key), None)
    if one is None:
        is_open = decision.line in ("gets", "nobody to reach")
        return False, "it isn't in the audience" if is_open else _said(decision)
    if one.line != "gets":
        return False, one.words
    return decision.line == "gets", _said(decision)


def _decision(evaluator: Evaluator, entity: str, row: Row, play: str) -> Decision:
    return Customer(evaluator, entity, row, past_of(evaluator, entity, row)).decisions()[play]


_WHY = {
    "not in it": "it is in no segment or arm with this play",
    "unknown": "it is unknown whether it is in a segment or arm with this play",
    "only when": "what follows `only when` isn't true",
    "suppressed": "suppressed",
    "cooling down": "cooling down",
    "given already": "given already",
    "nobody to reach": "nobody to reach",
    "enough plays": "enough plays",
    "no room": "no room",
}


def said_of(decision: Decision) -> str:
    """Says what becomes of a play, as in `acme gets it: ann and bob`, `cooling down: it got this 4 days ago, less than 30 days`."""
    if not decision.is_held_out:
        return _said(decision)
    if decision.line != "gets":
        return f"it is held out; else {_said(decision)}"
    people = [r for r in decision.recipients if r.line == "gets"]
    if people and all(r.is_held_out and r.key != decision.customer for r in people):
        return f"held out: {series([str(r.key) for r in people])}"
    return "it is held out"


def _said(decision: Decision) -> str:
    if decision.line == "gets":
        people = [str(r.key) for r in decision.recipients if r.gets and r.key != decision.customer]
        return f"{decision.customer} gets it{f': {series(people)}' if people else ''}"
    why = _WHY[decision.line]
    return f"{why}: {decision.words}" if decision.words else why


def _enough(others: Sequence[str], channel: Channel) -> str:
    room = f"{channel.most_plays} play{'s' * (channel.most_plays != 1)} a {channel.most_plays_per}"
    return (
        f"{', '.join(f'`{n}`' if n else 'another play' for n in others)} comes first, and `{channel.name}` takes {room}"
    )
