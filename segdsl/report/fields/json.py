"""What there is to write rules with -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.model.clock import Clock
from segdsl.whatif.fields import RelationFacts


def render(clock: Clock, relations: Sequence[RelationFacts]) -> str:
    as_of = clock.now.isoformat() + "Z"
    return json_text({"schema_version": SCHEMA_VERSION, "as_of": as_of, "relations": [asdict(r) for r in relations]})
