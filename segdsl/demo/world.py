"""Synthetic world: two years of a software company's customers, with the truth about them, from a seed.

The truth is what no company knows. Each account has a health that drifts from month to month and drives logins,
tickets, answers and churn. At the start of each quarter some accounts get a play at random, with known probabilities,
and the world knows each account's outcome under every play: `y` of `truth_outcomes` uses one random number per account
and quarter, so plays differ only by their effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

AS_OF = np.datetime64("2026-11-01")
MONTHS = 24
START = np.datetime64("2024-11-01")
QUARTERS = 8
PLANS = ("free", "team", "business", "enterprise")
PLAYS = ("none", "exec_call", "support_outreach", "expansion_offer")
BANDS = ("poor", "fair", "good")  # of health at the start of a quarter; cuts at -0.5 and 0.5
# propensity of each play by band
PROPENSITY = np.array([[0.4, 0.3, 0.3, 0.0], [0.6, 0.15, 0.15, 0.1], [0.7, 0.0, 0.05, 0.25]])
DELIVERED = 0.85
# what a delivered play adds to the log-odds of churn within the quarter, by band
EFFECT = np.array([[0.0, -0.9, -0.5, 0.2], [0.0, -0.4, -0.3, -0.1], [0.0, 0.0, 0.0, -0.2]])
BASE_CHURN, CHURN_BY_HEALTH, CHURN_AT_RENEWAL = -4.1, -1.2, 1.3
SEASON = np.array([1.0, 1.02, 1.04, 1.03, 1.0, 0.98, 0.86, 0.78, 1.0, 1.05, 1.06, 0.74])  # logins, January first
PRICE = {"free": 0, "team": 140, "business": 360, "enterprise": 720}  # per seat and year
Table: TypeAlias = dict[str, Any]
Tables: TypeAlias = Mapping[str, Table]


@dataclass(frozen=True)
class World:
    """Tables by file name, each with its columns; tables named `truth_…` are unknown to everybody in the world."""

    tables: Tables
    seed: int

    @property
    def events(self) -> int:
        return sum(
            rows(self.tables[t]) for t in ("logins", "feature_uses", "tickets", "invoices", "meetings", "surveys")
        )


def rows(table: Table) -> int:
    return len(next(iter(table.values())))


def generate(accounts: int = 20_000, seed: int = 7) -> World:
    """Generate the tables, reproducibly; 20,000 accounts have some 2 million events."""
    rng = np.random.default_rng(seed)
    a = _accounts(rng, accounts)
    health, past = _life(rng, a)
    users, account_of, eagerness = _users(rng, a)
    logins = _logins(rng, a, users, account_of, eagerness, health)
    tables: dict[str, Table] = {
        "accounts": _account_table(rng, a),
        "account_versions": _versions(rng, a),
        "billing": _billing(rng, a),
        "contracts": _contracts(a),
        "users": users,
        "logins": logins,
        "feature_uses": _features(rng, logins),
        "tickets": _tickets(rng, a, health),
        "invoices": _invoices(rng, a, health),
        "meetings": _meetings(rng, a),
        "surveys": _surveys(rng, a, users, account_of, health),
        **past,
        "truth_states": _states(a, health),
    }
    return World(tables, seed)


# -- accounts ------------------------------------------------------------------------


def _accounts(rng: np.random.Generator, n: int) -> Table:
    employees = np.exp(rng.normal(4.3, 1.5, n)).astype(int) + 2
    size = np.digitize(employees, [25, 150, 1_000])
    plan = np.clip(size + rng.choice([-1, 0, 0, 0, 1], n), 0, 3)
    free = rng.random(n) < 0.12
    plan = np.where(free, 0, np.maximum(plan, 1))
    seats = np.maximum(2, (employees * rng.beta(2, 5, n)).astype(int))
    users = np.minimum(40, np.maximum(1, rng.poisson(np.minimum(seats, 60) * 0.16 + 0.9)))
    full = ~free & (rng.random(n) < 0.07)  # every seat has its user
    seats = np.where(full, np.maximum(2, users), seats)
    price = np.array([PRICE[p] for p in PLANS])[plan]
    arr = np.round(seats * price * rng.choice([1, 0.95, 0.9, 0.8], n, p=[0.5, 0.2, 0.2, 0.1]), 0)
    # two thirds were customers before the two years began; the rest came month by month
    age_days = np.where(rng.random(n) < 0.66, rng.integers(731, 2_900, n), rng.integers(3, 730, n))
    created = (
        AS_OF.astype("datetime64[s]")
        - age_days.astype("timedelta64[D]")
        + rng.integers(8 * 3600, 18 * 3600, n).astype("timedelta64[s]")
    )
    a: Table = {
        "account_id": np.array([f"acc-{i:05}" for i in range(n)], dtype=object),
        "employees": employees,
        "plan": plan,
        "seats": seats,
        "users": users,
        "full": full,
        "arr": arr,
        "created": created,
        "ended": np.full(n, np.datetime64("NaT", "s")),
        "mood": rng.normal(0.25, 0.5, n) + 0.4 * full,
        "renewal_month": rng.integers(0, 12, n),
        "renewal_day": rng.integers(1, 29, n),
    }
    a["account_id"][0] = "northwind"
    for key, value in {
        "plan": 2,
        "seats": 18,
        "users": 14,
        "full": False,
        "arr": 6_480.0,
        "employees": 62,
        "renewal_month": 11,
        "renewal_day": 12,
        "mood": -0.9,
    }.items():
        a[key][0] = value
    a["created"][0] = np.datetime64("2022-12-12T09:30:00")
    a["paid"] = a["plan"] > 0
    a["trial"] = ~a["paid"] & (created > AS_OF - np.timedelta64(120, "D"))
    return a


def _life(rng: np.random.Generator, a: Table) -> tuple[Any, dict[str, Table]]:
    """(health by month, plays and outcomes of each quarter)."""
    n = len(a["account_id"])
    health = np.empty((MONTHS + 1, n))
    health[0] = a["mood"] + rng.normal(0, 0.6, n)
    log: list[Table] = []
    outcomes: list[Table] = []
    for m in range(MONTHS):
        if m % 3 == 0:
            played, would = _quarter(rng, a, health[m], m)
            log.append(played)
            outcomes.append(would)
        health[m + 1] = 0.8 * health[m] + 0.2 * a["mood"] + rng.normal(0, 0.35, n)
        health[m + 1][0] = min(health[m + 1][0], -0.8)
    return health, {"plays_log": _concatenated(log), "truth_outcomes": _concatenated(outcomes)}


def _quarter(rng: np.random.Generator, a: Table, health: Any, month: int) -> tuple[Table, Table]:
    """Randomised plays and their outcomes, for paying accounts at the start of a quarter."""
    start, end = month_start(month), month_start(month + 3)
    present = np.flatnonzero(a["paid"] & (a["created"] < start) & np.isnat(a["ended"]))
    band = np.digitize(health[present], [-0.5, 0.5])
    play = (rng.random(len(present))[:, None] > np.cumsum(PROPENSITY[band], axis=1)).sum(axis=1)
    delivered = (play > 0) & (rng.random(len(present)) < DELIVERED)
    u, day = rng.random(len(present)), rng.integers(5, 85, len(present))
    renewing = (a["renewal_month"][present] - (month + 10)) % 12 < 3
    odds = BASE_CHURN + CHURN_BY_HEALTH * health[present] + CHURN_AT_RENEWAL * renewing
    chance = 1 / (1 + np.exp(-(odds[:, None] + EFFECT[band])))
    churn = u[:, None] < chance
    got = np.arange(len(present)), np.where(delivered, play, 0)
    churned = churn[got] & (present != 0)
    a["ended"][present[churned]] = (start + day[churned].astype("timedelta64[D]")).astype("datetime64[s]")
    assert (a["ended"][present[churned]] < end).all(), "within its quarter"
    keys = a["account_id"][present]
    sent = start.astype("datetime64[s]") + rng.integers(9 * 3600, 17 * 3600, len(present)).astype("timedelta64[s]")
    played = {
        "account_id": keys,
        "decided_at": np.full(len(present), start.astype("datetime64[s]")),
        "play": np.array(PLAYS, dtype=object)[play],
        "probability": PROPENSITY[band, play],
        "delivered": delivered,
        "delivered_at": np.where(delivered, sent, np.datetime64("NaT")),
    }
    would = {
        "account_id": keys,
        "decided_at": played["decided_at"],
        "band": np.array(BANDS, dtype=object)[band],
        **{f"churn_{p}": churn[:, i] for i, p in enumerate(PLAYS)},
        "churned": churned,
        "chance": chance[got] * (present != 0),
    }
    return played, would


def _account_table(rng: np.random.Generator, a: Table) -> Table:
    n = len(a["account_id"])
    renewal, last = _renewals(a)
    onboarded = a["created"].astype("datetime64[D]") + rng.integers(5, 90, n).astype("timedelta64[D]")
    words = np.array(
        ["Contoso", "Fabrikam", "Globex", "Initech", "Umbra", "Hooli", "Vandelay", "Stark", "Wayne", "Acme"],
        dtype=object,
    )
    kinds = np.array(["Ltd", "GmbH", "Inc", "SA", "BV", "Group"], dtype=object)
    names = (
        words[rng.integers(0, len(words), n)]
        + " "
        + np.arange(n).astype(str).astype(object)
        + " "
        + kinds[rng.integers(0, len(kinds), n)]
    )
    countries = rng.choice(
        ["US", "GB", "DE", "FR", "NL", "AT", "CH", "ES", "de", " DE "],
        n,
        p=[0.34, 0.16, 0.16, 0.1, 0.07, 0.04, 0.04, 0.05, 0.02, 0.02],
    )
    parents: Any = np.where(
        (rng.random(n) < 0.06) & (a["employees"] < 400),
        a["account_id"][np.argsort(-a["employees"])[rng.integers(0, max(1, n // 20), n)]],
        None,
    )
    parents[parents == a["account_id"]] = None
    status = np.where(~np.isnat(a["ended"]), "churned", np.where(a["trial"], "trial", "active"))
    industries = ["software", "logistics", "banking", "insurance", "healthcare", "retail", "Pharma", "education"]
    return {
        "account_id": a["account_id"],
        "name": np.where(np.arange(n) == 0, "Northwind Traders", names),
        "created_at": a["created"],
        "ended_at": a["ended"],
        "parent": parents,
        "status": status.astype(object),
        "plan": np.array(PLANS, dtype=object)[a["plan"]],
        "industry": _with_missing(rng, rng.choice(industries, n), 0.06),
        "employees": _with_missing(rng, a["employees"], 0.04),
        "country": _with_missing(rng, countries, 0.02),
        "postcode": np.array([f"{p:05}" for p in rng.integers(10_000, 99_999, n)], dtype=object),
        "arr": a["arr"],
        "seats_purchased": np.where(rng.random(n) < 0.0015, 0, a["seats"]),
        "renewal_date": _with_missing(rng, renewal, 0.004, keep=0),
        "last_renewal_date": last,
        "onboarded_on": _with_missing(rng, onboarded, 0.05),
    }


def _renewals(a: Table) -> tuple[Any, Any]:
    """(next renewal after as-of of each paying account that stays, latest renewal before)."""
    this_year = np.array(
        [np.datetime64(f"2026-{m + 1:02}-{d:02}") for m, d in zip(a["renewal_month"], a["renewal_day"])]
    )
    year = np.timedelta64(365, "D")
    following = np.where(this_year >= AS_OF, this_year, this_year + year)
    stays = a["paid"] & np.isnat(a["ended"])
    never = np.datetime64("NaT", "D")
    last = np.where(following - year > a["created"].astype("datetime64[D]"), following - year, never)
    return np.where(stays, following, never), np.where(a["paid"], last, never)


def _contracts(a: Table) -> Table:
    """Yearly contracts that reach into the two years: signed at the previous end, the first on arrival."""
    parts = []
    for year in range(START.astype(object).year - 1, AS_OF.astype(object).year + 1):
        renewal = np.array(
            [np.datetime64(f"{year}-{m + 1:02}-{d:02}") for m, d in zip(a["renewal_month"], a["renewal_day"])]
        )
        following = np.array(
            [np.datetime64(f"{year + 1}-{m + 1:02}-{d:02}") for m, d in zip(a["renewal_month"], a["renewal_day"])]
        )
        came = a["created"].astype("datetime64[D]")
        signed = np.where((came > renewal) & (came < following), came, renewal)
        is_signed = (
            a["paid"]
            & (signed >= came)
            & (signed < AS_OF)
            & (following > START)
            & (np.isnat(a["ended"]) | (signed < a["ended"]))
        )
        parts.append(
            {"account_id": a["account_id"][is_signed], "signed_on": signed[is_signed], "ends_on": following[is_signed]}
        )
    return _sorted(_concatenated(parts), "signed_on", "account_id")


def _versions(rng: np.random.Generator, a: Table) -> Table:
    """Plan, seats and revenue over time: one or two versions of each account."""
    n = len(a["account_id"])
    parts: list[Table] = []
    change = a["created"].astype("datetime64[D]") + (
        (AS_OF - a["created"].astype("datetime64[D]")).astype(int) * rng.beta(3, 2, n)
    ).astype("timedelta64[D]")
    changed = a["paid"] & (rng.random(n) < 0.45)
    factor = rng.choice([0.5, 0.7, 0.8, 1.2, 1.5], n)
    before = np.maximum(1, (a["seats"] * factor).astype(int))
    forever = np.datetime64("NaT", "D")
    for mask, start, end, seats in (
        (changed, a["created"].astype("datetime64[D]"), change, before),
        (
            np.ones(n, bool),
            np.where(changed, change, a["created"].astype("datetime64[D]")),
            np.full(n, forever),
            a["seats"],
        ),
    ):
        parts.append(
            {
                "account_id": a["account_id"][mask],
                "valid_from": start[mask],
                "valid_to": end[mask],
                "plan": np.array(PLANS, dtype=object)[a["plan"][mask]],
                "seats_purchased": seats[mask],
                "arr": np.round(a["arr"] * seats / np.maximum(a["seats"], 1), 0)[mask],
            }
        )
    return _concatenated(parts)


def _billing(rng: np.random.Generator, a: Table) -> Table:
    has = a["paid"] & (rng.random(len(a["paid"])) < 0.985)
    n = int(has.sum())
    return {
        "account_id": a["account_id"][has],
        "autopay": _with_missing(rng, rng.random(n) < 0.6, 0.03),
        "credit_balance": np.round(np.where(rng.random(n) < 0.2, rng.exponential(80, n), 0), 2),
    }


# -- users and what they do --------------------------------------------------------------


def _users(rng: np.random.Generator, a: Table) -> tuple[Table, Any, Any]:
    """(table of users, account of each, eagerness of each: 1 on average, more where all seats are taken)."""
    per = a["users"]
    of = np.repeat(np.arange(len(per)), per)
    n = len(of)
    nth = np.arange(n) - np.repeat(np.cumsum(per) - per, per)
    ids = a["account_id"][of] + "-u" + (nth + 1).astype(str).astype(object)
    titles = [
        "Head of Operations",
        "Security Lead",
        "Analyst",
        "Cyber security officer",
        "Support Manager",
        "Developer",
        "CFO",
    ]
    users = {
        "user_id": ids,
        "account_id": a["account_id"][of],
        "email": ids + "@example.com",
        "role": np.where(nth == 0, "admin", rng.choice(["member", "viewer", "admin"], n, p=[0.75, 0.15, 0.1])).astype(
            object
        ),
        "title": _with_missing(rng, rng.choice(titles, n), 0.2),
        "seniority": _with_missing(
            rng, rng.choice(["staff", "manager", "director", "executive"], n, p=[0.55, 0.25, 0.14, 0.06]), 0.3
        ),
        "active": (rng.random(n) < 0.92) | a["full"][of],
    }
    eagerness = rng.gamma(1.2, 1 / 1.2, n)
    return users, of, np.where(a["full"][of], eagerness + 4, eagerness)


def _logins(rng: np.random.Generator, a: Table, users: Table, of: Any, eagerness: Any, health: Any) -> Table:
    """Logins month by month, by the user's eagerness, the account's health, and the season."""
    parts: list[Table] = []
    quiet_since = np.datetime64("2026-09-20T16:12:00")
    for m in range(MONTHS):
        start, end = month_start(m), month_start(m + 1)
        mean = 0.38 * eagerness * np.exp(0.75 * health[m][of]) * SEASON[(m + 10) % 12] * users["active"]
        count = rng.poisson(np.minimum(mean, 22))
        who = np.repeat(np.arange(len(of)), count)
        at = _moments(rng, start, end, len(who))
        account = of[who]
        is_customer = (
            (at > a["created"][account])
            & (np.isnat(a["ended"][account]) | (at < a["ended"][account]))
            & ((account != 0) | (at < quiet_since))
        )
        parts.append({"user_id": users["user_id"][who[is_customer]], "occurred_at": at[is_customer]})
    last = {"user_id": np.array([users["user_id"][1]], dtype=object), "occurred_at": np.array([quiet_since])}
    orphans = min(12, len(a["account_id"]) // 50)
    gone = {
        "user_id": np.array([f"u-gone-{i}" for i in range(orphans)], dtype=object),
        "occurred_at": _moments(rng, START, AS_OF, orphans),
    }
    table = _sorted(_concatenated([*parts, last, gone]), "occurred_at", "user_id")
    table["device"] = rng.choice(np.array(["web", "web", "web", "ios", "android"], dtype=object), rows(table))
    return table


def _features(rng: np.random.Generator, logins: Table) -> Table:
    """Features used after a login; one in fifty rows is loaded days late."""
    used = np.flatnonzero(rng.random(rows(logins)) < 0.42)
    at = logins["occurred_at"][used] + rng.integers(20, 3_000, len(used)).astype("timedelta64[s]")
    late = np.where(rng.random(len(used)) < 0.02, rng.integers(1, 6, len(used)) * 86_400, 600)
    features = np.array(["reports", "automation", "export", "api", "dashboards"], dtype=object)
    return {
        "user_id": logins["user_id"][used],
        "used_at": at,
        "loaded_at": at + late.astype("timedelta64[s]"),
        "feature": features[rng.choice(5, len(used), p=[0.35, 0.2, 0.15, 0.1, 0.2])],
    }


def _tickets(rng: np.random.Generator, a: Table, health: Any) -> Table:
    parts = []
    for m in range(MONTHS):
        mean = 0.09 * np.exp(-0.5 * health[m]) * (1 + 0.4 * np.log1p(a["seats"]) / 4)
        who = np.repeat(np.arange(len(mean)), rng.poisson(mean))
        at = _moments(rng, month_start(m), month_start(m + 1), len(who))
        is_customer = (at > a["created"][who]) & (np.isnat(a["ended"][who]) | (at < a["ended"][who]))
        parts.append(
            {
                "account_id": a["account_id"][who[is_customer]],
                "opened_at": at[is_customer],
                "unwell": np.exp(-health[m][who[is_customer]]),
            }
        )
    table = _concatenated(parts)
    solved = table["opened_at"] + (rng.exponential(2.5 * 86_400, rows(table)) * (1 + 0.6 * table.pop("unwell"))).astype(
        "timedelta64[s]"
    )
    table["priority"] = rng.choice(
        np.array(["p4", "p3", "p2", "p1"], dtype=object), rows(table), p=[0.4, 0.35, 0.19, 0.06]
    )
    table["solved_at"] = np.where(solved < AS_OF, solved, np.datetime64("NaT"))
    return _sorted(table, "opened_at", "account_id")


def _invoices(rng: np.random.Generator, a: Table, health: Any) -> Table:
    """Quarterly fees, due on the renewal's day of the month."""
    parts = []
    for quarter in range(QUARTERS + 1):
        due = month_start(quarter * 3) + a["renewal_day"].astype("timedelta64[D]")
        mine = np.flatnonzero(a["paid"] & (a["created"] < due) & (np.isnat(a["ended"]) | (due < a["ended"])))
        h = health[min(quarter * 3, MONTHS)][mine]
        failing = rng.random(len(mine)) < 0.03 * np.exp(-0.6 * h)
        status = np.where(
            due[mine] >= AS_OF,
            "open",
            np.where(failing, "failed", np.where(rng.random(len(mine)) < 0.02, "void", "paid")),
        )
        parts.append(
            {
                "account_id": a["account_id"][mine],
                "due_date": due[mine],
                "amount": np.round(a["arr"][mine] / 4, 2),
                "status": status.astype(object),
            }
        )
    return _sorted(_concatenated(parts), "due_date", "account_id")


def _meetings(rng: np.random.Generator, a: Table) -> Table:
    """Meetings; some are booked for after as-of."""
    mean = np.where(a["paid"], 0.6 + 0.9 * (a["plan"] == 3), 0.02) * 2
    mean[0] = 0
    who = np.repeat(np.arange(len(mean)), rng.poisson(mean))
    held_at = _moments(rng, START, AS_OF + np.timedelta64(45, "D"), len(who))
    booked = held_at - rng.integers(2 * 86_400, 25 * 86_400, len(who)).astype("timedelta64[s]")
    is_booked = (
        (booked < AS_OF) & (booked > a["created"][who]) & (np.isnat(a["ended"][who]) | (held_at < a["ended"][who]))
    )
    level = rng.choice(np.array(["csm", "exec"], dtype=object), len(who), p=[0.8, 0.2])
    return _sorted(
        {
            "account_id": a["account_id"][who[is_booked]],
            "held_at": held_at[is_booked],
            "booked_at": booked[is_booked],
            "level": level[is_booked],
        },
        "held_at",
        "account_id",
    )


def _surveys(rng: np.random.Generator, a: Table, users: Table, of: Any, health: Any) -> Table:
    parts = []
    interests = np.array(
        ["", "automation", "reporting", "automation;reporting", "mobile", "integrations;mobile"], dtype=object
    )
    for m in range(1, MONTHS, 3):
        who = np.flatnonzero(users["active"] & (rng.random(len(of)) < 0.09))
        at = _moments(rng, month_start(m), month_start(m + 1), len(who))
        account = of[who]
        is_customer = (at > a["created"][account]) & (np.isnat(a["ended"][account]) | (at < a["ended"][account]))
        who, at, account = who[is_customer], at[is_customer], account[is_customer]
        score = np.clip(np.round(6.6 + 1.6 * health[m][account] + rng.normal(0, 1.6, len(who))), 0, 10).astype(int)
        parts.append(
            {
                "user_id": users["user_id"][who],
                "answered_at": at,
                "nps": np.where(rng.random(len(who)) < 0.0007, 11, score),
            }
        )
    table = _sorted(_concatenated(parts), "answered_at", "user_id")
    n = rows(table)
    table["top_priority"] = _with_missing(
        rng, rng.choice(["cost", "speed", "security", "support"], n, p=[0.3, 0.3, 0.2, 0.2]), 0.03
    )
    table["interests"] = interests[rng.choice(6, n, p=[0.15, 0.2, 0.2, 0.15, 0.2, 0.1])]
    return table


def _states(a: Table, health: Any) -> Table:
    """Health and band of each account at as-of, invisible in the world."""
    band = np.digitize(health[MONTHS], [-0.5, 0.5])
    return {
        "account_id": a["account_id"],
        "health": np.round(health[MONTHS], 6),
        "band": np.array(BANDS, dtype=object)[band],
        "churned": ~np.isnat(a["ended"]),
    }


# -- small pieces ----------------------------------------------------------------------


def month_start(m: int) -> Any:
    """First day of the m-th month of the two years, as datetime64[D]."""
    return (np.datetime64("2024-11", "M") + np.timedelta64(m, "M")).astype("datetime64[D]")


def _moments(rng: np.random.Generator, start: Any, end: Any, n: int) -> Any:
    """Random times between two days, rarely on weekends and at night."""
    days = np.arange(start.astype("datetime64[D]"), end.astype("datetime64[D]"))
    weekend = np.isin((days.astype(int) + 3) % 7, (5, 6))  # day 0 of the epoch was a Thursday
    weights = np.where(weekend, 0.18, 1.0)
    day = days[rng.choice(len(days), n, p=weights / weights.sum())]
    seconds = np.clip(rng.normal(13 * 3600, 3 * 3600, n), 0, 86_399).astype("timedelta64[s]")
    return day.astype("datetime64[s]") + seconds


def _with_missing(rng: np.random.Generator, values: Any, missing: float, keep: int | None = None) -> Any:
    """Values of which a share is missing; the value at index `keep` stays."""
    is_missing = rng.random(len(values)) < missing
    if keep is not None:
        is_missing[keep] = False
    if values.dtype.kind == "M":
        return np.where(is_missing, np.datetime64("NaT"), values)
    objects = values.astype(object)
    objects[is_missing] = None
    return objects


def _concatenated(parts: list[Table]) -> Table:
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def _sorted(table: Table, *by: str) -> Table:
    order = np.lexsort([table[c].astype(str) if table[c].dtype == object else table[c] for c in reversed(by)])
    return {name: column[order] for name, column in table.items()}
