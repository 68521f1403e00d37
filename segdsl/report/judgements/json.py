"""Judgements that differ from the rules -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.testing.suite.judgements import Difference


def render(judged: int, differences: Sequence[Difference]) -> str:
    rows = [asdict(d) for d in differences]
    return json_text({"schema_version": SCHEMA_VERSION, "judged": judged, "differences": rows})
