"""Sufficient statistics of two segmentations and an outcome, aggregated by the engine: never one row a customer.

A cell is a pair of places, the incumbent's and the candidate's. An unknown place has cells of its own; customers
outside both segmentations are in no cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from segdsl.engines import Engine
from segdsl.engines.shelf import Shelf
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segmentation
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment
from segdsl.sql.spell import Sql

FOLDS = 5
UNKNOWN = "unknown"
_Y, _CLUSTER = "?outcome", "?cluster"  # no rule can have these names
_ROW = "b"
Rates = Mapping[str, float]


@dataclass(frozen=True)
class Question:
    """Two segmentations of an entity and the outcome that compares them.

    `cluster`: a link that groups customers into one unit; None makes each customer a unit. A customer without a link is
        a unit alone; where the link leads to the same entity, a parent is in one cluster with its children.
    """

    model: Model
    entity: str
    incumbent: Segmentation
    candidate: Segmentation
    outcome: k.Expr
    cluster: k.Expr | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers with one pair of places.

    `n`: customers.
    `known`: customers with a known outcome.
    `mean`: mean of the known outcomes.
    `m2`: sum of squared deviations from the mean.
    """

    n: int
    known: int
    mean: float
    m2: float


Cells = Mapping[tuple[str | None, str | None], Cell]
"""Cells by (incumbent's place, candidate's place); None for customers outside one segmentation alone."""


@dataclass(frozen=True)
class Totals:
    """Gains of clusters: three arrays of one length, one item for clusters that are alike, which most are where the outcome is a yes or no.

    `sizes`: customers of such a cluster with a known outcome.
    `gains`: sum of these customers' gains.
    `counts`: number of such clusters.
    """

    sizes: npt.NDArray[np.float64]
    gains: npt.NDArray[np.float64]
    counts: npt.NDArray[np.float64]

    @staticmethod
    def none() -> Totals:
        return Totals(np.empty(0), np.empty(0), np.empty(0))

    @property
    def clusters(self) -> int:
        return int(self.counts.sum())

    @property
    def customers(self) -> float:
        """Customers with a known outcome, of all clusters."""
        return float((self.counts * self.sizes).sum())


def cells(engine: Engine, q: Question, clock: Clock) -> Cells:
    """Count cells of all customers inside at least one segmentation."""
    return _counted(engine, q, clock, ()).get((), {})


def cells_by_fold(engine: Engine, q: Question, clock: Clock) -> dict[int, Cells]:
    """Count cells for each fold; the hash of the cluster chooses the fold."""
    return {int(fold): cells_of_fold for (fold,), cells_of_fold in _counted(engine, q, clock, ("fold",)).items()}


def _counted(engine: Engine, q: Question, clock: Clock, by: Sequence[str]) -> dict[tuple[Any, ...], Cells]:
    """Count cells, grouped by the columns `by`."""
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
    for row in engine.frame(_over(engine, q, clock, columns, folded="fold" in by).group_by(*groups, a, b)).to_dict(
        "records"
    ):
        key, known = tuple(or_none(row[name]) for name in by), int(row["known"])
        cell = Cell(int(row["n"]), known, float(row["mean"]) if known else 0.0, float(row["m2"]) if known else 0.0)
        cells_by_key.setdefault(key, {})[or_none(row["a"]), or_none(row["b"])] = cell
    return {
        key: dict(sorted(cells_of_key.items(), key=str)) for key, cells_of_key in sorted(cells_by_key.items(), key=str)
    }


def or_none(value: Any) -> Any:
    """Return an engine's value, with None for NaN and NULL."""
    return None if value is None or value != value else value


@dataclass(frozen=True)
class ByCluster:
    """Gains by cluster at one origin, as a table of the engine's shelf: `cluster` (its key), `n` and `gain`."""

    shelf: Shelf
    table: str

    def totals(self) -> Totals:
        return _totals(self.shelf, f"SELECT n, gain FROM {self.table}")


def pooled(parts: Sequence[ByCluster]) -> Totals:
    """Gains of clusters over several origins, at least one: a cluster at several origins counts once."""
    if len(parts) == 1:
        return parts[0].totals()
    gains = [f"gain{i}" for i in range(len(parts))]  # one row each, added in order: the same to the last digit
    each = []
    for part, own in zip(parts, gains):
        columns = (f"gain AS {g}" if g == own else f"0.0::DOUBLE AS {g}" for g in gains)
        each.append(f"SELECT cluster, n, {', '.join(columns)} FROM {part.table}")
    total = " + ".join(f"sum({g})" for g in gains)
    return _totals(
        parts[0].shelf, f"SELECT sum(n) AS n, {total} AS gain FROM ({' UNION ALL '.join(each)}) GROUP BY cluster"
    )


def _totals(shelf: Shelf, clusters: str) -> Totals:
    frame = shelf.frame(f"SELECT n, gain, count(*) AS clusters FROM ({clusters}) GROUP BY n, gain ORDER BY n, gain")
    return Totals(*(frame[c].to_numpy(float) for c in ("n", "gain", "clusters")))


def by_cluster(engine: Engine, q: Question, clock: Clock, rates: Mapping[int, tuple[Rates, Rates]]) -> ByCluster:
    """Sum gains by cluster, over customers inside both segmentations with a known outcome.

    `rates`: frozen rates of the incumbent's and the candidate's arms by fold; fold 0 alone holds for everybody. Key ""
        is the rate of an arm without its own.
    """
    y, cluster = s.column(_ROW, "y"), s.column(_ROW, "cluster")
    first, second = (_squared(y, _rate(name, {f: r[i] for f, r in rates.items()})) for i, name in enumerate("ab"))
    gain: Sql = exp.Sub(this=first, expression=second)
    n: Sql = s.whole(1)
    if q.cluster is not None:
        gain, n = exp.Sum(this=gain), exp.Count(this=y)
    query = _over(engine, q, clock, {"cluster": cluster, "n": n, "gain": gain}, folded=len(rates) > 1)
    query = query.where(s.all_of([s.not_(s.is_null(s.column(_ROW, c))) for c in ("a", "b", "y")]))
    return ByCluster(engine.shelf, engine.hold(query if q.cluster is None else query.group_by(cluster)))


@dataclass(frozen=True)
class Clusters:
    """Outcomes by cluster: number of known outcomes, mean, and sum of squared deviations from the mean."""

    sizes: npt.NDArray[np.float64]
    means: npt.NDArray[np.float64]
    m2: npt.NDArray[np.float64]


def clusters(engine: Engine, q: Question, clock: Clock, places: Iterable[tuple[str, str]]) -> Clusters:
    """Summarise known outcomes by cluster, over customers in one of the pairs of `places`."""
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
    query = (
        _over(engine, q, clock, columns)
        .where(s.all_of([s.not_(s.is_null(y)), s.paren(s.any_of(pairs))]))
        .group_by(cluster)
    )
    frame = engine.frame(query).astype(float)
    return Clusters(frame["n"].to_numpy(float), frame["mean"].to_numpy(float), frame["m2"].to_numpy(float))


def _over(engine: Engine, q: Question, clock: Clock, columns: Mapping[str, Sql], folded: bool = False) -> exp.Select:
    """Query over customers inside at least one segmentation, with `a`, `b` (places), `y` (outcome) and `cluster`, and where `folded`
    also `fold`.
    """
    extra = {_Y: q.outcome, **({_CLUSTER: q.cluster} if q.cluster is not None else {})}
    each = assignment(q.model, q.entity, [q.incumbent, q.candidate], clock, extra, in_order=False).query
    key = s.column("r", "entity_id")
    cluster = cluster_of(key, s.column("r", _CLUSTER), q.cluster, q.entity)
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
    stored = engine.store(inner)
    if folded:
        fold = s.named(_fold(as_text(s.column("i", "cluster"))), "fold")
        stored = engine.store(exp.Select(expressions=[exp.Star(), fold]).from_(stored.subquery(s.name("i"))))
    selected = [s.named(sql, name) for name, sql in columns.items()]
    return exp.Select(expressions=selected).from_(stored.subquery(s.name(_ROW)))


def cluster_of(key: Sql, link: Sql, cluster: k.Expr | None, entity: str) -> Sql:
    """Key of a customer's randomised unit: of the customer's own type, or a text where a customer could have the key of a cluster.

    A customer without a cluster is a unit alone. A link to the same entity groups a parent with its children.
    """
    if cluster is None:
        return key
    if cluster.type == ty.Link(entity):
        return s.coalesce(link, key)
    return s.coalesce(as_text(link), s.call("CONCAT", s.text("\x1f"), as_text(key)))


def as_text(sql: Sql) -> Sql:
    return exp.Cast(this=sql, to=exp.DataType.build("text"))


def place(alias: str, rule: Segmentation) -> Sql:
    """Place of a customer: the arm's name, "unknown", or NULL outside."""
    status = s.column(alias, f"{rule.name}_status")
    return s.case(
        (s.binary("=", status, s.text("assigned")), s.column(alias, rule.name)),
        (s.binary("=", status, s.text("unknown")), s.text(UNKNOWN)),
    )


def number(sql: Sql, outcome: k.Expr) -> Sql:
    """Outcome as a double; a yes or no becomes 1 or 0."""
    if outcome.type == ty.BOOLEAN:
        return s.case((sql, s.real(1.0)), (s.not_(sql.copy()), s.real(0.0)))
    return s.double(sql)


def _fold(cluster: Sql) -> Sql:
    """Fold number from 0 up to `FOLDS`, by a hash of the cluster that is equal on every engine and never changes."""
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
