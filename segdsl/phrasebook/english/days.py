"""Days, periods and lengths of time in a clause -> as they are written here, and conditions on a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english.line import Line, filled, note_of
from segdsl.phrasebook.english.reader import BaseReader
from segdsl.phrasebook.english.things import Noun
from segdsl.phrasebook.entry import Entry
from segdsl.phrasebook.measures import CALENDAR


@dataclass
class DayReader(BaseReader):
    """A reader of days, periods and times."""

    def days(self, at: int, subject: Noun | None = None) -> Iterator[tuple[int, str, str]]:
        """A day, and the end of it: a date, a month of a year, today, `30 days ago`, the last renewal."""
        around, w = self.around, self.w
        if around.kind(at) == "date":
            day = around.tokens[at].text
            yield at + 1, day, words.after(day)
            return
        yield from self.periods(at)
        named = at + 1 + (w(at) == "current")
        if w(at) in ("today", "now") or (w(at) == "current" and w(at + 1) in ("date", "day", "time")):
            day = "now" if w(at) == "now" else "today"
            for end, d in words.duration(around, named + 1) if w(named) in ("-", "+", "minus", "plus") else ():
                back = w(named) in ("-", "minus")
                if day == "today":
                    shifted = f"{d} {'before' if back else 'after'} today"
                    yield end, shifted, f"1 day after {shifted}"
                    continue
                shifted = f"{d} {'ago' if back else 'from now'}"
                yield end, shifted, shifted
            yield named, day, words.after(day) if day == "today" else day
        if w(at) == "yesterday":
            yield at + 1, "1 day before today", "today"
        if w(at) == "tomorrow":
            yield at + 1, "1 day after today", "2 days after today"
        for end, d in words.duration(around, at):
            if w(end) in ("ago", "back"):
                yield end + 1, f"{d} ago", f"{d} ago"
            elif w(end) in ("before", "after") and w(end + 1) == "today":
                yield end + 2, f"{d} {w(end)} today", f"1 day after {d} {w(end)} today"
            elif (w(end), w(end + 1)) in (("from", "now"), ("from", "today")):
                yield end + 2, f"{d} from now", f"{d} from now"
        place = at + (w(at) == "the")
        if w(place) in ("start", "beginning") and w(place + 1) == "of":
            unit = place + 2 + (w(place + 2) in ("the", "this"))
            if w(unit) in CALENDAR:
                yield unit + 1, f"start of this {w(unit)}", f"start of this {w(unit)}"
        for end, noun in self.nouns(at):
            if "time" in noun.kinds and noun.type is not None and (subject is None or noun.text != subject.text):
                yield end, noun.text, words.after(noun.text)

    def periods(self, at: int) -> Iterator[tuple[int, str, str]]:
        """A month, quarter or year by its name, or this, last or next one: its first day, and the first day after it."""
        w = self.w
        yield from ((end, str(first), str(after)) for end, first, after in words.period(self.around, at))
        which = at + (w(at) == "the")
        which += w(which + 1) == "calendar"
        said, unit = w(which - (w(which) == "calendar")), w(which + 1)
        if said in ("last", "this", "next") and unit in CALENDAR:
            length = "3 months" if unit == "quarter" else f"1 {unit}"
            following = {"last": f"start of this {unit}", "this": f"start of next {unit}"}
            start = f"start of {said} {unit}"
            yield which + 2, start, following.get(said, f"{length} after {start}")

    def span(self, at: int, *, only_ago: bool) -> Iterator[tuple[int, str]]:
        """How long ago the value is that a change is from."""
        w = self.w
        if not only_ago:
            for unit in ("month", "year", "week", "quarter"):
                if w(at) == unit and w(at + 1) in ("over", "on") and w(at + 2) == unit:
                    yield at + 3, "3 months" if unit == "quarter" else f"1 {unit}"
            place = at
            while w(place) in (
                "in",
                "over",
                "within",
                "during",
                "from",
                "vs",
                "versus",
                "against",
                "compared",
                "to",
                "with",
                "than",
                "since",
                "the",
                "what",
                "it",
                "was",
            ) or (w(place) == "." and w(place - 1) == "vs"):
                place += 1
            if place > at and w(place) in ("last", "past", "previous", "prior", "preceding"):
                for end, d in words.duration(self.around, place + 1):
                    yield end, d
            if place > at or w(place) in ("last", "past"):
                for end, d in words.duration(self.around, place):
                    if w(end) in ("ago", "before", "earlier"):
                        yield end + 1, d
                    elif w(place - 1) in ("over", "within", "in"):
                        yield end, d
        else:
            for end, d in words.duration(self.around, at):
                if w(end) in ("ago", "before", "earlier"):
                    yield end + 1, d

    def time(self, at: int, subject: Noun | None) -> Iterator[tuple[int, Mapping[str, str], Entry]]:
        """When: each way to read it, with the slots of the entry."""
        for entry, templates in self.entries["time"]:
            for got in self.match(entry, templates, at, subject):
                if got.end > at:
                    slots = dict(got.slots)
                    said = [self.w(i) for i in range(at, got.end)]
                    if "units" not in slots and (
                        unit := next((u for u in said if u.rstrip("s") in ("day", "week", "month", "year")), "")
                    ):
                        slots["unit"] = unit
                    slots["which"] = next((u for u in said if u in ("this", "last", "next")), "this")
                    slots["period"] = next((u for u in said if u in CALENDAR), "")
                    yield got.end, slots, entry

    def when(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """A condition on a time."""
        for end, slots, entry in self.time(at, noun):
            to = entry.to.get("field")
            if to is None:
                continue
            if noun.type == ty.DATE and "long" not in slots:
                to = entry.to.get("day", to)
            line = filled(to, {**slots, "x": noun.text})
            notes = (slots["way"],) if "way" in slots else note_of(entry)
            rows = noun.row_time
            if (
                rows is not None
                and to == "{x} < {d} ago"
                and not rows.window
                and noun.text.startswith("last(")
                and self.choose(2) == 1
            ):
                yield (
                    end,
                    Line(
                        f"none({replace(rows, window=filled('in last {d}', slots)).text})",
                        notes=("also of those without any",),
                    ),
                )
            else:
                yield end, Line(line, notes=notes, subject=noun)
