"""All segments of an entity, and what they share -> the JSON of the machine contract."""

from __future__ import annotations

from segdsl.compare.intersections import Intersections
from segdsl.diagnostics import SCHEMA_VERSION, json_text


def render(x: Intersections) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": x.clock.now.isoformat() + "Z",
            "entity": x.entity,
            "customers": x.customers,
            "in_none": x.in_none,
            "sets": [{"name": y.name, "customers": y.customers, "unknown": y.unknown} for y in x.sets],
            "shared": [
                {
                    "first": y.first.name,
                    "second": y.second.name,
                    "both": y.both,
                    "jaccard": round(y.jaccard, 9),
                    "part_of_the_other": y.contained.name if y.contained is not None else None,
                }
                for y in x.shared
            ],
            "exactly_the_same": [[y.name for y in group] for group in x.equal],
            "nearly_the_same": [[y.first.name, y.second.name] for y in x.alike],
            "intersections": x.count,
            "warnings": [d.message for d in x.warnings],
            "largest": [{"in": list(y.names), "customers": y.customers} for y in x.largest],
        }
    )
