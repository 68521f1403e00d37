"""Fingerprint of a rule's meaning: equal for equal answers, whatever the layout, titles and plays."""

from __future__ import annotations

import hashlib

from segdsl.model import expr as k
from segdsl.model.dependencies import columns, everything, listed_rows
from segdsl.model.segment import Limit, Model, Segment, Segmentation


def fingerprint(model: Model, rule: Segment | Segmentation) -> str:
    """16 hexadecimal digits over the rule, its arms, and every metric and rule that it reads."""
    definition = model.definition(rule.name)
    nodes = list(everything(model, definition))
    named = sorted({n.name for n in nodes if isinstance(n, k.MetricOf | k.Member | k.Tally)})
    rules = [r for n in (rule.name, *named) if (r := model.segmentations.get(n) or model.segments.get(n)) is not None]
    lists = [(n, listed_rows(model, n)) for n in sorted(columns(model, definition)) if n in model.schema.listed]
    meaning = repr(
        (
            rule.name,
            rule.entity,
            [_form(r) for r in rules],
            definition,
            [(n, model.definition(n)) for n in named],
            lists,
        )
    )
    return hashlib.sha256(meaning.encode()).hexdigest()[:16]


def _form(rule: Segment | Segmentation) -> object:
    """Structure that conditions alone don't show: the arms, and which parts are present."""
    if isinstance(rule, Segment):
        return rule.where is not None, _limit(rule.limit)
    arms = [(a.name, _limit(a.limit)) for a in rule.all_arms]
    return arms, rule.where is not None, rule.undecided is not None, rule.override is not None


def _limit(limit: Limit | None) -> object:
    if limit is None:
        return None
    form = limit.count, limit.group is not None
    return (*form, len(limit.ties)) if limit.ties else form  # fingerprints in ledgers are older than ties
