"""Who is elsewhere by today's data alone: a segmentation and its frame -> customers of each place, by the arm that today's data gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.model.segment import Rule, Segmentation

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Elsewhere:
    """Customers of one place whom today's data alone would have elsewhere.

    `place`: an arm, or `unknown`.
    `keeps`: whether all of them are sure to be kept there; else others may have taken their room in an arm with a limit.
    `by_data`: how many by the arm that today's data alone gives, or `unknown`; the commonest first.
    """

    place: str
    keeps: bool
    by_data: Mapping[str, int]

    @property
    def count(self) -> int:
        return sum(self.by_data.values())


def by_data_column(rule: Rule) -> str | None:
    """Column of a frame with the arm by today's data alone; None where no arm keeps anybody."""
    keeps = isinstance(rule, Segmentation) and any(keeps_in(rule, a.name) for a in rule.arms)
    return f"{rule.name}_by_data" if keeps else None


def keeps_in(rule: Segmentation, arm: str) -> bool:
    """Whether an arm keeps customers."""
    return any(a.name == arm and a.by_data is not None for a in rule.arms)


def elsewhere(rule: Rule, frame: pd.DataFrame) -> tuple[Elsewhere, ...]:
    """Places with customers whom today's data alone would have elsewhere, in the order of the arms."""
    column = by_data_column(rule)
    if column is None:
        return ()
    place, data = (frame[c].astype(object).where(frame[c].notna(), UNKNOWN) for c in (rule.name, column))
    return elsewhere_of(rule, Counter(zip(place.tolist(), data.tolist())))


def elsewhere_of(rule: Rule, counts: Mapping[tuple[str, str], int]) -> tuple[Elsewhere, ...]:
    """The same of numbers of customers by (place, arm by today's data), each an arm or `unknown`."""
    if by_data_column(rule) is None or not isinstance(rule, Segmentation):
        return ()
    order = [*(a.name for a in rule.all_arms), UNKNOWN]
    most_first = sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0][1])))
    result = []
    for name in order:
        by_data = {d: n for (p, d), n in most_first if p == name and d != name}
        if by_data:
            keeps = keeps_in(rule, name) and all(_is_surely_kept(rule, name, arm) for arm in by_data)
            result.append(Elsewhere(name, keeps, by_data))
    return tuple(result)


def _is_surely_kept(rule: Segmentation, place: str, by_data: str) -> bool:
    """Whether whoever is in an arm that keeps, and elsewhere by its data, must be kept there.

    Only where there are limits can it be otherwise: those who are kept take the room of others. Even then, whoever is in an arm
    without a limit, and in a later one by its data, isn't in it by its `when`.
    """
    limited = {a.name for a in rule.arms if a.limit is not None}
    order = [a.name for a in rule.all_arms]
    is_later = by_data not in order or order.index(by_data) > order.index(place)
    return not limited or (place not in limited and is_later)


def is_no_longer_in(rule: Segmentation, was: str | None, was_by_data: str | None, now: str | None) -> bool:
    """Whether a customer whom an arm kept is no longer kept, and so in a later arm; all are arms, None without any."""
    order = [a.name for a in rule.all_arms]
    if was is None or was == was_by_data or was not in order or now not in order:
        return False
    return order.index(now) > order.index(was)
