"""Names of values in a clause, such as fields, metrics, figures of rows and rules -> `Noun`s with the place where they end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from segdsl.lang.reserved import AGGREGATES
from segdsl.model import types as ty
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.line import filled
from segdsl.phrasebook.english.literals import LiteralReader
from segdsl.phrasebook.english.things import Noun, Rows, Scope, root
from segdsl.phrasebook.tokens import joined

LONGEST_NAME = 5  # words of a name


@dataclass
class NounReader(LiteralReader):
    """A reader of names of values."""

    def nouns(self, at: int) -> Iterator[tuple[int, Noun]]:
        """Values that begin at a place, longest first."""
        yield from self._once("nouns", at, lambda: sorted(self._nouns(at), key=lambda pair: -pair[0]))

    def _nouns(self, at: int) -> Iterator[tuple[int, Noun]]:
        self.around.tries.spend()
        start, w = at, self.w
        while w(at) in small.ARTICLES and at - start < 2:
            at += 1
        at += w(at) in ("attribute", "property", "field", "metric", "column", "trait")
        yield from self._counted(at)
        yield from self._last_of(at)
        yield from self._figures(at)
        if w(at) in ("days", "weeks", "months", "hours", "years") and w(at + 1) in ("since", "until", "to", "before"):
            word = "since" if w(at + 1) == "since" else "until"
            for end, noun in self._nouns(at + 2):
                if "time" in noun.kinds and noun.type is not None:
                    yield end, Noun(f"{w(at)} {word} {noun.text}", ty.INTEGER)
        owner = at + 1 + (w(at + 1) in small.SELF)
        if w(owner) == "'" and w(owner + 1) == "s" and (linked := self.scope.linked(w(at))) is not None:
            yield from self._of_link(linked, owner + 2)
        for end, noun in self._named(at):
            if w(end) == "of":
                link = end + 1 + (w(end + 1) in small.ARTICLES)
                if (linked := self.scope.linked(w(link))) is not None and noun.field is not None:
                    yield link + 1, replace(noun, text=f"{linked[0]}.{noun.field.name}")
                if w(link) in small.SELF:
                    yield link + 1, noun
            yield end, noun
            if w(end) in (
                "field",
                "attribute",
                "property",
                "value",
                "column",
                "score",
                "level",
                "status",
                "date",
                "trait",
            ) and w(end - 1) != w(end):
                yield end + 1, noun

    def _of_link(self, linked: tuple[str, Scope], at: int) -> Iterator[tuple[int, Noun]]:
        for end, noun in self.inside(linked[1].relation)._named(at):
            if noun.field is not None:
                yield end, replace(noun, text=f"{linked[0]}.{noun.text}")

    def _named(self, at: int) -> list[tuple[int, Noun]]:
        return self._once("named", at, lambda: self._by_name(at))

    def _by_name(self, at: int) -> Iterator[tuple[int, Noun]]:
        """Fields and metrics by their names, paths such as `billing.autopay` as they are, and literal calls."""
        around = self.around
        for length in range(LONGEST_NAME, 0, -1):
            said = around.tokens[at : at + length]
            if len(said) < length or said[0].kind != "word" or around.lower(at + length) == "(":
                continue
            if not all(t.kind == "word" or (t.kind == "number" and t.text.isdigit()) for t in said):
                continue
            name = "".join(f"{'' if i and not t.gap else ' '}{t.lower}" for i, t in enumerate(said))
            nouns = [n for n in self.scope.nouns(name.split()) if length > 1 or _may_be_called(said[0].lower, n)]
            if length == 1 and said[0].lower in small.STOPS | small.BE:
                continue
            if nouns and len(nouns) <= 2:
                noun = nouns[self.choose(len(nouns))]
                yield at + length, self._as_done(noun) if said[-1].lower.endswith("ed") else noun
        if self.w(at + 1) == "." and around.kind(at + 2) == "word":
            path = f"{self.w(at)}.{self.w(at + 2)}"
            described = self.scope.names.described(path)
            linked = self.scope.nouns([self.w(at), self.w(at + 2)])
            if linked and linked[0].text == path:
                yield at + 3, linked[0]
            elif described is not None and self.w(at) not in self.scope.tables:
                yield at + 3, Noun(path, described.type, described)
        if self.w(at) in AGGREGATES and self.w(at + 1) == "(" and (close := around.closing(at + 1)) is not None:
            if (timed := self._time_of_last(at, close)) is not None:
                yield close + 1, timed
                return
            yield (
                close + 1,
                Noun(
                    joined([replace(t, gap=t.gap if i else "") for i, t in enumerate(around.tokens[at : close + 1])]),
                    ty.INTEGER if self.w(at) in small.NUMERIC else None,
                ),
            )

    def _time_of_last(self, at: int, close: int) -> Noun | None:
        """`last(meetings where level = "exec")`: the newest row by itself, of which its time is meant."""
        table = self.w(at + 2)
        relation = self.scope.tables.get(table)
        if self.w(at) not in ("last", "first") or relation is None or not relation.at or self.w(at + 3) == ".":
            return None
        time = self.inside(relation).scope.beginning
        rest = joined(self.around.tokens[at + 3 : close]).strip()
        text = f"{self.w(at)}({table}.{relation.at}{f' {rest}' if rest else ''})"
        newest = Rows(table, relation) if not rest else None
        return None if time is None else Noun(text, time.type, time.field, row_time=newest)

    def _as_done(self, noun: Noun) -> Noun:
        """A day that lies ahead as the one that has been: of `renewed` the last renewal, where the model has that."""
        if noun.direction != "ahead" or noun.field is None:
            return noun
        return next((n for n in self.scope.nouns(["last", *noun.text.split("_")]) if n.field is not None), noun)

    def _counted(self, at: int) -> Iterator[tuple[int, Noun]]:
        """`number of tickets`, `how many logins`, `ticket count`."""
        w = self.w
        starts = {
            ("number", "of"): 2,
            ("count", "of"): 2,
            ("amount", "of"): 2,
            ("how", "many"): 2,
            ("total", "number"): 3,
            ("#", "of"): 2,
            ("total", "count"): 3,
        }
        if (skip := starts.get((w(at), w(at + 1)))) is not None:
            if w(at + skip) in ("days", "weeks", "months", "hours", "years"):
                yield from self._nouns(at + skip)
            yield from self._days_with(at + skip)
            if w(at + skip) in ("different", "distinct", "unique"):
                yield from self._distinct(at + skip + 1)
            for end, rows in self.rows(at + skip):
                amount = self.inside(rows.relation).scope.amount if w(at) == "amount" else None
                if amount is not None and isinstance(amount.type, ty.Money):
                    yield end, Noun(rows.of("sum", amount.text), amount.type, amount.field)
                else:
                    yield end, Noun(f"count({rows.text})", ty.INTEGER)
            yield from ((end, noun) for end, noun in self._named(at + skip) if "number" in noun.kinds)
        for end, rows in self.rows(at, bare=True):
            if w(end) == "per":
                for stop, other in self.rows(end + 1, bare=True):
                    yield stop, Noun(f"count({rows.text}) / count({other.text})", ty.NUMBER)
            if w(end) in ("count", "counts", "volume"):
                yield end + 1, Noun(f"count({rows.text})", ty.INTEGER)

    def _days_with(self, at: int) -> Iterator[tuple[int, Noun]]:
        """`different days with a login in the last 30 days`, behind `number of`."""
        w = self.w
        at += w(at) in ("different", "distinct", "unique", "separate")
        if (w(at), w(at + 1)) != ("days", "with"):
            return
        place = at + 2
        place += (
            3 if (w(place), w(place + 1), w(place + 2)) == ("at", "least", "one") else w(place) in ("a", "an", "any")
        )
        for end, rows in self.rows(place):
            if rows.relation.at and not rows.latest:
                yield end, Noun(f"distinct_days({rows.text})", ty.INTEGER)

    def _distinct(self, at: int) -> Iterator[tuple[int, Noun]]:
        for table, relation in self.scope.tables.items():
            inner = self.inside(relation)
            for end, noun in inner._named(at):
                if noun.text in relation.fields and noun.text not in relation.structural:
                    yield end, Noun(f"count_distinct({table}.{noun.text})", ty.INTEGER)

    def _last_word(self, at: int) -> tuple[int, str] | None:
        if self.w(at) == "most" and self.w(at + 1) == "recent":
            return at + 2, "last"
        return (at + 1, small.LAST[self.w(at)]) if self.w(at) in small.LAST else None

    def _last_of(self, at: int) -> Iterator[tuple[int, Noun]]:
        """`the last login`, `the last invoice's amount`, `the last NPS score`, `amount of the last invoice`."""
        if (which := self._last_word(at)) is not None:
            place, function = which
            for end, rows in self.rows(place, bare=True):
                inner = self.inside(rows.relation)
                time = inner.scope.beginning
                if time is not None and rows.relation.at:
                    base = rows.of(function, time.text)
                    yield end, Noun(base, time.type, time.field, row_time=rows)
                    if self.w(end) in ("date", "time", "day"):
                        yield end + 1, Noun(base, time.type, time.field, row_time=rows)
                after = end + 2 if self.w(end) == "'" and self.w(end + 1) == "s" else end
                for stop, noun in inner._named(after):
                    if noun.field is not None:
                        yield stop, Noun(rows.of(function, noun.text), noun.type, noun.field)
            for end, noun in self._named(place):
                if noun.text.startswith("last("):
                    yield end, replace(noun, text=f"{function}{noun.text[4:]}")
                    if self.w(end) in ("score", "answer", "value", "response", "rating"):
                        yield end + 1, replace(noun, text=f"{function}{noun.text[4:]}")
        for table, relation in self.scope.tables.items():
            inner = self.inside(relation)
            for end, noun in inner._named(at):
                place = end + 1 + (self.w(end + 1) in small.ARTICLES)
                if self.w(end) != "of" or (which := self._last_word(place)) is None or noun.field is None:
                    continue
                for stop, rows in self.rows(which[0], bare=True):
                    if rows.table == table:
                        yield stop, Noun(rows.of(which[1], noun.text), noun.type, noun.field)

    def _figures(self, at: int) -> Iterator[tuple[int, Noun]]:
        """`the sum of all paid invoices`, `the average NPS`, `total invoice amount this year`."""
        function = small.FIGURES.get(self.w(at))
        if function is None:
            return
        place = at + 1
        while self.w(place) in small.ROWS_OF or self.w(place) == "value":
            place += 1
        for end, rows in self.rows(place):
            amount = self.inside(rows.relation).scope.amount
            if amount is not None:
                yield end, Noun(rows.of(function, amount.text), amount.type, amount.field)
        for end, rows in self.rows(place, bare=True):
            inner = self.inside(rows.relation)
            for stop, noun in inner._named(end):
                if "number" in noun.kinds and noun.field is not None:
                    for last, timed in self._windowed(stop, rows):
                        yield last, Noun(timed.of(function, noun.text), noun.type, noun.field)
        for table, relation in self.scope.tables.items():
            inner = self.inside(relation)
            named = self.scope.table([self.w(place)])
            dotted = self.w(place + 1) == "." and named is not None and named[0] == table
            for end, noun in inner._named(place + 2 * dotted):
                is_of_rows = dotted or self._is_of_rows(noun)
                if noun.text not in relation.fields or "number" not in noun.kinds or not is_of_rows:
                    continue
                rows = Rows(table, relation)
                for stop, said in self.modified(end, rows) if dotted else ():
                    yield stop, Noun(said.of(function, noun.text), noun.type, noun.field)
                if self.w(end) in ("of", "in", "from", "on", "per", "across") and self.w(end) != "per":
                    of = end + 1
                    while self.w(of) in small.ROWS_OF:
                        of += 1
                    for stop, said in self.rows(of):
                        if said.table == table:
                            yield stop, Noun(said.of(function, noun.text), noun.type, noun.field)
                for stop, timed in self._windowed(end + (self.w(end) in ("score", "answer")), rows):
                    yield stop, Noun(timed.of(function, noun.text), noun.type, noun.field)

    def _is_of_rows(self, noun: Noun) -> bool:
        owners = [r for r in self.scope.tables.values() if noun.text in r.fields]
        return len(owners) == 1 or self.scope.relation.fields.get(noun.text) is None

    def _windowed(self, at: int, rows: Rows) -> Iterator[tuple[int, Rows]]:
        yield at, rows
        for end, slots, entry in self.time(at, time_of(rows)):
            if "rows" in entry.to:
                yield end, replace(rows, window=filled(entry.to["rows"], slots))

    def group(self, at: int) -> Iterator[tuple[int, Mapping[str, str]]]:
        """`in its region`, `per region`, or nobody in particular."""
        w, entity = self.w, self.scope.relation.name
        place = at
        while w(place) in (
            "of",
            "in",
            "per",
            "within",
            "for",
            "by",
            "its",
            "their",
            "the",
            "each",
            "every",
            "same",
            "among",
            "from",
            "across",
        ):
            place += 1
        if place > at:
            for end, noun in self._named(place):
                if noun.field is not None and "number" not in noun.kinds:
                    yield end, {"e": entity, "per": f" per {noun.text}"}
            rest = place + (w(place) == "all")
            is_all = w(place) == "all" and (w(rest) in small.ENDS or w(rest) in small.SELF)
            if (
                root(w(rest)) in (root(entity), "customer", "account")
                or is_all
                or w(place) in ("everyone", "everybody")
            ):
                yield rest + (w(rest) not in small.ENDS), {"e": entity, "per": ""}
        yield at, {"e": entity, "per": ""}

    def rule(self, at: int) -> Iterator[tuple[int, str]]:
        """A segment, an arm or a list, by its name or title."""
        names, around = self.scope.names, self.around
        for length in range(6, 0, -1):
            said = around.tokens[at : at + length]
            if len(said) < length or any(
                t.kind not in ("word", "text") and t.text not in (".", "-", "'") for t in said
            ):
                continue
            text = joined([replace(t, gap=t.gap if i else "") for i, t in enumerate(said)]).strip('"').lower()
            if " of " in text:
                inner, _, whole = re.sub(r" (?:segment|arm|group|category|tier) of (?:the )?", " of ", text).partition(
                    " of "
                )
                text = f"{whole}.{inner}"
            text = text.replace("'s ", ".")
            for spelt in (text, text.replace(" ", "."), text.replace(" ", "_"), f"{text}s", text.removesuffix("s")):
                path = spelt if spelt in names.rules.values() or spelt in names.lists else names.rules.get(spelt)
                if path is not None:
                    yield at + length, path
                    break


def _may_be_called(name: str, noun: Noun) -> bool:
    """Whether a name with `_` may mean a value: `seats_used` is another one than `seat_use`."""
    said, own = name.split("_"), noun.text.split("_")
    return "_" not in name or not any(w.endswith(("ed", "ing")) and w not in own for w in said)


def time_of(rows: Rows) -> Noun:
    ahead = Noun(rows.relation.at or "", ty.TIMESTAMP, row_time=None if rows.relation.known_at else rows)
    return ahead if not rows.relation.known_at else replace(ahead, text="last")
