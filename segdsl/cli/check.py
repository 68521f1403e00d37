"""`segdsl check`: all that is wrong with a workspace's rules, before anything runs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("check")
@shared.workspace_option
@click.option("--strict", is_flag=True, help="Warnings are findings too.")
@click.option("--fix", is_flag=True, help="Mend what has one safe mend, in the rule files.")
@click.option("--as-of", metavar="DATE", default=None, help="Also what is due by then: reviews, expired rows of lists.")
@shared.format_option("findings")
@shared.output_option
def command(
    workspace: Path | None, strict: bool, fix: bool, as_of: str | None, format_: str, output: Path | None
) -> None:
    """Check all rules: names, types, units, values and time, before anything runs.

    Ends with 0 if all is well, 1 with findings, 2 without a workspace.
    """
    from segdsl.diagnostics import has_errors
    from segdsl.lint.checks import checked

    with shared.failing(format_):
        loaded = shared.open_workspace(workspace)
        day = None
        if as_of is not None:
            from segdsl.run.evaluate import clock_for

            day = clock_for(loaded.zone, as_of).today
        findings = checked(loaded, day)
        if fix:
            from segdsl.lint.fixes import apply

            for path, n in apply(loaded, findings).items():
                shared.note(f"mended {n} finding{'s' if n != 1 else ''} in {path}")
            loaded = shared.open_workspace(workspace)
            findings = checked(loaded, day)
        values = (findings, len(loaded.sources), loaded.root)
        shared.show("findings", format_, *values, output=output, workspace=loaded)
    if has_errors(findings) or (strict and any(d.severity != "info" for d in findings)):
        sys.exit(shared.FINDINGS)
