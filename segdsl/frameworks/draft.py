"""A workspace and the name of a framework -> the rule file to write, which the workspace accepts and whose tests pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Source
from segdsl.frameworks import fields as f
from segdsl.frameworks import write
from segdsl.frameworks.borders import Figure, from_data, nobody_reaches
from segdsl.frameworks.calendar import refuse_calendar
from segdsl.frameworks.known import frameworks
from segdsl.frameworks.known.framework import Border, Framework
from segdsl.frameworks.values import values_of
from segdsl.lang.format import format_text
from segdsl.model.schema import Relation
from segdsl.resolve.problems import nearest_help
from segdsl.run.errors import UsageError
from segdsl.testing.run.runner import run_tests
from segdsl.words import headers
from segdsl.words.plural import plural
from segdsl.workspace.load import Workspace, build, sound


@dataclass(frozen=True, slots=True)
class Draft:
    """A file to write: `fields` says which field was taken for what, `unreached` which borders nobody in the data reaches."""

    name: str
    path: Path
    text: str
    fields: Mapping[str, str]
    unreached: tuple[str, ...] = ()


def draft(
    workspace: Workspace,
    framework: str,
    named: Mapping[str, str],
    name: str | None,
    of: str | None,
    by_data: bool,
    as_of: str | None,
    source: str | None,
) -> Draft:
    """Drafts a framework. Raises `UsageError` where it is unknown, where a field is open, or where its name is taken."""
    known = frameworks()
    if framework not in known:
        help = nearest_help(framework, known, "segdsl new lists them")
        raise UsageError(Diagnostic("SEG0628", f"no framework `{framework}`", help=help))
    chosen = known[framework]
    schema = workspace.model.schema
    own = name or framework
    path = _path(workspace, own)
    entity = f.entity_for(chosen, workspace.model, named, of)
    values = values_of(workspace, as_of, source)
    places = f.fill(chosen, entity, schema, named, values)
    usual = {b.name: _usual(b, places, values) for b in chosen.borders}
    text = write.text_of(chosen, own, entity, places, usual, workspace.model)
    accepted = _with(workspace, path, text)
    if chosen.own_will and chosen.own_will not in named:
        refuse_calendar(accepted, chosen, entity, places, as_of, source)
    metrics = _names_of(chosen, own, workspace)
    if by_data:
        day, figures = from_data(accepted, chosen, metrics, source, as_of)
        borders = {g.border.name: g.rounded for g in figures}
        text = write.text_of(chosen, own, entity, places, borders, workspace.model)
        text = _with_figures(text, day, figures, entity, metrics)
        _with(workspace, path, text)
    unreached = () if by_data else tuple(nobody_reaches(accepted, chosen, metrics, usual, source, as_of))
    fields = {s: p.written for s, p in places.items()}
    return Draft(own, path, format_text(Source(path.name, text)), fields, unreached)


def _usual(border: Border, places: Mapping[str, f.Place], values: f.Values) -> int:
    """The usual border, or the number of values that there are, where that is less."""
    many = values(places[border.values_of]) if border.values_of else None
    return min(border.usual, many) if many is not None else border.usual


def _names_of(framework: Framework, own: str, workspace: Workspace) -> dict[str, str]:
    """The names of a framework as its text has them."""
    used, names = write.taken(workspace.model), {}
    for n in framework.names:
        names[n] = headers.unused(n, used | {own})
        used.add(names[n])
    return names


def _path(workspace: Workspace, name: str) -> Path:
    """Where the file goes: `rules`, or beside the model where rules are read from elsewhere. Raises `UsageError`."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UsageError(
            Diagnostic(
                "SEG0628",
                f"`{name}` can't be the name of a rule",
                help="of lower-case letters, digits and _, as in --name rfm_2",
            )
        )
    include = workspace.config.workspace.include
    folder = workspace.root / "rules"
    if include is not None and "rules" not in include:
        model = next(iter(workspace.model.schema.entities), None)
        folder = (workspace.root / model.span.source.path).parent if model is not None else workspace.root
    path = folder / f"{name}.seg"
    used = write.taken_by_rules(workspace.model)
    if path.exists() or path.is_symlink() or name in used:
        files = {p.stem for p in folder.glob("*.seg")} if folder.is_dir() else set()
        other = headers.unused(name, used | files | {name})
        what = f"{path.relative_to(workspace.root)}" if name not in used else f"`{name}`"
        raise UsageError(
            Diagnostic(
                "SEG0610", f"{what} is here already, and nothing is overwritten", help=f"write another: --name {other}"
            )
        )
    return path


def _with(workspace: Workspace, path: Path, text: str) -> Workspace:
    """The workspace with the new file. Raises `RulesError` where the model doesn't take it, `UsageError` where a test doesn't pass."""
    source = Source(path.relative_to(workspace.root).as_posix(), text)
    accepted = sound(build(workspace.root, workspace.config, [*workspace.sources, source], []))
    own = [t for t in accepted.model.tests if t.span.source.path == source.path]
    for result in run_tests(own, accepted.model, accepted.zone):
        if result.failures or result.errors:
            why = "the model holds something that the framework's tests don't expect"
            raise UsageError(
                Diagnostic(
                    "SEG0628", f"its own test doesn't pass here: {result.title}", help=f"{why}: name other fields"
                )
            )
    return accepted


def _with_figures(text: str, day: str, figures: list[Figure], entity: Relation, metrics: Mapping[str, str]) -> str:
    """The text with the figures that led to its borders, below the comment that it begins with."""
    of = f"{figures[0].of:,} {plural(entity.name, figures[0].of)}"
    said = [f"#   {_said(g, metrics[g.border.of])}" for g in figures]
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    head = f"# Borders from the data of {day}, of {of} with a value:"
    return "\n".join([*lines[:first], head, *said, *lines[first:]]) + "\n"


def _said(figure: Figure, metric: str) -> str:
    border = figure.border
    at = f"the value at {_percent(border.at)} is {figure.exact:,.10g}"
    return f"{border.name} {figure.rounded:,} of {metric}: {_percent(figure.below)} have less; {at}"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
