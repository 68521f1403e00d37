"""Types expressions: from the syntax of an expression to a kernel expression, or to diagnostics."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, assert_never, cast

from segdsl import ops
from segdsl.bounds import NESTING
from segdsl.diagnostics import Fix, Span
from segdsl.lang import tree
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model import versions
from segdsl.model.schema import Relation, ToOne
from segdsl.ops.every_for import times
from segdsl.ops.quantile import MOST_PARTS
from segdsl.resolve import calls, coerce
from segdsl.resolve.figures import figure, signed
from segdsl.resolve.problems import Problems
from segdsl.resolve.scope import Place, Scope, follow_links, route_to, start_of_path

MOST_ITEMS = 2_000
MOST_TIMES = 400  # other times that one rule may look at
ROW_CALLS = ("root", "family")  # functions of a hierarchy that name rows


class Names(Protocol):
    """Lookups of names in the whole workspace."""

    def metric(self, name: str, at: tree.Node) -> tuple[str, ty.Type] | None: ...
    def metrics_of(self, entity: str) -> Collection[str]: ...
    def meaning(self, metric: str) -> k.Expr | None: ...
    def affords_times(self, count: int, at: tree.Node) -> bool: ...
    def list_values(self, name: str) -> tree.Values | None: ...
    def list_file(self, name: str) -> Relation | None: ...
    def calendar(self, name: tree.Name) -> k.Calendar | None: ...
    def fiscal_month(self) -> int: ...
    def outcome(self, name: str) -> bool: ...
    def membership(self, path: tree.Path) -> tuple[str, str, str | None] | None: ...
    def is_rule(self, name: str) -> bool: ...
    def is_declared_twice(self, name: str) -> bool: ...
    def known_lists(self) -> list[str]: ...


@dataclass(frozen=True)
class Population:
    """The rows of an entity that ranks are over: those for which `among` is true, or all if None."""

    among: k.Expr | None


@dataclass(frozen=True)
class Typer:
    """Types expressions in one scope. A method that returns None has reported why.

    `population` is what ranks are over; None where ranks are not allowed.
    `forward` is true inside an outcome.
    `times` is the number of other times for which this place is evaluated.
    """

    names: Names
    problems: Problems
    scope: Scope
    rows: Callable[[Typer, tree.Aggregate], k.Expr | None]
    population: Population | None = None
    forward: bool = False
    times: int = 1

    def within(self, scope: Scope) -> Typer:
        """Returns the typer inside an aggregate, where ranks are not allowed."""
        return replace(self, scope=scope, population=None)

    # -- by expected type ------------------------------------------------------

    def condition(self, node: tree.Expr, what: str = "a condition") -> k.Expr | None:
        typed = self.expr(node)
        if typed is not None and typed.type != ty.BOOLEAN:
            self.problems.add(
                "SEG0303",
                f"{what} must be true or false",
                node,
                label=f"this is {typed.type}",
                help="compare it with something",
            )
            return None
        return typed

    def value(self, node: tree.Expr) -> k.Expr | None:
        """Types any expression; a moment such as `30 days ago` becomes a date or timestamp."""
        typed = self.expr(node)
        return coerce.settled(typed) if typed is not None else None

    def moment(self, node: tree.Expr, target: ty.Type) -> k.Expr | None:
        """Types a date or timestamp, and converts it to the type `target`."""
        typed = self.expr(node)
        if typed is None:
            return None
        if not ty.is_time(typed.type):
            self.problems.add("SEG0310", "expected a date or timestamp", node, label=f"this is {typed.type}")
            return None
        return self.at_type(typed, target, node)

    def at_type(self, typed: k.Expr, target: ty.Type, at: tree.Node) -> k.Expr | None:
        if target == ty.DATE and coerce.counts_hours(typed):
            self.problems.add(
                "SEG0403",
                f"{coerce.exact_unit(typed)}s can't be counted on a date",
                at,
                help="use days, or a timestamp field",
            )
            return None
        return coerce.as_date(typed) if target == ty.DATE else coerce.as_timestamp(typed)

    # -- by kind of node ---------------------------------------------------------

    def expr(self, node: tree.Expr) -> k.Expr | None:
        typed = self._expr(node)
        return None if typed is None else replace(typed, span=typed.span or node.span)

    def _expr(self, node: tree.Expr) -> k.Expr | None:
        match node:
            case tree.Path():
                return self._path(node)
            case tree.Number():
                return k.Literal_(figure(node), ty.CONSTANT)
            case tree.Text(_, value):
                return k.Literal_(value, ty.TEXT)
            case tree.Truth(_, truth):
                return k.Literal_(truth, ty.BOOLEAN)
            case tree.Date(_, day):
                return None if day is None else k.Literal_(day, ty.DATE)
            case tree.Timestamp(_, instant):
                return None if instant is None else k.Literal_(instant, ty.TIMESTAMP)
            case tree.Now():
                return k.AsOf(ty.TIMESTAMP)
            case tree.Today():
                return k.AsOf(ty.DATE)
            case tree.MissingValue(_, because):
                return k.Missing(because or "said to be missing", ty.CONSTANT)
            case tree.Ago(_, duration, sign):
                return k.Shift(k.AsOf(ty.MOMENT), sign * duration.count, _unit(duration.unit))
            case tree.Shifted():
                return self._shifted(node)
            case tree.StartOf(_, which, period):
                return k.StartOf(_period(period), _OFFSETS[which])
            case tree.Elapsed():
                return self._elapsed(node)
            case tree.BusinessDays():
                return self._business_days(node)
            case tree.PartOf():
                return self._part_of(node)
            case tree.ElapsedFrom():
                return self._elapsed_from(node)
            case tree.Bracketed(_, item):
                return self.expr(item)
            case tree.Not(_, item):
                inner = self.condition(item, "what follows `not`")
                return inner and k.Not(inner)
            case tree.And() | tree.Or():
                return self._junction(node)
            case tree.Chain():
                return self._chain(node)
            case tree.Negate(_, item):
                return self._negate(node, item)
            case tree.Compare():
                return self._compare(node)
            case tree.Between():
                return self._between(node)
            case tree.Lasting():
                return self._lasting(node)
            case tree.IsMissing(_, subject, negated):
                inner = self.value(subject)
                return inner and (k.Not(k.IsMissing(inner, span=node.span)) if negated else k.IsMissing(inner))
            case tree.InValues(_, subject, values, negated, ignoring):
                return self._one_of(node, subject, values, negated, ignoring)
            case tree.InName():
                return self._in_name(node)
            case tree.InPeriod():
                return self._in_period(node)
            case tree.Has():
                return self._has(node)
            case tree.TextTest():
                return self._text_test(node)
            case tree.If():
                return self._if(node)
            case tree.Bands():
                return self._bands(node)
            case tree.Call():
                return self._call(node)
            case tree.Rank():
                return self._rank(node)
            case tree.InRank():
                return self._in_rank(node)
            case tree.AsOf():
                return self._as_of(node)
            case tree.Quantifier():
                return self._quantifier(node)
            case tree.Aggregate():
                return self.rows(self, node)
            case _:
                assert_never(node)

    # -- names --------------------------------------------------------------------

    def _path(self, node: tree.Path) -> k.Expr | None:
        start = start_of_path(node, self.scope, self.problems)
        return None if start is None else self.read(follow_links(start, self.scope.schema), node)

    def read(self, place: Place, node: tree.Path) -> k.Expr | None:
        """Reads the field or metric that the remaining names of a path refer to."""
        relation = place.relation
        if not place.remaining:
            self.problems.add(
                "SEG0313",
                f"`{node.text}` is a whole {relation.name}, not a value",
                node,
                help=f"name a field, as in `{node.text}.{next(iter(relation.fields))}`, or write `{node.text} in SEGMENT`",
            )
            return None
        name = place.remaining[0]
        value = self._field_or_metric(place, name)
        if value is not None and len(place.remaining) > 1:
            self.problems.add(
                "SEG0313",
                f"nothing can follow `{name.text}`",
                place.remaining[1],
                label=f"it is {value.type}",
                help="only links lead to further fields",
            )
            return None
        return value

    def _field_or_metric(self, place: Place, name: tree.Name) -> k.Expr | None:
        relation = place.relation
        if name.text in relation.fields:
            return self._field(place, name.text)
        metrics = self.names.metrics_of(relation.name)
        if name.text in metrics and self.names.outcome(name.text) and not self.forward and self.scope.frames:
            self.problems.add(
                "SEG0406",
                f"`{name.text}` is an outcome, which isn't known yet",
                name,
                label="this would see the future",
                help="rules use only what is known as of their day; outcomes are for goals, experiments and tests",
            )
            return None
        if name.text in metrics:
            metric = self.names.metric(name.text, name)
            return metric and k.MetricOf(place.row, metric[0], name.text, metric[1])
        schema = self.scope.schema
        if name.text in schema.to_many.get(relation.name, {}) or route_to(schema, relation.name, name.text):
            self.problems.add(
                "SEG0313",
                f"`{name.text}` is many rows, not one value",
                name,
                help=f"aggregate them, as in `count({name.text})` or `any({name.text} where …)`",
            )
            return None
        if name.text in ("null", "nil", "none", "nan"):
            help = "a missing value is written `missing`; test for it with `is missing`"
            self.problems.unknown("SEG0201", "field", name, (), f" of `{relation.name}`", help=help)
            return None
        links = self.scope.schema.to_one.get(relation.name, {})
        rows_around = [f.relation.name for f in self.scope.frames[1:]] + list(self.scope.givens)
        choices = {*relation.fields, *metrics, *links, *rows_around}
        if self._is_not_linked(name, relation):
            return None
        if self.problems.guesses.nearest(name.text, choices) is None and (
            self._suggest_other_place(name, relation.name) or self._is_called_so(name, relation)
        ):
            return None
        self.problems.unknown("SEG0201", "field", name, choices, f" of `{relation.name}`")
        return None

    def _is_not_linked(self, name: tree.Name, relation: Relation) -> bool:
        """Reports another entity that no link leads to, with the link to declare."""
        other = self.scope.schema.relations.get(name.text)
        if other is None or other.kind != "entity" or relation.kind != "entity" or relation.key not in other.fields:
            return False
        rows = f"{name.text}s"
        help = (
            f"declare `entity {name.text} of {relation.name} by {relation.key} reverse {rows}` without the field "
            f"`{relation.key}`, and write `any({rows} where …)`"
        )
        self.problems.add(
            "SEG0201", f"`{name.text}` isn't linked to `{relation.name}`", name, help=help, undeclared=name.text
        )
        return True

    def _is_called_so(self, name: tree.Name, relation: Relation) -> bool:
        """Reports an unknown field whose name is a word in the title of one field, such as `revenue`."""
        titled = [f for f in relation.fields.values() if name.text in re.findall(r"\w+", f.doc.lower())]
        if len(titled) != 1:
            return False
        help = f"did you mean `{titled[0].name}`, “{titled[0].doc}”?"
        fix = Fix(name.span, titled[0].name)
        message = f"unknown field `{name.text}` of `{relation.name}`"
        self.problems.add("SEG0201", message, name, help=help, fix=fix, undeclared=name.text)
        return True

    def hierarchy(self, node: tree.Call) -> Place | None:
        """Returns the row of `root(parent)`, at the top of a hierarchy, and the names after the brackets."""
        link = self.own_link(node)
        if link is None:
            return None
        relation = self.scope.schema.relations[link.target]
        return follow_links(Place(k.Topmost(k.This(), link), relation, node.path), self.scope.schema)

    def own_link(self, node: tree.Call) -> ToOne | None:
        """Returns the link of the row's entity to itself that `root` and `family` follow."""
        name, inner = node.function.text, self.scope.inner
        argument = node.arguments[0].value if len(node.arguments) == 1 else None
        if not isinstance(argument, tree.Path) or len(argument.parts) != 1 or inner is None:
            self.problems.add("SEG0210", f"`{name}` takes one link of the row, as in `{name}(parent)`", node)
            return None
        links = self.scope.schema.to_one.get(inner.name, {})
        climbing = [n for n, link in links.items() if link.target == inner.name]
        link = links.get(argument.text)
        if link is None or link.target != inner.name:
            help = f"links of `{inner.name}` to itself: {', '.join(f'`{n}`' for n in climbing) or 'none'}"
            self.problems.add(
                "SEG0210", f"`{argument.text}` isn't a link from one `{inner.name}` to another", argument, help=help
            )
            return None
        return link

    def _field(self, place: Place, name: str) -> k.Expr:
        """Reads a field. A link reads the key of the row that it leads to, so that a dangling link is missing."""
        relation = place.relation
        field = relation.fields[name]
        links = self.scope.schema.to_one.get(relation.name, {}).values()
        link = next((link for link in links if link.column == name), None)
        if not isinstance(field.type, ty.Link) or link is None:
            return k.Column(place.row, relation.name, name, field.type)
        target = self.scope.schema.relations[link.target]
        key = target.fields[target.key or ""]
        typed = field.type if key.type == ty.TEXT else key.type
        return k.Column(k.Via(place.row, link), target.name, key.name, typed)

    def _suggest_other_place(self, name: tree.Name, relation: str) -> bool:
        """Reports a name that exists in another place, with the way to write it; returns False if there is none."""
        for frame in self.scope.frames[1:]:
            if name.text in frame.relation.fields or name.text in self.names.metrics_of(frame.relation.name):
                help = f"`{frame.relation.name}` has one: write `{frame.relation.name}.{name.text}`"
                self.problems.unknown("SEG0201", "field", name, (), f" of `{relation}`", help=help)
                return True
        details = [r.name for r in self.scope.schema.relations.values() if r.kind == "details" and r.of == relation]
        owners = [d for d in details if name.text in self.scope.schema.relations[d].fields]
        if len(owners) == 1:
            path = f"{owners[0]}.{name.text}"
            message, help = f"unknown field `{name.text}` of `{relation}`", f"`{owners[0]}` has one: write `{path}`"
            self.problems.add("SEG0201", message, name, help=help, fix=Fix(name.span, path), undeclared=name.text)
            return True
        if self.names.is_rule(name.text) and self.scope.inner is not None:
            self.problems.add(
                "SEG0313",
                f"`{name.text}` is a segment, not a value",
                name,
                help=f"write `{self.scope.inner.name} in {name.text}`",
            )
            return True
        return False

    # -- logic ----------------------------------------------------------------------

    def _junction(self, node: tree.And | tree.Or) -> k.Expr | None:
        if len(node.items) > MOST_ITEMS:
            word = "or" if isinstance(node, tree.Or) else "and"
            self.problems.add(
                "SEG0109",
                f"{len(node.items):,} conditions joined by `{word}`; the most is {MOST_ITEMS:,}",
                node.items[MOST_ITEMS],
                help='write many values of one field as a list: `field in ("a", "b")`',
            )
            return None
        if isinstance(node, tree.Or) and any(isinstance(i, tree.And) for i in node.items):
            self._mixed(node)
            return None
        items = [self.condition(i) for i in node.items]
        if any(i is None for i in items):
            return None
        flat = tuple(cast(list[k.Expr], items))
        return k.And(flat) if isinstance(node, tree.And) else k.Or(flat)

    def _mixed(self, node: tree.Or) -> None:
        first = next(i for i in node.items if isinstance(i, tree.And))
        text, start = node.span.text, node.span.start
        pieces, at = [], 0
        for item in node.items:
            if isinstance(item, tree.And):
                begin, end = item.span.start - start, item.span.end - start
                pieces += [text[at:begin], "(", text[begin:end], ")"]
                at = end
        fixed = "".join([*pieces, text[at:]])
        other = _or_first(node)
        shown = all(len(line) < 90 and "\n" not in line for line in (fixed, other))
        lines = f"`{fixed}`, or `{other}`" if shown else f"as in `({' '.join(first.span.text.split())})`"
        self.problems.add(
            "SEG0301",
            "`and` and `or` are mixed without brackets",
            node,
            help=f"brackets say which belong together: write {lines}"
            if shown
            else f"brackets say which belong together, {lines}",
            fix=Fix(node.span, fixed),
        )

    def _if(self, node: tree.If) -> k.Expr | None:
        condition = self.condition(node.condition, "what follows `if`")
        branches = self.alike([node.then, node.otherwise])
        if condition is None or branches is None:
            return None
        return k.If(condition, branches[0], branches[1], coerce.common(branches))

    def alike(self, nodes: list[tree.Expr]) -> list[k.Expr] | None:
        """Types values of which a condition chooses one, and converts them to one type."""
        values = [self.value(n) for n in nodes]
        if any(v is not None and v.type == ty.VERSION for v in values):
            written = [isinstance(v, k.Literal_) and v.type == ty.TEXT for v in values]
            values = [self.version(v, n) if v and is_text else v for v, n, is_text in zip(values, nodes, written)]
        if any(v is None for v in values):
            return None
        typed = coerce.unified(cast(list[k.Expr], values))
        if typed is None:
            kinds = " and ".join(dict.fromkeys(str(v.type) for v in values if v and not isinstance(v, k.Missing)))
            self.problems.add(
                "SEG0309",
                "the results have different types",
                nodes[-1],
                label=kinds,
                help="all results must have one type",
            )
        return typed

    def _bands(self, node: tree.Bands) -> k.Expr | None:
        if len(node.bands) > NESTING.most:  # each band is nested in the previous one
            message = f"{len(node.bands):,} bands; the most is {NESTING.most}"
            help = "use a list from a file, with a column for the value"
            self.problems.add("SEG0109", message, node.bands[NESTING.most], help=help)
            return None
        subject = self.value(node.subject)
        values = self.alike([b.value for b in node.bands])
        if subject is None or values is None:
            return None
        if not ty.is_measure(subject.type):
            self.problems.add("SEG0305", "`bands` needs a number", node.subject, label=f"this is {subject.type}")
            return None
        kinds = [b.kind for b in node.bands]
        result_type = coerce.common(values)
        previous: k.Ratio | None = None
        bands: list[tuple[k.Expr, k.Expr]] = []
        for band, value in reversed(list(zip(node.bands, values))):
            if band.bound is None:
                continue
            bound = self._constant(band.bound)
            if bound is None:
                return None
            if (
                previous is not None
                and bound.numerator * previous.denominator >= previous.numerator * bound.denominator
            ):
                self.problems.add(
                    "SEG0311",
                    "the bounds of `bands` must rise",
                    band.bound,
                    label="the next bound isn't larger",
                    help="order them from low to high",
                )
                return None
            previous = bound
            literal = k.Literal_(bound, ty.CONSTANT, span=band.bound.span)
            below = k.Compare("<", subject, literal, span=Span(band.span.source, band.span.start, band.bound.span.end))
            bands.insert(0, (below, value))
        otherwise = values[kinds.index("otherwise")] if "otherwise" in kinds else None
        if_missing = None
        if "missing" in kinds:
            at = node.bands[kinds.index("missing")].span
            if_missing = k.IsMissing(subject, span=at), values[kinds.index("missing")]
        return ops.phrases()["bands"].lower(subject, bands, otherwise, if_missing, result_type)

    def _constant(self, node: tree.Expr) -> k.Ratio | None:
        number = signed(node)
        if number is None:
            self.problems.add("SEG0305", "expected a number", node)
        return number

    # -- numbers ----------------------------------------------------------------------

    def _negate(self, node: tree.Negate, item: tree.Expr) -> k.Expr | None:
        if isinstance(item, tree.Number):
            return k.Literal_(figure(item, -1), ty.CONSTANT)
        inner = self.expr(item)
        if inner is None:
            return None
        zero = k.Literal_(k.Ratio(0), ty.CONSTANT, span=node.span)
        return self._arithmetic("-", zero, inner, node)

    def _chain(self, node: tree.Chain) -> k.Expr | None:
        if len(node.items) > MOST_ITEMS:
            self.problems.add(
                "SEG0109", f"{len(node.items):,} terms in one sum; the most is {MOST_ITEMS:,}", node.items[MOST_ITEMS]
            )
            return None
        items = [self.expr(i) for i in node.items]
        if any(i is None for i in items):
            return None
        total = cast(k.Expr, items[0])
        for op, item, operand in zip(node.ops, items[1:], node.items[1:]):
            span = Span(node.span.source, node.span.start, operand.span.end)
            combined = self._arithmetic(op, total, cast(k.Expr, item), operand)
            if combined is None:
                return None
            total = replace(combined, span=span)
        return total

    def _arithmetic(self, op: str, left: k.Expr, right: k.Expr, at: tree.Node) -> k.Expr | None:
        result = coerce.arithmetic_type(op, left.type, right.type)
        if result is None:
            code, message, help = coerce.why_not_arithmetic(op, left.type, right.type)
            self.problems.add(code, message, at, help=help)
            return None
        return k.Arithmetic(cast(coerce.ArithmeticOp, op), left, right, result)

    # -- comparisons ------------------------------------------------------------------

    def _compare(self, node: tree.Compare) -> k.Expr | None:
        left, right = self.expr(node.left), self.expr(node.right)
        if left is not None and right is None:
            self._suggest_quotes(left.type, node.right)
        if left is None or right is None:
            return None
        if isinstance(left, k.Missing) or isinstance(right, k.Missing):
            self.problems.add("SEG0302", "nothing can be compared with `missing`", node, help="write `is missing`")
            return None
        if self._compares_a_name_in_quotes(node):
            return None
        comparison = self.comparison(node.op, left, right, node, node.ignoring, node.left, node.right)
        if isinstance(comparison, k.Compare) and node.op in ("=", "!="):
            return self._of_most_common(comparison)
        if comparison is not None and ty.BOOLEAN == left.type == right.type:
            self._advise_on_truth(node)
        return comparison

    def _compares_a_name_in_quotes(self, node: tree.Compare) -> bool:
        """Reports `"plan" = "team"`, which compares two texts, where `plan` is a field."""
        left, inner = node.left, self.scope.inner
        if not isinstance(left, tree.Text) or not isinstance(node.right, tree.Text | tree.Number) or inner is None:
            return False
        in_rule = node.span.start <= left.span.start < node.span.end  # else the text is a cell of a `case`
        if not in_rule or left.value not in inner.fields:
            return False
        message, help = f'"{left.value}" is a text, not the field', f"leave out its quotes: `{left.value}`"
        self.problems.add("SEG0302", message, left, help=help, fix=Fix(left.span, left.value))
        return True

    def _suggest_quotes(self, typed: ty.Type, at: tree.Node) -> None:
        """Says of an unknown name that is compared with a text that it may be a text without its quotes."""
        unknown = next(reversed(self.problems.diagnostics), None)
        if unknown is None or not ty.is_textual(typed) or unknown.undeclared != at.span.text:
            return
        values = {v.casefold(): v for v in typed.values} if isinstance(typed, ty.Enum) else {}
        value = values.get(unknown.undeclared.casefold())
        if value is None and unknown.fix is None:
            value = self.problems.guesses.nearest(unknown.undeclared, list(values.values())) or unknown.undeclared
        if value is not None:
            help = f'text is written in double quotes: did you mean "{value}"?'
            self.problems.diagnostics[-1] = replace(unknown, help=help, fix=Fix(at.span, f'"{value}"'))

    def _advise_on_truth(self, node: tree.Compare) -> None:
        """Advises against comparing a truth value with `true` or `false`."""
        subject, literal = (node.left, node.right) if isinstance(node.right, tree.Truth) else (node.right, node.left)
        in_rule = node.span.start <= literal.span.start < node.span.end  # else the literal is a cell of a `case`
        if in_rule and isinstance(literal, tree.Truth) and not isinstance(subject, tree.Truth):
            text = subject.span.text
            better = text if literal.value is (node.op == "=") else f"not {text}"
            self.problems.add(
                "SEG0809",
                f"`{' '.join(better.split())}` means the same",
                node,
                help="leave out the comparison",
                fix=Fix(node.span, better),
                severity="warning",
            )

    def comparison(
        self,
        op: str,
        left: k.Expr,
        right: k.Expr,
        at: tree.Node,
        ignoring: str | None,
        left_at: tree.Node,
        right_at: tree.Node,
    ) -> k.Expr | None:
        """Types `left op right`. `left_at` and `right_at` are where mistakes of each side are reported."""
        as_versions = self._versions(left, right, left_at, right_at)
        if as_versions is None:
            return None
        left, right = as_versions
        if ignoring is not None and not (ty.is_textual(left.type) and ty.is_textual(right.type)):
            self.problems.add("SEG0307", f"`ignoring {ignoring}` is for text", at, label=f"this compares {left.type}")
            return None
        for enum, literal, place in ((left, right, right_at), (right, left, left_at)):
            if isinstance(enum.type, ty.Enum) and ignoring is None and not self._in_enum(enum, literal, place):
                return None
        try:
            return coerce.comparison(cast(coerce.CompareOp, op), left, right, cast("k.Ignoring | None", ignoring))
        except coerce.Mismatch as wrong:
            swapped = wrong.at_left
            self.problems.add(
                wrong.code, wrong.message, left_at if swapped else right_at, label=wrong.label, help=wrong.help
            )
            return None

    def _versions(
        self, left: k.Expr, right: k.Expr, left_at: tree.Node, right_at: tree.Node
    ) -> tuple[k.Expr, k.Expr] | None:
        """Returns two operands with a text that is compared with a version read as one; reports a text that isn't."""
        if left.type == ty.VERSION and right.type == ty.TEXT:
            version = self.version(right, right_at)
            return None if version is None else (left, version)
        if right.type == ty.VERSION and left.type == ty.TEXT:
            version = self.version(left, left_at)
            return None if version is None else (version, right)
        return left, right

    def version(self, text: k.Expr, at: tree.Node) -> k.Expr | None:
        """Reads a text in quotes as a version."""
        code = versions.encoded(text.value) if isinstance(text, k.Literal_) and isinstance(text.value, str) else None
        if code is None:
            help = 'up to four numbers, as in "10.2" or "10.2.1-beta"'
            self.problems.add("SEG0204", "this is no version", at, label=f"this is {text.type}", help=help)
            return None
        return k.Literal_(k.Ratio(code), ty.VERSION, span=text.span)

    def _in_enum(self, enum: k.Expr, literal: k.Expr, at: tree.Node) -> bool:
        """Tells whether a text compared with an enum is one of its values; reports any other text."""
        assert isinstance(enum.type, ty.Enum)
        if (
            not isinstance(literal, k.Literal_)
            or not isinstance(literal.value, str)
            or literal.value in enum.type.values
        ):
            return True
        name = enum.span.text if enum.span else "it"
        near = self.problems.guesses.nearest(literal.value, enum.type.values)
        near = None if near and _says_more(literal.value, near) else near
        help = f'did you mean "{near}"?' if near else ""
        fix = Fix(at.span, f'"{near}"') if near else None
        self.problems.add(
            "SEG0204",
            f"unknown value `{literal.value}` for `{name}`",
            at,
            label=f"`{name}` is {enum.type}",
            help=help,
            fix=fix,
        )
        return False

    def _between(self, node: tree.Between) -> k.Expr | None:
        subject, low, high = self.expr(node.subject), self.expr(node.low), self.expr(node.high)
        if subject is None or low is None or high is None:
            return None
        at_least = self.comparison(">=", subject, low, node, None, node.subject, node.low)
        at_most = self.comparison("<=", subject, high, node, None, node.subject, node.high)
        if at_least is None or at_most is None:
            return None
        words = (("value", subject), ("low", low), ("high", high))
        phrase = replace(ops.phrases()["between"].lower(at_least, at_most, words), span=node.span)
        return k.Not(phrase) if node.negated else phrase

    def _one_of(
        self, node: tree.Expr, subject: tree.Expr, values: tree.Values, negated: bool, ignoring: str | None
    ) -> k.Expr | None:
        item = self.expr(subject)
        if item is None:
            return None
        if isinstance(item.type, ty.SetOfText):
            self.problems.add(
                "SEG0308", "a set is tested with `has`", node, help=f"write `{subject.span.text} has any (…)`"
            )
            return None
        scalars: list[k.Scalar] = []
        for value_node in values.items:
            literal = self.expr(value_node)
            if literal is None or self.comparison("=", item, literal, node, ignoring, subject, value_node) is None:
                return None
            if item.type == ty.VERSION:
                literal = self.version(literal, value_node)
                assert literal is not None, "it compares with a version"
            scalars.append(coerce.literal_for(item, literal))
        one_of = k.OneOf(coerce.settled(item), tuple(scalars), cast("k.Ignoring | None", ignoring), span=node.span)
        inside = self._of_most_common(one_of)
        return k.Not(inside) if negated else inside

    def _lasting(self, node: tree.Lasting) -> k.Expr | None:
        """Types `last(ROWS.FIELD) = VALUE for DURATION`."""
        asked, unit = self.expr(node.asked), _unit(node.duration.unit)
        if asked is None:
            return None
        of = _state(asked)
        if of is None:
            message = "`for` a time stands behind what `last(…)` of rows is, compared with values that the rule writes"
            help = 'as in `last(changes.stage) = "onboarding" for 45 days`; of other conditions write `every day for 45 days (…)`'
            self.problems.add("SEG0311", message, node, help=help)
            return None
        relation = self.scope.schema.relations[of.rows.relation]
        typed = relation.fields[relation.at or ""].type
        if unit in k.EXACT and typed == ty.DATE:
            self.problems.add("SEG0403", f"{unit}s can't be counted on a date", node.duration, help="use days")
            return None
        at = k.Column(k.This(), relation.name, relation.at or "", typed)
        moment = k.Shift(k.AsOf(typed), -node.duration.count, unit, span=node.duration.span)
        assert isinstance(asked, k.Compare | k.OneOf), "only these have a state"
        return ops.phrases()["lasting"].lower(asked, of, at, moment, " ".join(node.duration.span.text.split()))

    def _of_most_common(self, equal: k.Compare | k.OneOf) -> k.Expr:
        """Returns a comparison of `most_common(…)` with values that the rule writes as the phrase; any other as it is."""
        sides = (equal.item,) if isinstance(equal, k.OneOf) else (equal.left, equal.right)
        for side, other in zip(sides, reversed(sides)):
            of = self._most_common(side)
            if of is None or (
                isinstance(equal, k.Compare) and not all(isinstance(n, k.WRITTEN) for n in k.walk(other))
            ):
                continue
            assert isinstance(side, k.Aggregate | k.MetricOf)
            if isinstance(equal, k.Compare) and equal.op == "!=":
                return k.Not(ops.phrases()["most_common"].lower(replace(equal, op="="), side, of), span=equal.span)
            return ops.phrases()["most_common"].lower(equal, side, of)
        return equal

    def _most_common(self, e: k.Expr) -> k.Aggregate | None:
        """Returns the `most_common(…)` that an expression is, or that a metric of this name stands for, read from the same row."""
        if isinstance(e, k.Aggregate) and e.function == k.Function.MOST_COMMON:
            return e
        if isinstance(e, k.MetricOf) and k.start_of(e.row) != k.Outer():
            body = self.names.meaning(e.name)
            of = self._most_common(body) if body is not None else None
            return None if of is None else cast(k.Aggregate, k.rebase(of, e.row))
        return None

    def _in_name(self, node: tree.InName) -> k.Expr | None:
        values = self.names.list_values(node.name.text)
        if values is not None:
            return self._one_of(node, node.subject, values, node.negated, node.ignoring)
        file_list = self.names.list_file(node.name.text)
        if file_list is not None:
            return self._in_file(node, file_list)
        first = node.name.parts[0]
        if not self.names.is_rule(first.text):
            field = self.scope.frames[0].relation.fields.get(first.text) if self.scope.frames else None
            if field is not None:
                op = "has" if field.type == ty.SetOfText() else "="
                help = f"compare them the other way round: `{first.text} {op} {node.subject.span.text}`"
                self.problems.add("SEG0202", f"`{first.text}` is a field, no list or segment", first, help=help)
            elif not self.names.is_declared_twice(first.text):
                self.problems.unknown("SEG0202", "list or segment", first, self.names.known_lists())
            return None
        target = self.names.membership(node.name)
        row = self._subject_row(node.subject)
        if target is None or row is None:
            return None
        entity, name, arm = target
        if row.relation.name != entity:
            self.problems.add(
                "SEG0302",
                f"`{name}` is about `{entity}`, not about `{row.relation.name}`",
                node.subject,
                help=f"write `{entity} in {node.name.text}`",
            )
            return None
        member = k.Member(row.row, entity, name, arm, span=node.span)
        return k.Not(member) if node.negated else member

    def _in_file(self, node: tree.InName, listed: Relation) -> k.Expr | None:
        """Types `account in strategic` for a list of accounts, or `country in risky` for a list of values."""
        inside: k.Expr
        if listed.of is not None:
            row = self._subject_row(node.subject)
            if row is None:
                return None
            if row.relation.name != listed.of:
                self.problems.add(
                    "SEG0302",
                    f"`{listed.name}` lists rows of `{listed.of}`, not of `{row.relation.name}`",
                    node.subject,
                    help=f"write `{listed.of} in {listed.name}`",
                )
                return None
            link = self.scope.schema.to_one[listed.of][listed.name]
            typed = self.scope.schema.relations[listed.of].fields[link.column].type
            key = k.Column(k.Via(row.row, link), listed.name, listed.key or "", typed, span=node.span)
            on_it = k.Not(k.IsMissing(key, span=node.span), span=node.span)
            inside = k.Named(
                "listed", on_it, (("list", listed.name), ("subject", node.subject.span.text)), span=node.span
            )
        else:
            item = self.expr(node.subject)
            if item is None or not self._goes_with_list(item, listed, node.subject):
                return None
            ignoring = cast("k.Ignoring | None", node.ignoring)
            inside = k.OneOf(coerce.settled(item), (), ignoring, listed.name, span=node.span)
        return k.Not(inside) if node.negated else inside

    def _goes_with_list(self, item: k.Expr, listed: Relation, at: tree.Node) -> bool:
        typed = listed.fields[listed.listed_column].type
        fits = (
            (ty.is_textual(item.type) and ty.is_textual(typed))
            or (ty.is_measure(item.type) and ty.is_measure(typed))
            or item.type == typed
        )
        if not fits:
            self.problems.add("SEG0302", f"`{listed.name}` lists {typed}, but this is {item.type}", at)
        return fits

    def _subject_row(self, subject: tree.Expr) -> Place | None:
        if isinstance(subject, tree.Call) and subject.function.text == "root":
            place = self.hierarchy(subject)
            if place is None or not place.remaining:
                return place
        if isinstance(subject, tree.Text | tree.Number) and self.scope.givens:
            subject = tree.Path(subject.span, (tree.Name(subject.span, _key_as_given(subject)),))
        if isinstance(subject, tree.Path):
            start = start_of_path(subject, self.scope, self.problems)
            if start is None:
                return None
            schema = self.scope.schema
            place = follow_links(start, schema)
            if place.remaining and (link := schema.to_one.get(place.relation.name, {}).get(place.remaining[0].text)):
                place = Place(k.Via(place.row, link), schema.relations[link.target], ())
            if not place.remaining:
                return place
        self.problems.add("SEG0302", "only a customer can be in a segment", subject, help="as in `account in NAME`")
        return None

    # -- text and sets ------------------------------------------------------------------

    def _text_test(self, node: tree.TextTest) -> k.Expr | None:
        subject = self.expr(node.subject)
        if subject is None:
            return None
        if not self._is_text_to_test(node, subject):
            return None
        list_path = node.pattern if isinstance(node.pattern, tree.Path) and node.any_of else None
        file_list = self.names.list_file(list_path.text) if list_path is not None else None
        patterns = self._patterns(node) if file_list is None else []
        text = k.Missing("", ty.TEXT) if node.each is not None else subject
        if patterns is None or (file_list is not None and not self._goes_with_list(text, file_list, node.pattern)):
            return None
        for pattern in patterns:
            if not ty.is_textual(pattern.type):
                self.problems.add("SEG0307", f"`{node.op}` is for text", node.pattern, label=f"this is {pattern.type}")
                return None
        if node.op in ("matches", "contains pattern") and not self._readable_pattern(node, patterns):
            return None
        return k.TextTest(
            op=cast(coerce.TextOp, node.op),
            subject=subject,
            patterns=tuple(patterns),
            ignoring=cast("k.Ignoring | None", node.ignoring),
            listed=file_list.name if file_list is not None else None,
            each=cast('Literal["any", "none"] | None', node.each),
        )

    def _is_text_to_test(self, node: tree.TextTest, subject: k.Expr) -> bool:
        """Whether the subject is a text, or the set whose values are tested, as the test says; reports it where not."""
        is_set, name = isinstance(subject.type, ty.SetOfText), node.subject.span.text
        test = f"{node.op}{' any of' if node.any_of else ''} {node.pattern.span.text}"
        if is_set if node.each is not None else ty.is_textual(subject.type):
            return True
        if node.each is not None:
            written = f"{name} {test}" if node.each == "any" else f"not ({name} {test})"
            help = f"write `{written}`" if ty.is_textual(subject.type) else ""
            self.problems.add(
                "SEG0308", "`has` is for sets of text", node.subject, label=f"this is {subject.type}", help=help
            )
            return False
        help = f"for one of its values, write `{name} has any that {test}`" if is_set else ""
        self.problems.add(
            "SEG0307", f"`{node.op}` is for text", node.subject, label=f"this is {subject.type}", help=help
        )
        return False

    def _patterns(self, node: tree.TextTest) -> list[k.Expr] | None:
        if not node.any_of:
            only = self.expr(cast(tree.Expr, node.pattern))
            return None if only is None else [only]
        values = node.pattern
        if isinstance(values, tree.Path):
            list_values = self._named_list(values)
            if list_values is None:
                return None
            values = list_values
        assert isinstance(values, tree.Values)
        typed = [self.expr(v) for v in values.items]
        return None if any(p is None for p in typed) else cast(list[k.Expr], typed)

    def _named_list(self, path: tree.Path) -> tree.Values | None:
        values = self.names.list_values(path.text)
        if values is None:
            self.problems.unknown("SEG0202", "list", path.parts[0], self.names.known_lists())
        return values

    def _readable_pattern(self, node: tree.TextTest, patterns: list[k.Expr]) -> bool:
        from segdsl.model.patterns import why_not

        pattern = patterns[0]
        if not isinstance(pattern, k.Literal_) or not isinstance(pattern.value, str):
            self.problems.add("SEG0307", f"`{node.op}` needs a pattern in quotes", node)
            return False
        reason = why_not(pattern.value)
        if reason is not None:
            self.problems.add(
                "SEG0315",
                f"this pattern can't be used: {reason}",
                node,
                help=f"`{node.op}` takes a subset of RE2; see `segdsl explain SEG0315`",
            )
        return reason is None

    def _has(self, node: tree.Has) -> k.Expr | None:
        subject = self.expr(node.subject)
        if subject is None:
            return None
        if not isinstance(subject.type, ty.SetOfText):
            self.problems.add(
                "SEG0308",
                "`has` is for sets of text",
                node.subject,
                label=f"this is {subject.type}",
                help=_of_one_text(node, subject),
            )
            return None
        values, ignoring = node.values, cast("k.Ignoring | None", node.ignoring)
        mode = "any" if node.mode == "one" else node.mode
        if isinstance(values, tree.Path) and (from_file := self.names.list_file(values.text)) is not None:
            text = k.Missing("", ty.TEXT)
            if not self._goes_with_list(text, from_file, node.values):
                return None
            return k.SetTest(cast(coerce.SetMode, mode), subject, (), from_file.name, ignoring=ignoring)
        if isinstance(values, tree.Path) and node.mode == "one" and self.names.list_values(values.text) is None:
            return self._has_item(subject, values, ignoring)
        if isinstance(values, tree.Path):
            list_values = self._named_list(values)
            if list_values is None:
                return None
            values = list_values
        items = (values,) if isinstance(values, tree.Text) else values.items
        texts = [i.value for i in items if isinstance(i, tree.Text)]
        if len(texts) != len(items):
            wrong = next(i for i in items if not isinstance(i, tree.Text))
            self.problems.add("SEG0308", "a set of text contains only texts", wrong, label="this isn't text")
            return None
        return k.SetTest(cast(coerce.SetMode, mode), subject, tuple(texts), ignoring=ignoring)

    def _has_item(self, subject: k.Expr, path: tree.Path, ignoring: k.Ignoring | None) -> k.Expr | None:
        """Types `entitled has feature`, a test of a set for the value of a field."""
        item = self.value(path)
        if item is None:
            return None
        if not ty.is_textual(item.type):
            self.problems.add("SEG0308", "a set of text contains only texts", path, label=f"this is {item.type}")
            return None
        return k.SetTest("any", subject, (), item=item, ignoring=ignoring)

    # -- time -------------------------------------------------------------------------

    def _shifted(self, node: tree.Shifted) -> k.Expr | None:
        anchor = self.expr(node.anchor)
        if anchor is None:
            return None
        if not ty.is_time(anchor.type):
            self.problems.add("SEG0310", "expected a date or timestamp", node.anchor, label=f"this is {anchor.type}")
            return None
        unit = node.duration.unit
        moment = coerce.as_timestamp(anchor) if unit in k.EXACT else coerce.settled(anchor)
        return k.Shift(moment, node.sign * node.duration.count, _unit(unit))

    def _elapsed(self, node: tree.Elapsed) -> k.Expr | None:
        target = ty.TIMESTAMP if node.unit in k.EXACT else ty.DATE
        moment = self.moment(node.moment, target)
        if moment is None:
            return None
        as_of = k.AsOf(target, span=node.span)
        start, end = (moment, as_of) if node.sign == 1 else (as_of, moment)
        return k.Elapsed(_unit(node.unit), start, end)

    def _business_days(self, node: tree.BusinessDays) -> k.Expr | None:
        calendar, start = self.names.calendar(node.calendar), self.moment(node.start, ty.DATE)
        end = k.AsOf(ty.DATE, span=node.span) if node.end is None else self.moment(node.end, ty.DATE)
        if calendar is None or start is None or end is None:
            return None
        return k.BusinessDays(calendar, start, end)

    def _elapsed_from(self, node: tree.ElapsedFrom) -> k.Expr | None:
        target = ty.TIMESTAMP if node.unit in k.EXACT else ty.DATE
        start, end = self.moment(node.start, target), self.moment(node.end, target)
        return None if start is None or end is None else k.Elapsed(_unit(node.unit), start, end)

    def _part_of(self, node: tree.PartOf) -> k.Expr | None:
        """Types `year of X` and the like: numbers, but for the weekday, which is a word."""
        typed = self.expr(node.moment)
        if typed is not None and node.unit == "hour" and typed.type == ty.DATE:
            self.problems.add("SEG0403", "a date has no hour", node.moment, help="use a timestamp field")
            return None
        moment = self.moment(node.moment, ty.TIMESTAMP if node.unit == "hour" else ty.DATE)
        if moment is None:
            return None
        return (
            ops.phrases()["weekday"].lower(moment)
            if node.unit == "weekday"
            else k.PartOf(cast(k.Part, node.unit), moment)
        )

    def _in_period(self, node: tree.InPeriod) -> k.Expr | None:
        subject = self.expr(node.subject)
        if subject is None:
            return None
        if not ty.is_time(subject.type):
            self.problems.add(
                "SEG0310", "only a date or timestamp can be in a period", node.subject, label=f"this is {subject.type}"
            )
            return None
        subject = coerce.settled(subject)
        window = period_bounds(node.period, subject.type, self.names.fiscal_month())
        if window is None:
            unit = node.period.duration.unit if node.period.duration is not None else "hour"
            self.problems.add(
                "SEG0403", f"{unit}s can't be counted on a date", node.period, help="use days, or a timestamp field"
            )
            return None
        start, end = window
        return ops.phrases()["in_period"].lower(subject, start, end, " ".join(node.period.span.text.split()))

    # -- calls ------------------------------------------------------------------------

    def _call(self, node: tree.Call) -> k.Expr | None:
        name = node.function.text
        if name == "root":
            place = self.hierarchy(node)
            return None if place is None else self._at_top(node, place)
        if name in ops.calls():
            return calls.call(self, node, ops.calls()[name])
        if name == "family":
            self.problems.add(
                "SEG0313",
                "`family(…)` is many rows, not one value",
                node,
                help="aggregate them, as in `sum(family(parent).arr)`",
            )
            return None
        self.problems.unknown("SEG0210", "function", node.function, [*ops.calls(), *ROW_CALLS, *AGGREGATES, *RANKS])
        return None

    def _at_top(self, node: tree.Call, place: Place) -> k.Expr | None:
        """Types `root(parent).arr`; `root(parent)` alone is the key of that row."""
        if place.remaining:
            return self.read(place, tree.Path(node.span, place.remaining))
        relation = place.relation
        key = relation.fields[relation.key or ""]
        typed = key.type if key.type == ty.INTEGER else ty.Link(relation.name)
        return k.Column(place.row, relation.name, key.name, typed)

    # -- among a population ------------------------------------------------------------

    def _rank(self, node: tree.Rank) -> k.Expr | None:
        name = node.function.text
        standing = self._standing(node)
        parts = node.parts.numerator if node.parts is not None else None
        if (name == "quantile") != (parts is not None):
            help = "as in `quantile(arr, 5)`" if parts is None else f"as in `{name}(arr per region)`"
            self.problems.add(
                "SEG0210",
                f"`{name}` takes {'a value and a number of parts' if parts is None else 'one value'}",
                node,
                help=help,
            )
            return None
        if standing is None:
            return None
        if name == "quantile":
            assert parts is not None
            if not 2 <= parts <= MOST_PARTS:
                self.problems.add("SEG0314", f"`quantile` makes from 2 to {MOST_PARTS:,} parts", node.parts)
                return None
            return ops.phrases()[name].lower(standing, parts)
        if name == "cumulative_share" and not self._adds_up(standing, node):
            return None
        return ops.phrases()[name].lower(standing)

    def _adds_up(self, standing: k.Standing, node: tree.Rank) -> bool:
        typed = standing.value.type
        if ty.is_measure(typed) and typed != ty.REAL:
            return True
        help = "declare the field `number`, whose sums are exact" if typed == ty.REAL else ""
        self.problems.add(
            "SEG0305", "`cumulative_share` needs an exact number", node.subject, label=f"this is {typed}", help=help
        )
        return False

    def _in_rank(self, node: tree.InRank) -> k.Expr | None:
        amount = node.amount
        if amount.numerator == 0 or (amount.percent and amount.numerator > amount.denominator):
            self.problems.add(
                "SEG0314", f"`in {node.side}` takes a number of at least 1, or a share up to 100%", amount
            )
            return None
        standing = self._standing(node)
        if standing is None:
            return None
        return ops.phrases()["in_top"].lower(standing, node.side, figure(amount))

    def _standing(self, node: tree.Rank | tree.InRank) -> k.Standing | None:
        value, ties = self.value(node.subject), self.ties(node.ties)
        group = self.group(node.per) if node.per is not None else None
        relation = self.scope.inner
        if value is None or ties is None or (node.per is not None and group is None):
            return None
        if self.population is None or relation is None:
            self.problems.add(
                "SEG0318",
                "a rank can't be inside an aggregate",
                node,
                help="declare it as a metric of an entity, and use the metric here",
            )
            return None
        if not (ty.is_numeric(value.type) or ty.is_time(value.type)):
            self.problems.add(
                "SEG0304", "only numbers and dates can be ranked", node.subject, label=f"this is {value.type}"
            )
            return None
        return k.Standing("greater", relation.name, value, self.population.among, group, ties=ties, span=node.span)

    def ties(self, nodes: Sequence[tree.Expr]) -> tuple[k.Expr, ...] | None:
        """Types what follows `then by`: numbers, dates and texts."""
        typed = [self._tie(node) for node in nodes]
        return None if any(t is None for t in typed) else tuple(cast(list[k.Expr], typed))

    def _tie(self, node: tree.Expr) -> k.Expr | None:
        typed = self.value(node)
        if typed is None:
            return None
        if isinstance(typed.type, ty.Enum) and typed.type.ordered:
            return coerce.place_in(typed.type, typed)
        if ty.is_numeric(typed.type) or ty.is_time(typed.type) or ty.is_textual(typed.type):
            return typed
        message = "`then by` takes a number, a date or a text"
        self.problems.add("SEG0304", message, node, label=f"this is {typed.type}")
        return None

    def group(self, per: tree.Path) -> k.Expr | None:
        """Types the group after `per`: texts, dates, truth values or whole numbers."""
        group = self.value(per)
        if group is not None and (
            group.type in (ty.REAL, ty.NUMBER, ty.CONSTANT) or isinstance(group.type, ty.SetOfText | ty.Money)
        ):
            self.problems.add(
                "SEG0305", "a group must be a text, a date or a whole number", per, label=f"this is {group.type}"
            )
            return None
        return group

    # -- at other times -------------------------------------------------------------------

    def at_other_times(self, times: int) -> Typer:
        """Returns the typer for an expression that is evaluated as of `times` other times."""
        return replace(self, times=self.times * times)

    def _as_of(self, node: tree.AsOf) -> k.Expr | None:
        relation = self._entity_with_history(node)
        moment = self.moment(node.moment, ty.TIMESTAMP)
        item = self.value(node.item)
        if relation is None or moment is None or item is None:
            return None
        if any(isinstance(n, k.Column | k.MetricOf | k.Aggregate) for n in k.walk(moment)):
            self.problems.add(
                "SEG0403",
                "`as of` needs a day or time that is the same for all customers",
                node.moment,
                label="this depends on the customer",
                help="as in `as of 28 days ago`",
            )
            return None
        return k.At(relation.name, item, moment)

    def _entity_with_history(self, node: tree.Expr) -> Relation | None:
        relation = self.scope.inner
        if relation is None or relation.kind != "entity":
            message, help = "an expectation has no history", "declare it as a metric"
            if relation is not None:
                message = f"rows of `{relation.name}` have no history"
                help = "use `as of` on the entity, or select past rows with a time window"
            self.problems.add("SEG0319", message, node, help=help)
            return None
        return relation

    def _quantifier(self, node: tree.Quantifier) -> k.Expr | None:
        relation = self._entity_with_history(node)
        duration = node.duration
        count = times(node.unit, (duration.count, _unit(duration.unit)))
        if count is None or count < 1:
            self.problems.add(
                "SEG0403",
                f"{duration.span.text} is not a whole number of {node.unit}s",
                duration,
                help=f"count in {node.unit}s",
            )
            return None
        if count * self.times > MOST_TIMES:
            self.problems.add(
                "SEG0321",
                f"this looks at {count * self.times:,} times; the most is {MOST_TIMES}",
                node,
                help="use a longer step, or aggregate rows in a window",
            )
            return None
        if not self.names.affords_times(count * self.times, node):
            return None
        condition = self.at_other_times(count).condition(node.condition, f"what follows `{node.mode} {node.unit} for`")
        if relation is None or condition is None:
            return None
        phrase = ops.phrases()[f"{node.mode}_for"]
        return phrase.lower(condition, relation.name, node.unit, count, duration.span.text)


_MORE = re.compile(
    r"[,;/|&+<>=!]|\b(?:not|non|no|nor|neither|or|and|except|but|without|unless|other|than|any|all|higher|lower|above|below|up)\b"
)


def _says_more(said: str, near: str) -> bool:
    """Whether a text is no misspelt value, but one beside other words: `not free`, `team, business`, `gold+`."""
    before, is_there, behind = said.casefold().partition(near.casefold())
    return bool(is_there) and _MORE.search(f"{before} {behind}") is not None


_AGGREGATE_NAMES = """
    count any all none sum average median min max first last most_common count_distinct distinct_days share
"""
AGGREGATES = tuple(_AGGREGATE_NAMES.split())
RANKS = ("rank", "percentile", "quantile", "cumulative_share")
_OFFSETS: Mapping[str, int] = {"this": 0, "last": -1, "next": 1}


def _of_one_text(node: tree.Has, subject: k.Expr) -> str:
    """How a text is tested where `has` stands, as for a set: the whole text, or a part of it."""
    if not ty.is_textual(subject.type):
        return ""
    name, values = node.subject.span.text, node.values.span.text
    if node.mode == "one":
        return f"write `{name} contains {values}`, or `{name} = {values}` for the whole text"
    if node.mode == "all":
        return "a text is tested with `=`, `in` or `contains`"
    whole, part = f"{name} {'not ' if node.mode == 'none' else ''}in {values}", f"{name} contains any of {values}"
    return f"write `{whole}`, or `{f'not ({part})' if node.mode == 'none' else part}` for a part of the text"


def _state(asked: k.Expr) -> k.Aggregate | None:
    """Returns the `last(…)` of all rows that a condition compares with what the rule writes; None for any other condition."""
    if isinstance(asked, k.OneOf):
        return _last(asked.item) if asked.listed is None else None
    if not isinstance(asked, k.Compare):
        return None
    sides = ((asked.left, asked.right), (asked.right, asked.left))
    return next((of for side, other in sides if _is_written(other) and (of := _last(side)) is not None), None)


def _last(e: k.Expr) -> k.Aggregate | None:
    """Returns `last(…)` without a window of its own; None for any other expression."""
    if not isinstance(e, k.Aggregate) or e.function is not k.Function.PICK or e.rows.earliest:
        return None
    window = e.rows.window
    return e if window is None or (window.start is None and isinstance(window.end, k.AsOf)) else None


def _or_first(node: tree.Or) -> str:
    """Returns conditions joined by `and` and `or` with brackets around those that `or` joins."""
    groups: list[list[str]] = [[]]
    for item in node.items:
        first, *others = item.items if isinstance(item, tree.And) else (item,)
        groups[-1].append(first.span.text)
        groups += [[other.span.text] for other in others]
    return " and ".join(f"({' or '.join(g)})" if len(g) > 1 else g[0] for g in groups)


def _is_written(e: k.Expr) -> bool:
    """Tells whether an expression has one value for all rows, which the rule writes."""
    return all(isinstance(n, k.WRITTEN) for n in k.walk(e))


def _key_as_given(key: tree.Text | tree.Number) -> str:
    """Returns the key of a customer of a test, as the test gives it."""
    return key.value if isinstance(key, tree.Text) else key.span.text


def _unit(word: str) -> k.Unit:
    return cast(k.Unit, word)


def _period(word: str) -> k.Period:
    return cast(k.Period, word)


def period_bounds(window: tree.Window, typed: ty.Type, fiscal_month: int) -> tuple[k.Expr, k.Expr] | None:
    """Returns the bounds [start, end) of `in last D`, `in next D` or a calendar period; None for hours or minutes on a date."""
    as_of = k.AsOf(typed, span=window.span)
    if window.duration is not None:
        unit, count = _unit(window.duration.unit), window.duration.count
        if unit in k.EXACT and typed == ty.DATE:
            return None
        if window.kind == "last":
            return k.Shift(as_of, -count, unit, span=window.span), as_of
        return as_of, k.Shift(as_of, count, unit, span=window.span)
    assert window.words is not None
    which, calendar, period = window.words
    first = fiscal_month if calendar == "fiscal" else 1
    start, end = (k.StartOf(_period(period), _OFFSETS[which] + i, first, span=window.span) for i in (0, 1))
    return (start, end) if typed == ty.DATE else (k.StartOfDay(start), k.StartOfDay(end))
