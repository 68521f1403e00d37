"""`segdsl fields`: what there is to write rules with."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("fields")
@click.argument("name", metavar="[ENTITY|TABLE]", required=False)
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
@shared.format_option("fields")
def command(name: str | None, workspace: Path | None, as_of: str | None, source: str | None, format_: str) -> None:
    """List the fields that rules can read: type, share missing, examples, and which rules read them.

    As in: segdsl fields account. No example of a personal field is shown.
    """
    from segdsl.whatif.fields import describe_fields

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("reading the data"):
            clock, relations = describe_fields(loaded, name, shared.day_to_look(loaded, as_of, source), source)
        shared.show("fields", format_, clock, relations)
