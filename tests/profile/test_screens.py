"""What `segdsl profile` says of the example company, as it is read; UPDATE_GOLDEN=1 writes it anew."""

from __future__ import annotations

import os

import pytest

from tests.support.cli import call
from tests.support.paths import GOLDENS, ROOT

SCREENS = (
    ("motion.save",),
    ("motion",),
    ("security_minded", "--against", "dach_accounts"),
    ("attention.quiet", "--since", "2026-06-01"),
    ("daughters",),
)


@pytest.mark.long
def test_screens() -> None:
    screens = []
    for arguments in SCREENS:
        result = call("profile", *arguments, cwd=ROOT)
        assert result.exit_code == 0, result.stderr
        screens.append(f"$ segdsl profile {' '.join(arguments)}\n{result.stdout}")
    path, text = GOLDENS / "profile.txt", "\n".join(screens)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
