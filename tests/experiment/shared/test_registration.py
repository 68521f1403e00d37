"""What an experiment registers has the same fingerprint for good: evidence in git is bound to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.registrations import EXPERIMENTS, MODEL, fingerprint

# Of `assigned…` computed by the version before designs became types of their own, from the same declarations. The others look into the past, and
# have had another since they are bound to what the data is declared to be: a field declared `fixed` after a run was promoted as if nothing had changed.
FINGERPRINTS = {
    "backtest": "258967747109bce6",
    "backtest_alone": "b006c8e1762f3899",
    "assigned": "1f0feed5cded6c1c",
    "assigned_in_weeks": "bceca715e7b92222",
    "assigned_any_day": "c00986dc3808a990",
    "external": "b7b5f0bf643801d5",
    "external_since": "8df951e1589b1ecf",
    "replay": "73ef71aecb43c8fd",
    "replay_of_days": "aa04f6934ddd2210",
}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_same_declaration_has_the_same_fingerprint_for_good(tmp_path: Path, name: str) -> None:
    assert fingerprint(tmp_path, name, EXPERIMENTS[name]) == FINGERPRINTS[name]


@pytest.mark.parametrize(("name", "before", "after"), [
    ("backtest", "2025-06-01", "2025-06-02"), ("backtest", "cluster by parent", ""), ("backtest", "within 3 days", "within 4 days"),
    ("assigned", 'seed "a"', 'seed "z"'), ("assigned_in_weeks", "until 2026-03-02", "until 2026-03-09"), ("assigned_in_weeks", "2026-07-01", "2026-07-02"),
    ("assigned_in_weeks", "holdout 5%", "holdout 6%"), ("assigned_in_weeks", 'layer "motion"', ""), ("assigned_in_weeks", "400 accounts", "500 accounts"),
    ("assigned_in_weeks", "adjust by before", ""), ("assigned_in_weeks", "at 99%", "at 98%"), ("assigned_in_weeks", "delivery called", ""),
    ("assigned_any_day", ", hashed like growthbook", ""), ("assigned_any_day", "looks any day", ""), ("external_since", "share: 30%", "share: 40%"),
    ("external_since", ", at: since", ""), ("external_since", "adjust by before", ""), ("replay", "1/3", "1/2"), ("replay_of_days", "2025-05-01", "2025-06-01"),
    ("replay_of_days", ', chosen: "half"', ""), ("replay_of_days", "worse by 5%", "worse by 6%"),
])  # fmt: skip
def test_another_declaration_has_another(tmp_path: Path, name: str, before: str, after: str) -> None:
    changed = EXPERIMENTS[name].replace(before, after)
    assert changed != EXPERIMENTS[name] and fingerprint(tmp_path, name, changed) != FINGERPRINTS[name]


@pytest.mark.parametrize(("name", "before", "after", "is_another"), [
    ("backtest", "arr: money(USD) fixed", "arr: money(USD)", True), ("backtest", "from created_at to ended_at", "from created_at", True),
    ("replay", "arr: money(USD) fixed", "arr: money(USD) known at created_at", True), ("backtest", "tier: text fixed", "tier: text", False),
    ("assigned", "arr: money(USD) fixed", "arr: money(USD)", False),
])  # fmt: skip
def test_what_the_data_is_declared_to_be_is_registered_where_it_is_asked_of_the_past(
    tmp_path: Path, name: str, before: str, after: str, is_another: bool
) -> None:
    """Of the fields that are reached."""
    assert before in MODEL
    found = fingerprint(tmp_path, name, EXPERIMENTS[name], MODEL.replace(before, after))
    assert (found != FINGERPRINTS[name]) == is_another


@pytest.mark.parametrize(("name", "before", "after"), [
    ("backtest", "A title is not registered", "Another"), ("backtest", "at most 12 weeks, 400 accounts", ""), ("external", "  ", "\n"),
])  # fmt: skip
def test_what_decides_nothing_is_not_registered(tmp_path: Path, name: str, before: str, after: str) -> None:
    changed = EXPERIMENTS[name].replace(before, after)
    assert changed != EXPERIMENTS[name] and fingerprint(tmp_path, name, changed) == FINGERPRINTS[name]
