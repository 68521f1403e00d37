"""`segdsl promotions`: what was promoted, put back and retired, when, and on what evidence."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("promotions")
@shared.workspace_option
@shared.format_option("promotions")
def command(workspace: Path | None, format_: str) -> None:
    """List what was promoted, put back and retired, the latest last."""
    from segdsl.promotion import record

    with shared.failing(format_):
        shared.show("promotions", format_, record.load_all(shared.root_of(workspace)))
