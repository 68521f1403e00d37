"""Four definitions of the field that keep customers, with the customers on their edges, on each evaluator, and read aloud."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from segdsl.diagnostics import Source, render
from segdsl.model.clock import Clock
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.world import World
from segdsl.testing.run.runner import Evaluators, clock_of, evaluator_for, run_tests
from segdsl.words import english
from segdsl.words.explain import as_text, explain
from segdsl.workspace.config import Config
from segdsl.workspace.load import Workspace, build, sound

MODEL = """
entity account from created_at {
  account_id:  text key
  created_at:  timestamp fixed
  health:      integer
  spend_12m:   money(USD)
  active_days: integer
  tickets:     integer
}
"""

DEFINITIONS = {
    # a band with two borders: red from below 40, no longer red from 60 on
    "hysteresis": """
table band_runs of account from runs of band starting 2026-10-01
segmentation band "Health band" of account {
  segment red "Red" {
    when health < 40
    keep until health >= 60
  }
  segment amber { when health < 70 }
  undecided unscored
  otherwise green
}
test "red from below 40 until 60" as of 2026-11-01 {
  account enters { health: 39 }
  account on_the_border { health: 40 }
  account recovers { health: 59 }
  band_runs of recovers { at: 2026-10-31, arm: "red", by_data: "red" }
  account recovered { health: 60 }
  band_runs of recovered { at: 2026-10-31, arm: "red", by_data: "amber" }
  account never_red { health: 59 }
  band_runs of never_red { at: 2026-10-31, arm: "amber", by_data: "amber" }
  account left_and_fell { health: 59 }
  band_runs of left_and_fell { at: 2026-10-30, arm: "red", by_data: "red" }
  band_runs of left_and_fell { at: 2026-10-31, arm: "green", by_data: "green" }
  account unscored_now {}
  band_runs of unscored_now { at: 2026-10-31, arm: "red", by_data: "red" }
  expect enters in band.red
  expect on_the_border in band.amber
  expect recovers in band.red because "keep until health >= 60"
  expect recovered in band.amber
  expect never_red in band.amber
  expect left_and_fell in band.amber
  expect unscored_now in band.unscored
}
""",
    # a tier that is earned for the rest of the year and the whole next one
    "loyalty tier": """
table tier_runs of account from runs of tier starting 2024-12-31
segmentation tier "Loyalty tier" of account {
  segment gold "Gold" {
    when spend_12m >= 10_000
    keep until end of next calendar year
  }
  segment silver "Silver" {
    when spend_12m >= 1_000
    keep until end of next calendar year
  }
  otherwise base
}
test "to the end of next year" as of 2026-12-31 {
  account earned_early { spend_12m: 1 }
  tier_runs of earned_early { at: 2025-01-01, arm: "gold", by_data: "gold" }
  tier_runs of earned_early { at: 2026-12-30, arm: "gold", by_data: "base" }
  account earned_before { spend_12m: 1 }
  tier_runs of earned_before { at: 2024-12-31, arm: "gold", by_data: "gold" }
  tier_runs of earned_before { at: 2026-12-30, arm: "gold", by_data: "base" }
  account silver_meanwhile { spend_12m: 1 }
  tier_runs of silver_meanwhile { at: 2024-12-31, arm: "gold", by_data: "gold" }
  tier_runs of silver_meanwhile { at: 2025-06-30, arm: "gold", by_data: "silver" }
  tier_runs of silver_meanwhile { at: 2026-12-30, arm: "gold", by_data: "base" }
  account rises { spend_12m: 10_000 }
  tier_runs of rises { at: 2026-12-30, arm: "silver", by_data: "silver" }
  expect earned_early in tier.gold because "keep until end of next calendar year"
  expect earned_before in tier.base
  expect silver_meanwhile in tier.base
  expect rises in tier.gold
}
test "a day later" as of 2027-01-01 {
  account earned_early { spend_12m: 1 }
  tier_runs of earned_early { at: 2025-01-01, arm: "gold", by_data: "gold" }
  tier_runs of earned_early { at: 2026-12-31, arm: "gold", by_data: "base" }
  expect earned_early in tier.base
}
""",
    # whoever drops below the threshold has thirty days to come back
    "grace period": """
table standing_runs of account from runs of standing starting 2026-09-01
segmentation standing of account {
  segment good "In good standing" {
    when active_days >= 8
    keep for 30 days
  }
  otherwise lapsed
}
test "thirty days after the last good run" as of 2026-11-01 {
  account dropped_yesterday { active_days: 7 }
  standing_runs of dropped_yesterday { at: 2026-10-31, arm: "good", by_data: "good" }
  account last_day { active_days: 0 }
  standing_runs of last_day { at: 2026-10-02, arm: "good", by_data: "good" }
  standing_runs of last_day { at: 2026-10-31, arm: "good", by_data: "lapsed" }
  account day_after { active_days: 0 }
  standing_runs of day_after { at: 2026-10-01, arm: "good", by_data: "good" }
  standing_runs of day_after { at: 2026-10-31, arm: "good", by_data: "lapsed" }
  account came_back_once { active_days: 0 }
  standing_runs of came_back_once { at: 2026-09-05, arm: "good", by_data: "good" }
  standing_runs of came_back_once { at: 2026-10-10, arm: "lapsed", by_data: "lapsed" }
  standing_runs of came_back_once { at: 2026-10-20, arm: "good", by_data: "good" }
  standing_runs of came_back_once { at: 2026-10-31, arm: "good", by_data: "lapsed" }
  account never_good { active_days: 7 }
  expect dropped_yesterday in standing.good
  expect last_day in standing.good
  expect day_after in standing.lapsed
  expect came_back_once in standing.good
  expect never_good in standing.lapsed
}
""",
    # a queue that nobody leaves within two weeks of entering it
    "least stay": """
table care_runs of account from runs of care starting 2026-09-01
segmentation care of account {
  segment watch "Watch list" {
    when tickets >= 5
    stay at least 14 days
  }
  otherwise normal
}
test "two weeks from the first run of the stay" as of 2026-11-01 {
  account day_13 { tickets: 0 }
  care_runs of day_13 { at: 2026-10-01, arm: "normal", by_data: "normal" }
  care_runs of day_13 { at: 2026-10-19, arm: "watch", by_data: "watch" }
  account day_14 { tickets: 0 }
  care_runs of day_14 { at: 2026-10-01, arm: "normal", by_data: "normal" }
  care_runs of day_14 { at: 2026-10-18, arm: "watch", by_data: "watch" }
  account long_there { tickets: 5 }
  care_runs of long_there { at: 2026-09-01, arm: "watch", by_data: "watch" }
  account weekly_runs { tickets: 0 }
  care_runs of weekly_runs { at: 2026-10-11, arm: "watch", by_data: "watch" }
  care_runs of weekly_runs { at: 2026-10-25, arm: "watch", by_data: "normal" }
  account entered_again { tickets: 0 }
  care_runs of entered_again { at: 2026-10-01, arm: "watch", by_data: "watch" }
  care_runs of entered_again { at: 2026-10-20, arm: "normal", by_data: "normal" }
  care_runs of entered_again { at: 2026-10-25, arm: "watch", by_data: "watch" }
  expect day_13 in care.watch because "stay at least 14 days"
  expect day_14 in care.normal
  expect long_there in care.watch because "tickets >= 5"
  expect weekly_runs in care.normal
  expect entered_again in care.watch
}
""",
}


def workspace_of(definition: str) -> Workspace:
    return sound(build(Path(), Config(), [Source("model.seg", MODEL), Source("rules.seg", definition)], []))


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_customers_on_the_edges(name: str, evaluators: Evaluators) -> None:
    made = workspace_of(DEFINITIONS[name])
    results = list(run_tests(made.model.tests, made.model, made.zone, evaluators))
    assert results
    assert [(f.expected, f.actual) for r in results for f in r.failures] == []
    assert [render(d) for r in results for d in r.errors] == []


ALOUD = {
    "hysteresis": "- “Red”, if health is below 40; whoever the run before had in it is kept until health is at least 60;",
    "loyalty tier": "- “Gold”, if spend 12m is at least USD 10,000; whoever the run before had in it is kept until the end of "
    "the calendar year after that of the last run by whose data it was in;",
    "grace period": "- “In good standing”, if active days is at least 8; whoever the run before had in it is kept for 30 days "
    "after the last run by whose data it was in;",
    "least stay": "- “Watch list”, if tickets is at least 5; whoever the run before had in it is kept for at least 14 days;",
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_each_reads_aloud(name: str) -> None:
    (rule,) = workspace_of(DEFINITIONS[name]).model.segmentations.values()
    assert ALOUD[name] in english.of_rule(rule)


EXPLAINED = [
    ("hysteresis", "recovers", "recovers is in band.red \"Red\", kept; by today's data amber", "red at the run of 31 Oct 2026; health is 59"),
    ("hysteresis", "enters", 'enters is in band.red "Red"', "no run before; health is 39"),
    ("loyalty tier", "earned_early", "earned_early is in tier.gold \"Gold\", kept since 30 Dec 2026; by today's data base",
     "gold at the run of 30 Dec 2026; by its data last at that of 1 Jan 2025, so up to and with 31 Dec 2026"),
    ("grace period", "last_day", "last_day is in standing.good \"In good standing\", kept since 31 Oct 2026; by today's data lapsed",
     "good at the run of 31 Oct 2026; by its data last at that of 2 Oct 2026, so up to and with 1 Nov 2026"),
    ("grace period", "day_after", "day_after is in standing.lapsed", "by its data last at that of 1 Oct 2026, so up to and with 31 Oct 2026"),
    ("least stay", "entered_again", "entered_again is in care.watch \"Watch list\", kept; by today's data normal",
     "watch at the run of 25 Oct 2026; since that of 25 Oct 2026, so it can leave from 8 Nov 2026 on"),
    ("least stay", "weekly_runs", "weekly_runs is in care.normal", "since that of 11 Oct 2026, so it can leave from 25 Oct 2026 on"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "customer", "headline", "fact"), EXPLAINED)
def test_each_is_explained_with_its_runs(name: str, customer: str, headline: str, fact: str) -> None:
    made = workspace_of(DEFINITIONS[name])
    evaluator = evaluator_for(made.model.tests[0], made.model, clock_of(made.model.tests[0], made.zone))
    row = evaluator.world.by_key("account", customer)
    (rule,) = made.model.segmentations.values()
    assert row is not None
    told = as_text(explain(evaluator, rule, row)).split("\n")
    assert told[0] == headline
    assert any(line.endswith(fact) for line in told), told


@pytest.mark.parametrize("name", DEFINITIONS)
def test_before_the_starting_day_no_run_is_claimed_or_denied(name: str) -> None:
    made = workspace_of(DEFINITIONS[name])
    (rule,) = made.model.segmentations.values()
    (runs,) = (r for r in made.model.schema.relations.values() if r.runs_of == rule.name)
    assert runs.complete_from is not None
    for days, is_known in ((-1, False), (0, True)):
        now = dt.datetime.combine(runs.complete_from + dt.timedelta(days=days), dt.time())
        account = {"account_id": "a", "health": 50, "spend_12m": 0, "active_days": 0, "tickets": 0}
        evaluator = Evaluator(made.model, World(made.model.schema, {"account": [account]}, Clock(now, made.zone)))
        explained = as_text(explain(evaluator, rule, evaluator.world.rows("account")[0]))
        assert ("no run before" in explained) is is_known
        assert (f"runs of `{rule.name}` are read from" in explained) is not is_known
