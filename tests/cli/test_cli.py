"""The command line: exit codes, the machine contract, messages a person meets, and what never happens."""

from __future__ import annotations

import csv
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import as_json, call
from tests.support.paths import GOLDENS, ROOT
from tests.support.small_workspace import RULES
from tests.support.small_workspace import workspace as workspace

# -- the README's first rule ---------------------------------------------------------


def test_three_mistakes_give_three_diagnostics(tmp_path: Path) -> None:
    """One misspelt field, one wrong enum value and one type error: exactly those, worded as designed."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rules = "\n".join(re.findall(r"```seg\n(.*?)```", readme, re.DOTALL))
    right, wrong = (
        "renewal_date in next 90 days and none(logins in last 30 days)",
        "renewal_dat in next 90 days and none(logins in last 30 days)",
    )
    assert right in rules
    rules = rules.replace(right, wrong).replace(
        'plan = "enterprise" and arr > 10_000', 'plan = "entreprise" and arr > "10000"'
    )
    (tmp_path / "segdsl.toml").write_text('[workspace]\nname = "acme"\n', encoding="utf-8")
    (tmp_path / "motion.seg").write_text(rules, encoding="utf-8")
    result = call("check", cwd=tmp_path)
    assert result.exit_code == 1
    assert result.output == (GOLDENS / "three_mistakes.txt").read_text(encoding="utf-8")


def test_check_as_json(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(RULES.replace("basis value", "basis valeu"), encoding="utf-8")
    record = as_json(call("check", "--format", "json", cwd=workspace))
    assert record["schema_version"] == 1
    (only,) = record["diagnostics"]
    line = RULES[: RULES.index("basis value")].count("\n") + 1
    assert {k: only[k] for k in ("code", "severity", "message", "file", "line", "column", "help")} == {
        "code": "SEG0214", "severity": "error", "message": "unknown basis `valeu`", "file": "rules.seg", "line": line,
        "column": 50, "help": "did you mean `value`?",
    }  # fmt: skip


def test_warnings_are_findings_only_when_strict(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(RULES.replace('goal "Keep them"', ""), encoding="utf-8")
    assert call("check", cwd=workspace).exit_code == 0
    assert call("check", "--strict", cwd=workspace).exit_code == 1


# -- run -----------------------------------------------------------------------------


def test_run_writes_the_contract(workspace: Path) -> None:
    result = call("run", "--as-of", "2026-11-01", "--output", "out/a.csv", cwd=workspace)
    assert result.exit_code == 0
    assert "as of  1 Nov 2026 00:00 UTC" in result.output
    with (workspace / "out" / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["entity_id"]: row for row in csv.DictReader(file)}
    assert list(rows["acme"]) == ["entity_id", "motion", "motion_status", "big"]
    assert rows["acme"] == {"entity_id": "acme", "motion": "save", "motion_status": "assigned", "big": "true"}
    assert rows["zeta"] == {"entity_id": "zeta", "motion": "steady", "motion_status": "assigned", "big": "false"}
    assert "'=cmd|x" in rows, "a key that a spreadsheet would run is made text"
    assert [p.name for p in (workspace / "out").iterdir()] == ["a.csv"], "nothing is left aside"


def test_run_writes_parquet_with_unknown_as_null(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(
        RULES + "segment due of account { when renewal < 2027-01-01 }", encoding="utf-8"
    )
    assert call("run", "--as-of", "2026-11-01", "-o", "a.parquet", cwd=workspace).exit_code == 0
    import duckdb

    rows = duckdb.connect().execute(f"SELECT entity_id, due FROM '{workspace}/a.parquet' ORDER BY 1").fetchall()
    assert rows == [("=cmd|x", False), ("acme", True), ("zeta", None)]


def test_run_says_why_somebody_is_unknown(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(
        RULES + "segment due of account { when renewal < 2027-01-01 }", encoding="utf-8"
    )
    assert call("run", "--as-of", "2026-11-01", "-o", "a.csv", "--explain-unknown", cwd=workspace).exit_code == 0
    with (workspace / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["entity_id"]: row for row in csv.DictReader(file)}
    assert list(rows["zeta"]) == [
        "entity_id",
        "motion",
        "motion_status",
        "motion_because",
        "big",
        "big_because",
        "due",
        "due_because",
    ]
    assert (rows["zeta"]["due"], rows["zeta"]["due_because"]) == ("", "`renewal` is missing")
    assert rows["acme"]["due_because"] == ""


def test_run_as_json(workspace: Path) -> None:
    record = as_json(call("run", "--as-of", "2026-11-01", "--format", "json", cwd=workspace))
    assert record["as_of"] == "2026-11-01T00:00:00Z"
    assert record["rules"]["motion"]["arms"] == {"save": 1, "check_data": 0, "steady": 2}
    assert record["rules"]["big"] == {"in": 2, "out": 1, "unknown": 0}


def test_only_named_rules_run(workspace: Path) -> None:
    record = as_json(call("run", "big", "--as-of", "2026-11-01", "--format", "json", cwd=workspace))
    assert list(record["rules"]) == ["big"]
    result = call("run", "bgi", cwd=workspace)
    assert (result.exit_code, "did you mean `big`?" in result.output) == (2, True)


# -- explain, try, test ----------------------------------------------------------------


def test_explain_a_customer(workspace: Path) -> None:
    result = call("explain", "acme", "motion", "--as-of", "2026-11-01", cwd=workspace)
    assert result.exit_code == 0
    assert result.output == (GOLDENS / "explain_acme.txt").read_text(encoding="utf-8")


def test_explain_an_unknown_customer(workspace: Path) -> None:
    result = call("explain", "ACM", cwd=workspace)
    assert result.exit_code == 2
    assert "there is `acme`" in result.output


def test_explain_a_code() -> None:
    assert "unknown value for a field" in call("explain", "seg0204").output
    assert call("explain", "SEG9999").exit_code == 2


def test_try_a_condition(workspace: Path) -> None:
    result = call(
        "try",
        "arr > 10_000 and renewal in next 90 days and none(logins in last 30 days)",
        "--as-of",
        "2026-11-01",
        cwd=workspace,
    )
    assert result.exit_code == 0
    assert result.output == (GOLDENS / "try.txt").read_text(encoding="utf-8")


def test_try_points_at_the_mistake(workspace: Path) -> None:
    result = call("try", "arr > 5 and pln = 3", cwd=workspace)
    assert result.exit_code == 1
    assert "condition:1:13" in result.output
    assert "did you mean `plan`?" in result.output
    assert call("try", "arr > 5 } segment x { when paying", cwd=workspace).exit_code == 1


def test_tests_pass_fail_and_are_missing(workspace: Path) -> None:
    assert call("test", cwd=workspace).exit_code == 0
    assert call("test", "no such title", cwd=workspace).exit_code == 1
    (workspace / "rules.seg").write_text(
        RULES.replace("renewal: 2026-12-15 }", "renewal: 2027-12-15 }"), encoding="utf-8"
    )
    result = call("test", cwd=workspace)
    assert result.exit_code == 1
    assert "✗ renewal in next 90 days" in result.output
    record = as_json(call("test", "--format", "json", cwd=workspace))
    assert record["totals"] == {"tests": 1, "passed": 0, "failed": 1, "errors": 0}
    (workspace / "rules.seg").write_text(RULES.partition("test ")[0], encoding="utf-8")
    result = call("test", cwd=workspace)
    assert (result.exit_code, "no tests found" in result.output) == (1, True)


def test_fmt_changes_and_checks(workspace: Path) -> None:
    assert call("fmt", "--check", cwd=workspace).exit_code == 1
    assert call("fmt", cwd=workspace).exit_code == 0
    assert call("fmt", "--check", cwd=workspace).exit_code == 0
    broken = workspace / "broken.seg"
    broken.write_text("segment {", encoding="utf-8")
    result = call("fmt", cwd=workspace)
    assert (result.exit_code, broken.read_text(encoding="utf-8")) == (1, "segment {")


def test_fmt_keeps_windows_line_ends(workspace: Path) -> None:
    """As git writes them on Windows: nothing to change in a file that is laid out, and what is changed keeps them."""
    assert call("fmt", cwd=workspace).exit_code == 0
    rules = workspace / "rules.seg"
    laid_out = rules.read_bytes().replace(b"\n", b"\r\n")
    rules.write_bytes(laid_out)
    assert call("fmt", "--check", cwd=workspace).exit_code == 0
    rules.write_bytes(laid_out.replace(b"  ", b"      "))
    assert call("fmt", "--check", cwd=workspace).exit_code == 1
    assert call("fmt", cwd=workspace).exit_code == 0 and rules.read_bytes() == laid_out


# -- the terminal ----------------------------------------------------------------------


def in_a_terminal(*arguments: str, cwd: Path, **environment: str) -> str:
    """What a person would see, styles included."""
    script = f"import pty, sys; sys.exit(pty.spawn({[sys.executable, '-m', 'segdsl', *arguments]!r}) >> 8)"
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")} | {
        "TERM": "xterm",
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=60
    ).stdout.decode()


@pytest.mark.slow
def test_colour_only_on_a_terminal_and_never_with_no_color(workspace: Path) -> None:
    (workspace / "rules.seg").write_text(RULES + "segment x of account { when ar > 5 }", encoding="utf-8")
    assert "\x1b[" in in_a_terminal("check", cwd=workspace)
    assert "\x1b[" not in in_a_terminal("check", cwd=workspace, NO_COLOR="1")
    assert "\x1b[" not in in_a_terminal("check", cwd=workspace, NO_COLOR="1", FORCE_COLOR="1")
    piped = subprocess.run([sys.executable, "-m", "segdsl", "check"], cwd=workspace, capture_output=True, text=True)
    assert "\x1b[" not in piped.stdout


def test_text_from_data_and_rules_can_not_steer_the_terminal(workspace: Path) -> None:
    (workspace / "accounts.csv").write_text(
        "account_id,plan,arr,renewal\n\x1b[31mred,team,\x1b]0;x\x07,2026-12-15\n", encoding="utf-8"
    )
    result = call("run", "--as-of", "2026-11-01", cwd=workspace)
    assert "\x1b" not in result.output
    assert "\\u{1b}" in result.output
    result = call("explain", "\x1b[31mred", "--as-of", "2026-11-01", cwd=workspace)
    assert "\x1b[31mred" not in result.output


def test_unknown_commands_are_guessed() -> None:
    result = call("chekc")
    assert result.exit_code == 2
    assert "did you mean `check`?" in result.output


def test_help_names_every_command() -> None:
    listed = call("--help").output
    for command in ("demo", "check", "fmt", "run", "try", "explain", "test"):
        assert re.search(rf"^  {command}\b", listed, re.MULTILINE), command


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_output_has_ordinary_permissions(workspace: Path) -> None:
    call("run", "--as-of", "2026-11-01", "-o", "a.csv", cwd=workspace)
    assert stat.S_IMODE((workspace / "a.csv").stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


@pytest.mark.parametrize(("as_of", "wrong"), [("2026-11-01T09:30:15.5", "between two seconds"), ("0001-01-01", "too far away"), ("9999-12-31", "too far away")])  # fmt: skip
def test_an_as_of_that_is_no_instant_of_ours(as_of: str, wrong: str) -> None:
    done = call("run", "--as-of", as_of, cwd=ROOT)
    assert done.exit_code == 2 and wrong in done.output
