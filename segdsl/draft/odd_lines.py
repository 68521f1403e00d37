"""Rows of a file that are sums of others."""

from __future__ import annotations

import duckdb

from segdsl.data.contract import SUBTOTALS
from segdsl.data.sql_text import matches, name
from segdsl.draft.profile import Profile

_EXAMPLES = 3
_SUMS = f"{SUBTOTALS}|totals? .+|.+ totals?|gesamt.*|.+ gesamt"


def sums(con: duckdb.DuckDBPyConnection, p: Profile, key: str) -> list[str]:
    """Keys that are called sums, if a few of the rows are; where the key is a name, somebody may be called so."""
    cell = f"trim({name(key)})"
    called = f"FROM {name(p.view)} WHERE {matches(f'lower({cell})', _SUMS)}"
    count = int(con.execute(f"SELECT count(*) {called}").fetchall()[0][0])
    few = 0 < count * 4 <= p.rows
    return [str(r[0]) for r in con.execute(f"SELECT {cell} {called} LIMIT {_EXAMPLES}").fetchall()] if few else []
