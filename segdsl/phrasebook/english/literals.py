"""Values in a clause, such as numbers, texts with or without quotes and lists of them -> as they are written here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.days import DayReader
from segdsl.phrasebook.english.things import Noun, root, value_of
from segdsl.phrasebook.tokens import Token, joined
from segdsl.phrasebook.vocabulary.membership import COLLECTIONS

LONGEST_VALUE = 4  # words of a value without quotes
MOST_VALUES = 30
_FACTORS = {("half",): "0.5", ("twice",): "2", ("double",): "2", ("triple",): "3", ("three", "times"): "3"}
_COUNTED_BY = {"day", "days", "week", "weeks", "month", "months", "year", "years", "times", "%"}
"""Behind a number these say that it is no number of the value's own."""
_BEFORE_ROWS = (
    "than",
    "to",
    "least",
    "most",
    "over",
    "under",
    "above",
    "below",
    "exceeds",
    "exceed",
    *"<>=",
    "<=",
    ">=",
    "!=",
)
_COMPARING = """
    above again any average below both differs each equals every false least
    less missing more most neither nobody none noone null over same true under
    capitals case insensitive lowercase uppercase
"""
_NO_TEXTS = frozenset(_COMPARING.split())
"""Words of comparisons, which are part of no text without quotes."""
_EQUAL = {"=", "==", "is", "are", "equals", "equal"}
_ANY = {"or", "nor", "|", "/"}
_AND = ("as well as", "along with", "together with", "in addition to", "and also", "alongside", "plus")
"""Join values as `and` does."""
_SIGNS = {"plus": "+", "minus": "-"}


@dataclass
class LiteralReader(DayReader):
    """A reader of values."""

    def value(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        """Values that fit a field, as they are written here."""
        self.around.tries.spend()
        kinds = subject.kinds
        if "number" in kinds and (subject.type is not None or self.around.kind(at) != "text"):
            yield from self._sums(at, subject)
        if "time" in kinds and subject.type is not None:
            periods = {end for end, *_ in self.periods(at)}  # these have two ends: see `when`
            yield from ((end, day) for end, day, _ in self.days(at, subject) if end not in periods)
        if "version" in kinds and subject.type is not None:
            yield from self._version(at)
        if "set" in kinds and self.around.kind(at) in ("text", "quoted") and ";" in self.around.tokens[at].text:
            return  # several values in one text: all of them, in SOQL
        if kinds & {"text", "set"} and subject.type is not None:
            yield from self._text(at, subject)
        if subject.type is None and self.around.kind(at) == "text":
            yield at + 1, self.around.tokens[at].text

    def _sums(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        for end, text in self._numbers(at, subject):
            yield end, text
            sign = _SIGNS.get(self.w(end), self.w(end))
            if sign in ("+", "-", "*", "/") and (sign == self.w(end) or self.around.kind(end + 1) == "number"):
                for stop, more in self._numbers(end + 1, subject):
                    yield stop, f"{text} {sign} {more}"

    def _numbers(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        """A number or share, several times another value, or another value, to compare a value with."""
        around, w = self.around, self.w
        if w(at - 1) in ("in", "during") and any(True for _ in words.period(around, at)):
            return  # `invoices in 2025`
        at += w(at) in ("the", "a", "an", "about", "around") and around.kind(at + 1) == "number"
        if around.kind(at) == "number" and around.tokens[at].text.endswith("%"):
            yield from self._percent(at)
            return
        yield from self._times_another(at, subject)
        if subject.type in (ty.NUMBER, ty.REAL) and not subject.text.startswith(("count(", "\v")):
            yield from words.share(around, at)
        for end, n in words.number(around, at):
            if w(end) == "times":
                yield from ((stop, f"{n} * {other}") for stop, other in self._others(end + 1, subject))
            if w(end) not in _COUNTED_BY or subject.text.startswith(("days", "weeks", "months", "years", "hours")):
                unit = subject.text.split(" ")[0]
                share = "%" if subject.text.startswith("share(") and n.isdigit() and int(n) > 1 else ""
                yield end + (w(end) in (unit, unit.rstrip("s")) and " " in subject.text), n + share
        for end, noun in self.nouns(at) if w(at - 1) in small.BEFORE_FIGURES else ():
            if "number" in noun.kinds and noun.text != subject.text and noun.type is not None:
                yield end, noun.text
        if subject.text.startswith("count(") and w(at - 1) in _BEFORE_ROWS:
            yield from ((end, f"count({rows.text})") for end, rows in self.rows(at))

    def _percent(self, at: int) -> Iterator[tuple[int, str]]:
        """`20%`, or `20% of seats`."""
        share = self.around.tokens[at].text
        if self.w(at + 1) == "of":
            yield from ((end, f"{share} * {n.text}") for end, n in self.nouns(at + 2) if "number" in n.kinds)
        else:
            yield at + 1, share

    def _times_another(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        """`twice the average`, `half of the seats`, `two thirds of the seats`."""
        w = self.w
        for factor, size in _FACTORS.items():
            if tuple(w(at + i) for i in range(len(factor))) != factor:
                continue
            place = at + len(factor)
            place += w(place) in ("of", "as", "the")
            if w(place) in ("average", "mean", "median") and self.scope.is_entity:
                function = "median" if w(place) == "median" else "average"
                yield place + 1, f"{size} * {function}(all {self.scope.relation.name}.{subject.text})"
            yield from ((end, f"{size} * {other}") for end, other in self._others(place, subject))

        for end, part in words.fraction(self.around, at):
            yield from ((stop, part.format(other)) for stop, other in self._others(end, subject))

    def _others(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        """Numbers by their names, other than `subject`."""
        for end, noun in self.nouns(at):
            if "number" in noun.kinds and noun.text != subject.text:
                yield end, noun.text

    def _version(self, at: int) -> Iterator[tuple[int, str]]:
        around = self.around
        at += self.w(at) in ("version", "v")
        if around.kind(at) == "text":
            yield at + 1, around.tokens[at].text
        if around.kind(at) == "number":
            end = at + 1
            while self.w(end) == "." and around.kind(end + 1) == "number" and not around.tokens[end].gap:
                end += 2
            yield end, f'"{"".join(t.text for t in around.tokens[at:end])}"'

    def _text(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        """A text in quotes, or words without them that name nothing else."""
        around, typed = self.around, subject.type
        at += self.w(at) in small.SPOKEN and (isinstance(typed, ty.Enum) or around.kind(at + 1) == "text")
        if self.w(at) in (".", "@") and not isinstance(typed, ty.Enum):  # `ends in .edu`
            end = at + 1
            while around.kind(end) == "word" and not around.tokens[end].gap:
                end += 1 + (self.w(end + 1) in (".", "-") and not around.tokens[end + 1].gap)
            if end > at + 1:
                yield end, f'"{"".join(t.text for t in around.tokens[at:end])}"'
        if around.kind(at) == "text":
            text = around.tokens[at].text
            value = value_of(typed, text[1:-1]) if isinstance(typed, ty.Enum) else None
            yield at + 1, text if value is None else f'"{value}"'
            return
        slash = "/" if "zone" in subject.text or "path" in subject.text else "."  # Europe/London
        for length in range(LONGEST_VALUE, 0, -1):
            said = around.tokens[at : at + length]
            if (
                len(said) < length
                or any(t.kind not in ("word", "number") and t.text not in ("-", "&", ".", slash) for t in said)
                or said[0].kind != "word"
            ):
                continue
            text = joined([replace(t, gap=t.gap if i else "") for i, t in enumerate(said)])
            if isinstance(typed, ty.Enum):
                if (value := value_of(typed, text)) is not None:
                    yield at + length, f'"{value}"'
            elif self._may_be_text(at, said):
                yield at + length, f'"{text}"'

    def _may_be_text(self, at: int, said: Sequence[Token]) -> bool:
        lowers = [t.lower for t in said]
        names = self.scope.names
        if any(
            (
                t.lower in small.STOPS
                and not ((t.text.isupper() or (t.text[0].isupper() and len(said) == 1)) and len(t.text) > 1)
            )
            or t.lower in small.NOT
            for t in said
        ):
            return False
        if {*lowers} & _NO_TEXTS or said[-1].text in ("-", "&", "."):
            return False
        before = self.w(at - 1)
        is_small = said[0].text.islower() or len(said[0].text) < 3
        if len(said) > 1 and is_small and before not in small.BEFORE_VALUES:
            return False  # `account_name looks like test`
        tables = {root(t) for t in (*names.tables, *self.scope.tables)}
        if len(said) > 1 and (lowers[0] in small.WHICH or any(root(w) in tables for w in lowers)):
            return False  # `the last 2 orders`
        if len(said) > 1 and {lowers[0], lowers[-1]} & COLLECTIONS:
            return False  # `the list nordics`
        if {*lowers} & {"that", "starts", "ends", "contains", "starting", "ending", "containing", "value", "values"}:
            return False
        is_name = (
            lowers[0] in self.scope.relation.fields
            or lowers[0] in self.scope.tables
            or lowers[0] in names.others
            or lowers[0] in self.scope.fields_of_details
        )
        after = self.w(at + len(said))
        return (
            not is_name
            and after not in ("is", "are", "=", "!=", "<", ">", "<=", ">=", ".", "(", "has", "have", "was")
            and not ({*lowers} & small.STATES)
            and said[0].text not in small.JOINS_ELSEWHERE  # `NO` may be Norway
        )

    def _and_in_words(self, at: int) -> int:
        """How many words join two values as `and` does, as in `"a" as well as "b"`; a comma may stand before them."""
        comma = int(self.w(at) == ",")
        said = [self.w(at + comma + i) for i in range(3)]
        return next((comma + len(j.split()) for j in _AND if said[: len(j.split())] == j.split()), 0)

    def values(self, name: str, kind: str, at: int, subject: Noun) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Values one after the other; `both` are several joined by `and`."""
        items, ends = list[str](), list[tuple[int, list[str], set[str]]]()
        bracket = self.w(at) == "("
        place, joins = at + bracket, set[str]()
        while len(items) < MOST_VALUES:
            found = next(iter(sorted(self.value(place, subject), key=lambda pair: -pair[0])), None)
            if found is None:
                break
            place = found[0]
            items.append(found[1])
            if not bracket or self.w(place) == ")":
                ends.append((place + bracket, [*items], {*joins}))
            if not subject.kinds & {"number", "time"} and (spoken := self._and_in_words(place)):
                joins.add("and")
                place += spoken
                continue
            if self.w(place) not in (",", ";", "or", "and", "/", "nor", "|", "&"):
                break
            joins.add(self.w(place))
            place += 1 + (self.w(place + 1) in ("or", "and", "nor"))
            if self.w(place - 1) in ("or", "and", "nor"):
                joins.add(self.w(place - 1))
            place += self.w(place) in ("in", "with", "the", "either", "is", "on") and self.w(place) in (
                "the",
                "either",
                "with",
            )
        is_name = self.w(at - 1) == "in" and isinstance(subject.type, ty.Text) and self.around.kind(at) == "word"
        if is_name and len(items) == 1 and self.around.tokens[at].text.islower():
            return  # the name of a list that isn't there
        for end, several, by in reversed(ends):
            is_list = bracket or len(several) > 1 or re.search("[,;]", several[0])
            is_both = bool(by & {"and", "&"}) and not (self.w(at - 1) == "of" and self.w(at - 2) in ("any", "one"))
            if "set" in subject.kinds and is_both and by & _ANY:
                continue  # all of them, any of them, or the one and either of the others
            if "set" in subject.kinds and self.w(at - 1) in _EQUAL and is_list and not by & _ANY:
                continue  # any of them, or these and no others
            if (
                kind != "all"
                and (kind == "both") != (is_both and len(several) > 1)
                and (kind == "both" or (is_both and "set" in subject.kinds))
            ):
                continue
            inside = f"({', '.join(several)})"
            yield (
                end,
                {
                    name: inside
                    if len(several) > 1 or kind in ("both", "all") or "set" in subject.kinds
                    else several[0],
                    "any": several[0] if len(several) == 1 else f"any of {inside}",
                },
            )
