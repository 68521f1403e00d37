"""Search for the smallest customer that shows something, as a test."""

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
from segdsl.testing.customers.block_text import Rows, Unwritable, block, given_lines
from segdsl.testing.customers.draft import Cells, Draft, without
from segdsl.testing.run.evaluator import GivenMetrics

TRIES = 150
_FEWEST, _MOST_NODES = 5, 100_000
_LONG = 4  # rows of a test, beyond which a metric is given instead
Attempt = Callable[[Aim, Cells], None]


Says = Callable[[Evaluator, Row], Sequence[str]]
"""Returns the expectations of a customer, as the texts after `expect`."""


@dataclass(frozen=True)
class MadeUpCustomer:
    """A made-up world with one customer in focus.

    `rows`: rows by relation.
    `metrics`: values that replace metrics.
    `entity`, `key`: the customer in focus.
    `work`: the budget of evaluation steps.
    """

    rows: Rows
    metrics: GivenMetrics
    entity: str
    key: object
    clock: Clock
    as_of: dt.date | dt.datetime
    work: Work = field(default_factory=Work, compare=False, repr=False)

    def evaluator(self, model: Model) -> Evaluator:
        return Evaluator(replace(model, work=self.work), World(model.schema, self.rows, self.clock), self.metrics)

    def row(self, evaluator: Evaluator) -> Row | None:
        """The customer's row; None where the customer doesn't exist as of then."""
        return evaluator.world.by_key(self.entity, self.key)  # type: ignore[arg-type]

    def text(self, title: str, says: Says, model: Model) -> str:
        """Text of a `test` block that expects what the model says."""
        evaluator = self.evaluator(model)
        row = self.row(evaluator)
        assert row is not None, "what was found exists"
        return block(title, self.as_of, self.rows, self.metrics, says(evaluator, row), model, self.clock)


@dataclass(frozen=True)
class Example:
    """A made-up customer with the title and the expectations of its test."""

    title: str
    customer: MadeUpCustomer
    says: Says

    def text(self, model: Model) -> str:
        """Text of the `test` block."""
        return self.customer.text(self.title, self.says, model)


Shows = Callable[[MadeUpCustomer, Row], bool]
"""Whether a made-up customer shows what is searched for."""


@dataclass(frozen=True)
class Search:
    """Deterministic search for made-up customers of one entity.

    `read`: columns that the rules in question read.
    `size`: number of their nodes; larger rules get fewer attempts.

    The model's work budget is the search's own, or the rest of the workspace's budget for made-up customers.
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
        """Least number of steps for one customer."""
        return self.size + A_CUSTOMER

    def find(
        self, attempt: Attempt, shows: Shows, tries: int = TRIES, may_replace_metrics: bool = True
    ) -> MadeUpCustomer | None:
        """Find the first customer that shows it, and shrink it; None after `tries` attempts, or without remaining work."""
        with suppress(TooMuchWork):
            customer = self._find(attempt, shows, tries, may_replace_metrics)
            return replace(customer, work=Work()) if customer is not None else None
        return None

    def _find(self, attempt: Attempt, shows: Shows, tries: int, may_replace_metrics: bool) -> MadeUpCustomer | None:
        clock = Clock.at(self.as_of, self.zone)
        for seed in range(max(_FEWEST, min(tries, _MOST_NODES // self.size))):
            customer = self._try(attempt, clock, random.Random(seed), may_replace_metrics)
            if self.good(customer, shows):
                return self.small(customer, shows, metrics_too=may_replace_metrics)
        return None

    def _try(self, attempt: Attempt, clock: Clock, chance: random.Random, may_replace_metrics: bool) -> MadeUpCustomer:
        draft = Draft(
            self.model,
            clock,
            lambda options: options[chance.randrange(len(options))],
            may_replace_metrics=may_replace_metrics,
        )
        focus = draft.new(self.entity)
        attempt(Aim(draft), focus)
        key = focus[self.model.schema.relations[self.entity].key or ""]
        return MadeUpCustomer(draft.rows, draft.metrics, self.entity, key, clock, self.as_of, self.model.work)

    def good(self, customer: MadeUpCustomer, shows: Shows) -> bool:
        """Whether the customer shows it and can be written as a test. Raises `TooMuchWork`."""
        self.model.work.spend(self.cost)
        evaluator = customer.evaluator(self.model)
        row = customer.row(evaluator)
        if row is None or not shows(customer, row):
            return False
        try:
            list(given_lines(customer.rows, customer.metrics, self.model, customer.clock))
        except Unwritable:
            return False
        return True

    def affords(self, customer: MadeUpCustomer, shows: Shows) -> bool:
        """Like `good` for a customer with its own budget, which the search pays; false where either budget is used up."""
        if self.model.work.left < 0:
            return False
        try:
            return self.good(customer, shows)
        except TooMuchWork:
            return False
        finally:
            self.model.work.left -= customer.work.most - customer.work.left

    # -- making it small -----------------------------------------------------------------------

    def small(self, customer: MadeUpCustomer, shows: Shows, metrics_too: bool = True) -> MadeUpCustomer:
        """Drop rows, metrics and cells as long as the customer still shows it; required cells stay."""
        instead = (self._metrics_instead,) if metrics_too else ()
        for smaller in (self._fewer_rows, *instead, self._fewer_metrics, self._fewer_cells):
            customer = smaller(customer, shows)
        return customer

    def _fewer_rows(self, customer: MadeUpCustomer, shows: Shows) -> MadeUpCustomer:
        for relation in list(customer.rows):
            for row in reversed(list(customer.rows[relation])):
                fewer = without(self.model.schema, customer.rows, relation, row)
                customer = self._better(customer, replace(customer, rows={**customer.rows, **fewer}), shows)
        return customer

    def _metrics_instead(self, customer: MadeUpCustomer, shows: Shows) -> MadeUpCustomer:
        """Replace many rows by a metric's value, where that is enough: many rows make a long test."""
        evaluator = customer.evaluator(self.model)
        row = customer.row(evaluator)
        for metric in self.model.metrics.values() if row is not None and _size(customer) > _LONG else ():
            value = evaluator.metric(metric.name, row) if metric.entity == customer.entity and row is not None else None
            if isinstance(value, Quantity):
                metrics = {**customer.metrics, (customer.entity, str(customer.key), metric.name): value}
                shorter = self._fewer_rows(replace(customer, metrics=metrics), shows)
                if self.good(shorter, shows) and _size(shorter) < _size(customer):
                    customer = shorter
        return customer

    def _fewer_metrics(self, customer: MadeUpCustomer, shows: Shows) -> MadeUpCustomer:
        for name in list(customer.metrics):
            fewer = {n: value for n, value in customer.metrics.items() if n != name}
            customer = self._better(customer, replace(customer, metrics=fewer), shows)
        return customer

    def _fewer_cells(self, customer: MadeUpCustomer, shows: Shows) -> MadeUpCustomer:
        for relation, rows in customer.rows.items():
            for i, row in enumerate(rows):
                for name in [n for n in row if self._may_go(relation, n)]:
                    trimmed = list(customer.rows[relation])
                    trimmed[i] = {n: c for n, c in trimmed[i].items() if n != name}
                    customer = self._better(
                        customer, replace(customer, rows={**customer.rows, relation: trimmed}), shows
                    )
        return customer

    def _better(self, customer: MadeUpCustomer, smaller: MadeUpCustomer, shows: Shows) -> MadeUpCustomer:
        return smaller if self.good(smaller, shows) else customer

    def _may_go(self, relation: str, name: str) -> bool:
        described = self.model.schema.relations[relation]
        if name in (described.key, described.by, described.at):
            return False
        return not (described.fields[name].required and name in self.read.get(relation, ()))


def _size(customer: MadeUpCustomer) -> int:
    return sum(len(rows) for rows in customer.rows.values())
