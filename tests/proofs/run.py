"""Random conditions -> customers made up on each way through what the encoder says of them, asked of the reference."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from segdsl.analyse.arithmetic import ruled_out
from segdsl.analyse.diagram import NOBODY, TooInvolved
from segdsl.analyse.facts import possible
from segdsl.analyse.locate import inside
from segdsl.analyse.questions import Possibly
from segdsl.analyse.regions import Regions
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row, World
from segdsl.testing.customers.aim import Aim
from segdsl.testing.customers.draft import Draft
from segdsl.testing.customers.witness import one_of
from tests.conformance.clocks import AS_OFS
from tests.conformance.conditions import CONDITIONS, DECLARATIONS
from tests.conformance.grid import product
from tests.conformance.run import asked_model, clock, complete_of
from tests.proofs.kinds import kinds
from tests.proofs.places import places

WAYS = 8  # through each set
AT_ONCE = 12  # conditions in one model
RULES = """
segmentation plain of account where plan != "free" {
  segment first { when seats > 50 and paying }
  segment second { when count(logins in last 7 days) > 1 }
  undecided unsure
  otherwise rest
}
"""
WRITTEN = [
    *(c for family, conditions in CONDITIONS.items() for c in conditions if "scale" not in c),
    *(f"account in plain.{arm}" for arm in ("first", "second", "unsure", "rest")),
    "seats > active and active >= seats", "seats / active > 50% and seats * 2 <= active", "seats + active > 10 and seats < 5 and active < 5", "seats - active > 3 and seats <= active",
    "seats / active > 50% and seats < active", "seats / active > 2 and seats > active", "seats / active < 0.5 and seats < active and seats > 0", "seats > active and seats > 50 and active < 50", "active / seats >= 1 or seats > active", "seats >= active + 1 or seats <= active",
    "100 - seats > 50", "3 - 2 * seats >= 1", "seats * -2 < -100", "50 < seats", "50 >= 2 * seats",
    "(if paying then seats else active end) > 50", "(if seats > 50 then 1 else 2 end) = 1", "count(logins) >= 1", "any(logins)",
    "count(logins in last 28 days) > 1 and count(logins in last 7 days) > 2", "any(logins in last 7 days) and not any(logins in last 28 days)",
    "count(logins in last 7 days) >= 2 and count(logins in last 7 days where minutes > 0) < 2", "count(logins in last 7 days where minutes > 0) >= 2", "any(logins in last 7 days where minutes > 0)",
]  # fmt: skip


@dataclass
class Tally:
    """`made` customers were aimed at a set, `met` are in it as the encoder sees them; both are asked of the reference."""

    conditions: int = 0
    made: int = 0
    met: int = 0
    too_involved: int = 0
    ruled_out: int = 0  # sets in which, by arithmetic, nobody can be
    kinds: Counter[str] = field(default_factory=Counter)  # of the conditions
    clocks: set[tuple[str, str]] = field(default_factory=set)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.conditions += other.conditions
        self.kinds += other.kinds
        self.clocks |= other.clocks
        self.made += other.made
        self.met += other.met
        self.too_involved += other.too_involved
        self.ruled_out += other.ruled_out
        self.differences += other.differences


@cache
def of_product() -> tuple[str, ...]:
    """Those of the product of functions, tables and windows that are asked of an account."""
    return tuple(a.condition for a in product() if a.entity == "account")


def condition(number: int, draw: random.Random) -> str:
    """One to three conditions, written ones and some of the product, joined at random; each written one has its turn as the first."""
    others = [draw.choice(WRITTEN if draw.random() < 0.5 else of_product()) for _ in range(draw.choice([0, 1, 1, 2]))]
    parts = [f"({c})" if draw.randrange(3) else f"not ({c})" for c in [WRITTEN[number % len(WRITTEN)], *others]]
    text = parts[0]
    for part in parts[1:]:
        text = f"({text} {draw.choice(['and', 'or'])} {part})"
    return text


def batch(seed: int) -> Tally:
    """What one seed's conditions come to."""
    draw = random.Random(seed)
    texts = [condition(AT_ONCE * seed + i, draw) for i in range(AT_ONCE)]
    i = draw.randrange(2, len(AS_OFS))
    at = clock(i)
    rules = "".join(f"segment x{n} of account {{ when {c} }}\n" for n, c in enumerate(texts))
    model = asked_model(DECLARATIONS + RULES + rules, {}, at, complete_of(seed, at))
    found = Tally()
    for n, text in enumerate(texts):
        found.add(_asked(model, f"x{n}", text, at, draw))
    return found


def _asked(model: Model, name: str, text: str, at: Clock, draw: random.Random) -> Tally:
    asked = model.segments[name].condition
    tally = Tally(conditions=1, kinds=Counter(kinds(model, asked, at)), clocks={(str(at.now), str(at.zone))})
    try:
        (regions,) = Regions.of([(model, [asked])], at)
        known, can_be = regions.truth(asked), possible(regions)
    except TooInvolved:
        return replace(tally, too_involved=1)
    d = regions.diagrams
    unsure = d.both(d.other(known.true), d.other(known.false))
    for who in (known.true, known.false, unsure):
        if d.both(can_be, who) == NOBODY:
            continue
        nobody = ruled_out(regions, d.both(can_be, who))
        tally.ruled_out += nobody
        for evaluator, row in _made(model, Possibly(regions, d.both(can_be, who)), at, draw):
            where = places(regions, evaluator, row)
            said = (
                True if inside(regions, known.true, where) else False if inside(regions, known.false, where) else None
            )
            told = evaluator.truth(asked, row)
            tally.made += 1
            if nobody and inside(regions, d.both(can_be, who), where):
                tally.differences.append(
                    f"arithmetic rules out a customer that is there: {text} as of {at.now} in {at.zone}: {row}"
                )
            tally.met += inside(regions, who, where)
            if not inside(regions, can_be, where):
                tally.differences.append(
                    f"a fact excludes a customer that is there: {text} as of {at.now} in {at.zone}: {row}"
                )
            if said != (None if isinstance(told, Unknown) else told):
                tally.differences.append(f"{text} as of {at.now} in {at.zone} is {told}, not {said}: {row}")
    return tally


def _made(model: Model, possibly: Possibly, at: Clock, draw: random.Random) -> Iterator[tuple[Evaluator, Row]]:
    for _ in range(WAYS):
        draft = Draft(model, at, lambda options: options[draw.randrange(len(options))], may_replace_metrics=False)
        focus = draft.new("account")
        key = focus["account_id"]
        one_of(possibly)(Aim(draft), focus)
        evaluator = Evaluator(model, World(model.schema, draft.rows, at))
        row = evaluator.world.by_key("account", key)
        if row is not None:
            yield evaluator, row
