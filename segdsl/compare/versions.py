"""Two versions of a workspace -> what changed in meaning, proved where it can be, and on data who moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from segdsl.analyse.questions import Compared, compared, same_surroundings
from segdsl.compare.memberships import OUT, Load, counted, loads, places
from segdsl.compare.reasons import Clauses, reasons
from segdsl.ledger.fingerprint import fingerprint
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.testing.customers.witness import Witness, find_movers
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.run.evaluation import Amounts, Evaluated

Rule = Segment | Segmentation
Status = Literal["added", "removed", "changed", "same meaning"]
NOBODY = "not there"


@dataclass(frozen=True)
class Moved:
    """How many customers go from one place to another, and what they are worth together.

    `reasons` are clauses and for how many they see to it: of the goal those that weren't true before, of the origin those
    that aren't any longer; the commonest first.
    """

    origin: str
    goal: str
    count: int
    worth: float = 0.0
    customers: tuple[str, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Change:
    """One rule in two versions. `verdicts` by arm; a segment's has the name "". `total` counts its entity's customers."""

    rule: str
    entity: str
    status: Status
    verdicts: Mapping[str, Compared]
    moves: tuple[Moved, ...] = ()
    total: int = 0
    witnesses: tuple[Witness, ...] = ()

    @property
    def moved(self) -> int:
        return sum(m.count for m in self.moves)

    @property
    def worth(self) -> float:
        return sum(m.worth for m in self.moves)

    @property
    def verdict(self) -> str:
        """In a few words, for a reviewer."""
        if self.status != "changed":
            return self.status
        found = {c.verdict for c in self.verdicts.values()}
        if found == {"equivalent"}:
            return "takes the same customers (proved)"
        if "unknown" in found:
            return f"not decided: {next(c.reason for c in self.verdicts.values() if c.verdict == 'unknown')}"
        told = {arm: self._arm(arm) for arm in self.verdicts}
        shown = " (proved)" if "neither" not in found else ""
        if set(told) == {""}:
            return ("only " if shown else "") + told[""] + shown
        return ", ".join(f"`{arm}` {words}" for arm, words in told.items() if words != "equivalent") + shown

    def _arm(self, arm: str) -> str:
        """Of one that takes neither only more nor only fewer: whether customers were found of both kinds, or may be."""
        verdict = self.verdicts[arm].verdict
        if verdict != "neither":
            return verdict
        came = any(w.goal == (arm or "in") for w in self.witnesses)
        left = any(w.origin == (arm or "in") for w in self.witnesses)
        return "takes some and leaves others" if came and left else "may take some and leave others"


@dataclass(frozen=True)
class Difference:
    """`clock` is the as-of of the data, None where only rules were compared. `money` names what `worth` counts."""

    changes: tuple[Change, ...]
    clock: Clock | None = None
    money: str = ""
    loads: tuple[Load, ...] = ()

    @property
    def changed(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.status != "same meaning")


def rules_of(model: Model) -> dict[str, Rule]:
    return {**model.segmentations, **model.segments}


def difference(old: Workspace, new: Workspace, witnesses: bool = True) -> Difference:
    """What changed in meaning, without data, with customers made up that move. Rules are the same by their fingerprints, names, order and layout apart, over the same declarations."""
    zone = new.zone if witnesses else None
    return Difference(tuple(_change(old.model, new.model, name, zone) for name in _names(old.model, new.model)))


def _names(old: Model, new: Model) -> list[str]:
    return list(dict.fromkeys([*rules_of(new), *rules_of(old)]))


def _change(old: Model, new: Model, name: str, zone: ZoneInfo | None) -> Change:
    before, after = rules_of(old).get(name), rules_of(new).get(name)
    if before is None or after is None:
        there = after or before
        assert there is not None
        return Change(name, there.entity, "removed" if after is None else "added", {})
    if fingerprint(old, before) == fingerprint(new, after) and same_surroundings(old, new, name):
        return Change(name, after.entity, "same meaning", {})
    verdicts = _verdicts(old, new, before, after)
    made_up = () if zone is None else tuple(find_movers(old, new, name, verdicts, zone))
    return Change(name, after.entity, "changed", verdicts, witnesses=made_up)


def _verdicts(old: Model, new: Model, before: Rule, after: Rule) -> dict[str, Compared]:
    if isinstance(before, Segment) and isinstance(after, Segment) and before.entity == after.entity:
        return compared(old, new, after.name)
    if not (isinstance(before, Segmentation) and isinstance(after, Segmentation)) or before.entity != after.entity:
        return {"": Compared("unknown", "it is about something else now")}
    if {a.name for a in after.all_arms} != {a.name for a in before.all_arms}:
        return {"": Compared("unknown", "its arms are others now")}
    return compared(old, new, after.name)


# -- on data ------------------------------------------------------------------------------------


def with_moves(found: Difference, old: Workspace, new: Workspace, as_of: str | None, source: str | None) -> Difference:
    """Who moves by the rules that changed, both versions over the data of the new one. Raises what a run raises."""
    from segdsl.run.evaluate import evaluated

    names = [c.rule for c in found.changed]
    told = [[n for n in names if n in rules_of(m)] for m in (old.model, new.model)]
    versions = [replace(old, root=new.root, config=new.config), new]
    done = [evaluated(w, n, as_of, source) if n else None for w, n in zip(versions, told)]
    if not any(done):
        return found
    clock = next(d.clock for d in done if d is not None)
    amounts = {e: a for d in done if d is not None for e, a in d.amounts.items()}
    changes = tuple(
        c if c.status == "same meaning" else _with_reasons(_moved(c, done, amounts), done) for c in found.changes
    )
    heading = next((a.heading for a in amounts.values()), "")
    return Difference(changes, clock, heading, _loads(done))


def _places(done: Evaluated | None, change: Change) -> pd.Series[str] | None:
    """Where each customer is by one version, by key."""
    if done is None or change.rule not in rules_of(done.model):
        return None
    frame = done.frames[change.entity].set_index("entity_id")
    return places(frame, rules_of(done.model)[change.rule])


def _moved(change: Change, done: Sequence[Evaluated | None], amounts: Mapping[str, Amounts]) -> Change:
    import pandas as pd

    before, after = (_places(d, change) for d in done)
    keys = (after if after is not None else before).index  # type: ignore[union-attr]
    frame = pd.DataFrame(
        {
            "origin": NOBODY if before is None else before.reindex(keys).fillna(NOBODY),
            "goal": NOBODY if after is None else after.reindex(keys).fillna(NOBODY),
        },
        index=keys,
    )
    own = amounts.get(change.entity)
    frame["worth"] = own.values.to_numpy(dtype=float, na_value=0.0) if own is not None else 0.0
    went = frame[frame["origin"] != frame["goal"]]
    if change.status == "added":
        went = went[~went["goal"].isin([OUT])]
    if change.status == "removed":
        went = went[~went["origin"].isin([OUT])]
    moves = [
        Moved(str(origin), str(goal), len(group), float(group["worth"].sum()), tuple(map(str, group.index)))
        for (origin, goal), group in went.groupby(["origin", "goal"])
    ]
    return replace(change, moves=tuple(sorted(moves, key=lambda m: (-m.count, m.origin, m.goal))), total=len(keys))


def _with_reasons(change: Change, done: Sequence[Evaluated | None]) -> Change:
    before, after = done
    if change.status != "changed" or not change.moves or before is None or after is None:
        return change
    then, now = (Clauses.of(d, rules_of(d.model)[change.rule]) for d in (before, after))
    moves = (replace(m, reasons=reasons(then, now, m.origin, m.goal, m.customers)) for m in change.moves)
    return replace(change, moves=tuple(moves))


def _loads(done: Sequence[Evaluated | None]) -> tuple[Load, ...]:
    """Of the plays of rules that changed."""
    counts = [_counted(d) for d in done]
    model = next(d.model for d in reversed(done) if d is not None)
    return loads(model, *counts)


def _counted(done: Evaluated | None) -> Counter[str]:
    found: Counter[str] = Counter()
    for rule in done.rules if done is not None else ():
        assert done is not None
        found.update(counted(places(done.frames[rule.entity], rule), rule))
    return found
