"""`segdsl experiment`: a candidate segmentation beside the incumbent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.experiment.compare import Comparison


@click.group("experiment")
def command() -> None:
    """Compare a candidate segmentation with the incumbent."""


@command.command("compare")
@click.argument("candidate")
@click.argument("incumbent", required=False)
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("text", "json")
def compare(
    candidate: str, incumbent: str | None, workspace: Path | None, as_of: str | None, source: str | None, format_: str
) -> None:
    """Say who would be elsewhere by a candidate, who gets another play, and what that asks of the team.

    INCUMBENT is what CANDIDATE is declared to be a candidate of. Ends with 1 where a play has no room for those it would get.
    """
    import sys

    from segdsl.experiment.compare import compare as compared

    with shared.failing(format_):
        loaded = shared.good_workspace(workspace, format_)
        assert loaded.model is not None
        declared = loaded.model.segmentations.get(candidate)
        against = incumbent or (declared.candidate_of if declared is not None else None) or candidate
        with shared.progress("evaluating both"):
            found = compared(loaded, against, candidate, as_of, source)
        if format_ == "json":
            shared.say_json(_record(found))
        else:
            _say(found)
    if any(load.is_over for load in found.loads):
        sys.exit(shared.FINDINGS)


def _say(c: Comparison) -> None:
    from segdsl import values
    from segdsl.report.diff import room

    shared.say(click.style(f"{c.incumbent} and {c.candidate}", bold=True) + f"   as of {values.as_of(c.clock)}")
    if not c.differ:
        shared.say(f"nobody of {c.customers:,} {c.entity}s would be elsewhere")
    else:
        worth = f", {c.money} {c.worth:,.0f}" if c.worth else ""
        shared.say(
            f"of {c.customers:,} {c.entity}s {c.differ:,} would be elsewhere, {c.other_play:,} ({c.d:.1%}) with another play{worth}"
        )
    shared.say()
    rows = [
        [origin, goal, f"{n:,}"]
        for (origin, goal), n in sorted(c.moves.items(), key=lambda m: (-m[1], m[0]))
        if origin != goal
    ]
    if rows:
        shared.say(shared.table([c.incumbent, c.candidate, f"{c.entity}s"], rows, right=(2,)))
        shared.say()
    arms = [
        [a.name, f"{a.incumbent:,}", f"{a.candidate:,}", f"{a.both:,}", "" if a.jaccard is None else f"{a.jaccard:.2f}"]
        for a in c.arms
    ]
    shared.say(shared.table(["", c.incumbent, c.candidate, "in both", "Jaccard"], arms, right=(1, 2, 3, 4)))
    if c.adjusted_rand is not None:
        shared.say(f"adjusted Rand index {c.adjusted_rand:.3f}: 1 were the same, 0 no more alike than by chance")
    for load in c.loads:
        shared.say(f"  {load.play}: {load.before:,} → {load.after:,}{room(load)}")
    shared.say("these are counts of today: whether it is better only an experiment can tell")


def _record(c: Comparison) -> dict[str, object]:
    from dataclasses import asdict

    from segdsl.diagnostics import SCHEMA_VERSION

    return {
        "schema_version": SCHEMA_VERSION, "evidence": "compare", "incumbent": c.incumbent, "candidate": c.candidate, "entity": c.entity,
        "as_of": c.clock.now.isoformat() + "Z", "customers": c.customers, "differ": c.differ, "other_play": c.other_play, "d": c.d,
        "adjusted_rand": c.adjusted_rand, "money": c.money or None, "worth": c.worth,
        "moves": [{"from": o, "to": g, "count": n} for (o, g), n in sorted(c.moves.items())],
        "arms": [asdict(a) for a in c.arms],
        "plays": [
            {"play": x.play, "incumbent": x.before, "candidate": x.after, "capacity": x.capacity, "over": x.is_over} for x in c.loads
        ],
    }  # fmt: skip
