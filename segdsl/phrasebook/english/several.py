"""Reads what is said of several kinds of rows, or of the latest ones: more than 5 tickets or meetings, last 3 surveys below 7."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.documents import DocumentReader
from segdsl.phrasebook.english.line import Line, filled
from segdsl.phrasebook.english.things import Noun, Rows
from segdsl.phrasebook.entry import Entry, say

_ALL = say("", having="all({r} having {c})", note="all rows are asked with `all(ROWS having …)`")
_COUNTED = re.compile(r"(?:count|none|any)\(\{r\}\)")
_NEVER_MEANT = re.compile(
    r"\bcount\(latest \d+ (?:(?!having)[^()])*\) (?:[<>=!]|between|in )"  # how many the latest three are
    r'|\b(\w+) = ("[^"]*") and \1 = (?!\2)"'
    r"|\b(?:any|none|all)\([^()]*\) is (?:not )?missing"  # it is true or false of everybody
)
_MORE = ("more", "less", "fewer", "greater")
_ARE = {"are", "were", "is", "was", "have", "been"}
_SAYS_ALL = re.compile(r"\ball\(|^\(|^not \(|\bcount\(| and | is (?:not )?missing")
_SAYS_ONLY = re.compile(r"^none\(|\) and none\(|\bsize\(| = 1$")


@dataclass
class Reader(DocumentReader):
    """A reader of clauses in full, and of those about several kinds of rows."""

    def clauses(self, at: int, before: Noun | Rows | None = None) -> list[tuple[int, Line]]:
        """Without those that leave out a word that changes what is meant, or a part of what is said of rows."""
        found = super().clauses(at, before)
        states = {end for end, line in found if line.text.startswith("any(") and " != " in line.text}
        dropped = self._amount_or_count(at, found)
        return [
            (end, line)
            for end, line in found
            if line.text not in dropped
            and not _NEVER_MEANT.search(line.text)
            and not self._is_cut_short(at, end, line)
            and not self._leaves_out(at, end, line)
            and not (end in states and line.text.startswith("none(") and self._says_not_behind(at, end))
        ]

    def _amount_or_count(self, at: int, found: Sequence[tuple[int, Line]]) -> set[str]:
        """`invoices more than 5`: so many, or one of such an amount; the lines of the reading that isn't taken."""
        for place, rows in self._plain_rows(at):
            amount = self.inside(rows.relation).scope.amount
            if amount is None or self.w(place) not in _MORE or not self._is_plural(at, place):
                continue
            of_amount = {line.text for _, line in found if re.search(rf"where {amount.text} [<>]", line.text)}
            counted = {line.text for _, line in found if re.match(rf"count\({rows.table}\b[^()]*\) [<>]", line.text)}
            if of_amount and counted:
                return of_amount if self.w(place) == "fewer" or self.choose(2) == 0 else counted
        return set()

    def _leaves_out(self, at: int, end: int, line: Line) -> bool:
        """Whether a line says nothing of an `only`, a `both`, an `exactly` or one of two negations."""
        said = [self.w(i) for i in range(at, end)]
        negations = small.NOT | {"no", "none", "nobody", "neither"}
        for i, (word, after) in enumerate(zip(said, [*said[1:], ""])):
            if word in negations and after in negations - {"without"}:
                return True
            if (
                word == "only"
                and not words.begins_with_number(self.around, at + i + 1)
                and not _SAYS_ONLY.search(line.text)
            ):
                return True
            is_verb = i > 0 and (said[i - 1] == "in" or said[i - 1].endswith("ed"))
            if word == "between" and is_verb and "times" not in said and line.text.startswith("count("):
                return True  # `logged in between 9 and 17` may be hours
            if word == "all" and i > 0 and said[i - 1] in _ARE and not _SAYS_ALL.search(line.text):
                return True  # `logins are all from mobile`
            if word == "total" and line.text.startswith("all(latest "):
                return True
            if word == "both" and " in (" in line.text:
                return True
            if (
                word in ("exactly", "precisely")
                and re.search(r'\bhas(?: any)? (?:"|\()', line.text)
                and "size(" not in line.text
            ):
                return True
        return False

    def _says_not_behind(self, at: int, end: int) -> bool:
        """Whether rows without a quantity are not so, as in `tickets not solved`: some are otherwise."""
        return any(
            negated and stop < end and self.w(place - 1) not in ("a", "no")
            for place, _ in self._plain_rows(at)
            for stop, negated in self.auxiliaries(place)
        ) and not any(True for _ in self.quantified(at))

    def further(self, at: int) -> Iterator[tuple[int, Line]]:
        yield from super().further(at)
        if self.scope.is_entity:
            yield from self._of_latest(at)
            yield from self._listed(at)
            yield from self._open_for(at)
            yield from self._many(at)
            yield from self._of_either_kind(at)
            yield from self._only_behind(at)
            yield from self._people_with(at)
            yield from self._whole_set(at)
            yield from self._all_behind(at)
            yield from self._in_arm_so_often(at)
            yield from self._past(at)
            yield from self._neither(at)

    def _quantities(self, at: int) -> list[tuple[int, Entry, dict[str, str]]]:
        """Quantities at a place; also a number by itself, `2 of the last 3`."""
        found = [
            (got.end, entry, dict(got.slots))
            for entry, templates in self.entries["quantity"]
            for got in self.match(entry, templates, at, None)
        ]
        number = say("", rows="count({r}) >= {n}", note="rows are counted with `count(…)`")
        return found + [(end, number, {"n": n}) for end, n in words.number(self.around, at)]

    # -- the latest rows -----------------------------------------------------------------------

    def _of_latest(self, at: int) -> Iterator[tuple[int, Line]]:
        """`the last 3 surveys were all below 7`, `at least 2 of the last 3 invoices are over 100`."""
        w = self.w
        bare = [] if w(at) == "any" else [(at + (w(at) == "both"), _ALL, dict[str, str]())]
        for start, entry, slots in [*bare, *self._quantities(at)]:
            place = start + (w(start) == "of")
            if start > at and w(start) != "of" and w(start - 1) not in ("of", "all", "any", "both", "each", "every"):
                continue
            for end, rows in self.rows(place, bare=True):
                inner = self.inside(rows.relation)
                amount = inner.scope.amount
                if not rows.latest or amount is None or rows.where:
                    continue
                for stop, which, line in self._about_latest(end, inner, amount, start > at):
                    asked = which or entry
                    asked_of = f"{rows.head} having {line.text}"
                    if "having" in asked.to:
                        to = asked.to["having"].replace("{r}", rows.head).replace("{c}", line.text)
                    elif _COUNTED.search(asked.to["rows"]):
                        to = asked.to["rows"].replace("{r}", asked_of)
                    else:
                        continue
                    yield stop, Line(filled(to, slots), notes=(asked.note,))

    def _about_latest(
        self, at: int, inner: DocumentReader, amount: Noun, is_quantified: bool
    ) -> Iterator[tuple[int, Entry | None, Line]]:
        """What is said of the one number of rows, behind `are all` or `were each`, with the quantity that stands there."""
        for place, negated in self.auxiliaries(at):
            if negated:
                continue
            which = None
            if self.w(place) in ("all", "each", "both") and not is_quantified:
                which, place = _ALL, place + 1
                place = max((p for p, no in self.auxiliaries(place) if not no), default=place)
            places = [place, *(end for end, noun in inner._named(place) if noun.text == amount.text)]
            start = place + (self.w(place) in ("with", "have", "had", "having", "of"))
            start += self.w(start) in small.SPOKEN
            places += [start] if start > place else []
            named = [end for end, noun in inner._named(start) if noun.text == amount.text]
            places += [end + (self.w(end) == "of") for end in named]
            for start in places:
                for end, line in inner._predicates(start, amount):
                    if any(self.around.kind(i) == "number" for i in range(start, end)) and re.match(
                        rf"{amount.text} (?:[<>=!]|between )", line.text
                    ):
                        yield end, which, line

    def _open_for(self, at: int) -> Iterator[tuple[int, Line]]:
        """`has had an open ticket for a week`: a row that began so long ago and is still so."""
        w = self.w
        place = max((p for p, no in self.auxiliaries(at) if not no), default=at)
        for end, rows in self.rows(place, bare=True):
            time, state = rows.relation.at, w(end - 2)
            inner = self.inside(rows.relation)
            if (
                w(end) != "for"
                or not time
                or len(rows.where) != 1
                or rows.latest
                or inner._adjective(state) != rows.where[0]
            ):
                continue
            for stop, op, d in inner._length(end + 1):
                if inner.is_from_beginning(state):
                    began = inner._began_ago(time, op, d, by_date=rows.relation.by_date)
                    asked = rows.also(began)
                    yield stop, Line(f"any({asked.text})", f"none({asked.text})")

    def _many(self, at: int) -> Iterator[tuple[int, Line]]:
        """`invoices over 10k are more than 5 in the last 90 days`: how many there are of rows with a condition."""
        for end, rows in self.rows(at):
            for stop, line in self.predicate(end, Noun("\v", ty.INTEGER)) if self._is_counted(at, end, rows) else ():
                if re.fullmatch(r"\v [<>=!]+ \d[\d_]*", line.text):
                    for last, timed in [(stop, rows), *self._later(stop, rows)]:
                        yield last, Line(line.text.replace("\v", f"count({timed.text})"))

    # -- only, both, exactly -------------------------------------------------------------------

    def _only_behind(self, at: int) -> Iterator[tuple[int, Line]]:
        """`logged in on mobile only`: in no other way."""
        for end, line in self.about(at) if self._has_word("only", at) else ():
            rows = line.subject
            if self.w(end) != "only" or not isinstance(rows, Rows) or not rows.where or rows.latest:
                continue
            if line.text == f"any({rows.text})" and re.fullmatch(r'\w+ = "[^"]*"', rows.having):
                yield end + 1, self._no_others(rows)

    def _all_behind(self, at: int) -> Iterator[tuple[int, Line]]:
        """`logins in the last 30 days are all from "mobile"`: each of the rows is so."""
        for end, rows in self.rows(at) if self._has_word("all", at) else ():
            words_ = [self.w(i) for i in range(end, end + 4)]
            if rows.latest or rows.where or words_[0] not in _ARE or "all" not in words_[1:3]:
                continue
            place = end + words_.index("all") + 1
            inner = self.inside(rows.relation)
            for stop, line in [*inner.of_row(place), *inner.about(place), *self._of_them(place, rows)]:
                if line.text and not line.text.startswith("\f"):
                    yield stop, Line(f"all({rows.text} having {line.text})", notes=(_ALL.note,))

    def _in_arm_so_often(self, at: int) -> Iterator[tuple[int, Line]]:
        """`were in save the last 3 times in a row`: the newest recorded runs of a rule, each with the same arm."""
        w, around = self.w, self.around
        place = max((p for p, no in self.auxiliaries(at) if not no), default=at)
        if w(place) not in ("in", "at"):
            return
        place += 1 + (w(place + 1) == "the")
        runs = [(t, r) for t, r in self.scope.tables.items() if {"arm", "by_data"} <= {*r.fields}]
        arm = around.tokens[place].text.strip('"') if around.kind(place) in ("word", "text") else ""
        known = {path.rpartition(".")[2] for path in self.scope.names.rules.values() if "." in path}
        if len(runs) != 1 or arm not in known:
            return
        place += 1 + (w(place + 1) in ("segment", "arm"))
        place += w(place) in ("in", "for", "at", "on")
        place += w(place) in ("the", "each", "all")
        place += 2 * ((w(place), w(place + 1)) == ("of", "the"))
        begin = place + (w(place) in ("last", "latest", "past", "newest"))
        for end, n in words.number(around, begin):
            stop = end + (w(end) in ("times", "runs", "time", "run"))
            row = stop + 3 * ((w(stop), w(stop + 1), w(stop + 2)) == ("in", "a", "row"))
            row += w(row) in ("running", "consecutively")
            if stop > end and (row > stop or begin > place) and n.isdigit():
                note = ("the newest rows are asked with `latest`",)
                yield row, Line(f'count(latest {n} {runs[0][0]} having arm = "{arm}") = {n}', notes=note)

    def _past(self, at: int) -> Iterator[tuple[int, Line]]:
        """`never made it past onboarding`, `hasn't got beyond onboarding`: no change to anything but the first of its values."""
        w = self.w
        for place, negated in self.auxiliaries(at):
            place += w(place) in ("made", "got", "gotten", "moved", "come", "went", "gone", "progressed", "advanced")
            place += w(place) == "it"
            if not negated or w(place) not in ("past", "beyond", "further"):
                continue
            place += 1 + (w(place + 1) == "than") + (w(place + 1) in small.SPOKEN)
            for table, relation in self.scope.tables.items():
                valued = self.inside(relation).scope.valued(w(place).strip('"'), beside=False)
                if valued is None or not ("change" in table or "histor" in table):
                    continue
                values = getattr(valued[0].type, "values", ())
                behind = values[values.index(valued[1]) + 1 :] if valued[1] in values else ()
                is_ordered = getattr(valued[0].type, "ordered", False) or values[:1] == (valued[1],)
                if behind and is_ordered:
                    listed = ", ".join(f'"{v}"' for v in behind)
                    test = f"in ({listed})" if len(behind) > 1 else f"= {listed}"
                    yield (
                        place + 1,
                        Line(f"none({table} where {valued[0].text} {test})", notes=("what comes behind it",)),
                    )

    def _whole_set(self, at: int) -> Iterator[tuple[int, Line]]:
        """`interests are only reporting`, `interests has exactly a and b`: these values and no others."""
        for end, noun in self.nouns(at):
            if noun.kinds != {"set"} or noun.type is None:
                continue
            place = max((p for p, no in self.auxiliaries(end) if not no), default=end)
            place += self.w(place) in ("contains", "contain", "includes", "include")
            if self.w(place) not in ("only", "exactly", "just"):
                continue
            for stop, got in self.values("l", "all", place + 1, noun):
                values = re.findall(r'"[^"]*"', got["l"])
                if "or" not in {self.w(i) for i in range(place, stop)}:
                    has = f"has {values[0]}" if len(values) == 1 else f"has all ({', '.join(values)})"
                    yield stop, Line(f"{noun.text} {has} and size({noun.text}) = {len(values)}")

    def _of_either_kind(self, at: int) -> Iterator[tuple[int, Line]]:
        """`no paid and no open invoices`, `both urgent and high tickets`: one kind of rows by two adjectives."""
        w = self.w
        place = max((p for p, no in self.auxiliaries(at) if not no), default=at)
        none = w(place) in ("no", "without")
        first = place + (none or w(place) in ("both", "either"))
        if w(first + 1) not in ("and", "or", "nor"):
            return
        second = first + 2 + (w(first + 2) == "no")
        for end, rows in self.rows(second, bare=True):
            one = self.inside(rows.relation)._adjective(w(first))
            if one is None or len(rows.where) != 1 or rows.latest:
                continue
            for stop, timed in self._windowed(end, rows):
                each = [f"any({replace(timed, where=(c,)).text})" for c in (one, rows.where[0])]
                if none:
                    yield stop, Line(" and ".join(f"none{e.removeprefix('any')}" for e in each))
                elif w(first + 1) == "and" and w(place) != "either":
                    yield stop, Line(" and ".join(each))

    def _people_with(self, at: int) -> Iterator[tuple[int, Line]]:
        """`a user with role admin and no login in the last 30 days`: both of the same user."""
        some = say("", rows="any({r})", note="some rows are asked for with `any(…)`")
        starts = [(at, some, dict[str, str]()), *self._quantities(at)]
        for start, entry, slots in starts if self._has_word("with", at) else ():
            if "rows" not in entry.to:
                continue
            for end, rows in self.rows(start):
                is_with = any(self.w(i) == "with" for i in range(start, end))
                if rows.relation.kind != "entity" or rows.latest or not is_with or self.w(end) != "and":
                    continue
                for stop, line, _ in self.inside(rows.relation)._some(end + 1, ""):
                    text = filled(entry.to["rows"], {**slots, "r": rows.also(line.text).text})
                    yield stop, Line(text, notes=(entry.note,))

    def _has_word(self, word: str, at: int) -> bool:
        return any(self.w(i) == word for i in range(at, at + 40))

    def _is_plural(self, at: int, end: int) -> bool:
        return self.w(at) not in ("a", "an", "any", "each", "every", "one") and self.w(end - 1).endswith("s")

    def _is_counted(self, at: int, end: int, rows: Rows) -> bool:
        return not rows.latest and (bool(rows.where) or (self.w(end) in _MORE and self._is_plural(at, end)))

    # -- several kinds -------------------------------------------------------------------------

    def _list(self, at: int) -> Iterator[tuple[int, list[Rows], str]]:
        """Rows joined by `and`, `or` and commas: where they end, and what joins the last; a window behind goes with each."""
        w, every, place, join = self.w, list[Rows](), at, ""
        while found := next(iter(self._plain_rows(place)), None):
            place = found[0]
            every.append(found[1])
            if len(every) > 1 and join in ("and", "or"):
                yield place, [*every], join
            if w(place) not in (",", "and", "or", "&", "plus") or len(every) > 6:
                return
            join = {",": join, "&": "and", "plus": "and"}.get(w(place), w(place))
            place += 1
            if w(place - 1) == "," and w(place) in ("and", "or"):
                join, place = w(place), place + 1

    def _plain_rows(self, at: int) -> Iterator[tuple[int, Rows]]:
        w = self.w
        yield from (
            (end, rows)
            for end, rows in self.rows(at, bare=True)
            if not rows.latest and not w(end - 1).endswith("ed") and w(end - 1) != "in"
        )

    def _neither(self, at: int) -> Iterator[tuple[int, Line]]:
        """`neither open tickets nor failed invoices`, `no logins nor tickets in the last 30 days`: none of each."""
        for place, negated in self.auxiliaries(at):
            if negated or self.w(place) not in ("neither", "no"):
                continue
            for end, first in self._plain_rows(place + 1):
                for stop, second in self._plain_rows(end + 1) if self.w(end) == "nor" else ():
                    for last, every in self._timed(stop, [first, second]):
                        lines = [f"none({rows.text})" for rows in every]
                        yield last, Line(" and ".join(lines), notes=("“neither” is `none(…) and none(…)`",))

    def _timed(self, at: int, every: list[Rows]) -> Iterator[tuple[int, list[Rows]]]:
        """Several rows with one window, which all of them can have."""
        yield at, every
        for end, timed in self._windowed(at, every[-1]):
            if end > at:
                yield end, [self.in_window(r, timed.window) for r in every]

    def _listed(self, at: int) -> Iterator[tuple[int, Line]]:
        """`more than 5 tickets or meetings in the last 30 days`, `tickets and meetings this month are more than 5`."""
        w = self.w
        for first, negated in self.auxiliaries(at):
            for start, entry, slots in self._quantities(first):
                to = entry.to.get("rows", "")
                if "count({r})" not in to or ("{n}" not in to and "{a}" not in to):
                    continue
                for place, every, join in self._list(start):
                    for end, timed in self._timed(place, every):
                        if w(end) not in ("that", "which", "who", "with", "whose", "where"):
                            line = self._of_several(filled(to, slots), timed, join)
                            yield end, line.not_ if negated else line
        place = at + 2 * ((w(at), w(at + 1)) in (("number", "of"), ("count", "of")))
        for end, every, join in self._list(place):
            for stop, timed in self._timed(end, every):
                figure = Noun("\v", ty.INTEGER)
                for last, line in self.predicate(stop, figure):
                    if not re.fullmatch(r"\v (?:[<>=!]+ \d[\d_]*|(?:not )?between \d[\d_]* and \d[\d_]*)", line.text):
                        continue
                    for final, late in self._timed(last, timed) if not timed[0].window else [(last, timed)]:
                        yield final, self._of_several(line.text.replace("\v", "count({r})"), late, join)

    def _of_several(self, to: str, every: list[Rows], join: str) -> Line:
        """The line on a number of rows of several kinds: of all of them together, or of each."""
        total = " + ".join(f"count({r.text})" for r in every)
        each = f" {join} ".join(to.replace("{r}", r.text) for r in every)
        if self.choose(2) == 0:
            return Line(to.replace("count({r})", total), notes=("all of them together",))
        return Line(f"({each})", notes=("each of them",))

    def _is_cut_short(self, at: int, end: int, line: Line) -> bool:
        """Whether a clause counts rows, and further kinds of rows behind it have no quantity of their own."""
        rows = line.subject
        if isinstance(rows, Rows) and rows.relation != self.scope.relation and self.w(end) in ("with", "whose"):
            inner = self.inside(rows.relation)
            if any(n.field is not None for i in range(end + 1, end + 7) for _, n in inner._named(i)):
                return True  # `a review with fewer than 3 stars`
        if isinstance(rows, Rows) and rows.relation.kind == "entity":
            if self.w(end) in ("with", "who", "whose", "without", "that", "which"):
                return True
            said = {self.w(i) for i in range(at, end)}
            if (
                self.w(end) == "and"
                and "with" in said
                and any(True for _ in self.inside(rows.relation)._some(end + 1, ""))
            ):
                return True  # `a user with role admin and no login`
        if self.w(end) not in ("and", "or", ",") or not re.search(r"\bcount\(", line.text):
            return False
        place = end + 1 + (self.w(end + 1) in ("and", "or"))
        is_last = any(stop == end for i in range(at, end) for stop, _ in self._plain_rows(i))
        return is_last and any(True for _ in self._plain_rows(place)) and self.w(place) not in small.ARTICLES
