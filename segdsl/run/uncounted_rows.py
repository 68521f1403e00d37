"""Tables most of whose rows no count takes in: they lead to nobody, have no time, or lie after as-of; and rows that lead to several."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.data.examples import shown
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model.clock import Clock

_MOST = 0.5  # of a table's rows


def uncounted_rows(engine: Engine, clock: Clock) -> Iterator[Diagnostic]:
    """A warning for each reason why most rows of a table that is read are in no count, and for rows of several. Raises `DataError`."""
    for table in engine.uncounted(clock):
        for found in table.findings:
            are_most = found.count > _MOST * table.rows
            if are_most or found.kind == "several ids":
                examples = f", such as {shown(found.examples)}" if found.examples else ""
                how_many = "most" if are_most else f"{found.count:,}"
                message = f"{how_many} of the {table.rows:,} rows of `{table.name}` are in no count: {found.message}{examples}"
                help = found.help or f"`segdsl data check` says what is wrong with the data of `{table.name}`"
                yield Diagnostic("SEG0725", message, help=help, severity="warning")
