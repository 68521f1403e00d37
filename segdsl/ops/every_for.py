"""`every week for 4 weeks (COND)`: whether a condition held as of today, and one, two and three weeks ago."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Duration, Phrase

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}


def times(unit: str, over: Duration) -> int | None:
    """Returns how often the unit fits into the duration; None if a remainder is left."""
    count, of_unit = over
    for sizes in (_DAYS, _MONTHS):
        if unit in sizes and of_unit in sizes and (count * sizes[of_unit]) % sizes[unit] == 0:
            return count * sizes[of_unit] // sizes[unit]
    return None


def repeated(condition: k.Expr, relation: str, unit: str, times: int) -> tuple[k.Expr, ...]:
    """Returns the condition as of now, one unit ago, two units ago, and so on."""
    step, size = ("month", 3) if unit == "quarter" else (unit, 1)
    earlier = (k.Shift(k.AsOf(ty.TIMESTAMP), -i * size, step) for i in range(1, times))  # type: ignore[arg-type]
    return (condition, *(k.At(relation, condition, moment, span=condition.span) for moment in earlier))


def lower(condition: k.Expr, relation: str, unit: str, times: int, text: str) -> k.Expr:
    conditions = repeated(condition, relation, unit, times)
    body = k.And(conditions) if len(conditions) > 1 else conditions[0]
    return k.Named("every_for", body, (("condition", condition), ("unit", unit), ("over", text)))


PHRASE = Phrase(
    name="every_for",
    signature="every day|week|month|quarter for DURATION (CONDITION)",
    english="{condition} {throughout}",
    meaning="The condition at as-of, one unit before, two, … as often as the unit goes into the duration, each time with "
    "what was known then. Unknown for whoever didn't exist at one of the times, unless another decides.",
    lower=lower,
    examples="""
segment steady of account { when every week for 3 weeks (count(logins in last 7 days) >= 1) }
test "a login in each of three weeks; the third week is as of two weeks ago" as of 2026-11-01 {
  account regular { created_at: 2025-01-01 }
  logins of regular { at: 2026-10-30 }
  logins of regular { at: 2026-10-20 }
  logins of regular { at: 2026-10-12 }
  account paused { created_at: 2025-01-01 }
  logins of paused { at: 2026-10-30 }
  logins of paused { at: 2026-10-12 }
  account young { created_at: 2026-10-28 }
  logins of young { at: 2026-10-30 }
  expect regular in steady
  expect not (paused in steady)
  expect (young in steady) is missing
}
""",
)
