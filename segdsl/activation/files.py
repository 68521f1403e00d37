"""A list as a file: a workbook, CSV, Parquet or JSON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.activation.members import Members
from segdsl.diagnostics import Diagnostic
from segdsl.run.errors import UsageError
from segdsl.run.output import targets, write
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


def refuse_output(workspace: Workspace, output: Path) -> None:
    """Raise `UsageError` for an ending that no file of a list has, and `Refusal` for a file that the workspace reads."""
    refuse_over_inputs(workspace, [output])
    if not output.suffix or output.is_dir():
        help = "name a file that ends in .xlsx, .csv, .parquet or .json"
        raise UsageError(Diagnostic("SEG0607", f"{output} is no name of a file for a list", help=help))
    targets(["list"], output)


def write_members(members: Members, output: Path) -> Members:
    """Write a list to a file, and return it with that file. Raises `CannotWrite`, and `UsageError` for too many rows of a workbook."""
    write({members.selection.entity.name: _columns(members)}, output, sheet=members.selection.text)
    return replace(members, file=output)


def frame_of(members: Members) -> pd.DataFrame:
    """The columns as objects, a set as texts joined by `; `."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in _columns(members).items()})


def _columns(members: Members) -> dict[str, list[object]]:
    return {c.name: ["; ".join(v) if isinstance(v, tuple) else v for v in c.cells] for c in members.columns}
