"""`all(latest 2 invoices having missed)`: whether every row meets a condition."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.ops.phrase import Phrase


def lower(exception: k.Aggregate, condition: k.Expr) -> k.Expr:
    return k.Named("all", k.Not(exception, span=exception.span), (("some", exception), ("asked", condition)))


PHRASE = Phrase(
    name="all",
    signature="all(ROWS having CONDITION)",
    english="of {all rows of some}, {asked}",
    meaning="Kleene's `and` over the rows, true over no rows. A row whose `where` is unknown leaves it open, unless it holds there; "
    "with `latest N` such a row makes it unknown if it might be among the latest.",
    lower=lower,
    examples="""
segment long_only of account { when all(logins in last 30 days having minutes >= 30) }
test "true over no rows, false by one, open where one is unknown" as of 2026-11-01 {
  account no_login {}
  account mixed {}
  logins of mixed { at: 2026-10-20, minutes: 30 }
  logins of mixed { at: 2026-10-21, minutes: 29 }
  account unclear {}
  logins of unclear { at: 2026-10-20, minutes: 30 }
  logins of unclear { at: 2026-10-21 }
  expect no_login in long_only
  expect not (mixed in long_only)
  expect (unclear in long_only) is missing
}
""",
)
