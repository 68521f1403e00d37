"""Reads a clause: SUBJECT PREDICATE, QUANTITY ROWS [VERB] [CONDITION] [TIME], or [never] VERB [TIME], by the vocabularies.

`Reader.clauses` yields where a clause that begins at a token may end, with the line that it means. Each try is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from segdsl.lang.reserved import AGGREGATES
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.things import Noun, Rows, Scope, beginnings, root, value_of
from segdsl.phrasebook.entry import Entry, Slot, Template, Words
from segdsl.phrasebook.slots import Around
from segdsl.phrasebook.tokens import Token, joined
from segdsl.phrasebook.vocabulary import entries
from segdsl.phrasebook.vocabulary.membership import COLLECTIONS

T = TypeVar("T")
LONGEST_NAME = 5  # words of a name
LONGEST_VALUE = 4  # words of a value without quotes
MOST_VALUES = 30
MOST_STATES = 60  # ways to go on behind rows
DEEPEST = 3  # clauses about rows inside clauses


@dataclass(frozen=True)
class Line:
    """What a clause means. `negated` is what its negation means, `sure` that nothing is guessed, `subject` what was said of."""

    text: str
    negated: str = ""
    notes: tuple[str, ...] = ()
    sure: bool = True
    subject: Noun | Rows | None = None

    @property
    def not_(self) -> Line:
        return replace(self, text=self.negated or f"not {_one(self.text)}", negated=self.text)


def _not(text: str) -> str:
    """The negation of a condition."""
    equal = re.fullmatch(r'([\w.]+) (!?=) ("[^"]*")', text)
    return f"{equal[1]} {'=' if equal[2] == '!=' else '!='} {equal[3]}" if equal else f"not {_one(text)}"


def _one(text: str) -> str:
    """A condition that `not` can stand before."""
    simple = re.fullmatch(r"(?:any|none|all)\([^()]*\)|[\w.]+(?:\([^()]*\))? (?:[<>=!]+|in|not in) \S+|[\w.]+", text)
    return text if simple or (text.startswith("(") and text.endswith(")")) else f"({text})"


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class _Got:
    """What a template took: where it ends, and what its slots are in the line."""

    end: int
    slots: Mapping[str, str]


@dataclass
class _Shared:
    """What the readers of a condition share: the entries that may match, what has been answered, and whether a choice was made."""

    entries: dict[str, list[tuple[Entry, list[Template]]]] = field(default_factory=dict)
    answers: dict[tuple[str, int, str, int], list[Any]] = field(default_factory=dict)
    inner: dict[tuple[str, int], Any] = field(default_factory=dict)
    is_open: bool = False


@dataclass
class Reader:
    """Reads clauses about `scope`. `choice` is the reading that is taken where two are possible, which sets `open`."""

    around: Around
    scope: Scope
    choice: int = 0
    depth: int = 0
    shared: _Shared = field(default_factory=lambda: _Shared())

    def __post_init__(self) -> None:
        if not self.shared.entries:
            present = {t.lower for t in self.around.tokens}
            for part, every in entries().items():
                fitting = [(e, [t for t in e.templates if all(w & present for w in t.needed)]) for e in every]
                self.shared.entries[part] = [(e, templates) for e, templates in fitting if templates]

    @property
    def entries(self) -> Mapping[str, list[tuple[Entry, list[Template]]]]:
        return self.shared.entries

    @property
    def is_open(self) -> bool:
        """Whether a choice was made between two readings."""
        return self.shared.is_open

    def w(self, at: int) -> str:
        return self.around.lower(at)

    def choose(self, count: int) -> int:
        """Which of several readings is taken."""
        if count > 1:
            self.shared.is_open = True
        return min(self.choice, count - 1)

    def _once(self, what: str, at: int, answers: Callable[[], Iterable[T]]) -> list[T]:
        """The answers to a question about a place, asked once."""
        key = (self.scope.relation.name, self.depth, what, at)
        if key not in self.shared.answers:
            self.shared.answers[key] = []  # what is asked again meanwhile has no answer
            self.shared.answers[key] = list(answers())
        return self.shared.answers[key]

    def inside(self, relation: Relation) -> Self:
        """A reader of conditions about rows."""
        key = (relation.name, self.depth)
        if key not in self.shared.inner:
            self.shared.inner[key] = replace(self, scope=self.scope.within(relation), depth=self.depth + 1)
        inner: Self = self.shared.inner[key]
        return inner

    # -- templates ---------------------------------------------------------------------------

    def match(self, entry: Entry, templates: Sequence[Template], at: int, subject: Noun | None) -> Iterator[_Got]:
        for t in templates:
            yield from self._from(t.parts, 0, at, {}, subject)

    def _from(
        self, parts: tuple[Words | Slot, ...], part: int, at: int, slots: dict[str, str], subject: Noun | None
    ) -> Iterator[_Got]:
        self.around.tries.spend()
        if part == len(parts):
            yield _Got(at, slots)
            return
        match parts[part]:
            case Words(choices, optional):
                for choice in choices:
                    if all(self.w(at + i) == word for i, word in enumerate(choice)):
                        said = " ".join([*([slots["said"]] if slots.get("said") else []), *choice])
                        yield from self._from(parts, part + 1, at + len(choice), {**slots, "said": said}, subject)
                if optional:
                    yield from self._from(parts, part + 1, at, slots, subject)
            case Slot(name, kind):
                for end, got in self._slot(name, kind, at, subject):
                    yield from self._from(parts, part + 1, end, {**slots, **got}, subject)

    def _slot(self, name: str, kind: str, at: int, subject: Noun | None) -> Iterator[tuple[int, Mapping[str, str]]]:
        around = self.around
        match kind:
            case "count":
                counts = words.times if subject is _TIMES else words.number
                yield from ((end, {name: n}) for end, n in counts(around, at))
            case "number":
                yield from ((end, {name: n}) for end, n in words.number(around, at))
            case "share":
                yield from ((end, {name: p}) for end, p in words.share(around, at))
            case "duration" if self.w(at) in ("week", "month", "quarter", "year"):
                last = self.w(at - 1) in ("last", "past") and self.w(at - 2) in (
                    "the",
                    "over",
                    "during",
                    "within",
                    "for",
                )
                if (
                    (last and self.choose(2) == 0)
                    or self.w(at - 1) == "past"
                    or (self.w(at - 1) in ("next", "coming") and self.w(at - 2) == "the")
                ):
                    yield from ((end, _duration(name, d)) for end, d in words.duration(around, at))
            case "whole":
                if (
                    self.w(at) in ("week", "month", "quarter", "year")
                    and self.w(at - 1) == "last"
                    and self.choose(2) == 1
                ):
                    yield at + 1, {name: self.w(at)}
            case "list":
                is_free = subject is not None and isinstance(subject.type, ty.Text) and self.w(at - 1) == "in"
                is_word = around.kind(at) == "word"
                is_named = is_free and is_word and self.w(at + 1) in small.ENDS and around.tokens[at].text.islower()
                if is_word and (is_named or "list" in (self.w(at - 1), self.w(at + 1))):
                    yield at + 1, {name: self.w(at)}  # also of a list whose own declaration is mended first
                for length in (2, 1):
                    said = "_".join(self.w(i) for i in range(at, at + length))
                    if said in self.scope.names.lists:
                        yield at + length, {name: said}
            case "duration":
                yield from ((end, _duration(name, d)) for end, d in words.duration(around, at))
            case "ahead" | "back":
                way = subject.direction if subject is not None else "back"
                is_certain = subject is None or subject.is_certain
                if not is_certain:
                    ways = ("back", "ahead") if way == "back" else ("ahead", "back")
                    way = ways[self.choose(2)]
                if way == kind:
                    found_way = {} if is_certain else {"way": way}
                    yield from ((end, {**_duration(name, d), **found_way}) for end, d in words.duration(around, at))
            case "days":
                for end, d in words.duration(around, at):
                    n, unit = d.split()
                    if unit.startswith("day"):
                        yield end, {name: d, "less": f"{int(n) - 1} days before today" if n != "1" else "today"}
            case "unit":
                unit = self.w(at).rstrip("s")
                if unit in ("week", "month", "quarter", "year"):
                    yield at + 1, {name: unit}
            case "day":
                long = {end for end, *_ in self.periods(at)}
                for end, d, e in self.days(at, subject):
                    yield end, {name: d, f"{name}_after": e, f"{name}_end": e, **({"long": d} if end in long else {})}
            case "calendar":
                yield from ((end, {name: a, f"{name}_end": b}) for end, a, b in self.periods(at))
            case "begun" | "start":
                begins = self.scope.beginning
                for end, day, _ in self.days(at, subject):
                    if day not in ("today", "now") and (kind == "begun" or (begins and day == begins.text)):
                        yield end, {name: day}
            case "date":
                if around.kind(at) == "date":
                    day = around.tokens[at].text
                    yield at + 1, {name: day, f"{name}_after": words.after(day)}
            case "period":
                yield from ((end, {name: str(a), f"{name}_end": str(b)}) for end, a, b in words.period(around, at))
            case "month":
                yield from ((end, {name: str(m)}) for end, m in words.month(around, at))
            case "weekday":
                yield from ((end, {name: f'"{d}"'}) for end, d in words.weekday(around, at))
            case "rank":
                yield from words.rank(around, at)
            case "group":
                yield from self._group(at)
            case "span" | "ago":
                yield from ((end, {name: d}) for end, d in self._span(at, only_ago=kind == "ago"))
            case "steps":
                for end, d in words.duration(around, at):
                    if d.split()[1].rstrip("s") in ("day", "week", "month") and not d.startswith("1 "):
                        yield end, {name: d}
            case "rule":
                yield from ((end, {name: path}) for end, path in self._rule(at))
            case "other" if subject is not None:
                for end, noun in self.nouns(at):
                    if noun.kinds == subject.kinds and noun.type is not None and noun.text != subject.text:
                        yield end, {name: noun.text}
            case "value" if subject is not None:
                yield from ((end, {name: v}) for end, v in self.value(at, subject))
            case "values" | "texts" | "both" | "all" if subject is not None:
                yield from self._values(name, kind, at, subject)

    # -- times -------------------------------------------------------------------------------

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
                shifted = f"{d} {'ago' if w(named) in ('-', 'minus') else 'from now'}"
                yield end, shifted, shifted
            yield named, day, words.after(day) if day == "today" else day
        if w(at) == "yesterday":
            yield at + 1, "1 day before today", "today"
        if w(at) == "tomorrow":
            yield at + 1, "1 day after today", "2 days after today"
        for end, d in words.duration(around, at):
            if w(end) in ("ago", "back"):
                yield end + 1, f"{d} ago", f"{d} ago"
            elif (w(end), w(end + 1)) in (("from", "now"), ("from", "today")):
                yield end + 2, f"{d} from now", f"{d} from now"
        place = at + (w(at) == "the")
        if w(place) in ("start", "beginning") and w(place + 1) == "of":
            unit = place + 2 + (w(place + 2) in ("the", "this"))
            if w(unit) in ("week", "month", "quarter", "year"):
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
        if said in ("last", "this", "next") and unit in ("week", "month", "quarter", "year"):
            length = "3 months" if unit == "quarter" else f"1 {unit}"
            following = {"last": f"start of this {unit}", "this": f"start of next {unit}"}
            start = f"start of {said} {unit}"
            yield which + 2, start, following.get(said, f"{length} after {start}")

    def _span(self, at: int, *, only_ago: bool) -> Iterator[tuple[int, str]]:
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
            ):
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
                    slots["period"] = next((u for u in said if u in ("week", "month", "quarter", "year")), "")
                    yield got.end, slots, entry

    def when(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """A condition on a time."""
        for end, slots, entry in self.time(at, noun):
            to = entry.to.get("field")
            if to is None:
                continue
            if noun.type == ty.DATE and "long" not in slots:
                to = entry.to.get("day", to)
            line = _filled(to, {**slots, "x": noun.text})
            notes = (slots["way"],) if "way" in slots else _note(entry)
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
                        f"none({replace(rows, window=_filled('in last {d}', slots)).text})",
                        notes=("also of those without any",),
                    ),
                )
            else:
                yield end, Line(line, notes=notes, subject=noun)

    # -- nouns -------------------------------------------------------------------------------

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
                    yield end, Noun(f"{w(at)} {word} {noun.text}", ty.INTEGER, guess=noun.guess)
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
                yield at + length, nouns[self.choose(len(nouns))]
        if self.w(at + 1) == "." and around.kind(at + 2) == "word":
            path = f"{self.w(at)}.{self.w(at + 2)}"
            described = self.scope.names.described(path)
            linked = self.scope.nouns([self.w(at), self.w(at + 2)])
            if linked and linked[0].text == path:
                yield at + 3, linked[0]
            elif described is not None and self.w(at) not in self.scope.tables:
                yield at + 3, Noun(path, described.type, described)
        if self.w(at) in AGGREGATES and self.w(at + 1) == "(" and (close := around.closing(at + 1)) is not None:
            yield (
                close + 1,
                Noun(
                    joined([replace(t, gap=t.gap if i else "") for i, t in enumerate(around.tokens[at : close + 1])]),
                    ty.INTEGER if self.w(at) in small.NUMERIC else None,
                ),
            )

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
            if w(at + skip) in ("different", "distinct", "unique"):
                yield from self._distinct(at + skip + 1)
            for end, rows in self.rows(at + skip):
                amount = self.inside(rows.relation).scope.amount if w(at) == "amount" else None
                if amount is not None and isinstance(amount.type, ty.Money):
                    yield end, Noun(rows.of("sum", amount.text), amount.type, amount.field, True)
                else:
                    yield end, Noun(f"count({rows.text})", ty.INTEGER, guess=rows.guess)
            yield from ((end, noun) for end, noun in self._named(at + skip) if "number" in noun.kinds)
        for end, rows in self.rows(at, bare=True):
            if w(end) == "per":
                for stop, other in self.rows(end + 1, bare=True):
                    yield stop, Noun(f"count({rows.text}) / count({other.text})", ty.NUMBER, guess=True)
            if w(end) in ("count", "counts", "volume"):
                yield end + 1, Noun(f"count({rows.text})", ty.INTEGER, guess=rows.guess)

    def _distinct(self, at: int) -> Iterator[tuple[int, Noun]]:
        for table, relation in self.scope.tables.items():
            inner = self.inside(relation)
            for end, noun in inner._named(at):
                if noun.text in relation.fields and noun.text not in relation.structural:
                    yield end, Noun(f"count_distinct({table}.{noun.text})", ty.INTEGER, guess=True)

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
                    yield end, Noun(base, time.type, time.field, rows.guess, row_time=rows)
                    if self.w(end) in ("date", "time", "day"):
                        yield end + 1, Noun(base, time.type, time.field, rows.guess, row_time=rows)
                after = end + 2 if self.w(end) == "'" and self.w(end + 1) == "s" else end
                for stop, noun in inner._named(after):
                    if noun.field is not None:
                        yield stop, Noun(rows.of(function, noun.text), noun.type, noun.field, rows.guess)
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
                        yield stop, Noun(rows.of(which[1], noun.text), noun.type, noun.field, rows.guess)

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
                yield end, Noun(rows.of(function, amount.text), amount.type, amount.field, True)
        for end, rows in self.rows(place, bare=True):
            inner = self.inside(rows.relation)
            for stop, noun in inner._named(end):
                if "number" in noun.kinds and noun.field is not None:
                    for last, timed in self._windowed(stop, rows):
                        yield last, Noun(timed.of(function, noun.text), noun.type, noun.field, rows.guess)
        for table, relation in self.scope.tables.items():
            inner = self.inside(relation)
            for end, noun in inner._named(place):
                if noun.text not in relation.fields or "number" not in noun.kinds or not self._is_of_rows(noun):
                    continue
                rows = Rows(table, relation, guess=True)
                if self.w(end) in ("of", "in", "from", "on", "per", "across") and self.w(end) != "per":
                    of = end + 1
                    while self.w(of) in small.ROWS_OF:
                        of += 1
                    for stop, said in self.rows(of):
                        if said.table == table:
                            yield stop, Noun(said.of(function, noun.text), noun.type, noun.field)
                for stop, timed in self._windowed(end + (self.w(end) in ("score", "answer")), rows):
                    yield stop, Noun(timed.of(function, noun.text), noun.type, noun.field, True)

    def _is_of_rows(self, noun: Noun) -> bool:
        owners = [r for r in self.scope.tables.values() if noun.text in r.fields]
        return len(owners) == 1 or self.scope.relation.fields.get(noun.text) is None

    def _windowed(self, at: int, rows: Rows) -> Iterator[tuple[int, Rows]]:
        yield at, rows
        for end, slots, entry in self.time(at, _row_time(rows)):
            if "rows" in entry.to:
                yield end, replace(rows, window=_filled(entry.to["rows"], slots))

    def _group(self, at: int) -> Iterator[tuple[int, Mapping[str, str]]]:
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
            if root(w(rest)) in (root(entity), "customer", "account") or w(place) in ("all", "everyone", "everybody"):
                yield rest + (w(rest) not in small.ENDS), {"e": entity, "per": ""}
        yield at, {"e": entity, "per": ""}

    def _rule(self, at: int) -> Iterator[tuple[int, str]]:
        """A segment, an arm or a list, by its name or title."""
        names, around = self.scope.names, self.around
        for length in range(4, 0, -1):
            said = around.tokens[at : at + length]
            if len(said) < length or any(t.kind not in ("word", "text") and t.text not in (".", "-") for t in said):
                continue
            text = joined([replace(t, gap=t.gap if i else "") for i, t in enumerate(said)]).strip('"').lower()
            if " of " in text:
                inner, _, whole = text.partition(" of ")
                text = f"{whole}.{inner}"
            for spelt in (text, text.replace(" ", "."), text.replace(" ", "_"), f"{text}s", text.removesuffix("s")):
                path = spelt if spelt in names.rules.values() or spelt in names.lists else names.rules.get(spelt)
                if path is not None:
                    yield at + length, path
                    break

    # -- values ------------------------------------------------------------------------------

    def value(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        """Values that fit a field, as they are written here."""
        self.around.tries.spend()
        kinds = subject.kinds
        if "number" in kinds and (subject.type is not None or self.around.kind(at) != "text"):
            yield from self._sums(at, subject)
        if "time" in kinds and subject.type is not None:
            periods = {end for end, *_ in self.periods(at)}  # these have two ends: see `when`
            yield from ((end, day) for end, day, _ in self.days(at, subject) if end not in periods)
        if "version" in kinds and subject.type is not None:
            yield from self._version(at)
        if kinds & {"text", "set"} and subject.type is not None:
            yield from self._text(at, subject)
        if subject.type is None and self.around.kind(at) == "text":
            yield at + 1, self.around.tokens[at].text

    def _sums(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        for end, text in self._numbers(at, subject):
            yield end, text
            if self.w(end) in ("+", "-", "*", "/") and self.w(end) != "":
                for stop, more in self._numbers(end + 1, subject):
                    yield stop, f"{text} {self.w(end)} {more}"

    def _numbers(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        around, w = self.around, self.w
        if w(at - 1) in ("in", "during") and any(True for _ in words.period(around, at)):
            return  # `invoices in 2025`
        at += w(at) in ("the", "about", "around") and around.kind(at + 1) == "number"
        if around.kind(at) == "number" and around.tokens[at].text.endswith("%"):
            if w(at + 1) == "of":
                yield from (
                    (end, f"{around.tokens[at].text} * {n.text}")
                    for end, n in self.nouns(at + 2)
                    if "number" in n.kinds
                )
            else:
                yield at + 1, around.tokens[at].text
            return
        for factor, size in (
            (("half",), "0.5"),
            (("twice",), "2"),
            (("double",), "2"),
            (("triple",), "3"),
            (("three", "times"), "3"),
        ):
            if tuple(w(at + i) for i in range(len(factor))) == factor:
                place = at + len(factor)
                place += w(place) in ("of", "as", "the")
                if w(place) in ("average", "mean", "median") and self.scope.is_entity:
                    function = "median" if w(place) == "median" else "average"
                    yield place + 1, f"{size} * {function}(all {self.scope.relation.name}.{subject.text})"
                yield from (
                    (end, f"{size} * {n.text}")
                    for end, n in self.nouns(place)
                    if "number" in n.kinds and n.text != subject.text
                )
        for end, n in words.number(around, at):
            if w(end) == "times":
                yield from (
                    (stop, f"{n} * {noun.text}")
                    for stop, noun in self.nouns(end + 1)
                    if "number" in noun.kinds and noun.text != subject.text
                )
            if w(end) not in (
                "days",
                "day",
                "weeks",
                "week",
                "months",
                "month",
                "years",
                "year",
                "times",
                "%",
            ) or subject.text.startswith(("days", "weeks", "months", "years", "hours")):
                unit = subject.text.split(" ")[0]
                yield end + (w(end) in (unit, unit.rstrip("s")) and " " in subject.text), n
        for end, noun in self.nouns(at) if w(at - 1) in small.BEFORE_FIGURES else ():
            if "number" in noun.kinds and noun.text != subject.text and noun.type is not None:
                yield end, noun.text
        compared = (
            "than",
            "to",
            "least",
            "most",
            "over",
            "under",
            "above",
            "below",
            "exceeds",
            "exceed",
            *"<>=",
            "<=",
            ">=",
            "!=",
        )
        if subject.text.startswith("count(") and w(at - 1) in compared:
            yield from ((end, f"count({rows.text})") for end, rows in self.rows(at))

    def _version(self, at: int) -> Iterator[tuple[int, str]]:
        around = self.around
        at += self.w(at) in ("version", "v")
        if around.kind(at) == "text":
            yield at + 1, around.tokens[at].text
        if around.kind(at) == "number":
            end = at + 1
            while self.w(end) == "." and around.kind(end + 1) == "number" and not around.tokens[end].gap:
                end += 2
            yield end, f'"{"".join(t.text for t in around.tokens[at:end])}"'

    def _text(self, at: int, subject: Noun) -> Iterator[tuple[int, str]]:
        """A text in quotes, or words without them that name nothing else."""
        around, typed = self.around, subject.type
        at += self.w(at) in small.SPOKEN and (isinstance(typed, ty.Enum) or around.kind(at + 1) == "text")
        if self.w(at) in (".", "@") and not isinstance(typed, ty.Enum):  # `ends in .edu`
            end = at + 1
            while around.kind(end) == "word" and not around.tokens[end].gap:
                end += 1 + (self.w(end + 1) in (".", "-") and not around.tokens[end + 1].gap)
            if end > at + 1:
                yield end, f'"{"".join(t.text for t in around.tokens[at:end])}"'
        if around.kind(at) == "text":
            text = around.tokens[at].text
            value = value_of(typed, text[1:-1]) if isinstance(typed, ty.Enum) else None
            yield at + 1, text if value is None else f'"{value}"'
            return
        slash = "/" if "zone" in subject.text or "path" in subject.text else "."  # Europe/London
        for length in range(LONGEST_VALUE, 0, -1):
            said = around.tokens[at : at + length]
            if (
                len(said) < length
                or any(t.kind not in ("word", "number") and t.text not in ("-", "&", ".", slash) for t in said)
                or said[0].kind != "word"
            ):
                continue
            text = joined([replace(t, gap=t.gap if i else "") for i, t in enumerate(said)])
            if isinstance(typed, ty.Enum):
                if (value := value_of(typed, text)) is not None:
                    yield at + length, f'"{value}"'
            elif self._may_be_text(at, said):
                yield at + length, f'"{text}"'

    def _may_be_text(self, at: int, said: Sequence[Token]) -> bool:
        lowers = [t.lower for t in said]
        names = self.scope.names
        if any(
            (
                t.lower in small.STOPS
                and not ((t.text.isupper() or (t.text[0].isupper() and len(said) == 1)) and len(t.text) > 1)
            )
            or t.lower in small.NOT
            for t in said
        ):
            return False
        if any(
            w
            in (
                "most",
                "least",
                "more",
                "less",
                "above",
                "below",
                "over",
                "under",
                "missing",
                "null",
                "true",
                "false",
                "both",
                "neither",
                "any",
                "none",
                "average",
                "again",
                "equals",
                "differs",
                "same",
            )
            for w in lowers
        ) or said[-1].text in ("-", "&", "."):
            return False
        before = self.w(at - 1)
        if len(said) > 1 and said[0].text.islower() and before not in small.BEFORE_VALUES:
            return False  # `account_name looks like test`
        tables = {root(t) for t in (*names.tables, *self.scope.tables)}
        if len(said) > 1 and (lowers[0] in small.WHICH or any(root(w) in tables for w in lowers)):
            return False  # `the last 2 orders`
        if len(said) > 1 and {lowers[0], lowers[-1]} & COLLECTIONS:
            return False  # `the list nordics`
        if {*lowers} & {"that", "starts", "ends", "contains", "starting", "ending", "containing", "value", "values"}:
            return False
        is_name = lowers[0] in self.scope.relation.fields or lowers[0] in self.scope.tables or lowers[0] in names.others
        after = self.w(at + len(said))
        return (
            not is_name
            and after not in ("is", "are", "=", "!=", "<", ">", "<=", ">=", ".", "(", "has", "have", "was")
            and not bool({*lowers} & {"known", "set", "empty", "blank", "unknown"})
        )

    def _values(self, name: str, kind: str, at: int, subject: Noun) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Values one after the other; `both` are several joined by `and`."""
        items, ends = list[str](), list[tuple[int, list[str], set[str]]]()
        bracket = self.w(at) == "("
        place, joins = at + bracket, set[str]()
        while len(items) < MOST_VALUES:
            found = next(iter(sorted(self.value(place, subject), key=lambda pair: -pair[0])), None)
            if found is None:
                break
            place = found[0]
            items.append(found[1])
            if not bracket or self.w(place) == ")":
                ends.append((place + bracket, [*items], {*joins}))
            if self.w(place) not in (",", ";", "or", "and", "/", "nor", "|", "&"):
                break
            joins.add(self.w(place))
            place += 1 + (self.w(place + 1) in ("or", "and", "nor"))
            if self.w(place - 1) in ("or", "and", "nor"):
                joins.add(self.w(place - 1))
            place += self.w(place) in ("in", "with", "the", "either", "is", "on") and self.w(place) in (
                "the",
                "either",
                "with",
            )
        is_name = self.w(at - 1) == "in" and isinstance(subject.type, ty.Text) and self.around.kind(at) == "word"
        if is_name and len(items) == 1 and self.around.tokens[at].text.islower():
            return  # the name of a list that isn't there
        for end, several, by in reversed(ends):
            is_both = bool(by & {"and", "&"})
            if (
                kind != "all"
                and (kind == "both") != (is_both and len(several) > 1)
                and (kind == "both" or (is_both and "set" in subject.kinds))
            ):
                continue
            inside = f"({', '.join(several)})"
            yield (
                end,
                {
                    name: inside
                    if len(several) > 1 or kind in ("both", "all") or "set" in subject.kinds
                    else several[0],
                    "any": several[0] if len(several) == 1 else f"any of {inside}",
                },
            )

    # -- rows --------------------------------------------------------------------------------

    def rows(self, at: int, *, bare: bool = False) -> Iterator[tuple[int, Rows]]:
        """Rows with their adjectives, windows and conditions; `bare`: the noun with adjectives alone. Longest first."""
        yield from self._once("bare rows" if bare else "rows", at, lambda: self._rows(at, bare=bare))

    def _rows(self, at: int, *, bare: bool) -> list[tuple[int, Rows]]:
        found = list[tuple[int, Rows]]()
        for end, rows in self._table(at):
            found.append((end, rows))
            if not bare and self.depth < DEEPEST:
                found += self._modified(end, rows, 0)
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
                conditions = self.inside(relation)._adjectives(at, at + before)
                if conditions is not None:
                    yield at + before + length, Rows(named[0], relation, "", tuple(conditions), latest, named[1])
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
                    yield at + before + 1, Rows(table, relation, "", held, latest, True)

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

    def _modified(self, at: int, rows: Rows, depth: int) -> list[tuple[int, Rows]]:
        """What stands behind rows: a window, `with priority urgent`, `above 5,000`, `that are open`."""
        self.around.tries.spend()
        if depth > 4:
            return []
        found = list[tuple[int, Rows]]()
        w, inner = self.w, self.inside(rows.relation)
        if not rows.window and rows.relation.at:
            for end, slots, entry in self.time(at, _row_time(rows)):
                timed = None
                if "rows" in entry.to:
                    timed = replace(rows, window=_filled(entry.to["rows"], slots))
                elif "where" in entry.to:
                    timed = rows.also(_filled(entry.to["where"], {**slots, "x": rows.relation.at}))
                if timed is not None:
                    found += [(end, timed), *self._modified(end, timed, depth + 1)]
        if (
            self.around.kind(at) == "word"
            and w(at) not in small.ENDS | small.STOPS | small.BE
            and w(at).endswith(("ed", "d", "n", "t"))
        ):
            fitting = self._verb_fits(w(at), rows)
            if fitting is not None:
                found += [(at + 1, fitting), *self._modified(at + 1, fitting, depth + 1)]
        if w(at) == "and" and (rows.where or rows.window):  # `and priority = "urgent"`, of a field that they alone have
            for end, noun in inner._named(at + 1):
                is_theirs = noun.text in rows.relation.fields and noun.text not in self.scope.relation.fields
                if is_theirs and w(end) in ("=", "!=", ">", "<", ">=", "<=", "in"):
                    for stop, line in inner.predicate(end, noun):
                        more = replace(rows.also(line.text), guess=True)
                        found += [(stop, more), *self._modified(stop, more, depth + 1)]
        for end, line in inner.of_row(at):
            if rows.is_compared(line.text):
                continue
            more = rows.also(line.text)
            more = more if line.sure else replace(more, guess=True)
            found += [(end, more), *self._modified(end, more, depth + 1)]
        return found

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
                    yield end, Line(f"{texts[0].text} = {said}", sure=False)
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
                and (self.around.kind(place - 1) == "number" or w(place - 1).rstrip("s") in _UNITS)
            )
            and w(place) in ("above", "over", "below", "under", "exceeding", "more", "less", "greater", "worth")
        ):
            yield from (
                (end, line) for end, line in self.predicate(place, amount) if self.around.kind(end - 1) == "number"
            )

    # -- what is said of somebody ----------------------------------------------------------------

    def auxiliaries(self, at: int) -> list[tuple[int, bool]]:
        """Where the words before what is said may end, and whether they negate it: `has not been`, `is still`, `doesn't`."""
        found, negated, place = [(at, False)], False, at
        while place - at < 6:
            word = self.w(place)
            if word == "no" and self.w(place + 1) == "longer":
                negated, place = not negated, place + 2
            elif word in small.NOT:
                negated, place = not negated, place + 1
            elif word in small.BE or word in small.ADVERBS:
                place += 1
            elif (word == "'" and self.w(place + 1) == "s") or (
                word == "a" and self.w(place + 1) in ("timestamp", "date")
            ):
                place += 2
            else:
                break
            found.append((place, negated))
        return found

    def predicate(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """What is said of a value, longest first."""
        found = list[tuple[int, Line]]()
        for place, negated in self.auxiliaries(at):
            for end, line in self._predicates(place, noun):
                if any(self.w(i) in ("never", "ever") for i in range(at, place)):
                    continue  # a field has its present value alone
                said = line.not_ if negated else line
                found.append((self._trailing(end), replace(said, sure=said.sure and not noun.guess)))
        yield from sorted(found, key=lambda pair: -pair[0])

    def _trailing(self, at: int) -> int:
        if (self.w(at), self.w(at + 1), self.w(at + 2)) == ("at", "the", "moment"):
            return at + 3
        return at + 1 if self.w(at) in small.TRAILING else at

    def _predicates(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        kinds = noun.kinds
        if "time" in kinds and noun.type is not None:
            yield from self.when(at, noun)
        for part in ("predicate", "change"):
            for entry, templates in self.entries[part]:
                if part == "change" and "number" not in kinds:
                    continue
                if (entry.of and not entry.of & kinds) or (
                    "missing" in entry.to["is"] and noun.text.startswith("count(")
                ):
                    continue
                for got in self.match(entry, templates, at, noun):
                    if got.end == at or ("missing" in entry.to["is"] and self.w(got.end) == "that"):
                        continue
                    slots = {**got.slots, "x": noun.text}
                    if part == "change" and noun.text.startswith("count(") and " " not in noun.text:
                        if "t" not in slots:
                            continue
                        slots["x"] = f"{noun.text[:-1]} in last {slots['t']})"
                    is_ = _several(_filled(entry.to["is"], slots))
                    negated = _several(_filled(entry.to["not"], slots)) if "not" in entry.to else ""
                    if noun.row_time is not None and self.w(at) in _TURNED and is_.endswith(" ago"):
                        yield got.end, self._longer_or_after(is_, noun)
                        continue
                    yield got.end, Line(is_, negated, _note(entry), subject=noun)
        if "number" in kinds and noun.text.startswith("count("):
            return

    def _longer_or_after(self, line: str, noun: Noun) -> Line:
        """`last login > 30 days ago`: after that day, or longer ago."""
        after = ">" in line
        if self.choose(2) == 1:
            line = re.sub(r" ([<>]=?) (?=\d+ \w+ ago$)", lambda m: f" {_TURNED[m[1]]} ", line)
            return Line(line, notes=("longer ago" if after else "not as long ago",), subject=noun)
        return Line(line, notes=("after that day" if after else "before that day",), subject=noun)

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
        yield from self._only(at)
        yield from self._lasting(at)
        yield from self._did(at, said)

    def _mentions(self, at: int) -> Iterator[tuple[int, Line]]:
        """`mentions "cancel"`, of rows with one text."""
        if root(self.w(at)) not in ("mention", "contain"):
            return
        texts = [n for n in self.scope.of_kind("text") if isinstance(n.type, ty.Text)]
        if len(texts) == 1:
            case = " ignoring case" if root(self.w(at)) == "mention" else ""
            notes = ("a part of a text is asked with `contains`",)
            yield from (
                (end, Line(f"{line.text}{case}", notes=notes, sure=False, subject=texts[0]))
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
            if not all(self.around.kind(i) == "word" for i in range(place, place + length)):
                continue
            if (valued := self.scope.valued(said)) is None:
                continue
            noun, end = valued[0], place + length
            for stop, got in self._values("l", "values", place, noun):
                line = Line(
                    _several(f"{noun.text} = {got['l']}"),
                    _several(f"{noun.text} != {got['l']}"),
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
            if w(place) == "for":
                for skip in (2, 1):
                    pair = (w(place + 1), w(place + 2)) if skip == 2 else (w(place + 1),)
                    test = {
                        ("more", "than"): "<",
                        ("longer", "than"): "<",
                        ("over",): "<",
                        ("less", "than"): ">",
                        ("under",): ">",
                        ("at", "least"): "<=",
                        ("at", "most"): ">=",
                    }.get(pair)
                    if test is not None:
                        for end, d in words.duration(self.around, place + 1 + skip):
                            yield end, Line(f"{begins.text} {test} {d} ago", subject=begins)
                for end, d in words.duration(self.around, place + 1):
                    yield end, Line(f"{begins.text} <= {d} ago", subject=begins)

    def _is_age(self, at: int, end: int) -> bool:
        """Whether so many years may be somebody's age, where a day of birth is known."""
        born = any("birth" in name or name == "dob" for name in self.scope.relation.fields)
        return born and any(self.w(i) in ("year", "years") for i in range(at, end))

    def _window(self, at: int, end: int) -> str | None:
        for stop, slots, entry in self.time(at, self.scope.beginning):
            if stop == end and "rows" in entry.to:
                return _filled(entry.to["rows"], slots)
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
                slots = {**got.slots, "e": self.scope.relation.name}
                line = Line(_filled(entry.to["is"], slots), _filled(entry.to["not"], slots), _note(entry))
                end = got.end
                while self.w(end) in ("or", "and") and (more := next(iter(self._rule(end + 1)), None)) is not None:
                    join = self.w(end)
                    test = "not in" if " not in " in line.text else "in"
                    other = f"{slots['e']} {test} {more[1]}"
                    yield end, line
                    line = Line(f"({line.text} {join} {other})", notes=line.notes)
                    end = more[0]
                yield end, line

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
                    line = Line(f"{noun.text} > 0", f"{noun.text} = 0", sure=False, subject=noun)
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
        others = replace(rows, where=(_not(rows.having),)).text
        some = f"any({replace(rows, where=()).text}) and " if self.choose(2) else ""
        notes = ("also of those without any",) if not some else ("of those with some",)
        return Line(f"{some}none({others})", notes=notes, sure=False)

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
                for end, got in self._values("l", "values", at + 2, noun):
                    yield (
                        end,
                        Line(
                            _several(f"{noun.text} has any {got['l']}"),
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
                    yield end, Line(state, notes=("a field of the last row is `last(TABLE.FIELD)`",), sure=False)
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
                            stop,
                            Line(
                                f"{state} for {d}",
                                notes=("a state that has lasted is `last(TABLE.FIELD) = … for 30 days`",),
                                sure=False,
                            ),
                        )

    # -- what somebody did -----------------------------------------------------------------------

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
                    yield from self._tail(start + length, rows, "any")
                    place = start + length + (w(start + length) == "with")
                    place += w(place) in small.SPOKEN
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
            rows = Rows(table, relation, where=(f'{valued[0].text} = "{valued[1]}"',), guess=True)
            marker = replace(amount, text="\v")
            for end, line in self._predicates(at + 1, marker):
                if self.around.kind(end - 1) == "number":
                    for stop, timed in self._windowed(end, rows):
                        yield (
                            stop,
                            replace(
                                line,
                                text=line.text.replace("\v", timed.of("sum", amount.text)),
                                negated="",
                                sure=False,
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
        if (adjective := inner._adjective(verb)) is not None and verb.startswith("un"):
            return rows.also(adjective)
        times = [t for t in (rows.relation.at, rows.relation.known_at) if t]
        if (
            verb in small.DID
            or any(root(verb) == root(t.rsplit("_", 1)[0]) for t in times)
            or root(verb) == root(rows.table)
        ):
            return rows
        return None

    def _some(self, at: int, verb: str) -> Iterator[tuple[int, Line, Rows | None]]:
        """How many rows, which, and what is said of them."""
        self.around.tries.spend()
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, None):
                if "n" in got.slots and not verb:
                    for end, noun in self._named(got.end):
                        is_set = noun.kinds == {"set"}
                        if (
                            (is_set or "number" in noun.kinds)
                            and noun.type is not None
                            and not noun.text.startswith("last(")
                        ):
                            figure = f"size({noun.text})" if is_set else noun.text
                            yield (
                                end,
                                Line(
                                    _filled(entry.to["rows"], got.slots).replace("count({r})", figure),
                                    sure=False,
                                    subject=noun,
                                ),
                                None,
                            )
                for end, rows in self.rows(got.end):
                    if self.w(end) == "per" and "rows" in entry.to and "n" in got.slots:
                        for stop, other in self.rows(end + 1):
                            share = f"count({rows.text}) / count({other.text})"
                            yield (
                                stop,
                                Line(
                                    _filled(entry.to["rows"], got.slots).replace("count({r})", share),
                                    sure=False,
                                    notes=_note(entry),
                                ),
                                None,
                            )
                    fitting = self._verb_fits(verb, rows)
                    if fitting is None:
                        continue
                    more = end
                    to = entry
                    if self.w(end) == "or" and self.w(end + 1) in ("more", "fewer", "less"):
                        continue
                    yield from self._said_of(more, fitting, rows, to, got.slots)
        yield from self._some_fields(at, verb)
        for end, n in words.number(self.around, at):
            for stop, rows in self.rows(end):
                fitting = self._verb_fits(verb, rows)
                if fitting is None:
                    continue
                op = (
                    ">="
                    if (self.w(stop), self.w(stop + 1)) == ("or", "more")
                    else "<="
                    if self.w(stop) == "or" and self.w(stop + 1) in ("fewer", "less")
                    else ""
                )
                after = stop + 2 if op else stop
                op = op or (">=", "=")[self.choose(2)]
                entry = Entry((), {"rows": f"count({{r}}) {op} {{n}}"}, note="rows are counted with `count(…)`")
                for last, timed in [(after, fitting), *self._modified(after, fitting, 0)]:
                    yield from self._said_of(last, timed, rows, entry, {"n": n})
        if verb in small.DID or verb in ("paid",) or (verb and verb in ("opened",)):
            for end, rows in self.rows(at):
                fitting = self._verb_fits(verb, rows)
                if fitting is not None:
                    yield from ((stop, line, rows) for stop, line in self._tail(end, fitting, "any"))

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
                    inner, rows = self.inside(relation), Rows(table, relation, guess=True)
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
                                text = _filled(entry.to["rows"], got.slots).replace("count({r})", different)
                                notes = ("different values are counted with `count_distinct(…)`",)
                                yield stop, Line(text, notes=notes, sure=False), rows
                        elif "n" not in got.slots:
                            for stop, line in inner.predicate(end, noun):
                                for last, timed in self._windowed(stop, rows.also(line.text)):
                                    text = _filled(entry.to["rows"], {"r": timed.text})
                                    yield last, Line(text, _opposite(text), _note(entry), sure=False), rows

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
                line = _filled(entry.to["having"], {**slots, "r": kept.text, "c": inner})
            else:
                line = _filled(entry.to["rows"], {**slots, "r": asked.also(*conditions).text})
            about = replace(asked if "having" in entry.to else asked.also(*conditions), counted=True)
            made = Line(line, _opposite(line), _note(entry), sure=not rows.guess, subject=about)
            yield end, made, rows
            for stop, timed in self._later(end, asked):
                if "having" in entry.to:
                    again = _filled(
                        entry.to["having"], {**slots, "r": replace(timed, where=plain.where).text, "c": inner}
                    )
                else:
                    again = _filled(entry.to["rows"], {**slots, "r": timed.also(*conditions).text})
                about = replace(about, window=timed.window)
                yield stop, replace(made, text=again, negated=_opposite(again), subject=about), rows

    def _later(self, at: int, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """A window behind all that is said."""
        if rows.window or not rows.relation.at:
            return
        for end, slots, entry in self.time(at, _row_time(rows)):
            if "rows" in entry.to:
                yield end, replace(rows, window=_filled(entry.to["rows"], slots))
            elif "where" in entry.to:
                yield end, rows.also(_filled(entry.to["where"], {**slots, "x": rows.relation.at}))

    def _of_them(self, at: int, rows: Rows) -> Iterator[tuple[int, Line]]:
        """What is said of the rows behind their quantity: `are open`, `failed`, `has role = "admin"`, `was opened`."""
        w, inner = self.w, self.inside(rows.relation)
        if self.depth >= DEEPEST:
            return
        if w(at) in ("as", "than"):
            return
        yield from inner.about(at)
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
            line = _filled(to, {"r": now.text, **fields})
            made = Line(line, _opposite(line), (note,) if note else (), sure=not now.guess, subject=now)
            made = made.not_ if negated else made
            yield self._trailing(place), made
            if to == "any({r})":
                if self.w(place) in ("exist", "exists"):
                    yield place + 1, made
                states += [(end, more, to, note, negated) for end, more in self._modified(place, now, 3)]
                for start, is_not in self.auxiliaries(place):
                    start += self.w(start) in small.DID and start > place
                    no = negated != is_not
                    if start > place:
                        states.append((start, now, to, note, no))
                    states += [(end, now, counted, said, no) for end, counted, said in self._how_often(start)]
                states += [(*state, negated) for state in [*self._days_of(place, now), *self._devices(place, now)]]
            states += [(end, more, to, note, negated) for end, more in self._later(place, now)]

    def _how_often(self, at: int) -> Iterator[tuple[int, str, str]]:
        """`at least 3 times`, `once`, `>= 3 times`: where it ends, what is counted, and how that is written here."""
        w = self.w
        counted = "rows are counted with `count(…)`"
        for entry, templates in self.entries["quantity"]:
            for got in self.match(entry, templates, at, _TIMES) if "rows" in entry.to else ():
                if "n" in got.slots:
                    yield got.end, _filled(entry.to["rows"], {**got.slots, "r": "{r}"}), entry.note
        for end, n in words.times(self.around, at):
            op = {("or", "more"): ">=", ("or", "fewer"): "<=", ("or", "less"): "<="}.get((w(end), w(end + 1)))
            yield end + 2 if op else end, f"count({{r}}) {op or ('=' if n == '0' else '>=')} {n}", counted
        if w(at) in ("=", ">", "<", ">=", "<=", "!=") and self.around.kind(at + 1) == "number":
            yield at + 2 + (w(at + 2) == "times"), f"count({{r}}) {w(at)} {self.around.tokens[at + 1].text}", counted

    def _days_of(self, at: int, rows: Rows) -> list[tuple[int, Rows, str, str]]:
        """`on at least 5 days`, `every week for 4 weeks`, `5 days in a row`."""
        w, found = self.w, list[tuple[int, Rows, str, str]]()
        place = at + (w(at) == "on")
        ops = {
            ("at", "least"): ">=",
            ("more", "than"): ">",
            ("fewer", "than"): "<",
            ("less", "than"): "<",
            ("at", "most"): "<=",
        }
        op = ops.get((w(place), w(place + 1)))
        for end, n in words.number(self.around, place + 2 if op else place):
            stop = end + (w(end) in ("different", "separate", "distinct", "or")) + (w(end) == "or")
            if w(stop) == "days" and w(at) == "on":
                found.append(
                    (
                        stop + 1,
                        rows,
                        f"distinct_days({{r}}) {op or '>='} {n}",
                        "days with a row are counted with `distinct_days(…)`",
                    )
                )
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
                        to = _filled(entry.to["rows"], got.slots).replace("count({r})", f"{{different_{noun.text}}}")
                        found.append((end, rows, to, "different values are counted with `count_distinct(…)`"))
        return found

    # -- clauses ---------------------------------------------------------------------------------

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

    def clauses(self, at: int, before: Noun | Rows | None = None) -> list[tuple[int, Line]]:
        """Where a clause may end, with what it means, longest first. `before` is what the clause before was about."""
        found = list[tuple[int, Line]]()
        place = at
        while self.w(place) in ("if", "when", "where", "all", "only", "those", "any", "our", "the", "this") and self.w(
            place + 1
        ) in small.SELF | {"the", "if", "when"}:
            place += 1
        if self.w(place) in ("if", "when", "that", "has", "have") and place == at and self.w(place) in ("if", "when"):
            place += 1
        colon = next((i for i in range(place, place + 6) if self.w(i) == ":"), None)
        if colon is not None and {self.w(i) for i in range(place, colon)} & {
            "someone",
            "done",
            "properties",
            "attributes",
        }:
            place = colon + 1
        starts = [place]
        own = self.scope.relation.name
        skip = place + (self.w(place) in ("the", "this", "an", "any"))
        if self.w(skip) in small.SELF or root(self.w(skip)) == root(own):
            starts.append(skip + 1)
            if self.w(skip + 1) in ("who", "that", "which", "with", "whose", "has", "have", "where"):
                starts.append(skip + 2)
        if self.w(place) in ("with", "whose", "having", "who", "that"):
            starts.append(place + 1)
        for start in starts:
            found += self._nobody(start)
            found += self.about(start)
            found += [(end, line) for end, line, _ in self._some(start, "")]
            for end, line in self._compared_rows(start):
                found.append((end, line))
            for end, noun in self.nouns(start):
                found += self.predicate(end, noun)
                found += self._counted_within(end, noun)
                found += self._changed_to(end, noun)
            for end, rows in self.rows(start):
                count = Noun(f"count({rows.text})", ty.INTEGER, guess=rows.guess)
                found += [(e, line) for e, line in self.predicate(end, count) if e > end]
                if rows.latest:
                    found += self._latest(end, rows)
                    continue
                found += [(e, line) for e, line in self._tail(end, rows, "any") if e > end]
                found += [(e, line) for e, line, _ in self._said_of(end, rows, rows, _ANY, {}) if e > end]
                found += self._totalling(end, rows)
            found += self._followed(start)
            found += self._of_linked(start)
            found += self._last_rows(start)
            found += self._since(start)
            found += self._ranked(start)
            found += self._seen(start)
            found += self.further(start)
        is_bound = self.w(at + 1) == "than" or self.around.kind(at + 1) in ("number", "date")
        with_number = self.w(at - 1) == "or" and self.w(at) in small.BETTER and not is_bound  # `9 or higher`
        if isinstance(before, Noun) and not with_number:
            found += self.predicate(at + (self.w(at) in ("it", "this", "that")), before)
        elif isinstance(before, Rows):
            found += self._of_those(at, before)
            found += self._itself(at, before)
        if isinstance(before, Rows) and not before.counted:
            for start, negated in self.auxiliaries(at):
                for end, timed in self._windowed(start, replace(before, window="")):
                    if timed.window:
                        line = Line(f"any({timed.text})", f"none({timed.text})", subject=timed)
                        found.append((end, line.not_ if negated else line))
        good = [
            (end, line)
            for end, line in found
            if end > at
            and self.w(end) in small.ENDS
            and "\f" not in line.text
            and line.text
            and not (
                line.text.startswith("any(")
                and self._lasts(at, end)
                and not _says_since_when(line.text)
                and "none(" not in line.text
            )
            and not (" in last " in line.text and self._is_state_for(at, end))
        ]
        return sorted(good, key=lambda pair: -pair[0])

    def further(self, at: int) -> Iterator[tuple[int, Line]]:
        """Clauses that other files of this room read."""
        yield from ()

    def _followed(self, at: int) -> Iterator[tuple[int, Line]]:
        """`a failed invoice was not followed by a paid one within 10 days`."""
        w, note = self.w, ("what came after is asked with `followed by`",)
        for end, rows in self.rows(at + (w(at) in ("any", "some"))):
            for place, negated in self.auxiliaries(end):
                if (w(place), w(place + 1)) != ("followed", "by"):
                    continue
                for last, other in self._after(place + 2, rows):
                    no = "not " if negated or w(place + 2) == "no" else ""
                    ends = [(last, "")]
                    if w(last) == "within" or (w(last), w(last + 1)) == ("in", "the"):
                        ends += [(stop, f" within {d}") for stop, d in words.duration(self.around, last + 1)]
                    for stop, within in ends:
                        line = f"{rows.text} {no}followed by {other.text}{within}"
                        yield stop, Line(f"any({line})", f"none({line})", note, sure=not rows.guess)

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
                yield end, Line(_not(before.having) if negated else before.having)

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
                    yield last, Line(f"count({rows.table}) >= {n} and {every}", notes=notes, sure=False)

    def _changed_to(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """`stage changed to mature in the last 30 days`: rows of a table of changes."""
        w, named = self.w, re.fullmatch(r"last\((\w+)\.(\w+)\)", noun.text)
        if named is None or named[1] not in self.scope.tables:
            return
        rows = Rows(named[1], self.scope.tables[named[1]], guess=True)
        for place, negated in self.auxiliaries(at):
            if w(place) in ("changed", "moved", "switched", "went", "became", "turned", "set"):
                start = place + 1 + (w(place + 1) in ("to", "into"))
                for end, value in self.value(start, noun) if start > place + 1 or w(place) == "became" else ():
                    for stop, timed in self._windowed(end, rows.also(f"{named[2]} = {value}")):
                        line = Line(f"any({timed.text})", f"none({timed.text})", _ANY_NOTE, sure=False)
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
            if "(" not in line.text and " and " not in line.text:
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
        }.get((w(at), w(at + 1)), 0)
        place = at + 1 if w(at) in ("totalling", "totaling", "total") else place
        amount = self.inside(rows.relation).scope.amount
        if place == at or amount is None or self.inside(rows.relation).scope.nouns([w(at)]):
            return  # or `total` is a field of theirs
        marker = replace(amount, text="\v")
        for end, line in self.predicate(place, marker):
            for stop, timed in self._windowed(end, rows):
                yield stop, Line(line.text.replace("\v", timed.of("sum", amount.text)), sure=False)

    def _latest(self, at: int, rows: Rows) -> Iterator[tuple[int, Line]]:
        """`the last two invoices failed`, `the last 3 invoices were all paid`."""
        note = ("all rows are asked with `all(ROWS having …)`",)
        if rows.where:
            yield at, Line(f"all({rows.head} having {rows.having})", notes=note)
            return
        for end, line in self._of_them(at, rows):
            if line.text and not line.text.startswith("\f"):
                yield end, Line(f"all({rows.head} having {line.text})", notes=note)

    def _last_rows(self, at: int) -> Iterator[tuple[int, Line]]:
        """`the last invoice failed`, `the latest ticket is urgent`, `the last meeting was with an exec`."""
        w = self.w
        place = at + (w(at) in small.ARTICLES)
        if (which := self._last_word(place)) is None or _begins_with_number(self.around, which[0]):
            return
        for end, rows in self.rows(which[0], bare=True):
            inner = self.inside(rows.relation)
            for stop, line in [*inner.about(end), *inner.of_row(end), *self._aux_of_row(inner, end)]:
                fields = [f for f in (*rows.relation.fields, rows.relation.at or "") if f and _has_field(line.text, f)]
                named = next(iter(fields), None)
                if len({*fields}) > 1:
                    if which[1] == "last":
                        asked = replace(rows, latest="1", where=()).text
                        notes = ("the newest row is `latest 1`",)
                        yield stop, Line(f"any({asked} having {line.text})", notes=notes, sure=not rows.guess)
                elif named is not None:
                    put = _with_field(line.text, named, rows.of(which[1], named))
                    negated = _with_field(line.negated, named, rows.of(which[1], named))
                    notes = ("a field of the last row is `last(TABLE.FIELD)`",)
                    yield stop, Line(put, negated, notes, sure=not rows.guess)

    def _aux_of_row(self, inner: Reader, at: int) -> Iterator[tuple[int, Line]]:
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
        while w(place) in ("it", "has", "have", "been", "is", "'", "s"):
            place += 1
        ops = {
            ("more", "than"): ">",
            ("over",): ">",
            ("at", "least"): ">=",
            ("less", "than"): "<",
            ("fewer", "than"): "<",
            ("under",): "<",
        }
        for said, op in ops.items():
            if tuple(w(place + i) for i in range(len(said))) != said:
                continue
            for end, d in words.duration(self.around, place + len(said)):
                if w(end) in ("since", "until", "before", "to"):
                    for stop, noun in self.nouns(end + 1):
                        if "time" in noun.kinds and noun.type is not None:
                            n, unit = d.split()
                            word = "since" if w(end) == "since" else "until"
                            yield (
                                stop,
                                Line(
                                    f"{unit.rstrip('s')}s {word} {noun.text} {op} {n}",
                                    notes=("the last row's time is `last(TABLE.TIME)`",),
                                ),
                            )
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

    def _seen(self, at: int) -> Iterator[tuple[int, Line]]:
        """`last seen more than 30 days ago`: by the one table of visits."""
        if (self.w(at), self.w(at + 1)) not in (("last", "seen"), ("last", "active")) or not self.scope.is_entity:
            return
        if self.scope.nouns(["last", "seen"]):
            return
        named = self.scope.table(["logins"])
        if named is not None and (time := self.scope.tables[named[0]].at):
            noun = Noun(
                f"last({named[0]}.{time})",
                ty.TIMESTAMP,
                row_time=Rows(named[0], self.scope.tables[named[0]]),
                guess=True,
            )
            yield from ((end, replace(line, sure=False)) for end, line in self.when(at + 2, noun))

    def _ranked(self, at: int) -> Iterator[tuple[int, Line]]:
        """`is among the 20 largest by arr`."""
        w = self.w
        place = next((p for p, _ in reversed(self.auxiliaries(at))), at)
        if w(place) not in ("among", "in", "one", "within"):
            return
        place += 1 + (w(place + 1) == "of") + (w(place) == "one" and False)
        place += w(place) == "the"
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
                        for final, group in self._group(last):
                            yield (
                                final,
                                Line(
                                    f"{noun.text} in {which} {got['k']}{group['per']}",
                                    notes=("the largest are `in top …`",),
                                ),
                            )

    def _compared_rows(self, at: int) -> Iterator[tuple[int, Line]]:
        """`more tickets than users`, `fewer logins in the last 30 days than in the 30 days before`, `twice as many tickets as users`."""
        w = self.w
        ops = {"more": ">", "fewer": "<", "less": "<"}
        factor, place, op = "", at, ops.get(w(at), "")
        if op:
            place += 1
        elif w(at + (w(at) in ("twice", "half"))) == "as" and w(at + (w(at) in ("twice", "half")) + 1) == "many":
            factor = {"twice": "2 * ", "half": "0.5 * "}.get(w(at), "")
            place, op = at + bool(factor) + 2, ">=" if factor == "2 * " else "<=" if factor else "="
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
                is_shared = other.window and not rows.window and rows.relation.at and not rows.latest
                asked = replace(rows, window=other.window) if is_shared and self.choose(2) == 0 else rows
                yield (
                    stop,
                    Line(
                        f"count({asked.text}) {op} {factor}count({other.text})",
                        notes=("rows are counted with `count(…)`",),
                    ),
                )
            for stop, window in self._window_before(end + 1, rows):
                yield (
                    stop,
                    Line(
                        f"count({rows.text}) {op} {factor}count({replace(rows, window=window).text})",
                        notes=("rows are counted with `count(…)`",),
                    ),
                )

    def _window_before(self, at: int, rows: Rows) -> Iterator[tuple[int, str]]:
        """A window of the same rows: `last week`, `in the 30 days before`."""
        for end, slots, entry in self.time(at, _row_time(rows)):
            if "rows" in entry.to and not (
                entry.to["rows"].startswith("in last {d}") and rows.window.startswith("in last ")
            ):
                yield end, _filled(entry.to["rows"], slots)
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
                yield (
                    end + (self.w(end) in ("before", "earlier", "prior")),
                    f"from {int(said[1]) + int(length[1])} {length[2].rstrip('s')}s ago until {said[1]} {said[2]} ago",
                )


_ANY = Entry((), {"rows": "any({r})"}, note="some rows are asked for with `any(…)`")
_UNITS = ("day", "week", "month", "quarter", "year")
_ANY_NOTE = (_ANY.note,)
_TIMES = Noun("times", ty.INTEGER)
"""The subject of quantities that count how often: `3 times`, `twice`."""


def _may_be_called(name: str, noun: Noun) -> bool:
    """Whether a name with `_` may mean a value: `seats_used` is another one than `seat_use`."""
    said, own = name.split("_"), noun.text.split("_")
    return "_" not in name or not any(w.endswith(("ed", "ing")) and w not in own for w in said)


_A_LENGTH = r"(?:\d|(?:an?|one|two|three|four|five|six|ten) (?:hour|day|week|month|quarter|year))"


def _says_since_when(line: str) -> bool:
    """Whether rows are asked when something of them began: `opened_at < 3 days ago`."""
    return re.search(r" <=? \d+ \w+ (?:ago|before today)", line) is not None


def _has_field(line: str, name: str) -> bool:
    return re.search(rf"(?<![\w.\"]){re.escape(name)}(?![\w.(\"])", line) is not None


def _with_field(line: str, name: str, put: str) -> str:
    """A condition on a field as one on a figure of rows."""
    return re.sub(rf"(?<![\w.\"]){re.escape(name)}(?![\w.(\"])", lambda _: put, line)


def _begins_with_number(around: Around, at: int) -> bool:
    return next(iter(words.number(around, at)), None) is not None


def _row_time(rows: Rows) -> Noun:
    ahead = Noun(rows.relation.at or "", ty.TIMESTAMP, row_time=None if rows.relation.known_at else rows)
    return ahead if not rows.relation.known_at else replace(ahead, text="last")


def _duration(name: str, said: str) -> Mapping[str, str]:
    count, unit = said.split()
    return {name: said, "count": count, "units": unit if unit.endswith("s") else f"{unit}s"}


def _filled(to: str, slots: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: slots.get(m[1], m[0]), to)


def _several(line: str) -> str:
    """One of several values is `in`; a set has one of one."""
    line = re.sub(r" != (\([^()]*,[^()]*\))", r" not in \1", line)
    line = re.sub(r" = (\([^()]*,[^()]*\))", r" in \1", line)
    return re.sub(r' has (?:any|all) \(("[^"]*")\)', r" has \1", line)


def _opposite(line: str) -> str:
    if line.startswith("any(") and _is_one_call(line):
        return f"none({line[4:]}"
    if line.startswith("none(") and _is_one_call(line):
        return f"any({line[5:]}"
    return ""


def _is_one_call(line: str) -> bool:
    depth = 0
    for i, sign in enumerate(line):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and sign == ")":
            return i == len(line) - 1
    return False


def _note(entry: Entry) -> tuple[str, ...]:
    return (entry.note,) if entry.note else ()
