"""Whatever comes in: a diagnostic with place and fix, the right exit code, in seconds, never a traceback.

The messages are golden: `golden/bad_input.txt`, written anew with UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.support.answers import clock_at
from tests.support.cli import call
from tests.support.paths import GOLDENS
from tests.support.small_workspace import ACCOUNTS, LOGINS, RULES, TOML

GOLDEN = GOLDENS / "bad_input.txt"
Files = dict[str, str | bytes]


@dataclass(frozen=True)
class Bad:
    """`files` over the good workspace; None deletes. `code` is what must be said, `exit` how it must end."""

    name: str
    files: dict[str, str | bytes | None]
    code: str
    exit: int
    arguments: tuple[str, ...] = ("check",)
    golden: bool = True


RUN = ("run", "--as-of", "2026-11-01")
SEGMENT = "segment x of account {{ when {} }}"


def more(text: str) -> dict[str, str | bytes | None]:
    return {"more.seg": text}


CASES = [
    Bad("not UTF-8", {"more.seg": "# gr\xfc\xdfe\nlist a = (1)".encode("latin-1")}, "SEG0107", 1),
    Bad("UTF-16", {"more.seg": "list a = (1)".encode("utf-16")}, "SEG0107", 1),
    Bad("an empty file", more(""), "", 0),
    Bad("a file of 10 MB", more("# " + "x" * 10_000_000), "SEG0108", 1),
    Bad("a BOM, tabs and CRLF", {"more.seg": "\ufefflist\ta = (\r\n\t1)\r\n".encode()}, "", 0),
    Bad("NUL", more("list a = (1\0)"), "SEG0102", 1),
    Bad("nested 201 deep", more("metric x of account = " + "(" * 201 + "1" + ")" * 201), "SEG0104", 1),
    Bad("10,000 brackets", more("metric x of account = " + "(" * 10_000 + "1" + ")" * 10_000), "SEG0104", 1),
    Bad("10,000 opening brackets", more("metric x of account = " + "(" * 10_000), "SEG0104", 1),
    Bad("10,000 times not", more(SEGMENT.format("not " * 10_000 + 'plan = "free"')), "SEG0104", 1),
    Bad("10,000 times minus", more("metric x of account = " + "-" * 10_000 + "1"), "SEG0104", 1),
    Bad("1,000 times if", more("metric x of account = " + "if arr > 1 then 1 else " * 1_000 + "2" + " end" * 1_000), "SEG0104", 1),
    Bad("1,000 times days since", more("metric x of account = " + "7 days after " * 1_000 + "renewal"), "SEG0104", 1),
    Bad("nested 200 deep", more("metric x of account = " + "(" * 199 + "1 + arr / arr" + ")" * 199), "", 0),
    Bad("20,000 times or", more(SEGMENT.format(" or ".join(["arr = 5"] * 20_000))), "SEG0109", 1),
    Bad("20,000 times plus", more("metric x of account = 1" + " + 1" * 20_000), "SEG0109", 1),
    Bad("2,000 times or, run", more(SEGMENT.format(" or ".join(f"arr = {n}" for n in range(2_000)))), "", 0, RUN, golden=False),
    Bad("a list of 50,000 texts", more(SEGMENT.format("account_id in (" + ", ".join(f'"{n}"' for n in range(50_000)) + ")")), "", 0, RUN, golden=False),
    Bad("60 quotients multiplied", more("metric x of account = " + " * ".join(["arr / arr"] * 60)), "SEG0316", 1),
    Bad("100 quotients inside each other", more("metric x of account = " + "arr / (" * 100 + "arr" + ")" * 100), "SEG0316", 1),
    Bad("60 choices inside conditions", more("metric x of account = " + "if 1 = (" * 60 + "2" + ") then 1 else 3 end" * 60), "SEG0316", 1),
    Bad("such a thing in try", {}, "SEG0316", 1, ("try", " * ".join(["arr / arr"] * 60) + " > 1"), golden=False),
    Bad("ten parts of a weighted sum, run", more("segment x of account { when (" + " + ".join(f"arr / 10_000 * 0.{i}" for i in range(1, 10)) + ") / 45% > 30% }"), "", 0, RUN, golden=False),
    Bad("3,000 metrics on each other", more("".join(f"metric m{i} of account = {f'm{i - 1}' if i else 'arr'} + 1\n" for i in range(3_000))), "SEG0317", 1),
    Bad("3,000 metrics on the next", more("".join(f"metric m{i} of account = {f'm{i + 1}' if i < 2_999 else 'arr'} + 1\n" for i in range(3_000))), "SEG0317", 1, golden=False),
    Bad("3,000 segments on each other", more("".join(f"segment s{i} of account {{ when {f'account in s{i - 1}' if i else 'arr > 1'} }}\n" for i in range(3_000))), "SEG0317", 1),
    Bad("100 metrics on each other, run", more("".join(f"metric m{i} of account = {f'm{i - 1}' if i else 'arr'} + 1\n" for i in range(99)) + "segment s of account { when m98 > 5 }"), "", 0, RUN, golden=False),
    Bad("50,000 lines that open and never close", more("segment a of account {\n" * 50_000), "SEG0111", 1, golden=False),
    Bad("10,000 brackets after a line that never closes", more("segment a of account {\nmetric x of account = " + "(" * 10_000 + "1" + ")" * 10_000), "SEG0104", 1, golden=False),
    Bad("50,000 broken lines", more("segment of account {}\n" * 50_000), "SEG0111", 1, golden=False),
    Bad("20,000 misspelt fields", more("".join(f"segment s{i} of account {{ when ar{i} > 5 }}\n" for i in range(20_000))), "SEG0201", 1, golden=False),
    Bad("text that doesn't end", more('list a = ("x)\nlist b = (1)'), "SEG0103", 1),
    Bad("a number of 5,000 digits", more("metric x of account = 1" + "0" * 5_000), "SEG0105", 1),
    Bad("a count of days beyond the calendar", more(SEGMENT.format("renewal in next 99999999 days")), "SEG0404", 1),
    Bad("a framework without a field for it", {}, "SEG0628", 2, ("new", "jobs")),
    Bad("a query on files of text", {}, "SEG0729", 3, ("sql", "motion", "--as-of", "2026-11-01")),
    Bad("a query of no rule", {}, "SEG0606", 2, ("sql", "motoin", "--as-of", "2026-11-01")),
    Bad("a query for an engine that no source has", {}, "SEG0605", 2, ("sql", "motion", "--engine", "postgres")),
    Bad("a query for an engine that its source hasn't", {}, "SEG0605", 2, ("sql", "motion", "--engine", "postgres", "--source", "default")),
    Bad("a query for an engine, of two sources", {"segdsl.toml": TOML + '[sources.a]\nengine = "postgres"\nurl = "${A}"\n[sources.b]\nengine = "postgres"\nurl = "${A}"\n'}, "SEG0605", 2, ("sql", "motion", "--engine", "postgres")),
    Bad("a model that ends before it begins", {}, "SEG0604", 2, ("sql", "motion", "--for", "dbt", "--as-of", "2026-11-01", "--until", "2026-10-31")),
    Bad("a model of a time of day", {}, "SEG0604", 2, ("sql", "motion", "--for", "dbt", "--as-of", "2026-11-01T09:00")),
    Bad("a model of ten years", {}, "SEG0604", 2, ("sql", "motion", "--for", "dbt", "--as-of", "2026-11-01", "--until", "2036-11-01")),
    Bad("a list from outside the workspace", more('list a from "../../../etc/passwd" { x: text }'), "SEG0612", 1),
    Bad("a list that isn't there", more('list a from "a.csv" { x: text }'), "SEG0612", 1),
    Bad("a list row with a bad date", {**more('list a of account from "a.csv" { arm: text }'), "a.csv": "account_id,arm,expires\na1,big,31/12/2026\n"}, "SEG0613", 1),
    Bad("a list without a column", {**more('list a of account from "a.csv" { arm: text }'), "a.csv": "account_id,arms\na1,big\n"}, "SEG0613", 1),
    Bad("a customer twice on a list", {**more('list a of account from "a.csv" { arm: text }'), "a.csv": "account_id,arm\na1,big\na1,small\n"}, "SEG0613", 1),
    Bad("holidays that are none", {**more('calendar uk { holidays from "uk.csv" }\nmetric x of account = uk business days since renewal'), "uk.csv": "date\n2026-12-25\nBoxing Day\n"}, "SEG0613", 1),
    Bad("a weekend on no day", more("calendar uk { weekend saterday }"), "SEG0202", 1),
    Bad("an unknown calendar", more("metric x of account = uk business days since renewal"), "SEG0202", 1),
    Bad("shifts beyond the bound, by metrics", more("metric m of account = every day for 30 days (arr > 5)\nmetric n of account = every day for 360 days (m)\nmetric o of account = every week for 52 weeks (n)"), "SEG0321", 1),
    Bad("a name whose declaration doesn't parse, and one that nobody declares", more("metric spend of account = arr ++ 1\nsegment x of account { when spend > 3 or spent > 3 }"), "SEG0101", 1),
    Bad("a name in two files", more("list motion = (1)"), "SEG0203", 1),
    Bad("a test that gives the key of an entity whose declaration doesn't parse", {"rules.seg": RULES.replace("account_id: text key", "account_id text key"), **more('entity user of account by account_id reverse users { user_id: text key }\ntest "x" as of 2026-11-01 { user u { account_id: "a" } expect u.user_id is missing }')}, "SEG0101", 1, golden=False),
    Bad("a circle of metrics", more("metric a of account = b + 1\nmetric b of account = c + 1\nmetric c of account = a + 1"), "SEG0207", 1),
    Bad("a circle of segments", more("segment a of account { when account in b }\nsegment b of account { when account in a }"), "SEG0207", 1),
    Bad("a pattern that explodes", more(SEGMENT.format('account_id matches "(a+)+b"')), "", 0, RUN, golden=False),
    Bad("no rows", {"accounts.csv": "account_id,plan,arr,renewal\n", "logins.csv": "account_id,occurred_at\n"}, "", 0, RUN),
    Bad("a column of the wrong type", {"accounts.csv": "account_id,plan,arr,renewal\na,team,much,soon\nb,gold,1,eventually\n"}, "", 0, RUN),
    Bad("a date that could be another", {"accounts.csv": "account_id,plan,arr,renewal\na,team,1,01/12/2026\n"}, "SEG0708", 3, RUN),
    Bad("a key twice", {"accounts.csv": ACCOUNTS + "acme,free,1,\n"}, "SEG0705", 3, RUN),
    Bad("a key missing", {"accounts.csv": ACCOUNTS + ",free,1,\n"}, "SEG0705", 3, RUN),
    Bad("no data file", {"accounts.csv": None}, "SEG0701", 3, RUN),
    Bad("an empty data file", {"accounts.csv": ""}, "SEG0701", 3, RUN),
    Bad("a data file in Latin-1", {"accounts.csv": "account_id,plan,arr,renewal\nm\xfcller,team,1,\n".encode("latin-1")}, "SEG0701", 3, RUN),
    Bad("a row with too many cells", {"accounts.csv": ACCOUNTS + "x,team,1,,more\n"}, "SEG0701", 3, RUN),
    Bad("a column twice", {"accounts.csv": "account_id,plan,arr,arr,renewal\na,team,1,2,\n"}, "SEG0703", 3, RUN),
    Bad("a column that rules read is missing", {"accounts.csv": "account_id,plan,ARR in USD,renewal\na,team,1,\n"}, "SEG0703", 3, RUN),
    Bad("a kind of file nobody reads", {"segdsl.toml": TOML.replace("accounts.csv", "rules.seg")}, "SEG0701", 3, RUN),
    Bad("no source for a table", {"segdsl.toml": TOML.replace('logins = "logins.csv"\n', "")}, "SEG0702", 3, RUN),
    Bad("a source nobody declares", {"segdsl.toml": TOML + 'lgins = "logins.csv"\n'}, "SEG0704", 3, RUN),
    Bad("a column nobody declares", {"segdsl.toml": TOML.replace('"accounts.csv"', '{ path = "accounts.csv", columns = { pln = "plan" } }')}, "SEG0704", 3, RUN),
    Bad("a sheet of a text file", {"segdsl.toml": TOML.replace('"accounts.csv"', '{ path = "accounts.csv", sheet = "A", table = "b" }')}, "SEG0704", 3, RUN),
    Bad("lines above the header of JSON", {"accounts.json": "[]", "segdsl.toml": TOML.replace('"accounts.csv"', '{ path = "accounts.json", skip_rows = 1 }')}, "SEG0704", 3, RUN),
    Bad("no data named at all", {"segdsl.toml": "[workspace]\n"}, "SEG0605", 2, RUN),
    Bad("a source that isn't there", {}, "SEG0605", 2, (*RUN, "--source", "defalt")),
    Bad("broken TOML", {"segdsl.toml": "[workspace\n"}, "SEG0602", 2),
    Bad("an unknown setting", {"segdsl.toml": TOML.replace("name =", "nmae =")}, "SEG0602", 2),
    Bad("a kind of destination that isn't there", {"segdsl.toml": TOML + '[destinations.crm]\nkind = "webhok"\n'}, "SEG0602", 2),
    Bad("a destination of no kind", {"segdsl.toml": TOML + '[destinations.crm]\nfolder = "out"\n'}, "SEG0602", 2),
    Bad("a setting of another kind of destination", {"segdsl.toml": TOML + '[destinations.sheets]\nkind = "files"\nfolder = "out"\nrate = 5\n'}, "SEG0602", 2),
    Bad("a layout nobody has", {"segdsl.toml": TOML + '[destinations.sheets]\nkind = "files"\nfolder = "out"\nlayout = "hubspot contact"\n'}, "SEG0602", 2),
    Bad("a batch of none", {"segdsl.toml": TOML + '[destinations.crm]\nkind = "webhook"\nurl = "https://crm.example"\nbatch = 0\n'}, "SEG0602", 2),
    Bad("a webhook without TLS", {"segdsl.toml": TOML + '[destinations.crm]\nkind = "webhook"\nurl = "http://crm.example/rows"\n'}, "SEG0602", 2),
    Bad("a webhook with its password", {"segdsl.toml": TOML + '[destinations.crm]\nkind = "webhook"\nurl = "https://me:secret@crm.example/rows"\n'}, "SEG0602", 2),
    Bad("a webhook that is no address", {"segdsl.toml": TOML + '[destinations.crm]\nkind = "webhook"\nurl = "crm.example"\n'}, "SEG0602", 2),
    Bad("a webhook with its token", {"segdsl.toml": TOML + '[destinations.crm]\nkind = "webhook"\nurl = "https://crm.example/rows?token=abc"\n'}, "SEG0602", 2),
    Bad("a webhook at a name that nobody has", {"segdsl.toml": TOML + '[destinations.crm]\nkind = "webhook"\nurl = "https://crm..example/rows"\n'}, "SEG0602", 2),
    Bad("a token in the settings", {"segdsl.toml": TOML + '[destinations.crm]\nkind = "webhook"\nurl = "https://crm.example"\ntoken = "abc"\n'}, "SEG0602", 2),
    Bad("a database with its password", {"segdsl.toml": TOML + '[destinations.dwh]\nkind = "postgres"\nurl = "postgresql://me:secret@dwh/crm"\ntable = "crm.audience"\n'}, "SEG0602", 2),
    Bad("a database with its password as a setting", {"segdsl.toml": TOML + '[destinations.dwh]\nkind = "postgres"\nurl = "host=dwh user=me password = secret"\ntable = "crm.audience"\n'}, "SEG0602", 2),
    Bad("a database with its password, which has a slash", {"segdsl.toml": TOML + '[destinations.dwh]\nkind = "postgres"\nurl = "postgresql://me:sec/ret@dwh/crm"\ntable = "crm.audience"\n'}, "SEG0602", 2),
    Bad("a source with its password, which has a slash", {"segdsl.toml": TOML + '[sources.dwh]\nengine = "postgres"\nurl = "postgresql://me:sec/ret@dwh/crm"\n'}, "SEG0602", 2),
    Bad("a table in three parts", {"segdsl.toml": TOML + '[destinations.dwh]\nkind = "postgres"\nurl = "env:PG_URL"\ntable = "a.b.c"\n'}, "SEG0602", 2),
    Bad("a destination called as --output is", {"segdsl.toml": TOML + '[destinations.output]\nkind = "files"\nfolder = "out"\n'}, "SEG0602", 2),
    Bad("a destination called in capitals", {"segdsl.toml": TOML + '[destinations.CRM]\nkind = "files"\nfolder = "out"\n'}, "SEG0602", 2),
    Bad("two fields in one column", {"segdsl.toml": TOML + '[destinations.sheets]\nkind = "files"\nfolder = "out"\ncolumns = { name = "Name", title = "Name" }\n'}, "SEG0602", 2),
    Bad("an unknown zone", {"segdsl.toml": TOML.replace("[sources", 'timezone = "Europe/Londn"\n[sources', 1)}, "SEG0603", 2),
    Bad("a setting of another kind", {"segdsl.toml": TOML + '[sources.default.formats]\nmissing = "NA"\n'}, "SEG0602", 2),
    Bad("no such way to read ids", {"segdsl.toml": TOML + '[sources.default.formats]\nids = "lower"\n'}, "SEG0602", 2),
    Bad("curly quotes", {"segdsl.toml": TOML.replace('"', "“", 1).replace('"', "”", 1)}, "SEG0602", 2),
    Bad("a section twice", {"segdsl.toml": TOML + "[workspace]\n"}, "SEG0602", 2),
    Bad("settings in UTF-16", {"segdsl.toml": TOML.encode("utf-16")}, "SEG0602", 2),
    Bad("a folder for a file", {"segdsl.toml": TOML.replace("accounts.csv", ".")}, "SEG0701", 3, RUN),
    Bad("no encoding", {"segdsl.toml": TOML + '[sources.default.formats]\nencoding = "../x"\n'}, "SEG0602", 2),
    Bad("an encoding that isn't of text", {"segdsl.toml": TOML + '[sources.default.formats]\nencoding = "zip"\n'}, "SEG0602", 2),
    Bad("a word for yes and no", {"segdsl.toml": TOML + '[sources.default.formats]\nyes = ["x"]\nno = ["X"]\n'}, "SEG0602", 2),
    Bad("a number of 10,000 digits", {"segdsl.toml": TOML + 'x = ' + '9' * 10_000}, "SEG0602", 2),
    Bad("a path with ** beside text", {"segdsl.toml": TOML.replace("accounts.csv", "{as_of}{as_of}.csv")}, "SEG0602", 2),
    Bad("no date format", {"segdsl.toml": TOML + '[sources.default.formats]\ndate = "DD/MM/XX"\n'}, "SEG0602", 2),
    Bad("no day as as-of", {}, "SEG0604", 2, ("run", "--as-of", "1st of May")),
    Bad("no rules", {"rules.seg": "entity account { account_id: text key }", "segdsl.toml": TOML.replace('logins = "logins.csv"\n', "")}, "SEG0606", 2, RUN),
    Bad("an unknown rule", {}, "SEG0606", 2, ("run", "motoin")),
    Bad("an unknown customer", {}, "SEG0608", 2, ("explain", "ACME Ltd", "--as-of", "2026-11-01")),
    Bad("an output nobody writes", {}, "SEG0607", 2, (*RUN, "--output", "a.ods")),
    Bad("a file where a folder should be", {"out": "x"}, "SEG0707", 3, (*RUN, "--output", "out/a.csv")),
]  # fmt: skip


def build(folder: Path, files: dict[str, str | bytes | None]) -> None:
    good: Files = {"segdsl.toml": TOML, "rules.seg": RULES, "accounts.csv": ACCOUNTS, "logins.csv": LOGINS}
    for name, content in {**good, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.slow
@pytest.mark.parametrize("bad", CASES, ids=lambda b: b.name)
def test_bad_input(bad: Bad, tmp_path: Path) -> None:
    build(tmp_path, bad.files)
    result = call(*bad.arguments, cwd=tmp_path)
    assert result.exit_code == bad.exit, result.output
    assert bad.code in result.output
    if not bad.code:
        assert "error[" not in result.output


@pytest.mark.slow
def test_the_messages_are_golden(tmp_path: Path) -> None:
    shown = []
    for i, bad in enumerate(b for b in CASES if b.golden):
        folder = tmp_path / str(i)
        build(folder, bad.files)
        output = call(*bad.arguments, cwd=folder).output.replace(str(folder), "WORKSPACE")
        shown.append(f"--- {bad.name}: segdsl {' '.join(bad.arguments)}\n{output}")
    text = "\n".join(shown)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


# -- what a table of files can't say -----------------------------------------------------


def test_no_workspace(tmp_path: Path) -> None:
    result = call("check", cwd=tmp_path)
    assert (result.exit_code, "SEG0601" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: p.mkdir(), ""),
        (lambda p: os.mkfifo(p), "SEG0110"),
        (lambda p: p.symlink_to("nowhere.seg"), "SEG0110"),
    ],
    ids=["a folder named like a rule file", "a pipe", "a link to nowhere"],
)
def test_odd_rule_files(make: Callable[[Path], None], code: str, tmp_path: Path) -> None:
    build(tmp_path, {})
    make(tmp_path / "odd.seg")
    result = call("check", cwd=tmp_path)
    assert (result.exit_code, code in result.output) == (1 if code else 0, True)


@pytest.mark.slow
@pytest.mark.parametrize(("output", "code"), [(["-o", "a.csv"], "SEG0707"), ([], "SEG0711")])
def test_a_full_disk_leaves_everything_as_it_was(output: list[str], code: str, tmp_path: Path) -> None:
    """The file system's limit on a file's size stands for a full disk; the run is a process of its own."""
    build(tmp_path, {"accounts.csv": "account_id,plan,arr,renewal\n" + "".join(f"a{i},team,1,\n" for i in range(3000))})
    (tmp_path / "a.csv").write_text("old", encoding="utf-8")
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    script = f"{limit}\nimport sys\nfrom segdsl.cli import main\nsys.argv = ['segdsl', 'run', '--as-of', '2026-11-01', *{output}]\nmain()"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    assert (done.returncode, code in done.stderr) == (3, True), done.stderr
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "old"
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".") and p.name != ".segdsl"]
    assert call("runs", cwd=tmp_path).output.startswith("no runs yet")
    assert call(*RUN, *output, cwd=tmp_path).exit_code == 0
    assert "big" in call("runs", cwd=tmp_path).output


@pytest.mark.slow
def test_a_folder_where_the_output_should_be_is_said_before_the_run_is_kept(tmp_path: Path) -> None:
    build(tmp_path, {})
    (tmp_path / "out" / "account.csv").mkdir(parents=True)
    refused = call(*RUN, "-o", "out/", cwd=tmp_path)
    assert (refused.exit_code, "SEG0707" in refused.output) == (3, True), refused.output
    assert call("runs", cwd=tmp_path).output.startswith("no runs yet")
    assert call(*RUN, "-o", "a.csv", cwd=tmp_path).exit_code == 0  # the next run works


def test_rules_reach_neither_files_nor_connections(tmp_path: Path) -> None:
    """What a rule says is a value in the query, whatever it looks like; and the engine is locked besides."""
    build(tmp_path, more("""segment x of account { when account_id = "'; COPY account TO '/tmp/stolen.csv'; --" }"""))
    assert call(*RUN, cwd=tmp_path).exit_code == 0
    import duckdb

    from segdsl.run.evaluate import attach, chosen_rules, source_config
    from segdsl.workspace.load import load_workspace, sound

    workspace = sound(load_workspace(tmp_path))
    engine = attach(
        workspace, chosen_rules(workspace.model, ()), source_config(workspace, None), clock_at("2026-11-01")
    )
    for sql in (
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY account TO '/tmp/stolen.csv'",
        "INSTALL httpfs",
        "ATTACH '/tmp/x.db'",
        "SET enable_external_access = true",
        "SELECT * FROM read_text('/etc/hostname')",
    ):
        with pytest.raises(duckdb.Error):
            engine.con.execute(sql).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["check", "run --as-of 2026-11-01 -o out.csv"])
def test_a_closed_stream_is_no_fault(closed: str, command: str, tmp_path: Path) -> None:
    build(tmp_path, {})
    line = f"exec {sys.executable} -c 'from segdsl.cli import main; main()' {command} {closed}"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "fault" not in done.stderr, done.stderr


ENDLESS = {
    "range": "SELECT account_id, seats::BIGINT AS seats, 'DE' AS country FROM (SELECT i::VARCHAR AS account_id, i AS seats FROM range(1000000000000000) t(i))",
    "recursion": "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT i::VARCHAR AS account_id, i::BIGINT AS seats, 'DE' AS country FROM t",
}  # fmt: skip


@pytest.mark.sample(4)
@pytest.mark.slow
@pytest.mark.parametrize("command", [["data", "check"], ["run"], ["try", "seats > 3"], ["snapshot", "-o", "s"]])
@pytest.mark.parametrize("view", ENDLESS.values(), ids=ENDLESS)
def test_a_view_without_an_end_is_interrupted(view: str, command: list[str], tmp_path: Path) -> None:
    (tmp_path / "rules.seg").write_text(
        'entity account { account_id: text key  seats: integer  country: text }\nsegment s of account { when seats > 3 and country = "DE" }\n'
    )
    (tmp_path / "segdsl.toml").write_text(
        '[sources.default]\ntimeout = 1\n[sources.default.tables]\naccount = "a.duckdb"\n'
    )
    with duckdb.connect(str(tmp_path / "a.duckdb")) as con:
        con.execute(f"CREATE VIEW account AS {view}")
    began = time.monotonic()
    result = call(*command, cwd=tmp_path)
    assert result.exit_code == 3 and "reading the data of `account` took longer than 1 second" in result.output, (
        result.output
    )
    assert time.monotonic() - began < 20


def test_what_ends_in_time_is_not_interrupted_and_what_comes_after_it_neither() -> None:
    from segdsl.data.timeout import TooLong, within

    with duckdb.connect() as con:
        with within(con, 60, "a question"):
            assert con.execute("SELECT 1").fetchall() == [(1,)]
        with pytest.raises(TooLong, match="a question took longer"), within(con, 0, "a question"):
            con.execute("SELECT count(*) FROM range(1000000000000000) t(i) WHERE i % 7 = 3").fetchall()
        assert con.execute("SELECT count(*) FROM range(100000000) t(i) WHERE i % 7 = 3").fetchall() == [(14285714,)]
        with pytest.raises(ZeroDivisionError), within(con, 60, "a question"):
            raise ZeroDivisionError


def test_a_clock_beyond_all_counting_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python's own `time.time` on a clock of 12 April 2262."""

    def ahead() -> float:
        raise OverflowError("timestamp too large to convert to C _PyTime_t")

    monkeypatch.setattr(time, "time", ahead)
    result = call("check", cwd=tmp_path)
    assert (result.exit_code, "the clock of this machine stands after April 2262" in result.output) == (3, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_standard_output_is_said(unbuffered: str, tmp_path: Path) -> None:
    build(tmp_path, {})
    line = f"exec {sys.executable} -c 'from segdsl.cli import main; main()' check > /dev/full"
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SEGDSL_TRACEBACK": "", "PYTHONUNBUFFERED": unbuffered},
    )
    assert done.returncode == 3 and done.stderr == "the system refuses: No space left on device\n"


def test_what_the_system_refuses_is_said_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path, {})
    monkeypatch.delenv("SEGDSL_TRACEBACK", raising=False)
    long = call("check", "-w", "x" * 5000)
    assert long.exit_code == 3 and long.stderr.endswith(": File name too long\n") and "fault" not in long.stderr

    def refuse(path: Path, content: bytes) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("segdsl.files.atomic.replace", refuse)
    laid_out = call("fmt", cwd=tmp_path)
    assert laid_out.exit_code == 3 and laid_out.stderr.endswith(
        "can't be written: Permission denied; it is unchanged\n"
    )

    def exhausted(root: Path) -> None:
        raise MemoryError

    monkeypatch.setattr("segdsl.workspace.load.load_workspace", exhausted)
    small = call("check", cwd=tmp_path)
    assert small.exit_code == 3 and "there isn't enough memory" in small.stderr


@pytest.mark.parametrize(
    ("key", "code"),
    [("123.0", 0), ("9007199254740991", 0), ("9007199254740993", 3), ("1e20", 3), ("16777217::FLOAT", 3), ("1e300", 3)],
)
def test_a_key_that_a_column_of_doubles_rounded_stops_the_run(key: str, code: int, tmp_path: Path) -> None:
    build(tmp_path, {"segdsl.toml": TOML.replace("accounts.csv", "accounts.parquet")})
    value = key if "::" in key else f"{key}::DOUBLE"
    accounts = f"SELECT * REPLACE ({value} AS account_id) FROM read_csv('{tmp_path}/accounts.csv') LIMIT 1"
    duckdb.execute(f"COPY ({accounts}) TO '{tmp_path}/accounts.parquet'")
    result = call(*RUN, cwd=tmp_path)
    assert (result.exit_code, "was rounded by a spreadsheet" in result.output) == (code, code == 3), result.output
