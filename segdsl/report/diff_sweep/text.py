"""Who moves with each value of a range -> a table for a terminal, with the load of each play."""

from __future__ import annotations

from collections.abc import Sequence

from segdsl.compare.memberships import Load
from segdsl.compare.versions import Difference
from segdsl.report.layout.terminal import table


def render(condition: str, steps: Sequence[tuple[str, Difference]]) -> str:
    plays = list(dict.fromkeys(x.play for _, d in steps for x in d.loads))
    money = next((d.money for _, d in steps if d.money), "")
    rows = []
    for value, d in steps:
        loads = {x.play: x for x in d.loads}
        worth = [f"{sum(c.worth for c in d.changes):,.0f}"] if money else []
        rows.append([value, f"{sum(c.moved for c in d.changed):,}", *worth, *(_load(loads.get(p)) for p in plays)])
    heads = ["", "move", *([money] if money else []), *plays]
    return table(heads, rows, right=tuple(range(len(heads))))


def _load(load: Load | None) -> str:
    return "" if load is None else f"{load.after:,}" + (" ✗" if load.is_over else "")
