"""Limits on the size of inputs, checked before any work begins, so that no file of a stranger can exhaust the machine.

`BOUNDS` is the one table of limits. Work that grows with a product (customers × expectations, lists × rows, rules × times) is
counted in steps, from one budget for each workspace, in proportion to the size of its files. Nothing is timed, so the same
files get the same answer on every machine.
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
    """A limit: `of` may have at most `most` of `unit`.

    `code` is the code of the message when the limit is passed.
    `help` says what to do then.
    """

    of: str
    most: int
    unit: str
    code: str
    help: str

    def finding(self, place: str, count: int | None = None, span: Span | None = None) -> Diagnostic:
        """Reports that `place` has more; `count` is the number, if all were counted."""
        has = f"more than {self.most:,} {self.unit}"
        if count is not None:
            has = f"{count:,} {self.unit}; the most is {self.most:,}"
        return Diagnostic(self.code, f"{place} has {has}", span, help=self.help)

    def stopped(self, span: Span) -> Diagnostic:
        """Reports that reading stopped at `span`, where the limit was reached."""
        return Diagnostic(self.code, f"reading stopped here, after {self}", span, help=self.help)

    def __str__(self) -> str:
        return f"{self.most:,} {self.unit}"


_BY_HAND = "a fixture is a few customers made by hand; whole exports are for `segdsl run` and `segdsl test compare`"
_UNREAD = "leave out the columns that no rule reads"
_SPLIT = "split it"
_ABOVE = "fix the findings above first"

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

PRINTED_DAYS = Bound("a model of dbt", 1_100, "days", "SEG0604", "print it for fewer days, and again before they end")
AS_IF_RUNS = Bound("rules as if run", 1_000, "runs", "SEG0727", "run them less often, or since a later day")

TEMPLATE = Bound("a template", 100_000, "characters", "SEG1007", "make it shorter")
MESSAGE = Bound("a message", 1_000_000, "characters", "SEG1007", "make its template or its fields shorter")

_OF_RULES = (RULE_BYTES, RULE_FILES, NESTING, MISTAKES, WRONG_ROWS, FINDINGS)
_OF_FIXTURES = (FIXTURE_BYTES, FIXTURE_ROWS, FIXTURE_COLUMNS, FIXTURE_CELLS, FIXTURE_SETTINGS)
_OF_DATA = (DATA_COLUMNS, JSON_KEYS, SHEET_ROWS, SHEET_COLUMNS, SHEET_CELLS, UNPACKED)
BOUNDS = (*_OF_RULES, *_OF_FIXTURES, *_OF_DATA, PRINTED_DAYS, AS_IF_RUNS, TEMPLATE, MESSAGE)


def few(findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Limits findings to `FINDINGS`; a last one says how many were left out, with the severity of the worst of these."""
    first, omitted = tuple(findings[: FINDINGS.most]), findings[FINDINGS.most :]
    if not omitted:
        return first
    severity = min((d.severity for d in omitted), key=SEVERITIES.index)
    message = f"{len(omitted):,} more findings are left out; {FINDINGS.most:,} are shown"
    return (*first, Diagnostic(FINDINGS.code, message, help=FINDINGS.help, severity=severity))


_STACK = 20_000  # frames; each level of nesting, and each rule of a chain in a query, takes a few dozen


class deep_stack:
    """Raises the recursion limit for the deepest tree that `NESTING` allows, whatever limit the caller has."""

    def __enter__(self) -> None:
        self._limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self._limit, _STACK))

    def __exit__(self, *_: object) -> None:
        sys.setrecursionlimit(self._limit)


# -- work ------------------------------------------------------------------------------

STEPS, STEPS_A_CHARACTER = 1_000_000, 1  # a step is the evaluation of an expression for a row: some microseconds
A_LISTED = 6  # steps to read a row of a list, plus one for each cell
A_ROW = 20  # steps to type a row of a test
A_TAG = 100  # steps to read a field or a word of a template
A_WORLD = 20_000  # steps for one customer that Hypothesis generates, at most
A_DRAW = 2_500  # steps for one customer that Hypothesis generates, at least
A_CUSTOMER = 200  # steps to generate a customer, plus those of evaluating rules for it
A_TIME = 100  # steps for another time; and for each rule as of that time, for each rule it depends on
A_TIME_READ = 10  # steps to read another time


FEWER = "use fewer customers, cases or list rows, or move some of them to another workspace"
FEWER_TIMES = (
    "use fewer other times: longer steps, or windows of rows instead of `as of` in rules that depend on one another"
)
"""The help where times add up along rules that depend on one another, which can't be moved apart."""


class TooMuchWork(Refusal):
    """The rules and tests of a workspace need more work than its size allows."""

    exit_code = 1


@dataclass
class Work:
    """The budget of a workspace.

    `left` is the number of steps left.
    `most` is the number of steps at the start.
    `made_up` is a budget of its own for generated customers.
    """

    left: int = sys.maxsize
    most: int = sys.maxsize
    made_up: Work | None = field(default=None, repr=False)

    @staticmethod
    def of(characters: int) -> Work:
        """Makes the budget for rules and fixtures of so many characters."""
        most = STEPS + STEPS_A_CHARACTER * characters
        return Work(most, most, Work(2 * most, 2 * most))

    def more(self, characters: int) -> None:
        """Adds the steps for a file that is read later."""
        self.left += STEPS_A_CHARACTER * characters
        self.most += STEPS_A_CHARACTER * characters

    def spend(self, steps: int) -> None:
        """Takes steps from the budget before the work is done. Raises `TooMuchWork` if there are not enough."""
        self.left -= steps
        if self.left < 0:
            raise TooMuchWork(self.finding("the workspace"))

    def each(self, items: Iterable[T], steps: int = 1) -> Iterator[T]:
        """Yields the items, taking `steps` from the budget before each."""
        for item in items:
            self.spend(steps)
            yield item

    def finding(self, place: str, span: Span | None = None, help: str = FEWER) -> Diagnostic:
        """Reports that the budget ran out at `place`."""
        message = f"{place} needs more work than is allowed for a workspace of this size: {self.most:,} steps"
        return Diagnostic("SEG0112", message, span, help=help)
