"""Dates and times as text: SQL of the value, by a format such as `DD/MM/YYYY`.

Without a format only unambiguous spellings are read: the year first, or the month as a word.
"""

from __future__ import annotations

import datetime as dt
import re

from segdsl.data.numbers import Plain
from segdsl.data.sql_text import matches, text, texts, when
from segdsl.model.clock import EARLIEST, LATEST

_ISO_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO_TIME = r"[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
_OFFSET = r" ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)"
_MIDNIGHT = rf"([ T]00:00(:00(\.0+)?)?({_OFFSET})?)?"
_ZONE_NAMES = {  # as RFC 5322 has them, 4.3
    "EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00",
    "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00",
}  # fmt: skip
_CLOCK = r"( [0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?( ?[AaPp][Mm])?)?"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", " %I:%M:%S%p")
_DAY = dt.timedelta(days=1)
_COUNTED = ("excel", "unix", "unix ms")
_SERIAL = r"[0-9]{2,6}(\.[0-9]{1,12})?"
_UNIX = r"-?[0-9]{1,14}(\.[0-9]{1,9})?"
# unambiguous, so read without a declared format
_PLAIN = (
    "YYYY-MM-DD",
    "YYYY/MM/DD",
    "YYYY.MM.DD",
    "D Mon YYYY",
    "D-Mon-YYYY",
    "D. Month YYYY",
    "Mon D, YYYY",
    "Mon D YYYY",
)
_COMPACT = r"(19|20)[0-9]{2}[01][0-9][0-3][0-9]"
_TOKENS = {
    "YYYY": ("[0-9]{4}", "%Y"),
    "YY": ("[0-9]{2}", "%y"),
    "Month": ("[A-Za-z]{3,9}", "%B"),
    "Mon": ("[A-Za-z]{3,9}", "%b"),
    "MM": ("[0-9]{1,2}", "%m"),
    "M": ("[0-9]{1,2}", "%m"),
    "DD": ("[0-9]{1,2}", "%d"),
    "D": ("[0-9]{1,2}", "%d"),
}
_SPLIT = re.compile("(" + "|".join(_TOKENS) + ")")

AMBIGUOUS = r"[0-9]{1,2}([/.-])[0-9]{1,2}[/.-]([0-9]{4}|[0-9]{2})([ ,T].*)?"  # day first or month first is undecidable


def plain_date(cell: str, cast: str, format: str | None) -> Plain | None:
    """Days as the engine writes them: `2026-11-01`, or in the format. `cast` names the column of the cast."""
    if format in _COUNTED:
        return None
    if format is None:
        is_same = f"CAST({cast} AS VARCHAR) = {cell}"
        return Plain(f"TRY_CAST({cell} AS DATE)", when(is_same, in_calendar(cast, "DATE")))
    spelling = _spelling(format)
    is_same = f"strftime({cast}, {text(spelling)}) = {cell}"
    value = in_calendar(f"CAST({cast} AS DATE)", "DATE")
    return Plain(f"try_strptime({cell}, {text(spelling)})", when(is_same, value))


def plain_timestamp(cell: str, cast: str, format: str | None, zone: str) -> Plain | None:
    """Times as the engine writes them, `2026-11-01 09:30:00`, also with a T, with a Z for UTC, or a day alone; or in the format."""
    if format in _COUNTED:
        return None
    if format is None:
        written, blank = f"CAST({cast} AS VARCHAR)", f"replace({cell}, 'T', ' ')"
        read = f"TRY_CAST({cell} AS TIMESTAMP)"
        is_local = f"{written} = {cell} OR {written} = {blank} OR {written} = {cell} || ' 00:00:00'"
        of_utc = f"WHEN {written} || 'Z' = {blank} THEN {cast}"
    else:
        spellings = [_spelling(format) + clock for clock in ("", " %H:%M", " %H:%M:%S")]
        read = f"try_strptime({cell}, [{texts(spellings)}])"
        is_local, of_utc = " OR ".join(f"strftime({cast}, {text(s)}) = {cell}" for s in spellings), ""
    in_all_zones = f"{cast} BETWEEN TIMESTAMP '{EARLIEST + _DAY}' AND TIMESTAMP '{LATEST - _DAY}'"
    return Plain(read, when(in_all_zones, f"CASE WHEN {is_local} THEN {to_utc(cast, zone)} {of_utc} END"))


def _spelling(format: str) -> str:
    """A format as strptime has it, with its commas."""
    return "".join(_TOKENS[p][1] if p in _TOKENS else p for p in _SPLIT.split(format))


def date(bare: str, format: str | None) -> str:
    """SQL of a DATE from trimmed text; a time other than midnight makes the cell unreadable."""
    if format in _COUNTED:
        return _midnight(_counted(bare, format))
    written = _midnight(_written(bare, format))
    if not _day_before_month(format):
        iso = when(matches(bare, _ISO_DAY + _MIDNIGHT), f"TRY_CAST(left({bare}, 10) AS DATE)")
        written = f"coalesce({iso}, {written})"
    return in_calendar(written, "DATE")


def timestamp(bare: str, format: str | None, zone: str) -> str:
    """SQL of a naive UTC TIMESTAMP; `zone` applies to texts without a zone."""
    if format in _COUNTED:
        counted = _counted(bare, format)
        return in_calendar(to_utc(counted, zone) if format == "excel" else counted, "TIMESTAMP")
    iso = when(matches(bare, f"{_ISO_DAY}({_ISO_TIME})?"), f"TRY_CAST({bare} AS TIMESTAMP)")
    naive = _written(bare, format) if _day_before_month(format) else f"coalesce({iso}, {_written(bare, format)})"
    in_utc = f"regexp_replace({bare}, ' ?(UTC|GMT|Z)$', 'Z')"
    close = f"regexp_replace({in_utc}, ' ([+-][0-9:]+)$', '\\1')"  # the engine takes no blank before +02:00
    zoned = when(matches(bare, _ISO_DAY + _ISO_TIME + _OFFSET), f"timezone('UTC', TRY_CAST({close} AS TIMESTAMPTZ))")
    values = [to_utc(in_calendar(naive, "TIMESTAMP"), zone), zoned, _in_named_zone(bare)]
    return in_calendar(f"coalesce({', '.join(values)})", "TIMESTAMP")


def _in_named_zone(bare: str) -> str:
    """TIMESTAMP in UTC from `2026-11-01 09:00 PST`."""
    names = "|".join(_ZONE_NAMES)
    offset = " ".join(f"WHEN {text(zone)} THEN {text(offset)}" for zone, offset in _ZONE_NAMES.items())
    plain = f"regexp_replace({bare}, ' ?[A-Z]{{3}}$', '') || CASE right({bare}, 3) {offset} END"
    return when(
        matches(bare, f"{_ISO_DAY}{_ISO_TIME} ?({names})"), f"timezone('UTC', TRY_CAST({plain} AS TIMESTAMPTZ))"
    )


def _day_before_month(format: str | None) -> bool:
    """Whether the format has year, day, month, so that 2026-02-11 is the second of November and ISO dates aren't read."""
    return format is not None and [p[0] for p in _SPLIT.findall(format)] == ["Y", "D", "M"]


def to_utc(naive: str, zone: str) -> str:
    return naive if zone == "UTC" else f"timezone('UTC', timezone({text(zone)}, {naive}))"


def in_calendar(value: str, kind: str) -> str:
    """The value, missing outside the years in which every shift remains a date."""
    return f"CASE WHEN {value} BETWEEN {kind} '{EARLIEST}' AND {kind} '{LATEST}' THEN {value} END"


def _midnight(value: str) -> str:
    return when(f"{value} = date_trunc('day', {value})", f"CAST({value} AS DATE)")


def _written(bare: str, format: str | None) -> str:
    """TIMESTAMP from text in one of the formats, with or without a time of day."""
    formats = _PLAIN if format is None else (format,)
    days = [_spelt(f) for f in formats]
    pattern = "(" + "|".join(p for p, _ in days) + ")" + _CLOCK
    spellings = [
        s + clock
        for _, day in days
        for s in dict.fromkeys((day, day.replace("%b", "%B"), day.replace("%B", "%b")))
        for clock in _CLOCKS
    ]
    if format is None:
        pattern = f"({pattern}|{_COMPACT})"
        spellings.append("%Y%m%d")
    plain = f"regexp_replace(regexp_replace({bare}, '([0-9])T([0-9])', '\\1 \\2'), ', *', ' ', 'g')"
    return when(matches(plain, pattern), f"try_strptime({plain}, [{texts(spellings)}])")


def _spelt(format: str) -> tuple[str, str]:
    """A format as a pattern and in strptime's spelling; a comma is read as a blank."""
    pieces = _SPLIT.split(format.replace(", ", " "))
    pattern = "".join(_TOKENS[p][0] if p in _TOKENS else re.escape(p) for p in pieces)
    return pattern, "".join(_TOKENS[p][1] if p in _TOKENS else p for p in pieces)


def _counted(bare: str, format: str) -> str:
    """TIMESTAMP from days since 1899-12-30 (spreadsheets; the first 60 are off by one) or from seconds since 1970."""
    if format == "excel":
        seconds = f"round(TRY_CAST({bare} AS DOUBLE) * 86400)"
        value = f"TIMESTAMP '1899-12-30' + to_seconds({seconds})"
        return when(f"{matches(bare, _SERIAL)} AND TRY_CAST({bare} AS DOUBLE) > 60", value)
    scale = 1_000_000 if format == "unix" else 1_000
    return when(
        matches(bare, _UNIX), f"make_timestamp(TRY_CAST(TRY_CAST({bare} AS DECIMAL(26, 9)) * {scale} AS BIGINT))"
    )
