"""`segdsl plays`: which plays there are, and what one of them says to a customer."""

from __future__ import annotations

from pathlib import Path

import click

from segdsl.cli import _shared as shared
from segdsl.cli._default_group import DefaultGroup


@click.group("plays", cls=DefaultGroup, default="list")
def command() -> None:
    """List the plays: who gets each, by which channel, how often; and `show` one to a customer."""


@command.command("list")
@shared.workspace_option
@shared.format_option("plays")
def list_plays(workspace: Path | None, format_: str) -> None:
    """List the plays with their channels, the parts that each says."""
    with shared.failing(format_):
        shared.show("plays", format_, shared.sound_workspace(workspace).model)


@command.command("show")
@click.argument("play")
@click.argument("customer")
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
@shared.format_option("play")
def show(play: str, customer: str, workspace: Path | None, as_of: str | None, source: str | None, format_: str) -> None:
    """Write the message of PLAY for the people of CUSTOMER, a key or a name, and say whether they get it.

    As in: segdsl plays show renewal_mail acme. Nothing is sent.
    """
    from segdsl.activation.plays import show_play
    from segdsl.experiment.pilot.plays import arms_of_pilots
    from segdsl.run.evaluate import clock_for

    with shared.failing(format_):
        loaded = shared.sound_workspace(workspace)
        with shared.progress("looking"):
            day = clock_for(loaded.zone, shared.day_to_look(loaded, as_of, source))
            shown = show_play(loaded, play, customer, day.as_of, source, arms_of_pilots(loaded, day.today))
        shared.show("play", format_, shown)
