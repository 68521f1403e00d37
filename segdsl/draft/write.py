"""Text of a drafted model.seg and segdsl.toml, and a first condition to try."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from segdsl.data.files import folded
from segdsl.diagnostics import printable
from segdsl.draft.guess import FieldDraft, TableDraft
from segdsl.workspace.config import Formats

_ALIGNED = 40  # longest name that comments are aligned to


def model_text(drafts: Sequence[TableDraft], from_: Sequence[Path]) -> str:
    """Text of the model, with each guess next to its declaration."""
    files = printable(", ".join(p.name for p in from_))
    head = f"# Drafted from {files}. Every line is a guess from the data: read it, and correct what is wrong.\n"
    return head + "\n" + "\n".join(_declaration(d) for d in drafts)


def _declaration(d: TableDraft) -> str:
    lines = [printable(f"# {g.what}{': ' + g.evidence if g.evidence else ''}") for g in d.guesses]
    header = {"entity": "entity", "details": "details", "table": "table"}[d.kind] + f" {d.name}"
    if d.of is not None:
        header += f" of {d.of} by {d.by}" + (f" reverse {d.reverse}" if d.reverse else "")
    if d.at is not None:
        header += f" at {d.at}" + (": date" if d.by_date else "")
    fields = [f for f in d.fields if f.name not in (d.at, d.by if d.of else None)]
    width = min(_ALIGNED, max((len(f.name) for f in fields), default=0)) + 1
    return "\n".join([*lines, header + " {", *(_field(f, width) for f in fields), "}", ""])


def _field(f: FieldDraft, width: int) -> str:
    text = f"  {f.name + ':':{width}} {' '.join([f.type, *f.flags])}"
    comment = "; ".join(x for x in (f.evidence, f"say {f.unsure} in segdsl.toml" if f.unsure else "") if x)
    return text + (f"  # {printable(' '.join(comment.split()))}" if comment else "")


def config_text(drafts: Sequence[TableDraft], name: str, root: Path) -> str:
    """Text of the settings; formats that a table's columns share are written once."""
    lines = [
        "[workspace]",
        f"name = {_text(name)}",
        "language = 1",
        '# timezone = "Europe/London"   # the zone of days, weeks and months; the default is UTC',
        "",
    ]
    missing = tuple(dict.fromkeys(word for d in drafts for f in d.fields for word in f.formats.missing))
    if missing:
        lines += ["[sources.default.formats]", f"missing = {_value(missing)}", ""]
    for d in drafts:
        lines += _table(d, root)
    return "\n".join(lines)


def _common_settings(fields: Sequence[FieldDraft]) -> dict[str, object]:
    """Settings in which all columns with a setting agree."""
    common: dict[str, object] = {}
    for setting in ("date", "number", "set_separator"):
        choices = {v for f in fields if (v := getattr(f.formats, setting)) != getattr(Formats(), setting)}
        if len(choices) == 1:
            common[setting] = choices.pop()
    return common


def _table(d: TableDraft, root: Path) -> list[str]:
    source = d.profile.source
    lines = [f"[sources.default.tables.{d.name}]", f"path = {_text(_path(d.profile.path, root))}"]
    for setting in ("skip_rows", "skip_footer", "sheet", "table"):
        value = getattr(source, setting)
        if value:
            lines.append(f"{setting} = {_value(value)}")
    common = _common_settings(d.fields)
    formats = {"encoding": source.formats.encoding, **common} if source.formats.encoding else common
    if formats:
        lines.append(f"formats = {{ {', '.join(f'{k} = {_value(v)}' for k, v in formats.items())} }}")
    for unsure in dict.fromkeys(f.unsure for f in d.fields if f.unsure):
        lines += [f"# formats = {{ {choice} }}   # the data doesn't say which" for choice in unsure.split(" or ")]
    columns = [c for f in d.fields if (c := _column(f, common, [x.header for x in d.fields]))]
    if columns:
        lines += [f"[sources.default.tables.{d.name}.columns]", *columns]
    return [*lines, ""]


def _column(f: FieldDraft, common: Mapping[str, object], headers: Sequence[str]) -> str:
    """Settings of a column: its own formats, or its header if the field's name doesn't match."""
    specific = {k: v for k, v in _settings(f.formats).items() if common.get(k) != v}
    if specific:
        settings = {"header": f.header, **specific}
        return f"{f.name} = {{ {', '.join(f'{k} = {_value(v)}' for k, v in settings.items())} }}"
    fitting = [h for h in headers if folded(h) == folded(f.name) or h == f"{f.header} (2)"]
    return "" if fitting == [f.header] else f"{f.name} = {_text(f.header)}"


def _settings(formats: Formats) -> dict[str, object]:
    default = Formats()
    return {s: v for s in ("date", "number", "set_separator") if (v := getattr(formats, s)) != getattr(default, s)}


def _path(path: Path, root: Path) -> str:
    absolute = path.absolute()
    inside = absolute.is_relative_to(root.absolute())
    return Path(os.path.relpath(absolute, root.absolute())).as_posix() if inside else absolute.as_posix()


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def something_to_try(drafts: Sequence[TableDraft]) -> str:
    """A condition on the first entity that its data can answer."""
    first = next((d for d in drafts if d.kind == "entity"), None)
    if first is None:
        return "true"
    fields = [f for f in first.fields if not f.unsure]
    enums = [f for f in fields if f.type.startswith("one of")]
    if enums:
        f = max(enums, key=lambda f: f.type.count('", "') > 1)
        return f"{f.name} = {f.type[8:-1].split(', ')[0]}"
    table = next((d for d in drafts if d.kind == "table" and d.of == first.name and d.at), None)
    if table is not None:
        return f"none({table.name} in last 30 days)"
    for kind, condition in (
        ("boolean", "{}"),
        ("integer", "{} > 10"),
        ("number", "{} > 10"),
        ("date", "{} is not missing"),
    ):
        field = next((f for f in fields if f.type == kind and "key" not in f.flags), None)
        if field is not None:
            return condition.format(field.name)
    return f"{fields[0].name} is not missing"
