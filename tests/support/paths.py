"""Where the project's files are."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent.parent
GOLDENS = TESTS / "golden"
ROOT = TESTS.parent
PACKAGE = ROOT / "segdsl"
