"""All segments of an entity -> one HTML page: the largest intersections, who shares how many with whom, and remarks."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.compare.intersections import Intersections
from segdsl.diagnostics import series
from segdsl.report.content.intersections import heading, remarks, share
from segdsl.report.layout import chart, page
from segdsl.report.layout.page import paragraphs, scrolling, sentence, table, text
from segdsl.words import values
from segdsl.words.plural import plural

ACROSS = 12


def render(x: Intersections) -> str:
    return page.page(f"All segments of {x.entity}", _parts(x))


def _parts(x: Intersections) -> Iterator[str]:
    yield f'<p>{text(heading(x))}.</p><p class="dim">As of {text(values.as_of(x.clock))}.</p>'
    yield paragraphs(sentence(f"{w.message}; {w.help}") for w in x.warnings)
    shown = [y for y in x.sets if y.customers][:ACROSS]
    if not shown:
        return
    yield f"<h2>{text(plural(x.entity).capitalize())} in exactly these, and in no other</h2>"
    columns = [(y.names, y.customers) for y in x.largest]
    yield scrolling(
        chart.upset("the largest intersections of segments", [(y.name, y.customers) for y in shown], columns)
    )
    if also := "; ".join(_also(x, [y.name for y in shown])):
        yield f'<p class="dim">In segments without a row here, too: {text(also)}.</p>'
    if x.count > len(x.largest):
        yield f'<p class="dim">And {x.count - len(x.largest):,} smaller intersections.</p>'
    yield "<h2>How many are in another, too</h2>"
    numbers = [str(i) for i in range(1, len(shown) + 1)]
    heads = ["", plural(x.entity), *numbers]
    rows = []
    for number, a in zip(numbers, shown):
        cells = ["·" if a == b else text(share(x, a, b)) for b in shown]
        rows.append([f"{number}.&nbsp;{page.name(a.name)}", f"{a.customers:,}", *cells])
    caption = f"Of the {plural(x.entity)} in a row, how many are in each column"
    yield scrolling(table(caption, heads, rows, right=tuple(range(1, len(heads)))))
    if left := sum(1 for y in x.sets if y.customers) - len(shown):
        yield f'<p class="dim">And {left} smaller ones, with --format json.</p>'
    if lines := list(map(sentence, remarks(x))):
        yield "<h2>Worth a look</h2>" + paragraphs(lines)


def _also(x: Intersections, rows: list[str]) -> Iterator[str]:
    """Of each bar, in which sets its customers are that have no row in the chart."""
    for number, y in enumerate(x.largest, 1):
        if rest := [n for n in y.names if n not in rows]:
            yield f"bar {number} in {series(rest, 'and')}"
