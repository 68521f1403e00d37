"""One name and a count -> the name as a sentence has it: 1 company, 2 companies."""

from __future__ import annotations

import re

_SIBILANT = re.compile(r"(s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"[^aeiou_]y$")


def plural(name: str, count: int = 2) -> str:
    """The name of an entity or table for a count; the last word of `marketing_campaign` takes the ending."""
    if count == 1:
        return name
    if name == "person" or name.endswith("_person"):
        return name.removesuffix("person") + "people"
    if _CONSONANT_Y.search(name):
        return f"{name[:-1]}ies"
    return f"{name}es" if _SIBILANT.search(name) else f"{name}s"
