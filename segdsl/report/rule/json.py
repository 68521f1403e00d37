"""A rule or metric read aloud -> the JSON of the machine contract."""

from __future__ import annotations

from dataclasses import asdict

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.whatif.read_aloud import ReadAloud


def render(rule: ReadAloud) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": rule.clock.now.isoformat() + "Z",
            "timezone": rule.clock.zone.key,
            "name": rule.name,
            "title": rule.title,
            "entity": rule.entity,
            "sentences": list(rule.sentences),
            "terms": list(rule.terms),
            "periods": list(rule.periods),
            "total": rule.total,
            "places": [asdict(p) for p in rule.places],
        }
    )
