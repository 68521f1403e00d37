"""The tokens of a formula one after the other, and what may stand where; every reader of formulas is made on it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

from segdsl.formulas import tree
from segdsl.formulas.tokens import Token, is_localised
from segdsl.phrasebook.measures import CALENDAR, SPOKEN_UNITS
from segdsl.phrasebook.slots import Tries

SO_FAR = "so far "  # before a window of which only what is past is meant
_TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}


class Unreadable(Exception):
    """The text is no formula."""


class TokenReader(ABC):
    """The tokens of a formula one after the other, and what may stand where."""

    def __init__(self, tokens: Sequence[Token], tries: Tries) -> None:
        self.tokens, self.at, self.tries, self.depth = tokens, 0, tries, 0
        self.is_localised = is_localised(tokens)
        self.in_arm = False  # where `~` stands between a condition and its value

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        self.tries.spend()
        token = self.token
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def is_(self, *words: str) -> bool:
        """Tells whether the next tokens are these, in lower case."""
        return all(self.peek(i).lower == word for i, word in enumerate(words))

    def take(self, *words: str) -> bool:
        if self.is_(*words):
            for _ in words:
                self.next()
            return True
        return False

    def take_one(self, *words: str) -> str:
        """Takes one of several words; "" if none of them stands here."""
        return self.next().lower if self.token.lower in words else ""

    def need(self, *words: str) -> None:
        if not self.take(*words):
            raise Unreadable

    def window(self, *, is_argument: bool = False) -> str:
        """Takes a window as the language has it, also as `within the past 30 days` or `year to date`; "" where none stands here.

        Where `is_argument`, no `in` need stand before it, as in `SUM(invoices.amount, last 90 days)`.
        """
        if self.token.lower in CALENDAR and self.peek().lower == "to" and self.peek(2).lower == "date":
            return self._taken(f"{SO_FAR}in this calendar {self.token.lower}", 3)
        if self.token.lower in _TO_DATE:
            return self._taken(f"{SO_FAR}in this calendar {_TO_DATE[self.token.lower]}", 1)
        begin = 1 if self.token.lower in ("in", "within", "during") else 0
        if not begin and not is_argument:
            return ""
        words = list[str]()
        while len(words) < 6 and self.peek(len(words) + begin).kind in ("word", "number"):
            words.append(self.peek(len(words) + begin).text.lower())
        skipped = words[:1] == ["the"]
        words = words[skipped:]
        which, count, unit = [*words, "", "", ""][:3]
        which = "last" if which in ("past", "previous") else which
        if which in ("last", "next") and re.fullmatch(r"[1-9]\d{0,3}", count) and unit in SPOKEN_UNITS:
            return self._taken(f"in {which} {count} {unit}", begin + skipped + 3)
        if which in ("this", "last", "next") and count == "calendar" and unit in CALENDAR:
            return self._taken(f"in {which} calendar {unit}", begin + skipped + 3)
        if words[:1] == ["1"] and words[2:5] == ["ago", "for", "1"] and words[1] == words[5] and words[1] in CALENDAR:
            return self._taken(f"in last calendar {words[1]}", begin + skipped + 6)  # of Looker
        return ""

    def _taken(self, window: str, many: int) -> str:
        for _ in range(many):
            self.next()
        return window

    @property
    def before(self) -> int:
        """Where the last token that was taken ends."""
        return self.tokens[self.at - 1].end if self.at else self.token.start

    # -- what the readers above answer --

    @abstractmethod
    def _in_parts(self, stop: int) -> tree.Node: ...

    @abstractmethod
    def expression(self, power: int = 0) -> tree.Node: ...

    @abstractmethod
    def primary(self) -> tree.Node: ...

    @abstractmethod
    def prefix(self) -> tree.Node: ...

    @abstractmethod
    def _close(self, at: int) -> int | None: ...

    @abstractmethod
    def _generator(self, start: int, body: tree.Node, closing: str) -> tree.Node: ...

    @abstractmethod
    def _words_until(self, closing: str) -> str: ...

    @abstractmethod
    def _ordered(self) -> list[tuple[tree.Node, bool]]: ...
