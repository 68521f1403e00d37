"""Rows of the phrasebook, a file a family, each with its `FAMILY`; a file is found by listing this folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from segdsl.phrasebook.row import Family, Row


@cache
def families() -> tuple[Family, ...]:
    """Returns the families in the order in which their rows apply: signs and words first, phrases made of them later."""
    names = (m.name for m in pkgutil.iter_modules(__path__))
    every = (importlib.import_module(f"{__name__}.{name}").FAMILY for name in names)
    return tuple(sorted(every, key=lambda family: (family.stage, family.title)))


@cache
def rows() -> tuple[Row, ...]:
    """Returns all rows in the order in which they apply."""
    return tuple(row for family in families() for row in family.rows)


@cache
def first_rows() -> int:
    """Returns how many rows apply before clauses are read: those of signs, amounts and single words."""
    return sum(len(family.rows) for family in families() if family.stage == 0)
