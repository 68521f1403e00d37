"""A crowd of odd customers: many small worlds in one set of tables, told apart by the account's `world`.

Every column draws from a pool of values on which engines differ: missing, both zeros, doubles at the edge of their
range, decimals on thresholds, month ends, leap days, changes of clocks, the first and the last year that a cell may
have, Unicode, equal times and equal rows. `pools` says what is in each, so a test can see that every two meet.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any

from segdsl.model.clock import EARLIEST, LATEST, Clock
from tests.conformance.windows import borders
from tests.support.worlds import COMPLETE

WORLD = 25
"""Customers of one world."""
Rows = dict[str, list[dict[str, Any]]]

OFFSETS = [-1461, -400, -366, -365, -92, -91, -90, -60, -31, -30, -29, -28, -8, -7, -6, -2, -1, 0, 0, 1, 6, 7, 29, 30, 31, 90, 91, 366]  # fmt: skip
HOURS = [-25, -24, -23, -4, -1, 0, 0, 0, 0, 0, 1, 4, 5, 11, 12, 23, 24]
FAR = [EARLIEST, LATEST, dt.date(1900, 2, 28), dt.date(2000, 2, 29), dt.date(2024, 2, 29), dt.date(2025, 2, 28), dt.date(2025, 12, 31)]  # fmt: skip
CENTS = [None, None, 0, 1, 49, 50, 100, 2900, 5000, 5700, 10_000, 10_050, 33_333, -1, -1200, 10**12, 9 * 10**18]
COUNTS = [None, None, 0, 0, 1, 2, 3, 7, 29, 50, 57, 90, 100, 100_000]
WIDE = [None, 0, 1, -1, 2, 29, 57, 100, 10**9, 2**62, -(2**62), 2**63 - 1]
BILLIONTHS = [None, 0, 1, -1, 10**9, 5 * 10**8, 333_333_333, 333_333_334, 29 * 10**7, 57 * 10**7, -(10**9), 10**26, 51_500_000_000, 123_456_789_123_456_789]  # fmt: skip
REALS = [None, 0.0, -0.0, 0.1, 0.2, 0.30000000000000004, 0.3, 1.5, -2.25, 5e-324, 1e-300, 1e300, 1.7976931348623157e308, -1.7976931348623157e308, 100.0]  # fmt: skip
TEXTS = [None, "", " ", "eu", "EU", "US", "us", "uk", "uk\n", " ab", "a b", "A B", "ab", "ß", "SS", "ı", "İ", "Σ", "ς", "é", "e\u0301", "😀", "%_", "\\", "o'clock", 'say "hi"', "security lead", "lead.security", "München", "x" * 300, "\t", "\u00a0", "\ufb01n", "ẞ", "\u212a", "ǅ", "ΟΔΟΣ", "\u2028", "a\u200bb", "\u202eeu"]  # fmt: skip
TAGS = [None, frozenset(), frozenset("x"), frozenset("y"), frozenset("xz"), frozenset("xyz"), frozenset(["é", "y"])]
PLANS, TIERS = [None, "free", "team", "business"], [None, "bronze", "silver", "gold"]
TRUTHS = [None, True, False]
ZONES = [None, "UTC", "Europe/London", "Asia/Tokyo", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Antarctica/Troll", "Nowhere/Atall", "Europe/Amsterdam", "Africa/Monrovia"]  # fmt: skip


def _within(moment: dt.datetime) -> bool:
    return EARLIEST <= moment.date() <= LATEST


class Crowd:
    """Draws the rows of a crowd as of a clock's instant, always the same for one seed.

    `complete` is the day from which some tables are complete: lives begin around it.
    """

    def __init__(self, at: Clock, customers: int, seed: object, complete: dt.date = COMPLETE) -> None:
        self.at, self.now, self.customers, self.draw = at, at.now, customers, random.Random(str(seed))
        self.complete, now = complete, at.now
        some = [now + dt.timedelta(days=d, hours=h) for d in OFFSETS for h in sorted(set(HOURS)) if _near(now, d)]
        self.instants = [m for m in some if _within(m)]
        self.days: list[dt.date | None] = [
            None, None, *(now.date() + dt.timedelta(days=d) for d in OFFSETS if _near(now, d)), *FAR, complete, beside(complete, -1), beside(complete, 1),
        ]  # fmt: skip
        self.borders = [m for m in borders(at, complete) if _within(m)]

    @property
    def pools(self) -> Mapping[str, Sequence[object]]:
        """The odd values of the account's columns of its own."""
        return {
            "plan": PLANS, "tier": TIERS, "arr": CENTS, "fee": COUNTS, "seats": COUNTS, "active": WIDE, "score": BILLIONTHS, "ratio": REALS,
            "paying": TRUTHS, "renewal": self.days, "region": TEXTS, "tags": TAGS, "grade": COUNTS, "tz": ZONES, "dues": CENTS,
        }  # fmt: skip

    def any(self, pool: Sequence[Any]) -> Any:
        return self.draw.choice(pool)

    def instant(self, missing: float = 0.1) -> dt.datetime | None:
        if self.draw.random() < missing:
            return None
        moment = self.any(self.instants if self.draw.random() < 0.5 else self.borders)
        return moment if self.draw.random() < 0.7 else moment + dt.timedelta(microseconds=self.any([1, -1]))

    def rows(self) -> Rows:
        rows: Rows = {n: [] for n in ("account", "user", "team", "site", "calls", "visits", "orders", "chats", "shifts", "logins", "meetings", "invoices", "billing", "strategic", "risky", "offices")}  # fmt: skip
        for start in range(0, self.customers, WORLD):
            self._world(rows, f"w{start // WORLD}", min(WORLD, self.customers - start))
        for text in ("eu", "ß", "Σ", "%", "lead", "x", None, ""):
            rows["risky"].append(self._listed({"name": text}))
        for at in (51_500_000_000, 0, 10**11):
            rows["offices"].append(self._listed({"place": "p", "lat": at, "lon": -at}))
        return rows

    def _listed(self, row: dict[str, Any]) -> dict[str, Any]:
        border = [None, None, None, *self.days[2:]]
        return {**row, "from": self.any(border), "expires": self.any(border), "owner": None, "reason": None}

    def _world(self, rows: Rows, world: str, customers: int) -> None:
        keys = [f"{world} a{i}" for i in range(customers)]
        groups: list[Any] = [self.any(TEXTS) for _ in range(4)]
        for i, key in enumerate(keys):
            above = [None, None, *keys[:i], f"{world} nobody"] if self.draw.random() < 0.97 else keys
            own = {column: self.any(pool) for column, pool in self.pools.items()}
            if self.draw.random() < 0.5:
                own["region"] = self.any(groups)  # so that groups of a world have several
            rows["account"].append({
                "account_id": key, "world": world, "created_at": self.any([None, *[self._born()] * 9, self._beginning(), self._beginning(), self.instant()]),
                "closed_at": self.any(self.days) if self.draw.random() < 0.2 else None, "parent": self.any(above), "seen": self.instant(), **own,
            })  # fmt: skip
            self._below(rows, key)

    def _born(self) -> dt.datetime:
        """Long ago."""
        first = dt.datetime.combine(EARLIEST, dt.time())
        return max(first, self.now - dt.timedelta(days=min(900, (self.now - first).days)))

    def _beginning(self) -> dt.datetime:
        """The start of the day from which tables are complete, to a microsecond."""
        return self.at.start_of_day(self.complete) + dt.timedelta(microseconds=self.any([-1, 0, 1]))

    def _several(self, most: int) -> range:
        return range(self.draw.choice([0, 0, *range(most + 1)]))

    def _below(self, rows: Rows, key: str) -> None:
        for i in self._several(3):
            user = f"{key} u{i}"
            rows["user"].append({
                "user_id": user, "account_id": key, "role": self.any([None, "admin", "member"]), "age": self.any(COUNTS),
                "joined": self.any(self.days), "live": self.any(TRUTHS), "tz": self.any(ZONES),
            })  # fmt: skip
            for _ in self._several(4):
                rows["logins"].append({"user_id": user, "occurred_at": self.instant(), "device": self.any(TEXTS[:12]), "minutes": self.any(BILLIONTHS)})  # fmt: skip
            for _ in self._several(2):
                rows["chats"].append({"user_id": user, "said_at": self.instant(), **self._said()})
        for _ in self._several(4):
            rows["meetings"].append({"account_id": key, "held_at": self.instant(), "booked_at": self.instant(), "level": self.any([None, "csm", "exec"]), "cost": self.any(CENTS)})  # fmt: skip
        for _ in self._several(4):
            rows["invoices"].append({"account_id": key, "due": self.any(self.days), "amount": self.any(CENTS), "status": self.any([None, "paid", "open"]), "weight": self.any(REALS)})  # fmt: skip
        for _ in self._several(3):
            rows["calls"].append({"account_id": key, "called_at": self.instant(), **self._said()})
        for _ in self._several(3):
            rows["visits"].append({"account_id": key, "visited_on": self.any(self.days), **self._said()})
        for _ in self._several(3):
            rows["orders"].append({"account_id": key, "placed_at": self.instant(), "noted_at": self.instant(), **self._said()})  # fmt: skip
        for i in self._several(2):
            self._team(rows, key, f"{key} t{i}")
        if self.draw.random() < 0.5:
            rows["billing"].append({"acct": key, "total": self.any(CENTS), "note": self.any(TEXTS)})
        if self.draw.random() < 0.3:
            rows["strategic"].append(self._listed({"account_id": key, "arm": self.any([None, "first", "rest", "unsure", "gone"]), "weight": self.any(COUNTS)}))  # fmt: skip
        for i in range(self.draw.choice([0, 0, 1, 2])):
            rows["site"] += self._site(key, f"{key} s{i}")

    def _said(self) -> dict[str, Any]:
        return {"length": self.any(COUNTS), "about": self.any(TEXTS[:12])}

    def _team(self, rows: Rows, key: str, team: str) -> None:
        """Its life begins on a day, mostly long ago or around the one from which tables are complete."""
        begun = self.any([None, self._born().date(), self.complete, beside(self.complete, -1), beside(self.complete, 1), *self.days])  # fmt: skip
        shut = self.instant() if self.draw.random() < 0.2 else None
        rows["team"].append({"team_id": team, "account_id": key, "opened_on": begun, "shut_at": shut, "size": self.any(COUNTS)})  # fmt: skip
        for _ in self._several(3):
            rows["shifts"].append({"team_id": team, "worked_at": self.instant(), **self._said()})

    def _site(self, key: str, site: str) -> list[dict[str, Any]]:
        """A row for each stretch of time; at most one is valid at a time."""
        borders: list[Any] = sorted({self.any(self.instants) for _ in range(self.draw.randrange(4))})
        edges = [None, *borders, None]
        return [
            {"site_id": site, "account_id": key, "valid_from": a, "valid_to": b, "size": self.any(COUNTS), "kind": self.any(TEXTS)}
            for a, b in itertools.pairwise(edges)
        ]  # fmt: skip


def beside(day: dt.date, days: int) -> dt.date:
    """That many days away, within the calendar."""
    return min(max(day + dt.timedelta(days=days), EARLIEST), LATEST)


def _near(now: dt.datetime, days: int) -> bool:
    """Whether that many days away is still a day of the calendar."""
    try:
        return _within(now + dt.timedelta(days=days))
    except OverflowError:
        return False
