"""Reads the value of a metric, an outcome or a part of a score: a figure, a text, a condition, or `if … then … otherwise …`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from segdsl.phrasebook.english.conditions import Answer, Condition, Edit, edited, read, reader_of
from segdsl.phrasebook.english.figures import notes_of
from segdsl.phrasebook.english.things import Noun
from segdsl.phrasebook.measures import UNITS
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import Tries
from segdsl.phrasebook.tokens import Token, joined

DEEPEST = 20  # conditions one after the other
_OTHERWISE = ("otherwise", "else")
_FOR_OTHERS = re.compile(
    r"(?:for|in) (?:all (?:the )?(?:others?|rest)|(?:the )?(?:rest|others)|everything (?:else|above|over|below|larger|smaller|bigger|more)"
    r"|(?:any|every|all) other(?: case)?s?|everybody else|everyone else|anything (?:else|above|below|more|larger|smaller))"
    r"|(?:above|below|beyond|over) (?:that|it)|from there on|if not|in all other cases|otherwise|else"
)
"""Behind a value that holds where no condition before it does."""
_COMPARES = "is a number: say how it compares"
"""What is said of a number in a condition; a value may be one."""
_UNITS = {f"{unit}s" for unit in UNITS if unit != "quarter"}
_WHETHER = (("whether",), ("true", "if"), ("true", "when"), ("true", "where"), ("yes", "if"), ("is", "true", "if"))


def read_value(tokens: Sequence[Token], names: Names, tries: Tries, choice: int = 0) -> Answer:
    """Reads a value; as a condition where it is no figure. Raises `TooMuch` where the tries run out."""
    reader = reader_of(tokens, names, tries, choice)
    if reader is None:
        return Answer((), False)
    value = _Value(Condition(reader, names))
    if value.is_right(0, value.end):
        return Answer((), False)
    line = value.line()
    if line is None:
        answer = read(tokens, names, tries, choice)
        return replace(answer, edits=tuple(e for e in answer.edits if not (e.is_sentence and _COMPARES in e.note)))
    note = "; ".join(notes_of(line)[:1])
    return Answer((Edit(0, len(tokens), line, note),), reader.is_open)


class _Value:
    def __init__(self, condition: Condition) -> None:
        self.condition, self.reader = condition, condition.reader
        self.subject: Noun | None = None
        self.end = len(self.reader.around.tokens)

    def is_right(self, at: int, end: int) -> bool:
        """Whether a value is written as it should be; a unit by itself, as in `days between`, is no name."""
        w = self.reader.w
        is_length = w(at) in _UNITS and w(at + 1) not in ("since", "until", "from")
        return not is_length and self.condition.is_right(at, end)

    def line(self) -> str | None:
        """The whole as it should be written; None where it isn't read."""
        w = self.reader.w
        for said in _WHETHER:
            if all(w(i) == word for i, word in enumerate(said)):
                other = self._find(_OTHERWISE, len(said), self.end)
                is_no = other is not None and [w(i) for i in range(other + 1, self.end)] in (["no"], ["false"])
                return self._asked(len(said), other if other is not None and is_no else self.end)
        return self._value(0, self.end, 0)

    def _value(self, at: int, end: int, depth: int) -> str | None:
        w = self.reader.w
        while end > at and w(end - 1) in (",", ";", "."):
            end -= 1
        if depth > DEEPEST or at >= end:
            return None
        if w(at) in ("if", "when"):
            return self._chosen(at, end, depth)
        if (plain := self._plain(at, end)) is not None:
            return plain
        if self.is_right(at, end):
            return joined(self.reader.around.tokens[at:end])
        for stop, noun in self.reader.figures(at):
            if stop == end and noun.type is not None:
                return noun.text
        return self._behind_its_values(at, end, depth)

    def _plain(self, at: int, end: int) -> str | None:
        """A text, a number, true, false or missing; a single word is a text beside others."""
        around = self.reader.around
        if end - at != 1:
            return None
        token = around.tokens[at]
        if token.kind in ("text", "number", "date") or token.lower in ("true", "false"):
            return token.text if token.kind != "word" else token.lower
        return None

    def _chosen(self, at: int, end: int, depth: int) -> str | None:
        """`if A then "x" [, ] otherwise "y"`, with several conditions one after the other."""
        then = self._find(("then", ",", ":"), at + 1, end)
        if then is None:
            return None
        otherwise = self._find(_OTHERWISE, then + 1, end)
        asked = self._asked(at + 1, then)
        value = self._result(then + 1 + (self.reader.w(then + 1) == "then"), otherwise or end, depth)
        if asked is None or value is None:
            return None
        if otherwise is None:
            return f"if {asked} then {value} else missing end"
        place = otherwise + 1 + (self.reader.w(otherwise + 1) in (",", ":", "it", "then"))
        rest = self._result(place, end - (self.reader.w(end - 1) == "end"), depth + 1)
        if rest is None:
            return None
        nested = rest.removesuffix(" end") if rest.startswith("if ") else rest
        return f"if {asked} then {value} else {nested} end"

    def _behind_its_values(self, at: int, end: int, depth: int) -> str | None:
        """`"large" if arr is over 50_000, "medium" if over 5_000, otherwise "small"`, `…, "small" for everything else`."""
        w, asks = self.reader.w, self._find(("if", "when", "where"), at + 1, end)
        if asks is None or depth > DEEPEST:
            return None
        place = self._rest(asks + 1, end)
        stop = place if w(place) not in _OTHERWISE else place - (w(place - 1) in (",", ";", "and"))
        value, asked = self._result(at, asks, depth), self._asked(asks + 1, stop)
        start = place + 1 + (w(place + 1) in ((",", ":") if w(place) in _OTHERWISE else ("and", "else", "otherwise")))
        if value is None or asked is None or place >= end:
            return None
        is_last = _FOR_OTHERS.fullmatch(" ".join(w(i) for i in range(start + 1, end))) is not None
        rest = self._plain(start, start + 1) if is_last else self._result(start, end, depth + 1)
        if rest is None:
            return None
        nested = rest.removesuffix(" end") if rest.startswith("if ") else rest
        return f"if {asked} then {value} else {nested} end"

    def _rest(self, at: int, end: int) -> int:
        """Where it begins what holds otherwise: `otherwise`, or a comma before the next value and its condition or the others."""
        w = self.reader.w
        for place in range(at, end):
            if w(place) in _OTHERWISE and place + 1 < end:
                return place
            start = place + 1 + (w(place + 1) in ("and", "else"))
            if w(place) not in (",", ";") or self._plain(start, start + 1) is None:
                continue
            if w(start + 1) in ("if", "when", "where") or _FOR_OTHERS.fullmatch(
                " ".join(w(i) for i in range(start + 1, end))
            ):
                return place
        return end

    def _result(self, at: int, end: int, depth: int) -> str | None:
        """A value behind `then` or `otherwise`; a single word that names nothing is a text."""
        w, around = self.reader.w, self.reader.around
        while end > at and w(end - 1) in (",", ";", ".", "and"):
            end -= 1
        if (value := self._value(at, end, depth + 1)) is not None:
            return value
        is_word = end - at == 1 and around.kind(at) == "word" and w(at) not in ("missing", "nothing")
        if is_word and not self.reader.scope.nouns([w(at)]):
            return f'"{around.tokens[at].text}"'
        if end - at == 1 and w(at) in ("missing", "nothing", "unknown", "none", "empty"):
            return "missing"
        return None

    def _find(self, words: Sequence[str], at: int, end: int) -> int | None:
        """The first of these words outside brackets."""
        place = at
        while place < end:
            if self.reader.w(place) in ("(", "{", "["):
                place = (self.reader.around.closing(place) or place) + 1
                continue
            is_comma = self.reader.w(place) == "," and not self._follows_if(place)
            if self.reader.w(place) in words and not is_comma:
                return place
            place += 1
        return None

    def _follows_if(self, place: int) -> bool:
        """Whether a comma stands in the place of `then`: no `then` is behind it, before the next condition."""
        w = self.reader.w
        for i in range(place + 1, self.end):
            if w(i) == "then":
                return False
            if w(i) in ("if", "when", *_OTHERWISE):
                return True
        return True

    def _asked(self, at: int, end: int) -> str | None:
        """A condition as it should be written."""
        while end > at and self.reader.w(end - 1) in (",", ";"):
            end -= 1
        if at >= end:
            return None
        if self.condition.is_right(at, end):
            return joined(self.reader.around.tokens[at:end])
        edits = list(self.condition.edits(at, end, 0, self.subject))
        self.subject = next((n for _, n in self.reader.nouns(at)), self.subject)
        if any(e.is_sentence for e in edits):
            return None
        return joined([*edited(self.reader.around.tokens, edits, at, end)])
