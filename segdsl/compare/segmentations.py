"""Incumbent and candidate over the same customers -> who would be elsewhere, who gets another play, what that asks of the team.

No sample is drawn: these are counts, without intervals. They say whether the candidate breaks things, not whether it is better.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segdsl.compare.agreement import adjusted_rand, jaccard, table
from segdsl.compare.memberships import UNKNOWN, Load, counted, loads, places, plays
from segdsl.compare.reasons import MOST, Clauses, reasons
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segmentation
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import amounts_of, evaluate, evaluated
from segdsl.run.evaluation import Evaluated
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Arm:
    """One name: how many customers the incumbent and the candidate put there, and how many both do."""

    name: str
    incumbent: int
    candidate: int
    both: int
    jaccard: float | None


@dataclass(frozen=True)
class Comparison:
    """`moves` counts customers by (incumbent's place, candidate's place), those who stay too. `differ` are elsewhere,
    `other_play` get another play or none: d of the experiments is other_play / customers. `adjusted_rand` is of those whom
    both put into an arm. `reasons` are clauses, and for how many of a move they see to it. `covered` are those in an arm with a condition, `unknown` those who can't be placed, by each. `worth` sums the first required money field of those with another play, None without one;
    `worth_by_move` that of each move."""

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
        """The share of customers whose play differs: the most that an experiment can tell of."""
        return self.other_play / self.customers if self.customers else 0.0


def compare(workspace: Workspace, incumbent: str, candidate: str, as_of: str | None, source: str | None) -> Comparison:
    """Raises `UsageError` where the two can't be compared, and `DataError`."""
    first, second = pair_of(workspace, incumbent, candidate)
    return _compared(evaluated(workspace, [first.name, second.name], as_of, source), first, second)


def compared(
    workspace: Workspace, first: Segmentation, second: Segmentation, engine: Engine, clock: Clock
) -> Comparison:
    """The same over data that is attached already."""
    frames = evaluate(workspace.model, [first, second], engine, clock)
    amounts = amounts_of(workspace.model, first.entity, engine, clock)
    done = Evaluated(
        workspace.model, [first, second], engine, clock, frames, {first.entity: amounts} if amounts else {}
    )
    return _compared(done, first, second)


def pair_of(workspace: Workspace, incumbent: str, candidate: str) -> tuple[Segmentation, Segmentation]:
    """Both, of one entity and not the same; raises `UsageError`."""
    first, second = (_segmentation(workspace.model, n) for n in (incumbent, candidate))
    if first.name == second.name:
        help = "name another one, declared with `candidate of`"
        raise UsageError(Diagnostic("SEG0616", f"`{incumbent}` is both incumbent and candidate", help=help))
    if first.entity != second.entity:
        message = f"`{incumbent}` is about {first.entity}s, `{candidate}` about {second.entity}s"
        raise UsageError(Diagnostic("SEG0616", message, help="compare segmentations of one entity"))
    return first, second


def _segmentation(model: Model, name: str) -> Segmentation:
    if name not in model.segmentations:
        known = ", ".join(f"`{n}`" for n in model.segmentations) or "none"
        raise UsageError(Diagnostic("SEG0616", f"`{name}` is no segmentation", help=f"there is {known}"))
    return model.segmentations[name]


def _compared(done: Evaluated, first: Segmentation, second: Segmentation) -> Comparison:
    frame = done.frames[first.entity]
    before, after = (places(frame, r) for r in (first, second))
    moves = Counter(zip(before.tolist(), after.tolist()))
    other = plays(before, first) != plays(after, second)
    names = list(dict.fromkeys(a.name for r in (first, second) for a in r.all_arms))
    arms = tuple(_arm(n, before, after) for n in names)
    counts = table(moves, [a.name for a in first.all_arms], [a.name for a in second.all_arms])
    amounts = done.amounts.get(first.entity)
    worth, by_move = None, {}
    if amounts is not None:
        held = amounts.values.astype(float).fillna(0.0).to_numpy()
        worth = float(held[other.to_numpy()].sum())
        by_move = {move: float(held[((before == move[0]) & (after == move[1])).to_numpy()].sum()) for move in moves}
    placed = ((before, first), (after, second))
    covered = tuple(int(where.isin([a.name for a in rule.arms]).sum()) for where, rule in placed)
    unknown = tuple(int((where == UNKNOWN).sum()) for where, _ in placed)
    return Comparison(
        first.name,
        second.name,
        first.entity,
        done.clock,
        len(frame),
        int((before != after).sum()),
        int(other.sum()),
        dict(moves),
        arms,
        adjusted_rand(counts),
        _reasons(done, first, second, before, after),
        loads(done.model, counted(before, first), counted(after, second)),
        covered,
        unknown,
        amounts.heading if amounts else "",
        worth,
        by_move,
    )


def _reasons(
    done: Evaluated, first: Segmentation, second: Segmentation, before: pd.Series[str], after: pd.Series[str]
) -> dict[tuple[str, str], tuple[tuple[str, int], ...]]:
    """Of every move: what kept its customers from the place they would go to, and what would keep them from the one they
    leave; where neither has the other's place, what the one they would go to asks for."""
    then, now = Clauses.of(done, first), Clauses.of(done, second)
    keys = done.frames[first.entity]["entity_id"].astype(str)
    went = before != after
    groups = keys[went].groupby([before[went].to_numpy(), after[went].to_numpy()])
    found = {}
    for (origin, goal), own in groups:
        asked = tuple((f"`{text}`", len(own)) for text in list(now.texts.get(str(goal), {}).values())[:MOST])
        found[str(origin), str(goal)] = reasons(then, now, str(origin), str(goal), tuple(own)) or asked
    return found


def _arm(name: str, before: pd.Series[str], after: pd.Series[str]) -> Arm:
    one, other = before == name, after == name
    both = int((one & other).sum())
    return Arm(name, int(one.sum()), int(other.sum()), both, jaccard(both, int(one.sum()), int(other.sum())))
