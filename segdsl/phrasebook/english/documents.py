"""Reads conditions as documents set them out: `under 25% seat use`, `top 50 accounts by ARR`, `every week for the last 6 weeks: …`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.fields import FieldsReader
from segdsl.phrasebook.english.line import Line
from segdsl.phrasebook.english.things import Noun

_NO_NAMES = {
    "and",
    "or",
    "in",
    "of",
    "the",
    "a",
    "an",
    "with",
    "no",
    "if",
    "when",
    "is",
    "are",
    "has",
    "have",
    "any",
    "all",
    "none",
    "count",
}
_SIGNS = {
    **{s: s for s in (">", ">=", "<", "<=")},
    **{"≥": ">=", "≤": "<=", "over": ">", "above": ">", "under": "<", "below": "<", "exceeding": ">"},
}
_TOP = ("top", "largest", "biggest", "highest", "best")
_BOTTOM = ("bottom", "smallest", "lowest", "worst")
_BEFORE_WEEKS = ("for", "of", "in", "over", "during", "the", "last", "past", "within", "throughout", "each", "this")
_OF_WEEKS = {"every": "every", "each": "every", "any": "any", "some": "any", "ever": "any"}
_LONGEST_IN_WEEKS = 104


@dataclass
class DocumentReader(FieldsReader):
    """A reader of what lists of criteria say in few words."""

    def further(self, at: int) -> Iterator[tuple[int, Line]]:
        yield from super().further(at)
        yield from self._number_first(at)
        yield from self._first_by(at)
        if self.scope.is_entity:
            yield from self._cumulative(at)
            yield from self._in_weeks(at)
            yield from self._lasting_value(at)
            yield from self._sharing(at)
            yield from self._from_one_to_another(at)
            yield from self._explained(at)
            yield from self._none_planned(at)

    def _from_one_to_another(self, at: int) -> Iterator[tuple[int, Line]]:
        """`stage changed from onboarding to adoption in the last 30 days`: the latest value, and what it was before."""
        for end, noun in self.nouns(at):
            place = end + (self.w(end) in ("has", "have"))
            if not noun.text.startswith("last(") or self.w(place) not in (
                "changed",
                "moved",
                "went",
                "switched",
                "gone",
                "dropped",
                "rose",
            ):
                continue
            place += 1
            if self.w(place) != "from":
                continue
            for stop, before in self.value(place + 1, noun):
                for last, after in self.value(stop + 1, noun) if self.w(stop) in ("to", "into") else ():
                    behind = last + (self.w(last) in ("in", "within", "over", "during")) + (self.w(last + 1) == "the")
                    behind += self.w(behind) in ("last", "past", "previous")
                    for final, length in words.duration(self.around, behind) if behind > last else ():
                        text = f"({noun.text} = {after} and ({noun.text} as of {length} ago) = {before})"
                        yield final, Line(text, notes=("what it was on another day is `(VALUE as of … ago)`",))

    def _explained(self, at: int) -> Iterator[tuple[int, Line]]:
        """`health red (seat use under 40%)`: what words of one's own are explained by."""
        opens = next((i for i in range(at + 1, at + 5) if self.w(i) == "("), None)
        close = self.around.closing(opens) if opens is not None else None
        if opens is None or close is None or not self.around.tokens[opens].gap:
            return
        names = [self.w(i) for i in range(at, opens)]
        if any(self.around.kind(i) != "word" for i in range(at, opens)) or {*names} & (small.NOT | _NO_NAMES):
            return
        if any(True for i in range(at, opens) for _ in (*self.nouns(i), *self.rows(i, bare=True))):
            return
        for end, line in self.clauses(opens + 1):
            if end == close:
                yield close + 1, replace(line, notes=("what a word means is written itself",))

    def _none_planned(self, at: int) -> Iterator[tuple[int, Line]]:
        """`no meeting this quarter and none is planned for the next 30 days`: what is said of the rows before, ahead."""
        if (
            self.w(at) != "none"
            or self.w(at + 1) not in ("is", "are")
            or self.w(at + 2) not in ("planned", "scheduled", "booked")
        ):
            return
        before = next((i for i in range(at - 1, -1, -1) for _ in self.rows(i, bare=True)), None)
        place = at + 3 + (self.w(at + 3) in ("for", "in", "within", "over")) + (self.w(at + 4) == "the")
        place += self.w(place) in ("next", "coming")
        if before is None:
            return
        for end, length in words.duration(self.around, place):
            rows = next(rows for _, rows in self.rows(before, bare=True))
            yield (
                end,
                Line(
                    f"none({replace(rows, window=f'in next {length}').text})",
                    notes=("a window ahead is written as in `in next 30 days`",),
                ),
            )

    def _number_first(self, at: int) -> Iterator[tuple[int, Line]]:
        """`under 25% seat use`, `>= 75% seat_use`: the border before the value."""
        borders = [(at + 1, _SIGNS[self.w(at)])] if self.w(at) in _SIGNS else []
        if (said := words.border(self.around, at)) is not None:
            borders.append(said)
        for place, sign in borders:
            for end, number in words.number(self.around, place) if self.around.kind(place) != "number" else ():
                yield from self._of_number(end, number, sign)
            if self.around.kind(place) == "number":
                yield from self._of_number(place + 1, self.around.tokens[place].text, sign)

    def _of_number(self, at: int, number: str, sign: str) -> Iterator[tuple[int, Line]]:
        is_share = number.endswith("%")
        for end, noun in self.nouns(at + (self.w(at) in ("of", "in", *small.ARTICLES))):
            is_count = noun.text.startswith(("count(", "days", "any("))
            if (
                "number" in noun.kinds
                and noun.type is not None
                and not is_count
                and (is_share or sign == _SIGNS.get(self.w(at - 2)))
            ):
                yield end, Line(f"{noun.text} {sign} {number}", subject=noun)

    def _first_by(self, at: int) -> Iterator[tuple[int, Line]]:
        """`top 50 accounts by arr`, `the 20 largest accounts by arr per region`."""
        place = at + (self.w(at) == "the")
        leads = self.w(place) in (*_TOP, *_BOTTOM)
        for end, got in words.rank(self.around, place + leads):
            word, stop = (self.w(place), end) if leads else (self.w(end), end + 1)
            if word not in (*_TOP, *_BOTTOM):
                continue
            stop += self.w(stop) in small.SELF | {"users", "user"}
            if self.w(stop) not in ("by", "for", "on", "in") or "by" not in {self.w(stop), self.w(stop + 1)}:
                continue
            for last, noun in self.nouns(stop + 1 + (self.w(stop) != "by")):
                for final, group in self.group(last) if "number" in noun.kinds else ():
                    which = "top" if word in _TOP else "bottom"
                    yield (
                        final,
                        Line(f"{noun.text} in {which} {got['k']}{group['per']}", notes=("the largest are `in top …`",)),
                    )

    def _cumulative(self, at: int) -> Iterator[tuple[int, Line]]:
        """`cumulative arr up to 80%`, `cumulative share of arr below 80%`."""
        if self.w(at) not in ("cumulative", "cumulated", "running"):
            return
        place = at + 1
        while self.w(place) in ("share", "percentage", "percent", "%", "total", "sum", "of", "the"):
            place += 1
        for end, noun in self.nouns(place):
            stop = end + (self.w(end) in ("share", "is", "of"))
            for many, borders in ((1, _UP_TO_ONE), (2, _UP_TO_TWO), (0, {"": "<"})):
                said = " ".join(self.w(stop + i) for i in range(many))
                number = self.around.tokens[stop + many] if stop + many < len(self.around.tokens) else None
                if said in borders and number is not None and number.kind == "number" and number.text.endswith("%"):
                    note = "the largest first, added up, are asked with `cumulative_share(…)`"
                    yield (
                        stop + many + 1,
                        Line(f"cumulative_share({noun.text}) {borders[said]} {number.text}", notes=(note,)),
                    )

    def _in_weeks(self, at: int) -> Iterator[tuple[int, Line]]:
        """`every week for the last 6 weeks: logins above 10`, `ever had seat use below 20% in the past quarter`."""
        which = _OF_WEEKS.get(self.w(at))
        if which is None:
            return
        if self.w(at) == "ever":
            yield from self._once_in(at + 1)
            return
        unit = self.w(at + 1)
        if unit not in ("day", "week", "month"):
            return
        place = at + 2
        while self.w(place) in _BEFORE_WEEKS:
            place += 1
        for end, length in words.duration(self.around, place) if place > at + 2 else ():
            behind = end + (self.w(end) in (":", ","))
            for stop, line in self.clauses(behind) if length.split()[1].startswith(unit) else ():
                if " in last " not in line.text or "(" in line.text:
                    yield stop, Line(f"{which} {unit} for {length} ({line.text})", notes=("it is asked of each",))

    def _once_in(self, at: int) -> Iterator[tuple[int, Line]]:
        place = at
        while self.w(place) in ("been", "had", "was", "has", "dropped", "fallen", "gone"):
            place += 1
        for stop, line in self._number_first(place):
            behind = stop
            while self.w(behind) in _BEFORE_WEEKS:
                behind += 1
            whole = (
                [(behind + 1, "13 weeks")]
                if self.w(behind) == "quarter"
                else [(behind + 1, "52 weeks")]
                if self.w(behind) == "year"
                else []
            )
            for end, length in chain(whole, words.duration(self.around, behind)) if behind > stop else ():
                number, unit = length.split()
                weeks = {"week": 1, "month": 4, "day": 0}.get(unit.rstrip("s"), 0) * int(number)
                if unit.startswith("month"):
                    weeks = 13 * int(number) // 3
                if 0 < weeks <= _LONGEST_IN_WEEKS:
                    note = "what has been so on some day is asked week by week"
                    yield (
                        end,
                        replace(line, text=f"any week for {weeks} weeks ({line.text})", negated="", notes=(note,)),
                    )

    def _lasting_value(self, at: int) -> Iterator[tuple[int, Line]]:
        """`stage is onboarding since more than 45 days`: the latest row's value, for so long."""
        for end, noun in self.nouns(at):
            if not noun.text.startswith("last("):
                continue
            for stop, line in self.predicate(end, noun):
                if self.w(stop) not in ("since", "for") or " ago" in line.text or " in last " in line.text:
                    continue
                place = stop + 1
                if (border := words.border(self.around, place)) is not None and border[1] in (">", ">="):
                    place = border[0]
                for last, length in words.duration(self.around, place):
                    yield (
                        last,
                        replace(line, text=f"{line.text} for {length}", negated="", notes=("so long is `for …`",)),
                    )

    def _sharing(self, at: int) -> Iterator[tuple[int, Line]]:
        """`count(accounts with same csm) > 40`, `region count >= 10`, `at least 10 accounts in the same region`."""
        entity = self.scope.relation.name
        for noun, end in self._groups(at):
            count = Noun(f"count(all {entity} per {noun.text})", None)
            for stop, sign, number in self._border_behind(end):
                note = "customers with the same value are counted with `count(all ENTITY per FIELD)`"
                yield stop, Line(f"{count.text} {sign} {number}", notes=(note,))
        borders = [(at + 1, _SIGNS[self.w(at)])] if self.w(at) in _SIGNS else []
        borders += [b] if (b := words.border(self.around, at)) is not None else []
        for place, sign in borders:
            for end, number in words.number(self.around, place):
                for noun, stop in self._with_the_same(end):
                    yield stop, Line(f"count(all {entity} per {noun.text}) {sign} {number}")

    def _border_behind(self, at: int) -> Iterator[tuple[int, str, str]]:
        at += self.w(at) in ("is", "are")
        borders = [(at + 1, self.w(at))] if self.w(at) in (">", ">=", "<", "<=", "=") else []
        borders += [b] if (b := words.border(self.around, at)) is not None else []
        for place, sign in borders:
            for end, number in words.number(self.around, place):
                yield end, sign, number

    def _groups(self, at: int) -> Iterator[tuple[Noun, int]]:
        """How many customers have the same value of a field: the field, and where that ends."""
        if (self.w(at), self.w(at + 1)) == ("count", "(") and (close := self.around.closing(at + 1)) is not None:
            yield from ((noun, close + 1) for noun, end in self._with_the_same(at + 2) if end == close)
        if self.w(at) == "number" and self.w(at + 1) == "of":
            yield from self._with_the_same(at + 2)
        for end, noun in self.nouns(at):
            if noun.field is not None and "number" not in noun.kinds and self.w(end) in ("count", "size"):
                yield noun, end + 1

    def _with_the_same(self, at: int) -> Iterator[tuple[Noun, int]]:
        """`accounts with the same csm`, `accounts in its region`, `accounts that share its csm`."""
        if self.w(at) not in small.SELF:
            return
        place = at + 1 + (self.w(at + 1) in ("that", "which", "who"))
        if self.w(place) not in ("with", "in", "of", "from", "sharing", "share", "have", "having", "under"):
            return
        own = place + 1 + (self.w(place + 1) == "the")
        is_same = self.w(own) in ("same", "its", "their", "my") or self.w(place) in ("sharing", "share")
        own += self.w(own) in ("same", "its", "their", "my")
        for end, noun in self.nouns(own) if is_same else ():
            if noun.field is not None and "number" not in noun.kinds:
                yield noun, end


_UP_TO_ONE = {"<": "<", "<=": "<=", "≤": "<=", "below": "<", "under": "<", "within": "<", "until": "<"}
_UP_TO_TWO = {"up to": "<", "less than": "<", "at most": "<="}
