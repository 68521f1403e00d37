"""Live rules held to their records -> a terminal: what changed without a record, with what mends it, and what waits for approval."""

from __future__ import annotations

from collections.abc import Iterator

import click

from segdsl.diagnostics import printable
from segdsl.promotion.record import Record
from segdsl.report.content.promotion import GateResult

_MENDS = {
    "meaning": "declare the change as a candidate, run an experiment, and segdsl promote it; "
    "or segdsl promote … --because TEXT",
    "reads": "bring the declaration back; "
    "or declare the rule as it is as a candidate under another name, and segdsl promote that, --because TEXT",
    "gone": "bring it back under its name; where it is to go, take it out with segdsl retire NAME --because TEXT",
    "back": "bring it back as it was with segdsl rollback NAME; another rule has another name",
}
_UNSAID = {
    "promotion": "its evidence isn't in experiments/evidence, or is of another rule",
    "rollback": "what it puts back isn't what the record before it replaced",
    "retirement": "nothing bears it out",
}


def render(result: GateResult) -> str:
    return "\n".join(_lines(result)) or _all_well(result)


def _all_well(result: GateResult) -> str:
    return f"{result.promoted} promoted segmentation{'s' if result.promoted != 1 else ''} as recorded"


def _lines(result: GateResult) -> Iterator[str]:
    yield from (click.style(f"✗ {c.message(result.base or '')}", bold=True) for c in result.changed)
    yield from (f"  {_MENDS[what]}" for what in dict.fromkeys(c.what for c in result.changed))
    for file in result.altered:
        yield click.style(f"✗ the record {printable(file)} isn't as in {result.base}", bold=True)
    if result.altered:
        yield "  records are history: bring it back from git; what changes now has a record of its own"
    for name, until in result.ended:
        declared = "was declared otherwise when its first customers entered"
        yield click.style(f"✗ the pilot `{name}` runs until {until}, and {declared}", bold=True)
        yield (
            "  what is found of them would be exploratory: "
            "bring its declaration and both rules back, or take the experiment out to end it"
        )
    yield from map(_waiting, result.waiting)


def _waiting(record: Record) -> str:
    why = printable(record.because) if record.needs_approval else _UNSAID[record.kind]
    return click.style(f"… {printable(record.file)} waits for approval", bold=True) + f": {why}"
