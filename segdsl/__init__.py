"""segdsl: rules as code for customer segmentation.

`load` reads a workspace, `loads` one text; both return `Rules`. Failures are exceptions with `diagnostics`:
`NotAWorkspace`, `RulesError` and `DataError`, all of them a `Refusal`. `Findings`, `TestResults`, `Explanations`, `Listing` and
`Delivered` are what the methods of `Rules` return.
"""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING

from segdsl.version import __version__

# Time zones come from the package `tzdata`, whose version constraints.txt pins, not from the machine. A machine that wasn't
# updated since a country changed its clocks would count other days than its neighbour, and than DuckDB with its own zones.
zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()

if TYPE_CHECKING:
    from pathlib import Path

    from segdsl.api import (
        DataError,
        Delivered,
        Explanations,
        Findings,
        Listing,
        NotAWorkspace,
        Refusal,
        Rules,
        RulesError,
        TestResults,
    )
else:

    def __getattr__(name: str) -> object:
        """Import the names of `segdsl.api` on first use: their dependencies are heavy."""
        if name in __all__:
            from segdsl import api

            return getattr(api, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "DataError",
    "Delivered",
    "Explanations",
    "Findings",
    "Listing",
    "NotAWorkspace",
    "Refusal",
    "Rules",
    "RulesError",
    "TestResults",
    "__version__",
    "load",
    "loads",
]


def load(path: str | Path = ".", *, lists: str | Path | None = None) -> Rules:
    """Load the workspace of a folder, or of the nearest `segdsl.toml` above it.

    `lists`: the folder of the files that lists and calendars name, in place of that of the rule file. No file outside
    it is read, neither by `..` nor over a link.

    Rules with errors load too: see `Rules.check()`. Raises `NotAWorkspace` without a usable `segdsl.toml` and for a
    folder of lists that isn't there, and `Refusal` where an interrupted change of its files can't be finished.
    """
    from pathlib import Path

    from segdsl.api import Rules
    from segdsl.workspace.load import find_root, load_workspace

    if "\n" in str(path) or "{" in str(path):
        raise _not_a_folder("this is a text of rules, and no folder", "load it with segdsl.loads(text)")
    return Rules(load_workspace(find_root(Path(path)), _folder(lists) if lists is not None else None))


def loads(text: str, timezone: str = "UTC", *, lists: str | Path = ".") -> Rules:
    """Load rules from one text, for notebooks and tests; their data comes as frames, also what runs recorded.

    `lists`: the folder of the files that lists and calendars name, the current one by default. No file outside it is
    read, neither by `..` nor over a link.

    Rules with errors load too: see `Rules.check()`. Raises `NotAWorkspace` for a folder of lists that isn't there.

    >>> import pandas as pd, segdsl
    >>> rules = segdsl.loads('''
    ... entity account { account_id: text key  arr: money(USD)  plan: one of ("free", "team") }
    ... segment big of account { when arr > 10_000 and plan = "team" }
    ... ''')
    >>> rules.check()
    no findings
    >>> frame = pd.DataFrame({"account_id": ["a", "b"], "arr": [20_000, None], "plan": ["team", "team"]})
    >>> rules.evaluate({"account": frame}, as_of="2026-11-01")
      entity_id   big
    0         a  True
    1         b  <NA>
    """
    from segdsl.api import Rules
    from segdsl.diagnostics import Source
    from segdsl.workspace.config import About, Config
    from segdsl.workspace.load import build

    folder = _folder(lists)
    of_text = About(timezone=timezone, include=[], ledger="")  # fixture folders and runs belong to a workspace
    config = Config(workspace=of_text)
    return Rules(build(folder, config, [Source("text", text)], [], folder))


def _folder(lists: str | Path) -> Path:
    from pathlib import Path

    folder = Path(lists).absolute()
    if not folder.is_dir():
        raise _not_a_folder(
            f"`{lists}` is no folder", "lists= names the folder of the files that lists and calendars name"
        )
    return folder


def _not_a_folder(message: str, help: str) -> Exception:
    from segdsl.api import NotAWorkspace
    from segdsl.diagnostics import Diagnostic

    return NotAWorkspace(Diagnostic("SEG0601", message, help=help))
