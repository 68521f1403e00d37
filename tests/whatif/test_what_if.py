"""What each clause costs, who is near, what would take one customer elsewhere, and a border moved along a range."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from segdsl.model.clock import Clock
from segdsl.reference.evaluate import Evaluator, where_is
from segdsl.reference.world import World
from segdsl.run.lazy_world import LazyWorld
from segdsl.whatif.flips import flips
from segdsl.whatif.sweep import sweep
from tests.support.answers import model_of
from tests.support.cli import call

TOML = """[workspace]
name = "t"
[sources.default]
snapshot = 2026-11-01
[sources.default.tables]
account = "accounts.csv"
logins = "logins.csv"
"""
RULES = """
entity account { account_id: text key  plan: one of ("free", "team") required  arr: money(USD) required  seats: integer  renewal: date }
table logins of account by account_id at happened_at { }
segmentation motion of account where plan = "team" {
  segment save { when renewal in next 90 days and none(logins in last 30 days) }
  segment grow { when arr >= 500 and seats > 10 }
  undecided check_data
  otherwise steady
}
segment big of account { when arr > 400 and seats >= 10 and any(logins in last 30 days) }
"""
ACCOUNTS = {
    # arr, seats, renewal, logins in the last 30 days
    "a": (500, "20", "2027-06-01", 1), "b": (500, "10", "2027-06-01", 1), "c": (499, "11", "2027-06-01", 1), "d": (900, "", "2027-06-01", 0),
    "e": (100, "5", "2026-12-01", 1), "f": (100, "5", "2026-12-01", 0), "g": (400, "10", "2026-12-01", 2),
}  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    rows = "".join(f"{k},team,{arr},{seats},{renewal}\n" for k, (arr, seats, renewal, _) in ACCOUNTS.items())
    logins = "".join(f"{k},2026-10-15T10:00\n" * n for k, (_, _, _, n) in ACCOUNTS.items())
    (tmp_path / "accounts.csv").write_text("account_id,plan,arr,seats,renewal\n" + rows + "z,free,9999,99,2027-06-01\n")
    (tmp_path / "logins.csv").write_text("account_id,happened_at\n" + logins)
    (tmp_path / "segdsl.toml").write_text(TOML)
    (tmp_path / "rules.seg").write_text(RULES)
    return tmp_path


def asked(workspace: Path, *arguments: str) -> Any:
    result = call(*arguments, "--as-of", "2026-11-01", "--format", "json", cwd=workspace)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.slow
def test_attrition(workspace: Path) -> None:
    """Counted by hand: of z nothing is asked in motion, it is no team."""
    found = asked(workspace, "attrition", "big")
    told = [
        (c["clause"], c["alone"]["count"], c["unknown"], c["in_turn"]["count"], c["near"]["count"])
        for c in found["costs"]
    ]
    assert told == [
        ("arr > 400", 5, 0, 5, 1),  # a b c d z; only g lacks it alone
        ("seats >= 10", 5, 1, 4, 0),  # a b c g z; d is unknown, and has no login either
        ("any(logins in last 30 days)", 5, 0, 3, 1),  # a b c e g; only z lacks it alone
    ]
    assert (found["inside"], found["total"]) == ({"count": 3, "worth": 1499.0}, 8)
    grow = asked(workspace, "attrition", "motion.grow")
    assert grow["population"]["count"] == 7 and [c["near"]["count"] for c in grow["costs"]] == [1, 2]
    text = call("attrition", "motion.grow", "--as-of", "2026-11-01", cwd=workspace).output
    assert "(population)" in text and "all of them are true for 1 of 8 accounts, arr, USD 500" in text, text


def test_why_the_undecided_are_undecided(workspace: Path) -> None:
    """By hand: of all in check_data the one account without seats."""
    said = call("explain", "motion.check_data", "--as-of", "2026-11-01", cwd=workspace).output
    assert "1 check_data   d\n      why:\n            1 `seats` is missing\n" in said, said
    assert "why" not in call("explain", "motion", "--as-of", "2026-11-01", cwd=workspace).output
    assert "why" not in call("explain", "motion.steady", "--as-of", "2026-11-01", cwd=workspace).output


def test_a_part_that_is_none(workspace: Path) -> None:
    for name, help in (
        ("motion", "as in `motion.save`"),
        ("motion.gro", "did you mean `motion.grow`?"),
        ("moton", "did you mean `motion`?"),
    ):
        result = call("attrition", name, cwd=workspace)
        assert result.exit_code == 2 and help in result.output, result.output


@pytest.mark.slow
def test_who_is_near(workspace: Path) -> None:
    found = asked(workspace, "explain", "--near", "motion.grow")
    near = {c["clause"]: {e["entity_id"]: e["facts"] for e in c["examples"]} for c in found["costs"]}
    assert near == {
        "arr >= 500": {"c": ["arr is USD 499"]},
        "seats > 10": {"d": ["seats is missing"], "b": ["seats is 10"]},
    }
    text = call("explain", "--near", "motion.grow", "--as-of", "2026-11-01", cwd=workspace).output
    assert "2 accounts lack only this, arr, USD 1,400" in text and "    d   seats is missing" in text, text
    for wrong in ((), ("a", "--near", "big")):
        assert call("explain", *wrong, cwd=workspace).exit_code == 2


def told(workspace: Path, key: str, rule: str) -> list[tuple[str, str, str, str]]:
    (found,) = asked(workspace, "explain", key, rule)["rules"]
    return [(f["subject"], f["value"], f["needed"], f["goal"]) for f in found["flips"]]


@pytest.mark.slow
def test_what_would_take_a_customer_elsewhere(workspace: Path) -> None:
    """By hand, the nearest first, what leaves the population last."""
    assert told(workspace, "c", "motion") == [
        ("arr", "USD 499", "USD 500 or more", "grow"), ("plan", '"team"', '"free"', "out"),
    ]  # fmt: skip
    assert told(workspace, "e", "motion") == [
        ("none(logins in last 30 days)", "false", "true", "save"), ("plan", '"team"', '"free"', "out"),
    ]  # fmt: skip
    assert told(workspace, "d", "motion") == [
        ("renewal", "1 Jun 2027", "from 1 Nov 2026 until 30 Jan 2027", "save"),
        ("arr", "USD 900", "less than USD 500", "steady"), ("seats", "missing", "more than 10", "grow"), ("seats", "missing", "10 or less", "steady"), ("plan", '"team"', '"free"', "out"),
    ]  # fmt: skip
    assert told(workspace, "b", "big") == [
        ("seats", "10", "less than 10", "out"), ("arr", "USD 500", "USD 400 or less", "out"), ("any(logins in last 30 days)", "true", "false", "out"),
    ]  # fmt: skip
    text = call("explain", "c", "motion", "--as-of", "2026-11-01", cwd=workspace).output
    assert "  would be elsewhere, all else the same:\n      grow, were arr USD 500 or more   it is USD 499\n" in text, (
        text
    )


def test_a_field_that_begins_like_a_word_of_the_language_is_itself() -> None:
    """`none(…)` and `all(…)` ask for the opposite of what they look at; a field `allowed` doesn't."""
    model = model_of("entity account { account_id: text key  allowed: boolean  none_left: boolean }\nsegment s of account { when allowed and not none_left }")  # fmt: skip
    world = World(model.schema, {"account": [{"account_id": "k", "allowed": True, "none_left": False}]}, Clock.at(dt.date(2026, 11, 1), ZoneInfo("UTC")))  # fmt: skip
    found = flips(Evaluator(model, world), model.segments["s"], world.rows("account")[0])
    assert [(f.subject, f.value, f.needed) for f in found] == [
        ("allowed", "true", "false"),
        ("none_left", "false", "true"),
    ]


ROWS = """
entity account { account_id: text key  arr: money(USD)  seats: integer }
table tr of account from runs of silver_or_not starting 2026-10-01
table logins of account by account_id at occurred_at { minutes: integer }
segmentation silver_or_not of account {
  segment gold { when arr > 100_000 }
  segment silver { when arr > 50_000 }
  otherwise base
}
segment few of account { when count(latest 3 logins having minutes > 5) = 2 }
segment long of account { when all(latest 3 logins having minutes > 5) }
segment none_long of account { when none(logins having minutes > 5) }
segment was_gold of account { when count(latest 3 tr having arm = "gold") = 2 or seats >= 5 }
segment some of account { when seats >= 5 and seats < 10 }
"""
OF_ROWS = [
    ("few", ["were count(latest 3 logins having minutes > 5) 2"]),
    ("long", []),
    ("none_long", []),
    ("was_gold", ["were seats 5 or more"]),
    ("some", ["were seats at least 5 and less than 10"]),
    ("silver_or_not", ["were arr more than USD 50,000 and at most USD 100,000", "were arr more than USD 100,000"]),
]


@pytest.mark.parametrize(("rule", "needed"), OF_ROWS)
def test_what_is_said_to_be_needed_can_be_and_says_something(rule: str, needed: list[str]) -> None:
    model = model_of(ROWS)
    rows = {"account": [{"account_id": "k", "arr": 0, "seats": 1}], "logins": [], "tr": []}
    world = World(model.schema, rows, Clock.at(dt.date(2026, 11, 1), ZoneInfo("UTC")))
    asked = model.segments.get(rule) or model.segmentations[rule]
    found = flips(Evaluator(model, world), asked, world.rows("account")[0])
    assert [f"were {f.subject} {f.needed}" for f in found] == needed


def test_a_count_of_the_latest_three_is_never_said_to_be_more() -> None:
    model = model_of(ROWS)
    logins = [{"account_id": "k", "occurred_at": dt.datetime(2026, 10, d), "minutes": 9} for d in (1, 2)]
    rows = {"account": [{"account_id": "k"}], "logins": logins, "tr": []}
    world = World(model.schema, rows, Clock.at(dt.date(2026, 11, 1), ZoneInfo("UTC")))
    found = flips(Evaluator(model, world), model.segments["few"], world.rows("account")[0])
    assert [f.needed for f in found] == ["less than 2", "3"]


TIMES = """
entity account { account_id: text key  arr: number  seen: timestamp  renewal: date }
segment s of account where not arr >= 1 { when (arr between 0.5 and 1 or seen is missing) or (168 hours before seen >= 6 months before today and arr >= 0.5) }
segment t of account { when renewal is missing or (1 month after renewal >= now and arr >= 0.5) }
"""


@pytest.mark.parametrize(("rule", "field"), [("s", "seen"), ("t", "renewal")])
def test_a_time_that_no_border_cuts_is_one_of_its_kind(rule: str, field: str) -> None:
    """The reference is asked with any time at all, which is shifted as an instant or as a date."""
    model = model_of(TIMES)
    world = World(model.schema, {"account": [{"account_id": "k", "arr": 0}]}, Clock.at(dt.date(2026, 11, 1), ZoneInfo("Africa/Casablanca")))  # fmt: skip
    found = flips(Evaluator(model, world), model.segments[rule], world.rows("account")[0])
    assert (field, "missing", "anything", "out") in [(f.subject, f.value, f.needed, f.goal) for f in found]


MANY = """
entity account { account_id: text key  a: integer from 0 to 20  b: integer from 0 to 20  c: one of ("x", "y", "z")  d: boolean }
segmentation s of account where a > 1 or d {
  segment one { when a >= 5 and b < 7 and c != "x" }
  segment two { when (b > 3 or c = "z") and not d }
  segment three { when a between 3 and 9 and b * 2 >= 10 }
  undecided unsure
  otherwise rest
}
"""


@pytest.mark.slow
def test_flips_are_so_and_the_nearest() -> None:
    """Every value of each field tried one by one: what is told leads there, and nothing nearer does."""
    model = model_of(MANY)
    clock, rule, draw = Clock.at(dt.date(2026, 11, 1), ZoneInfo("UTC")), model.segmentations["s"], random.Random(7)
    domains: dict[str, list[Any]] = {
        "a": list(range(21)),
        "b": list(range(21)),
        "c": ["x", "y", "z"],
        "d": [True, False],
    }
    for _ in range(150):
        row: dict[str, Any] = {"account_id": "k"} | {f: draw.choice([*domain, None]) for f, domain in domains.items()}

        def at(changed: dict[str, Any], row: dict[str, Any] = row) -> str:
            world = World(model.schema, {"account": [row | changed]}, clock)
            return where_is(Evaluator(model, world), rule, world.rows("account")[0])

        world = World(model.schema, {"account": [row]}, clock)
        found = flips(Evaluator(model, world), rule, world.rows("account")[0], most=99)
        here = at({})
        reached = {(f, goal) for f, domain in domains.items() for v in domain if (goal := at({f: v})) != here}
        assert {(f.subject, f.goal) for f in found} == reached, row
        for f in found:
            numbers = [int(w) for w in f.needed.split() if w.isdigit()]
            if not numbers or row[f.subject] is None:
                continue
            leads = sorted(
                (v for v in domains[f.subject] if at({f.subject: v}) == f.goal), key=lambda v: abs(v - row[f.subject])
            )
            above = [v for v in leads if v > row[f.subject]]
            below = [v for v in leads if v < row[f.subject]]
            assert any(abs(side[0] - n) <= 1 for side in (above, below) if side for n in numbers), (row, f, leads)


def test_a_range_in_a_numbers_place() -> None:
    assert [s.value for s in sweep("arr > 40_000..80_000", 5)] == ["40_000", "50_000", "60_000", "70_000", "80_000"]
    assert [s.text for s in sweep("use >= 0.5..0.6 and x", 3)] == ["use >= 0.5 and x", "use >= 0.6 and x"]
    assert [s.value for s in sweep("use >= 50%..90%", 3)] == ["50%", "70%", "90%"]


def test_try_with_a_range(workspace: Path) -> None:
    found = asked(workspace, "try", "arr >= 300..900 and seats > 5")
    at = {s["value"]: s["taken"] for s in found["steps"]}
    assert (at["300"], at["900"], found["total"]) == (5, 1, 8) and len(at) == 9  # a b c g z; z
    assert max(s["unknown"] for s in found["steps"]) == 1
    assert "█" in call("try", "arr >= 300..900", "--as-of", "2026-11-01", cwd=workspace).output
    for wrong in ("arr > 5..1", "arr > 1..5 and seats > 1..5"):
        assert call("try", wrong, cwd=workspace).exit_code == 2


@pytest.mark.slow
def test_diff_with_a_range(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.mktemp("base")
    shutil.copytree(workspace, base, dirs_exist_ok=True)
    found = asked(workspace, "diff", str(base), "--sweep", "arr >= 400..500")
    assert [(s["value"], next(r["moved"] for r in s["rules"] if r["rule"] == "motion")) for s in found["steps"]][
        ::4
    ] == [("400", 1), ("500", 0)]
    for wrong, message in (("arr >= 1..5 and x", "no places"), ("seats 1..5", "no places")):
        result = call("diff", str(base), "--sweep", wrong, cwd=workspace)
        assert result.exit_code == 2 and message in result.output, result.output
    result = call("diff", str(base), "--sweep", "renewal in next 90..99_999_990 days", cwd=workspace)
    assert result.exit_code == 1 and "SEG0404" in result.output, result.output


def test_one_customer_of_a_large_base_is_explained_alone(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks ask the engine, and what belongs to one row is fetched with what belongs to those beside it."""
    from segdsl.engines.duckdb import DuckDB

    (workspace / "rules.seg").write_text(RULES + "segment two of account { when arr in top 2 and count(logins) > 0 }")
    questions: list[tuple[str, int]] = []
    asked_of = DuckDB.relation_rows

    def counted(self: DuckDB, relation: str, column: str | None = None, values: Any = ()) -> Any:
        questions.append((relation, len(values)))
        return asked_of(self, relation, column, values)

    monkeypatch.setattr(DuckDB, "relation_rows", counted)
    (found,) = asked(workspace, "explain", "a", "two")["rules"]
    assert found["status"] == "out" and "2 have more" in str(found["arms"]) and "8 are compared" not in str(questions)
    assert questions == [("account", 1), ("logins", 1)], questions


def test_a_customer_with_very_many_users_is_asked_for_in_parts() -> None:
    """PostgreSQL takes 65,535 values in a question."""

    class Many:
        schema = model_of("entity account { account_id: text key }\nentity user of account by account_id reverse users { user_id: text key }\ntable logins of user by user_id at happened_at { }").schema  # fmt: skip
        asked: ClassVar[list[tuple[str, int]]] = []

        def relation_rows(self, relation: str, column: str | None = None, values: Any = ()) -> list[dict[str, Any]]:
            self.asked.append((relation, len(values)))
            return [{"user_id": f"u{i}", "account_id": "a"} for i in range(25_000)] if relation == "user" else []

    world = LazyWorld(Many(), Clock.at(dt.date(2026, 11, 1), ZoneInfo("UTC")))  # type: ignore[arg-type]
    for user in world.where("user", "account_id", "a"):
        world.where("logins", "user_id", user["user_id"])
    assert Many.asked == [("user", 1), ("logins", 10_000), ("logins", 10_000), ("logins", 5_000)]


def test_an_arm_that_is_asked_for_is_shown_where_another_comes_first(workspace: Path) -> None:
    (found,) = asked(workspace, "explain", "e", "motion.grow")["rules"]
    assert (found["arm"], [a["name"] for a in found["arms"]]) == ("steady", ["save", "grow"]) and not found["asked"]
    (found,) = asked(workspace, "explain", "f", "motion.grow", "motion.save")["rules"]
    assert (found["arm"], [a["name"] for a in found["arms"]], [a["name"] for a in found["asked"]]) == (
        "save", ["save"], ["grow"],
    )  # fmt: skip
    said = call("explain", "f", "motion.grow", "--as-of", "2026-11-01", cwd=workspace).output
    assert "  ✗ grow   save comes first\n      ✗ arr >= 500" in said, said
    (found,) = asked(workspace, "explain", "f", "motion.steady")["rules"]
    assert found["arm"] == "save" and not found["asked"]
    wrong = call("explain", "f", "motion.gorw", "--as-of", "2026-11-01", cwd=workspace)
    assert wrong.exit_code == 2 and "did you mean `motion.grow`?" in wrong.output


@pytest.mark.slow
def test_overlap(workspace: Path) -> None:
    found = asked(workspace, "overlap", "motion.save", "motion.grow", "big")["pairs"]
    assert [(p["first"], p["second"], p["verdict"], p["both"]) for p in found] == [
        ("motion.save", "motion.grow", "perhaps", 0), ("motion.save", "big", "disjoint", 0), ("motion.grow", "big", "perhaps", 1),
    ]  # fmt: skip
    assert all(bool(p["given"]) is (p["verdict"] == "perhaps") for p in found)
    text = call("overlap", "motion.save", "big", "--no-data", cwd=workspace).output
    assert text == "motion.save and big: nobody can be in both (proved)\n"
    text = call("overlap", "motion.grow", "big", "--as-of", "2026-11-01", cwd=workspace).output
    assert "somebody can be in both; in the data 1 account is (a); made up, for example\n    account " in text, text
    found = asked(workspace, "overlap", "motion.steady", "motion.check_data", "big")["pairs"]
    assert [(p["verdict"], p["both"]) for p in found] == [("disjoint", 0), ("perhaps", 2), ("disjoint", 0)], found
    for wrong in (("big",), ("big", "big"), ("big", "motion"), ("big", "nothing")):
        assert call("overlap", *wrong, cwd=workspace).exit_code == 2, wrong
