"""COUNTIFS, SUMIFS, SUMPRODUCT, FILTER, UNIQUE; count, sum, any and all of Python, JavaScript and SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from segdsl.formulas import tree
from segdsl.formulas.cursor import Unreadable
from segdsl.formulas.families.arrays import by_keys
from segdsl.formulas.read import read
from segdsl.formulas.table import Functions, To, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import (
    COUNTS,
    MISSING,
    PRIMARY,
    SUM,
    Beside,
    CannotSay,
    Length,
    Meaning,
    Rows,
    Series,
    Unclear,
    Value,
    holding,
    joined,
    negated,
    number,
    rows_of,
    so_many,
    text,
)
from segdsl.model import types as ty
from segdsl.phrasebook.measures import CALLED, COMPARED, SIGNS
from segdsl.phrasebook.slots import Tries

_COUNTED = "rows are counted with `count(ROWS where …)`"
_ADDED = "rows are added up with `sum(ROWS where …)`"
_ASKED = "rows are asked for with `any(…)` and `none(…)`"


# -- criteria of COUNTIFS ------------------------------------------------------------------


def criterion(t: T, column: Value, node: tree.Node) -> Value:
    """A criterion of COUNTIF beside its column: `"urgent"`, `">5"`, `"<>"`, `">="&TODAY()-30`, `"mob*"`."""
    if (
        isinstance(node, tree.Binary)
        and node.op == "&"
        and isinstance(node.a, tree.Text)
        and node.a.value in ("<", ">", "<=", ">=", "=", "<>")
    ):
        other = t.meaning(node.b)
        if isinstance(other, Value) and other.own:
            other = t.from_outside(node.b)
        if not isinstance(other, Value):
            raise Unclear
        return t.compared(SIGNS.get(node.a.value, node.a.value), column, other)
    if isinstance(node, tree.Binary) and node.op in COMPARED:
        return t.holds(t.meaning(node))
    if isinstance(node, tree.Binary) and node.op == "&" and column.kind == "text":
        inner = [n for n in (node.a, node.b) if not (isinstance(n, tree.Text) and n.value == "*")]
        if len(inner) == 1:
            return t.test("contains", column, t.from_outside(inner[0]), ignoring=True)
    if isinstance(node, tree.Several):
        return t.within(column, t.series(node), False)
    if not isinstance(node, tree.Text):
        value = t.meaning(node)
        if isinstance(value, Value) and value.kind == "bool" and value.literal is None:
            return value
        value = t.from_outside(node) if isinstance(value, Value) and value.own else t.alone(value)
        return t.compared("=", column, value)
    match = re.fullmatch(r"(<>|>=|<=|=|>|<)(.*)", node.value)
    op, said = (SIGNS.get(match[1], match[1]), match[2].strip()) if match else ("=", node.value)
    if said == "":
        return t.is_missing(column, op == "!=")
    if node.is_localised and column.kind != "text":
        if re.fullmatch(r"-?[1-9]\d{0,2}(?:\.\d{3})+", said):
            return t.compared(op, column, number(t.with_point(said)))
        if re.fullmatch(r"-?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+", said):
            said = said.replace(".", "").replace(",", ".")
    if re.fullmatch(r"-?\d+(?:\.\d+)?", said) and column.kind != "text":
        return t.compared(op, column, number(Fraction(said)))
    if op in ("=", "!=") and re.search(r"[*?]", said):
        ignoring = not isinstance(column.type, ty.Enum)
        return t.like(column, said, "*", "?", ignoring=ignoring, is_negated=op == "!=", escape="~")
    return t.compared(op, column, text(said))


def _criteria(t: T, nodes: tuple[tree.Node, ...], rows: Rows | None = None) -> Rows:
    """The rows for which all pairs of column and criterion hold."""
    if not nodes or len(nodes) % 2:
        raise Unclear
    conditions = list[Value]()
    for name, node in zip(nodes[::2], nodes[1::2]):
        column = t.column(name) if not _names_rows(t, name) else _column_with(t, t.rows_of(name), node)
        held = criterion(t, replace(column, own=False), node)
        own = replace(rows_of(column), conditions=())
        if rows is None:
            rows = own
        if rows.name != own.name:
            raise Unclear
        conditions += [*rows_of(column).conditions, held]
    assert rows is not None
    return rows.where(*conditions)


def _names_rows(t: T, node: tree.Node) -> bool:
    return isinstance(t.meaning(node), Rows)


def _column_with(t: T, rows: Rows, node: tree.Node) -> Value:
    """The one column of rows that has the value of a criterion; that of their time for a time."""
    said = node.value if isinstance(node, tree.Text) else ""
    if rows.relation.at and _is_time(t, node):
        return t.column(tree.Name(node.start, node.end, (rows.name, rows.relation.at)))
    for name, field in rows.relation.fields.items():
        found = t.names.field_with_value(rows.name, said) if rows.name in t.names.tables else None
        if found is not None and found[0] == name:
            return replace(t.field_of(rows, name), type=field.type)
    raise Unclear


def _is_time(t: T, node: tree.Node) -> bool:
    """Tells whether a criterion compares with a time: `">="&TODAY()-30`, `">2026-01-01"`."""
    if isinstance(node, tree.Text):
        return re.fullmatch(r"[<>]=?\s*\d{4}-\d{2}-\d{2}", node.value) is not None
    if not isinstance(node, tree.Binary) or node.op != "&":
        return False
    border = t.meaning(node.b)
    return isinstance(border, Value) and border.kind == "time"


def _count_if(t: T, call: C) -> Meaning | None:
    arguments = call.arguments
    if len(arguments) == 1 and _names_rows(t, arguments[0]):
        return _counted(t, t.rows_of(arguments[0]))
    if len(arguments) == 1:
        return _count(t, C(call.start, call.end, "count", (tree.Star(call.start, call.end),), condition=arguments[0]))
    if len(arguments) == 2 and isinstance(arguments[0], tree.Several):
        return _in_list(t, t.series(arguments[0]), arguments[1])
    if len(arguments) == 2 and isinstance(arguments[0], tree.Name):
        meaning = t.meaning(arguments[0])
        if isinstance(meaning, Value) and meaning.rows is None and not meaning.kind and meaning.path:
            return _in_list(t, meaning, arguments[1])
        if (
            isinstance(meaning, Value)
            and meaning.rows is None
            and meaning.kind == "text"
            and len(arguments[0].parts) == 1
            and isinstance(arguments[1], tree.Text)
        ):
            return _of_one_cell(t, meaning, arguments[1])
        if (
            isinstance(meaning, Value)
            and meaning.rows is None
            and isinstance(arguments[1], tree.Name)
            and arguments[0].parts[-1] == arguments[1].parts[-1]
        ):
            group = Rows(t.population.name, t.population.relation, per=meaning.path)
            return Value(t.aggregate("count", group), kind="number", own=True)
    if len(arguments) == 2 and not isinstance(arguments[1], tree.Text) and _names_rows(t, arguments[0]):
        held = t.meaning(arguments[1])
        if isinstance(held, Value) and held.kind == "bool":
            return _counted(t, t.filtered(t.rows_of(arguments[0]), arguments[1]))
    return _counted(t, _criteria(t, arguments))


def _in_list(t: T, listed: Value | Series, node: tree.Node) -> Meaning | None:
    """COUNTIF(list, x) > 0: whether a value is in a list."""
    one = t.value(node)
    series = listed if isinstance(listed, Series) else Series((), listed.text)

    def compared(op: str, other: Meaning) -> Value | None:
        n = other.literal if isinstance(other, Value) else None
        if (op, n) in ((">", 0), (">=", 1), ("!=", 0)):
            return t.within(one, series, False)
        if (op, n) in (("=", 0), ("<", 1), ("<=", 0)):
            return t.opposite(t.within(one, series, False))
        return None

    return Beside("whether a value is in a list is asked with `in`", compared, condition=t.within(one, series, False))


def _of_one_cell(t: T, value: Value, node: tree.Text) -> Meaning | None:
    """COUNTIF(region, "*north*") > 0: a test of one text."""
    held = criterion(t, value, node)

    def compared(op: str, other: Meaning) -> Value | None:
        n = other.literal if isinstance(other, Value) else None
        if (op, n) in ((">", 0), (">=", 1), ("=", 1), ("!=", 0)):
            return held
        return negated(held) if (op, n) in (("=", 0), ("<", 1)) else None

    return Beside("one field isn't counted: compare it", compared, condition=held)


def _counted(t: T, rows: Rows, field: str = "count") -> Value:
    return Value(t.aggregate("count", rows), kind="number", own=True)


def _sum_if(name: str, *, first: bool) -> To:
    """SUMIF, AVERAGEIF have the values last, SUMIFS, AVERAGEIFS, MAXIFS first."""

    def to(t: T, call: C) -> Meaning | None:
        nodes = call.arguments
        if len(nodes) == 2 and not isinstance(nodes[1], tree.Text) and not first:  # sumIf(x, condition) of ClickHouse
            held = t.meaning(nodes[1])
            if isinstance(held, Value) and held.kind == "bool" and held.rows is not None:
                return _over(t, name, replace(t.column(nodes[0]), rows=held.rows.where(held)))
        if len(nodes) == 2 and not first:
            nodes = (*nodes, nodes[0])
        if len(nodes) == 2 and first:
            values = t.column(nodes[0])
            held = t.holds(t.meaning(nodes[1]))
            if held.rows is None or values.rows is None or held.rows.name != values.rows.name:
                return None
            return _over(t, name, replace(values, rows=values.rows.where(held)))
        amount, pairs = (nodes[0], nodes[1:]) if first or len(nodes) > 3 else (nodes[-1], nodes[:-1])
        if len(pairs) % 2:
            return None
        values = t.column(amount)
        rows = _criteria(t, pairs, replace(rows_of(values), conditions=()))
        return _over(t, name, replace(values, rows=rows))

    return to


def _over(t: T, name: str, value: Value) -> Value:
    """An aggregate of the values of rows."""
    if value.rows is None:
        raise Unclear
    rows, choices = value.rows, value.choices
    if value.literal == 1 and name == "sum":
        return Value(t.aggregate("count", rows), kind="number", own=True)
    if choices and len(choices) == 1:  # SUM(CASE WHEN c THEN x ELSE 0 END)
        condition, then = choices[0]
        is_nothing = value.otherwise is None or value.otherwise.literal is MISSING
        zero = is_nothing or (value.otherwise is not None and value.otherwise.literal == 0)
        if (zero and name in ("sum", "count")) or is_nothing:
            if name == "sum" and then.literal == 1:
                return Value(t.aggregate("count", rows.where(condition)), kind="number", own=True)
            value = replace(then, rows=rows.where(condition))
            rows = rows_of(value)
            if name == "count":
                return Value(t.aggregate("count", rows), kind="number", own=True)
    if not value.path:
        if value.kind == "bool" and name == "sum":
            return Value(t.aggregate("count", rows.where(value)), kind="number", own=True)
        if value.kind == "bool" and name == "average":
            return Value(t.aggregate("share", rows, having=value), kind="number", own=True)
        raise CannotSay(
            "rows are added up by a field: a calculation for each row is a `metric … of TABLE`, which is then added up"
        )
    added = rows.where(t.is_missing(replace(value, rows=replace(rows, conditions=())), True)) if name == "sum" else None
    kind = "number" if name in ("sum", "average", "count_distinct", "distinct_days") else value.kind
    return Value(
        t.aggregate(name, rows, value.path),
        PRIMARY,
        kind,
        own=True,
        type=value.type if name in ("max", "min", "last", "first", "most_common") else None,
        added=added,
    )


def _rows_or_value(t: T, node: tree.Node) -> Meaning | None:
    meaning = t.meaning(node)
    if isinstance(meaning, Series):
        return meaning
    if isinstance(meaning, Beside) and meaning.inner is not None and meaning.inner.rows is not None:
        return meaning
    return meaning


def _arguments_of(t: T, call: C) -> Meaning | None:
    """The one thing that an aggregate is of, with its condition."""
    if len(call.arguments) != 1:
        return None
    star = isinstance(call.arguments[0], tree.Star)
    meaning = _rows_or_value(t, call.arguments[0]) if not star else None
    if call.condition is not None:
        rows = meaning if isinstance(meaning, Rows) else meaning.rows if isinstance(meaning, Value) else None
        if rows is None and isinstance(call.arguments[0], tree.Star):
            held = t.holds(t.meaning(call.condition))
            return None if held.rows is None else held.rows.where(held)
        if rows is None:
            return None
        if (owned := _with_owned(t, rows, call.condition)) is not None:
            return replace(meaning, rows=owned) if isinstance(meaning, Value) else owned
        kept = t.filtered(rows, call.condition)
        return replace(meaning, rows=kept) if isinstance(meaning, Value) else kept
    return meaning


def _with_owned(t: T, rows: Rows, condition: tree.Node) -> Rows | None:
    """Rows of which each owns others for which a condition holds: `COUNT(DISTINCT users.id) FILTER (WHERE logins.device = 'ios')`."""
    try:
        held = t.holds(t.meaning(condition))
    except (Unclear, CannotSay):
        return None
    if held.rows is None or held.rows.relation.of != rows.relation.name or held.own or rows.latest:
        return None
    return rows.where(t.any_of(held.rows.where(held)))


def _count(t: T, call: C) -> Meaning | None:
    if len(call.arguments) == 1 and isinstance(call.arguments[0], tree.Star):
        meaning: Any = t.group_rows() if call.condition is None else _arguments_of(t, call)
    elif not call.arguments and call.method is False:
        meaning = t.group_rows()
    elif len(call.arguments) == 2 and call.method:  # tickets.count(t => …)
        meaning = t.filtered(t.rows_of(call.arguments[0]), call.arguments[1])
    elif (len(call.arguments) == 1 and isinstance(call.arguments[0], tree.Number)) or (
        len(call.arguments) == 1 and t.grouped is not None and t.is_key(call.arguments[0], t.grouped.relation)
    ):
        meaning = t.group_rows()
    else:
        meaning = _arguments_of(t, call)
    if isinstance(meaning, Rows) and meaning.latest and not meaning.having:
        raise CannotSay(
            f"these are the newest {meaning.latest} rows, however old they are: those of the last days are counted as in "
            f"`count({meaning.name} in last {meaning.latest} days)`"
        )
    if isinstance(meaning, Rows):
        return Value(t.aggregate("count", meaning), kind="number", own=True)
    if isinstance(meaning, Beside) and meaning.kind == "day" and call.distinct and meaning.inner is not None:
        return _distinct_days(t, meaning.inner)
    if not isinstance(meaning, Value):
        return None
    if meaning.rows is None:
        if meaning.kind == "set" and meaning.path:
            return Value(f"size({meaning.text})", PRIMARY, "number", own=meaning.own)
        if t.grouped is None and not call.distinct and call.over is None:
            raise Unclear  # of one value nobody counts
        meaning = t.of_everybody(meaning)
    if call.distinct or meaning.distinct or call.name in _DISTINCT:
        if meaning.rows is not None and meaning.path and meaning.path == meaning.rows.relation.key:
            return Value(t.aggregate("count", meaning.rows), kind="number", own=True)  # no two rows have the same
        return _over(t, "count_distinct", meaning)
    rows = meaning.rows
    if meaning.literal is not None:
        return Value(t.aggregate("count", rows), kind="number", own=True)
    if meaning.kind == "bool" and not meaning.path:
        return Value(t.aggregate("count", rows.where(meaning)), kind="number", own=True)
    if meaning.choices:
        return _over(t, "count", meaning)
    field = rows.relation.fields.get(meaning.path)
    known = meaning.path in (rows.relation.key, rows.relation.by, rows.relation.at) or (
        field is not None and field.required
    )
    kept = rows if known else rows.where(t.is_missing(replace(meaning, rows=replace(rows, conditions=())), True))
    return Value(t.aggregate("count", kept), kind="number", own=True)


def _distinct_days(t: T, value: Value) -> Value | None:
    if value.rows is None or value.path != value.rows.relation.at:
        return None
    return Value(t.aggregate("distinct_days", value.rows), kind="number", own=True)


_DISTINCT = (
    "countd",
    "countunique",
    "count_distinct",
    "nunique",
    "approx_count_distinct",
    "uniq",
    "distinctcount",
    "dcount",
    "n_distinct",
)


def _count_blank(t: T, call: C) -> Meaning | None:
    alone = isinstance(call.arguments[0], tree.Name) and len(call.arguments[0].parts) == 1
    if len(call.arguments) > 1 or (alone and t.value(call.arguments[0]).rows is None):
        return _how_many(t, call, False)
    column = t.column(call.arguments[0])
    return Value(t.aggregate("count", rows_of(column).where(t.is_missing(column, False))), kind="number", own=True)


def _how_many(t: T, call: C, is_there: bool) -> Meaning | None:
    """COUNTBLANK(a, b), COUNTA(a, b) of fields of one customer: beside a number, whether all of them are missing, or any."""
    values = [t.value(a) for a in call.arguments]
    if any(v.rows is not None or not v.path for v in values):
        return None
    counted = [t.is_missing(v, is_there) for v in values]

    def compared(op: str, other: Meaning) -> Value | None:
        literal = other.literal if isinstance(other, Value) else None
        return so_many(counted, op, literal) if isinstance(literal, Fraction) and op in COUNTS else None

    return Beside(
        "fields of one customer aren't counted: ask each of them, as in `region is missing and country is missing`",
        compared,
    )


def _aggregate(name: str) -> To:
    def to(t: T, call: C) -> Meaning | None:
        if len(call.arguments) > 1 and not call.method:
            return _of_values(t, name, call)
        if len(call.arguments) == 2 and isinstance(call.arguments[1], tree.Each):
            return _over(t, name, t.mapped(t.rows_of(call.arguments[0]), call.arguments[1]))
        if not call.arguments:
            return None
        meaning = _arguments_of(t, call)
        if isinstance(meaning, Rows):
            if name in ("first", "last"):
                return None
            return _over(t, name, t.column(tree.Given(call.start, call.end, meaning)))
        if isinstance(meaning, Series):
            return _of_values(
                t, name, replace(call, arguments=tuple(tree.Given(call.start, call.end, i) for i in meaning.items))
            )
        if meaning is None:
            return None
        if isinstance(meaning, Beside) and meaning.kind == "day" and meaning.inner and name in ("max", "min"):
            return t.day_of_time(_over(t, name, meaning.inner)) if meaning.inner.rows is not None else None
        value = t.alone(meaning)
        if value.rows is None and name not in ("sum", "average", "max", "min", "median"):
            return None
        if value.rows is None and name == "sum" and value.kind == "number" and not value.path and value.own:
            return value  # SUM(COUNTIF(…, {…}))
        if value.rows is None:
            if value.kind == "number" and not value.path and not value.own:
                return None
            return _of_all(t, name, value)
        if value.kind == "time" and name == "max" and value.path == value.rows.relation.at:
            name_ = "max"
            return _over(t, name_, value)
        return _over(t, name, value)

    return to


def _average(t: T, call: C) -> Meaning | None:
    meaning = _aggregate("average")(t, call)
    if isinstance(meaning, Value) and f"({t.population.name}" not in meaning.text:
        t.note("by the language's own name")
    return meaning


def _of_all(t: T, name: str, value: Value) -> Meaning | None:
    """MAX(arr), AVERAGE(account[arr]): of all customers."""
    if t.bare is not None:
        return None
    line = _over(t, name, t.of_everybody(value))
    t.note(f"`{t.population.name}` are all of them, whatever the rule's `where` says")
    return replace(line, type=value.type if name != "count" else None)


def _of_values(t: T, name: str, call: C) -> Meaning | None:
    """MAX(a, b), SUM(a, b): of several fields."""
    values = [t.value(a) for a in call.arguments]
    if any(v.rows is not None for v in values) or len(values) < 2:
        return None
    if name == "sum" and all(v.kind == "bool" and v.literal is None for v in values):
        return holding(values)
    line = ", ".join(v.text for v in values)
    kind = values[0].kind or values[1].kind
    if name in ("max", "min"):
        t.note(
            f"the {'larger' if name == 'max' else 'smaller'} of values is `{'larger' if name == 'max' else 'smaller'}(…)`"
        )
        return Value(f"{'larger' if name == 'max' else 'smaller'}({line})", kind=kind, own=True, type=values[0].type)
    if name in ("sum", "average"):
        total = " + ".join(v.text for v in values)
        t.note("fields of one row are calculated with")
        if name == "sum":
            return Value(total, 4, "number", own=True, type=values[0].type)
        return Value(f"({total}) / {len(values)}", 5, "number", own=True)
    return None


def _quantified(name: str) -> To:
    """any(…), all(…), some, every: of rows, of a condition for each row, of several conditions."""

    def to(t: T, call: C) -> Meaning | None:
        is_taken = len(call.arguments) == 2 and isinstance(call.arguments[1], (tree.Each, tree.Call))
        if is_taken or (len(call.arguments) == 2 and call.method):
            rows = t.rows_of(call.arguments[0])
            kept = t.filtered(rows.each, call.arguments[1]).conditions
            held = joined("and", kept)
        elif len(call.arguments) == 1:
            meaning = _arguments_of(t, call)
            if isinstance(meaning, Series):
                return t.junction("or" if name == "any" else "and", [t.holds(i) for i in meaning.items])
            if isinstance(meaning, Rows):
                return t.any_of(meaning) if name == "any" else _named(t, name, meaning)
            if not isinstance(meaning, Value) or meaning.rows is None or meaning.kind != "bool":
                return None
            rows, held = meaning.rows, meaning
        else:
            return None
        if name == "all":
            line = t.aggregate("all", rows, having=held)
            return Value(line, kind="bool", own=True, negation=f"not {line}")
        return t.any_of(rows.where(held)) if name == "any" else _named(t, name, rows.where(held))

    return to


def _named(t: T, name: str, rows: Rows) -> Meaning | None:
    return (
        Value(t.aggregate(name, rows), kind="bool", own=True, negation=t.aggregate("any", rows))
        if name == "none"
        else None
    )


def _product(t: T, call: C) -> Meaning | None:
    """SUMPRODUCT((a = x) * (b = y)), SUMPRODUCT(a = x, amounts)."""
    node = call.arguments[0]
    for other in call.arguments[1:]:
        node = tree.Binary(node.start, other.end, "*", node, other)
    meaning = t.meaning(node)
    if not isinstance(meaning, Value) or meaning.rows is None:
        return None
    if meaning.kind == "bool":
        return Value(t.aggregate("count", meaning.rows.where(meaning)), kind="number", own=True)
    return _over(t, "sum", meaning)


def _calculated(name: str) -> To:
    """SUMX(rows, expression) of DAX."""

    def to(t: T, call: C) -> Meaning | None:
        rows, body = t.rows_of(call.arguments[0]), call.arguments[1]
        value = t.alone(t.meaning(body))
        if value.rows is None or value.rows.name != rows.name:
            return None
        return _over(t, name, replace(value, rows=rows))

    return to


def _under(t: T, call: C) -> Meaning | None:
    """CALCULATE(COUNTROWS(tickets), tickets[status] = "open") of DAX."""
    inner, *conditions = call.arguments
    if not isinstance(inner, tree.Call) or not inner.arguments:
        return None
    first = t.meaning(inner.arguments[0])
    rows = first if isinstance(first, Rows) else first.rows if isinstance(first, Value) else None
    if rows is None:
        return None
    for condition in conditions:
        rows = t.filtered(rows, condition)
    kept: Meaning = rows if isinstance(first, Rows) else replace(t.alone(first), rows=rows)
    given = tree.Given(inner.start, inner.end, kept)
    return t.apply_row(inner.name, replace(inner, arguments=(given, *inner.arguments[1:])))


def _in_period(t: T, call: C) -> Meaning | None:
    """DATESINPERIOD(tickets[opened_at], TODAY(), -3, MONTH) of DAX: the rows of so long until today."""
    if len(call.arguments) != 4:
        return None
    name, day, count, unit = call.arguments
    column, until, length = t.column(name), t.value(day), t.value(count).literal
    said = unit.parts[-1].lower() if isinstance(unit, tree.Name) else ""
    if column.kind != "time" or until.moment not in ("today", "now") or said not in ("day", "month", "year", "quarter"):
        return None
    if not isinstance(length, Fraction) or length.denominator != 1 or length >= 0:
        return None
    months = Length(3 * int(length), "month") if said == "quarter" else Length(int(length), said)
    return t.compared(">=", column, t.moved(Value("now", kind="time", moment="now"), months))


def _fixed(t: T, call: C) -> Meaning | None:
    """A figure by the key of the customers, which each customer has by itself here."""
    key, figure = call.arguments
    if not isinstance(key, tree.Name) or t.own is None:
        return None
    if key.parts[-1].lower() != t.own.key:  # of the customers with the same value
        if not isinstance(figure, tree.Call) or t.names.field([key.parts[-1].lower()]) is None:
            return None
        return t.meaning(replace(figure, over=tree.Over(key.start, key.end, (key,), ())))
    if isinstance(figure, tree.Call) and len(figure.arguments) == 1 and isinstance(figure.arguments[0], tree.Name):
        name = figure.arguments[0].parts[-1].lower()
        owners = [table for table, relation in t.names.tables.items() if name in relation.fields]
        if name not in t.names.fields and len(owners) == 1:
            column = tree.Name(figure.start, figure.end, (owners[0], name))
            figure = replace(figure, arguments=(column,))
    return t.meaning(figure)


_MOST_TRIES = 20_000


def _query(t: T, call: C) -> Meaning | None:
    """df.query("plan == 'team'"), `invoices.query("status == 'paid'")`."""
    written = call.arguments[-1]
    of = t.meaning(call.arguments[0]) if call.method and len(call.arguments) == 2 else None
    if isinstance(of, Rows) and of.name != t.population.name and isinstance(written, tree.Text):
        try:
            condition = read(written.value, 0, len(written.value), Tries(_MOST_TRIES))
        except Unreadable:
            return None
        return t.filtered(of, tree.placed(condition, written.start, written.end))
    return t.quoted(written.value) if isinstance(written, tree.Text) and len(call.arguments) == 2 else None


_LOOKUPS = {"": "=", **CALLED}


def _by_fields(t: T, call: C) -> Meaning | None:
    """`tickets.filter(status="open", amount__gt=5)` of an object mapper."""
    rows = t.rows_of(call.arguments[0])
    for key, node in call.named:
        name, _, how = key.partition("__")
        if name not in rows.relation.fields or (how not in _LOOKUPS and how != "in"):
            return None
        column = t.field_of(rows.each, name)
        if how == "in":
            held = t.within(column, t.series(node), False)
        else:
            held = t.compared(_LOOKUPS[how], column, t.from_outside(node))
        rows = rows.where(negated(held) if call.name == "exclude" else held)
    return rows


def _filter(t: T, call: C) -> Meaning | None:
    if call.named and len(call.arguments) == 1:
        return _by_fields(t, call)
    if call.name == "where" and len(call.arguments) == 3 and not call.method:
        return t.apply_row("if", call)
    if len(call.arguments) < 2:
        return None
    node, *conditions = call.arguments
    if call.method and len(conditions) == 1 and _is_number(conditions[0]):
        return _numbered(t, call)
    if (
        call.method
        and call.name == "filter"
        and t.bare is None
        and (own := _of_customers(t, node, conditions)) is not None
    ):
        return own
    if isinstance(conditions[0], tree.Call) and isinstance(node, tree.Each):  # filter(f, rows) of Python
        node, conditions = conditions[0], [node]
    if isinstance(node, tree.Each) and node.rows is None:
        node, conditions = conditions[0], [node]
    meaning = t.meaning(node)
    rows = meaning if isinstance(meaning, Rows) else meaning.rows if isinstance(meaning, Value) else None
    if rows is None:
        return None
    for condition in conditions:
        if isinstance(condition, (tree.Text, tree.Number)):
            continue
        rows = t.filtered(rows, condition)
    return replace(meaning, rows=rows) if isinstance(meaning, Value) else rows


def _is_number(node: tree.Node) -> bool:
    return isinstance(node, tree.Number) or (isinstance(node, tree.Unary) and isinstance(node.x, tree.Number))


def _of_customers(t: T, node: tree.Node, conditions: Sequence[tree.Node]) -> Meaning | None:
    """`account[account.arr > 50000]`, as pandas asks of a table of customers: the condition itself."""
    if not isinstance(node, tree.Name) or len(node.parts) != 1:
        return None
    if any(isinstance(condition, (tree.Each, tree.Text, tree.Number)) for condition in conditions):
        return None
    meaning = t.meaning(node)
    is_own = isinstance(meaning, Rows) and meaning.name == t.population.name and not meaning.conditions
    is_frame = node.parts[0].lower() in _FRAMES and isinstance(meaning, Value) and not meaning.kind
    if not (is_own or is_frame):
        return None
    every = [t.condition(condition) for condition in conditions]
    return every[0] if len(every) == 1 else t.junction("and", every)


_FRAMES = {"df", "data", "frame", "customers"}
"""What people call a table of customers in pandas."""


def _is_commonest(node: tree.Node) -> bool:
    """Tells whether a node is the values that most rows have: `x.mode()`, `Counter(…).most_common(1)`, or `….most_common(1)[0]`."""
    if not isinstance(node, tree.Call):
        return False
    if node.name == "filter" and len(node.arguments) == 2 and isinstance(node.arguments[1], tree.Number):
        return isinstance(node.arguments[0], tree.Call) and node.arguments[0].name == "most_common"
    return node.name in ("mode", "most_common")


def _numbered(t: T, call: C) -> Meaning | None:
    """`rows[0]`, which has no counterpart, and `df.shape[0]`, which counts."""
    node = call.arguments[0]
    if isinstance(node, tree.Call) and node.name == "shape":
        return t.meaning(node)
    is_first = isinstance(call.arguments[1], tree.Number) and call.arguments[1].value == 0
    if is_first and _is_commonest(node):
        return t.meaning(node)  # of several that are as common, one
    t.meaning(node)
    raise CannotSay("rows have no numbers here: `last(invoices.status)` is of the newest, `first(…)` of the oldest")


def _map(t: T, call: C) -> Meaning | None:
    node, each = call.arguments
    if isinstance(node, tree.Each):
        node, each = each, node
    if (by_key := by_keys(t, call, each, node)) is not None:  # df["plan"].map({"free": 0})
        return by_key
    return t.mapped(t.rows_of(node), each)


def _reduce(t: T, call: C) -> Meaning | None:
    """`.reduce((a, b) => a + b, 0)`."""
    value, each = t.meaning(call.arguments[0]), call.arguments[1]
    if (
        not isinstance(each, tree.Each)
        or len(each.variables) != 2
        or not isinstance(each.body, tree.Binary)
        or each.body.op != "+"
        or len(call.arguments) > 3
    ):
        return None
    a, b = each.body.a, each.body.b
    firsts = [n.parts[0].lower() if isinstance(n, tree.Name) else "" for n in (a, b)]
    if firsts != list(each.variables) or len(a.parts) > 1:  # type: ignore[attr-defined]  # both are names
        return None
    begin = t.value(call.arguments[2]).literal if len(call.arguments) == 3 else Fraction(0)
    if isinstance(value, Rows):
        value = t.mapped(value, tree.Each(each.start, each.end, each.variables[1:], b, None, None))
    if not isinstance(value, Value) or not isinstance(begin, Fraction):
        return None
    total = _over(t, "sum", value)
    return (
        Value(f"{total.text} + {number(begin).text}", SUM, "number", own=True)
        if begin > 0
        else total
        if begin == 0
        else None
    )


def _distinct(t: T, call: C) -> Meaning | None:
    meaning = t.meaning(call.arguments[0])
    if isinstance(meaning, Value) and meaning.rows is not None:
        return replace(meaning, distinct=True)
    return meaning if isinstance(meaning, (Rows, Beside)) else None


def _most_common(t: T, call: C) -> Meaning | None:
    """MODE(logins.device), `Counter(l.device for l in logins).most_common(1)[0]`, `value_counts().idxmax()`."""
    node, *rest = call.arguments
    if call.name == "idxmax" or (isinstance(node, C) and node.name in ("counter", "value_counts")):
        is_counted = isinstance(node, C) and node.name in ("counter", "value_counts") and len(node.arguments) == 1
        is_one = not rest or (len(rest) == 1 and isinstance(rest[0], tree.Number) and rest[0].value == 1)
        if not is_counted or not is_one or not isinstance(node, C):
            return None
        return _aggregate("most_common")(t, replace(call, name="most_common", arguments=node.arguments, method=False))
    return _aggregate("most_common")(t, call)


def _rows(t: T, call: C) -> Meaning | None:
    return _count(t, replace(call, name="count"))


def _exists(t: T, call: C) -> Meaning | None:
    if len(call.arguments) != 1:
        return _quantified("any")(t, call)  # `tickets.exists(t => …)`
    meaning = t.meaning(call.arguments[0])
    if isinstance(meaning, Value) and meaning.rows is None and meaning.kind == "bool":
        return meaning
    rows = meaning if isinstance(meaning, Rows) else meaning.rows if isinstance(meaning, Value) else None
    return None if rows is None else t.any_of(rows)


def _same(t: T, call: C) -> Meaning | None:
    return t.meaning(call.arguments[0])


def _last_of(name: str) -> To:
    def to(t: T, call: C) -> Meaning | None:
        if len(call.arguments) != 1:
            return None
        meaning = _arguments_of(t, call)
        return _over(t, name, meaning) if isinstance(meaning, Value) and meaning.rows is not None else None

    return to


def _rolled_up(t: T, call: C) -> Meaning | None:
    """`ROLLUP(invoices, COUNT, filter: status = "open")` of Salesforce: rows, a function, and a condition on them."""
    if len(call.arguments) not in (2, 3) or not isinstance(call.arguments[1], tree.Name):
        return None
    rows, name, *more = call.arguments
    filters = [*more, *(value for key, value in call.named if key in ("filter", "where", "filters"))]
    if len(filters) > 1 or len(filters) != len(more) + len(call.named):
        return None
    function_ = name.parts[-1].lower()  # type: ignore[attr-defined]  # it is a name
    if function_ not in ("count", "sum", "avg", "average", "min", "max"):
        return None
    inner = C(call.start, call.end, function_, (rows,), condition=filters[0] if filters else None)
    return t.apply_row(function_, inner)


def _found_place(t: T, call: C) -> Meaning | None:
    """`tickets.findIndex(t => …) >= 0`, `["team", "business"].indexOf(plan) > -1`."""
    where, x = call.arguments
    if isinstance(where, tree.Several):
        return _place_beside(t, t.within(t.value(x), t.series(where), False))
    found = t.any_of(t.filtered(t.rows_of(call.arguments[0]), call.arguments[1]))
    return _place_beside(t, found)


def _place_beside(t: T, found: Value) -> Beside:
    """A place from 0 on, -1 where nothing is found: whether it is."""

    def compared(op: str, other: Meaning) -> Value | None:
        literal = other.literal if isinstance(other, Value) else None
        if (op, literal) in ((">", -1), (">=", 0), ("!=", -1)):
            return found
        return t.opposite(found) if (op, literal) in (("=", -1), ("<", 0), ("<=", -1)) else None

    return Beside("rows and values have no places here: ask whether there is one", compared)


def _by_name(name: str) -> To:
    """`_.sumBy(invoices, "amount")`."""

    def to(t: T, call: C) -> Meaning | None:
        rows, said = t.rows_of(call.arguments[0]), call.arguments[1]
        if isinstance(said, tree.Text) and said.value in rows.relation.fields:
            return _over(t, name, replace(t.field_of(rows, said.value), rows=rows))
        return _over(t, name, t.mapped(rows, said)) if isinstance(said, tree.Each) else None

    return to


def _group(t: T, call: C) -> Meaning | None:
    of, by = call.arguments if len(call.arguments) == 2 else (None, None)
    meaning = t.meaning(of) if of is not None else None
    if isinstance(meaning, Rows) and isinstance(by, tree.Text) and by.value == meaning.relation.by:
        return meaning  # each customer has its own
    raise CannotSay("rows of a customer need no grouping here: `count(tickets)` counts the customer's own")


FAMILY = Functions(
    "Functions of rows",
    (
        function(
            "countif countifs",
            _count_if,
            [
                ('COUNTIF(tickets, "urgent") > 2', 'count(tickets where priority = "urgent") > 2'),
                (
                    'COUNTIFS(tickets.priority, "urgent", tickets.state, "open") > 2',
                    'count(tickets where priority = "urgent" and state = "open") > 2',
                ),
                (
                    'COUNTIFS(invoices.amount, ">500", invoices.state, "<>paid") > 1',
                    'count(invoices where amount > 500 and state != "paid") > 1',
                ),
                (
                    'COUNTIF(logins.device, "mob*") > 0',
                    'count(logins where device starts with "mob" ignoring case) > 0',
                ),
            ],
            _COUNTED,
        ),
        function(
            "sumif",
            _sum_if("sum", first=False),
            [
                (
                    'SUMIF(invoices.state, "paid", invoices.amount) > 500',
                    'sum(invoices.amount where state = "paid") > 500',
                )
            ],
            _ADDED,
        ),
        function(
            "averageif avgif",
            _sum_if("average", first=False),
            [
                (
                    'AVERAGEIF(invoices.state; "paid"; invoices.amount) > 100',
                    'average(invoices.amount where state = "paid") > 100',
                )
            ],
        ),
        function(
            "sumifs",
            _sum_if("sum", first=True),
            [
                (
                    'SUMIFS(invoices.amount, invoices.state, "paid") > 500',
                    'sum(invoices.amount where state = "paid") > 500',
                )
            ],
            _ADDED,
        ),
        function(
            "averageifs",
            _sum_if("average", first=True),
            [
                (
                    'AVERAGEIFS(invoices.amount, invoices.state, "paid") > 100',
                    'average(invoices.amount where state = "paid") > 100',
                ),
                (
                    'AVERAGEIFS(invoices.amount, invoices.state = "paid") > 100',
                    'average(invoices.amount where state = "paid") > 100',
                ),
            ],
        ),
        function(
            "maxifs",
            _sum_if("max", first=True),
            [
                (
                    'MAXIFS(invoices.amount, invoices.state, "paid") > 100',
                    'max(invoices.amount where state = "paid") > 100',
                )
            ],
        ),
        function(
            "minifs",
            _sum_if("min", first=True),
            [
                (
                    'MINIFS(invoices.amount, invoices.state, "paid") > 100',
                    'min(invoices.amount where state = "paid") > 100',
                )
            ],
        ),
        function(
            "count counta countd countunique count_distinct nunique approx_count_distinct uniq distinctcount dcount "
            "n_distinct count_if countnotnull",
            _count,
            [
                ("COUNTA(tickets.priority) > 3", "count(tickets where priority is not missing) > 3"),
                ("COUNT(DISTINCT logins.device) > 1", "count_distinct(logins.device) > 1"),
                ("COUNTUNIQUE(logins.device) > 1", "count_distinct(logins.device) > 1"),
                ("COUNT(CASE WHEN tickets.state = 'open' THEN 1 END) > 2", 'count(tickets where state = "open") > 2'),
                ("COUNT(DISTINCT DATE(logins.occurred_at)) > 9", "distinct_days(logins) > 9"),
            ],
            _COUNTED,
        ),
        function(
            "countblank",
            _count_blank,
            [
                ("COUNTBLANK(tickets.priority) > 3", "count(tickets where priority is missing) > 3"),
                ("COUNTBLANK(country) = 1", "country is missing"),
                ("COUNTBLANK(country, signed_on) = 2", "country is missing and signed_on is missing"),
                ("COUNTBLANK(country; signed_on) > 0", "country is missing or signed_on is missing"),
            ],
            _COUNTED,
        ),
        function(
            "rows rowcount shape nrow tally",
            _rows,
            [
                ('ROWS(FILTER(tickets, tickets.state = "open")) > 2', 'count(tickets where state = "open") > 2'),
                ("ROWS(UNIQUE(logins.device)) > 1", "count_distinct(logins.device) > 1"),
                ('nrow(filter(tickets, state == "open")) > 2', 'count(tickets where state = "open") > 2'),
                (
                    'tickets %>% filter(state == "open", priority == "high") |> nrow() > 2',
                    'count(tickets where state = "open" and priority = "high") > 2',
                ),
            ],
            _COUNTED,
        ),
        function(
            "sum sum_ total add",
            _aggregate("sum"),
            [
                ("SUM(invoices.amount) > 100", "sum(invoices.amount) > 100"),
                (
                    "sum(i.amount for i in invoices if i.state == 'paid') > 100",
                    'sum(invoices.amount where state = "paid") > 100',
                ),
                ("arr / SUM(arr) > 5%", "arr / sum(all account.arr) > 5%"),
                ("sum(seats, nps) > 100", "seats + nps > 100"),
            ],
        ),
        function(
            "average avg mean averagea",
            _average,
            [
                ("AVG(invoices.amount) > 100", "average(invoices.amount) > 100"),
                ("arr > AVERAGE(account[arr])", "arr > average(all account.arr)"),
            ],
        ),
        function(
            "max maximum maxa",
            _aggregate("max"),
            [
                (
                    'MAX(FILTER(invoices.amount, invoices.state = "paid")) > 500',
                    'max(invoices.amount where state = "paid") > 500',
                ),
                ("MAX(seats, nps) > 100", "larger(seats, nps) > 100"),
            ],
        ),
        function("min minimum mina", _aggregate("min"), [("MIN(seats, nps) < 5", "smaller(seats, nps) < 5")]),
        function(
            "median", _aggregate("median"), [("arr > 2 * MEDIAN(account[arr])", "arr > 2 * median(all account.arr)")]
        ),
        function(
            "mode mode.sngl most_common idxmax",
            _most_common,
            [
                ("Counter(l.device for l in logins).most_common(1)[0] = 'web'", 'most_common(logins.device) = "web"'),
                ("logins.device.value_counts().idxmax() = 'web'", 'most_common(logins.device) = "web"'),
                ('MODE(logins.device) = "web"', 'most_common(logins.device) = "web"'),
                ("MODE() WITHIN GROUP (ORDER BY logins.device) = 'web'", 'most_common(logins.device) = "web"'),
            ],
            "the value that most rows have is `most_common(…)`",
        ),
        function(
            "first first_value",
            _last_of("first"),
            [("first(invoices.amount) > 5 && seats > 3", "first(invoices.amount) > 5 and seats > 3")],
        ),
        function(
            "last last_value latest",
            _last_of("last"),
            [
                ('latest(invoices.state) = "failed"', 'last(invoices.state) = "failed"'),
                ('invoices[-1].state == "failed"', 'last(invoices.state) = "failed"'),
            ],
        ),
        function(
            "any some bool_or logical_or anymatch array_exists",
            _quantified("any"),
            [
                ('any(t.priority == "urgent" for t in tickets)', 'any(tickets where priority = "urgent")'),
                ("tickets.some(t => t.priority === 'urgent')", 'any(tickets where priority = "urgent")'),
                ('tickets.any(priority == "urgent")', 'any(tickets where priority = "urgent")'),
            ],
            _ASKED,
        ),
        function(
            "all every bool_and logical_and allmatch",
            _quantified("all"),
            [
                ('all(i.state == "paid" for i in invoices)', 'all(invoices having state = "paid")'),
                ('invoices.every(i => i.state === "paid")', 'all(invoices having state = "paid")'),
            ],
            "of all rows it is asked with `all(ROWS having …)`",
        ),
        function(
            "none nonematch",
            _quantified("none"),
            [("none(tickets.filter(t => t.state === 'open'))", 'none(tickets where state = "open")')],
            _ASKED,
        ),
        function(
            "sumproduct",
            _product,
            [
                (
                    'SUMPRODUCT((tickets.priority = "urgent") * (tickets.state = "open")) > 0',
                    'count(tickets where priority = "urgent" and state = "open") > 0',
                ),
                (
                    'SUMPRODUCT((invoices.state = "paid") * invoices.amount) > 500',
                    'sum(invoices.amount where state = "paid") > 500',
                ),
            ],
            _COUNTED,
        ),
        function(
            "filter where exclude filter_by subset",
            _filter,
            [
                (
                    'SUM(FILTER(invoices.amount, invoices.state = "paid")) > 500',
                    'sum(invoices.amount where state = "paid") > 500',
                ),
                ('tickets.filter(t => t.state === "open").length > 3', 'count(tickets where state = "open") > 3'),
                ('account[(account.arr > 500) & (account.plan == "team")]', 'arr > 500 and plan = "team"'),
            ],
        ),
        function(
            "map pluck",
            _map,
            [
                (
                    'df["plan"].map({"team": 3, "business": 1}) > 2',
                    'if plan = "team" then 3 else if plan = "business" then 1 else missing end > 2',
                ),
                ("Math.max(invoices.map(i => i.amount)) > 500", "max(invoices.amount) > 500"),
            ],
        ),
        function(
            "reduce",
            _reduce,
            [("invoices.map(i => i.amount).reduce((a, b) => a + b, 0) > 500", "sum(invoices.amount) > 500")],
        ),
        function(
            "unique distinct set drop_duplicates",
            _distinct,
            [("len(set(l.device for l in logins)) > 1", "count_distinct(logins.device) > 1")],
            "different values are counted with `count_distinct(…)`",
        ),
        function(
            "rollup roll_up rollupsummary rollup_summary",
            _rolled_up,
            [
                (
                    'ROLLUP(invoices.amount, SUM, filter: state = "paid") > 500',
                    'sum(invoices.amount where state = "paid") > 500',
                ),
                ("ROLLUP(tickets, COUNT) > 3", "count(tickets) > 3"),
            ],
            _COUNTED,
        ),
        function(
            "exists",
            _exists,
            [
                ("EXISTS (SELECT 1 FROM tickets WHERE priority = 'urgent')", 'any(tickets where priority = "urgent")'),
                ("NOT EXISTS (SELECT * FROM tickets)", "none(tickets)"),
                (
                    "(SELECT COUNT(*) FROM tickets WHERE priority = 'urgent') > 3",
                    'count(tickets where priority = "urgent") > 3',
                ),
            ],
            _ASKED,
        ),
        function(
            "countrows",
            _rows,
            [('COUNTROWS(FILTER(tickets, tickets[state] = "open")) > 2', 'count(tickets where state = "open") > 2')],
            _COUNTED,
        ),
        function(
            "sumx",
            _calculated("sum"),
            [
                (
                    'SUMX(FILTER(invoices, invoices[state] = "paid"), invoices[amount]) > 500',
                    'sum(invoices.amount where state = "paid") > 500',
                )
            ],
            _ADDED,
        ),
        function(
            "averagex",
            _calculated("average"),
            [("AVERAGEX(invoices, invoices[amount]) > 500", "average(invoices.amount) > 500")],
        ),
        function(
            "maxx", _calculated("max"), [("MAXX(invoices, invoices[amount]) > 500", "max(invoices.amount) > 500")]
        ),
        function(
            "minx", _calculated("min"), [("MINX(invoices, invoices[amount]) > 500", "min(invoices.amount) > 500")]
        ),
        function(
            "calculate",
            _under,
            [('CALCULATE(COUNTROWS(tickets), tickets[state] = "open") > 2', 'count(tickets where state = "open") > 2')],
            _COUNTED,
        ),
        function(
            "datesinperiod",
            _in_period,
            [
                (
                    'CALCULATE(COUNTROWS(tickets), DATESINPERIOD(tickets[opened_at], TODAY(), -3, MONTH), tickets[state] = "open") > 2',
                    'count(tickets in last 3 months where state = "open") > 2',
                )
            ],
            "a window back is written as in `in last 30 days`",
        ),
        function(
            "fixed",
            _fixed,
            [
                ("{FIXED [account_id]: COUNTD([device])} > 2", "count_distinct(logins.device) > 2"),
                ("arr > {FIXED [country]: AVG([arr])}", "arr > average(all account.arr per country)"),
            ],
        ),
        function("query", _query, [("df.query(\"plan == 'team' and seats > 5\")", 'plan = "team" and seats > 5')]),
        function(
            "findindex",
            _found_place,
            [('tickets.findIndex(t => t.state === "open") >= 0', 'any(tickets where state = "open")')],
            _ASKED,
        ),
        function(
            "sumby", _by_name("sum"), [('_.sumBy(invoices, "amount") > 500', "sum(invoices.amount) > 500")], _ADDED
        ),
        function(
            "meanby", _by_name("average"), [('_.meanBy(invoices, "amount") > 500', "average(invoices.amount) > 500")]
        ),
        function(
            "next",
            _same,
            [
                (
                    'next((t for t in tickets if t.state == "open"), None) is not None',
                    'any(tickets where state = "open")',
                )
            ],
            _ASKED,
        ),
        function(
            "as.numeric as.integer values list tuple array arrayformula flatten sort sorted toarray tolist iter sortby",
            _same,
            [('len(list(t for t in tickets if t.state == "open")) > 2', 'count(tickets where state = "open") > 2')],
        ),
        function(
            "groupby group_by pivot arrayagg array_agg string_agg listagg group_concat",
            _group,
            refused=[('len(tickets.groupby("state")) > 2', "no grouping")],
        ),
    ),
)
