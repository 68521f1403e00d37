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
)
MEASURES = """
metric $days_away "Days since the last purchase" of $entity = days since last($amount_time)
metric $bought "Purchases in 12 months" of $entity
  = if any($amount_rows) then count($amount_rows in last 12 months) else missing "nothing was bought" end
metric $paid "Paid in 12 months" of $entity
  = if any($amount_rows) then sum($amount in last 12 months) else missing "nothing was bought" end
"""
OF_MEASURES = """
test "$name: what counts as bought and paid" as of $day {
  $entity a {}
  row a amount 2025-10-31 $amount_field 1_000
  row a amount 2025-11-01 $amount_field 30
  row a amount 2026-10-30 $amount_field 20
  row a amount 2026-10-30 $amount_field 20
  $entity long_ago {}
  row long_ago amount 2024-01-01 $amount_field 5
  $entity never {}
  expect a.$days_away = 2
  expect a.$bought = 3
  expect a.$paid = 70
  expect long_ago.$bought = 0
  expect long_ago.$paid = 0
  expect never.$bought is missing
  expect never.$paid is missing
  expect never.$days_away is missing
}
"""
ARMS = """
  segment champions { when $recency >= 4 and $frequency >= 4 and $monetary >= 4 }
  segment cannot_lose { when $recency <= 2 and $frequency >= 4 and $monetary >= 4 }
  segment new { when $recency >= 4 and $frequency <= 2 }
  segment hibernating { when $recency <= 2 }
  undecided never_bought
  otherwise regular
"""
OF_ARMS = """
test "$name: on each border, and one beyond" as of $day {
  $entity a { $recency: r, $frequency: f, $monetary: m }
  case { r: 4, f: 4, m: 4, arm: "champions" }
  case { r: 3, f: 4, m: 4, arm: "regular" }
  case { r: 4, f: 3, m: 4, arm: "regular" }
  case { r: 4, f: 4, m: 3, arm: "regular" }
  case { r: 2, f: 4, m: 4, arm: "cannot_lose" }
  case { r: 2, f: 3, m: 4, arm: "hibernating" }
  case { r: 2, f: 4, m: 3, arm: "hibernating" }
  case { r: 4, f: 2, m: 4, arm: "new" }
  case { r: 3, f: 2, m: 4, arm: "regular" }
  case { r: 2, f: 2, m: 4, arm: "hibernating" }
  expect (a in $name.champions) = (arm = "champions")
  expect (a in $name.cannot_lose) = (arm = "cannot_lose")
  expect (a in $name.new) = (arm = "new")
  expect (a in $name.hibernating) = (arm = "hibernating")
  expect (a in $name.regular) = (arm = "regular")
}

test "$name: whoever never bought has no scores" as of $day {
  $entity never { $recency: missing, $frequency: missing, $monetary: missing }
  expect never in $name.never_bought
}
"""
CHARTER = """
  goal "Reward who buys, and notice who stops"
  owner "you@yourcompany.example"
  basis value, behavioural
  review every 90 days"""
NAMES = ("days_away", "bought", "paid", "recency", "frequency", "monetary")
FRAMEWORK = Framework(
    name="rfm",
    about="recency, frequency and money, each in fifths of all buyers",
    slots=(BOUGHT,),
    names=NAMES,
    text=f"""
# RFM: how lately, how often and for how much a customer bought, each from 1 to 5. Fifths are of all buyers, each measure by itself
# (Hughes, "Strategic Database Marketing"); segdsl new rfm_nested takes each within the one before.
# Choose the window (12 months) so that most customers buy at least twice in it. Fifths move with the customers: whoever stays as good as
# he is can fall when others grow. Where that isn't wanted, put fixed numbers in place of the fifths: $bought >= 6.
{MEASURES}
metric $recency "5 for those who bought last" of $entity = 6 - quantile($days_away, 5)
metric $frequency "5 for those who bought most often" of $entity = quantile($bought, 5)
metric $monetary "5 for those who paid most" of $entity = quantile($paid, 5)

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
