"""The language's own words, so that formulas beside them and inside them are read."""

from __future__ import annotations

from typing import Any

from segdsl.formulas import tree
from segdsl.formulas.table import Function, Functions
from segdsl.formulas.values import PRIMARY, Length, Value, fitted

T, C = Any, tree.Call
_UNITS = ("minute", "hour", "day", "week", "month", "year")


def _elapsed(t: T, call: C) -> Any:
    unit, word = call.name.split()
    value = t.value(call.arguments[0])
    line = f"{unit} {word} {fitted(value, PRIMARY)}"
    now = Value("now", kind="time", moment="now")
    pair = (now, value) if word == "since" else (value, now)
    return Value(line, kind="number", rows=value.rows, own=value.own, difference=pair)


def _part(t: T, call: C) -> Any:
    value = t.value(call.arguments[0])
    kind: Any = "text" if call.name == "weekday of" else "number"
    return Value(f"{call.name} {fitted(value, PRIMARY)}", kind=kind, rows=value.rows, own=value.own)


def _ago(t: T, call: C) -> Any:
    length = call.arguments[0]
    if isinstance(length, tree.Length):
        written = Length(-length.count, length.unit)
    else:
        meaning = t.meaning(length)
        if not isinstance(meaning, Length):
            return None
        written = Length(-meaning.count, meaning.unit)
    return t.moved(Value("now", kind="time", moment="now"), written)


FAMILY = Functions(
    "The language's own words",
    (
        Function(tuple(f"{u}s {w}" for u in _UNITS for w in ("since", "until")), _elapsed),
        Function(tuple(f"{u} of" for u in ("year", "quarter", "month", "day", "weekday", "hour")), _part),
        Function(("ago",), _ago),
    ),
)
