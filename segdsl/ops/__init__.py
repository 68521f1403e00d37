"""The library of phrases, one per file: the meaning in terms of the kernel, the wording in English, and examples.

Each file has a `PHRASE` and is found by listing this folder. A phrase written `NAME(…)` needs nothing else; a phrase with a
syntax of its own also has a rule in the grammar, and `resolve` calls its `lower`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from segdsl.ops.phrase import Phrase


@cache
def phrases() -> dict[str, Phrase]:
    """Returns every phrase by name, in alphabetical order."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "phrase")
    library = [importlib.import_module(f"{__name__}.{name}").PHRASE for name in names]
    return {phrase.name: phrase for phrase in library}


def calls() -> dict[str, Phrase]:
    """Returns the phrases that are written `NAME(…)`."""
    return {name: phrase for name, phrase in phrases().items() if phrase.parameters}


def table() -> str:
    """Returns the table of phrases in docs/language.md, as Markdown."""
    rows = [f"| `{p.signature.replace('|', chr(92) + '|')}` | {p.meaning} |" for p in phrases().values()]
    return "\n".join(["| written | means |", "|---|---|", *rows])
