"""`segdsl runs`: what runs found, and who moved between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared
from segdsl.cli._default_group import DefaultGroup
from segdsl.data.examples import many

if TYPE_CHECKING:
    from segdsl.ledger.store import Run


@click.group("runs", cls=DefaultGroup, default="show")
def command() -> None:
    """List the runs that the ledger remembers, by when they ran; or, with a run's number or `last`, say who moved and why."""


@command.command("show")
@click.argument("run", metavar="[RUN]", default=None, required=False)
@click.option("--since", metavar="RUN", default=None, help="The run to compare with; else the one before.")
@click.option(
    "--of", "rules", metavar="RULE", multiple=True, help="Only this segment or segmentation; may be repeated."
)
@click.option("--take-out", is_flag=True, help="Take RUN out of the ledger, with the history that it wrote.")
@shared.workspace_option
@shared.format_option("runs", "moves")
def show(
    run: str | None, since: str | None, rules: tuple[str, ...], take_out: bool, workspace: Path | None, format_: str
) -> None:
    """List the runs that the ledger remembers, by when they ran; or, with a run's number or `last`, say who moved and why.

    As in: segdsl runs --of motion, or segdsl runs last --since 12 --of motion
    """
    from segdsl.ledger.moves import between, elsewhere_by_data
    from segdsl.ledger.store import Ledger
    from segdsl.report.runs.text import written_as_of
    from segdsl.run import record
    from segdsl.run.record import find_run
    from segdsl.workspace.config import load_config

    if take_out and run is None:
        raise click.UsageError("--take-out goes with the number of a run, or `last`")
    with shared.failing(format_):
        root = shared.root_of(workspace)
        if take_out and run is not None:
            gone = record.take_out(root, root / load_config(root).workspace.ledger, run)
            shared.note(
                f"took out run {gone.run_id}, as of {written_as_of(gone)}; files that it wrote stay as they are"
            )
            return
        with Ledger.to_read(root / load_config(root).workspace.ledger) as ledger:
            runs = ledger.runs() if ledger is not None else []
            _refuse_unknown(rules, runs)
            if ledger is None or run is None:
                shared.show("runs", format_, sorted(runs, key=lambda r: r.started_at), rules)
                return
            new = find_run(runs, run)
            old = find_run(runs, since) if since is not None else _before(runs, new)
            moves = between(ledger, old, new, rules) if old is not None else []
            elsewhere = elsewhere_by_data(ledger, new)
        shared.show("moves", format_, new, old, moves, rules or tuple(new.fingerprints), elsewhere)


@command.command("prune")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    default=None,
    help="Keep so many runs of each source, the latest as-of first.",
)
@click.option("--before", "before", metavar="DAY", default=None, help="Remove the runs as of earlier days.")
@shared.workspace_option
def prune(keep: int | None, before: str | None, workspace: Path | None) -> None:
    """Remove old runs from the ledger, with what only they remember.

    Rules that read runs no longer see those that went. Files that runs wrote stay as they are.
    """
    from segdsl.run.record import prune as prune_ledger
    from segdsl.workspace.config import load_config

    if (keep is None) == (before is None):
        raise click.UsageError("say --keep with a number of runs, or --before with a day")
    with shared.failing():
        root = shared.root_of(workspace)
        config = load_config(root)
        gone, left = prune_ledger(root, root / config.workspace.ledger, config.zone, keep, before)
        shared.say(f"removed {many(gone, 'run')}, {many(left, 'run')} left")


def _refuse_unknown(rules: Sequence[str], runs: Sequence[Run]) -> None:
    from segdsl.diagnostics import Diagnostic
    from segdsl.run.errors import UsageError

    known = list(dict.fromkeys(name for r in runs for name in r.fingerprints))
    for name in rules:
        if name not in known:
            help = f"rules that ran are {', '.join(known)}" if known else "there is no run yet: segdsl run"
            raise UsageError(Diagnostic("SEG0609", f"no run has a rule `{name}`", help=help))


def _before(runs: Sequence[Run], new: Run) -> Run | None:
    earlier = [
        r for r in runs[: runs.index(new)] if r.source == new.source and set(r.fingerprints) & set(new.fingerprints)
    ]
    return earlier[-1] if earlier else None
