"""Whether an expression can be unknown, by what the model declares: required fields never are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from segdsl.model import expr as k
from segdsl.model.segment import Model, Segmentation

Known = frozenset[k.Expr | k.Row]
"""What is certain where a condition is asked: expressions that can't be missing and rows that exist, because a guard
stands before it or it was reached from there; and comparisons that hold."""

_NEEDS_ROWS = (
    k.Function.MIN,
    k.Function.MAX,
    k.Function.AVERAGE,
    k.Function.MEDIAN,
    k.Function.PICK,
    k.Function.MOST_COMMON,
    k.Function.SHARE,
)
NEGATED: Mapping[str, Literal["=", "!=", "<", "<=", ">", ">="]] = {
    "=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
}  # fmt: skip


def can_be_unknown(model: Model, e: k.Expr, known: Known = frozenset()) -> bool:
    """Never a wrong no; where numbers alone decide (a sum that can't be zero) it may be a wrong yes."""
    return _Possible(model).unknown(e, known)


def guarded(model: Model, e: k.Expr, held: bool) -> Known:
    """What is certain once `e` is `held`; where it may be unknown, once it isn't the opposite."""
    return _Possible(model).guarded(e, held)


class _Possible:
    """Answers for one model; each metric and rule is asked once, however often it is mentioned."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._metrics: dict[tuple[str, Known], bool] = {}
        self._rules: dict[str, bool] = {}
        self._inside = 0

    def unknown(self, e: k.Expr, known: Known = frozenset()) -> bool:
        if e in known:
            return False
        match e:
            case k.IsMissing() | k.Literal_() | k.AsOf() | k.StartOf() | k.Tally():
                return False
            case k.Missing() | k.At() | k.Distance() | k.DateOf(zone=k.Node()):
                return True  # it may not have existed then; there may be no such place or zone
            case k.Rounded(item=item):
                return _may_dangle(e.row, known) or self.unknown(item)
            case k.Standing(of=of, value=value, group=group):
                own = self.unknown(value) or (group is not None and self.unknown(group))
                return own or of == "quantile" or _may_dangle(e.row, known)
            case k.Column():
                field = self.model.schema.relations[e.relation].fields[e.name]
                told = (field.required or field.key) and field.known_at is None
                return not told or _may_dangle(e.row, known)
            case k.MetricOf():
                inside = known if e.row == k.This() else frozenset[k.Expr | k.Row]()
                return _may_dangle(e.row, known) or self._metric(e.name, inside)
            case k.Member():
                return _may_dangle(e.row, known) or self._membership(e.name)
            case k.Arithmetic(op="/", right=right) if not _never_zero(right, known):
                return True
            case k.Aggregate():
                return self._aggregate(e, known)
            case k.If(condition=condition, then=then, otherwise=otherwise):
                return self.unknown(condition, known) or any(
                    self.unknown(branch, known | self.guarded(condition, held))
                    for branch, held in ((then, True), (otherwise, False))
                    if not _settled(condition, not held, known)
                )
            case k.And(items=items) | k.Or(items=items):
                for item in items:
                    if self.unknown(item, known):
                        return True
                    known |= self.guarded(item, isinstance(e, k.And))
                return False
            case _:
                return any(self.unknown(c, known) for c in k.children(e))

    def guarded(self, e: k.Expr, held: bool) -> Known:
        match e:
            case k.Not(item=item):
                return self.guarded(item, not held)
            case k.IsMissing(item=item):
                return frozenset() if held else frozenset([item])
            case k.And(items=items) if held:
                return frozenset().union(*(self.guarded(i, True) for i in items))
            case k.Or(items=items) if not held:
                return frozenset().union(*(self.guarded(i, False) for i in items))
            case k.Compare(op=op) if not self.unknown(e):
                return frozenset([replace(e, op=op if held else NEGATED[op])])
            case _:
                return frozenset()

    def _metric(self, name: str, known: Known) -> bool:
        """What is certain outside is carried into one metric, not into those that it reads: there are too many ways there."""
        known = known if not self._inside else frozenset()
        if (name, known) not in self._metrics:
            self._inside += 1
            self._metrics[name, known] = self.unknown(self.model.metrics[name].body, known)
            self._inside -= 1
        return self._metrics[name, known]

    def _membership(self, name: str) -> bool:
        if name not in self._rules:
            rule = self.model.segments.get(name) or self.model.segmentations[name]
            decided = isinstance(rule, Segmentation) and rule.undecided is not None
            self._rules[name] = not decided and any(self.unknown(c) for c in self.model.definition(name))
        return self._rules[name]

    def _aggregate(self, e: k.Aggregate, known: Known) -> bool:
        if _may_dangle(e.rows.anchor, known) or any(self.unknown(c, known) for c in k.children(e)):
            return True  # a bound, or the row it starts from
        sure = reached_from(self.model, e.rows)
        where = e.rows.where is not None and self.unknown(e.rows.where, sure)
        value = e.value is not None and self.unknown(e.value, sure)
        lacking = self.model.schema.relations[e.rows.relation].complete_from is not None
        if lacking or e.function in _NEEDS_ROWS:
            return True
        if e.function == k.Function.ANY:
            return where or value
        return (where and e.rows.latest is not None) or (value and e.function == k.Function.SUM)


def reached_from(model: Model, rows: k.Rows) -> Known:
    """The rows on the way to the rows of an aggregate, as these see them."""
    back: k.Row = k.This()
    found: list[k.Row] = []
    for hop in reversed(rows.hops):
        back = k.Via(back, model.schema.back(hop))
        found.append(back)
    return frozenset(found)


def _may_dangle(row: k.Row, known: Known) -> bool:
    return isinstance(row, k.Via | k.Topmost) and row not in known


def _settled(condition: k.Expr, held: bool, known: Known) -> bool:
    """Whether a comparison is known to be so."""
    if not isinstance(condition, k.Compare):
        return False
    return replace(condition, op=condition.op if held else NEGATED[condition.op]) in known


def _never_zero(e: k.Expr, known: Known) -> bool:
    if isinstance(e, k.Literal_):
        return isinstance(e.value, k.Ratio) and e.value.numerator != 0
    return any(isinstance(fact, k.Compare) and fact.left == e and _is_positive(fact) for fact in known)


def _is_positive(fact: k.Compare) -> bool:
    """Whether what holds puts the left side above zero."""
    value = fact.right.value if isinstance(fact.right, k.Literal_) else None
    if not isinstance(value, k.Ratio):
        return False
    return value.numerator > 0 if fact.op in (">=", "=") else fact.op == ">" and value.numerator >= 0
