"""One unit of a pilot, as recorded on the day it entered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

HOLDOUT, NO_ROOM = "holdout", "no room"
OUTSIDE = (HOLDOUT, NO_ROOM)  # without an arm, so never compared


@dataclass(frozen=True, slots=True)
class Exposure:
    """A unit of a pilot as it was written down on the day it entered.

    `arm`: the name of the segmentation whose plays the unit gets, or one of `OUTSIDE`.
    `differs`: one of the candidates would give the unit another play than the incumbent.
    `registered`: the fingerprint of the experiment as declared on that day.
    `until`: the day on which all outcomes have happened.
    `places`, `plays`: by segmentation, the arm and the play of the unit on that day; "" for no play.
    """

    unit: str
    cluster: str
    arm: str
    differs: bool
    entered: dt.date
    stratum: str
    registered: str
    seed: str
    layer: str
    until: dt.date
    places: Mapping[str, str]
    plays: Mapping[str, str]
