"""Amounts, percentages and dates in other orders."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from segdsl.model import types as ty
from segdsl.phrasebook.measures import FOREIGN_MONTHS, MONTHS, SPOKEN_UNITS
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import BEFORE_OPERANDS

_THOUSAND, _MILLION = "k thousand tausend tsd mille mil", "m mn mio million millions millionen millones"
SCALES = dict.fromkeys(_THOUSAND.split(), 1_000) | dict.fromkeys(_MILLION.split(), 1_000_000)
_MONTH = MONTHS | FOREIGN_MONTHS


def amount(text: str) -> str | None:
    """A number as it is written here: without currency and separators, in full. None if it can't be told."""
    if re.fullmatch(r"\d+(?:\.\d+)?[eE][+-]?\d{1,2}", text):
        exact = Decimal(text)
        return f"{int(exact):_}" if exact == int(exact) else f"{exact:f}"
    scale = re.search(r"([a-zA-Z]+)\s*$", re.sub(r"(?:[$€£¥]|USD|EUR|GBP|dollars|euros?)", "", text).strip())
    figure = re.sub(r"[^\d.,]", "", text)
    marks: list[str] = re.findall(r"[.,]", figure)
    last = marks[-1] if marks else ""
    after = len(figure) - figure.rfind(last) - 1 if last else 0
    if len(set(marks)) == 1 and (len(marks) > 1 or after == 3) and not (scale and len(marks) == 1):
        figure = figure.replace(last, "")  # the one sign separates thousands
    elif marks:
        other = "," if last == "." else "."
        figure = figure.replace(other, "").replace(last, ".")
    if not re.fullmatch(r"\d+(?:\.\d+)?", figure):
        return None
    value = Fraction(figure) * (SCALES.get(scale[1].lower(), 1) if scale else 1)
    if value.denominator == 1:
        return f"{value.numerator:_}" if value >= 1000 else str(value.numerator)
    return figure if not scale else f"{float(value)}"


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year + 2000 if year < 100 else year, month, day).isoformat()
    except ValueError:
        return None


def _day(order: Literal["year", "day", "month", "open"]) -> Callable[[Match], str | tuple[str, str] | None]:
    """A date with points, slashes or dashes, whose year, day or month stands first; `open` where that can't be told."""

    def meant(match: Match) -> str | tuple[str, str] | None:
        text = match.text("d")
        a, b, c = (int(p) for p in re.split(r"[./-]", text))
        if a > 31:
            return _date(a, b, c) if order == "year" else None
        day_first, month_first = _date(c, b, a), None if "." in text else _date(c, a, b)
        if day_first and month_first and day_first != month_first:
            return (day_first, month_first) if order == "open" else None
        return {"day": day_first, "month": None if day_first else month_first}.get(order)

    return meant


def _month(match: Match) -> str | None:
    month = _MONTH.get(match.text("m").lower())
    day = match.text("d") or "1"
    year = match.text("y")
    if month is None or not day.isdigit() or not re.fullmatch(r"\d{4}", year):
        return None
    return _date(int(year), month, int(day))


def _year(match: Match) -> str | None:
    """A year beside a field that is a time: its first day, or that of the next."""
    field = match.around.names.described(match.text("p").replace(" ", ""))
    years = [match.text(slot) for slot in ("a", "b") if slot in match.slots]
    if match.around.kind(match.start - 1) == "word" and match.around.lower(match.start - 1) not in BEFORE_OPERANDS:
        return None  # `year of renewal_date = 2026`
    if field is None or not ty.is_time(field.type) or not all(re.fullmatch(r"(?:19|20)\d\d", y) for y in years):
        return None
    first, after = f"{years[0]}-01-01", f"{int(years[-1]) + 1}-01-01"
    match match.text("o"):
        case ">" | ">=" as op:
            return f"{{p}} >= {after if op == '>' else first}"
        case "<" | "<=" as op:
            return f"{{p}} < {after if op == '<=' else first}"
        case "!=":
            return f"({{p}} < {first} or {{p}} >= {after})"
        case _:
            pass
    outside = "not " if "not" in match.words else ""
    return f"{outside}({{p}} >= {first} and {{p}} < {after})"


def _text_of_a_date(match: Match) -> str | Sequence[str] | None:
    """A date in quotes beside a field that is one."""
    field = match.around.names.described(match.text("p").replace(" ", ""))
    inner = match.text("t")[1:-1]
    if field is None or not ty.is_time(field.type):
        return None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:T[\d:]+Z?)?", inner):
        return f"{{p}} {{o}} {inner}"
    if re.fullmatch(r"\d{1,2}([./-])\d{1,2}\1\d{4}|\d{4}/\d{1,2}/\d{1,2}", inner):
        return f"{{p}} {{o}} {inner}"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2} [\d:.]+", inner):
        return f"{{p}} {{o}} {inner[:10]}T{inner[11:19]}" if inner[11:].strip("0:.") else f"{{p}} {{o}} {inner[:10]}"
    return None


def _between_texts(match: Match) -> str | None:
    field = match.around.names.described(match.text("p").replace(" ", ""))
    if field is None or not (ty.is_time(field.type) or ty.is_measure(field.type)):
        return None
    low, high = match.text("a")[1:-1], match.text("b")[1:-1]
    return f"{{p}} {'not ' if 'not' in match.words else ''}between {low} and {high}"


def _text_of_a_number(match: Match) -> str | None:
    """A number in quotes beside a field that is one."""
    field = match.around.names.described(match.text("p").replace(" ", ""))
    inner = match.text("t")[1:-1]
    if (
        field is None
        or not ty.is_numeric(field.type)
        or field.type == ty.VERSION
        or not re.fullmatch(r"[$€£]?\s?\d[\d.,_']*%?", inner)
    ):
        return None
    return f"{{p}} {{o}} {inner if re.fullmatch('[0-9_]+%?', inner) else amount(inner) or inner}"


_SPOKEN = {
    "of",
    "than",
    "least",
    "most",
    "over",
    "under",
    "above",
    "below",
    "exceeds",
    "exceeding",
    "exactly",
    "around",
    "from",
    "is",
}


def _unit_of_both(match: Match) -> str | None:
    """`between 10 and 50 thousand`, `from 20 to 50 %`: the unit behind the second number is that of both."""
    low, high = match.text("a"), match.text("b")
    first, around = match.words[0], match.around
    before = around.lower(match.start - 1)
    is_percent = high.endswith("%") or match.words[-1] in ("%", "percent", "pct", "pc")
    loose = first != "between" or match.words[2] != "and" or before in ("is", "are", "lies") or match.words[-1] != high
    if not re.fullmatch(r"\d+(?:\.\d+)?", low) or (is_percent and not loose):
        return None  # `between 1 and 50%` may mean what it says
    if is_percent:
        return f"between {low}% and {high.rstrip('%')}%"
    scale = re.search(rf"({'|'.join(SCALES)})\b", high.lower())
    figure, to = amount(low), amount(high)
    if figure is None or to is None:
        return None
    if scale and Decimal(low) <= Decimal(re.sub(r"[^\d.]", "", high) or "0"):
        figure = amount(f"{low} {scale[1]}") or figure
    elif re.fullmatch(r"\d{1,3}\.\d{3}", low) and "." in high:
        figure = low.replace(".", "_")
    return f"between {figure} and {to}"


def _percent_of_both(match: Match) -> str | None:
    """`less than 5 or more than 10 %`."""
    low, high = match.text("a"), match.text("b").rstrip("%")
    first = " ".join(match.words).split(f" {low} or ")[0]
    second = " ".join(match.words).split(f" {low} or ")[1].split(f" {high}")[0]
    return f"{first} {low}% or {second} {high}%"


def _dashed(match: Match) -> str | None:
    """`arr 100-200`, `last(nps) = 9-10`, `seat use 40–69%`: from one to the other."""
    low, high = match.text("a"), match.text("b")
    around, first, dash = match.around, match.slots["a"][0], match.around.tokens[match.end - 1 - len(match.slots["b"])]
    before, after = around.lower(match.start - 1), around.lower(match.end)
    behind = around.tokens[match.start - 1] if match.start else None
    is_value = behind is not None and (behind.text == ")" or (behind.kind == "word" and before not in _NO_RANGES))
    if not is_value or after in ("+", "-", "*", "/", "(", ".") or after in SPOKEN_UNITS or first.kind == "text":
        return None
    if match.words[0] != low.lower() and match.words[0] not in ("=", "in", ":", "is", "are"):
        return None
    low, high = (amount(one) or one if not one[0].isdigit() or one[-1].isalpha() else one for one in (low, high))
    figures = [
        Decimal(re.sub(r"[_,%]", "", one)) if re.fullmatch(r"[\d_,]+(?:\.\d+)?%?", one) else None for one in (low, high)
    ]
    if figures[0] is None or figures[1] is None or figures[0] >= figures[1]:
        return None
    if dash.text in ("-", "–", "—") and match.words[0] == low.lower() and match.inside_call():
        return None
    share = "%" if high.endswith("%") and not low.endswith("%") else ""
    return f"between {low}{share} and {high}"


_NO_RANGES = {
    *(
        "between",
        "from",
        "of",
        "last",
        "next",
        "first",
        "top",
        "bottom",
        "since",
        "by",
        "and",
        "or",
        "than",
        "least",
        "most",
    ),
    *(
        "over",
        "under",
        "above",
        "below",
        "past",
        "until",
        "within",
        "after",
        "before",
        "limit",
        "latest",
        "to",
        "not",
        "when",
    ),
    *("where", "having", "for", "then", "else", "if"),
}
"""Words behind which two numbers with a dash are no range of the value before."""


def _range_of_days(match: Match) -> str | None:
    """`90 to 365 days since created_at`."""
    low, high = match.text("a"), match.text("b")
    if not (low.isdigit() and high.isdigit()) or int(low) >= int(high):
        return None
    unit = match.text("u").lower()
    unit = unit if unit.endswith("s") else f"{unit}s"
    if "x" not in match.slots or match.around.kind(match.start - 1) == "number":
        return None
    way = next(w for w in match.words if w in ("since", "until", "in", "within"))
    if way in ("in", "within"):
        field = match.around.names.described(match.text("x").replace(" ", ""))
        if field is None or not ty.is_time(field.type):
            return None
        way = "until"
    return f"{unit} {way} {{x}} between {low} and {high}"


def _thousands_open(match: Match) -> str | tuple[str, str] | None:
    """`at least 20.000` in words: a point between thousands, or before decimals."""
    figure, around = match.text("a"), match.around
    if not re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", figure) or around.lower(match.start - 1) not in _SPOKEN:
        return None
    whole, decimals = figure.split(".")
    parts = decimals.rstrip("0")
    fields = [f for t in around.tokens[: match.start] if (f := around.names.described(t.lower)) is not None]
    if fields and fields[-1].type == ty.INTEGER:
        return f"{whole}_{decimals}"
    return f"{whole}_{decimals}", f"{whole}.{parts}" if parts else whole


def _thousands_of_both(match: Match) -> tuple[str, str] | None:
    """`is between 1.000 and 2.500`, `arr 1.000-2.500`."""
    both = (match.text("a"), match.text("b"))
    if not all(re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", figure) for figure in both):
        return None
    first = "{p} " if "p" in match.slots else ""
    low, high = (figure.replace(".", "_") for figure in both)
    plain, more = (figure.rstrip("0").rstrip(".") for figure in both)
    return f"{first}between {low} and {high}", f"{first}between {plain} and {more}"


def _decimal_point(match: Match) -> str | None:
    """`.5`: a zero stands before the point."""
    point, figure = match.around.tokens[match.start : match.end]
    before = match.around.tokens[match.start - 1] if match.start else None
    close = not figure.gap and (point.gap or (before is not None and before.kind == "sign"))
    return f"0.{figure.text}" if close and re.fullmatch(r"\d+%?", figure.text) else None


def _two_borders(match: Match) -> str | None:
    """`arr >= 100 <= 200`: both borders are those of the field."""
    first, second = match.text("o"), match.text("p")
    return (
        "{x} {o} {a} and {x} {p} {b}" if {first[0], second[0]} == {"<", ">"} and "<>" not in (first, second) else None
    )


def _decimal_comma(match: Match) -> str | None:
    tokens = match.around.tokens[match.start : match.end]
    close = not tokens[-1].gap and not tokens[-2].gap
    return (
        f"{tokens[0].text} {'-' if tokens[1].text == '-' else ''}{match.text('a')}.{match.text('b')}"
        if close and not match.inside_call() and match.text("a").isdigit()
        else None
    )


def _thousands_dot(match: Match) -> str | None:
    """`50.000` beside a number with a decimal comma."""
    figure = match.text("a")
    whole, _, rest = figure.partition(".")
    commas = any(
        a.kind == "number" and b.text == "," and c.kind == "number" and not b.gap and not c.gap
        for a, b, c in zip(match.around.tokens, match.around.tokens[1:], match.around.tokens[2:])
    )
    return f"{whole}_{rest}" if len(rest) == 3 and rest.isdigit() and whole.isdigit() and commas else None


def _lasting(match: Match) -> str | None:
    if match.slots["a"][0].lower in ("last", "first", "most_common") or (
        match.around.kind(match.start - 1) == "word" and match.slots["a"][0].text == "("
    ):
        return None
    unit = match.slots["d"][-1].text.rstrip("s")
    names, (first, *rest) = match.around.names, [t.lower for t in match.slots["a"]]
    is_of_rows = first in names.tables or (not rest and first not in names.fields and names.owners(first))
    return (
        f"every {unit} for {{d}} ({{a}} {{o}} {{b}})" if not is_of_rows and unit in ("day", "week", "month") else None
    )


_ORDERS: tuple[tuple[Literal["year", "day", "month", "open"], str | tuple[str, str], str, str], ...] = (
    ("year", "dates are written year-month-day", "2026/11/25", "2026-11-25"),
    ("day", "dates are written year-month-day", "01.11.2026", "2026-11-01"),
    ("month", "dates are written year-month-day", "11/25/2026", "2026-11-25"),
    ("open", ("the day first", "the month first"), "01/11/2026", "2026-11-01"),
)


def _money(match: Match) -> str | None:
    """`> $40,000 paid in last 12 months`: of the rows with this value, the one amount that they have, added up."""
    if not any(sign in match.text("a") for sign in "$€£") and "USD" not in match.text("a").upper():
        return None
    names, figure = match.around.names, amount(match.text("a"))
    found = [
        (t, *pair, of)
        for t in names.tables
        if (pair := names.field_with_value(t, match.text("v"))) and (of := names.only_amount(t))
    ]
    if len(found) != 1 or figure is None:
        return None
    table, field, value, of = found[0]
    window = "{w}" if match.slots.get("w") else "in last {d}"
    sign = {"over": ">", "above": ">", "more": ">", "at": ">=", "under": "<", "below": "<", "less": "<"}.get(
        match.words[0], match.words[0]
    )
    return f'sum({table}.{of} {window} where {field} = "{value}") {sign} {figure}'


FAMILY = Family(
    "Amounts and dates",
    0,
    (
        row(
            "{a:value} {o:op} {b:literal} for the? last/past/previous? {d:duration}",
            to=_lasting,
            note="each time with what was known then",
            sure=False,
            examples=(("seats < 5 for the last 3 weeks", "every week for 3 weeks (seats < 5)"),),
        ),
        row(
            "{a:figure}",
            to=_thousands_dot,
            note="thousands are set apart by `_`",
            sure=False,
            examples=(("arr > 50.000 and seats >= 0,9", "arr > 50_000 and seats >= 0.9"),),
        ),
        row(
            "between/from {a:figure} and/to/-/–/& {b:amount}",
            "between/from {a:figure} and/to/-/–/& {b:figure} %/percent/per_cent/pct/pc?",
            to=lambda m: (
                _unit_of_both(m)
                if m.slots["b"][0].kind == "amount" or "%" in m.text("b") or not m.words[-1][0].isdigit()
                else None
            ),
            note="the unit stands with each number",
            sure=False,
            examples=(
                ("arr between 10 and 50 thousand", "arr between 10_000 and 50_000"),
                ("seats / nps from 20 to 50 %", "seats / nps between 20% and 50%"),
            ),
        ),
        row(
            "less_than/more_than/below/above/under/over/at_most/at_least/</>/<=/>= {a:figure} or less_than/more_than/below/above/under/over/at_most/at_least/</>/<=/>= {b:figure} %/percent/per_cent/pct/pc",
            to=_percent_of_both,
            note="the unit stands with each number",
            sure=False,
            examples=(("seats / nps below 5 or above 10 %", "seats / nps < 5% or seats / nps > 10%"),),
        ),
        row(
            "{x:path} {o:op} {a:literal} ,? {p:op} {b:literal}",
            to=_two_borders,
            note="each border is compared by itself",
            examples=(("seats >= 10 <= 20", "seats >= 10 and seats <= 20"),),
        ),
        row(
            "is/are between {a:figure} and/to {b:figure}",
            "{p:path} {a:figure} -/–/to {b:figure}",
            to=_thousands_of_both,
            note=("thousands are set apart by `_`", "decimals stand after the point"),
            sure=False,
            examples=(("arr is between 1.000 and 2.500", "arr between 1_000 and 2_500"),),
        ),
        row(
            "between/from? {a:figure} to/-/–/—/and {b:figure} {u:unit} since/until {x:path}",
            "{x:path} in/within {a:figure} to/-/–/— {b:figure} {u:unit}",
            to=_range_of_days,
            note="a range is written `between … and …`",
            sure=False,
            examples=(
                ("90 to 365 days since signed_on", "days since signed_on between 90 and 365"),
                ("renewal_date in 31 to 90 days", "days until renewal_date between 31 and 90"),
            ),
        ),
        row(
            "=/:/in/is/are? {a:figure} -/–/— {b:figure}",
            "=/:/in/is/are? {a:figure} -/–/— {b:amount}",
            "=/:/in/is/are? {a:amount} -/–/— {b:amount}",
            "=/: {a:figure} to {b:figure}",
            "=/: {a:amount} to {b:amount}",
            to=_dashed,
            note="a range is written `between … and …`",
            sure=False,
            examples=(("arr 100-200", "arr between 100 and 200"), ("nps in 9-10", "nps between 9 and 10")),
        ),
        row(
            "{a:figure}",
            to=_thousands_open,
            note=("thousands are set apart by `_`", "decimals stand after the point"),
            sure=False,
            examples=(("seats at least 1.000", "seats >= 1_000"), ("arr over 20.000", "arr > 20_000")),
        ),
        row(
            ". {a:figure}",
            to=_decimal_point,
            note="a zero stands before the point",
            examples=(("arr > .5", "arr > 0.5"),),
        ),
        row(
            "=/!=/</<=/>/>= -? {a:figure} , {b:figure}",
            to=_decimal_comma,
            note="decimals stand after a point",
            sure=False,
            examples=(("seats >= 0,9", "seats >= 0.9"),),
        ),
        row(
            "over/above/more_than/at_least/under/below/less_than/>/>=/</<= {a:amount} {v:word} {w:window}",
            "over/above/more_than/at_least/under/below/less_than/>/>=/</<= {a:amount} {v:word} in/over/during/within the? last/past {d:duration}",
            to=_money,
            note="amounts are added up with `sum(…)`",
            examples=(
                (
                    "more than $40,000 paid in the last 12 months",
                    'sum(invoices.amount in last 12 months where state = "paid") > 40_000',
                ),
            ),
        ),
        row(
            "last ( {c:column} ) {o:op} {y:literal} {w:window}",
            to="last({c} {w}) {o} {y}",
            note="the window stands with the rows",
            examples=(("last(logins.minutes) >= 9 in last 30 days", "last(logins.minutes in last 30 days) >= 9"),),
        ),
        row(
            "{a:amount}",
            to=lambda m: (
                None if m.around.lower(m.start - 1) == "worth" or m.around.lower(0) == "play" else amount(m.text("a"))
            ),
            examples=(
                ("arr > $20,000", "arr > 20_000"),
                ("arr > 20.000,00", "arr > 20_000"),
                ("arr >= 10k", "arr >= 10_000"),
                ("arr > 1,250,000", "arr > 1_250_000"),
                ("arr > 20,000 USD", "arr > 20_000"),
            ),
            note="amounts are written without currency and commas, thousands with `_`",
            where="anywhere",
        ),
        row(
            "{n:figure} %",
            "{n:figure} percent/per_cent/pct/pc",
            to=lambda m: f"{m.text('n').rstrip('%')}%",
            examples=(("seats / nps > 80 percent", "seats / nps > 80%"), ("seats / nps > 80 %", "seats / nps > 80%")),
        ),
        row(
            "{o:op} {n:number}",
            to=lambda m: "{o} {n}" if m.around.kind(m.start + 1) == "word" else None,
            examples=(("arr > two million", "arr > 2_000_000"),),
            note="numbers are written in figures",
        ),
        *(
            row(
                "{d:day}",
                to=_day(order),
                examples=((f"renewal_date < {written}", f"renewal_date < {meant}"),),
                note=note,
                where="anywhere",
            )
            for order, note, written, meant in _ORDERS
        ),
        row(
            "{p:path} {o:op} {a:figure}",
            "{p:path} not? between {a:figure} and {b:figure}",
            to=_year,
            examples=(
                ("renewal_date > 2026", "renewal_date >= 2027-01-01"),
                ("renewal_date = 2027", "renewal_date >= 2027-01-01 and renewal_date < 2028-01-01"),
                (
                    "renewal_date between 2025 and 2026",
                    "renewal_date >= 2025-01-01 and renewal_date < 2027-01-01",
                ),
            ),
            note="a year is from its first day until that of the next",
        ),
        row(
            "on? {d:figure} st/nd/rd/th?  of? {m:word} ,? {y:figure}",
            "on? {m:word} {d:figure} st/nd/rd/th? ,? {y:figure}",
            to=_month,
            examples=(
                ("renewal_date < 1 January 2027", "renewal_date < 2027-01-01"),
                ("renewal_date < March 3, 2026", "renewal_date < 2026-03-03"),
            ),
            note="dates are written year-month-day",
            where="anywhere",
        ),
        row(
            "date/timestamp {t:text}",
            "to_date/date/datevalue/timestamp ( {t:text} )",
            to=lambda m: m.text("t")[1:-1] if re.match(r'"\d', m.text("t")) else None,
            examples=(("signed_on >= DATE '2026-01-01'", "signed_on >= 2026-01-01"),),
            note="dates stand without quotes",
        ),
        row(
            "{p:path} not? between {a:text} and {b:text}",
            to=_between_texts,
            examples=(
                ("signed_on BETWEEN '2025-01-01' AND '2025-12-31'", "signed_on between 2025-01-01 and 2025-12-31"),
            ),
            note="dates and numbers stand without quotes",
        ),
        row(
            "{p:path} {o:op} {t:text}",
            to=_text_of_a_number,
            examples=(('seats > "10"', "seats > 10"),),
            note="numbers stand without quotes",
        ),
        row(
            "{p:path} {o:op} {t:text}",
            to=_text_of_a_date,
            examples=(('signed_on >= "2026-01-01"', "signed_on >= 2026-01-01"),),
            note="dates stand without quotes",
        ),
    ),
)
