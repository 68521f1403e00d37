"""Columns and their types -> the fields of a table, with flags, links and what other columns of the file settle."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from segdsl.draft.drafts import FieldDraft
from segdsl.draft.keys import Key
from segdsl.draft.links import Link
from segdsl.draft.money import with_currencies
from segdsl.draft.profile import Column, Profile
from segdsl.draft.reading import Question, Reading
from segdsl.draft.spoilt import spoilt_ids
from segdsl.draft.words import as_missing
from segdsl.draft.yes_no import if_empty_means_no
from segdsl.words import headers
from segdsl.workspace.config import DATE_WORDS, Formats

_SURE = 0.8  # of a column's values that are keys, from which it is no question whether it is a link


def fields_of(
    p: Profile,
    readings: Mapping[str, Reading],
    key: Key | None,
    links: Mapping[str, tuple[str, Link]],
    owner: tuple[str, Link] | None,
    ids: Mapping[str, Formats],
    taken: Collection[str] = (),
) -> list[FieldDraft]:
    """A field for each column.

    `links`: (entity, link) of each column that is one. `owner`: that of whose rows they are. `ids`: how columns of ids are read.
    `taken`: names that lead from a row to others, such as that of a table of its rows.
    """
    fields: list[FieldDraft] = []
    for column in p.columns:
        used = [*taken, *(f.name for f in fields)]
        name = headers.unused(headers.allowed(headers.identifier(column.header)), used)
        drafted = field_of(name, column, readings[column.header], key)
        if column.header in links:
            drafted = _linked(drafted, *links[column.header])
        if owner is not None and column.header == owner[1].column:
            flags = tuple(x for x in drafted.flags if x == "personal")
            drafted = FieldDraft(name, column.header, f"link to {owner[0]}", flags, "whose row it is", drafted.formats)
        if drafted.type.startswith("link"):
            drafted = _without_words(drafted, column)
        if column.header in ids:
            drafted = replace(drafted, formats=drafted.formats.under(ids[column.header]))
        fields.append(drafted)
    return with_currencies(_as_in_the_same_file(fields, p.columns), p.columns)


def field_of(name: str, column: Column, found: Reading, key: Key | None) -> FieldDraft:
    """The draft of a field, with its flags."""
    email = column.shapes["email"] * 2 > column.given > 0
    personal = headers.is_personal(column.header) or email
    if key is not None and column.header == key.column:
        typed = "integer" if column.is_whole else "text"
        why = (
            f"{column.distinct:,} values in {column.rows:,} rows"
            if key.problems
            else f"a value of its own in all {column.rows:,} rows"
        )
        own = ("key", "personal") if email or (personal and headers.is_no_id(column.header)) else ("key",)
        return FieldDraft(name, column.header, typed, own, why, questions=tuple(spoilt_ids(column)))
    full = column.missing - sum(n for w, n in column.words.items() if w not in found.formats.missing) == 0
    flags = ["required"] if full and column.rows and not found.odd else []
    if headers.is_key(column.header) and found.type in ("text", "number"):
        found = replace(found, questions=(*found.questions, *spoilt_ids(column)))
    found = replace(found, questions=(*found.questions, *if_empty_means_no(column, found, name)))
    if found.type == "integer" and headers.is_code(column.header):
        found = replace(found, type="text", evidence="digits that are no number, by its name", questions=())
    if personal and found.type != "boolean":
        flags = [*flags, "personal"]
    if "personal" in flags and found.type.startswith("one of"):  # a person's name is none of a few
        _, missing, words = found.evidence.partition("; read as missing")
        found = replace(found, type="text", evidence=f"{_values(column.distinct)}{missing}{words}")
    return FieldDraft(
        name, column.header, found.type, tuple(flags), found.evidence, found.formats, found.questions, found.odd
    )


def _values(count: int) -> str:
    return "one value in all" if count == 1 else f"{count:,} different values"


def _linked(drafted: FieldDraft, entity: str, link: Link) -> FieldDraft:
    unsure = () if link.share >= _SURE else (Question(f"is it a link? {link.evidence}"),)
    flags = tuple(f for f in drafted.flags if f == "personal")
    return replace(drafted, type=f"link to {entity}", flags=flags, evidence=link.evidence, questions=unsure, odd=())


def _without_words(drafted: FieldDraft, column: Column) -> FieldDraft:
    """A link without words such as `(not set)`, which are no customer's id."""
    read = as_missing(Reading(drafted.type, drafted.evidence), column, tuple(column.words), column.words)
    formats = drafted.formats.under(read.formats)
    return replace(drafted, evidence=read.evidence, formats=formats, questions=(*drafted.questions, *read.questions))


def _as_in_the_same_file(fields: Sequence[FieldDraft], columns: Sequence[Column]) -> list[FieldDraft]:
    """Where no cell of a column decides its format, other columns of the file may."""
    settled = list(fields)
    for setting in ("date", "number"):
        said = {getattr(f.formats, setting): f.name for f in fields}
        decided = {format: by for format, by in said.items() if format not in (None, *DATE_WORDS)}
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
