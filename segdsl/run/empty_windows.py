"""Windows that begin after the last row of their table, as where exports are old: what rules count there is nothing, for everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import windows
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model, Rule
from segdsl.run.newest import newest_row
from segdsl.words import values


def after_the_data(
    model: Model,
    roots: Iterable[k.Expr],
    clock: Clock,
    engine: Engine,
    newest: Mapping[str, dt.date | None] | None = None,
) -> Iterator[Diagnostic]:
    """A warning for each table none of whose rows lies in a window that is asked of it; `newest` are times of tables' newest rows
    before as-of, as far as they are known. Raises `DataError`.
    """
    for name, (start, aggregate) in _latest_starts(model, roots, clock).items():
        if newest is not None and name in newest:
            row = newest[name]
            last = clock.date_of(row) if isinstance(row, dt.datetime) else row
        else:
            last = newest_row(engine, name, model.schema.relations[name].at or "", clock)
        if last is not None and last < start:
            text = " ".join(aggregate.span.text.split()) if aggregate.span is not None else name
            window = f"the window of `{text}`, which begins on {values.day(start)}"
            message = f"no row of `{name}` is in {window}: the newest is of {values.day(last)}"
            help = f"are the data old? Then --as-of {last + dt.timedelta(days=1)} is the day after them"
            yield Diagnostic("SEG0719", message, aggregate.span, help=help, severity="warning")


def of_rules_after_the_data(
    model: Model, rules: Sequence[Rule], clock: Clock, engine: Engine
) -> tuple[Diagnostic, ...]:
    """The same of all that rules ask."""
    return tuple(after_the_data(model, [e for r in rules for e in model.definition(r.name)], clock, engine))


def _latest_starts(model: Model, roots: Iterable[k.Expr], clock: Clock) -> dict[str, tuple[dt.date, k.Aggregate]]:
    """By table with a time, the window that begins last, if that is before as-of."""
    latest: dict[str, tuple[dt.date, k.Aggregate]] = {}
    for node in everything(model, roots):
        if not isinstance(node, k.Aggregate) or node.rows.window is None or node.rows.window.start is None:
            continue
        name, bound = node.rows.relation, node.rows.window.start
        start = clock.constant(bound) if node.rows.zone is None else windows.earliest(clock.now, bound)
        relation = model.schema.relations[name]
        if start is None or relation.at is None or relation.remembered:
            continue
        begins = clock.date_of(start) if isinstance(start, dt.datetime) else start
        if begins <= clock.today and (name not in latest or begins > latest[name][0]):
            latest[name] = (begins, node)
    return latest
