"""Rows of a table in formulas, with their conditions and windows -> aggregates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from segdsl.formulas import tree
from segdsl.formulas.cursor import SO_FAR
from segdsl.formulas.meaning.names import NameTranslator
from segdsl.formulas.primaries import joined_by
from segdsl.formulas.tree import parts_of
from segdsl.formulas.values import (
    COMPARE,
    PRIMARY,
    Meaning,
    Rows,
    Unclear,
    Value,
    joined,
    of_rows,
)  # fmt: skip
from segdsl.model import types as ty


class RowTranslator(NameTranslator):
    """A translator of rows and aggregates."""

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

    def during(self, node: tree.During) -> Meaning:
        """Rows, values of them, or an aggregate of them, in a window; a time of the customer that lies in one."""
        x = node.x
        if isinstance(x, tree.Call) and len(x.arguments) == 1 and not x.method:
            inner = replace(x, arguments=(tree.During(x.start, node.end, x.arguments[0], node.window),))
            self.changed = True
            return self.meaning(inner)
        meaning = self.meaning(x)
        rows = meaning if isinstance(meaning, Rows) else meaning.rows if isinstance(meaning, Value) else None
        if node.window.startswith(SO_FAR) and (rows is None or rows.relation.known_at is not None):
            raise Unclear  # rows planned ahead lie in the whole period
        node = replace(node, window=node.window.removeprefix(SO_FAR))
        if isinstance(meaning, Rows) and not meaning.window and not meaning.latest:
            return replace(meaning, window=node.window)
        if isinstance(meaning, Value) and meaning.rows is not None and self.bare is None and not meaning.at:
            if meaning.rows.window or meaning.rows.latest:
                raise Unclear
            return replace(meaning, rows=replace(meaning.rows, window=node.window))
        if isinstance(meaning, Value) and meaning.kind == "time" and meaning.path:
            return replace(meaning, text=f"{meaning.text} {node.window}", level=COMPARE, kind="bool", path="")
        raise Unclear

    def filtered(self, rows: Rows, condition: tree.Node) -> Rows:
        """Rows for which a condition is true: a function of each row, or a condition on their fields."""
        if rows.name == self.population.name and self.bare is None and self.grouped is None:
            raise Unclear  # count(account[account.arr > 5]): a rule asks each customer by itself
        base = rows.each
        if not rows.latest and (newest := self._newest(rows, condition)) is not None:
            rows, rest = newest
            return rows if rest is None else self.filtered(rows, rest)
        if isinstance(condition, tree.Call) and condition.name == "dict" and len(condition.arguments) % 2 == 0:
            pairs = zip(condition.arguments[::2], condition.arguments[1::2])
            held = [self.compare("=", self._key(rows, key), value) for key, value in pairs]
            return rows.where(*(replace(value, rows=None) for value in held))
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

    def _newest(self, rows: Rows, condition: tree.Node) -> tuple[Rows, tree.Node | None] | None:
        """`row_number() over (partition by account_id order by opened_at desc) <= 3`: the latest rows, and what else is asked."""
        parts = parts_of("and", condition)
        for part in parts:
            if not isinstance(part, tree.Binary) or not isinstance(part.a, tree.Call) or part.a.over is None:
                continue
            call, over, figure = part.a, part.a.over, part.b
            time = over.order[0][0] if len(over.order) == 1 and over.order[0][1] else None
            if call.name not in ("row_number", "rank") or call.arguments or not isinstance(figure, tree.Number):
                continue
            count = figure.value - (part.op == "<")
            if part.op not in ("=", "<=", "<") or count < 1 or count.denominator != 1 or (part.op == "=" and count > 1):
                continue
            by_time = isinstance(time, tree.Name) and time.parts[-1].lower() == rows.relation.at
            if by_time and len(over.groups) == 1 and self.is_key(over.groups[0], rows.relation) and not rows.conditions:
                self.note("the newest rows are asked with `latest`")
                rest = [p for p in parts if p is not part]
                return replace(rows, latest=int(count)), joined_by("and", rest) if rest else None
        return None

    def _key(self, rows: Rows, key: tree.Node) -> tree.Node:
        """The field of rows that a key of `{ priority: "urgent" }` names. Raises `Unclear` where there is none."""
        name = key.value.lower() if isinstance(key, tree.Text) else ""
        if name not in rows.relation.fields:
            raise Unclear
        return tree.Given(key.start, key.end, self.field_of(rows.each, name))

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
        if not value.own or self.bare is not None or value.path in self.of_unknown:
            raise Unclear
        line = value.text.replace(f"{self.entity}.", "") if value.path else value.text
        group = self.grouped if self.grouped is not None and self.grouped.name == self.population.name else None
        return replace(value, text=line, rows=group or self.population)

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
        if rows.window:
            return f" {rows.window}", flat
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
