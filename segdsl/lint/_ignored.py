"""`# segdsl: ignore SEG0803 because …`: comments that suppress advice at a line, with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segdsl.diagnostics import Diagnostic, Source, Span

_COMMENT = re.compile(r"#[ \t]*segdsl:[ \t]*ignore\b([^\n]*)")
_ARGUMENTS = re.compile(r"[ \t]+(SEG\d{4}(?:[ \t]*,[ \t]*SEG\d{4})*)(?:[ \t]+because[ \t]+(\S.*))?[ \t]*$")


@dataclass(frozen=True)
class Ignore:
    """A code that is ignored on a line: the comment's own line or, if the comment is alone on it, the next line that isn't a comment."""

    code: str
    path: str
    line: int
    span: Span
    reason: str


def without_ignored(findings: Sequence[Diagnostic], sources: Sequence[Source]) -> Iterator[Diagnostic]:
    """Yields errors, warnings that aren't ignored, and mistakes in the comments themselves."""
    ignores, mistakes = [], []
    for source in sources:
        for comment in _COMMENT.finditer(source.text):
            span = Span(source, comment.start(), comment.end())
            arguments = _ARGUMENTS.match(comment[1])
            if arguments is None or not arguments[2]:
                help = "as in `# segdsl: ignore SEG0803 because the count is shown in the report`"
                mistakes.append(
                    Diagnostic("SEG0815", "this comment needs a code and a reason", span, help=help, severity="warning")
                )
            else:
                line = _line_of(source, comment.start())
                codes = re.findall(r"SEG\d{4}", arguments[1])
                ignores += [Ignore(code, source.path, line, span, arguments[2].strip()) for code in codes]
    used_ignores = set()
    for d in findings:
        path, line, _ = d.place
        matching = [i for i in ignores if (i.code, i.path, i.line) == (d.code, path, line) and d.severity != "error"]
        used_ignores.update(matching)
        if not matching:
            yield d
    yield from mistakes
    for ignore in ignores:
        if ignore not in used_ignores:
            help = "delete the comment; it applies only to advice on its own line or on the line below, never to errors"
            yield Diagnostic(
                "SEG0816", f"there is no {ignore.code} to ignore here", ignore.span, help=help, severity="warning"
            )


def _line_of(source: Source, start: int) -> int:
    line, column = source.position(start)
    if source.line_text(line)[: column - 1].strip():
        return line
    last = source.position(len(source.text))[0]
    while line < last and source.line_text(line).lstrip().startswith("#"):
        line += 1
    return line
