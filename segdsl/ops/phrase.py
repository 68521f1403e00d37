"""What a phrase of the library is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation

Kind = Literal["value", "number", "measure", "figure", "duration", "text", "key", "points"]
"""What a call's argument is: any value; a number without a unit; a number or money; a number as written; `28 days`;
text in quotes; what names something (text, a link or a whole number); `0: 0, 50: 100`."""

Duration = tuple[int, k.Unit]
Points = tuple[tuple[k.Ratio, k.Ratio], ...]
Argument = k.Expr | k.Ratio | Duration | str | Points | tuple[k.Expr, ...] | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """`label` is how it is written before the value, as in `floor: 10`; `many` takes two values or more."""

    name: str
    kind: Kind
    label: bool = False
    optional: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Wrong(Exception):
    """A call whose arguments don't go together; raised by `lower`."""

    code: str
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of the library.

    `signature` is how it is written. `english` puts it in words, with its arguments in braces. `meaning` is a
    sentence or two. `examples` are metrics, segments and tests over `EXAMPLE_MODEL`: documentation, and run as tests
    on every engine. `lower` of a call takes the relation of the row asked for, and the arguments by name.
    """

    name: str
    signature: str
    english: str
    meaning: str
    examples: str
    lower: Callable[..., k.Expr]
    parameters: tuple[Parameter, ...] = ()


EXAMPLE_MODEL = """
entity account from created_at {
  account_id:  text key
  created_at:  timestamp fixed
  parent:      link to account reverse children
  plan:        one of ("free", "team", "enterprise")
  arr:         money(USD)
  seats:       integer from 0 to 100_000
  region:      text
  renewal:     date
  latitude:    number fixed
  longitude:   number fixed
  paying:      boolean
}
table logins of account by account_id at occurred_at { minutes: integer }
table trials of account by account_id at started_at { product: text }
table activations of account by account_id at activated_at { product: text }
metric logins_28d of account = count(logins in last 28 days)
"""


def figure(value: k.Ratio | int) -> k.Literal_:
    """A number as if written in the rule."""
    return k.Literal_(value if isinstance(value, k.Ratio) else k.Ratio(value), ty.CONSTANT)


def whole(ratio: k.Ratio) -> int | None:
    """The whole number that a figure is, None where it is a fraction."""
    return ratio.numerator // ratio.denominator if ratio.numerator % ratio.denominator == 0 else None


def here(relation: Relation) -> k.Expr:
    """The key of the row asked for."""
    assert relation.key is not None
    return k.Column(k.This(), relation.name, relation.key, relation.fields[relation.key].type)
