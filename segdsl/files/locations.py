"""Where a file lies, as a ledger or a journal writes it down; read back, it can't name what we wouldn't have written there."""

from __future__ import annotations

import re
from pathlib import Path

from segdsl.files.atomic import Staged

_TOKEN = re.compile(r"[0-9a-f]{16}")


def written(root: Path, target: Path) -> str:
    """Relative to the workspace where it lies in it, so that a workspace that was moved is finished where it is."""
    absolute_root, absolute_target = root.absolute(), target.absolute()
    return absolute_target.relative_to(absolute_root).as_posix() if absolute_target.is_relative_to(absolute_root) else absolute_target.as_posix()


def inside(root: Path, text: str) -> Path:
    """A file of the workspace, from what `written` made of it; raises `ValueError` for any other."""
    path = Path(text)
    target = root / path
    if path.is_absolute() or not target.parent.resolve().is_relative_to(root.resolve()) or not path.name:
        raise ValueError(f"`{text}` is no file of the workspace")
    if ".." in path.parts or ".git" in path.parts:
        raise ValueError(f"`{text}` is no file of the workspace")
    return target


def leads_out(root: Path, target: Path) -> bool:
    """Whether a file lies in the workspace by its name, and a link on the way leads elsewhere."""
    by_name = target.absolute().is_relative_to(root.absolute())
    return by_name and not target.parent.resolve().is_relative_to(root.resolve())


def staged(root: Path, text: str, token: str) -> Staged:
    """A file on its way, which lies beside its place under a name that only `Staged.beside` gives; raises `ValueError` for any other."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"`{token}` is no name that was given here")
    path = Path(text)
    target = path if path.is_absolute() else inside(root, text)
    if ".." in target.parts or ".git" in target.parts or not target.name:
        raise ValueError(f"`{text}` is no file that was written here")
    return Staged(target, token)
