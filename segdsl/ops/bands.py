"""`bands x { under 50: "red", otherwise: "green" }`: a value for each range of a number."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase

Band = tuple[k.Expr, k.Expr]
"""The condition that the number is below the band's border, and the band's value."""


def lower(
    subject: k.Expr,
    bands: Sequence[Band],
    otherwise: k.Expr | None,
    if_missing: tuple[k.Expr, k.Expr] | None,
    type: ty.Type,
) -> k.Expr:
    """Builds the phrase. `if_missing` is the condition that the number is missing, and the value in that case."""
    result: k.Expr = otherwise if otherwise is not None else k.Missing("it is in no band", type)
    for below, value in reversed(bands):
        result = k.If(below, value, result, type)
    if if_missing is not None:
        result = k.If(*if_missing, result, type)
    words: list[tuple[str, k.Expr | str]] = [(_border(below), value) for below, value in bands]
    words += [("otherwise", otherwise)] if otherwise is not None else []
    words += [("missing", if_missing[1])] if if_missing is not None else []
    return k.Named("bands", result, (("subject", subject), *words))


def _border(below: k.Expr) -> str:
    if isinstance(below, k.Compare) and below.right.span:
        return f"under {' '.join(below.right.span.text.split())}"
    return "under"


PHRASE = Phrase(
    name="bands",
    signature="bands NUMBER { under A: VALUE, under B: VALUE, otherwise: VALUE, missing: VALUE }",
    english="the band of {subject} ({bands})",
    meaning="The value of the first border that the number lies below; on a border it belongs to the next band. "
    "Missing where the number is, unless `missing:` says what then.",
    lower=lower,
    examples="""
metric light of account = bands seats { under 10: "red", under 50: "amber", otherwise: "green", missing: "grey" }
test "a number on a border is in the band above" {
  account acme { seats: count }
  case { count: 9, colour: "red" }
  case { count: 10, colour: "amber" }
  case { count: 49, colour: "amber" }
  case { count: 50, colour: "green" }
  expect acme.light = colour
}
test "without a number there is a band of its own" {
  account acme {}
  expect acme.light = "grey"
}
""",
)
