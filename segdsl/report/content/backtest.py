"""What a backtest says -> its verdict in a sentence, its figures in words, and what it doesn't say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segdsl.diagnostics import series
from segdsl.experiment.history.backtest import Result
from segdsl.experiment.history.describe import Description
from segdsl.experiment.history.expected import Expected
from segdsl.experiment.history.judge import BacktestJudgement
from segdsl.model.clock import day
from segdsl.model.experiment import Backtest
from segdsl.report.content.figures import Table, percent, small
from segdsl.words.plural import plural

ENOUGH_ORIGINS = 4


def shares(j: BacktestJudgement) -> Callable[[float], str]:
    """How a mean outcome is shown: as a share where it is one."""
    return percent if all(0 <= s.observed <= 1 for s in j.segments) else small


def periods(design: Backtest) -> str:
    origins, runs = design.origins, f", {design.as_if_run.words}" if design.as_if_run is not None else ""
    if len(origins) == 1:
        return f"as of {day(origins[0])}{runs}"
    return f"{len(origins)} origins, {day(origins[0])} to {day(origins[-1])}{runs}"


def headline(r: Result) -> str:
    """The verdict in words, without a figure."""
    e, j = r.experiment, r.judged
    better, beside = f"{r.candidate} predicts {e.primary.outcome} better than {e.incumbent}", f"than {e.incumbent}"
    match j.verdict.word:
        case "INVALID":
            return f"{r.candidate} can't be judged: {'; '.join(c.message for c in j.checks if not c.ok)}"
        case "NOT ANSWERABLE" if j.expected is None:
            return f"these customers can't answer it: {'; '.join(c.message for c in j.checks if not c.ok)}"
        case "NOT ANSWERABLE":
            much = "by as much as was wanted or as it seemed to be before"
            return f"these {plural(e.entity)} can't tell whether {better}, were it better {much}"
        case "PROMOTE TO PILOT":
            return f"{better}; whether its plays work, only a pilot can tell"
        case "PROMOTE":
            return f"{r.candidate} changes nobody's play and predicts {e.primary.outcome} no worse {beside}"
        case "KEEP" | "CONTINUE":
            pass
    if j.verdict.reason == "predicts worse":
        return f"{r.candidate} predicts {e.primary.outcome} worse {beside}"
    if j.verdict.reason == "effect ruled out":
        return (
            f"{r.candidate} doesn't predict {e.primary.outcome} better {beside} by as much as was wanted: a "
            f"gain of {percent(j.detect / j.variance)} is ruled out"
        )
    if j.estimate.low > 0:
        return f"{better}, but {f'without {series(lacking(j))}' if lacking(j) else _why_not(j.verdict.reason)}"
    return f"whether {better} is open"


def sentence(r: Result) -> str:
    """The verdict in one sentence, with the number and its interval where there is one: what a record keeps."""
    j = r.judged
    if j.verdict.word == "NOT ANSWERABLE" and (x := j.expected) is not None:
        return f"{headline(r)}: {chance(x)}; {smallest(x, float(r.experiment.power), r.experiment.entity)}"
    if not j.is_shown:
        return headline(r)
    return f"{headline(r)}: {gained(j)}; {beside_registered(j)}"


def lacking(j: BacktestJudgement) -> list[str]:
    return [name for name, shown in j.needed if not shown]


def _why_not(reason: str) -> str:
    if reason == "exploratory":
        return "the declaration was changed after it was first run, so this is exploratory"
    return reason


def gained(j: BacktestJudgement) -> str:
    mid, low, high = j.skill
    return f"gain in skill {percent(mid)} ({percent(low)} to {percent(high)})"


def chance(x: Expected) -> str:
    """The power for the registered gain, with its interval."""
    low, high = x.interval
    return (
        f"a gain of {percent(x.detect)} is found with a chance of {x.power(x.detect):.0%} ({low:.0%} to "
        f"{high:.0%}, as far as one window tells)"
    )


def smallest(x: Expected, power: float, entity: str) -> str:
    """What these customers find with a power."""
    there = f"{round(sum(x.customers) / len(x.customers)):,} {plural(entity)} at each of {len(x.customers)} origins"
    if (least := x.least(power)) is None:
        return f"what {there} show is never enough to promote: ask four origins"
    return f"what {there} find with {power:.0%} is {percent(least)} or more"


def few_origins(origins: int) -> str:
    """What fewer than four cost."""
    if origins < 3:
        return f"{origins} origin{'s' if origins > 1 else ''} can hardly promote anything: ask four"
    return (
        "Ask four origins rather than three: three promote fewer of the good candidates (61% where four "
        "promote 69%), and more of those that are no better where "
        "quarters differ (up to 3.7%, at most 3% of four)"
    )


def units(r: Result) -> str:
    """How many were judged: a customer counts once an origin, and is one unit however often, as is a cluster."""
    e, j = r.experiment, r.judged
    of = plural(e.entity) if e.cluster is None else "independent clusters"
    return f"{j.customers:,} {e.entity}-days (each {e.entity} once an origin) of {j.estimate.clusters:,} {of}"


def beside_registered(j: BacktestJudgement) -> str:
    """Whether the gain is as large as was registered: reported, but not a requirement."""
    _, low, high = j.skill
    registered = f"the registered {percent(j.detect / j.variance)}"
    if low > j.detect / j.variance:
        return f"all of the interval lies above {registered}"
    return (
        f"the interval reaches below {registered}"
        if high > j.detect / j.variance
        else f"all of the interval lies below {registered}"
    )


def limits(r: Result) -> list[str]:
    """What the result doesn't say, in sentences."""
    said: list[str] = []
    if r.judged.verdict.word in ("INVALID", "NOT ANSWERABLE"):
        return said
    if any(o.differ for o in r.judged.origins):
        said.append(
            f"Nobody was treated. That {r.candidate} sees better who is at risk doesn't say that its plays help them: those at the "
            "highest risk are not those who respond most."
        )
    if r.evidence == "crossfit":
        said.append(
            "There is one window, so rates were learned on the others of the same time: the interval is "
            "approximate, and nothing is out of time."
        )
    else:
        said.append(
            "The interval is about the customers of these periods, given the rates learned before each; another year may differ."
        )
    if r.empty:
        said.append(f"Nobody was in {', '.join(r.empty)} at any origin, so nothing is known of such customers.")
    if r.assumed:
        said.append(
            f"Taken as they were written, or as never changing where declared fixed, which nothing proves: {', '.join(r.assumed)}."
        )
    if r.earlier:
        many = f"{len(r.earlier)} other experiments have" if len(r.earlier) > 1 else "Another experiment has"
        said.append(
            f"{many} looked at {r.experiment.primary.outcome} in these windows ({', '.join(r.earlier)}): the more "
            "are tried on the same windows, the likelier "
            "one looks better by chance, and nothing here corrects for it."
        )
    if r.evidence != "crossfit" and len(r.judged.origins) < ENOUGH_ORIGINS:
        said.append(f"{few_origins(len(r.judged.origins))}.")
    if grows(r.judged):
        said.append(
            "The gain grows from origin to origin towards the day the data is of, by more than chance: a "
            "field that was written later looks like that, too."
        )
    return said


def grows(j: BacktestJudgement) -> bool:
    """Whether the gain grows with the origins.

    It does where their slope, each weighed by its precision, lies more than 3.09 standard errors above 0 (one side, .001).
    """
    if len(j.origins) < 3 or not all(o.se > 0 for o in j.origins):
        return False
    weights = [1 / o.se**2 for o in j.origins]
    days = [o.as_of.toordinal() for o in j.origins]
    middle = sum(w * t for w, t in zip(weights, days)) / sum(weights)
    information = sum(w * (t - middle) ** 2 for w, t in zip(weights, days))
    slope = sum(w * (t - middle) * o.gain for w, t, o in zip(weights, days, j.origins)) / information
    return bool(slope * information**0.5 > 3.09)


def described(r: Result) -> Table:
    """Heads and rows of the figures that decide nothing."""
    return described_rows((r.experiment.incumbent, r.candidate), r.described)


def described_rows(names: Sequence[str], figures: Sequence[Description]) -> Table:
    heads = [
        "",
        "variance explained",
        "omega squared",
        "Cramér's V",
        "information",
        "area under ROC",
        "in each day's top tenth",
    ]
    rows = []
    for name, d in zip(names, figures):
        area = "" if d.auc is None else f"{d.auc[0]:.3f} ({d.auc[1]:.3f} to {d.auc[2]:.3f})"
        bits = "" if d.information is None else f"{d.information:.4f} bits"
        rows.append(
            [
                name,
                percent(d.eta2),
                percent(d.omega2),
                "" if d.cramers_v is None else f"{d.cramers_v:.3f}",
                bits,
                area,
                "" if d.top_tenth is None else percent(d.top_tenth),
            ]
        )
    return heads, rows
