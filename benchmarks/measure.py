"""Run alternatives in turn, and report medians and ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def medians(alternatives: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median time of each alternative, in seconds. The alternatives take turns, so that a noisy minute affects all."""
    times: dict[str, list[float]] = {name: [] for name in alternatives}
    for _ in range(rounds):
        for name, call in alternatives.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(t) for name, t in times.items()}


def table(seconds: Mapping[str, float], base: str) -> str:
    """Return a Markdown table of the seconds of each alternative, and of their ratio to those of `base`."""
    lines = ["| what | seconds | times |", "|---|---|---|"]
    lines += [f"| {name} | {s:.3f} | {s / seconds[base]:.2f} |" for name, s in seconds.items()]
    return "\n".join(lines)
