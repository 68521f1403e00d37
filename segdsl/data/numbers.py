"""Numbers and amounts as text: SQL of the value, by a format such as `1.234,56`.

Read in any format: a sign, a percent sign, brackets for negative amounts, and the currency's sign or code. Without a
format a number has a decimal point and no thousands separators.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from segdsl.data.sql_text import matches, name, text, when
from segdsl.model import types as ty

_SIGNS = {
    "USD": "$",
    "CAD": "$",
    "AUD": "$",
    "NZD": "$",
    "SGD": "$",
    "HKD": "$",
    "MXN": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "BRL": "R$",
    "CHF": "Fr.",
    "PLN": "zł",
    "TRY": "₺",
    "ILS": "₪",
    "SEK": "kr",
    "NOK": "kr",
    "DKK": "kr",
    "ZAR": "R",
    "CZK": "Kč",
}
_BLANKS = "[ \u00a0\u202f]"
_PLAIN = r"-?[0-9]{1,18}(\.[0-9]{1,9})?"
_REAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
# Germans read it as thousands, Americans as thousandths
THOUSANDS_OR_THOUSANDTHS = r"\D*[1-9][0-9]{0,2}\.[0-9]{3}\D*"
SEPARATED = "[^,]*[0-9],[0-9].*|.*[0-9][ \u00a0\u202f'’][0-9]{3}.*"


@dataclass(frozen=True)
class Plain:
    """SQL of a cell's `cast` to the engine's own type, and of the `value` where the cell stands as the engine writes this cast; else
    missing. A cell that the engine writes in the same way again can't have been rounded, cut or misunderstood.
    """

    cast: str
    value: str


def plain(cell: str, cast: str, format: str | None, typed: ty.Integer | ty.Number | ty.Money | ty.Real) -> Plain | None:
    """Numbers in the engine's notation, such as `-1234.56`: an optional minus, digits and a point, without zeros in front.

    `cast` names the column of the cast. Zeros behind may be left out: `12.5` is the beginning of `12.50`.
    """
    written = f"CAST({cast} AS VARCHAR)"
    if typed == ty.INTEGER:
        return Plain(f"TRY_CAST({cell} AS BIGINT)", when(f"{written} = {cell}", cast))
    if typed == ty.REAL:
        is_same = f"starts_with({written}, {cell}) AND isfinite({cast})"
        return Plain(f"TRY_CAST({cell} AS DOUBLE)", when(is_same, cast)) if format is None else None
    most = _places(typed) if isinstance(typed, ty.Money) else 9
    places = most if _separators(format)[1] == "." else 0
    value = (
        f"TRY_CAST(CAST({cast} AS DECIMAL(20, {places})) * {ty.minor_units(typed.currency)} AS BIGINT)"
        if isinstance(typed, ty.Money)
        else billionths(f"CAST({cast} AS DECIMAL(27, 9))")
    )
    return Plain(f"TRY_CAST({cell} AS DECIMAL(18, {places}))", when(f"starts_with({written}, {cell})", value))


def steps(
    field: str, format: str | None, typed: ty.Integer | ty.Number | ty.Money | ty.Real, is_id: bool = False
) -> list[tuple[str, str]]:
    """Steps from the trimmed text "given F": its digits, their decimal, and the value (see `Cell`).

    A key with an exponent is not read: a spreadsheet has rounded it.

    The value is in billionths for a number, minor units for money, a whole integer, or a double.
    """
    cell, digits = name(f"given {field}"), name(f"digits {field}")
    if typed == ty.REAL and format is None:
        plain = when(matches(cell, _REAL), f"TRY_CAST({cell} AS DOUBLE)")
        return [("read", finite(f"coalesce({plain}, {_percent_as_double(cell)})"))]
    first = ("digits", _digits(cell, format, typed, exponents=not is_id))
    match typed:
        case ty.Integer():
            fraction = f"split_part({digits}, '.', 2)"
            zeros = f"trim({fraction}, '0') = ''" + (
                f" AND length({fraction}) != 3" if format is None else ""
            )  # 1.000 may be one thousand
            whole = when(f"{zeros} AND NOT contains({cell}, '%')", f"split_part({digits}, '.', 1)")
            return [first, ("read", f"TRY_CAST({whole} AS BIGINT)")]
        case ty.Real():
            percent = f"CASE WHEN contains({cell}, '%') THEN 100 ELSE 1 END"
            return [first, ("read", finite(f"TRY_CAST({digits} AS DOUBLE) / {percent}"))]
        case ty.Money(currency):
            units = ty.minor_units(currency)
            short = f"TRY_CAST(TRY_CAST({digits} AS DECIMAL(20, {_places(typed)})) * {units} AS BIGINT)"
            places = name(f"places {field}")
            read = (
                f"CASE WHEN {places} <= {_places(typed)} THEN {short} ELSE {minor_units(decimal(digits), currency)} END"
            )
            return [first, ("places", f"length(split_part({digits}, '.', 2))"), ("read", read)]
        case ty.Number():
            return [first, *from_decimal(field, decimal(digits), typed, f"contains({cell}, '%')")]


def exact_amount(value: str, raw_type: str, typed: ty.Money) -> str | None:
    """Minor units of a column of decimals that has no more places than the currency, so that no amount is rounded; else None.

    Missing beyond 18 digits before the point, like other amounts.
    """
    places = int(m[1]) if (m := re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", raw_type)) else None
    if places is None or places > _places(typed):
        return None
    amount = f"CAST(TRY_CAST({value} AS DECIMAL({18 + places}, {places})) AS DECIMAL(38, {places}))"  # wide enough for a product
    return f"TRY_CAST({amount} * {ty.minor_units(typed.currency)} AS BIGINT)"


def from_decimal(field: str, value: str, typed: ty.Type, percent: str = "false") -> list[tuple[str, str]]:
    """Last steps of a number or amount: the decimal, then billionths or minor units."""
    named = name(f"decimal {field}")
    if isinstance(typed, ty.Money):
        return [("decimal", value), ("read", minor_units(named, typed.currency))]
    exact = billionths(named)
    read = exact if percent == "false" else f"CASE WHEN {percent} THEN {exact} // 100 ELSE {exact} END"
    return [("decimal", value), ("read", read)]


def minor_units(decimal: str, currency: str) -> str:
    """Minor units (cents) of a DECIMAL(27, 9), rounded half to even."""
    step = ty.NUMBER_SCALE // ty.minor_units(currency)
    down = f"(v // {step} - CASE WHEN v % {step} < 0 THEN 1 ELSE 0 END)"
    rest = f"(v - {down} * {step})"
    up = f"CASE WHEN 2 * {rest} > {step} OR (2 * {rest} = {step} AND {down} % 2 != 0) THEN 1 ELSE 0 END"
    return f"list_transform([{billionths(decimal)}], lambda v: TRY_CAST({down} + {up} AS BIGINT))[1]"


def billionths(decimal: str) -> str:
    return f"CAST({decimal} * 1000000000 AS HUGEINT)"


def decimal(value: str) -> str:
    """Text or number as a decimal with nine places, missing beyond 18 digits before the point."""
    return f"TRY_CAST({value} AS DECIMAL(27, 9))"


def finer_than_minor_units(field: str, typed: ty.Money, step: str) -> str:
    """SQL whether an amount has more places than its currency; `step` names its first step."""
    if step == "decimal":
        return f"CAST({name(f'decimal {field}')} * {ty.minor_units(typed.currency)} AS DECIMAL(38, 9)) % 1 <> 0"
    fraction = f"split_part({name(f'digits {field}')}, '.', 2)"
    return f"({name(f'places {field}')} > {_places(typed)} AND length(rtrim({fraction}, '0')) > {_places(typed)})"


def _places(typed: ty.Money) -> int:
    """Decimal places of a currency."""
    return len(str(ty.minor_units(typed.currency))) - 1


def finite(value: str) -> str:
    return when(f"isfinite({value})", value)


def within(value: str, low: Fraction, high: Fraction, typed: ty.Type) -> str:
    """The value if it lies between two bounds, both included."""
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


def _digits(bare: str, format: str | None, typed: ty.Type, exponents: bool) -> str:
    """Text as `-1234.56`, missing where it is no number in the format."""
    group, point = _separators(format)
    core = _pattern(format, group, point)
    mark = _mark(typed)
    end = f"( ?({mark}))?" if isinstance(typed, ty.Money) else "( ?%)?"
    start = f"(({mark}) ?)?" if isinstance(typed, ty.Money) else ""
    before = f"([+\u2212-]?{start}|{start}[+\u2212-])"
    shape = f"{before}({core}){end}|{start}({core}){end}-|\\({start}({core}){end}\\)"  # a minus in front or behind, or brackets
    stripped = f"regexp_replace(regexp_replace({bare}, {text(mark)}, ''), {text(f'[^0-9{re.escape(point)}]')}, '', 'g')"
    bare_digits = f"replace({stripped}, {text(point)}, '.')"
    negative = matches(bare, r".*[(\x{2212}-].*")
    odd = f"WHEN {matches(bare, shape)} THEN CASE WHEN {negative} THEN '-' ELSE '' END || {bare_digits}"
    plain = f"WHEN {matches(bare, _PLAIN)} THEN {bare}" if point == "." else ""  # the common case, and the fastest
    with_exponent = _with_exponent(bare, point) if exponents else ""
    return f"CASE {plain} {odd} {with_exponent} END"


def _with_exponent(bare: str, point: str) -> str:
    """A case of `1.2E+06`, as spreadsheets write large numbers, where its value has no more than nine places."""
    fraction = f"length(rtrim(regexp_extract({bare}, {text(f'{re.escape(point)}([0-9]+)')}, 1), '0'))"
    places = f"{fraction} - CAST(regexp_extract({bare}, '[eE]([+-]?[0-9]+)$', 1) AS INTEGER)"
    value = f"CAST(TRY_CAST(replace({bare}, {text(point)}, '.') AS DECIMAL(38, 9)) AS VARCHAR)"
    shape = matches(bare, rf"[+-]?[0-9]{{1,18}}({re.escape(point)}[0-9]{{1,18}})?[eE][+-]?[0-9]{{1,2}}")
    return f"WHEN {shape} THEN CASE WHEN {places} <= 9 THEN rtrim(rtrim({value}, '0'), '.') END"


def _separators(format: str | None) -> tuple[str, str]:
    """Thousands separator and decimal mark."""
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
    """Pattern of a currency's signs."""
    if not isinstance(typed, ty.Money):
        return "%"
    code = typed.currency
    sign = _SIGNS.get(code)
    return re.escape(code) + (
        f"|{re.escape(sign)}|{code[:2]}{re.escape(sign)}" if sign == "$" else f"|{re.escape(sign)}" if sign else ""
    )
