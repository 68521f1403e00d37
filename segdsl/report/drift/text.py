"""A segmentation on two days -> a terminal: how many were where, who moved, and whether chance gives as much."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.compare.drift import Drift, in_words
from segdsl.compare.two_days import DriftReport
from segdsl.report.content.figures import p_value, percent
from segdsl.report.layout.terminal import table
from segdsl.words import values
from segdsl.words.plural import plural


def render(compare_days: DriftReport) -> str:
    return "\n".join(_lines(compare_days))


def _lines(f: DriftReport) -> Iterator[str]:
    d = f.drift
    yield click.style(f.rule, bold=True) + f"   {values.as_of(f.then)}, and {values.as_of(f.now)}"
    yield from f.warnings
    if f.unknown_then:
        yield f"as they are now, not as they were then: {', '.join(f.unknown_then)}"
    yield table(["", "then", "now", "", "share now"], [_row(d, place) for place in d.places], right=(1, 2, 3, 4))
    moved = f"{d.customers:,} {plural(f.entity)} on both days, {d.moved:,} of them elsewhere"
    yield f"{moved}; {d.came:,} came, {d.went:,} went"
    yield f"stability index {d.psi:.4f}: {in_words(d.psi, d.null)} (up to {d.null:.4f})"
    if d.came or d.went:
        yield f"with those who came and went {d.psi_of_all:.4f}"
    if d.p is not None:
        yield f"sizes the same? Stuart-Maxwell {d.chi2:.1f}, {p_value(d.p)}"
    for start, share in f.weekly:
        yield f"  week from {start}: {percent(share)} move"


def _row(d: Drift, place: str) -> list[str]:
    then, now = (sum(n for pair, n in d.moves.items() if pair[side] == place) for side in (0, 1))
    more = f"{now - then:+,}".replace("-", "\u2212")
    return [place, f"{then:,}", f"{now:,}", more, percent(now / d.customers if d.customers else 0)]
