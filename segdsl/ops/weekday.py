"""`weekday of x`: the day of the week as a word."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.ops.phrase import Phrase, figure

WEEKDAY = ty.Enum(k.WEEKDAYS, ordered=True)


def lower(date: k.Expr) -> k.Expr:
    *others, last = enumerate(k.WEEKDAYS, start=1)
    result: k.Expr = k.Literal_(last[1], WEEKDAY)
    for number, word in reversed(others):
        is_day = k.Compare("=", k.PartOf("weekday", date), figure(number))
        result = k.If(is_day, k.Literal_(word, WEEKDAY), result, WEEKDAY)
    return k.Named("weekday", result, (("date", date),))


PHRASE = Phrase(
    name="weekday",
    signature="weekday of DATE",
    english="the weekday of {date}",
    meaning="One of monday, tuesday, wednesday, thursday, friday, saturday and sunday, in that order; of a time, that of its day.",
    lower=lower,
    examples="""
segment weekend_renewals of account { when weekday of renewal in ("saturday", "sunday") }
segment weekend_users of account { when share(logins having weekday of occurred_at >= "saturday") > 50% }
test "1 November 2026 is a Sunday" as of 2026-11-03 {
  account a { renewal: 2026-11-01 }
  account b { renewal: 2026-11-02 }
  account c {}
  logins of a { at: 2026-10-31T10:00 }
  logins of a { at: 2026-11-01T23:30 }
  logins of a { at: 2026-11-02T00:00 }
  expect a in weekend_renewals
  expect not (b in weekend_renewals)
  expect (c in weekend_renewals) is missing
  expect a in weekend_users
}
""",
)
