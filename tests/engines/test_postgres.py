"""PostgreSQL: every law, generated worlds, and a whole run by `--source` against the same run on DuckDB."""

from __future__ import annotations

import gc
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from segdsl import demo
from segdsl.data.files import DataError
from segdsl.engines import DataRequest
from segdsl.engines.duckdb import DuckDB
from segdsl.engines.postgres import Postgres, address
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed
from segdsl.model.schema import Field, Relation
from segdsl.run import causes
from segdsl.run.evaluate import evaluate_source as by_run
from segdsl.run.printed import printed
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import load_workspace, sound
from tests.laws.table import LAWS, SCHEMA, Law
from tests.support import worlds
from tests.support.answers import by_postgres, by_reference, clock_at, model_of
from tests.support.cli import as_json, call
from tests.support.laws import kept
from tests.support.paths import ROOT

WORLDS = int(os.environ.get("SEGDSL_PG_WORLDS", "60"))
Session = psycopg.Connection[Any]
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_every_law(law: Law, pg: Session) -> None:
    model = model_of(SCHEMA + law.rules, law.rows)
    assert kept(by_postgres(pg, model, "account", law.rows, clock_at(law.as_of, law.zone)), law) == law.expected


@pytest.mark.long
def test_generated_worlds(pg: Session) -> None:
    counts = {"answers": 0, "unknown": 0}

    @seed(20261125)
    @settings(
        max_examples=WORLDS, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(worlds.cases())
    def agree(case: worlds.Case) -> None:
        try:
            model = model_of(worlds.SCHEMA + case.rules, case.rows)
        except AssertionError as refused:
            assume("SEG0316" not in str(refused))  # too involved to be a query
            raise
        clock = Clock(case.now, ZoneInfo(case.zone))
        for entity in ("account", "user"):
            expected = by_reference(model, entity, case.rows, clock)
            assert by_postgres(pg, model, entity, case.rows, clock) == expected, case.rules
            counts["answers"] += sum(len(a) for a in expected.values())
            counts["unknown"] += sum(v is None for a in expected.values() for v in a.values())

    agree()
    assert counts["unknown"] > counts["answers"] // 50


# -- a whole run ------------------------------------------------------------------------------


@pytest.fixture
def warehouse(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's workspace, with the same data in files and in a database."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments", ignore=shutil.ignore_patterns("evidence"))
    shutil.copy(ROOT / "segdsl.toml", tmp_path)
    return _in_database(tmp_path, postgres_url, monkeypatch)


@pytest.fixture
def large_warehouse(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's workspace, of as many accounts as rates can be learned from at every origin, in files and in a database."""
    demo.prepare_company(tmp_path, 1_500, 7)
    return _in_database(tmp_path, postgres_url, monkeypatch)


def _in_database(root: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace with a second source, `warehouse`: its data once more."""
    workspace = sound(load_workspace(root))
    schema = workspace.model.schema
    everything = {n: set(r.fields) for n, r in schema.relations.items()}
    source, clock = workspace.config.sources["default"], clock_at("2026-11-01")
    engine = DuckDB.attach(DataRequest(schema, source, root, Needed({}), everything, clock=clock))
    with psycopg.connect(url, autocommit=True) as con:
        con.execute("DROP SCHEMA IF EXISTS crm CASCADE; CREATE SCHEMA crm")
        for relation in schema.relations.values():
            _fill(con, relation, engine.relation_rows(relation.name))
    tables = "".join(f'{n} = "crm.{n}"\n' for n in schema.relations)
    text = (root / "segdsl.toml").read_text(encoding="utf-8")
    text += (
        '\n[sources.warehouse]\nengine = "postgres"\nurl = "${ACME_WAREHOUSE_URL}"\nsnapshot = 2026-11-01\n'
        f"[sources.warehouse.tables]\n{tables}"
    )
    (root / "segdsl.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("ACME_WAREHOUSE_URL", url)
    return root


def _fill(con: Session, relation: Relation, rows: list[dict[str, Any]]) -> None:
    """As a warehouse has it: decimals, time stamps with a zone, arrays."""
    columns = ", ".join(f'"{c}" {_type(f)}' for c, f in relation.fields.items())
    con.execute(f'CREATE TABLE crm."{relation.name}" ({columns})'.encode())
    with con.cursor() as cursor, cursor.copy(f'COPY crm."{relation.name}" FROM STDIN'.encode()) as copy:
        for row in rows:
            copy.write_row([_there(row[c], f) for c, f in relation.fields.items()])


def _type(f: Field) -> str:
    return {"Money": "NUMERIC(18,2)", "Number": "NUMERIC", "Integer": "INT", "Real": "FLOAT8", "Boolean": "BOOLEAN",
            "Date": "DATE", "Timestamp": "TIMESTAMPTZ", "SetOfText": "TEXT[]"}.get(type(f.type).__name__, "TEXT")  # fmt: skip


def _there(value: Any, f: Field) -> Any:
    if value is None:
        return None
    if isinstance(f.type, ty.Money | ty.Number):
        from decimal import Decimal

        return Decimal(value) / ty.scale(f.type)
    if isinstance(value, frozenset):
        return sorted(value)
    return f"{value}+00" if f.type == ty.TIMESTAMP else value


def test_the_same_run_by_another_source(warehouse: Path) -> None:
    for source, more in (("default", []), ("warehouse", ["--no-ledger"])):
        result = call(
            "run", "--as-of", "2026-11-01", "--source", source, "--output", f"out/{source}", *more, cwd=warehouse
        )
        assert result.exit_code == 0, result.output
    for path in sorted((warehouse / "out" / "default").glob("*.csv")):
        assert path.read_text() == (warehouse / "out" / "warehouse" / path.name).read_text(), path.name


@pytest.mark.parametrize("command", ["run", "export"])
def test_stale_tables_are_refused_by_either_source(warehouse: Path, command: str) -> None:
    """`logins` is `fresh within 3 days`, and its newest row is of October."""
    shown = []
    for source in ("default", "warehouse"):
        asked = [command, "--as-of", "2026-12-15", "--source", source, "--output", source]
        refused = call(*asked, cwd=warehouse)
        assert (refused.exit_code, (warehouse / source).exists()) == (3, False)
        shown.append([line for line in refused.output.splitlines() if "SEG0712" in line])
        assert call(*asked, "--allow-stale", cwd=warehouse).exit_code == 0
    assert shown[0] == shown[1] != []


def test_a_printed_query_has_the_rows_of_a_run(warehouse: Path, postgres_url: str) -> None:
    """Each rule, in a session of its own that has nothing but what is printed."""
    workspace = sound(load_workspace(warehouse))
    for name in [*workspace.model.segmentations, *workspace.model.segments]:
        own = by_run(workspace, [name], "2026-11-01", "warehouse").frames
        (expected,) = (frame.astype(object).where(frame.notna(), None).to_numpy().tolist() for frame in own.values())
        with psycopg.connect(postgres_url, autocommit=True) as con:
            cursor = con.execute(printed(workspace, name, "warehouse", "2026-11-01").text.encode())
            while cursor.nextset():
                pass
            assert [list(row) for row in cursor.fetchall()] == expected, name
        assert len(expected) > 100


def test_a_printed_list_has_the_types_of_a_table(
    tmp_path: Path, postgres_url: str, pg: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    pg.execute("DROP TABLE IF EXISTS public.account; CREATE TABLE public.account (account_id TEXT, arr NUMERIC)")
    pg.execute("INSERT INTO public.account VALUES ('a', 1), ('b', 2), ('ç', NULL)")
    texts = {
        "strategic.csv": "account_id,floor,since,tags,ok\na,0.50,2026-10-31,x;y,yes\nç,,,,\n",
        "r.seg": """list strategic of account from "strategic.csv" { floor: money(USD)  since: date  tags: set of text  ok: boolean }
entity account { account_id: text key  arr: money(USD) }
segment s of account { when arr > strategic.floor and strategic.since < today and strategic.tags has any ("y") and strategic.ok }""",
        "segdsl.toml": '[workspace]\nname = "t"\n[sources.default]\nengine = "postgres"\nurl = "${ACME_URL}"\n[sources.default.tables]\naccount = "account"\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("ACME_URL", postgres_url)
    workspace = sound(load_workspace(tmp_path))
    (frame,) = by_run(workspace, ["s"], "2026-11-01", "default").frames.values()
    with psycopg.connect(postgres_url, autocommit=True) as con:
        cursor = con.execute(printed(workspace, "s", None, "2026-11-01").text.encode())
        while cursor.nextset():
            pass
        rows = cursor.fetchall()
    assert rows[0] == ("a", True) and rows == [
        tuple(row) for row in frame.astype(object).where(frame.notna(), None).to_numpy()
    ]


def test_the_same_copy_by_another_source(warehouse: Path) -> None:
    for source in ("default", "warehouse"):
        result = call("snapshot", "--as-of", "2026-11-01", "--source", source, "-o", source, cwd=warehouse)
        assert result.exit_code == 0, result.output
    files = sorted((warehouse / "default").glob("*.parquet"))
    for path in files:
        own, theirs = (f"SELECT * FROM '{warehouse / source / path.name}'" for source in ("default", "warehouse"))
        assert duckdb.sql(f"DESCRIBE {own}").fetchall() == duckdb.sql(f"DESCRIBE {theirs}").fetchall(), path.name
        lacking = duckdb.sql(f"SELECT count(*) FROM (({own}) EXCEPT ALL ({theirs}))").fetchall()
        sizes = duckdb.sql(f"SELECT (SELECT count(*) FROM ({own})), (SELECT count(*) FROM ({theirs}))").fetchall()[0]
        assert lacking == [(0,)] and sizes[0] == sizes[1] > 0, path.name
    assert len(files) > 8


CHECKED = """entity account { account_id: text key  plan: one of ("free", "team")  arr: money(USD) from 0 to 100 required  name: text personal }
table logins of account by account_id at occurred_at fresh within 3 days { device: text required }
segment s of account { when arr > 1 and any(logins in last 30 days) }
"""


@pytest.fixture
def damaged(tmp_path: Path, postgres_url: str, pg: Session, monkeypatch: pytest.MonkeyPatch) -> Path:
    pg.execute("DROP TABLE IF EXISTS public.account, public.logins")
    pg.execute("CREATE TABLE public.account (account_id TEXT, plan TEXT, arr NUMERIC, name TEXT)")
    pg.execute(
        "INSERT INTO public.account VALUES ('a', 'gold', 5, 'Ann'), ('b', ' ', 500, 'Bo'), ('c', 'free', NULL, NULL)"
    )
    pg.execute("CREATE TABLE public.logins (account_id TEXT, occurred_at TIMESTAMPTZ, device TEXT)")
    pg.execute(
        "INSERT INTO public.logins VALUES ('a', '2026-10-20Z', 'x'), ('A', '2026-10-20Z', 'x'), ('b', NULL, NULL)"
    )
    (tmp_path / "r.seg").write_text(CHECKED, encoding="utf-8")
    (tmp_path / "segdsl.toml").write_text(
        '[workspace]\nname = "t"\n[sources.default]\nengine = "postgres"\nurl = "${ACME_URL}"\n[sources.default.tables]\naccount = "account"\nlogins = "logins"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("ACME_URL", postgres_url)
    return tmp_path


def test_what_is_odd_about_tables_is_counted(damaged: Path) -> None:
    result = call("data", "check", "--as-of", "2026-10-21", "--format", "json", cwd=damaged)
    findings = {
        (t["table"], f["column"], f["kind"], f["count"]): f["examples"]
        for t in as_json(result)["data"]
        for f in t["findings"]
    }
    assert findings == {
        ("account", "plan", "not one of", 1): ["gold"], ("account", "arr", "out of range", 1): ["500"], ("account", "arr", "empty", 1): [],
        ("logins", "account_id", "orphans", 1): ["A"], ("logins", "occurred_at", "no time", 1): [], ("logins", "device", "empty", 1): [],
    }  # fmt: skip
    assert result.exit_code == 0


def test_a_stale_table_stops_a_run(damaged: Path) -> None:
    """As on files: nothing is published unless somebody says so."""
    stopped = call("run", "--as-of", "2026-11-01", "-o", "out.csv", cwd=damaged)
    assert stopped.exit_code == 3 and "SEG0712" in stopped.output and not (damaged / "out.csv").exists()
    assert call("run", "--as-of", "2026-11-01", "-o", "out.csv", "--allow-stale", cwd=damaged).exit_code == 0
    assert call("run", "--as-of", "2026-10-21", "-o", "out.csv", cwd=damaged).exit_code == 0
    assert call("data", "check", "--as-of", "2026-11-01", cwd=damaged).exit_code == 1


def test_the_same_list_by_another_source(warehouse: Path) -> None:
    """Amounts, whole numbers, ratios, days, times, sets and texts, of customers and of contacts."""
    shown = "arr, arr * 1.1, seats_purchased, arr / seats_purchased, created_at, renewal_date, country, status, any(logins in last 30 days), seat_use"
    for more in ([], ["--since", "2026-09-01"], ["--to", 'users where role = "admin"'], ["--why"]):
        asked = [
            *more,
            "--with",
            "email, account.arr" if "--to" in more else shown,
            "--as-of",
            "2026-11-01",
            "--format",
            "json",
        ]
        own, theirs = (
            as_json(call("list", "motion.steady", *asked, "--source", source, cwd=warehouse))
            for source in ("default", "warehouse")
        )
        assert own["rows"] and own["rows"] == theirs["rows"] and own["worth"] == theirs["worth"]


@pytest.mark.long
@pytest.mark.parametrize("few", [0, 9])
def test_the_ledger_tells_the_same_moves_with_the_same_causes(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch, few: float
) -> None:
    """Also where those who moved are evaluated alone."""
    monkeypatch.setattr(causes, "FEW", few)
    told = {}
    for source in ("default", "warehouse"):
        for day in ("2026-10-01", "2026-11-01"):
            result = call("run", "--as-of", day, "--source", source, "--output", "out/x", cwd=warehouse)
            assert result.exit_code == 0, result.output
        told[source] = json.loads(call("runs", "last", "--format", "json", cwd=warehouse).output)
    assert told["warehouse"]["moves"] == told["default"]["moves"]
    assert {m["causes"][0] for m in told["default"]["moves"]} >= {"time passed"}


@pytest.mark.long
@pytest.mark.parametrize(
    "command",
    [
        "profile security_minded",
        "profile motion --since 2026-06-01",
        "profile motion.save --against dach_accounts",
        "overlap",
        "overlap motion",
        "goals",
    ],
)
def test_the_same_figures_by_another_source(warehouse: Path, command: str) -> None:
    """To nine digits; engines add doubles up in orders of their own."""
    told = []
    for source in ("default", "warehouse"):
        result = call(*command.split(), "--as-of", "2026-11-01", "--source", source, "--format", "json", cwd=warehouse)
        assert result.exit_code == 0, result.output
        told.append(json.loads(result.stdout, parse_float=lambda digits: float(f"{float(digits):.6g}")))
    assert told[0] == told[1]


EXPERIMENT = """
experiment here { incumbent attention candidate attention_v2 cluster by parent backtest as of 2026-01-31, 2026-05-01, 2026-08-01
  primary churned_90d, lower is better, detect 90% }
experiment once { incumbent attention candidate attention_v2 backtest as of 2026-08-01 primary uses, higher is better, detect 90% }
outcome uses of account = count(logins in next 90 days)
experiment tried { incumbent attention candidate attention_v2 pilot seed "pg" starts 2026-05-01 cluster by parent adjust by used_before
  primary uses, higher is better }
experiment old { incumbent attention candidate attention_r replay from plays_log(play: play, probability: probability)
  as of 2026-02-01, 2026-05-01  primary uses, higher is better }
metric used_before of account = count(logins in last 90 days)
segmentation attention_r of account where any(contracts) { segment all { when status = "active" play support_outreach } otherwise rest }
"""


@pytest.mark.slow
def test_a_pilot_and_a_replay_are_the_same(warehouse: Path) -> None:
    """Who enters which arm, octet for octet; and what became of them."""
    (warehouse / "experiments" / "more.seg").write_text(EXPERIMENT, encoding="utf-8")
    path, kept = warehouse / "experiments" / "exposures" / "tried.csv", []
    for source in ("default", "warehouse"):
        result = call("experiment", "assign", "tried", "--as-of", "2026-05-01", "--source", source, cwd=warehouse)
        assert result.exit_code == 0, result.output
        kept.append(path.read_bytes())
        path.unlink()
    assert kept[0] == kept[1] and kept[0].count(b",true,") > 20
    path.write_bytes(kept[0])
    for name in ("tried", "old"):
        told = []
        for source in ("default", "warehouse"):
            result = call(
                "experiment", "run", name, "--source", source, "--no-record", "--format", "json", cwd=warehouse
            )
            told.append(json.loads(result.stdout))
        held = [{n: (c["ok"], c["said"]) for n, c in t["validity"].items()} for t in told]
        assert held[0] == held[1]
        if name == "tried":
            assert told[0]["primary"] is not None, told[0]["sentence"]
        assert _numbers(told[1].get("primary")) == pytest.approx(_numbers(told[0].get("primary")), rel=1e-9, abs=1e-12)


@pytest.mark.long
def test_a_backtest_counts_the_same(large_warehouse: Path) -> None:
    """Cells, totals by cluster and folds; of a yes or no, and of a count."""
    (large_warehouse / "experiments" / "more.seg").write_text(EXPERIMENT, encoding="utf-8")
    for name in ("here", "once"):
        told = []
        for source in ("default", "warehouse"):
            result = call(
                "experiment", "run", name, "--source", source, "--no-record", "--format", "json", cwd=large_warehouse
            )
            told.append(json.loads(result.stdout))
        assert told[0]["primary"] is not None, told[0]["sentence"]
        for key in {"primary", "by_origin", "segments", "sensitivity", "power"} & set(told[0]):
            assert _numbers(told[1][key]) == pytest.approx(_numbers(told[0][key]), rel=1e-9, abs=1e-12), key


def _numbers(told: Any) -> list[float]:
    if isinstance(told, dict):
        return [n for v in told.values() for n in _numbers(v)]
    if isinstance(told, list):
        return [n for v in told for n in _numbers(v)]
    return [float(told)] if isinstance(told, int | float) else []


@pytest.mark.long
def test_explain_and_try(warehouse: Path) -> None:
    options = ("--as-of", "2026-11-01", "--source")
    commands = [("try", "arr > 20_000 and none(logins in last 30 days)"), ("explain", "northwind", "motion")]
    commands += [("explain", "northwind", "seat_use"), ("explain", "motion")]
    commands += [("explain", name, "motion") for name in ("northwind traders", "Umbar 1 SA", "Acme 2", "pharma")]
    for command in commands:
        on_files, on_database = (call(*command, *options, s, cwd=warehouse) for s in ("default", "warehouse"))
        assert "internal error" not in on_files.output, on_files.output
        assert on_files.output == on_database.output, on_database.output


# -- what may be wrong ---------------------------------------------------------------------------


def refused(url: str, **tables: str) -> list[str]:
    model = model_of(
        "entity account { account_id: text key  arr: money(USD)  plan: text } segment s of account { when arr > 1 }"
    )
    source = SourceConfig(engine="postgres", url=url, tables=dict(tables))
    with pytest.raises(DataError) as error:
        Postgres.attach(DataRequest(model.schema, source, Path(), Needed({"account": {"account_id", "arr"}})))
    return [f"{d.code} {d.message}" for d in error.value.diagnostics]


def test_bad_tables_are_named(postgres_url: str, pg: Session) -> None:
    pg.execute(
        "DROP TABLE IF EXISTS public.a1, public.a2, public.a3; CREATE TABLE public.a1 (account_id TEXT, arr TEXT)"
    )
    pg.execute("CREATE TABLE public.a2 AS SELECT 'x' AS account_id, 1.5 AS arr FROM generate_series(1, 2)")
    pg.execute("CREATE TABLE public.a3 (account_id TEXT)")
    assert refused(postgres_url, account="public.nothing") == [
        "SEG0702 no table `public.nothing` in the database, for `account`"
    ]
    assert refused(postgres_url, account="public.a1") == [
        "SEG0713 `public.a1.arr` is text there, and `account.arr` is money in USD"
    ]
    assert refused(postgres_url, account="public.a2") == ["SEG0705 `account_id` is not unique in `account` (1 keys)"]
    assert refused(postgres_url, account="public.a3") == [
        "SEG0703 `public.a3` has no column `arr`, which is `account.arr`"
    ]
    assert refused(postgres_url, account="public.a1; DROP TABLE a1")[0].startswith("SEG0702 no table")


def test_a_database_that_is_not_there_and_a_secret_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused("postgresql://127.0.0.1:1/none", account="a")[0].startswith("SEG0714 the database can't be used")
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(DataError, match="NOT_SET"):
        address("${NOT_SET}")


def test_a_connection_lost_in_the_middle_publishes_nothing(
    warehouse: Path, pg: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: Postgres, query: Any) -> Any:
        pg.execute("SELECT pg_terminate_backend(%s)", [self.con.info.backend_pid])
        return hold(self, query)

    hold = Postgres.hold
    monkeypatch.setattr(Postgres, "hold", killed)
    result = call("run", "--as-of", "2026-11-01", "--source", "warehouse", "--output", "out/x", cwd=warehouse)
    assert result.exit_code == 3 and "SEG0706" in result.output
    assert not (warehouse / "out" / "x").exists()


OPEN_SESSIONS = "FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"


def sessions_left_open(pg: Session) -> list[tuple[object, ...]]:
    """Return the last query of each session whose transaction is open.

    The server ends a closed session a moment after its client has closed it, so a session counts as open only
    where it still stands after five seconds.
    """
    deadline = time.monotonic() + 5
    while left := pg.execute(f"SELECT query {OPEN_SESSIONS}".encode()).fetchall():
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    return left


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("run", "--as-of", "2026-11-01", "--no-ledger"), 0),
        (("try", "arr > 1_000", "--as-of", "2026-11-01"), 0),
        (("explain", "motion", "--as-of", "2026-11-01"), 0),
        (("explain", "nobody of this name", "--as-of", "2026-11-01"), 2),
        (("explain", "--near", "motion.save", "--as-of", "2026-11-01"), 0),
        (("attrition", "motion.save", "--as-of", "2026-11-01"), 0),
        (("overlap", "motion", "--as-of", "2026-11-01"), 0),
        (("fields", "--as-of", "2026-11-01"), 0),
        (("run", "--as-of", "2026-11-01", "--output", "segdsl.toml"), 2),
        (("data", "check", "--as-of", "2026-11-01"), 0),
        (("data", "check", "--as-of", "2026-11-01", "--strict"), 1),
        (("snapshot", "--as-of", "2026-11-01"), 0),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_no_command_leaves_a_session_open(
    warehouse: Path, pg: Session, arguments: tuple[str, ...], exit_code: int
) -> None:
    """Whatever the command met, its transaction has ended with it, before anything is collected."""
    gc.disable()
    try:
        result = call(*arguments, "--source", "warehouse", cwd=warehouse)
        left = sessions_left_open(pg)
        pg.execute(f"SELECT pg_terminate_backend(pid) {OPEN_SESSIONS}".encode())  # the next test drops its tables
    finally:
        gc.enable()
    assert (result.exit_code, left) == (exit_code, []), result.output


def test_an_engine_that_refuses_its_data_leaves_no_session_open(postgres_url: str, pg: Session) -> None:
    with pytest.raises(DataError) as held:
        Postgres.attach(
            DataRequest(
                model_of("entity account { account_id: text key } segment all of account { when true }").schema,
                SourceConfig(engine="postgres", url=postgres_url, tables={"account": "public.nothing"}),
                Path(),
                Needed({"account": {"account_id"}}),
            )
        )
    assert "no table `public.nothing`" in str(held.value)
    assert sessions_left_open(pg) == []


@pytest.mark.parametrize(("created", "severity"), [("2026-10-15", "error"), ("2025-10-15", "warning")])
def test_a_server_whose_zones_are_older_is_named(postgres_url: str, pg: Session, created: str, severity: str) -> None:
    """The server of these tests shows another time in Morocco than the package tzdata from October 2026 on."""
    pg.execute(f"DROP TABLE IF EXISTS public.z1; CREATE TABLE public.z1 AS SELECT 'x' AS account_id, TIMESTAMPTZ '{created} 12:00Z' AS created_at")  # fmt: skip
    model = model_of(
        "entity account { account_id: text key  created_at: timestamp } segment s of account { when created_at in last 30 days }"
    )
    source = SourceConfig(engine="postgres", url=postgres_url, tables={"account": "public.z1"})
    clock = clock_at("2026-11-01", "Africa/Casablanca")
    request = DataRequest(model.schema, source, Path(), Needed({"account": {"account_id", "created_at"}}), clock=clock)
    try:
        found = Postgres.attach(request).notes
    except DataError as stopped:
        found = stopped.diagnostics
    assert [(d.code, d.severity) for d in found] == [("SEG0718", severity)] and "Africa/Casablanca" in found[0].message


def test_an_empty_text_and_one_of_blanks_are_missing_and_versions_are_read(postgres_url: str, pg: Session) -> None:
    pg.execute(
        "DROP TABLE IF EXISTS public.e1; CREATE TABLE public.e1 AS SELECT * FROM (VALUES "
        "('a', '', ARRAY['', 'x'], '10.2'), ('b', ' \t', ARRAY[' '], 'v1.2.3-rc.1+b7'), ('c', ' x', NULL, '1.x')) AS t(account_id, plan, tags, app)"
    )
    model = model_of("entity account { account_id: text key  plan: text  tags: set of text  app: version }")
    source = SourceConfig(engine="postgres", url=postgres_url, tables={"account": "public.e1"})
    needed = Needed({"account": {"account_id", "plan", "tags", "app"}})
    engine = Postgres.attach(DataRequest(model.schema, source, Path(), needed))
    rows = {row["account_id"]: (row["plan"], row["tags"], row["app"]) for row in engine.relation_rows("account")}
    assert rows == {
        "a": (None, frozenset({"x"}), 10_000002_000000_000000_1),
        "b": (None, frozenset(), 1_000002_000003_000000_0),
        "c": (" x", None, None),
    }
