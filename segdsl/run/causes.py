"""This run and the one before it -> who moved, by which cause, and which clause flipped.

The rules are asked again about the world as it was: with the fields and rows of then, first as of then (any
difference from what was found then is the rule's own change), then as of now (what time alone did). The rest is data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from segdsl.model.segment import Model, Rule, Segment
from segdsl.run.evaluate import evaluate
from segdsl.words.explain import leaves, written

if TYPE_CHECKING:
    import pandas as pd

Place = tuple[str | None, str | None]  # arm and status


def told(
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
    """The moves with their causes and clauses; `changed` are the fields that had other values then. Raises `DataError`."""
    movers: dict[str, set[str]] = {}
    for m in moves:
        if m.from_status is not None and m.to_status is not None:
            movers.setdefault(m.rule, set()).add(m.entity_id)
    concerned = [r for r in rules if r.name in movers]
    was = [(c.entity, c.entity_id, c.field, c.value) for c in changed]
    with engine.as_it_was(then, was):
        at_first = _places(concerned, evaluate(model, concerned, engine, then), movers)
        by_time = _places(concerned, evaluate(model, concerned, engine, now), movers)
        before = _clauses(model, concerned, engine, then, movers)
    after = _clauses(model, concerned, engine, now, movers)
    rewritten = {r for r, p in prints.items() if earlier.fingerprints.get(r) != p}
    found = []
    for m in moves:
        who = (m.rule, m.entity_id)
        cause = _cause(m, at_first.get(who), by_time.get(who), m.rule in rewritten)
        clause = None
        if who in before and who in after:
            new = _rewritten(after[who], earlier.conditions.get(m.rule, ())) if cause == "rule changed" else None
            clause = new or _flipped(before[who], after[who])
        found.append(replace(m, causes=(cause,), clause=clause))
    return found


def _cause(m: Move, at_first: Place | None, by_time: Place | None, rewritten: bool) -> str:
    """`at_first` is what the rule of now says of the world of then, `by_time` of that world as of now."""
    if m.from_status is None:
        return "appeared"
    if m.to_status is None:
        return "vanished"
    if at_first != (m.from_arm, m.from_status):
        return "rule changed" if rewritten else "data changed"  # rows of then that came late, or were corrected
    return "time passed" if by_time == (m.to_arm, m.to_status) else "data changed"


def _places(
    rules: Sequence[Rule], frames: Mapping[str, pd.DataFrame], movers: Mapping[str, set[str]]
) -> dict[tuple[str, str], Place]:
    """Where each mover is: (arm, status) of a segmentation, (None, in, out or unknown) of a segment."""
    found: dict[tuple[str, str], Place] = {}
    for rule in rules:
        keys = frames[rule.entity]["entity_id"].astype(str)
        own = keys.isin(movers[rule.name])
        frame = frames[rule.entity][own]
        if isinstance(rule, Segment):
            words = ["unknown" if _is_missing(v) else "in" if v else "out" for v in frame[rule.name]]
            found |= {(rule.name, key): (None, word) for key, word in zip(keys[own], words)}
        else:
            arms = [None if _is_missing(a) else str(a) for a in frame[rule.name]]
            found |= {(rule.name, key): (a, s) for key, a, s in zip(keys[own], arms, frame[f"{rule.name}_status"])}
    return found


def _is_missing(value: object) -> bool:
    import pandas as pd

    return bool(pd.isna(value))  # type: ignore[call-overload]


def _clauses(
    model: Model, rules: Sequence[Rule], engine: Engine, clock: Clock, movers: Mapping[str, set[str]]
) -> dict[tuple[str, str], dict[str, bool | None]]:
    """How each condition of a mover's rule came out, by its text: one query an entity for all of them."""
    from segdsl.sql.plan import condition

    found: dict[tuple[str, str], dict[str, bool | None]] = {}
    for entity in dict.fromkeys(r.entity for r in rules):
        own = {r.name: conditions(r) for r in rules if r.entity == entity}
        every = {text: e for asked in own.values() for text, e in asked.items()}
        names = {text: f"c{i}" for i, text in enumerate(every)}
        frame = engine.frame(condition(model, entity, {names[text]: e for text, e in every.items()}, clock).query)
        keys = frame["entity_id"].astype(str)
        for rule, asked in own.items():
            mine = keys.isin(movers[rule])
            held = [[None if _is_missing(v) else bool(v) for v in frame.loc[mine, names[text]]] for text in asked]
            found |= {(rule, key): dict(zip(asked, values)) for key, *values in zip(keys[mine], *held)}
    return found


def conditions(rule: Rule) -> dict[str, k.Expr]:
    """The conditions that a rule's clauses end in, by their text."""
    arms = [rule.condition] if isinstance(rule, Segment) else [a.condition for a in rule.arms]
    return {written(leaf): leaf for e in (rule.where, *arms) if e is not None for leaf in leaves(e)}


def _flipped(before: Mapping[str, bool | None], after: Mapping[str, bool | None]) -> str | None:
    """`none(logins in last 30 days): was false, is true`, of every condition that changed, three at most."""
    flips = [
        f"{text}: was {_word(before[text])}, is {_word(held)}" for text, held in after.items() if before[text] != held
    ]
    return "; ".join(flips[:3]) or None


def _rewritten(after: Mapping[str, bool | None], old: Sequence[str]) -> str | None:
    """The conditions that are new in the rule, and those that it had, three at most."""
    new = [f"{text}: new in the rule, is {_word(held)}" for text, held in after.items() if text not in old]
    gone = [f"{text}: no longer in the rule" for text in old if text not in after]
    return "; ".join([*new, *gone][:3]) or None


def _word(held: bool | None) -> str:
    return "unknown" if held is None else "true" if held else "false"


def values_now(model: Model, engine: Engine, read: Mapping[str, set[str]]) -> dict[str, tuple[list[str], Path]]:
    """The fields that rules read and that runs remember, each entity's as a file of texts."""
    found = {}
    for name, fields in read.items():
        relation = model.schema.relations[name]
        kept = [f for f in relation.fields if f in fields and runs_remember(relation, f)]
        if kept and any(engine.has(name, c) for c in relation.fields):
            found[name] = (kept, engine.values_as_text(name, kept))
    return found
