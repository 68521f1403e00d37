"""`segdsl sql`: the query of a rule, for a scheduler or as a model of dbt."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared
from segdsl.workspace.config import ENGINES


@click.command("sql")
@click.argument("name")
@click.option(
    "--engine", type=click.Choice(ENGINES), default=None, help="Of the only source with this engine, without --source."
)
@click.option("--for", "for_", type=click.Choice(["dbt"]), default=None, help="A model with source() and var('as_of').")
@click.option("--until", metavar="DATE", default=None, help="With --for dbt: for every day from --as-of to this one.")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.output_option
def command(
    name: str,
    engine: str | None,
    for_: str | None,
    until: str | None,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    output: Path | None,
) -> None:
    """Print the query that says who is in a rule, for the engine's own client.

    Run where the data lie, it has the rows that `segdsl run` gives: entity_id, then the columns of
    the rule. It is complete: tables read as the model declares, lists as values, as-of as literals.
    """
    from segdsl.run.printed import printed, source_of_engine

    if until is not None and for_ is None:
        raise click.UsageError("--until goes with --for dbt: any other query has one as-of")
    with shared.failing():
        loaded = shared.sound_workspace(workspace)
        of = source_of_engine(loaded, source, engine)
        with shared.progress("planning"):
            query = printed(loaded, name, of, as_of, until, for_ == "dbt")
        for finding in query.notes:
            shared.note(f"{finding.code} {finding.message}")
        shared.put(output, query.text, loaded, is_query=True)
