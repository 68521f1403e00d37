"""Aggregates over the same rows -> one pass: rows with their conditions, then one GROUP BY.

A row's condition is kept three-valued up to the grouping, and unknown is told from false again only
outside the join, where a customer without rows is no longer a NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlglot import exp

from segdsl.model import expr as k
from segdsl.model.schema import Relation
from segdsl.sql import numbers as n
from segdsl.sql import spell as s
from segdsl.sql.conditions import Conditions, Plain, Value
from segdsl.sql.spell import Sql

GROUP = "k"
_ROWS = "r"
Reader = Callable[[str], Value]
"""Alias of the joined pass -> the aggregate's value."""


class RowsQuery(Protocol):
    """The SELECT of the rows that a pass groups: what its aggregates read, and the query in the end."""

    @property
    def conditions(self) -> Conditions: ...
    def conditions_by(self, zone: k.Expr | None) -> Conditions: ...
    def field(self, row: k.Row, relation: str, name: str) -> Sql: ...
    def select(self, *columns: Sql) -> exp.Select: ...


@dataclass(frozen=True)
class _Taken:
    """Which rows an aggregate takes (`yes`), and which it might (`maybe`).

    NULL counts as no: every use is a FILTER, a CASE or a bool_or, which take it so.
    """

    yes: Sql
    maybe: Sql | None


@dataclass
class Pass:
    """Collects what the rows must carry and what the grouping gives; the same text is computed once."""

    rows: RowsQuery
    relation: Relation
    key: Sql
    _row: dict[str, tuple[str, Sql]] = field(default_factory=dict)
    _over: list[dict[str, tuple[str, Sql]]] = field(default_factory=list)  # window functions: each reads those before
    _grouped: dict[str, tuple[str, Sql]] = field(default_factory=dict)
    _windows: list[Sql] = field(default_factory=list)

    def add(
        self, a: k.Aggregate, back: k.Aggregate, whole: Sql | None = None, asked_zone: k.Expr | None = None
    ) -> Reader:
        """`back` is the aggregate with its window bounds read from the row.

        `whole` tells, outside the join, whether no row is lacking; None where none can be. `asked_zone` is the zone
        where it is known outside the join, too; each row has its own where only `back` has one.
        """
        uncertain = [self._zoneless(back.rows)] if a.rows.zone is not None and asked_zone is None else []
        taken = self._taken(back)
        if a.rows.latest is not None:
            taken, open_row = self._latest(a.rows, taken)
            uncertain += [open_row] if open_row is not None else []
        read = self._read(a, taken)
        if whole is not None:
            read = self._decided(a, taken, read, whole)
        if not uncertain:
            return read
        return lambda alias: unless([_null_where(s.column(alias, column)) for column in uncertain], read(alias))

    def _decided(self, a: k.Aggregate, taken: _Taken, read: Reader, whole: Sql) -> Reader:
        """What the rows that are there decide, whichever others there were."""
        full = self._count(taken.yes) if a.rows.latest is not None and not a.rows.earliest else None

        def enough(alias: str) -> Sql:
            if full is None:
                return whole
            there = s.binary("=", s.coalesce(s.column(alias, full), s.whole(0)), s.whole(a.rows.latest or 0))
            return s.any_of([whole, there])

        def decided(alias: str) -> Value:
            value = read(alias)
            if a.function == k.Function.ANY and isinstance(value, Plain):
                return Plain(s.case((value.sql, s.TRUE), (enough(alias), value.sql)))
            known = unless([s.case((enough(alias), s.whole(1)))], value)
            if a.function in (k.Function.COUNT, k.Function.COUNT_DISTINCT):
                assert isinstance(value, n.Exact) and isinstance(known, n.Exact)
                return replace(known, floor=value.numerator)
            return known

        return decided

    # -- rows -------------------------------------------------------------------------

    def _taken(self, a: k.Aggregate) -> _Taken:
        inside: list[Sql] = [s.TRUE]
        if a.rows.window is not None and self.relation.at is not None:
            at = self.rows.field(k.This(), self.relation.name, self.relation.at)
            start, end = a.rows.window.start, a.rows.window.end
            by = self.rows.conditions_by(a.rows.zone)
            if start is not None:
                inside.append(s.binary(">=", at, by.sql(start)))
            if end is not None:
                inside.append(s.binary("<", at, by.sql(end)))
        window = s.all_of(inside)
        self._windows.append(window)
        windowed = window if window is s.TRUE else self._carry(window)
        if a.rows.where is None:
            return _Taken(windowed, None)
        where = self._carry(self.rows.conditions.sql(a.rows.where))
        return _Taken(s.all_of([windowed, where]), s.all_of([windowed, s.is_null(where)]))

    def _zoneless(self, rows: k.Rows) -> str:
        """Whether there is a row, within the window or not, of which nobody knows when its days begin."""
        self._windows.append(s.TRUE)
        by = self.rows.conditions_by(rows.zone)
        bounds = [b for b in (rows.window.start, rows.window.end) if b is not None] if rows.window else []
        needed = [by.zone, *(by.sql(b) for b in bounds if by.clock.constant(b) is None)]
        return self._group(exp.LogicalOr(this=self._carry(s.any_of([s.is_null(sql) for sql in needed]))))

    def _carry(self, sql: Sql) -> Sql:
        """A column of the rows query."""
        name, _ = self._row.setdefault(sql.sql("duckdb", copy=False), (f"c{len(self._row)}", sql))
        return s.column(_ROWS, name)

    def _windowed(self, window: Sql) -> Sql:
        """A column of a window function: one step above the highest of those that it reads."""
        read = {c.name for c in window.find_all(exp.Column)}
        step = max((i + 1 for i, names in enumerate(self._over) if read & {n for n, _ in names.values()}), default=0)
        if step == len(self._over):
            self._over.append({})
        names = self._over[step]
        name, _ = names.setdefault(window.sql("duckdb", copy=False), (f"n{step}_{len(names)}", window))
        return s.column(_ROWS, name)

    def _latest(self, rows: k.Rows, taken: _Taken) -> tuple[_Taken, str | None]:
        """Only the first `latest` in the one order of rows; a row that might be among them is uncertain."""
        direction = not rows.earliest
        columns = [c for c in self.relation.fields if c not in (self.relation.at, self.relation.by)]
        keys = [self.relation.at or "", *columns, self.relation.by or ""]
        carried = [self._carry(self.rows.field(k.This(), self.relation.name, c)) for c in keys]
        order = [exp.Ordered(this=c, desc=direction, nulls_first=not direction) for c in carried]
        counted = s.case((taken.yes, s.whole(1)), default=s.whole(0))
        window = exp.Window(
            this=exp.Sum(this=counted),
            partition_by=[s.column(_ROWS, GROUP)],
            order=exp.Order(expressions=order),
            spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
        )
        rank, most = self._windowed(window), s.whole(rows.latest or 0)
        chosen = s.all_of([taken.yes, s.binary("<=", rank, most)])
        if taken.maybe is None:
            return _Taken(chosen, None), None
        might = s.all_of([taken.maybe, s.binary("<", rank, most)])
        return _Taken(chosen, None), self._group(exp.LogicalOr(this=might))

    # -- the grouping -------------------------------------------------------------------

    def _group(self, sql: Sql) -> str:
        name, _ = self._grouped.setdefault(sql.sql("duckdb", copy=False), (f"g{len(self._grouped)}", sql))
        return name

    def _count(self, condition: Sql) -> str:
        return self._group(s.filtered(exp.Count(this=exp.Star()), condition))

    def _read(self, a: k.Aggregate, taken: _Taken) -> Reader:
        match a.function:
            case k.Function.ANY | k.Function.COUNT | k.Function.SHARE:
                return self._ask(a, taken)
            case k.Function.COUNT_DISTINCT:
                return self._different(self._value(a), taken)
            case (
                k.Function.SUM | k.Function.AVERAGE | k.Function.MEDIAN | k.Function.MIN | k.Function.MAX
                | k.Function.PICK | k.Function.MOST_COMMON as function
            ):  # fmt: skip
                return self._of_values(function, self._value(a), taken)

    def _value(self, a: k.Aggregate) -> Value:
        assert a.value is not None
        return self.rows.conditions.value(a.value)

    def _of_values(self, function: k.OfValues, value: Value, taken: _Taken) -> Reader:
        if isinstance(value, n.Exact):
            return self._exact(function, value, taken)
        if isinstance(value, n.Double):
            return self._real(function, value, taken)
        carried = self._carry(value.sql)
        if function == k.Function.MOST_COMMON:
            low, high = self._most_common(carried, taken)
            return lambda alias: Plain(_only(s.column(alias, low), s.column(alias, high)))
        kind = {k.Function.MIN: exp.Min, k.Function.MAX: exp.Max, k.Function.PICK: exp.AnyValue}[function]
        plain = self._group(s.filtered(kind(this=carried), taken.yes))
        return lambda alias: Plain(s.column(alias, plain))

    def _ask(self, a: k.Aggregate, taken: _Taken) -> Reader:
        asked = self._carry(self.rows.conditions.sql(a.value)) if a.value is not None else s.TRUE
        true = s.all_of([taken.yes, asked])
        if a.function == k.Function.COUNT:
            counted = self._count(true)
            return lambda alias: _whole(alias, counted)
        if a.function == k.Function.SHARE:
            known = self._count(taken.yes if asked is s.TRUE else s.all_of([taken.yes, s.not_(s.is_null(asked))]))
            counted = self._count(true)
            return lambda alias: _share(alias, counted, known)
        some = self._group(exp.LogicalOr(this=true))
        open_rows = [] if asked is s.TRUE else [s.all_of([taken.yes, s.is_null(asked)])]
        if taken.maybe is not None:
            open_rows.append(taken.maybe if asked is s.TRUE else s.all_of([taken.maybe, s.is_not_false(asked)]))
        if not open_rows:
            return lambda alias: Plain(s.coalesce(s.column(alias, some), s.FALSE))
        unknown = self._group(exp.LogicalOr(this=s.any_of(open_rows)))
        return lambda alias: Plain(
            s.case((s.column(alias, some), s.TRUE), (s.column(alias, unknown), s.NULL), default=s.FALSE)
        )

    def _different(self, value: Value, taken: _Taken) -> Reader:
        """Equal numbers have one summand, however they are written."""
        carried = self._carry(n.summand(value)[0] if isinstance(value, n.Exact) else value.sql)
        counted = self._group(s.filtered(exp.Count(this=exp.Distinct(expressions=[carried])), taken.yes))
        return lambda alias: _whole(alias, counted)

    def _most_common(self, value: Sql, taken: _Taken) -> tuple[str, str]:
        """The least and the greatest of the values that most rows have: one and the same, unless there is a tie."""
        here = s.all_of([taken.yes, s.not_(s.is_null(value))])
        by = [s.column(_ROWS, GROUP), value]
        times = exp.Window(this=exp.Count(this=s.case((here, s.whole(1)))), partition_by=by)
        each = self._windowed(times)
        most = exp.Window(this=exp.Max(this=s.case((here, each))), partition_by=[s.column(_ROWS, GROUP)])
        commonest = s.all_of([here, s.binary("=", each, self._windowed(most))])
        return self._group(s.filtered(exp.Min(this=value), commonest)), self._group(
            s.filtered(exp.Max(this=value), commonest)
        )

    def _exact(self, function: k.OfValues, value: n.Exact, taken: _Taken) -> Reader:
        sql, over, bits = n.summand(value)
        carried = self._carry(sql)

        def grouped(aggregated: Sql) -> str:
            return self._group(s.filtered(aggregated, taken.yes))

        match function:
            case k.Function.MOST_COMMON:
                least, greatest = self._most_common(carried, taken)
                return lambda alias: n.leaf(_only(s.column(alias, least), s.column(alias, greatest)), over, bits)
            case k.Function.PICK:
                picked = grouped(exp.AnyValue(this=carried))
                return lambda alias: n.leaf(s.column(alias, picked), over, bits)
            case k.Function.MIN | k.Function.MAX:
                extreme = grouped((exp.Min if function == k.Function.MIN else exp.Max)(this=carried))
                return lambda alias: n.leaf(s.column(alias, extreme), over, bits)
            case k.Function.MEDIAN:
                low = grouped(s.call("quantile_disc", carried, exp.Literal.number("0.5")))
                high = grouped(s.call("quantile_disc", n.negated(s.paren(carried)), exp.Literal.number("0.5")))
                return lambda alias: _halves(alias, low, high, over, bits)
            case k.Function.SUM:
                total, present = grouped(exp.Sum(this=carried)), self._count(taken.yes)
                return lambda alias: _sum(alias, total, present, over, bits)
            case k.Function.AVERAGE:
                total, known = grouped(exp.Sum(this=carried)), grouped(exp.Count(this=carried))
                return lambda alias: _average(alias, total, known, over, bits)

    def _real(self, function: k.OfValues, value: n.Double, taken: _Taken) -> Reader:
        """Over the values in ascending order, so that the sum doesn't depend on the order of rows."""
        carried = self._carry(value.sql)
        present = self._count(taken.yes)
        kept = s.all_of([taken.yes, s.not_(s.is_null(carried))])
        listed = self._group(s.filtered(exp.ArrayAgg(this=carried), kept))
        return lambda alias: _real_of(function, s.call("list_sort", s.column(alias, listed)), s.column(alias, present))

    # -- the query ------------------------------------------------------------------------

    def query(self, earliest: Sql | None, together: list[Sql]) -> exp.Select:
        """`together` says which rows go with which row that the pass is asked for."""
        rows = self.rows.select(s.named(self.key, GROUP), *(s.named(sql, name) for name, sql in self._row.values()))
        conditions = [s.not_(s.is_null(self.key)), *together]
        if together and all(w is not s.TRUE for w in self._windows):
            conditions.append(s.any_of(self._windows))
        if earliest is not None and self.relation.at is not None:
            conditions.append(s.binary(">=", self.rows.field(k.This(), self.relation.name, self.relation.at), earliest))
        query = rows.where(s.all_of(conditions), copy=False)
        for step in self._over:
            added = [s.named(sql, name) for name, sql in step.values()]
            query = exp.Select(expressions=[exp.Star(), *added]).from_(
                query.subquery(s.name(_ROWS), copy=False), copy=False
            )
        grouped = [s.named(sql, name) for name, sql in self._grouped.values()]
        group = s.column(_ROWS, GROUP)
        outer = exp.Select(expressions=[s.named(group, GROUP), *grouped]).from_(
            query.subquery(s.name(_ROWS), copy=False), copy=False
        )
        return outer.group_by(group, copy=False)


# -- how the columns of a pass are read, outside the join ----------------------------------------


def _only(least: Sql, greatest: Sql) -> Sql:
    return s.case((s.binary("=", least, greatest), least))


def _whole(alias: str, name: str) -> n.Exact:
    return n.leaf(s.coalesce(s.column(alias, name), s.whole(0)), 1, n.ROW_BITS)


def _share(alias: str, counted: str, known: str) -> n.Exact:
    return _quotient(s.column(alias, counted), s.column(alias, known), n.ROW_BITS, n.ROW_BITS)


def _quotient(numerator: Sql, over: Sql, bits: int, over_bits: int) -> n.Exact:
    over = s.call("nullif", over, s.whole(0))
    double = s.binary("/", s.double(numerator), s.double(over))
    return n.Exact(numerator, over, bits, over_bits, double)


def _sum(alias: str, total: str, present: str, over: int, bits: int) -> n.Exact:
    none = s.binary("=", s.coalesce(s.column(alias, present), s.whole(0)), s.whole(0))
    value = s.case((none, s.big(0)), default=s.column(alias, total))
    return n.leaf(value, over, bits + n.ROW_BITS)


def _average(alias: str, total: str, known: str, over: int, bits: int) -> n.Exact:
    counted = s.column(alias, known)
    weight = counted if over == 1 else s.binary("*", s.wide(counted), s.whole(over))
    return _quotient(s.column(alias, total), weight, bits + n.ROW_BITS, over.bit_length() + n.ROW_BITS)


def _halves(alias: str, low: str, high: str, over: int, bits: int) -> n.Exact:
    """The median as the sum of the lower and the upper middle value, over twice the denominator."""
    lower, upper = s.column(alias, low), n.negated(s.column(alias, high))
    return n.leaf(s.binary("+", s.wide(lower), s.wide(upper)), over * 2, bits + 1)


def _real_of(function: k.OfValues, ordered: Sql, present: Sql) -> n.Double:
    length = s.call("len", ordered)

    def at(place: Sql) -> Sql:
        return s.call("list_extract", ordered, place)

    def total() -> Sql:
        return s.finite(s.call("list_reduce", s.call("list_prepend", s.double(s.whole(0)), ordered), _plus()))

    match function:
        case k.Function.SUM:
            none = s.binary("=", s.coalesce(present, s.whole(0)), s.whole(0))
            known = s.case((s.binary(">", length, s.whole(0)), total()))  # where all are missing there is no list
            return n.Double(s.case((none, s.double(s.whole(0))), default=known))
        case k.Function.AVERAGE:
            return n.Double(s.finite(s.binary("/", total(), s.double(length))))
        case k.Function.MIN | k.Function.PICK:
            return n.Double(at(s.whole(1)))
        case k.Function.MAX:
            return n.Double(at(s.whole(-1)))
        case k.Function.MEDIAN:
            lower = at(s.binary("//", s.binary("+", length, s.whole(1)), s.whole(2)))
            upper = at(s.binary("+", s.binary("//", length, s.whole(2)), s.whole(1)))
            both = s.finite(s.binary("+", lower, upper))
            return n.Double(s.finite(s.binary("/", both, s.double(s.whole(2)))))
        case k.Function.MOST_COMMON:
            raise AssertionError("no real number is the most common one")


def _plus() -> Sql:
    a, b = exp.to_identifier("a"), exp.to_identifier("b")
    return exp.Lambda(this=exp.Add(this=exp.column("a"), expression=exp.column("b")), expressions=[a, b])


def _null_where(condition: Sql) -> Sql:
    """NULL where the condition is true, else something."""
    return s.case((condition, s.NULL), default=s.whole(1))


def unless(needed: list[Sql], value: Value) -> Value:
    """The value, missing where any of `needed` is NULL."""
    if not needed:
        return value
    present = s.all_of([s.not_(s.is_null(sql)) for sql in needed])

    def guard(sql: Sql) -> Sql:
        return s.case((present, sql))

    match value:
        case Plain(sql):
            return Plain(guard(sql))
        case n.Double(sql, floor):
            return n.Double(guard(sql), floor and guard(floor))
        case n.Exact():
            floor = value.floor and guard(value.floor)
            return replace(value, numerator=guard(value.numerator), double=guard(value.double), floor=floor)


# -- keeping a value in columns of a stage ---------------------------------------------------------


def keep(value: Value, name: str) -> tuple[Value, list[Sql]]:
    """(how later stages read it from the row `e`, the columns that hold it)."""
    if not isinstance(value, Plain) and value.floor is not None:
        kept, columns = keep(replace(value, floor=None), name)
        assert not isinstance(kept, Plain)
        column = name + " floor"
        return replace(kept, floor=s.column("e", column)), [*columns, s.named(value.floor, column)]
    match value:
        case Plain(sql):
            return Plain(s.column("e", name)), [s.named(sql, name)]
        case n.Double(sql):
            return n.Double(s.column("e", name)), [s.named(sql, name)]
        case n.Exact(denominator=int() as over, out=None):
            return n.leaf(s.column("e", name), over, value.bits), [s.named(value.numerator, name)]
        case n.Exact():
            return _keep_pair(value, name)


def _keep_pair(value: n.Exact, name: str) -> tuple[Value, list[Sql]]:
    columns = {"": value.numerator}
    if value.same is None:
        columns[" over"] = value.over.sql
    if value.out is not None:
        columns |= {" out": s.coalesce(value.out, s.FALSE), " double": value.double}
    read = {suffix: s.column("e", name + suffix) for suffix in columns}
    over = value.denominator if value.same is not None else read[" over"]
    double = read.get(" double") or s.binary("/", s.double(read[""]), s.double(read[" over"]))
    kept = replace(value, numerator=read[""], denominator=over, double=double, out=read.get(" out"))
    return kept, [s.named(sql, name + suffix) for suffix, sql in columns.items()]
