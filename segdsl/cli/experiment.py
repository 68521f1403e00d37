"""`segdsl experiment`: a candidate segmentation beside the incumbent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import click

from segdsl.cli import _shared as shared
from segdsl.experiment.shared import exposure

if TYPE_CHECKING:
    from segdsl.compare.segmentations import Comparison
    from segdsl.experiment.history.snapshot import Snapshot
    from segdsl.experiment.pilot.assign import AssignmentResult
    from segdsl.experiment.shared.context import Context
    from segdsl.model.experiment import Backtest, Randomised


@click.group("experiment")
def command() -> None:
    """Compare a candidate segmentation with the incumbent."""


@command.command("compare")
@click.argument("candidate")
@click.argument("incumbent", required=False)
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option("--measure", metavar="CONDITION", default=None, help="Also how well each goes with a condition of the same day, as in 'status = \"churned\"'.")  # fmt: skip
@shared.format_option("text", "json")
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
            found = compared(loaded, against, candidate, as_of, source)
            beside = None
            if measure is not None:
                from segdsl.experiment.history.snapshot import snapshot

                beside = snapshot(loaded, against, candidate, measure, as_of, source)
        if format_ == "json":
            shared.say_json(_record(found) | (_measured(beside) if beside is not None else {}))
        else:
            _say(found)
            if beside is not None:
                _say_measured(beside)
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
    import sys

    from segdsl.experiment.shared import evidence
    from segdsl.experiment.shared.context import Context, declared
    from segdsl.model.experiment import Assigned, Backtest, External, Replay

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        experiment = declared(loaded, name)
        with shared.steps("looking at what is there") as report_progress:
            context = Context.of(loaded, experiment, source, report_progress)
            match experiment.design:
                case Backtest():
                    records, text = _of_backtest(context, experiment.design, format_)
                case Assigned() | External() | Replay():
                    records, text = _of_pilot(context, experiment.design, format_)
                case _:
                    assert_never(experiment.design)
        kept = None if no_record else evidence.keep(loaded, experiment, records)
        shared.put(output, text, loaded)
        if kept is not None and format_ == "text":
            shared.say_line(f"wrote {kept}")
    words = {r["verdict"] for r in records}
    if words <= {"INVALID"}:
        sys.exit(shared.DATA)
    if not words & {"PROMOTE", "PROMOTE TO PILOT"}:
        sys.exit(shared.FINDINGS)


Found = tuple[list[dict[str, Any]], str]  # a record per candidate, and all of it in the format asked for


def _of_backtest(context: Context, design: Backtest, format_: str) -> Found:
    from segdsl.cli._experiment_text import as_text
    from segdsl.experiment.history import backtest
    from segdsl.report import experiment as report
    from segdsl.report.experiment_page import as_html
    from segdsl.report.in_words import of_backtest

    results = backtest.run(context, design)
    said = [of_backtest(r) for r in results]
    records = [report.record(r, words) for r, words in zip(results, said)]
    match format_:
        case "json":
            text = _json(records)
        case "html":
            text = as_html(results)
        case "markdown":
            text = report.as_markdown(results, said)
        case _:
            text = "\n\n".join("\n".join(as_text(r, words)) for r, words in zip(results, said))
    return records, text


def _of_pilot(context: Context, design: Randomised, format_: str) -> Found:
    from segdsl.cli._experiment_text import of_pilot
    from segdsl.experiment.pilot import dispatch
    from segdsl.report import pilot as report
    from segdsl.report.in_words import of_randomised

    results = dispatch.run(context, design)
    said = [of_randomised(r) for r in results]
    records = [report.record(r, words) for r, words in zip(results, said)]
    match format_:
        case "json":
            text = _json(records)
        case "html":
            text = report.as_html(results, said)
        case "markdown":
            text = "\n".join(map(report.as_markdown, results, said))
        case _:
            text = "\n\n".join("\n".join(of_pilot(r, words)) for r, words in zip(results, said))
    return records, text


def _json(records: list[dict[str, Any]]) -> str:
    import json

    many = {"schema_version": records[0]["schema_version"], "candidates": records}
    return json.dumps(records[0] if len(records) == 1 else many, indent=2, ensure_ascii=False)


@command.command("assign")
@click.argument("name")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("text", "json")
@shared.output_option
def assign(
    name: str, workspace: Path | None, as_of: str | None, source: str | None, format_: str, output: Path | None
) -> None:
    """Put customers into the arms of a pilot that has been declared, and list who gets which play.

    Who is in which arm is written to experiments/exposures/NAME.csv: rows are added and never changed, and asking twice adds
    nobody. --output names a folder for a list of each arm, everybody's who has entered so far.
    """
    from segdsl.cli._experiment_text import of_entered
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
            found = assigning.assign(loaded, experiment, source, as_of, report_progress)
        lists = assigning.lists(found, output) if output is not None else []
        if format_ == "json":
            shared.say_json(_entered(found, [str(p) for p in lists]))
        else:
            for line in of_entered(found, exposures.path_of(loaded, name), lists):
                shared.say(line)


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


def _entered(found: AssignmentResult, lists: list[str]) -> dict[str, Any]:
    from segdsl.diagnostics import SCHEMA_VERSION
    from segdsl.experiment.pilot.assign import sizes
    from segdsl.report.pilot import account_record

    e = found.experiment
    return {
        "schema_version": SCHEMA_VERSION, "experiment": e.name, "as_of": found.day.isoformat(), "new": sizes(found.new), "all": sizes(found.all),
        "busy": {name: {"customers": n, "until": until.isoformat()} for name, (n, until) in found.busy.items()}, "no_room": found.over, "lists": lists,
        "account": account_record(found.account),
    }  # fmt: skip


@command.command("design")
@click.argument("name")
@shared.workspace_option
@shared.source_option
@shared.format_option("text", "json", "html")
@shared.output_option
def design(name: str, workspace: Path | None, source: str | None, format_: str, output: Path | None) -> None:
    """Say what a declared experiment could find, before its outcomes are looked at; and a pilot after it.

    Ends with 1 where the registered gain would be found less than half of the time, 3 where the data can't be used.
    """
    import json
    import sys

    from segdsl.cli._experiment_text import of_plan
    from segdsl.experiment.planning.plan import is_answerable, plans
    from segdsl.experiment.shared.context import declared
    from segdsl.report import design as report

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        experiment = declared(loaded, name)
        with shared.steps("looking at what is there") as report_progress:
            found = plans(loaded, experiment, source, report_progress)
        match format_:
            case "json":
                text = json.dumps(report.record(name, found), indent=2, default=str, ensure_ascii=False)
            case "html":
                text = report.as_html(found)
            case _:
                text = "\n".join(line for p in found for line in of_plan(p))
        shared.put(output, text, loaded)
    if any(not all(c.ok for c in p.checks) for p in found):
        sys.exit(shared.DATA)
    if any(not is_answerable(p) for p in found):
        sys.exit(shared.FINDINGS)


def _say(c: Comparison) -> None:
    from segdsl.report.diff import room
    from segdsl.words import values

    shared.say(click.style(f"{c.incumbent} and {c.candidate}", bold=True) + f"   as of {values.as_of(c.clock)}")
    if not c.differ:
        shared.say(f"nobody of {c.customers:,} {c.entity}s would be elsewhere")
    else:
        worth = f", who hold {c.money} {c.worth:,.0f}" if c.worth else ""
        shared.say(
            f"of {c.customers:,} {c.entity}s {c.differ:,} would be elsewhere, {c.other_play:,} ({c.d:.1%}) with another play{worth}"
        )
    shared.say()
    rows = [
        [origin, goal, f"{n:,}", "; ".join(f"{text} ({k:,})" for text, k in c.reasons.get((origin, goal), ()))]
        for (origin, goal), n in sorted(c.moves.items(), key=lambda m: (-m[1], m[0]))
        if origin != goal
    ]
    if rows:
        shared.say(shared.table([c.incumbent, c.candidate, f"{c.entity}s", ""], rows, right=(2,)))
        shared.say()
    arms = [
        [a.name, f"{a.incumbent:,}", f"{a.candidate:,}", f"{a.both:,}", "" if a.jaccard is None else f"{a.jaccard:.2f}"]
        for a in c.arms
    ]
    shared.say(shared.table(["", c.incumbent, c.candidate, "in both", "Jaccard"], arms, right=(1, 2, 3, 4)))
    covered = [f"{n:,} by {name}" for n, name in zip(c.covered, (c.incumbent, c.candidate))]
    shared.say(
        f"in an arm with a condition: {covered[0]}, {covered[1]}; who can't be placed: {c.unknown[0]:,} and {c.unknown[1]:,}"
    )
    if c.adjusted_rand is not None:
        shared.say(f"adjusted Rand index {c.adjusted_rand:.3f}: 1 were the same, 0 no more alike than by chance")
    for load in c.loads:
        shared.say(f"  {load.play}: {load.before:,} → {load.after:,}{room(load)}")
    shared.say("these are counts of today: whether it is better only an experiment can tell")


def _say_measured(s: Snapshot) -> None:
    from segdsl.report.experiment import described_rows, gained, percent

    j = s.judged
    shared.say()
    if not j.is_shown:
        shared.say(f"{s.measure}: {'; '.join(c.message for c in j.checks if not c.ok)}")
        return
    share = sum(o.observed * o.customers for o in j.origins) / j.customers
    shared.say(click.style(s.measure, bold=True) + f"   {percent(share)} of {j.customers:,} {s.entity}s")
    rows = [
        [x.rule, x.place, f"{x.customers:,}", percent(x.observed), f"{percent(x.low)} to {percent(x.high)}"]
        for x in j.segments
    ]
    shared.say(shared.table(["", "segment", f"{s.entity}s", "observed", ""], rows, right=(2, 3)))
    shared.say(shared.table(*described_rows(s.names, s.described), right=(1, 2, 3, 4, 5, 6)))
    shared.say(
        f"cross-fitted {gained(j)}, approximate: one snapshot says what goes together, not what can be foretold. It never promotes."
    )


def _measured(s: Snapshot) -> dict[str, object]:
    from dataclasses import asdict

    j = s.judged
    skill = dict(zip(("estimate", "low", "high"), j.skill)) if j.is_shown else None
    return {
        "measure": s.measure, "measured": "crossfit, one snapshot", "skill": skill, "validity": {c.name: {"ok": c.ok, "said": c.message} for c in j.checks},
        "segments": [{"rule": x.rule, "segment": x.place, "customers": x.customers, "observed": x.observed, "low": x.low, "high": x.high} for x in j.segments],
        "described": {name: asdict(d) for name, d in zip(s.names, s.described)},
    }  # fmt: skip


def _record(c: Comparison) -> dict[str, object]:
    from dataclasses import asdict

    from segdsl.diagnostics import SCHEMA_VERSION

    return {
        "schema_version": SCHEMA_VERSION, "evidence": "compare", "incumbent": c.incumbent, "candidate": c.candidate, "entity": c.entity,
        "as_of": c.clock.now.isoformat() + "Z", "customers": c.customers, "differ": c.differ, "other_play": c.other_play, "d": c.d,
        "covered": dict(zip(("incumbent", "candidate"), c.covered)), "unknown": dict(zip(("incumbent", "candidate"), c.unknown)),
        "adjusted_rand": c.adjusted_rand, "money": c.money or None, "worth": c.worth,
        "moves": [
            {"from": o, "to": g, "count": n, "because": [{"clause": t, "count": k} for t, k in c.reasons.get((o, g), ())]}
            for (o, g), n in sorted(c.moves.items())
        ],
        "arms": [asdict(a) for a in c.arms],
        "plays": [
            {"play": x.play, "incumbent": x.before, "candidate": x.after, "capacity": x.capacity, "over": x.is_over} for x in c.loads
        ],
    }  # fmt: skip
