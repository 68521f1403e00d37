"""The tutorial of experiments, run: its files are written and its commands say what it shows, in a scratch repository."""

from __future__ import annotations

import re
import shlex
import subprocess
from itertools import product
from pathlib import Path

import pytest

from tests.support.cli import call
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "tutorial-experiment.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.slow


def run(line: str, folder: Path) -> tuple[int, str]:
    """(exit code, output) of commands joined by `&&`: those of segdsl in this process, the others by bash."""
    code, output = 0, ""
    for command in line.split(" && "):
        if command.startswith("segdsl "):
            result = call(*shlex.split(command)[1:], cwd=folder)
            code, output = result.exit_code, output + result.output
        else:
            done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=300)
            code, output = done.returncode, output + done.stdout + done.stderr
        if code:
            break
    return code, output


def shown(line: str, output: str, start: int) -> int:
    """Where a line that the page shows is found in the output, `…` standing for anything."""
    pattern = r"[^\n]*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
    flat = "\n".join(" ".join(x.split()) for x in output.split("\n"))
    found = re.compile(pattern).search(flat, start)
    assert found is not None, f"{line!r} isn't in\n{output}"
    return found.end()


@pytest.mark.long
def test_every_command_says_what_the_page_shows(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    for role, what in product(("AUTHOR", "COMMITTER"), ("NAME", "EMAIL")):
        monkeypatch.setenv(f"GIT_{role}_{what}", "a@b.example")
    commands = 0
    for kind, body in re.findall(r"```(seg|console)\n(.*?)```", PAGE, re.DOTALL):
        if kind == "seg":
            path = company / re.match(r"# (\S+)\n", body)[1]  # type: ignore[index]
            path.parent.mkdir(exist_ok=True)
            path.write_text(body.partition("\n")[2], encoding="utf-8")
            continue
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE):
            command, _, code = command.partition("  # ends with ")
            returned, output = run(command, company)
            assert returned == int(code or 0), f"{command}\n{output}"
            place = 0
            for line in expected.splitlines():
                place = shown(line, output, place)
            commands += 1
    assert commands > 15
