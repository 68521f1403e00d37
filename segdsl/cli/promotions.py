"""`segdsl promotions`: what was promoted, put back and retired, when, and on what evidence."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared


@click.command("promotions")
@shared.workspace_option
@shared.format_option("text", "json")
def command(workspace: Path | None, format_: str) -> None:
    """List what was promoted, put back and retired, the latest last."""
    from segdsl.promotion import record

    with shared.failing(format_):
        found = record.load_all(shared.root_of(workspace))
        if format_ == "json":
            shared.say_json({"schema_version": 1, "promotions": [
                {
                    "segmentation": r.segmentation, "kind": r.kind, "on": r.on.isoformat(), "candidate": r.candidate or None, "evidence": r.evidence,
                    "sentence": r.sentence, "approved_by": r.approved_by or None, "meaning": r.meaning, "file": r.file,
                }
                for r in found
            ]})  # fmt: skip
        elif not found:
            shared.say("nothing was promoted yet")
        else:
            rows = [
                [
                    str(r.on),
                    r.segmentation,
                    r.candidate or r.kind,
                    r.evidence + (", waits for approval" if r.needs_approval else ""),
                    r.sentence,
                ]
                for r in found
            ]
            shared.say(shared.table(["on", "segmentation", "by", "evidence", ""], rows))
