"""What the report says, recomputed from its JSON, the exposures and the data alone, by other formulas and libraries than the code's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.regression.linear_model import OLS

from tests.support.pilots import CALLS, EXPERIMENT, MODEL, accounts, assigned, at, lived, made, rolled, rows, told

pytestmark = pytest.mark.slow


def frame_of(folder: Path) -> pd.DataFrame:
    """Those in the two arms whose play differs, with what became of them."""
    f = pd.DataFrame(rows(folder)).merge(pd.read_csv(folder / "accounts.csv"), left_on="unit", right_on="account_id")
    f = f[(f["differs"] == "true") & f["arm"].isin(["motion", "motion_v2"])].copy()
    gone = pd.to_datetime(f["ended_at"]) - pd.to_datetime(f["entered"])
    f["y"] = ((gone >= pd.Timedelta(0)) & (gone < pd.Timedelta(days=30))).astype(float)
    f["b"] = (f["arm"] == "motion_v2").astype(float)
    return f


def saturated(f: pd.DataFrame, y: str, stratum: str) -> tuple[float, float]:
    """The average of the strata's own coefficients in one regression with everything crossed, weighted by their customers, with the robust
    variance that has each group's n - 1 (HC2): what stratified means and their variance are."""
    design = pd.get_dummies(f[stratum]).astype(float)
    crossed = design.mul(f["b"], axis=0)
    fit = OLS(f[y].to_numpy(), np.column_stack([design, crossed])).fit(cov_type="HC2")
    weights = np.r_[np.zeros(design.shape[1]), design.mean().to_numpy()]
    return float(weights @ fit.params), float(np.sqrt(weights @ fit.cov_params() @ weights))


@pytest.fixture
def judged(tmp_path: Path) -> tuple[Any, pd.DataFrame]:
    frame = accounts(3_000)
    folder = made(tmp_path, frame)
    assigned(folder)
    lived(folder, frame, {"motion": 0.35, "motion_v2": 0.22})
    return told(folder), frame_of(folder)


def test_an_effect_in_strata(judged: tuple[Any, pd.DataFrame]) -> None:
    found, f = judged
    p = found["primary"]
    estimate, se = saturated(f, "y", "stratum")
    assert (p["estimate"], p["se"]) == pytest.approx((estimate, se))
    half = stats.t.ppf(1 - p["alpha"] / 2, p["dof"]) * p["se"]
    assert (p["low"], p["high"]) == pytest.approx((p["estimate"] - half, p["estimate"] + half))
    assert p["p"] == pytest.approx(2 * stats.t.sf(abs(p["estimate"] / p["se"]), p["dof"]))
    assert p["n"] == len(f) and p["strata"] == f["stratum"].nunique()
    assert p["base"]["estimate"] == pytest.approx(p["estimate"] * found["differ"] / found["customers"])
    means = f.groupby("arm")["y"].mean()
    assert p["arms"]["candidate"]["mean"] == pytest.approx(means["motion_v2"], abs=0.01)
    sizes = f["arm"].value_counts()
    assert found["validity"]["srm in D"]["p"] == pytest.approx(stats.chisquare(sizes).pvalue)


def test_effects_of_cells(judged: tuple[Any, pd.DataFrame]) -> None:
    found, f = judged
    cells = found["cells"]["cells"]
    estimates, ses = [], []
    for c in cells:
        own = f[f["place of motion"] + " \u2192 " + f["place of motion_v2"] == c["cell"]]
        a, b = own[own["b"] == 0]["y"], own[own["b"] == 1]["y"]
        welch = stats.ttest_ind(b, a, equal_var=False)
        assert c["estimate"] == pytest.approx(b.mean() - a.mean()) and c["customers"] == len(own)
        border = welch.confidence_interval(0.95)
        assert (c["low"], c["high"]) == pytest.approx((border.low, border.high))
        estimates.append(b.mean() - a.mean())
        ses.append(np.sqrt(a.var() / len(a) + b.var() / len(b)))
    w = 1 / np.square(ses)
    q = float((w * np.square(np.array(estimates) - np.average(estimates, weights=w))).sum())
    assert found["cells"]["p"] == pytest.approx(stats.chi2.sf(q, len(cells) - 1))


def test_clusters_by_a_regression_of_their_totals(tmp_path: Path) -> None:
    """Parents in one stratum and of one size: their means, by Welch."""
    frame = accounts(1_000).assign(level=1)
    folder = made(tmp_path, frame, MODEL + EXPERIMENT.replace("  pilot", "  cluster by parent\n  pilot"))
    assigned(folder)
    lived(folder, frame, {"motion": 0.4, "motion_v2": 0.3})
    found, f = told(folder), frame_of(folder)
    means = f.groupby(["cluster", "b"])["y"].mean().reset_index()
    welch = stats.ttest_ind(means[means["b"] == 1]["y"], means[means["b"] == 0]["y"], equal_var=False)
    border = welch.confidence_interval(0.95)
    p = found["primary"]
    assert (p["low"], p["high"]) == pytest.approx((border.low, border.high))


def minutes(folder: Path, frame: pd.DataFrame, effect: float = 8.0) -> None:
    rng, kept = np.random.default_rng(8), {r["unit"]: r for r in rows(folder)}
    lines = [CALLS]
    for unit in frame["account_id"]:
        usual, row = rng.gamma(3, 10), kept[unit]
        lines.append(f"{unit},2026-02-20T10:00:00,{usual:.2f},1\n")
        if rng.random() < 0.8:
            more = effect * (row["arm"] == "motion_v2" and row["differs"] == "true")
            lines.append(f"{unit},2026-03-10T10:00:00,{usual + rng.normal(20, 5) + more:.2f},1\n")
    (folder / "calls.csv").write_text("".join(lines), encoding="utf-8")


def test_adjusted_by_a_regression(tmp_path: Path) -> None:
    """theta is the slope within strata and arms; the interval is that of what is left."""
    text = MODEL + EXPERIMENT.replace("left_30d, lower is better", "talked_30d, higher is better").replace(
        "  pilot", "  adjust by talked_before\n  pilot"
    )
    frame = accounts(1_500)
    folder = made(tmp_path, frame, text)
    assigned(folder)
    minutes(folder, frame)
    at(folder, "2026-05-01")
    found, f = told(folder), frame_of(folder)
    calls = pd.read_csv(folder / "calls.csv", parse_dates=["called_at"])
    before = calls[calls["called_at"] < "2026-03-02"].groupby("account_id")["minutes"].sum()
    after = calls[calls["called_at"] >= "2026-03-02"].groupby("account_id")["minutes"].sum()
    f["c"], f["y"] = f["unit"].map(before).fillna(0.0), f["unit"].map(after).fillna(0.0)
    groups = pd.get_dummies(f["stratum"] + f["arm"]).astype(float)
    theta = OLS(f["y"], np.column_stack([groups, f["c"]])).fit().params.iloc[-1]
    f["left"] = f["y"] - theta * f["c"]
    estimate, se = saturated(f, "left", "stratum")
    p = found["primary"]
    assert p["adjusted"]["theta"] == pytest.approx(theta)
    assert (p["estimate"], p["se"]) == pytest.approx((estimate, se))
    plain = saturated(f, "y", "stratum")
    assert p["adjusted"]["variance_saved"] == pytest.approx(1 - (se / plain[1]) ** 2, abs=0.02)


def test_looks_by_integrals(tmp_path: Path) -> None:
    """z of the first two looks: the first by the spending function alone, the second by the bivariate normal."""
    frame = rolled(tmp_path)
    lived(tmp_path, frame, {"motion": 0.3, "motion_v2": 0.24}, "2026-06-30")
    looks = told(tmp_path)["looks"]
    spent = lambda t: 2 * (1 - stats.norm.cdf(stats.norm.ppf(1 - 0.0125) / np.sqrt(t)))  # noqa: E731
    assert looks[0]["z"] == pytest.approx(stats.norm.isf(spent(looks[0]["fraction"])), abs=1e-4)
    rho = np.sqrt(looks[0]["customers"] / looks[1]["customers"])
    both = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    left = (0.025 if looks[1]["fraction"] >= 1 else spent(looks[1]["fraction"])) - spent(looks[0]["fraction"])

    def crossed(z: float) -> float:
        inside = stats.norm.cdf(looks[0]["z"]) - stats.norm.cdf(-looks[0]["z"])
        below = both.cdf([looks[0]["z"], z]) - both.cdf([-looks[0]["z"], z])
        return float(inside - below)

    assert looks[1]["z"] == pytest.approx(optimize.brentq(lambda z: crossed(z) - left, 1.5, 6), abs=2e-3)
    for one in looks:
        assert one["high"] - one["estimate"] == pytest.approx(one["estimate"] - one["low"], rel=0.2)
