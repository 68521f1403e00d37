"""What a pilot found -> a verdict sentence first, then what it rests on: JSON, markdown, a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from segdsl import values
from segdsl.diagnostics import SCHEMA_VERSION
from segdsl.experiment.exposed import Result
from segdsl.experiment.pilot import Effect
from segdsl.report import chart
from segdsl.report.experiment import p_value, percent, small
from segdsl.report.markdown import text as escaped
from segdsl.report.page import page, table, text


def shares(e: Effect) -> Callable[[float], str]:
    return percent if all(0 <= a.mean <= 1 for a in (e.incumbent, e.candidate)) else small


def difference(e: Effect) -> str:
    """In points of a share, or in units."""
    if all(0 <= a.mean <= 1 for a in (e.incumbent, e.candidate)):
        mid, low, high = (f"{v * 100:+.2f}".replace("-", "\u2212") for v in (e.estimate, e.low, e.high))
        return f"{mid} points ({low} to {high})"
    return f"{small(e.estimate)} ({small(e.low)} to {small(e.high)})"


def sentence(r: Result) -> str:
    e, p = r.experiment, r.piloted
    if p.primary is None:
        return f"{r.candidate} can't be judged: {'; '.join(c.said for c in p.checks if not c.ok)}"
    shown = shares(p.primary)
    what = f"{e.primary.outcome} {shown(p.primary.candidate.mean)} with {r.candidate}, {shown(p.primary.incumbent.mean)} with {e.incumbent}: {difference(p.primary)}"
    match p.verdict.word, p.verdict.reason:
        case "PROMOTE", _:
            return f"{r.candidate}'s plays are better: {what}"
        case _, "harm":
            worse = [g.measure.outcome for g in p.guardrails if g.harmed]
            where = f" to {', '.join(worse)}" if worse and p.primary.good(e.primary.better)[2] >= 0 else ""
            return f"{r.candidate}'s plays do harm{where}: {what}"
        case _, "effect ruled out":
            return f"no effect worth having: {what}"
        case _, "exploratory":
            return f"{r.candidate}'s plays are better, but it was declared otherwise when it was first run: {what}"
    open_guards = [g.measure.outcome for g in p.guardrails if not g.holds]
    if open_guards and p.primary.good(e.primary.better)[1] > 0:
        return (
            f"{r.candidate}'s plays are better, but {', '.join(open_guards)} may be worse by more than allowed: {what}"
        )
    return f"whether {r.candidate}'s plays are better is open: {what}"


def record(r: Result) -> Any:
    """The machine contract. Where the data can't answer, `primary` is null and no figure is anywhere."""
    e, p = r.experiment, r.piloted
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION, "experiment": e.name, "incumbent": e.incumbent, "candidate": r.candidate, "verdict": p.verdict.word,
        "reason": p.verdict.reason, "evidence": "exploratory" if r.is_exploratory else r.kind, "sentence": sentence(r), "look": 1, "primary": None,
        "validity": {c.name: {"ok": c.ok, "said": c.said, **({"p": c.p} if c.p is not None else {})} for c in p.checks}, "guardrails": {},
    }  # fmt: skip
    if p.primary is None:
        return found
    found["primary"] = _effect(p.primary, float(e.alpha)) | {
        "outcome": e.primary.outcome, "better": e.primary.better, "estimand": "mean with the candidate's play less mean with the incumbent's, among those whose play differs",
        "d": p.d, "detect": p.detect, "base": {k: v * p.d for k, v in (("estimate", p.primary.estimate), ("low", p.primary.low), ("high", p.primary.high))},
    }  # fmt: skip
    found["guardrails"] = {
        g.measure.outcome: _effect(g.effect, float(e.alpha))
        | {"better": g.measure.better, "margin": g.margin, "holds": g.holds, "harmed": g.harmed}
        for g in p.guardrails
    }
    return found


def _effect(e: Effect, alpha: float) -> dict[str, Any]:
    return {
        "scale": "absolute", "sides": 2, "alpha": alpha, "estimate": e.estimate, "low": e.low, "high": e.high, "p": e.p, "method": e.method,
        "n": e.incumbent.n + e.candidate.n, "arms": {name: {"n": a.n, "mean": a.mean} for name, a in (("incumbent", e.incumbent), ("candidate", e.candidate))},
    }  # fmt: skip


def rows(r: Result) -> tuple[list[str], list[list[str]]]:
    p = r.piloted
    assert p.primary is not None
    heads = ["", r.experiment.incumbent, r.candidate, "difference", "", ""]
    found = [("primary", p.primary, r.experiment.primary.outcome, "")]
    for g in p.guardrails:
        found.append(
            (
                "guardrail",
                g.effect,
                g.measure.outcome,
                "not worse ✓" if g.holds else "worse ✗" if g.harmed else "may be worse ✗",
            )
        )
    return heads, [
        [
            f"{name} ({kind})",
            shares(e)(e.incumbent.mean),
            shares(e)(e.candidate.mean),
            difference(e),
            f"{p_value(e.p)}, {e.method}",
            said,
        ]
        for kind, e, name, said in found
    ]


def limits(r: Result) -> list[str]:
    if r.piloted.primary is None:
        return []
    asked = f"Whose play differs is asked as of {values.as_of(r.clock)}, not as of the day the plays were given: where they changed what the rules read, the comparison is spoilt."
    if r.kind == "replay":
        return [
            asked,
            "That plays were given by chance, with these probabilities, is taken from the log; whoever chose the candidate on the same log sees it better than it is.",
            "It is about the customers and the time of the log.",
        ]
    return [
        asked,
        "Who was in which arm was decided elsewhere: that it was by chance is taken from its declaration, and only the arms' sizes were checked.",
        "One look, at the end: whoever looked before and stopped at a good moment has more errors than the interval says.",
    ]


def as_markdown(r: Result) -> str:
    p = r.piloted
    parts = [
        f"### {p.verdict.word}: {escaped(sentence(r))}\n",
        "\n".join(f"- {'✓' if c.ok else '✗'} {c.name}: {escaped(c.said)}" for c in p.checks) + "\n",
    ]
    if p.primary is not None:
        heads, cells = rows(r)
        told = [
            "| " + " | ".join(map(escaped, heads)) + " |",
            "|---" * len(heads) + "|",
            *("| " + " | ".join(map(escaped, row)) + " |" for row in cells),
        ]
        parts += ["\n".join(told) + "\n", "\n".join(f"> {escaped(line)}" for line in limits(r)) + "\n"]
    return "\n".join(parts)


def as_html(r: Result) -> str:
    return page(f"{r.experiment.name}: {r.experiment.title or 'pilot'}", _parts(r))


def _parts(r: Result) -> Iterator[str]:
    p = r.piloted
    kind = {"PROMOTE": "good", "INVALID": "bad"}.get(p.verdict.word, "open")
    yield f'<section class="verdict {kind}"><strong>{text(p.verdict.word)}</strong><p>{text(sentence(r).replace("`", ""))}.</p></section>'
    yield f'<p class="dim">{text(r.candidate)} against {text(r.experiment.incumbent)}, {r.kind}, as of {text(values.as_of(r.clock))}; {p.differ:,} of {p.customers:,} {text(r.experiment.entity)}s with another play.</p>'
    if p.primary is not None:
        drawn = [(r.experiment.primary.outcome, *p.primary.good(r.experiment.primary.better))]
        drawn += [(g.measure.outcome, *g.effect.good(g.measure.better)) for g in p.guardrails]
        yield "<h2>What the plays did</h2>"
        yield chart.intervals("difference of each outcome, better to the right", drawn, small)
        heads, cells = rows(r)
        yield table("Among those whose play differs", heads, [[text(c) for c in row] for row in cells], right=(1, 2, 3))
    ticks = "".join(
        f'<li class="{"yes" if c.ok else "no"}">{"✓" if c.ok else "✗"} {text(f"{c.name}: {c.said}".replace("`", ""))}</li>'
        for c in p.checks
    )
    yield f'<h2>Can it be trusted?</h2><ul class="ticks">{ticks}</ul>'
    if p.primary is not None:
        yield "<h2>What this doesn't say</h2>" + "".join(f"<p>{text(line)}</p>" for line in limits(r))
