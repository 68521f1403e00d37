"""A grouping -> the JSON of the machine contract."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.discover import wording
from segdsl.discover.groups.decide import LEVEL
from segdsl.discover.groups.groups import Grouping
from segdsl.discover.groups.wording import names
from segdsl.lang.reserved import RESERVED


def render(found: Grouping, rules: str | None, written: Path | None) -> str:
    learned = found.learned
    decision, same = learned.decision, learned.fidelity
    clustered, decided, others = found.counted
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "entity": found.entity,
            "as_of": str(found.as_of),
            "found": found.is_found,
            "level": LEVEL,
            "p": decision.p if decision is not None else None,
            "p_one_peak": decision.one_peak if decision is not None else None,
            "p_one_group": decision.one_group if decision is not None else None,
            "stability": decision.stability if decision is not None else None,
            "without_rules": learned.without_rules,
            "groups": _groups(found),
            "undecided": learned.undecided if found.is_found else None,
            "fidelity": {
                "same": same.same,
                "customers": same.customers,
                "share": same.share if isfinite(same.share) else None,
                "low": same.low,
                "high": same.high,
            }
            if same is not None
            else None,
            "customers": {"clustered": clustered, "decided": decided, "estimated": others},
            "sampled": found.sampled,
            "seed": found.request.seed,
            "numbers": list(learned.numbers),
            "facts": list(learned.facts),
            "excluded": [{"field": e.name, "because": e.because} for e in found.excluded],
            "left_out": [{"name": x.name, "because": x.because} for x in found.left_out],
            "rules": rules,
            "file": str(written) if written is not None else None,
        }
    )


def _groups(found: Grouping) -> list[dict[str, Any]]:
    rules = found.learned.rules
    if rules is None:
        return []
    conditions = [wording.condition(arm, found.read) for arm in rules.rule.arms]
    return [
        {
            "name": name,
            "when": condition,
            "customers": group.customers,
            "marks": [
                {
                    "feature": m.clause.feature,
                    "what": "share" if m.is_share else "median",
                    "of": wording.clause_text(m.clause, found.read[m.clause.feature]) if m.is_share else None,
                    "inside": m.inside,
                    "outside": m.outside,
                }
                for m in group.marks
            ],
        }
        for name, condition, group in zip(
            names(found.learned, found.read, RESERVED), [*conditions, None], found.learned.groups, strict=True
        )
    ]
