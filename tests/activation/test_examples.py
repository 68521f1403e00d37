"""The four uses of activation in `examples/activation`: what its README shows is what the commands print, and the lists are right.

The README is the golden file: UPDATE_GOLDEN=1 writes what its commands print anew.
"""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from segdsl.activation.log.store import Log
from tests.support.cli import as_json, call
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "examples" / "activation"
README = EXAMPLE / "README.md"
DAY = "2026-11-01"
CONSOLE = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, its data where it looks for them, and last December's run."""
    root = tmp_path_factory.mktemp("examples")
    shutil.copytree(ROOT / "rules" / "data", root / "rules" / "data")
    folder = root / "examples" / "activation"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".segdsl", "out"))
    return folder


@pytest.fixture
def folder(fresh: Path) -> Path:
    """Without any export or run of an earlier test."""
    for made in (".segdsl", "out"):
        shutil.rmtree(fresh / made, ignore_errors=True)
    return fresh


def printed(folder: Path, block: str) -> str:
    """A block of commands with what they print."""
    shown = []
    for line in re.findall(r"^\$ segdsl (.*)$", block, re.MULTILINE):
        result = call(*shlex.split(line), cwd=folder)
        assert result.exit_code == 0, result.output
        shown.append(f"$ segdsl {line}\n{result.stdout.rstrip()}\n")
    return "\n".join(shown)


@pytest.mark.long
def test_the_readme_shows_what_the_commands_print(folder: Path) -> None:
    text = README.read_text(encoding="utf-8")
    found = CONSOLE.sub(lambda block: printed(folder, block[0]), text)
    if os.environ.get("UPDATE_GOLDEN"):
        README.write_text(found, encoding="utf-8")
    assert found == README.read_text(encoding="utf-8")


def exported(folder: Path, *arguments: str) -> dict[str, Any]:
    result = call("export", *arguments, "--as-of", DAY, "--format", "json", cwd=folder)
    assert result.exit_code == 0, result.output
    account: dict[str, Any] = as_json(result)
    return account


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Everybody with a login, with their account and what they said, by pandas."""
    users = pd.read_csv(ROOT / "rules/data/users.csv")
    accounts = pd.read_csv(ROOT / "rules/data/accounts.csv", parse_dates=["renewal_date"])
    said = pd.read_csv(EXAMPLE / "data/preferences.csv")
    return (
        users.merge(accounts, on="account_id", validate="m:1")
        .merge(said, on="user_id", how="left")
        .set_index("user_id")
    )


def held_out(folder: Path) -> set[str]:
    listed = as_json(call("list", 'split("northwind 2026") < 5%', "--as-of", DAY, "--format", "json", cwd=folder))
    return {row[0] for row in listed["rows"]}


def test_the_renewal_mail_goes_to_exactly_those_who_consented(folder: Path, people: pd.DataFrame) -> None:
    account = exported(folder, "renewal_mail", "-o", "out")["plays"][0]
    days = (people.renewal_date - pd.Timestamp(DAY)).dt.days
    due = (people.status == "active") & (people.plan != "free") & (days >= 0) & (days < 90)
    asked = people[due & (people.role == "admin") & people.active & ~people.account_id.isin(held_out(folder))]
    wanted = asked[asked.newsletter_ok == True]  # noqa: E712 (blank is unknown)
    written = rows(folder / "out/renewal_mail.csv")
    assert {r["recipient"] for r in written} == set(wanted.index) and len(written) == len(wanted) > 30
    assert account["recipients"]["gets"] == len(wanted)
    assert account["customers"]["gets"] == wanted.account_id.nunique()
    assert account["members"] == people[due].account_id.nunique()
    assert list(written[0]) == [
        "customer", "recipient", "address", "first_name", "company", "renewal_date", "days_left", "subject", "message", "key",
    ]  # fmt: skip
    for row in written:
        person = wanted.loc[row["recipient"]]
        name = "customer" if pd.isna(person.first_name) else person.first_name
        assert row["message"].startswith(f"Dear {name},\n\n{person['name']}'s contract renews ")
        assert (row["address"], row["company"]) == (person.email, person["name"])
        assert row["days_left"] == str((person.renewal_date - pd.Timestamp(DAY)).days)


def test_a_tier_that_was_reached_last_year_is_kept(folder: Path) -> None:
    """Who is in silver only since last December's run had it there is by hand: what was paid in each of the two years."""
    call("run", "tiers", "--as-of", "2025-12-01", cwd=folder)
    made = exported(folder, "gold_year", "silver_year", "--to", "loyalty_desk")
    invoices = pd.read_csv(ROOT / "rules/data/invoices.csv", parse_dates=["due_date"]).query("status == 'paid'")

    def paid(until: str) -> pd.Series[float]:
        end = pd.Timestamp(until)
        inside = invoices[(invoices.due_date < end) & (invoices.due_date >= end - pd.DateOffset(years=1))]
        return inside.groupby("account_id").amount.sum()

    accounts = pd.read_csv(ROOT / "rules/data/accounts.csv", parse_dates=["ended_at"]).set_index("account_id")
    there = accounts[~(accounts.ended_at < pd.Timestamp(DAY))].index.difference([*held_out(folder)])
    before, now = (paid(day).reindex(there, fill_value=0) for day in ("2025-12-01", DAY))
    best = pd.concat([before, now], axis=1).max(axis=1)
    wanted = {
        "gold_year": set(best[best >= 50_000].index),
        "silver_year": set(best[(best >= 10_000) & (best < 50_000)].index),
    }
    assert wanted["silver_year"] - set(now[now >= 10_000].index), "nobody is kept"
    for play in made["plays"]:
        sheet = openpyxl.load_workbook(folder / f"out/{play['play']}.xlsx").active
        header, *cells = sheet.iter_rows(values_only=True)
        assert header == ("customer", "recipient", "address", "name", "paid_12m", "subject", "message", "key")
        assert {row[0] for row in cells} == wanted[play["play"]] and len(cells) == play["customers"]["gets"]
        assert all(row[4] == pytest.approx(now[row[0]]) for row in cells)


def test_support_calls_the_five_of_most_worth(folder: Path) -> None:
    made = exported(folder, "support_call", "--to", "support_tasks", "--names")["plays"][0]
    listed = as_json(call("list", "went_silent", "--as-of", DAY, "--format", "json", cwd=folder))
    first = [row[0] for row in listed["rows"]][:5]  # those of most worth come first
    assert {n["customer"] for n in made["names"] if n["line"] == "gets"} == set(first)
    assert made["customers"] == {"gets": 5, "no room": len(listed["rows"]) - 5}
    tasks = rows(folder / "out/support_call.csv")
    assert list(tasks[0]) == [
        "Email", "hs_task_subject", "hs_task_body", "hs_timestamp", "hs_task_status", "company", "before",
    ]  # fmt: skip
    assert len(tasks) == 5 and all(t["Email"].endswith("@example.com") for t in tasks)


def test_each_arm_reads_its_own_unless_a_renewal_comes_first(folder: Path, people: pd.DataFrame) -> None:
    plays = ("automation_mail", "reports_mail", "basics_mail")
    made = {p["play"]: p for p in exported(folder, "renewal_mail", *plays, "-o", "out")["plays"]}
    renewing = {r["recipient"] for r in rows(folder / "out/renewal_mail.csv")}
    for play in plays:
        written = rows(folder / f"out/{play}.csv")
        arm = f"reading.{play.removesuffix('_mail')}"
        inside = {r[0] for r in as_json(call("list", arm, "--as-of", DAY, "--format", "json", cwd=folder))["rows"]}
        assert {r["customer"] for r in written} <= inside
        assert len(written) == made[play]["recipients"]["gets"] > 10
        assert all(people.loc[r["recipient"]].newsletter_ok is True for r in written)
        assert not renewing & {r["recipient"] for r in written}
        assert made[play]["customers"]["enough plays"] > 0


def test_the_lines_of_each_account_add_up(folder: Path) -> None:
    for play in exported(folder, "--names")["plays"]:
        assert play["members"] + play["unknown"] == sum(play["customers"].values()) + sum(play["held_out"].values())
        assert play["audience"] == sum(play["recipients"].values())
        people = [n for n in play["names"] if n["recipient"] is not None]
        assert len(people) == (play["audience"] if play["recipient"] != play["entity"] else 0)
        assert len(play["names"]) - len(people) == play["members"] + play["unknown"]


def test_the_same_export_twice_is_one(folder: Path) -> None:
    once = exported(folder, "-o", "all", "--to", "loyalty_desk", "--to", "support_tasks")
    files = {f: f.read_bytes() for name in ("out", "all") for f in (folder / name).iterdir()}
    log = {f.name: f.read_bytes() for f in (folder / ".segdsl/deliveries").glob("*.jsonl")}
    again = exported(folder, "-o", "all", "--to", "loyalty_desk", "--to", "support_tasks")
    assert again["plays"] == once["plays"] and again["export"] == once["export"]
    for before, now in zip(once["destinations"], again["destinations"], strict=True):
        assert before["sent"] > 0 and (now["sent"], now["repeated"]) == (0, before["sent"])
    assert {f: f.read_bytes() for name in ("out", "all") for f in (folder / name).iterdir()} == files
    assert {f.name: f.read_bytes() for f in (folder / ".segdsl/deliveries").glob("*.jsonl")} == log
    sent = Log.to_read(folder).latest("status = 'sent'")
    assert len(sent) == sum(d["sent"] for d in once["destinations"])


def test_explain_and_plays_know_what_was_exported(folder: Path) -> None:
    """The day after, whoever got the mail is said to have got it, by commands that look at one account, too."""
    exported(folder, "renewal_mail", "-o", "out")
    customer = rows(folder / "out/renewal_mail.csv")[0]["customer"]
    shown = call("plays", "show", "renewal_mail", customer, "--as-of", "2026-11-02", cwd=folder).stdout
    assert "given already: it got this 1 day ago" in shown and "wasn't looked at" not in shown
    explained = call("explain", customer, "renewal_due", "--as-of", "2026-11-02", cwd=folder).stdout
    assert "gets no renewal_mail: given already" in explained
