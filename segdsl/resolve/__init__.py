"""Syntax trees of a workspace -> one typed model, or all that is wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
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
from segdsl.resolve.problems import Guesses, Problems
from segdsl.resolve.rules import LONGEST_CHAIN, Rules, too_long_a_chain
from segdsl.resolve.scope import Scope
from segdsl.resolve.tests import resolve_test, resolve_tests

NOTHING_OUTSIDE = m.Outside()


def resolve(
    files: Sequence[tree.File], outside: m.Outside = NOTHING_OUTSIDE, work: Work | None = None
) -> tuple[m.Model | None, tuple[Diagnostic, ...]]:
    """The model is None where there is any error, or where more is asked for than there is `work` for."""
    problems = Problems()
    declared = declare(files, problems)
    rules = Rules(declared, problems, outside, work)
    model = _model(declared, rules)
    depths = _circles(model, problems)
    model = replace(model, experiments=resolve_experiments(declared.experiments, rules, model))
    if not has_errors(problems.found):
        _too_large(model, problems)
        _too_many_times(model, depths, problems, rules.work)
    return (None if has_errors(problems.found) else model), tuple(problems.found)


class Resolver:
    """Resolves more against the rules of a workspace that has no error: tests from elsewhere, changed rules."""

    def __init__(self, files: Sequence[tree.File], model: m.Model) -> None:
        self.model = model
        self.declared = declare(files, Problems())
        self._problems = Problems()
        self._rules = Rules(self.declared, self._problems, model.outside)

    @property
    def guesses(self) -> Guesses:
        """What is left of them for all that this resolves, and for the sheets that name its rules."""
        return self._problems.guesses

    def test(self, written: tree.Test) -> tuple[m.Test | None, tuple[Diagnostic, ...]]:
        self._problems.found.clear()
        return resolve_test(written, self._rules), tuple(self._problems.found)

    def changed(self, declaration: tree.Declaration) -> m.Model | None:
        """The model with one rule, metric or list declared otherwise; None where that is wrong."""
        problems = Problems()
        rules = Rules(_with(self.declared, declaration), problems, self.model.outside)
        rules.take_over(self._rules)
        model = self._changed(declaration, rules)
        return None if problems.found else model

    def _changed(self, declaration: tree.Declaration, rules: Rules) -> m.Model | None:
        match declaration:
            case tree.Segment():
                segment = rules.segment(declaration)
                return (
                    None
                    if segment is None
                    else replace(self.model, segments={**self.model.segments, segment.name: segment})
                )
            case tree.Segmentation():
                chosen = rules.segmentation(declaration)
                return (
                    None
                    if chosen is None
                    else replace(self.model, segmentations={**self.model.segmentations, chosen.name: chosen})
                )
            case tree.Metric() | tree.Score():
                metric = rules.resolved_metric(declaration.name.text)
                if metric is None or not _same_type(metric.type, self.model.metrics[metric.name].type):
                    return None
                return replace(self.model, metrics={**self.model.metrics, metric.name: metric})
            case tree.ListDecl():
                model = _model(rules.declared, Rules(rules.declared, rules.problems, self.model.outside))
                return replace(model, schema=self.model.schema)
            case (
                tree.Entity() | tree.Details() | tree.Table() | tree.ListFile() | tree.Calendar() | tree.Play() | tree.Test()
                | tree.Property() | tree.Experiment()
            ):  # fmt: skip
                return None


def _same_type(a: Type, b: Type) -> bool:
    """Whether what reads a metric may go on reading it: texts of a metric are an enum of themselves."""
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
        case (
            tree.Entity() | tree.Details() | tree.Table() | tree.ListFile() | tree.Calendar() | tree.Play() | tree.Test()
            | tree.Property() | tree.Experiment()
        ):  # fmt: skip
            return declared


def resolve_condition(
    node: tree.Expr, entity: str, files: Sequence[tree.File], outside: m.Outside
) -> tuple[k.Expr | None, tuple[Diagnostic, ...]]:
    """A condition over one entity of a workspace that resolves."""
    declared = declare(files, Problems())
    problems = Problems()
    rules = Rules(declared, problems, outside)
    condition = rules.typer(Scope.of(declared.schema, declared.schema.relations[entity])).condition(node)
    if condition is not None:
        metrics = {name: metric for name in declared.metrics if (metric := rules.resolved_metric(name)) is not None}
        report_size(condition, Costs(declared.schema, metrics), problems)
    return (None if problems.found else condition), tuple(problems.found)


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
    return m.Model(
        declared.schema,
        {n: v for n, v in metrics.items() if v is not None},
        {n: v for n, v in segments.items() if v is not None},
        {n: v for n, v in segmentations.items() if v is not None},
        {n: rules.play(d, rules.users_of(n)) for n, d in declared.plays.items()},
        tuple(tests),
        tuple(p for p in properties if p is not None),
        rules.outside,
    )


def _titles_once(titles: Sequence[tree.Title], problems: Problems) -> None:
    first: dict[str, Span] = {}
    for title in titles:
        known = first.setdefault(title.text, title.span)
        if known is not title.span:
            related = ((known, "the first stands here"),)
            problems.add(
                "SEG0510", f"two tests are called `{title.text}`", title, help="give one another title", related=related
            )


def _too_large(model: m.Model, problems: Problems) -> None:
    """Expressions that would be too large as a query; each is told once, at its outermost part."""
    costs = Costs(model.schema, model.metrics)
    for name in [*model.metrics, *model.segments, *model.segmentations]:
        roots = model.definition(name)
        roots += [part for root in roots for node in k.deep(root) for part in k.elsewhere(node)]
        for root in roots:
            report_size(root, costs, problems)


MOST_TIMES = 400


def _too_many_times(model: m.Model, depths: Mapping[str, int], problems: Problems, work: Work) -> None:
    """Rules that look at more other times than can be afforded, one alone or all together.

    Each time is a world of its own in a query, and each rule that is asked in it is planned there again, with all that it stands on.
    An engine takes so many of those and no more, whatever the size of a workspace.
    """
    in_query = Work.of(0)
    seen: dict[tuple[str, dt.datetime], set[dt.datetime]] = {}
    for name in [*model.metrics, *model.segments, *model.segmentations]:
        before = len(seen)
        times = len(_times(name, _NOMINAL, model, seen))
        if times > MOST_TIMES:
            help = "use longer steps, or windows of rows"
            problems.add("SEG0321", f"`{name}` looks at more than {MOST_TIMES} times", _span(name, model), help=help)
            return
        planned = sum(depths[rule] for rule, at in islice(seen, before, None) if at != _NOMINAL.now)
        for budget, steps in ((in_query, planned * A_TIME), (work, (times - 1 + planned) * A_TIME)):
            try:
                budget.spend(steps)
            except TooMuchWork:
                problems.found.append(
                    budget.finding(f"`{name}`, after the rules before it,", _span(name, model), FEWER_TIMES)
                )
                return


_NOMINAL = Clock(dt.datetime(2026, 1, 31), ZoneInfo("UTC"))


def _times(
    name: str, clock: Clock, model: m.Model, seen: dict[tuple[str, dt.datetime], set[dt.datetime]]
) -> set[dt.datetime]:
    """The instants at which a rule asks anything, stopping above the most there may be."""
    known = seen.get((name, clock.now))
    if known is None:
        known = seen[name, clock.now] = {clock.now}
        todo = [(e, clock) for e in model.definition(name)]
        while todo and len(known) <= MOST_TIMES:
            e, at = todo.pop()
            for node in k.walk(e):
                if isinstance(node, k.At):
                    then = at.constant(node.moment)
                    assert isinstance(then, dt.datetime)
                    known.add(then)
                    todo.append((node.item, Clock(then, at.zone)))
                    continue
                todo += [(part, at) for part in k.elsewhere(node)]
                if isinstance(node, k.MetricOf | k.Member):
                    known |= _times(node.name, at, model, seen)
    return known


def report_size(root: k.Expr, costs: Costs, problems: Problems) -> None:
    if costs.size(root) > LARGEST:
        problems.add(
            "SEG0316",
            "this is too involved for one expression",
            root.span,
            help="name a part of it as a metric, and use the metric here",
        )


# -- rules that refer to each other ------------------------------------------------


def _circles(model: m.Model, problems: Problems) -> dict[str, int]:
    """Reports circles and chains that are too long. Gives how many rules each metric and rule stands on, itself included, by name."""
    depths: dict[str, int] = {}
    for name in [*model.metrics, *model.segments, *model.segmentations]:
        _visit(name, model, (), depths, problems)
    return depths


def _visit(name: str, model: m.Model, path: tuple[str, ...], depths: dict[str, int], problems: Problems) -> int:
    """How many rules stand on each other below this one, itself included."""
    if name in path:
        circle = " → ".join(f"`{n}`" for n in (*path[path.index(name) :], name))
        problems.add("SEG0207", f"`{name}` is defined by itself", _span(name, model), help=f"the circle is {circle}")
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
        return  # it didn't resolve, and was reported
    for e in model.definition(name):
        for node in k.deep(e):
            if isinstance(node, k.MetricOf | k.Member):
                yield node.name
