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


@command.command("run")
@click.argument("name")
@shared.workspace_option
@shared.source_option
@shared.format_option("text", "json", "markdown", "html")
@shared.output_option
@click.option("--no-record", is_flag=True, help="Don't write what was found beside the experiment.")
def run(
    name: str, workspace: Path | None, source: str | None, format_: str, output: Path | None, no_record: bool
) -> None:
    """Do what an experiment declares, and give its verdict.

    What was found is written to experiments/evidence/NAME.json, bound to the meaning of the rules: a promotion
    asks for it. Ends with 0 for PROMOTE and PROMOTE TO PILOT, 3 for INVALID, else 1.
    """
    import json
    import sys

    from segdsl.cli._experiment_text import as_text
    from segdsl.experiment import backtest, evidence
    from segdsl.report import experiment as report

    with shared.failing(format_):
        loaded = shared.good_workspace(workspace, format_)
        with shared.steps("looking at what is there") as told:
            results = backtest.run(loaded, name, source, told)
        if not no_record:
            kept = evidence.keep(loaded, results, [report.record(r) for r in results])
        if format_ == "json":
            records = [report.record(r) for r in results]
            many = {"schema_version": records[0]["schema_version"], "candidates": records}
            shared.put(output, json.dumps(records[0] if len(records) == 1 else many, indent=2, ensure_ascii=False))
        elif format_ == "html":
            from segdsl.report.experiment_page import as_html

            shared.put(output, as_html(results))
        elif format_ == "markdown":
            shared.put(output, report.as_markdown(results))
        else:
            shared.put(output, "\n\n".join("\n".join(as_text(r)) for r in results))
            if not no_record:
                shared.say(f"wrote {kept}")
    words = {r.judged.verdict.word for r in results}
    if words <= {"INVALID"}:
        sys.exit(shared.DATA)
    if not words & {"PROMOTE", "PROMOTE TO PILOT"}:
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
