"""`x between a and b`: whether a value is in a range, both ends included."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.ops.phrase import Phrase


def lower(at_least: k.Expr, at_most: k.Expr, words: tuple[tuple[str, k.Expr | str], ...]) -> k.Expr:
    return k.Named("between", k.And((at_least, at_most)), words)


PHRASE = Phrase(
    name="between",
    signature="VALUE between A and B, VALUE not between A and B",
    english="{value} is between {low} and {high}",
    meaning="Both ends are in. False where one border already rules the value out, even if the other is missing.",
    lower=lower,
    examples="""
segment medium of account { when seats between 10 and 20 }
test "both ends are in" {
  account acme { seats: count }
  case { count: 9, inside: false }
  case { count: 10, inside: true }
  case { count: 20, inside: true }
  case { count: 21, inside: false }
  expect (acme in medium) = inside
}
""",
)
