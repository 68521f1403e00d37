"""A candidate in the place of its incumbent -> a terminal: what stands against it, or what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from segdsl.diagnostics import printable
from segdsl.promotion.record import Record
from segdsl.promotion.swap import Piece
from segdsl.report.content.promotion import PromotionResult


def render(result: PromotionResult) -> str:
    return "\n".join(_promoted(result, result.record) if result.record is not None else _standing(result))


def _standing(result: PromotionResult) -> Iterator[str]:
    if not result.against:
        yield f"nothing stands against {result.candidate} in the place of {result.incumbent}"
        return
    yield click.style(f"{result.candidate} can't take the place of {result.incumbent}:", bold=True)
    yield from (f"  ✗ {printable(line)}" for line in result.against)
    if result.lacks_evidence:
        yield "without evidence it needs a reason and somebody's approval: --because TEXT"


def _promoted(result: PromotionResult, record: Record) -> Iterator[str]:
    head = click.style(f"{result.candidate} is {result.incumbent} now", bold=True)
    yield f"{head}: {printable(record.sentence)}"
    yield from taken_out(record.taken_out, result.incumbent)
    approval = ", which somebody has to approve" if record.needs_approval else ""
    yield printable(f"wrote {result.path}{approval}")


def taken_out(pieces: Sequence[Piece], name: str) -> Iterator[str]:
    """How many tests of the rule that was there don't fit the new one."""
    tests = sum(p.what == "test" for p in pieces)
    if tests:
        plural = "s" if tests != 1 else ""
        yield f"  {tests} test{plural} of the old {name} hold no more: taken out, and kept in the record"
