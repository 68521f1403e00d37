"""A list as a file: a workbook, CSV, Parquet or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.activation.members import Members
from segdsl.diagnostics import Diagnostic
from segdsl.run.errors import UsageError
from segdsl.run.output import write
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


def write_members(workspace: Workspace, members: Members, output: Path) -> None:
    """Write a list to a file. Raises `UsageError` for an ending that no file of a list has, `Refusal` for one that the workspace
    reads, and `CannotWrite`.
    """
    refuse_over_inputs(workspace, [output])
    if not output.suffix or output.is_dir():
        help = "name a file that ends in .xlsx, .csv, .parquet or .json"
        raise UsageError(Diagnostic("SEG0607", f"{output} is no name of a file for a list", help=help))
    write({members.selection.entity.name: _frame(members)}, output, sheet=members.selection.text)


def _frame(members: Members) -> pd.DataFrame:
    """The columns as objects, a set as texts joined by `; `."""
    import pandas as pd

    cells = {c.name: ["; ".join(v) if isinstance(v, tuple) else v for v in c.cells] for c in members.columns}
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in cells.items()})
