"""Who looks after whom, with room for so many."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Border, Framework
from segdsl.frameworks.known.value_tiers import WORTH

FRAMEWORK = Framework(
    name="coverage",
    about="a person, a pool or the product looks after a customer, with room for so many",
    slots=(WORTH,),
    names=("worth",),
    borders=(Border("high", 50_000, "worth", 0.9), Border("low", 10_000, "worth", 0.6)),
    text="""
# Coverage: the largest customers have a person of their own, the next a pool of people, the others the product.
# Choose the borders by what a tier costs, and the limits by how many customers your people can look after: people times customers for
# each (3 and 5 are examples; change the second test with them). Customers beyond a limit go on to the next tier, largest first kept.
said amount
metric $worth "What the customer is worth" of $entity = $amount_counted

segmentation $name "Who looks after whom" of $entity {
  goal "Every customer has somebody, or something"
  owner "you@yourcompany.example"
  basis value
  review every 90 days
  segment own_person { when $worth >= $high limit 3 by $worth then by $key }
  segment pool { when $worth >= $low limit 5 by $worth then by $key }
  undecided unclear
  otherwise product
}

test "$name: on each border, one below, and unknown" as of $day {
  $entity high_1 { $worth: $high }
  $entity pool_2 { $worth: $high_less }
  $entity low_1 { $worth: $low }
  $entity product_1 { $worth: $low_less }
  $entity nobody_knows { $worth: missing }
  expect high_1 in $name.own_person
  expect pool_2 in $name.pool
  expect low_1 in $name.pool
  expect product_1 in $name.product
  expect nobody_knows in $name.unclear
}

test "$name: where there is no room, the next tier takes them" as of $day {
  $entity h1 { $worth: $high_more }
  $entity h2 { $worth: $high_more }
  $entity h3 { $worth: $high }
  $entity h4 { $worth: $high }
  $entity p1 { $worth: $low_more }
  $entity p2 { $worth: $low_more }
  $entity p3 { $worth: $low_more }
  $entity p4 { $worth: $low_more }
  $entity p5 { $worth: $low }
  expect h3 in $name.own_person
  expect h4 in $name.pool
  expect p4 in $name.pool
  expect p5 in $name.product
}
""",
)
