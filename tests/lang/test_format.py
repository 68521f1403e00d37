"""The formatter keeps every token and comment, gives the same tree, and changes nothing the second time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segdsl.diagnostics import Source
from segdsl.lang import parse as parsing
from segdsl.lang.format import format_text
from segdsl.lang.parse import parse
from tests.support.paths import ROOT
from tests.support.sources import SOURCES
from tests.support.worlds import cases

pytestmark = pytest.mark.slow

COMMENT = re.compile(r"#[^\n]*")


def tokens(text: str) -> list[tuple[str, str]]:
    return [(t.type, re.sub(r"\s+", " ", t) if t.type != "TEXT" else str(t)) for t in parsing.tokens(Source("x", text))]


def comments(text: str) -> list[str]:
    """Comments, read from the gaps between tokens."""
    found, end = [], 0
    for t in [*parsing.tokens(Source("x", text)), None]:
        start = len(text) if t is None else t.start_pos
        found += [c.rstrip() for c in COMMENT.findall(text[end:start])]
        end = len(text) if t is None else t.end_pos
    return found


def check(text: str) -> None:
    formatted = format_text(Source("x", text))
    assert tokens(formatted) == tokens(text)
    assert comments(formatted) == comments(text)
    assert parse(Source("x", formatted))[0] == parse(Source("x", text))[0]
    assert format_text(Source("x", formatted)) == formatted
    assert formatted == "" or (formatted.endswith("\n") and not formatted.endswith("\n\n"))
    assert not any(line != line.rstrip() for line in formatted.split("\n"))


@st.composite
def scattered(draw: st.DrawFn) -> str:
    """A source with other white space and comments between its tokens."""
    text = draw(st.sampled_from(SOURCES))
    gap = st.sampled_from(
        [" ", "  ", "\n", "\n\n", "\n\n\n", "\t", "\r\n", " # note\n", "\n# own line\n", "\n\n  # far\n\n", "# tight\n"]
    )
    out, end = "", 0
    for token in parsing.tokens(Source("x", text)):
        between = text[end : token.start_pos]
        attached = (
            str(token) in "(:" or "name" in out[-4:]
        )  # a call's bracket and a field's colon are looked for past blanks only
        added = draw(gap) if not attached else draw(st.sampled_from([" ", "\n"]))
        out += between if draw(st.integers(0, 5)) else (between or " ") + added
        out += str(token)
        end = token.end_pos or 0
    return out + draw(st.sampled_from(["", "\n", "\n# the end", "  # the end\n\n\n"]))


@pytest.mark.parametrize("text", SOURCES)
def test_every_source_of_the_project(text: str) -> None:
    check(text)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(scattered())
def test_any_white_space_and_comments(text: str) -> None:
    check(text)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_generated_rules(case) -> None:  # type: ignore[no-untyped-def]
    check(case.rules)


def test_what_is_laid_out_stays_in_the_repository() -> None:
    for file in [*ROOT.glob("rules/*.seg"), *ROOT.glob("examples/**/*.seg")]:
        text = file.read_text(encoding="utf-8")
        assert format_text(Source(str(Path(file)), text)) == text, file


LAYOUTS = [
    (
        "segment a of account { when if any(runs in last 3 days where not member_of_it) then false else if distinct_days(runs in last 3 days) < 3 "
        'then missing "too few" else true end and arr > 5 }',
        """
segment a of account {
  when if any(runs in last 3 days where not member_of_it)
         then false
       else if distinct_days(runs in last 3 days) < 3
         then missing "too few"
         else true
       end
   and arr > 5
}
""",
    ),
    (
        'segment d of account { when if small and quiet or older then count(logins in last 30 days where device = "phone") > 3 else paying end and plan = "x" }',
        """
segment d of account {
  when if small and quiet or older
         then count(logins in last 30 days where device = "phone") > 3
         else paying
       end
   and plan = "x"
}
""",
    ),
    (
        "segment c of account { when arr_of_this_year * 2 + everything_else_very_long * another_thing_that_is_long - a_third_thing >= 5_000_000 + minimum }",
        """
segment c of account {
  when arr_of_this_year * 2 + everything_else_very_long * another_thing_that_is_long - a_third_thing
     >= 5_000_000 + minimum
}
""",
    ),
    (
        "metric m of account = (average(users.surveys.nps in last 120 days) * 10 + count(logins in last 30 days)) / (count(users where active) + 1) - 12",
        """
metric m of account
  = (average(users.surveys.nps in last 120 days) * 10 + count(logins in last 30 days))
        / (count(users where active) + 1)
      - 12
""",
    ),
    (
        'segment e of account { when count(tickets in last 90 days where priority = "p1" and status = "open" and kind in ("bug", "outage")) >= 4 }',
        """
segment e of account {
  when count(
     tickets in last 90 days where priority = "p1"
     and status = "open"
     and kind in ("bug", "outage")
   ) >= 4
}
""",
    ),
]


@pytest.mark.parametrize(("text", "expected"), LAYOUTS)
def test_what_is_deep_or_long_is_laid_out_readably(text: str, expected: str) -> None:
    assert format_text(Source("x", text)) == expected.lstrip("\n")
    check(text)
