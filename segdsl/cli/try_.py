"""`segdsl try`: how many customers a condition takes."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("try")
@click.argument("condition")
@click.option(
    "--of", "entity", metavar="ENTITY", default=None, help="Whom it is about; else the first entity declared."
)
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
@shared.format_option("trial", "sweep")
def command(
    condition: str, entity: str | None, workspace: Path | None, as_of: str | None, source: str | None, format_: str
) -> None:
    """Try a condition on the data: how many, how much, ten of them, how many unknown and why.

    As in: segdsl try 'arr > 50_000 and none(logins in last 30 days)'. With a range in a number's place,
    as in 'arr > 40_000..80_000', how that changes along it.
    """
    from segdsl.whatif.sweep import is_swept
    from segdsl.whatif.trial import try_condition, try_sweep

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        if is_swept(condition):
            day = shared.day_to_look(loaded, as_of, source)
            with shared.progress("counting"):
                steps = try_sweep(loaded, condition, entity, day, source)
            shared.show("sweep", format_, *steps)
            return
        with shared.progress("counting"):
            trial = try_condition(loaded, condition, entity, as_of, source)
        shared.note_day(trial.clock, trial.because)
        shared.show("trial", format_, trial)
