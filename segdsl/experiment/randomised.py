"""An experiment on customers who were given plays by chance, and data -> its pilot or replay, judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from segdsl.diagnostics import Diagnostic
from segdsl.experiment import assigned, elsewhere, evidence, exposures
from segdsl.experiment.decide import Verdict
from segdsl.experiment.measured import Result, attached
from segdsl.experiment.randomise import is_half
from segdsl.experiment.rows import UNIT, rows
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model
from segdsl.run import clock_for, source_config
from segdsl.run.errors import UsageError
from segdsl.values import for_a_spreadsheet
from segdsl.workspace import Workspace


def run(
    workspace: Workspace, model: Model, e: Experiment, source: str | None, told: Callable[[str], None]
) -> list[Result]:
    """One result per candidate, in the order of the declaration. Raises `UsageError` and `DataError`."""
    config = source_config(workspace, source)
    clock = clock_for(workspace.zone, config.snapshot)
    is_exploratory = evidence.is_changed(workspace, model, e)
    if e.assigned is not None:
        there = exposures.load(exposures.path_of(workspace, e.name))
        if not there:
            raise UsageError(
                Diagnostic(
                    "SEG0622",
                    f"nobody has entered `{e.name}`",
                    help=f"`segdsl experiment assign {e.name}` puts customers into its arms",
                )
            )
        is_exploratory = is_exploratory or there[0].registered != evidence.registration(model, e)
        found = assigned.looked_at(workspace, model, e, config, clock, there, told)
    else:
        found = [elsewhere.judged(workspace, model, e, config, clock, told)]
    return [_exploratory(r) if is_exploratory else r for r in found]


def half(workspace: Workspace, model: Model, e: Experiment, source: str | None) -> list[str]:
    """The customers on which a candidate may be chosen, in order of their keys, guarded for a spreadsheet."""
    if e.log is None or e.log.chosen_on is None:
        help = 'only of a replay that names the half its candidate was chosen on: `replay from …(…, chosen: "SEED")`'
        raise UsageError(Diagnostic("SEG0622", f"the customers of `{e.name}` aren't split", help=help))
    config = source_config(workspace, source)
    engine = attached(workspace, model, e, config, [])
    found = rows(
        engine, elsewhere.whoever_was(model, e.entity), e.entity, [], clock_for(workspace.zone, config.snapshot), {}
    )
    seed = e.log.chosen_on
    return [for_a_spreadsheet(u) for u in sorted(found[UNIT]) if is_half(seed, u)]


def _exploratory(r: Result) -> Result:
    piloted = r.piloted
    if piloted.verdict.word == "PROMOTE":
        piloted = replace(piloted, verdict=Verdict("KEEP", "exploratory"))
    return replace(r, piloted=piloted, is_exploratory=True)
