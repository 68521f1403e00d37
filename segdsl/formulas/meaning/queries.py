"""Choices such as CASE, and queries inside formulas -> values and rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from segdsl.formulas import tree
from segdsl.formulas.meaning.links import is_of_customers, to_many, to_one, without_link
from segdsl.formulas.meaning.rows import RowTranslator
from segdsl.formulas.primaries import joined_by
from segdsl.formulas.tree import parts_of
from segdsl.formulas.values import (
    MISSING,
    PRIMARY,
    CannotSay,
    Kind,
    Meaning,
    Rows,
    Unclear,
    Value,
    of_rows,
    together,
    truth,
)  # fmt: skip


class QueryTranslator(RowTranslator):
    """A translator of choices and queries."""

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
            return replace(values[0][0], is_definite=True)
        if len(values) == 1 and values[0][1].literal is False and last_.literal is True:
            self.changed = True
            return self.opposite(values[0][0])
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
                raise CannotSay(self.no_rows(name), source.start, source.end)
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
        if self.bare is None and (linked := self._by_link(node)) is not None:
            return linked
        column, _ = node.columns[0]
        if node.most == 1 and isinstance(column, tree.Name):
            return self._of_one_row(node, column)
        if not node.sources:
            raise Unclear
        source = node.sources[0]
        group = self._group_of_customers(node)
        if node.groups and not group and not all(self.is_key(g, self.own) for g in node.groups):
            raise Unclear
        if column.start == node.start and (
            not isinstance(source.rows, tree.Name)
            or (self.rows_called(source.rows.parts[-1].lower()) is None and not group)
        ):
            raise Unclear  # `count(logins) from last month`
        rows = self.rows_of_query(node)
        rows = replace(rows, per=group or rows.per)
        base = rows.each
        aliases = {source.alias or base.name: base, base.name: base, base.relation.name: base}
        if not _is_aggregate(column) and any(_is_aggregate(n) for n in tree.walk(column)):
            return self._of_aggregates(node, column, aliases)
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

    def _by_link(self, query: tree.Query) -> Meaning | None:
        """A query over the customer that a link leads to, or over those that link to this one; None for any other."""
        if not is_of_customers(self, query):
            return None
        found = without_link(self, query, parts_of("and", query.where))
        if found is None:
            return None
        link, is_one, rest = found
        where = joined_by("and", rest) if rest else None
        if not is_one:
            rows = to_many(self, replace(query, where=where), link)
            return None if rows is None else self.query(rows)
        one = to_one(self, replace(query, where=where), link)
        column, _ = one.columns[0]
        if isinstance(column, (tree.Star, tree.Number)):
            return self.behind_link(one, link)
        return self.meaning(column) if isinstance(column, tree.Name) and where is None else None

    def behind_link(self, query: tree.Query, link: str) -> Value:
        """The conditions of a query over the customer that a link leads to: that there is one, without any."""
        if query.where is None:
            return self.is_missing(self._own_value(link), True)
        return self.junction("and", [self.holds(self.meaning(p)) for p in parts_of("and", query.where)])

    def _own_value(self, name: str) -> Value:
        return self.value(tree.Name(0, 0, (name,)))

    def _group_of_customers(self, query: tree.Query) -> str:
        """The field by which a query over all customers groups them; empty without one."""
        if len(query.groups) != 1 or self.bare is not None or len(query.sources) != 1:
            return ""
        group, rows = query.groups[0], query.sources[0].rows
        if not isinstance(group, tree.Name) or not isinstance(rows, tree.Name) or not self.is_entity(rows.parts[-1]):
            return ""
        return self.names.field([group.parts[-1]]) or ""

    def _of_aggregates(self, query: tree.Query, column: tree.Node, aliases: Mapping[str, Rows]) -> Meaning:
        """`100 * SUM(amount) / COUNT(*)` over the rows of a query: each aggregate by itself."""
        rows = aliases[query.sources[0].alias or next(iter(aliases))]

        def aggregate(node: tree.Node) -> tree.Node | None:
            if _is_aggregate(node):
                inner = replace(query, columns=((node, ""),), start=min(query.start, node.start - 1))
                return tree.Given(node.start, node.end, self.query(inner))
            if isinstance(node, tree.Name):
                field, of = node.parts[-1].lower(), node.parts[-2].lower() if len(node.parts) > 1 else ""
                relation = rows.relation
                if of in aliases or (not of and field in (*relation.fields, relation.at, relation.by, relation.key)):
                    raise Unclear  # of which row?
            return None

        return self.meaning(tree.rebuilt(column, aggregate))

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


_AGGREGATES = {
    "count", "sum", "avg", "average", "mean", "min", "max", "median", "count_if", "countif", "sumif", "avgif", "sum_if",
    "avg_if", "count_distinct", "approx_count_distinct", "countdistinct", "uniq", "bool_or", "bool_and", "logical_or",
    "logical_and", "any_value", "percentile_cont", "stddev", "variance", "mode", "first_value", "last_value",
}  # fmt: skip


def _is_aggregate(node: tree.Node) -> bool:
    """Whether a call makes one value of the rows of a query."""
    if not isinstance(node, tree.Call) or node.method or node.name not in _AGGREGATES:
        return False
    return len(node.arguments) < 2 or node.name not in ("min", "max", "average", "sum", "median", "mean")
