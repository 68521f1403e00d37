"""Passes: all aggregates over the same rows as one query, the rows with their conditions and then one GROUP BY.

The conditions of rows stay three-valued up to the grouping. Unknown is distinguished from false only outside the join, where a
customer without rows has no NULL any more.
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
"""Returns an aggregate's value from the alias of the joined pass."""


class RowsQuery(Protocol):
    """The SELECT of the rows that a pass groups."""

    @property
    def conditions(self) -> Conditions: ...
    def conditions_by(self, zone: k.Expr | None) -> Conditions: ...
    def field(self, row: k.Row, relation: str, name: str) -> Sql: ...
    def select(self, *columns: Sql) -> exp.Select: ...


@dataclass(frozen=True)
class _Selection:
    """The rows that an aggregate selects (`yes`), and those for which it is unknown (`maybe`).

    NULL counts as no: every use is a FILTER, a CASE or a bool_or, which treat NULL as false.
    """

    yes: Sql
    maybe: Sql | None


@dataclass
class Pass:
    """Collects the columns of the rows and of the grouping; equal expressions are computed once."""

    rows: RowsQuery
    relation: Relation
    key: Sql
    _row: dict[str, tuple[str, Sql]] = field(default_factory=dict)
    _over: list[dict[str, tuple[str, Sql]]] = field(
        default_factory=list
    )  # window functions in steps: each step reads the steps before
    _grouped: dict[str, tuple[str, Sql]] = field(default_factory=dict)
    _windows: list[Sql] = field(default_factory=list)

    def add(
        self, a: k.Aggregate, back: k.Aggregate, is_complete: Sql | None = None, outer_zone: k.Expr | None = None
    ) -> Reader:
        """Adds an aggregate, and returns how to read its value.

        `back` is the aggregate with its window bounds read from the aggregated row.
        `is_complete` is the condition, outside the join, that no row is lacking; None if no row can be.
        `outer_zone` is the zone of the window if it is known outside the join; None if each row names its own.
        """
        uncertain = [self._zoneless(back.rows)] if a.rows.zone is not None and outer_zone is None else []
        selection = self._selection(back)
        if self._is_time_of_one(a):
            a = replace(a, function=k.Function.MIN if a.rows.earliest else k.Function.MAX)
        elif a.rows.latest is not None:
            selection, open_row = self._latest(a.rows, selection)
            uncertain += [open_row] if open_row is not None else []
        read = self._read(a, selection)
        if is_complete is not None:
            read = self._with_gaps(a, selection, read, is_complete)
        if not uncertain:
            return read
        return lambda alias: unless([_null_where(s.column(alias, column)) for column in uncertain], read(alias))

    def _with_gaps(self, a: k.Aggregate, selection: _Selection, read: Reader, is_complete: Sql) -> Reader:
        """Returns how to read an aggregate over an incomplete table: what the rows present decide, else unknown with a lower bound."""
        full = self._count(selection.yes) if a.rows.latest is not None and not a.rows.earliest else None

        def enough(alias: str) -> Sql:
            if full is None:
                return is_complete
            all_present = s.binary(">=", s.coalesce(s.column(alias, full), s.whole(0)), s.whole(a.rows.latest or 0))
            return s.any_of([is_complete, all_present])

        def read_decided(alias: str) -> Value:
            value = read(alias)
            if a.function == k.Function.ANY and isinstance(value, Plain):
                return Plain(s.case((value.sql, s.TRUE), (enough(alias), value.sql)))
            guarded = unless([s.case((enough(alias), s.whole(1)))], value)
            if a.function in (k.Function.COUNT, k.Function.COUNT_DISTINCT):
                assert isinstance(value, n.Exact) and isinstance(guarded, n.Exact)
                return replace(guarded, floor=value.numerator)
            return guarded

        return read_decided

    # -- rows -------------------------------------------------------------------------

    def _selection(self, a: k.Aggregate) -> _Selection:
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
            return _Selection(windowed, None)
        where = self._carry(self.rows.conditions.sql(a.rows.where))
        return _Selection(s.all_of([windowed, where]), s.all_of([windowed, s.is_null(where)]))

    def _is_time_of_one(self, a: k.Aggregate) -> bool:
        """Whether an aggregate is the time of the latest or earliest row: the greatest or least of all, which takes no sorting."""
        of_time = isinstance(a.value, k.Column) and (a.value.row, a.value.name) == (k.This(), self.relation.at)
        return of_time and a.function == k.Function.PICK and a.rows.where is None

    def _zoneless(self, rows: k.Rows) -> str:
        """Adds the column that says whether the time zone of any row is unknown."""
        self._windows.append(s.TRUE)
        by = self.rows.conditions_by(rows.zone)
        bounds = [b for b in (rows.window.start, rows.window.end) if b is not None] if rows.window else []
        required = [by.zone, *(by.sql(b) for b in bounds if by.clock.constant(b) is None)]
        return self._group(exp.LogicalOr(this=self._carry(s.any_of([s.is_null(sql) for sql in required]))))

    def _carry(self, sql: Sql) -> Sql:
        """Adds a column to the rows."""
        name, _ = self._row.setdefault(sql.sql("duckdb", copy=False), (f"c{len(self._row)}", sql))
        return s.column(_ROWS, name)

    def _windowed(self, window: Sql) -> Sql:
        """Adds a window function, in the step after the highest step that it reads."""
        read = {c.name for c in window.find_all(exp.Column)}
        step = max((i + 1 for i, names in enumerate(self._over) if read & {n for n, _ in names.values()}), default=0)
        if step == len(self._over):
            self._over.append({})
        names = self._over[step]
        name, _ = names.setdefault(window.sql("duckdb", copy=False), (f"n{step}_{len(names)}", window))
        return s.column(_ROWS, name)

    def _latest(self, rows: k.Rows, selection: _Selection) -> tuple[_Selection, str | None]:
        """Selects the `latest` rows, and returns the column that says whether an unknown row might be among them."""
        direction = not rows.earliest
        columns = [c for c in self.relation.fields if c not in (self.relation.at, self.relation.by)]
        keys = [self.relation.at or "", *columns, self.relation.by or ""]
        carried = [self._carry(self.rows.field(k.This(), self.relation.name, c)) for c in keys]
        order = [exp.Ordered(this=c, desc=direction, nulls_first=not direction) for c in carried]
        is_selected = s.case((selection.yes, s.whole(1)), default=s.whole(0))
        window = exp.Window(
            this=exp.Sum(this=is_selected),
            partition_by=[s.column(_ROWS, GROUP)],
            order=exp.Order(expressions=order),
            spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
        )
        rank, most = self._windowed(window), s.whole(rows.latest or 0)
        is_latest = s.all_of([selection.yes, s.binary("<=", rank, most)])
        if selection.maybe is None:
            return _Selection(is_latest, None), None
        might = s.all_of([selection.maybe, s.binary("<", rank, most)])
        return _Selection(is_latest, None), self._group(exp.LogicalOr(this=might))

    # -- the grouping -------------------------------------------------------------------

    def _group(self, sql: Sql) -> str:
        name, _ = self._grouped.setdefault(sql.sql("duckdb", copy=False), (f"g{len(self._grouped)}", sql))
        return name

    def _count(self, condition: Sql) -> str:
        return self._group(s.filtered(exp.Count(this=exp.Star()), condition))

    def _read(self, a: k.Aggregate, selection: _Selection) -> Reader:
        match a.function:
            case k.Function.ANY | k.Function.COUNT | k.Function.SHARE:
                return self._of_conditions(a, selection)
            case k.Function.COUNT_DISTINCT:
                return self._different(self._value(a), selection)
            case k.Function.TIMES_OF_COMMONEST:
                return self._times_of_commonest(self._value(a), selection)
            case k.Function.SUM | k.Function.AVERAGE | k.Function.MEDIAN | k.Function.MIN | k.Function.MAX as function:
                return self._of_values(function, self._value(a), selection)
            case k.Function.PICK | k.Function.MOST_COMMON as function:
                return self._of_values(function, self._value(a), selection)

    def _value(self, a: k.Aggregate) -> Value:
        assert a.value is not None
        return self.rows.conditions.value(a.value)

    def _of_values(self, function: k.OfValues, value: Value, selection: _Selection) -> Reader:
        if isinstance(value, n.Exact):
            return self._exact(function, value, selection)
        if isinstance(value, n.Double):
            return self._real(function, value, selection)
        carried = self._carry(value.sql)
        if function == k.Function.MOST_COMMON:
            low, high = self._most_common(carried, selection)
            return lambda alias: Plain(_only(s.column(alias, low), s.column(alias, high)))
        kind = {k.Function.MIN: exp.Min, k.Function.MAX: exp.Max, k.Function.PICK: exp.AnyValue}[function]
        plain = self._group(s.filtered(kind(this=carried), selection.yes))
        return lambda alias: Plain(s.column(alias, plain))

    def _of_conditions(self, a: k.Aggregate, selection: _Selection) -> Reader:
        condition = self._carry(self.rows.conditions.sql(a.value)) if a.value is not None else s.TRUE
        true = s.all_of([selection.yes, condition])
        if a.function == k.Function.COUNT:
            count = self._count(true)
            return lambda alias: _count_value(alias, count)
        if a.function == k.Function.SHARE:
            known_count = self._count(
                selection.yes if condition is s.TRUE else s.all_of([selection.yes, s.not_(s.is_null(condition))])
            )
            count = self._count(true)
            return lambda alias: _share(alias, count, known_count)
        some = self._group(exp.LogicalOr(this=true))
        open_rows = [] if condition is s.TRUE else [s.all_of([selection.yes, s.is_null(condition)])]
        if selection.maybe is not None:
            open_rows.append(
                selection.maybe if condition is s.TRUE else s.all_of([selection.maybe, s.is_not_false(condition)])
            )
        if not open_rows:
            return lambda alias: Plain(s.coalesce(s.column(alias, some), s.FALSE))
        unknown = self._group(exp.LogicalOr(this=s.any_of(open_rows)))
        return lambda alias: Plain(
            s.case((s.column(alias, some), s.TRUE), (s.column(alias, unknown), s.NULL), default=s.FALSE)
        )

    def _different(self, value: Value, selection: _Selection) -> Reader:
        """Counts different values; equal numbers have one summand, however they are written."""
        carried = self._carry(n.summand(value)[0] if isinstance(value, n.Exact) else value.sql)
        count = self._group(s.filtered(exp.Count(this=exp.Distinct(expressions=[carried])), selection.yes))
        return lambda alias: _count_value(alias, count)

    def _times_of_commonest(self, value: Value, selection: _Selection) -> Reader:
        carried = self._carry(n.summand(value)[0] if isinstance(value, n.Exact) else value.sql)
        is_known, each = self._times(carried, selection)
        most = self._group(s.filtered(exp.Max(this=each), is_known))
        return lambda alias: _count_value(alias, most)

    def _times(self, value: Sql, selection: _Selection) -> tuple[Sql, Sql]:
        """Adds how often a row's value occurs, and returns the condition that the row has one, and the column."""
        is_known = s.all_of([selection.yes, s.not_(s.is_null(value))])
        by = [s.column(_ROWS, GROUP), value]
        return is_known, self._windowed(
            exp.Window(this=exp.Count(this=s.case((is_known, s.whole(1)))), partition_by=by)
        )

    def _most_common(self, value: Sql, selection: _Selection) -> tuple[str, str]:
        """Adds the least and the greatest of the commonest values; they are equal unless there is a tie."""
        is_known, each = self._times(value, selection)
        most = exp.Window(this=exp.Max(this=s.case((is_known, each))), partition_by=[s.column(_ROWS, GROUP)])
        commonest = s.all_of([is_known, s.binary("=", each, self._windowed(most))])
        return self._group(s.filtered(exp.Min(this=value), commonest)), self._group(
            s.filtered(exp.Max(this=value), commonest)
        )

    def _exact(self, function: k.OfValues, value: n.Exact, selection: _Selection) -> Reader:
        sql, over, bits = n.summand(value)
        carried = self._carry(sql)

        def grouped(aggregated: Sql) -> str:
            return self._group(s.filtered(aggregated, selection.yes))

        match function:
            case k.Function.MOST_COMMON:
                least, greatest = self._most_common(carried, selection)
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
                total, present = grouped(exp.Sum(this=carried)), self._count(selection.yes)
                return lambda alias: _sum(alias, total, present, over, bits)
            case k.Function.AVERAGE:
                total, known_count = grouped(exp.Sum(this=carried)), grouped(exp.Count(this=carried))
                return lambda alias: _average(alias, total, known_count, over, bits)

    def _real(self, function: k.OfValues, value: n.Double, selection: _Selection) -> Reader:
        """Adds an aggregate of doubles, over the values in ascending order, so that sums don't depend on the order of rows."""
        carried = self._carry(value.sql)
        present = self._count(selection.yes)
        is_known = s.all_of([selection.yes, s.not_(s.is_null(carried))])
        values = self._group(s.filtered(exp.ArrayAgg(this=carried), is_known))
        return lambda alias: _real_of(function, s.call("list_sort", s.column(alias, values)), s.column(alias, present))

    # -- the query ------------------------------------------------------------------------

    def query(self, earliest: Sql | None, join_conditions: list[Sql]) -> exp.Select:
        """Builds the query of the pass. `join_conditions` join the rows to the row that the pass is evaluated for."""
        rows = self.rows.select(s.named(self.key, GROUP), *(s.named(sql, name) for name, sql in self._row.values()))
        conditions = [s.not_(s.is_null(self.key)), *join_conditions]
        if join_conditions and all(w is not s.TRUE for w in self._windows):
            conditions.append(s.any_of(self._windows))
        if earliest is not None and self.relation.at is not None:
            conditions.append(s.binary(">=", self.rows.field(k.This(), self.relation.name, self.relation.at), earliest))
        query = rows.where(s.all_of(conditions), copy=False)
        for step in self._over:
            step_columns = [s.named(sql, name) for name, sql in step.values()]
            query = exp.Select(expressions=[exp.Star(), *step_columns]).from_(
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


def _count_value(alias: str, name: str) -> n.Exact:
    return n.leaf(s.coalesce(s.column(alias, name), s.whole(0)), 1, n.ROW_BITS)


def _share(alias: str, count: str, known_count: str) -> n.Exact:
    return _quotient(s.column(alias, count), s.column(alias, known_count), n.ROW_BITS, n.ROW_BITS)


def _quotient(numerator: Sql, over: Sql, bits: int, over_bits: int) -> n.Exact:
    over = s.call("nullif", over, s.whole(0))
    double = s.binary("/", s.double(numerator), s.double(over))
    return n.Exact(numerator, over, bits, over_bits, double)


def _sum(alias: str, total: str, present: str, over: int, bits: int) -> n.Exact:
    none = s.binary("=", s.coalesce(s.column(alias, present), s.whole(0)), s.whole(0))
    value = s.case((none, s.big(0)), default=s.column(alias, total))
    return n.leaf(value, over, bits + n.ROW_BITS)


def _average(alias: str, total: str, known_count: str, over: int, bits: int) -> n.Exact:
    count = s.column(alias, known_count)
    weight = count if over == 1 else s.binary("*", s.wide(count), s.whole(over))
    return _quotient(s.column(alias, total), weight, bits + n.ROW_BITS, over.bit_length() + n.ROW_BITS)


def _halves(alias: str, low: str, high: str, over: int, bits: int) -> n.Exact:
    """Returns the median: the sum of the two middle values over twice the denominator."""
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
            sum_of_known = s.case(
                (s.binary(">", length, s.whole(0)), total())
            )  # if all values are missing there is no list
            return n.Double(s.case((none, s.double(s.whole(0))), default=sum_of_known))
        case k.Function.AVERAGE:
            return n.Double(s.finite(s.binary("/", total(), s.double(length))))
        case k.Function.MIN | k.Function.PICK:
            return n.Double(at(s.whole(1)))
        case k.Function.MAX:
            return n.Double(at(s.whole(-1)))
        case k.Function.MEDIAN:
            lower = at(s.binary("//", s.binary("+", length, s.whole(1)), s.whole(2)))
            upper = at(s.binary("+", s.binary("//", length, s.whole(2)), s.whole(1)))
            middle_sum = s.finite(s.binary("+", lower, upper))
            return n.Double(s.finite(s.binary("/", middle_sum, s.double(s.whole(2)))))
        case k.Function.MOST_COMMON:
            raise AssertionError("`most_common` takes no real numbers")


def _plus() -> Sql:
    a, b = exp.to_identifier("a"), exp.to_identifier("b")
    return exp.Lambda(this=exp.Add(this=exp.column("a"), expression=exp.column("b")), expressions=[a, b])


def _null_where(condition: Sql) -> Sql:
    """Returns NULL if a condition is true, else a value."""
    return s.case((condition, s.NULL), default=s.whole(1))


def unless(required: list[Sql], value: Value) -> Value:
    """Returns a value that is missing if any of `required` is NULL."""
    if not required:
        return value
    present = s.all_of([s.not_(s.is_null(sql)) for sql in required])

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


# -- storing a value in columns of a stage ---------------------------------------------------------


def store(value: Value, name: str) -> tuple[Value, list[Sql]]:
    """Returns how later stages read a value from the row `e`, and the columns that store it."""
    if not isinstance(value, Plain) and value.floor is not None:
        stored, columns = store(replace(value, floor=None), name)
        assert not isinstance(stored, Plain)
        column = name + " floor"
        return replace(stored, floor=s.column("e", column)), [*columns, s.named(value.floor, column)]
    match value:
        case Plain(sql):
            return Plain(s.column("e", name)), [s.named(sql, name)]
        case n.Double(sql):
            return n.Double(s.column("e", name)), [s.named(sql, name)]
        case n.Exact(denominator=int() as over, out=None):
            return n.leaf(s.column("e", name), over, value.bits), [s.named(value.numerator, name)]
        case n.Exact():
            return _store_pair(value, name)


def _store_pair(value: n.Exact, name: str) -> tuple[Value, list[Sql]]:
    columns = {"": value.numerator}
    if value.fixed is None:
        columns[" over"] = value.over.sql
    if value.out is not None:
        columns |= {" out": s.coalesce(value.out, s.FALSE), " double": value.double}
    read = {suffix: s.column("e", name + suffix) for suffix in columns}
    over = value.denominator if value.fixed is not None else read[" over"]
    double = read.get(" double") or s.binary("/", s.double(read[""]), s.double(read[" over"]))
    stored = replace(value, numerator=read[""], denominator=over, double=double, out=read.get(" out"))
    return stored, [s.named(sql, name + suffix) for suffix, sql in columns.items()]
