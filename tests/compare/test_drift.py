"""Drift: the test of statsmodels, the index by definition, and that chance is what it says."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import SquareTable

from segdsl.compare.drift import drift, psi, stuart_maxwell
from tests.support.backtests import EXPERIMENT, MODEL, RULES, data, made
from tests.support.cli import call

TABLES = st.integers(2, 4).flatmap(
    lambda k: st.lists(st.lists(st.integers(1, 60), min_size=k, max_size=k), min_size=k, max_size=k)
)


@given(TABLES)
def test_the_sizes_are_tested_as_statsmodels_does(rows: list[list[int]]) -> None:
    table = np.array(rows, float)
    expected = SquareTable(table, shift_zeros=False).homogeneity("stuart_maxwell")
    chi2, p = stuart_maxwell(table)
    assert chi2 == pytest.approx(expected.statistic, rel=1e-7, abs=1e-9)
    assert p == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)


def test_two_places_are_mcnemars_test() -> None:
    """20 went one way and 5 the other: (20 - 5)^2 / 25 = 9."""
    assert stuart_maxwell(np.array([[100.0, 20], [5, 200]]))[0] == pytest.approx(9.0)
    assert stuart_maxwell(np.array([[100.0, 0], [0, 200]])) == (0.0, None)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=2, max_size=6))
def test_the_index_is_both_divergences_together(sizes: list[tuple[int, int]]) -> None:
    then, now = (np.array([s[i] for s in sizes], float) for i in (0, 1))
    p, q = then / then.sum(), now / now.sum()
    assert psi(then, now) == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p), abs=1e-12)


@pytest.mark.slow
def test_where_nothing_drifts_chance_gives_as_much_in_nineteen_of_twenty() -> None:
    rng = np.random.default_rng(5)
    above = 0
    for i in range(200):
        then = rng.integers(0, 3, 800)
        now = np.where(rng.random(800) < 0.2, rng.integers(0, 3, 800), then)
        found = drift(Counter(zip(map(str, then.tolist()), map(str, now.tolist()))), "012", seed=i)
        above += found.psi > found.null
    assert 1 <= above <= 24  # 10 expected; 99.9 % of a binomial


@pytest.mark.slow
def test_two_days_by_pandas(tmp_path: Path) -> None:
    tables = data(300, 2)
    folder = made(tmp_path, tables, MODEL + RULES + EXPERIMENT)
    shown = call("drift", "old", "--since", "2025-07-01", "--as-of", "2025-10-01", "--weeks", cwd=folder)
    assert shown.exit_code == 0 and "accounts on both days" in shown.output and shown.output.count("week from") == 13
    found = json.loads(
        call("drift", "old", "--since", "2025-07-01", "--as-of", "2025-10-01", "--format", "json", cwd=folder).stdout
    )
    accounts, logins = tables

    def placed(day: str) -> pd.Series:
        t = pd.Timestamp(day)
        there = accounts[(accounts["created_at"] <= t) & ~(accounts["ended_at"] <= t) & accounts["region"].notna()][
            "account_id"
        ]
        seen = set(logins[(logins["at"] < t) & (logins["at"] >= t - pd.Timedelta(days=30))]["account_id"])
        return pd.Series(["rest" if a in seen else "quiet" for a in there], index=there)

    before, after = placed("2025-07-01"), placed("2025-10-01")
    both = before.index.intersection(after.index)
    assert {(m["from"], m["to"]): m["count"] for m in found["moves"]} == Counter(zip(before[both], after[both]))
    p, q = (on.value_counts(normalize=True).sort_index() for on in (before, after))
    assert found["psi_of_all"] == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p)) != found["psi"]
    assert f"with those who came and went {found['psi_of_all']:.4f}" in shown.output
    assert (found["came"], found["went"]) == (len(after) - len(both), len(before) - len(both))


@pytest.mark.parametrize(("arguments", "said"), [
    (("none", "--since", "2025-07-01"), "`none` is no segmentation"), (("old", "--since", "2025-13-01"), "is no date"),
    (("old", "--since", "2025-10-01", "--as-of", "2025-10-01"), "isn't before"), (("old",), "--since"),
])  # fmt: skip
def test_wrong_questions(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = call("drift", *arguments, cwd=made(tmp_path, data(20, 1)))
    assert result.exit_code == 2 and said in result.output


@pytest.mark.slow
def test_the_later_day_is_the_one_the_data_is_of(tmp_path: Path) -> None:
    """Without a day it isn't the clock's: segments would look quiet because nothing is in the data yet."""
    folder = made(tmp_path, data(50, 1), MODEL + RULES + EXPERIMENT)
    config = tomllib.loads((folder / "segdsl.toml").read_text())["sources"]["default"]
    of = config["snapshot"]
    found = json.loads(call("drift", "old", "--since", "2025-07-01", "--format", "json", cwd=folder).stdout)
    assert found["as_of"].startswith(str(of)) and found["warnings"] == []
    late = "drift", "old", "--since", "2025-07-01", "--as-of", "2031-01-01"
    found = json.loads(call(*late, "--format", "json", cwd=folder).stdout)
    assert "what happened since isn't in it" in found["warnings"][0]
    assert "what happened since isn't in it" in call(*late, cwd=folder).output


def test_fields_that_are_overwritten_are_named(tmp_path: Path) -> None:
    rules = 'segmentation by_plan of account { segment free { when plan = "free" } otherwise rest }\n'
    result = call(
        "drift",
        "by_plan",
        "--since",
        "2025-07-01",
        "--as-of",
        "2025-10-01",
        cwd=made(tmp_path, data(50, 1), MODEL + rules),
    )
    assert "as they are now, not as they were then: `account.plan` is overwritten" in result.output
