"""Who is one clause away from a segment -> the JSON of the machine contract: what each clause costs, with examples."""

from __future__ import annotations

from segdsl.report.attrition import json as costs
from segdsl.whatif.attrition import Attrition


def render(attrition: Attrition) -> str:
    return costs.render(attrition)
