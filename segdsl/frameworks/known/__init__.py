"""The frameworks, one a file. Each file has a `FRAMEWORK` and is found by listing this folder; `framework` is what it is made of."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from segdsl.frameworks.known.framework import Framework


@cache
def frameworks() -> dict[str, Framework]:
    """Returns every framework by name, in alphabetical order."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "framework")
    return {name: importlib.import_module(f"{__name__}.{name}").FRAMEWORK for name in names}
