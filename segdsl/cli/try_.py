"""`segdsl try`: how many customers a condition takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.run.trial import Trial


@click.command("try")
@click.argument("condition")
@click.option(
    "--of", "entity", metavar="ENTITY", default=None, help="Whom it is about; else the first entity declared."
)
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("text", "json")
def command(
    condition: str, entity: str | None, workspace: Path | None, as_of: str | None, source: str | None, format_: str
) -> None:
    """Try a condition on the data: how many, how much, ten of them, how many unknown and why.

    As in: segdsl try 'arr > 50_000 and none(logins in last 30 days)'
    """
    from segdsl.run.trial import try_condition

    with shared.failing(format_):
        loaded = shared.good_workspace(workspace, format_)
        with shared.progress("counting"):
            trial = try_condition(loaded, condition, entity, as_of, source)
        if format_ == "json":
            shared.say_json(_record(trial))
        else:
            _say(trial)


def _say(trial: Trial) -> None:
    from segdsl import values
    from segdsl.diagnostics import printable

    share = f" ({trial.taken / trial.total:.1%})" if trial.total else ""
    shared.say(
        click.style(f"{trial.taken:,} of {trial.total:,} {trial.entity}s{share}", bold=True)
        + f"  as of {values.as_of(trial.clock)}"
    )
    for name, (currency, amount) in trial.money.items():
        shared.say(f"  {name}: {currency} {values.money(amount, currency)}")
    for window in trial.windows:
        shared.say(f"  {window}")
    if trial.examples:
        more = f" and {trial.taken - len(trial.examples):,} more" if trial.taken > len(trial.examples) else ""
        shared.say(f"  {', '.join(map(printable, trial.examples))}{more}")
    if trial.unknown:
        why = ", ".join(f"{printable(reason)} ({n})" for reason, n in trial.reasons)
        of = f" (of the first {trial.reasons_of})" if trial.reasons_of < trial.unknown else ""
        shared.say(f"  {trial.unknown:,} unknown{of}: {why}")


def _record(trial: Trial) -> dict[str, object]:
    return {
        "schema_version": 1,
        "as_of": trial.clock.now.isoformat() + "Z",
        "timezone": trial.clock.zone.key,
        "entity": trial.entity,
        "taken": trial.taken,
        "unknown": trial.unknown,
        "total": trial.total,
        "money": {name: {"currency": c, "amount": float(a)} for name, (c, a) in trial.money.items()},
        "examples": list(trial.examples),
        "reasons": [{"reason": r, "customers": n} for r, n in trial.reasons],
        "windows": list(trial.windows),
    }
