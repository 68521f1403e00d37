"""What marks a segment out -> the JSON of the machine contract: all that was compared, not only what differs."""

from __future__ import annotations

import math
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.profile import differences as d
from segdsl.profile.profile import Change, Entry, Marks, Profile, Since, Typical


def render(p: Profile) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "name": p.name,
            "entity": p.entity,
            "as_of": p.clock.now.isoformat() + "Z",
            "against": p.against,
            "sizes": dict(zip(p.names, p.sizes.groups)),
            "in_both": p.sizes.both,
            "unknown": p.sizes.unknown,
            "groups": [_marks(m) for m in p.marks],
            "features": p.features,
            "compared": p.compared,
            "tests": p.tests,
            "false_discoveries": d.FALSE_DISCOVERIES,
            "negligible": d.NEGLIGIBLE,
            "left_out": [{"name": x.name, "because": x.because} for x in p.left_out],
            "too_many_values": [{"feature": name, "values": n} for name, n in p.too_many],
            "personal": p.is_personal,
            "warnings": [w.message for w in p.warnings],
            "since": None if p.since is None else _since(p, p.since),
        }
    )


def _marks(m: Marks) -> dict[str, Any]:
    return {
        "name": m.name,
        "customers": m.customers,
        "differences": [_entry(e) for e in m.entries if e.difference is not None],
        "typical": [_typical(t) for t in m.typical],
    }


def _entry(e: Entry) -> dict[str, Any]:
    x = e.difference
    assert x is not None
    return {
        "value": e.value.text,
        "feature": e.value.feature.text,
        "kind": e.value.kind,
        "family": e.value.feature.family,
        "basis": e.value.feature.basis or None,
        "group": _summary(e.group),
        "others": _summary(e.others),
        "apart": [number(v) for v in (x.apart, x.low, x.high)],
        "effect": [number(v) for v in (x.effect, *x.interval)],
        "separates": math.isinf(x.effect),
        "p": number(x.p),
        "q": None if e.q is None else number(e.q),
        "lift": None if e.lift is None else [number(v) for v in (e.lift.ratio, e.lift.low, e.lift.high)],
        "read_by_rule": e.is_read,
        "clear": e.is_clear,
    }


def _summary(s: d.Summary) -> dict[str, Any]:
    quantiles = {f"{q:.0%}": number(v) for q, v in zip(d.QUANTILES, s.quantiles)}
    return {
        "customers": s.n,
        "known": s.known,
        "mean": number(s.mean),
        "sd": number(math.sqrt(s.variance)) if s.variance >= 0 else None,
        **({"quantiles": quantiles} if quantiles else {}),
    }


def _since(p: Profile, since: Since) -> dict[str, Any]:
    return {
        "as_of": since.then.now.isoformat() + "Z",
        "sizes": dict(zip(p.names, since.customers)),
        "changes": {m.name: [_change(c) for c in changes] for m, changes in zip(p.marks, since.changes)},
        "not_known_then": list(since.unknown_then),
        "rule_reads_today": list(since.leaks),
    }


def _change(c: Change) -> dict[str, Any]:
    summaries = {"then": c.then, "now": c.now, "others_then": c.others_then, "others_now": c.others_now}
    return {"value": c.value.text, "effect": number(c.effect), **{name: _summary(s) for name, s in summaries.items()}}


def _typical(t: Typical) -> dict[str, Any]:
    values = {f.text: number(v) if isinstance(v, float) else v for f, v in t.values}
    return {"customer": t.name, "share": number(t.share), "values": values}


def number(x: float) -> float | None:
    """A number to nine digits, which every run of the same data agrees on; None for what JSON has no number for."""
    return float(f"{x:.9g}") if math.isfinite(x) else None
