"""Causes of moves between two runs: which changed, the rule, the data or only time, or whether an arm no longer keeps somebody;
and which clause flipped.

The rules are evaluated again on the earlier world, with its fields and rows: first as of then (a difference from the
earlier result is the rule's own change), then as of now (a difference is due to time). All other moves are due to data.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segdsl.data.sql_text import name, text
from segdsl.engines import Engine
from segdsl.facts.own_rows import own_rows
from segdsl.facts.past import runs_remember
from segdsl.ledger.assignments import Where
from segdsl.ledger.moves import Told, Way
from segdsl.ledger.store import Run
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule, Segment, Segmentation
from segdsl.run.assigned import Assigned
from segdsl.run.keeping import is_no_longer_in
from segdsl.words.explain import leaves, written

Place = tuple[str | None, str | None]  # arm and status
SHOWN = 3  # most clauses of a move
FEW = 0.25  # share of the customers: of more who moved, all are evaluated again


def with_causes(
    assigned: Assigned,
    rules: Sequence[Rule],
    then: Clock,
    changed: Mapping[str, tuple[Sequence[str], Path]],
    moved: Path,
    meaning: Mapping[int, Where],
    earlier: Run,
    prints: Mapping[str, str],
) -> Told:
    """Causes and clauses of moves. Raises `DataError`.

    `changed`: fields that had other values then (`history.changes_since`).
    `moved`: a Parquet file of `rule`, `entity`, `entity_id`, and the numbers `was` and `now` of places, which `meaning` explains.
    """
    shelf = assigned.engine.shelf
    moves = f"read_parquet({text(str(moved))})"
    both = f"SELECT DISTINCT rule FROM {moves} WHERE was IS NOT NULL AND now IS NOT NULL"
    stayed = {rule for (rule,) in shelf.rows(both)}
    concerned = [r for r in rules if r.name in stayed]
    asked = {r.name: _Asked.of(r, i, earlier) for i, r in enumerate(rules)}
    tables = {
        entity: _worlds(assigned, [r for r in concerned if r.entity == entity], then, changed, moves, asked)
        for entity in dict.fromkeys(r.entity for r in concerned)
    }
    rewritten = {r for r, p in prints.items() if earlier.fingerprints.get(r) != p}
    reasons: dict[int, tuple[tuple[str, ...], str | None]] = {}
    ways: dict[tuple[str, str | None, str | None, tuple[str, ...]], tuple[int, str]] = {}
    told = []
    for rule in rules:
        own = f"SELECT * FROM {moves} WHERE rule = {text(rule.name)}"
        worlds = tables[rule.entity] if rule.name in stayed else None
        detail = shelf.put(asked[rule.name].patterns(own, worlds))
        numbered = shelf.put(
            f"SELECT {len(reasons)} + row_number() OVER () AS n, p, count(*) AS c, min(entity_id) AS k FROM {detail} GROUP BY p"
        )
        for n, count, key, *pattern in shelf.rows(
            f"SELECT n, c, k, {', '.join(f'p.{c}' for c in _PATTERN)} FROM {numbered} ORDER BY k, n"
        ):
            m = _Mover.of(rule.name, meaning, dict(zip(_PATTERN, pattern)))
            causes, clause = _reason(assigned.model, rule, m, asked[rule.name], earlier, rule.name in rewritten)
            reasons[n] = causes, clause
            way = (rule.name, m.origin, m.goal, causes)
            so_far, first_key = ways.get(way, (0, key))
            ways[way] = so_far + count, min(first_key, key)
        told.append(
            f"SELECT d.rule, d.entity, d.entity_id, d.was, d.now, n.n FROM {detail} d JOIN {numbered} n ON d.p = n.p"
        )
    file = shelf.write(" UNION ALL ".join(told), "told.parquet")
    commonest = sorted(ways.items(), key=lambda item: (-item[1][0], item[0][0], item[1][1]))
    return Told(file, reasons, tuple(Way(*way, count) for way, (count, _) in commonest))


def _worlds(
    assigned: Assigned,
    rules: Sequence[Rule],
    then: Clock,
    changed: Mapping[str, tuple[Sequence[str], Path]],
    moves: str,
    asked: Mapping[str, _Asked],
) -> tuple[str, str, str]:
    """Tables of an entity, as `_Asked.patterns` reads them; of those who moved only, where they don't depend on others and are few."""
    engine, clock, table = assigned.engine, assigned.clock, assigned.tables[rules[0].entity]
    own = own_rows(assigned.model, rules)
    with contextlib.ExitStack() as stack:
        if own is not None:
            these = f"entity = {text(rules[0].entity)} AND was IS NOT NULL AND now IS NOT NULL"
            keys = engine.shelf.put(f"SELECT DISTINCT entity_id FROM {moves} WHERE {these}")
            ((movers,),) = engine.shelf.rows(f"SELECT count(*) FROM {keys}")
            if movers < FEW * table.size:
                stack.enter_context(engine.only(own, keys))
        with engine.as_it_was(then, changed):
            at_first = _evaluated(assigned.model, rules, engine, then, asked)
            by_time = _evaluated(assigned.model, rules, engine, clock)
        return at_first, by_time, _evaluated(assigned.model, rules, engine, clock, asked, places=False)


def _evaluated(
    model: Model,
    rules: Sequence[Rule],
    engine: Engine,
    clock: Clock,
    asked: Mapping[str, _Asked] | None = None,
    places: bool = True,
) -> str:
    """The engine's table of the `places` by rules of an entity, and of the truths of what is `asked` of them."""
    from segdsl.sql.plan import assignment

    beside = (
        {a.columns[t]: e for r in rules for a in [asked[r.name]] for t, e in a.expressions.items()} if asked else {}
    )
    planned = assignment(model, rules[0].entity, list(rules) if places else [], clock, beside, in_order=False)
    return engine.hold(planned.query)


_PATTERN = (
    "was",
    "now",
    "first_arm",
    "first_status",
    "time_arm",
    "time_status",
    "known",
    "flips",
    "new",
    "keeps",
    "takes",
)
_TRUTHS = {"0": False, "1": True, "2": None}


@dataclass(frozen=True)
class _Asked:
    """What is asked of the movers of a rule.

    `texts`: its conditions, as written.
    `new`: those that are new in the rule, three at most.
    `keeps`: clauses that keep customers.
    `takes`: names of the conditions by which its arms that keep take customers.
    `expressions`: all of them, by text or name; `columns`: short names of their columns.
    """

    rule: Rule
    texts: tuple[str, ...]
    new: tuple[str, ...]
    keeps: tuple[str, ...]
    takes: tuple[str, ...]
    expressions: Mapping[str, k.Expr]
    columns: Mapping[str, str]

    @staticmethod
    def of(rule: Rule, number: int, earlier: Run) -> _Asked:
        texts = tuple(conditions(rule))
        old = earlier.conditions.get(rule.name, ())
        arms = rule.arms if isinstance(rule, Segmentation) else ()
        keeps = dict.fromkeys(t for a in arms for c in a.keeps if (t := written(c)) in texts)
        expressions = {**conditions(rule), **_takes(rule)}
        columns = {t: f"?{number} {i}" for i, t in enumerate(expressions)}
        new = tuple(t for t in texts if t not in old)[:SHOWN]
        return _Asked(rule, texts, new, tuple(keeps), tuple(_takes(rule)), expressions, columns)

    def patterns(self, moved: str, tables: Sequence[str] | None) -> str:
        """Query of the movers, with all that their causes and clauses depend on as `p`: so they are found once for all who are alike.

        `tables`: by today's rule, places and truths of the earlier world as of then, places of it as of now, and truths of now; None
        where everybody appeared or vanished.
        """
        if tables is None:
            nothing = ", ".join(f"NULL::{'INTEGER' if c in ('was', 'now') else 'VARCHAR'} AS {c}" for c in _PATTERN[2:])
            return f"SELECT m.*, struct_pack({_packed()}) AS p FROM (SELECT *, {nothing} FROM ({moved})) m"
        first, time, after = tables
        flips = [
            f"CASE WHEN {self._then(t)} IS DISTINCT FROM {self._now(t)} THEN '{i}:' || {_code(self._then(t))} || {_code(self._now(t))} END"
            for i, t in enumerate(self.texts)
        ]
        some_flips = (
            f"array_to_string(list_slice(string_split(concat_ws(' ', {', '.join(flips)}), ' '), 1, {SHOWN}), ' ')"
            if flips
            else "''"
        )
        cells = [
            *(f"{c} AS {n}" for c, n in zip(_places("f", self.rule), ("first_arm", "first_status"))),
            *(f"{c} AS {n}" for c, n in zip(_places("t", self.rule), ("time_arm", "time_status"))),
            f"{_code('f.entity_id IS NOT NULL')} || {_code('t.entity_id IS NOT NULL')} || {_code('a.entity_id IS NOT NULL')} AS known",
            f"{some_flips} AS flips",
            f"{_codes([self._now(t) for t in self.new])} AS new",
            f"{_codes([side(t) for t in self.keeps for side in (self._then, self._now)])} AS keeps",
            f"{_codes([side(t) for t in self.takes for side in (self._then, self._now)])} AS takes",
        ]
        joins = " ".join(
            f"LEFT JOIN {table} {alias} ON CAST({alias}.entity_id AS VARCHAR) = m.entity_id AND m.was IS NOT NULL AND m.now IS NOT NULL"
            for table, alias in ((first, "f"), (time, "t"), (after, "a"))
        )
        return f"SELECT m.*, struct_pack({_packed()}) AS p FROM (SELECT m.*, {', '.join(cells)} FROM ({moved}) m {joins}) m"

    def _then(self, text: str) -> str:
        return f"f.{name(self.columns[text])}"

    def _now(self, text: str) -> str:
        return f"a.{name(self.columns[text])}"


def _packed() -> str:
    return ", ".join(f"{c} := m.{c}" for c in _PATTERN)


def _places(alias: str, rule: Rule) -> tuple[str, str]:
    """SQL of the arm and the status of a customer; NULL of who isn't there."""
    own = f"{alias}.{name(rule.name)}"
    if isinstance(rule, Segment):
        word = (
            f"CASE WHEN {own} THEN 'in' WHEN NOT {own} THEN 'out' WHEN {alias}.entity_id IS NOT NULL THEN 'unknown' END"
        )
        return "NULL::VARCHAR", word
    return own, f"{alias}.{name(f'{rule.name}_status')}"


def _code(truth: str) -> str:
    return f"CASE WHEN {truth} THEN '1' WHEN NOT {truth} THEN '0' ELSE '2' END"


def _codes(truths: Sequence[str]) -> str:
    return " || ".join(map(_code, truths)) or "''"


@dataclass(frozen=True)
class _Mover:
    """Customers who are alike in all that their causes and clauses depend on.

    `was`, `now`: (arm, status, arm by today's data), None of who isn't there.
    `at_first`, `by_time`: places by today's rule on the earlier world, as of then and as of now.
    `pattern`: as `_Asked.patterns` has it.
    """

    rule: str
    was: Where | None
    now: Where | None
    at_first: Place | None
    by_time: Place | None
    pattern: Mapping[str, Any]

    @staticmethod
    def of(rule: str, meaning: Mapping[int, Where], p: Mapping[str, Any]) -> _Mover:
        known = p["known"] or "000"
        at_first = (p["first_arm"], p["first_status"]) if known[0] == "1" else None
        by_time = (p["time_arm"], p["time_status"]) if known[1] == "1" else None
        was, now = (None if p[c] is None else meaning[p[c]] for c in ("was", "now"))
        return _Mover(rule, was, now, at_first, by_time, p)

    @property
    def has_truths(self) -> bool:
        known = self.pattern["known"] or "000"
        return bool(known[0] == "1" and known[2] == "1")

    @property
    def origin(self) -> str | None:
        return None if self.was is None else self.was[0] or self.was[1]

    @property
    def goal(self) -> str | None:
        return None if self.now is None else self.now[0] or self.now[1]

    def pairs(self, part: str, texts: Sequence[str]) -> tuple[dict[str, bool | None], dict[str, bool | None]]:
        """Truths then and now, by text."""
        codes = self.pattern[part] or ""
        then, now = codes[::2], codes[1::2]
        return {t: _TRUTHS[c] for t, c in zip(texts, then)}, {t: _TRUTHS[c] for t, c in zip(texts, now)}


def _reason(
    model: Model, rule: Rule, m: _Mover, asked: _Asked, earlier: Run, is_rewritten: bool
) -> tuple[tuple[str, ...], str | None]:
    """Causes and clause of a move."""
    causes = _causes(m, is_rewritten)
    clause = None
    if m.has_truths:
        new = _rewritten_clauses(m, asked, earlier.conditions.get(m.rule, ())) if _REWRITTEN in causes else None
        clause = new or _flipped_clauses(m, asked.texts)
        if m.was is not None and _is_former(model, m.rule, m.was[0]):
            clause = "; ".join([f"{m.was[0]} is no longer in the rule", *([clause] if clause else [])])
    if _REWRITTEN not in causes and isinstance(rule, Segmentation) and _is_no_longer_in(rule, m, asked):
        causes = ("no longer kept",)
        clause = _ended(rule, m, asked) or clause
    return causes, clause


def _is_no_longer_in(rule: Segmentation, m: _Mover, asked: _Asked) -> bool:
    """Whether an arm kept a customer then, not by its data, and keeps it no more, so that it is in a later arm now."""
    arm, _, by_data = m.was or (None, "", None)
    if arm is None or m.now is None:
        return False
    then, now = m.pairs("takes", asked.takes)
    was_kept = then.get(_whole(arm)) is True and then.get(_by_data(arm)) is not True
    is_lost = now.get(_whole(arm)) is False
    return was_kept and is_lost and is_no_longer_in(rule, arm, by_data, m.now[0])


def _ended(rule: Segmentation, m: _Mover, asked: _Asked) -> str | None:
    """The clauses that kept a customer then and keep it no more, as `kept until usage >= 60, which came true`; None without any."""
    assert m.was is not None, "an arm kept it"
    keeps = next(a.keeps for a in rule.arms if a.name == m.was[0])
    before, after = m.pairs("keeps", asked.keeps)
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


def _causes(m: _Mover, is_rewritten: bool) -> tuple[str, ...]:
    """Causes of a move.

    A rule that was changed is the only cause where it alone, on the earlier world as of then, gives the place of now.
    """
    if m.was is None:
        return ("appeared",)
    if m.now is None:
        return ("vanished",)
    place, now = m.was[:2], m.now[:2]
    if m.at_first != place and not is_rewritten:
        return ("data changed",)  # rows came late or were corrected
    since = ("time passed" if m.by_time == now else "data changed",)
    if m.at_first == place:
        return since
    return (_REWRITTEN,) if m.at_first == now else (_REWRITTEN, *since)


def _is_former(model: Model, rule: str, arm: str | None) -> bool:
    """Whether an arm is one that the rule no longer has."""
    segmentation = model.segmentations.get(rule)
    return segmentation is not None and arm is not None and arm not in {a.name for a in segmentation.all_arms}


def conditions(rule: Rule) -> dict[str, k.Expr]:
    """Leaf conditions of a rule's clauses, by text."""
    arms = [rule.condition] if isinstance(rule, Segment) else [a.condition for a in rule.arms]
    return {written(leaf): leaf for e in (rule.where, *arms) if e is not None for leaf in leaves(e)}


def _flipped_clauses(m: _Mover, texts: Sequence[str]) -> str | None:
    """Conditions that changed, as `none(logins in last 30 days): was false, is true`; three at most."""
    flips = []
    for flip in (m.pattern["flips"] or "").split():
        number, codes = flip.split(":")
        flips.append(f"{texts[int(number)]}: was {_word(_TRUTHS[codes[0]])}, is {_word(_TRUTHS[codes[1]])}")
    return "; ".join(flips) or None


def _rewritten_clauses(m: _Mover, asked: _Asked, old: Sequence[str]) -> str | None:
    """Conditions that are new in the rule, and those no longer in it; three at most."""
    truths = [_TRUTHS[c] for c in m.pattern["new"] or ""]
    new = [f"{text}: new in the rule, is {_word(truth)}" for text, truth in zip(asked.new, truths)]
    gone = [f"{text}: no longer in the rule" for text in old if text not in asked.texts]
    return "; ".join([*new, *gone][:SHOWN]) or None


def _word(truth: bool | None) -> str:
    return "unknown" if truth is None else "true" if truth else "false"


def values_now(model: Model, engine: Engine, read: Mapping[str, set[str]]) -> dict[str, tuple[list[str], Path]]:
    """Fields that rules read and runs remember, as a file of texts for each entity."""
    files = {}
    for relation_name, fields in read.items():
        relation = model.schema.relations[relation_name]
        remembered = [f for f in relation.fields if f in fields and runs_remember(relation, f)]
        if remembered and any(engine.has(relation_name, c) for c in relation.fields):
            files[relation_name] = (remembered, engine.values_as_text(relation_name, remembered))
    return files
