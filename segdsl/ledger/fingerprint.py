"""A rule -> a fingerprint of its meaning: the same for the same answers, whatever its layout, titles and plays."""

from __future__ import annotations

import hashlib

from segdsl.model import expr as k
from segdsl.model.segment import Model, Segment, Segmentation
from segdsl.reads import everything


def fingerprint(model: Model, rule: Segment | Segmentation) -> str:
    """16 hexadecimal digits, over the rule, its arms, and every metric and rule it mentions."""
    own = model.definition(rule.name)
    named = sorted({n.name for n in everything(model, own) if isinstance(n, k.MetricOf | k.Member | k.Tally)})
    arms = [a.name for a in rule.all_arms] if isinstance(rule, Segmentation) else []
    where = rule.where is not None
    undecided = rule.undecided is not None if isinstance(rule, Segmentation) else False
    meaning = repr((rule.name, rule.entity, arms, where, undecided, own, [(n, model.definition(n)) for n in named]))
    return hashlib.sha256(meaning.encode()).hexdigest()[:16]
