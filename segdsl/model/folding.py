"""Folding of text: the fixed one-to-one table of `ignoring case`, and the blanks of `ignoring spaces`."""

from __future__ import annotations

# Ranges in which every letter has had its pair since before the oldest Unicode version of any engine.
_RANGES = ((0x41, 0x5A), (0xC0, 0x17F), (0x370, 0x58F), (0x1E00, 0x1EFF))
_PAIRS = [
    (chr(c), chr(c).lower())
    for low, high in _RANGES
    for c in range(low, high + 1)
    if len(chr(c).lower()) == 1 and chr(c).lower() != chr(c)
]
CAPITALS = "".join(capital for capital, _ in _PAIRS)
SMALLS = "".join(small for _, small in _PAIRS)
BLANKS = " \t\n\r\u00a0\u202f"


def tables(ignoring: str) -> tuple[str, str]:
    """Returns (from, to) of a translation; a character beyond the end of `to` is dropped."""
    if ignoring == "spaces":
        return BLANKS, ""
    return (CAPITALS, SMALLS) if ignoring == "case" else (CAPITALS + BLANKS, SMALLS)


_TRANSLATIONS = {
    kind: str.maketrans(dict(zip(tables(kind)[0], [*tables(kind)[1], *[""] * len(BLANKS)])))
    for kind in ("case", "spaces", "case and spaces")
}


def fold(text: str, ignoring: str | None) -> str:
    if ignoring is None:
        return text
    if text.isascii() and text.isprintable() and " " not in text:  # most texts, in a tenth of the time
        return text if ignoring == "spaces" else text.lower()
    return text.translate(_TRANSLATIONS[ignoring])


WORD_EDGES = (r"(?:^|[^\pL\pN_])", r"(?:$|[^\pL\pN_])")  # RE2; what may come before and after a whole word


def word_pattern(word: str) -> str:
    """Returns an RE2 pattern that matches `word` as a whole word."""
    escaped = "".join(c if c.isalnum() or c == "_" or ord(c) > 127 else "\\" + c for c in word)
    return f"{WORD_EDGES[0]}{escaped}{WORD_EDGES[1]}"
