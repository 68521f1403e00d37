"""Lines of the language beside a mistake that the phrasebook can't read: with the person's own names, and all of them sound."""

from __future__ import annotations

import re

import pytest

from segdsl.phrasebook.row import EXAMPLE_MODEL
from tests.support.whom import segment, workspace

UNREAD = [
    ("plan frobs 3", 'conditions with `plan` look like `plan = "free"` or `plan in ("free", "team")`'),
    ("arr frobs 70_000", "conditions with `arr` look like `arr >= 70_000` or `arr < 70_000`"),
    ("renewal_date frobs 14 days", "conditions with `renewal_date` look like `renewal_date in next 14 days` or `renewal_date > today`"),
    ("seats > 5 and country frobs \"DE\" or plan frobs", 'conditions with `country` look like `country = "DE"` or `country contains "DE"`'),
    ("arr > 5 and seats >", "conditions with `seats` look like `seats > 10` or `seats <= 10`"),
    ("seats frobs more than or equal to 7", "conditions with `seats` look like `seats >= 7` or `seats < 7`"),
    ("no more than 7 seats frobs", "conditions with `seats` look like `seats <= 7` or `seats > 7`"),
    ('country frobs "DE" or "FR", upper case frobs', 'conditions with `country` look like `country in ("DE", "FR") ignoring case` or `country contains "DE" ignoring case or country contains "FR" ignoring case`'),
    ("plan frobs not free", 'conditions with `plan` look like `plan != "free"` or `plan not in ("free", "team")`'),
    ("seats > 5, at most 50 of them frobs, biggest frobs", "two conditions are joined by `and`; conditions with `seats` look like `seats > 5 limit 50 by seats` or `seats in top 50`"),
    ("logins frobs 2 weeks = 0", "conditions with `logins` look like `none(logins in last 2 weeks)` or `count(logins in last 2 weeks) = 0`"),
    ("any tickets frobs older than 2 weeks", "conditions with `tickets` look like `any(tickets before 2 weeks ago)` or `any(tickets in last 2 weeks)`"),
    ("seats frobs percentile 0.9", "conditions with `seats` look like `percentile(seats) >= 90%` or `seats >= 0.9`"),
    ("logins frobs frobs", "conditions with `logins` look like `any(logins in last 30 days)` or `count(logins in last 30 days) >= 3`"),
    ("frobs without logins frobs 2 weeks", "conditions with `logins` look like `none(logins in last 2 weeks)` or `count(logins in last 2 weeks) >= 3`"),
    ("arr frobs mayor a 70.000", "conditions with `arr` look like `arr > 10_000` or `arr <= 10_000`"),
    ("arr frobs 70 000", "conditions with `arr` look like `arr >= 10_000` or `arr < 10_000`"),
    ("arr frobs 50 %", "conditions with `arr` look like `arr >= 10_000` or `arr < 10_000`"),
    ("kein logins frobs 14 Tagen", "conditions with `logins` look like `none(logins in last 14 days)` or `count(logins in last 14 days) >= 3`"),
    ("frobs tickets unless low", 'conditions with `tickets` look like `any(tickets where priority != "low")` or `count(tickets where priority != "low") >= 3`'),
    ("arr frobs 100,000", "conditions with `arr` look like `arr >= 10_000` or `arr < 10_000`"),
    ("frobs glorps", "conditions with `arr` look like `arr >= 10_000` or `arr < 10_000`, with `logins` like `any(logins in last 30 days)` or `count(logins in last 30 days) >= 3`"),
]  # fmt: skip


def helps(rules: str) -> list[str]:
    return [d.help for d in workspace(EXAMPLE_MODEL, rules).diagnostics if d.severity == "error"]


@pytest.mark.parametrize(("written", "help"), UNREAD)
def test_conditions_with_the_names_around_the_mistake(written: str, help: str) -> None:
    assert helps(segment(written))[0] == help


DECLARATIONS = {
    "segment big of account over 50_000": 'a segment looks like `segment big "A title" of account { when arr >= 10_000 }`',
    "Big ones are frobs": 'a segment looks like `segment my_rule "A title" of account { when arr >= 10_000 }`',
    "score health of account { frobs }": "a score looks like `score health of account { part one weight 100 = scale(arr, 0: 0, 100: 100) missing parts: unknown }`",
    "metric open_ones of account = glorps tickets frobs": "values with `tickets` look like `count(tickets)`",
}


@pytest.mark.parametrize("written", DECLARATIONS)
def test_a_declaration_of_the_kind(written: str) -> None:
    assert DECLARATIONS[written] in helps(written)[0]


KINDS = [
    "entity",
    "details",
    "table",
    "list",
    "metric",
    "play",
    "segment",
    "segmentation",
    "score",
    "outcome",
    "calendar",
    "property",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_parses_and_resolves(kind: str) -> None:
    (help,) = helps(f"{kind} frobs ?\n")
    shown = re.search(r"looks like `(.*)`$", help)
    assert shown is not None, help
    assert not [d for d in workspace(EXAMPLE_MODEL, shown[1] + "\n").diagnostics if d.severity == "error"]


@pytest.mark.parametrize(("written", "help"), UNREAD)
def test_every_condition_parses_and_resolves(written: str, help: str) -> None:
    for line in re.findall(r"(?:like|or) `([^`]*)`", help):
        assert not helps(segment(line)), line


def test_one_mistake_is_one_finding() -> None:
    assert (
        len(helps("segmentation m of account {\n  segment a {\n    when arr > and seats > 5\n  }\n  otherwise b\n}\n"))
        == 1
    )
