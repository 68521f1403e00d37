"""Memberships: each customer's place by a rule, and the number of customers of each play."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Rule

OUT, UNKNOWN = "out", "unknown"


@dataclass(frozen=True)
class Load:
    """Customers of a play before and after, and its capacity."""

    play: str
    before: int
    after: int
    capacity: int | None

    @property
    def is_over(self) -> bool:
        return self.capacity is not None and self.after > self.capacity


def places(frame: pd.DataFrame, rule: Rule) -> pd.Series[str]:
    """Place of each customer: the arm or "in", otherwise "out" or "unknown"."""
    column = frame[rule.name]
    if isinstance(rule, Segment):
        return column.map({True: "in", False: OUT}).astype(object).where(column.notna(), UNKNOWN)
    status = frame[f"{rule.name}_status"]
    return column.where(status == "assigned", status.map({"outside": OUT}).fillna(UNKNOWN))


def place_in(alias: str, rule: Segmentation) -> Sql:
    """The same as SQL, over rows of `assignment`."""
    status = s.column(alias, f"{rule.name}_status")
    return s.case(
        (s.binary("=", status, s.text("assigned")), s.column(alias, rule.name)),
        (s.binary("=", status.copy(), s.text("outside")), s.text(OUT)),
        default=s.text(UNKNOWN),
    )


def plays(where: pd.Series[str], rule: Rule) -> pd.Series[str]:
    """Play of each customer by its place; "" for none."""
    play_of_place = {a.name: a.play for a in rule.all_arms} if isinstance(rule, Segmentation) else {"in": rule.play}
    return where.map({place: play or "" for place, play in play_of_place.items()}).fillna("")


def play_counts(where: pd.Series[str], rule: Rule) -> Counter[str]:
    """Customers of each play, 0 included, in the order of the arms."""
    return play_sizes(Counter(where.tolist()), rule)


def play_sizes(sizes: Mapping[str, int], rule: Rule) -> Counter[str]:
    """Customers of each play by customers of each place, 0 included, in the order of the arms."""
    arms = {a.name: a.play for a in rule.all_arms} if isinstance(rule, Segmentation) else {"in": rule.play}
    counts: Counter[str] = Counter()
    for place, play in arms.items():
        if play:
            counts[play] += sizes.get(place, 0)
    return counts


def loads(model: Model, before: Mapping[str, int], after: Mapping[str, int]) -> tuple[Load, ...]:
    """Load of every play in either count."""
    result = []
    for play in dict.fromkeys([*before, *after]):
        room = str(model.plays[play].settings.get("capacity", "")) if play in model.plays else ""
        result.append(Load(play, before.get(play, 0), after.get(play, 0), int(room) if room.isdigit() else None))
    return tuple(result)
