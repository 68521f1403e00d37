"""A profile -> its figures and sentences, as every format shows them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from segdsl.features.recipe import PERSONAL, SENSITIVE, Feature
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import day
from segdsl.profile import differences as d
from segdsl.profile.counts import Value
from segdsl.profile.profile import Change, Entry, Marks, Profile
from segdsl.words.plural import plural

NAMED = 4
"""Names that a sentence lists."""
LARGE = 0.5
"""A share of the others from which a difference is in points: nothing is three times as frequent as a half."""
READ = "made of what the rule reads"
LEGEND = (
    "sd: standard deviations between the two averages; times: how many times as often. In brackets where the figure lies with 95 % "
    "confidence. It says what goes together, not what causes what."
)


def plain(x: float) -> str:
    """A number to three digits that mean something: 1,207; 43.6; 0.17."""
    if math.isnan(x):
        return "–"
    size = abs(x)
    digits = 0 if size >= 100 or x == round(x) else 1 if size >= 10 else 2
    if 0 < size < 0.01:
        return f"{x:.2g}".replace("-", "\u2212")
    return f"{x:,.{digits}f}".replace("-", "\u2212")


def share(x: float) -> str:
    """A share in whole percent, or to a tenth where it is small."""
    if math.isnan(x):
        return "–"
    return f"{x:.0%}" if x >= 0.1 or x == 0 else f"{x:.1%}"


def figure(feature: Feature, x: float) -> str:
    """A number of a feature, as an average or of one customer."""
    if isinstance(feature.expr.type, ty.Money):
        return f"{feature.expr.type.currency} {plain(x)}" if not math.isnan(x) else "–"
    if isinstance(feature.expr, k.Aggregate) and feature.expr.function == k.Function.SHARE:
        return share(x)
    return plain(x)


def of_group(value: Value, summary: d.Summary) -> str:
    """The average, or the share, in a group."""
    return figure(value.feature, summary.mean) if value.kind == "number" else share(summary.mean)


def of_customer(feature: Feature, value: Any) -> str:
    if value is None:
        return "missing"
    if isinstance(value, str):
        return value
    return ("yes" if value else "no") if feature.kind == "yes or no" else figure(feature, value)


def apart(entry: Entry) -> str:
    """The difference with its interval: of shares the lift, or in points where the others' share is too large for one."""
    x = entry.difference
    assert x is not None
    if entry.value.kind != "number":
        return _apart_of_shares(entry, x)
    if math.isinf(x.effect):
        return "one value here, another there"
    low, high = x.interval
    sign = "+" if x.effect > 0 else ""
    return f"{sign}{plain_effect(x.effect)} sd ({plain_effect(low)} to {plain_effect(high)})"


def _apart_of_shares(entry: Entry, x: d.Difference) -> str:
    if entry.lift is None:
        return "only here"
    if not entry.group.yes:
        return "never here"
    if entry.others.mean < LARGE:
        return f"{plain(entry.lift.ratio)} times ({plain(entry.lift.low)} to {plain(entry.lift.high)})"
    points = [f"{v * 100:.0f}".replace("-", "\u2212") for v in (x.apart, x.low, x.high)]
    sign = "+" if x.apart > 0 else ""
    return f"{sign}{points[0]} points ({points[1]} to {points[2]})"


def plain_effect(x: float) -> str:
    return f"{x:.1f}".replace("-0.0", "0.0").replace("-", "\u2212")


def people(p: Profile) -> str:
    """How many are compared with how many."""
    total, many = sum(p.sizes.groups), plural(p.entity)
    if p.against == "the other arms":
        said = f"{total:,} {plural(p.entity, total)} in {len(p.names)} arms, each arm compared with the others"
    elif p.against == "the others":
        first, others = p.sizes.groups
        said = f"{first:,} of {total:,} {plural(p.entity, total)}, compared with the other {others:,}"
    else:
        first, others = p.sizes.groups
        said = f"{first:,} {plural(p.entity, first)}, compared with {others:,} of {p.against}"
    if p.sizes.both:
        said += f"; {p.sizes.both:,} who are in both are left out"
    if p.sizes.unknown:
        said += f"; of {p.sizes.unknown:,} {plural(p.entity, p.sizes.unknown)} it is unknown"
    if total:
        return said
    if p.sizes.unknown:
        return f"no {many} to compare: of all {p.sizes.unknown:,} it is unknown whether they are in `{p.name}`"
    return f"no {many} to compare"


def nothing(p: Profile, marks: Marks) -> str:
    """Why a group has no list; "" where it has one."""
    others = sum(p.sizes.groups) - marks.customers
    if not marks.customers and p.sizes.unknown:
        many = f"{p.sizes.unknown:,} {plural(p.entity, p.sizes.unknown)}"
        return f"nobody is known to be in `{marks.name}`: of {many} it is unknown"
    if not marks.customers:
        return f"nobody is in `{marks.name}`, so nothing marks them out"
    if not others:
        return f"everybody is in `{marks.name}`, so there is nobody to compare them with"
    if marks.customers < d.FEWEST:
        few = f"{marks.customers} {plural(p.entity, marks.customers)}"
        return f"{few} in `{marks.name}`: fewer than {d.FEWEST} can't be told from chance"
    if others < d.FEWEST:
        return (
            f"only {others} {plural(p.entity, others)} to compare with: fewer than {d.FEWEST} can't be told from chance"
        )
    if not any(e.difference is not None for e in marks.entries):
        return "nothing can be compared: each feature has one value for all, or hardly any values"
    if not marks.strongest():
        return f"nothing marks `{marks.name}` out beyond chance"
    return ""


def tested(p: Profile) -> Iterator[str]:
    """What was tried, and how chance was held off."""
    tests = [e for m in p.marks for e in m.entries if e.q is not None]
    beyond = sum(e.is_beyond_chance for e in tests)
    if tests:
        compared = f"{p.compared:,} of {p.features:,} feature{'' if p.features == 1 else 's'} could be compared"
        line = f"{compared}, in {p.tests:,} test{'' if p.tests == 1 else 's'} beside what the rule reads"
        if beyond:
            line += (
                f": {beyond:,} differ{'' if beyond != 1 else 's'} beyond chance, on average at most {d.FALSE_DISCOVERIES:.0%} of these "
                f"by chance after all (Benjamini\u2013Hochberg); {sum(e.is_clear for e in tests):,} of them by {d.NEGLIGIBLE:g} sd or "
                "more, of which one of each kind is listed"
            )
        else:
            line += ": none differs beyond chance (Benjamini\u2013Hochberg)"
        yield line
    for name, values in p.too_many[:NAMED]:
        yield f"`{name}` has {values:,} values, none of them shared by {d.FEWEST} {plural(p.entity)}"


def left_out(p: Profile) -> str:
    """What wasn't looked at, by reason."""
    names: dict[str, list[str]] = {}
    for x in p.left_out:
        reason = "personal" if PERSONAL in x.because else "sensitive" if SENSITIVE in x.because else x.because
        names.setdefault(reason, []).append(x.name)
    said = []
    for reason, of_reason in names.items():
        more = f" and {len(of_reason) - NAMED} more" if len(of_reason) > NAMED else ""
        said.append(f"{', '.join(of_reason[:NAMED])}{more} ({reason})")
    return f"left out: {'; '.join(said)}" if said else ""


def typical_heads(p: Profile, marks: Marks) -> list[str]:
    return [f"{t.name} ({share(t.share)})" for t in marks.typical]


def typical_rows(marks: Marks, most: int) -> list[list[str]]:
    """What marks the group out, of each typical customer."""
    rows = []
    for feature in list(dict.fromkeys(e.value.feature for e in marks.strongest()))[:most]:
        values = [dict(t.values).get(feature) for t in marks.typical]
        rows.append([feature.text, *(of_customer(feature, v) for v in values)])
    return rows


def change_heads(p: Profile) -> list[str]:
    assert p.since is not None
    then, now = day(p.since.then.today), day(p.clock.today)
    return ["what changed more than for the others", then, now, f"{p.against}: {then}", now]


def change_row(c: Change) -> list[str]:
    return [c.value.text, *(of_group(c.value, s) for s in (c.then, c.now, c.others_then, c.others_now))]


def since(p: Profile, g: int) -> str:
    """How many a group had then, and has now."""
    assert p.since is not None
    then, now = p.since.customers[g], p.sizes.groups[g]
    had = f"`{p.names[g]}` had {then:,} {plural(p.entity, then)} on {day(p.since.then.today)}, and has {now:,}"
    return f"{had}; they need not be the same, and changes are described, not tested"


def not_compared(p: Profile) -> Iterator[str]:
    """What of an earlier day isn't known."""
    assert p.since is not None
    if p.since.leaks:
        yield f"the rule is evaluated with today's values where earlier ones are gone: {'; '.join(p.since.leaks[:NAMED])}"
    if fields := p.since.unknown_then:
        more = f" and {len(fields) - NAMED} more" if len(fields) > NAMED else ""
        yield f"not compared, since earlier values aren't known: {', '.join(fields[:NAMED])}{more}"
