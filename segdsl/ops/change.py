"""`change(x, 28 days, floor: 10)`: the relative change of a value over the last 28 days."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Duration, Parameter, Phrase, Wrong, figure


def lower(relation: Relation, value: k.Expr, over: Duration, floor: k.Ratio) -> k.Expr:
    if relation.kind != "entity":
        raise Wrong(
            "SEG0319",
            "`change` needs an entity, which has a history",
            f"a row of `{relation.name}` is an event at one moment",
        )
    count, unit = over
    moment = k.Shift(k.AsOf(ty.TIMESTAMP), -count, unit)
    earlier = k.At(relation.name, value, moment, span=value.span)
    typed = ty.REAL if value.type == ty.REAL else ty.NUMBER
    ratio = k.Arithmetic("/", k.Arithmetic("-", value, earlier, value.type), earlier, typed)
    small = k.Compare("<", earlier, figure(floor), span=value.span)
    text = floor.text
    change = k.If(small, k.Missing(f"the earlier value is below {text}", typed), ratio, typed)
    return k.Named(
        "change", change, (("value", value), ("over", f"{count} {unit}{'s' * (count != 1)}"), ("floor", text))
    )


PHRASE = Phrase(
    name="change",
    signature="change(VALUE, DURATION, floor: N)",
    english="the change of {value} over {over}",
    meaning="(now − then) / then. Missing where the earlier value is 0, is below `floor`, or didn't exist: "
    "a change from almost nothing says nothing. `floor` has to be written, if only as `floor: 1`.",
    parameters=(Parameter("value", "measure"), Parameter("over", "duration"), Parameter("floor", "figure", label=True)),
    lower=lower,
    examples="""
metric trend of account = change(logins_28d, 28 days, floor: 2)
segment slowing of account { when trend <= -50% }
test "half as many logins as in the 28 days before, which is a fall by 50 %" as of 2026-11-01 {
  account acme { created_at: 2025-01-01 }
  logins of acme { at: 2026-10-20 }
  logins of acme { at: 2026-09-20 }
  logins of acme { at: 2026-09-21 }
  expect acme.trend = -50%
  expect acme in slowing
}
test "one login before is below the floor, and an account of 20 days has no past" as of 2026-11-01 {
  account quiet { created_at: 2025-01-01 }
  logins of quiet { at: 2026-09-20 }
  account young { created_at: 2026-10-12 }
  logins of young { at: 2026-10-20 }
  expect quiet.trend is missing
  expect young.trend is missing
}
""",
)
