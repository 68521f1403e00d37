"""Tables of deliveries and runs -> tables on a shelf: what each customer got before, who was contacted, and whose stay has ended.

`reference/past.py` says what counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from segdsl.data.sql_text import name, text
from segdsl.engines import Engine
from segdsl.engines.shelf import Shelf
from segdsl.model.clock import Clock
from segdsl.model.play import Play
from segdsl.model.schema import Relation
from segdsl.model.segment import Model
from segdsl.reference.past import ATTEMPTED, COUNTED


@dataclass(frozen=True)
class Past:
    """What was before as-of.

    `deliveries`: a table of those that count, as SQL, with the columns `of` (an entity), `customer` and `recipient` (keys as texts), `day`,
    `play`, `channel`, `status` and `goes_to` (the entity of whoever got it; NULL where nobody says). `attempts`: one of `of`, `customer`,
    `play` and `day`, of which a delivery is given again.
    """

    model: Model
    engine: Engine
    clock: Clock
    deliveries: str
    attempts: str

    @staticmethod
    def of(model: Model, engine: Engine, clock: Clock) -> Past:
        """Reads all tables of deliveries that the model has."""
        tables = [r for r in model.schema.relations.values() if r.deliveries]
        parts = [_every(model, table, engine.hold(_rows(table)), clock) for table in tables]
        every = engine.shelf.put(" UNION ALL ".join(parts) if parts else _COLUMNS_OF_NOTHING)
        counted, attempted = (", ".join(map(text, statuses)) for statuses in (COUNTED, ATTEMPTED))
        return Past(
            model,
            engine,
            clock,
            engine.shelf.put(f"SELECT * FROM {every} WHERE status IN ({counted})"),
            engine.shelf.put(f"SELECT DISTINCT of, customer, play, day FROM {every} WHERE status IN ({attempted})"),
        )

    @property
    def shelf(self) -> Shelf:
        return self.engine.shelf

    def ended(self, play: Play, entity: str) -> str | None:
        """A table of `customer` and `day`, as SQL: the last day on which a recorded run had a customer in no place of a play.

        None where a place has no table of runs, or there is no place.
        """
        places = [p for p in self.model.places_of(play.name) if p.entity == entity]
        runs = {r.runs_of: r for r in self.model.schema.relations.values() if r.runs_of is not None}
        arms: dict[str, list[str | None]] = {}
        for place in places:
            arms.setdefault(place.name, []).append(place.arm)
        if not arms or any(rule not in runs for rule in arms):
            return None
        outside = [self._outside(runs[rule], of_rule) for rule, of_rule in arms.items()]
        first, *others = outside
        joins = " ".join(
            f"JOIN ({o}) o{i} ON o{i}.customer = o.customer AND o{i}.instant = o.instant" for i, o in enumerate(others)
        )
        last = self.shelf.put(
            f"SELECT o.customer, max(o.instant) AS instant FROM ({first}) o {joins} GROUP BY o.customer"
        )
        instants = [at for (at,) in self.shelf.rows(f"SELECT DISTINCT instant FROM {last}")]
        days = ", ".join(f"(TIMESTAMP {text(str(at))}, DATE {text(str(self.clock.date_of(at)))})" for at in instants)
        return (
            f"SELECT l.customer, d.day FROM {last} l JOIN (VALUES {days}) d(instant, day) ON d.instant = l.instant"
            if days
            else None
        )

    def _outside(self, runs: Relation, arms: Sequence[str | None]) -> str:
        """Query of the customers and instants of runs that had a customer surely in none of some arms."""
        table = self.engine.hold(
            _select(runs, [runs.by or "", runs.at or "", *(c for c in ("arm", "member") if c in runs.fields)])
        )
        named = ", ".join(text(a) for a in arms if a is not None)
        is_out = "member = false" if None in arms else f"arm NOT IN ({named})"
        customer, at = name(runs.by or ""), name(runs.at or "")
        return (
            f"SELECT CAST({customer} AS VARCHAR) AS customer, {at} AS instant FROM {table}"
            f" WHERE {customer} IS NOT NULL AND {at} < TIMESTAMP {text(str(self.clock.now))}"
            f" GROUP BY 1, 2 HAVING bool_and(coalesce({is_out}, false))"
        )


_COLUMNS_OF_NOTHING = (
    "SELECT NULL::VARCHAR AS of, NULL::VARCHAR AS customer, NULL::VARCHAR AS recipient, NULL::DATE AS day, NULL::VARCHAR AS play,"
    " NULL::VARCHAR AS channel, NULL::VARCHAR AS status, NULL::VARCHAR AS goes_to WHERE false"
)


def _rows(table: Relation) -> exp.Query:
    return _select(table, [table.by or "", table.at or "", "play", "channel", "recipient", "status"])


def _select(relation: Relation, columns: Sequence[str]) -> exp.Query:
    chosen = [exp.column(exp.to_identifier(c, quoted=True)) for c in columns]
    return exp.Select(expressions=chosen).from_(exp.to_identifier(relation.name, quoted=True))


def _every(model: Model, table: Relation, rows: str, clock: Clock) -> str:
    """Query of the deliveries of a table before as-of, with the channel and the entity that their plays say where they say none."""
    customer, day = name(table.by or ""), name(table.at or "")
    of = table.of or ""
    channels = [(p.name, p.channel) for p in model.plays.values() if p.channel is not None]
    own = _case("play", [(text(p), text(c)) for p, c in channels])
    rows_ = (
        f"SELECT {text(of)} AS of, CAST({customer} AS VARCHAR) AS customer, nullif(recipient, '') AS recipient, {day} AS day, play,"
        f" coalesce(nullif(channel, ''), {own}) AS channel, coalesce(status, 'sent') AS status FROM {rows}"
    )
    goes = []
    for play in model.plays.values():
        use = play.used_for.get(of)
        if use is None:
            continue
        same = f"channel = {text(play.channel)}" if play.channel is not None else "channel IS NULL"
        if use.recipients is None:
            same += " AND (recipient IS NULL OR recipient = customer)"
        goes.append(f"WHEN play = {text(play.name)} AND {same} THEN {text(use.recipient)}")
    goes_to = f"CASE {' '.join(goes)} END" if goes else "NULL::VARCHAR"
    today = f"DATE {text(str(clock.today))}"
    return f"SELECT *, {goes_to} AS goes_to FROM ({rows_}) WHERE day < {today} AND customer IS NOT NULL"


def _case(subject: str, pairs: Sequence[tuple[str, str]]) -> str:
    if not pairs:
        return "NULL::VARCHAR"
    return f"CASE {subject} {' '.join(f'WHEN {a} THEN {b}' for a, b in pairs)} END"
