"""All segments and arms of one entity at once: their sizes, which customers they share, and who is in none.

Every customer is placed once by one query; the sets' sizes, each pair and the commonest intersections are counted from that. An
intersection is what UpSet plots show: the customers in these sets and in no other (A. Lex et al., UpSet, IEEE Transactions on
Visualization and Computer Graphics 20, 2014). Arms without a condition of their own, `otherwise` and `undecided`, are no sets here: they
hold whoever is left, and every customer would be in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlglot import exp

from segdsl.compare.agreement import jaccard
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Model, Rule, Segmentation
from segdsl.run.data_day import open_to_look
from segdsl.run.empty_windows import of_rules_after_the_data
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import chosen_rules
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment
from segdsl.sql.spell import Sql
from segdsl.workspace.load import Workspace

LARGEST = 12
"""Intersections that are listed."""
ALIKE = 0.8
"""Jaccard index from which two sets are nearly the same."""
_ROW = "b"


@dataclass(frozen=True)
class Set:
    """A segment or an arm, by `segment` or `segmentation.arm`, with its customers and those of whom it is unknown."""

    name: str
    customers: int
    unknown: int


@dataclass(frozen=True)
class Shared:
    """The customers that two sets share, of which there are some."""

    first: Set
    second: Set
    both: int

    @property
    def jaccard(self) -> float:
        """Customers in both over those in either."""
        index = jaccard(self.both, self.first.customers, self.second.customers)
        assert index is not None, "they share somebody"
        return index

    @property
    def is_equal(self) -> bool:
        """Whether both have exactly the same customers."""
        return self.both == self.first.customers == self.second.customers

    @property
    def contained(self) -> Set | None:
        """The set that is part of the other; None of two that are equal, or where neither is."""
        if self.first.customers == self.second.customers:
            return None
        smaller = min(self.first, self.second, key=lambda x: x.customers)
        return smaller if self.both == smaller.customers else None


@dataclass(frozen=True)
class Intersection:
    """The customers in all of these sets and in no other; of no sets, those in none."""

    names: tuple[str, ...]
    customers: int


@dataclass(frozen=True)
class Intersections:
    """`sets` from the largest; `shared` has the pairs with somebody in both, most alike first; `largest` those of `count` intersections.

    `because` says where the day comes from, if nobody said it; `warnings` are of windows after the newest row.
    """

    entity: str
    clock: Clock
    because: str
    customers: int
    sets: tuple[Set, ...]
    shared: tuple[Shared, ...]
    largest: tuple[Intersection, ...]
    count: int
    in_none: int
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def alike(self) -> list[Shared]:
        """Pairs of which one may be superfluous."""
        return [x for x in self.shared if x.jaccard >= ALIKE]

    @property
    def equal(self) -> list[tuple[Set, ...]]:
        """Sets that have exactly the same customers, each group from its first."""
        first: dict[Set, Set] = {}
        for x in self.shared:
            if x.is_equal:
                one = first.setdefault(x.first, x.first)
                first.setdefault(x.second, one)
        groups: dict[Set, list[Set]] = {}
        for one, of in first.items():
            groups.setdefault(of, []).append(one)
        return [tuple(group) for group in groups.values()]

    @property
    def different(self) -> list[Shared]:
        """Pairs of sets that aren't equal; of equal ones the first stands for all."""
        others = {x for group in self.equal for x in group[1:]}
        return [x for x in self.shared if not {x.first, x.second} & others and not x.is_equal]

    def both(self, a: Set, b: Set) -> int:
        """Customers in both of two sets, or of one."""
        if a == b:
            return a.customers
        return next((x.both for x in self.shared if {x.first, x.second} == {a, b}), 0)


def intersections(workspace: Workspace, entity: str | None, as_of: str | None, source: str | None) -> Intersections:
    """Count the sets of an entity and what they share; without a name the entity that has most rules.

    Without `as_of` as of the day of the data. Raises `UsageError` and `DataError`.
    """
    needed = of_rules(workspace.model, _rules(workspace.model, entity))
    dated, workspace, engine = open_to_look(workspace, needed, {}, as_of, source)
    model, clock = workspace.model, dated.clock
    rules = _rules(model, entity)
    names, members = _members(rules)
    columns = [
        s.named(s.case((m, s.whole(1)), (s.is_null(m.copy()), s.NULL), default=s.whole(0)), f"m{i}")
        for i, m in enumerate(members)
    ]
    each = assignment(model, rules[0].entity, list(rules), clock).query
    each.set("order", None)
    base = engine.store(exp.Select(expressions=columns).from_(each.subquery(s.name("r"))))
    pairs = list(combinations(range(len(names)), 2))
    sizes = [exp.Count(this=exp.Star()), _none(len(names))]
    for i in range(len(names)):
        sizes += [_count(_in(i)), _count(s.is_null(s.column(_ROW, f"m{i}")))]
    sizes += [_count(s.all_of([_in(i), _in(j)])) for i, j in pairs]
    ((total, in_none, *counts),) = engine.rows(_from(base, [s.named(c, f"c{i}") for i, c in enumerate(sizes)]))
    sets = [Set(name, int(counts[2 * i]), int(counts[2 * i + 1])) for i, name in enumerate(names)]
    both = {pair: int(n) for pair, n in zip(pairs, counts[2 * len(names) :])}
    shared = [Shared(sets[i], sets[j], n) for (i, j), n in both.items() if n]
    largest, count = _largest(engine, base, names)
    return Intersections(
        entity=rules[0].entity,
        clock=clock,
        because=dated.because,
        customers=int(total),
        sets=tuple(sorted(sets, key=lambda x: (-x.customers, x.name))),
        shared=tuple(sorted(shared, key=lambda x: (-x.jaccard, x.first.name, x.second.name))),
        largest=tuple(largest),
        count=count,
        in_none=int(in_none or 0),
        warnings=of_rules_after_the_data(model, rules, clock, engine),
    )


def _largest(engine: Engine, base: exp.Query, names: Sequence[str]) -> tuple[list[Intersection], int]:
    """The largest intersections, and how many there are."""
    places = [s.coalesce(s.column(_ROW, f"m{i}"), s.whole(0)) for i in range(len(names))]
    number, all_of_them = exp.Count(this=exp.Star()), exp.Window(this=exp.Count(this=exp.Star()))
    columns = [s.named(p.copy(), f"m{i}") for i, p in enumerate(places)]
    grouped = _from(base, [*columns, s.named(number, "n"), s.named(all_of_them, "groups")]).group_by(*places)
    order = [exp.Ordered(this=o.copy(), desc=True, nulls_first=False) for o in (number, *places)]
    rows = engine.rows(grouped.order_by(*order).limit(LARGEST))
    found = [Intersection(tuple(n for n, m in zip(names, row) if m), int(row[-2])) for row in rows]
    return found, int(rows[0][-1]) if rows else 0


def _rules(model: Model, entity: str | None) -> list[Rule]:
    rules = chosen_rules(model, ())
    entities = dict.fromkeys(r.entity for r in rules)
    if entity is None and rules:
        entity = max(entities, key=lambda e: sum(r.entity == e for r in rules))
    chosen = [r for r in rules if r.entity == entity and not (isinstance(r, Segmentation) and not r.arms)]
    if not chosen:
        help = f"rules are about {', '.join(entities) or 'nothing'}"
        raise UsageError(
            Diagnostic("SEG0606", f"no segment is about `{entity}`" if entity else "no segment to count", help=help)
        )
    return chosen


def _members(rules: Sequence[Rule]) -> tuple[list[str], list[Sql]]:
    """The sets' names, and the condition of each; NULL where it is unknown."""
    names, members = [], []
    for rule in rules:
        if not isinstance(rule, Segmentation):
            names.append(rule.name)
            members.append(s.column("r", rule.name))
            continue
        status = s.column("r", f"{rule.name}_status")
        for arm in rule.arms:
            in_arm = s.is_true(s.binary("=", s.column("r", rule.name), s.text(arm.name)))
            unknown = s.binary("=", status.copy(), s.text("unknown"))
            names.append(f"{rule.name}.{arm.name}")
            members.append(s.case((unknown, s.NULL), default=in_arm))
    return names, members


def _in(i: int) -> Sql:
    return s.binary("=", s.column(_ROW, f"m{i}"), s.whole(1))


def _count(condition: Sql) -> Sql:
    return exp.Count(this=s.case((condition, s.whole(1))))


def _none(sets: int) -> Sql:
    return _count(
        s.all_of([s.binary("=", s.coalesce(s.column(_ROW, f"m{i}"), s.whole(0)), s.whole(0)) for i in range(sets)])
    )


def _from(base: exp.Query, columns: Sequence[Sql]) -> exp.Select:
    return exp.Select(expressions=list(columns)).from_(base.copy().subquery(s.name(_ROW)))
