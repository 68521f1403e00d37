"""Patterns of what people write: words, signs and slots, matched on tokens.

A pattern is a line of parts with blanks between them:

    is/are not? empty/blank     one of several words; `?` says that it may be left out, `_` joins several words to one choice
    {x:value}                   a slot, which takes tokens of a kind (`SLOTS`) and is put into the line that is meant by its name
    ( ) , <                     signs, as they are
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from segdsl.lang.reserved import AGGREGATES
from segdsl.model.schema import Relation
from segdsl.phrasebook.slots import NEVER_BEFORE, SLOTS, Around, Bound, table_at
from segdsl.phrasebook.tokens import cut


@dataclass(frozen=True, slots=True)
class Match:
    """What a pattern takes: the tokens from `start` to `end`, and those of each slot as they are put into the line."""

    start: int
    end: int
    slots: Mapping[str, Bound]
    around: Around

    def text(self, slot: str) -> str:
        """The tokens of a slot, with blanks between them; empty for a slot that took nothing."""
        return " ".join(t.text for t in self.slots.get(slot, ()))

    @property
    def words(self) -> list[str]:
        """All that the pattern took, in lower case."""
        return [t.lower for t in self.around.tokens[self.start : self.end]]

    def rows(self) -> Relation | None:
        """The rows behind whose `where` or `having` the match stands, in the brackets of an aggregate; None elsewhere."""
        depth, is_filter = 0, False
        for at in range(self.start - 1, max(-1, self.start - 400), -1):
            lower = self.around.lower(at)
            depth += (lower == ")") - (lower == "(")
            is_filter = is_filter or (depth == 0 and lower in ("where", "having"))
            if depth < 0:
                table = table_at(self.around, at + 1) if is_filter and self.around.lower(at - 1) in AGGREGATES else None
                return None if table is None else self.around.names.tables[table[1]]
        return None

    def inside_call(self) -> bool:
        """Tells whether the match stands inside the brackets of a call, or in braces such as those of `bands`."""
        depth = 0
        for at in range(self.start - 1, max(-1, self.start - 400), -1):
            lower = self.around.lower(at)
            depth += (lower in (")", "}")) - (lower in ("(", "{"))
            if depth < 0:
                return lower == "(" and self.around.kind(at - 1) == "word"
        return False


@dataclass(frozen=True, slots=True)
class _Words:
    choices: tuple[tuple[str, ...], ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    kind: str


@dataclass(frozen=True)
class Pattern:
    """A pattern, ready to be matched. `needed` are sets of words of which a text must have one each."""

    parts: tuple[_Words | _Slot, ...]
    needed: tuple[frozenset[str], ...]

    def matches(self, around: Around, start: int) -> Iterator[Match]:
        """Yields the ways to match at a place, likeliest first."""
        first = self.parts[0]
        within = around.lower(start - 1) in NEVER_BEFORE or around.called_by(start) in AGGREGATES
        if within and isinstance(first, _Slot) and first.kind in ("value", "path"):
            return
        for end, slots in self._from(around, start, 0, {}):
            if end > start:
                yield Match(start, end, slots, around)

    def _from(
        self, around: Around, at: int, part: int, slots: dict[str, Bound]
    ) -> Iterator[tuple[int, dict[str, Bound]]]:
        around.tries.spend()
        if part == len(self.parts):
            yield at, slots
            return
        match self.parts[part]:
            case _Words(choices, optional):
                for choice in choices:
                    if all(around.lower(at + i) == word for i, word in enumerate(choice)):
                        yield from self._from(around, at + len(choice), part + 1, slots)
                if optional:
                    yield from self._from(around, at, part + 1, slots)
            case _Slot(name, kind):
                for end, bound in SLOTS[kind](around, at):
                    yield from self._from(around, end, part + 1, {**slots, name: bound})


@cache
def pattern(text: str) -> Pattern:
    """Reads a pattern. Raises `KeyError` for a kind of slot that there isn't."""
    parts = list[_Words | _Slot]()
    for part in text.split():
        if slot := re.fullmatch(r"\{(\w+):(\w+)\}", part):
            SLOTS[slot[2]]
            parts.append(_Slot(slot[1], slot[2]))
            continue
        optional = part.endswith("?") and len(part) > 1
        words = part.removesuffix("?") if optional else part
        choices = [words] if words == "/" else words.split("/")
        spelt = [spelling for c in choices for spelling in dict.fromkeys((c.replace("_", " "), c))]
        split = sorted((tuple(t.lower for t in cut(c)) for c in spelt), key=len)
        parts.append(_Words(tuple(reversed(split)), optional))
    needed = tuple(frozenset(c[0] for c in p.choices) for p in parts if isinstance(p, _Words) and not p.optional)
    return Pattern(tuple(parts), needed)
