"""Bounds of an aggregate's window under time zones: what they depend on, and their value in each zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from segdsl.model import expr as k
from segdsl.model import zones
from segdsl.model.clock import Clock
from segdsl.model.schema import Schema
from segdsl.model.types import DATE


def depends_on_zone(window: k.Window | None) -> bool:
    """Tells whether a window has other bounds in another time zone. Hours and points in time are the same in every zone."""
    bounds = [b for b in (window.start, window.end) if b is not None] if window is not None else []
    return any(_is_civil(node) for bound in bounds for node in k.walk(bound))


def _is_civil(node: k.Expr) -> bool:
    match node:
        case k.AsOf(type=typed):
            return typed == DATE
        case k.Shift(unit=unit, moment=moment):
            return unit not in k.EXACT and moment.type != DATE
        case k.Literal_(value=dt.datetime(tzinfo=None)):
            return True
        case k.DateOf(zone=zone):
            return zone is None
        case k.StartOf() | k.StartOfDay():
            return True
        case k.Literal_() | k.Missing() | k.Column() | k.MetricOf() | k.Member() | k.Tally() | k.Named():
            return False
        case k.Elapsed() | k.BusinessDays() | k.PartOf():
            return False
        case (
            k.Arithmetic()
            | k.Rounded()
            | k.Distance()
            | k.Split()
            | k.RoundTo()
            | k.SizeOf()
            | k.If()
            | k.Aggregate()
            | k.Standing()
            | k.At()
        ):
            return False
        case k.Compare() | k.IsMissing() | k.OneOf() | k.TextTest() | k.SetTest() | k.Not() | k.And() | k.Or():
            return False


def zone_for_aggregate(schema: Schema, rows: k.Rows) -> k.Expr | None:
    """Returns the zone as an expression of the row that an aggregate is evaluated for; None if rows on the way name the zone."""
    if rows.zone is None:
        return None
    back = _way_back(schema, rows)
    if not all(_is_reachable(row, back) for row in k.rows_of(rows.zone)):
        return None
    return k.replace_whole_rows(rows.zone, lambda row: _from_aggregate_row(row, back, rows.anchor))


def _way_back(schema: Schema, rows: k.Rows) -> k.Row | None:
    """Returns the row where the hops begin, reached by links back from an aggregated row."""
    if not rows.hops:
        return None
    row: k.Row = k.This()
    for hop in reversed(rows.hops):
        row = k.Via(row, schema.back(hop))
    return row


def _is_reachable(row: k.Row, back: k.Row | None) -> bool:
    if row == back or isinstance(row, k.Outer | k.Given):
        return True
    return isinstance(row, k.Via | k.Topmost) and _is_reachable(row.row, back)


def _from_aggregate_row(row: k.Row, back: k.Row | None, anchor: k.Row) -> k.Row:
    if row == back:
        return anchor
    match row:
        case k.Via(row=inner, link=link):
            return k.Via(_from_aggregate_row(inner, back, anchor), link)
        case k.Topmost(row=inner, link=link):
            return k.Topmost(_from_aggregate_row(inner, back, anchor), link)
        case k.Outer():
            return k.This()
        case k.Given() | k.This():
            return row


@lru_cache(maxsize=512)
def by_zone(now: dt.datetime, e: k.Expr) -> Mapping[str, dt.date | dt.datetime]:
    """Returns the value of a time that depends only on as-of, by name of the time zone. `now` is a naive UTC instant."""
    moments = ((name, clock.constant(e)) for name, clock in _clocks(now).items())
    return {name: moment for name, moment in moments if moment is not None}


@lru_cache(maxsize=64)
def _clocks(now: dt.datetime) -> Mapping[str, Clock]:
    return {name: Clock(now, zone) for name in sorted(zones.names()) if (zone := zones.zone(name)) is not None}


def earliest(now: dt.datetime, e: k.Expr) -> dt.date | dt.datetime | None:
    """Returns the earliest value in any zone of a time that depends only on as-of; None for any other expression."""
    return min(by_zone(now, e).values(), default=None)
