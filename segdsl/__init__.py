"""segdsl: rules as code for customer segmentation.

`load` reads a workspace, `loads` one text; both return `Rules`. Failures are exceptions with `diagnostics`:
`NotAWorkspace`, `RulesError` and `DataError`, all of them a `Refusal`.
"""

from __future__ import annotations

import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.version import __version__

# Time zones come from the package `tzdata`, whose version constraints.txt pins, not from the machine. A machine that wasn't
# updated since a country changed its clocks would count other days than its neighbour, and than DuckDB with its own zones.
zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()

if TYPE_CHECKING:
    from segdsl.api import DataError, NotAWorkspace, Refusal, Rules, RulesError
else:

    def __getattr__(name: str) -> object:
        """Import the names of `segdsl.api` on first use: their dependencies are heavy."""
        if name in __all__:
            from segdsl import api

            return getattr(api, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["DataError", "NotAWorkspace", "Refusal", "Rules", "RulesError", "__version__", "load", "loads"]


def load(path: str | Path = ".") -> Rules:
    """Load the workspace of a folder, or of the nearest `segdsl.toml` above it.

    Rules with errors load too: see `Rules.check()`. Raises `NotAWorkspace` without a usable `segdsl.toml`, and
    `Refusal` where an interrupted change of its files can't be finished.
    """
    from segdsl.api import Rules
    from segdsl.workspace.load import find_root, load_workspace

    return Rules(load_workspace(find_root(Path(path))))


def loads(text: str, timezone: str = "UTC") -> Rules:
    """Load rules from one text, for notebooks and tests; their data comes as frames.

    >>> import pandas as pd, segdsl
    >>> rules = segdsl.loads('''
    ... entity account { account_id: text key  arr: money(USD)  plan: one of ("free", "team") }
    ... segment big of account { when arr > 10_000 and plan = "team" }
    ... ''')
    >>> rules.check()
    ()
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

    config = Config(workspace=About(timezone=timezone))
    return Rules(build(Path.cwd(), config, [Source("text", text)], []))
