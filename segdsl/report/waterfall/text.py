"""How many customers fit each arm of a segmentation, and which arm has them -> a terminal: an arm a line, in order."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.compare.waterfall import Step, Waterfall
from segdsl.diagnostics import printable
from segdsl.report.layout.terminal import styled, table
from segdsl.words import values
from segdsl.words.plural import plural


def render(w: Waterfall) -> str:
    return "\n".join(_lines(w))


def _lines(w: Waterfall) -> Iterator[str]:
    title = f' "{w.title}"' if w.title else ""
    yield click.style(printable(f"{w.rule}{title}"), bold=True) + f"   as of {values.as_of(w.clock)}"
    who = plural(w.entity, w.population)
    yield f"{w.population:,} of {w.total:,} {who}; {w.several:,} fit more than one arm, and the first that fits gets them"
    if w.by_list:
        yield f"{w.by_list:,} are named by a list, which comes before every arm"
    yield ""
    rows = [[s.arm, f"{s.fit:,}", f"{s.got:,}", _unknown(s), _elsewhere(s)] for s in w.steps]
    rows += [[name, "", f"{count:,}", "", ""] for name, count in w.rest.items()]
    yield table(["arm", "fit", "got", "unknown", "the others are in"], rows, right=(1, 2, 3))
    yield from map(styled, w.warnings)


def _unknown(step: Step) -> str:
    return f"{step.unknown:,}" if step.unknown else ""


def _elsewhere(step: Step) -> str:
    return ", ".join(f"{arm} {count:,}" for arm, count in step.elsewhere.items())
