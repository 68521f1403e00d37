"""`segdsl snapshot`: a copy of the data as it is on a day; for CI without anything that could harm a customer."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("snapshot")
@click.option(
    "--for-ci", is_flag=True, help="Only columns that rules read, nothing personal, keys salted: fit for a repository."
)
@click.option(
    "--output",
    "-o",
    type=shared.Folder(),
    default=None,
    metavar="DIR",
    help="Where to; else snapshots/DATE, or ci/data.",
)
@shared.workspace_option
@shared.as_of_option
@shared.source_option
def command(for_ci: bool, output: Path | None, workspace: Path | None, as_of: str | None, source: str | None) -> None:
    """Copy the data of a source as it is known as of a day, as Parquet files.

    RecordedRun day by day, copies make time travel honest: with `snapshots/{as_of}/account.parquet` as a path
    in segdsl.toml every run reads the fields of its own day.
    """
    from segdsl.run.evaluate import clock_for
    from segdsl.run.snapshots import SALT, snapshot

    with shared.failing():
        loaded = shared.sound_workspace(workspace)
        day = clock_for(loaded.zone, as_of).today
        folder = output or loaded.root / ("ci/data" if for_ci else f"snapshots/{day}")
        with shared.progress("copying"):
            made = snapshot(loaded, as_of, source, folder, for_ci)
        for table, path in made.files.items():
            shared.say_line(f"wrote {path}   {made.rows[table]:,} rows, {path.stat().st_size / 1e6:,.1f} MB")
        if made.left_out:
            shared.say(f"left out, though rules read them, because they are personal: {', '.join(made.left_out)}")
        shared.say(f"\nin segdsl.toml:\n\n{made.toml}")
        if for_ci:
            shared.say(f"\nkeys are salted with {loaded.root / SALT}: keep it out of the repository")
