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
    ties = ", then by ".join(" ".join(e.span.text.split()) for e in standing.ties if e.span is not None)
    group = standing.group if standing.group is not None else ""
    return (("value", standing.value), ("group", group), *((("ties", ties),) if ties else ()))


PHRASE = Phrase(
    name="rank",
    signature="rank(VALUE [then by VALUE] [per GROUP])",
    english="the rank of {value}{among group}",
    meaning="1 plus how many have a strictly greater value, so equal values share a rank. Over the customers of the "
    "rule's `where`; in a metric over all. Missing without the value or the group. `then by` orders equal values, here and wherever "
    "customers are compared: the greater stands higher, of texts (and keys) the one that comes first by code point; "
    "a missing one stands lowest.",
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
metric place_by_name of account = rank(arr then by seats then by account_id)
test "equal values in the order of what follows: more seats first, then by the name" {
  account b { arr: 900, seats: 1 }
  account a { arr: 900, seats: 1 }
  account c { arr: 900, seats: 5 }
  account d { arr: 900 }
  account e { arr: 901 }
  expect e.place_by_name = 1
  expect c.place_by_name = 2
  expect a.place_by_name = 3
  expect b.place_by_name = 4
  expect d.place_by_name = 5
}
""",
)
