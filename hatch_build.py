"""Packaging: the grammar's parse table is made when the package is built."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GrammarTable(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        try:
            from segdsl.lang import grammar
        finally:
            sys.path.remove(self.root)
        grammar.save(Path(self.root) / "segdsl" / "lang" / grammar.TABLE)
