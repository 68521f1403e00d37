"""Tests of rules, and made-up data for Python tests of a workspace."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from hypothesis.strategies import SearchStrategy

    from segdsl.api import Rules

__all__ = ["frames"]


def frames(rules: Rules, as_of: str | dt.date, most: int = 5) -> SearchStrategy[dict[str, pd.DataFrame]]:
    """A Hypothesis strategy for a workspace's data, in the form that `Rules.evaluate` takes: a pandas frame for each
    relation, by name.

    Up to `most` customers of each entity, with linked rows; values lie near the rules' borders as of that day, some of
    them missing. Columns are the declared fields; money and numbers are `Decimal`, timestamps UTC. Raises `RulesError`
    for rules with errors.

    >>> import segdsl
    >>> from hypothesis import given, settings
    >>> rules = segdsl.loads('''
    ... entity account { account_id: text key  arr: money(USD) }
    ... segment big of account { when arr > 10_000 }
    ... ''')
    >>> @settings(max_examples=20, derandomize=True, database=None, deadline=None)
    ... @given(frames(rules, as_of="2026-11-01"))
    ... def nobody_is_lost(data):
    ...     assert len(rules.evaluate(data, as_of="2026-11-01")) == len(data["account"])
    >>> nobody_is_lost()
    """
    from segdsl.model.clock import Clock
    from segdsl.testing.customers.strategies import worlds
    from segdsl.workspace.load import sound

    workspace = sound(rules.workspace)
    model = workspace.model
    day = dt.date.fromisoformat(as_of) if isinstance(as_of, str) else as_of

    def framed(world: dict[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
        import pandas as pd

        return {
            name: pd.DataFrame(
                [
                    {f: _plain(row.get(f), field.type) for f, field in model.schema.relations[name].fields.items()}
                    for row in rows
                ],
                columns=list(model.schema.relations[name].fields),
                dtype=object,
            )
            for name, rows in world.items()
        }

    return worlds(model, Clock.at(day, workspace.zone), most).map(framed)


def _plain(cell: Any, typed: Any) -> Any:
    """Convert a canonical value to the value that a person would put into a frame."""
    from segdsl.model import types as ty
    from segdsl.model import versions

    if isinstance(cell, frozenset):
        return sorted(cell)
    if typed == ty.VERSION and cell is not None:
        return versions.decoded(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return Decimal(cell) / ty.scale(typed) if ty.scale(typed) > 1 else cell
    return cell
