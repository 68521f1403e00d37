"""Lists of who is in a segment, an arm or a condition, with the values that somebody needs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segdsl.activation.cells import KEY, Table
from segdsl.activation.customers import GONE, Key, Worth, changes, customers, worth_of
from segdsl.activation.reasons import Reasons
from segdsl.activation.selection import Contacts, Selection, Value, contacts, selection, usual_values, values
from segdsl.diagnostics import Diagnostic
from segdsl.engines import Engine
from segdsl.model import expr as k
from segdsl.model import types as ty
from segdsl.model.clock import Clock
from segdsl.model.dependencies import Needed, of_values, together
from segdsl.reference.shown import Cell
from segdsl.run.data_day import open_to_look
from segdsl.run.errors import UsageError
from segdsl.workspace.load import Workspace

if TYPE_CHECKING:
    from segdsl.model.segment import Model

MOST_REASONS = 20_000
"""Customers of whom reasons are looked up, one after the other."""
_OWNER, _ASKED = "?owner", "?asked"  # no value has such a head: nothing that is written begins so


@dataclass(frozen=True)
class Column:
    """A column of a list, with a cell for each row."""

    name: str
    type: ty.Type
    cells: Sequence[Cell]
    is_personal: bool = False


@dataclass(frozen=True)
class Members:
    """A list of customers, or of their contacts: those worth most first, contacts in the order of their customers.

    `inside`: customers in the selection; `unknown`: those of whom it is unknown; `total`: all of the entity.
    `since`: with what today was compared, in words, and `changed`: how many customers entered, left and are gone; None where changes
    weren't asked for.
    `because`: where as-of comes from, if nobody said it.
    `file`: where the rows were written, which aren't shown then.
    """

    selection: Selection
    contacts: Contacts | None
    clock: Clock
    columns: tuple[Column, ...]
    inside: int
    unknown: int
    total: int
    worth: Worth | None
    since: str | None = None
    changed: Mapping[str, int] | None = None
    because: str = ""
    warnings: tuple[Diagnostic, ...] = ()
    file: Path | None = None

    @property
    def rows(self) -> list[tuple[Cell, ...]]:
        return list(zip(*(c.cells for c in self.columns)))


def list_members(
    workspace: Workspace,
    text: str,
    entity: str | None = None,
    shown: Sequence[str] = (),
    to: str | None = None,
    since: str | None = None,
    why: bool = False,
    as_of: dt.date | dt.datetime | str | None = None,
    source: str | None = None,
    report_progress: Callable[[str], None] = lambda _: None,
) -> Members:
    """List the members of a segment (`vips`), an arm (`motion.save`) or a condition (`arr > 50_000`).

    `shown`: values to show, as in `name, csm.email`; without any, a name and the worth.
    `to`: contacts to list instead of customers, as in `users where role = "admin"`.
    `since`: list who entered and who left since an earlier day, instead of all.
    `why`: a column with the clauses that decided, and their values.

    Raises `UsageError`, `TrialError` for a condition or value with a mistake, and `DataError`.
    """
    asked = _Asked.of(workspace, text, entity, shown, to)
    report_progress("reading the data")
    dated, workspace, engine = open_to_look(workspace, asked.needed(workspace.model), asked.also, as_of, source)
    clock = dated.clock
    report_progress("evaluating")
    beside = {v.name: v.expression for v in asked.values} if asked.contacts is None else {}
    now = customers(workspace.model, engine, asked.selection, beside, clock)
    moved = changes(workspace, engine, asked.selection, now, clock, since, source) if since is not None else None
    keys = now.inside if moved is None else tuple(moved.by_key)
    listed = now.table.taken(now.table.frame[KEY].isin(keys))
    keys_in_order = [key for key in listed.cells(KEY) if isinstance(key, str | int)]
    if asked.contacts is not None:
        listed = _of_contacts(workspace.model, engine, asked.contacts, asked.values, clock, keys_in_order)
    owners = [key for key in listed.cells(KEY if asked.contacts is None else _OWNER) if isinstance(key, str | int)]
    gone = [
        key
        for key, change in (moved.by_key.items() if moved is not None and asked.contacts is None else ())
        if change == GONE
    ]
    shown_columns = [*_columns(asked, listed, gone)]
    owners += gone
    if moved is not None:
        shown_columns.append(Column(_free("change", shown_columns), ty.TEXT, [moved.by_key[key] for key in owners]))
    if why:
        reasons = _reasons(workspace.model, engine, asked.selection, clock, owners, report_progress)
        head = _free("because", shown_columns)
        shown_columns.append(Column(head, ty.TEXT, reasons, asked.selection.reads_personal(workspace.model)))
    return Members(
        selection=asked.selection,
        contacts=asked.contacts,
        clock=clock,
        columns=tuple(shown_columns),
        inside=len(now.inside),
        unknown=len(now.unknown),
        total=len(now.keys),
        worth=now.worth,
        since=moved.since if moved is not None else None,
        changed=Counter(moved.by_key.values()) if moved is not None else None,
        because=dated.because,
        warnings=(*engine.notes, *(moved.warnings if moved is not None else ())),
    )


@dataclass(frozen=True)
class _Asked:
    """Whom a list is of, and what it shows."""

    selection: Selection
    contacts: Contacts | None
    values: list[Value]

    @staticmethod
    def of(workspace: Workspace, text: str, entity: str | None, shown: Sequence[str], to: str | None) -> _Asked:
        chosen = selection(workspace, text, entity)
        people = contacts(workspace, to, chosen.entity) if to is not None else None
        about = chosen.entity if people is None else people.entity
        return _Asked(
            chosen, people, values(workspace, shown, about) if shown else usual_values(workspace.model, about)
        )

    def needed(self, model: Model) -> Needed:
        """What the selection, the values and the condition of the contacts read."""
        people = self.contacts
        conditions = [
            self.selection.condition,
            *([people.condition] if people and people.condition is not None else []),
        ]
        entities = [self.selection.entity.name, *([people.entity.name] if people else [])]
        return of_values(model, entities, [*conditions, *(v.expression for v in self.values)])

    @property
    def also(self) -> dict[str, set[str]]:
        """The columns beside these, by relation: the worth, and whose contacts they are."""
        worth = worth_of(self.selection.entity)
        own = {self.selection.entity.name: {worth} if worth is not None else set[str]()}
        return own if self.contacts is None else together(own, {self.contacts.entity.name: {self.contacts.owner}})


def _of_contacts(
    model: Model, engine: Engine, people: Contacts, shown: Sequence[Value], clock: Clock, keys: Sequence[Key]
) -> Table:
    """Return the contacts of customers, in the order of these and then of their own keys."""
    owner = k.Column(k.This(), people.entity.name, people.owner, people.entity.fields[people.owner].type)
    asked: dict[str, k.Expr] = {_OWNER: owner, **{v.name: v.expression for v in shown}}
    if people.condition is not None:
        asked[_ASKED] = people.condition
    table = Table.of(model, engine, people.entity.name, asked, clock)
    if people.condition is not None:
        table = table.taken(table.true(_ASKED))
    place: dict[Cell, int] = {key: i for i, key in enumerate(keys)}
    owners = table.cells(_OWNER)
    return table.taken(sorted((i for i, key in enumerate(owners) if key in place), key=lambda i: place[owners[i]]))


def _columns(asked: _Asked, listed: Table, gone: Sequence[Key]) -> Iterable[Column]:
    """Yield the key, of contacts also that of their customer, and the values; those who are gone have no values."""
    selected = asked.selection.entity
    about = selected if asked.contacts is None else asked.contacts.entity
    assert about.key is not None and selected.key is not None, "an entity has a key"
    key = about.fields[about.key]
    yield Column(about.key, key.type, [*listed.cells(KEY), *gone], key.personal)
    if asked.contacts is not None:
        typed = selected.fields[selected.key].type
        yield Column(asked.contacts.owner, typed, listed.cells(_OWNER), selected.fields[selected.key].personal)
    for value in asked.values:
        typed = value.expression.type
        yield Column(value.name, typed, [*listed.cells(value.name), *(None for _ in gone)], value.is_personal)


def _free(name: str, beside: Sequence[Column]) -> str:
    """Return a name that no other column has."""
    while name in {c.name for c in beside}:
        name += "_"
    return name


def _reasons(
    model: Model,
    engine: Engine,
    selection: Selection,
    clock: Clock,
    keys: Sequence[Key],
    report_progress: Callable[[str], None],
) -> list[Cell]:
    """Return what decided for each customer. Raises `UsageError` for more than `MOST_REASONS`."""
    distinct = list(dict.fromkeys(keys))
    if len(distinct) > MOST_REASONS:
        message = f"{len(distinct):,} customers are more than --why looks into, {MOST_REASONS:,}"
        raise UsageError(Diagnostic("SEG0607", message, help="list fewer, by a narrower condition, or leave it out"))
    reasons = Reasons.of(
        model, selection.entity.name, selection.rule, selection.condition, engine, clock, len(distinct)
    )
    by_key: dict[Key, str] = {}
    for i, key in enumerate(distinct):
        if i % 100 == 0:
            report_progress(f"looking into {i:,} of {len(distinct):,}")
        by_key[key] = reasons.of_customer(key, selection.place)
    return [by_key[key] for key in keys]
