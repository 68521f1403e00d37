"""Rows in a clause, with adjectives before them, and windows and conditions behind -> `Rows` with the place where they end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.line import Line, filled
from segdsl.phrasebook.english.nouns import time_of
from segdsl.phrasebook.english.reader import DEEPEST
from segdsl.phrasebook.english.templates import TemplateReader
from segdsl.phrasebook.english.things import Rows, root
from segdsl.phrasebook.measures import CALENDAR

_EXCEPT = {"except", "excepting", "excluding", "besides", "but", "other than", "apart from", "aside from", "but not"}
"""Stand between rows and those of them that aren't meant."""


@dataclass
class RowsReader(TemplateReader):
    """A reader of rows."""

    def rows(self, at: int, *, bare: bool = False) -> Iterator[tuple[int, Rows]]:
        """Rows with their adjectives, windows and conditions; `bare`: the noun with adjectives alone. Longest first."""
        yield from self._once("bare rows" if bare else "rows", at, lambda: self._rows(at, bare=bare))

    def _rows(self, at: int, *, bare: bool) -> list[tuple[int, Rows]]:
        found = list[tuple[int, Rows]]()
        for end, rows in self._table(at):
            found.append((end, rows))
            if not bare and self.depth < DEEPEST:
                found += self.modified(end, rows, 0)
        return sorted(found, key=lambda pair: -pair[0])

    def _table(self, at: int) -> Iterator[tuple[int, Rows]]:
        around, w = self.around, self.w
        while w(at) in small.ARTICLES or (w(at) == "of" and w(at + 1) in small.ARTICLES):
            at += 1
        latest = ""
        if w(at) in ("last", "latest", "first") or (w(at), w(at + 1)) == ("most", "recent"):
            place = at + 1 + (w(at) == "most")
            for end, n in words.number(around, place):
                if w(at) != "first":
                    latest, at = n, end
                break
        for before in range(4):
            if before and (
                around.kind(at + before - 1) not in ("word", "sign")
                or w(at + before - 1) in small.ENDS - {",", "and", "or"}
            ):
                break
            for length in (3, 2, 1):
                said = around.tokens[at + before : at + before + length]
                after = at + before + length
                if len(said) < length or any(t.kind != "word" for t in said) or w(after) == ".":
                    continue
                if w(after) == "(" and not around.tokens[after].gap:
                    continue  # a call
                named = self.scope.table([t.lower for t in said])
                if named is None:
                    continue
                relation = self.scope.tables[named[0]]
                inner = self.inside(relation)
                conditions = inner._adjectives(at, at + before)
                if conditions is not None and length == 1 and (valued := inner.scope.valued(w(at + before))):
                    conditions.append(f'{valued[0].text} = "{valued[1]}"')  # `paid`, of invoices
                if conditions is not None:
                    after += relation == self.scope.relation and w(after) in small.SELF  # `child accounts`
                    yield after, Rows(named[0], relation, "", tuple(conditions), latest)
            if around.kind(at + before) != "word":
                continue
            for table, relation in self.scope.tables.items():
                inner = self.inside(relation)
                if relation.kind != "entity" or (valued := inner.scope.valued(w(at + before), beside=False)) is None:
                    continue
                if (
                    self.scope.valued(w(at + before)) is None
                    and (conditions := inner._adjectives(at, at + before)) is not None
                ):
                    held = (*conditions, f'{valued[0].text} = "{valued[1]}"')
                    yield at + before + 1, Rows(table, relation, "", held, latest)

    def _adjectives(self, at: int, end: int) -> list[str] | None:
        """What adjectives say of the rows of this scope; None if one of them says nothing known."""
        found = list[str]()
        while at < end:
            if self.w(at) in (",", "and"):
                at += 1
                continue
            if self.w(at) == "or" and found and at + 1 < end:  # `high or urgent tickets`
                one = re.fullmatch(r'(\w+) = ("[^"]*")|(\w+) in \(([^()]*)\)', found[-1])
                other = re.fullmatch(r'(\w+) = ("[^"]*")', self._adjective(self.w(at + 1)) or "")
                if one is None or other is None or (one[1] or one[3]) != other[1]:
                    return None
                found[-1] = f"{other[1]} in ({one[2] or one[4]}, {other[2]})"
                at += 2
                continue
            word = self.w(at)
            for length in (2, 1):
                said = " ".join(self.w(i) for i in range(at, min(end, at + length)))
                if at + length <= end and (line := self._adjective(said)) is not None:
                    found.append(line)
                    at += length
                    break
            else:
                if word in ("different", "distinct", "unique", "separate") and self.scope.is_entity:
                    at += 1
                    continue
                return None
        return found

    def _adjective(self, said: str) -> str | None:
        if said in ("upcoming", "planned", "scheduled", "future") and self.scope.relation.known_at:
            return None
        if (valued := self.scope.valued(said)) is not None:
            return f'{valued[0].text} = "{valued[1]}"'
        first, _, second = said.partition(" ")
        if second and (valued := self.scope.valued(first)) is not None and root(valued[0].text) == root(second):
            return f'{valued[0].text} = "{valued[1]}"'
        for prefix in ("un", "non", "non-", "not ", "in"):
            rest = said.removeprefix(prefix)
            if rest == said:
                continue
            if prefix != "in" and (valued := self.scope.valued(rest)) is not None:
                return f'{valued[0].text} != "{valued[1]}"'
            if any(root(n.text) == root(rest) for n in self.scope.of_kind("boolean")):
                return f"not {next(n.text for n in self.scope.of_kind('boolean') if root(n.text) == root(rest))}"
        for noun in self.scope.of_kind("boolean"):
            if root(noun.text.removeprefix("is_")) == root(said):
                return noun.text
        if (
            said == "overdue"
            and (paid := self.scope.valued("paid")) is not None
            and self.scope.relation.at
            and "due" in self.scope.relation.at
        ):
            return f'{paid[0].text} != "{paid[1]}" and {self.scope.relation.at} < today'
        return None

    def modified(self, at: int, rows: Rows, depth: int = 0) -> list[tuple[int, Rows]]:
        """What stands behind rows: a window, `with priority urgent`, `above 5,000`, `that are open`."""
        self.around.tries.spend()
        if depth > 4:
            return []
        found = list[tuple[int, Rows]]()
        w, inner = self.w, self.inside(rows.relation)
        if not rows.window and rows.relation.at:
            for end, slots, entry in self.time(at, time_of(rows)):
                timed = None
                if "rows" in entry.to:
                    timed = replace(rows, window=filled(entry.to["rows"], slots))
                elif "where" in entry.to:
                    timed = rows.also(filled(entry.to["where"], {**slots, "x": rows.relation.at}))
                if timed is not None:
                    found += [(end, timed), *self.modified(end, timed, depth + 1)]
        if (
            self.around.kind(at) == "word"
            and w(at) not in small.ENDS | small.STOPS | small.BE
            and w(at).endswith(("ed", "d", "n", "t"))
        ):
            fitting = self._verb_fits(w(at), rows)
            if fitting is not None:
                found += [(at + 1, fitting), *self.modified(at + 1, fitting, depth + 1)]
        if w(at) == "and" and (rows.where or rows.window):  # `and priority = "urgent"`, of a field that they alone have
            for end, noun in inner._named(at + 1):
                is_theirs = noun.text in rows.relation.fields and noun.text not in self.scope.relation.fields
                if is_theirs and w(end) in ("=", "!=", ">", "<", ">=", "<=", "in", "is", "are"):
                    for stop, line in inner.predicate(end, noun):
                        more = rows.also(line.text)
                        found += [(stop, more), *self.modified(stop, more, depth + 1)]
        for end, line in (*inner.of_row(at), *inner._others_than(at)):
            if rows.is_compared(line.text):
                continue
            more = rows.also(line.text)
            found += [(end, more), *self.modified(end, more, depth + 1)]
        return found

    def _others_than(self, at: int) -> Iterator[tuple[int, Line]]:
        """`except admins`, `other than low ones`, behind the noun of the rows of this scope: those with another value."""
        w = self.w
        length = next((n for n in (2, 1) if " ".join(w(at + i) for i in range(n)) in _EXCEPT), 0)
        place, values = at + length, list[tuple[str, str]]()
        while length:
            place += w(place) in ("for", "the", "those", "with", "in")
            if (valued := self.scope.valued(w(place))) is None or self.around.kind(place) not in ("word", "text"):
                return
            values.append((valued[0].text, valued[1]))
            place += 1 + (w(place + 1) in ("ones", valued[0].text))
            if self.scope.names.table([w(place)]) == self.scope.relation.name or root(w(place)) == root(
                self.scope.relation.name
            ):
                place += 1
            if w(place) not in ("and", "or", ",") or self.scope.valued(w(place + 1)) is None:
                break
            place += 1
        if values and len({field for field, _ in values}) == 1:
            listed = ", ".join(f'"{value}"' for _, value in values)
            yield (
                place,
                Line(f"{values[0][0]} != {listed}" if len(values) == 1 else f"{values[0][0]} not in ({listed})"),
            )

    def _with_so_much(self, at: int) -> Iterator[tuple[int, Line]]:
        """`over 10k arr`, `at least 50 seats`, behind `with`: a number of the rows of this scope."""
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, None) if "count({r})" in entry.to.get("rows", "") else ():
                for end, noun in self._named(got.end + (self.w(got.end) in ("in", "of"))):
                    if "number" in noun.kinds and noun.field is not None and got.slots.keys() & {"n", "a"}:
                        yield end, Line(filled(entry.to["rows"], got.slots).replace("count({r})", noun.text))

    def of_row(self, at: int) -> Iterator[tuple[int, Line]]:
        """What is said of the rows of this scope, behind their noun."""
        w, place = self.w, at
        if w(place) in ("that", "which", "who", "where"):
            yield from self.about(place + 1)
            for end, noun in self._named(place + 1):
                yield from self.predicate(end, noun)
            return
        if w(place) in ("with", "whose", "having", "of", "on", "by", "from", "via", "for", "at", "in", "where"):
            place += 1
            for end, noun in self.nouns(place):
                if noun.field is not None:
                    yield from self.predicate(end, noun)
            yield from self._with_so_much(place) if w(at) in ("with", "having") else ()
            amount = self.scope.amount
            if amount is not None and w(at) in ("of", "with", "for", "over", "at", "having"):
                yield from (
                    (end, line) for end, line in self.predicate(place, amount) if self.around.kind(end - 1) == "number"
                )
            start = place
            place += w(place) in small.SPOKEN
            for noun in self.scope.of_kind("boolean"):
                if noun.text == w(place) and not self.scope.is_entity:
                    yield place + 1, Line(noun.text)
            if (
                self.around.kind(place) == "word"
                and (valued := self.scope.valued(w(place))) is not None
                and w(at) != "in"
            ):
                stop = place + 1
                for end, noun in self._named(stop):
                    if noun.text == valued[0].text:
                        stop = end
                yield stop, Line(f'{valued[0].text} = "{valued[1]}"')
            texts = [n for n in self.scope.of_kind("text") if isinstance(n.type, ty.Text)]
            if len(texts) == 1 and w(at) in ("from", "on", "via", "by") and not self.scope.is_entity and start == place:
                for end, said in self._text(place, texts[0]):
                    yield end, Line(f"{texts[0].text} = {said}")
            return
        for end, noun in self._named(place) if not self.scope.is_entity else ():
            if noun.field is not None and w(end) in (":", "=", "!=", ">", "<", ">=", "<=", "in"):
                yield from self.predicate(end + (w(end) == ":"), noun)
        amount = self.scope.amount
        if (
            amount is not None
            and isinstance(amount.type, ty.Money)
            and not (
                w(place) in ("more", "less", "fewer", "greater")
                and (self.around.kind(place - 1) == "number" or w(place - 1).rstrip("s") in ("day", *CALENDAR))
            )
            and w(place) in ("above", "over", "below", "under", "exceeding", "more", "less", "greater", "worth")
        ):
            yield from (
                (end, line) for end, line in self.predicate(place, amount) if self.around.kind(end - 1) == "number"
            )
