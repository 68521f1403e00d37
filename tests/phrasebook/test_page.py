"""The page of the documentation is the phrasebook, and the table of functions."""

from __future__ import annotations

import os

from segdsl.mend.page import page
from tests.support.paths import ROOT


def test_the_page_is_up_to_date() -> None:
    """UPDATE_GOLDEN=1 writes its tables."""
    path = ROOT / "docs" / "from-elsewhere.md"
    text = path.read_text(encoding="utf-8")
    head = text.partition("\n## ")[0].rstrip("\n")
    written = f"{head}\n\n{page()}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")
