"""A column's profile -> its type, how its cells are written, and what a person has to decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from segdsl.data.unclear import likely_number
from segdsl.diagnostics import UNSEEN
from segdsl.draft.profile import Column
from segdsl.words import headers
from segdsl.workspace.config import Formats

MOST_ENUM = 20  # values of a `one of`
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_YES, _NO = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
AMBIGUOUS = ("none", "unknown", "n/a", "na", "-", "?", "tbd", "missing", "not available")
"""Words that may be an answer ("None: no offer taken") or stand for no answer."""
_ANSWER = 0.05  # a share of rows from which an ambiguous word is kept as an answer
_SOLID = 8  # cells from which one odd cell doesn't decide the type of a column


@dataclass(frozen=True)
class Question:
    """What the data doesn't decide: in words, and the lines of which one is to be written.

    `settings` go beside the column in segdsl.toml, as in `date = "DD/MM/YYYY"`; `types` into model.seg.
    `blocks`: the column can't be read before somebody decides.
    """

    text: str
    settings: tuple[Mapping[str, object], ...] = ()
    types: tuple[str, ...] = ()
    blocks: bool = False


@dataclass(frozen=True)
class Reading:
    """How a column is read. `evidence` says from which cells; `odd` what some cells hold that don't fit."""

    type: str
    evidence: str
    formats: Formats = field(default_factory=Formats)
    questions: tuple[Question, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def is_decided(self) -> bool:
        """Whether the column can be read without an answer from a person."""
        return not any(q.blocks for q in self.questions)


def readings(columns: Sequence[Column]) -> dict[str, Reading]:
    """The type of each column by its cells and its header. A word that stands among numbers or dates is no answer in the whole file."""
    typed = {c.header: _typed(c) for c in columns}
    no_answers = {w for c in columns if typed[c.header] is not None for w in c.words}
    return {
        c.header: _text(c, no_answers) if (found := typed[c.header]) is None else _with_words(found, c, tuple(c.words))
        for c in columns
    }


def _typed(column: Column) -> Reading | None:
    """A type that cells of one shape decide: yes or no, a date, a number, a set. A few odd cells don't keep a column from it."""
    if column.given == 0:
        return None
    for odd in (0, max(1, column.given // 50) if column.given >= _SOLID else 0):
        found = _boolean(column) or _date(column, odd) or _number(column, odd) or _set(column)
        if found is not None:
            return found
    return None


def _text(column: Column, no_answers: Collection[str]) -> Reading:
    """Text or one of few values; an ambiguous word that many rows have is one of the values."""
    ambiguous = {w: n for w, n in column.words.items() if w.lower() in AMBIGUOUS and w not in no_answers}
    answers = tuple(w for w, n in ambiguous.items() if n >= _ANSWER * column.rows)
    if not column.given and not answers:
        return Reading("text", "empty in every row")
    whole = column.with_values({w: column.words[w] for w in answers})
    others = tuple(w for w in column.words if w not in answers)
    reading = _with_words(_one_of(whole) or _digits(whole) or _any_text(whole), whole, others, ambiguous)
    kept = tuple(_kept(column, word) for word in answers)
    return replace(reading, questions=(*kept, *reading.questions))


def _kept(column: Column, word: str) -> Question:
    text = f"`{word}` is taken for an answer, in {column.words[word]:,} of {column.rows:,} rows: does it mean that nothing is known?"
    return Question(text, ({"missing": (word,)},))


def _with_words(reading: Reading, column: Column, words: tuple[str, ...], ambiguous: Collection[str] = ()) -> Reading:
    """Words that stand for no value, told with their counts; an ambiguous one is asked about."""
    if not words:
        return reading
    listed = ", ".join(f"`{w}` in {column.words[w]:,}" for w in words[:5])
    evidence = f"{reading.evidence}; read as missing: {listed}"
    asked = tuple(
        Question(
            f"`{w}` is taken for missing, in {column.words[w]:,} of {column.rows:,} rows: is it an answer? "
            "Then take it out of `missing` in segdsl.toml"
        )
        for w in words
        if w in ambiguous
    )
    formats = reading.formats.under(Formats(missing=words))
    return replace(reading, evidence=evidence, formats=formats, questions=(*reading.questions, *asked))


def _cells(column: Column) -> str:
    cells = f"{column.given:,} cell{'' if column.given == 1 else 's'}"
    if column.missing == 0:
        return f"in {'the only cell' if column.given == 1 else f'all {cells}'}"
    return f"in {cells}, {column.missing:,} {'is' if column.missing == 1 else 'are'} missing"


def _fits(column: Column, odd: int, *shapes: str) -> bool:
    """Whether cells of these shapes (which exclude one another) are all of the column, but for a number of odd ones."""
    return column.given - sum(column.shapes[s] for s in shapes) <= odd


def _odd(column: Column, what: str, *shapes: str) -> tuple[str, ...]:
    """What is said of the cells that don't fit."""
    fitting = sum(column.shapes[s] for s in shapes)
    if fitting == column.given:
        return ()
    examples = ", ".join(f"`{v}`" for v in column.outside.get(shapes, ()))
    return (
        f"{fitting:,} of {column.given:,} cells are {what}, not {examples or 'the others'}, which are read as missing",
    )


# -- yes or no -----------------------------------------------------------------------------


def _boolean(column: Column) -> Reading | None:
    values = {v.lower() for v in column.values}
    if column.distinct > 4 or not values <= _YES | _NO or not values & _YES or values == {"1"}:
        return None
    if not values & _NO and column.distinct > 1:
        return None
    return Reading("boolean", f"{'/'.join(column.values)} {_cells(column)}")


# -- dates ---------------------------------------------------------------------------------


def _date(column: Column, odd: int) -> Reading | None:
    s = column.shapes
    typed = "timestamp" if s["time"] else "date"
    if not s["parts"] and (s["iso"] or s["written"]) and _fits(column, odd, "iso", "written"):
        return Reading(typed, f"dates {_cells(column)}", odd=_odd(column, "dates", "iso", "written"))
    if s["parts"] and _fits(column, odd, "iso", "written", "parts"):
        return _day_and_month(column, typed)
    if s["short month"] == column.given:
        return Reading(typed, f"DD/Mon/YY {_cells(column)}", Formats(date="DD/Mon/YY"))
    if s["compact"] == column.given and headers.is_time(column.header):
        return Reading("date", f"days such as {next(iter(column.values))} {_cells(column)}")
    return _counted(column)


def _day_and_month(column: Column, typed: str) -> Reading:
    """Whether the day stands before the month, where a cell tells: 25/12/2026 can only be the one."""
    s = column.shapes
    mark = "/" if s["slash"] else "." if s["dot"] else "-"
    year = "YY" if s["short year"] else "YYYY"
    day_first, month_first = f"DD{mark}MM{mark}{year}", f"MM{mark}DD{mark}{year}"
    odd = _odd(column, "dates", "iso", "written", "parts")
    for format, own, other in (
        (day_first, "first over 12", "second over 12"),
        (month_first, "second over 12", "first over 12"),
    ):
        if s[own] and not s[other]:
            return Reading(
                typed,
                f"{format}: {s[own]:,} cell{'' if s[own] == 1 else 's'} can only be that",
                Formats(date=format),
                odd=odd,
            )
    asked = Question(
        "day or month first? no cell decides it", ({"date": day_first}, {"date": month_first}), blocks=True
    )
    return Reading(typed, asked.text, questions=(asked,), odd=odd)


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
            return Reading(typed, f"{words} {_cells(column)}", Formats(date=shape))
    return None


# -- numbers -------------------------------------------------------------------------------


def _number(column: Column, odd: int) -> Reading | None:
    s = column.shapes
    if s["leading zero"]:
        return None
    if s["percent"] and _fits(column, odd, "percent") and not s["comma"]:
        field = headers.allowed(headers.identifier(column.header))
        evidence = f"percent {_cells(column)}: 60% is 0.6, so write `{field} < 60%`"
        return Reading("number", evidence, odd=_odd(column, "percentages", "percent"))
    if not s["number"] or not _fits(column, odd, "number"):
        return _amounts(column, odd)
    whole = s["integer"] == s["number"]
    words = "whole numbers" if whole else "numbers"
    questions = (_currency(),) if headers.is_money(column.header) else ()
    strange = _odd(column, words, "number")
    return Reading("integer" if whole else "number", f"{words} {_cells(column)}", questions=questions, odd=strange)


def _amounts(column: Column, odd: int) -> Reading | None:
    """Numbers with separators or a currency's sign."""
    s = column.shapes
    if not (s["comma"] or s["amount"] or s["grouped"]) or not _fits(column, odd, "written number"):
        return None
    signs = [c for v in column.values for c in v if c in _CURRENCIES]
    currency = _CURRENCIES[max(signs, key=signs.count)] if signs else None
    strange = (*_odd(column, "amounts", "written number"), *_of_other_currencies(column, signs, currency))
    separated = [v for v in column.values if "," in v or "." in v or "'" in v]
    likely = likely_number(separated) if s["comma"] or s["grouped"] > s["number"] else ["1234.56"]
    typed = f"money({currency})" if currency else "number"
    questions = (_currency(),) if not currency and headers.is_money(column.header) else ()
    if len(likely) > 1:
        choices = tuple({"number": f} for f in likely)
        asked = Question("thousands or a fraction? no cell decides it", choices, blocks=True)
        return Reading(typed, asked.text, questions=(asked, *questions), odd=strange)
    plain = likely[0] == "1234.56"
    formats = Formats() if plain else Formats(number=likely[0])
    written = "" if plain else f", written as {likely[0]}"
    return Reading(typed, f"amounts {_cells(column)}{written}", formats, questions, strange)


def _of_other_currencies(column: Column, signs: Sequence[str], currency: str | None) -> tuple[str, ...]:
    """What is said of cells in another currency than most."""
    others = sorted({c for c in signs if _CURRENCIES[c] != currency})
    if not others:
        return ()
    cells = sum(n for v, n in column.values.items() if any(c in v for c in others))
    return (
        f"{cells:,} of {column.given:,} cells are in {', '.join(others)}, not in {currency}, and are read as missing",
    )


def _currency() -> Question:
    return Question(
        "money, by its name: in which currency? Then segments say what they are worth",
        types=("money(USD)", "money(EUR)", "money(GBP)"),
    )


# -- text ----------------------------------------------------------------------------------


def _set(column: Column) -> Reading | None:
    separator = _separator(column)
    if separator is None:
        return None
    return Reading("set of text", f"several values by `{separator}`", Formats(set_separator=separator))


def _separator(column: Column) -> str | None:
    if column.shapes["json list"] == column.given:
        return ";"
    if column.shapes["separated"] * 10 < column.given * 3:
        return None
    separator = ";" if any(";" in v for v in column.values) else "|"
    parts = {p.strip() for v in column.values for p in v.split(separator)}
    return separator if len(parts) <= 2 * MOST_ENUM and all(len(p) <= 30 for p in parts) else None


def _digits(column: Column) -> Reading | None:
    s = column.shapes
    if s["leading zero"] and s["integer"] + s["leading zero"] == column.given:
        return Reading("text", f"digits with leading zeros {_cells(column)}")
    return None


def _one_of(column: Column) -> Reading | None:
    if column.shapes["leading zero"] or column.distinct > MOST_ENUM or column.distinct * 5 > column.given:
        return None
    if any(len(v) > 40 or UNSEEN.search(v) for v in column.values):
        return None
    values = ", ".join(quoted(v) for v in sorted(column.values))
    return Reading(
        f"one of ({values})", f"{column.distinct} value{'' if column.distinct == 1 else 's'} {_cells(column)}"
    )


def _any_text(column: Column) -> Reading:
    return Reading("text", f"{column.distinct:,} different value{'' if column.distinct == 1 else 's'}")


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
