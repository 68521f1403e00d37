"""Resolves metrics, segments and segmentations into typed rules, and reports cycles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from segdsl.bounds import A_TIME_READ, FEWER_TIMES, TooMuchWork, Work
from segdsl.diagnostics import Span
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops import keep, score
from segdsl.resolve import keeping, rows
from segdsl.resolve.declare import Declared, basis_name
from segdsl.resolve.expressions import Population, Typer
from segdsl.resolve.figures import figure
from segdsl.resolve.problems import Problems, repeats
from segdsl.resolve.scope import Scope
from segdsl.resolve.targets import check_target

MOST_PARTS = 50  # of a score, and as many caps
LONGEST_CHAIN = 100  # rules in a chain of dependencies; each is a stage of the query


def too_long_a_chain(name: str, at: tree.Node | Span | None, problems: Problems) -> None:
    message = f"`{name}` depends on a chain of more than {LONGEST_CHAIN} rules"
    problems.add("SEG0317", message, at, help="combine some of them into one expression")


def depends_on_itself(cycle: Sequence[str], at: tree.Node | Span | None, problems: Problems) -> None:
    """Reports a cycle, given as the names of rules from one rule back to itself."""
    path = " → ".join(f"`{n}`" for n in cycle)
    help = "define one of them without the others"
    problems.add("SEG0207", f"`{cycle[0]}` depends on itself: {path}", at, help=help)


class Rules:
    """Resolves each rule once, when it is first needed. Expressions look names up here, as `Names`."""

    def __init__(self, declared: Declared, problems: Problems, outside: m.Outside, work: Work | None = None) -> None:
        self.declared, self.problems, self.outside, self.work = declared, problems, outside, work or Work()
        self.schema = declared.schema
        self._metrics: dict[str, m.Metric | None] = {}
        self._open: list[str] = []
        self._no_times = False
        self._owners = {name: self._owner(d) for name, d in declared.metrics.items()}
        self._metrics_of: dict[str, dict[str, None]] = {}
        for name, owner in self._owners.items():
            if owner is not None:
                self._metrics_of.setdefault(owner.name, {})[name] = None

    def typer(self, scope: Scope, among: k.Expr | None = None, forward: bool = False) -> Typer:
        """Returns a typer for a scope; ranks are over the customers for whom `among` is true."""
        inner = scope.inner
        ranked = Population(among) if inner is not None and inner.kind == "entity" else None
        return Typer(self, self.problems, scope, rows.aggregate, ranked, forward)

    # -- the lookups of `Names` -----------------------------------------------------

    def metric(self, name: str, at: tree.Node) -> tuple[str, ty.Type] | None:
        if name in self._open:
            depends_on_itself([*self._open[self._open.index(name) :], name], at, self.problems)
            return None
        if len(self._open) > LONGEST_CHAIN and name not in self._metrics:
            too_long_a_chain(self._open[0], at, self.problems)
            self._metrics[name] = None
        metric = self.resolved_metric(name)
        return None if metric is None else (metric.entity, metric.type)

    def affords_times(self, count: int, at: tree.Node) -> bool:
        """Tells whether a rule may look at so many more times, after the rules before it. Reports the first that may not."""
        if self._no_times:
            return False
        try:
            self.work.spend(count * A_TIME_READ)
        except TooMuchWork:
            self._no_times = True
            place = "this rule, together with the rules before it,"
            self.problems.diagnostics.append(self.work.finding(place, at.span, FEWER_TIMES))
        return not self._no_times

    def resolved_metric(self, name: str) -> m.Metric | None:
        if name not in self._metrics:
            self._open.append(name)
            try:
                self._metrics[name] = self._metric(self.declared.metrics[name])
            finally:
                self._open.pop()
        return self._metrics[name]

    def meaning(self, metric: str) -> k.Expr | None:
        """Returns what a metric that has been read stands for; None where it has a mistake."""
        resolved = self._metrics.get(metric)
        return resolved.body if resolved is not None else None

    def take_over(self, other: Rules) -> None:
        """Takes over the metrics that `other` has resolved and that have the same declaration here."""
        unchanged = {n for n, d in self.declared.metrics.items() if other.declared.metrics.get(n) is d}
        self._metrics = {n: metric for n, metric in other._metrics.items() if n in unchanged}

    def metrics_of(self, entity: str) -> Collection[str]:
        return self._metrics_of.get(entity, {}).keys()

    def list_values(self, name: str) -> tree.Values | None:
        return self.declared.lists[name].values if name in self.declared.lists else None

    def list_file(self, name: str) -> Relation | None:
        relation = self.schema.relations.get(name)
        return relation if relation is not None and relation.kind == "list" else None

    def calendar(self, name: tree.Name) -> k.Calendar | None:
        declared = self.declared.calendars.get(name.text)
        if declared is None:
            self.problems.unknown("SEG0202", "calendar", name, self.declared.calendars)
            return None
        days = declared.weekend if declared.weekend is not None else ()
        weekend = [k.WEEKDAYS.index(d.text) for d in days if d.text in k.WEEKDAYS]
        if declared.weekend is None:
            weekend = [5, 6]
        return k.Calendar(name.text, frozenset(weekend), self.outside.holidays.get(name.text, ()))

    def fiscal_month(self) -> int:
        return self.outside.fiscal_month

    def outcome(self, name: str) -> bool:
        declared = self.declared.metrics.get(name)
        return isinstance(declared, tree.Metric) and declared.outcome

    def is_rule(self, name: str) -> bool:
        return name in self.declared.segments or name in self.declared.segmentations

    def is_declared_twice(self, name: str) -> bool:
        return name in self.declared.twice

    def known_lists(self) -> list[str]:
        return [*self.declared.lists, *self.declared.files, *self.declared.segments, *self.declared.segmentations]

    def membership(self, path: tree.Path) -> tuple[str, str, str | None] | None:
        """Returns (entity, rule, arm) of a path such as `vips` or `motion.save`."""
        name, *arm_names = path.parts
        if name.text in self.declared.segments:
            if arm_names:
                self.problems.add(
                    "SEG0206",
                    f"`{name.text}` is a segment, which has no arms",
                    arm_names[0],
                    help=f"write `{name.text}`",
                )
                return None
            owner = self.entity(self.declared.segments[name.text].entity, None)
            return None if owner is None else (owner.name, name.text, None)
        decl = self.declared.segmentations[name.text]
        arms = [a.name.text for a in (*decl.arms, *((decl.undecided,) if decl.undecided else ()), decl.otherwise)]
        if not arm_names:
            self.problems.add(
                "SEG0206",
                f"`{name.text}` is a segmentation: name one of its arms",
                path,
                help=f"as in `{name.text}.{arms[0]}`",
            )
            return None
        if arm_names[0].text not in arms or len(arm_names) > 1:
            self.problems.unknown("SEG0206", "arm", arm_names[-1], arms, f" of `{name.text}`")
            return None
        owner = self.entity(decl.entity, None)
        return None if owner is None else (owner.name, name.text, arm_names[0].text)

    # -- declarations ---------------------------------------------------------------

    def entity(self, name: tree.Name | None, at: tree.Name | None) -> Relation | None:
        """Returns the entity after `of`, or the only entity if `of` is left out. Mistakes are reported if `at` is set."""
        entities = {r.name: r for r in self.schema.entities}
        if name is None:
            if len(entities) == 1:
                return next(iter(entities.values()))
            if at is not None:
                help = f"write `of {next(iter(entities))}`" if entities else "declare an entity first"
                self.problems.add("SEG0211", f"`{at.text}` doesn't say which entity it is about", at, help=help)
            return None
        if name.text in entities:
            return entities[name.text]
        if at is not None:
            self.problems.unknown("SEG0202", "entity", name, entities)
        return None

    def _owner(self, d: tree.Metric | tree.Score) -> Relation | None:
        """Returns the owner of a metric: an entity, or a table whose rows have the metric."""
        table = self.schema.relations.get(d.entity.text) if d.entity is not None else None
        if table is not None and table.kind == "table" and isinstance(d, tree.Metric) and not d.outcome:
            return table
        return self.entity(d.entity, d.name)

    def _metric(self, d: tree.Metric | tree.Score) -> m.Metric | None:
        owner = self._owners[d.name.text]
        if owner is None:
            return None
        if d.name.text in owner.fields:
            self.problems.add(
                "SEG0203",
                f"`{d.name.text}` is already a field of `{owner.name}`",
                d.name,
                help="rename the metric",
                related=((owner.fields[d.name.text].span, "the field is declared here"),),
            )
            return None
        if isinstance(d, tree.Score):
            scored = self._score(d, owner)
            return None if scored is None else m.Metric(d.name.text, owner.name, scored, _text(d.title), d.name.span)
        body = self.typer(Scope.of(self.schema, owner), forward=d.outcome).value(d.body)
        if body is None:
            return None
        if isinstance(body, k.Missing):
            self.problems.add("SEG0302", f"`{d.name.text}` is always missing", d.body)
            return None
        return m.Metric(d.name.text, owner.name, body, _text(d.title), d.name.span, d.outcome)

    def _score(self, d: tree.Score, owner: Relation) -> k.Expr | None:
        typer = self.typer(Scope.of(self.schema, owner))
        for what, members in (("parts", d.parts), ("caps", d.caps)):
            if len(members) > MOST_PARTS:
                message = f"{len(members)} {what} in one score; the most is {MOST_PARTS}"
                self.problems.add("SEG0109", message, members[MOST_PARTS])
                return None
        parts = [self._part(p, typer) for p in d.parts]
        caps = [self._cap(c, typer) for c in d.caps]
        for _, again in repeats([p.name for p in d.parts], lambda name: name.text):
            self.problems.add("SEG0203", f"part `{again.text}` is given twice", again, help="rename one of them")
            return None
        if any(x is None for x in (*parts, *caps)):
            return None
        known_parts = [p for p in parts if p is not None]
        policy = self._missing_parts(d.missing, known_parts)
        if (total := score.total_weight(known_parts)) > score.LARGEST_TOTAL:
            message = f"these weights are too precise: in whole numbers they add up to {total:,}, and the most is {score.LARGEST_TOTAL:,}"
            help = "round them, as in 33.333 for a third of 100; only their proportion counts"
            self.problems.add("SEG0314", message, d.parts[0].weight.span.to(d.parts[-1].weight.span), help=help)
            return None
        lowered = score.lower(owner.name, known_parts, policy, [c for c in caps if c is not None])
        return replace(lowered, span=d.name.span)

    def _part(self, p: tree.Part, typer: Typer) -> score.Part | None:
        value = typer.value(p.body)
        if value is not None and not (ty.is_plain_number(value.type) and value.type != ty.REAL):
            help = "divide it by a number of the same unit, or use `scale`" if isinstance(value.type, ty.Money) else ""
            self.problems.add(
                "SEG0305", "a part of a score must be an exact number", p.body, label=f"this is {value.type}", help=help
            )
            return None
        if p.weight.numerator == 0:
            self.problems.add("SEG0314", "a weight must be more than 0", p.weight)
            return None
        weight = figure(p.weight)
        return None if value is None else score.Part(p.name.text, weight, value)

    def _cap(self, c: tree.Cap, typer: Typer) -> score.Cap | None:
        condition = typer.condition(c.condition, "what follows `when`")
        most = figure(c.most)
        return None if condition is None else score.Cap(most, condition)

    def _missing_parts(self, policy: tree.MissingPolicy, parts: Sequence[score.Part]) -> score.MissingPolicy:
        """Returns the policy, with the share of `share out up to 30%` turned into a weight, as in `share out up to 40`."""
        if policy.amount is None:
            return score.MissingPolicy(policy.kind, k.Ratio(0))
        if policy.kind == "share" and policy.amount.percent:
            share = policy.amount.value * sum(Fraction(p.weight.numerator, p.weight.denominator) for p in parts)
            return score.MissingPolicy(policy.kind, k.Ratio(share.numerator, share.denominator))
        return score.MissingPolicy(policy.kind, figure(policy.amount))

    def segment(self, d: tree.Segment) -> m.Segment | None:
        owner = self.entity(d.entity, d.name)
        if owner is None:
            return None
        where = self._population(d.where, owner)
        help = "make it an arm of a segmentation, whose runs say who was in it before"
        keeping.keeps_nobody(f"`{d.name.text}` is a segment, which", d.arm.keeps, help, self.problems)
        arm = self._arm(self.typer(Scope.of(self.schema, owner), where), d.arm)
        if arm is None or (d.where is not None and where is None):
            return None
        assert arm.condition is not None
        return m.Segment(
            arm.name, owner.name, where, arm.condition, arm.title, arm.play, arm.meta, d.name.span, arm.limit
        )

    def _population(self, where: tree.Expr | None, owner: Relation) -> k.Expr | None:
        """Resolves a rule's `where`; a rank within `where` is over all customers."""
        if where is None:
            return None
        return self.typer(Scope.of(self.schema, owner)).condition(where, "what follows `where`")

    def segmentation(self, d: tree.Segmentation) -> m.Segmentation | None:
        owner = self.entity(d.entity, d.name)
        if owner is None:
            return None
        self._distinct_arms(d)
        self._free_column(d)
        where = self._population(d.where, owner)
        typer = self.typer(Scope.of(self.schema, owner), where)
        override = self._overrides(d.overrides, owner) if d.overrides is not None else None
        incumbent = self._incumbent(d, owner) if d.candidate_of is not None else None
        meta = self._meta(d.metas, owner)
        runs = self._runs(d, owner)
        arms = [self._arm(typer, a, runs) for a in d.arms]
        for rest, who in ((d.undecided, "that nobody can decide on"), (d.otherwise, "whom no segment takes")):
            if rest is not None:
                help = f"leave it out: `{rest.name.text}` takes those {who}; let another segment keep them"
                keeping.keeps_nobody(f"`{rest.name.text}`", rest.keeps, help, self.problems)
        undecided = self._last_arm(d.undecided) if d.undecided else None
        otherwise = self._last_arm(d.otherwise)
        if any(a is None for a in arms) or (d.where is not None and where is None):
            return None
        return m.Segmentation(
            name=d.name.text,
            entity=owner.name,
            where=where,
            arms=tuple(a for a in arms if a is not None),
            undecided=undecided,
            otherwise=otherwise,
            title=_text(d.title),
            meta=meta,
            span=d.name.span,
            override=override,
            candidate_of=incumbent,
        )

    def _runs(self, d: tree.Segmentation, owner: Relation) -> keep.Runs | None:
        """Returns the recorded runs by which arms keep customers, those of the incumbent for a candidate; reports that there are none."""
        if not any(a.keeps for a in d.arms):
            return None
        rule = d.candidate_of.text if d.candidate_of is not None else d.name.text
        runs = keeping.runs_of(self.schema, rule)
        if runs is None:
            keeping.without_runs(d, owner, rule, self.problems)
        return runs

    def _overrides(self, name: tree.Name, owner: Relation) -> k.Column | None:
        """Resolves `overrides from LIST` to the column `arm` of a list of the entity."""
        listed = self.list_file(name.text)
        if listed is None:
            lists = [r.name for r in self.schema.relations.values() if r.kind == "list" and r.of == owner.name]
            self.problems.unknown("SEG0202", "list", name, lists)
            return None
        if listed.of != owner.name or "arm" not in listed.fields or not ty.is_textual(listed.fields["arm"].type):
            help = f'as in `list {name.text} of {owner.name} from "{name.text}.csv" {{ arm: text }}`'
            self.problems.add(
                "SEG0323", f"`overrides from` needs a list of `{owner.name}` with a column `arm`", name, help=help
            )
            return None
        link = self.schema.to_one[owner.name][listed.name]
        return k.Column(k.Via(k.This(), link), listed.name, "arm", ty.TEXT, span=name.span)

    def _incumbent(self, d: tree.Segmentation, owner: Relation) -> str | None:
        assert d.candidate_of is not None
        name = d.candidate_of
        incumbent = self.declared.segmentations.get(name.text)
        if incumbent is None or name.text == d.name.text:
            choices = [n for n in self.declared.segmentations if n != d.name.text]
            self.problems.unknown("SEG0202", "segmentation", name, choices)
        elif (of := self.entity(incumbent.entity, None)) is not None and of.name != owner.name:
            self.problems.add(
                "SEG0302", f"`{name.text}` is about `{of.name}`, but this candidate is about `{owner.name}`", name
            )
        elif incumbent.candidate_of is not None:
            self.problems.add(
                "SEG0323",
                f"`{name.text}` is itself a candidate",
                name,
                help=f"write `candidate of {incumbent.candidate_of.text}`",
            )
        return name.text

    def property(self, d: tree.Property) -> m.Property | None:
        at = tree.Name(d.title.span, d.title.text)
        owner = self.entity(d.entity, at)
        if owner is None:
            return None
        condition = self.typer(Scope.of(self.schema, owner)).condition(d.condition, f"what follows `{d.kind}`")
        if condition is None:
            return None
        return m.Property(d.title.text, owner.name, d.kind == "always", condition, d.title.span)

    def _free_column(self, d: tree.Segmentation) -> None:
        """Reports another declaration with the name of one of the segmentation's columns in the output."""
        columns = {f"{d.name.text}_status": "status"}
        if any(a.keeps for a in d.arms):
            columns[f"{d.name.text}_by_data"] = "arm by today's data"
        for column, what in columns.items():
            other = self.declared.names.get(column)
            if other is not None:
                self.problems.add(
                    "SEG0203",
                    f"`{column}` is the column of `{d.name.text}`'s {what} in the output",
                    other,
                    help="rename it",
                    related=((d.name.span, f"`{d.name.text}` is declared here"),),
                )

    def _distinct_arms(self, d: tree.Segmentation) -> None:
        arms = (*d.arms, *((d.undecided,) if d.undecided else ()), d.otherwise)
        for first, again in repeats([arm.name for arm in arms], lambda name: name.text):
            self.problems.add(
                "SEG0203",
                f"`{again.text}` is declared twice",
                again,
                label="declared again here",
                help="rename one of them",
                related=((first.span, f"`{again.text}` is first declared here"),),
            )

    def _arm(self, typer: Typer, d: tree.Arm, runs: keep.Runs | None = None) -> m.Arm | None:
        when = typer.condition(d.condition, "what follows `when`")
        condition = keeping.keeps(d, when, typer, runs) if when is not None and runs is not None else when
        limit = self._limit(typer, d.limit) if d.limit is not None else None
        play = self._play(d.play)
        meta = self._meta(d.metas, typer.scope.inner)
        if condition is None or (d.limit is not None and limit is None):
            return None
        by_data = when if condition is not when else None
        return m.Arm(d.name.text, condition, _text(d.title), play, meta, d.span, limit, by_data)

    def _limit(self, typer: Typer, d: tree.Limit) -> m.Limit | None:
        by = typer.value(d.by)
        group = typer.group(d.per) if d.per is not None else None
        ties = typer.ties(d.ties)
        if d.count.percent or not d.count.whole or d.count.numerator < 1:
            self.problems.add(
                "SEG0314",
                "`limit` takes a whole number of at least 1",
                d.count,
                help="for a share of all customers write `in top 10%`",
            )
            return None
        if by is not None and not (ty.is_numeric(by.type) or ty.is_time(by.type)):
            self.problems.add("SEG0304", "only numbers and dates are ranked", d.by, label=f"this is {by.type}")
            return None
        if by is None or ties is None or (d.per is not None and group is None):
            return None
        return m.Limit(d.count.numerator, by, group, ties)

    def _last_arm(self, d: tree.Rest) -> m.Arm:
        return m.Arm(d.name.text, None, _text(d.title), self._play(d.play), span=d.span)

    def _play(self, name: tree.Name | None) -> str | None:
        if name is None:
            return None
        if name.text not in self.declared.plays:
            self.problems.unknown("SEG0205", "play", name, self.declared.plays)
            return None
        return name.text

    def _meta(self, metas: Sequence[tree.Meta], entity: Relation | None) -> m.Meta:
        by_kind: dict[str, tree.Meta] = {}
        for meta in metas:
            if meta.kind in by_kind:
                self.problems.add("SEG0203", f"`{meta.kind}` is given twice", meta, help="keep one")
            by_kind[meta.kind] = meta
        goal, owner, basis, review = (by_kind.get(n) for n in ("goal", "owner", "basis", "review"))
        every = (review.every.count, review.every.unit) if review and review.every else None
        if review and review.every and review.every.unit in k.EXACT:
            self.problems.add(
                "SEG0403",
                f"a review is due on a day, not at {'an hour' if review.every.unit == 'hour' else 'a minute'}",
                review.every,
                help="count in days, weeks or months",
            )
        target = self._target(goal, goal.measured, entity) if goal and goal.measured and entity is not None else None
        return m.Meta(
            goal=goal.text if goal else "",
            owner=owner.text if owner else "",
            basis=tuple(basis_name(n, self.problems) for n in basis.names) if basis else (),
            review_every=every,
            last_review=review.last.value if review and review.last else None,
            target=target,
        )

    def _target(self, goal: tree.Meta, measured: tree.Measured, owner: Relation) -> m.Target | None:
        name = measured.measure
        if name.text not in self.metrics_of(owner.name):
            self.problems.unknown(
                "SEG0201", "outcome or metric", name, self.metrics_of(owner.name), f" of `{owner.name}`"
            )
            return None
        if (measure := self.resolved_metric(name.text)) is not None:
            check_target(measured, goal.text, measure, self.problems)
        start, end = (figure(n) if n is not None else None for n in (measured.start, measured.end))
        return m.Target(name.text, start, end, measured.by.value if measured.by is not None else None)

    def users_of_plays(self) -> dict[str, list[Relation]]:
        """Returns the entities whose segments or segmentations use each play."""
        users: dict[str, dict[str, Relation]] = {}
        declared = self.declared
        rules: list[tree.Segment | tree.Segmentation] = [*declared.segments.values(), *declared.segmentations.values()]
        for rule in rules:
            owner = self.entity(rule.entity, None)
            if owner is not None:
                for play in plays_of(rule):
                    users.setdefault(play, {})[owner.name] = owner
        return {play: list(owners.values()) for play, owners in users.items()}


def plays_of(rule: tree.Segment | tree.Segmentation) -> set[str]:
    """Returns the names of the plays that a rule's arms use."""
    if isinstance(rule, tree.Segment):
        arms: list[tree.Arm | tree.Rest] = [rule.arm]
    else:
        arms = [*rule.arms, rule.otherwise, *([rule.undecided] if rule.undecided else [])]
    return {a.play.text for a in arms if a.play is not None}


def _text(title: tree.Title | None) -> str:
    return title.text if title else ""
