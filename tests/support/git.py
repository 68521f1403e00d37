"""Git in a scratch repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

SETTINGS = {"user.name": "t", "user.email": "t@t.example", "init.defaultBranch": "main", "commit.gpgsign": "false"}


def git(folder: Path, *arguments: str) -> str:
    """What git prints."""
    settings = [x for name, value in SETTINGS.items() for x in ("-c", f"{name}={value}")]
    return subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout
