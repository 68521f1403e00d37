"""`segdsl overlap`: which segments share customers: two of them, with a proof, all at once, or the arms of a segmentation."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("overlap")
@click.argument("names", nargs=-1, metavar="[SEGMENTATION | SEGMENT|SEGMENTATION.ARM …]")
@click.option("--of", "entity", metavar="ENTITY", help="Without names: whose segments; else of what has most of them.")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option("--no-data", is_flag=True, help="Only whether they can.")
@shared.format_option("intersections")
@shared.output_option
def command(
    names: tuple[str, ...],
    entity: str | None,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    no_data: bool,
    format_: str,
    output: Path | None,
) -> None:
    """Say whether two segments, or arms by their conditions, can have a customer in common, and how many have.

    As in: segdsl overlap motion.save motion.expand. A segmentation by itself: how many fit each arm, how many it
    gets, and which arm has the others, as in: segdsl overlap motion

    Without names: all segments and arms, which of them share customers, and who is in none.
    """
    from segdsl.compare.intersections import intersections
    from segdsl.compare.overlap import overlaps, with_counts
    from segdsl.compare.waterfall import waterfall

    with shared.failing(format_):
        if names and format_ == "html":
            raise click.UsageError("a page is of all segments at once: leave the names out")
        if names and entity is not None:
            raise click.UsageError("--of is for all segments at once: leave the names out")
        loaded = shared.sound_workspace(workspace)
        if not names:
            if no_data:
                raise click.UsageError("all segments at once are counted in data: leave --no-data out")
            with shared.progress("looking"):
                every = intersections(loaded, entity, as_of, source)
            shared.show("intersections", format_, every, output=output, workspace=loaded)
            return
        if len(set(names)) < 2:
            rule = loaded.model.segmentations.get(names[0])
            if rule is None or no_data:
                raise click.UsageError("name two or more, or one segmentation (with data)")
            with shared.progress("looking"):
                counts = waterfall(loaded, rule, as_of, source)
            shared.show("waterfall", format_, counts, output=output, workspace=loaded)
            return
        with shared.progress("looking"):
            result = overlaps(loaded, names, as_of)
            if not no_data and loaded.config.sources:
                result = with_counts(result, loaded, names, as_of, source)
        shared.show("overlap", format_, result, output=output, workspace=loaded)
