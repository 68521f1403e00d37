"""A customer and its data -> which plays it gets and why not, and the message that a play writes for each of its people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType

from segdsl import engines
from segdsl.activation.log.store import is_there
from segdsl.activation.memory import with_memory
from segdsl.activation.selection import is_personal
from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic, series
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, of_values, together
from segdsl.model.play import Play
from segdsl.model.schema import Relation
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.messages import Said, said
from segdsl.reference.past import Past, past_of
from segdsl.reference.plays import Customer, Decision, said_of
from segdsl.reference.recipients import RecipientDecision, reached, recipients_of
from segdsl.reference.today import Arms, Pilots, Today, places_of_candidates
from segdsl.reference.world import Row, Value
from segdsl.resolve.problems import nearest_help
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, source_config
from segdsl.whatif.customers import CustomerLookup
from segdsl.words.explain import Explanation
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class Decided:
    """What a customer gets: the decision about each play of its entity, by name.

    `is_past_known`: whether deliveries were looked at, of all tables. Where nothing was ever exported, and a table has no data of its own,
    no cooldown and no stay keeps anything back.
    """

    entity: str
    key: Value
    decisions: Mapping[str, Decision]
    is_past_known: bool
    evaluator: Evaluator
    row: Row
    past: Past


def decide(workspace: Workspace, entity: str, key: Value, clock: Clock, source: str | None, pilots: Pilots) -> Decided:
    """Decide about every play of a customer that is there as of then; `workspace` has its memory. Raises `DataError`."""
    model, config = workspace.model, source_config(workspace, source)
    logs = [t for t in model.schema.relations.values() if t.deliveries]
    read = [
        t for t in logs if config.table(t.name) is not None or (t.recorded is not None and is_there(workspace.root))
    ]
    today = Today(model, arms=pilots)
    needed = _needed(model, entity, read, today.piloted)
    engine = engines.attach(model.schema, needed, config, workspace.root, None, clock, {}, to_look=True)
    customer = CustomerLookup(workspace, model.rules_of(entity), engine, clock).customer(entity, str(key), alone=True)
    assert customer is not None, "the customer was found before"
    past = past_of(customer.evaluator, entity, customer.row, [t.name for t in read])
    decisions = Customer(customer.evaluator, entity, customer.row, past, today).decisions()
    known = {t.of for t in read}
    is_past_known = entity in known and all(t.of in known for t in logs)
    return Decided(entity, key, decisions, is_past_known, customer.evaluator, customer.row, past)


def with_plays(
    workspace: Workspace, explanations: Sequence[Explanation], clock: Clock, source: str | None, pilots: Pilots
) -> list[Explanation]:
    """Say of each explanation what becomes of its play, where that is more than the rule says and the data can say it."""
    model = workspace.model
    asked = {(e.entity, e.key) for e in explanations if e.play is not None}
    if not asked:
        return [*explanations]
    workspace = with_memory(workspace, source, clock)
    decided: dict[tuple[str, str], Decided] = {}
    for entity, key in asked:
        with suppress(DataError):  # of a table that another rule with a play reads
            decided[entity, key] = decide(workspace, entity, key, clock, source, pilots)
    return [
        e
        if e.play is None or (known := decided.get((e.entity, e.key))) is None
        else replace(e, given=_given(model.plays[e.play], known, pilots.get((e.entity, e.key), {})))
        for e in explanations
    ]


def _given(play: Play, decided: Decided, arms: Arms) -> str:
    """What becomes of a play, as in `gets nothing: nobody to reach: ann was contacted 4 days ago`; "" where its rule alone says that."""
    decision = decided.decisions[play.name]
    if decision.line == "not in it" and arms:
        return f"gets no {play.name}: it is in a pilot, with the plays of {series([rule or 'nobody' for rule in arms.values()])}"
    if decision.line == "not in it" or (decision.gets and play.is_plain):
        return ""
    past = "" if decided.is_past_known else "; what it got before wasn't looked at"
    if decision.gets:
        whom = [str(r.key) for r in decision.recipients if r.gets and r.key != decided.key]
        return f"gets {play.name}{f': {series(whom)}' if whom else ''}{past}"
    return f"gets no {play.name}: {said_of(decision)}{past}"


def _needed(model: Model, entity: str, logs: Sequence[Relation], piloted: Collection[str]) -> Needed:
    """What the plays of an entity read, and other plays of rows that may have the same addresses; and tables of deliveries."""
    schema = model.schema
    plays = [p for p in model.plays.values() if entity in p.used_for]
    uses = [u for p in plays for u in reached(model, p, p.used_for[entity])] + [p.used_for[entity] for p in plays]
    people = [u.recipients.hop for u in uses if u.recipients is not None]
    asked = [e for p in plays for e in model.definition_of_play(p.name)] + [e for u in uses for e in u.expressions]
    asked += [c for p in plays for c in places_of_candidates(model, p.name, entity) if c.name in piloted]
    needed = of_values(model, [entity, *(e for u in uses for e in (u.entity, u.recipient))], asked)
    links = (h for hops in schema.to_many.values() for h in hops.values())
    targets = {u.recipient for u in uses}
    owned = [h for h in links if h.target in targets and any(t.of == h.source for t in logs)]
    runs = [t for t in schema.relations.values() if t.of == entity and t.recorded is not None] if logs else []
    also: dict[str, set[str]] = {t.name: {*t.fields} for t in (*logs, *runs)}
    columns = together(needed.columns, also, *({h.target: {h.column}} for h in (*people, *owned)))
    return Needed(columns, needed.zones, needed.zone_columns)


# -- messages ------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """What a play says to one recipient."""

    recipient: RecipientDecision
    said: Said


@dataclass(frozen=True)
class Shown:
    """A play for one customer: whether it gets it, and what it says to each of its people.

    `found_by`: the field by which the customer was looked up; None for its key. `personal`: merge fields that are personal.
    """

    play: Play
    clock: Clock
    decided: Decided
    written: tuple[Written, ...]
    personal: tuple[str, ...]
    found_by: str | None = None

    @property
    def decision(self) -> Decision:
        return self.decided.decisions[self.play.name]


def show_play(
    workspace: Workspace,
    name: str,
    text: str,
    as_of: dt.date | dt.datetime | str | None = None,
    source: str | None = None,
    pilots: Pilots = MappingProxyType({}),
) -> Shown:
    """Show a play to a customer with this key or name; `pilots`: who is in one.

    Raises `UsageError` where there is no such play or customer, and `DataError`.
    """
    model = workspace.model
    if name not in model.plays:
        help = nearest_help(name, model.plays, "segdsl plays lists them")
        raise UsageError(Diagnostic("SEG0606", f"no play `{name}`", help=help))
    play = model.plays[name]
    rules = [model.segments.get(p.name) or model.segmentations[p.name] for p in model.places_of(name)]
    if not rules:
        help = f"name it in a segment or an arm, as in `play {name}`"
        raise UsageError(Diagnostic("SEG0606", f"no segment and no arm gives `{name}`", help=help))
    clock = clock_for(workspace.zone, as_of)
    workspace = with_memory(workspace, source, clock)
    lookup = CustomerLookup.of(workspace, rules, source_config(workspace, source), clock, None, source)
    found = lookup.customers(text, alone=True)[0]
    relation = workspace.model.schema.relations[found.entity]
    decided = decide(workspace, found.entity, found.row[relation.key or ""] or "", clock, source, pilots)
    use = play.used_for[found.entity]
    people = decided.decisions[name].recipients or recipients_of(
        decided.evaluator, play, use, decided.row, decided.past, Today(workspace.model)
    )
    written = tuple(Written(one, said(decided.evaluator, play, use, one.row)) for one in people)
    shown = {f.name: f.value for f in use.merge} | ({"address": use.address} if use.address is not None else {})
    personal = tuple(name for name, value in shown.items() if is_personal(model, [value]))
    return Shown(play, clock, decided, written, personal, found.found_by)
