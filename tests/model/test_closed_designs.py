"""The designs of experiments are a closed set: whoever adds one is led by mypy to every place that has to say what it does there."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import GOLDENS, PACKAGE
from tests.support.types import copy_package, mypy

GOLDEN = GOLDENS / "designs.txt"
DESIGNS = {"Backtest", "Assigned", "External", "Replay"}
PLANTED = """
@dataclass(frozen=True, slots=True)
class Planted:
    pass


Randomised ="""
UNIONS = ("Randomised", "Plannable", "Design")


def functions(text: str) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node


def place(folder: Path, path: str, line: int) -> str:
    """The innermost function that a line is in."""
    around = [
        f for f in functions((folder / path).read_text(encoding="utf-8")) if f.lineno <= line <= (f.end_lineno or 0)
    ]
    return f"{path} {max(around, key=lambda f: f.lineno).name}"


def named_by_mypy(folder: Path) -> list[str]:
    output = mypy(folder)
    found = re.findall(r'^(\S+?):(\d+): error: .*"Planted".*"Never"', output, re.M)
    lines = [line for line in output.splitlines() if ": error:" in line]
    assert len(found) == len(lines), output
    return sorted({place(folder, path, int(line)) for path, line in found})


@pytest.mark.long
def test_mypy_names_whoever_has_to_know_a_new_design(tmp_path: Path) -> None:
    copy_package(tmp_path)
    model = tmp_path / "segdsl" / "model" / "experiment.py"
    text = model.read_text(encoding="utf-8")
    for union in UNIONS:
        text, count = re.subn(rf"^({union} = .+)$", r"\1 | Planted", text, flags=re.M)
        assert count == 1, union
    model.write_text(text.replace("\nRandomised =", PLANTED, 1), encoding="utf-8")
    found = named_by_mypy(tmp_path)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text("\n".join(found) + "\n", encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8").splitlines()


def asks_for_the_design(f: ast.FunctionDef) -> bool:
    """Whether a function goes by the class of a design; one that only asserts it doesn't."""
    asserted = {id(n) for a in ast.walk(f) if isinstance(a, ast.Assert) for n in ast.walk(a)}
    for node in ast.walk(f):
        names = node.cls if isinstance(node, ast.MatchClass) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            names = node.args[1]
        if names is None or id(node) in asserted:
            continue
        if DESIGNS & {n.id for n in ast.walk(names) if isinstance(n, ast.Name)}:
            return True
    return False


@pytest.mark.slow
def test_whoever_goes_by_the_design_is_among_them() -> None:
    """A test of the class without `assert_never` would go unnoticed by mypy."""
    found = [
        f"{path.relative_to(PACKAGE.parent)} {f.name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for f in functions(path.read_text(encoding="utf-8"))
        if asks_for_the_design(f)
    ]
    assert sorted(found) == GOLDEN.read_text(encoding="utf-8").splitlines()
