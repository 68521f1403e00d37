"""`scale(x, 0: 0, 50: 100)`: a value mapped from one range to another by linear interpolation."""

from __future__ import annotations

import itertools

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase, Points, Wrong, figure

MOST_POINTS = 20


def lower(relation: Relation, value: k.Expr, points: Points) -> k.Expr:
    """Interpolates linearly between neighbouring points; outside the points, returns the value of the nearest point."""
    if len(points) < 2 or len(points) > MOST_POINTS:
        raise Wrong("SEG0320", f"`scale` takes from two to {MOST_POINTS} points", "as in `scale(x, 0: 0, 50: 100)`")
    if any(
        a[0].numerator * b[0].denominator >= b[0].numerator * a[0].denominator for a, b in itertools.pairwise(points)
    ):
        raise Wrong("SEG0320", "the points of `scale` must rise", "order them from low to high")
    typed = ty.REAL if value.type == ty.REAL else ty.NUMBER
    at = k.Rounded(relation.name, value)
    result: k.Expr = figure(points[-1][1])
    for (x0, y0), (x1, y1) in reversed(list(itertools.pairwise(points))):
        result = k.If(k.Compare("<", at, figure(x1)), _line(at, x0, y0, x1, y1, typed), result, typed)
    result = k.If(k.Compare("<=", at, figure(points[0][0])), figure(points[0][1]), result, typed)
    points_in_words = ", ".join(f"{x.text} to {y.text}" for x, y in points)
    return k.Named("scale", result, (("value", value), ("points", points_in_words)))


def _line(at: k.Expr, x0: k.Ratio, y0: k.Ratio, x1: k.Ratio, y1: k.Ratio, typed: ty.Type) -> k.Expr:
    """y0 + (x - x0) * (y1 - y0) / (x1 - x0), with the slope as one figure."""
    rise = _minus(y1, y0)
    run = _minus(x1, x0)
    slope = k.Ratio(rise.numerator * run.denominator, rise.denominator * run.numerator)
    along = k.Arithmetic("*", k.Arithmetic("-", at, figure(x0), typed), figure(slope), typed)
    return k.Arithmetic("+", figure(y0), along, typed)


def _minus(a: k.Ratio, b: k.Ratio) -> k.Ratio:
    return k.Ratio(a.numerator * b.denominator - b.numerator * a.denominator, a.denominator * b.denominator)


PHRASE = Phrase(
    name="scale",
    signature="scale(NUMBER, X: Y, X: Y, …)",
    english="{value} scaled from {points}",
    meaning="Between two points the value lies on the straight line through them; below the first and above the last "
    "it is theirs. A quotient is rounded to a billionth first.",
    parameters=(Parameter("value", "measure"), Parameter("points", "points")),
    lower=lower,
    examples="""
metric seat_score of account = scale(seats, 0: 0, 50: 100, 100: 120)
test "halfway is half, and beyond the ends nothing grows" {
  account acme { seats: count }
  case { count: 0, score: 0 }
  case { count: 25, score: 50 }
  case { count: 50, score: 100 }
  case { count: 75, score: 110 }
  case { count: 5_000, score: 120 }
  expect acme.seat_score = score
}
""",
)
