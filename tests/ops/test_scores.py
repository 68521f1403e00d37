"""Weights of a score that aren't whole numbers: the same score as by fractions of Python, on every evaluator, or a finding."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

import segdsl

VALUES = [(0, 0, 0), (100, 50, 7), (1, 99, 33), (100_000_000, 3, 1)]
WEIGHTS = [
    ("33.333", "33.333", "33.334"),
    ("33.333333", "33.333333", "33.333334"),
    ("0.333333333", "0.333333333", "0.333333334"),
    ("60%", "37.5%", "2.5%"),
    ("1", "0.1", "0.01"),
    ("3", "2", "1"),
]
SCORE = """
entity account {{ account_id: text key  x: integer  y: integer  z: integer }}
score health of account {{
  part one weight {} = x / 7
  part two weight {} = y
  part three weight {} = z
  missing parts: {}
}}
segment low of account {{ when health < {} }}
segment high of account {{ when health > {} }}
"""


def written(billionths: int) -> str:
    sign = "-" if billionths < 0 else ""
    return f"{sign}{abs(billionths) // 10**9}.{abs(billionths) % 10**9:09}"


def score_of(weights: tuple[str, ...], values: tuple[int, ...]) -> Fraction:
    exact = [Fraction(w.rstrip("%")) for w in weights]
    parts = [Fraction(values[0], 7), *map(Fraction, values[1:])]
    return sum((w * v for w, v in zip(exact, parts)), Fraction(0)) / sum(exact)


@pytest.mark.sample(6)
@pytest.mark.slow
@pytest.mark.parametrize("policy", ["count as 0", "count as 33.333", "unknown", "share out up to {}"])
@pytest.mark.parametrize("weights", WEIGHTS, ids=lambda w: w[0])
def test_a_score_is_exact_whatever_its_weights(weights: tuple[str, ...], policy: str) -> None:
    """It lies within two billionths of that of fractions, since parts and scores are rounded to one; and nothing is missing."""
    for values in VALUES:
        score = int(score_of(weights, values) * 10**9)
        borders = written(score - 2), written(score + 2)
        rules = segdsl.loads(SCORE.format(*weights, policy.format(weights[2]), *borders))
        data = {"account": pd.DataFrame([("a", *values)], columns=["account_id", "x", "y", "z"])}
        for engine in ("duckdb", "reference"):
            frame = rules.evaluate(data, "2026-11-01", engine=engine)  # type: ignore[arg-type]
            assert (frame["low"].tolist(), frame["high"].tolist()) == ([False], [False]), (values, borders, engine)


def test_weights_that_no_number_holds_are_a_finding() -> None:
    weights = ("33.3333333333333", "33.3333333333333", "33.3333333333334")
    (found,) = [d for d in segdsl.loads(SCORE.format(*weights, "unknown", 1, 1)).check() if d.severity == "error"]
    assert (found.code, found.help) == (
        "SEG0314",
        "round them, as in 33.333 for a third of 100; only their proportion counts",
    )
    assert found.message.startswith(
        "these weights are too precise: in whole numbers they add up to 1,000,000,000,000,000"
    )
