"""RANK, LARGE, PERCENTILE, QUARTILE; ROW_NUMBER, NTILE and aggregates OVER (…) of SQL."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from segdsl.formulas import tree
from segdsl.formulas.table import Function, Functions, To, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import COMPARE, SUM, Beside, CannotSay, Meaning, Rows, Value, number
from segdsl.phrasebook.measures import FLIPPED, SPOKEN_UNITS

_AMONG = "customers are compared with `in top 10`, `in top 10%`, `rank`, `percentile` and `quantile`"


def _own(t: T, node: tree.Node) -> Value | None:
    """A value of the customer that all customers have."""
    meaning = t.meaning(node)
    return meaning if isinstance(meaning, Value) and meaning.rows is None and meaning.own else None


def _rank(t: T, call: C) -> Meaning | None:
    """RANK(x, all) counts from the largest, RANK(x, all, 1) from the smallest; `df.x.rank()` of pandas."""
    if len(call.arguments) > 3 or not call.arguments:
        return None
    if call.method and (grouped := _among_groups(t, call)) is not None:
        return grouped
    value, frame = _own(t, call.arguments[0]), call.arguments[1] if len(call.arguments) > 1 else None
    if value is None:
        return None
    per = _group_of(t, frame, value) if frame is not None else ""
    if per is None:
        return None
    methods = {v.value if isinstance(v, tree.Text) else "" for k, v in call.named if k == "method"}
    if methods - {"min"}:
        return None  # equal values share the best rank here
    rising = any(k == "ascending" and isinstance(v, tree.Truth) and v.value for k, v in call.named) or (
        call.method and not any(k == "ascending" for k, _ in call.named)
    )
    if len(call.arguments) == 3:
        rising = isinstance(call.arguments[2], tree.Number) and call.arguments[2].value == 1
    if any(k == "pct" for k, _ in call.named):
        if not rising:
            raise CannotSay("the share of customers above a value is asked with `in top 10%`")
        return Value(f"percentile({value.text})", kind="number", own=True)
    if call.over is not None:
        return _over(t, call)
    return _ranked(t, value, per, rising)


def _group_of(t: T, frame: tree.Node, value: Value) -> str | None:
    """The group among which FILTER(account.arr, account.region = region) has a value ranked: ` per region`.

    Empty for all customers; None where it isn't known who is compared.
    """
    if not isinstance(frame, C):
        return ""
    if frame.name not in ("filter", "if") or len(frame.arguments) != 2:
        return None
    said, condition = frame.arguments if frame.name == "filter" else frame.arguments[::-1]
    if not isinstance(condition, tree.Binary) or condition.op != "=":
        return None
    of, a, b = (_own(t, node) for node in (said, condition.a, condition.b))
    is_same = of is not None and of.path == value.path and a is not None and b is not None and a.path == b.path != ""
    return f" per {a.path}" if is_same and a is not None else None


def _ranked(t: T, value: Value, behind: str, rising: bool) -> Meaning | None:
    if rising:
        return _from_below(t, value, behind)
    return Value(f"rank({value.text}{behind})", kind="number", own=True)


def _from_below(t: T, value: Value, behind: str) -> Meaning | None:
    def compared(op: str, other: Meaning) -> Value | None:
        if (
            isinstance(other, Value)
            and isinstance(other.literal, Fraction)
            and (op in ("<", "<=") or (op == "=" and other.literal == 1))
        ):
            n = int(other.literal) - (op == "<")
            return Value(f"{value.text} in bottom {n}{behind}", COMPARE, "bool", own=True)
        return None

    return Beside("ranks count from the largest here; the smallest are `in bottom 10`", compared)


def _top(*, largest: bool) -> To:
    """LARGE(all, k) and SMALL(all, k) beside the value."""

    def to(t: T, call: C) -> Meaning | None:
        value, count = _own(t, call.arguments[0]), t.value(call.arguments[1]).literal
        if value is None or not isinstance(count, Fraction) or count.denominator != 1:
            return None
        word = "top" if largest else "bottom"

        def compared(op: str, other: Meaning) -> Value | None:
            if not isinstance(other, Value) or other.path != value.path:
                return None
            line = Value(
                f"{value.text} in {word} {int(count)}",
                COMPARE,
                "bool",
                own=True,
                negation=f"not ({value.text} in {word} {int(count)})",
            )
            if op == ("<=" if largest else ">="):
                return line
            if op == (">" if largest else "<"):
                return _not(line)
            if op == "=":
                return (
                    t.compared("=", Value(f"rank({value.text})", kind="number", own=True), number(count))
                    if largest
                    else None
                )
            return None

        return Beside(f"the {'largest' if largest else 'smallest'} are asked with `in {word} 10`", compared)

    return to


def _not(value: Value) -> Value:
    from segdsl.formulas.values import negated

    return negated(value)


def _percentile(t: T, call: C) -> Meaning | None:
    """PERCENTILE(all, 0.9), QUARTILE(all, 3), beside the value."""
    value = _own(t, call.arguments[0])
    if value is None:
        return _median_of_rows(t, call)
    share = t.value(call.arguments[1]).literal if len(call.arguments) > 1 else Fraction(1, 2)
    if not isinstance(share, Fraction):
        return None
    if call.name.startswith("quartile"):
        share = share / 4
    elif share > 1:
        share = share / 100
    if not 0 < share < 1:
        return None
    top, bottom = _share(1 - share), _share(share)

    def compared(op: str, other: Meaning) -> Value | None:
        if not isinstance(other, Value) or other.path != value.path:
            return None
        if op in ("<=", "<"):  # the border lies at or below the value
            return Value(f"{value.text} in top {top}", COMPARE, "bool", own=True)
        if op in (">=", ">"):
            return Value(f"{value.text} in bottom {bottom}", COMPARE, "bool", own=True)
        return None

    return Beside("the value at a border can't be read, but who lies above it: `arr in top 10%`", compared)


def _median_of_rows(t: T, call: C) -> Meaning | None:
    """`PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY invoices.amount)`, `QUARTILE(invoices.amount, 2)`."""
    half = Fraction(2) if call.name.startswith("quartile") else Fraction(1, 2)
    if len(call.arguments) != 2 or t.value(call.arguments[1]).literal not in (half, half * 100):
        return None
    return t.apply_row("median", replace(call, name="median", arguments=call.arguments[:1]))


def _share(share: Fraction) -> str:
    return f"{float(share * 100):g}%"


_OF_R = {"min_rank": "rank", "dense_rank": "dense_rank", "row_number": "row_number", "percent_rank": "percent_rank",
         "cume_dist": "cume_dist", "ntile": "ntile", "rank": "rank", "mean": "avg", "sum": "sum", "max": "max", "min": "min",
         "median": "median", "n": "count"}  # fmt: skip
"""What a function that compares customers is called before OVER in SQL, by its name in R."""


def _grouped(t: T, node: tree.Node) -> tuple[tree.Node, tuple[tree.Node, ...]] | None:
    """`account |> group_by(region)` as what is grouped and by what; None for what isn't."""
    if not isinstance(node, C) or node.name not in ("group_by", "groupby") or len(node.arguments) < 2:
        return None
    of, *by = node.arguments
    is_all = isinstance(of, tree.Name) and (t.meaning(of) == t.population or of.parts[-1].lower() == "df")
    fields = [tree.Name(b.start, b.end, (b.value,)) if isinstance(b, tree.Text) else b for b in by]
    return (of, tuple(fields)) if is_all else None


def _windowed(t: T, call: C, groups: tuple[tree.Node, ...]) -> Meaning | None:
    """`min_rank(desc(arr))` of R among groups, as RANK() OVER (PARTITION BY … ORDER BY arr DESC)."""
    name = _OF_R.get(call.name)
    if name is None or call.named or len(call.arguments) > 2:
        return None
    if name in ("avg", "sum", "max", "min", "median", "count"):
        return _over(t, C(call.start, call.end, name, call.arguments, over=tree.Over(call.start, call.end, groups, ())))
    if not call.arguments:
        return None
    by, *counts = call.arguments
    falls = isinstance(by, C) and by.name == "desc" and len(by.arguments) == 1
    falls = falls or (isinstance(by, tree.Unary) and by.op == "-")
    value = by.arguments[0] if isinstance(by, C) and falls else by.x if isinstance(by, tree.Unary) else by
    over = tree.Over(call.start, call.end, groups, ((value, falls),))
    return _over(t, C(call.start, call.end, name, tuple(counts), over=over))


def _of_r(t: T, call: C) -> Meaning | None:
    return None if call.method else _windowed(t, call, ())


def _computed(t: T, call: C) -> Meaning | None:
    """`account |> group_by(region) |> mutate(r = min_rank(desc(arr)))`: the value of the column that is added."""
    if len(call.arguments) != 2:
        return None
    node, said = call.arguments
    grouped = _grouped(t, node)
    if grouped is None and not (isinstance(node, tree.Name) and t.meaning(node) == t.population):
        return None
    if isinstance(said, tree.Binary) and said.op == "=" and isinstance(said.a, tree.Name):
        said = said.b
    if grouped is None:
        return t.meaning(said)
    t.note("customers are compared in groups with `per`")
    return _windowed(t, said, grouped[1]) if isinstance(said, C) else None


def _among_groups(t: T, call: C) -> Meaning | None:
    """`df.groupby("region")["arr"].rank(ascending=False)` and `.transform("mean")` of pandas; None for what has no group."""
    column = call.arguments[0]
    if not isinstance(column, C) or column.name != "filter" or len(column.arguments) != 2:
        return None
    by, grouped = column.arguments[1], _grouped(t, column.arguments[0])
    if grouped is None or not isinstance(by, tree.Text):
        return None
    value = tree.Name(by.start, by.end, (by.value,))
    t.note("customers are compared in groups with `per`")
    if call.name == "transform":
        how = call.arguments[1] if len(call.arguments) == 2 else None
        named = how.value if isinstance(how, tree.Text) else ""
        return _windowed(t, C(call.start, call.end, named, (value,)), grouped[1])
    rises = {k: v.value for k, v in call.named if k == "ascending" and isinstance(v, tree.Truth)}
    if len(rises) != len(call.named) or len(call.arguments) > 1:
        return None
    over = tree.Over(call.start, call.end, grouped[1], ((value, not rises.get("ascending", True)),))
    return _over(t, C(call.start, call.end, "rank", (), over=over))


def _cut(t: T, call: C) -> Meaning | None:
    """`pd.qcut(arr, 5, labels=False)`, whose parts are numbered from 0; beside `+ 1` from 1."""
    named = dict(call.named)
    x, *rest = call.arguments
    parts = rest[0] if rest else named.get("q")
    labels = rest[1] if len(rest) > 1 else named.get("labels")
    value = _own(t, x)
    if (
        value is None
        or not isinstance(parts, tree.Number)
        or parts.value.denominator != 1
        or not 1 < parts.value <= 1000
    ):
        return None
    count = int(parts.value)
    line = Value(f"quantile({value.text}, {count})", kind="number", own=True)
    if isinstance(labels, tree.Truth) and not labels.value:
        return Value(f"quantile({value.text}, {count}) - 1", SUM, "number", own=True)
    items = labels.items if isinstance(labels, tree.Several) else ()
    if (
        isinstance(labels, C)
        and labels.name == "range"
        and [getattr(a, "value", 0) for a in labels.arguments] == [1, count + 1]
    ):
        return line
    if len(items) != count:
        return None
    if all(isinstance(i, tree.Number) and i.value == n for n, i in enumerate(items, 1)):
        return line
    return t.chosen([(t.compared("=", line, number(n)), i) for n, i in enumerate(items[:-1], 1)], items[-1], call)


def _border(node: tree.Node) -> Fraction | Literal["-", "+"] | None:
    """A border of pd.cut: a number, or no border, as `inf`, `-np.inf` or `float("inf")`; None for anything else."""
    if isinstance(node, tree.Unary) and node.op == "-":
        inner = _border(node.x)
        return "-" if inner == "+" else -inner if isinstance(inner, Fraction) else None
    if isinstance(node, tree.Number):
        return node.value
    if isinstance(node, C) and node.name == "float" and len(node.arguments) == 1:
        (node,) = node.arguments
    said = node.value if isinstance(node, tree.Text) else node.parts[-1] if isinstance(node, tree.Name) else ""
    return {"inf": "+", "infinity": "+", "-inf": "-"}.get(said.lower())  # type: ignore[return-value]  # one of the two


def _in_bins(t: T, call: C) -> Meaning | None:
    """`pd.cut(arr, bins=[0, 1000, inf], labels=["S", "L"], right=False)`, cut(arr, breaks = c(…), labels = c(…)) of R."""
    named = dict(call.named)
    x, *rest = call.arguments
    bins = rest[0] if rest else named.get("bins") or named.get("breaks")
    labels = rest[1] if len(rest) > 1 else named.get("labels")
    right, lowest = named.get("right"), named.get("include_lowest") or named.get("include.lowest")
    if not isinstance(bins, tree.Several) or not isinstance(labels, tree.Several):
        raise CannotSay('classes are written with their borders: `bands arr { under 1_000: "S", otherwise: "L" }`')
    borders = [_border(b) for b in bins.items]
    if len(labels.items) != len(borders) - 1 or None in borders or any(b in ("-", "+") for b in borders[1:-1]):
        return None
    if borders[0] == "+" or borders[-1] == "-":
        return None
    figures = [b for b in borders if isinstance(b, Fraction)]
    if any(a >= b for a, b in itertools.pairwise(figures)):
        return None
    below = "<" if isinstance(right, tree.Truth) and not right.value else "<="
    under = "<" if below == "<" or (isinstance(lowest, tree.Truth) and lowest.value) else "<="
    nothing = tree.Nothing(call.start, call.end)
    arms: list[tuple[Value, tree.Node]] = [(t.compare(under, x, bins.items[0]), nothing)] if borders[0] != "-" else []
    arms += [(t.compare(below, x, b), v) for b, v in zip(bins.items[1:-1], labels.items)]
    if borders[-1] != "+":
        arms.append((t.compare(below, x, bins.items[-1]), labels.items[-1]))
    return t.chosen(arms, labels.items[-1] if borders[-1] == "+" else nothing, call)


def _cumulative(t: T, call: C) -> Meaning | None:
    said = t.value(call.arguments[0]).text
    raise CannotSay(
        f"a running total over customers is a share of all, the largest first: `cumulative_share({said}) < 80%`"
    )


def _percent_rank(t: T, call: C) -> Meaning | None:
    """PERCENTRANK(all, x)."""
    if len(call.arguments) != 2:
        return None
    value = _own(t, call.arguments[1])
    return None if value is None else Value(f"percentile({value.text})", kind="number", own=True)


def _first_of_rows(t: T, call: C, over: tree.Over) -> Value | None:
    """FIRST_VALUE(x) OVER (PARTITION BY the customer ORDER BY the time of rows)."""
    if call.name not in ("first_value", "last_value") or not over.groups or len(over.order) != 1:
        return None
    time, falls = over.order[0]
    if len(call.arguments) != 1 or not isinstance(call.arguments[0], tree.Name) or not isinstance(time, tree.Name):
        return None
    field, at = call.arguments[0].parts[-1].lower(), time.parts[-1].lower()
    tables = [name for name, r in t.names.tables.items() if r.at == at and field in r.fields]
    if len(tables) != 1:
        return None
    rows = Rows(tables[0], t.names.tables[tables[0]])
    value = t.field_of(rows, field)
    t.note("a field of the oldest or newest row is `first(TABLE.FIELD)` or `last(TABLE.FIELD)`")
    function = "first" if (call.name == "first_value") != falls else "last"
    return Value(t.aggregate(function, rows, field), kind=value.kind, own=True, type=value.type)


def _over(t: T, call: C) -> Meaning | None:
    """A function with OVER (PARTITION BY … ORDER BY …)."""
    over = call.over
    assert over is not None
    groups = [t.value(g) for g in over.groups if not t.is_key(g, t.own)]
    if not groups and (first := _first_of_rows(t, call, over)) is not None:
        return first
    if len(over.groups) > 1 and len(groups) != len(over.groups):
        return None
    if over.groups and not groups:
        raise CannotSay("a customer's own rows need no `PARTITION BY`: `latest 1 invoices` are the newest")
    if len(groups) > 1:
        raise CannotSay("customers are grouped by one field here: let your data join the two as a field")
    per = f" per {groups[0].text}" if groups else ""
    name = call.name
    if name in ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile"):
        if not over.order:
            return None
        value, falls = _own(t, over.order[0][0]), over.order[0][1]
        if value is None or False:
            return None
        then = _ties(t, over.order[1:])
        if then is None:
            raise CannotSay("equal values are ordered by `then by`, the greater first: `rank(arr then by seats)`")
        if name == "row_number" and not then and t.own is not None and t.own.key:
            then = f" then by {t.own.key}"
        if name == "dense_rank":
            return _dense(t, value, per, falls)
        if name == "percent_rank":
            line = Value(f"percentile({value.text}{then}{per})", kind="number", own=True)
            return line if not falls else _upside_down(t, line)
        if name == "cume_dist":
            return _from_share(t, value, per, falls)
        if name == "ntile":
            return _parts(t, call, value, then, per, falls)
        return _ranked(t, value, f"{then}{per}", not falls)
    if name == "lag" and (earlier := _before(t, call, over)) is not None:
        return earlier
    if name in ("lag", "lead", "first_value", "last_value", "nth_value"):
        raise CannotSay(
            "another customer's value can't be read; an earlier one of the same is `change(arr, 30 days)` or `(arr as of 2026-01-01)`"
        )
    if name == "sum" and over.order and not groups:
        return _running(t, call.arguments[0]) if over.order[0] == (call.arguments[0], True) else None
    functions = {
        "avg": "average",
        "average": "average",
        "sum": "sum",
        "max": "max",
        "min": "min",
        "median": "median",
        "count": "count",
    }
    if name not in functions or over.order:
        return None
    population = t.population
    rows = Rows(population.name, population.relation, per=groups[0].text if groups else "")
    if name == "count":
        return Value(t.aggregate("count", rows), kind="number", own=True)
    value = _own(t, call.arguments[0]) if call.arguments else None
    if value is None or not value.path:
        return None
    return Value(t.aggregate(functions[name], rows, value.path), kind="number", own=True, type=value.type)


def _before(t: T, call: C, over: tree.Over) -> Meaning | None:
    """`LAG(weekly_logins, 1) OVER (ORDER BY week)`, beside the same value: how it was one unit of time ago."""
    node = over.order[0][0] if len(over.order) == 1 and not over.order[0][1] else None
    unit = SPOKEN_UNITS.get(node.parts[-1].lower()) if isinstance(node, tree.Name) else None
    value = _own(t, call.arguments[0]) if call.arguments else None
    many = t.value(call.arguments[1]).literal if len(call.arguments) > 1 else Fraction(1)
    if unit is None or value is None or value.kind not in ("number", "") or many != 1 or len(call.arguments) > 2:
        return None

    def compared(op: str, other: Meaning) -> Value | None:
        if not isinstance(other, Value) or other.text != value.text or op not in ("<", ">"):
            return None
        word = "rising" if op == "<" else "falling"
        return Value(f"{word}({value.text}, 1 {unit})", kind="bool", own=True)

    return Beside(
        "an earlier value of the same customer is asked with `falling(…)`, `rising(…)` and `change(…)`", compared
    )


def _running(t: T, node: tree.Node) -> Meaning | None:
    """A sum from the largest on, which has a meaning beside the whole sum: the share of all up to a customer."""
    inner = node.arguments[0] if isinstance(node, tree.Call) and node.name == "sum" and node.arguments else node
    value = _own(t, inner)
    if value is None or not value.path:
        return None
    why = "a sum from the largest on is asked as a share of all, with `cumulative_share(arr)`"
    return Beside(why, lambda op, other: None, inner=value, kind="running sum")


def _running_sum(t: T, call: C) -> Meaning | None:
    """RUNNING_SUM(SUM(arr)) of Tableau."""
    return _running(t, call.arguments[0]) if len(call.arguments) == 1 else None


def _ties(t: T, order: tuple[tuple[tree.Node, bool], ...]) -> str | None:
    """`then by …` for what orders equal values; the key from small to large, anything else from large to small."""
    behind = ""
    for node, falls in order:
        value = _own(t, node)
        if value is None or (not falls and value.kind != "text") or (falls and value.kind == "text"):
            return None
        behind += f" then by {value.text}"
    return behind


def _dense(t: T, value: Value, per: str, falls: bool) -> Meaning | None:
    def compared(op: str, other: Meaning) -> Value | None:
        if isinstance(other, Value) and (op, other.literal) in (("=", 1), ("<=", 1), ("<", 2)):
            if not falls:
                return Value(f"{value.text} in bottom 1{per}", COMPARE, "bool", own=True)
            return t.compared("=", Value(f"rank({value.text}{per})", kind="number", own=True), number(1))
        return None

    return Beside(
        "ranks leave no place out after equal values only with DENSE_RANK: here `rank(arr)` counts all who stand above",
        compared,
    )


def _upside_down(t: T, line: Value) -> Meaning | None:
    def compared(op: str, other: Meaning) -> Value | None:
        return None

    return Beside("`percentile(…)` is 0 for the smallest: write `> 0.9` for the largest tenth", compared)


def _from_share(t: T, value: Value, per: str, falls: bool) -> Meaning | None:
    def compared(op: str, other: Meaning) -> Value | None:
        if (
            isinstance(other, Value)
            and isinstance(other.literal, Fraction)
            and op in ("<=", "<")
            and 0 < other.literal < 1
        ):
            return Value(
                f"{value.text} in {'top' if falls else 'bottom'} {_share(other.literal)}{per}",
                COMPARE,
                "bool",
                own=True,
            )
        return None

    return Beside("shares of customers are asked with `in top 10%`", compared)


def _parts(t: T, call: C, value: Value, then: str, per: str, falls: bool) -> Meaning | None:
    count = t.value(call.arguments[0]).literal if call.arguments else None
    if not isinstance(count, Fraction) or count.denominator != 1 or not 1 < count <= 1000:
        return None
    line = Value(f"quantile({value.text}{then}, {int(count)}{per})", kind="number", own=True)
    if not falls:
        return line

    def compared(op: str, other: Meaning) -> Value | None:
        if isinstance(other, Value) and isinstance(other.literal, Fraction):
            return t.compared(FLIPPED[op], line, number(count + 1 - other.literal)) if op in FLIPPED else None
        return None

    return Beside("parts are numbered from the smallest here: 5 of 5 is the highest", compared)


def _quantile(t: T, call: C) -> Meaning | None:
    """`df.x.quantile(0.9)`; the language's own has a whole number of parts."""
    if len(call.arguments) == 2 and isinstance(call.arguments[1], tree.Number) and call.arguments[1].value >= 2:
        value = _own(t, call.arguments[0])
        return (
            None
            if value is None
            else Value(f"quantile({value.text}, {call.arguments[1].text})", kind="number", own=True)
        )
    return _percentile(t, call)


def _own_percentile(t: T, call: C) -> Meaning | None:
    if len(call.arguments) == 1:
        value = _own(t, call.arguments[0])
        return None if value is None else Value(f"percentile({value.text})", kind="number", own=True)
    return _percentile(t, call)


FAMILY = Functions(
    "Functions that compare customers",
    (
        function(
            "rank rank.eq rank.avg",
            _rank,
            [
                ("RANK(arr, account[arr]) <= 10", "rank(arr) <= 10"),
                ("df.arr.rank(ascending=False) <= 10", "rank(arr) <= 10"),
                ("RANK(arr, account[arr], 1) <= 10", "arr in bottom 10"),
            ],
            _AMONG,
        ),
        function(
            "running_sum running_total",
            _running_sum,
            [
                ("RUNNING_SUM(SUM(arr)) / TOTAL(SUM(arr)) < 0.8", "cumulative_share(arr) < 0.8"),
                ("SUM(arr) OVER (ORDER BY arr DESC) / SUM(arr) OVER () < 0.5", "cumulative_share(arr) < 0.5"),
            ],
            "a sum from the largest on is asked as a share of all, with `cumulative_share(arr)`",
        ),
        function("large", _top(largest=True), [("arr >= LARGE(account[arr], 10)", "arr in top 10")], _AMONG),
        function("small", _top(largest=False), [("arr <= SMALL(account[arr], 10)", "arr in bottom 10")], _AMONG),
        function(
            "percentile percentile.inc percentile.exc",
            _own_percentile,
            [("arr >= PERCENTILE(arr, 0.9)", "arr in top 10%")],
            _AMONG,
        ),
        function("quantile", _quantile, [('df["arr"] >= df["arr"].quantile(0.9)', "arr in top 10%")], _AMONG),
        function(
            "quartile quartile.inc quartile.exc percentile_cont percentile_disc approx_percentile",
            _percentile,
            [("arr > QUARTILE(arr, 3)", "arr in top 25%")],
            _AMONG,
        ),
        function(
            "min_rank dense_rank row_number percent_rank cume_dist ntile",
            _of_r,
            [("min_rank(desc(arr)) <= 10", "rank(arr) <= 10"), ("ntile(arr, 4) = 4", "quantile(arr, 4) = 4")],
            _AMONG,
        ),
        function(
            "mutate transmute",
            _computed,
            [
                (
                    "(account |> group_by(country) |> mutate(r = min_rank(desc(arr)))) <= 3",
                    "rank(arr per country) <= 3",
                )
            ],
        ),
        function("cumsum cummean cumulative_sum", _cumulative, refused=[("cumsum(arr) < 500", "running total")]),
        function(
            "transform",
            _among_groups,
            [('arr > df.groupby("country")["arr"].transform("mean")', "arr > average(all account.arr per country)")],
        ),
        function(
            "cut",
            _in_bins,
            [
                (
                    'pd.cut(seats, bins=[-inf, 10, 100, inf], labels=["S", "M", "L"], right=False) = "L"',
                    'if seats < 10 then "S" else if seats < 100 then "M" else "L" end = "L"',
                )
            ],
            "a choice is written `if … then … else … end`",
            refused=[("pd.cut(seats, 3) = 2", "with their borders")],
        ),
        function("qcut", _cut, [("pd.qcut(arr, 5, labels=False) + 1 = 5", "quantile(arr, 5) = 5")], _AMONG),
        function(
            "percentrank percentrank.inc percentrank.exc",
            _percent_rank,
            [("PERCENTRANK(account[arr], arr) >= 0.9", "percentile(arr) >= 0.9")],
            _AMONG,
        ),
        Function(
            ("over",),
            _over,
            (
                (
                    "ROW_NUMBER() OVER (PARTITION BY country ORDER BY arr DESC) <= 3",
                    "rank(arr then by account_id per country) <= 3",
                ),
                ("RANK() OVER (ORDER BY arr DESC) <= 10", "rank(arr) <= 10"),
                ("NTILE(5) OVER (ORDER BY arr) = 5", "quantile(arr, 5) = 5"),
                ("NTILE(4) OVER (ORDER BY arr DESC) = 1", "quantile(arr, 4) = 4"),
                ("PERCENT_RANK() OVER (ORDER BY arr) > 0.9", "percentile(arr) > 0.9"),
                ("arr > AVG(arr) OVER (PARTITION BY country)", "arr > average(all account.arr per country)"),
                ("COUNT(*) OVER (PARTITION BY country) >= 8", "count(all account per country) >= 8"),
                ("arr < LAG(arr) OVER (ORDER BY month)", "falling(arr, 1 month)"),
                (
                    'any(invoices where row_number() over (partition by account_id order by issued_on desc) <= 3 and state = "open")',
                    'any(latest 3 invoices having state = "open")',
                ),
            ),
            _AMONG,
            (("arr > LAG(arr) OVER (ORDER BY signed_on)", "another customer's"),),
        ),
    ),
)
