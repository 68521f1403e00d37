"""Questions about rules: proved facts, overlaps and comparisons of versions, each answered or unknown with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from segdsl.analyse.arithmetic import ruled_out
from segdsl.analyse.as_ofs import USUAL, as_ofs
from segdsl.analyse.diagram import NOBODY, Budget, TooInvolved
from segdsl.analyse.facts import possible
from segdsl.analyse.regions import Regions
from segdsl.model import expr as k
from segdsl.model.dependencies import columns, everything, surroundings, together
from segdsl.model.segment import Arm, Model, Property, Segment, Segmentation

Claim = Literal["never", "always", "never false", "shadowed", "says nothing"]


@dataclass(frozen=True)
class Proved:
    """A fact of a rule that holds for every customer, whatever the data is.

    `by` are the earlier arms that take all customers of a shadowed arm.
    """

    kind: Claim
    rule: str
    arm: str | None
    of: k.Expr
    by: tuple[str, ...] = ()


def proved(model: Model, rule: Segment | Segmentation, budget: Budget | None = None) -> list[Proved]:
    """Proves facts of a rule, for every as-of. Raises `TooInvolved` if there is no answer.

    Several rules may share a budget, so that together they take no longer than one.
    """
    claims: list[Proved] | None = None
    roots = [(model, model.definition(rule.name))]
    for (regions,) in Regions.of_each_day(roots, as_ofs(roots, budget, examples=False), budget):
        today = list(_Prover(regions, possible(regions)).of(rule))
        claims = today if claims is None else [p for p in claims if p in today]
        if not claims:
            break
    return claims or []


@dataclass(frozen=True)
class Possibly:
    """A set of customers that isn't proved empty. It has a customer if one is generated and confirmed by the reference evaluator."""

    regions: Regions
    who: int


def speaks_against(
    model: Model, statement: Property, budget: Budget | None = None
) -> Possibly | Literal["nobody", "unknown"]:
    """Returns the customers for whom a property may be false; "nobody" proves the property for every as-of."""
    roots = [statement.condition]
    try:
        for (regions,) in Regions.of_each_day([(model, roots)], as_ofs([(model, roots)]), budget):
            truth = regions.truth(statement.condition)
            against = regions.diagrams.both(possible(regions), truth.false if statement.always else truth.true)
            if not ruled_out(regions, against):
                return Possibly(regions, against)
    except TooInvolved:
        return "unknown"
    return "nobody"


@dataclass(frozen=True)
class Overlap:
    """Whether a customer can meet several conditions.

    `verdict` "disjoint" is proved.
    `reason` says why the verdict is unknown.
    `possibly` are the customers who may meet all conditions, if the verdict is "perhaps".
    """

    verdict: Literal["disjoint", "perhaps", "unknown"]
    reason: str = ""
    possibly: Possibly | None = None


def overlap(model: Model, parts: Sequence[k.Expr], budget: Budget | None = None, first: dt.date = USUAL) -> Overlap:
    """Tells whether a customer can meet all of several conditions, as of any day, `first` before the others.

    Several questions may share a budget.
    """
    for node in everything(model, parts):
        if isinstance(node, k.Standing | k.Tally):
            return Overlap("unknown", "it compares customers with each other")
        if isinstance(node, k.Member) and (reason := _beyond(model, node.name)):
            return Overlap("unknown", reason)
    try:
        for (regions,) in Regions.of_each_day([(model, parts)], as_ofs([(model, parts)], budget, first=first), budget):
            all_parts = regions.diagrams.both(possible(regions), *(regions.truth(p).true for p in parts))
            if not ruled_out(regions, all_parts):
                return Overlap("perhaps", possibly=Possibly(regions, all_parts))
    except TooInvolved as unanswered:
        return Overlap("unknown", unanswered.reason)
    return Overlap("disjoint")


def same_customers(model: Model, segments: Sequence[Segment], budget: Budget) -> list[tuple[str, ...]]:
    """Groups segments of one entity that are proved to take the same customers for every as-of. Segments without customers are left out.

    Raises `TooInvolved` if there is no answer.
    """
    comparable = [s for s in segments if not _beyond(model, s.name)]
    roots = [(model, [e for s in comparable for e in model.definition(s.name)])]
    sets_of: dict[str, tuple[int, ...]] = {s.name: () for s in comparable}
    for (regions,) in Regions.of_each_day(roots, as_ofs(roots, budget, examples=False), budget):
        can_be = possible(regions)
        for s in comparable:
            sets_of[s.name] += (regions.diagrams.both(can_be, regions.segment(s).true),)
    groups: dict[tuple[int, ...], list[str]] = {}
    for name, sets in sets_of.items():
        if NOBODY not in sets:
            groups.setdefault(sets, []).append(name)
    return [tuple(names) for names in groups.values() if len(names) > 1]


@dataclass
class _Prover:
    regions: Regions
    possible: int

    def of(self, rule: Segment | Segmentation) -> Iterator[Proved]:
        population, d = self.regions.population(rule), self.regions.diagrams
        inside = self._can_be(population.true)
        if isinstance(rule, Segment):  # a false condition decides even if the population is unknown
            yield from self._condition(rule, None, rule.condition, inside, self._can_be(d.other(population.false)))
            return
        remaining = inside
        for i, arm in enumerate(rule.arms):
            assert arm.condition is not None
            facts = list(self._condition(rule, arm.name, arm.condition, inside, inside))
            yield from facts
            truth = self.regions.truth(arm.condition)
            if not facts and self._nobody(remaining, truth.true):
                yield Proved("shadowed", rule.name, arm.name, arm.condition, self._taken_by(rule, i, inside))
            if arm.limit is None:
                remaining = self.regions.diagrams.both(remaining, self.regions.diagrams.other(truth.true))

    def _condition(
        self, rule: Segment | Segmentation, arm: str | None, condition: k.Expr, inside: int, reached: int
    ) -> Iterator[Proved]:
        """Proves facts of a condition. `inside` is the population; `reached` are all customers for whom the condition matters."""
        truth, d = self.regions.truth(condition), self.regions.diagrams
        if self._nobody(inside, truth.true):
            yield Proved("never", rule.name, arm, condition)
        elif self._nobody(inside, d.other(truth.true)):
            yield Proved("always", rule.name, arm, condition)
        elif self._nobody(inside, truth.false):
            yield Proved("never false", rule.name, arm, condition)
        else:
            yield from self._clauses(rule, arm, condition, inside, reached)

    def _clauses(
        self, rule: Segment | Segmentation, arm: str | None, e: k.Expr, inside: int, reached: int
    ) -> Iterator[Proved]:
        """Finds clauses of an `and` or `or` without which it is true and false for the same customers."""
        e = self.regions.plain(e) if isinstance(e, k.Named) else e
        if not isinstance(e, k.And | k.Or):
            return
        d, all_clauses = self.regions.diagrams, self.regions.truth(e)
        for item in e.items:
            other_clauses = tuple(i for i in e.items if i is not item)
            without = self.regions.truth(other_clauses[0] if len(other_clauses) == 1 else type(e)(other_clauses))
            if all(
                self._nobody(who, d.either(d.both(a, d.other(b)), d.both(b, d.other(a))))
                for who, a, b in ((inside, all_clauses.true, without.true), (reached, all_clauses.false, without.false))
            ):
                yield Proved("says nothing", rule.name, arm, item)
                return  # another clause may be redundant too, but not both may be left out
        for item in e.items:
            yield from self._clauses(rule, arm, item, inside, reached)

    def _taken_by(self, rule: Segmentation, number: int, inside: int) -> tuple[str, ...]:
        """Returns a minimal set of earlier arms that take all customers of an arm."""
        condition = rule.arms[number].condition
        assert condition is not None
        mine = self.regions.truth(condition).true
        arms = [a for a in rule.arms[:number] if a.limit is None]
        for arm in list(arms):
            fewer = [a for a in arms if a is not arm]
            if self._nobody(inside, mine, self._not_in_arms(fewer)):
                arms = fewer
        return tuple(a.name for a in arms)

    def _not_in_arms(self, arms: Sequence[Arm]) -> int:
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
    """The comparison of an old and a new version.

    `verdict` "wider" is proved: the new version takes every customer that the old takes, and perhaps more. "narrower" is the reverse.
    `verdict` "neither" is not a proof: there may be customers that only one version takes.
    `reason` says why the verdict is unknown.
    `came` and `left` are the customers that only the new, or only the old version may take.
    """

    verdict: Verdict
    reason: str = ""
    came: Possibly | None = field(default=None, compare=False, repr=False)
    left: Possibly | None = field(default=None, compare=False, repr=False)


def compared(old: Model, new: Model, rule: str, first: dt.date = USUAL) -> dict[str, Compared]:
    """Compares two versions of a rule for every as-of, `first` before the others: a segment under the name "", or each arm."""
    names = [a.name for a in new.segmentations[rule].all_arms] if rule in new.segmentations else [""]
    for model in (old, new):
        reason = _beyond(model, rule)
        if reason:
            return dict.fromkeys(names, Compared("unknown", reason))
    if not same_surroundings(old, new, rule):
        return dict.fromkeys(names, Compared("unknown", "the data or a list that it reads is declared differently now"))
    more: dict[str, Possibly] = {}
    fewer: dict[str, Possibly] = {}
    versions = [(m, m.definition(rule)) for m in (old, new)]
    try:
        for old_regions, new_regions in Regions.of_each_day(versions, as_ofs(versions, first=first)):
            changed_name = _read_differently(old_regions, old, new)
            if changed_name:
                return dict.fromkeys(
                    names,
                    Compared(
                        "unknown", f"`{changed_name}` changed, which it reads as of another time or inside an aggregate"
                    ),
                )
            can_be, d = possible(old_regions), old_regions.diagrams
            old_sets, new_sets = _sets_of(old_regions, rule), _sets_of(new_regions, rule)
            for may_move, takers, others in ((more, new_sets, old_sets), (fewer, old_sets, new_sets)):
                for n in names:
                    who = NOBODY if n in may_move else d.both(can_be, takers[n], d.other(others[n]))
                    if not ruled_out(old_regions, who):
                        may_move[n] = Possibly(old_regions, who)
            if len(more) == len(fewer) == len(names):
                break
    except TooInvolved as unanswered:
        return dict.fromkeys(names, Compared("unknown", unanswered.reason))
    return {n: Compared(_verdict(n in more, n in fewer), came=more.get(n), left=fewer.get(n)) for n in names}


def _read_differently(regions: Regions, old: Model, new: Model) -> str:
    """Returns a name inside a subject, where it isn't replaced by its definition, whose meaning changed; empty if none did."""
    references = (
        n for subject in regions.subjects for n in k.deep(subject) if isinstance(n, k.MetricOf | k.Member | k.Tally)
    )
    names = dict.fromkeys(n.name for n in references)
    return next((n for n in names if _meaning(old, n) != _meaning(new, n)), "")


def _meaning(model: Model, name: str) -> object:
    """Returns the definition of a metric or rule, and of everything it reads."""
    read = {n.name for n in everything(model, model.definition(name)) if isinstance(n, k.MetricOf | k.Member | k.Tally)}
    rules = {n: r for n in {name, *read} if (r := model.segmentations.get(n)) is not None}
    arms = {n: ([a.name for a in r.all_arms], r.where is None, r.undecided is None) for n, r in rules.items()}
    return {n: model.definition(n) for n in {name, *read}}, arms


def _verdict(more: bool, fewer: bool) -> Verdict:
    if more and fewer:
        return "neither"
    return "wider" if more else "narrower" if fewer else "equivalent"


def _sets_of(regions: Regions, rule: str) -> dict[str, int]:
    if rule in regions.model.segments:
        return {"": regions.segment(regions.model.segments[rule]).true}
    return regions.arms(regions.model.segmentations[rule])


def by_conditions_alone(model: Model, rule: str) -> bool:
    """Tells whether a rule's members depend only on its conditions, without ranks, limits or lists of overrides."""
    return not _beyond(model, rule)


def _beyond(model: Model, rule: str) -> str:
    """Returns why a rule's members don't depend only on its conditions; empty if they do."""
    rules = [rule]
    for node in everything(model, model.definition(rule)):
        if isinstance(node, k.Standing | k.Tally):
            return "it compares customers with each other"
        if isinstance(node, k.Member):
            rules.append(node.name)
    for name in rules:
        if name in model.segments and model.segments[name].limit is not None:
            return f"`{name}` has a limit"
        if name in model.segmentations:
            segmentation = model.segmentations[name]
            if segmentation.override is not None or any(a.limit for a in segmentation.arms):
                return f"`{name}` has a limit or a list that overrides it"
    return ""


def same_surroundings(old: Model, new: Model, rule: str) -> bool:
    """Tells whether a rule's members depend on the same declarations, list rows and time zone in both versions."""
    read = together(*(columns(m, m.definition(rule)) for m in (old, new)))
    old_surroundings, new_surroundings = (surroundings(model, rule, read) for model in (old, new))
    return old_surroundings == new_surroundings
