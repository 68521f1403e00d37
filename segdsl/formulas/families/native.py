"""The language's own words, so that formulas beside them and inside them are read."""

from __future__ import annotations

from typing import Any

from segdsl.formulas import tree
from segdsl.formulas.table import Function, Functions
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import PRIMARY, Length, Meaning, Value, fitted, together
from segdsl.phrasebook.measures import UNITS

_UNITS = tuple(unit for unit in UNITS if unit != "quarter")


def _elapsed(t: T, call: C) -> Meaning | None:
    unit, word = call.name.split()
    value = t.value(call.arguments[0])
    line = f"{unit} {word} {fitted(value, PRIMARY)}"
    now = Value("now", kind="time", moment="now")
    pair = (now, value) if word == "since" else (value, now)
    return Value(line, kind="number", rows=value.rows, own=value.own, difference=pair)


def _between(t: T, call: C) -> Meaning | None:
    start, end = (t.value(a) for a in call.arguments)
    line = f"{call.name} {fitted(start, PRIMARY)} to {fitted(end, PRIMARY)}"
    return Value(line, kind="number", rows=together(start, end), own=True, difference=(end, start))


def _moved(t: T, call: C) -> Meaning | None:
    x, length = call.arguments
    if not isinstance(length, tree.Length):
        return None
    return t.moved(t.value(x), Length(length.count if call.name == "after" else -length.count, length.unit))


def _part(t: T, call: C) -> Meaning | None:
    value = t.value(call.arguments[0])
    kind: Any = "text" if call.name == "weekday of" else "number"
    return Value(f"{call.name} {fitted(value, PRIMARY)}", kind=kind, rows=value.rows, own=value.own)


def _ago(t: T, call: C) -> Meaning | None:
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
        Function(tuple(f"{u}s from" for u in _UNITS), _between),
        Function(("before", "after"), _moved),
        Function(("ago",), _ago),
    ),
)
