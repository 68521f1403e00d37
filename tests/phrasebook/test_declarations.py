"""Declarations in another shape: where a part of one isn't read there is no line, and any text is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdsl.diagnostics import Source
from segdsl.lang import parse
from segdsl.mend.messages import TRIES
from segdsl.mend.rewrite import declarations
from segdsl.phrasebook.declarations.examples import EXAMPLES
from segdsl.phrasebook.declarations.read import declared
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.row import EXAMPLE_MODEL
from segdsl.phrasebook.slots import Tries
from segdsl.phrasebook.tokens import joined
from segdsl.resolve.declare import declare
from segdsl.resolve.problems import Problems
from tests.support.whom import workspace

PARTS_UNREAD = (
    "segment big of account {\n  when exactly one of the following is true:\n  - seats > 5\n  - arr > 10\n}",
    "segment big of account {\n  when not all of the following are true:\n  - seats > 5\n  - arr > 10\n}",
    'test "x" on 2026-11-01:\n  acme = account(arr=10, renewal_date=new Date(2026, 11, 15))\n  assert acme in vips',
    'segment big of account:\n  when: seats > 5\n  notify: slack',
    "segmentation tiers of account:\n  gold: seats > 50\n  everyone else: bronze\n  refresh: daily",
    "segmentation tiers of account {\n  gold: seats > 50\n  silver: seats > 10\n  silver: seats > 5\n  bronze: everyone else\n}",
    "play mail by email and then by phone, costs 5 dollars",
    "play mail by csm, low cost",
    "score health of account {\n  60% seats\n  40% nps\n  minus 10 when any invoice failed\n}",
    "score health of account { seats: high, nps: low }",
    'test "x" {\n  account acme is active on the team plan and a nice logo\n  acme should be in vips\n}',
    'test "x" {\n  account acme is active with arr more than 100_000\n  acme should be in vips\n}',
    'test "x" {\n  account acme is active with arr 10\n  acme should be in either vips or growth.stars\n}',
    "def risky(account):\n    x = account.arr / 12\n    x = x + 1\n    return x > 500",
    "def risky(account):\n    x += account.arr / 12\n    return x > 500",
    'steady <- account %>% filter(seats > 5) %>% mutate(x = 3)',
    'for t in tickets:\n    if t.state == "open":\n        account.remove("hot")',
    'for t in tickets:\n    if t.state == "open":\n        hot.append(account)',
    'for t in tickets:\n    if t.state == "open":\n        mark(account, "hot")\n    mark(account, "seen")',
    'for t in tickets:\n    mark(account, "hot")',
    'metric w of account = switch (plan) { case "team": 2; case "free" }',
    'class Call(table):\n    minutes: int\n    mood: Union[str, int]',
    'measure: gone {\n  type: count\n  filters: [tickets.state: "open", logins.device: "ios"]\n}',
    'measure: gone {\n  type: count\n  filters: [tickets.state: "open", tickets.opened_at: "7 days ago for 3 days"]\n}',
    'measure: gone {\n  type: count\n  filters: [tickets.state: "open", tickets.mood: "bad"]\n}',
    "Customers with arr over 50_000 get the play exec_call.",
    "Customers with arr over 50_000 should be called every month.",
    "Accounts with more than 10 seats are not small.",
    'Customers are "Paying" unless they are on the free plan.',
    'If seats > 5 and plan = "enterprise" then play exec_call',
    "list nordics contains everything in the north",
    "list nordics = SE NO DK",
    "table calls of accounts with minutes",
    "segmentation sizes of account\nGroup | Seats from | Seats to\nsmall | 0 | 10\nlarge | 10 | 50",
    "segmentation sizes of account\nGroup | Seats from | Mood\nsmall | 0 | good\nlarge | 10 | bad",
    'test "x"\n  account | arr | vips?\n  acme | 10 | maybe',
    'test "x"\n  account | shoe size | vips?\n  acme | 10 | yes',
    "segment big of account {\n  A: seats > 5\n  B: arr > 10\n  Logic: A\n}",
    "segment big of account {\n  A: seats > 5\n  B: arr > 10\n  Logic: A AND D\n}",
    "segment big of account {\n  A: seats > 5\n  B: arr > 10\n  where B\n}",
    "segmentation tiers of account {\n  big: seats > 5, order by seats asc, limit 3\n  otherwise small\n}",
    "segmentation tiers of account {\n  big: seats > 5, order by seats\n  otherwise small\n}",
    "segmentation tiers of account {\n  big: seats > 5\n  plan = \"team\"\n  otherwise small\n}",
    "segmentation tiers of account\nArm | Rule | Colour\nbig | seats > 5 | red\nsmall | everything else | blue",
    'play nudge "Nudge" {\n  channel: csm\n  type: Soft\n}',
    "play nudge by email or phone, costs 5 dollars",
    'play nudge "Nudge": by email, only for accounts that are nice, only for accounts on the team plan',
    "score health of account {\n  60 points if seats > 5\n  30 points if autopay is on\n}",
    "score health of account {\n  60 points for every login\n  40 points if autopay is on\n}",
    "score health of account {\n  60 points for open tickets\n  40 points if autopay is on\n}",
    'test "x" {\n  account acme with status active\n  acme gets exec_call and vips\n}',
    "score health of account {\n  50 points for seats: none gives 0, 5 or more gives half, 10 gives all\n  50 points for nps\n}",
    "score health of account {\n  50 points for seats: none gives 0, 5 gives 20, 10 gives all\n  50 points for nps\n}",
    'metric size of account = bands seats { 0-9: "S", 20-99: "M", 100+: "L" }',
    'metric size of account = bands seats { 1-9: "S", 10-99: "M", 100+: "L" }',
    'segmentation sizes of account {\n  segment big { when seats > 5 }\n  if the country is missing "Look"\n  otherwise small\n}',
    'test "x"\n  account acme\n  arr | vips?\n  10 | maybe',
    'play nudge { channel: "csm"\n  message f"Hello {country:>10}" }',
    'test "x" {\n  account acme { arr: 5 }\n  logins: [ { "account": "beta", "at": "2026-01-01" } ]\n  expect acme in vips\n}',
    'segmentation sizes of account\nArm | ARR\nbig | 10000-50000\nsmall |',
    'segmentation sizes of account\nArm | Seats min\nbig | 50 to 80\nsmall |',
    'segmentation sizes of account\nArm | ARR min\nbig | 50k+\nsmall |',
    'segmentation sizes of account\nArm | ARR min\nbig | 1,5\nsmall |',
    'segmentation sizes of account\nArm | ARR min\nbig | 50.000\nsmall |',
    'segmentation sizes of account\nArm | ARR min\nbig | €50,000\nsmall |',
    'segmentation sizes of account\nArm | Seats min\nbig | 50%\nsmall |',
    'segmentation sizes of account\nArm | Plan\nbig | not free\nsmall |',
    'segmentation sizes of account\nArm | Plan\nbig | team or higher\nsmall |',
    'segmentation sizes of account\nArm | Country\nbig | Germany or Austria\nsmall |',
    'segmentation sizes of account\nArm | Country\nbig | not Germany\nsmall |',
    'segmentation sizes of account\nArm | Country\nbig | none\nsmall |',
    'segmentation sizes of account\nArm | Seats min\nbig | 10\nlarge | 10\nsmall |',
    'segmentation sizes of account\nPriority | Arm | Rule\n1 | big | seats > 5\n1 | large | seats > 50\n2 | small | everything else',
    'segmentation sizes of account\nPriority | Arm | Rule\nhigh | big | seats > 5\nlow | large | seats > 50',
    'segmentation sizes of account\nArm | Rule | Priority\nsmall | everything else | 1\nlarge | seats > 50 | 2',
    'segmentation sizes of account {\n  2. big: seats > 5\n  1. large: seats > 50\n  otherwise small\n}',
    'segmentation sizes of account {\n  priority 2: big: seats > 5\n  priority 1: large: seats > 50\n  otherwise small\n}',
    'test "x"\n  account | arr | vips?\n  acme | 0,5 | yes',
    'test "x"\n  account | plan | vips?\n  acme | team, business | yes',
    'test "x"\n  account | tags | vips?\n  acme | a or b | yes',
    'segment big of account {\n  1. seats > 5\n  2. arr > 10\n  3. nps > 8\n  logic: 1 and 2\n}',
    'segment big of account {\n  when: seats > 5\n  exclude: plan = "team", country = "DE"\n}',
    'segment big of account { when not (plan = "team", nps > 8) }',
    'loyal <- account %>% filter(plan == "team") %>% filter(arr > mean(arr))',
    'loyal <- account %>% filter(plan == "team") %>% filter(min_rank(desc(arr)) <= 10)',
    'loyal <- account %>% filter(plan == "team") |> filter(arr >= quantile(arr, 0.9))',
    'score health of account {\n  seats: 60%\n  nps: 30%\n}',
    'score health of account {\n  60% seats\n  50% nps\n}',
    'score health of account = 60% seats + 30% nps',
    'score:\n  name: health\n  of: account\n  parts:\n    - metric: seats\n      weight: 60\n    - metric: nps\n      weight: 30',
    "segment big:\n  of: account\n  filters:\n    - field: plan\n      operator: eq\n      value: 'team, business'",
    "segment big:\n  of: account\n  filters:\n    - field: plan\n      operator: eq\n      value: 'not free'",
    "segment big:\n  of: account\n  filters:\n    - field: arr\n      operator: gte\n      value: '50.000'",
    "segment big of account { when plan == 'not free' }",
    "segmentation groups of account {\n  20% control\n  40% mailed\n}",
    "segment big of account {\n  two of three:\n  - seats > 5\n  - nps > 8\n}",
    "segment big of account {\n  must have: seats > 5, a nice logo\n}",
    'play nudge "Nudge" { channel: "csm"\n  to: admins or members\n}',
    'test "x" {\n  account acme { arr: 10 } -> perhaps\n}',
    'property "x": for every account, seats > 5',
    "segment big = [a for b in accounts if b.seats > 5]",
    "Criteria for “Key”:\n(1) seats > 5; and\n(2) a nice logo",
    "list close = Germany (near us), Poland (PL)",
    "table calls of account at called_at (minutes integer, mood good/)",
)  # fmt: skip


@pytest.mark.parametrize("written", PARTS_UNREAD)
def test_there_is_no_line_where_a_part_is_not_read(written: str) -> None:
    found = [d for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.severity == "error"]
    assert found and [d.help for d in found if d.help.startswith("write") or d.fix] == []


def names() -> Names:
    known = declare([parse.parse(Source("x", EXAMPLE_MODEL))[0]], Problems())
    rules = {"vips": "vips", "stars": "growth.stars", "flat": "growth.flat"}
    return replace(Names(known.schema, "account", frozenset(known.names)), rules=rules)


NAMES = names()
PAIRS = [pair for pairs in EXAMPLES.values() for pair in pairs]


@pytest.mark.parametrize("right", sorted({meant for _, meant in PAIRS}))
def test_what_is_right_is_left_alone(right: str) -> None:
    found = declarations(right, 0, len(right), NAMES, Tries(TRIES))
    assert [joined(reading.tokens) for reading in found if joined(reading.tokens).split() != right.split()] == []


PIECES = sorted({word for written, _ in PAIRS for word in written.replace("\n", " \n ").split(" ") if word})


@given(
    st.lists(st.sampled_from(PIECES), max_size=30),
    st.sampled_from([written for written, _ in PAIRS]),
    st.integers(0, 200),
)
def test_any_text_is_read_or_not(pieces: list[str], whole: str, at: int) -> None:
    """Pieces by themselves, and in the middle of a declaration."""
    for text in (" ".join(pieces), whole[:at] + " " + " ".join(pieces) + " " + whole[at:]):
        assert all(one.text.strip() for one in declared(text, NAMES))
