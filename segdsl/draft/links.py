"""Columns that hold keys of other tables -> the link that each of them is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from segdsl.draft.matches import Match
from segdsl.draft.profile import Profile
from segdsl.workspace.config import Formats

_ENOUGH = 0.5  # of a column's values that are keys


@dataclass(frozen=True)
class Link:
    """A column whose values are another table's keys."""

    match: Match

    @property
    def column(self) -> str:
        return self.match.column

    @property
    def target(self) -> str:
        return self.match.target

    @property
    def share(self) -> float:
        return self.match.share

    @property
    def evidence(self) -> str:
        """How many values are there, and some that aren't."""
        m = self.match
        absent = ", ".join(f"`{v}` ({n:,} row{'' if n == 1 else 's'})" for v, n in m.absent if "@" not in v)
        ways = {
            "15 of 18": ", by the first 15 of 18 characters",
            "zeros lost here": f", once leading zeros are put back: {m.digits} digits",
            "zeros lost there": f", once leading zeros are put back: {m.digits} digits",
            "zeros lost": ", leading zeros aside",
            "decimals": ", which a spreadsheet or a program made decimals of",
            "any case": f", capitals aside: {m.capitals:,} spellings differ by them alone",
        }
        missed = f", not {absent}" if absent else ""
        return f"{m.there:,} of {m.values:,} values are there{missed}{m.in_capitals}{ways.get(m.way, '')}"


def find_links(profiles: Sequence[Profile], matches: Iterable[Match]) -> dict[str, list[Link]]:
    """By view, the best target of each column: the one with most of its values, another table before its own, then the fullest."""
    fullness = {p.view: (p.rows, len(p.columns)) for p in profiles}  # as `kinds` tells an entity from its details

    def rank(link: Link, view: str) -> tuple[float, bool, tuple[int, int]]:
        return link.share, link.target != view, fullness[link.target]

    best: dict[tuple[str, str], Link] = {}
    for m in matches:
        itself = m.target == m.view
        if m.share < _ENOUGH or (m.there < 2 and not itself):
            continue
        before = best.get((m.view, m.column))
        if before is None or rank(Link(m), m.view) > rank(before, m.view):
            best[m.view, m.column] = Link(m)
    return {p.view: [x for (view, _), x in best.items() if view == p.view] for p in profiles}


def formats_of_ids(matches: Iterable[Match]) -> Mapping[tuple[str, str], Formats]:
    """By (view, column), how ids are read that another file has in another spelling."""
    formats: dict[tuple[str, str], Formats] = {}
    for m in matches:
        match m.way:
            case "15 of 18":
                formats[m.view, m.column] = formats[m.target, m.key] = Formats(ids="salesforce")
            case "any case":
                formats[m.view, m.column] = formats[m.target, m.key] = Formats(ids="any case")
            case "zeros lost":
                formats[m.view, m.column] = formats[m.target, m.key] = Formats(ids="without zeros")
            case "zeros lost here":
                formats[m.view, m.column] = Formats(digits=m.digits)
            case "zeros lost there":
                formats[m.target, m.key] = Formats(digits=m.digits)
            case "as written" | "decimals":
                pass
    return formats
