"""Features that are the outcome under another name: alone they tell nearly every event from every other row."""

from __future__ import annotations

import numpy as np
from scipy import stats

from segdsl.discover.rows import Categories, Feature, Numbers, Rows, Truths

NEARLY_ALL = 0.98  # of all pairs of a row with and one without the outcome
FEWEST = 5  # events below which a perfect order may be chance


def aliases(rows: Rows) -> dict[str, float]:
    """Return the features that order rows almost as the outcome does: by name, the share of pairs that are told apart (AUC)."""
    if min(rows.events, len(rows) - rows.events) < FEWEST:
        return {}
    apart = {name: told_apart(feature, rows.outcome) for name, feature in rows.features.items()}
    return {name: share for name, share in apart.items() if share >= NEARLY_ALL}


def told_apart(feature: Feature, outcome: Truths) -> float:
    """Return the area under the ROC curve, in the better direction, of a feature's values, and of whether it is missing."""
    gap = feature.missing
    shares = [_area(gap.astype(float), outcome)]
    match feature:
        case Numbers(values=values):
            low, high = (np.where(gap, end, values) for end in (-np.inf, np.inf))
            shares += [_area(low, outcome), _area(high, outcome)]
        case Categories(codes=codes, names=names):
            # held out by turns, since a rate of one row is its own outcome
            half = np.arange(len(codes)) % 2 == 0
            scores = np.zeros(len(codes))
            for learns in (half, ~half):
                sizes = np.bincount(codes[learns] + 1, minlength=len(names) + 1)
                events = np.bincount(codes[learns] + 1, outcome[learns].astype(float), minlength=len(names) + 1)
                rates = (events + outcome[learns].mean()) / (sizes + 1)
                scores[~learns] = rates[codes[~learns] + 1]
            shares.append(_area(scores, outcome))
    return max(max(s, 1 - s) for s in shares)


def _area(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], outcome: Truths) -> float:
    ranks = stats.rankdata(values)
    n, m = int(outcome.sum()), int((~outcome).sum())
    return float((ranks[outcome].sum() - n * (n + 1) / 2) / (n * m))
