"""A model and a framework's slots -> the fields that fit them, by type and by name, or what a person has to say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from segdsl.diagnostics import Diagnostic, series
from segdsl.draft.columns import quoted
from segdsl.frameworks.known.framework import Framework, Slot
from segdsl.model import types as ty
from segdsl.model.schema import Field, Relation, Schema
from segdsl.model.segment import Model
from segdsl.run.errors import UsageError
from segdsl.whatif.trial import entity_of
from segdsl.words import headers

_OWN = 2
"""How much more the name of a field says than that of its table."""
_WRITTEN = {
    "Money": "`money(…)`",
    "Number": "`number`",
    "Integer": "`integer`",
    "Text": "`text`",
    "Enum": "`one of (…)`",
    "Date": "`date`",
    "Timestamp": "`timestamp`",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A field for a slot. `table` is None for a field of the entity; `field` is None for rows by themselves.

    `fit` is how well the names fit: the more, the better.
    """

    table: Relation | None
    field: Field | None
    fit: int = 0

    @property
    def written(self) -> str:
        """As `--field` takes it and rules of the entity write it."""
        if self.table is None:
            return self.field.name if self.field is not None else ""
        return f"{self.table.name}.{self.field.name}" if self.field is not None else self.table.name


def entity_for(framework: Framework, model: Model, named: Mapping[str, str], of: str | None) -> Relation:
    """The entity that a framework is about, `of` where a person said it. Raises `UsageError`."""
    schema = model.schema
    entities = schema.entities
    if not entities:
        raise UsageError(Diagnostic("SEG0628", "the model declares no entity", help="begin with segdsl init --from"))
    if of is not None:
        return entity_of(model, of)
    if not framework.by_owner:
        return entities[0]
    slot = framework.slots[0]
    owned = [(p, e) for e in entities for p in _places(slot, e, schema) if p.table is not None and p.table.of == e.name]
    meant = [(p, e) for p, e in owned if named.get(slot.name, p.written) == p.written]
    return max(meant, key=lambda x: x[0].fit)[1] if meant else entities[0]


Values = Callable[[Place], int | None]
"""How many values the field of a place has; None where neither model nor data says so."""


def fill(
    framework: Framework, entity: Relation, schema: Schema, named: Mapping[str, str], values: Values
) -> dict[str, Place]:
    """The place for each slot; `named` are those that a person named. Raises `UsageError` with a line for each that is open."""
    unknown = sorted(set(named) - {s.name for s in framework.slots})
    if unknown:
        what = series([f"`{s.name}`" for s in framework.slots], "and")
        message = f"{framework.name} has no field `{unknown[0]}`"
        raise UsageError(Diagnostic("SEG0628", message, help=f"it needs {what}"))
    found: dict[str, Place] = {}
    open_: list[Diagnostic] = []
    for slot in framework.slots:
        if slot.like and slot.name not in named:
            if slot.like in found:
                found[slot.name] = Place(found[slot.like].table, None)
            continue
        places = sorted(_places(slot, entity, schema), key=lambda p: -p.fit)
        by_name = [p for p in places if _is_called_so(slot, p)]
        many = [(p, values(p) if slot.least_values else None) for p in by_name]
        few = [(p, n) for p, n in many if n is not None and n < slot.least_values]
        fitting = [p for p, n in many if n is None or n >= slot.least_values]
        best = [p for p in fitting if p.fit == fitting[0].fit]
        if slot.name in named:
            chosen = [p for p in places if p.written == named[slot.name]]
            if not chosen:
                message = f"`{named[slot.name]}` can't be `{slot.name}`: {slot.about}"
                open_.append(Diagnostic("SEG0628", message, help=_offer(slot, places, entity)))
        else:
            chosen = best if len(best) == 1 else []
            if not chosen:
                things = "tables" if slot.kind == "table" else "fields"
                why = f"{len(best)} {things} could be" if best else "nothing in the model is clearly"
                message = f"{why} `{slot.name}`: {slot.about}"
                help = _offer(slot, best or places, entity)
                if few and not best:
                    help += f"; {_few(few)}"
                open_.append(Diagnostic("SEG0628", message, help=help))
        if chosen:
            found[slot.name] = chosen[0]
    if open_:
        raise UsageError(open_)
    return found


def _few(few: list[tuple[Place, int]]) -> str:
    return series([f"`{p.written}` has {n} value{'' if n == 1 else 's'}" for p, n in few], "and")


def _is_called_so(slot: Slot, place: Place) -> bool:
    """Whether a place may be taken without asking, by its name."""
    return place.fit >= (_OWN if slot.own_name else 1 if slot.needs_name else 0)


def others(slot: Slot, entity: Relation, schema: Schema, table: Relation) -> str:
    """What to name for a slot of rows other than a table's, the likeliest first."""
    places = sorted(_places(slot, entity, schema), key=lambda p: -p.fit)
    return series([f"--field {slot.name}={p.written}" for p in places if p.table != table][:6], "or")


def _offer(slot: Slot, places: list[Place], entity: Relation) -> str:
    if not places:
        return f"declare one in the model: {_wanted(slot, entity)}"
    offers = [f"--field {slot.name}={p.written}" for p in places[:6]]
    return f"say which: {series(offers, 'or')}"


def _wanted(slot: Slot, entity: Relation) -> str:
    types = series([_WRITTEN[t] for t in slot.types], "or")
    return {
        "field": f"a field of `{entity.name}` of type {types}",
        "rows": f"a table of `{entity.name}` with a field of type {types}",
        "amount": f"a field of type {types}, of `{entity.name}` or of a table of it",
        "table": f"a table of `{entity.name}`",
    }[slot.kind]


def _places(slot: Slot, entity: Relation, schema: Schema) -> Iterator[Place]:
    tables = [r for r in schema.relations.values() if r.kind == "table" and _owns(entity, r, schema)]
    if slot.kind == "table":
        yield from (Place(t, None, _fit(slot, t.name, t.name)) for t in tables)
        return
    if slot.kind in ("field", "amount"):
        yield from (
            Place(None, f, _fit(slot, f.name, "") * 2 + (f.name == entity.lives_from)) for f in _fields(slot, entity)
        )
    if slot.kind in ("rows", "amount"):
        yield from (Place(t, f, _fit(slot, f.name, t.name)) for t in tables for f in _fields(slot, t))


def _owns(entity: Relation, table: Relation, schema: Schema) -> bool:
    """Whether rows are the entity's, or those of an entity that belongs to it."""
    return table.of == entity.name or (table.of is not None and schema.relations[table.of].of == entity.name)


def _fields(slot: Slot, relation: Relation) -> Iterator[Field]:
    for f in relation.fields.values():
        if (
            type(f.type).__name__ in slot.types
            and not f.key
            and f.name not in (relation.by, relation.at, relation.known_at)
            and not f.personal
            and (not slot.highest or f.high is None or f.high in slot.highest)
        ):
            yield f


def _fit(slot: Slot, name: str, table: str) -> int:
    own = bool(slot.called and re.search(slot.called, headers.identifier(name)))
    of_table = bool(slot.table and table and re.search(slot.table, headers.identifier(table)))
    return _OWN * own + of_table


# -- rows that were paid ------------------------------------------------------------------

_PAID = re.compile(
    r"(fully )?(paid|settled|succeeded|success(ful)?|completed?|captured|cleared|bezahlt|payée?|pagad[oa]|pagat[oa]|betaald)"
)


@dataclass(frozen=True, slots=True)
class Paid:
    """Which rows of a table were paid: the field that says so, the condition, values of rows that were, and one of rows that weren't."""

    field: Field
    condition: str
    yes: tuple[str, ...]
    no: str


def paid_of(table: Relation) -> Paid | None:
    """Which rows were paid, by a field `paid`, or by one of listed values of which some mean it; None where no field says so."""
    for f in table.fields.values():
        if f.type == ty.BOOLEAN and headers.identifier(f.name) in ("paid", "is_paid", "was_paid"):
            return Paid(f, f.name, ("true",), "false")
        if not isinstance(f.type, ty.Enum):
            continue
        yes = [v for v in f.type.values if _PAID.fullmatch(v.lower().replace("_", " ").replace("-", " "))]
        no = [v for v in f.type.values if v not in yes]
        if yes and no:
            shown = [quoted(v) for v in yes]
            of = f"{f.name} = {shown[0]}" if len(yes) == 1 else f"{f.name} in ({', '.join(shown)})"
            return Paid(f, of, tuple(shown), quoted(no[0]))
    return None
