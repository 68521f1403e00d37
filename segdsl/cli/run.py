"""`segdsl run`: who is in which segment, as a table and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _data
from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    import pandas as pd

    from segdsl.model.segment import Model, Segment, Segmentation
    from segdsl.run import Result


@click.command("run")
@click.argument("names", nargs=-1, metavar="[NAME…]")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="A .csv or .parquet file, or a folder."
)
@click.option("--explain-unknown", is_flag=True, help="Add a column NAME_because for each rule: why it is undecided.")
@shared.format_option("text", "json")
def command(
    names: tuple[str, ...],
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
    output: Path | None,
    explain_unknown: bool,
    format_: str,
) -> None:
    """Assign every customer: all rules, or those named.

    The output has one row per customer: entity_id, then for each segmentation its arm and
    NAME_status, and for each segment true or false; unknown is empty.
    """
    from segdsl.run import chosen_rules, run
    from segdsl.run.output import targets, write

    with shared.failing(format_):
        loaded = shared.good_workspace(workspace, format_)
        assert loaded.model is not None
        if output is not None:
            targets(list({r.entity: None for r in chosen_rules(loaded.model, names)}), output)
        with shared.progress("evaluating"):
            result = run(loaded, names, as_of, source, explain_unknown)
            written = write(result.frames, output) if output is not None else []
        rules = chosen_rules(loaded.model, names)
        if format_ == "json":
            shared.say_json(_record(loaded.model, rules, result, written))
            return
        say_result(loaded.model, rules, result)
        for path in written:
            shared.say(f"wrote {path}")


def say_result(model: Model, rules: Sequence[Segment | Segmentation], result: Result) -> None:
    """The data as it was read, then each rule's sizes."""
    from segdsl import values

    shared.say(f"as of  {values.as_of(result.clock)}")
    _data.say_tables(result.tables)
    shared.say_diagnostics(result.warnings)
    for rule in rules:
        shared.say()
        shared.say(_heading(rule))
        shared.say(_table(rule, result))


def _heading(rule: Segment | Segmentation) -> str:
    return click.style(rule.name, bold=True) + (f"   {rule.title}" if rule.title else "")


def _table(rule: Segment | Segmentation, result: Result) -> str:
    """Each arm with its count, share and money; undecided, unassigned and outside included."""
    frame = result.frames[rule.entity]
    amounts = result.amounts.get(rule.entity)
    rows = []
    for name, title, mask in groups(rule, frame):
        n = int(mask.sum())
        row = [name, title, f"{n:,}", f"{n / len(frame):.1%}" if len(frame) else ""]
        rows.append([*row, amounts.total(mask)] if amounts is not None else row)
    headers = ["", "", f"{rule.entity}s", ""] + ([amounts.heading] if amounts is not None else [])
    return shared.table(headers, rows, right=(2, 3, 4))


def groups(rule: Segment | Segmentation, frame: pd.DataFrame) -> list[tuple[str, str, pd.Series[bool]]]:
    """(name, title, who) of each arm, and of those that are in none where there are any."""
    from segdsl.model.segment import Segment

    column = frame[rule.name]
    if isinstance(rule, Segment):
        rest = [("not in", "", column.eq(False).fillna(False)), ("unknown", "", column.isna())]
        return [("in", "", column.eq(True).fillna(False)), *(g for g in rest if g[2].any())]
    status = frame[f"{rule.name}_status"]
    rest = [
        ("(unknown)", "not assigned", status.eq("unknown")),
        ("(outside)", "not in the population", status.eq("outside")),
    ]
    return [(a.name, a.title, column.eq(a.name)) for a in rule.all_arms] + [g for g in rest if g[2].any()]


def _record(
    model: Model, rules: list[Segment | Segmentation], result: Result, written: list[Path]
) -> dict[str, object]:
    from segdsl.diagnostics import SCHEMA_VERSION, as_json
    from segdsl.model.segment import Segment

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
        "files": [str(p) for p in written],
    }  # fmt: skip
