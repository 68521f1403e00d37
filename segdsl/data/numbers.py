"""The text of a number or amount -> SQL of its value, by a format such as `1.234,56`.

Read in any format: a sign, a percent sign, brackets for negative amounts, and the currency's own sign or code.
Without a format a number has a decimal point and no separators between thousands.
"""

from __future__ import annotations

import re
from fractions import Fraction

from segdsl.data.sql_text import matches, text, when
from segdsl.model import types as ty

_SIGNS = {"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "SGD": "$", "HKD": "$", "MXN": "$", "EUR": "€", "GBP": "£",
          "JPY": "¥", "CNY": "¥", "INR": "₹", "KRW": "₩", "BRL": "R$", "CHF": "Fr.", "PLN": "zł", "TRY": "₺", "ILS": "₪",
          "SEK": "kr", "NOK": "kr", "DKK": "kr", "ZAR": "R", "CZK": "Kč"}  # fmt: skip
_BLANKS = "[ \u00a0\u202f]"
_REAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
# a number without a format that a German reads as thousands and an American as thousandths
THOUSANDS_OR_THOUSANDTHS = r"\D*[1-9][0-9]{0,2}\.[0-9]{3}\D*"
SEPARATED = "[^,]*[0-9],[0-9].*|.*[0-9][ \u00a0\u202f'’][0-9]{3}.*"


def number(bare: str, format: str | None, typed: ty.Type) -> str:
    """SQL from trimmed text: billionths of a number, minor units of money, a whole integer, or a double."""
    if typed == ty.REAL and format is None:
        plain = when(matches(bare, _REAL), f"TRY_CAST({bare} AS DOUBLE)")
        return finite(f"coalesce({plain}, {_percent_as_double(bare)})")
    digits = _digits(bare, format, typed)
    match typed:
        case ty.Integer():
            fraction = f"split_part({digits}, '.', 2)"
            zeros = f"trim({fraction}, '0') = ''" + (f" AND length({fraction}) != 3" if format is None else "")  # 1.000
            whole = when(f"{zeros} AND NOT contains({bare}, '%')", f"split_part({digits}, '.', 1)")
            return f"TRY_CAST({whole} AS BIGINT)"
        case ty.Real():
            return finite(f"TRY_CAST({digits} AS DOUBLE) / CASE WHEN contains({bare}, '%') THEN 100 ELSE 1 END")
        case ty.Money(currency):
            return minor_units(f"CAST(TRY_CAST({digits} AS DECIMAL(27, 9)) * 1000000000 AS HUGEINT)", currency)
        case _:
            billionths = f"CAST(TRY_CAST({digits} AS DECIMAL(27, 9)) * 1000000000 AS HUGEINT)"
            return f"CASE WHEN contains({bare}, '%') THEN {billionths} // 100 ELSE {billionths} END"


def minor_units(billionths: str, currency: str) -> str:
    """Cents of an exact amount, rounded half to even."""
    step = ty.NUMBER_SCALE // ty.minor_units(currency)
    down = f"(v // {step} - CASE WHEN v % {step} < 0 THEN 1 ELSE 0 END)"
    rest = f"(v - {down} * {step})"
    up = f"CASE WHEN 2 * {rest} > {step} OR (2 * {rest} = {step} AND {down} % 2 != 0) THEN 1 ELSE 0 END"
    return f"list_transform([{billionths}], lambda v: TRY_CAST({down} + {up} AS BIGINT))[1]"


def finer_than_minor_units(bare: str, format: str | None, typed: ty.Money) -> str:
    """SQL: whether an amount has more places than its currency, beyond zeros."""
    places = len(str(ty.minor_units(typed.currency))) - 1
    return f"length(trim(split_part({_digits(bare, format, typed)}, '.', 2), '0')) > {places}"


def finite(value: str) -> str:
    return when(f"isfinite({value})", value)


def within(value: str, low: Fraction, high: Fraction, typed: ty.Type) -> str:
    """The value where it lies between two bounds, both included."""
    if typed == ty.REAL:
        return f"CASE WHEN {value} BETWEEN {float(low)!r} AND {float(high)!r} THEN {value} END"
    scale = (
        ty.minor_units(typed.currency) if isinstance(typed, ty.Money) else ty.NUMBER_SCALE if typed == ty.NUMBER else 1
    )
    lowest, highest = (
        -((-(low * scale).numerator) // (low * scale).denominator),
        (high * scale).numerator // (high * scale).denominator,
    )
    return f"CASE WHEN {value} BETWEEN {lowest} AND {highest} THEN {value} END"


def _percent_as_double(bare: str) -> str:
    return when(matches(bare, r"[+-]?[0-9]+(\.[0-9]+)? ?%"), f"TRY_CAST(trim(rtrim({bare}, '%')) AS DOUBLE) / 100")


def _digits(bare: str, format: str | None, typed: ty.Type) -> str:
    """The number as `-1234.56`, missing where the text is no number in the format."""
    group, point = _separators(format)
    core = _pattern(format, group, point)
    mark = _mark(typed)
    end = f"( ?({mark}))?" if isinstance(typed, ty.Money) else "( ?%)?"
    start = f"(({mark}) ?)?" if isinstance(typed, ty.Money) else ""
    shape = f"([+\u2212-]?{start}|{start}[+\u2212-])({core}){end}-?|\\({start}({core}){end}\\)"
    kept = f"regexp_replace(regexp_replace({bare}, {text(mark)}, ''), {text(f'[^0-9{re.escape(point)}]')}, '', 'g')"
    bare_digits = f"replace({kept}, {text(point)}, '.')"
    negative = matches(bare, r".*[(\x{2212}-].*")
    return when(matches(bare, shape), f"CASE WHEN {negative} THEN '-' ELSE '' END || {bare_digits}")


def _separators(format: str | None) -> tuple[str, str]:
    """What stands between thousands, and before the fraction."""
    if format is None or format == "1234.56":
        return "", "."
    if format == "1234,56":
        return "", ","
    return format.rstrip("0123456789")[:-1].strip("0123456789")[:1], format.rstrip("0123456789")[-1]


def _pattern(format: str | None, group: str, point: str) -> str:
    fraction = f"({re.escape(point)}[0-9]*)?"
    whole = "[0-9]{1,19}"
    if group:
        mark = _BLANKS if group == " " else "['’]" if group == "'" else re.escape(group)
        grouped = (
            f"[1-9][0-9]?({mark}[0-9]{{2}})*{mark}[0-9]{{3}}"
            if format == "12,34,567.89"
            else f"[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+"
        )
        whole = f"({grouped}|{whole})"
    return f"{whole}{fraction}|{re.escape(point)}[0-9]+"


def _mark(typed: ty.Type) -> str:
    """The pattern of a currency's signs."""
    if not isinstance(typed, ty.Money):
        return "%"
    code = typed.currency
    sign = _SIGNS.get(code)
    return re.escape(code) + (
        f"|{re.escape(sign)}|{code[:2]}{re.escape(sign)}" if sign == "$" else f"|{re.escape(sign)}" if sign else ""
    )
