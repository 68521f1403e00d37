"""The library of phrases, one a file: what each means in terms of the kernel, how it reads in English, examples.

A file has a `PHRASE`; it is found by listing this folder. What is written `NAME(…)` needs nothing else to be
part of the language; a phrase with words of its own has a rule in the grammar too, and `resolve` calls its `lower`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from segdsl.ops.phrase import Phrase


@cache
def phrases() -> dict[str, Phrase]:
    """Every phrase by its name, in alphabetical order."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "phrase")
    found = [importlib.import_module(f"{__name__}.{name}").PHRASE for name in names]
    return {phrase.name: phrase for phrase in found}


def calls() -> dict[str, Phrase]:
    """Those that are written `NAME(…)`."""
    return {name: phrase for name, phrase in phrases().items() if phrase.parameters}


def table() -> str:
    """All phrases as a table of Markdown: the one in docs/language.md."""
    rows = [f"| `{p.signature.replace('|', chr(92) + '|')}` | {p.meaning} |" for p in phrases().values()]
    return "\n".join(["| written | means |", "|---|---|", *rows])
