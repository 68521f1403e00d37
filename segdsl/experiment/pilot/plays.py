"""Running pilots -> whose plays each of their customers gets."""

from __future__ import annotations

import datetime as dt
from typing import assert_never

from segdsl.experiment.pilot import exposures
from segdsl.experiment.shared.exposure import HOLDOUT
from segdsl.model.experiment import Assigned, Backtest, External, Replay
from segdsl.reference.today import HELD_OUT, Arms, Pilots
from segdsl.workspace.load import Workspace


def arms_of_pilots(workspace: Workspace, day: dt.date) -> Pilots:
    """Returns the arms of everybody who is in a pilot on a day: from the day on which they entered until their outcomes have happened.

    Who is held out gets no play, whatever the arms of other pilots; of two arms the one of the pilot declared first counts. Raises
    `DataError` for a damaged file of exposures.
    """
    arms: dict[tuple[str, str], dict[str, str]] = {}
    for e in workspace.model.experiments.values():
        match e.design:
            case Assigned():
                pass
            case Backtest() | External() | Replay():
                continue
            case _:
                assert_never(e.design)
        for entry in exposures.load(exposures.path_of(workspace, e.name)):
            own = arms.setdefault((e.entity, entry.unit), {}) if entry.entered <= day <= entry.until else {}
            if entry.arm == HOLDOUT:
                own[f"holdout of {e.name}"] = HELD_OUT  # no rule has such a name, so no other pilot takes its place
            elif entry.differs and entry.arm in e.arms:
                own.setdefault(e.incumbent, entry.arm)
    return dict[tuple[str, str], Arms](arms)
