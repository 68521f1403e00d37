"""Nothing lost, nothing written elsewhere: one way to write, changes that are whole, and the tool's own files when somebody else made them."""

from __future__ import annotations

import ast
import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from segdsl.diagnostics import Refusal
from segdsl.files import atomic, journal
from segdsl.files.atomic import Staged
from segdsl.files.journal import JournalError
from segdsl.run import output
from segdsl.workspace.inputs import refuse_over_inputs
from segdsl.workspace.load import load_workspace
from tests.support.cli import call
from tests.support.git import git
from tests.support.ledgers import OCT, run
from tests.support.ledgers import workspace as workspace
from tests.support.paths import PACKAGE, ROOT

# -- one way to write --------------------------------------------------------------------------------

SCRATCH = {  # what is written here lies in a folder of its own that goes with the process, or in the package itself when that is built
    "data/workbook.py", "data/files.py", "data/json_files.py", "engines/duckdb.py", "engines/postgres.py", "engines/spark.py", "lang/grammar.py", "workspace/revision.py", "run/snapshots.py",
    "demo/__init__.py", "run/as_if_run.py",
}  # fmt: skip
WRITES = re.compile(
    r"""\.(write_text|write_bytes|touch|symlink_to|hardlink_to|rename|unlink|rmdir|mkdir|link|makedirs|renames|copy2?|copyfile|copytree|move|rmtree)\(
    |\bopen\([^)]*["'][rbt+]*[wax+][rbtwax+]*["'] |\bos\.(replace|remove|open|fdopen)\( |\bmkstemp\( |\bCOPY\b[^"]*\bTO\b | to_(csv|parquet|excel)\([^)i]""",
    re.VERBOSE,
)


def writing_lines(path: Path) -> list[str]:
    """The lines of code that write, strings of documentation apart."""
    text = path.read_text(encoding="utf-8")
    lines = {n: line.strip() for n, line in enumerate(text.splitlines(), 1) if WRITES.search(line)}
    if lines:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                for n in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                    lines.pop(n, None)
    return [line for line in lines.values() if ".copy()" not in line and "rename(columns" not in line]


def test_nothing_writes_but_files_whole() -> None:
    found = {p.relative_to(PACKAGE).as_posix(): writing_lines(p) for p in sorted(PACKAGE.rglob("*.py"))}
    wrong = {p: lines for p, lines in found.items() if lines and p != "files/atomic.py" and p not in SCRATCH}
    allowed = {
        "run/output.py": ["shutil.copyfile(", "written.unlink(", "self.open(", "COPY frame TO"],
        "demo/exports.py": ["COPY ({query}) TO"],
        "ledger/recorded.py": ["COPY ({rows}) TO"],
        "activation/log/store.py": ["COPY ({query}) TO", "path.unlink("],
        "ledger/history.py": ["COPY ({query}) TO"],
        "run/record.py": ["COPY (SELECT * FROM {moved}) TO"],
        "engines/shelf.py": ["COPY ({query}) TO"],
        "activation/destinations/postgres.py": ["cursor.copy("],
        "files/appending.py": ["path.open(", "path.open("],
        "cli/_shared.py": ["os.open(os.devnull"],
        "engines/spark_session.py": ["os.open(os.devnull"],
        "data/sheet_cache.py": ["target.open(", "path.open("],
    }  # to a path that `atomic` gives, to a folder that goes with the process, to a database, to a log's end, or to nothing
    for path, texts in allowed.items():
        assert len(wrong.pop(path, [])) == len(texts), path
    assert wrong == {}
    assert [p for p in SCRATCH if not found[p]] == [], "takes no leave that it doesn't need"


@pytest.mark.parametrize("line", [
    'path.write_text("x")', 'with path.open("w") as f:', "open(p, 'ab')", "os.replace(a, b)", "shutil.move(a, b)", 'con.execute("COPY t TO x")', "path.unlink()",
])  # fmt: skip
def test_what_writes_is_seen(line: str, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(f'"""A module."""\n{line if not line.startswith("with") else line + " pass"}\n')
    assert writing_lines(tmp_path / "x.py")


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    atomic.replace(tmp_path / name, b"new")
    assert (tmp_path / name).read_bytes() == b"new" and len(list(tmp_path.iterdir())) == 1


def test_a_file_is_replaced_and_a_link_in_its_place_not_followed(tmp_path: Path) -> None:
    precious, target = tmp_path / "precious", tmp_path / "a.txt"
    precious.write_text("mine")
    target.symlink_to(precious)
    atomic.replace(target, b"new")
    assert (precious.read_text(), target.read_text(), target.is_symlink()) == ("mine", "new", False)
    target.chmod(0o640)
    atomic.replace(target, lambda path: path.write_bytes(b"newer") and None)
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("newer", 0o640)
    atomic.replace(tmp_path / "salt", b"x", mode=0o600)
    assert (tmp_path / "salt").stat().st_mode & 0o777 == 0o600

    def stops(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        atomic.replace(target, stops)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "precious", "salt"]


def test_what_a_killed_command_left_of_a_file_goes_when_it_is_written_again(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    left, written = Staged.alone(target).aside, Staged.alone(target).aside
    others = {
        Staged.beside(target).aside, Staged.alone(tmp_path / "ba.txt").aside, tmp_path / ".a.txt~", left.with_name(f"{left.name}~"),
    }  # fmt: skip
    link, pipe, precious = Staged.alone(target).aside, Staged.alone(target).aside, tmp_path / "precious"
    for path in (left, written, *others, precious):
        path.write_text("half")
    link.symlink_to(precious)
    os.mkfifo(pipe)
    with written.open("rb") as held:  # by a command that is writing it
        fcntl.flock(held, fcntl.LOCK_EX)
        atomic.replace(target, b"new")
        there = set(tmp_path.iterdir())
        assert left not in there and {written, precious, link, pipe, *others} <= there
    Staged.beside(target).write(b"newer")
    assert written not in set(tmp_path.iterdir()) and target.read_text() == "new"
    left = Staged.alone(tmp_path / "b.csv").aside
    left.write_text("half")
    output.write({"x": pd.DataFrame({"a": [1]})}, tmp_path / "b.csv")
    assert not left.exists() and (tmp_path / "b.csv").read_text() == "a\n1\n"


def test_what_is_being_written_is_no_leftover(tmp_path: Path) -> None:
    def write_the_same(path: Path) -> None:
        atomic.replace(tmp_path / "a.txt", b"in between")
        path.write_bytes(b"last")

    atomic.replace(tmp_path / "a.txt", write_the_same)
    assert (tmp_path / "a.txt").read_text() == "last" and len(list(tmp_path.iterdir())) == 1


# -- several files together --------------------------------------------------------------------------


class Killed(BaseException):
    """What a process that is killed doesn't notice."""


def interrupted(root: Path, contents: dict[Path, bytes | None], at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a change was cut off at a step on the disk, with nothing cleaned up after it."""
    taken = 0

    def step(act: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **named: object) -> object:
            nonlocal taken
            taken += 1
            if taken >= at:
                raise Killed
            return act(*args, **named)

        return wrapped

    with monkeypatch.context() as patch:
        for name in ("replace", "fsync", "unlink"):
            patch.setattr(os, name, step(getattr(os, name)))
        patch.setattr(atomic.Staged, "discard", step(atomic.Staged.discard))
        try:
            journal.change(root, dict(contents))
        except Killed:
            return True
    return False


def seen(root: Path) -> dict[str, str]:
    return {
        p.relative_to(root).as_posix(): p.read_text()
        for p in root.rglob("*")
        if p.is_file() and ".segdsl" not in p.parts
    }


@pytest.mark.parametrize("contents", [
    {"a": b"new", "sub/b": b"new", "c": None}, {"new/deep/d": b"new"}, {"c": None, "a": b"new"}, {"a": b"new"},
])  # fmt: skip
def test_a_change_that_is_cut_off_is_finished_or_taken_away(
    tmp_path: Path, contents: dict[str, bytes | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"a": "old", "sub/b": "old", "c": "old"}
    ends = []
    for at in range(1, 100):
        root = tmp_path / str(at)
        for path, text in old.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        was_cut = interrupted(root, {root / p: c for p, c in contents.items()}, at, monkeypatch)
        journal.settle(root)
        ends.append(seen(root))
        assert not (root / ".segdsl" / journal.NAME).exists()
        if not was_cut:
            break
    new = {**old, **{p: c.decode() for p, c in contents.items() if c is not None}}
    new = {p: t for p, t in new.items() if p not in contents or contents[p] is not None}
    assert [e for e in ends if e not in (old, new)] == []
    assert ends[0] == old and ends[-1] == ends[-2] == new and ends.index(new) > 5


def test_a_folder_that_leads_out_of_the_workspace_is_not_written_to(tmp_path: Path) -> None:
    root = tmp_path / "w"
    root.mkdir()
    (root / "rules").symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="leads out of the workspace"):
        journal.change(root, {root / "rules" / "a.seg": b"x", root / "b.seg": b"y"})
    assert seen(root) == {} and [p.name for p in tmp_path.iterdir()] == ["w"]
    journal.change(root, {tmp_path / "elsewhere" / "x.parquet": b"asked for"})


def half_done(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that was decided and of which nothing is in its place yet."""
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_do", lambda steps: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            journal.change(root, {root / "a.seg": b"segment new", root / "b.seg": None})


def test_what_somebody_changed_since_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.seg", "b.seg"):
        (tmp_path / name).write_text("old")
    half_done(tmp_path, monkeypatch)
    (tmp_path / "b.seg").write_text("mine")
    with pytest.raises(JournalError, match=r"b\.seg was changed since"):
        journal.settle(tmp_path)
    assert seen(tmp_path)["b.seg"] == "mine" and seen(tmp_path)["a.seg"] == "old"
    (tmp_path / "b.seg").write_text("old")
    assert journal.settle(tmp_path) == (tmp_path / "a.seg", tmp_path / "b.seg")
    assert seen(tmp_path) == {"a.seg": "segment new"}


@pytest.mark.parametrize("said", [
    "", "[]", '{"decided": true}', '{"decided": true, "files": [{"path": "../x", "token": "", "was": ""}]}',
    '{"decided": true, "files": [{"path": "/etc/x", "token": "", "was": ""}]}', '{"decided": true, "files": [{"path": "out/x", "token": "", "was": ""}]}',
    '{"decided": true, "files": [{"path": ".git/hooks/x", "token": "0123456789abcdef", "was": ""}]}',
    '{"decided": true, "files": [{"path": "a", "token": "/../../../x", "was": ""}]}', "[" * 100_000,
])  # fmt: skip
def test_a_journal_that_no_change_of_ours_could_have_left_stops(tmp_path: Path, said: str) -> None:
    root = tmp_path / "w"
    (root / ".segdsl").mkdir(parents=True)
    (tmp_path / "x").write_text("precious")
    (root / "out").symlink_to(tmp_path)
    (root / ".segdsl" / "journal.json").write_text(said)
    with pytest.raises(JournalError, match="journal can't be read"):
        journal.settle(root)
    assert (tmp_path / "x").read_text() == "precious"


def test_an_interrupted_change_is_finished_by_the_next_command(
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (workspace / "a.seg").write_text("segment old of account { when seats > 1 }\n")
    (workspace / "b.seg").write_text("# gone\n")
    half_done(workspace, monkeypatch)
    (workspace / "a.seg").with_name(next(p.name for p in workspace.glob(".a.seg-*~"))).write_text(
        "segment new of account { when seats > 1 }\n"
    )
    result = call("fmt", "--check", cwd=workspace)
    assert "the command before this one was interrupted" in result.output and "a.seg was put in place" in result.output
    assert "segment new" in (workspace / "a.seg").read_text() and not (workspace / "b.seg").exists()
    assert load_workspace(workspace).root == workspace


@pytest.mark.long
def test_commands_that_are_killed_lose_nothing_and_leave_nothing_half() -> None:
    """A few of those that `make faults` kills; `tests/faults/results.txt` has its table."""
    command = [sys.executable, "-m", "tests.faults", "--most", "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    killed = [int(line.split()[-6]) for line in done.stdout.splitlines()[1:]]
    assert min(killed) >= 2 and killed[-1] >= 18, done.stdout


# -- the tool's own files, by somebody else ------------------------------------------------------------


def committed_ledger(root: Path) -> None:
    run(root, OCT)
    git(root, "init", "-q")
    git(root, "add", "-f", "-A")
    git(root, "commit", "-qm", "x")


def linked_ledger(root: Path) -> None:
    run(root, OCT)
    (root / ".segdsl" / "ledger.duckdb").rename(root.parent / "elsewhere.duckdb")
    (root / ".segdsl" / "ledger.duckdb").symlink_to(root.parent / "elsewhere.duckdb")


def piped_ledger(root: Path) -> None:
    """Whoever opens it waits for good."""
    run(root, OCT)
    (root / ".segdsl" / "ledger.duckdb").unlink()
    os.mkfifo(root / ".segdsl" / "ledger.duckdb")


def linked_wal(root: Path) -> None:
    run(root, OCT)
    (root / ".segdsl" / "ledger.duckdb.wal").symlink_to(root.parent / "elsewhere")


def linked_folder(root: Path) -> None:
    (root.parent / "elsewhere").mkdir(exist_ok=True)
    shutil.rmtree(root / ".segdsl", ignore_errors=True)
    (root / ".segdsl").symlink_to(root.parent / "elsewhere")


def changed_tables(*statements: str) -> Callable[[Path], None]:
    def trick(root: Path) -> None:
        run(root, OCT)
        with duckdb.connect(str(root / ".segdsl" / "ledger.duckdb")) as con:
            for statement in statements:
                con.execute(statement.format(root=root.parent))

    trick.__name__ = statements[-1][:24]
    return trick


TABLES = [
    ("DROP TABLE runs", "CREATE VIEW runs AS SELECT 1 AS run_id, content AS source FROM read_text('{root}/precious.csv')"), ("CREATE VIEW more AS SELECT 1",),
    ("CREATE MACRO coalesce(a, b) AS 'x'",), ("CREATE SEQUENCE s",), ("CREATE TYPE mood AS ENUM ('a')",), ("ALTER TABLE runs ADD COLUMN more INTEGER",),
    ("CREATE INDEX i ON moves (run_id)",), ("CREATE TABLE now_9 (a INTEGER)",), ("DROP TABLE before_1",), ("CREATE SCHEMA x", "CREATE TABLE x.runs (a INTEGER)"),
    ("DROP TABLE about", "CREATE VIEW about AS SELECT 3 AS version, content FROM read_text('{root}/precious.csv')"),
    ("INSERT INTO publications VALUES ('{root}/precious.csv', '/../x', 'intended')",),
    ("INSERT INTO publications VALUES ('../precious.csv', '0123456789abcdef', 'kept')",),
    ("INSERT INTO publications VALUES ('.git/hooks/a', '0123456789abcdef', 'kept')",),
    ("UPDATE about SET version = NULL",), ("DELETE FROM about",), ("UPDATE now_1 SET c1 = 999",), ("UPDATE places SET code = code + 7",),
    ("UPDATE timelines SET kind = 'x'",), ("UPDATE columns SET number = number + 90",), ("INSERT INTO timelines SELECT * FROM timelines",), ("UPDATE now_1 SET since = 77",),
    *((f"INSERT INTO {t} ({c}) VALUES (NULL)",) for t, c in [("publications", "token"), ("places", "arm"), ("now_1", "c1"), ("before_1", "c1"), ("moves", "cause"), ("borders", "room")]),
    *((f"UPDATE {t} SET {c} = NULL",) for t, c in [("runs", "fingerprints"), ("runs", "keeps_history"), ("places", "status"), ("now_1", "entity_id"), ("now_1", "since"), ("timelines", "entity"), ("columns", "number")]),
    *((f"UPDATE runs SET {c} = {v}",) for c, v in [("data", "'{{\"account\": {{}}}}'"), ("sizes", "'[1]'"), ("files", "'{{'"), ("zone", "'Mars/North'"), ("zone", "'../x'"), ("as_of", "TIMESTAMP '200000-01-01'"), ("as_of", "'infinity'::TIMESTAMP"), ("fingerprints", "repeat('[', 100000)")]),
]  # fmt: skip


@pytest.mark.sample(4)
@pytest.mark.slow
@pytest.mark.parametrize(
    "trick",
    [committed_ledger, linked_ledger, piped_ledger, linked_wal, linked_folder, *(changed_tables(*t) for t in TABLES)],
    ids=lambda t: t.__name__,
)
def test_a_ledger_that_a_run_did_not_make_is_refused(workspace: Path, trick: Callable[[Path], None]) -> None:
    precious = workspace.parent / "precious.csv"
    precious.write_text("mine", encoding="utf-8")
    trick(workspace)
    before = {p.name: p.read_bytes() for p in workspace.parent.iterdir() if p.is_file()}
    result = call("run", "--as-of", OCT, "-o", "a.csv", cwd=workspace)
    assert (result.exit_code, "SEG0711" in result.output, (workspace / "a.csv").exists()) == (3, True, False), (
        result.output
    )
    assert "mine" not in result.output + call("runs", cwd=workspace).output
    assert {p.name: p.read_bytes() for p in workspace.parent.iterdir() if p.is_file()} == before


def test_a_ledger_reaches_no_other_file(workspace: Path) -> None:
    from segdsl.ledger.store import Ledger

    run(workspace, OCT)
    (workspace / "in").mkdir()
    with Ledger.to_write(workspace / ".segdsl" / "ledger.duckdb", workspace, workspace / "in") as ledger:
        for sql in (
            "SELECT * FROM read_csv('accounts.csv')",
            "ATTACH 'x.duckdb'",
            "COPY runs TO 'x.csv'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                ledger.con.execute(sql)


def test_planted_asides_are_not_followed(workspace: Path) -> None:
    """Names that versions before gave, and that a pull request could foretell."""
    precious = workspace.parent / "precious"
    precious.write_text("mine", encoding="utf-8")
    (workspace / "snap").mkdir()
    for name in (".rules.seg.new", "snap/.account.parquet", ".a.csv"):
        (workspace / name).symlink_to(precious)
    assert call("snapshot", "--as-of", OCT, "-o", "snap", cwd=workspace).exit_code == 0
    call("test", "--coverage", "--write", cwd=workspace)
    assert call("run", "--as-of", OCT, "-o", "a.csv", cwd=workspace).exit_code == 0
    assert precious.read_text() == "mine" and not (workspace / "rules.seg").is_symlink()
    assert "\ntest " in (workspace / "rules.seg").read_text()


# -- outputs over what is read ------------------------------------------------------------------------


@pytest.mark.parametrize("output", [
    "accounts.csv", "./sub/../logins.csv", "linked/accounts.csv", "rules.seg", "new.seg", "segdsl.toml", "vip.csv", "days.txt", "old/2026-01-01/account.csv",
    "parts/new-1.csv", "fixtures/x/account.csv", "experiments/exposures/p.csv", "experiments/evidence/e.json", ".segdsl/ledger.duckdb", ".git/config",
    ".segdsl", ".git", "state", "state/deep", "state/deep/l.duckdb", "old", "parts", "experiments", "experiments/evidence", "fixtures", "sub/fixtures",
])  # fmt: skip
def test_no_output_takes_the_place_of_what_is_read(workspace: Path, output: str) -> None:
    with (workspace / "segdsl.toml").open("a") as file:
        file.write('[sources.old.tables]\naccount = "old/{as_of}/account.csv"\nlogins = "parts/new-*.csv"\n')
    toml = (workspace / "segdsl.toml").read_text()
    (workspace / "segdsl.toml").write_text(toml.replace('name = "t"', 'name = "t"\nledger = "state/deep/l.duckdb"'))
    (workspace / "vip.csv").write_text("country\nDE\n")
    (workspace / "days.txt").write_text("2026-12-25\n")
    with (workspace / "rules.seg").open("a") as file:
        file.write('list vip from "vip.csv" { country: text }\ncalendar uk { holidays from "days.txt" }\n')
    (workspace / "linked").symlink_to(".")
    loaded = load_workspace(workspace)
    assert loaded.sources and not [d for d in loaded.diagnostics if d.severity == "error"], loaded.diagnostics
    with pytest.raises(Refusal, match="a file that the workspace reads"):
        refuse_over_inputs(loaded, [workspace / output])
    refuse_over_inputs(
        loaded,
        [
            workspace / p
            for p in ("out.csv", "parts/old-1.csv", "../accounts.csv", "old/x.txt", "experiments/page.html")
        ],
    )


@pytest.mark.parametrize("arguments", [
    ("run", "--as-of", OCT, "-o", "accounts.csv"), ("run", "--as-of", OCT, "--no-ledger", "-o", "accounts.csv"), ("check", "-o", "rules.seg"),
    ("test", "-o", "segdsl.toml"), ("check", "-o", ".segdsl"), ("snapshot", "--as-of", OCT, "-o", "."),
])  # fmt: skip
def test_commands_refuse_such_an_output(workspace: Path, arguments: tuple[str, ...]) -> None:
    if arguments[0] == "snapshot":
        (workspace / "segdsl.toml").write_text(
            (workspace / "segdsl.toml").read_text().replace("accounts.csv", "account.parquet")
        )
        duckdb.execute(
            f"COPY (FROM read_csv('{workspace}/accounts.csv', all_varchar = true)) TO '{workspace}/account.parquet'"
        )
    before = {p.name: p.read_bytes() for p in workspace.iterdir() if p.is_file()}
    result = call(*arguments, cwd=workspace)
    assert result.exit_code == 2 and "a file that the workspace reads" in result.output, result.output
    assert {p.name: p.read_bytes() for p in workspace.iterdir() if p.is_file()} == before


def test_exposures_and_salt_that_came_with_the_repository_are_refused(workspace: Path) -> None:
    assert call("snapshot", "--for-ci", "--as-of", OCT, cwd=workspace).exit_code == 0
    git(workspace, "init", "-q")
    git(workspace, "add", "-f", ".segdsl/salt")
    result = call("snapshot", "--for-ci", "--as-of", OCT, cwd=workspace)
    assert result.exit_code == 3 and "git tracks it" in result.output
    assert subprocess.run(["git", "ls-files"], cwd=workspace, capture_output=True, text=True).stdout.split() == [
        ".segdsl/salt"
    ]
