"""Formats of results: listed from the folders of `report`, alike in what they take, documented; a file that is added is a format."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from segdsl.cli import main
from segdsl.report.formats import ORDER, formats
from tests.support.paths import PACKAGE, ROOT

REPORT = PACKAGE / "report"
RESULTS = sorted(p.name for p in REPORT.iterdir() if (p / "text.py").is_file())


def test_formats_are_the_files_of_a_folder() -> None:
    assert formats("tests") == ("text", "json", "junit", "github", "markdown")
    assert formats("findings") == ("text", "json", "github", "sarif", "markdown")
    assert formats("diff", "findings") == ("text", "json", "markdown"), "those that both have"


@pytest.mark.parametrize("is_archive", [False, True], ids=["folder", "zip"])
def test_a_file_that_is_added_is_a_format(is_archive: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"shelf_{'archive' if is_archive else 'folder'}"
    (tmp_path / name / "tests").mkdir(parents=True)
    shutil.copy(REPORT / "formats.py", tmp_path / name)
    for file in ("__init__", "tests/__init__", "tests/text", "tests/yaml", "tests/html"):
        (tmp_path / name / f"{file}.py").touch()
    where = tmp_path
    if is_archive:
        where = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, name))
        shutil.rmtree(tmp_path / name)
    monkeypatch.syspath_prepend(str(where))
    assert import_module(f"{name}.formats").formats("tests") == ("text", "html", "yaml")
    assert f"{name}.tests.text" not in sys.modules, "a format is imported when it is asked for"


def signature(path: Path) -> str:
    (render,) = (
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "render"
    )
    return f"{ast.unparse(render.args)} -> {ast.unparse(render.returns) if render.returns else ''}"


@pytest.mark.parametrize("result", RESULTS)
def test_formats_of_a_result_take_the_same(result: str) -> None:
    files = [p for p in (REPORT / result).glob("*.py") if p.stem != "__init__"]
    own = {p.name: signature(p) for p in files}
    assert len(set(own.values())) == 1 and own["text.py"].endswith("-> str"), own
    assert set(formats(result)) <= set(ORDER), "a new format has a place in the order"


def commands(group: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Each command that isn't a group, under the name of the first group or command."""
    if not isinstance(group, click.Group):
        yield name, group
        return
    for own in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), own)
        assert command is not None
        yield from commands(command, name or own)


def test_every_format_of_a_command_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    listed = 0
    for name, command in commands(main):
        section = text.partition(f"## `segdsl {name}`")[2].partition("\n## ")[0]
        for choice in (
            p.type.choices for p in command.params if p.name == "format_" and isinstance(p.type, click.Choice)
        ):
            missing = [f for f in choice if f not in ("text", "json") and not re.search(rf"`(--format )?{f}`", section)]
            assert missing == [], f"docs/commands.md, `{name}`"
            listed += len(choice)
    assert listed > 40
