"""How many customers a condition takes along a range -> a table with bars for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from segdsl.model.clock import Clock
from segdsl.report.layout.terminal import table
from segdsl.whatif.trial import Step
from segdsl.words import values
from segdsl.words.plural import plural

WIDEST = 30  # characters of a bar


def render(entity: str, clock: Clock, total: int, steps: Sequence[Step]) -> str:
    most = max([s.inside for s in steps] + [1])
    money = list(steps[0].money) if steps else []
    rows = [
        [
            s.value,
            f"{s.inside:,}",
            f"{s.inside / total:.1%}" if total else "",
            *(_amount(s, name) for name in money),
            "█" * round(WIDEST * s.inside / most),
        ]
        for s in steps
    ]
    heads = ["", plural(entity), "", *(f"{name}, {steps[0].money[name][0]}" for name in money), ""]
    unknown = max((s.unknown for s in steps), default=0)
    end = f"of {total:,} {plural(entity)} as of {values.as_of(clock)}" + (
        f", up to {unknown:,} unknown" if unknown else ""
    )
    return f"{table(heads, rows, right=tuple(range(3 + len(money))))}\n{end}"


def _amount(step: Step, name: str) -> str:
    currency, amount = step.money[name]
    return values.money(Fraction(round(amount)), currency)
