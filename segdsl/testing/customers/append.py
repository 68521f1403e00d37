"""Append tests, as text, to the files of the rules that they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic, Source
from segdsl.files import journal
from segdsl.lang.format import format_text
from segdsl.workspace.load import BrokenWorkspace, Workspace


def append(workspace: Workspace, blocks: Sequence[str]) -> list[tuple[str, int]]:
    """Write each block below the rule whose name its title begins with, all blocks or none; return (file, number of
    tests).

    Raises `DataError`. Files are laid out as by `segdsl fmt`.
    """
    titles = {t.title for t in workspace.model.tests}
    by_path: dict[str, list[str]] = {}
    for block in blocks:
        by_path.setdefault(_file_of(workspace, _rule_of(block)), []).append(_with_unique_title(block, titles))
    sources = {s.path: s.text for s in workspace.sources}
    texts = {
        p: format_text(Source(p, "\n\n".join([sources[p].rstrip(), *blocks_of_file]) + "\n"))
        for p, blocks_of_file in by_path.items()
    }
    change_texts(workspace, texts)
    return [(path, len(blocks_of_file)) for path, blocks_of_file in by_path.items()]


def change_texts(workspace: Workspace | BrokenWorkspace, texts: Mapping[str, str | None]) -> None:
    """Change files of a workspace by path, in this order, all or none; None deletes a file.

    Existing rule files must be as the workspace read them, other files must be new. Raises `DataError`.
    """
    root, sources = workspace.root, {s.path: s.text for s in workspace.sources}
    contents = {root / path: text.encode() if text is not None else None for path, text in texts.items()}
    try:
        journal.change(root, contents, {root / path: sources.get(path) for path in texts})
    except OSError as error:
        raise cannot_write(", ".join(texts), error) from None


def cannot_write(shown: str, error: OSError) -> DataError:
    return DataError(
        Diagnostic("SEG0707", f"{shown} can't be written: {error.strerror or error}", help="all is as it was")
    )


def _with_unique_title(block: str, titles: set[str]) -> str:
    """Give the block a title that no other test has."""
    match = re.match(r'test "((?:\\.|[^"\\])*)"', block)
    assert match is not None, "a block begins with its title"
    title = match[1]
    for n in range(2, 1_000):
        if title not in titles:
            break
        title = f"{match[1]} ({n})"
    titles.add(title)
    return f'test "{title}"' + block[match.end() :]


def _rule_of(block: str) -> str:
    match = re.match(r'test "([a-z_][a-z0-9_]*)', block)
    return match[1] if match else ""


def _file_of(workspace: Workspace, rule: str) -> str:
    for file, source in zip(workspace.files, workspace.sources):
        if any(getattr(d, "name", None) is not None and d.name.text == rule for d in file.declarations):  # type: ignore[union-attr]
            return source.path
    return workspace.sources[0].path
