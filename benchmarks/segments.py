"""Compare the generated query with one written by hand, on 1 M customers with 20 M events. Run: python benchmarks/segments.py

Both read the same native DuckDB tables in one process, take turns, and must give the same counts.
`--customers N` uses fewer customers.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

import datetime as dt

import duckdb

import segdsl
from benchmarks.measure import medians, table
from segdsl.model.clock import Clock
from segdsl.sql.plan import assignment
from segdsl.workspace.load import sound

RULES = """
entity account {
  account_id: text key
  status:  one of ("trial", "active", "churned") required
  plan:    one of ("free", "team", "business", "enterprise") required
  arr:     money(USD) required
  seats:   integer from 0 to 100_000
  renewal: date
}
table events of account by account_id at occurred_at { kind: one of ("login", "ticket", "export", "invite") required  amount: money(USD) }
metric logins_28d of account = count(events in last 28 days where kind = "login")
metric logins_before of account = count(events from 56 days ago until 28 days ago where kind = "login")
metric spent of account = sum(events.amount in last 90 days)
metric days_active of account = distinct_days(events in last 30 days)
metric use of account = logins_28d / seats
segmentation motion of account where status = "active" {
  segment save { when renewal in next 90 days and none(events in last 14 days where kind = "login") }
  segment shrink { when logins_before >= 5 and logins_28d / logins_before < 50% }
  segment expand { when use >= 90% and none(events in last 30 days where kind = "ticket") }
  segment big { when spent >= 1_000 or arr >= 90_000 }
  undecided check
  otherwise steady
}
segment vips of account { when arr > 50_000 and plan in ("business", "enterprise") }
segment busy of account { when days_active >= 4 }
segment quiet of account { when none(events in last 60 days) }
segment trialists of account { when status = "trial" and any(events in last 7 days where kind = "invite") }
"""

DATA = """
CREATE TABLE account AS SELECT 'a' || i AS account_id,
  ['trial', 'active', 'active', 'active', 'churned'][1 + CAST(hash(i) % 5 AS BIGINT)] AS status,
  ['free', 'team', 'business', 'enterprise'][1 + CAST(hash(i, 1) % 4 AS BIGINT)] AS plan,
  CAST(hash(i, 2) % 10000000 AS BIGINT) AS arr,
  CASE WHEN CAST(hash(i, 3) % 50 AS BIGINT) > 0 THEN CAST(1 + CAST(hash(i, 3) % 12 AS BIGINT) AS BIGINT) END AS seats,
  CASE WHEN CAST(hash(i, 4) % 20 AS BIGINT) > 0 THEN DATE '2026-11-01' + CAST(CAST(hash(i, 4) % 365 AS BIGINT) AS INTEGER) END AS renewal
FROM range({customers}) t(i);
CREATE TABLE events AS SELECT 'a' || CAST(hash(i, 5) % {customers} AS BIGINT) AS account_id,
  TIMESTAMP '2026-11-01' - to_seconds(CAST(60 + CAST(hash(i, 6) % 31536000 AS BIGINT) AS BIGINT)) AS occurred_at,
  ['login', 'login', 'login', 'ticket', 'export', 'invite'][1 + CAST(hash(i, 7) % 6 AS BIGINT)] AS kind,
  CASE WHEN CAST(hash(i, 8) % 4 AS BIGINT) = 0 THEN CAST(hash(i, 9) % 50000 AS BIGINT) END AS amount
FROM range({events}) t(i);
"""

BY_HAND = """
WITH e AS (
  SELECT account_id,
    count(*) FILTER (kind = 'login' AND occurred_at >= TIMESTAMP '2026-10-04') AS logins_28d,
    count(*) FILTER (kind = 'login' AND occurred_at >= TIMESTAMP '2026-09-06' AND occurred_at < TIMESTAMP '2026-10-04') AS logins_before,
    count(*) FILTER (kind = 'login' AND occurred_at >= TIMESTAMP '2026-10-18') AS logins_14d,
    count(*) FILTER (kind = 'ticket' AND occurred_at >= TIMESTAMP '2026-10-02') AS tickets_30d,
    count(*) FILTER (kind = 'invite' AND occurred_at >= TIMESTAMP '2026-10-25') AS invites_7d,
    count(*) FILTER (occurred_at >= TIMESTAMP '2026-09-02') AS events_60d,
    count(*) AS events_90d,
    sum(amount) AS spent,
    count(DISTINCT CASE WHEN occurred_at >= TIMESTAMP '2026-10-02' THEN CAST(occurred_at AS DATE) END) AS days_active
  FROM events
  WHERE occurred_at >= TIMESTAMP '2026-08-03' AND occurred_at < TIMESTAMP '2026-11-01'
  GROUP BY account_id
), a AS (
  SELECT a.*, coalesce(logins_28d, 0) AS l, coalesce(logins_before, 0) AS b, coalesce(logins_14d, 0) AS l14, coalesce(tickets_30d, 0) AS t,
    coalesce(invites_7d, 0) AS i, coalesce(events_60d, 0) AS e60, CASE WHEN coalesce(events_90d, 0) = 0 THEN 0 ELSE spent END AS s,
    coalesce(days_active, 0) AS d
  FROM account a LEFT JOIN e USING (account_id)
), c AS (
  SELECT *, (renewal >= DATE '2026-11-01' AND renewal < DATE '2027-01-30') AND l14 = 0 AS c1,
    b >= 5 AND l * 100 < 50 * nullif(b, 0) AS c2,
    l * 100 >= 90 * nullif(seats, 0) AND t = 0 AS c3,
    s >= 100000 OR arr >= 9000000 AS c4
  FROM a
)
SELECT account_id,
  CASE WHEN status != 'active' THEN NULL WHEN c1 THEN 'save' WHEN c2 THEN 'shrink' WHEN c3 THEN 'expand' WHEN c4 THEN 'big'
       WHEN c1 IS NULL OR c2 IS NULL OR c3 IS NULL OR c4 IS NULL THEN 'check' ELSE 'steady' END AS motion,
  CASE WHEN status != 'active' THEN 'outside' ELSE 'assigned' END AS motion_status,
  arr > 5000000 AND plan IN ('business', 'enterprise') AS vips, d >= 4 AS busy, e60 = 0 AS quiet, status = 'trial' AND i > 0 AS trialists
FROM c ORDER BY account_id
"""
COUNTS = "SELECT motion, motion_status, vips, busy, quiet, trialists, count(*) FROM ({}) GROUP BY ALL ORDER BY ALL"


def main(customers: int, rounds: int) -> None:
    model = sound(segdsl.loads(RULES).workspace).model
    clock = Clock.at(dt.date(2026, 11, 1), ZoneInfo("UTC"))
    generated = assignment(model, "account", model.rules_of("account"), clock).query.sql("duckdb")
    con = duckdb.connect()
    con.execute(DATA.format(customers=customers, events=20 * customers))
    ours, theirs = (con.execute(COUNTS.format(q)).fetchall() for q in (generated, BY_HAND))
    assert ours == theirs, "the two queries give different counts"
    alternatives = {
        "written by hand": lambda: con.execute(f"CREATE OR REPLACE TEMP TABLE t AS {BY_HAND}"),
        "generated": lambda: con.execute(f"CREATE OR REPLACE TEMP TABLE t AS {generated}"),
        "floor: read the touched columns": lambda: con.execute(
            "SELECT min(occurred_at), min(kind), min(amount), min(account_id) FROM events"
        ).fetchall(),
    }
    print(f"{customers:,} customers, {20 * customers:,} events, {con.execute('SELECT current_setting(?)', ['threads']).fetchall()[0][0]} threads, "
          f"medians of {rounds} rounds; both give the same {len(ours)} groups")  # fmt: skip
    print(table(medians(alternatives, rounds), "written by hand"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    main(arguments.customers, arguments.rounds)
