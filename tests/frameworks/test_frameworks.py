"""Every framework on a bare model of three tables and on the demo's: it is accepted, its tests pass, and they notice mistakes.

`golden/frameworks.txt` has each framework's file on the bare models, written anew with UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

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
ON_THE_DEMO = {"csat": ("--field", "answer=surveys.nps")}
"""What has to be named on the demo's model, which has no satisfaction of 1 to 5."""
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
    [*((f, m) for f in NAMES for m in ("bare", "demo")), *((f, "bare, of rows") for f in OF_VALUE)],
)
def test_its_tests_see_every_condition_and_notice_mistakes(framework: str, model: str, tmp_path: Path) -> None:
    if model == "bare":
        written(bare(tmp_path, framework), framework)
    elif model == "bare, of rows":
        assert "sum(orders.amount" in written(bare(tmp_path, framework), framework, "--field", "amount=orders.amount")
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
    "a field for nothing": (("rfm", "--field", "total=orders.amount"), "rfm has no field `total`", "it needs `amount`"),
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
