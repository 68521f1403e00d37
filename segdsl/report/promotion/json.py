"""A candidate in the place of its incumbent -> the JSON of the machine contract."""

from __future__ import annotations

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.report.content.promotion import PromotionResult


def render(result: PromotionResult) -> str:
    record = {
        "schema_version": SCHEMA_VERSION,
        "incumbent": result.incumbent,
        "candidate": result.candidate,
        "against": list(result.against),
    }
    return json_text(record if result.path is None else record | {"record": str(result.path)})
