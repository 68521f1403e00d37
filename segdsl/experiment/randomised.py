"""An experiment on customers who were given plays by chance, and data -> its pilot or replay, judged.

A pilot that segdsl assigns is looked at as of the days that were registered, whenever it is asked: each customer with what had
been known of it as of the day it entered, and of those alone whose outcomes had all happened by then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from segdsl import engines, reads
from segdsl.config import SourceConfig
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.experiment import evidence, exposures, gain, looks, pilot, replay
from segdsl.experiment.admissible import leaks
from segdsl.experiment.cells import FOLDS, UNKNOWN
from segdsl.experiment.decide import Check, Verdict, population
from segdsl.experiment.effect import Effect
from segdsl.experiment.exposures import OUTSIDE, Exposure
from segdsl.experiment.randomise import drawn, is_half
from segdsl.experiment.rows import rows
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model, Segmentation
from segdsl.model.types import BOOLEAN
from segdsl.run import clock_for, source_config
from segdsl.run.errors import UsageError
from segdsl.values import for_a_spreadsheet
from segdsl.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Look:
    """A registered look that has been made: of how many customers of the two arms the outcomes had happened, as a share of those there
    will be, the z that it asked for, and what it found; the effect is None where a check failed."""

    on: dt.date
    customers: int
    fraction: float
    border: float
    effect: Effect | None
    verdict: Verdict


@dataclass(frozen=True)
class Result:
    """`kind` is pilot or replay; `is_exploratory`: it was declared otherwise when it was first run, or its first customers entered.

    `looks` are those made of a pilot that segdsl assigned, `next_look` the day of the next where there is one and it is open;
    `unbiased` is the estimate corrected for having stopped early. `warned` is what may spoil it and isn't seen in the figures.
    """

    experiment: Experiment
    candidate: str
    kind: str
    clock: Clock
    piloted: pilot.Piloted
    is_exploratory: bool = False
    looks: tuple[Look, ...] = ()
    next_look: dt.date | None = None
    entered: int = 0
    unbiased: float | None = None
    warned: tuple[str, ...] = ()
    replayed: replay.Replayed | None = None

    @property
    def weeks_left(self) -> int:
        return (
            0
            if self.next_look is None
            else max(1, ceil((self.next_look - self.clock.date_of(self.clock.now)).days / 7))
        )


def run(workspace: Workspace, model: Model, e: Experiment, source: str | None, told: Told) -> list[Result]:
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
        found = _assigned(workspace, model, e, config, clock, there, told)
    else:
        found = [_elsewhere(workspace, model, e, config, clock, told)]
    return [_exploratory(r) if is_exploratory else r for r in found]


def _exploratory(r: Result) -> Result:
    piloted = r.piloted
    if piloted.verdict.word == "PROMOTE":
        piloted = replace(piloted, verdict=Verdict("KEEP", "exploratory"))
    return replace(r, piloted=piloted, is_exploratory=True)


def half(workspace: Workspace, model: Model, e: Experiment, source: str | None) -> list[str]:
    """The customers on which a candidate may be chosen, in order of their keys, guarded for a spreadsheet."""
    if e.log is None or e.log.chosen_on is None:
        help = 'only of a replay that names the half its candidate was chosen on: `replay from …(…, chosen: "SEED")`'
        raise UsageError(Diagnostic("SEG0622", f"the customers of `{e.name}` aren't split", help=help))
    config = source_config(workspace, source)
    engine = _attached(workspace, model, e, config, [])
    found = rows(engine, model, e.entity, [], clock_for(workspace.zone, config.snapshot), {})
    seed = e.log.chosen_on
    return [for_a_spreadsheet(u) for u in sorted(found["unit"]) if is_half(seed, u)]


# -- assigned by us --------------------------------------------------------------------


def _assigned(
    workspace: Workspace,
    model: Model,
    e: Experiment,
    config: SourceConfig,
    clock: Clock,
    there: Sequence[Exposure],
    told: Told,
) -> list[Result]:
    today = clock.date_of(clock.now)
    days = _days(e, there, today)
    made = [d for d in days if d <= today]
    following = next((d for d in days if d > today), None)
    customers = _followed(workspace, model, e, config, there, made[-1], told) if made else None
    several = len(days) > 1 or e.any_day
    warned = tuple(_warned(model, e, there))

    def all_looks(candidate: str, alpha: float) -> Result:
        entered = [
            x for x in there if x.differs and x.arm in (e.incumbent, candidate) and _plays_differ(x, e, candidate)
        ]
        return _looked(e, model, candidate, alpha, customers, entered, made, days, Result(
            e, candidate, "pilot", clock, _open(e, there, candidate), next_look=following, entered=len(entered), warned=warned,
        ))  # fmt: skip

    alpha = float(e.alpha)
    if several:  # the error is shared out beforehand: which candidate ends when isn't known
        return [all_looks(c, alpha / len(e.candidates)) for c in e.candidates]
    first = {c: all_looks(c, alpha) for c in e.candidates}
    levels = gain.holm({c: r.piloted.primary.p if r.piloted.primary else 1.0 for c, r in first.items()}, alpha)
    return [r if levels[c] == alpha else all_looks(c, levels[c]) for c, r in first.items()]


def _looked(
    e: Experiment,
    model: Model,
    candidate: str,
    alpha: float,
    customers: pd.DataFrame | None,
    entered: Sequence[Exposure],
    made: Sequence[dt.date],
    days: Sequence[dt.date],
    start: Result,
) -> Result:
    """Look after look, until one ends it."""
    if customers is None or alpha == 0:
        return start
    assert e.assigned is not None
    result, sizes, borders = start, list[int](), list[float]()
    for day in made:
        ripe = _of_pair(e, model, customers[customers["?until"] <= day], candidate)
        size = int((ripe[pilot.DIFFERS] & ripe[pilot.ARM].isin([pilot.INCUMBENT, pilot.CANDIDATE])).sum())
        planned = _planned(e, entered, day)
        is_last = not e.any_day and (day == days[-1] or (day > e.assigned.until and size >= planned))
        if sizes and size <= sizes[-1]:
            if not is_last:
                continue
            sizes.pop()  # nobody is new at the last look: it decides in the place of the one before
            borders.pop()
        if size < 4:
            continue
        sizes.append(size)
        if e.any_day:
            border = looks.always(size, planned, alpha)
        else:
            border = looks.boundaries(tuple(map(float, sizes)), float(max(planned, size)), alpha, is_last)[-1]
        borders.append(border)
        left = 0 if is_last else 1
        asked = _asked(e, model, looks.level(border))
        of = (start.piloted.customers, start.piloted.differ)
        found = pilot.judge(ripe, asked, of, tuple(_before(model, e)), left)
        one = Look(day, size, size / planned if planned else 1.0, border, found.primary, found.verdict)
        unbiased = None
        if found.primary is not None and len(sizes) > 1 and not e.any_day:
            unbiased = looks.median_unbiased(sizes, borders, found.primary.estimate, found.primary.se)
        result = replace(result, piloted=found, looks=(*result.looks, one), unbiased=unbiased)
        if found.verdict.word not in ("CONTINUE", "INVALID"):
            return replace(result, next_look=None)
    return result


def _days(e: Experiment, there: Sequence[Exposure], today: dt.date) -> list[dt.date]:
    """When it is looked at: on the days registered, today, or once when the outcomes of all have happened."""
    assert e.assigned is not None
    if e.any_day:
        return [today]
    if e.looks:
        return list(e.looks)
    horizon = max(x.until - x.entered for x in there)
    return [max([x.until for x in there if x.differs and x.arm not in OUTSIDE] + [e.assigned.until + horizon])]


def _planned(e: Experiment, entered: Sequence[Exposure], day: dt.date) -> int:
    """The customers that the two arms will have, as far as it is known on that day."""
    assert e.assigned is not None
    if day <= e.assigned.until and e.at_most_units is not None:
        return max(1, round(e.at_most_units * 2 / (1 + len(e.candidates))))
    return max(1, len(entered))


def _open(e: Experiment, there: Sequence[Exposure], candidate: str) -> pilot.Piloted:
    """Before the first look: how many there are, and no figure of what happened to them."""
    units = {x.unit: _plays_differ(x, e, candidate) for x in there}
    return pilot.Piloted(Verdict("CONTINUE"), (), len(units), sum(units.values()), None, None)


def _plays_differ(x: Exposure, e: Experiment, candidate: str) -> bool:
    return x.plays[candidate] != x.plays[e.incumbent]


def _of_pair(e: Experiment, model: Model, customers: pd.DataFrame, candidate: str) -> pd.DataFrame:
    """Arms and differences of one candidate; who is in the placebo of one arm and later in another is in neither's."""
    import numpy as np

    arms = {e.incumbent: pilot.INCUMBENT, candidate: pilot.CANDIDATE}
    plays = customers[f"play of {e.incumbent}"], customers[f"play of {candidate}"]
    differs = (plays[0] != plays[1]) & customers["?entered D"]
    found = customers.copy()
    found[pilot.ARM] = customers["?arm"].map(arms).fillna("")
    found[pilot.DIFFERS] = differs.to_numpy(bool)
    found[pilot.CELL] = customers[f"place of {e.incumbent}"] + " \u2192 " + customers[f"place of {candidate}"]
    found[pilot.COST] = _more_cost(model, *plays)
    # an entry on another day is a stratum of its own
    assert e.assigned is not None
    if e.assigned.hashed_like is not None:
        found[pilot.STRATUM] = ""
    else:
        found[pilot.STRATUM] = found["?of"] + np.where(found["?week"] == "", "", ", " + found["?week"])
    return found


def _followed(
    workspace: Workspace,
    model: Model,
    e: Experiment,
    config: SourceConfig,
    there: Sequence[Exposure],
    until: dt.date,
    told: Told,
) -> pd.DataFrame:
    """A row a customer who entered and whose outcomes have happened, with what was measured as of the day it entered."""
    import pandas as pd

    values = _values(model, e)
    engine = _attached(workspace, model, e, config, list(values.values()))
    inside = [x for x in there if x.arm not in OUTSIDE and x.until <= until]
    in_d = {x.cluster: x.arm for x in there if x.differs and x.arm not in OUTSIDE}
    kept = [x for x in inside if x.differs or in_d.get(x.cluster, x.arm) == x.arm]
    seen = {x.unit for x in kept if x.differs}
    kept = [x for x in kept if x.differs or x.unit not in seen]
    days = sorted({x.entered for x in kept})
    parts = []
    for number, day in enumerate(days, 1):
        told(f"what became of those who entered on {day} ({number} of {len(days)})")
        own = pd.DataFrame([
            {
                "unit": x.unit, pilot.CLUSTER: x.cluster, "?arm": x.arm, "?entered D": x.differs, "?until": x.until, "?of": x.stratum,
                "?week": _week(e, x.entered),
                **{f"place of {n}": p for n, p in x.places.items()}, **{f"play of {n}": p for n, p in x.plays.items()},
            }
            for x in kept if x.entered == day
        ])  # fmt: skip
        then = Clock.at(day, workspace.zone)
        measured = rows(engine, model, e.entity, [], then, values)
        parts.append(own.merge(measured.drop(columns=["cluster"]), on="unit", how="left"))
    columns = ["unit", pilot.CLUSTER, "?arm", "?entered D", "?until", "?of", "?week", *values]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _week(e: Experiment, entered: dt.date) -> str:
    """Which week of a rolling enrolment it was; nothing where all enter at once."""
    assert e.assigned is not None
    if e.assigned.until == e.assigned.starts:
        return ""
    return f"week {(entered - e.assigned.starts).days // 7 + 1}"


def _before(model: Model, e: Experiment) -> Iterator[Check]:
    """What is adjusted for, and what outcomes are counted per, is as it was before: nothing that may have been overwritten since."""
    names = dict.fromkeys([e.adjust, *(m.per for m in (e.primary, *e.guardrails))])
    for name in names:
        if name is not None:
            found = ", ".join(map(str, leaks(model, [name])))
            said = f"`{name}` may have been changed by the plays: {found}" if found else f"`{name}` is of before"
            yield Check(f"before: {name}", not found, said)


def _warned(model: Model, e: Experiment, there: Sequence[Exposure]) -> Iterator[str]:
    """Of the plays that some would get and others not: those that have little room, and those that write what is measured."""
    given = {p for x in there if x.differs for p in x.plays.values() if p in model.plays}
    read = set(reads.columns(model, [model.metrics[m.outcome].body for m in (e.primary, *e.guardrails)]))
    for name in sorted(given):
        settings = model.plays[name].settings
        if settings.get("capacity"):
            yield (
                f"`{name}` has room for {settings['capacity']} at a time: who gets it in one arm leaves less for the other, so that the arms aren't independent. "
                "Let those who share it be one unit (`cluster by`)."
            )
        for table in str(settings.get("writes", "")).replace(",", " ").split():
            if table in read:
                yield f"`{name}` writes `{table}`, and the outcome reads it: giving the play alone may look like an effect."


# -- elsewhere, or long ago ------------------------------------------------------------


def _elsewhere(
    workspace: Workspace, model: Model, e: Experiment, config: SourceConfig, clock: Clock, told: Told
) -> Result:
    """A pilot as of the day the data is of; a replay as of the days of its log, where it has some."""
    rules = [model.segmentations[n] for n in (e.incumbent, e.candidates[0])]
    values = _values(model, e)
    given: dict[str, k.Expr] = {}
    if e.exposures is not None:
        given = {"?old": e.exposures.incumbent, "?new": e.exposures.candidate}
    if e.log is not None:
        given = {replay.GIVEN: e.log.play, replay.CHANCE: e.log.probability} | (
            {"?rows": e.log.rows} if e.log.rows is not None else {}
        )
    asked = [*given.values(), *values.values()]
    checks = list(_before(model, e))
    if e.log is None or not e.log.days:
        checks.insert(0, _selection(model, e, asked))
    engine = _attached(workspace, model, e, config, asked, rules)
    told(f"counting {', '.join(m.outcome for m in (e.primary, *e.guardrails))}")
    if e.log is None:
        frame = rows(engine, model, e.entity, rules, clock, values | given, e.cluster)
        return Result(e, e.candidates[0], "pilot", clock, _foreign(frame, model, e, rules[0], rules[1], tuple(checks)))
    clocks = [Clock.at(day, workspace.zone) for day in e.log.days] or [clock]
    frames = []
    for at in clocks:
        told(f"the log as of {at.date_of(at.now)}")
        frames.append(
            rows(engine, model, e.entity, rules, at, values | given).assign(**{replay.DAY: at.date_of(at.now)})
        )
    return _replayed(frames, model, e, rules, clock, checks)


def _replayed(
    frames: Sequence[pd.DataFrame],
    model: Model,
    e: Experiment,
    rules: Sequence[Segmentation],
    clock: Clock,
    checks: list[Check],
) -> Result:
    import pandas as pd

    assert e.log is not None
    frame = pd.concat(frames, ignore_index=True)
    a, b = (frame[r.name] for r in rules)
    checks.append(population(int((a.isna() != b.isna()).sum())))
    inside = frame[a.notna() & b.notna()]
    log = inside[inside[replay.GIVEN].notna()].copy()
    checks.append(
        Check(
            "log",
            len(log) > 0,
            f"{len(log):,} of {len(inside):,} {e.entity}s are in the log"
            if len(log)
            else "nobody of these rules is in the log",
        )
    )
    if "?rows" in log:
        many = int((log["?rows"] > 1).sum())
        said = (
            f"{many:,} {e.entity}s have several rows on one day: which play they got isn't known"
            if many
            else "one play for each, each day"
        )
        checks.append(Check("one play", not many, said))
    names = {p.title: n for n, p in model.plays.items() if p.title} | {n: n for n in [*model.plays, replay.NO_PLAY]}
    log[replay.GIVEN] = log[replay.GIVEN].map(names).fillna("?")
    for column, rule in zip((replay.FIRST, replay.SECOND), rules):
        log[column] = log[rule.name].map(
            {**{x.name: x.play or replay.NO_PLAY for x in rule.all_arms}, UNKNOWN: replay.NO_PLAY}
        )
    log[pilot.CELL] = log[rules[0].name] + " \u2192 " + log[rules[1].name]
    log[pilot.CLUSTER] = log["unit"]
    log[replay.FOLD] = [drawn("fold", u) % FOLDS for u in log["unit"]]
    if e.log.chosen_on is not None:
        mine = [not is_half(e.log.chosen_on, u) for u in log["unit"]]
        log = log[mine]
        checks.append(
            Check(
                "other half",
                True,
                f"the candidate was chosen on one half; {len(log):,} {e.entity}s of the other judge it",
            )
        )
    found = replay.judge(log, e.primary, e.guardrails, float(e.alpha), _binary(model, e), tuple(checks))
    return Result(e, e.candidates[0], "replay", clock, found.piloted, replayed=found)


def _foreign(
    frame: pd.DataFrame,
    model: Model,
    e: Experiment,
    first: Segmentation,
    second: Segmentation,
    checks: tuple[Check, ...],
) -> pilot.Piloted:
    import numpy as np

    a, b = frame[first.name], frame[second.name]
    one = a.isna() != b.isna()
    inside = frame[a.notna() & b.notna()]
    plays = [inside[r.name].map({**{x.name: x.play or "" for x in r.all_arms}, UNKNOWN: ""}) for r in (first, second)]
    customers = inside.copy()
    customers[pilot.ARM] = np.select([inside["?old"] == 1, inside["?new"] == 1], [pilot.INCUMBENT, pilot.CANDIDATE], "")
    customers[pilot.DIFFERS] = (plays[0] != plays[1]).to_numpy(bool)
    customers[pilot.CLUSTER], customers[pilot.STRATUM] = inside["cluster"], ""
    customers[pilot.CELL] = inside[first.name] + " \u2192 " + inside[second.name]
    customers[pilot.COST] = _more_cost(model, plays[0], plays[1])
    assert e.exposures is not None
    asked = replace(_asked(e, model, float(e.alpha)), share=float(e.exposures.share))
    return pilot.judge(customers, asked, None, (*checks, population(int(one.sum()))))


def _more_cost(model: Model, before: pd.Series[str], after: pd.Series[str]) -> pd.Series[float]:
    """What each customer's play by the candidate costs more."""
    cost = {name: float(str(p.settings.get("cost", 0) or 0)) for name, p in model.plays.items()} | {"": 0.0}
    return after.map(cost).astype(float) - before.map(cost).astype(float)


def _asked(e: Experiment, model: Model, alpha: float) -> pilot.Asked:
    seed = drawn(e.assigned.seed if e.assigned is not None else e.name) % 2**32
    return pilot.Asked(
        e.primary, e.guardrails, _binary(model, e), 0.5, alpha, e.adjust, None if e.winsorise is None else float(e.winsorise), e.delivery, seed
    )  # fmt: skip


def _binary(model: Model, e: Experiment) -> frozenset[str]:
    return frozenset(m.outcome for m in (e.primary, *e.guardrails) if model.metrics[m.outcome].type == BOOLEAN)


def _values(model: Model, e: Experiment) -> dict[str, k.Expr]:
    """What is measured of each customer, by name."""
    measures = (e.primary, *e.guardrails)
    names = dict.fromkeys([*(m.outcome for m in measures), *(m.per for m in measures), e.adjust, e.delivery])
    return {n: model.metrics[n].body for n in names if n is not None}


def _attached(
    workspace: Workspace,
    model: Model,
    e: Experiment,
    config: SourceConfig,
    asked: Sequence[k.Expr],
    rules: Sequence[Segmentation] = (),
) -> Engine:
    extra = [*asked, *([e.cluster] if e.cluster is not None else [])]
    parts = [reads.columns(model, extra), reads.of_rules(model, rules)] if rules else [reads.columns(model, extra)]
    needed = reads.together(*parts, reads.of_rules(model, [model.segmentations[e.incumbent]]) if not rules else {})
    return engines.attach(
        model.schema, needed, config, workspace.root, None, clock_for(workspace.zone, config.snapshot)
    )


def _selection(model: Model, e: Experiment, asked: Sequence[k.Expr]) -> Check:
    """Whose play differs may not hang on what the plays did: no rule reads what the outcomes or the arms are made of."""
    before = {n for n in (e.adjust, *(m.per for m in (e.primary, *e.guardrails))) if n is not None}
    after = [a for a in asked if all(a is not model.metrics[n].body for n in before)]
    rules = [part for name in (e.incumbent, *e.candidates) for part in model.definition(name)]
    read, told = (
        {(c.relation, c.name) for c in reads.everything(model, roots) if isinstance(c, k.Column)}
        for roots in (rules, after)
    )
    both = ", ".join(f"`{relation}.{name}`" for relation, name in sorted(read & told))
    good = "the rules don't read what is measured"
    return Check("selection", not both, f"the rules read what came after the plays: {both}" if both else good)
