"""Resolves experiments, and checks that each setting is declared once, has the right unit and fits the design."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

from segdsl.bounds import AS_IF_RUNS
from segdsl.diagnostics import has_errors, series
from segdsl.lang import tree
from segdsl.model import experiment as x
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model import types as ty
from segdsl.model.ahead import ends
from segdsl.model.as_if_run import UNITS, AsIfRun
from segdsl.model.clock import Clock
from segdsl.resolve.problems import Problems, repeats
from segdsl.resolve.randomised import Randomised
from segdsl.resolve.rules import Rules
from segdsl.resolve.scope import Scope
from segdsl.words.plural import plural

_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_OF_PILOTS = ("looks", "holdout", "layer", "adjust by", "winsorise at", "delivery")
_OF_ASSIGNED = ("looks", "holdout", "layer")
_KINDS = ("backtest", "pilot", "replay")
_HALF = Fraction(1, 2)
_SHARES = {
    "alpha": (Fraction(0), _HALF, "as in `alpha 5%`, for both sides together"),
    "power": (_HALF, Fraction(1), "as in `power 80%`"),
    "holdout": (Fraction(0), _HALF, 'as in `holdout 5% seed "2026"`'),
    "winsorise at": (_HALF, Fraction(1), "as in `winsorise at 99%`: values above that quantile are capped at it"),
}
"""The bounds of each share, and the help on a share outside them."""

MOST_ORIGINS = 40
MOST_CANDIDATES = 20
EARLIEST, LATEST = 1900, 2200


def resolve_experiments(declared: Sequence[tree.Experiment], rules: Rules, model: m.Model) -> dict[str, x.Experiment]:
    """Returns the experiments without a mistake, by name."""
    for first, name in repeats([d.name for d in declared], lambda n: n.text):
        rules.problems.add(
            "SEG0203",
            f"two experiments are called `{name.text}`",
            name,
            help="rename one of them",
            related=((first.span, "the first experiment is here"),),
        )
    _check_seeds(declared, rules)
    experiments = [_Resolver(d, rules, model).experiment() for d in declared]
    return {e.name: e for e in experiments if e is not None}


def _check_seeds(declared: Sequence[tree.Experiment], rules: Rules) -> None:
    """Reports seeds of two pilots, which would put the same customers into the same arms."""
    pilots = (s for d in declared for s in d.settings if s.kind == "pilot")
    for first, seed in repeats([s.text for s in pilots if s.text is not None], lambda text: text.value):
        rules.problems.add(
            "SEG0907",
            f'two pilots have the seed "{seed.value}"',
            seed,
            label="the same customers would be in the same arms again",
            help="choose another seed: any text will do",
            related=((first.span, "the first pilot is here"),),
        )


_EXAMPLE = (
    "as in: incumbent motion  candidate motion_v2  backtest as of 2025-04-01, 2025-07-01, 2025-10-01, 2026-01-01  "
    "primary churned_90d, lower is better, detect 1%"
)


class _Resolver:
    def __init__(self, d: tree.Experiment, rules: Rules, model: m.Model) -> None:
        self.d, self.rules, self.model = d, rules, model
        self.problems: Problems = rules.problems
        self.start = len(self.problems.diagnostics)

    @property
    def is_wrong(self) -> bool:
        """Whether an error was found since the start; advice doesn't count."""
        return has_errors(self.problems.diagnostics[self.start :])

    def experiment(self) -> x.Experiment | None:
        settings = self._settings()
        primary, guardrails = self._measures()
        kinds = [n for n in _KINDS if n in settings]
        required = ["incumbent", "candidate", *([] if kinds else ["backtest"])]
        missing_settings = [n for n in required if n not in settings]
        if len(kinds) > 1:
            help = "declare two experiments with different names"
            self.problems.add(
                "SEG0902", f"one experiment can't be both a {kinds[0]} and a {kinds[1]}", settings[kinds[1]], help=help
            )
        if primary is None and not any(p.kind == "primary" for p in self.d.measures):
            missing_settings.append("primary")
        if missing_settings:
            message = f"`{self.d.name.text}` has no {_words(missing_settings)}"
            self.problems.add("SEG0902", message, self.d.name, help=_EXAMPLE)
        if self.is_wrong:
            return None
        incumbent, candidates = settings["incumbent"].names[0], settings["candidate"].names
        rule = self._arms(incumbent, candidates)
        if rule is None or primary is None:
            return None
        cluster = self._cluster(settings["cluster"], rule.entity) if "cluster" in settings else None
        most = settings.get("at most")
        units = (rule.entity, plural(rule.entity), f"{rule.entity}s")
        if most is not None and most.names and most.names[0].text not in units:
            self.problems.add(
                "SEG0903",
                f"the unit of this experiment is the {rule.entity}",
                most.names[0],
                help=f"write `{plural(rule.entity)}`",
            )
        randomised = Randomised(self.rules, self.model, rule.entity)
        design = self._design(settings, primary, randomised)
        for kind in set(settings) & {"pilot", "replay"}:
            if len(candidates) > 1 and settings[kind].call is not None:
                self.problems.not_yet(f"a {kind} of several candidates", candidates[1])
            if "cluster" in settings and kind == "replay":
                self.problems.not_yet(f"a {kind} in clusters", settings["cluster"])
        self._outcomes([primary, *guardrails], randomised)
        if primary.worth is not None:
            self._costs(primary, [incumbent, *candidates])
        if self.is_wrong or design is None:
            return None
        reported = settings.get("reported within")
        return x.Experiment(
            name=self.d.name.text,
            entity=rule.entity,
            incumbent=incumbent.text,
            candidates=tuple(c.text for c in candidates),
            primary=primary,
            design=design,
            guardrails=tuple(guardrails),
            cluster=cluster,
            alpha=self._share(settings.get("alpha"), Fraction(5, 100)),
            power=self._share(settings.get("power"), Fraction(80, 100)),
            reported_days=_days(reported.duration) if reported and reported.duration else 0,
            at_most_days=_days(most.duration) if most and most.duration else None,
            at_most_units=most.count if most else None,
            title=self.d.title.text if self.d.title else "",
            span=self.d.name.span,
        )

    def _design(
        self, settings: Mapping[str, tree.ExperimentSetting], primary: x.Measure, randomised: Randomised
    ) -> x.Design | None:
        """Resolves the design: backtest, pilot or replay. Returns None if it has mistakes, which are reported."""
        if "backtest" in settings:
            origins = self._origins(settings["backtest"], primary)
            said = settings.get("as if run")
            return x.Backtest(origins, self._as_if_run(said, origins) if said is not None and origins else None)
        if "replay" in settings:
            return randomised.replay(settings["replay"])
        return randomised.external(settings) if settings["pilot"].call is not None else randomised.assigned(settings)

    # -- settings --------------------------------------------------------------------

    def _settings(self) -> dict[str, tree.ExperimentSetting]:
        settings: dict[str, tree.ExperimentSetting] = {}
        for s in self.d.settings:
            if s.kind in settings:
                self.problems.add("SEG0902", f"`{s.kind}` is given twice", s, help="keep one")
            settings[s.kind] = s
        for kind in _OF_PILOTS:
            if kind in settings and "pilot" not in settings:
                self.problems.add("SEG0903", f"`{kind}` is a setting of pilots", settings[kind], help="leave it out")
            elif kind in _OF_ASSIGNED and kind in settings and settings["pilot"].call is not None:
                help = 'to have segdsl assign customers, write `pilot seed "…" starts DATE`'
                self.problems.add(
                    "SEG0903", f"`{kind}` is a setting of pilots that segdsl assigns", settings[kind], help=help
                )
        if "as if run" in settings and "backtest" not in settings and any(n in settings for n in _KINDS):
            help = "leave it out: customers enter by the runs that are recorded"
            self.problems.add("SEG0903", "`as if run` is a setting of backtests", settings["as if run"], help=help)
        for kind, (low, high, help) in _SHARES.items():
            number = settings[kind].number if kind in settings else None
            if number is not None and not low < number.value < high:
                message = f"`{kind}` must be between {float(low):.0%} and {float(high):.0%}"
                self.problems.add("SEG0903", message, settings[kind], help=help)
        return settings

    def _share(self, setting: tree.ExperimentSetting | None, default: Fraction) -> Fraction:
        return setting.number.value if setting is not None and setting.number is not None else default

    def _arms(self, incumbent: tree.Name, candidates: Sequence[tree.Name]) -> m.Segmentation | None:
        segmentations = self.model.segmentations
        rule = segmentations.get(incumbent.text)
        if len(candidates) > MOST_CANDIDATES:
            help = "compare only the few that differ most: all candidates share one error rate, and the customers of a pilot"
            self.problems.add(
                "SEG0903",
                f"{len(candidates)} candidates; the most is {MOST_CANDIDATES}",
                candidates[MOST_CANDIDATES],
                help=help,
            )
            return None
        names: set[str] = {incumbent.text}
        for name in (incumbent, *candidates):
            segmentation = segmentations.get(name.text)
            if segmentation is None:
                if not self._is_declared(name.text):
                    self.problems.unknown("SEG0202", "segmentation", name, segmentations)
            elif rule is not None and segmentation.entity != rule.entity:
                self.problems.add(
                    "SEG0903",
                    f"`{incumbent.text}` is about {plural(rule.entity)}, but `{name.text}` is about {plural(segmentation.entity)}",
                    name,
                )
            elif name is not incumbent and name.text in names:
                what = "is also the incumbent" if name.text == incumbent.text else "is named twice"
                self.problems.add(
                    "SEG0903", f"the candidate `{name.text}` {what}", name, help="name another segmentation"
                )
            names.add(name.text)
        return None if self.is_wrong else rule

    def _is_declared(self, name: str) -> bool:
        """Tells whether a segmentation is declared; then its mistake has been reported there."""
        return name in self.rules.declared.segmentations

    def _cluster(self, setting: tree.ExperimentSetting, entity: str) -> k.Expr | None:
        assert setting.path is not None
        schema = self.model.schema
        group = self.rules.typer(Scope.of(schema, schema.relations[entity])).group(setting.path)
        match group:
            case k.Column(row=k.Via(row=k.This() as this, link=link), type=typed) if typed == ty.Link(link.target):
                # read the customer's own column, which is known even if the row that it links to is gone
                return k.Column(this, link.source, link.column, typed, span=group.span)
        return group

    def _origins(self, setting: tree.ExperimentSetting, primary: x.Measure) -> tuple[dt.date, ...]:
        """Returns the origins of a backtest. Reports origins out of order, and outcome windows that overlap the next origin."""
        days = [d.value for d in setting.dates if d.value is not None]
        if len(days) > MOST_ORIGINS:
            self.problems.add("SEG0904", f"{len(days)} origins; the most is {MOST_ORIGINS}", setting)
        for node in setting.dates:
            if node.value is not None and not EARLIEST <= node.value.year <= LATEST:
                self.problems.add("SEG0904", f"{node.value} is not a plausible day of the data", node)
        if self.is_wrong:
            return ()
        outcome = self.model.metrics.get(primary.outcome)
        for earlier, later, node in zip(days, days[1:], setting.dates[1:]):
            if later <= earlier:
                self.problems.add(
                    "SEG0904", "origins must be in order, each once", node, help="start with the earliest"
                )
                return ()
            end = ends(self.model, [outcome.body], self._clock(earlier)) if outcome is not None else None
            if end is not None and end > self._clock(later).now:
                until = self._clock(earlier).date_of(end)
                self.problems.add(
                    "SEG0904",
                    f"the outcome `{primary.outcome}` as of {earlier} is only known on {until}",
                    node,
                    label="this origin is earlier",
                    help="leave more time between origins: overlapping outcome windows count the same events twice",
                )
                return ()
        return tuple(days)

    def _as_if_run(self, setting: tree.ExperimentSetting, origins: Sequence[dt.date]) -> AsIfRun | None:
        """Returns the runs that a backtest supposes. Reports units shorter than a day, a day that is too late, and too many runs."""
        every, since = setting.duration, setting.dates[0].value
        assert every is not None
        if since is None:
            return None  # no day of the calendar, which was reported
        if every.unit not in UNITS or every.count < 1 or every.span.text == f"{every.unit}s":
            help = "as in `as if run every day since 2025-01-01`, `every week`, `every 2 weeks` or `every month`"
            self.problems.add("SEG0903", "rules run once a day at most, at its start", every, help=help)
            return None
        runs = AsIfRun(since, every.count, every.unit)
        if since >= origins[0] or since.year < EARLIEST:
            help = "begin well before the first origin, so that customers can be kept by then"
            message = f"{since} isn't a plausible day before {origins[0]}, the first origin"
            self.problems.add("SEG0904", message, setting.dates[0], help=help)
        elif runs.number(self._clock(origins[-1]), AS_IF_RUNS.most) > AS_IF_RUNS.most:
            self.problems.diagnostics.append(AS_IF_RUNS.finding(f"`{self.d.name.text}`", span=setting.span))
        return runs

    def _clock(self, day: dt.date) -> Clock:
        return Clock.at(day, self.model.outside.zone)

    # -- measures --------------------------------------------------------------------

    def _measures(self) -> tuple[x.Measure | None, list[x.Measure]]:
        primary: x.Measure | None = None
        guardrails: list[x.Measure] = []
        is_backtest = any(s.kind == "backtest" for s in self.d.settings)
        kinds: set[str] = set()
        for declared in self.d.measures:
            if declared.kind == "guardrail" and is_backtest:
                help = "a backtest treats nobody, so nothing can get worse; keep guardrails for a pilot"
                self.problems.add("SEG0903", "a backtest has no guardrails", declared, help=help)
                continue
            if declared.kind == "primary" and "primary" in kinds:
                self.problems.add(
                    "SEG0902",
                    "`primary` is given twice",
                    declared,
                    help="keep one, which decides alone; the other can be a guardrail of a pilot",
                )
                continue
            kinds.add(declared.kind)
            measure = self._measure(declared, is_backtest)
            if measure is not None and declared.kind == "primary":
                primary = measure
            elif measure is not None:
                guardrails.append(measure)
        return primary, guardrails

    def _measure(self, declared: tree.Measure, is_backtest: bool) -> x.Measure | None:
        sides = [w for w in declared.wishes if w.kind in ("higher", "lower")]
        if len(sides) != 1:
            help = "decide before the data is seen: write `higher is better` or `lower is better`"
            self.problems.add(
                "SEG0903", f"`{declared.name.text}` doesn't say which direction is better", declared, help=help
            )
            return None
        sizes: dict[str, x.Size] = {}
        for wish in declared.wishes:
            if wish.kind not in ("detect", "margin"):
                continue
            if wish.kind in sizes:
                self.problems.add("SEG0902", "this is given twice", wish, help="keep one")
            size = (
                self._size(wish, declared, is_backtest) if wish.size is not None else self._cost_saved(wish, declared)
            )
            if size is not None:
                sizes[wish.kind] = size
        if is_backtest and not any(w.kind == "detect" for w in declared.wishes):
            help = "name the smallest gain in skill worth a pilot, as in `detect 1%` of the variance not yet explained"
            self.problems.add("SEG0903", f"`{declared.name.text}` has no `detect`", declared, help=help)
            return None
        if len(sizes) < sum(w.kind in ("detect", "margin") for w in declared.wishes):
            return None
        if not is_backtest and not self._is_margin_sound(declared, sizes):
            return None
        better: Literal["higher", "lower"] = "higher" if sides[0].kind == "higher" else "lower"
        per, worth = (next((w for w in declared.wishes if w.kind == kind), None) for kind in ("per", "worth"))
        for option in (per, worth):
            if option is not None and not any(s.kind == "pilot" for s in self.d.settings):
                self.problems.add("SEG0903", f"`{option.kind}` is a setting of pilots", option, help="leave it out")
        return x.Measure(
            outcome=declared.name.text,
            better=better,
            detect=sizes.get("detect"),
            margin=sizes.get("margin"),
            per=per.name.text if per and per.name else None,
            worth=(worth.size.value, worth.name.text) if worth and worth.size and worth.name else None,
        )

    def _is_margin_sound(self, declared: tree.Measure, sizes: Mapping[str, x.Size]) -> bool:
        """Checks that a guardrail has a margin, and a primary a margin or a smallest effect. Only pilots may have margins."""
        margin = next((w for w in declared.wishes if w.kind == "margin"), None)
        if declared.kind == "guardrail":
            if margin is None:
                help = "say how much worse it may be at most, as in `not worse by 1 point` or `not worse by 5%`"
                self.problems.add("SEG0903", f"`{declared.name.text}` has no margin", declared, help=help)
            return margin is not None
        if margin is None:
            return True
        if not any(s.kind == "pilot" for s in self.d.settings):
            help = "the primary of a replay must be better; declare an outcome that must not get worse as a guardrail"
            self.problems.add("SEG0903", "`not worse by` is for pilots and guardrails", margin, help=help)
        elif "detect" in sizes:
            help = "write `detect` if the primary must be better, `not worse by` if it must be no worse"
            self.problems.add("SEG0903", "a primary can't have both `detect` and `not worse by`", margin, help=help)
        else:
            return True
        return False

    def _cost_saved(self, wish: tree.Wish, of: tree.Measure) -> x.Size | None:
        """Returns the margin `cost saved` of a primary with a `worth`."""
        kinds = {w.kind for w in of.wishes}
        if of.kind == "primary" and "worth" in kinds and "per" not in kinds:
            return x.Size(Fraction(1), "cost saved", in_d=True)
        example = "primary kept_90d, higher is better, worth 900 USD each, not worse by the cost saved"
        help = f"say what one unit of the primary is worth, without `per`, as in `{example}`"
        self.problems.add("SEG0903", "`the cost saved` needs a primary with a `worth` per customer", wish, help=help)
        return None

    def _costs(self, primary: x.Measure, arms: Sequence[tree.Name]) -> None:
        """Checks that the costs of plays are amounts in the outcome's currency, and that the margin `cost saved` has a cost."""
        assert primary.worth is not None
        at = next(w for d in self.d.measures for w in d.wishes if w.kind == "worth")
        rules = [self.model.segmentations[a.text] for a in arms]
        names = dict.fromkeys(a.play for r in rules for a in r.all_arms if a.play in self.model.plays)
        plays = [self.model.plays[n] for n in names if n is not None and "cost" in self.model.plays[n].settings]
        for play in plays:
            cost, currency = play.settings["cost"], play.settings.get("currency", primary.worth[1])
            if isinstance(cost, bool) or not isinstance(cost, int | float) or cost < 0:
                self.problems.add(
                    "SEG0903",
                    f"the cost of `{play.name}` is not an amount",
                    at,
                    help="write a number of at least 0, as in `cost: 120`",
                )
            elif currency != primary.worth[1]:
                help = f"use {currency} for both, or {primary.worth[1]} for both"
                self.problems.add(
                    "SEG0903",
                    f"the cost of `{play.name}` is in {currency}, but the worth of the outcome in {primary.worth[1]}",
                    at,
                    help=help,
                )
        if not plays and primary.margin is not None and primary.margin.unit == "cost saved":
            help = 'give each play its cost, as in `play call { channel: "csm", cost: 120, currency: "USD" }`'
            self.problems.add("SEG0903", "no play of the two segmentations has a cost", at, help=help)

    def _size(self, wish: tree.Wish, of: tree.Measure, is_backtest: bool) -> x.Size | None:
        assert wish.size is not None
        value, percent = wish.size.value, wish.size.percent
        if value <= 0:
            margin_help = "as in `not worse by 1 point`: how much worse is still acceptable"
            detect_help = (
                "as in `detect 1 point`: the smallest change worth having; in a backtest `detect 1%`, of skill"
            )
            help = margin_help if wish.kind == "margin" else detect_help
            self.problems.add("SEG0903", "an effect must be more than 0", wish, help=help)
            return None
        if is_backtest and (wish.kind == "margin" or wish.in_d or wish.points or not percent or value >= 1):
            help = "a backtest measures how much better the outcome is predicted, as a share of its variance: write `detect 1%`"
            self.problems.add("SEG0903", "this is not a gain in skill", wish, help=help)
            return None
        if wish.points and percent:
            help = "`5 points` is absolute, `5%` is relative to the incumbent"
            self.problems.add("SEG0903", "use either `%` or `points`, not both", wish, help=help)
            return None
        if wish.points and value >= 100:
            self.problems.add(
                "SEG0903",
                "a share can't change by 100 points or more",
                wish,
                help="as in `1 point`: one more, or one fewer, of 100 customers",
            )
            return None
        falls = any(w.kind == ("higher" if wish.kind == "margin" else "lower") for w in of.wishes)
        if wish.kind == "detect" and percent and falls and value >= 1:
            help = "the smallest change worth having, as in `detect 10%`: a tenth less than with the incumbent"
            self.problems.add("SEG0903", "an outcome can't fall by 100% or more", wish, help=help)
            return None
        if wish.kind == "margin" and percent and falls and value >= 1:
            help = "say how much less is still acceptable, as in `not worse by 5%`"
            self.problems.add(
                "SEG0903", "a margin of 100% or more accepts the loss of the whole outcome", wish, help=help
            )
            return None
        unit = "points" if wish.points else "share" if percent else "units"
        return x.Size(value / 100 if wish.points else value, unit, wish.in_d)  # type: ignore[arg-type]

    def _outcomes(self, measures: Sequence[x.Measure], randomised: Randomised) -> None:
        entity, places = randomised.entity, {w.name.text: w.name for w in self.d.measures}
        for declared in self.d.measures:
            for wish in declared.wishes:
                if wish.kind == "per" and wish.name is not None:
                    randomised.metric(wish.name, "the divisor of an outcome")
        for measure in measures:
            place = places[measure.outcome]
            outcome = randomised.named(place, "outcome")
            if outcome is None:
                continue
            if not outcome.outcome or outcome.entity != entity:
                what = "is a metric, not an outcome" if not outcome.outcome else f"is about {plural(outcome.entity)}"
                example = "outcome churned_90d = ended_at is not missing and ended_at in next 90 days"
                help = f"name an outcome of `{entity}`, declared as in `{example}`"
                self.problems.add("SEG0905", f"`{outcome.name}` {what}", place, help=help)
            elif not (outcome.type == ty.BOOLEAN or ty.is_measure(outcome.type)):
                self.problems.add(
                    "SEG0905",
                    "an outcome to measure must be true or false, or a number",
                    place,
                    label=f"this is {outcome.type}",
                )
            elif (
                any(s.kind == "backtest" or (s.kind == "pilot" and s.call is None) for s in self.d.settings)
                and ends(self.model, [outcome.body], self._clock(dt.date(2026, 1, 31))) is None
            ):
                help = "say until when, as in `any(invoices in next 90 days)`: an experiment waits for the end"
                self.problems.add("SEG0905", f"`{outcome.name}` has no end", place, help=help)


def _days(duration: tree.Duration) -> int:
    return duration.count * _DAYS.get(duration.unit, 1)


def _words(names: Sequence[str]) -> str:
    return series([f"`{n}`" for n in names])
