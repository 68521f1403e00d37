"""Customers of a selection as of a day, those worth most first, and who entered and left it since an earlier day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from segdsl.activation.cells import KEY, Table
from segdsl.activation.selection import Selection
from segdsl.analyse.admissible import leaks_of
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.ledger.assignments import keys_in
from segdsl.ledger.store import Ledger, Run
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation
from segdsl.reference.shown import Cell
from segdsl.run.errors import UsageError
from segdsl.run.evaluate import clock_for, worth_field
from segdsl.run.recorded import seen_as_of
from segdsl.words import values
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    from segdsl.model.segment import Model

ENTERED, LEFT, GONE = "entered", "left", "gone"
Key = str | int
_LISTED, _WORTH = "?listed", "?worth"  # no value has such a head: nothing that is written begins so
_LAST = Decimal("Infinity")  # in the order of amounts, for a missing one


@dataclass(frozen=True)
class Worth:
    """The sum of a money field over the customers listed; `missing`: those whose amount is missing, whom the sum leaves out."""

    field: str
    currency: str
    total: Decimal
    missing: int


@dataclass(frozen=True)
class Customers:
    """Who is in a selection.

    `table`: the customers of the entity, those worth most first, with the values asked for.
    `inside`: the keys of those in the selection, in that order; `unknown`: of those of whom it is unknown.
    """

    table: Table
    inside: tuple[Key, ...]
    unknown: frozenset[Key]
    worth: Worth | None

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(self.table.frame[KEY])


def worth_of(relation: Relation) -> str | None:
    """The money field by which customers are put in order: the first required one, else the first."""
    money = (name for name, f in relation.fields.items() if isinstance(f.type, ty.Money))
    return worth_field(relation) or next(money, None)


def customers(
    model: Model, engine: Engine, selection: Selection, beside: Mapping[str, k.Expr], clock: Clock
) -> Customers:
    """Evaluate a selection, and values by name beside it."""
    relation, worth = selection.entity, worth_of(selection.entity)
    asked: dict[str, k.Expr] = {_LISTED: selection.condition, **beside}
    if worth is not None:
        asked[_WORTH] = k.Column(k.This(), relation.name, worth, relation.fields[worth].type)
    table = Table.of(model, engine, relation.name, asked, clock)
    if worth is not None:
        order = [-a if isinstance(a, Decimal) else _LAST for a in table.cells(_WORTH)]
        table = table.taken(sorted(range(len(order)), key=order.__getitem__))
    inside = table.taken(table.true(_LISTED))
    unknown = table.frame.loc[table.frame[_LISTED].isna(), KEY]
    return Customers(
        table,
        tuple(inside.frame[KEY]),
        frozenset(unknown),
        _sum(relation, worth, inside.cells(_WORTH)) if worth is not None else None,
    )


def _sum(relation: Relation, field: str, amounts: Iterable[Cell]) -> Worth:
    typed = relation.fields[field].type
    assert isinstance(typed, ty.Money), "it is a worth"
    every = list(amounts)
    known = [a for a in every if isinstance(a, Decimal)]
    return Worth(field, typed.currency, sum(known, Decimal(0)), len(every) - len(known))


# -- changes -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Changes:
    """What each customer that entered or left did, by key, and in words with what today was compared.

    A customer whom the data no longer has is `gone`. Nobody of whom it is unknown today has left.
    """

    by_key: Mapping[Key, str]
    since: str
    warnings: tuple[Diagnostic, ...] = ()


def changes(
    workspace: Workspace,
    engine: Engine,
    selection: Selection,
    now: Customers,
    clock: Clock,
    since: str,
    source: str | None,
) -> Changes:
    """Compare with an earlier day: with the run that was recorded last until then, else with the data as of that day.

    Raises `UsageError` for a day that isn't earlier.
    """
    then = clock_for(workspace.zone, since)
    if then.now >= clock.now:
        message = f"{values.as_of(then)} isn't before {values.as_of(clock)}"
        raise UsageError(Diagnostic("SEG0604", message, help="--since is the earlier day"))
    warnings: tuple[Diagnostic, ...] = ()
    recorded = _recorded(workspace, selection, then, source)
    if recorded is not None:
        run, before = recorded
        words = f"the run of {values.as_of(Clock(run.as_of, then.zone))}"
        by_text = {str(key): key for key in now.keys}
        keys: set[Key] = {by_text.get(key, key) for key in before}
    else:
        workspace = seen_as_of(workspace, then)
        keys = {*customers(workspace.model, engine, selection, {}, then).inside}
        words = f"the data as of {values.as_of(then)}"
        warnings = tuple(_not_known_then(workspace.model, selection, then))
    there, still = {*now.keys}, {*now.inside} | now.unknown
    by_key: dict[Key, str] = dict.fromkeys((key for key in now.inside if key not in keys), ENTERED)
    by_key |= dict.fromkeys((key for key in now.keys if key in keys and key not in still), LEFT)
    by_key |= dict.fromkeys(sorted(keys - there, key=str), GONE)
    return Changes(by_key, words, warnings)


def _recorded(
    workspace: Workspace, selection: Selection, then: Clock, source: str | None
) -> tuple[Run, list[str]] | None:
    """The last run of a rule as of a time or before, and the keys of those whom it had in the selection; None without such a run."""
    if selection.rule is None:
        return None
    rule = selection.rule.name
    with Ledger.to_read(workspace.root / workspace.config.workspace.ledger) as ledger:
        runs = [] if ledger is None else ledger.runs()
        of_rule = [
            r for r in runs if rule in r.fingerprints and r.source == (source or "default") and r.as_of <= then.now
        ]
        if ledger is None or not of_rule:
            return None
        last = max(of_rule, key=lambda r: (r.as_of, r.run_id))
        return last, keys_in(ledger, last, rule, selection.place)


def _not_known_then(model: Model, selection: Selection, then: Clock) -> list[Diagnostic]:
    """Warn about fields that may have had other values then."""
    roots = model.definition(selection.rule.name) if selection.rule is not None else [selection.condition]
    fields = list(map(str, leaks_of(model, roots)))
    if not fields:
        return []
    message = f"as of {values.day(then.today)}, but these fields are as they are today: {', '.join(fields)}"
    help = "a recorded run knows who was in: segdsl run"
    return [Diagnostic("SEG0405", message, help=help, severity="warning")]
