"""`score health { part … missing parts: … cap … }`: a weighted mean of named parts, with caps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase, figure

LARGEST_TOTAL = 10**12
"""Of whole weights: a score of values up to forty million then fits into 126 bits, at nine places."""


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
class MissingPolicy:
    """What a score does about a missing part.

    `kind` `share` distributes the part's weight to the others, up to `amount`.
    `kind` `unknown` makes the score missing.
    `kind` `count` gives the part the value `amount`.
    """

    kind: str
    amount: k.Ratio


def lower(entity: str, parts: Sequence[Part], policy: MissingPolicy, caps: Sequence[Cap]) -> k.Expr:
    """Builds a score. Quotients among the parts, and the score itself, are rounded to a billionth, so that sums are exact.

    Weights are made whole numbers first, which changes no score: the denominators of 33.333, 33.333 and 33.334 would
    multiply, until no exact number holds their sum.
    """
    words = _words(parts, policy, caps)
    times = whole_weights(parts)
    parts = [replace(p, weight=_times(p.weight, times)) for p in parts]
    if policy.kind == "share":
        policy = replace(policy, amount=_times(policy.amount, times))
    values: list[k.Expr] = [k.Rounded(entity, p.value, span=p.value.span) for p in parts]
    if policy.kind == "count":
        values = [k.Rounded(entity, k.If(k.IsMissing(v), figure(policy.amount), v, ty.NUMBER)) for v in values]
    mean = _shared(entity, parts, values, policy.amount) if policy.kind == "share" else _mean(parts, values)
    mean = _capped(entity, k.Rounded(entity, mean), caps)
    return k.Named("score", mean, words)


def whole_weights(parts: Sequence[Part]) -> int:
    """Returns the smallest factor that makes every weight a whole number."""
    return math.lcm(*(_fraction(p.weight).denominator for p in parts))


def total_weight(parts: Sequence[Part]) -> int:
    """Returns the sum of the weights, as whole numbers in the same proportion."""
    return int(sum(_fraction(p.weight) for p in parts) * whole_weights(parts))


def _fraction(ratio: k.Ratio) -> Fraction:
    return Fraction(ratio.numerator, ratio.denominator)


def _times(ratio: k.Ratio, times: int) -> k.Ratio:
    """Multiplies a ratio; a whole number stays as it is written."""
    if times == 1:
        return ratio
    product = _fraction(ratio) * times
    return k.Ratio(product.numerator, product.denominator)


def _words(parts: Sequence[Part], policy: MissingPolicy, caps: Sequence[Cap]) -> tuple[tuple[str, k.Expr | str], ...]:
    of_parts = [w for p in parts for w in ((f"part {p.name}", p.value), (f"weight {p.name}", figure(p.weight)))]
    of_caps = [w for i, c in enumerate(caps) for w in ((f"cap {i}", c.condition), (f"most {i}", figure(c.most)))]
    return (*of_parts, *of_caps, ("missing parts", policy.kind), ("amount", figure(policy.amount)))


def declaration(e: k.Named) -> tuple[list[Part], MissingPolicy, list[Cap]]:
    """Returns the parts, the policy and the caps that `lower` was given for a score."""
    args = dict(e.args)

    def of(kind: str, figures: str) -> list[tuple[str, k.Expr, k.Ratio]]:
        names = [name.removeprefix(f"{kind} ") for name in args if name.startswith(f"{kind} ")]
        return [(n, _expr(args[f"{kind} {n}"]), _ratio(args[f"{figures} {n}"])) for n in names]

    parts = [Part(name, weight, value) for name, value, weight in of("part", "weight")]
    policy = MissingPolicy(str(args["missing parts"]), _ratio(args["amount"]))
    return parts, policy, [Cap(most, condition) for _, condition, most in of("cap", "most")]


def _expr(arg: k.Expr | str) -> k.Expr:
    assert not isinstance(arg, str)
    return arg


def _ratio(arg: k.Expr | str) -> k.Ratio:
    assert isinstance(arg, k.Literal_) and isinstance(arg.value, k.Ratio)
    return arg.value


def _capped(entity: str, mean: k.Expr, caps: Sequence[Cap]) -> k.Expr:
    """Applies caps. The lowest cap whose condition is true limits the score; where a condition is unknown, a higher score is unknown.

    Each cap is compared with the mean, not with the score under the other caps, whose expression would double with every cap.
    """
    score = mean
    for cap in sorted(caps, key=lambda c: _fraction(c.most), reverse=True):
        most = figure(cap.most)
        score = k.If(k.Compare("<=", mean, most), mean, k.If(cap.condition, most, score, ty.NUMBER), ty.NUMBER)
    return k.Rounded(entity, score) if caps else score


def _mean(parts: Sequence[Part], values: Sequence[k.Expr]) -> k.Expr:
    return _quotient(_sum([_weighted(p.weight, v) for p, v in zip(parts, values)]), figure(_total(parts)))


def _shared(entity: str, parts: Sequence[Part], values: Sequence[k.Expr], most: k.Ratio) -> k.Expr:
    """Returns the mean over the known parts; missing if parts of more than `most` weight are missing, or all parts."""
    zero = figure(0)

    def if_known(value: k.Expr, term: k.Expr) -> k.Expr:
        return k.Rounded(entity, k.If(k.IsMissing(value), zero, term, ty.NUMBER))

    top = _sum([if_known(v, _weighted(p.weight, v)) for p, v in zip(parts, values)])
    known_weight = _sum([if_known(v, figure(p.weight)) for p, v in zip(parts, values)])
    total = _total(parts)
    least = k.Ratio(
        total.numerator * most.denominator - most.numerator * total.denominator, total.denominator * most.denominator
    )
    enough = k.And((k.Compare(">=", known_weight, figure(least)), k.Compare(">", known_weight, zero)))
    return k.If(enough, _quotient(top, known_weight), k.Missing("too many parts are missing", ty.NUMBER), ty.NUMBER)


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
    """Returns the sum of whole weights."""
    return k.Ratio(sum(part.weight.numerator for part in parts))


PHRASE = Phrase(
    name="score",
    signature="score NAME { part NAME weight N = NUMBER … "
    "missing parts: share out up to N | unknown | count as N  cap N when CONDITION … }",
    english="the weighted mean of {score parts}; {missing parts}{caps}",
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
