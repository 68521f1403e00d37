"""`size(tags)`: how many values a set has."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase


def lower(_relation: Relation, set: k.Expr) -> k.Expr:
    return k.Named("size", k.SizeOf(set), (("set", set),))


PHRASE = Phrase(
    name="size",
    signature="size(SET)",
    english="the number of {set}",
    meaning="How many values a set of text has: 0 for the empty set. Missing where the set is.",
    parameters=(Parameter("set", "set"),),
    lower=lower,
    examples="""
segment curious of account { when size(interests) >= 2 }
segment reporters of account { when interests has any ("reporting", "export") ignoring case }
test "the values of a set, counted and compared" {
  account two { interests: ("Reporting", "mobile") }
  account one { interests: ("mobile") }
  account none { interests: () }
  account unknown_interests {}
  expect two in curious
  expect not (one in curious)
  expect not (none in curious)
  expect (unknown_interests in curious) is missing
  expect two in reporters
  expect not (one in reporters)
}
""",
)
