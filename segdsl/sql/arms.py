"""The arm and status of a segmentation, as CASE expressions over the columns of its conditions."""

from __future__ import annotations

from dataclasses import dataclass

from segdsl.model.expr import Column
from segdsl.model.segment import Limit, Segmentation
from segdsl.sql import spell as s
from segdsl.sql.spell import Sql

ROW = "e"


@dataclass(frozen=True)
class Limited:
    """An arm or segment with a limit, and the list that may name another arm for a customer."""

    entity: str
    limit: Limit
    override: Column | None


def reaches(condition: Sql, earlier_arms: list[Sql], where: Sql | None, override: Sql | None, names: list[str]) -> Sql:
    """Builds the condition that a customer reaches an arm and meets its condition: no earlier arm and no list took the customer."""
    parts = [s.is_true(condition), *(s.not_(s.is_true(arm)) for arm in earlier_arms)]
    if where is not None:
        parts.append(s.is_true(where))
    if override is not None:
        parts.append(s.not_(s.is_true(_names_arm(override, names))))
    return s.all_of(parts)


def _names_arm(override: Sql, names: list[str]) -> Sql:
    return s.any_of([s.binary("=", override, s.text(n)) for n in names])


def status_column(name: str) -> str:
    return f"{name} status"


def assignment(rule: Segmentation, name: str, conditions: list[str], override: Sql | None) -> list[Sql]:
    """Builds the column `name` (the arm, NULL if outside or unassigned) and the column of its status.

    `conditions` are the columns of the population's condition, if any, and of each arm.
    `override` is the arm that a list names.
    """
    columns = [s.column(ROW, c) for c in conditions]
    population = columns.pop(0) if rule.where is not None else None
    unknown = [s.is_null(c) for c in columns]
    undecided = s.text(rule.undecided.name) if rule.undecided else s.NULL
    outside = [(s.not_(population), s.NULL)] if population is not None else []
    no_population = [(s.is_null(population), undecided)] if population is not None else []
    arm_cases = [(c, s.text(arm.name)) for c, arm in zip(columns, rule.arms)]
    overridden = None if override is None else _names_arm(override, [a.name for a in rule.all_arms])
    if overridden is not None:
        assert override is not None
        arm_cases.insert(0, (overridden, override))
    passed_on = [(s.any_of(unknown), undecided)] if unknown else []
    whens = [*outside, *no_population, *arm_cases, *passed_on]
    otherwise = s.text(rule.otherwise.name)
    arm = s.case(*whens, default=otherwise) if whens else otherwise
    return [s.named(arm, name), s.named(_status(rule, columns, population, overridden), status_column(name))]


def _status(rule: Segmentation, columns: list[Sql], population: Sql | None, overridden: Sql | None) -> Sql:
    whens = [(s.not_(population), s.text("outside"))] if population is not None else []
    if rule.undecided is None:
        if population is not None:
            whens.append((s.is_null(population), s.text("unknown")))
        if overridden is not None:
            whens.append((overridden, s.text("assigned")))
        if columns:
            undecided = [s.not_(s.any_of([s.is_true(c) for c in columns])), s.any_of([s.is_null(c) for c in columns])]
            whens.append((s.all_of(undecided), s.text("unknown")))
    return s.case(*whens, default=s.text("assigned")) if whens else s.text("assigned")


def member(alias: str, name: str, arm: str) -> Sql:
    """Builds membership in an arm: true or false for customers assigned or outside, unknown for unassigned customers."""
    status, assigned = s.column(alias, status_column(name)), s.column(alias, name)
    is_arm = s.coalesce(s.binary("=", assigned, s.text(arm)), s.FALSE)
    return s.case((s.binary("=", status, s.text("unknown")), s.NULL), default=is_arm)
