"""Copies of the data for CI and for each day, and what is said where as-of and the data are of different days."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from segdsl.demo import prepare_company
from tests.support.cli import as_json, call

NOV = "2026-11-01"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    prepare_company(folder, 400, 7)
    return folder


def add_source(folder: Path, output: str) -> None:
    """What the command says to put into segdsl.toml."""
    found = re.search(r"(\[sources\.[\w-]+\].*?)(\n\n[a-z]|\Z)", output, re.DOTALL)
    assert found is not None
    with (folder / "segdsl.toml").open("a", encoding="utf-8") as toml:
        toml.write("\n" + found[1] + "\n")


def sizes(folder: Path, source: str) -> dict[str, object]:
    return as_json(call("run", "--as-of", NOV, "--source", source, "--no-ledger", "--format", "json", cwd=folder))[
        "rules"
    ]


@pytest.mark.slow
def test_a_snapshot_for_ci_has_no_customer_in_it_and_the_same_answers(company: Path) -> None:
    result = call("snapshot", "--for-ci", "--as-of", NOV, cwd=company)
    assert result.exit_code == 0, result.output
    add_source(company, result.output)
    assert sizes(company, "ci") == sizes(company, "default")
    accounts = pd.read_parquet(company / "ci" / "data" / "account.parquet")
    users = pd.read_parquet(company / "ci" / "data" / "user.parquet")
    assert not {"name", "postcode", "email", "last_renewal_date", "onboarded_on"} & {*accounts.columns, *users.columns}
    assert accounts["account_id"].str.fullmatch("[0-9a-f]{20}").all()
    assert set(users["account_id"]) <= set(accounts["account_id"])
    raw = b"".join(p.read_bytes() for p in (company / "ci").rglob("*.parquet"))
    for secret in (b"northwind", b"acc-00001", b"example.com", b"Northwind"):
        assert secret not in raw
    assert not (company / "ci" / "data" / "feature_uses.parquet").exists()  # no rule reads it
    again = pd.read_parquet(company / "ci" / "data" / "account.parquet")["account_id"]
    assert call("snapshot", "--for-ci", "--as-of", NOV, cwd=company).exit_code == 0
    assert (again == accounts["account_id"]).all()  # the same salt, so that pull requests compare
    assert (company / ".segdsl" / ".gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.mark.slow
def test_a_personal_field_that_rules_read_is_left_out_and_said(tmp_path: Path) -> None:
    prepare_company(tmp_path, 60, 7)
    (tmp_path / "rules" / "more.seg").write_text(
        'segment n of account { when name starts with "N" }\n', encoding="utf-8"
    )
    result = call("snapshot", "--for-ci", "--as-of", NOV, cwd=tmp_path)
    assert "account.name" in result.output
    assert pd.read_parquet(tmp_path / "ci" / "data" / "account.parquet")["name"].isna().all()


@pytest.mark.slow
def test_a_copy_of_each_day_makes_time_travel_honest(company: Path) -> None:
    for day in ("2026-10-01", NOV):
        assert call("snapshot", "--as-of", day, cwd=company).exit_code == 0
    october = pd.read_parquet(company / "snapshots" / "2026-10-01" / "logins.parquet")
    assert october["occurred_at"].max() < pd.Timestamp("2026-10-01")
    tables = "\n".join(
        f'{p.stem} = "snapshots/{{as_of}}/{p.name}"' for p in (company / "snapshots" / NOV).glob("*.parquet")
    )
    with (company / "segdsl.toml").open("a", encoding="utf-8") as toml:
        toml.write(f"\n[sources.daily]\n[sources.daily.tables]\n{tables}\n")
    assert sizes(company, "daily") == sizes(company, "default")
    honest = call("run", "--as-of", "2026-10-01", "--source", "daily", "--no-ledger", cwd=company)
    assert (honest.exit_code, "SEG0405" in honest.output) == (0, False)
    absent = call("run", "--as-of", "2026-10-02", "--source", "daily", "--no-ledger", cwd=company)
    assert absent.exit_code == 3
    assert "there is one of 2026-10-01, 2026-11-01" in absent.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("2026-11-01", None), ("2026-10-01", "as they are on 1 Nov 2026: "), ("2026-12-01", "what happened since isn't in it"),
    ],
)  # fmt: skip
def test_a_word_where_the_data_is_of_another_day(company: Path, as_of: str, said: str | None) -> None:
    output = call("run", "motion", "--as-of", as_of, "--no-ledger", "--allow-stale", cwd=company).output
    assert ("SEG0405" in output, said is None or said in output) == (said is not None, True)
    if as_of == "2026-10-01":
        assert "account (status, plan, arr and" in output
        assert "created_at" not in output  # it is fixed


def test_a_copy_has_every_digit(tmp_path: Path) -> None:
    (tmp_path / "model.seg").write_text(
        "entity account { account_id: integer key  n: number  m: money(USD)  k: money(KWD)  y: money(JPY) }\n",
        encoding="utf-8",
    )
    (tmp_path / "segdsl.toml").write_text(
        '[sources.default.formats]\nnumber = "1234.56"\n[sources.default.tables]\naccount = "a.csv"\n', encoding="utf-8"
    )
    row = "7,123456789012345678.123456789,90071992547409.93,-9007199254740.993,9007199254740993"
    (tmp_path / "a.csv").write_text(f"account_id,n,m,k,y\n{row}\n", encoding="utf-8")
    result = call("snapshot", "--as-of", NOV, cwd=tmp_path)
    assert result.exit_code == 0, result.output
    import duckdb

    found = duckdb.sql(f"FROM '{tmp_path / 'snapshots' / NOV / 'account.parquet'}'").fetchall()
    assert ",".join(map(str, found[0])) == row
