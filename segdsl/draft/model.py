"""Profiles of a person's files -> entities, tables, fields and links, each guess with its evidence.

An export of accounts with an `account_id`, and one of logins whose `account_id` is found among the former, become an entity and a table:

    entity account from signup_date { … }
    table logins of account by account_id at logged_in_at { … }

The package's docstring says in which order guesses are made, and which overrides which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from segdsl.draft import guesses, odd_lines, times
from segdsl.draft.alike import differ_by_capitals
from segdsl.draft.days import as_in_other_files
from segdsl.draft.drafts import Drafts, FieldDraft, Guess, TableDraft
from segdsl.draft.fields import fields_of
from segdsl.draft.flat import Flat, Named, Same, find_customers, find_named, find_orders, find_same
from segdsl.draft.keys import Key, find_keys, repeats
from segdsl.draft.kinds import entity_name, find_kinds, stem_of
from segdsl.draft.links import Link, find_links, formats_of_ids
from segdsl.draft.matches import Match, find_matches
from segdsl.draft.profile import Profile
from segdsl.draft.readable import read_columns
from segdsl.draft.reading import Question
from segdsl.draft.times import Rows
from segdsl.words import headers
from segdsl.words.plural import plural
from segdsl.workspace.config import Formats

_OF_ONE_SIDE = ("as written", "decimals", "zeros lost here")  # spellings that a link's column alone is read by
_MANY = 20  # one of so many rows is worth a question


def draft(con: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], left_out: Sequence[str] = ()) -> Drafts:
    """Drafts of all tables that have to do with customers."""
    keys, matches = find_keys(con, profiles)
    links = find_links(profiles, [m for m in matches if (key := keys[m.target]) is not None and key.column == m.key])
    led_to = {x.target for view, own in links.items() for x in own if x.target != view}
    orders = {p.view: f for p in profiles if p.view not in led_to and (f := _orders(con, p, links[p.view]))}
    flat = {p.view: f for p in profiles if (f := _flat(con, p, keys, links, profiles)) is not None}
    own = {view: key.column for view, key in keys.items() if key is not None and view not in flat}
    named = [
        n for p in profiles if p.view in flat and (n := find_named(con, p, flat[p.view], own, profiles)) is not None
    ]
    flat = {view: f for view, f in flat.items() if view not in {n.profile.view for n in named}}
    used = [p for p in profiles if _has_to_do_with_others(p, keys, links) or p.view in orders or p.view in flat]
    used = used or list(profiles)
    keys = {view: None if view in flat else key for view, key in keys.items()}
    same = find_same(con, flat)
    to_made = _links_to_made(con, used, links, flat, {view for view in flat if view not in same}, keys)
    unread = [n for n in named if all(p is not n.profile for p in used)]
    left = [*left_out, *(_why_left_out(p, named) for p in profiles if p not in used)]
    sketch = _Sketch(con, used, keys, matches, links, to_made, flat, same, orders, unread)
    return Drafts(tuple(sketch.tables()), tuple(left))


def _links_to_made(
    con: duckdb.DuckDBPyConnection,
    profiles: Sequence[Profile],
    links: Mapping[str, Sequence[Link]],
    flat: Mapping[str, Flat],
    made: Collection[str],
    keys: Mapping[str, Key | None],
) -> dict[str, list[Link]]:
    """Columns that hold ids of customers who repeat in another file. `made`: the views of files whose customers become an entity."""
    ids = {p.view: [flat[p.view].column] if p.view in made else [] for p in profiles}
    found = find_links(profiles, find_matches(con, profiles, ids))
    return {view: [x for x in own if _is_new(x, links[view], flat, keys)] for view, own in found.items()}


def _is_new(link: Link, links: Sequence[Link], flat: Mapping[str, Flat], keys: Mapping[str, Key | None]) -> bool:
    """Whether a column leads nowhere else, tells no rows apart, and is written as the customers' ids are."""
    key, repeated = keys[link.match.view], flat.get(link.match.view)
    taken = {*(x.column for x in links), key.column if key else None, repeated.column if repeated else None}
    return link.target != link.match.view and link.column not in taken and link.match.way in _OF_ONE_SIDE


def _why_left_out(p: Profile, named: Sequence[Named]) -> str:
    found = next((n for n in named if n.profile is p), None)
    return guesses.why_left_out(p) if found is None else f"{p.label}: it tells its customers by name alone"


def _has_to_do_with_others(p: Profile, keys: Mapping[str, Key | None], links: Mapping[str, Sequence[Link]]) -> bool:
    return keys[p.view] is not None or any(x.target != p.view for x in links[p.view])


def _orders(con: duckdb.DuckDBPyConnection, p: Profile, links: Sequence[Link]) -> Flat | None:
    in_any_case = [x.column for x in links if x.match.way == "any case"]
    return find_orders(con, p, [x.column for x in links], in_any_case)


def _flat(
    con: duckdb.DuckDBPyConnection,
    p: Profile,
    keys: Mapping[str, Key | None],
    links: Mapping[str, Sequence[Link]],
    profiles: Sequence[Profile],
) -> Flat | None:
    """The customers of a file whose rows may be lines about customers of no other file: they aren't customers, and lead to none."""
    key, by_view = keys[p.view], {other.view: other for other in profiles}
    pointed_at = any(x.target == p.view for own in links.values() for x in own)
    is_customer = key is not None and (
        headers.likeness_to_customers(key.column) == 2
        or headers.likeness_to_customers(headers.singular(headers.title(p.title))) == 2
    )
    if is_customer or pointed_at:
        return None
    names = [entity_name(by_view[x.target], k.column if (k := keys[x.target]) else None) for x in links[p.view]]
    if any(headers.likeness_to_customers(n) > 0 for n in names):
        return None
    found = find_customers(con, p, key is not None or len(profiles) > 1)
    return None if found is not None and names and headers.likeness_to_customers(found.column) < 2 else found


@dataclass
class _Sketch:
    """All tables, and what is known of them together."""

    con: duckdb.DuckDBPyConnection
    profiles: Sequence[Profile]
    keys: Mapping[str, Key | None]
    matches: Sequence[Match]
    links: Mapping[str, Sequence[Link]]
    to_made: Mapping[str, Sequence[Link]]
    flat: Mapping[str, Flat]
    same: Mapping[str, Same]
    orders: Mapping[str, Flat]
    named: Sequence[Named]

    def __post_init__(self) -> None:
        found = find_kinds(self.profiles, self.keys, self.links)
        self.kinds, self.names, self.owners = found.kinds, dict(found.names), found.owners
        self.readings = as_in_other_files({p.view: read_columns(self.con, p) for p in self.profiles})
        self.ids = formats_of_ids(x.match for all in (self.links, self.to_made) for own in all.values() for x in own)
        self.taken = [name for view, name in self.names.items() if view not in self.flat]
        self.made = {  # view -> the entity that its customers are
            p.view: self._named(_called(p, self.flat[p.view].column))
            for p in self.profiles
            if p.view in self.flat and p.view not in self.same
        }

    def tables(self) -> list[TableDraft]:
        """The entity that most is about first, then those that belong to it; what belongs to none comes last."""
        made = [d for p in sorted(self.profiles, key=lambda p: p.view in self.same) for d in self._drafts(p)]
        kinds = {"entity": 0, "details": 1, "table": 2}
        return sorted(made, key=lambda d: (kinds[d.kind], *self._importance(d)))

    def _importance(self, d: TableDraft) -> tuple[int, int, int]:
        """For sorting: customers before goods, whole ones before parts, what much belongs to first."""
        belonging = sum(o is not None and o.target == d.profile.view for o in self.owners.values())
        return -headers.likeness_to_customers(d.name), 0 if d.of is None else 1, -belonging

    def _drafts(self, p: Profile) -> list[TableDraft]:
        flat, orders = self.flat.get(p.view), self.orders.get(p.view)
        *customers, lines = self._of_customers(p, flat) if flat is not None else [self._draft(p)]
        repeated = orders is not None and (flat is None or flat.column != orders.column)
        if orders is not None and repeated and (lines.kind == "table" or self.keys[p.view] is None):
            return [*customers, *self._of_orders(lines, orders)]
        return [*customers, lines]

    # -- one table ---------------------------------------------------------------------------

    def _draft(self, p: Profile) -> TableDraft:
        kind, key, own, owner = self.kinds[p.view], self.keys[p.view], self.names[p.view], self.owners[p.view]
        fields = self._fields(p, key if kind == "entity" else None, owner)
        time = times.time_of_rows(p, self.readings[p.view]) if kind == "table" else None
        name_of = {f.header: f.name for f in fields}
        begins, said = self._begins(p, key, name_of) if kind == "entity" and key else (None, [])
        numbered = kind == "entity" and key is None
        if numbered:
            line = headers.unused("line", name_of.values())
            fields = [FieldDraft(line, line, "integer", ("key",), "the number of its line in the file"), *fields]
        return TableDraft(
            p,
            kind,
            own,
            tuple(fields),
            of=self.names[owner.target] if owner else None,
            by=name_of[owner.column] if owner else None,
            at=name_of[time.column] if time else None,
            by_date=time is not None and time.type == "date",
            begins=begins,
            reverse=plural(own) if kind == "entity" and owner is not None else None,
            numbered=fields[0].name if numbered else None,
            guesses=(
                *self._guesses(p, name_of),
                *said,
                *([guesses.when(own, time, name_of)] if kind == "table" else []),
            ),
        )

    def _fields(self, p: Profile, key: Key | None, owner: Link | None) -> list[FieldDraft]:
        links = {
            x.column: (self.names[x.target], x)
            for x in self.links[p.view]
            if x is not owner and self.kinds[x.target] == "entity" and (key is None or x.column != key.column)
        }
        links |= {x.column: (self.made[x.target], x) for x in self.to_made[p.view]}
        ids = {column: formats for (view, column), formats in self.ids.items() if view == p.view}
        whose = (self.names[owner.target], owner) if owner is not None else None
        return fields_of(p, self.readings[p.view], key, links, whose, ids, list(self._belonging_names(p)))

    def _belonging_names(self, p: Profile) -> Iterator[str]:
        """What rules call the rows that belong to one of this table: `orders`, also where customers have a column of that name."""
        for view, owner in self.owners.items():
            if owner is not None and owner.target == p.view:
                name = self.names[view]
                yield plural(name) if self.kinds[view] == "entity" else name

    def _guesses(self, p: Profile, name_of: Mapping[str, str]) -> Iterator[Guess]:
        own, key, owner = self.names[p.view], self.keys[p.view], self.owners[p.view]
        yield from guesses.of_file(p)
        if key is not None:
            yield from (guesses.by_name(own, n, key, name_of) for n in self.named if n.target == p.view)
        if key is not None and (sums := odd_lines.sums(self.con, p, key.column)):
            yield guesses.sums_among(own, sums)
        if owner is not None:
            others = [x for x in self.links[p.view] if x is not owner and x.target != p.view]
            yield guesses.belongs(own, self.names[owner.target], owner, others, self.names, name_of)
        if key is not None:
            yield from guesses.identifies(own, key, name_of)
            found = differ_by_capitals(self.con, p, key.column)
            if self.kinds[p.view] == "entity" and found.count:
                yield guesses.alike(own, name_of[key.column], found)
        elif self.kinds[p.view] == "entity":
            yield guesses.by_line_alone(own)
        for c in p.columns:
            is_link = any(x.column == c.header for x in self.links[p.view])
            if (key is None or (not key.problems and c.header != key.column)) and not is_link:
                problem = repeats(self.con, p, c)
                if problem is not None:
                    yield guesses.repeated_id(name_of[c.header], problem)
        yield from guesses.lead_nowhere(p, self.matches, self.links, self.keys, self.names, name_of)
        yield from self._counted(p, name_of)

    def _counted(self, p: Profile, name_of: Mapping[str, str]) -> Iterator[Guess]:
        """Rows that a person may not mean to count, or at another time."""
        own, found = self.names[p.view], self.readings[p.view]
        if self.kinds[p.view] == "table" or self.owners[p.view] is not None:
            orders = self.orders.get(p.view) if self.kinds[p.view] == "table" else None
            yield from guesses.undone(own, p, found, _through(orders, name_of))
        elif self.kinds[p.view] == "entity":
            yield from guesses.no_customers(own, p, found, name_of)
        if self.kinds[p.view] == "table":
            yield from self._timed(p, name_of)

    def _timed(self, p: Profile, name_of: Mapping[str, str]) -> Iterator[Guess]:
        """Rows of a table whose times may be of another zone, or lie ahead."""
        found = self.readings[p.view]
        yield from guesses.zone_of_each_row(p, found, name_of)
        time = times.time_of_rows(p, found)
        if time is not None and found[time.column].is_decided:
            ahead = times.rows_ahead(self.con, p, time.column, found[time.column])
            if ahead * _MANY >= p.rows:
                yield guesses.ahead(self.names[p.view], name_of[time.column], ahead, p.rows)

    def _begins(self, p: Profile, key: Key, name_of: Mapping[str, str]) -> tuple[str | None, list[Guess]]:
        """Since when a customer is there, with what speaks for it; an end is always a question."""
        own, found = self.names[p.view], self.readings[p.view]
        said = [guesses.may_end(own, name_of[end]) for end in times.endings(p, found)]
        column = times.beginning(p, found)
        if column is None:
            goods = headers.likeness_to_customers(own) == 0 and len(self.profiles) > 1
            return None, said if goods else [*said, guesses.no_beginning(p, found, own, name_of)]
        others = times.others(p, found, column)
        after, total = times.rows_after(self.con, p, key.column, column, found[column], list(self._belonging(p)))
        if not times.lie_after(column, after, total):
            return None, [*said, guesses.may_begin(own, name_of[column], after, total)]
        return name_of[column], [*said, guesses.begins(own, column, others, after, total, name_of)]

    def _belonging(self, p: Profile) -> Iterator[Rows]:
        """Rows of tables that lead to this one, with their times."""
        for other in self.profiles:
            link = next((x for x in self.links[other.view] if x.target == p.view and other is not p), None)
            time = times.time_of_rows(other, self.readings[other.view])
            if link is not None and time is not None and self.readings[other.view][time.column].is_decided:
                yield Rows(other, link.column, time.column, self.readings[other.view][time.column])

    # -- a file that repeats its customers or orders ----------------------------------------------

    def _named(self, wanted: str) -> str:
        name = headers.unused(headers.allowed(wanted), self.taken)
        self.taken.append(name)
        return name

    def _of_customers(self, p: Profile, flat: Flat) -> list[TableDraft]:
        """Of a file of order lines: the customers that repeat in it, and the lines as their table."""
        notes = tuple(guesses.of_file(p))
        same = self.same.get(p.view)
        own = self.made[same.view if same is not None else p.view]
        lines = self.names[p.view] = self._named(headers.identifier(p.title) or f"{own}_rows")
        fields = self._fields(p, None, None)
        theirs = [replace(f, name=headers.unused(f.name, [lines])) for f in fields]
        name_of = {f.header: f.name for f in fields}
        entity = _distinct(p, own, flat, theirs, (*notes, *guesses.made_of(own, name_of, flat, p.rows)))
        whose = [] if same is None else [*notes, guesses.of_the_same(lines, own, name_of[flat.column], same)]
        time = times.time_of_rows(p, self.readings[p.view])
        told_once = self.orders[p.view].first if p.view in self.orders else ()
        of_lines = replace(p, columns=tuple(c for c in p.columns if c.header not in (*flat.constant, *told_once)))
        parts = guesses.lines_of(p, lines, [c for c in p.columns if c.header != flat.column], name_of)
        repeated = [
            guesses.repeated_id(name_of[c.header], problem)
            for c in p.columns
            if c.header != flat.column and (problem := repeats(self.con, p, c))
        ]
        table = TableDraft(
            p,
            "table",
            lines,
            tuple(
                _of_line(f, own, flat) for f in fields if same or f.type != "text" or f.header not in flat.constant[1:]
            ),
            of=own,
            by=name_of[flat.column],
            at=name_of[time.column] if time else None,
            by_date=time is not None and time.type == "date",
            guesses=(
                *whose,
                *parts,
                *repeated,
                *guesses.lead_nowhere(p, self.matches, self.links, self.keys, self.names, name_of),
                guesses.when(lines, time, name_of),
                *guesses.undone(lines, of_lines, self.readings[p.view], name_of),
                *self._timed(p, name_of),
            ),
        )
        return [table] if same is not None else [entity, table]

    def _of_orders(self, lines: TableDraft, flat: Flat) -> list[TableDraft]:
        """Of lines whose order is told on its first line alone: the orders, beside the lines."""
        p = lines.profile
        own = self._named(headers.singular(headers.title(p.title)))
        if lines.name == plural(own):
            lines = replace(lines, name=self._named(f"{own}_lines"))
        whose = any(f.name == lines.by and f.header in flat.constant for f in lines.fields)
        name_of = {f.header: f.name for f in lines.fields}
        said = [*guesses.made_of(own, name_of, flat, p.rows), guesses.first_lines(own, flat, name_of)]
        said += guesses.undone(own, p, self.readings[p.view], name_of)
        told_once = [h for h in flat.constant if h not in flat.first or _is_of_every(p, h, flat)]
        begins = times.beginning(p, self.readings[p.view], told_once)
        if begins is not None:
            others = times.others(p, self.readings[p.view], begins)
            said.append(guesses.begins(own, begins, others, 0, 0, name_of))
        entity = _distinct(p, own, flat, lines.fields, tuple(said))
        entity = replace(
            entity,
            of=lines.of if whose else None,
            by=lines.by if whose else None,
            reverse=plural(own) if whose else None,
            begins=name_of[begins] if begins is not None else None,
        )
        link = [
            replace(f, type=f"link to {own}", flags=(), evidence="whose line it is", questions=())
            if f.header == flat.column
            else replace(f, questions=tuple(q for q in f.questions if q.blocks or f.header not in flat.constant))
            for f in lines.fields
        ]
        return [
            entity,
            replace(
                lines,
                fields=tuple(link),
                guesses=(*lines.guesses, guesses.line_of(lines, own, name_of[flat.column], whose)),
            ),
        ]


def _through(orders: Flat | None, name_of: Mapping[str, str]) -> Mapping[str, str]:
    """What a line calls the columns of its file: those that stand on an order's first line alone are the order's, `name.status`."""
    if orders is None:
        return name_of
    own = name_of[orders.column]
    return {h: f"{own}.{name}" if h in orders.first else name for h, name in name_of.items()}


def _is_of_every(p: Profile, header: str, flat: Flat) -> bool:
    """Whether a column that stands on first lines alone is filled in on each of them."""
    return any(c.header == header and c.given == flat.distinct for c in p.columns)


def _called(p: Profile, column: str) -> str:
    """The name of what a column's values are."""
    plain = headers.identifier(column).removesuffix("_name")
    stem = stem_of(column) or (plain if not headers.is_key(plain) else "")
    if stem.endswith(("email", "e_mail", "email_address", "mail")):
        return "person"
    return stem or "customer"


def _of_line(f: FieldDraft, own: str, flat: Flat) -> FieldDraft:
    """A field of a line; what is asked of a customer's isn't asked again."""
    if f.header == flat.column:
        return replace(f, type=f"link to {own}", flags=(), evidence="whose row it is", questions=())
    if f.header not in flat.constant or any(q.blocks for q in f.questions):
        return f
    return replace(f, questions=(), evidence=f"{f.evidence}; the same in all rows of one {own}")


def _if_one(flat: Flat) -> Iterator[Question]:
    """Whether ids that differ by capitals alone are one customer's."""
    if flat.alike.count:
        text = f"of {flat.distinct:,} values {flat.alike.in_words}: are they one? Then read them in any case"
        yield Question(text, settings=({"ids": "any case"},))


def _distinct(p: Profile, own: str, flat: Flat, fields: Sequence[FieldDraft], said: tuple[Guess, ...]) -> TableDraft:
    key = next(f for f in fields if f.header == flat.column)
    key = replace(
        key,
        type="integer" if key.type == "integer" else "text",
        flags=("key", *(x for x in key.flags if x == "personal")),
        evidence=f"{flat.distinct:,} different values",
        formats=Formats(),
        questions=tuple(_if_one(flat)),
    )
    rest = [
        replace(f, flags=tuple(x for x in f.flags if x != "required")) if f.header in flat.first else f for f in fields
    ]
    owned = tuple(f for f in rest if f.header in flat.constant and f.header != flat.column)
    return TableDraft(p, "entity", own, (key, *owned), distinct=True, guesses=said)
