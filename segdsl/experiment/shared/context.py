"""A declared experiment, the workspace and the source it is run on, and as of when: what every part of a run needs."""

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
from segdsl.workspace.config import SourceConfig
from segdsl.workspace.load import Workspace

ReportProgress = Callable[[str], None]
"""Hears, in words, what is being done."""


def silent(_: str) -> None:
    """Reports no progress."""


@dataclass(frozen=True)
class Context:
    """`clock` is as of the day the data is of, or of the day that was asked for."""

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
        """Raises `UsageError` for a source or a day that is none."""
        config = source_config(workspace, source)
        clock = clock_for(workspace.zone, as_of if as_of is not None else config.snapshot)
        return Context(workspace, workspace.model, experiment, config, clock, report_progress)

    @property
    def rules(self) -> list[Segmentation]:
        """The incumbent, then the candidates."""
        return [self.model.segmentations[n] for n in self.experiment.arms]

    @property
    def outcomes(self) -> dict[str, k.Expr]:
        """What the primary and the guardrails measure, by name."""
        return {m.outcome: self.model.metrics[m.outcome].body for m in self.experiment.measures}

    @property
    def binary(self) -> frozenset[str]:
        """The outcomes that are a yes or no."""
        return frozenset(n for n in self.outcomes if self.model.metrics[n].type == BOOLEAN)

    def clock_on(self, day: dt.date) -> Clock:
        """As of the start of a day."""
        return Clock.at(day, self.workspace.zone)


def declared(workspace: Workspace, name: str) -> Experiment:
    """Raises `UsageError` for a name that is no experiment."""
    experiments = workspace.model.experiments
    if name not in experiments:
        known = ", ".join(f"`{n}`" for n in experiments)
        help = (
            f"there is {known}"
            if known
            else "declare one: experiment NAME { incumbent … candidate … backtest as of … primary … }"
        )
        raise UsageError(Diagnostic("SEG0617", f"`{name}` is no experiment", help=help))
    return experiments[name]
