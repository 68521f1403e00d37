"""What a change of rules means -> the JSON of the machine contract."""

from __future__ import annotations

from typing import Any

from segdsl.compare.versions import Change, Difference, MoveGroup
from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.report.layout.records import as_if_run_record


def render(difference: Difference, names_customers: bool) -> str:
    return json_text(record(difference, names_customers))


def record(difference: Difference, names_customers: bool) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": difference.clock.now.isoformat() + "Z" if difference.clock else None,
        "as_if_run": as_if_run_record(difference.as_if_run),
        "warnings": [w.message for w in difference.warnings],
        "money": difference.money or None,
        "rules": [_change(c, names_customers) for c in difference.changes],
        "plays": [
            {"play": x.play, "before": x.before, "after": x.after, "capacity": x.capacity} for x in difference.loads
        ],
        "play_changes": [
            {"kind": p.kind, "name": p.name, "status": p.status, "parts": list(p.parts)} for p in difference.plays
        ],
    }


def _change(c: Change, names_customers: bool) -> dict[str, Any]:
    return {
        "rule": c.rule,
        "entity": c.entity,
        "status": c.status,
        "verdict": c.verdict.replace("`", ""),
        "arms": {arm or c.rule: {"verdict": v.verdict, "reason": v.reason} for arm, v in c.verdicts.items()},
        "customers": c.total,
        "moved": c.moved,
        "sizes": [{"place": s.place, "before": s.before, "after": s.after} for s in c.sizes],
        "moves": [_move(m) | ({"customers": list(m.customers)} if names_customers else {}) for m in c.moves],
        "witnesses": [{"from": w.origin, "to": w.goal, "given": list(w.lines)} for w in c.witnesses],
    }


def _move(m: MoveGroup) -> dict[str, Any]:
    return {
        "from": m.origin,
        "to": m.goal,
        "count": m.count,
        "worth": round(m.worth, 2),
        "reasons": [{"clause": clause.replace("`", ""), "count": n} for clause, n in m.reasons],
    }
