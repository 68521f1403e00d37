"""The command `segdsl`: one command a file in this folder, imported when it is used."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from segdsl.version import __version__

ORDER = (
    "demo",
    "init",
    "new",
    "try",
    "check",
    "fmt",
    "test",
    "data",
    "fields",
    "run",
    "runs",
    "snapshot",
    "explain",
    "list",
    "plays",
    "diff",
    "overlap",
    "profile",
    "goals",
    "attrition",
    "discover",
    "experiment",
    "drift",
    "promote",
    "promotions",
    "rollback",
    "retire",
)


class Commands(click.Group):
    """The files of this folder that don't start with `_`, `ORDER` first."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        # A stream may be closed by the caller, as with `>&-`; the next file opened would get its number.
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            if getattr(sys, name) is None:
                setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        _refuse_a_clock_far_ahead()
        return super().main(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = {p.stem.rstrip("_") for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_")}
        return [n for n in ORDER if n in names] + sorted(names - set(ORDER))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"segdsl.cli.{cmd_name}_" if cmd_name == "try" else f"segdsl.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            from segdsl.resolve.problems import nearest_help

            help = nearest_help(args[0], self.list_commands(ctx))
            ctx.fail(f"no command `{args[0]}`" + (f"; {help}" if help else ""))
        return super().resolve_command(ctx, args)


def _refuse_a_clock_far_ahead() -> None:
    """Python itself doesn't begin at a time that it has no number for."""
    try:
        time.time()
    except OverflowError:
        from segdsl.cli import _shared as shared

        shared.note(
            "the clock of this machine stands after April 2262, which no program here can count: set it, and run again"
        )
        sys.exit(shared.DATA)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="segdsl")
def main() -> None:
    """Rules as code for customer segmentation: checked, tested, evaluated and explained.

    \b
    Start with   segdsl demo
    then         segdsl check     in a folder with a segdsl.toml
    """


if __name__ == "__main__":
    main()
