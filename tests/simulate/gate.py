"""What a backtest says of candidates that gain so much, at the base most users have, into gate.txt: `python -m tests.simulate.gate`.

Accounts stay, change segments and leave (`worlds.staying`); nothing differs between quarters.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np

from segdsl.experiment.history import judge
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.history.power import expected
from segdsl.experiment.shared.decide import Facts, decide
from segdsl.experiment.shared.gain import SHRINK
from tests.simulate import worlds as w

RESULTS = Path(__file__).parent / "gate.txt"
RUNS = int(os.environ.get("SEGDSL_RUNS", "2500"))
ACCOUNTS, ORIGINS, OWN = (500, 1_000, 2_000, 5_000), (3, 4, 5), (0.0, 0.01)
GAINS = (0.0, 0.01, 0.018, 0.028, 0.046, 0.07)
DETECT = (0.005, 0.01)
EVERY = 20  # runs have one whose printed power is drawn: its mean needs no more
HEADS = f"""\
{RUNS:,} histories of five origins a cell, of which three and four are the first: a share's standard error is {100 * 0.5 / RUNS**0.5:.1f} points at most ({100 * (0.025 * 0.975 / RUNS) ** 0.5:.1f} at 2.5 %).
`incumbent` is what its segments are worth in skill, of which the candidate knows nothing, and `gain` the true one. Shares of runs: `z`, the interval lies above 0; `whole`, all
else is shown too, whatever the gate says; `power` of the whole as it would be printed if the true moments were known, and as the window before has it (mean, ± between runs).
Of each registered gain: not answerable, promoted (of all runs), and the power printed for that gain (mean).

                                                           of the true gain         detect .5 %                 detect 1 %
accounts origins incumbent   gain      z  whole  power   by the window        n. a.  promoted   power     n. a.  promoted   power"""


@dataclass(frozen=True, slots=True)
class Run:
    """Of one backtest: the true gain of the frozen rates and the mean of (r_B - r_A)^2, both in skill; a verdict for each of `DETECT`."""

    gain: float
    distance: float
    is_above: bool
    passes: bool
    words: tuple[str, ...]


def history(world: w.World, rng: w.Rng, apart: bool = False) -> tuple[list[Run], Expected | None]:
    """A run for each of `ORIGINS`, and what the window before the first says of the most. Each quarter is taught by the one before; `apart`: by one
    that nothing else is judged by."""
    look = world(rng)
    most = max(ORIGINS)
    pairs = [(look(t), look(t)) for t in range(most)] if apart else list(pairwise([look(t) for t in range(-1, most)]))
    made = [w.origin(now, before, t) for t, (before, now) in enumerate(pairs)]
    distances = [w.distance(o, now) for (o, _, _), (_, now) in zip(made, pairs)]
    customers = [n for _, _, n in made]
    foreseen = expected(w.crossfitted(pairs[0][0]), customers, DETECT[0], follows=not apart)
    return [_judged(made[:n], distances[:n], of_the_first(n, foreseen)) for n in ORIGINS], foreseen


def of_the_first(origins: int, foreseen: Expected | None) -> Expected | None:
    return None if foreseen is None else replace(foreseen, customers=foreseen.customers[:origins])


def _judged(made: Sequence[tuple[w.Origin, float, int]], distances: Sequence[float], foreseen: Expected | None) -> Run:
    looked = [o for o, _, _ in made]
    found = judge.judge(looked, w.pooled(looked), DETECT[0], {})
    e, scale = found.estimate, found.variance * sum(n for _, _, n in made)
    words = []
    for detect in DETECT:
        power = None if foreseen is None else replace(foreseen, detect=detect).answerable
        facts = Facts(
            "backtest", found.checks, e.estimate, e.low, e.high, detect * found.variance, found.needed, power=power
        )
        words.append(decide(facts).word)
    passes = found.verdict.word == "PROMOTE TO PILOT"
    return Run(sum(gain for _, gain, _ in made) / scale, sum(distances) / scale, e.low > 0, passes, tuple(words))


def skill(gain: float, own: float, accounts: int, runs: int = 60) -> float:
    """What the candidate's segments have to be worth for that true gain: some is lost by what is learned wrongly, and as nobody leaves with a
    chance below 0."""
    found = own + gain
    for _ in range(3):
        world, gains = w.staying(accounts, own, found), []
        for i in range(runs):
            look = world(np.random.default_rng(i))
            for before, now in pairwise([look(t) for t in range(-1, max(ORIGINS))]):
                o, total, n = w.origin(now, before, 0)
                gains.append(total / n / judge.spread(o.learned[0].values())[2])
        found = max(0.0, found + gain - float(np.mean(gains)))
    return found


def lines(accounts: int, gain: float, own: float) -> list[str]:
    """One for each of `ORIGINS`."""
    world = w.staying(accounts, own, skill(gain, own, accounts))
    seed = [accounts, round(gain * 1_000), round(own * 1_000)]
    histories = [history(world, np.random.default_rng([*seed, i])) for i in range(RUNS)]
    foreseen = [x for _, x in histories[::EVERY] if x is not None]
    return [
        line(f"{accounts:8,} {n:7} {own:9.1%}", [runs[k] for runs, _ in histories], accounts, n, foreseen)
        for k, n in enumerate(ORIGINS)
    ]


def line(name: str, runs: Sequence[Run], accounts: int, origins: int, foreseen: Sequence[Expected]) -> str:
    gain, distance = (float(np.mean(x)) for x in zip(*((r.gain, r.distance) for r in runs)))
    known = true_moments(gain, distance, accounts, origins)
    windows = [replace(x, customers=x.customers[:origins]) for x in foreseen]
    of_gain = np.array([x.power(gain) for x in windows])
    said = f"{name} {gain:6.2%} {_share([r.is_above for r in runs])} {_share([r.passes for r in runs])} {100 * known.power(gain):6.1f}"
    said += f" {100 * of_gain.mean():7.1f} ± {100 * of_gain.std():4.1f}  "
    for k, detect in enumerate(DETECT):
        of_detect = np.mean([x.power(detect) for x in windows])
        refused = _share([r.words[k] == "NOT ANSWERABLE" for r in runs])
        promoted = _share([r.words[k] == "PROMOTE TO PILOT" for r in runs])
        said += f"    {refused}    {promoted}  {100 * of_detect:6.1f}"
    return said


def true_moments(gain: float, distance: float, accounts: int, origins: int, follows: bool = True) -> Expected:
    """What a window would say of two and four segments of `worlds.staying` if it could."""
    drawn = accounts / (accounts + 2 * SHRINK), accounts / (accounts + 4 * SHRINK)
    apart, customers = distance - gain, (accounts,) * origins
    return Expected(
        gain, apart, apart, apart, (1, 3), drawn, accounts, 1.0, customers, accounts * origins, gain, follows=follows
    )


def _share(held: Sequence[bool]) -> str:
    return f"{100 * np.mean(held):6.1f}"


def main() -> None:
    said = [HEADS]
    print(HEADS)
    for accounts, own, gain in product(ACCOUNTS, OWN, GAINS):
        found = lines(accounts, gain, own)
        said += found
        print("\n".join(found), flush=True)
    RESULTS.write_text("\n".join(said) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
