"""`segdsl overlap`: which segments share customers: two of them, with a proof, all at once, or the arms of a segmentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.model.segment import Model, Segmentation


@click.command("overlap")
@click.argument("names", nargs=-1, metavar="[SEGMENTATION | SEGMENT|SEGMENTATION.ARM …]")
@click.option("--of", "entity", metavar="ENTITY", help="Without names: whose segments; else of what has most of them.")
@shared.workspace_option
@shared.look_as_of_option
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
            shared.note_day(every.clock, every.because)
            shared.show("intersections", format_, every, output=output, workspace=loaded)
            return
        if len(set(names)) < 2:
            rule = _segmentation(loaded.model, names[0])
            if no_data:
                raise click.UsageError(
                    "a segmentation by itself is counted in data: leave --no-data out, or name two arms"
                )
            with shared.progress("looking"):
                counts = waterfall(loaded, rule, as_of, source)
            shared.note_day(counts.clock, counts.because)
            shared.show("waterfall", format_, counts, output=output, workspace=loaded)
            return
        with shared.progress("looking"):
            result = overlaps(loaded, names, as_of)
            if not no_data and loaded.config.sources:
                result = with_counts(result, loaded, names, as_of, source)
        if result.clock is not None:
            shared.note_day(result.clock, result.because)
        shared.show("overlap", format_, result, output=output, workspace=loaded)


def _segmentation(model: Model, name: str) -> Segmentation:
    """The segmentation of a name that stands alone. Raises `UsageError` for what isn't there, and for one segment or arm."""
    from segdsl.run.evaluate import chosen_rules
    from segdsl.whatif.attrition import part_of

    if name in model.segmentations:
        return model.segmentations[name]
    rule, _ = part_of(model, name)
    others = [r for r in chosen_rules(model, ()) if r.entity == rule.entity and r.name != rule.name]
    parts = [
        r.name if r.name in model.segments else f"{r.name}.{model.segmentations[r.name].arms[0].name}" for r in others
    ]
    beside = f" beside it, as in: segdsl overlap {name} {parts[0]}" if parts else ""
    raise click.UsageError(f"name another segment or arm{beside}; or none, for all at once")
