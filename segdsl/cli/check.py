"""`segdsl check`: all that is wrong with a workspace's rules, before anything runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.diagnostics import Diagnostic
    from segdsl.workspace.load import BrokenWorkspace, Workspace


@click.command("check")
@shared.workspace_option
@click.option("--strict", is_flag=True, help="Warnings are findings too.")
@click.option("--fix", is_flag=True, help="Mend what has one safe mend, in the rule files.")
@click.option("--as-of", metavar="DATE", default=None, help="Also what is due by then: reviews, expired rows of lists.")
@shared.format_option("text", "json", "github", "sarif", "markdown")
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
        found = checked(loaded, day)
        if fix:
            from segdsl.lint.fixes import apply

            for path, n in apply(loaded, found).items():
                shared.note(f"mended {n} finding{'s' if n != 1 else ''} in {path}")
            loaded = shared.open_workspace(workspace)
            found = checked(loaded, day)
        text = _rendered(format_, found, loaded)
        shared.put(output, text, loaded, has_commands=format_ == "github")
    if has_errors(found) or (strict and any(d.severity != "info" for d in found)):
        sys.exit(shared.FINDINGS)


def _rendered(format_: str, found: Sequence[Diagnostic], loaded: Workspace | BrokenWorkspace) -> str:
    match format_:
        case "json":
            from segdsl.diagnostics import SCHEMA_VERSION, as_json, json_text

            return json_text({"schema_version": SCHEMA_VERSION, "diagnostics": [as_json(d) for d in found]})
        case "github":
            from segdsl.report.github import of_diagnostics

            return of_diagnostics(found, loaded.root)
        case "sarif":
            from segdsl.report.sarif import sarif

            return sarif(found, loaded.root)
        case "markdown":
            from segdsl.report import markdown

            return markdown.of_diagnostics(found, len(loaded.sources))
        case _:
            from segdsl.diagnostics import summary

            files = f"{len(loaded.sources)} rule file{'s' if len(loaded.sources) != 1 else ''}"
            end = f"{files}: {summary(found) or click.style('no findings', fg='green')}"
            return "\n".join([*(f"{shared.styled(d)}\n" for d in found), end])
