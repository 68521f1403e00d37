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

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import get_args

from segdsl.activation.delivery import Delivery, Value
from segdsl.activation.destinations.fates import DestinationError, refusal
from segdsl.diagnostics import printable
from segdsl.workspace.destinations import OUTPUT
from segdsl.workspace.destinations import Layout as Name

_SALESFORCE_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")


@dataclass(frozen=True)
class Layout:
    """The columns of a file.

    `before`, `after`: header and value of columns on the left and on the right of the merge fields.
    `known`: the vendor's header for a merge field of that name; others keep their names.
    `in_play`: header of the column that says in which play somebody is; None where a row isn't about being in one.
    `needs`: what a delivery must have, as it is called in a message.
    `ids`: headers of columns that hold Ids of Salesforce.
    """

    before: Mapping[str, Callable[[Delivery], Value]]
    after: Mapping[str, Callable[[Delivery], Value]] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    in_play: str | None = None
    needs: Mapping[str, Callable[[Delivery], object]] = field(default_factory=dict)
    ids: tuple[str, ...] = ()


_customer, _recipient, _address, _subject, _message, _change, _key = map(
    attrgetter, ("customer", "recipient", "address", "subject", "message", "change", "key")
)


def _title(d: Delivery) -> Value:
    return d.subject or d.play


_PERSON = {"first_name": "First name", "last_name": "Last name", "owner": "Contact owner"}
_CONTACT = {"first_name": "FirstName", "last_name": "LastName", "owner": "OwnerId"}

LAYOUTS: Mapping[Name, Layout] = {
    "plain": Layout(
        {"customer": _customer, "recipient": _recipient, "address": _address},
        {"subject": _subject, "message": _message, "change": _change, "key": _key},
    ),
    "hubspot contacts": Layout({"Email": _address}, known=_PERSON, in_play="Play", needs={"address": _address}),
    "hubspot tasks": Layout(
        {
            "Email": _address,
            "hs_task_subject": _title,
            "hs_task_body": _message,
            "hs_timestamp": lambda d: f"{d.day.isoformat()}T00:00:00Z",
            "hs_task_status": lambda d: "NOT_STARTED",
        },
        known={"owner": "hubspot_owner_id", "priority": "hs_task_priority", "type": "hs_task_type"},
    ),
    "salesforce contacts": Layout(
        {"Id": _recipient, "Email": _address},
        known=_CONTACT,
        in_play="Play__c",
        needs={"recipient": _recipient},
        ids=("Id",),
    ),
    "salesforce tasks": Layout(
        {
            "WhoId": _recipient,
            "WhatId": _customer,
            "Subject": _title,
            "Description": _message,
            "ActivityDate": lambda d: d.day,
            "Status": lambda d: "Not Started",
        },
        known={"owner": "OwnerId", "priority": "Priority"},
        ids=("WhoId", "WhatId"),
    ),
    "salesforce updates": Layout({"Id": _customer}, known={"owner": "OwnerId"}, in_play="Play__c", ids=("Id",)),
}
assert set(LAYOUTS) == set(get_args(Name))


def columns(
    name: str, layout: Layout, deliveries: Sequence[Delivery], headers: Mapping[str, str], left: str
) -> dict[str, list[object]]:
    """The cells of each column by header, for the deliveries of one play to the destination `name`.

    `headers`: header by merge field, before those that the layout knows; `left`: what is said of who left the play.
    Raises `DestinationError` for two columns with one header, and for a delivery that lacks what the layout needs.
    """
    merged = dict.fromkeys(f for d in deliveries for f in d.fields)
    own = {f: headers.get(f) or layout.known.get(f) or f for f in merged}
    fixed = [*layout.before, *layout.after, *([layout.in_play] if layout.in_play else [])]
    for f, header in own.items():
        if header in fixed or list(own.values()).count(header) > 1:
            why = (
                f"two columns would have the header `{printable(header)}`, one of them the merge field `{printable(f)}`"
            )
            renamed = "give the field another name in the play: merge … as NAME"
            help = renamed if name == OUTPUT else f'give the field another one: columns = {{ {f} = "…" }}'
            raise DestinationError(refusal(name, why, help))
    for what, needed in layout.needs.items():
        lacking = next((d for d in deliveries if needed(d) is None), None)
        if lacking is not None:
            why = f"its layout needs the {what} of each row, and `{printable(lacking.customer)}` of `{lacking.play}` has none"
            raise DestinationError(refusal(name, why, "let the play say `to`, and the channel its `address`"))
    result: dict[str, list[object]] = {header: list(map(value, deliveries)) for header, value in layout.before.items()}
    result |= {header: [cell(d.fields.get(f)) for d in deliveries] for f, header in own.items()}
    if layout.in_play:
        result[layout.in_play] = [left if d.change == "left" else d.play for d in deliveries]
    result |= {header: list(map(value, deliveries)) for header, value in layout.after.items()}
    for header in layout.ids:
        wrong = next((v for v in result[header] if v is not None and not _SALESFORCE_ID.fullmatch(str(v))), None)
        if wrong is not None:
            why = f"the column `{header}` takes Ids of Salesforce, and `{printable(str(wrong))}` is none"
            raise DestinationError(
                refusal(name, why, "its keys must be those of Salesforce, of 15 or 18 letters and digits")
            )
    return result


def cell(value: Value) -> object:
    """A value as a cell of a file: a set joined by `;`, as both vendors read it."""
    return ";".join(value) if isinstance(value, tuple) else value
