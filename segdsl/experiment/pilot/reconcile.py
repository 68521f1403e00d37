"""Account of rows: each row that says who got what ends in one line, and the lines add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from segdsl.data.examples import EXAMPLES, shown
from segdsl.experiment.shared.customers import Mask, Texts
from segdsl.experiment.shared.decide import Check

MOST_ASTRAY = 0.01  # largest share of rows without an explanation
MOST_ABSENT = 0.10  # largest share of customers who weren't in the data on entering
SAME_P = 0.001  # significance level of arms ending differently


@dataclass(frozen=True, slots=True)
class Ending:
    """Reason why rows end.

    `message`: the sentence that follows their number.
    `most`: largest allowed share of all rows; None for any.
    `may_differ`: groups needn't end here equally often.
    """

    name: str
    message: str
    most: float | None = None
    may_differ: bool = False


COMPARED = Ending("compared", "have another play, and a known outcome", may_differ=True)
SAME_PLAY = Ending("same play", "have the same play by both: the placebo")
MISSING = Ending("outcome missing", "have an outcome that isn't known")
OUTSIDE = Ending("outside", "are of customers outside of the rules")
ABSENT = Ending("not there", "are of customers who weren't there on that day", MOST_ABSENT)
AFTER = Ending("came after", "came after the data's day, or their outcome hasn't happened yet")
UNDATED = Ending("no day", "don't say when", MOST_ASTRAY)
NOBODY = Ending("no such customer", "are of customers who aren't in the data", MOST_ASTRAY)
UNNAMED = Ending("no customer", "name no customer", 0.0)
NO_ARM = Ending("arm missing", "don't say which arm", MOST_ASTRAY)
OTHER_CASE = Ending("another case", "write an arm in another case", MOST_ASTRAY)
OTHER_ARM = Ending("another arm", "name an arm that isn't compared", MOST_ASTRAY)
TWICE = Ending("duplicate", "are of customers who have several rows", 0.0)
TWO_ARMS = Ending("two arms", "are of customers who are in several arms", 0.0)
NOT_LOOKED_AT = Ending("not looked at", "aren't looked at: what is wrong below comes first", may_differ=True)
HELD_OUT = Ending("held out", "are held out of every arm", may_differ=True)
NO_ROOM = Ending("no room", "came when `at most` left no room", may_differ=True)
LATER = Ending("counted elsewhere", "were in the placebo first, and differ since: counted there, or in neither arm")
GONE = Ending("no such customer", "are of customers who aren't in the data any more", MOST_ASTRAY)
SINCE = Ending("entered later", "entered after the first day", may_differ=True)
IN_ANOTHER = Ending(
    "in another pilot", "were in another pilot, or would have been had it not held them out too", may_differ=True
)
TOGETHER = Ending("compared", "were there on the first day, and have a known outcome", may_differ=True)
ANOTHER_CANDIDATE = Ending("another candidate", "are in another candidate's arm", may_differ=True)
ENTERED = Ending("enter", "enter today: they are on the lists", may_differ=True)
PLACEBO = Ending("placebo", "have the same play by all, and are drawn as the placebo", may_differ=True)
BEFORE = Ending("entered before", "have entered before", may_differ=True)
BUSY = Ending("busy", "are in another pilot", may_differ=True)
ALIKE = Ending("same play", "have the same play by all, and the placebo was drawn on the first day", may_differ=True)
AGREED = Ending("same play", "have the same play by both: nothing to estimate")
OTHER_DAY = Ending("another day", "are of days that aren't asked about", may_differ=True)
OTHER_HALF = Ending("other half", "are of the half that the candidate was chosen on", may_differ=True)
OTHER_PLAY = Ending("another play", "got another play than either rule gives", may_differ=True)
NO_PLAY = Ending("play missing", "don't say which play", MOST_ASTRAY)
PLAY_CASE = Ending("another case", "write a play in another case", MOST_ASTRAY)


@dataclass(frozen=True, slots=True)
class Line:
    """Rows with one ending.

    `by_group`: rows of each group.
    `p`: p-value of all groups ending here equally often; None where not tested.
    """

    ending: Ending
    rows: int
    by_group: tuple[int, ...]
    examples: tuple[str, ...] = ()
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Account of the `rows` of a table.

    `groups`: arms or plays, as the rows name them; `sizes` their rows. Rows of no group count in `rows` alone.
    `data`: findings of the data contract on the cells.

    INVARIANT: each row is in one line: the lines add up to `rows`.
    """

    table: str
    rows: int
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    lines: tuple[Line, ...]
    data: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert sum(line.rows for line in self.lines) == self.rows, "an account adds up"


@dataclass(frozen=True)
class Case:
    """Rows that end here unless an earlier case has them; `examples` has a text for each row worth showing."""

    ending: Ending
    rows: Mask
    examples: Texts | None = None


def account(
    table: str,
    groups: Sequence[str],
    group_of: Texts,
    cases: Sequence[Case],
    rest: Ending,
    data: Sequence[str] = (),
    tested: bool = True,
) -> Account:
    """End each row by its first case, otherwise by `rest`, whose line comes first.

    `group_of`: group of each row.
    `tested`: each row was drawn independently, with equal chances for all.
    """
    left, lines = np.ones(len(group_of), bool), []
    sizes = [int((group_of == g).sum()) for g in groups]
    for case in (*cases, Case(rest, left)):
        ends_here = left & case.rows
        left = left & ~ends_here
        if ends_here.any():
            by_group = [int((group_of[ends_here] == g).sum()) for g in groups]
            p = _same_share_p(by_group, sizes) if tested and not case.ending.may_differ and any(by_group) else None
            lines.append(Line(case.ending, int(ends_here.sum()), tuple(by_group), _examples(case, ends_here), p))
    lines.sort(key=lambda line: line.ending is not rest)
    return Account(table, len(group_of), tuple(groups), tuple(sizes), tuple(lines), tuple(data))


def check(account: Account) -> Check:
    """Check that few rows end unexplained, and that all groups end alike."""
    if not account.rows:
        return Check("account", False, f"`{account.table}` has no row: it says of nobody who got what")
    problems = [*_astray(account), *_unlike(account)]
    tested = [line.p for line in account.lines if line.p is not None]
    good = f"each of {account.rows:,} rows of `{account.table}` is accounted for"
    return Check("account", not problems, "; ".join(problems) if problems else good, min(tested, default=None))


# -- parts -----------------------------------------------------------------------------


def _examples(case: Case, mask: Mask) -> tuple[str, ...]:
    if case.examples is None:
        return ()
    return tuple(str(t) for t in dict.fromkeys(case.examples[mask]))[:EXAMPLES]


def _same_share_p(of: Sequence[int], sizes: Sequence[int]) -> float:
    """p of each group having the share of the other groups together (R. A. Fisher's exact test), with Bonferroni; two
    groups are one test.
    """
    total, n = sum(of), sum(sizes)
    groups = [(k, m) for k, m in zip(of, sizes) if m][: 1 if len(of) == 2 else None]
    ps = [float(stats.fisher_exact([[k, m - k], [total - k, n - m - total + k]]).pvalue) for k, m in groups]
    return min(1.0, min(ps, default=1.0) * len(groups))


def _astray(account: Account) -> Iterator[str]:
    for line in account.lines:
        most = line.ending.most
        if most is not None and line.rows > most * account.rows:
            like = f", as {shown(line.examples)}" if line.examples else ""
            allowed = f"at most {most:.0%} may" if most else "none may"
            rows = f"{line.rows:,} of {account.rows:,} rows of `{account.table}` ({line.rows / account.rows:.1%})"
            yield f"{rows} {line.ending.message}{like}; {allowed}"


def _unlike(account: Account) -> Iterator[str]:
    for line in account.lines:
        if line.p is not None and line.p < SAME_P:
            parts = [f"{k / n:.1%} of `{g}`" for g, k, n in zip(account.groups, line.by_group, account.sizes) if n]
            yield (
                f"of the rows of `{account.table}` {' and '.join(parts)} {line.ending.message}: "
                "chance hardly gives that, so something else chose them"
            )
