"""Every law, on the reference evaluator, by compiled rules, on DuckDB, and by one that asks DuckDB of populations."""

from __future__ import annotations

import duckdb
import pytest

from tests.laws.table import LAWS, SCHEMA, Law
from tests.support.answers import by_asking, by_duckdb, by_reference, clock_at, model_of
from tests.support.functions import by_function
from tests.support.laws import kept


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_reference(law: Law) -> None:
    model = model_of(SCHEMA + law.rules, law.rows)
    assert kept(by_reference(model, "account", law.rows, clock_at(law.as_of, law.zone)), law) == law.expected


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_compiled(law: Law) -> None:
    model = model_of(SCHEMA + law.rules, law.rows)
    assert kept(by_function(model, "account", law.rows, clock_at(law.as_of, law.zone)), law) == law.expected


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_duckdb(law: Law, con: duckdb.DuckDBPyConnection) -> None:
    model = model_of(SCHEMA + law.rules, law.rows)
    assert kept(by_duckdb(con, model, "account", law.rows, clock_at(law.as_of, law.zone)), law) == law.expected


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_explained_alone(law: Law, con: duckdb.DuckDBPyConnection) -> None:
    model = model_of(SCHEMA + law.rules, law.rows)
    assert kept(by_asking(con, model, "account", law.rows, clock_at(law.as_of, law.zone)), law) == law.expected
