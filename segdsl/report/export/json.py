"""An export -> the JSON of the machine contract."""

from __future__ import annotations

from typing import Any

from segdsl.activation.account.account import PlayAccount
from segdsl.activation.delivery import Outcome, Plan
from segdsl.activation.export.export import Exported
from segdsl.diagnostics import SCHEMA_VERSION, json_text


def render(exported: Exported, names: bool) -> str:
    account = exported.account
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "export": exported.id,
            "as_of": account.clock.now.isoformat() + "Z",
            "timezone": account.clock.zone.key,
            "plays": [_play(exported, p, names) for p in account.plays if p.play in exported.plays],
            "destinations": [*map(_plan, exported.plans), *map(_outcome, exported.outcomes)],
            "withheld": exported.withheld,
            "complete": exported.is_complete,
        }
    )


def _play(exported: Exported, p: PlayAccount, names: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "play": p.play,
        "entity": p.entity,
        "channel": p.channel,
        "members": p.members,
        "unknown": p.unknown,
        "customers": dict(p.customers),
        "held_out": dict(p.held_out),
        "recipient": p.recipient,
        "audience": p.audience,
        "recipients": dict(p.recipients),
    }
    if names:
        columns = ("customer", "recipient", "line", "detail", "held_out")
        shown["names"] = [dict(zip(columns, row)) for row in exported.account.names(p)]
    return shown


def _plan(p: Plan) -> dict[str, Any]:
    return {
        "destination": p.destination,
        "place": p.place,
        "dry_run": True,
        "rows": p.rows,
        "repeated": p.repeated,
        "again": p.again,
        "unsettled": len(p.unsettled),
        "steps": list(p.steps),
    }


def _outcome(o: Outcome) -> dict[str, Any]:
    return {
        "destination": o.destination,
        "dry_run": False,
        "sent": o.sent,
        "repeated": o.repeated,
        "rejected": len(o.rejected),
        "in_doubt": len(o.in_doubt),
        "not_sent": len(o.not_sent),
        "unsettled": len(o.unsettled),
        "files": [str(f) for f in o.files],
        "stopped": o.stopped.message if o.stopped is not None else None,
    }
