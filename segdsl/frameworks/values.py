"""How many values a field has: by the model where it lists them, else by the data."""

from __future__ import annotations

from sqlglot import exp

from segdsl.data.files import DataError
from segdsl.frameworks.fields import Place, Values
from segdsl.model import types as ty
from segdsl.model.dependencies import Needed
from segdsl.run.data_day import open_to_look
from segdsl.run.errors import UsageError
from segdsl.sql import spell as s
from segdsl.workspace.load import Workspace


def values_of(workspace: Workspace, as_of: str | None, source: str | None) -> Values:
    """A look at the data for texts, once each. Data that can't be read, or have no value, say nothing."""
    seen: dict[str, int | None] = {}

    def values(place: Place) -> int | None:
        if place.field is not None and isinstance(place.field.type, ty.Enum):
            return len(place.field.type.values)
        if place.table is None or place.field is None or place.field.type != ty.TEXT:
            return None
        if place.written not in seen:
            seen[place.written] = _in_data(workspace, place, as_of, source)
        return seen[place.written]

    return values


def _in_data(workspace: Workspace, place: Place, as_of: str | None, source: str | None) -> int | None:
    assert place.table is not None and place.field is not None
    columns = (place.field.name, place.table.by, place.table.at)
    needed = Needed({place.table.name: {c for c in columns if c is not None}})
    try:
        _, _, engine = open_to_look(workspace, needed, {}, as_of, source)
    except (DataError, UsageError):
        return None
    count = exp.Count(this=exp.Distinct(expressions=[s.column("t", place.field.name)]))
    rows = engine.rows(exp.Select(expressions=[s.named(count, "n")]).from_(s.table(place.table.name, "t")))
    return int(next(iter(rows))[0]) or None
