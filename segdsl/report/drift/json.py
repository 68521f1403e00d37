"""A segmentation on two days -> the JSON of the machine contract."""

from __future__ import annotations

from segdsl.compare.two_days import Drifted
from segdsl.diagnostics import SCHEMA_VERSION, json_text


def render(drifted: Drifted) -> str:
    d = drifted.drift
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "segmentation": drifted.rule,
            "since": drifted.then.now.isoformat() + "Z",
            "as_of": drifted.now.now.isoformat() + "Z",
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
            "not_as_it_was": list(drifted.unknown_then),
            "warnings": list(drifted.warnings),
            "weekly": [{"from": str(day), "moved": share} for day, share in drifted.weekly],
        }
    )
