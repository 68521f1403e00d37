"""`segdsl check`: all that is wrong with a workspace's rules, before anything runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("check")
@shared.workspace_option
@click.option("--strict", is_flag=True, help="Warnings are findings too.")
@shared.format_option("text", "json")
def command(workspace: Path | None, strict: bool, format_: str) -> None:
    """Check all rules: names, types, units, values and time, before anything runs.

    Ends with 0 if all is well, 1 with findings, 2 without a workspace.
    """
    from segdsl.checks import checked
    from segdsl.diagnostics import SCHEMA_VERSION, as_json, has_errors, summary

    with shared.failing(format_):
        loaded = shared.open_workspace(workspace)
        found = checked(loaded)
        if format_ == "json":
            shared.say_json({"schema_version": SCHEMA_VERSION, "diagnostics": [as_json(d) for d in found]})
        else:
            shared.say_diagnostics(found)
            files = f"{len(loaded.sources)} rule file{'s' if len(loaded.sources) != 1 else ''}"
            shared.say(f"{files}: {summary(found) or click.style('no findings', fg='green')}")
    if has_errors(found) or (strict and found):
        sys.exit(shared.FINDINGS)
