"""Rules read aloud: every rule of the project in words that a person would say."""

from __future__ import annotations

import re

import pytest

from segdsl import ops
from segdsl.words import english
from segdsl.workspace.load import load_workspace, sound
from tests.support.answers import model_of
from tests.support.paths import ROOT
from tests.support.phrases import workspace_of

MODEL = """
entity company { id: text key  parent: link to company reverse children  arr: money(USD)  plan: text  vip: boolean  joined: date }
table dataset of company by company_id at made { size: integer  public: boolean  kind: text }
table staff_days of company by company_id at day { hours: integer }
calendar uk { weekend saturday, sunday }
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
    ("if vip then arr > 5 else plan = \"x\" end", "arr is above USD 5 if vip is true, else plan is “x”"),
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
