"""Rows that a destination refused, in a file with its answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segdsl.activation.delivery import Rejected
from segdsl.activation.destinations.fates import Fates
from segdsl.activation.destinations.layouts import cell
from segdsl.activation.log.store import Log
from segdsl.files import atomic
from segdsl.run.output import csv_text

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
    rows = []
    for r in rejected:
        d = r.delivery
        merged = (cell(d.fields.get(f)) for f in fields)
        rows.append([r.answer, d.play, d.customer, d.recipient, d.address, *merged, d.key])
    heads = ["answer", "play", "customer", "recipient", "address", *fields, "key"]
    return csv_text(heads, rows)
