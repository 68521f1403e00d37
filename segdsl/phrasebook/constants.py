"""Values that have a name outside of the rules, as in programs and sheets: `const BIG = 75_000`, `# B1 = 25000 (threshold)`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

LONGEST = 60_000
_VALUE = r"""-?\d[\d_]*(?:\.\d+)?%?|"[^"\n]*"|'[^'\n]*'|(?:new\s+Set\s*\(\s*)?\[[^\[\]]*\]\)?|\{[^{}]*\}|c\([^()]*\)|\([^()]*\)"""
_LINE = re.compile(
    rf"""^(?P<word>(?:const|let|var|def|final|val|define)[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*(?::[ \t]*\w+[ \t]*)?(?P<sign>=|:=|<-)
    [ \t]*(?P<value>{_VALUE})[ \t]*;?[ \t]*(?:(?:\#|//)[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE,
)
_CELL = re.compile(
    r"""\$?([A-Z]{1,2})\$?(\d{1,4})[ \t]*(?:=|:|is)[ \t]*(-?\d[\d_,]*(?:\.\d+)?%?|"[^"\n]*"|\d{4}-\d\d-\d\d)(?![\w.])"""
)
_REMARK = re.compile(r"(?:#|//)[^\n]*")


@lru_cache(maxsize=64)
def constants(text: str) -> Mapping[str, str]:
    """Returns the values that a text gives names to, by these names in lower case; cells of a sheet as remarks give them.

    A name that has two values has none.
    """
    if len(text) > LONGEST:
        return {}
    found: dict[str, set[str]] = {}
    for line in _LINE.finditer(text):
        is_several = line["value"][0] in "[{(cn"
        if line["word"] or is_several or line["sign"] != "=" or line["name"].isupper():
            value = re.sub(r"^new\s+Set\s*\(\s*|(?<=\])\)$", "", line["value"])
            found.setdefault(line["name"].lower(), set()).add(value)
    for remark in _REMARK.finditer(text):
        for cell in _CELL.finditer(remark[0]):
            value = cell[3] if cell[3][0] == '"' else re.sub(r"(?<=\d),(?=\d{3})", "", cell[3]).rstrip(",")
            found.setdefault((cell[1] + cell[2]).lower(), set()).add(value)
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


def is_list(value: str) -> bool:
    """Tells whether a value is several in a row, which a `list` has, and not pairs of keys and values."""
    return value[0] in "[(" or (value[0] == "c" and "=" not in value)


def is_all(text: str) -> bool:
    """Tells whether a text says nothing but values with names."""
    left = re.sub(r"^[ \t]*(?:#|//)[^\n]*$", "", _LINE.sub("", text), flags=re.MULTILINE)
    return not left.strip() and _LINE.search(text) is not None
