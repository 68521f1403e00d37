"""One name and a count -> the name as a sentence has it: 1 company, 2 companies.

Names are people's own, and may be plurals already (`clients`) or words of another language (`kunde`). Of such the name itself is said
where no rule of English fits.
"""

from __future__ import annotations

import re

_SIBILANT = re.compile(r"(s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"[^aeiou_]y$")
_ENGLISH_EN = ("citizen", "token", "kitchen", "garden", "screen", "teen", "alien", "oven", "specimen")
_PLURAL = re.compile(r"[^aious]s$|people$|mitglieder$|en$")
"""Endings of plurals: of English, French and Spanish ones, unless as in status and address; of German and Dutch ones."""
_OWN = {
    "person": "people",
    "kunde": "kunden",
    "firma": "firmen",
    "mitglied": "mitglieder",
    "debitor": "debitoren",
    "mandant": "mandanten",
    "konto": "konten",
    "klant": "klanten",
}


def plural(name: str, count: int = 2) -> str:
    """The name of an entity or table for a count; the last word of `marketing_campaign` takes the ending."""
    if count == 1:
        return name
    before, _, last = name.rpartition("_")
    return f"{before}_{_plural_of(last)}" if before else _plural_of(last)


def _plural_of(word: str) -> str:
    if word in _OWN:
        return _OWN[word]
    if _PLURAL.search(word) and word not in _ENGLISH_EN:
        return word
    if _CONSONANT_Y.search(word):
        return f"{word[:-1]}ies"
    return f"{word}es" if _SIBILANT.search(word) else f"{word}s"
