"""`segdsl list`: who is in a segment, an arm or a condition, with the fields that somebody needs, as a table and as a file."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("list")
@click.argument("what", metavar="SEGMENT|SEGMENTATION.ARM|CONDITION")
@click.option("--with", "shown", multiple=True, metavar="VALUES", help="What to show, as in 'name, csm.email, arr'.")
@click.option("--to", metavar="CONTACTS", help="""Their contacts instead, as in 'users where role = "admin"'.""")
@click.option("--since", metavar="DATE", help="Who entered and who left since this earlier day.")
@click.option("--why", is_flag=True, help="Add a column with the values that decided.")
@click.option("--of", "entity", metavar="ENTITY", help="Whom a condition is about; else the first entity declared.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="A .xlsx, .csv, .parquet or .json file."
)
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
@shared.format_option("members")
def command(
    what: str,
    shown: tuple[str, ...],
    to: str | None,
    since: str | None,
    why: bool,
    entity: str | None,
    output: Path | None,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    format_: str,
) -> None:
    """List who is in a segment, an arm or a condition, those worth most first.

    As in: segdsl list motion.save --with 'name, csm.email, arr' -o save.xlsx

    Personal fields are shown where they are named, and the first lines say so.
    """
    from segdsl.activation.files import refuse_output, write_members
    from segdsl.activation.members import list_members

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        if output is not None:
            refuse_output(loaded, output)
        with shared.steps("reading the data") as report_progress:
            members = list_members(loaded, what, entity, shown, to, since, why, as_of, source, report_progress)
            if output is not None:
                report_progress("writing")
                members = write_members(members, output)
        shared.note_day(members.clock, members.because)
        shared.show("members", format_, members)
