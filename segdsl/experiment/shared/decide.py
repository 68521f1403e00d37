"""Estimate, checks and what was registered -> a verdict, by one table for every kind of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Evidence = Literal["backtest", "crossfit", "pilot", "replay", "exploratory"]
Word = Literal["INVALID", "NOT ANSWERABLE", "PROMOTE", "PROMOTE TO PILOT", "KEEP", "CONTINUE"]


@dataclass(frozen=True, slots=True)
class Check:
    """Something without which the figures mean nothing. `p` where it is a test."""

    name: str
    ok: bool
    said: str
    p: float | None = None


MOST_MISSING = 0.01  # of the outcomes


def population(of_one: int) -> Check:
    """`of_one` are the customers who are inside of one of the two rules, and outside of the other."""
    problem = f"{of_one:,} customers are outside of one of the two, but not of the other: give both the same `where`"
    return Check("population", not of_one, problem if of_one else "both are over the same customers")


def outcomes(missing: int, of: int) -> Check:
    """A missing outcome is none that didn't happen."""
    message = f"{missing:,} of {of:,} outcomes are missing" if missing else "every outcome is known"
    return Check("outcomes", missing <= MOST_MISSING * of, message)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` of KEEP: harm (foretells worse where nobody was treated), costs more than it saves, effect ruled out, inconclusive; else what stood against it, in words."""

    word: Word
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.word}, {self.reason}" if self.word == "KEEP" and self.reason else self.word


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table decides by, on a scale where more is better, and 0 is no difference; or the margin, where the primary has to be no worse.

    `low` and `high` are the interval of the primary, `detect` the registered smallest effect. `needed` says what else an
    improvement has to show, each with whether it does; `guardrails` whether each is shown not to be worse, `harmed` whether
    one is shown to be. `loses` is whether all of the interval in money is a loss, where an outcome has a worth. `treats` is whether some customer's play would change; `looks_left` are registered looks to come.
    `power` is the chance to find what there may be, said before the outcomes were seen: a pilot's at the largest size declared, for the
    registered effect; a backtest's for the registered gain or the one seen before the first origin, whichever is found more often.
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
    """One row of the table after the other; the first that applies."""
    failed = [c.name for c in f.checks if not c.ok]
    if failed:
        return Verdict("INVALID", ", ".join(failed))
    if f.power is not None and f.power < LEAST_POWER:
        return Verdict("NOT ANSWERABLE", f"power {f.power:.0%}")
    if f.high < 0 or f.harmed:
        return Verdict("KEEP", "harm" if f.evidence in ("pilot", "replay") else "foretells worse")
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
"""The most that evidence of a kind can say: who was only predicted for was not helped."""
