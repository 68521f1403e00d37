"""Comparison of incumbent and candidate over the same customers: movers, other plays, and the load on the team.

These are counts of all customers, without sampling or intervals. They show whether the candidate breaks things, not
whether it is better.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segdsl.compare.agreement import adjusted_rand, jaccard, table
from segdsl.compare.memberships import UNKNOWN, Load, loads, places, play_counts, plays
from segdsl.compare.reasons import MOST, Clauses, reasons
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segmentation
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import amounts_of, evaluate, evaluate_source
from segdsl.run.evaluation import Evaluation
from segdsl.words.plural import plural
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Arm:
    """Customers of one arm by the incumbent, by the candidate, and by both."""

    name: str
    incumbent: int
    candidate: int
    both: int
    jaccard: float | None


@dataclass(frozen=True)
class Comparison:
    """Comparison of two segmentations.

    `differ`: customers in another place.
    `other_play`: customers with another play, or with one by only one of the two; an experiment's d is other_play /
        customers.
    `moves`: customers by (incumbent's place, candidate's place), stayers included.
    `adjusted_rand`: adjusted Rand index over customers that both put into an arm.
    `reasons`: by move, (clause, number of its movers).
    `covered`: customers in an arm with a condition, by each segmentation.
    `unknown`: customers without a known place, by each.
    `worth`: sum of the first required money field over customers with another play; None without such a field.
    `worth_by_move`: the same sum for each move.
    """

    incumbent: str
    candidate: str
    entity: str
    clock: Clock
    customers: int
    differ: int
    other_play: int
    moves: dict[tuple[str, str], int]
    arms: tuple[Arm, ...]
    adjusted_rand: float | None
    reasons: dict[tuple[str, str], tuple[tuple[str, int], ...]]
    loads: tuple[Load, ...]
    covered: tuple[int, ...]
    unknown: tuple[int, ...]
    money: str = ""
    worth: float | None = None
    worth_by_move: dict[tuple[str, str], float] = field(default_factory=dict)

    @property
    def d(self) -> float:
        """Share of customers whose play differs: the customers on whom an experiment can measure an effect."""
        return self.other_play / self.customers if self.customers else 0.0


def compare(workspace: Workspace, incumbent: str, candidate: str, as_of: str | None, source: str | None) -> Comparison:
    """Compare two segmentations on a source; raises `UsageError` where they can't be compared, and `DataError`."""
    first, second = pair_of(workspace, incumbent, candidate)
    return _comparison(evaluate_source(workspace, [first.name, second.name], as_of, source), first, second)


def compare_on(
    workspace: Workspace, first: Segmentation, second: Segmentation, engine: Engine, clock: Clock
) -> Comparison:
    """Compare two segmentations on an attached engine."""
    frames = evaluate(workspace.model, [first, second], engine, clock)
    amounts = amounts_of(workspace.model, first.entity, engine, clock)
    evaluation = Evaluation(
        workspace.model, [first, second], engine, clock, frames, {first.entity: amounts} if amounts else {}
    )
    return _comparison(evaluation, first, second)


def pair_of(workspace: Workspace, incumbent: str, candidate: str) -> tuple[Segmentation, Segmentation]:
    """Both segmentations, different and of one entity; raises `UsageError`."""
    first, second = (_segmentation(workspace.model, n) for n in (incumbent, candidate))
    if first.name == second.name:
        help = "name another one, declared with `candidate of`"
        raise UsageError(Diagnostic("SEG0616", f"`{incumbent}` is both incumbent and candidate", help=help))
    if first.entity != second.entity:
        message = f"`{incumbent}` is about {plural(first.entity)}, `{candidate}` about {plural(second.entity)}"
        raise UsageError(Diagnostic("SEG0616", message, help="compare segmentations of one entity"))
    return first, second


def _segmentation(model: Model, name: str) -> Segmentation:
    if name not in model.segmentations:
        known = ", ".join(f"`{n}`" for n in model.segmentations) or "none"
        raise UsageError(Diagnostic("SEG0616", f"`{name}` is no segmentation", help=f"there is {known}"))
    return model.segmentations[name]


def _comparison(evaluation: Evaluation, first: Segmentation, second: Segmentation) -> Comparison:
    frame = evaluation.frames[first.entity]
    before, after = (places(frame, r) for r in (first, second))
    moves = Counter(zip(before.tolist(), after.tolist()))
    other = plays(before, first) != plays(after, second)
    names = list(dict.fromkeys(a.name for r in (first, second) for a in r.all_arms))
    arms = tuple(_arm(n, before, after) for n in names)
    counts = table(moves, [a.name for a in first.all_arms], [a.name for a in second.all_arms])
    amounts = evaluation.amounts.get(first.entity)
    worth, by_move = None, {}
    if amounts is not None:
        money_values = amounts.values.astype(float).fillna(0.0).to_numpy()
        worth = float(money_values[other.to_numpy()].sum())
        by_move = {
            move: float(money_values[((before == move[0]) & (after == move[1])).to_numpy()].sum()) for move in moves
        }
    placed = ((before, first), (after, second))
    covered = tuple(int(where.isin([a.name for a in rule.arms]).sum()) for where, rule in placed)
    unknown = tuple(int((where == UNKNOWN).sum()) for where, _ in placed)
    return Comparison(
        incumbent=first.name,
        candidate=second.name,
        entity=first.entity,
        clock=evaluation.clock,
        customers=len(frame),
        differ=int((before != after).sum()),
        other_play=int(other.sum()),
        moves=dict(moves),
        arms=arms,
        adjusted_rand=adjusted_rand(counts),
        reasons=_reasons(evaluation, first, second, before, after),
        loads=loads(evaluation.model, play_counts(before, first), play_counts(after, second)),
        covered=covered,
        unknown=unknown,
        money=amounts.heading if amounts else "",
        worth=worth,
        worth_by_move=by_move,
    )


def _reasons(
    evaluation: Evaluation, first: Segmentation, second: Segmentation, before: pd.Series[str], after: pd.Series[str]
) -> dict[tuple[str, str], tuple[tuple[str, int], ...]]:
    """Reasons of each move; where no clause decides, the clauses that the goal requires."""
    then, now = Clauses.of(evaluation, first), Clauses.of(evaluation, second)
    keys = evaluation.frames[first.entity]["entity_id"].astype(str)
    is_mover = before != after
    groups = keys[is_mover].groupby([before[is_mover].to_numpy(), after[is_mover].to_numpy()])
    result = {}
    for (origin, goal), movers in groups:
        required = tuple((f"`{text}`", len(movers)) for text in list(now.texts.get(str(goal), {}).values())[:MOST])
        result[str(origin), str(goal)] = reasons(then, now, str(origin), str(goal), tuple(movers)) or required
    return result


def _arm(name: str, before: pd.Series[str], after: pd.Series[str]) -> Arm:
    one, other = before == name, after == name
    both = int((one & other).sum())
    return Arm(name, int(one.sum()), int(other.sum()), both, jaccard(both, int(one.sum()), int(other.sum())))
