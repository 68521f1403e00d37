"""Every framework on a bare model of three tables and on the demo's: it is accepted, its tests pass, and they notice mistakes.

`golden/frameworks.txt` has each framework's file on the bare models, written anew with UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segdsl.diagnostics import render
from segdsl.frameworks.known import frameworks
from segdsl.lint.checks import checked
from segdsl.testing.run.runner import Evaluators, run_tests
from segdsl.workspace.load import load_workspace, sound
from tests.support.cli import as_json, call
from tests.support.paths import GOLDENS, ROOT

GOLDEN = GOLDENS / "frameworks.txt"
TOML = '[workspace]\nname = "t"\n'
BARE = """entity account from created_at {
  account_id: text key
  created_at: date fixed
  country: text
  employees: integer
  arr: money(EUR)
}
table logins of account by account_id at logged_in_at { feature: text }
table orders of account by account_id at ordered_on: date { amount: money(EUR) }
"""
ASKED = """entity person { person_id: text key }
table survey of person by person_id at answered_at {
  recommend: integer from 0 to 10
  rating: integer from 1 to 5
  goal: one of ("save time", "save money", "sleep")
}
table orders of person by person_id at ordered_on: date { amount: number }
"""
OF_SURVEYS = ("csat", "jobs", "nps")
OF_VALUE = ("coverage", "pareto", "value_tiers")
ON_THE_DEMO = {
    "csat": ("--field", "answer=surveys.nps"),
    "rfm": ("--field", "often=feature_uses"),
    "rfm_nested": ("--field", "often=feature_uses"),
}
"""What has to be named on the demo's model, which has no survey of satisfaction, and bills of subscriptions."""
PAID = BARE.replace(
    "{ amount: money(EUR) }", '{ amount: money(EUR)  state: one of ("open", "not $paid", "paid", "settled") }'
)
NAMES = sorted(frameworks())


def bare(root: Path, framework: str) -> Path:
    (root / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (root / "model.seg").write_text(ASKED if framework in OF_SURVEYS else BARE, encoding="utf-8")
    return root


def demo(root: Path) -> Path:
    """The demo's model and data, without its rules."""
    toml = (ROOT / "segdsl.toml").read_text(encoding="utf-8")
    (root / "segdsl.toml").write_text(toml.replace('["rules", "experiments"]', '["rules"]'), encoding="utf-8")
    shutil.copytree(ROOT / "rules" / "data", root / "rules" / "data")
    shutil.copy(ROOT / "rules" / "model.seg", root / "rules")
    return root


def written(root: Path, framework: str, *more: str) -> str:
    result = call("new", framework, *more, cwd=root)
    assert result.exit_code == 0, result.output
    return (root / "rules" / f"{framework}.seg").read_text(encoding="utf-8")


@pytest.mark.sample(3)
@pytest.mark.slow
@pytest.mark.parametrize("framework", NAMES)
def test_it_is_accepted_and_its_tests_pass_on_every_engine(
    framework: str, tmp_path: Path, evaluators: Evaluators
) -> None:
    written(bare(tmp_path, framework), framework)
    workspace = sound(load_workspace(tmp_path))
    assert [render(d) for d in checked(workspace)] == []
    results = list(run_tests(workspace.model.tests, workspace.model, workspace.zone, evaluators))
    assert results and [(r.title, r.failures, r.errors) for r in results if r.failures or r.errors] == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("framework", "model"),
    [
        *((f, m) for f in NAMES for m in ("bare", "demo")),
        *((f, "bare, of rows") for f in OF_VALUE),
        *((f, "paid") for f in (*OF_VALUE, "rfm")),
        ("rfm", "paid, by use"),
    ],
)
def test_its_tests_see_every_condition_and_notice_mistakes(framework: str, model: str, tmp_path: Path) -> None:
    if model == "bare":
        written(bare(tmp_path, framework), framework)
    elif model == "bare, of rows":
        assert "sum(orders.amount" in written(bare(tmp_path, framework), framework, "--field", "amount=orders.amount")
    elif model.startswith("paid"):
        bare(tmp_path, framework)
        (tmp_path / "model.seg").write_text(PAID, encoding="utf-8")
        more = ("--field", "often=logins") if model == "paid, by use" else ()
        text = written(tmp_path, framework, "--field", "amount=orders.amount", *more)
        assert 'sum(orders.amount in last 12 months where state in ("paid", "settled"))' in text
        assert '# Only rows with state in ("paid", "settled") are added up.' in text
    else:
        written(demo(tmp_path), framework, *ON_THE_DEMO.get(framework, ()))
    assert call("check", "--strict", cwd=tmp_path).exit_code == 0
    result = call("test", "--coverage", "--fail-under", "100", "--mutate", "--format", "json", cwd=tmp_path)
    assert result.exit_code == 0, result.output
    assert as_json(result)["mutation"]["score"] >= 0.95


def test_each_reads_as_it_did(tmp_path: Path) -> None:
    shown = []
    for framework in NAMES:
        root = tmp_path / framework
        root.mkdir()
        shown.append(written(bare(root, framework), framework))
    found = "\n".join(shown)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def billed(root: Path, days_of: Callable[[int], list[dt.date]]) -> Path:
    """60 accounts with invoices on some days, and logins."""
    model = BARE.replace("table orders", "table invoices")
    toml = TOML + (
        "[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\n"
        'account = "a.csv"\nlogins = "l.csv"\ninvoices = "i.csv"\n'
    )
    rows = "".join(f"a{i},{day},5\n" for i in range(60) for day in days_of(i))
    (root / "segdsl.toml").write_text(toml, encoding="utf-8")
    (root / "model.seg").write_text(model, encoding="utf-8")
    accounts = "".join(f"a{i},2024-01-01,DE,5,9\n" for i in range(60))
    (root / "a.csv").write_text("account_id,created_at,country,employees,arr\n" + accounts, encoding="utf-8")
    (root / "l.csv").write_text("account_id,logged_in_at,feature\n", encoding="utf-8")
    (root / "i.csv").write_text("account_id,ordered_on,amount\n" + rows, encoding="utf-8")
    return root


def monthly(i: int) -> list[dt.date]:
    """On the same day of each month, of which one is left out."""
    return [dt.date(2025, month, 1 + i % 28) for month in range(1, 13) if month != 1 + i % 12]


def by_chance(mean: float) -> Callable[[int], list[dt.date]]:
    def days(i: int) -> list[dt.date]:
        gaps = np.random.default_rng(i).exponential(mean, 400)
        return sorted({dt.date(2024, 6, 1) + dt.timedelta(days=int(d)) for d in np.cumsum(gaps) if d < 800})

    return days


@pytest.mark.parametrize(
    ("days_of", "refused"),
    [
        (monthly, True),
        (lambda i: [dt.date(2024 + y, 1 + i % 12, 5) for y in range(3)], True),
        (lambda i: [dt.date(2026, 1, 1) + dt.timedelta(days=14 * n) for n in range(20)], True),
        (by_chance(90), False),
        (by_chance(20), False),
        (by_chance(2), False),
        (lambda i: [dt.date(2026, 1, 5) + dt.timedelta(days=n) for n in range(200) if n % 7 < 5], False),
        (lambda i: [dt.date(2026, 1, 1)], False),
    ],
    ids=["monthly", "yearly", "fortnightly", "seldom", "at times", "often", "each working day", "once"],
)
def test_bills_by_the_calendar_do_not_say_how_often_somebody_comes(
    days_of: Callable[[int], list[dt.date]], refused: bool, tmp_path: Path
) -> None:
    for framework in ("rfm", "rfm_nested"):
        result = call("new", framework, cwd=billed(tmp_path, days_of))
        assert (result.exit_code == 2) == refused, result.output
        if refused:
            assert "`invoices` come by the calendar" in result.output and "--field often=logins" in result.output
            assert not (tmp_path / "rules").exists()
    if refused:
        for often in ("logins", "invoices"):
            assert call("new", "rfm", "--field", f"often={often}", "--name", f"by_{often}", cwd=tmp_path).exit_code == 0


def test_new_customers_of_rfm_began_lately(tmp_path: Path) -> None:
    """All old accounts but ten: whoever comes seldom isn't new, though he came last."""

    def days(i: int) -> list[dt.date]:
        last = dt.date(2026, 10, 31) - dt.timedelta(days=i % 20)
        if i < 10:
            return [last]
        return [last - dt.timedelta(days=400), *(last - dt.timedelta(days=n * n) for n in range(i % 7))]

    written(billed(tmp_path, days), "rfm")
    assert call("run", "rfm", "--as-of", "2026-11-01", "-o", "out.csv", cwd=tmp_path).exit_code == 0
    out = pd.read_csv(tmp_path / "out.csv")
    new = set(out[out["rfm"] == "new"].iloc[:, 0])
    assert new and new <= {f"a{i}" for i in range(10)}


def test_an_answer_is_of_a_scale_that_holds_the_borders(tmp_path: Path) -> None:
    model = ASKED.replace("rating: integer from 1 to 5", "rating: integer from 1 to 7  score: number from 0 to 1")
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "model.seg").write_text(model, encoding="utf-8")
    refused = call("new", "csat", "--field", "answer=survey.score", cwd=tmp_path)
    assert refused.exit_code == 2 and "`survey.score` can't be `answer`" in refused.output
    assert "say which: --field answer=survey.rating, --field answer=survey.recommend" in refused.output
    text = written(tmp_path, "csat", "--field", "answer=survey.rating")
    assert "having rating >= 6" in text and "6 or 7 on a scale to 7" in text
    assert call("test", cwd=tmp_path).exit_code == 0
    of_seven = call("new", "nps", "--field", "answer=survey.rating", cwd=tmp_path)
    assert of_seven.exit_code == 2 and "say which: --field answer=survey.recommend" in of_seven.output


def test_a_feature_looks_like_one_or_is_named(tmp_path: Path) -> None:
    model = BARE.replace("feature: text", 'device: one of ("web", "ios")  feature: one of ("a", "b", "c")')
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "model.seg").write_text(model, encoding="utf-8")
    asked = call("new", "adoption", cwd=tmp_path)
    assert asked.exit_code == 2 and "--field feature=logins.feature or --field feature=logins.device" in asked.output
    assert not (tmp_path / "rules").exists()
    assert "breadth >= 3" in written(tmp_path, "adoption", "--field", "feature=logins.feature"), "of three at most"
    assert call("test", cwd=tmp_path).exit_code == 0


def used(root: Path, pages: int, each: int) -> Path:
    """60 accounts, each on `each` of `pages` pages, on one day each."""
    model = BARE.replace("table logins of account by account_id at logged_in_at { feature: text }", "") + (
        "table visits of account by account_id at visited_at { page: text }\n"
    )
    toml = '[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\nvisits = "v.csv"\n'
    (root / "segdsl.toml").write_text(TOML + toml, encoding="utf-8")
    (root / "model.seg").write_text(model, encoding="utf-8")
    accounts = "".join(f"a{i},2024-01-01,DE,{i},9\n" for i in range(60))
    (root / "a.csv").write_text("account_id,created_at,country,employees,arr\n" + accounts, encoding="utf-8")
    rows = "".join(f"a{i},2026-10-{2 + n:02},p{(i + n) % pages}\n" for i in range(60) for n in range(each))
    (root / "v.csv").write_text("account_id,visited_at,page\n" + rows, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("pages", "each", "asked", "border", "unreached"),
    [
        (4, 4, True, 4, ["depth >= 10` in the data of 2026-11-01: the most is 4"]),
        (1, 1, True, 1, ["depth >= 10` in the data of 2026-11-01: the most is 1"]),
        (8, 3, False, 5, ["breadth >= 5` in the data of 2026-11-01: the most is 3", "depth >= 10` in the data of 2026-11-01: the most is 3"]),
        (8, 12, False, 5, []),
    ],
)  # fmt: skip
def test_a_text_with_few_values_is_asked_for_and_no_border_is_beyond_the_data(
    pages: int, each: int, asked: bool, border: int, unreached: list[str], tmp_path: Path
) -> None:
    result = call("new", "adoption", cwd=used(tmp_path, pages, each))
    assert (result.exit_code == 2) is asked, result.output
    if asked:
        many = f"{pages} value{'' if pages == 1 else 's'}"
        assert f"say which: --field feature=visits.page; `visits.page` has {many}" in " ".join(result.output.split())
        assert not (tmp_path / "rules").exists()
        result = call("new", "adoption", "--field", "feature=visits.page", cwd=tmp_path)
    assert re.findall(r"nobody reaches `(.*)", result.output) == unreached
    assert f"breadth >= {border}" in (tmp_path / "rules" / "adoption.seg").read_text(encoding="utf-8")
    assert call("test", cwd=tmp_path).exit_code == 0


@pytest.mark.parametrize("framework", [n for n in NAMES if frameworks()[n].borders])
def test_whatever_a_border_is_of_one_that_nobody_reaches_is_said(framework: str, tmp_path: Path) -> None:
    """The most employees are 59, the most visits 3, and everybody is worth 9."""
    more = {"adoption": ("feature=visits.page",), "health": ("activity=visits",)}.get(framework, ())
    result = call("new", framework, *(f"--field={f}" for f in more), cwd=used(tmp_path, 8, 3))
    assert result.exit_code == 0, result.output
    assert "nobody reaches `" in result.output


def test_the_list_has_a_line_for_each(tmp_path: Path) -> None:
    lines = call("new", cwd=tmp_path).output.splitlines()
    assert [line.split()[0] for line in lines[: len(NAMES)]] == NAMES
    assert all(re.fullmatch(r"\w+ +\S.*", line) for line in lines[: len(NAMES)])


REFUSED = {
    "an unknown framework": (("rmf",), "no framework `rmf`", "did you mean `rfm`?"),
    "two fields fit alike": (("rfm",), "2 fields could be `amount`: what was paid at a purchase", "say which: --field amount=orders.amount or --field amount=invoices.amount"),
    "no name fits": (("territories",), "nothing in the model is clearly `country`: the country, as a code of two letters", "say which: --field country=where_it_is"),
    "nothing of the type": (("jobs",), "nothing in the model is clearly `answer`: what they want to get done, one of a few answers to a survey", "declare one in the model: a table of `account` with a field of type `one of (…)`"),
    "a field that isn't there": (("rfm", "--field", "amount=orders.price"), "`orders.price` can't be `amount`: what was paid at a purchase", "say which: --field amount=orders.amount, --field amount=invoices.amount or --field amount=logins.n"),
    "a field for nothing": (("rfm", "--field", "total=orders.amount"), "rfm has no field `total`", "it needs `amount` and `often`"),
    "a name that is taken": (("health", "--name", "big"), "`big` is here already, and nothing is overwritten", "write another: --name big_2"),
    "a name that can't be one": (("health", "--name", "../x"), "`../x` can't be the name of a rule", "of lower-case letters, digits and _, as in --name rfm_2"),
    "no borders": (("nps", "--field", "answer=logins.n", "--borders", "from", "data"), "nps has no borders that data could set", "leave --borders out"),
}  # fmt: skip
MODEL = """entity account { account_id: text key  where_it_is: text }
table logins of account by account_id at logged_in_at { n: integer }
table orders of account by account_id at ordered_on: date { amount: money(EUR) }
table invoices of account by account_id at due_on: date { amount: money(EUR) }
segment big of account { when any(orders where amount > 5) }
"""


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_refuses_comes_with_what_to_write(case: str, tmp_path: Path) -> None:
    arguments, message, help = REFUSED[case]
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "model.seg").write_text(MODEL, encoding="utf-8")
    result = call("new", *arguments, cwd=tmp_path)
    assert result.exit_code == 2 and message in result.output and help in result.output, result.output
    assert not (tmp_path / "rules").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    first = written(bare(tmp_path, "value_tiers"), "value_tiers")
    again = call("new", "value_tiers", cwd=tmp_path)
    assert again.exit_code == 2 and "--name value_tiers_2" in again.output
    assert (tmp_path / "rules" / "value_tiers.seg").read_text(encoding="utf-8") == first
    assert call("new", "value_tiers", "--name", "value_tiers_2", cwd=tmp_path).exit_code == 0
    assert call("check", "--strict", cwd=tmp_path).exit_code == 0


def test_rows_of_those_who_belong_to_it_and_rows_planned_ahead(tmp_path: Path) -> None:
    text = written(demo(tmp_path), "adoption")
    assert "user b_user { account_id: b }" in text
    assert 'feature_uses of b_user { at: 2026-10-02, loaded_at: 2026-10-02, feature: "dashboards" }' in text


def test_answers_are_those_of_who_gave_them_unless_another_is_named(tmp_path: Path) -> None:
    assert "segmentation nps" in (text := written(demo(tmp_path), "nps")) and " of user {" in text
    assert call("new", "nps", "--of", "account", "--name", "of_accounts", cwd=tmp_path).exit_code == 0
    assert " of account {" in (tmp_path / "rules" / "of_accounts.seg").read_text(encoding="utf-8")


def test_an_answer_may_be_any_text(tmp_path: Path) -> None:
    """Values that look alike as names, have quotes or a `$`, or no letters at all."""
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    goals = r'one of ("save time", "save-time", "say \"$worth\"", "時間") required'
    (tmp_path / "model.seg").write_text(re.sub(r"one of \(.*\)", lambda _: goals, ASKED), encoding="utf-8")
    text = written(tmp_path, "jobs")
    assert re.findall(r"^segment (\w+)", text, re.MULTILINE) == [
        "jobs_save_time",
        "jobs_save_time_2",
        "jobs_say_worth",
        "jobs_other",
    ]
    assert "is not missing" not in text, "the field is required"
    assert call("check", "--strict", cwd=tmp_path).exit_code == 0 and call("test", cwd=tmp_path).exit_code == 0


AMOUNTS = [10 * i for i in range(1, 101)]  # 10, 20, … 1,000


def test_borders_from_data_are_quantiles_rounded_as_written(tmp_path: Path) -> None:
    """Of 100 amounts from 10 to 1,000, the 91st is 910, and 90 of 100 are below it."""
    bare(tmp_path, "value_tiers")
    toml = (
        TOML
        + '[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\nlogins = "l.csv"\norders = "o.csv"\n'
    )
    rows = "".join(f"a{a},2025-01-01,DE,5,{a}\n" for a in AMOUNTS) + "unknown,2025-01-01,DE,5,\n"
    (tmp_path / "segdsl.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "a.csv").write_text("account_id,created_at,country,employees,arr\n" + rows, encoding="utf-8")
    (tmp_path / "l.csv").write_text("account_id,logged_in_at,feature\n", encoding="utf-8")
    (tmp_path / "o.csv").write_text("account_id,ordered_on,amount\n", encoding="utf-8")
    text = written(tmp_path, "value_tiers", "--borders", "from", "data")
    assert "# Borders from the data of 2026-11-01, of 100 accounts with a value:" in text
    assert "#   gold 910 of worth: 90 % have less; the value at 90 % is 910" in text
    assert "segment gold { when worth >= 910 }" in text and "segment silver { when worth >= 610 }" in text
    assert call("test", cwd=tmp_path).exit_code == 0
    refused = call("new", "health", "--borders", "from", "data", cwd=tmp_path)
    assert refused.exit_code == 2 and "the data set no borders apart from each other: busy 0" in refused.output
