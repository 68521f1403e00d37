"""`segdsl export`: who gets what today, and the deliveries; or an export that is withdrawn."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.core import ParameterSource

from segdsl.cli import _shared as shared


@click.command("export")
@click.argument("plays", nargs=-1)
@click.option(
    "--output",
    "-o",
    type=shared.Folder(),
    metavar="DIR",
    help="Write one CSV file a play into this folder.",
)
@click.option("--to", multiple=True, metavar="NAME", help="A [destinations.NAME] of segdsl.toml; several are possible.")
@click.option("--send", is_flag=True, help="Send to destinations that aren't files; else they are only looked at.")
@click.option("--dry-run", is_flag=True, help="Write and send nothing.")
@click.option("--allow-stale", is_flag=True, help="Deliver although a table is older than its `fresh within` says.")
@click.option("--names", is_flag=True, help="Name everybody in each line, with what keeps the play from them.")
@click.option("--withdraw", metavar="ID", help="Instead, log the deliveries of this export as withdrawn.")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("export")
@click.pass_context
def command(
    context: click.Context,
    plays: tuple[str, ...],
    output: Path | None,
    to: tuple[str, ...],
    send: bool,
    dry_run: bool,
    allow_stale: bool,
    names: bool,
    withdraw: str | None,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    format_: str,
) -> None:
    """Deliver plays: who gets what today, with an account that adds up; or withdraw an export.

    As in: segdsl export renewal_mail --output out. Without PLAYS all plays are delivered.

    Files are written; elsewhere nothing is sent without --send. The same export of the same day writes the same files and sends nothing
    again. Ends with 1 where something was rejected, is in doubt or couldn't be sent.

    With --withdraw, deliveries of an earlier export don't count as given any more. Nothing is called back.
    """
    if withdraw is not None:
        _refuse_beside_withdraw(context)
        _withdraw(withdraw, workspace)
        return
    from segdsl.activation.export.export import export
    from segdsl.experiment.pilot.plays import arms_of_pilots
    from segdsl.run.evaluate import clock_for

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.steps("reading the data") as report_progress:
            pilots = arms_of_pilots(loaded, clock_for(loaded.zone, as_of).today)
            exported = export(
                loaded,
                plays,
                as_of,
                source,
                output,
                tuple(dict.fromkeys(to)),
                send,
                dry_run,
                pilots,
                allow_stale,
                report_progress,
            )
        shared.show("export", format_, exported, names)
        if not exported.is_complete:
            sys.exit(shared.FINDINGS)


def _refuse_beside_withdraw(context: click.Context) -> None:
    """Raise `click.UsageError` for whatever else is said, but for the workspace."""
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if given and parameter.name not in ("withdraw", "workspace"):
            said = "PLAYS" if isinstance(parameter, click.Argument) else parameter.opts[0]
            raise click.UsageError(f"--withdraw takes back an export as a whole: leave {said} out")


def _withdraw(export_id: str, workspace: Path | None) -> None:
    """Say in the log that the deliveries of an export are withdrawn."""
    from segdsl.activation.log.store import Log

    with shared.failing():
        loaded = shared.sound_workspace(workspace)
        with Log.to_write(loaded.root) as log:
            count = log.withdraw(export_id)
        shared.say_line(f"{export_id}: {count:,} deliver{'y' if count == 1 else 'ies'} withdrawn")
