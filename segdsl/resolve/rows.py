"""Types aggregates: the rows to read, their window, and the value to compute over them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from segdsl import ops
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import windows, zones
from segdsl.model.schema import Relation, ToMany
from segdsl.resolve import coerce
from segdsl.resolve.expressions import Typer, period_bounds
from segdsl.resolve.scope import Place, Scope, route_to, start_of_path

_OF_ROWS = ("count", "any", "none", "all", "share")


@dataclass(frozen=True, slots=True)
class _Path:
    """The rows that a path names, or all rows of a relation, and the names that remain for a field of the rows."""

    anchor: k.Row
    hops: tuple[ToMany, ...]
    remaining: tuple[tree.Name, ...]
    everyone: k.Everyone | None = None

    @property
    def relation(self) -> str:
        return self.everyone.relation if self.everyone is not None else self.hops[-1].target

    def scope(self, outer: Scope) -> Scope:
        """Returns the scope of expressions over these rows, in an aggregate with the scope `outer`."""
        if self.everyone is not None:
            return outer.around(outer.schema.relations[self.relation], k.Outer())
        return outer.inside(self.anchor, self.hops)


def aggregate(typer: Typer, node: tree.Aggregate) -> k.Expr | None:
    """Types an aggregate."""
    name, source = node.function.text, node.rows
    if name == "count" and node.option is None and (tally := _tally(typer, source)) is not None:
        return tally
    path = _root(typer, source.root)
    if path is None or _leads_to_rows(typer, path):
        return None
    relation = typer.scope.schema.relations[path.relation]
    if node.option is None and not typer.forward:
        source = _by_beginning(source, relation)
    inside = typer.within(path.scope(typer.scope))
    window = _window(typer, source.window, relation, source)
    where = inside.condition(source.where, "what follows `where`") if source.where is not None else None
    follow = _follow(typer, inside, source.follow, path, relation) if source.follow is not None else None
    latest = _latest(typer, source, relation)
    typed_parts = ((source.window, window), (source.where, where), (source.follow, follow), (source.latest, latest))
    if any(node_part is not None and typed is None for node_part, typed in typed_parts):
        return None
    zone = _zone(typer, inside, node.function, node.option) if node.option is not None else None
    if node.option is not None and zone is None:
        return None
    conditions = tuple(c for c in (where, follow) if c is not None)
    condition = conditions[0] if len(conditions) == 1 else k.And(conditions, span=source.span) if conditions else None
    rows = k.Rows(path.anchor, path.hops, window, condition, latest, everyone=path.everyone, zone=zone)
    if name in _OF_ROWS:
        result = _of_conditions(typer, inside, node, rows, path)
    else:
        result = _of_values(typer, inside, node, rows, path, relation)
    if result is None:
        return None
    if node.option is not None and not _has_days(typer, node, node.option, result, relation):
        return None
    return _with_context(typer, node, result)


def _with_context(typer: Typer, node: tree.Aggregate, result: k.Expr) -> k.Expr | None:
    """Marks an aggregate that needs the row it is evaluated for, and shifts an outcome's aggregate ahead."""
    inner = typer.scope.inner
    aggregated = next(n for n in k.walk(result) if isinstance(n, k.Aggregate))
    window, window_node = aggregated.rows.window, node.rows.window
    bounds = [b for b in (window.start, window.end) if b is not None] if window is not None else []
    too_far = any(k.start_of(r) == k.Outer() for b in bounds for r in k.rows_of(b))
    if too_far or any(isinstance(n, k.Aggregate) and n.rows.outer for b in bounds for n in k.walk(b)):
        typer.problems.add(
            "SEG0322",
            "this window depends on a row too many levels out",
            window_node or node,
            help="declare the inner aggregate as a metric, and use the metric here",
        )
        return None
    depends = aggregated.rows.anchor != k.This() and not isinstance(aggregated.rows.anchor, k.Given)
    by_row = (depends or aggregated.rows.everyone is not None) and any(True for b in bounds for _ in k.rows_of(b))
    if inner is not None and (
        by_row or aggregated.rows.outer or any(k.mentions_outer(e) for e in k.elsewhere(aggregated))
    ):
        if k.start_of(aggregated.rows.anchor) == k.Outer():
            typer.problems.add(
                "SEG0322",
                "aggregates are nested too deeply",
                node,
                help="declare the inner aggregate as a metric, and use the metric here",
            )
            return None
        result = _replaced(result, aggregated, replace(aggregated, rows=replace(aggregated.rows, outer=inner.name)))
    if typer.forward and window_node is not None and window_node.kind in ("next", "calendar", "between", "before"):
        return _ahead(typer, node, result)
    return result


def _replaced(e: k.Expr, old: k.Aggregate, new: k.Aggregate) -> k.Expr:
    """Replaces the aggregate inside a phrase."""
    match e:
        case k.Aggregate():
            return new if e is old else e
        case k.Not(item=item):
            return replace(e, item=_replaced(item, old, new))
        case k.Named(body=body):
            return replace(e, body=_replaced(body, old, new))
        case k.Literal_() | k.Missing() | k.Column() | k.MetricOf() | k.Member() | k.Tally() | k.Standing() | k.At():
            return e
        case k.AsOf() | k.StartOf() | k.Shift() | k.StartOfDay() | k.DateOf():
            return e
        case (
            k.Elapsed()
            | k.BusinessDays()
            | k.PartOf()
            | k.Arithmetic()
            | k.Rounded()
            | k.Distance()
            | k.Split()
            | k.RoundTo()
            | k.SizeOf()
        ):
            return e
        case k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest() | k.And() | k.Or() | k.If():
            return e


def _ahead(typer: Typer, node: tree.Aggregate, result: k.Expr) -> k.Expr | None:
    inner = typer.scope.inner
    if inner is None or inner.kind != "entity":
        typer.problems.add(
            "SEG0402", "only an entity can look ahead at its rows", node, help="declare the outcome of the entity"
        )
        return None
    over_rows = (n for e in k.walk(result) for part in k.elsewhere(e) for n in k.deep(part))
    metric = next((n for n in over_rows if isinstance(n, k.MetricOf | k.Member)), None)
    if metric is not None:
        typer.problems.add(
            "SEG0402",
            f"rows after as-of can't be tested with `{metric.name}`",
            metric.span,
            label="it would see the future as well",
            help="write its definition here instead",
        )
        return None
    return k.At(inner.name, result, k.AsOf(ty.TIMESTAMP), ahead=True)


def _zone(typer: Typer, inside: Typer, function: tree.Name, option: tree.Argument) -> k.Expr | None:
    """Types the option `zone:`, a text that names the time zone of the rows' days."""
    assert isinstance(option.label, tree.Name)
    if option.label.text != "zone" or isinstance(option.value, tree.Duration):
        help = "only `zone:` can follow the rows, as in `distinct_days(logins in last 30 days, zone: account.timezone)`"
        typer.problems.add("SEG0311", f"`{function.text}` doesn't take `{option.label.text}:`", option, help=help)
        return None
    zone = inside.value(option.value)
    if zone is None:
        return None
    if not ty.is_textual(zone.type):
        typer.problems.add(
            "SEG0307",
            "`zone:` takes a text such as Europe/London",
            option,
            label="this is missing for everybody" if isinstance(zone, k.Missing) else f"this is {zone.type}",
        )
        return None
    if isinstance(zone, k.Literal_) and zones.zone(str(zone.value)) is None:
        typer.problems.add("SEG0603", f"unknown timezone `{zone.value}`", option.value, help='as in "Europe/London"')
        return None
    return zone


def _has_days(typer: Typer, node: tree.Aggregate, option: tree.Argument, result: k.Expr, relation: Relation) -> bool:
    """Tells whether an aggregate depends on the start of days, so that a zone has an effect; else reports why not."""
    aggregated = next(n for n in k.walk(result) if isinstance(n, k.Aggregate))
    if isinstance(aggregated.value, k.DateOf) and aggregated.value.zone is not None:
        return True
    if relation.by_date or (node.function.text == "distinct_days" and node.rows.window is None):
        typer.problems.add("SEG0403", "a date is the same day in every zone", option, help="leave `zone:` out")
        return False
    if windows.depends_on_zone(aggregated.rows.window):
        return True
    reason = f"`{node.function.text}` doesn't depend on days here"
    if node.rows.window is not None:
        reason = "this window is the same in every zone"
    help = "leave it out, or use days, as in `in last 7 days` or `in last calendar week`"
    typer.problems.add("SEG0311", f"`zone:` says when days begin, and {reason}", option, help=help)
    return False


# -- the rows --------------------------------------------------------------------


def _tally(typer: Typer, source: tree.Rows) -> k.Expr | None:
    """Types `count(motion.save)` in a test; None for any other aggregate."""
    if (
        not typer.scope.givens
        or not isinstance(source.root, tree.Path)
        or not typer.names.is_rule(source.root.parts[0].text)
    ):
        return None
    target = typer.names.membership(source.root)
    return target and k.Tally(target[1], target[2])


def _root(typer: Typer, root: tree.Path | tree.Call | tree.Population) -> _Path | None:
    match root:
        case tree.Path():
            relation = typer.names.list_file(root.parts[0].text)
            if relation is not None and relation.of is None:
                return _Path(k.This(), (), root.parts[1:], k.Everyone(relation.name))
            return _rows_path(typer, root)
        case tree.Call():
            return _family(typer, root)
        case tree.Population():
            return _population(typer, root)


def _leads_to_rows(typer: Typer, path: _Path) -> bool:
    """Tells whether the names after the rows lead to further rows, which is reported."""
    schema, of = typer.scope.schema, path.relation
    for part in path.remaining:
        if part.text in schema.to_many.get(of, {}):
            typer.problems.add(
                "SEG0312",
                f"`{part.text}` can't be aggregated here: these are rows of other rows",
                part,
                help=f"declare an aggregate over them as a metric of `{of}`, and use the metric here",
            )
            return True
        link = schema.to_one.get(of, {}).get(part.text)
        if link is None:
            return False
        of = link.target
    return False


def _family(typer: Typer, root: tree.Call) -> _Path | None:
    """Types `family(parent)`: all rows with the same top of the hierarchy."""
    if root.function.text != "family":
        typer.problems.add(
            "SEG0312", f"`{root.function.text}(…)` is not rows", root, help="as in `sum(family(parent).arr)`"
        )
        return None
    link = typer.own_link(root)
    if link is None:
        return None
    relation = typer.scope.schema.relations[link.target]
    key = relation.fields[relation.key or ""]
    top = k.Column(k.Topmost(k.This(), link), relation.name, key.name, key.type, span=root.span)
    return _Path(k.This(), (), root.path, k.Everyone(relation.name, top))


def _population(typer: Typer, root: tree.Population) -> _Path | None:
    """Types `all account [.arr] [per region]`."""
    entities = [r.name for r in typer.scope.schema.entities]
    if root.relation.text not in entities:
        typer.problems.unknown("SEG0202", "entity", root.relation, entities)
        return None
    inner = typer.scope.inner
    if root.per is not None and (inner is None or inner.name != root.relation.text):
        typer.problems.add(
            "SEG0312",
            f"`per` needs a row of `{root.relation.text}`, whose group it compares",
            root.per,
            help=f"choose the rows with `where`, as in `all {root.relation.text} where …`",
        )
        return None
    group = typer.group(root.per) if root.per is not None else None
    if root.per is not None and group is None:
        return None
    return _Path(k.This(), (), root.path, k.Everyone(root.relation.text, group))


def _follow(typer: Typer, inside: Typer, follow: tree.Follow, path: _Path, relation: Relation) -> k.Expr | None:
    """Types `[not] followed by …`. `inside` is the typer of the first rows."""
    problems = typer.problems
    second = _rows_path(typer, follow.path)
    if second is None:
        return None
    second_relation = typer.scope.schema.relations[second.relation]
    for table, place in ((relation, follow), (second_relation, follow.path)):
        if table.at is None:
            problems.add(
                "SEG0401",
                f"`{table.name}` has no time",
                place,
                label="`followed by` needs one",
                help=_declare_at(table),
            )
            return None
    same_customer = path.everyone is None and path.anchor == k.This()
    if second.remaining or not same_customer or isinstance(k.start_of(second.anchor), k.Given | k.Outer):
        problems.add(
            "SEG0312",
            "`followed by` needs rows of the same customer",
            follow,
            help="as in `trials not followed by activations within 3 days`",
        )
        return None
    assert relation.at is not None and second_relation.at is not None
    back = typer.scope.back(path.hops)
    anchor = k.replace_row(second.anchor, back)
    happens = k.Column(
        k.This(), second_relation.name, second_relation.at, second_relation.fields[second_relation.at].type
    )
    first = k.Column(k.This(), relation.name, relation.at, relation.fields[relation.at].type, span=follow.span)
    deadline = _deadline(typer, first, second_relation, follow)
    second_typer = inside.within(inside.scope.inside(anchor, second.hops))
    where = second_typer.condition(follow.where, "what follows `where`") if follow.where is not None else None
    if deadline is None or (follow.where is not None and where is None):
        return None
    outer_deadline = k.replace_rows(deadline, lambda r: k.Outer() if r == k.This() else r)
    in_time = k.Compare("<=", _like(happens, deadline.type), outer_deadline)
    conditions = (in_time,) if where is None else (in_time, where)
    start: k.Expr = first
    if first.type != happens.type:
        start = coerce.as_timestamp(first) if happens.type == ty.TIMESTAMP else coerce.as_date(first)
    rows = k.Rows(
        anchor,
        second.hops,
        window=k.Window(start, None),
        where=k.And(conditions) if len(conditions) > 1 else in_time,
        outer=relation.name,
        other=relation.name == second_relation.name,
    )
    answered = k.Aggregate(k.Function.ANY, rows, None, ty.BOOLEAN, span=follow.span)
    passed = k.Compare("<", deadline, k.AsOf(deadline.type), span=follow.span)
    as_written = k.Aggregate(k.Function.ANY, k.Rows(k.This(), second.hops, where=where), None, ty.BOOLEAN)
    within = " ".join(follow.within.span.text.split())
    return ops.phrases()["followed_by"].lower(answered, passed, follow.negated, within, as_written)


def _deadline(typer: Typer, first: k.Column, second: Relation, follow: tree.Follow) -> k.Expr | None:
    """Returns the end of the deadline of a row; a date if either table has dates."""
    by_date = ty.DATE in (first.type, second.fields[second.at or ""].type)
    if by_date and follow.within.unit in k.EXACT:
        typer.problems.add(
            "SEG0403", f"{follow.within.unit}s can't be counted on a date", follow.within, help="use days"
        )
        return None
    moment = coerce.as_date(first) if by_date else first
    return k.Shift(moment, follow.within.count, cast(k.Unit, follow.within.unit), span=follow.span)


def _like(moment: k.Expr, typed: ty.Type) -> k.Expr:
    return coerce.as_date(moment) if typed == ty.DATE else moment


def _rows_path(typer: Typer, path: tree.Path) -> _Path | None:
    start = start_of_path(path, typer.scope, typer.problems)
    if start is None:
        return None
    schema = typer.scope.schema
    hops: list[ToMany] = []
    while start.remaining:
        name = start.remaining[0].text
        many = schema.to_many.get(start.relation.name, {}).get(name)
        if many is not None:
            hops.append(many)
            start = Place(start.row, schema.relations[many.target], start.remaining[1:])
        elif not hops and name in schema.to_one.get(start.relation.name, {}) and len(start.remaining) > 1:
            link = schema.to_one[start.relation.name][name]
            start = Place(k.Via(start.row, link), schema.relations[link.target], start.remaining[1:])
        elif not hops and name not in start.relation.fields:
            route = _route(typer, start, start.remaining[0])
            if route is None:
                return None
            hops += route
            start = Place(start.row, schema.relations[hops[-1].target], start.remaining[1:])
        else:
            break
    if not hops:
        typer.problems.add(
            "SEG0312",
            f"`{path.text}` is one value, not rows",
            path,
            help=f"available rows: {_known_rows(typer, start.relation)}",
        )
        return None
    return _Path(start.row, tuple(hops), start.remaining)


def _route(typer: Typer, start: Place, name: tree.Name) -> tuple[ToMany, ...] | None:
    """Returns the way down to a table that is named from an ancestor; reports any other name."""
    route = route_to(typer.scope.schema, start.relation.name, name.text)
    if route is not None:
        return route
    reachable = _reachable(typer, start.relation)
    if name.text in typer.scope.schema.relations and name.text not in reachable:
        typer.problems.add(
            "SEG0312",
            f"`{start.relation.name}` has no rows of `{name.text}`",
            name,
            help=f"{_whose(typer, name.text)}available rows: {_known_rows(typer, start.relation)}",
        )
    else:
        typer.problems.unknown("SEG0202", "rows", name, reachable, f" of `{start.relation.name}`")
    return None


def _whose(typer: Typer, rows: str) -> str:
    """Of which entity rows can be asked."""
    relations = typer.scope.schema.relations
    relation = relations[rows]
    while relation.kind != "entity" and relation.of is not None:
        relation = relations[relation.of]
    if relation.kind != "entity" or relation.name == rows:
        return ""
    return f"`{relation.name}` has them: add `--of {relation.name}` to `segdsl try`, or write the rule `of {relation.name}`; "


def _reachable(typer: Typer, relation: Relation) -> list[str]:
    schema = typer.scope.schema
    direct = schema.to_many.get(relation.name, {})
    reached = {hop.target for hop in direct.values()}
    return [*direct, *(t for t in schema.relations if t not in reached and route_to(schema, relation.name, t))]


def _known_rows(typer: Typer, relation: Relation) -> str:
    names = dict.fromkeys(_reachable(typer, relation))
    return ", ".join(f"`{n}`" for n in names) or f"`{relation.name}` has none"


def _latest(typer: Typer, source: tree.Rows, relation: Relation) -> int | None:
    if source.latest is None:
        return None
    if relation.at is None:
        typer.problems.add(
            "SEG0401",
            f"`{relation.name}` has no time",
            source.root,
            label="`latest` needs one",
            help=_declare_at(relation),
        )
        return None
    if source.latest.numerator < 1:
        typer.problems.add("SEG0314", "`latest` needs a number of at least 1", source.latest)
        return None
    return source.latest.numerator


def _declare_at(relation: Relation) -> str:
    if relation.kind == "table":
        return f"declare it, as in `table {relation.name} of {relation.of} by {relation.by} at occurred_at`"
    if relation.lives_from is not None:
        return f"say it of its beginning: where {relation.lives_from} …"
    times = [f.name for f in relation.fields.values() if f.type in (ty.DATE, ty.TIMESTAMP)]
    if times:
        return f"say it of a field, as in `where {times[0]} in last 30 days`, or declare `entity {relation.name} from {times[0]}`"
    return "only tables with `at`, and entities with `from`, have a time"


# -- the window ------------------------------------------------------------------


def _by_beginning(source: tree.Rows, relation: Relation) -> tree.Rows:
    """The rows, where an entity's have no time but a beginning: `orders in last 30 days` are those that began then."""
    window, begins = source.window, relation.lives_from
    if window is None or relation.at is not None or begins is None:
        return source
    if window.kind != "last" and (window.words is None or window.words[0] == "next"):
        return source
    began = tree.InPeriod(window.span, tree.Path(window.span, (tree.Name(window.span, begins),)), window)
    where = began if source.where is None else tree.And(source.where.span, (began, source.where))
    return replace(source, window=None, where=where)


def _window(typer: Typer, window: tree.Window | None, relation: Relation, source: tree.Rows) -> k.Window | None:
    if window is None:
        return None if typer.forward else _what_happened(relation)
    if relation.at is None:
        typer.problems.add(
            "SEG0401",
            f"`{relation.name}` has no time",
            source.root,
            label="a window needs one",
            help=_declare_at(relation),
        )
        return None
    typed = relation.fields[relation.at].type
    forward = window.kind == "next" or (window.words is not None and window.words[0] == "next")
    if forward and relation.known_at is None and not typer.forward:
        typer.problems.add(
            "SEG0402",
            f"no row of `{relation.name}` is known after as-of",
            window,
            label="this looks ahead",
            help="look back with `in last`, or declare `known at` if rows are known in advance; only an `outcome` looks ahead",
        )
        return None
    if window.duration is not None or window.words is not None:
        bounds = period_bounds(window, typed, typer.names.fiscal_month())
        if bounds is None:
            typer.problems.add(
                "SEG0403",
                f"{window.duration.unit if window.duration is not None else 'hour'}s can't be counted on a date",
                window,
                label=f"`{relation.name}` has dates",
                help="use days",
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


def _what_happened(relation: Relation) -> k.Window | None:
    """Returns the window of rows that none is written for: rows planned ahead count only in a window that reaches past as-of."""
    if relation.known_at is None or relation.at is None:
        return None
    return k.Window(None, k.AsOf(relation.fields[relation.at].type))


# -- the value ----------------------------------------------------------------


def _of_conditions(typer: Typer, inside: Typer, node: tree.Aggregate, rows: k.Rows, path: _Path) -> k.Expr | None:
    name, having = node.function.text, node.rows.having
    if path.remaining:
        rows_text = ".".join(h.name for h in path.hops) or f"all {path.relation}"
        help = f"write `{name}({rows_text} where {path.remaining[0].text} …)`"
        typer.problems.add("SEG0311", f"`{name}` is about rows, not a field", path.remaining[0], help=help)
        return None
    if having is None and name in ("all", "share"):
        typer.problems.add(
            "SEG0311",
            f"`{name}` needs `having`",
            node,
            label="the condition for the rows is missing",
            help=f"as in `{name}({node.rows.span.text} having …)`",
        )
        return None
    condition = inside.condition(having, "what follows `having`") if having is not None else None
    if having is not None and condition is None:
        return None
    if name == "none":
        return ops.phrases()["none"].lower(k.Aggregate(k.Function.ANY, rows, condition, ty.BOOLEAN, span=node.span))
    if name == "all":
        exception = k.Aggregate(k.Function.ANY, rows, k.Not(cast(k.Expr, condition)), ty.BOOLEAN, span=node.span)
        return ops.phrases()["all"].lower(exception, cast(k.Expr, condition))
    typed: dict[str, ty.Type] = {"count": ty.INTEGER, "any": ty.BOOLEAN, "share": ty.NUMBER}
    return k.Aggregate(k.Function(name), rows, condition, typed[name])


def _of_values(
    typer: Typer, inside: Typer, node: tree.Aggregate, rows: k.Rows, path: _Path, relation: Relation
) -> k.Expr | None:
    name = node.function.text
    if node.rows.having is not None:
        typer.problems.add("SEG0311", f"`{name}` doesn't take `having`", node, help="choose the rows with `where`")
        return None
    if name == "distinct_days" and not path.remaining:
        if relation.at is None:
            typer.problems.add("SEG0401", f"`{relation.name}` has no time", node.rows.root, help=_declare_at(relation))
            return None
        time = k.Column(k.This(), relation.name, relation.at, relation.fields[relation.at].type)
        return _distinct_days(rows, time)
    if not path.remaining:
        numbers = [f.name for f in relation.fields.values() if ty.is_numeric(f.type)]
        others = [f for f in relation.fields if f != relation.by]
        example = next(iter(numbers or others), "field")
        typer.problems.add(
            "SEG0311",
            f"`{name}` needs a field of the rows",
            node.rows.root,
            label="these are whole rows",
            help=f"as in `{name}({' '.join(node.rows.root.span.text.split())}.{example})`",
        )
        return None
    value = inside.value(tree.Path(node.rows.root.span, path.remaining))
    return None if value is None else _of_value(typer, node, rows, value, relation)


def _distinct_days(rows: k.Rows, time: k.Expr) -> k.Expr:
    """Counts days in the workspace's zone, or in the zone of the rows."""
    if rows.zone is None or time.type != ty.TIMESTAMP:
        return k.Aggregate(k.Function.COUNT_DISTINCT, rows, coerce.as_date(time), ty.INTEGER)
    return k.Aggregate(k.Function.COUNT_DISTINCT, rows, k.DateOf(time, rows.zone, span=time.span), ty.INTEGER)


def _of_value(typer: Typer, node: tree.Aggregate, rows: k.Rows, value: k.Expr, relation: Relation) -> k.Expr | None:
    name, typed = node.function.text, value.type
    if name in ("first", "last"):
        if relation.at is None:
            typer.problems.add(
                "SEG0401",
                f"`{relation.name}` has no time",
                node.rows.root,
                label=f"`{name}` needs one",
                help=_declare_at(relation),
            )
            return None
        if rows.latest is not None:
            typer.problems.add(
                "SEG0311", f"`{name}` doesn't take `latest`", node, help="`last` already takes the latest row"
            )
            return None
        one_row = replace(rows, latest=1, earliest=name == "first")
        return k.Aggregate(k.Function.PICK, one_row, value, typed)
    if name == "count_distinct":
        return k.Aggregate(k.Function.COUNT_DISTINCT, rows, value, ty.INTEGER)
    if name == "most_common":
        return _most_common(typer, node, rows, value)
    if name == "distinct_days":
        if not ty.is_time(typed):
            typer.problems.add("SEG0310", "`distinct_days` needs a date or timestamp", node, label=f"this is {typed}")
            return None
        return _distinct_days(rows, value)
    ordered = name in ("min", "max") and (ty.is_time(typed) or typed == ty.VERSION)
    if not ty.is_measure(typed) and not ordered:
        kinds = "numbers or dates" if name in ("min", "max") else "numbers"
        typer.problems.add("SEG0305", f"`{name}` needs {kinds}", node.rows.root, label=f"this is {typed}")
        return None
    if typed == ty.INTEGER and name in ("average", "median"):
        typed = ty.NUMBER
    return k.Aggregate(k.Function(name), rows, value, typed)


def _most_common(typer: Typer, node: tree.Aggregate, rows: k.Rows, value: k.Expr) -> k.Expr | None:
    if value.type in (ty.REAL, ty.BOOLEAN) or isinstance(value.type, ty.SetOfText):
        help = "write `share(… having …)`" if value.type == ty.BOOLEAN else ""
        typer.problems.add(
            "SEG0311",
            "`most_common` needs a text, a date or an exact number",
            node.rows.root,
            label=f"this is {value.type}",
            help=help,
        )
        return None
    return k.Aggregate(k.Function.MOST_COMMON, rows, value, value.type)
