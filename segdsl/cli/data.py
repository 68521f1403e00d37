"""`segdsl data check`: whether the data keeps what the model promises."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from segdsl.cli import _data
from segdsl.cli import _shared as shared


@click.group("data")
def command() -> None:
    """Look at the data itself."""


@command.command("check")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option("--strict", is_flag=True, help="Warnings are findings too.")
@shared.format_option("text", "json", "markdown")
def check(workspace: Path | None, as_of: str | None, source: str | None, strict: bool, format_: str) -> None:
    """Check the data of every table against the model: types, keys, links, ranges, freshness.

    Every cell that can't be read, every row that leads nowhere is counted, with examples.
    """
    from segdsl.diagnostics import SCHEMA_VERSION, as_json
    from segdsl.run.data_check import check_data

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("reading the data"):
            clock, tables, notes = check_data(loaded, as_of, source, loaded.root / loaded.config.workspace.ledger)
        if format_ == "json":
            shared.say_json(
                {
                    "schema_version": SCHEMA_VERSION,
                    "as_of": clock.now.isoformat() + "Z",
                    "timezone": clock.zone.key,
                    "data": _data.record(tables),
                    "diagnostics": [as_json(d) for d in notes],
                }
            )
        elif format_ == "markdown":
            shared.say(_data.as_markdown(tables))
        else:
            _data.say_tables(tables, everything=True)
            shared.say_diagnostics(notes)
            shared.say(_verdict([f.severity for t in tables for f in t.findings] + [d.severity for d in notes]))
        found = [f.severity for t in tables for f in t.findings] + [d.severity for d in notes]
        if "error" in found or (strict and "warning" in found):
            sys.exit(shared.FINDINGS)


def _verdict(severities: Sequence[str]) -> str:
    counts = [(severities.count(s), s) for s in ("error", "warning")]
    shown = ", ".join(f"{n} {s}{'' if n == 1 else 's'}" for n, s in counts if n)
    return shown or "the data keeps what the model promises"
