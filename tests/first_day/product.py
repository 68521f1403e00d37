"""Exports of product usage."""

from __future__ import annotations

import datetime as dt

from tests.first_day.table import AS_OF, Ask, Case, Say, back, clock, day, json_lines, num, parquet, per, recent, sheet, total, when

# -- Mixpanel: JSON Lines, seconds since 1970 -------------------------------------------------------


def _seconds(n: int) -> int:
    """A moment n days before the last, as seconds since 1970."""
    return int(dt.datetime.fromisoformat(f"{back(n)}T{clock(n)}+00:00").timestamp())


MIXPANEL = Case(
    "Mixpanel events as JSON Lines",
    "seconds since 1970, names with $",
    {
        "people.csv": sheet(
            "$distinct_id|$email|plan|$created",
            [(f"d{i:03}", f"p{i}@example.com", ("free", "pro")[i % 2], f"{day(i * 4, '2025-02-01')}T{clock(i)}") for i in range(40)],
        ),
        "events.jsonl": json_lines(
            {
                "event": ("Login", "Export", "Invite")[i % 3],
                "time": _seconds(i),
                "distinct_id": f"d{i * 7 % 40:03}",
                "$insert_id": f"ins{i}",
                "mp_country_code": ("DE", "FR")[i % 2],
            }
            for i in range(150)
        ),
    },
    (
        Ask('plan = "pro"', "people", lambda t: t.people.plan == "pro", as_of=AS_OF),
        Ask(
            'count({events} where event = "Login") >= 2',
            "people",
            lambda t: per(t.people["$distinct_id"], t.events.distinct_id[t.events.event == "Login"]) >= 2,
            as_of=AS_OF,
        ),
        Ask(
            "none({events} in last 14 days)",
            "people",
            lambda t: per(t.people["$distinct_id"], t.events.distinct_id[t.events.time >= dt.datetime(2025, 10, 18, tzinfo=dt.UTC).timestamp()]) == 0,
            as_of=AS_OF,
        ),
    ),
    (Say("init", ("distinct_id", "40 of 40")), Say("init", ("time", "seconds since 1970"))),
)

# -- Amplitude: three times, rows sent twice -----------------------------------------------------------

SENT = [
    (
        f"user{i * 7 % 45:02}",
        ("open", "share")[i % 2],
        f"{back(i // 2)} {clock(i)}.123000",
        f"{back(i // 2)} {clock(i)}.900000",
        f"{back(max(0, i // 2 - 9))} {clock(i)}.300000",
        f"{i:08x}-aa",
        "Germany",
    )
    for i in range(110)
]
AMPLITUDE = Case(
    "Amplitude events and users",
    "rows sent twice, three times",
    {
        "users.csv": sheet("user_id|version|paying", [(f"user{i:02}", f"2.{i % 5}", ("True", "False", "")[i % 3]) for i in range(45)]),
        "events.csv": sheet("user_id|event_type|event_time|client_event_time|server_upload_time|$insert_id|country", [*SENT, *SENT[:6]]),
    },
    (
        Ask("paying", "users", lambda t: t.users.paying.map({"True": True, "False": False}), as_of=AS_OF),
        Ask(
            'any({events} in last 7 days where event_type = "share")',
            "users",
            lambda t: per(t.users.user_id, t.events.user_id[recent(when(t.events.event_time), 7) & (t.events.event_type == "share")]) > 0,
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("event_time", "server_upload_time"), "A5"),
        Say("data check", ("events", r"\b6\b", "twice|same|duplicate|equal|copies"), "A7"),
        Say("init", ("insert_id", r"\b6\b"), "A7"),
    ),
    proposal="A2",
)

# -- Segment: a warehouse's tables as Parquet, times with a zone and without -----------------------------

SEGMENT = Case(
    "Segment warehouse tables as Parquet",
    "typed columns, four times",
    {
        "users.parquet": parquet(
            "id VARCHAR, email VARCHAR, created_at TIMESTAMPTZ, plan VARCHAR, seats INTEGER",
            [
                (f"usr_{i:03}", f"s{i}@example.com", f"{day(i * 5, '2025-01-02')} {clock(i)}+00", ("free", "team")[i % 2], i % 12 if i % 5 else None)
                for i in range(40)
            ],
        ),
        "tracks.parquet": parquet(
            "id VARCHAR, user_id VARCHAR, event VARCHAR, original_timestamp TIMESTAMP, received_at TIMESTAMP, sent_at TIMESTAMP, timestamp TIMESTAMP",
            [
                (
                    f"trk{i:05}",
                    f"usr_{i * 3 % 40:03}",
                    ("Signed In", "Report Viewed")[i % 2],
                    *([f"{back(i // 2)} {clock(i)}"] * 2),
                    f"{back(i // 2)} {clock(i)}",
                    f"{back(i // 2)} {clock(i)}",
                )
                for i in range(120)
            ],
        ),
    },
    (
        Ask("seats > 5", "users", lambda t: t.users.seats.astype("Int64") > 5, as_of=AS_OF),
        Ask(
            'count({tracks} in last 30 days where event = "Report Viewed") >= 1',
            "users",
            lambda t: per(t.users.id, t.tracks.user_id[recent(t.tracks.received_at, 30) & (t.tracks.event == "Report Viewed")]) >= 1,
            as_of=AS_OF,
        ),
        Ask('plan = "team"', "users", lambda t: t.users[t.users.created_at < "2025-05-01"].plan == "team", as_of="2025-05-01", fails="A1"),
    ),
    (Say("init", ("user_id", "40 of 40")), Say("init", ("original_timestamp", "received_at|sent_at"), "A5")),
)

# -- GA4: an exploration, comments above, the grand total first -------------------------------------------

GA4 = Case(
    "GA4 exploration",
    "comments above the header, a total below it",
    {
        "accounts.csv": sheet("account_id|name|user_id", [(f"acc{i}", f"A {i}", f"ga.{1000 + i}") for i in range(30)]),
        "Free form 1.csv": "# ----------------------------------------\n# Free form 1\n# Account: Kite\n# Property: Kite web - GA4\n# 20251001-20251031\n# ----------------------------------------\n\n"
        + sheet(
            "Date|User ID|Device category|Sessions|Engagement rate",
            [
                ("", "", "", 402, "0.61"),
                *(
                    (f"{back(i % 30):%Y%m%d}", f"ga.{1000 + i * 7 % 33}" if i % 9 else "(not set)", ("desktop", "mobile")[i % 2], 1 + i % 6, f"0.{i % 9}5")
                    for i in range(100)
                ),
            ],
        ),
    },
    (
        Ask('name != ""', "accounts", lambda t: t.accounts.name != "", as_of=AS_OF, fails="N4, B6"),
        Ask(
            "sum({free_form_1}.sessions) > 10",
            "accounts",
            lambda t: total(t.accounts.user_id, t.free_form_1["User ID"], num(t.free_form_1.Sessions)) > 10,
            as_of=AS_OF,
            fails="N4, B6",
        ),
        Ask(
            "none({free_form_1} in last 7 days)",
            "accounts",
            lambda t: per(t.accounts.user_id, t.free_form_1["User ID"][recent(when(t.free_form_1.Date, "%Y%m%d"), 7)]) == 0,
            as_of=AS_OF,
            fails="N4, N19, B6",
        ),
    ),
    (
        Say("init", ("Free form 1", r"\b7\b|\b6\b", "above")),
        Say("init", ("Free form 1", "total"), "N4"),
        Say("init", (r"\?", "user_id", r"\(not set\)"), "A4"),
    ),
    {"Free form 1.csv": {"skiprows": 7}},
    first="N4, B6",
)

# -- Pendo: milliseconds, and accounts of which only the active ones were exported ---------------------------


def _milliseconds(n: int) -> int:
    return _seconds(n) * 1000 + n


PENDO = Case(
    "Pendo accounts and visitors",
    "milliseconds, links of which three in five lead somewhere",
    {
        "accounts.csv": sheet("Account ID|Plan|ARR", [(f"Acct/{i:03}", ("Starter", "Scale")[i % 2], 900 * i) for i in range(30)]),
        "visitors.csv": sheet(
            "Visitor ID|Account ID|First Visit|Last Visit|Days Active|Number of Events",
            [(f"vis{i:04}", f"Acct/{i * 7 % 50:03}", _milliseconds(200 + i), _milliseconds(i), i % 30, i * 5) for i in range(110)],
        ),
    },
    (
        Ask("arr > 9_000", "accounts", lambda t: num(t.accounts.ARR) > 9000, as_of=AS_OF),
        Ask("count({visitors}) >= 3", "accounts", lambda t: per(t.accounts["Account ID"], t.visitors["Account ID"]) >= 3, as_of=AS_OF, fails="B6"),
        Ask(
            "sum({visitors}.days_active) > 20",
            "accounts",
            lambda t: total(t.accounts["Account ID"], t.visitors["Account ID"], num(t.visitors["Days Active"])) > 20,
            as_of=AS_OF,
            fails="B6",
        ),
        Ask(
            "any({visitors} where last_visit >= 2025-10-15)",
            "accounts",
            lambda t: (
                per(
                    t.accounts["Account ID"],
                    t.visitors["Account ID"][num(t.visitors["Last Visit"]) >= dt.datetime(2025, 10, 15, tzinfo=dt.UTC).timestamp() * 1000],
                )
                > 0
            ),
            as_of=AS_OF,
            fails="B6, N6",
        ),
    ),
    (Say("init", ("account_id", "30 of 50"), "B6"), Say("init", ("arr", "currency"), "C17"), Say("init", ("first_visit", "last_visit"), "A5")),
)

CASES = (MIXPANEL, AMPLITUDE, SEGMENT, GA4, PENDO)
