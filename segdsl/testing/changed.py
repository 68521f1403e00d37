"""A git revision -> the rules that were declared otherwise there: what a pull request changes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Refusal, Source
from segdsl.lang import tree
from segdsl.lang.parse import parse
from segdsl.workspace import Workspace

_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def base_in_ci() -> str | None:
    """What a pull request is compared with, as GitHub tells its jobs."""
    branch = os.environ.get("GITHUB_BASE_REF")
    return f"origin/{branch}" if branch else None


def changed(workspace: Workspace, revision: str) -> set[str]:
    """The names of declarations that are new, or say something else than where this branch left `revision`.

    Layout and comments are no change. Raises `Refusal` where git or the revision isn't there.
    """
    base = _merge_base(workspace.root, revision)
    return {
        d.name.text
        for file, source in zip(workspace.files, workspace.sources)
        for d in _differing(file, _there(workspace.root, base, source.path))
    }


def _differing(
    file: tree.File, before: tree.File
) -> list[tree.Metric | tree.Segment | tree.Segmentation | tree.ListDecl]:
    known = list(before.declarations)
    kinds = tree.Metric | tree.Segment | tree.Segmentation | tree.ListDecl
    return [d for d in file.declarations if isinstance(d, kinds) and d not in known]


def _there(root: Path, base: str, path: str) -> tree.File:
    """A file as it was; empty where there was none."""
    done = _git(root, "show", f"{base}:./{path}")
    text = done.stdout.decode("utf-8-sig", "replace") if done.returncode == 0 else ""
    return parse(Source(path, text))[0]


def _merge_base(root: Path, revision: str) -> str:
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit.returncode:
        help = (
            "fetch it first, as with `fetch-depth: 0` of the checkout"
            if os.environ.get("CI")
            else "as in --changed-from main"
        )
        raise Refusal(Diagnostic("SEG0611", f"git knows no revision `{revision}` here", help=help))
    found = commit.stdout.decode().strip()
    common = _git(root, "merge-base", found, "HEAD")
    return common.stdout.decode().strip() if common.returncode == 0 else found


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command: Sequence[str] = ("git", "-C", str(root), "--no-pager", *arguments)
    try:
        return subprocess.run(command, capture_output=True, env={**os.environ, **_ENVIRONMENT}, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal(Diagnostic("SEG0611", f"git can't be asked: {error}", help="leave out --changed-from")) from None
