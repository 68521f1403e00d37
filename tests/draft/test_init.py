"""`segdsl init`: a model drafted from one's own exports, at work at once; every guess with its evidence."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from segdsl.demo.exports import write, write_dirty
from segdsl.demo.world import generate
from tests.support.cli import as_json, call
from tests.support.drafts import counts, init, model, suggested
from tests.support.git import git

pytestmark = pytest.mark.slow


def test_a_small_workspace_that_runs(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()  # as an interrupted one leaves it
    assert call("init", cwd=tmp_path).exit_code == 0
    assert call("check", "--strict", cwd=tmp_path).exit_code == 0
    assert "2 passed" in call("test", cwd=tmp_path).output
    assert call("fmt", "--check", cwd=tmp_path).exit_code == 0
    assert call("run", "--as-of", "2026-11-01", "-o", "out.csv", cwd=tmp_path).exit_code == 0
    again = call("init", cwd=tmp_path)
    assert (again.exit_code, "SEG0610" in again.output) == (2, True)


def test_telco(public_data: Path, tmp_path: Path) -> None:
    """From the file alone to a segmentation with a test, as a new user would."""
    output = init(tmp_path, public_data.resolve() / "telco_churn.csv")
    assert counts(tmp_path, suggested(output))[2] == 7_043
    for line in (
        "customer_id: text key",
        "senior_citizen: boolean required",
        'contract: one of ("Month-to-month", "One year", "Two year") required',
        "total_charges: number ",
        "tenure: integer required",
        "churn: boolean required",
    ):
        assert line in model(tmp_path), line
    assert "11 are missing" in output
    (tmp_path / "risk.seg").write_text(
        """segmentation risk "Who may leave?" of customer {
             goal "Fewer leave" owner "cs@example.com" basis lifecycle review every 90 days
             segment fragile "Monthly, first year" { when contract = "Month-to-month" and tenure <= 12 }
             otherwise stable
           }
           test "a new monthly customer" { customer a { contract: "Month-to-month", tenure: 3 }  expect a in risk.fragile }
        """,
        encoding="utf-8",
    )
    assert call("check", "--strict", cwd=tmp_path).exit_code == 0
    assert "1 passed" in call("test", cwd=tmp_path).output
    sizes = as_json(call("run", "--as-of", "2026-11-01", "--format", "json", cwd=tmp_path))["rules"]["risk"]["arms"]
    assert sizes == {"fragile": 1_994, "stable": 5_049}  # as pandas counts them
    assert counts(tmp_path, "churn") == (1_869, 0, 7_043)
    assert counts(tmp_path, "total_charges > 8_000")[1] == 11


def test_three_related_exports(tmp_path: Path) -> None:
    world = generate(600, 5)
    write_dirty(world, tmp_path / "dirty")
    write(world, tmp_path / "clean")
    (tmp_path / "w").mkdir()
    output = init(
        tmp_path / "w",
        *(
            tmp_path / "dirty" / n
            for n in ("CRM accounts.csv", "users.tsv", "logins-1.csv", "billing.xlsx", "tickets.json", "invoices.csv")
        ),
    )
    drafted = model(tmp_path / "w")
    for line in (
        "entity account from created {", "account_id: text key", "parent: link to account", "arr: money(USD) required", "employees: integer ", "postcode: text required personal",
        "entity user of account by account_id reverse users {", "email: text required personal", "active: boolean required",
        "details balances of account by account_id {", "table logins of user by user_id at ts {", "table tickets of account by account_id at opened_at {",
        "table invoices of account by account_id at due_date: date {",
    ):  # fmt: skip
        assert line in drafted, line
    assert "100 of 100" not in output
    assert call("check", cwd=tmp_path / "w").exit_code == 0
    import pandas as pd

    accounts = pd.read_parquet(tmp_path / "clean" / "accounts.parquet")
    invoices = pd.read_parquet(tmp_path / "clean" / "invoices.parquet")
    assert counts(tmp_path / "w", suggested(output))[2] == 600
    assert counts(tmp_path / "w", "arr >= 10_000")[0] == (accounts["arr"] >= 10_000).sum()
    assert (
        counts(tmp_path / "w", "renewal in next 90 days")[0]
        == pd.to_datetime(accounts["renewal_date"]).between("2026-11-01", "2027-01-29").sum()
    )
    failed = invoices[invoices["status"] == "failed"]["account_id"].nunique()
    assert counts(tmp_path / "w", 'any(invoices where status = "failed")')[0] == failed


ROWS = [(f"k{i}", i) for i in range(30)]
CASES = {
    "day or month": ("id,joined\n" + "".join(f"{k},0{i % 9 + 1}/0{i % 8 + 1}/2026\n" for k, i in ROWS), "joined: date required", '# joined.date = "DD/MM/YYYY"'),
    "month first": ("id,joined\n" + "".join(f"{k},0{i % 9 + 1}/{i % 28 + 1}/2026\n" for k, i in ROWS), "joined: date required", 'formats.date = "MM/DD/YYYY"'),
    "euros": ("id;umsatz\n" + "".join(f"{k};{i + 1}.500,25 €\n" for k, i in ROWS), "umsatz: money(EUR) required", 'formats.number = "1.234,56"'),
    "leading zeros": ("id,branch\n" + "".join(f"{k},00{i:03}\n" for k, i in ROWS), "branch: text required", "path"),
    "sets": ("id,likes\n" + "".join(f"{k},{'a;b' if i % 2 else 'b;c'}\n" for k, i in ROWS), "likes: set of text required", "path"),
    "words for nothing": ("id,size\n" + "".join(f"{k},{'n/a' if i % 3 else i}\n" for k, i in ROWS), "size: integer }", 'missing = ["n/a"]'),
    "reserved words": ("id,in,from,Größe (cm)\n" + "".join(f"{k},{i},{i},{i}\n" for k, i in ROWS), "in_value: integer required", 'in_value.header = "in"'),
    "headers that would be code": ('id,"} segment x { when true",\u65e5\u672c\n' + "".join(f"{k},{i},{i}\n" for k, i in ROWS), "segment_x_when_true: integer required", "column.header = "),
    "values that would be code": ("id,kind\n" + "".join(f'{k},"a"") segment ("" / {i % 2}"\n' for k, i in ROWS), 'kind: one of ("a\\") segment (\\" / 0", "a\\") segment (\\" / 1") required', "path"),
    "a column twice": ("id,n,n\n" + "".join(f"{k},{i},{i}\n" for k, i in ROWS), "n_2: integer required", 'n.header = "n"'),
    "a footer and a title": ("Report\n\nid,n\n" + "".join(f"{k},{i}\n" for k, i in ROWS) + "Total,435\n", "n: integer required", "skip_footer = 1"),
    "one row": ("id,n\na,1\n", "id: text key", "path"),
    "days beside seconds": ("id,ts,joined\n" + "".join(f"{k},{1761900000 + i},2026-01-{i % 28 + 1:02}\n" for k, i in ROWS), "joined: date required", 'ts.date = "unix"'),
    "days in words beside others": ("id,last,joined\n" + "".join(f"{k},{i % 28 + 1} May 2026,{i % 28 + 1:02}/02/2026\n" for k, i in ROWS), "last: date required", 'joined.date = "DD/MM/YYYY"'),
    "nothing in a column": ("id,n\n" + "".join(f"{k},\n" for k, _ in ROWS), "n: text }", "path"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_odd_exports(case: str, tmp_path: Path) -> None:
    text, line, setting = CASES[case]
    (tmp_path / "things.csv").write_text(text, encoding="utf-8")
    init(tmp_path, "things.csv")
    assert line in model(tmp_path)
    assert setting in (tmp_path / "segdsl.toml").read_text(encoding="utf-8")
    assert call("check", cwd=tmp_path).exit_code == 0
    checked = call("data", "check", cwd=tmp_path)
    assert checked.exit_code == (3 if case == "day or month" else 0), checked.output
    assert "unreadable" not in checked.output


def test_what_a_person_must_say_is_asked(tmp_path: Path) -> None:
    (tmp_path / "things.csv").write_text(CASES["day or month"][0], encoding="utf-8")
    assert "? joined: day or month first, DD/MM/YYYY or MM/DD/YYYY? no cell decides it" in init(tmp_path, "things.csv")
    refused = call("try", "joined > 2026-01-01", cwd=tmp_path)
    assert (refused.exit_code, "SEG0708" in refused.output) == (3, True)
    toml = tmp_path / "segdsl.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("# joined.date", "joined.date", 1), encoding="utf-8")
    assert call("try", "joined > 2026-01-01", cwd=tmp_path).exit_code == 0


def test_files_that_cannot_begin_a_workspace(tmp_path: Path) -> None:
    for name, content in (
        ("empty.csv", b""),
        ("photo.png", b"\x89PNG"),
        ("broken.xlsx", b"PK no zip"),
        ("half.parquet", b"PAR1 and then nothing"),
        ("packed.csv.gz", gzip.compress(b"id,n\na,1\n")),
        ("packed.csv", gzip.compress(b"id,n\na,1\n")),
        ("packed.zip", b"PK\x03\x04"),
    ):
        (tmp_path / name).write_bytes(content)
        refused = call("init", "--from", name, "--workspace", "new", cwd=tmp_path)
        assert (refused.exit_code, "SEG0701" in refused.output, (tmp_path / "new" / "segdsl.toml").exists()) == (
            3,
            True,
            False,
        ), name
        assert ("unpack it" in refused.output) == name.startswith("packed"), refused.output
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "packed.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "one" / "a.csv").write_text("id,n\na,1\n", encoding="utf-8")
    assert "left out packed.zip: it is packed, so unpack it first" in init(tmp_path, "one")
    assert call("init", "--from", "absent.csv", "--workspace", "new", cwd=tmp_path).exit_code == 3


def test_a_file_without_a_key_is_counted_by_its_lines(tmp_path: Path) -> None:
    (tmp_path / "survey.csv").write_text("colour,n\nred,1\nred,1\nblue,2\n", encoding="utf-8")
    output = init(tmp_path, "survey.csv")
    assert "? a row of survey is known by its line alone" in output
    assert counts(tmp_path, 'colour = "red"') == (2, 0, 3)


def test_a_file_of_order_lines_is_about_its_customers(tmp_path: Path) -> None:
    """Three customers in eight lines; what doesn't change from line to line is theirs."""
    lines = [
        ("c1", "Ann", 5),
        ("c1", "Ann", 7),
        ("c2", "Bo", 1),
        ("c3", "Cy", 2),
        ("c3", "Cy", 2),
        ("c2", "Bo", 9),
        ("c2", "Bo", 4),
        ("c1", "Ann", 3),
    ]
    rows = "".join(f"{i},{c},{n},2026-10-{i + 1:02},{q}\n" for i, (c, n, q) in enumerate(lines))
    (tmp_path / "orders.csv").write_text(
        "Line,Customer ID,Customer Name,Order Date,Qty\n" + rows.replace("0,c1", "1,c1", 1), encoding="utf-8"
    )
    output = init(tmp_path, "orders.csv")
    assert "customer is made of the column customer_id, which repeats: 3 values in 8 rows" in output
    assert "customer_name: text required personal" in model(tmp_path).partition("table orders of customer")[0]
    assert counts(tmp_path, "count(orders) >= 3") == (2, 0, 3)
    assert counts(tmp_path, 'customer_name = "Cy"') == (1, 0, 3)


def test_two_files_of_one_name(tmp_path: Path) -> None:
    for folder, ids in (("a", range(30)), ("b", range(100, 140))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "accounts.csv").write_text(
            "id,n\n" + "".join(f"k{i},{i}\n" for i in ids), encoding="utf-8"
        )
    init(tmp_path, "a/accounts.csv", "b/accounts.csv")
    assert "entity account {" in model(tmp_path)
    assert "entity account_2 {" in model(tmp_path)
    assert counts(tmp_path, "n > 0", "--of", "account_2") == (40, 0, 40)


def test_a_workbook_with_two_sheets(tmp_path: Path) -> None:
    import datetime as dt

    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Clients"
    book.active.append(["Client ID", "Since", "Score", "Paid"])
    calls = book.create_sheet("Calls")
    calls.append(["Client ID", "Called at", "Minutes"])
    for i in range(40):
        book.active.append([f"c{i}", dt.datetime(2024, 1, 1) + dt.timedelta(days=i), i / 8, i % 2 == 0])
        calls.append([f"c{i % 7}", dt.datetime(2026, 10, 1, 9, 30) + dt.timedelta(hours=13 * i), i])
    book.save(tmp_path / "crm.xlsx")
    init(tmp_path, "crm.xlsx")
    drafted = model(tmp_path)
    for line in (
        "entity client from since {",
        "since: date required",
        "score: number required",
        "paid: boolean required",
        "table calls of client by client_id at called_at {",
        "minutes: integer required",
    ):
        assert line in drafted, line
    assert counts(tmp_path, "count(calls) >= 6") == (5, 0, 40)
    assert counts(tmp_path, "paid and score >= 2") == (12, 0, 40)


def test_an_interrupted_init_begins_again(tmp_path: Path) -> None:
    """What one that was taken back leaves: a folder without anything in it."""
    (tmp_path / "data").mkdir()
    assert call("init", cwd=tmp_path).exit_code == 0
    (tmp_path / "more" / "data").mkdir(parents=True)
    (tmp_path / "more" / "data" / "mine.csv").write_text("x")
    assert "data is here already" in call("init", cwd=tmp_path / "more").output


def test_newer_exports_add_what_is_new(tmp_path: Path) -> None:
    """A column and a value that weren't there; what a person wrote stays."""

    def export(day: str, header: str, cells: str) -> None:
        rows = "".join(f"k{i},{'pro' if i % 2 else 'free'}{cells}\n" for i in range(20))
        (tmp_path / f"accounts-{day}.csv").write_text(f"account_id,plan{header}\n{rows}", encoding="utf-8")

    export("2026-11-21", "", "")
    init(tmp_path, "accounts-2026-11-21.csv")
    path = tmp_path / "model.seg"
    path.write_text(
        path.read_text(encoding="utf-8").replace("account_id: text key", 'account_id: text key "The CRM\'s id"'),
        encoding="utf-8",
    )
    assert "nothing new" in call("init", "--update", cwd=tmp_path).output
    export("2026-11-28", ",Seats", ",7")
    newest = tmp_path / "accounts-2026-11-28.csv"
    newest.write_text(newest.read_text(encoding="utf-8").replace("k4,free", "k4,trial"), encoding="utf-8")
    output = call("init", "--update", "--from", "accounts-2026-11-28.csv", cwd=tmp_path).output
    assert "+ account: new column seats, integer" in output
    assert '+ account: plan has new values: "trial"' in output
    assert "The CRM's id" in path.read_text(encoding="utf-8")
    assert counts(tmp_path, 'plan = "trial" and seats = 7') == (1, 0, 20)
    assert call("check", cwd=tmp_path).exit_code == 0


def test_nothing_proposed_is_read_by_a_shell(tmp_path: Path) -> None:
    rows = "".join(f"k{i},{'plain' if i % 2 else chr(39) + ' && x'}\n" for i in range(30))
    (tmp_path / "a.csv").write_text(f"id,kind\n{rows}", encoding="utf-8")
    assert suggested(init(tmp_path, "a.csv")) == 'kind = "plain"'


def test_a_draft_made_anew_loses_none_of_those_before(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,n\nx,1\ny,2\n", encoding="utf-8")
    init(tmp_path, "a.csv")
    model_file = tmp_path / "model.seg"
    for mine in ("# first\n", "# second\n"):
        model_file.write_text(mine, encoding="utf-8")
        assert call("init", "--force", "--from", "a.csv", cwd=tmp_path).exit_code == 0
    assert (tmp_path / "model.seg.before").read_text(encoding="utf-8") == "# first\n"
    assert (tmp_path / "model.seg.before_2").read_text(encoding="utf-8") == "# second\n"
    assert "entity a" in model_file.read_text(encoding="utf-8")


def test_git_takes_no_customer(tmp_path: Path) -> None:
    """Neither exports, beside the rules or elsewhere, nor what a run writes."""
    (tmp_path / "exports").mkdir()
    (tmp_path / "rules" / "data").mkdir(parents=True)
    (tmp_path / "exports" / "accounts.csv").write_text("account_id,arr\na,1\nb,2\n", encoding="utf-8")
    (tmp_path / "rules" / "data" / "logins.csv").write_text("account_id,at\na,2026-10-01\nb,2026-10-02\nb,2026-10-03\n")
    root = tmp_path / "rules"
    init(root, "../exports/accounts.csv", "data/logins.csv")
    (root / "out").mkdir()
    (root / "out" / "everybody.xlsx").touch()
    git(root, "init")
    git(root, "add", "--all")
    assert git(root, "ls-files").split() == [".gitignore", "model.seg", "segdsl.toml"]
    assert "/.." not in (root / ".gitignore").read_text(encoding="utf-8")


def test_git_takes_no_export_of_next_week(tmp_path: Path) -> None:
    """The folder of exports is left out of git, or the files that lie beside the rules; also by a .gitignore that is there."""
    accounts = "account_id,arr\na,1\nb,2\n"
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "accounts.csv").write_text(accounts, encoding="utf-8")
    (tmp_path / "exports" / "notes.csv").write_text("alone\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("*.log", encoding="utf-8")
    init(tmp_path, "exports")
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "*.log\n/exports/\n"
    (tmp_path / "accounts-2026-12.csv").write_text(accounts, encoding="utf-8")
    assert call("init", "--update", "--from", "accounts-2026-12.csv", cwd=tmp_path).exit_code == 0
    (tmp_path / "exports" / "accounts-2027-01.csv").write_text(accounts, encoding="utf-8")
    git(tmp_path, "init")
    git(tmp_path, "add", "--all")
    assert git(tmp_path, "ls-files").split() == [".gitignore", "model.seg", "segdsl.toml"]


@pytest.mark.parametrize(("other", "asked"), [("{:02}.{:02}.2026", False), ("{:02}/{:02}/2026", True)])
def test_days_with_dots_are_read_as_in_the_other_files(other: str, asked: bool, tmp_path: Path) -> None:
    joined = "".join(f"a{i},{other.format(1 + i, 1 + i % 12)}\n" for i in range(20))
    (tmp_path / "accounts.csv").write_text(f"account_id,joined\n{joined}", encoding="utf-8")
    due = "".join(f"a{i},01.{1 + i % 12:02}.2026\n" for i in range(20))
    (tmp_path / "bills.csv").write_text(f"account_id,due\n{due}", encoding="utf-8")
    output = init(tmp_path, "accounts.csv", "bills.csv")
    assert ("DD.MM.YYYY or MM.DD.YYYY" in output, "as all other dates with dots in these files" in output) == (
        asked,
        not asked,
    )


def test_an_update_says_how_a_new_file_is_added(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id,arr\na,1\nb,2\nc,3\n", encoding="utf-8")
    init(tmp_path, "accounts.csv")
    logins = "account_id,at\na,2026-10-01\nb,2026-10-02\nb,2026-10-03\n"
    (tmp_path / "new logins.csv").write_text(logins, encoding="utf-8")
    output = call("init", "--update", "--from", "new logins.csv", cwd=tmp_path).output
    assert "nothing new" not in output
    assert "segdsl init --workspace drafted --from accounts.csv 'new logins.csv'" in output
    said = call("init", "--workspace", "drafted", "--from", "accounts.csv", "new logins.csv", cwd=tmp_path)
    assert (said.exit_code, "table new_logins of account" in model(tmp_path / "drafted")) == (0, True)
