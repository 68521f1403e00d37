"""`segdsl fmt`: rule files in the one layout."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.diagnostics import Diagnostic, Source


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@shared.workspace_option
@click.option("--check", "only_check", is_flag=True, help="Change nothing; end with 1 where a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
def command(paths: tuple[Path, ...], workspace: Path | None, only_check: bool, diff: bool) -> None:
    """Lay out rule files in the one way; every word and comment stays.

    PATHS are files or folders; without any, the whole workspace. `-` reads standard input.
    """
    from segdsl.workspace.config import load_config
    from segdsl.workspace.load import NO_RULES, rule_files

    with shared.failing():
        if paths == (Path("-"),):
            sys.exit(_standard_input())
        if paths:
            files = [f for p in paths for f in (sorted(p.rglob("*.seg")) if p.is_dir() else [p])]
        else:
            root = shared.root_of(workspace)
            files = list(rule_files(root, load_config(root).workspace.include))
        if not files:
            shared.stop([NO_RULES], shared.FINDINGS, "text")
        results = [_format(f, write=not (only_check or diff), show=diff) for f in files]
    changed, broken = results.count("changed"), results.count("broken")
    verb = "would change" if only_check or diff else "changed"
    shared.note(f"{len(files)} rule files: {changed} {verb}" + (f", {broken} can't be read" if broken else ""))
    if broken or (changed and (only_check or diff)):
        sys.exit(shared.FINDINGS)


def _format(path: Path, write: bool, show: bool) -> str:
    """`same`, `changed` or `broken`, with what there is to say printed."""
    from segdsl.diagnostics import printable
    from segdsl.workspace.load import read_rules

    unreadable: list[Diagnostic] = []
    source = read_rules(path, Path(), unreadable)
    text, found = (None, unreadable) if source is None else _formatted(source)
    if source is None or text is None:
        shared.say_diagnostics(found)
        return "broken"
    if text == source.text:
        return "same"
    if show:
        name = printable(str(path))
        shared.say("".join(difflib.unified_diff(source.text.splitlines(True), text.splitlines(True), name, name)))
    elif write:
        _replace(path, text)
        shared.say_line(f"{path}")
    else:
        shared.say_line(f"{path} would change")
    return "changed"


def _formatted(source: Source) -> tuple[str | None, Sequence[Diagnostic]]:
    """The text in the one layout, or why it doesn't parse. Lines keep the ends of the first one, as git on Windows writes them."""
    from segdsl.lang.format import format_tokens
    from segdsl.lang.parse import parse_tokens

    tokens, found = parse_tokens(source)
    if found:
        return None, found
    text = format_tokens(source, tokens)
    has_windows_ends = source.text.partition("\n")[0].endswith("\r")
    return (text.replace("\n", "\r\n") if has_windows_ends else text), ()


def _standard_input() -> int:
    from segdsl.diagnostics import Source

    source = Source("standard input", sys.stdin.read())
    text, found = _formatted(source)
    if text is None:
        shared.stop(found, shared.FINDINGS, "text")
    shared.say_rules(text)
    return 0


def _replace(path: Path, text: str) -> None:
    from segdsl.files import atomic

    try:
        atomic.replace(path, text.encode())
    except OSError as error:
        shared.note(f"{path} can't be written: {error.strerror}; it is unchanged")
        sys.exit(shared.DATA)
