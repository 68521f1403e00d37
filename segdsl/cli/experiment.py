"""`segdsl experiment`: a candidate segmentation beside the incumbent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import click

from segdsl.cli import _shared as shared
from segdsl.experiment.shared import exposure

if TYPE_CHECKING:
    from segdsl.experiment.shared.context import Context


@click.group("experiment")
def command() -> None:
    """Compare a candidate segmentation with the incumbent."""


@command.command("compare")
@click.argument("candidate")
@click.argument("incumbent", required=False)
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option(
    "--measure",
    metavar="CONDITION",
    default=None,
    help="Also how well each goes with a condition of the same day, as in 'status = \"churned\"'.",
)
@shared.format_option("comparison")
def compare(
    candidate: str,
    incumbent: str | None,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    measure: str | None,
    format_: str,
) -> None:
    """Say who would be elsewhere by a candidate, who gets another play, and what that asks of the team.

    INCUMBENT is what CANDIDATE is declared to be a candidate of. Ends with 1 where a play has no room for those it would get.
    """
    import sys

    from segdsl.compare.segmentations import compare as compared

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        declared = loaded.model.segmentations.get(candidate)
        against = incumbent or (declared.candidate_of if declared is not None else None) or candidate
        with shared.progress("evaluating both"):
            comparison = compared(loaded, against, candidate, as_of, source)
            beside = None
            if measure is not None:
                from segdsl.experiment.history.snapshot import snapshot

                beside = snapshot(loaded, against, candidate, measure, as_of, source)
        shared.show("comparison", format_, comparison, beside)
    if any(load.is_over for load in comparison.loads):
        sys.exit(shared.FINDINGS)


@command.command("run")
@click.argument("name")
@shared.workspace_option
@shared.source_option
@shared.format_option("backtest", "pilot")
@shared.output_option
@click.option("--no-record", is_flag=True, help="Don't write what was found beside the experiment.")
def run(
    name: str, workspace: Path | None, source: str | None, format_: str, output: Path | None, no_record: bool
) -> None:
    """Do what an experiment declares, and give its verdict.

    What was found is written to experiments/evidence/NAME.json, bound to the meaning of the rules: a promotion
    asks for it. Ends with 0 for PROMOTE and PROMOTE TO PILOT, 3 for INVALID, else 1.
    """
    import sys

    from segdsl.experiment.shared import evidence
    from segdsl.experiment.shared.context import Context, declared

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        experiment = declared(loaded, name)
        with shared.steps("looking at what is there") as report_progress:
            context = Context.of(loaded, experiment, source, report_progress)
            result, results, records = _judged(context)
        kept = None if no_record else evidence.keep(loaded, experiment, records)
        shared.show(result, format_, results, output=output, workspace=loaded)
        if kept is not None and format_ == "text":
            shared.say_line(f"wrote {kept}")
    words = {r["verdict"] for r in records}
    if words <= {"INVALID"}:
        sys.exit(shared.DATA)
    if not words & {"PROMOTE", "PROMOTE TO PILOT"}:
        sys.exit(shared.FINDINGS)


def _judged(context: Context) -> tuple[str, Sequence[object], list[dict[str, Any]]]:
    """The kind of result, a result for each candidate, and the record of each."""
    from segdsl.experiment.history import backtest
    from segdsl.experiment.pilot import dispatch
    from segdsl.model.experiment import Assigned, Backtest, External, Replay
    from segdsl.report.backtest.json import record as backtest_record
    from segdsl.report.pilot.json import record as pilot_record

    match context.experiment.design:
        case Backtest() as design:
            backtests = backtest.run(context, design)
            return "backtest", backtests, [backtest_record(r) for r in backtests]
        case Assigned() | External() | Replay() as design:
            pilots = dispatch.run(context, design)
            return "pilot", pilots, [pilot_record(r) for r in pilots]
        case _:
            assert_never(context.experiment.design)


@command.command("assign")
@click.argument("name")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("assignment")
@shared.output_option
def assign(
    name: str, workspace: Path | None, as_of: str | None, source: str | None, format_: str, output: Path | None
) -> None:
    """Put customers into the arms of a pilot that has been declared, and list who gets which play.

    Who is in which arm is written to experiments/exposures/NAME.csv: rows are added and never changed, and asking twice adds
    nobody. --output names a folder for a list of each arm, everybody's who has entered so far.
    """
    from segdsl.experiment.pilot import assign as assigning
    from segdsl.experiment.pilot import exposures
    from segdsl.experiment.shared.context import declared
    from segdsl.workspace.inputs import refuse_over_inputs

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        experiment = declared(loaded, name)
        if output is not None:
            refuse_over_inputs(loaded, [output / f"{arm}.csv" for arm in (*experiment.arms, exposure.HOLDOUT)])
        with shared.steps("looking at what is there") as report_progress:
            entered = assigning.assign(loaded, experiment, source, as_of, report_progress)
        lists = assigning.lists(entered, output) if output is not None else []
        shared.show("assignment", format_, entered, exposures.path_of(loaded, name), lists)


@command.command("split")
@click.argument("name")
@shared.workspace_option
@shared.source_option
@shared.output_option
def split(name: str, workspace: Path | None, source: str | None, output: Path | None) -> None:
    """List the half of the customers on which a candidate may be chosen.

    The other half judges it, where the replay says so: `chosen: "SEED"`.
    """
    import csv
    import io

    from segdsl.experiment.pilot import dispatch
    from segdsl.experiment.shared.context import declared

    with shared.failing():
        loaded = shared.sound_workspace(workspace)
        experiment = declared(loaded, name)
        with shared.progress("reading who there is"):
            half = dispatch.half(loaded, experiment, source)
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([[experiment.entity], *([unit] for unit in half)])
        shared.put(output, out.getvalue().rstrip("\n"), loaded)


@command.command("design")
@click.argument("name")
@shared.workspace_option
@shared.source_option
@shared.format_option("design")
@shared.output_option
def design(name: str, workspace: Path | None, source: str | None, format_: str, output: Path | None) -> None:
    """Say what a declared experiment could find, before its outcomes are looked at; and a pilot after it.

    Ends with 1 where the registered gain would be found less than half of the time, 3 where the data can't be used.
    """
    import sys

    from segdsl.experiment.planning.plan import is_answerable, plans
    from segdsl.experiment.shared.context import declared

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        experiment = declared(loaded, name)
        with shared.steps("looking at what is there") as report_progress:
            designs = plans(loaded, experiment, source, report_progress)
        shared.show("design", format_, designs, output=output, workspace=loaded)
    if any(not all(c.ok for c in p.checks) for p in designs):
        sys.exit(shared.DATA)
    if any(not is_answerable(p) for p in designs):
        sys.exit(shared.FINDINGS)
