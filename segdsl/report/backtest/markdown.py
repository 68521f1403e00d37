"""A backtest -> markdown for a pull request: the verdict first, then the result in words, no customer named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segdsl.experiment.history.backtest import Result
from segdsl.model.clock import day
from segdsl.report.content.backtest import headline, limits, periods, shares
from segdsl.report.content.backtest_in_words import in_words
from segdsl.report.content.figures import percent
from segdsl.report.layout import markdown
from segdsl.report.layout.markdown import table, text
from segdsl.words.plural import plural


def render(results: Sequence[Result]) -> str:
    return "\n".join(part for r in results for part in _parts(r))


def _parts(r: Result) -> Iterator[str]:
    e, j = r.experiment, r.judged
    yield f"### {j.verdict.word}: {text(headline(r))}\n"
    yield markdown.in_words(in_words(r))
    yield f"{text(e.name)}, {r.evidence}, {periods(r.design)}, outcomes until {day(r.until)}.\n"
    yield "\n".join(f"- {'✓' if c.ok else '✗'} {c.name}: {text(c.message)}" for c in j.checks) + "\n"
    if not j.is_shown:
        return
    yield "\n".join(f"- {'✓' if shown else '✗'} {name}" for name, shown in j.needed) + "\n"
    yield _origins(r)
    yield "\n".join(f"> {text(line)}" for line in limits(r)) + "\n"


def _origins(r: Result) -> str:
    e, j, shown = r.experiment, r.judged, shares(r.judged)
    heads = [
        "as of",
        f"{text(plural(e.entity))}",
        "another play",
        "observed",
        text(e.incumbent),
        text(r.candidate),
        "gain in skill",
    ]
    rows = [
        [
            day(o.as_of),
            f"{o.customers:,}",
            f"{o.differ:,}",
            shown(o.observed),
            *map(shown, o.expected),
            percent(o.gain / j.variance),
        ]
        for o in j.origins
    ]
    return table(heads, rows, right=(1, 2, 3, 4, 5, 6))
