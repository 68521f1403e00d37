"""A relation -> its rows as of an instant."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql

NUMBER = " row"  # with a blank, as no declared name has one


def base(relation: Relation, used: list[str], clock: Clock, ahead: bool = False, numbered: bool = False) -> exp.Select:
    """The rows that exist as of the clock, with the columns that rules read, as far as they were known.

    `ahead` takes rows of later, too, and what was known only then. `numbered` adds a column that tells rows apart: rows
    that agree in all that is read may have each other's numbers, and nobody sees a difference. Where nothing is read, as
    of a list that is only counted, all have the same.
    """
    key = [relation.key] if relation.key else []
    columns = list(dict.fromkeys([*key, *used]))
    values = [s.named(_as_known(relation, c, clock, ahead), c) for c in columns]
    if numbered:
        order = exp.Order(expressions=[exp.Ordered(this=s.column("r", c), nulls_first=False) for c in columns])
        values.append(s.named(exp.Window(this=exp.RowNumber(), order=order), NUMBER))
    query = exp.Select(expressions=values or [s.named(s.whole(1), NUMBER)]).from_(s.table(relation.name, "r"))
    exists = _exists(relation, clock, ahead)
    return query.where(s.all_of(exists)) if exists else query


def _as_known(relation: Relation, column: str, clock: Clock, ahead: bool) -> Sql:
    """A field whose value was known only from a time on is missing before."""
    described = relation.fields.get(column)
    if ahead or described is None or described.known_at is None:
        return s.column("r", column)
    known = s.binary("<", s.column("r", described.known_at), _now(relation, described.known_at, clock))
    return s.case((known, s.column("r", column)))


def _exists(relation: Relation, clock: Clock, ahead: bool) -> list[Sql]:
    if relation.kind == "list":
        started = s.binary("<=", s.column("r", "from"), s.moment(clock.today))
        counts = s.binary(">=", s.column("r", "expires"), s.moment(clock.today))
        return [_or_missing("from", started), _or_missing("expires", counts)]
    if relation.kind == "entity":
        conditions = []
        for born, gone in ((relation.lives_from, relation.lives_to), (relation.valid_from, relation.valid_to)):
            if born is not None:
                conditions.append(_or_missing(born, s.binary("<=", s.column("r", born), _now(relation, born, clock))))
            if gone is not None:
                conditions.append(_or_missing(gone, s.binary(">", s.column("r", gone), _now(relation, gone, clock))))
        return conditions
    if relation.at is None:
        return []
    if ahead:
        return [s.not_(s.is_null(s.column("r", relation.at)))]
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
