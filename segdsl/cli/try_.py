"""`segdsl try`: how many customers a condition takes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.model.clock import Clock
    from segdsl.whatif.trial import Step, Trial


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

    As in: segdsl try 'arr > 50_000 and none(logins in last 30 days)'. With a range in a number's place,
    as in 'arr > 40_000..80_000', how that changes along it.
    """
    from segdsl.whatif.sweep import is_swept
    from segdsl.whatif.trial import try_condition, try_sweep

    if is_swept(condition):
        with shared.failing(format_):
            loaded = shared.sound_workspace(workspace)
            with shared.progress("counting"):
                found = try_sweep(loaded, condition, entity, as_of, source)
            _say_swept(*found, format_)
        return
    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("counting"):
            trial = try_condition(loaded, condition, entity, as_of, source)
        if format_ == "json":
            shared.say_json(_record(trial))
        else:
            _say(trial)


def _say_swept(entity: str, clock: Clock, total: int, steps: list[Step], format_: str) -> None:
    from segdsl.words import values

    if format_ == "json":
        shared.say_json({
            "schema_version": 1, "as_of": clock.now.isoformat() + "Z", "timezone": clock.zone.key, "entity": entity, "total": total,
            "steps": [
                {"value": s.value, "taken": s.inside, "unknown": s.unknown, "money": {n: {"currency": c, "amount": float(a)} for n, (c, a) in s.money.items()}}
                for s in steps
            ],
        })  # fmt: skip
        return
    most = max([s.inside for s in steps] + [1])
    money = list(steps[0].money) if steps else []
    rows = [
        [s.value, f"{s.inside:,}", f"{s.inside / total:.1%}" if total else "", *(values.money(Fraction(round(s.money[n][1])), s.money[n][0]) for n in money), "█" * round(30 * s.inside / most)]
        for s in steps
    ]  # fmt: skip
    heads = ["", f"{entity}s", "", *(f"{n}, {steps[0].money[n][0]}" for n in money), ""]
    shared.say(shared.table(heads, rows, right=tuple(range(3 + len(money)))))
    unknown = max((s.unknown for s in steps), default=0)
    shared.say(
        f"of {total:,} {entity}s as of {values.as_of(clock)}" + (f", up to {unknown:,} unknown" if unknown else "")
    )


def _say(trial: Trial) -> None:
    from segdsl.diagnostics import printable
    from segdsl.words import values

    share = f" ({trial.inside / trial.total:.1%})" if trial.total else ""
    shared.say(
        click.style(f"{trial.inside:,} of {trial.total:,} {trial.entity}s{share}", bold=True)
        + f"  as of {values.as_of(trial.clock)}"
    )
    for name, (currency, amount) in trial.money.items():
        shared.say(f"  {name}: {currency} {values.money(amount, currency)}")
    for window in trial.windows:
        shared.say(f"  {window}")
    if trial.examples:
        more = f" and {trial.inside - len(trial.examples):,} more" if trial.inside > len(trial.examples) else ""
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
        "taken": trial.inside,
        "unknown": trial.unknown,
        "total": trial.total,
        "money": {name: {"currency": c, "amount": float(a)} for name, (c, a) in trial.money.items()},
        "examples": list(trial.examples),
        "reasons": [{"reason": r, "customers": n} for r, n in trial.reasons],
        "windows": list(trial.windows),
    }
