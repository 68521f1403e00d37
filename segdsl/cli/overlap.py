"""`segdsl overlap`: whether segments can have a customer in common, and how many have; the waterfall of a segmentation."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("overlap")
@click.argument("names", nargs=-1, required=True, metavar="SEGMENTATION | SEGMENT|SEGMENTATION.ARM …")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option("--no-data", is_flag=True, help="Only whether they can.")
@shared.format_option("overlap", "waterfall")
def command(
    names: tuple[str, ...], workspace: Path | None, as_of: str | None, source: str | None, no_data: bool, format_: str
) -> None:
    """Say whether two segments, or arms by their conditions, can have a customer in common, and how many have.

    As in: segdsl overlap motion.save motion.expand. A segmentation by itself: how many fit each arm, how many it
    gets, and which arm has the others, as in: segdsl overlap motion
    """
    from segdsl.compare.overlap import overlaps, with_counts
    from segdsl.compare.waterfall import waterfall

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        if len(set(names)) < 2:
            rule = loaded.model.segmentations.get(names[0])
            if rule is None or no_data:
                raise click.UsageError("name two or more, or one segmentation (with data)")
            with shared.progress("looking"):
                counts = waterfall(loaded, rule, as_of, source)
            shared.show("waterfall", format_, counts)
            return
        with shared.progress("looking"):
            result = overlaps(loaded, names, as_of)
            if not no_data and loaded.config.sources:
                result = with_counts(result, loaded, names, as_of, source)
        shared.show("overlap", format_, result)
