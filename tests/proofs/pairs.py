"""Sixty mistakes that people make in rules over the example's model, and a clean twin of each.

Written down first and run afterwards: 57 of 60 were told apart. One was written in words that the language hasn't; for the two
others a fact (nothing adds up to nothing) and the range of a field inside an aggregate were added.
"""

from __future__ import annotations

PAIRS: list[tuple[str, str, str]] = [
    # borders that leave nothing between them
    ("never", "segment x of account { when arr >= 50_000 and arr < 50_000 }", "segment x of account { when arr >= 50_000 and arr < 50_001 }"),
    ("never", "segment x of account { when employees between 500 and 200 }", "segment x of account { when employees between 200 and 500 }"),
    ("never", "segment x of account { when employees > 5_000_000 }", "segment x of account { when employees > 4_999_999 }"),
    ("never", "segment x of account { when seat_use > 120% and seat_use < 80% }", "segment x of account { when seat_use > 80% and seat_use < 120% }"),
    ("never", "segment x of account { when latest_nps >= 9 and latest_nps <= 6 }", "segment x of account { when latest_nps >= 6 and latest_nps <= 9 }"),
    ("never", "segment x of account { when not (seats_purchased < 10) and not (seats_purchased >= 10) }", "segment x of account { when not (seats_purchased < 10) and not (seats_purchased >= 11) }"),
    ("never", "segment x of account { when arr / 12 > 1_000 and arr < 12_000 }", "segment x of account { when arr / 12 > 1_000 and arr < 12_001 }"),
    ("never", "segment x of account { when seats_purchased * 2 <= 10 and seats_purchased > 5 }", "segment x of account { when seats_purchased * 2 <= 10 and seats_purchased > 4 }"),
    # texts and their values
    ("never", 'segment x of account { when plan = "team" and plan = "business" }', 'segment x of account { when plan = "team" or plan = "business" }'),
    ("never", 'segment x of account { when plan in ("team", "business") and plan not in ("business", "team", "free") }', 'segment x of account { when plan in ("team", "business") and plan not in ("business", "free") }'),
    ("never", 'segment x of account where status = "churned" { when status = "active" and arr > 5 }', 'segment x of account where status != "churned" { when status = "active" and arr > 5 }'),
    ("never", 'segment x of account { when country = "DE" and country = "AT" }', 'segment x of account { when country = "DE" or country = "AT" }'),
    ("never", 'segment x of account { when industry is missing and industry = "banking" }', 'segment x of account { when industry is missing or industry = "banking" }'),
    ("never", 'segment x of account { when plan is missing }', 'segment x of account { when country is missing }'),
    ("always", 'segment x of account { when plan != "team" or plan != "business" }', 'segment x of account { when plan != "team" and plan != "business" }'),
    ("always", 'segment x of account { when status in ("trial", "active", "churned") }', 'segment x of account { when status in ("trial", "active") }'),
    ("always", "segment x of account { when arr < 50_000 or arr >= 20_000 }", "segment x of account { when arr < 20_000 or arr >= 50_000 }"),
    ("always", 'segment x of account where plan = "team" { when plan != "free" }', 'segment x of account where plan != "team" { when plan != "free" }'),
    # time
    ("never", "segment x of account { when renewal_date in next 30 days and renewal_date in last 30 days }", "segment x of account { when renewal_date in next 30 days or renewal_date in last 30 days }"),
    ("never", "segment x of account { when renewal_date in next 90 days and renewal_date < today }", "segment x of account { when renewal_date in next 90 days and renewal_date > today }"),
    ("never", "segment x of account { when days until renewal_date > 90 and renewal_date in next 60 days }", "segment x of account { when days until renewal_date > 30 and renewal_date in next 60 days }"),
    ("never", "segment x of account { when days since onboarded_on < 30 and days since onboarded_on > 60 }", "segment x of account { when days since onboarded_on < 60 and days since onboarded_on > 30 }"),
    ("never", "segment x of account { when months since created_at >= 12 and months since created_at < 12 }", "segment x of account { when months since created_at >= 12 and months since created_at < 13 }"),
    ("never", "segment x of account { when last_renewal_date >= 2026-07-01 and last_renewal_date < 2026-01-01 }", "segment x of account { when last_renewal_date >= 2026-01-01 and last_renewal_date < 2026-07-01 }"),
    ("never", "segment x of account { when renewal_date in this calendar month and renewal_date in last calendar month }", "segment x of account { when renewal_date in this calendar month or renewal_date in last calendar month }"),
    ("never", "segment x of account { when renewal_date in next 2 weeks and renewal_date > 20 days from now }", "segment x of account { when renewal_date in next 2 weeks and renewal_date > 10 days from now }"),
    ("says nothing", "segment x of account { when renewal_date in next 14 days and renewal_date in next 2 months }", "segment x of account { when renewal_date in next 2 months and renewal_date > 14 days from now }"),
    ("says nothing", "segment x of account { when days until renewal_date < 30 and days until renewal_date < 90 }", "segment x of account { when days until renewal_date < 90 and days until renewal_date > 30 }"),
    # rows
    ("never", "segment x of account { when none(logins in last 30 days) and count(logins in last 7 days) >= 1 }", "segment x of account { when none(logins in last 7 days) and count(logins in last 30 days) >= 1 }"),
    ("never", "segment x of account { when logins_30d > 20 and count(logins in last 90 days) < 20 }", "segment x of account { when logins_30d > 20 and count(logins in last 90 days) < 30 }"),
    ("never", "segment x of account { when any(tickets in last 7 days where priority = \"p1\") and none(tickets in last 30 days) }", "segment x of account { when any(tickets in last 30 days) and none(tickets in last 7 days where priority = \"p1\") }"),
    ("never", "segment x of account { when count(tickets where priority = \"p1\") >= 3 and count(tickets) <= 2 }", "segment x of account { when count(tickets where priority = \"p1\") >= 2 and count(tickets) <= 2 }"),
    ("never", "segment x of account { when open_p1 >= 2 and count(tickets where priority = \"p1\") < 2 }", "segment x of account { when open_p1 >= 2 and count(tickets where priority = \"p1\") < 3 }"),
    ("never", "segment x of account { when late_invoices >= 1 and none(invoices in last 90 days) }", "segment x of account { when late_invoices >= 1 and none(invoices in last 30 days) }"),
    ("never", "segment x of account { when max(invoices.amount in last 90 days) < 100 and min(invoices.amount in last 90 days) > 200 }", "segment x of account { when max(invoices.amount in last 90 days) > 200 and min(invoices.amount in last 90 days) < 100 }"),
    ("never", "segment x of account { when average(invoices.amount) > 500 and max(invoices.amount) < 400 }", "segment x of account { when average(invoices.amount) > 300 and max(invoices.amount) < 400 }"),
    ("never", "segment x of account { when distinct_days(logins in last 7 days) > 7 and count(logins in last 7 days) < 7 }", "segment x of account { when distinct_days(logins in last 7 days) > 5 and count(logins in last 7 days) < 7 }"),
    ("never", "segment x of account { when any(meetings in last 60 days where level = \"exec\") and none(meetings in last 90 days where level = \"exec\") }", "segment x of account { when any(meetings in last 90 days where level = \"exec\") and none(meetings in last 60 days where level = \"exec\") }"),
    ("never", "segment x of account { when logins_before < 20 and usage_change < -30% }", "segment x of account { when logins_before < 30 and usage_change < -30% }"),
    ("never", "segment x of account { when share(users having active) > 100% }", "segment x of account { when share(users having active) >= 100% }"),
    ("never", "segment x of account { when sum(invoices.amount) > 500 and none(invoices) }", "segment x of account { when sum(invoices.amount) > 500 and none(invoices in last 30 days) }"),
    ("never", "segment x of account { when logins_before > 50 and count(logins in last 60 days) < 50 }", "segment x of account { when logins_before > 50 and count(logins in last 60 days) < 60 }"),
    ("always", "segment x of account { when count(tickets) >= 0 }", "segment x of account { when count(tickets) >= 1 }"),
    ("says nothing", "segment x of account { when logins_30d > 5 and any(logins in last 90 days) }", "segment x of account { when logins_30d > 5 and any(logins in last 7 days) }"),
    # clauses without effect
    ("says nothing", 'segment x of account { when plan = "team" and plan != "free" }', 'segment x of account { when plan != "team" and plan != "free" }'),
    ("says nothing", "segment x of account { when arr > 50_000 and arr >= 20_000 }", "segment x of account { when arr > 50_000 and employees >= 20_000 }"),
    ("says nothing", "segment x of account { when seat_use >= 90% or seat_use > 95% }", "segment x of account { when seat_use >= 90% or open_p1 > 1 }"),
    ("says nothing", 'segment x of account where status = "active" { when arr > 5 and status != "churned" }', 'segment x of account where status != "trial" { when arr > 5 and status != "churned" }'),
    ("says nothing", "segment x of account { when latest_nps >= 0 and latest_nps <= 6 }", "segment x of account { when latest_nps >= 1 and latest_nps <= 6 }"),
    ("says nothing", "segment x of account { when (arr > 5_000 and open_p1 > 0) or (arr > 5_000 and open_p1 > 2) }", "segment x of account { when (arr > 5_000 and open_p1 > 0) or (arr > 2_000 and open_p1 > 2) }"),
    # arms
    ("shadowed", "segmentation x of account { segment a { when arr >= 10_000 } segment b { when arr >= 50_000 } otherwise c }", "segmentation x of account { segment a { when arr >= 50_000 } segment b { when arr >= 10_000 } otherwise c }"),
    ("shadowed", "segmentation x of account { segment a { when latest_nps <= 6 } segment b { when latest_nps >= 7 } segment d { when latest_nps = 8 } undecided u otherwise c }", "segmentation x of account { segment a { when latest_nps <= 6 } segment b { when latest_nps >= 9 } segment d { when latest_nps = 8 } undecided u otherwise c }"),
    ("shadowed", 'segmentation x of account where status = "active" { segment a { when status != "trial" } segment b { when open_p1 > 0 } otherwise c }', 'segmentation x of account where status != "churned" { segment a { when status != "trial" } segment b { when open_p1 > 0 } otherwise c }'),
    ("shadowed", "segmentation x of account { segment a { when renewal_date in next 90 days } segment b { when renewal_date in next 30 days } undecided u otherwise c }", "segmentation x of account { segment a { when renewal_date in next 30 days } segment b { when renewal_date in next 90 days } undecided u otherwise c }"),
    ("shadowed", "segmentation x of account { segment a { when open_p1 >= 1 } segment b { when open_p1 >= 3 and arr > 5 } otherwise c }", "segmentation x of account { segment a { when open_p1 >= 3 and arr > 5 } segment b { when open_p1 >= 1 } otherwise c }"),
    ("shadowed", 'segmentation x of account { segment a { when plan in ("free", "team") } segment b { when plan in ("business", "enterprise") } segment d { when arr > 5 } otherwise c }', 'segmentation x of account { segment a { when plan in ("free", "team") } segment b { when plan in ("business") } segment d { when arr > 5 } otherwise c }'),
    ("never", "segmentation x of account { segment a { when arr > 10 } segment b { when arr > 5 and arr < 3 } otherwise c }", "segmentation x of account { segment a { when arr > 10 } segment b { when arr > 3 and arr < 5 } otherwise c }"),
    ("shadowed", "segmentation x of account { segment a { when any(logins in last 60 days) } segment b { when logins_30d >= 5 } otherwise c }", "segmentation x of account { segment a { when any(logins in last 14 days) } segment b { when logins_30d >= 5 } otherwise c }"),
    ("never", "segment x of account { when account in loyalty.gold and account in loyalty.bronze }", "segment x of account { when account in loyalty.gold and account in motion.save }"),
    ("never", "segment x of account { when account in loyalty.gold and paid_12m < 1_000 }", "segment x of account { when account in loyalty.bronze and paid_12m < 1_000 }"),
]  # fmt: skip
