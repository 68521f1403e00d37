"""One customer, a play and what was before -> whom of its people the play goes to, and what keeps it from each of them.

Each has the first of `RECIPIENT_LINES` that keeps the play from it, else `gets`. A refusal, a suppression and a contact on the channel
are of an address, however it is spelled and in whichever row of whichever entity it stands: the other rows with it get that line too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from segdsl.diagnostics import series
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import day
from segdsl.model.folding import fold
from segdsl.model.play import ADDRESSES_IGNORE, Channel, Days, Play, PlayFor, Suppression
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.messages import said
from segdsl.reference.past import Past, key_of, last_contact, text_of
from segdsl.reference.today import Today
from segdsl.reference.world import Row, Value

RecipientLine = Literal[
    "suppressed", "refused", "consent unknown", "no address", "cooling down", "no message", "same address", "gets"
]
RECIPIENT_LINES: tuple[RecipientLine, ...] = get_args(RecipientLine)


@dataclass(frozen=True)
class RecipientDecision:
    """What keeps a play from one recipient, and why in words. `is_held_out`: it would get what it gets, were it not held out."""

    key: Value
    row: Row
    line: RecipientLine
    words: str = ""
    address: str | None = None
    is_held_out: bool = False

    @property
    def gets(self) -> bool:
        return self.line == "gets" and not self.is_held_out


def recipients_of(
    evaluator: Evaluator, play: Play, use: PlayFor, row: Row, past: Past, today: Today, is_held_out: bool = False
) -> list[RecipientDecision]:
    """Decides about each recipient of a play's audience, in the order of their keys. `is_held_out`: whether their customer is."""
    decided: list[RecipientDecision] = []
    addresses: dict[str, Value] = {}
    customer = str(key_of(evaluator.model.schema.relations[use.entity], row))
    withheld = {
        key for (c, key), is_withheld in today.received(play, use.entity).items() if c == customer and is_withheld
    }
    asked = _Asked(evaluator, play, use, past, today, withheld, is_held_out)
    for key, person in audience(evaluator, use, row):
        one = asked.decision(key, person)
        if one.line == "gets" and one.address is not None:
            first = addresses.setdefault(fold(one.address, ADDRESSES_IGNORE), key)
            if first != key:
                one = replace(one, line="same address", words=f"{key} has the address of {first}")
        decided.append(one)
    return decided


def audience(evaluator: Evaluator, use: PlayFor, row: Row) -> list[tuple[Value, Row]]:
    """Returns whom a play goes to, before anything is asked of them: the customer, its people, or the first of these."""
    schema = evaluator.model.schema
    own = key_of(schema.relations[use.entity], row)
    if use.recipients is None:
        return [(own, row)]
    hop, where = use.recipients.hop, use.recipients.where
    people = schema.relations[hop.target]
    rows = evaluator.world.where(people.name, hop.column, own)
    chosen = [r for r in rows if where is None or evaluator.truth(where, r) is True]
    keyed = sorted(((key_of(people, r), r) for r in chosen), key=lambda pair: pair[0])
    if use.recipients.first_by and keyed:
        return [max(keyed, key=lambda pair: evaluator.ties(use.recipients.first_by, pair[1]))]  # type: ignore[union-attr]
    return keyed


Kept = tuple[RecipientLine, str]
"""A line, and why in words."""


class _Asked:
    """What is asked of each recipient of a play, and of all rows with its address."""

    def __init__(
        self,
        evaluator: Evaluator,
        play: Play,
        use: PlayFor,
        past: Past,
        today: Today,
        withheld: Collection[str],
        is_held_out: bool,
    ) -> None:
        self.evaluator, self.play, self.use, self.past, self.today = evaluator, play, use, past, today
        self.withheld, self.is_held_out = withheld, is_held_out
        self.channel = evaluator.model.channel_of(play) or Channel("")
        self.reached = list(reached(evaluator.model, play, use))

    def decision(self, key: Value, row: Row) -> RecipientDecision:
        address = text_of(self.evaluator.value(self.use.address, row)) if self.use.address is not None else None
        address = address if fold(address or "", ADDRESSES_IGNORE) else None
        held_out = self.use.recipient_held_out
        is_held_out = held_out is not None and self.evaluator.truth(held_out, row) is not False
        had_it = str(key) in self.withheld and (is_held_out or self.is_held_out)
        own = (kept for kept in self._own(key, row, address) if not (had_it and kept[0] == "cooling down"))
        others = self._others(key, address) if address is not None else ()
        every = [next(own, ("gets", "")), *(kept for kept in others if not (had_it and kept[0] == "cooling down"))]
        line, words = min(every, key=lambda kept: RECIPIENT_LINES.index(kept[0]))
        is_shown = line in ("cooling down", "no message", "same address", "gets")
        return RecipientDecision(key, row, line, words, address if is_shown else None, is_held_out)

    def _own(self, key: Value, row: Row, address: str | None) -> Iterator[Kept]:
        """Yields what keeps the play from a recipient by its own row, in order."""
        if (name := first_suppression(self.evaluator, self.use.recipient_suppressions, row)) is not None:
            yield "suppressed", f"{key} is in `{name}`"
        consent = True if self.use.consent is None else self.evaluator.truth(self.use.consent, row)
        if isinstance(consent, Unknown):
            yield "consent unknown", f"of {key} it is unknown whether there is consent ({', '.join(consent.reasons)})"
        elif not consent:
            yield "refused", f"{key} doesn't consent"
        if self.use.address is not None and address is None:
            yield "no address", f"{key} has no address"
        if (since := self._contacted(self.use.recipient, row)) is not None:
            yield "cooling down", f"{key} was {since}"
        if problem := said(self.evaluator, self.play, self.use, row).problem:
            yield "no message", f"the message to {key} can't be written ({problem})"

    def _others(self, key: Value, address: str) -> Iterator[Kept]:
        """Yields what keeps the play from a recipient since it has the address of another row."""
        for use in self.reached:
            assert use.address is not None, "the channel has addresses"
            same = k.Compare("=", use.address, k.Literal_(address, ty.TEXT), ADDRESSES_IGNORE)
            relation = self.evaluator.model.schema.relations[use.recipient]
            for row in self.evaluator.rows_where(relation.name, same):
                other = key_of(relation, row)
                if (relation.name, other) != (self.use.recipient, key):
                    yield from ((line, f"{key} has the address of {other}, {why}") for line, why in self._of(use, row))

    def _of(self, use: PlayFor, row: Row) -> Iterator[Kept]:
        """Yields what keeps the channel from a row with the address of another one."""
        for suppressions, asked, who in (
            (use.recipient_suppressions, row, "who"),
            (
                use.suppressions,
                _owner(self.evaluator, use, row),
                "who" if use.recipients is None else f"whose {use.entity}",
            ),
        ):
            counted = [s for s in suppressions if s.by_play in (None, self.play.name)]
            if asked is not None and (name := first_suppression(self.evaluator, counted, asked)) is not None:
                yield "suppressed", f"{who} is in `{name}`"
        if use.consent is not None and self.evaluator.truth(use.consent, row) is False:
            yield "refused", "who doesn't consent"
        if (since := self._contacted(use.recipient, row)) is not None:
            yield "cooling down", f"who was {since}"

    def _contacted(self, entity: str, row: Row) -> str | None:
        """Returns when a row was contacted on the channel, in words; None if that is long enough ago."""
        if self.channel.cooldown is None:
            return None
        key = str(key_of(self.evaluator.model.schema.relations[entity], row))
        if (other := self.today.contacted(self.play, entity, key)) is not None:
            return f"contacted by `{other}` today"
        last = last_contact(self.evaluator, self.past.tables, self.play, entity, row)
        today = self.evaluator.world.clock.today
        if last is None or last <= self.channel.cooldown.before(today):
            return None
        return f"contacted {ago(last, today)}, less than {length(self.channel.cooldown)}"


def reached(model: Model, play: Play, use: PlayFor) -> Iterator[PlayFor]:
    """Yields the use of a play, and one use for each further way in which plays on its channel reach addresses."""
    given = [p for p in model.plays.values() if p.channel == play.channel and model.places_of(p.name)]
    ways = set[tuple[object, ...]]()
    for other in (use, *(u for p in given for u in p.used_for.values())):
        named = tuple((s.name, s.by_play) for s in (*other.suppressions, *other.recipient_suppressions))
        way = (other.entity, other.recipients.hop if other.recipients is not None else None, named)
        if other.address is not None and way not in ways:
            ways.add(way)
            yield other


def _owner(evaluator: Evaluator, use: PlayFor, row: Row) -> Row | None:
    """Returns the customer of a recipient: itself, or whom it belongs to."""
    if use.recipients is None:
        return row
    return evaluator.world.by_key(use.entity, row.get(use.recipients.hop.column))


def first_suppression(evaluator: Evaluator, suppressions: Iterable[Suppression], row: Row) -> str | None:
    """Returns the first list or segment that a row is in, or of which that is unknown."""
    return next((s.name for s in suppressions if evaluator.truth(s.condition, row) is not False), None)


# -- words ---------------------------------------------------------------------------

_SAID: dict[RecipientLine, str] = {
    "suppressed": "suppressed",
    "refused": "without consent",
    "consent unknown": "of unknown consent",
    "no address": "without an address",
    "cooling down": "contacted a short time ago",
    "no message": "to whom the message can't be written",
    "same address": "with the address of another",
    "gets": "",
}


def said_of_recipient(one: RecipientDecision) -> str:
    """Says what keeps a play from a recipient, as in `bob doesn't consent`; "" if nothing does."""
    return f"{one.key} is held out" if one.line == "gets" and one.is_held_out else one.words


def said_of_nobody(recipients: Sequence[RecipientDecision]) -> str:
    """Says why nobody is reached, as in `ann doesn't consent, bob has no address`; of many people how many there are of each line."""
    if not recipients:
        return "nobody is in its audience"
    if len(recipients) <= NAMED:
        return series([r.words for r in recipients])
    counts = {line: sum(r.line == line for r in recipients) for line in RECIPIENT_LINES}
    return series([f"{n} {_SAID[line]}" for line, n in counts.items() if n])


NAMED = 3
"""The most people of whom it is said by name why a play reaches nobody."""


def ago(then: dt.date, today: dt.date) -> str:
    days = (today - then).days
    return f"{days} day{'s' * (days != 1)} ago" if 0 < days < 60 else f"on {day(then)}" if days else "today"


def length(time: Days) -> str:
    return f"{time.count} {time.unit}{'s' * (time.count != 1)}"
