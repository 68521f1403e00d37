"""Who gets what on a day: the account of every play, whose lines add up, and the deliveries that follow from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from segdsl import engines
from segdsl.activation.account.facts import KEY, Questions, questions
from segdsl.activation.account.past import Past
from segdsl.activation.account.walk import Lines, Walk
from segdsl.activation.delivery import Delivery, delivery_key
from segdsl.activation.log.recorded import deliveries
from segdsl.activation.log.store import Log
from segdsl.activation.memory import with_memory
from segdsl.diagnostics import Diagnostic
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, of_values, together
from segdsl.model.segment import Model
from segdsl.reference.account import in_order
from segdsl.reference.past import COUNTED
from segdsl.reference.today import Given, Pilots, Today
from segdsl.resolve.problems import nearest_help
from segdsl.run import time_travel
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.result import refuse_stale
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
    """The accounts of all plays as of a day, and the tables that they are counted from."""

    workspace: Workspace
    clock: Clock
    plays: tuple[PlayAccount, ...]
    lines: tuple[Lines, ...]
    walk: Walk
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

    def deliveries(self, plays: Sequence[str], held_out: bool = False) -> list[Delivery]:
        """Returns the deliveries of plays to those who get them, or to those who would, were they not held out."""
        own = f"(d.held_out OR r.held_out) = {held_out}"
        people = "SELECT r.*, d.last, d.place FROM {0.customers} d JOIN {0.recipients} r ON r.customer = d.key"
        given = f"{people} WHERE d.line = 'gets' AND r.line = 'gets' AND {own}"
        return [d for one in self.lines if one.play.name in plays for d in self._deliveries(one, given.format(one))]

    def _lines(self, account: PlayAccount) -> Lines:
        return next(d for d in self.lines if (d.play.name, d.use.entity) == (account.play, account.entity))

    def roster(self, plays: Sequence[str]) -> list[Delivery]:
        """Returns what plays would say to everybody who is in one of their places and may be contacted, also who gets nothing today."""
        everybody = "SELECT *, NULL::VARCHAR AS last, 0 AS place FROM {}"
        return [
            d
            for one in self.lines
            if one.play.name in plays
            for d in self._deliveries(one, everybody.format(self.walk.roster(one)))
        ]

    def addresses(
        self, people: Iterable[tuple[str, str, str, str | None]]
    ) -> dict[tuple[str, str, str, str | None], str | None]:
        """Returns the addresses of (play, entity, customer, recipient) of whom the data still has one."""
        wanted = list(people)
        known: dict[tuple[str, str], dict[str, str | None]] = {}
        for one in self.lines:
            keys = [r or c for play, entity, c, r in wanted if (play, entity) == (one.play.name, one.use.entity)]
            if keys:
                known[one.play.name, one.use.entity] = self.walk.addresses(one.use, keys)
        return {p: known.get((p[0], p[1]), {}).get(p[3] or p[2]) for p in wanted}

    def _deliveries(self, one: Lines, people: str) -> Iterator[Delivery]:
        """Yields the deliveries to the rows of a query: as in `Lines.recipients`, `last`, the day of the delivery before, and `place`."""
        play, use, fields = one.play, one.use, self.walk.merge_fields(one.use)
        rows = self.walk.shelf.rows(
            f"SELECT x.customer, x.key, x.address, x.subject, x.message, x.last{fields.sql('p')} FROM ({people}) x"
            f" JOIN {fields.people.sql} p ON p.{KEY} = x.id ORDER BY x.place, x.id"
        )
        if not rows:
            return
        customers, keys, addresses, subjects, messages, days, *columns = zip(*rows)
        del rows
        values = list(zip(*fields.cells(columns))) if columns else [()] * len(keys)
        names, workspace, channel = fields.names, self.workspace.config.workspace.name, play.channel or ""
        recipients = [None] * len(keys) if use.recipients is None else keys
        for customer, recipient, address, subject, message, last, own in zip(
            customers, recipients, addresses, subjects, messages, days, values
        ):
            yield Delivery(
                key=delivery_key(workspace, play.name, use.entity, customer, recipient, last or "first"),
                play=play.name,
                channel=channel,
                day=self.clock.today,
                entity=use.entity,
                customer=customer,
                recipient=recipient,
                address=address,
                fields=dict(zip(names, own)),
                subject=subject,
                message=message,
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
    today = Today(model, _given_today(log, clock), pilots)
    asked = questions(model, today.piloted)
    needed = _needed(model, asked)
    report_progress("reading the data")
    engine = engines.attach(model.schema, needed, config, workspace.root, None, clock, {})
    refuse_stale(engine.report(clock), allow_stale)
    report_progress("deciding")
    answers = asked.answered(model, engine, clock)
    walk = Walk(model, engine, clock, Past.of(model, engine, clock), answers, today)
    lines = walk.lines(report_progress)
    accounts = tuple(_account(walk, one) for one in lines)
    warnings = (*engine.notes, *time_travel.warnings(model.schema, needed.columns, config, clock))
    return Account(workspace, clock, accounts, tuple(lines), walk, warnings)


def _needed(model: Model, asked: Questions) -> Needed:
    """What the questions read, and all tables of deliveries, and of runs of rules with plays."""
    needed = of_values(model, list(asked.columns), [e for columns in asked.columns.values() for e in columns])
    rules = {place.name for play in model.plays for place in model.places_of(play)}
    memory = {r.name: {*r.fields} for r in model.schema.relations.values() if r.deliveries or r.runs_of in rules}
    return Needed(together(needed.columns, memory), needed.zones, needed.zone_columns)


def _given_today(log: Log, clock: Clock) -> list[Given]:
    """What exports of the same day have given."""
    return [
        Given(e.play, e.channel or None, e.entity, e.customer, e.recipient, e.status)
        for e in deliveries(log.latest(clock.today))
        if e.status in COUNTED
    ]


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
