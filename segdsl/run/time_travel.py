"""Warnings where as-of lies before or after the day of the export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from segdsl.diagnostics import Diagnostic
from segdsl.facts.past import Past, past_of
from segdsl.model.clock import Clock
from segdsl.model.schema import Relation, Schema
from segdsl.words.values import day
from segdsl.workspace.config import SourceConfig

SHOWN = 3  # most fields shown of each table


def warnings(schema: Schema, read: Mapping[str, set[str]], source: SourceConfig, clock: Clock) -> Iterator[Diagnostic]:
    """Warn about fields that may have had other values as of then.

    A field is assumed unchanged if it is `fixed`; a file with {as_of} in its name has the values of its own day.
    """
    exported = source.snapshot or dt.datetime.now(clock.zone).date()
    if clock.today < exported:
        texts = [text for name in read if (text := _may_differ(schema.relations[name], read[name], source))]
        if texts:
            when = f"on {day(exported)}" if source.snapshot else "today"
            message = f"as of {day(clock.today)}, but these fields are as they are {when}: {', '.join(texts)}"
            help = "mark what never changes `fixed`; or keep an export of each day, with {as_of} in its path"
            yield Diagnostic("SEG0405", message, help=help, severity="warning")
    elif source.snapshot is not None and clock.today > source.snapshot:
        message = (
            f"as of {day(clock.today)}, but the data is of {day(source.snapshot)}: what happened since isn't in it"
        )
        yield Diagnostic(
            "SEG0405",
            message,
            help="load the data again, and say its date: snapshot = … in segdsl.toml",
            severity="warning",
        )


def _may_differ(relation: Relation, read: set[str], source: SourceConfig) -> str:
    """Fields that may have had other values, as `account (arr, plan and 2 more)`; "" without any."""
    table = source.table(relation.name)
    if table is not None and "{as_of}" in table.path:
        return ""
    since = {f.known_at for f in relation.fields.values()}  # columns read only as `known at` of others
    fields = [f for f in relation.fields if f in read - since and past_of(relation, f) is Past.OVERWRITTEN]
    more = f" and {len(fields) - SHOWN} more" if len(fields) > SHOWN else ""
    return f"{relation.name} ({', '.join(fields[:SHOWN])}{more})" if fields else ""
