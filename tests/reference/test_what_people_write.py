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
