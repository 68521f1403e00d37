"""Why a customer is where it is -> a terminal: every clause with its values, where ranks drew the line, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

import click

from segdsl.diagnostics import printable
from segdsl.ledger.moves import Since
from segdsl.ledger.store import Border
from segdsl.model.clock import Clock
from segdsl.report.run.text import border_text
from segdsl.words import values
from segdsl.words.explain import Explanation, MetricExplanation, as_text, metric_as_text

_HUES = {"✓": "green", "✗": "red", "?": "yellow"}


def render(
    clock: Clock,
    explanations: Sequence[Explanation],
    metrics: Sequence[MetricExplanation],
    since: Mapping[str, Since],
    borders: Mapping[str, Sequence[Border]],
) -> str:
    lines = [f"as of {values.as_of(clock)}"]
    every: list[Explanation | MetricExplanation] = [*explanations, *metrics]
    lines += dict.fromkeys(f"{printable(e.key)} is found by its {e.found_by}" for e in every if e.found_by)
    for e in explanations:
        lines += ["", clauses(e), *_remembered(e, since.get(e.rule), borders[e.rule])]
    lines += [line for m in metrics for line in ("", _coloured(metric_as_text(m)))]
    return "\n".join(lines)


def clauses(e: Explanation) -> str:
    return _coloured(as_text(e))


def _coloured(text: str) -> str:
    head, *lines = (printable(line) for line in text.split("\n"))
    return "\n".join([click.style(head, bold=True), *map(_marked, lines)])


def _marked(line: str) -> str:
    mark = line.lstrip()[:1]
    return line.replace(mark, click.style(mark, fg=_HUES[mark]), 1) if mark in _HUES else line


def _remembered(e: Explanation, since: Since | None, borders: Sequence[Border]) -> Iterator[str]:
    """What the ledger knows of it."""
    if since is not None:
        yield from (click.style(f"  {_border(b, since)}", dim=True) for b in borders)
        yield click.style(f"  {_since(e, since)}", dim=True)


def _border(border: Border, since: Since) -> str:
    day = values.day(Clock(since.last.as_of, ZoneInfo(since.last.zone)).today)
    return printable(f"{border.arm}: {border.text}; on {day} the border was {border_text(border)}")


def _since(e: Explanation, since: Since) -> str:
    day = values.day(Clock(since.first, ZoneInfo(since.zone)).today)
    if since.place != (e.arm or e.status):
        former = f", which `{e.rule}` no longer has" if since.is_former else ""
        return f"the last run had it in {printable(since.place or '')}{former}, since {day}"
    if since.before is None:
        return f"since {day} or before, the first run"
    why = " and ".join(since.causes) + (f" ({printable(since.clause)})" if since.clause else "")
    return f"since {day}, before that {since.before}" + (f": {why}" if why else "")
