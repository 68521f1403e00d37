"""`rank(x per g)`: the place of a value, counted from the largest."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase, figure


def lower(standing: k.Standing) -> k.Expr:
    above = k.Arithmetic("+", standing, figure(1), ty.INTEGER)
    return k.Named("rank", above, words(standing))


def words(standing: k.Standing) -> tuple[tuple[str, k.Expr | str], ...]:
    """Returns the arguments that every phrase over a population has."""
    return (("value", standing.value), ("group", standing.group if standing.group is not None else ""))


PHRASE = Phrase(
    name="rank",
    signature="rank(VALUE [per GROUP])",
    english="the rank of {value}{per group}",
    meaning="1 plus how many have a strictly greater value, so equal values share a rank. Over the customers of the "
    "rule's `where`; in a metric over all. Missing without the value or the group.",
    lower=lower,
    examples="""
metric place of account = rank(arr)
metric place_in_region of account = rank(arr per region)
test "equal values share a rank, and the next one is two lower" {
  account first { arr: 900, region: "eu" }
  account also { arr: 900, region: "us" }
  account third { arr: 500, region: "eu" }
  account unknown_arr { region: "eu" }
  expect first.place = 1
  expect also.place = 1
  expect third.place = 3
  expect third.place_in_region = 2
  expect unknown_arr.place is missing
}
""",
)
