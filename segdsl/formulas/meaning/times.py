"""Days of times, times cut to a unit, and weekdays -> what they mean beside what they are compared with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from segdsl.formulas.meaning.comparisons import ComparisonTranslator
from segdsl.formulas.values import (
    COMPARE,
    PRIMARY,
    Beside,
    CannotSay,
    Length,
    Meaning,
    Series,
    Unclear,
    Value,
    fitted,
    negated,
)  # fmt: skip
from segdsl.model import types as ty
from segdsl.phrasebook.measures import WEEKDAY_NAMES


class TimeTranslator(ComparisonTranslator):
    """A translator of days and parts of times."""

    def day_of_time(self, value: Value) -> Meaning:
        """The day of a time, in comparisons."""
        if (
            value.type == ty.DATE
            or value.moment == "today"
            or (isinstance(value.literal, str) and len(value.literal) == 10)
        ):
            return value
        if value.moment == "now":
            return Value("today", PRIMARY, "time", moment="today")
        if value.type != ty.TIMESTAMP:
            return value

        def compared(op: str, other: Meaning) -> Value | None:
            if isinstance(other, Beside):
                other = other.value or Value("")
            if not isinstance(other, Value):
                return None
            other = self.valued(other, Value("", kind="time"))
            after = _day_after(other) or self.moved(other, Length(1, "day"))
            match op:
                case "=":
                    rows = [self.compared(">=", value, other), self.compared("<", value, after)]
                    return self.junction("and", rows)
                case ">" | "<=":
                    return self.compared(">=" if op == ">" else "<", value, after)
                case ">=" | "<":
                    return self.compared(op, value, other)
                case _:
                    return None

        return Beside("a time is compared with days by their borders", compared, value, inner=value, kind="day")

    def truncated(self, value: Value, unit: str) -> Meaning:
        """The beginning of the week, month, quarter or year of a time."""
        if unit not in ("week", "month", "quarter", "year"):
            raise CannotSay("periods of the calendar are weeks, months, quarters and years: `in this calendar month`")
        if value.moment in ("today", "now"):
            return Value(f"start of this {unit}", PRIMARY, "time", moment="start")
        months = {"month": 1, "quarter": 3, "year": 12}
        if value.ago is not None and value.moment in ("ago", "before today", "from now", "after today"):
            count = value.ago.count * {"month": 1, "year": 12, "week": 7, "day": 1}.get(value.ago.unit, 0)
            fits = count == (7 if unit == "week" else months[unit]) and (value.ago.unit in ("month", "year")) == (
                unit != "week"
            )
            if not fits:
                raise Unclear
            which = "last" if value.moment in ("ago", "before today") else "next"
            return Value(f"start of {which} {unit}", PRIMARY, "time", moment="start")
        line = fitted(value, PRIMARY)

        def compared(op: str, other: Meaning) -> Value | None:
            if not isinstance(other, Value):
                return None
            other = self.valued(other, Value("", kind="time"))
            if (day := _day(other)) is not None:
                return self._beside_a_day(op, value, day, unit)
            start = re.fullmatch(rf"start of (this|last|next) {unit}", other.text)
            if start is None:
                return None
            following = {"last": f"start of this {unit}", "this": f"start of next {unit}"}.get(start[1])
            if op in ("=", "!="):
                period = f"{line} in {start[1]} calendar {unit}"
                held = Value(period, COMPARE, "bool", value.rows, own=value.own)
                return held if op == "=" else negated(held)
            if op in ("<", ">="):
                return self.compared(op, value, other)
            if following is None:
                return None
            return self.compared("<" if op == "<=" else ">=", value, Value(following, PRIMARY, "time", moment="start"))

        return Beside("periods of the calendar are asked as in `renewal_date in this calendar month`", compared)

    def _beside_a_day(self, op: str, value: Value, day: dt.date, unit: str) -> Value | None:
        """The beginning of a period compared with a day on which one begins; weeks begin on Mondays or, in some places, on Sundays."""
        months = {"month": 1, "quarter": 3, "year": 12}
        if unit == "week":
            begins, following = day.weekday() in (0, 6), day.toordinal() + 7
        else:
            begins = day.day == 1 and (day.month - 1) % months[unit] == 0
            count = 12 * day.year + day.month - 1 + months[unit]
            following = dt.date(count // 12, count % 12 + 1, 1).toordinal() if count < 12 * dt.MAXYEAR else 0
        if not begins or not 0 < following <= dt.date.max.toordinal():
            return None
        ends = dt.date.fromordinal(following)
        first, after = (Value(d.isoformat(), PRIMARY, "time", literal=d.isoformat()) for d in (day, ends))
        if op in ("=", "!="):
            both = self.junction("and", [self.compared(">=", value, first), self.compared("<", value, after)])
            return both if op == "=" else negated(both)
        if op in ("<", ">="):
            return self.compared(op, value, first)
        return self.compared("<" if op == "<=" else ">=", value, after) if op in ("<=", ">") else None

    def weekday_by_name(self, value: Value) -> Meaning:
        line = f"weekday of {fitted(value, PRIMARY)}"

        def named(one: Value) -> str | None:
            said = one.literal.lower() if isinstance(one.literal, str) else ""
            return next((d for d in WEEKDAY_NAMES if len(said) >= 2 and d.startswith(said)), None)

        def compared(op: str, other: Meaning) -> Value | None:
            items = other.items if isinstance(other, Series) else (other,)
            names = [named(i) if isinstance(i, Value) else None for i in items]
            if not all(names) or op not in ("=", "!=", "in", "not in"):
                return None
            return self._on_days(line, [n for n in names if n], value, op in ("!=", "not in"))

        return Beside(f'a weekday is a word here: `{line} = "monday"`', compared)

    def weekday(self, value: Value, base: int | str) -> Meaning:
        """A number of a weekday; `base` is the number of Sunday, or of Monday where it is 1, or both in words."""
        line = f"weekday of {fitted(value, PRIMARY)}"
        week = {0: (6, 0), 1: (0, 1), "sunday 1": (6, 1), "monday 0": (0, 0)}[base]

        def day(n: Fraction) -> str | None:
            index = int(n) - week[1]
            return WEEKDAY_NAMES[(index + week[0]) % 7] if n.denominator == 1 and 0 <= index < 7 else None

        def compared(op: str, other: Meaning) -> Value | None:
            items = other.items if isinstance(other, Series) else (other,)
            numbers = [i.literal for i in items if isinstance(i, Value) and isinstance(i.literal, Fraction)]
            if not numbers or len(numbers) != len(items):
                return None
            every = [Fraction(i + week[1]) for i in range(7)]
            holds = {"in": lambda n: n in numbers, "not in": lambda n: n not in numbers, **_comparisons(numbers[0])}
            names = [d for n in every if op in holds and holds[op](n) and (d := day(n))]
            if not 0 < len(names) < 7:
                return None
            few = names if len(names) <= 4 else [d for d in WEEKDAY_NAMES if d not in names]
            return self._on_days(line, few, value, len(names) > 4)

        return Beside(f'a weekday is a word here: `{line} = "monday"`', compared)

    def _on_days(self, line: str, days: Sequence[str], value: Value, is_negated: bool) -> Value:
        ordered = [d for d in WEEKDAY_NAMES if d in days]
        if len(ordered) == 1:
            signs = (f'{line} = "{ordered[0]}"', f'{line} != "{ordered[0]}"')
        else:
            listed = ", ".join(f'"{d}"' for d in ordered)
            signs = (f"{line} in ({listed})", f"{line} not in ({listed})")
        first, second = reversed(signs) if is_negated else signs
        return Value(first, COMPARE, "bool", value.rows, own=value.own, negation=second)


def _day(value: Value) -> dt.date | None:
    """The day that a value writes out; None where it is no day."""
    if not isinstance(value.literal, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.literal):
        return None
    try:
        return dt.date.fromisoformat(value.literal)
    except ValueError:
        return None


def _day_after(value: Value) -> Value | None:
    written = _day(value)
    if written is None or written == dt.date.max:
        return None
    day = (written + dt.timedelta(days=1)).isoformat()
    return Value(day, PRIMARY, "time", literal=day)


def _comparisons(n: Fraction) -> dict[str, Callable[[Fraction], bool]]:
    """Tells for each comparison whether a number stands in it to `n`."""
    return {
        "=": lambda m: m == n, "!=": lambda m: m != n, "<": lambda m: m < n,
        ">": lambda m: m > n, "<=": lambda m: m <= n, ">=": lambda m: m >= n,
    }  # fmt: skip
