"""`segdsl attrition`: what each clause of a segment costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.whatif.attrition import Attrition, Group


@click.command("attrition")
@click.argument("name", metavar="SEGMENT|SEGMENTATION.ARM")
@shared.workspace_option
@shared.as_of_option
@shared.source_option
@shared.format_option("text", "json")
def command(name: str, workspace: Path | None, as_of: str | None, source: str | None, format_: str) -> None:
    """Say what each clause of a segment or arm costs: alone, in turn, and left out.

    As in: segdsl attrition motion.save
    """
    from segdsl.whatif.attrition import attrition

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("counting"):
            found = attrition(loaded, name, as_of, source)
        if format_ == "json":
            shared.say_json(record(found))
        else:
            _say(found)


def _say(found: Attrition) -> None:
    from segdsl.words import values

    shared.say(click.style(found.name, bold=True) + f"   as of {values.as_of(found.clock)}")
    rows = [["(population)", "", "", _told(found.population), ""]] if found.population.count != found.total else []
    rows += [
        [
            _short(c.clause),
            _told(c.alone),
            f"{c.unknown:,}" if c.unknown else "",
            _told(c.in_turn),
            f"+{c.near.count:,}",
        ]
        for c in found.costs
    ]
    shared.say(shared.table(["", "alone", "unknown", "in turn", "if left out"], rows, right=(1, 2, 3, 4)))
    worth = f", {found.money} {found.inside.worth:,.0f}" if found.inside.worth is not None else ""
    shared.say(f"all of them are true for {found.inside.count:,} of {found.total:,} {found.entity}s{worth}")


def _short(text: str) -> str:
    return text if len(text) <= 70 else text[:69] + "…"


def _told(group: Group) -> str:
    return f"{group.count:,}"


def record(found: Attrition) -> dict[str, object]:
    from dataclasses import asdict

    from segdsl.diagnostics import SCHEMA_VERSION

    plain = {key: value for key, value in asdict(found).items() if key != "clock"}
    return {"schema_version": SCHEMA_VERSION, "as_of": found.clock.now.isoformat() + "Z", **plain}
