"""Reads a clause: SUBJECT PREDICATE, QUANTITY ROWS [VERB] [CONDITION] [TIME], or [never] VERB [TIME], by the vocabularies.

`ClauseReader.clauses` yields where a clause that begins at a token may end, with the line that it means. Each try is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.doings import DoingReader
from segdsl.phrasebook.english.line import ANY, Line, filled, has_field, negation, with_field
from segdsl.phrasebook.english.nouns import time_of
from segdsl.phrasebook.english.things import Noun, Rows, root
from segdsl.phrasebook.tokens import joined

_MORE = {
    "more": ">",
    "higher": ">",
    "greater": ">",
    "larger": ">",
    "less": "<",
    "fewer": "<",
    "lower": "<",
    "smaller": "<",
}
_SIGNS = {**{s: s for s in ("<", ">", "<=", ">=")}, "below": "<", "under": "<", "above": ">", "over": ">"}
_FACTORS = {"half": "0.5", "twice": "2", "double": "2", "triple": "3"}
_EVERY = ("all", "every", "each", "most")
_OPENING = ("if", "when", "where", "all", "only", "those", "any", "our", "the", "this")
_TEST_OF_TEXT = re.compile(r'(?:contains(?: word)?|starts with|ends with) (?:any of \([^()]*\)|"[^"]*")')
_ANY_CASE = re.compile(
    r"(?:, )?(?:\( )?(?:(?:in|with|written in|whether in|be it) )?(?:either )?"
    r"(?:(?:upper ?(?:case)?|lower ?(?:case)?|uppercase|lowercase|capitals|capital letters|caps|small letters|capitalised|capitalized)"
    r"(?: letters)? or (?:not|upper ?case|lower ?case|lowercase|uppercase|lower|capitals|small letters|small ones|capital letters)"
    r"|(?:regardless|irrespective|independent) of (?:the )?(?:case|capitals|capitalisation|capitalization|upper or lower case)"
    r"|(?:whatever|no matter) (?:the )?(?:case|capitals|capitalisation)|ignoring (?:the )?(?:case|capitals)"
    r"|(?:not )?case (?:- )?(?:insensitive|insensitively)|(?:any|whatever|whichever|upper and lower) case)(?: letters)?(?: \))?(?=$| )"
)
"""That capital and small letters are taken as the same."""
_LONG_AGO = re.compile(r"last\((?P<table>\w+)\.\w+\) < (?P<d>\d+ \w+) ago")
_AHEAD = re.compile(r" in next | from now\b| after today\b| in this calendar ")
_LABELS = {"someone", "done", "properties", "attributes"}
"""Words before the colon of a filter, as in `Properties about someone: plan is team`."""


@dataclass
class ClauseReader(DoingReader):
    """A reader of whole clauses."""

    def clauses(self, at: int, before: Noun | Rows | None = None) -> list[tuple[int, Line]]:
        """Where a clause may end, with what it means, longest first. `before` is what the clause before was about."""
        found = [pair for start in self._starts(at) for pair in self._of_all_kinds(start)]
        found += self._about_the_same(at, before)
        found += [(stop, text) for end, line in found for stop, text in self._ignoring_case(end, line)]
        found += [(stop, text) for end, line in found for stop, text in self._or_never(end, line)]
        good = [(end, line) for end, line in found if end > at and self._is_whole(at, end, line.text)]
        return sorted(good, key=lambda pair: -pair[0])

    def _ignoring_case(self, at: int, line: Line) -> Iterator[tuple[int, Line]]:
        """`…, upper or lower case`, `… in capitals or not`, behind a test of one text."""
        said = _ANY_CASE.match(" ".join(self.w(at + i) for i in range(8)))
        if said is not None and len(_TEST_OF_TEXT.findall(line.text)) == 1:
            text, negated = line.text, line.negated
            if "ignoring case" not in text:
                text, negated = (_TEST_OF_TEXT.sub(r"\g<0> ignoring case", t) for t in (text, negated))
            yield at + len(said[0].split()), replace(line, text=text, negated=negated)

    def _or_never(self, at: int, line: Line) -> Iterator[tuple[int, Line]]:
        """`last login was more than 30 days ago or never`: none since then."""
        if (self.w(at), self.w(at + 1)) != ("or", "never"):
            return
        end = at + 2 + (self.w(at + 2) in ("happened", "was", "had", "did"))
        note = ("also of those without any",)
        if self.w(end) not in small.ENDS:
            return
        if (newest := _LONG_AGO.fullmatch(line.text)) is not None:
            rows = f"{newest['table']} in last {newest['d']}"
            yield end, Line(f"none({rows})", f"any({rows})", note)
        elif re.fullmatch(r"none\(\w+ in last \d+ \w+(?: where [^()]*)?\)", line.text):
            yield end, replace(line, notes=note)

    def _starts(self, at: int) -> list[int]:
        """Where a clause may begin, behind words that say nothing: `all customers who`, `any account with`."""
        w, place = self.w, at
        while w(place) in _OPENING and w(place + 1) in small.SELF | {"the", "if", "when"}:
            place += 1
        if w(place) in ("if", "when") and place == at:
            place += 1
        colon = next((i for i in range(place, place + 6) if w(i) == ":"), None)
        if colon is not None and {w(i) for i in range(place, colon)} & _LABELS:
            place = colon + 1
        starts = [place]
        skip = place + (w(place) in ("the", "this", "an", "any"))
        if w(skip) in small.SELF or root(w(skip)) == root(self.scope.relation.name):
            starts.append(skip + 1)
            if w(skip + 1) in ("who", "that", "which", "with", "whose", "has", "have", "where"):
                starts.append(skip + 2)
        if w(place) in ("with", "whose", "having", "who", "that"):
            starts.append(place + 1)
        ahead = {start for start in starts if w(start) == "will"}
        return [start + (start in ahead) * (1 + (w(start + 1) == "have" and w(start + 2) == "had")) for start in starts]

    def _of_all_kinds(self, start: int) -> Iterator[tuple[int, Line]]:
        """The clauses that begin at a place, of each kind."""
        yield from self._nobody(start)
        yield from self.about(start)
        yield from ((end, line) for end, line, _ in self._some(start, ""))
        yield from self._compared_rows(start)
        for end, noun in self.nouns(start):
            yield from self.predicate(end, noun)
            yield from self._counted_within(end, noun)
            yield from self._changed_to(end, noun)
        for end, rows in self.rows(start):
            yield from self._of_rows(end, rows)
        yield from self._followed(start)
        yield from self._with_none_after(start)
        yield from self._against_before(start)
        yield from self._of_linked(start)
        yield from self._last_rows(start)
        yield from self._since(start)
        yield from self._ranked(start)
        yield from self._seen(start)
        yield from self.further(start)

    def _of_rows(self, at: int, rows: Rows) -> Iterator[tuple[int, Line]]:
        """What is said behind rows: of how many they are, of the latest of them, when they were, or what they come to."""
        count = Noun(f"count({rows.text})", ty.INTEGER)
        yield from ((end, line) for end, line in self.predicate(at, count) if end > at)
        if rows.latest:
            yield from self._latest(at, rows)
            return
        yield from ((end, line) for end, line in self._tail(at, rows, "any") if end > at)
        yield from ((end, line) for end, line, _ in self._said_of(at, rows, rows, ANY, {}) if end > at)
        yield from self._totalling(at, rows)

    def _about_the_same(self, at: int, before: Noun | Rows | None) -> Iterator[tuple[int, Line]]:
        """A clause without a subject, about that of the clause before."""
        if isinstance(before, Noun):
            is_bound = self.w(at + 1) == "than" or self.around.kind(at + 1) in ("number", "date")
            with_number = self.w(at - 1) == "or" and self.w(at) in small.BETTER and not is_bound  # `9 or higher`
            if not with_number:
                yield from self.predicate(at + (self.w(at) in ("it", "this", "that")), before)
                if self.w(at) in ("today", "now", "currently"):
                    yield from self.predicate(at + 1, before)
        if isinstance(before, Rows):
            yield from self._of_those(at, before)
            yield from self._itself(at, before)
            yield from self._in_another_window(at, before)

    def _in_another_window(self, at: int, before: Rows) -> Iterator[tuple[int, Line]]:
        """`tickets in the last week and not in the week before`, `and none booked for the next 30`, of the same unit."""
        rows, w = replace(before, window=""), self.w
        none = at + (w(at) in ("none", "nothing")) + 2 * ((w(at), w(at + 1)) in (("no", "more"), ("not", "any")))
        if none > at:
            none += w(none) in ("booked", "planned", "scheduled", "arranged", "coming", "set")
            none += w(none) == "up"
        starts = [] if before.counted else self.auxiliaries(at)
        for start, negated in [(none, True)] if none > at else starts:
            for end, timed in [*self._windowed(start, rows), *self._same_unit(start, rows, before.window)]:
                if timed.window:
                    line = Line(f"any({timed.text})", f"none({timed.text})", subject=timed)
                    yield end, line.not_ if negated else line

    def _same_unit(self, at: int, rows: Rows, window: str) -> Iterator[tuple[int, Rows]]:
        """`for the next 30`, behind a window in days: so many of them."""
        w, unit = self.w, re.search(r"\d+ (day|week|month|year)s?$", window)
        place = at + (w(at) in ("in", "for", "over", "within", "during"))
        place += w(place) == "the"
        way = {"next": "next", "coming": "next", "last": "last", "past": "last"}.get(w(place))
        for end, n in words.number(self.around, place + 1) if unit is not None and way is not None else ():
            if w(end) in small.ENDS and unit is not None:
                yield end, replace(rows, window=f"in {way} {n} {unit[1]}{'' if n == '1' else 's'}")

    def _is_whole(self, at: int, end: int, line: str) -> bool:
        """Whether a line says all that a clause from `at` to `end` does, and nothing else is behind it."""
        if self.w(end) not in small.ENDS or not line or "\f" in line:
            return False
        if any(self.w(i) == "will" for i in range(at, min(end, at + 4))) and not _AHEAD.search(line):
            return False  # nothing says until when
        is_any = line.startswith("any(") and "none(" not in line
        if is_any and self._lasts(at, end) and not _says_since_when(line):
            return False
        return " in last " not in line or not self._is_state_for(at, end)

    def further(self, at: int) -> Iterator[tuple[int, Line]]:
        """Clauses that other files of this room read."""
        yield from ()

    def _followed(self, at: int) -> Iterator[tuple[int, Line]]:
        """`a failed invoice was not followed by a paid one within 10 days`, `was followed within 10 days by a paid one`."""
        w = self.w
        for end, rows in self.rows(at + (w(at) in ("any", "some"))) if w(at) not in _EVERY else ():
            for place, negated in self.auxiliaries(end):
                if w(place) != "followed":
                    continue
                by = [(place + 1, "")]
                if w(place + 1) in ("within", "in"):
                    by = [(stop, f" within {d}") for stop, d in words.duration(self.around, place + 2)]
                for by_, soon in by:
                    if w(by_) != "by":
                        continue
                    for last, other in self._after(by_ + 1, rows):
                        yield from self._after_these(last, rows, other, soon, is_not=negated or w(by_ + 1) == "no")

    def _after_these(self, at: int, rows: Rows, other: Rows, soon: str, *, is_not: bool) -> Iterator[tuple[int, Line]]:
        """Rows with those that came after them, within what is said before or behind."""
        w, note = self.w, ("what came after is asked with `followed by`",)
        ends = [(at, soon)]
        if not soon and (w(at) == "within" or (w(at), w(at + 1)) == ("in", "the")):
            ends += [(stop, f" within {d}") for stop, d in words.duration(self.around, at + 1)]
        for stop, within in ends:
            line = f"{rows.text} {'not ' if is_not else ''}followed by {other.text}{within}"
            yield stop, Line(f"any({line})", f"none({line})", note)

    def _with_none_after(self, at: int) -> Iterator[tuple[int, Line]]:
        """`an urgent ticket with no meeting within 5 days after it`, `tickets that no meeting followed within 5 days`."""
        w, note = self.w, ("what came after is asked with `followed by`",)
        begin = at + (w(at) in ("they", "it")) if w(at + 1) in ("had", "have", "has", "got") else at
        begin += w(begin) in ("had", "have", "has", "got")
        is_none = w(begin) == "no"
        if w(begin) in _EVERY:
            return
        written = self._as_written(at)
        every = [(e, rows, rows.text) for e, rows in self.rows(begin + (is_none or w(begin) in ("any", "some")))]
        every += [(e, timed, timed.text) for end, rows, _ in every for e, timed in self._once_there(end, rows)]
        for end, rows, text in [written] if written is not None else every:
            place = end + (w(end) in ("with", "that", "which", "but", "and", "where"))
            place += w(place) in ("had", "have", "has", "there")
            place += w(place) in ("was", "were", "is")
            negated = w(place) in ("no", "without")
            if place == end and w(place) != "without":
                continue
            others = [*self._after(place + (w(place) == "without"), rows)]
            if (nobody := self._nobody_words(place)) is not None:
                negated, others = True, [*self._done_to_them(nobody)]
            for last, other in [*others, *((e, timed) for end, o in others for e, timed in self._once_there(end, o))]:
                for stop, within in self._within_after(last, rows):
                    line = f"{text} {'not ' if negated else ''}followed by {other.text}{within}"
                    asked = Line(f"any({line})", f"none({line})", note)
                    yield stop, asked.not_ if is_none else asked

    def _once_there(self, at: int, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """`was opened in the last 60 days`, `took place`, `came in during March`, behind rows: no more than that there were some."""
        for place, negated in self.auxiliaries(at):
            is_verb = self.w(place) in small.DID and self._verb_fits(self.w(place), rows) == rows
            if negated or not is_verb:
                continue
            end = place + 1 + (self.w(place + 1) in ("in", "place") and self.w(place) in ("came", "took"))
            yield from self._windowed(end, rows)

    def _as_written(self, at: int) -> tuple[int, Rows, str] | None:
        """`any(meetings in last 90 days)`, rows as they are written here: where they end, their table, and the text."""
        close = self.around.closing(at + 1) if (self.w(at), self.w(at + 1)) == ("any", "(") else None
        relation = self.scope.tables.get(self.w(at + 2))
        inside = [] if close is None else [*self.around.tokens[at + 2 : close]]
        if close is None or relation is None or any(t.lower in ("having", "followed") for t in inside):
            return None
        return close + 1, Rows(self.w(at + 2), relation), joined(inside).strip()

    def _nobody_words(self, at: int) -> int | None:
        """Where `nobody`, `no one`, `we never` end."""
        said = [self.w(at), self.w(at + 1)]
        length = next((len(n) for n in small.NOBODY if tuple(said[: len(n)]) == n and n[0] != "none"), 0)
        return at + length if length else at + 2 if said[0] in small.SELF and said[1] in ("never", "didn't") else None

    def _done_to_them(self, at: int) -> Iterator[tuple[int, Rows]]:
        """`met them`, `has logged in`: the rows of which a verb says that there are some."""
        at += self.w(at) in ("has", "have", "had", "ever")
        for length in (2, 1):
            verb = [self.w(at + i) for i in range(length)]
            named = self.scope.names.table(verb) if verb[0] not in small.STOPS else None
            if named is not None:
                end = at + length
                yield (
                    end + (self.w(end) in ("them", "it", "us", "anybody", "anyone")),
                    Rows(named, self.scope.tables[named]),
                )

    def _within_after(self, at: int, rows: Rows) -> Iterator[tuple[int, str]]:
        """`within 5 days after it`, `in the 5 days after that`, `followed within 5 days`, `following it`: behind other rows."""
        w = self.w
        followed = w(at) in ("followed", "following", "after", "afterwards", "came")
        place = at + followed + (w(at) == "came" and w(at + 1) == "after")
        place += w(place) in ("it", "that", "them", "these", "those")
        is_span = w(place) in ("within", "in") or (followed and w(place) == "for")
        start = place + is_span + (is_span and w(place + 1) == "the")
        if followed:
            yield place, ""
        for end, d in words.duration(self.around, start) if is_span else ():
            behind = w(end) in ("after", "afterwards", "thereafter", "following")
            stop = end + (behind or w(end) == "of")
            itself = stop + (w(stop) in ("it", "that", "them", "these", "those", "this", "the", "each"))
            named = next((e for e, r in self.rows(stop, bare=True) if r.table == rows.table and not r.where), itself)
            if followed or behind or (w(end) == "of" and named > stop):
                yield (named if stop > end else end), f" within {d}"

    def _after(self, at: int, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """Rows that come after others: `a paid invoice`, `a paid one`."""
        at += self.w(at) in ("a", "an", "any", "no", "another")
        yield from self.rows(at, bare=True)
        one = next((i for i in range(at + 1, at + 4) if self.w(i) in ("one", "ones")), None)
        if one is not None and (conditions := self.inside(rows.relation)._adjectives(at, one)) is not None:
            yield one + 1, Rows(rows.table, rows.relation, where=tuple(conditions))

    def _of_those(self, at: int, before: Rows) -> Iterator[tuple[int, Line]]:
        """`none of them is active`, `all of those are open`: of the rows of the clause before."""
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, None):
                place = got.end + (self.w(got.end) == "of")
                if self.w(place) in ("them", "those", "these", "which", "whom") and self.w(place - 1) == "of":
                    for end, line, _ in self._said_of(place + 1, before, before, entry, got.slots):
                        if end > place + 1:
                            yield end, line

    def _itself(self, at: int, before: Rows) -> Iterator[tuple[int, Line]]:
        """`and the account itself is not`, behind what is said of its children."""
        own, w = self.scope.relation, self.w
        place = at + (w(at) in small.ARTICLES)
        if (
            before.relation != own
            or not before.where
            or (root(w(place)) != root(own.name) and w(place) not in small.SELF)
        ):
            return
        place += 1 + (w(place + 1) in ("itself", "themselves"))
        for end, negated in self.auxiliaries(place):
            if end > place:
                yield end, Line(negation(before.having) if negated else before.having)

    def _in_a_row(self, at: int) -> Iterator[tuple[int, Line]]:
        """`two invoices in a row have failed`, `3 failed invoices in a row`: the latest."""
        w = self.w
        for start, n in words.number(self.around, at):
            start += w(start) in ("consecutive", "successive")
            for end, rows in self.rows(start):
                is_said = (w(end), w(end + 1), w(end + 2)) == ("in", "a", "row")
                stop = end + 3 if is_said else end + (w(end) in ("running", "consecutively"))
                if rows.window or rows.latest or (stop == end and w(start - 1) not in ("consecutive", "successive")):
                    continue
                found = [(stop, rows.having)] if rows.where else []
                found += [
                    (last, line.text)
                    for last, line in self._of_them(stop, rows)
                    if line.text and not line.text.startswith("\f") and not rows.where
                ]
                for last, line in found:
                    every = f"all(latest {n} {rows.table} having {line})"
                    notes = ("the newest rows are asked with `latest`",)
                    yield last, Line(f"count({rows.table}) >= {n} and {every}", notes=notes)

    def _changed_to(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """`stage changed to mature in the last 30 days`: rows of a table of changes."""
        w, named = self.w, re.fullmatch(r"last\((\w+)\.(\w+)\)", noun.text)
        if named is None or named[1] not in self.scope.tables:
            return
        rows = Rows(named[1], self.scope.tables[named[1]])
        for place, negated in self.auxiliaries(at):
            if w(place) in ("changed", "moved", "switched", "went", "became", "turned", "set"):
                start = place + 1 + (w(place + 1) in ("to", "into"))
                for end, value in self.value(start, noun) if start > place + 1 or w(place) == "became" else ():
                    for stop, timed in self._windowed(end, rows.also(f"{named[2]} = {value}")):
                        line = Line(f"any({timed.text})", f"none({timed.text})", (ANY.note,))
                        yield stop, line.not_ if negated else line

    def _counted_within(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """`number of logins >= 5 in last 30 days`: the window stands with the rows."""
        table = noun.text[len("count(") : -1] if noun.text.startswith("count(") else ""
        if table not in self.scope.tables:
            return
        for end, line in self.predicate(at, noun):
            for stop, timed in self._windowed(end, Rows(table, self.scope.tables[table])):
                if stop > end:
                    yield (
                        stop,
                        replace(
                            line, text=line.text.replace(noun.text, f"count({timed.text})"), negated="", subject=None
                        ),
                    )

    def _of_linked(self, at: int) -> Iterator[tuple[int, Line]]:
        """`the parent is on the enterprise plan`."""
        place = at + (self.w(at) in small.ARTICLES)
        if self.around.kind(place) != "word" or (linked := self.scope.linked(self.w(place))) is None:
            return
        place += 1 + (self.w(place + 1) in small.SELF)
        for end, line in self.inside(linked[1].relation).about(place):
            member = re.match(rf"{linked[1].relation.name} (?:not )?in \w[\w.]*$", line.text)
            if member is not None:  # `the parent is in vips`
                yield end, Line(f"{linked[0]}{line.text.removeprefix(linked[1].relation.name)}", notes=line.notes)
            elif "(" not in line.text and " and " not in line.text:
                put = re.sub(
                    r"(?<![\w.\"])([a-z_]\w*)(?=[\w ]*? (?:=|!=|<|>|in|is)\b| |$)",
                    rf"{linked[0]}.\1",
                    line.text,
                    count=1,
                )
                yield end, Line(put, notes=line.notes)

    def _nobody(self, at: int) -> Iterator[tuple[int, Line]]:
        w = self.w
        for nobody in small.NOBODY:
            if tuple(w(at + i) for i in range(len(nobody))) == nobody:
                has_people = any(r.kind == "entity" for r in self.scope.tables.values())
                if has_people and nobody[0] == "no" and nobody != ("no", "one"):
                    continue  # `no user with more than 5 logins`, of each user
                for end, line in self.about(at + len(nobody)):
                    if line.text.startswith("any(" if has_people else ("any(", "count(")):
                        yield end, line.not_
                for end, rows in self._done_to_them(at + len(nobody)):
                    if w(end - 1) in ("them", "it", "anybody", "anyone"):  # `nobody met them this month`
                        for stop, timed in self._windowed(end, rows):
                            yield stop, Line(f"none({timed.text})", f"any({timed.text})")

    def _totalling(self, at: int, rows: Rows) -> Iterator[tuple[int, Line]]:
        """`invoices totalling more than 10,000 in the last 12 months`."""
        w = self.w
        place = at + {
            ("totalling", ""): 1,
            ("totaling", ""): 1,
            ("worth", ""): 1,
            ("summing", "to"): 2,
            ("adding", "up"): 3,
            ("add", "up"): 3,
            ("come", "to"): 2,
            ("amount", "to"): 2,
            ("sum", "to"): 2,
        }.get((w(at), w(at + 1)), 0)
        place = at + 1 if w(at) in ("totalling", "totaling", "total") else place
        amount = self.inside(rows.relation).scope.amount
        if place == at or amount is None or self.inside(rows.relation).scope.nouns([w(at)]):
            return  # or `total` is a field of theirs
        marker = replace(amount, text="\v")
        for end, line in self.predicate(place, marker):
            for stop, timed in self._windowed(end, rows):
                yield stop, Line(line.text.replace("\v", timed.of("sum", amount.text)))

    def _latest(self, at: int, rows: Rows) -> Iterator[tuple[int, Line]]:
        """`the last two invoices failed`, `the last 3 invoices were all paid`."""
        note = ("all rows are asked with `all(ROWS having …)`",)
        both = ("both are there only where two are counted: `all(…)` is true of a customer with one, or none",)
        if rows.where:
            yield at, Line(f"all({rows.head} having {rows.having})", notes=note)
            return
        for end, line in self._of_them(at, rows):
            if line.text and not line.text.startswith("\f"):
                if "both" in (self.w(i) for i in range(at, end)) and rows.latest == "2":
                    yield end, Line(f"count({rows.head} having {line.text}) = 2", notes=both)
                else:
                    yield end, Line(f"all({rows.head} having {line.text})", notes=note)

    def _last_rows(self, at: int) -> Iterator[tuple[int, Line]]:
        """`the last invoice failed`, `the latest ticket is urgent`, `the last meeting was with an exec`."""
        w = self.w
        place = at + (w(at) in small.ARTICLES)
        if (which := self._last_word(place)) is None or words.begins_with_number(self.around, which[0]):
            return
        for end, rows in self.rows(which[0], bare=True):
            inner = self.inside(rows.relation)
            for stop, line in [*inner.about(end), *inner.of_row(end), *self._aux_of_row(inner, end)]:
                fields = [f for f in (*rows.relation.fields, rows.relation.at or "") if f and has_field(line.text, f)]
                named = next(iter(fields), None)
                if len({*fields}) > 1:
                    if which[1] == "last":
                        asked = replace(rows, latest="1", where=()).text
                        notes = ("the newest row is `latest 1`",)
                        yield stop, Line(f"any({asked} having {line.text})", notes=notes)
                elif named is not None:
                    put = with_field(line.text, named, rows.of(which[1], named))
                    negated = with_field(line.negated, named, rows.of(which[1], named))
                    notes = ("a field of the last row is `last(TABLE.FIELD)`",)
                    yield stop, Line(put, negated, notes)

    def _aux_of_row(self, inner: ClauseReader, at: int) -> Iterator[tuple[int, Line]]:
        for place, negated in self.auxiliaries(at)[1:]:
            for end, line in inner.of_row(place):
                yield end, line.not_ if negated else line
            for end, noun in inner._named(place + (self.w(place) in small.SPOKEN)):
                if noun.field is not None:
                    for stop, line in inner.predicate(end, noun):
                        yield stop, line.not_ if negated else line

    def _since(self, at: int) -> Iterator[tuple[int, Line]]:
        """`more than 30 days since the last login`, `it has been more than 30 days since …`, `last logged in 60 days ago`."""
        w = self.w
        place = at
        while w(place) in ("it", "has", "have", "been", "is", "'", "s", "there", "are", "were", "lie"):
            place += 1
        if (border := words.border(self.around, place)) is not None:
            yield from self._so_long_since(*border)
        if w(at) == "last":
            verb = at + 1
            verb += w(verb) in ("did", "performed", "seen", "had")
            for length in (2, 1):
                table = (
                    self.scope.names.table([w(i) for i in range(verb, verb + length)])
                    if self.scope.is_entity and w(verb) not in small.STOPS
                    else None
                )
                if table is not None and (time := self.scope.tables[table].at):
                    noun = Noun(f"last({table}.{time})", ty.TIMESTAMP, row_time=Rows(table, self.scope.tables[table]))
                    yield from self.when(verb + length, noun)

    def _so_long_since(self, at: int, op: str) -> Iterator[tuple[int, Line]]:
        """`30 days since the last login`, `400 days between two days`, behind `more than`."""
        for end, d in words.duration(self.around, at):
            yield from self._so_far_apart(end, op, d)
            if self.w(end) not in ("since", "until", "before", "to"):
                continue
            for stop, noun in self.nouns(end + 1):
                if "time" in noun.kinds and noun.type is not None:
                    n, unit = d.split()
                    word = "since" if self.w(end) == "since" else "until"
                    text = f"{unit.rstrip('s')}s {word} {noun.text} {op} {n}"
                    yield stop, Line(text, notes=("the last row's time is `last(TABLE.TIME)`",))

    def _so_far_apart(self, at: int, op: str, d: str) -> Iterator[tuple[int, Line]]:
        """`between last_renewal_date and renewal_date`, behind `more than 400 days`: the second lies so long after the first."""
        place = at + (self.w(at) in ("passed", "elapsed", "lie", "lies", "pass", "apart"))
        join = {"between": "and", "from": "to"}.get(self.w(place))
        for end, first in self._days_by_name(place + 1) if join else ():
            for stop, second in self._days_by_name(end + 1) if self.w(end) == join else ():
                n, unit = d.split()
                is_days = unit.rstrip("s") == "day"
                days = f"days from {first.text} to {second.text} {op} {n}"
                notes = ("the days between two days are `days from … to …`",) if is_days else ()
                yield stop, Line(days if is_days else f"{second.text} {op} {d} after {first.text}", notes=notes)

    def _days_by_name(self, at: int) -> Iterator[tuple[int, Noun]]:
        yield from ((end, noun) for end, noun in self.nouns(at) if "time" in noun.kinds and noun.type is not None)

    def _seen(self, at: int) -> Iterator[tuple[int, Line]]:
        """`last seen more than 30 days ago`: by the one table of visits."""
        if (self.w(at), self.w(at + 1)) not in (("last", "seen"), ("last", "active")) or not self.scope.is_entity:
            return
        if self.scope.nouns(["last", "seen"]):
            return
        named = self.scope.table(["logins"])
        if named is not None and (time := self.scope.tables[named[0]].at):
            rows = Rows(named[0], self.scope.tables[named[0]])
            noun = Noun(f"last({named[0]}.{time})", ty.TIMESTAMP, row_time=rows)
            yield from self.when(at + 2, noun)

    def _ranked(self, at: int) -> Iterator[tuple[int, Line]]:
        """`is among the 20 largest by arr`."""
        w = self.w
        place = next((p for p, _ in reversed(self.auxiliaries(at))), at)
        if w(place) not in ("among", "in", "one", "within"):
            return
        place += 1 + (w(place + 1) == "of")
        place += w(place) in small.ARTICLES
        lead = w(place) in ("top", "bottom", "first")
        for end, got in words.rank(self.around, place + lead):
            word = w(place) if lead else w(end)
            stop = end if lead else end + 1
            which = (
                "top"
                if word in ("top", "first", "largest", "biggest", "highest", "best")
                else "bottom"
                if word in ("bottom", "smallest", "lowest", "worst")
                else ""
            )
            stop += w(stop) in small.SELF
            if which and w(stop) in ("by", "in", "of"):
                for last, noun in self.nouns(stop + 1):
                    if "number" in noun.kinds:
                        for final, group in self.group(last):
                            yield (
                                final,
                                Line(
                                    f"{noun.text} in {which} {got['k']}{group['per']}",
                                    notes=("the largest are `in top …`",),
                                ),
                            )

    def in_window(self, rows: Rows, window: str) -> Rows:
        """Rows with the window of those beside them; orders without a time of rows by the day on which they were ordered."""
        if rows.relation.at or not window.startswith("in "):
            return replace(rows, window=window)  # which is refused where they have none
        days = [n.text for n in self.inside(rows.relation).scope.of_kind("time")]
        own = [d for d in days if root(d.split("_")[0]) == root(rows.relation.name)]
        return rows.also(f"{own[0]} {window}") if len(own) == 1 else replace(rows, window=window)

    def _compared_rows(self, at: int) -> Iterator[tuple[int, Line]]:
        """`more tickets than users`, `fewer logins in the last 30 days than in the 30 days before`, `twice as many tickets as users`."""
        w = self.w
        ops = {"more": ">", "fewer": "<", "less": "<"}
        at += w(at) in small.DID and w(at + 1) in (*ops, "twice", "half", "as")  # `opened more tickets than …`
        factor, place, op = "", at, ops.get(w(at), "")
        if op:
            place += 1
            yield from self._compared_figures(place, op)
        elif (many := self._as_many(at)) is not None:
            place, op, factor = many
        else:
            return
        for end, rows in self.rows(place):
            if w(end) not in ("than", "as"):
                continue
            for stop, noun in self.nouns(end + 1):
                if "number" in noun.kinds and noun.type is not None:
                    yield (
                        stop,
                        Line(
                            f"count({rows.text}) {op} {factor}{noun.text}", notes=("rows are counted with `count(…)`",)
                        ),
                    )
            for stop, other in self.rows(end + 1):
                if other.head.split()[0] == rows.table and other.where == rows.where and not rows.window:
                    continue  # of the same rows: see below
                is_shared = other.window and not rows.window and not rows.latest
                asked = self.in_window(rows, other.window) if is_shared and self.choose(2) == 0 else rows
                yield (
                    stop,
                    Line(
                        f"count({asked.text}) {op} {factor}count({other.text})",
                        notes=("rows are counted with `count(…)`",),
                    ),
                )
            for stop, window in self._window_before(end + 1, rows):
                own = rows.window or re.sub("^in last calendar", "in this calendar", window)
                if own != window:  # else nothing says which rows are compared with these
                    counted = f"count({replace(rows, window=own).text})"
                    text = f"{counted} {op} {factor}count({replace(rows, window=window).text})"
                    yield stop, Line(text, notes=("rows are counted with `count(…)`",))

    def _compared_figures(self, at: int, op: str) -> Iterator[tuple[int, Line]]:
        """`active users than seats purchased`, behind `more`, of numbers that customers have."""
        for end, noun in self._named(at):
            if "number" not in noun.kinds or noun.type is None or noun.row_time is not None or self.w(end) != "than":
                continue
            for stop, other in self.nouns(end + 1):
                if "number" in other.kinds and other.type is not None and other.text != noun.text:
                    yield stop, Line(f"{noun.text} {op} {other.text}", subject=noun)
            yield from ((stop, Line(f"{noun.text} {op} count({r.text})")) for stop, r in self.rows(end + 1))

    def _as_many(self, at: int) -> tuple[int, str, str] | None:
        """`as many`, `twice as many`, `at least three times as many`: where it ends, the comparison, and the factor."""
        w, place, op = self.w, at, ""
        if (border := words.border(self.around, at)) is not None:
            place, op = border
        size = {"twice": "2", "double": "2", "half": "0.5", "thrice": "3"}.get(w(place), "")
        end = place + bool(size)
        for stop, n in words.number(self.around, place) if not size else ():
            if w(stop) in ("times", "x"):
                end, size = stop + 1, n
        if w(end) != "as" or w(end + 1) not in ("many", "much"):
            return None
        op = op or ("=" if not size else "<=" if size == "0.5" else ">=")
        return end + 2, op, f"{size} * " if size else ""

    def _against_before(self, at: int) -> Iterator[tuple[int, Line]]:
        """Rows of one window against a share of those of the window before.

        `logins in the last 7 days are less than half of those in the 7 days before that`,
        `fewer than half as many logins in the last 7 days as in the 7 days before`.
        """
        w = self.w
        begin = at + 2 * ((w(at), w(at + 1)) in (("number", "of"), ("count", "of")))
        for end, rows in self.rows(begin):
            for place, negated in self.auxiliaries(end):
                for stop, op, factor in self._compared_with(place):
                    for last, other in self._of_those_before(stop, rows):
                        if (line := self._against(rows, op, factor, last, other)) is not None:
                            yield line[0], line[1].not_ if negated else line[1]
        shares = [
            (s + 2, op, f) for s, op, f in self._compared_with(at) if w(s) == "as" and w(s + 1) in ("many", "much")
        ]
        whole = self._as_many(at)
        for stop, op, factor in shares if whole is None else [whole]:
            for end, rows in self.rows(stop):
                for last, other in self._of_those_before(end + 1, rows) if w(end) in ("as", "than") else ():
                    if (line := self._against(rows, op, factor, last, other)) is not None:
                        yield line

    def _against(self, rows: Rows, op: str, factor: str, at: int, other: Rows) -> tuple[int, Line] | None:
        """Rows against those of the window that begins at a place, and where that ends."""
        if rows.latest or not rows.window.startswith("in last "):
            return None
        for end, window in self._window_before(at, rows):
            if window.startswith("from "):
                before = f"{factor}count({replace(other, window=window).text})"
                return end, Line(f"count({rows.text}) {op} {before}", notes=("rows are counted with `count(…)`",))
        return None

    def _compared_with(self, at: int) -> Iterator[tuple[int, str, str]]:
        """`less than half of`, `below 60% of`, `at least twice`: where it ends, the comparison, and the factor."""
        w, around = self.w, self.around
        at += w(at) in ("now", "at") and w(at + 1) not in ("least", "most")
        border = words.border(around, at)
        if border is None and w(at + 1) == "than" and w(at) in _MORE:
            border = (at + 2, _MORE[w(at)])
        if border is None and w(at) in _SIGNS:
            border = (at + 1, _SIGNS[w(at)])
        if border is None:
            return
        place, op = border
        place += w(place) in ("the", "only")
        found = [(place, "")]
        if w(place) in _FACTORS:
            found = [(place + 1, f"{_FACTORS[w(place)]} * ")]
        elif around.kind(place) == "number" and w(place + 1) in ("times", "x"):
            found = [(place + 2, f"{around.tokens[place].text} * ")]
        else:
            found += [(end, f"{'0.5' if p == '50%' else p} * ") for end, p in words.share(around, place)]
        for end, factor in found:
            yield end, op, factor

    def _of_those_before(self, at: int, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """The same rows once more: by their noun, as `those` or `that`, or not at all."""
        w = self.w
        place = at
        while w(place) in ("of", "the", "as", "many", "number", "count", "what", "they", "it", "were", "was"):
            place += 1
        if w(place) in ("those", "that", "these", "ones"):
            yield place + 1, replace(rows, window="")
            return
        is_window = w(place) in ("in", "during", "over", "from", "previous", "preceding", "prior")
        if is_window or self.around.kind(place) == "number":
            yield (at if w(at) == "the" else place), replace(rows, window="")
        for end, other in self.rows(place, bare=True):
            if other.table == rows.table and not other.latest:
                yield end, other

    def _window_before(self, at: int, rows: Rows) -> Iterator[tuple[int, str]]:
        """A window of the same rows: `last week`, `in the 30 days before`."""
        for end, slots, entry in self.time(at, time_of(rows)):
            if "rows" in entry.to and not (
                entry.to["rows"].startswith("in last {d}") and rows.window.startswith("in last ")
            ):
                yield end, filled(entry.to["rows"], slots)
        place = at
        while self.w(place) in ("in", "over", "during", "the", "previous", "preceding", "prior"):
            place += 1
        said = re.fullmatch(r"in last (\d+) (\w+)", rows.window)
        for end, d in words.duration(self.around, place):
            length = re.fullmatch(r"(\d+) (\w+)", d)
            earlier = self.w(end) in ("before", "earlier", "prior") or self.w(place - 1) in (
                "previous",
                "preceding",
                "prior",
            )
            if said and length and earlier and said[2].rstrip("s") == length[2].rstrip("s"):
                stop = end + (self.w(end) in ("before", "earlier", "prior"))
                yield (
                    stop + (stop > end and self.w(stop) in ("that", "those", "them", "it", "then", "this")),
                    f"from {int(said[1]) + int(length[1])} {length[2].rstrip('s')}s ago until {said[1]} {said[2]} ago",
                )


def _says_since_when(line: str) -> bool:
    """Whether rows are asked when something of them began: `opened_at < 3 days ago`."""
    return re.search(r" <=? \d+ \w+ (?:ago|before today)", line) is not None
