"""Names of a model as people call them: `login` or `logged in` for the table `logins`, `Renewal Date` for `renewal_date`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from segdsl.model import types as ty
from segdsl.model.schema import Field, Relation, Schema
from segdsl.resolve.scope import route_to

_IRREGULAR = {
    "met": "meet",
    "bought": "purchas",
    "paid": "payment",
    "spoke": "call",
    "people": "user",
    "saw": "visit",
    "child": "children",
}

ARM_KINDS = (
    "segment",
    "arm",
    "group",
    "bucket",
    "tier",
    "case",
    "class",
    "level",
    "band",
    "category",
    "stage",
    "phase",
)
"""What people call an arm, before its name."""


_OF_ANY_ROWS = {
    "occurred",
    "created",
    "updated",
    "changed",
    "happened",
    "recorded",
    "logged",
    "added",
    "loaded",
    "modified",
    "registered",
}
"""What may be done with any rows."""


@dataclass(frozen=True)
class Names:
    """The names that a declaration about `entity` can use. `others` are names of metrics, lists and rules.

    `rules` are the paths of segments and arms by their names and titles in lower case, as `motion.save`.
    `metrics` are the titles of metrics and scores by their names, `lists` the names of lists, `calendars` those of calendars.
    `plays` are the names of plays.
    `channels` are the channels that are declared or named by plays, by their names in lower case, as a play writes them.
    `constants` are the values that a file gives names to outside of its rules, as they are written there.
    `lists_of` are the nouns of lists of values that are said to be of customers, which are their keys.
    """

    schema: Schema | None = None
    entity: str = ""
    others: frozenset[str] = frozenset()
    rules: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    plays: frozenset[str] = frozenset()
    channels: Mapping[str, str] = field(default_factory=dict)
    lists_of: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def tables(self) -> Mapping[str, Relation]:
        """The rows of the entity, by the name that leads to them."""
        schema = self.schema
        if schema is None or self.entity not in schema.relations:
            return {}
        reverse = {name: schema.relations[link.target] for name, link in schema.to_many.get(self.entity, {}).items()}
        reached = {name: r for name, r in schema.relations.items() if route_to(schema, self.entity, name)}
        owned = {id(r) for r in reverse.values()}
        return reverse | {name: r for name, r in reached.items() if name not in reverse and id(r) not in owned}

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        schema = self.schema
        return {} if schema is None or self.entity not in schema.relations else schema.relations[self.entity].fields

    def entity_called(self, word: str) -> str | None:
        """The entity that a noun names, in singular or plural."""
        entities = [] if self.schema is None else [r.name for r in self.schema.entities]
        return next((e for e in entities if stem(e) == stem(word)), None)

    @cached_property
    def _tables_by_stem(self) -> Mapping[str, str]:
        return _unique([(stem(name), name) for name in self.tables])

    def table(self, words: Sequence[str]) -> str | None:
        """The table that a noun or verb of one or several words names; None if there is none, or more than one."""
        said = "_".join(words).lower()
        if said in self.tables:
            return said
        stems = [stem(said), *([stem("".join(words))] if len(words) > 1 else [])]
        found = next((self._tables_by_stem[s] for s in stems if s in self._tables_by_stem), None)
        return found or self._tables_by_time.get(said)

    @cached_property
    def _tables_by_time(self) -> Mapping[str, str]:
        """The tables by what was done at their time: `answered` for rows at `answered_at`."""
        times = (
            (r.at.rpartition("_")[0], name) for name, r in self.tables.items() if r.at and r.at.endswith(("_at", "_on"))
        )
        return {verb: name for verb, name in _unique(times).items() if verb.endswith("ed") and verb not in _OF_ANY_ROWS}

    def field(self, words: Sequence[str], relation: Relation | None = None) -> str | None:
        """The field that words name, whatever their capitals and blanks; None if there is none."""
        fields = self.fields if relation is None else relation.fields
        said = "_".join(words).lower()
        return said if said in fields else None

    def owners(self, field: str) -> list[str]:
        """The tables whose rows have a time and a field of this name."""
        return [name for name, relation in self.tables.items() if relation.at and field in relation.fields]

    def described(self, path: str, relation: Relation | None = None) -> Field | None:
        """The field at the end of a path: of the entity, of its rows, or of `relation`."""
        first, _, rest = path.partition(".")
        if rest and "." not in rest:
            owner = self.tables.get(first) or (self.schema.relations.get(first) if self.schema else None)
            return None if owner is None else owner.fields.get(rest)
        return (self.fields if relation is None else relation.fields).get(path)

    def value(self, path: str, said: str, relation: Relation | None = None) -> str | None:
        """The value of a field that is meant by a word, whatever its capitals; None if the field has none of that name."""
        described = self.described(path, relation)
        if described is None or not isinstance(described.type, ty.Enum):
            return None
        return next((v for v in described.type.values if v.casefold() == said.casefold()), None)

    def field_with_value(self, table: str, said: str) -> tuple[str, str] | None:
        """The one field of a table that has this value, with the value as it is written."""
        relation = self.tables[table]
        pairs = [(n, v) for n in relation.fields if (v := self.value(n, said, relation)) is not None]
        return pairs[0] if len(pairs) == 1 else None

    def only_amount(self, table: str) -> str | None:
        """The one field of a table that can be added up; None if there are several or none."""
        amounts = [n for n, f in self.tables[table].fields.items() if ty.is_numeric(f.type)]
        return amounts[0] if len(amounts) == 1 else None


def stem(said: str) -> str:
    """What singular, plural and verb of a name have in common: `login` for `logins`, `logged_in` and `logging in`."""
    first, *particle = re.split(r"[\s_]+", said.lower())
    if particle and particle[-1] not in ("in", "on", "up", "out", "off"):
        return "_".join([first, *particle[:-1], stem(particle[-1])])
    first = _IRREGULAR.get(first, first)
    root = re.sub(r"(?<=[^aeiou])ies$", "y", first)
    root = re.sub(r"(?<=..)(?:ings|ing|ed|es|s|e)$", "", root) if root == first else root
    root = re.sub(r"([bdgmnpt])\1$", r"\1", root) if root != first else root
    return root + "".join(particle)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    by_key: dict[str, set[str]] = {}
    for key, name in pairs:
        by_key.setdefault(key, set()).add(name)
    return {key: next(iter(names)) for key, names in by_key.items() if len(names) == 1}
