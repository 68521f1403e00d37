"""What lies at a path that a stranger may have written: links in a circle and names too long for the system are no files."""

from __future__ import annotations

from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether an ordinary file lies there, links followed."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def leads_outside(path: Path, root: Path) -> bool:
    """Whether a path, all links followed, ends outside a folder. Links in a circle end nowhere, so not outside."""
    try:
        return not path.resolve().is_relative_to(root.resolve())
    except RuntimeError:  # a circle
        return False
    except (OSError, ValueError):
        return True
