"""Rows and customers in an order, and the first or last of them: TAKE(SORT(…), 3), `sort_values(…).head(3)`, nlargest."""

from __future__ import annotations

from dataclasses import dataclass, replace

from segdsl.formulas import tree
from segdsl.formulas.table import Functions, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import COMPARE, Meaning, Rows, Unclear, Value

_LATEST = "the newest rows are asked with `latest`"
_TOP = "the largest are asked with `in top 10`, among those of the rule's `where`"
_SORTS = ("sort", "sortby", "sorted", "sort_values", "arrange", "orderby", "order_by", "sort_by")


@dataclass(frozen=True, slots=True)
class _InOrder:
    """What is in an order: the name of the field that it follows, empty for that of time, and whether it falls."""

    of: tree.Node
    by: str
    falls: bool


def _key(node: tree.Node) -> tuple[str, bool] | None:
    """The field that an order follows, and whether it falls: `due_date`, `-i.amount`, `desc(arr)`, `(a, b) => b.arr - a.arr`."""
    match node:
        case tree.Name(_, _, parts):
            return parts[-1].lower(), False
        case tree.Text(_, _, value):
            return value.removeprefix("-").lower(), value.startswith("-")
        case tree.Unary(_, _, "-", x):
            return (found[0], not found[1]) if (found := _key(x)) is not None else None
        case tree.Call(_, _, "desc", (x,)):
            return (found[0], not found[1]) if (found := _key(x)) is not None else None
        case tree.Each(_, _, (_,), body, None):
            return _key(body)
        case tree.Each(_, _, (a, b), tree.Binary(_, _, "-", tree.Name(_, _, (x, *p)), tree.Name(_, _, (y, *q))), None):
            return (p[-1].lower(), x.lower() == b) if p and p == q and {x.lower(), y.lower()} == {a, b} else None
        case tree.Several(_, _, (one,)):
            return _key(one)
        case _:
            return None


def _falls(node: tree.Node) -> bool | None:
    """Whether an order falls, as its third argument says it: -1, FALSE, "desc"."""
    match node:
        case tree.Unary(_, _, "-", tree.Number(_, _, value)) if value == 1:
            return True
        case tree.Number(_, _, value) if value in (0, 1):
            return value == 0
        case tree.Truth(_, _, rises):
            return not rises
        case tree.Text(_, _, value) if value.lower() in ("asc", "desc"):
            return value.lower() == "desc"
        case _:
            return None


def _in_order(node: tree.Node) -> _InOrder | None:
    """What is sorted, and how; None where that isn't known. What isn't sorted is in the order of time."""
    if not isinstance(node, C) or node.name not in _SORTS:
        return _InOrder(node, "", False)
    if not node.arguments:
        return None
    of, *rest = node.arguments
    named = dict(node.named)
    by = [*rest[:1], *(v for k, v in named.items() if k in ("key", "by"))]
    if len(by) != 1 or len(rest) > 2 or (found := _key(by[0])) is None:
        return None
    falls = [_falls(one) for one in rest[1:]]
    falls += [not v.value if k == "ascending" else v.value for k, v in named.items() if isinstance(v, tree.Truth)]
    if len(falls) > 1 or None in falls or named.keys() - {"key", "by", "ascending", "reverse"}:
        return None
    return _InOrder(of, found[0], found[1] != bool(falls and falls[0]))


def _count(node: tree.Node) -> int | None:
    """How many are taken: from the end where the number is negative."""
    if isinstance(node, tree.Unary) and node.op == "-":
        return -count if (count := _count(node.x)) is not None else None
    whole = isinstance(node, tree.Number) and node.value.denominator == 1 and node.value > 0
    return int(node.value) if whole and isinstance(node, tree.Number) else None


def _taken(t: T, call: C) -> Meaning | None:
    """`invoices[-3:]`, `invoices.slice(-3)`, TAKE(SORT(invoices, due_date, -1), 3), `account.sort_values("arr").tail(25)`."""
    node, *said = [*call.arguments, *(v for k, v in call.named if k == "n")]
    if call.name == "slice" and len(said) == 2 and isinstance(said[0], tree.Number) and said[0].value == 0:
        said = said[1:]
    elif call.name == "slice" and len(said) == 1 and not isinstance(said[0], tree.Unary):
        return None  # all but the first
    count = _count(said[0]) if len(said) == 1 else None
    if count is None or (order := _in_order(node)) is None:
        return None
    from_end = (count < 0) != (call.name in ("tail", "slice_tail"))
    return _extreme(t, order.of, order.by, abs(count), largest=from_end != order.falls)


def _largest(t: T, call: C) -> Meaning | None:
    """`account.nlargest(25, "arr")`, `account["arr"].nlargest(25)`, `slice_max(account, arr, n = 25)`."""
    node, *rest = [*call.arguments, *(v for k, v in call.named if k == "n")]
    numbers = [n for one in rest if (n := _count(one)) is not None]
    fields = [one for one in rest if _count(one) is None]
    if len(numbers) != 1 or numbers[0] < 0 or len(fields) > 1:
        return None
    by = _key(fields[0]) if fields else ("", False)
    if by is None or by[1]:
        return None
    return _extreme(t, node, by[0], numbers[0], largest=call.name not in ("nsmallest", "slice_min"))


def _extreme(t: T, node: tree.Node, by: str, count: int, *, largest: bool) -> Meaning | None:
    """The newest rows, or the customers with the largest values, of which `node` may be one that all have."""
    meaning = t.meaning(node)
    rows = meaning if isinstance(meaning, Rows) else meaning.rows if isinstance(meaning, Value) else None
    if rows is not None and rows.name != t.population.name:
        is_newest = by in ("", rows.relation.at) and largest
        if not rows.relation.at or rows.latest or rows.having or not is_newest:
            return None
        t.note(_LATEST)
        newest = replace(rows, latest=count)
        return newest if isinstance(meaning, Rows) else replace(meaning, rows=newest)  # type: ignore[arg-type]
    is_own = isinstance(meaning, Value) and meaning.rows is None and bool(meaning.path)
    is_frame = isinstance(node, tree.Name) and node.parts[-1].lower() in ("df", "data", "customers")
    if isinstance(meaning, Rows) and (meaning.conditions or not by):
        raise Unclear
    if isinstance(meaning, Value) and not (is_own and (is_frame or not by)):
        return None
    value = t.value(tree.Name(node.start, node.end, (by,))) if by else meaning
    if not isinstance(value, Value) or value.kind not in ("number", "time") or not value.path:
        return None
    t.note(_TOP)
    line = f"{value.text} in {'top' if largest else 'bottom'} {count}"
    return Value(line, COMPARE, "bool", own=True)


FAMILY = Functions(
    "Functions of an order",
    (
        function(
            "tail take head slice slice_head slice_tail limit",
            _taken,
            [
                ('all(i.state == "paid" for i in invoices[-3:])', 'all(latest 3 invoices having state = "paid")'),
                ('invoices.tail(2).some(i => i.state == "open")', 'any(latest 2 invoices having state = "open")'),
                ('invoices.slice(-3).every(i => i.state == "paid")', 'all(latest 3 invoices having state = "paid")'),
                (
                    'COUNTIF(TAKE(SORT(invoices, issued_on, -1), 3), "failed") = 3',
                    'count(latest 3 invoices having state = "failed") = 3',
                ),
                ("TAKE(SORTBY(account, arr, -1), 25)", "arr in top 25"),
                ('account.sort_values("arr", ascending=False).head(25)', "arr in top 25"),
            ],
        ),
        function(
            "nlargest nsmallest slice_max slice_min top_n",
            _largest,
            [
                ('account.nlargest(25, "arr")', "arr in top 25"),
                ("account |> slice_max(arr, n = 25)", "arr in top 25"),
            ],
        ),
    ),
)
