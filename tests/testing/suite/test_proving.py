"""What tests are worth: clause coverage, mutation score, properties; and the tests that are offered for what is missing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from segdsl.diagnostics import Source
from segdsl.facts.unknown import can_be_unknown
from segdsl.lang.format import format_text
from segdsl.model.segment import Model
from segdsl.resolve import Resolver
from segdsl.testing.mutants.mutants import declarations, mutants
from segdsl.testing.mutants.operators import OPERATORS
from segdsl.testing.mutants.score import Score, score
from segdsl.testing.run.coverage import WORDS, Observations, coverage
from segdsl.testing.suite import offers, suite
from segdsl.testing.suite.properties import as_test, counterexample
from segdsl.testing.suite.suite import Report, Suite
from segdsl.workspace.config import Config
from segdsl.workspace.load import Workspace, build, sound
from tests.support.cli import call
from tests.support.paths import ROOT

MODEL = """
entity account { account_id: text key  parent: link to account reverse children  plan: one of ("free", "team", "business") required
                 arr: money(USD) required  renewal_date: date  region: text }
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member") required
                                                     active: boolean required  age: integer }
table logins of user by user_id at occurred_at { device: text }
"""
DAY, UTC = dt.date(2026, 11, 1), ZoneInfo("UTC")


def workspace(text: str) -> Workspace:
    return sound(build(Path("/nowhere"), Config(), [Source("model.seg", MODEL), Source("rules.seg", text)], []))


def outcome(text: str) -> tuple[Suite, Report]:
    made = suite.suite_of(workspace(text))
    found = suite.run(made)
    return made, found


# -- coverage ---------------------------------------------------------------------------------


COVERED = """
segment big of account { when arr > 10 and region is not missing and region = "eu" }
test "big" { account a { arr: 11, region: "eu", plan: "free" } expect a in big }
test "small" { account a { arr: 10, plan: "free" } expect not (a in big) }
"""


def misses(text: str) -> set[tuple[str, str]]:
    _, found = outcome(text)
    assert found.coverage is not None
    return {(c.text, WORDS[t]) for c, t in found.coverage.misses()}


def test_a_condition_is_seen_only_where_a_test_makes_the_rule_ask_it() -> None:
    assert misses(COVERED) == {
        ("region is not missing", "false"),
        ('region = "eu"', "false"),  # and never unknown, since the guard stands before it
    }


def test_layout_and_comments_have_no_part_in_coverage() -> None:
    spread = COVERED.replace(" and ", "\n  # why\n     and\n").replace("{ when", "{\n\n  when")
    assert misses(format_text(Source("x", spread))) == misses(spread) == misses(COVERED)


def test_conditions_inside_rows_metrics_and_bands_are_seen_too() -> None:
    assert misses(
        """
        metric size of account = bands arr { under 10: "small", otherwise: "large" }
        segment s of account { when size = "small" and any(users where role = "admin") }
        test "t" { account a { arr: 5, plan: "free" } user u { account_id: a, role: "member", active: true } expect not (a in s) }
        """
    ) == {
        ('size = "small"', "false"),
        ("under 10", "false"),
        ('any(users where role = "admin")', "true"),
        ('role = "admin"', "true"),
    }


def test_arms_that_nobody_reached_and_rules_that_nobody_asked_for_are_listed() -> None:
    _, found = outcome(
        """
        segmentation m of account { segment a { when arr > 5 } segment b { when arr > 1 } otherwise c }
        segment s of account { when arr > 5 }
        test "t" { account x { arr: 9, plan: "free" } expect x in m.a }
        """
    )
    assert found.coverage is not None
    assert (found.coverage.unreached, found.coverage.untested) == ((("m", "b"), ("m", "c")), ("s",))


@pytest.mark.parametrize(
    ("condition", "unknown"),
    [
        ("arr > 5", False),  # required
        ("region = \"eu\"", True),
        ("region is missing", False),
        ("region is not missing and region = \"eu\"", False),
        ("region is missing or region = \"eu\"", False),
        ("parent.arr > 5", True),  # the link may lead nowhere
        ("count(users) > 5", False),
        ("any(users where role = \"admin\")", False),
        ("count(logins since renewal_date) > 3", True),  # a bound that may be missing
        ("arr / count(users) > 5", True),
        ("count(users) > 0 and arr / count(users) > 5", False),
        ("last(users.logins.device) = \"web\"", True),
    ],
)  # fmt: skip
def test_what_can_be_unknown(condition: str, unknown: bool) -> None:
    model = workspace(f"segment s of account {{ when {condition} }}").model
    assert can_be_unknown(model, model.segments["s"].condition) is unknown


# -- mutation -----------------------------------------------------------------------------------


def scored(text: str) -> tuple[Suite, Score]:
    made, found = outcome(text)
    assert found.ok, found
    return made, score(declarations(made.workspace.files), made.tests, made.resolver, UTC)


MUTATED = [
    ("threshold", "segment s of account { when arr > 100 }", {"101", "99", "110", "90"}),
    ("threshold", "segment s of account { when arr / count(users) > 50% }", {"51%", "49%", "55%", "45%"}),
    ("threshold", "segment s of account { when renewal_date > 2026-01-31 }", {"2026-02-01", "2026-01-30"}),
    ("comparison", "segment s of account { when arr >= 1 }", {" > ", " < "}),
    ("comparison", "segment s of account { when arr not between 1 and 2 }", {" between 1 and 2"}),
    ("and/or", "segment s of account { when arr > 1 and region = \"eu\" }", {'(arr > 1 or region = "eu")'}),
    ("negation", "segment s of account { when not (arr > 1) }", {"(arr > 1)"}),
    ("negation", "segment s of account { when region is missing }", {" is not missing"}),
    ("negation", "segment s of user { when active }", {"not active"}),
    ("clause dropped", "segment s of account { when arr > 1 and region = \"eu\" }", {""}),
    ("clause dropped", "segment s of account where arr > 1 { when count(users where active) > 0 }", {""}),
    ("guard dropped", "segment s of account { when region is not missing and region = \"eu\" }", {""}),
    ("window resized", "segment s of account { when any(logins in last 30 days) }", {"31 days", "29 days"}),
    ("window shifted", "segment s of account { when any(logins in last 30 days) }", {"from 31 days ago until 1 day ago"}),
    ("window shifted", "segment s of account { when any(logins in this calendar month) }", {"in last calendar month"}),
    ("last/next", "segment s of account { when renewal_date in next 30 days }", {"in last 30 days"}),
    ("last/next", "segment s of account { when days since renewal_date > 3 }", {"days until "}),
    ("any/none/all", "segment s of account { when any(users where active) }", {"none", "all(users having "}),
    ("aggregate", "segment s of account { when sum(users.age) > 3 }", {"average", "max"}),
    ("latest N", "segment s of account { when any(latest 2 users.logins having device = \"web\") }", {"3", "1"}),
    ("arm order", "segmentation m of account { segment a { when arr > 5 } segment b { when arr > 1 } otherwise c }", {"segment b { when arr > 1 } segment a { when arr > 5 }"}),
    ("undecided/otherwise", "segmentation m of account { segment a { when arr > 5 } undecided u otherwise c }", {"", "c otherwise u"}),
    ("keeping", "table r of account from runs of m starting 2026-10-01 segmentation m of account { segment a { when arr > 5 keep until arr < 3 keep until end of calendar year } otherwise c }", {"", "keep until end of next calendar year"}),
    ("enum value", "segment s of account { when plan = \"team\" }", {'"business"'}),
    ("list member", 'segment s of account { when plan in ("free", "team") }', {'("team")', '("free")', '("free", "team", "business")'}),
    ("list member", "list l = (\"a\", \"b\") segment s of account { when region in l }", {'("b")', '("a")'}),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "text", "wanted"), MUTATED, ids=lambda x: x if isinstance(x, str) else "")
def test_each_operator_makes_its_mistakes(operator: str, text: str, wanted: set[str]) -> None:
    made = workspace(text)
    resolver = Resolver(made.files, made.model)
    found = {m.replacement for d in declarations(made.files) for m, _ in mutants(d, resolver) if m.operator == operator}
    assert found == wanted


def test_every_operator_has_a_case_here_and_a_row_in_the_documentation() -> None:
    assert {operator for operator, _, _ in MUTATED} == set(OPERATORS)
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    for name, operator in OPERATORS.items():
        assert f"| {name} | {' '.join((operator.__doc__ or '').split())} |" in text


GOOD = """
segment big of account { when arr >= 10 and plan = "team" }
test "at ten" { account a { arr: 10, plan: "team" } expect a in big }
"""
BETTER = (
    GOOD
    + """
test "just below" { account a { arr: 9, plan: "team" } expect not (a in big) }
test "much" { account a { arr: 50, plan: "team" } expect a in big }
test "another plan" { account a { arr: 10, plan: "business" } expect not (a in big) }
test "free" { account a { arr: 10, plan: "free" } expect not (a in big) }
"""
)


def test_better_tests_score_higher_and_good_ones_leave_nothing() -> None:
    (_, low), (_, high) = scored(GOOD), scored(BETTER)
    assert low.killed < high.killed == high.total
    assert sum(a + b for a, b, _ in low.counts.values()) == low.total == high.total


def test_what_means_the_same_is_left_out_and_only_that() -> None:
    _, found = scored(
        """
        metric m of account = bands count(users) { under 3: "few", otherwise: "many", missing: "few" }
        segmentation s of account { segment a { when m = "few" } segment b { when m = "many" } otherwise c }
        test "t" { account x { arr: 1, plan: "free" } expect x in s.a }
        """
    )
    assert {name: same for name, (_, _, same) in found.counts.items() if same} == {"guard dropped": 1, "arm order": 1}


ORDERS = [  # the conditions of two neighbouring arms; whether their order can't matter
    ("arr > 5", "arr > 1", False),
    ("arr > 5", "arr <= 5", True),
    ("arr > 5 and plan = \"free\"", "arr > 1 and plan = \"team\"", True),
    ("none(logins in last 60 days)", "count(logins in last 60 days) >= 3", True),
    ("none(logins in last 60 days)", "count(logins in last 90 days) >= 3", False),
    ("account in c", "arr < 3", True),
    ("arr > 5 limit 1 by arr", "arr < 3", True),
    ("arr in top 1", "arr < 3", False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), ORDERS)
def test_the_order_of_two_arms_is_no_mistake_where_nobody_can_be_in_both(one: str, other: str, same: bool) -> None:
    _, found = scored(
        f"""
        segment c of account {{ when arr > 100 }}
        segmentation s of account {{ segment a {{ when {one} }} segment b {{ when {other} }} otherwise r }}
        test "t" as of 2026-01-01 {{ account x {{ arr: 1, plan: "free" }} expect count(s.a) <= 1 }}
        """
    )
    assert found.counts["arm order"] == ((0, 0, 1) if same else (0, 1, 0))


def test_a_survivor_comes_with_a_customer_who_tells_it_apart() -> None:
    made, found = scored(GOOD)
    for offer in offers.killers(made, found):
        assert offer.text, offer.miss
        again = workspace(GOOD + offer.text)
        assert suite.run(suite.suite_of(again)).ok, offer.text
        mutant = offer.miss
        assert not isinstance(mutant, tuple)
        before, after = mutant.diff
        assert before != after
        spoiled = workspace(GOOD.replace(before.strip(), after.strip()) + offer.text)
        assert not suite.run(suite.suite_of(spoiled)).ok, offer.text


def test_offers_close_everything_that_can_be_closed() -> None:
    made, found = outcome(COVERED)
    assert found.coverage is not None
    texts = [o.text for o in offers.closers(made, found.coverage)]
    _, again = outcome(COVERED + "".join(texts))
    assert again.ok and again.coverage is not None and again.coverage.share == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "test", ["", 'test "t" as of 2025-01-01 { account x { plan: "free", arr: 1 } expect count(s.r) <= 1 }']
)
def test_offers_lie_on_days_on_which_rows_may_be_lacking_and_on_others(test: str) -> None:
    """A table that is complete from a day on: before it nothing is known to have no rows, long after it everything is."""
    rules = """
    table calls of account by account_id at t complete from 2026-10-01 { minutes: integer }
    segmentation s of account { segment a { when none(calls in last 60 days) } segment b { when count(calls in last 60 days) >= 3 } undecided u otherwise r }
    """
    made = suite.suite_of(workspace(rules + test))
    texts = [o.text for o in offers.closers(made, coverage(made.workspace.model, Observations()))]
    closed, again = outcome(rules + "".join(texts))
    assert again.ok and again.coverage is not None and again.coverage.share == 1
    tried = score(declarations(closed.workspace.files), closed.tests, closed.resolver, UTC)
    assert all(o.text for o in offers.killers(closed, tried)), [
        o.miss for o in offers.killers(closed, tried) if not o.text
    ]


# -- the example's own rules ------------------------------------------------------------------------


@pytest.mark.slow
def test_the_examples_rules_are_tested_to_the_last_condition() -> None:
    from segdsl.workspace.load import load_workspace

    made = suite.suite_of(sound(load_workspace(ROOT)))
    found = suite.run(made)
    assert found.ok and found.coverage is not None
    assert (list(found.coverage.misses()), found.coverage.unreached, found.coverage.untested) == ([], (), ())
    result = score(declarations(made.workspace.files), made.tests, made.resolver, made.workspace.zone)
    assert result.share >= 0.95
    # each is explained in docs/testing.md; a new one is to be noticed, or explained there too
    survivors = [s.mutation for s in result.survivors]
    assert {(m.name, *((m.operator, "") if m.operator == "arm order" else (m.span.text, m.replacement))) for m in survivors} == {
        ("came_back", "7 days", "8 days"), ("exec_sponsored", "50%", "51%"), ("health", "5", "4"),
        ("attention_v2", "arm order", ""),
    }  # fmt: skip


def test_what_must_be_there_and_is_not_is_said_to_be_missing() -> None:
    from segdsl.model.clock import Clock
    from segdsl.testing.customers.block_text import given_lines

    model = workspace("list l = (1)").model
    (line,) = given_lines(
        {"account": [{"account_id": "a", "plan": None, "region": None}]}, {}, model, Clock.at(DAY, UTC)
    )
    assert line == "account a { plan: missing }"


# -- properties -------------------------------------------------------------------------------------


def speaks_against(text: str) -> tuple[Model, str | None]:
    made = workspace(text)
    statement = made.model.properties[0]
    found = counterexample(statement, made.model, DAY, UTC)
    return made.model, None if found is None else as_test(statement, found, made.model)


BROKEN = [
    'segment s of account { when arr > 10 } property "p" of account { never account in s and arr < 12 }',
    'segment s of account { when arr > 10 and region = "eu" } property "p" of account { always account in s or arr < 50 }',
    'property "p" of account { always arr < 1_000_000 }',
    'property "p" of account { never any(users where role = "admin" and active) and plan = "free" }',
    'property "p" of user { never role = "admin" and none(logins in last 30 days) }',
    'metric n of account = count(logins in last 30 days) property "p" of account { never n = 7 and parent.plan = "team" }',
    'property "p" of account { never account.arr > 5 and any(users where active and account.plan = "team") }',
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_a_counterexample_is_a_test_that_fails(text: str) -> None:
    _, block = speaks_against(text)
    assert block is not None
    made = suite.suite_of(workspace(text.partition(" property ")[0] if text.split()[0] != "property" else ""))
    again = workspace((text.partition("property ")[0]) + block)
    found = suite.run(suite.suite_of(again))
    assert [r.status for r in found.results] == ["failed"], block
    assert made


@pytest.mark.parametrize(
    "text",
    [
        'segment s of account { when arr > 10 } property "p" of account { never account in s and arr < 10 }',
        'property "p" of account { never count(users) < 0 }',
        'property "p" of account { always region = "eu" or region != "eu" }',  # unknown violates nothing
        'segmentation m of account { segment a { when arr > 5 } otherwise b } property "p" of account { never account in m.a and account in m.b }',
    ],
)  # fmt: skip
def test_what_holds_is_not_spoken_against(text: str) -> None:
    assert speaks_against(text)[1] is None


def test_the_same_search_finds_the_same() -> None:
    assert speaks_against(BROKEN[1])[1] == speaks_against(BROKEN[1])[1]


def test_coverage_of_nothing_is_whole() -> None:
    found = coverage(Model(workspace("list l = (1)").model.schema, {}, {}, {}, {}, ()), suite.Observations())
    assert (found.share, found.wanted) == (1.0, 0)


@pytest.mark.slow
def test_the_examples_tests_pass_on_duckdb_too() -> None:
    from segdsl.testing.run.engine import on_duckdb
    from segdsl.workspace.load import load_workspace

    made = suite.suite_of(sound(load_workspace(ROOT)))
    found = suite.run(made, on_duckdb(made.workspace))
    assert [r.title for r in found.results if r.status != "passed"] == []
    assert len(found.results) > 150


@pytest.mark.slow
def test_rules_that_stand_on_each_other_twice_over_come_to_an_end() -> None:
    """Each mentions the one before it twice: walked naively, 2 to the 40th ways."""
    text = "metric m0 of account = arr metric u0 of account = count(users) / count(users where active)\n"
    for i in range(1, 40):
        text += f"metric m{i} of account = if m{i - 1} < 3 then m{i - 1} else m{i - 1} + m{i - 1} end\n"
        text += f"metric u{i} of account = u{i - 1} - u{i - 1}\n"
    text += 'segment s0 of account { when plan = "team" }\n'
    for i in range(1, 30):
        text += f"segment s{i} of account {{ when account in s{i - 1} and not (account in s{i - 1}) }}\n"
    text += "segment x of account { when m39 > 5 and u39 = 1 and account in s29 }\n"
    made, found = outcome(text + 'test "t" { account a { plan: "team", arr: 5 } expect not (a in s5) }')
    assert found.ok and found.coverage is not None
    assert len(list(offers.closers(made, found.coverage, 3))) == 3


def test_a_reason_that_is_asked_for_is_nothing_that_was_seen() -> None:
    text = """
        segment s of account { when arr > 5 and plan = "team" }
        test "t" { account a { arr: 1, plan: "free" } expect not (a in s) because "arr > 5" }
        """
    assert ('plan = "team"', "false") in misses(text)


ROWS_METRIC = """
entity account { account_id: text key }
table bills of account by account_id at due { amount: integer }
metric late of bills = if amount > 5 then 1 else 0 end
segment s of account { when sum(bills.late) > 1 }
test "nobody" as of 2026-11-01 { account a { } expect not (a in s) }
"""


@pytest.mark.parametrize("option", ["--coverage", "--mutate"])
def test_a_condition_of_a_metric_of_rows_is_aimed_at_in_a_row(option: str, tmp_path: Path) -> None:
    (tmp_path / "segdsl.toml").write_text("", encoding="utf-8")
    (tmp_path / "rules.seg").write_text(ROWS_METRIC, encoding="utf-8")
    done = call("test", option, cwd=tmp_path)
    assert done.exit_code == 0, done.output
    if option == "--coverage":
        assert "bills of account_1" in done.output and "late: `amount > 5` is true" in done.output
