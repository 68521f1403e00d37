"""Resolves calls of library phrases: matches arguments to parameters and types them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast

from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Argument, Kind, Parameter, Phrase, Wrong
from segdsl.resolve import coerce
from segdsl.resolve.figures import figure, signed
from segdsl.resolve.problems import Problems
from segdsl.resolve.scope import Scope


class Operands(Protocol):
    """What a call needs from the typer: typed arguments, the scope, and a place to report mistakes."""

    @property
    def problems(self) -> Problems: ...
    @property
    def scope(self) -> Scope: ...
    def value(self, node: tree.Expr, /) -> k.Expr | None: ...
    def alike(self, nodes: list[tree.Expr], /) -> list[k.Expr] | None: ...


_KINDS_IN_WORDS: Mapping[Kind, str] = {
    "number": "a number without a unit",
    "measure": "a number or money",
    "figure": "a number written out",
    "duration": "a duration such as `28 days`",
    "text": "text in quotes",
    "key": "a key: text, a link or a whole number",
    "set": "a set of text",
    "points": "points such as `0: 0, 50: 100`",
    "value": "a value",
}


def call(operands: Operands, node: tree.Call, phrase: Phrase) -> k.Expr | None:
    """Resolves a phrase written `NAME(…)`; returns None if an argument is wrong, which is reported."""
    if node.path:
        operands.problems.add("SEG0313", f"nothing can follow `{phrase.name}(…)`", node.path[0])
        return None
    relation = operands.scope.inner
    if relation is None:
        operands.problems.add(
            "SEG0319", f"`{phrase.name}` needs a row, and an expectation has none", node, help="declare it as a metric"
        )
        return None
    matched = _matched(operands, node, phrase)
    if matched is None:
        return None
    typed = {p.name: _typed(operands, p, arguments) for p, arguments in matched.items() if arguments or not p.optional}
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
    """Returns the arguments of each parameter, matched by label or by order."""
    arguments: dict[Parameter, list[tree.Argument]] = {p: [] for p in phrase.parameters}
    in_order = [p for p in phrase.parameters if not p.label]
    for argument in node.arguments:
        parameter = _parameter_of(argument, phrase, in_order, arguments)
        if parameter is None:
            operands.problems.add(
                "SEG0210", f"`{phrase.name}` doesn't take this argument", argument, help=f"write `{phrase.signature}`"
            )
            return None
        arguments[parameter].append(argument)
    for p, values in arguments.items():
        if not p.optional and len(values) < (2 if p.many else 1):
            what = f"`{p.name}: …`" if p.label else _KINDS_IN_WORDS[p.kind]
            operands.problems.add("SEG0210", f"`{phrase.name}` lacks {what}", node, help=f"write `{phrase.signature}`")
            return None
    return arguments


def _parameter_of(
    argument: tree.Argument, phrase: Phrase, in_order: list[Parameter], arguments: dict[Parameter, list[tree.Argument]]
) -> Parameter | None:
    if isinstance(argument.label, tree.Number):
        return next((p for p in phrase.parameters if p.kind == "points"), None)
    if argument.label is not None:
        label = argument.label.text
        return next((p for p in phrase.parameters if p.label and p.name == label and not arguments[p]), None)
    return next((p for p in in_order if p.kind != "points" and (p.many or not arguments[p])), None)


def _typed(operands: Operands, parameter: Parameter, arguments: list[tree.Argument]) -> Argument:
    if parameter.kind == "points":
        return _points(operands, arguments)
    if parameter.many:
        nodes = [a.value for a in arguments if not isinstance(a.value, tree.Duration)]
        values = operands.alike(nodes) if len(nodes) == len(arguments) else None
        return None if values is None else tuple(values)
    node = arguments[0].value
    literal = _as_written(parameter, node)
    if literal is not None:
        return literal
    if parameter.kind in ("duration", "figure", "text") or isinstance(node, tree.Duration):
        _wrong(operands, parameter, node)
        return None
    value = operands.value(node)
    if value is not None and not _fits(parameter, value.type):
        _wrong(operands, parameter, node, value.type)
        return None
    return value


def _as_written(parameter: Parameter, node: tree.Node) -> Argument:
    """Returns a duration, figure or text that a parameter takes as written; None for any other argument."""
    match parameter.kind:
        case "duration":
            return (node.count, cast(k.Unit, node.unit)) if isinstance(node, tree.Duration) else None
        case "figure":
            return signed(node)
        case "text":
            return node.value if isinstance(node, tree.Text) else None
        case "number" | "measure" | "key" | "value" | "set" | "points":
            return None


def _fits(parameter: Parameter, typed: ty.Type) -> bool:
    match parameter.kind:
        case "number":
            return ty.is_plain_number(typed)
        case "measure":
            return ty.is_measure(typed)
        case "key":
            return ty.is_textual(typed) or typed == ty.INTEGER
        case "set":
            return isinstance(typed, ty.SetOfText)
        case "duration" | "figure" | "text" | "value" | "points":
            return True


def _points(operands: Operands, arguments: list[tree.Argument]) -> tuple[tuple[k.Ratio, k.Ratio], ...] | None:
    points: list[tuple[k.Ratio, k.Ratio]] = []
    for argument in arguments:
        assert isinstance(argument.label, tree.Number)
        value = signed(argument.value)
        if value is None:
            operands.problems.add("SEG0305", "expected a number written out", argument.value)
            return None
        points.append((figure(argument.label), value))
    return tuple(points)


def _wrong(operands: Operands, parameter: Parameter, node: tree.Node, typed: ty.Type | None = None) -> None:
    label = f"this is {typed}" if typed is not None else ""
    operands.problems.add("SEG0305", f"expected {_KINDS_IN_WORDS[parameter.kind]}", node, label=label)
