"""A table of a real PostgreSQL: upsert and mirror in one transaction with the export's id, and what a lost connection leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from segdsl.activation.delivery import Delivery, Outcome
from segdsl.activation.destinations.fates import DestinationError
from segdsl.activation.destinations.postgres import Postgres
from segdsl.activation.log.store import Export, Log
from segdsl.workspace.destinations import PostgresSettings
from tests.support.deliveries import DAY, EXPORT, MAIL, deliveries, delivery, put, statuses

pytestmark = pytest.mark.slow
LATER = Export(DAY.replace(day=3), (MAIL,), "")
Session = psycopg.Connection[Any]


@pytest.fixture
def crm(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """An empty schema `crm`."""
    monkeypatch.setenv("PG_URL", postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as con:
        con.execute("DROP SCHEMA IF EXISTS crm CASCADE; CREATE SCHEMA crm")
        yield con


def sent(
    root: Path, rows: list[Delivery], plays: tuple[str, ...] = (MAIL,), export: Export = EXPORT, **settings: object
) -> Outcome:
    usual: dict[str, object] = {"url": "env:PG_URL", "table": "crm.audience"}
    postgres = Postgres("dwh", PostgresSettings(**(usual | settings)), plays)  # type: ignore[arg-type]
    with Log.to_write(root, export) as log:
        return postgres.send(put(rows), log)


def table(con: Session, columns: str = "customer") -> list[Any]:
    rows = con.execute(f"SELECT {columns} FROM crm.audience ORDER BY customer, key".encode()).fetchall()
    return [r[0] if len(r) == 1 else r for r in rows]


def test_a_table_is_made_with_the_values_types(crm: Session, tmp_path: Path) -> None:
    rows = [
        delivery(0),
        delivery(
            1,
            recipient=None,
            address=None,
            fields={"name": None, "arr": Decimal("0.10"), "renewal": None, "seats": 2**70, "tags": ()},
        ),
    ]
    assert sent(tmp_path, rows, columns={"renewal": "renewal_date"}).sent == 2
    assert table(crm, "key, play, channel, day, customer, recipient, address, subject, message, change, name, arr, renewal_date, seats, tags") == [
        (delivery(0).key, MAIL, "email", DAY, "a00000", "u00000", "user0@customer.example", "Your renewal, customer 0", "Hello\nthere", None,
         "Customer 0", Decimal("1200.50"), DAY, Decimal(0), ["a", "b"]),
        (delivery(1).key, MAIL, "email", DAY, "a00001", None, None, "Your renewal, customer 1", "Hello\nthere", None, None, Decimal("0.10"), None, Decimal(2**70), []),
    ]  # fmt: skip
    types = "SELECT data_type FROM information_schema.columns WHERE table_schema = 'crm' AND table_name = 'audience' ORDER BY ordinal_position"
    assert [t for (t,) in crm.execute(types).fetchall()][3:4] + [t for (t,) in crm.execute(types).fetchall()][10:] == [
        "date", "text", "numeric", "date", "numeric", "ARRAY",
    ]  # fmt: skip


def test_upsert(crm: Session, tmp_path: Path) -> None:
    """The next day's rows are added; a row that is sent anew is updated; none is deleted."""
    sent(tmp_path, deliveries(3))
    with Log.to_write(tmp_path) as log:
        log.withdraw(EXPORT.id)
    outcome = sent(tmp_path, [delivery(2, subject="Anew"), delivery(3)], export=LATER)
    assert (outcome.sent, table(crm, "customer, subject")[2:]) == (
        2,
        [("a00002", "Anew"), ("a00003", "Your renewal, customer 3")],
    )


def test_mirror(crm: Session, tmp_path: Path) -> None:
    """A play's rows are those of the export; other plays' rows are nobody's business; whoever left is gone."""
    call = [delivery(n, play="exec_call") for n in range(10, 12)]
    sent(tmp_path, [*deliveries(3), *call], (MAIL, "exec_call"), mode="mirror")
    left = delivery(1, key="left 1", change="left")
    outcome = sent(tmp_path, [delivery(0), delivery(3), left], export=LATER, mode="mirror")
    assert (outcome.sent, outcome.repeated) == (1, 1)
    assert table(crm) == ["a00000", "a00003", "a00010", "a00011"]
    assert sent(tmp_path, [], export=Export(DAY.replace(day=4), (MAIL,), ""), mode="mirror").sent == 0
    assert table(crm) == ["a00010", "a00011"]


@pytest.mark.parametrize("mode", ["upsert", "mirror"])
def test_the_same_export_again_writes_and_logs_nothing(mode: str, crm: Session, tmp_path: Path) -> None:
    sent(tmp_path, deliveries(3), mode=mode)
    before = (
        {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()},
        table(crm, "xmin::text, ctid::text, customer"),
    )
    outcome = sent(tmp_path, deliveries(3), mode=mode)
    assert (outcome.sent, outcome.repeated) == (0, 3)
    assert (
        {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()},
        table(crm, "xmin::text, ctid::text, customer"),
    ) == before
    assert len(crm.execute("SELECT * FROM crm.segdsl_exports").fetchall()) == 1


def test_the_export_is_in_the_same_transaction(crm: Session, tmp_path: Path) -> None:
    """What is in doubt is there already, says the database: nothing is written again."""
    sent(tmp_path, deliveries(3))
    crm.execute("UPDATE crm.audience SET subject = 'mended by hand'")
    log_of_before = next((tmp_path / ".segdsl" / "deliveries").glob("*.jsonl"))
    lines = log_of_before.read_bytes().splitlines(True)
    log_of_before.write_bytes(b"".join(lines[:3]))  # killed after the commit
    head = tmp_path / ".segdsl" / "deliveries" / "head.json"
    secret = head.read_text(encoding="utf-8").partition('"secret"')[2]
    head.write_text(f'{{"n": 0, "sum": "", "secret"{secret}', encoding="utf-8")
    assert sent(tmp_path, deliveries(3)).sent == 3
    assert set(table(crm, "subject")) == {"mended by hand"}


def test_a_table_that_is_there(crm: Session, tmp_path: Path) -> None:
    """Its other columns stay; where a column lacks, nothing is written and it is said."""
    crm.execute(
        "CREATE TABLE crm.audience (key text PRIMARY KEY, play text, customer text, note text NOT NULL DEFAULT 'x')"
    )
    outcome = sent(tmp_path, [delivery(0, fields={})])
    assert outcome.stopped is not None
    assert 'column "channel" does not exist' in outcome.stopped.message
    assert len(outcome.not_sent) == 1
    for column, typed in {
        "channel": "text",
        "day": "date",
        "recipient": "text",
        "address": "text",
        "subject": "text",
        "message": "text",
        "change": "text",
    }.items():
        crm.execute(f"ALTER TABLE crm.audience ADD COLUMN {column} {typed}".encode())
    assert sent(tmp_path, [delivery(0, fields={})]).sent == 1
    assert table(crm, "customer, note") == [("a00000", "x")]


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ("CREATE TABLE crm.audience AS SELECT ''::text AS key, ''::text AS play, ''::text AS channel, now()::date AS day, ''::text AS customer, ''::text AS recipient, ''::text AS address, ''::text AS subject, ''::text AS message, ''::text AS change, ''::text AS name", "no unique or exclusion constraint"),
        ("CREATE TABLE crm.audience (key text PRIMARY KEY, play text, channel text, day date, customer text, recipient text, address text, subject text, message text, change text, name int)", "a value doesn't fit into its column"),
        ("CREATE TABLE crm.audience (key text PRIMARY KEY, play text, channel text, day date, customer text CHECK (customer < 'a'), recipient text, address text, subject text, message text, change text, name text)", "a value doesn't fit into its column (`audience_customer_check`)"),
        ("CREATE VIEW crm.audience AS SELECT 1 AS x", "does not exist"),
    ],
)  # fmt: skip
def test_a_table_that_doesn_t_take_the_rows(made: str, why: str, crm: Session, tmp_path: Path) -> None:
    crm.execute(made.encode())
    outcome = sent(tmp_path, [delivery(0, fields={"name": "Jane's secret"})])
    assert outcome.stopped is not None
    assert why in outcome.stopped.message
    assert "Jane" not in outcome.stopped.message + outcome.stopped.help
    assert (outcome.sent, len(outcome.not_sent)) == (0, 1)
    assert crm.execute("SELECT to_regclass('crm.segdsl_exports')").fetchone() == (None,)


def test_hostile_names_and_values(crm: Session, tmp_path: Path) -> None:
    fields = {'a"; DROP TABLE crm.audience; --': "x", "b": "'; DROP SCHEMA crm CASCADE; --"}
    assert sent(tmp_path, [delivery(0, fields=fields, customer="\\.\t\n")]).sent == 1
    assert table(crm, "customer, b") == [("\\.\t\n", "'; DROP SCHEMA crm CASCADE; --")]


@pytest.mark.parametrize("text", ["a\0b"])
def test_a_character_that_can_t_be_stored(text: str, crm: Session, tmp_path: Path) -> None:
    outcome = sent(tmp_path, [delivery(0, subject=text)])
    assert outcome.stopped is not None
    assert "a text has a character that PostgreSQL doesn't store" in outcome.stopped.message
    assert len(outcome.not_sent) == 1


def test_a_lock_and_a_lost_connection(
    crm: Session, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(tmp_path, deliveries(1))
    monkeypatch.setattr("segdsl.activation.destinations.postgres._PATIENCE", "200ms")
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE crm.audience IN ACCESS EXCLUSIVE MODE")
        outcome = sent(tmp_path, deliveries(2))
    assert outcome.stopped is not None
    assert "lock timeout" in outcome.stopped.message
    assert len(outcome.not_sent) == 1
    monkeypatch.setenv("PG_URL", "postgresql://nobody:hush@127.0.0.1:9/none")
    outcome = sent(tmp_path, deliveries(2))
    assert outcome.stopped is not None
    assert (outcome.stopped.message, len(outcome.not_sent)) == ("destination `dwh`: the database can't be reached", 1)


def test_a_connection_that_is_lost_at_the_end(
    crm: Session, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was committed is unknown until the next export, which asks the database."""
    commit = psycopg.Connection.commit

    def lost(con: Session) -> None:
        commit(con)
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", lost)
    outcome = sent(tmp_path, deliveries(2))
    assert outcome.stopped is not None
    assert (len(outcome.in_doubt), outcome.stopped.message) == (
        2,
        "destination `dwh`: the connection was lost at the end",
    )
    monkeypatch.undo()
    monkeypatch.setenv("PG_URL", postgres_url)
    assert sent(tmp_path, deliveries(2)).sent == 2
    assert len(table(crm)) == 2


def test_a_column_for_two_things(tmp_path: Path) -> None:
    with pytest.raises(DestinationError, match="two columns would be called `day`"):
        sent(tmp_path, [delivery(0, fields={"day": dt.date(2026, 1, 1)})])


def test_an_address_that_isn_t_set(tmp_path: Path) -> None:
    with pytest.raises(DestinationError, match="the environment has no NO_SUCH_URL"):
        sent(tmp_path, deliveries(1), url="env:NO_SUCH_URL")
    assert statuses(Log.to_read(tmp_path), "dwh") == {}


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    plan = Postgres("dwh", PostgresSettings(url="env:NO_SUCH_URL", table="crm.audience", mode="mirror"), (MAIL,)).plan(
        put(deliveries(3)), Log.to_read(tmp_path)
    )
    assert plan.steps == (
        "add or update 3 rows of crm.audience, in one transaction",
        "delete its rows of renewal_mail that aren't among them",
    )
    assert (plan.rows, plan.place) == (3, "crm.audience")
