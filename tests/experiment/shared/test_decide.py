"""The table of verdicts: one test per row, and that the first row that applies is the one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdsl.experiment.shared.decide import Check, Facts, decide

GOOD = Check("leakage", True, "")
BETTER = Facts("pilot", (GOOD,), estimate=2.0, low=1.0, high=3.0, detect=1.5, power=0.8)


@pytest.mark.parametrize(("changed", "verdict"), [
    ({}, "PROMOTE"),
    ({"evidence": "replay"}, "PROMOTE"),
    ({"evidence": "backtest"}, "PROMOTE TO PILOT"),
    ({"evidence": "backtest", "treats": False}, "PROMOTE"),
    ({"evidence": "backtest", "treats": False, "low": -1.4, "estimate": 0.1}, "PROMOTE"),
    ({"evidence": "backtest", "treats": False, "low": -1.6, "estimate": 0.1, "high": 1.0}, "KEEP, effect ruled out"),
    ({"detect": 2.5}, "PROMOTE"),  # above 0 is asked for, not above the registered effect
    ({"detect": 9.0}, "PROMOTE"),
    ({"loses": True}, "KEEP, costs more than it saves"),
    ({"loses": True, "looks_left": 1}, "KEEP, costs more than it saves"),  # of all there may be, even the most is a loss
    ({"loses": True, "low": -1.0}, "KEEP, inconclusive"),
    ({"evidence": "crossfit"}, "KEEP, one window is no test out of time"),
    ({"evidence": "exploratory"}, "KEEP, exploratory"),
    ({"checks": (GOOD, Check("srm", False, ""))}, "INVALID"),
    ({"checks": (Check("srm", False, ""),), "low": -9.0, "high": -1.0}, "INVALID"),
    ({"power": 0.49}, "NOT ANSWERABLE"),
    ({"power": 0.5}, "PROMOTE"),
    ({"low": -3.0, "high": -0.1}, "KEEP, harm"),
    ({"evidence": "backtest", "low": -3.0, "high": -0.1}, "KEEP, predicts worse"),
    ({"low": -3.0, "high": -0.1, "looks_left": 2}, "KEEP, harm"),
    ({"harmed": True}, "KEEP, harm"),
    ({"guardrails": (True, False)}, "KEEP, inconclusive"),
    ({"guardrails": (True, True)}, "PROMOTE"),
    ({"guardrails": (True, False), "looks_left": 1}, "CONTINUE"),
    ({"low": -1.0, "looks_left": 1}, "CONTINUE"),
    ({"low": -1.0, "high": 1.4}, "KEEP, effect ruled out"),
    ({"low": -1.0, "high": 1.5}, "KEEP, inconclusive"),
    ({"low": 0.0}, "KEEP, inconclusive"),
    ({"needed": (("a gain at every origin", False),)}, "KEEP, inconclusive"),
    ({"needed": (("a gain at every origin", True),)}, "PROMOTE"),
])  # fmt: skip
def test_each_row(changed: dict[str, Any], verdict: str) -> None:
    assert str(decide(replace(BETTER, **changed))) == verdict


@given(
    st.sampled_from(["crossfit", "exploratory"]),
    st.floats(-1, 9),
    st.floats(0, 9),
    st.booleans(),
    st.integers(0, 2),
    st.floats(0, 9),
)
def test_neither_one_window_nor_a_changed_declaration_promotes(
    evidence: Any, low: float, width: float, treats: bool, looks_left: int, detect: float
) -> None:
    found = decide(
        replace(
            BETTER, evidence=evidence, low=low, high=low + width, treats=treats, looks_left=looks_left, detect=detect
        )
    )
    assert found.word in ("KEEP", "CONTINUE")
