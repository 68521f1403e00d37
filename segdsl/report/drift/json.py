"""A segmentation on two days -> the JSON of the machine contract."""

from __future__ import annotations

from segdsl.compare.two_days import DriftReport
from segdsl.diagnostics import SCHEMA_VERSION, json_text


def render(compare_days: DriftReport) -> str:
    d = compare_days.drift
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "segmentation": compare_days.rule,
            "since": compare_days.then.now.isoformat() + "Z",
            "as_of": compare_days.now.now.isoformat() + "Z",
            "customers": d.customers,
            "moved": d.moved,
            "came": d.came,
            "went": d.went,
            "psi": d.psi,
            "psi_by_chance": d.null,
            "psi_of_all": d.psi_of_all,
            "chi2": d.chi2,
            "p": d.p,
            "moves": [{"from": a, "to": b, "count": n} for (a, b), n in sorted(d.moves.items())],
            "not_as_it_was": list(compare_days.unknown_then),
            "warnings": list(compare_days.warnings),
            "weekly": [{"from": str(day), "moved": share} for day, share in compare_days.weekly],
        }
    )
