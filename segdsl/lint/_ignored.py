"""`# segdsl: ignore SEG0803 because …`: advice that somebody has read and decided against, with the reason beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segdsl.diagnostics import Diagnostic, Source, Span

_COMMENT = re.compile(r"#[ \t]*segdsl:[ \t]*ignore\b([^\n]*)")
_SAID = re.compile(r"[ \t]+(SEG\d{4}(?:[ \t]*,[ \t]*SEG\d{4})*)(?:[ \t]+because[ \t]+(\S.*))?[ \t]*$")


@dataclass(frozen=True)
class Ignore:
    """One code on one line: its own, or, where the comment stands alone, the next that isn't a comment."""

    code: str
    path: str
    line: int
    span: Span
    reason: str


def without_ignored(found: Sequence[Diagnostic], sources: Sequence[Source]) -> Iterator[Diagnostic]:
    """Warnings that aren't ignored, all errors, and what is wrong with the comments themselves."""
    ignores, wrong = [], []
    for source in sources:
        for comment in _COMMENT.finditer(source.text):
            span = Span(source, comment.start(), comment.end())
            said = _SAID.match(comment[1])
            if said is None or not said[2]:
                help = "as in `# segdsl: ignore SEG0803 because the count is shown in the report`"
                wrong.append(
                    Diagnostic(
                        "SEG0815", "what is ignored needs its code and a reason", span, help=help, severity="warning"
                    )
                )
            else:
                line = _line_of(source, comment.start())
                codes = re.findall(r"SEG\d{4}", said[1])
                ignores += [Ignore(code, source.path, line, span, said[2].strip()) for code in codes]
    used = set()
    for d in found:
        path, line, _ = d.place
        own = [i for i in ignores if (i.code, i.path, i.line) == (d.code, path, line) and d.severity != "error"]
        used.update(own)
        if not own:
            yield d
    yield from wrong
    for ignore in ignores:
        if ignore not in used:
            help = "delete the comment; errors can't be ignored, and advice only on the line below or beside it"
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
