"""An outcome and as-of -> until when it looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model


def ends(model: Model, roots: Iterable[k.Expr], clock: Clock) -> dt.datetime | None:
    """The latest instant (naive UTC) that the expressions name; None where none lies after as-of, so that no end is named."""
    latest = clock.now
    todo = [(root, clock) for root in roots]
    seen: set[tuple[str, dt.datetime]] = set()
    while todo:
        root, at = todo.pop()
        for node in k.walk(root):
            found = at.constant(node)
            if found is not None:
                then = found if isinstance(found, dt.datetime) else at.start_of_day(found)
                latest = max(latest, then)
            if isinstance(node, k.At):
                moment = at.constant(node.moment)
                assert isinstance(moment, dt.datetime)
                todo.append((node.item, Clock(moment, at.zone)))
                continue
            todo += [(part, at) for part in k.elsewhere(node)]
            if isinstance(node, k.MetricOf | k.Member | k.Tally) and (node.name, at.now) not in seen:
                seen.add((node.name, at.now))
                known = node.name in model.metrics or node.name in model.segments or node.name in model.segmentations
                todo += [(part, at) for part in (model.definition(node.name) if known else ())]
    return latest if latest > clock.now else None


def closes(model: Model, roots: Iterable[k.Expr], clock: Clock) -> dt.date | None:
    """The day before whose start all that the expressions wait for has happened; None where they name no end."""
    end = ends(model, roots, clock)
    if end is None:
        return None
    last = clock.date_of(end)
    return last if clock.start_of_day(last) == end else last + dt.timedelta(days=1)
