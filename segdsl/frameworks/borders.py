"""A framework's borders from the data: the value of a metric below which so many customers lie, rounded as a person would write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor, log10

from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic
from segdsl.frameworks.known.framework import Border, Framework
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.run.data_day import open_to_look
from segdsl.run.errors import UsageError
from segdsl.workspace.load import Workspace


@dataclass(frozen=True, slots=True)
class Figure:
    """A border from the data.

    `exact` is the value at the border's share, counted from the smallest; `rounded` is the border.
    `below` is the share of the `of` customers with a value that have less than `rounded`.
    """

    border: Border
    exact: float
    rounded: int
    below: float
    of: int


def from_data(
    workspace: Workspace, framework: Framework, metrics: Mapping[str, str], source: str | None, as_of: str | None
) -> tuple[str, list[Figure]]:
    """(the day of the data, a figure for each border) of a workspace that has the framework's metrics, by their names in it.

    Raises `UsageError` where the data give no borders, and `DataError`.
    """
    if not framework.borders:
        raise UsageError(
            Diagnostic("SEG0628", f"{framework.name} has no borders that data could set", help="leave --borders out")
        )
    day, by_metric = _values(workspace, framework, metrics, source, as_of)
    figures = []
    for border in framework.borders:
        values = by_metric[border.of]
        if not values:
            raise UsageError(
                Diagnostic(
                    "SEG0628",
                    f"no customer has a value of `{metrics[border.of]}`, so the data set no borders",
                    help="leave --borders out, and write your own",
                )
            )
        exact = float(values[min(len(values) - 1, floor(len(values) * border.at))])
        rounded = _rounded(exact)
        if rounded > values[-1]:
            rounded = floor(exact)  # nobody would reach it
        below = sum(value < rounded for value in values) / len(values)
        figures.append(Figure(border, exact, rounded, below, len(values)))
    for metric in by_metric:
        found = [f for f in figures if f.border.of == metric]
        if any(a.rounded <= b.rounded for a, b in pairwise(found)) or any(g.rounded < g.border.least for g in found):
            seen = ", ".join(f"{f.border.name} {f.exact:,.10g}" for f in found)
            raise UsageError(
                Diagnostic(
                    "SEG0628",
                    f"the data set no borders apart from each other: {seen}",
                    help="leave --borders out, and write your own",
                )
            )
    return day, figures


def nobody_reaches(
    workspace: Workspace,
    framework: Framework,
    metrics: Mapping[str, str],
    borders: Mapping[str, int],
    source: str | None,
    as_of: str | None,
) -> Iterator[str]:
    """A sentence on each of `borders` that lies above all values in the data; none where the data can't be read or have no value."""
    if not framework.borders:
        return
    try:
        day, by_metric = _values(workspace, framework, metrics, source, as_of)
    except (DataError, UsageError):
        return
    for border in framework.borders:
        values, value = by_metric[border.of], borders[border.name]
        if values and values[-1] < value:
            most = f"{float(values[-1]):,.10g}"
            yield f"nobody reaches `{metrics[border.of]} >= {value:_}` in the data of {day}: the most is {most}"


def _values(
    workspace: Workspace, framework: Framework, metrics: Mapping[str, str], source: str | None, as_of: str | None
) -> tuple[str, dict[str, list[Fraction]]]:
    """(the day of the data, the values of each metric that has borders, in order). Raises `UsageError` and `DataError`."""
    from segdsl.sql.plan import condition as query_for

    model = workspace.model
    wanted = {b.of: model.metrics[metrics[b.of]] for b in framework.borders}
    entity = next(iter(wanted.values())).entity
    reads: dict[str, k.Expr] = {n: k.MetricOf(k.This(), m.entity, m.name, m.type) for n, m in wanted.items()}
    needed = dependencies.of_condition(model, entity, k.And(tuple(k.IsMissing(e) for e in reads.values())))
    dated, workspace, engine = open_to_look(workspace, needed, {}, as_of, source)
    rows = list(engine.rows(query_for(workspace.model, entity, reads, dated.clock).query))
    values = {n: sorted(Fraction(row[i]) for row in rows if row[i] is not None) for i, n in enumerate(reads, 1)}
    return dated.clock.today.isoformat(), values


def _rounded(value: float) -> int:
    """To two digits, as in 47,312 -> 47,000."""
    if value < 100:
        return round(value)
    grain: int = 10 ** (floor(log10(value)) - 1)
    return round(value / grain) * grain
