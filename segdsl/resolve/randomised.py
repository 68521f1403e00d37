"""`pilot from …` and `replay from …`: where it stands who was in which arm, or got which play with what probability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from segdsl.lang import tree
from segdsl.model import experiment as x
from segdsl.model import expr as k
from segdsl.model import segment as m
from segdsl.model import types as ty
from segdsl.resolve.expressions import Typer
from segdsl.resolve.rules import Rules
from segdsl.resolve.scope import Scope

_Given = Mapping[str, tree.Expr | tree.Duration]


@dataclass(frozen=True)
class Randomised:
    rules: Rules
    model: m.Model
    entity: str

    def exposures(self, setting: tree.ExperimentSetting) -> x.Exposures | None:
        """`exposures(arm: version, incumbent: "gate_30", candidate: "gate_40", share: 50%)`."""
        call = setting.call
        assert call is not None, "a pilot that segdsl assigns has been refused"
        given = self._arguments(call, {"arm", "incumbent", "candidate"}, {"share"}, "exposures have an arm, and who of it gets the incumbent and who the candidate",
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
        return x.Exposures(incumbent, candidate, chance)

    def log(self, setting: tree.ExperimentSetting) -> x.Log | None:
        """`mailings(play: segment, probability: 1/3)`."""
        call = setting.call
        assert call is not None, "a replay is of a log"
        given = self._arguments(call, {"play", "probability"}, set(), "a log has the play that each got, and its probability",
            f"as in `replay from {call.function.text}(play: segment, probability: 1/3)`")  # fmt: skip
        if given is None or not self._is_details(call):
            return None
        chance = given["probability"]
        play = self._typer.value(self._field(call, given["play"]))
        probability = self._typer.value(self._field(call, chance) if isinstance(chance, tree.Path) else chance)  # type: ignore[arg-type]
        if play is None or probability is None:
            return None
        if not ty.is_textual(play.type):
            self._wrong("the play that each got is a text: the play's name, or its title", call, f"this is {play.type}")
            return None
        if not ty.is_numeric(probability.type):
            self._wrong("a probability is a number", call, f"this is {probability.type}")
            return None
        return x.Log(play, probability)

    # -- parts -----------------------------------------------------------------------

    @property
    def _typer(self) -> Typer:
        return self.rules.typer(Scope.of(self.model.schema, self.model.schema.relations[self.entity]))

    def _arguments(self, call: tree.Call, needed: set[str], also: set[str], message: str, help: str) -> _Given | None:
        """What is given by name; the first needed one names a column."""
        given = {a.label.text: a.value for a in call.arguments if isinstance(a.label, tree.Name)}
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
        what = "has many rows for each" if name in relations else "is unknown"
        help = f"there are {known}" if known else f"as in `details {name} of {self.entity} by … {{ version: text }}`"
        self._wrong(f"`{name}` {what}: name `details` of `{self.entity}`, one row each", call.function, help)
        return False

    def _field(self, call: tree.Call, column: tree.Expr | tree.Duration) -> tree.Path:
        assert isinstance(column, tree.Path)
        return tree.Path(column.span, (call.function, *column.parts))

    def _in_arm(
        self, call: tree.Call, arm: tree.Expr | tree.Duration, value: tree.Expr | tree.Duration
    ) -> k.Expr | None:
        if isinstance(value, tree.Duration):
            self._wrong("an arm is a text or a number", value, "")
            return None
        path = self._field(call, arm)
        if isinstance(value, tree.Truth):
            return self._typer.condition(path if value.value else tree.Not(value.span, path), "an arm")
        return self._typer.condition(tree.Compare(value.span, "=", path, value, None), "an arm")

    def _wrong(self, message: str, at: tree.Node, help: str) -> None:
        self.rules.problems.add("SEG0906", message, at, "", help)
