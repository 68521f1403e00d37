"""A workspace and newer exports of its files -> the new columns and values, added to its rules; nothing else is changed.

An export belongs to a table if its path is the table's, or its name without the date is: `accounts-2026-12-05.csv` for a
table whose path is `accounts-2026-11-28.csv`, which then becomes the new path.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import duckdb

from segdsl.data.files import folded
from segdsl.diagnostics import Source
from segdsl.draft import write
from segdsl.draft.columns import quoted
from segdsl.draft.drafts import FieldDraft
from segdsl.draft.fields import field_of
from segdsl.draft.profile import Column, Profile
from segdsl.draft.readable import read_columns
from segdsl.draft.reading import Reading
from segdsl.lang import tree
from segdsl.lang.format import format_text
from segdsl.words import headers
from segdsl.workspace.config import SourceConfig, TableSource
from segdsl.workspace.load import RuleFiles

Declared = tree.Entity | tree.Details | tree.Table


@dataclass(frozen=True)
class Update:
    """What newer exports add to a workspace.

    `texts`: new text of each file that changes, by path.
    `read`: the text of each of them that the change is based on.
    `added`: what is new, in words.
    `strange`: exports of no table.
    `gone`: declared columns that they don't have.
    """

    texts: Mapping[str, str]
    read: Mapping[str, str]
    added: tuple[str, ...]
    strange: tuple[Profile, ...]
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Insertion:
    """Text to be put into a rule file, at a place of it."""

    path: str
    at: int
    text: str


def update(
    con: duckdb.DuckDBPyConnection, workspace: RuleFiles, profiles: Sequence[Profile], source: SourceConfig
) -> Update:
    """What the exports have that the rules of the workspace don't declare."""
    declared = {
        d.name.text: (d, s.path)
        for f, s in zip(workspace.files, workspace.sources)
        for d in f.declarations
        if isinstance(d, Declared)
    }
    insertions: list[_Insertion] = []
    added: list[str] = []
    gone: list[str] = []
    strange: list[Profile] = []
    toml = config = (workspace.root / "segdsl.toml").read_text(encoding="utf-8")
    for profile in profiles:
        tables = [t for t in _tables_of(profile, source, workspace.root) if t in declared]
        if not tables:
            strange.append(profile)
        for table in tables:
            declaration, path = declared[table]
            settings = source.table(table)
            assert settings is not None
            toml, moved = _moved(toml, table, settings, profile, workspace.root)
            others = [t for t in tables if t != table and not _is_distinct(source, t)]
            is_part = settings.distinct and bool(others)  # new columns go to the lines that these are made of
            fields = [] if is_part else list(_new_fields(declaration, settings, profile, read_columns(con, profile)))
            values = list(_new_values(declaration, settings, profile, path))
            insertions += [*_fields_text(declaration, path, fields), *(v for v, _ in values if v is not None)]
            toml, by_hand = _with_columns(toml, table, fields, profile)
            added += [
                *moved,
                *(f"{table}: new column {f.name}, {f.type}" for f in fields),
                *(said for _, said in values),
                *by_hand,
            ]
            gone += list(_gone(declaration, settings, profile, table))
    texts = {s.path: s.text for s in workspace.sources}
    read = {**texts, "segdsl.toml": config}
    changed = {i.path for i in insertions}
    for insertion in sorted(insertions, key=lambda i: i.at, reverse=True):
        text = texts[insertion.path]
        texts[insertion.path] = text[: insertion.at] + insertion.text + text[insertion.at :]
    new = {**{p: format_text(Source(p, texts[p])) for p in changed}, "segdsl.toml": toml}
    return Update(new, {p: read[p] for p in new}, tuple(added), tuple(strange), tuple(gone))


def _tables_of(profile: Profile, source: SourceConfig, root: Path) -> list[str]:
    """The tables whose rows an export has: by its path, else by its name without a date. Several where one file repeats its customers."""
    tables = {name: settings for name in source.tables if (settings := source.table(name)) is not None}
    same = [
        name
        for name, settings in tables.items()
        if _is_read(settings, profile, root) and settings.sheet in (None, profile.source.sheet)
    ]
    title = headers.identifier(profile.title)
    return same or [
        name
        for name, settings in tables.items()
        if headers.identifier(Profile(Path(settings.path), "", 0, (), settings).title) == title
        and Path(settings.path).suffix == profile.path.suffix
    ]


def _is_read(settings: TableSource, profile: Profile, root: Path) -> bool:
    """Whether an export lies where a table is read from, which may be several files: `users-*.csv`."""
    return fnmatch(str(profile.path.resolve()), str(root.resolve() / settings.path))


def _is_distinct(source: SourceConfig, table: str) -> bool:
    settings = source.table(table)
    return settings is not None and settings.distinct


def _moved(toml: str, table: str, settings: TableSource, profile: Profile, root: Path) -> tuple[str, list[str]]:
    """The settings with the path of the newer export."""
    if _is_read(settings, profile, root):
        return toml, []
    new = write.path_in(Path(profile.source.path), root)
    old = re.compile(
        rf'^((?:\[sources\.\w+\.tables\.{re.escape(table)}\][^\[]*?^path|{re.escape(table)}) *= *)"{re.escape(settings.path)}"',
        re.MULTILINE,
    )
    if not old.search(toml):
        return toml, [f"{table}: say path = {write.text(new)} in segdsl.toml"]
    name = Path(profile.source.path).name
    return old.sub(lambda m: m[1] + write.text(new), toml), [f"{table}: its rows are now those of {name}"]


def _gone(declaration: Declared, settings: TableSource, profile: Profile, table: str) -> Iterator[str]:
    """Declared columns that an export lacks."""
    for field in dict.fromkeys(_declared_fields(declaration)):
        if field != settings.line_number and _header_of(settings, field, profile) is None:
            yield f"{table}: {profile.label} has no column {settings.column(field).header or field}"


def _header_of(settings: TableSource, field: str, profile: Profile) -> str | None:
    """The column of the export that a declared field is read from."""
    said = settings.column(field).header
    headers = [c.header for c in profile.columns]
    if said is not None:
        return said if said in headers else None
    return next((h for h in headers if h == field), next((h for h in headers if folded(h) == folded(field)), None))


def _declared_fields(declaration: Declared) -> list[str]:
    named = [declaration.belongs.by] if declaration.belongs else []
    if isinstance(declaration, tree.Table):
        named += [n for n in (declaration.at, declaration.known_at) if n is not None]
    return [*(f.name.text for f in declaration.fields), *(n.text for n in named)]


def _new_fields(
    declaration: Declared, settings: TableSource, profile: Profile, found: Mapping[str, Reading]
) -> Iterator[FieldDraft]:
    own = _declared_fields(declaration)
    known = {_header_of(settings, name, profile) for name in own}
    for column in profile.columns:
        if column.header not in known:
            name = headers.unused(headers.allowed(headers.identifier(column.header)), own)
            own.append(name)
            yield field_of(name, column, found[column.header], None)


def _new_values(
    declaration: Declared, settings: TableSource, profile: Profile, path: str
) -> Iterator[tuple[_Insertion | None, str]]:
    """Values of a column that its `one of` doesn't have, to be put behind its last; too many for that are said alone."""
    columns = {c.header: c for c in profile.columns}
    for field in declaration.fields:
        if not isinstance(field.type, tree.EnumType):
            continue
        column = columns.get(_header_of(settings, field.name.text, profile) or "")
        items = field.type.values.items
        values = {i.value for i in items if isinstance(i, tree.Text)}
        new = [v for v in _values(column) if v not in values and v not in settings.column(field.name.text).missing]
        if not new or not items or column is None:
            continue
        listed = ", ".join(quoted(v) for v in new[:10])
        said = f"{declaration.name.text}: {field.name.text} has new values: {listed}"
        if column.distinct <= 3 * len(items) + 10:
            yield _Insertion(path, items[-1].span.end, "".join(f", {quoted(v)}" for v in new)), said
        else:
            many = f"{said} and more, {column.distinct:,} in all: is it still one of a few? Else make it text"
            yield None, many


def _values(column: Column | None) -> list[str]:
    return sorted(column.values) if column is not None else []


def _fields_text(declaration: Declared, path: str, fields: Sequence[FieldDraft]) -> Iterator[_Insertion]:
    """The new fields as lines before the brace that ends the declaration."""
    if fields:
        lines = "\n".join(line for f in fields for line in write.field_lines(f, 0))
        yield _Insertion(path, declaration.span.end - 1, f"{lines}\n")


def _with_columns(toml: str, table: str, fields: Sequence[FieldDraft], profile: Profile) -> tuple[str, list[str]]:
    """The settings with those of the new columns; where they can't be put in, they are said instead."""
    headers = [c.header for c in profile.columns]
    lines = [line for f in fields for line in write.column_lines(f, {}, headers)]
    if not lines:
        return toml, []
    head = f"[sources.default.tables.{table}.columns]"
    block = "\n".join(lines)
    new = (
        toml.replace(f"{head}\n", f"{head}\n{block}\n", 1)
        if f"{head}\n" in toml
        else f"{toml.rstrip()}\n\n{head}\n{block}\n"
    )
    try:
        tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return toml, [
            f"{table}: say in segdsl.toml, in its columns: {line}" for line in lines if not line.startswith("#")
        ]
    return new, []
