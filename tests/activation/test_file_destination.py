"""Files of deliveries: the same bytes for the same export, whole or as changes, in plain columns and in those of vendors."""

from __future__ import annotations

import csv
import datetime as dt
import json
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from segdsl.activation.delivery import Delivery, Outcome
from segdsl.activation.destinations import destination
from segdsl.activation.destinations.fates import DestinationError, withheld, withhold
from segdsl.activation.destinations.files import Files
from segdsl.activation.log.entries import Status
from segdsl.activation.log.store import Log
from segdsl.diagnostics import Refusal
from segdsl.workspace.destinations import FilesSettings
from segdsl.workspace.load import load_workspace
from tests.support.deliveries import EXPORT, MAIL, deliveries, delivery, put, say, statuses

pytestmark = pytest.mark.slow
CONTACT, ACCOUNT = "003000000000001AAA", "001000000000001AAA"


def sent(root: Path, rows: list[Delivery], plays: tuple[str, ...] = (MAIL,), **settings: object) -> Outcome:
    usual: dict[str, object] = {"folder": "out"}
    files = Files("sheets", FilesSettings(**(usual | settings)), root, plays)  # type: ignore[arg-type]
    with Log.to_write(root, EXPORT) as log:
        return files.send(put(rows), log)


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_plain_file(tmp_path: Path) -> None:
    odd = delivery(1, recipient=None, address=None, subject=None, message=None, fields={
        "name": "=1+1, Ltd", "arr": Decimal("0.10"), "renewal": None, "seats": True, "tags": (),
    })  # fmt: skip
    outcome = sent(tmp_path, [odd, delivery(0)])
    assert (outcome.sent, outcome.files) == (2, (tmp_path / "out" / "renewal_mail.csv",))
    assert table(tmp_path / "out" / "renewal_mail.csv") == [
        ["customer", "recipient", "address", "name", "arr", "renewal", "seats", "tags", "subject", "message", "key"],
        ["a00000", "u00000", "user0@customer.example", "Customer 0", "1200.50", "2026-03-02", "0", "a;b", "Your renewal, customer 0", "Hello\nthere", delivery(0).key],
        ["a00001", "", "", "'=1+1, Ltd", "0.10", "", "true", "", "", "", odd.key],
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "parquet"])
def test_the_same_export_again_writes_the_same_bytes_and_logs_nothing(kind: str, tmp_path: Path) -> None:
    sent(tmp_path, deliveries(5), format=kind)
    path = tmp_path / "out" / f"renewal_mail.{kind}"
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    time.sleep(2.1 if kind == "xlsx" else 0)  # a zip file's times are even seconds
    outcome = sent(tmp_path, deliveries(5)[::-1], format=kind)
    assert (outcome.sent, outcome.repeated, outcome.files) == (0, 5, (path,))
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_each_kind_of_file_has_the_same_rows(tmp_path: Path) -> None:
    for kind in ("csv", "xlsx", "json", "parquet"):
        sent(tmp_path, deliveries(3), format=kind)
    read = {
        "csv": pd.read_csv(tmp_path / "out" / "renewal_mail.csv"),
        "parquet": pd.read_parquet(tmp_path / "out" / "renewal_mail.parquet"),
        "json": pd.DataFrame(json.loads((tmp_path / "out" / "renewal_mail.json").read_text(encoding="utf-8"))),
        "xlsx": pd.read_excel(tmp_path / "out" / "renewal_mail.xlsx"),
    }
    for kind, frame in read.items():
        assert list(frame["name"]) == ["Customer 0", "Customer 1", "Customer 2"], kind
        assert [float(a) for a in frame["arr"]] == [1200.5, 1201.5, 1202.5], kind
    sheet = openpyxl.load_workbook(tmp_path / "out" / "renewal_mail.xlsx").active
    assert sheet["F2"].value == dt.datetime(2026, 3, 2)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "parquet"])
def test_whole_numbers_beside_a_missing_one(kind: str, tmp_path: Path) -> None:
    """They stay whole, with all their digits: as doubles, two customers' ids would be the same."""
    ids = [10**17 + 1, None, 10**17 + 3, 0]
    sent(tmp_path, [delivery(n, fields={"id": i}) for n, i in enumerate(ids)], format=kind)
    path = tmp_path / "out" / f"renewal_mail.{kind}"
    match kind:
        case "csv":
            seen: list[object] = [row[3] for row in table(path)[1:]]
        case "xlsx":
            seen = [row[3] for row in list(openpyxl.load_workbook(path).active.values)[1:]]
        case "json":
            seen = [row["id"] for row in json.loads(path.read_text(encoding="utf-8"))]
        case _:
            seen = [None if i is None else int(i) for (i,) in duckdb.sql(f"SELECT id FROM '{path}'").fetchall()]
    assert [str(i) if i is not None else "" for i in seen] == ["100000000000000001", "", "100000000000000003", "0"]


def test_a_file_for_each_play_also_without_anybody(tmp_path: Path) -> None:
    outcome = sent(tmp_path, deliveries(2), (MAIL, "exec_call"))
    assert [p.name for p in outcome.files] == ["renewal_mail.csv", "exec_call.csv"]
    assert len(table(tmp_path / "out" / "exec_call.csv")) == 1
    with pytest.raises(DestinationError, match="it has no file for `renewal_mail`"):
        sent(tmp_path, deliveries(2), ("exec_call",))


CHANGED = [delivery(0, change="entered"), delivery(1, change="updated"), delivery(2), delivery(3, change="left")]


@pytest.mark.parametrize(
    ("layout", "mode", "rows"),
    [
        ("plain", "whole", {"a00000": None, "a00001": None, "a00002": None}),
        ("plain", "changes", {"a00000": "entered", "a00001": "updated", "a00003": "left"}),
        ("hubspot contacts", "whole", {"user0": MAIL, "user1": MAIL, "user2": MAIL}),
        ("hubspot contacts", "changes", {"user0": MAIL, "user1": MAIL, "user3": "none"}),
        ("hubspot tasks", "changes", {"user0": "NOT_STARTED", "user1": "NOT_STARTED", "user2": "NOT_STARTED"}),
    ],
)
def test_the_whole_list_or_changes(layout: str, mode: str, rows: dict[str, str | None], tmp_path: Path) -> None:
    """Whoever left has a value that says so, since a blank one overwrites nothing; there is no task about who left."""
    outcome = sent(tmp_path, CHANGED, layout=layout, mode=mode)
    head, *lines = table(tmp_path / "out" / "renewal_mail.csv")
    what = {"plain": "change", "hubspot contacts": "Play", "hubspot tasks": "hs_task_status"}[layout]
    seen = {row[0].partition("@")[0]: row[head.index(what)] if what in head else None for row in lines}
    assert seen == rows
    assert outcome.sent == len(rows)


def salesforce(**changes: object) -> Delivery:
    usual: dict[str, object] = {
        "customer": ACCOUNT,
        "recipient": CONTACT,
        "fields": {"owner": "005000000000001AAA", "first_name": "Ann"},
    }
    return delivery(0, **(usual | changes))


LAYOUTS = {
    "hubspot contacts": (
        {"first_name": "Ann", "last_name": "Lee", "owner": "mia@us.example", "renewal": dt.date(2026, 5, 1)},
        {"Email": "user0@customer.example", "First name": "Ann", "Last name": "Lee", "Contact owner": "mia@us.example", "Renewal date": "2026-05-01", "Play": MAIL},
    ),
    "hubspot tasks": (
        {"owner": "64492917", "priority": "HIGH"},
        {"Email": "user0@customer.example", "hs_task_subject": "Your renewal, customer 0", "hs_task_body": "Hello\nthere", "hs_timestamp": "2026-03-02T00:00:00Z", "hs_task_status": "NOT_STARTED", "hubspot_owner_id": "64492917", "hs_task_priority": "HIGH"},
    ),
    "salesforce contacts": (
        {"first_name": "Ann", "last_name": "Lee", "renewal": dt.date(2026, 5, 1)},
        {"Id": CONTACT, "Email": "user0@customer.example", "FirstName": "Ann", "LastName": "Lee", "Renewal date": "2026-05-01", "Play__c": MAIL},
    ),
    "salesforce tasks": (
        {"owner": "005000000000001AAA", "priority": "High"},
        {"WhoId": CONTACT, "WhatId": ACCOUNT, "Subject": "Your renewal, customer 0", "Description": "Hello\nthere", "ActivityDate": "2026-03-02", "Status": "Not Started", "OwnerId": "005000000000001AAA", "Priority": "High"},
    ),
    "salesforce updates": ({"arr": Decimal("10.50")}, {"Id": ACCOUNT, "arr": "10.50", "Play__c": MAIL}),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_columns_of_vendors(layout: str, tmp_path: Path) -> None:
    """Headers as the vendors' documentation has them: see `segdsl/activation/destinations/layouts.py`."""
    fields, expected = LAYOUTS[layout]
    sent(tmp_path, [salesforce(fields=fields)], layout=layout, columns={"renewal": "Renewal date"})
    head, row = table(tmp_path / "out" / "renewal_mail.csv")
    assert dict(zip(head, row, strict=True)) == expected


@pytest.mark.parametrize(
    ("layout", "changes", "columns", "why"),
    [
        ("hubspot contacts", {"address": None}, {}, "its layout needs the address of each row, and `001000000000001AAA` of `renewal_mail` has none"),
        ("salesforce contacts", {"recipient": None}, {}, "its layout needs the recipient of each row"),
        ("salesforce contacts", {"recipient": "u1"}, {}, "the column `Id` takes Ids of Salesforce, and `u1` is none"),
        ("salesforce tasks", {"customer": "acme"}, {}, "the column `WhatId` takes Ids of Salesforce, and `acme` is none"),
        ("plain", {"fields": {"customer": "x"}}, {}, "two columns would have the header `customer`, one of them the merge field `customer`"),
        ("plain", {}, {"owner": "first_name"}, "two columns would have the header `first_name`"),
        ("salesforce contacts", {}, {"owner": "Email"}, "two columns would have the header `Email`"),
    ],
)  # fmt: skip
def test_what_a_layout_can_t_say(
    layout: str, changes: dict[str, object], columns: dict[str, str], why: str, tmp_path: Path
) -> None:
    with pytest.raises(DestinationError) as refused:
        sent(tmp_path, [salesforce(**changes)], layout=layout, columns=columns)
    assert why in refused.value.diagnostics[0].message
    assert not (tmp_path / "out").exists()
    assert statuses(Log.to_read(tmp_path), "sheets") == {}


def test_more_rows_than_a_workbook_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segdsl.activation.destinations.files.MOST_ROWS", 2)
    with pytest.raises(DestinationError, match=r"3 rows of `renewal_mail` are more than a workbook has"):
        sent(tmp_path, deliveries(3), format="xlsx")
    assert statuses(Log.to_read(tmp_path), "sheets") == {}


def test_one_key_twice(tmp_path: Path) -> None:
    with pytest.raises(DestinationError, match=r"`renewal_mail` for `a00000` is there 2 times"):
        sent(tmp_path, [delivery(0), delivery(1), delivery(0)])


def test_a_folder_that_can_t_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    outcome = sent(tmp_path, deliveries(2))
    assert outcome.stopped is not None
    assert "can't be written" in outcome.stopped.message
    assert (outcome.in_doubt, len(outcome.not_sent)) == ((), 2)
    assert {e.status for e in Log.to_read(tmp_path).latest()} == {"not sent"}
    (tmp_path / "out").unlink()
    assert sent(tmp_path, deliveries(2)).sent == 2


def test_a_file_that_can_t_be_put_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of the files that were put are sent, those of the others aren't, and what was in doubt stays so."""
    call = [delivery(n, play="exec_call") for n in range(2, 4)]
    with Log.to_write(tmp_path, EXPORT) as log:
        say(log, "sheets", [call[0]], "in doubt")

    def put(aside: Path, target: Path) -> None:
        if target.name == "exec_call.csv":
            raise OSError(13, "Permission denied")
        aside.rename(target)

    monkeypatch.setattr("segdsl.files.atomic.put", put)
    outcome = sent(tmp_path, [*deliveries(2), *call], (MAIL, "exec_call", "visit"))
    assert outcome.stopped is not None
    why = f"{tmp_path / 'out' / 'exec_call.csv'} can't be written: Permission denied"
    assert outcome.stopped.message == f"destination `sheets`: {why}"
    assert [p.name for p in outcome.files] == ["renewal_mail.csv"]
    assert (outcome.sent, [d.customer for d in outcome.in_doubt], [d.customer for d in outcome.not_sent]) == (
        2,
        ["a00002"],
        ["a00003"],
    )
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["renewal_mail.csv"]
    monkeypatch.undo()
    assert sent(tmp_path, [*deliveries(2), *call], (MAIL, "exec_call", "visit")).sent == 2


def test_who_is_held_out_is_logged_once(tmp_path: Path) -> None:
    for new in (3, 0):
        with Log.to_write(tmp_path, EXPORT) as log:
            assert withhold(withheld("sheets", put(deliveries(3)), log)) == new
    assert {e.status for e in Log.to_read(tmp_path).latest()} == {"would have been sent"}


STATUSES: dict[Status, Status] = {
    "sent": "sent",
    "in doubt": "in doubt",
    "not sent": "would have been sent",
    "rejected": "would have been sent",
    "withdrawn": "would have been sent",
}


@pytest.mark.parametrize(("before", "after"), STATUSES.items())
def test_who_is_held_out_later_was_sent_what_was_sent(before: Status, after: Status, tmp_path: Path) -> None:
    with Log.to_write(tmp_path, EXPORT) as log:
        say(log, "sheets", [delivery(0)], before)
        assert withhold(withheld("sheets", put([delivery(0)]), log)) == (before != after)
        assert statuses(log, "sheets") == {delivery(0).key: after}


TOML = """[sources.default.tables]
account = "out/renewal_mail.csv"
[destinations.sheets]
kind = "files"
folder = "out"
plays = ["renewal_mail"]
[destinations.rules]
kind = "files"
folder = ".segdsl"
[destinations.crm]
kind = "webhook"
url = "https://crm.example/rows"
"""


def test_destinations_of_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "rules.seg").write_text("", encoding="utf-8")
    workspace = load_workspace(tmp_path)
    assert destination(workspace, "crm", ["renewal_mail"]).name == "crm"
    for name, why in (
        ("shets", "segdsl.toml has no destination `shets`"),
        ("sheets", "is a file that the workspace reads"),
        ("rules", "is a file that the workspace reads"),
    ):
        with pytest.raises(Refusal, match=why):
            destination(workspace, name, ["renewal_mail", "exec_call"])
