"""Comparison of two versions of a workspace: changes in meaning, proved where possible, and movers on data."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from msgspec import structs

from segdsl.analyse.as_ofs import USUAL
from segdsl.analyse.questions import Compared, compared, same_surroundings
from segdsl.compare.memberships import OUT, UNKNOWN, Load, loads, places, play_counts
from segdsl.compare.plays import PlayChange, play_changes
from segdsl.compare.reasons import Clauses, by_data_reasons, reasons
from segdsl.diagnostics import Diagnostic
from segdsl.ledger.fingerprint import fingerprint
from segdsl.model.as_if_run import AsIfRun
from segdsl.model.clock import Clock
from segdsl.model.schema import Schema
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.testing.customers.witness import Witness, find_movers
from segdsl.workspace.config import Config, SourceConfig, TableSource
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.run.evaluation import Amounts, Evaluation

Rule = Segment | Segmentation
Status = Literal["added", "removed", "changed", "same meaning"]
NOBODY = "not there"
_WORDS = {"equivalent": "", "wider": "can only gain", "narrower": "can only lose"}


@dataclass(frozen=True)
class MoveGroup:
    """Customers with one move.

    `worth`: their total worth.
    `reasons`: (clause, number), commonest first: clauses of the goal that weren't true before, and of the origin that
        no longer are.
    """

    origin: str
    goal: str
    count: int
    worth: float = 0.0
    customers: tuple[str, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Size:
    """Customers of a place by the old rule and by the new one; None where that version has no such place."""

    place: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Change:
    """One rule in two versions.

    `verdicts`: by arm; "" for a segment.
    `total`: customers of the entity.
    `sizes`: of each place, in the order of the new rule's arms; () without data.
    `witnesses`: made-up movers.
    """

    rule: str
    entity: str
    status: Status
    verdicts: Mapping[str, Compared]
    moves: tuple[MoveGroup, ...] = ()
    total: int = 0
    sizes: tuple[Size, ...] = ()
    witnesses: tuple[Witness, ...] = ()

    @property
    def moved(self) -> int:
        return sum(m.count for m in self.moves)

    @property
    def worth(self) -> float:
        return sum(m.worth for m in self.moves)

    @property
    def verdict(self) -> str:
        """The change in a few words, for a reviewer."""
        if self.status != "changed":
            return self.status
        kinds = {c.verdict for c in self.verdicts.values()}
        if kinds == {"equivalent"}:
            return "takes the same customers (proved)"
        if "unknown" in kinds:
            return f"not decided: {next(c.reason for c in self.verdicts.values() if c.verdict == 'unknown')}"
        words_by_arm = {arm: self._arm(arm) for arm in self.verdicts}
        shown = " (proved)" if "neither" not in kinds else ""
        if set(words_by_arm) == {""}:
            return words_by_arm[""] + shown
        return ", ".join(f"`{arm}` {words}" for arm, words in words_by_arm.items() if words) + shown

    def _arm(self, arm: str) -> str:
        """Verdict on an arm in words, "" for the same customers; an arm that both gains and loses needs witnesses of both kinds."""
        words = _WORDS.get(self.verdicts[arm].verdict)
        if words is not None:
            return words
        came = any(w.goal == (arm or "in") for w in self.witnesses)
        left = any(w.origin == (arm or "in") for w in self.witnesses)
        return "takes some and leaves others" if came and left else "may take some and leave others"


@dataclass(frozen=True)
class Difference:
    """All changes of rules; `clock` is the data's as-of, None without data; `money` names the worth.

    `plays` are the changes of plays, channels and holdouts.

    `as_if_run` are the runs that are supposed of both versions; None where those are read that are recorded.
    `warnings`: what of the data may have been otherwise as of the first of them.
    """

    changes: tuple[Change, ...]
    clock: Clock | None = None
    money: str = ""
    loads: tuple[Load, ...] = ()
    as_if_run: AsIfRun | None = None
    warnings: tuple[Diagnostic, ...] = ()
    plays: tuple[PlayChange, ...] = ()

    @property
    def changed(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.status != "same meaning")


def rules_of(model: Model) -> dict[str, Rule]:
    return {**model.segmentations, **model.segments}


def difference(old: Workspace, new: Workspace, witnesses: bool = True, asked: dt.date = USUAL) -> Difference:
    """Compare meanings without data, with made-up movers, on the day asked for where one of them can move then.

    Rules with equal fingerprints over equal declarations have the same meaning; names, order and layout don't count.
    """
    zone = new.zone if witnesses else None
    changes = tuple(_change(old.model, new.model, name, zone, asked) for name in _names(old.model, new.model))
    return Difference(changes, plays=play_changes(old.model, new.model))


def _names(old: Model, new: Model) -> list[str]:
    return list(dict.fromkeys([*rules_of(new), *rules_of(old)]))


def _change(old: Model, new: Model, name: str, zone: ZoneInfo | None, asked: dt.date) -> Change:
    before, after = rules_of(old).get(name), rules_of(new).get(name)
    if before is None or after is None:
        rule = after or before
        assert rule is not None
        return Change(name, rule.entity, "removed" if after is None else "added", {})
    if fingerprint(old, before) == fingerprint(new, after) and same_surroundings(old, new, name):
        return Change(name, after.entity, "same meaning", {})
    verdicts = _verdicts(old, new, before, after, asked)
    made_up = () if zone is None else tuple(find_movers(old, new, name, verdicts, zone, asked))
    return Change(name, after.entity, "changed", verdicts, witnesses=made_up)


def _verdicts(old: Model, new: Model, before: Rule, after: Rule, asked: dt.date) -> dict[str, Compared]:
    if isinstance(before, Segment) and isinstance(after, Segment) and before.entity == after.entity:
        return compared(old, new, after.name, asked)
    if not (isinstance(before, Segmentation) and isinstance(after, Segmentation)) or before.entity != after.entity:
        return {"": Compared("unknown", "it is about something else now")}
    if {a.name for a in after.all_arms} != {a.name for a in before.all_arms}:
        return {"": Compared("unknown", "its arms are others now")}
    return compared(old, new, after.name, asked)


# -- on data ------------------------------------------------------------------------------------


def _of_declared(config: Config, schema: Schema) -> Config:
    """Settings without the tables and columns that an earlier schema doesn't have."""

    def declared(source: SourceConfig) -> dict[str, str | TableSource]:
        tables: dict[str, str | TableSource] = {}
        for name in source.tables:
            table, relation = source.table(name), schema.relations.get(name)
            if table is not None and relation is not None:
                columns = {f: column for f, column in table.columns.items() if f in relation.fields}
                tables[name] = structs.replace(table, columns=columns)
        return tables

    sources = {name: structs.replace(source, tables=declared(source)) for name, source in config.sources.items()}
    return structs.replace(config, sources=sources)


def with_moves(
    result: Difference,
    old: Workspace,
    new: Workspace,
    as_of: str | None,
    source: str | None,
    runs: AsIfRun | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Difference:
    """Add movers: both versions evaluated on the new one's data, each by its own `runs` if these are supposed. Raises like a run."""
    from segdsl.run.as_if_run import evaluate_as_if_run, rules_run
    from segdsl.run.evaluate import evaluate_source

    def evaluated(version: Workspace, names: Sequence[str], which: str) -> Evaluation | None:
        if not names:
            return None
        if runs is None or not rules_run(version.model, [rules_of(version.model)[n] for n in names]):
            return evaluate_source(version, names, as_of, source)
        return evaluate_as_if_run(version, names, runs, as_of, source, lambda step: report(f"{which} version, {step}"))

    names = [c.rule for c in result.changed]
    names_by_version = [[n for n in names if n in rules_of(m)] for m in (old.model, new.model)]
    versions = [replace(old, root=new.root, config=_of_declared(new.config, old.model.schema)), new]
    evaluations = [evaluated(w, n, v) for w, n, v in zip(versions, names_by_version, ("earlier", "later"))]
    if not any(evaluations):
        return result
    clock = next(d.clock for d in evaluations if d is not None)
    amounts = {e: a for d in evaluations if d is not None for e, a in d.amounts.items()}
    changes = tuple(
        c if c.status == "same meaning" else _with_reasons(_with_moves(c, evaluations, amounts), evaluations)
        for c in result.changes
    )
    heading = next((a.heading for a in amounts.values()), "")
    result = Difference(changes, clock, heading, _loads(evaluations), plays=result.plays)
    versions_of = [(d, rules_of(d.model)) for d in evaluations if d is not None]
    if runs is None or not any(rules_run(d.model, [known[r.name] for r in d.rules]) for d, known in versions_of):
        return result
    notes = dict.fromkeys(n for d, _ in versions_of for n in d.notes if n.code == "SEG0405")
    return replace(result, as_if_run=runs, warnings=tuple(notes))


def _places(evaluation: Evaluation | None, change: Change) -> pd.Series[str] | None:
    """Place of each customer by one version, by key."""
    if evaluation is None or change.rule not in rules_of(evaluation.model):
        return None
    frame = evaluation.frames[change.entity].set_index("entity_id")
    return places(frame, rules_of(evaluation.model)[change.rule])


def _with_moves(change: Change, evaluations: Sequence[Evaluation | None], amounts: Mapping[str, Amounts]) -> Change:
    import pandas as pd

    before, after = (_places(d, change) for d in evaluations)
    keys = (after if after is not None else before).index  # type: ignore[union-attr]
    frame = pd.DataFrame(
        {
            "origin": NOBODY if before is None else before.reindex(keys).fillna(NOBODY),
            "goal": NOBODY if after is None else after.reindex(keys).fillna(NOBODY),
        },
        index=keys,
    )
    amounts_of_entity = amounts.get(change.entity)
    frame["worth"] = (
        amounts_of_entity.values.to_numpy(dtype=float, na_value=0.0) if amounts_of_entity is not None else 0.0
    )
    movers = frame[frame["origin"] != frame["goal"]]
    if change.status == "added":
        movers = movers[~movers["goal"].isin([OUT])]
    if change.status == "removed":
        movers = movers[~movers["origin"].isin([OUT])]
    moves = [
        MoveGroup(str(origin), str(goal), len(group), float(group["worth"].sum()), tuple(map(str, group.index)))
        for (origin, goal), group in movers.groupby(["origin", "goal"])
    ]
    return replace(
        change,
        moves=tuple(sorted(moves, key=lambda m: (-m.count, m.origin, m.goal))),
        total=len(keys),
        sizes=_sizes(change.rule, evaluations, before, after),
    )


def _sizes(
    rule: str,
    evaluations: Sequence[Evaluation | None],
    before: pd.Series[str] | None,
    after: pd.Series[str] | None,
) -> tuple[Size, ...]:
    """Of each place that is an arm or has customers."""
    counts = [None if column is None else column.value_counts() for column in (before, after)]
    arms = [_arms(rules_of(d.model).get(rule)) if d is not None else () for d in evaluations]
    old, new = (
        {} if n is None else {p: int(n.get(p, 0)) for p in [*own, *(p for p in (OUT, UNKNOWN) if n.get(p, 0))]}
        for n, own in zip(counts, arms)
    )
    rest = [p for p in (OUT, UNKNOWN) if p in old or p in new]
    named = dict.fromkeys(p for p in [*new, *old] if p not in rest)
    return tuple(Size(p, old.get(p), new.get(p)) for p in [*named, *rest])


def _arms(rule: Rule | None) -> tuple[str, ...]:
    match rule:
        case None:
            return ()
        case Segment():
            return ("in",)
        case Segmentation():
            return tuple(a.name for a in rule.all_arms)


def _with_reasons(change: Change, evaluations: Sequence[Evaluation | None]) -> Change:
    before, after = evaluations
    if change.status != "changed" or not change.moves or before is None or after is None:
        return change
    then, now = (Clauses.of(d, rules_of(d.model)[change.rule]) for d in (before, after))
    moves = []
    for m in change.moves:
        by_data = [
            *by_data_reasons(before, change.rule, m.origin, m.customers, "was"),
            *by_data_reasons(after, change.rule, m.goal, m.customers, "is"),
        ]
        moves.append(replace(m, reasons=(*by_data, *reasons(then, now, m.origin, m.goal, m.customers))))
    return replace(change, moves=tuple(moves))


def _loads(evaluations: Sequence[Evaluation | None]) -> tuple[Load, ...]:
    """Loads of the plays of changed rules."""
    counts = [_play_counts(d) for d in evaluations]
    model = next(d.model for d in reversed(evaluations) if d is not None)
    return loads(model, *counts)


def _play_counts(evaluation: Evaluation | None) -> Counter[str]:
    totals: Counter[str] = Counter()
    for rule in evaluation.rules if evaluation is not None else ():
        assert evaluation is not None
        totals.update(play_counts(places(evaluation.frames[rule.entity], rule), rule))
    return totals
