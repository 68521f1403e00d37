"""Rows of a table in formulas, with their conditions and windows -> aggregates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from segdsl.formulas import tree
from segdsl.formulas.meaning.names import NameTranslator
from segdsl.formulas.values import (
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
