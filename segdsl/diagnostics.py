"""Diagnostics: findings as values with a place in the source, rendered as text with a caret or as a JSON record."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import Any, Literal

SCHEMA_VERSION = 1

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, eq=False)
class Source:
    """The text of one file. `path` is the path shown to readers, relative to the workspace."""

    path: str
    text: str

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(m.end() for m in re.finditer(r"\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Converts an offset in code points to (line, column), both 1-based."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        start, end = self.line_bounds(line)
        return self.text[start:end]

    def line_bounds(self, line: int) -> tuple[int, int]:
        """Returns where a line starts and ends, without its line break."""
        start = self._line_starts[line - 1]
        end = self._line_starts[line] if line < len(self._line_starts) else len(self.text)
        return start, start + len(self.text[start:end].rstrip("\r\n"))


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points in one source."""

    source: Source
    start: int
    end: int

    def to(self, other: Span) -> Span:
        return Span(self.source, self.start, max(self.end, other.end))

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


_MOST_LINES = 60  # of a replacement, shown in a message
_LONGEST_LINE = 5_000  # of a replacement
_LONGEST_PIECE, _LONGEST_PIECE_OF_HELP = 400, 2_500  # in quotes, or without a blank
_CUT_TO = 160
_LONGEST_TEXT = 6_000


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement of text that fixes a finding and changes nothing else.

    `sure` says of the fix of an error that nothing in it is guessed.
    `shown` says that the message shows the replacement below its help, since it is long or has several lines.
    """

    span: Span
    replacement: str
    sure: bool = False
    shown: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the replacement as the message shows them, without the indentation of the place: empty if it shows none."""
        if not self.shown:
            return ()
        line = self.span.source.line_text(self.span.source.position(self.span.start)[0])
        indented = line[: len(line) - len(line.lstrip(" "))]
        return _lines_shown([one.removeprefix(indented).rstrip() for one in self.replacement.split("\n")])


def _lines_shown(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines as a message shows them: each `printable`, not too long, and not too many."""
    shown = [printable(one if len(one) <= _LONGEST_LINE else one[:_LONGEST_LINE] + " …") for one in lines]
    return (*shown[:_MOST_LINES], *(["…"] if len(shown) > _MOST_LINES else []))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `code` names the page that explains the finding.
    `span` is the place in the rules; None if the finding is about the workspace as a whole.
    `label` is the text below the place.
    `help` says what to do.
    `related` are other places, each with a note.
    `undeclared` is the name that isn't declared, if that is what is wrong.
    `draft` are lines to write with gaps in them, which are shown and can be no fix.
    Very long names and quoted texts are cut in all that is said.
    """

    code: str
    message: str
    span: Span | None = None
    _: KW_ONLY
    label: str = ""
    help: str = ""
    severity: Severity = "error"
    related: tuple[tuple[Span, str], ...] = ()
    fix: Fix | None = field(default=None, compare=False)
    undeclared: str = field(default="", compare=False)
    draft: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for name, longest in (("message", _LONGEST_PIECE), ("label", _LONGEST_PIECE), ("help", _LONGEST_PIECE_OF_HELP)):
            object.__setattr__(self, name, _bounded(getattr(self, name), longest))

    @property
    def shown_lines(self) -> tuple[str, ...]:
        """The lines that stand below the help: how several lines should be written. Each is `printable`."""
        if self.draft:
            return _lines_shown(self.draft.split("\n"))
        return self.fix.lines if self.fix is not None else ()

    @property
    def place(self) -> tuple[str, int, int]:
        if self.span is None:
            return ("", 0, 0)
        return (self.span.source.path, *self.span.source.position(self.span.start))


def _bounded(text: str, longest: int) -> str:
    """Cuts what stands in quotes, or without a blank, where it is longer than `longest`."""
    if len(text) <= longest:
        return text
    pieces = rf'`[^`]{{{longest},}}`|"[^"]{{{longest},}}"|[^\s`"]{{{longest},}}'
    text = re.sub(pieces, lambda m: m[0][:_CUT_TO] + "…" + (m[0][-1] if m[0][-1] in '`"' else ""), text)
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"


class Refusal(Exception):
    """An operation that can't continue.

    `diagnostics` say why and what to do; `str` renders them.
    `exit_code` is the exit code of a command that is refused.
    """

    exit_code = 2

    def __init__(self, diagnostics: Diagnostic | Sequence[Diagnostic]) -> None:
        self.diagnostics = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        super().__init__("; ".join(d.message for d in self.diagnostics))

    def __str__(self) -> str:
        return "\n".join(render(d) for d in self.diagnostics)


def in_file_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorts findings by place and removes duplicates."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda d: (*d.place, d.code)))


def has_errors(findings: Iterable[Diagnostic]) -> bool:
    return any(d.severity == "error" for d in findings)


# -- rendering ---------------------------------------------------------------

# characters that are invisible, or shown at another place: line breaks, controls (C0, C1), directions, joiners and fillers without
# width, tags, and code points that are not characters (XML can't carry some, UTF-8 no surrogates). `❤\ufe0f` stays as it is.
_UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
) + "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 17))
UNSEEN = re.compile(f"(?:[{_UNSEEN}]|(?<=[^\\W\\d_\u2139])[\ufe0e\ufe0f])")
"""Invisible characters. Variation selectors (U+FE0E, U+FE0F) count only after a letter: after an emoji they change what is seen."""
_ESCAPED = re.compile(
    f"[{_UNSEEN}\ufe0e\ufe0f]"
)  # for JSON, where a selector may follow an escape, which ends with a letter
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}
_WIDEST = 160


def printable(text: str) -> str:
    """Makes text from a rule file or from data safe within one line: invisible characters become visible, as `\\n` or `\\u{202e}`."""
    return UNSEEN.sub(lambda m: _SHORT.get(m[0]) or f"\\u{{{ord(m[0]):x}}}", text)


def printable_lines(text: str) -> str:
    """Makes each line of a text safe, as `printable` does. Data in the text must have been made `printable` before, or it can add lines."""
    return "\n".join(map(printable, text.split("\n")))


def series(names: Sequence[str], word: str = "and") -> str:
    """Names as a sentence has them: `a`, `a and b`, `a, b and c`."""
    return f" {word} ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def json_text(value: object) -> str:
    """Writes a value as JSON. Invisible characters are escaped, and so is `##[`, which GitHub's log reads as a command."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    escaped = _ESCAPED.sub(lambda m: m[0] if m[0] == "\n" else _escaped_for_json(m[0]), text)
    return escaped.replace("##[", r"##\u005b")


def _escaped_for_json(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def render(diagnostic: Diagnostic) -> str:
    """Renders one diagnostic for a terminal, without colour.

    The first line is `severity[CODE]: message`; the caret line carries the label.
    """
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {printable(diagnostic.message)}"]
    if diagnostic.span is not None:
        lines += _excerpt(diagnostic.span, diagnostic.label)
    for span, note in diagnostic.related:
        lines += [f"  = {printable(note)}:", *_excerpt(span, "")]
    if diagnostic.help:
        lines.append(f"  = help: {printable(diagnostic.help)}")
        lines += [f"    │ {line}".rstrip() for line in diagnostic.shown_lines]
    return "\n".join(lines)


def as_plain_text(findings: Iterable[Diagnostic]) -> str:
    """Renders several diagnostics, separated by blank lines."""
    return "\n\n".join(render(d) for d in findings)


def _excerpt(span: Span, label: str) -> list[str]:
    path, (line, column) = span.source.path, span.source.position(span.start)
    text = span.source.line_text(line)
    width = max(1, min(span.end - span.start, len(text) - column + 1))
    text, column = _around(text, column)
    width = min(width, max(1, _WIDEST - column))
    gutter = str(line)
    pad = " " * len(gutter)
    left_of_span, marked, right_of_span = (
        printable(part.replace("\t", " "))
        for part in (text[: column - 1], text[column - 1 : column - 1 + width], text[column - 1 + width :])
    )
    line_shown = left_of_span + marked + right_of_span
    caret = " " * len(left_of_span) + "^" * max(1, len(marked))
    return [
        f"{pad}┌─ {printable(path)}:{line}:{span.source.position(span.start)[1]}",
        f"{gutter}│ {line_shown}",
        f"{pad}│ {caret} {printable(label)}".rstrip(),
    ]


def _around(text: str, column: int) -> tuple[str, int]:
    """Cuts a very long line to the part around a column."""
    if len(text) <= _WIDEST:
        return text, column
    start = max(0, column - 1 - _WIDEST // 2)
    return text[start : start + _WIDEST], column - start


def summary(findings: Sequence[Diagnostic]) -> str:
    """Counts findings by severity, as in `2 errors, 1 warning`; empty if there are none."""
    counts = [(sum(d.severity == s for d in findings), s) for s in ("error", "warning", "info")]
    return ", ".join(f"{n} {s}{'s' if n != 1 and s != 'info' else ''}" for n, s in counts if n)


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Returns the JSON record of a diagnostic; line and column are 1-based, in code points."""
    file, line, column = diagnostic.place
    record: dict[str, Any] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": file,
        "line": line,
        "column": column,
        "help": diagnostic.help,
    }
    if diagnostic.span is not None:
        end_line, end_column = diagnostic.span.source.position(diagnostic.span.end)
        record |= {"end_line": end_line, "end_column": end_column, "label": diagnostic.label}
    if diagnostic.fix is not None:
        start = diagnostic.fix.span.source.position(diagnostic.fix.span.start)
        end = diagnostic.fix.span.source.position(diagnostic.fix.span.end)
        record["fix"] = {"start": start, "end": end, "replacement": diagnostic.fix.replacement}
    if diagnostic.draft:
        record["draft"] = diagnostic.draft
    return record
