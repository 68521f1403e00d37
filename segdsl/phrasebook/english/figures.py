"""Reads figures in English: half of arr, the total arr of all children, days since the last login, the share of users that are active."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.clauses import ClauseReader
from segdsl.phrasebook.english.line import Line
from segdsl.phrasebook.english.things import Noun, Rows, root
from segdsl.phrasebook.entry import say
from segdsl.phrasebook.measures import UNITS

Found = Iterator[tuple[int, Noun]]
"""Where a figure ends, and what it is."""

_UNITS = {*UNITS} - {"quarter"}
_SHARES = {"share", "percentage", "proportion", "fraction", "percent", "portion", "ratio", "%"}
_SIGNS = {
    ("plus",): "+",
    ("added", "to"): "+",
    ("+",): "+",
    ("minus",): "-",
    ("less",): "-",
    ("-",): "-",
    ("times",): "*",
    ("multiplied", "by"): "*",
    ("multiplied", "with"): "*",
    ("*",): "*",
    ("x",): "*",
    ("divided", "by"): "/",
    ("over",): "/",
    ("per",): "/",
    ("for", "each"): "/",
    ("/",): "/",
    ("as", "a", "share", "of"): "/",
    ("as", "a", "percentage", "of"): "/",
    ("as", "a", "percent", "of"): "/",
    ("as", "a", "fraction", "of"): "/",
    ("as", "%", "of"): "/",
}
_OF_TWO = {
    ("ratio", "of"): (("to", "and"), "{a} / {b}"),
    ("ratio", "between"): (("and",), "{a} / {b}"),
    ("difference", "between"): (("and",), "{a} - {b}"),
    ("difference", "of"): (("and",), "{a} - {b}"),
    ("sum", "of"): (("and", "plus"), "{a} + {b}"),
    ("total", "of"): (("and", "plus"), "{a} + {b}"),
    ("product", "of"): (("and",), "{a} * {b}"),
    ("larger", "of"): (("and", "or"), "larger({a}, {b})"),
    ("greater", "of"): (("and", "or"), "larger({a}, {b})"),
    ("higher", "of"): (("and", "or"), "larger({a}, {b})"),
    ("bigger", "of"): (("and", "or"), "larger({a}, {b})"),
    ("maximum", "of"): (("and", "or"), "larger({a}, {b})"),
    ("later", "of"): (("and", "or"), "larger({a}, {b})"),
    ("smaller", "of"): (("and", "or"), "smaller({a}, {b})"),
    ("lower", "of"): (("and", "or"), "smaller({a}, {b})"),
    ("lesser", "of"): (("and", "or"), "smaller({a}, {b})"),
    ("minimum", "of"): (("and", "or"), "smaller({a}, {b})"),
    ("earlier", "of"): (("and", "or"), "smaller({a}, {b})"),
}
_TIMES = {
    "half": "0.5",
    "twice": "2",
    "double": "2",
    "triple": "3",
    "quarter": "0.25",
    "third": "1 / 3",
    "tenth": "0.1",
}
_BOUNDS = {
    ("capped", "at"): "smaller({a}, {b})",
    ("up", "to", "a", "maximum", "of"): "smaller({a}, {b})",
    ("but", "at", "most"): "smaller({a}, {b})",
    ("but", "no", "more", "than"): "smaller({a}, {b})",
    ("but", "not", "more", "than"): "smaller({a}, {b})",
    ("but", "at", "least"): "larger({a}, {b})",
    ("but", "no", "less", "than"): "larger({a}, {b})",
    ("but", "not", "less", "than"): "larger({a}, {b})",
}
_DEEPEST = 6
_FAMILY = re.compile(
    r"(?:the|their|its|this) (?:whole|entire|complete|full) (?:family|group|tree|hierarchy|corporate group)"
    r"(?: of (?:companies|accounts|customers))?(?: together| combined)?(?= |$)"
)
_COUNT = say("", rows="count({r})")
_RANKS = {
    **small.FIGURES,
    "rank": "rank",
    "position": "rank",
    "place": "rank",
    "standing": "rank",
    "percentile": "percentile",
}
_LARGEST_FIRST = {"biggest", "largest", "highest", "greatest", "top", "best"}
_EMPTY = {"missing", "none", "unknown", "empty", "blank", "null", "any", "unset", "known", "set", "there", "filled"}


@dataclass
class FigureReader(ClauseReader):
    """A reader that reads calculations as well as nouns."""

    def figures(self, at: int, depth: int = 0) -> list[tuple[int, Noun]]:
        """Calculations and single values that begin at a place, longest first."""
        return self._once(f"figures {depth}", at, lambda: sorted(self._sum(at, depth), key=lambda pair: -pair[0]))

    def calculated(self, at: int) -> Found:
        """The figures that are more than a name of the model."""
        plain = {(end, noun.text) for end, noun in self.nouns(at)}
        yield from ((end, noun) for end, noun in self.figures(at) if (end, noun.text) not in plain)

    # -- calculations ------------------------------------------------------------------------

    def _sum(self, at: int, depth: int) -> Found:
        if depth > _DEEPEST:
            return
        for end, noun in self._joined(at, depth, "*/", self._term):
            yield from self._more(end, noun, depth, "+-", lambda p, d: self._joined(p, d, "*/", self._term))

    def _joined(self, at: int, depth: int, signs: str, part: Callable[[int, int], Found]) -> Found:
        for end, noun in part(at, depth):
            yield from self._more(end, noun, depth, signs, part)

    def _more(self, end: int, noun: Noun, depth: int, signs: str, part: Callable[[int, int], Found]) -> Found:
        """A figure, and what is calculated with it behind it."""
        self.around.tries.spend()
        yield end, noun
        sign, place = self._sign(end)
        if not sign or sign not in signs or not _is_number(noun):
            return
        if self.w(end) == "per" and (of := re.match(r"(?:average|median|max|min)\((\w+)", noun.text)) is not None:
            yield from ((stop, noun) for stop, rows in self.rows(place, bare=True) if rows.table == of[1])
            return  # `average seats per child`
        if self.w(end) == "per" and (field := re.fullmatch(r"last\((\w+)\.(\w+)\)", noun.text)) is not None:
            for stop, rows in self.rows(place, bare=True):  # `items per order`
                owned = Rows(field[1], self.scope.tables[field[1]])
                function = "average" if rows.table == owned.table and not rows.where else "sum"
                text = owned.of(function, field[2]) + (f" / count({rows.text})" if function == "sum" else "")
                yield stop, Noun(text, ty.NUMBER)
            return
        if self.w(end) == "over" and self.around.kind(place) == "number":
            return  # `invoices over 10_000`
        skip = place + (self.w(place) in small.ARTICLES and self.w(place) != "all")
        for stop, other in part(skip, depth + 1):
            if _is_number(other):
                left = noun.text if sign in "+-" or _level(noun.text) > 0 else f"({noun.text})"
                right = other.text if _level(other.text) > (sign in "-*/") + (sign == "/") - 1 else f"({other.text})"
                typed = noun.type if sign in "+-" else ty.NUMBER
                both = Noun(f"{left} {sign} {right}", typed)
                yield from self._more(stop, both, depth + 1, signs, part)

    def _sign(self, at: int) -> tuple[str, int]:
        for said in sorted(_SIGNS, key=len, reverse=True):
            if all(self.w(at + i) == word for i, word in enumerate(said)):
                return _SIGNS[said], at + len(said)
        return "", at

    # -- single figures ----------------------------------------------------------------------

    def _term(self, at: int, depth: int) -> Found:
        for end, noun in self._alone(at, depth):
            yield end, noun
            yield from self._behind(end, noun, depth)

    def _alone(self, at: int, depth: int) -> Found:
        self.around.tries.spend()
        around, w = self.around, self.w
        while w(at) in small.ARTICLES and w(at) not in ("a", "all"):
            at += 1
        if w(at) == "(" and (close := around.closing(at)) is not None:
            yield from (
                (close + 1, replace(noun, text=f"({noun.text})"))
                for end, noun in self.figures(at + 1, depth + 1)
                if end == close
            )
        yield from self._multiples(at, depth)
        yield from self._lengths(at)
        yield from self._shares(at)
        yield from self._of_two(at, depth)
        yield from self._of_everybody(at)
        yield from self._moved(at)
        yield from self._most_common(at)
        yield from self._time_of_rows(at)
        yield from self._shifted(at)
        yield from self._days_on_which(at)
        yield from self._of_family(at)
        yield from ((end, noun) for end, noun in self.nouns(at) if noun.type is not None)
        yield from self._counts(at)

    def _counts(self, at: int) -> Found:
        """Rows by themselves are counted: `open tickets`, `logins per user in the last 30 days`."""
        start = at + 2 * ((self.w(at), self.w(at + 1)) in (("number", "of"), ("count", "of"), ("how", "many")))
        if start > at:
            for end, rows in self.rows(start, bare=True):
                for stop, line, _ in self._said_of(end, rows, rows, _COUNT, {}) if not rows.latest else ():
                    yield stop, Noun(line.text, ty.INTEGER)
        for end, rows in self.rows(start):
            if rows.latest:
                continue
            yield end, Noun(f"count({rows.text})", ty.INTEGER)
            if self.w(end) == "per" and not rows.window:
                for stop, other in self.rows(end + 1, bare=True):
                    for last, timed in self._windowed(stop, rows):
                        yield last, Noun(f"count({timed.text}) / count({other.text})", ty.NUMBER)

    def _figures(self, at: int) -> Found:
        yield from super()._figures(at)
        function = small.FIGURES.get(self.w(at))
        yield from self._of_latest_values(at, function) if function is not None else ()
        for end, rows in self.rows(at + 1, bare=True) if function is not None else ():
            amount = self.inside(rows.relation).scope.amount
            if amount is not None and self.w(end) in ("value", "amount", "size", "volume", "price"):
                for last, timed in self._windowed(end + 1, rows):
                    yield last, Noun(timed.of(function or "", amount.text), amount.type, amount.field)
            for stop, noun in self.inside(rows.relation)._named(end):
                if "number" not in noun.kinds or noun.field is None or self.w(stop) not in ("of", "in", "over"):
                    continue
                place = stop + 1 + (self.w(stop + 1) in ("the", "all"))
                for last, said in self.rows(place, bare=True):
                    if said.table == rows.table and said.latest:
                        yield last, Noun(said.of(function or "", noun.text), noun.type, noun.field)

    def _of_latest_values(self, at: int, function: str) -> Found:
        """`average of the last three nps scores`: of a field that one kind of rows alone has."""
        place = at + 1
        while self.w(place) in small.ROWS_OF:
            place += 1
        if self.w(place) not in ("last", "latest", "newest"):
            return
        for start, n in words.number(self.around, place + 1):
            for table, relation in self.scope.tables.items():
                for end, noun in self.inside(relation)._named(start):
                    if noun.text in relation.fields and "number" in noun.kinds and self._is_of_rows(noun):
                        stop = end + (self.w(end) in ("scores", "answers", "values", "ratings", "results"))
                        figure = Rows(table, relation, latest=n).of(function, noun.text)
                        yield stop, Noun(figure, noun.type, noun.field)

    def _distinct(self, at: int) -> Found:
        """Also with what was done and when: `distinct pages visited in the last 30 days`."""
        for end, noun in super()._distinct(at):
            yield end, noun
            field = re.fullmatch(r"count_distinct\((\w+)\.(\w+)\)", noun.text)
            if field is None:
                continue
            rows = Rows(field[1], self.scope.tables[field[1]])
            is_done = self._verb_fits(self.w(end), rows) is not None and self.around.kind(end) == "word"
            for stop, timed in self._windowed(end + is_done, rows):
                yield stop, replace(noun, text=timed.of("count_distinct", field[2]))

    def _most_common(self, at: int) -> Found:
        """`most common channel`, `favourite device`."""
        w = self.w
        yield from self._most_often(at)
        two = w(at) == "most" and w(at + 1) in ("common", "frequent", "used", "popular")
        if not two and w(at) not in ("favourite", "favorite", "usual", "commonest"):
            return
        for table, relation in self.scope.tables.items():
            for end, noun in self.inside(relation)._named(at + 1 + two):
                is_own = noun.text in relation.fields and noun.text not in relation.structural
                if is_own and "text" in noun.kinds and self._is_of_rows(noun):
                    for stop, timed in self._windowed(end, Rows(table, relation)):
                        yield stop, Noun(timed.of("most_common", noun.text), noun.type, noun.field)

    def _most_often(self, at: int) -> Found:
        """`device most logins come from`, `device used most often this year`, `device with the most logins`: of a field of rows."""
        w = self.w
        for table, relation in self.scope.tables.items():
            for end, noun in self.inside(relation)._named(at):
                is_own = noun.text in relation.fields and noun.text not in relation.structural
                if not is_own or "text" not in noun.kinds or not self._is_of_rows(noun):
                    continue
                said = " ".join(w(i) for i in range(end, end + 8))
                words_ = re.match(
                    r"(?:that )?(?:they |most of them )?(?:used?|uses) (?:the )?most(?: often| frequently)?(?= |$)",
                    said,
                )
                ends = [] if words_ is None else [end + len(words_[0].split())]
                place = end + (w(end) in ("that", "which", "with", "where"))
                place += w(place) == "the"
                for stop, rows in self.rows(place + 1, bare=True) if w(place) == "most" else ():
                    if rows.table == table and not rows.where:
                        words_ = re.match(
                            r"(?:come|are|came|were|have|use|used|happen)(?: (?:from|on|in|with|by))?(?= |$)",
                            " ".join(w(i) for i in range(stop, stop + 3)),
                        )
                        ends.append(stop + (0 if words_ is None else len(words_[0].split())))
                for stop in ends:
                    for last, timed in self._windowed(stop, Rows(table, relation)):
                        yield last, Noun(timed.of("most_common", noun.text), noun.type, noun.field)

    def _multiples(self, at: int, depth: int) -> Found:
        """A number, `half of X`, `20% of X`, `3 times X`, `two thirds of X`."""
        around, w = self.around, self.w
        for place, part in words.fraction(around, at) if depth < _DEEPEST else ():
            for end, noun in self._term(place, depth + 1):
                if _is_number(noun) and not noun.text[0].isdigit():
                    yield end, replace(noun, text=part.format(_factor(noun.text)), type=ty.NUMBER, field=None)
        place = at + (w(at) in ("a", "one") and w(at + 1) in _TIMES)
        if (factor := _TIMES.get(w(place))) is not None:
            of = place + 1 + (w(place + 1) in ("of", "the"))
            for end, noun in self._term(of, depth + 1) if depth < _DEEPEST else ():
                if _is_number(noun) and noun.text[0] not in "0123456789":
                    yield end, replace(noun, text=f"{factor} * {_factor(noun.text)}", field=None)
        if around.kind(at) != "number":
            return
        number = around.tokens[at].text
        if w(at + 1) == "of" and number.endswith("%"):
            for end, noun in self._term(at + 2, depth + 1) if depth < _DEEPEST else ():
                if _is_number(noun):
                    yield end, replace(noun, text=f"{number} * {_factor(noun.text)}", field=None)
        if w(at + 1).rstrip("s") not in _UNITS:
            yield at + 1, Noun(number, ty.NUMBER)

    def _lengths(self, at: int) -> Found:
        """`number of days since signup`, `time since the last login in months`, `age in months`."""
        w = self.w
        for said in (("number", "of"), ("count", "of"), ("how", "many"), ("amount", "of")):
            if (w(at), w(at + 1)) == said:
                at += 2
        calendars = sorted(self.scope.names.calendars)
        if w(at) in ("business", "working", "work") and w(at + 1) in ("days", "day") and len(calendars) == 1:
            word = {"since": "since", "until": "until", "till": "until", "to": "until", "before": "until"}.get(
                w(at + 2)
            )
            for end, time in self._moments(at + 3) if word is not None else ():
                yield end, Noun(f"{calendars[0]} business days {word} {time.text}", ty.INTEGER)
        unit = w(at).rstrip("s")
        if unit in _UNITS:
            start = at + 1 + (w(at + 1) in ("passed", "left", "elapsed", "remaining"))
            word = {"since": "since", "until": "until", "till": "until", "to": "until", "before": "until"}.get(w(start))
            if word is not None:
                for end, time in self._moments(start + 1):
                    yield end, Noun(f"{unit}s {word} {time.text}", ty.INTEGER)
            if w(start) in ("between", "from"):
                yield from self._between_days(start + 1, unit)
        long: dict[tuple[str, ...], int] = {
            ("time",): 1,
            ("how", "long"): 2,
            ("time", "passed"): 2,
            ("time", "elapsed"): 2,
            ("length", "of"): 0,
        }
        for begun, skip in long.items():
            if all(w(at + i) == word for i, word in enumerate(begun)) and w(at + skip) in ("since", "until", "till"):
                word = "since" if w(at + skip) == "since" else "until"
                for end, time in self._moments(at + skip + 1):
                    if w(end) == "in" and (unit := w(end + 1).rstrip("s")) in _UNITS:
                        yield end + 2, Noun(f"{unit}s {word} {time.text}", ty.INTEGER)
        born = [n for n in self.scope.of_kind("time") if "birth" in n.text]
        begins = born[0] if len(born) == 1 and "age" in (w(at), w(at + 2)) else self.scope.beginning
        if w(at) in ("age", "tenure", "lifetime") and begins is not None:
            place = at + 1
            while w(place) in ("of", "the", "this") or w(place) in small.SELF:
                place += 1
            if w(place) == "in" and (unit := w(place + 1).rstrip("s")) in _UNITS:
                yield place + 2, Noun(f"{unit}s since {begins.text}", ty.INTEGER)
        if unit in _UNITS and w(at + 1) == "of" and w(at + 2) in ("age", "tenure") and begins is not None:
            yield at + 3, Noun(f"{unit}s since {begins.text}", ty.INTEGER)

    def _between_days(self, at: int, unit: str) -> Found:
        w = self.w
        if w(at) in ("today", "now") and w(at + 1) in ("and", "to", "until"):
            for end, time in self._moments(at + 2):
                yield end, Noun(f"{unit}s until {time.text}", ty.INTEGER)
        for end, first in self._moments(at):
            if w(end) in ("and", "to", "until"):
                if w(end + 1) in ("today", "now"):
                    yield end + 2, Noun(f"{unit}s since {first.text}", ty.INTEGER)
                for stop, second in self._moments(end + 1):
                    yield stop, Noun(f"{unit}s from {first.text} to {second.text}", ty.INTEGER)

    def _moments(self, at: int) -> Found:
        """Times: fields, the newest row's, and the beginning by other words, as `signup`."""
        yield from ((end, noun) for end, noun in self.nouns(at) if "time" in noun.kinds and noun.type is not None)
        yield from self._signup(at)

    def _signup(self, at: int) -> Found:
        """The beginning of a customer's life by other words: `signup`, `registration`, `becoming a customer`."""
        place, begins = at, self.scope.beginning
        while self.w(place) in small.ARTICLES or self.w(place) in ("account", "customer"):
            place += 1
        said = self.w(place).replace("signup", "signed").removesuffix("ing")
        words_ = {root(w) for w in ("signed", "created", "joined", "creation", "start")}
        is_begun = begins is not None and len(said) > 5 and said[:5] == begins.text[:5] and said != begins.text
        if begins is not None and self.scope.is_entity and (root(said) in words_ or is_begun):
            yield place + 1 + (self.w(place + 1) in ("up", "date")), begins
        if self.w(place) in ("became", "becoming") and begins is not None and self.w(place + 2) == "customer":
            yield place + 3, begins

    def _shares(self, at: int) -> Found:
        """`share of users that are active`, `percentage of open tickets`."""
        w = self.w
        if w(at) not in _SHARES or w(at + 1) != "of":
            return
        place = at + 2
        while w(place) in small.ARTICLES:
            place += 1
        for end, rows in self.rows(place, bare=True):
            if rows.where:
                bare = replace(rows, where=())
                for last, timed in self._windowed(end, bare):
                    yield last, Noun(f"share({timed.text} having {rows.having})", ty.NUMBER)
                continue
            for stop, timed in self._windowed(end, rows):
                inner = self.inside(rows.relation)
                said = [*inner.of_row(stop), *inner.about(stop + (w(stop) in ("that", "who", "which")))]
                for last, line in said:
                    if line.text and not line.text.startswith("\f"):
                        for final, again in self._windowed(last, timed) if not timed.window else [(last, timed)]:
                            yield final, Noun(f"share({again.text} having {line.text})", ty.NUMBER)

    def _of_two(self, at: int, depth: int) -> Found:
        """`the ratio of A to B`, `the larger of A and B`."""
        entry = _OF_TWO.get((self.w(at), self.w(at + 1)))
        if entry is None or depth >= _DEEPEST:
            return
        joins, line = entry
        for end, a in self._term(at + 2, depth + 1):
            if self.w(end) in joins:
                for stop, b in self._term(end + 1, depth + 1):
                    both = line.replace("{a}", _factor(a.text)).replace("{b}", _factor(b.text))
                    yield stop, Noun(both, a.type)

    def _of_everybody(self, at: int) -> Found:
        """`the average arr of all accounts in the region`, `the rank by arr`."""
        w, own = self.w, self.scope.relation.name
        function = _RANKS.get(w(at))
        if function is None or not self.scope.is_entity:
            return
        if function in ("rank", "percentile"):
            yield from self._ranks(at + 1, function)
            return
        place = at + 1 + (w(at + 1) in ("by", "of", "in"))
        for end, noun in self._named(place):
            if "number" not in noun.kinds:
                continue
            of = end + (w(end) in ("of", "over", "across", "among"))
            is_all = w(of) in ("all", "every", "everybody", "everyone")
            of += is_all
            named = root(w(of)) in (root(own), "customer", "account")
            if of > end and is_all and (named or w(of - 1).startswith("every")):
                for stop, group in self.group(of + named):
                    yield stop, Noun(f"{function}(all {own}.{noun.text}{group['per']})", noun.type)

    def _ranks(self, at: int, function: str) -> Found:
        """`by arr in their region`, `in the region by arr, biggest first`, behind `rank`: 1 is the largest."""
        w = self.w
        for before, group in self.group(at):
            if before > at and w(before) not in ("by", "on", "for"):
                continue
            for end, noun in self._named(before + (w(before) in ("by", "of", "in", "on", "for"))):
                behind = [(end, group)] if before > at and group["per"] else self.group(end)
                for stop, by in behind if "number" in noun.kinds and noun.type is not None else ():
                    first = stop + (w(stop) in (",", "("))
                    is_said = w(first) in _LARGEST_FIRST and w(first + 1) == "first"
                    ordered = first + 2 + (w(stop) == "(" and w(first + 2) == ")")
                    yield ordered if is_said else stop, Noun(f"{function}({noun.text}{by['per']})", ty.NUMBER)

    def _moved(self, at: int) -> Found:
        """`the change in weekly_logins over the last 4 weeks`."""
        w = self.w
        if w(at) not in ("change", "growth", "increase", "decrease", "decline") or w(at + 1) not in ("in", "of"):
            return
        for end, noun in self.nouns(at + 2):
            if not _is_number(noun):
                continue
            for stop, d in self.span(end, only_ago=False):
                sign = "-" if w(at) in ("decrease", "decline") else ""
                yield stop, Noun(f"{sign}change({noun.text}, {d}, floor: 0)", ty.NUMBER)

    def _time_of_rows(self, at: int) -> Found:
        """`date of the last login`."""
        w = self.w
        if w(at) in ("date", "day", "time", "moment") and w(at + 1) == "of":
            place = at + 2 + (w(at + 2) in small.ARTICLES)
            for end, noun in self._last_of(place):
                if "time" in noun.kinds:
                    yield end, noun
        if (w(at), w(at + 1)) == ("when", "they") or (w(at) == "when" and w(at + 1) in small.SELF):
            yield from ((end, noun) for end, noun in self._last_of(at + 2) if "time" in noun.kinds)

    def _shifted(self, at: int) -> Found:
        """`last_renewal_date + 1 year`, `a year after the last renewal date`: a day so much later or earlier."""
        for end, noun in self._named(at):
            way = {"+": "after", "plus": "after", "-": "before", "minus": "before"}.get(self.w(end))
            if way is not None and "time" in noun.kinds and noun.field is not None:
                for stop, d in words.duration(self.around, end + 1):
                    yield stop, Noun(f"{d} {way} {noun.text}", noun.type)
        for end, d in words.duration(self.around, at):
            for stop, noun in self._days_by_name(end + 1) if self.w(end) in ("after", "before") else ():
                yield stop, Noun(f"{d} {self.w(end)} {noun.text}", noun.type)

    def _days_on_which(self, at: int) -> Found:
        """`on how many days they logged in this month`, `number of days on which they logged in`: days with a row."""
        w, said = self.w, " ".join(self.w(i) for i in range(at, at + 8))
        asked = re.match(
            r"(?:on )?(?:how many|number of|count of)(?: different| distinct| separate)? days(?: on which| that| when)?(?= )",
            said,
        )
        if asked is None:
            return
        place = at + len(asked[0].split())
        place += w(place) in small.SELF | {"there", "did"}
        place += w(place) in small.SELF | {"was", "were"}
        place += w(place) in ("a", "an", "any")
        for end, line in self.about(place):
            rows = line.subject
            if isinstance(rows, Rows) and line.text == f"any({rows.text})" and rows.relation.at:
                yield end, Noun(f"distinct_days({rows.text})", ty.INTEGER)

    def _of_family(self, at: int) -> Found:
        """`total arr of the whole group of companies`: a number of all who hang together by a link of each to one above."""
        w = self.w
        own = [link for link in self.scope.own_links() if self.scope.is_entity]
        place = at + (w(at) in ("total", "combined", "overall", "sum"))
        place += w(place) in ("of", "the")
        for end, noun in self._named(place) if len(own) == 1 else ():
            if "number" not in noun.kinds or noun.field is None or w(end) not in ("of", "across", "in", "over"):
                continue
            said = _FAMILY.match(" ".join(w(i) for i in range(end + 1, end + 9)))
            if said is not None:
                yield end + 1 + len(said[0].split()), Noun(f"sum(family({own[0]}).{noun.text})", noun.type)

    # -- behind a figure ---------------------------------------------------------------------

    def _behind(self, end: int, noun: Noun, depth: int) -> Found:
        """`… 4 weeks ago`, `… or 0 if missing`, `… rounded to 2 decimals`, `… capped at 1`."""
        w = self.w
        if noun.field is None and not noun.text[0].isdigit() and _is_number(noun):
            for stop, d in words.duration(self.around, end + (w(end) in ("of", "from"))):
                if w(stop) in ("ago", "earlier", "before"):
                    yield stop + 1, Noun(f"({noun.text} as of {d} ago)", noun.type)
        place = end + (w(end) == ",")
        place += w(place) in ("or", "else", "and", "with")
        if place > end:
            for stop, other in self._multiples(place, _DEEPEST):
                after = stop + (w(stop) in ("if", "when", "where", "for"))
                after += w(after) in ("it", "that", "there", "none")
                after += w(after) in ("is", "are", "'")
                after += w(after) in ("s", "it")
                if after > stop and w(after) in ("missing", "none", "unknown", "empty", "blank", "null", "any"):
                    yield after + 1, Noun(f"first_known({noun.text}, {other.text})", noun.type)
        yield from self._or_if_missing(end, noun, depth)
        for said, line in _BOUNDS.items():
            if all(w(end + i) == word for i, word in enumerate(said)):
                for stop, other in self._alone(end + len(said), depth + 1):
                    both = line.replace("{a}", noun.text).replace("{b}", other.text)
                    yield stop, Noun(both, noun.type)
        if w(end) in ("rounded", "round"):
            place = end + 1 + (w(end + 1) in ("to", "off"))
            while w(place) in ("the", "to", "nearest", "full", "a"):
                place += 1
            text = self.around.tokens[place].text if self.around.kind(place) == "number" else ""
            decimals = w(place + 1) in ("decimals", "decimal", "places", "digits")
            if text and decimals and text.isdigit() and int(text) <= 9:
                stop = place + 2 + (w(place + 2) == "places")
                step = "1" if text == "0" else f"0.{'0' * (int(text) - 1)}1"
                yield stop, Noun(f"round({noun.text}, to: {step})", noun.type)
            elif text:
                yield place + 1, Noun(f"round({noun.text}, to: {text})", noun.type)
            hundreds = {"hundred": "100", "thousand": "1_000", "ten": "10", "million": "1_000_000", "integer": "1"}
            if w(place) in hundreds:
                yield place + 1, Noun(f"round({noun.text}, to: {hundreds[w(place)]})", noun.type)

    def _or_if_missing(self, at: int, noun: Noun, depth: int) -> Found:
        """`, or if that's empty last_renewal_date + 1 year`, `or the last renewal date if it is missing`, behind a figure or a day."""
        w = self.w
        place = at + (w(at) in (",", ";"))
        place += w(place) in ("or", "else", "otherwise", "and", "but")
        if place == at or noun.type is None:
            return
        if (empty := self._if_empty(place)) is not None:
            begin = empty + (w(empty) in (",", "then"))
            begin += w(begin) in ("then", "use", "take")
            others = [*self._alone(begin, depth + 1), *self._quoted_text(begin, noun)]
        else:
            begin = place + (w(place) in ("use", "else"))
            is_number = "number" in noun.kinds  # see above
            behind = () if is_number else [*self._alone(begin, depth + 1), *self._quoted_text(begin, noun)]
            others = [(last, other) for stop, other in behind if (last := self._if_empty(stop)) is not None]
        for stop, other in others:
            if other.type == noun.type and other.text != noun.text:
                yield stop, Noun(f"first_known({noun.text}, {other.text})", noun.type)

    def _quoted_text(self, at: int, noun: Noun) -> Found:
        if self.around.kind(at) == "text" and isinstance(noun.type, ty.Text):
            yield at + 1, Noun(self.around.tokens[at].text, noun.type)

    def _if_empty(self, at: int) -> int | None:
        """Where `if that's empty`, `where it is missing`, `if there is none`, `when it isn't known` end."""
        w = self.w
        if w(at) not in ("if", "when", "where"):
            return None
        place = at + 1
        while w(place) in ("it", "that", "this", "there", "is", "'", "s", "are"):
            place += 1
        negated = w(place) in ("isn't", "not", "no", "unknown") and w(place + 1) in _EMPTY
        place += negated
        is_known = w(place) in ("known", "set", "there", "filled")
        if w(place) not in _EMPTY or is_known != negated:
            return None
        return place + 1 + (w(place) == "filled" and w(place + 1) == "in")

    # -- in comparisons ----------------------------------------------------------------------

    def _numbers(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        yield from super()._numbers(at, subject)
        yield from self._as_it_was(at, subject)

    def _as_it_was(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        """`half of what it was 4 weeks ago`, `20% of its value a month ago`, `its level of 4 weeks ago`."""
        around, w, place, factor = self.around, self.w, at, ""
        if subject.type is None or subject.text.startswith("\v"):
            return
        start = place + (w(place) in ("a", "one") and w(place + 1) in _TIMES)
        if (times := _TIMES.get(w(start))) is not None:
            factor, place = times, start + 1
        elif around.kind(place) == "number" and (around.tokens[place].text.endswith("%") or w(place + 1) == "times"):
            factor = around.tokens[place].text
            place += 1 + (w(place + 1) == "times")
        place += w(place) == "of"
        begun = place
        if w(place) in ("what", "as"):
            place += 1
        if w(place) in ("it", "they", "that", "this", "the", "its", "their"):
            place += 1
        place += w(place) in ("value", "level", "number", "figure", "amount", "values")
        place += w(place) in ("was", "were", "had", "stood", "of", "from", "at")
        if place == begun:
            return
        for end, d in words.duration(around, place):
            if w(end) in ("ago", "before", "earlier"):
                was = f"({subject.text} as of {d} ago)"
                yield end + 1, f"{factor} * {was}" if factor else was

    def further(self, at: int) -> Iterator[tuple[int, Line]]:
        yield from super().further(at)
        for end, noun in self.calculated(at):
            if not _is_number(noun) or noun.text[0].isdigit():
                continue
            for stop, line in self.predicate(end, noun):
                if not re.search(r"\bchange\(|\bas of\b|\bin (?:top|bottom)\b|\ball account|quantile\(", line.text):
                    yield stop, replace(line, negated="")


def _is_number(noun: Noun) -> bool:
    return "number" in noun.kinds and noun.type is not None


def _level(text: str) -> int:
    """How tightly a calculation binds: 0 with `+` or `-` outside brackets, 1 with `*` or `/`, 2 without."""
    depth, level = 0, 2
    for word in re.findall(r'"[^"]*"|[()]|[^\s()"]+', text):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word in ("+", "-"):
            return 0
        if depth == 0 and word in ("*", "/"):
            level = 1
    return level


def _factor(text: str) -> str:
    return text if _level(text) == 2 else f"({text})"


def notes_of(text: str) -> Sequence[str]:
    """How the parts of a figure are written here."""
    said = {
        "count(": "rows are counted with `count(…)`",
        "share(": "a share of rows is `share(ROWS having …)`",
        "latest ": "the newest rows are asked with `latest`",
        " since ": "the time since a day is `days since …`",
        " as of ": "what it was on another day is `(VALUE as of 90 days ago)`",
        "first_known(": "the first value that isn't missing is `first_known(…)`",
        "sum(": "rows are added up with `sum(…)`",
    }
    return [note for piece, note in said.items() if piece in text]
