"""The product of all aggregate functions, all kinds of tables and all kinds of windows, as conditions.

`latest`, `where` and the figures compared with are drawn, always the same for one place in the product.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.conformance.windows import WINDOWS, Window

COUNTED = (">= 1", ">= 2", "> 0", "> 1", "= 0", "= 1", "!= 0", "!= 1", "< 1", "< 2", "<= 1", "between 1 and 2", "in (0, 1)", "not in (1, 3)")  # fmt: skip
MEASURED = ("> 1", "<= 7", "= 29", "!= 0", ">= 50", "between 1 and 57", "is missing", "is not missing")
NAMED = ('= "{named}"', '!= "{named}"', 'in ("{named}")', "is missing", "is not missing")
SHARED = (">= 50%", "= 0", "> 0", "< 100%", "is missing")


@dataclass(frozen=True)
class Function:
    """`asked` holds `{}` where the rows stand; `field` of them is asked for; `ends` are what its value is compared with."""

    name: str
    asked: str
    ends: tuple[str, ...] = ("",)
    field: str = ""
    rows: str = "any"  # or "timed", or "instants": the rows that it can be asked of
    latest: bool = True  # may be asked of the latest few

    def over(self, table: Table, window: Window, draw: random.Random) -> str:
        latest = f"latest {draw.choice([1, 2])} " if self.latest and table.time and draw.random() < 0.25 else ""
        field = {"number": f".{table.number}", "text": f".{table.text}"}.get(self.field, "")
        where = f" where {draw.choice(table.where)}" if draw.random() < 0.4 else ""
        written = window.text.format(date=table.owner.date, instant=table.owner.instant, born=table.owner.born)
        path = table.path.format(field=field) if "{field}" in table.path else table.path + field
        rows = f"{latest}{path} {written}".rstrip() + where
        end = draw.choice(self.ends).format(named=table.named)
        return f"{self.asked.format(rows, having=draw.choice(table.where), zone=table.zone)} {end}".rstrip()


FUNCTIONS = [
    Function("count", "count({})", COUNTED), Function("any", "any({})"), Function("none", "none({})"),
    Function("any having", "any({} having {having})"), Function("none having", "none({} having {having})"),
    Function("all", "all({} having {having})"), Function("share", "share({} having {having})", SHARED),
    *(Function(name, name + "({})", MEASURED, "number") for name in ("sum", "average", "median", "min", "max")),
    Function("first", "first({})", NAMED, "text", rows="timed", latest=False), Function("last", "last({})", MEASURED, "number", rows="timed", latest=False),
    Function("count_distinct", "count_distinct({})", COUNTED, "text"), Function("distinct_days", "distinct_days({})", COUNTED, rows="timed"),
    Function("distinct_days in a zone", "distinct_days({}, zone: {zone})", COUNTED, rows="instants"),
    Function("most_common", "most_common({})", NAMED, "text"),
]  # fmt: skip


@dataclass(frozen=True)
class Owner:
    """Of what rules are asked, and its moments, with which windows may begin and end."""

    entity: str
    date: str
    instant: str
    born: str


@dataclass(frozen=True)
class Table:
    """Rows below an owner; `time` is instants, dates, or nothing; `where` are conditions on a row, `named` is a text in one.

    `zone` is the one of a row's own, as it is written there.
    """

    kind: str
    owner: Owner
    path: str
    time: str
    number: str
    text: str
    where: tuple[str, ...]
    named: str = "eu"
    planned: bool = False
    zone: str = "account.tz"

    def takes(self, function: Function, window: Window) -> bool:
        needed = {function.rows, window.of if window.text else "any"}
        return (
            (bool(self.time) or not (window.text or "timed" in needed))
            and (self.time == "instants" or "instants" not in needed)
            and (self.planned or "planned" not in needed)
        )


ACCOUNT = Owner("account", "renewal", "seen", "created_at")
USER = Owner("user", "joined", "account.seen", "account.created_at")  # has no life of its own
TEAM = Owner("team", "account.renewal", "account.seen", "opened_on")  # lives from a day
SITE = Owner("site", "account.renewal", "account.seen", "account.created_at")  # has a history

SAID = ("length > 1", 'length > 1 and about = "eu"', "about is missing")
LOGIN, MEETING = ("minutes > 0", 'device = "eu"'), ('level = "exec"', "cost > 50")


def _said(kind: str, owner: Owner, path: str, time: str = "instants", planned: bool = False, zone: str = "account.tz") -> Table:  # fmt: skip
    return Table(kind, owner, path, time, "length", "about", SAID, "eu", planned, zone)


TABLES = [
    Table("timestamp", ACCOUNT, "logins", "instants", "minutes", "device", LOGIN),
    Table("over a link", ACCOUNT, "users.logins", "instants", "minutes", "device", LOGIN, zone="user.tz"),
    Table("timestamp", USER, "logins", "instants", "minutes", "device", LOGIN, zone="user.tz"),
    Table("date", ACCOUNT, "invoices", "dates", "weight", "status", ('status = "paid"', "amount > 50"), "paid"),
    Table("known at", ACCOUNT, "meetings", "instants", "cost", "level", MEETING, "csm", planned=True),
    Table("known at", USER, "account.meetings", "instants", "cost", "level", MEETING, "csm", planned=True),
    Table("reverse link of a table", USER, "hosted", "instants", "cost", "level", MEETING, "csm", planned=True, zone="host.tz"),
    _said("complete from", ACCOUNT, "calls"), _said("complete from", USER, "account.calls"), _said("complete from", SITE, "account.calls"),
    _said("complete from, of a user", USER, "chats", zone="user.tz"), _said("complete from, of a team", TEAM, "shifts", zone="team.account.tz"),
    _said("complete from, over a link", ACCOUNT, "chats"), _said("complete from, over a link", ACCOUNT, "users.chats"), _said("complete from, over a link", ACCOUNT, "teams.shifts"),
    _said("complete from, over a link", ACCOUNT, "children.calls"), _said("complete from, over a link", ACCOUNT, "parent.calls"),
    _said("complete from, by date", ACCOUNT, "visits", "dates"), _said("complete from, by date", TEAM, "account.visits", "dates"),
    _said("complete from, known at", ACCOUNT, "orders", planned=True),
    Table("history", ACCOUNT, "sites", "", "size", "kind", ("size > 1", 'kind = "eu"')),
    Table("reverse link", ACCOUNT, "users", "", "age", "tz", ("live", "age > 1")), Table("reverse link", ACCOUNT, "children", "", "seats", "region", ("paying", "seats > 1")),
    Table("reverse link", ACCOUNT, "teams", "", "size", "team_id", ("size > 1", "any(shifts in last 7 days)", "count(shifts) = 0")),
    Table("list", ACCOUNT, "offices", "", "lat", "place", ("lat > 0", "lon > account.score")),
    Table("everyone", ACCOUNT, "all account{field} per world", "", "seats", "region", ("paying", "seats > account.seats", "count(calls in last 28 days) > 0")),
    Table("everyone", ACCOUNT, "family(parent)", "", "seats", "region", ("paying", "none(calls)")),
]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A condition of the product. `function` and `kind` are for the report."""

    entity: str
    function: str
    kind: str
    condition: str

    @property
    def counts(self) -> bool:
        return self.function.startswith(("count", "distinct"))


@cache
def product() -> tuple[Asked, ...]:
    """Every function over every table with every window that it can have, in an order that mixes them."""
    found = [
        Asked(t.owner.entity, f.name, t.kind, _condition(f, t, w))
        for f in FUNCTIONS for t in TABLES for w in WINDOWS if t.takes(f, w)
    ]  # fmt: skip
    random.Random("product").shuffle(found)
    return tuple(found)


def _condition(function: Function, table: Table, window: Window) -> str:
    return function.over(table, window, random.Random(f"{function.name} {table.path} {window.text}"))


def part(number: int, size: int) -> Iterator[tuple[str, Asked]]:
    """The `number`th part of the product, with names for rules; after the last comes the first again."""
    for i in range(number * size, (number + 1) * size):
        place = i % len(product())
        yield f"product_{place}", product()[place]
