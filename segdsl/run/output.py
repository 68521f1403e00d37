"""Assignments -> a CSV or Parquet file, written aside and renamed: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl import values
from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.ledger.store import Staged
from segdsl.run.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

KINDS = (".csv", ".parquet")


class CannotWrite(Refusal):
    """The output can't be written; nothing is left behind."""

    exit_code = 3


def targets(entities: Sequence[str], output: Path) -> dict[str, Path]:
    """Which file each entity's rows go to: one file, or a folder with a CSV per entity.

    Raises `UsageError` for a file where there are several entities, or a kind that isn't written.
    """
    if not output.suffix or output.is_dir():
        return {entity: output / f"{entity}.csv" for entity in entities}
    if len(entities) > 1:
        help = f"name a folder, and it gets {', '.join(f'{e}.csv' for e in entities)}"
        raise UsageError(
            Diagnostic("SEG0607", f"the rules are about {len(entities)} entities, and {output} is one file", help=help)
        )
    if output.suffix not in KINDS:
        raise UsageError(
            Diagnostic("SEG0607", f"{output} is no kind of file segdsl writes", help="end it in .csv or .parquet")
        )
    return dict.fromkeys(entities, output)


def stage(entities: Sequence[str], output: Path) -> dict[str, Staged]:
    """Where each entity's file will lie, and beside it where it is written first. Writes nothing."""
    token = uuid.uuid4().hex[:12]
    return {
        entity: Staged(target.absolute(), target.absolute().with_name(f".{target.stem}-{token}{target.suffix}"))
        for entity, target in targets(entities, output).items()
    }


def write_aside(frames: Mapping[str, pd.DataFrame], staged: Mapping[str, Staged]) -> None:
    """Writes each entity's rows, safe on the disk; raises `CannotWrite`, and then nothing is left behind."""
    for entity, files in staged.items():
        try:
            if files.target.is_dir():
                raise IsADirectoryError(errno.EISDIR, "a folder has that name")
            files.aside.parent.mkdir(parents=True, exist_ok=True)
            _writer(files.target)(frames[entity], files.aside)
            _sync(files.aside)
        except OSError as error:
            discard(staged)
            message = f"{files.target} can't be written: {error.strerror or error}"
            raise CannotWrite(Diagnostic("SEG0707", message, help="nothing was changed")) from error


def discard(staged: Mapping[str, Staged]) -> None:
    for files in staged.values():
        with contextlib.suppress(OSError):
            files.aside.unlink(missing_ok=True)


def write(frames: Mapping[str, pd.DataFrame], output: Path) -> list[Path]:
    """Writes each entity's rows to its target; raises `CannotWrite`, and then no file is new or changed."""
    staged = stage(list(frames), output)
    write_aside(frames, staged)
    try:
        for files in staged.values():
            os.replace(files.aside, files.target)
    except OSError as error:
        discard(staged)
        message = f"{output} can't be written: {error.strerror or error}"
        raise CannotWrite(Diagnostic("SEG0707", message, help="nothing was changed")) from error
    return list(targets(list(frames), output).values())


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(0o666 & ~umask)


def _writer(target: Path) -> Callable[[pd.DataFrame, Path], None]:
    return _write_parquet if target.suffix == ".parquet" else _write_csv


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    """UTF-8; booleans as true and false, unknown as empty, no cell a spreadsheet would run as a formula."""
    cells = frame.apply(lambda column: column.map(_cell, na_action="ignore"))
    cells.to_csv(path, index=False, lineterminator="\n")


def _cell(value: object) -> object:
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "true" if value else "false"
    return values.for_a_spreadsheet(value) if isinstance(value, str) else value


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    import duckdb

    con = duckdb.connect()
    try:
        con.register("frame", frame)
        con.execute("COPY frame TO '" + str(path).replace("'", "''") + "' (FORMAT parquet)")
    except duckdb.Error as error:
        raise OSError(str(error).partition("\n")[0]) from error
    finally:
        con.close()
