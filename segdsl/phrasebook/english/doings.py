"""What somebody did: how many rows, which, when and how often, as in `opened at least 2 tickets last week` -> a condition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.customers import CustomerReader
from segdsl.phrasebook.english.line import Line, filled, note_of, opposite
from segdsl.phrasebook.english.nouns import time_of
from segdsl.phrasebook.english.reader import DEEPEST, Got
from segdsl.phrasebook.english.takes import TIMES
from segdsl.phrasebook.english.things import Rows, root
from segdsl.phrasebook.entry import Entry
from segdsl.phrasebook.measures import BEHIND

_PAST = {"pays": "paid", "pay": "paid", "wins": "won", "loses": "lost", "sends": "sent", "holds": "held"}
MOST_STATES = 60  # ways to go on behind rows
_A_LENGTH = r"(?:\d|(?:an?|one|two|three|four|five|six|ten) (?:hour|day|week|month|quarter|year))"

_IN_EACH = re.compile(
    r"(?:in |on |during )?(?:(?:every|each)(?: one)? of|(?:every|each) (?P<unit>day|week|month) (?:of|in|over|for|during)"
    r"|(?:a|per) (?P<one>day|week|month) for) "
    r"(?:the )?(?:last |past |previous )?(?=\S)"
)
_IN_EACH_NOTE = "at each of several times is `every week for 4 weeks (…)`"


@dataclass
class DoingReader(CustomerReader):
    """A reader of what somebody did."""

    def _did(self, at: int, said: Sequence[str]) -> Iterator[tuple[int, Line]]:
        w = self.w
        start = at + (w(at) in ("event", "events", "there"))
        while w(start) in ("is", "are", "was", "were") and w(at) == "there":
            start += 1
        if "there" in said:  # there are open tickets
            for end, rows in self.rows(at):
                yield from self._tail(end, rows, "any")
        # a verb that names the rows: logged in, met
        for length in (3, 2, 1):
            verb = [w(i) for i in range(start, start + length)]
            if all(self.around.kind(start + i) == "word" for i in range(length)) and verb[0] not in small.STOPS:
                named = self.scope.names.table(verb) if self.scope.is_entity else None
                if named is not None and verb[0] not in self.scope.relation.fields:
                    rows = Rows(named, self.scope.tables[named])
                    valued = self.inside(rows.relation).scope.valued(verb[0], beside=False) if length == 1 else None
                    rows = rows if valued is None else rows.also(f'{valued[0].text} = "{valued[1]}"')
                    yield from self._tail(start + length, rows, "any")
                    place = start + length + (w(start + length) == "with")
                    place += w(place) in small.ARTICLES
                    inner = self.inside(rows.relation)
                    for n in (2, 1):
                        adjective = inner._adjective(" ".join(w(i) for i in range(place, place + n)))
                        if adjective is not None:
                            yield from self._tail(place + n, rows.also(adjective), "any")
                            break
                    if w(start + length) == "with" and w(start + length + 1) == "us":
                        yield from self._tail(start + length + 2, rows, "any")
        # a verb, and how many rows: opened at least 2 tickets, paid every invoice, did logins
        done, place = "", start
        if self.around.kind(start) == "word" and w(start) not in ("a", "an", "the", "no"):
            done, place = w(start), start + 1
        yield from ((end, line) for end, line, _ in self._some(place, done))
        if done:
            yield from ((end, line) for end, line, _ in self._some(start, ""))
            yield from self._spent(start)

    def _spent(self, at: int) -> Iterator[tuple[int, Line]]:
        """`paid more than 10,000 in the last year`."""
        for table, relation in self.scope.tables.items():
            inner = self.inside(relation)
            amount, valued = inner.scope.amount, inner.scope.valued(self.w(at), beside=False)
            if amount is None or valued is None:
                continue
            rows = Rows(table, relation, where=(f'{valued[0].text} = "{valued[1]}"',))
            marker = replace(amount, text="\v")
            for end, line in self._predicates(at + 1 + (self.w(at + 1) == "us"), marker):
                if self.around.kind(end - 1) == "number":
                    for stop, timed in self._windowed(end, rows):
                        yield (
                            stop,
                            replace(
                                line,
                                text=line.text.replace("\v", timed.of("sum", amount.text)),
                                negated="",
                                subject=None,
                            ),
                        )

    def _verb_fits(self, verb: str, rows: Rows) -> Rows | None:
        """The rows of which a verb can be said; with a condition where the verb is a value."""
        inner = self.inside(rows.relation)
        if not verb:
            return rows
        if (valued := inner.scope.valued(verb)) is not None and (verb not in small.DID or self.choose(2) == 1):
            return rows.also(f'{valued[0].text} = "{valued[1]}"')
        if (past := _past_of(verb)) and (valued := inner.scope.valued(past)) is not None:
            return rows.also(f'{valued[0].text} = "{valued[1]}"')
        if (adjective := inner._adjective(verb)) is not None and verb.startswith("un"):
            return rows.also(adjective)
        if verb in small.DID or self._is_said_of(verb, rows) or root(verb) == root(rows.table):
            return rows
        return None

    def _is_said_of(self, verb: str, rows: Rows) -> bool:
        """Whether the time of rows says that somebody does it, as `answered_at` of surveys."""
        times = [t for t in (rows.relation.at, rows.relation.known_at) if t]
        return any(root(verb) == root(t.rsplit("_", 1)[0]) for t in times)

    def _some(self, at: int, verb: str) -> Iterator[tuple[int, Line, Rows | None]]:
        """How many rows, which, and what is said of them."""
        self.around.tries.spend()
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, None):
                if "n" in got.slots and not verb:
                    yield from ((end, line, None) for end, line in self._of_a_figure(got, entry))
                for end, rows in self.rows(got.end):
                    if self.w(end) == "per" and "rows" in entry.to and "n" in got.slots:
                        yield from ((stop, line, None) for stop, line in self._per(end + 1, rows, got, entry))
                    fitting = self._verb_fits(verb, rows)
                    is_more = self.w(end) == "or" and self.w(end + 1) in ("more", "fewer", "less")
                    if fitting is not None and not is_more:
                        yield from self._said_of(end, fitting, rows, entry, got.slots)
        yield from self._some_fields(at, verb)
        yield from self._so_many(at, verb)
        is_usual = verb in small.DID or verb in ("paid", "opened")
        if verb and (is_usual or any(self._is_said_of(verb, Rows(n, r)) for n, r in self.scope.tables.items())):
            for end, rows in self.rows(at):
                fitting = self._verb_fits(verb, rows)
                if fitting is not None and (is_usual or self._is_said_of(verb, rows)):
                    yield from ((stop, line, rows) for stop, line in self._tail(end, fitting, "any"))

    def _of_a_figure(self, got: Got, entry: Entry) -> Iterator[tuple[int, Line]]:
        """`at least 3 seats`, where `seats` is a number or a set."""
        for end, noun in self._named(got.end):
            is_set = noun.kinds == {"set"}
            if (is_set or "number" in noun.kinds) and noun.type is not None and not noun.text.startswith("last("):
                figure = f"size({noun.text})" if is_set else noun.text
                yield end, Line(filled(entry.to["rows"], got.slots).replace("count({r})", figure), subject=noun)

    def _per(self, at: int, rows: Rows, got: Got, entry: Entry) -> Iterator[tuple[int, Line]]:
        """`more than 2 tickets per user`, `more than 1 ticket per 10 seats in the last 30 days`."""
        for start, m in [(at, ""), *words.number(self.around, at)]:
            for end, noun in self._named(start):
                if "number" not in noun.kinds or noun.field is None or noun.type is None:
                    continue
                n = got.slots["n"]
                figure = (noun.text if n == "1" else f"{n} * {noun.text}") + (f" / {m}" if m else "")
                for stop, timed in self._windowed(end, rows) if not rows.window else [(end, rows)]:
                    yield stop, Line(filled(entry.to["rows"], {"r": timed.text, "n": figure}), notes=note_of(entry))
        for end, other in self.rows(at, bare=True):
            for stop, timed in self._windowed(end, rows) if not rows.window else [(end, rows)]:
                share = f"count({timed.text}) / count({other.text})"
                line = filled(entry.to["rows"], got.slots).replace("count({r})", share)
                yield stop, Line(line, notes=note_of(entry))

    def _so_many(self, at: int, verb: str) -> Iterator[tuple[int, Line, Rows]]:
        """`3 tickets`, `3 tickets or more`: at least so many, or so many."""
        for end, n in words.number(self.around, at):
            for stop, rows in self.rows(end):
                fitting = self._verb_fits(verb, rows)
                if fitting is None:
                    continue
                op = BEHIND.get((self.w(stop), self.w(stop + 1)))
                after = stop + 2 if op else stop
                op = op or (">=", "=")[self.choose(2)]
                entry = Entry((), {"rows": f"count({{r}}) {op} {{n}}"}, note="rows are counted with `count(…)`")
                for last, timed in [(after, fitting), *self.modified(after, fitting, 0)]:
                    yield from self._said_of(last, timed, rows, entry, {"n": n})

    def quantified(self, at: int) -> Iterator[tuple[int, Rows]]:
        """Rows behind a quantity, as in `at least 3 tickets`, without a verb."""
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, None):
                yield from self.rows(got.end, bare=True)

    def _some_fields(self, at: int, verb: str) -> Iterator[tuple[int, Line, Rows]]:
        """`gave an NPS below 7`, `uses more than two devices`: rows by a field that they alone have."""
        if verb and verb not in small.DID:
            return
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, None) if "rows" in entry.to else ():
                for table, relation in self.scope.tables.items():
                    if relation.kind != "table":
                        continue
                    inner, rows = self.inside(relation), Rows(table, relation)
                    for end, noun in inner._named(got.end + (self.w(got.end) in ("different", "distinct"))):
                        if (
                            noun.text not in relation.fields
                            or noun.text in relation.structural
                            or not self._is_of_rows(noun)
                        ):
                            continue
                        if "n" in got.slots and "text" in noun.kinds:
                            for stop, timed in self._windowed(end, rows):
                                different = timed.of("count_distinct", noun.text)
                                text = filled(entry.to["rows"], got.slots).replace("count({r})", different)
                                notes = ("different values are counted with `count_distinct(…)`",)
                                yield stop, Line(text, notes=notes), rows
                        elif "n" not in got.slots:
                            for stop, line in inner.predicate(end, noun):
                                for last, timed in self._windowed(stop, rows.also(line.text)):
                                    text = filled(entry.to["rows"], {"r": timed.text})
                                    yield last, Line(text, opposite(text), note_of(entry)), rows

    def _said_of(
        self, at: int, rows: Rows, plain: Rows, entry: Entry, slots: Mapping[str, str]
    ) -> Iterator[tuple[int, Line, Rows]]:
        """A quantity of rows, with what is said of them: `are open`, `were opened yesterday`, or nothing."""
        for end, said in [(at, ""), *((e, line.text) for e, line in self._of_them(at, rows))]:
            window = (
                said[1:] if said.startswith("\f") and not said[1:].startswith(("\f", rows.relation.at or "\f")) else ""
            )
            if said.startswith("\f") and not window:
                said = said[1:]
            if window and rows.window:
                continue
            asked = replace(rows, window=window or rows.window) if window else rows
            conditions = [said] if said and not window else []
            if "having" in entry.to:
                inner = " and ".join([*asked.where[len(plain.where) :], *conditions])
                if not inner:
                    continue
                kept = replace(asked, where=plain.where)
                if kept.latest and kept.where:
                    continue
                line = filled(entry.to["having"], {**slots, "r": kept.text, "c": inner})
            else:
                line = filled(entry.to["rows"], {**slots, "r": asked.also(*conditions).text})
            about = replace(asked if "having" in entry.to else asked.also(*conditions), counted=True)
            made = Line(line, opposite(line), note_of(entry), subject=about)
            yield end, made, rows
            for stop, timed in self._later(end, asked):
                if "having" in entry.to:
                    again = filled(
                        entry.to["having"], {**slots, "r": replace(timed, where=plain.where).text, "c": inner}
                    )
                else:
                    again = filled(entry.to["rows"], {**slots, "r": timed.also(*conditions).text})
                about = replace(about, window=timed.window)
                yield stop, replace(made, text=again, negated=opposite(again), subject=about), rows
            for stop, unit, length in self._in_each(end, asked) if "having" not in entry.to else ():
                timed = replace(asked.also(*conditions), window=f"in last 1 {unit}")
                again = f"every {unit} for {length} ({filled(entry.to['rows'], {**slots, 'r': timed.text})})"
                yield stop, replace(made, text=again, negated=opposite(again), notes=(_IN_EACH_NOTE,)), rows

    def _later(self, at: int, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """A window behind all that is said."""
        if rows.window or not rows.relation.at:
            return
        for end, slots, entry in self.time(at, time_of(rows)):
            if "rows" in entry.to:
                yield end, replace(rows, window=filled(entry.to["rows"], slots))
            elif "where" in entry.to:
                yield end, rows.also(filled(entry.to["where"], {**slots, "x": rows.relation.at}))

    def _of_them(self, at: int, rows: Rows) -> Iterator[tuple[int, Line]]:
        """What is said of the rows behind their quantity: `are open`, `failed`, `has role = "admin"`, `was opened`."""
        w, inner = self.w, self.inside(rows.relation)
        if self.depth >= DEEPEST:
            return
        if w(at) in ("as", "than"):
            return
        yield from inner.about(at)
        if w(at) in ("came", "come", "comes"):
            yield from inner.of_row(at + 1)
        for place, negated in self.auxiliaries(at):
            for end, noun in inner._named(place):
                if noun.field is not None and place > at:
                    for stop, line in inner.predicate(end, noun):
                        yield stop, line.not_ if negated else line
            verb = w(place)
            if (
                self._verb_fits(verb, rows) is rows
                and verb
                and self.around.kind(place) == "word"
                and (place > at or verb in small.DID)
                and verb not in ("with",)
                and not negated
            ):
                yield place + 1, Line("")
            if (
                place > at
                and not negated
                and w(place) in small.ENDS
                and w(place - 1) in ("due", "scheduled", "happened", "occurred")
            ):
                yield place, Line("")

    def _tail(self, at: int, rows: Rows, quantity: str) -> Iterator[tuple[int, Line]]:
        """What stands behind rows or their verb: how often, when, on how many days."""
        states = [(at, rows, "any({r})", "", False)]
        seen = set[tuple[int, str, str]]()
        while states:
            place, now, to, note, negated = states.pop(0)
            if (place, now.text, to) in seen or len(seen) > MOST_STATES:
                continue
            seen.add((place, now.text, to))
            self.around.tries.spend()
            fields = {f"different_{f}": now.of("count_distinct", f) for f in now.relation.fields}
            line = filled(to, {"r": now.text, **fields})
            made = Line(line, opposite(line), (note,) if note else (), subject=now)
            made = made.not_ if negated else made
            yield self._trailing(place), made
            if to == "any({r})":
                if self.w(place) in ("exist", "exists"):
                    yield place + 1, made
                states += [(end, more, to, note, negated) for end, more in self.modified(place, now, 3)]
                for start, is_not in self.auxiliaries(place):
                    start += self.w(start) in small.DID and start > place
                    no = negated != is_not
                    if start > place:
                        states.append((start, now, to, note, no))
                    states += [(end, now, counted, said, no) for end, counted, said in self._how_often(start)]
                states += [(*state, negated) for state in [*self._days_of(place, now), *self._devices(place, now)]]
            for end, unit, length in self._in_each(place, now) if not negated and not to.startswith("every") else ():
                step = replace(now, window=f"in last 1 {unit}")
                states.append((end, step, f"every {unit} for {length} ({to})", _IN_EACH_NOTE, negated))
            states += [(end, more, to, note, negated) for end, more in self._later(place, now)]

    def _how_often(self, at: int) -> Iterator[tuple[int, str, str]]:
        """`at least 3 times`, `once`, `>= 3 times`: where it ends, what is counted, and how that is written here."""
        w = self.w
        counted = "rows are counted with `count(…)`"
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, TIMES) if "rows" in entry.to else ():
                if "n" in got.slots:
                    yield got.end, filled(entry.to["rows"], {**got.slots, "r": "{r}"}), entry.note
                elif "a" in got.slots and w(got.end) == "times":  # `between 9 and 17` may be hours
                    yield got.end + 1, filled(entry.to["rows"], {**got.slots, "r": "{r}"}), entry.note
        for end, n in words.times(self.around, at):
            op = BEHIND.get((w(end), w(end + 1)))
            yield end + 2 if op else end, f"count({{r}}) {op or ('=' if n == '0' else '>=')} {n}", counted
        if w(at) in ("=", ">", "<", ">=", "<=", "!=") and self.around.kind(at + 1) == "number":
            yield at + 2 + (w(at + 2) == "times"), f"count({{r}}) {w(at)} {self.around.tokens[at + 1].text}", counted

    def _in_each(self, at: int, rows: Rows) -> Iterator[tuple[int, str, str]]:
        """`in each of the last 8 weeks`, of rows without a window: where it ends, the unit, and the whole time."""
        if rows.window or not rows.relation.at or rows.latest or self.depth:
            return  # of users it isn't said whether the same one is meant each time
        words_ = _IN_EACH.match(" ".join(self.w(at + i) for i in range(9)))
        if words_ is None:
            return
        for end, length in words.duration(self.around, at + len(words_[0].split())):
            n, unit = length.split()
            unit = unit.rstrip("s")
            is_said = unit == self.w(end - 1).rstrip("s") and (words_["unit"] or words_["one"]) in (None, unit)
            if unit in ("day", "week", "month") and n.isdigit() and int(n) > 1 and is_said:
                yield end, unit, length

    def _days_of(self, at: int, rows: Rows) -> list[tuple[int, Rows, str, str]]:
        """`on at least 5 days`, `every week for 4 weeks`, `5 days in a row`."""
        w, found = self.w, list[tuple[int, Rows, str, str]]()
        place = at + (w(at) == "on")
        for end, counted in self._so_often(place) if w(at) == "on" else ():
            stop = end + (w(end) in ("different", "separate", "distinct"))
            if w(stop) in ("days", "day"):
                to = counted.replace("count({r})", "distinct_days({r})")
                found.append((stop + 1, rows, to, "days with a row are counted with `distinct_days(…)`"))
        border = (words.border(self.around, place) or (place, ""))[0]
        for end, n in words.number(self.around, border):
            if (
                w(end) in ("days", "weeks", "months") and (w(end + 1), w(end + 2), w(end + 3)) == ("in", "a", "row")
            ) or w(end + 1) in ("running", "straight"):
                unit = w(end).rstrip("s")
                stop = end + (4 if w(end + 1) == "in" else 2)
                found.append(
                    (stop, replace(rows, window=f"in last 1 {unit}"), f"every {unit} for {n} {unit}s (any({{r}}))", "")
                )
        if w(at) in ("every", "each") and w(at + 1) in ("day", "week", "month"):
            unit, place = w(at + 1), at + 2
            while w(place) in ("for", "in", "over", "during", "the", "last", "past", "of"):
                place += 1
            for end, d in words.duration(self.around, place):
                if unit == "day":
                    d = {"1 week": "7 days", "2 weeks": "14 days"}.get(d, d)
                if not rows.window:
                    found.append(
                        (end, replace(rows, window=f"in last 1 {unit}"), f"every {unit} for {d} (any({{r}}))", "")
                    )
        return found

    def _so_often(self, at: int) -> Iterator[tuple[int, str]]:
        """`at least 5`, `10 or more`, `5`: where it ends, and what is said of a count of rows; at least so many without a comparison."""
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, None) if "count({r})" in entry.to.get("rows", "") else ():
                if {"n", "a"} & {*got.slots}:
                    yield got.end, filled(entry.to["rows"], {**got.slots, "r": "{r}"})
        yield from ((end, f"count({{r}}) >= {n}") for end, n in words.number(self.around, at))

    def _devices(self, at: int, rows: Rows) -> list[tuple[int, Rows, str, str]]:
        """`from at least 3 different devices`."""
        w, found = self.w, list[tuple[int, Rows, str, str]]()
        if w(at) not in ("from", "on", "with", "via", "using"):
            return found
        inner = self.inside(rows.relation)
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at + 1, None):
                if "n" not in got.slots or "rows" not in entry.to:
                    continue
                place = got.end + (w(got.end) in ("different", "distinct", "unique", "separate"))
                if w(at) == "with" and place == got.end:
                    continue  # `a review with fewer than 3 stars`
                for end, noun in inner._named(place):
                    if noun.field is not None and "number" not in noun.kinds:
                        to = filled(entry.to["rows"], got.slots).replace("count({r})", f"{{different_{noun.text}}}")
                        found.append((end, rows, to, "different values are counted with `count_distinct(…)`"))
        return found

    def _lasts(self, at: int, end: int) -> bool:
        """Whether a clause says how long something has lasted, as `has been open for more than 3 days`: no window of rows says that."""
        said = " ".join(self.w(i) for i in range(at, end))
        return re.search(rf"\bfor (?:(?:more|longer) than |over |at least )?{_A_LENGTH}", said) is not None

    def _is_state_for(self, at: int, end: int) -> bool:
        """Whether a clause says how long rows have been so, as in `open for more than a week`; `closed for a week` is what was done."""
        for i in range(at + 1, end):
            state = self.w(i - 1)
            if self.w(i) == "for" and i > at + 1 and self.scope.table([state]) is not None:
                state = self.w(i - 2)  # `an open ticket for a week`
                if state in ("no", "without", "more", "any"):
                    continue
            if self.w(i) != "for" or state.endswith("ed") or state in ("paid", "sent", "won", "lost", "held", "met"):
                continue
            said = " ".join(self.w(j) for j in range(i, end))
            is_value = any(self.inside(r)._adjective(state) for r in self.scope.tables.values())
            if is_value and re.match(rf"for (?:(?:more|longer|less) than |over |at least )?{_A_LENGTH}", said):
                return True
        return False


def _past_of(verb: str) -> str:
    """`pays` as `paid`, `fails` as `failed`; empty for a word that is no third person."""
    if verb in _PAST:
        return _PAST[verb]
    return f"{verb[:-1]}d" if verb.endswith("es") else f"{verb[:-1]}ed" if verb.endswith("s") and len(verb) > 3 else ""
