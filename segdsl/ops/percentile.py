"""`percentile(x per g)`: the share of customers with a smaller value."""

from __future__ import annotations

from dataclasses import replace

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase
from segdsl.ops.rank import words


def lower(standing: k.Standing) -> k.Expr:
    below, ranked = replace(standing, of="smaller"), replace(standing, of="ranked")
    return k.Named("percentile", k.Arithmetic("/", below, ranked, ty.NUMBER), words(standing))


PHRASE = Phrase(
    name="percentile",
    signature="percentile(VALUE [then by VALUE] [per GROUP])",
    english="the share of customers{per group} for whom {value} is smaller",
    meaning="Those with a strictly smaller value over all that have one: 0 for the smallest, below 1 for the largest.",
    lower=lower,
    examples="""
metric share_below of account = percentile(arr)
test "three of four have less" {
  account a { arr: 1 }
  account b { arr: 2 }
  account c { arr: 2 }
  account d { arr: 9 }
  expect a.share_below = 0
  expect c.share_below = 25%
  expect d.share_below = 75%
}
""",
)
