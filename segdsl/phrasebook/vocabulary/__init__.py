"""Vocabularies of English clauses, a file each with its `VOCABULARY`; a file is found by listing this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from segdsl.phrasebook.entry import Entry, Vocabulary


@cache
def vocabularies() -> tuple[Vocabulary, ...]:
    """Returns all vocabularies, by title."""
    names = (m.name for m in pkgutil.iter_modules(__path__))
    every = (importlib.import_module(f"{__name__}.{name}").VOCABULARY for name in names)
    return tuple(sorted(every, key=lambda v: v.title))


@cache
def entries() -> Mapping[str, tuple[Entry, ...]]:
    """Returns the entries by the part of a clause in which they stand."""
    by_part: dict[str, tuple[Entry, ...]] = {}
    for v in vocabularies():
        by_part[v.part] = by_part.get(v.part, ()) + v.rows
    return by_part
