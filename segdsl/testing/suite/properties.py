"""Properties: prove `property` statements, or try them on customers that Hypothesis makes up; a counterexample is a
test.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from segdsl.analyse.diagram import Budget
from segdsl.analyse.questions import Possibly, speaks_against
from segdsl.bounds import A_DRAW, TooMuchWork, Work
from segdsl.diagnostics import Diagnostic, Source
from segdsl.lang import tree
from segdsl.lang.parse import parse_expression
from segdsl.model.clock import Clock
from segdsl.model.segment import Model, Property
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.world import Row
from segdsl.testing.customers.block_text import Unwritable, key_text
from segdsl.testing.customers.search import MadeUpCustomer, Search
from segdsl.testing.customers.witness import one_of
from segdsl.testing.run.runner import Failure, TestResult

_FEWEST, _MOST_NODES = 5, 30_000
PROOFS = 6_000_000  # work units for the proofs of all properties, as for the rules in `check`
QUICK, TRIED = 150, 60  # customers for each property: by the quick search, then by Hypothesis


def try_properties(model: Model, containing: str, as_of: dt.date, zone: ZoneInfo) -> Iterator[TestResult]:
    """Check the properties whose title contains a text. An unproved property passes if no made-up customer violates it."""
    budget = Budget(PROOFS)
    chosen = [p for p in model.properties if containing.lower() in p.title.lower()]
    for i, statement in enumerate(chosen):
        yield _try(statement, model, as_of, zone, budget, len(chosen) - i)


def _try(statement: Property, model: Model, as_of: dt.date, zone: ZoneInfo, budget: Budget, sharing: int) -> TestResult:
    """Check one property with its share of the work: `sharing` properties, this one included, share what is left."""
    begun = time.perf_counter()
    against = speaks_against(model, statement, budget)
    left, errors = model.work.made_up, list[Diagnostic]()
    share = max(0, left.left) // sharing if left is not None else None
    customer = None if against == "nobody" else counterexample(statement, model, as_of, zone, against, share)
    if against != "nobody" and customer is None and left is not None and left.left < 0:
        errors.append(left.finding("trying this property, after those before it,", statement.span))
    failures: tuple[Failure, ...] = ()
    if customer is not None:
        kind = "always" if statement.always else "never"
        expected = f"{kind} {' '.join(statement.condition.span.text.split()) if statement.condition.span else ''}"
        failures = (
            Failure(
                expected,
                f"this {statement.entity} speaks against it:\n{as_test(statement, customer, model).rstrip()}",
                statement.span,
            ),
        )
    shown = customer.as_of if customer is not None else as_of
    return TestResult(statement.title, statement.span, shown, failures, tuple(errors), time.perf_counter() - begun)


def counterexample(
    statement: Property,
    model: Model,
    as_of: dt.date,
    zone: ZoneInfo,
    against: object = None,
    share: int | None = None,
) -> MadeUpCustomer | None:
    """Find the simplest customer for whom the property is false; an unknown answer is no violation.

    Half of the `share` of steps goes to a quick search, half to Hypothesis.
    """
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis.errors import Flaky, NoSuchExample

    from segdsl.testing.customers.strategies import customers, violating

    clock = Clock.at(as_of, zone)
    search = Search.of(model, statement.entity, [statement.condition], as_of, zone)
    tries, drawn = QUICK, max(_FEWEST, min(TRIED, _MOST_NODES // search.size))
    if share is not None:
        tries, drawn = max(_FEWEST, min(tries, share // 2 // search.cost)), min(drawn, share // 2 // A_DRAW)

    def shows(customer: MadeUpCustomer, row: Row) -> bool:
        return customer.evaluator(model).truth(statement.condition, row) is (not statement.always)

    if isinstance(against, Possibly):  # the violation may exist only as of some days
        possible = Search.of(model, statement.entity, [statement.condition], against.regions.clock.as_of, zone)
        witness = possible.find(one_of(against), shows, tries, may_replace_metrics=False)
        if witness is not None:
            return witness
    quick = search.find(violating(statement.condition, not statement.always), shows, tries, may_replace_metrics=False)
    if quick is not None or not drawn:
        return quick
    strategy = customers(
        search.model, statement.entity, as_of, clock, violating(statement.condition, not statement.always)
    )
    plain = settings(
        max_examples=drawn,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    try:
        customer: MadeUpCustomer = find(strategy, lambda f: search.affords(f, shows), settings=plain)
        small = search.small(replace(customer, work=search.model.work), shows, metrics_too=False)
        return replace(small, work=Work())
    except (NoSuchExample, Flaky, TooMuchWork):  # Flaky: the counterexample vanished because the work is used up
        return None


def as_test(statement: Property, customer: MadeUpCustomer, model: Model) -> str:
    """Text of a test that fails until the property holds."""
    condition = statement.condition.span.text if statement.condition.span is not None else ""

    def expect(evaluator: Evaluator, row: Row) -> Sequence[str]:
        relation = model.schema.relations[statement.entity]
        about = _about(condition, statement.entity, key_text(relation, row.get(relation.key or "")))
        return [about if statement.always else f"not ({about})"]

    try:
        return customer.text(statement.title, expect, model)
    except Unwritable:
        return ""


def _about(text: str, entity: str, key: str) -> str:
    """Rewrite a condition on any customer for one customer: `arr > 5` becomes `acme.arr > 5`."""
    node, _ = parse_expression(Source("property", text))
    if node is None:
        return text
    edits = sorted(_renamed(node, entity, key, outside=True), reverse=True)
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    return " ".join(text.split())


def _renamed(node: tree.Node, entity: str, key: str, outside: bool) -> Iterator[tuple[int, int, str]]:
    """Edits that put the key before names at the customer's own level, and replace the entity's name everywhere."""
    from dataclasses import fields

    if isinstance(node, tree.Path):
        first = node.parts[0]
        if first.text == entity:
            yield first.span.start, first.span.end, key
        elif outside:
            yield first.span.start, first.span.start, f"{key}."
        return
    for part in fields(node):
        if isinstance(node, tree.InName | tree.InValues) and part.name in ("name", "values"):
            continue
        value = getattr(node, part.name)
        inside = outside and not (isinstance(node, tree.Rows) and part.name in ("where", "having"))
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, tree.Node):
                yield from _renamed(item, entity, key, inside)
