"""`none(logins in last 30 days)`: whether there is no such row."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.ops.phrase import Phrase


def lower(some: k.Aggregate) -> k.Expr:
    return k.Named("none", k.Not(some, span=some.span), (("some", some),))


PHRASE = Phrase(
    name="none",
    signature="none(ROWS [having CONDITION])",
    english="{no rows of some}",
    meaning="The negation of `any`: true over no rows, unknown where no row is true and one is unknown.",
    lower=lower,
    examples="""
segment quiet of account { when none(logins in last 30 days where minutes > 5) }
test "a login of unknown length leaves it open" as of 2026-11-01 {
  account no_login {}
  account short { }
  logins of short { at: 2026-10-20, minutes: 5 }
  account unclear { }
  logins of unclear { at: 2026-10-20 }
  expect no_login in quiet
  expect short in quiet
  expect (unclear in quiet) is missing
}
""",
)
