"""The house: imports point down, what is heavy is imported late, everything a person meets is documented."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import click
import pytest

from segdsl import cli, ops
from segdsl.cli import main
from segdsl.codes import known_codes
from segdsl.diagnostics import render
from tests.support.lists import LISTS
from tests.support.paths import PACKAGE, ROOT, TESTS

FLOORS = {
    "ground": ["version", "diagnostics", "codes", "bounds", "closing", "files"],
    "meaning": [
        "lang",
        "model",
        "facts",
        "features",
        "ops",
        "resolve",
        "phrasebook",
        "formulas",
        "mend",
        "reference",
        "compiled",
        "templates",
        "sql",
        "words",
        "analyse",
    ],
    "data": ["workspace", "data", "engines", "ledger", "draft"],
    "work": ["run", "whatif", "testing", "compare", "profile", "activation", "lint", "frameworks"],
    "decisions": ["experiment", "promotion", "discover"],
    "doors": ["api", "report", "pytest_plugin", "demo", "cli", "__init__", "__main__"],
}
"""What a part is for, from below; a part imports parts of its own floor and of those below. `ARCHITECTURE.md` shows the same."""
Arrows = dict[str, set[str]]


def name_of(path: Path) -> str:
    """The dotted name of a module below the package; "" for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in PACKAGE.rglob("*.py")}


def room(module: str) -> str:
    """The folder of a module; a file at the root is a room of its own."""
    path = MODULES[module].relative_to(PACKAGE)
    return ".".join(path.parts[:-1]) or path.stem


def floor(module: str) -> int:
    part = room(module).split(".")[0]
    return next(i for i, parts in enumerate(FLOORS.values()) if part in parts)


@cache
def imports(module: str, *, of_types: bool) -> set[str]:
    """The modules of segdsl that a module imports, also inside functions; `of_types`: for type checking alone, too."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = node.body if of_types else []
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "segdsl":
            base = node.module.removeprefix("segdsl").removeprefix(".")
            named = (f"{base}.{a.name}".removeprefix(".") for a in node.names)
            found |= {name if name in MODULES else base for name in named}
        elif isinstance(node, ast.Import):
            found |= {
                a.name.removeprefix("segdsl").removeprefix(".") for a in node.names if a.name.split(".")[0] == "segdsl"
            }
    return found - {module}


def test_imports_point_to_no_higher_floor() -> None:
    upwards = [f"{m} -> {o}" for m in MODULES for o in imports(m, of_types=False) if floor(o) > floor(m)]
    assert upwards == []


@pytest.mark.parametrize("of_types", [False, True])
def test_no_room_needs_one_that_needs_it(of_types: bool) -> None:
    arrows: Arrows = {}
    for module in MODULES:
        others = {room(o) for o in imports(module, of_types=of_types)}
        arrows.setdefault(room(module), set()).update(others - {room(module)})
    assert circle(arrows) == []


def test_no_file_needs_one_that_needs_it() -> None:
    assert circle({module: imports(module, of_types=True) for module in MODULES}) == []


def circle(arrows: Arrows) -> list[str]:
    """The places on circles and between them: what is left without those that need no other, or that no other needs."""
    left = {place: set(others) for place, others in arrows.items()}
    while True:
        needed = set().union(*left.values()) if left else set()
        kept = {
            place: others & left.keys() for place, others in left.items() if others & left.keys() and place in needed
        }
        if kept == left:
            return sorted(left)
        left = kept


SHARED = {
    "conformance",
    "faults",
    "first_day",
    "fuzz",
    "golden",
    "laws",
    "oracles",
    "pictures",
    "proofs",
    "simulate",
    "stories",
    "support",
}
"""Folders of tests that are of no one room; CONTRIBUTING.md says what is in each."""


def test_folders_of_tests_are_those_of_the_package() -> None:
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("*.py")} - {Path()}
    own = {folder for folder in folders if folder.parts[0] not in SHARED}
    assert [str(folder) for folder in sorted(own) if not (PACKAGE / folder).is_dir()] == []
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for name in sorted(SHARED) if f"`{name}`" not in contributing] == []


def test_a_test_takes_nothing_from_another_test() -> None:
    """What several share is in `tests/support`."""
    taken = re.compile(r"^\s*(?:from|import) tests\b.*\btest_", re.MULTILINE)
    assert [str(path) for path in TESTS.rglob("*.py") if taken.search(path.read_text(encoding="utf-8"))] == []


def test_architecture_shows_the_floors() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for name, parts in FLOORS.items():
        (row,) = re.findall(rf"^\| {name} \|.*$", text, re.MULTILINE)
        missing = [p for p in parts if not p.startswith("__") and f"`{p}`" not in row]
        assert missing == [], f"ARCHITECTURE.md doesn't place them on the floor `{name}`"


_ENGINE = {"duckdb", "sqlglot"}
_FRAMES = {"pandas", "numpy", "scipy", "pyarrow"}
_TESTS = {"hypothesis", "pytest", "openpyxl"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "never"),
    [
        (
            ["--help"],
            {"lark", "rich", "msgspec", "dataclasses", "pathlib", "segdsl.cli.check", *_ENGINE, *_FRAMES, *_TESTS},
        ),
        (["check", "--help"], {"lark", "rich", "msgspec", "segdsl.cli.run", *_ENGINE, *_FRAMES, *_TESTS}),
        (["check"], {*_ENGINE, *_FRAMES, *_TESTS}),
        (["fmt", "--check"], {"segdsl.resolve", "segdsl.model", *_ENGINE, *_FRAMES, *_TESTS}),
        (["test"], {*_ENGINE, *_FRAMES, *_TESTS}),
        (["explain", "SEG0204"], {"lark", "msgspec", *_ENGINE, *_FRAMES, *_TESTS}),
        (["fields"], {*_FRAMES, *_TESTS}),
        (["run", "--no-ledger", "--as-of", "2026-11-01"], {"scipy", *_TESTS}),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_heavy_imports_are_late(command: list[str], never: set[str]) -> None:
    script = f"""
import sys
from segdsl.cli import main
sys.argv = ["segdsl", *{command!r}]
try:
    main()
except SystemExit as ended:
    print("ENDED", ended.code, *sorted({never!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr.strip().splitlines()[-1] in ("ENDED 0", "ENDED None"), done.stderr


def test_every_engine_that_a_source_may_name_is_there() -> None:
    from segdsl import engines
    from segdsl.workspace import config

    assert sorted(engines.ENGINES) == sorted(config.ENGINES)


def test_every_module_says_what_it_is() -> None:
    for path in PACKAGE.rglob("*.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, path


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    context = main.make_context("segdsl", ["check", "--help"], resilient_parsing=True)
    for name in main.list_commands(context):
        section = text.partition(f"## `segdsl {name}`")[2].partition("\n## ")[0]
        assert section, f"docs/commands.md has no section on `{name}`"
        command = main.get_command(context, name)
        assert command is not None
        commands = command.commands.values() if isinstance(command, click.Group) else [command]
        for parameter in (p for c in commands for p in c.params):
            for option in parameter.opts:
                if option.startswith("--"):
                    assert f"`{option}" in section, f"{name} {option}"


def test_every_option_that_is_documented_is_there() -> None:
    """An item of a list is of the command that the paragraph or the heading before it begins with."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    context, listed = click.Context(main), 0
    command: click.Command = main
    for line in text.splitlines():
        if named := re.match(r"(?:## )?`segdsl ([^`]*)`", line):
            command = main
            for word in named[1].split():
                inner = command.get_command(context, word) if isinstance(command, click.Group) else None
                command = inner or command
        if line.startswith("- `--"):
            commands = (command, *command.commands.values()) if isinstance(command, click.Group) else (command,)
            options = {o for c in commands for p in c.params for o in (*p.opts, *p.secondary_opts)}
            shown = set(re.findall(r"`(--?[a-z-]+)`", line.partition(":")[0]))
            assert shown <= options, f"`segdsl {command.name}` has no {sorted(shown - options)}"
            listed += len(shown)
    assert listed > 50


def test_every_code_is_listed_with_its_title() -> None:
    """UPDATE_GOLDEN=1 writes the list."""
    path = ROOT / "docs" / "codes.md"
    text = path.read_text(encoding="utf-8")
    titles = {c: (PACKAGE / "codes" / f"{c}.md").read_text(encoding="utf-8").partition("\n")[0] for c in known_codes()}
    rows = "".join(f"| {c} | {title.removeprefix(f'# {c}: ')} |\n" for c, title in sorted(titles.items()))
    written = re.sub(r"(?:^\| SEG\d{4} \|.*\n)+", lambda _: rows, text, count=1, flags=re.MULTILINE)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")


def test_every_command_is_listed_with_what_its_help_begins_with() -> None:
    context = click.Context(main)
    files = {path.stem.rstrip("_") for path in (PACKAGE / "cli").glob("*.py") if not path.stem.startswith("_")}
    commands = {name: main.get_command(context, name) for name in files}
    begins = {name: command.get_short_help_str(1_000) for name, command in commands.items() if command is not None}
    assert begins == cli.COMMANDS
    for width in (60, 80, 100):
        ours, theirs = click.HelpFormatter(width=width), click.HelpFormatter(width=width)
        main.format_commands(context, ours)
        click.Group.format_commands(main, context, theirs)
        assert ours.getvalue() == theirs.getvalue()


def test_the_readme_starts_with_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert 0 < text.index("make demo") < text.index("make test") < 1500


def test_the_readme_s_first_rule_is_right() -> None:
    import segdsl

    blocks = re.findall(r"```seg\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    rules = segdsl.loads("\n".join(blocks))
    assert rules.check() == ()


def test_the_language_reference_is_right(tmp_path: Path) -> None:
    import segdsl

    blocks = re.findall(r"```seg\n(.*?)```", (ROOT / "docs" / "language.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 5
    for name, text in {**LISTS, "segdsl.toml": "", "rules.seg": "\n".join(blocks)}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    rules = segdsl.load(tmp_path)
    assert [render(d) for d in rules.check() if d.severity == "error"] == []


def test_the_table_of_phrases_is_that_of_the_library() -> None:
    """Written anew with UPDATE_GOLDEN=1."""
    path = ROOT / "docs" / "language.md"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("## Phrases\n") + len("## Phrases\n"), text.index("\n## Not yet supported")
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(f"{text[:start]}\n{ops.table()}\n{text[end:]}", encoding="utf-8")
        return
    assert text[start:end].strip() == ops.table()


def test_every_dependency_is_pinned_with_hashes() -> None:
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for requirement in wanted:
        name = re.split(r"[<>=!\[ ]", requirement)[0].lower()
        assert re.search(rf"^{re.escape(name)}==\S+ \\\n\s+--hash=sha256:", pinned, re.MULTILINE), name
    assert "://" not in pinned
