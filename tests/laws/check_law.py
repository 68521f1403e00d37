"""`python -m tests.laws.check_law SIDE NAME`: ends with 0 where a law or an operator's edges hold, 1 where they don't, else crashes."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import duckdb
import psycopg

from segdsl.diagnostics import Source
from segdsl.engines.canonical import load
from segdsl.reference.evaluate import Evaluator
from segdsl.sql import dialect
from segdsl.testing.run.engine import on_engine
from segdsl.testing.run.runner import Evaluators, run_tests
from segdsl.workspace.config import Config
from segdsl.workspace.load import build, sound
from tests.conformance.edges import OPERATORS, source
from tests.laws.table import LAWS, SCHEMA, Law
from tests.support.answers import Answers, by_duckdb, by_postgres, by_reference, clock_at, load_postgres, model_of
from tests.support.functions import OnFunctions, by_function
from tests.support.laws import kept


def answers(side: str, law: Law) -> Answers:
    model = model_of(SCHEMA + law.rules, law.rows)
    clock = clock_at(law.as_of, law.zone)
    match side:
        case "reference":
            return by_reference(model, "account", law.rows, clock)
        case "compiled":
            return by_function(model, "account", law.rows, clock)
        case "postgres":
            return by_postgres(session(), model, "account", law.rows, clock)
        case _:
            return by_duckdb(duckdb.connect(), model, "account", law.rows, clock)


def session() -> psycopg.Connection[object]:
    """On the server of the tests that plant the bug."""
    con = psycopg.connect(os.environ["SEGDSL_TEST_DATABASE"], autocommit=True)
    con.execute(dialect.FUNCTIONS)
    return con


def evaluators(side: str) -> Evaluators:
    if side == "reference":
        return Evaluator
    if side == "compiled":
        return OnFunctions
    if side == "postgres":
        pg = session()
        return on_engine(partial(load_postgres, pg), lambda q: pg.execute(dialect.postgres(q).encode()).fetchall())
    con = duckdb.connect()
    return on_engine(partial(load, con), lambda q: con.execute(dialect.duckdb(q)).fetchall())


def edges_hold(side: str, condition: str) -> bool:
    operator = next(o for o in OPERATORS if o.condition == condition)
    made = sound(build(Path(), Config(), [Source("edges.seg", source(operator))], []))
    return all(r.status == "passed" for r in run_tests(made.model.tests, made.model, made.zone, evaluators(side)))


def main(side: str, name: str) -> int:
    law = next((x for x in LAWS if x.name == name), None)
    try:
        held = edges_hold(side, name) if law is None else kept(answers(side, law), law) == law.expected
    except psycopg.Error:
        return 1  # the database stopped
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
