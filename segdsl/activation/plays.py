"""A customer and its data -> which plays it gets and why not, and the message that a play writes for each of its people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from segdsl import engines
from segdsl.activation.cells import Cell, cells
from segdsl.activation.selection import is_personal
from segdsl.data.files import DataError
from segdsl.diagnostics import Diagnostic, series
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, of_values, together
from segdsl.model.play import Play, PlayFor
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator, Result, Unknown
from segdsl.reference.plays import Customer, Decision, Past, RecipientDecision, past_of, said_of
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row, Value
from segdsl.resolve.problems import nearest_help
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.templates.template import CannotWrite, write
from segdsl.whatif.customers import CustomerLookup
from segdsl.words.explain import Explanation
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class Decided:
    """What a customer gets: the decision about each play of its entity, by name.

    `is_past_known`: whether deliveries were looked at; without them no cooldown and no stay keeps anything back.
    """

    entity: str
    key: Value
    decisions: Mapping[str, Decision]
    is_past_known: bool
    evaluator: Evaluator
    row: Row


def decide(workspace: Workspace, entity: str, key: Value, clock: Clock, source: str | None) -> Decided:
    """Decide about every play of a customer that is there as of then; `workspace` has its recorded runs. Raises `DataError`."""
    model, config = workspace.model, source_config(workspace, source)
    needed, is_past_known = _needed(model, entity, config)
    engine = engines.attach(model.schema, needed, config, workspace.root, None, clock, {}, to_look=True)
    customer = CustomerLookup(workspace, model.rules_of(entity), engine, clock).customer(entity, str(key), alone=True)
    assert customer is not None, "the customer was found before"
    past = past_of(customer.evaluator, entity, customer.row) if is_past_known else Past()
    decisions = Customer(customer.evaluator, entity, customer.row, past).decisions()
    return Decided(entity, key, decisions, is_past_known, customer.evaluator, customer.row)


def with_plays(
    workspace: Workspace, explanations: Sequence[Explanation], clock: Clock, source: str | None
) -> list[Explanation]:
    """Say of each explanation what becomes of its play, where more than the rule decides that and the data can say it."""
    model = workspace.model
    asked = {(e.entity, e.key) for e in explanations if e.play is not None and not model.plays[e.play].is_plain}
    if not asked:
        return [*explanations]
    workspace = with_recorded_runs(workspace, source, clock)
    decided: dict[tuple[str, str], Decided] = {}
    for entity, key in asked:
        with suppress(DataError):  # of a table that another rule with a play reads
            decided[entity, key] = decide(workspace, entity, key, clock, source)
    return [
        e
        if e.play is None or (known := decided.get((e.entity, e.key))) is None
        else replace(e, given=_given(e.play, known))
        for e in explanations
    ]


def _given(play: str, decided: Decided) -> str:
    """What becomes of a play, as in `gets nothing: nobody to reach: contacted 4 days ago, less than 7 days`."""
    decision = decided.decisions[play]
    if decision.line == "not in it":
        return ""
    past = "" if decided.is_past_known else "; what it got before wasn't looked at"
    if decision.gets:
        whom = [str(r.key) for r in decision.recipients if r.line == "gets" and r.key != decided.key]
        return f"gets {play}{f': {series(whom)}' if whom else ''}{past}"
    return f"gets no {play}: {said_of(decision)}{past}"


def _needed(model: Model, entity: str, config: SourceConfig) -> tuple[Needed, bool]:
    """What the plays of an entity read, and whether the deliveries that were made are among it."""
    schema = model.schema
    plays = [p for p in model.plays.values() if entity in p.used_for]
    people = [u.recipients for p in plays if (u := p.used_for[entity]).recipients is not None]
    asked = [e for p in plays for e in model.definition_of_play(p.name)]
    needed = of_values(model, [entity, *(r.entity for r in people if r is not None)], asked)
    also = {r.entity: {r.hop.column} for r in people if r is not None}
    tables = [t for t in schema.relations.values() if t.of == entity]
    past = [t for t in tables if t.deliveries and config.table(t.name) is not None]
    runs = [t for t in tables if t.recorded is not None] if past else []
    also |= {t.name: {*t.fields} for t in (*past, *runs)}
    columns = together(needed.columns, also)
    return Needed(columns, needed.zones, needed.zone_columns), bool(past)


# -- messages ------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """What a play says to one recipient. `problem`: why it can't be written; "" where it can."""

    recipient: RecipientDecision
    fields: Mapping[str, Cell]
    subject: str | None
    message: str | None
    problem: str = ""


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
) -> Shown:
    """Show a play to a customer with this key or name. Raises `UsageError` where there is no such play or customer, and `DataError`."""
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
    workspace = with_recorded_runs(workspace, source, clock)
    lookup = CustomerLookup.of(workspace, rules, source_config(workspace, source), clock, None, source)
    found = lookup.customers(text, alone=True)[0]
    relation = workspace.model.schema.relations[found.entity]
    decided = decide(workspace, found.entity, found.row[relation.key or ""] or "", clock, source)
    use = play.used_for[found.entity]
    customer = Customer(decided.evaluator, found.entity, decided.row, Past())
    people = decided.decisions[name].recipients or customer.recipients(play, use)
    written = tuple(_written(decided.evaluator, play, use, one) for one in people)
    shown = {f.name: f.value for f in use.merge} | ({"address": use.address} if use.address is not None else {})
    personal = tuple(name for name, value in shown.items() if is_personal(model, [value]))
    return Shown(play, clock, decided, written, personal, found.found_by)


def _written(evaluator: Evaluator, play: Play, use: PlayFor, one: RecipientDecision) -> Written:
    fields = {f.name: cell(evaluator.value(f.value, one.row), f.value.type, evaluator) for f in use.merge}
    subject = message = None
    try:
        subject = write(play.subject.text, fields, one_line=True) if play.subject is not None else None
        if play.message is not None:
            message = write(play.message.text, fields, html=is_html(play.message.file))
    except CannotWrite as problem:
        return Written(one, fields, subject, None, str(problem))
    return Written(one, fields, subject, message)


def is_html(file: str | None) -> bool:
    """Whether the template of a file is a page, in which values are escaped."""
    return file is not None and file.lower().endswith((".html", ".htm"))


def cell(value: Result, typed: ty.Type, evaluator: Evaluator) -> Cell:
    """A value of the reference as a list and a message show it; None where it is unknown."""
    if isinstance(value, Unknown):
        return None
    plain: object = value
    if isinstance(value, Quantity):
        plain = Fraction(*value.pair) if value.pair is not None else value.double
    elif isinstance(value, frozenset):
        plain = sorted(value)
    if isinstance(typed, ty.Link):
        target = evaluator.model.schema.relations[typed.entity]
        typed = target.fields[target.key or ""].type
    return cells([plain], typed, evaluator.world.clock)[0]
