"""What the language has and this version doesn't evaluate: read, laid out, and answered with one message each."""

from __future__ import annotations

from pathlib import Path

import pytest

from segdsl.checks import checked
from segdsl.config import Config
from segdsl.diagnostics import Source, render
from segdsl.lang.format import format_text
from segdsl.workspace import build
from tests.conftest import HERE

MODEL = (HERE / "golden" / "model.seg").read_text(encoding="utf-8")
WHEN = "segment x of account {{ when {} }}"
LATER = [
    WHEN.format("arr in top 10%"),
    WHEN.format("arr in bottom 20 per region"),
    WHEN.format("arr in top 25% per region and plan = \"team\""),
    WHEN.format("rank(arr per region) <= 10"),
    WHEN.format("percentile(arr) > 0.5"),
    WHEN.format("quantile(arr, 5 per region) = 5"),
    WHEN.format("cumulative_share(arr) < 70%"),
    WHEN.format("count(all account per region) >= 10"),
    WHEN.format("(arr as of 28 days ago) > 5"),
    WHEN.format("every week for 4 weeks (arr > 5)"),
    WHEN.format("any day for 3 days (arr > 5)"),
    WHEN.format('split("salt") < 10%'),
    WHEN.format("change(users_count, 28 days, floor: 10) < -30%"),
    WHEN.format("scale(arr, 0: 0, 50: 100) > 5"),
    WHEN.format("distance_km(seats, seats, 51.5, -0.13) < 30"),
    WHEN.format("sum(family(parent).arr) > 5"),
    WHEN.format("root(parent).arr > 5"),
    WHEN.format('most_common(users.role) = "admin"'),
    WHEN.format("any(logins in last 60 days not followed by meetings within 3 days)"),
    WHEN.format("any(logins followed by meetings where level = \"exec\" within 3 days)"),
    WHEN.format("uk business days since renewal_date > 3"),
    WHEN.format("count(logins in last 30 days, zone: region) > 3"),
    "segment x of account { when arr > 5 limit 150 by arr per region }",
    "segmentation x candidate of motion of account { segment a { when arr > 5 } otherwise b }".replace("candidate of motion of account", "of account candidate of motion"),
    "segmentation x of account { overrides from named segment a { when arr > 5 } otherwise b }",
    'segmentation x of account { goal "g" measured by churned from 86% to 90% by 2026-12-31 segment a { when arr > 5 } otherwise b }',
    'list strategic of account from "strategic.csv" { arm: text }',
    "outcome churned of account = renewal_date in next 90 days",
    "score health of account { part a weight 3 = seats missing parts: unknown }",
    'calendar uk { weekend saturday, sunday holidays from "uk.csv" }',
    "experiment e { incumbent motion candidate motion_v2 backtest as of 2026-01-01 primary churned, lower is better }",
    "play p { channel: \"csm\" only when paying }",
    "entity site from a to b { k: text key a: date b: date history from p to q }",
    "table t of account by account_id at happened_at complete from 2020-01-01 { }",
    "entity site { k: text key price: number known at k }",
    "metric x of logins = minutes + 1",
]  # fmt: skip


@pytest.mark.parametrize("text", LATER)
def test_one_message_each(text: str) -> None:
    workspace = build(Path(), Config(), [Source("model.seg", MODEL), Source("rules.seg", text)], [])
    errors = [d for d in checked(workspace) if d.severity == "error"]
    assert [d.code for d in errors] == ["SEG0901"], "\n".join(render(d) for d in errors)
    assert format_text(Source("rules.seg", format_text(Source("rules.seg", text)))) == format_text(
        Source("rules.seg", text)
    )
