"""A backtest -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

from segdsl.compare.memberships import Load
from segdsl.diagnostics import SCHEMA_VERSION
from segdsl.experiment.history.backtest import Result
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.history.judge import AtOrigin, Segment
from segdsl.experiment.shared.decide import Check
from segdsl.report.content.backtest import sentence
from segdsl.report.content.backtest_in_words import in_words
from segdsl.report.layout.records import as_if_run_record, of_candidates


def render(results: Sequence[Result]) -> str:
    return of_candidates([record(r) for r in results])


def record(r: Result) -> Any:
    """Where the data can't answer, `primary` is null and no figure is anywhere."""
    e, j = r.experiment, r.judged
    verdict = {
        "schema_version": SCHEMA_VERSION,
        "experiment": e.name,
        "incumbent": e.incumbent,
        "candidate": r.candidate,
        "verdict": j.verdict.word,
        "reason": j.verdict.reason,
        "evidence": r.evidence,
        "sentence": sentence(r),
        "in_words": dict(in_words(r)),
        "origins": [o.isoformat() for o in r.design.origins],
        "as_if_run": as_if_run_record(r.design.as_if_run),
        "outcomes_until": r.until.isoformat(),
        "look": 1,
        "primary": None,
        "validity": {c.name: _check(c) for c in j.checks},
        "guardrails": {},
        "assumed": list(r.assumed),
        "empty": list(r.empty),
        "earlier": list(r.earlier),
        "power": None if j.expected is None else expected_record(j.expected, float(e.power)),
    }
    return _finite(verdict | _figures(r)) if j.is_shown else verdict


def _check(c: Check) -> dict[str, Any]:
    return {"ok": c.ok, "said": c.message, **({"p": c.p} if c.p is not None else {})}


def _figures(r: Result) -> dict[str, Any]:
    j = r.judged
    figures = {
        "primary": _primary(r),
        "needed": dict(j.needed),
        "by_origin": [_origin(o) for o in j.origins],
        "segments": [_segment(s) for s in j.segments],
        "sensitivity": {"m": {f"{m:g}": gain for m, gain in j.by_shrink.items()}, "recalibrated": j.recalibrated},
        "described": {name: asdict(d) for name, d in zip(("incumbent", "candidate"), r.described)},
    }
    if r.comparison is not None:
        figures["plays"] = [load_record(x) for x in r.comparison.loads]
    return figures


def _primary(r: Result) -> dict[str, Any]:
    e, j = r.experiment, r.judged
    mid, low, high = j.skill
    detect = j.detect / j.variance
    return {
        "outcome": e.primary.outcome,
        "better": e.primary.better,
        "estimand": "mean over customers of (y - r_incumbent)^2 - (y - r_candidate)^2",
        "scale": "absolute",
        "sides": 2,
        "alpha": j.alpha,
        "estimate": j.estimate.estimate,
        "low": j.estimate.low,
        "high": j.estimate.high,
        "p": j.estimate.p,
        "se": j.estimate.se,
        "customer_days": j.customers,
        "clusters": j.estimate.clusters,
        "method": j.estimate.method,
        "d": j.d,
        "detect": j.detect,
        "variance": j.variance,
        "variance_of": "learning windows",
        "skill": {
            "estimate": mid,
            "low": low,
            "high": high,
            "detect": detect,
            "above_detect": j.estimate.low > j.detect,
        },
    }


def _origin(o: AtOrigin) -> dict[str, Any]:
    return {
        "as_of": o.as_of.isoformat(),
        "customers": o.customers,
        "differ": o.differ,
        "observed": o.observed,
        "predicted": dict(zip(("incumbent", "candidate"), o.expected)),
        "gain": o.gain,
        "low": o.low,
        "high": o.high,
        "missing": o.missing,
    }


def _segment(s: Segment) -> dict[str, Any]:
    return {
        "rule": s.rule,
        "segment": s.place,
        "customers": s.customers,
        "predicted": s.expected,
        "observed": s.observed,
        "low": s.low,
        "high": s.high,
    }


def load_record(x: Load) -> dict[str, Any]:
    return {
        "play": x.play,
        "incumbent": x.before,
        "candidate": x.after,
        "capacity": x.capacity,
        "over": x.is_over,
    }


def expected_record(x: Expected, power: float) -> dict[str, Any]:
    """What could be seen, in skill, by the window before the first origin: the same from `design` and `run`, to nine digits,
    since an engine may add up rows in another order."""
    low, high = x.interval
    figures = {
        "detect": x.detect,
        "power": x.power(x.detect),
        "low": low,
        "high": high,
        "least": x.least(power),
        "least_power": power,
        "se": x.se(x.detect),
        "seen": x.seen,
        "answerable": x.answerable,
        "alpha": x.alpha,
    }
    rounded = {name: None if value is None else float(f"{value:.9g}") for name, value in figures.items()}
    return {**rounded, "customers": list(x.customers), "customer_days": sum(x.customers)}


def _finite(value: Any) -> Any:
    """JSON has no infinity: an open end is null."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not isfinite(value) else value
