"""`segdsl discover`: segments that the customers' history bears out, or groups that their data shows."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.discover.discover import Discovery
    from segdsl.discover.groups.groups import Grouping


@click.command("discover")
@click.option("--outcome", metavar="NAME", default=None, help="The declared outcome that groups should differ in.")
@click.option(
    "--groups",
    "groups_of",
    metavar="[ENTITY]",
    is_flag=False,
    flag_value="",
    default=None,
    help="Without an outcome: groups of customers between whom there are few.",
)
@click.option("--basis", metavar="NAMES", default="", help="Only features of these bases, as in behavioural, value.")
@click.option(
    "--assume-fixed",
    metavar="FIELDS",
    default="",
    help="Take these fields as they are now, as in industry, billing.autopay; what is found is exploratory then.",
)
@click.option("--candidate-of", metavar="NAME", default=None, help="The segmentation to improve on.")
@click.option(
    "--improve",
    metavar="NAME",
    default=None,
    help="Look for what this segmentation misses within its arms, and write its smallest change.",
)
@click.option(
    "--top", metavar="N", type=click.IntRange(1, 20), default=None, help="List up to N single groups instead."
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Another number draws other customers.",
)
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
@shared.format_option("discovery", "grouping")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE.seg",
    help="Write the rules to this new file.",
)
def command(
    outcome: str | None,
    groups_of: str | None,
    basis: str,
    assume_fixed: str,
    candidate_of: str | None,
    improve: str | None,
    top: int | None,
    seed: int,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    format_: str,
    output: Path | None,
) -> None:
    """Look for groups of customers whose outcome differs from others', or who stand apart, and write them as rules.

    As in: segdsl discover --outcome churned_90d -o rules/found.seg
    or: segdsl discover --groups account -o rules/found.seg

    Groups are learned at early origins, decided on by other customers at a later one, and reported of third customers later
    still. FILE is a rule file to own: groups, held-out figures, a test on every border, and an experiment. Ends with 1,
    and writes nothing, where nothing was found; with 3 where the data can't bear a search.
    """
    _refuse_mixed(outcome, groups_of, assume_fixed, candidate_of, improve, top)
    from segdsl.discover import output as files

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        path = None if output is None else files.checked(loaded, output)
        with shared.steps("looking at what is there") as report_progress:
            found: Discovery | Grouping
            if groups_of is None:
                from segdsl.discover.discover import discover
                from segdsl.discover.request import Request
                from segdsl.discover.write import rule_file

                fields = _names(assume_fixed)
                request = Request(outcome or "", _names(basis), fields, candidate_of, top, seed, improve)
                found = discovery = discover(loaded, request, as_of, source, report_progress)
                written = partial(rule_file, loaded, discovery)
            else:
                from segdsl.discover.groups import groups, write

                asked = groups.Request(groups_of, _names(basis), seed)
                found = grouping = groups.discover_groups(loaded, asked, as_of, source, report_progress)
                written = partial(write.rule_file, loaded, grouping)
            text = None
            if found.is_found:
                report_progress("writing a test for each border")
                text = written(path or "found.seg")
        if output is not None and text is not None:
            files.write(output, text)
        shared.note_day(found.clock, found.because)
        report = "discovery" if groups_of is None else "grouping"
        shared.show(report, format_, found, text, output if text is not None else None)
        if output is not None and text is not None and not files.is_read(loaded, output):
            shared.note(
                f"the workspace doesn't read {output}, so check and test don't either: move it to the rules first"
            )
    if not found.is_found:
        sys.exit(shared.FINDINGS)


def _refuse_mixed(
    outcome: str | None,
    groups_of: str | None,
    assume_fixed: str,
    candidate_of: str | None,
    improve: str | None,
    top: int | None,
) -> None:
    """Refuse options that don't go together. Raises `UsageError`."""
    if (outcome is None) == (groups_of is None):
        raise click.UsageError("say either --outcome NAME or --groups")
    of_outcomes = {"--assume-fixed": assume_fixed, "--candidate-of": candidate_of, "--improve": improve, "--top": top}
    if groups_of is not None and (used := [name for name, value in of_outcomes.items() if value]):
        raise click.UsageError(f"{used[0]} goes with --outcome, not with --groups")
    if improve is not None and (top is not None or candidate_of is not None):
        other = "--top" if top is not None else "--candidate-of"
        raise click.UsageError(
            f"{other} goes with new groups, and --improve changes those that there are: leave one out"
        )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))
