"""Lists of customers that come with the rules -> the rows whose key is no customer: what they say is applied to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model.schema import Relation

_TOGETHER = 1_000  # keys of one query
_SHOWN = 3


def unmatched_rows(engine: Engine, lists: Iterable[Relation]) -> Iterator[Diagnostic]:
    """A warning for each list of an entity with rows that match nobody. Raises `DataError`."""
    for relation in lists:
        if relation.of is None or relation.by is None:
            continue
        entity, column = engine.schema.relations[relation.of], relation.by
        if entity.key is None or not engine.has(entity.name, entity.key):
            continue
        keys = list(
            dict.fromkeys(row[column] for row in engine.schema.listed.get(relation.name, ()) if row.get(column))
        )
        found = {
            row[entity.key]
            for i in range(0, len(keys), _TOGETHER)
            for row in engine.relation_rows(entity.name, entity.key, keys[i : i + _TOGETHER])
        }
        lost = [key for key in keys if key not in found]
        if lost:
            is_personal = entity.fields[entity.key].personal
            shown = "" if is_personal else f", such as {', '.join(f'`{key}`' for key in lost[:_SHOWN])}"
            message = f"{len(lost):,} of {len(keys):,} keys of the list `{relation.name}` are no {entity.name}{shown}"
            help = "are they written as in the data, with their zeros and in the same case?"
            yield Diagnostic("SEG0720", message, help=help, severity="warning")
