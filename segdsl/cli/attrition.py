"""`segdsl attrition`: what each clause of a segment costs."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("attrition")
@click.argument("name", metavar="SEGMENT|SEGMENTATION.ARM")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("attrition")
def command(name: str, workspace: Path | None, as_of: str | None, source: str | None, format_: str) -> None:
    """Say what each clause of a segment or arm costs: alone, in turn, and left out.

    As in: segdsl attrition motion.save
    """
    from segdsl.whatif.attrition import attrition

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("counting"):
            costs = attrition(loaded, name, as_of, source)
        shared.show("attrition", format_, costs)
