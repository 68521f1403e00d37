"""Experiments: that all is registered, once, in the right unit, and belongs together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction

from segdsl.diagnostics import Span, has_errors
from segdsl.lang import tree
from segdsl.model import experiment as x
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model import types as ty
from segdsl.model.ahead import ends
from segdsl.model.clock import Clock
from segdsl.resolve.problems import Problems
from segdsl.resolve.randomised import Randomised
from segdsl.resolve.rules import Rules
from segdsl.resolve.scope import Scope

_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_OF_PILOTS = ("looks", "holdout", "layer", "adjust by", "winsorise at", "delivery")
_OF_ASSIGNED = ("looks", "holdout", "layer")
_KINDS = ("backtest", "pilot", "replay")
_SHARES = {
    "alpha": "as in `alpha 5%`, for both sides together", "power": "as in `power 80%`",
    "holdout": 'as in `holdout 5% seed "2026"`', "winsorise at": "as in `winsorise at 99%`: what lies above that quantile is cut to it",
}  # fmt: skip
MOST_ORIGINS = 40
MOST_CANDIDATES = 20
EARLIEST, LATEST = 1900, 2200


def resolve_experiments(declared: Sequence[tree.Experiment], rules: Rules, model: m.Model) -> dict[str, x.Experiment]:
    """Those without a mistake, by name."""
    first: dict[str, Span] = {}
    for d in declared:
        known = first.setdefault(d.name.text, d.name.span)
        if known is not d.name.span:
            rules.problems.add(
                "SEG0203",
                f"two experiments are called `{d.name.text}`",
                d.name,
                help="rename one of them",
                related=((known, "the first stands here"),),
            )
    _seeds(declared, rules)
    found = [_Resolver(d, rules, model).experiment() for d in declared]
    return {e.name: e for e in found if e is not None}


def _seeds(declared: Sequence[tree.Experiment], rules: Rules) -> None:
    """A seed used twice would put the same customers into the same arms."""
    first: dict[str, Span] = {}
    for d in declared:
        for s in d.settings:
            if s.kind != "pilot" or s.text is None:
                continue
            known = first.setdefault(s.text.value, s.text.span)
            if known is not s.text.span:
                rules.problems.add(
                    "SEG0907",
                    f'two pilots have the seed "{s.text.value}"',
                    s.text,
                    label="the same customers would be in the same arms again",
                    help="write another: any text will do",
                    related=((known, "the first stands here"),),
                )


class _Resolver:
    def __init__(self, d: tree.Experiment, rules: Rules, model: m.Model) -> None:
        self.d, self.rules, self.model = d, rules, model
        self.problems: Problems = rules.problems
        self.before = len(self.problems.found)

    @property
    def is_wrong(self) -> bool:
        """Whether an error was found; advice is none."""
        return has_errors(self.problems.found[self.before :])

    def experiment(self) -> x.Experiment | None:
        given = self._settings()
        primary, guardrails = self._measures()
        kinds = [n for n in _KINDS if n in given]
        wanted = ["incumbent", "candidate", *([] if kinds else ["backtest"])]
        missing = [n for n in wanted if n not in given]
        if len(kinds) > 1:
            help = "declare each under a name of its own"
            self.problems.add(
                "SEG0902", f"a {kinds[0]} and a {kinds[1]} are two experiments", given[kinds[1]], help=help
            )
        if primary is None and not any(p.kind == "primary" for p in self.d.measures):
            missing.append("primary")
        if missing:
            help = "as in: incumbent motion  candidate motion_v2  backtest as of 2025-04-01, 2025-07-01, 2025-10-01, 2026-01-01  primary churned_90d, lower is better, detect 1%"
            self.problems.add("SEG0902", f"`{self.d.name.text}` has no {_words(missing)}", self.d.name, help=help)
        if self.is_wrong:
            return None
        incumbent, candidates = given["incumbent"].names[0], given["candidate"].names
        rule = self._arms(incumbent, candidates)
        if rule is None or primary is None:
            return None
        cluster = self._cluster(given["cluster"], rule.entity) if "cluster" in given else None
        most = given.get("at most")
        if most is not None and most.names and most.names[0].text not in (rule.entity, f"{rule.entity}s"):
            self.problems.add(
                "SEG0903", f"units here are {rule.entity}s", most.names[0], help=f"write `{rule.entity}s`"
            )
        randomised = Randomised(self.rules, self.model, rule.entity)
        design = self._design(given, primary, randomised)
        for kind in set(given) & {"pilot", "replay"}:
            if len(candidates) > 1 and given[kind].call is not None:
                self.problems.not_yet(f"a {kind} of several candidates", candidates[1])
            if "cluster" in given and kind == "replay":
                self.problems.not_yet(f"a {kind} in clusters", given["cluster"])
        self._outcomes([primary, *guardrails], randomised)
        if primary.worth is not None:
            self._costs(primary, [incumbent, *candidates])
        if self.is_wrong or design is None:
            return None
        reported = given.get("reported within")
        return x.Experiment(
            name=self.d.name.text,
            entity=rule.entity,
            incumbent=incumbent.text,
            candidates=tuple(c.text for c in candidates),
            primary=primary,
            design=design,
            guardrails=tuple(guardrails),
            cluster=cluster,
            alpha=self._share(given.get("alpha"), Fraction(5, 100)),
            power=self._share(given.get("power"), Fraction(80, 100)),
            reported_days=_days(reported.duration) if reported and reported.duration else 0,
            at_most_days=_days(most.duration) if most and most.duration else None,
            at_most_units=most.count if most else None,
            title=self.d.title.text if self.d.title else "",
            span=self.d.name.span,
        )

    def _design(
        self, given: Mapping[str, tree.ExperimentSetting], primary: x.Measure, randomised: Randomised
    ) -> x.Design | None:
        """By the one of backtest, pilot and replay that is given; None where it has mistakes, which are reported."""
        if "backtest" in given:
            return x.Backtest(self._origins(given["backtest"], primary))
        if "replay" in given:
            return randomised.replay(given["replay"])
        return randomised.external(given) if given["pilot"].call is not None else randomised.assigned(given)

    # -- settings --------------------------------------------------------------------

    def _settings(self) -> dict[str, tree.ExperimentSetting]:
        given: dict[str, tree.ExperimentSetting] = {}
        for s in self.d.settings:
            if s.kind in given:
                self.problems.add("SEG0902", f"`{s.kind}` is given twice", s, help="keep one")
            given[s.kind] = s
        for kind in _OF_PILOTS:
            if kind in given and "pilot" not in given:
                self.problems.add("SEG0903", f"`{kind}` is a pilot's", given[kind], help="leave it out")
            elif kind in _OF_ASSIGNED and kind in given and given["pilot"].call is not None:
                help = 'write `pilot seed "…" starts DATE` where segdsl puts customers into arms'
                self.problems.add("SEG0903", f"`{kind}` is of a pilot that segdsl assigns", given[kind], help=help)
        half = Fraction(1, 2)
        for kind, low, high in (
            ("alpha", Fraction(0), half), ("power", half, Fraction(1)), ("holdout", Fraction(0), half), ("winsorise at", half, Fraction(1)),
        ):  # fmt: skip
            number = given[kind].number if kind in given else None
            if number is not None and not low < number.value < high:
                help = _SHARES[kind]
                self.problems.add(
                    "SEG0903", f"`{kind}` lies between {float(low):.0%} and {float(high):.0%}", given[kind], help=help
                )
        return given

    def _share(self, setting: tree.ExperimentSetting | None, default: Fraction) -> Fraction:
        return setting.number.value if setting is not None and setting.number is not None else default

    def _arms(self, incumbent: tree.Name, candidates: Sequence[tree.Name]) -> m.Segmentation | None:
        known = self.model.segmentations
        rule = known.get(incumbent.text)
        if len(candidates) > MOST_CANDIDATES:
            help = "compare the few that differ most: all of them share the error, and the customers of a pilot"
            self.problems.add(
                "SEG0903",
                f"{len(candidates)} candidates; the most is {MOST_CANDIDATES}",
                candidates[MOST_CANDIDATES],
                help=help,
            )
            return None
        seen: set[str] = {incumbent.text}
        for name in (incumbent, *candidates):
            other = known.get(name.text)
            if other is None:
                if not self._is_wrong(name.text):
                    self.problems.unknown("SEG0202", "segmentation", name, known)
            elif rule is not None and other.entity != rule.entity:
                self.problems.add(
                    "SEG0903", f"`{incumbent.text}` is about {rule.entity}s, `{name.text}` about {other.entity}s", name
                )
            elif name is not incumbent and name.text in seen:
                what = "is the incumbent too" if name.text == incumbent.text else "is named twice"
                self.problems.add(
                    "SEG0903", f"the candidate `{name.text}` {what}", name, help="name another segmentation"
                )
            seen.add(name.text)
        return None if self.is_wrong else rule

    def _is_wrong(self, name: str) -> bool:
        """Declared, but with a mistake of its own that has been told."""
        return name in self.rules.declared.segmentations

    def _cluster(self, setting: tree.ExperimentSetting, entity: str) -> k.Expr | None:
        assert setting.path is not None
        found = self.rules.typer(Scope.of(self.model.schema, self.model.schema.relations[entity])).group(setting.path)
        match found:
            case k.Column(row=k.Via(row=k.This() as own, link=link), type=typed) if typed == ty.Link(link.target):
                return k.Column(own, link.source, link.column, typed, span=found.span)  # also where that row is gone
        return found

    def _origins(self, setting: tree.ExperimentSetting, primary: x.Measure) -> tuple[dt.date, ...]:
        """In order, and so far apart that the next begins when what the one before waits for has happened."""
        days = [d.value for d in setting.dates if d.value is not None]
        if len(days) > MOST_ORIGINS:
            self.problems.add("SEG0904", f"{len(days)} origins; the most is {MOST_ORIGINS}", setting)
        for node in setting.dates:
            if node.value is not None and not EARLIEST <= node.value.year <= LATEST:
                self.problems.add("SEG0904", f"{node.value} is no day that data is of", node)
        if self.is_wrong:
            return ()
        outcome = self.model.metrics.get(primary.outcome)
        for earlier, later, node in zip(days, days[1:], setting.dates[1:]):
            if later <= earlier:
                self.problems.add("SEG0904", "origins are given in order, each once", node, help="the earliest first")
                return ()
            end = ends(self.model, [outcome.body], self._clock(earlier)) if outcome is not None else None
            if end is not None and end > self._clock(later).now:
                until = self._clock(earlier).date_of(end)
                self.problems.add(
                    "SEG0904",
                    f"what `{primary.outcome}` waits for as of {earlier} lasts until {until}",
                    node,
                    label="this origin comes before that",
                    help="leave more time between origins: overlapping outcomes count the same events twice",
                )
                return ()
        return tuple(days)

    def _clock(self, day: dt.date) -> Clock:
        return Clock.at(day, self.model.outside.zone)

    # -- measures --------------------------------------------------------------------

    def _measures(self) -> tuple[x.Measure | None, list[x.Measure]]:
        primary: x.Measure | None = None
        guardrails: list[x.Measure] = []
        is_backtest = any(s.kind == "backtest" for s in self.d.settings)
        seen: set[str] = set()
        for written in self.d.measures:
            if written.kind == "guardrail" and is_backtest:
                help = "nobody is treated in a backtest, so nothing can get worse by it; keep guardrails for a pilot"
                self.problems.add("SEG0903", "a backtest has no guardrails", written, help=help)
                continue
            if written.kind == "primary" and "primary" in seen:
                self.problems.add(
                    "SEG0902",
                    "`primary` is given twice",
                    written,
                    help="keep one: it alone decides; the other may be a guardrail of a pilot",
                )
                continue
            seen.add(written.kind)
            measure = self._measure(written, is_backtest)
            if measure is not None and written.kind == "primary":
                primary = measure
            elif measure is not None:
                guardrails.append(measure)
        return primary, guardrails

    def _measure(self, written: tree.Measure, is_backtest: bool) -> x.Measure | None:
        sides = [w for w in written.wishes if w.kind in ("higher", "lower")]
        if len(sides) != 1:
            help = "say it before the data is seen: `higher is better` or `lower is better`"
            self.problems.add("SEG0903", f"which side of `{written.name.text}` is the good one?", written, help=help)
            return None
        sizes: dict[str, x.Size] = {}
        for wish in written.wishes:
            if wish.kind not in ("detect", "margin"):
                continue
            if wish.kind in sizes:
                self.problems.add("SEG0902", "this is given twice", wish, help="keep one")
            size = self._size(wish, written, is_backtest) if wish.size is not None else self._cost_saved(wish, written)
            if size is not None:
                sizes[wish.kind] = size
        if is_backtest and not any(w.kind == "detect" for w in written.wishes):
            help = "the smallest gain in skill worth a pilot, as in `detect 1%`: the share of what can't be foretold that it would foretell"
            self.problems.add("SEG0903", f"`{written.name.text}` has no `detect`", written, help=help)
            return None
        if len(sizes) < sum(w.kind in ("detect", "margin") for w in written.wishes):
            return None
        if not is_backtest and not self._is_margin_sound(written, sizes):
            return None
        better = "higher" if sides[0].kind == "higher" else "lower"
        per, worth = (next((w for w in written.wishes if w.kind == kind), None) for kind in ("per", "worth"))
        for of_pilot in (per, worth):
            if of_pilot is not None and not any(s.kind == "pilot" for s in self.d.settings):
                self.problems.add("SEG0903", f"`{of_pilot.kind}` is a pilot's", of_pilot, help="leave it out")
        return x.Measure(
            written.name.text, better, sizes.get("detect"), sizes.get("margin"), per.name.text if per and per.name else None,  # type: ignore[arg-type]
            (worth.size.value, worth.name.text) if worth and worth.size and worth.name else None,
        )  # fmt: skip

    def _is_margin_sound(self, written: tree.Measure, sizes: Mapping[str, x.Size]) -> bool:
        """That a guardrail has a margin, and a primary either one or a smallest effect, of a pilot."""
        margin = next((w for w in written.wishes if w.kind == "margin"), None)
        if written.kind == "guardrail":
            if margin is None:
                help = "say by how much it may be worse at most, as in `not worse by 1 point` or `not worse by 5%`"
                self.problems.add("SEG0903", f"`{written.name.text}` has no margin", written, help=help)
            return margin is not None
        if margin is None:
            return True
        if not any(s.kind == "pilot" for s in self.d.settings):
            help = "a replay's primary has to be better; what may not get worse is a guardrail"
            self.problems.add("SEG0903", "`not worse by` is a pilot's, or a guardrail's", margin, help=help)
        elif "detect" in sizes:
            help = (
                "`detect` is of a primary that has to be better, `not worse by` of one that may not get worse: keep one"
            )
            self.problems.add("SEG0903", "better, or no worse?", margin, help=help)
        else:
            return True
        return False

    def _cost_saved(self, wish: tree.Wish, of: tree.Measure) -> x.Size | None:
        """The margin of a primary whose loss has a price."""
        kinds = {w.kind for w in of.wishes}
        if of.kind == "primary" and "worth" in kinds and "per" not in kinds:
            return x.Size(Fraction(1), "cost saved", in_d=True)
        help = "of the primary, per customer, with what one unit of it is worth: `primary kept_90d, higher is better, worth 900 USD each, not worse by the cost saved`"
        self.problems.add("SEG0903", "what the plays cost less pays for no loss without a price", wish, help=help)
        return None

    def _costs(self, primary: x.Measure, arms: Sequence[tree.Name]) -> None:
        """That what the plays of the arms cost is a number, in the currency that the outcome is worth; and that one costs something where the
        margin is what they cost less."""
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
                    f"what `{play.name}` costs is no amount",
                    at,
                    help="a number from 0 on, as in `cost: 120`",
                )
            elif currency != primary.worth[1]:
                help = f"say both in {currency}, or both in {primary.worth[1]}"
                self.problems.add(
                    "SEG0903",
                    f"`{play.name}` costs {currency}, and the outcome is worth {primary.worth[1]}",
                    at,
                    help=help,
                )
        if not plays and primary.margin is not None and primary.margin.unit == "cost saved":
            help = 'say it of each: `play call { channel: "csm", cost: 120, currency: "USD" }`'
            self.problems.add("SEG0903", "nothing says what the plays of the two cost", at, help=help)

    def _size(self, wish: tree.Wish, of: tree.Measure, is_backtest: bool) -> x.Size | None:
        assert wish.size is not None
        value, percent = wish.size.value, wish.size.percent
        if value <= 0:
            help = (
                "as in `not worse by 1 point`: how much worse would still be well"
                if wish.kind == "margin"
                else "as in `detect 1 point`: the smallest change worth having; in a backtest `detect 1%`, of skill"
            )
            self.problems.add("SEG0903", "an effect is more than 0", wish, help=help)
            return None
        if is_backtest and (wish.kind == "margin" or wish.in_d or wish.points or not percent or value >= 1):
            help = "a backtest measures how much better the outcome is foretold, as a share of its variance: write `detect 1%`"
            self.problems.add("SEG0903", "this is no gain in skill", wish, help=help)
            return None
        if wish.points and percent:
            help = "`5 points` is absolute, `5%` is relative to the incumbent's"
            self.problems.add("SEG0903", "per cent or points?", wish, help=help)
            return None
        if wish.points and value >= 100:
            self.problems.add(
                "SEG0903",
                "no share can change by 100 points",
                wish,
                help="as in `1 point`: of 100 customers one more, or one less",
            )
            return None
        falls = any(w.kind == ("higher" if wish.kind == "margin" else "lower") for w in of.wishes)
        if wish.kind == "detect" and percent and falls and value >= 1:
            help = "the smallest change worth having, as in `detect 10%`: a tenth less than with the incumbent"
            self.problems.add("SEG0903", "nothing can fall by 100% or more", wish, help=help)
            return None
        if wish.kind == "margin" and percent and falls and value >= 1:
            help = "say how much less would still be well, as in `not worse by 5%`"
            self.problems.add("SEG0903", "a margin of 100% or more allows all of it to be lost", wish, help=help)
            return None
        unit = "points" if wish.points else "share" if percent else "units"
        return x.Size(value / 100 if wish.points else value, unit, wish.in_d)  # type: ignore[arg-type]

    def _outcomes(self, measures: Sequence[x.Measure], randomised: Randomised) -> None:
        entity, places = randomised.entity, {w.name.text: w.name for w in self.d.measures}
        for written in self.d.measures:
            for wish in written.wishes:
                if wish.kind == "per" and wish.name is not None:
                    randomised.metric(wish.name, "what an outcome is counted per")
        for measure in measures:
            place = places[measure.outcome]
            found = randomised.named(place, "outcome")
            if found is None:
                continue
            if not found.outcome or found.entity != entity:
                what = "is a metric: it is known at once" if not found.outcome else f"is about {found.entity}s"
                help = f"name an outcome of `{entity}`, declared as in `outcome churned_90d = ended_at is not missing and ended_at in next 90 days`"
                self.problems.add("SEG0905", f"`{found.name}` {what}", place, help=help)
            elif not (found.type == ty.BOOLEAN or ty.is_numeric(found.type)):
                self.problems.add(
                    "SEG0905",
                    "an outcome that is measured is a yes or no, or a number",
                    place,
                    label=f"this is {found.type}",
                )
            elif (
                any(s.kind == "backtest" or (s.kind == "pilot" and s.call is None) for s in self.d.settings)
                and ends(self.model, [found.body], self._clock(dt.date(2026, 1, 31))) is None
            ):
                help = (
                    "say until when, as in `any(invoices in next 90 days)`: an experiment waits until it has happened"
                )
                self.problems.add("SEG0905", f"`{found.name}` has no end", place, help=help)


def _days(duration: tree.Duration) -> int:
    return duration.count * _DAYS.get(duration.unit, 1)


def _words(names: Sequence[str]) -> str:
    shown = [f"`{n}`" for n in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
