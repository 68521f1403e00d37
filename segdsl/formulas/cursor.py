"""The tokens of a formula one after the other, and what may stand where; every reader of formulas is made on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from segdsl.formulas import tree
from segdsl.formulas.tokens import Token, is_localised
from segdsl.phrasebook.slots import Tries


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
    def prefix(self) -> tree.Node: ...

    @abstractmethod
    def _close(self, at: int) -> int | None: ...

    @abstractmethod
    def _generator(self, start: int, body: tree.Node, closing: str) -> tree.Node: ...

    @abstractmethod
    def _words_until(self, closing: str) -> str: ...

    @abstractmethod
    def _ordered(self) -> list[tuple[tree.Node, bool]]: ...
