"""Headings, tables and bars -> one HTML page that needs nothing else: offline, printable, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from segdsl.diagnostics import printable

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1f23; --paper: #fff; --dim: #667; --line: #d9dce1; --bar: #3a76c4; \
--warn: #b3261e; --good: #1b7f3b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ec; --paper: #16181b; --dim: #9aa3ad; --line: #343a41; \
--bar: #6fa3e8; --warn: #ff8a80; --good: #6fd08c; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 58rem; \
margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin-top: 2rem; } p.dim, .dim { color: var(--dim); }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; } \
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; color: var(--dim); } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } \
td.n { white-space: nowrap; }
pre { background: color-mix(in srgb, var(--line) 45%, transparent); padding: .6rem .8rem; overflow-x: auto; \
font-size: .85rem; }
.bar { display: inline-block; height: .7rem; background: var(--bar); border-radius: 2px; vertical-align: middle; } \
.warn { color: var(--warn); font-weight: 600; }
svg { width: 100%; height: auto; max-width: 44rem; display: block; margin: .8rem 0; font-size: 13px; fill: var(--ink); } \
svg .tick { fill: var(--dim); font-size: 12px; } svg .axis { stroke: var(--line); }
svg .whisker { stroke: var(--bar); stroke-width: 2; } svg .dot { fill: var(--bar); } \
svg .ring { fill: var(--paper); stroke: var(--bar); stroke-width: 2; } svg .total { font-weight: 600; }
svg path { fill: none; } svg .curve { stroke: var(--bar); stroke-width: 2; } svg .other { opacity: .45; } \
svg .stays { stroke: var(--line); } svg .moves { stroke: var(--bar); opacity: .45; }
.verdict { border-left: .4rem solid var(--dim); padding: .4rem 1rem; font-size: 1.1rem; } \
.verdict strong { font-size: 1.3rem; } .verdict p { margin: .2rem 0; } .verdict.good { border-color: var(--good); } \
.verdict.bad { border-color: var(--warn); }
dl.words { display: grid; grid-template-columns: 6rem 1fr; gap: .5rem 1rem; } dl.words dt { color: var(--dim); } \
dl.words dd { margin: 0; }
.wide { overflow-x: auto; } .wide th:first-child, .wide td:first-child { position: sticky; left: 0; \
background: var(--paper); } .wide th.n, .wide td.n { padding: .3rem .45rem; } .wide svg.chart { max-width: none; }
.date { white-space: nowrap; } ul.ticks { list-style: none; padding: 0; } li.no { color: var(--warn); font-weight: 600; }
@media print { body { max-width: none; margin: 0; } details { display: block; } }
"""


_ENDS = re.compile(r"([_.(])(?=\w)")


def text(written: str) -> str:
    """Text from a rule or from data, which can't become markup."""
    return escape(printable(written), quote=True)


def name(written: str) -> str:
    """A name, or a value as a rule writes it, which a narrow column breaks where its words end."""
    return _ENDS.sub(r"\1<wbr>", text(written))


def page(title: str, parts: Iterable[str]) -> str:
    """`title` is plain text; `parts` are HTML made by the functions here."""
    body = "\n".join(parts)
    view = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f"{view}<title>{text(title)}</title>"
    guard = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    return (
        f'<!doctype html>\n<html lang="en"><head>{guard}{head}<style>{_STYLE}</style></head>\n'
        f"<body>\n<main>\n<h1>{text(title)}</h1>\n{body}\n</main>\n</body></html>\n"
    )


def in_words(said: Sequence[tuple[str, str]]) -> str:
    """A result in words: labels, and what is said under each."""
    rows = "".join(f"<dt>{text(label)}</dt><dd>{text(words.replace('`', ''))}</dd>\n" for label, words in said)
    return f'<dl class="words">\n{rows}</dl>'


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """`heads` are plain text, cells HTML; columns `right` are numbers."""
    kind = dict.fromkeys(right, ' class="n"')
    head = "".join(f'<th scope="col"{kind.get(i, "")}>{name(h)}</th>' for i, h in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(f"<td{kind.get(i, '')}>{c}</td>" for i, c in enumerate(row)) + "</tr>\n" for row in rows
    )
    return (
        f'<table><caption class="dim" style="text-align:left">{text(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"
    )


def text_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """As `table`, of text from rules and data."""
    return table(caption, heads, ([text(cell) for cell in row] for row in rows), right)


def scrolling(wide: str) -> str:
    """A table or a picture that scrolls by itself where the page is narrower; the first column of a table stays."""
    return f'<div class="wide">{wide}</div>'


def sentence(line: str) -> str:
    """A line as a sentence, without the backticks of its names; it begins with a capital, but for a name, which is as it is."""
    plain = line.replace("`", "")
    return f"{plain if line.startswith('`') else plain[:1].upper() + plain[1:]}."


def paragraphs(lines: Iterable[str]) -> str:
    """Sentences of plain text, each a paragraph."""
    return "".join(f"<p>{text(line)}</p>" for line in lines)


def bar(share: float) -> str:
    """A part of the whole as a bar, at most a fifth of the page; the number stands beside it."""
    width = max(0.0, min(1.0, share)) * 12
    return f'<span class="bar" style="width:{width:.2f}rem" aria-hidden="true"></span>'
