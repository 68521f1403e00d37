"""`segdsl diff`: what a change of rules means, and who moves by it."""

from __future__ import annotations

import datetime as dt
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.compare.versions import Difference
    from segdsl.model.as_if_run import AsIfRun
    from segdsl.workspace.load import Workspace

APPROVAL = 4
_LAST = "HEAD"  # the last commit, as git calls it


@click.command("diff")
@click.argument("base", required=False)
@click.argument("head", required=False)
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option("--no-data", is_flag=True, help="Compare the rules alone.")
@click.option("--customers", is_flag=True, help="Name the customers that move (as text and in JSON).")
@click.option(
    "--fail-if",
    metavar="LIMIT",
    default=None,
    help="Exit 1 if so: 'moved > 5%', 'moved > 100', 'moved worth > 500_000'.",
)
@click.option("--needs-approval-if", metavar="LIMIT", default=None, help="Exit 4 if so.")
@click.option(
    "--sweep", metavar="CONDITION", default=None, help="A condition of the rules with a range: 'arr > 40_000..80_000'."
)
@click.option(
    "--as-if-run-since",
    "since",
    metavar="DAY",
    default=None,
    help="Rules that keep customers, or read runs: as if each version had been run since then.",
)
@click.option(
    "--every",
    metavar="TIME",
    default=None,
    help="How often: day (as is usual), week, '2 weeks', month, quarter or year.",
)
@click.option("--write-test", is_flag=True, help="Write the made-up customers that move as tests beside their rules.")
@shared.output_option
@shared.format_option("diff")
def command(
    base: str | None,
    head: str | None,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    no_data: bool,
    customers: bool,
    fail_if: str | None,
    needs_approval_if: str | None,
    sweep: str | None,
    since: str | None,
    every: str | None,
    write_test: bool,
    output: Path | None,
    format_: str,
) -> None:
    """Compare two versions of the rules: what changed in meaning, and who moves.

    BASE and HEAD are revisions of git, or folders written as a path (./old); without HEAD the rules as they lie here, and without
    BASE compared with the last commit. BASE...HEAD compares HEAD with where the two left each other. As in: segdsl diff main
    """
    from segdsl.compare.versions import difference, with_moves
    from segdsl.testing.customers.append import append
    from segdsl.workspace.revision import since_common, workspace_at

    if base is None:
        base = _LAST
        shared.note(f"compared with the last commit, `{_LAST}`")
    if write_test and (head is not None or "..." in base):
        raise click.UsageError("--write-test writes beside the rules that lie here: leave HEAD out")
    if every is not None and since is None:
        raise click.UsageError("--every says how often rules are as if run: name the first day with --as-if-run-since")
    if since is not None and (no_data or sweep is not None):
        raise click.UsageError(f"--as-if-run-since doesn't go with {'--no-data' if no_data else '--sweep'}")
    every_time = _every(every)
    limits = [_limit(text) for text in (fail_if, needs_approval_if)]
    with shared.failing(format_):
        here = shared.sound_workspace(workspace)
        if head is None and (both := since_common(base, here.root)) is not None:
            base, head = both
        now = workspace_at(head, here.root) if head is not None else nullcontext(here)
        with workspace_at(base, here.root) as old, now as new:
            if sweep is not None:
                _say_swept(sweep, old, _with_data_of(new, here), as_of, source, format_)
                return
            change = difference(old, new, asked=_day(here, as_of))
            if not no_data and here.config.sources and change.changed:
                runs = _as_if_run(here, since, *every_time)
                with shared.steps("evaluating both versions") as report:
                    change = with_moves(change, old, _with_data_of(new, here), as_of, source, runs, report)
                if runs is not None and change.as_if_run is None:
                    shared.note(
                        "no rule that changes keeps customers or reads runs, so nothing depends on --as-if-run-since"
                    )
                for warning in change.warnings:
                    shared.note(f"{warning.message}; {warning.help}")
                if runs is None and (changed := [c.rule for c in change.changed if c.status != "removed"]):
                    shared.note_lacking_runs(_with_data_of(new, here), changed, source, as_of)
        shared.show("diff", format_, change, customers, output=output, workspace=here)
        if write_test:
            texts = [w.example.text(here.model) for c in change.changed for w in c.witnesses]
            for path, n in append(here, texts):
                shared.note(f"wrote {n} test{'s' if n != 1 else ''} to {path}")
    for limit, code in zip(limits, (shared.FINDINGS, APPROVAL)):
        if limit is not None and _beyond(change, *limit):
            shared.note(f"{limit[3]}: beyond the limit")
            sys.exit(code)


STEPS = 5  # each is a run


def _say_swept(
    condition: str, old: Workspace, new: Workspace, as_of: str | None, source: str | None, format_: str
) -> None:
    """How many move, and the load of each play, with each value of a range."""
    from segdsl.compare.versions import difference, with_moves
    from segdsl.whatif.sweep import versions

    steps = []
    with shared.progress("evaluating each value"):
        for value, version in versions(new, condition, STEPS):
            change = difference(old, version, witnesses=False)
            steps.append((value, with_moves(change, old, version, as_of, source) if change.changed else change))
    shared.show("diff_sweep", "json" if format_ == "json" else "text", condition, steps)


def _day(workspace: Workspace, as_of: str | None) -> dt.date:
    """Day of made-up customers: the one asked for, or the usual one."""
    from segdsl.analyse.as_ofs import USUAL
    from segdsl.run.evaluate import clock_for

    return USUAL if as_of is None else clock_for(workspace.zone, as_of).today


def _as_if_run(workspace: Workspace, since: str | None, count: int, unit: str) -> AsIfRun | None:
    """The runs that both versions are supposed to have had."""
    from segdsl.model.as_if_run import AsIfRun
    from segdsl.run.evaluate import clock_for

    return None if since is None else AsIfRun(clock_for(workspace.zone, since).today, count, unit)


def _every(text: str | None) -> tuple[int, str]:
    """Count and unit of a time such as `week` or `2 weeks`."""
    from segdsl.model.as_if_run import UNITS

    time = re.fullmatch(
        rf"\s*(?:([1-9][0-9]{{0,3}})\s+)?({'|'.join(UNITS)})(s?)\s*", text if text is not None else "day"
    )
    if time is None or (time[1] is None and time[3]):
        raise click.UsageError(f"`{text}` isn't how often rules are run; write it as in day, week, '2 weeks' or month")
    return int(time[1] or 1), time[2]


def _with_data_of(new: Workspace, here: Workspace) -> Workspace:
    """Sources lie beside the rules as they are here."""
    from dataclasses import replace

    return replace(new, root=here.root, config=here.config)


def _limit(text: str | None) -> tuple[str, float, bool, str] | None:
    """(what is counted, the most, whether it is a share, as written)."""
    if text is None:
        return None
    limit = re.fullmatch(r"\s*moved(\s+worth)?\s*>\s*([0-9][0-9_,]*(?:\.[0-9]+)?)\s*(%?)\s*", text)
    if limit is None:
        raise click.UsageError(f"`{text}` is no limit; write it as in 'moved > 5%' or 'moved worth > 500_000'")
    most = float(limit[2].replace("_", "").replace(",", ""))
    return ("worth" if limit[1] else "count"), most / 100 if limit[3] else most, bool(limit[3]), text.strip()


def _beyond(change: Difference, what: str, most: float, share: bool, text: str) -> bool:
    del text
    if what == "worth":
        return sum(c.worth for c in change.changes) > most
    if share:
        return any(c.total and c.moved / c.total > most for c in change.changes)
    return sum(c.moved for c in change.changes) > most
