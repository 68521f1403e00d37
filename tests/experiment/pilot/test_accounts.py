"""Each row of a table that says who got what ends in one line of an account, and what the account says can make a pilot INVALID."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from segdsl.experiment.pilot import reconcile
from segdsl.experiment.pilot.reconcile import Case, Ending
from tests.support import pilots, replays
from tests.support.cli import call
from tests.support.imported_pilots import MODEL, Frame, N, exposures, made, players, told

pytestmark = pytest.mark.slow


def lines(found: Any) -> dict[str, int]:
    """By name the rows of each line, which add up to those of the table."""
    of = found["account"]
    assert sum(line["rows"] for line in of["lines"]) == of["rows"]
    for line in of["lines"]:
        assert sum(line["by_group"].values()) <= line["rows"]
    return {line["name"]: line["rows"] for line in of["lines"]}


# -- rows ------------------------------------------------------------------------------


def test_a_sound_table_is_all_compared_or_placebo(tmp_path: Path) -> None:
    who = players()
    found = told(made(tmp_path, who, exposures(who)))
    differ = int((who["score"] < 60).sum())
    assert lines(found) == {"compared": differ, "same play": N - differ} and found["account"]["rows"] == N
    assert found["verdict"] != "INVALID" and found["primary"]["n"] == differ and found["validity"]["account"]["ok"]


def some(frame: Frame, every: int, of: Callable[[Frame], Any] = lambda f: True) -> Any:
    """Each so many-th of the rows for which something is true."""
    picked = np.flatnonzero(np.broadcast_to(of(frame), len(frame)))[::every]
    return np.isin(np.arange(len(frame)), picked)


def test_a_few_stray_rows_are_told_and_change_nothing(tmp_path: Path) -> None:
    who = players()
    clean = exposures(who)
    exposed = clean.assign(arm=clean["arm"].where(~some(clean, 400), "multiple"))
    exposed = pd.concat([exposed, pd.DataFrame({"id": ["x1", "x2"], "arm": ["old", "new"]})])
    folder = made(tmp_path, who, exposed)
    found = told(folder)
    of = lines(found)
    assert (of["another arm"], of["no such customer"]) == (5, 2) and found["verdict"] != "INVALID"
    assert found["primary"]["n"] == of["compared"]
    text = call("experiment", "run", "e", "--no-record", cwd=folder).output
    assert (
        "name an arm that isn't compared, as `multiple`" in text and "are of customers who aren't in the data" in text
    )
    assert "another arm" in call("experiment", "run", "e", "--no-record", "--format", "markdown", cwd=folder).output
    page = call("experiment", "run", "e", "--no-record", "--format", "html", cwd=folder).output
    assert "Where each row ended" in page and "another arm" in page


BROKEN: dict[str, tuple[Callable[[Frame], Frame], str, str, str]] = {
    "several arms": (
        lambda f: pd.concat([f, f[some(f, 50)].assign(arm="new"), f[some(f, 50)].assign(arm="old")]),
        "text", "two arms", "120 of 2,080 rows of `exposures` (5.8%) are of customers who are in several arms, as `u0`, `u100`, `u1000`; none may",
    ),
    "several rows": (
        lambda f: pd.concat([f, f[some(f, 500)]]),
        "text", "duplicate", "8 of 2,004 rows of `exposures` (0.4%) are of customers who have several rows, as `u0`, `u1000`, `u1500`; none may",
    ),
    "another case": (
        lambda f: f.assign(arm=f["arm"].where(~some(f, 10, lambda f: f["arm"] == "new"), "New")),
        "text", "another case", "100 of 2,000 rows of `exposures` (5.0%) write an arm in another case, as `New`; at most 1% may",
    ),
    "another arm": (
        lambda f: f.assign(arm=f["arm"].where(~some(f, 20), "multiple")),
        "text", "another arm", "100 of 2,000 rows of `exposures` (5.0%) name an arm that isn't compared, as `multiple`; at most 1% may",
    ),
    "a third of the arms missing": (
        lambda f: f.assign(arm=f["arm"].where(~some(f, 3), None)),
        "text", "arm missing", "667 of 2,000 rows of `exposures` (33.4%) don't say which arm; at most 1% may",
    ),
    "an arm that isn't declared": (
        lambda f: f.assign(arm=f["arm"].where(~some(f, 20), "multiple")),
        'one of ("old", "new")', "arm missing", "100 of 2,000 rows of `exposures` (5.0%) don't say which arm; at most 1% may",
    ),
    "customers of another system": (
        lambda f: f.assign(id=f["id"].where(~some(f, 25), "x" + f["id"])),
        "text", "no such customer", "80 of 2,000 rows of `exposures` (4.0%) are of customers who aren't in the data, as `xu0`, `xu100`, `xu1000`; at most 1% may",
    ),
    "rows of no customer": (
        lambda f: f.assign(id=f["id"].where(f["id"] != "u3", None)),
        "text", "no customer", "1 of 2,000 rows of `exposures` (0.1%) name no customer; none may",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_invalid_with_the_account(tmp_path: Path, name: str) -> None:
    change, type_, line, said = BROKEN[name]
    who = players()
    found = told(made(tmp_path, who, change(exposures(who)), type_), code=3)
    assert found["verdict"] == "INVALID" and found["primary"] is None and not found["validity"]["account"]["ok"]
    assert line in lines(found) and said in found["sentence"], found["sentence"]


def test_the_contract_says_which_cells_it_couldnt_read(tmp_path: Path) -> None:
    change, type_, _, _ = BROKEN["an arm that isn't declared"]
    who = players()
    folder = made(tmp_path, who, change(exposures(who)), type_)
    said = "100 cells of arm not one of its values, kept as missing: `multiple`"
    assert told(folder)["account"]["data"] == [said]
    assert said in call("experiment", "run", "e", "--no-record", cwd=folder).output
    assert (
        "100 cells of arm not one of its values"
        in call("experiment", "run", "e", "--no-record", "--format", "markdown", cwd=folder).output
    )


def test_personal_keys_are_in_no_sentence(tmp_path: Path) -> None:
    who = players()
    exposed = exposures(who).assign(id=lambda f: f["id"].where(~some(f, 25), "x" + f["id"]))
    found = told(made(tmp_path, who, exposed, model=MODEL.replace("id: text key", "id: text key personal")), code=3)
    assert lines(found)["no such customer"] == 80 and "xu0" not in json.dumps(found)


def test_lines_that_differ_between_arms_are_invalid(tmp_path: Path) -> None:
    """Of those who got the new plays more fell out of what the rules are about: 8 of 100, and none of the others."""
    who = players()
    exposed = exposures(who)
    out = some(who, 12, lambda f: (exposed["arm"] == "new").to_numpy(bool))
    found = told(made(tmp_path, who.assign(score=who["score"].where(~out, -1)), exposed), code=3)
    arms = found["account"]["lines"][[x["name"] for x in found["account"]["lines"]].index("outside")]
    p = stats.fisher_exact([[0, 1_000], [84, 916]]).pvalue
    assert arms["by_group"] == {"old": 0, "new": 84} and arms["p"] == pytest.approx(p) and p < 0.001
    assert (
        "0.0% of `old` and 8.4% of `new` are of customers outside of the rules: chance hardly gives that"
        in found["sentence"]
    )


def test_an_empty_table_is_said_to_be_empty(tmp_path: Path) -> None:
    who = players()
    found = told(made(tmp_path, who, exposures(who).head(0)), code=3)
    assert found["sentence"] == "new can't be judged: `exposures` has no row: it says of nobody who got what"


def test_one_customer_is_not_nobody(tmp_path: Path) -> None:
    who = players().assign(score=1).head(40)
    exposed = pd.DataFrame({"id": who["id"], "arm": ["new"] + ["old"] * 39})
    found = told(made(tmp_path, who, exposed), code=3)
    assert (
        "the candidate's arm has one customer: at least two of each are needed to see how much they differ"
        in found["sentence"]
    )
    assert found["sentence"].count("chance hardly gives that") == 1  # of all and of those who differ alike


@pytest.mark.parametrize("kept", [0, 1])
def test_outcomes_that_are_all_equal_show_nothing(tmp_path: Path, kept: int) -> None:
    who = players().assign(kept=kept)
    assert (
        "the outcome is the same for everybody: nothing can be seen"
        in told(made(tmp_path, who, exposures(who)), 3)["sentence"]
    )


# -- with a time -----------------------------------------------------------------------

DATED = """
entity player from joined to left_on { id: text key  score: integer fixed  joined: date  left_on: date }
details exposures of player by id { arm: text  since: TYPE }
outcome left_30d of player = left_on is not missing and left_on in next 30 days
play a { channel: "x" }
play b { channel: "x" }
segmentation old of player { segment low { when score < 60 play a } undecided u otherwise n }
segmentation new of player candidate of old { segment low { when score < 60 play b } undecided u otherwise n }
experiment e { incumbent old candidate new
  pilot from exposures(arm: arm, incumbent: "old", candidate: "new", at: since)
  primary left_30d, lower is better
}
"""


def dated(who: Frame) -> tuple[Frame, Frame]:
    rng = np.random.default_rng(5)
    since = pd.Timestamp("2026-02-01") + pd.to_timedelta(rng.integers(0, 20, N), "D")
    left = pd.Series(since + pd.Timedelta(days=12)).where(rng.random(N) < 0.2)
    live = who.assign(joined="2025-01-01", left_on=left.dt.date)
    return live, exposures(who).assign(since=since.strftime("%Y-%m-%d"))


def test_rows_that_came_after_and_customers_who_are_gone_have_lines(tmp_path: Path) -> None:
    who, exposed = dated(players())
    late = some(exposed, 10)
    gone = some(exposed, 20) & ~late
    gone |= np.isin(np.arange(N), [1, 3])
    exposed["since"] = exposed["since"].where(~late, "2026-05-20")
    who["left_on"] = who["left_on"].where(~(late | gone), None).where(~gone, "2026-01-15")
    of = lines(told(made(tmp_path, who, exposed, "date", model=DATED)))
    assert (of["came after"], of["not there"]) == (int(late.sum()), int(gone.sum()))
    assert of["compared"] + of["same play"] == N - int(late.sum()) - int(gone.sum())


def test_many_who_had_left_before_are_invalid(tmp_path: Path) -> None:
    who, exposed = dated(players())
    who["left_on"] = who["left_on"].where(~some(exposed, 5), "2026-01-15")
    found = told(made(tmp_path, who, exposed, "date", model=DATED), code=3)
    assert (
        "400 of 2,000 rows of `exposures` (20.0%) are of customers who weren't there on that day; at most 10% may"
        in found["sentence"]
    )


def test_an_arm_that_came_later_is_invalid(tmp_path: Path) -> None:
    who, exposed = dated(players())
    late = some(exposed, 4, lambda f: f["arm"] == "new")
    exposed["since"] = exposed["since"].where(~late, "2026-05-20")
    found = told(made(tmp_path, who, exposed, "date", model=DATED), code=3)
    assert (
        "25.0% of `new` came after the data's day, or their outcome hasn't happened yet: chance hardly"
        in found["sentence"]
    )


def test_times_of_another_zone_are_the_days_they_are(tmp_path: Path) -> None:
    """Half past midnight on Kiritimati is the day before in UTC."""
    who, exposed = dated(players())
    plain = told(made(tmp_path, who, exposed.assign(since=exposed["since"] + " 10:30:00"), "timestamp", model=DATED))
    shifted = pd.to_datetime(exposed["since"]) + pd.Timedelta(days=1)
    zoned = told(
        made(
            tmp_path,
            who,
            exposed.assign(since=shifted.dt.strftime("%Y-%m-%dT00:30:00+14:00")),
            "timestamp",
            model=DATED,
        )
    )
    assert lines(zoned) == lines(plain) and zoned["primary"] == plain["primary"]


# -- logs ------------------------------------------------------------------------------


def replayed(folder: Path, change: Callable[[Frame], Frame] = lambda f: f) -> Any:
    """A log of one row a customer; 300 of its rows are of customers who aren't in the data where `change` gives them other keys."""
    frame = replays.log()
    frame.to_csv(folder / "customers.csv", index=False)
    change(frame).to_csv(folder / "log.csv", index=False)
    toml = replays.TOML.replace('customer = "log.csv"', 'customer = "customers.csv"')
    (folder / "segdsl.toml").write_text(toml, encoding="utf-8")
    text = (replays.MODEL + replays.EXPERIMENT).replace("probability: 1/3", "probability: chance")
    (folder / "rules.seg").write_text(text, encoding="utf-8")
    return json.loads(call("experiment", "run", "mail", "--format", "json", "--no-record", cwd=folder).stdout)


def test_each_row_of_a_log_ends_in_one_line(tmp_path: Path) -> None:
    frame, found = replays.log(), replayed(tmp_path)
    d = frame[frame["womens"] & ~frame["mens"]]
    other = int((d["segment"] == "No E-Mail").sum())
    assert lines(found) == {"compared": len(d) - other, "same play": len(frame) - len(d), "another play": other}
    assert (
        "Where each row ended"
        in call("experiment", "run", "mail", "--no-record", "--format", "html", cwd=tmp_path).output
    )


@pytest.mark.parametrize(("change", "line", "said"), [
    (lambda f: f.assign(segment=f["segment"].where(f["id"] % 20 > 0, f["segment"].str.upper())), "another case", "write a play in another case"),
    (lambda f: f.assign(segment=f["segment"].where(f["id"] % 20 > 0, None)), "play missing", "don't say which play"),
    (lambda f: f.assign(id=f["id"].where(f["id"] % 20 > 0, f["id"] + 100_000)), "no such customer", "are of customers who aren't in the data, as `100000`"),
    (lambda f: pd.concat([f, f[f["id"] % 20 == 0]]), "duplicate", "are of customers who have several rows, as `0`"),
    (lambda f: f.head(0), None, "has no row: it says of nobody who got what"),
])  # fmt: skip
def test_a_broken_log_is_invalid_with_the_account(tmp_path: Path, change: Any, line: str | None, said: str) -> None:
    found = replayed(tmp_path, change)
    assert found["verdict"] == "INVALID" and found["primary"] is None and said in found["sentence"], found["sentence"]
    assert line is None or lines(found)[line] >= 300


def test_rows_of_days_that_arent_asked_about_have_a_line(tmp_path: Path) -> None:
    replays.offered(tmp_path, replays.DAYS.replace("2026-01-05, 2026-02-02", "2026-01-05"))
    offers = pd.read_csv(tmp_path / "offers.csv")
    of = lines(json.loads(call("experiment", "run", "old", "--format", "json", "--no-record", cwd=tmp_path).stdout))
    assert of["another day"] == int((offers["offered_at"] > "2026-02").sum())


def test_the_other_half_has_a_line(tmp_path: Path) -> None:
    replays.offered(tmp_path, replays.DAYS.replace("probability: chance", 'probability: chance, chosen: "half"'))
    half = set(call("experiment", "split", "old", cwd=tmp_path).output.split()[1:])
    offers = pd.read_csv(tmp_path / "offers.csv")
    of = lines(json.loads(call("experiment", "run", "old", "--format", "json", "--no-record", cwd=tmp_path).stdout))
    assert of["other half"] == int(offers["id"].isin(half).sum())


# -- our own pilots --------------------------------------------------------------------


def test_everybody_of_a_day_and_each_row_of_our_exposures_ends_in_one_line(tmp_path: Path) -> None:
    frame = pilots.accounts()
    text = (pilots.MODEL + pilots.EXPERIMENT).replace(
        "  primary", '  holdout 10% seed "h"\n  at most 20 weeks, 100 accounts\n  primary'
    )
    folder = pilots.made(tmp_path, frame, text)
    today = pilots.assigned(folder)
    of = lines(today)
    arms = today["new"]
    assert sum(of.values()) == len(frame) and of["enter"] == 100 and of["no room"] == arms["no room"]["differ"]
    assert of["held out"] == sum(arms["holdout"].values())
    assert of["placebo"] == sum(arms[a]["placebo"] for a in ("motion", "motion_v2"))
    assert lines(pilots.assigned(folder)) == {"entered before": len(frame)}
    before = pilots.told(folder, name="trial")
    assert lines(before) == {"came after": 100 + of["placebo"], "no room": of["no room"], "held out": of["held out"]}
    pilots.lived(folder, frame, {"motion": 0.4, "motion_v2": 0.4})
    found = pilots.told(folder)
    assert lines(found) == {
        "compared": 100,
        "same play": of["placebo"],
        "no room": of["no room"],
        "held out": of["held out"],
    }
    gone = [r["unit"] for r in pilots.rows(folder) if r["arm"] == "motion_v2" and r["differs"] == "true"][:10]
    kept = pd.read_csv(folder / "accounts.csv").loc[lambda f: ~f["account_id"].isin(gone)]
    kept.to_csv(folder / "accounts.csv", index=False)
    spoilt = pilots.told(folder, code=3)
    assert lines(spoilt)["no such customer"] == 10
    assert (
        f"10 of {len(frame)} rows of `experiments/exposures/trial.csv` (2.5%) are of customers who aren't in the data any more"
        in spoilt["sentence"]
    )


@pytest.mark.parametrize(("change", "said"), [
    (("  primary", "  looks as of 2026-03-01\n  primary"), "the look on 2026-03-01 is not after 2026-03-02"),
    (("left_30d, lower", "gone, lower"), "`gone` has no end"),
    (("is better\n", "is better, detect 0 points\n"), "an effect must be more than 0"),
])  # fmt: skip
def test_a_pilot_that_can_never_be_looked_at_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    outcome = "outcome gone of account = ended_at is not missing\n"
    text = pilots.MODEL + outcome + pilots.EXPERIMENT.replace(*change)
    folder = pilots.made(tmp_path, pilots.accounts(20), text)
    assert said in call("check", cwd=folder).output


# -- the account -----------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c", None]), st.lists(st.booleans(), min_size=3, max_size=3)), max_size=40
    )
)
def test_an_account_adds_up_whatever_the_cases(rows: list[tuple[str | None, list[bool]]]) -> None:
    group_of = np.array([r[0] for r in rows], object)
    cases = [Case(Ending(str(i), ""), np.array([r[1][i] for r in rows], bool)) for i in range(3)]
    found = reconcile.account("t", ["a", "b"], group_of, cases, Ending("rest", ""))
    assert sum(x.rows for x in found.lines) == found.rows == len(rows)
    for i, size in enumerate(found.sizes):
        assert sum(x.by_group[i] for x in found.lines) == size
