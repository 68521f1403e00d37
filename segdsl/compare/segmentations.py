"""Comparison of incumbent and candidate over the same customers: movers, other plays, and the load on the team.

These are counts of all customers, without sampling or intervals. They show whether the candidate breaks things, not
whether it is better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from segdsl.compare.agreement import adjusted_rand, jaccard, table
from segdsl.compare.memberships import UNKNOWN, Load, loads, place_in, play_sizes
from segdsl.compare.reasons import MOST, Texts, clauses_by_arm, reasons
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segmentation
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import attach, clock_for, money_of, source_config
from segdsl.run.evaluation import Money
from segdsl.run.recorded import with_recorded_runs
from segdsl.sql import spell as s
from segdsl.sql.plan import assignment
from segdsl.sql.spell import Sql
from segdsl.words.plural import plural
from segdsl.workspace.load import Workspace


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
    clock, config = clock_for(workspace.zone, as_of), source_config(workspace, source)
    workspace = with_recorded_runs(workspace, source, clock)
    first, second = (workspace.model.segmentations[r.name] for r in (first, second))
    return compare_on(workspace, first, second, attach(workspace, [first, second], config, clock), clock)


def compare_on(
    workspace: Workspace, first: Segmentation, second: Segmentation, engine: Engine, clock: Clock
) -> Comparison:
    """Compare two segmentations on an attached engine, which counts; no row of a customer leaves it."""
    model, entity = workspace.model, first.entity
    money = money_of(model, entity, engine)
    moves, then, now = _counted(model, first, second, engine, clock, money)
    n = {move: m.customers for move, m in moves.items()}
    play_of = [{a.name: a.play or "" for a in rule.all_arms} for rule in (first, second)]
    other = [m for m in n if play_of[0].get(m[0], "") != play_of[1].get(m[1], "")]
    names = list(dict.fromkeys(a.name for r in (first, second) for a in r.all_arms))
    placed = tuple(_sizes(n, side) for side in (0, 1))
    counts = table(n, [a.name for a in first.all_arms], [a.name for a in second.all_arms])
    return Comparison(
        incumbent=first.name,
        candidate=second.name,
        entity=entity,
        clock=clock,
        customers=sum(n.values()),
        differ=sum(customers for (before, after), customers in n.items() if before != after),
        other_play=sum(n[m] for m in other),
        moves=n,
        arms=tuple(_arm(name, n.get((name, name), 0), *(sizes[name] for sizes in placed)) for name in names),
        adjusted_rand=adjusted_rand(counts),
        reasons=_reasons(moves, then, now),
        loads=loads(model, *(play_sizes(sizes, rule) for sizes, rule in zip(placed, (first, second)))),
        covered=tuple(sum(sizes[a.name] for a in rule.arms) for sizes, rule in zip(placed, (first, second))),
        unknown=tuple(sizes[UNKNOWN] for sizes in placed),
        money=money.heading if money is not None else "",
        worth=sum(moves[m].worth for m in other) if money is not None else None,
        worth_by_move={move: m.worth for move, m in moves.items()} if money is not None else {},
    )


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


@dataclass(frozen=True)
class _Movers:
    """Customers of one move: how many, what they are worth, and for how many each clause is true, and known, by column."""

    customers: int
    worth: float
    true: Mapping[str, int]
    known: Mapping[str, int]


@dataclass(frozen=True)
class _Clauses:
    """Clauses of one of the two, which hold for so many of each move's customers."""

    texts: Texts

    def not_true(self, arm: str, movers: _Movers) -> list[tuple[str, int]]:
        counts = {text: movers.customers - movers.true[c] for c, text in self.texts.get(arm, {}).items()}
        return [(text, n) for text, n in counts.items() if n]

    def unknown(self, movers: _Movers) -> list[tuple[str, int]]:
        every = [(c, text) for texts in self.texts.values() for c, text in texts.items()]
        counts = {text: movers.customers - movers.known[c] for c, text in every}
        return [(text, n) for text, n in counts.items() if n]


_WORTH = "worth"  # columns of clauses have a space


def _counted(
    model: Model, first: Segmentation, second: Segmentation, engine: Engine, clock: Clock, money: Money | None
) -> tuple[dict[tuple[str, str], _Movers], _Clauses, _Clauses]:
    """Movers by move, stayers included, and the clauses of both."""
    texts, columns = zip(*(clauses_by_arm(rule, side) for rule, side in ((first, "then "), (second, "now "))))
    clauses: dict[str, k.Expr] = columns[0] | columns[1]
    worth = {} if money is None else {_WORTH: money.column}
    each = assignment(model, first.entity, [first, second], clock, clauses | worth, in_order=False).query
    before, after = (place_in("r", rule) for rule in (first, second))
    counts: list[Sql] = [exp.Count(this=exp.Star())]
    counts += [exp.Count(this=s.case((s.column("r", c), s.whole(1)))) for c in clauses]
    counts += [exp.Count(this=s.column("r", c)) for c in clauses]
    counts += [exp.Sum(this=s.double(s.column("r", c))) for c in worth]
    named = [s.named(sql, f"c{i}") for i, sql in enumerate((before, after, *counts))]
    query = exp.Select(expressions=named).from_(each.subquery(s.name("r"))).group_by(before.copy(), after.copy())
    moves = {}
    for origin, goal, customers, *rest in sorted(engine.rows(query), key=lambda row: row[:2]):
        true, known = (dict(zip(clauses, map(int, rest[i * len(clauses) :]))) for i in (0, 1))
        moves[str(origin), str(goal)] = _Movers(int(customers), float(rest[-1] or 0) if worth else 0.0, true, known)
    return moves, _Clauses(texts[0]), _Clauses(texts[1])


def _sizes(moves: Mapping[tuple[str, str], int], side: int) -> Counter[str]:
    """Customers of each place."""
    sizes: Counter[str] = Counter()
    for move, n in moves.items():
        sizes[move[side]] += n
    return sizes


def _reasons(
    moves: Mapping[tuple[str, str], _Movers], then: _Clauses, now: _Clauses
) -> dict[tuple[str, str], tuple[tuple[str, int], ...]]:
    """Reasons of each move; where no clause decides, the clauses that the goal requires."""
    result = {}
    for (origin, goal), movers in moves.items():
        if origin != goal:
            required = tuple((f"`{text}`", movers.customers) for text in list(now.texts.get(goal, {}).values())[:MOST])
            result[origin, goal] = reasons(then, now, origin, goal, movers) or required
    return result


def _arm(name: str, both: int, one: int, other: int) -> Arm:
    return Arm(name, one, other, both, jaccard(both, one, other))
