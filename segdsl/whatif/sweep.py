"""Sweeps: a condition with a range, `arr > 40_000..80_000`, at several values between its ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from segdsl.diagnostics import Diagnostic, Source
from segdsl.lang import tree
from segdsl.run.errors import UsageError
from segdsl.workspace.load import Workspace, build, sound

_NUMBER = r"\d[\d_]*(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})(%?)\.\.({_NUMBER})(%?)")
STEPS = 9


@dataclass(frozen=True)
class SweptText:
    """A value as a rule file writes it, and the condition with that value."""

    value: str
    text: str


def is_swept(text: str) -> bool:
    return _RANGE.search(text) is not None


def sweep(text: str, steps: int = STEPS) -> list[SweptText]:
    """Both ends and evenly spaced values between, rounded like the ends. Raises `UsageError`."""
    ranges = list(_RANGE.finditer(text))
    if len(ranges) != 1:
        help = "as in 'arr > 40_000..80_000', with one range"
        raise UsageError(Diagnostic("SEG0615", f"`{text}` has {len(ranges) or 'no'} ranges", help=help))
    (place,) = ranges
    low, high = (Decimal(place[i].replace("_", "")) for i in (1, 3))
    if high <= low:
        raise UsageError(Diagnostic("SEG0615", f"`{place[0]}` goes nowhere", help="the smaller number stands first"))
    grain = Decimal(1).scaleb(min(int(n.as_tuple().exponent) for n in (low, high)))
    between = [low + (high - low) * i / (steps - 1) for i in range(steps)]
    values = dict.fromkeys((v / grain).to_integral_value() * grain for v in between)
    percent = place[2] or place[4]
    written = [f"{v:,f}".replace(",", "_") + percent for v in values]
    return [SweptText(value, text[: place.start()] + value + text[place.end() :]) for value in written]


def versions(workspace: Workspace, text: str, steps: int) -> Iterator[tuple[str, Workspace]]:
    """(value, the workspace with it) for each value, where the rules contain the condition exactly once, tests apart.

    Raises `UsageError`, and `RulesError` for a value that is invalid there.
    """
    options = sweep(text, steps)
    place = _RANGE.search(text)
    assert place is not None
    pattern = re.compile(
        rf"(?<![\w.]){_spaced(text[: place.start()])}({_NUMBER}%?){_spaced(text[place.end() :])}(?![\w.])"
    )
    places = [
        (source, match)
        for file, source in zip(workspace.files, workspace.sources)
        for match in pattern.finditer(source.text)
        if not any(isinstance(d, tree.Test) and d.span.start <= match.start() < d.span.end for d in file.declarations)
    ]
    if len(places) != 1:
        help = "write the condition as the rule has it, with as much of it as makes it the only one"
        message = f"the rules have {len(places) or 'no'} place{'s' if len(places) != 1 else ''} like `{text}`"
        raise UsageError(Diagnostic("SEG0615", message, help=help))
    ((source, match),) = places
    for option in options:
        changed = source.text[: match.start(1)] + option.value + source.text[match.end(1) :]
        sources = [Source(s.path, changed) if s is source else s for s in workspace.sources]
        yield option.value, sound(build(workspace.root, workspace.config, sources, []))


def _spaced(text: str) -> str:
    """Pattern of a text with flexible white space."""
    return r"\s+".join(map(re.escape, re.split(r"\s+", text)))
