"""`segdsl profile`: what marks a segment, or each arm of a segmentation, out."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("profile")
@click.argument("name", metavar="SEGMENT|SEGMENTATION[.ARM]")
@click.option(
    "--against", metavar="NAME", help="Compare with this segment or arm; else with the rest of the population."
)
@click.option("--since", metavar="DATE", help="Also what changed since this earlier day.")
@click.option("--personal", is_flag=True, help="Name typical customers by their keys.")
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
@shared.format_option("profile")
@shared.output_option
def command(
    name: str,
    against: str | None,
    since: str | None,
    personal: bool,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    format_: str,
    output: Path | None,
) -> None:
    """Say what marks the customers of a segment, or of each arm, out from the others.

    As in: segdsl profile motion.save
    """
    from segdsl.profile.profile import profile

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("comparing"):
            result = profile(loaded, name, against, as_of, source, personal, since)
        shared.note_day(result.clock, result.because)
        shared.show("profile", format_, result, output=output, workspace=loaded)
