"""Draw growth from the figures of the driver: python -m benchmarks.nightly.plots nightly.json [FOLDER]. Needs matplotlib.

One picture a quantity that varies (customers, segments, counts): time of the processor and memory of each alternative, medians.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "segdsl"  # the same figures give the same file
from matplotlib import pyplot as plt  # noqa: E402

SIZES = ("customers", "segments", "counts")
_SETTINGS = {"ending", "customers", "each", "counts", "arms", "segments"}


def draw(figures: Sequence[Mapping[str, object]], varied: str, path: Path) -> bool:
    """Draw what grows with `varied`, of workloads that differ in nothing else; tells whether there are at least two of them."""
    same = {key: value for key, value in figures[0].items() if key in _SETTINGS - {varied}}
    series = sorted(
        (f for f in figures if all(f[key] == value for key, value in same.items())), key=lambda f: int(str(f[varied]))
    )
    if len({f[varied] for f in series}) < 2:
        return False
    drawn, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, what, title in (
        (axes[0], "processor", "seconds of the processor"),
        (axes[1], "memory", "peak memory, MB"),
    ):
        for name in [key for key in series[0] if key not in _SETTINGS]:
            points = [(f[varied], statistics.median(m[what] for m in f[name])) for f in series if name in f]  # type: ignore[attr-defined]
            axis.plot(*zip(*points, strict=True), marker="o", label=name)
        axis.set(xlabel=varied, title=title, xscale="log", yscale="log")
        axis.grid(alpha=0.3)
    axes[1].legend(fontsize="small")
    drawn.savefig(path, metadata={"Date": None})
    plt.close(drawn)
    return True


def main() -> None:
    """Draw every quantity that varies in a file of figures."""
    figures = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else ".")
    for varied in SIZES:
        path = folder / f"growth-{varied}.svg"
        if draw(figures, varied, path):
            print(path)


if __name__ == "__main__":
    main()
