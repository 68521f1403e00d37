"""Thousands of texts that may be numbers, in every format: read as a small reading by hand reads them, or not at all."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from segdsl.workspace.config import NUMBER_FORMATS, Formats
from tests.support.cells import attached

pytestmark = pytest.mark.slow

MARKS = {
    "1234.56": ("", "."), "1,234.56": (",", "."), "1.234,56": (".", ","), "1234,56": ("", ","), "1'234.56": ("'", "."), "1 234,56": (" ", ","),
    "1 234.56": (" ", "."), "12,34,567.89": (",", "."),
}  # fmt: skip


def by_hand(text: str, format: str) -> Decimal | None:
    """Without patterns: marks taken off one by one, groups counted."""
    group, point = MARKS[format]
    body = text.strip(" ")
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1]
    elif body[:1] in ("+", "-"):
        negative, body = body[0] == "-", body[1:]
    elif body.endswith("-"):
        negative, body = True, body[:-1]
    percent = body.endswith("%")
    if percent:
        body = body[:-1]
        body = body[:-1] if body.endswith(" ") else body
    whole, _, fraction = body.partition(point)
    if group and group in whole:
        first, *others = whole.split(group)
        last = others[-1]
        between = 2 if format == "12,34,567.89" else 3
        if (
            first[:1] in ("", "0")
            or len(first) > between
            or len(last) != 3
            or any(len(o) != between for o in others[:-1])
        ):
            return None
        whole = first + "".join(others)
    if not (whole + fraction).isdigit() or not (whole + fraction).isascii() or (not whole and not fraction):
        return None
    value = Decimal(f"{whole or 0}.{fraction or 0}") / (100 if percent else 1)
    return -value if negative else value


def texts(seed: int) -> list[str]:
    draw = random.Random(seed)
    found = []
    for _ in range(2500):
        if draw.random() < 0.6:
            x = draw.choice([draw.randint(0, 10 ** draw.randint(1, 11)), draw.random() * 10 ** draw.randint(0, 7)])
            text = f"{x:,.{draw.randint(0, 4)}f}"
            text = text.translate(str.maketrans(",.", draw.choice([",.", ".,", "'.", " ,", " ."])))
            text = draw.choice(["{}", "{}", "{}", "-{}", "+{}", "({})", "{}-", "{}%", "{} %", " {} ", "-{}-"]).format(
                text
            )
        else:
            text = "".join(draw.choice("0123456789.,' -+%()") for _ in range(draw.randint(1, 8)))
        found.append(text)
    return found


@pytest.mark.parametrize("format", NUMBER_FORMATS)
def test_numbers_are_read_as_by_hand(format: str) -> None:
    written = [t for t in texts(NUMBER_FORMATS.index(format)) if t.strip()]
    rows = (
        attached("number", list(written), Formats(number=format))
        .con.execute("SELECT cell FROM row ORDER BY id")
        .fetchall()
    )
    for text, (read,) in zip(written, rows):
        value = by_hand(text, format)
        exact = None if value is None else value * 10**9
        if exact is None or exact == exact.to_integral_value():
            assert read == (None if exact is None else int(exact)), (text, format)
    assert sum(row[0] is not None for row in rows) > 300
