"""What the rooms of a translator share: the model, the choice between two readings, and what a node means by its kind."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from segdsl.formulas import tree
from segdsl.formulas.called import TRUTHS
from segdsl.formulas.table import Means
from segdsl.formulas.values import (
    COMPARE,
    MISSING,
    PRIMARY,
    Beside,
    CannotSay,
    Length,
    Meaning,
    Rows,
    Series,
    Unclear,
    Value,
    negated,
    number,
    text,
    truth,
)  # fmt: skip
from segdsl.model.schema import Relation
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import Tries
from segdsl.phrasebook.tokens import cut


class BaseTranslator(Means):
    """The state of a translation, and the meaning of a node by its kind."""

    def __init__(
        self,
        text: str,
        names: Names,
        tries: Tries,
        choice: int = 0,
        taken: Callable[[Any, tree.Query], Value] | None = None,
    ) -> None:
        self.taken = taken
        self.text, self.names, self.tries, self.choice = text, names, tries, choice
        self.notes = list[str]()
        self.first_notes = list[str]()
        self.cells = list[tuple[str, int, int]]()
        self.changed = self.open = False
        self.aliases: dict[str, Rows | None] = {}
        self.columns: dict[str, tree.Node] = {}
        self.derived = set[str]()
        self.details: dict[str, str] = {}  # joined details of the entity, by their alias
        self.ahead = set[str]()  # fields that a condition beside this one says lie ahead
        self.of_unknown = set[str]()  # fields behind a name that is none
        self.bare: Rows | None = None
        self.grouped: Rows | None = None
        self.outer = False
        self.depth = 0

    @property
    def entity(self) -> str:
        return self.names.entity

    @property
    def own(self) -> Relation | None:
        schema = self.names.schema
        return None if schema is None else schema.relations.get(self.entity)

    @property
    def population(self) -> Rows:
        if self.own is None:
            raise Unclear
        return Rows(f"all {self.entity}", self.own)

    def rows_called(self, word: str) -> Rows | None:
        name = self.names.table([word])
        return None if name is None else Rows(name, self.names.tables[name])

    def no_rows(self, word: str) -> str:
        """Says why rows that a query names can't be read: a list or details, or nothing of that name."""
        relation = None if self.names.schema is None else self.names.schema.relations.get(word)
        if word in self.names.lists:
            return f"`{word}` is a list, which is asked without a query: a field is `in {word}` or `not in {word}`"
        if relation is not None and relation.kind == "details":
            fields = [f"`{word}.{f}`" for f in relation.fields if f not in (relation.key, relation.by)]
            return f"the fields of `{word}` are read without a join, as {' and '.join(fields[:2])}"
        return f"there are no rows `{word}` here"

    def details_called(self, word: str) -> str:
        """The details of the entity of a name; empty without."""
        relation = None if self.names.schema is None else self.names.schema.relations.get(word)
        return word if relation is not None and relation.kind == "details" and relation.of == self.entity else ""

    def member_of(self, word: str) -> Value | None:
        """That a customer is in the segment or arm of a name; None where there is none, or rows have the name."""
        if word not in self.names.rules or self.rows_called(word) is not None or self.is_entity(word):
            return None
        path = self.names.rules[word]
        self.note("whether a customer is in a segment or arm is asked with `in`")
        line, other = f"{self.entity} in {path}", f"{self.entity} not in {path}"
        return Value(line, COMPARE, "bool", own=True, negation=other)

    def is_entity(self, word: str) -> bool:
        return self.names.entity_called(word) == self.entity and self.entity != ""

    def note(self, note: str) -> None:
        if note and note not in self.notes:
            self.notes.append(note)

    def choose(self, *notes: str) -> int:
        """Which of two readings to take."""
        self.open = True
        chosen = min(self.choice, len(notes) - 1)
        self.first_notes.append(notes[chosen])
        return chosen

    def with_point(self, said: str) -> Fraction:
        """`1.500` in a formula for a country with decimal commas: a number in thousands, or with decimals."""
        is_thousands = said.count(".") > 1 or self.choose("points between thousands", "a point before decimals") == 0
        return Fraction(said.replace(".", "")) if is_thousands else Fraction(said)

    def meaning(self, node: tree.Node) -> Meaning:
        """What a node means. Raises `Unclear` or `CannotSay`."""
        self.tries.spend()
        self.depth += 1
        if self.depth > 150:
            raise Unclear
        try:
            return self._meaning(node)
        except CannotSay as reason:
            raise CannotSay(reason.args[0], *(reason.args[1:] or (node.start, node.end))) from None
        finally:
            self.depth -= 1

    def _meaning(self, node: tree.Node) -> Meaning:
        match node:
            case tree.Number(is_open=True):
                return number(self.with_point(node.text))
            case tree.Number(_, _, value, written):
                plain = re.fullmatch(r"\d[\d_]*(?:\.\d+)?%?", written)
                return Value(written, PRIMARY, "number", literal=value) if plain else number(value)
            case tree.Text(_, _, value):
                return text(value)
            case tree.Date(_, _, written):
                return Value(written, PRIMARY, "time", literal=written)
            case tree.Truth(start, end, value):
                self.changed |= self.text[start:end].lower() in TRUTHS  # of another language
                return truth(value)
            case tree.Nothing():
                return Value("missing", PRIMARY, "", literal=MISSING)
            case tree.Length(_, _, count, unit):
                self.changed = True
                return Length(count, unit)
            case tree.Name():
                return self.named(node)
            case tree.Given(_, _, known):
                return known  # type: ignore[return-value]  # put there by this class
            case tree.Words(start, end):
                return self.words(start, end)
            case tree.Unary(_, _, op, x):
                return self._unary(op, x)
            case tree.Binary():
                return self._binary(node)
            case tree.In():
                held = self._in(node)
                return replace(held, is_definite=True) if node.is_definite and isinstance(held, Value) else held
            case tree.Between(_, _, x, low, high, is_negated):
                return self._between(x, low, high, is_negated)
            case tree.During():
                return self.during(node)
            case tree.Like():
                return self._like(node)
            case tree.Several(_, _, items):
                if len(items) == 1:
                    return self.meaning(items[0])
                return Series(tuple(self.value(i) for i in items))
            case tree.Chosen(_, _, arms, otherwise):
                return self.chosen([(self.holds(self.meaning(c)), v) for c, v in arms], otherwise, node)
            case tree.Call():
                return self.call(node)
            case tree.Each():
                return self._each(node)
            case tree.Query():
                return self.query(node)
            case _:
                raise Unclear

    def words(self, start: int, end: int) -> Value:
        """What isn't a formula, as it is written; no `and` or `or` joins its parts."""
        return Value(as_written(self.text, start, end), COMPARE, "bool", own=True)

    def value(self, node: tree.Node) -> Value:
        """A value by itself."""
        return self.alone(self.meaning(node))

    def alone(self, meaning: Meaning) -> Value:
        match meaning:
            case Value():
                return meaning
            case Beside(why, _, value):
                if value is None:
                    raise CannotSay(why)
                return value
            case _:
                raise Unclear

    def condition(self, node: tree.Node) -> Value:
        """A condition about the customer: of rows, that one of them is so."""
        return self.about_customer(self.holds(self.meaning(node)))

    def about_customer(self, value: Value) -> Value:
        if value.rows is None:
            return value
        if self.bare is not None and self.bare.name == value.rows.name:
            return value
        if value.kind != "bool":
            raise Unclear
        self.note("rows are asked for with `any(…)` and `none(…)`")
        return self.any_of(value.rows.where(value))

    def holds(self, meaning: Meaning) -> Value:
        """A condition, about the customer or about a row."""
        if isinstance(meaning, Beside) and meaning.condition is not None:
            return meaning.condition
        if isinstance(meaning, Rows) and (meaning == self.population or (meaning.latest and not meaning.having)):
            raise Unclear  # of everybody there is somebody, and of the newest rows there are some if there are any
        if isinstance(meaning, Rows):
            return self.any_of(meaning)
        value = self.alone(meaning)
        if value.kind in ("bool", ""):
            return value
        if value.rows is not None and value.rows.window and value.path == value.rows.relation.at:
            return self.any_of(value.rows)  # `tickets.opened_at in last 3 days`
        if value.path and value.kind in ("text", "time"):  # what is there counts as true in programs
            self.changed = True
            self.note("filled in is written `is not missing`")
            return self.is_missing(value, True)
        if value.choices and (as_condition := self._as_condition(value)) is not None:
            return as_condition
        if value.literal in (Fraction(1), Fraction(0)) and isinstance(value.literal, Fraction):
            return truth(value.literal == 1)
        raise Unclear

    def _as_condition(self, value: Value) -> Value | None:
        yes, no = ("yes", "true", "y", "1", "x"), ("no", "false", "n", "0", "")
        if len(value.choices) != 1 or value.otherwise is None:
            return None
        condition, then = value.choices[0]
        ends = [
            str(v.literal if not isinstance(v.literal, Fraction) else v.text).lower() for v in (then, value.otherwise)
        ]
        if ends[0] in yes and ends[1] in no:
            return condition
        if ends[0] in no and ends[1] in yes:
            return negated(condition)
        return None

    # -- what the rooms above answer --

    @abstractmethod
    def named(self, node: tree.Name) -> Meaning: ...

    @abstractmethod
    def call(self, node: tree.Call) -> Meaning: ...

    @abstractmethod
    def _on_days(self, line: str, days: Sequence[str], value: Value, is_negated: bool) -> Value: ...

    @abstractmethod
    def during(self, node: tree.During) -> Meaning: ...

    @abstractmethod
    def _each(self, node: tree.Each) -> Meaning: ...

    @abstractmethod
    def _unary(self, op: str, x: tree.Node) -> Meaning: ...

    @abstractmethod
    def _binary(self, node: tree.Binary) -> Meaning: ...

    @abstractmethod
    def _in(self, node: tree.In) -> Meaning: ...

    @abstractmethod
    def _between(self, x: tree.Node, low: tree.Node, high: tree.Node, is_negated: bool) -> Value: ...

    @abstractmethod
    def _like(self, node: tree.Like) -> Value: ...

    @abstractmethod
    def query(self, node: tree.Query) -> Meaning: ...


def as_written(text: str, start: int, end: int) -> str:
    """A part of a text; where it ends with a remark, the line ends too, which would hide what is put behind it."""
    written = text[start:end]
    last = cut(written)[-1:]
    return f"{written}\n" if last and last[0].kind in ("comment", "remark") else written
