"""What a result says to whoever decides what to do: what was compared, how much better, how sure, what next. Figures come after."""

from __future__ import annotations

from typing import Literal

from segdsl.words.plural import plural

Label = Literal["compared", "how much", "in money", "how sure", "held out", "next"]


Statement = tuple[Label, str]


def asked_instead(entity: str, cheaper: bool = True) -> str:
    """What fewer customers can answer; whether a `cheaper` play keeps as many where that wasn't the question."""
    also = "; or in a pilot, whether a cheaper play keeps as many (`not worse by the cost saved`)" if cheaper else ""
    return (
        f"With this many {plural(entity)} something else can be asked: an outcome that comes earlier and happens to "
        "more of them (logins that fall by half, a renewal talk that is put off); the same over more "
        "quarters, as further "
        f"days of a backtest or a longer window{also}."
    )


def may_change(is_exploratory: bool) -> str:
    return "" if is_exploratory else " No outcome has been shown, so the declaration may still be changed."


def confidence(alpha: float) -> str:
    return f"{(1 - alpha) * 100:.4g}%"


def by_chance(p: float) -> str:
    often = (
        "fewer than 1 in 1,000"
        if p < 0.001
        else f"about {p * 1000:.0f} in 1,000"
        if p < 0.1
        else f"about {p * 100:.0f} in 100"
    )
    return f"Were the two alike, chance alone would show as much in {often} such comparisons."


def sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
