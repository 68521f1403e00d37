"""What a formula means: values, rows, and values that are only known beside what they are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Literal

from segdsl.model import types as ty
from segdsl.model.schema import Relation

OR, AND, NOT, COMPARE, SUM, PRODUCT, UNARY, PRIMARY = range(8)
"""How tightly a line binds, loosest first."""
Kind = Literal["bool", "number", "text", "time", "set", ""]


class CannotSay(Exception):
    """The language can't say this; the first argument is a sentence about it, the others from where to where it stands."""


class Unclear(Exception):
    """The formula has no meaning that is known."""


class Missing:
    """The literal of NULL."""


MISSING = Missing()
Literals = str | Fraction | bool | Missing


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time."""

    count: int
    unit: str

    @property
    def text(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table, or all of an entity (`all account`); `name` is how they are called in a line.

    `conditions` are about one row. `latest` is how many of the newest are taken, `having` the conditions on these.
    `below` are rows that each of these owns, by which they are read, as in `user.role` of logins.
    `window` is when they were, where that was written as in the language: `in last 30 days`.
    """

    name: str
    relation: Relation
    conditions: tuple[Value, ...] = ()
    latest: int = 0
    having: tuple[Value, ...] = ()
    per: str = ""
    below: tuple[Rows, ...] = ()
    window: str = ""

    def where(self, *conditions: Value) -> Rows:
        if self.latest:
            return replace(self, having=(*self.having, *conditions))
        return replace(self, conditions=(*self.conditions, *conditions))

    @property
    def each(self) -> Rows:
        """The rows without what is asked of them."""
        return replace(self, conditions=(), latest=0, having=(), per="", window="")


@dataclass(frozen=True, slots=True)
class Value:
    """A value or condition as a line.

    `level` says how tightly the line binds.
    `rows` are the rows of which each has this value; None for a value of the customer.
    `path` is the field that it is, if it is one, and `type` its type; `own` says that fields of the customer stand in it by themselves.
    `literal` is what it is where it is written out; `negation` the line of its opposite, where that is no `not`.
    `moment` is today or now; `difference` the two times that it lies between, the later first.
    `choices` are those of an `if`, with what it is otherwise; `at` the comparison of the time of a row; `parts` texts that it joins.
    `added` are the rows of a sum, which is 0 here without any, and missing in SQL. `known` are the values of a `first_known`.
    `is_in_milliseconds` says that a time is counted in these, as in JavaScript.
    `reads` are the fields without which a condition is unknown here, `either` the conditions that it joins by `or`.
    `is_definite` says that a condition is false, where it was written, of who lacks one of them.
    """

    text: str
    level: int = PRIMARY
    kind: Kind = ""
    rows: Rows | None = None
    path: str = ""
    type: ty.Type | None = None
    own: bool = False
    literal: Literals | None = None
    negation: str = ""
    moment: str = ""
    difference: tuple[Value, Value] | None = None
    choices: tuple[tuple[Value, Value], ...] = ()
    otherwise: Value | None = None
    at: tuple[str, Value] | None = None
    parts: tuple[Value, ...] = ()
    distinct: bool = False
    ago: Length | None = None
    added: Rows | None = None
    known: tuple[Value, ...] = ()
    is_in_milliseconds: bool = False
    reads: tuple[Value, ...] = field(default=(), compare=False)
    either: tuple[Value, ...] = field(default=(), compare=False)
    is_definite: bool = field(default=False, compare=False)


Compared = Callable[[str, "Meaning"], "Value | None"]


@dataclass(frozen=True, slots=True)
class Beside:
    """What has a meaning only beside what it is compared with, such as LEN(x) or PERCENTILE(x, 0.9).

    `compared` takes a comparison and the other side; None where that has no meaning.
    `value` is what it is by itself, where it is something; `why` says that it isn't.
    """

    why: str
    compared: Compared
    value: Value | None = None
    condition: Value | None = None
    inner: Value | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Values written one after the other, or a list by its name."""

    items: tuple[Value, ...]
    name: str = ""
    sort: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        return self.name or f"({', '.join(v.text for v in self.items)})"


Meaning = Value | Rows | Length | Beside | Series


def rows_of(value: Value) -> Rows:
    """The rows that a value is of. Raises `Unclear` for a value of the customer."""
    if value.rows is None:
        raise Unclear
    return value.rows


def fitted(value: Value, level: int) -> str:
    """The line of a value where something that binds as tightly as `level` is due."""
    return value.text if value.level >= level else f"({value.text})"


def number(value: Fraction | int) -> Value:
    """A number as a literal of the language."""
    value = Fraction(value)
    if value.denominator == 1:
        text = f"{int(value):_}" if abs(value) >= 10_000 else str(int(value))
        return Value(text, PRIMARY if value >= 0 else UNARY, "number", literal=value)
    digits = next((d for d in range(1, 12) if (value * 10**d).denominator == 1), 9)
    return Value(f"{float(value):.{digits}f}", PRIMARY if value >= 0 else UNARY, "number", literal=value)


def text(value: str) -> Value:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return Value(f'"{escaped}"', PRIMARY, "text", literal=value)


def truth(value: bool) -> Value:
    return Value("true" if value else "false", PRIMARY, "bool", literal=value, negation="false" if value else "true")


def together(*values: Value) -> Rows | None:
    """The rows that several values are of. Raises `Unclear` for those of two tables."""
    found: Rows | None = None
    for value in values:
        if value.rows is None:
            continue
        if found is not None and found.name != value.rows.name:
            raise Unclear
        found = value.rows if found is None else merged(found, value.rows)
    return found


def merged(a: Rows, b: Rows) -> Rows:
    more = tuple(c for c in b.conditions if c not in a.conditions)
    asked = tuple(c for c in b.having if c not in a.having)
    if a.window and b.window and a.window != b.window:
        raise Unclear
    return replace(
        a,
        conditions=(*a.conditions, *more),
        latest=a.latest or b.latest,
        having=(*a.having, *asked),
        per=a.per or b.per,
        window=a.window or b.window,
    )


def of_rows(meaning: Meaning, rows: Rows) -> Meaning:
    """What each of some rows is. Beside other values it has no meaning any more, since it is several."""
    if isinstance(meaning, Value):
        return replace(meaning, rows=rows)
    if isinstance(meaning, Beside):
        value, inner = (v and replace(v, rows=rows) for v in (meaning.value, meaning.inner))
        return replace(meaning, compared=lambda op, other: None, value=value, inner=inner, condition=None)
    raise Unclear


def joined(op: Literal["and", "or"], values: Sequence[Value]) -> Value:
    """Conditions joined, with brackets where `and` and `or` are mixed."""
    level = AND if op == "and" else OR
    if len(values) == 1:
        return values[0]
    parts = [v.text if v.level == level or v.level > AND else f"({v.text})" for v in values]
    reads = tuple(r for v in values for r in v.reads) if op == "and" and all(v.reads for v in values) else ()
    return Value(f" {op} ".join(parts), level, "bool", together(*values), own=any(v.own for v in values), reads=reads,
        either=tuple(values) if op == "or" and all(v.reads for v in values) else (),
    )  # fmt: skip


COUNTS: Mapping[str, Callable[[int, Fraction], bool]] = {
    "=": lambda n, m: n == m, "!=": lambda n, m: n != m, "<": lambda n, m: n < m,
    ">": lambda n, m: n > m, "<=": lambda n, m: n <= m, ">=": lambda n, m: n >= m,
}  # fmt: skip
_MOST_WAYS = 10


def so_many(conditions: Sequence[Value], op: str, count: Fraction) -> Value | None:
    """That so many of several conditions hold as a comparison of their number says.

    None where that is always or never so, where it is no one end of their numbers, and where the line would be long.
    """
    most = len(conditions)
    numbers = {n for n in range(most + 1) if COUNTS[op](n, count)}
    if not numbers or len(numbers) == most + 1:
        return None
    least, largest = min(numbers), max(numbers)
    if len(numbers) != largest - least + 1:
        return None
    if largest == most:
        return _at_least(conditions, least)
    if least == 0:
        return _at_least([negated(c) for c in conditions], most - largest)
    if least != largest or comb(most, least) > _MOST_WAYS:
        return None
    ways = [
        [c if i in way else negated(c) for i, c in enumerate(conditions)] for way in combinations(range(most), least)
    ]
    return joined("or", [joined("and", way) for way in ways])


def _at_least(conditions: Sequence[Value], count: int) -> Value | None:
    if comb(len(conditions), count) > _MOST_WAYS:
        return None
    return joined("or", [joined("and", way) for way in combinations(conditions, count)])


def holding(conditions: Sequence[Value]) -> Beside:
    """How many of several conditions hold, as in `(a = x) + (b = y) + (c = z)`: any of them, by itself."""
    any_ = replace(joined("or", conditions), either=tuple(conditions))

    def compared(op: str, other: Meaning) -> Value | None:
        literal = other.literal if isinstance(other, Value) else None
        return so_many(conditions, op, literal) if isinstance(literal, Fraction) and op in COUNTS else None

    why = "conditions aren't added up: write with `and` and `or` which of them have to hold"
    return Beside(why, compared, condition=any_, inner=any_, kind="holding")


def negated(value: Value) -> Value:
    """The opposite of a condition."""
    if value.literal is True or value.literal is False:
        return truth(not value.literal)
    if value.negation:
        level = COMPARE if value.level == COMPARE else value.level
        other = replace(value, text=value.negation, negation=value.text, level=level, at=None, literal=None)
        return replace(other, reads=(), either=(), is_definite=False)
    line = f"not {value.text}" if value.level == PRIMARY else f"not ({value.text})"
    return Value(line, NOT, "bool", value.rows, own=value.own, negation=value.text if value.level >= COMPARE else "")
