"""`quantile(x, 5 per g)`: the number of the part, of five equal parts from the smallest, that a value falls into."""

from __future__ import annotations

from dataclasses import replace

from segdsl.model import expr as k
from segdsl.ops.phrase import Phrase
from segdsl.ops.rank import words

MOST_PARTS = 1_000


def lower(standing: k.Standing, parts: int) -> k.Expr:
    part = replace(standing, of="quantile", parts=parts)
    return k.Named("quantile", part, (*words(standing), ("parts", str(parts))))


PHRASE = Phrase(
    name="quantile",
    signature="quantile(VALUE [then by VALUE], PARTS [per GROUP])",
    english="the group from 1 (smallest) to {parts} that {value} falls into{among group}",
    meaning="1 + floor(PARTS × customers with a strictly smaller value / customers that have one): from 1 to PARTS. "
    "Equal values land in one part, so parts need not be of one size.",
    lower=lower,
    examples="""
metric quarter of account = quantile(arr, 4)
test "equal values are never torn apart" {
  account a { arr: 1 }
  account b { arr: 2 }
  account c { arr: 2 }
  account d { arr: 2 }
  expect a.quarter = 1
  expect b.quarter = 2
  expect d.quarter = 2
}
metric even_quarter of account = quantile(arr then by account_id, 4)
test "where `then by` tells all apart, parts are of one size" {
  account a { arr: 1 }
  account b { arr: 2 }
  account c { arr: 2 }
  account d { arr: 2 }
  expect a.even_quarter = 1
  expect d.even_quarter = 2
  expect c.even_quarter = 3
  expect b.even_quarter = 4
}
""",
)
