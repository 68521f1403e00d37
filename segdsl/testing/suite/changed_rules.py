"""Rules that changed since a git revision: what a pull request changes."""

from __future__ import annotations

import os
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Refusal, Source
from segdsl.files import git
from segdsl.lang import tree
from segdsl.lang.parse import parse
from segdsl.workspace.load import Workspace


def base_in_ci() -> str | None:
    """Base of a pull request, as GitHub tells its jobs."""
    branch = os.environ.get("GITHUB_BASE_REF")
    return f"origin/{branch}" if branch else None


def changed_names(workspace: Workspace, revision: str) -> set[str]:
    """Names of declarations that are new or changed since this branch left `revision`; layout and comments don't count.

    Raises `Refusal` where git or the revision isn't available.
    """
    base = _merge_base(workspace.root, revision)
    return {
        d.name.text
        for file, source in zip(workspace.files, workspace.sources)
        for d in _differing(file, _file_at(workspace.root, base, source.path))
    }


def _differing(
    file: tree.File, before: tree.File
) -> list[tree.Metric | tree.Segment | tree.Segmentation | tree.ListDecl]:
    known = list(before.declarations)
    kinds = tree.Metric | tree.Segment | tree.Segmentation | tree.ListDecl
    return [d for d in file.declarations if isinstance(d, kinds) and d not in known]


def _file_at(root: Path, base: str, path: str) -> tree.File:
    """A file at a revision; empty where there was none."""
    try:
        text = git.ask(root, "show", f"{base}:./{path}").decode("utf-8-sig", "replace")
    except git.NoAnswer:
        text = ""
    return parse(Source(path, text))[0]


def _merge_base(root: Path, revision: str) -> str:
    try:
        commit = git.commit(root, revision)
        if commit is not None:
            return git.common(root, commit, "HEAD") or commit
    except git.NoAnswer as refused:
        message = f"git doesn't say what `{revision}` is: {refused}"
        raise Refusal(Diagnostic("SEG0611", message, help="as in --changed-from main")) from None
    help = (
        "fetch it first, as with `fetch-depth: 0` of the checkout"
        if os.environ.get("CI")
        else "as in --changed-from main"
    )
    raise Refusal(Diagnostic("SEG0611", f"git knows no revision `{revision}` here", help=help))
