"""Causes of moves between two runs: which changed, the rule, the data or only time, or whether an arm no longer keeps somebody;
and which clause flipped.

The rules are evaluated again on the earlier world, with its fields and rows: first as of then (a difference from the
earlier result is the rule's own change), then as of now (a difference is due to time). All other moves are due to data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.engines import Engine
from segdsl.facts.past import runs_remember
from segdsl.ledger.history import Change
from segdsl.ledger.moves import Move
from segdsl.ledger.store import Run
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule, Segment, Segmentation
from segdsl.run.evaluate import evaluate
from segdsl.run.keeping import is_no_longer_in
from segdsl.words.explain import leaves, written

if TYPE_CHECKING:
    import pandas as pd

Place = tuple[str | None, str | None]  # arm and status


def with_causes(
    model: Model,
    rules: Sequence[Rule],
    engine: Engine,
    then: Clock,
    now: Clock,
    changed: Sequence[Change],
    moves: Sequence[Move],
    earlier: Run,
    prints: Mapping[str, str],
) -> list[Move]:
    """Add causes and clauses to moves; `changed` are the fields that had other values then. Raises `DataError`."""
    movers: dict[str, set[str]] = {}
    for m in moves:
        if m.from_status is not None and m.to_status is not None:
            movers.setdefault(m.rule, set()).add(m.entity_id)
    concerned = [r for r in rules if r.name in movers]
    earlier_values = [(c.entity, c.entity_id, c.field, c.value) for c in changed]
    with engine.as_it_was(then, earlier_values):
        at_first = _places(concerned, evaluate(model, concerned, engine, then), movers)
        by_time = _places(concerned, evaluate(model, concerned, engine, now), movers)
        before = _truths(model, concerned, engine, then, movers, conditions)
        takes_then = _truths(model, concerned, engine, then, movers, _takes)
    after = _truths(model, concerned, engine, now, movers, conditions)
    takes_now = _truths(model, concerned, engine, now, movers, _takes)
    rewritten = {r for r, p in prints.items() if earlier.fingerprints.get(r) != p}
    result = []
    for m in moves:
        who = (m.rule, m.entity_id)
        causes = _causes(m, at_first.get(who), by_time.get(who), m.rule in rewritten)
        clause = None
        if who in before and who in after:
            new = _rewritten_clauses(after[who], earlier.conditions.get(m.rule, ())) if _REWRITTEN in causes else None
            clause = new or _flipped_clauses(before[who], after[who])
            if _is_former(model, m):
                clause = "; ".join([f"{m.from_arm} is no longer in the rule", *([clause] if clause else [])])
        if _REWRITTEN not in causes and _is_no_longer_in(model, m, takes_then.get(who, {}), takes_now.get(who, {})):
            causes = ("no longer kept",)
            clause = _ended(model.segmentations[m.rule], m, before.get(who, {}), after.get(who, {})) or clause
        result.append(replace(m, causes=causes, clause=clause))
    return result


def _is_no_longer_in(model: Model, m: Move, then: Mapping[str, bool | None], now: Mapping[str, bool | None]) -> bool:
    """Whether an arm kept a customer then, not by its data, and keeps it no more, so that it is in a later arm now."""
    rule, arm = model.segmentations.get(m.rule), m.from_arm
    if rule is None or arm is None:
        return False
    was_kept = then.get(_whole(arm)) is True and then.get(_by_data(arm)) is not True
    is_lost = now.get(_whole(arm)) is False
    return was_kept and is_lost and is_no_longer_in(rule, arm, m.from_by_data, m.to_arm)


def _ended(
    rule: Segmentation, m: Move, before: Mapping[str, bool | None], after: Mapping[str, bool | None]
) -> str | None:
    """The clauses that kept a customer then and keep it no more, as `kept until usage >= 60, which came true`; None without any."""
    keeps = next(a.keeps for a in rule.arms if a.name == m.from_arm)
    ended = [c for c in keeps if before.get(written(c)) is True and after.get(written(c)) is False]
    return "; ".join(map(_how_it_ended, ended)) or None


def _how_it_ended(clause: k.Named) -> str:
    match dict(clause.args):
        case {"until": k.Node() as condition}:
            return f"kept until {written(condition)}, which came true"
        case {"after data": str() as how_long}:
            return f"kept {how_long}, now over"
        case {"at least": str() as how_long}:
            return f"kept at least {how_long}, now over"
        case _:
            return f"{written(clause)}: was true, is false"


def _takes(rule: Rule) -> dict[str, k.Expr]:
    """Conditions of each arm that keeps: the whole one, and the one by its data alone."""
    keeping = [a for a in rule.arms if a.by_data is not None] if isinstance(rule, Segmentation) else []
    named = [pair for a in keeping for pair in ((_whole(a.name), a.condition), (_by_data(a.name), a.by_data))]
    return {name: e for name, e in named if e is not None}


def _whole(arm: str) -> str:
    return f"{arm} takes"


def _by_data(arm: str) -> str:
    return f"{arm} takes by its data"


_REWRITTEN = "rule changed"


def _causes(m: Move, at_first: Place | None, by_time: Place | None, rewritten: bool) -> tuple[str, ...]:
    """Causes of a move; `at_first` is today's rule on the earlier world as of then, `by_time` on that world as of now.

    A rule that was changed is the only cause where it alone, on that world as of then, gives the place of now.
    """
    place, now = (m.from_arm, m.from_status), (m.to_arm, m.to_status)
    if m.from_status is None:
        return ("appeared",)
    if m.to_status is None:
        return ("vanished",)
    if at_first != place and not rewritten:
        return ("data changed",)  # rows came late or were corrected
    since = ("time passed" if by_time == now else "data changed",)
    if at_first == place:
        return since
    return (_REWRITTEN,) if at_first == now else (_REWRITTEN, *since)


def _is_former(model: Model, m: Move) -> bool:
    """Whether a customer was in an arm that the rule no longer has."""
    rule = model.segmentations.get(m.rule)
    return rule is not None and m.from_arm is not None and m.from_arm not in {a.name for a in rule.all_arms}


def _places(
    rules: Sequence[Rule], frames: Mapping[str, pd.DataFrame], movers: Mapping[str, set[str]]
) -> dict[tuple[str, str], Place]:
    """Place of each mover: (arm, status) by a segmentation, (None, "in", "out" or "unknown") by a segment."""
    places: dict[tuple[str, str], Place] = {}
    for rule in rules:
        keys = frames[rule.entity]["entity_id"].astype(str)
        is_mover = keys.isin(movers[rule.name])
        frame = frames[rule.entity][is_mover]
        if isinstance(rule, Segment):
            words = ["unknown" if _is_missing(v) else "in" if v else "out" for v in frame[rule.name]]
            places |= {(rule.name, key): (None, word) for key, word in zip(keys[is_mover], words)}
        else:
            arms = [None if _is_missing(a) else str(a) for a in frame[rule.name]]
            places |= {
                (rule.name, key): (a, s) for key, a, s in zip(keys[is_mover], arms, frame[f"{rule.name}_status"])
            }
    return places


def _is_missing(value: object) -> bool:
    import pandas as pd

    return bool(pd.isna(value))  # type: ignore[call-overload]


def _truths(
    model: Model,
    rules: Sequence[Rule],
    engine: Engine,
    clock: Clock,
    movers: Mapping[str, set[str]],
    asked: Callable[[Rule], Mapping[str, k.Expr]],
) -> dict[tuple[str, str], dict[str, bool | None]]:
    """Truth of each condition that is asked of a mover's rule, by the condition's name; one query an entity."""
    from segdsl.sql.plan import condition

    truths: dict[tuple[str, str], dict[str, bool | None]] = {}
    of_rules = [(r, texts) for r in rules if (texts := asked(r))]
    for entity in dict.fromkeys(r.entity for r, _ in of_rules):
        conditions_by_rule = {r.name: texts for r, texts in of_rules if r.entity == entity}
        every = {text: e for texts in conditions_by_rule.values() for text, e in texts.items()}
        names = {text: f"c{i}" for i, text in enumerate(every)}
        frame = engine.frame(condition(model, entity, {names[text]: e for text, e in every.items()}, clock).query)
        keys = frame["entity_id"].astype(str)
        for rule, texts in conditions_by_rule.items():
            is_mover = keys.isin(movers[rule])
            columns = [
                [None if _is_missing(v) else bool(v) for v in frame.loc[is_mover, names[text]]] for text in texts
            ]
            truths |= {(rule, key): dict(zip(texts, values)) for key, *values in zip(keys[is_mover], *columns)}
    return truths


def conditions(rule: Rule) -> dict[str, k.Expr]:
    """Leaf conditions of a rule's clauses, by text."""
    arms = [rule.condition] if isinstance(rule, Segment) else [a.condition for a in rule.arms]
    return {written(leaf): leaf for e in (rule.where, *arms) if e is not None for leaf in leaves(e)}


def _flipped_clauses(before: Mapping[str, bool | None], after: Mapping[str, bool | None]) -> str | None:
    """Conditions that changed, as `none(logins in last 30 days): was false, is true`; three at most."""
    flips = [
        f"{text}: was {_word(before[text])}, is {_word(truth)}"
        for text, truth in after.items()
        if before[text] != truth
    ]
    return "; ".join(flips[:3]) or None


def _rewritten_clauses(after: Mapping[str, bool | None], old: Sequence[str]) -> str | None:
    """Conditions that are new in the rule, and those no longer in it; three at most."""
    new = [f"{text}: new in the rule, is {_word(truth)}" for text, truth in after.items() if text not in old]
    gone = [f"{text}: no longer in the rule" for text in old if text not in after]
    return "; ".join([*new, *gone][:3]) or None


def _word(truth: bool | None) -> str:
    return "unknown" if truth is None else "true" if truth else "false"


def values_now(model: Model, engine: Engine, read: Mapping[str, set[str]]) -> dict[str, tuple[list[str], Path]]:
    """Fields that rules read and runs remember, as a file of texts for each entity."""
    files = {}
    for name, fields in read.items():
        relation = model.schema.relations[name]
        remembered = [f for f in relation.fields if f in fields and runs_remember(relation, f)]
        if remembered and any(engine.has(name, c) for c in relation.fields):
            files[name] = (remembered, engine.values_as_text(name, remembered))
    return files
