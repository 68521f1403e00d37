"""What each operator answers on its edges: by hand, asked of every engine, and the source of docs/meaning.md.

An edge is what account `a` has, the rows and accounts beside it, and whether the condition is true, false or unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MODEL = """
entity account from created_at to closed_at {
  account_id: text key
  created_at: timestamp
  closed_at:  date
  parent:     link to account reverse children
  plan:       one of ("free", "team")
  tier:       ordered one of ("bronze", "silver", "gold")
  arr:        money(USD)
  seats:      integer
  active:     integer
  score:      number
  weight:     real
  paying:     boolean
  renewal:    date
  seen:       timestamp
  region:     text
  tags:       set of text
  timezone:   text
  app:        version
  latitude:   number
  longitude:  number
}
entity user of account by account_id reverse users { user_id: text key  role: one of ("admin", "member")  live: boolean }
table logins of account by account_id at happened_at { device: text  minutes: integer }
entity order of account by account_id reverse orders from ordered_on { order_id: text key  ordered_on: date  units: integer }
table invoices of account by account_id at due: date { amount: money(USD)  status: one of ("paid", "open")  weight: real  payer: link to account reverse paid_for }
table meetings of account by account_id at held_at known at booked_at { level: one of ("csm", "exec") }
table calls of account by account_id at called_at complete from 2026-10-01 { minutes: integer }
calendar work { weekend saturday, sunday }
"""
CLAUSES = ("keep ", "stay ")  # of an arm, whose other condition is false
PLACE = """
table place_runs of account from runs of place starting 2026-10-01
segmentation place of account {{ segment save {{ when paying {clause} }} otherwise rest }}
"""
T, F, U = True, False, None
Answer = bool | None


class Edge(NamedTuple):
    has: str
    answer: Answer
    why: str = ""
    beside: str = ""
    as_of: str = "2026-11-01"


@dataclass(frozen=True)
class Operator:
    family: str
    condition: str
    edges: list[Edge]


def others(**arr: str) -> str:
    """Other accounts, each with its arr."""
    return "\n".join(f"account {name} {{ arr: {value} }}" for name, value in arr.items())


def rows(table: str, *rest: str) -> str:
    return "\n".join(f"{table} of a {{ {row} }}" for row in rest)


def runs(**arms: str) -> str:
    """Runs of `place` on days of October, by whose data the account was in the arm too, or in the one behind a slash."""
    places = {day.removeprefix("day_"): arm.split("/") for day, arm in arms.items()}
    return rows(
        "place_runs", *(f'at: 2026-10-{day}, arm: "{arm[0]}", by_data: "{arm[-1]}"' for day, arm in places.items())
    )


def users(*rest: str) -> str:
    return "\n".join(f"user u{i} {{ account_id: a, {row} }}" for i, row in enumerate(rest))


OPERATORS = [
    Operator("Truth", "paying and seats > 5", [
        Edge("paying: true, seats: 6", T), Edge("paying: false", F, "one false decides, whatever is missing"),
        Edge("paying: true", U), Edge("seats: 5", F, "one false decides, whatever is missing"), Edge("seats: 6", U),
    ]),
    Operator("Truth", "paying or seats > 5", [
        Edge("paying: false, seats: 5", F), Edge("seats: 6", T, "one true decides"), Edge("paying: true", T), Edge("seats: 5", U),
    ]),
    Operator("Truth", "not paying", [Edge("paying: false", T), Edge("paying: true", F), Edge("seats: 1", U)]),
    Operator("Truth", "(if paying then seats else active end) > 5", [
        Edge("paying: true, seats: 6", T, "what isn't chosen may be missing"), Edge("paying: false, active: 5", F), Edge("seats: 6, active: 6", U, "nobody knows which"),
    ]),
    Operator("Truth", "(if seats > 10 then 3 else if seats > 5 then 2 else if paying then 1 else 0 end) = 2", [
        Edge("seats: 6", T, "the first that is true"), Edge("seats: 11", F), Edge("paying: true", U, "the first is unknown, so nobody knows whether it is chosen"), Edge("seats: 5, paying: true", F),
    ]),
    Operator("Comparison", 'plan != "free"', [Edge('plan: "team"', T), Edge('plan: "free"', F), Edge("seats: 1", U, "missing is neither equal nor unequal")]),
    Operator("Comparison", 'not (plan = "free")', [Edge('plan: "team"', T), Edge('plan: "free"', F), Edge("seats: 1", U, "the same as `!=`")]),
    Operator("Comparison", 'plan not in ("free")', [Edge('plan: "team"', T), Edge('plan: "free"', F), Edge("seats: 1", U)]),
    Operator("Comparison", "plan is missing", [Edge("seats: 1", T, "never unknown"), Edge('plan: "free"', F)]),
    Operator("Comparison", "parent.arr is missing", [Edge('parent: "gone"', T, "a link that leads nowhere is missing"), Edge("parent: b", F, "", others(b="1")), Edge("seats: 1", T)]),
    Operator("Comparison", 'tier > "bronze"', [Edge('tier: "silver"', T), Edge('tier: "bronze"', F), Edge("seats: 1", U)]),
    Operator("Comparison", "seats between 10 and active", [
        Edge("seats: 10, active: 20", T, "both ends are in"), Edge("seats: 20, active: 20", T), Edge("seats: 21, active: 20", F), Edge("seats: 9", F, "below the lower end; the other decides nothing"),
        Edge("seats: 10", U), Edge("seats: 15, active: 5", F, "the ends are turned round"),
    ]),
    Operator("Numbers", "active / seats >= 50%", [
        Edge("active: 1, seats: 2", T, "exactly half"), Edge("active: 49, seats: 99", F, "a little less than half"), Edge("active: 1, seats: 0", U, "division by zero"), Edge("active: 0, seats: 0", U),
        Edge("active: 0, seats: 5", F), Edge("active: -1, seats: -2", T), Edge("seats: 2", U),
    ]),
    Operator("Numbers", "active / seats = 0.29", [Edge("active: 29, seats: 100", T, "no rounding: in doubles 0.29 × 100 is 28.999…"), Edge("active: 57, seats: 100", F)]),
    Operator("Numbers", "score * 3 = 1", [Edge("score: 0.333333333", F, "0.999999999"), Edge("score: 0.5", F), Edge("seats: 1", U)]),
    Operator("Numbers", "active * active > 0", [Edge("active: 4_000_000_000_000", T, "beyond 64 bits nothing wraps round"), Edge("active: -3", T), Edge("active: 0", F)]),
    Operator("Numbers", "weight + 0.1 = 0.3", [Edge("weight: 0.2", F, "doubles: 0.2 + 0.1 is 0.30000000000000004"), Edge("seats: 1", U)]),
    Operator("Numbers", "weight * weight > 1", [Edge("weight: 2.5", T), Edge("weight: 0.5", F), Edge("seats: 1", U)]),
    Operator("Numbers", "weight / weight = 1", [Edge("weight: 0.5", T), Edge("weight: 0", U, "division by zero"), Edge("seats: 1", U)]),
    Operator("Money", "arr * 110% > 55", [Edge("arr: 50", F, "exactly 55"), Edge("arr: 50.01", T), Edge("arr: 0", F), Edge("seats: 1", U)]),
    Operator("Money", "arr / 3 = 0.333333333", [Edge("arr: 1", F, "a third isn't its first nine digits")]),
    Operator("Text", "region is missing", [Edge('region: ""', T, "an empty text is missing"), Edge('region: "  "', T, "and so are blanks alone"), Edge('region: " a"', F)]),
    Operator("Text", 'region = "Straße"', [Edge('region: "Straße"', T), Edge('region: "STRASSE"', F), Edge('region: " Straße"', F, "a blank is a letter"), Edge("seats: 1", U)]),
    Operator("Text", 'region = "é" ignoring case', [Edge('region: "É"', T), Edge('region: "é"', T), Edge('region: "e\u0301"', F, "e with a combining accent is two code points")]),
    Operator("Text", 'region = "ss" ignoring case', [Edge('region: "SS"', T), Edge('region: "ß"', F, "letters fold one to one")]),
    Operator("Text", 'region = "A B" ignoring case and spaces', [Edge('region: " ab "', T), Edge('region: "a-b"', F)]),
    Operator("Text", 'region starts with "%"', [Edge('region: "%x"', T), Edge('region: "x%"', F, "no letter is a wildcard"), Edge("seats: 1", U)]),
    Operator("Text", 'region contains "_"', [Edge('region: "a_b"', T), Edge('region: "ab"', F), Edge('region: ""', U, "an empty text is missing"), Edge("seats: 1", U)]),
    Operator("Text", 'region ends with "ab"', [Edge('region: "xab"', T), Edge('region: "abx"', F), Edge('region: "b"', F, "shorter than what is looked for")]),
    Operator("Text", 'region matches "\\\\d+"', [Edge('region: "42"', T), Edge('region: "٤٢"', F, "a digit is 0 to 9"), Edge('region: "42a"', F)]),
    Operator("Text", 'region contains word "sec"', [Edge('region: "sec2"', F, "a digit is part of a word"), Edge('region: "sec, ops"', T), Edge('region: "security"', F, "a part of a word isn't a word"), Edge('region: "sec"', T), Edge('region: ""', U)]),
    Operator("Text", 'region matches "[A-Z]{2}[0-9]+"', [Edge('region: "DE1"', T), Edge('region: "xDE1"', F, "the whole text must match"), Edge('region: "DE1 "', F)]),
    Operator("Text", 'region contains pattern "^[A-Z]{2}.[0-9]"', [
        Edge('region: "DE-12 north"', T, "looked for in the text"), Edge('region: "xDE-1"', F, "`^` is its beginning"), Edge('region: "DE\\n1"', T, "`.` is any sign, also a line break"), Edge("seats: 1", U),
    ]),
    Operator("Text", 'region contains pattern "[0-9]$" ignoring case', [Edge('region: "DE1"', T), Edge('region: "1DE"', F), Edge('region: "1\\n"', F, "`$` is the end of the text, not of a line")]),
    Operator("Versions", 'app >= "10.2"', [
        Edge('app: "10.10"', T, "by its numbers, not by its digits"), Edge('app: "9.9"', F), Edge('app: "10.2.0"', T, "a number that isn't there is 0"), Edge('app: "v10.2+build7"', T, "`v` and what follows `+` say nothing"),
        Edge('app: "10.2-beta"', F, "a pre-release lies before its release"), Edge('app: "10.2.0.1"', T), Edge("seats: 1", U),
    ]),
    Operator("Versions", 'app in ("1.0", "2.0-rc.1")', [Edge('app: "1"', T), Edge('app: "2.0-alpha"', T, "pre-releases of one version aren't told apart"), Edge('app: "2.0"', F)]),
    Operator("Versions", 'app between "4" and "4.999"', [Edge('app: "4.12.3"', T), Edge('app: "5.0-beta"', F), Edge('app: "4-beta"', F)]),
    Operator("Sets", 'tags has none ("x", "y")', [Edge('tags: ("z")', T), Edge('tags: ("x", "z")', F), Edge("tags: ()", T, "an empty set isn't a missing one"), Edge("seats: 1", U)]),
    Operator("Sets", 'tags has all ("x", "y")', [Edge('tags: ("y", "x", "z")', T), Edge('tags: ("x")', F), Edge("tags: ()", F)]),
    Operator("Sets", 'tags has "X" ignoring case', [Edge('tags: ("x")', T), Edge('tags: ("X", "y")', T), Edge('tags: ("xx")', F), Edge("tags: ()", F), Edge("seats: 1", U)]),
    Operator("Sets", 'tags has all ("x y", "Z") ignoring case and spaces', [Edge('tags: ("X Y", "z")', T), Edge('tags: ("xy", "z", "a")', T), Edge('tags: ("z")', F)]),
    Operator("Sets", "tags has region ignoring case", [Edge('tags: ("EU"), region: "eu"', T), Edge('tags: ("US"), region: "eu"', F), Edge('tags: ("US")', U)]),
    Operator("Sets", 'tags has any that starts with "a."', [
        Edge('tags: ("x", "a.b")', T), Edge('tags: ("aXb", "b.a.")', F), Edge("tags: ()", F, "an empty set isn't a missing one"), Edge("seats: 1", U),
    ]),
    Operator("Sets", 'tags has none that contains any of ("X", "y") ignoring case', [Edge('tags: ("b")', T), Edge('tags: ("b", "axa")', F), Edge('tags: ("Y")', F), Edge("tags: ()", T), Edge("seats: 1", U)]),
    Operator("Sets", 'tags has any that matches "[a-z]{2}"', [Edge('tags: ("ab", "abc")', T), Edge('tags: ("abc")', F, "the whole value must match")]),
    Operator("Sets", 'tags has none that contains word "new"', [Edge('tags: ("newest", "renew")', T), Edge('tags: ("brand-new")', F)]),
    Operator("Sets", "tags has any that ends with region", [
        Edge('tags: ("in eu", "us"), region: "eu"', T), Edge('tags: ("eu in"), region: "eu"', F), Edge('tags: ("eu")', U, "which text it is isn't known"), Edge("tags: ()", U), Edge('region: "eu"', U),
    ]),
    Operator("Sets", "size(tags) = 2", [Edge('tags: ("x", "y")', T), Edge('tags: ("x")', F), Edge("tags: ()", F, "0"), Edge("seats: 1", U)]),
    Operator("Dates", "renewal in last 7 days", [Edge("renewal: 2026-10-25", T, "the first day"), Edge("renewal: 2026-10-24", F), Edge("renewal: 2026-10-31", T, "yesterday"), Edge("renewal: 2026-11-01", F, "today is in `next`"), Edge("seats: 1", U)]),
    Operator("Dates", "renewal in next 7 days", [Edge("renewal: 2026-11-01", T, "today"), Edge("renewal: 2026-11-07", T), Edge("renewal: 2026-11-08", F), Edge("renewal: 2026-10-31", F)]),
    Operator("Dates", "1 month after renewal = 2026-02-28", [Edge("renewal: 2026-01-28", T), Edge("renewal: 2026-01-31", T, "a shorter month ends on its last day"), Edge("renewal: 2026-02-28", F), Edge("seats: 1", U)]),
    Operator("Dates", "renewal >= 1 month ago", [Edge("renewal: 2026-02-28", T, "31 March less a month", as_of="2026-03-31"), Edge("renewal: 2026-02-27", F, as_of="2026-03-31")]),
    Operator("Dates", "years since renewal >= 18", [Edge("renewal: 2008-02-29", T, "on 28 February a leap day's birthday is had", as_of="2026-02-28"), Edge("renewal: 2008-03-01", F, as_of="2026-02-28")]),
    Operator("Dates", "days since seen >= 1", [Edge("seen: 2026-10-31T23:59", T, "another civil day, though a minute ago"), Edge("seen: 2026-11-01T00:00", F), Edge("seats: 1", U)]),
    Operator("Dates", "hours since seen >= 24", [Edge("seen: 2026-10-31T00:00", T), Edge("seen: 2026-10-31T00:01", F)]),
    Operator("Dates", "month of renewal = 2", [Edge("renewal: 2024-02-29", T), Edge("renewal: 2026-12-02", F), Edge("seats: 1", U)]),
    Operator("Dates", "quarter of renewal = 1", [Edge("renewal: 2026-03-31", T), Edge("renewal: 2026-04-01", F), Edge("seats: 1", U)]),
    Operator("Dates", "day of renewal = 29", [Edge("renewal: 2024-02-29", T, "the day of the month"), Edge("renewal: 2026-01-30", F), Edge("seats: 1", U)]),
    Operator("Dates", 'weekday of seen >= "saturday"', [Edge("seen: 2026-10-31T00:00", T), Edge("seen: 2026-10-30T23:59", F, "a Friday"), Edge("seen: 2026-11-01T23:59", T, "a Sunday"), Edge("seats: 1", U)]),
    Operator("Dates", "hour of seen between 18 and 23", [Edge("seen: 2026-10-31T18:00", T), Edge("seen: 2026-10-31T17:59", F), Edge("seen: 2026-10-31T00:00", F, "midnight is hour 0"), Edge("seats: 1", U)]),
    Operator("Dates", "minutes since seen >= 90", [Edge("seen: 2026-10-31T22:30", T), Edge("seen: 2026-10-31T22:31", F), Edge("seats: 1", U)]),
    Operator("Dates", "days from seen to renewal = 1", [Edge("seen: 2026-10-31T23:59, renewal: 2026-11-01", T, "civil days, as in `days since`"), Edge("seen: 2026-11-01T00:00, renewal: 2026-11-01", F), Edge("renewal: 2026-11-01", U)]),
    Operator("Dates", "months from renewal to seen = -2", [Edge("renewal: 2026-11-02, seen: 2026-10-01T00:00", T, "the greatest n with so many months added not beyond it: below zero it rounds down"), Edge("renewal: 2026-11-01, seen: 2026-10-01T00:00", F, "exactly one month less")]),
    Operator("Dates", "years since renewal = -2", [Edge("renewal: 2028-10-31", T, "of a date to come it rounds down"), Edge("renewal: 2027-11-01", F, "−1 exactly")]),
    Operator("Dates", "renewal in last calendar quarter", [Edge("renewal: 2026-07-01", T), Edge("renewal: 2026-09-30", T), Edge("renewal: 2026-10-01", F), Edge("renewal: 2026-06-30", F)]),
    Operator("Dates", "renewal > 400 years after 2026-01-01", [Edge("renewal: 8999-12-31", T, "the last day a cell may have"), Edge("renewal: 1000-01-01", F, "the first")]),
    Operator("Dates", "work business days from renewal to seen = 1", [
        Edge("renewal: 2026-10-30, seen: 2026-11-02T00:00", T, "from Friday to Monday"), Edge("renewal: 2026-10-30, seen: 2026-11-01T23:00", F, "0: a weekend alone"), Edge("renewal: 2026-10-25, seen: 2026-10-26T09:00", T, "the first day doesn't count, the last does"),
        Edge("renewal: 2026-11-02, seen: 2026-10-30T09:00", F, "0 where the second isn't after the first"), Edge("renewal: 2026-10-30", U),
    ]),
    Operator("Dates", "work business days since renewal = 1", [Edge("renewal: 2026-10-30", T, "from Friday to Monday", as_of="2026-11-02"), Edge("renewal: 2026-10-29", F, as_of="2026-11-02"), Edge("seats: 1", U)]),
    Operator("Rows", "count(logins in last 7 days) = 1", [
        Edge("", T, "the border of the start is in", rows("logins", "at: 2026-10-25T00:00", "at: 2026-10-24T23:59")), Edge("", F, "as-of itself isn't", rows("logins", "at: 2026-11-01T00:00")), Edge("", F, "no rows: 0"),
    ]),
    Operator("Rows", "count(logins in last 90 minutes) = 1", [Edge("", T, "the start is in, as-of isn't", rows("logins", "at: 2026-10-31T22:30", "at: 2026-10-31T22:29", "at: 2026-11-01T00:00")), Edge("", F, "", rows("logins", "at: 2026-10-31T22:29"))]),
    Operator("Rows", "count(users where live) = 1", [Edge("", T, "a row whose `where` is unknown isn't counted", users("live: true", 'role: "member"')), Edge("", F, "no rows: 0"), Edge("", F, "", users("live: true", "live: true"))]),
    Operator("Rows", "sum(invoices.amount) = 0", [
        Edge("", T, "no rows: 0"), Edge("", U, "all of them missing", rows("invoices", "at: 2026-10-01")), Edge("", T, "", rows("invoices", "at: 2026-10-01, amount: 5", "at: 2026-10-01, amount: -5")),
        Edge("", F, "what is missing is left out", rows("invoices", "at: 2026-10-01, amount: 5", "at: 2026-10-02")),
    ]),
    Operator("Rows", "average(invoices.amount) >= 5", [Edge("", U, "no rows"), Edge("", T, "", rows("invoices", "at: 2026-10-01, amount: 5", "at: 2026-10-02")), Edge("", F, "4.99…", rows("invoices", "at: 2026-10-01, amount: 5", "at: 2026-10-02, amount: 5", "at: 2026-10-03, amount: 4.99"))]),
    Operator("Rows", "median(invoices.amount) = 1.50", [Edge("", T, "between the two in the middle", rows("invoices", "at: 2026-10-01, amount: 1", "at: 2026-10-02, amount: 2")), Edge("", U, "no rows"), Edge("", T, "the one in the middle", rows("invoices", "at: 2026-10-01, amount: 9", "at: 2026-10-02, amount: 1.50", "at: 2026-10-03, amount: 1"))]),
    Operator("Rows", "average(invoices.weight) > 1", [Edge("", U, "no rows"), Edge("", T, "what is missing is left out", rows("invoices", "at: 2026-10-01, weight: 1.5", "at: 2026-10-02")), Edge("", F, "", rows("invoices", "at: 2026-10-01, weight: 1.5", "at: 2026-10-02, weight: 0.5"))]),
    Operator("Rows", "max(invoices.weight) - min(invoices.weight) > 1", [Edge("", T, "in whatever order they come", rows("invoices", "at: 2026-10-01, weight: 3", "at: 2026-10-02, weight: 0.5", "at: 2026-10-03, weight: 1")), Edge("", U, "no rows"), Edge("", F, "", rows("invoices", "at: 2026-10-01, weight: 3"))]),
    Operator("Rows", "sum(invoices.weight) < 1", [Edge("", T, "no rows: 0"), Edge("", U, "all of them missing", rows("invoices", "at: 2026-10-01", "at: 2026-10-02")), Edge("", F, "0.5 twice is 1", rows("invoices", "at: 2026-10-01, weight: 0.5", "at: 2026-10-02, weight: 0.5"))]),
    Operator("Rows", 'any(users where role = "admin")', [Edge("", F, "no rows"), Edge("", T, "one is enough", users('role: "admin"', "live: true")), Edge("", U, "the one might be", users("live: true", 'role: "member"'))]),
    Operator("Rows", "any(invoices where payer.arr > 100)", [
        Edge("", T, "a link of a row leads to another's fields", rows("invoices", "due: 2026-10-01, payer: b") + "\n" + others(b="101")),
        Edge("", F, "", rows("invoices", "due: 2026-10-01, payer: b") + "\n" + others(b="100")), Edge("", U, "nobody knows whose", rows("invoices", "due: 2026-10-01")),
    ]),
    Operator("Rows", "count(paid_for where amount > 1) = 1", [
        Edge("", T, "another's invoices, collected by their link to `a`", "account b { seats: 1 }\n" + "invoices of b { due: 2026-10-01, payer: a, amount: 2 }"), Edge("", F, "its own, of which nobody knows who pays", rows("invoices", "due: 2026-10-01, amount: 2")),
        Edge("", T, "", rows("invoices", "due: 2026-10-01, payer: a, amount: 2", "due: 2026-10-02, payer: a, amount: 1")),
    ]),
    Operator("Rows", "count(orders in last 30 days where units > 1) = 1", [
        Edge("", T, "an entity's rows are of the day they begin", "order o { account_id: a, ordered_on: 2026-10-02, units: 2 }"),
        Edge("", F, "a day too early", "order o { account_id: a, ordered_on: 2026-10-01, units: 2 }"), Edge("", F, "today isn't in the last days", "order o { account_id: a, ordered_on: 2026-11-01, units: 2 }"),
    ]),
    Operator("Rows", "none(users where live)", [Edge("", T, "no rows"), Edge("", F, "", users("live: true", 'role: "member"')), Edge("", U, "", users('role: "member"'))]),
    Operator("Rows", "all(users having live)", [Edge("", T, "nobody breaks it"), Edge("", F, "", users("live: true", "live: false")), Edge("", U, "", users("live: true", 'role: "admin"'))]),
    Operator("Rows", "share(users having live) = 50%", [Edge("", U, "half of nothing"), Edge("", T, "", users("live: true", "live: false")), Edge("", T, "the unknown one is in neither count", users("live: true", "live: false", 'role: "admin"'))]),
    Operator("Rows", 'all(latest 2 invoices having status = "open")', [
        Edge("", T, "", rows("invoices", 'at: 2026-08-01, status: "paid"', 'at: 2026-09-01, status: "open"', 'at: 2026-10-01, status: "open"')), Edge("", F, "", rows("invoices", 'at: 2026-09-01, status: "open"', 'at: 2026-10-01, status: "paid"')), Edge("", T, "fewer than two", rows("invoices", 'at: 2026-09-01, status: "open"')),
    ]),
    Operator("Rows", 'all(latest 2 invoices where amount > 1 having status = "open")', [
        Edge("", T, "the latest of those whose `where` is true", rows("invoices", 'at: 2026-08-01, amount: 5, status: "open"', 'at: 2026-09-01, amount: 5, status: "open"', 'at: 2026-10-01, amount: 1, status: "paid"')),
        Edge("", F, "", rows("invoices", 'at: 2026-08-01, amount: 5, status: "paid"', 'at: 2026-09-01, amount: 5, status: "open"', 'at: 2026-10-01, amount: 1, status: "open"')),
        Edge("", U, "whether the newest is one of them isn't known", rows("invoices", 'at: 2026-08-01, amount: 5, status: "open"', 'at: 2026-09-01, amount: 5, status: "open"', 'at: 2026-10-01, status: "open"')),
    ]),
    Operator("Rows", 'last(logins.device) = "web"', [Edge("", T, "equal times: the columns in their order, missing first", rows("logins", 'at: 2026-10-01, device: "ios"', 'at: 2026-10-01, device: "web"')), Edge("", U, "no rows"), Edge("", F, "", rows("logins", 'at: 2026-10-02, device: "ios"', 'at: 2026-10-01, device: "web"'))]),
    Operator("Rows", 'most_common(logins.device) = "web"', [Edge("", T, "", rows("logins", 'at: 2026-10-01, device: "web"', "at: 2026-10-02")), Edge("", U, "two are equally common", rows("logins", 'at: 2026-10-01, device: "web"', 'at: 2026-10-02, device: "ios"')), Edge("", U, "no rows"),
        Edge("", F, "others are more common, whichever of them leads", rows("logins", 'at: 2026-10-01, device: "web"', 'at: 2026-10-02, device: "ios"', 'at: 2026-10-03, device: "ios"', 'at: 2026-10-04, device: "tv"', 'at: 2026-10-05, device: "tv"'))]),
    Operator("Rows", "most_common(logins.minutes) in (5, 30)", [
        Edge("", T, "", rows("logins", "at: 2026-10-01, minutes: 30")), Edge("", F, "", rows("logins", "at: 2026-10-01, minutes: 5", "at: 2026-10-02, minutes: 1", "at: 2026-10-03, minutes: 1", "at: 2026-10-02, minutes: 2", "at: 2026-10-03, minutes: 2")),
        Edge("", U, "one of them ties for the first place", rows("logins", "at: 2026-10-01, minutes: 5", "at: 2026-10-02, minutes: 1")),
    ]),
    Operator("Rows", "distinct_days(logins) = 1", [Edge("", T, "", rows("logins", "at: 2026-10-01T00:00", "at: 2026-10-01T23:59")), Edge("", F, "", rows("logins", "at: 2026-10-01T23:59", "at: 2026-10-02T00:00")), Edge("", F, "no rows: 0")]),
    Operator("Rows", "any(meetings in next 30 days)", [Edge("", T, "booked before as-of", rows("meetings", "at: 2026-11-10, booked_at: 2026-10-01")), Edge("", F, "booked later: nobody knows of it yet", rows("meetings", "at: 2026-11-10, booked_at: 2026-11-02"))]),
    Operator("Rows", "count(meetings) = 1", [
        Edge("", T, "what is planned hasn't happened", rows("meetings", "at: 2026-10-10, booked_at: 2026-10-01", "at: 2026-11-10, booked_at: 2026-10-01")), Edge("", F, "as-of itself is still to come", rows("meetings", "at: 2026-11-01, booked_at: 2026-10-01")),
    ]),
    Operator("Rows", 'last(meetings.level) = "csm"', [
        Edge("", T, "the latest that has happened", rows("meetings", 'at: 2026-10-10, booked_at: 2026-10-01, level: "csm"', 'at: 2026-11-10, booked_at: 2026-10-02, level: "exec"')), Edge("", U, "none has happened", rows("meetings", 'at: 2026-11-10, booked_at: 2026-10-01, level: "csm"')),
        Edge("", F, "", rows("meetings", 'at: 2026-10-10, booked_at: 2026-10-01, level: "exec"')),
    ]),
    Operator("Rows", "any(meetings before renewal)", [
        Edge("renewal: 2026-12-01", T, "the window reaches past as-of", rows("meetings", "at: 2026-11-10, booked_at: 2026-10-01")), Edge("renewal: 2026-10-01", F, "", rows("meetings", "at: 2026-11-10, booked_at: 2026-10-01")), Edge("", U, "a missing border"),
    ]),
    Operator("Rows", "any(meetings in this calendar month)", [
        Edge("", T, "a month that isn't over", rows("meetings", "at: 2026-11-10, booked_at: 2026-10-01")), Edge("", F, "", rows("meetings", "at: 2026-12-01, booked_at: 2026-10-01")),
    ]),
    Operator("Rows", "count(meetings since renewal) = 0", [Edge("renewal: 2026-10-01", T), Edge("", U, "a missing border")]),
    Operator("Rows", "none(calls in last 60 days)", [
        Edge("", U, "the table is complete from 1 October only"), Edge("", F, "one row decides", rows("calls", "at: 2026-10-10")), Edge("created_at: 2026-10-01", T, "whoever came then has no rows of before"), Edge("created_at: 2026-09-30", U),
    ]),
    Operator("Rows", "count(calls) >= 2", [
        Edge("", T, "rows that are lacking can only add to it", rows("calls", "at: 2026-10-10", "at: 2026-10-11")), Edge("", U, "one more may be lacking", rows("calls", "at: 2026-10-10")), Edge("created_at: 2026-10-01", F, "none can be", rows("calls", "at: 2026-10-10")),
    ]),
    Operator("Rows", "count_distinct(calls.minutes) = 1", [Edge("", F, "there are two already", rows("calls", "at: 2026-10-10, minutes: 1", "at: 2026-10-11, minutes: 2")), Edge("", U, "another may be lacking", rows("calls", "at: 2026-10-10, minutes: 1"))]),
    Operator("Rows", "count(calls) + 1 >= 2", [Edge("", U, "it is no figure to compute with", rows("calls", "at: 2026-10-10")), Edge("created_at: 2026-10-01", T, "", rows("calls", "at: 2026-10-10"))]),
    Operator("Rows", "count(logins since today, zone: account.timezone) = 1", [
        Edge('timezone: "America/Los_Angeles"', T, "there it is still 31 October, which began at 07:00 UTC", rows("logins", "at: 2026-10-31T07:00")), Edge('timezone: "America/Los_Angeles"', F, "", rows("logins", "at: 2026-10-31T06:59")),
        Edge('timezone: "Asia/Kathmandu"', T, "days begin at 18:15 UTC", rows("logins", "at: 2026-10-31T18:15")), Edge("", U, "no time zone, with rows and without"), Edge('timezone: "Mars"', U, "no such zone", rows("logins", "at: 2026-10-31T07:00")),
    ]),
    Operator("Rows", "any(logins in last 1 day, zone: account.timezone)", [
        Edge('timezone: "Europe/London"', T, "a day of 25 hours", rows("logins", "at: 2026-10-24T23:00"), "2026-10-26"), Edge('timezone: "UTC"', F, "one of 24", rows("logins", "at: 2026-10-24T23:59"), "2026-10-26"),
    ]),
    Operator("Rows", "distinct_days(logins in last 2 days, zone: account.timezone) = 2", [Edge('timezone: "America/Los_Angeles"', T, "before midnight there and after", rows("logins", "at: 2026-10-31T06:59", "at: 2026-10-31T07:00")), Edge('timezone: "UTC"', F, "", rows("logins", "at: 2026-10-31T06:59", "at: 2026-10-31T07:00"))]),
    Operator("Rows", "any(invoices having sum(account.invoices.amount before due) > amount)", [Edge("", F, "of the two earlier ones together less", rows("invoices", "at: 2026-08-01, amount: 2", "at: 2026-09-01, amount: 3", "at: 2026-10-01, amount: 5")), Edge("", T, "", rows("invoices", "at: 2026-08-01, amount: 2", "at: 2026-09-01, amount: 3", "at: 2026-10-01, amount: 4.99"))]),
    Operator("Others", "arr in top 2", [
        Edge("arr: 5", T, "equal values are in together", others(b="9", c="5", d="5")), Edge("arr: 5", F, "two are larger", others(b="9", c="6")), Edge("", U, "without a value there is no rank", others(b="9")),
        Edge("arr: 5", T, "who has no value is in nobody's way", "account b { seats: 1 }\naccount c { arr: 9 }"),
    ]),
    Operator("Others", "arr in top 50%", [Edge("arr: 5", T, "one of three is larger", others(b="9", c="1")), Edge("arr: 5", F, "one of two is larger: not less than half", others(b="9"))]),
    Operator("Others", "rank(arr per region) = 2", [Edge('arr: 5, region: "x"', T, "", 'account b { arr: 9, region: "x" }\naccount c { arr: 9, region: "y" }'), Edge("arr: 5", U, "no group", others(b="9"))]),
    Operator("Others", "rank(arr then by seats then by region) = 2", [
        Edge('arr: 5, seats: 1, region: "b"', T, "of equal values the greater seats stand higher", "account b { arr: 5, seats: 2 }"), Edge('arr: 5, seats: 1, region: "b"', T, "then the region that comes first", 'account b { arr: 5, seats: 1, region: "a" }\naccount c { arr: 5, seats: 1, region: "é" }'),
        Edge('arr: 5, seats: 1, region: "b"', F, "whoever has no seats stands lowest", 'account b { arr: 5, region: "a" }'), Edge("arr: 5", T, "a missing one makes nothing unknown", "account b { arr: 5, seats: -1 }"),
        Edge("arr: 5", F, "those that agree in everything share a rank", "account b { arr: 5 }"), Edge("seats: 1", U, "without the value there is no rank", others(b="9")),
    ]),
    Operator("Others", "quantile(arr, 4) = 4", [Edge("arr: 9", T, "", others(b="1", c="2", d="3")), Edge("arr: 9", F, "ties fall together: here into the third", others(b="1", c="2", d="9"))]),
    Operator("Others", "quantile(arr, 2) = 1", [Edge("arr: 2", T, "of three the one in the middle is in the lower half", others(b="1", c="3")), Edge("arr: 3", F, "", others(b="1", c="2"))]),
    Operator("Others", "cumulative_share(arr) < 70%", [Edge("arr: 1", F, "the larger ones are 9 of 10", others(b="9")), Edge("arr: 4", T, "6 of 10 are larger", others(b="6")), Edge("arr: 3", F, "exactly 70 %", others(b="7"))]),
    Operator("Others", "cumulative_share(arr then by account_id) < 80%", [
        Edge("arr: 20", T, "of two equal ones the first by name is above the other", others(b="20", c="60")), Edge("arr: 20", F, "the second lies beyond", 'account "0" { arr: 20 }\n' + others(c="60")),
        Edge("arr: 60", T, "0 is above", others(b="20", c="20")),
    ]),
    Operator("Others", "root(parent) = parent", [Edge("parent: b", T, "", "account b { seats: 1 }"), Edge("parent: b", U, "a loop has no root", "account b { parent: a }"), Edge("parent: b", U, "nor has whoever is below one", "account b { parent: c }\naccount c { parent: b }"), Edge('parent: "gone"', U, "a parent that isn't there is no parent"), Edge("", U, "no parent")]),
    Operator("Others", "sum(family(parent).seats) = 3", [Edge("parent: b, seats: 1", T, "itself, its parent and whoever is below", "account b { seats: 1 }\naccount c { parent: a, seats: 1 }")]),
    Operator("Other times", "(count(logins) = 0 as of 7 days ago)", [Edge("created_at: 2026-01-01", T, "rows of later don't exist yet", rows("logins", "at: 2026-10-25T00:00")), Edge("created_at: 2026-01-01", F, "", rows("logins", "at: 2026-10-24T23:59")), Edge("created_at: 2026-10-30", U, "it didn't exist"), Edge("created_at: 2026-10-25T00:00", T, "whoever begins at that very instant exists"), Edge("", T, "without a beginning it has existed always")]),
    Operator("Other times", "every week for 2 weeks (any(logins in last 7 days))", [
        Edge("created_at: 2026-01-01", T, "", rows("logins", "at: 2026-10-25T00:00", "at: 2026-10-24T23:59")), Edge("created_at: 2026-01-01", F, "", rows("logins", "at: 2026-10-25T00:00")), Edge("created_at: 2026-10-30", F, "this week decides"),
        Edge("created_at: 2026-10-30", U, "it didn't exist a week ago", rows("logins", "at: 2026-10-31")),
    ]),
    Operator("Other times", "change(count(logins in last 7 days), 7 days, floor: 2) <= -50%", [
        Edge("created_at: 2026-01-01", T, "from two to one", rows("logins", "at: 2026-10-20", "at: 2026-10-21", "at: 2026-10-28")), Edge("created_at: 2026-01-01", U, "one is below the floor", rows("logins", "at: 2026-10-20")),
    ]),
    Operator("Other times", 'last(logins.device) = "web" for 30 days', [
        Edge("", T, "since exactly 30 days ago", rows("logins", 'at: 2026-10-02, device: "web"')), Edge("", U, "nobody knows what was before", rows("logins", 'at: 2026-10-02T00:01, device: "web"')), Edge("", F, "another state then", rows("logins", 'at: 2026-10-01, device: "ios"', 'at: 2026-10-03, device: "web"')),
        Edge("", F, "another in between", rows("logins", 'at: 2026-09-01, device: "web"', 'at: 2026-10-10, device: "ios"', 'at: 2026-10-11, device: "web"')), Edge("", U, "a row without a value in between", rows("logins", 'at: 2026-09-01, device: "web"', "at: 2026-10-10")), Edge("", U, "no rows"),
    ]),
    Operator("Other times", 'last(invoices.status) in ("paid", "open") for 1 month', [Edge("", T, "", rows("invoices", 'at: 2026-10-01, status: "paid"', 'at: 2026-10-15, status: "open"')), Edge("", U, "", rows("invoices", 'at: 2026-10-02, status: "open"'))]),
    Operator("Other times", "falling(count(logins in last 7 days), 2 weeks)", [
        Edge("created_at: 2026-01-01", T, "from three to two to one", rows("logins", "at: 2026-10-12", "at: 2026-10-13", "at: 2026-10-14", "at: 2026-10-20", "at: 2026-10-21", "at: 2026-10-28")),
        Edge("created_at: 2026-01-01", F, "from one to one", rows("logins", "at: 2026-10-12", "at: 2026-10-13", "at: 2026-10-20", "at: 2026-10-28")), Edge("created_at: 2026-10-20", U, "it didn't exist two weeks ago", rows("logins", "at: 2026-10-20", "at: 2026-10-21", "at: 2026-10-28")),
        Edge("created_at: 2026-10-20", F, "this week decides", rows("logins", "at: 2026-10-28")),
    ]),
    Operator("Other times", 'any(meetings where level = "exec" not followed by logins within 3 days)', [
        Edge("", T, "three days have passed", rows("meetings", 'at: 2026-10-28, booked_at: 2026-10-01, level: "exec"')), Edge("", F, "at the very deadline", rows("meetings", 'at: 2026-10-20, booked_at: 2026-10-01, level: "exec"') + "\n" + rows("logins", "at: 2026-10-23T00:00")),
        Edge("", U, "as-of itself hasn't passed", rows("meetings", 'at: 2026-10-29, booked_at: 2026-10-01, level: "exec"')), Edge("", U, "the deadline is still to come", rows("meetings", 'at: 2026-10-30, booked_at: 2026-10-01, level: "exec"')),
    ]),
    Operator("Runs and keeping", 'all(latest 3 place_runs having arm = "save")', [
        Edge("", T, "at each of the last three runs", runs(day_01="rest", day_29="save", day_30="save", day_31="save")), Edge("", F, "at one of them not", runs(day_29="save", day_30="rest", day_31="save")),
        Edge("created_at: 2026-01-01", U, "two runs, and what was before the starting day may be lacking", runs(day_30="save", day_31="save")), Edge("created_at: 2026-10-30", T, "who came two runs ago lacks none", runs(day_30="save", day_31="save")),
        Edge("", F, "one run with another place decides", runs(day_31="rest")),
    ]),
    Operator("Runs and keeping", 'count(latest 3 place_runs having arm = "save") = 3', [Edge("", T, "", runs(day_29="save", day_30="save", day_31="save")), Edge("created_at: 2026-10-30", F, "two runs aren't three", runs(day_30="save", day_31="save"))]),
    Operator("Runs and keeping", "keep until seats > 5", [
        Edge("paying: false, seats: 5", T, "in it at the run before", runs(day_30="rest", day_31="save")), Edge("paying: false, seats: 6", F, "the condition is true", runs(day_31="save")), Edge("paying: false, seats: 5", F, "the run before had it elsewhere", runs(day_30="save", day_31="rest")),
        Edge("paying: false, seats: 5", F, "no run before"), Edge("paying: true, seats: 6", T, "its data take it in anyway"), Edge("paying: false", U, "whether the condition is true isn't known", runs(day_31="save")),
        Edge("seats: 5", T, "kept, whatever today's data say", runs(day_31="save")), Edge("paying: false, seats: 5", U, "before the starting day", "", "2026-09-30"), Edge("paying: false, seats: 5", F, "on the starting day nobody was in it", "", "2026-10-01"),
    ]),
    Operator("Runs and keeping", "keep for 30 days", [
        Edge("paying: false", T, "30 days after its data last said so is still in", runs(day_02="save", day_31="save/rest")), Edge("paying: false", F, "31 days", runs(day_01="save", day_31="save/rest")), Edge("paying: false", F, "the run before had it elsewhere", runs(day_02="save", day_31="rest")), Edge("paying: false", U, "before the starting day", "", "2026-09-30"), Edge("paying: false", F, "on the starting day nobody was in it", "", "2026-10-01"),
    ]),
    Operator("Runs and keeping", "keep until end of calendar month", [
        Edge("paying: false", T, "its data last said so in this month", runs(day_01="save", day_30="save/rest"), "2026-10-31"), Edge("paying: false", F, "the month is over", runs(day_31="save")), Edge("paying: false", U, "before the starting day", "", "2026-09-30"), Edge("paying: false", F, "on the starting day nobody was in it", "", "2026-10-01"),
    ]),
    Operator("Runs and keeping", "keep until end of next calendar month", [Edge("paying: false", T, "", runs(day_01="save", day_31="save/rest"), "2026-11-30"), Edge("paying: false", F, "and that of the next", runs(day_31="save"), "2026-12-01"), Edge("paying: false", U, "before the starting day", "", "2026-09-30"), Edge("paying: false", F, "on the starting day nobody was in it", "", "2026-10-01")]),
    Operator("Runs and keeping", "stay at least 14 days", [
        Edge("paying: false", T, "since 13 days", runs(day_01="rest", day_19="save", day_31="save")), Edge("paying: false", F, "since 14 days", runs(day_01="rest", day_18="save", day_31="save")), Edge("paying: false", F, "the last run before 14 days ago had it in, too", runs(day_01="save", day_31="save")),
        Edge("paying: false", T, "a run elsewhere began the stay anew", runs(day_01="save", day_20="rest", day_21="save")), Edge("paying: false", F, "it isn't in it", runs(day_20="save", day_31="rest")), Edge("paying: false", U, "before the starting day", "", "2026-09-30"), Edge("paying: false", F, "on the starting day nobody was in it", "", "2026-10-01"),
    ]),
    Operator("Phrases", "not same(region, \"eu\")", [Edge('region: "us"', T), Edge('region: "eu"', F), Edge("seats: 1", T, "missing is like any other value; never unknown")]),
    Operator("Phrases", "same(seats, active)", [Edge("seats: 1, active: 1", T), Edge("seats: 1, active: 2", F), Edge("seats: 1", F), Edge("", T, "both are missing")]),
    Operator("Phrases", "larger(seats, active) - smaller(seats, active) = 3", [Edge("seats: 1, active: 4", T), Edge("seats: 4, active: 1", T), Edge("seats: 1", U)]),
    Operator("Phrases", "round(score, to: 0.5) = 2.5", [Edge("score: 2.25", T, "halves go up"), Edge("score: 2.749999999", T), Edge("score: 2.75", F, "3"), Edge("score: 2.249999999", F, "2"), Edge("seats: 1", U)]),
    Operator("Phrases", "round(active / seats) = -2", [Edge("active: -5, seats: 2", T, "−2.5 goes up to −2"), Edge("active: -3, seats: 2", F, "−1.5 to −1"), Edge("active: 1, seats: 0", U)]),
    Operator("Phrases", "absolute(seats - active) = 3", [Edge("seats: 1, active: 4", T), Edge("seats: 4, active: 1", T), Edge("seats: 1", U)]),
    Operator("Phrases", "scale(seats, 0: 0, 50: 100) >= 50", [Edge("seats: 25", T), Edge("seats: 24", F, "48"), Edge("seats: 500", T, "beyond the ends nothing grows"), Edge("", U)]),
    Operator("Phrases", "(bands seats { under 10: 1, under 20: 2, otherwise: 3 }) = 2", [Edge("seats: 10", T, "on a border it belongs to the next band"), Edge("seats: 9", F), Edge("seats: 20", F), Edge("", U)]),
    Operator("Phrases", "first_known(seats, active) = 5", [Edge("active: 5", T), Edge("seats: 6, active: 5", F), Edge("", U)]),
    Operator("Phrases", 'split("s") < 0.75', [Edge("", T, "md5 over salt, a zero byte and key: the same for ever")]),
    Operator("Phrases", "distance_km(latitude, longitude, 51.5, -0.13) < 1", [Edge("latitude: 51.5, longitude: -0.13", T), Edge("latitude: 48.85, longitude: 2.35", F, "Paris"), Edge("latitude: 91, longitude: 0", U, "no such place"), Edge("latitude: 51.5", U)]),
]  # fmt: skip


def source(operator: Operator) -> str:
    """The model, the condition, and a test for each edge: true, false, or missing."""
    is_clause = operator.condition.startswith(CLAUSES)
    condition = "account in place.save" if is_clause else operator.condition
    metric = f'metric answer of account = if {condition} then "true" else "false" end'
    tests = []
    for i, edge in enumerate(operator.edges):
        expected = "is missing" if edge.answer is None else f'= "{str(edge.answer).lower()}"'
        tests.append(
            f'test "{i}" as of {edge.as_of} {{\naccount a {{ {edge.has} }}\n{edge.beside}\nexpect a.answer {expected}\n}}'
        )
    return MODEL + PLACE.format(clause=operator.condition if is_clause else "") + metric + "\n" + "\n".join(tests)


HEAD = """# What each operator means on its edges

Made from the conformance tests, which ask the reference, DuckDB and PostgreSQL each of these. As of 2026-11-01, midnight,
unless another day is named; what an account `a` isn't given is missing. *Unknown* is neither true nor false: in a
segmentation such a customer goes to `undecided`.
"""


def page() -> str:
    """docs/meaning.md."""
    shown = [HEAD]
    family = ""
    for operator in OPERATORS:
        if operator.family != family:
            family = operator.family
            shown.append(f"## {family}\n")
        lines = [f"`{operator.condition}`\n", "| the customer | is | because |", "|---|---|---|"]
        for e in operator.edges:
            beside = e.beside.replace("\n", "; ").replace("account_id: a, ", "").replace(" of a {", " {")
            given = "; ".join(
                x for x in (e.has, beside, f"as of {e.as_of}" if e.as_of != Edge("", T).as_of else "") if x
            )
            answer = {True: "true", False: "false", None: "*unknown*"}[e.answer]
            lines.append(f"| {f'`{given}`' if given else 'nothing'} | {answer} | {e.why} |")
        shown.append("\n".join(lines) + "\n")
    return "\n".join(shown)
