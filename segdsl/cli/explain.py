"""`segdsl explain`: why a customer is where it is, or what a code means."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.explain import Explanation


@click.command("explain")
@click.argument("what", metavar="CUSTOMER|CODE")
@click.argument("names", nargs=-1, metavar="[RULE…]")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("text", "json")
def command(
    what: str, names: tuple[str, ...], workspace: Path | None, as_of: str | None, source: str | None, format_: str
) -> None:
    """Say why a customer is where it is: every clause with its values.

    CUSTOMER is a key, as in `segdsl explain acme motion`. CODE is that of a message, as in
    `segdsl explain SEG0204`, and prints its page.
    """
    if re.fullmatch(r"(?i)SEG\d{4}", what):
        sys.exit(_page(what.upper()))
    from segdsl import explain as explaining
    from segdsl import values
    from segdsl.run.customers import explanations

    with shared.failing(format_):
        loaded = shared.good_workspace(workspace, format_)
        with shared.progress("looking"):
            clock, found = explanations(loaded, what, names, as_of, source)
        if format_ == "json":
            shared.say_json(
                {"as_of": clock.now.isoformat() + "Z", "timezone": clock.zone.key, "rules": [_record(e) for e in found]}
            )
            return
        shared.say(f"as of {values.as_of(clock)}")
        for explanation in found:
            shared.say()
            shared.say(coloured(explaining.as_text(explanation)))


def coloured(text: str) -> str:
    from segdsl.diagnostics import printable

    head, *lines = (printable(line) for line in text.split("\n"))
    return "\n".join([click.style(head, bold=True), *map(_mark, lines)])


def _mark(line: str) -> str:
    hues = {"✓": "green", "✗": "red", "?": "yellow"}
    mark = line.lstrip()[:1]
    return line.replace(mark, click.style(mark, fg=hues[mark]), 1) if mark in hues else line


def _page(code: str) -> int:
    from segdsl.codes import known_codes, page

    text = page(code)
    if text is None:
        shared.note(f"no code {code}; codes run from {known_codes()[0]} to {known_codes()[-1]}")
        return shared.USAGE
    shared.say(text)
    return 0


def _record(e: Explanation) -> dict[str, object]:
    import dataclasses

    return {"schema_version": 1, **dataclasses.asdict(e)}
