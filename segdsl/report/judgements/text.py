"""Judgements that differ from the rules -> a terminal: each with its clauses and the nearest border."""

from __future__ import annotations

from collections.abc import Sequence

import click

from segdsl.diagnostics import printable
from segdsl.report.layout.terminal import marked
from segdsl.testing.suite.judgements import Difference


def render(judged: int, differences: Sequence[Difference]) -> str:
    agreed = judged - len(differences)
    lines = [line for d in differences for line in _difference(d)]
    return "\n".join([*lines, f"{agreed:,} of {judged:,} judgements agree with the rules"])


def _difference(d: Difference) -> list[str]:
    j = d.judgement
    if d.found is None:
        return [f"{printable(j.key)}: nobody has this key or, alone, this name", ""]
    head = click.style(f"{printable(j.key)}: judged {j.judged}, {j.rule} says {d.found}", bold=True)
    clauses = [f"  {marked(printable(line))}" for line in d.why.split("\n")[1:]]
    nearest = [f"  nearest: {printable(d.nearest)}"] if d.nearest else []
    return [head, *clauses, *nearest, ""]
