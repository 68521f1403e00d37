"""Slots of vocabularies that depend on words alone: numbers, shares, lengths of time, months and days of the week."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from segdsl.phrasebook.measures import BORDERS, CALENDAR, MONTHS, WEEKDAYS
from segdsl.phrasebook.slots import SLOTS, Around

Got = Mapping[str, str]
Ends = Iterator[tuple[int, Got]]
"""Where a slot ends, with what is put into the line by the slot's name and others."""

_TIMES = {"once": "1", "twice": "2", "thrice": "3"}
_PARTS = {"half": "50%", "quarter": "25%", "third": "1 / 3", "fifth": "20%", "tenth": "10%"}
_RANKS = {
    "half": "50%",
    "quarter": "25%",
    "quartile": "25%",
    "fifth": "20%",
    "quintile": "20%",
    "tenth": "10%",
    "decile": "10%",
    "percentile": "1%",
}


def number(around: Around, at: int) -> Iterator[tuple[int, str]]:
    for end, bound in SLOTS["number"](around, at):
        yield end, "".join(t.text for t in bound)


def border(around: Around, at: int) -> tuple[int, str] | None:
    """`more than`, `at least`: where the words before a number or a length of time end, and the comparison."""
    said = next((s for s in BORDERS if all(around.lower(at + i) == word for i, word in enumerate(s))), None)
    return None if said is None else (at + len(said), BORDERS[said])


def begins_with_number(around: Around, at: int) -> bool:
    return next(iter(number(around, at)), None) is not None


def duration(around: Around, at: int) -> Iterator[tuple[int, str]]:
    """`30 days`, `a week`, `half a year`, `a fortnight`, `a couple of weeks`; quarters are three months."""
    lower = around.lower
    if lower(at) in ("the", "a", "full", "about") and around.kind(at + 1) in ("number", "word") and lower(at) != "a":
        at += 1
    if lower(at) == "half" and lower(at + 1) in ("a", "an") and lower(at + 2) in ("year", "month"):
        yield at + 3, "6 months" if lower(at + 2) == "year" else "15 days"
    if lower(at) == "a" and lower(at + 1) == "fortnight":
        yield at + 2, "2 weeks"
    if lower(at) == "a" and lower(at + 1) == "quarter":
        yield at + 2, "3 months"
    if (
        lower(at) == "a"
        and lower(at + 1) == "couple"
        and lower(at + 2) == "of"
        and lower(at + 3).rstrip("s") in ("day", *CALENDAR)
    ):
        unit = lower(at + 3).rstrip("s")
        yield at + 4, "6 months" if unit == "quarter" else f"2 {unit}s"
    for end, bound in SLOTS["duration"](around, at):
        yield end, " ".join(t.text for t in bound)
    if lower(at) in ("day", "week", "month", "year") and lower(at - 1) in (
        "last",
        "past",
        "previous",
        "next",
        "coming",
    ):
        yield at + 1, f"1 {lower(at)}"
    if lower(at) == "quarter" and lower(at - 1) in ("last", "past", "previous", "next"):
        yield at + 1, "3 months"


def or_more(around: Around, at: int) -> int:
    """Where `or more`, `or longer`, `+` end behind a length of time; the place itself where they aren't said."""
    said = (around.lower(at), around.lower(at + 1))
    return at + 2 if said in (("or", "more"), ("or", "longer"), ("and", "more")) else at + (said[0] == "+")


def share(around: Around, at: int) -> Iterator[tuple[int, str]]:
    """`30%`, `half`, `a third`, `two thirds`, `3 in 4`."""
    lower, text = around.lower, around.tokens[at].text if at < len(around.tokens) else ""
    if around.kind(at) == "number" and text.endswith("%"):
        yield at + 1, text
    if (
        around.kind(at) == "number"
        and lower(at + 1) == "out"
        and lower(at + 2) == "of"
        and around.kind(at + 3) == "number"
    ):
        yield at + 4, f"{text} / {around.tokens[at + 3].text}"
    if around.kind(at) == "number" and lower(at + 1) == "in" and around.kind(at + 2) == "number":
        yield at + 3, f"{text} / {around.tokens[at + 2].text}"
    if lower(at) == "half":
        yield at + 1, "50%"
    if lower(at) in ("a", "one") and lower(at + 1) in _PARTS:
        yield at + 2, _PARTS[lower(at + 1)]
    if lower(at) == "two" and lower(at + 1) == "thirds":
        yield at + 2, "2 / 3"
    if lower(at) == "three" and lower(at + 1) == "quarters":
        yield at + 2, "75%"


def fraction(around: Around, at: int) -> Iterator[tuple[int, str]]:
    """`two thirds of`, `2/3 of`, `a third of`: a part of something, before it: where it ends, and how that is multiplied."""
    lower = around.lower
    counts = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
    parts = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10, "sixth": 6, "eighth": 8}
    found = None
    if lower(at) in counts and lower(at + 1).rstrip("s") in parts:
        found = at + 2, counts[lower(at)], parts[lower(at + 1).rstrip("s")]
    elif around.kind(at) == "number" and lower(at + 1).rstrip("s") in parts and lower(at).isdigit():
        found = at + 2, int(lower(at)), parts[lower(at + 1).rstrip("s")]
    elif lower(at).isdigit() and lower(at + 1) == "/" and lower(at + 2).isdigit() and lower(at + 2).strip("0"):
        found = at + 3, int(lower(at)), int(lower(at + 2))
    if found is not None and lower(found[0]) == "of":
        end, count, part = found
        yield end + 1, f"{{}} / {part}" if count == 1 else f"{count} * {{}} / {part}"


def rank(around: Around, at: int) -> Ends:
    """How many, or which share, of a ranking."""
    text = around.tokens[at].text if at < len(around.tokens) else ""
    if around.kind(at) == "number" and re.fullmatch(r"[\d_]+%?", text):
        yield at + 1, {"k": text}
    else:
        for end, count in number(around, at):
            words = 1 if around.lower(end) in ("percent", "%") else 2
            is_share = words == 1 or (around.lower(end), around.lower(end + 1)) == ("per", "cent")
            yield (end + words, {"k": f"{count}%"}) if is_share else (end, {"k": count})
    if around.lower(at) in _RANKS:
        yield at + 1, {"k": _RANKS[around.lower(at)]}


def times(around: Around, at: int) -> Iterator[tuple[int, str]]:
    """`3 times`, `once`, `twice`."""
    if around.lower(at) in _TIMES:
        yield at + 1, _TIMES[around.lower(at)]
    for end, count in number(around, at):
        if around.lower(end) in ("times", "time", "x", "occasions"):
            yield end + 1, count


def month(around: Around, at: int) -> Iterator[tuple[int, int]]:
    if around.kind(at) == "word" and around.lower(at) in MONTHS:
        yield at + 1, MONTHS[around.lower(at)]


def weekday(around: Around, at: int) -> Iterator[tuple[int, str]]:
    if around.lower(at) in WEEKDAYS:
        yield at + 1, WEEKDAYS[around.lower(at)]


def weekdays(around: Around, at: int) -> Iterator[tuple[int, str]]:
    """Several days of the week, one of which is meant: `a Saturday or a Sunday`, `Mondays, Tuesdays or Fridays`."""
    found, joined = list[str](), False
    while around.lower(at) in WEEKDAYS:
        found.append(WEEKDAYS[around.lower(at)])
        at += 1
        if joined:
            yield at, ", ".join(f'"{day}"' for day in found)
        if around.lower(at) not in (",", "or", "/"):
            return
        joined = joined or around.lower(at) != ","
        at += 1
        if around.lower(at) == "or" and around.lower(at - 1) == ",":
            joined, at = True, at + 1
        at += around.lower(at) in ("on", "a", "the")
        at += around.lower(at) in ("a", "the")


def period(around: Around, at: int) -> Iterator[tuple[int, dt.date, dt.date]]:
    """A month of a year, or a year: its first day, and the first day after it."""
    for end, which in month(around, at):
        place = end + (around.lower(end) in (",", "of"))
        if (year := _year(around, place)) is not None:
            yield place + 1, dt.date(year, which, 1), dt.date(year + which // 12, which % 12 + 1, 1)
    yield from _quarter(around, at)
    if (year := _year(around, at)) is not None:
        yield at + 1, dt.date(year, 1, 1), dt.date(year + 1, 1, 1)


_QUARTERS = {"q1": 1, "q2": 2, "q3": 3, "q4": 4, "first": 1, "second": 2, "third": 3, "fourth": 4}


def _quarter(around: Around, at: int) -> Iterator[tuple[int, dt.date, dt.date]]:
    """`Q1 2027`, `the first quarter of 2027`."""
    place = at + (around.lower(at) == "the")
    which = _QUARTERS.get(around.lower(place))
    if which is None:
        return
    place += 1
    if around.lower(place - 1)[0] != "q":
        if around.lower(place) != "quarter":
            return
        place += 1
    place += around.lower(place) in ("of", "in", "/", "-")
    if (year := _year(around, place)) is not None:
        yield place + 1, dt.date(year, 3 * which - 2, 1), dt.date(year + which // 4, 3 * which % 12 + 1, 1)


def _year(around: Around, at: int) -> int | None:
    text = around.tokens[at].text if at < len(around.tokens) else ""
    return int(text) if re.fullmatch(r"(?:19|20)\d\d", text) else None


def after(day: str) -> str:
    """The day after a day: of a date that is written, the next one; else in words of the language."""
    try:
        return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()
    except ValueError:
        if day == "today":
            return "1 day after today"
        return day
