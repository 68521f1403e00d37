"""Evaluation of rules on data by the reference evaluator: the same frame as an engine's, for whoever wants the definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segdsl.bounds import Work, deep_stack
from segdsl.data.relations import sql_type
from segdsl.data.sql_text import name as _name
from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule, Segment
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row, Value
from segdsl.run.lazy_world import WholeWorld

if TYPE_CHECKING:
    import pandas as pd

Cells = dict[str, Value | None]
_OF_PANDAS = {"VARCHAR": "string", "BOOLEAN": "boolean", "BIGINT": "Int64"}


def evaluate_by_reference(
    model: Model, entity: str, rules: Sequence[Rule], engine: Engine, clock: Clock
) -> pd.DataFrame:
    """Frame of one entity like those of `evaluate`; `engine` only reads the data.

    It answers some 10,000 rules × customers a second, and holds every row of the tables read in memory.
    """
    evaluator = Evaluator(replace(model, work=Work()), WholeWorld(engine, clock))
    relation = model.schema.relations[entity]
    key = relation.key or ""
    rows = sorted(evaluator.world.rows(entity), key=lambda row: row[key])  # type: ignore[arg-type, return-value]
    with deep_stack():
        cells = [{"entity_id": row[key], **_places(evaluator, rules, row)} for row in rows]
    typed = {"entity_id": sql_type(model.schema, relation.fields[key]), **dict(_columns(rules))}
    return _as_duckdb_has_it(cells, typed).astype({r.name: "boolean" for r in rules if isinstance(r, Segment)})


def _places(evaluator: Evaluator, rules: Sequence[Rule], row: Row) -> Cells:
    places: Cells = {}
    for rule in rules:
        if isinstance(rule, Segment):
            inside = evaluator.in_segment(rule, row)
            places[rule.name] = None if isinstance(inside, Unknown) else inside
        else:
            outcome = evaluator.outcome(rule, row)
            places |= {rule.name: outcome.arm, f"{rule.name}_status": outcome.status}
            if (by_data := rule.by_data()) is not None:
                places[f"{rule.name}_by_data"] = evaluator.outcome(by_data, row).arm
    return places


def _columns(rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    for rule in rules:
        if isinstance(rule, Segment):
            yield rule.name, "BOOLEAN"
        else:
            yield from ((rule.name, "VARCHAR"), (f"{rule.name}_status", "VARCHAR"))
            if rule.by_data() is not None:
                yield f"{rule.name}_by_data", "VARCHAR"


def _as_duckdb_has_it(rows: Sequence[Cells], columns: dict[str, str]) -> pd.DataFrame:
    """Frame with the types that DuckDB gives to columns of these types and values."""
    import duckdb
    import pandas as pd

    cells = pd.DataFrame(rows, columns=list(columns), dtype=object)
    cells = cells.astype({c: _OF_PANDAS[kind] for c, kind in columns.items()})
    typed = ", ".join(f"CAST({_name(c)} AS {kind}) AS {_name(c)}" for c, kind in columns.items())
    with duckdb.connect() as con:
        con.register("cells", cells)
        frame: pd.DataFrame = con.execute(f"SELECT {typed} FROM cells").df()
    return frame
