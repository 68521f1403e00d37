"""Type checks of an altered copy of the package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.paths import PACKAGE, ROOT


def copy_package(folder: Path) -> None:
    """Copy the package with what mypy knows of it already, where it ran here before: files that weren't altered needn't be checked again."""
    shutil.copytree(PACKAGE, folder / "segdsl", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")


def mypy(folder: Path) -> str:
    """What mypy prints of the copy."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert not done.stderr, done.stderr
    return done.stdout
