"""The runs that the ledger remembers -> a table of the runs, and for each rule one of its sizes; of many rules only those asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import click

from segdsl.ledger.store import Run
from segdsl.model.clock import Clock
from segdsl.report.layout.terminal import table
from segdsl.words import values

FEW = 3  # rules whose sizes are shown unasked
_WORDS = {"out": "not in", "outside": "(outside)"}


def render(runs: Sequence[Run], rules: Sequence[str]) -> str:
    if not runs:
        return "no runs yet: segdsl run"
    names = list(dict.fromkeys(name for r in runs for name in r.fingerprints))
    chosen = rules or names
    shown = [r for r in runs if set(chosen) & set(r.fingerprints)]
    if not rules and len(names) > FEW:
        rows = [[*_head(r), str(len(r.fingerprints))] for r in shown]
        list_of_runs = table([*_HEADS, "rules"], rows, right=(0, 4))
        return f"{list_of_runs}\n\nthe sizes of one rule: segdsl runs --of {names[0]}   (rules: {', '.join(names)})"
    return "\n\n".join("\n".join(_sizes(name, shown)) for name in chosen)


def written_as_of(run: Run) -> str:
    return values.as_of(Clock(run.as_of, ZoneInfo(run.zone)))


_HEADS = ("run", "ran at", "as of", "source")


def _head(run: Run) -> list[str]:
    return [str(run.run_id), f"{run.started_at:%Y-%m-%d %H:%M} UTC", written_as_of(run), run.source]


def _sizes(rule: str, runs: Sequence[Run]) -> Iterator[str]:
    """A rule's runs, a place a column: 0 where a run knew it and it was empty, blank where that run's rule had no such place."""
    own = [r for r in runs if rule in r.sizes]
    places = list(dict.fromkeys(place for r in reversed(own) for place in r.sizes[rule]))
    rows = [[*_head(r), *(f"{r.sizes[rule][p]:,}" if p in r.sizes[rule] else "" for p in places)] for r in own]
    yield click.style(rule, bold=True)
    yield table(
        [*_HEADS, *(_WORDS.get(p, p) for p in places)], rows, right=(0, *range(len(_HEADS), len(_HEADS) + len(places)))
    )
