"""This run and the one before it -> who moved, by which cause, and which clause flipped.

The rules are asked again about the world as it was: with the fields and rows of then, first as of then (any
difference from what was found then is the rule's own change), then as of now (what time alone did). The rest is data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.engines.duckdb import DuckDB
from segdsl.explain import leaves, written
from segdsl.ledger.history import Change
from segdsl.ledger.moves import Move
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Segment
from segdsl.run import Rule, evaluate

if TYPE_CHECKING:
    import pandas as pd

Place = tuple[str | None, str | None]
Places = Mapping[tuple[str, str], Place]  # (rule, key) -> arm and status


def places(rules: Sequence[Rule], frames: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], Place]:
    """Where each customer is: (arm, status) of a segmentation, (None, in, out or unknown) of a segment."""
    found: dict[tuple[str, str], Place] = {}
    for rule in rules:
        frame = frames[rule.entity]
        keys = frame["entity_id"].astype(str)
        if isinstance(rule, Segment):
            words = (
                frame[rule.name]
                .map({True: "in", False: "out"})
                .astype(object)
                .where(frame[rule.name].notna(), "unknown")
            )
            found |= {(rule.name, key): (None, word) for key, word in zip(keys, words)}
        else:
            arms = frame[rule.name].astype(object).where(frame[rule.name].notna(), None)
            found |= {(rule.name, key): (a, s) for key, a, s in zip(keys, arms, frame[f"{rule.name}_status"])}
    return found


def moves(
    model: Model,
    rules: Sequence[Rule],
    engine: DuckDB,
    then: Clock,
    now: Clock,
    changed: Sequence[Change],
    old: Places,
    new: Places,
    old_conditions: Mapping[str, Sequence[str]],
) -> list[Move]:
    """`changed` are the fields that had other values then, `old_conditions` each rule's of then. Raises `DataError`."""
    entity_of = {r.name: r.entity for r in rules}
    pairs = [
        (rule, key)
        for rule, key in {**old, **new}
        if old.get((rule, key)) != new.get((rule, key)) and rule in entity_of
    ]
    if not pairs:
        return []
    both = [p for p in pairs if p in old and p in new]
    was = [(c.entity, c.entity_id, c.field, c.value) for c in changed]
    concerned = [r for r in rules if r.name in {rule for rule, _ in both}]
    with engine.as_it_was(then, was):
        at_first = places(concerned, evaluate(model, concerned, engine, then))
        by_time = places(concerned, evaluate(model, concerned, engine, now))
        before = _clauses(model, concerned, engine, then, both)
    after = _clauses(model, concerned, engine, now, both)
    found = []
    for rule, key in pairs:
        origin, goal = old.get((rule, key), (None, None)), new.get((rule, key), (None, None))
        cause = _cause((rule, key), old, new, at_first, by_time)
        then_held, held = before.get((rule, key)), after.get((rule, key))
        clause = None
        if then_held is not None and held is not None:
            rewritten = _rewritten(held, old_conditions.get(rule, ()))
            clause = rewritten if cause == "rule changed" and rewritten else _flipped(then_held, held)
        found.append(Move(entity_of[rule], key, rule, *origin, *goal, (cause,), clause))
    return found


def _cause(who: tuple[str, str], old: Places, new: Places, at_first: Places, by_time: Places) -> str:
    if who not in old:
        return "appeared"
    if who not in new:
        return "vanished"
    if at_first.get(who) != old[who]:
        return "rule changed"
    return "time passed" if by_time.get(who) == new[who] else "data changed"


def _clauses(
    model: Model, rules: Sequence[Rule], engine: DuckDB, clock: Clock, who: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, bool | None]]:
    """How each condition of a mover's rule came out, by its text: one query an entity for all of them."""
    from segdsl.sql.plan import condition

    movers = set(who)
    found: dict[tuple[str, str], dict[str, bool | None]] = {}
    for entity in dict.fromkeys(r.entity for r in rules):
        own = {r.name: conditions(r) for r in rules if r.entity == entity}
        every = {text: e for asked in own.values() for text, e in asked.items()}
        names = {text: f"c{i}" for i, text in enumerate(every)}
        query = condition(model, entity, {names[text]: e for text, e in every.items()}, clock).query
        for key, *held in engine.rows(query):
            by_text = dict(zip(every, held))
            for rule, asked in own.items():
                if (rule, str(key)) in movers:
                    found[rule, str(key)] = {text: by_text[text] for text in asked}
    return found


def conditions(rule: Rule) -> dict[str, k.Expr]:
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


def values_now(model: Model, engine: DuckDB, read: Mapping[str, set[str]]) -> dict[str, tuple[list[str], Path]]:
    """The fields that rules read and that may change, each entity's as a file of texts."""
    found = {}
    for name, fields in read.items():
        relation = model.schema.relations[name]
        bound = engine.bounds.get(name)
        kept = [f for f in relation.fields if f in fields and not relation.fields[f].fixed and f != relation.key]
        if relation.kind != "table" and bound is not None and bound.cells and kept:
            found[name] = (kept, engine.values_as_text(name, kept))
    return found
