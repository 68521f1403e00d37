"""What a backtest says of candidates that gain so much, at the base most users have, into gate.txt: `python -m tests.simulate.gate`.

Accounts stay, change segments and leave (`worlds.staying`); nothing differs between quarters. `all` as an argument: every combination (hours).
"""

from __future__ import annotations

import os
import sys
from itertools import pairwise, product
from pathlib import Path

import numpy as np

from segdsl.experiment import judge
from segdsl.experiment.power import expected
from tests.simulate import worlds as w

RESULTS = Path(__file__).parent / "gate.txt"
RUNS = int(os.environ.get("SEGDSL_RUNS", "1000"))
ACCOUNTS, ORIGINS, GAINS, OWN, DETECT = (
    (500, 1_000, 2_000, 5_000),
    (3, 4, 5),
    (0.0, 0.01, 0.018, 0.028, 0.046, 0.07),
    (0.0, 0.01),
    (0.005, 0.01),
)
CELLS = [
    (1_000, 4, 0.046, 0.01), (2_000, 4, 0.028, 0.01), (1_000, 4, 0.0, 0.01), (2_000, 4, 0.0, 0.01), (1_000, 4, 0.046, 0.0), (1_000, 3, 0.046, 0.01),
    (1_000, 4, 0.01, 0.01), (500, 4, 0.046, 0.01), (1_000, 4, 0.0, 0.0),
]  # fmt: skip
HEADS = "accounts origins incumbent  true gain   z   all but the gate   detect .5 %: not answerable, promoted, printed power   detect 1 %: the same"


def line(accounts: int, origins: int, size: float, own: float) -> str:
    """Shares of runs, in per cent; the power is the mean of what is printed."""
    # four segments learn wrongly by 3 / n, the incumbent's two by 1 / n
    world = w.staying(accounts, own, own + size + (2 / accounts if size else 0.0))
    truths, above, free, said = [], [], [], []
    for i in range(RUNS):
        look = world(np.random.default_rng([accounts, origins, round(size * 1_000), round(own * 1_000), i]))
        looks = [look(t) for t in range(-1, origins)]
        made = [w.origin(now, before, t) for t, (before, now) in enumerate(pairwise(looks))]
        sizes, before = [n for _, _, n in made], w.crossfitted(looks[0])
        found = judge.judge([o for o, _, _ in made], DETECT[0], {})
        passes = found.verdict.word == "PROMOTE TO PILOT"
        truths.append(sum(t for _, t, _ in made) / sum(sizes) / found.variance)
        above.append(found.estimate.low > 0)
        free.append(passes)
        row = []
        for detect in DETECT:
            x = expected(before, sizes, detect)
            is_answered = x is None or x.answerable >= 0.5
            row += [not is_answered, is_answered and passes, np.nan if x is None or i % 10 else x.power(detect)]
        said.append(row)
    share = 100 * np.nanmean(np.array(said, float), axis=0)
    each = "".join(f"{share[k]:18.1f} {share[k + 1]:7.1f} {share[k + 2]:7.1f}   " for k in (0, 3))
    return f"{accounts:8,} {origins:7} {own:8.1%} {np.mean(truths):11.2%} {np.mean(above) * 100:6.1f} {np.mean(free) * 100:12.1f}   {each}"


def main() -> None:
    cells = list(product(ACCOUNTS, ORIGINS, GAINS, OWN)) if sys.argv[1:] == ["all"] else CELLS
    lines = [f"{RUNS:,} runs a cell", "", HEADS]
    print(HEADS)
    for cell in cells:
        lines.append(line(*cell))
        print(lines[-1], flush=True)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
