"""`segdsl run`: who is in which segment, as a table and as a file."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("run")
@click.argument("names", nargs=-1, metavar="[NAME…]")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="A .csv or .parquet file, or a folder."
)
@click.option("--explain-unknown", is_flag=True, help="Add a column NAME_because for each rule: why it is undecided.")
@click.option("--allow-stale", is_flag=True, help="Publish even where a table isn't as fresh as it must be.")
@click.option("--no-ledger", is_flag=True, help="Remember nothing of this run.")
@shared.format_option("run")
def command(
    names: tuple[str, ...],
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    output: Path | None,
    explain_unknown: bool,
    allow_stale: bool,
    no_ledger: bool,
    format_: str,
) -> None:
    """Assign every customer: all rules, or those named.

    The output has one row per customer: entity_id, then for each segmentation its arm and
    NAME_status (with NAME_by_data, the arm by today's data alone, where arms keep customers), and
    for each segment true or false; unknown is empty. The run is remembered in
    the ledger, so that the next one can say who moved and why.
    """
    from segdsl.run.evaluate import chosen_rules
    from segdsl.run.output import targets
    from segdsl.run.record import run_and_record

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        rules = chosen_rules(loaded.model, names)
        if output is not None:
            targets(list({r.entity: None for r in rules}), output)
        ledger = None if no_ledger else loaded.root / loaded.config.workspace.ledger
        with shared.progress("evaluating"):
            kept = run_and_record(loaded, names, as_of, source, output, explain_unknown, ledger, allow_stale)
        if format_ != "text":
            shared.show("run", format_, rules, kept)
            return
        for file in kept.put_in_place:
            shared.note(f"the run before this one was interrupted; {file} was put in place")
        if kept.run is not None and not kept.run.keeps_history:
            shared.note(
                "as of a day after tomorrow, or before the latest as-of that was run, the fields' history is left as it is"
            )
        shared.show("run", "text", rules, kept)
        for path in kept.files:
            shared.say_line(f"wrote {path}")
