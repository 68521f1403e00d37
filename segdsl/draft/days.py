"""A column of dates or times -> how they are written, and whether the day or the month stands first."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace

from segdsl.draft.profile import Column
from segdsl.draft.reading import Question, Reading, cells, fits, spare
from segdsl.draft.shapes import SHAPES
from segdsl.words import headers
from segdsl.workspace.config import Formats

_NO_CHANCE = 3  # days up to the twelfth that are a coincidence at most


def read_days(column: Column, odd: int) -> Reading | None:
    """Dates or times, but for a number of odd cells; None for a column of something else."""
    s = column.shapes
    typed = "timestamp" if s["time"] > s["midnight"] else "date"
    if not s["parts"] and (s["iso"] or s["written"]) and fits(column, odd, "iso", "written"):
        return _with_zones(Reading(typed, f"{_what(column)} {cells(column)}"), column)
    if s["parts"] and fits(column, odd, "iso", "written", "parts"):
        return _half_read(column) or _day_and_month(column, typed)
    if s["short month"] == column.given:
        mark = re.sub("[0-9]", "", next(iter(column.values)))[0]
        format = f"DD{mark}Mon{mark}YY"
        return Reading(typed, f"{format} {cells(column)}", Formats(date=format))
    if s["compact"] == column.given and headers.is_time(column.header):
        return Reading("date", f"days such as {next(iter(column.values))} {cells(column)}")
    return _counted(column)


def _what(column: Column) -> str:
    return "days, each at midnight," if 0 < column.shapes["time"] == column.shapes["midnight"] else "dates"


def _with_zones(reading: Reading, column: Column) -> Reading:
    """Names of zones are read as those of the United States, which other countries have, too."""
    if not column.shapes["zone name"]:
        return reading
    names = ", ".join(sorted({v[-3:] for v in column.values if v[-1:] == "T"}))
    text = f"{names} in {column.shapes['zone name']:,} cells: read as the zone of that name in the United States; is it another?"
    return Reading(reading.type, reading.evidence, reading.formats, (*reading.questions, Question(text)))


def _half_read(column: Column) -> Reading | None:
    """Days of which a spreadsheet that expects the month first has read those up to the twelfth, and left the others as texts.

    A workbook then has days beside texts; a text file saved from it has them without the zeros that the texts have.
    """
    s = column.shapes
    over = s["first over 12"] + s["second over 12"]
    in_workbook = s["iso"] == s["iso to 12"] >= _NO_CHANCE and over == s["parts"]
    in_text = not s["iso"] and s["both to 12"] >= _NO_CHANCE and not s["both to 12, zeros"] and s["over 12, zeros"] > 0
    if not (in_workbook or in_text):
        return None
    read = s["iso"] if in_workbook else s["both to 12"]
    example = next((v for v in column.values if v[:2].isdigit() and int(v[:2]) > 12 and v[2:3] in "/.-"), "13/01/2026")
    text = (
        f"{over:,} cells can only be days as `{example}` has them; the other {read:,} are all of the 1st to the 12th, "
        "so a spreadsheet may have changed day and month in these. It is text until the export is made anew with this column as text"
    )
    return Reading("text", "days that a spreadsheet may have half read", questions=(Question(text),))


def _day_and_month(column: Column, typed: str) -> Reading:
    """Whether the day stands before the month, where a cell tells: 25/12/2026 can only be the one."""
    s = column.shapes
    mark = "/" if s["slash"] else "." if s["dot"] else "-"
    year = "YY" if s["short year"] else "YYYY"
    day_first, month_first = f"DD{mark}MM{mark}{year}", f"MM{mark}DD{mark}{year}"
    for format, own, other in (
        (day_first, "first over 12", "second over 12"),
        (month_first, "second over 12", "first over 12"),
    ):
        if s[own] and s[other] <= min(spare(column), s[own] // 10):
            can = f"{s[own]:,} cell{'' if s[own] == 1 else 's'} can only be that"
            return Reading(typed, f"{format}: {can}", Formats(date=format))
    if s["first over 12"]:
        both = f"{s['first over 12']:,} cells can only have the day first, {s['second over 12']:,} only the month"
        asked = Question(f"{both}: it is text until they are written alike")
        return Reading("text", "days in two spellings", questions=(asked,))
    asked = Question(
        f"day or month first, {day_first} or {month_first}? no cell decides it",
        ({"date": day_first}, {"date": month_first}),
        blocks=True,
    )
    return Reading(typed, asked.text, questions=(asked,))


def as_in_other_files(readings: Mapping[str, Mapping[str, Reading]]) -> dict[str, dict[str, Reading]]:
    """Readings of the columns of all files: days with dots that no cell decides have the day first, where all decided ones do."""
    dotted = {
        r.formats.date for own in readings.values() for r in own.values() if r.formats.date and "." in r.formats.date
    }
    are_day_first = bool(dotted) and all(f.startswith("DD.MM.") for f in dotted)
    return {
        view: {header: _day_first(r) if are_day_first else r for header, r in own.items()}
        for view, own in readings.items()
    }


def _day_first(reading: Reading) -> Reading:
    asked = next((q for q in reading.questions if q.blocks and _dotted(q)), None)
    if asked is None:
        return reading
    format = _dotted(asked)
    evidence = f"{format}, as all other dates with dots in these files"
    others = tuple(q for q in reading.questions if q is not asked)
    return replace(reading, evidence=evidence, formats=reading.formats.under(Formats(date=format)), questions=others)


def _dotted(question: Question) -> str | None:
    """The format with the day first and dots that a question offers."""
    formats = (str(s["date"]) for s in question.settings if "date" in s)
    return next((f for f in formats if f.startswith("DD.MM.")), None)


def _counted(column: Column) -> Reading | None:
    """Days or seconds since a beginning, where the header speaks of a time; milliseconds are told by their digits."""
    s = column.shapes
    for shape, words in (
        ("unix ms", "milliseconds since 1970"),
        ("unix", "seconds since 1970"),
        ("excel", "days as a spreadsheet counts them"),
    ):
        if s[shape] == column.given and (shape == "unix ms" or headers.is_time(column.header)):
            typed = "date" if shape == "excel" and not s["dot"] else "timestamp"
            return Reading(typed, f"{words} {cells(column)}", Formats(date=shape))
    return _may_be_counted(column)


def _may_be_counted(column: Column) -> Reading | None:
    """Numbers as times are counted, under a header that speaks of no time: ten digits, or five of a beginning or an end."""
    header, s = column.header, column.shapes
    if headers.is_key(header) or headers.is_code(header) or headers.is_money(header) or headers.is_count(header):
        return None
    bounds = headers.is_beginning(header) or headers.is_end(header) or headers.is_later(header)
    seconds = s["unix"] == column.given or (s["unix"] * 2 > column.given and column.all_are("number"))
    if not seconds and not (bounds and s["excel"] == column.given):
        return None
    shape, what = ("unix", "seconds since 1970") if seconds else ("excel", "days as a spreadsheet counts them")
    example = next((v for v in column.values if re.fullmatch(SHAPES[shape], v)), "")
    if not example:
        return None
    epoch = dt.datetime(1970, 1, 1) if seconds else dt.datetime(1899, 12, 30)
    then = epoch + dt.timedelta(seconds=float(example) * (1 if seconds else 86_400))
    text = f"{what}? `{example}` would be {then:%Y-%m-%d %H:%M}, and it is taken for a number; if so"
    typed = "integer" if column.all_are("integer") else "number"
    question = Question(text, types=("timestamp" if seconds else "date",))
    return Reading(typed, f"numbers {cells(column)}", Formats(date=shape), (question,))
