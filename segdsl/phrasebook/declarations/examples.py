"""Declarations as they are set out elsewhere, and as they are written here: documentation, and tests over `EXAMPLE_MODEL`."""

from __future__ import annotations

from collections.abc import Mapping

from segdsl.phrasebook.row import Example

_LARGE = 'segment large of account { when seats > 10 and plan = "team" }'
_TITLED = 'segment large "Large" of account { when seats > 10 and plan = "team" }'
_SIZES = "segmentation sizes of account { segment large { when seats > 50 } segment mid { when seats > 10 } otherwise small }"
_SCORE = "score health of account { part seats weight 60 = seats part nps weight 40 = nps missing parts: unknown }"
_CALLS = "table calls of account by account_id at called_at { minutes: integer topic: text }"
_TEST = 'test "large" { account acme { status: "active", seats: 2_000 } expect acme in vips }'
_COUNT = 'metric backlog of account = count(tickets where state = "open")'

EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "Rules in sentences": (
        ('Customers with more than 10 seats on the team plan are "Large".', _TITLED),
        ('We call an account "Large" if seats > 10 and plan is team.', _TITLED),
        ('Put accounts with seats over 10 and plan team into "Large".', _TITLED),
        ("Large: accounts where seats > 10 and plan is team", _LARGE),
        (
            'If seats > 50 then segment is "large", otherwise if seats > 10 then "mid", otherwise "small".',
            _SIZES.replace("sizes", "segments"),
        ),
    ),
    "Segments as settings and queries": (
        ('segment: large\n  title: "Large"\n  of: account\n  when:\n    - seats > 10\n    - plan = "team"', _TITLED),
        ('{"segment": "large", "of": "accounts", "when": ["seats > 10", "plan = \'team\'"]}', _LARGE),
        ('[segment.large]\nof = "account"\nwhen = "seats > 10 and plan = \'team\'"', _LARGE),
        ("name: large\ntype: segment\nfilter:\n  and:\n    - seats > 10\n    - plan = 'team'", _LARGE),
        (
            'segment large = { "filters": [{"field": "seats", "operator": "gt", "value": 10}, {"field": "plan", "operator": "eq", "value": "team"}] }',
            _LARGE,
        ),
        ("CREATE VIEW large AS SELECT account_id FROM account WHERE seats > 10 AND plan = 'team'", _LARGE),
        (
            "segment biggest AS\nSELECT * FROM account WHERE plan <> 'free' ORDER BY arr DESC LIMIT 100",
            'segment biggest of account where plan != "free" { when arr in top 100 }',
        ),
        (
            'segment large of account {\n 1. plan = "team"\n 2. seats > 10\n 3. nps > 8\n logic: 1 AND (2 OR 3)\n}',
            'segment large of account { when plan = "team" and (seats > 10 or nps > 8) }',
        ),
        (
            'segment large of account {\n when: seats > 10\n exclude:\n  - plan = "team"\n  - nps < 8\n}',
            'segment large of account { when seats > 10 and not (plan = "team" or nps < 8) }',
        ),
        ("segment large of account a { when a.seats > 10 and a.plan = 'team' }", _LARGE),
        ('def large(account):\n    """Large"""\n    return account.seats > 10 and account.plan == "team"', _TITLED),
        (
            'def large(account):\n    calls = [t for t in account.tickets if t.state == "open"]\n    return account.seats > 10 and len(calls) >= 2',
            'segment large of account { when seats > 10 and count(tickets where state = "open") >= 2 }',
        ),
        ('large <- account %>%\n  filter(seats > 10, plan == "team")', _LARGE),
        ("segment(name=\"large\", when=\"seats > 10 and plan = 'team'\")", _LARGE),
    ),
    "Segmentations by other words": (
        (
            'segmentation sizes of account {\n first segment large "Large": more than 50 seats\n then segment mid: more than 10 seats\n missing data goes to unclear\n the rest goes to small\n}',
            'segmentation sizes of account { segment large "Large" { when seats > 50 } segment mid { when seats > 10 } undecided unclear otherwise small }',
        ),
        ('segmentation sizes of account {\n =IF(seats>50,"large",IF(seats>10,"mid","small"))\n}', _SIZES),
        ("segmentation sizes of account {\n if seats > 50: large\n elif seats > 10: mid\n else: small\n}", _SIZES),
        (
            "segmentation sizes of account {\n CASE\n WHEN seats > 50 THEN 'large'\n WHEN seats > 10 THEN 'mid'\n ELSE 'small'\n END\n}",
            _SIZES,
        ),
        (
            "segmentation sizes of account AS\n CASE WHEN seats > 50 THEN 'large'\n      WHEN seats > 10 THEN 'mid'\n      ELSE 'small' END",
            _SIZES,
        ),
        (
            "segmentation sizes of account:\n  - name: large\n    when: seats > 50\n  - name: mid\n    when: seats > 10\n  - name: small\n    otherwise: true",
            _SIZES,
        ),
        ("segmentation sizes of account\n  seats > 50 -> large\n  seats > 10 -> mid\n  otherwise -> small", _SIZES),
        (
            "segmentation sizes of account {\n | segment | condition |\n |---|---|\n | large | seats > 50 |\n | mid | seats > 10 |\n | small | everyone else |\n}",
            _SIZES,
        ),
    ),
    "Scores, metrics and plays by other words": (
        ("score health of account {\n 60% seats\n 40% nps\n if anything is missing, unknown\n}", _SCORE),
        ("score health of account = 60% * seats + 40% * nps", _SCORE),
        ("score health of account {\n seats: 60\n nps: 40\n}", _SCORE),
        (
            "score: health\nof: account\nparts:\n  - metric: seats\n    weight: 0.6\n  - metric: nps\n    weight: 0.4\nmissing: 0",
            _SCORE.replace("parts: unknown", "parts: count as 0"),
        ),
        ("metric: backlog\n  type: count\n  table: tickets\n  filters:\n    state: open", _COUNT),
        ("measure: devices {\n  type: count_distinct\n  sql: ${logins.device} ;;\n}", "metric devices of account = count_distinct(logins.device)"),
        (
            'measure: backlog {\n  type: count\n  filters: [tickets.state: "open", tickets.priority: "high,urgent", tickets.opened_at: "30 days"]\n}',
            'metric backlog of account = count(tickets in last 30 days where state = "open" and priority in ("high", "urgent"))',
        ),
        ("CREATE METRIC backlog AS SELECT COUNT(*) FROM tickets WHERE state = 'open'", _COUNT),
        ("def per_seat(account):\n    return account.arr / account.seats", "metric per_seat of account = arr / seats"),
        ('play calls "Call them" by phone, costs 40 dollars', 'play calls "Call them" { channel: "phone", cost: 40, currency: "USD" }'),
        ('play mail = { "title": "Mail", "channel": "email", "cost": 5, "currency": "EUR" }', 'play mail "Mail" { channel: "email", cost: 5, currency: "EUR" }'),
        ("list cities: Berlin, Paris and New York", 'list cities = ("Berlin", "Paris", "New York")'),
    ),
    "Tables and tests by other words": (
        (
            "table calls of accounts, one row per call, dated called_at, with minutes (integer) and topic (text)",
            _CALLS,
        ),
        ("table: calls\nof: account\ncolumns:\n  called_at: timestamp\n  minutes: integer\n  topic: string", _CALLS),
        ("table calls of account (called_at timestamp, minutes int, topic text)", _CALLS),
        ('test "large" {\n account acme is active with 2_000 seats\n acme should be in vips\n}', _TEST),
        ('test "large"\n  given an account acme with status "active" and seats 2_000\n  when the rules run\n  then acme is in vips', _TEST),
        ("Scenario: large\n  Given an active account acme\n  And acme has seats 2_000\n  Then acme should be in vips", _TEST),
        ('test "large" {\n acme = account(status="active", seats=2_000)\n assert vips(acme)\n}', _TEST),
        (
            'test "quiet" as of 2026-11-01 {\n acme = account(seats=200)\n logins(acme, at="2026-09-20")\n assert growth(acme) == "stars"\n}',
            'test "quiet" as of 2026-11-01 { account acme { seats: 200 } logins of acme { at: 2026-09-20 } expect acme in growth.stars }',
        ),
    ),
}  # fmt: skip
