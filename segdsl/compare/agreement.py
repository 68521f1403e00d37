"""Agreement of two segmentations, from a contingency table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb


def adjusted_rand(counts: Sequence[Sequence[int]]) -> float | None:
    """Adjusted Rand index of a contingency table; None for fewer than two customers.

    `counts`: rows are one partition, columns the other. The index is 1 for equal partitions whatever their names, and 0
        on average for independent ones. L. Hubert, P. Arabie, Comparing Partitions (1985), equation 5.
    """
    rows, columns = [sum(r) for r in counts], [sum(c) for c in zip(*counts)]
    pairs = comb(sum(rows), 2)
    if not pairs:
        return None
    in_both = sum(comb(n, 2) for r in counts for n in r)
    in_rows, in_columns = sum(comb(n, 2) for n in rows), sum(comb(n, 2) for n in columns)
    expected = in_rows * in_columns / pairs
    most = (in_rows + in_columns) / 2
    return 1.0 if most == expected else (in_both - expected) / (most - expected)


def jaccard(both: int, one: int, other: int) -> float | None:
    """Jaccard index from the sizes of two sets and of their intersection; None for two empty sets."""
    union = one + other - both
    return both / union if union else None


def table(moves: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str]) -> list[list[int]]:
    """Counts by (row, column) as a table, with 0 for missing pairs."""
    return [[moves.get((r, c), 0) for c in columns] for r in rows]
