"""Why a customer is where it is -> the JSON of the machine contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.ledger.moves import Since
from segdsl.ledger.store import Border
from segdsl.model.clock import Clock
from segdsl.words.explain import Explanation, MetricExplanation


def render(
    clock: Clock,
    explanations: Sequence[Explanation],
    metrics: Sequence[MetricExplanation],
    since: Mapping[str, Since],
    borders: Mapping[str, Sequence[Border]],
) -> str:
    rules = [
        {
            "schema_version": SCHEMA_VERSION,
            **asdict(e),
            "since": _since(since.get(e.rule)),
            "borders": [asdict(b) for b in borders[e.rule]],
        }
        for e in explanations
    ]
    return json_text(
        {
            "as_of": clock.now.isoformat() + "Z",
            "timezone": clock.zone.key,
            "rules": rules,
            "metrics": [{"schema_version": SCHEMA_VERSION, **asdict(m)} for m in metrics],
        }
    )


def _since(since: Since | None) -> dict[str, Any] | None:
    if since is None:
        return None
    return {
        "place": since.place,
        "first": since.first.isoformat() + "Z",
        "before": since.before,
        "causes": list(since.causes),
        "clause": since.clause,
    }
