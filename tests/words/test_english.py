"""Rules read aloud: every rule of the project in words that a person would say."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest

from segdsl import ops
from segdsl.model.clock import Clock
from segdsl.words import english
from segdsl.words.explain import written
from segdsl.workspace.load import load_workspace, sound
from tests.support.answers import model_of
from tests.support.paths import ROOT
from tests.support.phrases import workspace_of

MODEL = """
entity company { id: text key  parent: link to company reverse children  arr: money(USD)  plan: text  vip: boolean  joined: date
  seats: integer  lat: real  lon: real
  tier: ordered one of ("bronze", "silver")  tags: set of text  choice: set of text }
details facts of company by company_id { level: ordered one of ("a", "b") }
segment big of company { when arr > 5 }
table dataset of company by company_id at made {
  size: integer  public: boolean  kind: text  seen_on: date  by_company: link to company reverse own_datasets }
table staff_days of company by company_id at day { hours: integer }
calendar uk { weekend saturday, sunday }
segmentation t of company { segment a { when arr > 5 } otherwise b }
table t_runs of company from runs of t starting 2026-10-01
"""
SAID = [
    ("none(dataset in last 6 months)", "there are no datasets in the last 6 months"),
    ("count(all company where plan = company.plan) > 3", "the number of all companies where plan is its own plan is above 3"),
    ("count(all company per plan) > 3", "the number of all companies of the same plan is above 3"),
    ("sum(family(parent).arr) > 5", "the sum of arr of all companies of the same family is above USD 5"),
    ("any(dataset where kind in (\"a\", \"b\"))", "there are datasets where kind is “a” or “b”"),
    ("uk business days since joined > 10", "the number of business days (uk) since joined is above 10"),
    ("share(dataset having size >= 9) - share(dataset having size <= 6) > 10%", "(the share of datasets where size is at least 9) minus (the share of datasets where size is at most 6) is above 10 %"),
    ("share(dataset where public having size > 9) > 10%", "the share where size is above 9 among datasets where public is true is above 10 %"),
    ("vip and not (plan is missing)", "vip is true and plan is known"),
    ("not vip", "vip is false"),
    ("vip = true", "vip is true"),
    ("any(latest 2 dataset having public)", "at least one of the latest 2 datasets is one where public is true"),
    ("any(latest 1 dataset having size > 3)", "the latest dataset is one where size is above 3"),
    ("last(dataset.size) > 3", "the size of the latest dataset is above 3"),
    ("arr >= 20_000", "arr is at least USD 20,000"),
    ("joined in next 30 days", "joined is in the next 30 days"),
    ("joined in last fiscal quarter", "joined is in the last fiscal quarter"),
    ("year of joined = 2026", "the year of joined is 2026"),
    ("days since joined >= 30", "the number of days since joined is at least 30"),
    ("none(staff_days)", "there are no staff days"),
    ("count_distinct(dataset.kind) > 2", "the number of different kinds of datasets is above 2"),
    ("tier >= \"silver\"", "tier is at least “silver”"),
    ("\"silver\" <= parent.tier", "“silver” is at most the parent's tier"),
    ("facts.level < \"b\"", "the facts' level is below “b”"),
    ("parent.arr > 5", "the parent's arr is above USD 5"),
    ("any(dataset where by_company.arr > 5)", "there are datasets where the company's arr is above USD 5"),
    ("days since last(dataset.seen_on) > 3", "the number of days since the date (seen on) of the latest dataset is above 3"),
    ("tags has \"a\" and tags has any (\"a\", \"b\")", "tags include “a” and tags include any of “a”, “b”"),
    ("choice has \"a\"", "choice includes “a”"),
    ("bands arr { under 1_000: \"low\", otherwise: \"high\", missing: \"none\" } = \"low\"", "the band of arr (“low” under 1,000, else “high”, “none” if it is missing) is “low”"),
    ("not (parent in big)", "the parent is not in big"),
    ("every week for 3 weeks (vip) and not (company in big as of 3 days ago)", "vip is true in every week of the last 3 weeks and the company is not in big (as of 3 days ago)"),
    ("every day for 3 days (vip and arr > 5)", "(vip is true and arr is above USD 5) on every day of the last 3 days"),
    ("last(dataset.kind) = \"a\" for 3 days", "the kind of the latest dataset is “a” and has been so for 3 days"),
    ("percentile(arr per parent.plan) > 50%", "the share of customers of the same parent's plan for whom arr is smaller is above 50 %"),
    ("quantile(arr, 5) = 5", "the group from 1 (smallest) to 5 that arr falls into is 5"),
    ("if vip then arr > 5 else plan = \"x\" end", "arr is above USD 5 if vip is true, else plan is “x”"),
    ("distance_km(lat, lon, 52.52, -13.405) < 1_000.50", "the distance in km from (lat, lon) to (52.52, -13.405) is below 1,000.50"),
    ("seats * 1.19 > 25%", "seats times 1.19 is above 25 %"),
    ("seats + 0.25 > 12.5%", "seats plus 0.25 is above 12.5 %"),
    ("seats in (0.25, 1.50, 150%, -0.5%)", "seats is 0.25, 1.50, 150 % or -0.5 %"),
    ("arr > 1.50", "arr is above USD 1.50"),
    ("seats / 3 between 0.5 and 1.25", "(seats divided by 3) is between 0.5 and 1.25"),
    ("scale(seats, 1.25: 0, 2.75: 33%) > 1", "seats scaled from 1.25 to 0, 2.75 to 33 % is above 1"),
    ("round(seats / 3, to: 0.25) = round(seats, to: 1_000)", "(seats divided by 3), rounded to 0.25 is seats, rounded to 1,000"),
    ("change(seats, 7 days, floor: 1.25) < -30%", "the change of seats over 7 days is below -30 %"),
    ("bands lat { under 48.50: 1.25, otherwise: 2.5 } = 1.25", "the band of lat (1.25 under 48.50, else 2.5) is 1.25"),
    ("split(\"x\") < 0.25", "the share drawn for id by the salt \"x\" is below 0.25"),
    ("count(latest 3 dataset having size > 3) = 3", "the number where size is above 3 among the latest 3 datasets is 3"),
    ("count(latest 3 dataset where size > 3) = 3", "the number of the latest 3 of the datasets where size is above 3 is 3"),
    ("count(latest 3 dataset where public having size > 3) = 3", "the number where size is above 3 among the latest 3 of the datasets where public is true is 3"),
    ("count(latest 1 dataset having size > 3) = 1", "the number where size is above 3 among the latest dataset is 1"),
    ("count(dataset where public having size > 3) = 3", "the number of datasets where (public is true and size is above 3) is 3"),
    ("share(latest 3 dataset having public) > 50%", "the share where public is true among the latest 3 datasets is above 50 %"),
    ("sum(latest 3 dataset.size where public) > 5", "the sum of size of the latest 3 of the datasets where public is true is above 5"),
    ("none(latest 3 dataset having public)", "none of the latest 3 datasets is one where public is true"),
    ("none(latest 1 dataset having public)", "it is not so that the latest dataset is one where public is true"),
    ("none(latest 3 dataset where public)", "there are no datasets where public is true"),
    ("none(latest 3 dataset)", "there are no datasets"),
    ("all(latest 3 dataset having public)", "of each of the latest 3 datasets, public is true"),
    ("all(latest 3 dataset where size > 3 having public)", "of each of the latest 3 of the datasets where size is above 3, public is true"),
    ("all(latest 1 dataset having public)", "of the latest dataset, public is true"),
    ("all(dataset in last 3 days having public)", "of all datasets in the last 3 days, public is true"),
    ("any(latest 2 dataset having public and size > 3)", "at least one of the latest 2 datasets is one where (public is true and size is above 3)"),
    ("any(dataset where public) and vip", "there are datasets where public is true and vip is true"),
    ("any(dataset where public and size > 3) and vip", "there are datasets where (public is true and size is above 3) and vip is true"),
    ("not (vip and arr > 5) and plan = \"x\"", "it is not so that (vip is true and arr is above USD 5) and plan is “x”"),
    ("not (vip and arr > 5 and plan = \"x\")", "it is not so that (vip is true, and arr is above USD 5, and plan is “x”)"),
    ("not (vip or arr > 5) or not (arr > 9)", "it is not so that (vip is true or arr is above USD 5) or it is not so that arr is above USD 9"),
    ("not (if vip then arr > 5 else arr > 9 end)", "it is not so that (arr is above USD 5 if vip is true, else arr is above USD 9)"),
    ("rank(arr per plan) < 3", "the rank of arr among those of the same plan is below 3"),
    ("rank(arr) < 3", "the rank of arr is below 3"),
    ("quantile(arr, 4 per plan) = 4", "the group from 1 (smallest) to 4 that arr falls into among those of the same plan is 4"),
    ("cumulative_share(arr per plan) < 0.5", "the share of all arr held by customers with more among those of the same plan is below 0.5"),
    ("last(t_runs.as_of) > 3 days ago", "the time (as of) of the latest t run is after 3 days ago"),
    ("arr in top 12.5%", "arr is in the top 12.5 %"),
    ("seats = 123456789012345678901234567890", "seats is 123,456,789,012,345,678,901,234,567,890"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "words"), SAID)
def test_a_condition_is_said_in_english(condition: str, words: str) -> None:
    model = model_of(MODEL + f"segment s of company {{ when {condition} }}")
    assert english.of_rule(model.segments["s"]) == [f"Of companies: those for which {words}."]


def test_no_rule_of_the_project_stumbles() -> None:
    folders = (ROOT, ROOT / "examples" / "gallery", ROOT / "examples" / "complete_journey")
    models = [sound(load_workspace(f)).model for f in folders]
    models += [workspace_of(p).model for p in ops.phrases().values()]
    said = [
        line for m in models for r in (*m.segments.values(), *m.segmentations.values()) for line in english.of_rule(r)
    ]
    said += [english.of_metric(metric) for m in models for metric in m.metrics.values()]
    stumbles = [
        line
        for line in said
        if re.search(r"\b(\w+) \1\b|\b(of|the|is|are) (of|is|are)\b|  |of each \w+s\b(?<!ss)", line)
    ]
    assert len(said) > 80 and not stumbles, stumbles


PERIODS = [
    ("n30 > 1", ["in the last 30 days: from 2 Oct 2026 until 1 Nov 2026"]),
    ("(n30 as of 2026-10-20) > 1", ["in the last 30 days (as of 20 Oct 2026): from 20 Sep 2026 until 20 Oct 2026"]),
    ("(count(dataset in last 30 days) as of 7 days ago) > 1", ["in the last 30 days (as of 25 Oct 2026): from 25 Sep 2026 until 25 Oct 2026"]),
    ("(n30 as of 2026-10-20) < n30", ["in the last 30 days: from 2 Oct 2026 until 1 Nov 2026", "in the last 30 days (as of 20 Oct 2026): from 20 Sep 2026 until 20 Oct 2026"]),
    ("((joined in last calendar month) as of 2026-06-05)", ["in the last calendar month (as of 5 Jun 2026): from 1 May 2026 until 1 Jun 2026"]),
    ("((older > 1) as of 2026-10-20)", ["in the last 30 days (as of 20 Sep 2026): from 21 Aug 2026 until 20 Sep 2026"]),
    ("(company in recent as of 2026-10-20)", ["in the last 7 days (as of 20 Oct 2026): from 13 Oct 2026 until 20 Oct 2026"]),
    ("change(n30, 7 days, floor: 1) < -30%", ["in the last 30 days: from 2 Oct 2026 until 1 Nov 2026"]),
    ("every week for 2 weeks (any(dataset in last 7 days))", ["in the last 7 days: from 25 Oct 2026 until 1 Nov 2026"]),
    ("((n30 as of 2026-10-20) between 1 and 3)", ["in the last 30 days (as of 20 Oct 2026): from 20 Sep 2026 until 20 Oct 2026"]),
    ("any(dataset where any(by_company.dataset in last 2 days))", ["in the last 2 days: from 30 Oct 2026 until 1 Nov 2026"]),
]  # fmt: skip
READ = """metric n30 of company = count(dataset in last 30 days)
metric older of company = (n30 as of 30 days ago)
segment recent of company { when any(dataset in last 7 days) }
"""


@pytest.mark.parametrize(("condition", "dates"), PERIODS)
def test_the_dates_of_windows_are_those_of_the_day_as_of_which_they_are_read(condition: str, dates: list[str]) -> None:
    model = model_of(MODEL + READ + f"segment s of company {{ when {condition} }}")
    clock = Clock.at(dt.date(2026, 11, 1), ZoneInfo("Europe/Berlin"))
    assert english.periods(model, model.definition("s"), clock) == dates


SCORES = [
    ("missing parts: share out up to 3", "the weights of missing parts, up to 3 in all, fall to the others"),
    ("missing parts: share out up to 50%", "the weights of missing parts, up to 2.5 in all, fall to the others"),
    ("missing parts: unknown", "missing if a part is missing"),
    ("missing parts: count as 50", "a missing part counts as 50"),
    ("missing parts: count as 0.25", "a missing part counts as 0.25"),
    ("missing parts: count as 50%", "a missing part counts as 50 %"),
    ("missing parts: unknown\n cap 40 when arr > 50", "missing if a part is missing; at most 40 if arr is above USD 50"),
    ("missing parts: unknown\n cap 40 when vip\n cap 70.5 when not vip or seats < 10", "missing if a part is missing; at most 40 if vip is true; at most 70.5 if vip is false or seats is below 10"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "words"), SCORES)
def test_a_score_is_said_with_its_caps_and_what_becomes_of_missing_parts(declared: str, words: str) -> None:
    model = model_of(
        MODEL + f"score s of company {{ part a weight 3 = seats part b weight 2 = seats * 2\n {declared} }}"
    )
    said = english.of_metric(model.metrics["s"])
    assert (
        said
        == f"S of each company: the weighted mean of a with weight 3 (seats) and b with weight 2 (seats times 2); {words}."
    )


KEPT = [
    ("when arr > 5\n keep for 3 days", "arr > 5 or keep for 3 days"),
    ("when arr > 5 and vip\n keep until not vip\n stay at least 2 days", "arr > 5 and vip or keep until not vip or stay at least 2 days"),
    ("when arr > 5 or vip\n keep for 3 days", "arr > 5 or vip or keep for 3 days"),
    ("when arr > 5 or vip", "arr > 5 or vip"),
]  # fmt: skip


@pytest.mark.parametrize(("arm", "text"), KEPT)
def test_what_keeps_a_customer_is_written_beside_when_with_an_or(arm: str, text: str) -> None:
    runs = "table runs_of_r of company from runs of r starting 2026-10-01\n"
    model = model_of(MODEL + runs + f"segmentation r of company {{ segment a {{ {arm} }} otherwise b }}")
    condition = model.segmentations["r"].arms[0].condition
    assert condition is not None and written(condition) == text
