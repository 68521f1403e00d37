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
                with shared.progress("evaluating both versions"):
                    change = with_moves(change, old, _with_data_of(new, here), as_of, source)
                if changed := [c.rule for c in change.changed if c.status != "removed"]:
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
