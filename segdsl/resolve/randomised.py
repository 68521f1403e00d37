"""Resolves pilots and replays: how customers are assigned, or where the assignment is recorded, and the options of the analysis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from segdsl.lang import tree
from segdsl.model import experiment as x
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model import types as ty
from segdsl.resolve.expressions import Typer
from segdsl.resolve.rules import Rules
from segdsl.resolve.scope import Scope
from segdsl.words.plural import plural

HASHES = ("growthbook",)
MOST_DAYS = 731
MOST_LOOKS = 20
_Arguments = Mapping[str, tree.Expr]


@dataclass(frozen=True)
class Randomised:
    rules: Rules
    model: m.Model
    entity: str

    def external(self, settings: Mapping[str, tree.ExperimentSetting]) -> x.External | None:
        """Resolves `exposures(arm: version, incumbent: "gate_30", candidate: "gate_40", share: 50%, at: first_seen_at)`."""
        call, analysis = settings["pilot"].call, self._analysis(settings)
        assert call is not None, "a pilot from a table has a call"
        arguments = self._arguments(
            call,
            required={"arm", "incumbent", "candidate"},
            optional={"share", "at"},
            message="a pilot from a table needs `arm`, `incumbent` and `candidate`",
            help=f'as in `pilot from {call.function.text}(arm: version, incumbent: "a", candidate: "b")`',
        )
        if arguments is None or not self._is_details(call):
            return None
        share = arguments.get("share")
        chance = share.value if isinstance(share, tree.Number) else None if share is not None else Fraction(1, 2)
        if chance is None or not 0 < chance < 1:
            self._wrong(
                "the candidate's share of customers must be between 0% and 100%", share or call, "as in `share: 50%`"
            )
            return None
        incumbent, candidate = (self._in_arm(call, arguments["arm"], arguments[n]) for n in ("incumbent", "candidate"))
        if incumbent is None or candidate is None:
            return None
        if incumbent == candidate:
            self._wrong("incumbent and candidate are the same arm", call, "name two different arms")
            return None
        at = self._since(call, arguments["at"]) if "at" in arguments else None
        if "at" in arguments and at is None:
            return None
        arm, since = (
            self._column(call, arguments["arm"]),
            self._column(call, arguments["at"]) if "at" in arguments else None,
        )
        if arm is None or ("at" in arguments and since is None):
            return None
        cells = [self._cell(call, arm, arguments[n]) for n in ("incumbent", "candidate")]
        if cells[0] is None or cells[1] is None:
            return None
        rows = x.ArmRows(call.function.text, arm, cells[0], cells[1], since)
        return x.External(incumbent, candidate, chance, rows, at, analysis)

    def _since(self, call: tree.Call, column: tree.Expr) -> k.Expr | None:
        if not isinstance(column, tree.Path):
            self._wrong("`at` must name a column", column, "as in `at: first_seen_at`")
            return None
        time = self._typer.value(self._field(call, column))
        if time is not None and not ty.is_time(time.type):
            self._wrong("`at` must be a date or a timestamp", column, f"this is {time.type}")
            return None
        return time

    def replay(self, setting: tree.ExperimentSetting) -> x.Replay | None:
        """Resolves a replay.

        `mailings(play: segment, probability: 1/3)` has one row per customer.
        `plays_log(play: play, probability: probability) as of 2026-02-01, 2026-05-01` has one row per customer on each of these days.
        `chosen: "seed"` names the half of customers on which the candidate was chosen.
        """
        call = setting.call
        assert call is not None, "a replay has a call"
        arguments = self._arguments(
            call,
            required={"play", "probability"},
            optional={"chosen"},
            message="a replay needs `play` and `probability`",
            help=f"as in `replay from {call.function.text}(play: segment, probability: 1/3)`",
        )
        if arguments is None or not (self._is_log(call, setting.dates) if setting.dates else self._is_details(call)):
            return None
        chance, half = arguments["probability"], arguments.get("chosen")
        if half is not None and not isinstance(half, tree.Text):
            self._wrong(
                "`chosen` must be the seed of the half of customers on which the candidate was chosen",
                half,
                'as in `chosen: "2026"`',
            )
            return None
        field = self._of_a_day if setting.dates else self._field
        play = self._ahead.value(field(call, arguments["play"]))
        probability = self._ahead.value(field(call, chance) if isinstance(chance, tree.Path) else chance)
        if play is None or probability is None:
            return None
        if not ty.is_textual(play.type):
            self._wrong("`play` must be a text: the name or the title of the play", call, f"this is {play.type}")
            return None
        if not ty.is_measure(probability.type):
            self._wrong("`probability` must be a number", call, f"this is {probability.type}")
            return None
        count = _on_the_day("count", tree.Path(call.span, (call.function,)))
        rows = self._ahead.value(count) if setting.dates else None
        column = self._column(call, arguments["play"])
        if column is None:
            return None
        return x.Replay(
            play=play,
            probability=probability,
            table=call.function.text,
            column=column,
            days=_dates(setting),
            rows=rows,
            chosen_on=half.value if half is not None else None,
        )

    def assigned(self, settings: Mapping[str, tree.ExperimentSetting]) -> x.Assigned | None:
        """Resolves `pilot seed "motion-v2" starts 2026-11-02 until 2027-01-25, hashed like growthbook`."""
        pilot, holdout = settings["pilot"], settings.get("holdout")
        assert pilot.text is not None, "a pilot has a seed"
        problems, days = self.rules.problems, [d.value for d in pilot.dates]
        like = pilot.names[0] if pilot.names else None
        if any(d is None for d in days):
            return None  # reported by the parser
        first, last = days[0], days[-1]
        assert first is not None and last is not None
        if not pilot.text.value.strip():
            problems.add(
                "SEG0903",
                "a pilot needs a seed",
                pilot.text,
                help='any text will do, as in `seed "motion-v2"`',
            )
        if last < first:
            problems.add(
                "SEG0904", f"{last} is before {first}", pilot.dates[1], help="write the first day, then the last"
            )
        elif (last - first).days > MOST_DAYS:
            problems.add("SEG0904", "customers can enter a pilot for two years at most", pilot.dates[1])
        if like is not None and like.text not in HASHES:
            problems.add(
                "SEG0903",
                f"unknown hash `{like.text}`",
                like,
                help=f"known hashes: {', '.join(f'`{h}`' for h in HASHES)}",
            )
        if like is not None and "cluster" in settings:
            problems.add(
                "SEG0903",
                "a pilot with the hash of another tool can't have clusters",
                settings["cluster"],
                help="that tool assigns each customer on its own",
            )
        share = None
        if holdout is not None and holdout.text is not None and holdout.number is not None:
            share = (holdout.number.value, holdout.text.value)
            if holdout.text.value == pilot.text.value:
                help = "choose another seed, or customers of only one arm would be held out"
                problems.add("SEG0907", "the holdout and the pilot have the same seed", holdout.text, help=help)
        layer = settings["layer"].text.value if "layer" in settings and settings["layer"].text else ""
        looks = settings.get("looks")
        if looks is not None:
            self._check_looks(looks, first, settings)
        return x.Assigned(
            seed=pilot.text.value,
            starts=first,
            until=last,
            hashed_like=like.text if like else None,
            holdout=share,
            layer=layer,
            looks=_dates(looks) if looks is not None else (),
            any_day=looks is not None and not looks.dates,
            analysis=self._analysis(settings),
        )

    def _check_looks(
        self, setting: tree.ExperimentSetting, starts: dt.date, settings: Mapping[str, tree.ExperimentSetting]
    ) -> None:
        """Checks that looks are in order and after the start, and that several looks, or a look on any day, have a number of units."""
        problems, previous = self.rules.problems, starts
        if len(setting.dates) > MOST_LOOKS:
            problems.add(
                "SEG0904",
                f"{len(setting.dates)} looks; the most is {MOST_LOOKS}",
                setting,
                help="write `looks any day`",
            )
        for node in setting.dates:
            if node.value is not None and node.value <= previous:
                problems.add(
                    "SEG0904",
                    f"the look on {node.value} is not after {previous}",
                    node,
                    help="write the start, then the looks in order, each once",
                )
                return
            previous = node.value or previous
        if len(setting.dates) != 1 and (settings.get("at most") is None or settings["at most"].count is None):
            example = f"at most 26 weeks, 400 {plural(self.entity)}"
            help = f"say how many {plural(self.entity)} there will be, as in `{example}`: each look spends error by the share that is in"
            problems.add("SEG0903", "several looks need the number of customers", setting, help=help)

    def _analysis(self, settings: Mapping[str, tree.ExperimentSetting]) -> x.Analysis:
        adjust, winsorise, delivery = (settings.get(n) for n in ("adjust by", "winsorise at", "delivery"))
        if adjust is not None:
            self.metric(adjust.names[0], "the metric to adjust by")
        if delivery is not None:
            self._check_delivery(delivery.names[0])
        return x.Analysis(
            adjust=adjust.names[0].text if adjust is not None else None,
            winsorise=winsorise.number.value if winsorise is not None and winsorise.number is not None else None,
            delivery=delivery.names[0].text if delivery is not None else None,
        )

    def _check_delivery(self, name: tree.Name) -> None:
        """Checks that a name is an outcome that is true or false."""
        outcome = self.named(name, "outcome")
        if outcome is not None and not (
            outcome.outcome and outcome.entity == self.entity and outcome.type == ty.BOOLEAN
        ):
            help = f"as in `outcome called of {self.entity} = any(calls in next 14 days)`"
            self.rules.problems.add(
                "SEG0905",
                f"`delivery` must be an outcome of {plural(self.entity)} that is true or false",
                name,
                help=help,
            )

    # -- names of outcomes and metrics ------------------------------------------------------

    def named(self, name: tree.Name, what: Literal["outcome", "metric"]) -> m.Metric | None:
        """Returns the metric or outcome of a name, of any entity. An undeclared name is reported."""
        metrics = self.model.metrics
        if name.text not in metrics and name.text not in self.rules.declared.metrics:
            choices = [n for n, o in metrics.items() if o.outcome == (what == "outcome") and o.entity == self.entity]
            self.rules.problems.unknown("SEG0201", what, name, choices, f" of `{self.entity}`")
        return metrics.get(name.text)

    def metric(self, name: tree.Name, what: str) -> None:
        """Reports a name that isn't a metric of the entity with a number or a truth value; `what` says what it is used for."""
        metric = self.named(name, "metric")
        if metric is None:
            return
        is_measured = metric.type == ty.BOOLEAN or ty.is_measure(metric.type)
        if metric.outcome or metric.entity != self.entity or not is_measured:
            help = "an outcome is known only afterwards, and the plays may have changed it" if metric.outcome else ""
            self.rules.problems.add(
                "SEG0905",
                f"{what} must be a metric of {plural(self.entity)}, not an outcome: a number, or true or false",
                name,
                help=help,
            )

    # -- parts -----------------------------------------------------------------------

    @property
    def _typer(self) -> Typer:
        return self.rules.typer(Scope.of(self.model.schema, self.model.schema.relations[self.entity]))

    @property
    def _ahead(self) -> Typer:
        """A typer that also reads the rows of the coming day."""
        return self.rules.typer(Scope.of(self.model.schema, self.model.schema.relations[self.entity]), forward=True)

    def _arguments(
        self, call: tree.Call, required: set[str], optional: set[str], message: str, help: str
    ) -> _Arguments | None:
        """Returns the named arguments of a call; `arm` or `play` must be a column. Other arguments are reported."""
        arguments = {
            a.label.text: a.value
            for a in call.arguments
            if isinstance(a.label, tree.Name) and not isinstance(a.value, tree.Duration)
        }
        column = arguments.get("arm", arguments.get("play"))
        if (
            set(arguments) - optional != required
            or len(arguments) != len(call.arguments)
            or not isinstance(column, tree.Path)
        ):
            self._wrong(message, call, help)
            return None
        return arguments

    def _is_details(self, call: tree.Call) -> bool:
        """Tells whether a call names details, with one row per customer; reports any other table."""
        relations, name = self.model.schema.relations, call.function.text
        link = self.model.schema.to_one.get(self.entity, {}).get(name)
        if link is not None and relations[link.target].kind == "details":
            return True
        choices = ", ".join(f"`{n}`" for n, r in relations.items() if r.kind == "details" and r.of == self.entity)
        table = relations.get(name)
        if (
            table is not None
            and table.kind == "table"
            and table.of == self.entity
            and "play" in {a.label.text for a in call.arguments if isinstance(a.label, tree.Name)}
        ):
            help = f"as in `replay from {name}(…) as of 2026-02-01, 2026-05-01`"
            self._wrong(
                f"`{name}` has many rows per {self.entity}: name the days on which plays were given",
                call.function,
                help,
            )
            return False
        what = f"has many rows per {self.entity}" if name in relations else "is unknown"
        help = (
            f"there are {choices}" if choices else f"as in `details {name} of {self.entity} by … {{ version: text }}`"
        )
        self._wrong(f"`{name}` {what}: name `details` of `{self.entity}`, which have one row each", call.function, help)
        return False

    def _is_log(self, call: tree.Call, days: Sequence[tree.Date]) -> bool:
        """Tells whether a call names a table of the entity and the days are in order; reports mistakes."""
        relations, name = self.model.schema.relations, call.function.text
        table = relations.get(name)
        if table is None or table.kind != "table" or table.of != self.entity:
            choices = ", ".join(f"`{n}`" for n, r in relations.items() if r.kind == "table" and r.of == self.entity)
            what = "is not a table" if name in relations else "is not a known table"
            self._wrong(
                f"`{name}` {what} of `{self.entity}` with a time",
                call.function,
                f"there are {choices}" if choices else "",
            )
            return False
        for earlier, later in pairwise(days):
            if earlier.value is not None and later.value is not None and later.value <= earlier.value:
                self.rules.problems.add(
                    "SEG0904",
                    "the days of a log must be in ascending order, without repeats",
                    later,
                    help="start with the earliest",
                )
                return False
        return True

    def _of_a_day(self, call: tree.Call, column: tree.Expr) -> tree.Expr:
        """Returns the field of the row on the coming day."""
        return _on_the_day("first", self._field(call, column))

    def _field(self, call: tree.Call, column: tree.Expr) -> tree.Path:
        assert isinstance(column, tree.Path)
        return tree.Path(column.span, (call.function, *column.parts))

    def _in_arm(self, call: tree.Call, arm: tree.Expr, value: tree.Expr) -> k.Expr | None:
        path = self._field(call, arm)
        if isinstance(value, tree.Truth):
            return self._typer.condition(path if value.value else tree.Not(value.span, path), "an arm")
        return self._typer.condition(tree.Compare(value.span, "=", path, value, None), "an arm")

    def _column(self, call: tree.Call, path: tree.Expr) -> str | None:
        """Returns the name of a column of the table itself. Anything else is reported."""
        if isinstance(path, tree.Path) and path.text in self.model.schema.relations[call.function.text].fields:
            return path.text
        self._wrong(f"this is not a column of `{call.function.text}`", path, "name a column of the table itself")
        return None

    def _cell(self, call: tree.Call, column: str, value: tree.Expr) -> str | None:
        """Returns the text of an arm, in the canonical form of its column."""
        if isinstance(value, tree.Text):
            return value.value
        if isinstance(value, tree.Truth):
            return "true" if value.value else "false"
        relation = self.model.schema.relations[call.function.text]
        if isinstance(value, tree.Number) and isinstance(relation.fields[column].type, ty.Integer):
            return str(value.value)
        self._wrong("an arm must be a text, a whole number, or true or false", value, "")
        return None

    def _wrong(self, message: str, at: tree.Node, help: str) -> None:
        self.rules.problems.add("SEG0906", message, at, help=help)


def _on_the_day(function: str, rows: tree.Path) -> tree.Aggregate:
    """Builds `FUNCTION(ROWS in next 1 day)`, to be evaluated as of the start of the day."""
    day = tree.Window(rows.span, "next", duration=tree.Duration(rows.span, 1, "day"))
    of = tree.Rows(rows.span, root=rows, latest=None, window=day, where=None, follow=None, having=None)
    return tree.Aggregate(rows.span, tree.Name(rows.span, function), of)


def _dates(setting: tree.ExperimentSetting) -> tuple[dt.date, ...]:
    return tuple(d.value for d in setting.dates if d.value is not None)
