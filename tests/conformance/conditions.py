"""What the crowd is asked: a condition for each operator of the language, and its neighbours on the border.

Customers of the crowd live in worlds of 25, so that those that compare a customer with others do so `per world`. The day from
which tables are complete, 2026-03-20, is moved to one near each as-of (`complete_from`), wherever it stands.
"""

from __future__ import annotations

DECLARATIONS = """
metric busy of user = count(logins in last 28 days where minutes > 0)
metric busiest of account = max(users.busy where busy > 0)
metric spend of account = sum(invoices.amount where status = "paid")
metric owed "Of an invoice" of invoices = if status = "open" then amount else 0 end
metric seat_use of account = active / seats
segment large of account { when arr > 100 }
segment inhabited of account where paying { when any(users where live) }
segmentation seg of account where plan != "free" {
  overrides from strategic
  segment first { when arr >= 50 limit 3 by arr per world }
  segment second { when seat_use >= 57% or busiest > 1 }
  undecided unsure
  otherwise rest
}
score health of account {
  part a weight 3 = scale(seats, 0: 0, 50: 50, 100: 100)
  part b weight 1.5 = seat_use * 100
  part c weight 2 = if paying then 100 else 0 end
  missing parts: share out up to 3
  cap 50 when any(invoices where status = "open")
}
"""

CONDITIONS: dict[str, list[str]] = {
    "comparisons": [
        "seats > 50", "seats >= 50", "seats = 50", "seats != 50", "not (seats = 50)", "seats between 50 and 57", "seats not between grade and 57",
        "seats in (0, 29, 50)", "seats not in (0, 29, 50)", "active < 9223372036854775807", 'plan = "free"', 'plan != "free"',
        'tier >= "silver"', 'tier < "gold"', 'plan in ("free", "team")', 'plan not in ("free", "team")', "paying", "not paying",
        "seats is missing", "(seats / active) is missing", "paying or seats > 50", "paying and not (seats > 50)",
    ],
    "exact numbers": [
        "score = 0.333333333", "score > 0.333333333", "seats / grade = 50%", "seats / grade >= 57%", "active / seats < 29%", "seats / active > -0.29",
        "score * 3 >= 1", "active * active > 1000000", "active + active > 0", "active - score < 0", "-score > 0", "seats / 3 = 0.333333333",
        "(if paying then seats else grade end) > 29", "first_known(seats, grade, 7) = 7", "scale(seats, 0: 0, 50: 50, 100: 80) >= 57",
        "(bands seats { under 1: 1, under 50: 2, otherwise: 3, missing: 4 }) = 3",
    ],
    "money": ["arr > 0.5", "arr >= 0.50", "arr * 110% > 55", "arr / billing.total >= 50%", "arr + billing.total > 100", "arr - billing.total < 0", "arr / 3 = 0.333333333", "fee > 50", "spend / arr >= 0.29", "sum(invoices.amount) + arr > 100", "sum(invoices.amount) - arr < 50", "sum(users.logins.minutes) + score > 1",
        "dues > 0.05", "dues = 0.001", "dues * 110% > 0.055", "fee / 3 > 16.666666667", "dues + dues > 0.1", "sum(children.dues) > 0.05", "average(children.fee) >= 29"],
    "doubles": ["ratio > 0.3", "ratio = 0", "ratio + 0.1 > 0.3", "ratio * ratio > 1", "ratio / ratio = 1", "ratio * ratio is missing", "sum(invoices.weight) > 0.3", "average(invoices.weight) = 0.1", "min(invoices.weight) < 0"],
    "texts": [
        'region = "eu"', 'region = "ss" ignoring case', 'region = "AB" ignoring case and spaces', 'region starts with "e"', 'region starts with "E" ignoring case',
        'region ends with " "', 'region contains "%"', 'region contains word "security"', 'region contains any of ("b", "\\\\", "é")', 'region matches "[a-z ]{2,}"',
        'region matches "\\\\w+\\\\s\\\\w+"', "region in regions", "region in regions ignoring case", "region in risky", "region starts with any of risky ignoring case",
        'billing.note != "eu"', 'tags has "x"', 'tags has any ("x", "é")', 'tags has none ("y", "z")', 'tags has all ("x", "z")', "tags has any risky", "region = billing.note",
    ],
    "dates": [
        "renewal in last 7 days", "renewal in next 7 days", "renewal in last 1 month", "renewal in next 3 months", "renewal in this calendar week", "renewal in last calendar month",
        "renewal in last calendar quarter", "renewal in this fiscal year", "renewal > 30 days ago", "renewal = today", "renewal < now", "1 month after renewal = today", "1 year before renewal < 1 month ago",
        "990 years before renewal < today", "renewal between 90 days ago and 1 month from now", "days since renewal < 29", "months since renewal >= 1", "years since renewal >= 1", "weeks until renewal = 4",
        "month of renewal = 2", "year of renewal > 2025", "seen in last 24 hours", "seen in last 1 day", "seen in this calendar month", "hours since seen > 23", "seen > renewal", "days until seen > 0",
        "work business days since renewal < 5", "28 days after seen >= today", "seen >= start of this month",
    ],
    "rows": [
        "count(users) > 1", "count(users where live) = 1", "any(users where live)", "none(users where live)", "all(users having live)", 'any(users where role = "admin" and age > 29)', "share(users having live) >= 50%",
        "count(logins in last 28 days) >= 2", "count(users.logins from 31 days ago until 7 days ago) >= 1", "any(logins in last 24 hours)", "any(logins in last 1 day)", "count(logins in last calendar month) > 0",
        "sum(users.logins.minutes) > 0.5", "average(users.age) >= 29", "min(logins.minutes) < 0.333333334", "max(invoices.amount) > 50", "median(users.age) = 29", "median(invoices.amount) >= 50", 'last(logins.device) = "eu"', 'first(invoices.status) = "open"',
        "count_distinct(logins.device) = 2", "distinct_days(logins) = 2", "distinct_days(users.logins, zone: user.tz) = 2", "count(logins in last 1 day, zone: account.tz) >= 1", "distinct_days(logins in last calendar week, zone: account.tz) >= 2", "none(users.logins in this calendar month, zone: user.tz)",
        "any(logins from 1 day before seen until 1 day after renewal, zone: account.tz)", 'sum(logins.minutes in last 7 days, zone: "Australia/Lord_Howe") > 0', "count(calls in last 3 months, zone: account.tz) >= 1", "count(calls) >= 2", "count(calls) not between 0 and 1", "distinct_days(calls) in (0, 1)", "count(latest 2 calls having length > 1) >= 1",
        'all(latest 2 invoices having status = "open")', 'any(latest 1 meetings where level = "exec")', "sum(latest 2 invoices.amount) > 50",
        "any(meetings in next 30 days)", "count(meetings since renewal) >= 1", "none(meetings before seen)", "busiest > 1", "sum(invoices.owed) > 50", 'most_common(logins.device) = "eu"', 'most_common(users.role) = "admin"',
        "any(calls in last 30 days)", "none(calls in last 2 days)", "any(sites where size > 29)", "count(sites) = 1",
        "any(invoices having sum(account.invoices.amount before due) > amount)", "any(logins having count(user.logins in last 30 days where device = logins.device) > 1)", "any(meetings having any(account.meetings where level = meetings.level and cost > meetings.cost))",
    ],
    "others": [
        "arr in top 10% per world", "arr in top 3 per world", "seats in bottom 34% per world", "seats / active in top 2 per world", "rank(arr per world) <= 2", "percentile(seats per world) < 50%", "quantile(seats, 4 per world) = 4", "cumulative_share(arr per world) < 70%",
        "renewal in bottom 3 per world", "count(all account per world) >= 24", "any(all account per world where arr > account.arr)", "median(all account.seats per world) = 7", "max(all account.score per world) > 1", "sum(family(parent).seats) > 57", "count(family(parent) where paying) = 2",
        "root(parent) = parent", "root(parent).paying", "parent.arr > arr", "count(children where arr > 50) >= 1", "parent is missing", 'count(all account per region where world = account.world) = 1',
    ],
    "other times": [
        "(count(logins in last 7 days) > 0 as of 7 days ago)", "(any(meetings) as of 2026-03-01)", "every week for 3 weeks (any(logins in last 7 days))", "any day for 3 days (count(logins in last 1 day) > 0)", "change(count(logins in last 28 days), 28 days, floor: 1) < 0", "(grade > 29 as of 1 month ago)",
        "(any(sites where size > 29) as of 30 days ago)", "grade > 29", "(count(users) > 1 as of 1 day ago)", 'any(meetings where level = "exec" followed by logins within 3 days)', 'any(meetings not followed by logins where minutes > 0 within 7 days)', "count(invoices followed by meetings within 1 month) = 1",
    ],
    "named things": ["account in large", "account not in large", "account in inhabited", "account not in inhabited", "account in seg.first", "account not in seg.rest", "account in strategic", "account not in strategic", "strategic.weight > 29", 'split("s") < 50%', 'split("s", by: parent) < 0.29', "health >= 50", "health is missing", "distance_km(score, score, 51.5, -0.13) < 5000", "count(offices where lat > account.score) >= 1", "seat_use >= 57%"],
    "rows that may be lacking": [
        "count(calls) >= 0", "count(calls) >= 1", "count(calls) > 2", "count(calls) = 0", "count(calls) < 2", "count(calls) != 1", "not (count(calls in last 60 days) < 1)", "count(calls in last 2 days) = 0", "count(calls in last 60 days) between 1 and 2", "count(calls) in (0, 1)",
        "count(calls) + 1 > 2", "2 * count(calls) <= 3", "count(calls) > count(visits)", "count(calls) / count(logins) >= 50%", "(if count(calls) > 0 then seats else active end) > 29", "first_known(average(calls.length), 7) > 1", "(bands count(calls) { under 1: 1, under 3: 2, otherwise: 3, missing: 4 }) = 4",
        "count(calls where length > 1) >= 1", "any(calls having length > 1)", "none(calls having length > 1)", "all(calls having length > 1)", "share(calls having length > 1) >= 50%", "sum(calls.length) >= 1", "max(calls.length) > 29", "last(calls.about) is missing", 'most_common(calls.about) = "eu"',
        "count_distinct(calls.about) >= 2", "count_distinct(calls.about) < 2", "distinct_days(calls) >= 2", "distinct_days(calls) = 0", "distinct_days(chats, zone: user.tz) >= 1", "distinct_days(calls in last calendar week, zone: account.tz) >= 1", "count(latest 2 calls) = 2", "sum(latest 2 calls.length) > 29", "any(latest 1 calls where length > 1)",
        "count(calls before renewal) >= 1", "count(calls since created_at) >= 1", "count(visits since created_at) = 0", "none(orders in next 30 days)", "any(teams where none(shifts))", "count(teams where count(shifts) >= 1) >= 1", "count(children where count(calls) = 0) = 0", "count(parent.calls) >= 1",
        "(count(calls) >= 1 as of 7 days ago)", "every week for 3 weeks (count(calls) < 3)", "change(count(calls in last 7 days), 7 days, floor: 1) < 0", "any(calls followed by visits within 7 days)", "any(calls not followed by calls within 3 days)", "any(logins having none(user.account.calls since occurred_at))", "count(calls) is missing", "(count(calls) is missing) and paying",
    ],
    "sets that may be missing": [
        "tags is missing", "tags is not missing", 'tags has none ("x") or tags is missing', 'tags has any ("x", "y") and tags is not missing', 'not (tags has all ("x", "z")) or tags is missing', 'tags has none ("x") and seats = 1',
        'tags has any ("x") and tags has none ("x", "y")', 'tags has any ("x", "y") or tags has all ("z")', 'tags has none ("y") and tags has any ("x", "z")', 'tags has all ("x") and not (tags has any ("x"))', 'tags has "x" and tags has none ("y")', 'tags has none ("x") or seats = 1 or tags is missing', 'tags has region or tags is missing',
    ],
    "instants among days": [
        "seen in (2026-03-20)", "seen not in (2026-03-20)", "seen in (2026-03-20, 2026-03-29) and seen > 2026-03-19", "seen in (2026-03-20) or seen >= 2026-03-20", "seen not in (2026-03-20) and seen between 2026-03-19 and 2026-03-21", "created_at in (2026-03-20)", "seen in (2026-03-20T00:00, 2026-03-20T01:30)", "seen in (2026-03-20T00:00) and seen in (2026-03-20)",
        "renewal in (2026-03-20, 2026-03-21)", "renewal not in (2026-03-20) and renewal >= 2026-03-19", "seen = 2026-03-20", "seen < 2026-03-20T02:30", "seen >= 2026-03-20 and seen < 2026-03-21",
    ],
    "days of odd length": [
        "seen in last 24 hours and not (seen in last 1 day)", "seen in last 1 day and not (seen in last 24 hours)", "seen > 1 day ago and seen <= 24 hours ago", "any(logins in last 24 hours) and none(logins in last 1 day)", "count(logins in last 1 day) = count(logins in last 24 hours)", "count(logins in last 7 days) != count(logins in last 168 hours)",
        "hours since seen >= 24 and days since seen < 1", "days since seen >= 1 and hours since seen < 24", "1 day after seen > now", "24 hours after seen > now", "1 day after seen > 24 hours after seen", "seen < start of this week", "seen in last calendar week", "distinct_days(logins in last 1 day) >= 2", "distinct_days(users.logins in last 7 days, zone: user.tz) > 1",
    ],
}  # fmt: skip


def rules() -> dict[str, str]:
    """Name of a segment -> its condition."""
    return {
        f"{family.replace(' ', '_')}_{i}": condition
        for family, conditions in CONDITIONS.items()
        for i, condition in enumerate(conditions)
    }
