"""Columns of files: plain ones, and those that the imports of HubSpot and Salesforce document.

A vendor's import knows a column by its header, so only headers that the vendor's documentation names are here:

- HubSpot, "Set up your import files", knowledge.hubspot.com/crm-setup/set-up-your-import-file: a contact is known by
  `Email`; `First name`, `Last name`, and `Contact owner` with the address of the user; a header that is the name of
  another property fills that property.
- HubSpot, "Tasks", developers.hubspot.com/docs/api/crm/tasks: `hs_task_subject`, `hs_task_body`, `hs_timestamp` (when it
  is due, in UTC), `hs_task_status`, `hs_task_type`, `hs_task_priority`, `hubspot_owner_id`.
- Salesforce, Object Reference for the Salesforce Platform, developer.salesforce.com: `Contact` (sforce_api_objects_contact)
  and `Task` (sforce_api_objects_task). `WhoId` is a contact, `WhatId` an account.
- Salesforce, Data Loader Guide, "Data Loader Behavior with Bulk API Enabled": empty values are ignored when records are
  updated. So whoever leaves a play gets a value that says so.

The column that says in which play somebody is belongs to nobody's documentation: it is a property or field of your own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from segdsl.activation.delivery import Deliveries, Rows, Value
from segdsl.activation.destinations.fates import DestinationError, refusal
from segdsl.data.sql_text import text
from segdsl.diagnostics import printable
from segdsl.run import csv_text
from segdsl.workspace.destinations import OUTPUT
from segdsl.workspace.destinations import Layout as Name

_SALESFORCE_ID = "[A-Za-z0-9]{15}([A-Za-z0-9]{3})?"


Cell = Callable[[Rows], str]
"""SQL of a cell, of a row `t` of a table of deliveries."""


@dataclass(frozen=True)
class Layout:
    """The columns of a file.

    `before`, `after`: header and cell of columns on the left and on the right of the merge fields.
    `known`: the vendor's header for a merge field of that name; others keep their names.
    `in_play`: header of the column that says in which play somebody is; None where a row isn't about being in one.
    `needs`: columns of a delivery that must have a value, which are called so in a message.
    `ids`: headers of columns that hold Ids of Salesforce; `days`: of columns that hold the day of the delivery.
    """

    before: Mapping[str, Cell]
    after: Mapping[str, Cell] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    in_play: str | None = None
    needs: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    days: tuple[str, ...] = ()


def _column(name: str) -> Cell:
    return lambda rows: f"t.{name}"


def _text(value: str) -> Cell:
    return lambda rows: text(value)


_customer, _recipient, _address, _subject, _message, _key = map(
    _column, ("customer", "recipient", "address", "subject", "message", "key")
)


def _change(rows: Rows) -> str:
    return text(rows.change) if rows.change is not None else "NULL"


def _title(rows: Rows) -> str:
    return f"coalesce(nullif(t.subject, ''), {text(rows.play)})"


_PERSON = {"first_name": "First name", "last_name": "Last name", "owner": "Contact owner"}
_CONTACT = {"first_name": "FirstName", "last_name": "LastName", "owner": "OwnerId"}

LAYOUTS: Mapping[Name, Layout] = {
    "plain": Layout(
        {"customer": _customer, "recipient": _recipient, "address": _address},
        {"subject": _subject, "message": _message, "change": _change, "key": _key},
    ),
    "hubspot contacts": Layout({"Email": _address}, known=_PERSON, in_play="Play", needs=("address",)),
    "hubspot tasks": Layout(
        {
            "Email": _address,
            "hs_task_subject": _title,
            "hs_task_body": _message,
            "hs_timestamp": lambda rows: text(f"{rows.day.isoformat()}T00:00:00Z"),
            "hs_task_status": _text("NOT_STARTED"),
        },
        known={"owner": "hubspot_owner_id", "priority": "hs_task_priority", "type": "hs_task_type"},
    ),
    "salesforce contacts": Layout(
        {"Id": _recipient, "Email": _address},
        known=_CONTACT,
        in_play="Play__c",
        needs=("recipient",),
        ids=("Id",),
    ),
    "salesforce tasks": Layout(
        {
            "WhoId": _recipient,
            "WhatId": _customer,
            "Subject": _title,
            "Description": _message,
            "ActivityDate": lambda rows: text(rows.day.isoformat()),
            "Status": _text("Not Started"),
        },
        known={"owner": "OwnerId", "priority": "Priority"},
        ids=("WhoId", "WhatId"),
        days=("ActivityDate",),
    ),
    "salesforce updates": Layout({"Id": _customer}, known={"owner": "OwnerId"}, in_play="Play__c", ids=("Id",)),
}
assert set(LAYOUTS) == set(get_args(Name))


@dataclass(frozen=True)
class Sheet:
    """The rows of a file: of each part of them the cells of all columns, as SQL, and what the texts of a column stand for."""

    heads: tuple[str, ...]
    parts: tuple[tuple[Rows, tuple[str, ...], tuple[Mapping[str, Value] | None, ...]], ...]

    @property
    def count(self) -> int:
        return sum(rows.count for rows, _, _ in self.parts)

    def columns(self) -> dict[str, list[object]]:
        """The values of each column by header."""
        read: list[list[object]] = []
        if self.parts:
            meant = [values for _, _, values in self.parts]
            found = self.parts[0][0].shelf.rows(f"SELECT part, {self._names} FROM ({self._rows()}) ORDER BY {_ORDER}")
            read = [
                [
                    cell(known[v]) if known is not None and v is not None else v
                    for known, v in zip(meant[part], texts, strict=True)
                ]
                for part, *texts in found
            ]
        return {head: [row[i] for row in read] for i, head in enumerate(self.heads)}

    def csv(self, stem: str) -> Path:
        """A file of the shelf's folder with the rows as CSV; there are some."""
        shelf, shown = self.parts[0][0].shelf, {}
        for part, (_, _, values) in enumerate(self.parts):
            for i, known in enumerate(values):
                if known is not None:
                    shown[part, i] = shelf.put_rows(
                        {"t": [*known], "shown": [csv_text.shown(cell(v)) for v in known.values()]}
                    )
        names = [f"c{i}" for i in range(len(self.heads))]
        lines = csv_text.lines(f"({self._rows(shown)})", names, {*names}, _ORDER, self.heads)
        path = shelf.write(lines, f"{stem}.csv", csv_text.OPTIONS)
        for used in shown.values():
            shelf.drop(used)
        return path

    @property
    def _names(self) -> str:
        return ", ".join(f"c{i}" for i in range(len(self.heads)))

    def _rows(self, shown: Mapping[tuple[int, int], str] = MappingProxyType({})) -> str:
        """Query of the cells of all parts; `shown`: table of what is shown for a text of a column of a part."""
        queries = []
        for part, (rows, cells, _) in enumerate(self.parts):
            own = [f"s{i}.shown" if (part, i) in shown else c for i, c in enumerate(cells)]
            listed = ", ".join(f"CAST({c} AS VARCHAR) AS c{i}" for i, c in enumerate(own))
            joins = "".join(
                f" LEFT JOIN {shown[part, i]} s{i} ON s{i}.t = {c}" for i, c in enumerate(cells) if (part, i) in shown
            )
            queries.append(
                f"SELECT {part} AS part, t.customer, t.recipient, t.key, {listed} FROM {rows.table} t{joins}"
            )
        return " UNION ALL ".join(queries)


_ORDER = "customer, coalesce(recipient, ''), key"


def sheet(
    name: str, layout: Layout, deliveries: Deliveries, headers: Mapping[str, str], left: str, change: bool
) -> Sheet:
    """The file of the deliveries of one play to the destination `name`.

    `headers`: header by merge field, before those that the layout knows; `left`: what is said of who left the play.
    `change`: whether it has a column that says what the recipient did.
    Raises `DestinationError` for two columns with one header, and for a delivery that lacks what the layout needs.
    """
    own = {f: headers.get(f) or layout.known.get(f) or f for f in deliveries.names}
    fixed = [*layout.before, *layout.after, *([layout.in_play] if layout.in_play else [])]
    for f, header in own.items():
        if header in fixed or list(own.values()).count(header) > 1:
            why = (
                f"two columns would have the header `{printable(header)}`, one of them the merge field `{printable(f)}`"
            )
            renamed = "give the field another name in the play: merge … as NAME"
            help = renamed if name == OUTPUT else f'give the field another one: columns = {{ {f} = "…" }}'
            raise DestinationError(refusal(name, why, help))
    for what in layout.needs:
        if (lacking := _first(deliveries, f"t.{what} IS NULL", "t.customer")) is not None:
            why = f"its layout needs the {what} of each row, and `{printable(lacking[0])}` of `{lacking[1]}` has none"
            raise DestinationError(refusal(name, why, "let the play say `to`, and the channel its `address`"))
    every = {**layout.before, **layout.after}
    for header in layout.ids:
        id_ = every[header](deliveries.rows[0]) if deliveries.rows else "NULL"
        if (wrong := _first(deliveries, f"NOT regexp_full_match({id_}, {text(_SALESFORCE_ID)})", id_)) is not None:
            why = f"the column `{header}` takes Ids of Salesforce, and `{printable(wrong[0])}` is none"
            raise DestinationError(
                refusal(name, why, "its keys must be those of Salesforce, of 15 or 18 letters and digits")
            )
    after = {head: c for head, c in layout.after.items() if head != "change" or change}
    heads = (*layout.before, *own.values(), *([layout.in_play] if layout.in_play else []), *after)
    parts = []
    for rows in deliveries.rows:
        fields = dict(zip(rows.names, zip((f"t.{c}" for c in rows.fields), rows.values)))
        merged = [fields.get(f, ("NULL", None)) for f in own]
        in_play = [(text(left if rows.change == "left" else rows.play), None)] if layout.in_play else []
        days = {rows.day.isoformat(): rows.day}
        around = [
            [(c(rows), days if head in layout.days else None) for head, c in some.items()]
            for some in (layout.before, after)
        ]
        cells, values = zip(*around[0], *merged, *in_play, *around[1])
        parts.append((rows, cells, values))
    return Sheet(heads, tuple(parts))


def _first(deliveries: Deliveries, condition: str, shown: str) -> tuple[str, str] | None:
    """What is shown of the first delivery for which a condition holds, and its play; None without one."""
    if not deliveries.rows:
        return None
    queries = (
        f"SELECT {shown} AS shown, {text(r.play)} AS play, t.customer, t.recipient, t.key FROM {r.table} t WHERE {condition}"
        for r in deliveries.rows
    )
    found = deliveries.rows[0].shelf.rows(
        f"SELECT shown, play FROM ({' UNION ALL '.join(queries)}) ORDER BY {_ORDER} LIMIT 1"
    )
    return found[0] if found else None


def cell(value: Value) -> object:
    """A value as a cell of a file: a set joined by `;`, as both vendors read it."""
    return ";".join(value) if isinstance(value, tuple) else value
