"""Comparisons of two versions, two segmentations or two days: movers, plays, and the deciding clauses."""
