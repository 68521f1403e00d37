"""`segdsl promote`: a candidate that has earned it takes the incumbent's place; in CI, no live rule changes without a record."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.promotion.gate import Standing
    from segdsl.workspace.load import Workspace

APPROVAL = 4


@click.command("promote")
@click.argument("name", required=False)
@shared.workspace_option
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Change nothing: say what stands against NAME; without it, hold live rules to their records.",
)
@click.option(
    "--base",
    metavar="REVISION",
    default=None,
    help="With --check: rules without a record may not mean something else than there.",
)
@click.option(
    "--because",
    metavar="TEXT",
    default=None,
    help="Promote without evidence, for this reason; somebody has to approve the record.",
)
@shared.format_option("promotion", "gate")
def command(
    name: str | None, workspace: Path | None, only_check: bool, base: str | None, because: str | None, format_: str
) -> None:
    """Put a candidate in the incumbent's place, and write a record of why.

    It needs the evidence of `segdsl experiment run`, bound to the rules as they are, tests that hold, and plays with room.
    `segdsl promote --check` in CI ends with 1 where a live segmentation means something else than its record, or a pilot that
    runs than when its first customers entered, with 4 where a record waits for approval.
    """
    if name is None and not only_check:
        raise click.UsageError("name a candidate; or --check, for CI")
    if because is not None and not because.strip():
        raise click.UsageError("--because needs a reason")
    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        if name is None:
            sys.exit(_check(loaded, base, format_))
        sys.exit(_promote(loaded, name, only_check, because, format_))


def _promote(workspace: Workspace, name: str, only_check: bool, because: str | None, format_: str) -> int:
    from segdsl.experiment.shared import evidence
    from segdsl.promotion import gate, record, swap
    from segdsl.report.content.promotion import PromotionResult
    from segdsl.workspace.load import sound

    incumbent, candidate = gate.pair(workspace.model, name)
    standing = gate.standing(workspace, incumbent, candidate)
    with shared.progress("trying it with the tests"):
        change = swap.promote(workspace, incumbent, candidate)
        broken = list(gate.rules_hold(change.after))
    against = [*([] if because is not None else standing.against), *broken]
    if only_check or against:
        lacks_evidence = because is None and bool(standing.against)
        shared.show("promotion", format_, PromotionResult(incumbent, candidate, against, lacks_evidence))
        return shared.FINDINGS if against else 0
    is_evidence = because is None
    after = sound(change.after).model
    written = record.Record(
        segmentation=incumbent,
        kind="promotion",
        on=dt.date.today(),
        sentence=str(standing.result.get("sentence", "")) if is_evidence else f"not evidence: {because}",
        evidence=str(standing.result["evidence"]) if is_evidence else record.NOT_EVIDENCE,
        meaning=evidence.meaning(after, incumbent),
        before=evidence.meaning(workspace.model, incumbent),
        candidate=candidate,
        because=because or "",
        results=_summary(standing) if is_evidence else {},
        taken_out=change.taken_out,
        reads=evidence.reads(after, incumbent),
    )
    path = record.save(workspace, written, change)
    result = PromotionResult(incumbent, candidate, (), record=written, path=path)
    shared.show("promotion", format_, result)
    return 0 if is_evidence else APPROVAL


def _summary(standing: Standing) -> dict[str, object]:
    evidence = standing.result
    primary = evidence.get("primary") or {}
    return {
        "experiment": evidence.get("experiment"),
        "verdict": evidence.get("verdict"),
        "outcome": primary.get("outcome"),
        "skill": primary.get("skill", {}).get("estimate"),
        "skill_low": primary.get("skill", {}).get("low"),
        "skill_high": primary.get("skill", {}).get("high"),
        "estimate": primary.get("estimate"),
        "low": primary.get("low"),
        "high": primary.get("high"),
        "p": primary.get("p"),
        "n": primary.get("n"),
        "clusters": primary.get("clusters"),
        "d": primary.get("d"),
        "outcomes_until": evidence.get("outcomes_until"),
    }


def _check(workspace: Workspace, base: str | None, format_: str) -> int:
    from segdsl.promotion import gate, record
    from segdsl.report.content.promotion import GateResult
    from segdsl.workspace.revision import texts_of, workspace_of

    records = record.load_all(workspace.root)
    before = texts_of(base, workspace.root, record.FOLDER, ".toml") if base is not None else {}
    altered = record.altered(workspace.root, before)
    with workspace_of(base, workspace.root) if base is not None else nullcontext() as old:
        changed = gate.unrecorded_changes(workspace.model, records, old.model if old is not None else None)
    ended = gate.ended_pilots(workspace, dt.date.today())
    latest = {r.segmentation: r for r in records}
    new = [n for n, r in enumerate(records) if base is not None and r.file not in before and not r.is_approved]
    claims = [
        records[n] for n in new if not gate.is_borne_out(workspace.root, workspace.model, records[n], records[:n])
    ]
    waiting = [r for r in latest.values() if r.needs_approval or r in claims]
    shared.show("gate", format_, GateResult(base, len(latest), changed, altered, ended, waiting))
    return shared.FINDINGS if changed or ended or altered else APPROVAL if waiting else 0
