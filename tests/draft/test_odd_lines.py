"""Lines that aren't rows, though they stand among them: sums, and the header again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cli import call

pytestmark = pytest.mark.slow

GROUPS = ["north,4", "south,5", "east,6"]
ROWS = [f"{g[0]}-{i},{g}" for g in GROUPS for i in range(20)]
FILES: dict[str, tuple[str, list[str], str, str]] = {
    # header, rows, what init asks, what a count is refused for (patterns)
    "sums between": ("account_id,region,seats", [*ROWS[:20], "Subtotal north,,80", *ROWS[20:]], "sums among the rows of account.*`Subtotal north`", "as sums have them: `Subtotal north`"),
    "sums behind their group": ("account_id,region,seats", [*ROWS[:20], "north total,,80", *ROWS[20:]], "sums among the rows of account.*`north total`", ""),
    "the header again": ("account_id,region,seats", [*ROWS[:30], "account_id,region,seats", *ROWS[30:]], "1 row is the header of accounts.csv again", "has the key `account_id`"),
    "neither": ("account_id,region,seats", ROWS, "", ""),
    "names": ("company,region,seats", [f"Total {i}{row}" for i, row in enumerate(ROWS)], "", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_lines_that_are_no_rows(case: str, tmp_path: Path) -> None:
    header, rows, asked, refused = FILES[case]
    (tmp_path / "accounts.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    said = call("init", "--from", "accounts.csv", cwd=tmp_path)
    tried = call("try", "region is missing", cwd=tmp_path)
    assert said.exit_code == 0, said.output
    assert bool(re.search("sums among|header of", said.output)) == bool(asked) and re.search(asked, said.output), (
        said.output
    )
    assert (tried.exit_code != 0) == bool(refused) and re.search(refused, tried.output), tried.output


def test_the_header_among_lines_of_orders(tmp_path: Path) -> None:
    """Also of a file whose customers repeat in it."""
    lines = [f"o{i},c{i % 9},2025-10-{1 + i % 28:02}" for i in range(40)]
    header = "order_id,customer_id,ordered_on"
    (tmp_path / "orders.csv").write_text("\n".join([header, *lines[:20], header, *lines[20:], ""]), encoding="utf-8")
    said = call("init", "--from", "orders.csv", cwd=tmp_path).output
    assert "1 row is the header of orders.csv again" in said, said


UNREADABLE = {
    "a delimiter in a name": ("user_id,name,seats", "u7,Smith, Ltd,7", "line 9 has another number of cells than the header"),
    "a quote that doesn't end": ("user_id,name,seats", 'u7,"Smith,7', "line 9 has a quote that doesn't end"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_the_line_that_can_t_be_read_is_named(case: str, tmp_path: Path) -> None:
    header, odd, named = UNREADABLE[case]
    rows = [f"u{i},Firm {i},{i}" for i in range(60)]
    (tmp_path / "users.csv").write_text("\n".join([header, *rows[:7], odd, *rows[8:], ""]), encoding="utf-8")
    said = call("init", "--from", "users.csv", cwd=tmp_path).output
    assert named in said and "help:" in said, said
