"""A metric, play or channel that nothing uses is a mistake or clutter."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic, Span
from segdsl.model import expr as k
from segdsl.model.dependencies import everything
from segdsl.model.segment import Meta, Model, Segment, Segmentation


def find(model: Model) -> Iterator[Diagnostic]:
    """Finds unused metrics, plays and channels; a workspace without rules is unfinished, and gets no advice."""
    rules: list[Segment | Segmentation] = [*model.segments.values(), *model.segmentations.values()]
    if not rules:
        return
    roots = [e for r in rules for e in model.definition(r.name)]
    roots += [e for play in model.plays.values() for e in play.expressions]
    roots += [m.body for m in model.metrics.values() if m.outcome] + [p.condition for p in model.properties]
    roots += [e.condition for t in model.tests for e in t.expectations]
    read = list(everything(model, roots))
    measured = {t.measure for r in rules for meta in _metas(r) if (t := meta.target) is not None}
    for e in model.experiments.values():
        measured |= {*e.metrics_before}
    metrics = {n.name for n in read if isinstance(n, k.MetricOf)} | measured
    for metric in model.metrics.values():
        if (
            metric.name not in metrics and not metric.outcome and not metric.title
        ):  # a metric with a title is for people
            is_score = isinstance(metric.body, k.Named) and metric.body.phrase == "score"
            yield _unused("score" if is_score else "metric", metric.name, metric.span)
    arms = [a for s in model.segmentations.values() for a in s.all_arms]
    used_plays = {r.play for r in model.segments.values()} | {a.play for a in arms}
    for play in model.plays.values():
        if play.name not in used_plays:
            yield _unused("play", play.name, play.span)
    used_channels = {play.channel for play in model.plays.values()}
    for channel in model.channels.values():
        if channel.name not in used_channels:
            yield _unused("channel", channel.name, channel.span)


_HELP = {"channel": "name it in a play, or delete it"}


def _metas(rule: Segment | Segmentation) -> list[Meta]:
    return [rule.meta] if isinstance(rule, Segment) else [rule.meta, *(a.meta for a in rule.all_arms)]


def _unused(kind: str, name: str, span: Span | None) -> Diagnostic:
    return Diagnostic(
        "SEG0810",
        f"nothing uses the {kind} `{name}`",
        span,
        help=_HELP.get(kind, "use it in a rule, or delete it"),
        severity="warning",
    )
