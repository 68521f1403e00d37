"""What people write as they do elsewhere, such as `AND`, `'text'` or `50k`: how it is written here, and what to put in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

RESERVED = [
    "and",
    "or",
    "not",
    "in",
    "is",
    "has",
    "between",
    "if",
    "then",
    "else",
    "end",
    "where",
    "having",
    "as",
    "true",
    "false",
    "missing",
    "now",
    "today",
    "bands",
]
_AGGREGATES = """
    any none all count count_distinct distinct_days sum average min max median first last most_common share
"""
_PHRASES = """
    last next this since before from until ago days day weeks week months month hours contains starts ends with of
"""
_CALLED = _AGGREGATES.split()
_WORDS = {*RESERVED, *_CALLED, *_PHRASES.split()}
_WINDOW = r"(?:in\s+(?:last|next|this)\b|since\b|before\b|from\b)"


@dataclass(frozen=True, slots=True)
class Habit:
    """What stands from `start` to `end` of a text, with a hint; `replacement` is what is meant, None where that isn't known."""

    start: int
    end: int
    hint: str
    replacement: str | None = None


# pattern of what was written -> hint, replacement (a template of `re`); tried in order at the place of the error
_HABITS: tuple[tuple[str, str, str | None], ...] = (
    (r"==", "equal is written `=`", "="),
    (r"<>", "not equal is written `!=`", "!="),
    (r"&&|&", "write `and`", "and"),
    (r"\|\|?", "write `or`", "or"),
    (r"!(?!=)", "write `not`", "not "),
    (r"≥|=>", "write `>=`", ">="),
    (r"≤|=<", "write `<=`", "<="),
    (r"≠", "write `!=`", "!="),
    (r"[‘’']([^‘’'\"\n]*)[‘’']", 'put text in double quotes: "…"', r'"\1"'),
    (r"[‘’']", 'put text in double quotes: "…"', None),
    (r"[“”„]([^“”„\"\n]*)[“”„]", 'put text in straight double quotes: "…"', r'"\1"'),
    (r"[“”„]", 'put text in straight double quotes: "…"', None),
    (r"\[([^\[\]\n]*)\]", 'put lists in round brackets: ("a", "b")', r"(\1)"),
    (r"\[", 'put lists in round brackets: ("a", "b")', None),
    (r";", "leave out the semicolon; the end of the line is enough", ""),
    (r"[$€£]", "write the amount without its sign; the field's type says the currency", ""),
    (r"(?i:like)\b", "use `contains`, `starts with` or `ends with`", None),
    (r"(?i:is\s+not\s+null)\b", "write `is not missing`", "is not missing"),
    (r"(?i:is\s+null)\b", "write `is missing`", "is missing"),
    (r"(\d+)k\b", "write the number in full, as in 50_000", r"\1_000"),
    (r"(\d+)m\b", "write the number in full, as in 50_000", r"\1_000_000"),
)
_ALL_CAPITALS = re.compile(r"[A-Z]+(?:\s+(?:\d+\s+)?[A-Z]+)*\b")
_SEVERAL_WORDS = re.compile(r"[A-Z]\w*(?:[ -]+[A-Z]\w*)*")
_AFTER_COMPARISON = re.compile(r"(?:[=]|\bhas|\bcontains|\bwith|\bin\s*\([^()]*)\s*\Z")


def habit_at(text: str, start: int, first: int = 0) -> Habit | None:
    """The habit that stands at a place of a text; what belongs to the mistaken rule begins at `first`."""
    for pattern, hint, replacement in _HABITS:
        if match := re.compile(pattern).match(text, start):
            return Habit(start, match.end(), hint, None if replacement is None else match.expand(replacement))
    return (
        _capitals(text, start)
        or _thousands(text, start, first)
        or _window_after_where(text, start, first)
        or _calculation(text, start, first)
    )


def _capitals(text: str, start: int) -> Habit | None:
    """Words of the language and names in capitals; texts without quotes."""
    match = re.compile(r"[A-Z]\w*").match(text, start)
    if match is None:
        return None
    phrase = _ALL_CAPITALS.match(text, start)
    words = phrase[0].lower().split() if phrase is not None else []
    known = list(takewhile(lambda word: word.isdigit() or word in _WORDS, words))
    if known:
        written = re.compile(r"\s+".join(known), re.IGNORECASE).match(text, start)
        assert written is not None, "these are its words"
        lower = " ".join(known)
        return Habit(start, written.end(), f"write `{lower}`", lower)
    equal = re.search(r"(!)?=\s*\Z", text[:start])
    if match[0] == "NULL" and equal is not None:
        question = "is not missing" if equal[1] else "is missing"
        return Habit(equal.start(), match.end(), f"write `{question}`", question)
    if _AFTER_COMPARISON.search(text, 0, start):
        several = _SEVERAL_WORDS.match(text, start)
        assert several is not None, "it begins like a single word"
        value = re.split(rf"\s+(?=(?:{'|'.join(sorted(_WORDS))})\b)", several[0], flags=re.IGNORECASE)[0]
        hint = f'text is written in double quotes: did you mean "{value}"?'
        return Habit(start, start + len(value), hint, f'"{value}"')
    return Habit(start, match.end(), "names are written in lower case", match[0].lower())


def _thousands(text: str, start: int, first: int) -> Habit | None:
    """`50,000`, from the comma."""
    before, after = re.search(r"\d+\Z", text[first:start]), re.compile(r"(?:,\d{3})+\b").match(text, start)
    if before is None or after is None:
        return None
    number = f"{before[0]}{after[0].replace(',', '_')}"
    hint = "thousands are written with `_`, as in 50_000"
    return Habit(first + before.start(), after.end(), hint, number)


def _window_after_where(text: str, start: int, first: int) -> Habit | None:
    """`any(logins where … in last 60 days)`: the window stands first."""
    if not re.compile(_WINDOW).match(text, start):
        return None
    opened, where = _around(text, start, first)
    end = _close(text, start)
    if opened is None or where is None or end is None:
        return None
    condition = text[where:start].rstrip()
    window = re.split(r"\s+(?=having\b)", text[start:end].strip())[0]
    stop = start + len(window)
    return Habit(where, stop, f"the window stands before `where`: {window} {condition}", f"{window} {condition}")


def _calculation(text: str, start: int, first: int) -> Habit | None:
    """`sum(lines.price * amount)`: a calculation over the rows of a table has a name."""
    if text[start] not in "*/+-":
        return None
    opened, where = _around(text, start, first)
    end = _close(text, start)
    if opened is None or where is not None or end is None:
        return None
    head = re.search(r"(\w+)\.(\w+)\s*\Z", text[opened:start])
    if head is None:
        return None
    table, field = head[1], head[2]
    rest = " ".join(re.split(rf"\s+(?:where\b|having\b|{_WINDOW})", text[start:end])[0].split())
    metric = f"metric {field}_of_row of {table} = {field} {rest}".replace(f"{table}.", "")
    return Habit(
        start, start + 1, f"name it in a rule file: `{metric}`, and read it by that name: {table}.{field}_of_row"
    )


def _around(text: str, place: int, first: int) -> tuple[int | None, int | None]:
    """Where the aggregate around a place begins its rows, and the `where` of these; None for what isn't there."""
    depth, where = 0, None
    for match in reversed(list(re.finditer(r'"[^"\n]*"|[()]|\bwhere\b', text[first:place]))):
        at = first + match.start()
        if match[0] == ")":
            depth += 1
        elif match[0] == "(":
            depth -= 1
            if depth < 0:
                called = re.search(r"(\w+)\s*\Z", text[first:at])
                return (at + 1 if called is not None and called[1] in _CALLED else None), where
        elif match[0] == "where" and depth == 0:
            where = at
    return None, None


def _close(text: str, place: int) -> int | None:
    """Where the bracket around a place is closed, or a comma ends what stands there."""
    depth = 0
    for match in re.compile(r'"[^"\n]*"|[(),]').finditer(text, place):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
        if depth < 0 or (match[0] == "," and depth == 0):
            return match.start()
    return None
