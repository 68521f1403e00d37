"""A pilot or a replay -> what it says to whoever decides what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segdsl.diagnostics import series
from segdsl.experiment.pilot.effect import Effect
from segdsl.experiment.pilot.holdouts import HeldOut
from segdsl.experiment.pilot.measures import Result
from segdsl.model.clock import day
from segdsl.model.experiment import Assigned, External, Replay
from segdsl.report.content.figures import small
from segdsl.report.content.in_words import Statement, asked_instead, by_chance, confidence, may_change
from segdsl.report.content.pilot import allowed, difference, measured
from segdsl.words.plural import plural


def in_words(r: Result) -> tuple[Statement, ...]:
    """Of a pilot or a replay."""
    return tuple(_statements(r))


def _statements(r: Result) -> Iterator[Statement]:
    p = r.piloted
    if p.customers:
        yield "compared", _arms(r)
    if p.primary is not None:
        yield "how much", _how_many(r, p.primary)
        if money := _net(r):
            yield "in money", money
        yield "how sure", " ".join(_how_sure(r, p.primary))
    if r.held_out is not None:
        yield "held out", _all_plays(r, r.held_out)
    yield "next", _next(r)


def _arms(r: Result) -> str:
    e, p = r.experiment, r.piloted
    among = f"{p.differ:,} of {p.customers:,} {plural(e.entity)} to whom the two give different plays"
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


def _how_many(r: Result, main: Effect) -> str:
    """Per hundred where it is a yes or no, and of all of them."""
    e, p = r.experiment, r.piloted
    m = e.primary
    if not main.is_share:
        per = e.entity if m.per is None else f"unit of {m.per}"
        means = (
            f"{measured(m)} is {small(main.candidate.mean)} per {per} with {r.candidate}, "
            f"{small(main.incumbent.mean)} with {e.incumbent}."
        )
        between = f"between {_further(main.low)} and {_further(main.high)}"
        return f"{means} {_adjusted(r, main)}: {_further(main.estimate)} per {per}, {between}."
    of_100 = (
        f"Of 100 {plural(e.entity)}, {main.candidate.mean * 100:.1f} have {m.outcome} with {r.candidate}, "
        f"{main.incumbent.mean * 100:.1f} with {e.incumbent}."
    )
    low, high = sorted((main.low * p.differ, main.high * p.differ))
    return (
        f"{of_100} {_adjusted(r, main, f'of all {p.differ:,}')}: {_more(main.estimate * p.differ)}, "
        f"between {_more(low)} and {_more(high)}."
    )


def _more(n: float) -> str:
    return f"{abs(n):,.0f} {'more' if n >= 0.5 else 'fewer'}" if abs(n) >= 0.5 else "as many"


def _adjusted(r: Result, main: Effect, of: str = "the difference") -> str:
    """What the difference is of, and what it was adjusted for: then it isn't that of the two means."""
    by = f"Adjusted for {r.experiment.analysis.adjust}, of which chance gave one arm more, {of}" if main.theta else of
    return by[0].upper() + by[1:]


def _further(value: float) -> str:
    return f"{small(abs(value))} {'more' if value >= 0 else 'less'}"


def _net(r: Result) -> str:
    """What the change is worth to all whose play differs, after the cost of plays."""
    w, n = r.piloted.worth, r.piloted.differ
    if w is None:
        return ""
    net = [value * n for value in w.net]
    costs = f"cost {w.currency} {abs(w.cost) * n:,.0f} {'more' if w.cost >= 0 else 'less'}"
    return (
        f"At {w.currency} {w.each:,.0f} each, and with plays that {costs}: {_amount(w.currency, net[0])} "
        f"for all of them, between {_amount(w.currency, net[1])} and {_amount(w.currency, net[2])}."
    )


def _amount(currency: str, value: float) -> str:
    return f"{currency} {abs(value):,.0f} {'gained' if value >= 0 else 'lost'}"


def _all_plays(r: Result, h: HeldOut) -> str:
    """What all plays do together against none, by the primary."""
    e = r.experiment
    if not h.outcomes or h.outcomes[0].is_too_few(h.alpha):
        return "What all plays together do against none can't be said by those who were held out: the figures say why."
    t = h.outcomes[0].effect
    if t.is_share:
        means = (
            f"of 100 {plural(e.entity)} in an arm, whichever, {t.candidate.mean * 100:.1f} have {e.primary.outcome}, "
            f"of 100 held out {t.incumbent.mean * 100:.1f}"
        )
    else:
        per = e.entity if e.primary.per is None else f"unit of {e.primary.per}"
        arm, none = small(t.candidate.mean), small(t.incumbent.mean)
        means = f"{measured(e.primary)} is {arm} per {per} in an arm, whichever, {none} held out"
    return (
        f"All plays together against none: {means}. The difference is {difference(t)}, by {t.incumbent.n:,} "
        f"who were held out. {by_chance(h.outcomes[0].p)} The verdict doesn't hang on it."
    )


def _how_sure(r: Result, main: Effect) -> Iterator[str]:
    p = r.piloted
    if p.no_worse is None:
        yield f"The ranges hold with {confidence(_level(r))} confidence{_because(r)}."
        yield by_chance(main.p)
    else:
        worst = p.no_worse.effect.good(p.no_worse.measure.better)[1]
        shown = f"{small(abs(worst) * 100)} points" if main.is_share else small(abs(worst))
        state = f"{shown} {'better' if worst > 0 else 'worse'}"
        yield f"At worst it is {state}, with {confidence(_level(r) / 2)} confidence{_because(r)}; {allowed(r)} worse was allowed."
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
        yield f"What isn't shown: {series(missing)}."


def _level(r: Result) -> float:
    """The two-sided error of the interval: that of all looks together where there are several."""
    return float(r.experiment.alpha) / len(r.experiment.candidates) if r.looks else r.piloted.alpha


def _because(r: Result) -> str:
    """What a confidence holds of, where it isn't of one comparison seen once."""
    candidates, alpha = len(r.experiment.candidates), float(r.experiment.alpha)
    looks = ", over all looks together" if len(r.looks) > 1 else ""
    shared = f", since {candidates} candidates share the error of {alpha * 100:.3g}%" if _level(r) < alpha else ""
    return looks + shared


def _next(r: Result) -> str:
    e, p = r.experiment, r.piloted
    word, reason = p.verdict.word, p.verdict.reason
    match word:
        case "INVALID":
            return (
                "Mend what is marked ✗ below, then run it again: until then nothing is known of the "
                f"plays.{may_change(r.is_exploratory)}"
            )
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
        return (
            f"Keep {e.incumbent}'s plays: {r.candidate}'s do more, and even the best that the interval leaves "
            "is worth less than they cost. Cheaper plays are another pilot."
        )
    if reason == "exploratory":
        return "Declare it under a new name with a seed of its own, and try it on customers who haven't entered yet."
    if reason == "effect ruled out":
        return f"Keep {e.incumbent}'s plays: what there may be is less than was wanted."
    return f"Keep {e.incumbent}'s plays for now. {asked_instead(e.entity, cheaper=p.no_worse is None)}"
