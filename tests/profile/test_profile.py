"""`segdsl profile` on made-up customers, beside pandas, scipy and statsmodels on the same cells; and odd data."""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from segdsl.diagnostics import Source
from segdsl.features.reads import made_of, reads
from segdsl.features.recipe import features
from segdsl.lang.parse import parse_expression
from segdsl.profile.differences import FALSE_DISCOVERIES, Summary, adjusted, of_numbers
from segdsl.profile.profile import groups_of
from segdsl.report.content import profile as words
from segdsl.report.layout import chart
from segdsl.resolve import resolve_values
from segdsl.workspace.load import Workspace, load_workspace, sound
from tests.support.cli import as_json, call

pytestmark = pytest.mark.slow

AS_OF = dt.date(2026, 11, 1)
MODEL = """
entity account from since { id: text key  since: date fixed  status: one of ("on", "off") required  plan: text  arr: money(USD) required  seats: integer  email: text personal  gender: text }
table logins of account by id at t { device: text }
table bills of account by id at day: date { amount: money(USD) required  state: one of ("paid", "failed") required }
metric seats_in_tens of account = seats / 10
metric logins_by_seat of account = count(logins in last 7 days) / seats
metric recent of account = count(logins in last 30 days)
"""
RULES = """
segment large of account where status = "on" { when arr > 1_000 and seats > 5 }
segment busy of account { when count(logins in last 90 days) >= 6 }
segmentation tiers of account where status = "on" {
  segment top { when arr > 2_000 }
  segment middle { when seats > 20 }
  undecided unclear
  otherwise low
}
segment failing of account { when any(bills where state = "failed") }
segment nobody of account { when arr < 0 }
segment everybody of account { when arr >= 0 }
segment one of account { when id = "a001" }
"""
TOML = '[workspace]\nname = "t"\n[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\nlogins = "l.csv"\nbills = "b.csv"\n'


def frames(n: int = 300) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(7)
    ids = [f"a{i:03}" for i in range(n)]
    arr = np.round(rng.lognormal(6.8, 1, n), 2)
    day0 = pd.Timestamp(AS_OF)
    a = pd.DataFrame(
        {
            "id": ids, "since": [(day0 - pd.Timedelta(days=int(d))).date() for d in rng.integers(1, 2000, n)], "status": rng.choice(["on", "off"], n, p=[0.8, 0.2]),
            "plan": np.where(rng.uniform(size=n) < 0.2, None, np.where(arr > 1500, rng.choice(["pro", "team"], n), "team")), "arr": arr,
            "seats": pd.array([None if rng.uniform() < 0.1 else int(s) for s in rng.poisson(3 + arr / 200)], "Int64"), "email": "x@y.z", "gender": "f",
        }
    )  # fmt: skip
    who, back = rng.choice(ids, 2500, p=arr / arr.sum()), rng.uniform(0, 400, 2500)
    logins = pd.DataFrame(
        {
            "id": who,
            "t": [day0 - pd.Timedelta(days=float(d)).floor("s") for d in back],
            "device": rng.choice(["x", "y", "z"], 2500),
        }
    )
    bills = pd.DataFrame({"id": rng.choice(ids, 900), "day": [(day0 - pd.Timedelta(days=int(d))).date() for d in rng.integers(1, 400, 900)], "amount": np.round(rng.exponential(90, 900), 2), "state": rng.choice(["paid", "failed"], 900, p=[0.9, 0.1])})  # fmt: skip
    return {"a": a, "l": logins, "b": bills}


def write(root: Path, tables: dict[str, pd.DataFrame], rules: str = MODEL + RULES) -> Path:
    for name, frame in tables.items():
        frame.to_csv(root / f"{name}.csv", index=False)
    (root / "m.seg").write_text(rules, encoding="utf-8")
    (root / "segdsl.toml").write_text(TOML, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def data() -> dict[str, pd.DataFrame]:
    return frames()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, data: dict[str, pd.DataFrame]) -> Path:
    return write(tmp_path_factory.mktemp("w"), data)


@pytest.fixture(scope="module")
def workspace(folder: Path) -> Workspace:
    return sound(load_workspace(folder))


def back(times: pd.Series[Any]) -> pd.Series[float]:
    """Days before as-of."""
    return (pd.Timestamp(AS_OF) - pd.to_datetime(times)).dt.total_seconds() / 86_400


def by_pandas(data: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A row a customer, with some of the features by their texts, computed without segdsl."""
    a, logins, bills = data["a"].set_index("id"), data["l"], data["b"]
    ages, bill_ages = back(logins["t"]), back(bills["day"])
    wide = pd.DataFrame(index=a.index)
    wide["arr"], wide["seats"] = a["arr"].astype(float), a["seats"].astype("float64")
    wide["seats_in_tens"] = wide["seats"] / 10
    wide["days since since"] = back(a["since"])
    for days in (30, 90, 365):
        wide[f"count(logins in last {days} days)"] = logins[ages <= days].groupby("id").size()
        wide[f"sum(bills.amount in last {days} days)"] = bills[bill_ages <= days].groupby("id")["amount"].sum()
    earlier = logins[(ages > 30) & (ages <= 60)].groupby("id").size()
    wide['count(bills in last 365 days where state = "failed")'] = (
        bills[(bill_ages <= 365) & (bills["state"] == "failed")].groupby("id").size()
    )
    wide["count_distinct(logins.device in last 365 days)"] = logins[ages <= 365].groupby("id")["device"].nunique()
    counted = [c for c in wide if "(" in c]
    wide[counted] = wide[counted].fillna(0.0)
    wide["count(logins in last 30 days) - count(logins from 60 days ago until 30 days ago)"] = wide[
        "count(logins in last 30 days)"
    ] - earlier.reindex(wide.index).fillna(0)
    wide["average(bills.amount in last 365 days)"] = bills[bill_ages <= 365].groupby("id")["amount"].mean()
    last = pd.to_datetime(logins.groupby("id")["t"].max()).dt.normalize()
    wide["days since last(logins.t)"] = back(last).reindex(wide.index)
    return wide.astype(float)


MOST_OF_THEM = 12


def check(record: Any, name: str, inside: pd.Series[bool], others: pd.Series[bool], wide: pd.DataFrame) -> None:
    """The figures of one group beside those of pandas and scipy."""
    (group,) = [g for g in record["groups"] if g["name"] == name]
    by_value = {d["value"]: d for d in group["differences"]}
    compared = [c for c in wide if c in by_value]
    assert len(compared) >= MOST_OF_THEM
    assert group["customers"] == inside.sum()
    for column in compared:
        x, y, d = wide.loc[inside, column].dropna(), wide.loc[others, column].dropna(), by_value[column]
        assert (d["group"]["known"], d["others"]["known"]) == (len(x), len(y)), column
        assert (d["group"]["mean"], d["others"]["mean"]) == pytest.approx((x.mean(), y.mean()), rel=1e-7), column
        assert (d["group"]["sd"], d["others"]["sd"]) == pytest.approx((x.std(), y.std()), rel=1e-7), column
        quantiles = [float(np.quantile(x, q, method="inverted_cdf")) for q in (0.1, 0.25, 0.5, 0.75, 0.9)]
        assert list(d["group"]["quantiles"].values()) == pytest.approx(quantiles), column
        if not x.var() or not y.var():
            continue  # a group with one value is given the other's spread: see `test_differences`
        welch = stats.ttest_ind(x, y, equal_var=False)
        ends = welch.confidence_interval()
        unit = math.sqrt((x.var() + y.var()) / 2)
        assert d["p"] == pytest.approx(welch.pvalue, rel=1e-5), column
        assert d["apart"] == pytest.approx([x.mean() - y.mean(), ends.low, ends.high], rel=1e-5), column
        assert d["effect"] == pytest.approx([v / unit for v in (x.mean() - y.mean(), ends.low, ends.high)], rel=1e-5), (
            column
        )


def memberships(data: dict[str, pd.DataFrame], wide: pd.DataFrame) -> dict[str, pd.Series[bool]]:
    on = data["a"].set_index("id")["status"] == "on"
    arr, seats = wide["arr"], wide["seats"]
    large = on & (arr > 1000) & (seats > 5)
    unknown = on & (arr > 1000) & seats.isna()
    top = on & (arr > 2000)
    return {
        "on": on, "large": large, "large unknown": unknown, "busy": wide["count(logins in last 90 days)"] >= 6, "top": top, "middle": on & ~top & (seats > 20),
        "unclear": on & ~top & seats.isna(), "low": on & ~top & ~(seats > 20) & seats.notna(),
    }  # fmt: skip


def test_a_segment_beside_pandas(folder: Path, data: dict[str, pd.DataFrame]) -> None:
    record, wide = as_json(call("profile", "large", "--format", "json", cwd=folder)), by_pandas(data)
    m = memberships(data, wide)
    others = m["on"] & ~m["large"] & ~m["large unknown"]
    check(record, "large", m["large"], others, wide)
    assert (
        record["sizes"] == {"large": m["large"].sum(), "the others": others.sum()}
        and record["unknown"] == m["large unknown"].sum()
    )


def test_arms_beside_pandas(folder: Path, data: dict[str, pd.DataFrame]) -> None:
    record, wide = as_json(call("profile", "tiers", "--format", "json", cwd=folder)), by_pandas(data)
    m = memberships(data, wide)
    assert record["sizes"] == {arm: m[arm].sum() for arm in ("top", "middle", "unclear", "low")}
    for arm in ("top", "low"):
        check(record, arm, m[arm], m["on"] & ~m[arm], wide)


def test_two_segments_without_those_in_both(folder: Path, data: dict[str, pd.DataFrame]) -> None:
    record, wide = (
        as_json(call("profile", "large", "--against", "busy", "--format", "json", cwd=folder)),
        by_pandas(data),
    )
    m = memberships(data, wide)
    check(record, "large", m["large"] & ~m["busy"], m["busy"] & ~m["large"], wide)
    assert record["in_both"] == (m["large"] & m["busy"]).sum() > 0


def test_texts_by_value_and_what_is_missing(folder: Path, data: dict[str, pd.DataFrame]) -> None:
    record, wide = as_json(call("profile", "large", "--format", "json", cwd=folder)), by_pandas(data)
    m, plan = memberships(data, wide), data["a"].set_index("id")["plan"]
    others = m["on"] & ~m["large"] & ~m["large unknown"]
    by_value = {d["value"]: d for d in record["groups"][0]["differences"]}
    cases = {'plan = "pro"': (plan == "pro", plan.notna()), "plan is missing": (plan.isna(), plan.notna() | True)}
    for value, (yes, known) in cases.items():
        d = by_value[value]
        x, y = (int((yes & of & known).sum()) for of in (m["large"], others))
        n, k = (int((of & known).sum()) for of in (m["large"], others))
        assert (d["group"]["known"], d["group"]["mean"], d["others"]["mean"]) == (
            n,
            pytest.approx(x / n),
            pytest.approx(y / k),
        )
        table = np.array([[x, n - x], [y, k - y]])
        statistic = stats.chi2_contingency(table, correction=False).statistic * (table.sum() - 1) / table.sum()
        assert d["p"] == pytest.approx(stats.chi2.sf(statistic, 1))
        assert (d["lift"][0] if y else d["lift"]) == (pytest.approx(x / n / (y / k)) if y else None)


def test_false_discoveries_are_over_all_groups_but_without_what_the_rule_reads(folder: Path) -> None:
    record = as_json(call("profile", "tiers", "--format", "json", cwd=folder))
    tests = [d for g in record["groups"] for d in g["differences"] if d["q"] is not None]
    assert record["tests"] == len(tests) > 40
    assert [d["q"] for d in tests] == pytest.approx(
        list(multipletests([d["p"] for d in tests], method="fdr_bh")[1]), rel=1e-6
    )
    assert {d["feature"] for g in record["groups"] for d in g["differences"] if d["q"] is None} == {
        "arr",
        "seats",
        "seats_in_tens",
        "logins_by_seat",
    }
    for d in tests:
        assert d["clear"] == (d["q"] <= 0.05 and abs(d["effect"][0]) >= 0.1)


def test_what_chance_alone_names(data: dict[str, pd.DataFrame]) -> None:
    """Groups by lot differ in nothing: in at most 5 % of the draws, and what three standard errors add, anything is named."""
    wide, rng, draws = by_pandas(data), np.random.default_rng(0), 400

    def summary(x: pd.Series[float]) -> Summary:
        return Summary(len(x), x.count(), float(x.mean()), float(x.var()))

    named = 0
    for _ in range(draws):
        inside = rng.uniform(size=len(wide)) < 0.3
        pairs = (of_numbers(summary(wide.loc[inside, c]), summary(wide.loc[~inside, c])) for c in wide)
        named += min(adjusted([d.p for d in pairs if d is not None])) <= FALSE_DISCOVERIES
    assert named / draws < 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)


# -- texts and marks -----------------------------------------------------------------------------


def test_what_is_named_can_stand_in_a_rule(folder: Path, workspace: Workspace) -> None:
    """Each value as a condition or a number of the language."""
    record = as_json(call("profile", "large", "--format", "json", cwd=folder))
    texts = [d["value"] for d in record["groups"][0]["differences"]]
    nodes = [parse_expression(Source("value", t))[0] for t in texts]
    assert len(texts) > 25 and None not in nodes
    values = resolve_values([n for n in nodes if n is not None], "account", workspace.files, workspace.model.outside)
    assert [t for t, v in zip(texts, values) if v is None] == []


@pytest.mark.parametrize(
    ("rule", "feature", "wanted"),
    [
        ("large", "arr", True),
        ("large", "seats_in_tens", True),
        ("large", "plan", False),
        ("large", "count(logins in last 90 days)", False),
        ("busy", "count(logins in last 30 days)", True),
        ("busy", "recent", True),
        ("busy", "days since last(logins.t)", True),
        ("busy", "count_distinct(logins.device in last 365 days)", True),
        ("busy", "average(bills.amount in last 365 days)", False),
        ("failing", "average(bills.amount in last 365 days)", False),
        ("busy", "logins_by_seat", True),
        ("failing", "count(bills in last 90 days)", True),
        ("failing", 'count(bills in last 365 days where state = "paid")', True),
        ("failing", "sum(bills.amount in last 90 days)", True),
        ("busy", "count(bills in last 90 days)", False),
    ],
)
def test_what_the_rule_reads(workspace: Workspace, rule: str, feature: str, wanted: bool) -> None:
    model = workspace.model
    (found,) = [f for f in features(model, "account", workspace.files).features if f.text == feature]
    assert bool(made_of(model, found.expr) & reads(model, model.definition(rule))) == wanted


@pytest.mark.parametrize(
    ("name", "against", "marked"),
    [
        ("arms.few", None, {"count(logins in last 30 days)", "recent", "sum"}),
        ("arms.dear", None, {"count(logins in last 30 days)", "recent", "arr", "sum"}),
        ("arms.big", None, {"count(logins in last 30 days)", "recent", "arr", "seats", "sum"}),
        ("arms.rest", None, {"count(logins in last 30 days)", "recent", "arr", "seats", "plan", "sum"}),
        ("arms.few", "arms.dear", {"count(logins in last 30 days)", "recent", "arr", "sum"}),
        ("whole", None, {"seats"}),
    ],
)
def test_only_what_decides_the_place_is_marked(
    tmp_path: Path, data: dict[str, pd.DataFrame], name: str, against: str | None, marked: set[str]
) -> None:
    """Later arms are read for who is elsewhere already; sums over rows that are counted follow them."""
    rules = """
    segmentation arms of account {
      segment few { when count(logins in last 30 days) < 1 }
      segment dear { when arr > 2_000 }
      segment big { when seats > 9 }
      segment pros { when plan = "pro" }
      undecided unclear
      otherwise rest
    }
    segment whole of account where seats > 2 { when seats > 9 }
    """
    model = MODEL.replace("{ device: text }", "{ device: text  minutes: number }")
    logins = data["l"].assign(minutes=1)
    root = write(tmp_path, {**data, "l": logins}, model + rules)
    record = as_json(call("profile", name, *(["--against", against] if against else []), "--format", "json", cwd=root))
    is_read = {d["feature"]: d["read_by_rule"] for d in record["groups"][0]["differences"]}
    looked_at = {
        "count(logins in last 30 days)",
        "recent",
        "arr",
        "seats",
        "plan",
        "sum(logins.minutes in last 30 days)",
    }
    found = {f.partition("(logins.minutes")[0] for f in looked_at if is_read.get(f)}
    assert found == marked
    assert all(d["q"] is None for d in record["groups"][0]["differences"] if d["read_by_rule"])


def test_where_it_is_unknown_of_everybody_nobody_is_not_said(tmp_path: Path, data: dict[str, pd.DataFrame]) -> None:
    root = write(
        tmp_path, {**data, "a": data["a"].assign(seats=pd.NA)}, MODEL + "segment old of account { when seats > 3 }"
    )
    text = call("profile", "old", cwd=root).stdout
    assert "nobody is known to be in `old`: of 300 accounts it is unknown" in text
    assert "no accounts to compare: of all 300 it is unknown" in text


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_a_day_long_after_the_data_is_warned_of(folder: Path, form: str) -> None:
    text = call("profile", "busy", "--as-of", "2099-01-01", "--format", form, cwd=folder).stdout
    assert "is in the window of" in text and "which begins on" in text
    assert "is in the window of" not in call("profile", "busy", "--format", form, cwd=folder).stdout


@pytest.mark.parametrize(("features", "tests", "beyond", "said"), [
    (1, 1, 0, "1 of 1 feature could be compared, in 1 test beside what the rule reads: none differs beyond chance"),
    (2, 2, 1, "1 differs beyond chance, on average at most 5% of these"),
])  # fmt: skip
def test_what_was_tested_in_words(features: int, tests: int, beyond: int, said: str) -> None:
    p = SimpleNamespace(features=features, compared=1, tests=tests, too_many=())
    entries = [SimpleNamespace(q=0.5, is_beyond_chance=i < beyond, is_clear=i < beyond) for i in range(tests)]
    (line,) = words.tested(SimpleNamespace(**vars(p), marks=[SimpleNamespace(entries=entries)]))  # type: ignore[arg-type]
    assert said in line


@pytest.mark.parametrize(
    ("interval", "effect", "dots", "arrows"),
    [
        ((-1.0, 2.0), 0.5, 1, []),
        ((-3.0, 3.0), 3.0, 1, []),
        ((-8.0, -6.6), -7.3, 0, ["M0"]),
        ((-3.5, -1.0), -2.0, 1, ["M0"]),
        ((2.0, 3.1), 2.5, 1, ["M160"]),
        ((-4.0, 4.0), 0.0, 1, ["M0", "M160"]),
        ((math.inf, math.inf), math.inf, 0, ["M160"]),
    ],
)
def test_what_lies_beyond_the_scale_is_an_arrow(
    interval: tuple[float, float], effect: float, dots: int, arrows: list[str]
) -> None:
    drawn = chart.whisker("x", interval[0], effect, interval[1], -3, 3)
    assert drawn.count("<circle") == dots
    assert re.findall(r'<path d="(M\d+) [^>]* class="dot beyond"/>', drawn) == arrows


def test_the_page_says_what_lies_beyond_its_scale(tmp_path: Path, data: dict[str, pd.DataFrame]) -> None:
    """Whoever has more than 1,000 seats has about 2,000, all others a few: tens of standard deviations apart."""
    a = data["a"].assign(seats=[2000 + i if i < 40 else i % 5 for i in range(len(data["a"]))])
    root = write(tmp_path, {**data, "a": a}, MODEL + "segment large of account { when seats_in_tens > 100 }")
    page = call("profile", "large", "--format", "html", cwd=root).stdout
    assert re.search(r" sd \([^<]*\) · beyond the scale · made of what the rule reads</span>", page)
    assert 'class="dot beyond"' in page and "An arrow at the edge of a chart" in page


# -- typical customers -----------------------------------------------------------------------------


def test_typical_customers_are_of_the_group_and_the_same_each_time(folder: Path, data: dict[str, pd.DataFrame]) -> None:
    a = data["a"].set_index("id")
    named = as_json(call("profile", "large", "--personal", "--format", "json", cwd=folder))["groups"][0]["typical"]
    again, hidden = (
        as_json(call("profile", "large", *more, "--format", "json", cwd=folder))["groups"][0]["typical"]
        for more in (("--personal",), ())
    )
    assert named == again
    assert [t["customer"] for t in hidden] == ["account_1", "account_2", "account_3"]
    assert [t["values"] for t in hidden] == [t["values"] for t in named]
    assert sum(t["share"] for t in named) == pytest.approx(1)
    for t in named:
        row = a.loc[t["customer"]]
        assert (t["values"]["arr"], row["status"]) == (pytest.approx(row["arr"]), "on") and row["arr"] > 1000
    keys = set(a.index)
    page = call("profile", "large", "--format", "html", cwd=folder).stdout
    assert not [key for key in keys if key in page] and "gender" in page and "x@y.z" not in page


# -- since --------------------------------------------------------------------------------------------


def test_since_counts_as_of_the_earlier_day(folder: Path, data: dict[str, pd.DataFrame]) -> None:
    record = as_json(call("profile", "busy", "--since", "2026-08-01", "--format", "json", cwd=folder))["since"]
    since = data["a"].set_index("id")["since"]
    ages = back(data["l"]["t"]) - 92
    counts = data["l"][(ages > 0) & (ages <= 90)].groupby("id").size().reindex(since.index).fillna(0)
    there = pd.to_datetime(since) <= pd.Timestamp(2026, 8, 1)
    assert record["sizes"]["busy"] == (there & (counts >= 6)).sum()
    assert {"account.arr", "account.plan", "account.seats", "account.status"} == set(record["not_known_then"])
    texts = [c["value"] for c in record["changes"]["busy"]]
    assert texts and not [t for t in texts if "arr" in t or "plan" in t]
    for c in record["changes"]["busy"]:
        assert abs(c["effect"]) >= 0.1


# -- odd data ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobody", "nobody is in `nobody`, so nothing marks them out"),
        ("everybody", "everybody is in `everybody`, so there is nobody to compare them with"),
        ("one", "1 account in `one`: fewer than 5 can't be told from chance"),
    ],
)
def test_groups_that_cannot_be_compared(folder: Path, name: str, said: str) -> None:
    result = call("profile", name, cwd=folder)
    assert result.exit_code == 0 and said in result.stdout
    record = as_json(call("profile", name, "--format", "json", cwd=folder))
    assert record["groups"][0]["differences"] == [] and record["tests"] == 0
    assert call("profile", name, "--format", "html", cwd=folder).exit_code == 0


def test_nothing_known_and_ten_thousand_values(tmp_path: Path) -> None:
    tables = frames(10_000)
    tables["a"]["plan"] = [f"plan {i}" for i in range(10_000)]
    tables["a"]["seats"] = None
    tables["b"] = tables["b"].head(0)
    folder = write(tmp_path, tables)
    text = call("profile", "busy", cwd=folder)
    assert text.exit_code == 0 and "`plan` has 10,000 values, none of them shared by 5 accounts" in text.stdout
    record = as_json(call("profile", "busy", "--format", "json", cwd=folder))
    assert record["too_many_values"] == [{"feature": "plan", "values": 10_000}]
    assert not [
        d
        for g in record["groups"]
        for d in g["differences"]
        if d["feature"] in ("seats", "plan", "seats_in_tens") or "bills" in d["feature"]
    ]


def test_many_arms_fit_a_screen_and_a_page(tmp_path: Path, data: dict[str, pd.DataFrame]) -> None:
    arms = "\n".join(f"  segment arm{i} {{ when arr < {(i + 1) * 60} }}" for i in range(40))
    folder = write(tmp_path, data, MODEL + f"segmentation many of account {{\n{arms}\n  otherwise rest\n}}")
    text = call("profile", "many", cwd=folder).stdout
    assert text.count("\n") < 100
    assert len(call("profile", "many", "--format", "html", cwd=folder).stdout.encode()) < 100_000


def test_no_data_of_a_table_and_columns_that_are_not_there(tmp_path: Path, data: dict[str, pd.DataFrame]) -> None:
    folder = write(tmp_path, {**data, "a": data["a"].drop(columns=["seats", "plan"])})
    (folder / "segdsl.toml").write_text(TOML.replace('bills = "b.csv"\n', ""), encoding="utf-8")
    record = as_json(call("profile", "busy", "--format", "json", cwd=folder))
    why = {x["name"]: x["because"] for x in record["left_out"]}
    assert why == {
        "email": "is personal", "gender": "is sensitive", "bills": "has no data", "account.plan": "isn't in the data", "account.seats": "isn't in the data",
    }  # fmt: skip
    assert not [d for d in record["groups"][0]["differences"] if "bills" in d["value"] or "seats" in d["value"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobdy",), "did you mean `nobody`?"),
        (("tiers.tip",), "did you mean `top`?"),
        (("large.top",), "`large` is a segment, and has no arms"),
        (("tiers", "--against", "large"), "`tiers` has several arms: name one, as in `tiers.top`"),
        (("large", "--against", "large"), "`large` would be compared with itself"),
        (("large", "--since", "2026-11-01"), "--since is the earlier day"),
        (("large", "--since", "soon"), "`soon` is no date"),
    ],
)
def test_names_that_do_not_fit(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    result = call("profile", *arguments, cwd=folder)
    assert result.exit_code == 2 and said in result.stderr


def test_against_rest_is_the_same_as_without(workspace: Workspace) -> None:
    assert groups_of(workspace.model, "large", "rest") == groups_of(workspace.model, "large", None)
