"""What is taken to be so of a table -> words for it, with the evidence and the line to write where a person must decide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from segdsl.draft.alike import Alike
from segdsl.draft.columns import MOST_ENUM, quoted
from segdsl.draft.drafts import Guess, TableDraft
from segdsl.draft.flat import Flat, Named, Same
from segdsl.draft.keys import Key
from segdsl.draft.links import Link
from segdsl.draft.matches import Match
from segdsl.draft.profile import Column, Profile
from segdsl.draft.reading import Reading
from segdsl.draft.times import Time
from segdsl.words import headers
from segdsl.words.plural import plural

_SURE = 0.8  # of a column's values that are keys, from which it is no question whose rows they are


def why_left_out(profile: Profile) -> str:
    return f"{profile.label}: no column identifies its rows, and none holds the ids of another file"


def of_file(profile: Profile) -> Iterator[Guess]:
    """How a file was read."""
    yield from (Guess(note, "") for note in profile.notes)
    yield from (Guess(doubt, "", unsure=True) for doubt in profile.doubts)
    if again := profile.headers_again:
        what = f"{again:,} row{' is' if again == 1 else 's are'} the header of {profile.label} again"
        why = "were exports put together? Take such lines out, since they count as rows"
        yield Guess(what, why, unsure=True)


def sums_among(own: str, keys: Sequence[str]) -> Guess:
    listed = ", ".join(f"`{k}`" for k in keys)
    return Guess(f"sums among the rows of {own}? {listed}", "a count takes them for rows like others", unsure=True)


# -- keys and links --------------------------------------------------------------------------


def belongs(
    own: str, entity: str, owner: Link, others: Sequence[Link], names: Mapping[str, str], name_of: Mapping[str, str]
) -> Guess:
    """Whose rows a table has, and whom else they lead to."""
    also = ", ".join(f"{names[x.target]} by {name_of[x.column]}" for x in others)
    evidence = owner.evidence + (f"; each leads to {also}, too" if also else "")
    return Guess(f"{own} belongs to {entity} by {name_of[owner.column]}", evidence, owner.share < _SURE)


def identifies(own: str, key: Key, name_of: Mapping[str, str]) -> Iterator[Guess]:
    column = name_of[key.column]
    for problem in key.problems:
        yield Guess(
            f"{column} identifies a row of {own}, but {problem}", "correct the export, or take the key off", True
        )
    if key.rather_than is not None:
        why = f"other files hold it; {name_of[key.rather_than]} has a value of its own in every row, too"
        yield Guess(f"{column} identifies a row of {own}", why)


def alike(own: str, column: str, found: Alike) -> Guess:
    what = f"two rows of one {own}? {found.in_words}, by {column}"
    return Guess(what, "each counts, so put the rows of one together in the export", unsure=True)


def by_line_alone(own: str) -> Guess:
    why = "no column has a value of its own in every row; in next week's export a line is another's"
    return Guess(f"a row of {own} is known by its line alone", why, unsure=True)


def repeated_id(column: str, problem: str) -> Guess:
    return Guess(f"{column} is called an id, but {problem}", "was something exported twice?", unsure=True)


def lead_nowhere(
    p: Profile,
    matches: Sequence[Match],
    links: Mapping[str, Sequence[Link]],
    keys: Mapping[str, Key | None],
    names: Mapping[str, str],
    name_of: Mapping[str, str],
) -> Iterator[Guess]:
    """Columns that are called like another table's key but hold too few of its values, and those that hold what isn't its key.

    `links` are those of each table; what another table leads here by isn't asked about.
    """
    linked, led_to = {x.column for x in links[p.view]}, {x.target for x in links[p.view]}
    for m in matches:
        key = keys.get(m.target)
        if m.view != p.view or m.target == p.view or m.target not in names or key is None:
            continue
        if m.key != key.column:
            leads_here = any(x.target == p.view and x.column == m.key for x in links[m.target])
            if m.target not in led_to and not leads_here and m.share >= _SURE and m.there > 1:
                what = f"{name_of[m.column]} holds {headers.identifier(m.key)} of {names[m.target]}"
                own = headers.identifier(key.column)
                other = headers.identifier(m.key)
                mend = f"add {own} to {p.label}, or make {other} the key of {names[m.target]}"
                why = f"{m.there:,} of {m.values:,} values are there, but its key is {own}, so its rows aren't found by it: {mend}"
                yield Guess(what, why, unsure=True)
        elif m.column not in linked and m.is_called_so:
            absent = ", ".join(f"`{v}`" for v, _ in m.absent if "@" not in v)
            not_there = f", not {absent}" if absent else ""
            alike = m.in_capitals or ": are the ids written alike?"
            why = f"{m.there:,} of {m.values:,} values are there{not_there}{alike}"
            yield Guess(f"{name_of[m.column]} doesn't lead to {names[m.target]}", why, unsure=True)


# -- times -----------------------------------------------------------------------------------


def when(own: str, time: Time | None, name_of: Mapping[str, str]) -> Guess:
    if time is None:
        why = "no column is a date in every row, so no window can count its rows"
        return Guess(f"{own} has no time", why, unsure=True)
    if not time.others:
        return Guess(f"the time of {own} is {name_of[time.column]}", "the only date")
    return Guess(f"the time of {own} is {name_of[time.column]}", f"rather than {_listed(time.others, name_of)}")


def begins(
    own: str, column: str, others: Sequence[tuple[str, int]], after: int, total: int, name_of: Mapping[str, str]
) -> Guess:
    before = total - after
    seen = f"{after:,} of {total:,} rows that belong to it lie on the day or later" if total else "in every row"
    rest = f", rather than {_listed(others, name_of)}" if others else ""
    if before * 20 > total:
        seen = f"{before:,} of {total:,} rows that belong to it lie before; if those are right, take `from` off"
    return Guess(f"{own} is there from {name_of[column]}{rest}", seen, unsure=before * 20 > total)


def may_begin(own: str, column: str, after: int, total: int) -> Guess:
    why = f"{total - after:,} of {total:,} rows that belong to it lie before"
    return Guess(f"is {column} when {_a(own)} begins? Then write `entity {own} from {column}`", why, unsure=True)


def may_end(own: str, column: str) -> Guess:
    line = f"`entity {own} … to {column}`"
    return Guess(f"does {column} end {_a(own)} for good? Then write {line}", "win-backs would be left out", unsure=True)


def no_beginning(p: Profile, readings: Mapping[str, Reading], own: str, name_of: Mapping[str, str]) -> Guess:
    """Why no column says since when a customer is there; it is said of customers alone."""
    why = "no column says since when"
    for c in p.columns:
        if headers.is_beginning(c.header) and readings[c.header].type in ("date", "timestamp"):
            undecided = not readings[c.header].is_decided
            why = f"{name_of[c.header]} {'can be read in two ways' if undecided else 'is not a date in every row'}"
            break
    return Guess(f"every {own} counts as there at all times", why)


def _listed(times: Sequence[tuple[str, int]], name_of: Mapping[str, str]) -> str:
    return ", ".join(f"{name_of[h]}{f' (empty in {n:,})' if n else ''}" for h, n in times)


def _a(name: str) -> str:
    return f"{'an' if name[:1] in 'aeio' else 'a'} {name}"


def ahead(own: str, column: str, rows: int, of: int) -> Guess:
    what = f"{rows:,} of {of:,} rows of {own} lie ahead of today, by {column}"
    why = "no rule counts them before their day; if they are known in advance, write since when, as in `known at booked_at`"
    return Guess(what, why, unsure=True)


def zone_of_each_row(p: Profile, readings: Mapping[str, Reading], name_of: Mapping[str, str]) -> Iterator[Guess]:
    """Times without a zone beside a column that names one for each row."""
    zones = [c for c in p.columns if _ZONE.search(headers.identifier(c.header)) and any(map(_is_zone, c.values))]
    times = [
        c for c in p.columns if readings[c.header].type == "timestamp" and not any(map(_HAS_ZONE.search, c.values))
    ]
    for c in times if zones and len(zones[0].values) > 1 else []:
        why = "all are read in the one `timezone` of segdsl.toml, by default UTC; export them in UTC, or with their offset"
        yield Guess(
            f"{name_of[c.header]} has no zone, and {name_of[zones[0].header]} says one for each row", why, unsure=True
        )


def _is_zone(value: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][A-Za-z_]+/[A-Za-z_/]+", value))


_ZONE = re.compile(r"(^|_)(time_?zone|tz|zeitzone|fuseau)(_|$)")
_HAS_ZONE = re.compile(r"(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}|[PMCE][SD]T)$")


# -- rows that may not be meant ----------------------------------------------------------------

_STATUS = re.compile(r"(^|_)(status|state|type|kind|outcome|result|statut|estado|etat|zustand)$")
_UNDONE = re.compile(
    r"(auto.?)?cancel(l?ed)?|void(ed)?|(partially )?refund(ed)?|charge.?back|test|deleted|draft|failed|declined|rejected|returned"
    r"|spam|duplicate"
    r"|storniert|storno|erstattet|entwurf|annul[ée]e?|rembours[ée]e?|cancelad[oa]|reembolsad[oa]|geannuleerd"
)
_NO_CUSTOMER = re.compile(
    r"^(is_)?(test|deleted|archived|spam|duplicate|demo|internal)(_(account|user|customer|record))?$|(^|_)is_(test|deleted|demo)$"
)


def undone(own: str, p: Profile, readings: Mapping[str, Reading], name_of: Mapping[str, str]) -> Iterator[Guess]:
    """Statuses and flags of rows that were cancelled, refunded, or a test, and that count as others do."""
    for c in p.columns:
        if not readings[c.header].type.startswith("one of") or not _STATUS.search(headers.identifier(c.header)):
            continue
        odd = [v for v in c.values if _UNDONE.fullmatch(v.strip().casefold())]
        rest = [v for v in c.values if v not in odd]
        if odd and rest:
            name = name_of[c.header]
            listed = ", ".join(f"`{v}` in {c.values[v]:,}" for v in odd[:4])
            without = f'{name} != "{odd[0]}"' if len(odd) == 1 else f"{name} not in ({', '.join(map(quoted, odd))})"
            only = f'{name} = "{rest[0]}"' if len(rest) == 1 else without
            yield Guess(
                f"{own} counts whatever its {name}: {listed}", f"if these don't count, add `where {only}`", unsure=True
            )
    for c in p.columns:
        plain = headers.identifier(c.header).removeprefix("is_")
        if readings[c.header].type == "boolean" and _UNDONE.fullmatch(plain):
            name = name_of[c.header]
            why = f"if such don't count, add `where {_is_not(c, name)}`"
            yield Guess(f"{own} counts rows of which {name} is true, too", why, unsure=True)


def no_customers(own: str, p: Profile, readings: Mapping[str, Reading], name_of: Mapping[str, str]) -> Iterator[Guess]:
    """Flags of rows that are no customers, such as tests, and that count as others do."""
    for c in p.columns:
        if readings[c.header].type == "boolean" and _NO_CUSTOMER.search(headers.identifier(c.header)):
            name = name_of[c.header]
            why = f"if they are none that you mean, add `and {_is_not(c, name)}`"
            yield Guess(f"every count takes in {plural(own)} of which {name} is true", why, unsure=True)


def _is_not(flag: Column, name: str) -> str:
    """The condition that a flag isn't set, which an empty cell says where yes is the only answer."""
    return f"{name} is missing" if flag.distinct == 1 and flag.missing else f"not {name}"


# -- files that repeat -----------------------------------------------------------------------


def made_of(own: str, name_of: Mapping[str, str], flat: Flat, rows: int) -> Iterator[Guess]:
    column = name_of[flat.column]
    nobody = f"; {flat.missing:,} rows have none, and count for nobody" if flat.missing else ""
    seen = f"{flat.distinct:,} values in {rows:,} rows{nobody}"
    yield Guess(f"{own} is made of the column {column}, which repeats", seen, unsure=flat.missing > 0)
    if flat.also:
        listed = ", ".join(f"{name_of[h]} ({n:,} values)" for h, n in flat.also)
        yield Guess(
            f"{listed} may be the customers instead of {column}", "then make that the key of the entity", unsure=True
        )


def of_the_same(lines: str, own: str, column: str, same: Same) -> Guess:
    evidence = f"{same.there:,} of {same.distinct:,} values are there"
    return Guess(f"{lines} belongs to {own} by {column}", evidence, unsure=same.there < _SURE * same.distinct)


def by_name(own: str, named: Named, key: Key, name_of: Mapping[str, str]) -> Guess:
    """A file that isn't read since it tells its customers by a name, which isn't their key, and what would make it one of theirs."""
    column, label = name_of[named.column], named.profile.label
    seen = f"{named.called} holds {column} ({named.there:,} of {named.distinct:,} values are there)"
    what = f"{label} isn't read: {seen}, and {own} is known by {name_of[key.column]}"
    mend = f"add {key.column} to {label} and draft anew"
    if named.twice:
        are = "is" if named.twice == 1 else "are"
        twice = f"{named.twice:,} of those names {are} several customers', so a name doesn't say whose row it is"
        return Guess(what, f"{twice}: {mend}", unsure=True)
    return Guess(what, f"{mend}, or write `{column}: text key`, with no other key", unsure=True)


def first_lines(own: str, flat: Flat, name_of: Mapping[str, str]) -> Guess:
    told = ", ".join(name_of[h] for h in flat.first[:6])
    more = f" and {len(flat.first) - 6} more" if len(flat.first) > 6 else ""
    of_lines = f"stand on the first line of each {own} alone, by {name_of[flat.column]}"
    return Guess(f"{told}{more} {of_lines}", "empty on the other lines")


def line_of(lines: TableDraft, order: str, column: str, has_customer: bool) -> Guess:
    """How orders and their lines are counted; where no one customer's orders are known, by the orders' numbers."""
    what = f"a row of {lines.name} is a line of {order}"
    if lines.of is None:
        return Guess(what, "")
    if has_customer:
        return Guess(what, f"so count({plural(order)}) counts orders, and count({lines.name}) lines")
    why = f"so count_distinct({lines.name}.{column}) counts orders, and count({lines.name}) lines"
    return Guess(
        what, f"{why}; {lines.by} differs between lines of one {order}, so no {order} belongs to {_a(lines.of)}"
    )


def lines_of(p: Profile, table: str, columns: Sequence[Column], name_of: Mapping[str, str]) -> Iterator[Guess]:
    """That rows are parts of what the file is called after: 120 lines of 60 orders."""
    own = headers.singular(headers.title(p.title))
    for c in columns:
        plain = headers.identifier(c.header)
        of_it = plain.removeprefix(own).strip("_") in headers.OWN or (plain == own and c.distinct > MOST_ENUM)
        if of_it and plain.startswith(own) and c.missing == 0 and 1 < c.distinct <= 0.9 * c.rows:
            name = name_of[c.header]
            what = f"a row of {table} is a line of one {own}, not a whole one"
            yield Guess(
                what,
                f"{name} repeats: {c.distinct:,} values in {c.rows:,} rows; count_distinct({table}.{name}) counts them",
            )
