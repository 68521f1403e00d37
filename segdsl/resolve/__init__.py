"""Syntax trees of a workspace -> one typed model, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segdsl.diagnostics import Diagnostic, Span, has_errors
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model.cost import LARGEST, Costs
from segdsl.resolve.declare import Declared, declare
from segdsl.resolve.problems import Problems
from segdsl.resolve.rules import LONGEST_CHAIN, Rules, too_long_a_chain
from segdsl.resolve.scope import Scope
from segdsl.resolve.tests import resolve_test


def resolve(files: Sequence[tree.File]) -> tuple[m.Model | None, tuple[Diagnostic, ...]]:
    """The model is None where there is any error."""
    problems = Problems()
    declared = declare(files, problems)
    rules = Rules(declared, problems)
    model = _model(declared, rules)
    _circles(model, problems)
    if not has_errors(problems.found):
        _too_large(model, problems)
    return (None if has_errors(problems.found) else model), tuple(problems.found)


def resolve_condition(
    node: tree.Expr, entity: str, files: Sequence[tree.File]
) -> tuple[k.Expr | None, tuple[Diagnostic, ...]]:
    """A condition over one entity of a workspace that resolves."""
    declared = declare(files, Problems())
    problems = Problems()
    rules = Rules(declared, problems)
    condition = rules.typer(Scope.of(declared.schema, declared.schema.relations[entity])).condition(node)
    if condition is not None:
        metrics = {name: metric for name in declared.metrics if (metric := rules.resolved_metric(name)) is not None}
        report_size(condition, Costs(declared.schema, metrics), problems)
    return (None if problems.found else condition), tuple(problems.found)


def _model(declared: Declared, rules: Rules) -> m.Model:
    metrics = {n: rules.resolved_metric(n) for n in declared.metrics}
    segments = {n: rules.segment(d) for n, d in declared.segments.items()}
    segmentations = {n: rules.segmentation(d) for n, d in declared.segmentations.items()}
    tests = [resolve_test(d, rules) for d in declared.tests]
    return m.Model(
        declared.schema,
        {n: v for n, v in metrics.items() if v is not None},
        {n: v for n, v in segments.items() if v is not None},
        {n: v for n, v in segmentations.items() if v is not None},
        {n: rules.play(d) for n, d in declared.plays.items()},
        tuple(t for t in tests if t is not None),
    )


def _too_large(model: m.Model, problems: Problems) -> None:
    """Expressions that would be too large as a query; each is told once, at its outermost part."""
    costs = Costs(model.schema, model.metrics)
    for name in [*model.metrics, *model.segments, *model.segmentations]:
        roots = model.definition(name)
        roots += [
            part for root in roots for node in k.deep(root) if isinstance(node, k.Aggregate) for part in k.of_rows(node)
        ]
        for root in roots:
            report_size(root, costs, problems)


def report_size(root: k.Expr, costs: Costs, problems: Problems) -> None:
    if costs.size(root) > LARGEST:
        problems.add(
            "SEG0316",
            "this is too involved for one expression",
            root.span,
            "",
            "name a part of it as a metric, and use the metric here",
        )


# -- rules that refer to each other ------------------------------------------------


def _circles(model: m.Model, problems: Problems) -> None:
    """Depth-first over what each metric and rule reads: circles, and chains that are too long."""
    depths: dict[str, int] = {}
    for name in [*model.metrics, *model.segments, *model.segmentations]:
        _visit(name, model, (), depths, problems)


def _visit(name: str, model: m.Model, path: tuple[str, ...], depths: dict[str, int], problems: Problems) -> int:
    """How many rules stand on each other below this one, itself included."""
    if name in path:
        circle = " → ".join(f"`{n}`" for n in (*path[path.index(name) :], name))
        problems.add("SEG0207", f"`{name}` is defined by itself", _span(name, model), "", f"the circle is {circle}")
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
