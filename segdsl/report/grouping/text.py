"""A grouping -> a terminal: the groups with what marks them out, how well the rules tell them, and what was left out and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from segdsl.diagnostics import printable
from segdsl.discover import wording
from segdsl.discover.groups.decide import LEVEL
from segdsl.discover.groups.groups import FEWEST_CUSTOMERS, Grouping
from segdsl.discover.groups.wording import mark_text, names, often
from segdsl.lang.reserved import RESERVED
from segdsl.model.clock import day
from segdsl.report.content.figures import percent
from segdsl.words.plural import plural

_SHOWN = 8  # lines of what was left out


def render(found: Grouping, rules: str | None, written: Path | None) -> str:
    return "\n".join(_lines(found, rules, written))


def _lines(found: Grouping, rules: str | None, written: Path | None) -> Iterator[str]:
    yield click.style(f"groups of {plural(found.entity)}", bold=True) + f"   as of {day(found.as_of)}"
    yield click.style(headline(found), bold=True)
    yield ""
    if found.is_found:
        yield from _groups(found)
    else:
        yield from _why(found)
    yield from _searched(found)
    yield from _left_out(found)
    if written is not None:
        yield ""
        yield f"wrote {printable(str(written))}: fill in goal and owner, then segdsl check and segdsl test"
    elif rules is not None:
        yield ""
        yield "the rule file, which -o FILE writes:"
        yield ""
        yield from (printable(line) for line in rules.rstrip("\n").split("\n"))


def headline(found: Grouping) -> str:
    """What was found, in a sentence or two."""
    decision = found.learned.decision
    if found.is_found and decision is not None:
        return (
            f"found: {len(found.learned.groups)} groups. One group would look as much like several in {often(decision.p)} cases "
            f"({LEVEL * 1000:.0f} are allowed)"
        )
    return "no groups found"


def _why(found: Grouping) -> Iterator[str]:
    decision, who = found.learned.decision, plural(found.entity)
    if sum(found.counted) < FEWEST_CUSTOMERS or decision is None:
        yield f"so few {who} that groups could not be told from chance: it takes {FEWEST_CUSTOMERS} at least"
    elif found.learned.without_rules:
        yield f"there are groups of {who}, but no rules of a few conditions tell them apart"
    elif decision.one_group is None:
        yield f"{who} differ, but without gaps: wherever they are divided, as many are at the border as on either side of it,"
        yield "up to chance. A border between them is a decision of yours, not something that the data shows."
    elif decision.stability is None:
        yield f"{who} spread as one group does whose numbers go together as these do: the gaps are those of single numbers"
    else:
        yield f"what looks like groups doesn't come back when half of the {who} are looked at"
    yield (
        f"Not seen this way: groups that overlap, that have fewer than a twentieth of the {who}, or that differ in a single number "
        "or in facts alone"
    )


def _groups(found: Grouping) -> Iterator[str]:
    learned = found.learned
    assert learned.rules is not None and learned.fidelity is not None
    n = found.counted[2]
    conditions = [wording.condition(arm, found.read) for arm in learned.rules.rule.arms]
    for name, condition, group in zip(
        names(learned, found.read, RESERVED), [*conditions, ""], learned.groups, strict=True
    ):
        share = percent(group.customers / n) if n else ""
        yield (
            click.style(printable(name), bold=True)
            + f"   {group.customers:,} of {n:,} {plural(found.entity, n)} ({share})"
        )
        yield f"  {'when ' + printable(condition) if condition else 'all others'}"
        for mark in group.marks:
            yield f"  {printable(mark_text(mark, found.read))}"
    if learned.undecided:
        yield f"undecided, since a condition is unknown: {learned.undecided:,} of {n:,}"
    yield ""
    same = learned.fidelity
    yield (
        f"the rules put {percent(same.share)} of {plural(found.entity)} into their group (95% interval {percent(same.low)} to "
        f"{percent(same.high)}), of {same.customers:,} that neither groups nor rules had seen; what is said of groups is of these, too"
    )
    yield "no p-values for what marks groups out: the groups were made by it"


def _searched(found: Grouping) -> Iterator[str]:
    clustered, decided, others = found.counted
    learned, who = found.learned, plural(found.entity)
    yield ""
    if sum(found.counted) < FEWEST_CUSTOMERS:
        yield f"{sum(found.counted):,} {plural(found.entity, sum(found.counted))} were looked at"
        return
    yield f"clustered  {clustered:,} {plural(found.entity, clustered)}, by {_many(len(learned.numbers), 'number')}"
    yield f"decided by {decided:,} others{'; then made anew of both' if found.is_found else ''}"
    yield f"figures of {others:,} others"
    if learned.decision is not None and learned.decision.stability is not None:
        yield f"in halves of the {who}, the same groups come back with an adjusted Rand index of {learned.decision.stability:.2f}"
    if found.sampled < 1:
        yield f"read from a sample: {percent(found.sampled)} of the {who}"


def _many(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _left_out(found: Grouping) -> Iterator[str]:
    learned = found.learned
    yield ""
    if learned.numbers:
        yield f"numbers that make groups: {_some(list(learned.numbers))}"
    if learned.facts:
        yield f"facts, which divide by their nature and make none: {_some(list(learned.facts))}"
    if found.excluded:
        yield f"not known as they were on {day(found.as_of)}, so left out: {_some([e.name for e in found.excluded])}"
    by_reason: dict[str, list[str]] = {}
    for left in found.left_out:
        if left.name not in learned.facts:
            by_reason.setdefault(left.because, []).append(left.name)
    for because, names_ in list(by_reason.items())[:_SHOWN]:
        if len(names_) == 1:
            yield f"left out: {_some(names_)}, which {printable(because)}"
        else:
            yield f"left out: {_some(names_)}: each {printable(because)}"
    if len(by_reason) > _SHOWN:
        yield f"  and for {len(by_reason) - _SHOWN} more reasons, which --format json lists"


def _some(names_: list[str]) -> str:
    shown = ", ".join(printable(n) for n in names_[:3])
    return shown if len(names_) <= 3 else f"{shown} and {len(names_) - 3} more"
