"""What a run gave -> the JSON of the machine contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, as_json, json_text
from segdsl.ledger.moves import Move
from segdsl.model.segment import Segment, Segmentation
from segdsl.report.data.json import table_record
from segdsl.run.keeping import by_data_column, elsewhere
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
    frame = record.result.frames[rule.entity]
    column = frame[rule.name]
    if isinstance(rule, Segment):
        return {
            "in": int(column.eq(True).sum()),
            "out": int(column.eq(False).sum()),
            "unknown": int(column.isna().sum()),
        }
    by_arm, status = column.value_counts(), frame[f"{rule.name}_status"].value_counts()
    sizes: dict[str, Any] = {
        "arms": {a.name: int(by_arm.get(a.name, 0)) for a in rule.all_arms},
        "status": {s: int(status.get(s, 0)) for s in ("assigned", "unknown", "outside")},
    }
    if by_data_column(rule) is not None:
        sizes["elsewhere_by_data"] = {e.place: dict(e.by_data) for e in elsewhere(rule, frame)}
    return sizes


def _moves(moves: Sequence[Move]) -> dict[str, list[dict[str, Any]]]:
    """By rule: from, to, how many, by which causes."""
    counts = Counter((m.rule, m.origin, m.goal, m.causes) for m in moves)
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for (rule, origin, goal, causes), n in counts.most_common():
        by_rule.setdefault(rule, []).append({"from": origin, "to": goal, "count": n, "causes": list(causes)})
    return by_rule
