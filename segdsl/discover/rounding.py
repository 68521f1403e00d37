"""Borders as a person would write them: the roundest number that the data can't tell from the best."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from math import ceil, floor, log10

import numpy as np

from segdsl.discover.rows import AtLeast, Below, Counts, Numbers, Rows, RuleList
from segdsl.discover.search import likelihoods_by_border, with_clause

INDISTINGUISHABLE = 1.92  # log-likelihood: half of chi-square's 95 % point with one degree of freedom, as of a likelihood-ratio interval
_STEPS = 30  # of the scale 10, 5, 2, 1, 0.5, … below the spread of the values


@dataclass(frozen=True)
class Rounded:
    """`cost`: share of what the list explained (its log-likelihood above one rate for all) that rounding gave up."""

    rule: RuleList
    cost: float


def rounded(rule: RuleList, rows: Rows, only: Container[tuple[int, int]] | None = None) -> Rounded:
    """Round the borders one after the other, each given those before; of the (arm, clause) in `only` alone, where it is given."""
    before = Counts.of(rule, rows)
    for number, arm in enumerate(rule.arms):
        for place, clause in enumerate(arm.clauses):
            if isinstance(clause, AtLeast | Below) and (only is None or (number, place) in only):
                rule = with_clause(rule, number, place, replace(clause, border=_round(rule, number, place, rows)))
    explained = before.likelihood - Counts.of(RuleList(()), rows).likelihood
    lost = before.likelihood - Counts.of(rule, rows).likelihood
    return Rounded(rule, max(0.0, lost / explained) if explained > 0 else 0.0)


def _round(rule: RuleList, number: int, place: int, rows: Rows) -> float:
    clause = rule.arms[number].clauses[place]
    assert isinstance(clause, AtLeast | Below)
    column = rows.features[clause.feature]
    assert isinstance(column, Numbers)
    values, total = likelihoods_by_border(rule, number, place, rows)
    if not len(values):
        return clause.border
    # any border in the gap below a value divides the rows as that value does
    wanted = Counts.of(rule, rows).likelihood - INDISTINGUISHABLE
    for candidate in _candidates(clause.border, column):
        at = int(np.searchsorted(values, candidate))
        if at < len(values) and total[at] >= wanted:
            return candidate
    return clause.border


def _candidates(border: float, column: Numbers) -> Iterator[float]:
    """Yield the multiples of 10, 5, 2, 1, 0.5, … on both sides of a border, the nearer one first, from the spread of the values down."""
    known = column.values[~np.isnan(column.values)]
    spread = float(known.max() - known.min()) if len(known) else 0.0
    if spread <= 0:
        return
    power = ceil(log10(spread))
    for i in range(_STEPS):
        step = (1.0, 0.5, 0.2)[i % 3] * 10.0 ** (power - i // 3)
        if column.whole and step < 1:
            return
        sides = {floor(border / step) * step, ceil(border / step) * step}
        for side in sorted(sides, key=lambda x: abs(x - border)):
            yield float(f"{side:.12g}")
