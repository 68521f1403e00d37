"""How many customers a condition takes along a range -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.model.clock import Clock
from segdsl.whatif.trial import Step


def render(entity: str, clock: Clock, total: int, steps: Sequence[Step]) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": clock.now.isoformat() + "Z",
            "timezone": clock.zone.key,
            "entity": entity,
            "total": total,
            "steps": [_step(s) for s in steps],
        }
    )


def _step(s: Step) -> dict[str, Any]:
    money = {name: {"currency": c, "amount": float(a)} for name, (c, a) in s.money.items()}
    return {"value": s.value, "taken": s.inside, "unknown": s.unknown, "money": money}
