"""What an experiment could find -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.history.power import curve, reach
from segdsl.experiment.planning.plan import Plan
from segdsl.report.backtest.json import expected_record


def render(plans: Sequence[Plan]) -> str:
    """Of each candidate what stands against it, and what its backtest and a pilot could find."""
    name = plans[0].experiment.name
    return json_text({"schema_version": SCHEMA_VERSION, "experiment": name, "candidates": [_record(p) for p in plans]})


def _record(p: Plan) -> dict[str, Any]:
    power = float(p.experiment.power)
    x, q = p.backtest, p.pilot
    return {
        "candidate": p.candidate,
        "validity": {c.name: {"ok": c.ok, "said": c.message} for c in p.checks},
        "backtest": None if x is None else expected_record(x, power) | _reach(x, power),
        "pilot": None if q is None else asdict(q) | {"d": q.d},
        "too_long": p.too_long or None,
    }


def _reach(x: Expected, power: float) -> dict[str, Any]:
    """What other origins and other numbers of customers would find, and the power by gain."""
    return {
        "reach": [asdict(r) for r in reach(x, power)],
        "curve": [{"gain": size, "power": chance} for size, chance in curve(x)],
    }
