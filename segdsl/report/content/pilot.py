"""What a pilot or a replay says -> its verdict in a sentence, what stands beside it, and what it doesn't say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_never

from segdsl.experiment.pilot.effect import Effect
from segdsl.experiment.pilot.holdouts import HeldOut, Together
from segdsl.experiment.pilot.measures import Result
from segdsl.experiment.pilot.results import SRM_P, UNUSUAL_P, Delivery, Worth
from segdsl.experiment.shared.decide import Check
from segdsl.model.clock import day
from segdsl.model.experiment import Assigned, Experiment, External, Measure, Replay
from segdsl.report.content.figures import in_points, p_value, percent, small
from segdsl.words import values
from segdsl.words.plural import plural


def shares(e: Effect) -> Callable[[float], str]:
    return percent if e.is_share else small


def points(e: Effect | None) -> Callable[[float], str]:
    """How a difference alone is shown."""
    return in_points if e is not None and e.is_share else small


def difference(e: Effect) -> str:
    """In points of a share, or in units."""
    return difference_of(e, e)


def difference_of(scale: Effect, e: Effect) -> str:
    """A difference on the scale of another effect's means."""
    if scale.is_share:
        mid, low, high = (f"{v * 100:+.2f}".replace("-", "\u2212") for v in (e.estimate, e.low, e.high))
        return f"{mid} points ({low} to {high})"
    return f"{small(e.estimate)} ({small(e.low)} to {small(e.high)})"


def measured(m: Measure) -> str:
    return m.outcome if m.per is None else f"{m.outcome} per {m.per}"


def sentence(r: Result) -> str:
    """The verdict in one sentence, with the two means and their difference where they are shown: what a record keeps."""
    e, p = r.experiment, r.piloted
    if p.primary is None:
        return headline(r)
    shown = shares(p.primary)
    what = (
        f"{measured(e.primary)} {shown(p.primary.candidate.mean)} with {r.candidate}, "
        f"{shown(p.primary.incumbent.mean)} with {e.incumbent}: {difference(p.primary)}"
    )
    return f"{headline(r)}: {what}"


def headline(r: Result) -> str:
    """The verdict in words, without a figure of what happened."""
    e, p = r.experiment, r.piloted
    if p.verdict.word == "INVALID":
        return f"{r.candidate} can't be judged: {'; '.join(dict.fromkeys(c.message for c in p.checks if not c.ok))}"
    if p.primary is None:
        before = "no outcome is looked at before" if r.next_look is not None else "too few outcomes have happened"
        return f"{r.entered:,} {plural(e.entity)} have entered{_next(r)}; {before}"
    claim, is_shown = claimed(r), (p.primary if p.no_worse is None else p.no_worse.beyond).good(e.primary.better)[1] > 0
    match p.verdict.word, p.verdict.reason:
        case "PROMOTE", _:
            return f"{claim}{less_than_asked(r)}"
        case "CONTINUE", _:
            return f"nothing is decided yet{_next(r)}"
        case _, "harm":
            worse = [g.measure.outcome for g in p.guardrails if g.harmed]
            where = f" to {', '.join(worse)}" if worse and p.primary.good(e.primary.better)[2] >= 0 else ""
            more = "" if p.no_worse is None or where else ", by more than was allowed"
            return f"{r.candidate}'s plays do harm{where}{more}"
        case _, "costs more than it saves":
            return f"{claim}, but cost more than that is worth"
        case _, "effect ruled out":
            return "no effect worth having"
        case _, "exploratory":
            return f"{claim}, but it was declared otherwise when it was first run"
        case "KEEP" | "NOT ANSWERABLE" | "PROMOTE TO PILOT", _:
            pass
    open_guards = [g.measure.outcome for g in p.guardrails if not g.holds]
    if open_guards and is_shown:
        return f"{claim}, but {', '.join(open_guards)} may be worse by more than allowed"
    lacking = [name for name, shown_ in p.needed if not shown_]
    if lacking and is_shown:
        return f"{claim}, but without {' and '.join(lacking)}"
    return f"whether {claim} is open"


def less_than_asked(r: Result) -> str:
    """What a better candidate lacks where all of its interval lies below the registered effect; "" where it doesn't."""
    p = r.piloted
    if p.primary is None or p.detect is None or p.primary.good(r.experiment.primary.better)[2] >= p.detect:
        return ""
    return f", but by less than the {points(p.primary)(p.detect)} that were asked for"


def claimed(r: Result) -> str:
    """What a PROMOTE says of the primary."""
    p = r.piloted
    if p.no_worse is None:
        return f"{r.candidate}'s plays are better"
    return f"{r.candidate}'s plays are no worse by more than {allowed(r)}"


def allowed(r: Result) -> str:
    """The margin of a primary that has to be no worse."""
    p = r.piloted
    assert p.no_worse is not None
    return margin(r.experiment, points(p.primary)(p.no_worse.margin))


def margin(e: Experiment, shown: str) -> str:
    """The margin of a primary as it is told, `shown` being the number."""
    m = e.primary
    if m.margin is None or m.margin.unit != "cost saved" or m.worth is None:
        return shown
    return f"{shown} (what they cost less, at {m.worth[1]} {float(m.worth[0]):,.0f} each)"


def _next(r: Result) -> str:
    if r.next_look is None:
        return ""
    weeks = "a week" if r.weeks_left == 1 else f"{r.weeks_left} weeks"
    return f"; the {'next' if r.looks else 'first'} look is as of {day(r.next_look)}, in {weeks}"


def tested(p: float) -> str:
    """A check's p, and the border that every one of them has."""
    return f"{p_value(p)} ({'unusual; ' if SRM_P <= p < UNUSUAL_P else ''}below {SRM_P:g} is INVALID)"


def checked(c: Check) -> str:
    """A check with what it says, and its p where it has one."""
    return f"{c.name}: {c.message}" + (f", {tested(c.p)}" if c.p is not None else "")


def with_another(r: Result) -> str:
    """How many have another play; "" where nobody was looked at."""
    p = r.piloted
    return f"; {p.differ:,} of {p.customers:,} {plural(r.experiment.entity)} with another play" if p.customers else ""


def estimand(r: Result) -> str:
    match r.design:
        case Replay():
            return (
                "mean per customer if the candidate's plays had been given less that with the incumbent's, among "
                "those whose play differs"
            )
        case Assigned() | External():
            per = r.experiment.primary.per
            what = "mean per customer" if per is None else f"total over total of {per}"
            unit = "; clusters were drawn, each whole" if r.experiment.cluster is not None else ""
            return (
                f"{what} with the candidate's plays less that with the incumbent's, among those whose play "
                f"differs, by the arm that was drawn{unit}"
            )
        case _:
            assert_never(r.design)


def beside(r: Result) -> list[str]:
    """What the figures say beside the verdict, in sentences."""
    return [] if r.piloted.primary is None else list(_beside(r, r.piloted.primary))


def _beside(r: Result, primary: Effect) -> Iterator[str]:
    p = r.piloted
    yield from (f"{note}." for note in p.notes)
    if r.unbiased is not None:
        estimate = f"{r.unbiased * 100:+.2f} points".replace("-", "\u2212") if primary.is_share else small(r.unbiased)
        yield f"Ended at look {len(r.looks)}: corrected for that, the estimate is {estimate} (median unbiased)."
    if primary.theta:
        yield f"Adjusted for {r.experiment.analysis.adjust}, which takes {percent(primary.saved)} of the variance."
    if r.replayed is not None and r.replayed.robust is not None:
        yield f"By the doubly robust estimate: {difference_of(primary, r.replayed.robust)}."
    if p.delivered is not None:
        yield from _delivery(r, p.delivered, primary)
    if p.worth is not None:
        yield _worth(r, p.worth)
    if p.cells is not None:
        size = "no more than chance" if p.cells.p >= 0.05 else "more than chance"
        yield f"What differs between the cells is {size} ({p_value(p.cells.p)}): a description."


def _delivery(r: Result, d: Delivery, primary: Effect) -> Iterator[str]:
    e = r.experiment
    yield (
        f"{e.analysis.delivery}: {percent(d.candidate)} in {r.candidate}'s arm, {percent(d.incumbent)} in "
        f"{e.incumbent}'s; the verdict counts everybody by the arm drawn."
    )
    if d.effect is not None:
        mid, low, high = (small(v * 100 if primary.is_share else v) for v in d.effect)
        unit = " points" if primary.is_share else ""
        yield (
            f"Among those whom a play reached because of their arm it is {mid}{unit} ({low} to {high}): a description."
        )


def _worth(r: Result, w: Worth) -> str:
    net, low, high = map(small, w.net)
    pays = f"; it pays from {w.currency} {small(w.break_even)} each" if w.break_even is not None and w.cost > 0 else ""
    return (
        f"At {w.currency} {w.each:,.0f} each it is worth {w.currency} {net} ({low} to {high}) "
        f"per {r.experiment.entity} whose play differs, "
        f"with plays that cost {w.currency} {small(abs(w.cost))} {'more' if w.cost >= 0 else 'less'}{pays}."
    )


def of_held_out(r: Result) -> list[str]:
    """What all the plays do together, in sentences, and from where on so many would see it."""
    h = r.held_out
    if h is None:
        return []
    if problems := [c.message for c in h.checks if not c.ok]:
        return [f"Nothing can be said by those held out: {'; '.join(problems)}."]
    who = (
        f"All plays together against none, of those who were there on {day(h.on)}: whoever was in an arm, "
        "whichever, with another play or the same, against those held out. "
        "It says nothing of which rule is better, and the verdict doesn't hang on it."
    )
    return [who, *(f"{measured(t.measure)}: {_detectable(t, h)}." for t in h.outcomes)]


def _detectable(t: Together, h: HeldOut) -> str:
    """How large a difference so many find, and whether that says anything."""
    if not t.smallest:
        return "the same for everybody, nothing can be seen"
    held, inside = t.effect.incumbent.n, t.effect.candidate.n
    difference = f"a difference of {points(t.effect)(t.smallest)} with {h.power:.0%}"
    finds = f"{held:,} held out and {inside:,} in an arm find {difference}"
    if t.is_too_few(h.alpha):
        return f"too few to say anything; {finds}, and it is {shares(t.effect)(t.mean)} in all"
    return finds


def limits(r: Result) -> list[str]:
    """What the result doesn't say, in sentences."""
    if r.piloted.primary is None:
        return list(r.warned)
    as_of = (
        f"Whose play differs is asked as of {values.as_of(r.clock)}, not as of the day the plays were "
        "given: where they changed what the rules read, the comparison is spoilt."
    )
    match r.design:
        case Assigned():
            return [
                *r.warned,
                "Everybody counts by the arm drawn, from the day of entering, whatever arrived and whatever the rules say of them since.",
                "That each arm got its own plays, and not the other's, is what the lists are for; only a log of deliveries shows it.",
                *(["That those held out got no play is what their list is for."] if r.held_out is not None else []),
            ]
        case Replay(days=days, chosen_on=chosen_on):
            taken = "That plays were given by chance, with these probabilities, is taken from the log"
            return [
                *([] if days else [as_of]),
                f"{taken}."
                if chosen_on is not None
                else f"{taken}; whoever chose the candidate on the same log sees it better than it is.",
                "It is about the customers and the time of the log.",
            ]
        case External(at=at):
            return [
                *([] if at is not None else [as_of]),
                (
                    "Who was in which arm was decided elsewhere: that it was by chance is taken from its "
                    "declaration; only the arms' sizes, their days and what was known before can be held to it."
                ),
                "One look, at the end: whoever looked before and stopped at a good moment has more errors than the interval says.",
            ]
        case _:
            assert_never(r.design)
