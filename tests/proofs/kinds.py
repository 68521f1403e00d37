"""What a condition looks at that proofs have been wrong about: for the counts of the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.dependencies import everything
from segdsl.model.segment import Model
from tests.conformance.clocks import crosses

COUNTS, CROSSES, SETS = "count a table `complete from`", "cross a change of clocks", "have a set that may be missing"


def kinds(model: Model, condition: k.Expr, at: Clock) -> set[str]:
    """Those of the three that hold of a condition and all that it mentions."""
    found = set()
    for node in everything(model, [condition]):
        match node:
            case k.Aggregate() if (
                _counts(node) and model.schema.relations[node.rows.relation].complete_from is not None
            ):
                found.add(COUNTS)
            case k.SetTest(subject=k.Column() as of) if (
                not model.schema.relations[of.relation].fields[of.name].required
            ):
                found.add(SETS)
            case _:
                pass
        if any(crosses(border, at.now, at.zone) for border in _borders(node, at)):
            found.add(CROSSES)
    return found


def _counts(e: k.Aggregate) -> bool:
    """Rows, values or days, as it is written."""
    return e.span is not None and e.span.text.startswith(("count", "distinct_days"))


def _borders(node: k.Expr, at: Clock) -> Iterator[dt.datetime]:
    """Instants that depend on as-of alone, a day's its start."""
    moment = at.constant(node)
    if isinstance(moment, dt.datetime):
        yield moment
    elif moment is not None:
        yield at.start_of_day(moment)
