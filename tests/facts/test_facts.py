"""Facts of a rule, each asked of the room that answers it: earlier values, ranges, structural columns."""

from __future__ import annotations

from fractions import Fraction

import pytest

from segdsl.facts.past import Past, past_of, runs_remember
from segdsl.facts.ranges import range_of
from segdsl.facts.unknown import Why, doubts
from tests.support.answers import model_of

MODEL = """
entity account from joined to left_on {
  account_id: text key  joined: date  left_on: date  plan: text  founded: date fixed  parent: link to account
  reason: text known at left_on  seats: integer from 0 to 100  score: number  arr: money(JPY) required
}
entity site of account by account_id reverse sites { history from valid_from to valid_to  site_id: text key  size: integer }
details billing of account by account_id { total: money(USD) }
table tickets of account by account_id at opened_at { solved_at: timestamp  closed_at: timestamp known at closed_at  level: text  kind: text fixed }
table calls of account by account_id at called_at complete from 2026-01-01 { minutes: integer }
list strategic of account from "strategic.csv" { arm: text }
"""


@pytest.mark.parametrize(
    ("relation", "field", "past", "remembered"),
    [
        ("account", "account_id", Past.KNOWN, False), ("account", "joined", Past.KNOWN, True), ("account", "left_on", Past.ENDED, True),
        ("account", "plan", Past.OVERWRITTEN, True), ("account", "founded", Past.KNOWN, True), ("account", "parent", Past.OVERWRITTEN, True),
        ("account", "reason", Past.KNOWN, True), ("site", "size", Past.KNOWN, False), ("site", "account_id", Past.KNOWN, False),
        ("billing", "total", Past.OVERWRITTEN, True), ("billing", "account_id", Past.KNOWN, False),
        ("tickets", "opened_at", Past.KNOWN, False), ("tickets", "solved_at", Past.FILLED_IN, False), ("tickets", "closed_at", Past.KNOWN, False),
        ("tickets", "level", Past.AS_WRITTEN, False), ("tickets", "kind", Past.KNOWN, False), ("strategic", "arm", Past.KNOWN, False), ("strategic", "expires", Past.KNOWN, False),
    ],
)  # fmt: skip
def test_what_is_known_of_an_earlier_value(relation: str, field: str, past: Past, remembered: bool) -> None:
    described = model_of(MODEL).schema.relations[relation]
    assert past_of(described, field) is past
    assert runs_remember(described, field) is remembered


def test_structural_columns_and_their_subsets() -> None:
    relations = model_of(MODEL).schema.relations
    assert relations["account"].life == {"joined", "left_on"}
    assert relations["site"].existence == {"site_id", "valid_from", "valid_to"}
    assert relations["tickets"].placing == {"account_id", "opened_at"}
    assert relations["account"].lasting == {"account_id", "joined"}
    for relation in relations.values():
        parts = relation.placing | relation.existence | relation.life | relation.lasting
        assert relation.structural == parts


@pytest.mark.parametrize(
    ("number", "low", "high", "step"),
    [
        ("seats", 0, 100, 1), ("score", None, None, Fraction(1, 10**9)), ("arr", None, None, 1), ("count(calls)", 0, None, 1), ("share(calls having minutes > 1)", 0, 1, None),
        ("max(sites.size)", None, None, 1), ("average(calls.minutes)", None, None, None), ("seats * 2", None, None, None), ("seats / 2", None, None, None), ("distinct_days(calls)", 0, None, 1),
        ("count(latest 3 calls)", 0, 3, 1), ("count(latest 3 calls having minutes > 1)", 0, 3, 1), ("count_distinct(latest 5 tickets.level)", 0, 5, 1),
    ],
)  # fmt: skip
def test_ranges(number: str, low: int | None, high: int | None, step: Fraction | int | None) -> None:
    model = model_of(MODEL + f"metric m of account = {number}")
    found = range_of(model, model.metrics["m"].body)
    assert (found.low, found.high, found.step) == (low, high, step)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("plan = \"free\"", {Why.MISSING}), ("plan = \"free\" or plan is missing", set()), ("plan is not missing and plan = \"free\"", set()), ("arr > 5", set()),
        ("parent.arr > 5", {Why.DANGLING}), ("count(calls) > 3", {Why.GAP}), ("count(tickets) > 3", set()), ("any(tickets where level = \"x\")", {Why.MISSING}),
        ("count(tickets where level = \"x\") > 1", set()), ("max(calls.minutes) > 1", {Why.GAP, Why.NO_ROWS}), ("arr / seats > 1", {Why.MISSING, Why.DIVISOR}),
        ("(arr > 5 as of 2026-01-01)", {Why.NOT_YET}), ("count(tickets in last 7 days, zone: account.plan) > 1", {Why.MISSING, Why.ZONE}),
        ("count(tickets in last 7 days, zone: \"Europe/London\") > 1", set()), ("arr in top 10%", set()), ("sum(calls.minutes) > 1", {Why.GAP, Why.MISSING}),
    ],
)  # fmt: skip
def test_why_a_condition_may_be_unknown(condition: str, why: set[Why]) -> None:
    model = model_of(MODEL + f"segment s of account {{ when {condition} }}")
    assert {d.why for d in doubts(model, model.segments["s"].condition)} == why
