"""Calls in forked processes of the package with a bug in one file: that file and whatever imports it are imported again, the rest is there."""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from tests.support.paths import PACKAGE

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.laws.loaded"])


def call(
    folder: Path,
    file: str,
    source: str,
    function: str,
    *arguments: object,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """(exit code, output) of `module:function` where a file of the package has another source; `folder` is the current folder.

    Raises `TimeoutError` after five minutes.
    """
    output = folder / "output.txt"
    process = _processes.Process(
        target=_run, args=(folder, output, file, source, dict(environment or {}), function, arguments)
    )
    process.start()
    process.join(300)
    if process.is_alive():
        process.kill()
        raise TimeoutError(f"{function}{arguments}")
    return process.exitcode or 0, output.read_text(encoding="utf-8", errors="replace")


def _run(
    folder: Path,
    output: Path,
    file: str,
    source: str,
    environment: Mapping[str, str],
    function: str,
    arguments: tuple[object, ...],
) -> None:
    with output.open("wb") as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
    os.environ.update(environment)
    os.chdir(folder)
    _exchange(folder, file, source)
    module, name = function.split(":")
    sys.exit(getattr(importlib.import_module(module), name)(*arguments))


def _exchange(folder: Path, file: str, source: str) -> None:
    """Take the file's module and its importers out of what is loaded, and let the next import find the other source."""
    from tests.laws.loaded import importers_of

    path = folder / Path(file).name
    path.write_text(source, encoding="utf-8")
    module = ".".join(("segdsl", *Path(file).with_suffix("").parts)).removesuffix(".__init__")
    for name in importers_of(module) & sys.modules.keys():
        del sys.modules[name]
        package, _, name_in_package = name.rpartition(".")
        if package in sys.modules:
            vars(sys.modules[package]).pop(name_in_package, None)
    sys.meta_path.insert(0, _Exchanged(module, path, PACKAGE / Path(file).parent))


class _Exchanged(MetaPathFinder):
    """Finds one module in another file."""

    def __init__(self, module: str, path: Path, folder: Path) -> None:
        self.module, self.path = module, path
        self.locations = [str(folder)] if path.name == "__init__.py" else None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.module:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, submodule_search_locations=self.locations)
