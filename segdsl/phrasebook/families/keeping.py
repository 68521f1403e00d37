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
    which = "next " if "next" in match.words else ""
    calendar = "fiscal" if "fiscal" in match.words else "calendar"
    period = next((w for w in match.words if re.fullmatch(r"week|month|quarter|year", w)), None)
    if period is None or (calendar == "fiscal" and period in ("week", "month")) or not _in_an_arm(match):
        return None
    return f"keep until end of {which}{calendar} {period}"


FAMILY = Family(
    title="Keeping",
    stage=2,
    rows=(
        row(
            "keep/stay/stays/kept? until/till the? end of the/this/next? calendar/fiscal? week/month/quarter/year",
            to=_end_of,
            note="a calendar or a fiscal period",
            where="anywhere",
            examples=(
                _example("keep until the end of the calendar year", "keep until end of calendar year"),
                _example("until end of next year", "keep until end of next calendar year"),
            ),
        ),
        row(
            "keep? for? at_least/minimum/min stay? of? {d:duration}",
            "stay/stays/keep/dwell for? at_least/minimum/min {d:duration}",
            "stay/stays/dwell for? {d:duration}",
            "minimum/min/least stay/dwell time? of/:? {d:duration}",
            to=lambda m: "stay at least {d}" if _in_an_arm(m) else None,
            note="a least stay: `stay at least`",
            where="anywhere",
            examples=(
                _example("for at least 30 days", "stay at least 30 days"),
                _example("min stay 14 days", "stay at least 14 days"),
                _example("stay for 2 weeks", "stay at least 2 weeks"),
            ),
        ),
        row(
            "with? a? grace period? of/:? {d:duration}",
            "grace_period of/:? {d:duration}",
            to=lambda m: "keep for {d}" if _in_an_arm(m) else None,
            note="so long after its data last said so: `keep for`",
            where="anywhere",
            examples=(_example("grace period 30 days", "keep for 30 days"),),
        ),
        row(
            "until/till {c:condition}",
            "stay/stays/remain/remains/hold/exit/leave until/till/when/if/once {c:condition}",
            to=lambda m: "keep until {c}" if _in_an_arm(m) else None,
            note="`keep until` what ends it",
            where="anywhere",
            examples=(
                _example("until seats < 5", "keep until seats < 5"),
                _example("exit when seats < 5", "keep until seats < 5"),
            ),
        ),
    ),
)
