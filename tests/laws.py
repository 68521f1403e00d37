"""The laws of meaning as a table: rules, rows, as-of and who must be where.

Both evaluators are held to each row by hand-written answers, because a differential test is blind to what
both do wrong. `tests/test_planted_bugs.py` shows that each law notices its bug.
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
}
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member") }
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
        "known future rows are there, and unknown ones are not",
        "segment s of account { when count(meetings) = 1 } segment t of account { when any(meetings in next 30 days) } "
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
        "segment s of account { when work business days since renewal = 1 } segment t of account { when work business days since renewal = 0 }",
        accounts(renewal=[day("2026-10-29"), day("2026-10-30"), day("2026-10-31"), day("2026-11-05")]),
        {"a": {"s": True, "t": False}, "b": {"s": False, "t": True}, "c": {"s": False, "t": True}, "d": {"s": False, "t": True}},
    ),
    Law(
        "days are those of the zone that a field names, and of no zone there are none",
        "segment s of account { when distinct_days(logins, zone: account.region) = 1 } segment t of account { when distinct_days(logins, zone: account.region) = 2 }",
        {**accounts(region=["UTC", "Asia/Tokyo", "Nowhere"]),
         "logins": [{"account_id": k, "occurred_at": at(t)} for k in "abc" for t in ("2026-10-20 14:00:00", "2026-10-20 16:00:00")]},
        {"a": {"s": True, "t": False}, "b": {"s": False, "t": True}, "c": {"s": False, "t": False}},
    ),
]  # fmt: skip
