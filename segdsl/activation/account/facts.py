"""What plays ask of customers and recipients -> tables on a shelf with the engine's answers, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from segdsl.data.sql_text import name
from segdsl.engines import Engine
from segdsl.engines.shelf import Shelf
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model

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
            query, denominators = exact_values(model, entity, {c: e for e, c in columns.items()}, clock)
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
