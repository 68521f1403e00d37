"""What a goal is measured by, and its words -> which figure that is: a share, retention or an average."""

from __future__ import annotations

import re
from typing import Literal

from segdsl.model import types as ty
from segdsl.model.segment import Metric

Kind = Literal["share", "net retention", "gross retention", "mean"]
RETENTION: tuple[Kind, ...] = ("net retention", "gross retention")
# gross margin and the like are other things
_GROSS = re.compile(r"\b(gross(?!\W+(margin|profit|merchandise))|grr|gdr)\b", re.IGNORECASE)
_NET = re.compile(r"\b(net(?!\W+(promoter|profit|margin|income))|nrr|ndr)\b", re.IGNORECASE)


def kind_of(measure: Metric, title: str) -> Kind:
    """Of money to come, net or gross retention: as the goal's title says, else as the outcome's name does, else net."""
    if measure.type == ty.BOOLEAN:
        return "share"
    if not (isinstance(measure.type, ty.Money) and measure.outcome):
        return "mean"
    return said(title) or said(measure.name.replace("_", " ")) or "net retention"


def said(words: str) -> Kind | None:
    """Which retention words name; None for neither and for both."""
    gross, net = bool(_GROSS.search(words)), bool(_NET.search(words))
    if gross == net:
        return None
    return "gross retention" if gross else "net retention"
