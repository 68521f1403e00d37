"""`smaller(a, b)`: the smaller of several numbers, the earlier of several dates."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops.larger import extreme
from segdsl.ops.phrase import Parameter, Phrase


def lower(_relation: Relation, values: tuple[k.Expr, ...], type: ty.Type) -> k.Expr:
    return extreme("smaller", "<=", values, type)


PHRASE = Phrase(
    name="smaller",
    signature="smaller(A, B, …)",
    english="the {extreme} of {values}",
    meaning="The smallest of the numbers, or the earliest of the dates; missing where one of them is. For values of rows write `min(…)`.",
    parameters=(Parameter("values", "value", many=True),),
    lower=lower,
    examples="""
metric first_date of account = smaller(renewal, 2026-12-31)
metric used of account = smaller(seats, 100, logins_28d)
test "the earlier of two dates, the smallest of three numbers" as of 2026-11-01 {
  account soon { renewal: 2026-11-30, seats: 5 }
  account late { renewal: 2027-01-31, seats: 200 }
  expect soon.first_date = 2026-11-30
  expect late.first_date = 2026-12-31
  expect soon.used = 0
}
""",
)
