"""VLOOKUP, XLOOKUP, MATCH, INDEX: whether a value is in a list."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from segdsl.formulas import tree
from segdsl.formulas.families.arrays import at_place, by_keys, is_exact, looked_up, placed
from segdsl.formulas.table import Function, Functions, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import Beside, CannotSay, Meaning, Rows, Series, Unclear, Value, rows_of
from segdsl.model import types as ty
from segdsl.model.schema import Relation

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


def _of_details(t: T, x: tree.Node, where: tree.Node, result: tree.Node) -> Value | None:
    """XLOOKUP(account_id, billing.account_id, billing.autopay): a field that lies beside the customer."""
    if not t.is_key(x, t.own) or not isinstance(where, tree.Name) or not isinstance(result, tree.Name):
        return None
    beside, owner = where.parts[0].lower(), result.parts[0].lower()
    value = t.meaning(result)
    is_field = isinstance(value, Value) and value.rows is None and value.path.startswith(f"{beside}.") and value.kind
    t.note("a field beside the customer is written with its source, as in `billing.autopay`")
    return value if is_field and beside == owner and isinstance(value, Value) else None


def _of_link(t: T, x: tree.Node, where: tree.Node, result: tree.Node) -> Value | None:
    """XLOOKUP(parent, account!A:A, account!arr), XLOOKUP(parent, account_id, arr): a field of the customer that a link leads to."""
    if not isinstance(x, tree.Name) or not isinstance(result, tree.Name):
        return None
    link = t.meaning(x)
    if not isinstance(link, Value) or not link.path or link.rows is not None or link.path not in t.names.fields:
        return None
    typed = t.names.fields[link.path].type
    if not isinstance(typed, ty.Link):
        return None
    is_sheet = len(result.parts) == 2 and result.parts[0].lower() == typed.entity
    beside_key = len(result.parts) == 1 and t.own is not None and typed.entity == t.own.name and _is_own_key(t, where)
    if not (is_sheet or beside_key):
        return None
    named = result.parts[-1].lower()
    value = t.meaning(tree.Name(x.start, result.end, (link.path, named)))
    t.note(f"a field of a linked customer is read through the link, as in `{link.path}.{named}`")
    return value if isinstance(value, Value) and value.path else None


def _is_own_key(t: T, node: tree.Node) -> bool:
    """Tells whether a name is that of the column of the customers' own keys."""
    return (
        isinstance(node, tree.Name)
        and len(node.parts) == 1
        and t.own is not None
        and node.parts[0].lower() == t.own.key
    )


def _column(t: T, x: tree.Node, where: tree.Node, which: tree.Node) -> Value | Beside | None:
    """VLOOKUP(account_id, billing, "autopay", FALSE), by the name of the column."""
    if not t.is_key(x, t.own) or not isinstance(where, tree.Name) or t.own is None:
        return None
    beside, schema = where.parts[0].lower(), t.names.schema
    relation = schema.relations.get(beside) if schema is not None else None
    if relation is None or relation.kind != "details":
        return None
    if isinstance(which, tree.Text | tree.Name):
        name = which.value if isinstance(which, tree.Text) else which.parts[-1]
        path = tree.Name(which.start, which.end, (beside, name.lower()))
        return _of_details(t, x, where, path)
    return _numbered(t, where, relation)


def _numbered(t: T, where: tree.Name, relation: Relation) -> Beside:
    """A column by its number, which is known beside a value that only one field of its source may have."""
    paths = [f"{relation.name}.{f}" for f in relation.fields if f not in (relation.key, relation.by)]
    fields = [t.value(tree.Name(where.start, where.end, tuple(path.split(".")))) for path in paths]

    def compared(op: str, other: Meaning) -> Value | None:
        fitting = [f for f in fields if isinstance(other, Value) and _may_be(f, other)]
        if len(fitting) != 1 or not isinstance(other, Value):
            return None
        t.note(f"a field beside the customer is written with its source, as in `{paths[0]}`")
        return t.compared(op, fitting[0], other)

    such = " or ".join(f"`{path}`" for path in paths[:4])
    return Beside(f"a column can't be known by its number here: write the field itself, such as {such}", compared)


def _may_be(field: Value, other: Value) -> bool:
    """Tells whether a field may have a value that is written out."""
    if isinstance(field.type, ty.Enum):
        said = other.literal
        return isinstance(said, str) and said.casefold() in {v.casefold() for v in field.type.values}
    return other.literal is not None and field.kind == other.kind


def _column_of_link(t: T, x: tree.Node, where: tree.Node, which: tree.Node) -> Value | None:
    """VLOOKUP(parent, account, arr, FALSE), by the name of the column."""
    if not isinstance(where, tree.Name) or not isinstance(which, tree.Text | tree.Name):
        return None
    name = which.value if isinstance(which, tree.Text) else which.parts[-1]
    return _of_link(t, x, where, tree.Name(which.start, which.end, (where.parts[0], name)))


def _lookup(t: T, call: C) -> Meaning | None:
    """Whether a value is found; a column of a list by its name can't be known from its number."""
    x, where, *rest = call.arguments
    if call.name in ("xlookup", "lookup") and len(rest) == 1 and (linked := _of_link(t, x, where, rest[0])) is not None:
        return linked
    if call.name in ("xlookup", "lookup") and rest and (beside := _of_details(t, x, where, rest[0])) is not None:
        return beside if len(rest) == 1 else t.first_known([tree.Given(call.start, call.end, beside), rest[1]])
    if call.name in ("vlookup", "hlookup") and rest and (column := _column(t, x, where, rest[0])) is not None:
        return column
    if call.name in ("vlookup", "hlookup") and rest and (linked := _column_of_link(t, x, where, rest[0])) is not None:
        return linked
    if (chosen := looked_up(t, call)) is not None:
        return chosen
    listed = _listed(t, where)
    if listed is None or isinstance(listed, Rows):
        raise CannotSay(
            "a table to look up in is a `list` here: `FIELD in LIST` asks for a value, and `LIST.COLUMN` reads a column"
        )
    if not is_exact(call):
        raise Unclear
    value = t.value(x)
    if isinstance(listed, Value):
        same = t.compared("=", listed, t.from_outside(x) if value.own else value)
        found = t.any_of(rows_of(same).where(same))
    elif isinstance(listed, Series):
        found = t.within(value, listed, False)
    else:
        return None
    default = t.value(rest[1]) if call.name in ("xlookup",) and len(rest) > 1 else None

    def compared(op: str, other: Meaning) -> Value | None:
        if op == "missing":
            return t.opposite(found)
        if op == "found":
            return found
        if not isinstance(other, Value) or (op not in ("=", "!=") and other.literal is None):
            return None
        if other.path and other.path == value.path and op in ("=", "!="):
            return found if op == "=" else t.opposite(found)
        if default is not None and other.literal == default.literal and op in ("=", "!="):
            return t.opposite(found) if op == "=" else found
        if call.name == "match" and (op, other.literal) in ((">", 0), (">=", 1)):
            return found
        return None

    why = "a value that is looked up is chosen here with `if … then … else … end`, and a column of a list is `LIST.COLUMN`"
    place = _place(t, call) if call.name == "match" else None
    return Beside(why, compared, place, condition=found if call.name == "match" else None, inner=value, kind="lookup")


def _place(t: T, call: C) -> Value | None:
    """MATCH(plan, {"team", "business"}, 0) as a number."""
    places = placed(t, call) or {}
    numbers = [tree.Number(call.start, call.end, Fraction(i + 1), str(i + 1)) for i in places]
    return t.chosen(list(zip(places.values(), numbers)), None, call) if places else None


def _got(t: T, call: C) -> Meaning | None:
    """`{"a": 1, "b": 2}.get(plan, 0)` of Python, `{a: 1}[plan]`: one of several values, by their keys."""
    choices, x, *otherwise = call.arguments
    if isinstance(choices, tree.Name) and isinstance(x, tree.Text) and not otherwise:  # account.get("plan")
        got = t.meaning(tree.Name(choices.start, x.end, (*choices.parts, x.value)))
        return got if isinstance(got, Value) and got.kind else None
    if len(otherwise) > 1:
        return None
    default = otherwise[0] if otherwise else None
    return by_keys(t, call, choices, x, default, when_missing=default)


def _index(t: T, call: C) -> Meaning | None:
    match = call.arguments[1] if call.name == "index" and len(call.arguments) == 2 else None
    if isinstance(match, tree.Call) and match.name in ("match", "xmatch") and len(match.arguments) >= 2:
        x, where = match.arguments[:2]
        for of in (_of_details, _of_link):
            if (found := of(t, x, where, call.arguments[0])) is not None:
                return found
    if call.name == "index" and (chosen := at_place(t, call)) is not None:
        return chosen
    raise CannotSay("cells aren't looked up by their place here: a value in a list is asked with `FIELD in LIST`")


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
                (
                    'VLOOKUP(plan, {"team",3; "business",1}, 2, FALSE) > 2',
                    'if plan = "team" then 3 else if plan = "business" then 1 else missing end > 2',
                ),
                (
                    'LOOKUP(seats, {0,10,100}, {"S","M","L"}) = "L"',
                    'if seats >= 100 then "L" else if seats >= 10 then "M" else if seats >= 0 then "S" else missing end = "L"',
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
            "get",
            _got,
            [
                (
                    '({"team": 3, "business": 2}.get(plan, 0)) > 2',
                    'if plan = "team" then 3 else if plan = "business" then 2 else 0 end > 2',
                ),
                (
                    '({"team": 3, "business": 2}[plan]) > 2',
                    'if plan = "team" then 3 else if plan = "business" then 2 else missing end > 2',
                ),
            ],
            "one of several values is chosen with `if … then … else … end`",
        ),
        function(
            "isin in_array is_in",
            lambda t, c: (
                replace(
                    t.within(t.value(c.arguments[0]), t.series(c.arguments[1]), False), is_definite=c.name != "is_in"
                )
                if len(c.arguments) == 2
                else None
            ),
            [('df["plan"].isin(["team", "business"])', 'plan in ("team", "business")')],
            _IN,
        ),
        function(
            "index xmatch indirect row column columns address getpivotdata importrange",
            _index,
            [
                (
                    'INDEX({3,1}, MATCH(plan, {"team","business"}, 0)) > 2',
                    'if plan = "team" then 3 else if plan = "business" then 1 else missing end > 2',
                )
            ],
            refused=[('INDEX(seats, 2) = "x"', "by their place")],
        ),
    ),
)
