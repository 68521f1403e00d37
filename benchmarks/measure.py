"""Run alternatives in turn, and report medians and ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def medians(
    alternatives: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Return the median time of each alternative, in seconds of a clock: time that passes, or `time.process_time`, the processor's.

    The alternatives take turns, so that a noisy minute affects all.
    """
    times: dict[str, list[float]] = {name: [] for name in alternatives}
    for _ in range(rounds):
        for name, call in alternatives.items():
            start = clock()
            call()
            times[name].append(clock() - start)
    return {name: statistics.median(t) for name, t in times.items()}


def table(seconds: Mapping[str, float], base: str) -> str:
    """Return a Markdown table of the seconds of each alternative, and of their ratio to those of `base`."""
    lines = ["| what | seconds | times |", "|---|---|---|"]
    lines += [f"| {name} | {s:.3f} | {s / seconds[base]:.2f} |" for name, s in seconds.items()]
    return "\n".join(lines)
