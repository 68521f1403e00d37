"""Named questions about rules, each answered: proved, not proved, or unknown with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from segdsl.analyse.arithmetic import ruled_out
from segdsl.analyse.as_ofs import as_ofs
from segdsl.analyse.diagram import NOBODY, Budget, TooInvolved
from segdsl.analyse.facts import possible
from segdsl.analyse.regions import Regions
from segdsl.model import expr as k
from segdsl.model.dependencies import columns, everything, surroundings, together
from segdsl.model.segment import Arm, Model, Property, Segment, Segmentation

Claim = Literal["never", "always", "never false", "shadowed", "says nothing"]


@dataclass(frozen=True)
class Proved:
    """Something of a rule that holds for every customer, whatever the data. `by` are the arms that see to it."""

    kind: Claim
    rule: str
    arm: str | None
    of: k.Expr
    by: tuple[str, ...] = ()


def proved(model: Model, rule: Segment | Segmentation, budget: Budget | None = None) -> list[Proved]:
    """What is proved of a rule, on whatever day it is asked. Raises `TooInvolved` where it can't be told.

    Several rules may share a budget, so that all together take no longer than one.
    """
    claims: list[Proved] | None = None
    asked = [(model, model.definition(rule.name))]
    for (regions,) in Regions.of_each_day(asked, as_ofs(asked, budget, examples=False), budget):
        today = list(_Asked(regions, possible(regions)).of(rule))
        claims = today if claims is None else [p for p in claims if p in today]
        if not claims:
            break
    return claims or []


@dataclass(frozen=True)
class Possibly:
    """Customers that nothing excludes: whether there can be one is seen when one is made, and asked of the reference."""

    regions: Regions
    who: int


def speaks_against(
    model: Model, statement: Property, budget: Budget | None = None
) -> Possibly | Literal["nobody", "unknown"]:
    """For whom a property may be false; "nobody", on no day, proves it. Where it is unknown it isn't violated."""
    roots = [statement.condition]
    try:
        for (regions,) in Regions.of_each_day([(model, roots)], as_ofs([(model, roots)]), budget):
            held = regions.truth(statement.condition)
            against = regions.diagrams.both(possible(regions), held.false if statement.always else held.true)
            if not ruled_out(regions, against):
                return Possibly(regions, against)
    except TooInvolved:
        return "unknown"
    return "nobody"


@dataclass(frozen=True)
class Overlap:
    """Whether a customer can be in both: "disjoint" is proved, of "perhaps" `possibly` are those who may be."""

    verdict: Literal["disjoint", "perhaps", "unknown"]
    reason: str = ""
    possibly: Possibly | None = None


def overlap(model: Model, parts: Sequence[k.Expr], budget: Budget | None = None) -> Overlap:
    """Of conditions about one entity, on whatever day. Several questions may share a budget."""
    for node in everything(model, parts):
        if isinstance(node, k.Standing | k.Tally):
            return Overlap("unknown", "it compares customers with each other")
        if isinstance(node, k.Member) and (reason := _beyond(model, node.name)):
            return Overlap("unknown", reason)
    try:
        for (regions,) in Regions.of_each_day([(model, parts)], as_ofs([(model, parts)], budget), budget):
            both = regions.diagrams.both(possible(regions), *(regions.truth(p).true for p in parts))
            if not ruled_out(regions, both):
                return Overlap("perhaps", possibly=Possibly(regions, both))
    except TooInvolved as unanswered:
        return Overlap("unknown", unanswered.reason)
    return Overlap("disjoint")


def same_customers(model: Model, segments: Sequence[Segment], budget: Budget) -> list[tuple[str, ...]]:
    """Segments of one entity that are proved to take the same customers, on whatever day, where there can be any.

    Raises `TooInvolved` where it can't be told.
    """
    asked = [s for s in segments if not _beyond(model, s.name)]
    roots = [(model, [e for s in asked for e in model.definition(s.name)])]
    together: dict[str, tuple[int, ...]] = {s.name: () for s in asked}
    for (regions,) in Regions.of_each_day(roots, as_ofs(roots, budget, examples=False), budget):
        can_be = possible(regions)
        for s in asked:
            together[s.name] += (regions.diagrams.both(can_be, regions.segment(s).true),)
    groups: dict[tuple[int, ...], list[str]] = {}
    for name, sets in together.items():
        if NOBODY not in sets:
            groups.setdefault(sets, []).append(name)
    return [tuple(names) for names in groups.values() if len(names) > 1]


@dataclass
class _Asked:
    regions: Regions
    possible: int

    def of(self, rule: Segment | Segmentation) -> Iterator[Proved]:
        population, d = self.regions.population(rule), self.regions.diagrams
        inside = self._can_be(population.true)
        if isinstance(rule, Segment):  # where the population is unknown a false condition still decides
            yield from self._condition(rule, None, rule.condition, inside, self._can_be(d.other(population.false)))
            return
        left = inside
        for i, arm in enumerate(rule.arms):
            assert arm.condition is not None
            own = list(self._condition(rule, arm.name, arm.condition, inside, inside))
            yield from own
            held = self.regions.truth(arm.condition)
            if not own and self._nobody(left, held.true):
                yield Proved("shadowed", rule.name, arm.name, arm.condition, self._by(rule, i, inside))
            if arm.limit is None:
                left = self.regions.diagrams.both(left, self.regions.diagrams.other(held.true))

    def _condition(
        self, rule: Segment | Segmentation, arm: str | None, condition: k.Expr, inside: int, reached: int
    ) -> Iterator[Proved]:
        """`inside` are those of the population, `reached` all for whom the condition matters."""
        held, d = self.regions.truth(condition), self.regions.diagrams
        if self._nobody(inside, held.true):
            yield Proved("never", rule.name, arm, condition)
        elif self._nobody(inside, d.other(held.true)):
            yield Proved("always", rule.name, arm, condition)
        elif self._nobody(inside, held.false):
            yield Proved("never false", rule.name, arm, condition)
        else:
            yield from self._clauses(rule, arm, condition, inside, reached)

    def _clauses(
        self, rule: Segment | Segmentation, arm: str | None, e: k.Expr, inside: int, reached: int
    ) -> Iterator[Proved]:
        """Clauses of an `and` or `or` without which it would be true and false for the same customers."""
        e = self.regions.plain(e) if isinstance(e, k.Named) else e
        if not isinstance(e, k.And | k.Or):
            return
        d, whole = self.regions.diagrams, self.regions.truth(e)
        for item in e.items:
            rest = tuple(i for i in e.items if i is not item)
            without = self.regions.truth(rest[0] if len(rest) == 1 else type(e)(rest))
            if all(
                self._nobody(who, d.either(d.both(a, d.other(b)), d.both(b, d.other(a))))
                for who, a, b in ((inside, whole.true, without.true), (reached, whole.false, without.false))
            ):
                yield Proved("says nothing", rule.name, arm, item)
                return  # each alone may be left out, and not both
        for item in e.items:
            yield from self._clauses(rule, arm, item, inside, reached)

    def _by(self, rule: Segmentation, number: int, inside: int) -> tuple[str, ...]:
        """As few earlier arms as take all of an arm's customers."""
        condition = rule.arms[number].condition
        assert condition is not None
        mine = self.regions.truth(condition).true
        needed = [a for a in rule.arms[:number] if a.limit is None]
        for arm in list(needed):
            fewer = [a for a in needed if a is not arm]
            if self._nobody(inside, mine, self._others(fewer)):
                needed = fewer
        return tuple(a.name for a in needed)

    def _others(self, arms: Sequence[Arm]) -> int:
        d = self.regions.diagrams
        return d.both(*(d.other(self.regions.truth(a.condition).true) for a in arms if a.condition is not None))

    def _can_be(self, who: int) -> int:
        return self.regions.diagrams.both(self.possible, who)

    def _nobody(self, *sets: int) -> bool:
        return ruled_out(self.regions, self.regions.diagrams.both(*sets))


# -- two versions ----------------------------------------------------------------------------------

Verdict = Literal["equivalent", "wider", "narrower", "neither", "unknown"]


@dataclass(frozen=True)
class Compared:
    """Old against new. wider: the new takes all that the old takes, and perhaps more; narrower: the other way round.

    "neither" is proved for nobody: there may be customers that only the one takes, and such that only the other does.
    `reason` says why it is unknown. `came` and `left` are those that only the new, or only the old, may take.
    """

    verdict: Verdict
    reason: str = ""
    came: Possibly | None = field(default=None, compare=False, repr=False)
    left: Possibly | None = field(default=None, compare=False, repr=False)


def compared(old: Model, new: Model, rule: str) -> dict[str, Compared]:
    """Whom a segment (with the name ""), or each arm, takes in two versions of it, on whatever day."""
    names = [a.name for a in new.segmentations[rule].all_arms] if rule in new.segmentations else [""]
    for model in (old, new):
        reason = _beyond(model, rule)
        if reason:
            return dict.fromkeys(names, Compared("unknown", reason))
    if not same_surroundings(old, new, rule):
        return dict.fromkeys(
            names, Compared("unknown", "what it reads of the data or of a list is declared otherwise now")
        )
    more: dict[str, Possibly] = {}
    fewer: dict[str, Possibly] = {}
    both = [(m, m.definition(rule)) for m in (old, new)]
    try:
        for before, after in Regions.of_each_day(both, as_ofs(both)):
            changed = _read_differently(before, old, new)
            if changed:
                return dict.fromkeys(
                    names, Compared("unknown", f"`{changed}` changed, which it reads at another time or inside")
                )
            can_be, d = possible(before), before.diagrams
            then, now = _taken(before, rule), _taken(after, rule)
            for found, here, there in ((more, now, then), (fewer, then, now)):
                for n in names:
                    who = NOBODY if n in found else d.both(can_be, here[n], d.other(there[n]))
                    if not ruled_out(before, who):
                        found[n] = Possibly(before, who)
            if len(more) == len(fewer) == len(names):
                break
    except TooInvolved as unanswered:
        return dict.fromkeys(names, Compared("unknown", unanswered.reason))
    return {n: Compared(_verdict(n in more, n in fewer), came=more.get(n), left=fewer.get(n)) for n in names}


def _read_differently(regions: Regions, old: Model, new: Model) -> str:
    """A name that stands in a subject, where it isn't written out, and means something else now; empty for none."""
    left = (
        n for subject in regions.subjects for n in k.deep(subject) if isinstance(n, k.MetricOf | k.Member | k.Tally)
    )
    names = dict.fromkeys(n.name for n in left)
    return next((n for n in names if _meaning(old, n) != _meaning(new, n)), "")


def _meaning(model: Model, name: str) -> object:
    """A metric or rule with all that it reads."""
    read = {n.name for n in everything(model, model.definition(name)) if isinstance(n, k.MetricOf | k.Member | k.Tally)}
    rules = {n: r for n in {name, *read} if (r := model.segmentations.get(n)) is not None}
    arms = {n: ([a.name for a in r.all_arms], r.where is None, r.undecided is None) for n, r in rules.items()}
    return {n: model.definition(n) for n in {name, *read}}, arms


def _verdict(more: bool, fewer: bool) -> Verdict:
    if more and fewer:
        return "neither"
    return "wider" if more else "narrower" if fewer else "equivalent"


def _taken(regions: Regions, rule: str) -> dict[str, int]:
    if rule in regions.model.segments:
        return {"": regions.segment(regions.model.segments[rule]).true}
    return regions.arms(regions.model.segmentations[rule])


def by_conditions_alone(model: Model, rule: str) -> bool:
    """Whether neither a rank nor a limit nor a list has a say in who is in a rule."""
    return not _beyond(model, rule)


def _beyond(model: Model, rule: str) -> str:
    """Why a rule's members are not told by its conditions alone; empty where they are."""
    for node in everything(model, model.definition(rule)):
        if isinstance(node, k.Standing | k.Tally):
            return "it compares customers with each other"
    rules = [n.name for n in everything(model, model.definition(rule)) if isinstance(n, k.Member)]
    for name in [rule, *rules]:
        if name in model.segments and model.segments[name].limit is not None:
            return f"`{name}` has a limit"
        if name in model.segmentations:
            segmentation = model.segmentations[name]
            if segmentation.override is not None or any(a.limit for a in segmentation.arms):
                return f"`{name}` has a limit or a list that overrides it"
    return ""


def same_surroundings(old: Model, new: Model, rule: str) -> bool:
    """Whether all that a rule's members depend on beside its text is the same: declarations of what it reads, rows of lists, days."""
    read = together(*(columns(m, m.definition(rule)) for m in (old, new)))
    before, after = (surroundings(model, rule, read) for model in (old, new))
    return before == after
