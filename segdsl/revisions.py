"""A folder, or a revision of git, -> a workspace."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Refusal
from segdsl.workspace import BrokenWorkspace, Workspace, load_workspace


class RevisionError(Refusal):
    """There is no such revision or folder, or its rules have errors."""

    exit_code = 2


@contextlib.contextmanager
def workspace_at(what: str, root: Path) -> Iterator[Workspace]:
    """The workspace of a folder, or of `root` as of a revision; its rules must be right. Raises `RevisionError`."""
    if Path(what).is_dir():
        yield _sound(load_workspace(Path(what)), what)
        return
    with tempfile.TemporaryDirectory(prefix="segdsl-", ignore_cleanup_errors=True) as folder:
        commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{what}^{{commit}}")
        if commit is None:
            help = "name a folder, or a branch, tag or commit of git, as in `segdsl diff origin/main`"
            raise RevisionError(Diagnostic("SEG0614", f"`{what}` is no folder and no revision of git here", help=help))
        sha = commit.decode().strip()
        prefix = (_git(root, "rev-parse", "--show-prefix") or b"").decode().strip()
        top = (_git(root, "rev-parse", "--show-toplevel") or b"").decode().strip()
        packed = _git(Path(top), "archive", "--format=tar", f"{sha}:{prefix}")
        if packed is None:
            raise RevisionError(
                Diagnostic(
                    "SEG0614",
                    f"there is no such folder in `{what}`",
                    help="the workspace came later: name a later revision",
                )
            )
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            tar.extractall(folder, filter="data")
        yield _sound(load_workspace(Path(folder)), what)


def _sound(workspace: Workspace | BrokenWorkspace, what: str) -> Workspace:
    if isinstance(workspace, BrokenWorkspace):
        errors = sum(d.severity == "error" for d in workspace.diagnostics)
        many = f"{errors} error{'s' if errors != 1 else ''}"
        raise RevisionError(
            Diagnostic(
                "SEG0614",
                f"the rules of `{what}` have {many}, so they can't be compared",
                help="`segdsl check` there tells which",
            )
        )
    return workspace


def _git(root: Path, *arguments: str) -> bytes | None:
    """What git says; None where it fails or isn't there."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
