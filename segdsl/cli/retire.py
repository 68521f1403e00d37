"""`segdsl retire`: a live segmentation taken out on purpose, so that the gate knows it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from segdsl.cli import _shared as shared
from segdsl.cli.promote import APPROVAL


@click.command("retire")
@click.argument("name")
@shared.workspace_option
@click.option("--because", metavar="TEXT", required=True, help="Why, for the record, which somebody has to approve.")
def command(name: str, workspace: Path | None, because: str) -> None:
    """Take a live segmentation out of the rules, with the tests that hold no more, and write a record of it.

    `segdsl promote --check` then expects it to be gone; `segdsl rollback NAME` brings it back.
    """
    from segdsl.diagnostics import Diagnostic, printable
    from segdsl.experiment.shared import evidence
    from segdsl.promotion import gate, record, swap
    from segdsl.report.promotion.text import taken_out
    from segdsl.run.errors import UsageError

    if not because.strip():
        raise click.UsageError("--because needs a reason")
    with shared.failing():
        loaded = shared.sound_workspace(workspace)
        live = [n for n, rule in loaded.model.segmentations.items() if rule.candidate_of is None]
        if name not in live:
            help = f"live are {', '.join(f'`{n}`' for n in live)}" if live else "no segmentation is live"
            raise UsageError(Diagnostic("SEG0620", f"`{name}` is no live segmentation", help=help))
        change = swap.retire(loaded, name)
        broken = list(gate.rules_hold(change.after))
        if broken:
            shared.say(click.style(f"the other rules need {name}:", bold=True))
            for line in broken:
                shared.say(f"  ✗ {printable(line)}")
            sys.exit(shared.FINDINGS)
        written = record.Record(
            segmentation=name,
            kind="retirement",
            on=dt.date.today(),
            sentence=f"retired: {because.strip()}",
            evidence=record.NOT_EVIDENCE,
            meaning="",
            before=evidence.meaning(loaded.model, name),
            because=because.strip(),
            taken_out=change.taken_out,
        )
        path = record.save(loaded, written, change)
        shared.say(click.style(f"{name} is live no longer", bold=True))
        for line in taken_out(change.taken_out, name):
            shared.say(line)
        shared.say_line(f"wrote {path}, which somebody has to approve")
        sys.exit(APPROVAL)
