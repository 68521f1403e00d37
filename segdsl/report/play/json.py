"""A play for one customer -> the JSON of the machine contract."""

from __future__ import annotations

from segdsl.activation.plays import Shown
from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.reference.plays import said_of
from segdsl.reference.recipients import said_of_recipient
from segdsl.report.members.json import as_json


def render(shown: Shown) -> str:
    decision = shown.decision
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "as_of": shown.clock.now.isoformat() + "Z",
            "timezone": shown.clock.zone.key,
            "play": shown.play.name,
            "entity": shown.decided.entity,
            "customer": shown.decided.key,
            "gets": decision.gets,
            "line": decision.line,
            "held_out": decision.is_held_out,
            "why": said_of(decision),
            "is_past_known": shown.decided.is_past_known,
            "personal": list(shown.personal),
            "recipients": [
                {
                    "recipient": w.recipient.key,
                    "address": w.recipient.address,
                    "line": w.recipient.line,
                    "held_out": w.recipient.is_held_out,
                    "why": said_of_recipient(w.recipient),
                    "fields": {name: as_json(value) for name, value in w.said.fields.items()},
                    "subject": w.said.subject,
                    "message": w.said.message,
                    "problem": w.said.problem or None,
                }
                for w in shown.written
            ],
        }
    )
