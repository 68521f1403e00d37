"""What a slot of a template takes at a place, by its kind -> where it ends, and what is put into the line by its name and others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from segdsl.model import types as ty
from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.nouns import NounReader
from segdsl.phrasebook.english.things import Noun
from segdsl.phrasebook.measures import CALENDAR
from segdsl.phrasebook.slots import Around

Taken = tuple[int, Mapping[str, str]]
Take = Callable[[NounReader, str, int, "Noun | None"], Iterator[Taken]]
TakeBeside = Callable[[NounReader, str, int, Noun], Iterator[Taken]]
TIMES = Noun("times", ty.INTEGER)
"""The subject of quantities that count how often: `3 times`, `twice`."""


def _by_words(read: Callable[[Around, int], Iterator[tuple[int, object]]], to: str = "{}") -> Take:
    """A slot that depends on words alone."""

    def take(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
        yield from ((end, {name: to.format(got)}) for end, got in read(reader.around, at))

    return take


def _count(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    counts = words.times if subject is TIMES else words.number
    yield from ((end, {name: n}) for end, n in counts(reader.around, at))


def _amount(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    """A number that is no share."""
    yield from ((end, {name: n}) for end, n in words.number(reader.around, at) if "%" not in n and reader.w(end) != "%")


def _duration(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    """A length of time; `last month` is one in one of its two readings, the other is the whole month."""
    w = reader.w
    if w(at) in CALENDAR:
        is_open = w(at - 1) in ("last", "past") and w(at - 2) in ("the", "over", "during", "within", "for")
        is_length = w(at - 1) == "past" or (w(at - 1) in ("next", "coming") and w(at - 2) == "the")
        if not (is_open and reader.choose(2) == 0) and not is_length:
            return
    yield from ((end, _units(name, d)) for end, d in words.duration(reader.around, at))


def _whole(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    if reader.w(at) in CALENDAR and reader.w(at - 1) == "last" and reader.choose(2) == 1:
        yield at + 1, {name: reader.w(at)}


def _list(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    around, w = reader.around, reader.w
    is_free = subject is not None and isinstance(subject.type, ty.Text) and w(at - 1) == "in"
    is_word = around.kind(at) == "word"
    is_named = is_free and is_word and w(at + 1) in small.ENDS and around.tokens[at].text.islower()
    if is_word and (is_named or "list" in (w(at - 1), w(at + 1))):
        yield at + 1, {name: w(at)}  # also of a list whose own declaration is mended first
    for length in (2, 1):
        said = "_".join(w(i) for i in range(at, at + length))
        if said in reader.scope.names.lists:
            yield at + length, {name: said}


def _is_past(reader: NounReader, at: int) -> bool:
    """Whether the words before a place, back to the beginning of their clause, say that something has been: `hasn't had a meeting in …`."""
    for place in range(at - 1, max(-1, at - 9), -1):
        if reader.w(place) in ("had", "met", "held"):
            return True
        if reader.w(place) in small.ENDS:
            break
    return False


def _towards(kind: str) -> Take:
    """A length of time ahead or back, as its subject lies; two readings where that isn't certain."""

    def take(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
        way = subject.direction if subject is not None else "back"
        is_certain = subject is None or subject.is_certain
        is_certain = is_certain or (way == "back" and _is_past(reader, at))
        if not is_certain:
            ways = ("back", "ahead") if way == "back" else ("ahead", "back")
            way = ways[reader.choose(2)]
        if way == kind:
            which = {} if is_certain else {"way": way}
            yield from ((end, {**_units(name, d), **which}) for end, d in words.duration(reader.around, at))

    return take


def _days(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    for end, d in words.duration(reader.around, at):
        n, unit = d.split()
        if unit.startswith("day"):
            yield end, {name: d, "less": f"{int(n) - 1} days before today" if n != "1" else "today"}


def _unit(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    unit = reader.w(at).rstrip("s")
    if unit in CALENDAR:
        yield at + 1, {name: unit}


def _day(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    long = {end for end, *_ in reader.periods(at)}
    for end, d, e in reader.days(at, subject):
        yield end, {name: d, f"{name}_after": e, f"{name}_end": e, **({"long": d} if end in long else {})}


def _calendar(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    yield from ((end, {name: a, f"{name}_end": b}) for end, a, b in reader.periods(at))


def _named_day(*, of_beginning: bool) -> Take:
    """A day that is no present one, or the beginning of the subject alone."""

    def take(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
        begins = reader.scope.beginning
        for end, day, _ in reader.days(at, subject):
            if day not in ("today", "now") and (not of_beginning or (begins and day == begins.text)):
                yield end, {name: day}

    return take


def _date(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    if reader.around.kind(at) == "date":
        day = reader.around.tokens[at].text
        yield at + 1, {name: day, f"{name}_after": words.after(day)}


def _period(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    yield from ((end, {name: str(a), f"{name}_end": str(b)}) for end, a, b in words.period(reader.around, at))


def _rank(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    yield from words.rank(reader.around, at)


def _group(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    yield from reader.group(at)
    if subject is not None and subject.type is not None:  # `above the average arr of its region`, said of the ARR
        for end, noun in reader.nouns(at):
            if noun.text == subject.text:
                yield from reader.group(end)


def _span(*, only_ago: bool) -> Take:
    def take(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
        yield from ((end, {name: d}) for end, d in reader.span(at, only_ago=only_ago))

    return take


def _steps(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    for end, d in words.duration(reader.around, at):
        if d.split()[1].rstrip("s") in ("day", "week", "month") and not d.startswith("1 "):
            yield end, {name: d}


def _rule(reader: NounReader, name: str, at: int, subject: Noun | None) -> Iterator[Taken]:
    yield from ((end, {name: path}) for end, path in reader.rule(at))


def _other(reader: NounReader, name: str, at: int, subject: Noun) -> Iterator[Taken]:
    for end, noun in reader.nouns(at):
        if noun.kinds == subject.kinds and noun.type is not None and noun.text != subject.text:
            yield end, {name: noun.text}
    place = at + (reader.w(at) in small.ARTICLES)
    linked = reader.scope.linked(reader.w(place))
    is_whose = (reader.w(place + 1), reader.w(place + 2)) == ("'", "s") or reader.w(place + 1) in ("'s", "’s")
    if linked is not None and is_whose and subject.field is not None and subject.text in linked[1].relation.fields:
        end = place + 3 if reader.w(place + 1) == "'" else place + 2
        if reader.w(end) in small.ENDS:  # `region is the same as the parent's`
            yield end, {name: f"{linked[0]}.{subject.text}"}


def _value(reader: NounReader, name: str, at: int, subject: Noun) -> Iterator[Taken]:
    yield from ((end, {name: v}) for end, v in reader.value(at, subject))


def _values(kind: str) -> TakeBeside:
    def take(reader: NounReader, name: str, at: int, subject: Noun) -> Iterator[Taken]:
        yield from reader.values(name, kind, at, subject)

    return take


def _units(name: str, length: str) -> Mapping[str, str]:
    """A length of time with its count and its unit, for lines that have them apart."""
    count, unit = length.split()
    return {name: length, "count": count, "units": unit if unit.endswith("s") else f"{unit}s"}


TAKES: Mapping[str, Take] = {
    "count": _count,
    "number": _by_words(words.number),
    "share": _by_words(words.share),
    "amount": _amount,
    "duration": _duration,
    "whole": _whole,
    "list": _list,
    "ahead": _towards("ahead"),
    "back": _towards("back"),
    "days": _days,
    "unit": _unit,
    "day": _day,
    "calendar": _calendar,
    "begun": _named_day(of_beginning=False),
    "start": _named_day(of_beginning=True),
    "date": _date,
    "period": _period,
    "month": _by_words(words.month),
    "weekday": _by_words(words.weekday, '"{}"'),
    "weekdays": _by_words(words.weekdays),
    "rank": _rank,
    "group": _group,
    "span": _span(only_ago=False),
    "ago": _span(only_ago=True),
    "steps": _steps,
    "rule": _rule,
}
TAKES_BESIDE: Mapping[str, TakeBeside] = {
    "other": _other,
    "value": _value,
    **{kind: _values(kind) for kind in ("values", "texts", "both", "all")},
}
"""Slots that depend on what the words stand beside; they take nothing beside nothing."""
