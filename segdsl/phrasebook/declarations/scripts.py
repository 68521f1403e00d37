"""What stands around declarations in scripts of SQL and dbt: `CREATE VIEW … AS`, `DECLARE @x INT = 5`, `{{ config(…) }}`, `;`."""

from __future__ import annotations

import re

from segdsl.lang.reserved import DECLARATIONS
from segdsl.phrasebook.declarations.parts import quoted

_BEGINS = re.compile(rf"(?:{'|'.join(sorted(DECLARATIONS))})\b")
_VIEW = re.compile(
    r"\s*create(?:\s+or\s+replace)?(?:\s+(?:temp|temporary|materialized))?\s+(?:view|table|segment)\s+[\w.]+\s+as\b",
    re.IGNORECASE,
)
_CONFIG = re.compile(r"\s*\{\{-?\s*config\s*\([^{}]*\)\s*-?\}\}|\s*\{%-?[^{}%]*-?%\}")
_REF = re.compile(r"\{\{-?\s*(?:ref|source)\s*\((?:\s*['\"]\w+['\"]\s*,)?\s*['\"](\w+)['\"]\s*\)\s*-?\}\}")
_VALUE = r"(?P<value>-?\d[\d_.]*|'[^'\n]*'|\"[^\"\n]*\")"
_VARIABLE = re.compile(
    rf"\s*(?:declare|set)\s+(?P<name>@?[a-z_]\w*)(?:\s+(?:as\s+)?[a-z]\w*(?:\s*\([\d, ]*\))?)??\s*(?::?=|\bdefault\b)\s*{_VALUE}\s*;?",
    re.IGNORECASE,
)
PREAMBLES = (_VIEW, _CONFIG, _VARIABLE)
"""What may stand before a declaration."""
_CHECK = re.compile(
    r"\s*alter\s+table\s+(?P<entity>\w+)\s+add\s+(?:constraint\s+(?P<name>\w+)\s+)?check\s*\((?P<condition>.*)\)\s*;?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
LISTED = re.compile(
    r"\s*create\s+(?:temp\s+|temporary\s+)?table\s+(?:if\s+not\s+exists\s+)?(?P<name>\w+)\s*\(\s*\w+\s+[^(),]*(?:\(\d+\))?[^(),]*\)\s*;"
    r"\s*insert\s+into\s+(?P=name)\s*(?:\(\s*\w+\s*\)\s*)?values\s*"
    r"(?P<values>\((?:'[^']*'|\"[^\"]*\"|[\d.]+)\)(?:\s*,\s*\((?:'[^']*'|\"[^\"]*\"|[\d.]+)\))*)\s*;?\s*",
    re.IGNORECASE,
)
"""A table of one column with its values, which is a list here."""
_NOTE = "a declaration stands by itself"


def is_preamble(text: str) -> bool:
    """Tells whether a text is nothing but what may stand before a declaration."""
    at = 0
    while at < len(text) and (match := next((m for p in PREAMBLES if (m := p.match(text, at)) and m.end() > at), None)):
        at = match.end()
    return at > 0 and not text[at:].strip()


def unwrapped(text: str) -> tuple[str, str] | None:
    """The declaration in a script, with a note; None for a text without anything around its declaration."""
    if (check := _CHECK.fullmatch(text)) is not None:
        name = (check["name"] or "rule").lower()
        condition = check["condition"].strip()
        return f'property "{name.replace("_", " ")}" of {check["entity"].lower()} {{ always {condition} }}', (
            "what holds of every customer is a `property`, which is `always` or `never` true"
        )
    if (listed := LISTED.fullmatch(text)) is not None:
        values = [v[1:-1] if v[0] in "'\"" else v for v in re.findall(r"'[^']*'|\"[^\"]*\"|[\d.]+", listed["values"])]
        return (
            f"list {listed['name'].lower()} = ({', '.join(map(quoted, values))})",
            "a list has its values in brackets",
        )
    given, at = dict[str, str](), 0
    while match := next((m for p in PREAMBLES if (m := p.match(text, at)) and m.end() > at), None):
        if match.re is _VARIABLE:
            given[match["name"].lower()] = match["value"]
        at = match.end()
    own = text[at:].lstrip()
    if _BEGINS.match(own) is None:
        return None
    for name, value in given.items():
        own, many = re.subn(
            rf"(?<![\w.@\"']){re.escape(name)}(?!\w)", value.replace("\\", ""), own, flags=re.IGNORECASE
        )
        if not many:
            return None  # it isn't said what it is for
    own = _REF.sub(r"\1", own)
    own = re.sub(r"\s*;\s*\Z", "", own)
    if given:
        return own, "a number stands where it is compared"
    return (own, _NOTE) if own.strip() != text.strip() else None
