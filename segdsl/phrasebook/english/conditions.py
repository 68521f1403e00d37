"""Reads a condition of English clauses joined by and, or, but, nor and commas: each clause that is read, as it should be written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, pairwise

from segdsl.diagnostics import Source
from segdsl.lang import tree
from segdsl.lang.parse import parse_expression
from segdsl.lang.reserved import AGGREGATES, RESERVED
from segdsl.model import types as ty
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.line import Line, negation, opposite, so_many_of
from segdsl.phrasebook.english.reader import Shared
from segdsl.phrasebook.english.several import Reader
from segdsl.phrasebook.english.slots import border as border_of
from segdsl.phrasebook.english.slots import duration, number
from segdsl.phrasebook.english.small_words import ENDS
from segdsl.phrasebook.english.things import Noun, Rows, Scope, value_of
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import Around, Tries
from segdsl.phrasebook.tokens import Token, joined
from segdsl.phrasebook.vocabulary import entries

LONGEST = 400  # tokens of one condition
DEEPEST = 6  # brackets
_JOINS = {
    "and": "and",
    "or": "or",
    ",": ",",
    ";": "and",
    "but": "and",
    "nor": "and not",
    "while": "and",
    "whereas": "and",
    "although": "and",
    "though": "and",
    "plus": "and",
    "unless": "and not",
    "except": "and not",
    "with": "and",
    "who": "and",
    "whose": "and",
    "which": "and",
    "that": "and",
    "without": "and",
    "&": "and",
}
_MORE_JOINS = {
    "and", "or", "but", "if", "when", "where", "also", "that", "then", "plus", "though", "although", "whereas", "while",
}  # fmt: skip
"""May stand behind a word that joins."""
_WHEN = ("if", "when", "where")
_JOINTS: dict[tuple[str, ...], str] = {
    ("unless",): "and not",
    **{("except", word): "and not" for word in _WHEN},
    **{("not", word): "and not" for word in _WHEN},
    **{("only", word): "and" for word in (*_WHEN, "those", "ones")},
    ("only", "the", "ones"): "and",
    ("provided",): "and",
    ("provided", "that"): "and",
    ("as", "long", "as"): "and",
    ("so", "long", "as"): "and",
    ("on", "condition", "that"): "and",
    ("on", "the", "condition", "that"): "and",
}
"""Between two halves of a condition, each of which may be several conditions."""
_FIRST_ONES = {"largest", "biggest", "highest", "top", "best"}
_AT_MOST = (
    ("only",),
    ("just",),
    ("limited", "to"),
    ("at", "most"),
    ("no", "more", "than"),
    ("up", "to"),
    ("capped", "at"),
    ("max",),
)
_SAME_ROWS = re.compile(r"\b\w+\((?P<table>\w+)\.\w+ (?P<window>in (?:last|this|next) [\w ]+?)(?= where|\))")
_PAIRED_JOINS = {("or", "else"), ("or", "otherwise"), ("or", "alternatively")}
_STOPS = ("and", "or", ",", ";", "but", "nor", "unless", "except", "while", "whereas", "although", "though", "even")
"""Where a clause ends that is written as it should be."""
_BEFORE_BRACKETS = {"not", "and", "or", "in", "when", "where", "having", "if", "then", "else", "between"}
_LENGTH = re.compile(r"\b\d+ (?:day|week|month|year|hour)s?\b")
_NUMBER = re.compile(r"(?<![\w.\"])\d[\d_.]*%?(?![\w\"])")
_OF_THESE = re.compile(
    r"of (?:(?:these|those|the following|the next)(?: (?:two|three|four|five|six|\d))?|the (?:two|three|four|five|six|\d))"
    r"(?: (?:conditions|signs|criteria|things|points|statements|facts))?"
    r"(?: (?:hold|holds|are true|is true|apply|applies|are met))? :(?= |$)"
)
_BETTER = {"higher", "better", "above", "lower", "worse", "below", "up", "least", "most", "over", "under"}
_BESIDE_TEXTS = {"and", "or", ",", "(", ")", "any", "of", "but", "ignoring", "case"}
"""May stand between a test and the texts that it is of."""
_KEPT = {"with", "who", "whose", "which", "that", "without"}
"""Words that join and belong to the clause behind them."""
_PHRASES = """
    of last next this since before until from to ago after days day weeks week months month years year hours hour minutes calendar
    fiscal quarter contains starts ends with word pattern matches any all none top bottom per by ignoring case spaces latest weekday
    start followed within as for every business under otherwise floor zone
"""
WORDS_HERE = {*RESERVED, *AGGREGATES, *_PHRASES.split()}
"""Words of the language in conditions."""


LENGTHS = {"day", "week", "month", "year", "hour", "minute"}
_WINDOW = r"in (?:the )?(?:last|past|next) \d+ (?:day|week|month|year|hour)s?"
_SIGN = re.compile(r" (?:[<>!]?=|[<>]|(?:not )?in|is|has|contains|starts|ends)(?= )")
_BEFORE = {"was", "were", "used", "previously", "formerly", "once", "earlier"}
_NOW = {"is", "are", "now", "currently", "today", "nowadays"}
_THEN_AND_NOW = "what it was on another day is `(VALUE as of 90 days ago)`: say since when it has changed"


@dataclass(frozen=True, slots=True)
class Edit:
    """The tokens from `start` to `end`, and what they should be; the same text where a sentence alone is said of them."""

    start: int
    end: int
    text: str
    note: str
    is_sentence: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Answer:
    """The edits of a reading; `is_open` says that there is a second."""

    edits: tuple[Edit, ...]
    is_open: bool


def read(tokens: Sequence[Token], names: Names, tries: Tries, choice: int = 0) -> Answer:
    """Reads a condition. Raises `TooMuch` where the tries run out."""
    reader = reader_of(tokens, names, tries, choice)
    if reader is None:
        return Answer((), False)
    edits = tuple(Condition(reader, names).edits(0, len(tokens), 0))
    return Answer(edits, reader.is_open)


def reader_of(tokens: Sequence[Token], names: Names, tries: Tries, choice: int) -> Reader | None:
    """A reader of clauses for a text; None for one that isn't read as English."""
    schema = names.schema
    if schema is None or names.entity not in schema.relations or len(tokens) > LONGEST:
        return None
    if any(tokens[i].text == "," and _is_decimal(tokens, i) for i in range(1, len(tokens) - 1)):
        return None  # `0,9` is a number first
    return Reader(Around(tuple(tokens), names, tries), Scope(names, schema.relations[names.entity]), choice)


def _is_decimal(tokens: Sequence[Token], i: int) -> bool:
    before, after = tokens[i - 1], tokens[i + 1]
    return before.kind == after.kind == "number" and not tokens[i].gap and not after.gap


def _settled(kinds: Sequence[str]) -> list[str]:
    """Commas as what the next word that joins is."""
    following, settled = "and", list[str]()
    for kind in reversed(kinds):
        following = kind if kind in ("and", "or") else following
        settled.append(following if kind == "," else kind)
    return settled[::-1]


_SAME = "the same"
"""What a single word is said of that isn't read by itself: the field of the clause before."""


def _node(text: str) -> tree.Expr | None:
    return parse_expression(Source("clause", text))[0]


def _is_either(text: str) -> bool:
    return isinstance(_node(text), tree.Or)


def _is_several(text: str) -> bool:
    return isinstance(_node(text), tree.And | tree.Or)


def _bracketed(text: str) -> str:
    return f"({text})" if _is_either(text) else text


def _in_same_window(line: str, behind: str) -> str:
    """A number of rows with the window of a figure of the same rows before it: `average … in last 6 months …, unless fewer than 3`."""
    said = _SAME_ROWS.search(line)
    return (
        ""
        if said is None
        else re.sub(rf"\bcount\({said['table']}(?= where|\))", lambda m: f"{m[0]} {said['window']}", behind)
    )


def _of_value(line: str) -> str:
    """The field that a line compares with a text."""
    said = re.fullmatch(r'([\w.]+) = "[^"]*"', line)
    return said[1] if said is not None else ""


def _of_one_value(subjects: Sequence[str], joins: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The joins, where an `or` behind commas stands between two values of one field alone: `tier gold, plan team or business`."""
    settled = list(joins)
    for i in range(len(joins) - 1, 0, -1):
        commas = next((n for n in range(i) if all(kind == "," for *_, kind in joins[n:i])), i)
        is_of_one = bool(subjects[i]) and subjects[i + 1] in (subjects[i], _SAME)
        if joins[i][2] == "or" and commas < i and is_of_one and all(s != subjects[i] for s in subjects[commas:i]):
            settled[commas:i] = [(start, stop, "and") for start, stop, _ in joins[commas:i]]
    return settled


@dataclass
class Condition:
    reader: Reader
    names: Names
    lines: dict[int, Line] = field(default_factory=dict)
    """What the clauses mean that were read, by where they begin."""
    shared: dict[int, bool] = field(default_factory=dict)
    """Where clauses begin that share the negation before them, and whether that is one of the whole predicate."""

    def edits(self, at: int, end: int, depth: int, before: Noun | Rows | None = None) -> Iterator[Edit]:
        if (halves := self._halves(at, end, depth, before)) is not None:
            yield halves
            return
        joins, found = list[tuple[int, int, str]](), list[tuple[int, int, str, str]]()
        first = at
        edits = list[Edit]()
        while at < end:
            paired = self._paired(at, end, alone=at == first)
            if found and self._is_of_unread_rows(found[-1], at):
                stop, edit, about = self._verbatim_end(at, end), list[Edit](), None
            else:
                stop, edit, about = paired or self._clause(at, end, depth, before)
            before = about or before
            edits += edit
            said = (
                edit[0].text
                if len(edit) == 1 and (edit[0].start, edit[0].end) == (at, stop)
                else joined(self._plain(at, stop))
            )
            known = not edit or not any(e.is_sentence for e in edit)
            found.append(
                (
                    at,
                    stop,
                    said if known and (edit or self.is_right(at, stop)) else "",
                    about.text if isinstance(about, Noun) else "",
                )
            )
            if stop >= end:
                break
            if (
                [self.reader.w(stop + i) for i in range(4)] == ["but", "not", "both", ""]
                and len(found) == 2
                and joins[0][2] == "or"
                and all(f[2] for f in found)
            ):
                (_, _, a, _), (_, _, b, _) = found
                line = f"(({a}) and not ({b})) or (not ({a}) and ({b}))"
                yield Edit(first, end, line, "one of two and not both")
                return
            joined_to, kind = self._join(stop, end)
            if joined_to >= end:
                break  # nothing follows
            joins.append((stop, joined_to, kind))
            at = max(joined_to, at + 1)
        if self._says_then_and_now(found):
            yield Edit(first, end, "", _THEN_AND_NOW, is_sentence=True)
            return
        if len(found) == len(joins) + 1:
            joins = _of_one_value(
                [_of_value(f[2]) or f[3] or ("" if f[2] or f[1] - f[0] > 1 else _SAME) for f in found], joins
            )
            edits, joins = self._together([f[:2] for f in found], joins, edits)
        yield from edits
        changed = list(self._joins(joins)) if not self._is_list_left_out(first, joins) else []
        yield from changed
        if len(found) == len(joins) + 1 and all(f[2] for f in found):
            yield from self._brackets(found, joins)

    def _halves(self, at: int, end: int, depth: int, before: Noun | Rows | None) -> Edit | None:
        """`A or B, but only if C`, `A unless B and C`, `A, but only the 10 largest per csm`: each half by itself."""
        limited = next(((p, n) for p in range(at + 1, end) if (n := self._limit(p, end)) is not None), None)
        if limited is not None:
            left = self._half(at, limited[0], depth, before)
            line = None if left is None else self._with_limit(left, *limited[1])
            return None if line is None else Edit(at, end, line, "`limit N by X` takes those with the largest X")
        joints = list(self._joints_in(at, end))
        left = self._half(at, joints[0][0], depth, before) if joints else None
        if left is None:
            return None
        left = _bracketed(left)
        parts = [left]
        for (_, start, kind), (stop, *_) in zip(joints, [*joints[1:], (end, end, "")]):
            text = self._half(start, stop, depth, None)
            if text is None:
                return None
            if (timed := _in_same_window(left, text)) not in ("", text) and self.reader.choose(2) == 0:
                text = timed
            if kind == "and not" and _is_several(text):
                is_list = any(self.reader.w(i) == "," for i in range(start, stop))
                if self.reader.choose(2) != is_list:
                    return None
            parts.append(f"and {opposite(text) or negation(text)}" if kind == "and not" else f"and {_bracketed(text)}")
        note = (
            "“unless …” is `and not (…)`" if any(k == "and not" for *_, k in joints) else "both halves have to be true"
        )
        return Edit(at, end, " ".join(parts), note)

    def _half(self, at: int, end: int, depth: int, before: Noun | Rows | None) -> str | None:
        """A half as it should be written, read as if nothing stood behind it; None where it isn't read."""
        around = replace(self.reader.around, tokens=self.reader.around.tokens[:end])
        own = Condition(replace(self.reader, around=around, shared=Shared()), self.names)
        edits = list(own.edits(at, end, depth, before))
        self.reader.shared.is_open = self.reader.is_open or own.reader.is_open
        if any(e.is_sentence for e in edits):
            return None
        text = joined([*edited(around.tokens, edits, at, end)]).strip()
        node, wrong = parse_expression(Source("clause", text))
        return text if node is not None and not wrong and (edits or self.is_right(at, end)) else None

    def _joints_in(self, at: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Where halves end, where the next begin, and how they are joined; behind one of them, each `except` begins another."""
        place, w, any_before = at + 1, self.reader.w, False
        while place < end:
            if w(place) in ("(", "{", "["):
                place = (self.reader.around.closing(place) or place) + 1
            elif (joint := self._joint(place, any_before)) is not None:
                yield place, *joint
                place, any_before = max(joint[0], place + 1), True
            else:
                place += 1

    def _joint(self, at: int, any_before: bool) -> tuple[int, str] | None:
        w = self.reader.w
        place = at + (w(at) == ",")
        place += w(place) in ("and", "but")
        for said in sorted(_JOINTS, key=len, reverse=True):
            if all(w(place + i) == word for i, word in enumerate(said)) and (said[0] != "not" or place > at):
                return place + len(said), _JOINTS[said]
        if any_before and w(place) == "except":
            return place + 1 + (w(place + 1) in ("those", "for", "with")), "and not"
        return None

    def _limit(self, at: int, end: int) -> tuple[str, str, str, bool] | None:
        """`, but only the 10 largest per csm`: how many, by which value, per what, and whether it says the largest."""
        reader, w = self.reader, self.reader.w
        start = at + (w(at) == ",")
        start += w(start) in ("and", "but")
        said = next((s for s in _AT_MOST if all(w(start + i) == word for i, word in enumerate(s))), ())
        place = start + len(said)
        place += w(place) == "the"
        is_first = w(place) in _FIRST_ONES
        place += is_first
        if start == at or end < len(reader.around.tokens) or not w(place).isdigit():
            return None
        count, place = w(place), place + 1
        is_first = is_first or w(place) in _FIRST_ONES
        place += w(place) in _FIRST_ONES
        place += w(place) in small.SELF
        by = per = ""
        while place < end:
            is_per = w(place) == "per" or (
                w(place) in ("for", "in", "of") and w(place + 1) in ("each", "every", "their")
            )
            if not is_per and w(place) not in ("by", "with"):
                return None
            start = place + 1 + (w(place + 1) in ("the", "each", "every", "their"))
            start += not is_per and w(start) in {*_FIRST_ONES, "most"}
            stop, noun = next(iter(reader.nouns(start)), (end, None))
            if noun is None or (per if is_per else by or "number" not in noun.kinds):
                return None
            per, by, place = (f" per {noun.text}", by, stop) if is_per else (per, noun.text, stop)
        return count, by, per, is_first

    def _with_limit(self, line: str, count: str, by: str, per: str, is_first: bool) -> str | None:
        """A condition with a limit; the largest are those by the amount where nothing else is compared."""
        compared, amount = re.match(r"(\w+) [<>]", line), self.reader.scope.amount
        if not by and is_first and amount is not None and (compared is None or compared[1] == amount.text):
            by = amount.text
        return f"{line} limit {count} by {by}{per}" if by else None

    def _says_then_and_now(self, found: Sequence[tuple[int, int, str, str]]) -> bool:
        """Whether something is said to have been one thing and to be another, and not since when: `tier was bronze and is now gold`."""
        w = self.reader.w
        for (at, stop, said, _), (start, end, line, _) in pairwise(found):
            subject, other = (_SIGN.split(text, maxsplit=1)[0] for text in (said, line))
            before, now = ({w(i) for i in range(*extent)} for extent in ((at, stop), (start, end)))
            changed = w(start - 1) == "then" or (before & _BEFORE and now & _NOW)
            of_rows = said.startswith(("any(", "none(", "count("))
            if changed and subject and subject == other and " as of " not in said and not of_rows:
                return True
        return False

    def _is_list_left_out(self, first: int, joins: Sequence[tuple[int, int, str]]) -> bool:
        """Whether conditions stand behind `not` with commas alone, `not (a, b)`: which word joins them isn't clear."""
        behind_not = first > 1 and self.reader.w(first - 1) == "(" and self.reader.w(first - 2) == "not"
        return behind_not and bool(joins) and all(kind == "," for *_, kind in joins)

    def _is_of_unread_rows(self, behind: tuple[int, int, str, str], at: int) -> bool:
        """Whether a clause says something of rows that weren't read: `left a review with fewer than 3 stars`."""
        start, stop, said, _ = behind
        own = self.reader.scope.relation
        named = any(r.relation != own for i in range(start, stop) for _, r in self.reader.rows(i, bare=True))
        return not said and named and self.reader.w(at) in _KEPT

    def _together(
        self, found: Sequence[tuple[int, int]], joins: Sequence[tuple[int, int, str]], edits: Sequence[Edit]
    ) -> tuple[list[Edit], list[tuple[int, int, str]]]:
        """What clauses without a subject share with those beside them: the negation before, and the window behind."""
        settled = _settled([kind for *_, kind in joins])
        meant, kinds, notes = (
            {at: self.lines[at] for at, _ in found if at in self.lines},
            list(settled),
            dict[int, str](),
        )
        for (at, stop), (start, end), i in zip(found, found[1:], range(len(kinds))):
            if at not in meant or start not in meant:
                continue
            is_list = kinds[i] == "and" and self._begins_with_rows(start) and meant[at].text.startswith("none(")
            if is_list and self._shares_negation(at, stop, start, end, meant[start]) and self.reader.choose(2) == 0:
                meant[start] = meant[start].not_
            if kinds[i] not in ("or", "and not"):
                continue
            if kinds[i] == "and not" and self.reader.w(joins[i][0]) != "nor":
                continue
            if self._shares_negation(at, stop, start, end, meant[start]):
                meant[start] = meant[start].not_
                kinds[i] = "and"
                notes[start] = "“not … or …” is `not … and not …`"
        for i in range(len(kinds) - 2, -1, -1):  # `no meetings, no tickets or surveys`
            both = [meant[f[0]].text.startswith("none(") for f in found[i : i + 2] if f[0] in meant]
            if joins[i][2] == "," and kinds[i] == "or" and kinds[i + 1] == "and" and both == [True, True]:
                kinds[i] = "and"
        for i in range(len(kinds) - 1, -1, -1):
            at, start = found[i][0], found[i + 1][0]
            if at in meant and start in meant and (timed := self._with_window(meant[at], meant[start], start)):
                meant[at] = timed
                notes[at] = "the window stands with each"
        for (at, _), (start, _) in pairwise(found):
            shared = _in_same_window(meant[at].text, meant[start].text) if at in meant and start in meant else ""
            if shared and shared != meant[start].text and self.reader.choose(2) == 0:
                meant[start] = replace(meant[start], text=shared)
        changed = list[Edit]()
        for edit in edits:
            line = meant.get(edit.start)
            if line is not None and line is not self.lines[edit.start] and not edit.is_sentence:
                edit = replace(edit, text=line.text, note=notes.get(edit.start) or edit.note)
                self.lines[edit.start] = line
            changed.append(edit)
        same = kinds == settled
        return changed, [*joins] if same else [(s, e, k) for (s, e, _), k in zip(joins, kinds)]

    def _shares_negation(self, at: int, stop: int, start: int, end: int, line: Line) -> bool:
        """Whether a clause without a subject goes with the negation of the one before: `no tickets or logins`."""
        reader, w = self.reader, self.reader.w
        said = [w(i) for i in range(at, stop)]
        if line.text.startswith(("none(", "not ")) or not self._is_elliptic(start, end):
            return False
        negations = [
            word
            for word, after in zip(said, [*said[1:], ""])
            if word in small.NOT | {"no", "none", "neither", "nobody"}
            and not (word == "no" and after in ("more", "fewer", "less", "later", "earlier"))
        ]
        if not (negations or at in self.shared):
            return False
        if at in self.shared:
            is_whole = self.shared[at]
        else:
            words = " ".join(said)
            is_whole = negations[-1] not in ("no", "none", "without") or "no longer" in words or "no one" in words
        if not (is_whole or self._begins_with_rows(start)):
            return False
        self.shared[start] = is_whole
        has_done = {"has", "have", "did", "does", "do", "never", "nobody", "no"} & {*said} or any(
            word.endswith("n't") and not word.startswith(("is", "are", "was", "were")) for word in said
        )
        is_sure = has_done or not line.text.startswith(("any(", "count(")) or not is_whole
        return bool(is_sure) or reader.choose(2) == 0

    def _is_elliptic(self, at: int, end: int) -> bool:
        """Whether a clause says no subject, quantity or verb form of its own: `logins`, `opened a ticket`, `less than 10`."""
        reader, w = self.reader, self.reader.w
        own = w(at) in small.BE | small.NOT | small.SELF | {"no", "none", "if", "when", "there", "only", "all", "every"}
        if own or (w(at) in small.ARTICLES and self._begins_with_rows(at)):
            return w(at) in ("a", "an", "any")
        if any(stop < end for stop, noun in reader.nouns(at) if noun.type is not None):
            return False
        begins = at + (w(at) in ("at", "more", "fewer", "less", "over", "under")) * (
            1 + (w(at + 1) in ("least", "most", "than"))
        )
        return not (begins > at or reader.around.kind(at) == "number") or not any(
            True for place in range(begins, min(begins + 3, end)) for _ in reader.rows(place, bare=True)
        )

    def _begins_with_rows(self, at: int) -> bool:
        """Whether rows are named at a place, and no verb: `logins`, `an open ticket`, not `logged in`."""
        w = self.reader.w
        return any(w(end - 1) != "in" and not w(end - 1).endswith("ed") for end, _ in self.reader.rows(at, bare=True))

    def _with_window(self, line: Line, behind: Line, start: int) -> Line | None:
        """A line about rows without a window, with that of the rows named behind it."""
        rows, other, w = line.subject, behind.subject, self.reader.w
        if not isinstance(rows, Rows) or not isinstance(other, Rows) or rows.window or not other.window:
            return None
        timed = self.reader.in_window(rows, other.window)
        if rows.latest or rows.text not in line.text or w(start) in small.BE | small.SELF:
            return None
        is_plain = self.reader.around.kind(start) == "number" or self._begins_with_rows(start) or start in self.shared
        if not is_plain and self.reader.choose(2) == 1:
            return None
        text, negated = (t.replace(rows.text, timed.text, 1) for t in (line.text, line.negated))
        return replace(line, text=text, negated=negated, subject=timed)

    def _brackets(
        self, found: Sequence[tuple[int, int, str, str]], joins: Sequence[tuple[int, int, str]]
    ) -> Iterator[Edit]:
        """Brackets where `and` and `or` are mixed: around those joined by `and`, or around those joined by `or`."""
        kinds = ["or" if kind == "or" else "and" for kind in _settled([kind for *_, kind in joins])]
        if len(set(kinds)) < 2:
            return
        alike = any(k == "or" and found[i][3] and found[i][3] == found[i + 1][3] for i, k in enumerate(kinds))
        which = ("or", "and") if alike else ("and", "or")
        group = "and" if self.shared else which[self.reader.choose(2)]  # `no tickets or logins` stay together
        i = 0
        while i < len(kinds):
            if kinds[i] != group:
                i += 1
                continue
            last = i
            while last < len(kinds) and kinds[last] == group:
                last += 1
            note = "brackets say which belong together"
            yield Edit(found[i][0], found[i][0], "(", note)
            yield Edit(found[last][1], found[last][1], ")", note)
            i = last

    def _joins(self, joins: Sequence[tuple[int, int, str]]) -> Iterator[Edit]:
        """A comma is what the next word that joins is."""
        for (start, stop, kind), meant in zip(joins, _settled([kind for *_, kind in joins])):
            written = " ".join(self.reader.w(i) for i in range(start, stop))
            if meant and written != meant:
                note = f"two conditions are joined by `{meant}`" if kind == "," else f"write `{meant}`"
                yield Edit(start, stop, meant, note)

    def _join(self, at: int, end: int) -> tuple[int, str]:
        w = self.reader.w
        at += (w(at), w(at + 1)) == ("even", "though")
        at += 2 * ((w(at), w(at + 1), w(at + 2)) == (",", "even", "though"))
        kind = _JOINS.get(w(at))
        is_sum = w(at) == "plus" and self.reader.around.kind(at - 1) == self.reader.around.kind(at + 1) == "number"
        if kind is None or is_sum:
            return at + 1, ""
        if w(at) in _KEPT:
            return at, "and"
        at += 1
        while at < end and (w(at) in _MORE_JOINS or (w(at - 1), w(at)) in _PAIRED_JOINS):
            kind = w(at) if w(at) in ("and", "or") else kind
            at += 1
        if w(at - 1) == "except" and w(at) in ("those", "for", "with", "when", "if"):
            at += 1
        return at, kind

    def _clause(
        self, at: int, end: int, depth: int, before: Noun | Rows | None
    ) -> tuple[int, list[Edit], Noun | Rows | None]:
        reader, w = self.reader, self.reader.w
        stop = self._verbatim_end(at, end)
        if (otherwise := self._with_exception(at, stop)) is not None:
            return stop, [otherwise], None
        if stop > at and self.is_right(at, stop):
            longer = next(((last, line) for last, line in reader.clauses(at, before) if stop < last <= end), None)
            if longer is None or w(stop) not in ("or", ",", "and", "nor"):
                return stop, [], next((n for _, n in reader.nouns(at)), None)
        close = reader.around.closing(at) if w(at) == "(" and depth < DEEPEST else None
        if close is not None and close < end and w(close + 1) in ENDS:
            return close + 1, list(self.edits(at + 1, close, depth + 1)), None
        if w(at) == "not" and w(at + 1) == "(":
            return self._after_not(at, end, depth)
        if inner := self._inside(at, stop, depth):
            return stop, inner, None  # and what is around it when clauses are read again
        if w(at) == "if" and any(w(i) == "then" for i in range(at, end)):
            return end, [], None
        if better := self._unordered(at, end):
            return better[0], [Edit(at, better[0], "", better[1], is_sentence=True)], None
        if (tested := self._same_test(at, before)) is not None:
            return *tested, before
        for last, line in reader.clauses(at, before):
            same = isinstance(before, Noun) and isinstance(line.subject, Noun) and line.subject.text == before.text
            if same and not self._may_repeat(at, before):
                continue
            if last <= end:
                note = "; ".join(line.notes)
                self.lines[at] = line
                return last, [Edit(at, last, line.text, note)], line.subject
        sentence = self._sentence(at, stop)
        said = [Edit(at, stop, "", sentence, is_sentence=True)] if sentence else []
        return max(stop, at + 1), said, None

    def _with_exception(self, at: int, end: int) -> Edit | None:
        """`renewal_date in next 90 days (120 days for enterprise)`: another length of time or number for some."""
        around, w = self.reader.around, self.reader.w
        opens = next((i for i in range(at + 2, end) if w(i) == "(" and around.kind(i - 1) != "sign"), end)
        if w(end - 1) != ")" or around.closing(opens) != end - 1:
            return None
        lengths = [(stop, d, _LENGTH) for stop, d in duration(around, opens + 1)]
        for stop, other, pattern in lengths or [(stop, n, _NUMBER) for stop, n in number(around, opens + 1)]:
            if w(stop) not in ("for", "if", "when", "on", "in", "with"):
                continue
            whom = next(
                (line.text for last, line in self.reader.clauses(stop + (w(stop) != "on")) if last == end - 1), None
            )
            base = self._by_itself(at, opens)
            if whom is None or base is None or len(pattern.findall(base)) != 1:
                continue
            line = f"(if {whom} then {pattern.sub(other, base)} else {base} end)"
            return Edit(at, end, line, "what holds of some alone is `if … then … else … end`")
        return None

    def _by_itself(self, at: int, end: int) -> str | None:
        """A clause whose end isn't one of a clause, read as if nothing stood behind it."""
        if (written := self._as_written(at, end)) is not None:
            return written
        cut = replace(
            self.reader, around=replace(self.reader.around, tokens=self.reader.around.tokens[:end]), shared=Shared()
        )
        return next((line.text for stop, line in cut.clauses(at) if stop == end), None)

    def _inside(self, at: int, end: int, depth: int) -> list[Edit]:
        """The conditions inside a clause that isn't read as a whole: behind `where` and `having` in brackets, and behind `if`."""
        around, w = self.reader.around, self.reader.w
        if depth >= DEEPEST:
            return []
        found, place, opened = list[Edit](), at, list[int]()
        while place < end:
            if w(place) == "(":
                opened.append(place)
            elif w(place) == ")" and opened:
                opened.pop()
            elif w(place) in ("where", "having") and opened:
                table = next((w(i) for i in range(opened[-1] + 1, place) if w(i) in self.reader.scope.tables), None)
                stop = around.closing(opened[-1]) or end
                stop = next((i for i in range(place + 1, stop) if w(i) == "having"), stop)
                if table is not None:
                    relation = self.reader.scope.tables[table]
                    edits = list(Condition(self.reader.inside(relation), self.names).edits(place + 1, stop, depth + 1))
                    found += self._before_a_window(table, place + 1, stop) or edits
                    place = stop
                    continue
            elif w(place) in ("if", "then", "else") and any(w(i) == "then" for i in range(at, end)):
                stop = next((i for i in range(place + 1, end) if w(i) in ("then", "else", "end")), end)
                if w(place + 1) != "if":
                    found += self.edits(place + 1, stop, depth + 1)
                place = max(stop, place + 1)
                continue
            place += 1
        return [
            edit for edit in found if edit.is_sentence or edit.text != joined(self._plain(edit.start, edit.end)).strip()
        ]

    def _before_a_window(self, table: str, at: int, end: int) -> list[Edit]:
        """`priority is high or urgent in last 30 days`, behind `where`: the condition before the window of the rows."""
        around, relation = self.reader.around, self.reader.scope.tables[table]
        said = [self.reader.w(i) for i in range(max(at, end - 5), end)]
        length = next((n for n in (5, 4) if re.fullmatch(_WINDOW, " ".join(said[-n:]))), 0)
        if not length or not relation.at or end - length <= at:
            return []
        tokens = around.tokens[: end - length]
        reader = replace(self.reader, around=replace(around, tokens=tokens), shared=Shared())
        inner = Condition(reader.inside(relation), self.names)
        last = self.reader.w(end - length - 1)
        if last in small.BE or last == relation.at or last in relation.fields:
            return []  # `changed_at in last 30 days` is a condition
        edits = list(inner.edits(at, end - length, 1))
        is_read = (
            edits and not any(e.is_sentence for e in edits) and (edits[0].start, edits[-1].end) == (at, end - length)
        )
        return edits if is_read else []

    def _same_test(self, at: int, before: Noun | Rows | None) -> tuple[int, list[Edit]] | None:
        """`contains "berg" but not "heidel"`: the test of the clause before, of another text."""
        around, w = self.reader.around, self.reader.w
        if w(at) != "not" or around.kind(at + 1) != "text" or w(at + 2) not in ENDS or not isinstance(before, Noun):
            return None
        last = at - 1
        while last >= 0 and (around.kind(last) == "text" or w(last) in _BESIDE_TEXTS):
            last -= 1
        said = joined(self._plain(max(0, last - 1), at))
        test = re.search(r"\b(contains(?: pattern| word)?|starts with|ends with|matches)\b", said)
        if test is None:
            return None
        case = " ignoring case" if "ignoring case" in said else ""
        text = f"not {before.text} {test[1]} {around.tokens[at + 1].text}{case}"
        return at + 2, [Edit(at, at + 2, text, "the test stands with each text")]

    def _may_repeat(self, at: int, before: Noun | Rows | None) -> bool:
        """Whether what is said of the same field again says how: a value alone stands behind `=` only."""
        around, w = self.reader.around, self.reader.w
        if around.kind(at) not in ("text", "number", "date") or at < 2:
            return True
        start = next((i for i in range(at - 2, 0, -1) if w(i) in ("and", "or", ",", "(")), 0)
        return any(
            w(i) in ("=", "is", "are", "equals", "in", "!=", "not", "isn't") for i in range(start, at)
        ) and not any(w(i) in ("with", "contains", "than", ">", "<", "contain") for i in range(start, at))

    def _after_not(self, at: int, end: int, depth: int) -> tuple[int, list[Edit], Noun | Rows | None]:
        stop, edits, about = self._clause(at + 1, end, depth, None)
        return stop, edits, about

    def _paired(self, at: int, end: int, *, alone: bool) -> tuple[int, list[Edit], None] | None:
        """`neither A nor B`, `either A or B`, `both A and B`, where each is a clause."""
        reader, w = self.reader, self.reader.w
        if w(at) == "not" and w(at + 1) in ("either", "both"):
            inner = self._paired(at + 1, end, alone=False)
            text = "" if inner is None else f"not {inner[1][0].text}"
            return None if inner is None else (inner[0], [Edit(at, inner[0], text, "“not” is said of both")], None)
        if (listed := self._so_many_of(at, end)) is not None:
            return listed
        if w(at) == "neither" and any(stop <= end for stop, _ in reader.clauses(at)):
            return None  # of two fields, or of two kinds of rows
        kind = {"neither": ("nor", "or"), "either": ("or",), "both": ("and",)}.get(w(at))
        if kind is None:
            return None
        place, parts, before, lines = at + 1, list[str](), None, dict[int, Line]()
        while place < end:
            stop = self._verbatim_end(place, end, kind)
            if self.is_right(place, stop):
                text, last = joined(self._plain(place, stop)), stop
            else:
                found = next(
                    ((e, line) for e, line in reader.clauses(place, before) if w(e) in (*kind, ",", "") or e == end),
                    None,
                )
                if found is None:
                    return None
                last, text, before = found[0], found[1].text, found[1].subject
                lines[len(parts)] = found[1]
                for i in range(len(parts) - 1, -1, -1):
                    if i in lines and i + 1 in lines and (timed := self._with_window(lines[i], lines[i + 1], place)):
                        lines[i], parts[i] = timed, timed.text
            parts.append(text)
            place = last
            if w(place) not in (*kind, ","):
                break
            place += 1 + (w(place + 1) in kind)
        if len(parts) < 2 or (place < end and w(place) not in ENDS):
            return None
        if w(at) == "neither":
            line, note = (
                " and ".join(f"not {p}" if " and " not in p and " or " not in p else f"not ({p})" for p in parts),
                "“neither” is `not … and not …`",
            )
        else:
            join = "or" if w(at) == "either" else "and"
            line, note = f" {join} ".join(parts), f"“{w(at)}” isn't said"
            line = line if alone and place >= end else f"({line})"
        return place, [Edit(at, place, line, note)], None

    def _so_many_of(self, at: int, end: int) -> tuple[int, list[Edit], None] | None:
        """`at least two of these: A, B, C`, `any of the following: A, B`, where each to the end is a condition."""
        w, counted = self.reader.w, self._how_many_of(at)
        place, many = counted if counted is not None else (at, 0)
        listed = _OF_THESE.match(" ".join(w(i) for i in range(place, min(place + 9, end))))
        if counted is None or listed is None:
            return None
        place += len(listed[0].split())
        conditions = list[str]()
        while place < end:
            stop = self._verbatim_end(place, end, (",", ";", "and", "or"))
            read = self._as_written(place, stop)
            if read is None:
                found = next(
                    ((e, n) for e, n in self.reader.clauses(place) if e == end or w(e) in (",", ";", "and", "or")), None
                )
                if found is None:
                    return None
                stop, read = found[0], found[1].text
            conditions.append(f"({read})" if re.search(r" (?:and|or) ", read) and not read.startswith("(") else read)
            place = stop
            while place < end and w(place) in (",", ";", "and", "or"):
                place += 1
        line = so_many_of(conditions, len(conditions) if many < 0 else many)
        note = "each group of so many is written out"
        return None if line is None else (end, [Edit(at, end, line, note)], None)

    def _how_many_of(self, at: int) -> tuple[int, int] | None:
        """`at least two`, `two or more`, `any`, `all`: where it ends, and how many; -1 for all of them."""
        w, around = self.reader.w, self.reader.around
        if w(at) in ("all", "each", "both"):
            return at + 1, -1
        border = border_of(around, at)
        begin = at + (w(at) == "any") if border is None else border[0]
        for stop, n in number(around, begin):
            more = (w(stop), w(stop + 1)) == ("or", "more")
            is_least = more or w(at) == "any" if border is None else border[1] == ">="
            if n.isdigit() and is_least:
                return stop + 2 * more, int(n)
        return (at + 1, 1) if w(at) in ("any", "either") else None

    def _as_written(self, at: int, end: int) -> str | None:
        """A clause that is right as it stands; None for another."""
        return joined(self._plain(at, end)).strip() if self.is_right(at, end) else None

    def _plain(self, at: int, end: int) -> list[Token]:
        return list(self.reader.around.tokens[at:end])

    def _verbatim_end(
        self,
        at: int,
        end: int,
        stops: Sequence[str] = _STOPS,
    ) -> int:
        """Where a clause ends that is written as it should be: before the next word that joins."""
        around, w, place, between = self.reader.around, self.reader.w, at, False
        while place < end:
            if around.kind(place) == "sign" and w(place) in ("(", "{", "["):
                place = (around.closing(place) or place) + 1
                continue
            if w(place) == "if":
                return end
            if w(place) == "between":
                between = True
            elif (w(place - 1), w(place), w(place + 1)) == ("case", "and", "spaces"):
                pass  # `ignoring case and spaces`
            elif w(place) in stops and place > at:
                if not (between and w(place) == "and"):
                    return place
                between = False
            place += 1
        return min(place, end)

    def is_right(self, at: int, end: int) -> bool:
        """Whether a clause is one of the language, with names of the model alone."""
        tokens = self.reader.around.tokens[at:end]
        if any(t.kind in ("quoted", "remark", "blank", "amount", "day") for t in tokens):
            return False
        if self._has_text_alone(tokens) or self._has_length_left_out(tokens):
            return False
        known, calls = self._known, list[bool]()
        for i, token in enumerate(tokens):
            behind = tokens[i - 1].text if i else ""
            if token.text == "(":
                calls.append(i > 0 and tokens[i - 1].kind == "word" and behind not in _BEFORE_BRACKETS)
            elif token.text == ")" and calls:
                calls.pop()
            is_call = i + 1 < len(tokens) and tokens[i + 1].text == "("
            names = known if any(calls) else self._own
            if token.kind == "word" and token.text not in WORDS_HERE | names and behind != "." and not is_call:
                return False
        node, wrong = parse_expression(Source("clause", joined(tokens)))
        if node is None or wrong:
            return False
        alone = len(tokens) == 1 and tokens[0].text in self.names.tables
        return not alone and any(t.kind == "word" and t.text in known for t in tokens)

    def _has_text_alone(self, tokens: Sequence[Token]) -> bool:
        """Whether a text stands in place of a condition, as in `(country = "DE" or "AT")`."""
        words = [t.lower for t in tokens]
        return any(
            t.kind == "text" and i > 1 and words[i - 1] in ("or", "and") and "between" not in words[:i]
            and (i + 1 == len(tokens) or words[i + 1] in (")", "and", "or"))
            for i, t in enumerate(tokens)
        )  # fmt: skip

    def _has_length_left_out(self, tokens: Sequence[Token]) -> bool:
        """Whether the first of two lengths of time has no unit, as in `between 6 and 9 months from now`."""
        return any(
            a.lower == "between"
            and b.kind == d.kind == "number"
            and c.lower == "and"
            and e.lower.rstrip("s") in LENGTHS
            for a, b, c, d, e in zip(tokens, tokens[1:], tokens[2:], tokens[3:], tokens[4:])
        )

    @cached_property
    def _own(self) -> set[str]:
        """The names that may stand outside brackets: those of whom the condition is about."""
        schema, relation = self.names.schema, self.reader.scope.relation
        assert schema is not None, "a clause is read with a schema"
        links = {*schema.to_one.get(relation.name, {}), *schema.to_many.get(relation.name, {})}
        return {
            *relation.fields,
            *schema.relations,
            *links,
            *self.names.others,
            relation.at or "",
            relation.known_at or "",
        }

    @cached_property
    def _known(self) -> set[str]:
        schema = self.names.schema
        assert schema is not None, "a clause is read with a schema"
        found = {n for r in schema.relations.values() for n in (r.name, *r.fields)} | {*self.names.others}
        return found | {n for links in (schema.to_one, schema.to_many) for by in links.values() for n in by}

    def _sentence(self, at: int, end: int) -> str:
        """What is said of a clause that nothing in the language means as it stands."""
        for entry in entries()["vague"]:
            for place in range(at, end):
                for template in entry.templates:
                    for got in self.reader.match(entry, [template], place, None):
                        which = (
                            place > at
                            and self.reader.w(place) == "recent"
                            and self.reader.w(place - 1) in ("most", "more")
                        )
                        is_said = which or self._is_value(at, place) or self._says_it(entry.written, at, got.end, end)
                        if got.end <= end and not is_said:
                            said = joined(self._plain(place, got.end))
                            return re.sub(r"\{said\}", said.strip(), entry.to["sentence"])
        return self._of_type(at, end)

    def _says_it(self, written: Sequence[str], start: int, at: int, end: int) -> bool:
        """Whether a word behind which nothing seems to be lacking is the name of an arm, or says of a change since when."""
        around, w = self.reader.around, self.reader.w
        if w(at) == ":" or w(at - 2) in ("as", "how"):  # `new: …`, `twice as many`
            return True
        if any("{d:duration}" in alternatives for alternatives in written):  # of rows and events, not of a field
            return any(self._lasts(i) for i in range(start, at))
        is_change = any("dropped" in alternatives.split("/") for alternatives in written)
        return is_change and any(True for i in range(start, end) for _ in chain(duration(around, i), self._times(i)))

    def _lasts(self, at: int) -> bool:
        """Whether rows or a metric are named at a place, of which it is known how they were on any day."""
        of_rows = any(True for _ in self.reader.rows(at, bare=True))
        return of_rows or any(noun.text in self.names.metrics for _, noun in self.reader.nouns(at))

    def _times(self, at: int) -> Iterator[object]:
        """Windows and days at a place."""
        yield from self.reader.time(at, None)
        if self.reader.w(at) in ("since", "against", "than", "from", "to") or self.reader.w(at) in ("last", "previous"):
            yield from self.reader.days(at + 1)

    def _is_value(self, start: int, at: int) -> bool:
        """Whether a word is a value of what the clause names: `low` of tickets, not of `arr`."""
        scope, said = self.reader.scope, self.reader.w(at)
        named = (self.names.table([self.reader.w(i)]) for i in range(start, at))
        relations = [scope.tables[table] for table in named if table is not None and table in scope.tables]
        return any(value_of(f.type, said) for r in relations for f in r.fields.values())

    def _unordered(self, at: int, end: int) -> tuple[int, str] | None:
        """`plan is business or higher`, of a field whose values have no order: where it ends, and what is said."""
        w = self.reader.w
        for start, noun in self.reader.nouns(at):
            typed = noun.type
            if not isinstance(typed, ty.Enum) or typed.ordered:
                continue
            for place in range(start, min(end, start + 8)):
                is_better = w(place) in _BETTER and (w(place - 1) in ("or", "and") or w(place + 1) == "than")
                if is_better and w(place + 1) not in ("=", "is"):
                    values = ", ".join(f'"{v}"' for v in typed.values[-2:])
                    named = f"name them, as in `{noun.text} in ({values})`"
                    said = (
                        f"the values of `{noun.text}` have no order: {named}, or declare the field `ordered one of (…)`"
                    )
                    stop = self._verbatim_end(place, end)
                    return max(stop, place + 1), said
        return None

    def _of_type(self, at: int, stop: int) -> str:
        """How a field may be asked, where what is said of it isn't known; nothing where a value or a figure is said."""
        w, around = self.reader.w, self.reader.around
        for end, noun in self.reader.nouns(at):
            if w(end) not in ("is", "are", "was", "were", "has", "have", "isn't", "been"):
                continue
            if any(
                around.kind(i) in ("number", "amount", "date", "day")
                or (noun.type is not None and value_of(noun.type, w(i)))
                for i in range(end, stop)
            ):
                continue
            match noun.type:
                case ty.Enum(values, _):
                    listed = ", ".join(f'"{v}"' for v in values[:6])
                    return f'`{noun.text}` is one of {listed}: say which, as in `{noun.text} = "{values[0]}"`'
                case ty.Date() | ty.Timestamp() if noun.row_time is None or w(end - 1) in ("date", "time", "day"):
                    kind = "date" if noun.type == ty.DATE else "time"
                    examples = f"`{noun.text} in last 30 days` or `{noun.text} < 2026-12-31`"
                    return f"`{noun.text}` is a {kind}: say when, as in {examples}"
                case ty.Boolean():
                    return f"`{noun.text}` is true or false: write `{noun.text}` or `not {noun.text}`"
                case ty.Integer() | ty.Number() | ty.Money() | ty.Real():
                    return f"`{noun.text}` is a number: say how it compares, as in `{noun.text} >= 10`"
                case _:
                    pass
        return ""


def edited(tokens: Sequence[Token], edits: Sequence[Edit], at: int, end: int) -> Iterator[Token]:
    """The tokens of a condition with its edits."""
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        yield from tokens[at : edit.start]
        gap = tokens[edit.start].gap if edit.start < len(tokens) else ""
        yield Token("word", edit.text, gap or " ", 0, 0)
        at = max(at, edit.end)
    yield from tokens[at:end]
