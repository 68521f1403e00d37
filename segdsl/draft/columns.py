"""A column's profile -> its type, how its cells are written, and what a person has to decide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from segdsl.data.contract import FOOTERS
from segdsl.data.unclear import likely_number
from segdsl.diagnostics import UNSEEN
from segdsl.draft.days import read_days
from segdsl.draft.profile import MOST_VALUES, Column
from segdsl.draft.reading import Question, Reading, cells, fits, spare
from segdsl.draft.shapes import CURRENCIES
from segdsl.draft.words import answers_of, as_missing, with_answers
from segdsl.draft.yes_no import read_yes_no
from segdsl.words import headers
from segdsl.workspace.config import Formats

MOST_ENUM = 20  # values of a `one of`


def readings(columns: Sequence[Column]) -> dict[str, Reading]:
    """The type of each column by its cells and its header. A word that stands among numbers or dates is no answer in the whole file."""
    typed = {c.header: _with_placeholders(c, _typed(c)) for c in columns}
    no_answers = frozenset(w for c in columns if typed[c.header] is not None for w in c.words)
    return {
        c.header: as_text(c, no_answers) if (found := typed[c.header]) is None else as_missing(found, c, tuple(c.words))
        for c in columns
    }


def _typed(column: Column) -> Reading | None:
    """A type that cells of one shape decide: yes or no, a date, a number, a set. A few odd cells don't keep a column from it."""
    if column.given == 0 or column.spellings:
        return None
    for odd in (0, spare(column)):
        found = read_yes_no(column) or read_days(column, odd) or _number(column, odd) or _set(column)
        if found is not None:
            return found
    return None


_NO_DAYS = (
    "1900-01-01",
    "1899-12-30",
    "1970-01-01",
    "1753-01-01",
    "2099-12-31",
    "2999-12-31",
    "01/01/1900",
    "01.01.1900",
    "01/01/1970",
    "01.01.1970",
)
"""Days that programs write where there is none: their calendar's first, or one far ahead."""


def _with_placeholders(column: Column, found: Reading | None) -> Reading | None:
    """Dates with a question about a day that many rows have and that may stand for none."""
    if found is None or found.type not in ("date", "timestamp"):
        return found
    days = [v for v, n in column.values.items() if v.startswith(_NO_DAYS) and n * 50 >= column.given and n > 1]
    asked = tuple(
        Question(
            f"`{v}` is read as that day, in {column.values[v]:,} of {column.rows:,} rows: does it mean that there is none?",
            ({"missing": (v,)},),
        )
        for v in days
    )
    return replace(found, questions=(*found.questions, *asked))


def as_text(column: Column, no_answers: Collection[str] = ()) -> Reading:
    """Text or one of few values; an ambiguous word that many rows have is one of the values."""
    answers = answers_of(column, no_answers)
    if not column.given and not answers:
        return as_missing(Reading("text", "empty in every row"), column, tuple(column.words))
    whole = column.with_values({w: column.words[w] for w in answers})
    reading = _behind_a_lost_sign(whole) or _with_units(whole) or _one_of(whole) or _digits(whole) or _any_text(whole)
    reading = replace(reading, questions=(*reading.questions, *_alike(whole), *_totals(whole), *_spelt(whole)))
    return with_answers(reading, column, answers, no_answers)


# -- numbers -------------------------------------------------------------------------------


def _number(column: Column, odd: int) -> Reading | None:
    s = column.shapes
    if s["leading zero"]:
        return None
    if s["percent"] and fits(column, odd, "percent"):
        return _percent(column)
    if s["whole"] and column.is_whole and headers.is_key(column.header):
        example = next(v for v in column.values if v.endswith("0"))
        return Reading("integer", f"whole numbers that a program wrote as decimals, such as {example}, {cells(column)}")
    if not s["number"] or not fits(column, odd, "number"):
        return _amounts(column, odd)
    whole = s["integer"] == s["number"]
    words = "whole numbers" if whole else "numbers"
    if column.is_percent:
        return _shown_as_percent(column)
    if not whole and not column.is_plain and s["dot"] == s["three places"]:
        asked = Question(_THOUSANDS, ({"number": "1234.56"}, {"number": "1.234,56"}), blocks=True)
        return Reading("number", asked.text, questions=(asked,))
    return Reading("integer" if whole else "number", f"{words} {cells(column)}")


def _percent(column: Column) -> Reading:
    """Percent are shares of one: 60% is 0.6."""
    formats = Formats()
    questions: tuple[Question, ...] = ()
    if column.shapes["comma"]:
        likely = likely_number([v.rstrip("% ") for v in column.values if "," in v])
        if len(likely) > 1:
            questions = (Question(_THOUSANDS, tuple({"number": f} for f in likely), blocks=True),)
        else:
            formats = Formats(number=likely[0])
    return Reading("number", f"percent {cells(column)}", formats, questions)


def _shown_as_percent(column: Column) -> Reading:
    """Numbers of a workbook that shows 0.6 as 60%."""
    field = headers.allowed(headers.identifier(column.header))
    text = f"the workbook shows it as percent; 60% is 0.6 there, so write `{field} < 60%`, since `{field} < 60` is true of all"
    return Reading("number", f"percent, by their number format, {cells(column)}", questions=(Question(text),))


_THOUSANDS = "thousands or a fraction? no cell decides it"


def _amounts(column: Column, odd: int) -> Reading | None:
    """Numbers with separators or a currency's sign."""
    s = column.shapes
    if not (s["comma"] or s["amount"] or s["grouped"]) or not fits(column, odd, "written number"):
        return None
    sign = max(CURRENCIES, key=lambda c: s[c])
    currency = CURRENCIES[sign] if s[sign] else None
    separated = [v for v in column.values if "," in v or "." in v or "'" in v]
    is_grouped = s["divided"] and s["grouped"] > s["number"]
    likely = likely_number(separated) if s["comma"] or is_grouped else ["1234.56"]
    if is_grouped and not (
        s["comma"] or s["dot"] or separated
    ):  # whole numbers by blanks, in which no mark of a fraction stands
        likely = ["1 234,56"]
    typed = f"money({currency})" if currency else "number"
    if len(likely) > 1:
        choices = tuple({"number": f} for f in likely)
        asked = Question(_THOUSANDS, choices, blocks=True)
        return Reading(typed, asked.text, questions=(asked,))
    plain = likely[0] == "1234.56"
    formats = Formats() if plain else Formats(number=likely[0])
    written = "" if plain else f", written as {likely[0]}"
    return Reading(typed, f"amounts {cells(column)}{written}", formats)


# -- text ----------------------------------------------------------------------------------


def _set(column: Column) -> Reading | None:
    separator = _separator(column)
    if separator is None:
        return None
    formats = Formats(set_separator=separator)
    return Reading("set of text", f"several values by `{separator}`, {cells(column)}", formats)


def _separator(column: Column) -> str | None:
    """What stands between the values of a set, where they are a list of JSON, in quotes, or few and short."""
    if column.shapes["json list"] == column.given:
        return ";"
    if column.shapes["quoted"] == column.given:
        marks = [m for v in column.values for m in re.findall(r'" ?([,;|]) ?"', v)]
        return max(set(marks), key=marks.count) if marks else None
    if column.shapes["separated"] * 10 < column.given * 3:
        return "," if _are_lists(column) or _are_tags(column) else None
    separator = ";" if any(";" in v for v in column.values) else "|"
    parts: Counter[str] = Counter()
    for value, n in column.values.items():
        parts.update(dict.fromkeys((p.strip() for p in value.split(separator)), n))
    short = len(parts) <= 2 * MOST_ENUM and all(len(p) <= 30 for p in parts)
    again = sum(n == 1 for n in parts.values()) * 3 <= len(parts)  # remarks have parts that come once
    return separator if short and again and not _are_sentences(column, separator) else None


def _are_sentences(column: Column, separator: str) -> bool:
    """Whether parts of several words hardly ever stand in another value, too: `Shower cold; please check`."""
    values = [{p.strip() for p in v.split(separator)} for v in column.values]
    counts = Counter(p for parts in values for p in parts)
    return any(" " in p for p in counts) and sum(n > 1 for n in counts.values()) * 3 < len(counts)


def _are_tags(column: Column) -> bool:
    """Whether short words by commas are called a list: in a shop's `Tags`, `wholesale, vip` is two values, also where it is rare."""
    parts = [p.strip() for v in column.values for p in v.split(",")]
    return headers.is_list(column.header) and len(parts) > len(column.values) and all(0 < len(p) <= 30 for p in parts)


def _are_lists(column: Column) -> bool:
    """Whether cells are lists by commas: few short parts, most of them in several of the values, and one of them alone in some.

    `Paris, France` is none: Paris stands beside France only.
    """
    values = [[p.strip() for p in v.split(",")] for v in column.values]
    counts = Counter(p for parts in values for p in set(parts))
    several = sum(n for v, n in column.values.items() if "," in v)
    few = column.distinct <= MOST_VALUES and len(counts) <= MOST_ENUM and all(0 < len(p) <= 30 for p in counts)
    alone = any(len(parts) == 1 for parts in values)
    again = all(counts[parts[0]] > 1 for parts in values) and sum(n == 1 for n in counts.values()) * 3 <= len(counts)
    again = again and not any(p[:1].isdigit() for p in counts)
    return few and alone and again and several * 10 >= column.given * 3


def _behind_a_lost_sign(column: Column) -> Reading | None:
    """Amounts whose currency's sign became a `?` when the file was written in another encoding."""
    if not fits(column, spare(column), "lost sign", "number") or not column.shapes["lost sign"]:
        return None
    example = next((v for v in column.values if v[:1] in "?\ufffd"), "? 2.00")
    text = (
        f"{column.shapes['lost sign']:,} of {column.given:,} cells are numbers behind a sign that was lost, such as `{example}`: "
        "a currency's, in a file written in another encoding? It is text until the export is made anew, as UTF-8"
    )
    return Reading("text", "numbers behind a lost sign", questions=(Question(text),))


def _with_units(column: Column) -> Reading | None:
    """Numbers with one of a few words behind them: `1.5k`, `30 days`."""
    few = column.distinct < 5 and not headers.is_money(column.header)
    if few or not fits(column, spare(column), "with unit"):
        return None
    units = {m[1] for v in column.values if (m := re.search(r"[0-9][0-9.,]* ?([A-Za-z°]+)\.?$", v))}
    if not 0 < len(units) <= 4:
        return None
    example = next(iter(column.values))
    text = f"numbers with {', '.join(sorted(units))} behind them, such as `{example}`: it is text until the export has plain numbers"
    return Reading("text", f"{column.distinct:,} different values", questions=(Question(text),))


def _totals(column: Column) -> Iterator[Question]:
    """Sums among the rows: `Total EU` beside `EU`."""
    values = {v.casefold() for v in column.values}
    sums = [v for v in column.values if any(_sums(v.casefold(), word, values) for word in FOOTERS)]
    if sums and column.distinct <= MOST_VALUES:
        listed = ", ".join(f"{quoted(v)} in {column.values[v]:,}" for v in sums[:3])
        yield Question(
            f"sums among the rows? {listed}: a count takes them for rows like others, so leave them out of the export"
        )


def _spelt(column: Column) -> Iterator[Question]:
    if column.spellings:
        yield Question(
            f"numbers in two spellings, {', '.join(column.spellings)}: it is text until the files are written alike"
        )


def _sums(value: str, word: str, values: Collection[str]) -> bool:
    return value == word or any(value in (f"{word} {other}", f"{other} {word}") for other in values)


def _digits(column: Column) -> Reading | None:
    s = column.shapes
    if s["leading zero"] and s["integer"] + s["leading zero"] == column.given:
        return Reading("text", f"digits with leading zeros {cells(column)}")
    return None


def _one_of(column: Column) -> Reading | None:
    if column.shapes["leading zero"] or column.distinct > MOST_ENUM or column.distinct * 5 > column.given:
        return None
    if any(len(v) > 40 or UNSEEN.search(v) for v in column.values):
        return None
    if any(";" in v for v in column.values) and _are_sentences(column, ";"):
        return None
    values = ", ".join(quoted(v) for v in sorted(column.values))
    return Reading(
        f"one of ({values})", f"{column.distinct} value{'' if column.distinct == 1 else 's'} {cells(column)}"
    )


def _any_text(column: Column) -> Reading:
    return Reading("text", f"{column.distinct:,} different value{'' if column.distinct == 1 else 's'}")


def _alike(column: Column) -> Iterator[Question]:
    """Values that differ by capitals alone, where all values are known."""
    if column.distinct > MOST_VALUES:
        return
    same: dict[str, list[str]] = {}
    for value in sorted(column.values):
        same.setdefault(" ".join(value.casefold().split()), []).append(value)
    listed = ["; ".join(f"{quoted(v)} in {column.values[v]:,}" for v in vs) for vs in same.values() if len(vs) > 1]
    if listed:
        alike = ", and ".join(listed[:3])
        yield Question(
            f"values that differ by capitals or blanks alone: {alike}: are they one? A rule has to name each"
        )


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
