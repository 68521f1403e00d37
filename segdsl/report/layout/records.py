"""Records of the machine contract -> the JSON of an experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from segdsl.diagnostics import json_text
from segdsl.model.as_if_run import AsIfRun


def of_candidates(records: Sequence[Mapping[str, Any]]) -> str:
    """The record itself, or those of several candidates under one version."""
    many = {"schema_version": records[0]["schema_version"], "candidates": records}
    return json_text(records[0] if len(records) == 1 else many)


def as_if_run_record(runs: AsIfRun | None) -> dict[str, Any] | None:
    """The runs that are supposed of rules; None where those are read that are recorded."""
    if runs is None:
        return None
    return {"since": runs.since.isoformat(), "every": {"count": runs.count, "unit": runs.unit}}
