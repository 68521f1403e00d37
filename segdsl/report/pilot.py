"""What a pilot found -> a verdict sentence first, then what it rests on: JSON, markdown, a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain, repeat
from typing import Any, assert_never

from segdsl.data.examples import shown
from segdsl.diagnostics import SCHEMA_VERSION
from segdsl.experiment.pilot.effect import Effect
from segdsl.experiment.pilot.holdouts import HeldOut, Together
from segdsl.experiment.pilot.measures import Result
from segdsl.experiment.pilot.reconcile import Account
from segdsl.experiment.pilot.results import SRM_P, UNUSUAL_P, MarginResult
from segdsl.experiment.shared.decide import Check
from segdsl.model.clock import day
from segdsl.model.experiment import Assigned, Experiment, External, Measure, Replay
from segdsl.report import chart
from segdsl.report.experiment import p_value, percent, small
from segdsl.report.markdown import Said, of_words
from segdsl.report.markdown import text as escaped
from segdsl.report.page import in_words, page, table, text
from segdsl.words import values


def shares(e: Effect) -> Callable[[float], str]:
    return percent if e.is_share else small


def points(e: Effect | None) -> Callable[[float], str]:
    """How a difference alone is shown."""
    return in_points if e is not None and e.is_share else small


def in_points(share: float) -> str:
    number = small(float(f"{share * 100:.3g}"))
    return f"{number} point{'' if number == '1' else 's'}"


def difference(e: Effect) -> str:
    """In points of a share, or in units."""
    return difference_of(e, e)


def difference_of(scale: Effect, e: Effect) -> str:
    """A difference on the scale of another effect's means."""
    if scale.is_share:
        mid, low, high = (f"{v * 100:+.2f}".replace("-", "\u2212") for v in (e.estimate, e.low, e.high))
        return f"{mid} points ({low} to {high})"
    return f"{small(e.estimate)} ({small(e.low)} to {small(e.high)})"


def sentence(r: Result) -> str:
    """The verdict in one sentence, with the two means and their difference where they are shown: what a record keeps."""
    e, p = r.experiment, r.piloted
    if p.primary is None:
        return headline(r)
    shown = shares(p.primary)
    what = f"{measured(e.primary)} {shown(p.primary.candidate.mean)} with {r.candidate}, {shown(p.primary.incumbent.mean)} with {e.incumbent}: {difference(p.primary)}"
    return f"{headline(r)}: {what}"


def headline(r: Result) -> str:
    """The verdict in words, without a figure of what happened."""
    e, p = r.experiment, r.piloted
    if p.verdict.word == "INVALID":
        return f"{r.candidate} can't be judged: {'; '.join(dict.fromkeys(c.message for c in p.checks if not c.ok))}"
    if p.primary is None:
        before = "no outcome is looked at before" if r.next_look is not None else "too few outcomes have happened"
        return f"{r.entered:,} {e.entity}s have entered{_next(r)}; {before}"
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


def tested(p: float) -> str:
    """A check's p, and the border that every one of them has."""
    return f"{p_value(p)} ({'unusual; ' if SRM_P <= p < UNUSUAL_P else ''}below {SRM_P:g} is INVALID)"


def _ticked(c: Check) -> str:
    return f"{'✓' if c.ok else '✗'} {c.name}: {c.message}" + (f", {tested(c.p)}" if c.p is not None else "")


def measured(m: Measure) -> str:
    return m.outcome if m.per is None else f"{m.outcome} per {m.per}"


def _next(r: Result) -> str:
    if r.next_look is None:
        return ""
    weeks = "a week" if r.weeks_left == 1 else f"{r.weeks_left} weeks"
    return f"; the {'next' if r.looks else 'first'} look is as of {day(r.next_look)}, in {weeks}"


def record(r: Result, said: Said) -> Any:
    """The machine contract, `said` being the result in words. Where the data can't answer, `primary` is null and no figure is anywhere."""
    e, p = r.experiment, r.piloted
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION, "experiment": e.name, "incumbent": e.incumbent, "candidate": r.candidate, "verdict": p.verdict.word,
        "reason": p.verdict.reason, "evidence": "exploratory" if r.is_exploratory else r.kind, "sentence": sentence(r), "in_words": dict(said),
        "look": _look(r), "primary": None,
        "validity": _validity(p.checks), "guardrails": {},
    }  # fmt: skip
    found |= _looks(r)
    if r.account is not None:
        found["account"] = account_record(r.account)
    if r.warned:
        found["warnings"] = list(r.warned)
    if p.primary is None:
        return found
    found["primary"] = _effect(p.primary, p.alpha) | {
        "outcome": e.primary.outcome, "better": e.primary.better, "estimand": estimand(r), "d": p.d, "detect": p.detect,
        **({"no_worse": {"margin": p.no_worse.margin, "holds": p.no_worse.holds, "can_fail": p.no_worse.can_fail}} if p.no_worse is not None else {}),
        "base": {k: v * p.d for k, v in (("estimate", p.primary.estimate), ("low", p.primary.low), ("high", p.primary.high))},
    }  # fmt: skip
    if r.unbiased is not None:
        found["primary"]["median_unbiased"] = r.unbiased
    if p.primary.plain is not None:
        found["primary"]["not_winsorised"] = _effect(p.primary.plain, p.alpha)
    found["guardrails"] = {
        g.measure.outcome: _effect(g.effect, p.alpha)
        | {"better": g.measure.better, "margin": g.margin, "holds": g.holds, "harmed": g.harmed, "can_fail": g.can_fail}
        for g in p.guardrails
    }
    if r.held_out is not None:
        found["held_out"] = _held_out(r.held_out)
    if p.notes:
        found["notes"] = list(p.notes)
    if p.needed:
        found["needed"] = dict(p.needed)
    if p.delivered is not None:
        found["delivery"] = {
            "incumbent": p.delivered.incumbent, "candidate": p.delivered.candidate, "by_cell": dict(p.delivered.by_cell),
            "complier_average": None if p.delivered.effect is None else dict(zip(("estimate", "low", "high"), p.delivered.effect)),
        }  # fmt: skip
    if r.replayed is not None and r.replayed.robust is not None:
        robust = r.replayed.robust
        found["doubly_robust"] = {
            "estimate": robust.estimate, "low": robust.low, "high": robust.high, "p": robust.p, "se": robust.se, "dof": robust.dof,
            "rows": robust.incumbent.n, "alpha": p.alpha,
        }  # fmt: skip
        found["uplift"] = [asdict(point) for point in r.replayed.curve]
    if p.worth is not None:
        found["worth"] = asdict(p.worth) | {"gained": dict(zip(("estimate", "low", "high"), p.worth.gained))}
    if p.cells is not None:
        found["cells"] = {"p": p.cells.p, "cells": [asdict(c) for c in p.cells.cells]}
    return found


def _validity(checks: Sequence[Check]) -> dict[str, Any]:
    return {
        c.name: {"ok": c.ok, "said": c.message, **({"p": c.p, "least_p": SRM_P} if c.p is not None else {})}
        for c in checks
    }


def _held_out(h: HeldOut) -> dict[str, Any]:
    return {
        "as_of": h.on.isoformat(), "power": h.power, "validity": _validity(h.checks), "account": account_record(h.account),
        "estimand": "mean per customer in an arm, with its plays, less that of those held out, without any, of those there on the first day",
        "outcomes": {
            t.measure.outcome: _effect(t.effect, h.alpha, ("held_out", "in_an_arm"))
            | {"better": t.measure.better, "smallest": t.smallest, "mean": t.mean, "too_few": t.is_too_few(h.alpha)}
            for t in h.outcomes
        },
    }  # fmt: skip


def account_record(a: Account) -> dict[str, Any]:
    lines = [
        {
            "name": line.ending.name, "rows": line.rows, "by_group": dict(zip(a.groups, line.by_group)), "most": line.ending.most,
            "said": line.ending.message, "examples": list(line.examples), **({"p": line.p} if line.p is not None else {}),
        }
        for line in a.lines
    ]  # fmt: skip
    return {
        "table": a.table,
        "rows": a.rows,
        "groups": dict(zip(a.groups, a.sizes)),
        "lines": lines,
        "data": list(a.data),
    }


def _look(r: Result) -> int:
    """The number of the look, 0 before the first."""
    match r.design:
        case Assigned():
            return len(r.looks)
        case External() | Replay():
            return 1
        case _:
            assert_never(r.design)


def _looks(r: Result) -> dict[str, Any]:
    """How a pilot stands that is looked at as its customers come in; nothing of others."""
    match r.design:
        case Assigned():
            looks = [
                {
                    "as_of": one.on.isoformat(), "customers": one.customers, "fraction": one.fraction, "z": one.border, "verdict": one.verdict.word,
                    **({"estimate": one.effect.estimate, "low": one.effect.low, "high": one.effect.high} if one.effect is not None else {}),
                }
                for one in r.looks
            ]  # fmt: skip
            following = None if r.next_look is None else {"as_of": r.next_look.isoformat(), "weeks": r.weeks_left}
            p = r.piloted
            return {
                "customers": p.customers, "differ": p.differ, "entered": r.entered, "looks": looks, "next_look": following
            }  # fmt: skip
        case External() | Replay():
            return {}
        case _:
            assert_never(r.design)


def estimand(r: Result) -> str:
    match r.design:
        case Replay():
            return "mean per customer if the candidate's plays had been given less that with the incumbent's, among those whose play differs"
        case Assigned() | External():
            per = r.experiment.primary.per
            what = "mean per customer" if per is None else f"total over total of {per}"
            unit = "; clusters were drawn, each whole" if r.experiment.cluster is not None else ""
            return f"{what} with the candidate's plays less that with the incumbent's, among those whose play differs, by the arm that was drawn{unit}"
        case _:
            assert_never(r.design)


def _effect(e: Effect, alpha: float, names: tuple[str, str] = ("incumbent", "candidate")) -> dict[str, Any]:
    sides = list(zip(names, (e.incumbent, e.candidate)))
    found: dict[str, Any] = {
        "scale": "absolute", "sides": 2, "alpha": alpha, "estimate": e.estimate, "low": e.low, "high": e.high, "p": e.p, "method": e.method,
        "n": e.incumbent.n + e.candidate.n, "se": e.se, "strata": e.strata,
        "arms": {
            name: {"n": a.n, "mean": a.mean, **({"units": a.units, "variance": a.variance} if a.units else {})}
            for name, a in sides
        },
    }  # fmt: skip
    if e.dof < float("inf"):
        found["dof"] = e.dof
    if e.chance is not None:
        found["randomisation_p"] = e.chance
    if e.theta:
        covariates = {name: a.covariate for name, a in sides}
        found["adjusted"] = {"theta": e.theta, "variance_saved": e.saved, "covariate": covariates}
    return found


def outcome_rows(r: Result) -> tuple[list[str], list[list[str]]]:
    p = r.piloted
    assert p.primary is not None
    heads = ["", r.experiment.incumbent, r.candidate, "difference", "", ""]
    found = [("primary", p.primary, measured(r.experiment.primary), "" if p.no_worse is None else _kept(p.no_worse))]
    if p.primary.plain is not None:
        found.append(("not winsorised", p.primary.plain, measured(r.experiment.primary), ""))
    found += [("guardrail", g.effect, measured(g.measure), _kept(g)) for g in p.guardrails]
    return heads, [
        [
            f"{name} ({kind})",
            shares(e)(e.incumbent.mean),
            shares(e)(e.candidate.mean),
            difference(e),
            f"{p_value(e.p)}, {e.method}",
            said,
        ]
        for kind, e, name, said in found
    ]


def held_out_rows(r: Result) -> tuple[list[str], list[list[str]]]:
    """All arms together against those held out."""
    outcomes = [] if r.held_out is None else r.held_out.outcomes
    who = f"{r.experiment.entity}s"
    return ["", "held out", who, "in an arm", who, "difference", ""], [
        [
            f"{measured(t.measure)} ({kind})",
            *(cell for a in (t.effect.incumbent, t.effect.candidate) for cell in (shares(t.effect)(a.mean), f"{a.n:,}")),
            difference(t.effect),
            f"{p_value(t.effect.p)}, {t.effect.method}{'' if t.effect.chance is None else ' ' + p_value(t.effect.chance)}",
        ]
        for kind, t in zip(chain(["primary"], repeat("guardrail")), outcomes)
    ]  # fmt: skip


def of_held_out(r: Result) -> list[str]:
    """What all the plays do together, in sentences, and from where on so many would see it."""
    h = r.held_out
    if h is None:
        return []
    if problems := [c.message for c in h.checks if not c.ok]:
        return [f"Nothing can be said by those held out: {'; '.join(problems)}."]
    found = [
        f"All plays together against none, of those who were there on {day(h.on)}: whoever was in an arm, whichever, with another play or the same, against those held out. It says "
        "nothing of which rule is better, and the verdict doesn't hang on it."
    ]
    return [*found, *(f"{measured(t.measure)}: {_found_by(t, h)}." for t in h.outcomes)]


def _found_by(t: Together, h: HeldOut) -> str:
    """How large a difference so many find, and whether that says anything."""
    if not t.smallest:
        return "the same for everybody, nothing can be seen"
    held, inside = t.effect.incumbent.n, t.effect.candidate.n
    finds = f"{held:,} held out and {inside:,} in an arm find a difference of {points(t.effect)(t.smallest)} with {h.power:.0%}"
    return (
        f"too few to say anything; {finds}, and it is {shares(t.effect)(t.mean)} in all"
        if t.is_too_few(h.alpha)
        else finds
    )


def _kept(g: MarginResult) -> str:
    """Whether a margin was kept."""
    return "not worse ✓" if g.holds else "worse ✗" if g.harmed else "may be worse ✗"


def account_rows(a: Account) -> tuple[list[str], list[list[str]]]:
    """Where each row ended: a line each, then their sum."""
    heads = [a.table, "rows", *a.groups, ""]
    lines = [
        [
            line.ending.name, f"{line.rows:,}", *(f"{n:,}" for n in line.by_group),
            line.ending.message + (f", as {shown(line.examples)}" if line.examples else ""),
        ]
        for line in a.lines
    ]  # fmt: skip
    return heads, [*lines, ["in all", f"{a.rows:,}", *(f"{n:,}" for n in a.sizes), ""]]


def look_rows(r: Result) -> tuple[list[str], list[list[str]]]:
    """The monitoring table."""
    found = []
    for number, one in enumerate(r.looks, 1):
        shown = "" if one.effect is None else difference(one.effect)
        found.append(
            [
                f"{number}",
                day(one.on),
                f"{one.customers:,}",
                percent(one.fraction),
                f"{one.border:.3f}",
                shown,
                one.verdict.word,
            ]
        )
    return ["look", "as of", f"{r.experiment.entity}s", "of all", "z asked", "difference, repeated interval", ""], found


def cell_rows(r: Result) -> tuple[list[str], list[list[str]]]:
    cells, p = r.piloted.cells, r.piloted.primary
    assert cells is not None and p is not None
    scale, unit = (100, ", points") if p.is_share else (1, "")
    return ["moved", f"{r.experiment.entity}s", f"difference{unit}", "drawn to all", ""], [
        [
            c.cell, f"{c.customers:,}", f"{small(c.estimate * scale)} ({small(c.low * scale)} to {small(c.high * scale)})",
            small(c.shrunk * scale), "more than chance, by Holm" if c.is_significant else "",
        ]
        for c in cells.cells
    ]  # fmt: skip


def beside(r: Result) -> list[str]:
    """What the figures say beside the verdict, in sentences."""
    p, e = r.piloted, r.experiment
    if p.primary is None:
        return []
    found = [f"{note}." for note in p.notes]
    if r.unbiased is not None:
        shown = f"{r.unbiased * 100:+.2f} points" if p.primary.is_share else small(r.unbiased)
        found.append(
            f"Ended at look {len(r.looks)}: corrected for that, the estimate is {shown} (median unbiased).".replace(
                "-", "\u2212"
            )
        )
    if p.primary.theta:
        found.append(f"Adjusted for {e.analysis.adjust}, which takes {percent(p.primary.saved)} of the variance.")
    if r.replayed is not None and r.replayed.robust is not None:
        found.append(f"By the doubly robust estimate: {difference_of(p.primary, r.replayed.robust)}.")
    if p.delivered is not None:
        d = p.delivered
        found.append(
            f"{e.analysis.delivery}: {percent(d.candidate)} in {r.candidate}'s arm, {percent(d.incumbent)} in {e.incumbent}'s; the verdict counts everybody by the arm drawn."
        )
        if d.effect is not None:
            mid, low, high = (v * 100 if p.primary.is_share else v for v in d.effect)
            unit = " points" if p.primary.is_share else ""
            found.append(
                f"Among those whom a play reached because of their arm it is {small(mid)}{unit} ({small(low)} to {small(high)}): a description."
            )
    if p.worth is not None:
        w = p.worth
        net = w.net
        more = "more" if w.cost >= 0 else "less"
        pays = (
            f"; it pays from {w.currency} {small(w.break_even)} each" if w.break_even is not None and w.cost > 0 else ""
        )
        found.append(
            f"At {w.currency} {w.each:,.0f} each it is worth {w.currency} {small(net[0])} ({small(net[1])} to {small(net[2])}) per {e.entity} whose play differs, "
            f"with plays that cost {w.currency} {small(abs(w.cost))} {more}{pays}."
        )  # fmt: skip
    if p.cells is not None:
        said = "no more than chance" if p.cells.p >= 0.05 else "more than chance"
        found.append(f"What differs between the cells is {said} ({p_value(p.cells.p)}): a description.")
    return found


def limits(r: Result) -> list[str]:
    if r.piloted.primary is None:
        return list(r.warned)
    asked = f"Whose play differs is asked as of {values.as_of(r.clock)}, not as of the day the plays were given: where they changed what the rules read, the comparison is spoilt."
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
                *([] if days else [asked]),
                f"{taken}."
                if chosen_on is not None
                else f"{taken}; whoever chose the candidate on the same log sees it better than it is.",
                "It is about the customers and the time of the log.",
            ]
        case External(at=at):
            return [
                *([] if at is not None else [asked]),
                "Who was in which arm was decided elsewhere: that it was by chance is taken from its declaration; only the arms' sizes, their days and what was known before can be held to it.",
                "One look, at the end: whoever looked before and stopped at a good moment has more errors than the interval says.",
            ]
        case _:
            assert_never(r.design)


def as_markdown(r: Result, said: Said) -> str:
    p = r.piloted
    parts = [
        f"### {p.verdict.word}: {escaped(headline(r))}\n",
        of_words(said),
        "\n".join(f"- {escaped(_ticked(c))}" for c in p.checks) + "\n",
    ]
    if p.primary is not None:
        heads, cells = outcome_rows(r)
        parts.append(_markdown(heads, cells))
    if r.looks:
        parts.append(_markdown(*look_rows(r)))
    if r.account is not None:
        parts.append(_markdown(*account_rows(r.account)))
        parts += [f"- {escaped(line)}" for line in r.account.data]
    parts += [f"- {escaped(line)}" for line in beside(r)]
    if r.held_out is not None:
        heads, cells = held_out_rows(r)
        parts.append("\n" + _markdown(heads, cells) if cells else "")
        parts.append(_markdown(*account_rows(r.held_out.account)))
        parts += [f"- {escaped(line)}" for line in of_held_out(r)]
    if lines := limits(r):
        parts.append("\n" + "\n".join(f"> {escaped(line)}" for line in lines) + "\n")
    return "\n".join(parts)


def _markdown(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    told = [
        "| " + " | ".join(map(escaped, heads)) + " |",
        "|---" * len(heads) + "|",
        *("| " + " | ".join(map(escaped, row)) + " |" for row in cells),
    ]
    return "\n".join(told) + "\n"


def as_html(results: Sequence[Result], said: Sequence[Said]) -> str:
    e = results[0].experiment
    return page(f"{e.name}: {e.title or results[0].kind}", chain.from_iterable(map(_parts, results, said)))


def _parts(r: Result, said: Said) -> Iterator[str]:
    p = r.piloted
    kind = {"PROMOTE": "good", "INVALID": "bad"}.get(p.verdict.word, "open")
    yield f'<section class="verdict {kind}"><strong>{text(p.verdict.word)}</strong><p>{text(headline(r).replace("`", ""))}.</p></section>'
    yield in_words(said)
    yield f'<p class="dim">{text(r.candidate)} against {text(r.experiment.incumbent)}, {r.kind}, as of {text(values.as_of(r.clock))}{text(with_another(r))}.</p>'
    if p.primary is not None:
        drawn = [(measured(r.experiment.primary), *p.primary.good(r.experiment.primary.better))]
        alike = [g for g in p.guardrails if g.effect.is_share == p.primary.is_share]
        drawn += [(measured(g.measure), *g.effect.good(g.measure.better)) for g in alike]
        yield "<h2>What the plays did</h2>"
        yield chart.intervals("difference of each outcome, better to the right", drawn, points(p.primary))
        heads, cells = outcome_rows(r)
        yield table("Among those whose play differs", heads, [[text(c) for c in row] for row in cells], right=(1, 2, 3))
    if r.looks:
        heads, cells = look_rows(r)
        yield "<h2>Looks</h2>"
        drawn = [
            (f"look {n}", *one.effect.good(r.experiment.primary.better))
            for n, one in enumerate(r.looks, 1)
            if one.effect is not None
        ]
        if len(drawn) > 1:
            yield chart.intervals("difference at each look, better to the right", drawn, points(p.primary))
        yield table("What each look found", heads, [[text(c) for c in row] for row in cells], right=(2, 3, 4))
    if r.replayed is not None and len(r.replayed.curve) > 1:
        shown = [(f"+ {c.cell}", c.estimate, c.low, c.high) for c in r.replayed.curve]
        yield "<h2>If only some entered</h2>"
        yield chart.intervals(
            "what changes per customer whose play differs, as cells enter one by one, better to the right",
            shown,
            points(p.primary),
        )
        yield "<p>Cells enter whole, in the order of what half of the customers gained; measured on the other half.</p>"
    if p.cells is not None:
        heads, cells = cell_rows(r)
        yield table("By where they were and would be", heads, [[text(c) for c in row] for row in cells], right=(1,))
    yield "".join(f"<p>{text(line)}</p>" for line in beside(r))
    ticks = "".join(f'<li class="{"yes" if c.ok else "no"}">{text(_ticked(c).replace("`", ""))}</li>' for c in p.checks)
    yield f'<h2>Can it be trusted?</h2><ul class="ticks">{ticks}</ul>'
    if r.account is not None:
        yield "<h2>Where each row ended</h2>"
        yield from _account_table(r.account)
    if r.held_out is not None:
        yield "<h2>All plays against none</h2>"
        heads, cells = held_out_rows(r)
        if cells:
            yield table(
                "Those held out, and all in an arm",
                heads,
                [[text(c) for c in row] for row in cells],
                right=(1, 2, 3, 4, 5),
            )
        yield "".join(f"<p>{text(line.replace('`', ''))}</p>" for line in of_held_out(r))
        yield from _account_table(r.held_out.account)
    if lines := limits(r):
        yield "<h2>What this doesn't say</h2>" + "".join(f"<p>{text(line)}</p>" for line in lines)


def with_another(r: Result) -> str:
    """How many have another play; "" where nobody was looked at."""
    p = r.piloted
    return f"; {p.differ:,} of {p.customers:,} {r.experiment.entity}s with another play" if p.customers else ""


def _account_table(a: Account) -> Iterator[str]:
    heads, cells = account_rows(a)
    right = tuple(range(1, 2 + len(a.groups)))
    yield table(
        "Each row is in one line", heads, [[text(c.replace("`", "")) for c in row] for row in cells], right=right
    )
    yield "".join(f"<p>{text(line.replace('`', ''))}</p>" for line in a.data)
