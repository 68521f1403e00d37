"""Gold, silver and bronze, by what a customer is worth."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Border, Framework, Slot

WORTH = Slot(
    "amount",
    "amount",
    "what a customer is worth, a field of its own or an amount of its rows",
    ("Money", "Number", "Integer"),
    called=r"(^|_)(arr|mrr|acv|revenue|amount|spend|spent|sales|total|price|value|paid|turnover|umsatz|betrag)(_|$)",
    table=r"(^|_)(invoices?|orders?|purchases?|payments?|sales|transactions?)(_|$)",
    needs_name=True,
    paid=True,
)
FRAMEWORK = Framework(
    name="value_tiers",
    about="gold, silver and bronze by what a customer is worth",
    slots=(WORTH,),
    names=("worth",),
    borders=(Border("gold", 50_000, "worth", 0.9), Border("silver", 10_000, "worth", 0.6)),
    text="""
# Value tiers: gold, silver and bronze by what a customer is worth.
# Choose the borders by what a tier costs you: gold is where a person's time pays, silver where a call each quarter does. Round numbers
# are easier to defend than exact ones. Move a border only with the review, since customers notice.
said amount
metric $worth "What the customer is worth" of $entity = $amount_counted

segmentation $name "Gold, silver and bronze by value" of $entity {
  goal "Spend time where it pays"
  owner "you@yourcompany.example"
  basis value
  review every 90 days
  segment gold { when $worth >= $gold }
  segment silver { when $worth >= $silver }
  undecided unclear
  otherwise bronze
}

test "$name: on each border, one below, and unknown" as of $day {
  $entity gold_1 { $worth: $gold }
  $entity silver_2 { $worth: $gold_less }
  $entity silver_1 { $worth: $silver }
  $entity bronze_1 { $worth: $silver_less }
  $entity nobody_knows { $worth: missing }
  expect gold_1 in $name.gold
  expect silver_2 in $name.silver
  expect silver_1 in $name.silver
  expect bronze_1 in $name.bronze
  expect nobody_knows in $name.unclear
}
""",
)
