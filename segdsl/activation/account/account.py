"""Who gets what on a day: the account of every play, whose lines add up, and the deliveries that follow from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from segdsl import engines
from segdsl.activation.account.facts import Questions, questions
from segdsl.activation.account.past import Past
from segdsl.activation.account.rows import rows_of
from segdsl.activation.account.walk import Lines, Walk
from segdsl.activation.delivery import Deliveries
from segdsl.activation.log.recorded import deliveries
from segdsl.activation.log.store import Log
from segdsl.activation.memory import with_memory
from segdsl.data.sql_text import text
from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, of_values, together
from segdsl.model.segment import Model
from segdsl.reference.account import in_order
from segdsl.reference.past import COUNTED
from segdsl.reference.today import Pilots, Today
from segdsl.resolve.problems import nearest_help
from segdsl.run import time_travel
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.freshness import refuse_stale, stale_tables
from segdsl.workspace.load import Workspace


@dataclass(frozen=True)
class PlayAccount:
    """The account of a play for the customers of one entity. Everybody who is in a place of the play, or of whom that is unknown (a line of
    its own), is in one line of `customers` or `held_out`, and each of those whom the play is for in one line of `recipients`.

    `customers`: how many are in each line, of those who aren't held out.
    `held_out`: how many would be in each line, were they not held out.
    `recipients`: how many are in each line; those of customers who get nothing are `waiting`, and those of who is held out `held out`.
    """

    play: str
    entity: str
    recipient: str
    channel: str | None
    customers: Mapping[str, int]
    held_out: Mapping[str, int]
    recipients: Mapping[str, int]

    @property
    def members(self) -> int:
        """How many customers are in a place of the play."""
        return sum(self.customers.values()) + sum(self.held_out.values()) - self.unknown

    @property
    def unknown(self) -> int:
        """Of how many customers it is unknown whether they are in a place of the play: they get nothing."""
        return self.customers.get("unknown", 0) + self.held_out.get("unknown", 0)

    @property
    def audience(self) -> int:
        return sum(self.recipients.values())


@dataclass(frozen=True)
class Account:
    """The accounts of all plays as of a day, and the tables that they are counted from.

    `named`: the name of the workspace that is in the keys of deliveries, by `Log.named`.
    """

    workspace: Workspace
    clock: Clock
    plays: tuple[PlayAccount, ...]
    lines: tuple[Lines, ...]
    walk: Walk
    named: str
    warnings: tuple[Diagnostic, ...] = ()

    def names(self, account: PlayAccount) -> list[tuple[str, str | None, str, str | None, bool]]:
        """(customer, recipient or None, line, detail, whether it is held out) of everybody, customers first, by key."""
        one = self._lines(account)
        shelf = self.walk.shelf
        people = f"SELECT customer, key, line, detail, held_out FROM {_lines_of_recipients(one)}"
        own = f"SELECT key, NULL, line, detail, held_out FROM {one.customers} ORDER BY id"
        rows = shelf.rows(own)
        if one.use.recipients is not None:
            rows += shelf.rows(f"{people} ORDER BY customer, key")
        return rows

    def deliveries(self, plays: Sequence[str], held_out: bool = False) -> Deliveries:
        """Returns the deliveries of plays to those who get them, or to those who would, were they not held out."""
        own = f"(d.held_out OR r.held_out) = {held_out}"
        people = "SELECT r.*, d.last, d.place FROM {0.customers} d JOIN {0.recipients} r ON r.customer = d.key"
        given = f"{people} WHERE d.line = 'gets' AND r.line = 'gets' AND {own}"
        return self._deliveries(plays, lambda one: given.format(one))

    def _lines(self, account: PlayAccount) -> Lines:
        return next(d for d in self.lines if (d.play.name, d.use.entity) == (account.play, account.entity))

    def roster(self, plays: Sequence[str]) -> Deliveries:
        """Returns what plays would say to everybody who is in one of their places and may be contacted, also who gets nothing today."""
        everybody = "SELECT *, NULL::VARCHAR AS last, 0 AS place FROM {}"
        return self._deliveries(plays, lambda one: everybody.format(self.walk.roster(one)))

    def addresses(self, play: str, entity: str, people: str) -> str:
        """Query of the rows of a table with `customer` and `recipient`, and `address` of whom the data still has one."""
        use = next((one.use for one in self.lines if (one.play.name, one.use.entity) == (play, entity)), None)
        return self.walk.addresses(use, people)

    def _deliveries(self, plays: Sequence[str], people: Callable[[Lines], str]) -> Deliveries:
        shelf = self.walk.shelf
        asked = (one for one in self.lines if one.play.name in plays)
        return Deliveries.of(
            rows_of(shelf, self.named, one, self.walk.merge_fields(one.use), people(one)) for one in asked
        )


def make_account(
    workspace: Workspace,
    as_of: dt.date | dt.datetime | str | None,
    source: str | None,
    log: Log,
    pilots: Pilots,
    allow_stale: bool = False,
    report_progress: Callable[[str], None] = lambda _: None,
) -> Account:
    """Decide about every play for every customer; `pilots`: who is in one.

    Raises `UsageError` where nobody can get any, and `DataError`, also for stale data.
    """
    if not in_order(workspace.model, Today(workspace.model, arms=pilots).piloted):
        help = "name one in a segment or an arm, as in `play renewal_mail`"
        raise UsageError(Diagnostic("SEG0606", "no segment and no arm gives a play", help=help))
    clock = clock_for(workspace.zone, as_of)
    workspace = with_memory(workspace, source, clock, log)
    model, config = workspace.model, source_config(workspace, source)
    today = Today(model, arms=pilots)
    asked = questions(model, today.piloted)
    needed = _needed(model, asked)
    report_progress("reading the data")
    engine = engines.attach(model.schema, needed, config, workspace.root, None, clock, {})
    refuse_stale(stale_tables(engine, needed.columns, clock), allow_stale)
    report_progress("deciding")
    answers = asked.answered(model, engine, clock)
    given = log.put(engine.shelf, _given_today(log, clock))
    walk = Walk(model, engine, clock, Past.of(model, engine, clock), answers, given, today)
    lines = walk.lines(report_progress)
    accounts = tuple(_account(walk, one) for one in lines)
    warnings = (*engine.notes, *time_travel.warnings(model.schema, needed.columns, config, clock))
    named = log.named(workspace.config.workspace.name)
    return Account(workspace, clock, accounts, tuple(lines), walk, named, warnings)


def _needed(model: Model, asked: Questions) -> Needed:
    """What the questions read, and all tables of deliveries, and of runs of rules with plays."""
    needed = of_values(model, list(asked.columns), [e for columns in asked.columns.values() for e in columns])
    rules = {place.name for play in model.plays for place in model.places_of(play)}
    memory = {r.name: {*r.fields} for r in model.schema.relations.values() if r.deliveries or r.runs_of in rules}
    return Needed(together(needed.columns, memory), needed.zones, needed.zone_columns)


def _given_today(log: Log, clock: Clock) -> str:
    """What exports of the same day have given, as a query of the log: `play`, `of`, `customer`, `channel`, `status`, `recipient`."""
    counted = ", ".join(map(text, COUNTED))
    return (
        "SELECT play, entity AS of, customer, nullif(channel, '') AS channel, status, recipient"
        f" FROM ({deliveries(f'day = DATE {text(str(clock.today))}')}) WHERE status IN ({counted})"
    )


def _account(walk: Walk, one: Lines) -> PlayAccount:
    by_line = walk.shelf.rows(f"SELECT line, held_out, count(*) FROM {one.customers} GROUP BY ALL")
    people = walk.shelf.rows(f"SELECT line, count(*) FROM {_lines_of_recipients(one)} GROUP BY ALL")
    return PlayAccount(
        play=one.play.name,
        entity=one.use.entity,
        recipient=one.use.recipient,
        channel=one.play.channel,
        customers={line: n for line, held_out, n in by_line if not held_out},
        held_out={line: n for line, held_out, n in by_line if held_out},
        recipients=dict(people),
    )


def _lines_of_recipients(one: Lines) -> str:
    """The recipients with the lines in which they count, as a query in brackets."""
    open_ = "CASE WHEN d.line <> 'gets' THEN 'waiting' WHEN d.held_out OR r.held_out THEN 'held out' ELSE 'gets' END"
    line = f"CASE WHEN r.line <> 'gets' THEN r.line ELSE {open_} END"
    return (
        f"(SELECT r.customer, r.key, {line} AS line, r.detail, d.held_out OR r.held_out AS held_out"
        f" FROM {one.recipients} r JOIN {one.customers} d ON d.key = r.customer)"
    )


def play_names(workspace: Workspace, names: Sequence[str], pilots: Pilots) -> list[str]:
    """Returns the plays that are asked for, all without any. Raises `UsageError` for one that nobody can get."""
    model = workspace.model
    given = list(dict.fromkeys(play.name for play, _ in in_order(model, Today(model, arms=pilots).piloted)))
    for name in names:
        if name not in given:
            what = f"no segment and no arm gives `{name}`" if name in model.plays else f"no play `{name}`"
            raise UsageError(Diagnostic("SEG0606", what, help=nearest_help(name, given, "segdsl plays lists them")))
    return list(dict.fromkeys(names)) or given
