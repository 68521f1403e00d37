"""`round(x, to: 0.01)`: a number rounded half up to a multiple."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase, Wrong

_MOST = 1_000_000_000


def lower(relation: Relation, number: k.Expr, to: k.Ratio | None) -> k.Expr:
    step = to or k.Ratio(1)
    if number.type == ty.REAL:
        raise Wrong(
            "SEG0305", "`round` needs an exact number", "declare the field `number`; a `real` is rounded already"
        )
    if not 0 < step.numerator <= _MOST or step.denominator > _MOST:
        raise Wrong("SEG0314", "`round` takes a step above 0, of at most nine places", "as in `round(arr, to: 100)`")
    typed = number.type if number.type != ty.CONSTANT else ty.NUMBER
    words = (("number", number), ("to", step.text))
    return k.Named("round", k.RoundTo(k.Rounded(relation.name, number), step, typed), words)


PHRASE = Phrase(
    name="round",
    signature="round(NUMBER, to: N)",
    english="{number}, rounded to {to}",
    meaning="The nearest multiple of N, or whole number without `to`; halves go up, so −2.5 becomes −2. A quotient is rounded to "
    "a billionth first.",
    parameters=(Parameter("number", "measure"), Parameter("to", "figure", label=True, optional=True)),
    lower=lower,
    examples="""
metric thousands of account = round(arr, to: 1_000)
metric per_seat of account = round(arr / seats, to: 0.01)
metric half of account = round(arr / 2)
test "to the nearest multiple, halves up" {
  account a { arr: 1_500, seats: 7 }
  account b { arr: 1_499.99, seats: 0 }
  account c { arr: -5 }
  expect a.thousands = 2_000
  expect b.thousands = 1_000
  expect a.per_seat = 214.29
  expect a.half = 750
  expect b.half = 750
  expect c.half = -2
  expect b.per_seat is missing
}
""",
)
