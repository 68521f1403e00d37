"""A result and the name of a format -> text. A folder here is a result, a file in it a format of that result.

The formats of a result have one signature: `render`, of the values that the first line of the folder names. A file added to
`tests/` is a format of `segdsl test`; nothing else names it. A format is imported when it is asked for, since it may need heavy
libraries. What results share is in `content` (figures, sentences, rows of tables) and `layout` (terminal, markdown, HTML).
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

ORDER = ("text", "json", "junit", "github", "sarif", "markdown", "html")


def formats(*results: str) -> tuple[str, ...]:
    """The formats that all of these results have, in `ORDER`, and then by name. Imports none of them."""
    names = set.intersection(*map(_formats_of, results))
    return (*(n for n in ORDER if n in names), *sorted(names - set(ORDER)))


def _formats_of(result: str) -> set[str]:
    """By the files of a folder, or of a zip archive."""
    folder = Path(__file__).parent / result
    return {module.name for module in pkgutil.iter_modules([str(folder)])}


def render(result: str, format_: str, *values: object) -> str:
    text: str = import_module(f"segdsl.report.{result}.{format_}").render(*values)
    return text
