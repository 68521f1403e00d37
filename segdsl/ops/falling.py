"""`falling(x, 4 weeks)`: whether a value fell in each of the last weeks, as it was known at the end of each."""

from __future__ import annotations

import itertools

from segdsl.model import expr as k
from segdsl.model.schema import Relation
from segdsl.ops.every_for import repeated
from segdsl.ops.phrase import Duration, Parameter, Phrase, Wrong

MOST = 53  # weeks of a year


def lower(relation: Relation, value: k.Expr, over: Duration) -> k.Expr:
    return moving("falling", "<", relation, value, over)


def moving(name: str, op: k.CompareOp, relation: Relation, value: k.Expr, over: Duration) -> k.Expr:
    """Builds the condition that each value compares as `op` with the value one unit before."""
    count, unit = over
    if relation.kind != "entity":
        raise Wrong("SEG0319", f"`{name}` needs an entity, which has a history", f"rows of `{relation.name}` have none")
    if unit in k.EXACT or not 1 <= count <= MOST:
        raise Wrong(
            "SEG0403", f"`{name}` counts from 1 to {MOST} days, weeks, months or years", f"as in `{name}(arr, 4 weeks)`"
        )
    values = repeated(value, relation.name, unit, count + 1)
    steps = tuple(k.Compare(op, later, earlier, span=value.span) for later, earlier in itertools.pairwise(values))
    body: k.Expr = k.And(steps) if len(steps) > 1 else steps[0]
    return k.Named(name, body, (("value", value), ("unit", unit), ("over", f"{count} {unit}{'s' * (count != 1)}")))


PHRASE = Phrase(
    name="falling",
    signature="falling(NUMBER, DURATION)",
    english="{value} fell {throughout}",
    meaning="The number as of now is below that of one unit ago, that below the one before, and so on: four times for `4 weeks`, "
    "each time with what was known then. One week without a fall decides, whatever is missing.",
    parameters=(Parameter("value", "measure"), Parameter("over", "duration")),
    lower=lower,
    examples="""
metric weekly_logins of account = count(logins in last 7 days)
segment fading of account { when falling(weekly_logins, 2 weeks) }
test "two falls make three weeks, each with fewer" as of 2026-11-01 {
  account fades { created_at: 2026-01-01 }
  logins of fades { at: 2026-10-28 }
  logins of fades { at: 2026-10-20 }
  logins of fades { at: 2026-10-21 }
  logins of fades { at: 2026-10-12 }
  logins of fades { at: 2026-10-13 }
  logins of fades { at: 2026-10-14 }
  account steady { created_at: 2026-01-01 }
  logins of steady { at: 2026-10-28 }
  logins of steady { at: 2026-10-20 }
  account young { created_at: 2026-10-27 }
  expect fades in fading
  expect not (steady in fading)
  expect (young in fading) is missing
}
""",
)
