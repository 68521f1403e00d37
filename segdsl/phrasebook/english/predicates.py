"""What is said of a value, by the vocabularies: `is over 50`, `has not been empty` -> a condition on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.line import Line, filled, note_of, with_lists
from segdsl.phrasebook.english.rows import RowsReader
from segdsl.phrasebook.english.things import Noun
from segdsl.phrasebook.measures import FLIPPED

_PAIRS = {("'", "s"), ("a", "timestamp"), ("a", "date")} | {(w, "place") for w in ("take", "takes", "taken", "took")}
"""Two words that may stand before what is said."""


@dataclass
class PredicateReader(RowsReader):
    """A reader of what is said of a value."""

    def auxiliaries(self, at: int) -> list[tuple[int, bool]]:
        """Where the words before what is said may end, and whether they negate it: `has not been`, `is still`, `doesn't`."""
        found, negated, place = [(at, False)], False, at
        while place - at < 6:
            word = self.w(place)
            if word == "no" and self.w(place + 1) == "longer":
                negated, place = not negated, place + 2
            elif word in small.NOT:
                negated, place = not negated, place + 1
            elif word in small.BE or word in small.ADVERBS:
                place += 1
            elif (word, self.w(place + 1)) in _PAIRS:
                place += 2
            else:
                break
            found.append((place, negated))
        return found

    def predicate(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """What is said of a value, longest first."""
        found = list[tuple[int, Line]]()
        for place, negated in self.auxiliaries(at):
            for end, line in self._predicates(place, noun):
                if any(self.w(i) in ("never", "ever") for i in range(at, place)):
                    continue  # a field has its present value alone
                if negated and any(self.w(i) == "both" for i in range(at, place)):
                    continue  # `region and csm aren't both missing`: one of them may be
                said = line.not_ if negated else line
                found.append((self._trailing(end), said))
        yield from sorted(found, key=lambda pair: -pair[0])

    def _trailing(self, at: int) -> int:
        if (self.w(at), self.w(at + 1), self.w(at + 2)) == ("at", "the", "moment"):
            return at + 3
        if (self.w(at), self.w(at + 1)) == ("at", "all"):
            return at + 2
        return at + 1 if self.w(at) in small.TRAILING else at

    def _predicates(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        kinds = noun.kinds
        if "time" in kinds and noun.type is not None:
            yield from self.when(at, noun)
        for part in ("predicate", "change"):
            for entry, templates in self.entries[part]:
                if part == "change" and not (entry.of or "number" in kinds):
                    continue  # only numbers rise and fall
                if (entry.of and not entry.of & kinds) or (
                    "missing" in entry.to["is"] and noun.text.startswith("count(")
                ):
                    continue
                for got in self.match(entry, templates, at, noun):
                    if got.end == at or ("missing" in entry.to["is"] and self.w(got.end) == "that"):
                        continue
                    slots = {**got.slots, "x": noun.text}
                    if part == "change" and noun.text.startswith("count(") and " " not in noun.text:
                        if "t" not in slots:
                            continue
                        counted = self.scope.tables.get(noun.text[len("count(") : -1])
                        if counted is None or counted.at:
                            slots["x"] = f"{noun.text[:-1]} in last {slots['t']})"
                    is_ = with_lists(filled(entry.to["is"], slots))
                    negated = with_lists(filled(entry.to["not"], slots)) if "not" in entry.to else ""
                    if noun.row_time is not None and self.w(at) in ("<", "<=", ">", ">=") and is_.endswith(" ago"):
                        yield got.end, self._longer_or_after(is_, noun)
                        continue
                    yield got.end, Line(is_, negated, note_of(entry), subject=noun)
        if "number" in kinds and noun.text.startswith("count("):
            return

    def _longer_or_after(self, line: str, noun: Noun) -> Line:
        """`last login > 30 days ago`: after that day, or longer ago."""
        after = ">" in line
        if self.choose(2) == 1:
            line = re.sub(r" ([<>]=?) (?=\d+ \w+ ago$)", lambda m: f" {FLIPPED[m[1]]} ", line)
            return Line(line, notes=("longer ago" if after else "not as long ago",), subject=noun)
        return Line(line, notes=("after that day" if after else "before that day",), subject=noun)
