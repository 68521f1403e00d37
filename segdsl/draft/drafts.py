"""Profiles of a person's files -> entities, tables, fields and links, each guess with its evidence.

An export of accounts with an `account_id`, and one of logins whose `account_id` is found among the former, become an entity and a table:

    entity account from signup_date { … }
    table logins of account by account_id at logged_in_at { … }

First comes each table's key (`keys.py`), then the columns that hold keys of another table (`links.py`), then each column's
type (`columns.py`), then times (`times.py`). A guess that the data doesn't decide is a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import duckdb

from segdsl.draft import times
from segdsl.draft.flat import Flat, find_customers
from segdsl.draft.keys import Key, find_keys
from segdsl.draft.links import Link, find_links
from segdsl.draft.profile import Column, Profile
from segdsl.draft.readable import read_columns
from segdsl.draft.reading import Question, Reading
from segdsl.draft.times import Rows, Time
from segdsl.words import headers
from segdsl.words.plural import plural
from segdsl.workspace.config import Formats

Kind = Literal["entity", "details", "table"]


@dataclass(frozen=True)
class Guess:
    """Something taken to be so. `unsure` where the data doesn't decide it, and a person must."""

    what: str
    evidence: str
    unsure: bool = False


@dataclass(frozen=True)
class FieldDraft:
    """A field as it will stand in the model."""

    name: str
    header: str
    type: str
    flags: tuple[str, ...] = ()
    evidence: str = ""
    formats: Formats = field(default_factory=Formats)
    questions: tuple[Question, ...] = ()
    odd: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableDraft:
    """An entity, details or a table, with the file that its rows lie in.

    `of`, `by`: whose rows these are, and by which field.
    `at`: the field that says when a row happened; `by_date` where it is a day.
    `begins`: the field since when a customer is there.
    `distinct`: the rows are the different customers of a file that repeats them.
    `numbered`: the field that numbers the lines, where nothing else identifies a row.
    """

    profile: Profile
    kind: Kind
    name: str
    fields: tuple[FieldDraft, ...]
    of: str | None = None
    by: str | None = None
    at: str | None = None
    by_date: bool = False
    begins: str | None = None
    reverse: str | None = None
    distinct: bool = False
    numbered: str | None = None
    guesses: tuple[Guess, ...] = field(default=())


@dataclass(frozen=True)
class Drafts:
    """What a model can be made of, customers first; `left_out` says which files or sheets aren't in it, and why."""

    tables: tuple[TableDraft, ...]
    left_out: tuple[str, ...] = ()


def draft(con: duckdb.DuckDBPyConnection, profiles: Sequence[Profile], left_out: Sequence[str] = ()) -> Drafts:
    """Drafts of all tables that have to do with customers."""
    keys = find_keys(con, profiles)
    links = {p.view: find_links(con, p, profiles, keys) for p in profiles}
    used, others = _related(profiles, keys, links)
    left = [*left_out, *(_why_left_out(p) for p in others)]
    flat = {p.view: f for p in used if _may_repeat(p, keys[p.view], links) and (f := find_customers(con, p))}
    keys = {view: None if view in flat else key for view, key in keys.items()}
    sketch = _Sketch(con, used, keys, links, flat)
    return Drafts(tuple(sketch.tables()), tuple(left))


def _related(
    profiles: Sequence[Profile], keys: Mapping[str, Key | None], links: Mapping[str, Sequence[Link]]
) -> tuple[list[Profile], list[Profile]]:
    """Tables that have a key or lead to one; where none does, all."""
    used = [p for p in profiles if keys[p.view] is not None or any(x.target != p.view for x in links[p.view])]
    if not used:
        return list(profiles), []
    return used, [p for p in profiles if p not in used]


def _may_repeat(profile: Profile, key: Key | None, links: Mapping[str, Sequence[Link]]) -> bool:
    """Whether rows may be lines about customers of no other file: they have no key of customers, and no link."""
    pointed_at = any(x.target == profile.view for own in links.values() for x in own)
    is_customer = key is not None and (
        headers.likeness_to_customers(key.column) == 2
        or headers.likeness_to_customers(headers.singular(headers.identifier(profile.title))) == 2
    )
    return not links[profile.view] and not pointed_at and not is_customer


def _why_left_out(profile: Profile) -> str:
    return f"{profile.label}: no column identifies its rows, and none holds the ids of another file"


@dataclass
class _Sketch:
    """All tables, and what is known of them together."""

    con: duckdb.DuckDBPyConnection
    profiles: Sequence[Profile]
    keys: Mapping[str, Key | None]
    links: Mapping[str, Sequence[Link]]
    flat: Mapping[str, Flat]

    def __post_init__(self) -> None:
        self.by_view = {p.view: p for p in self.profiles}
        self.kinds = {p.view: self._kind(p) for p in self.profiles}
        self.readings = {p.view: read_columns(self.con, p) for p in self.profiles}
        self.names = self._names()
        self.owners = {p.view: self._owner(p) for p in self.profiles}

    def tables(self) -> list[TableDraft]:
        """The entity that most is about first, then those that belong to it; what belongs to none comes last."""
        made = [d for p in self.profiles for d in (self._of_flat(p) if p.view in self.flat else [self._draft(p)])]
        kinds = {"entity": 0, "details": 1, "table": 2}
        return sorted(made, key=lambda d: (kinds[d.kind], *self._importance(d)))

    def _importance(self, d: TableDraft) -> tuple[int, int, int]:
        """For sorting: customers before goods, whole ones before parts, what much belongs to first."""
        belonging = sum(o is not None and o.target == d.profile.view for o in self.owners.values())
        return -headers.likeness_to_customers(d.name), 0 if d.of is None else 1, -belonging

    # -- what a table is ---------------------------------------------------------------------

    def _kind(self, p: Profile) -> Kind:
        key = self.keys[p.view]
        outward = [x for x in self.links[p.view] if x.target != p.view]
        pointed_at = any(x.target == p.view for view, links in self.links.items() if view != p.view for x in links)
        if key is None:
            return "table" if outward else "entity"
        timed = any(_is_time(c) for c in p.columns)
        if any(x.column == key.column and _is_fuller(self.by_view[x.target], p) for x in outward):
            comes_again = any(_is_time(c) and not headers.is_later(c.header) for c in p.columns) and headers.is_plural(
                p.title
            )
            return "table" if comes_again else "details"  # its key is another's
        return "table" if outward and not pointed_at and timed else "entity"

    def _owner(self, p: Profile) -> Link | None:
        """Whose rows these are: for details the one with their key, else customers before goods, parts before wholes."""
        others = [x for x in self.links[p.view] if x.target != p.view and self.kinds[x.target] == "entity"]
        key = self.keys[p.view]
        if self.kinds[p.view] == "details":
            return next((x for x in others if key is not None and x.column == key.column), None)
        if self.kinds[p.view] == "entity" and others:
            own = headers.likeness_to_customers(self.names[p.view])
            others = [
                x
                for x in others
                if self._is_above(x.target, p.view) and headers.likeness_to_customers(self.names[x.target]) >= own
            ]

        def rank(x: Link) -> tuple[int, bool, float]:
            above = any(self._is_above(y.target, x.target) for y in others if y is not x)
            return headers.likeness_to_customers(self.names[x.target]), above, x.share

        return max(others, key=rank) if others else None

    def _is_above(self, one: str, other: str) -> bool:
        """Whether rows of `other` lead to `one`, and not the other way round."""
        down = any(x.target == one for x in self.links[other])
        return down and not any(x.target == other for x in self.links[one])

    def _names(self) -> dict[str, str]:
        """An entity is called after its key (`customerID`: customer), else after its file; a table after its file."""
        chosen: dict[str, str] = {}
        for p in self.profiles:
            title = headers.identifier(p.title) or "rows"
            key = self.keys[p.view]
            wanted = title
            if self.kinds[p.view] == "entity":
                wanted = headers.singular(title)
                by_key = headers.identifier(key.column) if key else ""
                for ending in ("_id", "_key", "_no", "_number", "_code"):
                    stem = by_key.removesuffix(ending)
                    if stem != by_key and stem not in ("record", "row", "object", "external", "unique", "internal"):
                        wanted = stem
            chosen[p.view] = headers.unused(headers.allowed(wanted), chosen.values())
        return chosen

    # -- one table ---------------------------------------------------------------------------

    def _draft(self, p: Profile) -> TableDraft:
        kind, key, own, owner = self.kinds[p.view], self.keys[p.view], self.names[p.view], self.owners[p.view]
        fields = self._fields(p, owner)
        time = times.time_of_rows(p, self.readings[p.view]) if kind == "table" else None
        name_of = {f.header: f.name for f in fields}
        begins, guesses = self._begins(p, key, name_of) if kind == "entity" and key else (None, [])
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
            guesses=(*self._guesses(p, kind, key, owner, time, name_of), *guesses),
        )

    def _guesses(
        self, p: Profile, kind: Kind, key: Key | None, owner: Link | None, time: Time | None, name_of: Mapping[str, str]
    ) -> Iterator[Guess]:
        own = self.names[p.view]
        yield from (Guess(note, "") for note in p.notes)
        if owner is not None:
            of = self.names[owner.target]
            yield Guess(f"{own} belongs to {of} by {name_of[owner.column]}", owner.evidence, owner.share < 0.8)
        if kind == "entity" and key is None:
            why = "no column has a value of its own in every row; in next week's export a line is another's"
            yield Guess(f"a row of {own} is known by its line alone", why, unsure=True)
        if key is not None:
            help = "correct the export, or take the key off"
            for problem in key.problems:
                yield Guess(f"{name_of[key.column]} identifies a row of {own}, but {problem}", help, unsure=True)
        if kind == "table":
            yield _when(own, time, name_of)

    def _begins(self, p: Profile, key: Key, name_of: Mapping[str, str]) -> tuple[str | None, list[Guess]]:
        """Since when a customer is there, with what speaks for it; an end is always a question."""
        own, readings = self.names[p.view], self.readings[p.view]
        guesses = []
        for end in times.endings(p, readings):
            line = f"`entity {own} … to {name_of[end]}`"
            guesses.append(
                Guess(
                    f"does {name_of[end]} end a customer for good? Then write {line}",
                    "win-backs would be left out",
                    unsure=True,
                )
            )
        column = times.beginning(p, readings)
        if column is None:
            why = self._no_beginning(p, name_of)
            guesses.append(Guess(f"every {own} counts as there at all times", why))
            return None, guesses
        after, total = times.rows_after(self.con, p, key.column, column, readings[column], list(self._belonging(p)))
        if not times.lie_after(after, total):
            line = f"`entity {own} from {name_of[column]}`"
            why = f"{total - after:,} of {total:,} rows that belong to it lie before"
            guesses.append(Guess(f"is {name_of[column]} when a customer begins? Then write {line}", why, unsure=True))
            return None, guesses
        why = f"{after:,} of {total:,} rows that belong to it lie on the day or later" if total else "in every row"
        guesses.append(Guess(f"{own} is there from {name_of[column]}", why))
        return name_of[column], guesses

    def _no_beginning(self, p: Profile, name_of: Mapping[str, str]) -> str:
        """Why no column says since when a customer is there."""
        readings = self.readings[p.view]
        for c in p.columns:
            if headers.is_beginning(c.header) and readings[c.header].type in ("date", "timestamp"):
                undecided = not readings[c.header].is_decided
                return f"{name_of[c.header]} {'can be read in two ways' if undecided else 'is not a date in every row'}"
        return "no column says since when"

    def _belonging(self, p: Profile) -> Iterator[Rows]:
        """Rows of tables that lead to this one, with their times."""
        for other in self.profiles:
            link = next((x for x in self.links[other.view] if x.target == p.view and other is not p), None)
            time = times.time_of_rows(other, self.readings[other.view])
            if link is not None and time is not None and self.readings[other.view][time.column].is_decided:
                yield Rows(other, link.column, time.column, self.readings[other.view][time.column])

    def _fields(self, p: Profile, owner: Link | None) -> list[FieldDraft]:
        """A field for each column; one whose values are another's keys is a link."""
        fields: list[FieldDraft] = []
        key = self.keys[p.view] if self.kinds[p.view] == "entity" else None
        for column in p.columns:
            name = headers.unused(headers.allowed(headers.identifier(column.header)), [f.name for f in fields])
            drafted = field_of(name, column, self.readings[p.view][column.header], key)
            link = next((x for x in self.links[p.view] if x.column == column.header), None)
            is_link = link is not None and link is not owner and self.kinds[link.target] == "entity"
            if is_link and link is not None and (key is None or column.header != key.column):
                unsure = () if link.share >= 0.8 else (Question(f"is it a link? {link.evidence}"),)
                flags = tuple(f for f in drafted.flags if f == "personal")
                drafted = replace(
                    drafted,
                    type=f"link to {self.names[link.target]}",
                    flags=flags,
                    evidence=link.evidence,
                    questions=unsure,
                )
            if column.header in self._shortened(p):
                drafted = replace(drafted, formats=drafted.formats.under(Formats(ids="salesforce")))
            fields.append(drafted)
        return _as_in_the_same_file(fields, p.columns)

    def _shortened(self, p: Profile) -> set[str]:
        """Columns with ids of 18 characters that stand for ids of 15, or the other way round."""
        own = {x.column for x in self.links[p.view] if x.shortened}
        keys = {
            k.column
            for x in (x for xs in self.links.values() for x in xs)
            if x.shortened and x.target == p.view and (k := self.keys[p.view])
        }
        return own | keys

    # -- a file that repeats its customers -------------------------------------------------------

    def _of_flat(self, p: Profile) -> list[TableDraft]:
        """Of a file of order lines: the customers that repeat in it, and the lines as their table."""
        flat, readings = self.flat[p.view], self.readings[p.view]
        fields = self._fields(p, None)
        name_of = {f.header: f.name for f in fields}
        owned = [f for f in fields if f.header in flat.constant]
        stem = headers.identifier(flat.column)
        own = headers.allowed(stem.removesuffix("_id").removesuffix("_name").removesuffix("_email") or "customer")
        lines = headers.unused(headers.allowed(headers.identifier(p.title) or f"{own}_rows"), [own])
        key = next(f for f in fields if f.header == flat.column)
        key = replace(
            key,
            type="integer" if key.type == "integer" else "text",
            flags=("key",),
            evidence=f"{flat.distinct:,} different values",
            questions=(),
        )
        why = f"{flat.column} repeats: {flat.distinct:,} values in {p.rows:,} rows"
        entity = TableDraft(
            p,
            "entity",
            own,
            (key, *(f for f in owned if f.header != flat.column)),
            distinct=True,
            guesses=(*(Guess(n, "") for n in p.notes), Guess(f"{own} is made of the column {flat.column}", why)),
        )
        time = times.time_of_rows(p, readings)
        rest = [f for f in fields if f.header == flat.column or f.header not in flat.constant]
        rest = [replace(f, flags=tuple(x for x in f.flags if x != "key")) for f in rest]
        table = TableDraft(
            p,
            "table",
            lines,
            tuple(rest),
            of=own,
            by=name_of[flat.column],
            at=name_of[time.column] if time else None,
            by_date=time is not None and time.type == "date",
            guesses=(_when(lines, time, name_of),),
        )
        return [entity, table]


def _when(own: str, time: Time | None, name_of: Mapping[str, str]) -> Guess:
    if time is None:
        return Guess(
            f"{own} has no time", "no column is a date in every row, so no window can count its rows", unsure=True
        )
    if not time.others:
        return Guess(f"the time of {own} is {name_of[time.column]}", "the only date in every row")
    others = ", ".join(name_of[t] for t in time.others)
    return Guess(f"the time of {own} is {name_of[time.column]}", f"rather than at {others}")


def _is_fuller(one: Profile, other: Profile) -> bool:
    """Which of two tables with the same keys is the entity: the one with more rows, more columns, the one named first."""
    return (one.rows, len(one.columns), other.view) > (other.rows, len(other.columns), one.view)


def _is_time(column: Column) -> bool:
    counted = column.all_are("unix", "unix ms") or column.all_are("excel")
    return column.all_are("iso", "written", "parts") or (counted and headers.is_time(column.header))


def field_of(name: str, column: Column, found: Reading, key: Key | None) -> FieldDraft:
    """The draft of a field, with its flags."""
    if key is not None and column.header == key.column:
        typed = "integer" if column.all_are("integer") else "text"
        why = (
            f"{column.distinct:,} values in {column.rows:,} rows"
            if key.problems
            else f"a value of its own in all {column.rows:,} rows"
        )
        return FieldDraft(name, column.header, typed, ("key",), why)
    full = column.missing - sum(n for w, n in column.words.items() if w not in found.formats.missing) == 0
    flags = ["required"] if full and column.rows and not found.odd else []
    if found.type == "integer" and headers.is_code(column.header):
        found = replace(found, type="text", evidence="digits that are no number, by its name", questions=())
    if (headers.is_personal(column.header) and found.type not in ("boolean",)) or column.shapes[
        "email"
    ] * 2 > column.given > 0:
        flags = [*flags, "personal"]
    return FieldDraft(
        name, column.header, found.type, tuple(flags), found.evidence, found.formats, found.questions, found.odd
    )


def _as_in_the_same_file(fields: Sequence[FieldDraft], columns: Sequence[Column]) -> list[FieldDraft]:
    """Where no cell of a column decides its format, other columns of the file may."""
    settled = list(fields)
    for setting in ("date", "number"):
        decided = {getattr(f.formats, setting): f.name for f in fields if getattr(f.formats, setting) is not None}
        if len(decided) != 1:
            continue
        ((format, by),) = decided.items()
        for i, (f, column) in enumerate(zip(settled, columns)):
            answered = [q for q in f.questions if q.blocks and {setting: format} in q.settings]
            if answered:
                pointed = any(_point(format) in v for v in column.values)
                whole = setting == "number" and f.type == "number" and not pointed
                settled[i] = replace(
                    f,
                    type="integer" if whole else f.type,
                    formats=f.formats.under(Formats(**{setting: format})),
                    questions=tuple(q for q in f.questions if q not in answered),
                    evidence=f"{format}, as {by} in the same file",
                )
    return settled


def _point(format: str) -> str:
    return format.rstrip("0123456789")[-1:]
