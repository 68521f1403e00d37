"""An experiment whose customers were put into arms elsewhere, and data -> its pilot, judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from segdsl import engines, reads
from segdsl.experiment import evidence, pilot
from segdsl.experiment.backtest import differing
from segdsl.experiment.cells import Question, cells_by_arm
from segdsl.experiment.decide import Verdict
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model
from segdsl.model.types import BOOLEAN
from segdsl.run import clock_for, source_config
from segdsl.workspace import Workspace


@dataclass(frozen=True)
class Result:
    """`is_exploratory`: it was declared otherwise when it was first run."""

    experiment: Experiment
    candidate: str
    clock: Clock
    piloted: pilot.Piloted
    is_exploratory: bool


def run(workspace: Workspace, model: Model, e: Experiment, source: str | None, told: Callable[[str], None]) -> Result:
    """As of the day the data is of. Raises `UsageError` and `DataError`."""
    assert e.exposures is not None, "a pilot has exposures"
    config = source_config(workspace, source)
    clock = clock_for(workspace.zone, config.snapshot)
    first, second = (model.segmentations[n] for n in (e.incumbent, e.candidates[0]))
    arms = (e.exposures.incumbent, e.exposures.candidate)
    needed = {k: set(v) for k, v in reads.of_rules(model, [first, second]).items()}
    measures = (e.primary, *e.guardrails)
    for relation, fields in reads.columns(model, [*arms, *(model.metrics[m.outcome].body for m in measures)]).items():
        needed.setdefault(relation, set()).update(fields)
    engine = engines.attach(model.schema, needed, config, workspace.root, None, clock)
    outcomes = {}
    for m in measures:
        told(f"counting {m.outcome}")
        body = model.metrics[m.outcome].body
        outcomes[m.outcome] = cells_by_arm(engine, Question(model, e.entity, first, second, body, arms=arms), clock)
    binary = {m.outcome: model.metrics[m.outcome].type == BOOLEAN for m in measures}
    found = pilot.judge(
        outcomes, e.primary, e.guardrails, differing(first, second), float(e.exposures.share), float(e.alpha), binary
    )
    is_exploratory = evidence.is_changed(workspace, model, e)
    if is_exploratory and found.verdict.word == "PROMOTE":
        found = replace(found, verdict=Verdict("KEEP", "exploratory"))
    return Result(e, e.candidates[0], clock, found, is_exploratory)
