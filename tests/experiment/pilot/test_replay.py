"""Replays of logs of plays given by chance: known results, SNIPS by definition, truth by simulation, what can't be judged."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from segdsl.experiment.pilot import replay
from segdsl.experiment.pilot.results import Settings
from segdsl.experiment.shared.customers import Customers, PlayLog
from segdsl.model.experiment import Measure
from tests.support.cli import call
from tests.support.replays import DAYS, EXPERIMENT, MODEL, TOML, log, offered

pytestmark = pytest.mark.slow
YES = Settings(Measure("y", "higher"), binary=frozenset({"y"}))


def made(folder: Path, frame: pd.DataFrame, text: str = MODEL + EXPERIMENT) -> Path:
    frame.to_csv(folder / "log.csv", index=False)
    (folder / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (folder / "rules.seg").write_text(text, encoding="utf-8")
    return folder


def told(folder: Path, code: int | None = None) -> Any:
    result = call("experiment", "run", "mail", "--format", "json", cwd=folder)
    assert code is None or result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_hillstrom(tmp_path: Path, public_data: Path) -> None:
    """18.28, 15.14 and 10.62 % visits; d .4490, among them +.0034 (.0054), on the base +.0015 (.0024); plays' numbers p .904."""
    with (public_data / "hillstrom.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    frame = pd.DataFrame(rows).assign(id=range(len(rows)))
    visits = frame["visit"].astype(int).groupby(frame["segment"]).mean()
    assert [round(visits[s] * 100, 2) for s in ("Mens E-Mail", "Womens E-Mail", "No E-Mail")] == [18.28, 15.14, 10.62]
    folder = made(tmp_path, frame, MODEL.replace("  chance: real", "") + EXPERIMENT)
    found = told(folder, code=1)
    primary, base = found["primary"], found["primary"]["base"]
    assert (round(primary["d"], 4), round(primary["estimate"], 4), round(base["estimate"], 4)) == (
        0.4490,
        0.0034,
        0.0015,
    )
    assert round((primary["high"] - primary["low"]) / 2 / 1.96, 4) == 0.0054
    assert round((base["high"] - base["low"]) / 2 / 1.96, 4) == 0.0024
    assert round(found["validity"]["srm"]["p"], 3) == 0.904
    assert (found["verdict"], found["reason"], found["evidence"]) == ("KEEP", "inconclusive", "replay")
    assert "mail, replay, as of" in call("experiment", "run", "mail", cwd=folder).output


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize(("outcome", "column"), [("visited", "visit"), ("spent", "spend")])
def test_the_estimate_is_that_of_the_definition(tmp_path: Path, uneven: bool, outcome: str, column: str) -> None:
    frame = log(uneven=uneven)
    text = (
        (MODEL + EXPERIMENT)
        .replace("primary visited", f"primary {outcome}")
        .replace("probability: 1/3", "probability: chance")
    )
    found = told(made(tmp_path, frame, text))["primary"]
    d = frame[frame["womens"] & ~frame["mens"]]
    means, variances = [], []
    for play in ("Mens E-Mail", "Womens E-Mail"):
        own = d[d["segment"] == play]
        w = 1 / own["chance"]
        mean = (w * own[column]).sum() / w.sum()
        means.append(mean)
        variances.append((w**2 * (own[column] - mean) ** 2).sum() / w.sum() ** 2)
    assert found["estimate"] == pytest.approx(means[1] - means[0], rel=1e-9)
    assert (found["high"] - found["low"]) / 2 == pytest.approx(1.96 * sum(variances) ** 0.5, rel=0.01)
    assert found["d"] == pytest.approx(len(d) / len(frame))


def test_a_better_map_of_plays_is_promoted(tmp_path: Path) -> None:
    folder = made(tmp_path, log(effect=0.15))
    assert told(folder, code=0)["verdict"] == "PROMOTE"
    assert "by_category is mens_to_all now" in call("promote", "by_category", cwd=folder).output


def test_no_play_is_what_the_log_calls_none(tmp_path: Path) -> None:
    frame = log()
    frame["segment"] = frame["segment"].replace("No E-Mail", "none")
    found = told(
        made(
            tmp_path, frame, (MODEL + EXPERIMENT).replace("candidate by_category\n  replay", "candidate less\n  replay")
        )
    )
    d = frame[frame["womens"] & ~frame["mens"]]
    means = d.groupby("segment")["visit"].mean()
    assert found["primary"]["estimate"] == pytest.approx(means["none"] - means["Mens E-Mail"])


@pytest.mark.parametrize(("change", "check", "said"), [
    (lambda f: f[f["segment"] != "Womens E-Mail"], "support", "the log has nobody who got `womens_mail`"),
    (lambda f: f.assign(chance=0.0), "probabilities", "a probability is 0.0"),
    (lambda f: f.assign(chance=1.5), "probabilities", "a probability is 1.5"),
    (lambda f: f.assign(chance=f["chance"].where(f["id"] > 0)), "probabilities", "a probability is missing"),
    (lambda f: f.head(500), "effective size", "at least 100 are needed"),
    (lambda f: f.assign(visit=f["id"] % 400 == 0), "events", "at least 20 are needed"),
    (lambda f: f.assign(womens=False), "difference", "nobody would get another play"),
    (lambda f: f[(f["segment"] != "No E-Mail") | (f["id"] % 3 == 0)], "srm", "more or less often"),
    (lambda f: f.assign(visit=f["visit"].astype(object).where(f["id"] % 20 > 0, None)), "outcomes", "outcomes are missing"),
])  # fmt: skip
def test_what_cannot_be_judged_has_no_figure(tmp_path: Path, change: Any, check: str, said: str) -> None:
    text = (MODEL + EXPERIMENT).replace("probability: 1/3", "probability: chance")
    found = told(made(tmp_path, change(log()), text), code=3)
    assert found["verdict"] == "INVALID" and found["primary"] is None
    assert not found["validity"][check]["ok"] and said in found["sentence"], found["sentence"]


@pytest.mark.parametrize(("change", "said"), [
    (("play: segment, ", ""), "a replay needs `play`"), (("play: segment", "play: visit"), "a text"), (("1/3", "segment"), "`probability` must be a number"),
    (("mailings(", "mailing("), "`mailing` is unknown"),
])  # fmt: skip
def test_what_is_declared_wrong_is_said(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    folder = made(tmp_path, log(20), MODEL + EXPERIMENT.replace(*change, 1))
    found = json.loads(call("check", "--format", "json", cwd=folder).stdout)["diagnostics"]
    errors = [(d["code"], d["message"] + d["help"]) for d in found if d["severity"] == "error"]
    assert [c for c, _ in errors] == ["SEG0906"] and said in errors[0][1], errors


# -- doubly robust, several days, the other half -----------------------------------------


def table(n: int = 3_000, seed: int = 2, dead: float = 0.0) -> PlayLog:
    """Rows of those who differ; a share of them could never have got the candidate's play, and nothing but the weights says so."""
    rng = np.random.default_rng(seed)
    could = rng.random(n) >= dead
    p = np.where(could, rng.choice([0.2, 0.5], n), 0.0)
    got = rng.random(n) < p
    cell = rng.integers(0, 3, n)
    y = (rng.random(n) < 0.2 + 0.1 * cell + 0.05 * got).astype(float)
    return PlayLog.from_customers(
        Customers.of(pd.DataFrame({"y": y}), clusters=[f"u{i}" for i in range(n)]),
        actual=np.where(got, "b", "a"), chances=np.where(got, p, 1 - p), first="a", second="b", cells=cell.astype(str), folds=rng.integers(0, 5, n),
    )  # fmt: skip


def test_the_doubly_robust_estimate_is_that_of_its_definition() -> None:
    """Row by row, each mean learned from the other folds."""
    log = table(400)
    f = pd.DataFrame(
        {"y": log.value("y"), "given": log.actual, "chance": log.chances, "cell": log.cells, "fold": log.folds}
    )
    scores = []
    for row in f.to_dict("records"):
        away = f[f["fold"] != row["fold"]]
        mu = {}
        for play in ("a", "b"):
            own = away[away["given"] == play]
            of_cell = own[own["cell"] == row["cell"]]["y"]
            mu[play] = (of_cell.sum() + 20 * own["y"].mean()) / (len(of_cell) + 20)
        left = {play: (row["y"] - mu[play]) / row["chance"] * (row["given"] == play) for play in mu}
        scores.append(mu["b"] - mu["a"] + left["b"] - left["a"])
    found = replay.doubly_robust(log, "y", 0.05)
    assert found.estimate == pytest.approx(np.mean(scores))
    assert found.se == pytest.approx(np.std(scores) / len(scores) ** 0.5)


def test_rows_of_one_customer_are_one_unit() -> None:
    f = table()
    twice = PlayLog.together([f, f])
    once, both = (replay.snips(x, "y", 0.05) for x in (f, twice))
    assert both.estimate == pytest.approx(once.estimate) and both.se == pytest.approx(once.se)
    assert replay.doubly_robust(twice, "y", 0.05).se == pytest.approx(replay.doubly_robust(f, "y", 0.05).se, rel=0.02)


@pytest.mark.parametrize(("dead", "ok"), [(0.0, True), (0.2, False)])
def test_a_play_that_some_could_not_have_got_is_found_by_the_weights(dead: float, ok: bool) -> None:
    found = replay.judge(table(dead=dead), YES)
    support = next(c for c in found.piloted.checks if c.name == "support")
    assert support.ok == ok
    assert ok or "of those who would get `b` could not have got it" in support.message


def test_cells_enter_the_curve_whole() -> None:
    f = table(20_000)
    y = np.random.default_rng(1).random(len(f)) < 0.3 + 0.3 * (f.cells == "2") * (f.actual == "b")
    found = replay.judge(PlayLog(f.frame.assign(y=y.astype(float))), YES)
    assert found.curve[0].cell == "2" and found.curve[0].low > 0 and len(found.curve) == 3
    assert found.curve[-1].share == 1 and abs(found.curve[-1].estimate - found.curve[0].estimate) < 0.03


def test_each_day_of_a_log_is_asked_as_of_then(tmp_path: Path) -> None:
    """Whoever had ordered before gets nothing by the candidate; whoever left is in the first day's log alone."""
    customers, both = offered(tmp_path)
    found = json.loads(call("experiment", "run", "old", "--format", "json", cwd=tmp_path).stdout)
    mens = set(customers[customers["mens"]]["id"])
    first = both[(both["offered_at"] < "2026-02") & both["id"].isin(mens)]
    ordered = set(first[first["amount"].notna()]["id"])
    second = both[(both["offered_at"] > "2026-02") & both["id"].isin(mens - ordered)]
    d = pd.concat([first, second]).assign(y=lambda f: f["amount"].fillna(0.0))
    means = {p: np.average(own["y"], weights=1 / own["chance"]) for p, own in d.groupby("play")}
    assert found["primary"]["estimate"] == pytest.approx(means["mail"] - means["none"])
    assert f"{len(d):,} customers would get another play" in found["validity"]["difference"]["said"]
    assert found["doubly_robust"]["rows"] == len(d)


def test_a_day_whose_outcomes_havent_happened_is_named(tmp_path: Path) -> None:
    offered(tmp_path)
    toml = (tmp_path / "segdsl.toml").read_text(encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text(toml.replace("2026-04-01", "2026-02-06"), encoding="utf-8")
    found = json.loads(call("experiment", "run", "old", "--format", "json", cwd=tmp_path).stdout)
    assert found["verdict"] == "INVALID" and "as of 2026-02-02 hasn't all happened on 2026-02-06" in found["sentence"]


def test_several_rows_on_one_day_are_named(tmp_path: Path) -> None:
    offered(tmp_path, twice=True)
    found = json.loads(call("experiment", "run", "old", "--format", "json", cwd=tmp_path).stdout)
    assert not found["validity"]["one play"]["ok"] and "1 customer with several rows on one day" in found["sentence"]


def test_the_half_that_a_candidate_was_chosen_on_doesnt_judge_it(tmp_path: Path) -> None:
    customers, _ = offered(tmp_path, DAYS.replace("probability: chance", 'probability: chance, chosen: "half"'))
    half = call("experiment", "split", "old", cwd=tmp_path).output.split()[1:]
    assert 400 < len(half) < 800
    found = json.loads(call("experiment", "run", "old", "--format", "json", cwd=tmp_path).stdout)
    left = set(customers[customers["left_on"] != ""]["id"])
    rest = set(customers["id"]) - set(half)
    assert (
        f"{2 * len(rest) - len(rest & left):,} customers of the other judge it"
        in found["validity"]["other half"]["said"]
    )


@pytest.mark.parametrize(("change", "said"), [
    ((" as of 2026-01-05, 2026-02-02", ""), "has many rows per customer: name the days"),
    (("2026-01-05, 2026-02-02", "2026-02-02, 2026-01-05"), "in ascending order"),
    (("offers(play", "customer(play"), "is not a table"),
    (("probability: chance", "probability: chance, chosen: 1"), "the seed of the half of customers"),
])  # fmt: skip
def test_days_that_are_declared_wrong_are_said(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    offered(tmp_path, DAYS.replace(*change, 1))
    found = json.loads(call("check", "--format", "json", cwd=tmp_path).stdout)["diagnostics"]
    assert any(said in d["message"] for d in found if d["severity"] == "error"), found
