"""Filters of measures in LookML: `filters: [tickets.status: "open", tickets.opened_at: "last 30 days"]`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.phrasebook.declarations.outline import Entry, Unread, closing, parts
from segdsl.phrasebook.declarations.parts import joined_by, plain, quoted
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token

_LENGTH = re.compile(r"(?:(?:in )?(?:the )?(last|past|next) )?(\d+) (day|week|month|year|hour|minute)s?")
_PERIOD = re.compile(r"(this|last|next) (week|month|quarter|year)")
_SIDE = re.compile(r"(before|after) (\d{4})[-/](\d\d)[-/](\d\d)")
_SIGNS = {"before": "<", "since": ">="}
_NUMBER = re.compile(r"(>=|<=|<>|!=|=|>|<)?\s*(-?\d+(?:\.\d+)?)")


def is_looker(entry: Entry) -> bool:
    """Tells whether an entry lists fields with the texts of their filters."""
    value = entry.value
    if entry.inside or len(value) < 4 or value[0].text != "[" or closing(value, 0) != len(value) - 1:
        return False
    return all(_pair(item) is not None for item in parts(value[1:-1], ","))


def looker_rows(entry: Entry, names: Names) -> str:
    """The rows whose fields stand before the texts; empty where they aren't those of one table."""
    if not is_looker(entry):
        return ""
    pairs = [_pair(item) for item in parts(entry.value[1:-1], ",")]
    tables = {
        names.table([pair[0].partition(".")[0]]) if pair is not None and "." in pair[0] else None for pair in pairs
    }
    return tables.pop() or "" if len(tables) == 1 else ""


def looker_filters(entry: Entry, rows: str, relation: Relation, names: Names) -> tuple[str, list[str]]:
    """The window of the rows, with a blank before it, and the conditions on each. Raises `Unread`."""
    window, held = "", list[str]()
    for item in parts(entry.value[1:-1], ","):
        pair = _pair(item)
        if pair is None:
            raise Unread
        path, said = pair
        owner, _, name = path.rpartition(".")
        if owner and names.table([owner]) != rows:
            raise Unread
        if name == relation.at or (relation.at and name in (f"{relation.at}_date", f"{relation.at}_time")):
            if window:
                raise Unread
            window = f" {_window(said)}"
        else:
            held.append(_filter(name, said, relation))
    return window, held


def _pair(item: Sequence[Token]) -> tuple[str, str] | None:
    """`tickets.status: "open"` as its path and its text."""
    if len(item) < 3 or item[-1].kind not in ("text", "quoted") or item[-2].text != ":":
        return None
    path = "".join(t.text for t in item[:-2])
    return (path, plain(item[-1]).strip()) if re.fullmatch(r"\w+(?:\.\w+)?", path) else None


def _window(said: str) -> str:
    lower = said.lower()
    if match := _LENGTH.fullmatch(lower):
        return f"in {'next' if match[1] == 'next' else 'last'} {match[2]} {match[3]}{'' if match[2] == '1' else 's'}"
    if match := _PERIOD.fullmatch(lower):
        return f"in {match[1]} calendar {match[2]}"
    if match := _SIDE.fullmatch(lower):
        return f"{'before' if match[1] == 'before' else 'since'} {match[2]}-{match[3]}-{match[4]}"
    raise Unread


def _filter(name: str, said: str, relation: Relation) -> str:
    field = relation.fields.get(name)
    if field is None or not said:
        raise Unread
    if said.upper() in ("NULL", "EMPTY", "-NULL", "-EMPTY"):
        return f"{name} is {'not ' if said[0] == '-' else ''}missing"
    if field.type == ty.BOOLEAN and said.lower() in ("yes", "no", "true", "false"):
        return name if said.lower() in ("yes", "true") else f"not {name}"
    if ty.is_numeric(field.type):
        match = _NUMBER.fullmatch(said)
        if match is None:
            raise Unread
        return f"{name} {'!=' if match[1] == '<>' else match[1] or '='} {match[2]}"
    if ty.is_time(field.type):
        line = _window(said)
        since, _, day = line.partition(" ")
        return f"{name} {_SIGNS[since]} {day}" if since in _SIGNS else f"{name} {line}"
    if not isinstance(field.type, (ty.Text, ty.Enum)):
        raise Unread
    pieces = [piece.strip() for piece in said.split(",")]
    outside = [piece[1:] for piece in pieces if piece.startswith("-")]
    inside = [piece for piece in pieces if not piece.startswith("-")]
    if not all(pieces) or any(re.search(r'[%"^_]', piece) and not isinstance(field.type, ty.Enum) for piece in pieces):
        raise Unread
    lines = [
        f"{name} {one} {quoted(several[0])}"
        if len(several) == 1
        else f"{name} {many} ({', '.join(map(quoted, several))})"
        for several, one, many in ((inside, "=", "in"), (outside, "!=", "not in"))
        if several
    ]
    return joined_by("and", lines)
