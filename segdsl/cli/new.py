"""`segdsl new`: a framework of the field as a rule file to own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segdsl.cli import _shared as shared

if TYPE_CHECKING:
    from segdsl.frameworks.draft import Draft


class _FromData(click.Command):
    """Lets `--borders from data` be three words."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = ["--borders", "from", "data"]
        for i in range(len(args) - 2):
            if args[i : i + 3] == words:
                args = [*args[:i], "--borders", "from data", *args[i + 3 :]]
                break
        return super().parse_args(ctx, args)


@click.command("new", cls=_FromData)
@click.argument("framework", metavar="[FRAMEWORK]", default="")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=FIELD",
    help="The field for what the framework needs, as in amount=orders.total.",
)
@click.option("--of", metavar="ENTITY", help="Whom it is about; else the first entity of the model, or who answered.")
@click.option("--name", metavar="NAME", help="What the rule and its file are called; else as the framework.")
@click.option(
    "--borders",
    type=click.Choice(["from data"]),
    metavar="from data",
    help="Set the borders by quantiles of the data, with the figures in a comment; else they are as usual.",
)
@shared.workspace_option
@shared.look_as_of_option
@shared.source_option
def command(
    framework: str,
    fields: tuple[str, ...],
    of: str | None,
    name: str | None,
    borders: str | None,
    workspace: Path | None,
    as_of: str | None,
    source: str | None,
) -> None:
    """Write a framework as rules with their tests: RFM, lifecycle, health, value tiers and more.

    Without FRAMEWORK, lists those there are. The fields that it needs are found by name and type in the model. The file
    is yours: read it, and change what doesn't fit.
    """
    from segdsl.frameworks.known import frameworks

    if not framework:
        width = max(map(len, frameworks()))
        for one in frameworks().values():
            shared.say_line(f"{one.name:{width}}  {one.about}")
        shared.say("\nnext: segdsl new value_tiers")
        return
    with shared.failing():
        from segdsl.frameworks.draft import draft

        loaded = shared.sound_workspace(workspace)
        with shared.progress("looking for fields"):
            drafted = draft(loaded, framework, _named(fields), name, of, borders is not None, as_of, source)
        _write(loaded.root, drafted)
        if borders is None and frameworks()[framework].borders:
            for line in drafted.unreached:
                shared.say_line(f"      {line}")
            shared.say_line("      its borders are the usual ones: --borders from data takes them from your customers")


def _named(fields: tuple[str, ...]) -> dict[str, str]:
    """`amount=orders.total` as a name and a field. Raises `click.UsageError`."""
    named = {}
    for text in fields:
        name, sign, field = text.partition("=")
        if not (name.strip() and sign and field.strip()):
            raise click.UsageError(f"--field {text}: write it as in --field amount=orders.total")
        named[name.strip()] = field.strip()
    return named


def _write(root: Path, drafted: Draft) -> None:
    from segdsl.files import journal

    for slot, field in drafted.fields.items():
        shared.say_line(f"{slot}: {field}")
    journal.change(root, {drafted.path: drafted.text.encode()}, {drafted.path: None})
    where = drafted.path.relative_to(root)
    shared.say_line(f"wrote {where}")
    shared.say_line(f"next: read it and change what doesn't fit, then segdsl test, and segdsl run {drafted.name}")
