"""`segdsl rollback`: the segmentation as it was before it was last promoted or retired."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("rollback")
@click.argument("name")
@shared.workspace_option
@click.option("--because", metavar="TEXT", default="", help="Why, for the record.")
def command(name: str, workspace: Path | None, because: str) -> None:
    """Put a segmentation back as it was before it was last promoted or retired, with its tests, and write a record of it."""
    from segdsl.diagnostics import Diagnostic, printable
    from segdsl.experiment.shared import evidence
    from segdsl.promotion import gate, record, swap
    from segdsl.report.promotion.text import taken_out
    from segdsl.run.errors import UsageError
    from segdsl.workspace.load import sound

    with shared.failing():
        loaded = shared.sound_workspace(workspace)
        records = [r for r in record.load_all(loaded.root) if r.segmentation == name]
        last = records[-1] if records else None
        if last is None or (name in loaded.model.segmentations) == last.retires:
            known = sorted({r.segmentation for r in record.load_all(loaded.root)})
            help = f"promoted were {', '.join(f'`{n}`' for n in known)}" if known else "nothing was promoted yet"
            raise UsageError(Diagnostic("SEG0620", f"`{name}` was never promoted", help=help))
        if last.kind == "rollback":
            raise UsageError(
                Diagnostic("SEG0620", f"`{name}` was put back on {last.on} already", help="git has what was before")
            )
        if last.retires:
            change = swap.bring_back(loaded, last.taken_out)
        else:
            rule = next(p for p in last.taken_out if p.what == "rule")
            change = swap.put_back(loaded, name, rule.text, [p for p in last.taken_out if p.what == "test"])
        broken = list(gate.rules_hold(change.after))
        if broken:
            shared.say(click.style(f"{name} as it was doesn't fit the other rules any more:", bold=True))
            for line in broken:
                shared.say(f"  ✗ {printable(line)}")
            sys.exit(shared.FINDINGS)
        after = sound(change.after).model
        now = evidence.meaning(after, name)
        written = record.Record(
            segmentation=name,
            kind="rollback",
            on=dt.date.today(),
            sentence=because.strip() or f"as before {last.file}",
            evidence="rollback",
            meaning=now,
            before=last.meaning,
            because=because.strip(),
            taken_out=change.taken_out,
            reads=evidence.reads(after, name),
        )
        path = record.save(loaded, written, change)
        shared.say(click.style(f"{name} is as it was before {last.on}", bold=True))
        if now != last.before:
            shared.say("  its text is as it was, but something that it reads means something else now")
        for line in taken_out(change.taken_out, name):
            shared.say(line)
        shared.say_line(f"wrote {path}")
