"""Clauses of a play that are set out as its settings: `priority: 5`, `cooldown: 14 days`, `to: admins (active)`, `every quarter`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.phrasebook.declarations.outline import text_of
from segdsl.phrasebook.declarations.parts import plain, quoted
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token

_DURATION = re.compile(
    r"(?:every |once per |once a |once every |each |per |at most every )?(?P<n>\d+ )?(?P<unit>day|week|month|quarter|year)s?"
)
_ADVERBS = {
    "daily": "1 day",
    "weekly": "1 week",
    "monthly": "1 month",
    "quarterly": "3 months",
    "yearly": "1 year",
    "annually": "1 year",
}
_COOLDOWN = ("cooldown", "cool_down", "cooldown_period", "cool_off", "quiet_period", "pause")
_EVERY = ("every", "frequency", "repeat", "repeats", "recurrence", "again", "interval", "cadence")
_TO = ("to", "recipients", "recipient", "send_to", "contacts", "goes_to", "addressed_to")
_SAYS_NOTHING = {
    "the",
    "all",
    "of",
    "their",
    "its",
    "account",
    "account's",
    "accounts",
    "customer",
    "customers",
    "and",
    "who",
    "are",
    "with",
    "role",
    "is",
    "where",
}
_NO_VALUES = {"and", "or", "not", "no"}


def clause_of_setting(key: str, value: Sequence[Token], names: Names) -> str:
    """The clause that a setting means; empty where it means none."""
    said = text_of(value).lower()
    if key == "priority" and len(value) == 1 and value[0].kind == "number":
        return f"priority {said}"
    if key in (*_COOLDOWN, *_EVERY) and (length := _length(said)):
        return f"{'cooldown' if key in _COOLDOWN else 'every'} {length}"
    return _recipients(value, names) if key in _TO else ""


def _length(said: str) -> str:
    if said in _ADVERBS:
        return _ADVERBS[said]
    match = _DURATION.fullmatch(said)
    if match is None:
        return ""
    count, unit = int(match["n"] or 1), match["unit"]
    count, unit = (3 * count, "month") if unit == "quarter" else (count, unit)
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _recipients(value: Sequence[Token], names: Names) -> str:
    """`account admins (active)`, `active users with role admin`: the people of one table, by what is said of them."""
    words = [plain(t).lower() for t in value if t.text not in ("(", ")", ",", "=", ":")]
    if any(w in _NO_VALUES - {"and"} for w in words) or any(t.kind not in ("word", "text", "sign") for t in value):
        return ""
    words = [w for w in words if w not in _SAYS_NOTHING]
    people = [(t, r) for t, r in names.tables.items() if r.kind == "entity"]
    named = [(t, r) for t, r in people if any(names.table([w]) == t for w in words)]
    found = list[str]()
    for table, relation in named or people:
        left = [w for w in words if names.table([w]) != table]
        conditions = [_of_person(w, relation, names) for w in left]
        if all(conditions) and (conditions or named):
            found.append(f"to {table}" + (f" where {' and '.join(conditions)}" if conditions else ""))
    return found[0] if len(found) == 1 else ""


def _of_person(word: str, relation: Relation, names: Names) -> str:
    fields = relation.fields
    if word in fields and fields[word].type == ty.BOOLEAN:
        return word
    for spelt in (word, word.removesuffix("s")):
        having = [(f, v) for f in fields if (v := names.value(f, spelt, relation)) is not None]
        if len(having) == 1:
            return f"{having[0][0]} = {quoted(having[0][1])}"
    return ""


def with_decimals(value: Sequence[Token]) -> list[Token]:
    """A price with a decimal comma, `3,50`, with a point."""
    figures = [i for i, t in enumerate(value) if t.kind == "number"]
    if (
        len(figures) != 2
        or figures[1] != figures[0] + 2
        or value[figures[0] + 1].text != ","
        or len(value[figures[1]].text) != 2
    ):
        return list(value)
    first, last = figures
    return [*value[:first], replace(value[first], text=f"{value[first].text}.{value[last].text}"), *value[last + 1 :]]
