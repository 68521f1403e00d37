"""Versions such as 10.2.1 as whole numbers, which have the order of the versions.

A version has up to four numbers of up to six digits: 10.2 is 10.2.0.0, and lies before 10.10. A `v` in front and what follows `+`
say nothing. What follows `-` makes it a pre-release, which lies just before its release; pre-releases of one version are equal.
"""

from __future__ import annotations

import re
from fractions import Fraction

PARTS, PART = 4, 1_000_000
LEAST_BEYOND = 10 * 10**24
BITS = LEAST_BEYOND.bit_length()
PATTERN = r"[vV]?[0-9]{1,6}(\.[0-9]{1,6}){0,3}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"
CORE = "^[vV]?([0-9.]+)"
PRE_RELEASE = r"^[^+]*-"


def of(major: int) -> int:
    """Returns the code of the release with one number."""
    code = encoded(str(major))
    assert code is not None, "one number is a version"
    return code


def encoded(text: str) -> int | None:
    """Returns a version as a whole number; None for a text that is no version."""
    if re.fullmatch(PATTERN, text) is None:
        return None
    core = re.match(CORE, text)
    assert core is not None, "a version begins with a number"
    code = 0
    for part in [*map(int, core[1].split(".")), *[0] * PARTS][:PARTS]:
        code = code * PART + part
    return 10 * code + (re.match(PRE_RELEASE, text) is None)


def in_short(code: float) -> str:
    """Writes the first two numbers of a version whose code is a double, which has no room for the others."""
    rest = 10 * PART ** (PARTS - 2)
    upwards = 1 + 1e-15  # a double may lie just below the whole number that it stands for
    return decoded(int(code / rest * upwards) * rest + 1)


def is_code(number: int | Fraction) -> bool:
    """Tells whether a number is the code of a version."""
    return number == int(number) and number >= 0 and number % 10 in (0, 1) and number < LEAST_BEYOND


def decoded(code: int) -> str:
    """Writes a version, as in `10.2`, `10.2.1` or `10.2-pre`."""
    code, is_release = divmod(code, 10)
    parts: list[str] = []
    for _ in range(PARTS):
        code, part = divmod(code, PART)
        parts.insert(0, str(part))
    while len(parts) > 2 and parts[-1] == "0":
        parts.pop()
    return ".".join(parts) + ("" if is_release else "-pre")
