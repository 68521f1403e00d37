"""VLOOKUP, XLOOKUP, MATCH, INDEX: whether a value is in a list."""

from __future__ import annotations

from segdsl.formulas import tree
from segdsl.formulas.table import Function, Functions, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import Beside, CannotSay, Meaning, Rows, Series, Value, negated, rows_of

_IN = "whether a value is in a list is asked with `in`"


def _listed(t: T, node: tree.Node) -> Meaning | None:
    """A list by its name, values one after the other, or a column of rows."""
    meaning = t.meaning(node)
    if isinstance(meaning, Series):
        return meaning
    if (
        isinstance(meaning, Value)
        and meaning.path
        and meaning.rows is None
        and (not meaning.kind or meaning.path in t.names.others)
    ):
        return Series((), meaning.path.partition(".")[0])
    if isinstance(meaning, Value) and meaning.rows is not None:
        return meaning
    return meaning if isinstance(meaning, Rows) else None


def _chosen(t: T, call: C) -> Meaning | None:
    """XLOOKUP(x, {"a", "b"}, {1, 2}, 0): one of several values, by those written beside them."""
    x, where, *rest = call.arguments
    if (
        call.name != "xlookup"
        or not rest
        or not isinstance(where, tree.Several)
        or not isinstance(rest[0], tree.Several)
    ):
        return None
    if len(where.items) != len(rest[0].items) or len(rest) > 2:
        return None
    value = t.value(x)
    arms = [(t.compared("=", value, t.value(key)), result) for key, result in zip(where.items, rest[0].items)]
    return t.chosen(arms, rest[1] if len(rest) > 1 else None, call)


def _lookup(t: T, call: C) -> Meaning | None:
    """Whether a value is found; a column of a list by its name can't be known from its number."""
    x, where, *rest = call.arguments
    if (chosen := _chosen(t, call)) is not None:
        return chosen
    listed = _listed(t, where)
    if listed is None or isinstance(listed, Rows):
        raise CannotSay(
            "a table to look up in is a `list` here: `country in dach` asks for a value, and `strategic.csm` reads a column"
        )
    value = t.value(x)
    if isinstance(listed, Value):
        same = t.compared("=", listed, t.from_outside(x) if value.own else value)
        found = t.any_of(rows_of(same).where(same))
    elif isinstance(listed, Series):
        found = t.within(value, listed, False)
    else:
        return None
    absent = negated(found)
    default = t.value(rest[1]) if call.name in ("xlookup",) and len(rest) > 1 else None

    def compared(op: str, other: Meaning) -> Value | None:
        if op == "missing":
            return absent
        if op == "found":
            return found
        if not isinstance(other, Value) or (op not in ("=", "!=") and other.literal is None):
            return None
        if other.path and other.path == value.path and op in ("=", "!="):
            return found if op == "=" else absent
        if default is not None and other.literal == default.literal and op in ("=", "!="):
            return absent if op == "=" else found
        if call.name == "match" and (op, other.literal) in ((">", 0), (">=", 1)):
            return found
        return None

    why = f"a column of a list can't be known by its number: `{found.text}` asks whether the value is there"
    return Beside(why, compared, condition=found if call.name == "match" else None, inner=value, kind="lookup")


def _index(t: T, call: C) -> Meaning | None:
    raise CannotSay("cells aren't looked up by their place here: a value in a list is asked with `country in dach`")


FAMILY = Functions(
    "Functions that look up",
    (
        function(
            "vlookup xlookup hlookup lookup countmatches",
            _lookup,
            [
                (
                    'XLOOKUP(plan, {"team", "business"}, {3, 1}, 0) > 2',
                    'if plan = "team" then 3 else if plan = "business" then 1 else 0 end > 2',
                ),
                ('NOT(ISNA(VLOOKUP(plan, {"team", "business"}, 1, FALSE)))', 'plan in ("team", "business")'),
            ],
            _IN,
        ),
        Function(
            ("lookup match",),
            _lookup,
            (('ISNUMBER(MATCH(plan, {"team", "business"}, 0))', 'plan in ("team", "business")'),),
            _IN,
        ),
        function(
            "isin in_array is_in",
            lambda t, c: (
                t.within(t.value(c.arguments[0]), t.series(c.arguments[1]), False) if len(c.arguments) == 2 else None
            ),
            [('df["plan"].isin(["team", "business"])', 'plan in ("team", "business")')],
            _IN,
        ),
        function(
            "index xmatch offset indirect row column columns address getpivotdata importrange",
            _index,
            refused=[('INDEX(seats, 2) = "x"', "by their place")],
        ),
    ),
)
