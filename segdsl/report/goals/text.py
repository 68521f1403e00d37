"""Goals and what was measured of them -> a terminal: each window, whether the goal is on track, and what it needs."""

from __future__ import annotations

import math
from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.experiment.history.goals import Figure, Goal, Goals, Window
from segdsl.model.clock import day
from segdsl.report.content.figures import percent, small
from segdsl.report.layout.terminal import table
from segdsl.words import values
from segdsl.words.plural import plural

_HUES = {"reached": "green", "on track": "green", "not on track": "red", "missed": "red"}


def render(x: Goals) -> str:
    return "\n".join(_lines(x))


def _lines(x: Goals) -> Iterator[str]:
    yield click.style("goals", bold=True) + f"   as of {values.as_of(x.clock)}"
    for goal in x.goals:
        yield ""
        yield from _goal(goal)
    if x.in_words:
        yield ""
        yield printable(f"in words alone, without `measured by`: {', '.join(x.in_words)}")
    if not x.goals and not x.in_words:
        yield "no rule has a goal"


def _goal(g: Goal) -> Iterator[str]:
    yield click.style(printable(g.rule), bold=True) + printable(f'   "{g.goal}"' if g.goal else "")
    yield printable(f"measured by {g.target.measure}{_wanted(g)}")
    if g.windows:
        yield table(*_table(g), right=(2, 3))
    yield from _standing(g)


def _wanted(g: Goal) -> str:
    start = f" from {_shown(g, g.start)}" if g.start is not None else ""
    end = f" to {_shown(g, g.end)}" if g.end is not None else ""
    by = f" by {day(g.target.by)}" if g.target.by is not None else ""
    return f"{start}{end}{by}"


def _table(g: Goal) -> tuple[list[str], list[list[str]]]:
    other = {"net retention": "gross retention", "gross retention": "net retention"}.get(g.kind)
    heads = ["as of", "closed", plural(g.entity), g.kind, "where it lies, 95 %", *([other] if other else [])]
    return heads, [_row(g, w, other is not None) for w in g.windows]


def _row(g: Goal, w: Window, has_other: bool) -> list[str]:
    f = w.figure
    cells = ["too few", ""] if f is None else [_shown(g, f.estimate), _interval(g, f)]
    others = (
        [f"{_shown(g, w.other.estimate)} ({_interval(g, w.other)})" if w.other is not None else ""] if has_other else []
    )
    return [day(w.origin), day(w.closed), f"{w.customers:,}", *cells, *others]


def _interval(g: Goal, f: Figure) -> str:
    return f"{_shown(g, f.low)} to {_shown(g, f.high)}"


def _shown(g: Goal, x: float) -> str:
    if g.kind == "mean":
        return f"{g.currency} {x:,.2f}".strip()
    return percent(x)


def _standing(g: Goal) -> Iterator[str]:
    word = click.style(g.standing, fg=_HUES[g.standing], bold=True) if g.standing in _HUES else g.standing
    if g.standing == "no target":
        yield printable(g.why)
        return
    said = f"{word}: {printable(g.why)}" if g.why else word
    if g.forecast is not None:
        f = g.forecast
        led_to = f"{_shown(g, f.figure.estimate)} ({_interval(g, f.figure)})"
        said += f"; a straight line through the windows leads to {led_to} in the one that closes on {day(f.closed)}"
    yield said
    if (needs := _needs(g)) and g.standing in ("on track", "not on track", "open"):
        yield printable(needs)


def _needs(g: Goal) -> str:
    """What is left to the target, in the goal's own unit and in customers."""
    latest = g.latest
    if latest is None or latest.figure is None or g.end is None:
        return ""
    gap = g.end - latest.figure.estimate
    if g.kind == "mean":
        size = f"{_shown(g, abs(gap))} {'more' if gap > 0 else 'less'} on average"
    else:
        points = small(abs(gap) * 100)
        size = f"{points} point{'' if points == '1' else 's'} {'more' if gap > 0 else 'less'}"
    if g.kind == "share":
        n = math.ceil(abs(gap) * latest.customers - 1e-9)
        size += f", which is {n:,} {'more' if gap > 0 else 'fewer'} of {latest.customers:,} {plural(g.entity, latest.customers)}"
    windows = f", in {g.left} more window{'' if g.left == 1 else 's'}" if g.left else ""
    return f"the target needs {size}{windows}"
