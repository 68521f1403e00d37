"""Typed model -> advice: one finding a file, each with `find(model)`, or `find_on(model, day)`; the page of its code says why."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Model


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_")))


def findings(model: Model, day: dt.date | None = None) -> Iterator[Diagnostic]:
    """All advice on a model, as warnings; with a day also what is due then."""
    for name in _names():
        module = importlib.import_module(f"segdsl.lint.{name}")
        if hasattr(module, "find"):
            yield from module.find(model)
        if day is not None and hasattr(module, "find_on"):
            yield from module.find_on(model, day)
