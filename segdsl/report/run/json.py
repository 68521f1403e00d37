"""What a run gave -> the JSON of the machine contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, as_json, json_text
from segdsl.ledger.moves import Way
from segdsl.model.segment import Segment, Segmentation
from segdsl.report.data.json import table_record
from segdsl.run.assigned import by_data
from segdsl.run.keeping import by_data_column, elsewhere_of
from segdsl.run.record import RecordedRun


def render(rules: Sequence[Segment | Segmentation], record: RecordedRun) -> str:
    result = record.result
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": result.clock.now.isoformat() + "Z",
            "timezone": result.clock.zone.key,
            "rules": {rule.name: _sizes(rule, record) for rule in rules},
            "data": [table_record(t) for t in result.tables],
            "warnings": [as_json(d) for d in result.warnings],
            "files": [str(p) for p in record.files],
            "run": record.run.run_id if record.run else None,
            "since": record.since.run_id if record.since else None,
            "moves": _moves(record.moves),
            "borders": [asdict(b) for b in record.borders],
        }
    )


def _sizes(rule: Segment | Segmentation, record: RecordedRun) -> dict[str, Any]:
    places = record.result.places[rule.name]
    by_arm, by_status = (Counter[str | None]() for _ in range(2))
    for p in places:
        by_arm[p.arm] += p.count
        by_status[p.status] += p.count
    if isinstance(rule, Segment):
        return {s: by_status[s] for s in ("in", "out", "unknown")}
    sizes: dict[str, Any] = {
        "arms": {a.name: by_arm[a.name] for a in rule.all_arms},
        "status": {s: by_status[s] for s in ("assigned", "unknown", "outside")},
    }
    if by_data_column(rule) is not None:
        sizes["elsewhere_by_data"] = {e.place: dict(e.by_data) for e in elsewhere_of(rule, by_data(places))}
    return sizes


def _moves(ways: Sequence[Way]) -> dict[str, list[dict[str, Any]]]:
    """By rule: from, to, how many, by which causes."""
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for w in ways:
        by_rule.setdefault(w.rule, []).append(
            {"from": w.origin, "to": w.goal, "count": w.count, "causes": list(w.causes)}
        )
    return by_rule
