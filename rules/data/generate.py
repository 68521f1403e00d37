"""Makes the example's data: the same 1,000 accounts every time. Run it in the repository: python rules/data/generate.py"""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path
from typing import Any

AS_OF = dt.datetime(2026, 11, 1)
HERE = Path(__file__).parent
INDUSTRIES = ["software", "banking", "Insurance", "healthcare", "pharma", "retail", "logistics", "media", "NA"]
COUNTRIES = ["US", "US", "GB", "DE", "de", "AT", "CH", "FR", "NL", "SE", " de", "NA"]
PLANS = {"free": (0, 0), "team": (600, 6_000), "business": (6_000, 60_000), "enterprise": (60_000, 600_000)}
TITLES = [
    "Engineer",
    "Security Lead",
    "Head of IT",
    "Analyst",
    "VP Finance",
    "Operations Manager",
    "NA",
    "Cyber security officer",
]
NAMES = ["Northwind", "Contoso", "Fabrikam", "Globex", "Initech", "Umbra", "Hooli", "Vehement", "Massive", "Soylent"]


def main() -> None:
    random.seed(20261101)
    tables: dict[str, list[dict[str, Any]]] = {
        t: [] for t in ("accounts", "billing", "users", "logins", "tickets", "invoices", "meetings", "surveys")
    }
    for i in range(1, 1001):
        account(i, tables)
    tables["logins"].append(
        {"user_id": "u-gone", "occurred_at": "2026-10-30 10:00:00", "device": "web"}
    )  # an orphan, as exports have
    for name, rows in tables.items():
        with (HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def account(i: int, tables: dict[str, list[dict[str, Any]]]) -> None:
    key = "northwind" if i == 1 else f"acc-{i:04d}"
    plan = "business" if i == 1 else random.choices(list(PLANS), [15, 45, 30, 10])[0]
    status = "active" if i == 1 else "trial" if plan == "free" else random.choices(["active", "churned"], [92, 8])[0]
    created = AS_OF - dt.timedelta(
        days=random.randint(400, 2400) if i == 1 else int(random.triangular(1, 2400, 500)), hours=random.randint(0, 23)
    )
    mood = 0.05 if i == 1 else random.betavariate(2, 2)
    low, high = PLANS[plan]
    arr = 48_000 if i == 1 else random.randint(low // 12, high // 12) * 12
    seats = max(1, min(400, arr // 600)) if plan != "free" else 3
    term = 365
    age = (AS_OF - created).days
    renewal = AS_OF.date() + dt.timedelta(days=41 if i == 1 else term - age % term)
    last_renewal = renewal - dt.timedelta(days=term)
    paying = plan != "free"
    tables["accounts"].append({
        "account_id": key, "name": f"{random.choice(NAMES)} {i}", "created_at": f"{created:%Y-%m-%d %H:%M:%S}",
        "parent": f"acc-{random.randint(2, 60):04d}" if i > 60 and random.random() < 0.15 else "",
        "status": status, "plan": plan, "industry": random.choice(INDUSTRIES),
        "employees": random.choice(["", str(int(random.lognormvariate(5, 1.2)))]) if random.random() < 0.2 else int(random.lognormvariate(5, 1.2)),
        "country": random.choice(COUNTRIES), "postcode": f"{random.randint(10000, 99999)}", "arr": arr,
        "seats_purchased": "" if paying and random.random() < 0.04 else seats,
        "renewal_date": "" if not paying or (i != 1 and random.random() < 0.05) else renewal.isoformat(),
        "last_renewal_date": last_renewal.isoformat() if paying and last_renewal > created.date() else "",
        "onboarded_on": (created.date() + dt.timedelta(days=random.randint(5, 90))).isoformat() if age > 95 else "",
    })  # fmt: skip
    if random.random() < 0.97:
        tables["billing"].append(
            {
                "account_id": key,
                "autopay": random.choice(["yes", "yes", "no", ""]),
                "credit_balance": f"{random.choice([0, 0, 0, 25, 120.5]):.2f}",
            }
        )
    people(key, seats, mood, tables)
    events(key, plan, arr, mood, created, last_renewal, tables)


def people(key: str, seats: int, mood: float, tables: dict[str, list[dict[str, Any]]]) -> None:
    count = max(1, min(12, round(min(seats, 10) * (0.4 + mood * 0.7))))
    for n in range(count):
        user = f"{key}-u{n + 1}"
        tables["users"].append({
            "user_id": user, "account_id": key, "email": f"{user}@example.com", "role": "admin" if n == 0 else random.choice(["member", "member", "viewer"]),
            "title": random.choice(TITLES), "seniority": random.choice(["staff", "staff", "manager", "director", "executive", ""]),
            "active": random.choices(["true", "false"], [9, 1])[0],
        })  # fmt: skip
        quiet = 42 if key == "northwind" else random.choice([0, 0, 0, 10, 35, 50]) if mood < 0.35 else 0
        for _ in range(int(random.expovariate(1 / (2 + mood * 9)))):
            at = AS_OF - dt.timedelta(days=quiet + random.expovariate(1 / 25), minutes=random.randint(0, 900))
            tables["logins"].append(
                {
                    "user_id": user,
                    "occurred_at": f"{at:%Y-%m-%d %H:%M:%S}",
                    "device": random.choice(["web", "web", "ios", "android"]),
                }
            )
        if random.random() < 0.35:
            at = AS_OF - dt.timedelta(days=random.randint(2, 200), hours=random.randint(0, 20))
            score = min(10, max(0, round(random.gauss(3 + mood * 7, 1.5))))
            tables["surveys"].append({
                "user_id": user, "answered_at": f"{at:%Y-%m-%d %H:%M:%S}", "nps": random.choices([score, 11], [99, 1])[0],
                "top_priority": random.choice(["cost", "speed", "security", "support"]),
                "interests": ";".join(sorted(random.sample(["automation", "reporting", "integrations", "mobile"], random.randint(0, 3)))),
            })  # fmt: skip


def events(
    key: str,
    plan: str,
    arr: int,
    mood: float,
    created: dt.datetime,
    last_renewal: dt.date,
    tables: dict[str, list[dict[str, Any]]],
) -> None:
    for _ in range(int(random.expovariate(1 / (0.5 + (1 - mood) * 4)))):
        opened = AS_OF - dt.timedelta(days=random.uniform(0.2, 300))
        solved = opened + dt.timedelta(days=random.expovariate(1 / (2 + 6 * (1 - mood))))
        tables["tickets"].append({
            "account_id": key, "opened_at": f"{opened:%Y-%m-%d %H:%M:%S}", "priority": random.choices(["p4", "p3", "p2", "p1"], [40, 35, 18, 7])[0],
            "solved_at": f"{solved:%Y-%m-%d %H:%M:%S}" if solved < AS_OF else "",
        })  # fmt: skip
    if plan != "free":
        for quarter in range(6):
            due = AS_OF.date() - dt.timedelta(days=91 * quarter - 20)
            if due > created.date():
                status = (
                    "open"
                    if due > AS_OF.date()
                    else random.choices(["paid", "open", "failed", "void"], [90, 4, 4 + 8 * (1 - mood), 2])[0]
                )
                tables["invoices"].append(
                    {"account_id": key, "due_date": due.isoformat(), "amount": f"{arr / 4:.2f}", "status": status}
                )
    for _ in range(random.choice([0, 0, 1, 2, 3]) if key != "northwind" else 0):
        held = AS_OF + dt.timedelta(days=random.uniform(-200, 40))
        booked = held - dt.timedelta(days=random.uniform(2, 30))
        if booked < AS_OF:
            tables["meetings"].append(
                {
                    "account_id": key,
                    "held_at": f"{held:%Y-%m-%d %H:%M:%S}",
                    "booked_at": f"{booked:%Y-%m-%d %H:%M:%S}",
                    "level": random.choices(["csm", "exec"], [4, 1])[0],
                }
            )


if __name__ == "__main__":
    main()
