"""The plays of a workspace -> the JSON of the machine contract."""

from __future__ import annotations

from segdsl.diagnostics import SCHEMA_VERSION, json_text
from segdsl.model.segment import Model
from segdsl.words.plays import said_of_channel, said_of_holdout, said_of_play


def render(model: Model) -> str:
    return json_text(
        {
            "schema_version": SCHEMA_VERSION,
            "plays": [{"name": p.name, "said": said_of_play(model, p)} for p in model.plays.values()],
            "channels": [{"name": c.name, "said": said_of_channel(c)} for c in model.channels.values()],
            "holdouts": [{"entity": h.entity, "said": said_of_holdout(h)} for h in model.holdouts.values()],
        }
    )
