"""Spark: every law, crowds of customers asked the conformance conditions, a whole run by `--source` against the same run on DuckDB, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from segdsl.data.files import DataError
from segdsl.engines import DataRequest, spark_session
from segdsl.engines.duckdb import DuckDB
from segdsl.engines.spark import Spark
from segdsl.model import types as ty
from segdsl.model.dependencies import Needed, of_rules
from segdsl.model.schema import Field
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment
from segdsl.sql.spark import spelled
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import load_workspace, sound
from tests.conformance.crowd import Crowd
from tests.conformance.run import clock, compare, complete_of, packs, product_packs
from tests.laws.table import LAWS, SCHEMA, Law
from tests.support.answers import clock_at, model_of
from tests.support.cli import as_json, call
from tests.support.laws import kept
from tests.support.paths import ROOT
from tests.support.spark import SOURCE, by_spark

pytestmark = [pytest.mark.spark, pytest.mark.long]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_every_law(law: Law, spark: Any) -> None:
    model = model_of(SCHEMA + law.rules, law.rows)
    assert kept(by_spark(spark, model, "account", law.rows, clock_at(law.as_of, law.zone)), law) == law.expected


PATTERNS = [
    r"^[A-Z]{2}-\d+$", r"a\$", r"x\sy", r"[\s]", r"\S", r"[\S]", r"[^\S]", r"\v", r"[\v]", r"\a", r"[a&&b]", r"[]a]", r"[^]a]$", r"[$]", r"a{2}{", r"{,2}", r"[a[b]", r"\w+", r"\W", r"[\w-]+",
    r"\D", r"a|b", r"(ab)+", r"a.b", r"^$", r"[#x]", r"\.", r"b$",
]  # fmt: skip
TEXTS = [
    "",
    "a",
    "aa{",
    "{,2}",
    "AB-12",
    "AB-12\n",
    "ab",
    "abab",
    "a\nb",
    "x y",
    "x\vy",
    "\v",
    "\a",
    "a$",
    "&",
    "]",
    "[",
    "é",
    "Ｗ",
    "٣",
    "#",
    "-",
    "a.b",
    "a\u2028b",
    "\r",
    "\x85",
]


def test_patterns_take_the_same_texts_on_either_engine(spark: Any) -> None:
    asked = [exp.func("regexp_matches", exp.column("t"), exp.Literal.string(f"(?s:{p})")) for p in PATTERNS]
    rows = ", ".join(f"({i}, {exp.Literal.string(t).sql(dialect='spark')})" for i, t in enumerate(TEXTS))
    answers = ", ".join(f"{spelled(question)} AS p{i}" for i, question in enumerate(asked))
    found = spark.sql(f"SELECT {answers} FROM VALUES {rows} AS v(i, t) ORDER BY i").collect()
    with duckdb.connect() as con:
        for i, pattern in enumerate(PATTERNS):
            taken = [con.execute("SELECT regexp_matches(?, ?)", [t, f"(?s:{pattern})"]).fetchone() for t in TEXTS]
            assert [(row[i],) for row in found] == taken, pattern


@pytest.mark.parametrize("i", range(3))
def test_crowds_of_odd_customers(i: int, spark: Any) -> None:
    """Written conditions and a part of the product, of another crowd each time: packed, since each question takes Spark a second or more."""
    at = clock(i)
    complete = complete_of(i, at)
    rows = Crowd(at, 40, f"spark {i}", complete).rows()
    engines = {"spark": lambda model, entity, rows, at: by_spark(spark, model, entity, rows, at)}
    for pack in [list(packs(60))[i], *list(product_packs(i, 40))[:2]]:
        tally = compare(engines, pack, rows, at, complete)
        assert tally.answers and tally.differences == []


# -- a whole run -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's workspace, its data once more as a lake has it: decimals, time stamps with a zone, arrays; read by two engines."""
    root = tmp_path_factory.mktemp("lake")
    for folder in ("rules", "experiments"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("evidence"))
    shutil.copy(ROOT / "segdsl.toml", root)
    workspace = sound(load_workspace(root))
    schema = workspace.model.schema
    everything = {n: set(r.fields) for n, r in schema.relations.items()}
    source, tables = workspace.config.sources["default"], ""
    (root / "lake").mkdir()
    with DuckDB.attach(
        DataRequest(schema, source, root, Needed({}), everything, clock=clock_at("2026-11-01"))
    ) as engine:
        for relation in schema.relations.values():
            if relation.kind != "list":
                columns = ", ".join(f'{_there(c, f)} AS "{c}"' for c, f in relation.fields.items())
                written = engine.export(f'SELECT {columns} FROM "{relation.name}"', relation.name)
                shutil.copy(written, root / "lake" / f"{relation.name}.parquet")
                tables += f'{relation.name} = "lake/{relation.name}.parquet"\n'
    for name, engine_of in (("files", 'engine = "duckdb"'), ("lake", 'engine = "spark"\nmaster = "local[2]"')):
        with (root / "segdsl.toml").open("a", encoding="utf-8") as toml:
            toml.write(f"\n[sources.{name}]\n{engine_of}\nsnapshot = 2026-11-01\n[sources.{name}.tables]\n{tables}")
    return root


def _there(column: str, f: Field) -> str:
    quoted = f'"{column}"'
    if isinstance(f.type, ty.Money):
        return f"CAST(CAST({quoted} AS DECIMAL(18, 0)) / {ty.scale(f.type)} AS DECIMAL(18, 2))"
    if f.type == ty.NUMBER:
        return f"CAST(CAST({quoted} AS DECIMAL(38, 9)) / {ty.scale(f.type)} AS DECIMAL(27, 9))"
    return f"timezone('UTC', {quoted})" if f.type == ty.TIMESTAMP else quoted


def test_the_same_run_by_another_source(lake: Path, spark: Any) -> None:
    """The same lines as CSV, and the same rows and types as Parquet."""
    for source in ("files", "lake"):
        asked = ["--as-of", "2026-11-01", "--source", source, "--no-ledger", "--output"]
        for more in ([*asked, f"out/{source}"], [*asked, f"out/{source}.parquet"]):
            rules = ["attention", "motion", "payment_trouble"] if more[-1].endswith(".parquet") else []
            result = call("run", *rules, *more, cwd=lake)
            assert result.exit_code == 0, result.output
    own = sorted((lake / "out" / "files").glob("*.csv"))
    assert own
    for path in own:
        other = lake / "out" / "lake" / path.name
        assert sorted(path.read_text().splitlines()) == sorted(other.read_text().splitlines()), path.name
    a, b = (pq.read_table(lake / "out" / f"{source}.parquet") for source in ("files", "lake"))
    assert a.schema.types == b.schema.types and a.column_names == b.column_names
    assert a.sort_by("entity_id").to_pylist() == b.sort_by("entity_id").to_pylist()


def test_the_ledger_tells_the_same_moves_with_the_same_causes(lake: Path, spark: Any) -> None:
    told = {}
    for source in ("files", "lake"):
        for day in ("2026-10-01", "2026-11-01"):
            result = call("run", "attention", "--as-of", day, "--source", source, cwd=lake)
            assert result.exit_code == 0, result.output
        told[source] = as_json(call("runs", "last", "--format", "json", cwd=lake))["moves"]
    assert told["files"] and told["lake"] == told["files"]


@pytest.mark.parametrize(
    "command",
    [
        "try arr>20000",
        "list motion.steady --with arr,country,seat_use,any(logins)",
        "explain northwind",
        "overlap attention",
    ],
)
def test_the_same_answers_by_another_source(lake: Path, spark: Any, command: str) -> None:
    own, theirs = (
        call(*command.split(), "--as-of", "2026-11-01", "--source", source, cwd=lake) for source in ("files", "lake")
    )
    assert own.exit_code == 0, own.output
    assert theirs.output.replace("lake", "files") == own.output


def test_the_plan_is_one_pass_a_table(lake: Path, spark: Any) -> None:
    """No function of Python, no product, no columns that nobody reads, and a table is shuffled once for each key by which it is grouped."""
    workspace = sound(load_workspace(lake))
    model, source = workspace.model, workspace.config.sources["lake"]
    rules = [model.segments["payment_trouble"], model.segments["came_back"]]
    needed = of_rules(model, rules)
    at = clock_at("2026-11-01")
    with Spark.attach(DataRequest(model.schema, source, lake, needed, clock=at)) as engine:
        frame = engine._frame(assignment(model, "account", rules, at, in_order=False).query)
        plan = frame._explain_string() if hasattr(frame, "_explain_string") else frame._jdf.queryExecution().toString()
    physical = plan.partition("== Physical Plan ==")[2] or plan
    assert "Python" not in physical and "CartesianProduct" not in physical
    scanned = re.findall(r"FileScan parquet \[([^\]]*)\].*?/(\w+)\.parquet", physical, re.DOTALL)
    assert {table for _, table in scanned} == {"account", "invoices", "user", "logins"}
    assert len(scanned) == 4
    shuffles = re.findall(r"Exchange hashpartitioning", physical)
    assert len(shuffles) == 3, "invoices by account, logins by account, and the accounts that they are joined to"
    for columns, table in scanned:
        wanted = needed.columns[table]
        assert {c.partition("#")[0] for c in columns.split(",")} <= wanted, table


def test_settings_are_given_back_and_the_session_lives(lake: Path, spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_session, "_open", {})  # as if no other test had the session's settings
    zone = spark.conf.get("spark.sql.session.timeZone")
    views = spark.sql("SHOW VIEWS").collect()
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    before = {setting: spark.conf.get(setting, None) for setting in spark_session.SETTINGS}
    with _attached(lake, lake / "lake") as engine:
        assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
        assert engine.version.startswith("spark ")
    assert {setting: spark.conf.get(setting, None) for setting in spark_session.SETTINGS} == before
    assert spark.sql("SELECT 1").collect()[0][0] == 1
    assert spark.sql("SHOW VIEWS").collect() == views
    spark.conf.set("spark.sql.session.timeZone", zone)


def test_a_table_of_the_catalog_is_read(tmp_path: Path, spark: Any) -> None:
    rows = "VALUES ('a', 2.50, 'Ada'), ('b', 0.01, NULL), ('c', NULL, 'Cy')"
    place = exp.Literal.string(str(tmp_path / "crm")).sql(dialect="spark")
    spark.sql(f"CREATE TABLE crm USING parquet LOCATION {place} AS SELECT * FROM {rows} AS v(account_id, arr, name)")
    try:
        with _attached(tmp_path, Path("crm")) as engine:
            known = engine.rows(exp.select("account_id", "arr").from_("account").order_by("account_id"))
        assert [tuple(row) for row in known] == [("a", 250), ("b", 1), ("c", None)]
    finally:
        spark.sql("DROP TABLE crm")


def _attached(root: Path, of: Path, source: SourceConfig = SOURCE) -> Spark:
    schema = model_of(
        "entity account { account_id: text key  arr: money(USD)  name: text }\nsegment s of account { when arr > 1 }"
    ).schema
    given = SourceConfig(
        engine="spark", master=source.master, remote=source.remote, shared=source.shared, tables={"account": str(of)}
    )
    if of.name == "lake":
        given = SourceConfig(engine="spark", master="local[2]", tables={"account": str(of / "account.parquet")})
    return Spark.attach(
        DataRequest(schema, given, root, Needed({"account": {"account_id", "arr"}}), clock=clock_at("2026-11-01"))
    )


# -- what is refused -------------------------------------------------------------------


def _write(path: Path, query: str) -> Path:
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


ROWS = "SELECT 'a' AS account_id, 2.5 :: DECIMAL(9, 2) AS arr"


def _refusal(root: Path, of: Path, source: SourceConfig = SOURCE) -> str:
    with pytest.raises(DataError) as refusal:
        _attached(root, of, source)
    return " ".join(f"{d.code} {d.message} {d.help}" for d in refusal.value.diagnostics)


def test_a_file_is_read(tmp_path: Path, spark: Any) -> None:
    with _attached(tmp_path, _write(tmp_path / "a.parquet", ROWS)) as engine:
        assert engine.relation_rows("account") == [{"account_id": "a", "arr": 250, "name": None}]


def test_a_folder_is_read_as_spark_writes_it(tmp_path: Path, spark: Any) -> None:
    spark.sql("SELECT CAST(id AS STRING) AS account_id, CAST(id AS DECIMAL(9, 2)) AS arr FROM range(5)").write.parquet(
        str(tmp_path / "folder")
    )
    with _attached(tmp_path, tmp_path / "folder") as engine:
        assert sorted(row["arr"] for row in engine.relation_rows("account")) == [0, 100, 200, 300, 400]


def test_a_file_cut_short_is_refused(tmp_path: Path, spark: Any) -> None:
    path = _write(tmp_path / "a.parquet", ROWS)
    path.write_bytes(path.read_bytes()[:-10])
    assert "SEG0701" in _refusal(tmp_path, path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path, spark: Any) -> None:
    (tmp_path / "a.csv").write_text("account_id,arr\na,2\n")
    assert "Spark reads Parquet files" in _refusal(tmp_path, tmp_path / "a.csv")


def test_the_files_of_a_delta_table_are_refused(tmp_path: Path, spark: Any) -> None:
    (tmp_path / "t" / "_delta_log").mkdir(parents=True)
    _write(tmp_path / "t" / "a.parquet", ROWS)
    assert "Delta" in _refusal(tmp_path, tmp_path / "t")


def test_a_column_that_differs_in_case_is_named(tmp_path: Path, spark: Any) -> None:
    said = _refusal(tmp_path, _write(tmp_path / "a.parquet", "SELECT 'a' AS account_id, 2 AS ARR"))
    assert "SEG0703" in said and "the table has `ARR`" in said


def test_a_column_of_another_type_is_refused(tmp_path: Path, spark: Any) -> None:
    assert "SEG0713" in _refusal(tmp_path, _write(tmp_path / "a.parquet", "SELECT 'a' AS account_id, '2' AS arr"))


def test_a_key_that_stands_twice_is_refused(tmp_path: Path, spark: Any) -> None:
    assert "is not unique" in _refusal(tmp_path, _write(tmp_path / "a.parquet", f"{ROWS} UNION ALL {ROWS}"))


def test_a_table_that_nobody_has_is_refused(tmp_path: Path, spark: Any) -> None:
    assert "SEG0702" in _refusal(tmp_path, Path("nowhere.account"))


def test_a_server_that_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark: Any) -> None:
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    said = _refusal(tmp_path, tmp_path, SourceConfig(remote="sc://localhost:1"))
    assert "doesn't answer" in said


@pytest.mark.parametrize(("script", "said"), [("", "no Java"), ("echo 'openjdk version \"11.0.2\"' >&2", "is Java 11")])
def test_no_java_or_an_old_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark: Any, script: str, said: str
) -> None:
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    if script:
        (tmp_path / "java").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "java").chmod(0o755)
    refused = _refusal(tmp_path, tmp_path)
    assert said in refused and "install a Java 17" in refused


def test_a_spark_elsewhere_needs_a_folder_that_both_see(tmp_path: Path) -> None:
    assert "shared" in _refusal(tmp_path, tmp_path, SourceConfig(master="spark://far:7077"))


# -- numbers, times and columns ----------------------------------------------------------


def test_wide_whole_division_is_exact(spark: Any) -> None:
    """Python's whole numbers decide, towards zero."""
    largest = 2**126 - 1
    cases = [
        (a * sign, b)
        for a in (largest, 10**32, 10**32 - 1, 10**37 + 3, 7, 0)
        for b in (1, 3, 7, 999_999, 10**7, 10**19 + 1, largest)
        for sign in (1, -1)
    ]
    columns = [
        f"{spelled(s.binary('//', s.wide(s.whole(a)), s.wide(s.whole(b))))} AS c{i}" for i, (a, b) in enumerate(cases)
    ]
    answers = spark.sql(f"SELECT {', '.join(columns)}").collect()[0]
    assert [int(x) for x in answers] == [abs(a) // b * (1 if a >= 0 else -1) for a, b in cases]


def test_times_that_clocks_show_twice_are_the_second(spark: Any) -> None:
    from zoneinfo import ZoneInfo

    from segdsl.model.clock import to_utc

    times = [
        (z, dt.datetime(2025, m, d, h, 30))
        for z, m, d in (
            ("Europe/London", 10, 26),
            ("Europe/London", 3, 30),
            ("Australia/Lord_Howe", 4, 6),
            ("America/New_York", 11, 2),
        )
        for h in range(5)
    ]
    columns = [f"{spelled(s.utc(s.moment(t), s.text(z)))} AS c{i}" for i, (z, t) in enumerate(times)]
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    assert list(spark.sql(f"SELECT {', '.join(columns)}").collect()[0]) == [to_utc(t, ZoneInfo(z)) for z, t in times]
