"""Goals and what was measured of them -> the JSON of the machine contract."""

from __future__ import annotations

from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.experiment.history.goals import Figure, Goal, Goals, Window


def render(x: Goals) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": x.clock.now.isoformat() + "Z",
            "goals": [_goal(g) for g in x.goals],
            "in_words_alone": list(x.in_words),
        }
    )


def _goal(g: Goal) -> dict[str, Any]:
    return {
        "rule": g.rule,
        "goal": g.goal,
        "entity": g.entity,
        "measured_by": g.target.measure,
        "kind": g.kind,
        "currency": g.currency or None,
        "from": g.start,
        "to": g.end,
        "by": g.target.by.isoformat() if g.target.by is not None else None,
        "windows": [_window(w) for w in g.windows],
        "standing": g.standing,
        "judged_by_window_closed": g.judged.closed.isoformat() if g.judged is not None else None,
        "why": g.why or None,
        "doubtful": g.note or None,
        "windows_left": g.left,
        "forecast": None
        if g.forecast is None
        else {"closed": g.forecast.closed.isoformat(), **_figure(g.forecast.figure)},
    }


def _window(w: Window) -> dict[str, Any]:
    return {
        **({"before": w.before.isoformat()} if w.before is not None else {}),
        "origin": w.origin.isoformat(),
        "closed": w.closed.isoformat(),
        "customers": w.customers,
        "figure": None if w.figure is None else {**_figure(w.figure), "known": w.figure.known},
        **({"other_retention": _figure(w.other)} if w.other is not None else {}),
    }


def _figure(f: Figure) -> dict[str, float]:
    return {name: float(f"{value:.9g}") for name, value in (("estimate", f.estimate), ("low", f.low), ("high", f.high))}
