"""A play is given once per stay, and no table of runs says when a customer has left one of its places: nobody gets it twice."""

from __future__ import annotations

from collections.abc import Iterator

from segdsl.diagnostics import Diagnostic, series
from segdsl.model.segment import Model
from segdsl.resolve.keeping import EXAMPLE_DAY


def find(model: Model) -> Iterator[Diagnostic]:
    """Finds plays of customers whose deliveries are known; without these nothing keeps a play back."""
    relations = model.schema.relations.values()
    delivered = {r.of for r in relations if r.deliveries}
    remembered = {r.runs_of for r in relations}
    for play in model.plays.values():
        places = model.places_of(play.name) if play.every is None else []
        lacking = [p for p in places if p.entity in delivered and p.name not in remembered]
        if lacking:
            names = list(dict.fromkeys(p.name for p in lacking))
            has_left = f"who left {series([f'`{n}`' for n in names], 'or')}"
            of, rule = lacking[0].entity, names[0]
            table = f"table {rule}_runs of {of} from runs of {rule} starting {EXAMPLE_DAY}"
            yield Diagnostic(
                "SEG0829",
                f"nobody gets `{play.name}` twice: it is given once per stay, and nothing remembers {has_left}",
                play.span,
                help=f"write `{table}`, or say in the play how often, as in `every 90 days`",
                severity="warning",
            )
