"""Context of an experiment's run: the declaration, the workspace, the source, and the as-of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from segdsl.diagnostics import Diagnostic
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model, Segmentation
from segdsl.model.types import BOOLEAN
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, source_config
from segdsl.run.recorded import with_recorded_runs
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

ReportProgress = Callable[[str], None]
"""Callback that receives a sentence on the step in progress."""


def silent(_: str) -> None:
    """Ignore progress."""


@dataclass(frozen=True)
class Context:
    """Everything that all steps of a run share; `clock` is as of the requested day, or else the day of the data."""

    workspace: Workspace
    model: Model
    experiment: Experiment
    config: SourceConfig
    clock: Clock
    report_progress: ReportProgress = silent

    @staticmethod
    def of(
        workspace: Workspace,
        experiment: Experiment,
        source: str | None = None,
        report_progress: ReportProgress = silent,
        as_of: str | None = None,
    ) -> Context:
        """Build the context; raises `UsageError` for an unknown source or a malformed day."""
        config = source_config(workspace, source)
        clock = clock_for(workspace.zone, as_of if as_of is not None else config.snapshot)
        workspace = with_recorded_runs(workspace, source, clock)
        return Context(workspace, workspace.model, experiment, config, clock, report_progress)

    @property
    def rules(self) -> list[Segmentation]:
        """The incumbent, then the candidates."""
        return [self.model.segmentations[n] for n in self.experiment.arms]

    @property
    def outcomes(self) -> dict[str, k.Expr]:
        """Expressions of the primary and the guardrails, by outcome."""
        return {m.outcome: self.model.metrics[m.outcome].body for m in self.experiment.measures}

    @property
    def binary(self) -> frozenset[str]:
        """Outcomes that are a yes or no."""
        return frozenset(n for n in self.outcomes if self.model.metrics[n].type == BOOLEAN)

    def clock_on(self, day: dt.date) -> Clock:
        """Clock at the start of a day."""
        return Clock.at(day, self.workspace.zone)


def declared(workspace: Workspace, name: str) -> Experiment:
    """Look up a declared experiment; raises `UsageError` for an unknown name."""
    experiments = workspace.model.experiments
    if name not in experiments:
        known = ", ".join(f"`{n}`" for n in experiments)
        example = "declare one: experiment NAME { incumbent … candidate … backtest as of … primary … }"
        help = f"there is {known}" if known else example
        raise UsageError(Diagnostic("SEG0617", f"`{name}` is no experiment", help=help))
    return experiments[name]
