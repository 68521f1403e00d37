"""What marks a segment out -> one HTML page: for each group its differences with their intervals, and typical customers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from segdsl.model.clock import day
from segdsl.profile.profile import Entry, Marks, Profile
from segdsl.report.content.profile import (
    LEGEND,
    READ,
    apart,
    change_heads,
    change_row,
    left_out,
    not_compared,
    nothing,
    of_group,
    people,
    plain_effect,
    since,
    tested,
    typical_heads,
    typical_rows,
)
from segdsl.report.layout import chart, page
from segdsl.report.layout.page import paragraphs, scrolling, sentence, table, text, text_table
from segdsl.words import values
from segdsl.words.plural import plural

LISTED, LISTED_OF_ARMS = 20, 80
MOST_ARMS = 16
TYPICAL = 10
FARTHEST = 3.0
"""Standard deviations that charts go to at most."""
BEYOND = "beyond the scale"
ARROWS = "An arrow at the edge of a chart says that the figure, or an end of its interval, lies beyond the scale."


def render(p: Profile) -> str:
    return page.page(f"{p.name}: what marks it out", _parts(p))


def _parts(p: Profile) -> Iterator[str]:
    yield f'<p>{text(people(p))}.</p><p class="dim">As of {text(values.as_of(p.clock))}.</p>'
    yield paragraphs(sentence(f"{w.message}; {w.help}") for w in p.warnings)
    each = min(LISTED, max(4, LISTED_OF_ARMS // len(p.marks)))
    for marks in p.marks[:MOST_ARMS]:
        yield from _group(p, marks, each)
    if len(p.marks) > MOST_ARMS:
        yield f"<p>{len(p.marks) - MOST_ARMS} more arms are in the JSON.</p>"
    if p.since is not None:
        yield from _since(p, each)
    yield "<h2>How to read this</h2>"
    yield paragraphs([LEGEND, ARROWS, *(sentence(line) for line in (*tested(p), left_out(p)) if line)])


def _group(p: Profile, marks: Marks, most: int) -> Iterator[str]:
    many = f"{marks.customers:,} {plural(p.entity, marks.customers)}"
    yield f'<h2>{text(marks.name)} <span class="dim">{text(many)}</span></h2>'
    if why := nothing(p, marks):
        yield paragraphs([sentence(why)])
        return
    strongest = marks.strongest()
    shown = strongest[:most]
    reach = _reach(shown)
    head = f'<span class="dim">standard deviations apart</span>{chart.scale(reach, plain_effect)}'
    rows = [[head, "", ""], *(_row(e, reach) for e in shown)]
    yield scrolling(table("", ["", marks.name, p.against], rows, right=(1, 2)))
    if len(strongest) > most:
        yield f'<p class="dim">And {len(strongest) - most} more kinds of difference.</p>'
    if typical := typical_rows(marks, min(TYPICAL, most)):
        caption = f"Typical {plural(p.entity)}, and how many are most like them"
        heads = ["", *typical_heads(p, marks)]
        yield scrolling(text_table(caption, heads, typical, right=tuple(range(1, len(heads)))))


def _since(p: Profile, most: int) -> Iterator[str]:
    assert p.since is not None
    yield f"<h2>What changed since {text(day(p.since.then.today))}</h2>"
    for g, changes in enumerate(p.since.changes[:MOST_ARMS]):
        yield paragraphs([sentence(since(p, g))])
        if changes:
            yield scrolling(
                text_table("", change_heads(p), (change_row(c) for c in changes[:most]), right=(1, 2, 3, 4))
            )
    yield paragraphs(map(sentence, not_compared(p)))


def _reach(entries: Sequence[Entry]) -> float:
    """How far the scale of the charts goes on either side."""
    ends = [abs(v) for e in entries if e.difference is not None for v in e.difference.interval]
    return min(FARTHEST, max((v for v in ends if math.isfinite(v)), default=1.0))


def _row(e: Entry, reach: float) -> list[str]:
    x = e.difference
    assert x is not None
    beyond = "" if -reach <= x.effect <= reach else f" · {BEYOND}"
    small = chart.whisker(f"{e.value.text}: {apart(e)}{beyond}", x.interval[0], x.effect, x.interval[1], -reach, reach)
    note = f" · {READ}" if e.is_read else ""
    first = f'{page.name(e.value.text)}<br><span class="dim">{text(apart(e) + beyond + note)}</span>{small}'
    return [first, text(of_group(e.value, e.group)), text(of_group(e.value, e.others))]
