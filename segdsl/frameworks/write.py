"""A framework, the places of its slots and its borders -> the text of a rule file."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from itertools import cycle

from segdsl.draft.columns import quoted
from segdsl.frameworks.fields import Paid, Place, paid_of
from segdsl.frameworks.known.framework import Framework, Slot
from segdsl.lang.reserved import RESERVED
from segdsl.model import types as ty
from segdsl.model.schema import Relation, Schema
from segdsl.model.segment import Model
from segdsl.words import headers

DAY = "2026-11-01"  # the as-of of the tests, whose rows have days of that year
_ROW = re.compile(r"^  row (\w+) (\w+) (\S+)(.*)$")
_BORN = re.compile(r"^(\s*)born: (.*)$")
_ONLY = re.compile(r"^(gap|owed|unsaid|apart|same) (\w+)(?: (\w+))?:(.*)$")
_SAID = re.compile(r"^said (\w+)$")
_EACH = re.compile(r"^(\s*)each (\w+): (.*)$")


def taken(model: Model) -> set[str]:
    """Names that a metric can't have, since the workspace has them."""
    fields = {f for r in model.schema.relations.values() for f in r.fields}
    links = {n for links in (model.schema.to_one, model.schema.to_many) for x in links.values() for n in x}
    return fields | links | taken_by_rules(model)


def taken_by_rules(model: Model) -> set[str]:
    """Names that a rule can't have; one of a field it can."""
    rules = {*model.metrics, *model.segments, *model.segmentations, *model.plays, *model.experiments}
    return rules | set(model.schema.relations) | set(RESERVED)


def text_of(
    framework: Framework,
    name: str,
    entity: Relation,
    places: Mapping[str, Place],
    borders: Mapping[str, int],
    model: Model,
) -> str:
    """The rule file, not yet laid out; `borders` are by their names."""
    used = taken(model)
    filled = {"entity": entity.name, "name": name, "day": DAY, "key": entity.key or ""}
    for own in framework.names:
        filled[own] = headers.unused(own, used | {name})
        used.add(filled[own])
    paid = _paid(framework, places)
    for slot, place in places.items():
        filled |= _of_place(slot, place, paid.get(slot))
    for of in framework.slots:
        filled |= _of_answers(of, places[of.name]) if of.highest else {}
    for border, value in borders.items():
        filled |= {border: f"{value:_}", f"{border}_less": f"{value - 1:_}", f"{border}_more": f"{value + 1:_}"}
    lines: list[str] = []
    owners: set[str] = set()
    ways = {slot: _ways(of) for slot, of in paid.items()}
    for line in _that_apply(framework, places, paid):
        if line.startswith("test "):
            owners = set()
        if (row := _ROW.match(line)) is not None:
            lines += _row(row, places[row[2]], entity, model.schema, owners, ways.get(row[2]))
        elif (said := _SAID.match(line)) is not None:
            lines += _which_count(places[said[1]], paid.get(said[1]))
        elif (each := _EACH.match(line)) is not None:
            lines += _each(each, places[each[2]])
        elif (born := _BORN.match(line)) is not None:
            lines += [born[1] + born[2]] if entity.lives_from is not None else []
        else:
            lines.append(line)
    for slot, place in places.items():
        counted = _what_counts(slot, place, entity, model.schema, filled, paid.get(slot))
        lines += counted if f"${slot}_counted" in framework.text else []
    return string.Template("\n".join(lines)).substitute(filled) + "\n"


def _paid(framework: Framework, places: Mapping[str, Place]) -> dict[str, Paid]:
    """Which rows of a slot's table were paid, by slots of which only those count."""
    tables = {s.name: places[s.name].table for s in framework.slots if s.paid}
    of = {slot: paid_of(table) for slot, table in tables.items() if table is not None}
    return {slot: paid for slot, paid in of.items() if paid is not None}


def _that_apply(framework: Framework, places: Mapping[str, Place], paid: Mapping[str, Paid]) -> Iterator[str]:
    """The lines of a framework, without those about what the model doesn't have."""

    def applies(kind: str, slot: str, other: str | None) -> bool:
        if kind == "gap":
            field = places[slot].field
            return field is not None and not field.required
        if kind in ("apart", "same"):
            return other is not None and (places[slot].table == places[other].table) == (kind == "same")
        return slot in paid and (kind == "owed" or not paid[slot].field.required)

    for line in framework.text.strip().splitlines():
        rest: str | None = line
        while rest is not None and (only := _ONLY.match(rest)) is not None:
            rest = only[4] if applies(only[1], only[2], only[3]) else None
        if rest is not None:
            yield rest


def _of_answers(slot: Slot, place: Place) -> dict[str, str]:
    """The highest answer, and the two below it."""
    high = place.field.high if place.field is not None else None
    best = slot.highest[0] if high is None else int(high)
    return {f"{slot.name}_best": str(best), f"{slot.name}_good": str(best - 1), f"{slot.name}_less": str(best - 2)}


def _ways(paid: Paid) -> Iterator[tuple[str, str]]:
    """The field that says that a row was paid, with each of the values that mean it in turn, without an end."""
    return cycle([(paid.field.name, value.replace("$", "$$")) for value in paid.yes])


def _which_count(place: Place, paid: Paid | None) -> list[str]:
    """A comment that says which rows are added up; none of a field of the entity."""
    if place.table is None:
        return []
    if paid is not None:
        return [f"# Only rows with {paid.condition} are added up.".replace("$", "$$")]
    return [f"# All rows of {place.table.name} are added up; if some were never paid, leave them out with where."]


def _of_place(slot: str, place: Place, paid: Paid | None) -> dict[str, str]:
    filled = {slot: place.written, f"{slot}_paid": f" where {paid.condition}" if paid is not None else ""}
    if paid is not None:
        filled |= {f"{slot}_status": paid.field.name, f"{slot}_unpaid": paid.no}
    if place.table is not None:
        filled |= {f"{slot}_rows": place.table.name, f"{slot}_time": f"{place.table.name}.{place.table.at}"}
    if place.field is not None:
        filled[f"{slot}_field"] = place.field.name
        values = place.field.type.values if isinstance(place.field.type, ty.Enum) else ("a", "b")
        filled |= {f"{slot}_value": quoted(values[0]), f"{slot}_other": quoted(values[-1])}
        filled[f"{slot}_known"] = "" if place.field.required else f"where {place.field.name} is not missing"
    is_of_rows = place.table is not None and place.field is not None
    of_rows = f"sum({place.written} in last 12 months{filled[f'{slot}_paid']})"
    filled[f"{slot}_counted"] = of_rows if is_of_rows else place.written
    return filled


def _row(
    row: re.Match[str],
    place: Place,
    entity: Relation,
    schema: Schema,
    owners: set[str],
    ways: Iterator[tuple[str, str]] | None,
) -> Iterator[str]:
    """A row of a test, below the customer or below somebody who belongs to it, whom the first such row declares."""
    table, customer, time = place.table, row[1], row[3]
    assert table is not None
    pairs = re.findall(r"(\S+) (\S+)", row[4])
    if ways is not None and f"${row[2]}_status" not in dict(pairs):
        pairs.append(next(ways))
    fields = [
        f"at: {time}",
        *([f"{table.known_at}: {time}"] if table.known_at else []),
        *(f"{f}: {v}" for f, v in pairs),
    ]
    owner = customer
    if table.of != entity.name:
        between = schema.relations[table.of or ""]
        owner = f"{customer}_{between.name}"
        if owner not in owners:
            owners.add(owner)
            yield f"  {between.name} {owner} {{ {between.by}: {customer} }}"
    yield f"  {table.name} of {owner} {{ {', '.join(fields)} }}"


def _each(each: re.Match[str], place: Place) -> Iterator[str]:
    typed = place.field.type if place.field is not None else None
    assert isinstance(typed, ty.Enum)
    arms: list[str] = []
    for value in typed.values:
        arms.append(headers.unused(headers.identifier(value) or "other", arms))
        # what is filled in here is filled in once more with the rest of the file
        shown = quoted(value).replace("$", "$$")
        yield each[1] + string.Template(each[3]).safe_substitute(value=shown, arm=arms[-1])


def _what_counts(
    slot: str, place: Place, entity: Relation, schema: Schema, filled: Mapping[str, str], paid: Paid | None
) -> Iterator[str]:
    """The test of a sum over rows: from which day rows count; none of a field, which is what it is."""
    if place.table is None or place.field is None:
        return
    owners: set[str] = set()
    yield ""
    yield f'test "{filled["name"]}: twelve months are added up, from their first day on" as of {DAY} {{'
    yield f"  {entity.name} a {{}}"
    rows = [("a", "2025-10-31", "1_000"), ("a", "2025-11-01", "30"), ("a", "2026-10-31", "20")]
    if paid is not None:
        rows.append(("a", "2026-10-31", f"500 ${slot}_status ${slot}_unpaid"))
    is_unsaid = paid is not None and not paid.field.required
    if is_unsaid:
        rows.append(("unsaid", "2026-10-31", f"500 ${slot}_status missing"))
    ways = None if paid is None else _ways(paid)
    for customer, day, rest in rows:
        if customer == "unsaid":
            yield f"  {entity.name} unsaid {{}}"
        match = _ROW.match(f"  row {customer} {slot} {day} {place.field.name} {rest}")
        assert match is not None
        yield from _row(match, place, entity, schema, owners, ways)
    yield f"  expect a.{filled['worth']} = 50"
    if is_unsaid:
        yield f"  expect unsaid.{filled['worth']} = 0"
    yield "}"
