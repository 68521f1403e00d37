"""Checks of paths written by strangers: circular links and overlong names are no files; and the reason, in words, why a
file can't be read.
"""

from __future__ import annotations

import csv
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether an ordinary file exists there, links followed."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def leads_outside(path: Path, root: Path) -> bool:
    """Whether a path, all links followed, ends outside a folder; circular links end nowhere."""
    try:
        return not path.resolve().is_relative_to(root.resolve())
    except RuntimeError:  # circular links
        return False
    except (OSError, ValueError):
        return True


def as_written(path: Path) -> Path:
    """A path as somebody in the current folder would write it: relative to it, where it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def bytes_in_words(error: UnicodeError) -> str:
    """Which byte stands for no character."""
    return f"byte {error.object[error.start]:#04x}" if isinstance(error, UnicodeDecodeError) else "its first bytes"


def cells_in_words(error: csv.Error) -> str:
    """Why a text file's cells can't be told apart."""
    words = str(error)
    if "field limit" in words:
        return f"a cell is longer than {csv.field_size_limit():,} characters"
    if "unexpected end" in words:
        return "a quote never closes"
    if "expected after" in words:
        return "a quote closes in the middle of a cell"
    return "its cells can't be told apart"
