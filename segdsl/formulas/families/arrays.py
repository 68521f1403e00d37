"""Arrays written out in a formula, as `{"a",1;"b",2}`, and what is looked up in them: one of several values."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from segdsl.formulas import tree
from segdsl.formulas.table import Functions, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import Meaning, Unclear, Value
from segdsl.model import types as ty

_CHOSEN = "one of several values is chosen with `if … then … else … end`"
_EXACT, _BELOW, _ABOVE = "=", ">=", "<="
"""How a key is found: the same, the largest that isn't above, the smallest that isn't below."""


def _grid(array: tree.Several) -> list[tuple[tree.Node, ...]]:
    """The rows of an array. Raises `Unclear` where they aren't equally long."""
    ends = [b for b in array.breaks if b < len(array.items)]
    rows = [array.items[a:b] for a, b in itertools.pairwise([0, *ends, len(array.items)])]
    if len({len(row) for row in rows}) != 1:
        raise Unclear
    return rows


def _found(t: T, x: tree.Node, keys: Sequence[tree.Node], how: str) -> dict[int, Value]:
    """The conditions that a value is found at the place of each key, in the order in which they are asked.

    Raises `Unclear` for keys that aren't written out, or that aren't rising numbers where the nearest counts.
    """
    if not keys or any(not isinstance(k, tree.Text | tree.Number | tree.Truth | tree.Unary) for k in keys):
        raise Unclear
    figures = [k.value for k in keys if isinstance(k, tree.Number)]
    places = range(len(keys))
    if how != _EXACT:
        if len(figures) != len(keys) or any(a >= b for a, b in itertools.pairwise(figures)):
            raise Unclear
        return {i: t.compare(how, x, keys[i]) for i in (reversed(places) if how == _BELOW else places)}
    return {i: t.compare("=", x, keys[i]) for i in places}


def _chosen(
    t: T, call: C, x: tree.Node, keys: Sequence[tree.Node], values: Sequence[tree.Node], how: str,
    otherwise: tree.Node | None = None,
) -> Value:  # fmt: skip
    if len(keys) != len(values):
        raise Unclear
    arms = [(condition, values[i]) for i, condition in _found(t, x, keys, how).items()]
    if otherwise is not None and not isinstance(otherwise, tree.Nothing) and not _is_there(t, value := t.value(x)):
        arms = [(t.is_missing(value, False), otherwise), *arms]
    return t.chosen(arms, otherwise, call)


def _is_there(t: T, value: Value) -> bool:
    """Whether a value is never missing."""
    field = t.names.fields.get(value.path)
    return field is not None and field.required


def _whole(node: tree.Node | None) -> int | None:
    if isinstance(node, tree.Unary) and node.op == "-" and isinstance(node.x, tree.Number):
        return -int(node.x.value)
    return int(node.value) if isinstance(node, tree.Number) and node.value.denominator == 1 else None


def looked_up(t: T, call: C) -> Value | None:
    """What VLOOKUP, HLOOKUP, LOOKUP and XLOOKUP find in arrays that are written out; None where there are none."""
    x, where, *rest = call.arguments
    if not isinstance(where, tree.Several):
        return None
    if call.name == "xlookup":
        if not rest or not isinstance(rest[0], tree.Several) or len(rest) > 3:
            return None
        mode = _whole(rest[2]) if len(rest) > 2 else 0
        how = {0: _EXACT, -1: _BELOW, 1: _ABOVE}.get(mode) if mode is not None else None
        default = rest[1] if len(rest) > 1 and not isinstance(rest[1], tree.Nothing) else None
        return None if how is None else _chosen(t, call, x, where.items, rest[0].items, how, default)
    if call.name == "lookup" and rest:
        return _chosen(t, call, x, where.items, rest[0].items, _BELOW) if isinstance(rest[0], tree.Several) else None
    rows = _grid(where)
    turned = call.name == "hlookup" or (call.name == "lookup" and len(rows[0]) > len(rows))
    rows = list(zip(*rows)) if turned else rows
    column = len(rows[0]) if call.name == "lookup" else _whole(rest[0]) if rest else None
    if column is None or not 1 < column <= len(rows[0]) or len(rest) > 2:
        return None
    keys, values = [row[0] for row in rows], [row[column - 1] for row in rows]
    return _chosen(t, call, x, keys, values, _EXACT if is_exact(call) else _BELOW)


def is_exact(call: C) -> bool:
    """Whether a lookup finds the same value alone, and not the nearest, by its function and its last argument."""
    place, default = {"vlookup": (3, False), "hlookup": (3, False), "match": (2, False), "xmatch": (2, True)}.get(
        call.name, (4, call.name != "lookup")
    )
    if len(call.arguments) <= place:
        return default
    said = call.arguments[place]
    is_false = isinstance(said, tree.Truth) and not said.value
    return isinstance(said, tree.Nothing) or is_false or _whole(said) == 0


def placed(t: T, node: tree.Node) -> dict[int, Value] | None:
    """The condition of each place, from 0, that MATCH finds in an array, or FIELD among its arguments; None for others."""
    if not isinstance(node, C):
        return None
    if node.name == "field" and len(node.arguments) > 2:
        return _found(t, node.arguments[0], node.arguments[1:], _EXACT)
    if node.name not in ("match", "xmatch") or len(node.arguments) not in (2, 3):
        return None
    x, where, *mode = node.arguments
    if not isinstance(where, tree.Several):
        return None
    said = _whole(mode[0]) if mode else (1 if node.name == "match" else 0)
    nearest = {0: _EXACT, 1: _BELOW} if node.name == "match" else {0: _EXACT, -1: _BELOW, 1: _ABOVE}
    if said is None or said not in nearest:
        raise Unclear
    return _found(t, x, where.items, nearest[said])


def at_place(t: T, call: C) -> Value | None:
    """INDEX({1, 2}, MATCH(plan, {"team", "business"}, 0)); None for others."""
    if len(call.arguments) != 2 or not isinstance(call.arguments[0], tree.Several):
        return None
    values = call.arguments[0].items
    places = placed(t, call.arguments[1])
    if places is None or max(places) >= len(values):
        return None
    return t.chosen([(condition, values[i]) for i, condition in places.items()], None, call)


def by_keys(
    t: T, call: C, choices: tree.Node, x: tree.Node, otherwise: tree.Node | None = None, *, keeps: bool = False,
    when_missing: tree.Node | None = None,
) -> Value | None:  # fmt: skip
    """One of the values of `{"a": 1, "b": 2}` by its key; None where that is no dictionary.

    `otherwise` is the value for other keys, also where `x` is missing unless `when_missing` is another. `keeps` says that
    other keys stay as they are.
    """
    pairs = _pairs(choices)
    if not pairs:
        return None
    said = [_said(one) for key, _ in pairs for one in (key.items if isinstance(key, tree.Several) else (key,))]
    if len({*said}) < len(said):
        raise Unclear  # the last of them counts in Python, the first in R
    value = t.value(x)
    when_missing = next((v for k, v in pairs if isinstance(k, tree.Nothing)), when_missing)
    pairs = [(k, v) for k, v in pairs if not isinstance(k, tree.Nothing)]
    keys, values = [k for k, _ in pairs], [v for _, v in pairs]
    arms = [
        (t.within(value, t.series(key), False) if isinstance(key, tree.Several) else t.compare("=", x, key), then)
        for key, then in zip(keys, values)
    ]
    if when_missing is not None and not _is_there(t, value):
        arms = [(t.is_missing(value, False), when_missing), *arms]
    if otherwise is None and keeps and not _covers(value, keys):
        if value.kind != "text" or any(not isinstance(v, tree.Text) for v in values):
            raise Unclear  # a value is of one kind
        otherwise = x
    return t.chosen(arms, otherwise, call)


def _said(key: tree.Node) -> str:
    """A key as it is compared, whatever its capitals."""
    if isinstance(key, tree.Text | tree.Number | tree.Truth):
        return str(key.value).casefold()
    return "" if isinstance(key, tree.Nothing) else repr(key)


def _pairs(choices: tree.Node) -> list[tuple[tree.Node, tree.Node]]:
    """The keys and values of a dictionary, also of `new Map([["a", 1], ["b", 2]])`."""
    if not isinstance(choices, C) or choices.name not in ("dict", "map") or not choices.arguments:
        return []
    every = choices.arguments
    if choices.name == "dict":
        return list(zip(every[::2], every[1::2], strict=True)) if len(every) % 2 == 0 else []
    inside = every[0].items if len(every) == 1 and isinstance(every[0], tree.Several) else ()
    found = [(i.items[0], i.items[1]) for i in inside if isinstance(i, tree.Several) and len(i.items) == 2]
    return found if len(found) == len(inside) else []


def _covers(value: Value, keys: Sequence[tree.Node]) -> bool:
    said = {k.value.casefold() for k in keys if isinstance(k, tree.Text)}
    return isinstance(value.type, ty.Enum) and {v.casefold() for v in value.type.values} <= said


def _recoded(t: T, call: C) -> Meaning | None:
    """recode(plan, free = 0, .default = 1) and case_match(plan, "free" ~ 0) of dplyr.

    The default of `recode` is no value for what is missing, and other texts stay; that of `case_match` is one for both.
    """
    x, choices = call.arguments
    named = dict(call.named)
    default, missing = named.get("default"), named.get("missing")
    if call.name == "recode":
        texts = isinstance(choices, C) and all(isinstance(v, tree.Text) for v in choices.arguments[1::2])
        return by_keys(t, call, choices, x, default, keeps=texts, when_missing=missing)
    return by_keys(t, call, choices, x, default, when_missing=missing or default)


FAMILY = Functions(
    "Functions that choose by a key",
    (
        function(
            "recode case_match",
            _recoded,
            [
                ("recode(plan, team = 3, .default = 1) > 2", 'if plan = "team" then 3 else 1 end > 2'),
                ('case_match(plan, "team" ~ 3, .default = 1) > 2', 'if plan = "team" then 3 else 1 end > 2'),
            ],
            _CHOSEN,
        ),
    ),
)
