"""Spark's spelling of a query, in ANSI mode: what `spell.py` says -> Spark SQL, with the reason for each entry.

Whole numbers beyond 64 bits are DECIMAL(38, 0), which holds all below 2**126. Times are TIMESTAMP_NTZ in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from segdsl.bounds import deep_stack
from segdsl.sql import spell as s
from segdsl.sql.dialect import NotSpelled
from segdsl.sql.java_patterns import java
from segdsl.sql.spell import Sql

Respell = Callable[[list[Sql]], Sql]
_DECIMAL = exp.DataType.build("DECIMAL(38, 0)")


def spark(query: exp.Query, views: Mapping[str, str]) -> str:
    """Writes a query for Spark; `views` are the session's views by relation. Raises `NotSpelled` for a function that the table lacks."""
    with deep_stack():
        return _spelled(query, views).sql("spark", copy=False)


@dataclass(frozen=True)
class Part:
    """A named part of a query, or the last, which has no name.

    `reads`: the parts that it reads, each as often as it does.
    """

    name: str
    text: str
    reads: tuple[str, ...]


def parts(query: exp.Query, views: Mapping[str, str]) -> tuple[list[Part], Part]:
    """Named parts of a query, in an order in which each reads earlier ones, and what reads them."""
    with deep_stack():
        spelled = _spelled(query, views)
        ctes = spelled.args.get("with_")
        named = [] if ctes is None else ctes.expressions
        spelled.set("with_", None)
        names = {cte.alias for cte in named}

        def part(name: str, of: exp.Expr) -> Part:
            return Part(name, of.sql("spark"), tuple(t.name for t in of.find_all(exp.Table) if t.name in names))

        return [part(cte.alias, cte.this) for cte in named], part("", spelled)


def _spelled(query: exp.Query, views: Mapping[str, str]) -> exp.Query:
    spelled = query.copy().transform(_in_spark, copy=False)
    assert isinstance(spelled, exp.Query)
    for cte in spelled.find_all(exp.CTE):
        cte.set("materialized", None)
    for table in spelled.find_all(exp.Table):
        if table.name in views:
            table.set("this", s.name(views[table.name]))
    return spelled


def _raw(template: str, *arguments: Sql) -> Sql:
    """Spark's text, with expressions in the places {0}, {1} …"""
    return exp.Var(this="(" + template.format(*(f"({a.sql('spark')})" for a in arguments)) + ")")


def _interval(template: str) -> Respell:
    return lambda a: _raw(template, a[0])


def _apart(a: list[Sql]) -> Sql:
    """Counts the days between two dates, or the borders of months."""
    if a[0].this == "day":
        return _raw("CAST(DATEDIFF({0}, {1}) AS BIGINT)", a[2], a[1])
    return _raw("CAST((YEAR({0}) - YEAR({1})) * 12 + MONTH({0}) - MONTH({1}) AS INT)", a[2], a[1])


def _in_zone(a: list[Sql]) -> Sql:
    """Converts to the local time of a zone, or from it.

    Of an hour that clocks show twice Java takes the first, and segdsl the second: it has the offset of the day after.
    """
    outer, inner = a
    assert isinstance(inner, exp.Anonymous) and inner.name == "timezone", "`local` and `utc` nest two of them"
    zone, moment = inner.expressions
    if zone == s.UTC:
        return _raw(_LOCAL, moment, outer)
    assert outer == s.UTC, "one side is UTC"
    first = _raw("CAST(TO_UTC_TIMESTAMP({0}, {1}) AS TIMESTAMP_NTZ)", moment, zone)
    after = _raw("{0} + INTERVAL '26' HOUR", first)
    second = _raw("{0} - ({1} - {2})", moment, _raw(_LOCAL, after, zone), after)
    return _raw("GREATEST({0}, CASE WHEN {1} = {2} THEN {3} END)", first, _raw(_LOCAL, second, zone), moment, second)


_LOCAL = "CAST(FROM_UTC_TIMESTAMP({0}, {1}) AS TIMESTAMP_NTZ)"


def _element(a: list[Sql]) -> Sql:
    return _raw("TRY_ELEMENT_AT({0}, CAST({1} AS INT))", a[0], a[1])


def _median(values: Sql, condition: Sql | None) -> Sql:
    """The lower middle of the values, all of which are collected: Spark's percentile is a double."""
    collected: Sql = exp.ArrayAgg(this=values)
    if condition is not None:
        collected = s.filtered(collected, condition)
    sorted_ = s.call("sort_array", collected)
    return _raw("TRY_ELEMENT_AT({0}, GREATEST(1, CAST((SIZE({0}) + 1) DIV 2 AS INT)))", sorted_)


def _collected(values: Sql, condition: Sql | None) -> Sql:
    """An array of values, NULL where there are none, as in DuckDB; in Spark it would be empty."""
    collected: Sql = exp.ArrayAgg(this=values)
    if condition is not None:
        collected = s.filtered(collected, condition)
    return _raw("CASE WHEN SIZE({0}) > 0 THEN {0} END", collected)


_DIVIDED = """
ELEMENT_AT(TRANSFORM(ARRAY(NAMED_STRUCT('a', CAST({0} AS DECIMAL(38, 0)), 'b', CAST({1} AS DECIMAL(38, 0)))), n ->
  CASE WHEN ABS(n.a) < 100000000000000000000000000000000BD OR ABS(n.b) >= 10000000 THEN CAST((n.a - n.a % n.b) / n.b AS DECIMAL(38, 0))
  ELSE ELEMENT_AT(TRANSFORM(ARRAY(NAMED_STRUCT('high', CAST((n.a - n.a % 10000000000000000BD) / 10000000000000000BD AS DECIMAL(38, 0)),
                                               'low', CAST(n.a % 10000000000000000BD AS DECIMAL(38, 0)), 'b', n.b)), m ->
    ELEMENT_AT(TRANSFORM(ARRAY(CAST((m.high % m.b) * 10000000000000000BD + m.low AS DECIMAL(38, 0))), rest ->
      CAST(CAST((m.high - m.high % m.b) / m.b AS DECIMAL(38, 0)) * 10000000000000000BD
           + CAST((rest - rest % m.b) / m.b AS DECIMAL(38, 0)) AS DECIMAL(38, 0))), 1)), 1)
  END), 1)
"""
"""Whole division, towards zero. Spark's DIV answers with 64 bits, and its `/` keeps 32 digits before the point and rounds: so what is
divided has no remainder, and a quotient with more digits is computed in two steps."""


def _in_spark(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Anonymous():
            word = node.name.lower()
            if word == "timezone":
                outer, inner = node.expressions
                inner = s.call("timezone", *(_spell(x) for x in inner.expressions))
                return _in_zone([_spell(outer), inner])
            if word == "quantile_disc":
                return _median(_spell(node.expressions[0]), None)
            if word in SPARK:
                return SPARK[word]([_spell(x) for x in node.expressions])
            if word not in _UNCHANGED:
                raise NotSpelled(word, "spark")
        case exp.Filter(this=exp.Anonymous() as median) if median.name == "quantile_disc":
            return _median(_spell(median.expressions[0]), _spell(node.expression.this))
        case exp.Filter(this=exp.ArrayAgg(this=values)):
            return _collected(_spell(values), _spell(node.expression.this))
        case exp.ArrayAgg(this=values):
            return _collected(_spell(values), None)
        case exp.Sum(this=summand):
            return exp.Sum(this=s.wide(summand).transform(_in_spark))  # a sum of 64 bits is an error beyond them
        case exp.AnyValue():
            return exp.Max(this=_spell(node.this))  # one row at most is picked
        case exp.Cast(this=exp.Literal(is_string=False) as number) if node.args["to"].this == exp.DType.DOUBLE:
            return s.cast(s.text(number.this), "DOUBLE")  # 38 digits of a decimal may be too few
        case exp.Cast(this=exp.Anonymous() as digits) if digits.name == "concat" and _is_hexadecimal(digits):
            return _raw("CAST(CONV({0}, 16, 10) AS BIGINT)", _spell(digits.expressions[1]))
        case exp.Cast() if node.args["to"].this == exp.DType.INT128:
            node.set("to", _DECIMAL.copy())
        case exp.IntDiv():
            a, b = _spell(node.this), _spell(node.expression)
            return _raw(_DIVIDED if _is_wide(node) else "{0} DIV {1}", a, b)
        case _:
            pass
    return node


def _spell(sql: Sql) -> Sql:
    return sql.transform(_in_spark)


def _is_hexadecimal(digits: exp.Anonymous) -> bool:
    return bool(digits.expressions[0] == s.text("0x"))


def _is_wide(sql: Sql) -> bool:
    return any(c.args["to"].this == exp.DType.INT128 for c in sql.find_all(exp.Cast))


def _searched(a: list[Sql]) -> Sql:
    return _raw("{0} RLIKE {1}", a[0], s.text(java(a[1].this)))


def _matched(a: list[Sql]) -> Sql:
    return _raw("{0} RLIKE {1}", a[0], s.text(rf"\A(?:{java(a[1].this)})\z"))


_FINITE = "{0} > CAST('-Infinity' AS DOUBLE) AND {0} < CAST('Infinity' AS DOUBLE)"
SPARK: Mapping[str, Respell] = {
    # the calendar: an interval of Spark has whole numbers of 32 bits
    "to_minutes": _interval("MAKE_DT_INTERVAL(0, 0, CAST({0} AS INT))"),
    "to_hours": _interval("MAKE_DT_INTERVAL(0, CAST({0} AS INT))"),
    "to_days": _interval("MAKE_DT_INTERVAL(CAST({0} AS INT))"),
    "to_weeks": _interval("MAKE_DT_INTERVAL(CAST({0} AS INT) * 7)"),
    "to_months": _interval("MAKE_YM_INTERVAL(0, CAST({0} AS INT))"),
    "to_years": _interval("MAKE_YM_INTERVAL(CAST({0} AS INT))"),
    "isodow": lambda a: _raw("WEEKDAY({0}) + 1", a[0]),
    "datediff": _apart,
    "epoch_us": lambda a: _raw("UNIX_MICROS(CAST({0} AS TIMESTAMP))", a[0]),
    # numbers: Spark's SIGN is a double, and its NaN is greater than infinity
    "isfinite": lambda a: _raw(_FINITE, a[0]),
    "sign": lambda a: _raw("CASE WHEN {0} > 0 THEN 1 WHEN {0} < 0 THEN -1 WHEN {0} = 0 THEN 0 END", a[0]),
    "floor": lambda a: _raw("CAST(FLOOR({0}) AS DOUBLE)", a[0]),
    # texts
    "strlen": lambda a: s.call("octet_length", a[0]),
    "starts_with": lambda a: s.call("startswith", *a),
    "ends_with": lambda a: s.call("endswith", *a),
    "regexp_matches": _searched,
    "regexp_full_match": _matched,
    # sets: Spark has an error for a place that an array lacks
    "list_has_any": lambda a: s.call("arrays_overlap", *a),
    "list_has_all": lambda a: _raw("SIZE(ARRAY_EXCEPT({1}, {0})) = 0", a[0], a[1]),
    "list_sort": lambda a: s.call("sort_array", a[0]),
    "list_transform": lambda a: s.call("transform", *a),
    "list_filter": lambda a: s.call("filter", *a),
    "list_prepend": lambda a: a[1],
    "list_reduce": lambda a: _raw("AGGREGATE({0}, CAST(0 AS DOUBLE), (a, b) -> a + b)", a[0]),
    "list_extract": _element,
    "len": lambda a: _raw("ARRAY_SIZE({0})", a[0]),
}
_SAME_NAMES = """
    abs nullif least greatest concat chr substr lower length sin cos asin sqrt translate contains md5 year quarter month day hour
"""
_UNCHANGED = frozenset(_SAME_NAMES.split())


def spelled(sql: Sql) -> str:
    """The text of one expression."""
    return _spell(sql).sql("spark")
