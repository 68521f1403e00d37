"""Two versions of a workspace -> how its plays, channels and holdouts change, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from segdsl.model import expr as k
from segdsl.model.dependencies import columns, everything, listed_rows
from segdsl.model.play import Play
from segdsl.model.segment import Model
from segdsl.words.plays import said_of_channel, said_of_holdout, said_of_play


@dataclass(frozen=True)
class PlayChange:
    """A play, channel or holdout in two versions. `parts` says what of it changes, as in `cooldown: 30 days → 14 days`."""

    kind: Literal["play", "channel", "holdout"]
    name: str
    status: Literal["added", "removed", "changed"]
    parts: tuple[str, ...] = ()


def play_changes(old: Model, new: Model) -> tuple[PlayChange, ...]:
    """Changes in the order of the new version; what only the old one has stands last."""
    plays = [(m, {n: said_of_play(m, p) for n, p in m.plays.items()}) for m in (old, new)]
    channels = [{n: said_of_channel(c) for n, c in m.channels.items()} for m in (old, new)]
    holdouts = [{n: said_of_holdout(h) for n, h in m.holdouts.items()} for m in (old, new)]
    (_, before), (_, after) = plays
    changes = list(_changes("play", before, after))
    said = {c.name for c in changes}
    changes += [
        PlayChange("play", name, "changed", (f"what it reads means something else: {', '.join(reads)}",))
        for name in new.plays
        if name in old.plays and name not in said
        if (reads := _read_otherwise(old, old.plays[name], new, new.plays[name]))
    ]
    return (*changes, *_changes("channel", *channels), *_changes("holdout", *holdouts))


def _changes(
    kind: Literal["play", "channel", "holdout"],
    before: Mapping[str, Mapping[str, str]],
    after: Mapping[str, Mapping[str, str]],
) -> Iterator[PlayChange]:
    for name in dict.fromkeys([*after, *before]):
        if name not in before or name not in after:
            yield PlayChange(kind, name, "added" if name in after else "removed")
            continue
        then, now = before[name], after[name]
        parts = [
            _part(p, then.get(p, ""), now.get(p, "")) for p in dict.fromkeys([*now, *then]) if then.get(p) != now.get(p)
        ]
        if parts:
            yield PlayChange(kind, name, "changed", tuple(parts))


LONGEST = 80  # of a part that is shown


def _part(part: str, then: str, now: str) -> str:
    """How a part changes; of long texts only that they do."""
    if len(then) > LONGEST or len(now) > LONGEST or "\n" in then + now:
        return f"{part} changes"
    return f"{part}: {then or 'none'} → {now or 'none'}"


def _read_otherwise(old: Model, then: Play, new: Model, now: Play) -> list[str]:
    """Metrics, rules and lists that both versions of a play read, and that are defined otherwise or have other rows."""
    before, after = _reads(old, then), _reads(new, now)
    return [f"`{name}`" for name in after if name in before and before[name] != after[name]]


def _reads(model: Model, play: Play) -> dict[str, object]:
    uses = play.used_for.values()
    suppressed = {s.name: s.condition for u in uses for s in (*u.suppressions, *u.recipient_suppressions)}
    lists = [name for name in columns(model, play.expressions) if name in model.schema.listed]
    names = (n.name for n in everything(model, play.expressions) if isinstance(n, k.MetricOf | k.Member))
    return {
        **suppressed,
        **{name: listed_rows(model, name) for name in lists},
        **{name: model.definition(name) for name in dict.fromkeys(names)},
    }
