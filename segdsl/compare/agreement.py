"""Counts of customers by two segmentations at once -> how far the two agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb


def adjusted_rand(counts: Sequence[Sequence[int]]) -> float | None:
    """Adjusted Rand index of a contingency table (rows: one partition, columns: the other; whole counts).

    1 where the two partitions are the same under whatever names, 0 on average where they have nothing to do with each
    other; None for fewer than two customers. L. Hubert, P. Arabie, Comparing Partitions (1985), equation 5.
    """
    rows, columns = [sum(r) for r in counts], [sum(c) for c in zip(*counts)]
    pairs = comb(sum(rows), 2)
    if not pairs:
        return None
    together = sum(comb(n, 2) for r in counts for n in r)
    in_rows, in_columns = sum(comb(n, 2) for n in rows), sum(comb(n, 2) for n in columns)
    expected = in_rows * in_columns / pairs
    most = (in_rows + in_columns) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def jaccard(both: int, one: int, other: int) -> float | None:
    """Of two sets, by their sizes and that of what they share: shared / all of both; None where both are empty."""
    union = one + other - both
    return both / union if union else None


def table(moves: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str]) -> list[list[int]]:
    """Counts by (row, column) as a table, 0 where there is none."""
    return [[moves.get((r, c), 0) for c in columns] for r in rows]
