"""A verdict, statements and checks of an experiment -> a terminal and HTML, the same for backtests and pilots."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import click

from segdsl.diagnostics import printable
from segdsl.report.layout import page

WIDTH = 110  # columns that a sentence is wrapped to
_HUES = {"PROMOTE": "green", "PROMOTE TO PILOT": "green", "INVALID": "red"}
_KINDS = {"PROMOTE": "good", "PROMOTE TO PILOT": "good", "INVALID": "bad"}


def styled(word: str, headline: str) -> str:
    return click.style(word, fg=_HUES.get(word, "yellow"), bold=True) + f": {printable(headline)}"


def in_words(statements: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Lines of a terminal: a label, and what is said under it wrapped beside it."""
    for label, words in statements:
        first, *more = textwrap.wrap(printable(words), WIDTH - 12, break_on_hyphens=False, break_long_words=False)
        yield f"  {click.style(f'{label:<10}', dim=True)}{first}"
        yield from (f"{'':12}{line}" for line in more)


def section(word: str, headline: str) -> str:
    sentence = page.text(headline.replace("`", ""))
    return f'<section class="verdict {_KINDS.get(word, "open")}"><strong>{page.text(word)}</strong><p>{sentence}.</p></section>'


def ticks(items: Sequence[tuple[str, bool]]) -> str:
    """HTML: what holds and what doesn't."""
    return f'<ul class="ticks">{"".join(_tick(words, ok) for words, ok in items)}</ul>'


def _tick(words: str, ok: bool) -> str:
    shown = page.text(words.replace("`", ""))
    return f'<li class="{"yes" if ok else "no"}">{"✓" if ok else "✗"} {shown}</li>'
