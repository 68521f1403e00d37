"""`segdsl goals` beside pandas, scipy and statsmodels on made-up accounts and invoices."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from segdsl.experiment.history.goals import Figure, Window, _forecast
from tests.support.cli import as_json, call

pytestmark = pytest.mark.slow

MODEL = """
entity account from since to gone { id: text key  since: date fixed  gone: date  tier: text fixed  arr: money(USD) required }
table invoices of account by id at day: date { amount: money(USD) required }
outcome left_90d of account = gone is not missing and gone in next 90 days
outcome paid_90d of account = sum(invoices.amount in next 90 days)
outcome gross_paid_90d of account = sum(invoices.amount in next 90 days)
outcome bills_90d of account = count(invoices in next 90 days)
outcome by_arr of account = arr > 5 and gone in next 90 days
metric plain of account = count(invoices in last 90 days)
"""
RULES = """
segmentation all_of_them of account { goal "Fewer leave" measured by left_90d from 30% to 1% by 2027-12-31  segment gold { goal "Keep gold" measured by left_90d when tier = "gold" } otherwise rest }
segmentation only_gold of account where tier = "gold" { goal "Grow" measured by paid_90d from 95% to 105% by 2026-12-31 segment x { when arr > 1 } otherwise y }
segmentation again of account { goal "Hold" measured by gross_paid_90d segment x { when tier = "gold" } otherwise y }
segmentation counted of account { goal "More bills" measured by bills_90d from 1 to 1000 by 2028-01-01 segment x { when tier = "gold" } otherwise y }
segmentation by_metric of account { goal "Now" measured by plain segment x { when tier = "gold" } otherwise y }
segmentation worded of account { goal "In words alone" segment x { when tier = "gold" } otherwise y }
segmentation leaky of account where arr > 100 { goal "Leaks" measured by left_90d segment x { when tier = "gold" } otherwise y }
segmentation unclosed of account { goal "Reads today" measured by by_arr segment x { when tier = "gold" } otherwise y }
segmentation newer of account candidate of all_of_them { goal "A candidate's" measured by left_90d segment gold { when arr > 9 } otherwise rest }
"""
TOML = '[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\ninvoices = "i.csv"\n'
END = pd.Timestamp("2026-11-01")


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng, n = np.random.default_rng(11), 250
    since = [END - pd.Timedelta(days=int(d)) for d in rng.integers(30, 1500, n)]
    gone = [s + pd.Timedelta(days=int(d)) if d < 1400 else None for s, d in zip(since, rng.exponential(900, n))]
    a = pd.DataFrame(
        {
            "id": [f"a{i}" for i in range(n)],
            "since": since,
            "gone": gone,
            "tier": rng.choice(["gold", "tin"], n),
            "arr": rng.integers(1, 999, n),
        }
    )
    rows = []
    for _, row in a.iterrows():
        day, size = row["since"] + pd.Timedelta(days=int(rng.integers(1, 30))), rng.lognormal(5, 1)
        last = min(END, row["gone"] if row["gone"] is not pd.NaT and row["gone"] == row["gone"] else END)
        while day < last:
            rows.append((row["id"], day, round(float(size * rng.uniform(0.5, 1.6)), 2)))
            day += pd.Timedelta(days=30)
    return a, pd.DataFrame(rows, columns=["id", "day", "amount"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tables: tuple[pd.DataFrame, pd.DataFrame]) -> Path:
    root = tmp_path_factory.mktemp("goals")
    tables[0].to_csv(root / "a.csv", index=False, date_format="%Y-%m-%d")
    tables[1].to_csv(root / "i.csv", index=False, date_format="%Y-%m-%d")
    (root / "m.seg").write_text(MODEL + RULES, encoding="utf-8")
    (root / "segdsl.toml").write_text(TOML, encoding="utf-8")
    return root


def goal(folder: Path, name: str) -> Any:
    (found,) = as_json(call("goals", name, "--format", "json", cwd=folder))["goals"]
    return found


def alive(a: pd.DataFrame, day: pd.Timestamp) -> pd.Series[bool]:
    return (a["since"] <= day) & (a["gone"].isna() | (pd.to_datetime(a["gone"]) > day))


def paid(tables: tuple[pd.DataFrame, pd.DataFrame], start: pd.Timestamp, days: int = 90) -> pd.Series[float]:
    i = tables[1]
    inside = i[(i["day"] >= start) & (i["day"] < start + pd.Timedelta(days=days))]
    return inside.groupby("id")["amount"].sum()


def test_windows_follow_one_another_and_end_with_the_data(folder: Path) -> None:
    windows = goal(folder, "all_of_them")["windows"]
    assert windows[-1]["closed"] == "2026-11-01" and len(windows) == 8
    for earlier, later in pairwise(windows):
        assert earlier["closed"] == later["origin"]
    for w in windows:
        assert dt.date.fromisoformat(w["closed"]) - dt.date.fromisoformat(w["origin"]) == dt.timedelta(days=90)


@pytest.mark.parametrize("name", ["all_of_them", "all_of_them.gold"])
def test_shares(folder: Path, tables: tuple[pd.DataFrame, pd.DataFrame], name: str) -> None:
    a = tables[0]
    for w in goal(folder, name)["windows"]:
        origin = pd.Timestamp(w["origin"])
        there = a[alive(a, origin) & ((a["tier"] == "gold") | (name == "all_of_them"))]
        gone = pd.to_datetime(there["gone"])
        left = int(((gone >= origin) & (gone < origin + pd.Timedelta(days=90))).sum())
        low, high = proportion_confint(left, len(there), method="wilson")
        assert w["customers"] == w["figure"]["known"] == len(there)
        assert (w["figure"]["estimate"], w["figure"]["low"], w["figure"]["high"]) == pytest.approx(
            (left / len(there), low, high)
        )


def test_retention_is_a_ratio_of_sums(folder: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Net and gross as weighted regressions through the origin, with the variance HC1: the same estimator."""
    a = tables[0]
    record = goal(folder, "only_gold")
    assert record["kind"] == "net retention" and len(record["windows"]) >= 6
    for w in record["windows"]:
        origin = pd.Timestamp(w["origin"])
        before = origin - pd.Timedelta(days=90)
        there = a[alive(a, origin) & (a["tier"] == "gold")].set_index("id")
        x, y = (paid(tables, start).reindex(there.index).fillna(0.0) for start in (before, origin))
        known = alive(a, before)[a.set_index("id").index.isin(there.index)].to_numpy() & (x > 0).to_numpy()
        x, y = x[known], y[known]
        assert w["figure"]["known"] == len(x)
        for figure, later in ((w["figure"], y), (w["other_retention"], np.minimum(x, y))):
            fit = sm.WLS(later, x, weights=1 / x).fit(cov_type="HC1", use_t=True)
            low, high = fit.conf_int().to_numpy()[0]
            assert (figure["estimate"], figure["low"], figure["high"]) == pytest.approx(
                (later.sum() / x.sum(), low, high), rel=1e-6
            )


def test_gross_by_its_name(folder: Path) -> None:
    record = goal(folder, "again")
    assert record["kind"] == "gross retention"
    assert all(w["figure"]["estimate"] <= w["other_retention"]["estimate"] for w in record["windows"])


def test_means(folder: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    a, i = tables
    w = goal(folder, "counted")["windows"][-1]
    origin = pd.Timestamp(w["origin"])
    there = a[alive(a, origin)]["id"]
    counts = i[(i["day"] >= origin) & (i["day"] < END)].groupby("id").size().reindex(there).fillna(0)
    low, high = stats.t.interval(0.95, len(counts) - 1, counts.mean(), stats.sem(counts))
    assert (w["figure"]["estimate"], w["figure"]["low"], w["figure"]["high"]) == pytest.approx(
        (counts.mean(), low, high)
    )


def test_a_metric_is_measured_on_the_day_of_the_data(folder: Path) -> None:
    record = goal(folder, "by_metric")
    assert [w["origin"] for w in record["windows"]] == ["2026-11-01"] and record["standing"] == "no target"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("leaky", "who belonged to `leaky` on an earlier day isn't known: `account.arr` is overwritten"),
        ("unclosed", "`by_arr` reads how things are now: `account.arr` is overwritten"),
    ],
)
def test_what_is_not_known_as_it_was_is_not_measured(folder: Path, name: str, said: str) -> None:
    record = goal(folder, name)
    assert (record["standing"], record["windows"], record["why"]) == ("not measured", [], said)
    assert said in call("goals", name, cwd=folder).stdout


def test_goals_in_words_and_candidates(folder: Path) -> None:
    record = as_json(call("goals", "--format", "json", cwd=folder))
    assert record["in_words_alone"] == ["worded"]
    assert "newer" not in {g["rule"] for g in record["goals"]}
    assert (
        call("goals", "worded2", cwd=folder).exit_code == 2
        and "did you mean `worded`?" in call("goals", "worded2", cwd=folder).stderr
    )


# -- on track ------------------------------------------------------------------------------------------


def window(i: int, estimate: float, half: float, known: int = 1000) -> Window:
    origin = dt.date(2025, 1, 1) + dt.timedelta(days=90 * i)
    return Window(
        origin, origin + dt.timedelta(days=90), known, Figure(estimate, estimate - half, estimate + half, known)
    )


def test_the_line_is_that_of_a_weighted_regression() -> None:
    values, halves = [0.80, 0.82, 0.81, 0.86, 0.85], [0.02, 0.03, 0.02, 0.01, 0.025]
    windows = [window(i, v, h) for i, (v, h) in enumerate(zip(values, halves))]
    closed = windows[-1].closed + dt.timedelta(days=180)
    ours = _forecast(windows, closed, "mean")
    z = stats.norm.ppf(0.975)
    errors = np.array(halves) / z
    t = np.array([(w.closed - closed).days for w in windows], float)
    fit = sm.WLS(values, sm.add_constant(t), weights=1 / errors**2).fit(cov_type="fixed scale")
    scatter = max(1.0, float((fit.wresid**2).sum() / 3))
    reach = z if scatter == 1 else stats.t.ppf(0.975, 3)
    half = reach * math.sqrt((fit.cov_params()[0, 0] + errors[-1] ** 2) * scatter)
    assert ours is not None and scatter > 1
    assert (ours.figure.estimate, ours.figure.high - ours.figure.estimate) == pytest.approx((fit.params[0], half))


def test_too_few_windows_have_no_line() -> None:
    assert _forecast([window(0, 0.5, 0.1), window(1, 0.6, 0.1)], dt.date(2027, 1, 1), "share") is None


@pytest.mark.parametrize(
    ("wanted", "standing", "said"),
    [
        ("from 30% to 0% by 2027-12-31", "not on track", "fewer of 118 accounts, in 4 more windows"),
        ("from 1% to 90% by 2027-12-31", "not on track", "points more"),
        ("from 30% to 29% by 2027-12-31", "reached", ""),
        ("from 30% to 1% by 2026-10-01", "missed", ""),
        ("from 1% to 90% by 2026-12-31", "not on track", "no further window closes by then"),
        ("", "no target", "add `from … to … by …`"),
        ("from 30% to 8.5% by 2027-12-31", "open", "it may reach the target or not"),
    ],
)
def test_standings(
    tmp_path: Path, tables: tuple[pd.DataFrame, pd.DataFrame], wanted: str, standing: str, said: str
) -> None:
    tables[0].to_csv(tmp_path / "a.csv", index=False, date_format="%Y-%m-%d")
    tables[1].to_csv(tmp_path / "i.csv", index=False, date_format="%Y-%m-%d")
    rule = f'segmentation s of account {{ goal "g" measured by left_90d {wanted} segment x {{ when tier = "gold" }} otherwise y }}'
    (tmp_path / "m.seg").write_text(MODEL + rule, encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    assert goal(tmp_path, "s")["standing"] == standing
    assert said in call("goals", "s", cwd=tmp_path).stdout


def test_a_hundred_events_by_lot_are_on_no_track() -> None:
    """Shares that stay as they are: the line's interval holds the next window's share in 95 % of the draws."""
    rng, held, draws = np.random.default_rng(1), 0, 1500
    for _ in range(draws):
        counts = rng.binomial(300, 0.12, 7)
        windows = [window(i, c / 300, 0.04, 300) for i, c in enumerate(counts[:6])]
        forecast = _forecast(windows, windows[-1].closed + dt.timedelta(days=90), "share")
        assert forecast is not None
        held += forecast.figure.low <= counts[6] / 300 <= forecast.figure.high
    assert abs(held / draws - 0.95) < 0.03
