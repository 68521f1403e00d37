"""Values of a column of ids that differ from another by capital letters alone."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from segdsl.data.sql_text import matches, name
from segdsl.draft.profile import Profile

_EXAMPLES = 2
_CASE_TELLS = "[0-9A-Za-z]{15}"  # ids of Salesforce


@dataclass(frozen=True)
class Alike:
    """How many ids stand in several spellings, and some of them; of e-mail addresses none."""

    count: int = 0
    examples: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        shown = f", such as {', '.join(self.examples)}" if self.examples else ""
        return f"{self.count:,} {'differs' if self.count == 1 else 'differ'} from another by capitals alone{shown}"


def differ_by_capitals(con: duckdb.DuckDBPyConnection, profile: Profile, header: str) -> Alike:
    """The ids of a column that stand in several spellings, but for those of 15 letters and digits, which tell them apart by capitals."""
    cells = f"SELECT DISTINCT trim({name(header)}) AS v FROM {name(profile.view)}"
    several = f"count(*) > 1 AND NOT bool_and({matches('v', _CASE_TELLS)})"
    groups = f"SELECT list(v ORDER BY v) AS vs FROM ({cells}) WHERE v <> '' GROUP BY lower(v) HAVING {several}"
    rows = con.execute(
        f"SELECT vs[1], vs[2], count(*) OVER () FROM ({groups}) ORDER BY vs LIMIT {_EXAMPLES}"
    ).fetchall()
    shown = tuple(f"`{one}` and `{other}`" for one, other, _ in rows if "@" not in one)
    return Alike(int(rows[0][2]) if rows else 0, shown)
