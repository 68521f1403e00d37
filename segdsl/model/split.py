"""A stable draw: the same customers on every engine and on every day."""

from __future__ import annotations

import hashlib

DIGITS = 13  # hexadecimal, of md5: 52 bits
SCALE: int = 16**DIGITS


def drawn(salt: str, key: str) -> int:
    """Returns a number from 0 up to `SCALE`: the first 52 bits of the MD5 of the UTF-8 bytes of salt, NUL and key."""
    digest = hashlib.md5(f"{salt}\0{key}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:DIGITS], 16)
