"""Metrics, segments and segmentations -> typed rules; cycles named."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from segdsl.diagnostics import Span
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.resolve import rows
from segdsl.resolve.declare import Declared, basis_name
from segdsl.resolve.expressions import Typer
from segdsl.resolve.problems import Problems
from segdsl.resolve.scope import Scope

_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


LONGEST_CHAIN = 100  # rules that stand on each other; each is a stage of the query


def too_long_a_chain(name: str, at: tree.Node | Span | None, problems: Problems) -> None:
    help = "say some of them in one expression"
    problems.add("SEG0317", f"`{name}` stands on more than {LONGEST_CHAIN} others in a row", at, "", help)


class Rules:
    """Resolves each rule once, when first asked for; it is the `Names` that expressions ask."""

    def __init__(self, declared: Declared, problems: Problems) -> None:
        self.declared, self.problems = declared, problems
        self.schema = declared.schema
        self._metrics: dict[str, m.Metric | None] = {}
        self._open: list[str] = []
        self._owners = {name: self._entity(d.entity, d.name) for name, d in declared.metrics.items()}

    def typer(self, scope: Scope) -> Typer:
        return Typer(self, self.problems, scope, rows.aggregate)

    # -- what expressions ask -----------------------------------------------------

    def metric(self, name: str, at: tree.Node) -> tuple[str, ty.Type] | None:
        if name in self._open:
            cycle = [*self._open[self._open.index(name) :], name]
            shown = " → ".join(f"`{n}`" for n in cycle)
            self.problems.add("SEG0207", f"`{name}` is defined by itself", at, "", f"the circle is {shown}")
            return None
        if len(self._open) > LONGEST_CHAIN and name not in self._metrics:
            too_long_a_chain(self._open[0], at, self.problems)
            self._metrics[name] = None
        found = self.resolved_metric(name)
        return None if found is None else (found.entity, found.type)

    def resolved_metric(self, name: str) -> m.Metric | None:
        if name not in self._metrics:
            self._open.append(name)
            try:
                self._metrics[name] = self._metric(self.declared.metrics[name])
            finally:
                self._open.pop()
        return self._metrics[name]

    def take_over(self, other: Rules) -> None:
        """What another has resolved and is declared here in the same way."""
        same = {n for n, d in self.declared.metrics.items() if other.declared.metrics.get(n) is d}
        self._metrics = {n: found for n, found in other._metrics.items() if n in same}

    def metrics_of(self, entity: str) -> list[str]:
        return [n for n, owner in self._owners.items() if owner is not None and owner.name == entity]

    def list_values(self, name: str) -> tree.Values | None:
        return self.declared.lists[name].values if name in self.declared.lists else None

    def is_rule(self, name: str) -> bool:
        return name in self.declared.segments or name in self.declared.segmentations

    def is_later(self, name: str) -> bool:
        return name in self.declared.later

    def is_declared_twice(self, name: str) -> bool:
        return name in self.declared.twice

    def known_lists(self) -> list[str]:
        return [*self.declared.lists, *self.declared.segments, *self.declared.segmentations]

    def membership(self, path: tree.Path) -> tuple[str, str, str | None] | None:
        """(entity, rule, arm) of `vips` or `motion.save`."""
        name, *rest = path.parts
        if name.text in self.declared.segments:
            if rest:
                self.problems.add(
                    "SEG0206", f"`{name.text}` is one segment, without arms", rest[0], "", f"write `{name.text}`"
                )
                return None
            owner = self._entity(self.declared.segments[name.text].entity, None)
            return None if owner is None else (owner.name, name.text, None)
        decl = self.declared.segmentations[name.text]
        arms = [a.name.text for a in (*decl.arms, *((decl.undecided,) if decl.undecided else ()), decl.otherwise)]
        if not rest:
            self.problems.add(
                "SEG0206",
                f"`{name.text}` is a segmentation; which arm is meant?",
                path,
                "",
                f"as in `{name.text}.{arms[0]}`",
            )
            return None
        if rest[0].text not in arms or len(rest) > 1:
            self.problems.unknown("SEG0206", "arm", rest[-1], arms, f" of `{name.text}`")
            return None
        owner = self._entity(decl.entity, None)
        return None if owner is None else (owner.name, name.text, rest[0].text)

    # -- declarations ---------------------------------------------------------------

    def _entity(self, name: tree.Name | None, at: tree.Name | None) -> Relation | None:
        """The entity after `of`; the only one there is where `of` is left out. Reports where `at` is given."""
        entities = {r.name: r for r in self.schema.entities}
        if name is None:
            if len(entities) == 1:
                return next(iter(entities.values()))
            if at is not None:
                help = f"write `of {next(iter(entities))}`" if entities else "declare an entity first"
                self.problems.add("SEG0211", f"of which entity is `{at.text}`?", at, "", help)
            return None
        if name.text in entities:
            return entities[name.text]
        if at is not None:
            if name.text in self.schema.relations:
                self.problems.not_yet(f"`{at.text}` of a table's row", name)
            else:
                self.problems.unknown("SEG0202", "entity", name, entities)
        return None

    def _metric(self, d: tree.Metric) -> m.Metric | None:
        owner = self._owners[d.name.text]
        if owner is None:
            return None
        if d.name.text in owner.fields:
            self.problems.add(
                "SEG0203", f"`{d.name.text}` is already a field of `{owner.name}`", d.name, "", "rename the metric",
                related=((owner.fields[d.name.text].span, "the field is declared here"),),
            )  # fmt: skip
            return None
        body = self.typer(Scope.of(self.schema, owner)).value(d.body)
        if body is None:
            return None
        if isinstance(body, k.Missing):
            self.problems.add("SEG0302", f"`{d.name.text}` is always missing", d.body)
            return None
        return m.Metric(d.name.text, owner.name, body, _text(d.title), d.name.span)

    def segment(self, d: tree.Segment) -> m.Segment | None:
        owner = self._entity(d.entity, d.name)
        if owner is None:
            return None
        typer = self.typer(Scope.of(self.schema, owner))
        where = typer.condition(d.where, "what follows `where`") if d.where is not None else None
        arm = self._arm(typer, d.arm)
        if arm is None or (d.where is not None and where is None):
            return None
        assert arm.condition is not None
        return m.Segment(arm.name, owner.name, where, arm.condition, arm.title, arm.play, arm.meta, d.name.span)

    def segmentation(self, d: tree.Segmentation) -> m.Segmentation | None:
        for later in d.later:
            self.problems.not_yet(later.what, later)
        owner = self._entity(d.entity, d.name)
        if owner is None:
            return None
        self._distinct_arms(d)
        self._free_column(d)
        typer = self.typer(Scope.of(self.schema, owner))
        where = typer.condition(d.where, "what follows `where`") if d.where is not None else None
        meta = self._meta(d.metas)
        arms = [self._arm(typer, a) for a in d.arms]
        undecided = self._rest(d.undecided) if d.undecided else None
        otherwise = self._rest(d.otherwise)
        if any(a is None for a in arms) or (d.where is not None and where is None) or d.later:
            return None
        kept = tuple(a for a in arms if a is not None)
        return m.Segmentation(
            d.name.text, owner.name, where, kept, undecided, otherwise, _text(d.title), meta, d.name.span
        )

    def property(self, d: tree.Property) -> m.Property | None:
        at = tree.Name(d.title.span, d.title.text)
        owner = self._entity(d.entity, at)
        if owner is None:
            return None
        condition = self.typer(Scope.of(self.schema, owner)).condition(d.condition, f"what follows `{d.kind}`")
        if condition is None:
            return None
        return m.Property(d.title.text, owner.name, d.kind == "always", condition, d.title.span)

    def _free_column(self, d: tree.Segmentation) -> None:
        """The output has a column for the status, so nothing else may be named like it."""
        taken = self.declared.names.get(f"{d.name.text}_status")
        if taken is not None:
            self.problems.add(
                "SEG0203", f"`{d.name.text}_status` is the column of `{d.name.text}`'s status in the output", taken, "", "rename it",
                related=((d.name.span, f"`{d.name.text}` is declared here"),),
            )  # fmt: skip

    def _distinct_arms(self, d: tree.Segmentation) -> None:
        first: dict[str, Span] = {}
        for arm in (*d.arms, *((d.undecided,) if d.undecided else ()), d.otherwise):
            known = first.setdefault(arm.name.text, arm.name.span)
            if known is not arm.name.span:
                self.problems.add(
                    "SEG0203", f"`{arm.name.text}` is declared twice", arm.name, "declared again here", "rename one of them",
                    related=((known, f"`{arm.name.text}` is first declared here"),),
                )  # fmt: skip

    def _arm(self, typer: Typer, d: tree.Arm) -> m.Arm | None:
        for later in d.later:
            self.problems.not_yet(later.what, later)
        condition = typer.condition(d.condition, "what follows `when`")
        play = self._play(d.play)
        meta = self._meta(d.metas)
        if condition is None:
            return None
        return m.Arm(d.name.text, condition, _text(d.title), play, meta, d.span)

    def _rest(self, d: tree.Rest) -> m.Arm:
        return m.Arm(d.name.text, None, _text(d.title), self._play(d.play), span=d.span)

    def _play(self, name: tree.Name | None) -> str | None:
        if name is None:
            return None
        if name.text not in self.declared.plays:
            self.problems.unknown("SEG0205", "play", name, self.declared.plays)
            return None
        return name.text

    def _meta(self, metas: Sequence[tree.Meta]) -> m.Meta:
        found: dict[str, tree.Meta] = {}
        for meta in metas:
            if meta.kind in found:
                self.problems.add("SEG0203", f"`{meta.kind}` is given twice", meta, "", "keep one")
            if meta.later is not None:
                self.problems.not_yet(meta.later.what, meta.later)
            found[meta.kind] = meta
        goal, owner, basis, review = (found.get(n) for n in ("goal", "owner", "basis", "review"))
        every = review.every.count * _DAYS.get(review.every.unit, 1) if review and review.every else None
        return m.Meta(
            goal.text if goal else "", owner.text if owner else "",
            tuple(basis_name(n, self.problems) for n in basis.names) if basis else (),
            every, review.last.value if review and review.last else None,
        )  # fmt: skip

    def play(self, d: tree.Play) -> m.Play:
        for later in d.later:
            self.problems.not_yet(later.what, later)
        settings: dict[str, object] = {}
        for s in d.settings:
            if s.name.text in settings:
                self.problems.add("SEG0203", f"`{s.name.text}` is given twice", s.name, "", "keep one")
            settings[s.name.text] = _plain(s.value)
        return m.Play(d.name.text, _text(d.title), settings, d.name.span)


def _plain(literal: tree.Expr) -> object:
    match literal:
        case tree.Number():
            value: Fraction = literal.value
            return int(value) if value.denominator == 1 else float(value)
        case tree.Text() | tree.Date() | tree.Timestamp() | tree.Truth():
            return literal.value
        case _:
            return None


def _text(title: tree.Title | None) -> str:
    return title.text if title else ""
