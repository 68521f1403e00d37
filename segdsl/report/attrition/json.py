"""What each clause of a segment costs -> the JSON of the machine contract."""

from __future__ import annotations

from dataclasses import asdict

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.whatif.attrition import Attrition


def render(attrition: Attrition) -> str:
    plain = {key: value for key, value in asdict(attrition).items() if key != "clock"}
    as_of = attrition.clock.now.isoformat() + "Z"
    return json_text({"schema_version": SCHEMA_VERSION, "as_of": as_of, **plain})
