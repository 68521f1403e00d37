"""What is wrong with the data -> a terminal: each table with its findings, then the verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import click

from segdsl.data.contract import TableReport
from segdsl.data.findings import Finding
from segdsl.diagnostics import Diagnostic, printable
from segdsl.model.clock import Clock
from segdsl.report.layout.terminal import styled
from segdsl.run.data_day import OLD

_HUES = {"error": "red", "warning": "yellow", "info": "cyan"}


def render(clock: Clock, tables: Sequence[TableReport], notes: Sequence[Diagnostic]) -> str:
    lines = [*table_lines(tables, clock, everything=True), *(f"{styled(d)}\n" for d in notes)]
    severities = [f.severity for t in tables for f in t.findings] + [d.severity for d in notes]
    return "\n".join([*lines, _verdict(severities)])


def table_lines(tables: Sequence[TableReport], clock: Clock, everything: bool = False) -> Iterator[str]:
    """Each table's rows, and under it what is wrong; `everything` shows what is merely worth knowing too."""
    for table in tables:
        newest = f", newest {written_time(table)}{_age(table, clock)}" if table.newest is not None else ""
        source = f" of recorded {table.recorded}" if table.recorded else ""
        yield f"data   {table.name}: {table.rows:,} row{'' if table.rows == 1 else 's'}{source}{newest}"
        for finding in table.findings:
            if everything or finding.severity != "info":
                yield "       " + click.style(_finding(finding), fg=_HUES[finding.severity])
                if finding.help:
                    yield printable(f"         = {finding.help}")


def _age(table: TableReport, clock: Clock) -> str:
    """How long before as-of an old table's newest row lies."""
    newest = table.newest
    last = clock.date_of(newest) if isinstance(newest, dt.datetime) else newest
    is_old = last is not None and clock.today - last > OLD
    return f", {(clock.today - last).days:,} days before as-of" if last is not None and is_old else ""


def written_time(table: TableReport) -> str:
    return f"{table.newest:%Y-%m-%d %H:%M:%S} UTC" if isinstance(table.newest, dt.datetime) else f"{table.newest}"


def _finding(finding: Finding) -> str:
    examples = f", as {', '.join(f'`{printable(e)}`' for e in finding.examples)}" if finding.examples else ""
    return printable(finding.message) + examples


def _verdict(severities: Sequence[str]) -> str:
    counts = [(severities.count(s), s) for s in ("error", "warning")]
    shown = ", ".join(f"{n} {s}{'' if n == 1 else 's'}" for n, s in counts if n)
    return shown or "the data keeps what the model promises"
