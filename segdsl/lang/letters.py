"""Text with accents and letters of other alphabets -> text in the letters a to z, of which names are made."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "œ": "oe",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "þ": "th",
    }
)
"""Letters that are no letter of a to z with an accent."""
_UMLAUTS = re.compile("([aou])e")


def plain(text: str) -> str:
    """Takes accents off, as in `Kündigung` → `Kundigung`; letters of other scripts are left out."""
    return unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()


def folded(text: str) -> str:
    """A text by which spellings are compared: `Köln`, `KOLN` and `Koeln` are one."""
    return _UMLAUTS.sub(r"\1", plain(text).lower())
