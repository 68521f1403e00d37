"""Values in bands by their borders, as buckets and tiers of reports have them -> `bands VALUE { under 30: "…", otherwise: "…" }`.

bucket arr { small: < 10_000, medium: 10_000 - 50_000, large: > 50_000 }    type: tier, tiers: [30, 90]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from segdsl.phrasebook.declarations.outline import Entry, Unread, closing, parts, text_of
from segdsl.phrasebook.declarations.parts import figure, plain, quoted
from segdsl.phrasebook.tokens import Token, cut

BANDS_NOTE = "values are put into bands with `bands VALUE { under N: …, otherwise: … }`; a value at a border is in the upper band"
_WORDS = ("bucket", "buckets", "bucketed", "band", "banded", "bin", "binned", "tier", "tiered", "group")
_BELOW = re.compile(r"(?:<=?|under|below|less than|up to|to|max|at most)\s*(?P<high>\S+)")
_BETWEEN = re.compile(
    r"(?:from |between )?(?P<low>\S+)\s*(?:-|–|—|to|and|up to|\.\.+)\s*(?:below |under |less than |<\s*)?(?P<high>\S+)"
)
_ABOVE = re.compile(
    r"(?:>=?|over|above|more than|at least|from)\s*(?P<low>\S+)|(?P<from>\S+)\s*(?:\+|or more|and more|and above|and up|or above|and over)"
)
_REST = re.compile(r"(?:otherwise|else|other|the rest|rest|default|everything else)")


def bucketed(tokens: Sequence[Token], entries: Sequence[Entry]) -> str:
    """`bucket arr into small (< 10k), …, large (> 50k)`, or with the bands in braces, as bands; empty for anything else.

    `entries` are what stands in the braces. Raises `Unread` where borders leave gaps.
    """
    is_called = bool(tokens) and tokens[0].lower in _WORDS
    if not tokens or not (is_called or len(entries) > 1) or any(e.inside for e in entries):
        return ""
    into = next((i for i, t in enumerate(tokens) if t.lower in ("into", ":")), len(tokens))
    opened = next((i for i, t in enumerate(tokens) if t.text == "["), len(tokens))
    if opened < into and closing(tokens, opened) == len(tokens) - 1:
        into, tokens = opened, tokens[:-1]
    items: list[Sequence[Token]] = [e.tokens for e in entries] or [*parts(tokens[into + 1 :], ",", ";")]
    value = [t for t in tokens[is_called:into] if not is_called or t.lower not in ("by", "the", "of")]
    return bands_of(text_of(value), [_band(item) for item in items]) if items else ""


_IN_TEXT = re.compile(r"(?P<head>\s*metric\s[^={}]*=\s*)bands?\s+(?P<value>[^{}]+?)\s*\{(?P<body>[^{}]*)\}\s*")
_BORDER_FIRST = re.compile(r'(?P<border>[^"]*?[^"\s:=>-])\s*(?::|=>|->|=)\s*(?P<label>"[^"\n]*")')
"""`0-49%: "low"`."""
_ITEM = re.compile(r'(?:[^,;\n"]|"[^"\n]*")+')


def with_bands(text: str) -> str:
    """`metric size of account = bands arr { 0-49: "S", 50-89: "M", 90+: "L" }` with borders as they are written; empty for anything else.

    Raises `Unread` where borders leave gaps.
    """
    match = _IN_TEXT.fullmatch(text)
    if match is None:
        return ""
    items = [item for m in _ITEM.finditer(match["body"]) if (item := m[0].strip())]
    items = [_BORDER_FIRST.sub(r"\g<label>: \g<border>", item) for item in items]
    return f"{match['head'].strip()} {bands_of(match['value'], [_band(cut(item)) for item in items])}"


def bands_of(value: str, bands: Sequence[tuple[str, str, str]]) -> str:
    """Bands by their labels and borders, the lowest and the highest open. Raises `Unread` where borders leave gaps or go down."""
    if len(bands) < 2 or not value or bands[0][1].rstrip("%") not in ("", "0") or bands[-1][2]:
        raise Unread
    highs = list[str]()
    for before, behind in pairwise(bands):
        follows = before[2] == behind[1] or not (before[2] and behind[1])
        if not follows and not _is_next(before[2], behind[1]):
            raise Unread
        highs.append(behind[1] or before[2])
    numbers = [Fraction(h.replace("_", "").removesuffix("%")) for h in highs if h]
    if len(numbers) != len(highs) or numbers != sorted({*numbers}):
        raise Unread
    lines = [f"under {high}: {quoted(label)}" for (label, _, _), high in zip(bands, highs)]
    return f"bands {value} {{ {', '.join([*lines, f'otherwise: {quoted(bands[-1][0])}'])} }}"


def _is_next(high: str, low: str) -> bool:
    """Whether a band begins one step of the last digit above the one before: `0-9` and `10-19`, `up to 39.9%` and `40%`."""
    upper, lower = (re.fullmatch(r"(\d+)(?:\.(\d+))?(%?)", n.replace("_", "")) for n in (high, low))
    if upper is None or lower is None or upper[3] != lower[3] or len(lower[2] or "") > len(upper[2] or ""):
        return False
    step = Fraction(1, 10 ** len(upper[2] or ""))
    return Fraction(low.replace("_", "").rstrip("%")) - Fraction(high.replace("_", "").rstrip("%")) == step


def _band(tokens: Sequence[Token]) -> tuple[str, str, str]:
    """The label of a band, with its lower and its upper border; empty where it is open."""
    at = next((i for i, t in enumerate(tokens) if t.text in (":", "=", "=>", "->", "(") and i), None)
    if at is None:
        raise Unread
    label = " ".join(plain(t) for t in tokens[:at])
    body = [t for t in tokens[at + 1 :] if t.text not in ("(", ")")]
    said = text_of(body).lower()
    if _REST.fullmatch(said):
        return label, "", ""
    for pattern, low, high in ((_BELOW, "", "high"), (_ABOVE, "low", ""), (_BETWEEN, "low", "high")):
        if (match := pattern.fullmatch(said)) is not None:
            first = match[low] if low else ""
            if pattern is _ABOVE:
                first = match["low"] or match["from"]
            lower, upper = _figure(body, first), _figure(body, match[high] if high else "")
            share = "%" if lower and upper.endswith("%") and not lower.endswith("%") else ""  # `50-89%`
            return label, lower + share, upper
    raise Unread


def _figure(tokens: Sequence[Token], said: str) -> str:
    """A border as a number of the language."""
    if not said:
        return ""
    read, _ = figure([t for t in tokens if t.text.lower() == said] or _raise())
    return read


def _raise() -> list[Token]:
    raise Unread


def tiers(entries: Sequence[Entry]) -> str:
    """`type: tier`, `tiers: [30, 90]`, `sql: days since created_at` of LookML as bands; empty for anything else."""
    by_key = {e.key: e for e in entries}
    typed, borders, value = by_key.get("type"), by_key.get("tiers"), by_key.get("sql")
    if typed is None or borders is None or value is None or [plain(t).lower() for t in typed.value] != ["tier"]:
        return ""
    others = {*by_key} - {"type", "tiers", "sql", "style", "label", "description"}
    if others or any(e.inside for e in entries) or len(by_key) != len(entries):
        raise Unread
    inner = borders.value
    if len(inner) < 3 or inner[0].text != "[" or closing(inner, 0) != len(inner) - 1:
        raise Unread
    highs = [figure(one)[0] for one in parts(inner[1:-1], ",")]
    labels = [f"under {highs[0]}", *(f"{a} to under {b}" for a, b in pairwise(highs)), f"{highs[-1]} or more"]
    bands = list(zip(labels, ["", *highs], [*highs, ""]))
    return bands_of(text_of([t for t in value.value if t.text not in ("$", "{", "}", ";;")]), bands)
