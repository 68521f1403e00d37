"""`cumulative_share(x)`: the share of the total that customers with a greater value hold together."""

from __future__ import annotations

from dataclasses import replace

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase
from segdsl.ops.rank import words


def lower(standing: k.Standing) -> k.Expr:
    above, total = replace(standing, of="greater_sum"), replace(standing, of="positive_sum")
    return k.Named("cumulative_share", k.Arithmetic("/", above, total, ty.NUMBER), words(standing))


PHRASE = Phrase(
    name="cumulative_share",
    signature="cumulative_share(VALUE [then by VALUE] [per GROUP])",
    english="the share of all {value} held by customers with more{among group}",
    meaning="The sum of the strictly greater positive values over the sum of all positive ones: 0 for the largest. "
    "`< 70%` takes, largest first, the customers that make up the first 70 %, with the one that passes the border.",
    lower=lower,
    examples="""
segment core of account { when cumulative_share(arr) < 70% }
test "one account with 90 % is the core alone" {
  account giant { arr: 900 }
  account dwarf { arr: 100 }
  account debtor { arr: -50 }
  expect giant in core
  expect not (dwarf in core)
  expect not (debtor in core)
}
segment class_a of account { when cumulative_share(arr then by account_id) < 80% }
test "of two equal ones the first by name is A, the second passes the border" {
  account x { arr: 60 }
  account y { arr: 20 }
  account z { arr: 20 }
  expect x in class_a
  expect y in class_a
  expect not (z in class_a)
}
""",
)
