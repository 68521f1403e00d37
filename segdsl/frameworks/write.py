"""A framework, the places of its slots and its borders -> the text of a rule file."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping

from segdsl.draft.columns import quoted
from segdsl.frameworks.fields import Place
from segdsl.frameworks.known.framework import Framework
from segdsl.lang.reserved import RESERVED
from segdsl.model import types as ty
from segdsl.model.schema import Relation, Schema
from segdsl.model.segment import Model
from segdsl.words import headers

DAY = "2026-11-01"  # the as-of of the tests, whose rows have days of that year
_ROW = re.compile(r"^  row (\w+) (\w+) (\S+)(.*)$")
_BORN = re.compile(r"^(\s*)born: (.*)$")
_GAP = re.compile(r"^gap (\w+):(.*)$")
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
    for slot, place in places.items():
        filled |= _of_place(slot, place)
    for border, value in borders.items():
        filled |= {border: f"{value:_}", f"{border}_less": f"{value - 1:_}", f"{border}_more": f"{value + 1:_}"}
    lines: list[str] = []
    owners: set[str] = set()
    for line in _that_apply(framework, places):
        if line.startswith("test "):
            owners = set()
        if (row := _ROW.match(line)) is not None:
            lines += _row(row, places[row[2]], entity, model.schema, owners)
        elif (each := _EACH.match(line)) is not None:
            lines += _each(each, places[each[2]])
        elif (born := _BORN.match(line)) is not None:
            lines += [born[1] + born[2]] if entity.lives_from is not None else []
        else:
            lines.append(line)
    for slot, place in places.items():
        lines += _what_counts(slot, place, entity, model.schema, filled) if f"${slot}_counted" in framework.text else []
    return string.Template("\n".join(lines)).substitute(filled) + "\n"


def _that_apply(framework: Framework, places: Mapping[str, Place]) -> Iterator[str]:
    """The lines of a framework, without those about gaps in a field that has none."""
    for line in framework.text.strip().splitlines():
        gap = _GAP.match(line)
        field = places[gap[1]].field if gap is not None else None
        if gap is None or (field is not None and not field.required):
            yield line if gap is None else gap[2]


def _of_place(slot: str, place: Place) -> dict[str, str]:
    filled = {slot: place.written}
    if place.table is not None:
        filled |= {f"{slot}_rows": place.table.name, f"{slot}_time": f"{place.table.name}.{place.table.at}"}
    if place.field is not None:
        filled[f"{slot}_field"] = place.field.name
        values = place.field.type.values if isinstance(place.field.type, ty.Enum) else ("a", "b")
        filled |= {f"{slot}_value": quoted(values[0]), f"{slot}_other": quoted(values[-1])}
        filled[f"{slot}_known"] = "" if place.field.required else f"where {place.field.name} is not missing"
    is_of_rows = place.table is not None and place.field is not None
    filled[f"{slot}_counted"] = f"sum({place.written} in last 12 months)" if is_of_rows else place.written
    return filled


def _row(row: re.Match[str], place: Place, entity: Relation, schema: Schema, owners: set[str]) -> Iterator[str]:
    """A row of a test, below the customer or below somebody who belongs to it, whom the first such row declares."""
    table, customer, time = place.table, row[1], row[3]
    assert table is not None
    pairs = re.findall(r"(\S+) (\S+)", row[4])
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


def _what_counts(slot: str, place: Place, entity: Relation, schema: Schema, filled: Mapping[str, str]) -> Iterator[str]:
    """The test of a sum over rows: from which day rows count; none of a field, which is what it is."""
    if place.table is None or place.field is None:
        return
    owners: set[str] = set()
    yield ""
    yield f'test "{filled["name"]}: twelve months are added up, from their first day on" as of {DAY} {{'
    yield f"  {entity.name} a {{}}"
    for day, amount in (("2025-10-31", 1_000), ("2025-11-01", 30), ("2026-10-31", 20)):
        match = _ROW.match(f"  row a {slot} {day} {place.field.name} {amount}")
        assert match is not None
        yield from _row(match, place, entity, schema, owners)
    yield f"  expect a.{filled['worth']} = 50"
    yield "}"
