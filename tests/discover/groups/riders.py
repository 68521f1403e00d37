"""A workspace of a bicycle hire's riders: commuters, tourists and trainers; or riders of one kind, whose numbers go together as much."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

DAY = dt.date(2026, 11, 1)
MODEL = """entity rider "Who hires bicycles" {
  rider_id:  text key
  minutes:   number "Of a usual ride"
  speed:     number "Kilometres an hour"
  climb:     number "Metres a ride"
  distance:  number "From home to the usual stand, in kilometres"
  paid:      money(USD) basis value
  plan:      one of ("single", "month", "year")
  helmet:    boolean
  town:      text basis geographic
  email:     text personal
  religion:  text
}
table rides of rider by rider_id at started_at: date { stand: text }
"""
TOML = """[workspace]
name = "riders"
timezone = "UTC"
[sources.default]
snapshot = 2026-11-01
[sources.default.tables]
rider = "riders.csv"
rides = "rides.csv"
"""
# medians of minutes, speed, climb, distance and paid of commuters, tourists and trainers
KINDS = np.log([[18, 17, 30, 3, 9], [75, 10, 70, 40, 30], [70, 26, 420, 7, 12]])


def numbers(riders: int, planted: bool, rng: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The five numbers of each rider: of three kinds, or normal in their logarithms with the covariance of the three kinds."""
    kinds = rng.choice(3, riders, p=[0.45, 0.3, 0.25])
    within = 0.22 * (rng.normal(size=(riders, 1)) + rng.normal(size=(riders, 5)))
    if planted:
        return np.exp(KINDS[kinds] + within)
    each = KINDS[rng.choice(3, 20_000, p=[0.45, 0.3, 0.25])]
    return np.exp(rng.multivariate_normal(KINDS.mean(0), np.cov(each.T), riders) + within)


def write(root: Path, riders: int = 700, planted: bool = True, model: str = MODEL, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    root.mkdir(parents=True, exist_ok=True)
    drawn = numbers(riders, planted, rng)
    lines = ["rider_id,minutes,speed,climb,distance,paid,plan,helmet,town,email,religion"]
    rides = ["rider_id,started_at,stand"]
    for i in range(riders):
        minutes, speed, climb, distance, paid = drawn[i]
        plan, helmet = rng.choice(["single", "month", "year"]), rng.random() < 0.5
        lines.append(
            f"r{i:05},{minutes:.0f},{speed:.1f},{climb:.0f},{distance:.1f},{paid:.2f},{plan},{str(helmet).lower()},"
            f"town {i % 400},r{i}@x.org,none"
        )
        for _ in range(rng.poisson(rng.gamma(2, 2))):
            rides.append(f"r{i:05},{DAY - dt.timedelta(days=int(rng.integers(1, 400)))},s{rng.integers(20)}")
    (root / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (root / "model.seg").write_text(model, encoding="utf-8")
    (root / "riders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (root / "rides.csv").write_text("\n".join(rides) + "\n", encoding="utf-8")
