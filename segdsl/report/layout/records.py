"""Records of the machine contract -> the JSON of an experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from segdsl.diagnostics import json_text


def of_candidates(records: Sequence[Mapping[str, Any]]) -> str:
    """The record itself, or those of several candidates under one version."""
    many = {"schema_version": records[0]["schema_version"], "candidates": records}
    return json_text(records[0] if len(records) == 1 else many)
