"""A pilot or a replay -> a terminal: the verdict, the result in words, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segdsl.diagnostics import printable
from segdsl.experiment.pilot.measures import Result
from segdsl.report.content import pilot_tables as tables
from segdsl.report.content.pilot import beside, checked, headline, limits, of_held_out, with_another
from segdsl.report.content.pilot_in_words import in_words
from segdsl.report.layout import verdict
from segdsl.report.layout.terminal import table
from segdsl.words import values


def render(results: Sequence[Result]) -> str:
    return "\n\n".join("\n".join(_lines(r)) for r in results)


def _lines(r: Result) -> Iterator[str]:
    p, e = r.piloted, r.experiment
    yield verdict.styled(p.verdict.word, headline(r))
    yield ""
    yield from verdict.in_words(in_words(r))
    yield ""
    yield f"  {e.name}, {r.kind}, as of {values.as_of(r.clock)}{with_another(r)}"
    if p.checks:
        yield ""
    yield from (f"  {'✓' if c.ok else '✗'} {printable(checked(c))}" for c in p.checks)
    yield from (f"  {'✓' if held else '✗'} {name}" for name, held in p.needed)
    if p.primary is not None:
        yield ""
        yield table(*tables.outcome_rows(r), right=(1, 2, 3))
    if r.looks:
        yield ""
        yield table(*tables.look_rows(r), right=(0, 2, 3, 4))
    if p.cells is not None:
        yield ""
        yield table(*tables.cell_rows(r), right=(1,))
    if r.account is not None:
        yield ""
        yield table(*tables.account_rows(r.account), right=tuple(range(1, 2 + len(r.account.groups))))
        yield from (f"  {printable(line)}" for line in r.account.data)
    if r.held_out is not None:
        yield ""
        heads, cells = tables.held_out_rows(r)
        if cells:
            yield table(heads, cells, right=(1, 2, 3, 4, 5))
        yield from (f"  {printable(line)}" for line in of_held_out(r))
        yield table(*tables.account_rows(r.held_out.account), right=(1, 2, 3))
    if lines := [*beside(r), *limits(r)]:
        yield ""
        yield from map(printable, lines)
