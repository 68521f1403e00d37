"""The parts of a phrase: signature, wording, meaning, examples and lowering to the kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation

Kind = Literal["value", "number", "measure", "figure", "duration", "text", "key", "set", "points"]
"""The kind of an argument.

value: any value.
number: a number without a unit.
measure: a number or money.
figure: a number written in the rule.
duration: `28 days`.
text: text in quotes.
key: an identifier: text, a link or a whole number.
set: a set of text.
points: `0: 0, 50: 100`.
"""

Duration = tuple[int, k.Unit]
Points = tuple[tuple[k.Ratio, k.Ratio], ...]
Argument = k.Expr | k.Ratio | Duration | str | Points | tuple[k.Expr, ...] | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a phrase.

    `label` says that the argument is written with its name, as in `floor: 10`.
    `many` says that the parameter takes two or more values.
    """

    name: str
    kind: Kind
    label: bool = False
    optional: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Wrong(Exception):
    """A call whose arguments are not valid; raised by `lower`."""

    code: str
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of the library.

    `signature` is the syntax of the phrase.
    `english` is the phrase in words, with its arguments in braces.
    `meaning` explains the phrase in a sentence or two.
    `examples` are metrics, segments and tests over `EXAMPLE_MODEL`; they are documentation, and run as tests on every engine.
    `lower` builds the kernel expression. For a call it takes the relation of the row evaluated, and the arguments by name.
    `parameters` are those of a call.
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
  interests:   set of text
}
table logins of account by account_id at occurred_at { minutes: integer }
table trials of account by account_id at started_at { product: text }
table activations of account by account_id at activated_at { product: text }
metric logins_28d of account = count(logins in last 28 days)
"""


def figure(value: k.Ratio | int) -> k.Literal_:
    """Returns a number as if it were written in the rule."""
    return k.Literal_(value if isinstance(value, k.Ratio) else k.Ratio(value), ty.CONSTANT)


def as_integer(ratio: k.Ratio) -> int | None:
    """Returns a ratio as a whole number; None if it is a fraction."""
    return ratio.numerator // ratio.denominator if ratio.numerator % ratio.denominator == 0 else None


def key_of(relation: Relation) -> k.Expr:
    """Returns the key of the row evaluated."""
    assert relation.key is not None
    return k.Column(k.This(), relation.name, relation.key, relation.fields[relation.key].type)
