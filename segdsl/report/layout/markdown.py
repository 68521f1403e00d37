"""Text from rules and data -> markdown that it can't leave; tables, folded blocks and places made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from segdsl.diagnostics import Span, printable

MOST = 20  # of a kind; a summary is read, not searched


def in_words(statements: Sequence[tuple[str, str]]) -> str:
    """A result in words: labels, and what is said under each."""
    return "\n".join(f"- **{label}**: {text(words)}" for label, words in statements) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """`heads` and cells are markdown; columns `right` are numbers."""
    marks = ("--:" if i in right else "---" for i in range(len(heads)))
    lines = [_row(heads), f"|{'|'.join(marks)}|", *map(_row, rows)]
    return "\n".join(lines) + "\n"


def text_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """As `table`, of text from rules and data."""
    return table([text(h) for h in heads], ([text(cell) for cell in row] for row in rows))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def left_out(count: int) -> str:
    return f"\n… and {count - MOST} more\n" if count > MOST else ""


def place(span: Span | None) -> str:
    return code(written_place(span)) if span is not None else ""


def written_place(span: Span) -> str:
    return f"{span.source.path}:{span.source.position(span.start)[0]}"


# what GitHub makes a mention, a reference or a link of wherever it stands, also behind a backslash: parted by a space of no width,
# as Renovate and Dependabot part it
_LINKED = re.compile(r"[@#]|:(?=//)|www(?=\.)", re.IGNORECASE)


def text(written: str) -> str:
    """Text from a rule or from data as part of a line: it can't make markup, a link, a mention or a line of its own."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|<>@&~])", r"\\\1", printable(written))
    return _LINKED.sub(r"\g<0>&#8203;", escaped)


def code(written: str) -> str:
    """As code: in as many backticks as it takes."""
    flat = printable(" ".join(written.split())).replace("|", "\\|")
    ticks = "`" * (max((len(m) for m in re.findall("`+", flat)), default=0) + 1)
    pad = " " if "`" in flat else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def html(written: str) -> str:
    """Text as part of a line of HTML that stands in markdown: as plain in the one as in the other."""
    parted = _LINKED.sub("\\g<0>\u200b", printable(written))
    return re.sub(r"[\\`*_{}\[\]()#+!|<>@&~\u200b]", lambda m: f"&#{ord(m[0])};", parted)


def folded(head: str, lines: Sequence[str]) -> str:
    """Lines from rules or data as a block of code, which none of them can leave, under a `head` in HTML of one line."""
    body = "\n".join(map(printable, lines))
    ticks = "`" * max(3, max((len(m) + 1 for m in re.findall("`+", body)), default=0))
    return f"<details><summary>{head}</summary>\n\n{ticks}text\n{body}\n{ticks}\n\n</details>\n"
