"""The day that commands are as of: today for what is published, that of the data for what only looks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.support.cli import as_json, call

MODEL = "entity a { id: text key }  table ev of a by id at t { }  segment quiet of a { when none(ev in last 30 days) }"
OLD = "id,t\nx,2024-12-31 10:00\ny,2024-12-20 09:00\n"


def workspace(folder: Path, events: str, toml: str = "") -> Path:
    (folder / "m.seg").write_text(MODEL, encoding="utf-8")
    (folder / "a.csv").write_text("id\nx\ny\nz\n", encoding="utf-8")
    (folder / "ev.csv").write_text(events, encoding="utf-8")
    tables = '[sources.default.tables]\na = "a.csv"\nev = "ev.csv"\n'
    (folder / "segdsl.toml").write_text(f"[sources.default]\n{toml}\n{tables}", encoding="utf-8")
    return folder


def days_ago(count: int) -> str:
    return f"{dt.datetime.now(dt.UTC).date() - dt.timedelta(days=count)}"


@pytest.mark.parametrize(
    ("events", "toml", "as_of"),
    [
        (OLD, "", "2025-01-01"),  # the day after the newest row
        (OLD, "snapshot = 2025-01-05", "2025-01-05"),
        (f"{OLD}z,2099-01-01 00:00\n", "", "2025-01-01"),  # what lies ahead is not the newest
        ("id,t\n", "", days_ago(0)),
        (f"id,t\nx,{days_ago(3)} 10:00\n", "", days_ago(0)),  # a weekend is not old
    ],
)
def test_commands_that_look_go_by_the_day_of_the_data(events: str, toml: str, as_of: str, tmp_path: Path) -> None:
    workspace(tmp_path, events, toml)
    tried = as_json(call("try", "none(ev in last 30 days)", "--format", "json", cwd=tmp_path))
    assert tried["as_of"].startswith(as_of)
    explained = as_json(call("explain", "x", "quiet", "--format", "json", cwd=tmp_path))
    assert explained["as_of"].startswith(as_of)


def test_the_day_is_said_with_its_reason(tmp_path: Path) -> None:
    workspace(tmp_path, OLD)
    result = call("try", "none(ev in last 30 days)", cwd=tmp_path)
    assert "1 of 3 as (33.3%)" in result.output
    assert "the day after the newest row of `ev`; for another one: --as-of today" in result.stderr


def test_what_is_published_goes_by_today_and_says_that_windows_are_empty(tmp_path: Path) -> None:
    workspace(tmp_path, OLD)
    result = call("run", "--format", "json", cwd=tmp_path)
    record = as_json(result)
    assert record["as_of"].startswith(days_ago(0))
    assert record["rules"]["quiet"]["in"] == 3
    shown = call("run", cwd=tmp_path).output
    assert "no row of `ev` is in the window of `none(ev in last 30 days)`" in shown
    assert "--as-of 2025-01-01 is the day after them" in shown
    assert "SEG0719" not in call("run", "--as-of", "2025-01-01", cwd=tmp_path).output


@pytest.mark.parametrize(("word", "days"), [("today", 0), ("yesterday", 1)])
def test_days_by_their_words(word: str, days: int, tmp_path: Path) -> None:
    workspace(tmp_path, OLD)
    record = as_json(call("try", "true", "--as-of", word, "--format", "json", cwd=tmp_path))
    assert record["as_of"].startswith(days_ago(days))
