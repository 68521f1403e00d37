"""`segdsl goals` beside pandas, scipy and statsmodels on made-up accounts and invoices."""

from __future__ import annotations

import datetime as dt
import math
import re
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
outcome goes_90d of account = gone in next 90 days
outcome dear_20d of account = average(invoices.amount in next 20 days) > 100
outcome by_arr of account = arr > 5 and gone in next 90 days
metric plain of account = count(invoices in last 90 days)
"""
RULES = """
segmentation all_of_them of account { goal "Fewer leave" measured by left_90d from 30% to 1% by 2027-12-31  segment gold { goal "Keep gold" measured by left_90d when tier = "gold" } otherwise rest }
segmentation only_gold of account where tier = "gold" { goal "Grow" measured by paid_90d from 95% to 105% by 2026-12-31 segment x { when arr > 1 } otherwise y }
segmentation again of account { goal "Hold" measured by gross_paid_90d segment x { when tier = "gold" } otherwise y }
segmentation counted of account { goal "More bills" measured by bills_90d from 1 to 1000 by 2028-01-01 segment x { when tier = "gold" } otherwise y }
segmentation of_leavers of account { goal "Fewer leave" measured by goes_90d from 30% to 1% by 2027-12-31 segment x { when tier = "gold" } otherwise y }
segmentation dear of account { goal "Dearer bills" measured by dear_20d from 30% to 99% by 2027-12-31 segment x { when tier = "gold" } otherwise y }
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
    left = 0
    for w in record["windows"]:
        origin = pd.Timestamp(w["origin"])
        before = origin - pd.Timedelta(days=90)
        assert w["before"] == str(before.date())
        there = a[alive(a, before) & (a["tier"] == "gold")].set_index("id")
        x, y = (paid(tables, start).reindex(there.index).fillna(0.0) for start in (before, origin))
        x, y = x[x > 0], y[x > 0]
        left += int((~alive(a, origin)[a["id"].isin(x.index)]).sum())
        assert (w["customers"], w["figure"]["known"]) == (len(there), len(x))
        for figure, later in ((w["figure"], y), (w["other_retention"], np.minimum(x, y))):
            fit = sm.WLS(later, x, weights=1 / x).fit(cov_type="HC1", use_t=True)
            low, high = fit.conf_int().to_numpy()[0]
            assert (figure["estimate"], figure["low"], figure["high"]) == pytest.approx(
                (later.sum() / x.sum(), low, high), rel=1e-6
            )
    assert left > 10, "there are leavers in between"


BILLED = """
entity account from since to gone { id: text key  since: date fixed  gone: date }
table invoices of account by id at day: date { amount: money(USD) required }
outcome money_90d of account = sum(invoices.amount in next 90 days)
outcome gross_90d of account = sum(invoices.amount in next 90 days)
outcome money_year of account = sum(invoices.amount in next 360 days)
outcome left_90d of account = gone is not missing and gone in next 90 days
outcome kept_90d of account = gone is missing or not (gone in next 90 days)
"""


def billed(root: Path, accounts: pd.DataFrame, every: int, goals: dict[str, str]) -> Path:
    """Accounts that pay 100 every so many days from their first day until they leave, and a segment of all for each goal."""
    rows = []
    for _, row in accounts.iterrows():
        end = END if pd.isna(row["gone"]) else row["gone"]
        rows += [(row["id"], day, 100) for day in pd.date_range(row["since"], end, freq=f"{every}D", inclusive="left")]
    accounts.to_csv(root / "a.csv", index=False, date_format="%Y-%m-%d")
    pd.DataFrame(rows, columns=["id", "day", "amount"]).to_csv(root / "i.csv", index=False, date_format="%Y-%m-%d")
    rules = [f"segment {name} of account {{ goal {text} when since is not missing }}" for name, text in goals.items()]
    (root / "m.seg").write_text(BILLED + "\n".join(rules), encoding="utf-8")
    (root / "segdsl.toml").write_text(TOML, encoding="utf-8")
    return root


def leaving(share: float, windows: int, n: int) -> pd.DataFrame:
    """All from one day on, of whom the same share of the rest leaves in each 90 days, evenly."""
    since = END - pd.Timedelta(days=90 * windows)
    days = np.floor(90 * np.log((np.arange(n) + 0.5) / n) / math.log(1 - share))
    gone = [since + pd.Timedelta(days=d) if d < 90 * windows else None for d in days]
    return pd.DataFrame({"id": [f"a{i}" for i in range(n)], "since": since, "gone": gone})


@pytest.mark.parametrize("share", [0.1, 0.25])
def test_who_leaves_takes_the_money_along(tmp_path: Path, share: float) -> None:
    """Everybody pays the same, and a tenth of them goes each quarter: 90 % of the money is left, net and gross."""
    goals = {"g": '"Keep" measured by money_90d'}
    for w in goal(billed(tmp_path, leaving(share, 6, 2000), 10, goals), "g")["windows"]:
        assert w["figure"]["estimate"] == pytest.approx(1 - share, abs=0.004)
        assert w["other_retention"]["estimate"] == pytest.approx(1 - share, abs=0.004)


def test_after_its_day_a_goal_is_judged_by_the_last_window_that_had_closed(tmp_path: Path) -> None:
    """A fifth leaves in each window until day 540, nobody afterwards: a goal of the year before was missed, and stays so."""
    accounts = leaving(0.2, 10, 1000)
    still = END - pd.Timedelta(days=360)
    accounts["gone"] = [None if g is None or pd.isna(g) or g >= still else g for g in accounts["gone"]]
    day = (still + pd.Timedelta(days=5)).date()
    later = (END - pd.Timedelta(days=30)).date()
    goals = {
        "before": f'"Fewer leave" measured by left_90d from 20% to 5% by {day}',
        "old": '"Fewer leave" measured by left_90d from 20% to 5% by 2024-12-31',
        "older": '"Fewer leave" measured by left_90d from 20% to 5% by 2020-12-31',
        "later": f'"Fewer leave" measured by left_90d from 20% to 5% by {later}',
        "end_of_day": f'"Fewer leave" measured by left_90d from 20% to 5% by {(END - pd.Timedelta(days=1)).date()}',
    }
    folder = billed(tmp_path, accounts, 30, goals)
    closed = {name: goal(folder, name)["judged_by_window_closed"] for name in goals}
    standings = {name: goal(folder, name)["standing"] for name in goals}
    assert standings == {
        "before": "missed",
        "old": "missed",
        "older": "open",
        "later": "reached",
        "end_of_day": "reached",
    }
    assert closed["before"] == str(still.date()) and closed["older"] is None
    assert closed["old"] == str((END - pd.Timedelta(days=90 * 8)).date())
    assert closed["end_of_day"] == "2026-11-01"
    shown = call("goals", "before", cwd=folder).stdout
    assert "missed, by the window that closed on 6 Nov 2025, the last by the goal's day" in shown
    assert "the target needs" not in shown
    assert len(goal(folder, "old")["windows"]) == 9, "the last eight, and the judged one before them"


def test_a_day_that_has_passed_after_the_data_end_is_open(tmp_path: Path) -> None:
    folder = billed(
        tmp_path, leaving(0.2, 10, 300), 30, {"g": '"Go" measured by left_90d from 20% to 5% by 2027-12-31'}
    )
    record = as_json(call("goals", "--as-of", "2099-01-01", "--format", "json", cwd=folder))["goals"][0]
    assert record["standing"] == "open" and record["windows_left"] == 0 and record["forecast"] is None
    assert record["why"] == "its day has passed, but the data end on 1 Nov 2026, before it"


@pytest.mark.parametrize(
    ("wanted", "standing", "said"),
    [
        ("left_90d from 12% to 21% by 2026-12-31", "open", "it falls short of the target of 21.0%, which its interval holds"),
        ("left_90d from 25% to 21% by 2026-12-31", "open", "it is past the target of 21.0%, which its interval holds"),
        ("kept_90d from 70% to 79% by 2027-12-31", "open", "it is past the target of 79.0%, which its interval holds"),
        ("left_90d from 6% to 6% by 2027-12-31", "no target", "doesn't say which way is better"),
    ],
)  # fmt: skip
def test_what_is_past_its_target_needs_nothing(tmp_path: Path, wanted: str, standing: str, said: str) -> None:
    folder = billed(tmp_path, leaving(0.2, 10, 3000), 30, {"g": f'"Go" measured by {wanted}'})
    shown = call("goals", "g", cwd=folder).stdout
    assert goal(folder, "g")["standing"] == standing and said in shown
    assert ("the target needs" in shown) == ("falls short" in said)


def staying(n: int, days: int) -> pd.DataFrame:
    since = [END - pd.Timedelta(days=days + i % 360) for i in range(n)]
    return pd.DataFrame({"id": [f"a{i}" for i in range(n)], "since": since, "gone": None})


def test_figures_without_a_spread_say_so(tmp_path: Path) -> None:
    """Eight windows in which nobody left and everybody paid the same."""
    goals = {
        "money": '"Keep" measured by money_90d from 90% to 105% by 2027-12-31',
        "left": '"Keep" measured by left_90d from 9% to 0% by 2027-12-31',
    }
    folder = billed(tmp_path, staying(50, 1000), 10, goals)
    money, left = goal(folder, "money"), goal(folder, "left")
    assert len(money["windows"]) == 8 and money["standing"] == "open" and money["doubtful"] is None
    assert money["why"].startswith("the figures have no spread")
    assert left["forecast"]["estimate"] == 0 and 0 < left["forecast"]["high"] < 0.1


def test_money_that_comes_once_a_year_is_not_measured_by_the_quarter(tmp_path: Path) -> None:
    goals = {
        "quarter": '"Keep" measured by money_90d from 90% to 95% by 2027-12-31',
        "year": '"Keep" measured by money_year from 90% to 95% by 2027-12-31',
    }
    folder = billed(tmp_path, staying(400, 1100), 360, goals)
    quarter, year = goal(folder, "quarter"), goal(folder, "year")
    assert quarter["standing"] == "not measured" and quarter["windows"] == []
    assert quarter["why"].startswith(
        "100% of the money is from accounts who stay and bring nothing in the next 90 days"
    )
    assert (year["standing"], year["windows"][-1]["figure"]["estimate"]) == ("reached", 1)


def test_a_part_that_pays_once_a_year_makes_the_figures_doubtful(tmp_path: Path) -> None:
    folder = billed(tmp_path, staying(400, 1100), 10, {"g": '"Keep" measured by money_90d'})
    i = pd.read_csv(folder / "i.csv")
    yearly = i[i["id"].isin([f"a{n}" for n in range(0, 400, 2)])].groupby("id").nth(range(0, 200, 36))
    monthly = i[~i["id"].isin(yearly["id"])]
    pd.concat([monthly, yearly.assign(amount=1600)]).to_csv(folder / "i.csv", index=False)
    record = goal(folder, "g")
    assert record["doubtful"] is not None and record["windows"][-1]["figure"]["estimate"] < 0.8
    assert "doubtful: " in call("goals", "g", cwd=folder).stdout


WORDED = [
    ("Gross retention", "money_90d", "gross retention"),
    ("GRR of 95 %", "money_90d", "gross retention"),
    ("Lift net revenue retention", "gross_90d", "net retention"),
    ("NRR above 100 %", "gross_90d", "net retention"),
    ("Keep them", "gross_90d", "gross retention"),
    ("Keep them", "money_90d", "net retention"),
    ("Net and gross retention", "gross_90d", "gross retention"),
    ("Gross margin", "money_90d", "net retention"),
    ("Planet-wide engrossing", "money_90d", "net retention"),
    ("Gross retention", "left_90d", "share"),
]


@pytest.mark.long
def test_the_words_of_a_goal_say_which_retention_is_judged(tmp_path: Path) -> None:
    goals = {f"g{i}": f'"{title}" measured by {measure}' for i, (title, measure, _) in enumerate(WORDED)}
    folder = billed(tmp_path, leaving(0.2, 10, 50), 30, goals)
    kinds = [g["kind"] for g in as_json(call("goals", "--format", "json", cwd=folder))["goals"]]
    assert kinds == [kind for *_, kind in WORDED]
    assert call("goals", "g0", cwd=folder).stdout.splitlines()[3].startswith("gross retention, as the goal's words say")
    assert call("goals", "g4", cwd=folder).stdout.splitlines()[3].startswith("gross retention, measured by gross_90d")


@pytest.mark.parametrize(
    ("measured", "help"),
    [
        ("left_90d from 86 to 90 by 2027-12-31", "write `measured by left_90d from 86% to 90% by 2027-12-31`"),
        ("left_90d from 90% to 130% by 2027-12-31", "write shares of all, as in `measured by left_90d from 80% to 90% by 2027-12-31`"),
        ("money_90d from 90 to 105 by 2027-12-31", "write `measured by money_90d from 90% to 105% by 2027-12-31`"),
        ("money_90d from 5_000 to 7_000 by 2027-12-31", "for money itself, measure by a metric"),
        ("gross_90d from 90% to 105% by 2027-12-31", "write percentages, as in `measured by gross_90d from 80% to 90% by 2027-12-31`"),
        ("money_90d from 0.9 to 1.05 by 2027-12-31", ""),
        ("money_90d from 90% to 130% by 2027-12-31", ""),
        ("left_90d from 0 to 1 by 2027-12-31", ""),
        ("now from 5_000 to 7_000 by 2027-12-31", ""),
    ],
)  # fmt: skip
def test_check_refuses_figures_that_a_measure_cannot_have(tmp_path: Path, measured: str, help: str) -> None:
    more = "metric now of account = sum(invoices.amount in last 90 days)\n"
    rule = f'segment g of account {{ goal "g" measured by {measured} when any(invoices) }}'
    (tmp_path / "m.seg").write_text(BILLED + more + rule, encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    result = call("check", cwd=tmp_path)
    assert ("SEG0327" in result.output) == bool(help) and help in result.output, result.output
    if help.startswith("write `"):
        (line,) = re.findall("`(.*)`", help)
        (tmp_path / "m.seg").write_text(BILLED + more + rule.replace(f"measured by {measured}", line), encoding="utf-8")
        assert "SEG0327" not in call("check", cwd=tmp_path).output


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
    assert not isinstance(ours, str) and scatter > 1
    assert (ours.figure.estimate, ours.figure.high - ours.figure.estimate) == pytest.approx((fit.params[0], half))


def test_too_few_windows_have_no_line() -> None:
    said = _forecast([window(0, 0.5, 0.1), window(1, 0.6, 0.1)], dt.date(2027, 1, 1), "share")
    assert said == "fewer than 3 windows say nothing of where it goes"


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
        assert not isinstance(forecast, str)
        held += forecast.figure.low <= counts[6] / 300 <= forecast.figure.high
    assert abs(held / draws - 0.95) < 0.03


def test_an_outcome_that_is_known_of_leavers_alone_is_not_measured(folder: Path) -> None:
    record = goal(folder, "of_leavers")
    assert (record["standing"], record["windows"]) == ("not measured", [])
    assert "nobody who stays has a `gone`; write `gone is not missing and …`" in record["why"]


def test_of_how_many_an_outcome_is_unknown_is_said(folder: Path, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Whoever has no bill in a window has no average; the share, and what the target needs, are of the others."""
    (a, i), record = tables, goal(folder, "dear")
    unknown = everybody = 0
    for w in record["windows"]:
        origin = pd.Timestamp(w["origin"])
        there = set(a[alive(a, origin)]["id"])
        billed = i[(i["day"] >= origin) & (i["day"] < origin + pd.Timedelta(days=20))]
        known = there & set(billed["id"])
        assert (w["customers"], w["figure"]["known"]) == (len(there), len(known))
        unknown, everybody = unknown + len(there - known), everybody + len(there)
    assert record["doubtful"].startswith(
        f"`dear_20d` is unknown of {unknown} of {everybody:,} accounts in these windows, who aren't"
    )
    last = record["windows"][-1]["figure"]
    fewer = math.ceil((0.99 - last["estimate"]) * last["known"] - 1e-9)
    assert f"which is {fewer} more of {last['known']} accounts" in call("goals", "dear", cwd=folder).stdout
