"""Exposure files, `experiments/exposures/NAME.csv`: who entered a pilot, when, in which arm, with which plays.
Append-only.

INVARIANT: the file has all rows of an assignment or none of them; a unit occurs once among those whose play differs.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import filelock

from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic
from segdsl.experiment.shared.customers import place_column, play_column, rules_of
from segdsl.experiment.shared.exposure import Exposure
from segdsl.files import journal, trusted
from segdsl.model.experiment import Experiment
from segdsl.words import values
from segdsl.workspace.load import Workspace

FOLDER = "experiments/exposures"
PATIENCE = 60  # seconds to wait for another assignment
_FIXED = ("unit", "cluster", "arm", "differs", "entered", "stratum", "registered", "seed", "layer", "until")


def path_of(workspace: Workspace, name: str) -> Path:
    return workspace.root / FOLDER / f"{name}.csv"


def load(path: Path) -> list[Exposure]:
    """Read exposures, empty without a file; raises `DataError` for a damaged file."""
    if not path.is_file():
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, str(error)) from None
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    entries: list[Exposure] = []
    first_row: dict[str, int] = {}
    for number, row in enumerate(rows, 2):
        try:
            entries.append(_read(row))
        except (KeyError, ValueError, AttributeError, TypeError):
            raise _wrong(path, f"row {number} is not as it was written") from None
        unit = entries[-1].unit
        if entries[-1].differs and first_row.setdefault(unit, number) != number:
            raise _wrong(path, f"`{unit}` stands in row {first_row[unit]} and in row {number}")
    return entries


@contextmanager
def locked(workspace: Workspace) -> Iterator[None]:
    """Hold the lock of assignments; the lock file lies next to the ledger."""
    lock = (workspace.root / workspace.config.workspace.ledger).with_name("exposures.lock")
    why = trusted.planted(lock)
    if why:
        raise DataError(Diagnostic("SEG0621", f"{lock} can't be used: {why}", help="take it out of the repository"))
    trusted.own_folder(lock.parent)
    try:
        with filelock.FileLock(lock, timeout=PATIENCE):
            yield
    except filelock.Timeout:
        message = f"another assignment has run for {PATIENCE} seconds"
        raise DataError(Diagnostic("SEG0621", message, help="try again when it is over")) from None


def append(root: Path, path: Path, rows: Sequence[Exposure]) -> None:
    """Append rows, leaving existing bytes as they are. Raises `DataError`, and then the file is unchanged."""
    before = path.read_bytes() if path.is_file() else b""
    out = io.StringIO(newline="")
    rules = list(rows[0].places)
    heads = [*_FIXED, *map(place_column, rules), *map(play_column, rules)]
    writer = csv.writer(out, lineterminator="\n")
    if not before:
        writer.writerow(heads)
    elif next(csv.reader([before.decode().splitlines()[0]])) != heads:
        raise _wrong(path, "its columns are of other segmentations")
    for e in rows:
        cells = [
            e.unit,
            e.cluster,
            e.arm,
            "true" if e.differs else "false",
            e.entered.isoformat(),
            e.stratum,
            e.registered,
            e.seed,
            e.layer,
            e.until.isoformat(),
            *(e.places[r] for r in rules),
            *(e.plays[r] for r in rules),
        ]
        writer.writerow([_guarded(cell) for cell in cells])
    if before and not before.endswith(b"\n"):
        raise _wrong(path, "its last row is cut off")
    try:
        journal.change(root, {path: before + out.getvalue().encode()})
    except OSError as error:
        message = f"{path} can't be written: {error.strerror or error}"
        raise DataError(Diagnostic("SEG0707", message, help="it is as it was, and nobody has entered")) from None


def others(workspace: Workspace, e: Experiment) -> dict[str, list[Exposure]]:
    """Exposures of all other pilots in the workspace, by name."""
    folder = workspace.root / FOLDER
    return {p.stem: load(p) for p in sorted(folder.glob("*.csv")) if p.stem != e.name} if folder.is_dir() else {}


# -- parts -----------------------------------------------------------------------------


def _read(row: Mapping[str, str]) -> Exposure:
    cells = {name: _unguarded(cell) for name, cell in row.items()}
    if cells["differs"] not in ("true", "false"):
        raise ValueError("neither true nor false")
    rules = rules_of(cells)
    places, plays = ({r: cells[column(r)] for r in rules} for column in (place_column, play_column))
    return Exposure(
        cells["unit"],
        cells["cluster"],
        cells["arm"],
        cells["differs"] == "true",
        dt.date.fromisoformat(cells["entered"]),
        cells["stratum"],
        cells["registered"],
        cells["seed"],
        cells["layer"],
        dt.date.fromisoformat(cells["until"]),
        places,
        plays,
    )


def _guarded(cell: str) -> str:
    """Escape a formula for spreadsheets; a text that begins with the escape sign is escaped too."""
    return "'" + cell if cell.startswith("'") else values.for_a_spreadsheet(cell)


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


def _wrong(path: Path, why: str) -> DataError:
    help = "bring it back from git or a backup: it alone says who was in which arm"
    return DataError(Diagnostic("SEG0621", f"{path} can't be used: {why}", help=help))
