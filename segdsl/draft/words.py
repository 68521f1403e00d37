"""Words of a column that may stand for no value (`None`, `unknown`, `\\N`) -> what they are taken for, told with their counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from segdsl.draft.profile import Column
from segdsl.draft.reading import Question, Reading
from segdsl.workspace.config import Formats

AMBIGUOUS = (
    "none",
    "- none -",
    "(none)",
    "unknown",
    "(unknown)",
    "n/a",
    "na",
    "-",
    "–",
    "—",
    "?",
    "tbd",
    "missing",
    "error",
    "not available",
    "not applicable",
    "not set",
    "(not set)",
)
"""Words that may be an answer ("None: no offer taken") or stand for no answer."""
_ANSWER = 0.05  # a share of rows from which an ambiguous word is kept as an answer


def answers_of(column: Column, no_answers: Collection[str]) -> tuple[str, ...]:
    """Ambiguous words of a column of texts that so many rows have that they are kept as values; `-` is a word of no language."""
    common = (w for w, n in _ambiguous(column, no_answers).items() if n >= _ANSWER * column.rows)
    return tuple(w for w in common if any(map(str.isalpha, w)))


def with_answers(reading: Reading, column: Column, answers: Collection[str], no_answers: Collection[str]) -> Reading:
    """The reading of a column of texts, whose `answers` are values, with what is asked about its words."""
    others = tuple(w for w in column.words if w not in answers)
    read = as_missing(reading, column, others, _ambiguous(column, no_answers))
    kept = tuple(_kept(column, word) for word in answers)
    return replace(read, questions=(*kept, *read.questions))


def as_missing(reading: Reading, column: Column, words: tuple[str, ...], ambiguous: Collection[str] = ()) -> Reading:
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


def _ambiguous(column: Column, no_answers: Collection[str]) -> dict[str, int]:
    return {w: n for w, n in column.words.items() if w.lower() in AMBIGUOUS and w not in no_answers}


def _kept(column: Column, word: str) -> Question:
    text = f"`{word}` is taken for an answer, in {column.words[word]:,} of {column.rows:,} rows: does it mean that nothing is known?"
    return Question(text, ({"missing": (word,)},))
