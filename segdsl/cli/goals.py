"""`segdsl goals`: what goals are measured by, at each window that has closed, and whether they are on track."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("goals")
@click.argument("names", nargs=-1, metavar="[SEGMENT|SEGMENTATION[.ARM] …]")
@shared.workspace_option
@click.option(
    "--as-of",
    metavar="DATE",
    default=None,
    help="Measure as of this day (or today, yesterday); else the source's snapshot, or today.",
)
@shared.source_option
@shared.format_option("goals")
@shared.output_option
def command(
    names: tuple[str, ...],
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    format_: str,
    output: Path | None,
) -> None:
    """Measure each goal at every outcome window that has closed, and say whether it is on track.

    A goal is measured if it says by what: goal "Keep them" measured by renewed_90d from 86% to 90% by 2026-12-31
    """
    from segdsl.experiment.history.goals import goals

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("measuring"):
            result = goals(loaded, names, as_of, source)
        shared.show("goals", format_, result, output=output, workspace=loaded)
