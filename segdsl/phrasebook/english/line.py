"""What a clause means, as a line of the language: its negation, its notes, and what is put in the places of its slots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from segdsl.phrasebook.english.things import Noun, Rows
from segdsl.phrasebook.entry import Entry


@dataclass(frozen=True)
class Line:
    """What a clause means. `negated` is what its negation means, `subject` what was said of."""

    text: str
    negated: str = ""
    notes: tuple[str, ...] = ()
    subject: Noun | Rows | None = None

    @property
    def not_(self) -> Line:
        return replace(self, text=self.negated or f"not {_one(self.text)}", negated=self.text)


_OTHER_SIDE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def negation(text: str) -> str:
    """The negation of a condition."""
    equal = re.fullmatch(r'([\w.]+) (!?=) ("[^"]*")', text)
    compared = re.fullmatch(r"([\w.]+|\w+\([^()]*\)) (<=?|>=?) (\d[\d_.]*%?)", text)
    if compared is not None:
        return f"{compared[1]} {_OTHER_SIDE[compared[2]]} {compared[3]}"
    if (known := re.fullmatch(r"([\w.]+) is (not )?missing", text)) is not None:
        return f"{known[1]} is {'' if known[2] else 'not '}missing"
    return f"{equal[1]} {'=' if equal[2] == '!=' else '!='} {equal[3]}" if equal else f"not {_one(text)}"


def _one(text: str) -> str:
    """A condition that `not` can stand before."""
    simple = re.fullmatch(r"(?:any|none|all)\([^()]*\)|[\w.]+(?:\([^()]*\))? (?:[<>=!]+|in|not in) \S+|[\w.]+", text)
    return text if simple or (text.startswith("(") and text.endswith(")")) else f"({text})"


def opposite(line: str) -> str:
    if line.startswith("any(") and _is_one_call(line):
        return f"none({line[4:]}"
    if line.startswith("none(") and _is_one_call(line):
        return f"any({line[5:]}"
    return ""


def _is_one_call(line: str) -> bool:
    depth = 0
    for i, sign in enumerate(line):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and sign == ")":
            return i == len(line) - 1
    return False


def filled(to: str, slots: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: slots.get(m[1], m[0]), to)


def with_lists(line: str) -> str:
    """One of several values is `in`; a set has one of one."""
    line = re.sub(r" != (\([^()]*,[^()]*\))", r" not in \1", line)
    line = re.sub(r" = (\([^()]*,[^()]*\))", r" in \1", line)
    return re.sub(r' has (?:any|all) \(("[^"]*")\)', r" has \1", line)


def note_of(entry: Entry) -> tuple[str, ...]:
    return (entry.note,) if entry.note else ()


def has_field(line: str, name: str) -> bool:
    return re.search(rf"(?<![\w.\"]){re.escape(name)}(?![\w.(\"])", line) is not None


def with_field(line: str, name: str, put: str) -> str:
    """A condition on a field as one on a figure of rows."""
    return re.sub(rf"(?<![\w.\"]){re.escape(name)}(?![\w.(\"])", lambda _: put, line)


MOST_GROUPS = 10


def so_many_of(conditions: Sequence[str], many: int) -> str | None:
    """That at least so many of the conditions hold: each group of them; None where there are too many groups, or none."""
    groups = list(combinations(conditions, many)) if 0 < many <= len(conditions) else []
    if len(conditions) < 2 or not 0 < len(groups) <= MOST_GROUPS:
        return None
    every = [" and ".join(group) for group in groups]
    if len(every) == 1:
        return f"({every[0]})"
    return "(" + " or ".join(f"({one})" if many > 1 else one for one in every) + ")"


ANY = Entry((), {"rows": "any({r})"}, note="some rows are asked for with `any(…)`")
"""Rows of which no quantity is said."""
