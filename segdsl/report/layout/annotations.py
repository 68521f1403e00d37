"""Findings and failures -> workflow commands, which GitHub shows as annotations beside the lines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Severity, Span, printable

MOST = 10  # annotations of one kind that GitHub shows for one step
_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """`title` is a line, `message` a block, both as a person may see them."""

    severity: Severity
    title: str
    message: str
    span: Span | None


def annotate(d: Diagnostic) -> Annotation:
    help = "\n".join(("", f"help: {printable(d.help)}", *d.shown_lines)) if d.help else ""
    return Annotation(d.severity, d.code, f"{printable(d.message)}{help}", d.span)


def commands(annotations: Sequence[Annotation], root: Path) -> str:
    """One line each, worst first; of each kind the last says how many are left out. `root` is the folder of the workspace."""
    return "\n".join(_lines(annotations, root))


def _lines(annotations: Sequence[Annotation], root: Path) -> Iterator[str]:
    for severity, command in _COMMANDS.items():
        own = [a for a in annotations if a.severity == severity]
        for annotation in own[: MOST if len(own) <= MOST else MOST - 1]:
            yield _line(command, annotation, root)
        if len(own) > MOST:
            yield _line(command, _rest(severity, len(own) - MOST + 1), root)


def _rest(severity: Severity, left_out: int) -> Annotation:
    message = (
        f"{left_out} more are left out, since GitHub shows {MOST} of a kind; without --format github all are listed"
    )
    return Annotation(severity, "more", message, None)


def _line(command: str, a: Annotation, root: Path) -> str:
    properties = {"title": a.title}
    if a.span is not None:
        source = a.span.source
        (line, column), (end_line, end_column) = source.position(a.span.start), source.position(a.span.end)
        properties |= {
            "file": printable(_from_checkout(source.path, root)),
            "line": str(line),
            "endLine": str(max(line, end_line)),
        }
        if line == end_line:
            properties |= {"col": str(column), "endColumn": str(end_column)}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {given}::{_data(a.message)}"


def _from_checkout(path: str, root: Path) -> str:
    """A path of the workspace as GitHub knows it: from the folder it was checked out into."""
    checkout = os.environ.get("GITHUB_WORKSPACE")
    if not checkout:
        return path
    return Path(os.path.relpath(root.resolve() / path, Path(checkout).resolve())).as_posix()


def _data(text: str) -> str:
    """Escaped as GitHub's runner unescapes it, so that no text can end the command or begin another."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
