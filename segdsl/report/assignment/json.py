"""Customers in the arms of a pilot -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.experiment.pilot.assign import AssignmentResult, sizes
from segdsl.report.pilot.json import account_record


def render(entered: AssignmentResult, table: Path, lists: Sequence[Path]) -> str:
    busy = {name: {"customers": n, "until": until.isoformat()} for name, (n, until) in entered.busy.items()}
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "experiment": entered.experiment.name,
            "as_of": entered.day.isoformat(),
            "new": sizes(entered.new),
            "all": sizes(entered.all),
            "busy": busy,
            "no_room": entered.over,
            "lists": [str(path) for path in lists],
            "account": account_record(entered.account),
        }
    )
