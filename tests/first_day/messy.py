"""Exports whose cells are all read, and whose counts mean something else than a person thinks."""

from __future__ import annotations

import pandas as pd

from tests.first_day.table import AS_OF, Ask, Case, Say, back, book, known, num, per, sheet, when

IDS = [f"M{i:03}" for i in range(60)]
ACCOUNTS = sheet("account_id|region", [(k, ("north", "south")[i % 2]) for i, k in enumerate(IDS)])

TWO_REGIONS = Case(
    "orders of two regions",
    "decimal commas in one file, points and three places in the other",
    {
        "orders-1.csv": sheet("order_id|weight|pieces", [(f"o{i}", f"{i},50", i) for i in range(40)], sep=";"),
        "orders-2.csv": sheet("order_id|weight|pieces", [(f"o{i}", f"{i}.500", i) for i in range(40, 80)]),
    },
    (Ask("pieces > 20", "orders", lambda t: num(pd.concat([t.orders_1, t.orders_2]).pieces) > 20, as_of=AS_OF),),
    (Say("init", (r"\?", "weight", "`0,50` in orders-1.csv", "`40.500` in orders-2.csv")), Say("init", ("weight", "number required"), never=True)),
    {"orders-1.csv": {"sep": ";"}},
)

UNITS = Case(
    "amounts in thousands and in cents",
    "the unit stands in the header",
    {
        "firms.csv": sheet(
            "firm_id|Revenue (k€)|ARR in thousands|price_cents|Revenue USD|Kilometres",
            [(f"f{i}", i * 3, i * 2, i * 100, i * 1000, i) for i in range(60)],
        )
    },
    (Ask("revenue_k > 90", "firms", lambda t: num(t.firms["Revenue (k€)"]) > 90, as_of=AS_OF),),
    (
        Say("init", (r"\?", "revenue_k", "arr_in_thousands", "in thousands, by its header")),
        Say("init", (r"\?", "price_cents", "in hundredths, by its header")),
        Say("init", ("revenue_k|price_cents|arr_in_thousands", r"money\("), never=True),
        Say("init", ("revenue_usd", r"money\(USD\)")),
        Say("init", ("kilometres.*thousands",), never=True),
    ),
)

UNDONE = Case(
    "orders cancelled, refunded and tests",
    "every row counts, whatever its status",
    {
        "customers.csv": sheet("customer_id|name|is_test", [(k, f"N {i}", ("no", "yes")[i % 10 == 0]) for i, k in enumerate(IDS)]),
        "orders.csv": sheet(
            "order_id|customer_id|status|created_at|total_usd",
            [(f"o{i}", IDS[i * 7 % 50], ("paid", "cancelled", "refunded", "paid")[i % 4], back(i), f"{i}.50") for i in range(90)],
        ),
    },
    (
        Ask('count({orders} where status = "paid") >= 1', "customers", lambda t: per(t.customers.customer_id, t.orders.customer_id[t.orders.status == "paid"]) >= 1, as_of=AS_OF),
        Ask("count({orders}) >= 2 and not is_test", "customers", lambda t: (per(t.customers.customer_id, t.orders.customer_id) >= 2) & (t.customers.is_test == "no"), as_of=AS_OF),
    ),
    (
        Say("init", (r"\?", "orders counts whatever its status", "`cancelled` in 23", "`refunded` in 22", 'where status = "paid"')),
        Say("init", (r"\?", "is_test is true", "and not is_test")),
        Say("init", ("total_usd", r"money\(USD\)")),
    ),
)  # fmt: skip

RENEWALS = Case(
    "renewals ahead",
    "rows that no rule counts before their day",
    {
        "accounts.csv": ACCOUNTS,
        "renewals.csv": sheet("renewal_id|account_id|renews_on", [(f"r{i}", IDS[i * 7 % 50], back(10 - i * 30, "2096-10-31") if i > 4 else back(i)) for i in range(60)]),
    },
    (Ask('region = "north"', "accounts", lambda t: t.accounts.region == "north", as_of=AS_OF),),
    (Say("init", (r"\?", "55 of 60 rows of renewals lie ahead of today", "known at")),),
)  # fmt: skip

SIDE = Case(
    "two tables side by side",
    "one sheet, an empty column between",
    {"plan.xlsx": book({"Sheet1": [("account_id", "region", None, "account_id", "visits"), *((k, "ns"[i % 2], None, IDS[59 - i], i) for i, k in enumerate(IDS))]})},
    (Ask('region = "n"', "plan", lambda t: t.plan.region == "n", as_of=AS_OF),),
    (Say("init", (r"\?", "`account_id` stands on both sides of an empty column")),),
)  # fmt: skip

LOCAL = Case(
    "local times, the zone beside them",
    "a zone for each row",
    {
        "accounts.csv": ACCOUNTS,
        "calls.csv": sheet("call_id|account_id|local_time|timezone", [(f"c{i}", IDS[i * 7 % 50], f"{back(i)} {i % 24:02}:30:00", ("America/New_York", "Asia/Tokyo")[i % 2]) for i in range(80)]),
    },
    (Ask("count({calls}) >= 2", "accounts", lambda t: per(t.accounts.account_id, t.calls.account_id) >= 2, as_of=AS_OF),),
    (Say("init", (r"\?", "local_time has no zone", "timezone says one for each row")),),
)  # fmt: skip

HALF_FLAGS = Case(
    "yes or an empty cell",
    "1, x and true alone",
    {"people.csv": sheet("person_id|opted_out|vip|deleted|score", [(f"p{i}", "1" if i % 4 == 0 else "", "x" if i % 5 == 0 else "", "true" if i % 10 == 0 else "", i) for i in range(80)])},
    (Ask("opted_out is missing and score > 20", "people", lambda t: (t.people.opted_out == "") & (num(t.people.score) > 20), as_of=AS_OF),),
    (
        Say("init", (r"\?", "opted_out", "`1` in 20 rows, and empty in 60", "opted_out is missing")),
        Say("init", (r"\?", "vip", "`x` in 16 rows")),
        Say("init", (r"\?", "deleted is true", "and deleted is missing")),
    ),
)  # fmt: skip

WHOLE_EXPORTS = Case(
    "each week's export of all",
    "rows that stand in both files, headers in other capitals",
    {
        "accounts.csv": ACCOUNTS,
        "orders-2025-10-20.csv": sheet("order_id|account_id|ordered_at", [(f"o{i}", IDS[i * 7 % 50], back(i)) for i in range(20, 90)]),
        "orders-2025-10-27.csv": sheet("Order_ID|Account_ID|ordered_at", [(f"o{i}", IDS[i * 7 % 50], back(i)) for i in range(90)]),
    },
    (Ask('region = "north"', "accounts", lambda t: t.accounts.region == "north", as_of=AS_OF),),
    (
        Say("init", ("2 files are one table", "orders-2025-10-20.csv")),
        Say("init", (r"\?", "order_id stands once in each file", r"\b70 times in another", "export of all")),
    ),
)

NAMES = Case(
    "customers called Null, columns called Name and name",
    "words for nothing that are names",
    {
        "people.csv": sheet(
            "person_id|first_name|Status|status|balance|arr|seen_on|ends_on",
            [(f"p{i}", ("Ann", "Null", "Bo", "Cy", "Di")[i % 5], "ab"[i % 2], ("open", "won")[i % 3 == 0], f"{i}.00{'-' * (i % 4 == 0)}", f"{i + 1} {i * 7 % 1000:03}", "1900-01-01" if i % 3 else back(i), "9999-12-31" if i % 3 else back(i)) for i in range(60)],
        )
    },
    (
        Ask('status_2 = "won"', "people", lambda t: t.people["status"] == "won", as_of=AS_OF),
        Ask("balance < -10", "people", lambda t: t.people.balance.str.endswith("-") & (num(t.people.balance.str.rstrip("-")) > 10), as_of=AS_OF),
        Ask("arr > 20_000", "people", lambda t: num(t.people.arr.str.replace(" ", "")) > 20_000, as_of=AS_OF),
        Ask("ends_on >= 2025-10-01", "people", lambda t: known((w := when(t.people.ends_on.replace("9999-12-31", ""))) >= "2025-10-01", w.notna()), as_of=AS_OF),
    ),
    (
        Say("init", ("first_name", "read as missing: `Null` in 12")),
        Say("init", (r"\?", "seen_on", "`1900-01-01` is read as that day, in 40 of 60")),
        Say("init", ("ends_on", "read as missing: `9999-12-31` in 40")),
    ),
)  # fmt: skip

CASES = (TWO_REGIONS, UNITS, UNDONE, RENEWALS, SIDE, LOCAL, HALF_FLAGS, WHOLE_EXPORTS, NAMES)
