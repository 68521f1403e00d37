"""Parts of a declaration that aren't read, where gaps are allowed: each becomes a comment with its number, until it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from typing import Protocol

from segdsl.phrasebook.declarations.outline import Entry, Unread
from segdsl.phrasebook.tokens import Token, on_one_line

LONGEST = 120  # signs of a person's words
_GAPS: ContextVar[list[str] | None] = ContextVar("gaps", default=None)
_STAND_IN = re.compile(r"# ‹(\d+)›")


@contextmanager
def allowed() -> Iterator[list[str]]:
    """Lets parts be unread; gives their words, in the order of their numbers."""
    gaps = list[str]()
    token = _GAPS.set(gaps)
    try:
        yield gaps
    finally:
        _GAPS.reset(token)


def stand_in(entry: Entry) -> str:
    """What stands in place of an entry that isn't read. Raises `Unread` where no gaps are allowed."""
    gaps = _GAPS.get()
    if gaps is None:
        raise Unread
    gaps.append(" ".join(filter(None, _words(entry))))
    return f"# ‹{len(gaps)}›"


class Reader(Protocol):
    """Reads a declaration entry by entry; `gaps` stand for those that aren't read."""

    gaps: list[str]


def read_or_gap(reader: Reader, entry: Entry, read: Callable[[Entry], None]) -> None:
    """Reads an entry, all of it or nothing. Raises `Unread` where it isn't read and no gaps are allowed."""
    if _GAPS.get() is None:
        read(entry)
        return
    before = {name: value if name in ("head", "names") else deepcopy(value) for name, value in vars(reader).items()}
    try:
        read(entry)
    except (Unread, LookupError, ValueError, StopIteration):
        vars(reader).update(before)
        reader.gaps.append(stand_in(entry))


def _words(entry: Entry) -> Iterator[str]:
    yield on_one_line(entry.tokens)
    for inner in entry.inside:
        yield from _words(inner)


def numbers(text: str) -> list[int]:
    """The numbers of the gaps that stand in a text."""
    return [int(n) for n in _STAND_IN.findall(text)]


def filled_in(text: str, gaps: Sequence[str]) -> str:
    """A text with the words of its gaps."""
    return _STAND_IN.sub(lambda m: shown(gaps[int(m[1]) - 1]), text)


def gap(tokens: Sequence[Token]) -> str:
    """A gap with a person's own words."""
    return shown(on_one_line(tokens))


def shown(words: str) -> str:
    """A gap with words: between signs that no rule may contain."""
    words = words.replace("‹", "<").replace("›", ">").replace("`", "'")
    return f"‹fill in: {words if len(words) <= LONGEST else words[:LONGEST] + ' …'}›"
