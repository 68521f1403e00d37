"""Reads what is said of rows, and how long something has been so: any ticket subject mentions X, an invoice is overdue by 30 days."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.figures import FigureReader
from segdsl.phrasebook.english.line import ANY, Line
from segdsl.phrasebook.english.things import Noun, Rows, beginnings, root
from segdsl.phrasebook.entry import Entry
from segdsl.phrasebook.measures import FLIPPED
from segdsl.phrasebook.tokens import joined

_LATE = {("overdue",), ("past", "due"), ("late",), ("in", "arrears"), ("delayed",), ("behind",)}
_DUE = ("due", "deadline", "expir", "renewal", "until", "end")
_PLANNED = {"planned", "scheduled", "booked", "upcoming", "arranged"}
_MOVED = {"moved", "switched", "changed", "went", "graduated", "progressed", "transitioned", "advanced", "upgraded"}
_SCORED = {"scored", "scores", "score", "rated", "rates", "gave", "given", "rating", "answered", "graded"}
_OPEN = {"open", "unsolved", "unresolved", "pending", "unanswered", "new", "waiting"}
_STAYED = {"stayed", "stays", "remained", "remains", "kept", "stay", "remain"}
_EACH_OF = re.compile(
    r"(?:in |on |during )?(?:every one|each one|each|all|every (?:day|week|month)|each (?:day|week|month)) "
    r"(?:of|in|over|for) (?=the |last |past |\d)"
    r"|(?:all )?(?:through|throughout) (?=the |last |past )|for "
)
"""Before a length of time: so at each of its days, weeks or months."""
_IN_A_ROW = ("running", "consecutive", "consecutively", "straight", "successive")
_DURING = re.compile(r"(?:over|during|in|within) (?=the |last |past )")
_ANSWERS = {
    "nps",
    "score",
    "scores",
    "rating",
    "ratings",
    "survey",
    "surveys",
    "csat",
    "stars",
    "review",
    "reviews",
    "feedback",
}
"""In names of tables of answers, or of the number that is one."""
_HOLD = ("contain", "contains", "include", "includes", "has", "have", "holds", "hold")
_MEMBERS = ("values", "value", "items", "item", "entries", "entry", "elements", "things", "thing", "of")
_SPENDING = {
    "will",
    "owe",
    "owes",
    "owed",
    "us",
    "spent",
    "spends",
    "spend",
    "paid",
    "pay",
    "pays",
    "with",
    "in",
    "got",
}
"""Before an amount that rows come to."""
_USE = {"use", "usage", "utilisation", "utilization", "used", "adoption", "occupancy"}


@dataclass
class SaidOfRowsReader(FigureReader):
    """A reader of clauses in full."""

    # -- times -------------------------------------------------------------------------------

    def time(self, at: int, subject: Noun | None) -> Iterator[tuple[int, Mapping[str, str], Entry]]:
        """Also in brackets: `number of tickets (last 30 days)`."""
        yield from super().time(at, subject)
        if self.w(at) == "(" and (close := self.around.closing(at)) is not None:
            yield from ((end + 1, slots, entry) for end, slots, entry in super().time(at + 1, subject) if end == close)

    def days(self, at: int, subject: Noun | None = None) -> Iterator[tuple[int, str, str]]:
        """Also `then` and `that day`: the day that was named last before it."""
        yield from super().days(at, subject)
        if self.scope.is_entity:
            yield from ((end, noun.text, noun.text) for end, noun in self._signup(at))
        length = (
            1
            if self.w(at) == "then"
            else 2
            if (self.w(at), self.w(at + 1)) in (("that", "day"), ("that", "date"))
            else 0
        )
        if not length or not self.scope.is_entity:
            return
        for place in range(at - 1, -1, -1):
            named = [n for _, n in self._named(place) if "time" in n.kinds and n.field is not None]
            if named:
                yield at + length, named[0].text, words.after(named[0].text)
                return

    def when(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """Also one time or another: `this month or next month`; and of the beginning, `in their first 90 days`."""
        if self.scope.is_entity and noun == self.scope.beginning:
            yield from self._first_days(at, noun)
        for end, line in super().when(at, noun):
            yield end, line
            if self.w(end) == "or":
                for stop, other in super().when(end + 1, noun):
                    yield stop, replace(line, text=f"({line.text} or {other.text})", negated="")

    def clauses(self, at: int, before: Noun | Rows | None = None) -> list[tuple[int, Line]]:
        """Rows that are only planned lie ahead, so they are asked for with a window."""
        ahead = [t for t, r in self.scope.tables.items() if r.known_at]
        found = super().clauses(at, before)
        if not ahead or not _PLANNED & {self.w(i) for i in range(at, at + 40)}:
            return found
        tables = "|".join(ahead)
        open_ = re.compile(rf"\b(?:{tables})(?: where|\))")
        kept = list[tuple[int, Line]]()
        for end, line in found:
            if not _PLANNED & {self.w(i) for i in range(at, end)}:
                kept.append((end, line))
            elif not open_.search(line.text):
                text, not_ = (
                    re.sub(rf"\b({tables}) before ", r"\1 from now until ", t) for t in (line.text, line.negated)
                )
                kept.append((end, replace(line, text=text, negated=not_)))
        return kept

    def _predicates(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """What is asked of a whole month is compared with the whole one before: `logins this month are lower than last month`."""
        if "mail" in noun.text and isinstance(noun.type, ty.Text) and self.w(at) in ("at", "from"):
            yield from ((end, Line(_of_domain(noun.text, text))) for end, text in self._text(at + 1, noun))
            return  # `email is at gmail.com`
        unit = re.search(r" in this calendar (week|month|quarter|year)", noun.text)
        for end, line in super()._predicates(at, noun):
            if unit is None or not re.search(r"change\(| as of ", line.text):
                yield end, line
        ops = {"lower": "<", "less": "<", "fewer": "<", "higher": ">", "more": ">", "greater": ">"}
        if unit is not None and (op := ops.get(self.w(at))) is not None and self.w(at + 1) == "than":
            place = at + 2 + (self.w(at + 2) == "in")
            if self.w(place) in ("last", "previous") and self.w(place + 1) == unit[1]:
                other = noun.text.replace(" in this calendar ", " in last calendar ")
                yield place + 2, Line(f"{noun.text} {op} {other}", subject=noun)

    # -- rows ----------------------------------------------------------------------------------

    def _of_them(self, at: int, rows: Rows) -> Iterator[tuple[int, Line]]:
        """Nothing of the rows of these rows by the same name: `its children have a total arr of …`."""
        again = re.compile(rf"\((?:latest \d+ )?{rows.table}\b")
        yield from (
            (end, line)
            for end, line in super()._of_them(at, rows)
            if not again.search(line.text) and not rows.is_compared(line.text)
        )

    def _in_total(self, at: int) -> Iterator[tuple[int, Line]]:
        """`its children have a total arr of more than 1 million`."""
        w = self.w
        for end, rows in self.rows(at, bare=True):
            if w(end) not in ("have", "has", "had", "with"):
                continue
            place = end + 1 + (w(end + 1) in small.ARTICLES)
            function = "sum" if w(place) == "combined" else small.FIGURES.get(w(place))
            for stop, noun in self.inside(rows.relation)._named(place + 1) if function else ():
                if "number" not in noun.kinds or noun.field is None or rows.latest:
                    continue
                figure = Noun(rows.of(function or "", noun.text), noun.type, noun.field)
                yield from self.predicate(stop + (w(stop) == "of"), figure)

    def _newest_in(self, at: int) -> Iterator[tuple[int, Line]]:
        """`nps of 9 or higher in the last 6 months`: any row with such a field."""
        for end, noun in self.nouns(at):
            field = re.fullmatch(r"last\((\w+)\.(\w+)\)", noun.text)
            if field is None or field[1] not in self.scope.tables:
                continue
            rows = Rows(field[1], self.scope.tables[field[1]])
            for stop, line in self.predicate(end + (self.w(end) == "of"), noun):
                for last, timed in self._windowed(stop, rows):
                    if last > stop and noun.text in line.text:
                        said = timed.also(line.text.replace(noun.text, field[2]))
                        yield last, Line(f"any({said.text})", f"none({said.text})", (ANY.note,))

    def _latest_within(self, at: int) -> Iterator[tuple[int, Line]]:
        """`the latest nps in the last 6 months is below 7`: of the rows in that window."""
        for end, noun in self.nouns(at):
            field = re.fullmatch(r"last\((\w+)\.(\w+)\)", noun.text)
            said = {self.w(i) for i in range(at, end)}
            if field is None or field[1] not in self.scope.tables or not said & {"latest", "last", "newest", "recent"}:
                continue
            for stop, timed in self._windowed(end, Rows(field[1], self.scope.tables[field[1]])):
                if stop > end and not timed.where:
                    yield from self.predicate(stop, replace(noun, text=timed.of("last", field[2]), row_time=None))

    def _ever(self, at: int) -> Iterator[tuple[int, Line]]:
        """`stage has ever been "mature"`, `stage was never "mature"`: any row of the table that holds it, or none."""
        for end, noun in self.nouns(at):
            field = re.fullmatch(r"last\((\w+)\.(\w+)\)", noun.text)
            if field is None or field[1] not in self.scope.tables:
                continue
            rows = Rows(field[1], self.scope.tables[field[1]])
            for place, negated in self.auxiliaries(end):
                if not {self.w(i) for i in range(end, place)} & {"ever", "never"}:
                    continue
                for stop, line in self._predicates(place, noun):
                    if "missing" in line.text or line.text.count(noun.text) != 1:
                        continue
                    for last, timed in self._windowed(stop, rows.also(line.text.replace(noun.text, field[2]))):
                        any_, none = f"any({timed.text})", f"none({timed.text})"
                        yield last, Line(none) if negated else Line(any_, notes=(ANY.note,))

    def _about(self, at: int, start: int) -> Iterator[tuple[int, Line]]:
        yield from super()._about(at, start)
        yield from self._as_here(at)
        if not self.scope.is_entity:
            yield from self._of_this_row(at)

    def _as_here(self, at: int) -> Iterator[tuple[int, Line]]:
        """`half of the users have any(logins in last 28 days)`: a condition on their rows as it is written here."""
        tokens = self.around.tokens
        if self.depth == 0 or self.w(at) not in ("any", "none", "all") or self.w(at + 1) != "(":
            return
        close = self.around.closing(at + 1)
        if close is not None and self.w(at + 2) in self.scope.tables:
            text = joined(tokens[at : close + 1]).strip()
            yield close + 1, Line(text, f"not {text}")

    def of_row(self, at: int) -> Iterator[tuple[int, Line]]:
        yield from super().of_row(at)
        if self.w(at) not in ("that", "which", "who", "where") and not self.scope.is_entity:
            yield from self._of_this_row(at)
            yield from self._with_text(at)

    def _of_this_row(self, at: int) -> Iterator[tuple[int, Line]]:
        yield from self._overdue(at)
        yield from self._lasting_row(at)
        yield from self._scored(at)
        yield from self._of_so_many(at)

    def _of_so_many(self, at: int) -> Iterator[tuple[int, Line]]:
        """`with fewer than 3 stars`, `has 5 stars`, of a number that rows have."""
        w = self.w
        place = at + (w(at) in ("with", "of", "has", "have", "had", "got", "gave"))
        if place == at and w(at - 1) not in ("has", "have", "had", "with"):
            return
        asked = [
            (g.end, e.to["rows"], g.slots) for e, ts in self.entries["quantity"] for g in self.match(e, ts, place, None)
        ]
        every = [(end, to, slots) for end, to, slots in asked if "{n}" in to]
        every += [(end, "count({r}) = {n}", {"n": n}) for end, n in words.number(self.around, place)]
        for end, to, slots in every:
            for stop, noun in self._named(end):
                if "number" not in noun.kinds or noun.field is None:
                    continue
                more = {"more": ">=", "less": "<=", "fewer": "<="}.get(w(stop + 1)) if w(stop) == "or" else None
                line = to.replace("count({r})", noun.text).replace("{n}", slots["n"])
                line = line.replace(" = ", f" {more} ") if more else line
                yield stop + 2 * bool(more), Line(line)

    def _length(self, at: int) -> Iterator[tuple[int, str, str]]:
        """`more than 30 days`, `30 days or more`, `the last 30 days`: where it ends, the comparison and the length."""
        w = self.w
        if (border := words.border(self.around, at)) is not None:
            yield from ((end, border[1], d) for end, d in words.duration(self.around, border[0]))
            return
        place = at + (w(at) in ("the", "about", "around"))
        place += w(place) in ("last", "past")
        for end, d in words.duration(self.around, place):
            yield words.or_more(self.around, end), ">=", d

    def _began_ago(self, time: str, op: str, d: str, *, by_date: bool) -> str:
        """A time that lies more or less than a length of time back."""
        return f"{time} {FLIPPED[op]} {d} {'before today' if by_date else 'ago'}"

    def _overdue(self, at: int) -> Iterator[tuple[int, Line]]:
        """`overdue by more than 30 days`, `30 days past due`."""
        relation = self.scope.relation
        due = relation.at if relation.at and any(w in relation.at for w in _DUE) else ""
        dates = [n for n in self.scope.of_kind("time") if "due" in n.text or "deadline" in n.text]
        due = due or (dates[0].text if len(dates) == 1 else "")
        if not due:
            return
        field = relation.fields.get(due)
        by_date = relation.by_date if due == relation.at else field is not None and field.type == ty.DATE
        paid = self.scope.valued("paid")
        unpaid = f'{paid[0].text} != "{paid[1]}" and ' if paid is not None else ""
        for said in _LATE:
            if all(self.w(at + i) == word for i, word in enumerate(said)):
                place = at + len(said)
                if len(said) > 1 or said[0] == "late":
                    yield place, Line(f"{unpaid}{due} < today")
                place += self.w(place) in ("by", "for", "since")
                for end, op, d in self._length(place):
                    yield end, Line(f"{unpaid}{self._began_ago(due, op, d, by_date=by_date)}")
        named = [
            (*over, *name)
            for over in (("past",), ("past", "its"), ("past", "the"))
            for name in ((due,), ("due", "date"))
        ]
        for end, op, d in self._length(at):
            for said in (*_LATE, *named):
                if all(self.w(end + i) == word for i, word in enumerate(said)):
                    yield end + len(said), Line(f"{unpaid}{self._began_ago(due, op, d, by_date=by_date)}")

    def _lasting_row(self, at: int) -> Iterator[tuple[int, Line]]:
        """`open for more than 3 days`, where a row begins with being opened."""
        relation, w = self.scope.relation, self.w
        if not relation.at or (stated := self._adjective(w(at))) is None or not self.is_from_beginning(w(at)):
            return
        for end, op, d in self._length(at + 1 + (w(at + 1) in ("for", "after"))):
            yield end, Line(f"{stated} and {self._began_ago(relation.at, op, d, by_date=relation.by_date)}")

    def is_from_beginning(self, state: str) -> bool:
        """Whether a row is in a state from its time on: a ticket is `open` from `opened_at`."""
        verb = root((self.scope.relation.at or "").rsplit("_", 1)[0])
        return root(state) == verb or (state in _OPEN and verb in {*map(root, beginnings()), "open", "rais", "submitt"})

    def _scored(self, at: int) -> Iterator[tuple[int, Line]]:
        """`scored 6 or less`, `gave us a 9`, `with a score of 6`."""
        amount, w, place = self.scope.amount, self.w, at
        if amount is None:
            return
        place += w(place) in ("with", "had", "has", "of", "got")
        place += w(place) in small.SPOKEN
        if w(place) not in _SCORED:
            return
        place += 1
        while w(place) in ("us", "of", "a", "an", "it", "was", "is"):
            place += 1
        note = ("a field of rows is asked behind `where`",)
        for end, line in self.predicate(place, amount):
            if any(self.around.kind(i) == "number" for i in range(place, end)):
                yield end, replace(line, notes=line.notes or note)

    def _with_text(self, at: int) -> Iterator[tuple[int, Line]]:
        """`about refunds`, `with "refund" in the subject`."""
        w, around = self.w, self.around
        note = ("a part of a text is asked with `contains`",)
        texts = [n for n in self.scope.of_kind("text") if isinstance(n.type, ty.Text)]
        if w(at) in ("about", "regarding", "concerning") and len(texts) == 1:
            place = at + 1 + (w(at + 1) in ("a", "an", "the"))
            if around.kind(place) in ("word", "text"):
                said = around.tokens[place].text.strip('"')
                yield place + 1, Line(f'{texts[0].text} contains "{said}" ignoring case', notes=note)
        if w(at) in ("with", "having", "containing", "mentioning"):
            for end, got in self.values("l", "texts", at + 1, texts[0] if texts else Noun("", ty.TEXT)):
                place = end + (w(end) in ("in", "within")) + (w(end) == "somewhere")
                place += w(place) in ("the", "its", "their")
                for stop, noun in self._named(place) if place > end else ():
                    if noun.field is not None and "text" in noun.kinds:
                        yield stop, Line(f"{noun.text} contains {got['any']}", notes=note)
                if w(at) in ("containing", "mentioning") and len(texts) == 1 and around.kind(at + 1) == "text":
                    yield end, Line(f"{texts[0].text} contains {got['any']}", notes=note)

    # -- whole clauses -------------------------------------------------------------------------

    def further(self, at: int) -> Iterator[tuple[int, Line]]:
        yield from super().further(at)
        yield from self._field_of_rows(at)
        yield from self._state(at)
        yield from self._figure_for(at)
        yield from self._share_in_use(at)
        yield from self._beside(at)
        yield from self._in_total(at)
        yield from self._newest_in(at)
        yield from self._latest_within(at)
        yield from self._ever(at)
        yield from self._moved_to(at)
        yield from self._customer_between(at)
        yield from self._domain(at)
        yield from self._size_of(at)
        if self.scope.is_entity:
            yield from self._graded(at)
            yield from self._coming_to(at)
            yield from self._in_newest(at)

    def _size_of(self, at: int) -> Iterator[tuple[int, Line]]:
        """`tags has at least 2 values in it`, `tags are 3 or more`: how many values a set has."""
        w = self.w
        for end, noun in self.nouns(at):
            if noun.kinds != {"set"} or noun.type is None:
                continue
            for place, negated in [(end, False), *self.auxiliaries(end)]:
                place += w(place) in (*_HOLD, "with", "list", "lists")
                alone = next((e for e, _ in words.number(self.around, place)), None)
                for stop, counted in self._so_often(place) if place > end else ():
                    is_alone = stop == alone and " >= " in counted and "or" not in {w(i) for i in range(place, stop)}
                    stop += w(stop) in ("different", "distinct", "separate")
                    is_said = w(stop) in _MEMBERS
                    if not is_said and (is_alone or w(stop) not in small.ENDS):
                        continue  # `tags has 3` may be one of its values
                    if is_alone:  # at least so many, or so many
                        counted = counted.replace(" >= ", (" >= ", " = ")[self.choose(2)])
                    stop += is_said + (is_said and 2 * (w(stop + 1) in ("in", "on") and w(stop + 2) in ("it", "them")))
                    line = Line(counted.replace("count({r})", f"size({noun.text})"), subject=noun)
                    yield stop, line.not_ if negated else line

    def _graded(self, at: int) -> Iterator[tuple[int, Line]]:
        """`somebody gave us a 9 or a 10 in the past year`, `rated us 6 or lower`: rows of the one table of answers."""
        w, place = self.w, next((p for p, no in reversed(self.auxiliaries(at)) if not no), at)
        if w(place) not in _SCORED or w(place + 1) != "us":
            return
        place += 2 + (w(place + 2) in small.SPOKEN)
        graded = [
            (Rows(table, relation), amount)
            for table, relation in self.scope.tables.items()
            if (amount := self.inside(relation).scope.amount) is not None
            and isinstance(amount.type, ty.Integer)
            and {*re.split("_", f"{table}_{amount.text}")} & _ANSWERS
        ]
        for rows, amount in graded if len(graded) == 1 else ():
            for end, line in self.inside(rows.relation)._predicates(place, amount):
                if not any(self.around.kind(i) == "number" for i in range(place, end)) or "missing" in line.text:
                    continue
                for stop, timed in self._windowed(end, rows.also(line.text)):
                    yield stop, Line(f"any({timed.text})", f"none({timed.text})", (ANY.note,))

    def _coming_to(self, at: int) -> Iterator[tuple[int, Line]]:
        """`owes us more than 5000 in open invoices`, `has at least 10k worth of paid invoices this year`: what rows come to."""
        w, place = self.w, at
        while w(place) in _SPENDING or w(place) in small.BE:
            place += 1
        for end, counted in self._so_often(place):
            of = end + {"in": 1, "worth": 2 * (w(end + 1) == "of")}.get(w(end), 0)
            for stop, rows in self.rows(of) if of > end else ():
                amount = self.inside(rows.relation).scope.amount
                if amount is not None and isinstance(amount.type, ty.Money) and not rows.latest:
                    note = ("rows are added up with `sum(…)`",)
                    yield stop, Line(counted.replace("count({r})", rows.of("sum", amount.text)), notes=note)

    def _in_newest(self, at: int) -> Iterator[tuple[int, Line]]:
        """`nps 6 or lower in the latest survey`: of the newest row, which is what a field of rows says by itself."""
        for end, noun in self.nouns(at):
            field = re.fullmatch(r"last\((\w+)\.(\w+)\)", noun.text)
            for stop, line in self.predicate(end + (self.w(end) == "of"), noun) if field is not None else ():
                place = stop + (self.w(stop) in ("in", "on", "at", "of"))
                place += self.w(place) in small.ARTICLES
                if place == stop or (which := self._last_word(place)) is None or which[1] != "last":
                    continue
                for last, rows in self.rows(which[0], bare=True):
                    if field is not None and rows.table == field[1] and not rows.where:
                        yield last, line

    def _field_of_rows(self, at: int) -> Iterator[tuple[int, Line]]:
        """`any ticket subject mentions "cancel"`, `every invoice amount is above 500`, `the subject of a ticket contains "refund"`."""
        w = self.w
        if not self.scope.is_entity:
            return
        starts = [
            (got.end, entry, got.slots)
            for entry, templates in self.entries["quantity"]
            for got in self.match(entry, templates, at, None)
        ]
        for start, entry, slots in [*starts, (at, ANY, {})]:
            for end, rows in self.rows(start, bare=True):
                if rows.latest:
                    continue
                inner, place = self.inside(rows.relation), end + 2 * (w(end) == "'" and w(end + 1) == "s")
                for stop, noun in inner._named(place):
                    if self._is_field(noun, rows):
                        yield from self._asked_of(stop, noun, rows, entry, slots, is_said=start > at)
        for table, relation in self.scope.tables.items():
            inner, place = self.inside(relation), at + (w(at) in small.ARTICLES)
            for end, noun in inner._named(place):
                if w(end) not in ("of", "in", "on") or not self._is_field(noun, Rows(table, relation)):
                    continue
                for entry, templates in self.entries["quantity"]:
                    for got in self.match(entry, templates, end + 1, None):
                        for stop, rows in [*self.rows(got.end, bare=True), *self.rows(got.end)]:
                            if rows.table == table and not rows.latest:
                                yield from self._asked_of(stop, noun, rows, entry, got.slots, is_said=True)

    def _is_field(self, noun: Noun, rows: Rows) -> bool:
        return (
            noun.field is not None and noun.text in rows.relation.fields and noun.text not in rows.relation.structural
        )

    def _asked_of(
        self, at: int, noun: Noun, rows: Rows, entry: Entry, slots: Mapping[str, str], *, is_said: bool
    ) -> Iterator[tuple[int, Line]]:
        """A quantity of rows by what is said of a field of theirs; without a quantity any of them, or the newest."""
        inner = self.inside(rows.relation)
        for end, line in inner.predicate(at, noun):
            if not is_said and rows.relation.at and not rows.where and self.choose(2) == 1:
                newest = re.sub(rf"(?<![\w.\"]){noun.text}\b(?!\")", rows.of("last", noun.text), line.text)
                yield end, Line(newest, notes=("of the newest row",))
                continue
            for stop, timed in self._windowed(end, rows):
                notes = ("of any row",) if not is_said else (entry.note,)
                if "having" in entry.to:
                    text = entry.to["having"].replace("{r}", timed.text).replace("{c}", line.text)
                else:
                    text = entry.to["rows"].replace("{r}", timed.also(line.text).text)
                text = re.sub(r"\{(\w+)\}", lambda m: slots.get(m[1], m[0]), text)
                negated = f"none({text[4:]}" if text.startswith("any(") else ""
                yield stop, Line(text, negated, notes)

    def _state(self, at: int) -> Iterator[tuple[int, Line]]:
        """`stage has been "onboarding" for at least 60 days`, of a table of changes."""
        w = self.w
        for end, noun in self.nouns(at):
            if not re.fullmatch(r"last\(\w+\.\w+\)", noun.text) or "text" not in noun.kinds:
                continue
            for place, negated in self._staying(end):
                start = (
                    place
                    + (w(place) in ("in", "at", "on"))
                    + (w(place + 1) == "the" and w(place) in ("in", "at", "on"))
                )
                for stop, value in self.value(start, noun):
                    if w(stop) != "for":
                        continue
                    for last, op, d in self._length(stop + 1):
                        state = f"{noun.text} = {value}"
                        lasted = f"{state} for {d}"
                        text = lasted if op in (">", ">=") else f"({state} and not ({lasted}))"
                        note = ("a state that has lasted is `last(TABLE.FIELD) = … for 30 days`",)
                        line = Line(text, f"not ({lasted})", note)
                        yield last, line.not_ if negated else line

    def _figure_for(self, at: int) -> Iterator[tuple[int, Line]]:
        """`weekly_logins has been below 5 for 3 weeks`, of a metric, which has a value as of any day."""
        for end, noun in self.nouns(at):
            if noun.field is not None or noun.text not in self.scope.names.metrics:
                continue
            for place, negated in self._staying(end):
                has_stayed = self.w(place - 1) in _STAYED
                for stop, line in self._predicates(place, noun):
                    if "change(" in line.text or " as of " in line.text:
                        continue
                    for last, op, d in self._throughout(stop, has_stayed=has_stayed):
                        unit = d.split()[1].rstrip("s")
                        if op in (">", ">=") and unit in ("day", "week", "month") and not d.startswith("1 "):
                            said = line.not_.text if negated else line.text
                            note = ("at each of several times is `every week for 4 weeks (…)`",)
                            yield last, Line(f"every {unit} for {d} ({said})", notes=note)

    def _staying(self, at: int) -> Iterator[tuple[int, bool]]:
        """Also behind `has stayed`, `remained`, which say that something was so all the time."""
        for place, negated in self.auxiliaries(at):
            yield place, negated
            if self.w(place) in _STAYED and not negated:
                yield place + 1, False

    def _throughout(self, at: int, *, has_stayed: bool) -> Iterator[tuple[int, str, str]]:
        """`for 3 weeks`, `in each of the last 3 weeks`; also `over the last 3 weeks` of what has stayed so."""
        said = " ".join(self.w(i) for i in range(at, at + 8))
        words_ = _EACH_OF.match(said) or (_DURING.match(said) if has_stayed else None)
        if words_ is None:
            return
        start = at + len(words_[0].split())
        for end, op, d in self._length(start):
            yield self._in_a_row_end(end), op, d
        for end, n in words.number(self.around, start) if self.w(start + 1) in _IN_A_ROW else ():
            unit = self.w(end + 1).rstrip("s")
            if end == start + 1 and n.isdigit() and unit in ("day", "week", "month"):
                yield end + 2, ">=", f"{n} {unit}s"

    def _in_a_row_end(self, at: int) -> int:
        """Behind `in a row`, `running`, where these stand at a place."""
        if (self.w(at), self.w(at + 1), self.w(at + 2)) == ("in", "a", "row"):
            return at + 3
        return at + (self.w(at) in _IN_A_ROW)

    def _beside(self, at: int) -> Iterator[tuple[int, Line]]:
        """`not autopay`, a true-or-false field of details by its bare name."""
        for place, negated in self.auxiliaries(at):
            for end, noun in self._named(place):
                if noun.kinds == {"boolean"} and noun.field is not None and "." in noun.text and "(" not in noun.text:
                    line = Line(noun.text, f"not {noun.text}", subject=noun)
                    yield end, line.not_ if negated else line

    def _moved_to(self, at: int) -> Iterator[tuple[int, Line]]:
        """`moved to mature in the last 30 days`: rows of a table of changes."""
        for place, negated in self.auxiliaries(at):
            if self.w(place) not in _MOVED or self.w(place + 1) not in ("to", "into"):
                continue
            start = place + 2 + (self.w(place + 2) in small.ARTICLES)
            for table, relation in self.scope.tables.items():
                if not ("change" in table or "histor" in table):
                    continue
                valued = self.inside(relation).scope.valued(self.w(start).strip('"'), beside=False)
                if valued is None:
                    continue
                rows = Rows(table, relation, where=(f'{valued[0].text} = "{valued[1]}"',))
                for end, timed in self._windowed(start + 1, rows):
                    line = Line(f"any({timed.text})", f"none({timed.text})", (ANY.note,))
                    yield end, line.not_ if negated else line

    def _customer_between(self, at: int) -> Iterator[tuple[int, Line]]:
        """`has been a customer for between 1 and 2 years`."""
        w, begins = self.w, self.scope.beginning
        place = next((p for p, _ in reversed(self.auxiliaries(at))), at)
        place += w(place) in small.SPOKEN
        if begins is None or w(place) not in ("customer", "client", "account", "member", "user", "subscriber"):
            return
        place += 1 + 2 * ((w(place + 1), w(place + 2)) == ("with", "us"))
        if w(place) != "for":
            return
        start = place + 1 + (w(place + 1) in ("between", "from"))
        for end, a in words.number(self.around, start):
            if w(end) in ("and", "to", "-"):
                for stop, d in words.duration(self.around, end + 1):
                    unit = d.split()[1]
                    first = f"1 {unit.rstrip('s')}" if a == "1" else f"{a} {unit}"
                    text = f"({begins.text} <= {first} ago and {begins.text} >= {d} ago)"
                    yield stop, Line(text, subject=begins)

    def _domain(self, at: int) -> Iterator[tuple[int, Line]]:
        """`email domain is gmail.com`, `the domain of the email is gmail.com`."""
        for end, noun in self.nouns(at):
            if not isinstance(noun.type, ty.Text) or "mail" not in noun.text or self.w(end) != "domain":
                continue
            for place, negated in self.auxiliaries(end + 1):
                start = place + (self.w(place) == "=")
                if start == end + 1:
                    continue
                for stop, text in self._text(start, noun):
                    line = Line(_of_domain(noun.text, text))
                    yield stop, line.not_ if negated else line

    def _share_in_use(self, at: int) -> Iterator[tuple[int, Line]]:
        """`half or more of the seats are unused`, by a metric that says which share is used."""
        w = self.w
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, None) if "p" in _slots_of(entry) else ():
                place = got.end + (w(got.end) == "of")
                place += w(place) in ("the", "its", "their", "all")
                used = [m for m in self.scope.names.metrics if _is_use_of(m, w(place))]
                share = re.fullmatch(r"(\d+)%", got.slots.get("p", ""))
                op = re.search(r"\}\) (<=|>=|<|>) \{p\}", entry.to.get("having", ""))
                if len(used) != 1 or op is None or share is None:
                    continue
                for stop, negated in self.auxiliaries(place + 1):
                    word = w(stop)
                    is_used = word in ("used", "taken", "occupied", "active", "assigned")
                    if stop == place + 1 or not (is_used or word in ("unused", "free", "empty", "idle", "unassigned")):
                        continue
                    if is_used != negated:
                        text = f"{used[0]} {op[1]} {share[1]}%"
                    else:
                        flipped = {">": "<", ">=": "<=", "<": ">", "<=": ">="}[op[1]]
                        text = f"{used[0]} {flipped} {100 - int(share[1])}%"
                    yield stop + 1, Line(text)


def _of_domain(field: str, text: str) -> str:
    """That an address ends with a domain."""
    return f'{field} ends with "@{text.strip(chr(34)).lstrip("@")}" ignoring case'


def _slots_of(entry: Entry) -> str:
    return "p" if "{p}" in entry.to.get("having", "") else ""


def _is_use_of(metric: str, word: str) -> bool:
    """Whether a metric is called the use of something: `seat_use` of seats."""
    *owner, last = metric.split("_")
    return last in _USE and root("_".join(owner)) == root(word) and bool(word)
