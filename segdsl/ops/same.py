"""`same(a, b)`: whether two values are equal, where missing is like any other value."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase, Wrong


def lower(_relation: Relation, values: tuple[k.Expr, ...], type: ty.Type) -> k.Expr:
    if len(values) != 2 or isinstance(type, ty.Boolean | ty.SetOfText):
        raise Wrong("SEG0210", "`same` compares two texts, numbers or dates", "as in `same(plan, parent.plan)`")
    a, b = values
    both_known = k.And((k.Not(k.IsMissing(a)), k.Not(k.IsMissing(b)), k.Compare("=", a, b)))
    equal = k.Or((k.And((k.IsMissing(a), k.IsMissing(b))), both_known))
    return k.Named("same", equal, (("a", a), ("b", b)))


PHRASE = Phrase(
    name="same",
    signature="same(A, B)",
    english="{a} and {b} are the same",
    meaning="Whether two values are equal, or both missing; false where one of them is missing. It is never unknown, so "
    '`not same(plan, "free")` takes in those without a plan, which `plan != "free"` leaves open.',
    parameters=(Parameter("values", "value", many=True),),
    lower=lower,
    examples="""
segment paying_or_unknown of account { when not same(plan, "free") }
segment as_its_parent of account { when same(region, parent.region) }
test "missing is like any other value" {
  account head { plan: "team", region: "eu" }
  account free { plan: "free", parent: head, region: "eu" }
  account none { parent: head }
  account alone {}
  expect head in paying_or_unknown
  expect not (free in paying_or_unknown)
  expect none in paying_or_unknown
  expect free in as_its_parent
  expect not (none in as_its_parent)
  expect alone in as_its_parent
}
""",
)
