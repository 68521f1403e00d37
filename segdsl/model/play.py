"""Plays and channels: what is done for whoever is in a place that names a play, for whom of its people, how and how often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from segdsl.diagnostics import Span
from segdsl.model.clock import shift_date
from segdsl.model.expr import Expr, Ignoring, Period, Ratio
from segdsl.model.schema import ToMany
from segdsl.model.types import DATE, TEXT, Enum, Type

STATUSES = ("sent", "would have been sent", "in doubt", "not sent", "rejected", "withdrawn")
"""What may have become of a delivery, as the log says it."""
ADDRESSES_IGNORE: Ignoring = "case and spaces"
"""How addresses are compared, wherever they are."""


DAY_OF_DELIVERY = "day"
"""The column of deliveries that says on which day they were."""


def columns_of_deliveries(plays: Iterable[str]) -> list[tuple[str, Type]]:
    """Returns the columns of a table of deliveries, beside the customer's key. No text has a value that isn't declared."""
    names = tuple(plays)
    of_plays = Enum(names, False) if names else TEXT
    others: list[tuple[str, Type]] = [("play", of_plays), ("channel", TEXT), ("recipient", TEXT)]
    return [(DAY_OF_DELIVERY, DATE), *others, ("status", Enum(STATUSES, False))]


@dataclass(frozen=True, slots=True)
class Days:
    """A time between two deliveries: `count` of a civil `unit`, day, week, month or year."""

    count: int
    unit: str

    def before(self, day: dt.date) -> dt.date:
        """Returns the last day on which a delivery is long enough ago for another one on `day`."""
        return shift_date(day, -self.count, self.unit)


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most customers in a period of the calendar; for each value of `PlayFor.per`, written as `per`, unless that is empty."""

    count: int
    period: Period
    per: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: a template, or the file that has it, below the folder of the rules. `text` is the template either way."""

    text: str
    file: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MergeField:
    """A value that a message may show. `value` is read from a recipient's row, or from the customer's where a play goes to customers."""

    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Suppression:
    """A list or segment whose members get nothing. `condition` is false for whoever isn't in it; if it is unknown, they get nothing.

    `by_play`: the play that names it for itself; None where the workspace or a channel does.
    """

    name: str
    condition: Expr
    by_play: str | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom of a customer's people a play goes to: the rows that `hop` leads to for whom `where` is true.

    `first_by`: of these only the first one, which stands highest by these values and then by its key; all of them if empty.
    """

    hop: ToMany
    where: Expr | None
    first_by: tuple[Expr, ...] = ()

    @property
    def entity(self) -> str:
        return self.hop.target


@dataclass(frozen=True, slots=True)
class PlayFor:
    """What a play means for the customers of one entity.

    Of a customer's row: `only_when`, `held_out`, `suppressions`, `by`, `per` and `channel_per`. Of a recipient's row, which is the
    customer's where `recipients` is None: `address`, `consent`, `recipient_held_out`, `recipient_suppressions` and the values of `merge`.

    `only_when`: the guard, true for whoever gets the play; None for all.
    `held_out`: false for whoever isn't held out by the workspace; None where nobody is. `recipient_held_out`: by a holdout of recipients.
    `address`: a text; None on a channel without addresses.
    `consent`: true for whoever may be contacted, false for whoever refused, unknown where nobody knows; None where none is needed.
    `suppressions`, `recipient_suppressions`: of the workspace, the channel and the play, in this order.
    `by`: who comes first if there isn't room for all: the greatest, of dates the latest, missing ones last; equal ones by their key.
    `per`, `channel_per`: the groups in which the capacity of the play and of its channel count; None for one count.
    """

    entity: str
    only_when: Expr | None = None
    held_out: Expr | None = None
    recipients: Recipients | None = None
    address: Expr | None = None
    consent: Expr | None = None
    recipient_held_out: Expr | None = None
    suppressions: tuple[Suppression, ...] = ()
    recipient_suppressions: tuple[Suppression, ...] = ()
    by: tuple[Expr, ...] = ()
    per: Expr | None = None
    channel_per: Expr | None = None
    merge: tuple[MergeField, ...] = ()

    @property
    def expressions(self) -> list[Expr]:
        """All that is asked of customers and recipients."""
        among_others = (self.held_out, self.recipient_held_out, self.per, self.channel_per, *self.by)
        return [*self.of_one, *(e for e in among_others if e is not None)]

    @property
    def of_one(self) -> list[Expr]:
        """What is asked of one customer and its recipients: all but who is held out, and who comes first where there isn't room for all."""
        people = (self.recipients.where, *self.recipients.first_by) if self.recipients is not None else ()
        suppressed = (s.condition for s in (*self.suppressions, *self.recipient_suppressions))
        every = (self.only_when, self.address, self.consent, *people, *suppressed, *(f.value for f in self.merge))
        return [e for e in every if e is not None]

    @property
    def recipient(self) -> str:
        """The entity of whoever gets the play."""
        return self.entity if self.recipients is None else self.recipients.entity


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach people. A channel that a play names by a text alone has only its defaults.

    `address`: the path of the address, as written; None for a channel without addresses.
    `consent`: opt in, opt out or none; `consent_by`: the condition that it is asked by, as written.
    `blank`: what a blank means where consent is asked for; None for unknown.
    `cooldown`: the time between any two deliveries on the channel to one recipient.
    `capacity`: of customers on this channel.
    `suppressed`: the lists and segments that it names.
    `most_plays`: plays that one customer may get on the channel in a `most_plays_per`.
    """

    name: str
    title: str = ""
    address: str | None = None
    consent: Literal["opt in", "opt out", "none"] = "none"
    consent_by: str = ""
    blank: bool | None = None
    cooldown: Days | None = None
    capacity: Capacity | None = None
    suppressed: tuple[str, ...] = ()
    most_plays: int = 1
    most_plays_per: Period = "day"
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Play:
    """A play. `used_for` is what it means for the customers of each entity whose rules name it; of the first entity if none does.

    `settings`: what is written with a colon, such as the cost.
    `channel`: the name of its channel, declared or not; None if it says none.
    `every`: how long after a delivery the customer gets the play again; None for once per stay.
    `priority`: of two plays on a channel the one with the higher one is given; of equal ones the one that is declared first.
    `cooldown`: the time between two deliveries of this play to one customer.
    """

    name: str
    title: str
    settings: Mapping[str, object]
    span: Span | None = field(default=None, compare=False, repr=False)
    channel: str | None = None
    every: Days | None = None
    priority: int = 0
    cooldown: Days | None = None
    capacity: Capacity | None = None
    subject: Message | None = None
    message: Message | None = None
    used_for: Mapping[str, PlayFor] = field(default_factory=dict)

    @property
    def expressions(self) -> list[Expr]:
        """All that is asked of customers and recipients, of whatever entity."""
        return [e for use in self.used_for.values() for e in use.expressions]

    @property
    def is_plain(self) -> bool:
        """Whether everybody gets the play who is in a place that names it, and didn't get it before."""
        asked = (
            (u.only_when, u.held_out, u.recipients, u.address, *u.suppressions, *u.recipient_suppressions)
            for u in self.used_for.values()
        )
        return self.cooldown is None and self.every is None and not any(a is not None for every in asked for a in every)

    @property
    def cost(self) -> float:
        """The cost of giving the play to one customer; 0 if no number is set."""
        cost = self.settings.get("cost", 0)
        return float(cost) if isinstance(cost, int | float) else 0.0


@dataclass(frozen=True, slots=True)
class Holdout:
    """Customers of an entity who get no play: those whose key, with the seed, falls below the share, as with `split`."""

    entity: str
    share: Ratio
    seed: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Gets:
    """An expectation of a test: that a customer, or one of its people, gets a play; that it doesn't if `negated`.

    `because` is a part of what decides, in words.
    """

    entity: str
    key: str | int
    play: str
    negated: bool
    because: str | None
    span: Span = field(compare=False, repr=False)
