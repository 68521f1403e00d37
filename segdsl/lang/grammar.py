"""Loads the parser of `grammar.lark`: from the table saved when the package was built, else from the grammar's text."""

from __future__ import annotations

import hashlib
import io
from importlib import resources
from pathlib import Path
from typing import Any

import lark
from lark import Lark

from segdsl.lang.build import Builder

_OPTIONS: dict[str, Any] = {"parser": "lalr", "lexer": "contextual", "maybe_placeholders": True}
TABLE = "grammar.table"


def text() -> str:
    return resources.files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")


def _stamp() -> bytes:
    """Identifies the grammar and the version of Lark from which a table was made; a table with another stamp is stale."""
    return hashlib.sha256((lark.__version__ + "\0" + text()).encode()).digest()


def save(path: Path) -> None:
    """Writes the table, at packaging time. The table is a pickle, so it is only ever read from the package itself."""
    buffer = io.BytesIO()
    Lark(text(), **_OPTIONS).save(buffer)
    path.write_bytes(_stamp() + buffer.getvalue())


def load(builder: Builder) -> Lark:
    """Loads a parser whose reductions go to `builder`. Takes 11 times the start of Python with the table, 50 times without."""
    table = Path(str(resources.files(__package__).joinpath(TABLE)))
    if table.is_file():
        stamp, saved = (data := table.read_bytes())[:32], data[32:]
        if stamp == _stamp():
            return _Saved.with_builder(saved, builder)
    return Lark(text(), transformer=builder, **_OPTIONS)


class _Saved(Lark):
    """`Lark.load` takes no transformer; the method behind it does."""

    @classmethod
    def with_builder(cls, saved: bytes, builder: Builder) -> Lark:
        loaded: Lark = cls.__new__(cls)._load(io.BytesIO(saved), transformer=builder)
        return loaded
