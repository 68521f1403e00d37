"""Assignments -> a CSV or Parquet file, written aside and renamed: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic

if TYPE_CHECKING:
    import pandas as pd

KINDS = (".csv", ".parquet")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CannotWrite(Exception):
    """The output can't be written; nothing is left behind. `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def write(frames: Mapping[str, pd.DataFrame], output: Path) -> list[Path]:
    """One file, or where rules are about several entities a folder with one file per entity (as CSV).

    Raises `CannotWrite`; then no file is new or changed.
    """
    if len(frames) == 1 and output.suffix:
        targets = {output: next(iter(frames.values()))}
    elif output.suffix:
        names = ", ".join(f"{e}.csv" for e in frames)
        help = f"name a folder, and it gets {names}"
        raise CannotWrite(
            Diagnostic("SEG0607", f"the rules are about {len(frames)} entities, and {output} is one file", help=help)
        )
    else:
        targets = {output / f"{entity}.csv": frame for entity, frame in frames.items()}
    if any(t.suffix not in KINDS for t in targets):
        raise CannotWrite(
            Diagnostic("SEG0607", f"{output} is no kind of file segdsl writes", help="end it in .csv or .parquet")
        )
    with contextlib.ExitStack() as stack:
        try:
            aside = {target: stack.enter_context(_aside(target)) for target in targets}
            for target, frame in targets.items():
                _writer(target)(frame, aside[target])
                _sync(aside[target])
            for target, temporary in aside.items():
                os.replace(temporary, target)
        except OSError as error:
            raise CannotWrite(
                Diagnostic(
                    "SEG0707", f"{output} can't be written: {error.strerror or error}", help="nothing was changed"
                )
            ) from error
    return list(targets)


@contextlib.contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A temporary file beside the target, gone afterwards unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


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
    if isinstance(value, str) and value.startswith(_FORMULA) and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
