"""Assignments -> a CSV or Parquet file, written aside and renamed: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.run import UsageError

if TYPE_CHECKING:
    import pandas as pd

KINDS = (".csv", ".parquet")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def write(frames: Mapping[str, pd.DataFrame], output: Path) -> list[Path]:
    """Writes each entity's rows to its target; raises `CannotWrite`, and then no file is new or changed."""
    files = {path: frames[entity] for entity, path in targets(list(frames), output).items()}
    with contextlib.ExitStack() as stack:
        try:
            aside = {target: stack.enter_context(_aside(target)) for target in files}
            for target, frame in files.items():
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
    return list(files)


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
