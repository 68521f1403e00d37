"""Verdict: one table of decisions for every kind of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Evidence = Literal["backtest", "crossfit", "pilot", "replay", "exploratory"]
Word = Literal["INVALID", "NOT ANSWERABLE", "PROMOTE", "PROMOTE TO PILOT", "KEEP", "CONTINUE"]


@dataclass(frozen=True, slots=True)
class Check:
    """A precondition of the estimate; `message` is the finding in words, `p` the p-value of a test."""

    name: str
    ok: bool
    message: str
    p: float | None = None

    @staticmethod
    def of(name: str, ok: bool, good: str, bad: str, p: float | None = None) -> Check:
        """Make a check with the finding that fits its result: `good` or `bad`."""
        return Check(name, ok, good if ok else bad, p)


MOST_MISSING = 0.01  # largest share of missing outcomes


def population(of_one: int) -> Check:
    """Check that nobody is inside one segmentation only; `of_one` counts the customers who are."""
    problem = f"{of_one:,} customers are outside of one of the two, but not of the other: give both the same `where`"
    return Check.of("population", not of_one, "both are over the same customers", problem)


def outcomes(missing: int, of: int) -> Check:
    """Check that few outcomes are missing: a missing outcome is not the same as one that did not happen."""
    message = f"{missing:,} of {of:,} outcomes are missing" if missing else "every outcome is known"
    return Check("outcomes", missing <= MOST_MISSING * of, message)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict with its reason.

    `reason`: for KEEP one of harm, predicts worse (no customer was treated), costs more than it saves, effect ruled
        out, inconclusive; for other verdicts the obstacle, in words.
    """

    word: Word
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.word}, {self.reason}" if self.word == "KEEP" and self.reason else self.word


@dataclass(frozen=True, slots=True)
class Facts:
    """Input of the verdict table. More is better on the scale, and 0 means no difference, or the margin of a
    non-inferiority test.

    `estimate`, `low`, `high`: effect on the primary, with its interval.
    `detect`: the registered smallest effect.
    `needed`: further requirements, each with whether it is met.
    `guardrails`: whether each guardrail is shown not to be worse by its margin.
    `harmed`: a guardrail is shown to be worse.
    `loses`: the whole interval of the net worth is a loss.
    `treats`: some customer's play would change.
    `looks_left`: registered interim analyses still to come.
    `power`: chance to find the effect, computed before outcomes were seen. For a pilot, at its largest declared size
        for the registered effect; for a backtest, for the registered gain or the gain seen before the first origin,
        whichever is likelier to be found.
    """

    evidence: Evidence
    checks: Sequence[Check]
    estimate: float
    low: float
    high: float
    detect: float
    needed: Sequence[tuple[str, bool]] = ()
    guardrails: Sequence[bool] = ()
    harmed: bool = False
    loses: bool = False
    treats: bool = True
    looks_left: int = 0
    power: float | None = None


LEAST_POWER = 0.5


def decide(f: Facts) -> Verdict:
    """Return the first row of the table that applies."""
    failed = [c.name for c in f.checks if not c.ok]
    if failed:
        return Verdict("INVALID", ", ".join(failed))
    if f.power is not None and f.power < LEAST_POWER:
        return Verdict("NOT ANSWERABLE", f"power {f.power:.0%}")
    if f.high < 0 or f.harmed:
        return Verdict("KEEP", "harm" if f.evidence in ("pilot", "replay") else "predicts worse")
    if not f.treats and f.evidence == "backtest" and f.low > -f.detect:
        return Verdict("PROMOTE")
    if f.low > 0 and all(f.guardrails) and _lacking(f) is None:
        return Verdict("KEEP", "costs more than it saves") if f.loses else _BEST[f.evidence]
    if f.looks_left:
        return Verdict("CONTINUE")
    if f.high < f.detect:
        return Verdict("KEEP", "effect ruled out")
    return Verdict("KEEP", "inconclusive")


def _lacking(f: Facts) -> str | None:
    return next((name for name, shown in f.needed if not shown), None)


_BEST: dict[Evidence, Verdict] = {
    "pilot": Verdict("PROMOTE"),
    "replay": Verdict("PROMOTE"),
    "backtest": Verdict("PROMOTE TO PILOT"),
    "crossfit": Verdict("KEEP", "one window is no test out of time"),
    "exploratory": Verdict("KEEP", "exploratory"),
}
"""Best verdict by kind of evidence. A prediction shows no treatment effect, so a backtest can only lead to a pilot."""
