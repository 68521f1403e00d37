"""A SELECT that joins very many other times -> several, each of which joins some: engines bound how deep joins may lie."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from segdsl.sql import spell as s

MOST_JOINS = 50  # in one SELECT: DuckDB stops at some 170, and takes the square of their number to plan them
_TIME = re.compile(r"w[0-9]+")  # the alias of a row at another time


def in_steps(name: str, query: exp.Query) -> Iterator[tuple[str, exp.Select]]:
    """The queries that come before one, by their names; the one itself then reads the last of them.

    Each holds a row with what is read of it at some other times, under names of their own.
    """
    for place, select in enumerate(list(query.find_all(exp.Select))):
        source = select.args.get("from_")
        row = source.this if source is not None else None
        times = [j for j in select.args.get("joins") or () if row is not None and _joins_only(j, row.alias)]
        if row is None or len(times) <= MOST_JOINS:
            continue
        select.set("joins", [j for j in select.args["joins"] if j not in times])
        read = {j.alias_or_name: _taken_over(select, j.alias_or_name, row.alias, name) for j in times}
        for i in range(0, len(times), MOST_JOINS):
            some = times[i : i + MOST_JOINS]
            wanted = [
                s.named(s.column(j.alias_or_name, c), own) for j in some for c, own in read[j.alias_or_name].items()
            ]
            step = exp.Select(expressions=[exp.Column(this=exp.Star(), table=s.name(row.alias)), *wanted]).from_(row)
            step.set("joins", some)
            yield (step_name := f"{name} times {place}.{i}"), step
            row = s.table(step_name, row.alias)
        select.set("from_", exp.From(this=row))


def _joins_only(join: exp.Join, row: str) -> bool:
    """Whether it joins the row itself as it was at another time."""
    alias = join.alias_or_name
    return bool(_TIME.fullmatch(alias)) and {c.table for c in join.args["on"].find_all(exp.Column)} <= {alias, row}


def _taken_over(select: exp.Select, alias: str, row: str, name: str) -> dict[str, str]:
    """Reads an alias's columns from the row instead; the names that they have there, by those that they had."""
    names: dict[str, str] = {}
    for column in [c for c in select.find_all(exp.Column) if c.table == alias]:
        own = names.setdefault(column.name, f"{column.name} {alias} of {name}")
        instead = s.column(row, own)
        column.replace(s.named(instead, column.name) if isinstance(column.parent, exp.Select) else instead)
    return names


MOST_NAMES = (
    200  # of a query's parts: DuckDB lets some 1,000 names stand on each other, and each part has a few more inside
)


def with_few_names(query: exp.Query) -> exp.Query:
    """The same query, where it has very many names: what is read once stands where it is read."""
    named = query.args.get("with_")
    if named is None or named.recursive or len(named.expressions) <= MOST_NAMES:
        return query
    query = query.copy()
    named = query.args["with_"]
    read: dict[str, list[exp.Table]] = {}
    for table in query.find_all(exp.Table):
        read.setdefault(table.name, []).append(table)
    for part in list(named.expressions):
        places = read.get(part.alias, [])
        if len(places) == 1 and not part.args.get("materialized"):
            part.pop()
            places[0].replace(exp.Subquery(this=part.this, alias=places[0].args["alias"]))
    return query
