"""The tables of docs/from-elsewhere.md: what the examples of the phrasebook, of its vocabularies and of the table of functions say."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.formulas.called import EXAMPLES
from segdsl.formulas.families import families as functions
from segdsl.phrasebook.declarations.examples import EXAMPLES as DECLARATIONS
from segdsl.phrasebook.families import families as phrases
from segdsl.phrasebook.vocabulary import vocabularies


def page() -> str:
    """Returns the tables as Markdown, one a family."""
    every = [(f.title, [e for row in f.rows for e in row.examples]) for f in phrases()]
    every += [(title, list(examples)) for title, examples in DECLARATIONS.items()]
    every += [(v.title, [e for entry in v.rows for e in entry.examples]) for v in vocabularies()]
    every += [(f.title, [e for row in f.rows for e in row.examples]) for f in functions()]
    every += [("Functions in German, French and Spanish", list(EXAMPLES))]
    return "\n\n".join(_table(title, examples) for title, examples in every if examples)


def _table(title: str, examples: Sequence[tuple[str, str]]) -> str:
    seen = [(written, meant) for written, meant in examples if " ".join(written.split()) != meant]
    lines = [f"| {_code(written)} | {_code(meant)} |" for written, meant in seen]
    return "\n".join([f"## {title}", "", "| written elsewhere | written here |", "|---|---|", *lines])


def _code(text: str) -> str:
    line = " ⏎ ".join(part.strip() for part in text.splitlines())
    fence = "``" if "`" in line else "`"
    return f"{fence}{line.replace('|', chr(92) + '|')}{fence}"
