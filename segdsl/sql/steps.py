"""Splits a SELECT that joins the rows of many other times into several, because engines limit the number of joins."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from segdsl.sql import spell as s

MOST_JOINS = 50  # in one SELECT: DuckDB stops at some 170, and planning takes time quadratic in their number
_TIME = re.compile(r"w[0-9]+")  # the alias of a row as of another time


def in_steps(name: str, query: exp.Query) -> Iterator[tuple[str, exp.Select]]:
    """Yields the steps that precede a query, by name, and makes the query read the last step.

    Each step has the base row, and the columns that are read of it as of some other times under unique names.
    """
    for place, select in enumerate(list(query.find_all(exp.Select))):
        source = select.args.get("from_")
        row = source.this if source is not None else None
        times = [j for j in select.args.get("joins") or () if row is not None and _joins_only(j, row.alias)]
        if row is None or len(times) <= MOST_JOINS:
            continue
        select.set("joins", [j for j in select.args["joins"] if j not in times])
        read = {j.alias_or_name: _read_from_row(select, j.alias_or_name, row.alias, name) for j in times}
        for i in range(0, len(times), MOST_JOINS):
            some = times[i : i + MOST_JOINS]
            columns = [
                s.named(s.column(j.alias_or_name, c), new_name)
                for j in some
                for c, new_name in read[j.alias_or_name].items()
            ]
            step = exp.Select(expressions=[exp.Column(this=exp.Star(), table=s.name(row.alias)), *columns]).from_(row)
            step.set("joins", some)
            yield (step_name := f"{name} times {place}.{i}"), step
            row = s.table(step_name, row.alias)
        select.set("from_", exp.From(this=row))


def _joins_only(join: exp.Join, row: str) -> bool:
    """Tells whether a join adds the row itself as of another time."""
    alias = join.alias_or_name
    return bool(_TIME.fullmatch(alias)) and {c.table for c in join.args["on"].find_all(exp.Column)} <= {alias, row}


def _read_from_row(select: exp.Select, alias: str, row: str, name: str) -> dict[str, str]:
    """Makes a query read an alias's columns from the row instead; returns their new names by their old names."""
    names: dict[str, str] = {}
    for column in [c for c in select.find_all(exp.Column) if c.table == alias]:
        new_name = names.setdefault(column.name, f"{column.name} {alias} of {name}")
        instead = s.column(row, new_name)
        column.replace(s.named(instead, column.name) if isinstance(column.parent, exp.Select) else instead)
    return names


MOST_NAMES = 200
"""Named parts of a query: DuckDB allows a chain of some 1,000 names, and each part has a few more inside."""


def with_few_names(query: exp.Query) -> exp.Query:
    """Inlines the parts of a query that are read only once, if the query has very many named parts."""
    ctes = query.args.get("with_")
    if ctes is None or ctes.recursive or len(ctes.expressions) <= MOST_NAMES:
        return query
    query = query.copy()
    ctes = query.args["with_"]
    read: dict[str, list[exp.Table]] = {}
    for table in query.find_all(exp.Table):
        read.setdefault(table.name, []).append(table)
    for part in list(ctes.expressions):
        places = read.get(part.alias, [])
        if len(places) == 1 and not part.args.get("materialized"):
            part.pop()
            places[0].replace(exp.Subquery(this=part.this, alias=places[0].args["alias"]))
    return query
