"""The package and what tests share, imported once, with a record of what imports what: preloaded where processes are forked."""

from __future__ import annotations

import builtins
import gc
import importlib
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

LIBRARIES = [
    "click.testing",
    "duckdb",
    "hypothesis",
    "numpy",
    "openpyxl",
    "pandas",
    "psycopg",
    "pytest",
    "scipy.optimize",
    "scipy.stats",
    "sqlglot.optimizer",
    "statsmodels.api",
]
_OURS = ("segdsl", "tests")
_importers: dict[str, set[str]] = {}


def importers_of(module: str) -> set[str]:
    """The module and all that import it, directly or through others."""
    reached, left = set(), {module}
    while left:
        reached |= left
        left = set().union(*(_importers.get(m, set()) for m in left)) - reached
    return reached


def _record(importer: str, module: str) -> None:
    if module in sys.modules:
        _importers.setdefault(module, set()).add(importer)


def _load() -> None:
    import_, import_module = builtins.__import__, importlib.import_module

    def importing(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        module = import_(name, globals, locals, fromlist or (), level)
        if name.split(".")[0] in _OURS:
            for imported in (name, *(f"{name}.{attribute}" for attribute in fromlist or ())):
                _record(str((globals or {}).get("__name__")), imported)
        return module

    def importing_module(name: str, package: str | None = None) -> ModuleType:
        module = import_module(name, package)
        _record(sys._getframe(1).f_globals["__name__"], name)
        return module

    for library in LIBRARIES:
        import_module(library)
    builtins.__import__, importlib.import_module = importing, importing_module
    try:
        for ours in ("segdsl", "tests.support"):
            for found in pkgutil.walk_packages(import_module(ours).__path__, f"{ours}."):
                if not found.name.endswith("__main__"):
                    import_module(found.name)
    finally:
        builtins.__import__, importlib.import_module = import_, import_module


_load()
gc.freeze()  # no collection in a fork walks through what is loaded
