"""`segdsl run`: who is in which segment, as a table and as a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _data
from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.ledger.moves import Move
    from segdsl.ledger.store import Border, Run
    from segdsl.model.segment import Segment, Segmentation
    from segdsl.run.record import RecordedRun

MOST_BORDERS = 5


@click.command("run")
@click.argument("names", nargs=-1, metavar="[NAME…]")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="A .csv or .parquet file, or a folder."
)
@click.option("--explain-unknown", is_flag=True, help="Add a column NAME_because for each rule: why it is undecided.")
@click.option("--allow-stale", is_flag=True, help="Publish even where a table isn't as fresh as it must be.")
@click.option("--no-ledger", is_flag=True, help="Remember nothing of this run.")
@shared.format_option("text", "json")
def command(
    names: tuple[str, ...],
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    output: Path | None,
    explain_unknown: bool,
    allow_stale: bool,
    no_ledger: bool,
    format_: str,
) -> None:
    """Assign every customer: all rules, or those named.

    The output has one row per customer: entity_id, then for each segmentation its arm and
    NAME_status, and for each segment true or false; unknown is empty. The run is remembered in
    the ledger, so that the next one can say who moved and why.
    """
    from segdsl.run.evaluate import chosen_rules
    from segdsl.run.output import targets
    from segdsl.run.record import run_and_record

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        rules = chosen_rules(loaded.model, names)
        if output is not None:
            targets(list({r.entity: None for r in rules}), output)
        ledger = None if no_ledger else loaded.root / loaded.config.workspace.ledger
        with shared.progress("evaluating"):
            kept = run_and_record(loaded, names, as_of, source, output, explain_unknown, ledger, allow_stale)
        if format_ == "json":
            shared.say_json(_record(rules, kept))
            return
        for file in kept.put_in_place:
            shared.note(f"the run before this one was interrupted; {file} was put in place")
        if kept.run is not None and not kept.run.keeps_history:
            shared.note(
                "as of a day after tomorrow, or before the latest as-of that was run, the fields' history is left as it is"
            )
        say_result(rules, kept)
        for path in kept.files:
            shared.say_line(f"wrote {path}")


def say_result(rules: Sequence[Segment | Segmentation], kept: RecordedRun) -> None:
    """The data as it was read, then each rule's sizes, and who came and went since the run before."""
    from segdsl.words import values

    result = kept.result
    shared.say(f"as of  {values.as_of(result.clock)}")
    _data.say_tables(result.tables)
    shared.say_diagnostics(result.warnings)
    for rule in rules:
        say_rule(rule, kept)


def say_rule(rule: Segment | Segmentation, kept: RecordedRun) -> None:
    shared.say()
    shared.say(_heading(rule))
    shared.say(_table(rule, kept))
    for line in _borders([b for b in kept.borders if b.rule == rule.name]):
        shared.say(click.style(line, dim=True))


def _heading(rule: Segment | Segmentation) -> str:
    from segdsl.diagnostics import printable

    return click.style(rule.name, bold=True) + (f"   {printable(rule.title)}" if rule.title else "")


def _table(rule: Segment | Segmentation, kept: RecordedRun) -> str:
    """Each arm with its count, share, money, and moves; undecided, unassigned and outside included."""
    frame = kept.result.frames[rule.entity]
    amounts = kept.result.amounts.get(rule.entity)
    since = kept.since if kept.since is not None and rule.name in kept.since.fingerprints else None
    rows = []
    for name, title, place, mask in groups(rule, frame):
        n = int(mask.sum())
        row = [name, title, f"{n:,}", f"{n / len(frame):.1%}" if len(frame) else ""]
        row += [amounts.total(mask)] if amounts is not None else []
        rows.append([*row, _came_and_went(kept.moves, rule.name, place)] if since else row)
    headers = ["", "", f"{rule.entity}s", ""] + ([amounts.heading] if amounts is not None else [])
    headers += [f"since {_day(since)}"] if since else []
    return shared.table(headers, rows, right=(2, 3, 4) if amounts is not None else (2, 3))


def _borders(drawn: Sequence[Border]) -> Iterator[str]:
    """Where ranks and limits drew the line; of many groups only how many."""
    from segdsl.diagnostics import printable

    by_line: dict[tuple[str, str], list[Border]] = {}
    for border in drawn:
        by_line.setdefault((border.arm, border.text), []).append(border)
    for (arm, text), own in by_line.items():
        shown = [border_text(b) for b in own[:MOST_BORDERS]]
        more = f" and {len(own) - MOST_BORDERS:,} more" if len(own) > MOST_BORDERS else ""
        yield printable(f"  {arm}: {text}; the border was {', '.join(shown)}{more}")


def border_text(border: Border) -> str:
    """`USD 39,800 in eu (211 taken: 61 more than 150, equal at the border)`."""
    of = f" in {border.group}" if border.group else ""
    if not border.excess:
        return f"{border.value}{of}"
    return f"{border.value}{of} ({border.inside:,} taken: {border.excess:,} more than {border.room:,}, equal at the border)"


def _came_and_went(moves: Sequence[Move], rule: str, place: str) -> str:
    came = sum(m.rule == rule and m.goal == place for m in moves)
    went = sum(m.rule == rule and m.origin == place for m in moves)
    return " ".join([*([f"+{came:,}"] if came else []), *([f"\u2212{went:,}"] if went else [])])


def _day(run: Run) -> str:
    from zoneinfo import ZoneInfo

    from segdsl.model.clock import Clock
    from segdsl.words import values

    return values.day(Clock(run.as_of, ZoneInfo(run.zone)).today)


def groups(rule: Segment | Segmentation, frame: pd.DataFrame) -> list[tuple[str, str, str, pd.Series[bool]]]:
    """(name, title, place, who) of each arm, and of those that are in none where there are any."""
    from segdsl.model.segment import Segment

    column = frame[rule.name]
    if isinstance(rule, Segment):
        rest = [
            ("not in", "", "out", column.eq(False).fillna(False)),
            ("unknown", "", "unknown", column.isna()),
        ]
        return [("in", "", "in", column.eq(True).fillna(False)), *(g for g in rest if g[3].any())]
    status = frame[f"{rule.name}_status"]
    rest = [
        ("(unknown)", "not assigned", "unknown", status.eq("unknown")),
        ("(outside)", "not in the population", "outside", status.eq("outside")),
    ]
    return [(a.name, a.title, a.name, column.eq(a.name)) for a in rule.all_arms] + [g for g in rest if g[3].any()]


def _record(rules: list[Segment | Segmentation], kept: RecordedRun) -> dict[str, object]:
    from segdsl.diagnostics import SCHEMA_VERSION, as_json
    from segdsl.model.segment import Segment

    result = kept.result
    sizes: dict[str, object] = {}
    for rule in rules:
        frame = result.frames[rule.entity]
        if isinstance(rule, Segment):
            column = frame[rule.name]
            sizes[rule.name] = {
                "in": int(column.eq(True).sum()),
                "out": int(column.eq(False).sum()),
                "unknown": int(column.isna().sum()),
            }
        else:
            by_arm = frame[rule.name].value_counts()
            status = frame[f"{rule.name}_status"].value_counts()
            arms = {a.name: int(by_arm.get(a.name, 0)) for a in rule.all_arms}
            sizes[rule.name] = {
                "arms": arms,
                "status": {s: int(status.get(s, 0)) for s in ("assigned", "unknown", "outside")},
            }
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": result.clock.now.isoformat() + "Z",
        "timezone": result.clock.zone.key,
        "rules": sizes,
        "data": _data.record(result.tables),
        "warnings": [as_json(d) for d in result.warnings],
        "files": [str(p) for p in kept.files],
        "run": kept.run.run_id if kept.run else None,
        "since": kept.since.run_id if kept.since else None,
        "moves": move_counts(kept.moves),
        "borders": [dataclasses.asdict(b) for b in kept.borders],
    }  # fmt: skip


def move_counts(moves: Sequence[Move]) -> dict[str, list[dict[str, object]]]:
    """By rule: from, to, how many, by which causes."""
    from collections import Counter

    counts = Counter((m.rule, m.origin, m.goal, m.causes) for m in moves)
    found: dict[str, list[dict[str, object]]] = {}
    for (rule, origin, goal, causes), n in counts.most_common():
        found.setdefault(rule, []).append({"from": origin, "to": goal, "count": n, "causes": list(causes)})
    return found
