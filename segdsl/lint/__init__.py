"""Typed model -> advice: one finding a file, each with `find(model)`; the page of its code says why."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from segdsl.diagnostics import Diagnostic
from segdsl.model.segment import Model


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_")))


def findings(model: Model) -> Iterator[Diagnostic]:
    """All advice on a model, as warnings."""
    for name in _names():
        yield from importlib.import_module(f"segdsl.lint.{name}").find(model)
