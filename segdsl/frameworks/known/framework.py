"""What a framework is: the fields it needs, its borders, the names it declares, and its text.

The text is a rule file with places to fill in:

- `$entity`, `$name` and `$day`: whom it is about, what it is called, and the as-of of its tests;
- `$spent`: a name of `names`, or another where the workspace has it already;
- `$gold`, `$gold_less`, `$gold_more`: a border, and the next whole number below and above it;
- `$amount`: the field found for a slot, as a rule of the entity writes it. Of rows also `$amount_rows` and `$amount_field`;
- a line `row CUSTOMER SLOT TIME FIELD VALUE …`: a row of the slot's table in a test; a FIELD may be the slot's (`$amount_field`);
- a line `born: …`: the line where the entity has a beginning;
- a line `gap SLOT:…`: the line where the slot's field may be missing; `$amount_known` then asks that it isn't;
- a line `each SLOT: …`: the line once for each value of the slot's field, as `$value` in quotes and `$arm`;
- `$amount_paid`: ` where status = "paid"`, where the rows of a slot with `paid` say so, else nothing. Rows of tests then are paid, but for
  those with `$amount_status $amount_unpaid`. A line `owed SLOT:…` is the line where rows say so, `unsaid SLOT:…` the line where they may
  not say it of each, and a line `said SLOT` says which count;
- a line `apart SLOT SLOT:…` or `same SLOT SLOT:…`: the line where the two slots are of different tables, or of the same one;
- `$answer_best`, `$answer_good` and `$answer_less`: the highest answer of the slot's field, and the next below.
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
    `own_name`: that the field's own name must fit, and `least_values` how many values it must have where model or data say how many.
    `highest`: the highest numbers that it may have, the first where the model says none.
    `paid`: that rows of it count only where they were paid, if the model says which are.
    `like`: another slot, whose table is taken where nobody names one.
    """

    name: str
    kind: Kind
    about: str
    types: tuple[str, ...] = ()
    called: str = ""
    table: str = ""
    needs_name: bool = False
    own_name: bool = False
    least_values: int = 0
    highest: tuple[int, ...] = ()
    paid: bool = False
    like: str = ""


@dataclass(frozen=True, slots=True)
class Border:
    """A border of a framework.

    `of` is the metric that it is a border of.
    `at` is the share of customers that lie below it where the data decide.
    `least` is the lowest it may be.
    `values_of` is a slot whose field has at least as many values, where model or data say how many.
    """

    name: str
    usual: int
    of: str = ""
    at: float = 0.0
    least: int = 1
    values_of: str = ""


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework; where `by_owner` it is about those who own the rows of its first slot, else about the model's first entity.

    `own_will`: a slot whose rows say how often customers come, so that they mustn't come by the calendar.
    """

    name: str
    about: str
    slots: tuple[Slot, ...]
    text: str
    names: tuple[str, ...] = ()
    borders: tuple[Border, ...] = ()
    by_owner: bool = False
    own_will: str = ""
