"""Who gets what on a day: the account of every play, whose lines add up, and the deliveries that follow from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from segdsl import engines
from segdsl.activation.account.facts import Questions
from segdsl.activation.account.past import Past
from segdsl.activation.account.walk import Decided, Walk, questions
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
    decided: tuple[Decided, ...]
    walk: Walk
    warnings: tuple[Diagnostic, ...] = ()

    def names(self, account: PlayAccount) -> list[tuple[str, str | None, str, str | None, bool]]:
        """(customer, recipient or None, line, detail, whether it is held out) of everybody, customers first, by key."""
        one = self._decided(account)
        shelf = self.walk.shelf
        people = f"SELECT customer, key, line, detail, held FROM {_lines_of_recipients(one)}"
        own = f"SELECT key, NULL, line, detail, held FROM {one.customers} ORDER BY id"
        rows = shelf.rows(own)
        if one.use.recipients is not None:
            rows += shelf.rows(f"{people} ORDER BY customer, key")
        return rows

    def deliveries(self, plays: Sequence[str], held_out: bool = False) -> list[Delivery]:
        """Returns the deliveries of plays to those who get them, or to those who would, were they not held out."""
        return [d for one in self.decided if one.play.name in plays for d in self._deliveries(one, held_out)]

    def _decided(self, account: PlayAccount) -> Decided:
        return next(d for d in self.decided if (d.play.name, d.use.entity) == (account.play, account.entity))

    def standing(self, plays: Sequence[str]) -> list[Delivery]:
        """Returns what plays would say to everybody who is in one of their places and may be contacted, also who gets nothing today."""
        return [
            d
            for one in self.decided
            if one.play.name in plays
            for d in self._written(
                one, f"SELECT customer, key, address, NULL::VARCHAR AS last FROM {self.walk.standing(one)}"
            )
        ]

    def addresses(
        self, people: Iterable[tuple[str, str, str, str | None]]
    ) -> dict[tuple[str, str, str, str | None], str | None]:
        """Returns the addresses of (play, entity, customer, recipient) of whom the data still has one."""
        wanted = list(people)
        known: dict[tuple[str, str], dict[str, str | None]] = {}
        for one in self.decided:
            keys = [r or c for play, entity, c, r in wanted if (play, entity) == (one.play.name, one.use.entity)]
            if keys:
                known[one.play.name, one.use.entity] = self.walk.addresses(one.use, keys)
        return {p: known.get((p[0], p[1]), {}).get(p[3] or p[2]) for p in wanted}

    def _deliveries(self, one: Decided, held_out: bool) -> Iterator[Delivery]:
        return self._written(
            one,
            f"SELECT d.key AS customer, r.key, r.address, d.last FROM {one.customers} d JOIN {one.recipients} r ON r.customer = d.key"
            f" WHERE d.line = 'gets' AND r.line = 'gets' AND (d.held OR r.held) = {held_out} ORDER BY d.place, r.id",
        )

    def _written(self, one: Decided, people: str) -> Iterator[Delivery]:
        """Yields the deliveries to the rows of a query: `customer`, `key`, `address`, and `last`, the day of the delivery before."""
        play, use = one.play, one.use
        rows = self.walk.shelf.rows(people)
        said = dict(self.walk.messages(play, use, f"SELECT key FROM ({people})"))
        workspace = self.workspace.config.workspace.name
        for customer, key, address, last in rows:
            recipient = None if use.recipients is None else key
            yield Delivery(
                key=delivery_key(workspace, play.name, use.entity, customer, recipient, last or "first"),
                play=play.name,
                channel=play.channel or "",
                day=self.clock.today,
                entity=use.entity,
                customer=customer,
                recipient=recipient,
                address=address,
                fields=said[key].fields,
                subject=said[key].subject,
                message=said[key].message,
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
    report_progress("reading the data")
    engine = engines.attach(model.schema, _needed(model, asked), config, workspace.root, None, clock, {})
    refuse_stale(engine.report(clock), allow_stale)
    report_progress("deciding")
    answers = asked.answered(model, engine, clock)
    walk = Walk(model, engine, clock, Past.of(model, engine, clock), answers, today)
    decided = []
    for one in walk.decided():
        report_progress(f"{one.play.name}")
        decided.append(one)
    accounts = tuple(_account(walk, one) for one in decided)
    read = _needed(model, asked).columns
    warnings = (*engine.notes, *time_travel.warnings(model.schema, read, config, clock))
    return Account(workspace, clock, accounts, tuple(decided), walk, warnings)


def _needed(model: Model, asked: Questions) -> Needed:
    """What the questions read, and all tables of deliveries, and of runs of rules with plays."""
    needed = of_values(model, list(asked.columns), [e for columns in asked.columns.values() for e in columns])
    rules = {place.name for play in model.plays for place in model.places_of(play)}
    memory = {r.name: {*r.fields} for r in model.schema.relations.values() if r.deliveries or r.runs_of in rules}
    return Needed(together(needed.columns, memory), needed.zones, needed.zone_columns)


def _given_today(log: Log, clock: Clock) -> list[Given]:
    """What exports of the same day sent."""
    return [
        Given(e.play, e.channel or None, e.entity, e.customer, e.recipient, e.status)
        for e in deliveries(log.latest(clock.today))
        if e.status in COUNTED
    ]


def _account(walk: Walk, one: Decided) -> PlayAccount:
    by_line = walk.shelf.rows(f"SELECT line, held, count(*) FROM {one.customers} GROUP BY ALL")
    people = walk.shelf.rows(f"SELECT line, count(*) FROM {_lines_of_recipients(one)} GROUP BY ALL")
    return PlayAccount(
        play=one.play.name,
        entity=one.use.entity,
        recipient=one.use.recipient,
        channel=one.play.channel,
        customers={line: n for line, held, n in by_line if not held},
        held_out={line: n for line, held, n in by_line if held},
        recipients=dict(people),
    )


def _lines_of_recipients(one: Decided) -> str:
    """The recipients with the lines in which they count, as a query in brackets."""
    open_ = "CASE WHEN d.line <> 'gets' THEN 'waiting' WHEN d.held OR r.held THEN 'held out' ELSE 'gets' END"
    line = f"CASE WHEN r.line <> 'gets' THEN r.line ELSE {open_} END"
    return (
        f"(SELECT r.customer, r.key, {line} AS line, r.detail, d.held OR r.held AS held FROM {one.recipients} r JOIN {one.customers} d"
        f" ON d.key = r.customer)"
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
