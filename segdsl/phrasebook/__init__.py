"""The phrasebook: what people write who come from a spreadsheet, SQL, a CRM or their own language, and how it is written here.

Each file of `families` has rows of one kind and is found by listing that folder. `rewrite` applies rows to a declaration
until none applies; `mend` keeps what then parses and resolves, and puts it into the message.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from segdsl.phrasebook import families as folder
from segdsl.phrasebook.row import Family, Row


@cache
def families() -> tuple[Family, ...]:
    """Returns the families in the order in which their rows apply: signs and words first, phrases made of them later."""
    names = (m.name for m in pkgutil.iter_modules(folder.__path__))
    every = (importlib.import_module(f"{folder.__name__}.{name}").FAMILY for name in names)
    return tuple(sorted(every, key=lambda family: (family.stage, family.title)))


@cache
def rows() -> tuple[Row, ...]:
    """Returns all rows in the order in which they apply."""
    return tuple(row for family in families() for row in family.rows)
