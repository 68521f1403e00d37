"""Swap of segmentations in rule files: one in the place of another. Removed declarations are returned, so nothing is
lost.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Source, Span, printable
from segdsl.lang import parse, tree
from segdsl.resolve import Resolver
from segdsl.run.errors import UsageError
from segdsl.testing.run.runner import run_tests
from segdsl.workspace.load import BrokenWorkspace, Workspace, build

Edit = tuple[Span, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A declaration removed from a file; `what` is "rule", "candidate", "experiment" or "test"."""

    what: str
    file: str
    text: str


@dataclass(frozen=True)
class Change:
    """A change of rule files.

    `texts`: new texts by path; None deletes a file.
    `taken_out`: declarations removed.
    `after`: the resulting workspace.
    """

    texts: dict[str, str | None]
    taken_out: tuple[Piece, ...]
    after: Workspace | BrokenWorkspace


def promote(workspace: Workspace, incumbent: str, candidate: str) -> Change:
    """Put the candidate into the incumbent's place under the incumbent's name.

    The candidate's experiments are removed and its tests renamed; the incumbent's tests stay as far as they pass.
    """
    old, new = _declared(workspace, incumbent), _declared(workspace, candidate)
    over = [
        d for f in workspace.files for d in f.declarations if isinstance(d, tree.Experiment) and _names(d, candidate)
    ]
    edits: list[Edit] = [(old.span, _renamed(new, incumbent)), (new.span, ""), *((d.span, "") for d in over)]
    gone = [old.span, new.span, *(d.span for d in over)]
    edits += [(span, incumbent) for span in _mentions(workspace, candidate) if not any(_inside(span, g) for g in gone)]
    pieces = [
        Piece("rule", old.span.source.path, old.span.text),
        Piece("candidate", new.span.source.path, new.span.text),
    ]
    pieces += [Piece("experiment", d.span.source.path, d.span.text) for d in over]
    return _change(workspace, incumbent, edits, pieces, also=candidate)


def put_back(workspace: Workspace, name: str, text: str, tests: Sequence[Piece]) -> Change:
    """Restore an earlier text of a segmentation, and the tests removed with it."""
    now = _declared(workspace, name)
    edits: list[Edit] = [(now.span, text)]
    for piece in tests:
        source = next((s for s in workspace.sources if s.path == piece.file), now.span.source)
        edits.append((Span(source, len(source.text), len(source.text)), f"\n{piece.text}\n"))
    return _change(workspace, name, edits, [Piece("rule", now.span.source.path, now.span.text)])


def retire(workspace: Workspace, name: str) -> Change:
    """Remove a segmentation and the tests that then fail; other references stay, and have to be mended first."""
    old = _declared(workspace, name)
    return _change(workspace, name, [(old.span, "")], [Piece("rule", old.span.source.path, old.span.text)])


def bring_back(workspace: Workspace, pieces: Sequence[Piece]) -> Change:
    """Restore what a retirement removed, at the end of the files that had it; deleted files are made again.

    Raises `UsageError` where such a file isn't among the rules' files, or exists and isn't read.
    """
    texts: dict[str, str | None] = {}
    existing = {source.path: source.text for source in workspace.sources}
    for piece in pieces:
        if piece.file not in existing and not _may_be_made(workspace, piece.file):
            help = "git has its text: declare it in a file that is read"
            raise UsageError(
                Diagnostic("SEG0620", f"{printable(piece.file)} is no longer a file of the rules", help=help)
            )
        before = texts.get(piece.file) or existing.get(piece.file, "")
        texts[piece.file] = _tidy(f"{before}\n{piece.text}\n")
    return Change(texts, (), _built(workspace, texts))


def _may_be_made(workspace: Workspace, file: str) -> bool:
    include = workspace.config.workspace.include
    is_read = include is None or any(Path(file).is_relative_to(folder) for folder in include)
    return is_read and not os.path.lexists(workspace.root / file)


# -- parts -----------------------------------------------------------------------------


def _declared(workspace: Workspace, name: str) -> tree.Segmentation:
    return next(
        d for f in workspace.files for d in f.declarations if isinstance(d, tree.Segmentation) and d.name.text == name
    )


def _names(d: tree.Experiment, candidate: str) -> bool:
    return any(n.text == candidate for s in d.settings if s.kind in ("candidate", "incumbent") for n in s.names)


def _renamed(d: tree.Segmentation, name: str) -> str:
    """A candidate's text under another name, without `candidate of`."""
    text, start = d.span.text, d.span.start
    name_range = (d.name.span.start - start, d.name.span.end - start)
    head, rest = text[: name_range[0]] + name, text[name_range[1] :]
    if d.candidate_of is None:
        return head + rest
    end = d.candidate_of.span.end - start - name_range[1]
    return head + re.sub(r"\s*candidate\s+of\s+\w+$", "", rest[:end]) + rest[end:]


def _mentions(workspace: Workspace, name: str) -> Iterator[Span]:
    """Every place where a name is written."""
    for source in workspace.sources:
        for token in parse.tokens(source):
            if token.type == "NAME" and token == name:
                yield Span(source, token.start_pos or 0, token.end_pos or 0)


def _inside(span: Span, outer: Span) -> bool:
    return span.source is outer.source and outer.start <= span.start and span.end <= outer.end


def _change(workspace: Workspace, name: str, edits: list[Edit], pieces: list[Piece], also: str = "") -> Change:
    """Apply edits and remove tests that mentioned the name before and now fail."""
    mentioned = list(_mentions(workspace, name))
    renamed = list(_mentions(workspace, also)) if also else []
    old_tests = [
        d
        for f in workspace.files
        for d in f.declarations
        if isinstance(d, tree.Test)
        and any(_inside(m, d.span) for m in mentioned)
        and not any(_inside(m, d.span) for m in renamed)
    ]
    without = _built(workspace, _applied(workspace, [*edits, *((t.span, "") for t in old_tests)]))
    failing = [t for t in old_tests if not _holds(t, without)]
    texts = _applied(workspace, [*edits, *((t.span, "") for t in failing)])
    pieces += [Piece("test", t.span.source.path, t.span.text) for t in failing]
    return Change(texts, tuple(pieces), _built(workspace, texts))


def _holds(test: tree.Test, workspace: Workspace | BrokenWorkspace) -> bool:
    if isinstance(workspace, BrokenWorkspace):
        return False
    resolved, wrong = Resolver(workspace.files, workspace.model).test(test)
    if resolved is None or wrong:
        return False
    return all(r.status == "passed" for r in run_tests([resolved], workspace.model, workspace.zone))


def _applied(workspace: Workspace, edits: Sequence[Edit]) -> dict[str, str | None]:
    """Texts by path of the files that change; None for a file with only comments left."""
    texts: dict[str, str | None] = {}
    for source in workspace.sources:
        edits_of_file = sorted((e for e in edits if e[0].source is source), key=lambda e: e[0].start, reverse=True)
        if edits_of_file:
            text = source.text
            for span, replacement in edits_of_file:
                text = text[: span.start] + replacement + text[span.end :]
            texts[source.path] = _tidy(text)
    return texts


def _tidy(text: str) -> str | None:
    """Text without the gaps of removed declarations; None if only comments remain."""
    if not re.sub(r"#[^\n]*", "", text).strip():
        return None
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _built(workspace: Workspace, texts: dict[str, str | None]) -> Workspace | BrokenWorkspace:
    sources = []
    for source in workspace.sources:
        text = texts.get(source.path, source.text)
        if text is not None:
            sources.append(Source(source.path, text) if source.path in texts else source)
    known = {source.path for source in workspace.sources}
    sources += [Source(path, text) for path, text in texts.items() if path not in known and text is not None]
    return build(workspace.root, workspace.config, sources, [])
