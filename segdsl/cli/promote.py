"""`segdsl promote`: a candidate that has earned it takes the incumbent's place; in CI, no live rule changes without a record."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.promotion.gate import Standing
    from segdsl.promotion.swap import Piece
    from segdsl.workspace.load import Workspace

APPROVAL = 4


@click.command("promote")
@click.argument("name", required=False)
@shared.workspace_option
@click.option("--check", "only_check", is_flag=True, help="Change nothing: say what stands against NAME; without it, hold live rules to their records.")  # fmt: skip
@click.option("--base", metavar="REVISION", default=None, help="With --check: rules without a record may not mean something else than there.")  # fmt: skip
@click.option("--because", metavar="TEXT", default=None, help="Promote without evidence, for this reason; somebody has to approve the record.")  # fmt: skip
@shared.format_option("text", "json")
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
    from segdsl.diagnostics import printable
    from segdsl.experiment.shared import evidence
    from segdsl.promotion import gate, record, swap
    from segdsl.workspace.load import sound

    incumbent, candidate = gate.pair(workspace.model, name)
    found = gate.standing(workspace, incumbent, candidate)
    with shared.progress("trying it with the tests"):
        change = swap.promote(workspace, incumbent, candidate)
        broken = list(gate.rules_hold(change.after))
    against = [*([] if because is not None else found.against), *broken]
    if only_check or against:
        if format_ == "json":
            shared.say_json({"schema_version": 1, "incumbent": incumbent, "candidate": candidate, "against": against})
        elif against:
            shared.say(click.style(f"{candidate} can't take the place of {incumbent}:", bold=True))
            for line in against:
                shared.say(f"  ✗ {printable(line)}")
            if found.against and because is None:
                shared.say("without evidence it needs a reason and somebody's approval: --because TEXT")
        else:
            shared.say(f"nothing stands against {candidate} in the place of {incumbent}")
        return shared.FINDINGS if against else 0
    is_evidence = because is None
    after = sound(change.after).model
    written = record.Record(
        incumbent, "promotion", dt.date.today(), str(found.result.get("sentence", "")) if is_evidence else f"not evidence: {because}",
        str(found.result["evidence"]) if is_evidence else record.NOT_EVIDENCE, evidence.meaning(after, incumbent), evidence.meaning(workspace.model, incumbent),
        candidate, because or "", results=_summary(found) if is_evidence else {}, taken_out=change.taken_out, reads=evidence.reads(after, incumbent),
    )  # fmt: skip
    path = record.save(workspace, written, change)
    if format_ == "json":
        shared.say_json(
            {"schema_version": 1, "incumbent": incumbent, "candidate": candidate, "against": [], "record": str(path)}
        )
    else:
        shared.say(click.style(f"{candidate} is {incumbent} now", bold=True) + f": {printable(written.sentence)}")
        _say_taken_out(change.taken_out, incumbent)
        shared.say_line(f"wrote {path}" + ("" if is_evidence else ", which somebody has to approve"))
    return 0 if is_evidence else APPROVAL


def _say_taken_out(pieces: Sequence[Piece], name: str) -> None:
    tests = sum(p.what == "test" for p in pieces)
    if tests:
        shared.say(
            f"  {tests} test{'s' if tests != 1 else ''} of the old {name} hold no more: taken out, and kept in the record"
        )


def _summary(found: Standing) -> dict[str, object]:
    told = found.result
    primary = told.get("primary") or {}
    return {
        "experiment": told.get("experiment"), "verdict": told.get("verdict"), "outcome": primary.get("outcome"),
        "skill": primary.get("skill", {}).get("estimate"), "skill_low": primary.get("skill", {}).get("low"), "skill_high": primary.get("skill", {}).get("high"),
        "estimate": primary.get("estimate"), "low": primary.get("low"), "high": primary.get("high"), "p": primary.get("p"), "n": primary.get("n"), "clusters": primary.get("clusters"), "d": primary.get("d"), "outcomes_until": told.get("outcomes_until"),
    }  # fmt: skip


_MENDS = {
    "meaning": "declare the change as a candidate, run an experiment, and segdsl promote it; or segdsl promote … --because TEXT",
    "reads": "bring the declaration back; or declare the rule as it is as a candidate under another name, and segdsl promote that, --because TEXT",
    "gone": "bring it back under its name; where it is to go, take it out with segdsl retire NAME --because TEXT",
    "back": "bring it back as it was with segdsl rollback NAME; another rule has another name",
}


_UNSAID = {
    "promotion": "its evidence isn't in experiments/evidence, or is of another rule",
    "rollback": "what it puts back isn't what the record before it replaced",
    "retirement": "nothing bears it out",
}


def _check(workspace: Workspace, base: str | None, format_: str) -> int:
    from segdsl.diagnostics import printable
    from segdsl.promotion import gate, record
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
    if format_ == "json":
        shared.say_json({
            "schema_version": 1, "changed": [
                {"segmentation": c.segmentation, "since": c.since.file if c.since else base, "what": c.what, "reads": list(c.reads)} for c in changed
            ],
            "waiting": [r.file for r in waiting], "altered": altered, "pilots": [{"experiment": name, "until": until.isoformat()} for name, until in ended],
        })  # fmt: skip
    else:
        for c in changed:
            shared.say(click.style(f"✗ {c.message(base or '')}", bold=True))
        for what in dict.fromkeys(c.what for c in changed):
            shared.say(f"  {_MENDS[what]}")
        for name in altered:
            shared.say(click.style(f"✗ the record {printable(name)} isn't as in {base}", bold=True))
        if altered:
            shared.say("  records are history: bring it back from git; what changes now has a record of its own")
        for name, until in ended:
            shared.say(
                click.style(
                    f"✗ the pilot `{name}` runs until {until}, and was declared otherwise when its first customers entered",
                    bold=True,
                )
            )
            shared.say(
                "  what is found of them would be exploratory: bring its declaration and both rules back, or take the experiment out to end it"
            )
        for r in waiting:
            shared.say(
                click.style(f"… {printable(r.file)} waits for approval", bold=True)
                + f": {printable(r.because) if r.needs_approval else _UNSAID[r.kind]}"
            )
        if not changed and not waiting and not ended and not altered:
            shared.say(f"{len(latest)} promoted segmentation{'s' if len(latest) != 1 else ''} as recorded")
    return shared.FINDINGS if changed or ended or altered else APPROVAL if waiting else 0
