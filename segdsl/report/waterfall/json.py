"""How many customers fit each arm of a segmentation, and which arm has them -> the JSON of the machine contract."""

from __future__ import annotations

from dataclasses import asdict

from segdsl.compare.waterfall import Waterfall
from segdsl.diagnostics import SCHEMA_VERSION, json_text


def render(w: Waterfall) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": w.clock.now.isoformat() + "Z",
            "timezone": w.clock.zone.key,
            "rule": w.rule,
            "entity": w.entity,
            "total": w.total,
            "population": w.population,
            "fit_several": w.several,
            "by_list": w.by_list,
            "arms": [asdict(s) for s in w.steps],
            "rest": dict(w.rest),
            "warnings": [d.message for d in w.warnings],
        }
    )
