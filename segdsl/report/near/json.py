"""Who is one clause away from a segment -> the JSON of the machine contract: that of the clauses' costs, with examples."""

from __future__ import annotations

from segdsl.report.attrition.json import render as render
