"""Advice on a typed model: one lint per file, with `find(model)` or `find_on(model, day)`. The page of its code explains it."""

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
    """Yields all advice on a model; with a day also what is due on that day."""
    for name in _names():
        module = importlib.import_module(f"segdsl.lint.{name}")
        if hasattr(module, "find"):
            yield from module.find(model)
        if day is not None and hasattr(module, "find_on"):
            yield from module.find_on(model, day)
