"""`renewal in next 90 days`, `in last calendar quarter`: whether a date is in a period of time."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.ops.phrase import Phrase


def lower(subject: k.Expr, start: k.Expr, end: k.Expr, text: str) -> k.Expr:
    inside = k.And((k.Compare(">=", subject, start), k.Compare("<", subject, end)))
    return k.Named("in_period", inside, (("subject", subject), ("period", text)))


PHRASE = Phrase(
    name="in_period",
    signature="DATE in last|next DURATION, DATE in this|last|next calendar|fiscal PERIOD",
    english="{subject} is {period}",
    meaning="Half-open: today is in `next` and yesterday in `last`. Weeks begin on Monday; fiscal quarters and years with "
    "the month that `fiscal_year_starts` says in segdsl.toml.",
    lower=lower,
    examples="""
segment soon of account { when renewal in next 90 days }
segment this_month of account { when renewal in this calendar month }
test "today is in, the ninetieth day is not" as of 2026-11-01 {
  account acme { renewal: on }
  case { on: 2026-10-31, near: false, now_or_then: false }
  case { on: 2026-11-01, near: true, now_or_then: true }
  case { on: 2027-01-29, near: true, now_or_then: false }
  case { on: 2027-01-30, near: false, now_or_then: false }
  expect (acme in soon) = near
  expect (acme in this_month) = now_or_then
}
""",
)
