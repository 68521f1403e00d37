"""Runs alternatives in turn, and reports medians and ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def medians(alternatives: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds, the median of several rounds; the alternatives take turns, so that a noisy minute hits all."""
    times: dict[str, list[float]] = {name: [] for name in alternatives}
    for _ in range(rounds):
        for name, call in alternatives.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(t) for name, t in times.items()}


def table(found: Mapping[str, float], base: str) -> str:
    lines = ["| what | seconds | times |", "|---|---|---|"]
    lines += [f"| {name} | {seconds:.3f} | {seconds / found[base]:.2f} |" for name, seconds in found.items()]
    return "\n".join(lines)
