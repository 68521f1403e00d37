"""Figures that describe: by definition customer by customer, by scipy, and the published ones of public data."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from segdsl import demo
from segdsl.experiment.history.describe import Group, auc, describe, explained_variance, information, murphy, top_tenth
from tests.support.cli import call

GROUPS = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.8]), st.integers(1, 6), st.integers(0, 6)), min_size=2, max_size=4
).map(
    lambda rows: [
        Group(f"s{i}", rate, yes + no, yes / (yes + no), yes * no / (yes + no))
        for i, (rate, yes, no) in enumerate(rows)
    ]
)


def each(groups: list[Group]) -> tuple[list[float], list[int], list[str]]:
    """Rate, outcome and segment of every customer."""
    rates, ys, places = [], [], []
    for g in groups:
        yes = round(g.n * g.mean)
        rates += [g.rate] * g.n
        ys += [1] * yes + [0] * (g.n - yes)
        places += [g.place] * g.n
    return rates, ys, places


@pytest.mark.slow
@given(GROUPS)
def test_the_area_is_that_of_mann_and_whitney(groups: list[Group]) -> None:
    rates, ys, _ = each(groups)
    assume(0 < sum(ys) < len(ys))
    of_yes, of_no = [r for r, y in zip(rates, ys) if y], [r for r, y in zip(rates, ys) if not y]
    area, low, high = auc(groups) or (0.0, 0.0, 0.0)
    u = stats.mannwhitneyu(of_yes, of_no).statistic
    assert area == pytest.approx(u / len(of_yes) / len(of_no))
    assert low <= area <= high
    # DeLong's variance from the placements of each customer
    v10 = [np.mean([(a > b) + 0.5 * (a == b) for b in of_no]) for a in of_yes]
    v01 = [np.mean([(a > b) + 0.5 * (a == b) for a in of_yes]) for b in of_no]
    variance = sum(np.var(v, ddof=1) / len(v) for v in (v10, v01) if len(v) > 1)
    half = stats.norm.ppf(0.975) * np.sqrt(variance)
    assert (low, high) == pytest.approx((max(0.0, area - half), min(1.0, area + half)), abs=1e-9)


@pytest.mark.slow
@given(GROUPS)
def test_the_variance_explained_is_that_of_the_analysis_of_variance(groups: list[Group]) -> None:
    _, ys, places = each(groups)
    assume(len(ys) > len(groups) and 0 < sum(ys) < len(ys))
    samples = [[y for y, p in zip(ys, places) if p == g.place] for g in groups]
    eta2, omega2 = explained_variance(groups)
    total = np.var(ys) * len(ys)
    within = sum(np.var(s) * len(s) for s in samples)
    assert eta2 == pytest.approx(1 - within / total)
    if within > 0:
        f, k, n = stats.f_oneway(*samples).statistic, len(groups), len(ys)
        assert omega2 == pytest.approx((k - 1) * (f - 1) / ((k - 1) * (f - 1) + n), abs=1e-9)


@given(GROUPS)
def test_murphys_parts_make_the_brier_score(groups: list[Group]) -> None:
    rates, ys, _ = each(groups)
    reliability, resolution, uncertainty = murphy(groups)
    assert reliability - resolution + uncertainty == pytest.approx(np.mean([(y - r) ** 2 for r, y in zip(rates, ys)]))


@given(GROUPS)
def test_information_is_the_entropies_difference(groups: list[Group]) -> None:
    table = np.array([[g.n * g.mean for g in groups], [g.n * (1 - g.mean) for g in groups]])
    joint, own = table / table.sum(), [table.sum(axis=i) / table.sum() for i in (0, 1)]
    expected = sum(stats.entropy(p, base=2) for p in own) - stats.entropy(joint.ravel(), base=2)
    assert information(table) == pytest.approx(expected, abs=1e-9)


def test_each_day_has_a_tenth_of_its_own() -> None:
    """Two days of 100, on the second of which all rates are lower. Each day's tenth holds 10 of 20, 20 of 40 in all; one tenth of both days together
    would be the 20 with the higher rates of the first, which hold 18 of 40."""
    first = [Group("a", 0.9, 10, 1.0, 0, 0), Group("b", 0.8, 10, 0.8, 0, 0), Group("c", 0.5, 80, 0.025, 0, 0)]
    second = [Group("a", 0.3, 10, 1.0, 0, 1), Group("b", 0.2, 10, 0.8, 0, 1), Group("c", 0.1, 80, 0.025, 0, 1)]
    assert top_tenth([*first, *second]) == pytest.approx(20 / 40)
    area, both = auc(first), auc([*first, *second])
    assert area is not None and both is not None and both[0] == pytest.approx(area[0])
    assert both[1] - both[0] == pytest.approx((area[1] - area[0]) / 2**0.5, abs=0.02)  # two days alike


def test_segments_of_one_rate_are_called_in_no_order() -> None:
    """One who can't rank anybody catches a tenth, whichever segment is named first."""
    alike = [Group("a", 0.2, 50, 0.4, 0), Group("b", 0.2, 50, 0.0, 0)]
    assert top_tenth(alike) == top_tenth(alike[::-1]) == pytest.approx(0.1)


def test_the_top_tenth() -> None:
    """The tenth of 100 is half of the 20 at the highest rate: 8 of their 16, of 20 in all."""
    assert top_tenth([Group("a", 0.9, 20, 0.8, 0), Group("b", 0.1, 80, 0.05, 0)]) == pytest.approx(8 / 20)
    assert top_tenth([Group("a", 0.9, 4, 1.0, 0), Group("b", 0.1, 96, 0.0, 0)]) == pytest.approx(1.0)


def test_segments_of_several_origins_are_taken_together() -> None:
    halves = [Group("a", 0.1, 50, 0.2, 8), Group("b", 0.3, 50, 0.4, 12)] * 2
    whole = [Group("a", 0.1, 100, 0.2, 16), Group("b", 0.3, 100, 0.4, 24)]
    assert explained_variance(halves) == pytest.approx(explained_variance(whole))
    assert describe(halves, True).cramers_v == pytest.approx(describe(whole, True).cramers_v)


def test_random_cuts_win_in_sample_and_omega_squared_is_not_fooled() -> None:
    """4 segments cut into 60 at random: eta squared rises in every run, omega squared on average not."""
    rises, gains = 0, []
    for i in range(60):
        rng = np.random.default_rng(i)
        a = rng.integers(0, 4, 2_000)
        y = (rng.random(2_000) < np.array([0.05, 0.1, 0.15, 0.3])[a]).astype(float)
        b = a * 15 + rng.integers(0, 15, 2_000)
        figures = [
            explained_variance([Group(str(s), 0, int((p == s).sum()), float(y[p == s].mean()), float(y[p == s].var() * (p == s).sum())) for s in np.unique(p)])
            for p in (a, b)
        ]  # fmt: skip
        rises += figures[1][0] > figures[0][0]
        gains.append(figures[1][1] - figures[0][1])
    assert rises == 60 and abs(np.mean(gains)) < 0.002


# -- public data --------------------------------------------------------------------

TELCO = """
entity customer {
  customer_id: text key
  contract: one of ("Month-to-month", "One year", "Two year") required
  tenure: integer  total_charges: number  churn: boolean required
}
segmentation by_contract of customer {
  segment monthly { when contract = "Month-to-month" } segment yearly { when contract = "One year" } otherwise two_years
}
segmentation by_tenure of customer candidate of by_contract {
  segment new_monthly { when contract = "Month-to-month" and tenure < 12 } segment monthly { when contract = "Month-to-month" }
  segment yearly { when contract = "One year" } undecided unclear otherwise two_years
}
"""


@pytest.mark.slow
def test_telco(tmp_path: Path, public_data: Path) -> None:
    """26.54 % left; .427, .113 and .028 by contract; Cramér's V .4101; 11 blank total charges; one snapshot never promotes."""
    shutil.copy(public_data / "telco_churn.csv", tmp_path / "telco.csv")
    columns = 'columns = { customer_id = "customerID", contract = "Contract", total_charges = "TotalCharges", churn = "Churn" }'
    (tmp_path / "segdsl.toml").write_text(
        f'[workspace]\nname = "telco"\n[sources.default.tables]\ncustomer = {{ path = "telco.csv", {columns} }}\n'
    )
    (tmp_path / "rules.seg").write_text(TELCO)
    result = call("experiment", "compare", "by_tenure", "--measure", "churn", "--format", "json", cwd=tmp_path)
    found = json.loads(result.stdout)
    segments = {(s["rule"], s["segment"]): s for s in found["segments"]}
    assert sum(s["customers"] for (rule, _), s in segments.items() if rule == "by_contract") == 7_043
    observed = {
        name: round(segments["by_contract", name]["observed"], 3) for name in ("monthly", "yearly", "two_years")
    }
    assert observed == {"monthly": 0.427, "yearly": 0.113, "two_years": 0.028}
    left = sum(s["customers"] * s["observed"] for (rule, _), s in segments.items() if rule == "by_tenure")
    assert round(left / 7_043, 4) == 0.2654
    assert round(found["described"]["by_contract"]["cramers_v"], 4) == 0.4101
    assert found["measured"] == "crossfit, one snapshot" and "verdict" not in found and found["skill"]["low"] > 0
    assert "It never promotes" in call("experiment", "compare", "by_tenure", "--measure", "churn", cwd=tmp_path).output
    missing = call("try", "total_charges is missing", cwd=tmp_path).output
    assert "11 of 7,043" in missing
    wrong = call("experiment", "compare", "by_tenure", "--measure", "chrn", cwd=tmp_path)
    assert wrong.exit_code == 1 and "did you mean `churn`?" in wrong.output
    backtest = (
        TELCO
        + "experiment e { incumbent by_contract candidate by_tenure backtest as of 2018-01-01 primary churn, lower is better, detect 1% }"
    )
    (tmp_path / "rules.seg").write_text(backtest)
    assert "unknown outcome `churn`" in call("check", cwd=tmp_path).output


@pytest.mark.long
def test_the_complete_journey(tmp_path: Path) -> None:
    """By pandas: who is where at each origin, and who then stays away."""
    package = demo.journey_package()
    assert package is not None
    root = demo.prepare_journey(tmp_path / "journey", package)
    result = call("experiment", "run", "lifecycle_v2", "--format", "json", "--no-record", cwd=root)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    import pandas as pd

    at = pd.read_parquet(root / "data" / "purchases.parquet", columns=["household_id", "transaction_timestamp"])
    first = at.groupby("household_id")["transaction_timestamp"].min()
    for o in found["by_origin"]:
        t = pd.Timestamp(o["as_of"])
        there = first[first <= t].index
        bought = set(
            at[(at["transaction_timestamp"] >= t) & (at["transaction_timestamp"] < t + pd.Timedelta(days=60))][
                "household_id"
            ]
        )
        assert o["customers"] == len(there)
        assert o["observed"] == pytest.approx(np.mean([h not in bought for h in there]), abs=1e-12)
    assert (found["verdict"], found["primary"]["clusters"]) == ("PROMOTE TO PILOT", 2_452)
    assert all(o["gain"] > 0 for o in found["by_origin"])
    assert sum(len(list(own)) for _, own in itertools.groupby(s["rule"] for s in found["segments"])) == 9
