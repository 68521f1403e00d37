"""Lists from files: the rows that count as of a day, and their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Schema


def counts(row: Mapping[str, Any], clock: Clock) -> bool:
    """Tells whether a list's row counts: from the day `from` up to and including the day `expires`, if set."""
    first: dt.date | None = row.get("from")
    last: dt.date | None = row.get("expires")
    return (first is None or first <= clock.today) and (last is None or last >= clock.today)


def active_values(schema: Schema, name: str, clock: Clock) -> list[k.Scalar]:
    """Returns the values of a list's first column in the rows that count, each value once."""
    relation = schema.relations[name]
    column = relation.listed_column
    scale = ty.scale(relation.fields[column].type)
    cells = [r.get(column) for r in schema.listed.get(name, ()) if counts(r, clock)]
    numeric = ty.is_numeric(relation.fields[column].type)
    return list(dict.fromkeys(k.Ratio(c, scale) if numeric else c for c in cells if c is not None))
