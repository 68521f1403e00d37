"""How many customers a condition takes -> the JSON of the machine contract."""

from __future__ import annotations

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.whatif.trial import Trial


def render(trial: Trial) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": trial.clock.now.isoformat() + "Z",
            "timezone": trial.clock.zone.key,
            "entity": trial.entity,
            "taken": trial.inside,
            "unknown": trial.unknown,
            "total": trial.total,
            "money": {name: {"currency": c, "amount": float(a)} for name, (c, a) in trial.money.items()},
            "examples": list(trial.examples),
            "reasons": [{"reason": r, "customers": n} for r, n in trial.reasons],
            "windows": list(trial.windows),
            "warnings": [d.message for d in trial.warnings],
        }
    )
