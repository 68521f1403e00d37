"""`absolute(x)`: a number without its sign."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase, figure


def lower(_relation: Relation, number: k.Expr) -> k.Expr:
    zero = figure(0)
    opposite = k.Arithmetic("-", zero, number, number.type if number.type != ty.CONSTANT else ty.NUMBER)
    below = k.Compare("<", number, zero)
    return k.Named("absolute", k.If(below, opposite, number, number.type), (("number", number),))


PHRASE = Phrase(
    name="absolute",
    signature="absolute(NUMBER)",
    english="{number} without its sign",
    meaning="The number without its sign: 5 of 5 and of −5.",
    parameters=(Parameter("number", "measure"),),
    lower=lower,
    examples="""
segment far_off of account { when absolute(seats - logins_28d) > 10 }
test "above and below are the same" as of 2026-11-01 {
  account above { seats: 11 }
  account near { seats: 10 }
  account unknown_seats {}
  expect above in far_off
  expect not (near in far_off)
  expect (unknown_seats in far_off) is missing
}
""",
)
