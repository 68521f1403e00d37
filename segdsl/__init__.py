"""segdsl: rules as code for customer segmentation.

`load` reads a workspace, `loads` one text; both give `Rules`. What they can't do they refuse with an exception whose
`diagnostics` say why: `NotAWorkspace`, `RulesError` or `DataError`.
"""

from __future__ import annotations

import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.version import __version__

# Zones are those of the package `tzdata`, whose version constraints.txt names, not those of the machine: one that wasn't
# updated since a country changed its clocks would count other days than its neighbour, and than DuckDB, which brings its own.
zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()

if TYPE_CHECKING:
    from segdsl.api import DataError, NotAWorkspace, Rules, RulesError
else:

    def __getattr__(name: str) -> object:
        """The names of `segdsl.api`, imported when they are asked for: what they need is heavy."""
        if name in __all__:
            from segdsl import api

            return getattr(api, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["DataError", "NotAWorkspace", "Rules", "RulesError", "__version__", "load", "loads"]


def load(path: str | Path = ".") -> Rules:
    """The workspace of a folder, or of the nearest `segdsl.toml` above it.

    Rules with mistakes load too: ask `Rules.check()`. Raises `NotAWorkspace` where there is no usable `segdsl.toml`.
    """
    from segdsl.api import Rules
    from segdsl.workspace.load import find_root, load_workspace

    return Rules(load_workspace(find_root(Path(path))))


def loads(text: str, timezone: str = "UTC") -> Rules:
    """Rules from one text, for notebooks and tests; data is then given as frames.

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
