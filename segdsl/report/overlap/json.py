"""Whether segments can have a customer in common -> the JSON of the machine contract."""

from __future__ import annotations

from typing import Any

from segdsl.compare.overlap import Overlaps, Pair
from segdsl.diagnostics import SCHEMA_VERSION, json_text


def render(overlaps: Overlaps) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": overlaps.clock.now.isoformat() + "Z" if overlaps.clock else None,
            "entity": overlaps.entity,
            "pairs": [_pair(p) for p in overlaps.pairs],
            "warnings": [d.message for d in overlaps.warnings],
        }
    )


def _pair(p: Pair) -> dict[str, Any]:
    return {
        "first": p.first,
        "second": p.second,
        "verdict": p.proof.verdict,
        "can_be_in_both": _can(p),
        "reason": p.proof.reason,
        "given": list(p.lines),
        "both": p.both,
        "customers": list(p.keys),
    }


def _can(p: Pair) -> bool | None:
    """Whether somebody can: a customer who is in both says so, a proof that nobody can; None where it isn't decided."""
    if p.proof.verdict == "disjoint":
        return False
    return True if p.lines or p.both else None
