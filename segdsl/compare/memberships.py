"""A rule's columns of a run -> where each customer is, and how many get each play."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl.model.segment import Model, Segment, Segmentation

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Rule

OUT, UNKNOWN = "out", "unknown"


@dataclass(frozen=True)
class Load:
    """How many customers get a play before and after, and how many there is room for."""

    play: str
    before: int
    after: int
    capacity: int | None

    @property
    def is_over(self) -> bool:
        return self.capacity is not None and self.after > self.capacity


def places(frame: pd.DataFrame, rule: Rule) -> pd.Series[str]:
    """The arm, or in; else out or unknown."""
    column = frame[rule.name]
    if isinstance(rule, Segment):
        return column.map({True: "in", False: OUT}).astype(object).where(column.notna(), UNKNOWN)
    status = frame[f"{rule.name}_status"]
    return column.where(status == "assigned", status.map({"outside": OUT}).fillna(UNKNOWN))


def plays(where: pd.Series[str], rule: Rule) -> pd.Series[str]:
    """The play that each customer gets by its place; empty for none."""
    given = {a.name: a.play for a in rule.all_arms} if isinstance(rule, Segmentation) else {"in": rule.play}
    return where.map({place: play or "" for place, play in given.items()}).fillna("")


def counted(where: pd.Series[str], rule: Rule) -> Counter[str]:
    """Play -> how many customers get it, 0 too, in the order of the arms."""
    given = [a.play for a in rule.all_arms] if isinstance(rule, Segmentation) else [rule.play]
    each = plays(where, rule).value_counts()
    return Counter({play: int(each.get(play, 0)) for play in given if play})


def loads(model: Model, before: Mapping[str, int], after: Mapping[str, int]) -> tuple[Load, ...]:
    """Of every play that one of the two gives."""
    found = []
    for play in dict.fromkeys([*before, *after]):
        room = str(model.plays[play].settings.get("capacity", "")) if play in model.plays else ""
        found.append(Load(play, before.get(play, 0), after.get(play, 0), int(room) if room.isdigit() else None))
    return tuple(found)
