"""Snapshot comparison: two segmentations and a yes or no as of the same day. Descriptive; it never promotes."""

from __future__ import annotations

from dataclasses import dataclass

from segdsl import engines
from segdsl.compare.segmentations import pair_of
from segdsl.diagnostics import Source
from segdsl.experiment.history import judge
from segdsl.experiment.history.backtest import crossfit, differing
from segdsl.experiment.history.describe import Description
from segdsl.experiment.shared.cells import Question
from segdsl.lang.parse import parse_expression
from segdsl.model import dependencies
from segdsl.resolve import resolve_condition
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.whatif.trial import TrialError
from segdsl.workspace.load import Workspace

ALPHA = 0.05


@dataclass(frozen=True)
class Snapshot:
    """`judged`: cross-fitted result, each fifth of the customers scored by rates of the others; its interval is
    approximate.
    `described`: descriptive figures of both segmentations.
    """

    measure: str
    entity: str
    names: tuple[str, str]
    judged: judge.BacktestJudgement
    described: tuple[Description, ...]


def snapshot(
    workspace: Workspace, incumbent: str, candidate: str, measure: str, as_of: str | None, source: str | None
) -> Snapshot:
    """Compare two segmentations by `measure`, a condition as text.

    Raises `TrialError` for a wrong condition, `UsageError`, and `DataError`.
    """
    clock = clock_for(workspace.zone, as_of)
    workspace = with_recorded_runs(workspace, source, clock)
    model = workspace.model
    first, second = pair_of(workspace, incumbent, candidate)
    node, wrong = parse_expression(Source("measure", measure))
    if node is None or wrong:
        raise TrialError(wrong)
    condition, wrong = resolve_condition(node, first.entity, workspace.files, model.outside)
    if condition is None:
        raise TrialError(wrong)
    needed = dependencies.of_rules(model, [first, second], [condition])
    engine = engines.attach(model.schema, needed, source_config(workspace, source), workspace.root, None, clock)
    origin = crossfit(engine, Question(model, first.entity, first, second, condition), clock)
    names = (first.name, second.name)
    judgement = judge.judge(
        [origin], origin.totals, 0.0, differing(first, second), names=names, alpha=ALPHA, evidence="crossfit"
    )
    return Snapshot(
        measure, first.entity, names, judgement, judge.describe_both([origin], ALPHA) if judgement.origins else ()
    )
