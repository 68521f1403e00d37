"""Lists from files: which of their rows count as of a day, and the values that they then hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Schema


def counts(row: Mapping[str, Any], clock: Clock) -> bool:
    """A row counts from the day `from` up to and with the day it `expires`; without either for ever."""
    first: dt.date | None = row.get("from")
    last: dt.date | None = row.get("expires")
    return (first is None or first <= clock.today) and (last is None or last >= clock.today)


def active_values(schema: Schema, name: str, clock: Clock) -> list[k.Scalar]:
    """What a list's first column holds in the rows that count, each value once."""
    relation = schema.relations[name]
    column = relation.listed_column
    scale = ty.scale(relation.fields[column].type)
    cells = [r.get(column) for r in schema.listed.get(name, ()) if counts(r, clock)]
    numeric = ty.is_numeric(relation.fields[column].type)
    return list(dict.fromkeys(k.Ratio(c, scale) if numeric else c for c in cells if c is not None))
