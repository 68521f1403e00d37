"""What a framework is: the fields it needs, its borders, the names it declares, and its text.

The text is a rule file with places to fill in:

- `$entity`, `$name` and `$day`: whom it is about, what it is called, and the as-of of its tests;
- `$spent`: a name of `names`, or another where the workspace has it already;
- `$gold`, `$gold_less`, `$gold_more`: a border, and the next whole number below and above it;
- `$amount`: the field found for a slot, as a rule of the entity writes it. Of rows also `$amount_rows` and `$amount_field`;
- a line `row CUSTOMER SLOT TIME FIELD VALUE …`: a row of the slot's table in a test; a FIELD may be the slot's (`$amount_field`);
- a line `born: …`: the line where the entity has a beginning;
- a line `gap SLOT:…`: the line where the slot's field may be missing; `$amount_known` then asks that it isn't;
- a line `each SLOT: …`: the line once for each value of the slot's field, as `$value` in quotes and `$arm`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["field", "rows", "amount", "table"]
"""A field of the entity; a field of its rows; a number that is either, summed up over rows; rows by themselves."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A field that a framework needs.

    `about` says what it holds, as in `what was paid`.
    `types` are the names of the types that it may have.
    `called` is a pattern of its likely names, and `table` of those of its table; a name that fits goes before one that doesn't.
    `needs_name` says that its name, or its table's, must fit: a number from 0 to 10 isn't an answer to a survey by its type alone.
    """

    name: str
    kind: Kind
    about: str
    types: tuple[str, ...] = ()
    called: str = ""
    table: str = ""
    needs_name: bool = False


@dataclass(frozen=True, slots=True)
class Border:
    """A border of a framework.

    `of` is the metric that it is a border of.
    `at` is the share of customers that lie below it where the data decide.
    `least` is the lowest it may be.
    """

    name: str
    usual: int
    of: str = ""
    at: float = 0.0
    least: int = 1


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework; where `by_owner` it is about those who own the rows of its first slot, else about the model's first entity."""

    name: str
    about: str
    slots: tuple[Slot, ...]
    text: str
    names: tuple[str, ...] = ()
    borders: tuple[Border, ...] = ()
    by_owner: bool = False
