"""`segdsl overlap`: whether segments can have a customer in common, and how many have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.compare.overlap import Overlaps, Pair


@click.command("overlap")
@click.argument("names", nargs=-1, required=True, metavar="SEGMENT|SEGMENTATION.ARM …")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option("--no-data", is_flag=True, help="Only whether they can.")
@shared.format_option("text", "json")
def command(
    names: tuple[str, ...], workspace: Path | None, as_of: str | None, source: str | None, no_data: bool, format_: str
) -> None:
    """Say whether two segments, or arms by their conditions, can have a customer in common, and how many have.

    As in: segdsl overlap motion.save motion.expand
    """
    from segdsl.compare.overlap import overlaps, with_counts

    if len(set(names)) < 2:
        raise click.UsageError("name two or more")
    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("looking"):
            found = overlaps(loaded, names)
            if not no_data and loaded.config.sources:
                found = with_counts(found, loaded, names, as_of, source)
        if format_ == "json":
            shared.say_json(_record(found))
            return
        for pair in found.pairs:
            for line in _lines(pair, found):
                shared.say(line)


def _lines(pair: Pair, found: Overlaps) -> list[str]:
    from segdsl.diagnostics import printable
    from segdsl.testing.customers.witness import shorten

    head = click.style(f"{pair.first} and {pair.second}", bold=True)
    count = (
        "" if pair.both is None else f"; in the data {pair.both:,} {found.entity}{'s are' if pair.both != 1 else ' is'}"
    )
    match pair.proof.verdict:
        case "disjoint":
            return [f"{head}: nobody can be in both (proved)"]
        case "unknown":
            return [f"{head}: whether somebody can be in both isn't decided, {pair.proof.reason}{count}"]
        case "perhaps":
            pass
    if not pair.lines:
        return [f"{head}: somebody may be in both{count}"]
    rows = [f"    {printable(row)}" for row in shorten(pair.lines)]
    return [f"{head}: somebody can be in both{count}; made up, for example{pair.when}", *rows]


def _record(found: Overlaps) -> dict[str, object]:
    from segdsl.diagnostics import SCHEMA_VERSION

    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": found.clock.now.isoformat() + "Z" if found.clock else None,
        "entity": found.entity,
        "pairs": [
            {"first": p.first, "second": p.second, "verdict": p.proof.verdict, "reason": p.proof.reason, "given": list(p.lines), "both": p.both}
            for p in found.pairs
        ],
    }  # fmt: skip
