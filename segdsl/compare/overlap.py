"""Overlap of segments and arms: whether two can have a customer in common, proved, and how many do in data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from segdsl.analyse.as_ofs import USUAL
from segdsl.analyse.questions import Overlap, overlap
from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.dependencies import of_rules
from segdsl.model.segment import Model, Rule
from segdsl.run.data_day import open_to_look
from segdsl.run.empty_windows import of_rules_after_the_data
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for
from segdsl.testing.customers.block_text import given_lines
from segdsl.testing.customers.witness import in_both, when
from segdsl.whatif.attrition import part_of
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class Pair:
    """Two parts of rules.

    `lines`: rows of a made-up customer in both, one a line.
    `when`: ` as of …`, where it isn't the usual day.
    `both`: customers of the data in both; None without data.
    `keys`: a few of them.
    """

    first: str
    second: str
    proof: Overlap
    lines: tuple[str, ...] = ()
    when: str = ""
    both: int | None = None
    keys: tuple[str, ...] = ()


FEW = 3


@dataclass(frozen=True)
class Overlaps:
    """Overlap of each two of several parts.

    With data, `clock` is the day on which they are counted, `because` where it comes from, if nobody said it, and `sizes` are
    the customers of each part; `warnings` are of windows after the newest row.
    """

    entity: str
    pairs: tuple[Pair, ...]
    clock: Clock | None = None
    because: str = ""
    sizes: tuple[int, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def overlaps(workspace: Workspace, names: Sequence[str], as_of: str | None = None) -> Overlaps:
    """Prove or find the overlap of each two of `segment` or `segmentation.arm`, populations included.

    Made-up customers are of the day of `as_of` where somebody can be in both then. Raises `UsageError`.
    """
    model = workspace.model
    asked = USUAL if as_of is None else clock_for(workspace.zone, as_of).today
    parts = _parts(workspace, names)
    entity = next(iter(parts.values()))[0].entity
    pairs = []
    for first, second in combinations(parts, 2):
        both = [parts[first][1], parts[second][1]]
        proof = overlap(model, both, first=asked)
        customer = in_both(model, entity, both, proof.possibly, workspace.zone) if proof.possibly is not None else None
        rows = () if customer is None else tuple(given_lines(customer.rows, customer.metrics, model, customer.clock))
        pairs.append(Pair(first, second, proof, rows, when(customer, asked) if customer is not None else ""))
    return Overlaps(entity, tuple(pairs))


def with_counts(
    overlaps: Overlaps, workspace: Workspace, names: Sequence[str], as_of: str | None, source: str | None
) -> Overlaps:
    """Add the number of customers in both, from data; without `as_of` as of its day. Raises `UsageError` and `DataError`."""
    from segdsl.sql.plan import condition

    needed = of_rules(workspace.model, _rules(_parts(workspace, names)))
    dated, workspace, engine = open_to_look(workspace, needed, {}, as_of, source)
    clock, parts = dated.clock, _parts(workspace, names)
    frame = engine.frame(
        condition(workspace.model, overlaps.entity, {n: e for n, (_, e) in parts.items()}, clock).query
    )
    members = {name: frame[name].eq(True).fillna(False).astype(bool) for name in parts}
    in_pairs = [frame.loc[members[p.first] & members[p.second], "entity_id"] for p in overlaps.pairs]
    pairs = tuple(
        replace(p, both=len(keys), keys=tuple(map(str, keys[:FEW]))) for p, keys in zip(overlaps.pairs, in_pairs)
    )
    return replace(
        overlaps,
        pairs=pairs,
        clock=clock,
        because=dated.because,
        sizes=tuple(int(h.sum()) for h in members.values()),
        warnings=of_rules_after_the_data(workspace.model, _rules(parts), clock, engine),
    )


def _part(model: Model, name: str) -> tuple[Rule, k.Expr]:
    """The rule and the condition of a segment or arm; of an arm without a condition, who is in it. Raises `UsageError`."""
    first, _, arm = name.partition(".")
    rule = model.segmentations.get(first)
    if rule is not None and any(a.name == arm and a.condition is None for a in rule.all_arms):
        return rule, k.Member(k.This(), rule.entity, rule.name, arm)
    return part_of(model, name)


def _rules(parts: Mapping[str, tuple[Rule, k.Expr]]) -> list[Rule]:
    return list({r.name: r for r, _ in parts.values()}.values())


def _parts(workspace: Workspace, names: Sequence[str]) -> dict[str, tuple[Rule, k.Expr]]:
    parts = {}
    for name in names:
        rule, condition = _part(workspace.model, name)
        parts[name] = (rule, condition if rule.where is None else k.And((rule.where, condition)))
    entities = {rule.entity for rule, _ in parts.values()}
    if len(entities) > 1:
        about = " and ".join(f"{e}s" for e in sorted(entities))
        raise UsageError(Diagnostic("SEG0606", f"these are about {about}", help="name some that are about one entity"))
    return parts
