"""Rows that a destination refused, in a file with its answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from segdsl.activation.delivery import Rejected
from segdsl.activation.destinations.fates import Fates
from segdsl.activation.destinations.layouts import cell
from segdsl.activation.log.store import Log
from segdsl.files import atomic
from segdsl.words.values import for_a_spreadsheet

FOLDER = "rejected"


def write_rejected(fates: Fates, log: Log) -> list[Path]:
    """Write what was refused now; without any, take away the file of an earlier attempt of this export.

    The file lies beside the log, in a folder that git ignores, since it has addresses. Raises `OSError`.
    """
    assert log.export is not None, "it was opened for an export"
    path = log.folder / FOLDER / f"{log.export.id}-{fates.name}.csv"
    if fates.refused:
        atomic.replace(path, _text(fates.refused), 0o600)
        return [path]
    if path.exists():
        atomic.remove(path)
    return []


def _text(rejected: Sequence[Rejected]) -> bytes:
    fields = list(dict.fromkeys(name for r in rejected for name in r.delivery.fields))
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["answer", "play", "customer", "recipient", "address", *map(for_a_spreadsheet, fields), "key"])
    for r in rejected:
        d = r.delivery
        cells = [r.answer, d.play, d.customer, d.recipient, d.address, *(cell(d.fields.get(f)) for f in fields), d.key]
        rows.writerow(["" if c is None else for_a_spreadsheet(c) if isinstance(c, str) else c for c in cells])
    return file.getvalue().encode("utf-8", "surrogatepass")
