"""Queries that an engine evaluates once for several questions, and again where the rows are those of another day."""

from __future__ import annotations

from sqlglot import select

from tests.support.answers import clock_at
from tests.support.cells import attached


def test_a_stored_query_is_of_the_rows_as_they_are_while_it_is_stored() -> None:
    engine = attached("text", ["now"])
    query = select("cell").from_("row")

    def stored() -> list[tuple[object, ...]]:
        return engine.rows(engine.store(query))

    assert stored() == [("now",)] and engine.store(query) == engine.store(query)
    changed = "SELECT '0' AS entity_id, true AS \"has cell\", 'then' AS \"was cell\""
    with engine.as_it_was(clock_at("2026-10-01"), {"row": (["cell"], engine.shelf.write(changed, "changed.parquet"))}):
        assert stored() == [("then",)]
    assert stored() == [("now",)]
