"""`first_known(a, b)`: the first of several values that isn't missing."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase


def lower(_relation: Relation, values: tuple[k.Expr, ...], type: ty.Type) -> k.Expr:
    result = values[-1]
    for value in reversed(values[:-1]):
        result = k.If(k.IsMissing(value), result, value, type)
    return k.Named("first_known", result, (("values", ", ".join(_text(v) for v in values)),))


def _text(e: k.Expr) -> str:
    return " ".join(e.span.text.split()) if e.span is not None else "a value"


PHRASE = Phrase(
    name="first_known",
    signature="first_known(A, B, …)",
    english="the first of {values} that is known",
    meaning="The first of the values that isn't missing; missing where all are. They must be of one type.",
    parameters=(Parameter("values", "value", many=True),),
    lower=lower,
    examples="""
metric home of account = first_known(region, parent.region)
test "its own region, else that of its parent" {
  account head { region: "eu" }
  account own { parent: head, region: "us" }
  account left_out { parent: head }
  account alone {}
  expect own.home = "us"
  expect left_out.home = "eu"
  expect alone.home is missing
}
""",
)
