"""A relation -> its rows as of an instant."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql


def base(relation: Relation, used: list[str], clock: Clock) -> exp.Select:
    """The rows that exist as of the clock, with the columns that rules read."""
    key = [relation.key] if relation.key else []
    columns = dict.fromkeys([*key, *used])
    query = exp.Select(expressions=[s.column("r", c) for c in columns])
    query = query.from_(s.table(relation.name, "r"))
    exists = _exists(relation, clock)
    return query.where(s.all_of(exists)) if exists else query


def _exists(relation: Relation, clock: Clock) -> list[Sql]:
    if relation.kind == "entity":
        born, gone = relation.lives_from, relation.lives_to
        conditions = []
        if born is not None:
            conditions.append(_or_missing(born, s.binary("<=", s.column("r", born), _now(relation, born, clock))))
        if gone is not None:
            conditions.append(_or_missing(gone, s.binary(">", s.column("r", gone), _now(relation, gone, clock))))
        return conditions
    if relation.at is None:
        return []
    known = relation.known_at
    if known is None:
        return [s.binary("<", s.column("r", relation.at), _now(relation, relation.at, clock))]
    has_time = s.not_(s.is_null(s.column("r", relation.at)))
    return [s.binary("<", s.column("r", known), _now(relation, known, clock)), has_time]


def _or_missing(column: str, condition: Sql) -> Sql:
    return s.any_of([s.is_null(s.column("r", column)), condition])


def _now(relation: Relation, column: str, clock: Clock) -> Sql:
    moment: dt.date = clock.today if relation.fields[column].type == ty.DATE else clock.now
    return s.moment(moment)
