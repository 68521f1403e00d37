"""A workspace's files -> something done again whenever one of them changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared
from segdsl.diagnostics import Refusal

if TYPE_CHECKING:
    from segdsl.workspace.load import Workspace


def watch(workspace: Path | None, run_once: Callable[[Workspace], None]) -> None:
    """Runs whenever something changed; a mistake in a rule is shown, and waited out. Ends with Ctrl+C."""
    root = shared.root_of(workspace)
    before: object = None
    try:
        while True:
            now = _stamps(root)
            if now != before:
                before = now
                click.clear()
                try:
                    run_once(shared.sound_workspace(root))
                except Refusal as refused:
                    shared.say_diagnostics(refused.diagnostics)
                shared.note("waiting for changes; Ctrl+C ends it")
            time.sleep(0.5)
    except KeyboardInterrupt:
        shared.note("")


def _stamps(root: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file that rules or fixtures could be in."""
    kinds = (".seg", ".csv", ".xlsx", ".toml", ".tsv")
    stamps = {}
    for path in root.rglob("*"):
        if path.suffix.lower() in kinds and not any(p.startswith(".") for p in path.relative_to(root).parts):
            try:
                stat = path.stat()
            except OSError:
                continue
            stamps[str(path)] = (stat.st_size, stat.st_mtime_ns)
    return stamps
