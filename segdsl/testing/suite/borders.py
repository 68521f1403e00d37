"""Choose the fewest made-up customers (of `offers.py`) on every border of a rule, for `test new`.

Each condition is true, false and unknown for one of them; each threshold is approached from both sides.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from segdsl.model import dependencies
from segdsl.model import expr as k
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.testing.customers.closing import as_ofs_for
from segdsl.testing.customers.search import Example
from segdsl.testing.mutants.mutants import declarations
from segdsl.testing.mutants.score import score
from segdsl.testing.run.coverage import Observations, coverage
from segdsl.testing.suite.offers import closers, killers
from segdsl.testing.suite.suite import Suite

_BORDERS = ("threshold", "comparison", "window resized", "list member", "latest N")


def borders(
    suite: Suite, rule: Segment | Segmentation, as_of: dt.date | None = None, otherwise: dt.date | None = None
) -> list[Example]:
    """As few examples as show all borders that were found, in the order of the rule, as of a time, else of the other
    tests' day, and where there is none, of `otherwise`.
    """
    model = suite.workspace.model
    names = {rule.name, *_metrics_of(model, rule)}
    everything = coverage(model, Observations())
    of_rule = replace(everything, conditions=tuple((c, s) for c, s in everything.conditions if c.of in names))
    of_names = [d for d in declarations(suite.workspace.files) if d.name.text in names]
    scored = score(of_names, (), suite.resolver, suite.workspace.zone)
    at_borders = replace(scored, survivors=tuple(m for m in scored.survivors if m.mutation.operator in _BORDERS))
    as_of = as_of or as_ofs_for(suite.tests, model.schema, otherwise)[0]  # a fixture folder has one as-of
    offers = [*closers(suite, of_rule, of=rule, as_of=as_of), *killers(suite, at_borders, of=rule, as_of=as_of)]
    return [o.example for o in offers if o.example is not None]


def _metrics_of(model: Model, rule: Segment | Segmentation) -> set[str]:
    return {n.name for n in dependencies.everything(model, model.definition(rule.name)) if isinstance(n, k.MetricOf)}
