"""Tests of texts and sets -> functions of the text or set, with everything prepared that the rule says."""

from __future__ import annotations

from collections.abc import Callable

import re2

from segdsl.model import expr as k
from segdsl.model import folding


def of_text(e: k.TextTest) -> Callable[..., bool] | None:
    """Returns the test of a text, or of each text of a set; None if a pattern isn't in the rule itself."""
    if e.listed is not None:
        return None
    patterns = [p.value for p in e.patterns if isinstance(p, k.Literal_) and isinstance(p.value, str)]
    if len(patterns) < len(e.patterns):
        return None
    matches, ignoring, each = _matcher(e.op, [folding.fold(p, e.ignoring) for p in patterns]), e.ignoring, e.each

    def of_one(text: str) -> bool:
        return matches(folding.fold(text, ignoring))

    def of_each(texts: frozenset[str]) -> bool:
        return any(map(of_one, texts)) is (each == "any")

    return of_one if each is None else of_each


def _matcher(op: str, patterns: list[str]) -> Callable[[str], bool]:
    beginnings = tuple(patterns)
    match op:
        case "starts with":
            return lambda text: text.startswith(beginnings)
        case "ends with":
            return lambda text: text.endswith(beginnings)
        case "contains":
            return lambda text: any(p in text for p in patterns)
        case "contains word":
            words = [re2.compile(folding.word_pattern(p)) for p in patterns]
            return lambda text: any(w.search(text) is not None for w in words)
        case "contains pattern":
            parts = [re2.compile(f"(?s:{p})") for p in patterns]
            return lambda text: any(p.search(text) is not None for p in parts)
        case _:
            wholes = [re2.compile(f"(?s:{p})") for p in patterns]
            return lambda text: any(w.fullmatch(text) is not None for w in wholes)


def of_set(e: k.SetTest) -> Callable[..., bool]:
    """Returns the test of a set for the values in the rule; for an `item`, the test of a set and the item."""
    ignoring, values = e.ignoring, frozenset(folding.fold(v, e.ignoring) for v in e.values)

    def folded(texts: frozenset[str]) -> frozenset[str]:
        return texts if ignoring is None else frozenset(folding.fold(t, ignoring) for t in texts)

    if e.item is not None:
        return lambda texts, item: folding.fold(item, ignoring) in folded(texts)
    match e.mode:
        case "all":
            return lambda texts: values <= folded(texts)
        case "any":
            return lambda texts: not values.isdisjoint(folded(texts))
        case "none":
            return lambda texts: values.isdisjoint(folded(texts))
