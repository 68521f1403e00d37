"""An experiment on customers who were given plays by chance, elsewhere or long ago, and data -> its pilot or replay, judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from segdsl import engines, reads
from segdsl.experiment import evidence, pilot, replay
from segdsl.experiment.backtest import differing
from segdsl.experiment.cells import UNKNOWN, Cells, Question, cells_by_arm, cells_by_play
from segdsl.experiment.decide import Check, Verdict
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model, Segmentation
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

    @property
    def kind(self) -> str:
        return "pilot" if self.experiment.exposures is not None else "replay"


def run(workspace: Workspace, model: Model, e: Experiment, source: str | None, told: Callable[[str], None]) -> Result:
    """As of the day the data is of. Raises `UsageError` and `DataError`."""
    config = source_config(workspace, source)
    clock = clock_for(workspace.zone, config.snapshot)
    first, second = (model.segmentations[n] for n in (e.incumbent, e.candidates[0]))
    arms = (e.exposures.incumbent, e.exposures.candidate) if e.exposures is not None else None
    log = (e.log.play, e.log.probability) if e.log is not None else None
    measures = (e.primary, *e.guardrails)
    asked = [*(arms or ()), *(log or ()), *(model.metrics[m.outcome].body for m in measures)]
    needed = reads.together(reads.of_rules(model, [first, second]), reads.columns(model, asked))
    checks = (_selection(model, e, asked),)
    engine = engines.attach(model.schema, needed, config, workspace.root, None, clock)
    questions = {
        m.outcome: Question(model, e.entity, first, second, model.metrics[m.outcome].body, arms=arms, log=log)
        for m in measures
    }
    told(f"counting {', '.join(questions)}")
    binary = {m.outcome: model.metrics[m.outcome].type == BOOLEAN for m in measures}
    if e.exposures is not None:
        counted = {name: cells_by_arm(engine, q, clock) for name, q in questions.items()}
        found = pilot.judge(
            counted,
            e.primary,
            e.guardrails,
            differing(first, second),
            float(e.exposures.share),
            float(e.alpha),
            binary,
            checks,
        )
    else:
        logged = {name: _logged(model, cells_by_play(engine, q, clock)) for name, q in questions.items()}
        found = replay.judge(logged, e.primary, e.guardrails, _plays(first, second), float(e.alpha), binary, checks)
    is_exploratory = evidence.is_changed(workspace, model, e)
    if is_exploratory and found.verdict.word == "PROMOTE":
        found = replace(found, verdict=Verdict("KEEP", "exploratory"))
    return Result(e, e.candidates[0], clock, found, is_exploratory)


def _selection(model: Model, e: Experiment, asked: list[k.Expr]) -> Check:
    """Whose play differs may not hang on what the plays did: no rule reads what the outcomes or the arms are made of."""
    rules = [part for name in (e.incumbent, *e.candidates) for part in model.definition(name)]
    read, told = (
        {(c.relation, c.name) for c in reads.everything(model, roots) if isinstance(c, k.Column)}
        for roots in (rules, asked)
    )
    both = ", ".join(f"`{relation}.{name}`" for relation, name in sorted(read & told))
    good = "the rules don't read what is measured"
    return Check("selection", not both, f"the rules read what came after the plays: {both}" if both else good)


def _logged(model: Model, counted: Mapping[tuple[str | None, float | None], Cells]) -> replay.Log:
    """Plays by their names, where the log has a name or a title."""
    names = (
        {p.title: n for n, p in model.plays.items() if p.title}
        | {n: n for n in model.plays}
        | {replay.NO_PLAY: replay.NO_PLAY}
    )
    return [(names.get(play) if play is not None else None, chance, cells) for (play, chance), cells in counted.items()]


def _plays(first: Segmentation, second: Segmentation) -> replay.Plays:
    """By a pair of places the plays there; unknown has none."""
    one, other = ({**{a.name: a.play for a in r.all_arms}, UNKNOWN: None} for r in (first, second))
    return {(a, b): (p or replay.NO_PLAY, q or replay.NO_PLAY) for a, p in one.items() for b, q in other.items()}
