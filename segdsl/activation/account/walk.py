"""Plays, one after the other -> the line of every customer and recipient.

The problem. What keeps a play from a customer may be the play before it, on the same channel: its customers take the places of the
day, its recipients can't be contacted again, and the room of the channel is smaller. So no single query decides about all plays.

The idea. Plays are taken in the order in which a customer gets them, and each is decided for all customers at once, by the rules of
`reference/account.py`, which defines what is right:

    1  customers    who is in a place of the play, and what keeps it from them      a table: key, line, detail, held_out
    2  recipients   of those whom nothing keeps it from, and what keeps it from each      a table: customer, key, line, address, held_out
    3  room         those who come first get it, until there is no room, and an address gets it once (`queue.py`)
    4  delivered    what the plays after this one see

What exports of the same day have given counts when it is its turn as long as the plays give all of it again; else the walk is made a second
time, and it counts from the beginning.

Facts that don't depend on other plays are answered by the engine once for all plays (`facts.py`), what was before by `past.py`, and what
a play says to each of its recipients is written once, with what keeps it from them (`messages.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from segdsl.activation.account.facts import KEY, Answers, hop_column, owner_of
from segdsl.activation.account.messages import MergeFields, put_messages
from segdsl.activation.account.parts import (
    NO_CONTACTS,
    NO_DAYS,
    NO_OTHERS,
    any_holds,
    date,
    first_line,
    folded,
    part_of,
    suppression,
)
from segdsl.activation.account.past import Past
from segdsl.activation.account.queue import Space, turned_away
from segdsl.data.sql_text import text
from segdsl.engines import Engine
from segdsl.engines.shelf import Shelf
from segdsl.model.clock import Clock
from segdsl.model.play import Channel, Play, PlayFor
from segdsl.model.segment import Model
from segdsl.reference.account import in_order, sharing
from segdsl.reference.recipients import reached
from segdsl.reference.today import Today, places_of_candidates

WITHHELD = text("would have been sent")


@dataclass(frozen=True)
class Lines:
    """The lines of one play for the customers of one entity, as tables on a shelf.

    `customers`: `key` (a text), `line`, `detail`, `held_out`, `place`, the order in which they get it, and `last`, the day of the last one.
    `recipients`: `customer`, `key` (texts), `id`, `line`, `detail`, `address`, `subject`, `message`, `held_out`.
    """

    play: Play
    use: PlayFor
    customers: str
    recipients: str


@dataclass
class Walk:
    """The plays of a workspace as of a day.

    `given`: table of what exports of the same day have given, as in `Past.deliveries` without `day`; `today`: who is in pilots.
    `counts`, `given_today`: whether that counts from the beginning, and a table of what does.
    """

    model: Model
    engine: Engine
    clock: Clock
    past: Past
    answers: Mapping[str, Answers]
    given: str
    today: Today
    counts: bool = field(init=False)
    given_today: str = field(init=False)
    delivered: str = field(init=False)
    pilots: Mapping[str, str] = field(init=False)
    _kept: dict[str, str] = field(default_factory=dict)  # tables that several plays ask for, by query

    def __post_init__(self) -> None:
        goes_to = "".join(
            f" WHEN play = {text(play.name)} AND of = {text(of)} THEN {text(use.recipient)}"
            for play in self.model.plays.values()
            for of, use in play.used_for.items()
        )
        goes_to = f"CASE{goes_to} END" if goes_to else "NULL::VARCHAR"
        reached_ = f"CASE WHEN {goes_to} IS NOT NULL THEN coalesce(recipient, customer) END"
        self.given = self._instead(
            self.given, f"SELECT * REPLACE ({reached_} AS recipient), {goes_to} AS goes_to FROM {self.given}"
        )
        rows: dict[str, list[tuple[str, str, str]]] = {}
        for (of, customer), arms in self.today.arms.items():
            for incumbent, rule in arms.items():
                rows.setdefault(incumbent, []).append((of, customer, rule))
        in_pilots = ("of", "customer", "rule")
        self.pilots = {i: self.shelf.put_rows(dict(zip(in_pilots, zip(*r)))) for i, r in rows.items()}
        self._begin(counts=False)

    def _begin(self, counts: bool) -> None:
        """Begin with what counts from the beginning, all that was given or nothing, and nothing delivered."""
        self.counts = counts
        self.given_today = self.given if counts else self.shelf.put(f"SELECT * FROM {self.given} WHERE false")
        self.delivered = self.shelf.put(
            "SELECT NULL::VARCHAR AS play, NULL::VARCHAR AS of, NULL::VARCHAR AS channel, NULL::VARCHAR AS customer,"
            " NULL::VARCHAR AS goes_to, NULL::VARCHAR AS recipient, NULL::VARCHAR AS address, false AS held_out WHERE false"
        )

    @property
    def shelf(self) -> Shelf:
        return self.engine.shelf

    def lines(self, report_progress: Callable[[str], None] = lambda _: None) -> list[Lines]:
        """Returns the lines of each play, in the order in which customers get them."""
        lines = self._in_turn(report_progress)
        if self._gives_all_of_today():
            return lines
        for one in lines:
            self.shelf.drop(one.customers)
            self.shelf.drop(one.recipients)
        self._begin(counts=True)
        return self._in_turn(report_progress)

    def _in_turn(self, report_progress: Callable[[str], None]) -> list[Lines]:
        lines = []
        for play, use in in_order(self.model, self.today.piloted):
            lines.append(self._lines(play, use))
            report_progress(play.name)
        return lines

    def _gives_all_of_today(self) -> bool:
        """Tells whether what exports of the same day have given is given again."""
        columns = "play, channel, of, customer, goes_to, recipient"
        given = f"SELECT {columns}, status = {WITHHELD} FROM {self.given}"
        gone = self.shelf.rows(f"{given} EXCEPT SELECT {columns}, held_out FROM {self.delivered} LIMIT 1")
        return not gone

    def _lines(self, play: Play, use: PlayFor) -> Lines:
        channel = self.model.channel_of(play)
        customers = self._customers(play, use)
        recipients = self._recipients(play, use, channel or Channel(""), customers)
        customers = self._with_reach(customers, recipients)
        customers, recipients = self._with_room(play, use, channel, customers, recipients)
        self._deliver(play, use, channel, customers, recipients)
        return Lines(play, use, customers, recipients)

    def merge_fields(self, use: PlayFor) -> MergeFields:
        return MergeFields(self.model, self.clock, use, self.answers[use.recipient])

    # -- customers -----------------------------------------------------------------------

    def _customers(self, play: Play, use: PlayFor) -> str:
        """A table of everybody in a place of the play, or of whom that is unknown: as in `Lines`, with `id`, `part`, `channel_part`."""
        own = self.answers[use.entity]
        key = f"CAST(c.{KEY} AS VARCHAR)"
        member = self._member(play, use, own)
        assigned = "".join(
            f" LEFT JOIN {table} p{i} ON p{i}.of = {text(use.entity)} AND p{i}.customer = {key}"
            for i, table in enumerate(self.pilots.values())
        )
        last = (
            f"SELECT d.customer, max(d.day) AS day FROM {self.past.deliveries} d ANTI JOIN {self.past.attempts} a"
            f" ON a.of = d.of AND a.customer = d.customer AND a.play = d.play AND a.day = d.day"
            f" WHERE d.of = {text(use.entity)} AND d.play = {text(play.name)} GROUP BY 1"
        )
        ended = self.past.ended(play, use.entity) if play.every is None else None
        detail = suppression(use.suppressions, own, "c")
        lines = [(f"{member} IS NULL", "unknown", "NULL")]
        if use.only_when is not None:
            lines.append((f"{own.of(use.only_when, 'c')} IS DISTINCT FROM true", "only when", "NULL"))
        lines.append((f"{detail} IS NOT NULL", "suppressed", detail))
        since = "CAST(l.day AS VARCHAR)"
        if play.cooldown is not None:
            lines.append((f"l.day > {date(play.cooldown.before(self.clock.today))}", "cooling down", since))
        if play.every is not None:
            lines.append((f"l.day > {date(play.every.before(self.clock.today))}", "given already", since))
        else:
            lines.append(("l.day IS NOT NULL AND (e.day IS NULL OR e.day <= l.day)", "given already", since))
        channel, others = (
            self.model.channel_of(play),
            "SELECT NULL::VARCHAR AS customer, 0 AS number, NULL::VARCHAR[] AS plays WHERE false",
        )
        if channel is not None:
            others = self._given(play, use.entity, channel)
            names = "array_to_string(list_sort(list_distinct(o.plays)), ', ')"
            lines.append((f"o.number >= {channel.most_plays}", "enough plays", names))
        held_out = f"{own.of(use.held_out, 'c')} IS DISTINCT FROM false" if use.held_out is not None else "false"
        held_out = " OR ".join(
            [f"({held_out})", *(f"p{i}.rule IS NOT DISTINCT FROM ''" for i in range(len(self.pilots)))]
        )
        order = ", ".join([*own.order(use.by, "c"), f"c.{KEY}"])
        parts = [part_of(own, e) for e in (use.per, use.channel_per)]
        return self.shelf.put(
            f"SELECT c.{KEY} AS id, {key} AS key, row_number() OVER (ORDER BY {order}) AS place,"
            f" {first_line(lines)}, {held_out} AS held_out, {parts[0]} AS part, {parts[1]} AS channel_part, {since} AS last"
            f" FROM {own.sql} c LEFT JOIN ({last}) l ON l.customer = {key}"
            f" LEFT JOIN ({ended or NO_DAYS}) e ON e.customer = {key}"
            f" LEFT JOIN ({others}) o ON o.customer = {key}{assigned} WHERE {member} IS DISTINCT FROM false"
        )

    def _member(self, play: Play, use: PlayFor, own: Answers) -> str:
        """Whether a customer is in a place of the play; one in a pilot by the segmentation that it is assigned to."""
        number = {incumbent: i for i, incumbent in enumerate(self.pilots)}
        parts = []
        for place in self.model.places_of(play.name):
            if place.entity != use.entity:
                continue
            is_in = own.of(place, "c")
            if place.arm is not None and place.name in number:
                rule = f"p{number[place.name]}.rule"
                is_in = f"(CASE WHEN {rule} IS NULL OR {rule} IN ('', {text(place.name)}) THEN {is_in} ELSE false END)"
            parts.append(is_in)
        for place in places_of_candidates(self.model, play.name, use.entity):
            if place.name in self.today.piloted:
                assigned = " OR ".join(f"p{i}.rule IS NOT DISTINCT FROM {text(place.name)}" for i in number.values())
                parts.append(f"(CASE WHEN {assigned} THEN {own.of(place, 'c')} ELSE false END)")
        return f"({' OR '.join(parts)})" if parts else "false"

    # -- recipients ----------------------------------------------------------------------

    def _recipients(self, play: Play, use: PlayFor, channel: Channel, customers: str) -> str:
        """A table of the audience of those customers whom nothing keeps the play from: the columns of `Lines`, and `id`, `folded`."""
        asked = self._audience(play, use, customers)
        lines = [("suppressed IS NOT NULL", "suppressed", "suppressed"), ("refused", "refused", "NULL")]
        lines += [("consent_unknown", "consent unknown", "NULL"), ("no_address", "no address", "NULL")]
        lines.append(("contacted IS NOT NULL", "cooling down", "CAST(contacted AS VARCHAR)"))
        if play.subject is not None or play.message is not None:
            open_ = f"SELECT id FROM {asked} WHERE {any_holds(lines)} IS NOT TRUE"
            said = put_messages(play, self.merge_fields(use), open_)
            rows = f"SELECT a.*, m.subject, m.message, m.problem FROM {asked} a LEFT JOIN {said} m ON m.key = a.key"
            lines.append(("problem IS NOT NULL", "no message", "problem"))
        else:
            rows = f"SELECT *, NULL::VARCHAR AS subject, NULL::VARCHAR AS message FROM {asked}"
        kept = (
            f"SELECT customer, key, id, {first_line(lines)}, address, folded, subject, message, held_out FROM ({rows})"
        )
        if (
            use.recipients is None or use.recipients.first_by
        ):  # nobody shares an address with another one of the same customer
            return self._instead(asked, kept)
        kept = self._instead(asked, kept)
        twins = self.shelf.put(
            f"SELECT customer, folded, min(id) AS first_id, arg_min(key, id) AS first FROM {kept} WHERE line = 'gets'"
            " AND folded IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"
        )
        if not self.shelf.rows(f"FROM {twins} LIMIT 1"):
            return kept
        is_later = "r.line = 'gets' AND r.id <> t.first_id"
        return self._instead(
            kept,
            f"SELECT r.* REPLACE (CASE WHEN {is_later} THEN 'same address' ELSE r.line END AS line,"
            f" CASE WHEN {is_later} THEN t.first ELSE r.detail END AS detail)"
            f" FROM {kept} r LEFT JOIN {twins} t ON t.customer = r.customer AND t.folded = r.folded",
        )

    def _audience(self, play: Play, use: PlayFor, customers: str) -> str:
        """A table of whom the play goes to, with what is asked of each, of its own row and of the others with its address."""
        people = self.answers[use.recipient]
        key = f"r.{KEY}"
        owner = key if use.recipients is None else people.of(owner_of(self.model, use), "r")
        where, first = "", ""
        if use.recipients is not None:
            where = f" AND {people.of(use.recipients.where, 'r')}" if use.recipients.where is not None else ""
            order = [*people.order(use.recipients.first_by, "r"), key]
            first = (
                f" QUALIFY row_number() OVER (PARTITION BY d.key ORDER BY {', '.join(order)}) = 1"
                if use.recipients.first_by
                else ""
            )
        address = people.of(use.address, "r") if use.address is not None else "NULL::VARCHAR"
        consent = people.of(use.consent, "r") if use.consent is not None else "true"
        held_out = (
            f"{people.of(use.recipient_held_out, 'r')} IS DISTINCT FROM false"
            if use.recipient_held_out is not None
            else "false"
        )
        rows = self.shelf.put(
            f"SELECT d.key AS customer, {key} AS id, CAST({key} AS VARCHAR) AS key, {address} AS address, {folded(address)} AS folded,"
            f" {suppression(use.recipient_suppressions, people, 'r')} AS own_list, {consent} AS consent, {held_out} AS held_out,"
            f" d.held_out OR {held_out} AS gets_nothing"
            f" FROM {customers} d JOIN {people.sql} r ON {owner} = d.id WHERE d.line = 'gets'{where}{first}"
        )
        contacts = self._contacts(play, use.recipient)
        others = self._others(play, use, rows)
        needs_address = "true" if use.address is not None else "false"
        return self._instead(
            rows,
            f"SELECT r.customer, r.id, r.key, r.address, r.folded, r.held_out, coalesce(r.own_list, o.list) AS suppressed,"
            f" (r.consent = false) IS TRUE OR o.refused IS TRUE AS refused, r.consent IS NULL AS consent_unknown,"
            f" {needs_address} AND r.folded IS NULL AS no_address,"
            f" CASE WHEN r.gets_nothing AND t.withheld THEN NULL ELSE greatest(c.day, o.day) END AS contacted"
            f" FROM {rows} r LEFT JOIN {self._received(play, use)} t ON t.customer = r.customer AND t.key = r.key"
            f" LEFT JOIN ({contacts}) c ON c.key = r.key LEFT JOIN ({others}) o ON o.key = r.key",
        )

    def _contacts(self, play: Play, entity: str) -> str:
        """Query of the rows of an entity that were contacted on the play's channel too short a time ago: `key`, `day`."""
        channel = self.model.channel_of(play)
        if channel is None or channel.cooldown is None:
            return NO_CONTACTS
        schema, border = self.model.schema, date(channel.cooldown.before(self.clock.today))
        own = text(entity)
        counted = (
            f"SELECT * FROM {self.past.deliveries} WHERE channel = {text(channel.name)} AND (goes_to IS NULL OR goes_to = {own})"
            f" AND day > {border} AND NOT (play IS NOT DISTINCT FROM {text(play.name)} AND status = 'in doubt')"
        )
        people = self.answers[entity]
        parts = [
            f"SELECT recipient AS key, day FROM ({counted}) WHERE recipient IS NOT NULL",
            f"SELECT customer AS key, day FROM ({counted}) WHERE recipient IS NULL AND of = {own}",
            f"SELECT recipient AS key, {date(self.clock.today)} AS day FROM {self.delivered} WHERE channel = {text(channel.name)}"
            f" AND goes_to = {own} AND NOT held_out",
            f"SELECT recipient AS key, {date(self.clock.today)} AS day FROM {self.given_today} WHERE channel = {text(channel.name)}"
            f" AND play <> {text(play.name)} AND goes_to = {own} AND status <> {WITHHELD}",
        ]
        for source, hops in schema.to_many.items():
            for hop in hops.values():
                if hop.target == entity:
                    link = people.of(hop_column(self.model, hop.target, hop.column), "r")
                    parts.append(
                        f"SELECT CAST(r.{KEY} AS VARCHAR) AS key, day FROM ({counted}) d"
                        f" JOIN {people.sql} r ON CAST({link} AS VARCHAR) = d.customer WHERE recipient IS NULL AND of = {text(source)}"
                    )
        return f"SELECT key, max(day) AS day FROM ({' UNION ALL '.join(parts)}) GROUP BY 1"

    def _others(self, play: Play, use: PlayFor, rows: str) -> str:
        """Query of what keeps the channel from other rows with the address of each of some rows: `key`, `list`, `refused`, `day`."""
        if use.address is None:
            return NO_OTHERS
        parts = []
        for other in reached(self.model, play, use):
            assert other.address is not None, "the channel has addresses"
            people = self.answers[other.recipient]
            address = people.of(other.address, "r")
            own = [s for s in other.recipient_suppressions if s.by_play in (None, play.name)]
            of_owner = [s for s in other.suppressions if s.by_play in (None, play.name)]
            owners, listed = "", suppression(own, people, "r")
            if of_owner:
                owner = self.answers[other.entity]
                on = f"r.{KEY}" if other.recipients is None else people.of(owner_of(self.model, other), "r")
                owners = f" LEFT JOIN {owner.sql} w ON w.{KEY} = {on}"
                listed = (
                    f"coalesce({listed}, CASE WHEN w.{KEY} IS NOT NULL THEN {suppression(of_owner, owner, 'w')} END)"
                )
            refused = f"({people.of(other.consent, 'r')} = false) IS TRUE" if other.consent is not None else "false"
            key, whose = f"CAST(r.{KEY} AS VARCHAR)", text(other.recipient)
            kept = (
                f"SELECT {whose} AS entity, key, {folded('address')} AS folded, list, refused, NULL::DATE AS day FROM (SELECT"
                f" {key} AS key, {address} AS address, {listed} AS list, {refused} AS refused FROM {people.sql} r{owners})"
                " WHERE list IS NOT NULL OR refused"
            )
            if kept not in self._kept:
                self._kept[kept] = self.shelf.put(kept)
            parts += [
                f"FROM {self._kept[kept]}",
                f"SELECT {whose}, c.key, {folded(address)}, NULL, false, c.day FROM ({self._contacts(play, other.recipient)}) c"
                f" JOIN {people.sql} r ON {key} = c.key",
            ]
        itself = f"b.entity = {text(use.recipient)} AND b.key = x.key"
        return (
            "SELECT x.key, min(b.list) AS list, bool_or(b.refused) AS refused, max(b.day) AS day"
            f" FROM {rows} x JOIN ({' UNION ALL '.join(parts)}) b ON b.folded = x.folded AND NOT ({itself}) GROUP BY 1"
        )

    def _with_reach(self, customers: str, recipients: str) -> str:
        """The customers again, with those whom the play doesn't reach, and those held out since all of their people are."""
        reach = f"SELECT customer, bool_and(held_out) AS all_held_out FROM {recipients} WHERE line = 'gets' GROUP BY 1"
        return self._instead(
            customers,
            f"SELECT d.* REPLACE (CASE WHEN d.line = 'gets' AND r.customer IS NULL THEN 'nobody to reach' ELSE d.line END AS line,"
            f" d.held_out OR coalesce(r.all_held_out, false) AS held_out) FROM {customers} d LEFT JOIN ({reach}) r ON r.customer = d.key",
        )

    def _instead(self, table: str, query: str) -> str:
        """A table of a query about another one, which nobody asks any more."""
        new = self.shelf.put(query)
        self.shelf.drop(table)
        return new

    # -- what other plays and customers leave -----------------------------------------------------------------

    def _given(self, play: Play, entity: str, channel: Channel) -> str:
        """Query of how many other plays a customer gets on a channel in its present period, by this walk and before: `customer`, `number`,
        and the names of the `plays`.
        """
        own, of, today = text(channel.name), text(entity), date(self.clock.today)
        start = date(
            self.clock.today if channel.most_plays_per == "day" else self.clock.start_of(channel.most_plays_per, 0)
        )
        parts = [
            f"SELECT d.customer, d.day, coalesce(d.play, '') AS play FROM {self.past.deliveries} d ANTI JOIN {self.past.attempts} a"
            f" ON a.of = d.of AND a.customer = d.customer AND a.play = d.play AND a.day = d.day AND d.play = {text(play.name)}"
            f" WHERE d.of = {of} AND d.channel = {own} AND d.day >= {start}",
            f"SELECT customer, {today}, play FROM {self.delivered} WHERE of = {of} AND channel = {own}",
            f"SELECT customer, {today}, play FROM {self.given_today} WHERE of = {of} AND channel = {own} AND play <> {text(play.name)}",
        ]
        every = f"SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)})"
        return f"SELECT customer, count(*) AS number, list(play) AS plays FROM ({every}) GROUP BY 1"

    def _with_room(
        self, play: Play, use: PlayFor, channel: Channel | None, customers: str, recipients: str
    ) -> tuple[str, str]:
        """The customers and recipients again: those who come first have room, and an address gets the play once."""
        received, sent = self._received(play, use), self._addresses_sent_to(play)
        asking = self._asking(customers, recipients, received)
        shared = self.shelf.put(
            f"SELECT folded FROM {asking} r JOIN {customers} d ON d.key = r.customer WHERE d.line = 'gets' AND r.line = 'gets'"
            " AND folded IS NOT NULL GROUP BY 1 HAVING count(DISTINCT customer) > 1"
            f" UNION SELECT folded FROM {sent} SEMI JOIN {asking} r USING (folded)"
            f" UNION SELECT address FROM {self.delivered} WHERE play = {text(play.name)} AND address IS NOT NULL AND NOT held_out"
        )
        spaces = [self._space(play, use, channel, of_channel) for of_channel in (False, True)]
        ((conflicts,),) = self.shelf.rows(f"SELECT count(*) FROM {shared}")
        if not conflicts and all(space is None for space in spaces):
            return customers, recipients
        withheld = self.shelf.put(f"SELECT DISTINCT customer AS key FROM {received} WHERE withheld")
        taken = f"SELECT address, recipient FROM {self.delivered} WHERE play = {text(play.name)} AND address IS NOT NULL AND NOT held_out"
        before = f"SELECT folded, min(recipient) FROM {sent} SEMI JOIN {shared} s USING (folded) GROUP BY 1"
        addresses = dict(self.shelf.rows(before)) | dict(self.shelf.rows(taken))
        out, away = turned_away(self.shelf, customers, asking, shared, spaces, withheld, addresses)
        return (
            self._instead(
                customers,
                f"SELECT d.* REPLACE (coalesce(o.line, d.line) AS line, coalesce(o.detail, d.detail) AS detail)"
                f" FROM {customers} d LEFT JOIN {out} o ON o.key = d.key",
            ),
            self._instead(
                recipients,
                f"SELECT r.* REPLACE (CASE WHEN a.key IS NULL THEN r.line ELSE 'same address' END AS line,"
                f" coalesce(a.detail, r.detail) AS detail)"
                f" FROM {recipients} r LEFT JOIN {away} a ON a.customer = r.customer AND a.key = r.key",
            ),
        )

    def _received(self, play: Play, use: PlayFor) -> str:
        """Who has a play by exports before, as in `Today.received`: a table of `customer`, `key` and `withheld`."""
        return self.shelf.put(
            f"SELECT customer, recipient AS key, bool_and(status = {WITHHELD}) AS withheld FROM {self.given_today}"
            f" WHERE play = {text(play.name)} AND of = {text(use.entity)} AND recipient IS NOT NULL GROUP BY 1, 2"
        )

    def _asking(self, customers: str, recipients: str, received: str) -> str:
        """The recipients, without the addresses of those who have the play by exports before: they don't ask for them any more."""
        if not self.counts:
            return recipients
        return self.shelf.put(
            "SELECT r.* REPLACE (CASE WHEN t.key IS NULL THEN r.folded END AS folded)"
            f" FROM {recipients} r JOIN {customers} d ON d.key = r.customer LEFT JOIN {received} t"
            " ON t.customer = r.customer AND t.key = r.key AND (NOT t.withheld OR d.held_out OR r.held_out)"
        )

    def _addresses_sent_to(self, play: Play) -> str:
        """The addresses of whom exports before sent a play to: a table of `folded` and `recipient`."""
        parts = ["SELECT NULL::VARCHAR AS folded, NULL::VARCHAR AS recipient WHERE false"]
        for other in (u for p, u in in_order(self.model, self.today.piloted) if p is play):
            if other.address is not None and self.counts:
                people = self.answers[other.recipient]
                parts.append(
                    f"SELECT {folded(people.of(other.address, 'r'))} AS folded, t.recipient FROM {people.sql} r"
                    f" JOIN {self.given_today} t ON t.recipient = CAST(r.{KEY} AS VARCHAR) AND t.play = {text(play.name)}"
                    f" AND t.of = {text(other.entity)} AND t.status <> {WITHHELD}"
                )
        return self.shelf.put(f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE folded IS NOT NULL")

    def _space(self, play: Play, use: PlayFor, channel: Channel | None, of_channel: bool) -> Space | None:
        """The room of a play or of its channel, and who has taken it in the present period; None where there is no bound."""
        capacity = (channel.capacity if channel is not None else None) if of_channel else play.capacity
        if capacity is None:
            return None
        start = date(self.clock.today if capacity.period == "day" else self.clock.start_of(capacity.period, 0))
        whose = f"channel = {text(channel.name)}" if of_channel and channel is not None else f"play = {text(play.name)}"
        sent = "status IN ('sent', 'in doubt')"
        before = f"SELECT of, customer FROM {self.past.deliveries} WHERE {whose} AND day >= {start} AND {sent}"
        today = f"SELECT of, customer FROM {self.delivered} WHERE {whose} AND NOT held_out"
        exported = f"SELECT of, customer FROM {self.given_today} WHERE {whose} AND {sent}"
        every = f"{before} UNION {today} UNION {exported}"
        taken = []
        for entity, other in sharing(self.model, play, of_channel).items():
            per = other.channel_per if of_channel else other.per
            part, there = "''", ""
            if per is not None:
                own = self.answers[entity]
                part, there = part_of(own, per), f" JOIN {own.sql} c ON CAST(c.{KEY} AS VARCHAR) = t.customer"
            customer = "t.customer" if entity == use.entity else "NULL"
            taken.append(
                f"SELECT {customer} AS customer, {part} AS part FROM ({every}) t{there} WHERE t.of = {text(entity)}"
            )
        return Space(capacity, "channel" if of_channel else "play", self.shelf.put(" UNION ALL ".join(taken)))

    def _deliver(self, play: Play, use: PlayFor, channel: Channel | None, customers: str, recipients: str) -> None:
        named = text(channel.name) if channel is not None else "NULL"
        self.shelf.run(
            f"INSERT INTO {self.delivered} SELECT {text(play.name)}, {text(use.entity)}, {named}, d.key, {text(use.recipient)},"
            f" r.key, r.folded, d.held_out OR r.held_out FROM {customers} d JOIN {recipients} r ON r.customer = d.key"
            f" WHERE d.line = 'gets' AND r.line = 'gets'"
        )

    def roster(self, one: Lines) -> str:
        """A table of who is in a place of a play and may be contacted, whether or not it gets the play today: as `Lines.recipients`.

        Of whom it is unknown whether they are in it stays, as in lists of who entered and left (`activation/customers.py`).
        """
        play, use = one.play, one.use
        inside = (
            f"(SELECT * REPLACE ('gets' AS line) FROM {one.customers}"
            " WHERE line NOT IN ('only when', 'suppressed') AND NOT held_out)"
        )
        people = self._recipients(play, use, self.model.channel_of(play) or Channel(""), inside)
        gone = "('suppressed', 'refused', 'consent unknown', 'no address')"
        return self.shelf.put(f"SELECT * FROM {people} WHERE line NOT IN {gone} AND NOT held_out")

    def addresses(self, use: PlayFor | None, people: str) -> str:
        """Query of the rows of a table with `customer` and `recipient`, and `address` of those who are there."""
        if use is None or use.address is None:
            return f"SELECT *, NULL::VARCHAR AS address FROM {people}"
        answers = self.answers[use.recipient]
        own = f"CAST(r.{KEY} AS VARCHAR) = coalesce(w.recipient, w.customer)"
        return (
            f"SELECT w.*, {answers.of(use.address, 'r')} AS address FROM {people} w LEFT JOIN {answers.sql} r ON {own}"
        )
