"""Test results -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, Span, as_json, json_text
from segdsl.report.content.suite_result import SuiteResult
from segdsl.testing.mutants.mutants import Mutant
from segdsl.testing.mutants.score import Score
from segdsl.testing.run.coverage import WORDS, Condition, Coverage, Truth
from segdsl.testing.run.runner import TestResult
from segdsl.testing.suite.offers import Offer


def render(result: SuiteResult) -> str:
    """`totals`, `tests`, `coverage` by condition and, where it was measured, `mutation` with its survivors."""
    report = result.report
    totals = {"passed": report.count("passed"), "failed": report.count("failed"), "errors": report.count("error")}
    record: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "totals": {"tests": len(report.results), **totals},
        "tests": [_test(r) for r in report.results],
        "diagnostics": [as_json(p) for p in report.problems],
    }
    if report.coverage is not None:
        record["coverage"] = _coverage(report.coverage, result.offers)
    if report.mutation is not None:
        record["mutation"] = _mutation(report.mutation, result.offers)
    return json_text(record) + "\n"


def _test(r: TestResult) -> dict[str, Any]:
    return {
        "title": r.title,
        "status": r.status,
        **_place(r.span),
        "as_of": r.as_of.isoformat() if r.as_of else None,
        "failures": [{"expected": f.expected, "found": f.actual, "line": _place(f.span)["line"]} for f in r.failures],
        "diagnostics": [as_json(d) for d in r.errors],
    }


def _place(span: Span | None) -> dict[str, Any]:
    return {"file": span.source.path, "line": span.source.position(span.start)[0]} if span else {"file": "", "line": 0}


def _coverage(coverage: Coverage, offers: Sequence[Offer]) -> dict[str, Any]:
    texts = {(id(o.miss[0]), o.miss[1]): o.text for o in offers if isinstance(o.miss, tuple) and o.text}
    return {
        "seen": coverage.seen,
        "of": coverage.wanted,
        "share": round(coverage.share, 6),
        "conditions": [_condition(c, seen, texts) for c, seen in coverage.conditions],
        "unreached_arms": [f"{rule}.{arm}" for rule, arm in coverage.unreached],
        "untested": list(coverage.untested),
    }


def _condition(c: Condition, seen: Collection[Truth], texts: Mapping[tuple[int, Truth], str]) -> dict[str, Any]:
    return {
        "rule": c.of,
        "arm": c.arm or None,
        "text": c.text,
        **_place(c.span),
        "seen": [WORDS[t] for t in c.wanted if t in seen],
        "missing": [{"truth": WORDS[t], "test": texts.get((id(c), t))} for t in c.wanted if t not in seen],
    }


def _mutation(score: Score, offers: Sequence[Offer]) -> dict[str, Any]:
    texts = {id(o.miss): o.text for o in offers if o.text}
    return {
        "score": round(score.share, 6),
        "killed": score.killed,
        "of": score.total,
        "left_out": list(score.left_out),
        "operators": {n: {"killed": a, "survived": b, "equivalent": c} for n, (a, b, c) in score.counts.items()},
        "survivors": [_survivor(s, texts.get(id(s))) for s in score.survivors],
    }


def _survivor(s: Mutant, offer: str | None) -> dict[str, Any]:
    before, after = s.diff
    return {
        "operator": s.mutation.operator,
        "rule": s.mutation.name,
        **_place(s.mutation.span),
        "before": before,
        "after": after,
        "test": offer,
    }
