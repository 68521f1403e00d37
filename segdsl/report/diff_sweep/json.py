"""Who moves with each value of a range -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.compare.versions import Difference
from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.report.diff.json import record


def render(condition: str, steps: Sequence[tuple[str, Difference]]) -> str:
    rows = [{"value": value} | record(difference, names_customers=False) for value, difference in steps]
    return json_text({"schema_version": SCHEMA_VERSION, "sweep": condition, "steps": rows})
