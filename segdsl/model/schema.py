"""The schema: relations with typed fields, and the links between relations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol

from segdsl.diagnostics import Diagnostic, Span
from segdsl.model.types import Link, Type

_MOST_OF_A_CIRCLE = 5


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a relation. `low` and `high` are inclusive; a value outside them is missing, and reported."""

    name: str
    type: Type
    span: Span = field(compare=False, repr=False)
    doc: str = ""
    key: bool = False
    required: bool = False
    personal: bool = False
    fixed: bool = False
    basis: str = ""
    low: Fraction | None = None
    high: Fraction | None = None
    known_at: str | None = None


@dataclass(frozen=True, slots=True)
class ToOne:
    """A link from a row of `source` to the row of `target` whose key is in `column`."""

    name: str
    source: str
    column: str
    target: str


@dataclass(frozen=True, slots=True)
class ToMany:
    """A link from a row of `source` to the rows of `target` whose `column` holds the key of the row."""

    name: str
    source: str
    target: str
    column: str


class Recorded(Protocol):
    """Rows that the tool itself remembers: runs of a rule in a ledger (`ledger/recorded.py`), deliveries (`activation/log/recorded.py`)."""

    @property
    def starting(self) -> dt.date | None:
        """The day from which the rows are read, as declared; None for all of them."""
        ...

    @property
    def note(self) -> Diagnostic | None:
        """A warning where rows are lacking."""
        ...

    def complete_from(self, today: dt.date) -> dt.date | None:
        """The day from which no row is lacking, as of a day; None where none ever was."""
        ...

    def export(self, columns: Sequence[str], key_type: str, path: Path) -> None:
        """Write columns of the rows to a Parquet file; `key_type` is DuckDB's type of the customers' keys. Raises `Refusal`."""
        ...


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows with the same fields: an entity, a table of events, an entity's details, or a list from a file.

    `key` is the identifying field; None for a table.
    `of` is the entity that rows belong to, and `by` the column with the key of that entity.
    `at` is the time of a table's rows, a date if `by_date`.
    `known_at` is the time from which a row is known.
    `lives_from` and `lives_to` bound the life of an entity; a list's row counts up to and including the last day.
    `valid_from` and `valid_to` bound each row of an entity with history: [from, to).
    `complete_from` is the day before which a table may lack rows.
    `fresh` is the greatest age of the newest row, as (count, unit).
    `runs_of` is the rule whose recorded runs the rows are, one row for each customer and run, from `complete_from` on.
    `deliveries` says that the rows are those of the delivery log, one row for each delivery.
    `recorded` are these runs or deliveries once a ledger or log was looked at; `complete_from` is then the day from which none lacks.
    """

    name: str
    kind: Literal["entity", "table", "details", "list"]
    span: Span = field(compare=False, repr=False)
    fields: Mapping[str, Field] = field(compare=False)
    title: str = ""
    key: str | None = None
    of: str | None = None
    by: str | None = None
    at: str | None = None
    by_date: bool = False
    known_at: str | None = None
    lives_from: str | None = None
    lives_to: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    complete_from: dt.date | None = None
    fresh: tuple[int, str] | None = None
    runs_of: str | None = None
    deliveries: bool = False
    recorded: Recorded | None = field(default=None, compare=False, repr=False)

    @property
    def remembered(self) -> Literal["runs", "deliveries", ""]:
        """What the tool itself remembers and the rows are of; "" for rows that the data has."""
        return "runs" if self.runs_of is not None else "deliveries" if self.deliveries else ""

    @property
    def listed_column(self) -> str:
        """The column of a list that `x in LIST` refers to: the first."""
        return next(iter(self.fields))

    @property
    def history(self) -> bool:
        """Whether there is a row for each period in which the fields had other values."""
        return self.valid_from is not None

    @property
    def placing(self) -> frozenset[str]:
        """The columns that place a row: its key, its owner, its time, and the time from which it is known."""
        return _declared(self.key, self.by, self.at, self.known_at)

    @property
    def life(self) -> frozenset[str]:
        """The columns that bound an entity's life."""
        return _declared(self.lives_from, self.lives_to)

    @property
    def existence(self) -> frozenset[str]:
        """The columns that decide which rows exist as of an instant, and the key. Every rule reads them."""
        return _declared(self.key, self.at, self.known_at, self.valid_from, self.valid_to) | self.life

    @property
    def lasting(self) -> frozenset[str]:
        """The columns whose value is set when the row begins and never changes."""
        return self.placing | _declared(self.lives_from)

    @property
    def structural(self) -> frozenset[str]:
        """All columns that a declaration names outside its fields."""
        return self.placing | self.existence

    def __hash__(self) -> int:
        return hash(self.name)


def _declared(*columns: str | None) -> frozenset[str]:
    return frozenset(c for c in columns if c is not None)


@dataclass(frozen=True)
class Schema:
    """All relations, with the links out of each relation by name.

    `listed` are the rows of lists, in canonical form. They come with the rules, not with the data.
    """

    relations: Mapping[str, Relation]
    to_one: Mapping[str, Mapping[str, ToOne]]
    to_many: Mapping[str, Mapping[str, ToMany]]
    listed: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)

    @property
    def entities(self) -> list[Relation]:
        return [r for r in self.relations.values() if r.kind == "entity"]

    def cell_type(self, described: Field) -> Type:
        """Type of a field's values; for a link, that of the key that they are."""
        if not isinstance(described.type, Link):
            return described.type
        target = self.relations[described.type.entity]
        return target.fields[target.key or ""].type

    def links(self, relation: Relation) -> dict[str, str]:
        """Returns the relation whose keys each column holds: links as declared, and what a table's rows belong to."""
        declared = {f: d.type.entity for f, d in relation.fields.items() if isinstance(d.type, Link)}
        return declared | {link.column: link.target for link in self.to_one.get(relation.name, {}).values()}

    def is_personal(self, relation: Relation, field_name: str) -> bool:
        """Whether a field is declared personal, or holds the keys of an entity whose key is."""
        target = self.relations.get(self.links(relation).get(field_name, ""))
        is_personal_key = target is not None and target.key is not None and target.fields[target.key].personal
        return relation.fields[field_name].personal or is_personal_key

    def back(self, hop: ToMany) -> ToOne:
        """Returns the link back from a row of the many side to the row it belongs to."""
        return next(
            link for link in self.to_one[hop.target].values() if link.column == hop.column and link.target == hop.source
        )


def in_a_circle(keys: Sequence[object]) -> str:
    """Writes keys of which each leads to the next, and the last to the first: `a → b → a`, of a long circle its beginning."""
    more = ["…"] if len(keys) > _MOST_OF_A_CIRCLE else []
    return " → ".join(map(str, [*keys[:_MOST_OF_A_CIRCLE], *more, keys[0]]))
