"""Gives a formula its meaning: names by the model, functions by the table, comparisons by what is compared."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from segdsl.formulas import tree
from segdsl.formulas.meaning.times import TimeTranslator
from segdsl.formulas.values import (
    COMPARE,
    PRIMARY,
    PRODUCT,
    SUM,
    UNARY,
    Beside,
    CannotSay,
    Length,
    Meaning,
    Unclear,
    Value,
    fitted,
    holding,
    joined,
    merged,
    negated,
    together,
)  # fmt: skip
from segdsl.phrasebook.measures import FLIPPED

_DAY = Fraction(86_400_000)
_TODAY = re.compile(r"(?:today|now|current_date|curdate|getdate|heute|hoy|aujourdhui)\s*(?:\(\s*\))?", re.IGNORECASE)


class Translator(TimeTranslator):
    """Translates the formulas of one condition about an entity.

    `choice` says which of two readings is taken where the meaning is open; `open` that it was somewhere.
    `taken` says whom a whole query takes.
    `cells` are those of a sheet that were read, with where they stand.
    `notes` say how it is written here, `changed` that something was written as it isn't written here.
    """

    def _unary(self, op: str, x: tree.Node) -> Meaning:
        meaning = self.meaning(x)
        if op == "not":
            value = self.holds(meaning)
            if value.rows is not None and self.bare is None:
                return negated(self.about_customer(value))
            return self.opposite(value) if value.is_definite else negated(value)
        if isinstance(meaning, Value) and meaning.kind == "bool":
            return meaning  # `--(a = b)`, which makes a number of a condition
        if isinstance(meaning, Length):
            return Length(-meaning.count, meaning.unit)
        value = self.alone(meaning)
        if isinstance(value.literal, Fraction):
            return replace(value, text=f"-{value.text}", level=UNARY, literal=-value.literal)
        return Value(f"-{fitted(value, UNARY)}", UNARY, "number", value.rows, own=value.own)

    def _binary(self, node: tree.Binary) -> Meaning:
        op = node.op
        if op in ("and", "or"):
            return self._junction(op, node)  # type: ignore[arg-type]  # one of the two
        if op == "xor":
            a, b = self.condition(node.a), self.condition(node.b)
            return self.one_of_two(a, b)
        if op in FLIPPED:
            if (held := self._on_weekdays(op, node)) is not None:
                return held
            self.changed |= self.text[node.a.end : node.b.start].strip() in ("===", "!==")
            return self.compare(op, node.a, node.b)
        if op in ("is", "is not"):
            return self._is_truth(op, self.holds(self.meaning(node.a)), self.holds(self.meaning(node.b)))
        if op == "same":
            self.changed = True
            a, b = self.value(node.a), self.value(node.b)
            if isinstance(b.literal, bool):
                return self._is_truth("is", a, b)
            a, b = self.valued(a, b), self.valued(b, a)
            return Value(f"same({a.text}, {b.text})", PRIMARY, "bool", together(a, b), own=True)
        if op == "??":
            self.changed = True
            return self.first_known([node.a, node.b])
        if op == "&":
            return self.concatenated([node.a, node.b])
        return self._calculated(node)

    def _is_truth(self, op: str, value: Value, truth_: Value) -> Value:
        """`autopay IS NOT TRUE`, which is true where the field is missing."""
        self.changed = True
        if value.literal is not None or truth_.literal is None:
            raise Unclear
        so = value if truth_.literal else negated(value)
        if not value.path:
            if op == "is not":
                raise Unclear
            return replace(so, negation="")
        unlike = joined("or", [self.is_missing(value, False), negated(so)])
        if op == "is":
            return replace(so, negation=f"({unlike.text})")
        return replace(unlike, negation=so.text)

    def one_of_two(self, a: Value, b: Value) -> Value:
        return joined("or", [joined("and", [a, negated(b)]), joined("and", [negated(a), b])])

    def first_known(self, nodes: Sequence[tree.Node]) -> Value:
        values = [self.value(n) for n in nodes]
        values = [self.valued(v, values[0]) for v in values]
        if any(v.kind == "bool" and v.literal is None for v in values):
            raise Unclear
        line = ", ".join(v.text for v in values)
        return Value(
            f"first_known({line})",
            PRIMARY,
            values[0].kind,
            together(*values),
            own=True,
            type=values[0].type,
            known=tuple(values),
        )

    def _junction(self, op: Literal["and", "or"], node: tree.Binary) -> Meaning:
        nodes, left = list[tree.Node](), [node]  # type: list[tree.Node], list[tree.Node]
        while left:
            one = left.pop()
            if isinstance(one, tree.Binary) and one.op == op:
                left += [one.b, one.a]
            else:
                nodes.append(one)
        if any(a.end > b.start for a, b in itertools.pairwise(nodes)):
            self.changed = True  # 1 < x < 5
        if any(isinstance(a, tree.Name) and in_words(self.text[b.start : b.end]) for a, b in itertools.pairwise(nodes)):
            raise Unclear  # `region or industry is missing`, of both
        return self.junction(op, self.held(op, nodes))

    def held(self, op: Literal["and", "or"], nodes: Sequence[tree.Node]) -> list[Value]:
        """Conditions that `and` or `or` joins; behind `and` a day that one of them says lies ahead does so in all of them."""
        before = self.ahead
        if op == "and":
            self.ahead = before | {
                self.text[n.a.start : n.a.end].lower()
                for n in nodes
                if isinstance(n, tree.Binary)
                and n.op in (">", ">=")
                and _TODAY.fullmatch(self.text, n.b.start, n.b.end)
            }
        try:
            return [self.holds(self.meaning(n)) for n in nodes]
        finally:
            self.ahead = before

    def junction(self, op: Literal["and", "or"], values: Sequence[Value]) -> Value:
        """Conditions joined; those on the rows of one table are about the same row."""
        if self.bare is not None:
            return self._flat(op, values)
        if op == "and" and (period := self._period(values)) is not None:
            return period
        grouped = list[list[Value]]()
        for value in values:
            same = next(
                (
                    g
                    for g in grouped
                    if value.rows is not None and g[0].rows is not None and g[0].rows.name == value.rows.name
                ),
                None,
            )
            if same is None:
                grouped.append([value])
            else:
                same.append(value)
        joint = [self._flat(op, g) for g in grouped]
        if len(joint) == 1:
            return joint[0]
        return self._flat(op, [self.about_customer(v) for v in joint])

    def _flat(self, op: Literal["and", "or"], values: Sequence[Value]) -> Value:
        if op == "and" and len(values) > 1 and all(v.rows is not None for v in values) and any(v.at for v in values):
            rows = together(*values)
            assert rows is not None
            timed = [v for v in values if v.at is not None]
            rest = [v for v in values if v.at is None]
            if rest:
                return (
                    replace(joined("and", rest), rows=rows.where(*timed))
                    if self.bare is None
                    else joined("and", [*timed, *rest])
                )
        if op == "or" and (one := _one_of(values)) is not None:
            return one
        return joined(op, [v for i, v in enumerate(values) if v not in values[:i]])

    def _period(self, values: Sequence[Value]) -> Value | None:
        """MONTH(x) = MONTH(TODAY()) and YEAR(x) = YEAR(TODAY()): a calendar period."""
        parts = [re.fullmatch(r"(year|quarter|month) of ([\w.]+) = \1 of today", v.text) for v in values]
        by_path: dict[str, dict[str, int]] = {}
        for i, match in enumerate(parts):
            if match:
                by_path.setdefault(match[2], {})[match[1]] = i
        for path, units in by_path.items():
            smaller = next((u for u in ("month", "quarter") if u in units and "year" in units), None)
            if smaller is not None:
                left = [v for i, v in enumerate(values) if i not in (units[smaller], units["year"])]
                period = Value(f"{path} in this calendar {smaller}", COMPARE, "bool", own=True)
                return self.junction("and", [period, *left])
        return None

    def _calculated(self, node: tree.Binary) -> Meaning:
        a, b = self.meaning(node.a), self.meaning(node.b)
        op = node.op
        if op in ("+", "-") and (shifted := self._shifted(op, a, b)) is not None:
            self.changed = True
            return shifted
        if op in ("*", "+") and (mask := self._masks(op, a, b)) is not None:
            self.changed = True
            return mask
        if op == "/" and (divided := self._divided(a, b)) is not None:
            self.changed = True
            return divided
        if op == "*" and isinstance(b, Length) and isinstance(a, Value) and isinstance(a.literal, Fraction):
            return Length(int(a.literal) * b.count, b.unit)
        if op == "mod":
            self.changed = True
            return self.apply_row("mod", tree.Call(node.start, node.end, "mod", (node.a, node.b))) or self._unclear()
        if op == "div":
            self.changed = True
            raise CannotSay(
                "a division isn't cut off here: `round(a / b)` gives the nearest whole number", node.start, node.end
            )
        if isinstance(a, Beside) and a.kind == "month" and op == "/" and isinstance(b, Value) and b.literal == 3:
            return replace(a, kind="month / 3")
        if op == "/" and isinstance(b, Beside) and b.kind == "null if" and b.inner is not None:
            b = b.inner  # a division by 0 is missing by itself
        x, y = self.alone(a), self.alone(b)
        if op == "+" and "text" in (x.kind, y.kind):
            return self.concatenated([node.a, node.b])
        if (
            isinstance(x.literal, Fraction)
            and isinstance(y.literal, Fraction)
            and op != "^"
            and (op != "/" or y.literal)
        ):
            figures = {"+": x.literal + y.literal, "-": x.literal - y.literal, "*": x.literal * y.literal}
            exact = figures[op] if op in figures else x.literal / y.literal
            line = f"{fitted(x, PRODUCT if op in '*/' else SUM)} {op} {fitted(y, UNARY if op in '*/' else PRODUCT)}"
            return Value(line, PRODUCT if op in "*/" else SUM, "number", literal=exact)
        if op == "*" and (other := _times_one(x, y)) is not None:
            return other
        if op == "+" and y.literal == 1 and x.text.startswith("quantile(") and x.text.endswith(" - 1"):
            return replace(x, text=x.text.removesuffix(" - 1"), level=PRIMARY)  # of parts numbered from 0
        if x.kind in ("text", "set", "bool", "time") or y.kind in ("text", "set", "bool", "time"):
            raise Unclear
        if (x.rows is None) != (y.rows is None):
            if x.rows is None and x.own:
                x = self.from_outside(node.a)
            if y.rows is None and y.own:
                y = self.from_outside(node.b)
        rows = together(x, y)
        own = x.own or y.own
        if op == "^":
            self.changed = True
            if isinstance(y.literal, Fraction) and y.literal in (2, 3):
                one = fitted(x, UNARY)
                return Value(" * ".join([one] * int(y.literal)), PRODUCT, "number", rows, own=own)
            raise CannotSay("there are no powers here: write a product, as in `x * x`", node.start, node.end)
        level = PRODUCT if op in "*/" else SUM
        right = level + 1 if op in "-/" else level
        return Value(
            f"{fitted(x, level)} {op} {fitted(y, right if op in '-/' else level)}",
            level,
            "number",
            rows,
            own=own,
            type=x.type or y.type,
        )

    def from_outside(self, node: tree.Node) -> Value:
        """A value of the customer as it stands inside the rows of a table."""
        before, self.outer = self.outer, True
        try:
            return self.value(node)
        finally:
            self.outer = before

    def _shifted(self, op: str, a: Meaning, b: Meaning) -> Meaning | None:
        """A time and a length of time, a number of days, or another time."""
        if isinstance(a, Beside) and a.value is not None and a.value.kind == "time":
            a = a.value
        if isinstance(b, Beside) and b.value is not None and b.value.kind == "time":
            b = b.value
        if isinstance(b, Value) and b.kind == "time" and op == "+" and not (isinstance(a, Value) and a.kind == "time"):
            a, b = b, a
        if not isinstance(a, Value) or a.kind != "time":
            return None
        if isinstance(b, Value) and b.kind == "time" and op == "-":
            days = self.difference(b, a, "day")
            if a.is_in_milliseconds or b.is_in_milliseconds:
                return self.counted(days, Fraction(1))
            return replace(days, moment="until") if b.moment == "today" and a.path else days
        if isinstance(b, Value) and isinstance(b.literal, Fraction) and b.literal.denominator == 1:
            in_days = Length(int(b.literal), "day")
            b = (_length_of_milliseconds(b.literal) or b) if a.is_in_milliseconds else in_days
        if not isinstance(b, Length):
            return None
        return self.moved(a, b if op == "+" else Length(-b.count, b.unit))

    def counted(self, days: Value, one: Fraction) -> Beside:
        """The time between two moments as a number, of which one stands for `one` milliseconds."""

        def compared(op: str, other: Meaning) -> Value | None:
            if (
                not isinstance(other, Value)
                or not isinstance(other.literal, Fraction)
                or op not in ("<", "<=", ">", ">=")
            ):
                return None
            if other.literal * one < 60_000 and one == 1:
                return self.compared(op, days, other)  # nobody asks for milliseconds: days are meant
            length = _length_of_milliseconds(other.literal * one)
            return None if length is None else self._longer(op, days, length)

        why = "time between two moments is counted in whole days here, as in `days since created_at`"
        return Beside(why, compared, inner=days, kind=f"milliseconds {one}")

    def _divided(self, a: Meaning, b: Meaning) -> Meaning | None:
        """The time between two moments in another unit, as in `(now - x) / 86400`; a running sum as a share of the whole."""
        if isinstance(a, Beside) and a.kind == "running sum" and a.inner is not None:
            of_all = isinstance(b, Value) and b.text == f"sum({self.population.name}.{a.inner.path})"
            return Value(f"cumulative_share({a.inner.text})", PRIMARY, "number", own=True) if of_all else None
        if not isinstance(b, Value) or not isinstance(b.literal, Fraction) or b.literal <= 0:
            return None
        if isinstance(a, Beside) and a.inner is not None and a.kind.startswith("milliseconds "):
            return self.counted(a.inner, Fraction(a.kind.partition(" ")[2]) * b.literal)
        is_whole = isinstance(a, Value) and a.difference is not None and b.literal in (_DAY, 86_400, 1440, 24)
        return a if is_whole else None

    def moved(self, time: Value, by: Length) -> Value:
        """A time before or after another."""
        if by.count == 0:
            return time
        if time.ago is not None and time.moment.endswith(" today") and time.ago.unit == by.unit in ("day", "week"):
            count = by.count + (-time.ago.count if time.moment == "before today" else time.ago.count)
            return self.moved(Value("today", PRIMARY, "time", moment="today"), Length(count, by.unit))
        length = Length(abs(by.count), by.unit)
        if time.moment == "now":
            line = f"{length.text} ago" if by.count < 0 else f"{length.text} from now"
            return Value(line, PRIMARY, "time", moment="ago" if by.count < 0 else "from now", ago=length)
        before = by.count < 0
        line = f"{length.text} {'before' if before else 'after'} {fitted(time, PRIMARY)}"
        moment = f"{'before' if before else 'after'} today" if time.moment == "today" else ""
        return Value(line, PRIMARY, "time", time.rows, own=time.own, moment=moment, ago=length if moment else None)

    def difference(self, start: Value, end: Value, unit: str) -> Value:
        """The time from one to another, in whole units."""
        rows = together(start, end)
        if end.moment in ("today", "now"):
            line = f"{unit}s since {fitted(start, PRIMARY)}"
        elif start.moment in ("today", "now"):
            line = f"{unit}s until {fitted(end, PRIMARY)}"
        else:
            line = f"{unit}s from {fitted(start, PRIMARY)} to {fitted(end, PRIMARY)}"
        return Value(line, PRIMARY, "number", rows, own=start.own or end.own, difference=(end, start))

    def _masks(self, op: str, a: Meaning, b: Meaning) -> Meaning | None:
        """Conditions multiplied or added, as in SUMPRODUCT((a = x) * (b = y))."""
        if op == "+" and (some := _held(a)) and (more := _held(b)):
            return holding([*some, *more])
        if not isinstance(a, Value) or not isinstance(b, Value):
            return None
        if b.kind == "bool" and a.kind != "bool":
            a, b = b, a
        if a.kind != "bool" or (a.literal is not None and b.kind != "bool"):
            return None
        if b.kind == "bool":
            return self.junction("and" if op == "*" else "or", [a, b])
        if op == "*" and b.literal == 1:
            return a
        if op == "+" and b.literal == 0:
            return a
        if op == "*" and b.rows is not None and a.rows is not None:
            return replace(b, rows=merged(b.rows, a.rows.where(a)))
        return None


def _held(meaning: Meaning) -> tuple[Value, ...]:
    """The conditions of the customer whose number a sum is; none for anything else."""
    if isinstance(meaning, Beside) and meaning.kind == "holding" and meaning.inner is not None:
        return meaning.inner.either
    is_condition = isinstance(meaning, Value) and meaning.kind == "bool" and meaning.literal is None
    return (meaning,) if is_condition and isinstance(meaning, Value) and meaning.rows is None else ()


def in_words(said: str) -> bool:
    """Tells whether a condition is English, where it may be said of the field before it, too."""
    return (
        re.search(
            r"\b(?:is|are|isn't|aren't)\s+(?:not\s+)?(?:missing|unknown|known|empty|blank|set|given|filled)\b", said
        )
        is not None
    )


def _times_one(x: Value, y: Value) -> Value | None:
    """The other of two values where one is 1.0, which makes a division exact in SQL, and is exact here anyway."""
    for one, other in ((x, y), (y, x)):
        if one.text in ("1.0", "1.00") and other.kind == "number":
            return other
    return None


def _one_of(values: Sequence[Value]) -> Value | None:
    """`a = x or a = y` as `a in (x, y)`."""
    found = [re.fullmatch(r'([\w.]+) = ("(?:[^"\\]|\\.)*"|-?[\d_.]+)', v.text) for v in values]
    if len(values) < 2 or not all(found):
        return None
    pairs = [(m[1], m[2]) for m in found if m]
    if len({p for p, _ in pairs}) != 1:
        return None
    listed = ", ".join(v for _, v in pairs)
    path = pairs[0][0]
    return Value(
        f"{path} in ({listed})",
        COMPARE,
        "bool",
        together(*values),
        own=any(v.own for v in values),
        negation=f"{path} not in ({listed})",
        reads=values[0].reads,
    )


def _length_of_milliseconds(count: Fraction) -> Length | None:
    units = (("day", _DAY), ("hour", Fraction(3_600_000)), ("minute", Fraction(60_000)))
    return next((Length(int(count / one), unit) for unit, one in units if (count / one).denominator == 1), None)
