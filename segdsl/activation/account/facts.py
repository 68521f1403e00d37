"""What plays ask of customers and recipients -> tables on a shelf with the engine's answers, a row each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from segdsl.data.sql_text import name
from segdsl.engines import Engine
from segdsl.engines.shelf import Shelf
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.play import PlayFor
from segdsl.model.segment import Model
from segdsl.reference.account import in_order, sharing
from segdsl.reference.recipients import reached
from segdsl.reference.today import places_of_candidates

KEY = "entity_id"


@dataclass
class Questions:
    """Values that are asked of the rows of entities, each once, as columns named by number."""

    columns: dict[str, dict[k.Expr, str]] = field(default_factory=dict)

    def ask(self, entity: str, value: k.Expr) -> str:
        """Returns the column that will have a value."""
        own = self.columns.setdefault(entity, {})
        return own.setdefault(value, f"v{len(own)}")

    def answered(self, model: Model, engine: Engine, clock: Clock) -> dict[str, Answers]:
        """Evaluates everything, one query for an entity."""
        from segdsl.sql.plan import exact_values

        tables = {}
        for entity, columns in self.columns.items():
            query, denominators = exact_values(model, entity, {c: e for e, c in columns.items()}, clock, in_order=False)
            tables[entity] = Answers(engine.shelf, engine.hold(query.query), dict(columns), denominators)
        return tables


@dataclass(frozen=True)
class Answers:
    """The answers of an entity's rows. `sql`: the table; `columns`: by value; `denominators`: of columns with numerators as texts."""

    shelf: Shelf
    sql: str
    columns: Mapping[k.Expr, str]
    denominators: Mapping[str, int]

    def of(self, value: k.Expr, row: str) -> str:
        """A value of a row as SQL; a number that is exact is its numerator."""
        column = f"{row}.{name(self.columns[value])}"
        return f"CAST({column} AS HUGEINT)" if self.columns[value] in self.denominators else column

    def order(self, values: Iterable[k.Expr], row: str) -> list[str]:
        """Terms of an ORDER BY in which the greatest comes first, of texts the first; whoever has none comes last."""
        return [f"{self.of(v, row)} {'ASC' if ty.is_textual(v.type) else 'DESC'} NULLS LAST" for v in values]


# -- questions -------------------------------------------------------------------------------


def questions(model: Model, piloted: Collection[str] = ()) -> Questions:
    """Returns everything that plays ask of customers, recipients, and rows that may have the same addresses."""
    asked = Questions()
    for play, use in in_order(model, piloted):
        of_candidates = [p for p in places_of_candidates(model, play.name, use.entity) if p.name in piloted]
        for place in (*model.places_of(play.name), *of_candidates):
            if place.entity == use.entity:
                asked.ask(use.entity, place)
        for way in (use, *reached(model, play, use)):
            _ask(model, asked, way)
        for of_channel in (False, True):
            for entity, other in sharing(model, play, of_channel).items():
                per = other.channel_per if of_channel else other.per
                if per is not None:
                    asked.ask(entity, per)
    entities = {r.of for r in model.schema.relations.values() if r.deliveries}
    for target in list(asked.columns):
        for source in entities:
            for hop in model.schema.to_many.get(source or "", {}).values():
                if hop.target == target:
                    asked.ask(target, hop_column(model, target, hop.column))
    return asked


def _ask(model: Model, asked: Questions, use: PlayFor) -> None:
    own = [use.only_when, use.held_out, use.per, use.channel_per, *use.by, *(s.condition for s in use.suppressions)]
    theirs = [
        use.address,
        use.consent,
        use.recipient_held_out,
        *(s.condition for s in use.recipient_suppressions),
        *(f.value for f in use.merge),
    ]
    if use.recipients is not None:
        theirs += [use.recipients.where, *use.recipients.first_by, owner_of(model, use)]
    for entity, values in ((use.entity, own), (use.recipient, theirs)):
        asked.columns.setdefault(entity, {})
        for value in values:
            if value is not None:
                asked.ask(entity, value)


def owner_of(model: Model, use: PlayFor) -> k.Column:
    """The value of a recipient's row that is the key of its customer."""
    assert use.recipients is not None, "it goes to a customer's people"
    return hop_column(model, use.recipient, use.recipients.hop.column)


def hop_column(model: Model, entity: str, column: str) -> k.Column:
    return k.Column(k.This(), entity, column, model.schema.relations[entity].fields[column].type)
