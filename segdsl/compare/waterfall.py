"""Waterfall of a segmentation: how many customers fit each arm, how many it gets, and who has the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Segmentation
from segdsl.run.data_day import open_to_look
from segdsl.run.empty_windows import of_rules_after_the_data
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

UNASSIGNED = "unassigned"


@dataclass(frozen=True)
class Step:
    """One arm.

    `fit`: customers of the population for whom its condition is true.
    `unknown`: customers of the population for whom it is unknown.
    `got`: customers in the arm.
    `elsewhere`: those that fit and are not in the arm, by the arm that has them; more than one of an arm's limit may be
        in a later arm.
    """

    arm: str
    title: str
    fit: int
    unknown: int
    got: int
    elsewhere: Mapping[str, int]


@dataclass(frozen=True)
class Waterfall:
    """All arms with a condition, in order.

    `population`: customers within the segmentation.
    `several`: those that fit more than one arm.
    `by_list`: those that a list names.
    `rest`: customers of each place without a condition, as `otherwise`.
    `because`: where the day comes from, if nobody said it.
    `warnings`: of windows after the newest row.
    """

    rule: str
    title: str
    entity: str
    clock: Clock
    because: str
    total: int
    population: int
    several: int
    by_list: int
    steps: tuple[Step, ...]
    rest: Mapping[str, int]
    warnings: tuple[Diagnostic, ...] = ()


def waterfall(workspace: Workspace, rule: Segmentation, as_of: str | None, source: str | None) -> Waterfall:
    """Count the arms of a segmentation on a source; without `as_of` as of the day of the data. Raises `UsageError` and `DataError`."""
    from segdsl.sql.plan import assignment

    dated, workspace, engine = open_to_look(workspace, of_rules(workspace.model, [rule]), {}, as_of, source)
    clock, rule = dated.clock, workspace.model.segmentations[rule.name]
    arms = [a for a in rule.arms if a.condition is not None]
    columns = {f"arm {i}": a.condition for i, a in enumerate(arms) if a.condition is not None}
    columns |= {"within": rule.where} if rule.where is not None else {}
    columns |= {"named": rule.override} if rule.override is not None else {}
    frame = engine.frame(assignment(workspace.model, rule.entity, [rule], clock, columns).query)
    within = _true(frame, "within") if "within" in frame else frame["entity_id"].notna()
    place = frame[rule.name].astype("object").where(frame[rule.name].notna(), UNASSIGNED)
    fits = [_true(frame, f"arm {i}") & within for i in range(len(arms))]
    steps = []
    for i, (arm, fit) in enumerate(zip(arms, fits)):
        counts = place[fit].value_counts()
        elsewhere = {a: int(counts[a]) for a in _in_order(rule) if a != arm.name and a in counts}
        unknown = int((frame[f"arm {i}"].isna() & within).sum())
        steps.append(Step(arm.name, arm.title, int(fit.sum()), unknown, int((place == arm.name).sum()), elsewhere))
    names = [a.name for a in rule.all_arms]
    by_list = int((frame["named"].isin(names) & within).sum()) if "named" in frame else 0
    rest = {n: int(((place == n) & within).sum()) for n in _in_order(rule) if n not in [a.name for a in arms]}
    several = sum((fit.astype(int) for fit in fits), place.eq("").astype(int)).gt(1)
    return Waterfall(
        rule=rule.name,
        title=rule.title,
        entity=rule.entity,
        clock=clock,
        because=dated.because,
        total=len(frame),
        population=int(within.sum()),
        several=int(several.sum()),
        by_list=by_list,
        steps=tuple(steps),
        rest={name: n for name, n in rest.items() if n or name != UNASSIGNED},
        warnings=of_rules_after_the_data(workspace.model, [rule], clock, engine),
    )


def _in_order(rule: Segmentation) -> list[str]:
    return [*(a.name for a in rule.all_arms), UNASSIGNED]


def _true(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    return frame[column].eq(True).fillna(False).astype(bool)
