"""A discovery -> the JSON of the machine contract."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.discover import edit, wording
from segdsl.discover.decide import LEVEL, POWER, SHARE
from segdsl.discover.discover import Discovery
from segdsl.discover.estimate import Held


def render(found: Discovery, rules: str | None, written: Path | None) -> str:
    o = found.origins
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "outcome": found.request.outcome,
            "entity": found.entity,
            "as_of": str(found.as_of),
            "found": found.is_found,
            "exploratory": found.exploratory,
            "level": LEVEL,
            "p": found.findings.p,
            "groups": _groups(found),
            "improvement": _improvement(found),
            "rounding_cost": _rounding_cost(found),
            "not_ruled_out": _not_ruled_out(found),
            "suspicious": [
                {"feature": n, "told_apart": a.apart, "bounds": a.bounds or None} for n, a in found.suspicious.items()
            ],
            "origins": {
                "searched": list(map(str, o.searched)),
                "validation": str(o.validation),
                "report": list(map(str, o.report)),
                "experiment": list(map(str, o.experiment)),
            },
            "customers": {
                role: {"customers": c.customers, "rows": c.rows, "events": c.events}
                for role, c in found.counted.items()
            },
            "sampled": found.sampled,
            "unknown_outcomes": found.unknown,
            "seed": found.request.seed,
            "features": list(found.read),
            "excluded": [
                {"field": e.name, "because": e.because, "admitted_by": e.line or None} for e in found.excluded
            ],
            "left_out": [{"name": x.name, "because": x.because} for x in found.left_out],
            "rules": rules,
            "file": str(written) if written is not None else None,
        }
    )


def _rounding_cost(found: Discovery) -> float | None:
    if found.findings.improved is not None:
        return found.findings.improved.cost if found.findings.improved.change is not None else None
    return (
        found.findings.learned.cost
        if found.findings.learned is not None and found.findings.learned.rule is not None
        else None
    )


def _not_ruled_out(found: Discovery) -> dict[str, Any] | None:
    if found.is_found:
        return None
    figures: dict[str, Any] = {"share": SHARE, "power": POWER, "times": found.findings.smallest}
    if found.findings.improved is not None and found.incumbent is not None:
        figures["arm"] = found.incumbent.named(found.findings.improved.of)
    return figures


def _improvement(found: Discovery) -> dict[str, Any] | None:
    """The change of the incumbent, whom it moves, and the gain in skill."""
    if found.findings.improved is None or found.incumbent is None or found.findings.improved.change is None:
        return None
    change, moved, gain = found.findings.improved.change, found.findings.improved.moved, found.findings.improved.gain
    unclear = found.findings.improved.unclear
    return {
        "of": found.incumbent.rule.name,
        "kind": change.kind,
        "arm": found.incumbent.named(change.arm),
        "change": edit.in_words(found.incumbent, change, found.read),
        "moved": _figures(moved) if moved is not None else None,
        "unclear": _figures(unclear) if unclear is not None else None,
        "borne_out": found.findings.improved.is_borne_out,
        "added_arm": edit.UNDECIDED if found.findings.adds_undecided else None,
        "skill": None if gain is None else {"estimate": gain.estimate, "low": gain.low, "high": gain.high},
    }


def _groups(found: Discovery) -> list[dict[str, Any]]:
    if (
        found.findings.improved is not None
        and found.incumbent is not None
        and found.findings.improved.change is not None
    ):
        change, held = found.findings.improved.change, found.findings.improved.held
        names = edit.arms(found.incumbent, change, found.read, found.findings.adds_undecided)
        return [{"arm": n or None, **_figures(h)} for n, h in zip(names, held, strict=True)]
    if found.findings.learned is not None and found.findings.learned.rule is not None:
        rule, held = found.findings.learned.rule, found.findings.learned.held
        arms = [
            {"when": wording.condition(arm, found.read), **_figures(h)} for arm, h in zip(rule.arms, held, strict=False)
        ]
        return [
            *arms,
            {"when": None, "place": "undecided", **_figures(held[rule.undecided])},
            {"when": None, "place": "otherwise", **_figures(held[rule.otherwise])},
        ]
    return [
        {"when": wording.condition(g.rule.arms[0], found.read), "p": g.p, **_figures(g.held)}
        for g in found.findings.subgroups
    ]


def _figures(held: Held) -> dict[str, Any]:
    values = {
        "rows": held.rows,
        "customers": held.customers,
        "events": held.events,
        "rate": held.rate,
        "low": held.low,
        "high": held.high,
        "times": held.times,
        "times_low": held.times_low,
        "times_high": held.times_high,
    }
    return {name: value if isfinite(value) else None for name, value in values.items()}
