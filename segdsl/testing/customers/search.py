"""Something to show -> the smallest customer found that shows it, as a test."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from segdsl.bounds import A_CUSTOMER, TooMuchWork, Work
from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.clock import Clock
from segdsl.model.segment import Model
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.quantity import Quantity
from segdsl.reference.world import Row, World
from segdsl.testing.customers.aim import Aim
from segdsl.testing.customers.block_text import Rows, Unwritable, block, given
from segdsl.testing.customers.draft import Cells, Draft, without
from segdsl.testing.run.evaluator import GivenMetrics

TRIES = 150
_FEWEST, _MOST_NODES = 5, 100_000
_LONG = 4  # rows that a test may have before a metric is given instead
Attempt = Callable[[Aim, Cells], None]


Says = Callable[[Evaluator, Row], Sequence[str]]
"""What to expect of a customer, as it stands after `expect`."""


@dataclass(frozen=True)
class Found:
    """A world, the metrics given in it, and the key of its one customer that matters."""

    rows: Rows
    given: GivenMetrics
    entity: str
    key: object
    clock: Clock
    as_of: dt.date | dt.datetime
    work: Work = field(default_factory=Work, compare=False, repr=False)

    def evaluator(self, model: Model) -> Evaluator:
        return Evaluator(replace(model, work=self.work), World(model.schema, self.rows, self.clock), self.given)

    def row(self, evaluator: Evaluator) -> Row | None:
        """The customer; None where it doesn't exist as of then."""
        return evaluator.world.by_key(self.entity, self.key)  # type: ignore[arg-type]

    def text(self, title: str, says: Says, model: Model) -> str:
        """As a `test` block, expecting what the model says."""
        evaluator = self.evaluator(model)
        row = self.row(evaluator)
        assert row is not None, "what was found exists"
        return block(title, self.as_of, self.rows, self.given, says(evaluator, row), model, self.clock)


@dataclass(frozen=True)
class Example:
    """A customer found, what it is an example of, and what the rules say of it."""

    title: str
    found: Found
    says: Says

    def text(self, model: Model) -> str:
        """As a `test` block."""
        return self.found.text(self.title, self.says, model)


Shows = Callable[[Found, Row], bool]
"""Whether what was found shows what is looked for, at its customer."""


@dataclass(frozen=True)
class Search:
    """Looks for worlds about one entity. `read` is what the rules in question read,
    `size` how many nodes they have: of large ones fewer customers are tried. The same search finds the same.

    The model's work is the search's own, or what is left of it for all that are made up for a workspace.
    """

    model: Model
    entity: str
    as_of: dt.date | dt.datetime
    zone: ZoneInfo
    read: Mapping[str, set[str]]
    size: int = 1

    @staticmethod
    def of(model: Model, entity: str, roots: Sequence[k.Expr], as_of: dt.date | dt.datetime, zone: ZoneInfo) -> Search:
        size = sum(1 for _ in dependencies.everything(model, roots))
        model = replace(model, work=model.work.made_up or Work.of(0))
        return Search(
            model,
            entity,
            as_of,
            zone,
            dependencies.of_condition(model, entity, k.And(tuple(roots))).columns,
            max(1, size),
        )

    @property
    def cost(self) -> int:
        """Steps that a customer takes at least."""
        return self.size + A_CUSTOMER

    def find(self, attempt: Attempt, shows: Shows, tries: int = TRIES, may_give: bool = True) -> Found | None:
        """The first that shows it, made small; None where none did in so many tries, or for the work that is left."""
        with suppress(TooMuchWork):
            found = self._find(attempt, shows, tries, may_give)
            return replace(found, work=Work()) if found is not None else None
        return None

    def _find(self, attempt: Attempt, shows: Shows, tries: int, may_give: bool) -> Found | None:
        clock = Clock.at(self.as_of, self.zone)
        for seed in range(max(_FEWEST, min(tries, _MOST_NODES // self.size))):
            found = self._try(attempt, clock, random.Random(seed), may_give)
            if self.good(found, shows):
                return self.small(found, shows, metrics_too=may_give)
        return None

    def _try(self, attempt: Attempt, clock: Clock, chance: random.Random, may_give: bool) -> Found:
        draft = Draft(self.model, clock, lambda options: options[chance.randrange(len(options))], may_give=may_give)
        focus = draft.new(self.entity)
        attempt(Aim(draft), focus)
        key = focus[self.model.schema.relations[self.entity].key or ""]
        return Found(draft.rows, draft.given, self.entity, key, clock, self.as_of, self.model.work)

    def good(self, found: Found, shows: Shows) -> bool:
        """Whether it shows what is looked for, and can be written. Raises `TooMuchWork`."""
        self.model.work.spend(self.cost)
        evaluator = found.evaluator(self.model)
        row = found.row(evaluator)
        if row is None or not shows(found, row):
            return False
        try:
            list(given(found.rows, found.given, self.model, found.clock))
        except Unwritable:
            return False
        return True

    def affords(self, found: Found, shows: Shows) -> bool:
        """As `good`, of what has work of its own, which the search pays; false where one of them can't."""
        if self.model.work.left < 0:
            return False
        try:
            return self.good(found, shows)
        except TooMuchWork:
            return False
        finally:
            self.model.work.left -= found.work.most - found.work.left

    # -- making it small -----------------------------------------------------------------------

    def small(self, found: Found, shows: Shows, metrics_too: bool = True) -> Found:
        """Without the rows, metrics and cells that it takes nothing to leave out, the required ones apart."""
        instead = (self._metrics_instead,) if metrics_too else ()
        for smaller in (self._fewer_rows, *instead, self._fewer_metrics, self._fewer_cells):
            found = smaller(found, shows)
        return found

    def _fewer_rows(self, found: Found, shows: Shows) -> Found:
        for relation in list(found.rows):
            for row in reversed(list(found.rows[relation])):
                fewer = without(self.model.schema, found.rows, relation, row)
                found = self._better(found, replace(found, rows={**found.rows, **fewer}), shows)
        return found

    def _metrics_instead(self, found: Found, shows: Shows) -> Found:
        """Many rows make a long test: a metric given in their place, where that will do."""
        evaluator = found.evaluator(self.model)
        row = found.row(evaluator)
        for metric in self.model.metrics.values() if row is not None and _size(found) > _LONG else ():
            value = evaluator.metric(metric.name, row) if metric.entity == found.entity and row is not None else None
            if isinstance(value, Quantity):
                given_too = {**found.given, (found.entity, str(found.key), metric.name): value}
                shorter = self._fewer_rows(replace(found, given=given_too), shows)
                if self.good(shorter, shows) and _size(shorter) < _size(found):
                    found = shorter
        return found

    def _fewer_metrics(self, found: Found, shows: Shows) -> Found:
        for name in list(found.given):
            fewer = {n: value for n, value in found.given.items() if n != name}
            found = self._better(found, replace(found, given=fewer), shows)
        return found

    def _fewer_cells(self, found: Found, shows: Shows) -> Found:
        for relation, rows in found.rows.items():
            for i, row in enumerate(rows):
                for name in [n for n in row if self._may_go(relation, n)]:
                    kept = list(found.rows[relation])
                    kept[i] = {n: c for n, c in kept[i].items() if n != name}
                    found = self._better(found, replace(found, rows={**found.rows, relation: kept}), shows)
        return found

    def _better(self, found: Found, smaller: Found, shows: Shows) -> Found:
        return smaller if self.good(smaller, shows) else found

    def _may_go(self, relation: str, name: str) -> bool:
        described = self.model.schema.relations[relation]
        if name in (described.key, described.by, described.at):
            return False
        return not (described.fields[name].required and name in self.read.get(relation, ()))


def _size(found: Found) -> int:
    return sum(len(rows) for rows in found.rows.values())
