"""The Python API: frames in, a frame out, errors with their diagnostics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

import segdsl
from segdsl import DataError, NotAWorkspace, RulesError
from segdsl.testing import frames
from segdsl.words.explain import Explanation
from segdsl.workspace.load import sound
from tests.support.cli import as_json, call
from tests.support.paths import ROOT

TEXT = """
entity account { account_id: text key  arr: money(USD)  plan: one of ("free", "team") }
entity user of account by account_id { user_id: text key }
table logins of user by user_id at occurred_at { }
segment active of account { when any(logins in last 7 days) }
segmentation size of account { segment big { when arr >= 100 } otherwise small }
segment loner of user { when account.plan = "free" }
"""
FRAMES = {
    "account": pd.DataFrame(
        {"account_id": ["a", "b", "c"], "arr": [100.0, 99.99, None], "plan": ["free", "team", None]}
    ),
    "user": pd.DataFrame({"user_id": ["u", "v"], "account_id": ["a", "b"]}),
    "logins": pd.DataFrame({"user_id": ["u", "v"], "occurred_at": pd.to_datetime(["2026-10-31", "2026-09-01"])}),
}


class OfArrow:
    """Rows with the Arrow interface and nothing else, of a type that no library knows."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.table = pa.Table.from_pandas(frame)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("entity", ["account", "user"])
@pytest.mark.parametrize("engine", [None, "reference"])
def test_arrow_in_and_arrow_out(entity: str, engine: Any) -> None:
    rules = segdsl.loads(TEXT)
    plan = pd.Categorical(FRAMES["account"]["plan"])
    given = {
        name: OfArrow(frame) for name, frame in (FRAMES | {"account": FRAMES["account"].assign(plan=plan)}).items()
    }
    assigned = rules.evaluate(given, as_of="2026-11-01", entity=entity, engine=engine)
    expected = rules.evaluate(FRAMES, as_of="2026-11-01", entity=entity)
    for _ in range(2):  # a result can be read again
        table = pa.table(assigned)
        assert table.column_names == [*expected.columns]
        assert table.to_pylist() == expected.astype(object).where(expected.notna(), None).to_dict("records")
    assert len(assigned) == len(expected)


def test_a_relation_of_duckdb_is_a_frame() -> None:
    rules = segdsl.loads(
        "entity account { account_id: text key  arr: money(USD) } segment big of account { when arr > 1 }"
    )
    given = {"account": duckdb.sql("SELECT 'a' AS account_id, 1.5 AS arr")}
    assert pa.table(rules.evaluate(given, "2026-11-01")).to_pylist() == [{"entity_id": "a", "big": True}]


def test_a_stream_that_breaks_is_refused() -> None:
    class Broken:
        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            raise OSError("the connection was lost")

    with pytest.raises(
        DataError, match=r"the data of `account` can't be read as an Arrow stream.*the connection was lost"
    ):
        segdsl.loads(TEXT).evaluate({"account": Broken()}, "2026-11-01", entity="account")


def test_a_reader_is_read_once() -> None:
    rules = segdsl.loads(
        "entity account { account_id: text key  arr: money(USD) } segment big of account { when arr > 1 }"
    )
    reader = pa.table({"account_id": ["a", "b"], "arr": [1.0, 2.0]}).to_reader(1)
    assert pa.table(rules.evaluate({"account": reader}, "2026-11-01"))["big"].to_pylist() == [False, True]


def test_evaluate() -> None:
    rules = segdsl.loads(TEXT)
    frame = rules.evaluate(FRAMES, as_of="2026-11-01", entity="account")
    assert list(frame.columns) == ["entity_id", "size", "size_status", "active"]
    assert frame["size"].fillna("").tolist() == ["big", "small", ""]
    assert frame["size_status"].tolist() == ["assigned", "assigned", "unknown"]
    assert frame["active"].dtype == "boolean"
    assert frame["active"].tolist() == [True, False, False]
    assert rules.evaluate(FRAMES, as_of="2026-11-01", entity="user")["loner"].tolist() == [True, False]


def test_explain() -> None:
    (first, _) = segdsl.loads(TEXT).explain("c", FRAMES, as_of="2026-11-01")
    assert (first.rule, first.status, first.reasons) == ("size", "unknown", ("`arr` is missing",))


def test_what_a_caller_needs_is_in_the_package_itself() -> None:
    assert all(getattr(segdsl, name) for name in segdsl.__all__)
    assert all(issubclass(e, segdsl.Refusal) for e in (NotAWorkspace, RulesError, DataError))
    with pytest.raises(AttributeError, match="no attribute 'Model'"):
        segdsl.Model  # noqa: B018


def test_errors_carry_their_diagnostics(tmp_path: Path) -> None:
    with pytest.raises(NotAWorkspace, match=r"no segdsl\.toml"):
        segdsl.load(tmp_path)
    with pytest.raises(RulesError) as wrong:
        segdsl.loads("segment x of account { when arr > 5 }").evaluate({})
    assert [d.code for d in wrong.value.diagnostics] == ["SEG0202"]
    with pytest.raises(RulesError, match="2 entities"):
        segdsl.loads(TEXT).evaluate(FRAMES)
    with pytest.raises(RulesError, match="no segment or segmentation `x`"):
        segdsl.loads(TEXT).evaluate(FRAMES, rules=["x"])
    with pytest.raises(RulesError, match="is no date"):
        segdsl.loads(TEXT).evaluate(FRAMES, as_of="soon", entity="account")
    with pytest.raises(RulesError, match="has the key or name `zz`"):
        segdsl.loads(TEXT).explain("zz", FRAMES)
    with pytest.raises(DataError, match="no data for `logins`"):
        segdsl.loads(TEXT).evaluate({"account": FRAMES["account"], "user": FRAMES["user"]}, entity="account")


def test_frames_are_not_changed_and_caller_settings_neither() -> None:
    import sys

    before, limit = FRAMES["account"].copy(), sys.getrecursionlimit()
    segdsl.loads(TEXT).evaluate(FRAMES, as_of="2026-11-01", entity="account")
    pd.testing.assert_frame_equal(FRAMES["account"], before)
    assert sys.getrecursionlimit() == limit


def test_load_finds_the_workspace_above() -> None:
    assert "motion" in sound(segdsl.load("rules").workspace).model.segmentations


# -- the reference evaluator ---------------------------------------------------------------------------


def same_on_both(rules: segdsl.Rules, frames: dict[str, pd.DataFrame], as_of: str, **more: str) -> pd.DataFrame:
    by_engine, by_definition = (rules.evaluate(frames, as_of, engine=e, **more) for e in ("duckdb", "reference"))  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(by_engine, by_definition)
    return by_engine


def test_the_reference_gives_the_same_frame() -> None:
    rules = segdsl.loads(TEXT)
    frame = same_on_both(rules, FRAMES, "2026-11-01", entity="account")
    assert frame["size_status"].tolist() == ["assigned", "assigned", "unknown"]
    same_on_both(rules, FRAMES, "2026-11-01", entity="user")


NUMBERED = """
entity site "Its key is a number" from opened { site_id: integer key  opened: date  size: integer }
segmentation band of site where size != 3 { segment large { when size > 10 limit 1 by size } undecided unclear otherwise small }
segment first of site { when rank(size) = 1 }
"""


@pytest.mark.parametrize("count", [0, 1, 3, 2_500])
def test_keys_that_are_numbers_and_frames_of_any_length(count: int) -> None:
    """Nobody, everybody missing for long (types go by what stands in a column), and keys in the order of numbers."""
    sizes = [None if i < 2_000 else i for i in range(count)] if count > 3 else [20, 3, None][:count]
    sites = pd.DataFrame({"site_id": [count - i for i in range(count)], "size": sizes, "opened": "2020-01-01"})
    frame = same_on_both(segdsl.loads(NUMBERED), {"site": sites}, "2026-11-01")
    assert frame["entity_id"].tolist() == list(range(1, count + 1))


@pytest.mark.long
@pytest.mark.slow
def test_the_reference_gives_the_same_frame_of_made_up_customers() -> None:
    rules = segdsl.load("rules")
    unknown = []

    @settings(max_examples=15, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(frames(rules, as_of="2026-11-01"))
    def agree(data: dict[str, pd.DataFrame]) -> None:
        assigned = same_on_both(rules, data, "2026-11-01", entity="account")
        unknown.extend(assigned["motion_status"][assigned["motion_status"] == "unknown"])

    agree()


def test_the_engine_goes_with_what_is_read(tmp_path: Path) -> None:
    rules = segdsl.loads(TEXT)
    for engine, message in (
        ("postgres", "frames are evaluated by duckdb, not by postgres"),
        ("duckdbb", "did you mean `duckdb`"),
        ("spark", "engines are reference, duckdb, postgres"),
    ):
        with pytest.raises(RulesError, match=message):
            rules.evaluate(FRAMES, "2026-11-01", entity="account", engine=engine)  # type: ignore[arg-type]
    (tmp_path / "segdsl.toml").write_text('[sources.default.tables]\naccount = "account.csv"\n')
    (tmp_path / "account.csv").write_text("account_id,arr\nb,5\na,15\n")
    (tmp_path / "rules.seg").write_text(
        "entity account { account_id: text key  arr: integer } segment big of account { when arr > 10 }"
    )
    files = segdsl.load(tmp_path)
    assert files.evaluate(as_of="2026-11-01", engine="reference")["big"].tolist() == [True, False]
    with pytest.raises(RulesError, match="the source `default` is read by duckdb, not by postgres"):
        files.evaluate(as_of="2026-11-01", engine="postgres")
    with pytest.raises(RulesError, match=r"no rule is about `acount`\n.*did you mean `account`"):
        files.evaluate(as_of="2026-11-01", entity="acount")


# -- tests as a function ---------------------------------------------------------------------------------


TESTED = """
entity account { account_id: text key  arr: integer }
segment big of account { when arr > 10_000 }
test "on the border" { account a { arr: 10_000 } expect a not in big }
test "a large one" { account a { arr: 5 } expect a in big }
test "nothing is known of it" { account a { } expect a not in big }
property "the large ones have something" of account { never account in big and arr < 0 }
"""


def test_tests_have_results() -> None:
    results = segdsl.loads(TESTED).test()
    assert [(r.title, r.status) for r in results] == [
        ("on the border", "passed"),
        ("a large one", "failed"),
        ("nothing is known of it", "failed"),
        ("the large ones have something", "passed"),
    ]
    assert not results and not results.ok and len(results) == 4
    assert [r.title for r in results.unknown] == ["nothing is known of it"]
    assert [f.unknown for r in results.unknown for f in r.failures] == [("`arr` is missing",)]
    assert (len(results.passed), len(results.failed), results.problems) == (2, 2, ())
    frame = results.frame()
    assert list(frame.columns) == ["title", "status", "as_of", "place", "message", "seconds"]
    assert frame["place"].tolist()[:2] == ["text:4", "text:5"]
    assert "expected a in big" in frame["message"][1] and frame["message"][0] == ""
    assert "2 passed, 2 failed" in repr(results) and "\x1b" not in repr(results)


def test_tests_are_chosen_by_title_and_run_on_an_engine() -> None:
    rules = segdsl.loads(TESTED)
    chosen = rules.test("BORDER")
    assert chosen and [r.title for r in chosen] == ["on the border"] and repr(chosen) == "1 passed"
    on_duckdb = rules.test(engine="duckdb")
    assert [r.status for r in on_duckdb] == ["passed", "failed", "failed"] and on_duckdb.coverage is None
    assert len(rules.test(fail_fast=True)) == 2
    nothing = rules.test("no such title")
    assert not nothing and repr(nothing) == "no test has `no such title` in its title"
    with pytest.raises(RulesError, match="tests run on reference, duckdb"):
        rules.test(engine="spark")  # type: ignore[arg-type]
    with pytest.raises(RulesError, match="SEG0202"):
        segdsl.loads("segment x of account { when arr > 5 }").test()


@pytest.mark.slow
def test_tests_are_those_of_the_command() -> None:
    by_command = as_json(call("test", "--format", "json", cwd=ROOT))
    results = segdsl.load(ROOT).test()
    assert [(t["title"], t["status"]) for t in by_command["tests"]] == [(r.title, r.status) for r in results]
    assert results.coverage is not None and results.ok
    fixtures = [r for r in results if "fixtures/" in r.span.source.path]
    assert fixtures, "the example has fixture folders"


# -- lists ------------------------------------------------------------------------------------------------


LISTED = """
entity account { account_id: text key  city: text  opened: date }
list strategic of account from "named.csv" { csm: text }
calendar uk { holidays from "days/uk.csv" }
segment named of account { when account in strategic }
segment late of account { when uk business days since opened > 0 }
"""


def with_lists(folder: Path, named: str) -> Path:
    (folder / "days").mkdir(parents=True)
    (folder / "named.csv").write_text(f"account_id,csm\n{named},Ann\n")
    (folder / "days" / "uk.csv").write_text("2026-10-30\n")
    return folder


def test_lists_and_calendars_are_looked_up_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = {"account": pd.DataFrame({"account_id": ["a", "b"], "opened": ["2026-10-28", "2026-10-29"]})}
    ours, theirs = with_lists(tmp_path / "ours", "a"), with_lists(tmp_path / "theirs", "b")
    for folder, named in ((ours, [True, False]), (theirs, [False, True])):
        frame = segdsl.loads(LISTED, lists=folder).evaluate(accounts, "2026-10-31")
        assert (frame["named"].tolist(), frame["late"].tolist()) == (named, [True, False])
    monkeypatch.chdir(ours)
    assert segdsl.loads(LISTED).evaluate(accounts, "2026-10-31")["named"].tolist() == [True, False]
    (ours / "segdsl.toml").write_text("[workspace]\n")
    (ours / "rules.seg").write_text(LISTED)
    assert segdsl.load(ours).evaluate(accounts, "2026-10-31")["named"].tolist() == [True, False]
    assert segdsl.load(ours, lists=theirs).evaluate(accounts, "2026-10-31")["named"].tolist() == [False, True]


NO_FRAMES = [
    ({"account": [{"account_id": "a", "arr": 9}]}, "the data of `account` are a list, and no data frame of pandas"),
    ({"account": {"account_id": ["a"], "arr": [9]}}, "the data of `account` are a dict, and no data frame of pandas"),
    ({"account": "account.csv"}, "the data of `account` are a str, and no data frame of pandas"),
    ({"account": pd.Series([1])}, "the data of `account` are a Series, and no data frame of pandas"),
    (pd.DataFrame({"account_id": ["a"]}), "by the name of their entity or table, and this is one data frame"),
    ([{"account_id": "a"}], "by the name of their entity or table, and this is a list"),
    ("account.csv", "by the name of their entity or table, and this is a str"),
    ({"account": None}, "no data for `account`"),
]


@pytest.mark.parametrize(("frames", "message"), NO_FRAMES, ids=range(len(NO_FRAMES)))
def test_what_is_no_frame_is_said(frames: Any, message: str) -> None:
    rules = segdsl.loads(
        "entity account { account_id: text key  arr: integer } segment big of account { when arr > 5 }"
    )
    for ask in (lambda: rules.evaluate(frames, "2026-11-01"), lambda: rules.explain("a", frames, "2026-11-01")):
        with pytest.raises(DataError, match=message):
            ask()


KEEPING = """
entity account { account_id: text key  arr: integer }
table tier_runs of account from runs of tier starting 2026-10-01
segmentation tier of account { segment gold { when arr > 5 keep for 30 days } otherwise base }
"""


def test_a_text_has_no_runs_of_the_folder_of_its_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "segdsl.toml").write_text('[workspace]\n[sources.default.tables]\naccount = "account.csv"\n')
    (tmp_path / "rules.seg").write_text(KEEPING)
    (tmp_path / "account.csv").write_text("account_id,arr\na,9\n")
    assert call("run", "--as-of", "2026-10-01", cwd=tmp_path).exit_code == 0
    frames = {"account": pd.DataFrame({"account_id": ["a"], "arr": [1]})}
    assert segdsl.load(tmp_path).evaluate(frames, "2026-10-02")["tier"].tolist() == ["gold"]
    monkeypatch.chdir(tmp_path)
    for text in (segdsl.loads(KEEPING), segdsl.loads(KEEPING, lists=tmp_path)):
        assert text.evaluate(frames, "2026-10-02")["tier_status"].tolist() == ["unknown"]
        assert text.evaluate(frames, "2026-10-01")["tier"].tolist() == ["base"]
        assert "no run of `tier` is recorded" in repr(text.explain("a", frames, "2026-10-02"))
        runs = pd.DataFrame({"account_id": ["a"], "as_of": ["2026-10-01"], "arm": ["gold"], "by_data": ["gold"]})
        assert text.evaluate({**frames, "tier_runs": runs}, "2026-10-02")["tier"].tolist() == ["gold"]


def test_no_list_lies_outside_its_folder(tmp_path: Path) -> None:
    folder = with_lists(tmp_path / "lists", "a")
    (tmp_path / "secret.csv").write_text("account_id,csm\na,Ann\n")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "up").symlink_to(tmp_path)
    for named in ("../secret.csv", "link.csv", "up/secret.csv", str(tmp_path / "secret.csv"), "days/../../secret.csv"):
        (found,) = segdsl.loads(LISTED.replace("named.csv", named), lists=folder).check()
        assert (found.code, found.message) == ("SEG0612", "this file lies outside the folder of the lists"), named
    (found,) = segdsl.loads(LISTED.replace("named.csv", "nmaed.csv"), lists=folder).check()
    assert found.message == "no file `nmaed.csv`" and f"looked for in {folder}" in (found.help or "")
    with pytest.raises(NotAWorkspace, match="is no folder"):
        segdsl.loads(LISTED, lists=tmp_path / "nowhere")
    with pytest.raises(NotAWorkspace, match=r"load it with segdsl\.loads"):
        segdsl.load(LISTED)


# -- what a notebook shows -------------------------------------------------------------------------------


def test_results_show_themselves() -> None:
    rules = segdsl.loads(TEXT)
    assert repr(rules) == "<Rules: 1 segmentation, 2 segments>"
    assert repr(segdsl.loads(LISTED.partition("list")[0]).check()) == "no findings"
    broken = segdsl.loads("segment x of account { when arr > 5 }")
    assert repr(broken) == "<Rules with 1 error: check() says what is wrong>"
    assert repr(broken.check()).startswith("error[SEG0202]: ")
    shown = repr(rules.explain("c", FRAMES, as_of="2026-11-01"))
    assert shown.startswith("as of 1 Nov 2026\n\nc is undecided") or "arr is missing" in shown.replace("`", ""), shown


def test_a_metric_is_explained() -> None:
    text = TEXT + "metric logins_7d of account = count(logins in last 7 days)"
    (found,) = segdsl.loads(text).explain("a", FRAMES, as_of="2026-11-01", rules=["logins_7d"])
    assert not isinstance(found, Explanation) and found.value.value == "1"


HISTORY = """
entity site { history from since to until  site_id: text key  size: integer }
segment large of site { when size > 10 }
segment was_large of site { when (size as of 2026-01-01) > 10 }
"""


@pytest.mark.slow
def test_an_entity_with_history_has_one_row_at_a_time() -> None:
    rules = segdsl.loads(HISTORY)
    rows = {
        "site_id": ["a", "a", "b"],
        "size": [20, 5, 30],
        "since": [None, "2026-06-01", "2026-02-01"],
        "until": ["2026-06-01", None, None],
    }
    frame = rules.evaluate({"site": pd.DataFrame(rows)}, as_of="2026-11-01")
    assert frame["entity_id"].tolist() == ["a", "b"]
    assert frame["large"].tolist() == [False, True]
    assert frame["was_large"].tolist() == [True, pd.NA]
    rows["until"][0] = "2026-07-01"
    with pytest.raises(DataError, match="1 key of `site` have two rows that are valid at one time"):
        rules.evaluate({"site": pd.DataFrame(rows)}, as_of="2026-11-01")
