"""`segdsl runs`: what runs found, and who moved between two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.ledger.moves import Move
    from segdsl.ledger.store import Run

SHOWN = 10  # customers of each move


@click.command("runs")
@click.argument("run", metavar="[RUN]", default=None, required=False)
@click.option("--since", metavar="RUN", default=None, help="The run to compare with; else the one before.")
@click.option(
    "--of", "rules", metavar="RULE", multiple=True, help="Only this segment or segmentation; may be repeated."
)
@click.option("--take-out", is_flag=True, help="Take RUN out of the ledger, with the history that it wrote.")
@shared.workspace_option
@shared.format_option("text", "json")
def command(
    run: str | None, since: str | None, rules: tuple[str, ...], take_out: bool, workspace: Path | None, format_: str
) -> None:
    """List the runs that the ledger remembers; or, with a run's number or `last`, say who moved and why.

    As in: segdsl runs last --since 12 --of motion
    """
    from segdsl.ledger.moves import between
    from segdsl.ledger.store import Ledger
    from segdsl.run import record
    from segdsl.run.record import find_run
    from segdsl.workspace.config import load_config

    if take_out and run is None:
        raise click.UsageError("--take-out goes with the number of a run, or `last`")
    with shared.failing(format_):
        root = shared.root_of(workspace)
        if take_out and run is not None:
            gone = record.take_out(root, root / load_config(root).workspace.ledger, run)
            shared.note(f"took out run {gone.run_id}, as of {_as_of(gone)}; files that it wrote stay as they are")
            return
        with Ledger.to_read(root / load_config(root).workspace.ledger) as ledger:
            found = ledger.runs() if ledger is not None else []
            if ledger is None or run is None:
                _list(found, format_)
                return
            new = find_run(found, run)
            old = find_run(found, since) if since is not None else _before(found, new)
            moves = between(ledger, old, new, rules) if old is not None else []
        if format_ == "json":
            shared.say_json(
                {
                    "schema_version": 1,
                    "run": _record(new),
                    "since": _record(old) if old else None,
                    "moves": [_move(m) for m in moves],
                }
            )
        else:
            _say(new, old, moves, rules or tuple(new.fingerprints))


def _before(found: Sequence[Run], new: Run) -> Run | None:
    earlier = [
        r for r in found[: found.index(new)] if r.source == new.source and set(r.fingerprints) & set(new.fingerprints)
    ]
    return earlier[-1] if earlier else None


# -- as text ---------------------------------------------------------------------------


def _list(found: Sequence[Run], format_: str) -> None:
    if format_ == "json":
        shared.say_json({"schema_version": 1, "runs": [_record(r) for r in found]})
    elif not found:
        shared.say("no runs yet: segdsl run")
    else:
        rows = [[str(r.run_id), _as_of(r), r.source, f"{r.started_at:%Y-%m-%d %H:%M} UTC", _sizes(r)] for r in found]
        shared.say(shared.table(["run", "as of", "source", "started", "sizes"], rows, right=(0,)))


def _sizes(run: Run) -> str:
    """The arms of the segmentations; of segments those who are in."""
    parts = []
    for rule, counts in run.sizes.items():
        if set(counts) <= {"in", "out", "unknown"}:
            parts.append(f"{rule} {counts.get('in', 0):,}")
        else:
            parts.append(f"{rule} " + "/".join(f"{n:,}" for place, n in counts.items() if place != "outside"))
    return ", ".join(parts[:3]) + (f", and {len(parts) - 3} more" if len(parts) > 3 else "")


def _as_of(run: Run) -> str:
    from segdsl.model.clock import Clock
    from segdsl.words import values

    return values.as_of(Clock(run.as_of, ZoneInfo(run.zone)))


def _say(new: Run, old: Run | None, moves: Sequence[Move], rules: Sequence[str]) -> None:
    shared.say(f"run {new.run_id}, as of {_as_of(new)}")
    if old is None:
        shared.say("there is no run before it to compare with")
        return
    shared.say(f"since run {old.run_id}, as of {_as_of(old)}")
    for rule in (r for r in new.fingerprints if r in rules):
        own = [m for m in moves if m.rule == rule]
        if rule not in old.fingerprints:
            shared.say(f"\n{click.style(rule, bold=True)}   new since then")
            continue
        shared.say()
        changed = "" if old.fingerprints[rule] == new.fingerprints[rule] else ", the rule was changed"
        shared.say(f"{click.style(rule, bold=True)}   {len(own):,} moved{changed}")
        for (origin, goal), n in Counter((m.origin, m.goal) for m in own).most_common():
            _say_move([m for m in own if (m.origin, m.goal) == (origin, goal)], n)


def _say_move(moves: Sequence[Move], n: int) -> None:
    from segdsl.diagnostics import printable

    first = moves[0]
    way = "appeared in " + str(first.goal) if first.origin is None else f"{first.origin} → {first.goal or 'gone'}"
    causes = Counter(" and ".join(m.causes) or "cause not told" for m in moves)
    shared.say(f"  {way}   {n:,}: {', '.join(f'{cause} {count:,}' for cause, count in causes.most_common())}")
    for m in moves[:SHOWN]:
        shared.say(f"    {printable(m.entity_id)}" + (f"   {printable(m.clause)}" if m.clause else ""))
    if n > SHOWN:
        shared.say(f"    and {n - SHOWN:,} more (--format json lists all)")


# -- as JSON ---------------------------------------------------------------------------


def _record(run: Run) -> dict[str, object]:
    return {
        "run": run.run_id, "as_of": run.as_of.isoformat() + "Z", "timezone": run.zone, "source": run.source,
        "started_at": run.started_at.isoformat() + "Z", "fingerprints": dict(run.fingerprints), "sizes": run.sizes,
        "data": run.data, "engine": run.engine, "version": run.version, "files": list(run.files), "keeps_history": run.keeps_history,
    }  # fmt: skip


def _move(m: Move) -> dict[str, object]:
    return {
        "rule": m.rule, "entity": m.entity, "entity_id": m.entity_id, "from": m.origin, "to": m.goal, "causes": list(m.causes), "clause": m.clause,
    }  # fmt: skip
