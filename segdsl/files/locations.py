"""Locations of files as the ledger and the journal record them; reading rejects any that the tool would not have
written.
"""

from __future__ import annotations

import re
from pathlib import Path

from segdsl.files.atomic import Staged

_TOKEN = re.compile(r"[0-9a-f]{16}")


def written(root: Path, target: Path) -> str:
    """Path relative to the workspace if it lies inside, so that a moved workspace is still finished."""
    absolute_root, absolute_target = root.absolute(), target.absolute()
    return (
        absolute_target.relative_to(absolute_root).as_posix()
        if absolute_target.is_relative_to(absolute_root)
        else absolute_target.as_posix()
    )


def inside(root: Path, text: str) -> Path:
    """A file of the workspace, from a recorded path; raises `ValueError` for others."""
    path = Path(text)
    target = root / path
    if path.is_absolute() or not target.parent.resolve().is_relative_to(root.resolve()) or not path.name:
        raise ValueError(f"`{text}` is no file of the workspace")
    if ".." in path.parts or ".git" in path.parts:
        raise ValueError(f"`{text}` is no file of the workspace")
    return target


def leads_out(root: Path, target: Path) -> bool:
    """Whether a path lies in the workspace by name but leaves it over a link."""
    by_name = target.absolute().is_relative_to(root.absolute())
    return by_name and not target.parent.resolve().is_relative_to(root.resolve())


def staged(root: Path, text: str, token: str) -> Staged:
    """A staged file, from a recorded path and token of `Staged.beside`; raises `ValueError` for others."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"`{token}` is no name that was given here")
    path = Path(text)
    target = path if path.is_absolute() else inside(root, text)
    if ".." in target.parts or ".git" in target.parts or not target.name:
        raise ValueError(f"`{text}` is no file that was written here")
    return Staged(target, token)
