"""Names and calls in formulas -> values and rows of the model, and what the table of functions says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from segdsl.formulas import tree
from segdsl.formulas.called import CALLED
from segdsl.formulas.cursor import Unreadable
from segdsl.formulas.families import functions
from segdsl.formulas.meaning.base import BaseTranslator
from segdsl.formulas.read import read
from segdsl.formulas.table import Function
from segdsl.formulas.values import (
    PRIMARY,
    CannotSay,
    Kind,
    Length,
    Meaning,
    Rows,
    Series,
    Unclear,
    Value,
)  # fmt: skip
from segdsl.lang.reserved import AGGREGATES, MEANT
from segdsl.model import types as ty
from segdsl.ops import phrases
from segdsl.phrasebook.measures import FOREIGN_UNITS, SPOKEN_UNITS
from segdsl.resolve.problems import nearest

_CELL = re.compile(
    r"(?:[\w ']+!)?(?:\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{0,3}\$?\d{0,7})?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$[A-Z]{1,3})"
)

_FIELDS = "write the names of fields, as in `arr`, and of rows, as in `tickets.status`"

_THROUGH = {"dt", "str", "values", "value", "array", "all"}
"""What stands between a name and its attribute, as in df.x.dt.year, and means nothing."""

_NATIVE = {*AGGREGATES, "first_known", "absolute", "round", "larger", "smaller", "same", "rank", "percentile", "quantile",
           "cumulative_share", "change", "scale", "size", "family", "root", "distance_km", "split", "falling", "rising"}  # fmt: skip

_WINDOW = re.compile(
    r"(?:(?:in|within|over|during)\s+)?(?:the\s+)?(?:last|past|previous|letzten?|derniers?|dernières?|últim[oa]s)\s+(\d{1,5})\s+([^\W\d]+)"
)
"""A window in words."""

_BY_KEY = re.compile(r"[a-z_]\w*\[[a-z_]\w*\]")

_SELF = {"self", "this", "row", "record", "df", "data", "obj", "item", "x", "@", "input"}

_LONGEST_ALIAS = 2  # letters; a longer name may be that of rows that aren't known

_MOMENTS = {
    "current_date": "today", "current_timestamp": "now", "sysdate": "now", "localtimestamp": "now", "getdate": "now",
    "curdate": "today", "systimestamp": "now",
}  # fmt: skip

_ATTRIBUTES = {"length", "size", "count", "year", "month", "day", "hour", "days", "quarter", "dayofweek", "weekday"}


class NameTranslator(BaseTranslator):
    """A translator of names and calls."""

    def named(self, node: tree.Name) -> Meaning:
        parts = [p.lower() if p.lower() != p and not _CELL.fullmatch(p) else p for p in node.parts]
        cell = self.text[node.start : node.end]
        if _CELL.fullmatch(cell) and not self._is_known(parts[0].lower()):
            self.changed = True
            if ":" in cell or "!" in cell:
                raise CannotSay(
                    f"`{cell}` are cells of a sheet, and what stands there can't be known here: {_FIELDS}",
                    node.start,
                    node.end,
                )
            self.cells.append((cell, node.start, node.end))
            return Value(cell, PRIMARY, "", path=cell, own=True)
        if parts[0] == "@" and len(parts) > 1:
            self.changed, parts = True, parts[1:]
        parts = [self._plain(re.sub(r"\s+", "_", p.lower())) for p in parts]
        meaning = self._named(parts, node)
        if isinstance(meaning, Value) and len(parts) > 1 and meaning.text != self.text[node.start : node.end].lower():
            self.changed = True
        return meaning

    def _plain(self, part: str) -> str:
        """A name without the ending of those that a company adds in Salesforce, as in `Renewal_Date__c`."""
        if part.endswith(("__c", "__r")):
            self.changed = True
            return part[:-3]
        return part

    def _is_known(self, word: str) -> bool:
        return (
            word in self.names.fields
            or self.names.table([word]) is not None
            or word in self.names.others
            or word in self.aliases
        )

    def _named(self, parts: Sequence[str], node: tree.Node) -> Meaning:
        first, rest = parts[0], list(parts[1:])
        if rest and first in self.details:
            return self._own([self.details[first], *rest], node)
        if not rest and self.details and first not in self.names.fields:
            owners = [d for d in self.details.values() if self.names.described(f"{d}.{first}") is not None]
            if len(owners) == 1:
                self.changed = True
                return self._own([owners[0], first], node)
        if not rest and first in ("today", "now"):
            return Value(first, PRIMARY, "time", moment=first)
        if not rest and first in _MOMENTS:
            self.changed = True
            return Value(_MOMENTS[first], PRIMARY, "time", moment=_MOMENTS[first])
        if first in self.aliases:
            rows = self.aliases[first]
            if not rest:
                return self.population if rows is None else rows
            return self._of_rows(rows, rest, node) if rows is not None else self._own(rest, node)
        if not rest and first in self.columns:
            return self.meaning(self.columns[first])
        if self.bare is not None and (not rest or first == self.bare.name) and not self.outer:
            inner = rest or [first]
            if (field := self.names.field([inner[0]], self.bare.relation)) is not None and len(inner) == 1:
                return self.field_of(self.bare, field)
        if rest and first in self.derived and rest[0] in self.columns:
            return self.meaning(self.columns[rest[0]])
        if rest and self.is_entity(first) and rest[0] not in self.names.fields and (rows := self.rows_called(rest[0])):
            self.changed = True
            return self._of_rows(rows, rest[1:], node) if rest[1:] else rows
        if rest and self.is_entity(first):
            return self._own(rest, node)
        if not rest and self.is_entity(first) and first not in self.names.fields:
            return self.population
        if (rows := self.rows_called(first)) is not None and (rest or first not in self.names.fields):
            return self._of_rows(rows, rest, node) if rest else rows
        return self._own(parts, node)

    def field_of(self, rows: Rows, name: str) -> Value:
        described = rows.relation.fields[name]
        if rows.below:
            return Value(
                f"{rows.relation.name}.{name}", PRIMARY, _kind(described.type), rows.below[0], "", described.type
            )
        return Value(name, PRIMARY, _kind(described.type), rows, name, described.type)

    def _of_rows(self, rows: Rows, rest: Sequence[str], node: tree.Node) -> Meaning:
        inner = [r for r in rest if r not in _THROUGH] or list(rest)
        name = self.names.field([inner[0]], rows.relation)
        if name is not None:
            return self._attributes(self.field_of(rows, name), inner[1:], node)
        if inner[0] in (rows.relation.by, rows.relation.at, rows.relation.key) and inner[0]:
            time = inner[0] == rows.relation.at
            kind: Kind = "time" if time else "text"
            typ: ty.Type = (ty.DATE if rows.relation.by_date else ty.TIMESTAMP) if time else ty.TEXT
            return self._attributes(Value(inner[0], PRIMARY, kind, rows, inner[0], typ), inner[1:], node)
        return self._attributes(rows, inner, node)

    def _own(self, parts: Sequence[str], node: tree.Node) -> Meaning:
        inner = [p for p in parts if p not in _THROUGH] or list(parts)
        if _BY_KEY.fullmatch(self.text, node.start, node.end) and not self._is_table(inner[0]):
            raise Unclear  # `points[plan]` of values by their keys, and no column of a sheet
        if (
            len(inner) > 1
            and (inner[0] in _SELF or not self._leads(inner[0]))
            and self.names.field([inner[1]]) is not None
        ):
            if inner[0] not in _SELF and len(inner[0]) > _LONGEST_ALIAS:
                self.of_unknown.add(inner[1])
            inner = inner[1:]
        name = self.names.field([inner[0]])
        if name is not None and isinstance(self.names.fields[name].type, ty.Link) and len(inner) > 1:
            return Value(self._prefixed(".".join(inner)), PRIMARY, "", own=True, path=".".join(inner))
        if name is not None:
            described = self.names.fields[name]
            value = Value(self._prefixed(name), PRIMARY, _kind(described.type), None, name, described.type, own=True)
            return self._attributes(value, inner[1:], node)
        if len(inner) > 1 and (described_ := self.names.described(".".join(inner[:2]))) is not None:
            path = ".".join(inner[:2])
            value = Value(self._prefixed(path), PRIMARY, _kind(described_.type), None, path, described_.type, own=True)
            return self._attributes(value, inner[2:], node)
        if len(inner) > 1 and inner[-1] in _ATTRIBUTES:
            return self._attributes(self._own(inner[:-1], node), inner[-1:], node)
        path = ".".join(inner)
        return Value(
            self._prefixed(path) if inner[0] in self.names.others and False else path, PRIMARY, "", path=path, own=True
        )

    def _is_table(self, word: str) -> bool:
        """Tells whether a word may be what a sheet or a frame of customers is called."""
        is_customers = word in ("customers", "clients", "kunden", "table", "tbl") or word.startswith("tbl")
        return is_customers or word in _SELF or self._leads(word) or self.names.entity_called(word) is not None

    def _leads(self, word: str) -> bool:
        schema = self.names.schema
        return schema is not None and (word in schema.relations or word in self.names.fields)

    def _prefixed(self, path: str) -> str:
        return f"{self.entity}.{path}" if self.outer or self.bare is not None else path

    def _attributes(self, meaning: Meaning, attributes: Sequence[str], node: tree.Node) -> Meaning:
        for attribute in attributes:
            if attribute in _THROUGH:
                continue
            self.changed = True
            meaning = self.apply(attribute, [meaning], tree.Call(node.start, node.end, attribute, (node,), method=True))
        return meaning

    def call(self, node: tree.Call) -> Meaning:
        node = self._with_window(node)
        if any(isinstance(n, tree.Words) for a in node.arguments for n in tree.walk(a)) and node.name in _NATIVE:
            raise Unclear
        is_own = node.name in _NATIVE or node.name in phrases()
        if is_own and any(
            re.search(rf"\b{re.escape(key)}\s*:", self.text[node.start : node.end]) for key, _ in node.named
        ):
            return self._with_settings(node)
        meaning = self._called(node)
        written = re.sub(r"\s+", "", self.text[node.start : node.end])
        if not (isinstance(meaning, Value) and re.sub(r"\s+", "", meaning.text) == written):
            self.changed = True
        return meaning

    def _with_window(self, node: tree.Call) -> tree.Call:
        """A call whose last argument is a window in words, as in MODE(logins.device; last 90 days): of the rows in the window."""
        *first, last = node.arguments or (node,)
        if len(first) != 1 or not isinstance(last, tree.Words):
            return node
        match = _WINDOW.fullmatch(self.text[last.start : last.end].lower().strip())
        unit = SPOKEN_UNITS.get(match[2]) or FOREIGN_UNITS.get(match[2]) if match else None
        if match is None or unit is None:
            return node
        meaning = self.meaning(first[0])
        rows = meaning if isinstance(meaning, Rows) else meaning.rows if isinstance(meaning, Value) else None
        if rows is None or not rows.relation.at:
            return node
        at = self._of_rows(rows.each, [rows.relation.at], node)
        length = (3 * int(match[1]), "month") if unit == "quarter" else (int(match[1]), unit)
        begin = self.moved(Value("now", PRIMARY, "time", moment="now"), Length(-length[0], length[1]))
        within = rows.where(self.compared(">=", self.alone(at), begin))
        self.note("a window stands behind the rows")
        known = within if isinstance(meaning, Rows) else replace(meaning, rows=within)  # type: ignore[arg-type]
        return replace(node, arguments=(tree.Given(first[0].start, first[0].end, known),))

    def _with_settings(self, node: tree.Call) -> Value:
        """A function of the language with settings such as `floor: 10`, as it is written."""
        return Value(self.text[node.start : node.end], PRIMARY, "", own=True)

    def _called(self, node: tree.Call) -> Meaning:
        if node.name.startswith("::"):
            return (
                self.meaning(node.arguments[0]) if node.name != "::date" else self._called(replace(node, name="date"))
            )
        if node.method and node.name in _THROUGH and len(node.arguments) == 1:
            return self.meaning(node.arguments[0])
        if node.over is not None and "over" in functions():
            return self._by_row(functions()["over"], node)
        row = functions().get(node.name)
        if row is None and (
            node.name in phrases() or node.name in MEANT or node.name in _NATIVE or self._is_known(node.name)
        ):
            raise Unclear
        if row is None and node.method and len(node.arguments) == 1:
            of = self.meaning(node.arguments[0])
            if isinstance(of, Rows) and node.name in of.relation.fields:  # tickets.filter(…).priority
                return replace(self.field_of(of.each, node.name), rows=of)
        if row is None and nearest(node.name, [*phrases(), *AGGREGATES]):
            raise Unclear  # it is misspelt
        if row is None:
            self.changed = True
            if node.method and node.arguments:
                with suppress(Unclear):
                    self.meaning(node.arguments[0])  # which may be what can't be said
            raise CannotSay(
                f"there is no function like `{node.name}(…)` here: write what it means by its parts, or let your data have it as a field",
                node.start,
                node.end,
            )
        return self._by_row(row, node)

    def _by_row(self, row: Function, node: tree.Call) -> Meaning:
        try:
            meaning = row.to(self, node)
        except (ValueError, IndexError, Unreadable):  # fewer or more arguments than it has
            raise Unclear from None
        if meaning is None:
            raise Unclear
        if not isinstance(meaning, Value) or _is_in(row.note, meaning.text):
            self.note(self._as_called(row.note, node))
        return meaning

    def _as_called(self, note: str, node: tree.Call) -> str:
        """A note that quotes the call, by the name that is written, which may be of another language: `UND(a; b)` for `AND(a, b)`."""
        quoted = re.search(r"`([A-Z]+)\((?:a, b|…)\)`", note)
        written = self.text[node.start : node.end].partition("(")[0].strip()
        if quoted is None or CALLED.get(written.lower()) != quoted[1].lower():
            return note
        call = quoted[0].replace(quoted[1], written, 1).replace("a, b", "a; b")
        return note.replace(quoted[0], call, 1)

    def _unclear(self) -> Meaning:
        raise Unclear

    def apply(self, name: str, arguments: Sequence[Meaning], node: tree.Call) -> Meaning:
        """A function by its name on what is known already, such as an attribute."""
        row = functions().get(name)
        if row is None:
            raise Unclear
        given = tree.Given(node.start, node.end, arguments[0])
        return self._by_row(row, replace(node, arguments=(given,)))

    def apply_row(self, name: str, node: tree.Call) -> Meaning | None:
        """A call by another row of the table."""
        row = functions().get(name)
        return None if row is None else self._by_row(row, node)

    def series(self, node: tree.Node) -> Series:
        meaning = self.meaning(node)
        if isinstance(meaning, Value) and meaning.literal is not None:
            return Series((meaning,))
        if isinstance(meaning, Value) and meaning.path and meaning.rows is None:
            return Series((), meaning.path)
        if not isinstance(meaning, Series):
            raise Unclear
        return meaning

    def quoted(self, written: str) -> Value:
        """The condition that a text is, as in df.query("arr > 5")."""
        inner = type(self)(written, self.names, self.tries, self.choice, self.taken)
        return inner.condition(read(written, 0, len(written), self.tries))

    def group_rows(self) -> Rows:
        """The rows that `COUNT(*)` counts."""
        if self.grouped is None:
            raise Unclear
        return self.grouped


_PIECE = re.compile(r"`([^`]+)`")


def _is_in(note: str, line: str) -> bool:
    """Tells whether a line is written as one of the pieces that a note quotes: by their first words, and their settings."""
    written, pieces = set(re.findall(r"[a-z_]+:?", line)), list[set[str]]()
    for piece in _PIECE.findall(note):
        first = re.search(r"[a-z][a-z_]+", piece)
        if first is not None:
            pieces.append({first[0], *re.findall(r"[a-z]+:", piece)})
    return not pieces or any(piece <= written for piece in pieces) or any(SPOKEN_UNITS.keys() & p for p in pieces)


def _kind(type_: ty.Type) -> Kind:
    if type_ == ty.BOOLEAN:
        return "bool"
    if type_ in (ty.DATE, ty.TIMESTAMP):
        return "time"
    if isinstance(type_, ty.SetOfText):
        return "set"
    if ty.is_numeric(type_):
        return "number"
    return "text" if isinstance(type_, (ty.Text, ty.Enum, ty.Version, ty.Link)) else ""
