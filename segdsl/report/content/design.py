"""What an experiment could find, before it begins -> its figures in words, and the heads and rows of its tables."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from segdsl.experiment.history.power import reach
from segdsl.experiment.planning.plan import LOOKED_BACK, PilotPlan, Plan
from segdsl.experiment.shared.sample_size import units_per_arm, z_total
from segdsl.model.clock import day
from segdsl.model.experiment import Experiment
from segdsl.report.content.figures import Table, in_points, percent, small
from segdsl.report.content.pilot import margin
from segdsl.words.plural import plural


def size_shown(q: PilotPlan) -> Callable[[float], str]:
    """How an effect is shown: in points where the outcome is a share."""
    return (lambda size: f"{size * 100:.2g} points") if q.is_share else small


def chance_of(power: float) -> str:
    """A promise is rounded down: 79.8 % isn't the 80 % that was asked for."""
    return f"{int(power * 100 + 1e-9)}%"


def loose(e: Experiment, q: PilotPlan) -> str:
    """Of a margin that holds nobody to anything."""
    assert q.margin is not None
    shown = size_shown(q)
    return (
        f"a margin of {margin(e, shown(q.margin))} among them is as large as what it is about, "
        f"{percent(q.outcome)} with {e.primary.outcome}: twice as many could be lost, and it would be kept. "
        f"{'Is one of them worth so little?' if e.primary.worth else 'Set a smaller one'}"
    )


def reach_rows(p: Plan) -> Table:
    """The smallest gain by origins and by customers."""
    assert p.backtest is not None
    power, entity = float(p.experiment.power), p.experiment.entity
    plans = reach(p.backtest, power)
    sizes = dict.fromkeys(r.customers for r in plans)
    rows = [
        [
            f"{origins} origins",
            *("none" if r.least is None else percent(r.least) for r in plans if r.origins == origins),
        ]
        for origins in dict.fromkeys(r.origins for r in plans)
    ]
    return [f"found with {power:.0%}", *(f"{n:,} {plural(entity)} each" for n in sizes)], rows


def entering_rows(p: Plan) -> Table:
    """What a pilot finds by weeks of entering: the smallest effect, and the chance of some."""
    q, e = p.pilot, p.experiment
    assert q is not None
    shown = size_shown(q)
    sizes = dict.fromkeys(size for row in q.table for size, _ in row.powers)
    heads = [
        "entering",
        "in all",
        plural(e.entity),
        f"found with {float(e.power):.0%}",
        *(f"chance {'to show a margin ' if q.margin is not None else ''}of {shown(s)}" for s in sizes),
    ]
    rows = [
        [
            "on one day" if not row.entering else f"{row.entering} weeks",
            f"{row.weeks} weeks",
            f"{row.units:,}",
            "none" if row.least is None else shown(row.least),
            *(chance_of(power) for _, power in row.powers),
        ]
        for row in q.table
    ]
    return heads, rows


def newcomers(p: Plan) -> str:
    """Whom the weeks of entering count on."""
    q, e = p.pilot, p.experiment
    assert q is not None
    since = f"the {LOOKED_BACK} weeks before {day(q.window)}"
    if q.a_week is None:
        return f"how many {plural(e.entity)} come to be among them later isn't known: nobody was before {since}"
    return (
        f"those who are there, and {q.a_week:,.3g} {plural(e.entity)} a week who come to be among them, as in {since}"
    )


def ahead_rows(p: Plan) -> Table:
    """The looks to come, for one effect; four where any day may be one."""
    q = p.pilot
    assert q is not None
    shown = q.ahead if q.ahead[0].on is not None else q.ahead[len(q.ahead) // 4 - 1 :: len(q.ahead) // 4]
    rows = [
        [
            day(a.on) if a.on is not None else f"{a.fraction:.0%} of the outcomes",
            f"{a.border:.2f}",
            chance_of(a.promoted),
            "" if a.left is None else chance_of(a.left),
        ]
        for a in shown
    ]
    return [f"looks, for a change of {size_shown(q)(q.of)}", "z asked", "promoted by then", "left if it goes on"], rows


def guardrails_too(e: Experiment) -> str:
    """What else the chance asks for."""
    if not e.guardrails:
        return ""
    return f", {'each guardrail' if len(e.guardrails) > 1 else 'the guardrail'} shown to be no worse where its plays don't change it"


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
        return f"{q.arms * n:,} {plural(e.entity)} in all"

    questions = [
        (
            f"an outcome that comes earlier, and that {LEADING:.0%} of them have instead of {percent(bad)}: "
            f"{part:.0%} less of it needs {needs(LEADING)}"
        ),
        (
            f"more quarters: within {LONGER} times as long about {percent(longer)} would have this one: "
            f"{part:.0%} less of it needs {needs(longer)}"
        ),
    ]
    if e.primary.margin is None:
        least = z_total(alpha, power) * sqrt(2 * bad * (1 - bad) * more / (q.units / q.arms))
        if least < bad:
            questions.append(
                (
                    "whether a cheaper play keeps as many (`not worse by the cost saved`): no worse by more than "
                    f"{in_points(least)} among them is shown with {power:.0%}"
                )
                + (f", which is {float(e.power):.0%} with the guardrails" if e.guardrails else "")
            )
    return questions
