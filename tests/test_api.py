"""The Python API: frames in, a frame out, errors with their diagnostics."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import segdsl
from segdsl import DataError, NotAWorkspace, RulesError
from segdsl.workspace.load import sound

TEXT = """
entity account { account_id: text key  arr: money(USD)  plan: one of ("free", "team") }
entity user of account by account_id { user_id: text key }
table logins of user by user_id at occurred_at { }
segment active of account { when any(logins in last 7 days) }
segmentation size of account { segment big { when arr >= 100 } otherwise small }
segment loner of user { when account.plan = "free" }
"""
FRAMES = {
    "account": pd.DataFrame(
        {"account_id": ["a", "b", "c"], "arr": [100.0, 99.99, None], "plan": ["free", "team", None]}
    ),
    "user": pd.DataFrame({"user_id": ["u", "v"], "account_id": ["a", "b"]}),
    "logins": pd.DataFrame({"user_id": ["u", "v"], "occurred_at": pd.to_datetime(["2026-10-31", "2026-09-01"])}),
}


def test_evaluate() -> None:
    rules = segdsl.loads(TEXT)
    frame = rules.evaluate(FRAMES, as_of="2026-11-01", entity="account")
    assert list(frame.columns) == ["entity_id", "size", "size_status", "active"]
    assert frame["size"].fillna("").tolist() == ["big", "small", ""]
    assert frame["size_status"].tolist() == ["assigned", "assigned", "unknown"]
    assert frame["active"].dtype == "boolean"
    assert frame["active"].tolist() == [True, False, False]
    assert rules.evaluate(FRAMES, as_of="2026-11-01", entity="user")["loner"].tolist() == [True, False]


def test_explain() -> None:
    (first, _) = segdsl.loads(TEXT).explain("c", FRAMES, as_of="2026-11-01")
    assert (first.rule, first.status, first.reasons) == ("size", "unknown", ("`arr` is missing",))


def test_what_a_caller_needs_is_in_the_package_itself() -> None:
    assert all(getattr(segdsl, name) for name in segdsl.__all__)
    assert all(issubclass(e, segdsl.Refusal) for e in (NotAWorkspace, RulesError, DataError))
    with pytest.raises(AttributeError, match="no attribute 'Model'"):
        segdsl.Model  # noqa: B018


def test_errors_carry_their_diagnostics(tmp_path: Path) -> None:
    with pytest.raises(NotAWorkspace, match=r"no segdsl\.toml"):
        segdsl.load(tmp_path)
    with pytest.raises(RulesError) as wrong:
        segdsl.loads("segment x of account { when arr > 5 }").evaluate({})
    assert [d.code for d in wrong.value.diagnostics] == ["SEG0202"]
    with pytest.raises(RulesError, match="2 entities"):
        segdsl.loads(TEXT).evaluate(FRAMES)
    with pytest.raises(RulesError, match="no segment or segmentation `x`"):
        segdsl.loads(TEXT).evaluate(FRAMES, rules=["x"])
    with pytest.raises(RulesError, match="is no date"):
        segdsl.loads(TEXT).evaluate(FRAMES, as_of="soon", entity="account")
    with pytest.raises(RulesError, match="has the key or name `zz`"):
        segdsl.loads(TEXT).explain("zz", FRAMES)
    with pytest.raises(DataError, match="no data for `logins`"):
        segdsl.loads(TEXT).evaluate({"account": FRAMES["account"], "user": FRAMES["user"]}, entity="account")


def test_frames_are_not_changed_and_caller_settings_neither() -> None:
    import sys

    before, limit = FRAMES["account"].copy(), sys.getrecursionlimit()
    segdsl.loads(TEXT).evaluate(FRAMES, as_of="2026-11-01", entity="account")
    pd.testing.assert_frame_equal(FRAMES["account"], before)
    assert sys.getrecursionlimit() == limit


def test_load_finds_the_workspace_above() -> None:
    assert "motion" in sound(segdsl.load("rules").workspace).model.segmentations


HISTORY = """
entity site { history from since to until  site_id: text key  size: integer }
segment large of site { when size > 10 }
segment was_large of site { when (size as of 2026-01-01) > 10 }
"""


@pytest.mark.slow
def test_an_entity_with_history_has_one_row_at_a_time() -> None:
    rules = segdsl.loads(HISTORY)
    rows = {
        "site_id": ["a", "a", "b"],
        "size": [20, 5, 30],
        "since": [None, "2026-06-01", "2026-02-01"],
        "until": ["2026-06-01", None, None],
    }
    frame = rules.evaluate({"site": pd.DataFrame(rows)}, as_of="2026-11-01")
    assert frame["entity_id"].tolist() == ["a", "b"]
    assert frame["large"].tolist() == [False, True]
    assert frame["was_large"].tolist() == [True, pd.NA]
    rows["until"][0] = "2026-07-01"
    with pytest.raises(DataError, match="1 key of `site` have two rows that are valid at one time"):
        rules.evaluate({"site": pd.DataFrame(rows)}, as_of="2026-11-01")
