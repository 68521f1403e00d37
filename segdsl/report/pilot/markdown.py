"""A pilot or a replay -> markdown for a pull request: the verdict first, then the result in words, no customer named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segdsl.experiment.pilot.measures import Result
from segdsl.report.content import pilot_tables as tables
from segdsl.report.content.pilot import beside, checked, headline, limits, of_held_out
from segdsl.report.content.pilot_in_words import in_words
from segdsl.report.layout import markdown
from segdsl.report.layout.markdown import text, text_table


def render(results: Sequence[Result]) -> str:
    return "\n".join("\n".join(_parts(r)) for r in results)


def _parts(r: Result) -> Iterator[str]:
    p = r.piloted
    yield f"### {p.verdict.word}: {text(headline(r))}\n"
    yield markdown.in_words(in_words(r))
    yield "\n".join(f"- {'✓' if c.ok else '✗'} {text(checked(c))}" for c in p.checks) + "\n"
    if p.primary is not None:
        yield text_table(*tables.outcome_rows(r))
    if r.looks:
        yield text_table(*tables.look_rows(r))
    if r.account is not None:
        yield text_table(*tables.account_rows(r.account))
        yield from (f"- {text(line)}" for line in r.account.data)
    yield from (f"- {text(line)}" for line in beside(r))
    if r.held_out is not None:
        heads, rows = tables.held_out_rows(r)
        yield "\n" + text_table(heads, rows) if rows else ""
        yield text_table(*tables.account_rows(r.held_out.account))
        yield from (f"- {text(line)}" for line in of_held_out(r))
    if lines := limits(r):
        yield "\n" + "\n".join(f"> {text(line)}" for line in lines) + "\n"
