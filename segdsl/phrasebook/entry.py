"""An entry of a vocabulary: words that a clause is made of, and what they mean; `english` reads clauses by them.

What is written are patterns, as in `pattern`, with slots that `english` fills: `{y:value}`, `{n:count}`, `{d:duration}`.
A slot without a kind is of the kind that its name says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from segdsl.phrasebook.row import Example
from segdsl.phrasebook.tokens import cut

KINDS = {"y": "value", "n": "count", "d": "duration", "r": "rows", "p": "share", "u": "unit", "l": "values"}


@dataclass(frozen=True, slots=True)
class Words:
    """One of several sequences of words; an `optional` one may be left out."""

    choices: tuple[tuple[str, ...], ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a clause, which is put into what is meant by its name."""

    name: str
    kind: str


@dataclass(frozen=True)
class Template:
    """A pattern, cut into parts. `needed` are sets of words of which a text must have one each."""

    parts: tuple[Words | Slot, ...]
    needed: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Entry:
    """One entry.

    `written` are patterns of what people write.
    `to` is what is meant, with slots in braces, by the part of a clause that it stands in.
    `of` says beside what the words stand, such as `number` or `time`; empty: beside anything.
    `examples` are pairs of what is written and what is meant, over `EXAMPLE_MODEL`; documentation and tests.
    `note` says in a few words how it is written here.
    """

    written: tuple[str, ...]
    to: Mapping[str, str] = field(hash=False)
    of: frozenset[str] = frozenset()
    examples: tuple[Example, ...] = ()
    note: str = ""

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        return tuple(map(template, self.written))


def say(*written: str, of: str = "", examples: Sequence[Example] = (), note: str = "", **to: str) -> Entry:
    """An entry; names of parts may end in `_`, as `is_`."""
    return Entry(written, {k.rstrip("_"): v for k, v in to.items()}, frozenset(of.split()), tuple(examples), note)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Entries of one kind. `title` is the heading in the documentation, `part` where in a clause they stand."""

    title: str
    part: str
    rows: tuple[Entry, ...]


@cache
def template(text: str) -> Template:
    """Reads a pattern."""
    parts = list[Words | Slot]()
    for part in text.split():
        if slot := re.fullmatch(r"\{(\w+)(?::(\w+))?\}", part):
            parts.append(Slot(slot[1], slot[2] or KINDS.get(slot[1], slot[1])))
            continue
        optional = part.endswith("?") and len(part) > 1
        words = part.removesuffix("?") if optional else part
        spelt = [choice.replace("_", " ") for choice in (words.split("/") if words != "/" else [words])]
        split = sorted((tuple(t.lower for t in cut(c)) for c in spelt), key=len, reverse=True)
        parts.append(Words(tuple(split), optional))
    needed = tuple(frozenset(c[0] for c in p.choices) for p in parts if isinstance(p, Words) and not p.optional)
    return Template(tuple(parts), needed)
