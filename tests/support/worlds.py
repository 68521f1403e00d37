"""Hypothesis strategies: rules as text, data and as-of instants over one rich schema.

Values come from small pools on purpose: equal times, equal rows, missing cells, rows exactly on a border
and customers without rows must be common, or the bugs that matter are met once in 28,000 rows.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from segdsl.model import versions

SCHEMA = """
entity account from created_at to closed_at {
  account_id: text key
  world: text
  created_at: timestamp
  closed_at: date
  parent: link to account reverse children
  plan: one of ("free", "team", "business")
  tier: ordered one of ("bronze", "silver", "gold")
  arr: money(USD)
  fee: money(JPY)
  dues: money(KWD)
  seats: integer from 0 to 100_000
  active: integer
  score: number
  ratio: real
  paying: boolean
  renewal: date
  seen: timestamp
  region: text
  tags: set of text
  grade: integer known at seen
  tz: text
  app: version
}
entity user of account by account_id reverse users {
  user_id: text key
  role: one of ("admin", "member")
  age: integer
  joined: date
  live: boolean
  tz: text
}
entity site of account by account_id reverse sites {
  history from valid_from to valid_to
  site_id: text key
  size: integer
  kind: text
}
entity team of account by account_id reverse teams from opened_on to shut_at {
  team_id: text key
  opened_on: date
  shut_at: timestamp
  size: integer
}
table calls of account by account_id at called_at complete from 2026-03-20 { length: integer  about: text }
table visits of account by account_id at visited_on: date complete from 2026-03-20 { length: integer  about: text }
table orders of account by account_id at placed_at known at noted_at complete from 2026-03-20 { length: integer  about: text }
table chats of user by user_id at said_at complete from 2026-03-20 { length: integer  about: text }
table shifts of team by team_id at worked_at complete from 2026-03-20 { length: integer  about: text }
table logins of user by user_id at occurred_at { device: text  minutes: number }
table meetings of account by account_id at held_at known at booked_at { level: one of ("csm", "exec")  cost: money(USD)  host: link to user reverse hosted }
table invoices of account by account_id at due: date { amount: money(USD)  status: one of ("paid", "open")  weight: real }
details billing of account by acct { total: money(USD)  note: text }
list regions = ("eu", "US", "uk")
list strategic of account from "strategic.csv" { arm: text  weight: integer }
list risky from "risky.csv" { name: text }
list offices from "offices.csv" { place: text  lat: number  lon: number }
calendar work { weekend saturday, sunday }
"""

COMPLETE = dt.date(2026, 3, 20)
"""From when the tables of `SCHEMA` are complete, where they say so; `complete_from` makes it another day."""


def complete_from(day: dt.date, text: str) -> str:
    """Model and rules in which another day is the one from which tables are complete."""
    return text.replace(str(COMPLETE), str(day))


ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "Asia/Beirut",
)
# beside daylight-saving changes of those zones, month ends and a leap day
DAYS = [dt.date(2026, 3, 28), dt.date(2026, 3, 29), dt.date(2026, 3, 30), dt.date(2026, 4, 26), dt.date(2026, 10, 25),
        dt.date(2026, 11, 1), dt.date(2026, 4, 5), dt.date(2024, 2, 29), dt.date(2026, 1, 31), dt.date(2026, 2, 28)]  # fmt: skip
NAMED = [
    "Europe/London",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
    "Nowhere/Atall",
]
CIVIL = re.compile(
    r"in (last|next) \d+ (day|week|month|quarter|year)|calendar|fiscal|(since|before) \d+ (day|week|month|year)s? ago|from 60 days ago"
)
TEXTS = ["eu", "US", "EU", "Ünï", "o'clock", 'say "hi"', "a b", " ab", "%_", "\\", "uk\n", "ß", "security lead", "é"]

# -- data ------------------------------------------------------------------------


@st.composite
def days(draw: st.DrawFn, around: dt.date) -> dt.date:
    return around + dt.timedelta(
        days=draw(
            st.sampled_from(
                [-400, -365, -92, -91, -60, -31, -30, -29, -28, -8, -7, -6, -2, -1, 0, 1, 6, 7, 29, 30, 31, 90]
            )
        )
    )


@st.composite
def instants(draw: st.DrawFn, around: dt.datetime) -> dt.datetime:
    day = around + dt.timedelta(
        days=draw(st.sampled_from([-365, -91, -31, -30, -29, -28, -27, -8, -7, -6, -1, 0, 0, 1, 7, 30]))
    )
    hours = draw(st.sampled_from([-25, -24, -23, -4, -1, 0, 0, 0, 0, 1, 4, 5, 11, 12, 23, 24]))
    return day + dt.timedelta(hours=hours, microseconds=draw(st.sampled_from([0, 0, 0, 1, -1])))


def maybe(strategy: st.SearchStrategy[Any], missing: int = 4) -> st.SearchStrategy[Any]:
    return st.integers(0, missing).flatmap(lambda i: st.none() if i == 0 else strategy)


CENTS = st.sampled_from([0, 1, 50, 100, 2900, 5000, 5700, 10000, 10050, 33333, -1200, 10**12])
COUNTS = st.sampled_from([0, 1, 2, 3, 29, 57, 50, 100, 7, 90])
WIDE = st.sampled_from([0, 1, -1, 29, 57, 100, 2**62, -(2**62), 10**9])
BILLIONTHS = st.sampled_from([0, 1, 10**9, 5 * 10**8, 333333333, 29 * 10**7, -(10**9), 10**26, 123456789123456789])
VERSIONS = st.sampled_from([versions.encoded(v) for v in ("10.2", "10.10", "9.9.9-rc", "9.9.9", "10.2.0.1")])
REALS = st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.5, -2.25, 1e-300, 1e300, 100.0])


PLACES = st.sampled_from(["arm0", "arm0", "arm1", "rest", "unsure"])


@dataclass(frozen=True)
class Data:
    rows: dict[str, list[dict[str, Any]]]


@st.composite
def data(draw: st.DrawFn, now: dt.datetime) -> dict[str, list[dict[str, Any]]]:
    """Rows in canonical form, see `segdsl.reference.world`."""
    today = now.date()
    day, instant = days(today), instants(now)
    accounts = [f"a{i}" for i in range(draw(st.integers(1, 5)))]
    users = [f"u{i}" for i in range(draw(st.integers(0, 5)))]
    teams = [f"t{i}" for i in range(draw(st.integers(0, 2)))]
    some_account = st.sampled_from([*accounts, *accounts, "nobody"])
    some_user = st.sampled_from([*users, *users, "nobody"])
    text = st.sampled_from(TEXTS)

    def account(key: str) -> dict[str, Any]:
        return {
            "account_id": key,
            "world": "w",
            "created_at": draw(maybe(st.one_of(st.just(now - dt.timedelta(days=900)), instant), 8)),
            "closed_at": draw(st.one_of(st.none(), st.none(), day)),
            "parent": draw(maybe(some_account, 2)),
            "plan": draw(maybe(st.sampled_from(["free", "team", "business"]))),
            "tier": draw(maybe(st.sampled_from(["bronze", "silver", "gold"]))),
            "arr": draw(maybe(CENTS)), "fee": draw(maybe(COUNTS)), "seats": draw(maybe(COUNTS)),
            "active": draw(maybe(WIDE)), "score": draw(maybe(BILLIONTHS)), "ratio": draw(maybe(REALS)),
            "paying": draw(maybe(st.booleans())), "renewal": draw(maybe(day)), "seen": draw(maybe(instant)),
            "region": draw(maybe(text)),
            "tags": draw(maybe(st.frozensets(st.sampled_from(["x", "y", "z"]), max_size=3))),
            "grade": draw(maybe(COUNTS)), "tz": draw(maybe(st.sampled_from(NAMED), 5)), "app": draw(maybe(VERSIONS)),
        }  # fmt: skip

    def site(key: str) -> list[dict[str, Any]]:
        """A row for each stretch of time; at most one is valid at a time."""
        borders = sorted(set(draw(st.lists(instant, min_size=0, max_size=3))))
        edges = [
            draw(maybe(st.just(now - dt.timedelta(days=500)), 2)),
            *borders,
            draw(maybe(st.just(now + dt.timedelta(days=500)), 2)),
        ]
        return [
            {"site_id": key, "account_id": draw(some_account), "valid_from": a, "valid_to": b,
             "size": draw(maybe(COUNTS)), "kind": draw(maybe(text))}
            for a, b in itertools.pairwise(edges)
        ]  # fmt: skip

    def listed(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "from": draw(st.one_of(st.none(), day)), "expires": draw(st.one_of(st.none(), day))}

    return {
        "account": [account(a) for a in accounts],
        "user": [
            {"user_id": u, "account_id": draw(some_account), "role": draw(maybe(st.sampled_from(["admin", "member"]))),
             "age": draw(maybe(COUNTS)), "joined": draw(maybe(day)), "live": draw(maybe(st.booleans())),
             "tz": draw(maybe(st.sampled_from(NAMED), 5))}
            for u in users
        ],
        "logins": [
            {"user_id": draw(some_user), "occurred_at": draw(maybe(instant, 9)), "device": draw(maybe(text)), "minutes": draw(maybe(BILLIONTHS))}
            for _ in range(draw(st.integers(0, 9)) if users else 0)
        ],
        "meetings": [
            {"account_id": draw(some_account), "held_at": draw(maybe(instant, 9)), "booked_at": draw(maybe(instant, 9)),
             "level": draw(maybe(st.sampled_from(["csm", "exec"]))), "cost": draw(maybe(CENTS)), "host": draw(maybe(some_user, 3))}
            for _ in range(draw(st.integers(0, 6)))
        ],
        "invoices": [
            {"account_id": draw(some_account), "due": draw(maybe(day, 9)), "amount": draw(maybe(CENTS)),
             "status": draw(maybe(st.sampled_from(["paid", "open"]))), "weight": draw(maybe(REALS))}
            for _ in range(draw(st.integers(0, 6)))
        ],
        "billing": [
            {"acct": a, "total": draw(maybe(CENTS)), "note": draw(maybe(text))} for a in accounts if draw(st.booleans())
        ],
        "site": [row for i in range(draw(st.integers(0, 2))) for row in site(f"s{i}")],
        "calls": [
            {"account_id": draw(some_account), "called_at": draw(maybe(instant, 9)), "length": draw(maybe(COUNTS)), "about": draw(maybe(text))}
            for _ in range(draw(st.integers(0, 4)))
        ],
        "visits": [
            {"account_id": draw(some_account), "visited_on": draw(maybe(day, 9)), "length": draw(maybe(COUNTS)), "about": draw(maybe(text))}
            for _ in range(draw(st.integers(0, 3)))
        ],
        "orders": [
            {"account_id": draw(some_account), "placed_at": draw(maybe(instant, 9)), "noted_at": draw(maybe(instant, 9)), "length": draw(maybe(COUNTS)), "about": draw(maybe(text))}
            for _ in range(draw(st.integers(0, 3)))
        ],
        "chats": [
            {"user_id": draw(some_user), "said_at": draw(maybe(instant, 9)), "length": draw(maybe(COUNTS)), "about": draw(maybe(text))}
            for _ in range(draw(st.integers(0, 3)) if users else 0)
        ],
        "team": [
            {"team_id": t, "account_id": draw(some_account), "opened_on": draw(maybe(day)), "shut_at": draw(st.one_of(st.none(), st.none(), instant)), "size": draw(maybe(COUNTS))}
            for t in teams
        ],
        "shifts": [
            {"team_id": draw(st.sampled_from(teams)), "worked_at": draw(maybe(instant, 9)), "length": draw(maybe(COUNTS)), "about": draw(maybe(text))}
            for _ in range(draw(st.integers(0, 3)) if teams else 0)
        ],
        "seg_runs": [
            {"account_id": draw(some_account), "as_of": draw(maybe(instant, 9)), "arm": draw(maybe(PLACES)), "by_data": draw(maybe(PLACES))}
            for _ in range(draw(st.integers(0, 6)))
        ],
        "strategic": [
            listed({"account_id": a, "arm": draw(maybe(st.sampled_from(["arm0", "rest", "unsure", "gone"]))), "weight": draw(maybe(COUNTS)), "owner": None, "reason": None})
            for a in accounts if draw(st.integers(0, 2)) == 0
        ],
        "risky": [listed({"name": draw(maybe(text)), "owner": None, "reason": None}) for _ in range(draw(st.integers(0, 3)))],
        "offices": [
            listed({"place": "p", "lat": draw(maybe(BILLIONTHS)), "lon": draw(maybe(BILLIONTHS)), "owner": None, "reason": None})
            for _ in range(draw(st.integers(0, 2)))
        ],
    }  # fmt: skip


# -- rules -----------------------------------------------------------------------

DURATIONS = ["1 day", "7 days", "28 days", "30 days", "4 weeks", "1 month", "3 months", "1 year", "0 days"]
STAYS = [*DURATIONS[:-1], "2 days"]  # a clause that keeps for nothing is an error
PERIODS = [f"in {w} calendar {p}" for w in ("this", "last") for p in ("week", "month", "quarter", "year")]


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@dataclass(frozen=True)
class Sort:
    """What may be said about one kind of row: fields by type, and rows below it."""

    name: str
    numbers: tuple[str, ...]
    moneys: tuple[str, ...]
    dates: tuple[str, ...]
    instants: tuple[str, ...]
    texts: tuple[str, ...]
    conditions: tuple[str, ...]
    rows: tuple[str, ...]


ACCOUNT = Sort(
    "account",
    ("seats", "active", "score", "ratio", "parent.seats", "parent.score", "grade", "strategic.weight", "root(parent).seats",
     'split("s")', 'split("s", by: root(parent))', "work business days since renewal", "work business days from renewal to 10 days after created_at", "count(all account per region)",
     "count(all account where seats > account.seats)", "max(all account.score per plan)", "sum(family(parent).seats)",
     "count(family(parent) where paying)", "share(all account per parent having paying)", "median(all account.seats)",
     "count(offices where lat > account.score)", "most_common(users.age)",
     "distinct_days(users.logins, zone: user.tz)", "distinct_days(calls in last 7 days, zone: account.tz)"),
    ("arr", "billing.total", "parent.arr", "parent.billing.total"),
    ("renewal", "parent.renewal", "closed_at"),
    ("seen", "created_at", "parent.seen"),
    ("region", "billing.note", "parent.region", "parent"),
    ("paying", "parent is missing", 'plan = "free"', 'plan != "team"', 'tier < "gold"', 'tier >= "silver"', 'plan in ("free", "team")',
     'plan not in ("business")', "region in regions", "region in regions ignoring case", 'tags has "x"',
     'tags has any ("x", "y")', 'tags has none ("y", "z")', 'tags has all ("x", "y")', 'tags has any ("X", "y") ignoring case', 'tags has none ("X") ignoring case', 'app >= "10.2"', 'app in ("9.9.9", "10.2.0")', 'app < parent.app', 'max(children.app) > "9.9.9-x"', "tags has region ignoring case and spaces", 'tags has any that contains "x"', 'tags has none that starts with any of ("y", "X") ignoring case', 'tags has any that contains pattern "^[a-y]$"', "tags has none that ends with region", "tags has any that starts with any of risky", "size(tags) > 1", "parent.paying",
     'region starts with "e" ignoring case', 'region contains any of ("b", "%")', 'region contains word "security"',
     'region ends with " "', 'region = "AB" ignoring case and spaces', 'region matches "[a-zA-Z]+"', 'region contains pattern "^.?[a-z]|i.$"', 'region contains pattern "s" ignoring case', "fee > 50", "fee = 29",
     "account in strategic", "account not in strategic", 'strategic.arm = "arm0"', "region in risky", "region not in risky ignoring case",
     "region starts with any of risky", "tags has any risky", "root(parent) = parent", 'root(parent).region = "eu"', "root(parent).paying",
     'most_common(users.role) = "admin"', 'last(logins.device) = "eu" for 7 days', 'last(meetings.level where cost > 50) = "exec" for 1 month', 'last(visits.about) in ("eu", "US") for 6 days', 'last(calls.about) = "eu" for 28 days', 'most_common(logins.device) != "eu"', "any(sites where size > 1)"),
    ("users", "users.logins", "logins", "meetings", "invoices", "children", "children.users", "parent.users", "sites", "calls", "visits", "orders",
     "users.chats", "teams", "teams.shifts", "users.hosted"),
)  # fmt: skip
USER = Sort(
    "user", ("age", "account.seats", "account.score"), ("account.arr", "account.billing.total"), ("joined", "account.renewal"),
    ("account.seen",), ("role", "account.region"),
    ("live", 'role = "admin"', "account.paying", 'account.plan = "free"'), ("logins", "account.meetings", "chats", "account.calls", "hosted"),
)  # fmt: skip
LOGIN = Sort(
    "logins",
    ("minutes", "user.age"),
    ("user.account.arr",),
    ("user.joined", "user.account.renewal"),
    ("occurred_at",),
    ("device", "user.role"),
    (
        "user.live",
        "count(user.logins in last 30 days where device = logins.device) > 1",
        "any(user.account.meetings from occurred_at until 7 days after occurred_at)",
        "any(user.logins from 1 day before occurred_at until occurred_at where minutes >= logins.minutes)",
    ),
    (),
)
MEETING = Sort(
    "meetings",
    ("account.seats",),
    ("cost", "account.arr"),
    ("account.renewal",),
    ("held_at", "booked_at"),
    ("level",),
    (
        'level = "exec"',
        "account.paying",
        "host.live",
        "any(host.hosted before held_at)",
        "any(account.meetings where level = meetings.level and cost > meetings.cost)",
        "none(account.invoices since held_at)",
    ),
    (),
)
INVOICE = Sort(
    "invoices",
    ("weight", "account.score"),
    ("amount",),
    ("due", "account.renewal"),
    ("account.seen",),
    ("status",),
    (
        'status = "paid"',
        "sum(account.invoices.amount before due) > amount",
        "count(account.invoices where status = invoices.status) = 1",
        "any(account.logins from due until 7 days after due)",
    ),
    (),
)
SITE = Sort(
    "site",
    ("size", "account.seats"),
    ("account.arr",),
    ("account.renewal",),
    ("account.seen",),
    ("kind",),
    ("kind = account.region", "size > 1"),
    (),
)
CALL = Sort(
    "calls",
    ("length", "account.seats"),
    ("account.arr",),
    ("account.renewal",),
    ("called_at",),
    ("about",),
    ("length > 1", "account.paying"),
    (),
)
VISIT = replace(CALL, name="visits", dates=("visited_on", "account.renewal"), instants=("account.seen",))
ORDER = replace(CALL, name="orders", instants=("placed_at", "noted_at"))
CHAT = Sort(
    "chats",
    ("length", "user.age"),
    ("user.account.arr",),
    ("user.joined",),
    ("said_at",),
    ("about",),
    ("length > 1", "user.live"),
    (),
)
SHIFT = Sort(
    "shifts",
    ("length", "team.size"),
    ("team.account.arr",),
    ("team.opened_on",),
    ("worked_at",),
    ("about",),
    ("length > 1", "team.size > 1"),
    (),
)
TEAM = Sort(
    "team",
    ("size", "account.seats"),
    ("account.arr",),
    ("opened_on",),
    ("account.seen",),
    ("account.region",),
    ("size > 1", "account.paying"),
    ("shifts", "account.calls"),
)
BELOW = {
    "sites": SITE, "calls": CALL, "visits": VISIT, "orders": ORDER, "users.chats": CHAT, "chats": CHAT, "teams": TEAM, "teams.shifts": SHIFT, "shifts": SHIFT, "account.calls": CALL,
    "users": USER, "children": ACCOUNT, "users.logins": LOGIN, "logins": LOGIN, "meetings": MEETING, "invoices": INVOICE,
    "children.users": USER, "parent.users": USER, "account.meetings": MEETING, "hosted": MEETING, "users.hosted": MEETING,
}  # fmt: skip
TIMES = {
    "logins": "occurred_at",
    "meetings": "held_at",
    "hosted": "held_at",
    "invoices": "due",
    "calls": "called_at",
    "visits": "visited_on",
    "orders": "placed_at",
    "chats": "said_at",
    "shifts": "worked_at",
}
AFTER = ("logins", "meetings", "invoices", "calls", "visits")  # what may follow a row of an account


def plain(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that may stand behind a path."""
    return tuple(n for n in names if "(" not in n and " " not in n)


class Rules:
    """Draws expressions of one `Sort` as text. `names` are metrics and memberships it may mention."""

    def __init__(self, draw: st.DrawFn, numbers: list[str], conditions: list[str]) -> None:
        self.draw, self.named_numbers, self.named_conditions = draw, numbers, conditions
        self.inside = 0  # aggregates around the place that is written
        self.zone = ""  # of the rows that were written last

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def condition(self, sort: Sort, depth: int) -> str:
        kinds = ["plain", "number", "money", "date", "instant", "text", "missing"]
        if depth > 0:
            kinds += ["and", "or", "not", "rows", "rows", "rows", "nested", "if"]
            kinds += ["then"] if sort in (ACCOUNT, USER) else []
            kinds += ["ranked"] if sort in (ACCOUNT, USER) and not self.inside else []
        named = self.named_conditions if sort is ACCOUNT else []
        kind = self.pick(*kinds, *(["named"] if named else []))
        match kind:
            case "plain":
                return self.pick(*sort.conditions)
            case "named":
                return self.pick(*named)
            case "number":
                return self.number_test(sort, depth)
            case "money":
                return f"{self.money(sort, depth)} {self.op()} {self.pick(self.money(sort, 0), '50', '29', '0.5', '-12', '100.50')}"
            case "date":
                return self.date_test(sort)
            case "instant":
                return self.instant_test(sort)
            case "text":
                free = [t for t in sort.texts if t.split(".")[-1] not in ("role", "level", "status")]
                if not free:
                    return self.pick(*sort.conditions)
                return f"{self.pick(*free)} {self.pick('=', '!=')} {quoted(self.draw(st.sampled_from(TEXTS)))}"
            case "missing":
                inner = self.pick(
                    *sort.numbers, *sort.moneys, *sort.texts, *sort.dates, f"({self.number(sort, depth)})"
                )
                return f"{inner} {self.pick('is missing', 'is not missing')}"
            case "and" | "or":
                return f" {kind} ".join(
                    f"({self.condition(sort, depth - 1)})" for _ in range(self.draw(st.integers(2, 3)))
                )
            case "not":
                return f"not ({self.condition(sort, depth - 1)})"
            case "then":
                inner = self.condition(sort, depth - 1)
                return self.pick(
                    f"({inner} as of {self.pick(*DURATIONS)} ago)", f"({inner} as of {self.pick('2026-03-01', 'today', '2026-10-25T00:30')})",
                    f"every {self.pick('day for 2 days', 'week for 3 weeks', 'month for 2 months')} ({inner})",
                    f"any {self.pick('day for 3 days', 'quarter for 6 months')} ({inner})",
                    f"{self.pick('falling', 'rising')}({self.number(sort, 0)}, {self.pick('1 day', '2 weeks')})",
                )  # fmt: skip
            case "ranked":
                value, group, ties = self.number(sort, 1), self.group(sort), self.ties(sort)
                return self.pick(
                    f"{value} in {self.pick('top', 'bottom')} {self.pick('1', '2', '50%', '34%')}{ties}{group}",
                    f"rank({value}{ties}{group}) <= {self.pick('1', '2')}", f"percentile({value}{ties}{group}) < {self.pick('0.5', '50%', '1')}",
                    f"quantile({value}{ties}, {self.pick('2', '3', '5')}{group}) = {self.pick('1', '2', '3')}",
                    f"cumulative_share({self.pick(*sort.moneys)}{ties}{group}) < {self.pick('0.5', '70%', '1')}",
                    f"{self.pick(*sort.dates)} in {self.pick('top', 'bottom')} 2{group}",
                )  # fmt: skip
            case "if":
                a, b, c = (self.condition(sort, depth - 1) for _ in range(3))
                return f"(if {a} then {b} {self.pick('', f'else if {c} then {b} else if {b} then {a} ')}else {c} end)"
            case _:
                return self.row_test(sort, depth) if sort.rows else self.pick(*sort.conditions)

    def group(self, sort: Sort) -> str:
        return self.pick("", "", f" per {self.pick(*(t for t in sort.texts if '(' not in t), *sort.dates)}")

    def ties(self, sort: Sort) -> str:
        tie = self.pick(
            "", "", *(t for t in sort.texts if "(" not in t), *sort.dates, *sort.moneys, self.number(sort, 0)
        )
        return f" then by {tie}{self.pick('', f' then by {sort.name}_id')}" if tie else ""

    def op(self) -> str:
        return self.pick("=", "!=", "<", "<=", ">", ">=")

    def number_test(self, sort: Sort, depth: int) -> str:
        left = self.number(sort, depth)
        right = self.pick("0", "1", "0.29", "29%", "57%", "0.5", "33.333333333%", "2", self.number(sort, 0))
        if self.draw(st.integers(0, 5)) == 0:
            return f"{left} {self.pick('between', 'not between')} 0 and {self.pick('1', '57')}"
        if self.draw(st.integers(0, 5)) == 0:
            return f"{left} {self.pick('in', 'not in')} (0, 1, 0.5, 29)"
        return f"{left} {self.op()} {right}"

    def number(self, sort: Sort, depth: int) -> str:
        named = self.named_numbers if sort is ACCOUNT else []
        leaves = [*sort.numbers, *sort.numbers, "1", "100", "0.29", *named]
        if depth <= 0:
            return self.pick(*leaves)
        kind = self.pick(
            "leaf",
            "ratio",
            "ratio",
            "arithmetic",
            "money ratio",
            "if",
            "rows",
            "rows",
            "elapsed",
            "bands",
            "scale",
            "change",
            "far",
        )
        match kind:
            case "scale":
                return f"scale({self.number(sort, depth - 1)}, {self.pick('0: 0, 50: 100', '0.5: 10, 29: 0, 100: 57')})"
            case "change" if sort in (ACCOUNT, USER):
                return f"change({self.number(sort, depth - 1)}, {self.pick('7 days', '1 month')}, floor: {self.pick('0', '1', '-5', '0.29')})"
            case "far":
                a, b = self.pick(*sort.numbers), self.pick(*sort.numbers)
                return f"distance_km({a}, {b}, 51.5, -0.13)"
            case "ratio":
                return f"{self.number(sort, depth - 1)} / {self.pick(*sort.numbers, '3', '-0.7', '0', '30%')}"
            case "arithmetic":
                return f"({self.number(sort, depth - 1)} {self.pick('+', '-', '*')} {self.number(sort, depth - 1)})"
            case "money ratio":
                return f"{self.money(sort, depth - 1)} / {self.pick(*sort.moneys)}"
            case "if":
                return f"(if {self.condition(sort, depth - 1)} then {self.number(sort, depth - 1)} else {self.pick('missing', '3', self.number(sort, 0))} end)"
            case "elapsed":
                moment = self.pick(*sort.dates, *sort.instants)
                unit = self.pick("days", "weeks", "months", "years", "hours")
                return self.pick(
                    f"{unit} since {moment}", f"{unit} until {moment}", f"year of {moment}", f"month of {moment}"
                )
            case "bands":
                return f"(bands {self.number(sort, depth - 1)} {{ under 0: 1, under 29: 2, otherwise: 3{self.pick('', ', missing: 9')} }})"
            case "rows" if sort.rows:
                return self.row_number(sort, depth)
            case _ if self.draw(st.integers(0, 5)) == 0:
                exact = [n for n in plain(leaves) if n not in ("ratio", "weight")]
                return f"round({self.pick(*exact)} / 3{self.pick('', ', to: 0.05', ', to: 100')})"
            case _:
                return self.pick(*leaves)

    def money(self, sort: Sort, depth: int) -> str:
        leaves = sort.moneys
        if depth <= 0:
            return self.pick(*leaves)
        kind = self.pick("leaf", "sum", "scaled", "rows", "if")
        match kind:
            case "sum":
                return f"({self.money(sort, depth - 1)} {self.pick('+', '-')} {self.pick(*leaves)})"
            case "scaled":
                return f"{self.pick(*leaves)} {self.pick('* 0.9', '/ 3', '* 2', '* 110%')}"
            case "if":
                return f"(if {self.condition(sort, depth - 1)} then {self.money(sort, 0)} else {self.pick('0', self.money(sort, 0))} end)"
            case "rows" if any(BELOW[r].moneys for r in sort.rows):
                rows = self.pick(*(r for r in sort.rows if BELOW[r].moneys))
                return self.aggregate(
                    sort,
                    rows,
                    self.pick("sum", "average", "median", "min", "max", "first", "last"),
                    self.pick(*BELOW[rows].moneys),
                    depth,
                )
            case _:
                return self.pick(*leaves)

    def date_test(self, sort: Sort) -> str:
        date = self.pick(*sort.dates)
        duration = self.pick(*DURATIONS)
        return self.pick(
            f"{date} in last {duration}", f"{date} in next {duration}", f"{date} {self.pick(*PERIODS)}",
            f"{date} {self.op()} today", f"{date} {self.op()} {duration} ago", f"{date} {self.op()} now",
            f"{duration} after {date} {self.op()} today", f"{date} < {self.pick(*sort.dates)}", f"{date} >= {self.pick(*sort.instants)}",
            f"{date} between 90 days ago and {duration} from now", f"{self.pick('quarter', 'month', 'day')} of {date} {self.op()} 2", f'weekday of {date} {self.op()} "tuesday"',
            f"hour of {self.pick(*sort.instants)} {self.op()} 12", f"{self.pick('days', 'weeks', 'months', 'years')} from {date} to {self.pick(*sort.instants)} {self.op()} 7",
            f"minutes since {self.pick(*sort.instants)} {self.op()} 90", f"same({date}, {self.pick(*sort.dates)})", f"{date} > start of this month",
        )  # fmt: skip

    def instant_test(self, sort: Sort) -> str:
        instant = self.pick(*sort.instants)
        duration = self.pick(*DURATIONS, "24 hours", "1 hour")
        return self.pick(
            f"{instant} in last {duration}", f"{instant} in next {duration}", f"{instant} {self.pick(*PERIODS)}",
            f"{instant} {self.op()} now", f"{instant} {self.op()} today", f"{instant} {self.op()} {duration} ago",
            f"{duration} before {instant} {self.op()} {self.pick('now', 'today', *sort.dates)}",
        )  # fmt: skip

    # -- rows --------------------------------------------------------------------

    def window(self, sort: Sort, rows: str) -> str:
        name = rows.split(".")[-1]
        if name not in TIMES:
            return ""
        duration = self.pick(*DURATIONS)
        choices = [
            "",
            "",
            f" in last {duration}",
            f" in last {duration}",
            f" {self.pick(*PERIODS)}",
            f" since {duration} ago",
            f" before {duration} ago",
        ]
        if not rows.startswith("parent") and not rows.startswith("account."):
            moment = self.pick(*sort.dates, *sort.instants)
            choices += [
                f" since {moment}",
                f" before {moment}",
                f" from {moment} until now",
                f" from 60 days ago until {duration} before {moment}",
            ]
        if name in ("meetings", "hosted", "orders"):
            choices += [f" in next {duration}"]
        if name not in ("invoices", "visits"):
            choices += [" in last 24 hours", " in last 1441 minutes"]
        return self.pick(*choices)

    def rows_text(self, sort: Sort, rows: str, field: str, depth: int, latest: bool = True) -> str:
        below = BELOW[rows]
        timed = rows.split(".")[-1] in TIMES
        head = (
            f"latest {self.draw(st.integers(1, 3))} " if latest and timed and self.draw(st.integers(0, 2)) == 0 else ""
        )
        self.inside += 1
        where = f" where {self.condition(below, depth - 1)}" if self.draw(st.booleans()) else ""
        after = self.follow(sort, rows) if timed and self.draw(st.integers(0, 3)) == 0 else ""
        self.inside -= 1
        window = self.window(sort, rows)
        self.zone = self.zone_of(sort, rows) if CIVIL.search(window) and rows not in ("invoices", "visits") else ""
        return f"{head}{rows}{field}{window}{where}{after}"

    def zone_of(self, sort: Sort, rows: str) -> str:
        """That of the customer, of a row on the way, or one by name; most aggregates have none."""
        own = [f"{sort.name}.tz"] if sort in (ACCOUNT, USER) and not self.inside else []
        way = ["user.tz"] if rows == "users.logins" and not self.inside else []
        return self.pick("", "", *(f", zone: {z}" for z in (*own, *own, *way, '"Asia/Kathmandu"')))

    def follow(self, sort: Sort, rows: str) -> str:
        if sort is not ACCOUNT or rows.startswith("parent"):
            return ""
        other = self.pick(*AFTER)
        where = f" where {self.condition(BELOW[other], 0)}" if self.draw(st.booleans()) else ""
        return f" {self.pick('', 'not ')}followed by {other}{where} within {self.pick('1 day', '7 days', '0 days', '1 month')}"

    def row_test(self, sort: Sort, depth: int) -> str:
        rows = self.pick(*sort.rows)
        text, zone = self.rows_text(sort, rows, "", depth), self.zone
        kind = self.pick("any", "none", "all", "any having", "pick")
        if kind in ("any having", "all"):
            self.inside += 1
            having = self.condition(BELOW[rows], depth - 1)
            self.inside -= 1
            return f"{kind.split()[0]}({text} having {having}{zone})"
        if kind == "pick":
            return self.number_test(sort, depth)
        return f"{kind}({text}{zone})"

    def row_number(self, sort: Sort, depth: int) -> str:
        rows = self.pick(*sort.rows)
        below = BELOW[rows]
        kind = self.pick("count", "count", "share", "distinct", "days", "value", "value", "value")
        if kind == "count":
            return f"count({self.rows_text(sort, rows, '', depth)}{self.zone})"
        if kind == "share":
            self.inside += 1
            having = self.condition(below, depth - 1)
            self.inside -= 1
            return f"share({self.rows_text(sort, rows, '', depth)} having {having})"
        if kind == "distinct":
            field = self.pick(*plain(below.texts), *plain(below.numbers), *below.dates)
            return f"count_distinct({self.rows_text(sort, rows, f'.{field}', depth)})"
        if kind == "days" and rows.split(".")[-1] in TIMES:
            return f"distinct_days({self.rows_text(sort, rows, '', depth)}{self.zone})"
        function = self.pick("sum", "average", "median", "min", "max", "first", "last")
        return self.aggregate(sort, rows, function, self.pick(*plain(below.numbers)), depth)

    def aggregate(self, sort: Sort, rows: str, function: str, field: str, depth: int) -> str:
        timed = rows.split(".")[-1] in TIMES
        if function in ("first", "last") and not timed:
            function = "max"
        text = self.rows_text(sort, rows, f".{field}", depth, latest=function not in ("first", "last"))
        return f"{function}({text}{self.zone})"


@dataclass(frozen=True)
class Case:
    rules: str
    rows: dict[str, list[dict[str, Any]]]
    now: dt.datetime
    zone: str


def limit(rules: Rules) -> str:
    if rules.draw(st.integers(0, 3)):
        return ""
    by = rules.pick("arr", "seats", "score", "renewal", "parent.score", "seats / active")
    return f" limit {rules.pick('1', '2')} by {by}{rules.ties(ACCOUNT)}{rules.group(ACCOUNT)}"


def keeping(rules: Rules) -> str:
    """Clauses by which an arm keeps whoever was in it; often none."""
    if rules.draw(st.booleans()):
        return ""
    period = rules.pick(
        "calendar week", "this calendar month", "next calendar quarter", "next calendar year", "fiscal year"
    )
    clauses = {
        "until": f" keep until {rules.condition(ACCOUNT, 1)}",
        "for": f" keep for {rules.pick(*STAYS)}",
        "end": f" keep until end of {period}",
        "stay": f" stay at least {rules.pick(*STAYS)}",
    }
    return "".join(text for name, text in clauses.items() if rules.draw(st.integers(0, 2)) == 0)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A whole workspace's rules with data and an as-of."""
    zone = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(DAYS))
    now = dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=draw(st.sampled_from([0, 0, 0, 1, 4, 12, -11])))
    parts: list[str] = []
    rules = Rules(draw, [], [])
    for i in range(draw(st.integers(1, 3))):
        parts.append(f"metric m{i} of account = {rules.number(ACCOUNT, 2)} + 0")
        rules.named_numbers.append(f"m{i}")
    if draw(st.booleans()):
        parts.append(f"metric busy of user = count(logins{rules.window(USER, 'logins')})")
        parts.append("metric busiest of account = max(users.busy where busy > 0)")
        rules.named_numbers.append("busiest")
    for i in range(draw(st.integers(1, 2))):
        where = f" where {rules.condition(ACCOUNT, 1)}" if draw(st.booleans()) else ""
        parts.append(f"segment s{i} of account{where} {{ when {rules.condition(ACCOUNT, 2)}{limit(rules)} }}")
        rules.named_conditions += [f"account in s{i}", f"account not in s{i}"]
    where = f" where {rules.condition(ACCOUNT, 1)}" if draw(st.booleans()) else ""
    arms = "".join(
        f" segment arm{i} {{ when {rules.condition(ACCOUNT, 2)}{limit(rules)}{keeping(rules)} }}"
        for i in range(draw(st.integers(1, 3)))
    )
    undecided = " undecided unsure" if draw(st.booleans()) else ""
    overrides = " overrides from strategic" if draw(st.booleans()) else ""
    parts.append(f"segmentation seg of account{where} {{{overrides}{arms}{undecided} otherwise rest }}")
    parts.append(f"table seg_runs of account from runs of seg starting {COMPLETE}")
    rules.named_conditions += ["account in seg.arm0", "account in seg.rest", "account not in seg.arm0"]
    rules.named_conditions += [
        'all(latest 3 seg_runs having arm = "arm0")',
        'any(seg_runs in last 30 days where by_data = "rest")',
    ]
    parts.append(f"segment after of account {{ when {rules.condition(ACCOUNT, 2)} }}")
    parts.append(f"segment people of user {{ when {rules.condition(USER, 2)} }}")
    if draw(st.booleans()):
        parts.append(
            f"score health of account {{ part a weight 3 = {rules.pick('seats', 'score', 'seats / active', 'percentile(arr)', 'active * 2')} part b weight 1.5 = scale(seats, 0: 0, 100: 100) "
            f"part c weight 2 = if {rules.condition(ACCOUNT, 1)} then 100 else 0 end "
            f"missing parts: {rules.pick('unknown', 'count as 0', 'count as 29', 'share out up to 3', 'share out up to 50%')} "
            f"cap 50 when {rules.condition(ACCOUNT, 1)} }}"
        )
        parts.append("segment healthy of account { when health > 29 }")
    return Case("\n".join(parts), draw(data(now)), now, zone)
