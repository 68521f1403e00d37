"""`rising(x, 4 weeks)`: whether a value rose in each of the last weeks, as it was known at the end of each."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model.schema import Relation
from segdsl.ops.falling import moving
from segdsl.ops.phrase import Duration, Parameter, Phrase


def lower(relation: Relation, value: k.Expr, over: Duration) -> k.Expr:
    return moving("rising", ">", relation, value, over)


PHRASE = Phrase(
    name="rising",
    signature="rising(NUMBER, DURATION)",
    english="{value} rose {throughout}",
    meaning="The number as of now is above that of one unit ago, that above the one before, and so on, as `falling`.",
    parameters=(Parameter("value", "measure"), Parameter("over", "duration")),
    lower=lower,
    examples="""
segment taking_off of account { when rising(count(logins), 2 days) }
test "one more on each of two days" as of 2026-11-01 {
  account up { created_at: 2026-01-01 }
  logins of up { at: 2026-10-30T12:00 }
  logins of up { at: 2026-10-31T12:00 }
  account once { created_at: 2026-01-01 }
  logins of once { at: 2026-10-31T12:00 }
  expect up in taking_off
  expect not (once in taking_off)
}
""",
)
