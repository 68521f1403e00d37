"""Advice: ignored with a reason, mended by `check --fix`, and what comes due by a day. Each lint's page has its own examples."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import pytest

from segdsl.diagnostics import Source
from segdsl.lint.checks import checked
from segdsl.workspace.config import Config
from segdsl.workspace.load import build
from tests.support.cli import call

MODEL = """
entity account from created_at { account_id: text key  created_at: timestamp  paying: boolean  arr: money(USD) required  country: text basis geographic }
table logins of account by account_id at happened_at { minutes: integer }
"""

DELIVERIES = "table deliveries of account from deliveries"
PLACES = "segment x of account { when paying play p } segment y of account { when arr > 5 play p }"
RUNS_OF_X = "table x_runs of account from runs of x starting 2026-11-01"
RUNS_OF_Y = "table y_runs of account from runs of y starting 2026-11-01"


def codes(rules: str) -> list[str]:
    return [d.code for d in checked(build(Path(), Config(), [Source("rules.seg", MODEL + rules)], []))]


@pytest.mark.parametrize(("rules", "found"), [
    ("segment x of account { when paying = true }", ["SEG0809"]), ("segment x of account { when true = paying }", ["SEG0809"]), ("segment x of account { when paying != false }", ["SEG0809"]),
    ("segment x of account { when paying = (arr > 5) }", []),
    ("metric m of account = arr * 2 segment x of account { when paying }", ["SEG0810"]), ('metric m "For people" of account = arr * 2 segment x of account { when paying }', []),
    ("metric m of account = arr * 2 metric n of account = m * 2 segment x of account { when n > 3 }", []), ("metric m of account = arr * 2", []),
    (f"{DELIVERIES} play p {{ }} {PLACES} {RUNS_OF_X}", ["SEG0829"]), (f"{DELIVERIES} play p {{ }} {PLACES} {RUNS_OF_X} {RUNS_OF_Y}", []),
    (f"play p {{ }} {PLACES}", []), (f"{DELIVERIES} play p {{ every 9 days }} {PLACES}", []), (f"{DELIVERIES} play p {{ once per stay }} {PLACES} {RUNS_OF_Y}", ["SEG0829"]),
    ("play p { } segment x of account { when paying }", ["SEG0810"]), ("play p { } segment x of account { when paying play p }", []),
    ("segment x of account { when arr > 5 and paying } segment y of account { when paying and not (arr <= 5) }", ["SEG0811"]),
    ("segment x of account { when arr > 5 and paying } segment y of account { when paying and arr >= 5 }", []),
    ("segment x of account where paying { when arr > 5 } segment y of account { when paying and arr > 5 }", ["SEG0811"]),
    ("segment x of account { when all(logins having minutes > 5) }", ["SEG0812"]), ("segment x of account { when any(logins) and all(logins having minutes > 5) }", []),
    ("segment x of account { when count(logins) > 3 and all(logins having minutes > 5) }", []), ("segment x of account { when all(latest 3 logins having minutes > 5) }", ["SEG0812"]), ("segment x of account { when all(latest 3 logins having minutes > 5) and last(logins.minutes) > 5 }", []),
    ('segment x of account { basis value when country = "DE" }', ["SEG0813"]), ('segment x of account { when country = "DE" }', []), ('segment x of account { basis geographic, value when country = "DE" }', []),
    ('segmentation x of account { goal "g" owner "o" review every 9 days basis value segment a { basis geographic when country = "DE" } segment b { when paying } undecided u otherwise c }', []),
    ('segmentation x of account { goal "g" owner "o" review every 9 days basis value segment a { basis geographic when paying } segment b { when country = "DE" } undecided u otherwise c }', ["SEG0813"]),
    ("segment x of account { when (arr > 5 as of now) }", []), ("segment x of account { when (arr > 5 as of 1 hour ago) }", ["SEG0804"]), ("segment x of account { when 0 < count(logins) }", ["SEG0803"]),
    ('metric x "X" of account = bands count(logins) { under 1: "none", under 5: "some", otherwise: "many" }', []),
    ("segment x of account { when none(logins in last 30 days) }", ["SEG0814"]), ("segment x of account { when none(logins in last 30 days) and days since created_at >= 30 }", []),
    ("segment x of account { when any(logins in last 7 days) and none(logins from 50 days ago until 7 days ago) and paying }", ["SEG0814"]),
    ("segment x of account { when none(logins in last 30 days) and paying }", []), ("segment x of account { when none(logins) }", []),
])  # fmt: skip
def test_told_or_not(rules: str, found: list[str]) -> None:
    assert codes(rules) == found


@pytest.mark.parametrize(("rules", "found"), [
    ("segment x of account { when created_at <= 2026-10-31 }", ["SEG0822"]), ("segment x of account { when created_at < 2026-10-31 }", []), ("segment x of account { when 2026-10-31 < created_at }", ["SEG0822"]),
    ("segment x of account { when created_at between 2026-10-01 and 2026-10-31 }", ["SEG0822"]), ("segment x of account { when created_at != 2026-10-31 }", ["SEG0822"]),
    ("segment x of account { when count(logins) / count(logins where minutes > 1) >= 90 }", ["SEG0825"]), ("segment x of account { when count(logins) / count(logins where minutes > 1) >= 90% }", []), ("segment x of account { when count(logins) / 30 >= 90 }", []),
    ("metric use of account = count(logins) / count(logins where minutes > 1) segment x of account { when 100 <= use }", ["SEG0825"]), ("segment x of account { when count(logins) / count(logins where minutes > 1) >= 5 }", []),
    ("segment x of account where paying { when arr in top 10% and count(all account) > 5 }", ["SEG0826"]), ("segment x of account where paying { when arr in top 10% and count(all account where paying) > 5 }", []), ("segment x of account { when arr in top 10% and count(all account) > 5 }", []),
    ("segment x of account { when any(latest 2 logins where minutes > 5) }", ["SEG0827"]), ("segment x of account { when share(latest 2 logins where minutes > 5 having minutes > 9) > 50% }", ["SEG0827"]),
    ("segment x of account { when any(latest 2 logins having minutes > 5) }", []), ("segment x of account { when max(latest 2 logins.minutes where minutes > 5) > 9 }", []), ("segment x of account { when last(logins.minutes where minutes > 5) > 9 }", []),
    ("segment x of account { when arr in (50,000) }", ["SEG0105"]), ("segment x of account { when arr in (50, 0, 0.5) }", []),
    ('segment x of account { when country = "" }', ["SEG0824"]), ('segment x of account { when "" != country }', ["SEG0824"]), ('segment x of account { when country in ("DE", "") }', ["SEG0824"]), ('segment x of account { when country contains "" }', []),
    ('segment x of account { when country matches "^Mobile" }', ["SEG0823"]), ('segment x of account { when country matches "(a|b)$" }', ["SEG0823"]), ('segment x of account { when country matches "^DE$" }', ["SEG0823"]),
    ('segment x of account { when country = "*north*" }', ["SEG0828"]), ('segment x of account { when "D%" != country }', ["SEG0828"]), ('segment x of account { when country = "a*b" }', []), ('segment x of account { when country = "*" }', []),
    ('segment x of account { when country contains pattern "^Mobile" }', []), ('segment x of account { when country matches "a\\\\$" }', []), ('segment x of account { when country matches "[^a]b" }', []),
    ("segment x of account { when created_at <= 2026-10-31T10:00Z }", []), ("segment x of account { when created_at in last 3 days }", []),
    ("# segdsl: ignore SEG0803 because the report shows it\nsegment x of account { when count(logins) > 0 }", []),
    ("segment x of account { when count(logins) > 0 } # segdsl: ignore SEG0803 because the report shows it", []),
    ("# segdsl: ignore SEG0803 because so\n# another remark\nsegment x of account { when count(logins) > 0 }", []),
    ("# segdsl: ignore SEG0803, SEG0809 because so\nsegment x of account { when count(logins) > 0 and paying = true }", []),
    ("# segdsl: ignore SEG0803\nsegment x of account { when count(logins) > 0 }", ["SEG0815", "SEG0803"]),
    ("# segdsl: ignore because I say so\nsegment x of account { when count(logins) > 0 }", ["SEG0815", "SEG0803"]),
    ("# segdsl: ignore SEG0809 because so\nsegment x of account { when count(logins) > 0 }", ["SEG0816", "SEG0803"]),
    ("# segdsl: ignore SEG0803 because so\n\nsegment x of account { when count(logins) > 0 }", ["SEG0816", "SEG0803"]),
    ("# segdsl: ignore SEG0201 because so\nsegment x of account { when nothing > 0 }", ["SEG0201"]),
])  # fmt: skip
def test_ignored_with_a_reason(rules: str, found: list[str]) -> None:
    """Only advice, only on its line, only with a reason; an error is told as ever."""
    assert codes(rules) == found


def written(folder: Path, rules: str) -> Path:
    (folder / "segdsl.toml").write_text("[workspace]\nname = 't'\n")
    (folder / "rules.seg").write_text(MODEL + rules)
    return folder / "rules.seg"


def test_fix_mends_advice_and_leaves_errors(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "# é: first\nsegment x of account { when count(logins) > 0 and paying = false }\nsegment y of account { when ar > 5 }\n",
    )
    result = call("check", "--fix", cwd=tmp_path)
    # advice from the model is given where there is no error
    assert result.exit_code == 1 and "SEG0201" in result.output and "ar > 5" in file.read_text(), result.output
    file.write_text(file.read_text().replace("ar > 5", "arr > 5"))
    result = call("check", "--fix", "--strict", cwd=tmp_path)
    assert result.exit_code == 0 and "mended 1 finding in rules.seg" in result.output, result.output
    assert file.read_text().endswith(
        "# é: first\nsegment x of account { when any(logins) and not paying }\nsegment y of account { when arr > 5 }\n"
    )


def test_what_would_change_for_somebody_is_told_and_not_mended(tmp_path: Path) -> None:
    """A login whose minutes are missing isn't counted, and leaves `any` open."""
    rules = "segment x of account { when count(logins where minutes > 5) > 0 }\n"
    file = written(tmp_path, rules)
    result = call("check", "--fix", cwd=tmp_path)
    assert "SEG0803" in result.output and "mended" not in result.output and file.read_text().endswith(rules)


@pytest.mark.parametrize(("every", "due"), [
    ("1 month", "28 Feb 2026"), ("13 months", "28 Feb 2027"), ("25 months", "29 Feb 2028"), ("30 days", "2 Mar 2026"), ("2 weeks", "14 Feb 2026"), ("1 year", "31 Jan 2027"),
])  # fmt: skip
def test_a_review_is_due_on_a_day_of_the_calendar(tmp_path: Path, every: str, due: str) -> None:
    """Months clamp, as everywhere."""
    written(tmp_path, f"segment x of account {{ review every {every}, last on 2026-01-31 when paying }}")
    assert f"the review of `x` was due on {due}" in call("check", "--as-of", "2029-01-01", cwd=tmp_path).output


def test_a_review_of_the_last_day_of_the_calendar_is_not_due(tmp_path: Path) -> None:
    written(tmp_path, "segment x of account { review every 998 years, last on 9999-12-31 when paying }")
    assert "SEG0817" not in call("check", "--as-of", "8999-01-01", cwd=tmp_path).output


def test_a_score_that_nothing_uses_is_called_one() -> None:
    rules = "score s of account { part a weight 1 = count(logins) missing parts: unknown } segment x of account { when paying }"
    (found,) = checked(build(Path(), Config(), [Source("rules.seg", MODEL + rules)], []))
    assert found.message == "nothing uses the score `s`"


def test_what_is_due_by_a_day(tmp_path: Path) -> None:
    written(
        tmp_path,
        'segment x of account { review every 90 days, last on 2026-10-01 when paying }\nlist some of account from "some.csv" { }\nsegment y of account { when account in some }',
    )
    (tmp_path / "some.csv").write_text("account_id,expires\na,2026-01-31\nb,2026-12-31\nc,\n")
    assert "SEG081" not in call("check", cwd=tmp_path).output
    found = call("check", "--as-of", "2026-12-30", cwd=tmp_path).output
    assert "SEG0817" not in found and "1 row has expired in the list `some`, the last on 31 Jan 2026" in found, found
    found = call("check", "--as-of", "2027-01-01", cwd=tmp_path).output
    assert "the review of `x` was due on 30 Dec 2026" in found and "2 rows have expired" in found, found


def test_what_a_run_finds_odd(tmp_path: Path) -> None:
    """Nobody or everybody among a thousand, and a window that begins before its table; of fewer rows nothing is said."""
    written(tmp_path, "segment none_of_them of account { when arr > 1_000_000 }\nsegment all_of_them of account { when count(logins in last 90 days) >= 0 }\nsegment some of account { when arr >= 500 }")  # fmt: skip
    (tmp_path / "segdsl.toml").write_text('[workspace]\nname = "t"\n[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\nlogins = "l.csv"\n')  # fmt: skip
    for n in (1_000, 999):
        (tmp_path / "a.csv").write_text("account_id,created_at,arr\n" + "".join(f"a{i},2020-01-01,{i}\n" for i in range(n)))  # fmt: skip
        (tmp_path / "l.csv").write_text("account_id,happened_at\n" + f"a1,2026-10-{3:02}\n" * n)
        shown = call("run", "--as-of", "2026-11-01", "--no-ledger", cwd=tmp_path).output
        told = [
            "warning[SEG0715]: nobody is in `none_of_them`",
            "warning[SEG0715]: everybody is in `all_of_them`",
            "warning[SEG0716]: `logins` begins on 3 Oct 2026, and `count(logins in last 90 days)` looks back to 3 Aug 2026",
        ]
        assert [t for t in told if t in shown] == (told if n == 1_000 else []) and "`some`" not in shown, shown


def test_an_arm_that_a_list_fills_is_said_so(tmp_path: Path) -> None:
    rules = """
list named of account from "named.csv" { arm: text }
segmentation x of account { goal "g" owner "o" basis value review every 90 days overrides from named segment a { when arr > 5 and arr < 3 } otherwise c }
"""
    (tmp_path / "named.csv").write_text("account_id,arm\n1,a\n", encoding="utf-8")
    workspace = build(tmp_path, Config(), [Source("rules.seg", MODEL + rules)], [])
    (advice,) = checked(workspace)
    assert advice.message == "nobody can ever be in `x.a`, except customers whom the list names"


def test_one_outcome_with_two_worths_names_both_lines() -> None:
    from segdsl.lint.worth import find
    from segdsl.model.experiment import Experiment, External, Measure

    def worth(amount: int, outcome: str = "left", name: str = "e") -> Experiment:
        return Experiment(
            name,
            "account",
            "a",
            ("b",),
            Measure(outcome, "lower", worth=(Fraction(amount), "USD")),
            cast(External, None),
        )

    def found(*experiments: Experiment) -> list[str]:
        model = build(Path(), Config(), [Source("rules.seg", MODEL)], []).model
        assert model is not None
        return [d.message for d in find(replace(model, experiments={str(i): e for i, e in enumerate(experiments)}))]

    assert found(worth(900), worth(900, name="f")) == found(worth(900), worth(20, "paid")) == []
    assert found(worth(900), worth(20, name="f")) == ["one `left` is worth USD 20 in `f`, but USD 900 in `e`"]
