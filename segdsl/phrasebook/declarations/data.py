"""Tables and entities: their columns with types, the column with the owner's key, and the time of a row."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from itertools import pairwise

from segdsl.phrasebook.declarations.gaps import read_or_gap
from segdsl.phrasebook.declarations.heads import Head, setting_of_head
from segdsl.phrasebook.declarations.outline import Entry, Unread, closing, parts
from segdsl.phrasebook.declarations.parts import Declared, entity_called, literal, plain, quoted
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token

_TYPES = {
    word: typed
    for typed, words in {
        "text": "text string str varchar char character uuid keyword words",
        "integer": "integer int bigint smallint whole count int64 int32 long",
        "number": "number decimal numeric float double float64 fraction percent percentage",
        "boolean": "boolean bool flag yesno checkbox",
        "date": "date day",
        "timestamp": "timestamp datetime time timestamptz",
        "version": "version",
    }.items()
    for word in words.split()
}
_MONEY = re.compile(r"(?:money|currency|amount)(?:\s*\(?\s*([A-Za-z]{3})\s*\)?)?", re.IGNORECASE)
_TIME = (
    "at",
    "dated",
    "timestamp",
    "time",
    "time_column",
    "occurred_at",
    "event_time",
    "timestamp_column",
    "date_column",
    "when",
    "dated_by",
    "row_time",
    "date",
    "timed",
    "ts",
    "happened_at",
    "stamped",
    "happening",
    "timestamped",
)
_BY = (
    "by",
    "key",
    "foreign_key",
    "keyed_by",
    "linked_by",
    "join_key",
    "join_on",
    "linked",
    "keyed",
    "joined",
    "fk",
    "owner_key",
    "connected",
    "matched",
)
_COLUMNS = (
    "columns",
    "fields",
    "with",
    "attributes",
    "schema",
    "having",
    "properties",
    "and",
    "has",
    "contains",
    "including",
)
_FILLERS = (
    "the",
    "a",
    "an",
    "column",
    "columns",
    "by",
    "on",
    "in",
    "at",
    "field",
    "fields",
    "to",
    "with",
    "using",
    "through",
    "time",
    "is",
)


def table(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A table by its columns and what is said of its rows."""
    reader = _Table(head, names)
    prose = list(head.rest)
    while prose and prose[0].text in (",", ":", "-", "–", "—", "="):
        prose = prose[1:]
    if prose and prose[0].text == "(" and closing(prose, 0) == len(prose) - 1:
        reader.in_columns, prose = True, prose[1:-1]
    opened = next((i for i, t in enumerate(prose) if t.text == "(" and i), None)
    if not reader.in_columns and opened is not None and closing(prose, opened) == len(prose) - 1 and not entries:
        if prose[:opened]:
            reader.phrase([t for t in prose[:opened] if t.text not in (",", ";")])
        reader.in_columns, prose = True, prose[opened + 1 : -1]
    for part in parts([t for t in prose if t.text != "."], ",", ";"):
        reader.phrase(part)
    for entry in entries:
        read_or_gap(reader, entry, reader.entry)
    return reader.written()


def _either(tokens: Sequence[Token]) -> str:
    """`csm/exec`, `csm | exec`: one of these values; empty for anything else."""
    values, signs = tokens[::2], tokens[1::2]
    is_choice = len(values) > 1 and len(tokens) % 2 == 1 and all(t.text in ("/", "|") for t in signs)
    if not is_choice or not all(t.kind in ("word", "text", "quoted") for t in values):
        return ""
    return f"one of ({', '.join(quoted(plain(t)) for t in values)})"


class _Table:
    def __init__(self, head: Head, names: Names) -> None:
        self.head, self.names = head, names
        self.by = self.at = self.at_type = ""
        self.fields = list[tuple[str, str]]()
        self.gaps = list[str]()
        self.in_columns = False

    def phrase(self, tokens: Sequence[Token]) -> None:
        """One phrase of prose: `one row per call`, `dated called_at`, `with minutes (integer) and topic (text)`."""
        words = [t.lower for t in tokens]
        if (
            words[0] in ("one", "a", "each")
            and "row" in words[:3]
            and ("per" in words or "for" in words or "is" in words)
        ):
            behind = next((i for i, w in enumerate(words) if w in ("dated", "with", "at", "timed")), len(words))
            if behind < len(words):
                self.phrase(tokens[behind:])
            return None
        if words[0] in ("and",) and len(words) > 1:
            return self.phrase(tokens[1:])
        if words[0] in _TIME or words[:2] in (["whose", "time"], ["its", "time"]):
            stop = next((i for i, w in enumerate(words) if i and (w == "with" or (w in _BY and w != "by"))), len(words))
            name = [
                t
                for t in tokens[1:stop]
                if t.lower not in (*_FILLERS, ":", "=", "time", "whose", "(", ")", "date", "timestamp") or (False)
            ]
            if len(name) != 1:
                raise Unread
            self.at = plain(name[0]).lower()
            self.at_type = "date" if "date" in words[1:stop] else ""
            if stop < len(words):
                self.phrase(tokens[stop:])
            return None
        if words[0] in _BY:
            stop = next((i for i, w in enumerate(words) if i and w in ("with", "dated", "timed")), len(words))
            stop = next((i for i, w in enumerate(words[:stop]) if i > 1 and w == "at"), stop)
            name = [t for t in tokens[1:stop] if t.lower not in (*_FILLERS, ":", "=")]
            if len(name) != 1:
                raise Unread
            self.by = plain(name[0]).lower()
            if stop < len(words):
                self.phrase(tokens[stop:])
            return None
        if words[0] in ("with", "columns", "fields", "having", "has", "contains", "including") or self.in_columns:
            self.in_columns = True
            rest = list(tokens)
            while rest and rest[0].lower in (
                "with",
                "columns",
                "fields",
                "having",
                "has",
                "the",
                ":",
                "a",
                "an",
                "contains",
                "including",
                "and",
            ):
                rest = rest[1:]
            for column in parts(rest, "and", ","):
                self.column(column)
            return None
        if words[0] in ("of", "for", "per") and len(words) == 2:
            self.head.entity = entity_called(words[1], self.names)
            return None
        self.in_columns = True
        return self.column(tokens)

    def entry(self, entry: Entry) -> None:
        key = entry.key or (entry.words[0] if entry.words else "")
        value = entry.value if entry.key else entry.tokens[1:]
        typed = _type(list(value)) if entry.key else ""
        if entry.key and [t.lower for t in value] in (
            ["link", "to", self.head.entity],
            ["reference", "to", self.head.entity],
        ):
            self._put_key(entry.key)
            return
        if key in ("columns", "fields", "attributes", "schema", "properties") and entry.inside and not entry.value:
            for inner in entry.inside:
                self.field(inner)
        elif key in ("columns", "fields") and value:
            bare = value[1:-1] if value[0].text in ("[", "(") else value
            for column in parts(bare, ",", "and"):
                self.column(column)
        elif typed and not entry.inside and not (key in _TIME and len(value) == 1 and value[0].lower not in _TYPES):
            self.field(entry)
        elif key in _TIME and len(value) == 1 and not entry.inside:
            self.at = plain(value[0]).lower()
        elif key in _BY and len(value) == 1 and not entry.inside:
            self.by = plain(value[0]).lower()
        elif not setting_of_head(self.head, entry, self.names):
            self.field(entry)

    def _put_key(self, name: str) -> None:
        """`account_id: link to account`: the column with the owner's key."""
        if self.by not in ("", name):
            raise Unread
        self.by = name

    def field(self, entry: Entry) -> None:
        """`minutes: integer`, `- name: minutes` above `type: integer`."""
        if not entry.tokens or (entry.inside and not entry.value):
            by_key = {e.key: e for e in entry.inside}
            name = entry.key or (
                plain(by_key["name"].value[0]) if "name" in by_key and len(by_key["name"].value) == 1 else ""
            )
            typed = next((by_key[k] for k in ("type", "data_type", "datatype") if k in by_key), None)
            if (
                not name
                or typed is None
                or {*by_key} - {"name", "type", "data_type", "datatype", "description", "required", "nullable"}
            ):
                raise Unread
            required = "required" in by_key and by_key["required"].value[0].lower == "true"
            return self._put(name, typed.value, required=required)
        if entry.inside:
            raise Unread
        self.column([*entry.tokens])
        return None

    def column(self, tokens: Sequence[Token]) -> None:
        """`minutes (integer)`, `minutes: integer`, `minutes integer`, `an integer minutes`."""
        depths = list(itertools.accumulate((t.text in ("(", "[")) - (t.text in (")", "]")) for t in tokens))
        fillers = ("a", "an", "the", "column", "field", ",", "is", "as")
        tokens = [t for t, depth in zip(tokens, depths) if depth or t.lower not in fillers]
        while tokens and tokens[0].text in ("-", "•"):
            tokens = tokens[1:]
        if len(tokens) < 2:
            raise Unread
        if self._constraint(tokens):
            return
        name, rest = tokens[0], list(tokens[1:])
        if name.kind not in ("word", "text", "quoted"):
            raise Unread
        if rest[0].text == "(" and closing(rest, 0) == len(rest) - 1:
            rest = rest[1:-1]
        if rest[0].text == "?" and len(rest) > 1:  # `notes?: string`: a field needn't have a value
            rest = rest[1:]
        while rest and rest[0].text in (":", "=", "-"):
            rest = rest[1:]
        self._put(plain(name).lower(), rest)

    def _constraint(self, tokens: Sequence[Token]) -> bool:
        """`account_id VARCHAR(32) REFERENCES account(account_id)`, `FOREIGN KEY (account_id) REFERENCES account`, `id INT PRIMARY KEY`."""
        words = [t.lower for t in tokens]
        is_key = ("primary", "key") in pairwise(words)
        if words[0] == "constraint" and "foreign" in words:
            tokens, words = tokens[words.index("foreign") :], words[words.index("foreign") :]
        if "references" in words[:-1]:
            entity = plain(tokens[words.index("references") + 1]).lower()
            column = tokens[3] if words[:3] == ["foreign", "key", "("] else tokens[0]
            if self.head.entity and entity_called(entity, self.names) != self.head.entity:
                raise Unread
            self.head.entity = entity_called(entity, self.names)
            self._put_key(plain(column).lower())
        return is_key or "references" in words  # a row needs no key of its own

    def _put(self, name: str, tokens: Sequence[Token], *, required: bool = False) -> None:
        words = [t.lower for t in tokens]
        flags = {"required", "mandatory", "not", "null", "non"}
        required = required or "required" in words or "mandatory" in words or words[-2:] == ["not", "null"]
        own = [t for t in tokens if t.lower not in flags and t.text != "!"]
        typed = _either(own) or _type(own)
        if not typed or not re.fullmatch(r"[a-z_]\w*", name):
            raise Unread
        self.fields.append((name, typed + (" required" if required else "")))

    def written(self) -> Declared:
        own = self.head.about(self.names)
        schema = own.schema
        key = schema.relations[self.head.entity].key if schema is not None else None
        fields = dict(self.fields)
        if len(fields) != len(self.fields) or self.head.where:
            raise Unread
        if not self.by:
            self.by = key or ""
        fields.pop(self.by, None)
        if not self.at:
            times = [n for n, t in fields.items() if t.split()[0] in ("timestamp", "date")]
            if len(times) != 1:
                raise Unread
            self.at = times[0]
        typed = fields.pop(self.at, "").split()
        day = ": date" if typed[:1] == ["date"] or self.at_type == "date" else ""
        if not self.by or not self.head.name:
            raise Unread
        title = f" {self.head.title}" if self.head.title else ""
        body = "\n".join([*(f"  {n}: {t}" for n, t in fields.items()), *(f"  {one}" for one in self.gaps)])
        text = f"table {self.head.name}{title} of {self.head.entity} by {self.by} at {self.at}{day} {{\n{body}\n}}"
        return Declared(text, ("`by` names the column with the owner's key, `at` the time of a row",), self.head.entity)


_SETS = {f"{many}[{one}]" for many in ("list", "set", "sequence", "frozenset") for one in ("str", "string", "text")}
_SETS |= {f"{one}[]" for one in ("str", "string", "text")}


def _as_it_may_be(tokens: list[Token]) -> list[Token]:
    """A type without what says that a value may be missing, or what it is then: `Optional[int]`, `str | None`, `int = 0`."""
    sign = next((i for i, t in enumerate(tokens) if t.text == "=" and i), len(tokens))
    tokens = tokens[:sign]
    while tokens and tokens[-1].text == ",":
        tokens = tokens[:-1]
    if len(tokens) > 3 and tokens[0].lower == "optional" and tokens[1].text == "[" and tokens[-1].text == "]":
        tokens = tokens[2:-1]
    if len(tokens) > 2 and tokens[-2].text == "|" and tokens[-1].lower in ("none", "null", "undefined"):
        tokens = tokens[:-2]
    return tokens


def _type(tokens: Sequence[Token]) -> str:
    """A type as it is written; empty where the words name none."""
    if [t.lower for t in tokens if t.lower not in ("a", "an")] in (["whole", "number"], ["whole", "numbers"]):
        return "integer"
    tokens = _as_it_may_be([t for t in tokens if t.lower not in ("a", "an", "whole") or len(tokens) == 1])
    if not tokens:
        return ""
    text = " ".join(plain(t).lower() for t in tokens)
    if text in _TYPES:
        return _TYPES[text]
    if text in ("yes/no", "yes / no", "true/false", "true / false", "yes or no", "true or false"):
        return "boolean"
    if money := _MONEY.fullmatch(text.replace(" ", "")):
        return f"money({money[1].upper()})" if money[1] else ""
    if tokens[0].lower in ("usd", "eur", "gbp", "chf") and len(tokens) == 1:
        return f"money({tokens[0].text.upper()})"
    if [t.lower for t in tokens[:2]] == ["money", "in"] and len(tokens) == 3:
        return f"money({tokens[2].text.upper()})"
    if tokens[0].text == "[" and tokens[-1].text == "]" and len(tokens) > 3:
        return f"one of ({', '.join(literal(v) for v in parts(tokens[1:-1], ',', '|'))})"
    if text.replace(" ", "") in _SETS:
        return "set of text"
    choices = parts(tokens, "or", "|")
    if len(choices) > 1 and all(len(c) == 1 and c[0].kind in ("word", "text") for c in choices):
        return f"one of ({', '.join(literal(c) for c in choices)})"
    if tokens[0].lower in ("one", "enum", "choice", "picklist", "either", "literal") and len(tokens) > 2:
        inner = list(tokens[1:])
        while inner and inner[0].lower in ("of", ":"):
            inner = inner[1:]
        if inner and inner[0].text in ("(", "["):
            inner = inner[1:-1]
        values = parts(inner, ",", "or", "|")
        return f"one of ({', '.join(literal(v) for v in values)})"
    first = tokens[0].lower
    if first in ("varchar", "decimal", "numeric", "char") and len(tokens) > 1 and tokens[1].text == "(":
        return _TYPES[first]
    return ""
