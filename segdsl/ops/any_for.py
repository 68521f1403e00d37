"""`any day for 3 days (COND)`: whether a condition held as of today, of yesterday, or of the day before."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.ops.every_for import repeated
from segdsl.ops.phrase import Phrase


def lower(condition: k.Expr, relation: str, unit: str, times: int, text: str) -> k.Expr:
    conditions = repeated(condition, relation, unit, times)
    body = k.Or(conditions) if len(conditions) > 1 else conditions[0]
    return k.Named("any_for", body, (("condition", condition), ("unit", unit), ("over", text)))


PHRASE = Phrase(
    name="any_for",
    signature="any day|week|month|quarter for DURATION (CONDITION)",
    english="{condition} {on} any {unit} of the last {over}",
    meaning="The condition at as-of, or one unit before, or two, … each time with what was known then.",
    lower=lower,
    examples="""
segment lately_quiet of account { when any day for 3 days (none(logins in last 30 days)) }
test "quiet until two days ago" as of 2026-11-01 {
  account back { created_at: 2025-01-01 }
  logins of back { at: 2026-10-30 }
  account busy { created_at: 2025-01-01 }
  logins of busy { at: 2026-10-20 }
  expect back in lately_quiet
  expect not (busy in lately_quiet)
}
""",
)
