"""Run of a randomised experiment: choose the analysis by design."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from segdsl.diagnostics import Diagnostic
from segdsl.experiment.pilot import exposures, external, interim
from segdsl.experiment.pilot.measures import Result, attach_data
from segdsl.experiment.pilot.randomise import is_half
from segdsl.experiment.shared import evidence
from segdsl.experiment.shared.context import Context
from segdsl.experiment.shared.customer_rows import rows
from segdsl.experiment.shared.decide import Verdict
from segdsl.model.experiment import Assigned, Backtest, Experiment, External, Randomised, Replay
from segdsl.run.errors import UsageError
from segdsl.words.values import for_a_spreadsheet
from segdsl.workspace.load import Workspace


def run(context: Context, design: Randomised) -> list[Result]:
    """Judge each candidate, in the order of the declaration. Raises `UsageError` and `DataError`."""
    workspace, model, e = context.workspace, context.model, context.experiment
    is_exploratory = evidence.is_changed(workspace, model, e)
    match design:
        case Assigned():
            entries = exposures.load(exposures.path_of(workspace, e.name))
            if not entries:
                help = f"`segdsl experiment assign {e.name}` puts customers into its arms"
                raise UsageError(Diagnostic("SEG0622", f"nobody has entered `{e.name}`", help=help))
            for candidate in e.candidates:
                if candidate not in entries[0].plays:
                    first = entries[0].entered
                    message = (
                        f"`{candidate}` became a candidate of `{e.name}` after its first customers entered on {first}"
                    )
                    help = "take it out again, or declare a pilot of its own with another seed"
                    raise UsageError(Diagnostic("SEG0622", message, help=help))
            is_exploratory = is_exploratory or entries[0].registered != evidence.registration(model, e)
            results = interim.run_looks(context, design, entries)
        case External():
            results = [external.judge_external(context, design)]
        case Replay():
            results = [external.judge_replay(context, design)]
        case _:
            assert_never(design)
    return [_exploratory(r) if is_exploratory else r for r in results]


def half(workspace: Workspace, e: Experiment, source: str | None) -> list[str]:
    """Customers on whom a candidate may be chosen, sorted by key, with formulas escaped for spreadsheets."""
    seed = _chosen_on(e)
    if seed is None:
        help = 'only of a replay that names the half its candidate was chosen on: `replay from …(…, chosen: "SEED")`'
        raise UsageError(Diagnostic("SEG0622", f"the customers of `{e.name}` aren't split", help=help))
    context = Context.of(workspace, e, source)
    customers = rows(external.without_lifetime(context), attach_data(context, []), context.clock, [], {})
    return [for_a_spreadsheet(u) for u in sorted(customers.units) if is_half(seed, u)]


def _chosen_on(e: Experiment) -> str | None:
    match e.design:
        case Replay():
            return e.design.chosen_on
        case Backtest() | Assigned() | External():
            return None
        case _:
            assert_never(e.design)


def _exploratory(r: Result) -> Result:
    piloted = r.piloted
    if piloted.verdict.word == "PROMOTE":
        piloted = replace(piloted, verdict=Verdict("KEEP", "exploratory"))
    return replace(r, piloted=piloted, is_exploratory=True)
