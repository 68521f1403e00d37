"""Who moved between two runs -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.ledger.moves import Move
from segdsl.ledger.store import Run
from segdsl.report.runs.json import run_record


def render(
    new: Run,
    old: Run | None,
    moves: Sequence[Move],
    rules: Sequence[str],
    elsewhere: Mapping[str, Mapping[tuple[str, str], int]],
) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "run": run_record(new),
            "since": run_record(old) if old else None,
            "moves": [_move(m) for m in moves],
            "elsewhere_by_data": {
                rule: [{"place": place, "by_data": arm, "count": n} for (place, arm), n in elsewhere[rule].items()]
                for rule in rules
                if rule in elsewhere
            },
        }
    )


def _move(m: Move) -> dict[str, Any]:
    return {
        "rule": m.rule,
        "entity": m.entity,
        "entity_id": m.entity_id,
        "from": m.origin,
        "to": m.goal,
        "causes": list(m.causes),
        "clause": m.clause,
    }
