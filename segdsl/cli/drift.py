"""`segdsl drift`: a segmentation on two days, by the same rules."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("drift")
@click.argument("name")
@click.option("--since", metavar="DATE", required=True, help="The earlier day.")
@click.option("--weeks", is_flag=True, help="Also how many move from week to week in between.")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("drift")
def command(
    name: str, since: str, weeks: bool, workspace: Path | None, as_of: str | None, source: str | None, format_: str
) -> None:
    """Say how the segments of a segmentation moved between two days, and whether chance gives as much.

    As in: segdsl drift motion --since 2026-08-01 --as-of 2026-11-01
    """
    from segdsl.compare.two_days import compare_days

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("evaluating both days"):
            result = compare_days(loaded, name, since, as_of, source, weeks)
        shared.show("drift", format_, result)
