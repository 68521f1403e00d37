"""All that the language has: read, laid out and understood; what isn't evaluated yet is answered with one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from segdsl.diagnostics import Diagnostic, Source, render
from segdsl.lang.format import format_text
from segdsl.lint.checks import checked
from segdsl.workspace.config import Config
from segdsl.workspace.load import build
from tests.support.paths import GOLDENS

MODEL = (GOLDENS / "model.seg").read_text(encoding="utf-8")
WHEN = "segment x of account {{ when {} }}"
UNDERSTOOD = [
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
    'calendar uk { weekend saturday, sunday } ' + WHEN.format("uk business days since renewal_date > 3"),
    WHEN.format("distinct_days(logins in last 30 days, zone: device) > 3"),
    "segment x of account { when arr > 5 limit 150 by arr per region }",
    "segmentation x candidate of motion of account { segment a { when arr > 5 } otherwise b }".replace("candidate of motion of account", "of account candidate of motion"),
    'list named of account from "named.csv" { arm: text } segmentation x of account { overrides from named segment a { when arr > 5 } otherwise b }',
    'outcome churned of account = renewal_date in next 90 days segmentation x of account { goal "g" measured by churned from 86% to 90% by 2026-12-31 segment a { when arr > 5 } otherwise b }',
    'list strategic of account from "strategic.csv" { arm: text }',
    "outcome churned of account = renewal_date in next 90 days",
    "score health of account { part a weight 3 = seats missing parts: unknown }",
    'calendar uk { weekend saturday, sunday holidays from "uk.csv" } metric x of account = uk business days since renewal_date',
    "play p { channel: \"csm\" only when paying }",
    "entity site from a to b { k: text key a: date b: date history from p to q }",
    "table t of account by account_id at happened_at complete from 2020-01-01 { }",
    "entity site { k: text key price: number known at seen seen: date }",
    'metric x of logins = if device = "web" then 1 else 0 end',
]  # fmt: skip

PILOT = """outcome renewed of account = any(users.logins in next 90 days)
outcome called of account = any(users.logins in next 14 days)
metric before of account = count(users.logins in last 90 days)
segmentation tier of account {{ segment top {{ when arr >= 500 }} otherwise rest }}
segmentation tier_v2 of account {{ segment top {{ when arr >= 300 }} otherwise rest }}
segmentation tier_v3 of account {{ segment top {{ when arr >= 200 }} otherwise rest }}
experiment e {{ incumbent tier candidate tier_v2, tier_v3 {} primary renewed, higher is better, {} }}
"""
UNDERSTOOD += [
    PILOT.format(settings, wish)
    for settings, wish in (
        ('pilot seed "e" starts 2026-12-01', "detect 1 point"),
        ('pilot seed "e" starts 2026-12-01 until 2027-03-01, hashed like growthbook', "detect 5% in D"),
        (
            'pilot seed "e" starts 2026-12-01 holdout 5% seed "all" layer "mails" adjust by before delivery called',
            "worth 1_000 EUR each",
        ),
        (
            'pilot seed "e" starts 2026-12-01 looks as of 2027-04-01, 2027-05-01 at most 26 weeks, 400 accounts',
            "per before",
        ),
        ('pilot seed "e" starts 2026-12-01 looks any day at most 400 accounts winsorise at 99%', "detect 1 point"),
    )
]

LATER = [
    "outcome renewed of account = any(users.logins in next 90 days)\n"
    "segmentation tier of account { segment top { when arr >= 500 } otherwise rest }\n"
    "segmentation tier_v2 of account { segment top { when arr >= 300 } otherwise rest }\n"
    "segmentation tier_v3 of account { segment top { when arr >= 200 } otherwise rest }\n"
    "details exposures of account by account_id { arm: text }\n"
    f"experiment e {{ incumbent tier {what} primary renewed, higher is better }}"
    for what in (
        'candidate tier_v2, tier_v3 pilot from exposures(arm: arm, incumbent: "a", candidate: "b")',
        "candidate tier_v2 cluster by account_id replay from exposures(play: arm, probability: 50%)",
    )
]


def errors_of(text: str, folder: Path) -> list[Diagnostic]:
    (folder / "named.csv").write_text("account_id,arm,expires\na1,a,2026-12-31\n")
    (folder / "strategic.csv").write_text("account_id,arm\na1,big\n")
    (folder / "uk.csv").write_text("2026-12-25\n")
    workspace = build(folder, Config(), [Source("model.seg", MODEL), Source("rules.seg", text)], [])
    return [d for d in checked(workspace) if d.severity == "error"]


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_what_is_understood_is_laid_out_once(text: str, tmp_path: Path) -> None:
    assert [render(d) for d in errors_of(text, tmp_path)] == []
    once = format_text(Source("rules.seg", text))
    assert format_text(Source("rules.seg", once)) == once


@pytest.mark.parametrize("text", LATER)
def test_one_message_each(text: str, tmp_path: Path) -> None:
    assert [d.code for d in errors_of(text, tmp_path)] == ["SEG0901"]


@pytest.mark.parametrize(
    ("text", "code", "help"),
    [
        (
            WHEN.format('interests contains "cost"'),
            "SEG0307",
            'write: `interests has "cost"` (a set of texts is asked with `has`)',
        ),
        (WHEN.format('"cost" in interests'), "SEG0202", '`interests has "cost"`'),
        (WHEN.format('"team" in plan'), "SEG0202", '`plan = "team"`'),
        ('test "t" { account a { account_id: "a" arr: 5 } expect a.arr = 5 }', "SEG0203", "leave it out"),
    ],
)
def test_what_helps(text: str, code: str, help: str, tmp_path: Path) -> None:
    (found,) = errors_of(text, tmp_path)
    assert (found.code, help in (found.help or "")) == (code, True), found
