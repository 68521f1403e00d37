"""A backtest from end to end: figures recomputed by pandas from the files, bad input named, and the demo's truth found."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from segdsl.experiment.history import judge
from segdsl.experiment.shared.cells import Cell
from segdsl.report.content.backtest import grows
from tests.support.backtests import EXPERIMENT, MODEL, RULES, TOML, data, made
from tests.support.cli import call
from tests.support.places import placed

ORIGINS = ("2025-04-01", "2025-07-01", "2025-10-01")


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    return data()


def told(folder: Path, name: str = "e", code: int | None = None) -> Any:
    result = call("experiment", "run", name, "--format", "json", cwd=folder)
    assert code is None or result.exit_code == code, result.output
    return json.loads(result.stdout)


# -- by pandas, from the files ----------------------------------------------------------


def looked(tables: tuple[pd.DataFrame, pd.DataFrame], day: str) -> pd.DataFrame:
    """Who is where as of a day, and what happened in the 90 days from it."""
    accounts, logins = tables
    t = pd.Timestamp(day)
    there = accounts[(accounts["created_at"] <= t) & ~(accounts["ended_at"] <= t) & accounts["region"].notna()].copy()
    seen = logins[logins["at"] < t]

    def count(days: int) -> Any:
        within = seen[seen["at"] >= t - pd.Timedelta(days=days)].groupby("account_id").size()
        return there["account_id"].map(within).fillna(0)

    there["a"] = np.where(count(30) == 0, "quiet", "rest")
    there["b"] = np.select([count(90) == 0, count(90) <= 2], ["silent", "rare"], "rest")
    there["y"] = ((there["ended_at"] >= t) & (there["ended_at"] < t + pd.Timedelta(days=90))).astype(float)
    there["kept"] = np.where(there["y"] == 1, (there["ended_at"] - t).dt.days, 90).astype(float)
    later = logins[(logins["at"] >= t) & (logins["at"] < t + pd.Timedelta(days=90))].groupby("account_id").size()
    there["uses"] = there["account_id"].map(later).fillna(0).astype(float)
    return there


def by_pandas(
    tables: tuple[pd.DataFrame, pd.DataFrame],
    y: str = "y",
    cluster: bool = False,
    m: float = 20,
    looked: Callable[[tuple[pd.DataFrame, pd.DataFrame], str], pd.DataFrame] = looked,
) -> dict[str, float]:
    parts, variances, sizes = [], [], []
    for day in ORIGINS:
        t = pd.Timestamp(day)
        before, now = looked(tables, str((t - pd.Timedelta(days=90)).date())), looked(tables, day)
        for side in ("a", "b"):
            by = before.groupby(side)[y].agg(["sum", "count"])
            rate = (by["sum"] + m * before[y].mean()) / (by["count"] + m)
            now[f"r_{side}"] = now[side].map(rate).fillna(before[y].mean())
        now["d"] = (now[y] - now["r_a"]) ** 2 - (now[y] - now["r_b"]) ** 2
        parts.append(now)
        variances.append(before[y].var(ddof=0))
        sizes.append(len(now))
    every = pd.concat(parts)
    who = every["parent"].where(every["parent"].notna(), every["account_id"]) if cluster else every["account_id"]
    by = every.groupby(who)["d"].agg(["sum", "count"])
    delta, n, units = every["d"].mean(), len(every), len(by)
    se = math.sqrt(units / (units - 1) * ((by["sum"] - delta * by["count"]) ** 2).sum()) / n
    return {
        "estimate": delta,
        "se": se,
        "customer_days": n,
        "clusters": units,
        "variance": float(np.average(variances, weights=sizes)),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcome", "y", "cluster"),
    [("gone", "y", False), ("gone", "y", True), ("uses", "uses", False), ("kept", "kept", True)],
)
def test_the_figures_are_those_of_pandas(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], outcome: str, y: str, cluster: bool
) -> None:
    text = MODEL + RULES + EXPERIMENT.replace("gone", outcome).replace("detect 5%", "detect 40%")
    if cluster:
        text = text.replace("candidate new backtest", "candidate new cluster by parent backtest")
    found = told(made(tmp_path, tables, text))["primary"]
    expected = by_pandas(tables, y, cluster)
    assert {k: found[k] for k in expected} == pytest.approx(expected, rel=1e-9)
    assert found["low"] < found["estimate"] < found["high"] and found["method"] == "t"


@pytest.mark.slow
def test_a_better_candidate_is_sent_to_a_pilot(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    folder = made(tmp_path, tables, (MODEL + RULES + EXPERIMENT).replace("detect 5%", "detect 2%"))
    found = told(folder)
    assert (
        found["evidence"] == "backtest"
        and found["primary"]["outcome"] == "gone"
        and set(found["validity"]) >= {"leakage", "maturity", "survivorship"}
    )
    assert all(c["ok"] for c in found["validity"].values()), found["validity"]
    assert found["verdict"] in ("PROMOTE TO PILOT", "KEEP", "NOT ANSWERABLE"), found
    kept = json.loads((folder / "experiments" / "evidence" / "e.json").read_text(encoding="utf-8"))
    assert kept["candidates"]["new"]["verdict"] == found["verdict"]


# -- rules that keep, as if run ------------------------------------------------------------

KEEPING = """
table old_runs of account from runs of old starting 2025-12-01
segmentation old of account where region is not missing {
  segment quiet { when none(logins in last 30 days) keep until count(logins in last 30 days) >= 3 play call }
  otherwise rest
}
segmentation new of account where region is not missing candidate of old {
  segment silent { when none(logins in last 90 days) keep for 60 days play call }
  segment rare { when count(logins in last 90 days) <= 2 stay at least 28 days }
  otherwise rest
}
"""
AS_IF_RUN = EXPERIMENT.replace("primary", "as if run every week since 2024-09-01 primary").replace("5%", "40%")


@dataclass
class Place:
    """Where a customer was at its last run by each rule; when its data last said `silent`, and since when it has been `rare`."""

    a: str
    b: str
    said_silent: pd.Timestamp | None
    rare_since: pd.Timestamp | None


def walked(tables: tuple[pd.DataFrame, pd.DataFrame], day: str) -> pd.DataFrame:
    """As `looked`, with rules that keep: a run each week, each remembering what the one before it said."""
    until, places = pd.Timestamp(day), dict[str, Place]()
    for t in [*pd.date_range("2024-09-01", until - pd.Timedelta(days=1), freq="7D"), until]:
        there = looked(tables, str(t.date()))
        seen = tables[1][tables[1]["at"] < t]
        counts = {
            days: there["account_id"]
            .map(seen[seen["at"] >= t - pd.Timedelta(days=days)].groupby("account_id").size())
            .fillna(0)
            for days in (30, 90)
        }
        for key, n30, n90 in zip(there["account_id"], counts[30], counts[90]):
            was = places.get(key)
            a = "quiet" if n30 == 0 or (was is not None and was.a == "quiet" and n30 < 3) else "rest"
            kept_silent = was is not None and was.b == "silent" and was.said_silent is not None
            kept_silent = kept_silent and t <= was.said_silent + pd.Timedelta(days=60)
            kept_rare = was is not None and was.b == "rare" and t < was.rare_since + pd.Timedelta(days=28)
            b = "silent" if n90 == 0 or kept_silent else "rare" if n90 <= 2 or kept_rare else "rest"
            said = t if n90 == 0 else was.said_silent if was is not None else None
            since = None if b != "rare" else was.rare_since if was is not None and was.b == "rare" else t
            places[key] = Place(a, b, said, since)
    there["a"] = there["account_id"].map(lambda key: places[key].a)
    there["b"] = there["account_id"].map(lambda key: places[key].b)
    return there


@pytest.mark.long
def test_rules_that_keep_are_judged_as_if_run(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    folder = made(tmp_path, tables, MODEL + KEEPING + AS_IF_RUN)
    found = told(folder)
    expected = by_pandas(tables, looked=walked)
    assert {k: found["primary"][k] for k in expected} == pytest.approx(expected, rel=1e-9)
    assert expected != pytest.approx(by_pandas(tables), rel=1e-3), "keeping makes a difference"
    assert found["as_if_run"] == {"since": "2024-09-01", "every": {"count": 1, "unit": "week"}}
    assert found["validity"]["runs"] == {"ok": True, "said": "both are judged as if run every week since 1 Sep 2024"}
    assert (
        ", as if each had been run every week since 1 Sep 2024, by what was known then" in found["in_words"]["compared"]
    )
    assert found["assumed"] == ["account.region (fixed)"]

    text = (MODEL + KEEPING + AS_IF_RUN).replace("every week", "every 2 weeks")
    (folder / "rules.seg").write_text(text, encoding="utf-8")
    assert told(folder)["evidence"] == "exploratory", "the runs that are supposed are registered"


@pytest.mark.slow
@pytest.mark.parametrize(("clause", "said"), [
    ("", "no run of `old` is recorded, and the first rates are learned as of 1 Jan 2025: write `as if run every week since 2024-01-01` below `backtest`"),
    ("as if run every month since 2025-02-01", "both are judged as if run every month since 1 Feb 2025, and the first rates are learned as of 1 Jan 2025: write `as if run every month since 2024-01-01` below `backtest`"),
])  # fmt: skip
def test_runs_that_are_not_known_judge_nobody(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], clause: str, said: str
) -> None:
    few = tables[0].head(60), tables[1][tables[1]["account_id"].isin(tables[0]["account_id"].head(60))]
    found = told(made(tmp_path, few, MODEL + KEEPING + EXPERIMENT.replace("primary", f"{clause} primary")), code=3)
    assert found["verdict"] == "INVALID" and found["primary"] is None
    assert found["validity"]["runs"] == {"ok": False, "said": said}
    known = [name for name, c in found["validity"].items() if not c["ok"]]
    assert known == ["runs"]


def test_runs_are_supposed_of_backtests_alone(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    pilot = 'experiment e { incumbent old candidate new pilot seed "x" starts 2026-02-01 as if run every day since 2025-01-01 '
    folder = made(tmp_path, tables, MODEL + RULES + pilot + "primary gone, lower is better, detect 5% }")
    found = json.loads(call("check", "--format", "json", cwd=folder).stdout)["diagnostics"]
    assert [d["message"] for d in found if d["severity"] == "error"] == ["`as if run` is a setting of backtests"]


# -- bad input ------------------------------------------------------------------------

OLD = "segment quiet { when none(logins in last 30 days) play call }"


@pytest.mark.long
@pytest.mark.parametrize(("change", "verdict", "check", "said"), [
    ((OLD, "segment quiet { when plan = \"free\" play call }"), "INVALID", "leakage", "`account.plan` is overwritten"),
    ((OLD, "segment quiet { when ended_at is not missing play call }"), "INVALID", "leakage", "`account.ended_at` is only known once it has happened"),
    ((OLD, "segment quiet { when any(logins where left_at is missing) play call }"), "INVALID", "leakage", "`logins.left_at` is filled in later"),
    ((OLD, "segment quiet { when parent.region = \"n\" play call }"), "INVALID", "leakage", "`account.parent` is overwritten"),
    (("from created_at to ended_at", "from created_at"), "INVALID", "outcome", "`account.ended_at` is overwritten"),
    (("from created_at to ended_at", ""), "INVALID", "survivorship", "`account` has no life"),
    (("gone of account = ended_at is not missing and", "gone of account = plan = \"free\" and"), "INVALID", "outcome", "`account.plan` is overwritten"),
    (("gone of account = ended_at is not missing and ended_at", "gone of account = ended_at"), "INVALID", "outcomes", "outcomes are missing"),
    (("2025-10-01 primary", "2025-12-31 primary"), "INVALID", "maturity", "the last outcome window ends on 2026-03-31, the data on 2026-01-01"),
    (("2025-10-01 primary", "2025-10-01 reported within 7 days primary"), "INVALID", "maturity", "ends on 2026-01-06"),
    (("new of account where region is not missing", "new of account where region = \"n\""), "INVALID", "population", "outside of one of the two, but not of the other"),
    (("2025-04-01, 2025-07-01", "2024-06-20, 2025-07-01"), "NOT ANSWERABLE", "learning", "too little to learn from: 0 customers before 2024-06-20; at least 30 customers and 5 of either outcome"),
    (("2025-04-01, 2025-07-01", "2023-04-01, 2025-07-01"), "INVALID", "customers", "nobody is inside as of 2023-04-01"),
    (("candidate new backtest", "candidate new cluster by region backtest"), "NOT ANSWERABLE", "clusters", "2 independent units; at least 6 are needed"),
    (("segment silent { when none(logins in last 90 days) play call }\n  segment rare { when count(logins in last 90 days) <= 2 }", "segment hush { when count(logins in last 30 days) = 0 play call }"), "INVALID", "difference", "in the same way"),
    (("detect 5%", "detect 0.01%"), "NOT ANSWERABLE", "", "is found with a chance of"),
], ids=["overwritten", "ends", "later_filled", "linked", "overwritten_end", "no_life", "overwritten_outcome", "missing_outcomes",
        "immature", "reported_late", "population", "too_few_to_learn", "nobody", "few_clusters", "no_difference", "too_small"])  # fmt: skip
def test_what_cannot_be_judged_has_no_figure(
    tmp_path: Path,
    tables: tuple[pd.DataFrame, pd.DataFrame],
    change: tuple[str, str],
    verdict: str,
    check: str,
    said: str,
) -> None:
    text = MODEL + RULES + EXPERIMENT
    assert change[0] in text
    folder = made(tmp_path, tables, text.replace(*change))
    found = told(folder, code=3 if verdict == "INVALID" else 1)
    assert (found["verdict"], found["primary"]) == (verdict, None)
    assert check == "" or not found["validity"][check]["ok"]
    assert said in found["sentence"] and "by_origin" not in found and "segments" not in found
    shown = call("experiment", "run", "e", cwd=folder).output
    assert verdict in shown and said in shown and "gain in skill" not in shown


@pytest.mark.parametrize(("change", "code", "said"), [
    (("2025-07-01, ", "2025-05-01, "), "SEG0904", "is only known on 2025-06-30"),
    (("2025-07-01, ", "2025-04-01, "), "SEG0904", "in order"),
    (("2025-10-01", "9999-12-31"), "SEG0904", "9999-12-31 is not a plausible day of the data"),
    (("2025-10-01", "2025-13-01"), "SEG0106", "not a date in the calendar"),
    (("candidate new", "candidate old"), "SEG0903", "the candidate `old` is also the incumbent"),
    (("candidate new", "candidate new, new"), "SEG0903", "named twice"),
    (("lower is better, ", ""), "SEG0903", "which direction is better"),
    ((", detect 5%", ""), "SEG0903", "no `detect`"),
    (("candidate new", "candidate " + ", ".join(f"c{i}" for i in range(40))), "SEG0903", "40 candidates; the most is 20"),
    (("detect 5%", "detect 5 points"), "SEG0903", "not a gain in skill"),
    (("detect 5%", "detect 5% in D"), "SEG0903", "not a gain in skill"),
    (("detect 5%", "detect 5"), "SEG0903", "not a gain in skill"),
    (("detect 5%", "detect 0%"), "SEG0903", "more than 0"),
    (("detect 5%", "detect 5%, detect 6%"), "SEG0902", "given twice"),
    (("detect 5%", "detect 5% guardrail uses, higher is better, not worse by 5%"), "SEG0903", "no guardrails"),
    (("detect 5%", "detect 5% primary uses, higher is better, detect 5%"), "SEG0902", "`primary` is given twice"),
    (("detect 5%", "detect 5% alpha 60%"), "SEG0903", "`alpha` must be between"),
    (("detect 5%", "detect 5% power 20%"), "SEG0903", "`power` must be between"),
    (("incumbent old", "incumbent older"), "SEG0202", "unknown segmentation `older`"),
    (("primary gone", "primary gon"), "SEG0201", "unknown outcome `gon`"),
    (("incumbent old ", ""), "SEG0902", "no `incumbent`"),
    (("incumbent old ", "incumbent old incumbent old "), "SEG0902", "given twice"),
    (("backtest as of 2025-04-01", "at most 26 weeks, 400 shops backtest as of 2025-04-01"), "SEG0903", "the unit of this experiment is the account"),
    (("backtest as of", "cluster by nobody backtest as of"), "SEG0201", "unknown field `nobody`"),
    (("primary", "as if run every week since 2025-04-01 primary"), "SEG0904", "2025-04-01 isn't a plausible day before 2025-04-01, the first origin"),
    (("primary", "as if run every day since 2022-04-01 primary"), "SEG0727", "`e` has more than 1,000 runs"),
    (("primary", "as if run every 3 hours since 2025-01-01 primary"), "SEG0903", "rules run once a day at most"),
    (("primary", "as if run every weeks since 2025-01-01 primary"), "SEG0903", "rules run once a day at most"),
    (("primary", "as if run every 0 days since 2025-01-01 primary"), "SEG0903", "rules run once a day at most"),
    (("primary", "as if run every day since 2025-01-01 as if run every week since 2025-01-01 primary"), "SEG0902", "`as if run` is given twice"),
    (("experiment e ", EXPERIMENT + "experiment e "), "SEG0203", "two experiments are called `e`"),
])  # fmt: skip
def test_what_is_declared_wrong_is_said_before_anything_runs(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], change: tuple[str, str], code: str, said: str
) -> None:
    text = EXPERIMENT
    assert change[0] in text
    folder = made(tmp_path, tables, MODEL + RULES + text.replace(change[0], change[1], 1))
    found = json.loads(call("check", "--format", "json", cwd=folder).stdout)["diagnostics"]
    errors = [(d["code"], d["message"]) for d in found if d["severity"] == "error"]
    assert [c for c, _ in errors] == [code] and said in errors[0][1], errors
    assert call("experiment", "run", "e", cwd=folder).exit_code == 1


@pytest.mark.long
@pytest.mark.parametrize(("last", "snapshot", "check", "said"), [
    ("2025-12-31", "", "", ""),  # what the newest row says
    ("2025-11-01", "", "maturity", "ends on 2025-12-30, the data on 2025-11-01"),
    ("2025-11-01", "snapshot = 2026-01-01", "", ""),  # somebody says so
    ("2025-09-01", "snapshot = 2026-01-01", "freshness", "the newest of `logins` is of 2025-08-31"),
])  # fmt: skip
def test_an_old_export_is_no_outcome(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], last: str, snapshot: str, check: str, said: str
) -> None:
    """Without rows of the window everybody would have stayed away."""
    accounts, logins = tables
    folder = made(
        tmp_path,
        (accounts, logins[logins["at"] < pd.Timestamp(last)]),
        MODEL + RULES + EXPERIMENT.replace("gone", "uses").replace("detect 5%", "detect 40%"),
    )
    (folder / "segdsl.toml").write_text(TOML.replace("snapshot = 2026-01-01", snapshot), encoding="utf-8")
    found = told(folder, code=3 if check else None)
    assert {n for n, c in found["validity"].items() if not c["ok"]} == ({check} if check else set())
    assert said in found["sentence"]


def test_no_such_experiment(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    result = call("experiment", "run", "f", cwd=made(tmp_path, tables))
    assert result.exit_code == 2 and "`f` is no experiment" in result.output and "there is `e`" in result.output


@pytest.mark.long
def test_a_change_after_the_first_run_is_exploratory(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    text = MODEL + RULES + EXPERIMENT.replace("detect 5%", "detect 40%")
    folder = made(tmp_path, tables, text)
    assert told(folder)["evidence"] == "backtest"
    laid_out = "# a remark\n" + text.replace("experiment e {", 'experiment e "A title" {\n\n')
    (folder / "rules.seg").write_text(laid_out, encoding="utf-8")
    assert told(folder)["evidence"] == "backtest"
    for changed in (
        ("detect 40%", "detect 41%"),
        ("<= 2 }", "<= 3 }"),
        ("90 days play call", "80 days play call"),
        ("lower is better", "higher is better"),
    ):
        (folder / "rules.seg").write_text(
            text.replace(*changed).replace("last 90 days) play call", "last 90 days)"), encoding="utf-8"
        )
        assert told(folder)["evidence"] == "exploratory", changed
    (folder / "rules.seg").write_text(text, encoding="utf-8")
    assert told(folder)["evidence"] == "backtest"
    (folder / "experiments" / "evidence" / "e.json").write_text("{", encoding="utf-8")
    broken = call("experiment", "run", "e", cwd=folder)
    assert broken.exit_code == 3 and "no evidence of an experiment" in broken.output and "git" in broken.output


@pytest.mark.long
def test_a_run_that_shows_no_outcome_leaves_the_registration_open(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Neither INVALID nor NOT ANSWERABLE; what has shown one stays bound to what was registered then, whatever comes after."""
    text = MODEL + RULES + EXPERIMENT
    overwritten = text.replace("none(logins in last 30 days)", 'plan = "free"')
    too_small, shown = text.replace("detect 5%", "detect 0.01%"), text.replace("detect 5%", "detect 40%")
    folder = made(tmp_path, tables, overwritten)
    for rules, verdict, evidence in [
        (overwritten, "INVALID", "backtest"), (too_small, "NOT ANSWERABLE", "backtest"), (shown, "PROMOTE TO PILOT", "backtest"),
        (too_small, "NOT ANSWERABLE", "exploratory"), (text.replace("detect 5%", "detect 41%"), "KEEP", "exploratory"), (shown, "PROMOTE TO PILOT", "backtest"),
    ]:  # fmt: skip
        (folder / "rules.seg").write_text(rules, encoding="utf-8")
        found = told(folder)
        assert (found["verdict"], found["evidence"]) == (verdict, evidence), (rules[-60:], found["sentence"])


@pytest.mark.parametrize(("outcomes", "enough"), [
    ([0.0] * 25 + [1.0] * 5, True), ([0.0] * 24 + [1.0] * 5, False), ([0.0] * 96 + [1.0] * 4, False), ([1.0] * 96 + [0.0] * 4, False),
    ([0.0] * 500, False), ([0.0] * 20 + [3.0] * 10, True), ([], False),
])  # fmt: skip
def test_rates_of_too_few_are_none(outcomes: list[float], enough: bool) -> None:
    y = np.array(outcomes)
    cell = Cell(len(y), len(y), float(y.mean()) if len(y) else 0.0, float(y.var() * len(y)) if len(y) else 0.0)
    assert judge.has_taught({("a", "b"): cell}) == enough


@pytest.mark.slow
@pytest.mark.parametrize(("share", "verdict"), [(1.0, "INVALID"), (0.5, "INVALID"), (0.0, "")])
def test_a_fixed_field_that_was_written_later_is_found(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], share: float, verdict: str
) -> None:
    """`flag` is "has left by today" of a share of the accounts that have; of share 0 it is drawn, and as good as `region`."""
    accounts, logins = tables[0].copy(), tables[1]
    rng = np.random.default_rng(5)
    gone = accounts["ended_at"].notna() & (rng.random(len(accounts)) < share)
    accounts["flag"] = gone if share else rng.random(len(accounts)) < 0.2
    text = (MODEL + RULES + EXPERIMENT).replace("seats: integer", "seats: integer  flag: boolean fixed")
    text = text.replace("segment silent { when", "segment silent { when flag or").replace("detect 5%", "detect 1%")
    found = told(made(tmp_path, (accounts, logins), text))
    assert "account.flag (fixed)" in found["assumed"] and "account.region (fixed)" in found["assumed"]
    check = found["validity"]["fixed"]
    assert check["ok"] == (verdict != "INVALID") and (verdict == "" or found["verdict"] == verdict), found["sentence"]
    if verdict:
        assert "`flag` true as of 2025-10-01 none is left on 2026-01-01" in found["sentence"] and check["p"] < 0.001


EXPORTS = TOML.replace('"accounts.csv"', '"accounts-{as_of}.csv"')


@pytest.mark.slow
@pytest.mark.parametrize(("moved", "lost", "said"), [
    (0, 0, ""), (3, 0, "3 accounts had another `account.region` in the export of 1 Mar 2025: what changes isn't `fixed`"), (0, 1, "1 account had another"),
    (2, 1, "3 accounts had another"),
])  # fmt: skip
def test_a_fixed_field_that_was_another_in_the_oldest_export_is_found(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], moved: int, lost: int, said: str
) -> None:
    """Of customers that are in both; one that was missing had another value, too."""
    accounts, _ = tables
    older = accounts[accounts["created_at"] < pd.Timestamp("2025-03-01")].iloc[5:].copy()
    there = older.index[older["region"].notna()]
    older.loc[there[:moved], "region"] = older["region"][there[:moved]].map({"n": "s", "s": "n"})
    older.loc[there[moved : moved + lost], "region"] = None
    folder = made(tmp_path, tables, MODEL + RULES + EXPERIMENT.replace("detect 5%", "detect 1%"))
    (folder / "segdsl.toml").write_text(EXPORTS, encoding="utf-8")
    for day, frame in (("2025-03-01", older), ("2025-09-01", accounts), ("2026-01-01", accounts)):
        frame.to_csv(folder / f"accounts-{day}.csv", index=False)
    found = told(folder)
    check = found["validity"]["unchanged"]
    assert check["ok"] == (not said) and said in check["said"], check
    assert (found["verdict"] == "INVALID") == bool(said) and (not said or "unchanged" in found["reason"])
    assert not said or said in call("experiment", "design", "e", cwd=folder).output


@pytest.mark.long
def test_a_fixed_field_that_runs_remember_otherwise_is_found(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """It was declared `fixed` from the beginning; once it has changed, runs that read what the experiment reads take nothing back."""
    accounts = tables[0].copy()
    folder = made(tmp_path, tables, MODEL + RULES + EXPERIMENT.replace("detect 5%", "detect 1%"))
    accounts.loc[accounts.index[accounts["region"] == "n"][:4], "region"] = "s"
    assert "unchanged" not in told(folder)["validity"]
    for day, exported, differ in (
        ("2025-11-01", tables[0], 0),
        ("2025-12-01", accounts, 4),
        ("2026-01-01", accounts, 4),
    ):
        exported.to_csv(folder / "accounts.csv", index=False)
        assert call("run", "old", "--as-of", day, "-o", "out.csv", cwd=folder).exit_code == 0
        found = told(folder)["validity"]["unchanged"]
        assert found["ok"] == (not differ), (day, found)
        assert not differ or "4 accounts had another `account.region` in an earlier run" in found["said"]


@pytest.mark.slow
def test_what_the_data_is_declared_to_be_is_registered(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """A field that a rule reads becomes `fixed` after an outcome was shown."""
    text = MODEL + RULES + EXPERIMENT.replace("gone", "uses")
    folder = made(tmp_path, tables, text)
    assert told(folder)["evidence"] == "backtest"
    for changed, evidence in [
        (("seats: integer", "seats: integer fixed"), "backtest"),  # nothing reads it
        (("region: text fixed", "region: text known at created_at"), "exploratory"),
    ]:
        (folder / "rules.seg").write_text(text.replace(*changed), encoding="utf-8")
        assert told(folder)["evidence"] == evidence, changed


@pytest.mark.slow
def test_other_experiments_on_the_same_windows_are_counted(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    later = EXPERIMENT.replace("experiment e ", "experiment later ").replace("2025-04-01, 2025-07-01, ", "")
    other = EXPERIMENT.replace("experiment e ", "experiment other ").replace("gone", "uses")
    folder = made(tmp_path, tables, MODEL + RULES + EXPERIMENT + later + other)
    assert told(folder)["earlier"] == [] and told(folder, "other")["earlier"] == []
    assert told(folder, "later")["earlier"] == ["e"]
    assert (
        "Another experiment has looked at gone in these windows (e)"
        in call("experiment", "run", "later", cwd=folder).output
    )


@pytest.mark.slow
def test_a_segment_that_nobody_was_in_is_named(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    rules = RULES.replace(
        "  segment rare {", "  segment ghosts { when count(logins in last 90 days) > 9_999 }\n  segment rare {"
    )
    folder = made(tmp_path, tables, MODEL + rules + EXPERIMENT.replace("detect 5%", "detect 40%"))
    assert told(folder)["empty"] == ["new.ghosts"]
    shown = call("experiment", "run", "e", cwd=folder).output
    assert "Nobody was in new.ghosts at any origin" in shown and "Ask four origins rather than three" in shown
    there = [looked(tables, day)["account_id"] for day in ORIGINS]
    days, accounts = sum(map(len, there)), len(set().union(*there))
    assert f"{days:,} account-days (each account once an origin) of {accounts:,} accounts" in shown


@pytest.mark.slow
def test_what_is_not_recorded_leaves_nothing(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    folder = made(tmp_path, tables)
    call("experiment", "run", "e", "--no-record", cwd=folder)
    assert not (folder / "experiments").exists()


@pytest.mark.slow
def test_several_candidates_share_the_error(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    other = (
        RULES[RULES.index("segmentation new") :]
        .replace("segmentation new", "segmentation newer")
        .replace("<= 2", "<= 4")
    )
    text = (
        MODEL
        + RULES
        + other
        + EXPERIMENT.replace("detect 5%", "detect 40%").replace("candidate new", "candidate new, newer")
    )
    found = told(made(tmp_path, tables, text))["candidates"]
    ps = [c["primary"]["p"] for c in found]
    alphas = [c["primary"]["alpha"] for c in found]
    assert [c["candidate"] for c in found] == ["new", "newer"]
    assert {c["power"]["alpha"] for c in found} == {0.025}
    assert alphas[ps.index(min(ps))] == 0.025 and alphas[ps.index(max(ps))] in (0.025, 0.05)


@pytest.mark.slow
def test_one_window_is_cross_fitted_and_never_promotes(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """All accounts came after the only window's first day, so that nothing was there before to learn from."""
    accounts, logins = tables[0].copy(), tables[1]
    accounts["created_at"] = accounts["created_at"].clip(lower=pd.Timestamp("2025-06-01"))
    accounts = accounts[~(accounts["ended_at"] <= accounts["created_at"])]
    text = (
        MODEL
        + RULES
        + EXPERIMENT.replace("2025-04-01, 2025-07-01, 2025-10-01", "2025-06-02").replace("detect 5%", "detect 1%")
    )
    found = told(made(tmp_path, (accounts, logins), text))
    assert found["evidence"] == "crossfit" and found["verdict"] == "KEEP", found["sentence"]
    assert found["primary"]["customer_days"] == len(looked((accounts, logins), "2025-06-02"))


@pytest.mark.parametrize(("gains", "is_more_than_chance"), [
    ([0.0, 1.0, 2.0, 3.0], False),  # a slope of sqrt(5) of its errors
    ([0.0, 2.0, 4.0, 6.0], True),  # of 2 sqrt(5)
    ([6.0, 4.0, 2.0, 0.0], False), ([0.0, 9.0], False),
])  # fmt: skip
def test_a_gain_that_grows_towards_the_datas_day_is_noticed(gains: list[float], is_more_than_chance: bool) -> None:
    day = dt.date(2025, 1, 1)
    origins = [
        judge.AtOrigin(day + dt.timedelta(days=90 * i), 10, 5, 0.1, (0.1, 0.1), g, 1.0, g - 2, g + 2, 0) for i, g in enumerate(gains)
    ]  # fmt: skip
    assert grows(replace(judge.without_estimate((), 0.05), origins=tuple(origins))) == is_more_than_chance


# -- the demo's truth -----------------------------------------------------------------


@pytest.mark.long
def test_the_demos_truth_lies_in_the_interval(company: Path) -> None:
    """By the chances that the generator drew churn from: what the gain of the frozen rates is on average."""
    found = told(company, "attention_v2", code=0)
    assert (found["verdict"], found["evidence"]) == ("PROMOTE TO PILOT", "backtest")
    truth = pd.read_parquet(company / "truth" / "truth_outcomes.parquet")
    quarter = {
        "2025-08-01": "2025-08-01",
        "2025-11-01": "2025-11-01",
        "2026-01-31": "2026-02-01",
        "2026-05-01": "2026-05-01",
        "2026-08-01": "2026-08-01",
    }
    quarter_before = {origin: str((pd.Timestamp(origin) - pd.Timedelta(days=90)).date()) for origin in quarter}
    places = placed(company, ["attention", "attention_v2"], [*quarter, *quarter_before.values()])
    total, customers = 0.0, 0
    for origin, start in quarter.items():
        earlier = quarter_before[origin]
        before, now = (f[f["attention_status"] == "assigned"].copy() for f in (places[earlier], places[origin]))
        ended = pd.read_parquet(company / "data" / "accounts.parquet").set_index("account_id")["ended_at"]
        gone = before.index.map(ended)
        before["y"] = ((gone >= pd.Timestamp(earlier)) & (gone < pd.Timestamp(origin))).astype(float)
        for side in ("attention", "attention_v2"):
            by = before.groupby(side)["y"].agg(["sum", "count"])
            rate = (by["sum"] + 20 * before["y"].mean()) / (by["count"] + 20)
            now[f"r_{side}"] = now[side].map(rate)
        own = truth[truth["decided_at"] == pd.Timestamp(start)].set_index("account_id")["chance"]
        p = now.index.map(own)
        assert pd.notna(p).mean() > 0.98  # whoever came within a day of the quarter's start has none
        gain = (now["r_attention"] ** 2 - now["r_attention_v2"] ** 2) - 2 * np.nan_to_num(np.array(p, float)) * (
            now["r_attention"] - now["r_attention_v2"]
        )
        total, customers = total + gain.sum(), customers + len(now)
    assert found["primary"]["customer_days"] == customers
    assert found["primary"]["low"] < total / customers < found["primary"]["high"]


# -- design ---------------------------------------------------------------------------


def designed(folder: Path, code: int = 0) -> Any:
    result = call("experiment", "design", "e", "--format", "json", cwd=folder)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)["candidates"][0]


@pytest.mark.slow
def test_a_design_says_what_the_run_then_goes_by(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    folder = made(tmp_path, tables, MODEL + RULES + EXPERIMENT.replace("detect 5%", "detect 4%"))
    ran = told(folder)["power"]
    plan = designed(folder, 0 if ran["answerable"] >= 0.5 else 1)["backtest"]
    assert {name: plan[name] for name in ran} == ran
    assert plan["customers"] == [len(looked(tables, ORIGINS[0]))] * len(ORIGINS)
    least = {(r["origins"], r["customers"]): r["least"] for r in plan["reach"]}
    each = sorted({n for _, n in least})
    assert len(each) == 3 and {k for k, _ in least} == {3, 4, 5}
    assert all(least[k, each[0]] > least[k, each[1]] > least[k, each[2]] > 0 for k in (3, 4, 5))
    assert all(least[3, n] > least[4, n] > least[5, n] for n in each)
    powers = [point["power"] for point in plan["curve"]]
    assert powers == sorted(powers) and plan["curve"][1] == {"gain": 0.04, "power": pytest.approx(plan["power"])}


def other_logins(
    accounts: pd.DataFrame, logins: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All logins from the first origin on are somebody else's: outcomes, and who is where at later origins."""
    later, other = (logins["at"] >= ORIGINS[0]).to_numpy(), logins.copy()
    other.loc[later, "account_id"] = rng.choice(accounts["account_id"], int(later.sum()))
    return accounts, other


def other_ends(
    accounts: pd.DataFrame, logins: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Whoever was there at the first origin, or came later, leaves on another day after it, or stays: outcomes, and who is there at later origins."""
    other, first = accounts.copy(), pd.Timestamp(ORIGINS[0])
    there = ~(other["ended_at"] <= first)
    began = other["created_at"].clip(lower=first)
    left = began + pd.to_timedelta(rng.integers(1, 600, len(other)), unit="D")
    left = left.where((rng.random(len(other)) < 0.6) & (left < pd.Timestamp("2026-01-01")))
    other["ended_at"] = other["ended_at"].where(~there, left)
    return other, logins


@pytest.mark.long
@pytest.mark.parametrize("detect", ["0.01%", "4%"])
@pytest.mark.parametrize(("outcome", "change"), [("uses", other_logins), ("gone", other_ends)])
def test_what_comes_after_the_first_origin_changes_no_power(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], detect: str, outcome: str, change: Any
) -> None:
    text = MODEL + RULES + EXPERIMENT.replace("gone", outcome).replace("detect 5%", f"detect {detect}")
    found, shown = [], set()
    for name, own in (("as_it_was", tables), ("otherwise", change(*tables, np.random.default_rng(0)))):
        (tmp_path / name).mkdir()
        folder = made(tmp_path / name, own, text)
        ran = told(folder)
        gate = ran["verdict"] == "NOT ANSWERABLE", ran["sentence"] * (ran["verdict"] == "NOT ANSWERABLE")
        found.append(json.dumps([ran["power"], gate, designed(folder, 1 if gate[0] else 0)["backtest"]]))
        shown.add(json.dumps(ran.get("by_origin", [])))
    assert found[0] == found[1] and (gate[0] or len(shown) == 2)


@pytest.mark.slow
def test_a_pilot_is_among_those_whose_play_differs(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The latest window that is over began on 3 October 2025."""
    plan = designed(made(tmp_path, tables, MODEL + RULES + EXPERIMENT.replace("detect 5%", "detect 40%")))["pilot"]
    there = looked(tables, "2025-10-03")
    differ = there[(there["a"] == "quiet") != (there["b"] == "silent")]
    assert (plan["window"], plan["customers"], plan["differ"], plan["weeks"]) == (
        "2025-10-03",
        len(there),
        len(differ),
        13,
    )
    assert plan["outcome"] == pytest.approx(differ["y"].mean()) and plan["deff"] == 1.0
    before = looked(tables, "2025-09-05")
    came = set(differ["account_id"]) - set(before["account_id"][(before["a"] == "quiet") != (before["b"] == "silent")])
    others = len(there) - len(differ)
    assert plan["a_week"] == len(came) / 4 > 0
    assert {row["entering"]: (row["weeks"], row["units"]) for row in plan["table"]} == {
        weeks: (13 + weeks, len(differ) + round(others * (1 - math.exp(-len(came) / 4 * weeks / others))))
        for weeks in (0, 4, 8, 13, 26)
    }
    p, n = plan["outcome"], len(differ) / 2
    if plan["least"] is not None:
        q = p - plan["least"]
        assert plan["least"] == pytest.approx(
            (1.959964 + 0.841621) * math.sqrt((p * (1 - p) + q * (1 - q)) / n), rel=1e-5
        )


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "said"), [
    ("at most 8 weeks", "the outcome alone takes 13 weeks, and at most 8 are allowed"),
    ("at most 26 weeks, 10 accounts", "NOT ANSWERABLE: 5 of them an arm"),
    ("cluster by parent", "of them an arm"),
])  # fmt: skip
def test_what_a_pilot_could_not_answer(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], settings: str, said: str
) -> None:
    text = EXPERIMENT.replace("candidate new", f"candidate new {settings}").replace("detect 5%", "detect 40%")
    assert said in call("experiment", "design", "e", cwd=made(tmp_path, tables, MODEL + RULES + text)).output


def test_a_design_of_what_cannot_be_judged(tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    folder = made(tmp_path, tables, MODEL + RULES.replace("none(logins in last 30 days)", 'plan = "free"') + EXPERIMENT)
    result = call("experiment", "design", "e", cwd=folder)
    assert result.exit_code == 3 and "✗ leakage: not known as of then: `account.plan` is overwritten" in result.output


def test_the_intraclass_correlation_is_that_of_the_analysis_of_variance() -> None:
    """Equal clusters of 4: (MSB - MSW) / (MSB + 3 MSW), mean squares by scipy's F."""
    from scipy import stats

    from segdsl.experiment.shared.sample_size import icc

    rng = np.random.default_rng(4)
    groups = [rng.normal(rng.normal(0, 1), 1, 4) for _ in range(50)]
    f = stats.f_oneway(*groups).statistic
    sizes, means, m2 = np.full(50, 4.0), np.array([g.mean() for g in groups]), np.array([g.var() * 4 for g in groups])
    assert icc(sizes, means, m2) == pytest.approx((f - 1) / (f + 3))
    assert icc(np.ones(5), np.arange(5.0), np.zeros(5)) == 0.0
