"""Pilots and replays: how customers came into their arms, or where it stands; what a pilot takes into account."""

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

HASHES = ("growthbook",)
MOST_DAYS = 731
MOST_LOOKS = 20
_Given = Mapping[str, tree.Expr]


@dataclass(frozen=True)
class Randomised:
    rules: Rules
    model: m.Model
    entity: str

    def external(self, settings: Mapping[str, tree.ExperimentSetting]) -> x.External | None:
        """`exposures(arm: version, incumbent: "gate_30", candidate: "gate_40", share: 50%, at: first_seen_at)`."""
        call, analysis = settings["pilot"].call, self._analysis(settings)
        assert call is not None, "a pilot that was run elsewhere"
        given = self._arguments(call, {"arm", "incumbent", "candidate"}, {"share", "at"}, "exposures have an arm, and who of it gets the incumbent and who the candidate",
            f'as in `pilot from {call.function.text}(arm: version, incumbent: "a", candidate: "b")`')  # fmt: skip
        if given is None or not self._is_details(call):
            return None
        share = given.get("share")
        chance = share.value if isinstance(share, tree.Number) else None if share is not None else Fraction(1, 2)
        if chance is None or not 0 < chance < 1:
            self._wrong(
                "the candidate's share of the customers lies between 0% and 100%", share or call, "as in `share: 50%`"
            )
            return None
        incumbent, candidate = (self._in_arm(call, given["arm"], given[n]) for n in ("incumbent", "candidate"))
        if incumbent is None or candidate is None:
            return None
        if incumbent == candidate:
            self._wrong("incumbent and candidate are the same arm", call, "each has one of its own")
            return None
        at = self._since(call, given["at"]) if "at" in given else None
        if "at" in given and at is None:
            return None
        arm, since = self._column(call, given["arm"]), self._column(call, given["at"]) if "at" in given else None
        cells = (
            [self._cell(call, arm, given[n]) for n in ("incumbent", "candidate")] if arm is not None else [None, None]
        )
        if arm is None or cells[0] is None or cells[1] is None or ("at" in given and since is None):
            return None
        rows = x.ArmRows(call.function.text, arm, cells[0], cells[1], since)
        return x.External(incumbent, candidate, chance, rows, at, analysis)

    def _since(self, call: tree.Call, column: tree.Expr) -> k.Expr | None:
        if not isinstance(column, tree.Path):
            self._wrong("since when each was in its arm is a column", column, "as in `at: first_seen_at`")
            return None
        found = self._typer.value(self._field(call, column))
        if found is not None and not ty.is_time(found.type):
            self._wrong("since when each was in its arm is a date or a timestamp", column, f"this is {found.type}")
            return None
        return found

    def replay(self, setting: tree.ExperimentSetting) -> x.Replay | None:
        """`mailings(play: segment, probability: 1/3)`, one row a customer; or `plays_log(play: play, probability: probability) as of
        2026-02-01, 2026-05-01`, one row a customer on each of these days. `chosen: "seed"` names the half the candidate was chosen on."""
        call = setting.call
        assert call is not None, "a replay is of a log"
        given = self._arguments(call, {"play", "probability"}, {"chosen"}, "a log has the play that each got, and its probability",
            f"as in `replay from {call.function.text}(play: segment, probability: 1/3)`")  # fmt: skip
        if given is None or not (self._is_log(call, setting.dates) if setting.dates else self._is_details(call)):
            return None
        chance, chosen = given["probability"], given.get("chosen")
        if chosen is not None and not isinstance(chosen, tree.Text):
            self._wrong(
                "what the candidate was chosen on is half of the customers, by a seed", chosen, 'as in `chosen: "2026"`'
            )
            return None
        field = self._of_a_day if setting.dates else self._field
        play = self._ahead.value(field(call, given["play"]))
        probability = self._ahead.value(field(call, chance) if isinstance(chance, tree.Path) else chance)
        if play is None or probability is None:
            return None
        if not ty.is_textual(play.type):
            self._wrong("the play that each got is a text: the play's name, or its title", call, f"this is {play.type}")
            return None
        if not ty.is_numeric(probability.type):
            self._wrong("a probability is a number", call, f"this is {probability.type}")
            return None
        rows = (
            self._ahead.value(_on_the_day("count", tree.Path(call.span, (call.function,)))) if setting.dates else None
        )
        column = self._column(call, given["play"])
        if column is None:
            return None
        return x.Replay(
            play, probability, call.function.text, column, _dates(setting), rows, chosen.value if chosen is not None else None
        )  # fmt: skip

    def assigned(self, given: Mapping[str, tree.ExperimentSetting]) -> x.Assigned | None:
        """`pilot seed "motion-v2" starts 2026-11-02 until 2027-01-25, hashed like growthbook`."""
        pilot, held = given["pilot"], given.get("holdout")
        assert pilot.text is not None, "a pilot has a seed"
        problems, days = self.rules.problems, [d.value for d in pilot.dates]
        like = pilot.names[0] if pilot.names else None
        if any(d is None for d in days):
            return None  # told by the parser
        first, last = days[0], days[-1]
        assert first is not None and last is not None
        if not pilot.text.value.strip():
            problems.add(
                "SEG0903",
                "a pilot's seed is a text of its own",
                pilot.text,
                help='any text will do, as in `seed "motion-v2"`',
            )
        if last < first:
            problems.add("SEG0904", f"{last} lies before {first}", pilot.dates[1], help="the first day, then the last")
        elif (last - first).days > MOST_DAYS:
            problems.add("SEG0904", "customers enter a pilot for two years at most", pilot.dates[1])
        if like is not None and like.text not in HASHES:
            problems.add(
                "SEG0903",
                f"`{like.text}` is no hash that is known",
                like,
                help=f"there is {', '.join(f'`{h}`' for h in HASHES)}",
            )
        if like is not None and "cluster" in given:
            problems.add(
                "SEG0903",
                "a pilot that is hashed like another tool's has no clusters",
                given["cluster"],
                help="that tool draws each customer",
            )
        share = None
        if held is not None and held.text is not None and held.number is not None:
            share = (held.number.value, held.text.value)
            if held.text.value == pilot.text.value:
                help = "a seed of its own: else the same customers are held out of one arm"
                problems.add("SEG0907", "the holdout has the pilot's seed", held.text, help=help)
        layer = given["layer"].text.value if "layer" in given and given["layer"].text else ""
        looks = given.get("looks")
        if looks is not None:
            self._check_looks(looks, first, given)
        return x.Assigned(
            seed=pilot.text.value,
            starts=first,
            until=last,
            hashed_like=like.text if like else None,
            holdout=share,
            layer=layer,
            looks=_dates(looks) if looks is not None else (),
            any_day=looks is not None and not looks.dates,
            analysis=self._analysis(given),
        )

    def _check_looks(
        self, setting: tree.ExperimentSetting, starts: dt.date, given: Mapping[str, tree.ExperimentSetting]
    ) -> None:
        """In order, after the start; several, or one on any day, only where it is known how many customers there will be."""
        problems, before = self.rules.problems, starts
        if len(setting.dates) > MOST_LOOKS:
            problems.add(
                "SEG0904",
                f"{len(setting.dates)} looks; the most is {MOST_LOOKS}",
                setting,
                help="write `looks any day`",
            )
        for node in setting.dates:
            if node.value is not None and node.value <= before:
                problems.add(
                    "SEG0904",
                    f"a look as of {node.value} comes not after {before}",
                    node,
                    help="the start, then the looks, each once",
                )
                return
            before = node.value or before
        if len(setting.dates) != 1 and (given.get("at most") is None or given["at most"].count is None):
            help = f"say how many {self.entity}s there will be, as in `at most 26 weeks, 400 {self.entity}s`: the error is spent as their outcomes come in"
            problems.add("SEG0903", "several looks need the number of customers", setting, help=help)

    def _analysis(self, given: Mapping[str, tree.ExperimentSetting]) -> x.Analysis:
        adjust, winsorise, delivery = (given.get(n) for n in ("adjust by", "winsorise at", "delivery"))
        if adjust is not None:
            self.metric(adjust.names[0], "what is adjusted for")
        if delivery is not None:
            self._check_delivery(delivery.names[0])
        return x.Analysis(
            adjust=adjust.names[0].text if adjust is not None else None,
            winsorise=winsorise.number.value if winsorise is not None and winsorise.number is not None else None,
            delivery=delivery.names[0].text if delivery is not None else None,
        )

    def _check_delivery(self, name: tree.Name) -> None:
        """That it is an outcome that says whether the candidate's play arrived."""
        found = self.named(name, "outcome")
        if found is not None and not (found.outcome and found.entity == self.entity and found.type == ty.BOOLEAN):
            help = f"as in `outcome called of {self.entity} = any(calls in next 14 days)`"
            self.rules.problems.add(
                "SEG0905", f"whether a play arrived is an outcome of {self.entity}s, yes or no", name, help=help
            )

    # -- names of what is measured ------------------------------------------------------

    def named(self, name: tree.Name, what: Literal["outcome", "metric"]) -> m.Metric | None:
        """The metric or outcome that is called so, of whatever entity; a name that nothing has is reported, unless what is called so has a
        mistake of its own."""
        metrics = self.model.metrics
        if name.text not in metrics and name.text not in self.rules.declared.metrics:
            own = [n for n, o in metrics.items() if o.outcome == (what == "outcome") and o.entity == self.entity]
            self.rules.problems.unknown("SEG0201", what, name, own, f" of `{self.entity}`")
        return metrics.get(name.text)

    def metric(self, name: tree.Name, what: str) -> None:
        """Reports a name that is of no metric of the entity, a number or a yes or no; `what` it is wanted for."""
        found = self.named(name, "metric")
        if found is None:
            return
        is_measured = found.type == ty.BOOLEAN or ty.is_numeric(found.type)
        if found.outcome or found.entity != self.entity or not is_measured:
            help = (
                "an outcome is known only afterwards, and may have been changed by the plays" if found.outcome else ""
            )
            self.rules.problems.add(
                "SEG0905",
                f"{what} is a metric of {self.entity}s, known before: a number, or a yes or no",
                name,
                help=help,
            )

    # -- parts -----------------------------------------------------------------------

    @property
    def _typer(self) -> Typer:
        return self.rules.typer(Scope.of(self.model.schema, self.model.schema.relations[self.entity]))

    @property
    def _ahead(self) -> Typer:
        """What looks at the day that begins."""
        return self.rules.typer(Scope.of(self.model.schema, self.model.schema.relations[self.entity]), forward=True)

    def _arguments(self, call: tree.Call, needed: set[str], also: set[str], message: str, help: str) -> _Given | None:
        """What is given by name; the first needed one names a column."""
        given = {
            a.label.text: a.value
            for a in call.arguments
            if isinstance(a.label, tree.Name) and not isinstance(a.value, tree.Duration)
        }
        column = given.get("arm", given.get("play"))
        if set(given) - also != needed or len(given) != len(call.arguments) or not isinstance(column, tree.Path):
            self._wrong(message, call, help)
            return None
        return given

    def _is_details(self, call: tree.Call) -> bool:
        """One row a customer: reports where it isn't."""
        relations, name = self.model.schema.relations, call.function.text
        link = self.model.schema.to_one.get(self.entity, {}).get(name)
        if link is not None and relations[link.target].kind == "details":
            return True
        known = ", ".join(f"`{n}`" for n, r in relations.items() if r.kind == "details" and r.of == self.entity)
        many = relations.get(name)
        if (
            many is not None
            and many.kind == "table"
            and many.of == self.entity
            and "play" in {a.label.text for a in call.arguments if isinstance(a.label, tree.Name)}
        ):
            help = f"as in `replay from {name}(…) as of 2026-02-01, 2026-05-01`"
            self._wrong(
                f"`{name}` has many rows for each: name the days on which plays were given", call.function, help
            )
            return False
        what = "has many rows for each" if name in relations else "is unknown"
        help = f"there are {known}" if known else f"as in `details {name} of {self.entity} by … {{ version: text }}`"
        self._wrong(f"`{name}` {what}: name `details` of `{self.entity}`, one row each", call.function, help)
        return False

    def _is_log(self, call: tree.Call, days: Sequence[tree.Date]) -> bool:
        """Rows in time of the entity, on days in order: reports where it isn't."""
        relations, name = self.model.schema.relations, call.function.text
        table = relations.get(name)
        if table is None or table.kind != "table" or table.of != self.entity:
            known = ", ".join(f"`{n}`" for n, r in relations.items() if r.kind == "table" and r.of == self.entity)
            what = "is no table" if name in relations else "is unknown"
            self._wrong(
                f"`{name}` {what} of `{self.entity}` with a time", call.function, f"there are {known}" if known else ""
            )
            return False
        for earlier, later in pairwise(days):
            if earlier.value is not None and later.value is not None and later.value <= earlier.value:
                self.rules.problems.add(
                    "SEG0904", "the days of a log are given in order, each once", later, help="the earliest first"
                )
                return False
        return True

    def _of_a_day(self, call: tree.Call, column: tree.Expr) -> tree.Expr:
        """The field of the row of the day that begins."""
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
        """The name of a column of the table itself: each of its rows is counted."""
        if isinstance(path, tree.Path) and path.text in self.model.schema.relations[call.function.text].fields:
            return path.text
        self._wrong(f"this is no column of `{call.function.text}`", path, "name a column of its own")
        return None

    def _cell(self, call: tree.Call, column: str, value: tree.Expr) -> str | None:
        """An arm as its column has it in canonical form, as text."""
        if isinstance(value, tree.Text):
            return value.value
        if isinstance(value, tree.Truth):
            return "true" if value.value else "false"
        relation = self.model.schema.relations[call.function.text]
        if isinstance(value, tree.Number) and isinstance(relation.fields[column].type, ty.Integer):
            return str(value.value)
        self._wrong("an arm is a text, a whole number, or a yes or no", value, "")
        return None

    def _wrong(self, message: str, at: tree.Node, help: str) -> None:
        self.rules.problems.add("SEG0906", message, at, help=help)


def _on_the_day(function: str, rows: tree.Path) -> tree.Aggregate:
    """`FUNCTION(ROWS in next 1 day)`, as of the day's start."""
    day = tree.Window(rows.span, "next", duration=tree.Duration(rows.span, 1, "day"))
    of = tree.Rows(rows.span, root=rows, latest=None, window=day, where=None, follow=None, having=None)
    return tree.Aggregate(rows.span, tree.Name(rows.span, function), of)


def _dates(setting: tree.ExperimentSetting) -> tuple[dt.date, ...]:
    return tuple(d.value for d in setting.dates if d.value is not None)
