"""Days as people write them, in a declaration that is read as a whole: `15/12/2026`, `30 Oct 2026`, `Oct 30, 2026` as `2026-10-30`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from segdsl.phrasebook.measures import MONTHS
from segdsl.phrasebook.tokens import Token

_NUMBERS = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"\d{1,2}")


def with_days(tokens: Sequence[Token]) -> list[Token]:
    """Tokens with each day as the language writes it, where it can be only one: day and month are told apart by any day above 12."""
    written = [m for t in tokens if t.kind == "day" and (m := _NUMBERS.fullmatch(t.text))]
    is_day_first = any(int(m[1]) > 12 for m in written)
    is_month_first = any(int(m[2]) > 12 for m in written)
    done, at = list[Token](), 0
    while at < len(tokens):
        token = tokens[at]
        match = _NUMBERS.fullmatch(token.text) if token.kind == "day" else None
        day, length = "", 1
        if match is not None and is_day_first != is_month_first:
            first, second, year = int(match[1]), int(match[2]), int(match[3])
            day = _day(year, second, first) if is_day_first else _day(year, first, second)
        elif match is None:
            day, length = _in_words(tokens, at)
        done.append(replace(token, kind="date", text=day) if day else token)
        at += length if day else 1
    return done


def _in_words(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """`30 Oct 2026`, `October 30, 2026`, and how many tokens that is; empty for anything else."""
    texts = [t.lower if t.kind == "word" else t.text for t in tokens[at : at + 4]]
    for length, order in ((3, (0, 1, 2)), (3, (1, 0, 2)), (4, (1, 0, 3))):
        if len(texts) < length or (length == 4 and texts[2] != ","):
            continue
        day, month, year = (texts[i] for i in order)
        if (
            _NUMBER.fullmatch(day)
            and month in MONTHS
            and _YEAR.fullmatch(year)
            and all("\n" not in t.gap for t in tokens[at + 1 : at + length])
        ):
            return _day(int(year), MONTHS[month], int(day)), length
    return "", 1


def _day(year: int, month: int, day: int) -> str:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return ""
