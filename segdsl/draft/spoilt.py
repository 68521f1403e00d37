"""A column of ids -> what a spreadsheet or a data frame may have made of some of them: rounded numbers, decimals, days."""

from __future__ import annotations

import re
from collections.abc import Iterator

from segdsl.draft.profile import Column
from segdsl.draft.reading import Question
from segdsl.draft.shapes import SHAPES


def spoilt_ids(column: Column) -> Iterator[Question]:
    """One question about cells that were other ids before; whole numbers that are decimals throughout are still what they were."""
    s = column.shapes
    kinds = {
        "exponent": ("rounded to powers of ten", s["exponent"]),
        "whole": ("decimals", s["whole"] if not column.is_whole else 0),
        "iso": ("days", s["iso"] if s["iso"] < column.given else 0),
    }
    listed = [f"{n:,} {what}{_example(column, kind)}" for kind, (what, n) in kinds.items() if n]
    if listed:
        made = "a spreadsheet makes such of ids; export it again with this column as text"
        yield Question(f"among {column.given:,} ids are {', '.join(listed)}: {made}")


def _example(column: Column, kind: str) -> str:
    found = next((v for v in column.values if re.fullmatch(SHAPES[kind], v)), None)
    return f" (`{found}`)" if found else ""
