"""A pilot or a replay -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, assert_never

from segdsl.diagnostics import SCHEMA_VERSION
from segdsl.experiment.pilot.effect import Arm, Effect
from segdsl.experiment.pilot.holdouts import HeldOut, Together
from segdsl.experiment.pilot.measures import Look, Result
from segdsl.experiment.pilot.reconcile import Account, Line
from segdsl.experiment.pilot.results import SRM_P, Delivery, MarginResult
from segdsl.experiment.shared.decide import Check
from segdsl.model.experiment import Assigned, External, Replay
from segdsl.report.content.pilot import estimand, sentence
from segdsl.report.content.pilot_in_words import in_words
from segdsl.report.layout.records import of_candidates


def render(results: Sequence[Result]) -> str:
    return of_candidates([record(r) for r in results])


def record(r: Result) -> dict[str, Any]:
    """Where the data can't answer, `primary` is null and no figure is anywhere."""
    e, p = r.experiment, r.piloted
    verdict = {
        "schema_version": SCHEMA_VERSION,
        "experiment": e.name,
        "incumbent": e.incumbent,
        "candidate": r.candidate,
        "verdict": p.verdict.word,
        "reason": p.verdict.reason,
        "evidence": "exploratory" if r.is_exploratory else r.kind,
        "sentence": sentence(r),
        "in_words": dict(in_words(r)),
        "look": _look(r),
        "primary": None,
        "validity": _validity(p.checks),
        "guardrails": {},
        **_looks(r),
    }
    if r.account is not None:
        verdict["account"] = account_record(r.account)
    if r.warned:
        verdict["warnings"] = list(r.warned)
    return verdict if p.primary is None else verdict | _figures(r, p.primary)


def _figures(r: Result, primary: Effect) -> dict[str, Any]:
    p = r.piloted
    figures: dict[str, Any] = {
        "primary": _primary(r, primary),
        "guardrails": {g.measure.outcome: _guardrail(g, p.alpha) for g in p.guardrails},
    }
    if r.held_out is not None:
        figures["held_out"] = _held_out(r.held_out)
    if p.notes:
        figures["notes"] = list(p.notes)
    if p.needed:
        figures["needed"] = dict(p.needed)
    if p.delivered is not None:
        figures["delivery"] = _delivery(p.delivered)
    if r.replayed is not None and r.replayed.robust is not None:
        figures["doubly_robust"] = _doubly_robust(r.replayed.robust, p.alpha)
        figures["uplift"] = [asdict(point) for point in r.replayed.curve]
    if p.worth is not None:
        figures["worth"] = asdict(p.worth) | {"gained": _interval(p.worth.gained)}
    if p.cells is not None:
        figures["cells"] = {"p": p.cells.p, "cells": [asdict(c) for c in p.cells.cells]}
    return figures


def _interval(values: Sequence[float]) -> dict[str, float]:
    return dict(zip(("estimate", "low", "high"), values))


def _primary(r: Result, primary: Effect) -> dict[str, Any]:
    e, p = r.experiment, r.piloted
    record = _effect(primary, p.alpha) | {
        "outcome": e.primary.outcome,
        "better": e.primary.better,
        "estimand": estimand(r),
        "d": p.d,
        "detect": p.detect,
    }
    if p.no_worse is not None:
        worse = p.no_worse
        record["no_worse"] = {"margin": worse.margin, "holds": worse.holds, "can_fail": worse.can_fail}
    record["base"] = {
        "estimate": primary.estimate * p.d,
        "low": primary.low * p.d,
        "high": primary.high * p.d,
    }
    if r.unbiased is not None:
        record["median_unbiased"] = r.unbiased
    if primary.plain is not None:
        record["not_winsorised"] = _effect(primary.plain, p.alpha)
    return record


def _guardrail(g: MarginResult, alpha: float) -> dict[str, Any]:
    return _effect(g.effect, alpha) | {
        "better": g.measure.better,
        "margin": g.margin,
        "holds": g.holds,
        "harmed": g.harmed,
        "can_fail": g.can_fail,
    }


def _delivery(d: Delivery) -> dict[str, Any]:
    return {
        "incumbent": d.incumbent,
        "candidate": d.candidate,
        "by_cell": dict(d.by_cell),
        "complier_average": None if d.effect is None else _interval(d.effect),
    }


def _doubly_robust(e: Effect, alpha: float) -> dict[str, Any]:
    return {
        "estimate": e.estimate,
        "low": e.low,
        "high": e.high,
        "p": e.p,
        "se": e.se,
        "dof": e.dof,
        "rows": e.incumbent.n,
        "alpha": alpha,
    }


def _validity(checks: Sequence[Check]) -> dict[str, Any]:
    return {
        c.name: {"ok": c.ok, "said": c.message, **({"p": c.p, "least_p": SRM_P} if c.p is not None else {})}
        for c in checks
    }


def _held_out(h: HeldOut) -> dict[str, Any]:
    return {
        "as_of": h.on.isoformat(),
        "power": h.power,
        "validity": _validity(h.checks),
        "account": account_record(h.account),
        "estimand": "mean per customer in an arm, with its plays, less that of those held out, without any, "
        "of those there on the first day",
        "outcomes": {t.measure.outcome: _together(t, h.alpha) for t in h.outcomes},
    }


def _together(t: Together, alpha: float) -> dict[str, Any]:
    return _effect(t.effect, alpha, ("held_out", "in_an_arm")) | {
        "better": t.measure.better,
        "smallest": t.smallest,
        "mean": t.mean,
        "too_few": t.is_too_few(alpha),
    }


def account_record(a: Account) -> dict[str, Any]:
    return {
        "table": a.table,
        "rows": a.rows,
        "groups": dict(zip(a.groups, a.sizes)),
        "lines": [_line(line, a.groups) for line in a.lines],
        "data": list(a.data),
    }


def _line(line: Line, groups: Sequence[str]) -> dict[str, Any]:
    return {
        "name": line.ending.name,
        "rows": line.rows,
        "by_group": dict(zip(groups, line.by_group)),
        "most": line.ending.most,
        "said": line.ending.message,
        "examples": list(line.examples),
        **({"p": line.p} if line.p is not None else {}),
    }


def _look(r: Result) -> int:
    """The number of the look, 0 before the first."""
    match r.design:
        case Assigned():
            return len(r.looks)
        case External() | Replay():
            return 1
        case _:
            assert_never(r.design)


def _looks(r: Result) -> dict[str, Any]:
    """How a pilot stands that is looked at as its customers come in; nothing of others."""
    match r.design:
        case Assigned():
            p = r.piloted
            following = None if r.next_look is None else {"as_of": r.next_look.isoformat(), "weeks": r.weeks_left}
            return {
                "customers": p.customers,
                "differ": p.differ,
                "entered": r.entered,
                "looks": [_one_look(look) for look in r.looks],
                "next_look": following,
            }
        case External() | Replay():
            return {}
        case _:
            assert_never(r.design)


def _one_look(look: Look) -> dict[str, Any]:
    record: dict[str, Any] = {
        "as_of": look.on.isoformat(),
        "customers": look.customers,
        "fraction": look.fraction,
        "z": look.border,
        "verdict": look.verdict.word,
    }
    if look.effect is not None:
        record |= {"estimate": look.effect.estimate, "low": look.effect.low, "high": look.effect.high}
    return record


def _effect(e: Effect, alpha: float, names: tuple[str, str] = ("incumbent", "candidate")) -> dict[str, Any]:
    sides = list(zip(names, (e.incumbent, e.candidate)))
    record: dict[str, Any] = {
        "scale": "absolute",
        "sides": 2,
        "alpha": alpha,
        "estimate": e.estimate,
        "low": e.low,
        "high": e.high,
        "p": e.p,
        "method": e.method,
        "n": e.incumbent.n + e.candidate.n,
        "se": e.se,
        "strata": e.strata,
        "arms": {name: _arm(a) for name, a in sides},
    }
    if e.dof < float("inf"):
        record["dof"] = e.dof
    if e.chance is not None:
        record["randomisation_p"] = e.chance
    if e.theta:
        covariates = {name: a.covariate for name, a in sides}
        record["adjusted"] = {"theta": e.theta, "variance_saved": e.saved, "covariate": covariates}
    return record


def _arm(a: Arm) -> dict[str, Any]:
    return {"n": a.n, "mean": a.mean, **({"units": a.units, "variance": a.variance} if a.units else {})}
