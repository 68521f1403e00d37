"""What a person calls a customer -> its key: text fields of an entity that hold just that, or nearly."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.model.segment import Model
from segdsl.words import headers

if TYPE_CHECKING:
    import pandas as pd

FEW = 3
_LONG_ENOUGH = 3  # characters: a shorter text is part of almost every name
_COMPARISONS = 20_000  # some 30 microseconds each


@dataclass(frozen=True)
class Named:
    """A customer and the field that holds a name, of which `value` is None where the field is personal."""

    entity: str
    key: str
    field: str
    value: str | None = None


_FIRST = r"first_?name|given_?name|fname|vorname|prenom|nombre"
_LAST = r"last_?name|family_?name|surname|lname|nachname|familienname|nom|apellidos?"
_MOST_WORDS = 6  # of a name that is taken apart


def full_names(fields: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of fields that hold a person's first name and last name, by their names."""
    firsts = {m[1] or "": m[0] for f in fields if (m := re.fullmatch(rf"(.*_)?(?:{_FIRST})", f))}
    lasts = {m[1] or "": m[0] for f in fields if (m := re.fullmatch(rf"(.*_)?(?:{_LAST})", f))}
    return [(firsts[prefix], lasts[prefix]) for prefix in firsts if prefix in lasts]


def name_fields(entity: Relation) -> list[str]:
    """Fields that may hold a name: texts other than the key, and links by a name."""
    return [
        n
        for n, f in entity.fields.items()
        if n != entity.key and (f.type == ty.TEXT or (isinstance(f.type, ty.Link) and n.endswith("name")))
    ]


def telling_fields(entity: Relation) -> list[str]:
    """Fields by which a person tells customers of one name apart: texts that may be shown and are no ids, and words of a list."""
    texts = [n for n, f in entity.fields.items() if isinstance(f.type, ty.Text | ty.Enum) and not f.personal]
    return [n for n in texts if n != entity.key and not headers.is_key(n)]


@dataclass(frozen=True)
class Names:
    """Names of the customers that an engine has as of a time."""

    model: Model
    engine: Engine
    clock: Clock

    def exactly(self, entity: str, text: str) -> list[Named]:
        """Customers of whom a field, or a first and a last name, holds just this text, in any case; one row a field."""
        columns = self._columns(entity)
        tests = {name: _is(column, text) for name, column in columns.items()}
        words = text.replace(",", " ").split()
        if 2 <= len(words) <= _MOST_WORDS:
            for first, last in full_names([name.removeprefix("text ") for name in columns]):
                both = columns[f"text {first}"], columns[f"text {last}"]
                tests[f"text {first} and {last}"] = k.Or(
                    tuple(_is_split(words, n, *both) for n in range(1, len(words)))
                )
        return list(self._true(entity, tests))

    def nearly(self, entity: str, text: str) -> list[Named]:
        """A few customers of whom a field contains the text, else whose key or name is spelled much like it."""
        if len(text) < _LONG_ENOUGH:
            return []
        return (list(self._containing(entity, text)) or list(self._spelled_like(entity, text)))[:FEW]

    def differing(self, entity: str, keys: Sequence[str]) -> dict[str, str]:
        """What tells customers apart, by key: the field in which most of them differ, and its value; none if none does."""
        relation = self.model.schema.relations[entity]
        fields = [f for f in telling_fields(relation) if self.engine.has(entity, f)]
        columns: dict[str, k.Expr] = {f"text {f}": _column(relation, f) for f in fields}
        frame = self._frame(entity, columns)
        these = frame[frame["entity_id"].astype(str).isin(keys)].set_index("entity_id")
        field = max(columns, key=lambda name: these[name].nunique(), default=None)
        if field is None or these[field].nunique() < 2:
            return {}
        values = these[field].dropna().items()
        return {str(key): f"{field.removeprefix('text ')} {value}" for key, value in values}

    def _containing(self, entity: str, text: str) -> Iterator[Named]:
        columns, wanted = self._columns(entity), (k.Literal_(text, ty.TEXT),)
        tests: dict[str, k.Expr] = {f"in {n}": k.TextTest("contains", c, wanted, "case") for n, c in columns.items()}
        frame = self._frame(entity, columns | tests)
        for name in columns:
            those = frame[frame[f"in {name}"].eq(True).fillna(False).astype(bool)]
            for key, value in zip(those["entity_id"], those[name]):
                yield self._named(entity, str(key), name.removeprefix("text "), value)

    def _named(self, entity: str, key: str, field: str, value: str) -> Named:
        is_personal = self.model.schema.is_personal(self.model.schema.relations[entity], field)
        return Named(entity, key, field, None if is_personal else value)

    def _true(self, entity: str, tests: dict[str, k.Expr]) -> Iterator[Named]:
        frame = self._frame(entity, tests)
        for name in tests:
            for key in frame.loc[frame[name].eq(True).fillna(False).astype(bool), "entity_id"]:
                yield Named(entity, str(key), name.removeprefix("text "))

    def _spelled_like(self, entity: str, text: str) -> Iterator[Named]:
        columns = self._columns(entity)
        frame = self._frame(entity, columns)
        relation = self.model.schema.relations[entity]
        known = {str(key).lower(): Named(entity, str(key), relation.key or "", str(key)) for key in frame["entity_id"]}
        for name in columns:
            field = name.removeprefix("text ")
            for key, value in zip(frame["entity_id"], frame[name]):
                if isinstance(value, str):
                    known.setdefault(value.lower(), self._named(entity, str(key), field, value))
        close = difflib.get_close_matches(text.lower(), list(known)[:_COMPARISONS], n=FEW, cutoff=0.7)
        yield from (known[match] for match in close)

    def _columns(self, entity: str) -> dict[str, k.Expr]:
        """Columns of texts that the data has, under names that no column of an assignment has."""
        relation = self.model.schema.relations[entity]
        fields = [f for f in name_fields(relation) if self.engine.has(entity, f)]
        return {f"text {f}": column for f in fields if (column := self._text(relation, f)) is not None}

    def _text(self, relation: Relation, field: str) -> k.Column | None:
        """A text, or a link as the text that it holds; None for a link by a number."""
        typed = relation.fields[field].type
        if isinstance(typed, ty.Link):
            target = self.model.schema.relations[typed.entity]
            return (
                replace(_column(relation, field), type=ty.TEXT)
                if target.fields[target.key or ""].type == ty.TEXT
                else None
            )
        return _column(relation, field)

    def _frame(self, entity: str, columns: dict[str, k.Expr]) -> pd.DataFrame:
        from segdsl.sql.plan import condition

        return self.engine.frame(condition(self.model, entity, columns, self.clock).query)


def _column(relation: Relation, field: str) -> k.Column:
    return k.Column(k.This(), relation.name, field, relation.fields[field].type)


def spellings(text: str) -> list[str]:
    """The text as typed, and with each letter and its accent as one character and as two: which of these data have can't be seen."""
    return list(dict.fromkeys((text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD")))))


def _is(column: k.Expr, text: str) -> k.Expr:
    tests = tuple(k.Compare("=", column, k.Literal_(t, ty.TEXT), "case") for t in spellings(text))
    return tests[0] if len(tests) == 1 else k.Or(tests)


def _is_split(words: Sequence[str], at: int, first: k.Expr, last: k.Expr) -> k.Expr:
    """Whether a first and a last name are the words before and after a place, or the other way round."""
    before, after = " ".join(words[:at]), " ".join(words[at:])
    return k.Or((k.And((_is(first, before), _is(last, after))), k.And((_is(last, before), _is(first, after)))))
