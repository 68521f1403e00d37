"""All customers of a world -> the line of each, and of each of its people, for every play. It defines who gets what on a day.

Plays are taken in the order in which a customer gets them. Of each, `reference/plays.py` says for every customer what keeps the play from
it; here come first those who come first, as long as there is room, and an address gets a play once, whoever has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from segdsl.diagnostics import series
from segdsl.model.folding import fold
from segdsl.model.play import ADDRESSES_IGNORE, Capacity, Play, PlayFor
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.past import deliveries_of, key_of, past_of, text_of
from segdsl.reference.plays import Customer, CustomerLine, Decision, given
from segdsl.reference.today import Today, places_of_candidates
from segdsl.reference.world import Row


@dataclass(frozen=True)
class Lines:
    """The decisions about one play for the customers of one entity, by key as text, without those who are in no place of it."""

    play: Play
    use: PlayFor
    decisions: Mapping[str, Decision]


def account(evaluator: Evaluator, today: Today) -> list[Lines]:
    """Returns the lines of every play as of the evaluator's day. `today`: what exports of the same day have given, and who is in pilots.

    Where plays would give all of that again, had nothing been given yet, nothing has changed for those who have it: each counts when it is
    their turn, so that a repetition gives everybody the same line, also whoever is held out and takes nothing. Else something has changed
    since, and what was given counts from the beginning.
    """
    by_turns = today.without_exports()
    lines = _in_turn(evaluator, by_turns)
    return lines if by_turns.has_all(today.given) else _in_turn(evaluator, today)


def _in_turn(evaluator: Evaluator, today: Today) -> list[Lines]:
    """Decides about every play after those before it, which are added to what is given today."""
    lines = []
    for play, use in in_order(evaluator.model, today.piloted):
        lines.append(_of_play(evaluator, play, use, today))
        for decision in lines[-1].decisions.values():
            today.add(given(play, use, decision))
    return lines


def in_order(model: Model, piloted: Collection[str] = ()) -> list[tuple[Play, PlayFor]]:
    """Returns the plays that somebody may get, in the order in which they are decided, each for every entity whose rules name it.

    `piloted`: candidates whose plays the customers in pilots get.
    """
    plays = sorted(model.plays.values(), key=lambda p: -p.priority)
    return [
        (play, use)
        for play in plays
        for use in play.used_for.values()
        if any(p.entity == use.entity for p in model.places_of(play.name))
        or any(p.name in piloted for p in places_of_candidates(model, play.name, use.entity))
    ]


def _of_play(evaluator: Evaluator, play: Play, use: PlayFor, today: Today) -> Lines:
    relation = evaluator.model.schema.relations[use.entity]
    rows = sorted(evaluator.world.rows(use.entity), key=lambda r: key_of(relation, r))
    rows.sort(key=lambda r: evaluator.ties(use.by, r), reverse=True)
    decided: dict[str, tuple[Row, Decision]] = {}
    for row in rows:
        decision = Customer(evaluator, use.entity, row, past_of(evaluator, use.entity, row), today).decided(play)
        if decision.line != "not in it":
            decided[str(decision.customer)] = row, decision
    received = today.received(play, use.entity)
    queue = [
        (
            key,
            d.is_held_out,
            _part(evaluator, use.per, row),
            _part(evaluator, use.channel_per, row),
            _people(d, received),
        )
        for key, (row, d) in decided.items()
        if d.line == "gets"
    ]
    rooms = [_room(evaluator, play, use, today, of_channel) for of_channel in (False, True)]
    withheld = {customer for (customer, _), is_withheld in received.items() if is_withheld}
    left, lost = first_come(queue, _addresses(evaluator, play, today), rooms[0], rooms[1], withheld)
    decisions = {key: d for key, (_, d) in decided.items()}
    for customer, recipient, whose in lost:
        words = f"{recipient} has the address of {whose}"
        people = tuple(
            replace(r, line="same address", words=words) if str(r.key) == recipient else r
            for r in decisions[customer].recipients
        )
        decisions[customer] = replace(decisions[customer], recipients=people)
    for customer, line, words in left:
        decisions[customer] = replace(decisions[customer], line=line, words=words)
    return Lines(play, use, decisions)


def _people(decision: Decision, received: Mapping[tuple[str, str], bool]) -> list[dict[str, Any]]:
    """Returns the recipients for `first_come`. Whoever has the play by an export before doesn't ask for its address any more."""
    people = []
    for r in decision.recipients:
        if r.line == "gets":
            is_withheld = received.get((str(decision.customer), str(r.key)))
            has_it = is_withheld is False or (is_withheld is True and (decision.is_held_out or r.is_held_out))
            folded = fold(r.address, ADDRESSES_IGNORE) if r.address is not None and not has_it else None
            people.append({"key": str(r.key), "folded": folded, "held_out": r.is_held_out})
    return people


def _addresses(evaluator: Evaluator, play: Play, today: Today) -> dict[str, str]:
    """Returns the addresses that have a play by this export, and those of whom exports before sent it to; more can be added."""
    model, world = evaluator.model, evaluator.world
    addresses = today.addresses(play)
    for use in (u for p, u in in_order(model, today.piloted) if p is play and u.address is not None):
        sent = {key for (_, key), is_withheld in today.received(play, use.entity).items() if not is_withheld}
        rows = (
            {str(key_of(model.schema.relations[use.recipient], r)): r for r in world.rows(use.recipient)}
            if sent
            else {}
        )
        for key in sorted(sent & rows.keys()):
            assert use.address is not None, "it has one"
            address = text_of(evaluator.value(use.address, rows[key]))
            if folded := fold(address or "", ADDRESSES_IGNORE):
                addresses.setdefault(folded, key)
    return addresses


def _part(evaluator: Evaluator, per: Any, row: Row) -> object:
    """Returns the part of the customers in which a capacity counts."""
    value = "" if per is None else evaluator.value(per, row)
    return None if isinstance(value, Unknown) else value


def _room(evaluator: Evaluator, play: Play, use: PlayFor, today: Today, of_channel: bool) -> Room | None:
    """Returns the room of a play or of its channel, and who has taken it in the present period; None where there is no bound."""
    channel = evaluator.model.channel_of(play)
    capacity = (channel.capacity if channel is not None else None) if of_channel else play.capacity
    if capacity is None:
        return None
    model, clock = evaluator.model, evaluator.world.clock
    start = clock.today if capacity.period == "day" else clock.start_of(capacity.period, 0)
    room = Room(capacity, "channel" if of_channel else "play")
    for entity, other in sharing(model, play, of_channel).items():
        taken = today.inside(play, entity, of_channel)
        for d in deliveries_of(evaluator, entity):
            is_of_it = d.channel == play.channel if of_channel else d.play == play.name
            if d.day >= start and d.status in ("sent", "in doubt") and is_of_it:
                taken.add(d.customer)
        per = other.channel_per if of_channel else other.per
        relation = model.schema.relations[entity]
        there = {str(key_of(relation, row)): row for row in evaluator.world.rows(entity)}
        for customer in taken:
            if per is None or customer in there:
                part = "" if per is None else _part(evaluator, per, there[customer])
                room.add(customer if entity == use.entity else None, part)
    return room


def sharing(model: Model, play: Play, of_channel: bool) -> dict[str, PlayFor]:
    """Returns the entities whose customers take the room of a play, or that of its channel, each with a use that says the parts."""
    plays = [p for p in model.plays.values() if of_channel and p.channel == play.channel and p is not play]
    uses: dict[str, PlayFor] = {}
    for one in (play, *plays):
        for use in one.used_for.values():
            uses.setdefault(use.entity, use)
    return uses


# -- room ------------------------------------------------------------------------------------


@dataclass
class Room:
    """The room of a play or channel in the present period. `inside`: customers who have theirs."""

    capacity: Capacity
    name: str
    inside: set[str] = field(default_factory=set)
    _taken: Counter[object] = field(default_factory=Counter)

    def add(self, customer: str | None, part: object, number: int = 1) -> None:
        """Add who has room; None for a customer of another entity, or so many others."""
        self._taken[part] += number
        if customer is not None:
            self.inside.add(customer)

    def has(self, customer: str, part: object) -> bool:
        return customer in self.inside or self._taken[part] < self.capacity.count

    def take(self, customer: str, part: object) -> None:
        if customer not in self.inside:
            self.add(customer, part)


def first_come(
    queue: Sequence[tuple[Any, ...]],
    addresses: dict[str, str],
    of_play: Room | None,
    of_channel: Room | None,
    withheld: Collection[str] = (),
) -> tuple[list[tuple[str, CustomerLine, str]], list[tuple[str, str, str]]]:
    """Give a play to those who come first.

    `queue`: (customer, whether it is held out, its part, its part of the channel, its recipients as dictionaries of `key`, `folded` and
    `held_out`), where `folded` is an address that several customers share and the recipient hasn't got the play at yet, else None.
    `addresses`: those that have the play, with who has them; they are added.
    `withheld`: customers of whom an export of the same day says that they would have got it. As long as they are held out, they have room.

    Returns (customer, line, detail) of those who don't get it, and (customer, recipient, who has the address) of recipients that another
    customer's recipient keeps it from. Who is held out takes neither room nor addresses.
    """
    left: list[tuple[str, CustomerLine, str]] = []
    lost: list[tuple[str, str, str]] = []
    for customer, is_held_out, part, channel_part, people in queue:
        gone = [p for p in people if p["folded"] is not None and p["folded"] in addresses]
        lost += [(customer, p["key"], addresses[p["folded"]]) for p in gone]
        if len(gone) == len(people):
            left.append(
                (
                    customer,
                    "nobody to reach",
                    series([f"{p['key']} has the address of {addresses[p['folded']]}" for p in gone]),
                )
            )
            continue
        rooms = [(r, p) for r, p in ((of_play, part), (of_channel, channel_part)) if r is not None]
        full = next((r for r, p in rooms if not r.has(customer, p)), None)
        if full is not None and not (is_held_out and customer in withheld):
            left.append((customer, "no room", full.name))
            continue
        if not is_held_out:
            for r, p in rooms:
                r.take(customer, p)
            addresses |= {p["folded"]: p["key"] for p in people if p["folded"] is not None and not p["held_out"]}
    return left, lost
