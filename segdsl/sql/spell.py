"""The small vocabulary from which queries are built.

Functions that are not standard SQL have DuckDB's names here; `dialect.py` translates them for other engines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

from sqlglot import exp

from segdsl.model import folding

Sql = exp.Expr

TRUE, FALSE, NULL = exp.true(), exp.false(), exp.null()


def column(alias: str, name: str) -> Sql:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True))


def name(text: str) -> exp.Identifier:
    return exp.to_identifier(text, quoted=True)


def named(sql: Sql, column_name: str) -> Sql:
    """Builds `sql AS "column_name"`."""
    return exp.Alias(this=sql, alias=name(column_name))


def table(table_name: str, alias: str) -> exp.Table:
    return exp.Table(this=name(table_name), alias=exp.TableAlias(this=name(alias)))


def text(value: str) -> Sql:
    return exp.Literal.string(value)


def whole(value: int) -> Sql:
    number = exp.Literal.number(abs(value))
    return exp.Neg(this=number) if value < 0 else number


def big(value: int) -> Sql:
    """Builds a whole number for arithmetic, never with 32 bits, in which DuckDB can't compute 57 * 1000000000."""
    return cast(whole(value), "BIGINT" if abs(value) < 2**63 else "HUGEINT")


def constant(sql: Sql) -> int | None:
    """Returns the value of a number built by `whole` or `big`; None for anything else."""
    inner = sql.this if isinstance(sql, exp.Cast) else sql
    sign, inner = (-1, inner.this) if isinstance(inner, exp.Neg) else (1, inner)
    return sign * int(inner.this) if isinstance(inner, exp.Literal) and not inner.is_string else None


def moment(value: dt.date | dt.datetime) -> Sql:
    """Builds a date or a naive UTC timestamp."""
    if isinstance(value, dt.datetime):
        return cast(text(value.isoformat(sep=" ")), "TIMESTAMP")
    return cast(text(value.isoformat()), "DATE")


def cast(sql: Sql, to: str) -> Sql:
    return exp.Cast(this=sql, to=exp.DataType(this=_type(to), nested=False))


@cache
def _type(to: str) -> exp.DType:
    """The plain type that a name means, for which sqlglot calls its parser."""
    plain: exp.DType = exp.DataType.build(to, dialect="duckdb").this
    return plain


def call(function: str, *arguments: Sql) -> Sql:
    return exp.Anonymous(this=function, expressions=list(arguments))


def paren(sql: Sql) -> Sql:
    """Puts brackets around an operand that needs them; sqlglot treats some operators as functions."""
    operator = isinstance(sql, exp.Binary | exp.Unary | exp.Alias | exp.In)
    return exp.Paren(this=sql) if operator and not isinstance(sql, exp.Paren) else sql


_BINARY: dict[str, type[exp.Binary]] = {
    "+": exp.Add,
    "-": exp.Sub,
    "*": exp.Mul,
    "/": exp.Div,
    "//": exp.IntDiv,
    "%": exp.Mod,
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def binary(op: str, left: Sql, right: Sql) -> Sql:
    return _BINARY[op](this=paren(left), expression=paren(right))


def all_of(items: Sequence[Sql]) -> Sql:
    return _joined(exp.And, [i for i in items if i is not TRUE])


def any_of(items: Sequence[Sql]) -> Sql:
    return _joined(exp.Or, items)


def _joined(kind: type[exp.Connector], items: Sequence[Sql]) -> Sql:
    """Joins conditions into a balanced tree, since an engine's parser stops at a depth of 1,000."""
    if not items:
        return TRUE
    if len(items) == 1:
        return items[0]
    if len(items) <= 8:
        joined = items[0] if not isinstance(items[0], exp.Connector) else exp.Paren(this=items[0])
        for item in items[1:]:
            joined = kind(this=joined, expression=exp.Paren(this=item) if isinstance(item, exp.Connector) else item)
        return joined
    middle = len(items) // 2
    left, right = _joined(kind, items[:middle]), _joined(kind, items[middle:])
    return kind(this=exp.Paren(this=left), expression=exp.Paren(this=right))


def not_(item: Sql) -> Sql:
    return exp.Not(this=paren(item))


def is_null(item: Sql) -> Sql:
    return exp.Is(this=paren(item), expression=exp.null())


def is_true(item: Sql) -> Sql:
    """Builds `item IS TRUE`, which is never NULL."""
    return exp.Is(this=paren(item), expression=exp.true())


def is_not_false(item: Sql) -> Sql:
    return not_(exp.Is(this=paren(item), expression=exp.false()))


def case(*whens: tuple[Sql, Sql], default: Sql | None = None) -> Sql:
    expression = exp.Case(ifs=[exp.If(this=c, true=v) for c, v in whens])
    if default is not None:
        expression.set("default", default)
    return expression


def coalesce(first: Sql, second: Sql) -> Sql:
    return exp.Coalesce(this=first, expressions=[second])


def filtered(aggregate: Sql, condition: Sql) -> Sql:
    if condition is TRUE:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


# -- what other engines spell differently ---------------------------------------------------


def wide(sql: Sql) -> Sql:
    """Casts to a whole number of 128 bits."""
    return cast(sql, "HUGEINT")


def double(sql: Sql) -> Sql:
    return cast(sql, "DOUBLE")


def real(value: float) -> Sql:
    """Builds a double, exact to its last digit."""
    return cast(exp.Literal.number(repr(float(value))), "DOUBLE")


def drawn(salt: str, key: Sql) -> Sql:
    """Builds the first 52 bits of the MD5 of salt, NUL and key, as a whole number."""
    joined = call("concat", text(salt), call("chr", whole(0)), key)
    digits = call("concat", text("0x"), call("substr", call("md5", joined), whole(1), whole(13)))
    return case((not_(is_null(key)), cast(digits, "BIGINT")))


def days_between(start: Sql, end: Sql) -> Sql:
    """Builds the whole days from one date to another."""
    return call("datediff", text("day"), start, end)


def finite(sql: Sql) -> Sql:
    """Builds a double that is NULL if it is infinite or not a number."""
    return case((call("isfinite", sql), sql))


def folded(sql: Sql, ignoring: str) -> Sql:
    """Builds a text as `folding.fold` makes it. Looking up every letter takes long, and most texts are ASCII, which has shorter ways."""
    source, target = folding.tables(ignoring)
    whole_way = call("translate", sql, text(source), text(target))
    if ignoring == "spaces":
        return whole_way
    is_ascii = binary("=", call("strlen", sql), call("length", sql))
    if ignoring == "case":
        return case((is_ascii, call("lower", sql)), default=whole_way)
    is_plain = call("regexp_full_match", sql, text("(?s:[!-~]*)"))
    blanks = "".join(c for c in folding.BLANKS if c.isascii())
    without = call("lower", call("translate", sql, text(blanks), text("")))
    return case((is_plain, call("lower", sql)), (is_ascii, without), default=whole_way)


UTC = text("UTC")


def local(instant: Sql, zone: Sql) -> Sql:
    """Converts naive UTC to the naive local time of a zone that the engine knows; NULL if the zone is NULL."""
    return instant if zone == UTC else call("timezone", zone, call("timezone", UTC, instant))


def utc(local_time: Sql, zone: Sql) -> Sql:
    """Converts naive local time of a zone to naive UTC."""
    return local_time if zone == UTC else call("timezone", UTC, call("timezone", zone, local_time))


_INTERVALS = {
    "minute": "to_minutes",
    "hour": "to_hours",
    "day": "to_days",
    "week": "to_weeks",
    "month": "to_months",
    "year": "to_years",
}


def shifted(sql: Sql, count: Sql, unit: str) -> Sql:
    """Moves a timestamp; months clamp to the last day."""
    return exp.Add(this=paren(sql), expression=call(_INTERVALS[unit], count))


def floor_divide(a: Sql, b: Sql) -> Sql:
    """Divides and rounds down, below zero as well (`//` rounds towards zero); `b` is positive."""
    correction = case((binary("<", binary("%", a, b), whole(0)), whole(1)), default=whole(0))
    return binary("-", binary("//", a, b), correction)
