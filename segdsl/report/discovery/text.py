"""A discovery -> a terminal: the groups with their held-out figures, what was searched, and what was left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path

import click

from segdsl.diagnostics import printable
from segdsl.discover import edit, wording
from segdsl.discover.alias import NEARLY_ALL
from segdsl.discover.decide import LEVEL, SHARE
from segdsl.discover.discover import Discovery
from segdsl.discover.estimate import Held
from segdsl.discover.write import improvement
from segdsl.model.clock import day
from segdsl.report.content.figures import percent
from segdsl.report.layout.terminal import table
from segdsl.words.plural import plural

NOT_BORNE_OUT = "one change, which the held-out figures don't bear out: don't promote it"
_SHOWN = 8  # lines of what was left out


def render(found: Discovery, rules: str | None, written: Path | None) -> str:
    return "\n".join(_lines(found, rules, written))


def _lines(found: Discovery, rules: str | None, written: Path | None) -> Iterator[str]:
    yield click.style(found.request.outcome, bold=True) + f"   as of {day(found.as_of)}"
    yield click.style(headline(found), bold=True)
    if found.exploratory:
        names = ", ".join(found.request.assume_fixed)
        yield f"exploratory: {names} taken as today at every origin; if they change, the groups may know the outcome already"
    yield ""
    yield from _groups(found)
    yield from _suspicious(found)
    yield from _searched(found)
    yield from _left_out(found)
    if written is not None:
        yield ""
        first = "read the change" if found.findings.improved is not None else "fill in goal and owner"
        yield f"wrote {printable(str(written))}: {first}, then segdsl check and segdsl test"
    elif rules is not None:
        yield ""
        yield "the rule file, which -o FILE writes:"
        yield ""
        yield from (printable(line) for line in rules.rstrip("\n").split("\n"))


def headline(found: Discovery) -> str:
    """What was found, in a sentence or two."""
    allowed = f"{LEVEL * 1000:.0f} are allowed"
    if found.findings.improved is not None and found.findings.improved.change is not None:
        change = "one change" if found.findings.improved.is_borne_out else NOT_BORNE_OUT
        return f"found: {change}. Were there nothing to find, chance would do as well in {_often(found.findings.p)} searches ({allowed})"
    if found.findings.learned is not None and found.findings.learned.rule is not None:
        arms, p = len(found.findings.learned.rule.arms), found.findings.learned.p
        groups = f"found: {arms} group{'' if arms == 1 else 's'}"
        return f"{groups}. Were there nothing to find, chance would do as well in {_often(p)} searches ({allowed})"
    if found.findings.subgroups:
        n = len(found.findings.subgroups)
        groups = f"found: {n} group{'' if n == 1 else 's'}"
        return f"{groups}. Were there nothing to find, chance would show any in at most {LEVEL * 1000:.0f} in 1,000 searches"
    if found.findings.p < 1:
        return f"nothing found: chance would do as well in {_often(found.findings.p)} searches ({allowed})"
    return "nothing found"


def _often(p: float) -> str:
    return "fewer than 1 in 1,000" if p < 0.001 else f"{round(p * 1000)} in 1,000"


def least(found: Discovery) -> str:
    """What may have been missed, in a sentence."""
    who = plural(found.entity)
    if found.findings.improved is not None and found.incumbent is not None:
        who = f"{who} of `{found.incumbent.named(found.findings.improved.of)}`, the largest arm,"
    if found.findings.smallest is None:
        return f"so few {who} have the outcome that no group of a fifth of them could have been found"
    return (
        f"that doesn't rule out a group of {SHARE:.0%} of the {who} with up to {found.findings.smallest:.1f} times the rate of the others: "
        "at least one in five such groups would be missed"
    )


def _groups(found: Discovery) -> Iterator[str]:
    heads = [
        "",
        plural(found.entity),
        found.request.outcome,
        "95%",
        "times the others",
    ]
    if found.findings.improved is not None and found.findings.improved.change is not None:
        yield from _improved(found)
    elif found.findings.learned is not None and found.findings.learned.rule is not None:
        rule, held = found.findings.learned.rule, found.findings.learned.held
        conditions = [wording.condition(arm, found.read) for arm in rule.arms]
        named = [*conditions, "undecided: a condition is unknown", "all others"]
        figures = [*held[: rule.otherwise], held[rule.undecided], held[rule.otherwise]]
        rows = [_row(n, h, i < len(rule.arms)) for i, (n, h) in enumerate(zip(named, figures, strict=True))]
        yield table(heads, rows, right=(1, 2))
    elif found.findings.subgroups:
        rows = [_row(wording.condition(g.rule.arms[0], found.read), g.held) for g in found.findings.subgroups]
        yield table(heads, rows, right=(1, 2))
        yield "groups may overlap"
    else:
        yield least(found)


def _improved(found: Discovery) -> Iterator[str]:
    """The change, whom it moves, and the changed segmentation."""
    assert (
        found.incumbent is not None
        and found.findings.improved is not None
        and found.findings.improved.change is not None
    )
    change, held = found.findings.improved.change, found.findings.improved.held
    yield from (printable(line) for line in improvement(found))
    yield ""
    names = edit.arms(found.incumbent, change, found.read, found.findings.adds_undecided)
    undecided = change.rule.undecided
    names[undecided] = names[undecided] or "in no arm: a condition is unknown"
    if found.findings.adds_undecided:
        names[undecided] += " (added)"
    order = [*range(len(change.rule.arms)), undecided, change.rule.otherwise]
    rows = [_row(printable(names[place]), held[place], with_ratio=False)[:-1] for place in order]
    yield table(["", plural(found.entity), found.request.outcome, "95%"], rows, right=(1, 2))


def _row(name: str, held: Held, with_ratio: bool = True) -> list[str]:
    if not held.rows:
        return [name, "0", "", "", ""]
    high = f"{held.times_high:.1f}" if isfinite(held.times_high) else "∞"
    times = f"{held.times:.1f} ({held.times_low:.1f} to {high})" if with_ratio and isfinite(held.times) else ""
    return [name, f"{held.rows:,}", percent(held.rate), f"{percent(held.low)} to {percent(held.high)}", times]


def _suspicious(found: Discovery) -> Iterator[str]:
    if found.suspicious:
        yield ""
    for name, why in found.suspicious.items():
        if why.bounds == "left":
            yield f"suspicious: `{printable(name)}` says who has left by now, as if it were written afterwards and weren't `fixed`"
            continue
        if why.apart >= NEARLY_ALL:
            said = f"tells {percent(why.apart)} of the pairs with and without {found.request.outcome} apart"
        elif why.bounds == "nobody":
            said = f"has values with which nobody has {found.request.outcome}, those of most {plural(found.entity)}"
        else:
            said = f"has values with which everybody has {found.request.outcome}"
        yield f"suspicious: `{printable(name)}` {said}, as if it were the outcome under another name"
    if found.suspicious:
        it, its = ("it is", "its") if len(found.suspicious) == 1 else ("they are", "their")
        yield f"{it} left out, with all that reads the same table or field: look at when {its} rows are written, and under which day"


def _searched(found: Discovery) -> Iterator[str]:
    o, who = found.origins, plural(found.entity)
    yield ""
    for role, text, days in (
        ("searched", "searched", o.searched),
        ("validation", "decided by", (o.validation,)),
        ("report", "figures of", o.report),
    ):
        c = found.counted[role]
        many = f"{c.customers:,} {plural(found.entity, c.customers)}"
        yield f"{text:10} {many} as of {_days(days)}: {c.events:,} of {c.rows:,} with the outcome"
    yield f"{'left':10} {_days(o.experiment)}, for an experiment"
    yield "the three groups are different customers; an interval is for customers like these, in such a period"
    if (
        found.findings.improved is not None
        and found.findings.improved.change is not None
        and found.findings.improved.cost
    ):
        yield f"rounding the borders cost {percent(found.findings.improved.cost)} of what the arms explain"
    if found.findings.learned is not None and found.findings.learned.rule is not None:
        yield f"rounding the borders cost {percent(found.findings.learned.cost)} of what they explain"
    if found.sampled < 1:
        yield f"read from a sample: {percent(found.sampled)} of the {who}"
    if found.unknown:
        yield f"left out: {found.unknown:,} whose outcome is unknown"
    if found.leavers_missing:
        yield (
            f"`{found.entity}` has no end (`from … to …`): if {who} who left are deleted from the data, "
            "those of earlier days are missing here, and the rates are too low or too high"
        )


def _left_out(found: Discovery) -> Iterator[str]:
    yield ""
    yield f"{len(found.read):,} feature{' was' if len(found.read) == 1 else 's were'} searched"
    if assumable := [e for e in found.excluded if e.line]:
        yield "not known as they were on an earlier day, so left out; the line that would admit each, where it is true:"
        yield from (f"  {printable(e.line)}" for e in assumable[:_SHOWN])
        yield from _more(len(assumable))
        yield f"  or, to explore: --assume-fixed {', '.join(printable(e.name) for e in assumable[:3])}"
    by_reason: dict[str, list[str]] = {}
    for name, because in [(e.name, e.because) for e in found.excluded if not e.line] + [
        (x.name, x.because) for x in found.left_out
    ]:
        by_reason.setdefault(because, []).append(name)
    for because, names in list(by_reason.items())[:_SHOWN]:
        yield (
            f"left out: {_some(names)}, which {because}"
            if len(names) == 1
            else f"left out: {_some(names)}: each {because}"
        )
    yield from _more(len(by_reason))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(printable(n) for n in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _more(count: int) -> Iterator[str]:
    if count > _SHOWN:
        yield f"  and {count - _SHOWN} more, which --format json lists"


def _days(days: Sequence[object]) -> str:
    return ", ".join(day(d) for d in days)  # type: ignore[arg-type]
