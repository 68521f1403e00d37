"""What became of a promotion, and of holding live rules to their records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segdsl.promotion.gate import LiveChange
    from segdsl.promotion.record import Record


@dataclass(frozen=True, slots=True)
class PromotionResult:
    """`against` is what stands against it; `lacks_evidence` where some of that a reason with approval would overcome.

    `record` is what was written, at `path`; None where nothing was changed.
    """

    incumbent: str
    candidate: str
    against: Sequence[str]
    lacks_evidence: bool = False
    record: Record | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class GateResult:
    """`base` is the revision that rules without a record are compared with, None without one.

    `changed` are live rules that mean something else than their record, `altered` records that aren't as in `base`, `ended` pilots
    whose declaration was changed with the day until which they run, `waiting` records that somebody has to approve.
    """

    base: str | None
    promoted: int
    changed: Sequence[LiveChange]
    altered: Sequence[str]
    ended: Sequence[tuple[str, dt.date]]
    waiting: Sequence[Record]
