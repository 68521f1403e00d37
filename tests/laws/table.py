"""The laws of meaning as a table: rules, rows, as-of and who must be where.

Both evaluators are held to each row by hand-written answers, because a differential test is blind to what
both do wrong. `tests/laws/test_planted_bugs.py` shows that each law notices its bug.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

SCHEMA = """
entity account from created_at to closed_at {
  account_id: text key
  created_at: timestamp
  closed_at:  date
  parent:     link to account reverse children
  plan:       one of ("free", "team")
  arr:        money(USD)
  active:     integer
  seats:      integer
  score:      number
  ratio:      real
  paying:     boolean
  renewal:    date
  region:     text
  tags:       set of text
  tz:         text
}
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member")  tz: text }
table logins of account by account_id at occurred_at { device: text  minutes: integer }
table visits of user by user_id at visited_at { page: text }
table meetings of account by account_id at held_at known at booked_at { level: one of ("csm", "exec") }
table invoices of account by account_id at due: date { amount: money(USD)  status: one of ("paid", "open") }
table calls of account by account_id at called_at complete from 2026-01-01 { minutes: integer }
entity site of account by account_id reverse sites { history from valid_from to valid_to  site_id: text key  size: integer }
details churn of account by account_id { reason: text known at said_at  said_at: timestamp }
calendar work { weekend saturday, sunday }
list strategic of account from "strategic.csv" { arm: text }
"""


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


KEEPING = {
    "hysteresis": "keep until arr < 80", "grace": "keep for 30 days", "hours": "keep for 1 hour", "month": "keep until end of calendar month",
    "next_year": "keep until end of next fiscal year", "least": "stay at least 14 days", "both": "keep for 30 days stay at least 1 day",
}  # fmt: skip


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@dataclass(frozen=True)
class Law:
    """`expected`: account -> rule -> answer. Rows are in canonical form: cents, billionths, naive UTC."""

    name: str
    rules: str
    rows: dict[str, list[dict[str, Any]]]
    expected: dict[str, dict[str, object]]
    as_of: str = "2026-11-01"
    zone: str = field(default="UTC")


def accounts(**fields: Any) -> dict[str, list[dict[str, Any]]]:
    """One account for each item of the given columns, named a, b, c …"""
    count = max(len(v) for v in fields.values())
    return {
        "account": [
            {"account_id": "abcdefgh"[i], **{name: values[i] for name, values in fields.items()}} for i in range(count)
        ]
    }


def logins(*times: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"account_id": "a", "occurred_at": at(t), **{k: v[i] for k, v in more.items()}} for i, t in enumerate(times)
    ]


RUNS = """
table tier_runs of account from runs of tiers starting 2026-10-01
table part_runs of account from runs of part starting 2026-10-01
segmentation tiers of account { segment gold { when arr > 100 } otherwise base }
segment part of account { when arr > 100 }
"""


def tier_runs(account: str, **arms: list[str]) -> list[dict[str, Any]]:
    """Runs by whose data the account was in the arm, and was in it."""
    return [
        {"account_id": account, "as_of": at(t), "arm": arm, "by_data": arm}
        for arm, times in arms.items()
        for t in times
    ]


ONE = {"account": [{"account_id": "a"}]}

LAWS = [
    Law(
        "a window is half-open: its start is in, its end is not",
        "segment s of account { when count(logins in last 7 days) = 1 } segment t of account { when count(logins from 2026-10-20 until 2026-10-25) = 1 }",
        {**ONE, "logins": logins("2026-10-25 00:00:00", "2026-10-24 23:59:59.999999", "2026-10-20 00:00:00")[:2]},
        {"a": {"s": True, "t": True}},
    ),
    Law(
        "windows tile: a row on the border is in exactly one",
        "segment s of account { when count(logins in last 7 days) = 0 and count(logins from 14 days ago until 7 days ago) = 1 }"
        "segment t of account { when count(logins in last 14 days) = 1 }",
        {**ONE, "logins": logins("2026-10-18 00:00:00")},
        {"a": {"s": True, "t": True}},
    ),
    Law(
        "a row at as-of or later doesn't exist, not even for ever",
        "segment s of account { when none(logins) } segment t of account { when count(logins since 2020-01-01) = 0 }",
        {**ONE, "logins": logins("2026-11-01 00:00:00", "2027-01-01 00:00:00")},
        {"a": {"s": True, "t": True}},
    ),
    Law(
        "a row dated today exists from tomorrow",
        "segment s of account { when count(invoices) = 1 }",
        {**ONE, "invoices": [{"account_id": "a", "due": day("2026-11-01")}, {"account_id": "a", "due": day("2026-10-31")}]},
        {"a": {"s": True}},
    ),
    Law(
        "rows planned ahead count where the window reaches past as-of, and rows of which nobody knows yet nowhere",
        "segment s of account { when count(meetings) = 0 } segment t of account { when any(meetings in next 30 days) } "
        "segment u of account { when any(meetings in last 30 days) }",
        {**ONE, "meetings": [
            {"account_id": "a", "held_at": at("2026-11-10"), "booked_at": at("2026-10-01"), "level": "csm"},
            {"account_id": "a", "held_at": at("2026-10-10"), "booked_at": at("2026-11-01"), "level": "csm"},
        ]},
        {"a": {"s": True, "t": True, "u": False}},
    ),
    Law(
        "28 days are civil days across the change of clocks, not 28 times 24 hours",
        "segment s of account { when count(logins in last 28 days) = 1 } segment t of account { when any(logins from 28 days ago until now where minutes = 2) }",
        {**ONE, "logins": logins("2026-03-08 00:00:00", "2026-03-07 23:59:59", minutes=[1, 2])},
        {"a": {"s": True, "t": False}},
        as_of="2026-04-05", zone="Europe/London",
    ),
    Law(
        "a day of 23 hours is still a day, and 24 hours are exact",
        "segment s of account { when any(logins in last 1 day) } segment t of account { when any(logins in last 24 hours) }",
        {**ONE, "logins": logins("2026-03-28 23:30:00")},
        {"a": {"s": False, "t": True}},
        as_of="2026-03-30", zone="Europe/London",
    ),
    Law(
        "a time that clocks show twice is the second, one that they leave out is as if they hadn't been set",
        "segment s of account { when 1 day after created_at > 24 hours after created_at } segment t of account { when 1 day after created_at = 24 hours after created_at }",
        accounts(created_at=[at("2026-10-31 05:30:00"), at("2026-03-07 07:30:00"), at("2026-10-30 05:30:00")]),
        {"a": {"s": True, "t": False}, "b": {"s": False, "t": True}, "c": {"s": False, "t": True}},
        as_of="2026-12-01", zone="America/New_York",
    ),
    Law(
        "today is in next, yesterday in last",
        "segment n of account { when renewal in next 7 days } segment l of account { when renewal in last 7 days }",
        accounts(renewal=[day("2026-11-01"), day("2026-10-31"), day("2026-11-07"), day("2026-11-08"), day("2026-10-25"), day("2026-10-24")]),
        {"a": {"n": True, "l": False}, "b": {"n": False, "l": True}, "c": {"n": True, "l": False},
         "d": {"n": False, "l": False}, "e": {"n": False, "l": True}, "f": {"n": False, "l": False}},
    ),
    Law(
        "months clamp to their last day",
        "segment s of account { when renewal >= 1 month ago } segment t of account { when 1 month after renewal = 2026-03-31 }",
        accounts(renewal=[day("2026-02-28"), day("2026-02-27")]),
        {"a": {"s": True, "t": False}, "b": {"s": False, "t": False}},
        as_of="2026-03-31",
    ),
    Law(
        "whole years: a birthday today counts, 29 February is had on the 28th",
        "segment s of account { when years since renewal >= 18 }",
        accounts(renewal=[day("2008-02-29"), day("2008-03-01"), day("2008-02-28")]),
        {"a": {"s": True}, "b": {"s": False}, "c": {"s": True}},
        as_of="2026-02-28",
    ),
    Law(
        "missing is neither equal nor unequal, and neither is its negation",
        'segment s of account { when plan != "free" } segment t of account { when not (plan = "free") } segment u of account { when plan is missing }',
        accounts(plan=[None, "team", "free"]),
        {"a": {"s": None, "t": None, "u": True}, "b": {"s": True, "t": True, "u": False}, "c": {"s": False, "t": False, "u": False}},
    ),
    Law(
        "false and unknown is false, true or unknown is true",
        'segment s of account { when paying and plan = "free" } segment t of account { when paying or plan = "free" }',
        accounts(paying=[None, None, True], plan=["team", "free", None]),
        {"a": {"s": False, "t": None}, "b": {"s": None, "t": True}, "c": {"s": None, "t": True}},
    ),
    Law(
        "50 % means 50 %: ratios are exact",
        "segment s of account { when active / seats * 100 >= 29 } segment t of account { when active / seats >= 57% }",
        accounts(active=[29, 57, 29, 28], seats=[100, 100, 50, 100]),
        {"a": {"s": True, "t": False}, "b": {"s": True, "t": True}, "c": {"s": True, "t": True}, "d": {"s": False, "t": False}},
    ),
    Law(
        "sums of tenths are exact",
        "segment s of account { when score + 0.2 = 0.3 } segment t of account { when sum(invoices.amount) = 0.30 }",
        {"account": [{"account_id": "a", "score": 100_000_000}],
         "invoices": [{"account_id": "a", "due": day("2026-10-01"), "amount": 10} for _ in range(3)]},
        {"a": {"s": True, "t": True}},
    ),
    Law(
        "a negative divisor turns nothing round",
        "segment s of account { when active / seats < 0 } segment t of account { when active / seats > -3 }",
        accounts(active=[4, -4, 4], seats=[-2, -2, 2]),
        {"a": {"s": True, "t": True}, "b": {"s": False, "t": True}, "c": {"s": False, "t": True}},
    ),
    Law(
        "a figure divides exactly, whatever its sign",
        "segment s of account { when active / -3 = -1 and active / 0.3 = 10 } segment t of account { when sum(children.active) / 3 * 3 = 7 and (active / 0) is missing }",
        {"account": [{"account_id": "a", "active": 3}, {"account_id": "b", "active": 4, "parent": "a"}, {"account_id": "c", "active": 3, "parent": "a"}]},
        {"a": {"s": True, "t": True}, "b": {"s": False, "t": False}, "c": {"s": True, "t": False}},
    ),
    Law(
        "division by zero is missing",
        "segment s of account { when active / seats > 0 } segment t of account { when (active / seats) is missing }",
        accounts(active=[4, 0, 4], seats=[0, 0, 1]),
        {"a": {"s": None, "t": True}, "b": {"s": None, "t": True}, "c": {"s": True, "t": False}},
    ),
    Law(
        "one order of rows: time, then the columns, missing first",
        'segment s of account { when last(logins.minutes) = 7 } segment t of account { when first(logins.minutes) = 9 } segment u of account { when last(logins.device) = "b" }',
        {**ONE, "logins": logins(*["2026-10-01 00:00:00"] * 4, device=["b", "a", "b", None], minutes=[7, 8, 6, 9])},
        {"a": {"s": True, "t": True, "u": True}},
    ),
    Law(
        "the time of the latest row is the latest time, that of the first the earliest, and of no row none",
        "segment s of account { when last(logins.occurred_at) >= 2026-10-03 } segment t of account { when first(logins.occurred_at) < 2026-10-02 } segment u of account { when last(logins.occurred_at in last 1 day) is missing }",
        {**ONE, "logins": logins("2026-10-02", "2026-10-03", "2026-10-01")},
        {"a": {"s": True, "t": True, "u": True}},
    ),
    Law(
        "latest are the latest of those that pass where",
        'segment s of account { when count(latest 2 logins where device = "web") = 2 } segment t of account { when sum(latest 1 logins.minutes where device = "web") = 3 }',
        {**ONE, "logins": logins("2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", device=["web", "web", "ios", "ios"], minutes=[2, 3, 4, 5])},
        {"a": {"s": True, "t": True}},
    ),
    Law(
        "latest is unknown where a row that could be among them is unknown",
        'segment s of account { when any(latest 1 logins where device = "web" having minutes > 0) } segment t of account { when any(latest 1 logins where device = "ios" having minutes > 0) }',
        {**ONE, "logins": logins("2026-10-01", "2026-10-02", "2026-10-03", device=["web", None, "ios"], minutes=[1, 1, 1])},
        {"a": {"s": None, "t": True}},
    ),
    Law(
        "any is unknown where a row might do, for a customer with other rows and without",
        'segment s of account { when any(logins where device = "web") } segment t of account { when none(logins where device = "web") }',
        {"account": [{"account_id": k} for k in "abcd"],
         "logins": [{"account_id": "a", "occurred_at": at("2026-10-01"), "device": None}, {"account_id": "a", "occurred_at": at("2026-10-01"), "device": "ios"},
                    {"account_id": "b", "occurred_at": at("2026-10-01"), "device": "web"}, {"account_id": "b", "occurred_at": at("2026-10-01"), "device": None},
                    {"account_id": "c", "occurred_at": at("2026-10-01"), "device": "ios"}]},
        {"a": {"s": None, "t": None}, "b": {"s": True, "t": False}, "c": {"s": False, "t": True}, "d": {"s": False, "t": True}},
    ),
    Law(
        "a missing bound makes it unknown, with rows and without",
        "segment s of account { when none(logins since renewal) } segment t of account { when count(logins since renewal) >= 0 }",
        {"account": [{"account_id": "a"}, {"account_id": "b"}, {"account_id": "c", "renewal": day("2026-10-01")}],
         "logins": [{"account_id": "a", "occurred_at": at("2026-10-01")}, {"account_id": "c", "occurred_at": at("2026-09-30 23:59:59")}]},
        {"a": {"s": None, "t": None}, "b": {"s": None, "t": None}, "c": {"s": True, "t": True}},
    ),
    Law(
        "no rows: a count and a sum are 0, the others missing; all of them missing: so is the sum",
        "segment s of account { when sum(invoices.amount) = 0 } segment t of account { when max(invoices.amount) is missing }",
        {"account": [{"account_id": "a"}, {"account_id": "b"}, {"account_id": "c"}],
         "invoices": [{"account_id": "b", "due": day("2026-10-01"), "amount": None}, {"account_id": "c", "due": day("2026-10-01"), "amount": 5}]},
        {"a": {"s": True, "t": True}, "b": {"s": None, "t": True}, "c": {"s": False, "t": False}},
    ),
    Law(
        "share leaves the unknown out of both counts, and is missing over nothing",
        'segment s of account { when share(logins having device = "web") = 50% } segment t of account { when share(logins having device = "web") is missing }',
        {"account": [{"account_id": "a"}, {"account_id": "b"}],
         "logins": logins("2026-10-01", "2026-10-02", "2026-10-03", device=["web", "ios", None])},
        {"a": {"s": True, "t": False}, "b": {"s": None, "t": True}},
    ),
    Law(
        "whoever passes an unknown arm goes to undecided, never to otherwise",
        "segmentation g of account { segment x { when active > 5 } segment y { when seats > 5 } undecided u otherwise z }",
        accounts(active=[None, None, 1, 9], seats=[9, 1, 1, None]),
        {"a": {"g": "y"}, "b": {"g": "u"}, "c": {"g": "z"}, "d": {"g": "x"}},
    ),
    Law(
        "without undecided they stay unassigned, and membership is unknown for them alone",
        "segmentation g of account where paying { segment x { when active > 5 } otherwise z } segment m of account { when account in g.z }",
        accounts(active=[None, 1, 9, 1, None], paying=[True, True, True, False, None]),
        {"a": {"g": None, "g_status": "unknown", "m": None}, "b": {"g": "z", "g_status": "assigned", "m": True},
         "c": {"g": "x", "g_status": "assigned", "m": False}, "d": {"g": None, "g_status": "outside", "m": False},
         "e": {"g": None, "g_status": "unknown", "m": None}},
    ),
    Law(
        "an entity lives from, until before to; always where from is missing",
        "segment s of account { when count(children) >= 0 }",
        {"account": [
            {"account_id": "a", "created_at": at("2026-11-01")}, {"account_id": "b", "created_at": at("2026-11-01 00:00:01")},
            {"account_id": "c", "closed_at": day("2026-11-01")}, {"account_id": "d", "closed_at": day("2026-11-02")}, {"account_id": "e"},
        ]},
        {"a": {"s": True}, "d": {"s": True}, "e": {"s": True}},
    ),
    Law(
        "rows of someone who is gone are not reached",
        "segment s of account { when count(children) = 1 } segment t of account { when parent.active = 3 }",
        {"account": [
            {"account_id": "a", "active": 3}, {"account_id": "b", "parent": "a"}, {"account_id": "c", "parent": "a", "closed_at": day("2026-01-01")},
            {"account_id": "d", "parent": "c"}, {"account_id": "e", "parent": "nobody"},
        ]},
        {"a": {"s": True, "t": None}, "b": {"s": False, "t": True}, "d": {"s": False, "t": None}, "e": {"s": False, "t": None}},
    ),
    Law(
        "a link that dangles is missing",
        'segment s of account { when parent is missing } segment t of account { when parent = "a" }',
        {"account": [{"account_id": "a"}, {"account_id": "b", "parent": "a"}, {"account_id": "c", "parent": "nobody"}]},
        {"a": {"s": True, "t": None}, "b": {"s": False, "t": True}, "c": {"s": True, "t": None}},
    ),
    Law(
        "nested aggregates count each row once",
        'segment s of account { when count(users where any(visits in last 28 days)) = 1 } segment t of account { when count(visits) = 3 } segment u of account { when all(users having any(visits)) }',
        {**ONE, "user": [{"user_id": "u1", "account_id": "a"}, {"user_id": "u2", "account_id": "a"}],
         "visits": [{"user_id": "u1", "visited_at": at("2026-10-20")}, {"user_id": "u1", "visited_at": at("2026-10-21")}, {"user_id": "u2", "visited_at": at("2026-01-01")}]},
        {"a": {"s": True, "t": True, "u": True}},
    ),
    Law(
        "text compares by code point, and ignoring case folds one to one",
        'segment s of account { when region = "müller" ignoring case } segment t of account { when region in ("a b") ignoring case and spaces } segment u of account { when region contains word "ce" }',
        accounts(region=["MÜLLER", " A B", "ce, x", "once", None]),
        {"a": {"s": True, "t": False, "u": False}, "b": {"s": False, "t": True, "u": False}, "c": {"s": False, "t": False, "u": True},
         "d": {"s": False, "t": False, "u": False}, "e": {"s": None, "t": None, "u": None}},
    ),
    Law(
        "a real number is a double, and what is not finite is missing",
        "segment s of account { when ratio * 10 = 3 } segment t of account { when (ratio * ratio) is missing }",
        accounts(ratio=[0.3, 1e200, None]),
        {"a": {"s": True, "t": False}, "b": {"s": False, "t": True}, "c": {"s": None, "t": True}},
    ),
    Law(
        "beyond 128 bits a row is decided in doubles, not lost",
        "segment s of account { when score * score * score > 0 and score * score between 0 and 1 }"
        "segment t of account { when score * score * score - 1 > 0 } segment u of account { when score * score * score + 1 > 0 }",
        accounts(score=[10**26, 5 * 10**8, -(10**26)]),
        {"a": {"s": False, "t": True, "u": True}, "b": {"s": True, "t": False, "u": True}, "c": {"s": False, "t": False, "u": False}},
    ),
    Law(
        "equal values land together, and only those of the population are ranked",
        "segment s of account where paying { when arr in top 2 } segment t of account { when rank(arr per region) = 1 } segment u of account { when arr in bottom 50% }",
        accounts(arr=[900, 500, 500, 9999, None], region=["x", "x", "y", "y", "x"], paying=[True, True, True, False, True]),
        {"a": {"s": True, "t": True, "u": False}, "b": {"s": True, "t": False, "u": True}, "c": {"s": True, "t": False, "u": True},
         "d": {"s": False, "t": True, "u": False}, "e": {"s": None, "t": None, "u": None}},
    ),
    Law(
        "a quantile never tears equal values apart, and a cumulative share counts those strictly above",
        "segment s of account { when quantile(seats, 4) = 2 } segment t of account { when cumulative_share(seats) < 60% }",
        accounts(seats=[1, 2, 2, 5, -3]),
        {"a": {"s": False, "t": False}, "b": {"s": True, "t": True}, "c": {"s": True, "t": True}, "d": {"s": False, "t": True}, "e": {"s": False, "t": False}},
    ),
    Law(
        "a test of each value of a set is of one value at a time, and an empty set has none",
        'segment s of account { when tags has any that contains pattern "^a.c$" } segment t of account { when tags has none that starts with any of ("a", "b") } '
        'segment u of account { when tags has any that contains "a b" ignoring case and spaces }',
        accounts(tags=[frozenset({"abc", "x"}), frozenset({"a", "b", "c"}), frozenset({"c", "AB"}), frozenset(), None]),
        {"a": {"s": True, "t": False, "u": True}, "b": {"s": False, "t": False, "u": False}, "c": {"s": False, "t": True, "u": True},
         "d": {"s": False, "t": True, "u": False}, "e": {"s": None, "t": None, "u": None}},
    ),
    Law(
        "as of then, nobody who came later exists, and rows of later are unseen",
        "segment s of account { when (count(logins) as of 10 days ago) = 1 } segment t of account { when (none(logins) as of 2026-10-01) }",
        {"account": [{"account_id": "a"}, {"account_id": "b", "created_at": at("2026-10-25")}],
         "logins": [*logins("2026-10-15", "2026-10-25"), {"account_id": "b", "occurred_at": at("2026-10-26")}]},
        {"a": {"s": True, "t": True}, "b": {"s": None, "t": None}},
    ),
    Law(
        "a shift of a shift is their sum",
        "segment s of account { when ((any(logins in last 1 day) as of 2 days ago) as of 7 days ago) }",
        {**ONE, "logins": logins("2026-10-22 12:00:00")},
        {"a": {"s": True}},
    ),
    Law(
        "every week asks as of each week, the present one first",
        "segment s of account { when every week for 2 weeks (any(logins in last 7 days)) } segment t of account { when any week for 2 weeks (none(logins in last 7 days)) }",
        {"account": [{"account_id": "a"}, {"account_id": "b"}],
         "logins": [*logins("2026-10-26", "2026-10-18"), {"account_id": "b", "occurred_at": at("2026-10-26")}, {"account_id": "b", "occurred_at": at("2026-10-17")}]},
        {"a": {"s": True, "t": False}, "b": {"s": False, "t": True}},
    ),
    Law(
        "an answer up to the deadline counts, one after it doesn't, and until then nobody knows",
        "segment s of account { when any(logins not followed by meetings within 3 days) }",
        {"account": [{"account_id": k} for k in "abc"],
         "logins": [{"account_id": "a", "occurred_at": at("2026-10-20")}, {"account_id": "b", "occurred_at": at("2026-10-20")}, {"account_id": "c", "occurred_at": at("2026-10-29 00:00:00")}],
         "meetings": [{"account_id": "a", "held_at": at("2026-10-23 00:00:00"), "booked_at": at("2026-10-01")}, {"account_id": "b", "held_at": at("2026-10-23 00:00:01"), "booked_at": at("2026-10-01")}]},
        {"a": {"s": False}, "b": {"s": True}, "c": {"s": None}},
    ),
    Law(
        "a row doesn't answer itself",
        "segment s of account { when any(logins followed by logins within 3 days) }",
        {"account": [{"account_id": "a"}, {"account_id": "b"}],
         "logins": [{"account_id": "a", "occurred_at": at("2026-10-20")}, {"account_id": "b", "occurred_at": at("2026-10-20")}, {"account_id": "b", "occurred_at": at("2026-10-20")}]},
        {"a": {"s": False}, "b": {"s": True}},
    ),
    Law(
        "rows inside rows are those of the same customer, and see the row around them",
        "segment s of account { when any(logins having count(account.logins where minutes > logins.minutes) = 2) } segment t of account { when all(logins having count(account.logins where minutes >= logins.minutes) <= 3) }",
        {"account": [{"account_id": "a"}, {"account_id": "b"}],
         "logins": [{"account_id": "a", "occurred_at": at("2026-10-20"), "minutes": m} for m in (1, 2, 3)] + [{"account_id": "b", "occurred_at": at("2026-10-20"), "minutes": 0}]},
        {"a": {"s": True, "t": True}, "b": {"s": False, "t": True}},
    ),
    Law(
        "a family is everyone under one root, and a loop has none",
        "segment s of account { when sum(family(parent).seats) = 6 } segment t of account { when root(parent) is missing }",
        {"account": [{"account_id": "a", "seats": 1}, {"account_id": "b", "seats": 2, "parent": "a"}, {"account_id": "c", "seats": 3, "parent": "b"},
                     {"account_id": "d", "seats": 6, "parent": "e"}, {"account_id": "e", "parent": "d"}, {"account_id": "f", "parent": "d"}]},
        {"a": {"s": True, "t": False}, "b": {"s": True, "t": False}, "c": {"s": True, "t": False}, "d": {"s": None, "t": True}, "e": {"s": None, "t": True}, "f": {"s": None, "t": True}},
    ),
    Law(
        "the most common is missing where two are equally common",
        'segment s of account { when most_common(logins.device) = "x" }',
        {"account": [{"account_id": "a"}, {"account_id": "b"}],
         "logins": [*logins("2026-10-01", "2026-10-02", "2026-10-03", device=["x", "x", "y"]),
                    {"account_id": "b", "occurred_at": at("2026-10-01"), "device": "x"}, {"account_id": "b", "occurred_at": at("2026-10-01"), "device": "y"}]},
        {"a": {"s": True}, "b": {"s": None}},
    ),
    Law(
        "of those the arm would take, the largest; ties are all in, the rest pass on, and who can't be placed is unknown",
        "segmentation s of account { segment one { when paying } segment two { when seats > 0 limit 1 by arr } undecided u otherwise rest }",
        accounts(paying=[True, False, False, False, False], seats=[1, 1, 1, 1, 1], arr=[900, 500, 500, 100, None]),
        {"a": {"s": "one"}, "b": {"s": "two"}, "c": {"s": "two"}, "d": {"s": "rest"}, "e": {"s": "u"}},
    ),
    Law(
        "a list names the arm while its row counts, within the population",
        "segmentation s of account where plan = \"team\" { overrides from strategic segment one { when paying } segment two { when not paying } otherwise rest }",
        {**accounts(paying=[True, True, True, True], plan=["team", "team", "team", "free"]),
         "strategic": [{"account_id": "a", "arm": "two", "expires": day("2026-11-01")}, {"account_id": "b", "arm": "two", "expires": day("2026-10-31")},
                       {"account_id": "c", "arm": "two", "from": day("2026-11-02")}, {"account_id": "d", "arm": "two"}]},
        {"a": {"s": "two"}, "b": {"s": "one"}, "c": {"s": "one"}, "d": {"s": None, "s_status": "outside"}},
    ),
    Law(
        "what a table may lack leaves it open, unless the rows that are there decide",
        "segment s of account { when any(calls) } segment t of account { when count(calls in last 1 month) = 0 } segment u of account { when last(calls.minutes) = 5 } segment v of account { when count(calls) = 1 }",
        {"account": [{"account_id": "a"}, {"account_id": "b"}], "calls": [{"account_id": "a", "called_at": at("2026-05-01"), "minutes": 5}]},
        {"a": {"s": True, "t": True, "u": True, "v": None}, "b": {"s": None, "t": True, "u": None, "v": None}},
    ),
    Law(
        "of an entity with history, the row that is valid then",
        "segment s of account { when sum(sites.size) = 2 } segment t of account { when (sum(sites.size) as of 2026-09-15) = 1 }",
        {**ONE, "site": [{"site_id": "x", "account_id": "a", "size": 1, "valid_from": None, "valid_to": at("2026-10-01")},
                         {"site_id": "x", "account_id": "a", "size": 2, "valid_from": at("2026-10-01"), "valid_to": None}]},
        {"a": {"s": True, "t": True}},
    ),
    Law(
        "a field is missing until it was known",
        'segment s of account { when churn.reason = "price" } segment t of account { when (churn.reason is missing as of 2026-10-01) }',
        {"account": [{"account_id": "a"}, {"account_id": "b"}],
         "churn": [{"account_id": "a", "reason": "price", "said_at": at("2026-10-15")}, {"account_id": "b", "reason": "price", "said_at": at("2026-11-01")}]},
        {"a": {"s": True, "t": True}, "b": {"s": None, "t": True}},
    ),
    Law(
        "business days leave out weekends, and the day itself",
        "segment s of account { when work business days since renewal = 1 } segment t of account { when work business days since renewal = 0 } "
        "segment u of account { when work business days from renewal to 2026-11-10 = 7 } segment v of account { when work business days from 2026-11-01 to renewal = 4 }",
        accounts(renewal=[day("2026-10-29"), day("2026-10-30"), day("2026-10-31"), day("2026-11-05")]),
        {"a": {"s": True, "t": False, "u": False, "v": False}, "b": {"s": False, "t": True, "u": True, "v": False},
         "c": {"s": False, "t": True, "u": True, "v": False}, "d": {"s": False, "t": True, "u": False, "v": True}},
    ),
    Law(
        "what the rows seen decide of a count is decided, whatever rows are lacking",
        "segment ge of account { when count(calls) >= 3 } segment lt of account { when count(calls) < 3 } segment eq of account { when count(calls) = 2 } "
        "segment ne of account { when count(calls) != 2 } segment gt of account { when count(calls) > 3 } segment le of account { when count(calls) <= 3 } "
        "segment le2 of account { when count(calls) <= 2 } segment gt2 of account { when count(calls) > 2.5 } segment eq3 of account { when count(calls) = 3 } "
        "segment right of account { when 3 <= count(calls) and not (2 >= count(calls)) and 2 != count(calls) and 2 < count(calls) }",
        {"account": [{"account_id": "a", "created_at": at("2025-06-01")}, {"account_id": "b", "created_at": at("2025-06-01")}],
         "calls": [{"account_id": "a", "called_at": at(t)} for t in ("2026-05-01", "2026-05-02", "2026-05-03")]},
        {"a": {"ge": True, "lt": False, "eq": False, "ne": True, "gt": None, "le": None, "le2": False, "gt2": True, "eq3": None, "right": True},
         "b": {"ge": None, "lt": None, "eq": None, "ne": None, "gt": None, "le": None, "le2": None, "gt2": None, "eq3": None, "right": None}},
    ),
    Law(
        "a count that may lack rows, beside any number",
        "segment low of account { when count(calls) between 0 and 2 } segment high of account { when count(calls) between 3 and 9 } "
        "segment one of account { when count(calls) in (1, 2) } segment other of account { when count(calls) not in (1, 2) } segment some of account { when count(calls) in (2, 3) } "
        "segment exact of account { when score < count(calls) } segment reals of account { when count(calls) > ratio } segment field of account { when seats = count(calls) } "
        "segment two of account { when count(calls) > count(calls in last 3 years) } segment always of account { when count(calls where minutes > 99) >= 0 }",
        {"account": [{"account_id": "a", "score": 2_500_000_000, "ratio": 2.5, "seats": 2}, {"account_id": "b", "score": 3_500_000_000, "ratio": 3.5, "seats": 4}, {"account_id": "c"}],
         "calls": [{"account_id": k, "called_at": at(t)} for k in "abc" for t in ("2026-05-01", "2026-05-02", "2026-05-03")]},
        {"a": {"low": False, "high": None, "one": False, "other": True, "some": None, "exact": True, "reals": True, "field": False, "two": None, "always": True},
         "b": {"low": False, "high": None, "one": False, "other": True, "some": None, "exact": None, "reals": None, "field": None, "two": None, "always": True},
         "c": {"exact": None, "reals": None, "field": None, "two": None}},
    ),
    Law(
        "distinct counts can only grow, too; sums and shares can't be told",
        "segment s of account { when count_distinct(calls.minutes) >= 2 } segment t of account { when count_distinct(calls.minutes) = 1 } segment u of account { when distinct_days(calls) >= 3 } "
        "segment v of account { when distinct_days(calls) > 3 } segment w of account { when sum(calls.minutes) >= 1 } segment x of account { when max(calls.minutes) >= 1 } segment y of account { when share(calls having minutes = 5) > 0 }",
        {**ONE, "calls": [{"account_id": "a", "called_at": at(f"2026-05-0{i + 1}"), "minutes": m} for i, m in enumerate((5, 5, 7))]},
        {"a": {"s": True, "t": False, "u": True, "v": None, "w": None, "x": None, "y": None}},
    ),
    Law(
        "a count that may lack rows is the same by name, chosen, and as of then; and is no figure to compute with",
        "metric heard of account = count(calls) metric chosen of account = if paying then heard else active end metric or_real of account = if paying then heard else ratio end "
        "metric not_chosen of account = if paying then active else heard end "
        'metric band of account = bands count(calls) { under 2: "few", otherwise: "many" } metric scaled of account = scale(count(calls), 0: 0, 2: 100) '
        "segment s of account { when heard >= 2 } segment t of account { when chosen >= 2 and 1 != chosen } segment u of account { when (count(calls) >= 2 as of 2026-06-01) and (heard as of 2026-06-01) > 1 } "
        'segment v of account { when heard + 1 >= 2 } segment w of account { when band = "many" } segment x of account { when heard is missing } segment y of account { when scaled = 100 } '
        "segment z of account { when or_real >= 2 and 1 < or_real } segment p of account { when parent.heard >= 2 } segment r of account { when not_chosen > 1 } segment o of account { when chosen > 0 or heard = 1 } segment n of account { when round(heard, to: 100) > 1 }",
        {"account": [{"account_id": "a", "paying": True, "ratio": 0.5, "active": 0}, {"account_id": "b", "parent": "a"}],
         "calls": [{"account_id": "a", "called_at": at("2026-05-01")}, {"account_id": "a", "called_at": at("2026-05-02")}]},
        {"a": {"s": True, "t": True, "u": True, "v": None, "w": True, "x": True, "y": True, "z": True, "p": None, "r": False, "o": True, "n": None},
         "b": {"s": None, "t": None, "u": None, "v": None, "w": None, "x": True, "y": None, "z": None, "p": True, "r": None, "o": None, "n": None}},
    ),
    Law(
        "a choice between values of two lists may be any of them",
        'metric inner of account = bands active { under 2: bands active { under 1: "11", otherwise: "12" }, otherwise: bands active { under 3: "21", otherwise: "22" } } '
        'metric other of account = if paying then plan else "none" end '
        'segment s of account { when inner = "12" } segment t of account { when inner in ("21", "22") } segment u of account { when other = "none" } segment v of account { when other = "free" }',
        {"account": [{"account_id": "a", "active": 1, "paying": True, "plan": "free"}, {"account_id": "b", "active": 2, "paying": False, "plan": "free"}]},
        {"a": {"s": True, "t": False, "u": False, "v": True}, "b": {"s": False, "t": True, "u": True, "v": False}},
    ),
    Law(
        "rows of before could only fill up the latest, and rows that might count don't",
        "segment s of account { when count(latest 3 calls having minutes > 5) >= 1 } segment t of account { when count(latest 3 calls having minutes > 5) = 1 } segment u of account { when count(latest 2 calls having minutes > 5) = 1 } "
        "segment v of account { when count(calls where minutes > 5) >= 2 } segment w of account { when count(latest 3 calls where minutes > 5) >= 1 }",
        {"account": [{"account_id": "a"}, {"account_id": "b"}],
         "calls": [{"account_id": "a", "called_at": at("2026-05-01"), "minutes": 9}, {"account_id": "a", "called_at": at("2026-05-02"), "minutes": 1},
                   {"account_id": "b", "called_at": at("2026-05-01"), "minutes": 9}, {"account_id": "b", "called_at": at("2026-05-02"), "minutes": None}]},
        {"a": {"s": True, "t": None, "u": True, "v": None, "w": True}, "b": {"s": True, "t": None, "u": True, "v": None, "w": None}},
    ),
    Law(
        "whoever began when the table was complete lacks nothing, and who always existed may",
        "segment s of account { when none(calls) } segment t of account { when count(calls) = 0 and sum(calls.minutes) = 0 } segment u of account { when count(parent.calls) = 0 } "
        "segment v of account { when any(users having count(account.calls) = 0) } segment w of account { when none(calls in last 700 days) and none(calls before 2 days ago) }",
        {"account": [{"account_id": "a", "created_at": at("2026-01-01 05:00:00")}, {"account_id": "b", "created_at": at("2026-01-01 04:59:59"), "parent": "a"}, {"account_id": "c", "parent": "b"}],
         "user": [{"user_id": k, "account_id": k} for k in "abc"]},
        {"a": {"s": True, "t": True, "u": None, "v": True, "w": True}, "b": {"s": None, "t": None, "u": True, "v": None, "w": None}, "c": {"s": None, "t": None, "u": None, "v": None, "w": None}},
        zone="America/New_York",
    ),
    Law(
        "it is the life of the one whose rows they are that counts, not of those on the way",
        "entity desk of account by account_id reverse desks from opened { desk_id: text key  opened: date } table tickets of desk by desk_id at made complete from 2026-01-01 { n: integer } "
        "table bills of account by account_id at due: date complete from 2026-01-01 { n: integer } "
        "segment s of account { when count(desks.tickets) = 0 } segment t of account { when all(desks having none(tickets)) } segment u of account { when none(bills) }",
        {"account": [{"account_id": "a", "created_at": at("2026-01-01")}, {"account_id": "b", "created_at": at("2025-12-31 23:00:00")}],
         "desk": [{"desk_id": "1", "account_id": "a", "opened": day("2025-12-31")}, {"desk_id": "2", "account_id": "b", "opened": day("2026-01-01")}]},
        {"a": {"s": True, "t": None, "u": True}, "b": {"s": None, "t": True, "u": None}},
    ),
    Law(
        "a week of Los Angeles isn't that of London",
        "segment night of account { when any(logins in last calendar week where minutes = 1, zone: account.tz) } segment evening of account { when any(logins in last calendar week where minutes = 2, zone: account.tz) } "
        "segment ours of account { when count(logins in last calendar week) = 1 and any(logins in last calendar week where minutes = 2) } "
        'segment said of account { when any(logins in last calendar week where minutes = 1, zone: "America/Los_Angeles") and none(logins in last calendar week where minutes = 2, zone: "America/Los_Angeles") }',
        {"account": [{"account_id": "a", "tz": "America/Los_Angeles"}, {"account_id": "b", "tz": "Europe/London"}],
         "logins": [{"account_id": k, "occurred_at": at(t), "minutes": m} for k in "ab" for t, m in (("2026-10-26 05:00:00", 1), ("2026-10-19 02:00:00", 2))]},
        {"a": {"night": True, "evening": False, "ours": True, "said": True}, "b": {"night": False, "evening": True, "ours": True, "said": True}},
        as_of="2026-10-27", zone="Europe/London",
    ),
    Law(
        "today is that of the zone: on its Sunday the last week is the one before",
        "segment s of account { when any(logins in last calendar week where minutes = 1, zone: account.tz) } segment t of account { when any(logins since today, zone: account.tz) }",
        {"account": [{"account_id": "a", "tz": "America/Los_Angeles"}, {"account_id": "b", "tz": "Europe/London"}],
         "logins": [{"account_id": k, "occurred_at": at(t), "minutes": m} for k in "ab" for t, m in (("2026-10-22 12:00:00", 1), ("2026-11-01 20:00:00", 2))]},
        {"a": {"s": True, "t": True}, "b": {"s": False, "t": False}},
        as_of="2026-11-02", zone="Europe/London",
    ),
    Law(
        "every week counts days of the account's own weeks",
        "segment s of account { when every week for 4 weeks (distinct_days(logins in last calendar week, zone: account.tz) >= 3) } segment t of account { when every week for 4 weeks (distinct_days(logins in last calendar week) >= 3) }",
        {"account": [{"account_id": "a", "tz": "America/Los_Angeles"}, {"account_id": "b", "tz": "Europe/London"}, {"account_id": "c"}],
         # Friday, Saturday and Sunday at 22:00 in Los Angeles, from 2 to 25 October: the next morning in London
         "logins": [{"account_id": k, "occurred_at": at(f"2026-10-{d:02} 05:00:00")} for k in "abc" for d in (3, 4, 5, 10, 11, 12, 17, 18, 19, 24, 25, 26)]},
        {"a": {"s": True, "t": False}, "b": {"s": False, "t": False}, "c": {"s": None, "t": False}},
        as_of="2026-10-27", zone="Europe/London",
    ),
    Law(
        "a day of 23 hours in one zone is one of 24 in another",
        "segment s of account { when any(logins in last 1 day, zone: account.tz) } segment t of account { when count(logins from 2 days ago until 1 day ago, zone: account.tz) = 1 }",
        {"account": [{"account_id": "a", "tz": "Europe/London"}, {"account_id": "b", "tz": "UTC"}], "logins": [{"account_id": k, "occurred_at": at("2026-03-28 23:30:00")} for k in "ab"]},
        {"a": {"s": False, "t": True}, "b": {"s": True, "t": False}},
        as_of="2026-03-29 23:00:00",
    ),
    Law(
        "one of 25 hours, too; a date begins where the zone's day does",
        "segment s of account { when any(logins in last 1 day, zone: account.tz) } segment t of account { when any(logins since renewal, zone: account.tz) }",
        {"account": [{"account_id": "a", "tz": "Europe/London", "renewal": day("2026-10-25")}, {"account_id": "b", "tz": "UTC", "renewal": day("2026-10-25")}, {"account_id": "c", "tz": "UTC"}],
         "logins": [{"account_id": k, "occurred_at": at("2026-10-24 23:30:00")} for k in "abc"]},
        {"a": {"s": True, "t": True}, "b": {"s": False, "t": False}, "c": {"s": False, "t": None}},
        as_of="2026-10-26",
    ),
    Law(
        "on Lord Howe clocks change by half an hour",
        "segment s of account { when count(logins in last 1 day, zone: account.tz) = 1 }",
        {"account": [{"account_id": "a", "tz": "Australia/Lord_Howe"}, {"account_id": "b", "tz": "UTC"}],
         "logins": [{"account_id": k, "occurred_at": at(t)} for k in "ab" for t in ("2026-10-03 00:29:59", "2026-10-03 00:30:00")]},
        {"a": {"s": True}, "b": {"s": False}},
        as_of="2026-10-04",
    ),
    Law(
        "days begin at a quarter past in Kathmandu",
        "segment s of account { when count(logins since today, zone: account.tz) = 1 } segment t of account { when distinct_days(logins in last 2 days, zone: account.tz) = 2 } segment u of account { when count(logins before today, zone: account.tz) = 1 }",
        {"account": [{"account_id": "a", "tz": "Asia/Kathmandu"}], "logins": logins("2026-10-31 18:14:59", "2026-10-31 18:15:00")},
        {"a": {"s": True, "t": True, "u": True}},
    ),
    Law(
        "the day that Samoa left out is empty, and is one of those that have passed",
        "segment s of account { when none(logins from 2011-12-30 until 2011-12-31, zone: account.tz) } segment t of account { when count(logins in last 2 days, zone: account.tz) = 1 } "
        "segment u of account { when distinct_days(logins in last 3 days, zone: account.tz) = 3 } segment v of account { when none(logins from 1 day before created_at until created_at, zone: account.tz) and count(logins from 2 days before created_at until created_at, zone: account.tz) = 2 }",
        {"account": [{"account_id": "a", "tz": "Pacific/Apia", "created_at": at("2011-12-30 12:00:00")}], "logins": logins("2011-12-30 00:00:00", "2011-12-30 11:00:00", "2011-12-31 23:00:00")},
        {"a": {"s": True, "t": True, "u": True, "v": True}},
        as_of="2012-01-01",
    ),
    Law(
        "without a time zone, or with one that isn't, nothing is known, with rows and without",
        "segment days of account { when distinct_days(logins in last 7 days, zone: account.tz) >= 0 } segment ever of account { when distinct_days(logins, zone: account.tz) = 0 } segment no_rows of account { when none(logins in last 7 days, zone: account.tz) } "
        "segment total of account { when sum(logins.minutes in last 7 days, zone: account.tz) = 0 } segment each of account { when all(logins in last 7 days having minutes > 0, zone: account.tz) } "
        "segment newest of account { when last(logins.minutes in last 7 days, zone: account.tz) is missing } segment above of account { when any(logins in last 7 days, zone: account.parent.tz) }",
        {"account": [{"account_id": "a", "tz": None}, {"account_id": "b", "tz": "Mars"}, {"account_id": "c", "tz": "UTC", "parent": "a"}, {"account_id": "d"}, {"account_id": "e", "tz": "Asia/Tokyo", "parent": "c"}],
         "logins": [{"account_id": k, "occurred_at": at("2026-10-30"), "minutes": 1} for k in "abc"]},
        {"a": {"days": None, "ever": None, "no_rows": None, "total": None, "each": None, "newest": True, "above": None}, "b": {"days": None, "ever": None, "no_rows": None, "total": None, "each": None},
         "c": {"days": True, "ever": False, "no_rows": False, "total": False, "each": True, "newest": False, "above": None}, "d": {"days": None, "ever": None, "no_rows": None, "total": None, "each": None},
         "e": {"days": True, "ever": True, "no_rows": True, "total": True, "each": True, "newest": True, "above": False}},
    ),
    Law(
        "rows on the way have days of their own zone, and one of no known zone leaves it open",
        'segment days of account { when distinct_days(users.visits, zone: user.tz) = 1 } segment today_one of account { when count(users.visits since today, zone: user.tz) = 1 } segment few of account { when count(users.visits in last 1 day where page = "x", zone: user.tz) <= 1 }',
        {"account": [{"account_id": k} for k in "abcd"],
         "user": [{"user_id": "a1", "account_id": "a", "tz": "Asia/Tokyo"}, {"user_id": "a2", "account_id": "a", "tz": "UTC"}, {"user_id": "a3", "account_id": "a", "tz": None},
                  {"user_id": "b1", "account_id": "b", "tz": "UTC"}, {"user_id": "b2", "account_id": "b", "tz": "Mars"}, {"user_id": "c1", "account_id": "c", "tz": None}],
         "visits": [{"user_id": u, "visited_at": at(t), "page": "x"} for u, t in (("a1", "2026-10-31 16:00:00"), ("a2", "2026-10-31 16:00:00"), ("b1", "2026-10-31 16:00:00"), ("b2", "2020-01-01"))]},
        {"a": {"days": False, "today_one": True, "few": False}, "b": {"days": None, "today_one": None, "few": None}, "c": {"days": False, "today_one": False, "few": True}, "d": {"days": False, "today_one": False, "few": True}},
    ),
    Law(
        "a zone decides whether a window reaches back before a table is complete; that of rows on the way might, in any zone",
        "table tours of user by user_id at toured_at complete from 2026-01-01 { n: integer } "
        "segment s of account { when none(calls in last calendar month, zone: account.tz) } segment t of account { when count(calls in last calendar month, zone: account.tz) >= 1 } "
        "segment u of account { when none(users.tours in last calendar month, zone: user.tz) } segment v of account { when none(users.tours in last 1 month, zone: user.tz) }",
        {"account": [{"account_id": "a", "tz": "Asia/Tokyo"}, {"account_id": "b", "tz": "America/New_York"}, {"account_id": "c", "tz": "Asia/Tokyo", "created_at": at("2026-01-01")}], "user": [{"user_id": "a", "account_id": "a", "tz": "UTC"}],
         "calls": [{"account_id": "c", "called_at": at("2026-01-31 14:59:59")}, {"account_id": "b", "called_at": at("2026-01-01 04:59:59")}, {"account_id": "b", "called_at": at("2026-02-01 05:00:00")}]},
        {"a": {"s": None, "t": None, "u": None, "v": True}, "b": {"s": True, "t": False, "u": None, "v": True}, "c": {"s": False, "t": True, "u": True, "v": True}},
        as_of="2026-02-10",
    ),
    Law(
        "days are those of the zone that a field names, and of no zone nothing is known",
        "segment s of account { when distinct_days(logins, zone: account.region) = 1 } segment t of account { when distinct_days(logins, zone: account.region) = 2 }",
        {**accounts(region=["UTC", "Asia/Tokyo", "Nowhere"]),
         "logins": [{"account_id": k, "occurred_at": at(t)} for k in "abc" for t in ("2026-10-20 14:00:00", "2026-10-20 16:00:00")]},
        {"a": {"s": True, "t": False}, "b": {"s": False, "t": True}, "c": {"s": None, "t": None}},
    ),
    Law(
        "a sum of nothing is over the denominator that a sum of something has, and a double where that is one",
        "segment money of account { when sum(invoices.amount) + arr = 5 } segment less of account { when sum(invoices.amount) - arr = -5 } segment number of account { when sum(children.score) + score = 0.5 } "
        "segment same of account { when sum(invoices.amount) < arr } segment third of account { when sum(children.score) / 3 + score / 3 = score / 3 } segment double of account { when sum(children.ratio) + active > 9007199254740992 }",
        {"account": [{"account_id": "a", "arr": 500, "score": 500_000_000, "active": 9007199254740993}]},
        {"a": {"money": True, "less": True, "number": True, "same": True, "third": True, "double": False}},
    ),
    Law(
        "what may be a double is one, whichever is chosen",
        "metric either of account = if paying then active else ratio end segment s of account { when either > 9007199254740992 } segment t of account { when either = 9007199254740992 } segment u of account { when active > 9007199254740992 }",
        accounts(paying=[True, False], active=[9007199254740993, 1], ratio=[None, 9007199254740992.0]),
        {"a": {"s": False, "t": True, "u": True}, "b": {"s": False, "t": True, "u": False}},
    ),
    Law(
        "two medians over one denominator are compared exactly",
        # 10^14 squared is one more than its neighbours' product, which no double tells
        "metric product of account = score * arr segment s of account { when median(children.product where seats = 1) > median(children.product where seats = 2) }",
        {"account": [{"account_id": "a"}, {"account_id": "b", "parent": "a", "seats": 1, "score": 10**14, "arr": 10**14},
                     {"account_id": "c", "parent": "a", "seats": 2, "score": 10**14 - 1, "arr": 10**14 + 1}]},
        {"a": {"s": True}, "b": {"s": None}, "c": {"s": None}},
    ),
    Law(
        "a median of doubles whose middle is too large is missing",
        "table weighings of account by account_id at weighed_on: date { weight: real } "
        "segment s of account { when median(weighings.weight) > 1 } segment t of account { when median(weighings.weight) is missing } segment u of account { when max(weighings.weight) > 1 }",
        {**accounts(seats=[1, 1, 1]), "weighings": [{"account_id": k, "weighed_on": day("2026-10-01"), "weight": w} for k, w in (("a", 1.7e308), ("a", 1.7e308), ("b", -1.7e308), ("b", 1.7e308), ("c", 8e307))]},
        {"a": {"s": None, "t": True, "u": True}, "b": {"s": False, "t": False, "u": True}, "c": {"s": True, "t": False, "u": True}},
    ),
    Law(
        "the most common of the latest is that of those alone",
        'segment two of account { when most_common(latest 2 logins.device) = "x" } segment three of account { when most_common(latest 3 logins.device) = "x" } segment four of account { when most_common(latest 4 logins.device) is missing } '
        'segment all_of_them of account { when most_common(logins.device) = "y" } segment number of account { when most_common(latest 3 logins.minutes) = 7 } segment open of account { when most_common(latest 2 logins.device where minutes > 0) = "x" } '
        'segment both of account { when most_common(latest 2 logins.device) = "x" and most_common(latest 4 logins.minutes) = 7 and most_common(logins.minutes) = 7 }',
        {**ONE, "logins": logins("2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04", "2026-10-05", device=["y", "y", "y", "x", "x"], minutes=[1, 7, 7, None, 7])},
        {"a": {"two": True, "three": True, "four": True, "all_of_them": True, "number": True, "open": None, "both": True}},
    ),
    Law(
        "rows of nobody are unknown, whichever window they are asked in",
        "segment ever of account { when count(parent.logins) >= 0 } segment since of account { when count(parent.logins since renewal) >= 0 } segment none_since of account { when none(parent.logins since renewal) } "
        "segment total of account { when sum(parent.logins.minutes since renewal) = 3 } segment no_total of account { when sum(parent.logins.minutes since renewal) is missing } "
        "segment inside of account { when any(users having count(account.parent.logins since account.renewal) = 1) }",
        {"account": [{"account_id": k, "parent": p, "renewal": day("2026-10-01"), "closed_at": gone} for k, p, gone in (("a", None, None), ("b", "nobody", None), ("c", "a", None), ("d", "e", None), ("e", None, day("2026-10-31")))],
         "user": [{"user_id": k, "account_id": k} for k in "abc"], "logins": logins("2026-10-05", "2026-09-05", minutes=[3, 4])},
        {**{k: {"ever": None, "since": None, "none_since": None, "total": None, "no_total": True, "inside": None} for k in "ab"},
         "c": {"ever": True, "since": True, "none_since": False, "total": True, "no_total": False, "inside": True},
         "d": {"ever": None, "since": None, "none_since": None, "total": None, "no_total": True, "inside": False}},
    ),
    Law(
        "what all rows come to is the same for whoever asks, a list's rows too",
        'list offices from "offices.csv" { lat: number  place: text } '
        "segment counted of account { when count(offices) = 2 } segment some of account { when count(offices where lat > 1) = 1 } segment least of account { when min(offices.lat) = 1 } segment total of account { when sum(offices.lat) = 3 } "
        'segment named of account { when most_common(offices.place) = "p" } segment none_there of account { when none(offices where place = "q") } segment earlier of account { when (count(offices) = 3 as of 2026-10-01) } '
        "segment users_ask of account { when any(users having count(offices) = 2) } segment logins_ask of account { when any(logins having max(offices.lat) = 2) } segment of_all of account { when any(users having count(all account) = 2) } "
        "segment of_some of account { when all(logins having sum(all account.seats where paying) = 1) } segment both of account { when count(all account) = count(offices) }",
        {**accounts(seats=[1, 2], paying=[True, False]), "user": [{"user_id": "u", "account_id": "a"}], "logins": logins("2026-10-05"),
         "offices": [{"lat": 10**9, "place": "p"}, {"lat": 2 * 10**9, "place": "p"}, {"lat": 10**9, "place": "q", "expires": day("2026-10-31")}]},
        {k: {"counted": True, "some": True, "least": True, "total": True, "named": True, "none_there": True, "earlier": True, "both": True,
             "users_ask": k == "a", "logins_ask": k == "a", "of_all": k == "a", "of_some": True} for k in "ab"},
    ),
    Law(
        "runs of a rule are rows from the starting day on: a run never sees itself, and what was before the start is unknown",
        RUNS + 'segment thrice of account { when all(latest 3 tier_runs having arm = "gold") } segment now_base of account { when last(tier_runs.arm) = "base" } '
        'segment by_itself of account { when any(tier_runs where by_data = "base" and arm = "gold") } segment never of account { when none(tier_runs since 2026-10-01 where arm = "gold") } '
        'segment long_ago of account { when none(tier_runs where arm = "base") } segment in_part of account { when all(latest 2 part_runs having member) }',
        {"account": [{"account_id": k, "created_at": at("2026-01-01")} for k in "abc"] + [{"account_id": "d", "created_at": at("2026-10-20")}],
         "tier_runs": [*tier_runs("a", gold=["2026-10-29", "2026-10-30", "2026-10-31"], base=["2026-11-01"]), *tier_runs("b", gold=["2026-10-30", "2026-10-31"]),
                       *tier_runs("c", gold=["2026-10-01"], base=["2026-10-30", "2026-10-31"]), {"account_id": "a", "as_of": at("2026-10-15"), "arm": "gold", "by_data": "base"}],
         "part_runs": [{"account_id": k, "as_of": at(t), "member": t != "2026-10-30" or k == "a"} for k in "ab" for t in ("2026-10-30", "2026-10-31")]},
        {"a": {"thrice": True, "now_base": False, "by_itself": True, "never": False, "long_ago": None, "in_part": True},
         "b": {"thrice": None, "now_base": False, "by_itself": None, "never": False, "long_ago": None, "in_part": False},
         "c": {"thrice": False, "now_base": True, "by_itself": None, "never": False, "long_ago": False, "in_part": None},
         "d": {"thrice": True, "now_base": None, "by_itself": False, "never": True, "long_ago": True, "in_part": True}},
    ),
    Law(
        "an arm keeps whoever the last run had in it until the condition is true; what isn't known doesn't keep",
        "table up_runs of account from runs of up starting 2026-10-01 segmentation up of account { segment gold { when arr > 100 keep until arr < 80 } undecided open otherwise base }",
        {"account": [{"account_id": k, "arr": v} for k, v in zip("abcdefg", [10_001, 9_000, 8_000, 7_999, 9_000, None, 9_000])],
         "up_runs": [{"account_id": k, "as_of": at(t), "arm": arm, "by_data": by_data} for k, t, arm, by_data in (
             ("b", "2026-10-31", "gold", "gold"), ("c", "2026-10-02", "gold", "base"), ("d", "2026-10-31", "gold", "gold"), ("e", "2026-10-30", "gold", "gold"),
             ("e", "2026-10-31", None, None), ("f", "2026-10-31", "gold", "gold"), ("g", "2026-10-01", "gold", "gold"), ("g", "2026-10-31", "base", "base"))]},
        {"a": {"up": "gold", "up_by_data": "gold"}, "b": {"up": "gold", "up_by_data": "base"}, "c": {"up": "gold", "up_by_data": "base"}, "d": {"up": "base", "up_by_data": "base"},
         "e": {"up": "base", "up_by_data": "base"}, "f": {"up": "open", "up_by_data": "open"}, "g": {"up": "base", "up_by_data": "base"}},
    ),
    Law(
        "an arm keeps for as long after the last run by whose data it was the arm; that long ago is in",
        "table up_runs of account from runs of up starting 2026-09-01 segmentation up of account { segment gold { when arr > 100 keep for 30 days } otherwise base }",
        {**accounts(arr=[0, 0, 0, 0]),
         "up_runs": [{"account_id": k, "as_of": at(t), "arm": arm, "by_data": by_data} for k, t, arm, by_data in (
             ("a", "2026-10-02", "gold", "gold"), ("a", "2026-10-31", "gold", "base"), ("b", "2026-10-01 23:59:59", "gold", "gold"), ("b", "2026-10-31", "gold", "base"),
             ("c", "2026-10-31", "gold", "base"), ("d", "2026-10-20", "gold", "gold"), ("d", "2026-10-31", "base", "base"))]},
        {"a": {"up": "gold", "up_by_data": "base"}, "b": {"up": "base"}, "c": {"up": "base"}, "d": {"up": "base"}},
    ),
    Law(
        "an arm keeps until the end of the period of that run, or of the period after it",
        "table this_runs of account from runs of this_year starting 2024-01-01 segmentation this_year of account { segment gold { when arr > 100 keep until end of calendar year } otherwise base } "
        "table next_runs of account from runs of next_year starting 2024-01-01 segmentation next_year of account { segment gold { when arr > 100 keep until end of next calendar year } otherwise base }",
        {**accounts(arr=[0, 0, 0]),
         **{f"{w}_runs": [{"account_id": k, "as_of": at(t), "arm": "gold", "by_data": by_data} for k, first in zip("abc", ("2026-01-01", "2025-01-01", "2024-12-31 23:59:59"))
                          for t, by_data in ((first, "gold"), ("2026-10-31", "base"))] for w in ("this", "next")}},
        {"a": {"this_year": "gold", "next_year": "gold"}, "b": {"this_year": "base", "next_year": "gold"}, "c": {"this_year": "base", "next_year": "base"}},
        as_of="2026-12-31 23:59:59",
    ),
    Law(
        "a stay begins at its first run after the last run with another place, however far apart runs are",
        "table up_runs of account from runs of up starting 2026-09-01 segmentation up of account { segment gold { when arr > 100 stay at least 14 days } otherwise base }",
        {**accounts(arr=[0, 0, 0, 0, 0]),
         "up_runs": [{"account_id": k, "as_of": at(t), "arm": arm, "by_data": arm} for k, t, arm in (
             ("a", "2026-10-18", "gold"), ("b", "2026-09-01", "base"), ("b", "2026-10-18 00:00:01", "gold"), ("c", "2026-09-10", "gold"), ("c", "2026-10-20", None), ("c", "2026-10-25", "gold"),
             ("d", "2026-09-10", "gold"), ("d", "2026-10-31", "base"), ("e", "2026-09-10", "gold"), ("e", "2026-10-17", "base"), ("e", "2026-10-18", "gold"))]},
        {"a": {"up": "base"}, "b": {"up": "gold", "up_by_data": "base"}, "c": {"up": "gold"}, "d": {"up": "base"}, "e": {"up": "base"}},
    ),
    Law(
        "before the starting day nobody knows who was where; on it, and for who came after it, nobody was",
        "table up_runs of account from runs of up starting 2026-11-01 segmentation up of account { segment gold { when arr > 100 keep until arr < 80 stay at least 14 days } otherwise base } "
        "segment earlier of account { when (account in up.gold as of 2026-10-31) }",
        {**accounts(arr=[10_001, 9_000, 7_000], created_at=[at("2026-01-01")] * 3), "up_runs": [{"account_id": "b", "as_of": at("2026-10-31"), "arm": "gold", "by_data": "gold"}]},
        {"a": {"up": "gold", "earlier": True}, "b": {"up": "base", "earlier": None}, "c": {"up": "base", "earlier": None}},
    ),
    Law(
        "before the starting day every clause that keeps is unknown; as of that day none keeps",
        " ".join(
            f"table {name}_{when}_runs of account from runs of {name}_{when} starting 2026-11-{day} segmentation {name}_{when} of account {{ segment gold {{ when arr > 100 {clause} }} otherwise base }}"
            for name, clause in KEEPING.items() for when, day in (("early", "02"), ("on_it", "01"))
        ),
        accounts(arr=[10_001, 9_000, 7_000]),
        {"a": {f"{name}_{when}": "gold" for name in KEEPING for when in ("early", "on_it")},
         "b": {**{f"{name}_early": None for name in KEEPING}, **{f"{name}_on_it": "base" for name in KEEPING}},
         "c": {**{f"{name}_early": "base" if name == "hysteresis" else None for name in KEEPING}, **{f"{name}_on_it": "base" for name in KEEPING}}},
    ),
    Law(
        "an earlier arm, the population, an override and a limit come before what an arm keeps",
        "table up_runs of account from runs of up starting 2026-10-01 segmentation up of account where active > 0 { overrides from strategic segment gold { when arr > 100 limit 2 by arr } "
        "segment silver { when arr > 50 limit 1 by seats keep until arr < 20 } otherwise base }",
        {**accounts(arr=[10_001, 3_000, 3_000, 3_000, 6_000], active=[1, 0, 1, 1, 1], seats=[1, 1, 9, 8, 7]), "strategic": [{"account_id": "d", "arm": "gold"}],
         "up_runs": [{"account_id": k, "as_of": at("2026-10-31"), "arm": "silver", "by_data": "silver"} for k in "abcd"]},
        {"a": {"up": "gold"}, "b": {"up": None, "up_by_data": None}, "c": {"up": "silver", "up_by_data": "base"}, "d": {"up": "gold", "up_by_data": "gold"}, "e": {"up": "base", "up_by_data": "silver"}},
    ),
    Law(
        "a candidate keeps by the runs of the incumbent, and nobody in an arm that the incumbent doesn't have",
        "table up_runs of account from runs of up starting 2026-10-01 segmentation up of account { segment gold { when arr > 100 } otherwise base } "
        "segmentation up_next of account candidate of up { segment gold { when arr > 200 keep until arr < 80 } segment silver { when arr > 90 keep until arr < 10 } otherwise base }",
        {**accounts(arr=[9_000, 9_500, 5_000]), "up_runs": [{"account_id": "a", "as_of": at("2026-10-31"), "arm": "gold", "by_data": "gold"}]},
        {"a": {"up": "base", "up_next": "gold", "up_next_by_data": "base"}, "b": {"up_next": "silver"}, "c": {"up_next": "base"}},
    ),
]  # fmt: skip
