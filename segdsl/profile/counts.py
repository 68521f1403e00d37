"""Groups of customers and their features, summarised by the engine: never one row a customer, but for a sample of them.

Each customer of a question gets a label: the number of the group, or why the customer is in none. Features are evaluated in
batches, each once where the engine can store rows; then one query summarises the numbers and one the commonest texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from segdsl.engines import Engine
from segdsl.features.recipe import Feature, quoted
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule, Segment, Segmentation
from segdsl.profile.differences import FEWEST, QUANTILES, Summary
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment
from segdsl.sql.spell import Sql

if TYPE_CHECKING:
    import pandas as pd

BATCH = 100
"""Features that are evaluated, and stored, at once."""
VALUES = 12
"""Commonest values of a text that are looked at, each as a yes or no."""
LARGEST = 1e100
"""A number beyond it counts as missing: its square would leave the range of doubles."""
SALT = "profile"
_ROW, _LABEL, _KEY = "b", "?label", "entity_id"
BOTH, UNKNOWN = -1, -2


@dataclass(frozen=True)
class Part:
    """A segment, or one arm of a segmentation."""

    rule: Rule
    arm: str | None = None

    @property
    def name(self) -> str:
        return self.rule.name if self.arm is None else f"{self.rule.name}.{self.arm}"


@dataclass(frozen=True)
class Groups:
    """The groups that are compared: each arm of a segmentation, or a part and what it is compared with.

    `against` is another part; None with one part compares it with the others of its population.
    """

    rule: Segmentation | None = None
    part: Part | None = None
    against: Part | None = None

    @property
    def names(self) -> tuple[str, ...]:
        if self.rule is not None:
            return tuple(a.name for a in self.rule.all_arms)
        assert self.part is not None
        return (self.part.name, self.against.name if self.against is not None else "the others")

    @property
    def rules(self) -> list[Rule]:
        parts = [p.rule for p in (self.part, self.against) if p is not None]
        return list({r.name: r for r in ([self.rule] if self.rule is not None else parts)}.values())

    @property
    def entity(self) -> str:
        return self.rules[0].entity


@dataclass(frozen=True)
class Sizes:
    """Customers of each group; those in both parts, who are in neither group; and those of whom it is unknown."""

    groups: tuple[int, ...]
    both: int
    unknown: int


@dataclass(frozen=True)
class Value:
    """What is compared: a number or yes or no of a feature, one value of a text, or that a feature is missing.

    `value` is that text, "" for the others.
    """

    feature: Feature
    kind: str
    value: str = ""

    @property
    def text(self) -> str:
        """The value as a rule writes it."""
        match self.kind:
            case "value":
                return f"{self.feature.text} = {quoted(self.value)}"
            case "missing":
                return f"{_in_brackets(self.feature)} is missing"
            case _:
                return self.feature.text


def _in_brackets(feature: Feature) -> str:
    return (
        f"({feature.text})"
        if isinstance(feature.expr, k.Arithmetic | k.Compare | k.Not | k.IsMissing)
        else feature.text
    )


@dataclass(frozen=True)
class Counted:
    """`summaries` has one summary a group for each value; `too_many` are texts of which nearly every customer has another value."""

    sizes: Sizes
    summaries: Mapping[Value, tuple[Summary, ...]]
    too_many: Mapping[str, int]
    sample: pd.DataFrame | None


def count(
    engine: Engine, model: Model, groups: Groups, features: Sequence[Feature], clock: Clock, sampled: int = 0
) -> Counted:
    """Summarise features by group, and draw up to `sampled` customers of each group, always the same ones.

    The sample has the columns `?label`, `entity_id` and the texts of the features. Raises `DataError`.
    """
    sizes = _sizes(engine, _stored(engine, model, groups, (), clock), len(groups.names))
    summaries: dict[Value, tuple[Summary, ...]] = {}
    too_many: dict[str, int] = {}
    sample: pd.DataFrame | None = None
    for batch in (features[i : i + BATCH] for i in range(0, len(features), BATCH)):
        base = _stored(engine, model, groups, batch, clock)
        values = [Value(f, f.kind) for f in batch if f.kind != "category"]
        for feature, common, distinct in _commonest(engine, base, batch):
            values += [Value(feature, "value", text) for text in common]
            if not common and distinct:
                too_many[feature.text] = distinct
        summaries |= _summaries(engine, base, batch, values, sizes)
        if sampled:
            rows = _sample(engine, base, batch, sampled)
            sample = rows if sample is None else sample.merge(rows, on=[_LABEL, _KEY], validate="one_to_one")
    return Counted(sizes, summaries, too_many, sample)


# -- labels ------------------------------------------------------------------------------


def _stored(engine: Engine, model: Model, groups: Groups, batch: Sequence[Feature], clock: Clock) -> exp.Query:
    """Query of the labelled customers with their features, `v0`, `v1`, …; evaluated once where the engine can store rows."""
    wheres = {f"?where {r.name}": r.where for r in groups.rules if isinstance(r, Segment) and r.where is not None}
    values = {f"?v{i}": f.expr for i, f in enumerate(batch)}
    each = assignment(model, groups.entity, groups.rules, clock, {**wheres, **values}).query
    each.set("order", None)
    columns = [s.named(_label(groups), _LABEL), s.column("r", _KEY)]
    columns += [s.named(_plain(s.column("r", f"?v{i}"), f), f"v{i}") for i, f in enumerate(batch)]
    return engine.store(exp.Select(expressions=columns).from_(each.subquery(s.name("r"))))


def _plain(sql: Sql, feature: Feature) -> Sql:
    """A feature as a double, or as text."""
    match feature.kind:
        case "yes or no":
            return s.case((sql, s.real(1.0)), (s.not_(sql.copy()), s.real(0.0)))
        case "category":
            return s.cast(sql, "VARCHAR")
        case "number":
            number = s.double(sql)
            return s.case((s.binary("<", s.call("abs", number), s.real(LARGEST)), number.copy()))


def _label(groups: Groups) -> Sql:
    if groups.rule is not None:
        rule = groups.rule
        arms = [
            (s.binary("=", s.column("r", rule.name), s.text(a.name)), s.whole(i)) for i, a in enumerate(rule.all_arms)
        ]
        assigned = _has_status(rule, "assigned")
        return s.case(
            *((s.all_of([assigned.copy(), is_arm]), i) for is_arm, i in arms),
            (_has_status(rule, "unknown"), s.whole(UNKNOWN)),
        )
    assert groups.part is not None
    first = is_in(groups.part)
    if groups.against is None:
        out, unknown = _is_out(groups.part)
        return s.case((first, s.whole(0)), (out, s.whole(1)), (unknown, s.whole(UNKNOWN)))
    second = is_in(groups.against)
    return s.case((s.all_of([first, second]), s.whole(BOTH)), (first.copy(), s.whole(0)), (second.copy(), s.whole(1)))


def _has_status(rule: Segmentation, status: str) -> Sql:
    return s.binary("=", s.column("r", f"{rule.name}_status"), s.text(status))


def is_in(part: Part) -> Sql:
    """Whether a row `r` of an assignment is a member of a segment or an arm."""
    if part.arm is None:
        return s.is_true(s.column("r", part.rule.name))
    assert isinstance(part.rule, Segmentation)
    return s.all_of(
        [_has_status(part.rule, "assigned"), s.is_true(s.binary("=", s.column("r", part.rule.name), s.text(part.arm)))]
    )


def _is_out(part: Part) -> tuple[Sql, Sql]:
    """Whether a customer of the population is known to be outside a part; and whether that is unknown."""
    if part.arm is not None:
        assert isinstance(part.rule, Segmentation)
        return _has_status(part.rule, "assigned"), _has_status(part.rule, "unknown")
    member = s.column("r", part.rule.name)
    inside = [s.is_true(s.column("r", f"?where {part.rule.name}"))] if part.rule.where is not None else []
    population_unknown = s.is_null(s.column("r", f"?where {part.rule.name}")) if inside else s.FALSE
    return s.all_of([s.not_(s.is_null(member)), s.not_(s.is_true(member.copy())), *inside]), s.any_of(
        [s.is_null(member.copy()), population_unknown]
    )


# -- questions ---------------------------------------------------------------------------


def _from(base: exp.Query, *columns: Sql) -> exp.Select:
    return exp.Select(expressions=list(columns)).from_(base.copy().subquery(s.name(_ROW)))


def _sizes(engine: Engine, base: exp.Query, groups: int) -> Sizes:
    label = s.column(_ROW, _LABEL)
    rows = engine.rows(_from(base, label, s.named(exp.Count(this=exp.Star()), "n")).group_by(label.copy()))
    counts = {int(g): int(n) for g, n in rows if g is not None}
    return Sizes(tuple(counts.get(i, 0) for i in range(groups)), counts.get(BOTH, 0), counts.get(UNKNOWN, 0))


def _in_a_group() -> Sql:
    return s.binary(">=", s.column(_ROW, _LABEL), s.whole(0))


def _commonest(engine: Engine, base: exp.Query, batch: Sequence[Feature]) -> Iterator[tuple[Feature, list[str], int]]:
    """Yield each text with its commonest values, of at least `FEWEST` customers, and the number of different ones."""
    texts = [(i, f) for i, f in enumerate(batch) if f.kind == "category"]
    if not texts:
        return
    distinct = [exp.Count(this=exp.Distinct(expressions=[s.column(_ROW, f"v{i}")])) for i, _ in texts]
    ((*numbers,),) = engine.rows(
        _from(base, *(s.named(d, f"n{i}") for i, d in enumerate(distinct))).where(_in_a_group())
    )
    for (i, feature), number in zip(texts, numbers):
        value, n = s.column(_ROW, f"v{i}"), exp.Count(this=exp.Star())
        counted = _from(base, s.named(value, "value"), s.named(n, "n")).where(
            s.all_of([_in_a_group(), s.not_(s.is_null(value.copy()))])
        )
        counted = counted.group_by(value.copy()).having(s.binary(">=", n.copy(), s.whole(FEWEST)))
        most = counted.order_by(
            exp.Ordered(this=n.copy(), desc=True, nulls_first=False), exp.Ordered(this=value.copy(), nulls_first=False)
        ).limit(VALUES)
        yield feature, [str(v) for v, _ in engine.rows(most)], int(number)


def _summaries(
    engine: Engine, base: exp.Query, batch: Sequence[Feature], values: Sequence[Value], sizes: Sizes
) -> dict[Value, tuple[Summary, ...]]:
    """Summarise each value, and of fields and metrics whether they are missing."""
    place = {f.text: i for i, f in enumerate(batch)}
    label = s.column(_ROW, _LABEL)
    columns = [s.named(exp.Count(this=s.column(_ROW, f"v{i}")), f"known {i}") for i in range(len(batch))]
    quantiles = exp.Array(expressions=[s.real(q) for q in QUANTILES])
    for j, v in enumerate(values):
        x = s.column(_ROW, f"v{place[v.feature.text]}")
        if v.kind == "value":
            columns.append(s.named(exp.Count(this=s.case((s.binary("=", x, s.text(v.value)), s.whole(1)))), f"yes {j}"))
            continue
        columns += [s.named(exp.Avg(this=x), f"mean {j}"), s.named(s.call("VAR_POP", x.copy()), f"variance {j}")]
        if v.kind == "number":
            columns.append(s.named(s.call("quantile_disc", x.copy(), quantiles.copy()), f"quantiles {j}"))
    query = _from(base, s.named(label, "label"), *columns).where(_in_a_group()).group_by(label.copy())
    rows = {int(r["label"]): r for r in engine.frame(query).to_dict("records")}
    groups = range(len(sizes.groups))
    summaries = {}
    for j, v in enumerate(values):
        i = place[v.feature.text]
        summaries[v] = tuple(_summary(rows.get(g), sizes.groups[g], i, j, v) for g in groups)
    for i, feature in enumerate(batch):
        if any(isinstance(node, k.Aggregate) for node in k.walk(feature.expr)):
            continue  # missing without rows, which their number says
        known = [int(rows[g][f"known {i}"]) if g in rows else 0 for g in groups]
        if 0 < sum(known) < sum(sizes.groups):
            missing = [(n, n - has) for n, has in zip(sizes.groups, known)]
            summaries[Value(feature, "missing")] = tuple(of_share(n, n, yes) for n, yes in missing)
    return summaries


def _summary(row: Mapping[Any, Any] | None, n: int, i: int, j: int, v: Value) -> Summary:
    nan = float("nan")
    known = int(row[f"known {i}"]) if row is not None else 0
    if row is None or not known:
        return Summary(n, 0, nan, nan)
    if v.kind == "value":
        return of_share(n, known, int(row[f"yes {j}"]))
    variance = float(row[f"variance {j}"]) * known / (known - 1) if known > 1 else nan
    quantiles = tuple(float(q) for q in row[f"quantiles {j}"]) if v.kind == "number" else ()
    return Summary(n, known, float(row[f"mean {j}"]), variance, quantiles)


def of_share(n: int, known: int, yes: int) -> Summary:
    """Summary of a yes or no from counts."""
    p = yes / known if known else float("nan")
    return Summary(n, known, p, p * (1 - p) * known / (known - 1) if known > 1 else float("nan"))


def _sample(engine: Engine, base: exp.Query, batch: Sequence[Feature], most: int) -> pd.DataFrame:
    key = s.column(_ROW, _KEY)
    order = [s.drawn(SALT, s.cast(key, "VARCHAR")), key.copy()]
    turn = exp.Window(
        this=exp.RowNumber(),
        partition_by=[s.column(_ROW, _LABEL)],
        order=exp.Order(expressions=[exp.Ordered(this=o, nulls_first=False) for o in order]),
    )
    named = [s.named(s.column(_ROW, f"v{i}"), f"v{i}") for i in range(len(batch))]
    drawn = _from(base, s.column(_ROW, _LABEL), key.copy(), *named, s.named(turn, "turn")).where(_in_a_group())
    columns = [s.column("d", c) for c in (_LABEL, _KEY, *(f"v{i}" for i in range(len(batch))))]
    query = exp.Select(expressions=columns).from_(drawn.subquery(s.name("d")))
    frame = engine.frame(query.where(s.binary("<=", s.column("d", "turn"), s.whole(most))))
    frame = frame.rename(columns={f"v{i}": f.text for i, f in enumerate(batch)})
    return frame.sort_values([_LABEL, _KEY], ignore_index=True)
