"""Calls in forked processes that have the libraries, but nothing of segdsl: a copy of the package is imported there, without waiting for the rest."""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.paths import ROOT

LIBRARIES = (
    "click", "duckdb", "hypothesis", "lark", "msgspec", "numpy", "openpyxl", "pandas", "psycopg", "pytest", "scipy.optimize",
    "scipy.stats", "sqlglot.optimizer", "statsmodels.api",
)  # fmt: skip
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(list(LIBRARIES))


def call(
    folder: Path, function: str, *arguments: object, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """(exit code, output) of `module:function` with the copy of the package in `folder`, which is the current folder.

    Raises `TimeoutError` after five minutes.
    """
    output = folder / "output.txt"
    process = _processes.Process(target=_run, args=(folder, output, dict(environment or {}), function, arguments))
    process.start()
    process.join(300)
    if process.is_alive():
        process.kill()
        raise TimeoutError(f"{function}{arguments}")
    return process.exitcode or 0, output.read_text(encoding="utf-8", errors="replace")


def _run(
    folder: Path, output: Path, environment: Mapping[str, str], function: str, arguments: tuple[object, ...]
) -> None:
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update({"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), **environment})
    os.chdir(folder)
    sys.path[:0] = [str(folder), str(ROOT)]
    package = importlib.import_module("segdsl")
    assert package.__file__ == str(folder / "segdsl" / "__init__.py"), package.__file__
    module, name = function.split(":")
    sys.exit(getattr(importlib.import_module(module), name)(*arguments))
