"""Time zones of rows and tables that are complete only from a day on: what people write, and what decides a count."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from segdsl.diagnostics import Source, render
from segdsl.lint.checks import checked
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import World
from segdsl.testing.run.runner import Evaluators, run_tests
from segdsl.whatif.flips import flips
from segdsl.words.explain import all_facts, as_text, clause, explain, leaves, says
from segdsl.workspace.config import About, Config
from segdsl.workspace.load import Workspace, build
from tests.laws.table import SCHEMA, at
from tests.support.answers import by_duckdb, by_reference, clock_at, model_of
from tests.support.paths import GOLDENS

GOLDEN = GOLDENS / "explained_unknowns.txt"
NO_ZONE = """
entity account { account_id: text key  tz: text }
table logins of account by account_id at ts { device: text }
metric d of account = distinct_days(logins in last 30 days, zone: account.tz)
segment s of account { when d >= 1 }
segment quiet of account { when none(logins in last 30 days, zone: account.tz) }
test "no zone" as of 2026-11-01 { account a { } logins of a { at: 2026-10-20 } expect (a in s) is missing BECAUSE_TZ  expect a.d is missing BECAUSE_TZ }
test "Mars" as of 2026-11-01 { account a { tz: "Mars" } logins of a { at: 2026-10-20 } expect (a in s) is missing BECAUSE_MARS }
test "nor does one without rows have days" as of 2026-11-01 { account a { } expect (a in s) is missing BECAUSE_TZ  expect (a in quiet) is missing BECAUSE_TZ }
test "a zone" as of 2026-11-01 { account a { tz: "UTC" } logins of a { at: 2026-10-20 } expect a in s  expect not (a in quiet) }
"""
OWN_WEEKS = """
entity account { account_id: text key  timezone: text }
table events of account by account_id at ts { n: integer }
segment weekly of account { when every week for 4 weeks (distinct_days(events in last calendar week, zone: account.timezone) >= 3) }
metric days_last_week of account = distinct_days(events in last calendar week, zone: account.timezone)
test "12 Sunday night, 26 Oct 05:00 in London and 25 Oct in Los Angeles, is in the week to 25 October" as of 2026-10-27 {
  account a { timezone: "America/Los_Angeles" }
  account b { timezone: "Europe/London" }
  events of a { at: 2026-10-26T05:00 }
  events of b { at: 2026-10-26T05:00 }
  expect a.days_last_week = 1
  expect b.days_last_week = 0
}
test "12 Sunday 18 October, 19 Oct 03:00 in London, isn't in the week from the 19th" as of 2026-10-27 {
  account a { timezone: "America/Los_Angeles" }
  account b { timezone: "Europe/London" }
  events of a { at: 2026-10-19T03:00 }
  events of b { at: 2026-10-19T03:00 }
  expect a.days_last_week = 0
  expect b.days_last_week = 1
}
test "three days in each of four weeks, of which a Sunday night is one only where the account is" as of 2026-10-27 {
  account a { timezone: "America/Los_Angeles" }
  account b { timezone: "Europe/London" }
  account c { }
EVENTS
  expect a in weekly
  expect b not in weekly
  expect (c in weekly) is missing BECAUSE_ZONE
}
"""
_DAYS = [
    "2026-10-20",
    "2026-10-21",
    "2026-10-13",
    "2026-10-14",
    "2026-10-15",
    "2026-10-06",
    "2026-10-07",
    "2026-10-08",
    "2026-09-29",
    "2026-09-30",
    "2026-10-01",
]
OWN_WEEKS = OWN_WEEKS.replace(
    "EVENTS", "\n".join(f"  events of {of} {{ at: {t} }}" for of in "abc" for t in [*(f"{d}T20:00" for d in _DAYS), "2026-10-26T05:00"])
)  # fmt: skip
GAPS = """
entity account from made { account_id: text key  made: timestamp fixed }
table logins of account by account_id at ts complete from 2025-01-01 { n: integer }
segment a of account { when count(logins before 74 days ago) >= 1 }
segment b of account { when any(logins before 74 days ago) }
segment c of account { when none(logins in last 700 days) }
segment e of account { when count_distinct(logins.n before 74 days ago) >= 1 }
segment f of account { when distinct_days(logins before 74 days ago) >= 1 }
metric heard of account = count(logins)
segment d of account { when heard >= 2 }
test "one is enough for both" as of 2026-11-01 { account x { made: 2024-01-01 } logins of x { at: 2026-01-20, n: 1 } expect x in b  expect x in a  expect x in e  expect x in f  expect (x in d) is missing BECAUSE_FROM }
test "nor does one of since then decide" as of 2026-11-01 { account x { made: 2024-01-01 } account y { made: 2025-01-01 } expect (x in a) is missing BECAUSE_FROM  expect (x in b) is missing  expect (x in e) is missing  expect (x in f) is missing  expect y not in a  expect y not in b  expect y not in e  expect y not in f }
test "it didn't exist before" as of 2026-11-01 { account x { made: 2025-06-01 } expect x in c  expect x.heard = 0 }
test "it did, or always" as of 2026-11-01 { account x { made: 2024-06-01 } account y { } expect (x in c) is missing BECAUSE_FROM  expect (y in c) is missing }
"""
BECAUSE = {
    "BECAUSE_TZ": "tz",
    "BECAUSE_MARS": "Mars",
    "BECAUSE_FROM": "complete only from 1 Jan 2025",
    "BECAUSE_ZONE": "timezone",
}


def workspace(text: str, reasons: bool) -> Workspace:
    for word, reason in BECAUSE.items():
        text = text.replace(word, f'because "{reason}"' if reasons else "")
    return build(Path(), Config(workspace=About(timezone="Europe/London")), [Source("rules.seg", text)], [])


@pytest.mark.parametrize("text", [NO_ZONE, OWN_WEEKS, GAPS], ids=["no zone", "own weeks", "gaps"])
def test_what_people_write(text: str, evaluators: Evaluators) -> None:
    made = workspace(text, reasons=evaluators is Evaluator)
    assert made.model is not None, "\n".join(render(d) for d in made.diagnostics)
    results = list(run_tests(made.model.tests, made.model, made.zone, evaluators))
    assert [(r.title, f.expected, f.actual) for r in results for f in r.failures] == []
    assert [render(d) for r in results for d in r.errors] == [] and results


@pytest.mark.parametrize(
    ("condition", "code", "says"),
    [
        ("any(logins in last 24 hours, zone: account.tz)", "SEG0311", "the same in every zone"),
        ("any(logins since created_at, zone: account.tz)", "SEG0311", "the same in every zone"),
        ("count(logins, zone: account.tz) > 1", "SEG0311", "doesn't depend on days"),
        ("any(invoices in last 7 days, zone: account.tz)", "SEG0403", "the same day in every zone"),
        ("distinct_days(invoices, zone: account.tz) > 1", "SEG0403", "the same day in every zone"),
        ('any(logins in last 7 days, zone: "Mars")', "SEG0603", "unknown timezone `Mars`"),
        ("any(logins in last 7 days, zone: seats)", "SEG0201", "unknown field `seats` of `logins`"),
        ("any(logins in last 7 days, zone: account.seats)", "SEG0307", "takes a text such as Europe/London"),
        ("any(logins in last 7 days, zone: missing)", "SEG0307", "takes a text such as Europe/London"),
        ("any(users.account.logins in last 7 days)", "SEG0312", "`logins` can't be aggregated here"),
        ("any(users.account.logins)", "SEG0312", "`logins` can't be aggregated here"),
        ("sum(family(parent).logins.minutes in last 7 days) > 1", "SEG0312", "`logins` can't be aggregated here"),
        ("any(logins in last 7 days, days: account.tz)", "SEG0311", "doesn't take `days:`"),
    ],
)
def test_a_zone_that_says_nothing_is_an_error(condition: str, code: str, says: str) -> None:
    made = build(Path(), Config(), [Source("rules.seg", f"{SCHEMA} segment s of account {{ when {condition} }}")], [])
    (found,) = (d for d in checked(made) if d.severity == "error" and "list" not in d.message)
    assert (found.code, says in found.message or found.message) == (code, True)


OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
FIGURES = ["-1", "0", "1.5", "2", "3", "4"]
COUNTS = ["count(calls)", "distinct_days(calls)", "count_distinct(calls.minutes)", "count(latest 9 calls)"]


@pytest.mark.slow
@pytest.mark.parametrize("seen", [0, 2, 3])
def test_a_comparison_is_decided_where_it_holds_or_fails_whatever_is_lacking(
    seen: int, con: duckdb.DuckDBPyConnection
) -> None:
    """And the same by name as written out, from either side, on the reference and on an engine."""
    rules: list[str] = []
    expected: dict[str, object] = {}
    for i, count in enumerate(COUNTS):
        rules.append(f"metric m{i} of account = {count}")
        for j, (op, holds) in enumerate(OPERATORS.items()):
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
            for n, figure in enumerate(FIGURES):
                ways = [f"{count} {op} {figure}", f"m{i} {op} {figure}", f"{figure} {mirrored} {count}"]
                outcomes = {holds(seen + more / 2, float(figure)) for more in range(18)}
                for w, way in enumerate(ways):
                    rules.append(f"segment s{i}_{j}_{n}_{w} of account {{ when {way} }}")
                    expected[f"s{i}_{j}_{n}_{w}"] = next(iter(outcomes)) if len(outcomes) == 1 else None
    rows = {
        "account": [{"account_id": "a"}],
        "calls": [{"account_id": "a", "called_at": at(f"2026-05-0{d + 1}"), "minutes": d} for d in range(seen)],
    }
    model, clock = model_of(SCHEMA + "\n".join(rules), rows), clock_at("2026-11-01")
    assert by_reference(model, "account", rows, clock) == {"a": expected}
    assert by_duckdb(con, model, "account", rows, clock) == {"a": expected}


EXPLAINED = """
entity account from created_at {
  account_id: text key  created_at: timestamp fixed  parent: link to account reverse children fixed
  arr: integer  paying: boolean  region: text  tz: text
}
entity user of account by account_id reverse users { user_id: text key  role: text  tz: text }
table logins of user by user_id at ts { device: text }
table plain of account by account_id at ts { minutes: integer }
table calls of account by account_id at ts complete from 2026-10-01 { minutes: integer }
metric n of account = count(calls)
segment field of account { when arr > 5 }
segment truth of account { when paying and region = "x" }
segment linked of account { when parent.arr > 5 or any(parent.plain) }
segment on_the_way of account { when any(users where role = "x") }
segment own_day of account { when any(plain since today, zone: account.tz) }
segment own_days of account { when distinct_days(plain, zone: account.tz) = 1 }
segment days_of_users of account { when count(users.logins since today, zone: user.tz) >= 1 }
segment lacking of account { when none(calls in last 60 days) }
segment latest_of_them of account { when all(latest 3 calls having minutes > 3) }
segment answered of account { when any(calls followed by calls within 2 days) }
segment counted of account { when n >= 3 }
segment largest of account { when max(calls.minutes) > 5 }
segment earlier of account { when (count(calls) as of 7 days ago) >= 2 }
segment true_then of account { when (count(calls) >= 5 as of 7 days ago) }
segment growing of account { when change(count(calls), 7 days, floor: 1) > 5% }
segment ranked of account { when n in top 2 per region }
"""
EXPLAINED_ROWS = {
    "account": [
        {"account_id": "tokyo", "created_at": at("2020-01-01"), "tz": "Asia/Tokyo", "paying": True},
        {"account_id": "mars", "created_at": at("2020-01-01"), "tz": "Mars", "arr": 9, "region": "x"},
        {"account_id": "young", "created_at": at("2026-10-28"), "parent": "nobody"},
    ],
    "user": [
        {"user_id": "u", "account_id": "tokyo", "tz": "Asia/Tokyo"},
        {"user_id": "v", "account_id": "mars", "role": "y"},
    ],
    "logins": [{"user_id": u, "ts": at("2026-10-31T15:30")} for u in ("u", "v")],
    "plain": [{"account_id": "tokyo", "ts": at("2026-10-31T15:30")}],  # half past midnight on 1 November in Tokyo
    "calls": [{"account_id": a, "ts": at(f"2026-10-1{d}"), "minutes": d} for a, d in [("tokyo", 1), ("tokyo", 2), ("tokyo", 3), ("mars", 4)]],
}  # fmt: skip


def test_an_explanation_says_why_something_is_unknown() -> None:
    model = model_of(EXPLAINED, EXPLAINED_ROWS)
    world = World(model.schema, EXPLAINED_ROWS, clock_at("2026-11-01", "Europe/London"))
    evaluator = Evaluator(model, world)
    shown = []
    for row in world.rows("account"):
        for rule in model.segments.values():
            told = replace(explain(evaluator, rule, row), flips=flips(evaluator, rule, row))
            shown.append(as_text(told))
            for leaf in leaves(rule.condition):
                held, facts = evaluator.truth(leaf, row), list(all_facts(clause(evaluator, leaf, row)))
                assert not isinstance(held, Unknown) or all(says(facts, r) for r in held.reasons), (leaf, facts)
    found = "\n\n".join(shown) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_an_explanation_says_at_least_and_the_days_of_the_zone() -> None:
    rules = (
        "segment s of account { when count(calls) > 3 } "
        "segment t of account { when count(logins in last calendar week, zone: account.tz) = 1 }"
    )
    calls = [{"account_id": "a", "called_at": at(f"2026-05-0{d + 1}")} for d in range(3)]
    rows = {"account": [{"account_id": "a", "tz": "America/Los_Angeles"}], "calls": calls}
    model = model_of(SCHEMA + rules, rows)
    world = World(model.schema, rows, clock_at("2026-11-03", "Europe/London"))
    evaluator, (row,) = Evaluator(model, world), world.rows("account")
    told = {name: as_text(explain(evaluator, model.segments[name], row)) for name in ("s", "t")}
    assert "count(calls) is at least 3 (`calls` is complete only from 1 Jan 2026)" in told["s"]
    assert "from 26 Oct 2026 00:00 until 2 Nov 2026 00:00 in America/Los_Angeles" in told["t"]
