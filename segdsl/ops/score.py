"""`score health { part … missing parts: … cap … }`: a weighted mean whose parts add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase, figure


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    weight: k.Ratio
    value: k.Expr


@dataclass(frozen=True, slots=True)
class Cap:
    most: k.Ratio
    condition: k.Expr


@dataclass(frozen=True, slots=True)
class Missing:
    """What is done where a part is missing: `share` its weight out up to `amount`, `unknown`, or `count` it as `amount`."""

    kind: str
    amount: k.Ratio


def lower(entity: str, parts: Sequence[Part], missing: Missing, caps: Sequence[Cap]) -> k.Expr:
    """Each part's value is rounded to a billionth first where it is a quotient, and so is the score: the sums are exact."""
    values: list[k.Expr] = [k.Rounded(entity, p.value, span=p.value.span) for p in parts]
    if missing.kind == "count":
        values = [k.Rounded(entity, k.If(k.IsMissing(v), figure(missing.amount), v, ty.NUMBER)) for v in values]
    mean = _shared(entity, parts, values, missing.amount) if missing.kind == "share" else _mean(parts, values)
    mean = _capped(entity, k.Rounded(entity, mean), caps)
    words: list[tuple[str, k.Expr | str]] = [(f"{p.name} (weight {_text(p.weight)})", p.value) for p in parts]
    return k.Named("score", mean, tuple(words))


def _capped(entity: str, mean: k.Expr, caps: Sequence[Cap]) -> k.Expr:
    """The lowest cap that holds is the score's, so they are asked from the lowest on; where one isn't known, a higher score isn't.

    Each is asked of the mean and not of what the caps before it gave: that would double with each.
    """
    score = mean
    for cap in sorted(caps, key=lambda c: Fraction(c.most.numerator, c.most.denominator), reverse=True):
        most = figure(cap.most)
        score = k.If(k.Compare("<=", mean, most), mean, k.If(cap.condition, most, score, ty.NUMBER), ty.NUMBER)
    return k.Rounded(entity, score) if caps else score


def _mean(parts: Sequence[Part], values: Sequence[k.Expr]) -> k.Expr:
    return _quotient(_sum([_weighted(p.weight, v) for p, v in zip(parts, values)]), figure(_total(parts)))


def _shared(entity: str, parts: Sequence[Part], values: Sequence[k.Expr], most: k.Ratio) -> k.Expr:
    """Over the weights that are there; missing where more than `most` is lacking, or all."""
    zero = figure(0)

    def if_there(value: k.Expr, counted: k.Expr) -> k.Expr:
        return k.Rounded(entity, k.If(k.IsMissing(value), zero, counted, ty.NUMBER))

    top = _sum([if_there(v, _weighted(p.weight, v)) for p, v in zip(parts, values)])
    there = _sum([if_there(v, figure(p.weight)) for p, v in zip(parts, values)])
    total = _total(parts)
    least = k.Ratio(
        total.numerator * most.denominator - most.numerator * total.denominator, total.denominator * most.denominator
    )
    enough = k.And((k.Compare(">=", there, figure(least)), k.Compare(">", there, zero)))
    return k.If(enough, _quotient(top, there), k.Missing("too many parts are missing", ty.NUMBER), ty.NUMBER)


def _weighted(weight: k.Ratio, value: k.Expr) -> k.Expr:
    return k.Arithmetic("*", figure(weight), value, ty.NUMBER)


def _sum(items: Sequence[k.Expr]) -> k.Expr:
    total = items[0]
    for item in items[1:]:
        total = k.Arithmetic("+", total, item, ty.NUMBER)
    return total


def _quotient(top: k.Expr, over: k.Expr) -> k.Expr:
    return k.Arithmetic("/", top, over, ty.NUMBER)


def _total(parts: Sequence[Part]) -> k.Ratio:
    numerator, denominator = 0, 1
    for part in parts:
        numerator = numerator * part.weight.denominator + part.weight.numerator * denominator
        denominator *= part.weight.denominator
    return k.Ratio(numerator, denominator)


def _text(ratio: k.Ratio) -> str:
    return f"{ratio.numerator / ratio.denominator:,.10g}"


PHRASE = Phrase(
    name="score",
    signature="score NAME { part NAME weight N = NUMBER … missing parts: share out up to N | unknown | count as N  cap N when CONDITION … }",
    english="the weighted mean of {arguments}",
    meaning="Σ weight × value / Σ weight. `unknown`: missing if a part is. `count as 0`: a missing part has that value. "
    "`share out up to 40`: the weights of missing parts, together at most that, fall to the others; beyond, the score is missing. "
    "A `cap` keeps the score from rising above it while its condition holds; where that is unknown, a higher score is unknown.",
    lower=lower,
    examples="""
score health of account {
  part seats weight 60 = scale(seats, 0: 0, 100: 100)
  part use weight 40 = scale(logins_28d, 0: 0, 10: 100)
  part pays weight 20 = if paying then 100 else 0 end
  missing parts: share out up to 60
  cap 50 when plan = "free"
}
test "the weights of what is missing fall to the rest; a cap holds the score down" as of 2026-11-01 {
  account whole { seats: 100, logins_28d: 5, paying: true, plan: "team" }
  account part { seats: 50, logins_28d: 10, plan: "team" }
  account capped { seats: 100, logins_28d: 10, paying: true, plan: "free" }
  account low { seats: 0, logins_28d: 0, paying: true }
  account little { logins_28d: 10, plan: "team" }
  account unclear { seats: 100, logins_28d: 10, paying: true }
  expect whole.health between 83.333333333 and 83.333333334
  expect part.health = 70
  expect capped.health = 50
  expect low.health is not missing
  expect little.health is missing
  expect unclear.health is missing
}
""",
)
