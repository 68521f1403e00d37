"""Customers in the arms of a pilot -> a terminal: who is in which arm, who isn't in any and why, and where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from segdsl.diagnostics import printable
from segdsl.experiment.pilot.assign import AssignmentResult, sizes
from segdsl.experiment.shared import exposure
from segdsl.model.clock import day
from segdsl.report.content import pilot_tables
from segdsl.report.layout.terminal import table as laid_out
from segdsl.words.plural import plural


def render(entered: AssignmentResult, table: Path, lists: Sequence[Path]) -> str:
    return "\n".join(
        [*_lines(entered), f"{'wrote' if entered.new else 'nothing was added to'} {table}", *_wrote(lists)]
    )


def _wrote(lists: Sequence[Path]) -> Iterator[str]:
    return (printable(f"wrote {path}") for path in lists)


def _lines(entered: AssignmentResult) -> Iterator[str]:
    e, new, every = entered.experiment, sizes(entered.new), sizes(entered.all)
    n = sum(size["differ"] for arm, size in new.items() if arm not in exposure.OUTSIDE)
    who = "nobody new enters" if not n else f"{n:,} {plural(e.entity)} enter"
    yield click.style(e.name, bold=True) + f"   as of {day(entered.day)}: {who}"
    rows = [[arm, *_counts(new.get(arm, {}), every.get(arm, {}))] for arm in dict.fromkeys([*e.arms, *every])]
    yield laid_out(["arm", "new", "in all", "placebo"], rows, right=(1, 2, 3))
    yield laid_out(*pilot_tables.account_rows(entered.account), right=(1,))
    for name, (count, until) in entered.busy.items():
        yield f"{count:,} {plural(e.entity)} are in `{name}` until {day(until)} at the latest, and stay out of this one"
    if entered.over:
        yield f"{entered.over:,} {plural(e.entity)} stay out: `at most` leaves no room for them"
    yield "placebo: same play in every arm, so nothing may differ between theirs"


def _counts(new: Mapping[str, int], every: Mapping[str, int]) -> list[str]:
    return [f"{new.get('differ', 0):,}", f"{every.get('differ', 0):,}", f"{every.get('placebo', 0):,}"]
