"""Functions of elsewhere, a file a family, each with its `FAMILY`; a file is found by listing this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from segdsl.formulas.table import Function, Functions


@cache
def families() -> tuple[Functions, ...]:
    """Returns the families in the order of their files."""
    return tuple(importlib.import_module(f"{__name__}.{m.name}").FAMILY for m in pkgutil.iter_modules(__path__))


@cache
def functions() -> Mapping[str, Function]:
    """Returns each function by its names."""
    return {name: row for family in families() for row in family.rows for name in row.names}
