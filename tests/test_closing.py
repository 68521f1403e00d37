"""What is opened is closed at the end, also after an error."""

from __future__ import annotations

import pytest

from segdsl.closing import close_at_the_end, closing


class Resource:
    def __init__(self, closed: list[str], name: str) -> None:
        self.closed, self.name = closed, name
        close_at_the_end(self)

    def close(self) -> None:
        self.closed.append(self.name)


def test_the_latest_is_closed_first_and_each_by_the_innermost() -> None:
    closed: list[str] = []
    with closing():
        outer, last = Resource(closed, "outer"), Resource(closed, "last")
        with closing():
            inner = Resource(closed, "inner")
        assert closed == ["inner"]
    assert closed == ["inner", "last", "outer"]
    del outer, last, inner


def test_an_error_closes_too() -> None:
    closed: list[str] = []
    held: list[Resource] = []

    def refuse() -> None:
        held.append(Resource(closed, "held"))
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"), closing():
        refuse()
    assert closed == ["held"]


def test_nothing_is_held_for_the_end_alone() -> None:
    """A backtest attaches an engine at each origin: those it has done with don't pile up."""
    closed: list[str] = []
    with closing():
        Resource(closed, "dropped")
    assert closed == []


def test_outside_nobody_closes() -> None:
    closed: list[str] = []
    alone = Resource(closed, "alone")
    assert closed == [] and alone.closed is closed
