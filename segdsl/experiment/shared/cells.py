"""Two segmentations and an outcome -> what the statistics need of them, counted by the engine: never a row a customer.

A cell is a pair of places, the incumbent's and the candidate's. Whoever's place is unknown is in a cell of its own,
whoever is outside of both in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segmentation
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment
from segdsl.sql.spell import Sql

FOLDS = 5
UNKNOWN = "unknown"
_Y, _CLUSTER = "?outcome", "?cluster"  # no rule is called so
_ROW = "b"
Rates = Mapping[str, float]


@dataclass(frozen=True)
class Question:
    """`cluster` is what makes customers one unit (a link to the same entity: itself where it has none); None: each its own."""

    model: Model
    entity: str
    incumbent: Segmentation
    candidate: Segmentation
    outcome: k.Expr
    cluster: k.Expr | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers `n`, those whose outcome is `known`, its mean over these, and `m2`, the sum of squared deviations from it."""

    n: int
    known: int
    mean: float
    m2: float


Cells = Mapping[tuple[str | None, str | None], Cell]
"""By (incumbent's place, candidate's place); None for one who is outside of one of them alone."""


@dataclass(frozen=True)
class Totals:
    """By cluster, arrays of one length: who it is, its customers, and the sum of their gains."""

    clusters: npt.NDArray[np.object_]
    sizes: npt.NDArray[np.float64]
    gains: npt.NDArray[np.float64]

    @staticmethod
    def none() -> Totals:
        return Totals(np.empty(0, object), np.empty(0), np.empty(0))


def cells(engine: Engine, q: Question, clock: Clock) -> Cells:
    """Of everybody who is inside of one of the two at least."""
    return _counted(engine, q, clock, ()).get((), {})


def cells_by_fold(engine: Engine, q: Question, clock: Clock) -> dict[int, Cells]:
    """The same, for each fold of the clusters by their hash."""
    return {int(fold): cells_of_fold for (fold,), cells_of_fold in _counted(engine, q, clock, ("fold",)).items()}


def _counted(engine: Engine, q: Question, clock: Clock, by: Sequence[str]) -> dict[tuple[Any, ...], Cells]:
    a, b, y, *groups = (s.column(_ROW, name) for name in ("a", "b", "y", *by))
    columns = {
        **dict(zip(by, groups)),
        "a": a,
        "b": b,
        "n": exp.Count(this=exp.Star()),
        "known": exp.Count(this=y),
        "mean": exp.Avg(this=y),
        "m2": s.binary("*", s.call("VAR_POP", y), exp.Count(this=y)),
    }
    cells_by_key: dict[tuple[Any, ...], dict[tuple[str | None, str | None], Cell]] = {}
    for row in engine.frame(_over(q, clock, columns).group_by(*groups, a, b)).to_dict("records"):
        key, known = tuple(or_none(row[name]) for name in by), int(row["known"])
        cell = Cell(int(row["n"]), known, float(row["mean"]) if known else 0.0, float(row["m2"]) if known else 0.0)
        cells_by_key.setdefault(key, {})[or_none(row["a"]), or_none(row["b"])] = cell
    return {
        key: dict(sorted(cells_of_key.items(), key=str)) for key, cells_of_key in sorted(cells_by_key.items(), key=str)
    }


def or_none(value: Any) -> Any:
    """A cell of an answer; None for what is missing."""
    return None if value is None or value != value else value


def totals(engine: Engine, q: Question, clock: Clock, rates: Mapping[int, tuple[Rates, Rates]]) -> Totals:
    """Of those inside of both whose outcome is known. `rates` are the frozen ones by fold (only 0: for everybody) of the
    incumbent's places and of the candidate's; a place without one has that of everybody, under ""."""
    y, cluster = s.column(_ROW, "y"), s.column(_ROW, "cluster")
    first, second = (_squared(y, _rate(name, {f: r[i] for f, r in rates.items()})) for i, name in enumerate("ab"))
    gain = exp.Sum(this=exp.Sub(this=first, expression=second))
    query = _over(q, clock, {"cluster": cluster, "n": exp.Count(this=y), "gain": gain})
    known = s.all_of([s.not_(s.is_null(s.column(_ROW, c))) for c in ("a", "b", "y")])
    frame = engine.frame(query.where(known).group_by(cluster)).sort_values("cluster")
    return Totals(frame["cluster"].to_numpy(object), frame["n"].to_numpy(float), frame["gain"].to_numpy(float))


@dataclass(frozen=True)
class Clusters:
    """By cluster of those whose play would differ (or of all): how many, the outcome's mean, squared deviations from it."""

    sizes: npt.NDArray[np.float64]
    means: npt.NDArray[np.float64]
    m2: npt.NDArray[np.float64]


def clusters(engine: Engine, q: Question, clock: Clock, places: Iterable[tuple[str, str]]) -> Clusters:
    """Of those in one of these pairs of places whose outcome is known."""
    y, cluster = s.column(_ROW, "y"), s.column(_ROW, "cluster")
    pairs = [
        s.all_of([s.binary("=", s.column(_ROW, "a"), s.text(a)), s.binary("=", s.column(_ROW, "b"), s.text(b))])
        for a, b in places
    ]
    if not pairs:
        return Clusters(np.empty(0), np.empty(0), np.empty(0))
    columns = {
        "n": exp.Count(this=y),
        "mean": exp.Avg(this=y),
        "m2": s.binary("*", s.call("VAR_POP", y), exp.Count(this=y)),
    }
    query = _over(q, clock, columns).where(s.all_of([s.not_(s.is_null(y)), s.paren(s.any_of(pairs))])).group_by(cluster)
    frame = engine.frame(query).astype(float)
    return Clusters(frame["n"].to_numpy(float), frame["mean"].to_numpy(float), frame["m2"].to_numpy(float))


def _over(q: Question, clock: Clock, columns: Mapping[str, Sql]) -> exp.Select:
    """A query over everybody who is inside of one at least: `a`, `b`, `y`, `cluster`, `fold`."""
    extra = {_Y: q.outcome, **({_CLUSTER: q.cluster} if q.cluster is not None else {})}
    each = assignment(q.model, q.entity, [q.incumbent, q.candidate], clock, extra).query
    each.set("order", None)
    unit = exp.Cast(this=s.column("r", "entity_id"), to=exp.DataType.build("text"))
    cluster = cluster_of(unit, s.column("r", _CLUSTER), q.cluster, q.entity)
    inner = exp.Select(
        expressions=[
            s.named(place("r", q.incumbent), "a"),
            s.named(place("r", q.candidate), "b"),
            s.named(number(s.column("r", _Y), q.outcome), "y"),
            s.named(cluster, "cluster"),
        ]
    ).from_(each.subquery(s.name("r")))
    inside = s.any_of(
        [s.binary("!=", s.column("r", f"{rule.name}_status"), s.text("outside")) for rule in (q.incumbent, q.candidate)]
    )
    inner = inner.where(inside)
    folded = exp.Select(expressions=[exp.Star(), s.named(_fold(s.column("i", "cluster")), "fold")]).from_(
        inner.subquery(s.name("i"))
    )
    selected = [s.named(sql, name) for name, sql in columns.items()]
    return exp.Select(expressions=selected).from_(folded.subquery(s.name(_ROW)))


def cluster_of(unit: Sql, link: Sql, cluster: k.Expr | None, entity: str) -> Sql:
    """What makes customers one unit, as text. Where it is missing a customer is alone; a link to the same entity leads to itself: a parent
    is in one cluster with its children."""
    if cluster is None:
        return unit
    alone = unit if cluster.type == ty.Link(entity) else s.call("CONCAT", s.text("\x1f"), unit)
    return s.coalesce(exp.Cast(this=link, to=exp.DataType.build("text")), alone)


def place(alias: str, rule: Segmentation) -> Sql:
    """The arm; unknown; NULL outside."""
    status = s.column(alias, f"{rule.name}_status")
    return s.case(
        (s.binary("=", status, s.text("assigned")), s.column(alias, rule.name)),
        (s.binary("=", status, s.text("unknown")), s.text(UNKNOWN)),
    )


def number(sql: Sql, outcome: k.Expr) -> Sql:
    """An outcome as a double: 1 and 0 of a yes or no."""
    if outcome.type == ty.BOOLEAN:
        return s.case((sql, s.real(1.0)), (s.not_(sql.copy()), s.real(0.0)))
    return s.double(sql)


def _fold(cluster: Sql) -> Sql:
    """A number below `FOLDS` by the hash of a cluster: the same on every engine and for good."""
    return s.binary("%", s.drawn("fold", cluster), s.whole(FOLDS))


def _rate(place: str, rates: Mapping[int, Rates]) -> Sql:
    whens = []
    for fold, fold_rates in rates.items():
        of_fold = [s.binary("=", s.column(_ROW, "fold"), s.whole(fold))] if len(rates) > 1 else []
        for name, rate in fold_rates.items():
            of_place = [s.binary("=", s.column(_ROW, place), s.text(name))] if name else []
            whens.append((s.all_of([*of_fold, *of_place]), s.real(rate)))
    return s.case(*whens)


def _squared(y: Sql, rate: Sql) -> Sql:
    difference = exp.Paren(this=exp.Sub(this=y, expression=rate))
    return exp.Mul(this=difference, expression=difference.copy())
