"""What was found in the data -> text, markdown or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.data.contract import Finding, TableReport

_HUES = {"error": "red", "warning": "yellow", "info": "cyan"}


def say_tables(tables: Sequence[TableReport], everything: bool = False) -> None:
    """Each table's rows, and under it what is wrong; `everything` tells what is merely worth knowing too."""
    for table in tables:
        newest = f", newest {_time(table)}" if table.newest is not None else ""
        shared.say(f"data   {table.name}: {table.rows:,} row{'' if table.rows == 1 else 's'}{newest}")
        for found in table.findings:
            if everything or found.severity != "info":
                shared.say("       " + click.style(_line(found), fg=_HUES[found.severity]))
                if found.help:
                    shared.say_line(f"         = {found.help}")


def _time(table: TableReport) -> str:
    import datetime as dt

    return f"{table.newest:%Y-%m-%d %H:%M:%S} UTC" if isinstance(table.newest, dt.datetime) else f"{table.newest}"


def _line(found: Finding) -> str:
    from segdsl.diagnostics import printable

    examples = f", as {', '.join(f'`{printable(e)}`' for e in found.examples)}" if found.examples else ""
    return printable(found.message) + examples


def as_markdown(tables: Sequence[TableReport]) -> str:
    """A table of tables, then one of findings."""
    from segdsl.report.markdown import text

    lines = ["| table | rows | newest | findings |", "|---|---:|---|---:|"]
    for t in tables:
        count = sum(f.severity != "info" for f in t.findings)
        lines.append(f"| {text(t.name)} | {t.rows:,} | {_time(t) if t.newest else ''} | {count or ''} |")
    found = [f for t in tables for f in t.findings]
    if found:
        lines += ["", "| table | what | examples | what to do |", "|---|---|---|---|"]
        lines += [
            f"| {text(f.table)} | {text(f.message)} | {text(', '.join(f.examples))} | {text(f.help)} |" for f in found
        ]
    return "\n".join(lines)


def record(tables: Sequence[TableReport]) -> list[dict[str, object]]:
    return [
        {
            "table": t.name,
            "rows": t.rows,
            "newest": t.newest.isoformat() if t.newest is not None else None,
            "missing": dict(t.missing),
            "findings": [_finding(f) for f in t.findings],
        }
        for t in tables
    ]


def _finding(f: Finding) -> dict[str, object]:
    return {
        "kind": f.kind, "severity": f.severity, "column": f.column, "count": f.count, "message": f.message,
        "examples": list(f.examples), "help": f.help,
    }  # fmt: skip
