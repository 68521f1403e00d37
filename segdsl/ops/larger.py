"""`larger(a, b)`: the larger of several numbers, the later of several dates."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase, Wrong


def lower(_relation: Relation, values: tuple[k.Expr, ...], type: ty.Type) -> k.Expr:
    return extreme("larger", ">=", values, type)


def extreme(name: str, op: k.CompareOp, values: tuple[k.Expr, ...], typed: ty.Type) -> k.Expr:
    """Builds the value for which `op` holds beside each of the others; missing where one of them is."""
    if not (ty.is_numeric(typed) or ty.is_time(typed)):
        raise Wrong("SEG0305", f"`{name}` takes numbers or dates", f"as in `{name}(seats, active)`")
    if len(values) > MOST:
        raise Wrong(
            "SEG0210",
            f"`{name}` takes at most {MOST} values",
            f"for values of rows write `{'max' if name == 'larger' else 'min'}(…)`",
        )
    result = values[0]
    for value in values[1:]:
        result = k.If(k.Compare(op, result, value), result, value, typed)
    return k.Named(name, result, (("values", ", ".join(_text(v) for v in values)),))


MOST = 5  # each value is written twice as often as the next


def _text(e: k.Expr) -> str:
    return " ".join(e.span.text.split()) if e.span is not None else "a value"


PHRASE = Phrase(
    name="larger",
    signature="larger(A, B, …)",
    english="the {extreme} of {values}",
    meaning="The largest of the numbers, or the latest of the dates; missing where one of them is. For values of rows write `max(…)`.",
    parameters=(Parameter("values", "value", many=True),),
    lower=lower,
    examples="""
metric at_least_ten of account = larger(seats, 10)
test "the larger of two" {
  account many { seats: 12 }
  account few { seats: 3 }
  account unknown_seats {}
  expect many.at_least_ten = 12
  expect few.at_least_ten = 10
  expect unknown_seats.at_least_ten is missing
}
""",
)
