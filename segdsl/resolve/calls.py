"""Syntax of a call -> its arguments, typed by what the phrase of the library takes."""

from __future__ import annotations

from typing import Protocol, cast

from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Argument, Parameter, Phrase, Wrong
from segdsl.resolve import coerce
from segdsl.resolve.problems import Problems
from segdsl.resolve.scope import Scope


class Operands(Protocol):
    """What a call asks of the scope it stands in: its arguments, typed, and where to report."""

    @property
    def problems(self) -> Problems: ...
    @property
    def scope(self) -> Scope: ...
    def value(self, node: tree.Expr, /) -> k.Expr | None: ...
    def alike(self, nodes: list[tree.Expr], /) -> list[k.Expr] | None: ...


_NEEDED = {
    "number": "a number without a unit", "measure": "a number or money", "figure": "a number as written",
    "duration": "a duration such as `28 days`", "text": "text in quotes", "key": "a key: text, a link or a whole number",
    "points": "points such as `0: 0, 50: 100`", "value": "a value",
}  # fmt: skip


def call(operands: Operands, node: tree.Call, phrase: Phrase) -> k.Expr | None:
    """What a phrase written `NAME(…)` means here; None where an argument is wrong, which is reported."""
    if node.path:
        operands.problems.add("SEG0313", f"`{phrase.name}(…)` has no parts", node.path[0])
        return None
    relation = operands.scope.inner
    if relation is None:
        operands.problems.add(
            "SEG0319", f"`{phrase.name}` is asked of a row, not in an expectation", node, help="name it as a metric"
        )
        return None
    matched = _matched(operands, node, phrase)
    if matched is None:
        return None
    typed = {p.name: _typed(operands, p, given) for p, given in matched.items() if given or not p.optional}
    if any(value is None for value in typed.values()):
        return None
    values = {p.name: typed.get(p.name) for p in phrase.parameters}
    extra: dict[str, ty.Type] = {}
    if any(p.many for p in phrase.parameters):
        several = next(cast(tuple[k.Expr, ...], values[p.name]) for p in phrase.parameters if p.many)
        extra["type"] = coerce.common(several)
    try:
        return phrase.lower(relation, **values, **extra)
    except Wrong as wrong:
        operands.problems.add(wrong.code, wrong.message, node, help=wrong.help)
        return None


def _matched(operands: Operands, node: tree.Call, phrase: Phrase) -> dict[Parameter, list[tree.Argument]] | None:
    """Which arguments each parameter takes: by label, or in order."""
    found: dict[Parameter, list[tree.Argument]] = {p: [] for p in phrase.parameters}
    in_order = [p for p in phrase.parameters if not p.label]
    for given in node.arguments:
        taking = _taker(given, phrase, in_order, found)
        if taking is None:
            operands.problems.add(
                "SEG0210", f"`{phrase.name}` doesn't take this", given, help=f"it is written `{phrase.signature}`"
            )
            return None
        found[taking].append(given)
    for p, given_all in found.items():
        if not p.optional and len(given_all) < (2 if p.many else 1):
            what = f"`{p.name}: …`" if p.label else _NEEDED[p.kind]
            operands.problems.add(
                "SEG0210", f"`{phrase.name}` lacks {what}", node, help=f"it is written `{phrase.signature}`"
            )
            return None
    return found


def _taker(
    given: tree.Argument, phrase: Phrase, in_order: list[Parameter], found: dict[Parameter, list[tree.Argument]]
) -> Parameter | None:
    if isinstance(given.label, tree.Number):
        return next((p for p in phrase.parameters if p.kind == "points"), None)
    if given.label is not None:
        label = given.label.text
        return next((p for p in phrase.parameters if p.label and p.name == label and not found[p]), None)
    return next((p for p in in_order if p.kind != "points" and (p.many or not found[p])), None)


def _typed(operands: Operands, parameter: Parameter, given: list[tree.Argument]) -> Argument:
    if parameter.kind == "points":
        return _points(operands, given)
    if parameter.many:
        nodes = [g.value for g in given if not isinstance(g.value, tree.Duration)]
        values = operands.alike(nodes) if len(nodes) == len(given) else None
        return None if values is None else tuple(values)
    node = given[0].value
    written = _as_written(parameter, node)
    if written is not None:
        return written
    if parameter.kind in ("duration", "figure", "text") or isinstance(node, tree.Duration):
        _wrong(operands, parameter, node)
        return None
    value = operands.value(node)
    if value is not None and not _fits(parameter, value.type):
        _wrong(operands, parameter, node, value.type)
        return None
    return value


def _as_written(parameter: Parameter, node: tree.Node) -> Argument:
    """A duration, figure or text that a parameter takes as it stands."""
    match parameter.kind:
        case "duration":
            return (node.count, cast(k.Unit, node.unit)) if isinstance(node, tree.Duration) else None
        case "figure":
            return _figure(node)
        case "text":
            return node.value if isinstance(node, tree.Text) else None
        case "number" | "measure" | "key" | "value" | "points":
            return None


def _fits(parameter: Parameter, typed: ty.Type) -> bool:
    match parameter.kind:
        case "number":
            return ty.is_plain_number(typed)
        case "measure":
            return ty.is_numeric(typed)
        case "key":
            return ty.is_textual(typed) or typed == ty.INTEGER
        case "duration" | "figure" | "text" | "value" | "points":
            return True


def _figure(node: tree.Node) -> k.Ratio | None:
    sign, inner = (-1, node.item) if isinstance(node, tree.Negate) else (1, node)
    return k.Ratio(sign * inner.numerator, inner.denominator) if isinstance(inner, tree.Number) else None


def _points(operands: Operands, given: list[tree.Argument]) -> tuple[tuple[k.Ratio, k.Ratio], ...] | None:
    points: list[tuple[k.Ratio, k.Ratio]] = []
    for argument in given:
        assert isinstance(argument.label, tree.Number)
        value = _figure(argument.value)
        if value is None:
            operands.problems.add("SEG0305", "a number as written is needed here", argument.value)
            return None
        points.append((k.Ratio(argument.label.numerator, argument.label.denominator), value))
    return tuple(points)


def _wrong(operands: Operands, parameter: Parameter, node: tree.Node, typed: ty.Type | None = None) -> None:
    label = f"this is {typed}" if typed is not None else ""
    operands.problems.add("SEG0305", f"{_NEEDED[parameter.kind]} is needed here", node, label=label)
