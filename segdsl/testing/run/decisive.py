"""Decisive clauses: those that decide whether a customer is in an arm, and no others."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from segdsl.diagnostics import printable
from segdsl.model.segment import Arm, Segment, Segmentation
from segdsl.reference.evaluate import Evaluator, Outcome, Unknown
from segdsl.reference.world import Row
from segdsl.words.explain import MARKS, Clause, clause, clause_lines

_SHOWN = 20  # arms of one expectation that isn't met


def prune(c: Clause) -> Clause:
    """Keep the parts that decide a clause: the false parts of a false `and`, the true parts of a true `or`."""
    if not c.parts or c.joined_by in ("not", "if"):
        return replace(c, parts=tuple(prune(p) for p in c.parts))
    everything = c.truth is (c.joined_by == "and")
    return replace(c, parts=tuple(prune(p) for p in c.parts if everything or p.truth is c.truth))


def leaves(c: Clause) -> Iterator[Clause]:
    if not c.parts or c.joined_by == "if":
        yield c
    for part in c.parts:
        yield from leaves(part)


def deciding_clauses(evaluator: Evaluator, rule: str, arm: str | None, row: Row) -> Iterator[tuple[str, Clause]]:
    """(arm, clause) of what puts the customer into the arm, or keeps it out, in the order of the rule.

    The population has the name "population"; a segment's condition has the segment's name.
    """
    model = evaluator.model
    if rule in model.segments:
        return _of_segment(evaluator, model.segments[rule], row)
    return _of_arm(evaluator, model.segmentations[rule], arm or "", row)


def _of_segment(evaluator: Evaluator, rule: Segment, row: Row) -> Iterator[tuple[str, Clause]]:
    if rule.where is not None:
        population = clause(evaluator, rule.where, row)
        if population.truth is not True:
            yield "population", prune(population)
            return
    yield rule.name, prune(clause(evaluator, rule.condition, row))


def _of_arm(evaluator: Evaluator, rule: Segmentation, wanted: str, row: Row) -> Iterator[tuple[str, Clause]]:
    outcome = evaluator.outcome(rule, row)
    population = clause(evaluator, rule.where, row) if rule.where is not None else None
    if population is not None and population.truth is not True:
        yield "population", prune(population)
        return
    for arm in _concerned(evaluator, rule, outcome, rule.arm(wanted), row):
        assert arm.condition is not None
        yield arm.name, prune(clause(evaluator, arm.condition, row))


def _concerned(evaluator: Evaluator, rule: Segmentation, outcome: Outcome, wanted: Arm, row: Row) -> list[Arm]:
    """The arms whose conditions matter."""
    taker = rule.arm(outcome.arm) if outcome.arm is not None else None
    if taker is not None and taker.condition is None:
        taker = None
    if taker is not None and (taker is wanted or wanted.condition is None):
        return [taker]
    if wanted.condition is not None:
        first = (
            [taker] if taker is not None and next(a for a in rule.arms if a is taker or a is wanted) is taker else []
        )
        return [*first, *([wanted] if evaluator.truth(wanted.condition, row) is not True else [])]
    arms = [a for a in rule.arms if a.condition is not None]
    unknown = [a for a in arms if a.condition is not None and isinstance(evaluator.truth(a.condition, row), Unknown)]
    return unknown or arms


def as_text(evaluator: Evaluator, rule: str, arm: str | None, row: Row) -> str:
    """Place of the customer instead, and the clauses that decide."""
    lines = [_whereabouts(evaluator, rule, row)]
    clauses = deciding_clauses(evaluator, rule, arm, row)
    for name, decisive in itertools.islice(clauses, _SHOWN):
        parts = list(decisive.parts) if decisive.joined_by == "and" else [decisive]
        if len(parts) == 1:
            lines += [f"  {name}: {line}" if not i else f"    {line}" for i, line in enumerate(_lines(parts[0]))]
        else:
            lines.append(f"  {name}: {MARKS[decisive.truth]}")
            lines += [f"    {line}" for part in parts for line in _lines(part)]
    if next(clauses, None) is not None:
        lines.append("  and more arms")
    return "\n".join(map(printable, lines))


def _lines(c: Clause) -> list[str]:
    return clause_lines(c, 0, set())


def _whereabouts(evaluator: Evaluator, rule: str, row: Row) -> str:
    model = evaluator.model
    if rule in model.segments:
        segment = model.segments[rule]
        key = row.get(model.schema.relations[segment.entity].key or "")
        answer = evaluator.in_segment(segment, row)
        state = "is in" if answer is True else "isn't in" if answer is False else "may be in"
        return f"{key} {state} {rule}"
    segmentation = model.segmentations[rule]
    key = row.get(model.schema.relations[segmentation.entity].key or "")
    outcome = evaluator.outcome(segmentation, row)
    if outcome.arm is not None:
        title = segmentation.arm(outcome.arm).title
        return f"{key} is in {rule}.{outcome.arm}" + (f' "{title}"' if title else "")
    if outcome.status == "outside":
        return f"{key} is outside {rule}"
    return f"{key} stays unassigned in {rule}"
