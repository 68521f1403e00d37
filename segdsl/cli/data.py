"""`segdsl data check`: whether the data keeps what the model promises."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.group("data")
def command() -> None:
    """Look at the data itself."""


@command.command("check")
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
@click.option("--strict", is_flag=True, help="Warnings are findings too.")
@shared.format_option("data")
def check(workspace: Path | None, as_of: str | None, source: str | None, strict: bool, format_: str) -> None:
    """Check the data of every table against the model: types, keys, links, ranges, freshness.

    Every cell that can't be read, every row that leads nowhere is counted, with examples.
    """
    from segdsl.run.data_check import check_data

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("reading the data"):
            dated, tables, notes = check_data(loaded, as_of, source, loaded.root / loaded.config.workspace.ledger)
        shared.note_day(dated.clock, dated.because)
        shared.show("data", format_, dated.clock, tables, notes)
        severities = [f.severity for t in tables for f in t.findings] + [d.severity for d in notes]
        if "error" in severities or (strict and "warning" in severities):
            sys.exit(shared.FINDINGS)
