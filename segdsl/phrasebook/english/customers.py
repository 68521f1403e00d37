"""What is said of somebody without naming a field: `on the team plan`, `is older than 90 days`, `has no csm` -> a condition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.line import Line, filled, negation, note_of, with_lists
from segdsl.phrasebook.english.predicates import PredicateReader
from segdsl.phrasebook.english.things import Noun, Rows, beginnings, root
from segdsl.phrasebook.measures import FLIPPED, NEGATED

_THAN = {
    **dict.fromkeys(("more", "higher", "greater", "larger", "bigger"), ">"),
    **dict.fromkeys(("less", "fewer", "lower", "smaller"), "<"),
}


@dataclass
class CustomerReader(PredicateReader):
    """A reader of what is said of somebody, or of rows."""

    def about(self, at: int) -> Iterator[tuple[int, Line]]:
        """What is said of the customer, or of rows, without naming a field: `is churned`, `has no csm`, `never logged in`."""
        yield from self._once("about", at, lambda: self._all_about(at))

    def _all_about(self, at: int) -> list[tuple[int, Line]]:
        self.around.tries.spend()
        found = list[tuple[int, Line]]()
        for place, negated in self.auxiliaries(at):
            ever = any(self.w(i) in ("never", "ever") for i in range(at, place))
            for end, line in self._about(place, at):
                if ever and isinstance(line.subject, Noun):
                    continue
                found.append((self._trailing(end), line.not_ if negated else line))
        return sorted(found, key=lambda pair: -pair[0])

    def _about(self, at: int, start: int) -> Iterator[tuple[int, Line]]:
        w, scope = self.w, self.scope
        said = [w(i) for i in range(start, at)]
        yield from self._with_value(at)
        for noun in scope.of_kind("boolean"):
            if root(w(at)) == root(noun.text.removeprefix("is_")):
                yield at + 1, Line(noun.text, f"not {noun.text}")
            if w(at) == f"in{noun.text}":
                yield at + 1, Line(f"not {noun.text}", noun.text)
        if (adjective := self._adjective(w(at))) is not None and (w(at).startswith("un") or w(at) == "overdue"):
            yield at + 1, Line(adjective)
        begins = scope.beginning
        if begins is not None:
            yield from self._began(at, begins, said)
        if not scope.is_entity:
            yield from self._mentions(at)
            amount = scope.amount
            if amount is not None and any(s in small.BE for s in said):
                yield from (
                    (end, line) for end, line in self._predicates(at, amount) if self.around.kind(end - 1) == "number"
                )
            return
        yield from self._dated(at)
        yield from self._members(at, said)
        yield from self._has(at, said)
        yield from self._tagged(at)
        yield from self._in_a_row(at)
        yield from self._shared(at)
        yield from self._more_than_linked(at)
        yield from self._only(at)
        yield from self._lasting(at)
        yield from self._did(at, said)

    def _mentions(self, at: int) -> Iterator[tuple[int, Line]]:
        """`mentions "cancel"`, of rows with one text; `mentions "cancel" in its subject`, `has a subject that contains "cancel"`."""
        w, note = self.w, ("a part of a text is asked with `contains`",)
        if w(at) in ("has", "have", "with"):
            for end, noun in self._named(at + 1 + (w(at + 1) in small.ARTICLES)):
                start = end + (w(end) in ("that", "which"))
                if noun.field is not None and "text" in noun.kinds:
                    yield from (
                        (stop, replace(line, notes=line.notes or note))
                        for stop, line in self._predicates(start, noun)
                        if re.search(r" (?:contains|starts with|ends with) ", line.text)
                    )
        if root(w(at)) not in ("mention", "contain"):
            return
        for noun in self.scope.of_kind("text"):
            for end, line in self._predicates(at, noun) if isinstance(noun.type, ty.Text) else ():
                place = end + 1 + (w(end + 1) in small.ARTICLES)
                if w(end) in ("in", "within") and " contains " in line.text:
                    case = " ignoring case" if root(w(at)) == "mention" else ""
                    yield from (
                        (stop, replace(line, text=f"{line.text}{case}", negated="", notes=note))
                        for stop, named in self._named(place)
                        if named.text == noun.text
                    )
        texts = [n for n in self.scope.of_kind("text") if isinstance(n.type, ty.Text)]
        if len(texts) == 1:
            case = " ignoring case" if root(self.w(at)) == "mention" else ""
            notes = ("a part of a text is asked with `contains`",)
            yield from (
                (end, Line(f"{line.text}{case}", notes=notes, subject=texts[0]))
                for end, line in self._predicates(at, texts[0])
                if " contains " in line.text
            )

    def _with_value(self, at: int) -> Iterator[tuple[int, Line]]:
        """`on the team plan`, `an enterprise customer`, `churned`, `in region DE`."""
        w, place = self.w, at
        place += w(place) in ("on", "in", "at", "with", "from", "by", "of")
        while w(place) in small.SPOKEN | {"their", "our"}:
            place += 1
        if w(place) in ("pays", "paying", "pay", "paid") and w(place + 1) in ("by", "with", "via"):
            place += 2
        for length in (2, 1):
            said = " ".join(w(i) for i in range(place, place + length))
            if length == 1 and self.around.kind(place) == "text" and not self.scope.is_entity:
                said = said.strip('"')  # invoices that were both "failed"
            elif not all(self.around.kind(i) == "word" for i in range(place, place + length)):
                continue
            if (valued := self.scope.valued(said)) is None:
                continue
            noun, end = valued[0], place + length
            for stop, got in self.values("l", "values", place, noun):
                line = Line(
                    with_lists(f"{noun.text} = {got['l']}"),
                    with_lists(f"{noun.text} != {got['l']}"),
                    ("values stand in double quotes; one of several is written `in (…)`",),
                    subject=noun,
                )
                for after, named in self._named(stop):
                    if named.text == noun.text:
                        yield after, line
                if w(stop) in ("customer", "customers", "account", "accounts", "client", "clients"):
                    yield stop + 1, line
                if stop == end or stop > end:
                    yield stop, line
            break
        for end, noun in self._named(place):
            if noun.field is not None and "text" in noun.kinds and place > at:
                for stop, text in self.value(end, noun):
                    yield (
                        stop,
                        Line(
                            f"{noun.text} = {text}",
                            f"{noun.text} != {text}",
                            ("values stand in double quotes; one of several is written `in (…)`",),
                            subject=noun,
                        ),
                    )

    def _began(self, at: int, begins: Noun, said: Sequence[str]) -> Iterator[tuple[int, Line]]:
        """`was created yesterday`, `is older than 90 days`, `has been a customer for more than a year`."""
        w, ends = self.w, list[int]()
        if not self.scope.is_entity:
            verb = root(begins.text.rsplit("_", 1)[0])
            if root(w(at)) == verb or w(at) in small.DID:
                ends.append(at + 1)
            ends.append(at)
            for end in ends:
                for stop, line in self.when(end, begins):
                    if self.scope.relation.at:
                        yield stop, replace(line, text=f"\f{self._window(end, stop) or line.text}")
            return
        for length in (3, 2, 1):
            if " ".join(w(i) for i in range(at, at + length)) in beginnings() | {begins.text.rsplit("_", 1)[0]}:
                ends.append(at + length)
        for end in ends:
            yield from self.when(end, begins)
        yield from self._first_days(at, begins)
        if w(at) in ("older", "newer", "younger") or any(s in ("is", "are") for s in said):
            for stop, line in self.when(at, begins):
                if self._is_age(at, stop):
                    continue
                if w(at) in ("older", "newer", "younger") or w(stop - 1) == "old":
                    yield stop, line
        place = at + (w(at) in small.SPOKEN)
        if w(place) in ("customer", "customers", "client", "account", "member", "subscriber", "user", "with"):
            place += 1 + (w(place) == "with" and w(place + 1) == "us")
            if w(place) in ("since", "from"):
                yield from self.when(place, begins)
                if w(place + 1) == "before":
                    yield from self.when(place + 1, begins)
            if w(place) in ("for", "since"):
                signs = (place + 2, w(place + 1)) if w(place + 1) in (">", ">=", "<", "<=") else None
                if (border := words.border(self.around, place + 1) or signs) is not None:
                    for end, d in words.duration(self.around, border[0]):
                        yield end, Line(f"{begins.text} {FLIPPED[border[1]]} {d} ago", subject=begins)
                for end, d in words.duration(self.around, place + 1):
                    yield words.or_more(self.around, end), Line(f"{begins.text} <= {d} ago", subject=begins)

    def _first_days(self, at: int, begins: Noun) -> Iterator[tuple[int, Line]]:
        """`in their first 90 days`, `within the first year as a customer`: of one who began so lately."""
        w = self.w
        if (
            w(at) not in ("in", "within")
            or w(at + 1) not in ("their", "its", "the", "his", "her")
            or w(at + 2) != "first"
        ):
            return
        alone = [(at + 4, f"1 {w(at + 3)}")] if w(at + 3) in ("week", "month", "year") else []
        for end, d in [*words.duration(self.around, at + 3), *alone]:
            own = 2 * ((w(end), w(end + 1)) == ("with", "us"))
            own = own or 3 * ((w(end), w(end + 1)) == ("as", "a") and w(end + 2) in small.SELF | {"user", "member"})
            yield end + own, Line(f"{begins.text} in last {d}", subject=begins)

    def _is_age(self, at: int, end: int) -> bool:
        """Whether so many years may be somebody's age, where a day of birth is known."""
        born = any("birth" in name or name == "dob" for name in self.scope.relation.fields)
        return born and any(self.w(i) in ("year", "years") for i in range(at, end))

    def _window(self, at: int, end: int) -> str | None:
        for stop, slots, entry in self.time(at, self.scope.beginning):
            if stop == end and "rows" in entry.to:
                return filled(entry.to["rows"], slots)
        return None

    def _dated(self, at: int) -> Iterator[tuple[int, Line]]:
        """`renews in the next 90 days`, `is up for renewal next month`."""
        place = at + (self.w(at) in ("for", "up")) + (self.w(at + 1) == "for")
        if self.around.kind(place) != "word" or self.w(place) in small.STOPS:
            return
        for skip, noun in self._named(place):
            if "time" in noun.kinds and noun.type is not None:
                for more, negated in self.auxiliaries(skip):
                    for end, line in self.when(more, noun):
                        yield end, line.not_ if negated else line

    def _members(self, at: int, said: Sequence[str]) -> Iterator[tuple[int, Line]]:
        for entry, templates in self.entries["membership"]:
            for got in self.match(entry, templates, at, None):
                slots = {**got.slots, "e": self._held(got.slots.get("k", ""))}
                line = Line(filled(entry.to["is"], slots), filled(entry.to["not"], slots), note_of(entry))
                end = got.end
                while self.w(end) in ("or", "and") and (more := next(iter(self.rule(end + 1)), None)) is not None:
                    join = self.w(end)
                    test = "not in" if " not in " in line.text else "in"
                    other = f"{self._held(more[1])} {test} {more[1]}"
                    yield end, line
                    line = Line(f"({line.text} {join} {other})", notes=line.notes)
                    end = more[0]
                yield end, line

    def _held(self, rule: str) -> str:
        """What is asked for in a rule or list: the customer, or its key in a list of keys."""
        relation, names = self.scope.relation, self.scope.names
        noun = names.lists_of.get(rule)
        is_of_keys = noun is not None and names.entity_called(noun) == relation.name
        return relation.key if is_of_keys and relation.key is not None else relation.name

    def _has(self, at: int, said: Sequence[str]) -> Iterator[tuple[int, Line]]:
        """`has a csm`, `no csm`, `with arr over 50,000`, `there is no csm assigned`."""
        w = self.w
        held = any(
            s in ("has", "have", "had", "there", "does", "do", "did", "with", "without", "got")
            or s in ("hasn't", "haven't", "doesn't", "don't")
            for s in said
        )
        place = at + (w(at) == "there")
        while w(place) in ("is", "are", "has", "have", "with") and w(at) == "there":
            place += 1
        none = w(place) in ("no", "without", "lacks", "lack")
        place += none
        for end, noun in self.nouns(place):
            if noun.text.startswith(("count(", "days")):
                if held:
                    yield from self.predicate(end, noun)
                continue
            if "number" in noun.kinds and noun.type is not None and w(end) in ("left", "remaining", "available"):
                some = Line(f"{noun.text} > 0", f"{noun.text} <= 0", subject=noun)
                yield end + 1, some.not_ if none else some
                continue
            end += noun.kinds == {"link"} and w(end) in small.SELF
            if (held or none or w(at) == "there") and not noun.text.startswith("last("):
                stop = end + (w(end) in ("assigned", "set", "known", "given", "filled"))
                test = noun.text if "boolean" in noun.kinds and noun.type is not None else f"{noun.text} is not missing"
                nothing = (
                    f"not {noun.text}"
                    if "boolean" in noun.kinds and noun.type is not None
                    else f"{noun.text} is missing"
                )
                line = Line(
                    test, nothing, ("empty is written `is missing`",) if "missing" in nothing else (), subject=noun
                )
                if noun.field is None and "number" in noun.kinds and noun.type is not None:  # a metric of how many
                    line = Line(f"{noun.text} > 0", f"{noun.text} = 0", subject=noun)
                elif (
                    noun.field is not None and "number" in noun.kinds and (stop == end or w(end) == "assigned")
                ):  # `no credit`: 0, or not known
                    of_none = self.choose(2) == (0 if isinstance(noun.type, ty.Money) else 1)
                    line = Line(f"{noun.text} > 0", f"{noun.text} = 0", subject=noun) if of_none else line
                yield stop, line.not_ if none else line
            if held and not none:
                yield from self.predicate(end, noun)

    def _shared(self, at: int) -> Iterator[tuple[int, Line]]:
        """`has the same plan as its parent`, `is in another country than the parent`."""
        w = self.w
        place = at + (w(at) in ("in", "on", "at", "of"))
        place += w(place) in small.SPOKEN
        if w(place) not in ("same", "different", "another", "other"):
            return
        for end, noun in self._named(place + 1):
            if noun.field is None or w(end) not in ("as", "than", "from", "to"):
                continue
            link = end + 1 + (w(end + 1) in small.ARTICLES)
            linked = self.scope.linked(w(link))
            if linked is not None and noun.text in linked[1].relation.fields:
                stop = link + 1 + (w(link + 1) in small.SELF)
                line = Line(f"{noun.text} = {linked[0]}.{noun.text}", f"{noun.text} != {linked[0]}.{noun.text}")
                yield stop, line if w(place) == "same" else line.not_

    def _more_than_linked(self, at: int) -> Iterator[tuple[int, Line]]:
        """`smaller than its parent by arr`, `has less arr than the parent`: a number beside that of a linked customer."""
        w = self.w
        place = at + (w(at) in ("has", "have", "with", "is"))
        place += w(place) in small.SPOKEN
        op = _THAN.get(w(place))
        if op is None:
            return
        if w(place + 1) == "than":
            for stop, link in self._link_at(place + 2):
                by = stop + (w(stop) in ("by", "in"))
                for end, noun in self._named(by) if by > stop else ():
                    yield from self._beside_own(end, noun, op, link)
        for end, noun in self._named(place + 1):
            for stop, link in self._link_at(end + 1) if w(end) == "than" else ():
                yield from self._beside_own(stop, noun, op, link)

    def _link_at(self, at: int) -> Iterator[tuple[int, str]]:
        """`its parent`, or `it` behind what was said of the only link to a customer."""
        place = at + (self.w(at) in small.ARTICLES)
        links = self.scope.own_links()
        linked = self.scope.linked(self.w(place))
        if linked is not None and linked[0] in links:
            yield place + 1 + 2 * (self.w(place + 1) == "'" and self.w(place + 2) == "s"), linked[0]
        elif self.w(at) == "it" and len(links) == 1 and any(root(self.w(i)) == root(links[0]) for i in range(at)):
            yield at + 1, links[0]

    def _beside_own(self, at: int, noun: Noun, op: str, link: str) -> Iterator[tuple[int, Line]]:
        if "number" in noun.kinds and noun.type is not None and noun.text in self.scope.relation.fields:
            line = f"{noun.text} {op} {link}.{noun.text}"
            yield at, Line(line, f"{noun.text} {NEGATED[op]} {link}.{noun.text}", subject=noun)

    def _only(self, at: int) -> Iterator[tuple[int, Line]]:
        """`only low priority tickets in the last 90 days`: no others."""
        if self.w(at) != "only":
            return
        for end, rows in self.rows(at + 1):
            if not rows.where or rows.latest:
                continue
            yield end, self._no_others(rows)

    def _no_others(self, rows: Rows) -> Line:
        """That rows are all of a kind; of those without any, too, or of those with some."""
        others = replace(rows, where=(negation(rows.having),)).text
        some = f"any({replace(rows, where=()).text}) and " if self.choose(2) else ""
        notes = ("also of those without any",) if not some else ("of those with some",)
        return Line(f"{some}none({others})", notes=notes)

    def _tagged(self, at: int) -> Iterator[tuple[int, Line]]:
        """`is interested in reporting`, `tagged with reporting`."""
        if self.w(at + 1) not in ("in", "with", "as"):
            return
        for noun in self.scope.of_kind("set"):
            alone = (
                self.w(at) in ("tagged", "labelled", "labeled", "flagged", "marked")
                and len(self.scope.of_kind("set")) == 1
            )
            if alone or root(noun.text)[:6] == root(self.w(at))[:6]:
                both = at + 2 + (self.w(at + 2) in ("both", "all"))
                for end, got in self.values("l", "both", both, noun) if both > at + 2 else ():
                    yield end, Line(f"{noun.text} has all {got['l']}", subject=noun)
                for end, got in self.values("l", "values", at + 2, noun):
                    yield (
                        end,
                        Line(
                            with_lists(f"{noun.text} has any {got['l']}"),
                            f"{noun.text} has none {got['l']}",
                            subject=noun,
                        ),
                    )

    def _lasting(self, at: int) -> Iterator[tuple[int, Line]]:
        """`has been in stage onboarding for 45 days`: the newest row of a table of changes."""
        w, place = self.w, at + (self.w(at) in ("in", "at", "on"))
        place += w(place) in small.SPOKEN
        for table, relation in self.scope.tables.items():
            if relation.kind != "table" or not relation.at:
                continue
            inner = self.inside(relation)
            starts = [place, *(end for end, noun in inner._named(place) if noun.text in relation.fields)]
            for start in starts:
                valued = inner.scope.valued(w(start).strip('"'), beside=False)
                if valued is None or self.scope.valued(w(start).strip('"')) is not None:
                    continue
                end = start + 1
                end = next((e for e, noun in inner._named(end) if noun.text == valued[0].text), end)
                state = f'last({table}.{valued[0].text}) = "{valued[1]}"'
                if "change" in table or "histor" in table or start > place:
                    yield end, Line(state, notes=("a field of the last row is `last(TABLE.FIELD)`",))
                skip = (
                    end
                    + 1
                    + {("more", "than"): 2, ("at", "least"): 2, ("over", ""): 1}.get(
                        (w(end + 1), w(end + 2)), int(w(end + 1) == "over")
                    )
                )
                if w(end) == "for":
                    for stop, d in words.duration(self.around, skip):
                        yield (
                            words.or_more(self.around, stop),
                            Line(
                                f"{state} for {d}",
                                notes=("a state that has lasted is `last(TABLE.FIELD) = … for 30 days`",),
                            ),
                        )
