"""Checks of fields declared `fixed`: a field that is written later leaks the outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segdsl import engines
from segdsl.analyse.admissible import fixed_fields
from segdsl.data.examples import many
from segdsl.data.files import exports
from segdsl.engines import Engine
from segdsl.experiment.shared.context import Context
from segdsl.experiment.shared.customer_rows import rows
from segdsl.experiment.shared.decide import Check
from segdsl.facts.past import runs_remember
from segdsl.ledger import history
from segdsl.ledger.store import Ledger
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock, day
from segdsl.model.dependencies import Needed
from segdsl.model.schema import Relation
from segdsl.words.plural import plural

if TYPE_CHECKING:
    import pandas as pd

CHANCE = 0.001  # significance level of the check


@dataclass(frozen=True)
class _Remembered:
    """Earlier values of a relation's fields.

    `where`: the origin of the values, in words.
    `values`: rows of `key`, `field` and `value`, all text.
    """

    where: str
    values: pd.DataFrame


def unchanged(context: Context, engine: Engine, rules: Sequence[str]) -> Iterator[Check]:
    """Check that each customer's fixed fields equal their values in the oldest export and in all recorded runs.

    Yields nothing without such an export or run. Raises `DataError` and `LedgerError`.
    """
    compared, changed = dict[str, None](), list[str]()
    for name, read in fixed_fields(context.model, rules).items():
        relation = context.model.schema.relations[name]
        fields = [f for f in read if runs_remember(relation, f) and engine.has(name, f)]
        now = _values(engine, name, fields) if fields else None
        if now is None:
            continue
        for then in _remembered(context, relation, fields):
            compared |= dict.fromkeys(f"`{name}.{f}`" for f in fields if (then.values["field"] == f).any())
            for field, customers in _differing(then.values, now).items():
                changed.append(f"{many(customers, relation.of or name)} had another `{name}.{field}` {then.where}")
    if compared:
        good = f"{', '.join(compared)}: as they were in earlier exports and runs"
        bad = (
            f"{'; '.join(changed)}: what changes isn't `fixed`. "
            "Say since when it is known, or keep `history from … to …`"
        )
        yield Check.of("unchanged", not changed, good, bad)


def survival(context: Context, engine: Engine, rules: Sequence[str], then: Clock, end: Clock) -> Iterator[Check]:
    """Check that no value of a fixed field predicts leaving: a value whose customers of `then` have all left by `end`.

    The check fails where chance (each customer stays with the overall rate) gives that in fewer than one of 1,000.
    """
    e, model = context.experiment, context.model
    relation = model.schema.relations[e.entity]
    fields = {
        name: k.Column(k.This(), e.entity, name, relation.fields[name].type)
        for name in fixed_fields(model, rules).get(e.entity, ())
        if ty.is_textual(relation.fields[name].type) or relation.fields[name].type == ty.BOOLEAN
    }
    if not fields or relation.lives_to is None:
        return
    both = [model.segmentations[n] for n in rules]
    customers = rows(context, engine, then, both, fields).inside(rules)
    remain = customers.units.isin(rows(context, engine, end, both, {}).units).to_numpy(bool)
    left = 1 - float(remain.mean()) if len(customers) else 1.0
    suspects = []
    for name in fields:
        values = customers.text(name)
        for value in values.dropna().unique():
            has_value = (values == value).to_numpy(bool)
            p = left ** int(has_value.sum())
            if p < CHANCE and not remain[has_value].any():
                text = str(value) if ty.is_textual(fields[name].type) else ("true" if value else "false")
                who = f"of {has_value.sum():,} {plural(e.entity)} with `{name}` {text} as of {then.today}"
                suspects.append((p, f"{who} none is left on {end.today}, of all {left:.1%} left"))
    p, worst = min(suspects, default=(1.0, ""))
    yield Check.of(
        "fixed",
        not suspects,
        f"what is declared `fixed` ({', '.join(fields)}) doesn't look as if it were written later",
        f"{worst} (by chance in fewer than one in 1,000): it tells what happened later, so it isn't `fixed`",
        p if suspects else None,
    )


# -- parts -----------------------------------------------------------------------------


def _remembered(context: Context, relation: Relation, fields: Sequence[str]) -> Iterator[_Remembered]:
    import pandas as pd

    if (export := _oldest_export(context, relation)) is not None:
        clock, needed = context.clock_on(export), Needed({relation.name: {relation.key or ""}})
        engine = engines.attach(
            context.model.schema,
            needed,
            context.config,
            context.workspace.root,
            None,
            clock,
            {relation.name: set(fields)},
        )
        exported = [f for f in fields if engine.has(relation.name, f)]
        if exported:
            yield _Remembered(f"in the export of {day(export)}", _values(engine, relation.name, exported))
    with Ledger.to_read(context.workspace.root / context.workspace.config.workspace.ledger) as ledger:
        rows = history.values(ledger, relation.name, fields) if ledger is not None else []
    if rows:
        yield _Remembered("in an earlier run", pd.DataFrame(rows, columns=["key", "field", "value"]))


def _oldest_export(context: Context, relation: Relation) -> dt.date | None:
    """Day of the oldest export; None where each export replaces the one before."""
    table, today = context.config.table(relation.name), context.clock.today.isoformat()
    days = exports(context.workspace.root, table.path) if table is not None and "{as_of}" in table.path else []
    return dt.date.fromisoformat(days[0]) if days and days[0] < today else None


def _values(engine: Engine, relation: str, fields: Sequence[str]) -> pd.DataFrame:
    """Values as rows of `key`, `field` and `value` (text), one row for each customer and field."""
    import pandas as pd

    wide = pd.read_parquet(engine.values_as_text(relation, fields))
    return wide.melt("entity_id", var_name="field", value_name="value").rename(columns={"entity_id": "key"})


def _differing(then: pd.DataFrame, now: pd.DataFrame) -> dict[str, int]:
    """Count the customers whose field has changed, by field; fields without a change are left out. A missing value is a
    value.
    """
    both = then.merge(now, on=["key", "field"], suffixes=("_then", "_now"))
    before, after = both["value_then"], both["value_now"]
    other = both[~((before == after).fillna(False) | (before.isna() & after.isna()))]
    return {str(field): int(n) for field, n in other.groupby("field")["key"].nunique().items()}
