"""Rows of the phrasebook, a file a family, each with its `FAMILY`; a file is found by listing this folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from segdsl.phrasebook.entry import Vocabulary
from segdsl.phrasebook.row import Family, Row
from segdsl.phrasebook.vocabulary import vocabularies


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


def page() -> str:
    """Returns the tables of docs/from-elsewhere.md, as Markdown: a table a family and a vocabulary, by what the examples of its rows say."""
    parts = list[str]()
    every: tuple[Family | Vocabulary, ...] = (*families(), *vocabularies())
    for family in every:
        examples = [(written, meant) for row in family.rows for written, meant in row.examples]
        seen = [(written, meant) for written, meant in examples if " ".join(written.split()) != meant]
        lines = [f"| {_code(written)} | {_code(meant)} |" for written, meant in seen]
        if lines:
            parts.append(
                "\n".join([f"## {family.title}", "", "| written elsewhere | written here |", "|---|---|", *lines])
            )
    return "\n\n".join(parts)


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text.replace('|', chr(92) + '|')}{fence}"
