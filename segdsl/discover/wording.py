"""Clauses and arms as a rule writes them, and names for arms."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from segdsl.discover.rows import Arm, AtLeast, Below, Clause, Missing, OneOf
from segdsl.features.recipe import Feature

_LONGEST = 40  # characters of a name
_WINDOW = re.compile(r"in last (\d+) day(s?)")
_TREND = re.compile(r"^count\((.+) in last (\d+) days\) - count\(.*\)$")


def condition(arm: Arm, features: Mapping[str, Feature]) -> str:
    """Return the condition of an arm as text."""
    return " and ".join(clause_text(c, features[c.feature]) for c in arm.clauses)


def clause_text(clause: Clause, feature: Feature) -> str:
    text = feature.text
    match clause:
        case AtLeast(border=border):
            return f"{text} >= {number(border)}"
        case Below(border=border):
            return f"{text} < {number(border)}"
        case Missing(is_missing=is_missing):
            return f"{text} is {'' if is_missing else 'not '}missing"
        case OneOf(values=values) if feature.kind == "yes or no":
            return text if values == ("true",) else _negated(text)
        case OneOf(values=(value,)):
            return f"{text} = {quoted(value)}"
        case OneOf(values=values):
            return f"{text} in ({', '.join(map(quoted, values))})"


def _negated(text: str) -> str:
    if text.endswith(" is not missing"):
        return f"{text.removesuffix(' is not missing')} is missing"
    return f"none({text.removeprefix('any(')}" if re.match(r"any\([^()]*\)$", text) else f"not ({text})"


def number(value: float) -> str:
    """A number as a rule writes it: 0.25, 288, 12_000."""
    whole = f"{abs(value):.9f}".rstrip("0").rstrip(".")
    digits, point, rest = whole.partition(".")
    if len(digits) > 4:
        digits = f"{int(digits):_}"
    return f"{'-' if value < 0 else ''}{digits}{point}{rest}"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def arm_name(arm: Arm, features: Mapping[str, Feature], taken: Container[str]) -> str:
    """A name that says what the first clause says, as in `few_logins_30_days`, and that isn't taken."""
    name = _slug(_name_of(arm.clauses[0], features[arm.clauses[0].feature]))[:_LONGEST].strip("_")
    return unique(name if name and name[0].isalpha() else f"group_{name}".strip("_"), taken)


def _name_of(clause: Clause, feature: Feature) -> str:
    text = _WINDOW.sub(r"\1 days", _TREND.sub(r"\1 trend", feature.text))
    is_count = text.startswith("count(")
    what = re.sub(r"^count\(", "", text)
    what = re.sub(r"^days since last\((.*)\.\w+\)$", r"days since \1", what)
    match clause:
        case AtLeast():
            return f"{'many' if is_count else 'high'} {what}"
        case Below():
            return f"{'few' if is_count else 'low'} {what}"
        case Missing(is_missing=is_missing):
            return f"{'no' if is_missing else 'with'} {what}"
        case OneOf(values=values) if feature.kind == "yes or no":
            what = re.sub(r"^any\(", "", what).removesuffix(" is not missing")
            return f"{'with' if values == ('true',) else 'no'} {what}"
        case OneOf(values=values):
            return f"{what} {values[0] if len(values) == 1 else 'group'}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def unique(name: str, taken: Container[str]) -> str:
    """Return the name, with a number where it is taken."""
    number_, candidate = 2, name
    while candidate in taken:
        candidate, number_ = f"{name}_{number_}", number_ + 1
    return candidate
