"""Times as people say them: windows, `NOW() - INTERVAL '30 days'`, `DATEADD`."""

from __future__ import annotations

import re

from segdsl.phrasebook.measures import UNITS_OF_FUNCTIONS
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.slots import COMPARISONS


def unit_of(said: str) -> str | None:
    word = said.strip('"').lower()
    return UNITS_OF_FUNCTIONS.get(word) or UNITS_OF_FUNCTIONS.get(word.removesuffix("s"))


def duration(count: str, unit: str) -> str | None:
    """`30 days`, from a count and a unit of SQL; a quarter is three months, and seconds can't be said."""
    whole, named = count.strip('"').replace("_", ""), unit_of(unit)
    if not whole.isdigit() or named in (None, "second") or not int(whole):
        return None
    length, named = (3 * int(whole), "month") if named == "quarter" else (int(whole), named)
    return f"{length} {named}{'s' if length != 1 else ''}"


def _interval(match: Match) -> str | None:
    said = match.text("t").strip('"')
    parts = re.fullmatch(r"(\d+)\s*([a-z]+)?", said.lower())
    if parts and parts[2] and match.slots.get("u"):
        return None  # the word behind is another
    unit = (parts[2] if parts and parts[2] else match.text("u")) if parts else ""
    return duration(parts[1], unit) if parts else None


def _shifted(length: str, anchor: str, *, back: bool) -> str:
    said = anchor.lower().replace(" ", "")
    if said == "today()":
        return f"{length} {'before' if back else 'after'} today"
    if said in ("now", "now()"):
        return f"{length} {'ago' if back else 'from now'}"
    return f"{length} {'before' if back else 'after'} {anchor}"


def _ago(match: Match) -> str | None:
    length = duration(match.text("n"), match.text("u") or "day")
    part_of_it = match.around.lower(match.start - 1) == "of"  # `year of today - 1`
    return (
        None if length is None or part_of_it else _shifted(length, match.text("x") or "today", back="-" in _sign(match))
    )


def _before_that(match: Match) -> str | None:
    """`count(tickets in the 30 days before that)`, behind the same rows in a window up to now: the window before it."""
    around, own = match.around, re.fullmatch(r"(\d+) (\w+?)s?", match.text("d"))
    said = " ".join(around.lower(i) for i in range(match.start))
    rows = re.escape(around.lower(match.start - 1))
    earlier = re.findall(rf"\b{rows} (?:in|during|over|within) (?:the )?(?:last|past) (\d+) (\w+?)s?\b", said)
    if own is None or not earlier or earlier[-1][1] != own[2]:
        return None
    until = int(earlier[-1][0])
    return f"from {until + int(own[1])} {own[2]}s ago until {until} {own[2]}{'s' * (until > 1)} ago"


def _sign(match: Match) -> str:
    return "".join(match.around.lower(i) for i in range(match.start, match.end) if match.around.kind(i) == "sign")


def _one(unit: str) -> str:
    return "3 months" if unit.startswith("quarter") else f"1 {unit.rstrip('s')}"


def _is_lasting(match: Match) -> bool:
    """Whether `for the last 3 weeks` stands behind a comparison, which has lasted so long."""
    compared = match.around.lower(match.start - 2) in COMPARISONS
    return match.words[0] == "for" and compared and not match.inside_call()


def _is_state_for(match: Match) -> bool:
    """Whether rows have been in a state so long, as in `an open ticket for a week`, which no window says."""
    if "for" not in match.words:
        return False
    names, state = match.around.names, match.around.lower(match.start - 1)
    return any(names.field_with_value(match.text("t"), s) for s in (state, state.removeprefix("un")))


FAMILY = Family(
    "Times and windows",
    1,
    (
        row(
            "{t:table} older_than {d:duration}",
            "{t:table} more_than/over {d:duration} old",
            to=lambda m: "{t} before {d} ago" if m.inside_call() else None,
            note="rows before a day are asked with `before 30 days ago`",
            examples=(
                (
                    'any(tickets older than 14 days where state = "open")',
                    'any(tickets before 14 days ago where state = "open")',
                ),
            ),
        ),
        row(
            "{t:table} younger_than/newer_than {d:duration}",
            "{t:table} less_than/under {d:duration} old",
            to=lambda m: "{t} in last {d}" if m.inside_call() else None,
            note="a window back is written as in `in last 30 days`",
            examples=(("none(logins newer than 30 days)", "none(logins in last 30 days)"),),
        ),
        row(
            "today/getdate/current_date/curdate/sysdate/utc_date ( )",
            "current_date/curdate/sysdate",
            to="today",
            examples=(("signed_on < TODAY()", "signed_on < today"), ("signed_on < CURRENT_DATE", "signed_on < today")),
            note="today's day is `today`",
        ),
        row(
            "now/current_timestamp/sysdatetime/getutcdate ( )",
            "current_timestamp/sysdatetime",
            to="now",
            note="this moment is `now`",
            examples=(("signed_on < NOW()", "signed_on < now"),),
        ),
        row(
            "interval {t:text} {u:word}",
            "interval {t:figure} {u:word}",
            "interval {t:text}",
            to=_interval,
            note="lengths of time are written as in `30 days`",
            examples=(("signed_on > NOW() - INTERVAL '30' DAY", "signed_on > 30 days ago"),),
        ),
        row(
            "today/now - {n:figure} {u:unit}",
            to=lambda m: "{n} {u} before today" if m.words[0] == "today" else "{n} {u} ago",
            examples=(
                ("signed_on > NOW() - INTERVAL '30 days'", "signed_on > 30 days ago"),
                ("signed_on > today - 30 days", "signed_on > 30 days before today"),
            ),
        ),
        row(
            "today/now + {n:figure} {u:unit}",
            to=lambda m: "{n} {u} after today" if m.words[0] == "today" else "{n} {u} from now",
            examples=(("renewal_date < TODAY() + INTERVAL '30 days'", "renewal_date < 30 days after today"),),
        ),
        row("today - {n:figure}", to=_ago, examples=(("signed_on > TODAY()-30", "signed_on > 30 days before today"),)),
        row(
            "today + {n:figure}",
            to=lambda m: (
                f"{d} after today"
                if m.around.lower(m.start - 1) != "of" and (d := duration(m.text("n"), "day"))
                else None
            ),
            examples=(("renewal_date < TODAY()+30", "renewal_date < 30 days after today"),),
        ),
        row(
            "{x:path} + {n:figure} {u:unit}",
            to="{n} {u} after {x}",
            examples=(("signed_on + INTERVAL '30 days' < today", "30 days after signed_on < today"),),
        ),
        row(
            "{x:path} - {n:figure} {u:unit}",
            to="{n} {u} before {x}",
            examples=(("renewal_date - INTERVAL '30 days' < today", "30 days before renewal_date < today"),),
        ),
        row(
            "in/during/over/within the? {d:duration} before that/those/it/then?",
            "in/during/over/within the? previous/preceding/prior {d:duration}",
            to=_before_that,
            examples=(
                (
                    "count(tickets in last 30 days) > count(tickets in the 30 days before that)",
                    "count(tickets in last 30 days) > count(tickets from 60 days ago until 30 days ago)",
                ),
            ),
            note="the window before another is `from … ago until … ago`",
        ),
        row(
            "in/within/during/over/for/across the last/past/previous/trailing/preceding {d:duration}",
            "within/during/over/for/across last/past/previous/trailing/preceding {d:duration}",
            "in past/previous/trailing/preceding {d:duration}",
            to=lambda m: None if _is_lasting(m) else "in last {d}",
            examples=(("signed_on in the past 30 days", "signed_on in last 30 days"),),
            note="a window back is written as in `in last 30 days`",
        ),
        row(
            "in/within/during/over/for the next/coming/following/upcoming {d:duration}",
            "within/during/over/for next/coming/following/upcoming {d:duration}",
            "in coming/following/upcoming {d:duration}",
            to="in next {d}",
            examples=(("renewal_date in the next 45 days", "renewal_date in next 45 days"),),
            note="a window ahead is written as in `in next 30 days`",
        ),
        row(
            "in last {n:number} quarters",
            to=lambda m: f"in last {3 * int(m.text('n'))} months" if m.text("n").isdigit() else None,
            examples=(("any(tickets in last 2 quarters)", "any(tickets in last 6 months)"),),
        ),
        row(
            "in the last/past {u:unit}",
            "within/during/over the? last/past {u:unit}",
            "in past {u:unit}",
            to=lambda m: (f"in last {_one(m.text('u'))}", f"in last calendar {m.text('u').rstrip('s')}"),
            note=("up to today", "the whole one before this"),
            examples=(("signed_on in the last month", "signed_on in last 1 month"),),
        ),
        row(
            "in the? this/current {u:unit}",
            "in current {u:unit}",
            "during this/the_current {u:unit}",
            "in this {u:unit}",
            "this {u:unit}",
            to=lambda m: (
                None
                if m.around.lower(m.start - 1) in ("of", "in") and m.around.lower(m.start) == "this"
                else f"in this calendar {m.text('u')}"
            ),
            examples=(("renewal_date in this month", "renewal_date in this calendar month"),),
            note="whole weeks, months, quarters and years are `calendar` ones",
        ),
        row(
            "in last/next {u:unit}",
            "last/previous/next {u:unit}",
            to=lambda m: (
                None
                if m.around.lower(m.start - 1) in ("of", "in", "the", "for")
                else (
                    f"in {'next' if 'next' in m.words else 'last'} calendar {m.text('u')}",
                    f"in {'next' if 'next' in m.words else 'last'} {_one(m.text('u'))}",
                )
            ),
            examples=(("signed_on in last month", "signed_on in last calendar month"),),
            note=("the whole calendar one", "counted from today"),
        ),
        row(
            "this/last/next calendar/fiscal {u:unit}",
            to=lambda m: (
                None
                if m.around.lower(m.start - 1) in ("in", "of")
                else "in " + " ".join(m.around.lower(i) for i in range(m.start, m.end))
            ),
            examples=(("signed_on this calendar year", "signed_on in this calendar year"),),
        ),
        row(
            "{t:table} within/in {d:duration} of/after/following/from {v:path}",
            "{t:table} within/in/during the first {d:duration} of/after/following/from {v:path}",
            to=lambda m: "{t} from {v} until {d} after {v}" if m.around.names.field([m.text("v")]) else None,
            note="a window from a day is written `from … until …`",
            sure=False,
            examples=(
                (
                    "any(logins within 14 days of signed_on)",
                    "any(logins from signed_on until 14 days after signed_on)",
                ),
            ),
        ),
        row(
            "{t:table} last/past {d:duration}",
            "{t:table} within/in/for {d:duration}",
            to=lambda m: None if _is_state_for(m) else "{t} in last {d}",
            note="a window back is written as in `in last 30 days`",
            examples=(("no tickets last 30 days", "none(tickets in last 30 days)"),),
        ),
        row(
            "{p:path} last/past {d:duration}",
            to="{p} in last {d}",
            examples=(("signed_on last 30 days", "signed_on in last 30 days"),),
        ),
        row(
            "{p:path} next {d:duration}",
            to="{p} in next {d}",
            examples=(("renewal_date next 30 days", "renewal_date in next 30 days"),),
        ),
        row(
            "{p:path} is? within/in {d:duration}",
            "{p:path} is? within {d:duration} of today/now",
            to=("{p} in next {d}", "{p} in last {d}"),
            note=("ahead", "back"),
            examples=(("renewal_date within 30 days", "renewal_date in next 30 days"),),
        ),
        row(
            "since the? start/beginning of the? this? {u:unit}",
            to="since start of this {u}",
            examples=(("any(tickets since the start of the year)", "any(tickets since start of this year)"),),
        ),
        row(
            "{d:duration} in_the_past/back/before_now/earlier",
            to="{d} ago",
            examples=(("signed_on < 30 days back", "signed_on < 30 days ago"),),
        ),
        row(
            "{d:duration} in_the_future/ahead/hence/from_today/from_today_on",
            to="{d} from now",
            examples=(("renewal_date > 30 days from today", "renewal_date > 30 days from now"),),
        ),
        row("{o:op} yesterday", to="{o} 1 day ago", examples=(("signed_on > yesterday", "signed_on > 1 day ago"),)),
        row(
            "{o:op} tomorrow",
            to="{o} 1 day from now",
            examples=(("renewal_date > tomorrow", "renewal_date > 1 day from now"),),
        ),
    ),
)
