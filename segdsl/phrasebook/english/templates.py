"""Entries of a vocabulary against the words at a place -> where each way to read them ends, and what its slots took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segdsl.phrasebook.english.nouns import NounReader
from segdsl.phrasebook.english.reader import Got
from segdsl.phrasebook.english.takes import TAKES, TAKES_BESIDE, Taken
from segdsl.phrasebook.english.things import Noun
from segdsl.phrasebook.entry import Entry, Slot, Template, Words


@dataclass
class TemplateReader(NounReader):
    """A reader of templates."""

    def match(self, entry: Entry, templates: Sequence[Template], at: int, subject: Noun | None) -> Iterator[Got]:
        for t in templates:
            yield from self._from(t.parts, 0, at, {}, subject)

    def _from(
        self, parts: tuple[Words | Slot, ...], part: int, at: int, slots: dict[str, str], subject: Noun | None
    ) -> Iterator[Got]:
        self.around.tries.spend()
        if part == len(parts):
            yield Got(at, slots)
            return
        match parts[part]:
            case Words(choices, optional):
                for choice in choices:
                    if all(self.w(at + i) == word for i, word in enumerate(choice)):
                        said = " ".join([*([slots["said"]] if slots.get("said") else []), *choice])
                        yield from self._from(parts, part + 1, at + len(choice), {**slots, "said": said}, subject)
                if optional:
                    yield from self._from(parts, part + 1, at, slots, subject)
            case Slot(name, kind):
                for end, got in self._taken(name, kind, at, subject):
                    yield from self._from(parts, part + 1, end, {**slots, **got}, subject)

    def _taken(self, name: str, kind: str, at: int, subject: Noun | None) -> Iterator[Taken]:
        if (take := TAKES.get(kind)) is not None:
            yield from take(self, name, at, subject)
        elif subject is not None:
            yield from TAKES_BESIDE[kind](self, name, at, subject)
