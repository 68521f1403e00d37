"""Resolves the syntax trees of a workspace into one typed model, or into diagnostics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from zoneinfo import ZoneInfo

from segdsl.bounds import A_TIME, FEWER_TIMES, TooMuchWork, Work
from segdsl.diagnostics import Diagnostic, Span, has_errors
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model.clock import Clock
from segdsl.model.cost import LARGEST, Costs
from segdsl.model.types import Enum, Type
from segdsl.resolve.declare import Declared, declare
from segdsl.resolve.experiments import resolve_experiments
from segdsl.resolve.expressions import Typer
from segdsl.resolve.plays import Plays
from segdsl.resolve.problems import Guesses, Problems, repeats
from segdsl.resolve.rules import LONGEST_CHAIN, Rules, depends_on_itself, too_long_a_chain
from segdsl.resolve.scope import Scope
from segdsl.resolve.tests import resolve_test, resolve_tests

NOTHING_OUTSIDE = m.Outside()


def resolve(
    files: Sequence[tree.File], outside: m.Outside = NOTHING_OUTSIDE, work: Work | None = None
) -> tuple[m.Model | None, tuple[Diagnostic, ...]]:
    """Resolves a workspace. The model is None if there is any error, or if the rules need more work than `work` allows."""
    problems = Problems()
    declared = declare(files, problems)
    rules = Rules(declared, problems, outside, work)
    model = _model(declared, rules)
    depths = _check_dependencies(model, problems)
    model = replace(model, experiments=resolve_experiments(declared.experiments, rules, model))
    if not has_errors(problems.diagnostics):
        _too_large(model, problems)
        _too_many_times(model, depths, problems, rules.work)
    return (None if has_errors(problems.diagnostics) else model), tuple(problems.diagnostics)


class Resolver:
    """Resolves tests and changed declarations against the rules of a workspace without errors."""

    def __init__(self, files: Sequence[tree.File], model: m.Model) -> None:
        self.model = model
        self.declared = declare(files, Problems())
        self._problems = Problems()
        self._rules = Rules(self.declared, self._problems, model.outside)

    @property
    def guesses(self) -> Guesses:
        """The guesses left for everything this resolver resolves, and for the sheets that name its rules."""
        return self._problems.guesses

    def test(self, test: tree.Test) -> tuple[m.Test | None, tuple[Diagnostic, ...]]:
        self._problems.diagnostics.clear()
        return resolve_test(test, self._rules), tuple(self._problems.diagnostics)

    def changed(self, declaration: tree.Declaration) -> m.Model | None:
        """Returns the model with another declaration of one rule, metric or list; None if that declaration has a mistake."""
        problems = Problems()
        rules = Rules(_with(self.declared, declaration), problems, self.model.outside)
        rules.take_over(self._rules)
        model = self._replace(declaration, rules)
        return None if problems.diagnostics else model

    def _replace(self, declaration: tree.Declaration, rules: Rules) -> m.Model | None:
        match declaration:
            case tree.Segment():
                segment = rules.segment(declaration)
                if segment is None:
                    return None
                return replace(self.model, segments={**self.model.segments, segment.name: segment})
            case tree.Segmentation():
                segmentation = rules.segmentation(declaration)
                if segmentation is None:
                    return None
                return replace(self.model, segmentations={**self.model.segmentations, segmentation.name: segmentation})
            case tree.Metric() | tree.Score():
                metric = rules.resolved_metric(declaration.name.text)
                if metric is None or not _same_type(metric.type, self.model.metrics[metric.name].type):
                    return None
                return replace(self.model, metrics={**self.model.metrics, metric.name: metric})
            case tree.ListDecl():
                model = _model(rules.declared, Rules(rules.declared, rules.problems, self.model.outside))
                return replace(model, schema=self.model.schema)
            case tree.Entity() | tree.Details() | tree.Table() | tree.ListFile() | tree.Calendar():
                return None
            case tree.RunsTable() | tree.DeliveriesTable() | tree.Channel() | tree.Suppress() | tree.HeldOut():
                return None
            case tree.Play() | tree.Test() | tree.Property() | tree.Experiment():
                return None


def _same_type(a: Type, b: Type) -> bool:
    """Tells whether a metric's readers accept its new type. A metric of texts has an enum of these texts, which may change."""
    return a == b or (isinstance(a, Enum) and isinstance(b, Enum) and not a.ordered and not b.ordered)


def _with(declared: Declared, d: tree.Declaration) -> Declared:
    match d:
        case tree.Segment():
            return replace(declared, segments={**declared.segments, d.name.text: d})
        case tree.Segmentation():
            return replace(declared, segmentations={**declared.segmentations, d.name.text: d})
        case tree.Metric() | tree.Score():
            return replace(declared, metrics={**declared.metrics, d.name.text: d})
        case tree.ListDecl():
            return replace(declared, lists={**declared.lists, d.name.text: d})
        case tree.Entity() | tree.Details() | tree.Table() | tree.ListFile() | tree.Calendar():
            return declared
        case tree.RunsTable() | tree.DeliveriesTable() | tree.Channel() | tree.Suppress() | tree.HeldOut():
            return declared
        case tree.Play() | tree.Test() | tree.Property() | tree.Experiment():
            return declared


def resolve_condition(
    node: tree.Expr, entity: str, files: Sequence[tree.File], outside: m.Outside
) -> tuple[k.Expr | None, tuple[Diagnostic, ...]]:
    """Resolves a condition over one entity of a workspace without errors."""
    return _resolved(lambda typer: typer.condition(node), entity, files, outside)


def resolve_value(
    node: tree.Expr, entity: str, files: Sequence[tree.File], outside: m.Outside
) -> tuple[k.Expr | None, tuple[Diagnostic, ...]]:
    """Resolves a value of any type over one entity of a workspace without errors."""
    return _resolved(lambda typer: typer.value(node), entity, files, outside)


def _resolved(
    resolve_with: Callable[[Typer], k.Expr | None], entity: str, files: Sequence[tree.File], outside: m.Outside
) -> tuple[k.Expr | None, tuple[Diagnostic, ...]]:
    declared = declare(files, Problems())
    problems = Problems()
    rules = Rules(declared, problems, outside)
    expression = resolve_with(rules.typer(Scope.of(declared.schema, declared.schema.relations[entity])))
    if expression is not None:
        metrics = {name: metric for name in declared.metrics if (metric := rules.resolved_metric(name)) is not None}
        report_size(expression, Costs(declared.schema, metrics), problems)
    return (None if problems.diagnostics else expression), tuple(problems.diagnostics)


def resolve_values(
    nodes: Iterable[tree.Expr], entity: str, files: Sequence[tree.File], outside: m.Outside
) -> list[k.Expr | None]:
    """Resolves values of any type over one entity of a workspace without errors; None for each that has a mistake."""
    declared = declare(files, Problems())
    problems = Problems()
    rules = Rules(declared, problems, outside)
    typer = rules.typer(Scope.of(declared.schema, declared.schema.relations[entity]))
    metrics = {name: metric for name in declared.metrics if (metric := rules.resolved_metric(name)) is not None}
    costs = Costs(declared.schema, metrics)
    values: list[k.Expr | None] = []
    for node in nodes:
        problems.diagnostics.clear()
        value = typer.value(node)
        if value is not None:
            report_size(value, costs, problems)
        values.append(None if problems.diagnostics else value)
    return values


def _model(declared: Declared, rules: Rules) -> m.Model:
    metrics = {n: rules.resolved_metric(n) for n in declared.metrics}
    for calendar in declared.calendars.values():
        for day in calendar.weekend or ():
            if day.text not in k.WEEKDAYS:
                rules.problems.unknown("SEG0202", "day of the week", day, k.WEEKDAYS)
    segments = {n: rules.segment(d) for n, d in declared.segments.items()}
    segmentations = {n: rules.segmentation(d) for n, d in declared.segmentations.items()}
    tests = [test for d in declared.tests for test in resolve_tests(d, rules)]
    _titles_once([d.title for d in declared.tests], rules.problems)
    properties = [rules.property(d) for d in declared.properties]
    plays = Plays(rules)
    resolved_plays = {n: plays.play(d) for n, d in declared.plays.items()}
    plays.idle_holdouts()
    return m.Model(
        declared.schema,
        {n: v for n, v in metrics.items() if v is not None},
        {n: v for n, v in segments.items() if v is not None},
        {n: v for n, v in segmentations.items() if v is not None},
        resolved_plays,
        tuple(tests),
        tuple(p for p in properties if p is not None),
        rules.outside,
        channels=plays.channels,
        holdouts=plays.holdouts,
    )


def _titles_once(titles: Sequence[tree.Title], problems: Problems) -> None:
    for first, title in repeats(titles, lambda t: t.text):
        related = ((first.span, "the first test is here"),)
        message = f"two tests are called `{title.text}`"
        problems.add("SEG0510", message, title, help="give one of them another title", related=related)


def _too_large(model: m.Model, problems: Problems) -> None:
    """Reports expressions that would be too large as a query, once each, at the outermost part."""
    costs = Costs(model.schema, model.metrics)
    for _, roots in model.definitions():
        roots += [part for root in roots for node in k.deep(root) for part in k.elsewhere(node)]
        for root in roots:
            report_size(root, costs, problems)
    for play in model.plays.values():
        for root in play.expressions:
            report_size(root, costs, problems)


MOST_TIMES = 400


def _too_many_times(model: m.Model, depths: Mapping[str, int], problems: Problems, work: Work) -> None:
    """Reports rules that look at too many other times, alone or together.

    A query has a separate data view for each time, in which each rule and everything the rule depends on is planned again.
    An engine can take only a limited number of views, whatever the size of the workspace.
    """
    in_query = Work.of(0)
    times_of: dict[tuple[str, dt.datetime], set[dt.datetime]] = {}
    for name, _ in model.definitions():
        rules_before = len(times_of)
        times = len(_times(name, _NOMINAL, model, times_of))
        if times > MOST_TIMES:
            help = "use longer steps, or windows of rows"
            problems.add("SEG0321", f"`{name}` looks at more than {MOST_TIMES} times", _span(name, model), help=help)
            return
        planned = sum(depths[rule] for rule, at in islice(times_of, rules_before, None) if at != _NOMINAL.now)
        for budget, steps in ((in_query, planned * A_TIME), (work, (times - 1 + planned) * A_TIME)):
            try:
                budget.spend(steps)
            except TooMuchWork:
                problems.diagnostics.append(
                    budget.finding(f"`{name}`, together with the rules before it,", _span(name, model), FEWER_TIMES)
                )
                return


_NOMINAL = Clock(dt.datetime(2026, 1, 31), ZoneInfo("UTC"))


def _times(
    name: str, clock: Clock, model: m.Model, times_of: dict[tuple[str, dt.datetime], set[dt.datetime]]
) -> set[dt.datetime]:
    """Returns the instants at which a rule reads data, stopping once there are more than `MOST_TIMES`."""
    times = times_of.get((name, clock.now))
    if times is None:
        times = times_of[name, clock.now] = {clock.now}
        todo = [(e, clock) for e in model.definition(name)]
        while todo and len(times) <= MOST_TIMES:
            e, at = todo.pop()
            for node in k.walk(e):
                if isinstance(node, k.At):
                    instant = at.constant(node.moment)
                    assert isinstance(instant, dt.datetime)
                    times.add(instant)
                    todo.append((node.item, Clock(instant, at.zone)))
                    continue
                todo += [(part, at) for part in k.elsewhere(node)]
                if isinstance(node, k.MetricOf | k.Member):
                    times |= _times(node.name, at, model, times_of)
    return times


def report_size(root: k.Expr, costs: Costs, problems: Problems) -> None:
    if costs.size(root) > LARGEST:
        problems.add(
            "SEG0316",
            "this expression is too complex",
            root.span,
            help="declare a part of it as a metric, and use the metric here",
        )


# -- rules that refer to each other ------------------------------------------------


def _check_dependencies(model: m.Model, problems: Problems) -> dict[str, int]:
    """Reports cycles and chains that are too long. Returns the length of the chain that ends in each metric and rule, by name."""
    depths: dict[str, int] = {}
    for name, _ in model.definitions():
        _visit(name, model, (), depths, problems)
    return depths


def _visit(name: str, model: m.Model, path: tuple[str, ...], depths: dict[str, int], problems: Problems) -> int:
    """Returns the length of the longest chain of rules that ends in this rule."""
    if name in path:
        depends_on_itself((*path[path.index(name) :], name), _span(name, model), problems)
        return 0
    if name in depths:
        return depths[name]
    if len(path) > LONGEST_CHAIN:
        return len(path)
    depth = 1 + max(
        [0, *(_visit(n, model, (*path, name), depths, problems) for n in dict.fromkeys(_reads(name, model)))]
    )
    if depth == LONGEST_CHAIN + 1:
        too_long_a_chain(name, _span(name, model), problems)
    depths[name] = depth
    return depth


def _span(name: str, model: m.Model) -> Span | None:
    rule = model.segments.get(name) or model.segmentations.get(name) or model.metrics.get(name)
    return rule.span if rule else None


def _reads(name: str, model: m.Model) -> Iterator[str]:
    if name not in model.metrics and name not in model.segments and name not in model.segmentations:
        return  # the rule has a mistake, which was reported
    for e in model.definition(name):
        for node in k.deep(e):
            if isinstance(node, k.MetricOf | k.Member):
                yield node.name
