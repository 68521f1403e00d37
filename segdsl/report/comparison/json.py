"""A candidate beside the incumbent -> the JSON of the machine contract."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from segdsl.compare.segmentations import Comparison
from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.experiment.history.snapshot import Snapshot
from segdsl.report.backtest.json import load_record


def render(comparison: Comparison, snapshot: Snapshot | None) -> str:
    return json_text(_record(comparison) | (_measured(snapshot) if snapshot is not None else {}))


def _record(c: Comparison) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "evidence": "compare",
        "incumbent": c.incumbent,
        "candidate": c.candidate,
        "entity": c.entity,
        "as_of": c.clock.now.isoformat() + "Z",
        "customers": c.customers,
        "differ": c.differ,
        "other_play": c.other_play,
        "d": c.d,
        "covered": dict(zip(("incumbent", "candidate"), c.covered)),
        "unknown": dict(zip(("incumbent", "candidate"), c.unknown)),
        "adjusted_rand": c.adjusted_rand,
        "money": c.money or None,
        "worth": c.worth,
        "moves": [_move(c, way, n) for way, n in sorted(c.moves.items())],
        "arms": [asdict(a) for a in c.arms],
        "plays": [load_record(x) for x in c.loads],
    }


def _move(c: Comparison, way: tuple[str, str], count: int) -> dict[str, Any]:
    because = [{"clause": clause, "count": n} for clause, n in c.reasons.get(way, ())]
    return {"from": way[0], "to": way[1], "count": count, "because": because}


def _measured(s: Snapshot) -> dict[str, Any]:
    j = s.judged
    return {
        "measure": s.measure,
        "measured": "crossfit, one snapshot",
        "skill": dict(zip(("estimate", "low", "high"), j.skill)) if j.is_shown else None,
        "validity": {c.name: {"ok": c.ok, "said": c.message} for c in j.checks},
        "segments": [
            {
                "rule": x.rule,
                "segment": x.place,
                "customers": x.customers,
                "observed": x.observed,
                "low": x.low,
                "high": x.high,
            }
            for x in j.segments
        ],
        "described": {name: asdict(d) for name, d in zip(s.names, s.described)},
    }
