"""What words name in a model: fields, metrics, rows and values, as people call them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from segdsl.model import types as ty
from segdsl.model.schema import Field, Relation
from segdsl.phrasebook.names import Names, stem
from segdsl.phrasebook.vocabulary import entries

Key = tuple[str, ...]
_LEFT_OUT_LAST = {"date", "at", "on", "time", "day", "name", "purchased", "total", "amount", "until", "from", "manager"}
_LEFT_OUT_FIRST = {"is", "has", "total", "current", "number"}
_HEAD = re.compile(r" (?:to|of|from|by|with|in|on|about|for|that|a|per) ")
"""Ends what rows are in a title, as `Answers` in “Answers to the NPS question”."""
_AHEAD = ("renewal", "expir", "end", "due", "deadline", "close", "until", "cancel", "next")
_BACK = ("created", "since", "sign", "join", "start", "updated", "seen", "last", "first", "opened", "changed")


@dataclass(frozen=True)
class Noun:
    """A value that words name: how it is written, its type (None for one that isn't known), and the field behind it.

    `row_time` are the rows whose newest time it is.
    """

    text: str
    type: ty.Type | None
    field: Field | None = None
    row_time: Rows | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """What may be said of it, in the words of the vocabularies."""
        match self.type:
            case None:
                return frozenset(["number", "text", "time"])
            case ty.Enum(_, ordered):
                return frozenset(["text", "ordered"] if ordered else ["text"])
            case ty.Text():
                return frozenset(["text"])
            case ty.Boolean():
                return frozenset(["boolean"])
            case ty.SetOfText():
                return frozenset(["set"])
            case ty.Version():
                return frozenset(["version"])
            case ty.Date() | ty.Timestamp() | ty.Moment():
                return frozenset(["time"])
            case ty.Link():
                return frozenset(["link"])
            case _:
                return frozenset(["number"])

    @property
    def is_certain(self) -> bool:
        """Whether it is known that a time lies ahead or back, and not by its name alone."""
        return self.row_time is not None or self.type is None or (self.field is not None and self.field.fixed)

    @property
    def direction(self) -> str:
        """Where a time lies: `ahead`, `back`, or nothing where that is open."""
        name = self.text.lower()
        if self.row_time is not None or (self.field is not None and self.field.fixed):
            return "back"
        back = any(word in name for word in _BACK)
        return "back" if back else "ahead" if any(word in name for word in _AHEAD) else ""


@dataclass(frozen=True)
class Rows:
    """Rows of a table: its name, a window, conditions, and how many of the latest. `counted`: those of a quantity."""

    table: str
    relation: Relation
    window: str = ""
    where: tuple[str, ...] = ()
    latest: str = ""
    counted: bool = False

    def also(self, *conditions: str) -> Rows:
        """With further conditions; that a field isn't a value says nothing more where another one is asked for."""
        said = {m[1] for c in self.where if (m := re.fullmatch(r'(\w+) = "[^"]*"', c))}
        known = {*self.where}
        begun = re.compile(r'^((\w+) != "[^"]*") and ')
        more = [begun.sub(lambda m: "" if m[2] in said or m[1] in known else m[0], c) for c in conditions]
        return replace(self, where=(*self.where, *(c for c in more if c)))

    def is_compared(self, condition: str) -> bool:
        """Whether a field already has a border on that side, so that a second is none: `invoices over 10k are more than 5`."""
        said = re.match(r"(\w+) ([<>])", condition)
        return said is not None and any(re.match(rf"{said[1]} {said[2]}", c) for c in self.where)

    @property
    def having(self) -> str:
        return " and ".join(_bracketed(c, len(self.where)) for c in self.where)

    @property
    def head(self) -> str:
        """The rows without their conditions."""
        latest = f"latest {self.latest} " if self.latest else ""
        return f"{latest}{self.table}{f' {self.window}' if self.window else ''}"

    @property
    def text(self) -> str:
        word = "having" if self.latest else "where"
        return f"{self.head} {word} {self.having}" if self.where else self.head

    def of(self, function: str, field: str) -> str:
        """A figure of a field of the rows."""
        window = f" {self.window}" if self.window else ""
        where = f" where {self.having}" if self.where else ""
        latest = f"latest {self.latest} " if self.latest else ""
        return f"{function}({latest}{self.table}.{field}{window}{where})"


def _bracketed(condition: str, of: int) -> str:
    return f"({condition})" if of > 1 and " or " in condition and not condition.startswith("(") else condition


def root(word: str) -> str:
    """What forms of a word have in common, as `renew` of `renewal` and `renews`."""
    base = stem(word)
    return base.removesuffix("al") if len(base) > 5 else base


def words_of(name: str) -> Key:
    return tuple(root(w) for w in re.split(r"[\s_.]+", name.lower()) if w)


@cache
def synonyms() -> Mapping[str, frozenset[str]]:
    """Other words for rows, by the root of a word."""
    groups = [
        frozenset(root(w) for p in e.written for w in p.split("/"))
        for e in entries()["noun"]
        if e.to["alike"] == "rows"
    ]
    return {word: group for group in groups for word in group}


@cache
def beginnings() -> frozenset[str]:
    """Words for the beginning of a customer's life."""
    found = [p for e in entries()["noun"] if e.to["alike"] == "beginning" for p in e.written]
    return frozenset(w.replace("_", " ") for p in found for w in p.split("/"))


@dataclass(frozen=True)
class Scope:
    """What a clause is about: an entity, or the rows of a table. `outer` is the entity around rows."""

    names: Names
    relation: Relation

    @property
    def is_entity(self) -> bool:
        return self.relation.kind == "entity"

    def within(self, relation: Relation) -> Scope:
        """The rows of a relation, as what their conditions are about."""
        return Scope(replace(self.names, entity=relation.name), relation)

    @cached_property
    def tables(self) -> Mapping[str, Relation]:
        return self.names.tables if self.is_entity else {}

    @cached_property
    def _nouns(self) -> Mapping[Key, list[tuple[int, Noun]]]:
        """The values by the roots of the words that name them, each with a rank: the lower, the nearer."""
        found: dict[Key, list[tuple[int, Noun]]] = {}

        def add(rank: int, key: Key, noun: Noun) -> None:
            if key and not any(n.text == noun.text for _, n in found.get(key, ())):
                found.setdefault(key, []).append((rank, noun))

        for name, field in self.relation.fields.items():
            noun = Noun(name, field.type, field)
            for rank, key in _keys(name, field.doc, self.relation.name):
                add(rank, key, noun)
        if not self.is_entity:
            return found
        for name, title in self.names.metrics.items():
            for rank, key in _keys(name, title, self.relation.name):
                add(rank, key, Noun(name, ty.NUMBER))
        for path, relation in self._beside():
            for name, field in relation.fields.items():
                if field.key:
                    continue
                noun = Noun(f"{path}.{name}", field.type, field)
                add(0, words_of(f"{path}.{name}"), noun)
                if relation.kind == "details":
                    add(3, words_of(name), noun)
        for table, relation in self.tables.items():
            if relation.kind == "table":
                for name, field in relation.fields.items():
                    if name not in relation.structural:
                        noun = Noun(f"last({table}.{name})", field.type, field)
                        add(5, words_of(name), noun)
        return found

    def _beside(self) -> Iterator[tuple[str, Relation]]:
        """Details and links of the entity."""
        schema = self.names.schema
        for name, link in (schema.to_one.get(self.relation.name, {}) if schema else {}).items():
            if schema is not None:
                yield name, schema.relations[link.target]

    def nouns(self, words: Sequence[str]) -> list[Noun]:
        """The values that words name, those of the nearest rank."""
        key = tuple(root(part) for w in words for part in w.split("_"))
        every = self._nouns.get(key, [])
        nearest = min((rank for rank, _ in every), default=0)
        return [n for rank, n in every if rank == nearest]

    def linked(self, word: str) -> tuple[str, Scope] | None:
        """The entity that a link leads to, with the name of the link."""
        for name, relation in self._beside():
            if root(name) == root(word) and relation.kind == "entity":
                return name, self.within(relation)
        return None

    def own_links(self) -> list[str]:
        """The links that lead from a customer to another customer, as `parent` does."""
        return [n for n, r in self._beside() if r.name == self.relation.name and r.kind == "entity"]

    def table(self, words: Sequence[str]) -> tuple[str, bool] | None:
        """The rows that a noun names, and whether by another word for them."""
        if not self.is_entity:
            return None
        if (table := self.names.table(list(words))) is not None:
            return table, False
        said = " ".join(words)
        titled = [t for t, r in self.tables.items() if r.title and words_of(r.title) == words_of(said)]
        titled += [t for t, r in self.tables.items() if said.endswith("s") and _HEAD.split(r.title.lower())[0] == said]
        if len(titled) == 1:
            return titled[0], True
        alike = synonyms().get("_".join(map(root, words)), frozenset())
        found = [t for t in self.tables if root(t) in alike]
        return (found[0], True) if len(found) == 1 else None

    def valued(self, said: str, *, beside: bool = True) -> tuple[Noun, str] | None:
        """The one field that has a value, with the value; also of an entity's details."""
        own = [(Noun(n, f.type, f), v) for n, f in self.relation.fields.items() if (v := value_of(f.type, said))]
        if len(own) == 1:
            return own[0]
        if own or not (self.is_entity and beside):
            return None
        others = [
            (Noun(f"{path}.{n}", f.type, f), v)
            for path, relation in self._beside()
            if relation.kind == "details"
            for n, f in relation.fields.items()
            if (v := value_of(f.type, said))
        ]
        return others[0] if len(others) == 1 else None

    @cached_property
    def fields_of_details(self) -> frozenset[str]:
        """The fields of an entity's details, which people call by their bare names."""
        beside = self._beside() if self.is_entity else ()
        return frozenset(n for _, relation in beside if relation.kind == "details" for n in relation.fields)

    def details(self, name: str) -> list[str]:
        """The fields of an entity's details; nothing for another name."""
        beside = self._beside() if self.is_entity else ()
        found = [r for own, r in beside if own == name and r.kind == "details"]
        return [f for f in found[0].fields if f not in found[0].structural] if found else []

    def of_kind(self, kind: str) -> list[Noun]:
        return [
            n for name, f in self.relation.fields.items() if kind in (n := Noun(name, f.type, f)).kinds and not f.key
        ]

    @property
    def beginning(self) -> Noun | None:
        """The time at which the entity's life, or the row, begins."""
        name = self.relation.lives_from or self.relation.at
        if name is None and self.is_entity:
            starts = beginnings()
            named = [n for n in self.of_kind("time") if n.text.replace("_", " ").rsplit(" ", 1)[0] in starts]
            return named[0] if len(named) == 1 else None
        if name is None:
            return None
        field = self.relation.fields.get(name)
        typed = field.type if field else ty.DATE if self.relation.by_date else ty.TIMESTAMP
        return Noun(name, typed, field)

    @property
    def amount(self) -> Noun | None:
        """The one field that can be added up."""
        every = self.of_kind("number")
        money = [n for n in every if isinstance(n.type, ty.Money)]
        every = money if len(money) == 1 else every
        return every[0] if len(every) == 1 else None


def value_of(typed: ty.Type, said: str) -> str | None:
    """The value of an enumeration that is meant, whatever its capitals and its number."""
    if not isinstance(typed, ty.Enum):
        return None
    plain = re.sub(r"[\s_-]+", " ", said.strip().casefold())
    for value in typed.values:
        own = re.sub(r"[\s_-]+", " ", value.casefold())
        if plain in (own, f"{own}s", f"{own}d"):
            return value
    return None


def _keys(name: str, title: str, entity: str) -> Iterator[tuple[int, Key]]:
    words = words_of(name)
    yield 0, words
    if title:
        yield 1, words_of(re.sub(r"[^\w ]", " ", title.replace("'s", "")))
        initials = "".join(w[0] for w in title.split())
        if len(initials) > 2:
            yield 3, (root(initials),)
    plain = name.lower().split("_")
    if len(plain) == 2 and plain[-1] not in ("at", "on", "by"):
        yield 3, words[::-1]  # `purchased seats`
    if len(plain) > 1:
        if plain[-1] in _LEFT_OUT_LAST and words[:-1] != words_of(entity):
            yield 2, words[:-1]
        if plain[0] in _LEFT_OUT_FIRST or plain[0] == entity:
            yield 2, words[1:]
