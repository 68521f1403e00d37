"""Keys and links of all tables -> what each of them is, whose rows it has, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segdsl.draft.drafts import Kind
from segdsl.draft.keys import Key
from segdsl.draft.links import Link
from segdsl.draft.profile import Column, Profile
from segdsl.words import headers

_OTHERS_IDS = (
    "record",
    "row",
    "object",
    "external",
    "unique",
    "internal",
    "distinct",
    "anonymous",
    "global",
    "system",
)  # `record_id` names no thing
_ENDINGS = ("_id", "_key", "_no", "_nr", "_number", "_code", "_nummer")


@dataclass(frozen=True)
class Kinds:
    """Of each table, by view: what it is, its name, and the link to its owner."""

    kinds: Mapping[str, Kind]
    names: Mapping[str, str]
    owners: Mapping[str, Link | None]


@dataclass
class _Known:
    """All tables with their keys and links, from which the kinds are found one after the other."""

    profiles: Sequence[Profile]
    keys: Mapping[str, Key | None]
    links: Mapping[str, Sequence[Link]]

    def outward(self, p: Profile) -> list[Link]:
        return [x for x in self.links[p.view] if x.target != p.view]

    def is_above(self, one: str, other: str) -> bool:
        """Whether rows of `other` lead to `one`, and not the other way round."""
        down = any(x.target == one for x in self.links[other])
        return down and not any(x.target == other for x in self.links[one])


def find_kinds(
    profiles: Sequence[Profile], keys: Mapping[str, Key | None], links: Mapping[str, Sequence[Link]]
) -> Kinds:
    known = _Known(profiles, keys, links)
    kinds = {p.view: _kind(known, p) for p in profiles}
    names = _names(known, kinds)
    owners = {p.view: _owner(known, kinds, names, p) for p in profiles}
    owned = {view: kind for view, kind in kinds.items() if owners[view] is not None}
    return Kinds({p.view: owned.get(p.view, "entity") for p in profiles}, names, owners)  # no table is nobody's


def _kind(known: _Known, p: Profile) -> Kind:
    key, outward = known.keys[p.view], known.outward(p)
    pointed_at = any(x.target == p.view for view, links in known.links.items() if view != p.view for x in links)
    if key is None:
        return "table" if outward else "entity"
    by_view = {other.view: other for other in known.profiles}
    timed = any(is_time(c) for c in p.columns)
    if any(x.column == key.column and _is_fuller(by_view[x.target], p) for x in outward):
        comes_again = any(is_time(c) and not headers.is_later(c.header) for c in p.columns)
        return "table" if comes_again and headers.is_plural(p.title) else "details"  # its key is another's
    return "table" if outward and not pointed_at and timed and not _is_of_people(p, key) else "entity"


def _is_of_people(p: Profile, key: Key) -> bool:
    """Whether rows are people, who have a day of their own but are no events: by what identifies them, and an address of each."""
    called = max(headers.likeness_to_customers(key.column), headers.likeness_to_customers(headers.title(p.title)))
    addresses = any(c.shapes["email"] * 2 > c.given > 0 and c.distinct * 10 >= c.rows * 9 for c in p.columns)
    return called == 2 and addresses


def _owner(known: _Known, kinds: Mapping[str, Kind], names: Mapping[str, str], p: Profile) -> Link | None:
    """Whose rows these are: for details the one with their key, else customers before goods, parts before wholes."""
    others = [x for x in known.outward(p) if kinds[x.target] == "entity"]
    key = known.keys[p.view]
    if kinds[p.view] == "details":
        return next((x for x in others if key is not None and x.column == key.column), None)
    if kinds[p.view] == "entity" and others:
        own = headers.likeness_to_customers(names[p.view])
        others = [
            x
            for x in others
            if known.is_above(x.target, p.view) and headers.likeness_to_customers(names[x.target]) >= own
        ]

    def rank(x: Link) -> tuple[int, bool, float]:
        above = any(known.is_above(y.target, x.target) for y in others if y is not x)
        return headers.likeness_to_customers(names[x.target]), above, x.share

    return max(others, key=rank) if others else None


def _names(known: _Known, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """An entity is called after its key where that speaks of customers (`customerID`: customer); else after its file, as a table is."""
    chosen: dict[str, str] = {}
    for p in known.profiles:
        key = known.keys[p.view]
        wanted = headers.identifier(p.title) or "rows"
        if kinds[p.view] == "entity":
            wanted = entity_name(p, key.column if key else None)
        chosen[p.view] = headers.unused(headers.allowed(wanted), chosen.values())
    return chosen


def entity_name(p: Profile, key: str | None) -> str:
    title = headers.title(p.title) or "row"
    stem = stem_of(key) if key is not None else ""
    own_word = stem and (headers.likeness_to_customers(stem) == 2 or not headers.is_plural(title))
    return stem if own_word else headers.singular(title)


def stem_of(key: str) -> str:
    """`customer_id` speaks of a customer; "" where a header says no more than that it is an id."""
    plain = headers.identifier(key)
    if headers.likeness_to_customers(plain) == 2 and "_" not in plain:
        return plain
    for ending in _ENDINGS:
        stem = plain.removesuffix(ending)
        if stem != plain:
            words = stem.split("_")
            stem = words[-1] if len(set(words)) < len(words) else stem  # Account: Account Number
            return "" if stem in _OTHERS_IDS else stem
    return ""


def is_time(column: Column) -> bool:
    counted = column.all_are("unix", "unix ms") or column.all_are("excel")
    return column.all_are("iso", "written", "parts") or (counted and headers.is_time(column.header))


def _is_fuller(one: Profile, other: Profile) -> bool:
    """Which of two tables with the same keys is the entity: the one with more rows, more columns, the one named first."""
    return (one.rows, len(one.columns), other.view) > (other.rows, len(other.columns), one.view)
