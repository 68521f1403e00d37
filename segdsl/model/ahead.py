"""The end of an outcome's window: until when an outcome, as of an instant, reads the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model


def ends(model: Model, roots: Iterable[k.Expr], clock: Clock) -> dt.datetime | None:
    """Returns the latest instant (naive UTC) that the expressions name; None if none is after as-of, so that no end is known."""
    latest = clock.now
    todo = [(root, clock) for root in roots]
    visited: set[tuple[str, dt.datetime]] = set()
    while todo:
        root, at = todo.pop()
        for node in k.walk(root):
            constant = at.constant(node)
            if constant is not None:
                instant = constant if isinstance(constant, dt.datetime) else at.start_of_day(constant)
                latest = max(latest, instant)
            if isinstance(node, k.At):
                moment = at.constant(node.moment)
                assert isinstance(moment, dt.datetime)
                todo.append((node.item, Clock(moment, at.zone)))
                continue
            todo += [(part, at) for part in k.elsewhere(node)]
            if isinstance(node, k.MetricOf | k.Member | k.Tally) and (node.name, at.now) not in visited:
                visited.add((node.name, at.now))
                is_defined = (
                    node.name in model.metrics or node.name in model.segments or node.name in model.segmentations
                )
                todo += [(part, at) for part in (model.definition(node.name) if is_defined else ())]
    return latest if latest > clock.now else None


def closes(model: Model, roots: Iterable[k.Expr], clock: Clock) -> dt.date | None:
    """Returns the day by whose start the whole outcome window has passed; None if the expressions name no end."""
    end = ends(model, roots, clock)
    if end is None:
        return None
    last = clock.date_of(end)
    return last if clock.start_of_day(last) == end else last + dt.timedelta(days=1)
