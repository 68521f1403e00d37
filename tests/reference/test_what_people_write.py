"""Definitions of the field as people write them, each on every engine: `expect` lines are figures by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from segdsl.diagnostics import Source, render
from segdsl.lint.checks import checked
from segdsl.testing.run.runner import Evaluators, run_tests
from segdsl.workspace.config import About, Config
from segdsl.workspace.load import Workspace, build

WRITTEN = {
    "keys of any spelling": """
entity account { account_id: text key  seats: integer }
entity order { number: integer key  units: integer }
segment large of account { when seats > 1 }
segment big of order { when units > 2 }
test "keys in quotes, and whole numbers" {
  account "A-1" { seats: 2 }
  account "B 2" { seats: 1 }
  order 1 { units: 3 }
  expect "A-1" in large
  expect "B 2" not in large
  expect "A-1".seats + "B 2".seats = 3
  expect 1 in big
  expect "1".units = 3
}
""",
    "rows with two owners": """
entity account { account_id: text key  plan: text }
entity user { user_id: text key  active: boolean }
table logins of account by account_id at happened_at { by_user: link to user reverse own_logins  device: text }
segment on_the_web of user { when any(own_logins in last 30 days where device = "web") }
segment of_the_free of user { when all(own_logins having account.plan = "free") and any(own_logins) }
segment used of account { when any(logins where by_user.active) }
metric devices of user = count_distinct(own_logins.device)
test "an event has an account and a user" as of 2026-11-01 {
  account a { plan: "free" }
  account b { plan: "team" }
  user u { active: true }
  user v { active: false }
  logins of a { at: 2026-10-10, by_user: u, device: "web" }
  logins of a { at: 2026-10-11, by_user: v, device: "ios" }
  logins of b { at: 2026-10-12, by_user: u, device: "ios" }
  logins of b { at: 2026-10-12, device: "web" }
  expect u in on_the_web
  expect v not in on_the_web
  expect v in of_the_free
  expect u not in of_the_free
  expect u.devices = 2
  expect a in used
  expect b in used
}
""",
    "nothing between quotes": """
entity account { account_id: text key  region: text  tags: set of text }
segment nowhere of account { when region is missing }
segment tagged of account { when tags has any ("a", "b") or tags has none ("a") }
test "an empty text is missing, as in data" {
  account a { region: "", tags: ("") }
  account b { region: " x", tags: ("a", "") }
  expect a in nowhere
  expect b not in nowhere
  expect a in tagged
  expect b in tagged
}
""",
    "a limit that ties don't exceed": """
entity account { account_id: text key  arr: money(USD)  seats: integer }
segmentation motion of account {
  segment call { when arr >= 100 limit 2 by arr then by seats then by account_id }
  otherwise none_of_them
}
test "of equal ones those with more seats, then the first by name" {
  account d { arr: 200 }
  account c { arr: 100 }
  account b { arr: 100, seats: 5 }
  account a { arr: 100, seats: 5 }
  expect d in motion.call
  expect a in motion.call
  expect b in motion.none_of_them
  expect c in motion.none_of_them
}
""",
    "a tie that the key breaks": """
entity account { account_id: text key  arr: money(USD) }
segment class_a of account { when cumulative_share(arr then by account_id) < 80% }
segment first_two of account { when arr in top 2 then by account_id }
metric place of account = rank(arr then by account_id)
test "of 60, 20 and 20 the first two make up 80 %" {
  account large { arr: 60 }
  account m { arr: 20 }
  account n { arr: 20 }
  expect large in class_a
  expect m in class_a
  expect n not in class_a
  expect m in first_two
  expect n not in first_two
  expect large.place = 1
  expect m.place = 2
  expect n.place = 3
}
""",
    "the top tenth of regions with ten accounts or more": """
entity account { account_id: text key  arr: money(USD)  region: text }
segment leaders of account { when arr in top 10% per region and count(all account per region where arr is not missing) >= 10 }
test "ten in x, of which one has no amount, nine in y, ten in z" {
  account x1 { region: "x", arr: 900 } account x2 { region: "x", arr: 800 } account x3 { region: "x", arr: 700 } account x4 { region: "x", arr: 600 } account x5 { region: "x", arr: 500 }
  account x6 { region: "x", arr: 400 } account x7 { region: "x", arr: 300 } account x8 { region: "x", arr: 200 } account x9 { region: "x", arr: 100 } account x10 { region: "x" }
  account y1 { region: "y", arr: 900 } account y2 { region: "y", arr: 800 } account y3 { region: "y", arr: 700 } account y4 { region: "y", arr: 600 } account y5 { region: "y", arr: 500 }
  account y6 { region: "y", arr: 400 } account y7 { region: "y", arr: 300 } account y8 { region: "y", arr: 200 } account y9 { region: "y", arr: 100 }
  account z1 { region: "z", arr: 109 } account z2 { region: "z", arr: 108 } account z3 { region: "z", arr: 107 } account z4 { region: "z", arr: 106 } account z5 { region: "z", arr: 105 }
  account z6 { region: "z", arr: 104 } account z7 { region: "z", arr: 103 } account z8 { region: "z", arr: 102 } account z9 { region: "z", arr: 101 } account z10 { region: "z", arr: 100 }
  account nowhere { arr: 9_999 }
  expect z1 in leaders
  expect z2 not in leaders
  expect x1 not in leaders
  expect y1 not in leaders
  expect (x10 in leaders) = false
  expect (nowhere in leaders) is missing
  expect count(leaders) = 1
}
""",
    "the rule's own customers beside everybody": """
entity account { account_id: text key  arr: money(USD)  region: text  paying: boolean }
segment first_half of account where paying { when arr in top 50% per region and count(all account per region) >= 3 }
segment half_of_few of account where paying { when arr in top 50% per region and count(all account per region where paying) >= 3 }
metric in_region of account = count(all account per region)
test "three are there, of which two pay and are compared" {
  account a { region: "x", arr: 10, paying: true }
  account b { region: "x", arr: 9, paying: true }
  account c { region: "x", arr: 99, paying: false }
  expect a in first_half
  expect b not in first_half
  expect c not in first_half
  expect count(half_of_few) = 0
  expect a.in_region = 3
}
""",
    "parents in a circle": """
entity account { account_id: text key  parent: link to account reverse children  arr: money(USD) }
metric family_arr of account = sum(family(parent).arr)
segment headed of account { when root(parent) = parent }
segment large of account { when family_arr >= 100 }
test "a, b and c are each other's parents, d is below them, e's parent isn't there, g is below f" {
  account a { parent: b, arr: 50 }
  account b { parent: c, arr: 60 }
  account c { parent: a, arr: 70 }
  account d { parent: a, arr: 80 }
  account e { parent: "GONE", arr: 10 }
  account f { arr: 10 }
  account g { parent: f, arr: 90 }
  expect (a in large) is missing
  expect (c in headed) is missing
  expect d.family_arr is missing
  expect (d in large) is missing
  expect e.family_arr = 10
  expect e not in large
  expect (e in headed) is missing
  expect f in large
  expect g in large
  expect g in headed
}
""",
    "the commonest goal, and a tie of others": """
entity account { account_id: text key }
table goals of account by account_id at said_on: date { goal: text }
segment saves_time of account { when most_common(goals.goal) = "save" }
test "save, x, x, y, y; save and x; save twice; none" as of 2026-11-01 {
  account of_others {}
  goals of of_others { at: 2026-10-01, goal: "save" }
  goals of of_others { at: 2026-10-02, goal: "x" }
  goals of of_others { at: 2026-10-03, goal: "x" }
  goals of of_others { at: 2026-10-04, goal: "y" }
  goals of of_others { at: 2026-10-05, goal: "y" }
  account tied {}
  goals of tied { at: 2026-10-01, goal: "save" }
  goals of tied { at: 2026-10-02, goal: "x" }
  account leads {}
  goals of leads { at: 2026-10-01, goal: "save" }
  goals of leads { at: 2026-10-02, goal: "save" }
  goals of leads { at: 2026-10-03, goal: "x" }
  account silent {}
  expect (of_others in saves_time) = false
  expect (tied in saves_time) is missing
  expect leads in saves_time
  expect (silent in saves_time) is missing
}
""",
    "a band of a count": """
entity account { account_id: text key }
table logins of account by account_id at ts { device: text }
metric activity of account = bands count(logins in last 30 days) { under 1: "none", under 5: "some", otherwise: "many" }
test "no login, one, and five" as of 2026-11-01 {
  account quiet {}
  logins of quiet { at: 2026-10-01T23:59 }
  account once {}
  logins of once { at: 2026-10-02 }
  account often {}
  logins of often { at: 2026-10-02 }
  logins of often { at: 2026-10-03 }
  logins of often { at: 2026-10-04 }
  logins of often { at: 2026-10-05 }
  logins of often { at: 2026-10-06 }
  expect quiet.activity = "none"
  expect once.activity = "some"
  expect often.activity = "many"
}
""",
    "the arms that a customer fits, and the one that it gets": """
entity account { account_id: text key  arr: money(USD)  employees: integer }
segmentation coverage of account {
  segment high_touch { when arr >= 100_000 }
  segment pooled { when employees >= 200 }
  undecided unclear
  otherwise tech_touch
}
test "both, one, none, and nobody knows" {
  account both { arr: 100_000, employees: 200 }
  account second { arr: 99_999, employees: 200 }
  account neither { arr: 0, employees: 199 }
  account open { arr: 0 }
  account first { arr: 100_000 }
  expect both in coverage.high_touch
  expect second in coverage.pooled
  expect neither in coverage.tech_touch
  expect open in coverage.unclear
  expect first in coverage.high_touch
}
""",
    "a health score that lacks a part, and a cap": """
entity account { account_id: text key  use: integer  nps: integer  seats: integer  unpaid: boolean }
score health of account {
  part use weight 50 = use
  part nps weight 30 = nps
  part seats weight 20 = seats
  missing parts: share out up to 40
  cap 30 when unpaid
}
segment weak of account { when health < 50 }
test "(50 x 40 + 20 x 5) / 70 is 30, without the weight of 30 that is shared out" {
  account lacks { use: 40, seats: 5, unpaid: false }
  account lacks_more { nps: 90, unpaid: false }
  account capped { use: 100, nps: 100, seats: 100, unpaid: true }
  account below { use: 20, nps: 20, seats: 20 }
  account above { use: 80, nps: 80, seats: 80 }
  account border { use: 50, nps: 50, seats: 50, unpaid: false }
  expect lacks.health = 30
  expect lacks in weak
  expect lacks_more.health is missing
  expect (lacks_more in weak) is missing
  expect capped.health = 30
  expect capped in weak
  expect below.health = 20
  expect above.health is missing
  expect border not in weak
}
""",
    "a limit beside a customer of whom the condition is unknown": """
entity account { account_id: text key  arr: money(USD)  paying: boolean }
segmentation coverage of account {
  segment direct { when paying limit 1 by arr }
  undecided unclear
  otherwise digital
}
test "it takes no place from the others" {
  account largest { arr: 300 }
  account second { arr: 200, paying: true }
  account third { arr: 100, paying: true }
  expect largest in coverage.unclear
  expect second in coverage.direct
  expect third in coverage.digital
}
""",
    "at risk at each of the last three runs": """
entity account from created_at { account_id: text key  created_at: timestamp fixed  quiet: boolean }
segment at_risk of account { when quiet }
table risk_runs of account from runs of at_risk starting 2026-10-01
segment stays_at_risk of account { when count(latest 3 risk_runs having member) = 3 }
test "three, two of three, two runs only, and a fourth that wasn't" as of 2026-11-01 {
  account three { created_at: 2025-01-01 }
  risk_runs of three { at: 2026-10-28, member: false }
  risk_runs of three { at: 2026-10-29, member: true }
  risk_runs of three { at: 2026-10-30, member: true }
  risk_runs of three { at: 2026-10-31, member: true }
  account two { created_at: 2025-01-01 }
  risk_runs of two { at: 2026-10-29, member: true }
  risk_runs of two { at: 2026-10-30, member: false }
  risk_runs of two { at: 2026-10-31, member: true }
  account came_lately { created_at: 2026-10-29T12:00 }
  risk_runs of came_lately { at: 2026-10-30, member: true }
  risk_runs of came_lately { at: 2026-10-31, member: true }
  account lacks_runs { created_at: 2025-01-01 }
  risk_runs of lacks_runs { at: 2026-10-30, member: true }
  risk_runs of lacks_runs { at: 2026-10-31, member: true }
  account this_run { created_at: 2025-01-01 }
  risk_runs of this_run { at: 2026-10-30, member: true }
  risk_runs of this_run { at: 2026-10-31, member: true }
  risk_runs of this_run { at: 2026-11-01, member: true }
  expect three in stays_at_risk
  expect two not in stays_at_risk
  expect came_lately not in stays_at_risk
  expect (lacks_runs in stays_at_risk) is missing
  expect (this_run in stays_at_risk) is missing
}
""",
}


@pytest.mark.parametrize(("cell", "fits"), [
    ("i: 9_223_372_036_854_775_807", True), ("i: 9_223_372_036_854_775_808", False), ("i: -9_223_372_036_854_775_808", True),
    ("n: 999_999_999_999_999_999.5", True), ("n: 1_000_000_000_000_000_000", False), ("n: -1_000_000_000_000_000_000", False),
    ("m: 92_233_720_368_547_758", True), ("m: 92_233_720_368_547_759", False), ("r: 1_000_000_000_000_000_000_000", True),
])  # fmt: skip
def test_a_test_holds_what_data_can_hold(cell: str, fits: bool, evaluators: Evaluators) -> None:
    """A larger number is a finding, where an engine would end with a fault of its own."""
    text = f"""
entity c {{ k: text key  i: integer  n: number  m: money(USD)  r: real }}
segment any_of_them of c {{ when i is not missing or n is not missing or m is not missing or r is not missing }}
test "t" {{ c a {{ {cell} }} expect a in any_of_them }}
"""
    made = build(Path(), Config(), [Source("rules.seg", text)], [])
    assert [d.code for d in made.diagnostics] == ([] if fits else ["SEG0502"])
    if isinstance(made, Workspace):
        assert [r.status for r in run_tests(made.model.tests, made.model, made.zone, evaluators)] == ["passed"]


@pytest.mark.parametrize(("cell", "help"), [
    ("b: no", "write `false`"), ('b: "no"', "write `false`"), ("b: n", "write `false`"), ("b: off", "write `false`"), ('b: "Nein"', "write `false`"),
    ("b: yes", "write `true`"), ('b: "Y"', "write `true`"), ("b: ja", "write `true`"), ("b: maybe", "write `true` or `false`"), ("b: 0", "write `false`"),
    ("b: 2", "write `true` or `false`"), ("t: no", 'put text in quotes: "no"'), ("t: 12", 'write `t: "12"`'),
    ('l: "vip"', 'write `l: ("vip")`'), ('i: "5_000"', "write `i: 5000`, without quotes"), ('m: "5,000.50"', "write `m: 5000.50`, without quotes"),
    ('d: "2026-11-01"', 'write: `test "t" { c a { d: 2026-11-01 } expect a in s }` (dates stand without quotes)'), ('t: ("a", "b")', "one value, without brackets"),
])  # fmt: skip
def test_a_value_that_does_not_fit_is_shown_as_it_is_written(cell: str, help: str) -> None:
    text = f"""
entity c {{ k: text key  b: boolean  t: text  l: set of text  i: integer  m: money(USD)  d: date }}
segment s of c {{ when b or t = "x" or l has "x" or i = 1 or m = 1 or d is missing }}
test "t" {{ c a {{ {cell} }} expect a in s }}
"""
    made = build(Path(), Config(), [Source("rules.seg", text)], [])
    assert [(d.code, d.help) for d in made.diagnostics] == [("SEG0502", help)]


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_what_people_write(text: str, evaluators: Evaluators) -> None:
    made = build(Path(), Config(workspace=About(timezone="Europe/London")), [Source("rules.seg", text)], [])
    assert isinstance(made, Workspace), "\n".join(render(d) for d in made.diagnostics)
    assert [render(d) for d in checked(made) if d.severity == "error"] == []
    results = list(run_tests(made.model.tests, made.model, made.zone, evaluators))
    assert [(r.title, f.expected, f.actual) for r in results for f in r.failures] == []
    assert [render(d) for r in results for d in r.errors] == [] and results


def test_an_entity_as_a_type_is_a_link() -> None:
    text = "entity c { k: text key }\nentity project { id: text key  customer: c }\n"
    made = build(Path(), Config(), [Source("rules.seg", text)], [])
    (error,) = [d for d in made.diagnostics if d.severity == "error"]
    assert (error.code, "link to c" in error.help) == ("SEG0209", True)
    assert error.fix is not None and not error.fix.sure


def test_a_type_of_another_language_is_the_only_mistake() -> None:
    """The field is there for whatever reads it, and is the key."""
    text = """
entity c { k: string key  i: int  b: bool  on: datetime }
segment s of c { when i > 5 and b and days since on > 3 }
"""
    made = build(Path(), Config(), [Source("rules.seg", text)], [])
    errors = [d for d in made.diagnostics if d.severity == "error"]
    assert [d.code for d in errors] == ["SEG0209"] * 4
    assert "write: `entity c { k: text key i: integer b: boolean on: timestamp }`" in errors[0].help
    assert [d.help for d in errors[1:]] == ["write `integer`", "write `boolean`", "write `timestamp`"]
