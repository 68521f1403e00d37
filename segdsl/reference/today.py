"""What was given on a day so far, by plays before and by exports of the same day, and who is in a pilot. All keys are texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from segdsl.model.expr import Member, This
from segdsl.model.play import Play
from segdsl.model.segment import Model


@dataclass(frozen=True, slots=True)
class Given:
    """A delivery of today. `of`: the customer's entity; `recipient`: None for the customer itself.

    `is_of_before`: by an export before this one, whose plays may be given again, to the same people: that is a repetition.
    """

    play: str
    channel: str | None
    of: str
    customer: str
    recipient: str | None
    status: str = "sent"
    is_of_before: bool = True

    def goes_to(self, model: Model) -> tuple[str, str] | None:
        """Returns the entity and the key of whoever got it; None where the play is no longer there."""
        use = model.plays[self.play].used_for.get(self.of) if self.play in model.plays else None
        return None if use is None else (use.recipient, self.recipient or self.customer)

    def same_as(self, model: Model) -> tuple[object, ...]:
        """What is the same of a delivery of an export before and of one that is given again: `in doubt` is as good as sent."""
        return self.play, self.channel, self.of, self.customer, self.goes_to(model), self.is_withheld

    @property
    def is_withheld(self) -> bool:
        """Whether nothing was sent, since it is held out."""
        return self.status == "would have been sent"

    def is_other_than(self, play: Play) -> bool:
        return not self.is_of_before or self.play != play.name


HELD_OUT = ""
"""In place of the segmentation whose plays a customer gets: a pilot holds it out of all."""
Arms = Mapping[str, str]
"""Of a customer in pilots: incumbent -> the segmentation whose plays it gets in its place, or `HELD_OUT`."""
Pilots = Mapping[tuple[str, str], Arms]
"""The arms of everybody who is in a pilot, by (entity, key)."""


@dataclass
class Today:
    """Deliveries of a day, as they become known. `arms`: of everybody who is in a pilot."""

    model: Model
    given: list[Given] = field(default_factory=list)
    arms: Pilots = field(default_factory=dict)
    _addresses: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def piloted(self) -> set[str]:
        """The candidates whose plays somebody gets."""
        return {rule for arms in self.arms.values() for rule in arms.values() if rule != HELD_OUT}

    def contacted(self, play: Play, entity: str, key: str) -> str | None:
        """Returns another play by which a row of an entity is contacted on the play's channel today; None without one."""
        return next(
            (g.play for g in self._others(play) if not g.is_withheld and g.goes_to(self.model) == (entity, key)),
            None,
        )

    def plays(self, play: Play, of: str, customer: str) -> list[str]:
        """Returns the other plays that a customer gets on the play's channel today."""
        return sorted({g.play for g in self._others(play) if (g.of, g.customer) == (of, customer)})

    def without_exports(self) -> Today:
        """The same day, as if no export had given anything."""
        return Today(self.model, arms=self.arms)

    def has_all(self, given: Iterable[Given]) -> bool:
        """Tells whether all of some deliveries are among those of this day."""
        return {g.same_as(self.model) for g in given} <= {g.same_as(self.model) for g in self.given}

    def inside(self, play: Play, of: str, by_channel: bool) -> set[str]:
        """Returns the customers who take the room of a play today, or that of its channel, by exports before or by this one."""
        return {
            g.customer
            for g in self.given
            if g.of == of and not g.is_withheld and (g.channel == play.channel if by_channel else g.play == play.name)
        }

    def received(self, play: Play, of: str) -> dict[tuple[str, str], bool]:
        """Returns who has a play by exports before: customer and recipient -> whether it was withheld, since it was held out."""
        received: dict[tuple[str, str], bool] = {}
        for g in self.given:
            if g.is_of_before and (g.play, g.of) == (play.name, of) and (to := g.goes_to(self.model)) is not None:
                received[g.customer, to[1]] = received.get((g.customer, to[1]), True) and g.is_withheld
        return received

    def addresses(self, play: Play) -> dict[str, str]:
        """Returns the addresses that have a play today, each with the recipient that has it; more can be added."""
        return self._addresses.setdefault(play.name, {})

    def add(self, given: Iterable[Given]) -> None:
        self.given.extend(given)

    def _others(self, play: Play) -> Iterable[Given]:
        return (g for g in self.given if g.channel == play.channel and g.is_other_than(play))


def places_in(model: Model, play: str, entity: str, arms: Arms) -> list[Member]:
    """Returns the places whose customers get a play: in a pilot the arms of the segmentation that a customer is assigned to."""
    stand_in = {name for name in arms.values() if name != HELD_OUT}
    own = [
        p
        for p in model.places_of(play)
        if p.entity == entity and (p.arm is None or arms.get(p.name) in (None, HELD_OUT, p.name))
    ]
    return own + [p for p in places_of_candidates(model, play, entity) if p.name in stand_in]


def places_of_candidates(model: Model, play: str, entity: str) -> list[Member]:
    """Returns the arms of candidates that name a play."""
    return [
        Member(This(), entity, rule.name, arm.name)
        for rule in model.segmentations.values()
        if rule.candidate_of is not None and rule.entity == entity
        for arm in rule.all_arms
        if arm.play == play
    ]
