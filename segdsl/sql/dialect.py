"""Dialects: the text of a query for one engine.

Queries are built once, in the vocabulary of `spell.py`, which DuckDB understands. The table below translates it for PostgreSQL,
with the reason for each entry; another engine is another table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from segdsl.bounds import deep_stack
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql
from segdsl.sql.steps import with_few_names

Respell = Callable[[list[Sql]], Sql]


def duckdb(query: exp.Query) -> str:
    with deep_stack():
        return with_few_names(query).sql("duckdb")


def postgres(query: exp.Query) -> str:
    """Writes a query for PostgreSQL. Raises `NotSpelled` for a function that PostgreSQL's table lacks."""
    with deep_stack():
        spelled = query.copy().transform(_in_postgres, copy=False)
        for cte in spelled.find_all(exp.CTE):
            if _STAGE.fullmatch(cte.alias):
                cte.set("materialized", True)
        return spelled.sql("postgres", copy=False)


_STAGE = re.compile(r"\w+ [1-9][0-9]*( at [0-9]+)?")
"""The name of a stage with computed columns, which is materialized: PostgreSQL would inline each stage into the next, until a score
exceeds its memory. Rows of stage 0 are better read where they are used."""


@dataclass
class NotSpelled(Exception):
    """A function of the vocabulary that an engine's table lacks; a bug in segdsl."""

    word: str
    engine: str


# -- PostgreSQL ---------------------------------------------------------------------------

FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.double_op(op text, a float8, b float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE op WHEN '+' THEN a + b WHEN '-' THEN a - b WHEN '*' THEN a * b ELSE a / b END;
EXCEPTION WHEN numeric_value_out_of_range THEN
  RETURN CASE WHEN SQLERRM LIKE '%underflow%' THEN 0 END;
END $$;
CREATE OR REPLACE FUNCTION pg_temp.double_sum(items float8[]) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE total float8 := 0; item float8;
BEGIN
  FOREACH item IN ARRAY items LOOP total := total + item; END LOOP;
  RETURN total;
EXCEPTION WHEN numeric_value_out_of_range THEN
  RETURN NULL;
END $$;
"""
"""In PostgreSQL a double that leaves its range is an error; these functions of the session return NULL instead."""


def _raw(template: str, *arguments: Sql) -> Sql:
    """Parses PostgreSQL text, with expressions in the places {0}, {1} …"""
    parts = [exp.Paren(this=a) if not isinstance(a, exp.Column | exp.Literal | exp.Paren) else a for a in arguments]
    return exp.maybe_parse(template.format(*(p.sql("postgres") for p in parts)), dialect="postgres")


def _interval(unit: str) -> Respell:
    return lambda a: _raw(f"make_interval({unit} => CAST({{0}} AS INT))", a[0])


def _part(part: str) -> Respell:
    return lambda a: _raw(f"CAST(EXTRACT({part} FROM {{0}}) AS INT)", a[0])


def _apart(a: list[Sql]) -> Sql:
    """Counts the days between two dates, or the borders of months, as DuckDB's `datediff`."""
    if a[0].this == "day":
        return _raw("({0} - {1})", a[2], a[1])
    year = "(EXTRACT(YEAR FROM {1}) - EXTRACT(YEAR FROM {0})) * 12"
    return _raw(f"CAST({year} + EXTRACT(MONTH FROM {{1}}) - EXTRACT(MONTH FROM {{0}}) AS INT)", a[1], a[2])


def _median(a: list[Sql]) -> Sql:
    ordered = exp.Order(expressions=[exp.Ordered(this=a[0])])
    return exp.WithinGroup(this=s.call("percentile_disc", a[1]), expression=ordered)


def _md5(a: list[Sql]) -> Sql:
    """Hashes the joined bytes of salt, zero byte and key, since text in PostgreSQL can't contain a zero byte."""
    joined = a[0]
    assert isinstance(joined, exp.Anonymous) and joined.name == "concat", "only stable draws use md5"
    salt, _zero, key = joined.expressions
    return _raw("MD5(CONVERT_TO({0}, 'UTF8') || DECODE('00', 'hex') || CONVERT_TO({1}, 'UTF8'))", salt, key)


def _element(a: list[Sql]) -> Sql:
    at = s.constant(a[1])
    return _raw("({0})[CARDINALITY({0})]", a[0]) if at == -1 else _raw("({0})[CAST({1} AS INT)]", a[0], a[1])


_WORD = r"[^\pL\pN_]"


def _matches(a: list[Sql]) -> Sql:
    """Searches for a pattern of a rule, or for a word.

    For a word `\\pL`, which PostgreSQL lacks, is `[:alnum:]` of the Unicode collation, which has the same letters and digits.
    """
    if a[1].this.startswith("(?s:"):
        return _raw("({0} COLLATE pg_c_utf8) ~ {1}", a[0], s.text(f"(?:{_ascii_classes(_inner(a[1].this))})"))
    pattern = a[1].this.replace(_WORD, "[^[:alnum:]_]").replace("(?:^|", "(?:^|").replace("(?:$|", "(?:$|")
    return _raw("({0} COLLATE pg_c_utf8) ~ {1}", a[0], s.text(pattern))


def _full_match(a: list[Sql]) -> Sql:
    inner = _inner(a[1].this)
    return _raw("({0} COLLATE pg_c_utf8) ~ {1}", a[0], s.text(f"^(?:{_ascii_classes(inner)})$"))


def _inner(pattern: str) -> str:
    """Returns a pattern as a rule writes it. That `.` takes a line break, too, needs no word in PostgreSQL."""
    return pattern.removeprefix("(?s:").removesuffix(")")


def _ascii_classes(pattern: str) -> str:
    """Replaces `\\d`, `\\w` and `\\s`, which are ASCII in RE2 but Unicode in PostgreSQL."""
    inside = {"d": "0-9", "w": "A-Za-z0-9_", "s": r"\t\n\f\r "}
    out, bracket, i = [], False, 0
    while i < len(pattern):
        c = pattern[i]
        if c == "\\" and i + 1 < len(pattern):
            letter = pattern[i + 1]
            if letter in inside:
                out.append(inside[letter] if bracket else f"[{inside[letter]}]")
            elif letter.lower() in inside and letter.isupper():
                out.append(f"[^{inside[letter.lower()]}]")
            else:
                out.append(c + letter)
            i += 2
            continue
        bracket = (c == "[" or bracket) and not (c == "]" and bracket)
        out.append(c)
        i += 1
    return "".join(out)


_SORT = "CASE WHEN {0} IS NOT NULL THEN ARRAY(SELECT x FROM UNNEST({0}) AS t(x) ORDER BY x) END"
_EACH = "CASE WHEN {0} IS NULL THEN NULL ELSE ARRAY(SELECT {1} FROM UNNEST({0}) AS t(x)) END"
_FILTER = "CASE WHEN {0} IS NULL THEN NULL ELSE ARRAY(SELECT x FROM UNNEST({0}) AS t(x) WHERE {1}) END"
_FINITE = "({0} > CAST('-Infinity' AS FLOAT8) AND {0} < CAST('Infinity' AS FLOAT8))"
POSTGRES: Mapping[str, Respell] = {
    # functions that PostgreSQL lacks, or has with other arguments
    "to_minutes": _interval("mins"),
    "to_hours": _interval("hours"),
    "to_days": _interval("days"),
    "to_weeks": _interval("weeks"),
    "to_months": _interval("months"),
    "to_years": _interval("years"),
    "year": _part("YEAR"),
    "quarter": _part("QUARTER"),
    "month": _part("MONTH"),
    "day": _part("DAY"),
    "isodow": _part("ISODOW"),
    "hour": _part("HOUR"),
    "datediff": _apart,
    "epoch_us": lambda a: _raw("CAST(EXTRACT(EPOCH FROM {0}) * 1000000 AS BIGINT)", a[0]),
    "isfinite": lambda a: _raw(_FINITE, a[0]),
    "contains": lambda a: _raw("POSITION({1} IN {0}) > 0", a[0], a[1]),
    "ends_with": lambda a: _raw("RIGHT({0}, LENGTH({1})) = {1}", a[0], a[1]),
    "regexp_matches": _matches,
    "regexp_full_match": _full_match,
    "md5": _md5,
    # bytes of UTF-8, whatever the encoding of the database; and the lower case of ASCII, whatever its collation
    "strlen": lambda a: _raw("OCTET_LENGTH(CONVERT_TO({0}, 'UTF8'))", a[0]),
    "lower": lambda a: _raw(f"TRANSLATE({{0}}, '{ascii_uppercase}', '{ascii_lowercase}')", a[0]),
    "list_has_any": lambda a: _raw("({0} && CAST({1} AS TEXT[]))", a[0], a[1]),
    "list_has_all": lambda a: _raw("({0} @> CAST({1} AS TEXT[]))", a[0], a[1]),
    # PostgreSQL sorts and sums arrays by queries, and counts their elements from 1, without negative places
    "list_sort": lambda a: _raw(_SORT, a[0]),
    "list_transform": lambda a: _raw(_EACH, a[0], a[1].this),
    "list_filter": lambda a: _raw(_FILTER, a[0], a[1].this),
    "list_prepend": lambda a: a[1],
    "list_reduce": lambda a: _raw("pg_temp.double_sum({0})", a[0]),
    "list_extract": _element,
    "len": lambda a: _raw("CARDINALITY({0})", a[0]),
    "quantile_disc": _median,  # an ordered-set aggregate
}
_SAME_NAMES = """
    abs nullif sign least greatest timezone concat chr substr length floor sin cos asin sqrt translate starts_with any_value percentile_disc
    div make_interval cardinality unnest var_pop
"""
_UNCHANGED = frozenset(_SAME_NAMES.split())
_OPERATORS: dict[type, str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}


def _in_postgres(node: exp.Expr) -> exp.Expr:
    guarded = _finite_step(node)
    if guarded is not None:
        op, left, right = guarded
        return _raw(f"pg_temp.double_op('{op}', {{0}}, {{1}})", *(x.transform(_in_postgres) for x in (left, right)))
    match node:
        case exp.Anonymous():
            word = node.name.lower()
            if word in POSTGRES:
                return POSTGRES[word]([x.transform(_in_postgres) for x in node.expressions])
            if word not in _UNCHANGED and not word.startswith("pg_temp"):
                raise NotSpelled(word, "postgres")
        case exp.Cast() if node.args["to"].this == exp.DataType.Type.INT128:
            node.set("to", exp.DataType.build("DECIMAL"))  # PostgreSQL has no whole numbers of 128 bits
        case exp.IntDiv():
            return _raw("DIV({0}, {1})", *(x.transform(_in_postgres) for x in (node.this, node.expression)))
        case exp.AnyValue():
            return s.call("any_value", node.this.transform(_in_postgres))  # not MAX, which truth values lack
        case _:
            pass
    return node


def _finite_step(node: exp.Expr) -> tuple[str, Sql, Sql] | None:
    """Recognises `a op b` in doubles as `spell.finite` writes it, and returns (op, a, b); None for any other expression."""
    if not isinstance(node, exp.Case) or len(node.args["ifs"]) != 1:
        return None
    check = node.args["ifs"][0].this
    if not (isinstance(check, exp.Anonymous) and check.name == "isfinite"):
        return None
    step = check.expressions[0].unnest()
    op = _OPERATORS.get(type(step))
    return None if op is None else (op, step.this.unnest(), step.expression.unnest())
