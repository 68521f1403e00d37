"""Columns of Spark in canonical form: the Spark SQL of each type, by the type that a column has there."""

from __future__ import annotations

import re

from sqlglot import exp

from segdsl.data import numbers
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.clock import EARLIEST, LATEST
from segdsl.model.schema import Field, Schema
from segdsl.sql import spell as s
from segdsl.sql.spark import spelled

_TYPES = {
    "Boolean": "BOOLEAN",
    "Integer": "BIGINT",
    "Number": "DECIMAL(38, 0)",
    "Version": "DECIMAL(38, 0)",
    "Real": "DOUBLE",
    "Money": "BIGINT",
    "Date": "DATE",
    "Timestamp": "TIMESTAMP_NTZ",
    "SetOfText": "ARRAY<STRING>",
}
_WHOLE = frozenset(["tinyint", "smallint", "int", "bigint"])
_NUMBER = re.compile(r"tinyint|smallint|int|bigint|float|double|decimal\(\d+,\d+\)")


def name(text: str) -> str:
    """A quoted identifier."""
    return "`" + text.replace("`", "``") + "`"


def text(value: str) -> str:
    """A text literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def sql_type(schema: Schema, described: Field) -> str:
    return _TYPES.get(type(key_type(schema, described)).__name__, "STRING")


def key_type(schema: Schema, described: Field) -> ty.Type:
    """A field's type; for a link, the type of the key."""
    if isinstance(described.type, ty.Link):
        target = schema.relations[described.type.entity]
        of_key = target.fields[target.key or ""].type
        return of_key if of_key == ty.INTEGER else ty.TEXT
    return described.type


def canonical(described: Field, typed: ty.Type, column: str, own_type: str, zone: str) -> str | None:
    """A column in canonical form; None where its type in Spark doesn't match the declared type."""
    value = _value(described, typed, column, own_type, zone)
    if value is None or described.low is None or described.high is None:
        return value
    return numbers.within(f"({value})", described.low, described.high, typed)


def _value(described: Field, typed: ty.Type, column: str, own_type: str, zone: str) -> str | None:
    match typed:
        case ty.Text() | ty.Enum():
            is_id = described.key or isinstance(described.type, ty.Link) or isinstance(typed, ty.Enum)
            value = f"CAST({column} AS STRING)"
            if is_id and isinstance(typed, ty.Text) and own_type in _WHOLE:
                return value
            if own_type != "string" and not own_type.startswith(("varchar", "char")):
                return None
            read = stripped(value) if is_id else value
            if isinstance(typed, ty.Enum):
                listed = ", ".join(map(text, typed.values))
                return f"CASE WHEN {read} IN ({listed}) THEN {read} END"
            return f"CASE WHEN {_is_written(value)} THEN {read} END"
        case ty.Boolean():
            return column if own_type == "boolean" else None
        case ty.SetOfText():
            if own_type != "array<string>":
                return None
            return f"SORT_ARRAY(ARRAY_DISTINCT(FILTER({column}, x -> {_is_written('x')})))"
        case ty.Version():
            return _version(stripped(column)) if own_type == "string" else None
        case ty.Date():
            within = f"{column} BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}'"
            return f"CASE WHEN {within} THEN {column} END" if own_type == "date" else None
        case ty.Timestamp():
            return _instant(column, own_type, zone)
        case ty.Real():
            value = f"CAST({column} AS DOUBLE)"
            finite = f"{value} > CAST('-Infinity' AS DOUBLE) AND {value} < CAST('Infinity' AS DOUBLE)"
            return f"CASE WHEN {finite} THEN {value} END" if _NUMBER.fullmatch(own_type) else None
        case ty.Integer() | ty.Number() | ty.Money() | ty.Constant() | ty.Moment() | ty.Link():
            return _number(typed, column, own_type) if _NUMBER.fullmatch(own_type) else None


def stripped(value: str) -> str:
    return f"TRIM(BOTH {text(ty.BLANKS)} FROM {value})"


def _is_written(value: str) -> str:
    """Condition that a text is more than blanks, which are missing."""
    return f"{stripped(value)} <> ''"


def _instant(column: str, own_type: str, zone: str) -> str | None:
    match own_type:
        case "timestamp":
            value = f"CAST({column} AS TIMESTAMP_NTZ)"  # the session's zone is UTC
        case "timestamp_ntz" | "date":
            local = f"CAST({column} AS TIMESTAMP_NTZ)"
            value = local if zone == "UTC" else _utc(local, zone)
        case _:
            return None
    within = f"CAST({column} AS TIMESTAMP_NTZ) BETWEEN TIMESTAMP_NTZ '{EARLIEST}' AND TIMESTAMP_NTZ '{LATEST}'"
    return f"CASE WHEN {within} THEN {value} END"


def _utc(local: str, zone: str) -> str:
    """A local time in UTC, spelled as in queries."""
    return spelled(s.utc(exp.Var(this=local), s.text(zone)))


def _number(typed: ty.Type, column: str, own_type: str) -> str:
    """Whole number of units: a decimal of nine places first, and amounts then rounded half to even, as DuckDB reads it.

    Of whole numbers fractions are missing, and so is what has more than 18 digits before the point, or than 64 bits.
    """
    if typed == ty.INTEGER:
        if own_type in _WHOLE:
            return f"CAST({column} AS BIGINT)"
        within = f"ABS({column}) < {_BEYOND}" if own_type.startswith("decimal") else f"ABS({column}) < 9.2E18"
        return f"CASE WHEN {within} THEN CASE WHEN {column} % 1 = 0 THEN CAST({column} AS BIGINT) END END"
    if own_type in ("float", "double"):
        written = _shortest(column) if own_type == "double" else f"CAST({column} AS STRING)"
        places = f"CASE WHEN ABS({column}) < 1E9 THEN CAST({written} AS DECIMAL(38, 28)) ELSE CAST({written} AS DECIMAL(38, 18)) END"
        decimal = f"CASE WHEN ABS({column}) < 1E18 THEN CAST(ROUND({places}, 9) AS DECIMAL(29, 9)) END"
    else:
        within = f"ABS(CAST({column} AS DECIMAL(38, {_places(own_type)}))) < 1000000000000000000BD"
        decimal = f"CASE WHEN {within} THEN CAST(ROUND({column}, 9) AS DECIMAL(29, 9)) END"
    if typed == ty.NUMBER:
        return f"CAST(({decimal}) * 1000000000BD AS DECIMAL(38, 0))"
    scale = ty.scale(typed)
    units = f"CAST(BROUND({decimal}, {len(str(scale)) - 1}) * {scale}BD AS DECIMAL(38, 0))"
    return f"CASE WHEN ABS({units}) < {_BEYOND} THEN CAST({units} AS BIGINT) END"


_BEYOND = f"{2**63}BD"


def _places(own_type: str) -> int:
    """Digits after the point of a column of decimals or whole numbers."""
    return int(own_type.rstrip(")").rpartition(",")[2]) if own_type.startswith("decimal") else 0


def _shortest(column: str) -> str:
    """A double in the fewest digits that mean it; Java 17 itself writes a digit too many of some."""
    tries = "".join(
        f"WHEN CAST(FORMAT_STRING('%.{n}e', {column}) AS DOUBLE) = {column} THEN FORMAT_STRING('%.{n}e', {column}) "
        for n in (14, 15)
    )
    return f"CASE {tries}ELSE CAST({column} AS STRING) END"


def _version(value: str) -> str:
    """Code of a version (`model/versions.py`); missing for other texts."""
    core = f"REGEXP_EXTRACT({value}, {text(versions.CORE)}, 1)"
    code = "CAST(0 AS DECIMAL(38, 0))"
    for i in range(1, versions.PARTS + 1):
        part = f"COALESCE(CAST(NULLIF(SPLIT_PART({core}, '.', {i}), '') AS DECIMAL(10, 0)), 0)"
        code = f"CAST({code} * {versions.PART} + {part} AS DECIMAL(38, 0))"
    is_release = f"CASE WHEN {value} RLIKE {text(versions.PRE_RELEASE)} THEN 0 ELSE 1 END"
    whole = text(rf"\A(?:{versions.PATTERN})\z")
    return f"CASE WHEN {value} RLIKE {whole} THEN CAST({code} * 10 + {is_release} AS DECIMAL(38, 0)) END"
