"""`property` statements -> tried on customers that Hypothesis makes up; a counterexample is a test."""

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
from segdsl.testing.customers.search import Found, Search
from segdsl.testing.customers.witness import one_of
from segdsl.testing.run.runner import Failure, TestResult

_FEWEST, _MOST_NODES = 5, 30_000
PROOFS = 6_000_000  # units of work for the proofs of all together, as for the rules of a `check`
QUICK, TRIED = 150, 60  # customers for each property: made up quickly, and then by Hypothesis


def try_properties(model: Model, containing: str, as_of: dt.date, zone: ZoneInfo) -> Iterator[TestResult]:
    """Those whose title contains a text. One that isn't proved is tried; if no customer speaks against it, it has passed."""
    budget = Budget(PROOFS)
    chosen = [p for p in model.properties if containing.lower() in p.title.lower()]
    for i, statement in enumerate(chosen):
        yield _tried(statement, model, as_of, zone, budget, len(chosen) - i)


def _tried(
    statement: Property, model: Model, as_of: dt.date, zone: ZoneInfo, budget: Budget, sharing: int
) -> TestResult:
    """With its share of the work for customers that are made up: so many properties, itself among them, share what is left."""
    begun = time.perf_counter()
    against = speaks_against(model, statement, budget)
    left, errors = model.work.made_up, list[Diagnostic]()
    share = max(0, left.left) // sharing if left is not None else None
    found = None if against == "nobody" else counterexample(statement, model, as_of, zone, against, share)
    if against != "nobody" and found is None and left is not None and left.left < 0:
        errors.append(left.finding("trying this property, after those before it,", statement.span))
    failures: tuple[Failure, ...] = ()
    if found is not None:
        kind = "always" if statement.always else "never"
        expected = f"{kind} {' '.join(statement.condition.span.text.split()) if statement.condition.span else ''}"
        failures = (
            Failure(
                expected,
                f"this {statement.entity} speaks against it:\n{as_test(statement, found, model).rstrip()}",
                statement.span,
            ),
        )
    shown = found.as_of if found is not None else as_of
    return TestResult(statement.title, statement.span, shown, failures, tuple(errors), time.perf_counter() - begun)


def counterexample(
    statement: Property,
    model: Model,
    as_of: dt.date,
    zone: ZoneInfo,
    against: object = None,
    share: int | None = None,
) -> Found | None:
    """The simplest customer found for whom it is false; where it is unknown it isn't violated.

    Of a `share` of steps one half is for customers made up quickly, the other for Hypothesis.
    """
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis.errors import Flaky, NoSuchExample

    from segdsl.testing.customers.strategies import customers, violating

    clock = Clock.at(as_of, zone)
    search = Search.of(model, statement.entity, [statement.condition], as_of, zone)
    tries, drawn = QUICK, max(_FEWEST, min(TRIED, _MOST_NODES // search.size))
    if share is not None:
        tries, drawn = max(_FEWEST, min(tries, share // 2 // search.cost)), min(drawn, share // 2 // A_DRAW)

    def shows(found: Found, row: Row) -> bool:
        return found.evaluator(model).truth(statement.condition, row) is (not statement.always)

    if isinstance(against, Possibly):  # perhaps only as of some days
        possible = Search.of(model, statement.entity, [statement.condition], against.regions.clock.as_of, zone)
        witness = possible.find(one_of(against), shows, tries, may_give=False)
        if witness is not None:
            return witness
    quick = search.find(violating(statement.condition, not statement.always), shows, tries, may_give=False)
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
        found: Found = find(strategy, lambda f: search.affords(f, shows), settings=plain)
        small = search.small(replace(found, work=search.model.work), shows, metrics_too=False)
        return replace(small, work=Work())
    except (NoSuchExample, Flaky, TooMuchWork):  # flaky: what was shown isn't any more, since no work is left
        return None


def as_test(statement: Property, found: Found, model: Model) -> str:
    """A test that fails as long as the statement doesn't hold."""
    asked = statement.condition.span.text if statement.condition.span is not None else ""

    def expect(evaluator: Evaluator, row: Row) -> Sequence[str]:
        relation = model.schema.relations[statement.entity]
        about = _about(asked, statement.entity, key_text(relation, row.get(relation.key or "")))
        return [about if statement.always else f"not ({about})"]

    try:
        return found.text(statement.title, expect, model)
    except Unwritable:
        return ""


def _about(text: str, entity: str, key: str) -> str:
    """A condition on any customer, said of one: `arr > 5` becomes `acme.arr > 5`."""
    node, _ = parse_expression(Source("property", text))
    if node is None:
        return text
    edits = sorted(_renamed(node, entity, key, outside=True), reverse=True)
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    return " ".join(text.split())


def _renamed(node: tree.Node, entity: str, key: str, outside: bool) -> Iterator[tuple[int, int, str]]:
    """Names at the customer's own level get its key before them; the entity's name becomes the key everywhere."""
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
