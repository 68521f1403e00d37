"""IF, IFS, SWITCH, AND, OR, NOT, IFERROR, ISBLANK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from segdsl.formulas import tree
from segdsl.formulas.families.arrays import placed
from segdsl.formulas.table import Functions, To, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import MISSING, PRIMARY, Beside, CannotSay, Length, Meaning, Value, joined, negated, truth

_EMPTY = "empty is written `is missing`"


def _junction(op: Literal["and", "or"]) -> To:
    def to(t: T, call: C) -> Value | None:
        if any(isinstance(a, tree.Number) for a in call.arguments):
            return None  # a number is no condition: `AND(arr >= 10,500)`
        values = t.held(op, call.arguments)
        if op == "and" and len(values) == 1 and values[0].rows is not None and t.bare is None:  # of an array: all of it
            held = t.aggregate("all", values[0].rows, having=values[0])
            return Value(held, kind="bool", own=True, negation=f"not {held}")
        return t.junction(op, values) if values else None

    return to


def _not(t: T, call: C) -> Meaning | None:
    return t.meaning(tree.Unary(call.start, call.end, "not", call.arguments[0])) if len(call.arguments) == 1 else None


def _xor(t: T, call: C) -> Value | None:
    if len(call.arguments) != 2:
        return None
    return t.one_of_two(t.condition(call.arguments[0]), t.condition(call.arguments[1]))


def _if(t: T, call: C) -> Value | None:
    if len(call.arguments) not in (2, 3):
        return None
    condition, then, *rest = call.arguments
    held = t.holds(t.meaning(condition))
    if rest and isinstance(rest[0], tree.Nothing) and rest[0].start == rest[0].end:
        rest = []
    return t.chosen([(held, then)], rest[0] if rest else None, call)


def _let(t: T, call: C) -> Meaning | None:
    """LET(x, arr / seats, x > 100): each name is what stands behind it."""
    *pairs, body = call.arguments
    if len(pairs) % 2 or not pairs:
        return None
    given: dict[str, tree.Node] = {}
    for name, value in zip(pairs[::2], pairs[1::2]):
        if not isinstance(name, tree.Name) or len(name.parts) != 1:
            return None
        given[name.parts[0].lower()] = _with_names(value, given)
    return t.meaning(_with_names(body, given))


def _with_names(node: tree.Node, given: Mapping[str, tree.Node]) -> tree.Node:
    """A tree with what the names in it stand for."""

    def meant(one: tree.Node) -> tree.Node | None:
        return given.get(one.parts[0].lower()) if isinstance(one, tree.Name) and len(one.parts) == 1 else None

    return tree.rebuilt(node, meant)


def _ifs(t: T, call: C) -> Value | None:
    arguments = list(call.arguments)
    if len(arguments) < 2:
        return None
    otherwise = arguments.pop() if len(arguments) % 2 else None
    pairs = list(zip(arguments[::2], arguments[1::2]))
    if isinstance(pairs[-1][0], tree.Truth) and pairs[-1][0].value and otherwise is None:
        otherwise = pairs.pop()[1]
    if not pairs:
        return None
    return t.chosen([(t.condition(c), v) for c, v in pairs], otherwise, call)


def _switch(t: T, call: C) -> Value | None:
    """SWITCH(x, a, 1, b, 2, 0), also CASE and DECODE; SWITCH(TRUE, c, 1, …)."""
    subject, *rest = call.arguments
    if len(rest) < 2:
        return None
    otherwise = rest.pop() if len(rest) % 2 else None
    pairs = list(zip(rest[::2], rest[1::2]))
    if isinstance(subject, tree.Truth):
        return t.chosen([(t.condition(c), v) for c, v in pairs], otherwise, call)
    arms = [(t.compare("=", subject, c), v) for c, v in pairs]
    return t.chosen(arms, otherwise, call)


def _select(t: T, call: C) -> Meaning | None:
    """`np.select([a, b], [1, 2], default=0)`, which is 0 without a default."""
    named = {key: value for key, value in call.named if key == "default"}
    if len(call.named) != len(named) or len(call.arguments) + len(named) not in (2, 3):
        return None
    conditions, values, *rest = call.arguments
    if not isinstance(conditions, tree.Several) or not isinstance(values, tree.Several):
        return None
    if len(conditions.items) != len(values.items) or not values.items:
        return None
    default = [*rest, *named.values(), tree.Number(call.end, call.end, Fraction(0), "0")][0]
    return t.chosen([(t.condition(c), v) for c, v in zip(conditions.items, values.items)], default, call)


def _choose(t: T, call: C) -> Meaning | None:
    index, *values = call.arguments
    if (places := placed(t, index)) is not None:
        return None if max(places) >= len(values) else t.chosen([(c, values[i]) for i, c in places.items()], None, call)
    if isinstance(index, tree.Number) and index.value.denominator == 1 and 0 < index.value <= len(values):
        return t.meaning(values[int(index.value) - 1])
    arms = []
    for i, value in enumerate(values, 1):
        arms.append((t.compare("=", index, tree.Number(index.start, index.end, Fraction(i), str(i))), value))
    return t.chosen(arms, None, call)


def _is_blank(t: T, call: C) -> Meaning | None:
    (x,) = call.arguments
    meaning = t.meaning(x)
    if isinstance(meaning, Beside):
        return meaning.compared("missing", truth(True))
    if isinstance(meaning, Value):
        return t.is_missing(meaning, False)
    return None


def _is_filled(t: T, call: C) -> Meaning | None:
    value = _is_blank(t, call)
    return None if value is None else negated(t.alone(value))


def _first_known(t: T, call: C) -> Meaning | None:
    if call.name in ("zeroifnull", "zn"):
        return t.first_known([*call.arguments, tree.Number(call.end, call.end, Fraction(0), "0")])
    if len(call.arguments) == 1:
        if call.name == "isnull":
            return _is_blank(t, call)
        return t.meaning(call.arguments[0])
    first = t.meaning(call.arguments[0])
    if isinstance(first, Beside) and first.kind == "lookup":
        default = t.value(call.arguments[1]).literal

        def compared(op: str, other: Meaning) -> Value | None:
            if isinstance(other, Value) and other.literal == default and op in ("=", "!="):
                return first.compared("missing" if op == "=" else "found", truth(True))
            return first.compared(op, other)

        value = first.value and t.first_known([tree.Given(call.start, call.end, first.value), call.arguments[1]])
        return replace(first, compared=compared, value=value)
    return t.first_known(call.arguments)


def _null_if(t: T, call: C) -> Meaning | None:
    x, empty = call.arguments
    value = t.value(x)
    if isinstance(empty, tree.Text) and not empty.value:
        return value
    same = t.compared("=", value, t.value(empty))
    missing = joined("or", [t.is_missing(value, False), same])
    filled = joined("and", [t.is_missing(value, True), negated(same)])

    def compared(op: str, other: Meaning) -> Value | None:
        if op == "missing" or (op in ("=", "!=") and isinstance(other, Value) and other.literal is MISSING):
            return replace(filled if op == "!=" else missing, negation=(missing if op == "!=" else filled).text)
        return None if not isinstance(other, Value) else t.compared(op, chosen, other)

    line = f"if {same.text} then missing else {value.text} end"
    chosen = Value(line, PRIMARY, value.kind, value.rows, own=value.own, type=value.type)
    # a division by 0 is missing by itself
    return Beside(
        "a value is left out with `if … then missing else … end`", compared, chosen, inner=value, kind="null if"
    )


def _error(t: T, call: C) -> Meaning | None:
    meaning = t.meaning(call.arguments[0])
    if isinstance(meaning, Beside):
        return meaning.compared("missing", truth(True))
    return t.is_missing(meaning, False) if isinstance(meaning, Value) else None


def _same_value(t: T, call: C) -> Meaning | None:
    return t.compare("=", *call.arguments) if len(call.arguments) == 2 else None


def _between(t: T, call: C) -> Meaning | None:
    """`df.arr.between(10, 50, inclusive="left")`."""
    x, low, high, *how = *call.arguments, *(v for k, v in call.named if k == "inclusive")
    borders = {"both": ">= <=", "left": ">= <", "right": "> <=", "neither": "> <", True: ">= <=", False: "> <"}
    if not how:
        return t.meaning(tree.Between(call.start, call.end, x, low, high, False))
    said = how[0].value if isinstance(how[0], (tree.Text, tree.Truth)) else ""
    if len(how) > 1 or said not in borders or len(call.named) > 1:
        return None
    if borders[said] == ">= <=":
        return t.meaning(tree.Between(call.start, call.end, x, low, high, False))
    above, below = borders[said].split()
    return t.junction("and", [t.compare(above, x, low), t.compare(below, x, high)])


def _bool(t: T, call: C) -> Meaning | None:
    return t.condition(call.arguments[0]) if len(call.arguments) == 1 else None


def _changed_by(t: T, call: C) -> Meaning | None:
    """`active_users.pct_change(28)` of pandas: a step is taken for a day."""
    steps = [*call.arguments[1:], *(v for k, v in call.named if k == "periods")]
    value = t.value(call.arguments[0])
    count = steps[0].value if len(steps) == 1 and isinstance(steps[0], tree.Number) else None
    if value.rows is not None or value.kind not in ("number", "") or not value.text:
        return None
    if count is None or count.denominator != 1 or not 0 < count <= 1000:
        raise CannotSay(
            f"a change is since a time, as in `change({value.text}, 30 days, floor: 1) < -20%`: say since when"
        )
    t.note("a step is taken for a day; `floor` is the least number from which a change counts")
    return Value(f"change({value.text}, {Length(int(count), 'day').text}, floor: 1)", PRIMARY, "number", own=True)


def _row_before(t: T, call: C) -> Meaning | None:
    """OFFSET(x, -1, 0), `x.shift(1)`: the row above is of an earlier time, or of another customer."""
    said = t.value(call.arguments[0]).text
    raise CannotSay(
        f"a row before isn't known here: an earlier value of the same customer is `({said} as of 7 days ago)`, and how much it "
        f"changed since `change({said}, 7 days, floor: 1)`, with the time that you mean"
    )


def _before(t: T, call: C) -> Meaning | None:
    raise CannotSay(
        "what a field was before is asked with `(arr as of 2026-01-01)`, `change(arr, 30 days)` or by a table of changes"
    )


def _named(t: T, call: C) -> Meaning | None:
    """prop("arr") of Notion, SELECTEDVALUE(account[arr]) of DAX, ATTR([arr]) of Tableau."""
    (x,) = call.arguments
    return t.meaning(tree.Name(x.start, x.end, (x.value,))) if isinstance(x, tree.Text) else t.meaning(x)


FAMILY = Functions(
    "Functions of conditions",
    (
        function(
            "and",
            _junction("and"),
            [('AND(plan <> "free", seats > 20)', 'plan != "free" and seats > 20')],
            "`AND(a, b)` is written `a and b`",
        ),
        function(
            "or",
            _junction("or"),
            [
                ('OR(plan = "free", seats > 20)', 'plan = "free" or seats > 20'),
                (
                    'AND(OR(plan = "team", plan = "business"), NOT(status = "churned"))',
                    'plan in ("team", "business") and status != "churned"',
                ),
            ],
            "`OR(a, b)` is written `a or b`",
        ),
        function(
            "not",
            _not,
            [
                ("NOT(ISBLANK(country))", "country is not missing"),
                ('NOT(OR(plan = "free", seats < 5))', 'not (plan = "free" or seats < 5)'),
            ],
        ),
        function(
            "xor",
            _xor,
            [("XOR(autopay, seats > 10)", "(autopay and not (seats > 10)) or (not autopay and seats > 10)")],
            "one of two and not both",
        ),
        function(
            "if iif iff if_else ifelse fifelse",
            _if,
            [
                ("IF(AND(autopay, seats > 10), 1, 0) = 1", "autopay and seats > 10"),
                ("IF(seats > 100, TRUE, FALSE)", "seats > 100"),
                ("if_else(seats > 100, autopay, FALSE)", "if seats > 100 then autopay else false end"),
                ('IF(plan = "team", seats > 5, seats > 50)', 'if plan = "team" then seats > 5 else seats > 50 end'),
            ],
            "`IF(…)` is written `if … then … else … end`",
        ),
        function(
            "ifs multi_if multiif",
            _ifs,
            [
                (
                    'IFS(plan = "team", seats > 5, TRUE, seats > 50)',
                    'if plan = "team" then seats > 5 else seats > 50 end',
                )
            ],
            "`IFS(…)` is written `if … then … else … end`",
        ),
        function(
            "switch case decode",
            _switch,
            [
                (
                    'SWITCH(plan, "team", 1, "business", 2, 0) > 1',
                    'if plan = "team" then 1 else if plan = "business" then 2 else 0 end > 1',
                )
            ],
            "`SWITCH(…)` is written `if … then … else … end`",
        ),
        function(
            "select",
            _select,
            [
                (
                    'np.select([plan == "team", seats > 50], [2, 1], default=0) > 1',
                    'if plan = "team" then 2 else if seats > 50 then 1 else 0 end > 1',
                )
            ],
            "a choice is written `if … then … else … end`",
        ),
        function(
            "let",
            _let,
            [
                ("LET(x, arr / seats, x > 100)", "arr / seats > 100"),
                ("LET(a, seats, b, a * 2, b > 10)", "seats * 2 > 10"),
            ],
            "what is used again is a `metric` of its own",
        ),
        function(
            "choose elt",
            _choose,
            [
                ("CHOOSE(2, seats > 5, seats > 10)", "seats > 10"),
                (
                    'CHOOSE(MATCH(plan, {"team", "business"}, 0), 4, 9) > 5',
                    'if plan = "team" then 4 else if plan = "business" then 9 else missing end > 5',
                ),
            ],
        ),
        function(
            "isblank isempty is_null isna isnan isnull_ empty isnullorempty isnullval isna_ isnil is.na is.null",
            _is_blank,
            [("ISBLANK(country)", "country is missing"), ("country.isna()", "country is missing")],
            _EMPTY,
        ),
        function(
            "notnull isnotnull is_not_null known isnumber istext isdate isnotempty notna notempty hasvalue is_set isset",
            _is_filled,
            [("ISNUMBER(nps)", "nps is not missing")],
            "filled in is written `is not missing`",
        ),
        function(
            "iserror iserr isnontext",
            _error,
            [('ISERROR(SEARCH("test", name))', 'not (name contains "test" ignoring case)')],
        ),
        function(
            "coalesce ifnull nvl iferror ifna isnull blankvalue nullvalue zeroifnull fillna first_known zn firstnonblank",
            _first_known,
            [
                ("COALESCE(nps, 0) < 7", "first_known(nps, 0) < 7"),
                ("IFERROR(arr / seats, 0) > 500", "first_known(arr / seats, 0) > 500"),
                ("ISNULL(country)", "country is missing"),
            ],
            "the first value that isn't missing is `first_known(…)`",
        ),
        function(
            "nullif",
            _null_if,
            [
                ("NULLIF(country, '') IS NULL", "country is missing"),
                ("NULLIF(nps, 0) IS NULL", "nps is missing or nps = 0"),
                ("arr / NULLIF(seats, 0) > 500", "arr / seats > 500"),
            ],
        ),
        function("eq equals equal_to", _same_value, [('EQ(plan, "team")', 'plan = "team"')]),
        function(
            "between",
            _between,
            [
                ('df["seats"].between(10, 50)', "seats between 10 and 50"),
                ('df["seats"].between(10, 50, inclusive="left")', "seats >= 10 and seats < 50"),
            ],
        ),
        function("prop field selectedvalue attr related col getfield", _named, [('prop("seats") > 10', "seats > 10")]),
        function(
            "ischanged isnew priorvalue",
            _before,
            refused=[("ISCHANGED(plan)", "as of"), ('PRIORVALUE(plan) = "team"', "as of")],
        ),
        function(
            "pct_change",
            _changed_by,
            [("arr.pct_change(28) < -0.25", "change(arr, 28 days, floor: 1) < -0.25")],
            refused=[("arr.pct_change() < -0.25", "say since when")],
        ),
        function("offset shift lag lead", _row_before, refused=[("arr < OFFSET(arr, -1, 0)", "as of 7 days ago")]),
        function("bool boolean cbool", _bool, [("bool(autopay)", "autopay")]),
    ),
)
