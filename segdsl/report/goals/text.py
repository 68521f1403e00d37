"""Goals and what was measured of them -> a terminal: each window, whether the goal is on track, and what it needs."""

from __future__ import annotations

import math
from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.experiment.history.goals import Figure, Goal, Goals, Window
from segdsl.model.clock import day
from segdsl.model.goal import RETENTION, said
from segdsl.report.content.figures import percent, small
from segdsl.report.layout.terminal import table
from segdsl.words import values
from segdsl.words.plural import plural

_NAMES = {
    "share": "share",
    "net retention": "net retention",
    "gross retention": "gross retention",
    "mean": "average",
}
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
    by_title = ", as the goal's words say" if g.kind in RETENTION and said(g.goal) is not None else ""
    yield printable(f"{_NAMES[g.kind]}{by_title}, measured by {g.target.measure}{_wanted(g)}")
    if g.windows:
        yield table(*_table(g), right=(3, 4) if g.kind in RETENTION else (2, 3))
    if g.windows and g.kind in RETENTION:
        yield printable(_what_retention_is(g))
    if g.note:
        yield printable(f"doubtful: {g.note}")
    yield from _standing(g)


def _wanted(g: Goal) -> str:
    start = f" from {_shown(g, g.start)}" if g.start is not None else ""
    end = f" to {_shown(g, g.end)}" if g.end is not None else ""
    by = f" by {day(g.target.by)}" if g.target.by is not None else ""
    return f"{start}{end}{by}"


def _table(g: Goal) -> tuple[list[str], list[list[str]]]:
    other = {"net retention": "gross retention", "gross retention": "net retention"}.get(g.kind)
    days = ["from", "next from", "closed"] if other else ["as of", "closed"]
    heads = [*days, plural(g.entity), _NAMES[g.kind], "where it lies, 95 %", *([other] if other else [])]
    return heads, [_row(g, w, other is not None) for w in g.windows]


def _row(g: Goal, w: Window, has_other: bool) -> list[str]:
    f = w.figure
    cells = ["too few", ""] if f is None else [_shown(g, f.estimate), _interval(g, f)]
    others = (
        [f"{_shown(g, w.other.estimate)} ({_interval(g, w.other)})" if w.other is not None else ""] if has_other else []
    )
    days = [*([day(w.before)] if w.before is not None else []), day(w.origin), day(w.closed)]
    return [*days, f"{w.customers:,}", *cells, *others]


def _what_retention_is(g: Goal) -> str:
    who = plural(g.entity)
    grown = ", and growth isn't counted" if g.kind == "gross retention" else ""
    first = (
        f"of the {who} there on the first day: what they bring in the next window, over what they brought in the first"
    )
    return f"{first}; whoever left brings 0{grown}"


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
    line = f"{word}: {printable(g.why)}" if g.why else word
    if g.forecast is not None:
        f = g.forecast
        led_to = f"{_shown(g, f.figure.estimate)} ({_interval(g, f.figure)})"
        line += f"; a straight line through the windows leads to {led_to} in the one that closes on {day(f.closed)}"
    if g.over and g.judged is not None and g.standing in ("reached", "missed", "open"):
        line += f", by the window that closed on {day(g.judged.closed)}, the last by the goal's day"
    yield line
    if g.standing == "open" and (holds := _holds(g)):
        yield printable(holds)
    if (needs := _needs(g)) and not g.over and g.standing in ("on track", "not on track", "open"):
        yield printable(needs)


def _holds(g: Goal) -> str:
    """Where a figure lies whose interval holds the target."""
    if g.judged is None or (f := g.judged.figure) is None or g.end is None or not f.low <= g.end <= f.high:
        return ""
    is_past = g.up is not None and (f.estimate >= g.end if g.up else f.estimate <= g.end)
    where = "it is past" if is_past else "it falls short of"
    return f"at {_shown(g, f.estimate)} {where} the target of {_shown(g, g.end)}, which its interval holds"


def _needs(g: Goal) -> str:
    """What is left to the target, in the goal's own unit and in customers."""
    latest = g.latest
    if latest is None or latest.figure is None or g.end is None:
        return ""
    gap = g.end - latest.figure.estimate
    if g.up is None or (gap <= 0 if g.up else gap >= 0):
        return ""
    if g.kind == "mean":
        size = f"{_shown(g, abs(gap))} {'more' if gap > 0 else 'less'} on average"
    else:
        points = small(abs(gap) * 100)
        size = f"{points} point{'' if points == '1' else 's'} {'more' if gap > 0 else 'less'}"
    if g.kind == "share":
        known = latest.figure.known
        n = math.ceil(abs(gap) * known - 1e-9)
        size += f", which is {n:,} {'more' if gap > 0 else 'fewer'} of {known:,} {plural(g.entity, known)}"
    windows = f", in {g.left} more window{'' if g.left == 1 else 's'}" if g.left else ""
    return f"the target needs {size}{windows}"
