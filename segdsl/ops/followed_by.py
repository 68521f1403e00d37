"""`trials not followed by activations within 3 days`: whether another row came in time after a row."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase


def lower(answered: k.Aggregate, passed: k.Expr, negated: bool, within: str, rows: k.Aggregate) -> k.Expr:
    """Builds the phrase.

    `answered` is the condition that another row came in time.
    `passed` is the condition that the deadline has passed.
    `rows` are the rows as written.
    """
    undecided = k.And((k.Not(passed), k.Missing("its deadline has not passed yet", ty.BOOLEAN)))
    body: k.Expr = k.Or((answered, undecided))
    name = "not followed by" if negated else "followed by"
    return k.Named("followed_by", k.Not(body) if negated else body, (("how", name), ("some", rows), ("within", within)))


PHRASE = Phrase(
    name="followed_by",
    signature="ROWS [not] followed by ROWS [where CONDITION] within DURATION",
    english="{how} {rows of some} within {within}",
    meaning="For each row: whether some other row of the customer came at the same time or later, up to and with the "
    "deadline. A deadline that is as-of itself hasn't passed. Until it has, a row without an answer is unknown, for both forms.",
    lower=lower,
    examples="""
segment stuck of account { when any(trials in last 60 days not followed by activations within 3 days) }
test "a trial of yesterday may still be answered" as of 2026-11-01 {
  account late {}
  trials of late { at: 2026-10-01 }
  activations of late { at: 2026-10-04T00:01 }
  account in_time {}
  trials of in_time { at: 2026-10-01 }
  activations of in_time { at: 2026-10-04 }
  account waiting {}
  trials of waiting { at: 2026-10-31 }
  account none_started {}
  expect late in stuck
  expect not (in_time in stuck)
  expect (waiting in stuck) is missing
  expect not (none_started in stuck)
}
""",
)
