"""Drafts -> the text of a model.seg and of a segdsl.toml.

Every line that a question offers can be taken as it is: settings are written one a line (`joined.date = "DD/MM/YYYY"`), so that none stands
in the way of another.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from segdsl.data.files import folded
from segdsl.diagnostics import printable
from segdsl.draft.drafts import FieldDraft, TableDraft
from segdsl.draft.reading import Question
from segdsl.workspace.config import Formats, TableSource

_ALIGNED = 40  # longest name or type that others are aligned to
_SETTINGS = ("date", "number", "set_separator")
_PLACE = ("skip_rows", "header_rows", "skip_below_header", "skip_footer", "sheet", "table")


def model_text(tables: Sequence[TableDraft], paths: Sequence[Path]) -> str:
    """The model, each guess beside what it is about."""
    files = printable(", ".join(p.name for p in paths))
    head = f"# Drafted from {files}. Every line is a guess from the data: read it, and correct what is wrong.\n"
    return head + "\n" + "\n".join(_declaration(d) for d in tables)


def _declaration(d: TableDraft) -> str:
    lines = [
        printable(f"# {'? ' if g.unsure else ''}{g.what}{': ' + g.evidence if g.evidence else ''}") for g in d.guesses
    ]
    header = f"{d.kind} {d.name}"
    if d.of is not None:
        header += f" of {d.of} by {d.by}" + (f" reverse {d.reverse}" if d.reverse else "")
    if d.at is not None:
        header += f" at {d.at}" + (": date" if d.by_date else "")
    if d.begins is not None:
        header += f" from {d.begins}"
    own = [f for f in d.fields if f.name not in (d.at, d.by if d.of else None)]
    width = min(_ALIGNED, max((len(f.name) for f in own), default=0)) + 1
    return "\n".join([*lines, header + " {", *(line for f in own for line in field_lines(f, width)), "}", ""])


def field_lines(f: FieldDraft, width: int) -> Iterator[str]:
    """The field; above it, as comments, what it might be instead."""
    head = f"  {f.name + ':':{width}} "
    comment = "; ".join([x for x in (f.evidence, *f.odd) if x])
    for question in f.questions:
        yield f"  # ? {f.name}: {_line(question.text)}"
        if question.types:  # no line of its own: two fields of one name are an error
            yield f"  #   in place of the line below: {' or '.join(lines_of_types(f, question))}"
    yield head + " ".join([f.type, *f.flags]) + (f"  # {_line(comment)}" if comment else "")


def lines_of_types(f: FieldDraft, question: Question) -> list[str]:
    """The lines of model.seg that answer a question, one of which takes the place of the field's."""
    return [f"{f.name}: {' '.join([typed, *f.flags])}" for typed in question.types]


def _line(text: str) -> str:
    return printable(" ".join(text.split()))


def config_text(tables: Sequence[TableDraft], name: str, root: Path) -> str:
    """What all columns of a table agree on stands once for it, the rest beside the column."""
    lines = [
        "[workspace]",
        f"name = {text(name)}",
        "language = 1",
        '# timezone = "Europe/London"   # the zone of days, weeks and months; the default is UTC',
        "",
    ]
    for d in tables:
        lines += _table(d, root)
    return "\n".join(lines)


def _agreed(fields: Sequence[FieldDraft]) -> dict[str, object]:
    """The settings in which all columns that are read by one agree."""
    agreed: dict[str, object] = {}
    for setting in _SETTINGS:
        values = {getattr(f.formats, setting) for f in fields if _is_read_by(f, setting)}
        if len(values) == 1 and values != {getattr(Formats(), setting)}:
            agreed[setting] = values.pop()
    return agreed


def _is_read_by(f: FieldDraft, setting: str) -> bool:
    """Whether a setting has a say in how the field's cells are read."""
    match setting:
        case "date":
            return f.type in ("date", "timestamp")
        case "number":
            return f.type == "number" or f.type.startswith("money")
        case _:
            return f.type == "set of text"


def _table(d: TableDraft, root: Path) -> list[str]:
    source = d.profile.source
    lines = [f"[sources.default.tables.{d.name}]", f"path = {text(path_in(Path(d.profile.source.path), root))}"]
    lines += [f"{s} = {_value(v)}" for s in _PLACE if (v := getattr(source, s)) != getattr(TableSource(""), s)]
    if d.distinct:
        lines.append("distinct = true   # one row for each customer, however often it stands in the file")
    if d.numbered is not None:
        lines.append(f"line_number = {text(d.numbered)}   # nothing else identifies a row")
    agreed = _agreed(d.fields)
    formats = {"encoding": source.formats.encoding, **agreed} if source.formats.encoding else agreed
    lines += [f"formats.{k} = {_value(v)}" for k, v in formats.items()]
    headers = [*(c.header for c in d.profile.columns), *([d.numbered] if d.numbered else [])]
    columns = [line for f in d.fields for line in column_lines(f, agreed, headers)]
    if columns:
        lines += [f"[sources.default.tables.{d.name}.columns]", *columns]
    return [*lines, ""]


def column_lines(f: FieldDraft, agreed: Mapping[str, object], headers: Sequence[str]) -> Iterator[str]:
    """The settings of a column: its header unless the field's name finds it, formats of its own, and below them its questions."""
    own = {k: v for k, v in _said(f.formats).items() if agreed.get(k) != v}
    fitting = [h for h in headers if folded(h) == folded(f.name) or h == f"{f.header} (2)"]
    if fitting != [f.header]:
        yield f"{f.name}.header = {text(f.header)}"
    yield from (f"{f.name}.{k} = {_value(v)}" for k, v in own.items())
    for question in f.questions:
        if question.settings:
            yield f"# ? {f.name}: {_line(question.text)}"
        for setting in question.settings:
            for k, v in setting.items():
                yield f"# {f.name}.{k} = {_value(v)}" if k not in own else f"#   if so, add it to {f.name}.{k} above"


def _said(formats: Formats) -> dict[str, object]:
    default = Formats()
    settings = (*_SETTINGS, "missing", "yes", "no", "ids", "digits")
    return {s: v for s in settings if (v := getattr(formats, s)) != getattr(default, s)}


def path_in(path: Path, root: Path) -> str:
    """The path as segdsl.toml has it: relative to the workspace where it lies inside."""
    absolute = path.absolute()
    inside = absolute.is_relative_to(root.absolute())
    return Path(os.path.relpath(absolute, root.absolute())).as_posix() if inside else absolute.as_posix()


def text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
