"""A backtest -> what it says to whoever decides what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segdsl.compare.memberships import OUT
from segdsl.diagnostics import series
from segdsl.experiment.history.backtest import Result
from segdsl.model.clock import day
from segdsl.model.experiment import Backtest
from segdsl.report.content.backtest import beside_registered, chance, lacking, smallest
from segdsl.report.content.figures import percent
from segdsl.report.content.in_words import Statement, asked_instead, by_chance, confidence, may_change, sentence
from segdsl.words.plural import plural


def in_words(r: Result) -> tuple[Statement, ...]:
    return tuple(_statements(r))


def _statements(r: Result) -> Iterator[Statement]:
    e, j = r.experiment, r.judged
    who = (
        f"{j.estimate.clusters:,} {plural(e.entity)}"
        if e.cluster is None and j.estimate.clusters
        else f"the {plural(e.entity)}"
    )
    yield (
        "compared",
        f"{r.candidate} with {e.incumbent}: which of the two would have known better whom {e.primary.outcome} "
        f"happens to? Both were asked of {who} {_days(r.design)}, "
        f"by what was known then, and held against what had happened by {day(r.until)}. Nobody was treated.",
    )
    if j.is_shown:
        yield "how much", _how_much(r)
        if money := _held(r):
            yield "in money", money
        yield "how sure", " ".join(_how_sure(r))
    elif (x := j.expected) is not None:
        yield "how sure", f"{sentence(chance(x))} {sentence(smallest(x, float(e.power), e.entity))}"
    yield "next", _next(r)


def _days(design: Backtest) -> str:
    first, last, runs = design.origins[0], design.origins[-1], design.as_if_run
    days = f"on {day(first)}" if first == last else f"on {len(design.origins)} days from {day(first)} to {day(last)}"
    return days if runs is None else f"{days}, as if each had been run {runs.every} since {day(runs.since)}"


def _first(r: Result) -> str:
    """Those who are reached first, by the rates of a segmentation."""
    called = "you call first" if r.experiment.primary.better == "lower" else "with the highest rates"
    return f"the tenth of {plural(r.experiment.entity)} {called}"


def _how_much(r: Result) -> str:
    e, j = r.experiment, r.judged
    before, after = (d.top_tenth for d in r.described)
    if before is None or after is None:
        return (
            f"{r.candidate} leaves {percent(abs(j.skill[0]))} {'less' if j.skill[0] >= 0 else 'more'} of "
            f"{e.primary.outcome} unpredicted than {e.incumbent}."
        )
    on = " on each day" if len(j.origins) > 1 else ""
    reached = (
        f"Of 100 {plural(e.entity)} with {e.primary.outcome}, {_first(r)}{on} holds {after * 100:.0f} by "
        f"{r.candidate} instead of {before * 100:.0f} by {e.incumbent}."
    )
    return f"{reached} That much may be chance." if j.estimate.low <= 0 <= j.estimate.high else reached


def _held(r: Result) -> str:
    """What those are worth today who would be reached first, by each of the two; "" where nothing says what they are worth."""
    c, e = r.comparison, r.experiment
    if c is None or not c.money:
        return ""
    field, currency = c.money.split(", ")
    held = [_worth_of_first(r, side) for side in (0, 1)]
    return (
        f"{_first(r).capitalize()} today holds {currency} {held[1]:,.0f} of {field} by {r.candidate}, "
        f"{currency} {held[0]:,.0f} by {e.incumbent}: "
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
        f"Of what couldn't be predicted of {e.primary.outcome} without any segmentation, in the windows that "
        f"the rates were learned from, {r.candidate} predicts {percent(mid)} beyond {e.incumbent} (the gain "
        "in skill), "
        f"between {percent(low)} and {percent(high)} with {confidence(j.alpha)} confidence."
    )
    yield by_chance(j.estimate.p)
    if len(j.origins) > 1:
        yield f"It was ahead on {ahead} of the {len(j.origins)} days."
    yield sentence(beside_registered(j))
    if missing := lacking(j):
        yield f"What isn't shown: {series(missing)}."


def _next(r: Result) -> str:
    e, j, c = r.experiment, r.judged, r.comparison
    word, reason = j.verdict.word, j.verdict.reason
    match word:
        case "INVALID":
            return f"Mend what is marked ✗ below, then run it again.{may_change(r.evidence == 'exploratory')}"
        case "NOT ANSWERABLE":
            return f"{asked_instead(e.entity)}{may_change(r.evidence == 'exploratory')}"
        case "PROMOTE TO PILOT":
            many = (
                ""
                if c is None
                else f" (today {c.other_play:,} of {c.customers:,} {plural(e.entity)} would get another)"
            )
            return (
                f"Try its plays on a part of those who would get another one{many}: declare a pilot, and ask "
                "`segdsl experiment design` how many and how long. Only that can tell whether they help."
            )
        case "PROMOTE":
            return f"`segdsl promote {r.candidate}` puts it in {e.incumbent}'s place: nobody's play changes by it."
        case "KEEP" | "CONTINUE":
            pass
        case _:
            assert_never(word)
    if reason == "predicts worse":
        return f"Keep {e.incumbent}. The segments below show where the candidate goes wrong."
    if reason == "effect ruled out":
        return f"Keep {e.incumbent}: what there may be is less than was wanted. Another idea is another experiment."
    if r.evidence in ("crossfit", "exploratory"):
        return "Declare it under a new name, on four days with a window before them, and run that."
    return f"Keep {e.incumbent} for now, and ask again with another quarter as a further day. {asked_instead(e.entity)}"
