"""Blocks of draws, of which `make test` takes the first and `make test-all` every one."""

from __future__ import annotations

from typing import Any

import pytest


def blocks(number: int) -> list[Any]:
    """Values for `parametrize`: 0 to `number` - 1, the first alone without the mark `long`."""
    return [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, number))]
