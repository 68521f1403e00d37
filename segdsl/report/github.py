"""Findings and test results -> workflow commands, which GitHub shows as annotations beside the lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from segdsl.diagnostics import Diagnostic, Severity, Span, printable, printable_lines
from segdsl.testing.suite.suite import Report

MOST = 10  # annotations of one kind that GitHub shows for one step
_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


@dataclass(frozen=True, slots=True)
class _Annotation:
    """`title` is a line, `message` a block, both as a person may see them."""

    severity: Severity
    title: str
    message: str
    span: Span | None


def of_diagnostics(found: Iterable[Diagnostic], root: Path) -> str:
    """One line each, worst first; of each kind the last says how many are left out."""
    return "\n".join(_lines([_of(d) for d in found], root))


def of_tests(report: Report, root: Path) -> str:
    annotations = [_of(d) for d in report.problems]
    for result in report.results:
        annotations += [_of(d) for d in result.errors]
        for failure in result.failures:
            message = f"expected {printable(failure.expected)}\n{printable_lines(failure.actual)}"
            annotations.append(_Annotation("error", f"test: {printable(result.title)}", message, failure.span))
    if not report.results and not annotations:
        annotations.append(_Annotation("error", "no tests", "no tests were found; write one beside a rule", None))
    return "\n".join(_lines(annotations, root))


def _of(d: Diagnostic) -> _Annotation:
    help = f"\nhelp: {printable(d.help)}" if d.help else ""
    return _Annotation(d.severity, d.code, f"{printable(d.message)}{help}", d.span)


def _lines(found: Sequence[_Annotation], root: Path) -> Iterator[str]:
    for severity, command in _COMMANDS.items():
        own = [a for a in found if a.severity == severity]
        for annotation in own[: MOST if len(own) <= MOST else MOST - 1]:
            yield _line(command, annotation, root)
        if len(own) > MOST:
            left = len(own) - MOST + 1
            yield _line(
                command,
                _Annotation(
                    severity,
                    "more",
                    f"{left} more are left out, since GitHub shows {MOST} of a kind; without --format github all are listed",
                    None,
                ),
                root,
            )


def _line(command: str, a: _Annotation, root: Path) -> str:
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
