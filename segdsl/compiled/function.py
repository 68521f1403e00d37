"""Rules of an entity -> a compiled function: the canonical row of one customer, among rows -> the places that `evaluate` gives it.

`write.py` writes the source of the function, in which every expression is computed once. So this line of a rule

    when plan = "team" and seats * 2 > seats_purchased

becomes

    v0 = get(k0)
    v1 = None if v0 is None else v0 == k1
    v2 = get(k2)
    v3 = None if v2 is None else v2 * k3
    ...

None is unknown. No text of a rule stands in the source: names and constants are `k0`, `k1`, … and what depends on as-of
alone is `t0`, `t1`, …, all of them given to the function. What isn't compiled (see `write.py`) is asked of the reference evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segdsl.bounds import Work, deep_stack
from segdsl.compiled.write import OfClock, Writer
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Rule, Segment
from segdsl.reference.evaluate import Evaluator, Unknown
from segdsl.reference.world import Row, World

Place = bool | str | None
"""True, false, the name of an arm, the status of a segmentation; None is unknown, or no arm."""


@dataclass(frozen=True)
class Compiled:
    """Rules of one entity as a function.

    `source` is its text.
    `asks` says whether it asks the reference evaluator for something.
    """

    model: Model
    source: str
    asks: bool
    _of_clock: Sequence[OfClock]
    _call: Callable[..., dict[str, Any]]

    def as_of(self, clock: Clock) -> tuple[object, ...]:
        """Returns the values that depend on as-of alone, for `places`."""
        if not self._of_clock:
            return ()
        evaluator = Evaluator(self.model, World(self.model.schema, {}, clock))
        return tuple(value(evaluator) for value in self._of_clock)

    def places(self, row: Row, world: World, of_clock: tuple[object, ...]) -> dict[str, Place]:
        """Returns the places of a customer by column, as a frame of `evaluate` has them.

        `row` is the customer's row of `world`, and `of_clock` what `as_of` returns for the world's clock.
        """
        ask = _Asking(self.model, world, row) if self.asks else None
        places: dict[str, Place] = self._call(row, world, world.clock, of_clock, ask)
        return places


class _Asking:
    """Asks the reference evaluator about one row."""

    def __init__(self, model: Model, world: World, row: Row) -> None:
        self._evaluator, self._row = Evaluator(model, world), row

    def value(self, e: Any) -> object:
        value = self._evaluator.value(e, self._row)
        return None if isinstance(value, Unknown) else value

    def outcome(self, rule: Any) -> tuple[str | None, str]:
        outcome = self._evaluator.outcome(rule, self._row)
        return outcome.arm, outcome.status


def compiled(model: Model, entity: str, rules: Sequence[Rule]) -> Compiled:
    """Compiles rules of one entity. Its evaluations have no budget: the rules and the data are one's own."""
    model = replace(model, work=Work())
    writer = Writer(model, entity)
    with deep_stack():
        columns = [column for rule in rules for column in _columns(writer, rule)]
        body = "\n    ".join([*writer.lines, f"return {{{', '.join(columns)}}}"])
        source = f"def places(row, world, clock, t, ask):\n    get = row.get\n    {body}\n"
        namespace: dict[str, Any] = {"__builtins__": {}, **writer.constants}
        exec(compile(source, "<compiled rules>", "exec"), namespace)
    return Compiled(model, source, writer.asks, tuple(writer.of_clock), namespace["places"])


def _columns(writer: Writer, rule: Rule) -> list[str]:
    """Writes a rule, and returns the items of the result in the order of a frame's columns."""
    if isinstance(rule, Segment):
        return [writer.item(rule.name, writer.segment(rule).code)]
    outcome = writer.outcome(rule)
    items = [writer.item(rule.name, outcome.arm), writer.item(f"{rule.name}_status", outcome.status)]
    if (by_data := rule.by_data()) is not None:
        items.append(writer.item(f"{rule.name}_by_data", writer.outcome(by_data).arm))
    return items
