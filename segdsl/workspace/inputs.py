"""Inputs of a workspace, which no output may overwrite."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.files import trusted
from segdsl.workspace.config import CONFIG, SourceConfig
from segdsl.workspace.lists import files_named
from segdsl.workspace.load import RuleFiles

_RECORD_FOLDERS = ("evidence", "exposures", "promotions")  # below `experiments`


def refuse_over_inputs(workspace: RuleFiles, outputs: Iterable[Path], source: SourceConfig | None = None) -> None:
    """Raise `Refusal` where an output would overwrite an input of any source, or of `source` alone for copies."""
    sources = workspace.config.sources.values() if source is None else (source,)
    named = {n for p in (*_data(workspace.root, sources), *_named(workspace)) for n in _names(p)}
    folders = {folder for n in (*named, _ledger(workspace)) for folder in n.parents}  # there already, or not yet
    for output in outputs:
        own_names = _names(output)
        if (
            _is_own(_without_links(output), workspace)
            or not own_names.isdisjoint(folders)
            or any(_matches(o, n) for o in own_names for n in named)
        ):
            message = f"{output} is a file that the workspace reads: it would be gone"
            raise Refusal(Diagnostic("SEG0607", message, help="name another file for the output"))


def _without_links(path: Path) -> Path:
    """Path with links in its folders resolved; the name itself would be replaced."""
    return path.absolute().parent.resolve() / path.name


def _names(path: Path) -> set[Path]:
    """The path as written, and with links resolved."""
    return {Path(os.path.normpath(path.absolute())), _without_links(path)}


def _matches(path: Path, pattern: Path) -> bool:
    """Whether a path matches a pattern part by part; a wildcard doesn't cross folders."""
    parts = zip(path.parts, pattern.parts)
    return len(path.parts) == len(pattern.parts) and all(p == w or fnmatchcase(p, w) for p, w in parts)


def _is_own(path: Path, workspace: RuleFiles) -> bool:
    """Whether a file is a rule, configuration, or one of those that commands keep below the workspace."""
    if path.suffix == ".seg" or path.name == CONFIG or path == _ledger(workspace):
        return True
    root = workspace.root.resolve()
    parts = path.relative_to(root).parts if path.is_relative_to(root) else ()
    if parts[:1] == ("experiments",) and (len(parts) == 1 or parts[1] in _RECORD_FOLDERS):
        return True
    return any(p in (trusted.FOLDER, ".git") for p in parts) or "fixtures" in (*parts[:-2], *parts[-1:])


def _ledger(workspace: RuleFiles) -> Path:
    return _without_links(workspace.root / workspace.config.workspace.ledger)


def _data(root: Path, sources: Iterable[SourceConfig]) -> Iterator[Path]:
    """Path patterns of each table."""
    for source in sources:
        for name in source.tables:
            table = source.table(name)
            if table is not None:
                yield root / table.path.replace("{as_of}", "*")


def _named(workspace: RuleFiles) -> Iterator[Path]:
    """Files that rules name."""
    for file, source in zip(workspace.files, workspace.sources, strict=True):
        for d in file.declarations:
            for named in files_named(d):
                yield workspace.root / Path(source.path).parent / named.value
