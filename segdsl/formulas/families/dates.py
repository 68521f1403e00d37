"""TODAY, DATE, DATEDIF, EDATE, YEAR, WEEKDAY, DATE_TRUNC, DATEADD."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from segdsl.formulas import tree
from segdsl.formulas.calls import length_of
from segdsl.formulas.table import Functions, To, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import (
    PRIMARY,
    SUM,
    Beside,
    CannotSay,
    Length,
    Meaning,
    Value,
    fitted,
    negated,
    number,
)
from segdsl.phrasebook.measures import MONTH_NAMES, UNITS_OF_FUNCTIONS

_DATES = "dates are written year-month-day"
_LENGTHS = "lengths of time are written as in `30 days`"
_BASES: Mapping[str, int | str] = {
    "dow": 0, "isodow": 1, "dayofweek_iso": 1, "dw": "sunday 1", "dayofweek": "sunday 1", "weekday": 0,
}  # fmt: skip
_KINDS: Mapping[int, int | str] = {1: "sunday 1", 2: 1, 3: "monday 0", 11: 1, 17: "sunday 1"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _today(t: T, call: C) -> Value:
    return Value("today", kind="time", moment="today")


def _now(t: T, call: C) -> Value:
    return Value("now", kind="time", moment="now")


def _now_of_script(t: T, call: C) -> Value:
    return Value("now", kind="time", moment="now", is_in_milliseconds=True)


def _in_milliseconds(t: T, call: C) -> Value | None:
    """`new Date(x)` and `x.getTime()` of JavaScript."""
    if not call.arguments:
        return _now_of_script(t, call)
    value = _time(t, call.arguments[0]) if len(call.arguments) == 1 else None
    return None if value is None else replace(value, is_in_milliseconds=True)


def _in_seconds(t: T, call: C) -> Meaning | None:
    meaning = t.meaning(call.arguments[0])
    return t.counted(meaning, Fraction(1000)) if isinstance(meaning, Value) and meaning.difference else None


def _unit(node: tree.Node) -> str | None:
    said = node.value if isinstance(node, tree.Text) else node.parts[-1] if isinstance(node, tree.Name) else ""
    said = said.lower().removeprefix("sql_tsi_")
    return {"ym": None, "yd": None, "md": None}.get(said, UNITS_OF_FUNCTIONS.get(said))


def _times(t: T, *nodes: tree.Node) -> list[Value] | None:
    values = [_time(t, n) for n in nodes]
    return [v for v in values if v is not None] if all(values) else None


def _time(t: T, node: tree.Node) -> Value | None:
    meaning = t.meaning(node)
    if isinstance(meaning, Beside):
        meaning = meaning.value or meaning
    if not isinstance(meaning, Value):
        return None
    if isinstance(meaning.literal, str) and meaning.kind == "text":
        meaning = t.valued(meaning, Value("", kind="time"))
    return meaning if meaning.kind in ("time", "") else None


def _difference(t: T, call: C) -> Meaning | None:
    """DATEDIF(a, b, "d"), DATEDIFF(unit, a, b), DATEDIFF(b, a), DAYS(b, a), TIMESTAMPDIFF(unit, a, b), DATE_DIFF(b, a, unit)."""
    arguments, name = list(call.arguments), call.name
    unit: str | None = "day"
    if len(arguments) == 3:
        if (first := _unit(arguments[0])) is not None and not _is_field(t, arguments[0]):
            unit, (start, end) = first, arguments[1:]
        elif (last := _unit(arguments[2])) is not None:
            unit = last
            start, end = (
                (arguments[1], arguments[0])
                if name in ("date_diff", "timestamp_diff", "datetime_diff")
                else (arguments[0], arguments[1])
            )
        else:
            raise CannotSay(
                "time between two dates is counted in whole days, weeks, months or years: `days from … to …`"
            )
    elif len(arguments) == 2:
        end, start = arguments
    else:
        return None
    times = _times(t, start, end)
    if times is None or unit is None:
        return None
    if unit == "quarter":
        raise CannotSay("time between two dates is counted in whole days, weeks, months or years: `months from … to …`")
    return t.difference(times[0], times[1], unit)


def _is_field(t: T, node: tree.Node) -> bool:
    return isinstance(node, tree.Name) and node.parts[-1].lower() in t.names.fields


def _months_later(t: T, call: C) -> Meaning | None:
    return _moved(t, call.arguments[0], call.arguments[1], "month")


def _moved(t: T, x: tree.Node, by: tree.Node, unit: str, sign: int = 1) -> Meaning | None:
    value, length = _time(t, x), t.meaning(by)
    if value is None:
        return None
    if isinstance(length, Value) and isinstance(length.literal, Fraction):
        parts = length_of(abs(length.literal), unit)
        if parts is None:
            return None
        length = Length(parts[0] if length.literal > 0 else -parts[0], parts[1])
    if not isinstance(length, Length):
        raise CannotSay("how far a date is moved is written as a number here, as in `12 months after renewal_date`")
    return t.moved(value, Length(sign * length.count, length.unit))


def _added(t: T, call: C) -> Meaning | None:
    """DATEADD(unit, n, x), DATE_ADD(x, INTERVAL n unit), DATE_ADD(x, n), ADDDATE, and DATE_SUB."""
    sign = -1 if "sub" in call.name else 1
    arguments = call.arguments
    if len(arguments) == 3:
        if (unit := _unit(arguments[0])) is not None:
            return _moved(t, arguments[2], arguments[1], unit, sign)
        if (unit := _unit(arguments[2])) is not None:
            return _moved(t, arguments[0], arguments[1], unit, sign)
        return None
    return _moved(t, *arguments, "day", sign) if len(arguments) == 2 else None


def _days_added(t: T, call: C) -> Meaning | None:
    """ADDDAYS(x, n), `subDays(x, n)` of date-fns."""
    unit = call.name.removeprefix("add").removeprefix("sub").strip("_").removesuffix("s")
    return (
        _moved(t, *call.arguments, unit, -1 if call.name.startswith("sub") else 1) if len(call.arguments) == 2 else None
    )


def _of_moment(t: T, call: C) -> Meaning | None:
    """`moment(x)` and `dayjs(x)` are the time itself, `moment()` is now."""
    return t.value(call.arguments[0]) if call.arguments else _now(t, call)


def _grown(t: T, x: tree.Node, steps: tree.Node) -> Value | None:
    """`arr.diff(28)` of pandas: how much a number has grown, a step taken for a day; None for anything else."""
    value = t.meaning(x)
    if not isinstance(value, Value) or value.rows is not None or value.kind not in ("number", "") or not value.path:
        return None
    if not isinstance(steps, tree.Number) or steps.value.denominator != 1 or not 0 < steps.value <= 1000:
        return None
    t.note("a step is taken for a day")
    ago = Length(int(steps.value), "day").text
    return Value(f"{value.text} - ({value.text} as of {ago} ago)", SUM, "number", own=True)


def _passed(t: T, call: C) -> Meaning | None:
    """`dayjs(a).diff(b, "day")`, differenceInDays(a, b): from the second to the first."""
    if call.name == "diff":
        if not call.method or len(call.arguments) not in (2, 3):
            return None
        if len(call.arguments) == 2 and (grown := _grown(t, *call.arguments)) is not None:
            return grown
        unit = _unit(call.arguments[2]) if len(call.arguments) == 3 else None
    elif call.name == "difftime":
        units = [*call.arguments[2:], *(v for k, v in call.named if k == "units")]
        unit = _unit(units[0]) if len(units) == 1 else None
    else:
        unit = call.name.removeprefix("differencein").removeprefix("calendar").removesuffix("s")
    times = _times(t, *call.arguments[:2])
    if times is None or unit is None or unit not in ("day", "week", "month", "year"):
        return None
    return t.difference(times[1], times[0], unit)


def _shifted(t: T, call: C) -> Meaning | None:
    """`moment().subtract(30, "days")`, `dayjs().add(1, "month")`."""
    if not call.method or len(call.arguments) != 3 or (unit := _unit(call.arguments[2])) is None:
        return None
    return _moved(t, call.arguments[0], call.arguments[1], unit, -1 if call.name == "subtract" else 1)


def _length(t: T, call: C) -> Meaning | None:
    """timedelta(days=30), and its like."""
    inner = call.arguments[0] if len(call.arguments) == 1 else None
    if call.name == "years" and isinstance(inner, C) and inner.name == "relativedelta" and len(inner.arguments) == 2:
        times = _times(t, *inner.arguments)
        return None if times is None else t.difference(times[1], times[0], "year")
    named = [(k, v) for k, v in call.named if isinstance(v, tree.Number)]
    if not named and len(call.arguments) == 1 and isinstance(call.arguments[0], tree.Number):
        named = [("days" if call.name in ("timedelta", "timedelta64") else call.name, call.arguments[0])]
    if len(named) != 1:
        return None
    key, value = named[0]
    parts = length_of(value.value, key.removeprefix("make_"))
    return None if parts is None else Length(*parts)


def _date(t: T, call: C) -> Meaning | None:
    """DATE(2026, 1, 31), or DATE(x) of a time."""
    figures = [int(a.value) for a in call.arguments if isinstance(a, tree.Number) and a.value.denominator == 1]
    if len(call.arguments) == 3 and len(figures) == 3:
        y, m, d = figures
        try:
            day = dt.date(y, m, d).isoformat()
        except ValueError:
            return None
        t.note(_DATES)
        return Value(day, kind="time", literal=day)
    if len(call.arguments) == 3:
        return _built(t, call)
    if not call.arguments:
        return _now(t, call)
    if len(call.arguments) != 1:
        return _date_text(t, call) if len(call.arguments) == 2 and isinstance(call.arguments[0], tree.Text) else None
    value = _time(t, call.arguments[0])
    _note_of_text(t, call.arguments[0])
    return None if value is None else t.day_of_time(value)


def _note_of_text(t: T, node: tree.Node) -> None:
    """Says how a date is written that stands in a text."""
    if isinstance(node, tree.Text):
        t.note("dates stand without quotes" if re.match(r"\d{4}-\d\d-\d\d", node.value) else _DATES)


def _built(t: T, call: C) -> Meaning | None:
    """DATE(YEAR(TODAY()), 1, 1): the beginning or end of a year or month."""
    year, month, day = (
        re.sub(r"\s", "", m.text) if isinstance(m := t.meaning(a), Value) else "" for a in call.arguments
    )
    which = {"": "this", "+1": "next", "-1": "last"}
    years = re.fullmatch(r"yearoftoday([+-]1)?", year)
    months = re.fullmatch(r"monthoftoday([+-]1)?", month)
    if years and (month, day) == ("1", "1"):
        return Value(f"start of {which[years[1] or '']} year", kind="time", moment="start")
    if years and not years[1] and (month, day) == ("12", "31"):
        return t.moved(Value("start of next year", kind="time", moment="start"), Length(-1, "day"))
    if years and not years[1] and months and day == "1":
        return Value(f"start of {which[months[1] or '']} month", kind="time", moment="start")
    if years and not years[1] and months and months[1] == "+1" and day == "0":
        return t.moved(Value("start of next month", kind="time", moment="start"), Length(-1, "day"))
    raise CannotSay("a date is written as in `2026-01-31`, or counted from another, as in `30 days after today`")


def _part(unit: str) -> To:
    def to(t: T, call: C) -> Meaning | None:
        value = _time(t, call.arguments[0]) if call.arguments else None
        return None if value is None else _part_of(t, unit, value)

    return to


def _part_of(t: T, unit: str, value: Value) -> Meaning | None:
    return Value(f"{unit} of {fitted(value, PRIMARY)}", kind="number", rows=value.rows, own=value.own, path="")


def _date_part(t: T, call: C) -> Meaning | None:
    """DATE_PART('year', x), EXTRACT(YEAR FROM x)."""
    node, x = call.arguments
    said = (
        node.value if isinstance(node, tree.Text) else node.parts[-1] if isinstance(node, tree.Name) else ""
    ).lower()
    value = _time(t, x)
    if value is None:
        meaning = t.meaning(x)
        if isinstance(meaning, Value) and meaning.difference and said in ("day", "days", "epoch"):
            return t.counted(meaning, Fraction(1000)) if said == "epoch" else meaning
        return None
    if call.name == "datepart" and said in ("dw", "weekday"):  # of a server that says with which day a week begins
        return t.weekday(value, ("sunday 1", 1)[t.choose("weeks from Sunday", "weeks from Monday")])
    if said in ("dow", "isodow", "dayofweek", "weekday", "dw", "dayofweek_iso"):
        return t.weekday(value, _BASES[said])
    if said in (
        "year",
        "quarter",
        "month",
        "day",
        "hour",
        "years",
        "months",
        "days",
        "hours",
        "yyyy",
        "yy",
        "mm",
        "dd",
        "qq",
        "hh",
    ):
        return _part_of(t, UNITS_OF_FUNCTIONS[said], value)
    raise CannotSay("parts of a date are `year of`, `quarter of`, `month of`, `day of`, `weekday of` and `hour of`")


def _weekday(t: T, call: C) -> Meaning | None:
    """WEEKDAY(x) counts from Sunday as 1, WEEKDAY(x, 2) from Monday as 1, weekday() of Python from Monday as 0."""
    value = _time(t, call.arguments[0])
    if value is None:
        return None
    if call.name == "isoweekday":
        return t.weekday(value, 1)
    if call.method or call.name == "getday":
        return t.weekday(value, "monday 0" if call.name in ("weekday", "dayofweek") else 0)
    kind = call.arguments[1] if len(call.arguments) > 1 else None
    which = int(kind.value) if isinstance(kind, tree.Number) else 1
    return t.weekday(value, _KINDS[which]) if which in _KINDS else None


def _day_name(t: T, call: C) -> Meaning | None:
    value = _time(t, call.arguments[0])
    return None if value is None else t.weekday_by_name(value)


def _month_name(t: T, call: C) -> Meaning | None:
    value = _time(t, call.arguments[0])
    if value is None:
        return None

    def compared(op: str, other: Meaning) -> Value | None:
        if not isinstance(other, Value) or not isinstance(other.literal, str) or op not in ("=", "!="):
            return None
        found = [i for i, m in enumerate(MONTH_NAMES, 1) if m.startswith(other.literal.lower()[:3])]
        return t.compared(op, t.alone(_part_of(t, "month", value) or value), number(found[0])) if found else None

    return Beside("a month is a number here: `month of renewal_date = 3`", compared)


def _truncated(t: T, call: C) -> Meaning | None:
    """DATE_TRUNC('month', x), TRUNC(x, 'month'), DATETRUNC."""
    if len(call.arguments) == 1:
        alone = t.value(call.arguments[0])
        return t.day_of_time(alone) if alone.kind == "time" else t.apply_row("int", call)
    a, b, *_ = call.arguments
    unit, x = (_unit(a), b) if _unit(a) and not _is_field(t, a) else (_unit(b), a)
    value = _time(t, x)
    if unit is None or value is None:
        return None
    return t.day_of_time(value) if unit == "day" else t.truncated(value, unit)


def _month_end(t: T, call: C) -> Meaning | None:
    """EOMONTH(TODAY(), 0) and its like, in a comparison with a date."""
    value = _time(t, call.arguments[0])
    months = t.value(call.arguments[1]).literal if len(call.arguments) > 1 else Fraction(0)
    why = "the end of a month is asked as the beginning of the next: `< start of next month` is up to the end of this month"
    if value is None:
        return None

    def compared(op: str, other: Meaning) -> Value | None:
        if not isinstance(other, Value) or other.kind != "time":
            return None
        if value.moment not in ("today", "now") or not isinstance(months, Fraction) or months.denominator != 1:
            return None
        near = {-2: "last", -1: "this"}.get(int(months), "next")
        away = int(months) - {"last": -2, "this": -1, "next": 0}[near]
        start = t.moved(Value(f"start of {near} month", kind="time", moment="start"), Length(away, "month"))
        if op == ">":  # the end of the month lies after x
            return negated(t.compared(">=", other, t.moved(start, Length(-1, "day"))))
        if op == ">=":
            return t.compared("<", other, start)
        if op == "<":
            return t.compared(">=", other, start)
        if op == "<=":
            return t.compared(">=", other, t.moved(start, Length(-1, "day")))
        return t.compared("=", other, t.moved(start, Length(-1, "day"))) if op == "=" else None

    return Beside(why, compared, None)


def _business_days(t: T, call: C) -> Meaning | None:
    days = [t.meaning(a) for a in call.arguments[:2]] if call.name.startswith("networkdays") else []
    texts = [day.text for day in days if isinstance(day, Value)]
    first, last = texts if len(texts) == 2 else ("X", "Y")
    if len(t.names.calendars) == 1 and len(texts) == 2 and len(call.arguments) == 2:
        own = any(isinstance(day, Value) and day.own for day in days)
        calendar = next(iter(t.names.calendars))
        t.note("both days count, so the first is the day before")
        line = f"{calendar} business days from 1 day before {first} to {last}"
        return Value(line, PRIMARY, "number", own=own)
    line = f"work business days since {first}" if last == "today" else f"work business days from {first} to {last}"
    raise CannotSay(
        "business days are counted by a calendar: declare `calendar work { weekend saturday, sunday }`, "
        f"and write `{line}`, which leaves out the first day"
    )


def _week_number(t: T, call: C) -> Meaning | None:
    raise CannotSay("weeks have no numbers here: write `in this calendar week`, `in last calendar week`, or two dates")


def _date_text(t: T, call: C) -> Meaning | None:
    """DATEVALUE("2026-03-31"), TO_DATE('2026-03-31', …)."""
    settings = dict(call.named)
    shape = settings.pop("format", None)
    nodes = [*call.arguments, *([shape] if shape is not None else [])]
    values = [t.meaning(n) for n in nodes]
    texts = [v.literal for v in values if isinstance(v, Value) and isinstance(v.literal, str)]
    if settings or len(nodes) > 2:
        return None
    _note_of_text(t, call.arguments[0])
    if len(texts) == 2:
        return _shaped(*(reversed(texts) if "%" in texts[0] else texts))
    value = values[0]
    if isinstance(value, Value) and isinstance(value.literal, str):
        return t.valued(value, Value("", kind="time"))
    time = _time(t, call.arguments[0])
    return None if time is None else t.day_of_time(time)


_SHAPES = {
    "yyyy": "%Y", "yy": "%y", "month": "%B", "mmmm": "%B", "mon": "%b", "mmm": "%b", "mm": "%m", "m": "%m", "dd": "%d",
    "d": "%d",
}  # fmt: skip


def _shaped(written: str, shape: str) -> Value | None:
    """A day in the shape that stands beside it, such as `MM-DD-YYYY` or `%d/%m/%Y`; None where it doesn't fit."""
    if "%" not in shape:
        shape = re.sub(r"y{2,4}|month|mon|m{1,4}|d{1,2}", lambda m: _SHAPES.get(m[0], m[0]), shape.lower())
    try:
        day = dt.datetime.strptime(written, shape)
    except (ValueError, re.error):
        return None
    if day.time() != dt.time() or "%y" in shape:
        return None
    line = day.date().isoformat()
    return Value(line, kind="time", literal=line)


def _year_share(t: T, call: C) -> Meaning | None:
    times = _times(t, *call.arguments[:2])
    if times is None:
        return None
    why = "years between two dates are whole years: `years from … to …`, or days"

    def compared(op: str, other: Meaning) -> Value | None:
        if (
            not isinstance(other, Value)
            or not isinstance(other.literal, Fraction)
            or other.literal.denominator != 1
            or op not in ("<", ">=")
        ):
            return None
        return t.compared(op, t.difference(times[0], times[1], "year"), other)

    return Beside(why, compared)


def _between(t: T, call: C) -> Meaning | None:
    """DATETIME_DIFF(end, start, "days") of Airtable, dateBetween(end, start, "days") of Notion."""
    end, start, *units = call.arguments
    unit = _unit(units[0]) if units else "day"
    times = _times(t, start, end)
    return None if times is None or unit in (None, "quarter") else t.difference(times[0], times[1], str(unit))


def _ordered(op: str) -> To:
    def to(t: T, call: C) -> Meaning | None:
        return t.compare(op, *call.arguments) if len(call.arguments) == 2 else None

    return to


def _period_start(t: T, call: C) -> Meaning | None:
    value = _time(t, call.arguments[0])
    unit = call.name.removeprefix("tostartof").removeprefix("startof")
    return None if value is None else t.truncated(value, unit) if unit != "day" else t.day_of_time(value)


def _months(t: T, call: C) -> Meaning | None:
    end, start = call.arguments
    times = _times(t, start, end)
    return None if times is None else t.difference(times[0], times[1], "month")


def _days(t: T, call: C) -> Meaning | None:
    """DAYS(b, a), `(a - b).days`, and Duration of a number."""
    if len(call.arguments) == 1:
        meaning = t.meaning(call.arguments[0])
        if isinstance(meaning, Value) and meaning.difference is not None:
            return meaning
        return _length(t, call)
    return _difference(t, call)


def _age(t: T, call: C) -> Meaning | None:
    times = _times(t, *call.arguments)
    if times is None:
        return None
    if len(times) == 1:
        return t.difference(times[0], Value("now", kind="time", moment="now"), "day")
    return t.difference(times[1], times[0], "day")


FAMILY = Functions(
    "Functions of dates",
    (
        function(
            "today curdate current_date utc_date sys.date",
            _today,
            [("renewal_date < TODAY()", "renewal_date < today"), ("renewal_date < Sys.Date()", "renewal_date < today")],
            "today's day is `today`",
        ),
        function(
            "now getdate current_timestamp sysdate utcnow getutcdate sysdatetime utc_timestamp",
            _now,
            [("signed_on < NOW()", "signed_on < now")],
            "this moment is `now`",
        ),
        function(
            "date.now",
            _now_of_script,
            [("Date.now() - signed_on > 30 * 24 * 60 * 60 * 1000", "signed_on < 30 days ago")],
            "this moment is `now`",
        ),
        function(
            "gettime valueof new_date",
            _in_milliseconds,
            [("new Date() - new Date(signed_on) > 2592000000", "signed_on < 30 days ago")],
        ),
        function(
            "total_seconds",
            _in_seconds,
            [("(datetime.now() - signed_on).total_seconds() > 86400", "signed_on < 1 day ago")],
            "time between two moments is written as in `30 days ago`",
        ),
        function(
            "datedif datediff date_diff timestampdiff timestamp_diff",
            _difference,
            [
                ("DATEDIFF(day, signed_on, GETDATE()) > 30", "days since signed_on > 30"),
                ('DATEDIF(signed_on, TODAY(), "m") >= 12', "months since signed_on >= 12"),
                ("DATE_DIFF(CURRENT_DATE(), signed_on, DAY) > 30", "days since signed_on > 30"),
            ],
            "the time since a day is `days since …`, the time to it `days until …`",
        ),
        function(
            "days",
            _days,
            [
                ("DAYS(renewal_date, TODAY()) > 30", "days until renewal_date > 30"),
                ("DAYS(renewal_date, signed_on) > 300", "days from signed_on to renewal_date > 300"),
            ],
            "the time since a day is `days since …`, the time to it `days until …`",
        ),
        function(
            "datetime_diff datebetween",
            _between,
            [('DATETIME_DIFF(TODAY(), signed_on, "days") > 30', "days since signed_on > 30")],
            "time between two dates is counted in whole units",
        ),
        function(
            "moment dayjs",
            _of_moment,
            [("moment(renewal_date).isBefore(moment())", "renewal_date < now")],
            "this moment is `now`",
        ),
        function(
            "difftime diff differenceindays differenceincalendardays differenceinweeks differenceinmonths differenceinyears",
            _passed,
            [
                ('dayjs().diff(signed_on, "day") > 30', "days since signed_on > 30"),
                ("differenceInMonths(new Date(), signed_on) >= 6", "months since signed_on >= 6"),
            ],
            "time between two dates is counted in whole units",
        ),
        function(
            "subtract", _shifted, [('signed_on > moment().subtract(30, "days")', "signed_on > 30 days ago")], _LENGTHS
        ),
        function("is_before isbefore", _ordered("<"), [("IS_BEFORE(renewal_date, TODAY())", "renewal_date < today")]),
        function("is_after isafter", _ordered(">"), [("IS_AFTER(renewal_date, TODAY())", "renewal_date > today")]),
        function("is_same", _ordered("="), [("IS_SAME(renewal_date, TODAY())", "renewal_date = today")]),
        function(
            "tostartofmonth tostartofyear tostartofquarter tostartofweek tostartofday startofmonth startofyear startofquarter startofweek",
            _period_start,
            [("toStartOfMonth(renewal_date) = toStartOfMonth(today())", "renewal_date in this calendar month")],
        ),
        function(
            "months_between",
            _months,
            [("TRUNC(MONTHS_BETWEEN(SYSDATE, signed_on)) >= 6", "months since signed_on >= 6")],
            "time between two dates is counted in whole units",
        ),
        function(
            "edate", _months_later, [("EDATE(signed_on, 12) < TODAY()", "12 months after signed_on < today")], _LENGTHS
        ),
        function(
            "dateadd date_add date_sub timestampadd adddate subdate timestamp_sub timestamp_add datetime_sub datetime_add",
            _added,
            [
                ("signed_on >= DATEADD(day, -30, GETDATE())", "signed_on >= 30 days ago"),
                ("renewal_date <= DATE_ADD(CURRENT_DATE, INTERVAL 90 DAY)", "renewal_date <= 90 days after today"),
            ],
            _LENGTHS,
        ),
        function(
            "addmonths add_months adddays addyears addweeks subdays subweeks submonths subyears",
            _days_added,
            [("ADD_MONTHS(signed_on, 12) < TODAY()", "12 months after signed_on < today")],
            _LENGTHS,
        ),
        function(
            "timedelta relativedelta dateoffset duration make_interval toimedelta weeks hours months years timedelta64 tointerval",
            _length,
            [("signed_on > now() - timedelta(days=30)", "signed_on > 30 days ago")],
            _LENGTHS,
        ),
        function(
            "date datetime to_date_",
            _date,
            [
                ("signed_on >= DATE(2026, 1, 1)", "signed_on >= 2026-01-01"),
                ("DATE(signed_on) = '2026-01-01'", "signed_on = 2026-01-01"),
                ("signed_on >= DATE(YEAR(TODAY()), 1, 1)", "signed_on >= start of this year"),
            ],
        ),
        function(
            "datevalue to_date todate str_to_date parse_date strptime to_datetime to_timestamp timestamp "
            "date_parse fromisoformat as.date ymd",
            _date_text,
            [
                ('signed_on = DATEVALUE("2026-03-31")', "signed_on = 2026-03-31"),
                ("signed_on = TO_DATE('01-02-2026', 'MM-DD-YYYY')", "signed_on = 2026-01-02"),
                ("signed_on = TO_DATE('01-02-2026', 'DD-MM-YYYY')", "signed_on = 2026-02-01"),
            ],
        ),
        function("year", _part("year"), [("YEAR(renewal_date) = 2027", "year of renewal_date = 2027")]),
        function(
            "month",
            _part("month"),
            [
                ("MONTH(renewal_date) = MONTH(TODAY())", "month of renewal_date = month of today"),
                (
                    "AND(MONTH(renewal_date) = MONTH(TODAY()), YEAR(renewal_date) = YEAR(TODAY()))",
                    "renewal_date in this calendar month",
                ),
            ],
        ),
        function(
            "day dayofmonth day_of_month getdate_",
            _part("day"),
            [("DAY(renewal_date) <= 15", "day of renewal_date <= 15")],
        ),
        function("quarter", _part("quarter"), [("QUARTER(renewal_date) = 2", "quarter of renewal_date = 2")]),
        function("hour gethours", _part("hour"), [("HOUR(NOW()) >= 18", "hour of now >= 18")]),
        function(
            "getfullyear", _part("year"), [("renewal_date.getFullYear() === 2027", "year of renewal_date = 2027")]
        ),
        function(
            "date_part datepart datename",
            _date_part,
            [
                ("EXTRACT(YEAR FROM renewal_date) = 2027", "year of renewal_date = 2027"),
                ("EXTRACT(DOW FROM signed_on) IN (0, 6)", 'weekday of signed_on in ("sunday", "saturday")'),
            ],
        ),
        function(
            "weekday dayofweek isoweekday day_of_week getday",
            _weekday,
            [
                ("WEEKDAY(signed_on) = 1", 'weekday of signed_on = "sunday"'),
                ("WEEKDAY(signed_on, 2) > 5", 'weekday of signed_on in ("saturday", "sunday")'),
            ],
            "a weekday is a word",
        ),
        function(
            "dayname day_name",
            _day_name,
            [("DAYNAME(signed_on) = 'Monday'", 'weekday of signed_on = "monday"')],
            "a weekday is a word",
        ),
        function("monthname month_name", _month_name, [("MONTHNAME(signed_on) = 'March'", "month of signed_on = 3")]),
        function(
            "date_trunc datetrunc trunc timestamp_trunc datetime_trunc",
            _truncated,
            [
                (
                    "DATE_TRUNC('month', renewal_date) = DATE_TRUNC('month', CURRENT_DATE)",
                    "renewal_date in this calendar month",
                ),
                ("signed_on >= DATE_TRUNC('year', CURRENT_DATE)", "signed_on >= start of this year"),
            ],
            "periods of the calendar are written as in `in this calendar month`",
        ),
        function(
            "eomonth last_day endofmonth",
            _month_end,
            [
                ("renewal_date > EOMONTH(TODAY(), 0)", "renewal_date >= start of next month"),
                ("renewal_date <= EOMONTH(TODAY(), 1)", "renewal_date < 1 month after start of next month"),
            ],
        ),
        function("yearfrac", _year_share, [("YEARFRAC(signed_on, TODAY()) >= 2", "years since signed_on >= 2")]),
        function("age", _age, [("AGE(signed_on) > INTERVAL '1 year'", "signed_on < 1 year ago")]),
        function(
            "networkdays networkdays.intl workday workday.intl",
            _business_days,
            refused=[("NETWORKDAYS(signed_on, TODAY()) > 10", "by a calendar")],
        ),
        function(
            "weeknum isoweeknum weekofyear week", _week_number, refused=[("WEEKNUM(signed_on) = 3", "no numbers")]
        ),
    ),
)
