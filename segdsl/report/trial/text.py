"""How many customers a condition takes -> a terminal: how many, how much, some of them, how many unknown and why."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.report.layout.terminal import styled
from segdsl.whatif.trial import Trial
from segdsl.words import values
from segdsl.words.plural import plural


def render(trial: Trial) -> str:
    return "\n".join(_lines(trial))


def _lines(trial: Trial) -> Iterator[str]:
    share = f" ({trial.inside / trial.total:.1%})" if trial.total else ""
    head = click.style(f"{trial.inside:,} of {trial.total:,} {plural(trial.entity)}{share}", bold=True)
    yield f"{head}  as of {values.as_of(trial.clock)}"
    for name, (currency, amount) in trial.money.items():
        yield f"  {name}: {_sum(trial, name, f'{currency} {values.money(amount, currency)}')}"
    yield from (f"  {window}" for window in trial.windows)
    if trial.examples:
        more = f" and {trial.inside - len(trial.examples):,} more" if trial.inside > len(trial.examples) else ""
        yield f"  {', '.join(map(printable, trial.examples))}{more}"
    if trial.unknown:
        why = ", ".join(f"{printable(reason)} ({n})" for reason, n in trial.reasons)
        of = f"; of {trial.reasons_of} looked at:" if trial.reasons_of < trial.unknown else ":"
        yield f"  {trial.unknown:,} unknown{of} {why}"
    yield from (styled(warning) for warning in trial.warnings)


def _sum(trial: Trial, name: str, amount: str) -> str:
    """A sum, with how many customers it leaves out since theirs is missing."""
    missing = trial.missing[name]
    if not missing:
        return amount
    return "missing" if missing == trial.inside else f"{amount} (missing for {missing:,} of {trial.inside:,})"
