"""What is refused before it is begun: the most there may be of whatever a stranger's files can make large.

`BOUNDS` is the one table of them. What grows by several things at once (customers × expectations, lists × rows, rules × times)
is counted as work, from one budget a workspace, in proportion to what is written in it. Nothing is timed, so the same files
have the same answer on every machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, get_args

from segdsl.diagnostics import Diagnostic, Refusal, Severity, Span

T = TypeVar("T")
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `most` of `unit` in `of`. `code` is the page of its message, and `help` says what to do."""

    of: str
    most: int
    unit: str
    code: str
    help: str

    def finding(self, place: str, count: int | None = None, span: Span | None = None) -> Diagnostic:
        """That a place has more; `count` is how many, where all were counted."""
        has = f"more than {self.most:,} {self.unit}"
        if count is not None:
            has = f"{count:,} {self.unit}; the most is {self.most:,}"
        return Diagnostic(self.code, f"{place} has {has}", span, help=self.help)

    def stopped(self, span: Span) -> Diagnostic:
        """That reading stopped at a place, after so many."""
        return Diagnostic(self.code, f"reading stopped here, after {self}", span, help=self.help)

    def __str__(self) -> str:
        return f"{self.most:,} {self.unit}"


_BY_HAND = "a fixture is a few customers made by hand; whole exports are for `segdsl run` and `segdsl test compare`"
_UNREAD = "leave out what no rule reads"
_SPLIT = "split it"
_ABOVE = "mend those above first"

RULE_BYTES = Bound("a rule file, a list's file", 2_000_000, "bytes", "SEG0108", _SPLIT)
RULE_FILES = Bound("a workspace", 5_000, "rule files", "SEG0602", "name the folders to read in `include`")
NESTING = Bound("an expression", 200, "levels", "SEG0104", "name the inner part as a metric or segment of its own")
MISTAKES = Bound("a rule file", 100, "mistakes of syntax", "SEG0111", _ABOVE)
WRONG_ROWS = Bound("a list's file", 100, "rows that don't fit", "SEG0111", _ABOVE)
FINDINGS = Bound("a check", 2_000, "findings", "SEG0111", _ABOVE)
FIXTURE_BYTES = Bound("a sheet of a fixture", 20_000_000, "bytes (unpacked)", "SEG0515", _BY_HAND)
FIXTURE_ROWS = Bound("a fixture", 20_000, "rows", "SEG0515", _BY_HAND)
FIXTURE_COLUMNS = Bound("a sheet of a fixture", 1_000, "columns", "SEG0515", _BY_HAND)
FIXTURE_CELLS = Bound("a sheet of a fixture", 500_000, "cells, empty ones included", "SEG0515", _BY_HAND)
FIXTURE_SETTINGS = Bound("a fixture's fixture.toml", 100_000, "bytes", "SEG0515", _BY_HAND)
DATA_COLUMNS = Bound("a table of data", 20_000, "columns", "SEG0701", _UNREAD)
JSON_KEYS = Bound("a table of JSON", 5_000, "different keys", "SEG0701", _UNREAD)
SHEET_ROWS = Bound("a sheet of a workbook", 1_048_576, "rows", "SEG0701", "save it anew, or as .csv")
SHEET_COLUMNS = Bound("a sheet of a workbook", 16_384, "columns", "SEG0701", "save it anew, or as .csv")
SHEET_CELLS = Bound("a sheet of a workbook", 100_000_000, "cells, empty ones included", "SEG0701", "save it as .csv")
UNPACKED = Bound("a workbook", 100, "times its size when unpacked", "SEG0701", "save it as .csv")

BOUNDS = (
    RULE_BYTES, RULE_FILES, NESTING, MISTAKES, WRONG_ROWS, FINDINGS, FIXTURE_BYTES, FIXTURE_ROWS, FIXTURE_COLUMNS, FIXTURE_CELLS,
    FIXTURE_SETTINGS, DATA_COLUMNS, JSON_KEYS, SHEET_ROWS, SHEET_COLUMNS, SHEET_CELLS, UNPACKED,
)  # fmt: skip


def few(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """As many findings as anybody reads, and how many are left out; that is as severe as the worst of them."""
    shown, rest = tuple(found[: FINDINGS.most]), found[FINDINGS.most :]
    if not rest:
        return shown
    severity = min((d.severity for d in rest), key=SEVERITIES.index)
    message = f"{len(rest):,} more findings are left out; {FINDINGS.most:,} are shown"
    return (*shown, Diagnostic(FINDINGS.code, message, help=FINDINGS.help, severity=severity))


_STACK = 20_000  # frames; each of `NESTING`, and of a chain of rules in a query, takes a few dozen


class deep_stack:
    """Room for trees of as many levels as there may be, whatever the caller's limit is."""

    def __enter__(self) -> None:
        self._before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self._before, _STACK))

    def __exit__(self, *_: object) -> None:
        sys.setrecursionlimit(self._before)


# -- work ------------------------------------------------------------------------------

STEPS, STEPS_A_CHARACTER = 1_000_000, 1  # a step is an expression asked of a row: some microseconds
A_LISTED = 6  # steps: to read a row of a list, beside one for each cell
A_ROW = 20  # steps: to type a row that a test gives
A_WORLD = 20_000  # steps: for one customer that Hypothesis makes up, at most
A_DRAW = 2_500  # steps: that it takes at least
A_CUSTOMER = 200  # steps: to make one up, beside what is asked of it
A_TIME = 100  # steps: another time; and a rule as of it, for each that it stands on
A_TIME_READ = 10  # steps: to read it


FEWER = "have fewer customers, cases or rows of lists, or put them into a workspace of their own"
FEWER_TIMES = "look at fewer other times: take longer steps, or windows of rows in the place of `as of` in rules that stand on one another"
"""Where they add up along rules that stand on one another, which can't be put apart."""


class TooMuchWork(Refusal):
    """The rules and tests of a workspace ask for more work than is done for its size."""

    exit_code = 1


@dataclass
class Work:
    """How many steps are left for a workspace, of `most`; `made_up` beside them are for customers that are made up."""

    left: int = sys.maxsize
    most: int = sys.maxsize
    made_up: Work | None = field(default=None, repr=False)

    @staticmethod
    def of(characters: int) -> Work:
        """What may be done for rules and fixtures of so many characters."""
        most = STEPS + STEPS_A_CHARACTER * characters
        return Work(most, most, Work(2 * most, 2 * most))

    def more(self, characters: int) -> None:
        """For a file read later."""
        self.left += STEPS_A_CHARACTER * characters
        self.most += STEPS_A_CHARACTER * characters

    def spend(self, steps: int) -> None:
        """Before they are taken. Raises `TooMuchWork`."""
        self.left -= steps
        if self.left < 0:
            raise TooMuchWork(self.finding("the workspace"))

    def each(self, items: Iterable[T], steps: int = 1) -> Iterator[T]:
        """The items, each paid for before it is given."""
        for item in items:
            self.spend(steps)
            yield item

    def finding(self, place: str, span: Span | None = None, help: str = FEWER) -> Diagnostic:
        """That a place is where the steps ended."""
        message = f"{place} asks for more work than is done for a workspace of this size: {self.most:,} steps"
        return Diagnostic("SEG0112", message, span, help=help)
