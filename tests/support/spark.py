"""Spark in tests: a session of two local workers, and what it answers of rows in canonical form."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segdsl.engines import spark_session
from segdsl.engines.engine import DataRequest
from segdsl.engines.spark import Spark
from segdsl.engines.spark_columns import name, sql_type, text
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed
from segdsl.model.schema import Schema
from segdsl.model.segment import Model
from segdsl.sql.plan import assignment
from segdsl.workspace.config import SourceConfig
from tests.support.answers import Answers

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SOURCE = SourceConfig(engine="spark", master="local[2]")
Rows = Mapping[str, Iterable[Mapping[str, Any]]]


def started() -> SparkSession:
    """A session that is quick with few rows."""
    spark = spark_session.session(SOURCE)
    for setting, value in {
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
    }.items():
        spark.conf.set(setting, value)
    return spark


@contextmanager
def loaded(spark: SparkSession, schema: Schema, rows: Rows) -> Iterator[Spark]:
    """An engine over rows in canonical form, which stand in the text of its views."""
    aside = tempfile.TemporaryDirectory(prefix="segdsl-spark-")
    engine = Spark(spark, DataRequest(schema, SOURCE, Path(), Needed({})), aside)
    spark_session.settle(spark)
    try:
        for relation in schema.relations.values():
            columns = ", ".join(map(name, relation.fields))
            typed = ", ".join(
                f"CAST({name(c)} AS {sql_type(schema, f)}) AS {name(c)}" for c, f in relation.fields.items()
            )
            listed = [*(rows.get(relation.name) or schema.listed.get(relation.name, ()))]
            lines = [f"({', '.join(_literal(row.get(c)) for c in relation.fields)})" for row in listed]
            nothing = f"({', '.join('NULL' for _ in relation.fields)})"
            where = "" if lines else " WHERE false"
            values = f"VALUES {', '.join(lines or [nothing])} AS v({columns})"
            engine._create_view(relation, f"SELECT {typed} FROM {values}{where}", set(relation.fields))
        yield engine
    finally:
        engine.close()


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case float():
            return f"CAST('{value!r}' AS DOUBLE)"
        case int():
            return f"{value}BD" if abs(value) >= 2**63 else f"{value}L"
        case frozenset():
            return f"CAST(array({', '.join(map(text, sorted(value)))}) AS ARRAY<STRING>)"
        case dt.datetime():
            return f"TIMESTAMP_NTZ '{value}'"
        case dt.date():
            return f"DATE '{value}'"
        case _:
            return text(str(value))


def by_spark(spark: SparkSession, model: Model, entity: str, rows: Rows, clock: Clock) -> Answers:
    with loaded(spark, model.schema, rows) as engine:
        planned = assignment(model, entity, model.rules_of(entity), clock)
        return {str(row[0]): dict(zip(planned.columns[1:], row[1:])) for row in engine.rows(planned.query)}
