"""Diagnostics, tables and marks -> text for a terminal, with styles that whoever prints it may take away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

from segdsl.diagnostics import Diagnostic, printable, render

_MARKS = {"✓": "green", "✗": "red", "?": "yellow"}  # true, false, unknown


def styled(diagnostic: Diagnostic) -> str:
    """A diagnostic in a terminal's colours."""
    hue = {"error": "red", "warning": "yellow"}.get(diagnostic.severity, "cyan")
    head, *rest = render(diagnostic).split("\n")
    mark, colon, message = head.partition(": ")
    lines = [click.style(mark, fg=hue, bold=True) + click.style(colon + message, bold=True)]
    for line in rest:
        lines.append(click.style(line, fg=hue) if line.lstrip().startswith("│ ") and "^" in line else line)
    return "\n".join(lines)


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns aligned by their shown width; `right` are the columns of figures."""
    from rich.cells import cell_len

    cells = [[printable(c) for c in row] for row in [headers, *rows]]
    widths = [max(cell_len(row[i]) for row in cells) for i in range(len(headers))]

    def line(row: Sequence[str]) -> str:
        padded = [
            " " * (w - cell_len(c)) + c if i in right else c + " " * (w - cell_len(c))
            for i, (c, w) in enumerate(zip(row, widths))
        ]
        return "  ".join(padded).rstrip()

    return "\n".join([click.style(line(cells[0]), dim=True), *(line(row) for row in cells[1:])])


def wrapped(text: str, width: int) -> str:
    """Text whose lines are at most `width` wide, broken between words and indented under their beginning; frames of code stay whole."""
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, width))


def _pieces(line: str, width: int) -> Iterator[str]:
    plain = click.unstyle(line)
    indent = " " * (len(plain) - len(plain.lstrip()) + 4)
    if _width(line) <= width or "│" in plain or len(indent) > width // 2:
        yield line
        return
    piece, has_words = "", False
    for gap, word in re.findall(r"( *)([^ ]+)", line):
        if has_words and _width(f"{piece}{gap}{word}") > width:
            yield piece
            piece = indent + word
        else:
            piece += gap + word
        has_words = True
    yield piece


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(click.unstyle(text))


def marked(line: str) -> str:
    """A line of an explanation, with its mark coloured: `  ✓ arr > 50_000`, `    save: ✗ …`."""
    for mark, hue in _MARKS.items():
        head, is_there, rest = line.partition(f"{mark} ")
        if is_there and not head.strip(" abcdefghijklmnopqrstuvwxyz0123456789_:"):
            return head + click.style(mark, fg=hue) + " " + rest
    return line
