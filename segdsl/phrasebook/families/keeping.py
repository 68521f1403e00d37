"""Keeping as people say it: `until`, `for at least 30 days`, `min stay 14 days`, a grace period."""

from __future__ import annotations

import re

from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Example, Family, row


def _example(written: str, meant: str) -> Example:
    """A clause of an arm as people write it, and as it is meant, with the table of runs behind it."""
    rule = "segmentation s of account {{ segment big {{ when seats > 10 {} }} otherwise rest }} "
    runs = "table r of account from runs of s starting 2026-10-01"
    return rule.format(written) + runs, rule.format(meant) + runs


def _in_an_arm(match: Match) -> bool:
    """Tells whether a clause stands behind the `when` of an arm."""
    around = match.around
    if around.lower(0) != "segmentation" or match.inside_call() or around.lower(match.start - 1) in ("keep", "stay"):
        return False
    if around.lower(match.start - 1).rstrip("s") in ("day", "week", "month", "year", "hour", "minute"):
        return False  # `days until renewal_date`
    before = (around.lower(at) for at in range(match.start - 1, max(-1, match.start - 400), -1))
    return next((word for word in before if word in ("when", "segment", "{")), "") == "when"


def _end_of(match: Match) -> str | None:
    """`keep until the end of next year`: the calendar's, unless it is called fiscal."""
    which = "next " if {"next", "following", "after"} & {*match.words} else ""
    calendar = "fiscal" if "fiscal" in match.words else "calendar"
    period = next((w for w in match.words if re.fullmatch(r"week|month|quarter|year", w)), None)
    if period is None or (calendar == "fiscal" and period in ("week", "month")) or not _in_an_arm(match):
        return None
    return f"keep until end of {which}{calendar} {period}"


_WHO = "they/it/accounts/customers/members/everyone/everybody/whoever_is_in"
_STAYS = (
    "stay/stays/remain/remains/keep/keeps/are_kept/is_kept/are_held/must_stay/have_to_stay/should_stay/will_stay/hold"
)
_IN = "in/inside/there/here/in_it/in_there/in_the_segment/in_the_arm/in_the_group/it/that/their_place"
_LEAST = "at_least/a_minimum_of/no_less_than/not_less_than/no_fewer_than/minimum/min"
_ONCE = "once/as_soon_as/when/after"
_ENTERED = "in/inside/there/in_it/in_there/they_are_in/they_'re_in/they_get_in/they_enter/it_is_in/an_account_is_in/a_customer_is_in/someone_is_in/somebody_is_in/entered"
_LEAVES = "leave/leaves/leaving/exit/exits/drop_out/drops_out/get_out/gets_out/go_out/goes_out/are_released/is_released/release/released/out/let_go/come_out/comes_out"


def _names_it(match: Match) -> bool:
    """Tells whether the word behind `stay` is the name of the arm, as in `they stay gold`; anything is where nothing stands there."""
    around = match.around
    said = match.text("x").lower()
    named = {around.lower(i + 1) for i in range(match.start) if around.lower(i) in ("segment", "arm")}
    return not said or said in named or said in ("status", "level", "tier")


_OF_A_DAY = ("ago", "old", "before", "after", "since", "from", "until", "earlier", "later", "ahead", "away")
"""Behind a length of time these say which day is meant."""


def _stays(match: Match) -> str | None:
    is_day = match.around.lower(match.end) in _OF_A_DAY  # `created at least 30 days ago`
    return "stay at least {d}" if _in_an_arm(match) and _names_it(match) and not is_day else None


def _until(match: Match) -> str | None:
    """`leave only when C`; `is back above 60%` is `is above 60%`."""
    if not _in_an_arm(match) or not _names_it(match):
        return None
    said = re.sub(r"\b(is|are|goes|has gone|climbs|rises|falls|drops) (?:back|again) ", r"\1 ", match.text("c"))
    return f"keep until {re.sub(r' again$', '', said)}"


def _until_end(match: Match) -> str | None:
    """`keeps gold status until the end of the year after`: of the next year, and of a fiscal one where it is called so."""
    return _end_of(match) if _names_it(match) else None


FAMILY = Family(
    title="Keeping",
    stage=0,
    rows=(
        row(
            "keep for {n:number} {u:unit}",
            to="keep for {n} {u}",
            note="numbers are written in figures",
            where="anywhere",
            examples=(_example("keep for two months", "keep for 2 months"),),
        ),
        row(
            "keep/stay/stays/kept? until/till the? end of the/this/next? calendar/fiscal? week/month/quarter/year",
            f"and/but? {_WHO}? {_STAYS} in? the/their/its? {{x:word}} status/level/tier/place? until/till/through/to/up_to the? end of the/this/next/following? next/following? calendar/fiscal? week/month/quarter/year after/after_that?",
            f"and/but? {_WHO}? {_STAYS} {_IN}? until/till/through/to/up_to the? end of the/this/next/following? next/following? calendar/fiscal? week/month/quarter/year after/after_that?",
            to=_until_end,
            note="a calendar or a fiscal period",
            where="anywhere",
            examples=(
                _example("keep until the end of the calendar year", "keep until end of calendar year"),
                _example("until end of next year", "keep until end of next calendar year"),
                _example(
                    "they keep their status until the end of the quarter after",
                    "keep until end of next calendar quarter",
                ),
            ),
        ),
        row(
            "keep/keeps? for? a? at_least/minimum/min stay? of? {d:duration}",
            "stay/stays/keep/keeps/dwell for? a? at_least/minimum/min of? {d:duration}",
            "stay/stays/dwell for? {d:duration}",
            "minimum/min/least stay/dwell time? of/:? {d:duration}",
            f"and/,? and? {_ONCE} {_ENTERED} ,? {_WHO}? {_STAYS} {_IN}? for? {_LEAST}? {{d:duration}}",
            f"and/,? and? {_ONCE} {_ENTERED} ,? {_WHO}? {_STAYS} {{x:word}} for? {_LEAST}? {{d:duration}}",
            f"and/,? {_WHO} {_STAYS} {_IN}? for? {_LEAST} {{d:duration}}",
            f"and/,? {_WHO}? {_STAYS} {_IN} for? {_LEAST} {{d:duration}}",
            f"for? {_LEAST} {{d:duration}} in/inside/there once/after? {_ENTERED}?",
            f"and/,? nobody/no_one/they_don't/it_doesn't/don't/never/not {_LEAVES} again? before/within/in_less_than/earlier_than the? first? {{d:duration}} are_over/have_passed/is_over/has_passed/are_up?",
            to=_stays,
            note="a least stay: `stay at least`",
            where="anywhere",
            examples=(
                _example("for at least 30 days", "stay at least 30 days"),
                _example("min stay 14 days", "stay at least 14 days"),
                _example("stay for 2 weeks", "stay at least 2 weeks"),
                _example("once in, they stay in for at least 2 weeks", "stay at least 2 weeks"),
                _example("nobody leaves before 10 days are over", "stay at least 10 days"),
            ),
        ),
        row(
            "with? a? grace period? of/:? {d:duration}",
            "grace_period of/:? {d:duration}",
            "and/,? keep/keeps/kept them/it/in/there? in? for {d:duration} after_that/afterwards/longer/more?",
            "and/,? for another {d:duration}",
            "and/,? keep/keeps/hold/holds their/its place/places/status/spot for {d:duration}",
            to=lambda m: "keep for {d}" if _in_an_arm(m) else None,
            note="so long after its data last said so: `keep for`",
            where="anywhere",
            examples=(
                _example("grace period 30 days", "keep for 30 days"),
                _example("keep them in for a month", "keep for 1 month"),
            ),
        ),
        row(
            "until/till {c:condition}",
            "stay/stays/remain/remains/hold/exit/leave until/till/when/if/once {c:condition}",
            f"and/but/,? {_WHO}? {_STAYS} {_IN}? until/till/unless {{c:condition}}",
            f"and/but/,? {_WHO}? {_STAYS} {{x:word}} until/till/unless {{c:condition}}",
            f"and/but/,? {_WHO}? only? {_LEAVES} again? only? when/once/if/as_soon_as/after {{c:condition}}",
            to=_until,
            note="`keep until` what ends it",
            where="anywhere",
            examples=(
                _example("until seats < 5", "keep until seats < 5"),
                _example("exit when seats < 5", "keep until seats < 5"),
                _example("leave only when seats < 5 again", "keep until seats < 5"),
            ),
        ),
    ),
)
