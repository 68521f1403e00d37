"""How far the tables go back, and which features look no further at the first origin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from segdsl.diagnostics import Diagnostic
from segdsl.discover.admissible import NO_ROWS, TOO_SHORT
from segdsl.discover.incumbent import Incumbent
from segdsl.discover.origins import Origins
from segdsl.discover.refusals import TooLittle
from segdsl.engines import Engine
from segdsl.features.recipe import Feature, LeftOut
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.run.data_day import OLD
from segdsl.run.newest import newest_row
from segdsl.sql import spell as s

_GRACE = dt.timedelta(days=30)  # a table's first row may come that much after its beginning


def beginnings(model: Model, engine: Engine, chosen: Sequence[Feature]) -> dict[str, dt.date]:
    """The day of the first row of each table that features read and that has rows."""
    tables = {
        n: r.at
        for n in dependencies.columns(model, [f.expr for f in chosen])
        if (r := model.schema.relations[n]).kind == "table" and r.at is not None
    }
    firsts = {}
    for name, at in tables.items():
        ((first,),) = engine.rows(exp.Select(expressions=[exp.Min(this=s.column("t", at))]).from_(s.table(name, "t")))
        if first is not None:
            firsts[name] = first.date() if isinstance(first, dt.datetime) else first
    return firsts


def first_customer(engine: Engine, model: Model, entity: str, clock: Clock) -> dt.date | None:
    """The day of the first customer: the beginning of the history where no table has a time."""
    at = model.schema.relations[entity].lives_from
    assert at is not None
    ((first,),) = engine.rows(exp.Select(expressions=[exp.Min(this=s.column("t", at))]).from_(s.table(entity, "t")))
    return clock.date_of(first) if isinstance(first, dt.datetime) else first


def refuse_after_the_data(model: Model, engine: Engine, tables: Iterable[str], divided: Origins, clock: Clock) -> None:
    """Raise `TooLittle` where the figures would be of a day after the newest row of every table: nothing happens there."""
    newest = {n: last for n in tables if (last := newest_row(engine, n, model.schema.relations[n].at or "", clock))}
    if newest and max(newest.values()) + OLD < divided.report[-1]:
        name, last = max(newest.items(), key=lambda row: row[1])
        message = f"the data ends on {last}, with the newest row of `{name}`, before the last day to report on, {divided.report[-1]}"
        raise TooLittle(
            Diagnostic("SEG0742", message, help=f"--as-of {last + dt.timedelta(days=1)} is the day after the data")
        )


def within_the_history(
    model: Model, chosen: Sequence[Feature], begins: Mapping[str, dt.date], first: Clock
) -> tuple[list[Feature], tuple[LeftOut, ...]]:
    """Features whose windows lie within the history at the first origin: a longer one would count less there than later."""
    kept, left = [], []
    for feature in chosen:
        short = [t for t, day in _windows(model, feature.expr, first) if t in begins and begins[t] - _GRACE > day]
        empty = [
            t
            for t in dependencies.columns(model, [feature.expr])
            if model.schema.relations[t].kind == "table" and t not in begins
        ]
        if empty:
            left.append(LeftOut(feature.text, f"{NO_ROWS} `{empty[0]}`, which has no rows"))
        elif short:
            left.append(
                LeftOut(
                    feature.text,
                    f"{TOO_SHORT} `{short[0]}` goes at the first origin: its rows begin on {begins[short[0]]}",
                )
            )
        else:
            kept.append(feature)
    return kept, tuple(left)


def _windows(model: Model, root: k.Expr, clock: Clock) -> Iterable[tuple[str, dt.date]]:
    """(table, day on which the window begins) of each window over rows."""
    for node in dependencies.everything(model, [root]):
        if isinstance(node, k.Aggregate) and node.rows.window is not None and node.rows.window.start is not None:
            start = clock.constant(node.rows.window.start)
            if start is not None:
                yield node.rows.relation, clock.date_of(start) if isinstance(start, dt.datetime) else start


def refuse_short_arms(model: Model, said: Incumbent, begins: Mapping[str, dt.date], first: Clock) -> None:
    for column in said.columns:
        for table, day in _windows(model, column.expr, first):
            if table in begins and begins[table] - _GRACE > day:
                raise TooLittle(
                    Diagnostic(
                        "SEG0742",
                        f"`{said.rule.name}` looks back further than `{table}` goes: its rows begin on {begins[table]}, "
                        f"and on {first.today} the rule looks back to {day}",
                        help="wait until there is more history",
                    )
                )
