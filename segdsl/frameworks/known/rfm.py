"""RFM with fifths of each measure by itself."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Framework, Slot

BOUGHT = Slot(
    "amount",
    "rows",
    "what was paid at a purchase",
    ("Money", "Number", "Integer"),
    called=r"(^|_)(amount|spend|spent|sales|total|price|value|paid|revenue|umsatz|betrag)(_|$)",
    table=r"(^|_)(invoices?|orders?|purchases?|payments?|sales|transactions?)(_|$)",
    needs_name=True,
    paid=True,
)
OFTEN = Slot(
    "often",
    "table",
    "rows that say how lately and how often they came, of their own will: purchases, or use where bills come by the calendar",
    table=r"(^|_)(orders?|purchases?|logins?|sessions?|visits?|events?|uses?|usage|activit(y|ies)|page_?views?)(_|$)",
    paid=True,
    like="amount",
)
SLOTS = (BOUGHT, OFTEN)
OF_BILLS = """
# How lately and how often somebody came is taken from $often. Bills of a subscription come by the calendar, and say neither: take rows
# of use for both, as in segdsl new $framework --field often=logins. Money is what was paid all the same.
said amount
# Whoever is as good as another has the same score, the lowest of those that they take up together: where most came equally often, there
# are few of 4 and 5, and a longer window parts them.
# New are those who came lately and not often, for the first time in the last 90 days ("due to their short history", RFM Clients Segments,
# help.dataoctopus.io); without that, old customers who come seldom would be new each time.
"""
MEASURES = """
metric $days_away "Days since the last of their $often_rows" of $entity = days since last($often_time$often_paid)
metric $days_known "Days since the first of their $often_rows" of $entity = days since first($often_time$often_paid)
metric $bought "How many of their $often_rows in 12 months" of $entity
  = if any($often_rows$often_paid) then count($often_rows in last 12 months$often_paid) else missing "none yet" end
metric $paid "Paid in 12 months" of $entity
  = if any($often_rows$often_paid) then sum($amount in last 12 months$amount_paid) else missing "none yet" end
"""
OF_MEASURES = """
test "$name: what counts as bought and paid" as of $day {
  $entity a {}
  row a amount 2025-10-31 $amount_field 1_000
  row a amount 2025-11-01 $amount_field 30
  row a amount 2026-10-30 $amount_field 20
  row a amount 2026-10-30 $amount_field 20
owed amount:  row a amount 2026-10-31 $amount_field 500 $amount_status $amount_unpaid
owed amount:  row a amount 2025-10-01 $amount_field 500 $amount_status $amount_unpaid
unsaid amount:  row a amount 2026-05-01 $amount_field 500 $amount_status missing
apart often amount:  row a often 2025-10-31
apart often amount:  row a often 2025-11-01
apart often amount:  row a often 2026-10-30
apart often amount:  row a often 2026-10-30
  $entity long_ago {}
  row long_ago amount 2024-01-01 $amount_field 5
apart often amount:  row long_ago often 2024-01-01
  $entity lately {}
  row lately amount 2026-10-31 $amount_field 7
apart often amount:  row lately often 2026-10-31
  $entity never {}
owed amount:  row never amount 2026-10-30 $amount_field 500 $amount_status $amount_unpaid
unsaid amount:  $entity unsaid {}
unsaid amount:  row unsaid amount 2026-10-30 $amount_field 500 $amount_status missing
unsaid amount:apart often amount:  row unsaid often 2026-10-30
  expect a.$days_away = 2
  expect a.$days_known = 366
  expect a.$bought = 3
  expect a.$paid = 70
  expect lately.$days_away = 1
  expect lately.$days_known = 1
  expect lately.$bought = 1
  expect lately.$paid = 7
  expect long_ago.$days_away = 1035
  expect long_ago.$days_known = 1035
  expect long_ago.$bought = 0
  expect long_ago.$paid = 0
  expect never.$bought is missing
  expect never.$paid is missing
  expect never.$days_away is missing
  expect never.$days_known is missing
unsaid amount:same often amount:  expect unsaid.$bought is missing
unsaid amount:same often amount:  expect unsaid.$days_away is missing
unsaid amount:same often amount:  expect unsaid.$paid is missing
unsaid amount:apart often amount:  expect unsaid.$paid = 0
}
"""
ARMS = """
  segment champions { when $recency >= 4 and $frequency >= 4 and $monetary >= 4 }
  segment cannot_lose { when $recency <= 2 and $frequency >= 4 and $monetary >= 4 }
  segment new { when $recency >= 4 and $frequency <= 2 and $days_known <= 90 }
  segment hibernating { when $recency <= 2 }
  undecided no_scores
  otherwise regular
"""
OF_ARMS = """
test "$name: on each border, and one beyond" as of $day {
  $entity a { $recency: r, $frequency: f, $monetary: m, $days_known: k }
  case { r: 4, f: 4, m: 4, k: 90, arm: "champions" }
  case { r: 3, f: 4, m: 4, k: 90, arm: "regular" }
  case { r: 4, f: 3, m: 4, k: 90, arm: "regular" }
  case { r: 4, f: 4, m: 3, k: 90, arm: "regular" }
  case { r: 2, f: 4, m: 4, k: 90, arm: "cannot_lose" }
  case { r: 2, f: 3, m: 4, k: 90, arm: "hibernating" }
  case { r: 2, f: 4, m: 3, k: 90, arm: "hibernating" }
  case { r: 4, f: 2, m: 4, k: 90, arm: "new" }
  case { r: 4, f: 2, m: 4, k: 91, arm: "regular" }
  case { r: 3, f: 2, m: 4, k: 90, arm: "regular" }
  case { r: 2, f: 2, m: 4, k: 90, arm: "hibernating" }
  expect (a in $name.champions) = (arm = "champions")
  expect (a in $name.cannot_lose) = (arm = "cannot_lose")
  expect (a in $name.new) = (arm = "new")
  expect (a in $name.hibernating) = (arm = "hibernating")
  expect (a in $name.regular) = (arm = "regular")
}

test "$name: whoever never came has no scores" as of $day {
  $entity nobody { $recency: missing, $frequency: missing, $monetary: missing, $days_known: missing }
  expect nobody in $name.no_scores
}
"""
CHARTER = """
  goal "Reward who buys, and notice who stops"
  owner "you@yourcompany.example"
  basis value, behavioural
  review every 90 days"""
NAMES = ("days_away", "days_known", "bought", "paid", "recency", "frequency", "monetary")
FRAMEWORK = Framework(
    name="rfm",
    about="recency, frequency and money, each in fifths of all who ever came",
    slots=SLOTS,
    own_will="often",
    names=NAMES,
    text=f"""
# RFM: how lately, how often and for how much a customer came, each from 1 to 5. Fifths are of all who ever came, each measure by itself
# (Hughes, "Strategic Database Marketing"); segdsl new rfm_nested takes each within the one before.
{OF_BILLS.replace("$framework", "rfm").strip()}
# Choose the window (12 months) so that most customers come at least twice in it. Fifths move with the customers: whoever stays as good as
# he is can fall when others grow. Where that isn't wanted, put fixed numbers in place of the fifths: $bought >= 6.
{MEASURES}
metric $recency "From 1 to 5: 5 for the fifth that came last" of $entity = 6 - quantile($days_away, 5)
metric $frequency "From 1 to 5: 5 for the fifth that came most often" of $entity = quantile($bought, 5)
metric $monetary "From 1 to 5: 5 for the fifth that paid most" of $entity = quantile($paid, 5)

segmentation $name "Recency, frequency and money" of $entity {{{CHARTER}{ARMS}}}
{OF_MEASURES}
test "$name: six buyers in fifths" as of $day {{
  $entity a {{ $days_away: 10, $bought: 1, $paid: 10 }}
  $entity b {{ $days_away: 20, $bought: 2, $paid: 20 }}
  $entity c {{ $days_away: 30, $bought: 3, $paid: 30 }}
  $entity d {{ $days_away: 40, $bought: 4, $paid: 40 }}
  $entity e {{ $days_away: 50, $bought: 5, $paid: 50 }}
  $entity f {{ $days_away: 60, $bought: 6, $paid: 60 }}
  expect a.$recency = 5
  expect f.$recency = 1
  expect a.$frequency = 1
  expect f.$frequency = 5
  expect a.$monetary = 1
  expect f.$monetary = 5
}}
{OF_ARMS}
""",
)
