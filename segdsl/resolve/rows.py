"""Syntax of an aggregate -> rows to read, in a window, and what to ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation, ToMany
from segdsl.resolve import coerce
from segdsl.resolve.expressions import Typer, period_bounds
from segdsl.resolve.scope import Place, route_to, start_of_path

_OF_ROWS = ("count", "any", "none", "all", "share")
_OF_VALUES = ("sum", "average", "median", "min", "max", "first", "last", "count_distinct", "distinct_days")


@dataclass(frozen=True, slots=True)
class _Path:
    """Rows that a path names, and the field of them at its end."""

    anchor: k.Row
    hops: tuple[ToMany, ...]
    rest: tuple[tree.Name, ...]


def aggregate(typer: Typer, node: tree.Aggregate) -> k.Expr | None:
    """The `Typer`'s way into this module."""
    name, source = node.function.text, node.rows
    if name == "most_common":
        typer.problems.not_yet("`most_common`", node.function)
        return None
    if source.later is not None:
        typer.problems.not_yet(source.later.what, source.later)
        return None
    if name == "count" and (tally := _tally(typer, source)) is not None:
        return tally
    path = _rows_path(typer, source.path)
    if path is None:
        return None
    relation = typer.scope.schema.relations[path.hops[-1].target]
    inside = typer.within(typer.scope.inside(path.anchor, path.hops))
    window = _window(typer, source.window, relation, source)
    where = inside.condition(source.where, "what follows `where`") if source.where is not None else None
    if (source.window is not None and window is None) or (source.where is not None and where is None):
        return None
    if not _anchored(typer, path, window, source):
        return None
    latest = _latest(typer, source, relation)
    if source.latest is not None and latest is None:
        return None
    rows = k.Rows(path.anchor, path.hops, window, where, latest)
    if name in _OF_ROWS:
        return _ask_rows(typer, inside, node, rows, path)
    return _ask_values(typer, inside, node, rows, path, relation)


# -- the rows --------------------------------------------------------------------


def _tally(typer: Typer, source: tree.Rows) -> k.Expr | None:
    """`count(motion.save)` in a test."""
    if not typer.scope.givens or not typer.names.is_rule(source.path.parts[0].text):
        return None
    target = typer.names.membership(source.path)
    return target and k.Tally(target[1], target[2])


def _rows_path(typer: Typer, path: tree.Path) -> _Path | None:
    start = start_of_path(path, typer.scope, typer.problems)
    if start is None:
        return None
    schema = typer.scope.schema
    hops: list[ToMany] = []
    while start.rest:
        name = start.rest[0].text
        many = schema.to_many.get(start.relation.name, {}).get(name)
        if many is not None:
            hops.append(many)
            start = Place(start.row, schema.relations[many.target], start.rest[1:])
        elif not hops and name in schema.to_one.get(start.relation.name, {}) and len(start.rest) > 1:
            link = schema.to_one[start.relation.name][name]
            start = Place(k.Via(start.row, link), schema.relations[link.target], start.rest[1:])
        elif not hops and name not in start.relation.fields:
            route = _route(typer, start, start.rest[0])
            if route is None:
                return None
            hops += route
            start = Place(start.row, schema.relations[hops[-1].target], start.rest[1:])
        else:
            break
    if not hops:
        typer.problems.add(
            "SEG0312",
            f"`{path.text}` is one value, not rows",
            path,
            "",
            f"rows here: {_known_rows(typer, start.relation)}",
        )
        return None
    return _Path(start.row, tuple(hops), start.rest)


def _route(typer: Typer, start: Place, name: tree.Name) -> tuple[ToMany, ...] | None:
    """A table named from an ancestor."""
    route = route_to(typer.scope.schema, start.relation.name, name.text)
    if route is not None:
        return route
    reachable = _reachable(typer, start.relation)
    if name.text in typer.scope.schema.relations and name.text not in reachable:
        typer.problems.add(
            "SEG0312",
            f"no rows of `{name.text}` belong to `{start.relation.name}`",
            name,
            "",
            f"rows here: {_known_rows(typer, start.relation)}",
        )
    else:
        typer.problems.unknown("SEG0202", "rows", name, reachable, f" of `{start.relation.name}`")
    return None


def _reachable(typer: Typer, relation: Relation) -> list[str]:
    schema = typer.scope.schema
    direct = schema.to_many.get(relation.name, {})
    reached = {hop.target for hop in direct.values()}
    return [*direct, *(t for t in schema.relations if t not in reached and route_to(schema, relation.name, t))]


def _known_rows(typer: Typer, relation: Relation) -> str:
    names = dict.fromkeys(_reachable(typer, relation))
    return ", ".join(f"`{n}`" for n in names) or f"`{relation.name}` has none"


def _anchored(typer: Typer, path: _Path, window: k.Window | None, source: tree.Rows) -> bool:
    """Rows of another customer can't depend on this one: no bound of theirs reads a field of this row."""
    if path.anchor == k.This() or isinstance(path.anchor, k.Given) or window is None:
        return True
    bounds = [b for b in (window.start, window.end) if b is not None]
    if any(True for b in bounds for _ in k.rows_of(b)):
        typer.problems.not_yet(
            "a window of another customer's rows that starts or ends with a field", source.window or source
        )
        return False
    return True


def _latest(typer: Typer, source: tree.Rows, relation: Relation) -> int | None:
    if source.latest is None:
        return None
    if relation.at is None:
        typer.problems.add(
            "SEG0401", f"`{relation.name}` has no time", source.path, "`latest` needs one", _declare_at(relation)
        )
        return None
    if source.latest.numerator < 1:
        typer.problems.add("SEG0314", "`latest` needs 1 or more", source.latest)
        return None
    return source.latest.numerator


def _declare_at(relation: Relation) -> str:
    if relation.kind == "table":
        return f"declare it, as in `table {relation.name} of {relation.of} by {relation.by} at occurred_at`"
    return "only tables with `at` have one"


# -- the window ------------------------------------------------------------------


def _window(typer: Typer, window: tree.Window | None, relation: Relation, source: tree.Rows) -> k.Window | None:
    if window is None:
        return None
    if relation.at is None:
        typer.problems.add(
            "SEG0401", f"`{relation.name}` has no time", source.path, "a window needs one", _declare_at(relation)
        )
        return None
    typed = relation.fields[relation.at].type
    forward = window.kind == "next" or (window.words is not None and window.words[0] == "next")
    if forward and relation.known_at is None:
        typer.problems.add(
            "SEG0402", f"no row of `{relation.name}` is known after as-of", window, "this looks ahead",
            "look back with `in last`, or declare `known at` for rows that are known beforehand",
        )  # fmt: skip
        return None
    if window.duration is not None or window.words is not None:
        bounds = period_bounds(window, typed)
        if bounds is None:
            typer.problems.add(
                "SEG0403", "hours can't be counted on a date", window, f"`{relation.name}` has dates", "use days"
            )
            return None
        return k.Window(*bounds)
    start = typer.moment(window.start, typed) if window.start is not None else None
    end = typer.moment(window.end, typed) if window.end is not None else None
    if (window.start is not None and start is None) or (window.end is not None and end is None):
        return None
    if window.kind == "since":
        end = k.AsOf(typed, span=window.span)
    return k.Window(start, end)


# -- what is asked ----------------------------------------------------------------


def _ask_rows(typer: Typer, inside: Typer, node: tree.Aggregate, rows: k.Rows, path: _Path) -> k.Expr | None:
    name, having = node.function.text, node.rows.having
    if path.rest:
        help = f"write `{name}({'.'.join(h.name for h in path.hops)} where {path.rest[0].text} …)`"
        typer.problems.add("SEG0311", f"`{name}` asks about rows, not a field", path.rest[0], "", help)
        return None
    if having is None and name in ("all", "share"):
        typer.problems.add(
            "SEG0311",
            f"`{name}` needs `having`",
            node,
            "what should hold for the rows?",
            f"as in `{name}({node.rows.span.text} having …)`",
        )
        return None
    asked = inside.condition(having, "what follows `having`") if having is not None else None
    if having is not None and asked is None:
        return None
    if name == "none":
        return k.Named("none", k.Not(k.Aggregate("any", rows, asked, ty.BOOLEAN, span=node.span), span=node.span))
    if name == "all":
        exception = k.Aggregate("any", rows, k.Not(cast(k.Expr, asked)), ty.BOOLEAN, span=node.span)
        return k.Named("all", k.Not(exception, span=node.span))
    typed: dict[str, ty.Type] = {"count": ty.INTEGER, "any": ty.BOOLEAN, "share": ty.NUMBER}
    return k.Aggregate(cast(k.Function, name), rows, asked, typed[name])


def _ask_values(
    typer: Typer, inside: Typer, node: tree.Aggregate, rows: k.Rows, path: _Path, relation: Relation
) -> k.Expr | None:
    name = node.function.text
    if node.rows.having is not None:
        typer.problems.add("SEG0311", f"`{name}` doesn't take `having`", node, "", "choose the rows with `where`")
        return None
    if name == "distinct_days" and not path.rest:
        if relation.at is None:
            typer.problems.add("SEG0401", f"`{relation.name}` has no time", node.rows.path, "", _declare_at(relation))
            return None
        time = k.Column(k.This(), relation.name, relation.at, relation.fields[relation.at].type)
        return k.Aggregate("count_distinct", rows, coerce.as_date(time), ty.INTEGER)
    if not path.rest:
        fitting = [f.name for f in relation.fields.values() if ty.is_numeric(f.type)] or [
            f for f in relation.fields if f != relation.by
        ]
        example = fitting[0] if fitting else "field"
        typer.problems.add(
            "SEG0311", f"`{name}` needs a field of the rows", node.rows.path, "these are whole rows",
            f"as in `{name}({node.rows.path.text}.{example})`",
        )  # fmt: skip
        return None
    value = inside.value(tree.Path(node.rows.path.span, path.rest))
    return None if value is None else _of_value(typer, node, rows, value, relation)


def _of_value(typer: Typer, node: tree.Aggregate, rows: k.Rows, value: k.Expr, relation: Relation) -> k.Expr | None:
    name, typed = node.function.text, value.type
    if name in ("first", "last"):
        if relation.at is None:
            typer.problems.add(
                "SEG0401",
                f"`{relation.name}` has no time",
                node.rows.path,
                f"`{name}` needs one",
                _declare_at(relation),
            )
            return None
        if rows.latest is not None:
            typer.problems.add("SEG0311", f"`{name}` doesn't take `latest`", node, "", "`last` is the latest one")
            return None
        one = k.Rows(rows.anchor, rows.hops, rows.window, rows.where, 1, earliest=name == "first")
        return k.Aggregate("pick", one, value, typed)
    if name == "count_distinct":
        return k.Aggregate("count_distinct", rows, value, ty.INTEGER)
    if name == "distinct_days":
        if not ty.is_time(typed):
            typer.problems.add("SEG0310", "`distinct_days` needs a date or timestamp", node, f"this is {typed}")
            return None
        return k.Aggregate("count_distinct", rows, coerce.as_date(value), ty.INTEGER)
    ordered_time = name in ("min", "max") and ty.is_time(typed)
    if not ty.is_numeric(typed) and not ordered_time:
        needed = "numbers or dates" if name in ("min", "max") else "numbers"
        typer.problems.add("SEG0305", f"`{name}` needs {needed}", node.rows.path, f"this is {typed}")
        return None
    if typed == ty.INTEGER and name in ("average", "median"):
        typed = ty.NUMBER
    return k.Aggregate(cast(k.Function, name), rows, value, typed)
