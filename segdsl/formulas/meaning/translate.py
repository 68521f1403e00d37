"""Gives a formula its meaning: names by the model, functions by the table, comparisons by what is compared."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from segdsl.formulas import tree
from segdsl.formulas.families import functions
from segdsl.formulas.read import Unreadable, read
from segdsl.formulas.table import Function
from segdsl.formulas.values import (
    COMPARE,
    FLIPPED,
    MISSING,
    NEGATED,
    OR,
    PRIMARY,
    PRODUCT,
    SUM,
    UNARY,
    Beside,
    CannotSay,
    Kind,
    Length,
    Meaning,
    Rows,
    Series,
    Unclear,
    Value,
    fitted,
    joined,
    merged,
    negated,
    number,
    of_rows,
    text,
    together,
    truth,
)  # fmt: skip
from segdsl.lang.reserved import AGGREGATES, MEANT
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops import phrases
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import Tries
from segdsl.resolve.problems import nearest

_CELL = re.compile(
    r"(?:[\w ']+!)?(?:\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{0,3}\$?\d{0,7})?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$[A-Z]{1,3})"
)
_FIELDS = "write the names of fields, as in `arr`, and of rows, as in `tickets.status`"
_THROUGH = {"dt", "str", "values", "value", "array", "all"}
"""What stands between a name and its attribute, as in df.x.dt.year, and means nothing."""
_NATIVE = {*AGGREGATES, "first_known", "absolute", "round", "larger", "smaller", "same", "rank", "percentile", "quantile",
           "cumulative_share", "change", "scale", "size", "family", "root", "distance_km", "split", "falling", "rising"}  # fmt: skip
_SELF = {"self", "this", "row", "record", "df", "data", "obj", "item", "x", "@", "input"}


class Translator:
    """Translates the formulas of one condition about an entity.

    `choice` says which of two readings is taken where the meaning is open; `open` that it was somewhere.
    `taken` says whom a whole query takes.
    `cells` are those of a sheet that were read, with where they stand.
    `notes` say how it is written here, `changed` that something was written as it isn't written here.
    """

    def __init__(
        self,
        text: str,
        names: Names,
        tries: Tries,
        choice: int = 0,
        taken: Callable[[Translator, tree.Query], Value] | None = None,
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
        self.bare: Rows | None = None
        self.grouped: Rows | None = None
        self.outer = False
        self.depth = 0

    # -- what is known of the model --

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

    # -- nodes --

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
            case tree.Number(_, _, value, written):
                plain = re.fullmatch(r"\d[\d_]*(?:\.\d+)?%?", written)
                return Value(written, PRIMARY, "number", literal=value) if plain else number(value)
            case tree.Text(_, _, value):
                return text(value)
            case tree.Date(_, _, written):
                return Value(written, PRIMARY, "time", literal=written)
            case tree.Truth(_, _, value):
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
                return self._in(node)
            case tree.Between(_, _, x, low, high, is_negated):
                return self._between(x, low, high, is_negated)
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
        return Value(self.text[start:end], COMPARE, "bool", own=True)

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
        if isinstance(meaning, Rows):
            return self.any_of(meaning)
        value = self.alone(meaning)
        if value.kind in ("bool", ""):
            return value
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

    # -- names --

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
        parts = [re.sub(r"\s+", "_", p.lower()) for p in parts]
        meaning = self._named(parts, node)
        if isinstance(meaning, Value) and len(parts) > 1 and meaning.text != self.text[node.start : node.end].lower():
            self.changed = True
        return meaning

    def _is_known(self, word: str) -> bool:
        return (
            word in self.names.fields
            or self.names.table([word]) is not None
            or word in self.names.others
            or word in self.aliases
        )

    def _named(self, parts: Sequence[str], node: tree.Node) -> Meaning:
        first, rest = parts[0], list(parts[1:])
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
        if (
            len(inner) > 1
            and (inner[0] in _SELF or not self._leads(inner[0]))
            and self.names.field([inner[1]]) is not None
        ):
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

    # -- functions --

    def call(self, node: tree.Call) -> Meaning:
        if any(isinstance(n, tree.Words) for a in node.arguments for n in tree.walk(a)) and node.name in _NATIVE:
            raise Unclear
        if any(re.search(rf"\b{re.escape(key)}\s*:", self.text[node.start : node.end]) for key, _ in node.named):
            return self._with_settings(node)
        meaning = self._called(node)
        written = re.sub(r"\s+", "", self.text[node.start : node.end])
        if not (isinstance(meaning, Value) and re.sub(r"\s+", "", meaning.text) == written):
            self.changed = True
        return meaning

    def _with_settings(self, node: tree.Call) -> Value:
        """A function of the language with settings such as `floor: 10`, as it is written."""
        if node.name not in _NATIVE and node.name not in phrases():
            raise Unclear
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
        self.note(row.note)
        return meaning

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
        inner = Translator(written, self.names, self.tries, self.choice, self.taken)
        return inner.condition(read(written, 0, len(written), self.tries))

    def group_rows(self) -> Rows:
        """The rows that `COUNT(*)` counts."""
        if self.grouped is None:
            raise Unclear
        return self.grouped

    # -- times --

    def day_of_time(self, value: Value) -> Meaning:
        """The day of a time, in comparisons."""
        if (
            value.type == ty.DATE
            or value.moment == "today"
            or (isinstance(value.literal, str) and len(value.literal) == 10)
        ):
            return value
        if value.moment == "now":
            return Value("today", PRIMARY, "time", moment="today")
        if value.type != ty.TIMESTAMP:
            return value

        def compared(op: str, other: Meaning) -> Value | None:
            if isinstance(other, Beside):
                other = other.value or Value("")
            if not isinstance(other, Value):
                return None
            other = self.valued(other, Value("", kind="time"))
            after = _day_after(other) or self.moved(other, Length(1, "day"))
            match op:
                case "=":
                    rows = [self.compared(">=", value, other), self.compared("<", value, after)]
                    return self.junction("and", rows)
                case ">" | "<=":
                    return self.compared(">=" if op == ">" else "<", value, after)
                case ">=" | "<":
                    return self.compared(op, value, other)
                case _:
                    return None

        return Beside("a time is compared with days by their borders", compared, value, inner=value, kind="day")

    def truncated(self, value: Value, unit: str) -> Meaning:
        """The beginning of the week, month, quarter or year of a time."""
        if unit not in ("week", "month", "quarter", "year"):
            raise CannotSay("periods of the calendar are weeks, months, quarters and years: `in this calendar month`")
        if value.moment in ("today", "now"):
            return Value(f"start of this {unit}", PRIMARY, "time", moment="start")
        months = {"month": 1, "quarter": 3, "year": 12}
        if value.ago is not None and value.moment in ("ago", "before today", "from now", "after today"):
            count = value.ago.count * {"month": 1, "year": 12, "week": 7, "day": 1}.get(value.ago.unit, 0)
            fits = count == (7 if unit == "week" else months[unit]) and (value.ago.unit in ("month", "year")) == (
                unit != "week"
            )
            if not fits:
                raise Unclear
            which = "last" if value.moment in ("ago", "before today") else "next"
            return Value(f"start of {which} {unit}", PRIMARY, "time", moment="start")
        line = fitted(value, PRIMARY)

        def compared(op: str, other: Meaning) -> Value | None:
            if not isinstance(other, Value):
                return None
            other = self.valued(other, Value("", kind="time"))
            start = re.fullmatch(rf"start of (this|last|next) {unit}", other.text)
            if start is None:
                return None
            following = {"last": f"start of this {unit}", "this": f"start of next {unit}"}.get(start[1])
            if op in ("=", "!="):
                period = f"{line} in {start[1]} calendar {unit}"
                held = Value(period, COMPARE, "bool", value.rows, own=value.own)
                return held if op == "=" else negated(held)
            if op in ("<", ">="):
                return self.compared(op, value, other)
            if following is None:
                return None
            return self.compared("<" if op == "<=" else ">=", value, Value(following, PRIMARY, "time", moment="start"))

        return Beside("periods of the calendar are asked as in `renewal_date in this calendar month`", compared)

    def weekday_by_name(self, value: Value) -> Meaning:
        line = f"weekday of {fitted(value, PRIMARY)}"

        def named(one: Value) -> str | None:
            said = one.literal.lower() if isinstance(one.literal, str) else ""
            return next((d for d in _DAYS if len(said) >= 2 and d.startswith(said)), None)

        def compared(op: str, other: Meaning) -> Value | None:
            items = other.items if isinstance(other, Series) else (other,)
            names = [named(i) if isinstance(i, Value) else None for i in items]
            if not all(names) or op not in ("=", "!=", "in", "not in"):
                return None
            return self._on_days(line, [n for n in names if n], value, op in ("!=", "not in"))

        return Beside(f'a weekday is a word here: `{line} = "monday"`', compared)

    def weekday(self, value: Value, base: int | str) -> Meaning:
        """A number of a weekday; `base` is the number of Sunday, or of Monday where it is 1, or both in words."""
        line = f"weekday of {fitted(value, PRIMARY)}"
        week = {0: (6, 0), 1: (0, 1), "sunday 1": (6, 1), "monday 0": (0, 0)}[base]

        def day(n: Fraction) -> str | None:
            index = int(n) - week[1]
            return _DAYS[(index + week[0]) % 7] if n.denominator == 1 and 0 <= index < 7 else None

        def compared(op: str, other: Meaning) -> Value | None:
            items = other.items if isinstance(other, Series) else (other,)
            numbers = [i.literal for i in items if isinstance(i, Value) and isinstance(i.literal, Fraction)]
            if not numbers or len(numbers) != len(items):
                return None
            every = [Fraction(i + week[1]) for i in range(7)]
            holds = {"in": lambda n: n in numbers, "not in": lambda n: n not in numbers, **_comparisons(numbers[0])}
            names = [d for n in every if op in holds and holds[op](n) and (d := day(n))]
            if not 0 < len(names) < 7:
                return None
            few = names if len(names) <= 4 else [d for d in _DAYS if d not in names]
            return self._on_days(line, few, value, len(names) > 4)

        return Beside(f'a weekday is a word here: `{line} = "monday"`', compared)

    def _on_days(self, line: str, days: Sequence[str], value: Value, is_negated: bool) -> Value:
        ordered = [d for d in _DAYS if d in days]
        if len(ordered) == 1:
            signs = (f'{line} = "{ordered[0]}"', f'{line} != "{ordered[0]}"')
        else:
            listed = ", ".join(f'"{d}"' for d in ordered)
            signs = (f"{line} in ({listed})", f"{line} not in ({listed})")
        first, second = reversed(signs) if is_negated else signs
        return Value(first, COMPARE, "bool", value.rows, own=value.own, negation=second)

    # -- rows --

    @contextmanager
    def inside(self, rows: Rows | None, aliases: Mapping[str, Rows | None]) -> Iterator[None]:
        """Inside, bare names are fields of the rows, and the names of fields of the customer follow the entity."""
        before = self.bare, self.aliases, self.columns
        self.bare, self.aliases, self.columns = rows, {**self.aliases, **aliases}, {}
        try:
            yield
        finally:
            self.bare, self.aliases, self.columns = before

    def _each(self, node: tree.Each) -> Meaning:
        """A comprehension: rows, or the values of their field."""
        self.changed = True
        if node.rows is None:
            raise Unclear
        rows = self.rows_of(node.rows)
        with self.inside(rows, {v: replace(rows, conditions=()) for v in node.variables}):
            if node.condition is not None:
                rows = rows.where(self.holds(self.meaning(node.condition)))
            if (
                isinstance(node.body, tree.Name)
                and node.body.parts[0].lower() in node.variables
                and len(node.body.parts) == 1
            ):
                return rows
            return of_rows(self.meaning(node.body), rows)

    def mapped(self, rows: Rows, each: tree.Node) -> Value:
        """What a function of each row gives, as in `rows.map(r => r.amount)`."""
        if not isinstance(each, tree.Each) or not each.variables:
            raise Unclear
        with self.inside(rows, {each.variables[0]: replace(rows, conditions=())}):
            body = self.meaning(each.body)
        if isinstance(body, Value):
            return replace(body, rows=rows)
        raise Unclear

    def filtered(self, rows: Rows, condition: tree.Node) -> Rows:
        """Rows for which a condition is true: a function of each row, or a condition on their fields."""
        if rows.name == self.population.name and self.bare is None and self.grouped is None:
            raise Unclear  # count(account[account.arr > 5]): a rule asks each customer by itself
        base = rows.each
        if isinstance(condition, tree.Each):
            if not condition.variables:
                raise Unclear
            with self.inside(base, {condition.variables[0]: base}):
                value = self.holds(self.meaning(condition.body))
            return rows.where(value)
        if self.bare is None and rows.name != self.population.name:
            value = self.holds(self.meaning(condition))
            if value.rows is not None and value.rows.name == rows.name:
                return rows.where(value)
        with self.inside(base, {rows.name: base, rows.relation.name: base}):
            value = self.holds(self.meaning(condition))
        return rows.where(value)

    def rows_of(self, node: tree.Node) -> Rows:
        """The rows that a node names."""
        meaning = self.meaning(node)
        if isinstance(meaning, Rows):
            return meaning
        if isinstance(meaning, Value) and meaning.rows is not None:
            return meaning.rows if meaning.kind != "bool" else meaning.rows.where(meaning)
        raise Unclear

    def column(self, node: tree.Node) -> Value:
        """A value of each row: of a table's, or of all customers where it is the customer's own."""
        meaning = self.meaning(node)
        if isinstance(meaning, Rows):
            amounts = [n for n, f in meaning.relation.fields.items() if ty.is_numeric(f.type)]
            if len(amounts) != 1:
                raise Unclear
            return self.field_of(meaning, amounts[0])
        value = self.alone(meaning)
        if value.rows is not None:
            return value
        return self.of_everybody(value)

    def of_everybody(self, value: Value) -> Value:
        """A value of the customer as one of all customers."""
        if not value.own or self.bare is not None:
            raise Unclear
        line = value.text.replace(f"{self.entity}.", "") if value.path else value.text
        return replace(value, text=line, rows=self.population)

    def any_of(self, rows: Rows) -> Value:
        line, none = self.aggregate("any", rows), self.aggregate("none", rows)
        return Value(line, PRIMARY, "bool", negation=none, own=True)

    def aggregate(self, function: str, rows: Rows, field: str = "", having: Value | None = None) -> str:
        """A line such as `count(tickets in last 30 days where priority = "high")`."""
        latest = f"latest {rows.latest} " if rows.latest else ""
        name = f"{rows.name}.{field}" if field else rows.name
        per = f" per {rows.per}" if rows.per else ""
        window, rest = self._window(rows)
        where = f" where {joined('and', rest).text}" if rest else ""
        asked = [*rows.having, *([having] if having is not None else [])]
        if rows.having and having is not None:
            raise Unclear  # `all` and `share` of some of the latest rows
        has = f" having {joined('and', asked).text}" if asked else ""
        return f"{function}({latest}{name}{per}{window}{where}{has})"

    def _window(self, rows: Rows) -> tuple[str, list[Value]]:
        """The conditions on the time of rows as a window, with the other conditions."""
        flat = list(rows.conditions)
        timed = [c for c in flat if c.at is not None]
        rest = [c for c in flat if c.at is None]
        since = [c for c in timed if c.at and (c.at[0] == ">=" or (c.at[0] == ">" and not rows.relation.by_date))]
        until = [c for c in timed if c.at and (c.at[0] == "<" or (c.at[0] == "<=" and not rows.relation.by_date))]
        other = [c for c in timed if c not in since and c not in until]
        if len(since) > 1 or len(until) > 1 or rows.latest or not timed or rows.name.startswith("all "):
            return "", flat
        first = since[0].at[1] if since and since[0].at else None
        last = until[0].at[1] if until and until[0].at else None
        rest += other
        if last is not None and last.moment in ("now",) and first is not None:
            last = None
        if first is not None and last is None:
            if first.ago is not None and first.moment == "ago":
                return f" in last {first.ago.text}", rest
            if first.ago is not None and first.moment == "before today" and not rows.relation.by_date:
                exact = self.choose("counted from this moment", "counted from midnight")
                return (f" in last {first.ago.text}" if exact == 0 else f" since {first.text}"), rest
            if first.moment == "now":
                return "", flat
            return f" since {first.text}", rest
        if first is None and last is not None:
            return f" before {last.text}", rest
        if first is not None and last is not None:
            return f" from {first.text} until {last.text}", rest
        return "", flat

    # -- operators --

    def _unary(self, op: str, x: tree.Node) -> Meaning:
        meaning = self.meaning(x)
        if op == "not":
            value = self.holds(meaning)
            if value.rows is not None and self.bare is None:
                return negated(self.about_customer(value))
            return negated(value)
        if isinstance(meaning, Value) and meaning.kind == "bool":
            return meaning  # `--(a = b)`, which makes a number of a condition
        if isinstance(meaning, Length):
            return Length(-meaning.count, meaning.unit)
        value = self.alone(meaning)
        if isinstance(value.literal, Fraction):
            return replace(value, text=f"-{value.text}", level=UNARY, literal=-value.literal)
        return Value(f"-{fitted(value, UNARY)}", UNARY, "number", value.rows, own=value.own)

    def _binary(self, node: tree.Binary) -> Meaning:
        op = node.op
        if op in ("and", "or"):
            return self._junction(op, node)  # type: ignore[arg-type]  # one of the two
        if op == "xor":
            a, b = self.condition(node.a), self.condition(node.b)
            return self.one_of_two(a, b)
        if op in FLIPPED:
            if (held := self._on_weekdays(op, node)) is not None:
                return held
            self.changed |= self.text[node.a.end : node.b.start].strip() in ("===", "!==")
            return self.compare(op, node.a, node.b)
        if op in ("is", "is not"):
            return self._is_truth(op, self.holds(self.meaning(node.a)), self.holds(self.meaning(node.b)))
        if op == "same":
            self.changed = True
            a, b = self.value(node.a), self.value(node.b)
            if isinstance(b.literal, bool):
                return self._is_truth("is", a, b)
            a, b = self.valued(a, b), self.valued(b, a)
            return Value(f"same({a.text}, {b.text})", PRIMARY, "bool", together(a, b), own=True)
        if op == "??":
            self.changed = True
            return self.first_known([node.a, node.b])
        if op == "&":
            return self.concatenated([node.a, node.b])
        return self._calculated(node)

    def _is_truth(self, op: str, value: Value, truth_: Value) -> Value:
        """`autopay IS NOT TRUE`, which is true where the field is missing."""
        self.changed = True
        if value.literal is not None or truth_.literal is None:
            raise Unclear
        so = value if truth_.literal else negated(value)
        if not value.path:
            if op == "is not":
                raise Unclear
            return replace(so, negation="")
        unlike = joined("or", [self.is_missing(value, False), negated(so)])
        if op == "is":
            return replace(so, negation=f"({unlike.text})")
        return replace(unlike, negation=so.text)

    def one_of_two(self, a: Value, b: Value) -> Value:
        return joined("or", [joined("and", [a, negated(b)]), joined("and", [negated(a), b])])

    def first_known(self, nodes: Sequence[tree.Node]) -> Value:
        values = [self.value(n) for n in nodes]
        values = [self.valued(v, values[0]) for v in values]
        if any(v.kind == "bool" and v.literal is None for v in values):
            raise Unclear
        line = ", ".join(v.text for v in values)
        return Value(
            f"first_known({line})",
            PRIMARY,
            values[0].kind,
            together(*values),
            own=True,
            type=values[0].type,
            known=tuple(values),
        )

    def _junction(self, op: Literal["and", "or"], node: tree.Binary) -> Meaning:
        nodes, left = list[tree.Node](), [node]  # type: list[tree.Node], list[tree.Node]
        while left:
            one = left.pop()
            if isinstance(one, tree.Binary) and one.op == op:
                left += [one.b, one.a]
            else:
                nodes.append(one)
        if any(a.end > b.start for a, b in itertools.pairwise(nodes)):
            self.changed = True  # 1 < x < 5
        return self.junction(op, [self.holds(self.meaning(n)) for n in nodes])

    def junction(self, op: Literal["and", "or"], values: Sequence[Value]) -> Value:
        """Conditions joined; those on the rows of one table are about the same row."""
        if self.bare is not None:
            return self._flat(op, values)
        if op == "and" and (period := self._period(values)) is not None:
            return period
        grouped = list[list[Value]]()
        for value in values:
            same = next(
                (
                    g
                    for g in grouped
                    if value.rows is not None and g[0].rows is not None and g[0].rows.name == value.rows.name
                ),
                None,
            )
            if same is None:
                grouped.append([value])
            else:
                same.append(value)
        joint = [self._flat(op, g) for g in grouped]
        if len(joint) == 1:
            return joint[0]
        return self._flat(op, [self.about_customer(v) for v in joint])

    def _flat(self, op: Literal["and", "or"], values: Sequence[Value]) -> Value:
        if op == "and" and len(values) > 1 and all(v.rows is not None for v in values) and any(v.at for v in values):
            rows = together(*values)
            assert rows is not None
            timed = [v for v in values if v.at is not None]
            rest = [v for v in values if v.at is None]
            if rest:
                return (
                    replace(joined("and", rest), rows=rows.where(*timed))
                    if self.bare is None
                    else joined("and", [*timed, *rest])
                )
        if op == "or" and (one := _one_of(values)) is not None:
            return one
        return joined(op, values)

    def _period(self, values: Sequence[Value]) -> Value | None:
        """MONTH(x) = MONTH(TODAY()) and YEAR(x) = YEAR(TODAY()): a calendar period."""
        parts = [re.fullmatch(r"(year|quarter|month) of ([\w.]+) = \1 of today", v.text) for v in values]
        by_path: dict[str, dict[str, int]] = {}
        for i, match in enumerate(parts):
            if match:
                by_path.setdefault(match[2], {})[match[1]] = i
        for path, units in by_path.items():
            smaller = next((u for u in ("month", "quarter") if u in units and "year" in units), None)
            if smaller is not None:
                left = [v for i, v in enumerate(values) if i not in (units[smaller], units["year"])]
                period = Value(f"{path} in this calendar {smaller}", COMPARE, "bool", own=True)
                return self.junction("and", [period, *left])
        return None

    def _calculated(self, node: tree.Binary) -> Meaning:
        a, b = self.meaning(node.a), self.meaning(node.b)
        op = node.op
        if op in ("+", "-") and (shifted := self._shifted(op, a, b)) is not None:
            self.changed = True
            return shifted
        if op in ("*", "+") and (mask := self._masks(op, a, b)) is not None:
            self.changed = True
            return mask
        if op == "/" and (divided := self._divided(a, b)) is not None:
            self.changed = True
            return divided
        if op == "*" and isinstance(b, Length) and isinstance(a, Value) and isinstance(a.literal, Fraction):
            return Length(int(a.literal) * b.count, b.unit)
        if op == "mod":
            self.changed = True
            raise CannotSay(
                "there are no remainders of a division here: let your data say which customers are meant, as a field",
                node.start,
                node.end,
            )
        if op == "div":
            self.changed = True
            raise CannotSay(
                "a division isn't cut off here: `round(a / b)` gives the nearest whole number", node.start, node.end
            )
        if isinstance(a, Beside) and a.kind == "month" and op == "/" and isinstance(b, Value) and b.literal == 3:
            return replace(a, kind="month / 3")
        if op == "/" and isinstance(b, Beside) and b.kind == "null if" and b.inner is not None:
            b = b.inner  # a division by 0 is missing by itself
        x, y = self.alone(a), self.alone(b)
        if op == "+" and "text" in (x.kind, y.kind):
            return self.concatenated([node.a, node.b])
        if (
            isinstance(x.literal, Fraction)
            and isinstance(y.literal, Fraction)
            and op != "^"
            and (op != "/" or y.literal)
        ):
            figures = {"+": x.literal + y.literal, "-": x.literal - y.literal, "*": x.literal * y.literal}
            exact = figures[op] if op in figures else x.literal / y.literal
            line = f"{fitted(x, PRODUCT if op in '*/' else SUM)} {op} {fitted(y, UNARY if op in '*/' else PRODUCT)}"
            return Value(line, PRODUCT if op in "*/" else SUM, "number", literal=exact)
        if x.kind in ("text", "set", "bool", "time") or y.kind in ("text", "set", "bool", "time"):
            raise Unclear
        if (x.rows is None) != (y.rows is None):
            if x.rows is None and x.own:
                x = self.from_outside(node.a)
            if y.rows is None and y.own:
                y = self.from_outside(node.b)
        rows = together(x, y)
        own = x.own or y.own
        if op == "^":
            self.changed = True
            if isinstance(y.literal, Fraction) and y.literal in (2, 3):
                one = fitted(x, UNARY)
                return Value(" * ".join([one] * int(y.literal)), PRODUCT, "number", rows, own=own)
            raise CannotSay("there are no powers here: write a product, as in `x * x`", node.start, node.end)
        level = PRODUCT if op in "*/" else SUM
        right = level + 1 if op in "-/" else level
        return Value(
            f"{fitted(x, level)} {op} {fitted(y, right if op in '-/' else level)}",
            level,
            "number",
            rows,
            own=own,
            type=x.type or y.type,
        )

    def from_outside(self, node: tree.Node) -> Value:
        """A value of the customer as it stands inside the rows of a table."""
        before, self.outer = self.outer, True
        try:
            return self.value(node)
        finally:
            self.outer = before

    def _shifted(self, op: str, a: Meaning, b: Meaning) -> Meaning | None:
        """A time and a length of time, a number of days, or another time."""
        if isinstance(a, Beside) and a.value is not None and a.value.kind == "time":
            a = a.value
        if isinstance(b, Beside) and b.value is not None and b.value.kind == "time":
            b = b.value
        if isinstance(b, Value) and b.kind == "time" and op == "+" and not (isinstance(a, Value) and a.kind == "time"):
            a, b = b, a
        if not isinstance(a, Value) or a.kind != "time":
            return None
        if isinstance(b, Value) and b.kind == "time" and op == "-":
            days = self.difference(b, a, "day")
            if a.is_in_milliseconds or b.is_in_milliseconds:
                return self.counted(days, Fraction(1))
            return replace(days, moment="until") if b.moment == "today" and a.path else days
        if isinstance(b, Value) and isinstance(b.literal, Fraction) and b.literal.denominator == 1:
            in_days = Length(int(b.literal), "day")
            b = (_length_of_milliseconds(b.literal) or b) if a.is_in_milliseconds else in_days
        if not isinstance(b, Length):
            return None
        return self.moved(a, b if op == "+" else Length(-b.count, b.unit))

    def counted(self, days: Value, one: Fraction) -> Beside:
        """The time between two moments as a number, of which one stands for `one` milliseconds."""

        def compared(op: str, other: Meaning) -> Value | None:
            if (
                not isinstance(other, Value)
                or not isinstance(other.literal, Fraction)
                or op not in ("<", "<=", ">", ">=")
            ):
                return None
            if other.literal * one < 60_000 and one == 1:
                return self.compared(op, days, other)  # nobody asks for milliseconds: days are meant
            length = _length_of_milliseconds(other.literal * one)
            return None if length is None else self._longer(op, days, length)

        why = "time between two moments is counted in whole days here, as in `days since created_at`"
        return Beside(why, compared, inner=days, kind=f"milliseconds {one}")

    def _divided(self, a: Meaning, b: Meaning) -> Meaning | None:
        """The time between two moments in another unit, as in `(now - x) / 86400`."""
        if not isinstance(b, Value) or not isinstance(b.literal, Fraction) or b.literal <= 0:
            return None
        if isinstance(a, Beside) and a.inner is not None and a.kind.startswith("milliseconds "):
            return self.counted(a.inner, Fraction(a.kind.partition(" ")[2]) * b.literal)
        is_whole = isinstance(a, Value) and a.difference is not None and b.literal in (_DAY, 86_400, 1440, 24)
        return a if is_whole else None

    def moved(self, time: Value, by: Length) -> Value:
        """A time before or after another."""
        if by.count == 0:
            return time
        length = Length(abs(by.count), by.unit)
        if time.moment == "now":
            line = f"{length.text} ago" if by.count < 0 else f"{length.text} from now"
            return Value(line, PRIMARY, "time", moment="ago" if by.count < 0 else "from now", ago=length)
        before = by.count < 0
        line = f"{length.text} {'before' if before else 'after'} {fitted(time, PRIMARY)}"
        moment = f"{'before' if before else 'after'} today" if time.moment == "today" else ""
        return Value(line, PRIMARY, "time", time.rows, own=time.own, moment=moment, ago=length if moment else None)

    def difference(self, start: Value, end: Value, unit: str) -> Value:
        """The time from one to another, in whole units."""
        rows = together(start, end)
        if end.moment in ("today", "now"):
            line = f"{unit}s since {fitted(start, PRIMARY)}"
        elif start.moment in ("today", "now"):
            line = f"{unit}s until {fitted(end, PRIMARY)}"
        else:
            line = f"{unit}s from {fitted(start, PRIMARY)} to {fitted(end, PRIMARY)}"
        return Value(line, PRIMARY, "number", rows, own=start.own or end.own, difference=(end, start))

    def _masks(self, op: str, a: Meaning, b: Meaning) -> Value | None:
        """Conditions multiplied or added, as in SUMPRODUCT((a = x) * (b = y))."""
        if not isinstance(a, Value) or not isinstance(b, Value):
            return None
        if b.kind == "bool" and a.kind != "bool":
            a, b = b, a
        if a.kind != "bool" or (a.literal is not None and b.kind != "bool"):
            return None
        if b.kind == "bool":
            return self.junction("and" if op == "*" else "or", [a, b])
        if op == "*" and b.literal == 1:
            return a
        if op == "+" and b.literal == 0:
            return a
        if op == "*" and b.rows is not None and a.rows is not None:
            return replace(b, rows=merged(b.rows, a.rows.where(a)))
        return None

    # -- comparisons --

    def compare(self, op: str, node_a: tree.Node, node_b: tree.Node) -> Value:
        a, b = self.meaning(node_a), self.meaning(node_b)
        for one, other, sign in ((a, b, op), (b, a, FLIPPED[op])):
            if isinstance(one, Beside):
                compared = one.compared(sign, other)
                if compared is not None:
                    self.changed = True
                    return compared
        if isinstance(a, Series) and isinstance(b, Series):
            raise Unclear
        if isinstance(a, Rows) and isinstance(b, Value) and b.literal is MISSING and op in ("=", "!="):
            found = self.any_of(a)
            return found if op == "!=" else negated(found)
        for one, other, sign in ((a, b, op), (b, a, FLIPPED[op])):
            if isinstance(one, Series) and isinstance(other, Value) and sign in ("=", "!="):
                self.changed = True
                return self.within(other, one, sign == "!=")
            if isinstance(one, Length) and isinstance(other, Value) and other.difference is not None:
                return self._longer(FLIPPED[sign], other, one)
        x, y = self._side(a), self._side(b)
        if x.rows is not None and y.rows is None and y.own:
            y = self.from_outside(node_b)
        elif y.rows is not None and x.rows is None and x.own:
            x = self.from_outside(node_a)
        return self.compared(op, x, y)

    def _side(self, meaning: Meaning) -> Value:
        return self.alone(meaning)

    def _longer(self, op: str, difference: Value, length: Length) -> Value:
        """`a - b > 30 days` as `a > 30 days after b`."""
        assert difference.difference is not None
        end, start = difference.difference
        if end.moment:
            return self.compared(FLIPPED[op], start, self.moved(end, Length(-length.count, length.unit)))
        return self.compared(op, end, self.moved(start, length))

    def compared(self, op: str, a: Value, b: Value) -> Value:
        """A comparison of two values."""
        a, b = self.valued(a, b), self.valued(b, a)
        for one, other in ((a, b), (b, a)):
            answer = _choice_equals(one, other) if one.choices and op in ("=", "!=") else None
            if answer is not None:
                self.changed = True
                return answer if op == "=" else negated(answer)
            if one.parts and op in ("=", "!=") and isinstance(other.literal, str):
                self.changed = True
                same = self._taken_apart(one.parts, other.literal)
                return same if op == "=" else negated(same)
        for one, other, sign in ((a, b, op), (b, a, FLIPPED[op])):
            if sign in ("=", "!=") and (other.literal is MISSING or other.literal == ""):
                if one.known and one.known[-1].literal is not None and one.known[-1].literal != other.literal:
                    raise Unclear  # with a value in place of what is missing, it never is
                return self.is_missing(one, sign == "!=")
            if (
                sign in ("=", "!=")
                and one.kind == "bool"
                and (isinstance(other.literal, bool) or other.literal in (1, 0))
                and one.literal is None
            ):
                yes = bool(other.literal) == (sign == "=")
                return one if yes else negated(one)
            if one.kind == "set" and other.kind == "text" and sign in ("=", "!="):
                return self._has(one, other, sign == "!=")
        if a.literal is not None and b.literal is None:
            a, b, op = b, a, FLIPPED[op]
        rows = together(a, b)
        if a.moment == "until" and a.difference is not None and op in ("<", "<=") and isinstance(b.literal, Fraction):
            days = int(b.literal) + (op == "<=")
            if days > 0 and b.literal.denominator == 1 and self.choose("of those ahead", "those gone by too") == 0:
                return Value(f"{a.difference[0].text} in next {days} days", COMPARE, "bool", rows, own=True)
        at = None
        if rows is not None and a.path and a.path == rows.relation.at:
            at = (op, b)
        line = f"{fitted(a, SUM)} {op} {fitted(b, SUM)}"
        opposite = f"{fitted(a, SUM)} {NEGATED[op]} {fitted(b, SUM)}"
        return Value(line, COMPARE, "bool", rows, own=a.own or b.own, negation=opposite, at=at)

    def valued(self, value: Value, beside: Value) -> Value:
        """A literal as the field beside it has it: a date, or a value of a list whatever its capitals."""
        if (
            isinstance(beside.type, ty.Version)
            and value.kind == "number"
            and re.fullmatch(r"\d+(?:\.\d+)?", value.text)
        ):
            self.changed = True
            self.note("a version stands in double quotes")
            return text(value.text)
        if not isinstance(value.literal, str) or value.kind != "text":
            return value
        if beside.kind == "time":
            days = days_of(value.literal)
            if not days:
                raise Unclear
            chosen = days[0] if len(days) == 1 else days[self.choose("the day first", "the month first")]
            return Value(chosen, PRIMARY, "time", literal=chosen)
        if isinstance(beside.type, ty.Enum):
            same = [v for v in beside.type.values if v.casefold() == value.literal.casefold()]
            return text(same[0]) if same else value
        if beside.kind == "number" and re.fullmatch(r"-?\d+(?:\.\d+)?", value.literal):
            return number(Fraction(value.literal))
        if beside.kind == "bool" and value.literal.lower() in ("true", "false", "yes", "no"):
            return truth(value.literal.lower() in ("true", "yes"))
        return value

    def is_missing(self, value: Value, is_negated: bool) -> Value:
        if value.added is not None:
            found = self.any_of(value.added)
            return found if is_negated else negated(found)
        if value.known and value.known[-1].literal == "":
            every = joined("and", [self.is_missing(v, False) for v in value.known[:-1]])
            return negated(every) if is_negated else every
        line, opposite = f"{fitted(value, SUM)} is missing", f"{fitted(value, SUM)} is not missing"
        if is_negated:
            line, opposite = opposite, line
        return Value(line, COMPARE, "bool", value.rows, own=value.own, negation=opposite)

    def _has(self, a: Value, b: Value, is_negated: bool) -> Value:
        line, opposite = f"{a.text} has {b.text}", f"{a.text} has none ({b.text})"
        if is_negated:
            line, opposite = opposite, line
        return Value(line, COMPARE, "bool", a.rows, own=a.own, negation=opposite)

    def _taken_apart(self, parts: Sequence[Value], whole: str) -> Value:
        """`plan & "-" & region = "team-DE"` as a comparison of each part."""
        found = _splits([p.literal if isinstance(p.literal, str) else p for p in parts], whole)
        if len(found) != 1:
            raise CannotSay("texts aren't joined here: compare each field with its own part of the text")
        return joined("and", [self.compared("=", p, text(piece)) for p, piece in found[0]])

    def concatenated(self, nodes: Sequence[tree.Node]) -> Value:
        """Texts joined by `&`, or conditions joined by it as in Python."""
        meanings = [self.meaning(n) for n in nodes]
        if all(
            (isinstance(m, Value) and m.kind == "bool") or (isinstance(m, Beside) and m.condition) for m in meanings
        ):
            self.changed = True
            return self.junction("and", [self.holds(m) for m in meanings])
        values = [self.alone(m) for m in meanings]
        parts = [p for v in values for p in (v.parts or (v,))]
        if any(p.kind == "bool" for p in parts):
            raise Unclear
        self.changed = True
        line = " & ".join(p.text for p in parts)
        return Value(
            line,
            OR,
            "text",
            together(*values),
            own=any(v.own for v in values),
            parts=tuple(parts),
        )

    def _on_weekdays(self, op: str, node: tree.Binary | tree.In) -> Value | None:
        """`weekday of created_at in ("Sat", "Sun")`: days by their abbreviations."""
        x, other = (node.x, node.values) if isinstance(node, tree.In) else (node.a, node.b)
        if not isinstance(x, tree.Call) or x.name != "weekday of":
            return None
        meaning = self.meaning(other)
        items = meaning.items if isinstance(meaning, Series) else (meaning,)
        said = [i.literal if isinstance(i, Value) and isinstance(i.literal, str) else "" for i in items]
        short = {d[:n]: d for d in _DAYS for n in (2, 3, 4, 5)} | {d: d for d in _DAYS}
        if all(s in _DAYS for s in said) or not all(s.lower().rstrip(".") in short for s in said):
            return None
        self.changed = True
        self.note("a weekday is a word")
        value = self.value(x.arguments[0])
        days = [short[s.lower().rstrip(".")] for s in said]
        return self._on_days(f"weekday of {fitted(value, PRIMARY)}", days, value, op in ("!=", "not in"))

    def _in(self, node: tree.In) -> Meaning:
        values = node.values
        if (held := self._on_weekdays("not in" if node.negated else "in", node)) is not None:
            return held
        if isinstance(values, tree.Query):
            return self._in_query(node.x, values, node.negated)
        x, many = self.meaning(node.x), self.meaning(values)
        if isinstance(x, Beside):
            compared = x.compared("not in" if node.negated else "in", many)
            if compared is not None:
                self.changed = True
                return compared
        if isinstance(many, Beside) and many.inner is not None:  # "corp" in name.lower()
            compared = many.compared("holds", x)
            if compared is not None:
                self.changed = True
                return negated(compared) if node.negated else compared
        one = self.alone(x)
        inside = isinstance(many, Value) and self.bare is not None and many.rows == self.bare
        a_text = isinstance(many, Value) and many.kind == "text" and (many.rows is None or inside)
        if isinstance(many, Value) and a_text and one.literal is not None:
            self.changed = True
            if isinstance(many.type, ty.Enum):
                return self.compared("!=" if node.negated else "=", many, one)
            return self.test("contains", many, one, ignoring=False, is_negated=node.negated)
        if isinstance(many, Value) and many.kind == "set":
            self.changed = True
            return self._has(many, one, node.negated)
        if isinstance(many, Value) and many.rows is not None:
            self.changed = True
            same = self.compared("=", many, one if not one.own else self.from_outside(node.x))
            found = self.any_of((same.rows or many.rows).where(same))
            return negated(found) if node.negated else found
        if isinstance(many, Value) and many.literal is not None:
            if one.kind in ("", "time") and isinstance(values, tree.Number):
                raise Unclear  # `signed up in 2025`
            many = Series((many,))
        if isinstance(many, Value) and not many.rows and many.path:
            many = Series((), many.text)
        if not isinstance(many, Series):
            raise Unclear
        if not isinstance(values, tree.Name) and not self.text[values.start : values.end].startswith("("):
            self.changed = True
        return self.within(one, many, node.negated)

    def within(self, x: Value, many: Series, is_negated: bool, ignoring: str = "") -> Value:
        items = tuple(self.valued(v, x) for v in many.items)
        if any(v.literal is None or v.literal is MISSING for v in items) and not many.name:
            raise Unclear
        listed = many.name or f"({', '.join(v.text for v in items)})"
        line, opposite = f"{fitted(x, SUM)} in {listed}{ignoring}", f"{fitted(x, SUM)} not in {listed}{ignoring}"
        if is_negated:
            line, opposite = opposite, line
        return Value(line, COMPARE, "bool", x.rows, own=x.own, negation=opposite)

    def _in_query(self, x: tree.Node, query: tree.Query, is_negated: bool) -> Value:
        """`id IN (SELECT account_id FROM tickets WHERE …)`, or `'open' IN (SELECT status FROM tickets)`."""
        self.changed = True
        first = query.columns[0][0] if query.columns else None
        whole = len(query.sources) != 1 or query.having is not None or query.also or query.named or query.most
        if (
            whole
            and self.taken is not None
            and self.bare is None
            and self.own is not None
            and self.is_key(x, self.own)
            and self.is_key(first, self.own)
        ):
            with self.inside(None, {}):
                value = self.taken(self, query)
            return negated(value) if is_negated else value
        rows = self.rows_of_query(query)
        if rows.name == self.population.name:
            if self.is_key(first, rows.relation) and rows.conditions and self.is_key(x, self.own):
                held = replace(joined("and", [replace(c, rows=None) for c in rows.conditions]), own=True)
                return negated(held) if is_negated else held
            raise Unclear
        if self.is_key(first, rows.relation) and (self.is_key(x, self.own) or self.bare is not None):
            found = self.any_of(rows)
        else:
            assert first is not None
            with self.inside(replace(rows, conditions=()), self._query_aliases(query)):
                column = self.value(first)
            one = self.value(x)
            if one.own:
                one = self.from_outside(x)
            same = self.compared("=", replace(column, rows=rows), one)
            found = self.any_of(rows.where(replace(same, rows=None)))
        return negated(found) if is_negated else found

    def is_key(self, node: tree.Node | None, relation: Relation | None) -> bool:
        """Tells whether a name is that of a key, or of the owner of rows."""
        if not isinstance(node, tree.Name) or relation is None:
            return isinstance(node, (tree.Star, tree.Number))
        last = node.parts[-1].lower()
        own = self.own
        return last in {relation.by, relation.key, own.key if own else None, "id", f"{self.entity}_id"}

    def _between(self, x: tree.Node, low: tree.Node, high: tree.Node, is_negated: bool) -> Value:
        one = self.meaning(x)
        if isinstance(one, Beside):
            first, last = one.compared(">=", self.meaning(low)), one.compared("<=", self.meaning(high))
            if first is not None and last is not None:
                self.changed = True
                both = joined("and", [first, last])
                return negated(both) if is_negated else both
        value = self.alone(one)
        a, b = self.value(low), self.value(high)
        if value.rows is not None and (a.own or b.own):
            a, b = self.from_outside(low), self.from_outside(high)
        a, b = self.valued(a, value), self.valued(b, value)
        rows = together(value, a, b)
        if (
            rows is not None
            and value.path
            and value.path == rows.relation.at
            and not is_negated
            and not rows.relation.by_date
        ):
            first, last = self.compared(">=", value, a), self.compared("<=", value, b)
            return replace(last, rows=(last.rows or rows).where(first))
        line = f"{fitted(value, SUM)} between {fitted(a, SUM)} and {fitted(b, SUM)}"
        opposite = f"{fitted(value, SUM)} not between {fitted(a, SUM)} and {fitted(b, SUM)}"
        if is_negated:
            line, opposite = opposite, line
        return Value(line, COMPARE, "bool", rows, own=value.own, negation=opposite)

    def _like(self, node: tree.Like) -> Value:
        native = node.kind in ("contains", "starts with", "ends with", "matches")
        if not native:
            self.changed = True
        if isinstance(node.pattern, tree.Pattern):  # /@gmail\.com$/i
            one, how = self.value(node.x), node.pattern
            return self.pattern(one, how.value, ignoring=node.ignoring or how.ignoring, is_negated=node.negated)
        x, b = self.meaning(node.x), self.meaning(node.pattern)
        ignoring = node.ignoring
        if isinstance(x, Beside):
            if x.inner is None or x.kind != "case":
                raise Unclear
            x, ignoring = x.inner, True
            self.changed = True
        value, pattern = self.alone(x), self.alone(b)
        if not isinstance(pattern.literal, str):
            if native and pattern.text:
                return self.test(node.kind, value, pattern, ignoring=ignoring, is_negated=node.negated)
            raise Unclear
        if native:
            return self.test(node.kind, value, pattern, ignoring=ignoring, is_negated=node.negated)
        if node.kind == "pattern":
            return self.pattern(value, pattern.literal, ignoring=ignoring, is_negated=node.negated)
        if node.kind == "similar":
            signs = {"%": ".*", "_": ".", ".": r"\.", "^": r"\^", "$": r"\$"}
            if "\\" in pattern.literal:
                raise Unclear
            regex = "".join(signs.get(c, c) for c in pattern.literal)
            return self.test("matches", value, text(regex), ignoring=ignoring, is_negated=node.negated)
        return self.like(
            value, pattern.literal, "%", "_", ignoring=ignoring, is_negated=node.negated, escape=node.escape
        )

    def like(
        self,
        x: Value,
        pattern: str,
        many: str,
        one: str,
        *,
        ignoring: bool,
        is_negated: bool = False,
        escape: str = "\\",
    ) -> Value:
        """A text with signs for any letters, by the test that says the same; the sign after `escape` means itself."""
        if len(escape) > 1:
            raise Unclear
        if many == "%" and re.search(r"\[[^\]]+\]", pattern):  # a range for some databases, for others a text
            raise CannotSay('letters of which one may stand there are asked with a pattern, as in `matches "[A-C].*"`')
        if not pattern:
            return self.is_missing(x, is_negated)
        pieces = re.findall(rf"{re.escape(escape)}.|[\s\S]" if escape else r"[\s\S]", pattern)
        signs = [(p[-1], "" if len(p) > 1 else {many: ".*", one: "."}.get(p, "")) for p in pieces]
        letters = "".join(c for c, sign in signs if sign != ".*")
        if not letters:
            return self.is_missing(x, not is_negated)
        starts, ends = signs[0][1] != ".*", signs[-1][1] != ".*"
        bare = list(itertools.dropwhile(lambda s: s[1] == ".*", signs))
        while bare[-1][1] == ".*":
            bare.pop()
        inner = "".join(c for c, _ in bare)
        if any(sign for _, sign in bare):
            regex = "".join(sign or (c if c.isspace() else re.escape(c)) for c, sign in signs)
            return self.test("matches", x, text(regex), ignoring=ignoring, is_negated=is_negated)
        if x.kind == "set" and not starts and not ends:
            return self._has(x, text(inner), is_negated)
        if starts and ends:
            if ignoring:
                line = f"{x.text} = {text(inner).text} ignoring case"
                same = Value(line, COMPARE, "bool", x.rows, own=x.own, negation=line.replace(" = ", " != ", 1))
            else:
                same = self.compared("=", x, text(inner))
            return negated(same) if is_negated else same
        kind = "starts with" if starts else "ends with" if ends else "contains"
        return self.test(kind, x, text(inner), ignoring=ignoring, is_negated=is_negated)

    def pattern(self, x: Value, regex: str, *, ignoring: bool = False, is_negated: bool = False) -> Value:
        self.note("a pattern in a part of a text is `contains pattern`")
        return self.test("contains pattern", x, text(regex), ignoring=ignoring, is_negated=is_negated)

    def test(self, kind: str, x: Value, value: Value, *, ignoring: bool, is_negated: bool = False) -> Value:
        """A test of a text."""
        if x.kind == "set" and kind == "contains":
            return self._has(x, value, is_negated)
        line = f"{fitted(x, SUM)} {kind} {fitted(value, SUM)}{' ignoring case' if ignoring else ''}"
        tested = Value(line, COMPARE, "bool", together(x, value), own=x.own)
        return negated(tested) if is_negated else tested

    # -- choices --

    def chosen(self, arms: Sequence[tuple[Value, tree.Node]], otherwise: tree.Node | None, node: tree.Node) -> Value:
        """`if … then … else … end`."""
        values = [(c, self._result(v)) for c, v in arms]
        last = self._result(otherwise) if otherwise is not None else None
        every = [v for _, v in values] + ([last] if last is not None else [])
        kinds = {v.kind for v in every if v.literal is not MISSING}
        if last is None:
            last_ = truth(False) if kinds <= {"bool"} else Value("missing", PRIMARY, literal=MISSING)
        else:
            last_ = last
        if "bool" in kinds and kinds - {"bool", ""} <= {"number"}:  # IF(a, TRUE, 0)
            every_ = [self._as_truth(v) for v in (*(v for _, v in values), last_)]
            values, last_, kinds = [(c, v) for (c, _), v in zip(values, every_)], every_[-1], {"bool"}
        if len(values) == 1 and values[0][1].literal is True and last_.literal is False:
            self.changed = True
            return values[0][0]
        if len(values) == 1 and values[0][1].literal is False and last_.literal is True:
            self.changed = True
            return negated(values[0][0])
        rows = together(*(c for c, _ in values), *every)
        chain = " else ".join(f"if {c.text} then {v.text}" for c, v in values)
        flat = last_.text.removesuffix(" end") if last_.choices else last_.text
        line = f"{chain} else {flat} end"
        choices = (*values, *(last_.choices if last_.choices else ()))
        if re.sub(r"\s+", "", self.text[node.start : node.end]) != re.sub(r"\s+", "", line):
            self.changed = True
            self.note("a choice is written `if … then … else … end`")
        kind: Kind = next(iter(kinds)) if len(kinds) == 1 else ""
        typ = next((v.type for v in every if v.type is not None), None)
        final = last_.otherwise if last_.choices else last_
        return Value(
            line,
            PRIMARY,
            kind,
            rows,
            own=True,
            choices=tuple(choices),
            otherwise=final if otherwise is not None else None,
            type=typ,
        )

    def _as_truth(self, value: Value) -> Value:
        return truth(value.literal == 1) if isinstance(value.literal, Fraction) and value.literal in (0, 1) else value

    def _result(self, node: tree.Node) -> Value:
        value = self.alone(self.meaning(node))
        if value.rows is not None and self.bare is None and value.kind == "bool":
            return self.about_customer(value)
        if value.literal == "":
            return Value("missing", PRIMARY, literal=MISSING)
        return value

    # -- queries --

    def _query_aliases(self, query: tree.Query) -> dict[str, Rows | None]:
        aliases: dict[str, Rows | None] = {}
        for source in query.sources:
            if isinstance(source.rows, tree.Name):
                name = source.rows.parts[-1].lower()
                rows = None if self.is_entity(name) else self.rows_called(name)
                if rows is not None or self.is_entity(name):
                    aliases[name] = rows
                    if source.alias:
                        aliases[source.alias] = rows
        return aliases

    def rows_of_query(self, query: tree.Query) -> Rows:
        """The rows of a query inside a condition."""
        if (
            query.also
            or query.named
            or len(query.sources) != 1
            or query.having is not None
            or (query.groups and query.having)
        ):
            raise Unclear
        source = query.sources[0]
        if isinstance(source.rows, tree.Query):
            inner = source.rows
            rows = self.rows_of_query(inner)
            limited = inner.most is not None and not rows.latest
            if limited or inner.distinct or inner.groups or any(isinstance(c, tree.Call) for c, _ in inner.columns):
                raise Unclear  # it has other rows than its table
        else:
            assert isinstance(source.rows, tree.Name)
            name = source.rows.parts[-1].lower()
            found = self.population if self.is_entity(name) else self.rows_called(name)
            if found is None:
                raise CannotSay(f"there are no rows `{name}` here", source.start, source.end)
            rows = found
        base = rows.each
        aliases = {source.alias or base.name: base, base.relation.name: base, base.name: base}
        if rows.name == self.population.name:
            aliases = {source.alias: base} if source.alias else {}
        conditions = list[Value]()
        outer_aliases = dict(self.aliases)
        with self.inside(base, aliases):
            for part in parts_of("and", query.where):
                if self._is_link(part, base, outer_aliases):
                    continue
                if (per := self._same_group(part, source, base)) is not None:
                    rows = replace(rows, per=per)
                    continue
                value = self.holds(self.meaning(part))
                if value.rows is not None and value.rows.conditions:
                    conditions += value.rows.conditions
                conditions.append(value)
        rows = rows.where(*conditions)
        if query.most is None or not query.order:
            return rows
        time, falls = query.order[0]
        by_time = isinstance(time, tree.Name) and time.parts[-1].lower() == rows.relation.at
        if not (by_time and falls) or query.most < 1 or query.most_is_share or rows.latest:
            raise Unclear
        return replace(rows, latest=query.most)

    def _is_link(self, part: tree.Node, rows: Rows, outer: Mapping[str, Rows | None]) -> bool:
        """Tells whether a condition only joins rows to their customer: `t.account_id = account.account_id`."""
        if (
            not isinstance(part, tree.Binary)
            or part.op != "="
            or not isinstance(part.a, tree.Name)
            or not isinstance(part.b, tree.Name)
        ):
            return False
        return (
            self.is_key(part.a, rows.relation)
            and self.is_key(part.b, rows.relation)
            and rows.name != self.population.name
        )

    def _same_group(self, part: tree.Node, source: tree.Source, rows: Rows) -> str | None:
        """`a2.region = account.region` in a query over all customers: the group."""
        if rows.name != self.population.name or not isinstance(part, tree.Binary) or part.op != "=":
            return None
        a, b = part.a, part.b
        if (
            isinstance(a, tree.Name)
            and isinstance(b, tree.Name)
            and a.parts[-1].lower() == b.parts[-1].lower()
            and a.parts != b.parts
        ):
            return self.names.field([a.parts[-1]])
        return None

    def query(self, node: tree.Query) -> Meaning:
        """A query as a value: an aggregate over rows, or the field of one."""
        self.changed = True
        if (
            len(node.sources) > 1
            and self.taken is not None
            and self.bare is None
            and isinstance(node.columns[0][0], (tree.Star, tree.Number))
        ):
            with self.inside(None, {}):
                return self.taken(self, node)
        if len(node.columns) != 1:
            raise Unclear
        column, _ = node.columns[0]
        if node.most == 1 and isinstance(column, tree.Name):
            return self._of_one_row(node, column)
        if node.groups and not all(self.is_key(g, self.own) for g in node.groups):
            raise Unclear
        rows = self.rows_of_query(node)
        base = rows.each
        source = node.sources[0]
        aliases = {source.alias or base.name: base, base.name: base, base.relation.name: base}
        if isinstance(column, tree.Call):
            with self.inside(base, aliases):
                inner = [
                    a if isinstance(a, tree.Star) else tree.Given(a.start, a.end, self._over_rows(a, rows))
                    for a in column.arguments
                ]
            self.bare, before = None, self.bare
            try:
                given = tuple(tree.Given(a.start, a.end, rows) if isinstance(a, tree.Star) else a for a in inner)
                return self.call(replace(column, arguments=given))
            finally:
                self.bare = before
        if isinstance(column, (tree.Star, tree.Number)) or self.is_key(column, rows.relation):
            return rows
        with self.inside(base, aliases):
            value = self.value(column)
        return replace(value, rows=rows, distinct=node.distinct)

    def _of_one_row(self, node: tree.Query, column: tree.Name) -> Meaning:
        """`SELECT amount FROM invoices ORDER BY … LIMIT 1`: of the newest or oldest row, or the largest or smallest value."""
        rows = self.rows_of_query(replace(node, most=None, order=()))
        if self.is_key(column, rows.relation):
            return rows
        if len(node.order) != 1 or node.most_is_share or rows.latest:
            raise Unclear
        by, falls = node.order[0]
        field, name = column.parts[-1].lower(), by.parts[-1].lower() if isinstance(by, tree.Name) else ""
        if name == rows.relation.at:
            function = "last" if falls else "first"
        elif name == field:
            function = "max" if falls else "min"
        else:
            raise Unclear
        with self.inside(rows.each, self._query_aliases(node)):
            value = self.value(column)
        if not value.path or value.rows is None:
            raise Unclear
        line = self.aggregate(function, rows, value.path)
        return Value(line, PRIMARY, value.kind, type=value.type, own=True)

    def _over_rows(self, node: tree.Node, rows: Rows) -> Meaning:
        return rows if isinstance(node, tree.Number) else of_rows(self.meaning(node), rows)


_DAY = Fraction(86_400_000)


def _length_of_milliseconds(count: Fraction) -> Length | None:
    units = (("day", _DAY), ("hour", Fraction(3_600_000)), ("minute", Fraction(60_000)))
    return next((Length(int(count / one), unit) for unit, one in units if (count / one).denominator == 1), None)


_MOMENTS = {
    "current_date": "today", "current_timestamp": "now", "sysdate": "now", "localtimestamp": "now", "getdate": "now",
    "curdate": "today", "systimestamp": "now",
}  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ATTRIBUTES = {"length", "size", "count", "year", "month", "day", "hour", "days", "quarter", "dayofweek", "weekday"}


def _comparisons(n: Fraction) -> dict[str, Callable[[Fraction], bool]]:
    """Tells for each comparison whether a number stands in it to `n`."""
    return {
        "=": lambda m: m == n, "!=": lambda m: m != n, "<": lambda m: m < n,
        ">": lambda m: m > n, "<=": lambda m: m <= n, ">=": lambda m: m >= n,
    }  # fmt: skip


def parts_of(op: str, node: tree.Node | None) -> list[tree.Node]:
    """The parts of a condition that `and` or `or` joins."""
    if node is None:
        return []
    parts, left = list[tree.Node](), [node]
    while left:
        one = left.pop()
        if isinstance(one, tree.Binary) and one.op == op:
            left += [one.b, one.a]
        else:
            parts.append(one)
    return parts


def days_of(written: str) -> list[str]:
    """The days that a text may mean, as the language writes them; two where day and month are open."""
    if match := re.fullmatch(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})", written):
        return _days([(match[1], match[2], match[3])])
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[ T]00:00(?::00)?", written):
        return [written[:10]]
    if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::\d{2})?", written):
        return [f"{match[1]}T{match[2]}"]
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", written):
        dotted = "." in written
        first = (match[3], match[2], match[1])
        return _days([first] if dotted else [first, (match[3], match[1], match[2])])
    return []


def _day_after(value: Value) -> Value | None:
    import datetime as dt

    if (
        not isinstance(value.literal, str)
        or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.literal)
        or value.literal == "9999-12-31"
    ):
        return None
    day = (dt.date.fromisoformat(value.literal) + dt.timedelta(days=1)).isoformat()
    return Value(day, PRIMARY, "time", literal=day)


def _days(candidates: Sequence[tuple[str, str, str]]) -> list[str]:
    import datetime as dt

    days = list[str]()
    for y, m, d in candidates:
        try:
            days.append(dt.date(int(y), int(m), int(d)).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(days))


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


def _choice_equals(chosen: Value, other: Value) -> Value | None:
    """The condition under which an `if` has a value; None where several arms have a say."""
    if len(chosen.choices) != 1 or chosen.otherwise is None:
        return None
    condition, then = chosen.choices[0]
    otherwise = chosen.otherwise
    if other.literal is None or then.literal is None or otherwise.literal is None or then.literal == otherwise.literal:
        return None
    if then.literal == other.literal:
        return condition
    if otherwise.literal == other.literal:
        return negated(condition)
    return truth(False)


def _one_of(values: Sequence[Value]) -> Value | None:
    """`a = x or a = y` as `a in (x, y)`."""
    found = [re.fullmatch(r'([\w.]+) = ("(?:[^"\\]|\\.)*"|-?[\d_.]+)', v.text) for v in values]
    if len(values) < 2 or not all(found):
        return None
    pairs = [(m[1], m[2]) for m in found if m]
    if len({p for p, _ in pairs}) != 1:
        return None
    listed = ", ".join(v for _, v in pairs)
    path = pairs[0][0]
    return Value(
        f"{path} in ({listed})",
        COMPARE,
        "bool",
        together(*values),
        own=any(v.own for v in values),
        negation=f"{path} not in ({listed})",
    )


def _splits(parts: Sequence[str | Value], whole: str) -> list[list[tuple[Value, str]]]:
    """The ways to split a text among fields with texts between them, where that is unambiguous by the texts between or a field's values."""
    if len(parts) > 6 or len(whole) > 80:
        return []
    if not parts:
        return [[]] if not whole else []
    first, *rest = parts
    if isinstance(first, str):
        return _splits(rest, whole[len(first) :]) if whole.startswith(first) else []
    ends = range(1, len(whole) + 1)
    if isinstance(first.type, ty.Enum):
        ends_ = [e for e in ends if whole[:e] in first.type.values]
    elif rest and isinstance(rest[0], str):
        ends_ = [i for i in ends if whole.startswith(rest[0], i)]
    else:
        ends_ = [len(whole)] if not rest else list(ends)
    return [[(first, whole[:e]), *more] for e in ends_ for more in _splits(rest, whole[e:])]
