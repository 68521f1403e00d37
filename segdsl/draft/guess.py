"""Guesses from profiles: entities, tables, fields and links, each with its evidence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import duckdb

from segdsl.data.unclear import likely_number
from segdsl.diagnostics import UNSEEN
from segdsl.draft.profile import Column, Profile, matching_values
from segdsl.workspace.config import Formats

MOST_ENUM = 20  # most values of a `one of`
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_PERSONAL = re.compile(
    r"(e[ _-]?mail|phone|mobile|(first|last|full|sur)[ _-]?name|^name$|contact|address|street|post[ _-]?code|^zip"
    r"|birth|^dob$|iban|passport|ssn)",
    re.IGNORECASE,
)
_CODES = re.compile(r"(post[ _-]?code|zip|phone|mobile|code$|iban|vat|tax)", re.IGNORECASE)
_TIMES = re.compile(r"(_at$|date|time|created|occurred|^ts$|^at$|^on$|when)", re.IGNORECASE)
_RESERVED = {
    "and",
    "or",
    "not",
    "in",
    "is",
    "has",
    "between",
    "if",
    "then",
    "else",
    "end",
    "where",
    "having",
    "as",
    "true",
    "false",
    "missing",
    "now",
    "today",
    "bands",
}
_YES_NO = [({"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"})]


@dataclass(frozen=True)
class Guess:
    """A guess with its evidence; `unsure` where the data doesn't decide and a person must."""

    what: str
    evidence: str
    unsure: bool = False


@dataclass(frozen=True)
class FieldDraft:
    """Draft of a field; `formats` are the column's own."""

    name: str
    header: str
    type: str
    flags: tuple[str, ...] = ()
    evidence: str = ""
    formats: Formats = field(default_factory=Formats)
    unsure: str = ""


@dataclass(frozen=True)
class TableDraft:
    """Draft of an entity, details or table.

    `of`, `by`: owner, and the column that links to it.
    `at`: column with the time.
    """

    profile: Profile
    kind: Literal["entity", "details", "table"]
    name: str
    fields: tuple[FieldDraft, ...]
    of: str | None = None
    by: str | None = None
    at: str | None = None
    by_date: bool = False
    reverse: str | None = None
    guesses: tuple[Guess, ...] = field(default=())


def drafts(con: duckdb.DuckDBPyConnection, profiles: Sequence[Profile]) -> list[TableDraft]:
    """Drafts of all profiles, entities first."""
    keys = {p.view: _key(p) for p in profiles}
    links = {p.view: _links(con, p, profiles, keys) for p in profiles}
    kinds = {p.view: _kind(p, keys[p.view], links[p.view], links, {q.view: q for q in profiles}) for p in profiles}
    names = _names(profiles, keys, kinds)
    unordered = [_draft(p, kinds, names, keys, links, profiles) for p in profiles]
    order = {"entity": 0, "details": 1, "table": 2}
    return sorted(unordered, key=lambda d: (order[d.kind], d.of is not None))


# -- keys and links ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Link:
    """A column whose values are another table's keys; `matches` of its `values` exist there."""

    column: str
    target: str
    values: int
    matches: int


def _key(profile: Profile) -> str | None:
    """Column that identifies a row: complete and unique, by its name if there are several."""
    unique = [
        c
        for c in profile.columns
        if (c.is_unique and not c.all_are("number") | c.all_are("iso")) or (c.is_unique and c.all_are("integer"))
    ]
    if not unique:
        return None
    singular = _singular(_identifier(profile.path.stem))

    def rank(c: Column) -> tuple[int, int]:
        n = _identifier(c.header)
        named = (
            0
            if n in (f"{singular}_id", "id", f"{singular}_key")
            else 1
            if re.search(r"(^|_)(id|key|code|number|no)$", n)
            else 2
        )
        return named, profile.columns.index(c)

    best = min(unique, key=rank)
    return best.header if rank(best)[0] < 2 or profile.columns.index(best) == 0 else None


def _links(
    con: duckdb.DuckDBPyConnection, profile: Profile, profiles: Sequence[Profile], keys: dict[str, str | None]
) -> list[_Link]:
    links = []
    for other in profiles:
        key = keys[other.view]
        if key is None:
            continue
        for column in profile.columns:
            is_same = other is profile
            if (is_same and column.header == key) or column.filled == 0 or not _may_link(column, profile, key, other):
                continue
            values, matches = matching_values(con, profile, column.header, other, key)
            if values and matches >= 0.8 * values and (matches > 1 or is_same):
                links.append(_Link(column.header, other.view, values, matches))
    return links


def _may_link(column: Column, profile: Profile, key: str, other: Profile) -> bool:
    """Whether names allow a link; any whole number could otherwise be another table's key."""
    ours, theirs = _identifier(column.header), _identifier(key)
    singular = _singular(_identifier(other.path.stem))
    if ours == theirs:
        return other is not profile
    by_name = ours in (f"{singular}_id", singular, f"{singular}_key", f"parent_{theirs}", "parent", "parent_id") or (
        theirs != "id" and ours.endswith("_" + theirs)
    )
    return by_name or (not column.all_are("integer") and column.distinct > 20 and other is not profile)


def _kind(
    profile: Profile,
    key: str | None,
    links: list[_Link],
    all_links: dict[str, list[_Link]],
    profiles: dict[str, Profile],
) -> Literal["entity", "details", "table"]:
    outward = [x for x in links if x.target != profile.view]
    pointed_at = any(
        x.target == profile.view for view, profiles in all_links.items() for x in profiles if view != profile.view
    )
    if key is None:
        return "table" if outward else "entity"
    if any(x.column == key and _is_fuller(profiles[x.target], profile) for x in outward):
        return "details"  # its key is another table's key
    if outward and not pointed_at and any(_is_time(c) for c in profile.columns):
        return "table"
    return "entity"


def _is_fuller(one: Profile, other: Profile) -> bool:
    """Whether a table is the entity of two with equal keys: more rows, more columns, or named first."""
    return (one.rows, len(one.columns), other.view) > (other.rows, len(other.columns), one.view)


def _is_time(column: Column) -> bool:
    return (
        column.all_are("iso", "written", "parts")
        or column.all_are("unix", "unix ms")
        or (column.all_are("excel") and bool(_TIMES.search(column.header)))
    )


# -- names ---------------------------------------------------------------------------------


def _identifier(text: str) -> str:
    """Identifier of a text: customer_id for `Customer ID` and `customerID`; accents are removed."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    split = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3_\2\4", plain)
    name = re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")
    return f"n_{name}" if name[:1].isdigit() else name


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "ches")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _names(
    profiles: Sequence[Profile], keys: dict[str, str | None], kinds: dict[str, Literal["entity", "details", "table"]]
) -> dict[str, str]:
    """Names: an entity's by its key (`customerID`: customer) or file, a table's by its file."""
    names: dict[str, str] = {}
    for p in profiles:
        stem = (
            _identifier(
                p.source.sheet
                or (p.source.table or "").rpartition(".")[2]
                or re.sub(r"([-_ ]\d+|[-_ ]?\d{4,}.*)$", "", p.path.stem)
            )
            or "rows"
        )
        key = _identifier(keys[p.view] or "")
        if kinds[p.view] == "entity":
            by_key = key.removesuffix("_id") if key.endswith("_id") else ""
            wanted = by_key or _singular(stem)
        else:
            wanted = stem
        names[p.view] = _unused(_allowed(wanted), names.values())
    return names


def _allowed(name: str) -> str:
    return f"{name}_value" if name in _RESERVED else name or "column"


def _unused(name: str, names: Iterable[str]) -> str:
    used = set(names)
    candidates = [name, *(f"{name}_{n}" for n in range(2, len(used) + 3))]
    return next(c for c in candidates if c not in used)


# -- fields --------------------------------------------------------------------------------


def _draft(
    profile: Profile,
    kinds: dict[str, Literal["entity", "details", "table"]],
    names: dict[str, str],
    keys: dict[str, str | None],
    links: dict[str, list[_Link]],
    profiles: Sequence[Profile],
) -> TableDraft:
    kind, key, title = kinds[profile.view], keys[profile.view], names[profile.view]
    entities = {p.view for p in profiles if kinds[p.view] == "entity"}
    entity_links = [x for x in links[profile.view] if x.target in entities]
    outward = sorted(entity_links, key=lambda x: (x.target == profile.view, -x.matches))
    owner = _owner(profile, outward, kind, key, names, profiles)
    fields = _fields_of(profile, key if kind == "entity" else None, [x for x in outward if x is not owner], names)
    at = _time(profile, fields) if kind == "table" else None
    by = next(f.name for f in fields if f.header == owner.column) if owner else None
    by_date = any(f.name == at and f.type == "date" for f in fields)
    guesses = [Guess(note, "") for note in profile.notes]
    if owner is not None:
        guesses.append(Guess(f"{title} belongs to {names[owner.target]} by {by}", _evidence(owner)))
    if kind == "entity" and key is None:
        wanting = "no column has a value of its own in every row: every count needs one"
        guesses.append(Guess(f"{title} has no key", wanting, unsure=True))
    if kind == "table" and at is None:
        guesses.append(Guess(f"{title} has no time", "no column is a date in every row", unsure=True))
    reverse = f"{title}s" if kind == "entity" and owner is not None else None
    of = names[owner.target] if owner else None
    return TableDraft(profile, kind, title, tuple(fields), of, by, at, by_date, reverse, tuple(guesses))


def _fields_of(profile: Profile, key: str | None, links: Sequence[_Link], names: dict[str, str]) -> list[FieldDraft]:
    """A field for each column; a column with another table's keys is a link."""
    fields: list[FieldDraft] = []
    for column in profile.columns:
        name = _unused(_allowed(_identifier(column.header)), [f.name for f in fields])
        drafted = _field(name, column, is_key=column.header == key)
        link = next((x for x in links if x.column == column.header and x.column != key), None)
        if link is not None:
            drafted = replace(drafted, type=f"link to {names[link.target]}", flags=(), evidence=_evidence(link))
        fields.append(drafted)
    return _with_formats_of_file(fields, profile.columns)


def _with_formats_of_file(fields: Sequence[FieldDraft], columns: Sequence[Column]) -> list[FieldDraft]:
    """Formats of undecided columns, taken from other columns of the file."""
    settled = list(fields)
    for setting in ("date", "number"):
        decided = {getattr(f.formats, setting): f.name for f in fields if getattr(f.formats, setting) is not None}
        if len(decided) != 1:
            continue
        ((format, by),) = decided.items()
        for i, (f, column) in enumerate(zip(settled, columns)):
            if f'{setting} = "{format}"' in f.unsure:
                whole = (
                    setting == "number" and not any(_point(format) in v for v in column.values) and f.type == "number"
                )
                typed = "integer" if whole else f.type
                settled[i] = replace(
                    f,
                    type=typed,
                    formats=f.formats.under(Formats(**{setting: format})),
                    unsure="",
                    evidence=f"{format}, as {by} in the same file",
                )
    return settled


def _point(format: str) -> str:
    return format.rstrip("0123456789")[-1:]


def _owner(
    profile: Profile,
    outward: list[_Link],
    kind: str,
    key: str | None,
    names: dict[str, str],
    profiles: Sequence[Profile],
) -> _Link | None:
    """Owner of the rows: for details the entity with their key, otherwise the entity farthest down."""
    others = [x for x in outward if x.target != profile.view]
    if kind == "details":
        return next((x for x in others if x.column == key), None)
    if not others:
        return None
    rows = {p.view: p.rows for p in profiles}
    return max(others, key=lambda x: (x.column != key, rows[x.target]))


def _evidence(link: _Link) -> str:
    return f"{link.matches:,} of {link.values:,} values are there"


def _time(profile: Profile, fields: list[FieldDraft]) -> str | None:
    """Time column of a table: complete, named like a time, and the finest."""
    times = [(f, c) for f, c in zip(fields, profile.columns) if f.type in ("date", "timestamp") and c.missing == 0]
    if not times:
        return None
    return max(
        times,
        key=lambda fc: (fc[0].type == "timestamp", bool(_TIMES.search(fc[1].header)), -profile.columns.index(fc[1])),
    )[0].name


def _field(name: str, column: Column, is_key: bool) -> FieldDraft:
    typed, formats, evidence, unsure = _type(column)
    if is_key:
        typed = "integer" if column.all_are("integer") else "text"
        return FieldDraft(name, column.header, typed, ("key",), f"a value of its own in all {column.rows:,} rows")
    flags = ["required"] if column.missing == 0 and column.rows else []
    if typed == "integer" and _CODES.search(column.header):
        typed, evidence = "text", "digits that are no number, by its name"
    if _PERSONAL.search(column.header) or column.shapes["email"] * 2 > column.filled > 0:
        flags = [*flags, "personal"]
    if column.words:
        formats = replace_missing(formats, column.words)
    return FieldDraft(name, column.header, typed, tuple(flags), evidence, formats, unsure)


def replace_missing(formats: Formats, words: Sequence[str]) -> Formats:
    return formats.under(Formats(missing=tuple(words)))


def _type(column: Column) -> tuple[str, Formats, str, str]:
    """(type, formats, evidence, open question) of a column."""
    plain = Formats()
    if column.filled == 0:
        return "text", plain, "empty in every row", ""
    shown = (
        f"in all {column.filled:,} cells"
        if column.missing == 0
        else f"in {column.filled:,} cells, {column.missing:,} are missing"
    )
    words = {v.lower() for v in column.values}
    for yes, no in _YES_NO:
        if (
            column.distinct <= 2
            and words <= yes | no
            and words & yes
            and (words & no or column.distinct == 1)
            and words != {"1"}
        ):
            return "boolean", plain, f"{'/'.join(column.values)} {shown}", ""
    if (dated := _date(column, shown)) is not None:
        return dated
    if column.shapes["leading zero"] and column.all_are("integer", "leading zero") | (
        column.shapes["integer"] + column.shapes["leading zero"] == column.filled
    ):
        return "text", plain, "digits with leading zeros", ""
    if (number := _number(column, shown)) is not None:
        return number
    if (parts := _set(column)) is not None:
        return "set of text", Formats(set_separator=parts), f"several values by `{parts}`", ""
    if (
        column.distinct <= MOST_ENUM
        and column.distinct * 5 <= column.filled
        and all(len(v) <= 40 and not UNSEEN.search(v) for v in column.values)
    ):
        values = ", ".join(_quoted(v) for v in sorted(column.values))
        return f"one of ({values})", plain, f"{column.distinct} values {shown}", ""
    return "text", plain, f"{column.distinct:,} different values", ""


def _date(column: Column, shown: str) -> tuple[str, Formats, str, str] | None:
    s = column.shapes
    typed = "timestamp" if s["time"] else "date"
    if s["iso"] + s["written"] == column.filled:
        return typed, Formats(), f"dates {shown}", ""
    if s["iso"] + s["written"] + s["parts"] == column.filled and s["parts"]:
        mark = "/" if s["slash"] else "." if s["dot"] else "-"
        year = "YY" if s["short year"] else "YYYY"
        day_month, month_day = f"DD{mark}MM{mark}{year}", f"MM{mark}DD{mark}{year}"
        if s["first over 12"] and not s["second over 12"]:
            return typed, Formats(date=day_month), f"{day_month}: {s['first over 12']:,} cells can only be that", ""
        if s["second over 12"] and not s["first over 12"]:
            return typed, Formats(date=month_day), f"{month_day}: {s['second over 12']:,} cells can only be that", ""
        return (
            typed,
            Formats(),
            "day or month first? no cell decides it",
            f'date = "{day_month}" or date = "{month_day}"',
        )
    if _TIMES.search(column.header):
        for shape, word in (
            ("unix ms", "milliseconds since 1970"),
            ("unix", "seconds since 1970"),
            ("excel", "days as a spreadsheet counts them"),
        ):
            if s[shape] == column.filled:
                return (
                    ("date" if shape == "excel" and not s["dot"] else "timestamp"),
                    Formats(date=shape),
                    f"{word} {shown}",
                    "",
                )
    return None


def _number(column: Column, shown: str) -> tuple[str, Formats, str, str] | None:
    s = column.shapes
    if s["integer"] == column.filled:
        return "integer", Formats(), f"whole numbers {shown}", ""
    if s["number"] == column.filled:
        return "number", Formats(), f"numbers {shown}", ""
    amounts = s["amount"] > 0
    if s["grouped"] + s["percent"] < column.filled and s["amount"] + s["grouped"] + s["number"] < column.filled:
        return None
    if s["percent"] == column.filled and not s["comma"]:
        return "number", Formats(), f"percent {shown}", ""
    if not (s["comma"] or amounts or s["grouped"] == column.filled):
        return None
    sign = next((c for v in column.values for c in v if c in _CURRENCIES), None)
    typed = f"money({_CURRENCIES[sign]})" if sign else "number"
    likely = likely_number([v for v in column.values if "," in v or "." in v]) if s["comma"] else ["1234.56"]
    if len(likely) == 1:
        formats = Formats(number=likely[0]) if s["comma"] else Formats()
        return typed, formats, f"amounts {shown}" + (f", written as {likely[0]}" if s["comma"] else ""), ""
    return (
        typed,
        Formats(),
        "thousands or a fraction? no cell decides it",
        " or ".join(f'number = "{f}"' for f in likely),
    )


def _set(column: Column) -> str | None:
    if column.shapes["json list"] == column.filled:
        return ";"
    if column.shapes["separated"] * 10 < column.filled * 3:
        return None
    separator = ";" if any(";" in v for v in column.values) else "|"
    parts = {p.strip() for v in column.values for p in v.split(separator)}
    return separator if len(parts) <= 2 * MOST_ENUM and all(len(p) <= 30 for p in parts) else None


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
