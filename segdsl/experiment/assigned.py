"""A pilot that segdsl has assigned -> its looks, one after the other, until one decides.

It is looked at as of the days that were registered, whenever it is asked: each customer with what had been known of it as of the
day it entered, and of those alone whose outcomes had all happened by then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segdsl import reads
from segdsl.config import SourceConfig
from segdsl.data.asking import many
from segdsl.experiment import gain, looks, pilot
from segdsl.experiment.assign import otherwise_drawn
from segdsl.experiment.decide import Check, Verdict
from segdsl.experiment.exposures import OUTSIDE, Exposure
from segdsl.experiment.measured import Look, Result, asked_of, attached, before, more_cost, values_of
from segdsl.experiment.rows import UNIT, rows
from segdsl.model.clock import Clock
from segdsl.model.experiment import Experiment
from segdsl.model.segment import Model
from segdsl.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

Told = Callable[[str], None]


def looked_at(
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
    warned, drawn = tuple(_warned(model, e, there)), _as_drawn(e, there)

    def all_looks(candidate: str, alpha: float) -> Result:
        entered = [
            x for x in there if x.differs and x.arm in (e.incumbent, candidate) and _plays_differ(x, e, candidate)
        ]
        return _looked(e, model, candidate, alpha, customers, entered, made, days, drawn, Result(
            e, candidate, "pilot", clock, _open(e, there, candidate, drawn), next_look=following, entered=len(entered), warned=warned,
        ))  # fmt: skip

    alpha = float(e.alpha)
    if several:  # the error is shared out beforehand: which candidate ends when isn't known
        return [all_looks(c, alpha / len(e.candidates)) for c in e.candidates]
    first = {c: all_looks(c, alpha) for c in e.candidates}
    levels = gain.holm({c: r.piloted.primary.p if r.piloted.primary else 1.0 for c, r in first.items()}, alpha)
    return [r if levels[c] == alpha else all_looks(c, levels[c]) for c, r in first.items()]


# -- parts -----------------------------------------------------------------------------


def _looked(
    e: Experiment,
    model: Model,
    candidate: str,
    alpha: float,
    customers: pd.DataFrame | None,
    entered: Sequence[Exposure],
    made: Sequence[dt.date],
    days: Sequence[dt.date],
    drawn: Check,
    start: Result,
) -> Result:
    """Look after look, until one ends it."""
    if customers is None:
        return start
    assert e.assigned is not None
    result, sizes, fractions, borders = start, list[float](), list[float](), list[float]()
    checks = (*before(model, e), drawn)
    for day in made:
        ripe = _of_pair(e, model, customers[customers["?until"] <= day], candidate)
        size = int((ripe[pilot.DIFFERS] & ripe[pilot.ARM].isin([pilot.INCUMBENT, pilot.CANDIDATE])).sum())
        planned = _planned(e, entered, day)
        is_over = day > e.assigned.until and size >= len(entered)
        is_last = is_over or (not e.any_day and day == days[-1])
        if ((sizes and size <= sizes[-1]) or size < 4) and not is_last:
            continue  # nobody is new
        if sizes and size <= sizes[-1]:
            for kept in (sizes, fractions, borders):
                kept.pop()  # the last look decides on the same outcomes in the place of the one before
        sizes.append(max(1, size))
        fractions.append(1.0 if is_last else size / planned)
        border = (
            looks.always(size, planned, alpha)
            if e.any_day
            else looks.boundaries(tuple(sizes), tuple(fractions), alpha)[-1]
        )
        borders.append(border)
        left = 0 if is_last else 1
        asked = asked_of(e, model, looks.level(border))
        of = (start.piloted.customers, start.piloted.differ)
        found = pilot.judge(ripe, asked, of, checks, left)
        one = Look(day, size, min(1.0, size / planned), border, found.primary, found.verdict)
        unbiased = None
        if found.primary is not None and len(sizes) > 1 and not e.any_day:
            unbiased = looks.median_unbiased(sizes, borders, found.primary.estimate, found.primary.se)
        result = replace(result, piloted=found, looks=(*result.looks, one), unbiased=unbiased)
        if found.verdict.word not in ("CONTINUE", "INVALID"):
            return replace(result, next_look=None)
    return result


def _as_drawn(e: Experiment, there: Sequence[Exposure]) -> Check:
    moved = otherwise_drawn(e, there)
    shown = ", ".join(f"`{u}`" for u in moved[:3])
    said = f"{many(len(moved), e.entity)} in another arm than drawn for, as {shown}: the file of exposures was changed"
    return Check("as drawn", not moved, said if moved else "everybody is in the arm drawn")


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
    """The customers that the two arms will have, as far as it is known on that day; where any day may be one, those registered."""
    assert e.assigned is not None
    if (e.any_day or day <= e.assigned.until) and e.at_most_units is not None:
        return max(1, round(e.at_most_units * 2 / (1 + len(e.candidates))))
    return max(1, len(entered))


def _open(e: Experiment, there: Sequence[Exposure], candidate: str, drawn: Check) -> pilot.Piloted:
    """Before the first look: how many there are, and no figure of what happened to them."""
    units = {x.unit: _plays_differ(x, e, candidate) for x in there}
    verdict = Verdict("CONTINUE") if drawn.ok else Verdict("INVALID", drawn.name)
    return pilot.Piloted(verdict, (drawn,), len(units), sum(units.values()), None, None)


def _plays_differ(x: Exposure, e: Experiment, candidate: str) -> bool:
    return x.plays[candidate] != x.plays[e.incumbent]


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

    values = values_of(model, e)
    engine = attached(workspace, model, e, config, list(values.values()))
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
                UNIT: x.unit, pilot.CLUSTER: x.cluster, "?arm": x.arm, "?entered D": x.differs, "?until": x.until, "?of": x.stratum,
                "?week": _week(e, x.entered),
                **{f"place of {n}": p for n, p in x.places.items()}, **{f"play of {n}": p for n, p in x.plays.items()},
            }
            for x in kept if x.entered == day
        ])  # fmt: skip
        then = Clock.at(day, workspace.zone)
        measured = rows(engine, model, e.entity, [], then, values)
        parts.append(own.merge(measured.drop(columns=[pilot.CLUSTER]), on=UNIT, how="left"))
    columns = [UNIT, pilot.CLUSTER, "?arm", "?entered D", "?until", "?of", "?week", *values]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _week(e: Experiment, entered: dt.date) -> str:
    """Which week of a rolling enrolment it was; nothing where all enter at once."""
    assert e.assigned is not None
    if e.assigned.until == e.assigned.starts:
        return ""
    return f"week {(entered - e.assigned.starts).days // 7 + 1}"


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
    found[pilot.COST] = more_cost(model, *plays)
    # an entry on another day is a stratum of its own
    assert e.assigned is not None
    if e.assigned.hashed_like is not None:
        found[pilot.STRATUM] = ""
    else:
        found[pilot.STRATUM] = found["?of"] + np.where(found["?week"] == "", "", ", " + found["?week"])
    return found


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
