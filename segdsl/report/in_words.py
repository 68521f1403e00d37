"""What a result says to whoever decides what to do: what was compared, how much better, how sure, what next. Figures come after."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Literal, assert_never

from segdsl.compare.memberships import OUT
from segdsl.experiment.history.backtest import Result
from segdsl.experiment.pilot.effect import Effect
from segdsl.experiment.pilot.holdouts import HeldOut
from segdsl.experiment.pilot.measures import Result as Randomised
from segdsl.experiment.planning.plan import PilotPlan
from segdsl.experiment.shared.sample_size import units_per_arm, z_total
from segdsl.model.clock import day
from segdsl.model.experiment import Assigned, Backtest, Experiment, External, Replay
from segdsl.report.experiment import (
    beside_registered,
    chance,
    lacking,
    listed,
    percent,
    small,
    smallest,
)
from segdsl.report.pilot import allowed, difference, in_points, measured

Label = Literal["compared", "how much", "in money", "how sure", "held out", "next"]
Said = tuple[Label, str]


def of_backtest(r: Result) -> tuple[Said, ...]:
    return tuple(_of_backtest(r))


def of_randomised(r: Randomised) -> tuple[Said, ...]:
    """Of a pilot or a replay."""
    return tuple(_of_randomised(r))


# -- a backtest ------------------------------------------------------------------------


def _of_backtest(r: Result) -> Iterator[Said]:
    e, j = r.experiment, r.judged
    who = f"{j.estimate.clusters:,} {e.entity}s" if e.cluster is None and j.estimate.clusters else f"the {e.entity}s"
    yield (
        "compared",
        f"{r.candidate} with {e.incumbent}: which of the two would have known better whom {e.primary.outcome} happens to? Both were asked of {who} {_days(r.design)}, "
        f"by what was known then, and held against what had happened by {day(r.until)}. Nobody was treated.",
    )
    if j.is_shown:
        yield "how much", _how_much(r)
        if money := _held(r):
            yield "in money", money
        yield "how sure", " ".join(_how_sure(r))
    elif (x := j.expected) is not None:
        yield "how sure", f"{_sentence(chance(x))} {_sentence(smallest(x, float(e.power), e.entity))}"
    yield "next", _next(r)


def _days(design: Backtest) -> str:
    first, last = design.origins[0], design.origins[-1]
    return f"on {day(first)}" if first == last else f"on {len(design.origins)} days from {day(first)} to {day(last)}"


def _first(r: Result) -> str:
    """Those who are reached first, by the rates of a segmentation."""
    called = "you call first" if r.experiment.primary.better == "lower" else "with the highest rates"
    return f"the tenth of {r.experiment.entity}s {called}"


def _how_much(r: Result) -> str:
    e, j = r.experiment, r.judged
    before, after = (d.top_tenth for d in r.described)
    if before is None or after is None:
        return f"{r.candidate} leaves {percent(abs(j.skill[0]))} {'less' if j.skill[0] >= 0 else 'more'} of {e.primary.outcome} unforetold than {e.incumbent}."
    on = " on each day" if len(j.origins) > 1 else ""
    told = f"Of 100 {e.entity}s with {e.primary.outcome}, {_first(r)}{on} holds {after * 100:.0f} by {r.candidate} instead of {before * 100:.0f} by {e.incumbent}."
    return f"{told} That much may be chance." if j.estimate.low <= 0 <= j.estimate.high else told


def _held(r: Result) -> str:
    """What those are worth today who would be reached first, by each of the two; "" where nothing says what they are worth."""
    c, e = r.comparison, r.experiment
    if c is None or not c.money:
        return ""
    field, currency = c.money.split(", ")
    held = [_worth_of_first(r, side) for side in (0, 1)]
    return (
        f"{_first(r).capitalize()} today holds {currency} {held[1]:,.0f} of {field} by {r.candidate}, {currency} {held[0]:,.0f} by {e.incumbent}: "
        "what they are worth, not what a call would save."
    )


def _worth_of_first(r: Result, side: int) -> float:
    """Of the tenth with the highest rates as of the day of the data; a segment on the border counts in part."""
    c, e = r.comparison, r.experiment
    assert c is not None
    rate = {s.place: s.observed for s in r.judged.segments if s.rule == (e.incumbent, r.candidate)[side]}
    sizes, worth = dict[str, int](), dict[str, float]()
    for move, n in c.moves.items():
        if move[side] != OUT:
            sizes[move[side]] = sizes.get(move[side], 0) + n
            worth[move[side]] = worth.get(move[side], 0.0) + c.worth_by_move[move]
    room, held = sum(sizes.values()) / 10, 0.0
    for place in sorted(sizes, key=lambda p: -rate.get(p, 0.0)):
        taken = min(room, sizes[place])
        held, room = held + worth[place] * taken / sizes[place], room - taken
    return held


def _how_sure(r: Result) -> Iterator[str]:
    e, j = r.experiment, r.judged
    mid, low, high = j.skill
    ahead = sum(o.gain > 0 for o in j.origins)
    yield (
        f"Of what couldn't be foretold of {e.primary.outcome} without any segmentation, in the windows that the rates were learned from, {r.candidate} foretells {percent(mid)} beyond {e.incumbent} (the gain in skill), "
        f"between {percent(low)} and {percent(high)} with {_confidence(j.alpha)} confidence."
    )
    yield _by_chance(j.estimate.p)
    if len(j.origins) > 1:
        yield f"It was ahead on {ahead} of the {len(j.origins)} days."
    yield _sentence(beside_registered(j))
    if missing := lacking(j):
        yield f"What isn't shown: {listed(missing)}."


def _next(r: Result) -> str:
    e, j, c = r.experiment, r.judged, r.comparison
    word, reason = j.verdict.word, j.verdict.reason
    match word:
        case "INVALID":
            return f"Mend what is marked ✗ below, then run it again.{_may_change(r.evidence == 'exploratory')}"
        case "NOT ANSWERABLE":
            return f"{asked_instead(e.entity)}{_may_change(r.evidence == 'exploratory')}"
        case "PROMOTE TO PILOT":
            many = "" if c is None else f" (today {c.other_play:,} of {c.customers:,} {e.entity}s would get another)"
            return f"Try its plays on a part of those who would get another one{many}: declare a pilot, and ask `segdsl experiment design` how many and how long. Only that can tell whether they help."
        case "PROMOTE":
            return f"`segdsl promote {r.candidate}` puts it in {e.incumbent}'s place: nobody's play changes by it."
        case "KEEP" | "CONTINUE":
            pass
        case _:
            assert_never(word)
    if reason == "foretells worse":
        return f"Keep {e.incumbent}. The segments below show where the candidate goes wrong."
    if reason == "effect ruled out":
        return f"Keep {e.incumbent}: what there may be is less than was wanted. Another idea is another experiment."
    if r.evidence in ("crossfit", "exploratory"):
        return "Declare it under a new name, on four days with a window before them, and run that."
    return f"Keep {e.incumbent} for now, and ask again with another quarter as a further day. {asked_instead(e.entity)}"


# -- a pilot or a replay -----------------------------------------------------------------


def _of_randomised(r: Randomised) -> Iterator[Said]:
    p = r.piloted
    if p.customers:
        yield "compared", _arms(r)
    if p.primary is not None:
        yield "how much", _how_many(r, p.primary)
        if money := _net(r):
            yield "in money", money
        yield "how sure", " ".join(_how_sure_of(r, p.primary))
    if r.held_out is not None:
        yield "held out", _all_plays(r, r.held_out)
    yield "next", _next_of(r)


def _arms(r: Randomised) -> str:
    e, p = r.experiment, r.piloted
    among = f"{p.differ:,} of {p.customers:,} {e.entity}s to whom the two give different plays"
    who = f"{r.candidate}'s plays with {e.incumbent}'s, by {measured(e.primary)}, among the {among}"
    n = "" if p.primary is None else f": {p.primary.candidate.n:,} and {p.primary.incumbent.n:,} whose outcome is known"
    match r.design:
        case Assigned():
            return f"{who}{n}. Chance decided who got which."
        case External():
            return f"{who}{n}. Another tool decided who got which, by chance as it was declared."
        case Replay():
            return f"{who}{n}. It is reckoned from a log of plays that were given by chance."
        case _:
            assert_never(r.design)


def _how_many(r: Randomised, main: Effect) -> str:
    """Per hundred where it is a yes or no, and of all of them."""
    e, p = r.experiment, r.piloted
    m = e.primary
    if not main.is_share:
        per = e.entity if m.per is None else f"unit of {m.per}"
        told = f"{measured(m)} is {small(main.candidate.mean)} per {per} with {r.candidate}, {small(main.incumbent.mean)} with {e.incumbent}."
        return f"{told} {_adjusted(r, main)}: {_further(main.estimate)} per {per}, between {_further(main.low)} and {_further(main.high)}."
    of_100 = f"Of 100 {e.entity}s, {main.candidate.mean * 100:.1f} have {m.outcome} with {r.candidate}, {main.incumbent.mean * 100:.1f} with {e.incumbent}."
    low, high = sorted((main.low * p.differ, main.high * p.differ))
    return f"{of_100} {_adjusted(r, main, f'of all {p.differ:,}')}: {_more(main.estimate * p.differ)}, between {_more(low)} and {_more(high)}."


def _more(n: float) -> str:
    return f"{abs(n):,.0f} {'more' if n >= 0.5 else 'fewer'}" if abs(n) >= 0.5 else "as many"


def _adjusted(r: Randomised, main: Effect, of: str = "the difference") -> str:
    """What the difference is of, and what it was adjusted for: then it isn't that of the two means."""
    by = f"Adjusted for {r.experiment.analysis.adjust}, of which chance gave one arm more, {of}" if main.theta else of
    return by[0].upper() + by[1:]


def _further(value: float) -> str:
    return f"{small(abs(value))} {'more' if value >= 0 else 'less'}"


def _net(r: Randomised) -> str:
    """What the change is worth to all whose play differs, after the cost of plays."""
    w, n = r.piloted.worth, r.piloted.differ
    if w is None:
        return ""
    net = [value * n for value in w.net]
    costs = f"cost {w.currency} {abs(w.cost) * n:,.0f} {'more' if w.cost >= 0 else 'less'}"
    return f"At {w.currency} {w.each:,.0f} each, and with plays that {costs}: {_amount(w.currency, net[0])} for all of them, between {_amount(w.currency, net[1])} and {_amount(w.currency, net[2])}."


def _amount(currency: str, value: float) -> str:
    return f"{currency} {abs(value):,.0f} {'gained' if value >= 0 else 'lost'}"


def _all_plays(r: Randomised, h: HeldOut) -> str:
    """What all plays do together against none, by the primary."""
    e = r.experiment
    if not h.outcomes or h.outcomes[0].is_too_few(h.alpha):
        return "What all plays together do against none can't be said by those who were held out: the figures say why."
    t = h.outcomes[0].effect
    if t.is_share:
        told = f"of 100 {e.entity}s in an arm, whichever, {t.candidate.mean * 100:.1f} have {e.primary.outcome}, of 100 held out {t.incumbent.mean * 100:.1f}"
    else:
        per = e.entity if e.primary.per is None else f"unit of {e.primary.per}"
        told = f"{measured(e.primary)} is {small(t.candidate.mean)} per {per} in an arm, whichever, {small(t.incumbent.mean)} held out"
    return (
        f"All plays together against none: {told}. The difference is {difference(t)}, by {t.incumbent.n:,} who were held out. {_by_chance(h.outcomes[0].p)} "
        "The verdict doesn't hang on it."
    )


def _how_sure_of(r: Randomised, main: Effect) -> Iterator[str]:
    p = r.piloted
    if p.no_worse is None:
        yield f"The ranges hold with {_confidence(_level(r))} confidence{_because(r)}."
        yield _by_chance(main.p)
    else:
        worst = p.no_worse.effect.good(p.no_worse.measure.better)[1]
        shown = f"{small(abs(worst) * 100)} points" if main.is_share else small(abs(worst))
        state = f"{shown} {'better' if worst > 0 else 'worse'}"
        yield f"At worst it is {state}, with {_confidence(_level(r) / 2)} confidence{_because(r)}; {allowed(r)} worse was allowed."
    for g in p.guardrails:
        state = (
            "isn't worse by more than allowed"
            if g.holds
            else "got worse"
            if g.harmed
            else "may have got worse by more than allowed"
        )
        yield f"{g.measure.outcome} {state}."
    if missing := [name for name, held in p.needed if not held]:
        yield f"What isn't shown: {listed(missing)}."


def _level(r: Randomised) -> float:
    """The two-sided error of the interval: that of all looks together where there are several."""
    return float(r.experiment.alpha) / len(r.experiment.candidates) if r.looks else r.piloted.alpha


def _because(r: Randomised) -> str:
    """What a confidence holds of, where it isn't of one comparison seen once."""
    candidates, alpha = len(r.experiment.candidates), float(r.experiment.alpha)
    looks = ", over all looks together" if len(r.looks) > 1 else ""
    shared = f", since {candidates} candidates share the error of {alpha * 100:.3g}%" if _level(r) < alpha else ""
    return looks + shared


def _next_of(r: Randomised) -> str:
    e, p = r.experiment, r.piloted
    word, reason = p.verdict.word, p.verdict.reason
    match word:
        case "INVALID":
            return f"Mend what is marked ✗ below, then run it again: until then nothing is known of the plays.{_may_change(r.is_exploratory)}"
        case "PROMOTE" | "PROMOTE TO PILOT":
            return f"`segdsl promote {r.candidate}` puts it in {e.incumbent}'s place."
        case "CONTINUE":
            when = "" if r.next_look is None else f" until {day(r.next_look)}"
            return f"Go on with both{when}, and decide nothing by what is seen so far."
        case "NOT ANSWERABLE":
            return asked_instead(e.entity)
        case "KEEP":
            pass
        case _:
            assert_never(word)
    if reason == "harm":
        return f"Give everybody {e.incumbent}'s plays again."
    if reason == "costs more than it saves":
        return f"Keep {e.incumbent}'s plays: {r.candidate}'s do more, and even the best that the interval leaves is worth less than they cost. Cheaper plays are another pilot."
    if reason == "exploratory":
        return "Declare it under a new name with a seed of its own, and try it on customers who haven't entered yet."
    if reason == "effect ruled out":
        return f"Keep {e.incumbent}'s plays: what there may be is less than was wanted."
    return f"Keep {e.incumbent}'s plays for now. {asked_instead(e.entity, cheaper=p.no_worse is None)}"


# -- before a pilot ----------------------------------------------------------------------

LEADING = 0.4  # the share who have an outcome that comes earlier, as an example
MOST_LESS = 0.5  # of an outcome: nobody's plays do more
LONGER = 4  # times as long a window


def instead(e: Experiment, q: PilotPlan) -> list[str]:
    """What the customers of a pilot that is too small could answer, of a yes or no: each with what it needs."""
    bad = q.outcome if e.primary.better == "lower" else 1 - q.outcome
    if not q.is_share or not 0 < bad < 1 or q.units // q.arms < 2:
        return []
    alpha, power = float(e.alpha), 1 - (1 - float(e.power)) / (1 + len(e.guardrails))
    more = q.inflation * q.deff
    part = min(MOST_LESS, (q.detect or 0.25 * bad) / bad)
    longer = 1 - (1 - bad) ** LONGER

    def needs(share: float) -> str:
        effect = part * share
        n = units_per_arm(effect, share * (1 - share), (share - effect) * (1 - share + effect), alpha, power, deff=more)
        return f"{q.arms * n:,} {e.entity}s in all"

    found = [
        f"an outcome that comes earlier, and that {LEADING:.0%} of them have instead of {percent(bad)}: {part:.0%} less of it needs {needs(LEADING)}",
        f"more quarters: within {LONGER} times as long about {percent(longer)} would have this one: {part:.0%} less of it needs {needs(longer)}",
    ]
    if e.primary.margin is None:
        least = z_total(alpha, power) * sqrt(2 * bad * (1 - bad) * more / (q.units / q.arms))
        if least < bad:
            found.append(
                f"whether a cheaper play keeps as many (`not worse by the cost saved`): no worse by more than {in_points(least)} among them is shown with {power:.0%}"
                + (f", which is {float(e.power):.0%} with the guardrails" if e.guardrails else "")
            )
    return found


# -- both ------------------------------------------------------------------------------


def asked_instead(entity: str, cheaper: bool = True) -> str:
    """What fewer customers can answer; whether a `cheaper` play keeps as many where that wasn't the question."""
    also = "; or in a pilot, whether a cheaper play keeps as many (`not worse by the cost saved`)" if cheaper else ""
    return (
        f"With this many {entity}s something else can be asked: an outcome that comes earlier and happens to more of them (logins that fall by half, a renewal talk that is put off); the same over more quarters, as further "
        f"days of a backtest or a longer window{also}."
    )


def _may_change(is_exploratory: bool) -> str:
    return "" if is_exploratory else " No outcome has been shown, so the declaration may still be changed."


def _confidence(alpha: float) -> str:
    return f"{(1 - alpha) * 100:.4g}%"


def _by_chance(p: float) -> str:
    often = (
        "fewer than 1 in 1,000"
        if p < 0.001
        else f"about {p * 1000:.0f} in 1,000"
        if p < 0.1
        else f"about {p * 100:.0f} in 100"
    )
    return f"Were the two alike, chance alone would show as much in {often} such comparisons."


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
