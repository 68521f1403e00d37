"""The rows of a relation that exist as of an instant."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql

NUMBER = " row"  # contains a blank, which no declared name has


def base(
    relation: Relation, columns_read: list[str], clock: Clock, ahead: bool = False, numbered: bool = False
) -> exp.Select:
    """Builds the query of the rows that exist as of the clock, with the columns that rules read and the values known then.

    `ahead` includes later rows, and values known only later.
    `numbered` adds a column that tells rows apart. Rows that agree in all columns read may exchange their numbers, which makes no
    difference. If no column is read, as of a list that is only counted, all rows have one number.
    """
    key = [relation.key] if relation.key else []
    columns = list(dict.fromkeys([*key, *columns_read]))
    values = [s.named(_as_known(relation, c, clock, ahead), c) for c in columns]
    if numbered:
        order = exp.Order(expressions=[exp.Ordered(this=s.column("r", c), nulls_first=False) for c in columns])
        values.append(s.named(exp.Window(this=exp.RowNumber(), order=order), NUMBER))
    query = exp.Select(expressions=values or [s.named(s.whole(1), NUMBER)]).from_(s.table(relation.name, "r"))
    exists = _exists(relation, clock, ahead)
    return query.where(s.all_of(exists)) if exists else query


def _as_known(relation: Relation, column: str, clock: Clock, ahead: bool) -> Sql:
    """Builds a field that is missing before the time from which its value is known."""
    field = relation.fields.get(column)
    if ahead or field is None or field.known_at is None:
        return s.column("r", column)
    is_known = s.binary("<", s.column("r", field.known_at), _now(relation, field.known_at, clock))
    return s.case((is_known, s.column("r", column)))


def _exists(relation: Relation, clock: Clock, ahead: bool) -> list[Sql]:
    if relation.kind == "list":
        has_begun = s.binary("<=", s.column("r", "from"), s.moment(clock.today))
        has_not_expired = s.binary(">=", s.column("r", "expires"), s.moment(clock.today))
        return [_or_missing("from", has_begun), _or_missing("expires", has_not_expired)]
    if relation.kind == "entity":
        conditions = []
        for begin, end in ((relation.lives_from, relation.lives_to), (relation.valid_from, relation.valid_to)):
            if begin is not None:
                conditions.append(
                    _or_missing(begin, s.binary("<=", s.column("r", begin), _now(relation, begin, clock)))
                )
            if end is not None:
                conditions.append(_or_missing(end, s.binary(">", s.column("r", end), _now(relation, end, clock))))
        return conditions
    if relation.at is None:
        return []
    if ahead:
        return [s.not_(s.is_null(s.column("r", relation.at)))]
    known_at = relation.known_at
    if known_at is None:
        return [s.binary("<", s.column("r", relation.at), _now(relation, relation.at, clock))]
    has_time = s.not_(s.is_null(s.column("r", relation.at)))
    return [s.binary("<", s.column("r", known_at), _now(relation, known_at, clock)), has_time]


def _or_missing(column: str, condition: Sql) -> Sql:
    return s.any_of([s.is_null(s.column("r", column)), condition])


def _now(relation: Relation, column: str, clock: Clock) -> Sql:
    moment: dt.date = clock.today if relation.fields[column].type == ty.DATE else clock.now
    return s.moment(moment)
