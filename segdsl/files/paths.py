"""Checks of paths written by strangers: circular links and overlong names are no files."""

from __future__ import annotations

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
