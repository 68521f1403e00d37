"""Effects by cell: how much of their differences is more than chance. Descriptive; no verdict uses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from segdsl.experiment.pilot.effect import Units, effect
from segdsl.experiment.shared.gain import heterogeneity, holm


@dataclass(frozen=True, slots=True)
class CellEffect:
    """Effect in one cell.

    `shrunk`: the effect shrunk towards the mean of all cells.
    `is_significant`: by Holm over all cells.
    """

    cell: str
    customers: int
    estimate: float
    low: float
    high: float
    shrunk: float
    is_significant: bool


@dataclass(frozen=True)
class ByCell:
    """Effects of all cells; `p` tests that the effect is equal in all (W. G. Cochran, Biometrics 10, 1954)."""

    cells: tuple[CellEffect, ...]
    p: float


def by_cell(cells: Sequence[tuple[str, Units]], alpha: float) -> ByCell | None:
    """Estimate the effect in each cell; None with fewer than two cells that vary and have two units in each arm.

    Shrinkage is empirical Bayes with DerSimonian and Laird's variance between cells: each effect weighs tau^2 / (tau^2
    + se^2) (C. N. Morris, JASA 78, 1983).
    """
    effects = []
    for name, units in cells:
        if min(np.count_nonzero(units.arm), np.count_nonzero(~units.arm)) < 2:
            continue
        e = effect(units, alpha, tested=False)
        if e.se > 0:
            effects.append((name, e))
    if len(effects) < 2:
        return None
    estimates, ses = np.array([e.estimate for _, e in effects]), np.array([e.se for _, e in effects])
    mean, tau2, q = heterogeneity(estimates, ses)
    weight = tau2 / (tau2 + ses**2)
    ps = {name: e.p for name, e in effects}
    levels = holm(ps, alpha)
    return ByCell(
        tuple(
            CellEffect(
                name,
                e.incumbent.n + e.candidate.n,
                e.estimate,
                e.low,
                e.high,
                float(w * e.estimate + (1 - w) * mean),
                ps[name] < levels[name],
            )
            for (name, e), w in zip(effects, weight)
        ),
        float(stats.chi2.sf(q, len(effects) - 1)),
    )
