"""A, B and C: the few customers who make up most of the value."""

from __future__ import annotations

from segdsl.frameworks.known.framework import Framework
from segdsl.frameworks.known.value_tiers import WORTH

FRAMEWORK = Framework(
    name="pareto",
    about="A, B and C by the share of all value: the few who make up 80 %",
    slots=(WORTH,),
    names=("worth",),
    text="""
# Pareto, or ABC: A are the largest customers who make up 80 % of the value together, B those up to 95 %, C the rest.
# Choose the shares by looking at where the curve bends (segdsl try 'cumulative_share($worth) < 80%'): where the first tenth of the
# customers has 80 % already, a lower border picks out fewer. The borders need no money, so they hold when prices change.
said amount
metric $worth "What the customer is worth" of $entity = $amount_counted

segmentation $name "The few who make up most of the value" of $entity {
  goal "Know on whom the company depends"
  owner "you@yourcompany.example"
  basis value
  review every 90 days
  segment a { when cumulative_share($worth) < 80% }
  segment b { when cumulative_share($worth) < 95% }
  undecided unclear
  otherwise c
}

test "$name: the customer who passes 80 % is the last of A" as of $day {
  $entity first { $worth: 79 }
  $entity second { $worth: 11 }
  $entity third { $worth: 10 }
  $entity nobody_knows { $worth: missing }
  expect first in $name.a
  expect second in $name.a
  expect third in $name.b
  expect nobody_knows in $name.unclear
}

test "$name: after exactly 80 % begins B" as of $day {
  $entity first { $worth: 80 }
  $entity second { $worth: 20 }
  expect first in $name.a
  expect second in $name.b
}

test "$name: the customer who passes 95 % is the last of B" as of $day {
  $entity first { $worth: 94 }
  $entity second { $worth: 5 }
  $entity third { $worth: 1 }
  expect second in $name.b
  expect third in $name.c
}

test "$name: after exactly 95 % begins C" as of $day {
  $entity first { $worth: 95 }
  $entity second { $worth: 5 }
  expect second in $name.c
}
""",
)
