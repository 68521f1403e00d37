"""The rule file that is written: a new one, where the person said."""

from __future__ import annotations

import os
from pathlib import Path

from segdsl.diagnostics import Diagnostic
from segdsl.files import atomic
from segdsl.run.errors import UsageError
from segdsl.testing.customers.append import cannot_write
from segdsl.workspace.load import Workspace, rule_files


def checked(workspace: Workspace, output: Path) -> str:
    """Return the path of a new rule file as the workspace shows it; raises `UsageError` for any other."""
    if output.suffix != ".seg":
        message = f"{output} isn't read as rules"
        raise UsageError(
            Diagnostic("SEG0607", message, help=f"end it in .seg, as in {output.with_suffix('.seg').name}")
        )
    if os.path.lexists(output):
        raise UsageError(
            Diagnostic("SEG0610", f"{output} is here already", help="name another file, or move that one away")
        )
    absolute = output.absolute().resolve()
    root = workspace.root.absolute().resolve()
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else output.as_posix()


def is_read(workspace: Workspace, output: Path) -> bool:
    """Whether the workspace reads a file, once it is written, as rules."""
    there = output.absolute().resolve()
    return any(
        path.absolute().resolve() == there for path in rule_files(workspace.root, workspace.config.workspace.include)
    )


def write(output: Path, text: str) -> None:
    """Write the file, and its folder if needed; raises `DataError`."""
    try:
        atomic.replace(output, text.encode())
    except OSError as error:
        raise cannot_write(str(output), error) from None
